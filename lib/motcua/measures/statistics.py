"""Statistics: intervals, exact tests, funnel limits, control charts; nothing of dossiers.

Each rule names its source. The rules of control charts are those of "Making data count".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby, pairwise
from math import exp, fsum, inf, lgamma, log, log1p, sqrt
from statistics import NormalDist

import numpy as np

Z_95 = NormalDist().inv_cdf(0.975)

Level = tuple[int, int, int]
SIGMAS, CLOSE_SIGMAS = 3, 2  # control limits; "close to a limit" is beyond the second
SHIFT, TREND = 7, 7  # months in a row, as in NHS England's "Making data count"
MIN_MONTHS = 8  # fewer give no limits
RULES = ("outside", "two_of_three", "shift", "trend")
_D2 = 1.128  # expected moving range of two standard normal values
ERROR = 0.025  # on either side of a 95% interval


def wilson(good: int, counted: int) -> tuple[float, float] | tuple[None, None]:
    """Wilson score interval (95%) of a proportion, in percent.

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


@cache
def binomial_limits(n: int, p: float, level: float) -> tuple[float, float]:
    """Limits, in percent, within which `level` of the rates of `n` dossiers lie when p is true.

    Parameters
    ----------
    n : dossiers, at least 1.
    p : target, a fraction between 0 and 1.
    level : 0.95 or 0.998.

    Notes
    -----
    Exact binomial limits with interpolation: with r the smallest number with F(r) >= q and
    q = (1 - level) / 2, the lower limit is (r - a) / n, a = (F(r) - q) / (F(r) - F(r - 1)). The
    upper limit is the lower one of the late dossiers, turned round, so that a rate beyond either
    limit has a probability below q. Cut at 0 and 100: no rate of a small ward can be above. Source:
    D. J. Spiegelhalter, "Funnel plots for comparing institutional performance", Statistics in
    Medicine 24 (2005), 1185-1202, appendix A.1.1.

    Examples
    --------
    >>> [round(limit, 2) for limit in binomial_limits(100, 0.97, 0.95)]
    [92.7, 100.0]
    """
    tail = (1 - level) / 2
    low, missing = (_lower_limit(n, share, tail) for share in (p, 1 - p))
    return 100 * low, 100 * (1 - missing)


def _lower_limit(n: int, p: float, tail: float) -> float:
    """Fraction below which a share of n lies with a probability of less than `tail`."""
    if p in (0, 1):
        return float(p)
    steps = _binomial(n, p)
    reached = np.cumsum(steps)
    r = int(np.searchsorted(reached, tail))
    return max(0.0, float(r - (reached[r] - tail) / steps[r])) / n if r <= n else 1.0


def _binomial(n: int, p: float) -> np.ndarray:
    """Probabilities of 0, 1, ... n of n, each of them with the probability p."""
    known, r = _log_factorials(1 << max(10, int(n).bit_length())), np.arange(n + 1)
    ways = known[n] - known[r] - known[n - r]
    return np.exp(ways + r * log(p) + (n - r) * log1p(-p))


@cache
def _log_factorials(size: int) -> np.ndarray:
    """Logarithms of the factorials of all numbers below a size."""
    return np.array([lgamma(number + 1) for number in range(size)])


@dataclass(frozen=True)
class Limits:
    """Mean of a control chart, its spread, and limits per point.

    Of proportions (`laney`) they are fractions, and the spread is sigma z; of plain values
    (`moving_range`) it is sigma.
    """

    mean: float
    sigma_z: float
    low: tuple[float, ...]
    high: tuple[float, ...]
    close_low: tuple[float, ...]
    close_high: tuple[float, ...]


