"""How much room each ward has left this period, and what it takes to come back to the threshold."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor

import pandas as pd

from motcua.measures.month import Month, once_per_month

# What one more late dossier adds to (counted, good). Where the rate counts open dossiers as good,
# one of them becomes late; elsewhere a dossier that was in neither joins the denominator.
LATE_ADDS = {
    "resolved": (1, 0),
    "due_in_period": (1, 0),
    "workload": (0, -1),
    "national_766": (0, -1),
    "received": (1, 0),
}


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
