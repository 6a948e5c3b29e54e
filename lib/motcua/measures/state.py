"""State: what state each dossier is in, what counts, why it was late; of one period or of several.

Written once in narwhals, so the same definitions run on pandas and DuckDB. Each function takes a
table and gives a new one. While the dossiers are thousands a query costs more to build than to run,
and a month looks back on two dozen others; so `Lookback` puts each question once, for all periods
that are likely to be asked for.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any, NamedTuple

import duckdb
import narwhals as nw
import pandas as pd
from narwhals.typing import FrameT

from motcua.base.calendar import Period
from motcua.base.params import Params
from motcua.base.reference import LEFT, NOT_RECEIVED, OTHER_DIVISION, causes
from motcua.reading.rows import EVENTS, end_columns

CAUSES = tuple(causes())
# Flags of `with_state`, one 0/1 column each; their sums are the counts of a ward.
COUNTS = (
    "received", "carried_over", "resolved", "early", "on_due_date", "on_time", "late", "withdrawn",
    "no_due_date", "no_due_date_resolved", "open", "open_overdue",
)  # fmt: skip
AGES = ("days_1_30", "days_31_90", "days_91_up")  # of dossiers open and overdue
LONG_OVERDUE = 90  # days
BACKLOG = (*AGES, "awaiting_close", "awaiting_close_overdue")
FLAGS = (*COUNTS, *BACKLOG, "counted", "good", "counted_766", "good_766")
DIVISION_DATES = ("division_received_at", "division_due_at", "division_returned_at")
OF_LATE = (
    "code", "dossier_id", "procedure", "field", "channel", "official", "received_at", "due", "done",
    "result_at", "returned_at", "apology_at", "division", *DIVISION_DATES, "cause", "cause_source",
    "inferred", "evidenced", "late", "counted", "good",
)  # fmt: skip
OF_OVERDUE = (
    "code", "dossier_id", "procedure", "received_at", "due", "result_at", "returned_at",
    "apology_at",
)  # fmt: skip


def _flag(condition: nw.Expr) -> nw.Expr:
    """1 where the condition holds, 0 where it does not or cannot be known."""
    return nw.when(condition).then(nw.lit(1)).otherwise(nw.lit(0))


def _bounds(period: Period) -> tuple[datetime, datetime, datetime]:
    """Midnights of the first and the last day, and the one that follows."""
    start, end = (datetime.combine(day, time()) for day in period)
    return start, end, end + timedelta(days=1)


def with_state(dossiers: FrameT, period: Period, params: Params) -> FrameT:
    """Dossiers that matter in a period, with their state at its end as 0/1 columns.

    The state is rebuilt from dates; a completion after the period leaves the dossier open in it.
    Statuses "not received" are no dossiers of the ward and are left out.

    Parameters
    ----------
    dossiers : one row per dossier: received_at, due_at, rescheduled_due_at, result_at, returned_at,
        closed_at (timestamps), status_group.
    period : first and last day, both included.

    Returns
    -------
    table
        One row per dossier received by the period's end and not finished before it began (for
        `due_in_period` also those due in it and finished before), with `due` and `done` (cut to
        the day unless granularity is "time") and the columns FLAGS.

    Notes
    -----
    received: S <= received <= E. carried_over: received < S, neither done nor withdrawn before S.
    resolved: S <= done <= E, not withdrawn, with a due date.
    early, on_due_date, late: done <, =, > due.
    open: received <= E, neither done nor withdrawn by E; open_overdue: due < E (due on E itself is
    not overdue yet; with granularity "time": due before the end of E). AGES: those by the calendar
    days from the due day to E; due within E itself is the youngest age.
    awaiting_close: open, with a result or its return by E; awaiting_close_overdue: overdue as well.
    `counted` and `good` are the denominator and the numerator of the rate convention, `counted_766`
    and `good_766` those of `national_766`.
    """
    return state_in(with_dates(dossiers, params), period, params)


def with_dates(dossiers: FrameT, params: Params) -> FrameT:
    """Dossiers of the wards, with the dates that decide their state in any period.

    Returns
    -------
    table
        The rows but those of status group "not received"; `due`, `done` (not for dossiers that
        left), `left`, and `ended` (the one of the two that there is), cut to the day unless
        granularity is "time".
    """
    rows = nw.from_native(dossiers).filter(nw.col("status_group") != NOT_RECEIVED)
    rows = rows.with_columns(**_dates(params)).with_columns(ended=nw.coalesce("left", "done"))
    return rows.to_native()


def state_in(dated: FrameT, period: Period, params: Params) -> FrameT:
    """State in a period of dossiers that have their dates: see `with_state`."""
    rows = nw.from_native(matter_in(dated, period, params))
    return _state(rows, _bounds(period), params)


def matter_in(dated: FrameT, period: Period, params: Params) -> FrameT:
    """Dossiers with their dates that matter at some time of a period."""
    start, _, after = _bounds(period)
    return nw.from_native(dated).filter(*_matter(start, after, params)).to_native()


def state_by_month(dated: FrameT, months: FrameT, params: Params) -> FrameT:
    """State of dated dossiers in each of several months: `with_state` of all in one query.

    Parameters
    ----------
    dated : result of `with_dates`.
    months : one row per month: start, end (midnights of the first and the last day), after (the
        midnight that follows), and what tells it from the others.

    Returns
    -------
    table
        One row per dossier and month in which it matters.

    Notes
    -----
    Whether it matters is asked in one expression: two that are held against each other at once make
    DuckDB sort all rows for a join of ranges, while the months are a dozen.
    """
    start, end, after = map(nw.col, ("start", "end", "after"))
    came, stays = _matter(start, after, params)
    rows = nw.from_native(dated).join(nw.from_native(months), how="cross")
    rows = rows.filter(nw.when(came).then(stays).otherwise(nw.lit(False)))
    return _state(rows, (start, end, after), params)


def _matter(start: Any, after: Any, params: Params) -> tuple[nw.Expr, nw.Expr]:
    """Both hold for dossiers that matter from a midnight to before another."""
    stays = _not_ended_before(start)
    if params.rate_convention == "due_in_period":  # also what was finished ahead of the period
        stays |= (nw.col("due") >= start) & (nw.col("due") < after)
    return nw.col("received_at") < after, stays


def _state(rows: Any, bounds: tuple, params: Params) -> FrameT:
    """State between bounds: midnights, or columns that hold them."""
    start, end, after = bounds
    rows = rows.with_columns(**_counts(start, end, after, params))
    rows = rows.with_columns(
        resolved=nw.col("early") + nw.col("on_due_date") + nw.col("late"),
        on_time=nw.col("early") + nw.col("on_due_date"),
        **_backlog(end, after),
    )
    return rows.with_columns(**_rate_pairs(start, after, params)).to_native()


def _not_ended_before(moment: Any) -> nw.Expr:
    return nw.col("ended").is_null() | (nw.col("ended") >= moment)


def _due(params: Params) -> nw.Expr:
    if params.due_basis == "rescheduled":
        return nw.coalesce("rescheduled_due_at", "due_at")
    return nw.col("due_at")


def _dates(params: Params) -> dict[str, nw.Expr]:
    """`due`, `done` (not for dossiers that left) and `left` (their date), cut to the day or not."""
    event = EVENTS[params.completion_event]
    is_left = nw.col("status_group").is_in(LEFT)
    any_end = nw.coalesce(*end_columns(params))
    dates = {
        "due": _due(params),
        "done": nw.when(~is_left).then(nw.col(event)),
        "left": nw.when(is_left).then(any_end),
    }
    if params.granularity == "time":
        return dates
    return {name: date_.dt.truncate("1d") for name, date_ in dates.items()}


def _counts(start: Any, end: Any, after: Any, params: Params) -> dict[str, nw.Expr]:
    received, due, done = nw.col("received_at"), nw.col("due"), nw.col("done")
    done_inside = (done >= start) & (done < after)
    is_open, alive = _not_ended_before(after), _not_ended_before(start)
    overdue_before = after if params.granularity == "time" else end
    return {
        "received": _flag((received >= start) & alive),
        "carried_over": _flag((received < start) & alive),
        "no_due_date": _flag(due.is_null() & alive),
        "early": _flag(done_inside & (done < due)),
        "on_due_date": _flag(done_inside & (done == due)),
        "late": _flag(done_inside & (done > due)),
        "no_due_date_resolved": _flag(done_inside & due.is_null()),
        "withdrawn": _flag((nw.col("left") >= start) & (nw.col("left") < after)),
        "open": _flag(is_open),
        "open_overdue": _flag(is_open & (due < overdue_before)),
    }


def _backlog(end: Any, after: Any) -> dict[str, nw.Expr]:
    """Open dossiers that are overdue by age, and those that lack nothing but the click."""
    overdue, due = nw.col("open_overdue") == 1, nw.col("due")
    over_30, over_90 = (due < _days_before(end, days) for days in (30, LONG_OVERDUE))
    ready = _flag(nw.col("result_at") < after) + _flag(nw.col("returned_at") < after) > 0
    awaiting = ready & (nw.col("open") == 1)
    return {
        "days_1_30": _flag(overdue & ~over_30),
        "days_31_90": _flag(overdue & over_30 & ~over_90),
        "days_91_up": _flag(overdue & over_90),
        "awaiting_close": _flag(awaiting),
        "awaiting_close_overdue": _flag(awaiting & overdue),
    }


def _days_before(midnight: Any, days: int) -> Any:
    """So many days before a midnight, or before each of a column."""
    if isinstance(midnight, nw.Expr):
        return midnight.dt.offset_by(f"-{days}d")
    return midnight - timedelta(days=days)


class Convention(NamedTuple):
    """How a rate is counted.

    Attributes
    ----------
    flags : 0/1 expressions of the denominator (`counted`) and the numerator (`good`), from the
        columns of a state and the bounds of the period: start, and the midnight after its end.
    late_adds : what one more late dossier adds to (counted, good). Where open dossiers count as
        good, one of them becomes late; elsewhere one that was in neither joins the denominator.
    """

    flags: Callable[[Any, Any], tuple[nw.Expr, nw.Expr]]
    late_adds: tuple[int, int]


def _resolved(_start: Any, _after: Any) -> tuple[nw.Expr, nw.Expr]:
    """On time among resolved."""
    return nw.col("resolved"), nw.col("on_time")


def _due_in_period(start: Any, after: Any) -> tuple[nw.Expr, nw.Expr]:
    """Finished by its due date among those due in the period, but those still undecided.

    One due on the last day and still open is undecided.
    """
    due, done, is_open = nw.col("due"), nw.col("done"), nw.col("open") == 1
    stays = (nw.col("withdrawn") == 0) & nw.col("left").is_null() | is_open
    due_inside = stays & (due >= start) & (due < after)
    undecided = is_open & (nw.col("open_overdue") == 0)
    return _flag(due_inside & ~undecided), _flag(due_inside & (done <= due) & (done < after))


def _workload(_start: Any, _after: Any) -> tuple[nw.Expr, nw.Expr]:
    """Neither resolved late nor open overdue, among received and carried over, less withdrawn."""
    counted = nw.col("resolved") + nw.col("no_due_date_resolved") + nw.col("open")
    return counted, counted - nw.col("late") - nw.col("open_overdue")


def _national_766(_start: Any, _after: Any) -> tuple[nw.Expr, nw.Expr]:
    """Resolved on time or open and not overdue, among resolved and open with a due date.

    Source: QĐ 766/QĐ-TTg, 2.1.
    """
    open_dated = _flag((nw.col("open") == 1) & ~nw.col("due").is_null())
    good = nw.col("on_time") + open_dated - nw.col("open_overdue")
    return nw.col("resolved") + open_dated, good


def _received(_start: Any, _after: Any) -> tuple[nw.Expr, nw.Expr]:
    """Finished on time among those received in the period, less the withdrawn."""
    here = (nw.col("received") == 1) & (nw.col("withdrawn") == 0)
    return _flag(here), _flag(here & (nw.col("on_time") == 1))


SECOND = "national_766"  # stands beside the official rate, whatever its convention
# A new convention is one entry here (and its name in `params.Convention`).
CONVENTIONS = {
    "resolved": Convention(_resolved, late_adds=(1, 0)),
    "due_in_period": Convention(_due_in_period, late_adds=(1, 0)),
    "workload": Convention(_workload, late_adds=(0, -1)),
    "national_766": Convention(_national_766, late_adds=(0, -1)),
    "received": Convention(_received, late_adds=(1, 0)),
}


def _rate_pairs(start: Any, after: Any, params: Params) -> dict[str, nw.Expr]:
    """Denominator and numerator of the rate, one flag per dossier each; and of the second rate.

    `withdrawn: as_on_time` adds those withdrawn in the period to both.
    """
    pairs = {}
    for convention, tag in ((params.rate_convention, ""), (SECOND, "_766")):
        counted, good = CONVENTIONS[convention].flags(start, after)
        if params.withdrawn == "as_on_time":
            left = nw.col("withdrawn")
            if convention == "received":
                left = left * nw.col("received")
            counted, good = counted + left, good + left
        pairs |= {f"counted{tag}": counted, f"good{tag}": good}
    return pairs


def finished_in(dossiers: FrameT, period: Period, params: Params) -> FrameT:
    """Dossiers whose completion falls in a period: all that can be late in it.

    Filtering on the date as it is stored lets a database skip what lies outside.
    """
    done = nw.col(EVENTS[params.completion_event])
    start, _, after = _bounds(period)
    return nw.from_native(dossiers).filter(done >= start, done < after).to_native()


def ever_overdue(dated: FrameT, params: Params) -> FrameT:
    """Dossiers with their dates that are open and overdue at some time: not ended by the due date.

    Few, so that the rest need not be held against every month. The dates as they are stored are
    compared first, which is fast and leaves few to cut to the day; who left did so on the same one,
    if there is one (see `end_columns`).
    """
    done = nw.col(EVENTS[params.completion_event])
    may_be = done.is_null() | (done > _due(params))
    not_by_then = nw.col("ended").is_null() | (nw.col("ended") > nw.col("due"))
    return nw.from_native(dated).filter(may_be, not_by_then).to_native()


def with_cause(state: FrameT, incidents: FrameT, params: Params) -> FrameT:
    """Late dossiers of `with_state`, each with its cause, and where the cause comes from.

    The first that applies: the recorded cause; forgot_to_close: result or return on or before due,
    closed after; software_error: an incident on that dossier open on the due date;
    urban_management: the division returned it after its own due date; slow_processing: result
    after due; unknown.

    Parameters
    ----------
    state : result of `with_state`.
    incidents : one row per software incident: dossier_id, opened_at, resolved_at.

    Returns
    -------
    table
        One row per late dossier: its columns, `cause`, `inferred` (the cause by dates alone),
        `cause_source` (recorded | inferred), `evidenced` (0/1: evidence named, or an incident
        behind a software error).

    Notes
    -----
    Causes and their order: letter 1522/UBND-THNC of 24/01/2024, preamble and points 2, 4, 5, 6.
    """
    return cause_of(nw.from_native(state).filter(nw.col("late") == 1), incidents, params)


def cause_of(late: FrameT, incidents: FrameT, params: Params) -> FrameT:
    """Dossiers known to be late (with `due`), each with its cause: see `with_cause`."""
    late = _with_incident(nw.from_native(late), nw.from_native(incidents), params)
    inferred = nw.lit("unknown")
    for cause, holds in reversed(_evidence_of_cause(params).items()):
        inferred = nw.when(holds).then(nw.lit(cause)).otherwise(inferred)
    recorded, cause = nw.when(nw.col("late_cause").is_in(CAUSES[:-1])), nw.col("cause")
    late = late.with_columns(
        inferred=inferred,
        cause=recorded.then(nw.col("late_cause")).otherwise(inferred),
        cause_source=recorded.then(nw.lit("recorded")).otherwise(nw.lit("inferred")),
    )
    ticket = (nw.col("incident") == 1) & (cause == "software_error")
    return late.with_columns(evidenced=_flag(nw.col("evidence") | ticket)).to_native()


def _evidence_of_cause(params: Params) -> dict[str, nw.Expr]:
    """Condition on the dates for each cause but `unknown`, in the order of search."""
    due = nw.col("due")
    result, returned, closed, div_due, div_back = (
        nw.col(c) if params.granularity == "time" else nw.col(c).dt.truncate("1d")
        for c in ("result_at", "returned_at", "closed_at", *DIVISION_DATES[1:])
    )
    division = {"urban_management": (div_back > div_due) & (nw.col("division") != OTHER_DIVISION)}
    if not params.has_due_dates:
        return division
    in_time = _flag(result <= due) + _flag(returned <= due)
    return {
        "forgot_to_close": (in_time > 0) & (closed > due),
        "software_error": nw.col("incident") == 1,
        **division,
        "slow_processing": result > due,
    }


def _with_incident(late: Any, incidents: Any, params: Params) -> Any:
    """Late dossiers with `incident` = 1 where an incident on them was open on the due date."""
    if not params.has_due_dates:
        return late.with_columns(incident=nw.lit(0))
    opened, resolved = nw.col("opened_at"), nw.col("resolved_at")
    if params.granularity == "day":
        opened, resolved = opened.dt.truncate("1d"), resolved.dt.truncate("1d")
    known = incidents.filter(nw.col("dossier_id") != "").select(
        "dossier_id", opened=opened, settled=resolved
    )
    lasted = nw.col("settled").is_null() | (nw.col("settled") >= nw.col("due"))
    struck = (
        late.select("dossier_id", "due")
        .join(known, on="dossier_id", how="inner")
        .filter(nw.col("opened") <= nw.col("due"), lasted)
        .select("dossier_id", incident=nw.lit(1))
        .unique(subset=["dossier_id"])
    )
    late = late.join(struck, on="dossier_id", how="left")
    return late.with_columns(incident=nw.col("incident").fill_null(0))


def sum_flags(state: FrameT, by: list[str]) -> FrameT:
    """Counts per group: one row per value of `by`, one column per flag of FLAGS."""
    frame = nw.from_native(state)
    return frame.group_by(*by).agg(**{flag: nw.col(flag).sum() for flag in FLAGS}).to_native()


def count_causes(late: FrameT, by: list[str]) -> FrameT:
    """Late dossiers per group and cause: `late`, `evidenced`, `reclassified`, `proven`.

    `reclassified` counts those that stand in the rate's denominator but not in its numerator: what
    the numerator would gain, were that cause's dossiers on time. `proven`: those of them that are
    evidenced.
    """
    gain = _flag((nw.col("counted") == 1) & (nw.col("good") == 0))
    rows = nw.from_native(late)
    rows = rows.with_columns(reclassified=gain, proven=gain * nw.col("evidenced"))
    kinds = ("late", "evidenced", "reclassified", "proven")
    sums = {kind: nw.col(kind).sum() for kind in kinds}
    return rows.group_by(*by, "cause").agg(**sums).to_native()


def fetch_rows(relation: duckdb.DuckDBPyRelation) -> pd.DataFrame:
    """Table of a relation's rows; of many with texts in half the time that `df` takes."""
    return relation.to_arrow_table().to_pandas()


