"""Rows and letters of delimited text: csv, tab-separated, packed with gzip or not.

Rows that were cut in two, joined, or moved by a free delimiter read like good ones, so a file that
shows one is refused with its row.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
import zlib
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from motcua.base.reference import message, refusal
from motcua.reading import limits

Rows = list[list]
Score = Callable[[Rows], int]  # how many headings are known in some rows

_PACKED, _OTHERS = b"\x1f\x8b", (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_MOST_PACKINGS = 3
_LONGEST_LINE, _MOST_LINES = 2**20, 5000  # in letters; of a row, in lines
_FEWEST = 3  # columns of a list; cells of a row that may be a record
_TOLD_ROWS = 5
TCVN3, VNI, DOUBLED = "TCVN3 (ABC)", "VNI", "UTF-8 mã hóa hai lần"
BROKEN_LETTER = "\ufffd"
_SAMPLE, _TELLING = 2**20, 4  # letters looked at; letters beyond ASCII that tell an encoding
# TCVN3 writes two thirds of its letters as signs, VNI most of them with letters that Vietnamese has
# not. In a text of another encoding neither makes a twentieth.
_SIGNS = frozenset(map(chr, range(0xA1, 0xBF))) - frozenset("«»°·")
_STRANGE = frozenset("ñÑöÖäÄåÅøØïÏûÛ")
_MANY = 0.15
_CODE_PAGES = ("cp1252", "cp1258")  # of Windows, under which UTF-8 is misread


def unpacked(path: Path) -> bytes:
    """Content of a text file, unpacked as often as it was packed, at most MAX_TEXT bytes.

    Raises
    ------
    InputError
        The file is damaged, or too large when unpacked.
    """
    try:
        with path.open("rb") as stream:
            content = stream.read(limits.MAX_TEXT + 1)
        for _ in range(_MOST_PACKINGS):
            if not content.startswith(_PACKED):
                break
            packed = len(content)
            with gzip.open(io.BytesIO(content)) as stream:
                content = stream.read(limits.MAX_TEXT + 1)
            if len(content) <= limits.MAX_TEXT:
                limits.refuse_bomb(path.name, len(content), packed)
    except (OSError, EOFError, zlib.error):
        raise refusal("cannot_unpack", name=path.name) from None
    if len(content) > limits.MAX_TEXT:
        raise refusal("large_text", name=path.name, most=limits.MAX_TEXT >> 20)
    if content.startswith(_OTHERS):
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
        head = "\n".join(text.read(1 << 18).splitlines()[: limits.HEAD_ROWS])
        scores = {d: score([*_split(io.StringIO(head, newline=""), d, name)]) for d in ",;\t|"}
        best = max(scores, key=scores.__getitem__)
        text.seek(0)
        rows = [*_split(text, best, name)]
    if scores[best]:
        ends = content.rstrip(b"\0 ")[-1:] in (b"\n", b"\r")
        _Shape(rows, score, best).refuse(name, ends_whole=ends)
    return rows, notes


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
        raise refusal("endless_row", name=name, row=number + 1) from None


class _Shape:
    """How many cells the rows of a list have, and how its first column looks."""

    def __init__(self, rows: Rows, score: Score, delimiter: str) -> None:
        head = rows[: limits.HEAD_ROWS]
        most = score(head)
        self.rows, self._score, self._delimiter = rows, score, delimiter
        self.top = bisect_left(range(len(head)), most, key=lambda n: score(head[: n + 1])) + 1
        self.width = max(map(len, rows[: self.top]), default=0)
        self.lengths = [*map(len, rows)]
        counted = Counter(n for n in self.lengths[self.top :] if n >= _FEWEST)
        self.usual = counted.most_common(1)[0][0] if counted else self.width
        self.firsts = Counter(_look(row[0]) for row in rows[self.top :] if len(row) == self.usual)
        self.records = sum(self._is_first(row[0]) for row in rows[self.top :] if row)

    def refuse(self, name: str, *, ends_whole: bool) -> None:
        """Refuse a list in which rows were joined, moved or cut."""
        if self.usual < _FEWEST:
            return
        for fault, numbers in (
            ("rows_joined", self._joined()),
            ("rows_moved", self._moved()),
            ("rows_cut", self._cut(ends_whole=ends_whole)),
        ):
            if numbers:
                raise refusal(fault, name=name, rows=_rows_named(numbers))

    def _joined(self) -> list[int]:
        """Rows of which a cell swallowed the rows below: it holds lines that begin as rows do."""
        return [
            number
            for number, row in enumerate(self.rows, start=1)
            if any("\n" in cell and self._holds_rows(cell, row) for cell in row)
        ]

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
        most = self.usual if is_even else limits.MAX_COLUMNS
        found = [
            at
            for at in range(self.top, len(self.rows))
            if self.lengths[at] > self.width
            and (self.lengths[at] > most or any(c.strip() for c in self.rows[at][self.width :]))
        ]
        return [] if found and self._has_new_head(found[0]) else [at + 1 for at in found]

    def _has_new_head(self, before: int) -> bool:
        """Whether another table begins below the first one, with a heading row of its own."""
        here = (at for at in range(self.top, before + 1) if self.lengths[at] != self.usual)
        return any(self._score([self.rows[at]]) >= _FEWEST for at in here)

    def _cut(self, *, ends_whole: bool) -> list[int]:
        """Rows of which the rest stands in the next row, or nowhere."""
        found = []
        at = self.top
        while at < len(self.rows):
            after = self._after_pieces(at)
            if after > at + 1:
                found.append(at + 1)
            at = after
        last = len(self.rows) - 1
        is_open = not ends_whole or "\n" in (self.rows[last] or [""])[-1]
        if is_open and last >= self.top and self._is_short_record(last):
            found.append(last + 1)
        return found or self._short_alone()

    def _after_pieces(self, at: int) -> int:
        """Row behind a row and those that hold its rest; just the next when it is whole."""
        n, end = self.lengths[at], at + 1
        if not (1 < n < self.usual and self._is_first(self.rows[at][0])):
            return end
        while end < len(self.rows) and 0 < self.lengths[end] < self.usual and n < self.usual:
            if self._is_first(self.rows[end][0]) and self.lengths[end] > 1:
                break
            n += self.lengths[end] - 1
            end += 1
        return end if n == self.usual and end > at + 1 else at + 1

    def _is_short_record(self, at: int) -> bool:
        """Whether a row begins like a record and has fewer cells than nearly all others."""
        row = self.rows[at]
        return (
            self.lengths[at] < self.usual
            and sum(bool(c.strip()) for c in row) >= _FEWEST
            and self._is_first(row[0])
            and self.firsts.total() * 20 >= 19 * (self.records - 1)
        )

    def _short_alone(self) -> list[int]:
        """Short records where nearly all others are full.

        Excel leaves empty cells at the end out in blocks of 16 rows, so a neighbour as short makes
        it no cut, nor does a short last row.
        """
        padded = [0, *self.lengths, 0]
        return [
            at + 1
            for at in range(self.top, len(self.rows) - 1)
            if padded[at + 1] not in (padded[at], padded[at + 2]) and self._is_short_record(at)
        ]


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
    if utf16 := utf16_of(content):
        if _text(content, utf16) is None:
            raise refusal("bad_letters", name=name)
        return content, utf16, ()
    if b"\0" in content:
        raise refusal("null_bytes", name=name)
    if (text := _text(content, "utf-8-sig")) is not None:
        right = text if text.isascii() else _put_right(text)
        if right == text:
            return content, "utf-8-sig", ()
        return right.encode(), "utf-8-sig", (message("encoded_twice"),)
    text = content.decode("utf-8", "replace")
    broken = text.count(BROKEN_LETTER)
    whole = len(text) - broken - sum(map(str.isascii, text))
    if whole > 2 * broken:
        rows = [n for n, line in enumerate(text.split("\n"), 1) if BROKEN_LETTER in line]
        note = message("broken_letters", count=broken, rows=_rows_named(rows))
        return text.encode(), "utf-8-sig", (note,)
    if 2 * whole > broken:
        raise refusal("two_encodings", name=name)
    refuse_old_letters(name, [content[:_SAMPLE].decode("latin-1")])
    if _text(content, "cp1258") is None:
        raise refusal("bad_letters", name=name)
    return content, "cp1258", ()


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


def old_letters(texts: Iterable[str]) -> str:
    """Name of the old encoding whose letters some texts show; "" for Unicode.

    Examples
    --------
    >>> old_letters(["M· hå s¬", "Ngµy tiÕp nhËn"]), old_letters(["Maõ hoà sô", "Ñôn vò"])
    ('TCVN3 (ABC)', 'VNI')
    >>> old_letters(["Mã hồ sơ".encode().decode("cp1252")]), old_letters(["Mã hồ sơ", "Đơn vị"])
    ('UTF-8 mã hóa hai lần', '')
    """
    texts = [text[:_SAMPLE] for text in texts]
    letters = [letter for text in texts for letter in text if not letter.isascii()]
    if len(letters) < _TELLING:
        return ""
    if any(_put_right(text) != text for text in texts):
        return DOUBLED
    if sum(letter in _SIGNS for letter in letters) > _MANY * len(letters):
        return TCVN3
    return VNI if sum(letter in _STRANGE for letter in letters) > _MANY * len(letters) else ""


def refuse_old_letters(name: str, texts: Iterable[str]) -> None:
    """Refuse a file in an old encoding."""
    if old := old_letters(texts):
        raise refusal("old_encoding", name=name, encoding=old)


def _text(content: bytes, encoding: str) -> str | None:
    """Text of a whole file, if it can be read under an encoding."""
    with suppress(UnicodeDecodeError):
        return content.decode(encoding)
    return None


def _put_right(text: str) -> str:
    """Text whose UTF-8 was misread under a code page, as it was before; else the same."""
    for page in _CODE_PAGES:
        try:
            return _bytes_under(text, page).decode("utf-8").removeprefix("\ufeff")
        except UnicodeError:
            continue
    return text


def _bytes_under(text: str, page: str) -> bytes:
    """Bytes that a code page shows as this text; what it has no letter for stands for itself."""
    try:
        return text.encode(page)
    except UnicodeEncodeError:
        return b"".join(bytes([ord(c)]) if 0x80 <= ord(c) < 0xA0 else c.encode(page) for c in text)
