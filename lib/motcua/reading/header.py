"""The tables of an export: its sheets read below their headings, known columns alone.

Exports carry title blocks, two to four header tiers, numbering, group and total rows, and headings
in many wordings. This module hands over only the columns that motcua knows; everything else,
personal data first of all, is left behind here. Of an export in a language that it does not know,
it guesses them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from itertools import chain, compress, pairwise
from operator import eq
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pandas as pd
import pyarrow as pa
import yaml

from motcua.base.calendar import Period
from motcua.base.errors import InputError
from motcua.base.params import Params
from motcua.base.reference import (
    OTHER_PROFILE,
    PROFILES,
    REQUIRED,
    message,
    read_parameters,
    read_yaml,
    refusal,
)
from motcua.base.vietnamese import key
from motcua.reading import headings, records
from motcua.reading.delimited import refuse_old_letters
from motcua.reading.exports import find_files, stated_span
from motcua.reading.headings import MOST_TIERS, Header, Rows, Sought, cell_key, cell_text
from motcua.reading.limits import HEAD_ROWS
from motcua.reading.records import Cells, Records, Unread, page_of
from motcua.reading.sheets import SYNTHETIC_MARK, read_sheets

_NUMBER = re.compile(r"\S*\d{3}\S*")
_TEXT, _MOMENT, _EPOCH = pa.string(), pa.timestamp("us"), datetime(1970, 1, 1)
_WORD = pa.dictionary(pa.int32(), _TEXT)


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


def read_tables(
    path: Path, kind: str, columns: dict[str, str], must: tuple[str, ...] = ()
) -> list[RawTable]:
    """Tables of a kind found in a file: of every sheet that has the header, one per heading.

    Parameters
    ----------
    path : .xlsx, .xls, .csv, .csv.gz or .parquet.
    kind : dossiers, feedback, incidents or followup.
    columns : canonical column -> heading, from params; wins over the known headings. It speaks of
        dossiers; the other kinds are read by the known headings alone.
    must : columns that each table must have; the required ones of the kind where none is given.

    Raises
    ------
    InputError
        The file cannot be read, has no header, belongs into another folder, or a sheet of it may
        hold records that cannot be read.
    MissingColumns
        The header lacks a required column.
    """
    headings.check_columns(columns)
    columns = columns if kind == "dossiers" else {}
    sought = Sought(kind, headings.names_of(kind, columns), must or REQUIRED[kind])
    tables: list[RawTable] = []
    unseen: list[RawTable] = []
    unread: list[Unread] = []
    said: list[str] = []
    last: Header | None = None
    for where, pieces, is_hidden, notes in read_sheets(path, sought.count):
        rows = next(pieces, [])
        every = chain([rows], pieces)
        header = headings.first_header(rows[:HEAD_ROWS], sought)
        sheet = _Sheet(path.name, where, sought)
        said += notes
        if header and not header.lacks(sought.must):
            if is_hidden:
                unseen += sheet.tables(every, header)
                continue
            records.refuse_wrong_folder(path.name, rows[:HEAD_ROWS], header, sought)
            records.refuse_rows_above(where, rows, header, sought)
            tables += sheet.tables(every, header)
            last = sheet.header
        elif last and records.goes_on(rows, last, sought) and not is_hidden:
            tables += sheet.going_on(every, last, tables[-1].is_synthetic)
        else:
            unread.append(Unread.of(where, header, every))
    if not tables:
        _refuse(path.name, sought, unread, unseen, said)
    said += records.told_of(path.name, sought, unread, [table.frame for table in tables])
    said += _not_found(columns, tables)
    said += [
        message("hidden_sheet", page=page_of(path.name, raw.where), rows=len(raw.frame))
        for raw in unseen
    ]
    return [replace(tables[0], notes=(*tables[0].notes, *said)), *tables[1:]]


def _not_found(columns: dict[str, str], tables: list[RawTable]) -> list[str]:
    """Sentences on headings of the parameters that no table has."""
    return [
        message("heading_not_found", heading=heading, column=column)
        for column, heading in columns.items()
        if all(key(heading) != key(table.headings.get(column, "")) for table in tables)
    ]


def _refuse(
    name: str, sought: Sought, unread: list[Unread], unseen: list[RawTable], said: list[str]
) -> NoReturn:
    """Refuse a file without a list that who opens it would see."""
    if unseen:
        raise refusal("hidden_list", name=name, page=page_of(name, unseen[0].where))
    texts = (c for sheet in unread for row in sheet.rows for c in row if type(c) is str)
    refuse_old_letters(name, texts)
    try:
        records.refuse_file(name, sought, unread)
    except InputError as error:
        raise type(error)(
            "\n".join([str(error), *(message("note", note=note) for note in said)])
        ) from None


class _Sheet:
    """A sheet that is read: table after table, each under a heading of its own."""

    def __init__(self, file: str, where: str, sought: Sought) -> None:
        self.file, self.where, self.sought = file, where, sought
        self.header: Header | None = None  # the last one

    def tables(self, pieces: Iterator[Rows], header: Header) -> list[RawTable]:
        """Tables of a sheet whose first heading stands in its first piece."""
        rows = next(pieces)
        starts = headings.side_by_side(header, self.sought.must)
        if len(starts) > 1:
            return self._beside([*chain(rows, *pieces)], starts)
        self.header = header
        above = rows[: header.last_row + 1]
        stated = stated_span(cell_text(c) for r in rows[: header.first_row] for c in r)
        table = self._table(header, {cell_key(c) for r in above for c in r} - {""})
        found = self._read(table, chain([rows[len(above) :]], pieces), len(above))
        return [replace(table, stated=stated) for table in found]

    def going_on(self, pieces: Iterator[Rows], header: Header, mark: bool) -> list[RawTable]:
        """Tables of a sheet that goes on with the rows of the sheet before it."""
        head = {cell_key(text) for text in header.seen} | ({SYNTHETIC_MARK} if mark else set())
        self.header = header
        first, *others = self._read(self._table(header, head), pieces, 0)
        return [replace(first, notes=(self.note(message("goes_on")), *first.notes)), *others]

    def _table(self, header: Header, head: set[str]) -> _Table:
        return _Table(self, header, Records(header, head, self.sought))

    def note(self, words: str) -> str:
        """Sentence on this sheet."""
        place = self.where.removeprefix(self.file).removeprefix(", ")
        return f"{place}: {words}." if place else f"{words}."

    def _beside(self, rows: Rows, starts: list[int]) -> list[RawTable]:
        """Tables that stand side by side under repeated headings, from the left."""
        found: list[RawTable] = []
        for number, (start, stop) in enumerate(pairwise([*starts, None]), start=1):
            part = [row[start:stop] for row in rows]
            header = headings.first_header(part[:HEAD_ROWS], self.sought)
            where = message("table_of", where=self.where, number=number)
            where = where if number > 1 else self.where
            found += _Sheet(self.file, where, self.sought).tables(iter([part]), header)
        return found

    def _read(self, table: _Table, pieces: Iterator[Rows], number: int) -> list[RawTable]:
        """Tables of the rows below a heading.

        Parameters
        ----------
        number : of the last row above them.
        """
        done: list[_Table] = []
        at = 0
        for rows, upto in _looking_ahead(pieces):
            while at < upto:
                cells = Cells(rows[at:upto])
                holds, heading = table.records.told(cells, rows[upto:])
                table.take(cells, holds, number + at)
                if heading is None:
                    at = upto
                    break
                if heading.lacks(self.sought.must):
                    at += len(holds)
                    where = message("row_of", where=self.where, row=number + at + 1)
                    raise records.missing_columns(where, heading, self.sought)
                if heading.columns != (own := table.header.columns):
                    if table.records.were_evident or len(heading.columns) <= len(own):
                        done.append(table)  # else it was a title with names of columns
                    head = table.records.head.union(map(cell_key, heading.seen))
                    table, self.header = self._table(heading, head), heading
                at += heading.last_row + 1
            number, at = number + upto, at - upto
        tables = [table for table in (*done, table) if table.n] or [table]
        return [table.finish() for table in tables]


def _looking_ahead(pieces: Iterator[Rows]) -> Iterator[tuple[Rows, int]]:
    """Rows, and how many of them to read now: the others come again, with those below them."""
    held: Rows = []
    for piece in pieces:
        rows = [*held, *piece] if held else piece
        upto = max(len(rows) - MOST_TIERS + 1, 0)
        yield rows, upto
        held = rows[upto:]
    yield held, len(held)


class _Table:
    """Records under one heading while they are gathered."""

    def __init__(self, sheet: _Sheet, header: Header, records: Records) -> None:
        self.sheet, self.header, self.records = sheet, header, records
        self.columns = {
            (column, index): column_of(column)
            for column, first in header.columns.items()
            for index in (first, *header.others[column], *header.beside(first))
        }
        self.numbers: list[np.ndarray] = []
        self.n = 0
        self.headings: dict[str, str] = {}  # canonical column -> heading in the file
        self.notes: list[str] = []

    def take(self, cells: Cells, holds: list[bool], above: int) -> None:
        """Take the records among some rows; `above` is the number of the row above them."""
        if sum(holds) < cells.n:
            cells = Cells([*compress(cells.rows, holds)])
        for (_, index), column in self.columns.items():
            column.add(cells[index])
        self.numbers.append(np.flatnonzero(holds) + above + 1)
        self.n += cells.n

    def finish(self) -> RawTable:
        """Table of what was gathered."""
        header, sheet = self.header, self.sheet
        frame = pd.DataFrame({name: self._chosen(name) for name in header.columns}, copy=False)
        frame["row"] = np.concatenate([*self.numbers, []]).astype("int64")
        unknown = headings.unknown_in(header, sheet.sought.kind, self.headings.values())
        is_synthetic = any(SYNTHETIC_MARK in cell for cell in self.records.head)
        notes = tuple(map(sheet.note, self.notes))
        return RawTable(sheet.where, frame, self.headings, is_synthetic, unknown, notes)

    # The same heading twice, a heading merged over columns, two wordings of one column: an empty
    # column gives way to a filled one, which is told; two that are filled and differ are refused.

    def _chosen(self, column: str) -> pd.Series:
        """Values of a column, of those under each heading that may mean it."""
        series = {i: own.series() for (name, i), own in self.columns.items() if name == column}
        first = self.header.columns[column]
        self.headings[column] = heading = self.header.texts[first]
        values = series.pop(first)
        if not series:
            return values
        there = _filled(values)
        for index, other in series.items():
            also = _filled(other)
            if not also.any():
                continue
            if index in self.header.beside(first):
                if not _is_part(column, there, other, also):
                    continue
                note = message("merged_heading", heading=heading)
            elif self.header.is_same(first, index):
                if self._differs(column, values, other, there & also):
                    continue
                note = message("twice", heading=heading)
            elif there.any():
                continue
            else:
                self.headings[column] = other_heading = self.header.texts[index]
                note = message("empty_column", heading=heading, other=other_heading)
            if (also & ~there).any():
                self.notes.append(note)
            values, there = _joined(values, there, other, also), there | also
        return values

    def _differs(self, column: str, values: pd.Series, other: pd.Series, both: np.ndarray) -> bool:
        """Whether two columns under one heading say different things; needed ones are refused."""
        if all(map(eq, each_once(values[both], cell_text), each_once(other[both], cell_text))):
            return False
        heading = self.headings[column]
        if column in self.sheet.sought.must:
            raise refusal("columns_differ", where=self.sheet.where, heading=heading)
        self.notes.append(message("twice_differing", heading=heading))
        return True


def each_once(values: pd.Series, function: Callable[[Any], str]) -> pd.Series:
    """Function of every value, asked once for each different one; "" for a missing value.

    Examples
    --------
    >>> each_once(pd.Series(["a", None, "a", "b"], dtype=object), str.upper).tolist()
    ['A', '', 'A', 'B']
    """
    codes, different = pd.factorize(values)
    results = pd.array([*map(function, different), ""], dtype="str")
    return pd.Series(results.take(codes), index=values.index)


def _filled(values: pd.Series) -> np.ndarray:
    """Whether each value is more than a blank.

    Examples
    --------
    >>> _filled(pd.Series(["a", "", None, "-"], dtype=object)).tolist()
    [True, False, False, False]
    """
    return (each_once(values, cell_text) != "").to_numpy()


def _is_part(column: str, there: np.ndarray, other: pd.Series, also: np.ndarray) -> bool:
    """Whether a column without a heading belongs to the one left of it.

    No row has both, and what stands in it is of the column's kind.
    """
    if (there & also).any():
        return False
    different = pd.unique(other[also])
    if column.endswith("_at"):
        return all(map(_is_some_day, different))
    if column.endswith("_id"):
        return all(_NUMBER.fullmatch(cell_text(value)) for value in different)
    return not there.any()


def _is_some_day(value: object) -> bool:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return headings.SERIALS[0] < value < headings.SERIALS[1]
    return isinstance(value, (date, np.datetime64)) or headings.is_day(value)


def _joined(values: pd.Series, there: np.ndarray, other: pd.Series, also: np.ndarray) -> pd.Series:
    """Values, and those of another column where there are none."""
    if not there.any():
        return other
    if not (also & ~there).any():
        return values
    return values.astype(object).where(there, other.astype(object))


# Columns are gathered from rows that come in pieces: one is small enough for the processor's cache
# and gone before the next comes, so a million cells never stand in memory as Python objects.


def column_of(name: str) -> Column:
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
        return Column(_moments, _MOMENT)
    return Column(_texts, _TEXT) if name.endswith("_id") else Column(_words, _WORD)


class Column:
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
            return pa.chunked_array(self._parts, self._kind).unify_dictionaries().to_pandas()
        lists = (p.to_pylist() if isinstance(p, pa.Array) else p for p in self._parts)
        return pd.Series([*chain.from_iterable(lists)], dtype=object)


def _texts(cells: Sequence) -> pa.Array:
    return pa.array(cells, _TEXT)


def _words(cells: Sequence) -> pa.Array:
    """Texts of which many are alike: each different one once, and which of them stands where."""
    return _texts(cells).dictionary_encode()


def _moments(cells: Sequence) -> pa.Array:
    """Dates without a zone, as the time since an epoch: Arrow reads that twice as fast."""
    since = [v - _EPOCH if type(v) is datetime else _since(v) for v in cells]
    return pa.array(since, pa.duration("us")).view(_MOMENT)


def _since(value: Any) -> timedelta | None:
    """Time from the epoch to a day; an empty cell is none. TypeError for what is no day."""
    if value is None or value == "":
        return None
    return (datetime.combine(value, time()) if type(value) is date else value) - _EPOCH


def starting_profile(name: str, data: Path) -> str:
    """Profile of a place to be gone over by a person: what the first export of dossiers shows.

    Columns are guessed by their headings (data/reference/guesses.yaml), states by their values,
    comparison to the second by a time of day in the due dates; the rest is that of any city.
    """
    file = next(path for kind, path, _ in find_files(data, Params()).files if kind == "dossiers")
    sheet = next(read_sheets(file, lambda rows: max(map(len, rows), default=0)))
    rows = next(sheet.pieces)
    top = max(rows[:HEAD_ROWS], key=lambda row: sum(map(bool, row)))  # titles may stand above it
    texts = [str(heading).strip() for heading in top]
    guesses, columns = read_yaml("guesses"), {}
    for column, words in guesses["columns"].items():
        free = [text for text in texts if text and text not in columns.values()]
        fits = [text for word in words for text in free if word in text.lower()]
        columns |= {column: fits[0]} if fits else {}
    places = {column: texts.index(text) for column, text in columns.items()}
    whole = [row for row in rows if len(row) == len(texts)]
    seen, due = (
        sorted({str(row[places[column]]) for row in whole}) if column in places else []
        for column in ("status", "due_at")
    )
    statuses = {
        group: known
        for group, words in guesses["statuses"].items()
        if (known := [word for word in seen if word.lower() in words])
    }
    is_timed = any(re.search(r"\d\d:\d\d", text) and "00:00" not in text for text in due)
    place = read_parameters(PROFILES / f"{OTHER_PROFILE}.yaml") | {
        "title": name,
        "period_rule": "calendar",
        "columns": columns,
        "granularity": "time" if is_timed else "day",
        "statuses": statuses,
    }
    rest = ", ".join(text for text in texts if text not in columns.values())
    known = {found[0] for found in headings.known_in(top, headings.aliases("dossiers")) if found}
    lacking = [c for c in REQUIRED["dossiers"] if c not in {*columns, *known}]
    body = yaml.safe_dump(place, allow_unicode=True, sort_keys=False)
    head = guesses["head"].format(name=name, file=file.name)
    open_ = [guesses["lacking"].format(column=column, rest=rest) for column in lacking]
    return "\n".join([head + body, *open_])
