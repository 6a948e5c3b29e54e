"""Which rows below a heading hold records, and which are furniture of the page.

Numbering, repeated headings and page titles, groups, totals, page numbers and signatures are no
records. A row that has the number of a dossier or a day in a column of days is one, whatever else
stands in it; so is any row that nothing below tells to be furniture.
"""

from __future__ import annotations

import re
from functools import cache
from itertools import zip_longest

from motcua.base.reference import read_yaml
from motcua.base.vietnamese import key
from motcua.reading.headings import (
    BLANKS,
    Header,
    Names,
    Rows,
    cell_key,
    header_from,
    holds_values,
    is_day,
    is_numbering,
    is_summary,
    known_in,
)
from motcua.reading.limits import cell_errors

MOST_IN_TITLE = 3  # filled cells of a row of a page's title
_BLANK = 5  # letters that a blank has at most, spaces around it included

_CAPTION = re.compile(r"^(?!.*\d{3})\S+ .*$")  # several words: no dossier number reads like this
_PLAIN_NUMBER = re.compile(r"[A-Za-z0-9./_-]*[0-9]{3}[A-Za-z0-9./_-]*")  # of most dossiers
_PLAIN_NUMBERS = re.compile(rf"(?>{_PLAIN_NUMBER.pattern}\n)*+")  # one a line
_TOTAL = re.compile(r"^(tổng cộng|tổng số|tổng|cộng)(\s+(chung|số|toàn|hồ sơ)\b.*|\s*[:(].*)?$")
_ENUMERATED = re.compile(r"^\(?([ivx]+|[a-zđ]|\d{1,2}(\.\d{1,2})*)\s*[.)/,:-]+\s*")
_LETTER = re.compile(r"^\(?([ivx]+|[a-zđ])[.)]?$")  # I, II, A: of a group
_COUNT = re.compile(r"^[\d.,]+\s*(%|hồ sơ|hs|bộ|dòng)?$|^(hồ sơ|hs)$")
_COUNTED = re.compile(r".+[(:]\s*(có\s+)?\d+\s*(hồ sơ|hs|bộ|dòng)?\s*\)?$")  # An Bình (12 hồ sơ)
_SHORT = re.compile(r"\d{1,6}")  # a count rather than a dossier, where anything tells so
_ALONE = re.compile(r"^(-\s*\d{1,4}\s*-|\d{1,3}\s*/\s*\d{1,3})$")  # number of a page
_DATED = re.compile(r"(^|.*[,\s])ngày\s*[\d.…]*\s*tháng\s*[\d.…]*\s*năm\b.*")
_IN_BRACKETS = re.compile(r"^\(.*\)$")


class Cells:
    """Cells of some rows by column, None where a row is too short."""

    def __init__(self, rows: Rows) -> None:
        self.n, self._columns = len(rows), list(zip_longest(*rows))

    def __getitem__(self, index: int) -> tuple:
        """Cells of a column."""
        return self._columns[index] if index < len(self._columns) else (None,) * self.n


@cache
def _beginning(*lists: str) -> re.Pattern[str]:
    """Pattern of a cell that begins with one of the words of some lists of furniture.yaml."""
    words = sorted((key(w) for name in lists for w in read_yaml("furniture")[name]), key=len)
    return re.compile(rf"(?:{'|'.join(map(re.escape, reversed(words)))})(?!\w)")


def _is_total(cell: str) -> bool:
    return bool(_beginning("totals").match(cell)) and not _beginning("not_totals").match(cell)


def _is_page(cell: str) -> bool:
    """Whether a cell is the number of a page: "Trang 2/5", "- 2 -"."""
    named = _beginning("pages").match(cell)
    return bool(
        _ALONE.match(cell)
        or (named and re.fullmatch(r"[\d\s/:.]*((of|trên)?[\d\s/]+)?", cell[named.end() :]))
    )


def _is_group(cell: str) -> bool:
    """Whether a cell names a group: "II. UBND phường Tân Tiến", "An Bình (12 hồ sơ)"."""
    word = _ENUMERATED.sub("", cell)
    begins = _beginning("groups").match(word) is not None
    return (begins and " " in word) or _COUNTED.match(word) is not None


def _is_signature(cell: str) -> bool:
    return bool(_beginning("signatures").match(cell) or _DATED.match(cell))


