"""Control limits and signals: hand-worked cases, qicharts2, and the tests of NHSRplotthedots."""

from __future__ import annotations

from math import sqrt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from cases import dossier, load_rows
from hypothesis import given, settings
from hypothesis import strategies as st
from motcua.chapters import control as words
from motcua.chapters import trends
from motcua.measures.control import control, key_numbers, signals
from motcua.measures.frame import CITY
from motcua.measures.rates import shortfalls
from motcua.measures.statistics import (
    MIN_MONTHS,
    Limits,
    find_signals,
    laney,
    levels,
    moving_range,
)

pytestmark = pytest.mark.usefixtures("own_cache")


def plain_limits(n: int, mean: float = 0.5, half: float = 0.3) -> Limits:
    """Limits that do not move: mean -+ 0.3, close ones at two thirds of that."""
    third = half / 3
    return Limits(mean, 1.0, (mean - half,) * n, (mean + half,) * n,
                  (mean - 2 * third,) * n, (mean + 2 * third,) * n)  # fmt: skip


def rule(rates, name, n=None):
    return [found.get(name, 0) for found in find_signals(rates, plain_limits(n or len(rates)))]


def test_months_in_which_nothing_was_resolved_have_a_chart_without_a_line(tmp_path):
    rows = [dossier("2023-11-20", "2023-12-20", ""), dossier("2023-12-20", "2024-01-20", "")]
    month = load_rows(tmp_path, rows)
    assert month.city_history["rate_percent"].isna().all()
    line = next(trace for trace in trends.city_trend(month).data if trace.name == "rate")
    assert list(line.y) == [None] * len(month.months)


# Laney -----------------------------------------------------------------------------------------


def test_limits_of_three_equal_months_are_worked_by_hand():
    # mean = 260/300; s = sqrt(0.86667 * 0.13333 / 100) = 0.033993; z = 0.98058, -1.96116, 0.98058
    # moving ranges 2.94174 twice; sigma z = 2.94174 / 1.128 = 2.60793
    limits = laney([90, 80, 90], [100, 100, 100])
    assert limits.mean == pytest.approx(260 / 300)
    assert limits.sigma_z == pytest.approx(2.60793, abs=1e-5)
    assert limits.low == pytest.approx([0.86667 - 3 * 0.033993 * 2.60793] * 3, abs=1e-4)
    assert limits.high == (1.0,) * 3  # 1.13 is cut
    assert limits.close_low == pytest.approx([0.86667 - 2 * 0.033993 * 2.60793] * 3, abs=1e-4)


def test_limits_are_those_of_qicharts2_on_published_data():
    """Attendances seen within 4 hours, 20 weeks, and the limits that the R package computes.

    Data: M. A. Mohammed et al., BMJ Quality & Safety 22 (2013), 362-368,
    doi:10.1136/bmjqs-2012-001373, as `nhs_accidents` of qicharts2. Limits: what `qic(i, r, n,
    data = nhs_accidents, chart = "pp", return.data = TRUE)` gives, as PowerBI-SPC of the Australian
    Department of Health keeps it (test/fixtures/qicharts2.ts, case "nhs pp"; commit d4bb4f6), to 12
    decimals.
    """
    weeks = pd.read_csv(Path(__file__).parents[1] / "data" / "laney_nhs_accidents.csv")
    limits = laney(weeks["good"].tolist(), weeks["counted"].tolist())
    assert limits.mean == pytest.approx(0.952899711344, abs=1e-12)
    for name in ("low", "high", "close_low", "close_high"):
        assert getattr(limits, name) == pytest.approx(weeks[name].tolist(), abs=1e-11), name
    # The plain p chart of the same package has the lower limit 0.951699564646 in week 1 ("nhs p").
    plain = 0.952899711344 - 0.951699564646
    assert limits.sigma_z == pytest.approx((limits.mean - limits.low[0]) / plain, rel=1e-6)


def test_limits_are_wider_in_a_month_with_fewer_dossiers():
    limits = laney([95, 9, 190], [100, 10, 200])
    widths = [limits.mean - low for low in limits.low]
    assert widths[0] / widths[2] == pytest.approx(sqrt(2))
    assert widths[1] > widths[0]