class Lookback:
    """Answers by period, each computed once.

    Parameters
    ----------
    database : gives the connection on which the rows are asked for.
    params : how dossiers count; the threshold has no part in it.
    rows : gives the relation of the "dossiers" that can matter between the first and the last day
        of a period, of those "finished" in it, or of those that are "late" at some time, with their
        causes (see `cause_of`); all with their dates (see `with_dates`).
    recent : periods whose overdue dossiers are likely to be asked for after the late ones.
    """

    def __init__(
        self,
        database: Callable[[], duckdb.DuckDBPyConnection],
        params: Params,
        rows: Callable[[str, Period], Any],
        recent: Iterable[Period] = (),
    ) -> None:
        self._database, self._params, self.rows = database, params, rows
        self._recent = min(recent, default=Period(date.max, date.max))
        self._answers: dict[tuple[str, Period], pd.DataFrame] = {}

    def of(self, name: str, period: Period, others: Iterable[Period] = ()) -> pd.DataFrame:
        """What is asked of a period, by its name.

        counts: one row per unit that has dossiers: code, and the sums of `FLAGS`. causes: one row
        per unit and cause: code, cause, and what `count_causes` gives. late: one row per dossier
        resolved late: the columns OF_LATE. overdue: one per dossier open and overdue: OF_OVERDUE.

        `others` are asked for at the same time, and kept until they are wanted.
        """
        if (name, period) not in self._answers:
            asked = [p for p in sorted({period, *others}) if (name, p) not in self._answers]
            for (kind, first), table in self._ask(name, asked).items():
                starts = table["asked"].searchsorted(range(len(asked) + 1))
                for p, (start, end) in list(zip(asked, pairwise(starts), strict=True))[first:]:
                    rows = table[start:end].reset_index(drop=True)
                    self._answers[kind, p] = rows.drop(columns="asked")
        return self._answers[name, period]

    def _ask(self, name: str, periods: list[Period]) -> dict[tuple[str, int], pd.DataFrame]:
        """Tables by their name, and by the first period that they answer; `asked`: its place."""
        order = ["asked", "code"]
        if name == "counts":
            return {(name, 0): sum_flags(self.states(periods), order).df().sort_values(order)}
        if name == "causes":  # of rows that are asked for anyway
            late = [self.of("late", p, periods).assign(asked=i) for i, p in enumerate(periods)]
            counted = count_causes(pd.concat(late), order)
            return {(name, 0): counted.sort_values([*order, "cause"])}
        first = 0 if name == "overdue" else bisect_left(periods, self._recent)
        is_overdue = (nw.col("open_overdue") == 1) & (nw.col("asked") >= first)
        rows = nw.from_native(self.states(periods, "late"))
        rows = rows.filter((nw.col("late") == 1) | is_overdue)
        order = ["open_overdue", *order, "dossier_id"]
        table = fetch_rows(rows.select("open_overdue", "asked", *OF_LATE).sort(order).to_native())
        cut = table.pop("open_overdue").searchsorted(1)  # none is both
        overdue = table[cut:][["asked", *OF_OVERDUE]]
        return {("late", 0): table[:cut], ("overdue", first): overdue}

    def states(self, periods: list[Period], name: str = "dossiers") -> Any:
        """Relation of one row per dossier and period in which it matters (`with_state`)."""
        rows = self.rows(name, Period(min(p.start for p in periods), max(p.end for p in periods)))
        if len(periods) == 1:
            state = nw.from_native(state_in(rows, periods[0], self._params))
            return state.with_columns(asked=nw.lit(0)).to_native()
        bounds = pd.DataFrame(periods, columns=["start", "end"]).astype("datetime64[us]")
        bounds = bounds.assign(after=bounds["end"] + timedelta(days=1), asked=range(len(periods)))
        return state_by_month(rows, self._database().from_df(bounds), self._params)
