"""What must not be published: numbers and addresses of people, and traces of this machine.

A finished month is opened as a curious reader could (see `texts`) and searched; a finding names
the file and the kind, never the value. Nghị định 13/2023/NĐ-CP, Luật 91/2025/QH15.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import csv
import getpass
import gzip
import html
import io
import json
import re
import socket
import sys
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from html.parser import HTMLParser
from itertools import chain
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow.csv import ConvertOptions, ParseOptions, ReadOptions, read_csv

from motcua.base.errors import RunError
from motcua.base.reference import NOTEBOOKS, PACKAGE, REFERENCE, RESOURCES, ROOT, WORDS, refusal
from motcua.base.vietnamese import number
from motcua.machine.processes import at_once, shares
from motcua.pages.page import packed_faces, plotly_for
from motcua.reading.personal import personal_in

PLANTED, FOLDER = "thông tin cần giấu", "đường dẫn của máy"
USER, HOST = "tên người dùng máy", "tên máy"

_ESCAPED = re.compile(r"\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|x([0-9a-fA-F]{2})|(?=['\"]))")
_QUOTED = re.compile("%[0-9a-fA-F]{2}")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_HOMES = (  # each begins with a letter that is sought fast
    re.compile(r"/(?<![\w.]/)(?:home|Users|root|tmp|mnt|media|srv|opt|var)/['\"‘“(\[]?[\w.-]+"),
    re.compile(r":(?<=\b[A-Za-z]:)\\+Users\\+[\w.-]+"),
)
# Files in which dossiers are named: sheets of the wards and their notebooks, the daily watch, what
# is for Phòng Nội vụ alone, rows set aside, corrections. No page for leaders is one.
NAMES_DOSSIERS = re.compile(
    r"^(?:wards|notebooks/wards|phieu|han-che|danh-sach)/|^(?:rejected|corrections)\.csv$"
)
_LARGE_CSV = 100_000  # bytes
_SHORTEST = 4  # a name of a user or a machine under this length tells nothing
_SHORTEST_BARE = 8  # letters of a planted text that is also sought without accents and spaces


@dataclass(frozen=True, order=True)
class Leak:
    """One kind of thing that must not be published, in one file or part of a file.

    Attributes
    ----------
    file : path from the folder; a part of an archive after "!".
    kind : what it is, in Vietnamese. The value itself is nowhere.
    n : how many different ones.
    """

    file: str
    kind: str
    n: int


def scan(
    folder: Path,
    planted: Iterable[str] = (),
    machine: Mapping[str, frozenset[str]] | None = None,
    jobs: int = 0,
    totals: Iterable[int] = (),
    ids: Callable[[], Iterable[str]] = tuple,
) -> list[Leak]:
    """Leaks in every file of a folder, hidden ones too; empty when there is none.

    Parameters
    ----------
    planted : texts that must appear nowhere, in whatever Unicode form, case or escaping.
    machine : what would betray a machine, kind -> texts; by default this one.
    jobs : how many processes share the files; 0: this one searches them.
    totals : counts that are nobody's number; from 100 million on they have as many digits as one.
    ids : gives the numbers of dossiers; in the files that may hold them (NAMES_DOSSIERS) they are
        nobody's. Asked only when something was found there: there may be millions.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "a.csv").write_text("ten,so\\nAn,0912 345 678\\n", "utf-8")
    >>> scan(folder)
    [Leak(file='a.csv', kind='số điện thoại', n=1)]
    """
    machine = this_machine() if machine is None else machine
    wanted = tuple(dict.fromkeys(planted))
    counts = {shown for n in totals for shown in (str(n), number(n))}

    def found_in(paths: Iterable[Path]) -> dict[tuple[str, str], set[str]]:
        found: dict[tuple[str, str], set[str]] = {}
        clean: set[str] = set()
        for path in paths:
            name = path.relative_to(folder).as_posix()
            for where, text in (("", name), *texts(name, path.read_bytes())):
                # Nothing but a planted text goes over its line.
                lines = [line for line in text.split("\n") if wanted or line not in clean]
                kinds = leaks_in("\n".join(lines), wanted, machine)
                if not kinds:
                    clean.update(lines)
                for kind, values in kinds.items():
                    found.setdefault((where or name, kind), set()).update(values - counts)
            pa.default_memory_pool().release_unused()  # what a large table took
        return {what: values for what, values in found.items() if values}

    calls = [partial(found_in, chain(*share)) for share in shares(_alike(folder), jobs)]
    by_place = [one for part in at_once(calls, jobs) for one in part.items()]
    numbers = _numbers_of(ids()) if any(_may_hold(file) for (file, _), _ in by_place) else set()
    leaks = [
        (file, kind, len(values - numbers if _may_hold(file) else values))
        for (file, kind), values in by_place
    ]
    return sorted(Leak(*one) for one in leaks if one[-1])


def _alike(folder: Path) -> list[list[Path]]:
    """Files that say much the same, as a sheet and its notebook do; those that say most first."""
    alike: dict[str, list[Path]] = {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        alike.setdefault(path.suffix if path.suffix == ".pdf" else path.stem, []).append(path)
    return sorted(alike.values(), key=lambda paths: -sum(path.stat().st_size for path in paths))


def _may_hold(file: str) -> bool:
    """Whether a file, or a part of an archive, may hold numbers of dossiers."""
    return NAMES_DOSSIERS.search(file.partition("!")[0]) is not None


def _numbers_of(ids: Iterable[str]) -> set[str]:
    """What of the numbers of dossiers looks like a number of a person."""
    return set().union(*personal_in("\n".join(ids)).values())


def refuse_leaks(
    folder: Path,
    jobs: int = 0,
    totals: Iterable[int] = (),
    ids: Callable[[], Iterable[str]] = tuple,
    used: Iterable[Path] = (),
) -> None:
    """Let nothing be published that a person or this machine could be told from.

    Parameters
    ----------
    used : folders and files that were read or written, whose paths are this machine's, too.

    Raises
    ------
    RunError
        Names every file and kind, and no value.
    """
    machine = this_machine()
    machine = machine | {FOLDER: machine[FOLDER] | _telling_paths(used)}
    leaks = scan(folder, machine=machine, jobs=jobs, totals=totals, ids=ids)
    if leaks:
        lines = "".join(f"\n- {leak.file}: {leak.kind} ({number(leak.n)})" for leak in leaks)
        raise refusal("leaks", RunError, leaks=lines)


def leaks_in(
    text: str, planted: Iterable[str] = (), machine: Mapping[str, frozenset[str]] | None = None
) -> dict[str, set[str]]:
    """Kind -> the values found in a text.

    Examples
    --------
    >>> sorted(leaks_in("an@thu.vn, +84 912 345 678; H19.12-240114-0001 có 96,85%"))
    ['số điện thoại', 'địa chỉ thư điện tử']
    """
    text = _unescaped(text)
    kinds = personal_in(text)
    for kind, words in (machine or {}).items():
        kinds[kind] = _words(text, {unicodedata.normalize("NFC", word) for word in words})
    homes = {home for pattern in _HOMES for home in pattern.findall(text)}
    kinds[FOLDER] = kinds.get(FOLDER, set()) | homes
    kinds[PLANTED] = _planted(text, planted)
    return {kind: values for kind, values in kinds.items() if values}


def _words(text: str, words: Iterable[str]) -> set[str]:
    """Those of the words that stand in a text whole."""
    return {
        word
        for word in words
        if word in text and re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text)
    }


def _unescaped(text: str) -> str:
    """Text without escapes (HTML, XML, JSON, Python, addresses, colours of a terminal), in NFC."""
    text = _COLOUR.sub("", text)
    text = html.unescape(html.unescape(text)) if "&" in text else text
    text = _ESCAPED.sub(_letter, text) if "\\" in text else text
    text = unquote(text, errors="replace") if _QUOTED.search(text) else text
    return unicodedata.normalize("NFC", text)


def _letter(escaped: re.Match[str]) -> str:
    """Letter of an escape: none for the stroke before a quote, itself when there is no such."""
    code = int(next(filter(None, escaped.groups()), "0"), 16)
    return chr(code) if 0 < code <= sys.maxunicode else escaped.group()[1:]


def _planted(text: str, planted: Iterable[str]) -> set[str]:
    """Planted texts in a text: as written but for case and spaces, or without accents and marks."""
    planted = tuple(planted)
    if not planted:
        return set()
    folded, bare = _folded(text), _bare(text)
    return {p for p in planted if _folded(p) in folded or _is_bare_in(_bare(p), bare)}


def _is_bare_in(planted: str, text: str) -> bool:
    letters = sum(c.isalpha() for c in planted)
    return letters >= _SHORTEST_BARE and planted in text


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def _bare(text: str) -> str:
    """Letters and digits without accents: what a file name or an anchor makes of a text."""
    plain = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    return re.sub(r"[\W_]", "", plain)  # accents are no letters


@cache
def this_machine() -> dict[str, frozenset[str]]:
    """Kind -> texts that would betray this machine: folders, user, host.

    A name that is also a word of the program (root, data, phuong) tells nothing, and would stop
    every run.
    """
    folders = _telling_paths((ROOT, RESOURCES, Path.home()))
    names = {USER: getpass.getuser(), HOST: socket.gethostname().partition(".")[0]}
    return {FOLDER: folders} | {
        kind: frozenset({name} if _is_telling(name) else ()) for kind, name in names.items()
    }


def _telling_paths(paths: Iterable[Path]) -> frozenset[str]:
    """Paths that are deep enough to be nobody else's."""
    return frozenset(str(path) for path in paths if len(path.parts) > 2)  # noqa: PLR2004


