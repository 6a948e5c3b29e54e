"""Refuse exports that would fill the memory, or are locked, before they are read.

A workbook is looked through in pieces, so that a look costs no memory either.
"""

from __future__ import annotations

import copy
import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from motcua.base.errors import InputError

# Limits. A month of a city is about 50,000 rows of 20 columns: 1 million cells, 10 MB of text.
MAX_TEXT = 256 * 2**20  # bytes of a csv file, unpacked; larger data come as Parquet
MAX_HTML = 64 * 2**20
MAX_UNPACKED = 2 * 2**30  # bytes of a workbook's parts, unpacked
MAX_PACKING = 200  # a workbook's sheet packs about 10 to 1, a bomb up to 1000 to 1
SMALL_PART = 16 * 2**20  # a part that unpacks to no more does no harm, however well it packs
MAX_CELLS = 40_000_000  # rows x columns of a sheet
MAX_COLUMNS = 702  # up to column ZZ
EXCEL_ROWS = 2**20

SAVE_AGAIN = "Cách sửa: mở tệp bằng Excel, lưu lại dạng .xlsx hoặc .csv UTF-8."
_PIECE, _LONGEST_TAG = 2**20, 2**16  # a piece stays in the processor's cache
_EMPTY = rb'(?!["\'](?: [st]="\w+")* ?(?:/>|></))'  # a cell that has a format and no value
_FAR = re.compile(rb'r(?<=\sr)\s*=\s*["\'](?:([A-Za-z]{2,})(\d++)|[A-Za-z]?(\d{7,}+))' + _EMPTY)
_ROW = re.compile(rb'r(?<=\sr)\s*=\s*["\'][A-Za-z]*(\d++)' + _EMPTY)
# What a look for odd cells asks, one after the other. Not for Python, which is 10 times slower; and
# what begins with a letter that is to be found is found several times faster.
_UNNAMED_CELL = r"<c(?:>| [st]=)"
_MAYBE_FAR = r"""=(?:"(?:[A-Za-z]{2,}\d|[A-Za-z]?\d{7})|['\s])"""
_FAR_CELL = r"""\sr\s*=\s*["'](?:[A-Za-z]{2}|[A-Za-z]?\d{7})"""
_UNNAMED = (b"<c>", b"<c t=", b"<c s=")  # cells that tell their place by their order
_PASSWORD = "EncryptedPackage".encode("utf-16-le")


def refuse_unfit_package(path: Path) -> None:
    """Refuse a zip file that is no workbook, is broken, or is small on disk and huge in memory.

    Raises
    ------
    InputError
        The file must not be handed to the reader of workbooks.
    """
    try:
        with zipfile.ZipFile(path) as package:
            parts = package.infolist()
            _refuse_other_package(path.name, {part.filename.lower() for part in parts})
            _refuse_bomb(path.name, parts)
            for part in parts:
                _refuse_far_cells(path.name, *_extent(package, part))
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError):
        raise broken(path.name) from None


def broken(name: str, why: str = "") -> InputError:
    """Error of a file whose content is not what it should be."""
    told = f" ({why[:120]})" if why else ""
    return InputError(
        f"Không đọc được {name}: tệp hỏng, chưa chép xong hoặc không đúng định dạng{told}.\n"
        f"{SAVE_AGAIN}"
    )


def locked(name: str) -> InputError:
    """Error of a workbook behind a password."""
    return InputError(
        f"Tệp {name} có mật khẩu nên không đọc được.\n"
        "Cách sửa: mở bằng Excel, bỏ mật khẩu (Tệp > Thông tin > Bảo vệ), lưu lại."
    )


def refuse_password(path: Path) -> None:
    """Refuse an OLE file that is a workbook behind a password (others are old workbooks)."""
    tail = b""
    with path.open("rb") as stream:
        while piece := stream.read(_PIECE):
            if _PASSWORD in tail + piece:
                raise locked(path.name)
            tail = piece[-len(_PASSWORD) :]


