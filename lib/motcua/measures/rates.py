"""Rates of wards and city, month by month; how sure they are, and how much room is left.

The official list follows the official rule; what stands here goes beside it, never instead of it.
"""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor
from typing import Any

import numpy as np
import pandas as pd

from motcua.base.calendar import months_in
from motcua.base.reference import word
from motcua.measures.feedback import complaints_in, complaints_of
from motcua.measures.frame import CITY, Frame, counts, counts_in, table
from motcua.measures.state import BACKLOG, CAUSES, CONVENTIONS, FLAGS
from motcua.measures.statistics import binomial_limits, wilson
from motcua.measures.verdicts import is_below, rate_percent, streak, verdicts_of

TOGETHER = 3  # months below in a row that are also judged together
WARNING, ALARM = 0.95, 0.998  # the two pairs of limits of Spiegelhalter 2005
_SUMMED = ["counted", "good", "resolved", "on_time", "late", "open_overdue", *BACKLOG,
           "counted_766", "good_766"]  # fmt: skip
_VERDICTS = ["rate_percent", "below_threshold", "rate_766_percent", "below_threshold_766"]
FUNNEL = ("below_998", "above_998", "below_95", "above_95", "within")  # the outermost of them


@table
def ward_rates(frame: Frame) -> pd.DataFrame:
    """One row per ward, worst rate first, wards with nothing counted last.

    Columns: code, name, kind, grid_row, grid_col; the counts of `state.with_state`; counted,
    good (denominator and numerator of the rate); rate_percent, rate_low, rate_high (percent);
    below_threshold, certainty; rate_766_percent, below_threshold_766 (the same by Quyết định
    766/QĐ-TTg); small (fewer than `small_n` counted), points_per_dossier (100 / counted), feedback,
    months_below_in_a_row.
    """
    rates, below = rates_alone(frame), ward_history(frame).groupby("code")["below_threshold"]
    streaks = rates["code"].map({code: streak(list(verdicts)) for code, verdicts in below})
    return rates.assign(months_below_in_a_row=streaks.astype("int64"))


@table
def rates_alone(frame: Frame) -> pd.DataFrame:
    """`ward_rates` without months_below_in_a_row, which needs the months before."""
    params, drew = frame.params, complaints_of(frame)["code"].value_counts().to_dict()
    about = ("code", "name", "kind", "grid_row", "grid_col")
    rows = [
        {name: getattr(unit, name) for name in about}
        | row
        | verdicts_of(row, params.threshold_percent)
        | {
            "small": row["counted"] < params.small_n,
            "points_per_dossier": 100 / row["counted"] if row["counted"] else None,
            "feedback": drew.get(unit.code, 0),
        }
        for unit, row in zip(frame.units, counts(frame).to_dict("records"), strict=True)
    ]
    types = {"points_per_dossier": "float64"} | dict.fromkeys(about[3:], "Int64")
    types |= dict.fromkeys(_VERDICTS[1::2], "object")
    order, up = ["rate_percent", "counted", "code"], [True, False, True]
    rates = pd.DataFrame(rows).astype(types)
    return rates.sort_values(order, ascending=up, ignore_index=True)


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
def unit_rates(frame: Frame) -> dict[str, dict[str, Any]]:
    """Code -> row of `ward_rates`: wards in register order, then the city under CITY."""
    rows = {row["code"]: row for row in ward_rates(frame).to_dict("records")}
    city = {"code": CITY, "name": word("Whole")} | city_rate(frame)
    return {unit.code: rows[unit.code] for unit in frame.units} | {CITY: city}


@table
def shares(frame: Frame) -> dict[str, tuple[int, int]]:
    """Good and counted of each unit: wards in register order, then the city under CITY."""
    table = counts(frame)[["code", "good", "counted"]]
    rows = zip(*(table[name].tolist() for name in table), strict=True)
    city = int(table["good"].sum()), int(table["counted"].sum())
    return {code: (good, counted) for code, good, counted in rows} | {CITY: city}


@table
def ward_history(frame: Frame) -> pd.DataFrame:
    """One row per ward x month, oldest month first: counts, rate, verdict, feedback.

    Columns: month, code, name, counted, good, resolved, on_time, late, open_overdue, those of
    `state.BACKLOG`, counted_766, good_766, rate_percent, below_threshold, rate_766_percent,
    below_threshold_766, feedback.
    """
    tables = []
    for month in frame.months:
        drew = complaints_in(frame, frame.period_in(month))["code"].value_counts()
        counted = counts_in(frame, month)
        drew = counted["code"].map(drew).fillna(0).astype("int64")
        tables.append(counted.assign(month=month, feedback=drew))
    table = _judged(pd.concat(tables, ignore_index=True), frame.params.threshold_percent)
    table = table.assign(name=table["code"].map(frame.unit_names))
    return table[["month", "code", "name", *_SUMMED, *_VERDICTS, "feedback"]]


