"""What is known of a file unread: that it would fill the memory, or is locked, or hides cells.

The reader of workbooks shows errors and formulas without a result as empty cells. An error is no
empty cell, so what stands there is put in its place; what it means for a row is told by `rows`.

A workbook is looked through in pieces, so that a look costs no memory either.
"""

from __future__ import annotations

import copy
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache, reduce
from pathlib import Path
from posixpath import join, normpath

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from motcua.base.reference import read_yaml, refusal

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
_EMPTY = rb'(?!["\'](?: [st]="\w+")* ?(?:/>|></))'  # a cell that has a format and no value
_FAR = re.compile(rb'r(?<=\sr)\s*=\s*["\'](?:([A-Za-z]{2,})(\d++)|[A-Za-z]?(\d{7,}+))' + _EMPTY)
_ROW = re.compile(rb'r(?<=\sr)\s*=\s*["\'][A-Za-z]*(\d++)' + _EMPTY)
# What a look for odd cells asks, one after the other. Not for Python, which is 10 times slower; and
# what begins with a letter that is to be found is found several times faster.
_UNNAMED_CELL = r"<c(?:>| [st]=)"
_MAYBE_FAR = r"""=(?:"(?:[A-Za-z]{2,}\d|[A-Za-z]?\d{7})|['\s])"""
_FAR_CELL = r"""\sr\s*=\s*["'](?:[A-Za-z]{2}|[A-Za-z]?\d{7})"""
_MAY_ERROR, _MAY_FORMULA = r"""=\s*["']e["']""", r"f[\s>/]"
_TEXT_END = re.compile(rb"</(?:\w+:)?si\s*>|<(?:\w+:)?si\s*/>")
_SHARED = re.compile(rb"""\st\s*=\s*["']s["'][^>]*>\s*<(?:\w+:)?v>\s*(\d{1,9})\s*<""")
_SHORTEST_CELL = len('<c t="s"><v>1</v></c>')
_UNNAMED = (b"<c>", b"<c t=", b"<c s=")  # cells that tell their place by their order
_PASSWORD = "EncryptedPackage".encode("utf-16-le")


def in_package(path: Path) -> HiddenCells:
    """Hidden cells of an .xlsx, which is looked through before it is read.

    Raises
    ------
    InputError
        The file must not be handed to the reader of workbooks: it is a zip file and no workbook,
        is broken, or is small on disk and huge in memory.
    """
    try:
        with zipfile.ZipFile(path) as package:
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
            return HiddenCells(_SINCE_1904.search(book) is not None, marks)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError):
        raise refusal("broken", name=path.name, why="") from None


