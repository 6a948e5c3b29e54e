"""Findings of a month for machines: findings.json, its JSON Schema, and the same tables as CSV.

The names are a contract with other programs: they change only with `schema_version`.
"""

from __future__ import annotations

import csv
import io
import json
from functools import cache
from pathlib import Path
from typing import Any

import fastjsonschema
import pandas as pd

from motcua.base.errors import RunError
from motcua.base.labels import CONVENTION_LABELS
from motcua.base.reference import causes
from motcua.measures.causes import CITY
from motcua.measures.month import Month
from motcua.measures.state import CAUSES, COUNTS
from motcua.papers import findings_followup
from motcua.papers.analysis import analysis_tables, change_findings, unit_findings
from motcua.papers.datapackage import DATAPACKAGE, datapackage, to_json

SCHEMA_VERSION = "1"
SCHEMA_FILE = Path(__file__).with_name("findings.schema.json")
VERDICT = ("rate_percent", "rate_low", "rate_high", "below_threshold", "certainty")
METHOD = ("threshold_percent", "rate_convention", "completion_event", "withdrawn", "due_basis")
MORE_METHOD = (
    "granularity", "period_rule", "small_n", "list_min_dossiers", "list_min_points", "repeat_from",
)  # fmt: skip
ROUNDING = 1e-5  # of five numbers with six decimals each
_DANGEROUS = ("=", "+", "-", "@", "\t", "\n")


def build_findings(month: Month) -> dict[str, Any]:
    """All numbers of a month as plain values, in the shape of findings.schema.json.

    Examples
    --------
    >>> from motcua import load
    >>> found = build_findings(load("2024-01", data="data/sample"))
    >>> found["period"], len(found["wards"])
    ({'start': '2023-12-15', 'end': '2024-01-14'}, 30)
    """
    by_code = {row["code"]: row for row in month.rates.to_dict("records")}
    causes: dict[str, dict[str, dict[str, Any]]] = {unit.code: {} for unit in month.units}
    for row in month.late_by_cause.to_dict("records"):
        causes[row["code"]][row["cause"]] = row
    city_causes = month.city_by_cause.set_index("cause").to_dict("index")
    more, told = unit_findings(month), findings_followup.of_units(month)
    method = month.params.model_dump(mode="json", include={*METHOD, *MORE_METHOD})
    return {
        "schema_version": SCHEMA_VERSION,
        "month": month.month,
        "period": {"start": str(month.period.start), "end": str(month.period.end)},
        "synthetic": month.synthetic,
        "method": {key: _short(method[key]) for key in (*METHOD, *MORE_METHOD)},
        "city": _unit(month.city, city_causes) | more[CITY] | told[CITY],
        "wards": [
            {"code": unit.code, "name": unit.name}
            | _unit(by_code[unit.code], causes[unit.code])
            | more[unit.code]
            | told[unit.code]
            for unit in month.units
        ],
        "lists": month.lists,
        "change": change_findings(month),
        **findings_followup.of_month(month),
        "quality": month.quality,
        "inputs": [
            {"file": s.file, "kind": s.kind, "sha256": s.sha256, "rows": s.rows}
            for s in month.inputs.sources
        ],
    }


