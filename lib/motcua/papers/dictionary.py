"""The dictionary of the columns in CSV tables, and docs/data-dictionary.md made from it.

`python -m motcua.papers.dictionary > docs/data-dictionary.md` writes the page again.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

from motcua.base.reference import read_yaml

HEAD = """# Từ điển dữ liệu · Data dictionary

Các cột trong `findings/*.csv`, `rejected.csv` và `letter_trace.csv` của mỗi tháng. Tệp UTF-8 có
BOM, dấu phẩy, ô trống là không có giá trị. Định nghĩa đầy đủ của các chỉ số:
[terms.md](terms.md). Trang này và `findings/datapackage.json` được tạo từ
`data/reference/columns.yaml`; không sửa trực tiếp.
"""
TYPES = {
    "string": "chữ",
    "integer": "số nguyên",
    "number": "số",
    "boolean": "True, False",
    "yearmonth": "NNNN-TT",
    "date": "NNNN-TT-NN",
    "any": "",
}


def table_entry(name: str) -> dict[str, Any]:
    """What the dictionary says of a table; empty for a table that it does not know.

    Examples
    --------
    >>> table_entry("lists")["columns"], table_entry("xyz")
    (['list', 'code', 'name'], {})
    """
    return read_yaml("columns")["tables"].get(name, {})


def fields(name: str, columns: Iterable[str]) -> list[dict[str, Any]]:
    """Table Schema fields of a table's columns; a column that nobody described has type "any".

    Examples
    --------
    >>> fields("history", ["month"])[0]["type"], fields("history", ["xyz"])
    ('yearmonth', [{'name': 'xyz', 'type': 'any'}])
    """
    own, known = table_entry(name).get("own", {}), read_yaml("columns")["columns"]
    return [_field(column, known.get(column, {}) | own.get(column, {})) for column in columns]


def _field(name: str, entry: dict[str, Any]) -> dict[str, Any]:
    field = {"name": name, "type": entry.get("type", "any")}
    if "label" in entry:
        field |= {"title": entry["label"], "description": entry["description"]}
    if entry.get("unit"):
        field["unit"] = entry["unit"]
    if field["type"] == "boolean":
        field |= {"trueValues": ["True"], "falseValues": ["False"]}
    if "values" in entry:
        field["constraints"] = {"enum": entry["values"]}
    return field


def dictionary_page() -> str:
    """Text of docs/data-dictionary.md."""
    return HEAD + "".join(map(_section, read_yaml("columns")["tables"]))


def _section(name: str) -> str:
    entry = table_entry(name)
    path = f"{name}.csv" if entry.get("in_package") is False else f"findings/{name}.csv"
    key = f" Khóa: {', '.join(f'`{k}`' for k in entry['key'])}." if "key" in entry else ""
    lines = [
        f"\n## {path}\n\n{entry['title']}. Mỗi dòng là {entry['row']}.{key}\n\n",
        "| Cột | Tên | Kiểu | Đơn vị tính | Ý nghĩa |\n|---|---|---|---|---|\n",
    ]
    for field in fields(name, entry["columns"]):
        allowed = field.get("constraints", {}).get("enum", [])
        values = f" ({', '.join(f'`{value}`' for value in allowed)})" if allowed else ""
        lines.append(
            f"| `{field['name']}` | {field['title']} | {TYPES[field['type']]} "
            f"| {field.get('unit', '')} | {field['description']}{values} |\n"
        )
    return "".join(lines)


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")
    sys.stdout.write(dictionary_page())
