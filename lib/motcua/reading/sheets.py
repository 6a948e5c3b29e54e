"""Cells of an export, whatever it is packed in: workbook, Parquet, csv, HTML named .xls.

Nothing here knows what the cells mean. Rows of csv that were cut in two, joined, or moved by a free
delimiter read like good ones, so a file that shows one is refused with its row.
"""

from __future__ import annotations

import csv
import email
import email.policy
import gzip
import io
import re
import zlib
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree

from pyarrow import ArrowException
from python_calamine import CalamineError, PasswordError

from motcua.base.reference import SUFFIXES, message, refusal
from motcua.base.vietnamese import clean
from motcua.reading import workbooks
from motcua.reading.workbooks import EXCEL_ROWS, HEAD_ROWS, MAX_COLUMNS, Item, Rows, Sheet

Score = Callable[[Rows], int]  # how many headings are known in some rows

_PACKED, _OLE, _ZIP = b"\x1f\x8b", b"\xd0\xcf\x11\xe0", (b"PK\x03\x04", b"PK\x05\x06")
_MOST_PACKINGS = 3
_LONGEST_LINE, _MOST_LINES = 2**20, 5000  # in letters; of a row, in lines
_FEWEST = 3  # columns of a list; cells of a row that may be a record
_TOLD_ROWS = 5
BROKEN_LETTER = "\ufffd"
_SAMPLE, _TELLING = 2**20, 4  # letters looked at; letters beyond ASCII that tell an encoding
# TCVN3 writes two thirds of its letters as signs, VNI most of them with letters that Vietnamese has
# not. In a text of another encoding neither makes a twentieth.
_SIGNS = frozenset(map(chr, range(0xA1, 0xBF))) - frozenset("«»°·")
_STRANGE = frozenset("ñÑöÖäÄåÅøØïÏûÛ")
_MANY = 0.15
_CODE_PAGES = ("cp1252", "cp1258")  # of Windows, under which UTF-8 is misread
_WEB = re.compile(r"\s*<[!?a-z]", re.I)
_BREAKS = frozenset({"br", "p", "div", "li"})
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?((?:windows|iso|cp)[-\w]+)", re.I)
_ARCHIVE = re.compile(rb"\s*(?:[-\w]+:[^\n]*\n\s*){0,20}?MIME-Version:", re.I)
_NAMESPACE = "urn:schemas-microsoft-com:office:spreadsheet"
_OFFICE = "{urn:schemas-microsoft-com:office:excel}"
_S = f"{{{_NAMESPACE}}}"
# What the readers of files raise when a file is not what it should be.
_BROKEN = (CalamineError, ArrowException, OSError, ValueError, ArithmeticError, AssertionError)


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
    ending = path.name.lower().endswith
    if not ending(SUFFIXES):
        raise refusal("not_read", name=path.name)
    with path.open("rb") as stream:
        start = stream.read(4096)
    if not start:
        raise refusal("empty_file", name=path.name)
    if ending(".parquet"):
        sheets = iter([Sheet(path.name, workbooks.parquet_rows(path))])
    elif start.startswith((_OLE, *_ZIP)):
        sheets = workbooks.workbook_sheets(path, is_old=start.startswith(_OLE))
    else:
        sheets = _text_sheets(path, start, score)
    for sheet in _careful(path, sheets):
        yield sheet._replace(pieces=_careful(path, sheet.pieces))


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
        parts = email.message_from_bytes(_page(path), policy=email.policy.default).walk()
        pages = (part for part in parts if part.get_content_type() == "text/html")
        contents = [page.get_payload(decode=True) or b"" for page in pages]
        found = ((rows, False) for rows in _page_rows(contents, name, "empty_archive"))
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
        yield Sheet(message("page_of_file", file=name, number=number), iter([rows]), is_hidden)


def _page(path: Path) -> bytes:
    """Content of a page, which stands in memory as a whole."""
    if path.stat().st_size > workbooks.MAX_HTML:
        raise refusal("large_page", name=path.name)
    return path.read_bytes()


# Delimited text: csv, tab-separated, packed with gzip or not ------------------------------


