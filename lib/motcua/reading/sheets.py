"""Cells of an export, whatever it is packed in: workbook, csv, Parquet, HTML named .xls.

Nothing here knows what the cells mean. Files that would fill the memory are
refused (see limits.py).
"""

from __future__ import annotations

import email
import email.policy
import io
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from html.parser import HTMLParser
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple, TypeVar
from xml.etree import ElementTree

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetVisibleEnum,
)

from motcua.base.reference import SUFFIXES, message, refusal
from motcua.base.vietnamese import clean
from motcua.reading import limits
from motcua.reading.delimited import Rows, Score, readable, text_rows, unpacked, utf16_of
from motcua.reading.limits import UNCOMPUTED, HiddenCells, Since1904

SYNTHETIC_MARK = "dữ liệu mô phỏng"

Item = TypeVar("Item")

_OLE, _ZIP = b"\xd0\xcf\x11\xe0", (b"PK\x03\x04", b"PK\x05\x06")
_WEB = re.compile(r"\s*<[!?a-z]", re.I)
_TEXT_KINDS = {pa.string(), pa.large_string(), pa.binary(), pa.large_binary()}
_BATCH = 4096  # rows of a Parquet file at once
_ROWS = 512  # of a workbook at once: so many stay in the processor's cache
_BREAKS = frozenset({"br", "p", "div", "li"})
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?((?:windows|iso|cp)[-\w]+)", re.I)
_ARCHIVE = re.compile(rb"\s*(?:[-\w]+:[^\n]*\n\s*){0,20}?MIME-Version:", re.I)
_NAMESPACE = "urn:schemas-microsoft-com:office:spreadsheet"
_OFFICE = "{urn:schemas-microsoft-com:office:excel}"
_S = f"{{{_NAMESPACE}}}"
# What the readers of files raise when a file is not what it should be.
_BROKEN = (
    CalamineError, pa.ArrowException, OSError, EOFError, ValueError, ArithmeticError,
    AssertionError,
)  # fmt: skip


class Sheet(NamedTuple):
    """Cells of a sheet.

    Attributes
    ----------
    where : where they are, in words.
    pieces : rows from the first one of the sheet, in pieces of which none but the last has fewer
        than HEAD_ROWS.
    is_hidden : whether who opens the file does not see the sheet.
    notes : what a reader must know of how it was read.
    """

    where: str
    pieces: Iterator[Rows]
    is_hidden: bool = False
    notes: tuple[str, ...] = ()


def read_sheets(path: Path, score: Score) -> Iterator[Sheet]:
    """Cells of every sheet of a file.

    Parameters
    ----------
    path : a file with one of SUFFIXES; its content decides how it is read, not its name.
    score : how many headings are known in some rows; finds the delimiter of a csv file.

    Raises
    ------
    InputError
        The file cannot be read, or would not fit the memory.
    """
    if not path.name.lower().endswith(SUFFIXES):
        raise refusal("not_read", name=path.name)
    with path.open("rb") as stream:
        start = stream.read(4096)
    if not start:
        raise refusal("empty_file", name=path.name)
    for sheet in _careful(path, _sheets(path, start, score)):
        yield sheet._replace(pieces=_careful(path, sheet.pieces))


def _sheets(path: Path, start: bytes, score: Score) -> Iterator[Sheet]:
    """Cells of every sheet, read as the beginning of the file asks for."""
    if path.name.lower().endswith(".parquet"):
        yield Sheet(path.name, _parquet_rows(path))
    elif start.startswith((_OLE, *_ZIP)):
        yield from _workbook_rows(path, is_old=start.startswith(_OLE))
    else:
        yield from _text_sheets(path, start, score)


def _careful(path: Path, items: Iterator[Item]) -> Iterator[Item]:
    """What comes from a file; raises InputError for what the readers of files raise."""
    try:
        yield from items
    except PasswordError:
        raise refusal("locked", name=path.name) from None
    except MemoryError:  # or a damaged file claims so much
        raise refusal("no_memory", name=path.name) from None
    except _BROKEN as error:
        why = f" ({clean(error)[:120]})" if clean(error) else ""
        raise refusal("broken", name=path.name, why=why) from None