@given(st.lists(st.tuples(st.integers(30, 800), st.floats(0.85, 0.99)), min_size=3, max_size=14))
@settings(max_examples=60)
def test_limits_are_those_of_the_formulas_in_numpy(months):
    n = np.array([size for size, _ in months])
    good = np.round(n * np.array([share for _, share in months]))
    mean = good.sum() / n.sum()
    spread = np.sqrt(mean * (1 - mean) / n)
    sigma_z = np.abs(np.diff((good / n - mean) / spread)).mean() / 1.128
    found = laney(good.astype(int).tolist(), n.tolist())
    assert found.sigma_z == pytest.approx(sigma_z)
    assert found.low == pytest.approx(np.clip(mean - 3 * spread * sigma_z, 0, 1))
    assert found.high == pytest.approx(np.clip(mean + 3 * spread * sigma_z, 0, 1))


@pytest.mark.parametrize(("good", "counted"), [([5, 7], [5, 7]), ([0, 0], [5, 7]), ([3], [4])])
def test_nothing_to_estimate_leaves_the_mean_as_limit_and_no_signal(good, counted):
    limits = laney(good, counted)
    assert limits.sigma_z == 0
    assert limits.low == limits.high
    rates = [g / n for g, n in zip(good, counted, strict=True)]
    assert find_signals(rates, limits) == [{}] * len(good)


# The four rules --------------------------------------------------------------------------------


def test_a_point_outside_is_flagged_and_one_on_the_limit_is_not():
    assert rule([0.81, 0.8, 0.19, 0.2], "outside") == [1, 0, -1, 0]


@pytest.mark.parametrize(
    ("sides", "flagged"),
    [  # NHSRplotthedots, tests of ptd_seven_point_one_side_mean; here the whole run is flagged
        ([1] * 6 + [-1], [0] * 7),
        ([1] * 8 + [-1], [1] * 8 + [0]),
        ([-1] * 8 + [1], [-1] * 8 + [0]),
    ],
)
def test_seven_months_on_one_side_are_a_shift(sides, flagged):
    assert rule([0.5 + 0.01 * side for side in sides], "shift") == flagged


def test_a_point_on_the_mean_breaks_a_shift():
    assert rule([0.51] * 4 + [0.5] + [0.51] * 4, "shift") == [0] * 9


@pytest.mark.parametrize(
    ("values", "flagged"),
    [  # NHSRplotthedots, tests of ptd_seven_point_trend with ptd_part_of_seven_trend
        ([1, 2, 3, 4, 5, 6], [0] * 6),
        ([1, 2, 3, 3, 4, 5, 6], [0] * 7),
        ([1, 2, 3, 4, 5, 6, 7], [1] * 7),
        ([2, 1, 2, 3, 4, 5, 6, 7, 3], [0] + [1] * 7 + [0]),
        ([7, 6, 5, 4, 3, 2, 1], [-1] * 7),
        ([2, 7, 6, 5, 4, 3, 2, 1, 3], [0] + [-1] * 7 + [0]),
    ],
)
def test_seven_months_rising_or_falling_are_a_trend(values, flagged):
    assert rule([v / 100 for v in values], "trend") == flagged


@pytest.mark.parametrize(
    ("rates", "flagged"),
    [
        ([0.75, 0.6, 0.75], [1, 0, 1]),  # the one between is not close, but on the same side
        ([0.75, 0.45, 0.75], [0, 0, 0]),  # between them the other side of the mean
        ([0.75, 0.25, 0.75], [0, 0, 0]),
        ([0.25, 0.25, 0.45], [-1, -1, 0]),
        ([0.75, 0.6, 0.6, 0.75], [0, 0, 0, 0]),
    ],
)
def test_two_of_three_close_to_one_limit(rates, flagged):
    assert rule(rates, "two_of_three") == flagged


# Months ----------------------------------------------------------------------------------------


def months_of(late_by_month: list[int], n: int = 50, ward: str = "An Bình") -> list[dict]:
    """`n` dossiers in each month up to 01/2024, so many of them late."""
    rows = []
    for back, late in enumerate(reversed(late_by_month)):
        year, month = divmod(2024 * 12 - back, 12)
        day = f"{year}-{month + 1:02d}"
        for i in range(n):
            closed = f"{day}-12" if i < late else f"{day}-05"
            row = dossier(f"{day}-02", f"{day}-08", closed, ward=ward)
            rows.append(row | {"dossier_id": f"{ward} {day} {i}"})
    return rows


