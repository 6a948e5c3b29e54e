"""Rates of wards and city, month by month; how sure they are, and how much room is left.

The official list follows the official rule; what stands here goes beside it, never instead of it.
"""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor
from typing import Any

import pandas as pd

from motcua.base.calendar import months_in
from motcua.measures.feedback import complaints_in, complaints_of
from motcua.measures.frame import Frame, counts, counts_in, table
from motcua.measures.state import BACKLOG, CAUSES, CONVENTIONS, FLAGS
from motcua.measures.statistics import binomial_limits, wilson
from motcua.measures.verdicts import is_below, rate_percent, streak, verdicts_of

TOGETHER = 3  # months below in a row that are also judged together
WARNING, ALARM = 0.95, 0.998  # the two pairs of limits of Spiegelhalter 2005
_SUMMED = ["counted", "good", "resolved", "on_time", "late", "open_overdue", *BACKLOG,
           "counted_766", "good_766"]  # fmt: skip
FUNNEL = ("below_998", "below_95", "within", "above_95", "above_998")


@table
def ward_rates(frame: Frame) -> pd.DataFrame:
    """One row per ward, worst rate first, wards with nothing counted last.

    Columns: code, name, kind, grid_row, grid_col; the counts of `state.with_state`; counted,
    good (denominator and numerator of the rate); rate_percent, rate_low, rate_high (percent);
    below_threshold, certainty; rate_766_percent, below_threshold_766 (the same by Quyết định
    766/QĐ-TTg); small (fewer than `small_n` counted), points_per_dossier (100 / counted), feedback,
    months_below_in_a_row.
    """
    found = rates_alone(frame).copy()
    found["months_below_in_a_row"] = found["code"].map(_streaks(frame)).astype("int64")
    return found


@table
def rates_alone(frame: Frame) -> pd.DataFrame:
    """`ward_rates` without months_below_in_a_row, which needs the months before."""
    params = frame.params
    rows = [
        row | verdicts_of(row, params.threshold_percent) for row in counts(frame).to_dict("records")
    ]
    units = pd.DataFrame(
        [(u.code, u.name, u.kind, u.grid_row, u.grid_col) for u in frame.units],
        columns=["code", "name", "kind", "grid_row", "grid_col"],
    ).astype({"grid_row": "Int64", "grid_col": "Int64"})
    found = units.merge(pd.DataFrame(rows), on="code", validate="one_to_one")
    verdicts = ["below_threshold", "below_threshold_766"]
    found[verdicts] = found[verdicts].astype(object)
    found["small"] = found["counted"] < params.small_n
    found["points_per_dossier"] = 100 / found["counted"].where(found["counted"] > 0)
    complaints = complaints_of(frame).groupby("code").size()
    found["feedback"] = found["code"].map(complaints).fillna(0).astype("int64")
    return found.sort_values(
        ["rate_percent", "counted", "code"], ascending=[True, False, True], ignore_index=True
    )


def below_threshold(frame: Frame) -> list[str]:
    """Codes of the wards officially below the threshold, worst first."""
    rates = rates_alone(frame)
    return rates.loc[rates["below_threshold"] == True, "code"].tolist()  # noqa: E712


@table
def city_rate(frame: Frame) -> dict[str, Any]:
    """The city as one unit: the keys of a row of `ward_rates` without code and name."""
    sums = {flag: int(counts(frame)[flag].sum()) for flag in FLAGS}
    city = sums | verdicts_of(sums, frame.params.threshold_percent)
    city["feedback"] = int(rates_alone(frame)["feedback"].sum())
    below = list(city_history(frame)["below_threshold"])
    return city | {"months_below_in_a_row": streak(below)}


@table
def ward_history(frame: Frame) -> pd.DataFrame:
    """One row per ward x month, oldest month first: counts, rate, verdict, feedback.

    Columns: month, code, name, counted, good, resolved, on_time, late, open_overdue, those of
    `state.BACKLOG`, counted_766, good_766, rate_percent, below_threshold, rate_766_percent,
    below_threshold_766, feedback.
    """
    found = pd.concat(
        [counts_in(frame, month).assign(month=month) for month in frame.months], ignore_index=True
    )
    drew = [complaints_in(frame, frame.period_in(m)).assign(month=m) for m in frame.months]
    feedback = pd.concat(drew, ignore_index=True).groupby(["month", "code"]).size()
    keys = pd.MultiIndex.from_frame(found[["month", "code"]])
    return _judged(found, frame.params.threshold_percent).assign(
        name=found["code"].map(frame.unit_names),
        feedback=feedback.reindex(keys, fill_value=0).to_numpy("int64"),
    )[
        ["month", "code", "name", *_SUMMED, "rate_percent", "below_threshold",
         "rate_766_percent", "below_threshold_766", "feedback"]
    ]  # fmt: skip