def _text_sheets(path: Path, start: bytes, score: Score) -> Iterator[Sheet]:
    """Cells of a file that is text: a web page or archive, XML, or csv."""
    name = path.name
    if _ARCHIVE.match(start):  # MHTML, which Excel writes and opens
        pages = _page_rows(_archived(_page(path)), name, "empty_archive")
        found = zip(pages, [False] * len(pages), strict=True)
    elif _WEB.match(start.decode(utf16_of(start) or "utf-8-sig", "ignore")):
        content = _page(path)
        start = content[:4096].replace(b"\0", b"")  # of UTF-16
        if _NAMESPACE.encode() not in start or b"Workbook" not in start:
            yield Sheet(name, iter(_page_rows([content], name)))
            return
        found = _spreadsheet_rows(content, name)
    elif name.lower().endswith((".xlsx", ".xlsm")):
        raise refusal("no_workbook", name=name)
    else:
        rows, notes = text_rows(unpacked(path), name, score)
        yield Sheet(name, iter([rows]), notes=notes)
        return
    for number, (rows, is_hidden) in enumerate(found, start=1):
        where = message("page_of_file", file=name, number=number)
        yield Sheet(where, iter([rows]), is_hidden)


def _page(path: Path) -> bytes:
    """Content of a page, which stands in memory as a whole."""
    if path.stat().st_size > limits.MAX_HTML:
        raise refusal("large_page", name=path.name)
    return path.read_bytes()


def _workbook_rows(path: Path, *, is_old: bool) -> Iterator[Sheet]:
    """Cells of every sheet; a merged cell's value stands in every row that it covers."""
    hidden = (limits.in_old_workbook if is_old else limits.in_package)(path)
    with path.open("rb") as stream, _no_panic():  # by its content, whatever its name
        book = CalamineWorkbook.from_filelike(stream)
    for number, about in enumerate(book.sheets_metadata):
        with _no_panic():
            sheet = book.get_sheet_by_name(about.name)  # which may be a person's
        where = message("page_of_file", file=path.name, number=number + 1)
        pieces = _pieces(sheet, hidden, number)
        yield Sheet(where, pieces, about.visible != SheetVisibleEnum.Visible)


def _pieces(sheet: CalamineSheet, hidden: HiddenCells, number: int) -> Iterator[Rows]:
    """Rows of a sheet from its first one, columns from the first that is filled."""
    first = sheet.start[1] if sheet.start else 0
    merged, above = _Merged(sheet, first), 0
    with _no_panic():
        rows = sheet.iter_rows()
    while True:
        with _no_panic():
            piece = list(islice(rows, _ROWS))
        if not piece:
            break
        hidden.put(number, piece, above, first)
        merged.fill(piece)
        above += len(piece)
        yield piece
    if below := hidden.below(number, above, first):
        yield below


@contextmanager
def _no_panic() -> Iterator[None]:
    """Raise ValueError where the reader of workbooks gives up on a damaged file.

    It is written in Rust: it panics, with lines of its own on the standard error, and what arrives
    here is no Exception.
    """
    try:
        with _hushed():
            yield
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise ValueError(str(error)) from None


@contextmanager
def _hushed() -> Iterator[None]:
    """Let nothing through to the standard error of the process, where it has one."""
    try:
        kept = os.dup(2)
    except OSError:
        yield
        return
    try:
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


class _Merged:
    """Cells merged over several rows, whose value stands in the first of them alone."""

    def __init__(self, sheet: CalamineSheet, first: int) -> None:
        ranges = (
            (top, left - first, bottom)
            for (top, left), (bottom, _) in sheet.merged_cell_ranges or ()
            if bottom > top and left >= first
        )
        self._coming = sorted(ranges, reverse=True)
        self._open: dict[int, tuple[int, object]] = {}  # column -> last row, value
        self._row = 0

    def fill(self, rows: Rows) -> None:
        """Put the value of every merged cell into each of the next rows that it covers."""
        if not self._coming and not self._open:
            return
        for number, row in enumerate(rows, start=self._row):
            self._open = {at: merged for at, merged in self._open.items() if merged[0] >= number}
            for at, (_, value) in self._open.items():
                row[at] = value
            while self._coming and self._coming[-1][0] <= number:
                _, at, bottom = self._coming.pop()
                if at < len(row):
                    self._open[at] = bottom, row[at]
        self._row += len(rows)


