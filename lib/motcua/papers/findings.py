"""Findings of a month for machines: findings.json, its JSON Schema, and tables as CSV, described.

The names are a contract with other programs: they change only with `schema_version`. What the
columns of the tables mean stands in findings/datapackage.json and docs/data-dictionary.md;
`python -m motcua.papers.findings > docs/data-dictionary.md` writes that page again.

Source: Data Package (v1), Tabular Data Resource and Table Schema, specs.frictionlessdata.io.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable, Iterable
from fractions import Fraction
from functools import cache, partial
from pathlib import Path
from typing import Any

import fastjsonschema
import pandas as pd

from motcua.base.errors import RunError
from motcua.base.reference import CONVENTION_LABELS, causes, dictionary, refusal
from motcua.chapters.sentences import Words
from motcua.machine.processes import at_once, meanwhile, much_made
from motcua.measures import control
from motcua.measures.apologies import apologies
from motcua.measures.causes import days_by_ward, if_not_for, points
from motcua.measures.feedback import feedback_rates
from motcua.measures.followup import ledger, repeats_by_ward
from motcua.measures.frame import CITY, keep, table
from motcua.measures.month import Month
from motcua.measures.orders import LISTS, Order, ordered_repeatedly, orders
from motcua.measures.quality import corrections
from motcua.measures.ranking import ranking
from motcua.measures.rates import affordable_late, budget, funnel, months_inside, to_recover
from motcua.measures.signs import checks, signs
from motcua.measures.state import AGES, CAUSES, CONVENTIONS, COUNTS, LONG_OVERDUE
from motcua.measures.statistics import RULES
from motcua.reading.exports import by_name
from motcua.reading.personal import without_names

SAY = Words("datapackage", of_months=True)
SCHEMA_VERSION, DATAPACKAGE = "1", "datapackage.json"
SCHEMA_FILE = Path(__file__).with_name("findings.schema.json")
VERDICT = (
    "rate_percent", "rate_low", "rate_high", "below_threshold", "certainty", "rate_766_percent",
    "below_threshold_766",
)  # fmt: skip
BY_CAUSE = {
    "late_by_cause": "late", "evidenced_by_cause": "evidenced",
    "points_lost_by_cause": "points_lost", "rate_if_not_for": "rate_if_not_for",
}  # fmt: skip
AWAITING = ("awaiting_close", "awaiting_close_overdue")
METHOD = (
    "threshold_percent", "rate_convention", "completion_event", "withdrawn", "due_basis",
    "granularity", "period_rule", "small_n", "list_min_dossiers", "list_min_points", "repeat_from",
)  # fmt: skip
ORDER = ("number", "key", "owner", "due_at", "codes", "reminded_in", "reminded", "often")
REPEATS = ("by_dossier", "by_month", "active")
RATES = ("per_1000", "per_1000_low", "per_1000_high")
ANSWERS = ("answered", "unanswered")
MANY = 1000  # units whose tables take longer to write than a process to fork
ROUNDING = 1e-5  # of five numbers with six decimals each
_DANGEROUS = ("=", "+", "-", "@", "\t", "\n")
_UNSAFE = r"\r|^[=+\-@\t\n]"  # what `_harmless` changes


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
    causes: dict[str, dict[str, Any]] = {}
    for row in month.late_by_cause[["code", "cause", *BY_CAUSE.values()]].to_dict("records"):
        causes.setdefault(row["code"], {})[row["cause"]] = row
    city_causes = month.city_by_cause.set_index("cause").to_dict("index")
    more = unit_findings(month)
    method = month.params.model_dump(mode="json")
    return {
        "schema_version": SCHEMA_VERSION,
        "month": month.month,
        "period": month.dated,
        "synthetic": month.synthetic,
        "uncovered": bool(month.uncovered),
        "method": {key: _short(method[key]) for key in METHOD}
        | {"long_overdue_days": LONG_OVERDUE},
        "city": _unit(month.city, city_causes) | more[CITY],
        "wards": [
            {"code": unit.code, "name": unit.name}
            | _unit(by_code[unit.code], causes[unit.code])
            | more[unit.code]
            for unit in month.units
        ],
        **_key_signals(month),
        "lists": month.lists,
        "ordered_repeatedly": ordered_repeatedly(month),
        "orders": [_order(order) for order in orders(month)],
        "change": change_findings(month),
        **of_month(month),
        **_inside(month),
        "quality": month.quality,
        "inputs": [
            {"file": without_names(s.file), "kind": s.kind, "sha256": s.sha256, "rows": s.rows}
            for s in by_name(month.inputs.sources)
        ],
    }


def _unit(row: dict[str, Any], by_cause: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Counts, verdict and causes of a ward or of the city."""
    return {
        **{name: int(row[name]) for name in COUNTS},
        **{name: plain(row[name]) for name in VERDICT},
        **{key: {c: plain(by_cause[c][n]) for c in CAUSES} for key, n in BY_CAUSE.items()},
        **{name: int(row[name]) for name in ("feedback", "months_below_in_a_row")},
        "open_overdue_by_age": {age: int(row[age]) for age in AGES},
        **{name: int(row[name]) for name in AWAITING},
    }


