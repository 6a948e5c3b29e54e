"""The shape of an export: which sheet, which header row, which column is which.

Exports carry title blocks, two to four header tiers, numbering, group and total rows, and headings
in many wordings. This module finds the header and hands over only the columns that motcua knows;
everything else, personal data first of all, is left behind here.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cache
from itertools import chain, compress, zip_longest
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from motcua.base.calendar import Period
from motcua.base.errors import InputError, MissingColumns, ParameterError, did_you_mean
from motcua.base.reference import REQUIRED, read_yaml
from motcua.base.vietnamese import bare_key, clean, key
from motcua.reading.dated import stated_span
from motcua.reading.sheets import SYNTHETIC_MARK, read_sheets

SCANNED_ROWS = 60  # a header further down is not looked for
MOST_TIERS = 4
SUMMARY_HEADINGS = 4  # so many headings of summary tables make a file one
BLANKS = frozenset({"", "-", "–", "—", ".", "null", "none", "nan", "nat", "n/a"})
_BLANK = 5  # letters that a blank has at most, spaces around it included
_MOMENT, _EPOCH = pa.timestamp("us"), datetime(1970, 1, 1)

_NUMBERING = re.compile(r"^\(?(\d{1,2}|[a-zđ])\)?(\s*=.*)?$")
_CAPTION = re.compile(r"^(?!.*\d{3})\S+ .*$")  # several words: no dossier number reads like this
_PLAIN_NUMBER = re.compile(r"[A-Za-z0-9./_-]*[0-9]{3}[A-Za-z0-9./_-]*")  # of most dossiers
_PLAIN_NUMBERS = re.compile(rf"(?>{_PLAIN_NUMBER.pattern}\n)*+")  # one a line
_TOTAL = re.compile(r"^(tổng cộng|tổng số|tổng|cộng)(\s+(chung|số|toàn|hồ sơ)\b.*|\s*[:(].*)?$")


@dataclass(frozen=True)
class RawTable:
    """One table found in a file.

    Attributes
    ----------
    frame : one row per data row; known columns as canonical names, values as the file holds them
        (datetime64 where all are dates or empty), and `row`, the row number as Excel shows it.
    headings : canonical column -> heading in the file.
    notes : what a reader must know of how the file was read, in sentences without personal data.
    """

    where: str
    frame: pd.DataFrame
    headings: dict[str, str]
    is_synthetic: bool
    unknown: list[str] = field(default_factory=list)
    notes: tuple[str, ...] = ()
    stated: Period | None = None  # days that the rows above the heading speak of


@cache
def _aliases(kind: str) -> dict[str, tuple[str, int]]:
    """Key of every known heading of a kind -> (canonical column, preference; lower is better)."""
    found: dict[str, tuple[str, int]] = {}
    for column, names in read_yaml("headings")[kind].items():
        for order, name in enumerate((column, *names)):
            found.setdefault(key(name), (column, order))
    for heading, target in list(found.items()):
        found.setdefault(bare_key(heading), target)
    return found


@cache
def passed_over() -> frozenset[str]:
    """Keys of the headings of personal data and of columns that tell nothing."""
    lists = read_yaml("headings")
    names = lists["personal"] + lists["furniture"]
    return frozenset({key(n) for n in names} | {bare_key(n) for n in names})


def label_of(kind: str, column: str) -> str:
    """Usual Vietnamese heading of a canonical column.

    Examples
    --------
    >>> label_of("dossiers", "closed_at")
    'Ngày kết thúc xử lý'
    """
    lists = read_yaml("headings")
    names = lists[kind].get(column)
    return lists["usual"].get(column) or (names[0] if names else column)


def read_tables(
    path: Path, kind: str, columns: dict[str, str], needed: tuple[str, ...] = ()
) -> list[RawTable]:
    """Tables of a kind found in a file, one per sheet that has the header.

    Parameters
    ----------
    path : .xlsx, .xls, .csv, .csv.gz or .parquet.
    kind : dossiers, feedback, incidents or followup.
    columns : canonical column -> heading, from params; wins over the known headings. It speaks of
        dossiers; the other kinds are read by the known headings alone.
    needed : columns that this run cannot do without, besides the required ones of the kind.

    Raises
    ------
    InputError
        The file cannot be read or has no header.
    MissingColumns
        The header lacks a required column.
    """
    check_columns(columns)
    columns = columns if kind == "dossiers" else {}
    must = (*REQUIRED[kind], *needed)
    tables, best, likely, summary = [], None, [], False

    def score(rows: list[list]) -> int:
        header = find_header(rows, kind, columns)
        return len(header.columns) if header else 0

    for where, pieces in read_sheets(path, score, SCANNED_ROWS):
        rows = next(pieces, [])
        header = find_header(rows, kind, columns)
        if header and all(column in header.columns for column in must):
            tables.append(_raw_table(where, rows, pieces, header, kind))
            continue
        if header and (best is None or len(header.columns) > len(best[1].columns)):
            best = (where, header)
        likely = max(likely, _likely_headings(rows), key=len)
        summary = summary or _is_summary(rows)
    if tables:
        return tables
    if summary:
        raise InputError(
            f"{path.name} là bảng tổng hợp số liệu theo đơn vị, không phải danh sách từng hồ sơ.\n"
            "Cần một dòng cho mỗi hồ sơ, có các cột: "
            f"{', '.join(label_of(kind, c) for c in must)}.\n"
            "Cách sửa: trong phần mềm, xuất danh sách chi tiết hồ sơ thay cho báo cáo tổng hợp."
        )
    if best is None or len(best[1].columns) < 2:
        seen = f"\nCác tiêu đề đang có: {', '.join(map(repr, likely))}." if likely else ""
        raise InputError(
            f"Không thấy dòng tiêu đề trong {path.name}: trong {SCANNED_ROWS} dòng đầu không có "
            f"dòng nào mang các tiêu đề như '{label_of(kind, REQUIRED[kind][0])}'.{seen}\n"
            "Cách sửa: kiểm tra đúng tệp, đúng thư mục; hoặc khai báo `columns` trong tệp tham số."
        )
    where, header = best
    missing = {c: label_of(kind, c) for c in must if c not in header.columns}
    raise MissingColumns.of(where, missing, header.seen)


def _likely_headings(rows: list[list]) -> list[str]:
    """Cells of the fullest row of words alone; one with a digit may be a person's: not told."""
    texts = [[clean(c) for c in row if _cell(c)] for row in rows[:SCANNED_ROWS]]
    words = [row for row in texts if len(row) > 1 and not re.search(r"\d", " ".join(row))]
    return max(words, key=len, default=[])[:40]


