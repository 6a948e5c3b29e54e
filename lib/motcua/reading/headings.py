"""Which rows of an export are its heading, which hold records, and which column holds what.

A heading is one to four rows that name columns motcua knows, in many wordings. A row that holds
values is never part of one, whatever its words read like.

Numbering, repeated headings and page titles, groups, totals, page numbers and signatures are no
records. A row that has the number of a dossier or a day in a column of days is one, whatever else
stands in it; so is any row that nothing below tells to be furniture.

A sheet that may hold records and cannot be read stops the run; any other sheet beside a list is
named. No cell of a row of values is ever shown: it may be a person's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date
from functools import cache
from itertools import chain, pairwise, takewhile, zip_longest
from typing import NamedTuple, NoReturn

from motcua.base import reference
from motcua.base.errors import MissingColumns, ParameterError, did_you_mean
from motcua.base.reference import REQUIRED, STAND_INS, forms, message, read_yaml, refusal
from motcua.base.vietnamese import bare_key, clean, key
from motcua.reading.workbooks import cell_errors

MOST_TIERS = 4
SERIALS = (20_000, 80_000)  # days as Excel counts them: of the years 1954 to 2119
BLANKS = frozenset({"", "-", "–", "—", ".", "null", "none", "nan", "nat", "n/a"})

SUMMARY_HEADINGS = 4  # so many headings of summary tables make a file one
MOST_MERGED = 3  # columns without a heading that one may be merged over

Rows = Sequence[list]
Names = dict[str, tuple[str, int]]  # key of a heading -> column, preference (lower is better)

_DAY = forms("dates", "day_of_cell")
_LONG_NUMBER = re.compile(r"\d{5}")  # no heading has one


class Sought(NamedTuple):
    """What is looked for in a file.

    Attributes
    ----------
    kind : dossiers, feedback, incidents, followup or corrections.
    names : known headings, those of the parameters first.
    must : columns that each list must have.
    """

    kind: str
    names: Names
    must: Sequence[str]

    def count(self, rows: Rows) -> int:
        """How many columns the best heading in some rows names."""
        header = first_header(rows, self)
        return len(header.columns) if header else 0


class Header(NamedTuple):
    """Where a heading begins and ends and which column holds what.

    Attributes
    ----------
    places : canonical column -> indexes of the headings for it, the best first.
    texts : lowest filled cell of each column, as the file writes it; "" where there is none.
    seen : every filled cell.
    """

    first_row: int
    last_row: int
    places: dict[str, list[int]]
    texts: list[str]
    seen: list[str]

    @property
    def columns(self) -> dict[str, int]:
        """Canonical column -> index of the best heading for it."""
        return {column: own[0] for column, own in self.places.items()}

    @property
    def days(self) -> list[int]:
        """Indexes of the columns of days."""
        return [index for column, index in self.columns.items() if column.endswith("_at")]

    def lacks(self, must: Iterable[str]) -> list[str]:
        """Columns of `must` that it does not name."""
        return [column for column in must if column not in self.places]

    def is_same(self, index: int, other: int) -> bool:
        """Whether two columns have the very same heading."""
        return key(self.texts[index]) == key(self.texts[other])

    def beside(self, index: int) -> list[int]:
        """Columns without a heading right of one: a heading may be merged over them."""
        after = range(index + 1, min(index + 1 + MOST_MERGED, len(self.texts)))
        return list(takewhile(lambda at: not self.texts[at], after))


def noun_of(kind: str) -> str:
    """What a row of a kind is, in words."""
    return reference.KIND_LABELS[kind].lower()


@cache
def aliases(kind: str) -> Names:
    """Key of every known heading of a kind -> (canonical column, preference; lower is better)."""
    names: Names = {}
    for column, own in read_yaml("headings")[kind].items():
        for order, name in enumerate((column, *own)):
            names.setdefault(key(name), (column, order))
    return {bare_key(name): names[name] for name in reversed(names)} | names


def label_of(kind: str, column: str) -> str:
    """Usual Vietnamese heading of a canonical column.

    Examples
    --------
    >>> label_of("dossiers", "closed_at")
    'Ngày kết thúc xử lý'
    """
    lists = read_yaml("headings")
    return lists["usual"].get(column) or next(iter(lists[kind].get(column, ())), column)


def names_of(kind: str, columns: dict[str, str]) -> Names:
    """Known headings of a kind, and before them those that the parameters add to its columns.

    Examples
    --------
    >>> names_of("dossiers", {"due_at": "Hạn chót"})["hạn chót"]
    ('due_at', -1)
    """
    return aliases(kind) | {key(h): (c, -1) for c, h in columns.items()}


def check_columns(columns: Iterable[str]) -> None:
    """Refuse a canonical name in params `columns` that does not exist."""
    known = [*read_yaml("headings")["dossiers"], *STAND_INS]
    for name in (name for name in columns if name not in known):
        hint = did_you_mean(name, known)
        raise refusal("no_such_column", ParameterError, column=name, hint=hint)


def cell_key(value: object) -> str:
    """Key of a cell, empty for a blank; a whole number without ".0"."""
    if value is None or value == "":
        return ""
    return key(str(int(value) if isinstance(value, float) and value.is_integer() else value))


def cell_text(value: object) -> str:
    """Text of a cell cleaned, a blank or placeholder as "", a whole number without ".0".

    Examples
    --------
    >>> cell_text(" Hố  Nai"), cell_text(3.0), cell_text("N/A")
    ('Hố Nai', '3', '')
    """
    if value is None or value != value:  # noqa: PLR0124
        return ""
    text = clean(int(value) if isinstance(value, float) and value.is_integer() else value)
    return "" if text.casefold() in BLANKS else text


def is_day(value: object) -> bool:
    """Whether a cell is a day, as a workbook or as words tell it.

    Examples
    --------
    >>> is_day(date(2024, 1, 14)), is_day("14/01/2024 08:30"), is_day("Ngày 14/01/2024")
    (True, True, False)
    """
    return isinstance(value, date) or (type(value) is str and _DAY.match(value) is not None)


def holds_values(row: list, names: Names) -> bool:
    """Whether a row has a day or a long number, which is not the name of a column."""
    values = (c for c in row if c is not None and (is_day(c) or _LONG_NUMBER.search(str(c))))
    return any(cell_key(cell) not in names for cell in values)


def reads_as(name: str, cell: str) -> bool:
    """Whether the key of a cell begins as a form of furniture.yaml says: total, page, group, ..."""
    return forms("furniture", name).match(cell) is not None


def known_in(row: list, names: Names) -> list[tuple[str, int] | None]:
    """Column that each cell of a row names, with its preference; None for any other cell."""
    return [(names.get(c) or names.get(bare_key(c))) if c else None for c in map(cell_key, row)]


def header_at(rows: Rows, first: int, sought: Sought) -> Header | None:
    """Header that begins in a row: the one to four rows, as few as do, that name most columns."""
    best, tiers = None, []
    for last, row in enumerate(rows[first : first + MOST_TIERS], start=first):
        goes_on = best is None or _goes_on(row, rows[last - 1], best, sought)
        if not goes_on or holds_values(row, sought.names):
            break
        tiers.append(known_in(row, sought.names))
        if not any(tiers[0]):
            break
        header = _header(rows, first, tiers)
        if best is None or len(header.columns) > len(best.columns):
            best = header
    return best


def _goes_on(row: list, above: list, header: Header, sought: Sought) -> bool:
    """Whether a row may be one more tier: under a column that is named it holds no value.

    Where all columns that must be there are named, only a blank, the same text (of a merged cell)
    or another heading may stand under them; else a text without a digit may, too.
    """
    is_whole = not header.lacks(sought.must)
    for column in set(sought.must).intersection(header.columns):
        at = header.columns[column]
        cell, upper = (cell_key(own[at]) if at < len(own) else "" for own in (row, above))
        is_name = {cell, bare_key(cell)} & sought.names.keys() or reads_as("numbering", cell)
        if cell not in ("", upper) and not is_name and (is_whole or _DIGIT.search(cell)):
            return False
    return True


def _header(rows: Rows, first: int, known: list[list[tuple[str, int] | None]]) -> Header:
    """Header of some rows, of which it is known what each cell names.

    A column is named by the lowest of its header cells that is known, so merged upper tiers
    ("Ngày, tháng, năm") do no harm.
    """
    tiers = rows[first : first + len(known)]
    upwards = zip_longest(*reversed(tiers))
    texts = [next((clean(c) for c in column if cell_key(c)), "") for column in upwards]
    named = {index: column for tier in known for index, column in enumerate(tier) if column}
    places: dict[str, list[int]] = {named[index][0]: [] for index in sorted(named)}
    for index in sorted(named, key=lambda index: (named[index][1], index)):
        places[named[index][0]].append(index)
    seen = [clean(c) for tier in tiers for c in tier if cell_key(c)]
    return Header(first, first + len(known) - 1, places, texts, seen)


def first_header(rows: Rows, sought: Sought) -> Header | None:
    """First header that names all columns that must be there; else the best that there is."""
    every = [header_at(rows, first, sought) for first in range(len(rows))]
    whole = next((header for header in every if header and not header.lacks(sought.must)), None)
    return _best(every[whole.first_row : whole.last_row + 1] if whole else every)


def header_from(rows: Rows, first: int, sought: Sought) -> Header | None:
    """Header that begins in a row, without the rows above it that name nothing more."""
    header = header_at(rows, first, sought)
    last = header.last_row if header else first
    return _best([header_at(rows, at, sought) for at in range(first, last + 1)])


def quoted(words: Iterable[str]) -> str:
    """Headings, or names of columns, as messages show them."""
    return ", ".join(map(repr, words))


def _best(headers: Iterable[Header | None]) -> Header | None:
    """Header that names most columns, in as few rows as do, the first of these."""
    ranked = ((len(h.places), h.first_row - h.last_row, -h.first_row, h) for h in headers if h)
    return max(ranked, default=(None,))[-1]


def side_by_side(header: Header, must: Sequence[str]) -> list[int]:
    """First columns of lists that stand side by side: all that must be there is named again."""
    every = (header.places[c] for c in must)
    places = [sorted(i for i in own if header.is_same(own[0], i)) for own in every]
    turns = [(min(turn), max(turn)) for turn in zip(*places, strict=False)]
    is_even = len({len(own) for own in places}) == 1
    is_apart = all(last < first for (_, last), (first, _) in pairwise(turns))
    return [0, *(first for first, _ in turns[1:])] if is_even and is_apart else [0]


def unknown_in(header: Header, kind: str, read: Iterable[str]) -> list[str]:
    """Cells of a heading that are neither known nor among those that were read."""
    names, own = read_yaml("headings"), {*map(key, read)}
    others = {f(n) for n in (*names["personal"], *names["furniture"]) for f in (key, bare_key)}
    known = others | aliases(kind).keys()
    return [h for h in header.seen if not {key(h), bare_key(h)} & known and key(h) not in own]


def is_summary(rows: Rows) -> bool:
    """Whether a sheet is a report with one row per unit: it has several headings of such."""
    known = set(map(key, read_yaml("headings")["summary"]))
    return len({cell_key(c) for row in rows for c in row} & known) >= SUMMARY_HEADINGS


def kind_of(rows: Rows) -> tuple[str, Header] | None:
    """Kind of the list that some rows begin, and its header: all its required columns are named.

    A kind that requires one column alone is none: every list names that.
    """
    kinds = {kind: must for kind, must in REQUIRED.items() if len(must) > 1}
    found = ((k, first_header(rows, Sought(k, aliases(k), must))) for k, must in kinds.items())
    whole = [(kind, header) for kind, header in found if header and not header.lacks(kinds[kind])]
    return max(whole, key=lambda pair: len(pair[1].columns), default=None)


# Which rows hold records ----------------------------------------------------------------------

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
        self.header, self.head, self.sought = header, head, sought
        self.own = {header.columns[c] for c in sought.must if c in header.columns}
        self.named, self.days = header.columns.get("dossier_id"), header.days
        self.title = {_without_digits(cell) for cell in head if " " in cell}
        self.other = min(self.own - {self.named}, default=None)
        plain = any(map(_PLAIN_NUMBER.fullmatch, head))
        self.can_be_sure = self.named in self.own and self.other is not None and not plain
        self.is_bare = not self.own & {*self.days, self.named}  # no day and no number is required
        self.were_evident = self.is_over = False  # below a signature, until a record comes

    def told(self, cells: Cells, below: Rows) -> tuple[list[bool], Header | None]:
        """Whether each of some rows holds a record, as far as the next heading; and that.

        Parameters
        ----------
        cells : of the next rows of the sheet.
        below : some rows below them, where a heading may go on, or begin below its title.
        """
        rows = [*cells.rows, *below]
        sure = self._are_sure(cells) if self.can_be_sure else [False] * cells.n
        holds: list[bool] = []
        for at, is_sure in enumerate([*sure, *[False] * len(below)]):
            if is_sure:
                self.is_over, self.were_evident = False, True
            elif heading := self._heading(rows, at):
                holds = self._without_title(rows, holds)
                return holds[: cells.n], heading if at < cells.n else None
            holds.append(is_sure or (at < cells.n and self._holds_record(rows[at])))
        return holds[: cells.n], None

    def _are_sure(self, cells: Cells) -> list[bool]:
        """Whether a row is a record for sure, as most are.

        A plain number of a dossier and one more of the required cells, where no word of the header
        is a plain number: the rules of `_holds_record` say the same of such a row.
        """
        return [
            type(number) is str
            and _PLAIN_NUMBER.fullmatch(number) is not None
            and bool(other)
            and (type(other) is not str or len(other) > _BLANK or not _is_nothing(other))
            for number, other in zip(cells[self.named], cells[self.other], strict=True)
        ]

    def _heading(self, rows: Rows, at: int) -> Header | None:
        """Heading that begins in a row: of two columns at least, and its cells are no values."""
        row, must, names = rows[at], self.sought.must, self.sought.names
        if not any(row) or sum(type(c) is str for c in row) < 2 or holds_values(row, names):
            return None
        known = {named[0] for named in known_in(row, names) if named}
        header = header_from(rows, at, self.sought) if len(known) > 1 else None
        if not header or not header.lacks(must):
            return header
        # One that lacks a column counts where it is another one than the tiers of the first.
        is_new = any(cell_key(c) not in self.head for c in row if cell_key(c))
        named = set(must).intersection(header.columns)
        is_list = len(named) >= 2 and len(header.columns) >= 3 and not is_summary([row])
        return header if is_new and is_list and header.days else None

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
        has_number = self.named is not None and self.named < len(row)
        word = cell_key(row[self.named]) if has_number else ""
        label = next((cell_key(c) for c in row[: self.named] if not _is_nothing(c)), "")
        is_count = len(word) <= SHORT and word.isdecimal()
        is_sum = is_count and (self.is_over or reads_as("total", label))
        return _PLAIN_NUMBER.fullmatch(word) is not None and not is_sum

    def _holds_record(self, row: list) -> bool:
        """Whether a row is neither empty nor furniture."""
        filled = [i for i, c in enumerate(row) if c != "" and not _is_nothing(c)]
        if not filled or self._is_repeated(row, filled):
            return False
        if self._is_evident(row):
            self.is_over, self.were_evident = False, True
            return not self._is_plain_furniture(row, filled)
        if self.named in filled and row[self.named] in cell_errors():
            return True  # a record whose number the workbook does not tell
        words = [cell_key(row[i]) for i in filled]
        self.is_over = self.is_over or self._ends_list(row, words, filled)
        if self.is_over or self._is_plain_furniture(row, filled):
            return False
        return (self.is_bare and self.own <= {*filled}) or not self._is_worded(words, filled)

    def _is_repeated(self, row: list, filled: list[int]) -> bool:
        """Whether a row says only what stands in the heading and above it, but for the digits."""
        cells = [cell_key(row[i]) for i in filled]
        return all(c in self.head or _without_digits(c) in self.title for c in cells)

    def _is_plain_furniture(self, row: list, filled: list[int]) -> bool:
        """Whether a row is numbering, a group or a total by its shape."""
        mine = self.own.intersection(filled)
        number = cell_key(row[self.named]) if self.named in mine else ""
        is_caption = mine == {self.named} and reads_as("caption", number)
        if len(filled) <= 2 and (not mine or is_caption):
            return True  # a group row ("Xã, phường, thị trấn") or a note
        sums = [reads_as("sum", word) for word in (number, *(cell_key(row[i]) for i in filled[:2]))]
        if any(sums[1:]) and (len(mine) <= 1 or not number or sums[0]):
            return True
        if len(filled) == 1 and not mine - {self.named} and is_day(row[filled[0]]):
            return True  # the day of a group
        if self.named not in mine and all(row[i] in cell_errors() for i in filled):
            return True  # formulas drawn down below the list
        return self.own <= mine and all(reads_as("numbering", cell_key(row[i])) for i in filled)

    def _ends_list(self, row: list, words: list[str], filled: list[int]) -> bool:
        """Whether a row begins what stands below a list: a signature, a summary."""
        own = [word for i, word in zip(filled, words, strict=True) if i in self.own]
        signs = [reads_as("signature", w) for w in own or words if not reads_as("aside", w)]
        return is_summary([row]) or (bool(signs) and all(signs))

    def _is_worded(self, words: list[str], filled: list[int]) -> bool:
        """Whether a row without a number of a dossier and a day is furniture by its words."""
        return (
            any(reads_as("page", word) for word in words)
            or any(reads_as("total", word) for word in words[:2])
            or reads_as("printed", words[0])
            or self._is_group_row(words, filled)
            or (" " in words[0] and len({*words}) == 1 < len(words))
            or (" " in words[0] and len(words) == 1 and filled[0] in self.days)
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
    is_short = type(value) is str and len(value) <= _BLANK
    return value is None or (is_short and value.strip().casefold() in BLANKS)


# Sheets that are not read: refused with the way out, or told.

# Of what must be there.
MAY_BE_EMPTY = ("due_at", "closed_at", "result_at", "returned_at", *STAND_INS)
FEWEST_KNOWN = 3  # headings of a sheet that may be a list with one column worded otherwise
FEWEST_RECORDS = 2  # rows like records that make a sheet without heading a list
_DIGIT = re.compile(r"\d")
_NUMBER = re.compile(r"[A-Za-z0-9./_-]*[0-9]{5}[A-Za-z0-9./_-]*|.*[0-9]{3}.*[-./][0-9]{2,}")


class Unread(NamedTuple):
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
    ids: set[str]

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
        return cls(where, header, rows, records, ids)


def is_like_record(row: list) -> bool:
    """Whether a row looks like a dossier: two days at least, and a number.

    Examples
    --------
    >>> is_like_record(["H19.12-231220-0001", "Tân Hòa", "20/12/2023", "29/12/2023"])
    True
    >>> is_like_record(["Từ ngày", "20/12/2023", "đến ngày", "29/12/2023"])
    False
    """
    days = [is_day(cell) for cell in row]
    others = (cell for cell, is_one in zip(row, days, strict=True) if cell and not is_one)
    return sum(days) > 1 and any(_NUMBER.fullmatch(cell_key(cell)) for cell in others)


def goes_on(rows: Rows, header: Header, sought: Sought) -> bool:
    """Whether a sheet without a heading begins with a record under the heading of another one."""
    row = next((row for row in rows if any(map(cell_text, row))), [])
    if len(row) <= max(header.columns[c] for c in sought.must):
        return False
    needed = {c: row[header.columns[c]] for c in sought.must if c not in MAY_BE_EMPTY}
    whole = [(is_day if c.endswith("_at") else cell_text)(cell) for c, cell in needed.items()]
    has_day = any(c.endswith("_at") for c in needed)
    return has_day and all(whole) and bool(_DIGIT.search(cell_key(needed.get("dossier_id", "0"))))


def refuse_wrong_folder(name: str, rows: Rows, header: Header | None, sought: Sought) -> None:
    """Refuse a list of another kind, with the folder where it belongs.

    A list is of another kind when that names more of its columns, all that must be there among
    them, and all but at most one of those that its own kind names (all, where it could be read).
    """
    belongs, other = kind_of(rows) or (sought.kind, None)
    own = header.columns if header else {}
    if len(REQUIRED[sought.kind]) < 2 or not other or belongs == sought.kind:
        return
    alone = set(own.values()) - set(other.columns.values())
    is_whole = header is not None and not header.lacks(sought.must)
    if len(other.columns) > len(own) and len(alone) <= (not is_whole):
        nouns = {"other": noun_of(belongs), "own": noun_of(sought.kind)}
        seen = quoted(other.seen)
        raise refusal("wrong_folder", name=name, **nouns, headings=seen, folder=belongs)


def refuse_rows_above(where: str, rows: Rows, header: Header, sought: Sought) -> None:
    """Refuse records above the first whole heading: nobody would read them."""
    named = header.columns.get("dossier_id")
    for number, row in enumerate(rows[: header.first_row], start=1):
        days = sum(is_day(row[index]) for index in header.days if index < len(row))
        own = cell_key(row[named]) if named is not None and named < len(row) else ""
        if is_like_record(row) or (days > 1 and _DIGIT.search(own)):
            other = first_header(rows[: number - 1], sought)
            if other and len(other.columns) >= FEWEST_KNOWN:
                place = message("row_of", where=where, row=other.last_row + 1)
                raise missing_columns(place, other, sought)
            raise refusal("rows_above", where=where, row=number, heading=header.last_row + 1)


def missing_columns(where: str, header: Header, sought: Sought) -> MissingColumns:
    """Error that names the columns a heading lacks, and what of it is not read."""
    read = (header.texts[index] for index in header.columns.values())
    free = unknown_in(header, sought.kind, read)
    missing = {c: label_of(sought.kind, c) for c in header.lacks(sought.must)}
    return reference.columns_missing(where, missing, header.seen, free)


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
    if any(is_summary(sheet.rows) for sheet in unread):
        columns = ", ".join(label_of(sought.kind, c) for c in sought.must)
        raise refusal("summary", name=name, columns=columns)
    headed = [(len(sheet.header.columns), sheet) for sheet in unread if sheet.header]
    most, best = max(headed, key=lambda pair: pair[0], default=(0, None))
    if most > 1:
        raise missing_columns(best.where, best.header, sought)
    likely = max((_likely_headings(sheet.rows) for sheet in unread), key=len, default=[])
    seen = message("headings_seen", headings=quoted(likely)) if likely else ""
    usual = label_of(sought.kind, REQUIRED[sought.kind][0])
    raise refusal("no_heading", name=name, usual=usual, seen=seen)


def _likely_headings(rows: Rows) -> list[str]:
    """Cells of the first row that has several: none where it holds values or people's names."""
    texts = ([clean(c) for c in row if cell_key(c)] for row in rows)
    first = next((row for row in texts if len(row) > 1), [])
    return [] if any(_DIGIT.search(cell) or _is_name(cell) for cell in first) else first[:40]