def test_a_month_far_below_the_others_is_a_signal_of_the_ward_and_of_the_city(tmp_path):
    month = load_rows(tmp_path, months_of([1, 2, 1, 2, 1, 2, 1, 2, 1, 30]))
    table = control(month)
    assert table["code"].unique().tolist() == ["26050", CITY]
    own = table[table["code"] == "26050"]
    # The mean of all ten is 93.6%: the nine above it are a level, and the last is held against it.
    expected = laney([49, 48] * 4 + [49, 20], [50] * 10, based=9)
    assert own["low"].tolist() == pytest.approx([100 * low for low in expected.low], abs=1e-5)
    last = own.iloc[-1]
    assert (last["outside"], last["signal"]) == (-1, "down")
    assert signals(month)["name"].tolist() == ["Toàn thành phố", "An Bình"]
    told = words.signals_reading(month)
    assert "Xấu đi: An Bình (thấp hơn hẳn mức thường thấy của phường)." in told
    assert "Toàn thành phố đạt **40,00%**, xấu đi; **1 phường, xã** dưới 97%, tháng trước 0." in (
        trends.conclusion(month)
    )
    assert words.signals_table(month).rows[1][0] == "An Bình"


def test_a_month_is_told_up_down_or_nothing_by_the_ways_of_its_rules(tmp_path):
    # An Bình: 98% down to 86% and then 20%, mean 83%. Seven above the mean, but they begin the
    # months at hand, so they did not shift; each is below the one before: down; the last is below
    # the limit of 53% too: down.
    # Hóa An: 90% and 80% by turns, mean 85%, limits -+ 37 points: nothing. Tam Hòa: 20%, then
    # 86% up to 98%: all rise, the first from outside (a rise from below: nothing), the rest up.
    rows = months_of([1, 2, 3, 4, 5, 6, 7, 40])
    rows += months_of([5, 10] * 4, ward="Hóa An")
    rows += months_of([40, 7, 6, 5, 4, 3, 2, 1], ward="Tam Hòa")
    told = control(load_rows(tmp_path, rows)).groupby("name")["signal"].agg(list)
    assert told["An Bình"] == ["down"] * 8
    assert told["Hóa An"] == [""] * 8
    assert told["Tam Hòa"] == [""] + ["up"] * 7


def test_too_few_months_give_no_limits_and_say_so(tmp_path):
    month = load_rows(tmp_path, months_of([1, 2, 1, 30]))
    table = control(month)
    assert len(table[table["code"] == CITY]) < MIN_MONTHS
    assert table["low"].isna().all()
    assert signals(month).empty
    assert (
        words.signals_reading(month)
        == "Chưa đủ 8 tháng để phân biệt tín hiệu với dao động bình thường."
    )


def test_wards_told_many_times_are_named_with_their_months(tmp_path):
    month = load_rows(tmp_path, months_of([0, 0, 0, 0, 0, 0, 5, 5, 5]))
    assert "Đã chỉ đạo nhiều lần" not in words.signals_reading(month)  # no letter was issued
    assert "An Bình (3 tháng)" in trends.conclusion(month)


def test_months_that_are_all_equal_have_the_mean_as_limits_and_no_signal() -> None:
    good, counted = [9 * n for n in range(1, 9)], [10 * n for n in range(1, 9)]
    limits = laney(good, counted)
    assert (limits.sigma_z, set(limits.low), set(limits.high)) == (0, {0.9}, {0.9})
    assert find_signals([0.9] * 8, limits) == [{}] * 8


# Levels and key numbers ------------------------------------------------------------------------


