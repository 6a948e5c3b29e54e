"""Which rows hold records, which are furniture of the page, and what becomes of other sheets.

Numbering, repeated headings and page titles, groups, totals, page numbers and signatures are no
records. A row that has the number of a dossier or a day in a column of days is one, whatever else
stands in it; so is any row that nothing below tells to be furniture.

A sheet that may hold records and cannot be read stops the run; any other sheet beside a list is
named. No cell of a row of values is ever shown: it may be a person's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import zip_longest
from typing import NoReturn

import pandas as pd

from motcua.base.errors import MissingColumns
from motcua.base.reference import REQUIRED, STAND_INS, columns_missing, message, refusal
from motcua.base.vietnamese import clean
from motcua.reading import headings
from motcua.reading.headings import Header, Rows, Sought, cell_key, cell_text, is_day, reads_as
from motcua.reading.limits import cell_errors

MOST_IN_TITLE = 3  # filled cells of a row of a page's title
SHORT = 6  # digits of a count rather than of a dossier, where anything tells so
_BLANK = 5  # letters that a blank has at most, spaces around it included

_PLAIN_NUMBER = re.compile(r"[A-Za-z0-9./_-]*[0-9]{3}[A-Za-z0-9./_-]*")  # of most dossiers


class Cells:
    """Cells of some rows by column, None where a row is too short."""

    def __init__(self, rows: Rows) -> None:
        self.rows, self.n, self._columns = rows, len(rows), list(zip_longest(*rows))

    def __getitem__(self, index: int) -> tuple:
        """Cells of a column."""
        return self._columns[index] if index < len(self._columns) else (None,) * self.n


class Records:
    """What tells a row that holds a record (or tries to) below a header.

    Attributes
    ----------
    head : keys of all cells of the heading and above it.
    were_evident : whether a record came that is one by its number or a day.
    """

    def __init__(self, header: Header, head: set[str], sought: Sought) -> None:
        self.header, self.sought = header, sought
        self.own = {header.columns[c] for c in sought.must if c in header.columns}
        self.named = header.columns.get("dossier_id")
        self.days = header.days
        self.head = head
        self.title = {_without_digits(cell) for cell in self.head if " " in cell}
        self.other = min(self.own - {self.named}, default=None)
        plain = any(map(_PLAIN_NUMBER.fullmatch, self.head))
        self.can_be_sure = self.named in self.own and self.other is not None and not plain
        self.is_bare = not self.own & {*self.days, self.named}  # no day and no number is required
        self.were_evident = False
        self.is_over = False  # below a signature or a summary, until a record comes

    def told(self, cells: Cells, below: Rows) -> tuple[list[bool], Header | None]:
        """Whether each of some rows holds a record, as far as the next heading; and that.

        Parameters
        ----------
        cells : of the next rows of the sheet.
        below : some rows below them, where a heading may go on.
        """
        rows = [*cells.rows, *below]
        sure = self._are_sure(cells) if self.can_be_sure else [False] * cells.n
        if cells.n and all(sure):  # as in most pieces
            self.is_over, self.were_evident = False, True
            return sure, None
        holds: list[bool] = []
        for at, is_sure in enumerate(sure):
            if not is_sure and (heading := self._heading(rows, at)):
                return self._without_title(rows, holds), heading
            holds.append(is_sure or self._holds_record(rows[at]))
            self.is_over = self.is_over and not is_sure
            self.were_evident = self.were_evident or is_sure
        return holds, None

    def _are_sure(self, cells: Cells) -> list[bool]:
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

    def _heading(self, rows: Rows, at: int) -> Header | None:
        """Heading that begins in a row: of two columns at least, and its cells are no values."""
        row = rows[at]
        if sum(type(c) is str for c in row) < 2 or headings.holds_values(row, self.sought.names):
            return None
        known = {named[0] for named in headings.known_in(row, self.sought.names) if named}
        header = headings.header_from(rows, at, self.sought) if len(known) > 1 else None
        is_other = header is not None and header.lacks(self.sought.must)
        return self._other_heading(row, header) if is_other else header

    def _other_heading(self, row: list, header: Header) -> Header | None:
        """Heading that lacks a column, where it is another one than the tiers of the first."""
        if all(cell_key(c) in self.head for c in row if cell_key(c)):
            return None
        named = set(self.sought.must).intersection(header.columns)
        is_list = len(named) >= 2 and len(header.columns) >= 3 and not headings.is_summary([row])
        return header if is_list and header.days else None

    def _without_title(self, rows: Rows, holds: list[bool]) -> list[bool]:
        """Rows told so far, without the title that stands right above a heading."""
        for at in reversed(range(len(holds))):
            filled = [c for c in rows[at] if not _is_nothing(c)]
            if len(filled) > MOST_IN_TITLE or self._is_evident(rows[at]):
                break
            holds[at] = False
        return holds

    def _is_evident(self, row: list) -> bool:
        """Whether a row has a number of a dossier, or a day in a column of days."""
        if any(is_day(row[i]) for i in self.days if i < len(row)):
            return True
        number = row[self.named] if self.named is not None and self.named < len(row) else None
        word = cell_key(number)
        if not _PLAIN_NUMBER.fullmatch(word):
            return False
        label = next((cell_key(c) for c in row[: self.named] if not _is_nothing(c)), "")
        return not (
            (self.is_over or reads_as("total", label)) and len(word) <= SHORT and word.isdecimal()
        )

    def _holds_record(self, row: list) -> bool:
        """Whether a row is neither empty nor furniture."""
        if row.count("") == len(row):
            return False
        filled = [i for i, c in enumerate(row) if not _is_nothing(c)]
        if not filled or self._is_repeated(row, filled):
            return False
        if self._is_evident(row):
            self.is_over, self.were_evident = False, True
            return not self._is_plain_furniture(row, filled)
        if self.named in filled and row[self.named] in cell_errors():
            return True  # a record whose number the workbook does not tell
        ends = self.is_over or self._ends_list(row, filled)
        self.is_over = ends
        if ends or self._is_plain_furniture(row, filled):
            return False
        return (self.is_bare and self.own <= {*filled}) or not self._is_worded(row, filled)

    def _is_repeated(self, row: list, filled: list[int]) -> bool:
        """Whether a row says only what stands in the heading and above it, but for the digits."""
        cells = [cell_key(row[i]) for i in filled]
        return all(c in self.head or _without_digits(c) in self.title for c in cells)

    def _is_plain_furniture(self, row: list, filled: list[int]) -> bool:
        """Whether a row is numbering, a group or a total by its shape."""
        mine = self.own.intersection(filled)
        number = cell_key(row[self.named]) if self.named in mine else ""
        if len(filled) <= 2 and (
            not mine or (mine == {self.named} and reads_as("caption", number))
        ):
            return True  # a group row ("Xã, phường, thị trấn") or a note
        sums = [reads_as("sum", word) for word in (number, *(cell_key(row[i]) for i in filled[:2]))]
        if any(sums[1:]) and (len(mine) <= 1 or not number or sums[0]):
            return True
        if len(filled) == 1 and not mine - {self.named} and is_day(row[filled[0]]):
            return True  # the day of a group
        if self.named not in mine and all(row[i] in cell_errors() for i in filled):
            return True  # formulas drawn down below the list
        return self.own <= mine and all(reads_as("numbering", cell_key(row[i])) for i in filled)

    def _ends_list(self, row: list, filled: list[int]) -> bool:
        """Whether a row begins what stands below a list: a signature, a summary."""
        words = [cell_key(row[i]) for i in filled]
        own = [word for i, word in zip(filled, words, strict=True) if i in self.own]
        signs = [reads_as("signature", w) for w in own or words if not reads_as("aside", w)]
        return headings.is_summary([row]) or (bool(signs) and all(signs))

    def _is_worded(self, row: list, filled: list[int]) -> bool:
        """Whether a row without a number of a dossier and a day is furniture by its words."""
        words = [cell_key(row[i]) for i in filled]
        return (
            any(reads_as("page", word) for word in words)
            or any(reads_as("total", word) for word in words[:2])
            or reads_as("printed", words[0])
            or self._is_group_row(words, filled)
            or (len(words) > 1 and len(set(words)) == 1 and " " in words[0])
            or (len(words) == 1 and " " in words[0] and filled[0] in self.days)
        )

    def _is_group_row(self, words: list[str], filled: list[int]) -> bool:
        """Whether the cells of a row are a group and counts: "I", "UBND phường Tân Tiến", 12."""
        at = 1 if reads_as("letter", words[0]) else 0
        if at == len(words) or not all(reads_as("count", word) for word in words[at + 1 :]):
            return False
        known = {*self.header.columns.values()}.difference(self.days)
        if self.sought.kind != "dossiers" and known.intersection(filled[at + 1 :]):
            return False
        return reads_as("group", words[at]) or (at == 1 and " " in words[at])


def _without_digits(cell: str) -> str:
    return re.sub(r"\d+", "0", cell)


def _is_nothing(value: object) -> bool:
    return value is None or value == "" or _is_blank(value)


def _is_blank(value: object) -> bool:
    short = type(value) is str and len(value) <= _BLANK
    return short and value.strip().casefold() in headings.BLANKS


# Sheets that are not read: refused with the way out, or told.

# Of what must be there.
MAY_BE_EMPTY = ("due_at", "closed_at", "result_at", "returned_at", *STAND_INS)
FEWEST_KNOWN = 3  # headings of a sheet that may be a list with one column worded otherwise
FEWEST_RECORDS = 2  # rows like records that make a sheet without heading a list
_DIGIT = re.compile(r"\d")
_NUMBER = re.compile(r"[A-Za-z0-9./_-]*[0-9]{5}[A-Za-z0-9./_-]*|.*[0-9]{3}.*[-./][0-9]{2,}")


@dataclass(frozen=True)
class Unread:
    """A sheet that was not read.

    Attributes
    ----------
    header : the best header in it.
    rows : its first rows.
    records : number of its rows that look like records.
    ids : numbers of dossiers in it, as far as a heading tells the column.
    """

    where: str
    header: Header | None
    rows: Rows
    records: int
    ids: frozenset[str]

    @classmethod
    def of(cls, where: str, header: Header | None, pieces: Iterable[Rows]) -> Unread:
        """Look through a sheet that is not read."""
        named = header.columns.get("dossier_id") if header else None
        rows, records, ids = [], 0, set()
        for piece in pieces:
            rows = rows or piece
            records += sum(map(is_like_record, piece))
            cells = (r[named] for r in piece if named is not None and named < len(r))
            ids |= {text for text in map(cell_text, cells) if _DIGIT.search(text)}
        return cls(where, header, rows, records, frozenset(ids))

    @property
    def is_empty(self) -> bool:
        """Whether its first rows hold nothing."""
        return not any(cell_text(c) for row in self.rows for c in row)

    def is_nearly(self, sought: Sought) -> bool:
        """Whether its heading is that of a list, but for a column or two."""
        columns = self.header.columns if self.header and self.header.days else {}
        return len(columns) >= FEWEST_KNOWN and len(set(sought.must).intersection(columns)) > 1


def is_like_record(row: list) -> bool:
    """Whether a row looks like a dossier: two days at least, and a number.

    Examples
    --------
    >>> is_like_record(["H19.12-231220-0001", "Tân Hòa", "20/12/2023", "29/12/2023"])
    True
    >>> is_like_record(["Từ ngày", "20/12/2023", "đến ngày", "29/12/2023"])
    False
    """
    others = [cell for cell in row if cell and not is_day(cell)]
    days = sum(map(is_day, row))
    return days > 1 and any(_NUMBER.fullmatch(cell_key(cell)) for cell in others)


def goes_on(rows: Rows, header: Header, sought: Sought) -> bool:
    """Whether a sheet without a heading begins with a record under the heading of another one."""
    row = next((row for row in rows if any(map(cell_text, row))), None)
    if row is None or len(row) <= max(header.columns[c] for c in sought.must):
        return False
    needed = [c for c in sought.must if c not in MAY_BE_EMPTY]
    cells = {c: row[header.columns[c]] for c in needed}
    days = [is_day(cell) for c, cell in cells.items() if c.endswith("_at")]
    others = [cell_text(cell) for c, cell in cells.items() if not c.endswith("_at")]
    number = cell_key(cells.get("dossier_id", "0"))
    return bool(days) and all(days) and all(others) and bool(_DIGIT.search(number))


def refuse_wrong_folder(name: str, rows: Rows, header: Header | None, sought: Sought) -> None:
    """Refuse a list of another kind, with the folder where it belongs.

    A list is of another kind when that names more of its columns, all that must be there among
    them, and all but at most one of those that its own kind names (all, where it could be read).
    """
    other = headings.kind_of(rows)
    own = header.columns if header else {}
    if len(REQUIRED[sought.kind]) < 2 or not other or other[0] == sought.kind:
        return
    belongs, found = other
    alone = set(own.values()) - set(found.columns.values())
    is_whole = header is not None and not header.lacks(sought.must)
    if len(found.columns) > len(own) and len(alone) <= (not is_whole):
        nouns = {"other": headings.noun_of(belongs), "own": headings.noun_of(sought.kind)}
        seen = headings.quoted(found.seen)
        raise refusal("wrong_folder", name=name, **nouns, headings=seen, folder=belongs)


def refuse_rows_above(where: str, rows: Rows, header: Header, sought: Sought) -> None:
    """Refuse records above the first whole heading: nobody would read them."""
    above = rows[: header.first_row]
    for number, row in enumerate(above, start=1):
        if is_like_record(row) or _stands_under(row, header):
            other = headings.first_header(above[: number - 1], sought)
            if other and len(other.columns) >= FEWEST_KNOWN:
                place = message("row_of", where=where, row=other.last_row + 1)
                raise missing_columns(place, other, sought)
            raise refusal("rows_above", where=where, row=number, heading=header.last_row + 1)


def _stands_under(row: list, header: Header) -> bool:
    """Whether a row has a number and several days in the columns that a heading names."""
    named = header.columns.get("dossier_id", len(row))
    days = sum(is_day(row[index]) for index in header.days if index < len(row))
    return days > 1 and named < len(row) and bool(_DIGIT.search(cell_key(row[named])))


def missing_columns(where: str, header: Header, sought: Sought) -> MissingColumns:
    """Error that names the columns a heading lacks, and what of it is not read."""
    read = (header.texts[index] for index in header.columns.values())
    free = headings.unknown_in(header, sought.kind, read)
    missing = {c: headings.label_of(sought.kind, c) for c in header.lacks(sought.must)}
    return columns_missing(where, missing, header.seen, free)


def refuse_file(name: str, sought: Sought, unread: list[Unread]) -> NoReturn:
    """Refuse a file in which nothing could be read.

    Raises
    ------
    InputError
        It is a list of another kind, a summary, or has no heading.
    MissingColumns
        Its heading lacks a column.
    """
    for sheet in unread:
        refuse_wrong_folder(name, sheet.rows, sheet.header, sought)
    if any(headings.is_summary(sheet.rows) for sheet in unread):
        raise refusal(
            "summary",
            name=name,
            columns=", ".join(headings.label_of(sought.kind, c) for c in sought.must),
        )
    headed = [sheet for sheet in unread if sheet.header and len(sheet.header.columns) > 1]
    if headed:
        best = max(headed, key=lambda sheet: len(sheet.header.columns))
        raise missing_columns(best.where, best.header, sought)
    likely = max((_likely_headings(sheet.rows) for sheet in unread), key=len, default=[])
    seen = message("headings_seen", headings=headings.quoted(likely)) if likely else ""
    usual = headings.label_of(sought.kind, REQUIRED[sought.kind][0])
    raise refusal("no_heading", name=name, usual=usual, seen=seen)


def _likely_headings(rows: Rows) -> list[str]:
    """Cells of the first row that has several: none where it holds values or people's names."""
    texts = ([clean(c) for c in row if cell_key(c)] for row in rows)
    first = next((row for row in texts if len(row) > 1), [])
    if headings.holds_values(first, {}) or any(
        re.search(r"\d", cell) or _is_name(cell) for cell in first
    ):
        return []
    return first[:40]


