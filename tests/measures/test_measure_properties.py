"""Identities of DESIGN §6 for any dossiers, on pandas and on DuckDB."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import cycle, product

import pandas as pd
import pytest
from cases import DATES, JANUARY, frame, incidents, relation
from hypothesis import given, settings
from hypothesis import strategies as st
from motcua.base.calendar import Period
from motcua.base.params import Params, period_of
from motcua.measures.state import (
    AGES,
    CAUSES,
    FLAGS,
    count_causes,
    ever_overdue,
    state_in,
    sum_flags,
    with_cause,
    with_dates,
    with_state,
)
from motcua.measures.verdicts import points_lost, rate_percent

# Days around both borders of the period, few enough that equal dates are common.
DAYS = ["2023-12-10", "2023-12-14", "2023-12-15", "2023-12-16", "2024-01-13", "2024-01-14",
        "2024-01-14 15:30:00", "2024-01-15", "2024-01-20"]  # fmt: skip
ANY_DAY = st.sampled_from(["", *DAYS])
GROUPS = ["", "in_progress", "done", "withdrawn", "returned", "stopped", "awaiting", "not_received"]
ENDS = ("result_at", "returned_at", "closed_at")


def keep_possible(row: dict) -> dict:
    """The row without completions before it was received: the reader sets such rows aside."""
    impossible = [end for end in ENDS if row[end][:10] < row["received_at"][:10]]
    return row | dict.fromkeys(impossible, "")


DOSSIER = st.fixed_dictionaries(
    {
        "received_at": st.sampled_from(DAYS),
        **dict.fromkeys(DATES[1:], ANY_DAY),
        "status_group": st.sampled_from(GROUPS),
        "late_cause": st.sampled_from(["", *CAUSES]),
        "evidence": st.booleans(),
        "ward": st.sampled_from("AB"),
    }
).map(keep_possible)  # fmt: skip
TABLES = st.lists(DOSSIER, min_size=1, max_size=30)
WAYS = {
    "rate_convention": ["resolved", "due_in_period", "workload", "national_766", "received"],
    "completion_event": ["closed", "result", "returned"],
    "withdrawn": ["exclude", "as_on_time"],
    "due_basis": ["original", "rescheduled"],
    "granularity": ["day", "time"],
}
METHODS = st.fixed_dictionaries({name: st.sampled_from(ways) for name, ways in WAYS.items()})
# Every way of telling what is late, each with one of the conventions, which only tell what counts.
CONVENTIONS, *OTHERS = WAYS.values()
TOLD = [(one, *others) for one, others in zip(cycle(CONVENTIONS), product(*OTHERS), strict=False)]
INCIDENT = st.tuples(st.sampled_from(["H0", "H1", ""]), st.sampled_from(DAYS), ANY_DAY)
FEW = settings(max_examples=10, deadline=None, derandomize=True)
ORDER = ["dossier_id", *FLAGS]


def assert_identities(counts: dict[str, int]) -> None:
    """The identities of DESIGN §6."""
    assert counts["on_time"] == counts["early"] + counts["on_due_date"]
    assert counts["resolved"] == counts["on_time"] + counts["late"]
    ends = ("resolved", "withdrawn", "no_due_date_resolved", "open")
    assert counts["received"] + counts["carried_over"] == sum(counts[end] for end in ends)
    assert 0 <= counts["good"] <= counts["counted"]
    assert counts["open_overdue"] <= counts["open"]
    assert counts["open_overdue"] == sum(counts[age] for age in AGES)
    assert counts["awaiting_close_overdue"] <= min(counts["awaiting_close"], counts["open_overdue"])


@FEW
@given(TABLES, METHODS)
def test_identities_hold_for_any_dossiers_on_pandas_and_duckdb_alike(rows, method):
    params, table = Params(**method), frame(rows)
    by_pandas = with_state(table, JANUARY, params)
    by_duckdb = with_state(relation(table), JANUARY, params).df()
    one, other = (
        t.sort_values("dossier_id", ignore_index=True)[ORDER] for t in (by_pandas, by_duckdb)
    )
    pd.testing.assert_frame_equal(one, other, check_dtype=False)
    for _, counts in sum_flags(by_pandas, ["code"]).set_index("code").iterrows():
        assert_identities(counts.to_dict())


@pytest.fixture(scope="module")
def many() -> pd.DataFrame:
    """Two thousand dossiers with any dates that are possible."""
    draw = random.Random(1).choice
    rows = (
        {"received_at": draw(DAYS), "status_group": draw(GROUPS), "late_cause": "", "ward": "A"}
        | {name: draw(["", *DAYS]) for name in DATES[1:]}
        for _ in range(2000)
    )
    return frame([keep_possible(row | {"evidence": False}) for row in rows])


@pytest.mark.parametrize("told", TOLD, ids="-".join)
def test_who_is_late_or_overdue_had_not_ended_by_the_due_date(many: pd.DataFrame, told: tuple):
    params = Params(**dict(zip(WAYS, told, strict=True)))
    dated = with_dates(many, params)
    ever = ever_overdue(dated, params)
    # Ended on no day, or on a later one than it was due.
    not_by_then = dated["ended"].isna() | (dated["ended"] > dated["due"])
    assert ever["dossier_id"].tolist() == dated.loc[not_by_then, "dossier_id"].tolist()
    every, among = with_state(many, JANUARY, params), state_in(ever, JANUARY, params)
    for flag in ("late", "open_overdue"):
        found = among[among[flag] == 1]["dossier_id"].tolist()
        assert found == every[every[flag] == 1]["dossier_id"].tolist()
        assert 0 < len(found) < len(many)


@FEW
@given(TABLES, METHODS, st.lists(INCIDENT, max_size=3))
def test_every_late_dossier_has_one_cause_on_pandas_and_duckdb_alike(rows, method, faults):
    params, table = Params(**method), frame(rows)
    state = with_state(table, JANUARY, params)
    struck = incidents(*faults)
    by_pandas = with_cause(state, struck, params)
    state_there = with_state(relation(table), JANUARY, params)
    by_duckdb = with_cause(state_there, relation(struck), params).df()
    columns = ["dossier_id", "cause", "inferred", "cause_source", "evidenced"]
    one, other = (
        t.sort_values("dossier_id", ignore_index=True)[columns].values.tolist()
        for t in (by_pandas, by_duckdb)
    )
    assert one == other
    assert {row[1] for row in one} <= set(CAUSES)
    counted = count_causes(by_pandas, ["code"]).groupby("code")["late"].sum()
    late = state.groupby("code")["late"].sum() if len(state) else pd.Series(dtype=int)
    assert counted.to_dict() == late[late > 0].to_dict()


@FEW
@given(TABLES, METHODS, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(rows, method, random):
    params, table = Params(**method), frame(rows)
    order = list(range(len(table)))
    random.shuffle(order)
    shuffled = table.iloc[order].reset_index(drop=True)
    states = (with_state(t, JANUARY, params) for t in (table, shuffled))
    one, other = (s.sort_values("dossier_id", ignore_index=True)[ORDER] for s in states)
    pd.testing.assert_frame_equal(one, other, check_dtype=False)


@FEW
@given(TABLES)
def test_points_lost_to_all_causes_add_up_to_what_the_rate_lacks(rows):
    state = with_state(frame(rows), JANUARY, Params())
    late = with_cause(state, incidents(), Params())
    resolved, good = int(state["resolved"].sum()), int(state["good"].sum())
    by_cause = late.groupby("cause")["late"].sum()
    points = [points_lost(n, resolved) for n in by_cause]
    if resolved:
        assert sum(points) == pytest.approx(100 - rate_percent(good, resolved), abs=5e-6)
        assert sum(Fraction(100 * int(n), resolved) for n in by_cause) == 100 - Fraction(
            100 * good, resolved
        )
    else:
        assert points == []


@FEW
@given(TABLES)
def test_what_is_open_at_the_end_is_carried_over_into_the_next_period(rows):
    february = period_of("2024-02", Params())
    now = with_state(frame(rows), JANUARY, Params())
    then = with_state(frame(rows), february, Params())
    assert now["open"].sum() == then["carried_over"].sum()


@FEW
@given(TABLES, st.sampled_from(["2023-12-20", "2024-01-13"]))
def test_two_halves_of_a_period_resolve_what_the_whole_resolves(rows, cut):
    middle = pd.Timestamp(cut).date()
    halves = [
        Period(JANUARY.start, middle),
        Period((pd.Timestamp(cut) + pd.Timedelta(days=1)).date(), JANUARY.end),
    ]
    whole = with_state(frame(rows), JANUARY, Params())
    parts = [with_state(frame(rows), half, Params()) for half in halves]
    for flag in ("received", "resolved", "late", "on_time", "withdrawn"):
        assert whole[flag].sum() == sum(part[flag].sum() for part in parts)