def mean_of(values):
    return lambda start, end: sum(values[start:end]) / (end - start)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([9, 8] * 6, [(0, 12, 12)]),  # no run
        ([9, 8], [(0, 0, 2)]),  # too few for limits
        ([9] * 8 + [2] * 5, [(0, 8, 13)]),  # five months at 2 are judged by the eight at 9
        ([9] * 8 + [2] * 7, [(0, 8, 15)]),  # seven too: a shift, and a signal
        ([9] * 8 + [2] * 8, [(0, 8, 8), (8, 16, 16)]),  # eight are a level of their own
        ([2] * 5 + [9] * 8, [(0, 0, 5), (5, 13, 13)]),  # five before it have no limits
        ([9] * 8 + [2] * 3 + [9] * 2, [(0, 8, 13)]),
        ([9] * 7 + [10] + [11] * 7, [(0, 15, 15)]),  # ten is the mean: on neither side of it
    ],
)
def test_a_series_is_cut_where_it_shifted_and_stayed(values, expected):
    assert levels(values, mean_of(values)) == expected


def test_limits_of_counts_are_worked_out_by_hand():
    # 4 6 4 6 4 6 4 6: mean 5, moving range 2, sigma 2 / 1.128 = 1.773, limits -0.3 (0) and 10.3.
    limits = moving_range([4, 6] * 4)
    assert (limits.mean, limits.low[0]) == (5, 0)
    assert round(limits.sigma_z, 3) == 1.773
    assert round(limits.high[0], 2) == 10.32
    assert moving_range([4, 6] * 4 + [20], based=8).high[-1] == limits.high[0]


def key_number(month, key):
    return key_numbers(month).set_index("key").loc[key]


@pytest.mark.parametrize(
    ("late_by_month", "signal"),
    [
        ([1, 2, 1, 2, 1, 2, 1, 2, 1, 30], "worse"),
        ([1, 2, 1, 2, 1, 2, 1, 2, 1, 2], "none"),
        ([9, 10, 9, 10, 9, 10, 9, 10, 0], "better"),  # mean 19%, sigma 1.8 points
        ([1, 30], "none"),  # two months
        ([1, 2, 30], "none"),  # three
        ([1, 2] * 4 + [20, 21] * 3, "worse"),  # six months after a shift
        ([1, 2] * 4 + [20, 21] * 4, "none"),  # eight: this is the level now
    ],
)
def test_the_rate_is_better_or_worse_only_with_a_signal(tmp_path, late_by_month, signal):
    month = load_rows(tmp_path, months_of(late_by_month), history_months=16)
    assert key_number(month, "rate")["signal"] == signal
    assert key_number(month, "late")["signal"] == signal


def test_months_before_the_first_export_are_no_months_of_the_backlog(tmp_path):
    # Five dossiers of June are overdue from August on; from August to January one a month is done.
    waiting = [dossier("2023-06-01", "2023-08-01", dossier_id=f"W{i}") for i in range(5)]
    days = [f"2023-{n:02}-01" for n in range(8, 13)] + ["2024-01-01"]
    done = [dossier(day, day, day, dossier_id=f"D{day}") for day in days]
    month = load_rows(tmp_path, waiting + done)
    history = month.city_history[["counted", "open_overdue"]].to_numpy().tolist()
    assert history == [[0, 0]] * 2 + [[1, 5]] * 6
    backlog = key_number(month, "open_overdue")
    assert pd.isna(backlog["mean"])  # six months are too few for limits
    assert backlog["signal"] == "none"


def test_before_a_shift_ordinary_months_carry_no_signal(tmp_path):
    table = control(load_rows(tmp_path, months_of([1, 2] * 4 + [20] * 4)))
    told = table[table["code"] == CITY]["signal"].tolist()
    assert told == [""] * 8 + ["down"] * 4


def test_counts_get_worse_with_a_signal_and_say_whether_they_meet_their_target(tmp_path):
    # Open overdue at each period's end: 2 3 2 3 2 3 2 3, then 20 that nobody closed.
    rows = months_of([0] * 9)
    for back, n in enumerate([20, *[3, 2] * 4]):
        year, month = divmod(2024 * 12 - back, 12)
        after, of = divmod(2024 * 12 - back + 1, 12)
        rows += [
            dossier(f"{year}-{month + 1:02d}-01", f"{year}-{month + 1:02d}-08",
                    f"{after}-{of + 1:02d}-01" if back else "", dossier_id=f"mở {back} {i}")
            for i in range(n)
        ]  # fmt: skip
    found = load_rows(tmp_path, rows)
    row = key_number(found, "open_overdue")
    # Level: the eight months of 2 and 3, mean 2.5, sigma 1 / 1.128, limits 2.5 -+ 2.66.
    assert (row["value"], row["mean"], row["low"], round(row["high"], 2)) == (20, 2.5, 0, 5.16)
    assert (row["signal"], row["assurance"]) == ("worse", "sometimes")
    row = key_number(found, "feedback")  # none, and no target
    assert row["signal"] == "none"
    assert pd.isna(row["assurance"])


