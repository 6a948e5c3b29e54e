"""Signal or noise over the months: Laney p' limits and the four rules of "Making data count"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from math import sqrt
from operator import itemgetter

import pandas as pd

from motcua.measures import measure
from motcua.measures.attribution import CITY, CITY_NAME
from motcua.measures.month import Month, once_per_month

SIGMAS, CLOSE_SIGMAS = 3, 2  # control limits; "close to a limit" is beyond the second
SHIFT, TREND = 7, 7  # months in a row, as in NHS England's "Making data count"
MIN_MONTHS = 8  # fewer give no limits
RULES = ("outside", "two_of_three", "shift", "trend")
_D2 = 1.128  # expected moving range of two standard normal values


@dataclass(frozen=True)
class Limits:
    """Laney's p' chart of proportions: mean, sigma z, and limits per point (fractions)."""

    mean: float
    sigma_z: float
    low: tuple[float, ...]
    high: tuple[float, ...]
    close_low: tuple[float, ...]
    close_high: tuple[float, ...]


def laney(good: Sequence[int], counted: Sequence[int]) -> Limits:
    """Mean, sigma z and limits of a p' chart; every `counted` is above 0.

    Notes
    -----
    mean = sum of good / sum of counted; s_i = sqrt(mean (1 - mean) / n_i);
    z_i = (p_i - mean) / s_i; sigma_z = mean of |z_i - z_(i-1)| / 1.128; limits = mean -+ 3 s_i
    sigma_z, cut at 0 and 1. When everything is on time, or nothing, or there is one month only,
    sigma z is 0 and the limits are the mean. Source: D. B. Laney, "Improved control charts for
    attributes", Quality Engineering 14 (2002), 531-537.

    Examples
    --------
    >>> limits = laney([90, 80, 90], [100, 100, 100])
    >>> round(limits.mean, 4), round(limits.sigma_z, 3), round(limits.low[0], 3)
    (0.8667, 2.608, 0.601)
    """
    mean = sum(good) / sum(counted)
    spread = [sqrt(mean * (1 - mean) / n) for n in counted]
    if not spread[0] or len(good) < 2:
        same = (mean,) * len(good)
        return Limits(mean, 0.0, same, same, same, same)
    z = [(g / n - mean) / s for g, n, s in zip(good, counted, spread, strict=True)]
    moves = [abs(after - before) for before, after in zip(z, z[1:], strict=False)]
    sigma_z = sum(moves) / len(moves) / _D2

    def bound(sigmas: int) -> tuple[float, ...]:
        return tuple(min(1.0, max(0.0, mean + sigmas * s * sigma_z)) for s in spread)

    return Limits(
        mean, sigma_z, bound(-SIGMAS), bound(SIGMAS), bound(-CLOSE_SIGMAS), bound(CLOSE_SIGMAS)
    )


def find_signals(rates: Sequence[float], limits: Limits) -> list[dict[str, int]]:
    """Rules that each point is part of: {rule: 1 (up) or -1 (down)}, one dictionary per point.

    Notes
    -----
    outside: beyond a control limit. two_of_three: two of three points in a row, all on one side of
    the mean, beyond the second sigma on that side; the two are flagged. shift: 7 or more in a row
    on one side of the mean. trend: 7 in a row, each above (or each below) the one before. A point
    on the mean is on no side. Every point of a run is flagged. Source: NHS England, "Making data
    count", as in the R package NHSRplotthedots.

    Examples
    --------
    >>> limits = Limits(0.5, 1.0, (0.2,) * 3, (0.8,) * 3, (0.3,) * 3, (0.7,) * 3)
    >>> find_signals([0.75, 0.6, 0.9], limits)
    [{'two_of_three': 1}, {}, {'outside': 1, 'two_of_three': 1}]
    """
    found: list[dict[str, int]] = [{} for _ in rates]
    if not limits.sigma_z:
        return found
    side = [(rate > limits.mean) - (rate < limits.mean) for rate in rates]
    beyond = [_beyond(*point) for point in zip(rates, limits.low, limits.high, strict=True)]
    close = [_beyond(*p) for p in zip(rates, limits.close_low, limits.close_high, strict=True)]
    steps = [0] + [(b > a) - (b < a) for a, b in zip(rates, rates[1:], strict=False)]
    for i, way in enumerate(beyond):
        if way:
            found[i]["outside"] = way
    for i in range(len(rates) - 2):
        for way in (1, -1):
            near = [j for j in range(i, i + 3) if close[j] == way]
            if len(near) >= 2 and all(side[j] == way for j in range(i, i + 3)):
                for j in near:
                    found[j]["two_of_three"] = way
    _flag_runs(found, "shift", side, SHIFT, SHIFT)
    _flag_runs(found, "trend", steps, TREND - 1, TREND)
    return found


def _beyond(rate: float, low: float, high: float) -> int:
    """1 above the upper limit, -1 below the lower one, else 0."""
    return (rate > high) - (rate < low)


def _flag_runs(found: list[dict], rule: str, ways: list[int], length: int, points: int) -> None:
    """Flag every run of `length` equal, non-zero ways; a run spans `points` points."""
    for last in range(length - 1, len(ways)):
        run = ways[last - length + 1 : last + 1]
        if run[0] and len(set(run)) == 1:
            for j in range(last - points + 1, last + 1):
                found[j][rule] = run[0]


@once_per_month
def control(month: Month) -> pd.DataFrame:
    """Rate, limits and signals, one row per unit and month: wards in register order, then the city.

    Months in which a unit has nothing counted have no row.

    Returns
    -------
    table
        code ("" for the city), name, month, counted, good, rate_percent; mean, low, high (percent,
        missing with fewer than 8 months), sigma_z; outside, two_of_three, shift, trend (1 up, -1
        down, 0); signal ("up", "down", "mixed" or ""; up is better).
    """
    columns = ["code", "name", "month", "counted", "good"]
    city = month.city_history.assign(code=CITY, name=CITY_NAME)
    table = pd.concat([month.history[columns], city[columns]], ignore_index=True)
    table = table[table["counted"] > 0]
    places = {code: i for i, code in enumerate([*[unit.code for unit in month.units], CITY])}
    table = table.sort_values("code", key=lambda c: c.map(places), kind="stable", ignore_index=True)
    months = zip(table["code"], table["good"], table["counted"], strict=True)
    points = [
        point
        for _, unit in groupby(months, key=itemgetter(0))
        for point in _chart([(good, counted) for _, good, counted in unit])
    ]
    numbers, flags = ["rate_percent", "mean", "low", "high", "sigma_z"], [*RULES, "signal"]
    found = pd.DataFrame(points, columns=[*numbers, *flags])
    return pd.concat([table, found.astype(dict.fromkeys(numbers, "float64"))], axis=1)


def _chart(months: list[tuple[int, int]]) -> list[tuple]:
    """Rate, limits and signals of each of one unit's months, from its good and counted dossiers."""
    good, counted = zip(*months, strict=True)
    rates = [g / n for g, n in months]
    if len(months) < MIN_MONTHS:
        return [(measure.rate_percent(*m), *[None] * 4, *[0] * len(RULES), "") for m in months]
    limits = laney(good, counted)
    percent = zip([limits.mean] * len(months), limits.low, limits.high, strict=True)
    return [
        (
            measure.rate_percent(*pair),
            *(round(100 * v, 6) for v in bounds),
            round(limits.sigma_z, 6),
            *(signals.get(rule, 0) for rule in RULES),
            _way(signals),
        )
        for pair, bounds, signals in zip(months, percent, find_signals(rates, limits), strict=True)
    ]


def _way(signals: dict[str, int]) -> str:
    """Which way the rules of one point tell."""
    ways = set(signals.values())
    return {1: "up", -1: "down"}[ways.pop()] if len(ways) == 1 else "mixed" if ways else ""


@once_per_month
def signals(month: Month) -> pd.DataFrame:
    """Units whose latest month is part of a signal, worse ones first, the city among them.

    Columns: those of `control`, and months_below_in_a_row.
    """
    table = control(month)
    now = table[(table["month"] == month.month) & (table["signal"] != "")]
    streaks = month.rates.set_index("code")["months_below_in_a_row"].to_dict()
    streaks[CITY] = month.city["months_below_in_a_row"]
    rows = now.assign(
        months_below_in_a_row=[int(streaks[code]) for code in now["code"]],
        _order=now["signal"].map({"down": 0, "mixed": 1, "up": 2}),
    )
    rows = rows.sort_values(["_order", "rate_percent", "code"], ignore_index=True)
    return rows.drop(columns="_order")