def unpacked(path: Path) -> bytes:
    """Content of a text file, unpacked as often as it was packed, at most MAX_TEXT bytes.

    Raises
    ------
    InputError
        The file is damaged, or too large when unpacked.
    """
    try:
        with path.open("rb") as stream:
            content = stream.read(workbooks.MAX_TEXT + 1)
        for _ in range(_MOST_PACKINGS):
            if not content.startswith(_PACKED):
                break
            packed = len(content)
            with gzip.open(io.BytesIO(content)) as stream:
                content = stream.read(workbooks.MAX_TEXT + 1)
            if len(content) <= workbooks.MAX_TEXT:
                workbooks.refuse_bomb(path.name, len(content), packed)
    except (OSError, EOFError, zlib.error):
        raise refusal("cannot_unpack", name=path.name) from None
    if len(content) > workbooks.MAX_TEXT:
        raise refusal("large_text", name=path.name, most=workbooks.MAX_TEXT >> 20)
    if content.startswith((_OLE, *_ZIP)):
        raise refusal("packed_inside", name=path.name)
    return content


def text_rows(content: bytes, name: str, score: Score) -> tuple[Rows, tuple[str, ...]]:
    """Rows of delimited text, and what a reader must know of its letters.

    Parameters
    ----------
    score : how many headings are known in some rows; tells the delimiter and the heading row.

    Raises
    ------
    InputError
        The letters cannot be read, or rows were cut, joined or moved.

    Examples
    --------
    >>> text_rows(b"a;b\\n1;2\\n", "a.csv", lambda rows: max(map(len, rows)))
    ([['a', 'b'], ['1', '2']], ())
    """
    csv.field_size_limit(_LONGEST_LINE)
    content, encoding, notes = readable(content, name)
    with io.TextIOWrapper(io.BytesIO(content), encoding, newline="") as text:
        head = "\n".join(text.read(1 << 18).splitlines()[:HEAD_ROWS])
        scores = {d: score([*_split(io.StringIO(head, newline=""), d, name)]) for d in ",;\t|"}
        best = max(scores, key=scores.__getitem__)
        text.seek(0)
        rows = [*_split(text, best, name)]
    if scores[best]:
        ends = content.rstrip(b"\0 ")[-1:] in (b"\n", b"\r")
        _Shape(rows, score, best, ends_whole=ends).refuse(name)
    return rows, notes


def _split(text: io.TextIOBase, delimiter: str, name: str) -> Iterator[list[str]]:
    """Rows of csv text, as long as they fit the memory."""
    number = size = begun = 0

    def short_lines() -> Iterator[str]:
        while line := text.readline(_LONGEST_LINE + 1):
            if len(line) > _LONGEST_LINE or reader.line_num - begun >= _MOST_LINES:
                raise csv.Error
            yield line

    reader = csv.reader(short_lines(), delimiter=delimiter)
    try:
        for number, row in enumerate(reader, start=1):
            begun = reader.line_num
            size += len(row) + 12  # an empty row costs memory, too
            workbooks.refuse_size(name, number, len(row), size)
            yield row
    except csv.Error:
        raise refusal("endless_row", name=name, row=number + 1) from None