def _is_name(cell: str) -> bool:
    """Whether each of several words begins with a capital, as in names and as in no heading."""
    words = cell.split()
    return len(words) > 1 and all(word[:1].isupper() for word in words) and not cell.isupper()


def told_of(name: str, sought: Sought, unread: list[Unread], numbers: Iterable) -> list[str]:
    """Sentences on the sheets beside a list that were not read.

    Raises
    ------
    InputError
        A sheet may hold records that nobody would count.
    """
    known = set(map(cell_text, numbers)) if any(sheet.ids for sheet in unread) else set()
    pages = {page_of(name, s.where): s for s in unread if any(map(cell_text, chain(*s.rows)))}
    whats = {page: _what_is(sheet, sought, known) for page, sheet in pages.items()}
    return [message("sheet_unread", page=page, what=what) for page, what in whats.items()]


def _what_is(sheet: Unread, sought: Sought, known: set[str]) -> str:
    """What a sheet beside a list is."""
    if sheet.ids and sheet.ids <= known:
        return message("known_already", noun=noun_of(sought.kind))
    if (other := kind_of(sheet.rows)) and other[0] != sought.kind:
        return message("other_list", noun=noun_of(other[0]), folder=other[0])
    columns = sheet.header.columns if sheet.header and sheet.header.days else {}
    if len(columns) >= FEWEST_KNOWN and len(set(sought.must).intersection(columns)) > 1:
        raise missing_columns(sheet.where, sheet.header, sought)
    if is_summary(sheet.rows):
        return message("a_summary")
    if sheet.records >= FEWEST_RECORDS:
        values = {"records": sheet.records, "noun": noun_of(sought.kind)}
        raise refusal("records_unheaded", where=sheet.where, **values)
    return message("no_list", noun=noun_of(sought.kind))


def page_of(file: str, where: str) -> str:
    """Place within a file: "trang 2"."""
    return where.removeprefix(f"{file}, ")