def _key_signals(month: Month) -> dict[str, dict[str, str | None]]:
    """Whether each key number got better or worse beyond chance, and meets its target."""
    rows = plain_rows(control.key_numbers(month))
    columns = {"signals": "signal", "assurance": "assurance"}
    return {name: {row["key"]: row[column] for row in rows} for name, column in columns.items()}


def _order(order: Order) -> dict[str, Any]:
    """What a point of the letter orders, whom it names, and by when."""
    told = vars(order) | {
        "due_at": str(order.due),
        "codes": order.codes if order.is_named else (),
        "reminded_in": order.reminded_in or None,
    }
    return {name: list(v) if isinstance(v := told[name], tuple) else v for name in ORDER}


def plain(value: Any) -> Any:
    """Python value of a pandas cell; None for a missing one.

    Examples
    --------
    >>> plain(pd.NA), plain(pd.Series([3])[0])
    (None, 3)
    """
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
    document = json.loads(SCHEMA_FILE.read_text("utf-8"))
    names = list(causes())
    for shape in ("cause_counts", "cause_rates"):
        document["definitions"][shape] |= {"required": names, "propertyNames": {"enum": names}}
    method = document["properties"]["method"]["properties"]
    method["rate_convention"]["enum"] = list(CONVENTION_LABELS)
    return document


_validator = cache(lambda: fastjsonschema.compile(schema()))


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
        raise refusal("not_the_schema", RunError, fault=error.message) from None
    for unit in (findings["city"], *findings["wards"]):
        _check_identities(unit)
    for name in (*COUNTS, *AWAITING, "feedback"):
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
    _must(unit["open_overdue"] == sum(unit["open_overdue_by_age"].values()), name, "open_overdue")
    _must(unit["late"] == sum(unit["late_by_cause"].values()), name, "late_by_cause")
    ends = ("resolved", "withdrawn", "no_due_date_resolved", "open")
    total = unit["received"] + unit["carried_over"]
    _must(total == sum(unit[end] for end in ends), name, "received + carried_over")
    points = sum(lost or 0 for lost in unit["points_lost_by_cause"].values())
    missing = 100 - unit["rate_percent"] if unit["rate_percent"] is not None else 0
    # The rest: not finished in the period, in rates that count such dossiers.
    _must(missing - points > -ROUNDING, name, "points_lost_by_cause")


def _must(holds: bool, where: str, what: str) -> None:
    if not holds:
        raise refusal("adds_wrong", RunError, where=where, what=what)


@much_made()
def write_findings(month: Month, folder: Path, jobs: int = 0) -> dict[str, Any]:
    """Write findings.json, findings/, rejected.csv, corrections.csv; return the findings.

    With two `jobs` or more, of many units a forked process asks the database for the signs, one
    writes the tables, and one checks the findings, each while this one goes on.
    """
    beside = jobs > 1 and len(month.units) > MANY
    if beside:
        _ = month.rates, month.late_by_cause  # which ask for what the rest is made of
        with meanwhile(partial(checks, month)) as made:
            for make in _tables_of(month).values():
                if make is not checks:
                    make(month)
        keep(month, checks, *made)
    write = partial(_write_tables, month, csv_tables(month), folder)
    with meanwhile(write if beside else None):
        findings = build_findings(month)
    steps = [lambda: bool(check_findings(findings)), partial(to_json, findings)]
    _, content = at_once(steps, jobs if beside else 0)
    (folder / "findings.json").write_bytes(content)
    if not beside:
        write()
    return findings