class _Shape:
    """How many cells the rows of a list have, and how its first column looks."""

    def __init__(self, rows: Rows, score: Score, delimiter: str, *, ends_whole: bool) -> None:
        head = rows[:HEAD_ROWS]
        most = score(head)
        self.rows, self._score = rows, score
        self._delimiter, self.ends_whole = delimiter, ends_whole
        self.top = bisect_left(range(len(head)), most, key=lambda n: score(head[: n + 1])) + 1
        self.width = max(map(len, rows[: self.top]), default=0)
        self.lengths = [*map(len, rows)]
        counted = Counter(n for n in self.lengths[self.top :] if n >= _FEWEST)
        self.usual = counted.most_common(1)[0][0] if counted else self.width
        self.firsts = Counter(_look(row[0]) for row in rows[self.top :] if len(row) == self.usual)
        self.records = sum(self._is_first(row[0]) for row in rows[self.top :] if row)

    def refuse(self, name: str) -> None:
        """Refuse a list in which rows were joined, moved or cut."""
        faults = {"rows_joined": self._joined, "rows_moved": self._moved, "rows_cut": self._cut}
        for fault, rows_with in faults.items() if self.usual >= _FEWEST else ():
            if at := rows_with():
                raise refusal(fault, name=name, rows=_rows_named([n + 1 for n in at]))

    def _joined(self) -> list[int]:
        """Rows of which a cell swallowed the rows below: it holds lines that begin as rows do."""
        lined = ((at, row, c) for at, row in enumerate(self.rows) for c in row if "\n" in c)
        return [*dict.fromkeys(at for at, row, c in lined if self._holds_rows(c, row))]

    def _holds_rows(self, cell: str, row: list) -> bool:
        """Whether a cell of several lines holds as many cells as a row."""
        lines = [line.split(self._delimiter) for line in cell.split("\n")]
        if len(row) != self.usual and max(map(len, lines[1:])) >= self.usual:
            return True
        is_like_rows = any(self._is_first(line[0]) for line in lines[1:])
        return is_like_rows and sum(map(len, lines)) - len(lines) >= self.usual - 1

    def _is_first(self, cell: str) -> bool:
        """Whether a cell looks like most cells of the first column."""
        return bool(cell) and self.firsts[_look(cell)] * 20 > self.firsts.total()

    def _moved(self) -> list[int]:
        """Rows with a cell beyond the headings, or beyond what other rows have."""
        full = self.lengths[self.top :].count(self.usual)
        is_even = self.usual >= self.width and full * 3 >= 2 * (len(self.rows) - self.top)
        most = self.usual if is_even else MAX_COLUMNS
        long = (at for at in range(self.top, len(self.rows)) if self.lengths[at] > self.width)
        beyond = ((at, any(c.strip() for c in self.rows[at][self.width :])) for at in long)
        moved = [at for at, is_filled in beyond if is_filled or self.lengths[at] > most]
        # Another table may begin below the first one, with a heading row of its own.
        above = range(self.top, moved[0] + 1 if moved else 0)
        odd = (self.rows[at] for at in above if self.lengths[at] != self.usual)
        return [] if any(self._score([row]) >= _FEWEST for row in odd) else moved

    def _cut(self) -> list[int]:
        """Rows of which the rest stands in the next row, or nowhere."""
        at, last = range(self.top, len(self.rows)), len(self.rows) - 1
        cut = [n for n in at if self._has_rest(n)]
        is_open = not self.ends_whole or "\n" in (self.rows[last] or [""])[-1]
        if is_open and last in at and self._is_short_record(last):
            cut.append(last)
        # Short ones where nearly all others are full: Excel leaves empty cells at the end out in
        # blocks of 16 rows, so a neighbour as short makes it no cut, nor does a short last row.
        padded = [0, *self.lengths, 0]
        alone = (n for n in at[:-1] if padded[n + 1] not in (padded[n], padded[n + 2]))
        return cut or [n for n in alone if self._is_short_record(n)]

    def _has_rest(self, at: int) -> bool:
        """Whether the next rows are what a row lacks."""
        n, end = self.lengths[at], at + 1
        if not (1 < n < self.usual and self._is_first(self.rows[at][0])):
            return False
        while end < len(self.rows) and 0 < self.lengths[end] < self.usual and n < self.usual:
            if self._is_first(self.rows[end][0]) and self.lengths[end] > 1:
                break
            n += self.lengths[end] - 1
            end += 1
        return n == self.usual

    def _is_short_record(self, at: int) -> bool:
        """Whether a row begins like a record and has fewer cells than nearly all others."""
        row = self.rows[at]
        is_short = self.lengths[at] < self.usual and sum(bool(c.strip()) for c in row) >= _FEWEST
        are_alike = self.firsts.total() * 20 >= 19 * (self.records - 1)
        return is_short and self._is_first(row[0]) and are_alike


def _look(cell: str) -> str:
    """Cell with any digits as one 0 and any letters as one a.

    A number of a dossier looks like the others, whatever its digits.
    """
    return re.sub(r"[^\W\d_]+", "a", re.sub(r"\d+", "0", cell.strip()))


def _rows_named(rows: list[int]) -> str:
    more = ", …" if len(rows) > _TOLD_ROWS else ""
    return message("rows", numbers=", ".join(map(str, rows[:_TOLD_ROWS])) + more)


# Letters --------------------------------------------------------------------------------------


