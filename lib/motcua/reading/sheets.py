"""Cells of an export, whatever it is packed in: workbook, csv, Parquet, HTML named .xls.

Nothing here knows what the cells mean. Files that would fill the memory are
refused (see limits.py).
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import os
import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError

from motcua.base.errors import InputError
from motcua.base.reference import SUFFIXES
from motcua.base.vietnamese import clean
from motcua.reading import limits
from motcua.reading.limits import SAVE_AGAIN

SYNTHETIC_MARK = "dữ liệu mô phỏng"

Rows = list[list]
Score = Callable[[Rows], int]

_OLE, _ZIP = b"\xd0\xcf\x11\xe0", (b"PK\x03\x04", b"PK\x05\x06")
_WEB = re.compile(r"\s*<[!?a-z]", re.I)
_PIECE = 2**22
_ROWS = 512  # of a workbook at once: so many stay in the processor's cache
_LONGEST_LINE, _MOST_LINES = 2**20, 5000  # of a csv file, in letters; of a row, in lines
_BREAKS = frozenset({"br", "p", "div", "li"})  # of a web page
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?((?:windows|iso|cp)[-\w]+)", re.I)
# What the readers of files raise when a file is not what it should be.
_BROKEN = (
    CalamineError, pa.ArrowException, OSError, EOFError, ValueError, ArithmeticError, MemoryError,
    AssertionError,
)  # fmt: skip


def read_sheets(path: Path, score: Score, head_rows: int) -> Iterator[tuple[str, Iterator[Rows]]]:
    """Name and cells of every sheet of a file.

    Parameters
    ----------
    path : a file with one of SUFFIXES; its content decides how it is read, not its name.
    score : how many headings are known in some rows; finds the delimiter of a csv file.
    head_rows : how many rows to show `score`.

    Yields
    ------
    where, pieces
        Where the rows are, in words; and the cells: rows from the first one of the sheet, in pieces
        of which none is shorter than `head_rows` but the last.

    Raises
    ------
    InputError
        The file cannot be read, or would not fit the memory.
    """
    if not path.name.lower().endswith(SUFFIXES):
        raise InputError(f"Không đọc được {path.name}: chỉ nhận {', '.join(SUFFIXES)}.")
    with path.open("rb") as stream:
        start = stream.read(4096)
    if not start:
        raise InputError(f"Tệp {path.name} rỗng (0 byte). Hãy xuất lại dữ liệu từ phần mềm.")
    try:
        if path.name.lower().endswith(".parquet"):
            yield path.name, iter([_parquet_rows(path)])
        elif start.startswith((_OLE, *_ZIP)):
            yield from _workbook_rows(path, max(head_rows, _ROWS), is_old=start.startswith(_OLE))
        elif _WEB.match(start.decode(_utf16(start) or "utf-8-sig", "ignore")):
            yield path.name, iter([_web_rows(path)])
        elif path.name.lower().endswith(".xlsx"):
            raise InputError(f"{path.name} không phải tệp Excel .xlsx.\n{SAVE_AGAIN}")
        else:
            yield path.name, iter([_csv_rows(path, score, head_rows)])
    except PasswordError:
        raise limits.locked(path.name) from None
    except _BROKEN as error:
        raise limits.broken(path.name, clean(error)) from None


def _workbook_rows(
    path: Path, at_once: int, *, is_old: bool
) -> Iterator[tuple[str, Iterator[Rows]]]:
    """Cells of every sheet; a merged cell's value stands in every row that it covers."""
    if is_old:
        limits.refuse_password(path)
    else:
        limits.refuse_unfit_package(path)
    with path.open("rb") as stream, _no_panic():  # by its content, whatever its name
        book = CalamineWorkbook.from_filelike(stream)
    for number, name in enumerate(book.sheet_names, start=1):
        with _no_panic():
            sheet = book.get_sheet_by_name(name)
        yield f"{path.name}, trang {number}", _pieces(sheet, at_once)  # its name may be a person's


def _pieces(sheet: CalamineSheet, at_once: int) -> Iterator[Rows]:
    """Rows of a sheet from its first one, columns from the first that is filled."""
    merged = _Merged(sheet)
    with _no_panic():
        rows = sheet.iter_rows()
    while True:
        with _no_panic():
            piece = list(islice(rows, at_once))
        if not piece:
            return
        merged.fill(piece)
        yield piece


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
        told = os.dup(2)
    except OSError:
        yield
        return
    try:
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(told, 2)
        os.close(told)


class _Merged:
    """Cells merged over several rows, whose value stands in the first of them alone."""

    def __init__(self, sheet: CalamineSheet) -> None:
        first = sheet.start[1] if sheet.start else 0
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


def _parquet_rows(path: Path) -> Rows:
    """Heading row and rows of a Parquet file."""
    file = pq.ParquetFile(path)
    limits.refuse_size(path.name, file.metadata.num_rows, file.metadata.num_columns)
    table = file.read()
    marked = [[SYNTHETIC_MARK]] if _is_marked_synthetic(table.schema.metadata) else []
    body = map(list, zip(*(column.to_pylist() for column in table.columns), strict=True))
    return [*marked, table.column_names, *body]