def _parquet_rows(path: Path) -> Iterator[Rows]:
    """Heading row and rows of a Parquet file.

    Texts stay in the dictionaries in which the file keeps them until it is known how long they all
    are: one long text may stand in millions of rows.
    """
    kept = pq.ParquetFile(path)
    limits.refuse_size(path.name, kept.metadata.num_rows, kept.metadata.num_columns)
    limits.refuse_packed_rows(path.name, kept.metadata, path.stat().st_size)
    texts = [field.name for field in kept.schema_arrow if field.type in _TEXT_KINDS]
    file = pq.ParquetFile(path, read_dictionary=texts)
    is_marked = (kept.schema_arrow.metadata or {}).get(b"synthetic") == b"true"
    piece: Rows = [*[[SYNTHETIC_MARK]] * is_marked, kept.schema_arrow.names]
    size = 0
    for batch in file.iter_batches(_BATCH):
        size += sum(map(_text_bytes, batch.columns))
        limits.refuse_large(path.name, size, limits.MAX_WORDS)
        piece += map(list, zip(*map(_values, batch.columns), strict=True))
        if len(piece) >= _ROWS:
            yield piece
            piece = []
    yield piece


def _values(column: pa.Array) -> list:
    is_packed = isinstance(column, pa.DictionaryArray)
    return (column.dictionary_decode() if is_packed else column).to_pylist()


def _text_bytes(column: pa.Array) -> int:
    """Bytes of the texts of a column, each as often as it stands there."""
    if not isinstance(column, pa.DictionaryArray):
        return column.nbytes
    lengths = pc.binary_length(column.dictionary)
    return pc.sum(lengths.take(column.indices)).as_py() or 0


# XML Spreadsheet 2003 ---------------------------------------------------------------------------


def _spreadsheet_rows(content: bytes, name: str) -> Iterator[tuple[list[list], bool]]:
    """Rows of every sheet, and whether it is hidden."""
    try:
        book = ElementTree.parse(io.BytesIO(content)).getroot()  # noqa: S314  expat bounds entities
    except ElementTree.ParseError:
        raise refusal("bad_xml", name=name) from None
    number = float if book.find(f".//{_OFFICE}Date1904") is None else Since1904
    for sheet in book.iter(f"{_S}Worksheet"):
        visible = sheet.findtext(f"{_OFFICE}WorksheetOptions/{_OFFICE}Visible", "")
        kept = _Kept(name)
        table = _OpenTable(kept)
        for row in sheet.iterfind(f"{_S}Table/{_S}Row"):
            at = int(row.get(f"{_S}Index", len(kept.rows) + 1)) - 1
            limits.refuse_size(name, at + 1, 1)
            while len(kept.rows) < at:
                table.add([])
            table.add([_cell(cell, number) for cell in row.iterfind(f"{_S}Cell")])
        yield kept.rows, "Hidden" in visible


def _cell(cell: ElementTree.Element, number: type[float]) -> _Cell:
    names = ("MergeAcross", "MergeDown", "Index")
    across, down, place = (int(cell.get(f"{_S}{name}", 0)) for name in names)
    across = min(across, limits.MAX_COLUMNS)
    return _Cell(_value(cell, number), across + 1, down + 1, place - 1)


def _value(cell: ElementTree.Element, number: type[float]) -> object:
    data = cell.find(f"{_S}Data")
    if data is None:
        return UNCOMPUTED if cell.get(f"{_S}Formula") else ""
    text, kind = "".join(data.itertext()), data.get(f"{_S}Type")
    try:
        if kind == "DateTime":
            return datetime.fromisoformat(text)
        if kind == "Number":
            return number(text)
    except ValueError:
        pass
    return text


# Web pages --------------------------------------------------------------------------------------


def _archived(content: bytes) -> list[bytes]:
    """Pages in a web archive."""
    parts = email.message_from_bytes(content, policy=email.policy.default).walk()
    pages = [part for part in parts if part.get_content_type() == "text/html"]
    return [page.get_payload(decode=True) or b"" for page in pages]


def _page_rows(pages: list[bytes], name: str, none: str = "empty_page") -> list[Rows]:
    """Rows of the tables of each web page: what some software gives out as .xls."""
    found = [table_rows(_page_text(page, name), name) for page in pages]
    if not any(found):
        raise refusal(none, name=name)
    return found


def _page_text(content: bytes, name: str) -> str:
    """Text of a web page: UTF-8 or UTF-16, otherwise as it says itself, otherwise Windows-1258."""
    try:
        return content.decode(utf16_of(content) or "utf-8-sig")
    except UnicodeDecodeError:
        declared = _CHARSET.search(content[:4096])
    if declared:
        return content.decode(declared[1].decode(), "replace")
    content, encoding, _ = readable(content, name)
    return content.decode(encoding)


