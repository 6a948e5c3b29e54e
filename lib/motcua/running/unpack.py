"""Published files opened the way a curious reader could: everything in them as text.

Archives are opened within archives; pages give up their attributes, comments, scripts and packed
data; notebooks their outputs and metadata; workbooks and letters every part of their package.
"""

from __future__ import annotations

import base64
import binascii
import csv
import gzip
import io
import json
import re
import zipfile
from collections.abc import Iterable, Iterator
from functools import lru_cache
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from plotly.offline import get_plotlyjs

Texts = Iterator[tuple[str, str]]  # where in the file, text

MARKUP = (".html", ".htm", ".xml", ".rels", ".vml", ".svg", ".xhtml")
# Elements inside a line of text; of Word also those that dress a part of a line.
INLINE = frozenset(
    [
        *("a", "abbr", "b", "code", "em", "font", "i", "mark", "r", "s", "small", "span"),
        *("strong", "sub", "sup", "t", "u"),
        *("bcs", "color", "highlight", "ics", "lang", "prooferr", "rfonts", "rpr", "rstyle"),
        *("sz", "szcs"),
    ]
)
_DATA_URI = re.compile(r"data:[\w/+.;=-]*;base64,([A-Za-z0-9+/=\s]+)")
_FRACTION = re.compile(r"-?(0|[1-9]\d*)\.\d+([eE][+-]?\d+)?")
_FILES = (
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"\x1f\x8b",
    b"PK\x03\x04",
    b"PAR1",
    b"<svg",
    b"<?xml",
)
_PRINTABLE = re.compile(rb"[\t\x20-\x7e\x80-\xff]{6,}")