def _write_tables(month: Month, tables: dict[str, pd.DataFrame], folder: Path) -> None:
    (folder / "findings").mkdir(exist_ok=True)
    files = {name: (to_csv(table), list(table.columns)) for name, table in tables.items()}
    for name, (content, _) in files.items():
        (folder / "findings" / f"{name}.csv").write_bytes(content)
    (folder / "findings" / DATAPACKAGE).write_bytes(to_json(datapackage(month, files)))
    (folder / "rejected.csv").write_bytes(to_csv(rejected(month)))
    if len(corrections(month)):
        (folder / "corrections.csv").write_bytes(to_csv(corrections(month)))


def totals_of(findings: dict[str, Any]) -> list[int]:
    """Numbers of rows and dossiers over all exports."""
    counts = [n for n in findings["quality"].values() if isinstance(n, int)]
    return counts + [one["rows"] for one in findings["inputs"]]


def csv_tables(month: Month) -> dict[str, pd.DataFrame]:
    """Tables of the month for findings/*.csv: name -> columns that the dictionary names, typed.

    The city's own rows stay out: it stands in findings.json.

    Examples
    --------
    >>> from motcua import load
    >>> csv_tables(load("2024-01", data="data/sample"))["lists"].columns.tolist()
    ['list', 'code', 'name']
    """
    return {name: described(name, make(month)) for name, make in _tables_of(month).items()}


def _tables_of(month: Month) -> dict[str, Callable[[Month], pd.DataFrame]]:
    """Those of TABLES that the month has."""
    left_out = () if month.params.directs else OF_ORDERS
    return {name: make for name, make in TABLES.items() if name not in left_out}


def described(name: str, table: pd.DataFrame) -> pd.DataFrame:
    """Table with the columns and types that the dictionary gives it, dates as YYYY-MM-DD."""
    if name in WITH_CITY:
        table = table[table["code"] != CITY].reset_index(drop=True)
    columns = fields(name, table_entry(name)["columns"])
    table = table[[field["name"] for field in columns]]
    types = {field["name"]: field["type"] for field in columns}
    days = {column: _days(table[column]) for column, type_ in types.items() if type_ == "date"}
    kinds = {column: KINDS[type_] for column, type_ in types.items() if type_ in KINDS}
    return table.assign(**days).astype(kinds)


def _days(dates: pd.Series) -> pd.Series:
    if pd.api.types.is_datetime64_dtype(dates):
        return dates.dt.strftime("%Y-%m-%d")
    return dates.map(lambda day: day.isoformat()[:10], na_action="ignore")


def _lists(month: Month) -> pd.DataFrame:
    rows = [(name, code) for name, codes in month.lists.items() for code in codes]
    table = pd.DataFrame(rows, columns=["list", "code"])
    return table.assign(name=table["code"].map(month.unit_names))


TABLES: dict[str, Callable[[Month], pd.DataFrame]] = {
    "wards": lambda month: month.rates,
    "late_by_cause": lambda month: month.late_by_cause,
    "history": lambda month: month.history,
    "city_history": lambda month: month.city_history,
    "lists": _lists,
    "budget": budget,
    "points": points,
    "if_not_for": if_not_for,
    "handover": days_by_ward,
    "certainty": funnel,
    "control": lambda month: control.control(month).replace({"signal": {"": None}}),
    "list_changes": control.list_changes,
    "rate_change": control.rate_change,
    "followup": ledger,
    "apologies": apologies,
    "feedback_rates": feedback_rates,
    "ranking": ranking,
    "checks": checks,
}
OF_ORDERS = ("followup", "apologies", "ranking", "handover")  # nothing where nobody directs
WITH_CITY = ("points", "if_not_for", "control", "feedback_rates")
KINDS = {"integer": "Int64", "number": "float64"}


def rejected(month: Month) -> pd.DataFrame:
    """Rows set aside, one row per wrong value: kind, file, row, column, value, reason, expected."""
    aside = month.problems[month.problems["set_aside"]]
    aside = aside.assign(file=aside["file"].map(without_names))
    return aside[["kind", "file", "row", "column", "value", "reason", "expected"]]


def to_csv(table: pd.DataFrame) -> bytes:
    """UTF-8 with BOM, as Excel opens it; text that Excel would run as a formula gets an apostrophe.

    Examples
    --------
    >>> to_csv(pd.DataFrame({"a": ["=1+1", "x"], "n": [-1.5, None]})).decode("utf-8-sig").split()
    ['a,n', "'=1+1,-1.5", 'x,']
    """
    return harmless(table).to_csv(index=False, lineterminator="\n").encode("utf-8-sig")