def _is_marked_synthetic(metadata: dict[bytes, bytes] | None) -> bool:
    """Whether Parquet metadata say that the data are synthetic (`synthetic: true`)."""
    return (metadata or {}).get(b"synthetic") == b"true"


def _web_rows(path: Path) -> Rows:
    """Rows of the tables of a web page: what some software gives out as .xls."""
    if path.stat().st_size > limits.MAX_HTML:
        raise InputError(f"Tệp {path.name} là trang web quá lớn để đọc như một bảng.\n{SAVE_AGAIN}")
    rows = table_rows(_web_text(path.read_bytes(), path.name), path.name)
    if not rows:
        raise InputError(
            f"{path.name} là trang web hoặc tệp XML không có bảng nào (có thể phiên đăng nhập đã "
            f"hết khi xuất dữ liệu).\n{SAVE_AGAIN}"
        )
    return rows


def _web_text(content: bytes, name: str) -> str:
    """Text of a web page: UTF-8 or UTF-16, otherwise as it says itself, otherwise Windows-1258."""
    told = _CHARSET.search(content[:4096])
    try:
        return content.decode(_utf16(content) or "utf-8-sig")
    except UnicodeDecodeError:
        return content.decode(told.group(1).decode(), "replace") if told else decode(content, name)


def _csv_rows(path: Path, score: Score, head_rows: int) -> Rows:
    """Rows of a csv file; the delimiter is the one under which most headings are known."""
    csv.field_size_limit(_LONGEST_LINE)
    content = _read_bytes(path)
    encoding = _encoding(content, path.name)
    with io.TextIOWrapper(io.BytesIO(content), encoding, newline="") as text:
        head = "\n".join(text.read(1 << 18).splitlines()[:head_rows])
    scores = {d: score(list(_split(io.StringIO(head, newline=""), d, path.name))) for d in ",;\t|"}
    best = max(scores, key=scores.__getitem__)
    with io.TextIOWrapper(io.BytesIO(content), encoding, newline="") as text:
        rows = list(_split(text, best, path.name))
    _refuse_open_quote(rows, best, path.name)
    return rows


def _split(text: io.TextIOBase, delimiter: str, name: str) -> Iterator[list[str]]:
    """Rows of csv text, as long as they fit the memory."""
    number = size = lines = 0

    def short_lines() -> Iterator[str]:
        nonlocal lines
        while line := text.readline(_LONGEST_LINE + 1):
            lines += 1
            if len(line) > _LONGEST_LINE or lines > _MOST_LINES:
                raise csv.Error
            yield line

    try:
        for number, row in enumerate(csv.reader(short_lines(), delimiter=delimiter), start=1):
            lines = 0
            size += len(row) + 12  # an empty row costs memory, too
            if size > limits.MAX_CELLS or len(row) > limits.MAX_COLUMNS:
                limits.refuse_size(name, number, len(row), size)
            yield row
    except csv.Error:
        raise InputError(
            f"Không đọc được {name}: dòng {number + 1} quá dài, hoặc có dấu ngoặc kép mở mà không "
            "đóng.\nCách sửa: xóa dấu ngoặc kép thừa ở dòng đó, hoặc xuất lại dạng .xlsx."
        ) from None


def _refuse_open_quote(rows: Rows, delimiter: str, name: str) -> None:
    """Refuse a quotation mark that opens a cell and swallows the records below it."""
    usual = Counter(map(len, rows)).most_common(1)[0][0] if rows else 0
    for number, row in enumerate(rows, start=1):
        if len(row) == usual or usual <= 2:
            continue
        lines = [line for cell in row if "\n" in cell for line in cell.split("\n")[1:]]
        if any(line.count(delimiter) >= usual - 1 for line in lines):
            raise InputError(
                f"Không đọc được {name}: ở dòng {number} có dấu ngoặc kép mở mà không đóng, "
                "nuốt mất các dòng sau.\n"
                "Cách sửa: xóa dấu ngoặc kép thừa ở dòng đó, hoặc xuất lại dạng .xlsx."
            )


def _read_bytes(path: Path) -> bytes:
    """Content of a csv file, unpacked, at most MAX_TEXT bytes."""
    opened = gzip.open if path.name.lower().endswith(".gz") else open
    try:
        with opened(path, "rb") as stream:
            content = stream.read(limits.MAX_TEXT + 1)
    except (OSError, EOFError, zlib.error):
        raise InputError(
            f"Không giải nén được {path.name}: tệp .gz hỏng hoặc chưa chép xong. Hãy chép lại tệp."
        ) from None
    if len(content) > limits.MAX_TEXT:
        raise InputError(
            f"Tệp {path.name} lớn hơn {limits.MAX_TEXT >> 20} MB chữ, quá lớn cho một tệp csv.\n"
            "Cách sửa: xuất theo từng tháng, hoặc chuyển sang .parquet."
        )
    return content