def _is_telling(name: str) -> bool:
    return len(name) >= _SHORTEST and _bare(name) not in _own_words()


@cache
def _own_words() -> frozenset[str]:
    """Words of the program, its notebooks and lists, without accents."""
    files = [
        path
        for folder in (PACKAGE, NOTEBOOKS, REFERENCE, WORDS)
        for path in folder.rglob("*")
        if path.suffix in (".py", ".html", ".js", ".css", ".json", ".ipynb", ".yaml", ".csv")
    ]
    words = {word for path in files for word in re.findall(r"\w+", path.read_text("utf-8"))}
    return frozenset(map(_bare, words)) | {"localhost", "admin", "administrator", "user", "ubuntu"}


Texts = Iterator[tuple[str, str]]  # where in the file, text

MARKUP = (".html", ".htm", ".xml", ".rels", ".vml", ".svg", ".xhtml")
# Elements inside a line of text; of Word also those that dress a part of a line.
INLINE = frozenset((
    "a", "abbr", "b", "code", "em", "font", "i", "mark", "r", "s", "small", "span", "strong", "sub",
    "sup", "t", "u", "bcs", "color", "highlight", "ics", "lang", "prooferr", "rfonts", "rpr",
    "rstyle", "sz", "szcs",
))  # fmt: skip
_DATA_URI = re.compile(r"data:[\w/+.;=-]*;base64,([A-Za-z0-9+/=\s]+)")
_TAG = re.compile("<([^<>]*)>")
_VALUE = re.compile(r"\"[^\"]*\"|'[^']*'")
_ELEMENT = re.compile(
    rf"[/?]?(?:[A-Za-z_][\w.-]*:)?(?P<name>[A-Za-z_][\w.-]*)"
    rf"(?:\s+[\w:.-]+\s*=\s*(?:{_VALUE.pattern}))*\s*[/?]?"
)
_FRACTION = re.compile(r"-?(0|[1-9]\d*)\.\d+([eE][+-]?\d+)?")
_FILES = (
    b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\x1f\x8b", b"PK\x03\x04", b"PAR1", b"<svg", b"<?xml",
)  # fmt: skip
_STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.DOTALL)
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
    elif content[:5] == b"%PDF-":
        yield name, _lines(_pdf(content))
    elif ending in (".json", ".ipynb"):
        yield from _json(name, content)
    elif ending in MARKUP or content.lstrip()[:1] == b"<":
        yield from _markup(name, content.decode("utf-8", "replace"))
    elif ending == ".csv":
        yield name, _lines(_cells(content))
    elif b"\0" in content:
        runs = _PRINTABLE.findall(content)
        yield name, _lines(run.decode("utf-8", "replace") for run in runs)
    else:
        yield name, content.decode("utf-8", "replace")


