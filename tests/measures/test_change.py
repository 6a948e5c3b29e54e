"""The movement of the rate split into parts; expected values are worked out by hand."""

from __future__ import annotations

from fractions import Fraction

import pytest
from cases import dossier, load_rows
from hypothesis import given
from hypothesis import strategies as st
from motcua.chapters import changes as words
from motcua.measures.control import (
    Counts,
    late_change,
    list_changes,
    rate_change,
    split_late,
    split_rate,
    ward_change,
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


def test_twice_the_dossiers_at_the_same_rate_are_volume_alone():
    then, now = {"A": Counts(100, {"slow": 5})}, {"A": Counts(200, {"slow": 10})}
    assert split_late(then, now) == {"volume": 5, "mix": 0, "slow": 0}


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
    assert sum(split_late(then, now).values()) == bad[1] - bad[0]


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
    wards = ward_change(month).set_index("name")
    assert wards["exact"].sum() == -1
    # A: mix 1/4 * (0.91 - 0.945) = -0.875 points, within +1.25; B: -1/4 * (1 - 0.945) = -1.375
    assert wards.at["An Bình", "points"] == pytest.approx(0.375)
    assert wards.at["Hố Nai", "points"] == pytest.approx(-1.375)
    assert wards.at["Long Hưng", "points"] == 0


def test_late_dossiers_are_split_into_volume_mix_and_cause(tmp_path):
    table = late_change(two_months(tmp_path)).set_index("part")
    assert table["exact"].to_dict() == {
        "volume": 0, "mix": Fraction(9, 4), "slow_processing": Fraction(-5, 4),
    }  # fmt: skip


def test_who_entered_and_left_the_lists_is_told(tmp_path):
    month = two_months(tmp_path)  # An Bình 90% then, 92% now; below 91% then only
    below = list_changes(month).query("list == 'below_threshold'")
    assert below[["change", "name"]].to_numpy().tolist() == [["left", "An Bình"]]
    assert "mới vào 0; còn lại 0; ra khỏi 1 (An Bình)" in words.lists_reading(month)
    assert words.lists_table(month).rows[0] == ["Tỷ lệ dưới ngưỡng", "–", "–", "An Bình"]


def test_the_sentences_give_a_sum_that_is_right(tmp_path):
    told = words.conclusion(two_months(tmp_path))
    assert "đạt **94,00%**, tháng trước 95,00%" in told
    assert "−2,25 +1,25 = −1,00 điểm" in told
    assert "bớt trễ vì: “Phường, xã xử lý chậm” +1,25" in told


def test_without_a_month_before_nothing_is_compared(tmp_path):
    month = load_rows(tmp_path, rows_of("2024-01", "An Bình", 9, 1))
    assert rate_change(month).empty
    assert late_change(month).empty
    assert list_changes(month).empty
    assert ward_change(month).empty
    for told in (words.conclusion, words.lists_reading):
        assert told(month) == "Chưa có tháng trước để so sánh."