@table
def city_history(frame: Frame) -> pd.DataFrame:
    """One row per month: counts and rates of the city, wards below, late dossiers per cause."""
    history = ward_history(frame)
    found = history.groupby("month", as_index=False)[[*_SUMMED, "feedback"]].sum()
    for tag in ("", "_766"):
        below = history[history[f"below_threshold{tag}"] == True]  # noqa: E712  None is neither
        found[f"wards_below{tag}"] = (
            found["month"].map(below.groupby("month").size()).fillna(0).astype(int)
        )
    found = _judged(found, frame.params.threshold_percent)
    by_cause = pd.DataFrame([_causes_in(frame, month) for month in found["month"]])
    return pd.concat([found, by_cause], axis=1)


def _judged(found: pd.DataFrame, threshold: float) -> pd.DataFrame:
    """Counts with their rates and verdicts, which may be None."""
    for tag, rate in (("", "rate_percent"), ("_766", "rate_766_percent")):
        pairs = list(zip(found[f"good{tag}"], found[f"counted{tag}"], strict=True))
        below = pd.Series([is_below(*pair, threshold) for pair in pairs], dtype=object)
        found = found.assign(
            **{rate: [rate_percent(*pair) for pair in pairs], f"below_threshold{tag}": below}
        )
    return found


def months_inside(frame: Frame) -> pd.DataFrame:
    """Rows of `city_history` of the months of a longer period, oldest first; none of a month.

    They need not add up to the period: a dossier open over three months is carried over in each.
    """
    months = months_in(frame.month) if frame.kind != "month" else []
    history = city_history(frame.last)
    return history[history["month"].isin(months)].reset_index(drop=True)


def _causes_in(frame: Frame, month: str) -> dict[str, int]:
    """Late dossiers of the city per cause in a month."""
    found = frame.lookback().causes(frame.period_in(month), frame.periods)
    late = found.groupby("cause")["late"].sum()
    return {cause: int(late.get(cause, 0)) for cause in CAUSES}


def _streaks(frame: Frame) -> dict[str, int]:
    """Unit -> months below in a row up to this one."""
    below = ward_history(frame).groupby("code")["below_threshold"]
    return {code: streak(list(verdicts)) for code, verdicts in below}


@table
def shortfalls(frame: Frame) -> dict[str, str]:
    """Unit below the threshold -> what readers are told of it: "clearly_low" or "watch".

    Clearly low: the upper limit (Wilson, 95%) of this period, or of the months below in a row
    taken together where they are TOGETHER or more, is below the threshold too.

    Examples
    --------
    >>> from motcua import load
    >>> shortfalls(load("2024-01", data="data/sample"))["26374"]
    'clearly_low'
    """
    line, history, found = frame.params.threshold_percent, ward_history(frame), {}
    rates = ward_rates(frame).set_index("code")
    for code in below_threshold(frame):
        months = rates.at[code, "months_below_in_a_row"]
        own = history[history["code"] == code].tail(months if months >= TOGETHER else 1)
        _, high = wilson(own["good"].sum(), own["counted"].sum())
        is_clear = min(high, rates.at[code, "rate_high"]) < line
        found[code] = "clearly_low" if is_clear else "watch"
    return found


@table
def budget(month: Frame) -> pd.DataFrame:
    """Late dossiers still affordable and on-time ones needed, one row per ward in register order.

    Columns: code, name, resolved, late, open_overdue, counted, good, rate_percent, below_threshold;
    affordable_late (more late dossiers until the ward falls below; 0 when it is; None when the
    threshold is 0); to_recover (further on-time dossiers, none late, until it is not below; 0 when
    it is not; None when no number is enough); overdue_exceeds (whether the open overdue dossiers
    alone, once closed in this period, are more than what is affordable).

    Examples
    --------
    >>> from motcua import load
    >>> table = budget(load("2024-01", data="data/sample")).set_index("name")
    >>> int(table.at["Tam Phước", "affordable_late"]), table.at["Tam Phước", "to_recover"] > 0
    (0, True)
    """
    params = month.params
    line = Fraction(str(params.threshold_percent))
    adds = CONVENTIONS[params.rate_convention].late_adds
    codes = [unit.code for unit in month.units]
    columns = ["code", "name", "resolved", "late", "open_overdue", "counted", "good"]
    table = ward_rates(month).set_index("code", drop=False).loc[codes].reset_index(drop=True)
    pairs = list(zip(table["good"], table["counted"], strict=True))
    affordable = [affordable_late(*pair, line, adds) for pair in pairs]
    exceeds = [
        room is not None and overdue > room
        for overdue, room in zip(table["open_overdue"], affordable, strict=True)
    ]
    return table[[*columns, "rate_percent", "below_threshold"]].assign(
        affordable_late=pd.Series(affordable, dtype=object),
        to_recover=pd.Series([to_recover(*pair, line) for pair in pairs], dtype=object),
        overdue_exceeds=exceeds,
    )


