"""Measures: what state each dossier is in, what counts, why it was late.

Written once in narwhals, so the same definitions run on pandas and DuckDB. Each function takes a
table and gives a new one; verdicts are decided here and nowhere else.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from fractions import Fraction
from functools import cache
from math import sqrt
from statistics import NormalDist
from typing import Any

import narwhals as nw
from narwhals.typing import FrameT

from motcua.base.params import Params, Period
from motcua.base.reference import LEFT, NOT_RECEIVED, causes
from motcua.reading.rows import EVENTS, OTHER_DIVISION, end_columns

CAUSES = tuple(causes())
Z_95 = NormalDist().inv_cdf(0.975)

# Flags of `with_state`, one 0/1 column each; their sums are the counts of a ward.
FLAGS = (
    "received", "carried_over", "resolved", "early", "on_due_date", "on_time", "late", "withdrawn",
    "no_due_date", "no_due_date_resolved", "open", "open_overdue", "counted", "good",
)  # fmt: skip


def _flag(condition: nw.Expr) -> nw.Expr:
    """1 where the condition holds, 0 where it does not or cannot be known."""
    return nw.when(condition).then(nw.lit(1)).otherwise(nw.lit(0))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time())


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
    not overdue yet; with granularity "time": due before the end of E).
    `counted` and `good` are the denominator and the numerator of the rate convention.
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
    frame = nw.from_native(dossiers).filter(nw.col("status_group") != NOT_RECEIVED)
    frame = frame.with_columns(**_dates(params)).with_columns(ended=nw.coalesce("left", "done"))
    return frame.to_native()


def state_in(dated: FrameT, period: Period, params: Params) -> FrameT:
    """State in a period of dossiers that have their dates: see `with_state`."""
    start, end = _midnight(period.start), _midnight(period.end)
    return _state(dated, (start, end, end + timedelta(days=1)), params)


def state_by_month(dated: FrameT, months: FrameT, params: Params) -> FrameT:
    """State of dated dossiers in each of several months: `with_state` of all in one query.

    Parameters
    ----------
    dated : result of `with_dates`.
    months : one row per month: month, start, end (midnights of the first and the last day), after
        (the midnight that follows).

    Returns
    -------
    table
        One row per dossier and month in which it matters.
    """
    frame = nw.from_native(dated).join(nw.from_native(months), how="cross")
    bounds = (nw.col("start"), nw.col("end"), nw.col("after"))
    return _state(frame.to_native(), bounds, params)


def _state(dated: FrameT, bounds: tuple, params: Params) -> FrameT:
    """State between bounds: midnights, or columns that hold them."""
    start, end, after = bounds
    frame = nw.from_native(dated).filter(nw.col("received_at") < after)
    alive = _not_ended_before(start)
    if params.rate_convention == "due_in_period":  # also what was finished ahead of the period
        frame = frame.filter(alive | ((nw.col("due") >= start) & (nw.col("due") < after)))
    else:
        frame = frame.filter(alive)
    frame = frame.with_columns(**_counts(start, end, after, params))
    frame = frame.with_columns(
        resolved=nw.col("early") + nw.col("on_due_date") + nw.col("late"),
        on_time=nw.col("early") + nw.col("on_due_date"),
    )
    return frame.with_columns(**_convention(start, end, after, params)).to_native()


def _not_ended_before(moment: Any) -> nw.Expr:
    return nw.col("ended").is_null() | (nw.col("ended") >= moment)


def alive_in(dated: FrameT, period: Period) -> FrameT:
    """Dossiers with their dates that were received by a period's end and not ended before it."""
    start, after = _midnight(period.start), _midnight(period.end) + timedelta(days=1)
    rows = nw.from_native(dated)
    return rows.filter(nw.col("received_at") < after, _not_ended_before(start)).to_native()