def texts(name: str, content: bytes) -> Texts:
    """Everything that can be read in a file, part by part.

    Parameters
    ----------
    name : name of the file; its ending says how it is opened, unknown ones as text or bytes.
    content : its bytes.

    Yields
    ------
    where : "report.html", or for a part of an archive "phu-luc.xlsx!docProps/core.xml".
    text : values one a line. A number with a fraction that stands alone is left out: it is a
        rate or a coordinate.

    Examples
    --------
    >>> list(texts("a.csv", b"ten,ty_le\\nAn,96.123456789\\n"))
    [('a.csv', 'ten\\nty_le\\nAn')]
    """
    ending = name[name.rfind(".") :].lower()
    if content[:2] == b"\x1f\x8b":
        yield from texts(name.removesuffix(".gz"), gzip.decompress(content))
    elif content[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        yield from _package(name, content)
    elif content[:4] == b"PAR1":
        yield name, _lines(_parquet(content))
    elif ending in (".json", ".ipynb"):
        yield from _json(name, content)
    elif ending in MARKUP or content.lstrip()[:1] == b"<":
        yield from _markup(name, content.decode("utf-8", "replace"))
    elif ending == ".csv":
        rows = csv.reader(io.StringIO(content.decode("utf-8-sig", "replace"), newline=""))
        yield name, _lines(cell for row in rows for cell in row)
    elif b"\0" in content:
        runs = _PRINTABLE.findall(content)
        yield name, _lines(run.decode("utf-8", "replace") for run in runs)
    else:
        yield name, content.decode("utf-8", "replace")


def _lines(values: Iterable[str]) -> str:
    return "\n".join(value for value in values if not _FRACTION.fullmatch(value.strip()))


def _package(name: str, content: bytes) -> Texts:
    """Parts of an archive, their names, and comments of the archive."""
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        parts = package.infolist()
        notes = [package.comment, *(part.comment for part in parts)]
        names = [part.filename for part in parts]
        yield name, _lines([*names, *(note.decode("utf-8", "replace") for note in notes)])
        for part in parts:
            if not part.is_dir():
                yield from texts(f"{name}!{part.filename}", package.read(part))


def _parquet(content: bytes) -> Iterator[str]:
    """Names, metadata and values of a Parquet file."""
    table = pq.read_table(pa.BufferReader(content))
    yield str(table.schema)
    for key, value in (table.schema.metadata or {}).items():
        yield f"{key.decode('utf-8', 'replace')}\n{value.decode('utf-8', 'replace')}"
    for column in table.columns:
        yield from _values(column.unique().to_pylist())


def _json(name: str, content: bytes) -> Texts:
    """Names and values of a JSON file; what does not parse, as it stands."""
    try:
        values = list(_values(json.loads(content)))
    except ValueError:
        yield name, content.decode("utf-8", "replace")
        return
    yield name, _lines(values)
    yield from _markup(name, "\n".join(v for v in values if v.lstrip()[:1] == "<"))


def _values(value: Any) -> Iterator[str]:
    """Texts and whole numbers in plain values, names of fields among them."""
    if isinstance(value, str | bytes):
        text = value if isinstance(value, str) else value.decode("utf-8", "replace")
        yield _image(text) if len(text) > 1000 else text  # noqa: PLR2004
    elif isinstance(value, dict):
        yield from _array(value) if {"dtype", "bdata"} <= set(value) else value
        yield from (text for item in value.items() for text in _values(item[1]))
    elif isinstance(value, list | tuple):
        yield from (text for item in value for text in _values(item))
    elif isinstance(value, int) or (isinstance(value, float) and value.is_integer()):
        yield str(int(value))


def _image(text: str) -> str:
    """Long text as it is; if a file is packed in it as base64, what can be read in that."""
    try:
        content = base64.b64decode("".join(text.splitlines()), validate=True)
    except (binascii.Error, ValueError):
        return text
    packed = content.startswith(_FILES)
    return "\n".join(part for _, part in texts("", content)) if packed else text


def _array(packed: dict) -> Iterator[str]:
    """Whole numbers of an array as plotly packs it."""
    numbers = np.frombuffer(base64.b64decode(packed.pop("bdata")), packed["dtype"])
    yield from _values(np.unique(numbers[np.isfinite(numbers)]).tolist())


class _Markup(HTMLParser):
    """Texts, attributes and comments of HTML or XML; scripts apart."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self.attributes: list[str] = []
        self.scripts: list[tuple[str, str]] = []
        self._script: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        local = tag.rpartition(":")[2]
        self.pieces += [] if local in INLINE else ["\n"]
        self.attributes += [value for _, value in attrs if value and not _is_fraction(value)]
        self._script = dict(attrs).get("type") or "js" if tag == "script" else None

    def handle_endtag(self, tag: str) -> None:
        self.pieces += [] if tag.rpartition(":")[2] in INLINE else ["\n"]
        self._script = None

    def handle_data(self, data: str) -> None:
        if self._script is not None:
            self.scripts.append((self._script, data))
        elif not _is_fraction(data):
            self.pieces.append(data)

    def handle_comment(self, data: str) -> None:
        self.pieces.append(f"\n{data}\n")

    handle_decl = handle_pi = unknown_decl = handle_comment


def _is_fraction(value: str) -> bool:
    return bool(_FRACTION.fullmatch(value.strip()))


def _markup(name: str, source: str) -> Texts:
    """Texts of a page or an XML part, then its scripts and its packed data."""
    parser = _Markup()
    parser.feed(source)
    parser.close()
    text = "\n".join(["".join(parser.pieces), *parser.attributes])
    yield name, _DATA_URI.sub("\n", text)
    for packed in _DATA_URI.findall(text):
        yield name, _image(packed)
    for kind, script in parser.scripts:
        yield from _script(name, kind, script)


def _script(name: str, kind: str, script: str) -> Texts:
    """Content of a script element: JSON, packed data or code; plotly.js itself is no data."""
    if "json" in kind:
        yield from _json(f"{name}!script.json", script.encode())
    elif "octet-stream" in kind:
        content = base64.b64decode(script)
        content = gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content
        if content.startswith(b"{"):
            yield from _json(f"{name}!script.json", content)
        elif content != _plotly():
            yield from texts(f"{name}!data", content)
    else:
        yield name, script


@lru_cache(maxsize=1)
def _plotly() -> bytes:
    return get_plotlyjs().encode()