def affordable_late(
    good: int, counted: int, line: Fraction, adds: tuple[int, int] = (1, 0)
) -> int | None:
    """Largest number of further late dossiers with which good/counted is not below `line` percent.

    Parameters
    ----------
    line : threshold in percent, exact.
    adds : what one late dossier adds to (counted, good): (1, 0) or (0, -1).

    Returns
    -------
    0 for a ward that is below already; None when the line is 0, below which nothing can fall.

    Notes
    -----
    Solves 100 (good + k g) >= line (counted + k c) for the largest whole k, with (c, g) = `adds`.

    Examples
    --------
    >>> affordable_late(100, 100, Fraction(97)), affordable_late(97, 100, Fraction(97))
    (3, 0)
    """
    if not line:
        return None
    more_counted, more_good = adds
    room = 100 * int(good) - line * int(counted)
    return max(0, floor(room / (line * more_counted - 100 * more_good)))


def to_recover(good: int, counted: int, line: Fraction) -> int | None:
    """Smallest number of further on-time dossiers with which good/counted is not below `line`.

    Returns
    -------
    0 when it is not below; None when no number is enough (a line of 100 after one late dossier).

    Notes
    -----
    Solves 100 (good + k) >= line (counted + k) for the smallest whole k.

    Examples
    --------
    >>> to_recover(32, 33, Fraction(97)), to_recover(32, 33, Fraction(100))
    (1, None)
    """
    missing = line * int(counted) - 100 * int(good)
    if missing <= 0:
        return 0
    return ceil(missing / (100 - line)) if line < 100 else None


@table
def funnel(month: Frame) -> pd.DataFrame:
    """Official verdict and certainty side by side, one row per ward with anything counted.

    Rows are in the order of `month.rates`, worst first.

    Returns
    -------
    table
        code, name, counted, good, late, rate_percent, below_threshold (official), certainty
        (Wilson), points_per_dossier, small; low_95, high_95, low_998, high_998 (percent: where the
        rate of a ward of this size that is truly at the threshold would lie); funnel (one of
        FUNNEL); rank (official: 1 is the best rate, equal rates share it).
    """
    rates = ward_rates(month)[ward_rates(month)["counted"] > 0].reset_index(drop=True)
    target = month.params.threshold_percent / 100
    keep = ["code", "name", "counted", "good", "late", "rate_percent", "below_threshold",
            "certainty", "points_per_dossier", "small"]  # fmt: skip
    table = rates[keep].copy()
    for level, tag in ((WARNING, "95"), (ALARM, "998")):
        pairs = [binomial_limits(int(n), target, level) for n in table["counted"]]
        table[f"low_{tag}"] = [round(low, 6) for low, _ in pairs]
        table[f"high_{tag}"] = [round(high, 6) for _, high in pairs]
    table["funnel"] = [_place(row) for row in table.to_dict("records")]
    table["rank"] = table["rate_percent"].rank(method="min", ascending=False).astype(int)
    return table


def _place(row: dict) -> str:
    """Where a rate lies: the outermost limits that it is beyond."""
    for tag in ("998", "95"):
        if row["rate_percent"] < row[f"low_{tag}"]:
            return f"below_{tag}"
        if row["rate_percent"] > row[f"high_{tag}"]:
            return f"above_{tag}"
    return "within"


@table
def funnel_curve(month: Frame) -> pd.DataFrame:
    """Limits for drawing, one row per size: n, low_95, high_95, low_998, high_998 (percent)."""
    counted = funnel(month)["counted"]
    most = int(counted.max()) if len(counted) else 1
    target = month.params.threshold_percent / 100
    sizes = sorted({max(1, round(most * 1.06 * (step / 60) ** 2)) for step in range(1, 61)})
    rows = [
        (n, *binomial_limits(n, target, WARNING), *binomial_limits(n, target, ALARM)) for n in sizes
    ]
    return pd.DataFrame(rows, columns=["n", "low_95", "high_95", "low_998", "high_998"])