def decode(content: bytes, name: str) -> str:
    """Text of a csv file: UTF-8 or UTF-16, otherwise Windows-1258 (Vietnamese).

    Examples
    --------
    >>> decode("Hố Nai".encode("utf-8-sig"), "a.csv"), decode("phường".encode("utf-16"), "a.csv")
    ('Hố Nai', 'phường')
    """
    return content.decode(_encoding(content, name))


def _encoding(content: bytes, name: str) -> str:
    """Encoding under which a whole csv file can be read."""
    utf16 = _utf16(content)
    if not utf16 and b"\0" in content:
        raise InputError(
            f"Không đọc được {name}: trong tệp có byte rỗng (NUL), tức là tệp hỏng, chưa chép xong "
            f"hoặc không phải tệp chữ.\n{SAVE_AGAIN}"
        )
    for encoding in (utf16,) if utf16 else ("utf-8-sig", "cp1258"):
        try:
            decoder = codecs.getincrementaldecoder(encoding)()
            for at in range(0, len(content), _PIECE):
                decoder.decode(content[at : at + _PIECE])
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        return encoding
    raise InputError(f"Không đọc được {name}: chữ sai bảng mã. Hãy lưu lại tệp dạng CSV UTF-8.")


def _utf16(content: bytes) -> str:
    """Encoding by a UTF-16 mark, or by the zeros beside Latin letters; "" when it is none."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    start = content[:4096]
    evens, odds = start[::2].count(0), start[1::2].count(0)
    if max(evens, odds) * 5 < len(start) or min(evens, odds) * 50 > len(start):
        return ""
    return "utf-16-le" if odds > evens else "utf-16-be"


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
    return page.rows


class _Page(HTMLParser):
    """Rows of all tables of a page that is being read."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self._name, self._size = name, 0
        self._tables = [_OpenTable()]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open a table, a row or a cell; what is open of the kind is closed."""
        if tag == "table":
            self._tables.append(_OpenTable())
        elif tag == "tr":
            self._end_row()
            self._tables[-1].cells = []
        elif tag in ("td", "th"):
            self._tables[-1].open_cell(dict(attrs))
        elif tag in _BREAKS:
            self.handle_data(" ")

    def handle_endtag(self, tag: str) -> None:
        """Close a table, a row or a cell."""
        if tag in ("table", "tr"):
            self._end_row()
            if tag == "table" and len(self._tables) > 1:
                self._tables.pop()
        elif tag in ("td", "th"):
            self._tables[-1].is_in_cell = False
        elif tag in _BREAKS:
            self.handle_data(" ")

    def handle_data(self, data: str) -> None:
        """Text counts inside a cell, but not that of a style or a script."""
        if self._tables[-1].is_in_cell and self.cdata_elem is None:
            self._tables[-1].cells[-1][0].append(data)

    def close(self) -> None:
        """Close what the page left open."""
        super().close()
        self._end_row()

    def _end_row(self) -> None:
        row = self._tables[-1].end_row()
        if row is not None:
            self.rows.append(row)
            self._size += 4 * len(row) + 12  # a page of MAX_HTML has fewer cells than a csv file
            limits.refuse_size(self._name, len(self.rows), len(row), self._size)


class _OpenTable:
    """A table of a web page that is being read."""

    def __init__(self) -> None:
        self.cells: list[tuple[list[str], int, int]] | None = None  # of the row that is open
        self.is_in_cell = False
        self._above: dict[int, tuple[int, str]] = {}  # column -> rows to fill, text

    def open_cell(self, attributes: dict[str, str | None]) -> None:
        """Begin a cell, in a row of its own if none is open."""
        self.cells = [] if self.cells is None else self.cells
        columns, rows = (attributes.get(name) or "" for name in ("colspan", "rowspan"))
        self.cells.append(
            ([], _count(columns, limits.MAX_COLUMNS), _count(rows, limits.EXCEL_ROWS))
        )
        self.is_in_cell = True

    def end_row(self) -> list[str] | None:
        """Close the row that is open and return its cells."""
        if self.cells is None:
            return None
        row, above = [], self._above
        below = {column: (n - 1, text) for column, (n, text) in above.items() if n > 1}
        for words, columns, rows in self.cells[: limits.MAX_COLUMNS + 1]:
            while len(row) in above:
                row.append(above[len(row)][1])
            text = clean("".join(words))
            for value in (text, *[""] * (columns - 1)):
                if rows > 1:
                    below[len(row)] = (rows - 1, value)
                row.append(value)
            if len(row) > limits.MAX_COLUMNS:
                break
        row += [above.get(i, (0, ""))[1] for i in range(len(row), max(above, default=-1) + 1)]
        self.cells, self.is_in_cell, self._above = None, False, below
        return row


def _count(text: str, most: int) -> int:
    """Number of a span: at least 1, at most `most`."""
    return min(max(int(text), 1), most) if re.fullmatch(r"[0-9]{1,9}", text) else 1
