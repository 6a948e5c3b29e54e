"""Cells of an export, whatever it is packed in: workbook, csv, Parquet, HTML named .xls.

Nothing here knows what the cells mean. Files that would fill the memory are refused before they are
read: packed bombs, sheets with far-away cells, huge csv files.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import bs4
import pyarrow as pa
import pyarrow.parquet as pq
from python_calamine import CalamineError, CalamineWorkbook

from motcua.errors import InputError
from motcua.text import clean

SUFFIXES = (".xlsx", ".xls", ".csv", ".csv.gz", ".parquet")
SYNTHETIC_MARK = "dữ liệu mô phỏng"

# Limits. A month of a city is about 50,000 rows of 20 columns: 1 million cells, 10 MB of text.
MAX_TEXT = 256 * 2**20  # bytes of a csv file, unpacked; larger data come as Parquet
MAX_HTML = 64 * 2**20
MAX_UNPACKED = 2 * 2**30  # bytes of a workbook's parts, unpacked
MAX_PACKING = 1000  # a workbook's sheet packs about 10 to 1, a bomb 1000 to 1
MAX_CELLS = 40_000_000  # rows x columns of a sheet
MAX_COLUMNS = 702  # up to column ZZ

Rows = list[list]
Score = Callable[[Rows], int]

_OLE, _ZIP = b"\xd0\xcf\x11\xe0", b"PK"
_CELL = re.compile(rb'<(?:\w+:)?c\b[^>]*?\br="([A-Z]{2,})\d')
_ROW = re.compile(rb'<(?:\w+:)?row\b[^>]*?\br="(\d+)"')
_SAVE_AGAIN = "Cách sửa: mở tệp bằng Excel, lưu lại dạng .xlsx hoặc .csv UTF-8."


def read_sheets(path: Path, score: Score, head_rows: int) -> Iterator[tuple[str, Rows]]:
    """Name and cells of every sheet of a file.

    Parameters
    ----------
    path : a file with one of SUFFIXES; its content decides how it is read, not its name.
    score : how many headings are known in some rows; finds the delimiter of a csv file.
    head_rows : how many rows to show `score`.

    Yields
    ------
    where, rows
        Where the rows are, in words; and the cells, rows from the first one of the sheet.

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
            yield path.name, _parquet_rows(path)
        elif start.startswith((_OLE, _ZIP)):
            yield from _workbook_rows(path, is_old=start.startswith(_OLE))
        elif re.match(rb"\s*(\xef\xbb\xbf)?\s*<(!doctype|html|head|meta|table|\?xml)", start, re.I):
            yield path.name, _html_rows(path)
        elif path.name.lower().endswith(".xlsx"):
            raise InputError(f"{path.name} không phải tệp Excel .xlsx.\n{_SAVE_AGAIN}")
        else:
            yield path.name, _csv_rows(path, score, head_rows)
    except (CalamineError, pa.ArrowException, OSError, EOFError, ValueError, MemoryError) as error:
        raise InputError(
            f"Không đọc được {path.name}: tệp hỏng, chưa chép xong hoặc không đúng định dạng "
            f"({clean(error)[:120]}).\n{_SAVE_AGAIN}"
        ) from None


def _workbook_rows(path: Path, *, is_old: bool) -> Iterator[tuple[str, Rows]]:
    """Cells of every sheet; a merged cell's value stands in every row that it covers."""
    if is_old:
        _refuse_password(path)
    else:
        _refuse_bomb(path)
    book = CalamineWorkbook.from_path(path)
    for name in book.sheet_names:
        sheet = book.get_sheet_by_name(name)
        rows = sheet.to_python(skip_empty_area=False)
        for (top, left), (bottom, right) in sheet.merged_cell_ranges or []:
            if left == right and top < bottom < len(rows):
                for row in rows[top + 1 : bottom + 1]:
                    row[left] = rows[top][left]
        yield f"{path.name}, trang '{name}'", rows


def _refuse_password(path: Path) -> None:
    """An OLE file is an old workbook, or a new one behind a password."""
    with path.open("rb") as stream:
        content = stream.read(MAX_HTML)
    if "EncryptedPackage".encode("utf-16-le") in content:
        raise InputError(
            f"Tệp {path.name} có mật khẩu nên không đọc được.\n"
            "Cách sửa: mở bằng Excel, bỏ mật khẩu (Tệp > Thông tin > Bảo vệ), lưu lại."
        )


