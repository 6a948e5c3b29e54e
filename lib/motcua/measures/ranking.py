"""The year so far: three bands of wards, as far as they hold whatever the weights."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd

from motcua.measures.apologies import APOLOGIES, apologies
from motcua.measures.feedback import PER
from motcua.measures.followup import ledger
from motcua.measures.frame import Frame, table
from motcua.measures.rates import rates_alone

CRITERIA = ("rate", "backlog", "feedback", "apologies", "evidence", "orders")
LOWER_IS_BETTER = ("backlog", "feedback")
FACTORS = (0.5, 1.0, 1.5)  # each weight is halved, kept, and made half as large again
FEWEST = 3  # months of the year from which wards are ranked
BANDS = ("top", "middle", "bottom")


def year_months(month: Frame) -> list[str]:
    """Months of the year up to the period's end, with data (15/12 on: Nghị định 09/2019)."""
    return [m for m in month.last.months if m[:4] == month.month[:4]]


@table
def ranking(month: Frame) -> pd.DataFrame:
    """Wards with their band for the year so far: band by band, in register order.

    Returns
    -------
    table
        One row per ward: band ("top", "middle", "bottom"; missing with fewer than FEWEST months of
        the year, and without resolved dossiers), code, name, score (0 to 100; missing with the
        band); resolved, rate (percent on time), backlog (open overdue dossiers at the end of the
        period per 100 resolved), feedback (complaints per 1,000 dossiers), apologies (percent of
        those owed), evidence (percent of those asked for), orders (percent carried out with
        evidence).

    Notes
    -----
    Each criterion is stretched over the wards from 0 (worst) to 1 (best); what cannot be judged,
    because nothing was owed, counts as best. The score is the mean, weighted by `ranking_weights`.
    See `bands`.

    Source: OECD/JRC, "Handbook on Constructing Composite Indicators", OECD 2008, steps 5
    (normalisation: min-max), 6 (weighting and aggregation) and 7 (uncertainty and sensitivity).

    Examples
    --------
    >>> from motcua import load
    >>> table = ranking(load("2023-12", data="data/sample"))
    >>> table["band"].unique().tolist()
    ['top', 'middle', 'bottom']
    """
    table = criteria(month).assign(band=None, score=None)
    judged = table["resolved"] > 0
    if len(year_months(month)) >= FEWEST and judged.any():
        scores = normalised(table[judged]).to_numpy()
        weights = np.array([getattr(month.params.ranking_weights, name) for name in CRITERIA])
        table.loc[judged, "band"] = bands(scores, weights)
        table.loc[judged, "score"] = (100 * scores @ weights / weights.sum()).round(6)
    table = table[["band", "code", "name", "score", "resolved", *CRITERIA]]
    table = table.astype(dict.fromkeys(("score", *CRITERIA), "float64")).round(6)
    place = table["band"].map(BANDS.index, na_action="ignore").sort_values(kind="stable").index
    return table.loc[place].reset_index(drop=True)


@table
def criteria(month: Frame) -> pd.DataFrame:
    """Criteria of each ward over the year so far, register order; None: nothing to judge."""
    months = [month.at(m) for m in year_months(month)] or [month]
    tables = [table.set_index("code") for m in months for table in (rates_alone(m), apologies(m))]
    sums = ["resolved", "counted", "good", "feedback", "owed", "made", "to_evidence", "evidenced"]
    year = pd.concat(tables).groupby(level=0)[sums].sum().to_dict("index")
    overdue = rates_alone(months[-1]).set_index("code")["open_overdue"]
    done = _orders_done(months[-1])
    rows = [
        {
            "code": code,
            "name": name,
            "resolved": int(year[code]["resolved"]),
            "rate": _share(year[code]["good"], year[code]["counted"]),
            "backlog": _share(overdue[code], year[code]["resolved"]),
            "feedback": _share(year[code]["feedback"], year[code]["resolved"], PER),
            "apologies": _share(year[code]["made"], year[code]["owed"]),
            "evidence": _share(year[code]["evidenced"], year[code]["to_evidence"]),
            "orders": _share(*done.get(code, (0, 0))),
        }
        for code, name in month.unit_names.items()
    ]
    return pd.DataFrame(rows)


def _share(part: int, whole: int, per: int = 100) -> float | None:
    """Equal fractions give equal numbers: one division of whole numbers."""
    return per * int(part) / int(whole) if whole else None


def _orders_done(month: Frame) -> dict[str, tuple[int, int]]:
    """Unit -> orders that follow-up files tell of: those done with evidence, and all of them.

    Order 4 stands in the criteria `apologies` and `evidence` and is left out here.
    """
    table = ledger(month)
    table = table[(table["code"] != "") & (table["key"] != APOLOGIES) & table["in_file"]]
    done = table["state"].eq("done_evidenced").groupby(table["code"])
    return {code: (int(rows.sum()), len(rows)) for code, rows in done}


def normalised(table: pd.DataFrame) -> pd.DataFrame:
    """Criteria of wards between 0 (worst of them) and 1 (best): one row per ward.

    A criterion that is the same for all, or missing, counts as 1.

    Examples
    --------
    >>> rows = pd.DataFrame({name: [1.0, 3.0, None] for name in CRITERIA})
    >>> [normalised(rows)[name].tolist() for name in ("rate", "backlog")]
    [[0.0, 1.0, 1.0], [1.0, 0.0, 1.0]]
    """
    values = table[list(CRITERIA)].astype("float64")
    values[list(LOWER_IS_BETTER)] *= -1
    spread = values.max() - values.min()
    return ((values - values.min()) / spread.where(spread > 0)).fillna(1)


def bands(scores: np.ndarray, weights: np.ndarray) -> list[str]:
    """Band of each ward: the first or last third where it stands there under every weighting.

    Parameters
    ----------
    scores : one row per ward, one column per criterion.
    weights : one per criterion; the weightings are all combinations of FACTORS on them.

    Examples
    --------
    >>> scores = np.array([[0.9, 1.0], [0.8, 0.0], [0.0, 0.5]])
    >>> bands(scores, np.array([60, 40])), bands(scores, np.array([90, 10]))
    (['top', 'middle', 'middle'], ['top', 'middle', 'bottom'])
    """
    grid = weights * np.array(list(product(FACTORS, repeat=len(weights))))
    places = ranks((grid @ scores.T / grid.sum(axis=1, keepdims=True)).round(9))
    third = len(scores) // 3
    is_first, is_last = places <= third, places > len(scores) - third
    return np.select(
        [is_first.all(axis=0), is_last.all(axis=0)], ["top", "bottom"], "middle"
    ).tolist()


def ranks(values: np.ndarray) -> np.ndarray:
    """Rank of each value in its row, 1 the highest; equal ones share the best rank.

    Examples
    --------
    >>> ranks(np.array([[0.2, 0.9, 0.9]])).tolist()
    [[3, 1, 1]]
    """
    above = [len(row) - np.searchsorted(np.sort(row), row, side="right") for row in values]
    return 1 + np.array(above)