def _lines(values: Iterable[str]) -> str:
    return "\n".join([value for value in values if "." not in value or not _is_fraction(value)])


def _package(name: str, content: bytes) -> Texts:
    """Parts of an archive, their names, and comments of the archive."""
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        parts = package.infolist()
        notes = [package.comment, *(part.comment for part in parts)]
        names = [part.filename for part in parts]
        yield name, _lines([*names, *(note.decode("utf-8", "replace") for note in notes)])
        for part in parts:
            if not part.is_dir():
                for where, text in _part(Path(part.filename).suffix, package.read(part)):
                    yield f"{name}!{part.filename}{where}", text


@lru_cache(maxsize=256)
def _part(ending: str, content: bytes) -> tuple[tuple[str, str], ...]:
    """What can be read in a part of an archive: many documents of a month share theirs."""
    return tuple((where.removeprefix(ending), text) for where, text in texts(ending, content))


def _cells(content: bytes) -> Iterator[str]:
    """Cells of a csv: of a large one column by column, each different one once."""
    columns = _columns(content) if len(content) > _LARGE_CSV else []
    yield from chain.from_iterable(columns or _rows(content))


def _rows(content: bytes) -> Iterator[list[str]]:
    return csv.reader(io.StringIO(content.decode("utf-8-sig", "replace"), newline=""))


def _columns(content: bytes) -> list[list[str]]:
    """Different cells of each column of a csv; nothing where its rows differ in length."""
    width = len(next(_rows(content[:_LARGE_CSV]), []))  # it takes five times as much as text
    types = ConvertOptions(column_types={f"f{place}": pa.string() for place in range(width)})
    read, parse = ReadOptions(autogenerate_column_names=True), ParseOptions(newlines_in_values=True)
    try:
        table = read_csv(pa.BufferReader(content), read, parse, types)
    except pa.ArrowInvalid:
        return []
    known = table.columns if table.num_columns == width else []
    return [column.unique().to_pylist() for column in known]