def _is_summary(rows: list[list]) -> bool:
    """Whether a sheet is a report with one row per unit: it has several headings of such."""
    known = {key(name) for name in read_yaml("headings")["summary"]}
    return len({_cell(c) for row in rows[:SCANNED_ROWS] for c in row} & known) >= SUMMARY_HEADINGS


def check_columns(columns: dict[str, str]) -> None:
    """Refuse a canonical name in params `columns` that does not exist."""
    known = list(read_yaml("headings")["dossiers"])
    for name in columns:
        if name not in known:
            raise ParameterError(
                f"Tham số `columns`: không có cột chuẩn '{name}'.{did_you_mean(name, known)}"
            )


@dataclass(frozen=True)
class Header:
    """Where the header begins and ends and which column holds what."""

    first_row: int
    last_row: int
    columns: dict[str, int]
    seen: list[str]


def find_header(rows: list[list], kind: str, columns: dict[str, str]) -> Header | None:
    """Header of a sheet: the one to four rows, as few as do, that name most known columns.

    A column is named by the lowest of its header cells that is known, so merged upper tiers
    ("Ngày, tháng, năm") do no harm.
    """
    names = _wanted(kind, columns)
    known = [
        [names.get(c) or names.get(bare_key(c)) for c in map(_cell, r)] for r in rows[:SCANNED_ROWS]
    ]
    best, best_score = None, (0, 0)
    for first in range(len(known)):
        if not any(known[first]):
            continue
        for last in range(first, min(first + MOST_TIERS, len(known))):
            found = _columns(known[first : last + 1])
            if (score := (len(found), first - last)) > best_score:
                seen = [clean(c) for r in rows[first : last + 1] for c in r if _cell(c)]
                best, best_score = Header(first, last, found, seen), score
    return best


def _wanted(kind: str, columns: dict[str, str]) -> dict[str, tuple[str, int]]:
    """Known headings; those given in params replace the known ones of their column."""
    names = {h: t for h, t in _aliases(kind).items() if t[0] not in columns}
    mine = {c: h for c, h in columns.items() if c in read_yaml("headings")[kind]}
    return names | {key(h): (c, -1) for c, h in mine.items()}


def _columns(tiers: list[list[tuple[str, int] | None]]) -> dict[str, int]:
    """Canonical column -> index of the best heading for it."""
    best: dict[str, tuple[int, int]] = {}
    for index in range(max(map(len, tiers))):
        cells = [tier[index] for tier in reversed(tiers) if index < len(tier) and tier[index]]
        if cells:
            column, order = cells[0]
            best[column] = min(best.get(column, (order, index)), (order, index))
    return {column: index for column, (_, index) in best.items()}


