"""Rates: how sure they are, how much room is left to the threshold, what comes back to it.

The official list follows the official rule; what stands here goes beside it, never instead of it.
"""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor

import pandas as pd

from motcua.measures.month import Month, once_per_month
from motcua.measures.statistics import binomial_limits, rank_ranges

# What one more late dossier adds to (counted, good). Where the rate counts open dossiers as good,
# one of them becomes late; elsewhere a dossier that was in neither joins the denominator.
LATE_ADDS = {
    "resolved": (1, 0),
    "due_in_period": (1, 0),
    "workload": (0, -1),
    "national_766": (0, -1),
    "received": (1, 0),
}
WARNING, ALARM = 0.95, 0.998  # the two pairs of limits of Spiegelhalter 2005
FUNNEL = ("below_998", "below_95", "within", "above_95", "above_998")


@once_per_month
def budget(month: Month) -> pd.DataFrame:
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
    adds = LATE_ADDS[params.rate_convention]
    codes = [unit.code for unit in month.units]
    columns = ["code", "name", "resolved", "late", "open_overdue", "counted", "good"]
    table = month.rates.set_index("code", drop=False).loc[codes].reset_index(drop=True)
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


@once_per_month
def funnel(month: Month) -> pd.DataFrame:
    """Official verdict and certainty side by side, one row per ward with anything counted.

    Rows are in the order of `month.rates`, worst first.

    Returns
    -------
    table
        code, name, counted, good, late, rate_percent, below_threshold (official), certainty
        (Wilson), points_per_dossier, small; low_95, high_95, low_998, high_998 (percent: where the
        rate of a ward of this size that is truly at the threshold would lie); funnel (one of
        FUNNEL); rank (official: 1 is the best rate, equal rates share it), rank_from, rank_to.
    """
    rates = month.rates[month.rates["counted"] > 0].reset_index(drop=True)
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
    bad = (table["counted"] - table["good"]).tolist()
    ranges = rank_ranges(bad, table["counted"].tolist())
    return table.assign(rank_from=[r[0] for r in ranges], rank_to=[r[1] for r in ranges])


def _place(row: dict) -> str:
    """Where a rate lies: the outermost limits that it is beyond."""
    for tag in ("998", "95"):
        if row["rate_percent"] < row[f"low_{tag}"]:
            return f"below_{tag}"
        if row["rate_percent"] > row[f"high_{tag}"]:
            return f"above_{tag}"
    return "within"


@once_per_month
def funnel_curve(month: Month) -> pd.DataFrame:
    """Limits for drawing, one row per size: n, low_95, high_95, low_998, high_998 (percent)."""
    counted = funnel(month)["counted"]
    most = int(counted.max()) if len(counted) else 1
    target = month.params.threshold_percent / 100
    sizes = sorted({max(1, round(most * 1.06 * (step / 60) ** 2)) for step in range(1, 61)})
    rows = [
        (n, *binomial_limits(n, target, WARNING), *binomial_limits(n, target, ALARM)) for n in sizes
    ]
    return pd.DataFrame(rows, columns=["n", "low_95", "high_95", "low_998", "high_998"])
