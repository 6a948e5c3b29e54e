"""Workbooks and Parquet files: refused unread when they would fill the memory, else their cells.

The reader of workbooks shows errors and formulas without a result as empty cells. An error is no
empty cell, so what stands there is put in its place; what it means for a row is told by `rows`.

A workbook is looked through in pieces, so that a look costs no memory either.
"""

from __future__ import annotations

import copy
import os
import re
import struct
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from functools import cache, reduce
from itertools import chain, islice
from pathlib import Path
from posixpath import join, normpath
from typing import Any, NamedTuple, TypeVar
from xml.etree import ElementTree
from zipfile import BadZipFile, ZipFile, ZipInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from python_calamine import CalamineSheet, CalamineWorkbook, SheetVisibleEnum

from motcua.base.reference import message, read_yaml, refusal
from motcua.base.vietnamese import with_parts

Item = TypeVar("Item")
Rows = list[list]

# Limits. A month of a city is about 50,000 rows of 20 columns: 1 million cells, 10 MB of text.
MAX_TEXT = 256 * 2**20  # bytes of a csv file, unpacked; larger data come as Parquet
MAX_HTML = 64 * 2**20
MAX_UNPACKED = 2 * 2**30  # bytes of a workbook's parts, unpacked
MAX_PACKING = 200  # a workbook's sheet packs about 10 to 1, a bomb up to 1000 to 1
MAX_WORDS = 2**30  # bytes of the texts of all cells: one long text may stand in a million of them
MAX_ROWS_PER_BYTE = 20  # of a Parquet file: numbers of dossiers differ, so each takes some room
SMALL_PART = 16 * 2**20  # a part that unpacks to no more does no harm, however well it packs
MAX_CELLS = 40_000_000  # rows x columns of a sheet
MAX_COLUMNS = 702  # up to column ZZ
EXCEL_ROWS = 2**20
HEAD_ROWS = 60  # a heading further down is not looked for

_PIECE, _LONGEST_TAG = 2**20, 2**16  # a piece stays in the processor's cache
_LISTS = read_yaml("workbooks")
_FORMS = {
    name: re.compile(with_parts(form, _LISTS["parts"]).encode(), re.DOTALL)
    for name, form in _LISTS["forms"].items()
}
_SHORTEST_CELL = len('<c t="s"><v>1</v></c>')
_UNNAMED = (b"<c>", b"<c t=", b"<c s=")  # cells that tell their place by their order
_PASSWORD = "EncryptedPackage".encode("utf-16-le")
SYNTHETIC_MARK = "dữ liệu mô phỏng"
_TEXT_KINDS = {pa.string(), pa.large_string(), pa.binary(), pa.large_binary()}
# Rows at once of a Parquet file, and of a workbook: so many stay in the processor's cache.
_BATCH, _ROWS = 4096, 512


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


def workbook_sheets(path: Path, *, is_old: bool) -> Iterator[Sheet]:
    """Cells of every sheet; a merged cell's value stands in every row that it covers."""
    hidden = (in_old_workbook if is_old else in_package)(path)
    with path.open("rb") as stream:  # by its content, whatever its name
        book = _calm(CalamineWorkbook.from_filelike, stream)
    for number, about in enumerate(book.sheets_metadata):
        sheet = _calm(book.get_sheet_by_name, about.name)  # which may be a person's
        where = message("page_of_file", file=path.name, number=number + 1)
        is_hidden = about.visible != SheetVisibleEnum.Visible
        yield Sheet(where, _pieces(sheet, hidden, number), is_hidden)


def _pieces(sheet: CalamineSheet, hidden: HiddenCells, number: int) -> Iterator[Rows]:
    """Rows of a sheet from its first one, columns from the first that is filled."""
    first = sheet.start[1] if sheet.start else 0
    merged, above = _Merged(sheet, first), 0
    rows = _calm(sheet.iter_rows)
    while piece := _calm(list, islice(rows, _ROWS)):
        hidden.put(number, piece, above, first)
        merged.fill(piece, above)
        above += len(piece)
        yield piece
    last = max(hidden.sheets.get(number, ()), default=-1)  # may stand below all values
    if below := [[] for _ in range(above, last + 1)]:
        hidden.put(number, below, above, first)
        yield below