def laney(good: Sequence[int], counted: Sequence[int], based: int | None = None) -> Limits:
    """Mean, sigma z and limits of a p' chart; every `counted` is above 0.

    Parameters
    ----------
    based : how many of the first points give mean and sigma z; all by default.

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
    mean = sum(good[:based]) / sum(counted[:based])
    spread = [sqrt(mean * (1 - mean) / n) for n in counted]
    z = [(g / n - mean) / (s or 1) for g, n, s in zip(good, counted, spread, strict=True)]
    sigma_z = _sigma(z[:based]) if spread[0] else 0.0
    return _limits(mean, sigma_z, [s * sigma_z for s in spread], most=1.0)


def moving_range(values: Sequence[float], based: int | None = None) -> Limits:
    """Mean, sigma and limits of an XmR chart of counts.

    Parameters
    ----------
    based : how many of the first points give mean and sigma; all by default.

    Notes
    -----
    sigma = mean of |x_i - x_(i-1)| / 1.128; limits = mean -+ 3 sigma, that is -+ 2.66 mean moving
    ranges, cut at 0. Source: W. A. Shewhart's chart of individuals, as in NHS England, "Making data
    count".

    Examples
    --------
    >>> limits = moving_range([10, 12, 10, 12])
    >>> limits.mean, round(limits.low[0], 2), round(limits.high[0], 2)
    (11.0, 5.68, 16.32)
    """
    mean, sigma = sum(values[:based]) / len(values[:based]), _sigma(values[:based])
    return _limits(mean, sigma, [sigma] * len(values), most=inf)


def _sigma(values: Sequence[float]) -> float:
    """Spread of values by how they move from one to the next; 0 of a single one."""
    moves = [abs(after - before) for before, after in pairwise(values)]
    return sum(moves) / len(moves) / _D2 if moves else 0.0


def _limits(mean: float, sigma: float, spread: list[float], most: float) -> Limits:
    """Limits so many spreads about a mean, within 0 and `most`."""

    def bound(sigmas: int) -> tuple[float, ...]:
        return tuple([min(most, max(0.0, mean + sigmas * s)) for s in spread])

    return Limits(
        mean, sigma, bound(-SIGMAS), bound(SIGMAS), bound(-CLOSE_SIGMAS), bound(CLOSE_SIGMAS)
    )


def levels(values: Sequence[float], mean_of: Callable[[int, int], float]) -> list[Level]:
    """Levels of a series, cut where it shifted and stayed there: start, based, end of each.

    A level is the points from `start` to before `end`; its limits rest on those to before `based`,
    and there are none where `based` is `start`.

    Parameters
    ----------
    mean_of : mean of the points from the first number to before the second.

    Notes
    -----
    From the start on: of all points left, the first run of MIN_MONTHS or more on one side of their
    mean is a level of its own. Where it begins the series, the next level begins after it; else it
    begins the next level. A level has MIN_MONTHS points or more; fewer ones before a run have the
    limits of the level before them, or none; fewer ones at the end those of the level before them,
    so that a change is a signal until it has lasted MIN_MONTHS months. Source of re-basing after a
    sustained shift: NHS England, "Making data count".

    Examples
    --------
    >>> series = [8, 9, 8, 9, 8, 9, 8, 9, 5, 5]
    >>> levels(series, lambda start, end: sum(series[start:end]) / (end - start))
    [(0, 8, 10)]
    """
    spans: list[Level] = []
    start, end = 0, len(values)
    while end - start >= MIN_MONTHS:
        mean = mean_of(start, end)
        sides = [_beyond(value, mean, mean) for value in values[start:]]
        cut = start + _first_cut(sides)
        if cut - start >= MIN_MONTHS:
            spans.append((start, cut, cut))
        else:
            _lengthen(spans, start, cut)
        start = cut
    if start < end:
        _lengthen(spans, start, end)
    return spans


def _first_cut(sides: list[int]) -> int:
    """How many points come before the first cut; all of them without a long run."""
    at = 0
    for side, points in groupby(sides):
        length = len(list(points))
        if side and length >= MIN_MONTHS:
            return at or length
        at += length
    return at


def _lengthen(spans: list[Level], start: int, end: int) -> None:
    """Let the last level hold too few points for one of their own, or let those have no limits."""
    first, based, _ = spans.pop() if spans else (start, start, start)
    spans.append((first, based, end))


def signals_of(values: Sequence[float], limits: Limits) -> list[dict[str, int]]:
    """`find_signals` of one level: the run that begins it has not shifted from anything.

    Examples
    --------
    >>> limits = Limits(0.5, 1.0, (0.2,) * 8, (0.8,) * 8, (0.3,) * 8, (0.7,) * 8)
    >>> signals_of([0.6] * 7 + [0.4], limits), signals_of([0.4] + [0.6] * 7, limits)[1]
    ([{}, {}, {}, {}, {}, {}, {}, {}], {'shift': 1})
    """
    flags = find_signals(values, limits)
    is_above = values[0] > limits.mean
    for value, signals in zip(values, flags, strict=True):
        if (value > limits.mean) != is_above or value == limits.mean:
            break
        signals.pop("shift", None)
    return flags


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
    if not limits.sigma_z:
        return [{} for _ in rates]
    side = [_beyond(rate, limits.mean, limits.mean) for rate in rates]
    beyond = map(_beyond, rates, limits.low, limits.high)
    close = list(map(_beyond, rates, limits.close_low, limits.close_high))
    steps = [0, *map(_beyond, rates[1:], rates, rates)]
    flags = [{"outside": way} if way else {} for way in beyond]
    for i in range(len(rates) - 2 if any(close) else 0):
        for way in (1, -1):
            near = [j for j in range(i, i + 3) if close[j] == way]
            if len(near) >= 2 and all(side[j] == way for j in range(i, i + 3)):
                for j in near:
                    flags[j]["two_of_three"] = way
    _flag_runs(flags, "shift", side, SHIFT, SHIFT)
    _flag_runs(flags, "trend", steps, TREND - 1, TREND)
    return flags


def _beyond(rate: float, low: float, high: float) -> int:
    """1 above the upper limit, -1 below the lower one, else 0."""
    return (rate > high) - (rate < low)


def _flag_runs(flags: list[dict], rule: str, ways: list[int], length: int, points: int) -> None:
    """Flag every run of `length` equal, non-zero ways; a run spans `points` points."""
    for last in range(length - 1, len(ways)):
        run = ways[last - length + 1 : last + 1]
        if run[0] and len(set(run)) == 1:
            for j in range(last - points + 1, last + 1):
                flags[j][rule] = run[0]


def difference_interval(
    hits: int, of: int, hits_after: int, of_after: int
) -> tuple[float, float] | tuple[None, None]:
    """95% interval of the change of a proportion, after less before, in percentage points.

    Source: R. G. Newcombe, "Interval estimation for the difference between independent
    proportions", Statistics in Medicine 17 (1998), 873-890, method 10: the Wilson intervals of both
    proportions put together.

    Examples
    --------
    >>> [round(x, 2) for x in difference_interval(48, 80, 56, 70)]
    [5.24, 33.39]
    >>> difference_interval(1, 10, 0, 0)
    (None, None)
    """
    if not of or not of_after:
        return None, None
    before, after = 100 * hits / of, 100 * hits_after / of_after
    low, high = wilson(hits, of)
    low_after, high_after = wilson(hits_after, of_after)
    change = after - before
    down = sqrt((after - low_after) ** 2 + (high - before) ** 2)
    up = sqrt((high_after - after) ** 2 + (before - low) ** 2)
    return round(change - down, 6), round(change + up, 6)


def compare_counts(hits: int, of: int, hits_after: int, of_after: int) -> str | None:
    """Whether counts per dossier changed beyond chance: better (fewer), worse or unclear.

    None where there are no dossiers before or after.

    Notes
    -----
    Were both rates the same, of all hits those after would be binomial with p = of_after / (of +
    of_after). Exact, 2.5% on either side. Source: J. Przyborowski and H. Wilenski, "Homogeneity of
    results in testing samples from Poisson series", Biometrika 31 (1940), 313-323.

    Examples
    --------
    >>> compare_counts(6, 100, 0, 100), compare_counts(5, 100, 0, 100)  # 2**-6, 2**-5
    ('better', 'unclear')
    >>> compare_counts(0, 100, 6, 100), compare_counts(1, 0, 2, 50)
    ('worse', None)
    """
    if not of or not of_after:
        return None
    n, p = hits + hits_after, of_after / (of + of_after)
    chances = _binomial(n, p)
    if chances[: hits_after + 1].sum() < ERROR:
        return "better"
    return "worse" if chances[hits_after:].sum() < ERROR else "unclear"


@cache
def poisson_interval(count: int) -> tuple[float, float]:
    """Exact 95% interval of the mean of a Poisson count.

    The limits are the means under which a count so large, or so small, has probability 2.5%.
    Source: F. Garwood, "Fiducial limits for the Poisson distribution", Biometrika 28 (1936),
    437-442.

    Examples
    --------
    >>> [round(limit, 4) for limit in poisson_interval(10)]
    [4.7954, 18.3904]
    """
    low = _mean_where(lambda mean: 1 - poisson_at_most(count - 1, mean) > ERROR, count)
    high = _mean_where(lambda mean: poisson_at_most(count, mean) < ERROR, count)
    return (low if count else 0.0), high


def _mean_where(is_beyond: Callable[[float], bool], count: int) -> float:
    """Smallest mean for which a condition that stays true from there on holds."""
    low, high = 0.0, 2.0 * count + 10
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (low, middle) if is_beyond(middle) else (middle, high)
    return high


def poisson_at_most(count: int, mean: float) -> float:
    """Probability of a Poisson count of at most `count`.

    Examples
    --------
    >>> round(poisson_at_most(1, 1.0), 6), poisson_at_most(-1, 1.0)
    (0.735759, 0)
    """
    if count < 0:
        return 0
    if mean <= 0:
        return 1.0
    return fsum(exp(k * log(mean) - mean - lgamma(k + 1)) for k in range(count + 1))
