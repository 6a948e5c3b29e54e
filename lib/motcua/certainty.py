"""How sure the verdicts are: funnel limits around the threshold, and ranks that noise allows.

The official list follows the official rule; what stands here goes beside it, never instead of it.
"""

from __future__ import annotations

from itertools import combinations
from math import exp, lgamma, log, log1p, sqrt

import pandas as pd

from motcua.month import Month, once_per_month

WARNING, ALARM = 0.95, 0.998  # the two pairs of limits of Spiegelhalter 2005
FEW_PAIRS = 1000  # up to so many pairs of units every one is tested exactly
RANK_CONFIDENCE = 0.95  # that all ranks are within their ranges at once
FUNNEL = ("below_998", "below_95", "within", "above_95", "above_998")


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
    reached = 0.0
    for r in range(n + 1):
        step = exp(_log_ways(n, r) + r * log(p) + (n - r) * log1p(-p))
        reached += step
        if reached >= tail:
            return max(0.0, r - (reached - tail) / step) / n
    return 1.0


def _log_ways(n: int, r: int) -> float:
    """Logarithm of the number of ways to choose r of n."""
    return lgamma(n + 1) - lgamma(r + 1) - lgamma(n - r + 1)


def difference(late: int, counted: int, other_late: int, other_counted: int) -> float:
    """How probable so large a difference of two rates is, were they the same (exact, two-sided).

    Notes
    -----
    Fisher's exact test: twice the smaller tail of the hypergeometric distribution, at most 1.
    Source: R. A. Fisher, "The logic of inductive inference", JRSS 98 (1935), 39-82.

    Examples
    --------
    >>> round(difference(3, 4, 1, 4), 4)  # 2 * 17/70
    0.4857
    """
    total, size = late + other_late, counted + other_counted
    whole = _log_ways(size, total)
    first, last = max(0, total - other_counted), min(total, counted)
    chances = [
        exp(_log_ways(counted, k) + _log_ways(other_counted, total - k) - whole)
        for k in range(first, last + 1)
    ]
    at = late - first
    return min(1.0, 2 * min(sum(chances[: at + 1]), sum(chances[at:])))


def rejected(chances: list[float], error: float) -> list[bool]:
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
    order = sorted(range(len(chances)), key=chances.__getitem__)
    verdicts = [False] * len(chances)
    for done, i in enumerate(order):
        if chances[i] > error / (len(chances) - done):
            break
        verdicts[i] = True
    return verdicts


def rank_ranges(late: list[int], counted: list[int]) -> list[tuple[int, int]]:
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
    pairs = list(combinations(range(len(late)), 2))
    chances = [
        difference(late[i], counted[i], late[j], counted[j])
        if len(pairs) <= FEW_PAIRS or _is_apart(late[i], counted[i], late[j], counted[j])
        else 1.0
        for i, j in pairs
    ]
    ahead, behind = [0] * len(late), [0] * len(late)
    for (i, j), differ in zip(pairs, rejected(chances, 1 - RANK_CONFIDENCE), strict=True):
        if differ:
            better, worse = (i, j) if late[i] * counted[j] < late[j] * counted[i] else (j, i)
            ahead[worse] += 1
            behind[better] += 1
    return [(1 + a, len(late) - b) for a, b in zip(ahead, behind, strict=True)]


def _is_apart(late: int, counted: int, other_late: int, other_counted: int) -> bool:
    """Whether two rates lie two standard errors apart; nearer ones pass no test among many."""
    share = (late + other_late) / (counted + other_counted)
    error = sqrt(share * (1 - share) * (1 / counted + 1 / other_counted))
    return abs(late / counted - other_late / other_counted) > 2 * error


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
