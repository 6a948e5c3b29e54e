"""What findings.json and its CSV tables hold on follow-up, apologies, repeats, complaints, signs.

Nothing here names an official or a dossier: those stand in the restricted annex alone.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from motcua.measures.apologies import apologies
from motcua.measures.feedback import feedback_rates
from motcua.measures.followup import ledger
from motcua.measures.month import Month
from motcua.measures.ranking import CRITERIA, ranking
from motcua.measures.repeats import repeats_by_ward
from motcua.measures.signs import checks, signs

APOLOGIES = (
    "owed", "made", "in_time", "made_late", "missing", "complaints_owed", "complaints_made",
    "to_evidence", "evidenced",
)  # fmt: skip
REPEATS = ("by_dossier", "by_month", "active")
RATES = ("per_1000", "per_1000_low", "per_1000_high")
ANSWERS = ("answered", "unanswered")
LEDGER = (
    "order_no", "key", "owner", "code", "name", "ordered_in", "open_since", "due_at",
    "reported_at", "evidence", "state", "days_overdue", "reported_late", "reported_after",
    "in_file", "before_hits", "before_of", "after_hits", "after_of", "change_points", "change_low",
    "change_high", "moved",
)  # fmt: skip
_WHOLE = ("before_hits", "before_of", "after_hits", "after_of")
RANKING = (
    "rank", "code", "name", "score", "resolved", *CRITERIA, "best", "worst", "top_share",
    "bottom_share",
)  # fmt: skip


def of_units(month: Month) -> dict[str, dict[str, Any]]:
    """Code of each ward, "" for the city -> what is added to its entry.

    Examples
    --------
    >>> from motcua import load
    >>> city = of_units(load("2024-01", data="data/sample"))[""]
    >>> city["feedback_per_1000"], city["feedback_answers"]
    (2.046245, {'answered': 10, 'unanswered': 0})
    """
    rates = {row["code"]: row for row in plain_rows(feedback_rates(month))}
    tables = [table.set_index("code") for table in (apologies(month), repeats_by_ward(month))]
    counts = [t.to_dict("index") | {"": t.sum(numeric_only=True).to_dict()} for t in tables]
    found = {}
    for code, row in rates.items():
        sums = [by_code[code] for by_code in counts]
        found[code] = {
            **{f"feedback_{name}": row[name] for name in RATES},
            "feedback_answers": {name: int(row[name]) for name in ANSWERS},
            "apologies": {name: int(sums[0][name]) for name in APOLOGIES},
            "repeats": {name: int(sums[1][name]) for name in REPEATS},
        }
    return found


def of_month(month: Month) -> dict[str, list[dict[str, Any]]]:
    """Tables beside the wards: followup, ranking, signs; plain values only."""
    columns = ["code", "check", "number", "threshold"]
    return {
        "followup": plain_rows(followup_table(month)),
        "ranking": plain_rows(ranking(month)[list(RANKING)]),
        "signs": plain_rows(signs(month)[columns]),
    }


def csv_tables(month: Month) -> dict[str, pd.DataFrame]:
    """Tables for findings/*.csv: followup, apologies, feedback_rates, ranking, checks."""
    rates = feedback_rates(month)
    rates = rates[rates["code"] != ""].reset_index(drop=True)  # the city stands in findings.json
    limits = dict.fromkeys(RATES, "float64")
    return {
        "followup": followup_table(month),
        "apologies": apologies(month)[["code", "name", *APOLOGIES]],
        "feedback_rates": rates[["code", "name", "feedback", "resolved", *RATES, *ANSWERS]].astype(
            limits
        ),
        "ranking": ranking(month)[list(RANKING)],
        "checks": checks(month).astype(
            {"number": "float64", "threshold": "float64", "of": "Int64"}
        ),
    }


def followup_table(month: Month) -> pd.DataFrame:
    """Columns of the ledger for machines, dates as YYYY-MM-DD."""
    table = ledger(month)[list(LEDGER)]
    days = {
        name: pd.Series([day.isoformat() if day else None for day in table[name]], dtype=object)
        for name in ("due_at", "reported_at")
    }
    changes = dict.fromkeys(("change_points", "change_low", "change_high"), "float64")
    kinds = {"order_no": "int64", "days_overdue": "int64"} | dict.fromkeys(_WHOLE, "Int64")
    flags = dict.fromkeys(("evidence", "reported_late", "reported_after", "in_file"), "bool")
    return table.assign(**days).astype(kinds | changes | flags)


def plain(table: pd.DataFrame) -> pd.DataFrame:
    """Table of plain values, with None for every missing one."""
    table = table.astype(object)
    return table.where(table.notna(), None)


def plain_rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of a table as plain values.

    Examples
    --------
    >>> plain_rows(pd.DataFrame({"a": [1, None]}))
    [{'a': 1.0}, {'a': None}]
    """
    return [
        {key: value.item() if hasattr(value, "item") else value for key, value in row.items()}
        for row in plain(table).to_dict("records")
    ]
