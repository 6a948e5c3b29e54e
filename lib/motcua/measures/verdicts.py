"""Verdicts: rates, what is below the threshold and who is named, decided here and nowhere else.

In exact numbers: what readers see is rounded later and never decides.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from itertools import takewhile
from typing import Any

from motcua.base.params import Params
from motcua.measures.statistics import wilson


@cache
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


@cache
def rate_percent(good: int, counted: int) -> float | None:
    """100 * good / counted to six decimals; None when nothing counted.

    Examples
    --------
    >>> rate_percent(32, 34)
    94.117647
    """
    return round(100 * int(good) / int(counted), 6) if counted else None


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


def verdicts_of(row: dict[str, Any], threshold_percent: float) -> dict[str, Any]:
    """Rate, interval, verdict and certainty of one unit's counts (`good`, `counted`).

    And its rate and verdict by Quyết định 766/QĐ-TTg (`good_766`, `counted_766`).
    """
    good, counted = row["good"], row["counted"]
    second = row["good_766"], row["counted_766"]
    low, high = wilson(good, counted)
    return {
        "rate_percent": rate_percent(good, counted),
        "rate_low": low,
        "rate_high": high,
        "below_threshold": is_below(good, counted, threshold_percent),
        "certainty": certainty(low, high, threshold_percent),
        "rate_766_percent": rate_percent(*second),
        "below_threshold_766": is_below(*second, threshold_percent),
    }


def points_lost(late: int, counted: int) -> float | None:
    """Percentage points of the rate lost to `late` dossiers: 100 * late / counted.

    Examples
    --------
    >>> points_lost(2, 34)
    5.882353
    """
    return round(100 * int(late) / int(counted), 6) if counted else None


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
    return len(list(takewhile(bool, reversed(below))))
