"""The movement of the rate split into parts; expected values are worked out by hand."""

from __future__ import annotations

from fractions import Fraction

import pytest
from cases import dossier, load_rows
from hypothesis import given
from hypothesis import strategies as st
from motcua.base import style
from motcua.chapters import changes as words
from motcua.measures.control import (
    Counts,
    list_changes,
    rate_change,
    split_rate,
)

pytestmark = pytest.mark.usefixtures("own_cache")


def test_equal_wards_that_only_change_their_share_are_mix_alone():
    # A 80%, B 100%; A's share from 1/2 to 3/4: 0.75 * 0.8 + 0.25 - 0.9 = -0.05
    then = {"A": Counts(10, {"slow": 2}), "B": Counts(10, {"slow": 0})}
    now = {"A": Counts(30, {"slow": 6}), "B": Counts(10, {"slow": 0})}
    assert split_rate(then, now) == {"mix": Fraction(-1, 20), "slow": 0}


def test_one_ward_that_only_gets_better_is_cause_alone():
    then = {"A": Counts(10, {"slow": 2, "forgot": 1})}
    now = {"A": Counts(20, {"slow": 2, "forgot": 4})}
    # slow from 2/10 to 2/20: +0.1; forgot from 1/10 to 4/20: -0.1
    assert split_rate(then, now) == {"mix": 0, "slow": Fraction(1, 10), "forgot": Fraction(-1, 10)}


def test_kitagawa_with_both_at_once_is_worked_by_hand():
    # shares A 1/2 -> 3/4; rates A 0.9 -> 0.92, B 1 -> 1
    # mix: 1/4 * (0.91 - 1) = -0.0225; slow: 5/8 * 0.02 = 0.0125; together 0.94 - 0.95
    then = {"A": Counts(50, {"slow": 5}), "B": Counts(50, {})}
    now = {"A": Counts(75, {"slow": 6}), "B": Counts(25, {})}
    parts = split_rate(then, now)
    assert parts == {"mix": Fraction(-9, 400), "slow": Fraction(1, 80)}
    assert sum(parts.values()) == Fraction(94, 100) - Fraction(95, 100)


def test_a_ward_that_comes_or_goes_is_mix_alone():
    then = {"A": Counts(10, {"slow": 1}), "B": Counts(0, {})}
    now = {"A": Counts(10, {"slow": 1}), "B": Counts(10, {"slow": 5})}
    assert split_rate(then, now) == {"mix": Fraction(7, 10) - Fraction(9, 10), "slow": 0}


_COUNTS = st.builds(
    lambda a, b, rest: Counts(a + b + rest, {"slow": a, "forgot": b}),
    st.integers(0, 9), st.integers(0, 9), st.integers(0, 90),
)  # fmt: skip


@given(st.lists(st.tuples(_COUNTS, _COUNTS), min_size=1, max_size=6))
def test_the_parts_always_add_up_exactly(pairs):
    then = {str(i): pair[0] for i, pair in enumerate(pairs)} | {"x": Counts(7, {"slow": 1})}
    now = {str(i): pair[1] for i, pair in enumerate(pairs)} | {"x": Counts(5, {"slow": 2})}
    bad = [sum(sum(u.bad.values()) for u in units.values()) for units in (then, now)]
    size = [sum(u.counted for u in units.values()) for units in (then, now)]
    moved = Fraction(bad[0], size[0]) - Fraction(bad[1], size[1])
    assert sum(split_rate(then, now).values()) == moved


# Two months ------------------------------------------------------------------------------------


def rows_of(month: str, ward: str, good: int, late: int, cause: str = "Chậm xử lý") -> list[dict]:
    rows = []
    for i in range(good + late):
        closed = f"{month}-05" if i < good else f"{month}-12"
        row = dossier(f"{month}-02", f"{month}-08", closed, ward=ward)
        row |= {"late_cause": cause if i >= good else ""}
        rows.append(row | {"dossier_id": f"{ward} {month} {i}"})
    return rows


def two_months(tmp_path):
    """City 95 % (95/100) in 12/2023, 94 % (94/100) in 01/2024, as in the case by hand."""
    rows = [*rows_of("2023-12", "An Bình", 45, 5), *rows_of("2023-12", "Hố Nai", 50, 0)]
    rows += [*rows_of("2024-01", "An Bình", 69, 6), *rows_of("2024-01", "Hố Nai", 25, 0)]
    return load_rows(tmp_path, rows, threshold_percent=91)


def test_the_citys_movement_is_split_in_points_that_are_shown_to_add_up(tmp_path):
    month = two_months(tmp_path)
    table = rate_change(month).set_index("part")
    assert table["points"].to_dict() == {"mix": -2.25, "slow_processing": 1.25}
    assert table["points_shown"].sum() == pytest.approx(-1)


def test_who_entered_and_left_the_lists_is_told(tmp_path):
    month = two_months(tmp_path)  # An Bình 90% then, 92% now; below 91% then only
    below = list_changes(month).query("list == 'below_threshold'")
    assert below[["change", "name"]].to_numpy().tolist() == [["left", "An Bình"]]
    name, *told = words.lists_table(month).rows[0]
    assert (name, told) == ("Tỷ lệ dưới mục tiêu", ["không có", "không có", "An Bình"])


def test_who_entered_stayed_and_left_is_told_in_this_order(tmp_path):
    rows = []
    for ward, late_then, late_now in (("An Bình", 2, 2), ("Hố Nai", 0, 2), ("Tân Biên", 2, 0)):
        rows += rows_of("2023-12", ward, 10 - late_then, late_then)
        rows += rows_of("2024-01", ward, 10 - late_now, late_now)
    below = list_changes(load_rows(tmp_path, rows)).query("list == 'below_threshold'")
    assert below[["change", "name"]].to_numpy().tolist() == [
        ["entered", "Hố Nai"], ["stayed", "An Bình"], ["left", "Tân Biên"],
    ]  # fmt: skip


def test_without_a_month_before_nothing_is_compared(tmp_path):
    month = load_rows(tmp_path, rows_of("2024-01", "An Bình", 9, 1))
    assert rate_change(month).empty
    assert list_changes(month).empty
    assert words.comparison(month).columns == [
        "Chỉ tiêu", "Tháng này (01/2024)", "So với mức thường thấy",
    ]  # fmt: skip
    assert words.rate_change(month).layout.meta["title"] == "Chưa có tháng trước để so sánh"


def test_a_month_stands_beside_the_last_and_the_same_one_a_year_before(tmp_path):
    rows = [*rows_of("2023-01", "An Bình", 48, 2), *rows_of("2023-12", "An Bình", 45, 5)]
    table = words.comparison(load_rows(tmp_path, [*rows, *rows_of("2024-01", "An Bình", 47, 3)]))
    assert table.columns[1:4] == [
        "Tháng này (01/2024)", "Tháng trước (12/2023)", "Cùng kỳ năm trước (01/2023)",
    ]  # fmt: skip
    told = {row[0]: row[1:] for row in table.rows}
    assert told["Tỷ lệ đúng hạn"] == ["94,00%", "90,00%", "96,00%", "chưa đủ 8 tháng để kết luận"]
    assert told["Hồ sơ trễ hạn"][:3] == ["3", "5", "2"]


def test_parts_of_noise_have_no_colour_and_no_verdict(tmp_path):
    chart = words.rate_change(two_months(tmp_path))
    assert set(chart.data[0].marker.color) == {style.GREY}
    assert chart.layout.meta["title"] == (
        "Toàn thành phố giảm 1,00 điểm so với tháng trước, chưa đủ 8 tháng để kết luận"
    )
