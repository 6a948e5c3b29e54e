"""The year's ranking of the wards, and how much each rank depends on the weights."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import numpy as np
import pandas as pd

from motcua.measures.apologies import apologies
from motcua.measures.causes import late_by_cause
from motcua.measures.feedback import PER
from motcua.measures.followup import ledger
from motcua.measures.frame import Frame, table
from motcua.measures.rates import rates_alone

OWN_PARTIES = ("ward", "ward_official")
CRITERIA = ("rate", "own_points", "feedback", "apologies", "evidence", "orders")
FACTORS = (0.5, 1.0, 1.5)  # each weight is halved, kept, and made half as large again
EDGE = 5  # ranks at the top and at the bottom
HIGHER_IS_BETTER = {"own_points": False, "feedback": False}


def year_months(month: Frame) -> list[str]:
    """Months of the year up to this one, as far as there are data (15/12 on: Nghị định 09/2019)."""
    return [m for m in month.months if m[:4] == month.month[:4]]


@table
def ranking(month: Frame) -> pd.DataFrame:
    """Wards in the order of their score for the year so far, best first.

    Returns
    -------
    table
        One row per ward: rank (equal scores share the best one; missing without resolved
        dossiers), code, name, score (0 to 100); resolved, rate (percent on time), own_points
        (points lost by the ward itself), feedback (complaints per 1,000 dossiers), apologies
        (percent of those owed), evidence (percent of those asked for), orders (percent carried out
        with evidence); best, worst (rank over the weightings); top_share, bottom_share (percent of
        the weightings with a rank among the first or last EDGE).

    Notes
    -----
    Each criterion is stretched over the wards from 0 (worst) to 1 (best); what cannot be judged,
    because nothing was owed, counts as best. The score is the weighted mean. The weightings are all
    3^6 combinations of FACTORS on the six weights of `ranking_weights`. Criteria and scores are
    exact fractions, so that equal wards are equal; what is published of them is rounded at the end.

    Source: OECD/JRC, "Handbook on Constructing Composite Indicators", OECD 2008, steps 5
    (normalisation: min-max), 6 (weighting and aggregation) and 7 (uncertainty and sensitivity).

    Examples
    --------
    >>> from motcua import load
    >>> table = ranking(load("2024-02", data="data/sample"))
    >>> bool((table["best"] <= table["rank"]).all()), bool((table["rank"] <= table["worst"]).all())
    (True, True)
    """
    table = criteria(month)
    judged = table[table["resolved"] > 0].reset_index(drop=True)
    weights = month.params.ranking_weights.model_dump()
    scores = normalised(judged)
    base = [Fraction(str(weights[name])) for name in CRITERIA]
    exact = scores.dot(np.array(base, dtype=object)) / sum(base)
    judged = judged.assign(**robustness(scores.astype(float), np.array(base, dtype=float)))
    judged["rank"] = ranks(exact[None, :])[0]
    judged["score"] = [round(float(100 * score), 6) for score in exact]
    judged = judged.sort_values(["rank", "code"], ignore_index=True)
    rest = table[table["resolved"] == 0]
    judged = pd.concat([judged, rest], ignore_index=True) if len(rest) else judged
    judged = judged.assign(**{name: judged[name].astype("float64").round(6) for name in CRITERIA})
    whole = dict.fromkeys(("rank", "best", "worst"), "Int64")
    columns = ["rank", "code", "name", "score", "resolved", *CRITERIA, "best", "worst",
               "top_share", "bottom_share"]  # fmt: skip
    return judged.reindex(columns=columns).astype(whole)


@table
def criteria(month: Frame) -> pd.DataFrame:
    """Criteria of each ward over the year so far: one row per ward, register order.

    Exact fractions; None where there is nothing to judge.
    """
    months = [month.at(m) for m in year_months(month)] or [month]
    counts = _sum(
        [rates_alone(m)[["code", "resolved", "counted", "good", "feedback"]] for m in months]
    )
    late = pd.concat([late_by_cause(m) for m in months])
    late = late[late["party"].isin(OWN_PARTIES)].groupby("code")["late"].sum()
    sorry = _sum(
        [apologies(m)[["code", "owed", "made", "to_evidence", "evidenced"]] for m in months]
    )
    done = _orders_done(months)
    counts, sorry = counts.to_dict("index"), sorry.to_dict("index")
    rows = []
    for unit in month.units:
        n, s = counts[unit.code], sorry[unit.code]
        given, closed = done.get(unit.code, (0, 0))
        rows.append(
            {
                "code": unit.code,
                "name": unit.name,
                "resolved": int(n["resolved"]),
                "rate": _share(n["good"], n["counted"]),
                "own_points": _share(late[unit.code], n["resolved"]),
                "feedback": _share(n["feedback"], n["resolved"], PER),
                "apologies": _share(s["made"], s["owed"]),
                "evidence": _share(s["evidenced"], s["to_evidence"]),
                "orders": _share(closed, given),
            }
        )
    return pd.DataFrame(rows).astype(dict.fromkeys(CRITERIA, object))


def _share(part: int, whole: int, per: int = 100) -> Fraction | None:
    return Fraction(per * int(part), int(whole)) if whole else None


def _sum(tables: list[pd.DataFrame]) -> pd.DataFrame:
    return pd.concat(tables).groupby("code").sum()


def _orders_done(months: list[Frame]) -> dict[str, tuple[int, int]]:
    """Unit -> orders followed up in the newest month, and those of them done with evidence.

    Order 4 stands in the criteria `apologies` and `evidence` and is left out here.
    """
    table = ledger(months[-1])
    table = table[(table["code"] != "") & (table["key"] != "apologies")]
    done = table["state"].eq("done_evidenced").groupby(table["code"])
    return {code: (len(rows), int(rows.sum())) for code, rows in done}


def normalised(table: pd.DataFrame) -> np.ndarray:
    """Criteria of wards between 0 (worst of them) and 1 (best): one row per ward.

    A criterion that is the same for all, or missing, counts as 1. Exact fractions.

    Examples
    --------
    >>> rows = pd.DataFrame({name: [1.0, 3.0, None] for name in CRITERIA})
    >>> [normalised(rows)[:, i].astype(float).tolist() for i in (0, 1)]
    [[0.0, 1.0, 1.0], [1.0, 0.0, 1.0]]
    """
    columns = []
    for name in CRITERIA:
        way = 1 if HIGHER_IS_BETTER.get(name, True) else -1
        values = [None if pd.isna(value) else way * Fraction(value) for value in table[name]]
        known = [value for value in values if value is not None]
        worst = min(known, default=Fraction(0))
        spread = max(known, default=worst) - worst
        scaled = [(v - worst) / spread if spread and v is not None else Fraction(1) for v in values]
        columns.append(scaled)
    return np.array(columns, dtype=object).T


def weighted(scores: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Weighted means: one row per weighting, one column per ward; without rounding noise."""
    return (weights @ scores.T / weights.sum(axis=1, keepdims=True)).round(9)


def ranks(values: np.ndarray) -> np.ndarray:
    """Rank of each value in its row, 1 the highest; equal ones share the best rank.

    Examples
    --------
    >>> ranks(np.array([[0.2, 0.9, 0.9]])).tolist()
    [[3, 1, 1]]
    """
    above = [len(row) - np.searchsorted(np.sort(row), row, side="right") for row in values]
    return 1 + np.array(above)


def robustness(scores: np.ndarray, weights: np.ndarray) -> dict[str, np.ndarray]:
    """Rank by the weights, and its range and shares over all combinations of FACTORS."""
    grid = weights * np.array(list(product(FACTORS, repeat=len(weights))))
    found = ranks(weighted(scores, grid))
    return {
        "rank": ranks(weighted(scores, weights[None, :]))[0],
        "best": found.min(axis=0),
        "worst": found.max(axis=0),
        "top_share": (100 * (found <= EDGE).mean(axis=0)).round(6),
        "bottom_share": (100 * (found > len(scores) - EDGE).mean(axis=0)).round(6),
    }
