"""The CSV tables of a month described: findings/datapackage.json and docs/data-dictionary.md.

`python -m motcua.papers.datapackage > docs/data-dictionary.md` writes that page again.

Source: Data Package (v1), Tabular Data Resource and Table Schema, specs.frictionlessdata.io.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterable
from typing import Any

from motcua.base.reference import dictionary
from motcua.chapters.sentences import Words
from motcua.measures.month import Month

DATAPACKAGE = "datapackage.json"
SAY = Words("datapackage", of_months=True)


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
    schema: dict[str, Any] = {"fields": fields(name, columns), "missingValues": [""]}
    for field in schema["fields"]:
        if field["name"] == "month" and kind != "month":
            field["type"] = "string"
    if "key" in entry:
        schema["primaryKey"] = entry["key"]
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
        "schema": schema,
    }


def to_json(descriptor: dict[str, Any]) -> bytes:
    """Bytes of a descriptor.

    Examples
    --------
    >>> to_json({"a": 1})
    b'{\\n "a": 1\\n}\\n'
    """
    return (json.dumps(descriptor, ensure_ascii=False, indent=1) + "\n").encode()


def dictionary_page() -> str:
    """Text of docs/data-dictionary.md."""
    tables = [
        {"name": name, "fields": fields(name, table["columns"])} | table
        for name, table in dictionary()["tables"].items()
    ]
    return SAY("page", tables=tables) + "\n"


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")
    sys.stdout.write(dictionary_page())