@table
def city_history(frame: Frame) -> pd.DataFrame:
    """One row per month: counts and rates of the city, wards below, late dossiers per cause."""
    history = ward_history(frame)
    table = history.groupby("month", as_index=False)[[*_SUMMED, "feedback"]].sum()
    for tag in ("", "_766"):
        below = history[f"below_threshold{tag}"].eq(True)  # None is neither
        table[f"wards_below{tag}"] = below.groupby(history["month"]).sum().to_numpy("int64")
    periods = map(frame.period_in, table["month"])
    late = [frame.lookback().of("causes", period, frame.periods) for period in periods]
    late = pd.DataFrame([causes.groupby("cause")["late"].sum() for causes in late])
    by_cause = late.reset_index(drop=True).reindex(columns=CAUSES).fillna(0).astype("int64")
    return _judged(table, frame.params.threshold_percent).join(by_cause)


def _judged(counts: pd.DataFrame, threshold: float) -> pd.DataFrame:
    """Counts with their rates and verdicts, which may be None."""
    judged = {}
    for tag, (rate, below) in zip(("", "_766"), (_VERDICTS[:2], _VERDICTS[2:]), strict=True):
        pairs = list(zip(counts[f"good{tag}"], counts[f"counted{tag}"], strict=True))
        judged[rate] = pd.Series([rate_percent(*pair) for pair in pairs], dtype="float64")
        judged[below] = pd.Series([is_below(*pair, threshold) for pair in pairs], dtype="object")
    return counts.assign(**judged)


def months_inside(frame: Frame) -> pd.DataFrame:
    """Rows of `city_history` of the months of a longer period, oldest first; none of a month.

    They need not add up to the period: a dossier open over three months is carried over in each.
    """
    months = months_in(frame.month) if frame.kind != "month" else []
    history = city_history(frame.last)
    return history[history["month"].isin(months)].reset_index(drop=True)


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
    line, history, said = frame.params.threshold_percent, ward_history(frame), {}
    for code in below_threshold(frame):
        unit = unit_rates(frame)[code]
        months = unit["months_below_in_a_row"]
        own = history[history["code"] == code].tail(months if months >= TOGETHER else 1)
        _, high = wilson(own["good"].sum(), own["counted"].sum())
        said[code] = "clearly_low" if min(high, unit["rate_high"]) < line else "watch"
    return said


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
    line = Fraction(str(month.params.threshold_percent))
    adds = CONVENTIONS[month.params.rate_convention].late_adds
    columns = ["code", "name", "resolved", "late", "open_overdue", "counted", "good",
               "rate_percent", "below_threshold"]  # fmt: skip
    wards = list(unit_rates(month).values())[:-1]
    room = [affordable_late(ward["good"], ward["counted"], line, adds) for ward in wards]
    needed = [to_recover(ward["good"], ward["counted"], line) for ward in wards]
    return pd.DataFrame(wards)[columns].assign(
        affordable_late=pd.Series(room, dtype=object),
        to_recover=pd.Series(needed, dtype=object),
        overdue_exceeds=[
            left is not None and ward["open_overdue"] > left
            for left, ward in zip(room, wards, strict=True)
        ],
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
    target = month.params.threshold_percent / 100
    keep = ["code", "name", "counted", "good", "late", "rate_percent", "below_threshold",
            "certainty", "points_per_dossier", "small"]  # fmt: skip
    table, beyond = ward_rates(month).query("counted > 0")[keep].reset_index(drop=True), []
    for level, tag in ((ALARM, "998"), (WARNING, "95")):
        limits = [binomial_limits(int(n), target, level) for n in table["counted"]]
        limits = pd.DataFrame(limits, columns=[f"low_{tag}", f"high_{tag}"], dtype="float64")
        table, rate = table.join(limits.round(6)), table["rate_percent"]
        beyond += [rate < table[f"low_{tag}"], rate > table[f"high_{tag}"]]
    table["funnel"] = np.select(beyond, FUNNEL[:-1], FUNNEL[-1])
    table["rank"] = table["rate_percent"].rank(method="min", ascending=False).astype(int)
    return table


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