def _refuse_bomb(path: Path) -> None:
    """Refuse a workbook that is small on disk and huge in memory."""
    try:
        with zipfile.ZipFile(path) as package:
            parts = package.infolist()
            if sum(p.file_size for p in parts) > MAX_UNPACKED or any(
                p.file_size > MAX_PACKING * max(p.compress_size, 1024) for p in parts
            ):
                raise InputError(
                    f"Tệp {path.name} bung ra quá lớn, có thể là tệp phá hoại; không đọc.\n"
                    "Cách sửa: xuất lại dữ liệu từ phần mềm."
                )
            for part in parts:
                if part.filename.startswith("xl/worksheets/sheet"):
                    _refuse_far_cells(path.name, package.read(part))
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError):
        raise InputError(
            f"Không đọc được {path.name}: tệp hỏng hoặc chưa chép xong.\n{_SAVE_AGAIN}"
        ) from None


def _refuse_far_cells(name: str, xml: bytes) -> None:
    """Refuse a sheet whose rows x columns would fill the memory, however few cells it has."""
    columns = {_column_number(letters) for letters in set(_CELL.findall(xml))}
    width = max(columns, default=26)
    tail = _ROW.findall(xml[-65536:]) or _ROW.findall(xml)
    height = max(map(int, tail), default=0)
    if width > MAX_COLUMNS or width * height > MAX_CELLS:
        raise InputError(
            f"Tệp {name} có ô ở rất xa (dòng {height}, cột {width}); một bảng hồ sơ chỉ vài chục "
            "cột.\nCách sửa: xóa các ô thừa bên phải và bên dưới bảng, lưu lại."
        )


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _parquet_rows(path: Path) -> Rows:
    """Heading row and rows of a Parquet file."""
    table = pq.read_table(path)
    marked = [[SYNTHETIC_MARK]] if _is_marked_synthetic(table.schema.metadata) else []
    body = map(list, zip(*(column.to_pylist() for column in table.columns), strict=True))
    return [*marked, table.column_names, *body]


def _is_marked_synthetic(metadata: dict[bytes, bytes] | None) -> bool:
    """Whether Parquet metadata say that the data are synthetic (`synthetic: true`)."""
    return (metadata or {}).get(b"synthetic") == b"true"


def _html_rows(path: Path) -> Rows:
    """Rows of the tables of a web page: what some software gives out as .xls."""
    if path.stat().st_size > MAX_HTML:
        raise InputError(
            f"Tệp {path.name} là trang web quá lớn để đọc như một bảng.\n{_SAVE_AGAIN}"
        )
    page = bs4.BeautifulSoup(path.read_bytes(), "html.parser")
    rows: Rows = []
    for row in page.find_all("tr"):
        cells: list = []
        for cell in row.find_all(["td", "th"], recursive=False):
            span = str(cell.get("colspan", "1"))
            cells.append(clean(cell.get_text(" ")))
            cells += [""] * (min(int(span), MAX_COLUMNS) - 1 if span.isdigit() else 0)
        rows.append(cells)
    return rows


def _csv_rows(path: Path, score: Score, head_rows: int) -> Rows:
    """Rows of a csv file; the delimiter is the one under which most headings are known."""
    csv.field_size_limit(1 << 20)
    text = decode(_read_bytes(path), path.name)
    head = "\n".join(text[: 1 << 18].splitlines()[:head_rows])
    scores = {d: score(_split(head, d, path.name)) for d in ",;\t|"}
    best = max(scores, key=scores.__getitem__)
    rows = _split(text, best, path.name)
    _refuse_open_quote(rows, best, path.name)
    return rows


def _split(text: str, delimiter: str, name: str) -> Rows:
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise InputError(f"Không đọc được {name}: {clean(error)[:120]}.") from None


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
            content = stream.read(MAX_TEXT + 1)
    except (OSError, EOFError, zlib.error):
        raise InputError(
            f"Không giải nén được {path.name}: tệp .gz hỏng hoặc chưa chép xong. Hãy chép lại tệp."
        ) from None
    if len(content) > MAX_TEXT:
        raise InputError(
            f"Tệp {path.name} lớn hơn {MAX_TEXT >> 20} MB chữ, quá lớn cho một tệp csv.\n"
            "Cách sửa: xuất theo từng tháng, hoặc chuyển sang .parquet."
        )
    return content


def decode(content: bytes, name: str) -> str:
    """Text of a csv file: UTF-8 or UTF-16 with BOM, UTF-8, otherwise Windows-1258 (Vietnamese).

    Examples
    --------
    >>> decode("Hố Nai".encode("utf-8-sig"), "a.csv"), decode("phường".encode("utf-16"), "a.csv")
    ('Hố Nai', 'phường')
    """
    is_utf16 = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if is_utf16 else ("utf-8-sig", "cp1258"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InputError(f"Không đọc được {name}: chữ sai bảng mã. Hãy lưu lại tệp dạng CSV UTF-8.")