def _unit(row: dict[str, Any], by_cause: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Counts, verdict and causes of a ward or of the city."""
    return {
        **{name: int(row[name]) for name in COUNTS},
        **{name: _plain(row[name]) for name in VERDICT},
        "late_by_cause": {c: int(by_cause[c]["late"]) for c in CAUSES},
        "evidenced_by_cause": {c: int(by_cause[c]["evidenced"]) for c in CAUSES},
        "points_lost_by_cause": {c: _plain(by_cause[c]["points_lost"]) for c in CAUSES},
        "rate_if_not_for": {c: _plain(by_cause[c]["rate_if_not_for"]) for c in CAUSES},
        "feedback": int(row["feedback"]),
        "months_below_in_a_row": int(row["months_below_in_a_row"]),
    }


def _plain(value: Any) -> Any:
    """Python value of a pandas cell; None for a missing one."""
    if value is None or value is pd.NA or value != value:  # noqa: PLR0124
        return None
    return value.item() if hasattr(value, "item") else value


def _short(value: Any) -> Any:
    """97.0 as 97."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


@cache
def schema() -> dict[str, Any]:
    """JSON Schema of findings.json: the file, with the causes and rate conventions that there are.

    Examples
    --------
    >>> schema()["definitions"]["cause_counts"]["required"][0]
    'forgot_to_close'
    """
    told = json.loads(SCHEMA_FILE.read_text("utf-8"))
    names = list(causes())
    for shape in ("cause_counts", "cause_rates"):
        told["definitions"][shape] |= {"required": names, "propertyNames": {"enum": names}}
    method = told["properties"]["method"]["properties"]
    method["rate_convention"]["enum"] = list(CONVENTION_LABELS)
    return told


@cache
def _validator() -> Any:
    return fastjsonschema.compile(schema())


def check_findings(findings: dict[str, Any]) -> dict[str, Any]:
    """Return the findings when they keep the schema and the identities of the counts.

    Raises
    ------
    RunError
        A name, a type or an identity is broken; nothing is published then.
    """
    try:
        _validator()(findings)
    except fastjsonschema.JsonSchemaException as error:
        raise RunError(f"findings.json không đúng lược đồ: {error.message}") from None
    for unit in (findings["city"], *findings["wards"]):
        _check_identities(unit)
    for name in (*COUNTS, "feedback"):
        total = sum(ward[name] for ward in findings["wards"])
        _must(findings["city"][name] == total, "toàn thành phố", name)
    quality = findings["quality"]
    parts = ("rows_kept", "rows_set_aside", "duplicates")
    _must(quality["rows_read"] == sum(quality[p] for p in parts), "toàn bộ dữ liệu", "rows_read")
    return findings


def _check_identities(unit: dict[str, Any]) -> None:
    name = unit.get("name", "toàn thành phố")
    _must(unit["on_time"] == unit["early"] + unit["on_due_date"], name, "on_time")
    _must(unit["resolved"] == unit["on_time"] + unit["late"], name, "resolved")
    _must(unit["late"] == sum(unit["late_by_cause"].values()), name, "late_by_cause")
    ends = ("resolved", "withdrawn", "no_due_date_resolved", "open")
    total = unit["received"] + unit["carried_over"]
    _must(total == sum(unit[end] for end in ends), name, "received + carried_over")
    points = sum(lost or 0 for lost in unit["points_lost_by_cause"].values())
    missing = 100 * unit["late"] / max(unit["resolved"], 1)
    _must(abs(points - missing) < ROUNDING, name, "points_lost_by_cause")


def _must(holds: bool, where: str, what: str) -> None:
    if not holds:
        raise RunError(f"Số liệu không khớp tại {where}: '{what}' không bằng tổng các phần của nó.")


def write_findings(month: Month, folder: Path) -> dict[str, Any]:
    """Write findings.json, findings/ and rejected.csv into a folder; return the findings."""
    findings = check_findings(build_findings(month))
    text = json.dumps(findings, ensure_ascii=False, indent=1, allow_nan=False)
    (folder / "findings.json").write_text(text + "\n", "utf-8")
    (folder / "findings").mkdir(exist_ok=True)
    tables = csv_tables(month)
    files = {name: (to_csv(table), list(table.columns)) for name, table in tables.items()}
    for name, (content, _) in files.items():
        (folder / "findings" / f"{name}.csv").write_bytes(content)
    (folder / "findings" / DATAPACKAGE).write_bytes(to_json(datapackage(month, files)))
    (folder / "rejected.csv").write_bytes(to_csv(rejected(month)))
    return findings


def totals_of(findings: dict[str, Any]) -> list[int]:
    """Numbers of rows and dossiers over all exports."""
    counts = [n for n in findings["quality"].values() if isinstance(n, int)]
    return counts + [one["rows"] for one in findings["inputs"]]


def csv_tables(month: Month) -> dict[str, pd.DataFrame]:
    """Tables of the month for findings/*.csv: name -> table with English column names."""
    rates = month.rates.drop(columns=["grid_row", "grid_col"])
    lists = [
        (name, code, month.unit_names[code])
        for name, codes in month.lists.items()
        for code in codes
    ]
    return {
        "wards": rates,
        "late_by_cause": month.late_by_cause,
        "history": month.history,
        "city_history": month.city_history,
        "lists": pd.DataFrame(lists, columns=["list", "code", "name"]),
        **analysis_tables(month),
        **findings_followup.csv_tables(month),
    }


def rejected(month: Month) -> pd.DataFrame:
    """Rows set aside, one row per wrong value: kind, file, row, column, value, reason, expected."""
    aside = month.problems[month.problems["set_aside"]]
    return aside[["kind", "file", "row", "column", "value", "reason", "expected"]]


def to_csv(table: pd.DataFrame) -> bytes:
    """UTF-8 with BOM, as Excel opens it; text that Excel would run as a formula gets an apostrophe.

    Examples
    --------
    >>> to_csv(pd.DataFrame({"a": ["=1+1", "x"], "n": [-1.5, None]})).decode("utf-8-sig").split()
    ['a,n', "'=1+1,-1.5", 'x,']
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(table.columns)
    for row in table.itertuples(index=False, name=None):
        writer.writerow([_csv_cell(value) for value in row])
    return out.getvalue().encode("utf-8-sig")


def _csv_cell(value: Any) -> Any:
    value = _plain(value) if not isinstance(value, str) else value
    if not isinstance(value, str):
        return "" if value is None else value
    value = value.replace("\r\n", "\n").replace("\r", "\n")  # csv quotes no bare "\r"
    return "'" + value if value.startswith(_DANGEROUS) else value