def readable(content: bytes, name: str) -> tuple[bytes, str, tuple[str, ...]]:
    """Content of a text file, its encoding, and what a reader must know of its letters.

    UTF-8 or UTF-16, otherwise Windows-1258 (Vietnamese). Some broken letters do not make UTF-8
    another encoding. A UTF-8 text that was encoded twice is put right.

    Raises
    ------
    InputError
        The letters cannot be read, or are of an encoding that would be misread.

    Examples
    --------
    >>> readable("Hố Nai".encode("utf-8"), "a.csv")[1:]
    ('utf-8-sig', ())
    >>> twice = "Hố Nai".encode().decode("cp1252").encode()
    >>> readable(twice, "a.csv")[0].decode()
    'Hố Nai'
    """
    encoding = utf16_of(content)
    if b"\0" in content and not encoding:
        raise refusal("null_bytes", name=name)
    if not encoding and (text := _text(content, "utf-8-sig")) is not None:
        right = text if text.isascii() else _put_right(text)
        if right == text:
            return content, "utf-8-sig", ()
        return right.encode(), "utf-8-sig", (message("encoded_twice"),)
    if not encoding:
        encoding, text = "cp1258", content.decode("utf-8", "replace")
        broken = text.count(BROKEN_LETTER)
        whole = len(text) - broken - sum(map(str.isascii, text))
        if whole > 2 * broken:
            rows = [n for n, line in enumerate(text.split("\n"), 1) if BROKEN_LETTER in line]
            note = message("broken_letters", count=broken, rows=_rows_named(rows))
            return text.encode(), "utf-8-sig", (note,)
        if 2 * whole > broken:
            raise refusal("two_encodings", name=name)
        refuse_old_letters(name, [content[:_SAMPLE].decode("latin-1")])
    if _text(content, encoding) is None:
        raise refusal("bad_letters", name=name)
    return content, encoding, ()


def utf16_of(content: bytes) -> str:
    """Encoding by a UTF-16 mark, or by the zeros beside Latin letters; "" when it is none.

    Examples
    --------
    >>> utf16_of("phường".encode("utf-16-le")), utf16_of(b"ph")
    ('utf-16-le', '')
    """
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    start = content[:4096]
    evens, odds = start[::2].count(0), start[1::2].count(0)
    if max(evens, odds) * 5 < len(start) or min(evens, odds) * 50 > len(start):
        return ""
    return "utf-16-le" if odds > evens else "utf-16-be"


def refuse_old_letters(name: str, texts: Iterable[str]) -> None:
    """Refuse a file whose texts show the letters of an old encoding.

    Examples
    --------
    >>> refuse_old_letters("a.csv", ["Mã hồ sơ", "Đơn vị"])
    >>> refuse_old_letters("a.csv", ["M· hå s¬", "Ngµy tiÕp nhËn"])
    Traceback (most recent call last):
    ...
    motcua.base.errors.InputError: a.csv: ...TCVN3 (ABC)...
    """
    texts = [text[:_SAMPLE] for text in texts]
    letters = [letter for text in texts for letter in text if not letter.isascii()]
    signs, strange = (sum(c in some for c in letters) for some in (_SIGNS, _STRANGE))
    old = "VNI" if strange > _MANY * len(letters) else ""
    old = "TCVN3 (ABC)" if signs > _MANY * len(letters) else old
    old = "UTF-8 mã hóa hai lần" if any(_put_right(text) != text for text in texts) else old
    if old and len(letters) >= _TELLING:
        raise refusal("old_encoding", name=name, encoding=old)


def _text(content: bytes, encoding: str) -> str | None:
    """Text of a whole file, if it can be read under an encoding."""
    with suppress(UnicodeDecodeError):
        return content.decode(encoding)
    return None


def _put_right(text: str) -> str:
    """Text whose UTF-8 was misread under a code page, as it was before; else the same."""
    for page in _CODE_PAGES:
        with suppress(UnicodeError):
            return _bytes_under(text, page).decode("utf-8").removeprefix("\ufeff")
    return text


def _bytes_under(text: str, page: str) -> bytes:
    """Bytes that a code page shows as this text; what it has no letter for stands for itself."""
    with suppress(UnicodeEncodeError):
        return text.encode(page)
    return b"".join(bytes([ord(c)]) if 0x80 <= ord(c) < 0xA0 else c.encode(page) for c in text)


# XML Spreadsheet 2003 ---------------------------------------------------------------------------


def _spreadsheet_rows(content: bytes, name: str) -> Iterator[tuple[list[list], bool]]:
    """Rows of every sheet, and whether it is hidden."""
    try:
        book = ElementTree.parse(io.BytesIO(content)).getroot()  # noqa: S314  expat bounds entities
    except ElementTree.ParseError:
        raise refusal("bad_xml", name=name) from None
    number = float if book.find(f".//{_OFFICE}Date1904") is None else workbooks.Since1904
    for sheet in book.iter(f"{_S}Worksheet"):
        visible = sheet.findtext(f"{_OFFICE}WorksheetOptions/{_OFFICE}Visible", "")
        kept = _Kept(name)
        table = _OpenTable(kept)
        for row in sheet.iterfind(f"{_S}Table/{_S}Row"):
            at = int(row.get(f"{_S}Index", len(kept.rows) + 1)) - 1
            workbooks.refuse_size(name, at + 1, 1)
            while len(kept.rows) < at:
                table.add([])
            table.add([_cell(cell, number) for cell in row.iterfind(f"{_S}Cell")])
        yield kept.rows, "Hidden" in visible