def _is_name(cell: str) -> bool:
    """Whether each of several words begins with a capital, as in names and as in no heading."""
    words = cell.split()
    return len(words) > 1 and all(word[:1].isupper() for word in words) and not cell.isupper()


def told_of(
    name: str, sought: Sought, unread: list[Unread], read: Iterable[pd.DataFrame]
) -> list[str]:
    """Sentences on the sheets beside a list that were not read.

    Raises
    ------
    InputError
        A sheet may hold records that nobody would count.
    """
    known: set[str] = set()
    if any(sheet.ids for sheet in unread):
        known = {cell_text(n) for f in read if "dossier_id" in f for n in f["dossier_id"]}
    return [
        message(
            "sheet_unread", page=page_of(name, sheet.where), what=_what_is(sheet, sought, known)
        )
        for sheet in unread
        if not sheet.is_empty
    ]


def _what_is(sheet: Unread, sought: Sought, known: set[str]) -> str:
    """What a sheet beside a list is."""
    if sheet.ids and sheet.ids <= known:
        return message("known_already", noun=headings.noun_of(sought.kind))
    if (other := headings.kind_of(sheet.rows)) and other[0] != sought.kind:
        return message("other_list", noun=headings.noun_of(other[0]), folder=other[0])
    if sheet.is_nearly(sought) and sheet.header:
        raise missing_columns(sheet.where, sheet.header, sought)
    if headings.is_summary(sheet.rows):
        return message("a_summary")
    if sheet.records >= FEWEST_RECORDS:
        values = {"records": sheet.records, "noun": headings.noun_of(sought.kind)}
        raise refusal("records_unheaded", where=sheet.where, **values)
    return message("no_list", noun=headings.noun_of(sought.kind))


def page_of(file: str, where: str) -> str:
    """Place within a file: "trang 2"."""
    return where.removeprefix(f"{file}, ")
