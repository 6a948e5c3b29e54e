"""Measures against DESIGN §4 and §6: every expected value below is worked out by hand.

The period is 15/12/2023 - 14/01/2024; `flags_of` and `causes_of` compute on pandas and on DuckDB.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache

import pytest
from cases import (
    JANUARY,
    causes_of,
    counts_of,
    dossier,
    flags_of,
    frame,
    incidents,
    set_flags,
)
from hypothesis import given
from hypothesis import strategies as st
from motcua.base.params import Params
from motcua.measures import state
from motcua.measures.state import matter_in, with_cause, with_dates, with_state
from motcua.measures.statistics import wilson
from motcua.measures.verdicts import (
    certainty,
    is_below,
    is_listed_for_cause,
    rate_percent,
    streak,
    verdicts_of,
)

RESOLVED_EARLY = {"received", "resolved", "early", "on_time"}
RESOLVED_ON_DAY = {"received", "resolved", "on_due_date", "on_time"}
RESOLVED_LATE = {"received", "resolved", "late"}
LEFT = ("withdrawn", "returned", "stopped")

# State at the end of the period ---------------------------------------------------------------

STATES = {
    "closed a day before due": (dossier(closed="2024-01-04"), RESOLVED_EARLY),
    "closed on the due date": (dossier(closed="2024-01-05"), RESOLVED_ON_DAY),
    "closed on the due date, later in the day": (
        dossier(due="2024-01-05 08:00:00", closed="2024-01-05 17:30:00"), RESOLVED_ON_DAY),
    "closed a day after due": (dossier(closed="2024-01-06"), RESOLVED_LATE),
    "received on the first day": (
        dossier("2023-12-15", closed="2024-01-05"), RESOLVED_ON_DAY),
    "received at the last second before the period": (
        dossier("2023-12-14 23:59:59", closed="2024-01-06"), {"carried_over", "resolved", "late"}),
    "received on the last day, in the evening": (
        dossier("2024-01-14 21:00:00", "2024-01-20"), {"received", "open"}),
    "received the day after the period": (dossier("2024-01-15", "2024-01-20"), set()),
    "carried over and closed on the first day": (
        dossier("2023-12-01", "2023-12-15", "2023-12-15"),
        {"carried_over", "resolved", "on_due_date", "on_time"}),
    "carried over and still open": (
        dossier("2023-12-01", "2024-02-01"), {"carried_over", "open"}),
    "closed the day before the period": (dossier("2023-12-01", "2023-12-10", "2023-12-14"), set()),
    "closed on the last day, in the evening": (
        dossier(due="2024-01-14", closed="2024-01-14 23:59:59"), RESOLVED_ON_DAY),
    "closed the day after the period: open in it and overdue": (
        dossier(due="2024-01-13", closed="2024-01-15"), {"received", "open", "open_overdue"}),
    "open and due on the last day: not overdue": (dossier(due="2024-01-14"), {"received", "open"}),
    "open and due the day before the last: overdue": (
        dossier(due="2024-01-13 17:00:00"), {"received", "open", "open_overdue"}),
    "open and due after the period": (dossier(due="2024-01-15"), {"received", "open"}),
    "no due date, open: never overdue": (
        dossier(due=""), {"received", "no_due_date", "open"}),
    "no due date, closed: in no rate": (
        dossier(due="", closed="2024-01-03"), {"received", "no_due_date", "no_due_date_resolved"}),
    "done by its status but without a date: the dates decide": (
        dossier(due="2024-01-05", status_group="done"), {"received", "open", "open_overdue"}),
    "in progress by its status but closed by its date": (
        dossier(closed="2024-01-05", status_group="in_progress"), RESOLVED_ON_DAY),
    "waiting for papers and overdue": (
        dossier(status_group="awaiting"), {"received", "open", "open_overdue"}),
    "not received: no dossier of the ward": (
        dossier(closed="2024-01-06", status_group="not_received"), set()),
}  # fmt: skip


@cache
def _states() -> dict[str, set[str]]:
    found = flags_of([row for row, _ in STATES.values()])
    return {case: set_flags(flags) for case, flags in zip(STATES, found, strict=True)}


@pytest.mark.parametrize("case", STATES)
def test_state_at_the_end_of_the_period_is_rebuilt_from_dates(case):
    assert _states()[case] == STATES[case][1]


LEAVINGS = {
    "inside": (dossier(closed="2024-01-10"), {"received", "withdrawn"}),
    "inside, carried over": (
        dossier("2023-12-01", closed="2024-01-10"), {"carried_over", "withdrawn"}),
    "before the period": (dossier("2023-12-01", "2023-12-12", "2023-12-14"), set()),
    "first day": (dossier("2023-12-01", closed="2023-12-15"), {"carried_over", "withdrawn"}),
    "last day": (dossier(closed="2024-01-14 16:00"), {"received", "withdrawn"}),
    "after the period, overdue in it": (
        dossier(closed="2024-01-15"), {"received", "open", "open_overdue"}),
    "after the period": (dossier(due="2024-01-14", closed="2024-01-15"), {"received", "open"}),
    "dated by its return": (dossier(returned_at="2024-01-10"), {"received", "withdrawn"}),
    "without any date": (dossier(due="2024-01-20"), {"received", "open"}),
}  # fmt: skip


@pytest.mark.parametrize("group", LEFT)
def test_a_dossier_that_left_counts_apart_and_never_as_resolved(group):
    found = flags_of([row | {"status_group": group} for row, _ in LEAVINGS.values()])
    states = {case: set_flags(flags) for case, flags in zip(LEAVINGS, found, strict=True)}
    assert states == {case: expected for case, (_, expected) in LEAVINGS.items()}


def test_a_withdrawn_dossier_without_a_due_date_is_withdrawn_and_not_resolved():
    counts = counts_of(dossier(due="", closed="2024-01-10", status_group="withdrawn"))
    assert counts["withdrawn"] == 1
    assert counts["no_due_date_resolved"] == 0


EVENTS = dossier(closed="2024-01-10", result_at="2024-01-05", returned_at="2024-01-06")


@pytest.mark.parametrize(
    ("event", "expected"),
    [("closed", RESOLVED_LATE), ("result", RESOLVED_ON_DAY), ("returned", RESOLVED_LATE)],
)
def test_the_completion_event_decides_what_done_means(event, expected):
    assert set_flags(counts_of(EVENTS, completion_event=event)) == expected


@pytest.mark.parametrize("event", ["result", "returned"])
def test_a_dossier_without_the_chosen_event_is_still_open(event):
    counts = counts_of(dossier(closed="2024-01-05"), completion_event=event)
    assert set_flags(counts) == {"received", "open", "open_overdue"}


@pytest.mark.parametrize("event", ["closed", "result", "returned"])
def test_a_withdrawal_is_dated_whatever_the_completion_event_is(event):
    row = dossier(closed="2024-01-05", status_group="withdrawn")
    assert set_flags(counts_of(row, completion_event=event)) == {"received", "withdrawn"}


@pytest.mark.parametrize(
    ("closed", "basis", "expected"),
    [
        ("2024-01-08", "original", RESOLVED_LATE),
        ("2024-01-08", "rescheduled", RESOLVED_EARLY),
        ("2024-01-10", "rescheduled", RESOLVED_ON_DAY),
        ("2024-01-11", "rescheduled", RESOLVED_LATE),
    ],
)
def test_a_rescheduled_dossier_is_judged_by_the_chosen_due_date(closed, basis, expected):
    row = dossier(closed=closed, rescheduled_due_at="2024-01-10")
    assert set_flags(counts_of(row, due_basis=basis)) == expected


def test_a_dossier_never_rescheduled_keeps_its_due_date():
    counts = counts_of(dossier(closed="2024-01-06"), due_basis="rescheduled")
    assert set_flags(counts) == RESOLVED_LATE


@pytest.mark.parametrize(
    ("basis", "expected"),
    [("original", {"received", "open", "open_overdue"}), ("rescheduled", {"received", "open"})],
)
def test_an_open_rescheduled_dossier_is_overdue_by_the_chosen_due_date(basis, expected):
    row = dossier(rescheduled_due_at="2024-01-20")
    assert set_flags(counts_of(row, due_basis=basis)) == expected


TIMES = {
    "a second before": ("2024-01-05 09:59:59", RESOLVED_EARLY),
    "to the second": ("2024-01-05 10:00:00", RESOLVED_ON_DAY),
    "a second after, on the same day": ("2024-01-05 10:00:01", RESOLVED_LATE),
}


@pytest.mark.parametrize(("closed", "expected"), TIMES.values(), ids=TIMES.keys())
def test_granularity_time_compares_to_the_second(closed, expected):
    row = dossier(due="2024-01-05 10:00:00", closed=closed)
    assert set_flags(counts_of(row, granularity="time")) == expected
    assert set_flags(counts_of(row)) == RESOLVED_ON_DAY


@pytest.mark.parametrize(
    ("due", "overdue_by_time", "overdue_by_day"),
    [
        ("2024-01-13 23:59:59", 1, 1),
        ("2024-01-14 00:00:00", 1, 0),
        ("2024-01-14 23:59:59", 1, 0),
        ("2024-01-15 00:00:00", 0, 0),
    ],
)
def test_open_overdue_means_before_the_end_of_the_last_day_by_time(
    due, overdue_by_time, overdue_by_day
):
    assert counts_of(dossier(due=due), granularity="time")["open_overdue"] == overdue_by_time
    assert counts_of(dossier(due=due))["open_overdue"] == overdue_by_day


@pytest.mark.parametrize("granularity", ["day", "time"])
def test_the_borders_of_the_period_are_midnights_whatever_the_granularity(granularity):
    rows = [
        dossier("2023-12-01", "2024-01-01", "2023-12-14 23:59:59"),
        dossier("2023-12-01", "2024-01-01", "2023-12-15 00:00:00"),
        dossier("2023-12-01", "2024-02-01", "2024-01-14 23:59:59"),
        dossier("2023-12-01", "2024-02-01", "2024-01-15 00:00:00"),
    ]
    counts = counts_of(*rows, granularity=granularity)
    assert (counts["carried_over"], counts["resolved"], counts["open"]) == (3, 2, 1)


# Rate conventions -----------------------------------------------------------------------------

# Ten dossiers of one ward, one of each kind:
#                                                        counts in the period
TEN = [
    dossier("2023-12-20", "2024-01-05", "2024-01-04"),  # 1 received, early
    dossier("2023-12-20", "2024-01-05", "2024-01-05"),  # 2 received, on the due date
    dossier("2023-12-20", "2024-01-05", "2024-01-06"),  # 3 received, late
    dossier("2023-12-01", "2023-12-12", "2023-12-18"),  # 4 carried over, late, due before it
    dossier("2023-12-01", "2024-01-25", "2023-12-18"),  # 5 carried over, early, due after it
    dossier("2023-12-20", "2024-01-10", ""),  # 6 received, open and overdue
    dossier("2023-12-20", "2024-01-25", ""),  # 7 received, open and in time
    dossier("2023-12-20", "2024-01-14", ""),  # 8 received, open and due on the last day
    dossier("2023-12-20", "", "2024-01-04"),  # 9 received, no due date, closed
    dossier("2023-12-20", "2024-01-05", "2024-01-03", status_group="withdrawn"),  # 10 withdrawn
]
# resolved       1-5: on time 1, 2, 5                                           3 of 5
# due_in_period  due inside and decided: 1, 2, 3, 6; kept: 1, 2                 2 of 4
# workload       received 8 - withdrawn 1 + carried over 2; not 3, 4, 6         6 of 9
# national_766   resolved 1-5 and open 6-8; good 1, 2, 5, 7, 8                  5 of 8
# received       received 8 - withdrawn 1; finished on time 1, 2                2 of 7
CONVENTIONS = {
    "resolved": (3, 5),
    "due_in_period": (2, 4),
    "workload": (6, 9),
    "national_766": (5, 8),
    "received": (2, 7),
}


@pytest.mark.parametrize("convention", CONVENTIONS)
def test_each_rate_convention_counts_what_its_source_says(convention):
    counts = counts_of(*TEN, rate_convention=convention)
    assert (counts["good"], counts["counted"]) == CONVENTIONS[convention]


@pytest.mark.parametrize("convention", CONVENTIONS)
def test_withdrawn_as_on_time_adds_the_withdrawn_above_and_below_the_line(convention):
    counts = counts_of(*TEN, rate_convention=convention, withdrawn="as_on_time")
    good, counted = CONVENTIONS[convention]
    assert (counts["good"], counts["counted"]) == (good + 1, counted + 1)


@pytest.mark.parametrize("convention", CONVENTIONS)
def test_the_counts_are_the_same_under_every_convention(convention):
    counts = counts_of(*TEN, rate_convention=convention)
    plain = counts_of(*TEN)
    assert {f: n for f, n in counts.items() if f not in ("good", "counted")} == {
        f: n for f, n in plain.items() if f not in ("good", "counted")
    }
    assert plain["received"] == 8
    assert plain["open_overdue"] == 1


def test_due_in_period_counts_what_was_finished_ahead_of_the_period():
    ahead = dossier("2023-12-01", "2023-12-20", "2023-12-10")
    counts = counts_of(ahead, rate_convention="due_in_period")
    assert (counts["good"], counts["counted"]) == (1, 1)
    assert set_flags(counts) == set()


def test_workload_counts_what_is_late_once_whether_finished_or_open():
    rows = [dossier(closed="2024-01-10"), dossier(due="2024-01-05"), dossier(due="2024-01-20")]
    counts = counts_of(*rows, rate_convention="workload")
    assert (counts["good"], counts["counted"]) == (1, 3)


def test_received_does_not_count_what_was_carried_over():
    carried = dossier("2023-12-01", "2024-01-05", "2024-01-04")
    counts = counts_of(carried, rate_convention="received")
    assert (counts["good"], counts["counted"]) == (0, 0)


# Figures that authorities published (counts -> percent, as printed)
PUBLISHED = [
    ("Lâm Đồng, toàn tỉnh, quý I/2020", 635_593, 643_272, 98.81),
    ("Lâm Đồng, cấp tỉnh, quý I/2020", 51_072, 51_780, 98.63),
    ("Lâm Đồng, cấp huyện, quý I/2020", 323_911, 329_596, 98.28),
    ("Lâm Đồng, cấp xã, quý I/2020", 260_612, 261_896, 99.51),
    ("Thừa Thiên Huế, mức 1-2, trên đã xử lý", 124_907 + 102_770, 257_141, 88.54),
    ("Thừa Thiên Huế, mức 3, trên đã xử lý", 43_434 + 11_795, 61_827, 89.33),
    ("Thừa Thiên Huế, mức 4, trên đã xử lý", 952 + 388, 1_611, 83.18),
    ("Thừa Thiên Huế, mức 1-2, trên phân loại được", 227_677, 227_677 + 19_852, 91.98),
    ("Thừa Thiên Huế, mức 3, trên phân loại được", 55_229, 55_229 + 4_331, 92.73),
    ("Thừa Thiên Huế, mức 4, trên phân loại được", 1_340, 1_340 + 268, 83.33),
    ("Vĩnh Phúc, 21/7-20/8/2021, đến hạn trong kỳ", 19_255, 19_944, 96.55),
    ("Vĩnh Phúc, tháng 9/2021, đến hạn trong kỳ", 4_157, 4_169, 99.71),
    ("Quận 1, TP.HCM, 2018, trên tiếp nhận", 585_116, 585_336, 99.96),
]


@pytest.mark.parametrize(("where", "good", "counted", "percent"), PUBLISHED)
def test_rate_of_published_counts_is_the_published_rate(where, good, counted, percent):
    assert round(rate_percent(good, counted), 2) == percent


# Verdict, interval, certainty -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("good", "counted", "threshold", "expected"),
    [
        (97, 100, 97, False),
        (96_999, 100_000, 97, True),
        (9_699, 10_000, 97, True),
        (32, 33, 97, True),  # 96,97 %
        (33, 34, 97, False),  # 97,06 %
        (97_000_000, 100_000_001, 97, True),  # no float tells this from 97
        (0, 1, 97, True),
        (1, 1, 100, False),
        (0, 0, 97, None),
        (999, 1000, 99.9, False),
        (39, 40, 97.5, False),
        (0, 5, 0, False),
    ],
)
def test_below_threshold_is_decided_in_whole_numbers(good, counted, threshold, expected):
    assert is_below(good, counted, threshold) is expected


@given(st.integers(0, 10**9), st.integers(0, 10**9), st.integers(0, 10_000))
def test_verdict_equals_exact_arithmetic(one, other, hundredths):
    good, counted = sorted((one, other))
    expected = Fraction(good, counted) < Fraction(hundredths, 10_000) if counted else None
    assert is_below(good, counted, hundredths / 100) is expected


# R. G. Newcombe, Statistics in Medicine 17 (1998), 857-872, table I, method 3
@pytest.mark.parametrize(
    ("good", "counted", "low", "high"),
    [(81, 263, 25.53, 36.62), (15, 148, 6.24, 16.05), (0, 20, 0.0, 16.11), (1, 29, 0.61, 17.18)],
)
def test_wilson_interval_equals_published_examples(good, counted, low, high):
    found = wilson(good, counted)
    assert (round(found[0], 2), round(found[1], 2)) == (low, high)
    mirrored = wilson(counted - good, counted)
    assert mirrored == pytest.approx((100 - found[1], 100 - found[0]), abs=2e-6)


@given(st.integers(0, 5000), st.integers(1, 5000))
def test_wilson_interval_holds_the_rate_and_stays_in_0_to_100(good, counted):
    good = min(good, counted)
    low, high = wilson(good, counted)
    assert 0 <= low <= rate_percent(good, counted) <= high <= 100


@pytest.mark.parametrize(
    ("good", "counted", "expected"),
    [(0, 0, None), (50, 100, "below"), (96, 100, "uncertain"), (98, 100, "uncertain"),
     (9_900, 10_000, "above"), (1, 1, "uncertain"), (9_600, 10_000, "below")],
)  # fmt: skip
def test_certainty_says_where_the_whole_interval_lies(good, counted, expected):
    assert certainty(*wilson(good, counted), 97) == expected


def test_nothing_resolved_has_no_rate_no_interval_no_verdict():
    counts = dict.fromkeys(("good", "counted", "good_766", "counted_766"), 0)
    assert verdicts_of(counts, 97) == {
        "rate_percent": None, "rate_low": None, "rate_high": None,
        "below_threshold": None, "certainty": None,
        "rate_766_percent": None, "below_threshold_766": None,
    }  # fmt: skip


# Causes ---------------------------------------------------------------------------------------

CAUSES = {
    "result on the due date, closed after": (
        dossier(closed="2024-01-10", result_at="2024-01-05"), "forgot_to_close"),
    "returned on the due date, result not written": (
        dossier(closed="2024-01-10", returned_at="2024-01-05 16:00"), "forgot_to_close"),
    "the division was late": (
        dossier(closed="2024-01-10", division_due_at="2023-12-30",
                division_returned_at="2023-12-31"), "urban_management"),
    "another division was late": (
        dossier(closed="2024-01-10", division="other", division_due_at="2023-12-30",
                division_returned_at="2023-12-31"), "unknown"),
    "the division was in time": (
        dossier(closed="2024-01-10", division_due_at="2023-12-30",
                division_returned_at="2023-12-30"), "unknown"),
    "the division has not returned it": (
        dossier(closed="2024-01-10", division_due_at="2023-12-30"), "unknown"),
    "result after due": (dossier(closed="2024-01-10", result_at="2024-01-06"), "slow_processing"),
    "only a late return": (dossier(closed="2024-01-10", returned_at="2024-01-08"), "unknown"),
    "nothing known": (dossier(closed="2024-01-10"), "unknown"),
    "forgetting goes before the division": (
        dossier(closed="2024-01-10", result_at="2024-01-05", division_due_at="2023-12-30",
                division_returned_at="2024-01-02"), "forgot_to_close"),
    "the division goes before the ward": (
        dossier(closed="2024-01-10", result_at="2024-01-08", division_due_at="2023-12-30",
                division_returned_at="2024-01-08"), "urban_management"),
}  # fmt: skip


@cache
def _causes() -> dict[str, tuple[str, str, bool]]:
    return causes_of([row | {"dossier_id": case} for case, (row, _) in CAUSES.items()])


@pytest.mark.parametrize("case", CAUSES)
def test_cause_is_inferred_from_dates_in_the_order_of_search(case):
    assert _causes()[case] == (CAUSES[case][1], "inferred", False)


@pytest.mark.parametrize("recorded", state.CAUSES[:-1])
def test_the_recorded_cause_goes_before_the_dates(recorded):
    rows = [row | {"late_cause": recorded} for row, _ in CAUSES.values()]
    assert set(causes_of(rows).values()) == {(recorded, "recorded", False)}


FAULTS = {
    "over the due date": ("2024-01-04", "2024-01-06", "software_error"),
    "from the evening of the due date on": ("2024-01-05 23:00", "", "software_error"),
    "until the due date": ("2024-01-01", "2024-01-05", "software_error"),
    "settled before": ("2024-01-01", "2024-01-04", "slow_processing"),
    "opened after": ("2024-01-06", "2024-01-07", "slow_processing"),
}


def test_software_error_needs_an_incident_on_that_dossier_open_on_the_due_date():
    row = dossier(closed="2024-01-10", result_at="2024-01-08")
    rows = [row | {"dossier_id": case} for case in (*FAULTS, "none of its own")]
    faults = incidents(*((case, *dates) for case, (*dates, _) in FAULTS.items()))
    expected = {case: cause for case, (*_, cause) in FAULTS.items()}
    expected["none of its own"] = "slow_processing"
    found = causes_of(rows, faults)
    assert {case: cause for case, (cause, *_) in found.items()} == expected
    assert [case for case, (*_, evidenced) in found.items() if evidenced] == list(FAULTS)[:3]


def test_forgetting_goes_before_a_software_error_and_that_before_the_division():
    division = {"division_due_at": "2023-12-30", "division_returned_at": "2024-01-02"}
    forgot = dossier(closed="2024-01-10", returned_at="2024-01-05", dossier_id="H1")
    struck = dossier(closed="2024-01-10", dossier_id="H2", **division)
    faults = incidents(("H1", "2024-01-05", ""), ("H2", "2024-01-05", ""))
    causes = {number: cause for number, (cause, *_) in causes_of([forgot, struck], faults).items()}
    assert causes == {"H1": "forgot_to_close", "H2": "software_error"}


def test_several_incidents_on_one_dossier_do_not_count_it_twice():
    faults = incidents(("H1", "2024-01-03", ""), ("H1", "2024-01-05", "2024-01-06"))
    params, row = Params(), dossier(closed="2024-01-10", dossier_id="H1")
    late = with_cause(with_state(frame([row]), JANUARY, params), faults, params)
    assert late["dossier_id"].tolist() == ["H1"]


def test_evidence_named_in_the_export_makes_a_cause_evidenced():
    row = dossier(closed="2024-01-10", late_cause="software_error", evidence=True)
    assert causes_of([row]) == {"H0": ("software_error", "recorded", True)}


def test_an_incident_is_no_evidence_of_another_cause():
    forgot = dossier(closed="2024-01-10", result_at="2024-01-05", dossier_id="H1")
    slow = dossier(closed="2024-01-10", late_cause="slow_processing", dossier_id="H2")
    claimed = dossier(closed="2024-01-10", late_cause="software_error", dossier_id="H3")
    faults = incidents(*((number, "2024-01-04", "2024-01-06") for number in ("H1", "H2", "H3")))
    assert causes_of([forgot, slow, claimed], faults) == {
        "H1": ("forgot_to_close", "inferred", False),
        "H2": ("slow_processing", "recorded", False),
        "H3": ("software_error", "recorded", True),
    }


def test_causes_follow_the_due_basis():
    row = dossier(closed="2024-01-12", result_at="2024-01-08", rescheduled_due_at="2024-01-10")
    assert causes_of([row])["H0"][0] == "slow_processing"
    assert causes_of([row], due_basis="rescheduled")["H0"][0] == "forgot_to_close"


def test_causes_follow_the_granularity():
    row = dossier(due="2024-01-05 10:00", closed="2024-01-08", result_at="2024-01-05 15:00")
    assert causes_of([row])["H0"][0] == "forgot_to_close"
    assert causes_of([row], granularity="time")["H0"][0] == "slow_processing"


def test_only_late_dossiers_have_a_cause():
    rows = [dossier(closed="2024-01-05"), dossier(due=""), dossier(due="2024-01-02"),
            dossier(closed="2024-01-10", status_group="withdrawn")]  # fmt: skip
    assert causes_of(rows) == {}


@pytest.mark.parametrize(
    ("late", "resolved", "listed"),
    [(2, 400, True), (2, 401, False), (1, 10, False), (0, 0, False), (3, 600, True),
     (3, 601, False)],
)  # fmt: skip
def test_a_ward_is_named_for_a_cause_from_two_dossiers_and_half_a_point(late, resolved, listed):
    assert is_listed_for_cause(late, resolved, Params()) is listed


@pytest.mark.parametrize(
    ("verdicts", "months"),
    [([], 0), ([True], 1), ([False], 0), ([True, True, True], 3), ([True, False, True], 1),
     ([True, True, False], 0), ([True, True, None], 0), ([True, None, True], 1)],
)  # fmt: skip
def test_months_below_in_a_row_are_counted_back_from_the_last(verdicts, months):
    assert streak(verdicts) == months


def test_dossiers_matter_that_came_by_the_last_day_and_ended_on_the_first_or_later() -> None:
    rows = {
        "last day": dossier("2024-01-14 16:00", due="2024-01-20"),
        "came after": dossier("2024-01-15", due="2024-01-20"),
        "first day": dossier("2023-12-01", closed="2023-12-15"),
        "ended before": dossier("2023-12-01", due="2023-12-15", closed="2023-12-14"),
        "open": dossier("2023-01-01"),
    }
    table = frame([row | {"dossier_id": number} for number, row in rows.items()])

    def matter(**changes: str) -> list[str]:
        params = Params(**changes)
        return matter_in(with_dates(table, params), JANUARY, params)["dossier_id"].tolist()

    assert matter() == ["last day", "first day", "open"]
    due = ["last day", "first day", "ended before", "open"]  # what ended early counts on its day
    assert matter(rate_convention="due_in_period") == due