def _calm(call: Callable[..., Item], *values: Any) -> Item:
    """What the reader of workbooks gives; ValueError where it gives up on a damaged file.

    It is written in Rust: it panics, with lines of its own on the standard error (which is shut
    meanwhile, where the process has one), and what arrives here is no Exception.
    """
    with open(os.devnull, "wb") as nowhere, ExitStack() as later:
        with suppress(OSError):
            kept = os.dup(2)
            later.callback(os.close, kept)
            later.callback(os.dup2, kept, 2)
            os.dup2(nowhere.fileno(), 2)
        try:
            return call(*values)
        except BaseException as error:
            if type(error).__name__ != "PanicException":
                raise
            raise ValueError(str(error)) from None


class _Merged:
    """Cells merged over several rows, whose value stands in the first of them alone."""

    def __init__(self, sheet: CalamineSheet, first: int) -> None:
        self._coming: dict[int, dict[int, int]] = {}  # row -> column -> last row
        for (top, left), (bottom, _) in sheet.merged_cell_ranges:
            if bottom > top and left >= first:
                self._coming.setdefault(top, {})[left - first] = bottom
        self._open: dict[int, tuple[int, object]] = {}  # column -> last row, value

    def fill(self, rows: Rows, above: int) -> None:
        """Put the value of every merged cell into each of the next rows that it covers."""
        for number, row in enumerate(rows, start=above) if self._coming else ():
            self._open = {at: merged for at, merged in self._open.items() if merged[0] >= number}
            for at, (_, value) in self._open.items():
                row[at] = value
            for at, bottom in self._coming.get(number, {}).items():
                if at < len(row):
                    self._open[at] = bottom, row[at]


def parquet_rows(path: Path) -> Iterator[Rows]:
    """Heading row and rows of a Parquet file.

    Texts stay in the dictionaries in which the file keeps them until it is known how long they all
    are: one long text may stand in millions of rows.
    """
    kept = pq.ParquetFile(path)
    refuse_size(path.name, kept.metadata.num_rows, kept.metadata.num_columns)
    refuse_packed_rows(path.name, kept.metadata, path.stat().st_size)
    texts = [field.name for field in kept.schema_arrow if field.type in _TEXT_KINDS]
    file = pq.ParquetFile(path, read_dictionary=texts)
    is_marked = (kept.schema_arrow.metadata or {}).get(b"synthetic") == b"true"
    piece: Rows = [*[[SYNTHETIC_MARK]] * is_marked, kept.schema_arrow.names]
    size = 0
    for batch in file.iter_batches(_BATCH):
        size += sum(map(_text_bytes, batch.columns))
        refuse_large(path.name, size, MAX_WORDS)
        columns = (column.to_pylist() for column in batch.cast(kept.schema_arrow).columns)
        piece += map(list, zip(*columns, strict=True))
        if len(piece) >= _ROWS:
            yield piece
            piece = []
    yield piece


def _text_bytes(column: pa.Array) -> int:
    """Bytes of the texts of a column, each as often as it stands there."""
    if not isinstance(column, pa.DictionaryArray):
        return column.nbytes
    lengths = pc.binary_length(column.dictionary)
    return pc.sum(lengths.take(column.indices)).as_py() or 0


# What is refused unread ----------------------------------------------------------------------


def in_package(path: Path) -> HiddenCells:
    """Hidden cells of an .xlsx, which is looked through before it is read.

    Raises
    ------
    InputError
        The file must not be handed to the reader of workbooks: it is a zip file and no workbook,
        is broken, or is small on disk and huge in memory.
    """
    try:
        with ZipFile(path) as package:
            every = package.infolist()
            parts = {part_name(part): part for part in every}
            # Only .xlsx: the far-away cells of other kinds of workbook would not be seen.
            if "xl/workbook.xml" not in parts or parts.keys() & {"content.xml", "xl/workbook.bin"}:
                raise refusal("other_package", name=path.name)
            for part in every:
                refuse_bomb(path.name, part.file_size, part.compress_size)
            refuse_large(path.name, sum(part.file_size for part in every), MAX_UNPACKED)
            odd = {part_name(part) for part in every if _may_hide_cells(package, part, path.name)}
            _refuse_repeated_texts(path.name, package, every)
            book = package.read(parts["xl/workbook.xml"])
            names = enumerate(_sheet_parts(package, parts, book) if odd else ())
            marks = {n: _marks(pieces_of(package, parts[name])) for n, name in names if name in odd}
            return HiddenCells(_FORMS["since_1904"].search(book) is not None, marks)
    except (BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError):
        raise refusal("broken", name=path.name, why="") from None