SHORT = {  # late of 100 by month, and what is said of the ward: each ward one case
    "An Bình": ([20], "clearly_low"),  # 80 of 100: upper limit 86.7
    "Hố Nai": ([6], "watch"),  # 94 of 100: 97.22
    "Hóa An": ([6, 6], "watch"),  # two months are not taken together (188 of 200: 96.5)
    "Tam Hòa": ([6, 6, 6], "clearly_low"),  # 282 of 300: 96.17
    "Tân Vạn": ([6, 0, 6], "watch"),  # not in a row
    "Bình Đa": ([4, 4, 4], "watch"),  # 288 of 300: 97.7
    "Bửu Long": ([6, 6, 3], None),  # 97 of 100 is not below: nothing is said
}


@pytest.fixture(scope="module")
def short(tmp_path_factory):
    rows = [r for ward, (late, _) in SHORT.items() for r in months_of(late, n=100, ward=ward)]
    return load_rows(tmp_path_factory.mktemp("short"), rows, history_months=3)


@pytest.mark.parametrize("ward", SHORT)
def test_a_unit_below_is_clearly_low_or_to_be_watched(short, ward):
    found = {short.unit_names[code]: told for code, told in shortfalls(short).items()}
    assert found.keys() == {name for name, (_, told) in SHORT.items() if told}
    assert found.get(ward) == SHORT[ward][1]


# What chapter 04 says of it ---------------------------------------------------------------------


def test_months_of_a_new_level_are_usual_and_not_better_any_more(tmp_path):
    # 80% for five months, then 98% and 96% by turns for eight: a level of its own, mean 97%.
    month = load_rows(tmp_path, months_of([10] * 5 + [1, 2] * 4))
    table = control(month).query("code == '26050'")
    assert table["low"].isna().tolist() == [True] * 5 + [False] * 8
    assert table["mean"].dropna().unique().tolist() == [97.0]
    assert set(table["signal"]) == {""}
    assert "đạt **96,00%**, trong dao động bình thường; **1 phường, xã**" in trends.conclusion(
        month
    )
    assert "▲" not in "".join(map(str, words.signals_table(month).rows))
    assert words.signals_reading(month).startswith("- Không phường, xã nào xấu đi")


def test_what_gets_worse_beside_the_rate_is_said_first(tmp_path):
    # Overdue at the end of each month 0 and 1 by turns, then 5: mean 11/13, moves 15/12 on average,
    # limit 0.85 + 3 * 1.25 / 1.128 = 4.17.
    rows = months_of([1, 2] * 6 + [1])
    rows += [
        dossier(f"2023-{m:02d}-02", f"2023-{m:02d}-08", f"2023-{m:02d}-20", dossier_id=f"muộn {m}")
        for m in range(2, 13, 2)
    ]
    rows += [dossier("2024-01-02", "2024-01-08", dossier_id=f"mở {i}") for i in range(5)]
    rows = [{"ward": "An Bình"} | row for row in rows]
    told = trends.conclusion(load_rows(tmp_path, rows)).splitlines()
    assert told[2] == "- Xấu đi so với mức thường thấy: hồ sơ tồn đọng quá hạn."


def test_a_month_of_one_dossier_is_one_of_the_eight_that_give_limits(tmp_path):
    """One dossier a month from June to January, each on time: eight months at 100%."""
    months = [f"2023-{month:02d}" for month in range(6, 13)] + ["2024-01"]
    rows = [dossier(f"{m}-01", f"{m}-10", f"{m}-05", dossier_id=m) for m in months]
    for since, mean in ((0, 100.0), (1, None)):
        month = load_rows(tmp_path / str(since), rows[since:])
        rate = key_numbers(month).set_index("key")["mean"]["rate"]
        assert (None if pd.isna(rate) else rate) == mean
