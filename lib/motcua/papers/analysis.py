"""The analyses of a month in the shape of findings.json and of findings/*.csv.

Wards alone: the city's row of a table has no code, and its numbers stand in findings.json.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pandas as pd

from motcua.measures.causes import CITY, days_by_ward, if_not_for, points
from motcua.measures.control import (
    control,
    has_before,
    late_change,
    list_changes,
    rate_change,
    signals,
    ward_change,
)
from motcua.measures.frame import table
from motcua.measures.month import Month
from motcua.measures.orders import LISTS
from motcua.measures.rates import LATE_ADDS, affordable_late, budget, funnel, to_recover
from motcua.measures.state import CAUSES
from motcua.measures.statistics import RULES


def analysis_tables(month: Month) -> dict[str, pd.DataFrame]:
    """Tables of the analyses for findings/*.csv: name -> table with English column names."""
    return {
        "budget": _budget(month),
        "points": _wards(points(month)).drop(columns="exact"),
        "if_not_for": _wards(if_not_for(month)).drop(columns="below_threshold"),
        "handover": days_by_ward(month),
        "certainty": funnel(month),
        "control": _control(month),
        "list_changes": list_changes(month),
        "rate_change": rate_change(month).drop(columns="exact"),
        "late_change": late_change(month).drop(columns="exact"),
        "ward_change": ward_change(month).drop(columns=["mix", "within", "exact"]),
    }


def _wards(table: pd.DataFrame) -> pd.DataFrame:
    return table[table["code"] != CITY].reset_index(drop=True)


def _budget(month: Month) -> pd.DataFrame:
    """Budget with whole numbers that may be missing."""
    columns = ["code", "name", "counted", "good", "open_overdue", "affordable_late", "to_recover",
               "overdue_exceeds"]  # fmt: skip
    return budget(month)[columns].astype({"affordable_late": "Int64", "to_recover": "Int64"})


def _control(month: Month) -> pd.DataFrame:
    """Control limits and signals; no signal is an empty cell."""
    table = _wards(control(month))
    return table.assign(signal=table["signal"].replace("", None))


@table
def unit_findings(month: Month) -> dict[str, dict[str, Any]]:
    """What findings.json says of each unit besides its counts: code ("" for the city) -> keys.

    `rate_if_not_for_evidenced`, `budget`, `signal` for wards and city; `standing` (funnel place,
    rank and rank range; None where nothing is counted) for wards.
    """
    line = Fraction(str(month.params.threshold_percent))
    adds = LATE_ADDS[month.params.rate_convention]
    evidenced = if_not_for(month).set_index(["code", "cause"])["rate_evidenced"].to_dict()
    found_signals = signals(month).set_index("code").to_dict("index")
    standing = funnel(month).set_index("code").to_dict("index")
    units = month.rates.set_index("code")[["good", "counted"]].to_dict("index")
    units[CITY] = month.city
    found = {}
    for code, unit in units.items():
        good, counted = int(unit["good"]), int(unit["counted"])
        own = {
            "rate_if_not_for_evidenced": {
                cause: float(evidenced[code, cause]) if counted else None for cause in CAUSES
            },
            "budget": {
                "affordable_late": affordable_late(good, counted, line, adds),
                "to_recover": to_recover(good, counted, line),
            },
            "signal": _signal(found_signals.get(code)),
        }
        if code != CITY:
            own["standing"] = _standing(standing.get(code))
        found[code] = own
    return found


def _signal(row: dict[str, Any] | None) -> dict[str, Any]:
    """Way and rules of a unit's signal in the latest month; nothing without one."""
    if row is None:
        return {"way": None, "rules": []}
    return {"way": row["signal"], "rules": [rule for rule in RULES if row[rule]]}


def _standing(row: dict[str, Any] | None) -> dict[str, Any] | None:
    if row is None:
        return None
    return {"funnel": row["funnel"]} | {
        key: int(row[key]) for key in ("rank", "rank_from", "rank_to")
    }


def change_findings(month: Month) -> dict[str, Any] | None:
    """What changed since last month, for findings.json; None without a month to compare."""
    if not has_before(month):
        return None
    lists = list_changes(month)
    return {
        "month_before": month.previous.month,
        "rate_points": _parts(rate_change(month)),
        "late_dossiers": _parts(late_change(month)),
        "lists": {
            name: {
                way: lists.loc[(lists["list"] == name) & (lists["change"] == way), "code"].tolist()
                for way in ("entered", "left")
            }
            for name in LISTS
        },
    }


def _parts(table: pd.DataFrame) -> dict[str, float]:
    return dict(zip(table["part"], table["points"].astype(float), strict=True))
