"""The tables of an export: its sheets read below their headings, known columns alone.

Exports carry title blocks, two to four header tiers, numbering, group and total rows, and headings
in many wordings. This module hands over only the columns that motcua knows; everything else,
personal data first of all, is left behind here. Of an export in a language that it does not know,
it guesses them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import chain, compress, pairwise
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import numpy as np
import pandas as pd
import pyarrow as pa
import yaml

from motcua.base import reference
from motcua.base.calendar import Period
from motcua.base.errors import InputError
from motcua.base.params import Params
from motcua.base.reference import REQUIRED, message, read_yaml, refusal
from motcua.base.vietnamese import key
from motcua.reading import headings
from motcua.reading.exports import find_files, stated_span
from motcua.reading.headings import Cells, Header, Rows, Sought, Unread, cell_key, cell_text
from motcua.reading.sheets import read_sheets, refuse_old_letters
from motcua.reading.workbooks import HEAD_ROWS, SYNTHETIC_MARK

_NUMBER = re.compile(r"\S*\d{3}\S*")
_EPOCH = datetime(1970, 1, 1)


class RawTable(NamedTuple):
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
    unknown: Sequence[str] = ()
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
    tables, unseen, unread, said, last = [], [], [], [], None
    for where, pieces, is_hidden, notes in read_sheets(path, sought.count):
        rows = next(pieces, [])
        every = chain([rows], pieces)
        header = headings.first_header(rows[:HEAD_ROWS], sought)
        sheet = _Sheet(path.name, where, sought)
        said += notes
        is_whole = header is not None and not header.lacks(sought.must)
        if is_whole and is_hidden:
            unseen += sheet.tables(every, header)
        elif is_whole:
            headings.refuse_wrong_folder(path.name, rows[:HEAD_ROWS], header, sought)
            headings.refuse_rows_above(where, rows, header, sought)
            tables += sheet.tables(every, header)
            last = sheet.header
        elif last and headings.goes_on(rows, last, sought) and not is_hidden:
            tables += sheet.going_on(every, last, tables[-1].is_synthetic)
        else:
            unread.append(Unread.of(where, header, every))
    if not tables:
        _refuse(path.name, sought, unread, unseen, said)
    numbers = (t.frame["dossier_id"] for t in tables if "dossier_id" in t.frame)
    said += headings.told_of(path.name, sought, unread, chain.from_iterable(numbers))
    read = {(c, key(table.headings.get(c, ""))) for table in tables for c in columns}
    for column, heading in columns.items():
        if (column, key(heading)) not in read:
            said.append(message("heading_not_found", heading=heading, column=column))
    for raw in unseen:
        page = headings.page_of(path.name, raw.where)
        said.append(message("hidden_sheet", page=page, rows=len(raw.frame)))
    return [tables[0]._replace(notes=(*tables[0].notes, *said)), *tables[1:]]


def _refuse(
    name: str, sought: Sought, unread: list[Unread], unseen: list[RawTable], said: list[str]
) -> NoReturn:
    """Refuse a file without a list that who opens it would see."""
    if unseen:
        raise refusal("hidden_list", name=name, page=headings.page_of(name, unseen[0].where))
    refuse_old_letters(name, (c for s in unread for row in s.rows for c in row if type(c) is str))
    try:
        headings.refuse_file(name, sought, unread)
    except InputError as error:
        notes = (message("note", note=note) for note in said)
        raise type(error)("\n".join([str(error), *notes])) from None


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
        above = rows[: header.last_row + 1]
        stated = stated_span(cell_text(c) for r in rows[: header.first_row] for c in r)
        head = {cell_key(c) for r in above for c in r} - {""}
        found = self._read(header, head, chain([rows[len(above) :]], pieces), len(above))
        return [table._replace(stated=stated) for table in found]

    def going_on(self, pieces: Iterator[Rows], header: Header, mark: bool) -> list[RawTable]:
        """Tables of a sheet that goes on with the rows of the sheet before it."""
        head = {cell_key(text) for text in header.seen} | ({SYNTHETIC_MARK} if mark else set())
        first, *others = self._read(header, head, pieces, 0)
        return [first._replace(notes=(self.note(message("goes_on")), *first.notes)), *others]

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
            other = message("table_of", where=self.where, number=number)
            sheet = _Sheet(self.file, other if start else self.where, self.sought)
            found += sheet.tables(iter([part]), header)
        return found

    def _read(
        self, header: Header, head: set[str], pieces: Iterator[Rows], number: int
    ) -> list[RawTable]:
        """Tables of the rows below a heading.

        Parameters
        ----------
        head : keys of all cells of the heading and above it.
        number : of the last row above them.
        """
        done, table = [], _Table(self, header, head)
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
                    where = message("row_of", where=self.where, row=number + at + len(holds) + 1)
                    raise headings.missing_columns(where, heading, self.sought)
                if heading.columns != (own := table.header.columns):
                    if table.records.were_evident or len(heading.columns) <= len(own):
                        done.append(table)  # else it was a title with names of columns
                    head = head.union(map(cell_key, heading.seen))
                    table = _Table(self, heading, head)
                at += heading.last_row + 1
            number, at = number + upto, at - upto
        self.header = table.header
        some = [one for one in (*done, table) if any(map(len, one.numbers))]
        return [one.finish() for one in some or [table]]


def _looking_ahead(pieces: Iterator[Rows]) -> Iterator[tuple[Rows, int]]:
    """Rows, and how many of them to read now: the others come again, with those below them."""
    held: Rows = []
    for piece in pieces:
        rows = [*held, *piece] if held else piece
        upto = max(len(rows) - headings.MOST_TIERS + 1, 0)
        yield rows, upto
        held = rows[upto:]
    yield held, len(held)


class _Table:
    """Records under one heading while they are gathered."""

    def __init__(self, sheet: _Sheet, header: Header, head: set[str]) -> None:
        self.sheet, self.header = sheet, header
        self.records = headings.Records(header, head, sheet.sought)
        own = ((c, [*at, *header.beside(at[0])]) for c, at in header.places.items())
        self.columns = {(c, index): [typed(c, [])] for c, places in own for index in places}
        self.numbers, self.notes = [], []
        self.headings: dict[str, str] = {}  # canonical column -> heading in the file

    def take(self, cells: Cells, holds: list[bool], above: int) -> None:
        """Take the records among some rows; `above` is the number of the row above them."""
        if sum(holds) < cells.n:
            cells = Cells([*compress(cells.rows, holds)])
        for (name, index), parts in self.columns.items():
            parts.append(typed(name, cells[index]))
        self.numbers.append(np.flatnonzero(holds) + above + 1)

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
        series = {i: joined(parts) for (name, i), parts in self.columns.items() if name == column}
        first = self.header.columns[column]
        self.headings[column] = heading = self.header.texts[first]
        values = series.pop(first)
        if not series:
            return values
        there = _filled(values)
        for index, other in series.items():
            also = _filled(other)
            if index in self.header.beside(first):
                note = message("merged_heading", heading=heading)
                is_more = _is_part(column, there, other, also)
            elif self.header.is_same(first, index):
                note = message("twice", heading=heading)
                is_more = not self._differs(column, values, other, there & also)
            elif is_more := also.any() and not there.any():
                self.headings[column] = other_heading = self.header.texts[index]
                note = message("empty_column", heading=heading, other=other_heading)
            if is_more and (also & ~there).any():
                self.notes.append(note)
                both = values.astype(object).where(there, other.astype(object))
                values, there = both if there.any() else other, there | also
        return values

    def _differs(self, column: str, values: pd.Series, other: pd.Series, both: np.ndarray) -> bool:
        """Whether two columns under one heading say different things; needed ones are refused."""
        said, also = (each_once(some[both], cell_text).tolist() for some in (values, other))
        if said == also:
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
    different = pd.unique(other[also])
    if column.endswith("_at"):
        return all(map(_is_some_day, different)) and not (there & also).any()
    numbers = map(_NUMBER.fullmatch, map(cell_text, different))
    is_part = all(numbers) if column.endswith("_id") else not there.any()
    return is_part and not (there & also).any()


def _is_some_day(value: object) -> bool:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return headings.SERIALS[0] < value < headings.SERIALS[1]
    return isinstance(value, (date, np.datetime64)) or headings.is_day(value)


# Columns are gathered from rows that come in pieces: one is small enough for the processor's cache
# and gone before the next comes, so a million cells never stand in memory as Python objects.


def typed(name: str, cells: Sequence) -> pa.Array | Sequence:
    """Cells of a canonical column as values of one type where all are of it; else as they are.

    Days and moments without a zone are the time since an epoch: Arrow reads that twice as fast. Of
    texts that are no numbers many are alike: each different one once, and which stands where.

    Examples
    --------
    >>> parts = [typed("closed_at", [datetime(2024, 1, 14, 8), date(2024, 1, 15), ""])]
    >>> joined(parts).dtype
    dtype('<M8[us]')
    >>> joined([*parts, typed("closed_at", ["chưa"])]).tolist()[1:]
    [datetime.datetime(2024, 1, 15, 0, 0), None, 'chưa']
    """
    try:
        if name.endswith("_at"):
            since = [v - _EPOCH if type(v) is datetime else _since(v) for v in cells]
            return pa.array(since, pa.duration("us")).view(pa.timestamp("us"))
        texts = pa.array(cells, pa.string())
        return texts if name.endswith("_id") else texts.dictionary_encode()
    except (TypeError, ValueError):  # something else among them
        return cells


def joined(parts: list[pa.Array | Sequence]) -> pd.Series:
    """All cells of a column that came in parts."""
    if all(isinstance(part, pa.Array) for part in parts):
        return pa.chunked_array(parts).unify_dictionaries().to_pandas()
    lists = (part.to_pylist() if isinstance(part, pa.Array) else part for part in parts)
    return pd.Series([*chain.from_iterable(lists)], dtype=object)


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
    found = find_files(data, Params()).files
    file = next((path for kind, path, _ in found if kind == "dossiers"), None)
    if not file:
        raise refusal("store_already", data=data)
    sheets = read_sheets(file, lambda rows: max(map(len, rows), default=0))
    rows = next((piece for sheet in sheets for piece in sheet.pieces if any(map(any, piece))), [])
    # Titles may stand above it.
    top = max(rows[:HEAD_ROWS], key=lambda row: sum(map(bool, row)), default=[])
    texts = [str(heading).strip() for heading in top]
    whole = (row for row in rows if len(row) == len(texts))
    cells = {text: values for text, *values in reversed([*zip(texts, *whole, strict=True)])}
    guesses, columns = read_yaml("guesses"), {}
    for column, words in guesses["columns"].items():
        free = [text for text in texts if text and text not in columns.values()]
        fits = [text for word in words for text in free if word in text.lower()]
        columns |= {column: fits[0]} if fits else {}
    seen, due = (sorted(set(map(str, cells.get(columns.get(c), ())))) for c in ("status", "due_at"))
    groups = guesses["statuses"].items()
    known = {group: [word for word in seen if word.lower() in words] for group, words in groups}
    is_timed = any(re.search(r"\d\d:\d\d", text) and "00:00" not in text for text in due)
    place = reference.read_parameters(reference.PROFILES / f"{reference.OTHER_PROFILE}.yaml") | {
        "title": name,
        "period_rule": "calendar",
        "columns": columns,
        "granularity": "time" if is_timed else "day",
        "statuses": {group: words for group, words in known.items() if words},
    }
    rest = ", ".join(text for text in texts if text not in columns.values())
    known_in = headings.known_in(top, headings.aliases("dossiers"))
    named = {heading[0] for heading in known_in if heading}
    lacking = [c for c in REQUIRED["dossiers"] if c not in {*columns, *named}]
    body = yaml.safe_dump(place, allow_unicode=True, sort_keys=False)
    head = guesses["head"].format(name=name, file=file.name)
    open_ = [guesses["lacking"].format(column=column, rest=rest) for column in lacking]
    return "\n".join([head + body, *open_])
