"""How sure the verdicts are: funnel limits around the threshold, and ranks that noise allows.

The official list follows the official rule; what stands here goes beside it, never instead of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from math import lgamma, log, log1p

import numpy as np
import pandas as pd

from motcua.measures.month import Month, once_per_month

WARNING, ALARM = 0.95, 0.998  # the two pairs of limits of Spiegelhalter 2005
FEW_PAIRS = 1000  # up to so many pairs of units every one is tested exactly
AT_ONCE = 20_000  # pairs that are tested in one go
RANK_CONFIDENCE = 0.95  # that all ranks are within their ranges at once
FUNNEL = ("below_998", "below_95", "within", "above_95", "above_998")

Numbers = int | np.ndarray


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
    number = np.arange(n + 1)
    steps = np.exp(_log_ways(n, number) + number * log(p) + (n - number) * log1p(-p))
    reached = np.cumsum(steps)
    r = int(np.searchsorted(reached, tail))
    return max(0.0, float(r - (reached[r] - tail) / steps[r])) / n if r <= n else 1.0


def _log_ways(n: Numbers, r: Numbers) -> Numbers:
    """Logarithm of the number of ways to choose r of n; numbers or arrays of them."""
    known = _log_factorials(int(np.max(n, initial=0)))
    return known[n] - known[r] - known[np.subtract(n, r)]


def _log_factorials(most: int) -> np.ndarray:
    """Logarithms of 0!, 1!, ... at least to most!."""
    return _log_factorials_below(1 << max(10, most.bit_length()))


@cache
def _log_factorials_below(size: int) -> np.ndarray:
    """Logarithms of the factorials of all numbers below a size."""
    return np.array([lgamma(number + 1) for number in range(size)])


def difference(
    late: Numbers, counted: Numbers, other_late: Numbers, other_counted: Numbers
) -> np.ndarray:
    """How probable so large a difference of two rates is, were they the same (exact, two-sided).

    Parameters
    ----------
    late, counted, other_late, other_counted : numbers, or arrays with one entry per pair.

    Notes
    -----
    Fisher's exact test: twice the smaller tail of the hypergeometric distribution, at most 1.
    Source: R. A. Fisher, "The logic of inductive inference", JRSS 98 (1935), 39-82.

    Examples
    --------
    >>> round(float(difference(3, 4, 1, 4)), 4)  # 2 * 17/70
    0.4857
    """
    late, counted, other_late, other_counted = (
        np.asarray(numbers)[..., None] for numbers in (late, counted, other_late, other_counted)
    )
    total = late + other_late
    k = np.arange(np.max(total, initial=0) + 1)  # late dossiers of the first, were all shuffled
    can_be = (k >= total - other_counted) & (k <= np.minimum(total, counted))
    here = np.minimum(k, counted)
    there = np.clip(total - k, 0, other_counted)
    ways = _log_ways(counted, here) + _log_ways(other_counted, there)
    ways -= _log_ways(counted + other_counted, total)
    chances = np.exp(np.where(can_be, ways, -np.inf))
    tails = [np.sum(chances * side, axis=-1) for side in (k <= late, k >= late)]
    return np.minimum(1.0, 2 * np.minimum(*tails))


def rejected(chances: Sequence[float], error: float) -> list[bool]:
    """Which of several hypotheses are rejected, with the chance of any wrong one at most `error`.

    Notes
    -----
    Source: S. Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal
    of Statistics 6 (1979), 65-70.

    Examples
    --------
    >>> rejected([0.01, 0.04, 0.03, 0.005], 0.05)  # 0.005 < 0.05/4, 0.01 < 0.05/3, 0.03 > 0.05/2
    [True, False, False, True]
    """
    order = np.argsort(chances, kind="stable")
    passed = np.asarray(chances)[order] <= error / np.arange(len(order), 0, -1)
    verdicts = np.zeros(len(order), dtype=bool)
    verdicts[order[np.logical_and.accumulate(passed)]] = True
    return verdicts.tolist()


def rank_ranges(late: Sequence[int], counted: Sequence[int]) -> list[tuple[int, int]]:
    """First and last rank (1 is the best rate) that chance leaves open to each unit.

    Notes
    -----
    Every pair of units is tested (`difference`), all pairs together with Holm's procedure. A unit
    ranks behind those that are better beyond chance and ahead of those that are worse beyond
    chance; with 95 percent confidence all ranges are right at once. Source: M. Mogstad, J. P.
    Romano, A. Shaikh, D. Wilhelm, "Inference for ranks with applications to mobility across
    neighbourhoods and academic achievement across countries", Review of Economic Studies 91
    (2024), 476-518.

    Examples
    --------
    >>> rank_ranges([0, 30, 1], [100, 100, 10])
    [(1, 2), (2, 3), (1, 3)]
    """
    bad, of = np.asarray(late, dtype="int64"), np.asarray(counted, dtype="int64")
    i, j = np.triu_indices(len(bad), 1)
    tested = np.arange(len(i))
    if len(i) > FEW_PAIRS:
        tested = tested[_is_apart(bad[i], of[i], bad[j], of[j])]
    chances = np.ones(len(i))
    for some in np.array_split(tested, 1 + len(tested) // AT_ONCE):
        chances[some] = difference(bad[i[some]], of[i[some]], bad[j[some]], of[j[some]])
    differ = rejected(chances, 1 - RANK_CONFIDENCE)
    i, j = i[differ], j[differ]
    is_first_better = bad[i] * of[j] < bad[j] * of[i]
    ahead = np.bincount(np.where(is_first_better, j, i), minlength=len(bad))
    behind = np.bincount(np.where(is_first_better, i, j), minlength=len(bad))
    return list(zip((1 + ahead).tolist(), (len(bad) - behind).tolist(), strict=True))


def _is_apart(
    late: np.ndarray, counted: np.ndarray, other_late: np.ndarray, other_counted: np.ndarray
) -> np.ndarray:
    """Whether two rates lie three standard errors apart; nearer ones pass no test among many.

    The lightest tail at three of them is that of none where nine are expected: exp(-9), which is
    above 0.05 / FEW_PAIRS.
    """
    share = (late + other_late) / (counted + other_counted)
    error = np.sqrt(share * (1 - share) * (1 / counted + 1 / other_counted))
    return np.abs(late / counted - other_late / other_counted) > 3 * error


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
