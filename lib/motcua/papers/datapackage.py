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

from motcua.base.calendar import period_label
from motcua.base.reference import dictionary
from motcua.chapters.sentences import period_words
from motcua.measures.month import Month

DATAPACKAGE = "datapackage.json"
LICENCES = {
    True: {"name": "MIT", "title": "Dữ liệu mô phỏng, đi cùng phần mềm theo giấy phép MIT"},
    False: {"name": "other-closed", "title": "Dữ liệu của cơ quan lập báo cáo, dùng nội bộ"},
}
HEAD = """# Từ điển dữ liệu · Data dictionary

Các cột trong `findings/*.csv`, `rejected.csv`, `corrections.csv` và `han-che/dossiers.csv` của mỗi
tháng. Tệp UTF-8 có BOM, dấu phẩy, ô trống là không có giá trị. Định nghĩa đầy đủ của các chỉ số:
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
    marks = "Dữ liệu mô phỏng, không phải số liệu thật. " if month.synthetic else ""
    marks += f"{month.stamp}. " if month.stamp else ""
    return {
        "profile": "tabular-data-package",
        "name": f"motcua-{month.month}",
        "title": f"Kết quả giải quyết hồ sơ thủ tục hành chính, {period_label(month.month)}",
        "description": f"{marks}Kỳ báo cáo {period_words(month)}; cách tính: docs/method.md.",
        "month": month.month,
        "period": month.dated,
        "synthetic": month.synthetic,
        "contributors": [{"title": month.params.office, "role": "publisher"}],
        "licenses": [LICENCES[month.synthetic]],
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
        "description": f"Mỗi dòng là {entry['row']}." if entry else "",
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
    return HEAD + "".join(map(_section, dictionary()["tables"]))


def _section(name: str) -> str:
    entry = table_entry(name)
    path = entry.get("path", f"findings/{name}.csv")
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