def _cell(value: object) -> str:
    """Key of a cell, empty for a blank; a whole number without ".0"."""
    if value is None or value == "":
        return ""
    whole = isinstance(value, float) and value.is_integer()
    return key(str(int(value) if whole else value))


def cell_text(value: object) -> str:
    """Text of a cell cleaned, a blank or placeholder as "", a whole number without ".0".

    Examples
    --------
    >>> cell_text(" Hố  Nai"), cell_text(3.0), cell_text("N/A")
    ('Hố Nai', '3', '')
    """
    if value is None or value != value:  # noqa: PLR0124
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = clean(value)
    return "" if text.casefold() in BLANKS else text


def _raw_table(
    where: str, rows: list[list], pieces: Iterator[list[list]], header: Header, kind: str
) -> RawTable:
    """Known columns of the data rows below a header that stands in the first rows."""
    is_record = _Records(rows, header, kind)
    columns = {name: column_of(name) for name in header.columns}
    numbers, above = [], header.last_row + 1
    for piece in chain([rows[above:]], pieces):
        cells = _Cells(piece)
        holds = is_record.told(piece, cells)
        if not all(holds):
            cells = _Cells(list(compress(piece, holds)))
        for name, index in header.columns.items():
            columns[name].add(cells[index])
        numbers.append(np.flatnonzero(holds) + above + 1)
        above += len(piece)
    frame = pd.DataFrame({name: column.series() for name, column in columns.items()}, copy=False)
    frame["row"] = np.concatenate(numbers).astype("int64")
    title = [_cell(c) for r in rows[: header.last_row + 1] for c in r]
    headings = {c: _heading(rows, header, i) for c, i in header.columns.items()}
    told = passed_over() | _aliases(kind).keys()  # two known headings of one column: the best reads
    taken = {key(h) for h in headings.values()}
    unknown = [h for h in header.seen if key(h) not in taken | told and bare_key(h) not in told]
    is_synthetic = any(SYNTHETIC_MARK in text for text in title)
    stated = stated_span(cell_text(c) for r in rows[: header.first_row] for c in r)
    return RawTable(where, frame, headings, is_synthetic, unknown, stated=stated)


def _heading(rows: list[list], header: Header, index: int) -> str:
    """Heading of a column as the file writes it: the lowest header cell that is filled."""
    tiers = reversed(rows[header.first_row : header.last_row + 1])
    return next(clean(tier[index]) for tier in tiers if index < len(tier) and _cell(tier[index]))


class _Cells:
    """Cells of some rows by column, None where a row is too short."""

    def __init__(self, rows: list[list]) -> None:
        self.n, self._columns = len(rows), list(zip_longest(*rows))

    def __getitem__(self, index: int) -> tuple:
        return self._columns[index] if index < len(self._columns) else (None,) * self.n


class _Records:
    """What tells a row that holds a record (or tries to) below a header."""

    def __init__(self, rows: list[list], header: Header, kind: str) -> None:
        self.own = {header.columns[c] for c in REQUIRED[kind] if c in header.columns}
        self.named = header.columns.get("dossier_id")
        self.head = {_cell(c) for r in rows[: header.last_row + 1] for c in r} - {""}
        self.other = min(self.own - {self.named}, default=None)
        plain = any(map(_PLAIN_NUMBER.fullmatch, self.head))
        self.can_be_sure = self.named in self.own and self.other is not None and not plain

    def told(self, body: list[list], cells: _Cells) -> list[bool]:
        """Whether each row holds a record."""
        if self.can_be_sure and self._are_all_sure(cells):
            return [True] * cells.n
        sure = self._are_sure(cells) if self.can_be_sure else [False] * cells.n
        return [
            is_sure or _holds_record(row, self.own, self.named, self.head)
            for row, is_sure in zip(body, sure, strict=True)
        ]

    def _are_all_sure(self, cells: _Cells) -> bool:
        """Whether every row is a record for sure (see `_are_sure`), which is told by one look."""
        try:
            numbers = "\n".join([*cells[self.named], ""])
            shortest = min(map(len, cells[self.other]), default=0)
        except TypeError:  # something else than text among them
            return False
        return shortest > _BLANK and _PLAIN_NUMBERS.fullmatch(numbers) is not None

    def _are_sure(self, cells: _Cells) -> list[bool]:
        """Whether a row is a record for sure, as most are.

        A plain number of a dossier and one more of the required cells, where no word of the header
        is a plain number: the rules of `_holds_record` say the same of such a row.
        """
        is_plain = _PLAIN_NUMBER.fullmatch
        return [
            type(number) is str
            and is_plain(number) is not None
            and other is not None
            and (len(other) > _BLANK or not _is_blank(other) if type(other) is str else bool(other))
            for number, other in zip(cells[self.named], cells[self.other], strict=True)
        ]