def part_name(part: zipfile.ZipInfo) -> str:
    r"""Name of a part as Excel reads it: small letters, slashes also where there are backslashes.

    Examples
    --------
    >>> part_name(zipfile.ZipInfo("XL\\worksheets\\Sheet1.xml"))
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


def _refuse_repeated_texts(
    name: str, package: zipfile.ZipFile, parts: list[zipfile.ZipInfo]
) -> None:
    """Refuse long texts that are kept once and stand in very many cells."""
    shared = [part for part in parts if part_name(part).endswith("sharedstrings.xml")]
    sheets = [part for part in parts if part not in shared]
    most = sum(part.file_size for part in sheets) // _SHORTEST_CELL
    for part in shared:
        lengths = np.array([*_text_lengths(pieces_of(package, part))], "int64")
        if lengths.max() * most <= MAX_WORDS:
            continue
        size = 0
        for piece in (piece for sheet in sheets for piece in pieces_of(package, sheet)):
            numbers = np.array(_SHARED.findall(piece), "int64")
            size += int(lengths[numbers[numbers < len(lengths)]].sum())
            refuse_large(name, size, MAX_WORDS)


def _text_lengths(pieces: Iterator[memoryview]) -> Iterator[int]:
    """Bytes of every shared text, its tags included."""
    length = 0
    for piece in pieces:
        *whole, rest = _TEXT_END.split(piece)
        for text in whole:
            yield length + len(text)
            length = 0
        length += len(rest)
    yield length


def _may_hide_cells(package: zipfile.ZipFile, part: zipfile.ZipInfo, name: str) -> bool:
    """Whether a part may have errors or formulas; refused when it is too large for the memory.

    That counts by its farthest cell, however few cells it has.
    """
    columns, rows, width, may_hide = set(), 0, 26, False
    for whole in pieces_of(package, part):
        may_hide = may_hide or _has(whole, _MAY_ERROR, _MAY_FORMULA)
        is_far = _has(whole, _MAYBE_FAR) and _has(whole, _FAR_CELL)  # most pieces are not
        if not (is_far or _has(whole, _UNNAMED_CELL)):
            continue
        piece = bytes(whole)
        for letters, row, far_row in set(_FAR.findall(piece)):
            columns.add(letters)
            rows = max(rows, int(row or far_row))
        if any(mark in piece for mark in _UNNAMED):
            counts = (row.count(b"<c ") + row.count(b"<c>") for row in piece.split(b"</row"))
            width = max(width, *counts)
    width = max(width, *map(column_number, columns), 0)
    if width * EXCEL_ROWS > MAX_CELLS:  # a narrower sheet may have all rows of Excel
        found = (max(map(int, _ROW.findall(p)), default=0) for p in pieces_of(package, part))
        rows = max(found, default=0)
    if width > MAX_COLUMNS or rows > EXCEL_ROWS or width * rows > MAX_CELLS:
        raise refusal("far_cells", name=name, rows=rows, columns=width)
    return may_hide


def _has(piece: memoryview, *patterns: str) -> bool:
    """Whether one of the patterns is in a piece."""
    ends = pa.array([0, len(piece)], pa.int64()).buffers()[1]
    text = pa.Array.from_buffers(pa.large_binary(), 1, [None, ends, pa.py_buffer(piece)])  # no copy
    return any(pc.match_substring_regex(text, pattern)[0].as_py() for pattern in patterns)


def pieces_of(package: zipfile.ZipFile, part: zipfile.ZipInfo) -> Iterator[memoryview]:
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
                raise zipfile.BadZipFile("longer than declared")
            piece = rest + piece
            cut = max(piece.rfind(b"<"), len(piece) - _LONGEST_TAG)
            yield memoryview(piece)[:cut]
            rest = piece[cut:]
    yield memoryview(rest)


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

_X = rb"(?:\w+:)?"  # a namespace that some software writes
_ROW_TAG = re.compile(rb"<" + _X + rb"row(?=[\s>/])([^>]*)>")
_CELL = re.compile(rb"<" + _X + rb"c(?=[\s>/])([^>]*?)(?:/>|>(.*?)</" + _X + rb"c\s*>)", re.DOTALL)
_PLACE = re.compile(rb"""(?<=\s)r\s*=\s*["']([A-Za-z]*)(\d*)["']""")
_IS_ERROR = re.compile(rb"""(?<=\s)t\s*=\s*["']e["']""")
_IS_TEXT = re.compile(rb"""(?<=\s)t\s*=\s*["']str["']""")
_FORMULA = re.compile(rb"<" + _X + rb"f[\s>/]")
_VALUE = re.compile(rb"<" + _X + rb"v(?:\s[^>/]*)?>\s*([^<\s][^<]*)|<" + _X + rb"is[\s>]")
_EMPTY_VALUE = re.compile(rb"<" + _X + rb"v[\s>/]")
_SHEET = re.compile(rb"<" + _X + rb"sheet\s([^>]*)>")
_LINK = re.compile(rb"<" + _X + rb"Relationship\s([^>]*)>")
_ATTRIBUTE = re.compile(rb"""([\w:]+)\s*=\s*["']([^"']*)["']""")
_SINCE_1904 = re.compile(rb"""date1904\s*=\s*["'](?:1|true|on)["']""")
_LINKS = "xl/_rels/workbook.xml.rels"
_TO_ROW_END = re.compile(rb".*</" + _X + rb"row\s*>", re.DOTALL)


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


def error_cells(values: pd.Series | None) -> pd.Series | None:
    """Which cells of a column are errors of a spreadsheet; None when there are none.

    Examples
    --------
    >>> error_cells(pd.Series(["05/01/2024", "#N/A"])).tolist()
    [False, True]
    """
    if values is None or values.dtype.kind == "M":
        return None
    wrong = values.isin(cell_errors())
    return wrong if wrong.any() else None


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

    def below(self, number: int, above: int, first: int) -> list[list]:
        """Rows below the last one that has a value."""
        last = max(self.sheets.get(number, ()), default=-1)
        rows: list[list] = [[] for _ in range(above, last + 1)]
        self.put(number, rows, above, first)
        return rows


def _sheet_parts(
    package: zipfile.ZipFile, parts: dict[str, zipfile.ZipInfo], book: bytes
) -> Iterator[str]:
    """Part of every sheet, in the order of the workbook."""
    links = package.read(parts[_LINKS]) if _LINKS in parts else b""
    every = [dict(_ATTRIBUTE.findall(link)) for link in _LINK.findall(links)]
    targets = {link.get(b"Id"): link.get(b"Target", b"") for link in every}
    for sheet in _SHEET.findall(book):
        about = {name.rpartition(b":")[2]: value for name, value in _ATTRIBUTE.findall(sheet)}
        target = targets.get(about.get(b"id"), b"").decode("utf-8", "replace").replace("\\", "/")
        yield normpath(join("/xl", target)).lstrip("/").lower()


def _marks(pieces: Iterator[memoryview]) -> Marks:
    """Errors and formulas without a result of a sheet."""
    marks: Marks = {}
    number = -1
    for text in _whole_rows(pieces):
        _, *rows = _ROW_TAG.split(text)
        for attributes, cells in zip(rows[::2], rows[1::2], strict=True):
            place = _PLACE.search(attributes)
            number = int(place[2]) - 1 if place and place[2] else number + 1
            if found := _marks_of_row(cells):
                marks[number] = found
    return marks


def _whole_rows(pieces: Iterator[memoryview]) -> Iterator[bytes]:
    """Content of a sheet, cut behind the end of a row."""
    rest = b""
    for piece in pieces:
        rest += piece
        if whole := _TO_ROW_END.match(rest):
            yield whole[0]
            rest = rest[whole.end() :]
    yield rest


def _marks_of_row(text: bytes) -> dict[int, str]:
    """What stands in the cells of a row that have no value, by column."""
    if not (_IS_ERROR.search(text) or _FORMULA.search(text)):
        return {}
    marks, column = {}, -1
    for attributes, content in _CELL.findall(text):
        place = _PLACE.search(attributes)
        column = column_number(place[1]) - 1 if place and place[1] else column + 1
        value = _VALUE.search(content)
        is_empty_text = _IS_TEXT.search(attributes) and _EMPTY_VALUE.search(content)
        if _IS_ERROR.search(attributes):
            error = (value[1] or b"").decode("utf-8", "replace").strip() if value else ""
            marks[column] = error if error in cell_errors() else "#N/A"
        elif _FORMULA.search(content) and not value and not is_empty_text:
            marks[column] = UNCOMPUTED
    return marks


# Old workbooks: a small file system (OLE) with a stream of records (BIFF), each with a number, a
# length and its content.

_BOF, _EOF, _DATEMODE, _BOUNDSHEET, _BOOLERR, _RESULT = 0x0809, 0x0A, 0x22, 0x85, 0x0205, 0x06
_MAY_HAVE_ERRORS = re.compile(
    rb"\x05\x02\x08\x00|\x02.[\x00\x07\x0f\x17\x1d\x24\x2a]...\xff\xff", re.DOTALL
)
_END_OF_CHAIN = 0xFFFFFFFA  # and above: no sector
_NAMES = ("Workbook", "Book")


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
    try:
        return _hidden(_book(content))
    except (struct.error, IndexError):
        return HiddenCells()


def _book(content: bytes) -> bytes:
    """Stream of the workbook; empty when there is none."""
    size = 1 << min(struct.unpack_from("<H", content, 30)[0], 16)
    table = [s for s in struct.unpack_from("<109I", content, 76) if s < _END_OF_CHAIN]
    more = struct.unpack_from("<I", content, 68)[0]
    per = size // 4
    for _ in range(len(content) // size):
        if more >= _END_OF_CHAIN:
            break
        *some, more = struct.unpack_from(f"<{per}I", content, (more + 1) * size)
        table += [s for s in some if s < _END_OF_CHAIN]
    following = [n for s in table for n in struct.unpack_from(f"<{per}I", content, (s + 1) * size)]

    def chain(sector: int) -> bytes:
        parts = []
        while sector < _END_OF_CHAIN and len(parts) <= len(following):
            parts.append(content[(sector + 1) * size : (sector + 2) * size])
            sector = following[sector]
        return b"".join(parts)

    folder = chain(struct.unpack_from("<I", content, 48)[0])
    for at in range(0, len(folder), 128):
        name = folder[at : at + 64].decode("utf-16-le", "ignore").partition("\0")[0]
        if name in _NAMES:
            return chain(struct.unpack_from("<I", folder, at + 116)[0])
    return b""


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
    found, sheets = HiddenCells(), []
    for number, at in _records(stream, 0):
        if number == _DATEMODE:
            found.since_1904 = struct.unpack_from("<H", stream, at)[0] == 1
        elif number == _BOUNDSHEET:
            sheets.append(struct.unpack_from("<I", stream, at)[0])
    if _MAY_HAVE_ERRORS.search(stream):
        found.sheets = {n: _errors(stream, at) for n, at in enumerate(sheets)}
    return found


def _errors(stream: bytes, start: int) -> Marks:
    """Errors of a sheet, as constants and as results of formulas."""
    marks: Marks = {}
    for number, at in _records(stream, start):
        if number == _BOOLERR:
            row, column, _, code, is_error = struct.unpack_from("<HHHBB", stream, at)
        elif number == _RESULT:
            row, column, _, kind, _, code, *_, end = struct.unpack_from("<HHHBBBBBBH", stream, at)
            is_error = kind == 2 and end == 0xFFFF
        else:
            continue
        if is_error:
            marks.setdefault(row, {})[column] = read_yaml("cell_errors")["codes"].get(code, "#N/A")
    return marks