def harmless(table: pd.DataFrame) -> pd.DataFrame:
    """Table whose texts Excel does not run: those that it would get an apostrophe."""
    texts = table.select_dtypes(["object", "str"])
    unsafe = [
        name
        for name in texts
        if texts[name].dtype != "str"
        or pd.Series(texts[name].unique()).str.contains(_UNSAFE, na=False).any()
    ]
    return table.assign(**{name: texts[name].map(_harmless) for name in unsafe})


def _harmless(value: Any) -> Any:
    """Text that is no formula; other values as they are."""
    if not isinstance(value, str):
        return value
    value = value.replace("\r\n", "\n").replace("\r", "\n")  # csv quotes no bare "\r"
    return "'" + value if value.startswith(_DANGEROUS) else value


# Tables described ------------------------------------------------------------------------------


def table_entry(name: str) -> dict[str, Any]:
    """What the dictionary says of a table; empty for a table that it does not know.

    Examples
    --------
    >>> table_entry("lists")["columns"], table_entry("xyz")
    (['list', 'code', 'name'], {})
    """
    return dictionary()["tables"].get(name, {})


def fields(name: str, columns: Iterable[str]) -> list[dict[str, Any]]:
    """Table Schema fields of a table's columns; a column that nobody described has type "any".

    Examples
    --------
    >>> fields("history", ["month"])[0]["type"], fields("history", ["xyz"])
    ('yearmonth', [{'name': 'xyz', 'type': 'any'}])
    """
    own, known = table_entry(name).get("own", {}), dictionary()["columns"]
    return [_field(column, known.get(column, {}) | own.get(column, {})) for column in columns]


def _field(name: str, entry: dict[str, Any]) -> dict[str, Any]:
    field = {"name": name, "type": entry.get("type", "any")}
    if "description" in entry:
        field |= {"title": entry["label"], "description": entry["description"]}
    if entry.get("unit"):
        field["unit"] = entry["unit"]
    if field["type"] == "boolean":
        field |= {"trueValues": ["True"], "falseValues": ["False"]}
    if "values" in entry:
        field["constraints"] = {"enum": entry["values"]}
    return field


def datapackage(month: Month, files: dict[str, tuple[bytes, list[str]]]) -> dict[str, Any]:
    """Descriptor of a month's tables: schemas in Vietnamese, sizes and hashes, licence, period.

    Parameters
    ----------
    files : table -> its bytes as a CSV file and its columns.
    """
    licence = "MIT" if month.synthetic else "other-closed"
    return {
        "profile": "tabular-data-package",
        "name": f"motcua-{month.month}",
        "title": SAY("title", month),
        "description": SAY("description", month),
        "month": month.month,
        "period": month.dated,
        "synthetic": month.synthetic,
        "contributors": [{"title": month.params.office, "role": "publisher"}],
        "licenses": [{"name": licence, "title": SAY("licence", month)}],
        "resources": [_resource(name, *parts, month.kind) for name, parts in files.items()],
    }


def _resource(name: str, content: bytes, columns: list[str], kind: str) -> dict[str, Any]:
    entry = table_entry(name)
    own_type = {} if kind == "month" else {"type": "string"}  # of another kind of period
    described = [f | (own_type if f["name"] == "month" else {}) for f in fields(name, columns)]
    key = {"primaryKey": entry["key"]} if "key" in entry else {}
    return {
        "profile": "tabular-data-resource",
        "name": name,
        "path": f"{name}.csv",
        "title": entry.get("title", name),
        "description": SAY("row", row=entry["row"]) if entry else "",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": len(content),
        "hash": f"sha256:{hashlib.sha256(content).hexdigest()}",
        "dialect": {"delimiter": ",", "lineTerminator": "\n", "doubleQuote": True},
        "schema": {"fields": described, "missingValues": [""], **key},
    }


def to_json(content: dict[str, Any]) -> bytes:
    """Bytes of what is written for programs.

    Examples
    --------
    >>> to_json({"a": 1})
    b'{\\n "a": 1\\n}\\n'
    """
    return (json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False) + "\n").encode()


def dictionary_page() -> str:
    """Text of docs/data-dictionary.md."""
    tables = [
        {"name": name, "fields": fields(name, table["columns"])} | table
        for name, table in dictionary()["tables"].items()
    ]
    return SAY("page", tables=tables) + "\n"