def _cell(cell: ElementTree.Element, number: type[float]) -> _Cell:
    names = ("MergeAcross", "MergeDown", "Index")
    across, down, place = (int(cell.get(f"{_S}{name}", 0)) for name in names)
    value: object = workbooks.UNCOMPUTED if cell.get(f"{_S}Formula") else ""
    if (data := cell.find(f"{_S}Data")) is not None:
        value, kind = "".join(data.itertext()), data.get(f"{_S}Type")
        with suppress(ValueError):
            value = {"DateTime": datetime.fromisoformat, "Number": number}.get(kind, str)(value)
    return _Cell(value, min(across, MAX_COLUMNS) + 1, down + 1, place - 1)


# Web pages --------------------------------------------------------------------------------------


def _page_rows(pages: list[bytes], name: str, none: str = "empty_page") -> list[Rows]:
    """Rows of the tables of each web page: what some software gives out as .xls."""
    found = [_Page(_page_text(page, name), name).kept.rows for page in pages]
    if not any(found):
        raise refusal(none, name=name)
    return found


def _page_text(content: bytes, name: str) -> str:
    """Text of a web page: UTF-8 or UTF-16, otherwise as it says itself, otherwise Windows-1258."""
    with suppress(UnicodeDecodeError):
        return content.decode(utf16_of(content) or "utf-8-sig")
    if declared := _CHARSET.search(content[:4096]):
        return content.decode(declared[1].decode(), "replace")
    content, encoding, _ = readable(content, name)
    return content.decode(encoding)


class _Page(HTMLParser):
    """Rows of all tables of a page, one list of cells each, in the order in which they end.

    A cell over several columns stands in the first, a cell over several rows in each of them. Of a
    cell that holds a table only its own text counts.

    Raises
    ------
    InputError
        The tables are too large.

    Examples
    --------
    >>> page = "<table><tr><td rowspan=2>Hố Nai<td>1</tr><tr><td>2&nbsp;<b>n</b>gày</table>"
    >>> _Page(page, "a.xls").kept.rows
    [['Hố Nai', '1'], ['Hố Nai', '2 ngày']]
    """

    def __init__(self, text: str, name: str) -> None:
        super().__init__()
        self.kept = _Kept(name)
        self._tables = [_OpenTable(self.kept)]
        self.feed(text)
        self.close()
        self.end_row()

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
            told = dict(attrs)
            texts = (told.get(name) or "" for name in ("colspan", "rowspan"))
            columns, rows = (int(t) if re.fullmatch(r"0*[1-9][0-9]{0,8}", t) else 1 for t in texts)
            table.cells.append(_Cell([], min(columns, MAX_COLUMNS), min(rows, EXCEL_ROWS)))
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
            cells = table.cells[: MAX_COLUMNS + 1]
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
        self.rows, self._name, self._size = [], name, 0

    def take(self, row: list) -> None:
        """Take one more row."""
        self.rows.append(row)
        self._size += 4 * len(row) + 12  # a page of MAX_HTML has fewer cells than a csv file
        workbooks.refuse_size(self._name, len(self.rows), len(row), self._size)


class _OpenTable:
    """A table that is being read, of which cells reach down into the rows below."""

    def __init__(self, kept: _Kept) -> None:
        self._kept, self.cells, self.is_in_cell = kept, None, False  # cells of the open row
        self._above: dict[int, tuple[int, object]] = {}  # column -> rows to fill, value

    def add(self, cells: Iterable[_Cell]) -> None:
        """Add a row: a cell's value stands in its first column, and there in each of its rows."""
        row: list = []
        above, below = self._above, {}
        for cell in cells:
            while cell.place < 0 and len(row) in above:
                row.append(above[len(row)][1])
            row += [""] * (min(cell.place, MAX_COLUMNS) - len(row))
            values = (cell.value, *[""] * (cell.columns - 1))
            if cell.rows > 1:
                below |= {len(row) + i: (cell.rows - 1, v) for i, v in enumerate(values)}
            row += values
            if len(row) > MAX_COLUMNS:
                break
        for column, (left, value) in above.items():
            row += [""] * (column + 1 - len(row))
            row[column] = value if row[column] == "" else row[column]
            if left > 1:
                below.setdefault(column, (left - 1, value))
        self._above = below
        self._kept.take(row)