def part_name(part: ZipInfo) -> str:
    r"""Name of a part as Excel reads it: small letters, slashes also where there are backslashes.

    Examples
    --------
    >>> part_name(ZipInfo("XL\\worksheets\\Sheet1.xml"))
    'xl/worksheets/sheet1.xml'
    """
    return part.filename.replace("\\", "/").lstrip("/").lower()


def refuse_large(name: str, size: int, most: int) -> None:
    """Refuse a file that unpacks to so much."""
    if size > most:
        raise refusal("too_large", name=name)


def refuse_bomb(name: str, unpacked: int, packed: int) -> None:
    """Refuse what is small on disk and would fill the memory."""
    refuse_large(name, unpacked, max(MAX_PACKING * packed, SMALL_PART))


def refuse_packed_rows(name: str, metadata: pq.FileMetaData, size: int) -> None:
    """Refuse a Parquet file with far more rows, or text, than its size on disk can tell apart."""
    most = MAX_ROWS_PER_BYTE * max(size, EXCEL_ROWS // MAX_ROWS_PER_BYTE)
    refuse_large(name, metadata.num_rows, most)
    groups = map(metadata.row_group, range(metadata.num_row_groups))
    refuse_bomb(name, sum(group.total_byte_size for group in groups), size)


def refuse_size(name: str, rows: int, columns: int, cells: int | None = None) -> None:
    """Refuse a table of so many rows and columns (or cells, when rows differ)."""
    if columns > MAX_COLUMNS or (rows * columns if cells is None else cells) > MAX_CELLS:
        raise refusal("too_many_cells", name=name, rows=rows, columns=columns)


def _refuse_repeated_texts(name: str, package: ZipFile, parts: list[ZipInfo]) -> None:
    """Refuse long texts that are kept once and stand in very many cells."""
    shared = [part for part in parts if part_name(part).endswith("sharedstrings.xml")]
    sheets = [part for part in parts if part not in shared]
    most = sum(part.file_size for part in sheets) // _SHORTEST_CELL
    for part in shared:
        ends, at, size = [0], 0, 0
        for piece in pieces_of(package, part):
            ends += [at + end.start() for end in _FORMS["text_end"].finditer(piece)]
            at += len(piece)
        lengths = np.diff([*ends, at])  # of every shared text, its tags included
        is_long = lengths.max() * most > MAX_WORDS
        for piece in (piece for s in sheets if is_long for piece in pieces_of(package, s)):
            numbers = np.array(_FORMS["shared"].findall(piece), "int64")
            size += int(lengths[numbers[numbers < len(lengths)]].sum())
            refuse_large(name, size, MAX_WORDS)


def _may_hide_cells(package: ZipFile, part: ZipInfo, name: str) -> bool:
    """Whether a part may have errors or formulas; refused when it is too large for the memory.

    That counts by its farthest cell, however few cells it has.
    """
    rows, width, may_hide, pieces = 0, 26, False, pieces_of(package, part)
    for whole in _ahead(pieces) if part.file_size > SMALL_PART else pieces:
        may_hide = may_hide or _has(whole, "error", "formula")
        is_far = _has(whole, "maybe_far") and _has(whole, "far")  # most pieces are not
        if not (is_far or _has(whole, "unnamed")):
            continue
        piece = bytes(whole)
        for letters, row, far_row in set(_FORMS["far"].findall(piece)):
            width, rows = max(width, column_number(letters)), max(rows, int(row or far_row))
        if any(mark in piece for mark in _UNNAMED):
            counts = (row.count(b"<c ") + row.count(b"<c>") for row in piece.split(b"</row"))
            width = max(width, *counts)
    if width * EXCEL_ROWS > MAX_CELLS:  # a narrower sheet may have all rows of Excel
        numbers = (_FORMS["row_number"].findall(piece) for piece in pieces_of(package, part))
        rows = max(map(int, chain.from_iterable(numbers)), default=0)
    if width > MAX_COLUMNS or rows > EXCEL_ROWS or width * rows > MAX_CELLS:
        raise refusal("far_cells", name=name, rows=rows, columns=width)
    return may_hide


def _has(piece: memoryview, *looks: str) -> bool:
    """Whether one of the patterns of `looks` is in a piece."""
    ends = pa.array([0, len(piece)], pa.int64()).buffers()[1]
    text = pa.Array.from_buffers(pa.large_binary(), 1, [None, ends, pa.py_buffer(piece)])  # no copy
    return any(pc.match_substring_regex(text, _LISTS["looks"][look])[0].as_py() for look in looks)


def pieces_of(package: ZipFile, part: ZipInfo) -> Iterator[memoryview]:
    """Content of a part, cut before a tag.

    Its check sum is checked on the way, which the reader of workbooks does not do. A part that
    unpacks to more than its directory says is read to its true end and refused.
    """
    limit = copy.copy(part)
    limit.file_size = part.file_size + 1
    rest, size = b"", 0
    with package.open(limit) as stream:
        while piece := stream.read(_PIECE):
            size += len(piece)
            if size > part.file_size:
                raise BadZipFile("longer than declared")
            piece = rest + piece
            cut = max(piece.rfind(b"<"), len(piece) - _LONGEST_TAG)
            yield memoryview(piece)[:cut]
            rest = piece[cut:]
    yield memoryview(rest)


def _ahead(pieces: Iterator[memoryview]) -> Iterator[memoryview]:
    """Pieces, each unpacked while the one before is looked at."""
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(next, pieces, None)
        while (piece := coming.result()) is not None:
            coming = pool.submit(next, pieces, None)
            yield piece


@cache
def column_number(letters: bytes) -> int:
    """Number of a column by its letters.

    Examples
    --------
    >>> column_number(b"A"), column_number(b"zz"), column_number(b"XFD")
    (1, 702, 16384)
    """
    return reduce(lambda number, letter: number * 26 + letter - 64, letters.upper(), 0)


# What the reader of workbooks passes over -------------------------------------------------------

Marks = dict[int, dict[int, str]]  # row -> column -> what stands there, both from 0

_LINKS = "xl/_rels/workbook.xml.rels"


class Since1904(float):
    """Number of a workbook whose days count from 1904."""


@cache
def cell_errors() -> frozenset[str]:
    """What stands in a cell that a spreadsheet could not work out, or did not.

    Examples
    --------
    >>> "#N/A" in cell_errors(), UNCOMPUTED in cell_errors()
    (True, True)
    """
    return frozenset({*read_yaml("cell_errors")["errors"], UNCOMPUTED})


UNCOMPUTED: str = read_yaml("cell_errors")["uncomputed"]


@dataclass
class HiddenCells:
    """What a workbook holds besides its values, by the order of its sheets."""

    since_1904: bool = False
    sheets: dict[int, Marks] = field(default_factory=dict)

    def put(self, number: int, piece: list[list], above: int, first: int) -> None:
        """Put into rows of a sheet what stands in their empty cells.

        Parameters
        ----------
        number : of the sheet, from 0.
        piece : its next rows.
        above : how many rows stand above them.
        first : column where they begin.
        """
        marks = self.sheets.get(number, {})
        for at, row in enumerate(piece, start=above) if marks else ():
            for column, mark in marks.pop(at, {}).items():
                if (place := column - first) >= 0:
                    row.extend([""] * (place + 1 - len(row)))
                    row[place] = row[place] or mark
        for row in piece if self.since_1904 else ():
            row[:] = [Since1904(v) if type(v) in (int, float) else v for v in row]


def _sheet_parts(package: ZipFile, parts: dict[str, ZipInfo], book: bytes) -> Iterator[str]:
    """Part of every sheet, in the order of the workbook; none where it is broken."""
    links = package.read(parts[_LINKS]) if _LINKS in parts else b"<links/>"
    with suppress(ElementTree.ParseError):
        targets = {link.get("Id"): link.get("Target", "") for link in ElementTree.XML(links)}
        for sheet in ElementTree.XML(book).iterfind(".//{*}sheet"):
            numbers = (value for name, value in sheet.items() if name.endswith("}id"))
            target = targets.get(next(numbers, None), "").replace("\\", "/")
            yield normpath(join("/xl", target)).lstrip("/").lower()


def _marks(pieces: Iterator[memoryview]) -> Marks:
    """Errors and formulas without a result of a sheet."""
    marks: Marks = {}
    number = -1
    for text in _whole_rows(pieces):
        _, *rows = _FORMS["row"].split(text)
        for attributes, cells in zip(rows[::2], rows[1::2], strict=True):
            place = _FORMS["place"].search(attributes)
            number = int(place[2]) - 1 if place and place[2] else number + 1
            if found := _marks_of_row(cells):
                marks[number] = found
    return marks


def _whole_rows(pieces: Iterator[memoryview]) -> Iterator[bytes]:
    """Content of a sheet, cut behind the end of a row."""
    rest = b""
    for piece in pieces:
        rest += piece
        if whole := _FORMS["to_row_end"].match(rest):
            yield whole[0]
            rest = rest[whole.end() :]
    yield rest


def _marks_of_row(text: bytes) -> dict[int, str]:
    """What stands in the cells of a row that have no value, by column."""
    marks, column = {}, -1
    is_odd = _FORMS["error"].search(text) or _FORMS["formula"].search(text)
    for attributes, content in _FORMS["cell"].findall(text) if is_odd else ():
        place = _FORMS["place"].search(attributes)
        column = column_number(place[1]) - 1 if place and place[1] else column + 1
        value = _FORMS["value"].search(content)
        is_empty_text = _FORMS["text"].search(attributes) and _FORMS["empty_value"].search(content)
        if _FORMS["error"].search(attributes):
            error = (value[1] or b"").decode("utf-8", "replace").strip() if value else ""
            marks[column] = error if error in cell_errors() else "#N/A"
        elif _FORMS["formula"].search(content) and not value and not is_empty_text:
            marks[column] = UNCOMPUTED
    return marks


# Old workbooks: a small file system (OLE) with a stream of records (BIFF), each with a number, a
# length and its content.

_BOF, _EOF, _DATEMODE, _BOUNDSHEET, _BOOLERR, _RESULT = 0x0809, 0x0A, 0x22, 0x85, 0x0205, 0x06
_END_OF_CHAIN = 0xFFFFFFFA  # and above: no sector


def in_old_workbook(path: Path) -> HiddenCells:
    """Hidden cells of an .xls; none where it is damaged, which its reader will tell.

    Raises
    ------
    InputError
        It is a workbook behind a password, which is packed alike.
    """
    content = path.read_bytes()
    if _PASSWORD in content:
        raise refusal("locked", name=path.name)
    with suppress(struct.error, IndexError, ValueError):
        return _hidden(_book(content))
    return HiddenCells()


def _book(content: bytes) -> bytes:
    """Stream of the workbook; empty when there is none."""
    size = 1 << min(struct.unpack_from("<H", content, 30)[0], 16)
    head = np.frombuffer(content[:512], "<u4")
    sectors = np.frombuffer(content + bytes(-len(content) % size), "<u4").reshape(-1, size // 4)[1:]
    table, more = [*head[19:]], head[17]
    for _ in sectors:
        if more >= _END_OF_CHAIN:
            break
        *some, more = sectors[more]
        table += some
    following = sectors[[sector for sector in table if sector < _END_OF_CHAIN]].ravel()

    def chain(sector: int) -> bytes:
        parts: list[np.ndarray] = []
        while sector < _END_OF_CHAIN and len(parts) <= len(following):
            parts.append(sectors[sector])
            sector = following[sector]
        return b"".join(parts)

    folder = chain(head[12])
    found = _FORMS["book"].search(folder)
    return chain(struct.unpack_from("<I", folder, found.start() + 116)[0]) if found else b""


def _records(stream: bytes, at: int) -> Iterator[tuple[int, int]]:
    """Number and place of the records from a place to the end of what begins there."""
    depth = 0
    while at + 4 <= len(stream):
        number, length = struct.unpack_from("<HH", stream, at)
        yield number, at + 4
        depth += (number == _BOF) - (number == _EOF)
        if depth <= 0:
            return
        at += 4 + length


def _hidden(stream: bytes) -> HiddenCells:
    """Hidden cells of a workbook's stream."""
    hidden, may_have_errors = HiddenCells(), _FORMS["old_errors"].search(stream)
    for number, at in _records(stream, 0):
        if number == _DATEMODE:
            hidden.since_1904 = struct.unpack_from("<H", stream, at)[0] == 1
        elif number == _BOUNDSHEET and may_have_errors:
            place = struct.unpack_from("<I", stream, at)[0]
            hidden.sheets[len(hidden.sheets)] = _errors(stream, place)
    return hidden


def _errors(stream: bytes, start: int) -> Marks:
    """Errors of a sheet, as constants and as results of formulas."""
    marks: Marks = {}
    for number, at in _records(stream, start):
        is_error = False
        if number == _BOOLERR:
            row, column, _, code, is_error = struct.unpack_from("<HHHBB", stream, at)
        elif number == _RESULT:
            row, column, _, kind, _, code, *_, end = struct.unpack_from("<HHHBBBBBBH", stream, at)
            is_error = kind == 2 and end == 0xFFFF
        if is_error:
            marks.setdefault(row, {})[column] = read_yaml("cell_errors")["codes"].get(code, "#N/A")
    return marks
