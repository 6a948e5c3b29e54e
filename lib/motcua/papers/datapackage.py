"""findings/datapackage.json: the CSV tables of a month described as a Frictionless Data Package.

Source: Data Package (v1), Tabular Data Resource and Table Schema, specs.frictionlessdata.io.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from motcua.chapters.sentences import period_words
from motcua.measures.month import Month
from motcua.papers.dictionary import fields, table_entry

DATAPACKAGE = "datapackage.json"
LICENCES = {
    True: {"name": "MIT", "title": "Dữ liệu mô phỏng, đi cùng phần mềm theo giấy phép MIT"},
    False: {"name": "other-closed", "title": "Dữ liệu của cơ quan lập báo cáo, dùng nội bộ"},
}


def datapackage(month: Month, files: dict[str, tuple[bytes, list[str]]]) -> dict[str, Any]:
    """Descriptor of a month's tables: schemas in Vietnamese, sizes and hashes, licence, period.

    Parameters
    ----------
    files : table -> its bytes as a CSV file and its columns.
    """
    synthetic = "Dữ liệu mô phỏng, không phải số liệu thật. " if month.synthetic else ""
    return {
        "profile": "tabular-data-package",
        "name": f"motcua-{month.month}",
        "title": f"Kết quả giải quyết hồ sơ thủ tục hành chính, {month.label.lower()}",
        "description": f"{synthetic}Kỳ báo cáo {period_words(month)}; cách tính: docs/method.md.",
        "month": month.month,
        "period": {"start": str(month.period.start), "end": str(month.period.end)},
        "synthetic": month.synthetic,
        "contributors": [{"title": month.params.office, "role": "publisher"}],
        "licenses": [LICENCES[month.synthetic]],
        "resources": [_resource(name, *parts) for name, parts in files.items()],
    }


def _resource(name: str, content: bytes, columns: list[str]) -> dict[str, Any]:
    entry = table_entry(name)
    schema: dict[str, Any] = {"fields": fields(name, columns), "missingValues": [""]}
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