class Records:
    """What tells a row that holds a record (or tries to) below a header.

    Attributes
    ----------
    head : keys of all cells of the heading and above it.
    were_evident : whether a record came that is one by its number or a day.
    """

    def __init__(
        self, header: Header, head: set[str], kind: str, names: Names, must: tuple[str, ...]
    ) -> None:
        self.header, self.names, self.must = header, names, must
        self.own = {header.columns[c] for c in self.must if c in header.columns}
        self.named = header.columns.get("dossier_id")
        self.days = [i for c, i in header.columns.items() if c.endswith("_at")]
        self.head = head
        self.title = {_without_digits(cell) for cell in self.head if " " in cell}
        self.other = min(self.own - {self.named}, default=None)
        plain = any(map(_PLAIN_NUMBER.fullmatch, self.head))
        self.can_be_sure = self.named in self.own and self.other is not None and not plain
        self.is_dossier = kind == "dossiers"
        self.is_bare = not self.own & {*self.days, self.named}  # no day and no number is required
        self.were_evident = False
        self.is_over = False  # below a signature or a summary, until a record comes

    def told(self, rows: Rows, upto: int) -> tuple[list[bool], Header | None]:
        """Whether each of the first rows holds a record, as far as the next heading; and that.

        Parameters
        ----------
        rows : next rows of the sheet, some more of them than are asked for.
        upto : how many are asked for.
        """
        cells = Cells(rows[:upto])
        if self.can_be_sure and self._are_all_sure(cells):
            self.is_over, self.were_evident = False, True
            return [True] * upto, None
        sure = self._are_sure(cells) if self.can_be_sure else [False] * upto
        holds: list[bool] = []
        for at, is_sure in enumerate(sure):
            if not is_sure and (heading := self._heading(rows, at)):
                return self._without_title(rows, holds), heading
            holds.append(is_sure or self._holds_record(rows[at]))
            self.is_over = self.is_over and not is_sure
            self.were_evident = self.were_evident or is_sure
        return holds, None

    def _are_all_sure(self, cells: Cells) -> bool:
        """Whether every row is a record for sure (see `_are_sure`), which is told by one look."""
        try:
            numbers = "\n".join([*cells[self.named], ""])
            shortest = min(map(len, cells[self.other]), default=0)
        except TypeError:  # something else than text among them
            return False
        return shortest > _BLANK and _PLAIN_NUMBERS.fullmatch(numbers) is not None

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
        if sum(type(c) is str for c in row) < 2 or holds_values(row, self.names):
            return None
        known = {told[0] for told in known_in(row, self.names) if told}
        if len(known) < 2:
            return None
        header = header_from(rows, at, self.names, self.must)
        if header is None or header.lacks(self.must):
            return self._other_heading(row, header)
        return header

    def _other_heading(self, row: list, header: Header | None) -> Header | None:
        """Heading that lacks a column, where it is another one than the tiers of the first."""
        if header is None or all(cell_key(c) in self.head for c in row if cell_key(c)):
            return None
        named = set(self.must).intersection(header.columns)
        is_list = len(named) >= 2 and len(header.columns) >= 3 and not is_summary([row])
        has_day = any(column.endswith("_at") for column in header.columns)
        return header if is_list and has_day else None

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
        return not ((self.is_over or _is_total(label)) and _SHORT.fullmatch(word))

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
        if len(filled) <= 2 and (not mine or (mine == {self.named} and _CAPTION.match(number))):
            return True  # a group row ("Xã, phường, thị trấn") or a note
        if (len(mine) <= 1 or not number or _TOTAL.match(number)) and any(
            _TOTAL.match(cell_key(row[i])) for i in filled[:2]
        ):
            return True
        if len(filled) == 1 and not mine - {self.named} and is_day(row[filled[0]]):
            return True  # the day of a group
        if self.named not in mine and all(row[i] in cell_errors() for i in filled):
            return True  # formulas drawn down below the list
        return self.own <= mine and all(is_numbering(cell_key(row[i])) for i in filled)

    def _ends_list(self, row: list, filled: list[int]) -> bool:
        """Whether a row begins what stands below a list: a signature, a summary."""
        words = [cell_key(row[i]) for i in filled]
        own = [word for i, word in zip(filled, words, strict=True) if i in self.own]
        signs = [word for word in own or words if not _IN_BRACKETS.match(word)]
        return is_summary([row]) or (bool(signs) and all(map(_is_signature, signs)))

    def _is_worded(self, row: list, filled: list[int]) -> bool:
        """Whether a row without a number of a dossier and a day is furniture by its words."""
        words = [cell_key(row[i]) for i in filled]
        return (
            any(map(_is_page, words))
            or any(map(_is_total, words[:2]))
            or _beginning("printed").match(words[0]) is not None
            or self._is_group_row(words, filled)
            or (len(words) > 1 and len(set(words)) == 1 and " " in words[0])
            or (len(words) == 1 and " " in words[0] and filled[0] in self.days)
        )

    def _is_group_row(self, words: list[str], filled: list[int]) -> bool:
        """Whether the cells of a row are a group and counts: "I", "UBND phường Tân Tiến", 12."""
        at = 1 if _LETTER.match(words[0]) else 0
        if at == len(words) or not all(map(_COUNT.match, words[at + 1 :])):
            return False
        known = {*self.header.columns.values()}.difference(self.days)
        if not self.is_dossier and known.intersection(filled[at + 1 :]):
            return False
        return _is_group(words[at]) or (at == 1 and " " in words[at])


def _without_digits(cell: str) -> str:
    return re.sub(r"\d+", "0", cell)


def _is_nothing(value: object) -> bool:
    return value is None or value == "" or _is_blank(value)


def _is_blank(value: object) -> bool:
    short = type(value) is str and len(value) <= _BLANK
    return short and value.strip().casefold() in BLANKS