def _parquet(content: bytes) -> Iterator[str]:
    """Names, metadata and values of a Parquet file."""
    table = pq.read_table(pa.BufferReader(content))
    yield str(table.schema)
    for key, value in (table.schema.metadata or {}).items():
        yield f"{key.decode('utf-8', 'replace')}\n{value.decode('utf-8', 'replace')}"
    for column in table.columns:
        yield from _values(column.unique().to_pylist())


def _pdf(content: bytes) -> Iterator[str]:
    """Properties, outline and text of a PDF; what is attached to it, too."""
    import pypdfium2

    with pypdfium2.PdfDocument(content) as document:
        yield from document.get_metadata_dict().values()
        yield from (entry.get_title() for entry in document.get_toc())
        for page in document:
            read = page.get_textpage()  # piece by piece: the cells of a row read as one number
            for piece in page.get_objects([pypdfium2.raw.FPDF_PAGEOBJ_TEXT], textpage=read):
                yield piece.extract().strip()
        for place in range(document.count_attachments()):
            attached = document.get_attachment(place)
            inside = texts(attached.get_name(), bytes(attached.get_data()))
            yield from (text for part in inside for text in part)
    for stream in _STREAM.findall(content):  # its properties once more, as XML
        with contextlib.suppress(zlib.error):
            stream = zlib.decompress(stream)
        if stream.lstrip()[:1] == b"<":
            yield stream.decode("utf-8", "replace")


def _json(name: str, content: bytes) -> Texts:
    """Names and values of a JSON file; what does not parse, as it stands."""
    try:
        values = [*_values(json.loads(content))]
    except ValueError:
        yield name, content.decode("utf-8", "replace")
        return
    yield name, _lines(values)
    yield from _markup(name, "\n".join(v for v in values if v.lstrip()[:1] == "<"))


def _values(content: Any) -> Iterator[str]:
    """Texts and whole numbers in plain values, names of fields among them; each once, unordered."""
    left, found = [content], set()
    while left:
        one = left.pop()
        if isinstance(one, dict):
            found.update(_array(one) if {"dtype", "bdata"} <= one.keys() else one)
            left += one.values()
        elif isinstance(one, (list, tuple)):
            left += one
        else:
            found.add(one)
    for one in found:
        text = one.decode("utf-8", "replace") if isinstance(one, bytes) else one
        if isinstance(text, str):
            yield _image(text) if len(text) > 1000 else text  # noqa: PLR2004
        elif isinstance(one, int) or (isinstance(one, float) and one.is_integer()):
            yield str(int(one))


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

    def updatepos(self, i: int, j: int) -> int:
        """Count no lines: nobody asks for them."""
        return j

    handle_decl = handle_pi = unknown_decl = handle_comment


def _is_fraction(value: str) -> bool:
    return "." in value and bool(_FRACTION.fullmatch(value.strip()))


def _parsed(source: str) -> _Markup:
    """Markup with all that it says; that of nothing but plain elements without a parser: fast."""
    parser = _Markup()
    parts = _TAG.split(source)  # text, tag, text, tag, ..., text
    tags = parts[1::2]
    known = {tag: _element(tag) for tag in set(tags)}
    if None in known.values() or len(tags) < source.count("<"):
        parser.feed(source)
        parser.close()
        return parser
    for attributes in known.values():
        parser.attributes += attributes[1:]
    parts[1::2] = [known[tag][0] for tag in tags]
    parser.pieces = [_lines(html.unescape("".join(parts)).split("\n"))]
    return parser


@lru_cache(maxsize=100_000)
def _element(tag: str) -> tuple[str, ...] | None:
    """What a tag adds to the text, then its attributes; None where it is anything else."""
    parts = _ELEMENT.fullmatch(tag.removeprefix("!doctype "))
    if not parts or parts["name"].lower() == "script":
        return None
    between = "" if parts["name"].lower() in INLINE else "\n"
    values = (html.unescape(value[1:-1]) for value in _VALUE.findall(tag))
    return (between, *(value for value in values if value and not _is_fraction(value)))


def _markup(name: str, source: str) -> Texts:
    """Texts of a page or an XML part, then its scripts and its packed data."""
    parser = _parsed(source)
    parts = ["".join(parser.pieces), *parser.attributes]
    yield name, "\n".join(_DATA_URI.sub("\n", part) for part in parts)
    for packed in chain.from_iterable(map(_DATA_URI.findall, parts)):
        if packed not in packed_faces().values():  # the typeface of every page is no data
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
        elif all(content != plotly_for(traces).encode() for traces in (set(), {"other"})):
            yield from texts(f"{name}!data", content)
    else:
        yield name, script