def table_rows(text: str, name: str) -> list[list[str]]:
    """Rows of all tables of a page, one list of cells each, in the order in which they end.

    A cell over several columns stands in the first, a cell over several rows in each of them. Of a
    cell that holds a table only its own text counts.

    Parameters
    ----------
    text : the page.
    name : of the file, for messages.

    Raises
    ------
    InputError
        The tables are too large.

    Examples
    --------
    >>> page = "<table><tr><td rowspan=2>Hố Nai<td>1</tr><tr><td>2&nbsp;<b>n</b>gày</table>"
    >>> table_rows(page, "a.xls")
    [['Hố Nai', '1'], ['Hố Nai', '2 ngày']]
    """
    page = _Page(name)
    page.feed(text)
    page.close()
    page.end_row()
    return page.kept.rows


class _Page(HTMLParser):
    """Rows of all tables of a page that is being read."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.kept = _Kept(name)
        self._tables = [_OpenTable(self.kept)]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open a table, a row or a cell; what is open of the kind is closed."""
        table = self._tables[-1]
        if tag == "table":
            self._tables.append(_OpenTable(self.kept))
        elif tag == "tr":
            self.end_row()
            table.cells = []
        elif tag in ("td", "th"):
            table.cells = table.cells or []  # else in a row of its own
            spans = (dict(attrs).get(name) or "" for name in ("colspan", "rowspan"))
            most = (limits.MAX_COLUMNS, limits.EXCEL_ROWS)
            table.cells.append(_Cell([], *map(_count, spans, most)))
            table.is_in_cell = True
        elif tag in _BREAKS:
            self.handle_data(" ")

    def handle_endtag(self, tag: str) -> None:
        """Close a table, a row or a cell."""
        if tag in ("table", "tr"):
            self.end_row()
            if tag == "table" and len(self._tables) > 1:
                self._tables.pop()
        elif tag in ("td", "th"):
            self._tables[-1].is_in_cell = False
        elif tag in _BREAKS:
            self.handle_data(" ")

    def handle_data(self, data: str) -> None:
        """Text counts inside a cell, but not that of a style or a script."""
        if self._tables[-1].is_in_cell and self.cdata_elem is None:
            self._tables[-1].cells[-1].value.append(data)

    def end_row(self) -> None:
        """Take the row that is open."""
        table = self._tables[-1]
        if table.cells is not None:
            cells = table.cells[: limits.MAX_COLUMNS + 1]
            table.add(cell._replace(value=clean("".join(cell.value))) for cell in cells)
        table.cells, table.is_in_cell = None, False


class _Cell(NamedTuple):
    """Cell over some columns and rows; `place` is its column where that is told, else -1."""

    value: Any
    columns: int = 1
    rows: int = 1
    place: int = -1


class _Kept:
    """Rows of the tables of a file, as long as they fit the memory."""

    def __init__(self, name: str) -> None:
        self.rows: list[list] = []
        self._name, self._size = name, 0

    def take(self, row: list) -> None:
        """Take one more row."""
        self.rows.append(row)
        self._size += 4 * len(row) + 12  # a page of MAX_HTML has fewer cells than a csv file
        limits.refuse_size(self._name, len(self.rows), len(row), self._size)


class _OpenTable:
    """A table that is being read, of which cells reach down into the rows below."""

    def __init__(self, kept: _Kept) -> None:
        self._kept = kept
        self.cells: list[_Cell] | None = None  # of the row that is open
        self.is_in_cell = False
        self._above: dict[int, tuple[int, object]] = {}  # column -> rows to fill, value

    def add(self, cells: Iterable[_Cell]) -> None:
        """Add a row: a cell's value stands in its first column, and there in each of its rows."""
        row: list = []
        above, below = self._above, {}
        for cell in cells:
            while cell.place < 0 and len(row) in above:
                row.append(above[len(row)][1])
            row += [""] * (min(cell.place, limits.MAX_COLUMNS) - len(row))
            values = (cell.value, *[""] * (cell.columns - 1))
            if cell.rows > 1:
                below |= {len(row) + i: (cell.rows - 1, v) for i, v in enumerate(values)}
            row += values
            if len(row) > limits.MAX_COLUMNS:
                break
        for column, (left, value) in above.items():
            row += [""] * (column + 1 - len(row))
            row[column] = value if row[column] == "" else row[column]
            if left > 1:
                below.setdefault(column, (left - 1, value))
        self._above = below
        self._kept.take(row)


def _count(text: str, most: int) -> int:
    """Number of a span: at least 1, at most `most`."""
    return min(max(int(text), 1), most) if re.fullmatch(r"[0-9]{1,9}", text) else 1