# Beside the counts ----------------------------------------------------------------------------


@table
def unit_findings(month: Month) -> dict[str, dict[str, Any]]:
    """What findings.json says of each unit besides its counts: code ("" for the city) -> keys.

    `standing` (funnel place and rank; None where nothing is counted) for wards alone.
    No official and no dossier is named here; these stand in the restricted annex.

    Examples
    --------
    >>> from motcua import load
    >>> city = unit_findings(load("2024-01", data="data/sample"))[""]
    >>> city["feedback_per_1000"], city["feedback_answers"]
    (2.045827, {'answered': 10, 'unanswered': 0})
    """
    line = Fraction(str(month.params.threshold_percent))
    adds = CONVENTIONS[month.params.rate_convention].late_adds
    evidenced = if_not_for(month).set_index(["code", "cause"])["rate_evidenced"].to_dict()
    signal = control.signals(month).set_index("code").to_dict("index")
    ranked = {
        row.code: {"funnel": row.funnel, "rank": int(row.rank)}
        for row in funnel(month).itertuples()
    }
    units = month.rates.set_index("code").to_dict("index") | {CITY: month.city}
    owed, again = (_with_sums(table) for table in (apologies(month), repeats_by_ward(month)))
    asked = [name for name in table_entry("apologies")["columns"] if name not in ("code", "name")]
    found = {}
    for row in plain_rows(feedback_rates(month)):
        code = row["code"]
        good, counted = (int(units[code][name]) for name in ("good", "counted"))
        found[code] = {
            "rate_if_not_for_evidenced": {
                cause: float(evidenced[code, cause]) if counted else None for cause in CAUSES
            },
            "budget": {
                "affordable_late": affordable_late(good, counted, line, adds),
                "to_recover": to_recover(good, counted, line),
            },
            "signal": _signal(signal.get(code, {})),
            **({"standing": ranked.get(code)} if code != CITY else {}),
            **{f"feedback_{name}": row[name] for name in RATES},
            "feedback_answers": {name: int(row[name]) for name in ANSWERS},
            "apologies": {name: int(owed[code][name]) for name in asked},
            "repeats": {name: int(again[code][name]) for name in REPEATS},
        }
    return found


def _with_sums(table: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """Rows by their code, and their sums as the city's."""
    return table.set_index("code").to_dict("index") | {CITY: table.sum(numeric_only=True).to_dict()}


def _signal(row: dict[str, Any]) -> dict[str, Any]:
    """Way and rules of a unit's signal in the latest month; nothing without one."""
    return {"way": row.get("signal"), "rules": [rule for rule in RULES if row.get(rule)]}


def change_findings(month: Month) -> dict[str, Any] | None:
    """What changed since last month, for findings.json; None without a month to compare."""
    if not control.has_before(month):
        return None
    lists = control.list_changes(month)
    return {
        "month_before": month.previous.month,
        "rate_points": control.rate_change(month)
        .set_index("part")["points"]
        .astype(float)
        .to_dict(),
        "lists": {
            name: {
                way: lists.loc[(lists["list"] == name) & (lists["change"] == way), "code"].tolist()
                for way in ("entered", "left")
            }
            for name in LISTS
        },
    }


def _inside(month: Month) -> dict[str, list[dict[str, Any]]]:
    """Key numbers of the city in each month of a longer period; nothing of a month."""
    columns = ["month", "resolved", "late", "rate_percent", "open_overdue", "wards_below"]
    rows = plain_rows(months_inside(month)[columns])
    return {"months": rows} if rows else {}


def of_month(month: Month) -> dict[str, list[dict[str, Any]]]:
    """Tables beside the wards: followup, ranking, signs; plain values only."""
    columns = ["code", "check", "number", "threshold"]
    tables = {name: described(name, TABLES[name](month)) for name in ("followup", "ranking")}
    return {name: plain_rows(table) for name, table in tables.items()} | {
        "signs": plain_rows(signs(month)[columns])
    }


def plain_rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of a table as plain values.

    Examples
    --------
    >>> plain_rows(pd.DataFrame({"a": [1, None]}))
    [{'a': 1.0}, {'a': None}]
    """
    rows = table.to_dict("records")
    return [{key: plain(value) for key, value in row.items()} for row in rows]


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")
    sys.stdout.write(dictionary_page())