def refuse_size(name: str, rows: int, columns: int, cells: int | None = None) -> None:
    """Refuse a table of so many rows and columns (or cells, when rows differ)."""
    if columns > MAX_COLUMNS or (rows * columns if cells is None else cells) > MAX_CELLS:
        raise InputError(
            f"Bảng trong {name} quá lớn (dòng {rows}, cột {columns}); một bảng hồ sơ chỉ vài chục "
            "cột.\nCách sửa: xóa các ô thừa bên phải và bên dưới bảng, hoặc xuất theo từng tháng."
        )


def _refuse_other_package(name: str, parts: set[str]) -> None:
    """Only .xlsx: the far-away cells of other kinds of workbook would not be seen."""
    if "xl/workbook.xml" not in parts or parts & {"content.xml", "xl/workbook.bin"}:
        raise InputError(
            f"{name} không phải tệp Excel .xlsx (có thể là .ods, .xlsb, .docx hoặc tệp nén).\n"
            f"{SAVE_AGAIN}"
        )


def _refuse_bomb(name: str, parts: list[zipfile.ZipInfo]) -> None:
    if sum(p.file_size for p in parts) > MAX_UNPACKED or any(
        p.file_size > max(MAX_PACKING * p.compress_size, SMALL_PART) for p in parts
    ):
        raise InputError(
            f"Tệp {name} bung ra quá lớn, có thể là tệp phá hoại; không đọc.\n"
            "Cách sửa: xuất lại dữ liệu từ phần mềm."
        )


def _extent(package: zipfile.ZipFile, part: zipfile.ZipInfo) -> tuple[int, int]:
    """At most how many columns a sheet has; and its rows, where they matter (else 0)."""
    columns, rows, width = set(), 0, 26
    for piece in map(bytes, filter(_is_odd, _pieces(package, part))):
        for letters, row, far_row in set(_FAR.findall(piece)):
            columns.add(letters)
            rows = max(rows, int(row or far_row))
        if any(mark in piece for mark in _UNNAMED):
            counts = (row.count(b"<c ") + row.count(b"<c>") for row in piece.split(b"</row"))
            width = max(width, *counts)
    width = max(width, *map(column_number, columns), 0)
    if width * EXCEL_ROWS > MAX_CELLS:  # a narrower sheet may have all rows of Excel
        found = (max(map(int, _ROW.findall(p)), default=0) for p in _pieces(package, part))
        rows = max(found, default=0)
    return width, rows


def _is_odd(piece: memoryview) -> bool:
    """Whether a piece has far columns or rows, or unnamed cells; most have not."""
    ends = pa.array([0, len(piece)], pa.int64()).buffers()[1]
    text = pa.Array.from_buffers(pa.large_binary(), 1, [None, ends, pa.py_buffer(piece)])  # no copy

    def has(pattern: str) -> bool:
        return pc.match_substring_regex(text, pattern)[0].as_py()

    return has(_UNNAMED_CELL) or (has(_MAYBE_FAR) and has(_FAR_CELL))


def _pieces(package: zipfile.ZipFile, part: zipfile.ZipInfo) -> Iterator[memoryview]:
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


def _refuse_far_cells(name: str, width: int, height: int) -> None:
    """Refuse a sheet whose rows x columns would fill the memory, however few cells it has."""
    if width > MAX_COLUMNS or height > EXCEL_ROWS or width * height > MAX_CELLS:
        raise InputError(
            f"Tệp {name} có ô ở rất xa (dòng {height}, cột {width}); một bảng hồ sơ chỉ vài chục "
            "cột.\nCách sửa: xóa các ô thừa bên phải và bên dưới bảng, lưu lại."
        )


def column_number(letters: bytes) -> int:
    """Number of a column by its letters.

    Examples
    --------
    >>> column_number(b"A"), column_number(b"zz"), column_number(b"XFD")
    (1, 702, 16384)
    """
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number
