"""Which rows of an export are its heading, and which column holds what.

A heading is one to four rows that name columns motcua knows, in many wordings. A row that holds
values is never part of one, whatever its words read like.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import pairwise, takewhile

from motcua.base.errors import ParameterError, did_you_mean
from motcua.base.params import Params
from motcua.base.reference import KIND_LABELS, REQUIRED, STAND_INS, forms, read_yaml, refusal
from motcua.base.vietnamese import bare_key, clean, key

MOST_TIERS = 4
SERIALS = (20_000, 80_000)  # days as Excel counts them: of the years 1954 to 2119
BLANKS = frozenset({"", "-", "–", "—", ".", "null", "none", "nan", "nat", "n/a"})

SUMMARY_HEADINGS = 4  # so many headings of summary tables make a file one
MOST_MERGED = 3  # columns without a heading that one may be merged over

Rows = Sequence[list]
Names = dict[str, tuple[str, int]]  # key of a heading -> column, preference (lower is better)

_DAY = re.compile(
    r"['\s]*(?:\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d{2})|\d{4}[-/.]\d{1,2}[-/.]\d{1,2})"
    r"(?=T\d|[^\w./-]|$)"
)
_LONG_NUMBER = re.compile(r"\d{5}")  # no heading has one


@dataclass(frozen=True)
class Sought:
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


@dataclass(frozen=True)
class Header:
    """Where a heading begins and ends and which column holds what.

    Attributes
    ----------
    columns : canonical column -> index of the best heading for it.
    others : canonical column -> indexes of further headings for it, the best first.
    texts : lowest filled cell of each column, as the file writes it; "" where there is none.
    seen : every filled cell.
    """

    first_row: int
    last_row: int
    columns: dict[str, int]
    others: dict[str, list[int]]
    texts: list[str]
    seen: list[str]

    @property
    def days(self) -> list[int]:
        """Indexes of the columns of days."""
        return [index for column, index in self.columns.items() if column.endswith("_at")]

    def lacks(self, must: Iterable[str]) -> list[str]:
        """Columns of `must` that it does not name."""
        return [column for column in must if column not in self.columns]

    def is_same(self, index: int, other: int) -> bool:
        """Whether two columns have the very same heading."""
        return key(self.texts[index]) == key(self.texts[other])

    def beside(self, index: int) -> list[int]:
        """Columns without a heading right of one: a heading may be merged over them."""
        after = range(index + 1, min(index + 1 + MOST_MERGED, len(self.texts)))
        return list(takewhile(lambda at: not self.texts[at], after))


def noun_of(kind: str) -> str:
    """What a row of a kind is, in words."""
    return KIND_LABELS[kind].lower()


@cache
def aliases(kind: str) -> Names:
    """Key of every known heading of a kind -> (canonical column, preference; lower is better)."""
    found: Names = {}
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
    for name in columns:
        if name not in known:
            hint = did_you_mean(name, known)
            raise refusal("no_such_column", ParameterError, column=name, hint=hint)


def must_have(kind: str, params: Params, columns: dict[str, str]) -> tuple[str, ...]:
    """Columns that every table of a file must have, with those that stand in for others.

    Parameters
    ----------
    columns : canonical column -> heading, as the parameters have it for this file.

    Raises
    ------
    ParameterError
        Two columns are named for one thing.

    Examples
    --------
    >>> must_have("dossiers", Params(dossier_id="row"), {"on_time": "Kết quả"})
    ('ward', 'received_at', 'on_time', 'closed_at')
    """
    if kind != "dossiers":
        return REQUIRED[kind]
    named = [c for c in ("due_at", *STAND_INS) if c in columns]
    if len(named) > 1:
        raise refusal("two_due_dates", ParameterError, columns=", ".join(named))
    if params.dossier_id == "row" and "dossier_id" in columns:
        raise refusal("number_and_row", ParameterError)
    by = {STAND_INS[c]: c for c in named if c in STAND_INS}
    needed = (by.get(c, c) for c in REQUIRED[kind])
    return tuple(c for c in needed if c != "dossier_id" or params.dossier_id == "column")


def cell_key(value: object) -> str:
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


def is_day(value: object) -> bool:
    """Whether a cell is a day, as a workbook or as words tell it.

    Examples
    --------
    >>> is_day(date(2024, 1, 14)), is_day("14/01/2024 08:30"), is_day("Ngày 14/01/2024")
    (True, True, False)
    """
    return isinstance(value, date) or (type(value) is str and _DAY.match(value) is not None)


def _is_value(value: object) -> bool:
    """Whether a cell is a day or holds a long number, as no heading does."""
    return value is not None and (is_day(value) or _LONG_NUMBER.search(str(value)) is not None)


def holds_values(row: list, names: Names) -> bool:
    """Whether a row has a day or a long number, which is not the name of a column."""
    return any(_is_value(cell) and cell_key(cell) not in names for cell in row)


def reads_as(name: str, cell: str) -> bool:
    """Whether the key of a cell begins as a form of furniture.yaml says: total, page, group, ..."""
    return forms("furniture", name).match(cell) is not None


def known_in(row: list, names: Names) -> list[tuple[str, int] | None]:
    """Column that each cell of a row names, with its preference; None for any other cell."""
    cells = map(cell_key, row)
    return [(names.get(c) or names.get(bare_key(c))) if c else None for c in cells]


def header_at(rows: Rows, first: int, sought: Sought) -> Header | None:
    """Header that begins in a row: the one to four rows, as few as do, that name most columns."""
    best, tiers = None, []
    for last in range(first, min(first + MOST_TIERS, len(rows))):
        row = rows[last]
        if holds_values(row, sought.names) or (
            best and not _goes_on(row, rows[last - 1], best, sought)
        ):
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
        index = header.columns[column]
        cell = cell_key(row[index]) if index < len(row) else ""
        if not cell or cell == cell_key(above[index] if index < len(above) else None):
            continue
        if {cell, bare_key(cell)} & sought.names.keys() or reads_as("numbering", cell):
            continue
        if is_whole or re.search(r"\d", cell):
            return False
    return True


def _header(rows: Rows, first: int, known: list[list[tuple[str, int] | None]]) -> Header:
    """Header of some rows, of which it is known what each cell names.

    A column is named by the lowest of its header cells that is known, so merged upper tiers
    ("Ngày, tháng, năm") do no harm.
    """
    last = first + len(known) - 1
    tiers = rows[first : last + 1]
    texts, named = [""] * max(map(len, tiers)), {}
    for tier, columns in zip(tiers, known, strict=True):
        texts[: len(tier)] = [
            clean(c) if cell_key(c) else t for c, t in zip(tier, texts, strict=False)
        ]
        named |= {index: column for index, column in enumerate(columns) if column}
    found: dict[str, list[tuple[int, int]]] = {}
    for index in sorted(named):
        column, order = named[index]
        found.setdefault(column, []).append((order, index))
    places = {column: [index for _, index in sorted(own)] for column, own in found.items()}
    columns, others = ({c: own[part] for c, own in places.items()} for part in (0, slice(1, None)))
    seen = [clean(c) for tier in tiers for c in tier if cell_key(c)]
    return Header(first, last, columns, others, texts, seen)


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
    return max(
        filter(None, headers),
        key=lambda h: (len(h.columns), h.first_row - h.last_row, -h.first_row),
        default=None,
    )


def side_by_side(header: Header, must: Sequence[str]) -> list[int]:
    """First columns of lists that stand side by side: all that must be there is named again."""
    places = [
        [
            i
            for i in sorted([header.columns[c], *header.others[c]])
            if header.is_same(header.columns[c], i)
        ]
        for c in must
    ]
    turns = [(min(turn), max(turn)) for turn in zip(*places, strict=False)]
    is_even = len({len(own) for own in places}) == 1
    is_apart = all(last < first for (_, last), (first, _) in pairwise(turns))
    return [0, *(first for first, _ in turns[1:])] if is_even and is_apart else [0]


def unknown_in(header: Header, kind: str, read: Iterable[str]) -> list[str]:
    """Cells of a heading that are neither known nor among those that were read."""
    known = passed_over() | aliases(kind).keys()
    own = {*map(key, read)}
    return [h for h in header.seen if not {key(h), bare_key(h)} & known and key(h) not in own]


def is_summary(rows: Rows) -> bool:
    """Whether a sheet is a report with one row per unit: it has several headings of such."""
    known = set(map(key, read_yaml("headings")["summary"]))
    return len({cell_key(c) for row in rows for c in row} & known) >= SUMMARY_HEADINGS


def kind_of(rows: Rows) -> tuple[str, Header] | None:
    """Kind of the list that some rows begin, and its header: all its required columns are named.

    A kind that requires one column alone is none: every list names that.
    """
    found = [
        (kind, header)
        for kind, must in REQUIRED.items()
        if len(must) > 1
        and (header := first_header(rows, Sought(kind, aliases(kind), must)))
        and not header.lacks(must)
    ]
    return max(found, key=lambda pair: len(pair[1].columns), default=None)