def _holds_record(row: list, own: set[int], named: int | None, head: set[str]) -> bool:
    """Whether a row is neither empty nor furniture."""
    if row.count("") == len(row):
        return False
    filled = [i for i, c in enumerate(row) if c is not None and c != "" and not _is_blank(c)]
    return bool(filled) and not _is_furniture(row, filled, own, named, head)


def _is_blank(value: object) -> bool:
    short = type(value) is str and len(value) <= _BLANK
    return short and value.strip().casefold() in BLANKS


def _is_furniture(
    row: list, filled: list[int], own: set[int], named: int | None, head: set[str]
) -> bool:
    """Whether a row is numbering, a repeated header, a group or a total rather than a record."""
    mine = own.intersection(filled)
    if len(filled) <= 2 and (not mine or (mine == {named} and _CAPTION.match(_cell(row[named])))):
        return True  # a group row ("Xã, phường, thị trấn") or a note
    number = _cell(row[named]) if named in mine else ""
    if (len(mine) <= 1 or not number or _TOTAL.match(number)) and any(
        _TOTAL.match(_cell(row[i])) for i in filled[:2]
    ):
        return True
    if all(_cell(row[i]) in head for i in filled):
        return True
    return own <= mine and all(_NUMBERING.match(_cell(row[i])) for i in filled)


# Columns are gathered from rows that come in pieces: one is small enough for the processor's cache
# and gone before the next comes, so a million cells never stand in memory as Python objects.


def column_of(name: str) -> Typed | Words:
    """Empty column that holds cells of a canonical column as is best for their kind.

    Examples
    --------
    >>> column = column_of("closed_at")
    >>> column.add([datetime(2024, 1, 14, 8), date(2024, 1, 15), ""])
    >>> column.series().dtype
    dtype('<M8[us]')
    >>> column.add(["chưa"])
    >>> column.series().tolist()[1:]
    [datetime.datetime(2024, 1, 15, 0, 0), None, 'chưa']
    """
    if name.endswith("_at"):
        return Typed(_moments, _MOMENT)
    if name.endswith("_id"):
        return Typed(_texts, pa.string())
    return Words()


class Typed:
    """Cells as values of one type where all are of it; else as objects, as the file has them."""

    def __init__(self, read: Callable[[Sequence], pa.Array], kind: pa.DataType) -> None:
        self._read, self._kind = read, kind
        self._parts: list[pa.Array | Sequence] = []

    def add(self, cells: Sequence) -> None:
        """Take the cells of one more piece."""
        try:
            self._parts.append(self._read(cells))
        except (TypeError, ValueError):  # something else among them
            self._parts.append(cells)

    def series(self) -> pd.Series:
        """All cells that were taken."""
        if all(isinstance(part, pa.Array) for part in self._parts):
            return pa.chunked_array(self._parts, self._kind).to_pandas()
        lists = (p.to_pylist() if isinstance(p, pa.Array) else p for p in self._parts)
        return pd.Series([*chain.from_iterable(lists)], dtype=object)


def _texts(cells: Sequence) -> pa.Array:
    return pa.array(cells, pa.string())


def _moments(cells: Sequence) -> pa.Array:
    """Dates without a zone, as the time since an epoch: Arrow reads that twice as fast."""
    since = [v - _EPOCH if type(v) is datetime else _since(v) for v in cells]
    return pa.array(since, pa.duration("us")).view(_MOMENT)


def _since(value: object) -> timedelta | None:
    """Time from the epoch to a day; an empty cell is none."""
    if type(value) is date:
        return datetime.combine(value, time()) - _EPOCH
    if value is None or (type(value) is str and not value):
        return None
    raise TypeError("no date")


class Words:
    """Cells of which many are alike: each different one once, and which of them stands where."""

    def __init__(self) -> None:
        self._numbers, self._places = _Numbers({None: -1}), array("i")

    def add(self, cells: Sequence) -> None:
        """Take the cells of one more piece."""
        self._places.extend(map(self._numbers.__getitem__, cells))

    def series(self) -> pd.Series:
        """All cells that were taken, as categories."""
        words = pd.Index([word for word in self._numbers if word is not None], dtype=object)
        places = np.array(self._places, dtype="int32")
        return pd.Series(pd.Categorical.from_codes(places, words))


class _Numbers(dict):
    """Number of each value in the order in which they came; -1 for what is no value (NaN)."""

    def __missing__(self, value: object) -> int:
        if value != value:  # noqa: PLR0124
            return -1
        self[value] = number = len(self) - 1
        return number