def _dates(params: Params) -> dict[str, nw.Expr]:
    """`due`, `done` (not for dossiers that left) and `left` (their date), cut to the day or not."""
    event = EVENTS[params.completion_event]
    due = nw.col("due_at")
    if params.due_basis == "rescheduled":
        due = nw.coalesce("rescheduled_due_at", "due_at")
    is_left = nw.col("status_group").is_in(LEFT)
    any_end = nw.coalesce(*end_columns(params))
    dates = {
        "due": due,
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


def _convention(start: Any, end: Any, after: Any, params: Params) -> dict[str, nw.Expr]:
    """Denominator (`counted`) and numerator (`good`) of the rate, one flag per dossier each.

    resolved: on time among resolved. due_in_period: finished by its due date among those due in the
    period (one due on the last day and still open is undecided and left out). workload: neither
    resolved late nor open overdue, among received and carried over, less the withdrawn.
    national_766 (QĐ 766/QĐ-TTg, 2.1): resolved on time or open and not overdue, among resolved and
    open with a due date. received: finished on time among those received in the period, less the
    withdrawn. `withdrawn: as_on_time` adds those withdrawn in the period to both.
    """
    col, due, done = nw.col, nw.col("due"), nw.col("done")
    resolved, is_open, overdue = col("resolved"), col("open"), col("open_overdue")
    open_dated = _flag((is_open == 1) & ~due.is_null())
    stays = (col("withdrawn") == 0) & col("left").is_null() | (is_open == 1)
    due_inside = stays & (due >= start) & (due < after)
    met = (done <= due) & (done < after)
    undecided = (is_open == 1) & (overdue == 0)
    received_here = (col("received") == 1) & (col("withdrawn") == 0)
    pairs = {
        "resolved": (resolved, col("on_time")),
        "due_in_period": (_flag(due_inside & ~undecided), _flag(due_inside & met)),
        "workload": (
            resolved + col("no_due_date_resolved") + is_open,
            resolved + col("no_due_date_resolved") + is_open - col("late") - overdue,
        ),
        "national_766": (resolved + open_dated, col("on_time") + open_dated - overdue),
        "received": (_flag(received_here), _flag(received_here & (col("on_time") == 1))),
    }
    counted, good = pairs[params.rate_convention]
    if params.withdrawn == "as_on_time":
        left = col("withdrawn")
        if params.rate_convention == "received":
            left = left * col("received")
        counted, good = counted + left, good + left
    return {"counted": counted, "good": good}


def finished_in(dossiers: FrameT, period: Period, params: Params) -> FrameT:
    """Dossiers whose completion falls in a period: all that can be late in it.

    Filtering on the date as it is stored lets a database skip what lies outside.
    """
    done = nw.col(EVENTS[params.completion_event])
    start, after = _midnight(period.start), _midnight(period.end) + timedelta(days=1)
    return nw.from_native(dossiers).filter(done >= start, done < after).to_native()


def ever_overdue(dated: FrameT) -> FrameT:
    """Dossiers with their dates that are open and overdue at some time: not ended by the due date.

    Few, so that the rest need not be held against every month.
    """
    not_by_then = nw.col("ended").is_null() | (nw.col("ended") > nw.col("due"))
    return nw.from_native(dated).filter(not_by_then).to_native()


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
    ticket = (nw.col("incident") == 1) & (nw.col("cause") == "software_error")
    is_recorded = nw.col("late_cause").is_in(CAUSES[:-1])
    return (
        late.with_columns(inferred=inferred)
        .with_columns(
            cause=nw.when(is_recorded).then(nw.col("late_cause")).otherwise(nw.col("inferred")),
            cause_source=nw.when(is_recorded)
            .then(nw.lit("recorded"))
            .otherwise(nw.lit("inferred")),
        )
        .with_columns(evidenced=_flag(nw.col("evidence") | ticket))
        .to_native()
    )


def _evidence_of_cause(params: Params) -> dict[str, nw.Expr]:
    """Condition on the dates for each cause but `unknown`, in the order of search."""
    due = nw.col("due")
    result, returned, closed, div_due, div_back = (
        nw.col(c) if params.granularity == "time" else nw.col(c).dt.truncate("1d")
        for c in (
            "result_at",
            "returned_at",
            "closed_at",
            "division_due_at",
            "division_returned_at",
        )
    )
    in_time = _flag(result <= due) + _flag(returned <= due)
    return {
        "forgot_to_close": (in_time > 0) & (closed > due),
        "software_error": nw.col("incident") == 1,
        "urban_management": (div_back > div_due) & (nw.col("division") != OTHER_DIVISION),
        "slow_processing": result > due,
    }


def _with_incident(late: Any, incidents: Any, params: Params) -> Any:
    """Late dossiers with `incident` = 1 where an incident on them was open on the due date."""
    opened, resolved = nw.col("opened_at"), nw.col("resolved_at")
    if params.granularity == "day":
        opened, resolved = opened.dt.truncate("1d"), resolved.dt.truncate("1d")
    known = incidents.filter(nw.col("dossier_id") != "").select(
        "dossier_id", opened=opened, settled=resolved
    )
    struck = (
        late.select("dossier_id", "due")
        .join(known, on="dossier_id", how="inner")
        .filter(nw.col("opened") <= nw.col("due"))
        .filter(nw.col("settled").is_null() | (nw.col("settled") >= nw.col("due")))
        .select("dossier_id")
        .unique(subset=["dossier_id"])
        .with_columns(incident=nw.lit(1))
    )
    return late.join(struck, on="dossier_id", how="left").with_columns(
        incident=nw.col("incident").fill_null(0)
    )


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
    frame = nw.from_native(late).with_columns(gain=gain)
    frame = frame.with_columns(proof=nw.col("gain") * nw.col("evidenced"))
    return (
        frame.group_by(*by, "cause")
        .agg(
            late=nw.col("late").sum(),
            evidenced=nw.col("evidenced").sum(),
            reclassified=nw.col("gain").sum(),
            proven=nw.col("proof").sum(),
        )
        .to_native()
    )


def is_below(good: int, counted: int, threshold_percent: float) -> bool | None:
    """Whether good/counted is below the threshold, in exact numbers; None when nothing counted.

    Examples
    --------
    >>> is_below(97, 100, 97), is_below(9699, 10000, 97), is_below(0, 0, 97)
    (False, True, None)
    """
    if not counted:
        return None
    of, parts = _exact(threshold_percent)
    return 100 * int(good) * parts < of * int(counted)


@cache
def _exact(percent: float) -> tuple[int, int]:
    """Percentage as a fraction of whole numbers."""
    return Fraction(str(percent)).as_integer_ratio()


def rate_percent(good: int, counted: int) -> float | None:
    """100 * good / counted to six decimals; None when nothing counted.

    Examples
    --------
    >>> rate_percent(32, 34)
    94.117647
    """
    return round(100 * int(good) / int(counted), 6) if counted else None


def wilson(good: int, counted: int) -> tuple[float, float] | tuple[None, None]:
    """Wilson score interval (95 %) of a proportion, in percent.

    Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference",
    JASA 22 (1927), 209-212.

    Examples
    --------
    >>> [round(x, 2) for x in wilson(81, 263)]
    [25.53, 36.62]
    """
    n = int(counted)
    if not n:
        return None, None
    p, z2 = int(good) / n, Z_95**2
    centre = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = Z_95 * sqrt(p * (1 - p) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    low = 0.0 if good == 0 else max(0.0, centre - half)
    high = 1.0 if good == n else min(1.0, centre + half)
    return round(100 * low, 6), round(100 * high, 6)


def certainty(low: float | None, high: float | None, threshold_percent: float) -> str | None:
    """How sure the verdict is: the whole interval below, above, or the threshold inside it.

    Examples
    --------
    >>> certainty(90.0, 95.0, 97), certainty(95.0, 99.0, 97), certainty(97.5, 99.0, 97)
    ('below', 'uncertain', 'above')
    """
    if low is None or high is None:
        return None
    if high < threshold_percent:
        return "below"
    return "above" if low > threshold_percent else "uncertain"


def verdicts(row: dict[str, Any], threshold_percent: float) -> dict[str, Any]:
    """Rate, interval, verdict and certainty of one unit's counts (`good`, `counted`)."""
    good, counted = row["good"], row["counted"]
    low, high = wilson(good, counted)
    return {
        "rate_percent": rate_percent(good, counted),
        "rate_low": low,
        "rate_high": high,
        "below_threshold": is_below(good, counted, threshold_percent),
        "certainty": certainty(low, high, threshold_percent),
    }


def points_lost(late: int, resolved: int) -> float | None:
    """Percentage points of the rate lost to `late` dossiers: 100 * late / resolved.

    Examples
    --------
    >>> points_lost(2, 34)
    5.882353
    """
    return round(100 * int(late) / int(resolved), 6) if resolved else None


def is_listed_for_cause(late: int, resolved: int, params: Params) -> bool:
    """Whether a ward is named for a cause: enough dossiers and enough points lost to it.

    The rule behind "thường xuyên quên" and its like in letter 1522: at least `list_min_dossiers`
    dossiers in the period and at least `list_min_points` percentage points, in exact numbers.

    Examples
    --------
    >>> is_listed_for_cause(2, 400, Params()), is_listed_for_cause(2, 401, Params())
    (True, False)
    """
    if late < params.list_min_dossiers or late == 0:
        return False
    return 100 * int(late) >= Fraction(str(params.list_min_points)) * int(resolved)


def streak(below: list[bool | None]) -> int:
    """Months below in a row, counted back from the last one of `below` (oldest first).

    Examples
    --------
    >>> streak([True, False, True, True]), streak([True, None]), streak([])
    (2, 0, 0)
    """
    count = 0
    for verdict in reversed(below):
        if not verdict:
            break
        count += 1
    return count
