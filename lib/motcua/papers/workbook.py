"""The one writer of workbooks: annexes, the sheet of corrections and what the bench exports.

A sheet is one table in one look: A4 across, its heading row frozen, filtered and repeated on every
page. Text is always written as text: no value becomes a formula, a link or a number by its looks,
but for sums and what motcua gives as a `Formula` or a `Link`. The same content, the same bytes.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import partial
from itertools import takewhile
from numbers import Number
from operator import eq
from textwrap import wrap
from typing import TYPE_CHECKING, Any

import pandas as pd

from motcua.base import style
from motcua.base import vietnamese as vi
from motcua.base.reference import read_yaml
from motcua.base.vietnamese import printable

if TYPE_CHECKING:  # imported where a workbook is written, for it takes 0.15 s
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

OPTIONS = {
    "in_memory": True,  # no files of the machine
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "default_date_format": "dd/mm/yyyy",
}
KINDS = read_yaml("cells")
TEXTS, WIDEST, FILLED = ("text", "mark"), 46, 26  # texts grow with what stands in them
ONE_PAGE = 45  # rows of a table that still fit on one page
LINE_HEIGHT = 13  # points
LETTERS = 1.15  # of a text in the width of one digit
NOTE_WIDTH, COVER_WIDTH = 140, 110  # letters of a line above a table; text of a cover
MARK, PAGE = "▼", "Trang &P/&N"
A4, DAY_0 = 9, date(1899, 12, 30)  # as workbooks count days
TO_FILL = "#FEF9E7"
FRAME = {"border": 1, "border_color": style.LINE}
HEAD = FRAME | {"bold": True, "font_color": style.PAPER, "bg_color": style.BLUE}


@dataclass(frozen=True)
class Column:
    """A column of a sheet: heading, of several tiers from the top or of one, and kind.

    Kinds: text, mark (a verdict in words), number, place (in an order), percent (marked below the
    threshold), points, month, date, any (each value as what it is: a float is a percentage).

    Attributes
    ----------
    fill : its cells are for the reader to fill.
    check : what may be filled in, as xlsxwriter's `data_validation` takes it.
    number : of the column, as forms print it below the headings.
    adds : places of the columns that it adds up, by a formula.
    """

    heading: str | date | tuple[str, ...]
    kind: str = "number"
    fill: bool = False
    check: Mapping[str, Any] | None = None
    number: str = ""
    adds: tuple[int, ...] = ()


@dataclass(frozen=True)
class Formula:
    """A formula, the value that it has, and the kind of column as which it shows that."""

    text: str
    value: Any
    kind: str = "any"


@dataclass(frozen=True)
class Link:
    """A link to a cell of a sheet of the same workbook, shown as words."""

    sheet: str
    cell: str
    words: str

    def __str__(self) -> str:
        """Words of the link."""
        return self.words


@dataclass(frozen=True)
class Sheet:
    """One table.

    Attributes
    ----------
    name : of the sheet, also in the contents.
    title, above : printed above the table.
    columns, rows : the table; a missing value is None.
    total : last row, outside the filter; empty when there is none.
    spare : empty rows below, in the columns to fill.
    adds_up : whether the numbers of the total are the sums of their columns, so formulas.
    paths : path in the findings -> place of its row, of the total the last one, and of its column.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Any, ...], ...]
    above: tuple[str, ...] = ()
    total: tuple[Any, ...] = ()
    spare: int = 0
    adds_up: bool = False
    paths: Mapping[str, tuple[int, int]] = field(default_factory=dict)


def sheet_of(
    name: str, title: str, table: pd.DataFrame, columns: tuple[Column, ...] = (), **more: Any
) -> Sheet:
    """Sheet of a table; without columns, each is of the kind of what stands in it.

    Examples
    --------
    >>> table = pd.DataFrame({"Đơn vị": ["A"], "Hồ sơ": [3], "Tỷ lệ": [97.5]})
    >>> [column.kind for column in sheet_of("Trang", "Tựa", table).columns]
    ['text', 'number', 'points']
    """
    kinds = {"i": "number", "f": "points", "M": "date"}
    usual = (Column(str(c), kinds.get(table[c].dtype.kind, "text")) for c in table)
    rows = table.astype(object).itertuples(index=False, name=None)
    return Sheet(name, title, columns or tuple(usual), tuple(rows), **more)


class Book:
    """A workbook in the making; `raw` is xlsxwriter's, for charts.

    Parameters
    ----------
    title, day : of its properties; the day makes the same bytes in every run.
    marks : what every sheet is marked with, such as that the data are made up.
    left, header : words at the foot and the head of every page.
    threshold : percentages below it are marked, and none is rounded across it.

    Examples
    --------
    >>> book = Book("Sổ", date(2024, 1, 14))
    >>> book.table(Sheet("Trang", "Sổ", (Column("Đơn vị", "text"), Column("Hồ sơ")), (("A", 3),)))
    2
    >>> book.content()[:2]
    b'PK'
    """

    def __init__(
        self, title: str, day: date, *, marks: str = "", left: str = "", header: str = "",
        threshold: float = 0, **properties: str,
    ) -> None:  # fmt: skip
        import xlsxwriter

        self._out, self._made = io.BytesIO(), {}
        self._marks, self._threshold = marks, threshold
        self._foot, self._header = f"&L&8{left}&C&8{marks}&R&8{PAGE}", header
        self.raw = xlsxwriter.Workbook(self._out, OPTIONS)
        about = {"title": title, "comments": marks, "created": datetime.combine(day, time())}
        self.raw.set_properties(about | properties)
        self.raw.set_size(2400, 1400)

    def content(self) -> bytes:
        """Bytes of the finished workbook."""
        self.raw.close()
        return self._out.getvalue()

    def look(self, **look: Any) -> Format:
        """Format of a cell, each made once."""
        key = frozenset(look.items())
        if key not in self._made:
            base = {"font_name": style.SHEET_FONT, "font_size": 10, "font_color": style.INK}
            self._made[key] = self.raw.add_format(base | look)
        return self._made[key]

    def page(self, name: str) -> Worksheet:
        """Return an empty sheet: A4 across, as wide as the page, with page numbers below."""
        sheet = self.raw.add_worksheet(name)
        sheet.set_landscape()
        sheet.set_paper(A4)
        sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.7)
        sheet.fit_to_pages(1, 0)
        sheet.hide_gridlines(2)
        sheet.set_footer(self._foot)
        if self._header:
            sheet.set_header(f"&C{self._header}")
        return sheet

    def cover(
        self,
        name: str,
        heads: Iterable[tuple[str, dict[str, Any]]],
        facts: Iterable[tuple[str, str]] = (),
        labels: float = 24,
    ) -> tuple[Worksheet, int]:
        """Sheet of lines, each in its look, and of labels with their text; its next free row."""
        sheet, heads = self.page(name), list(heads)
        for column, width in enumerate((labels, COVER_WIDTH)):
            sheet.set_column(column, column, width)
        for row, (text, look) in enumerate(heads):
            self.write(sheet, row, 0, text, **look)
            sheet.set_row(row, 1.5 * look.get("font_size", 10))
        row = len(heads)
        for label, text in facts:
            row += 1
            self.write(sheet, row, 0, label, bold=True, valign="top")
            self.write(sheet, row, 1, text, text_wrap=True, valign="top")
            sheet.set_row(row, LINE_HEIGHT * _lines(text, 1.2 * COVER_WIDTH))
        sheet.activate()
        return sheet, row + 2

    def write(self, sheet: Worksheet, row: int, column: int, value: Any, **look: Any) -> None:
        """Write a value as what it is; text as text."""
        cell = (row, column)
        if isinstance(value, Link):
            blue = self.look(**look, font_color=style.BLUE, underline=1)
            sheet.write_url(*cell, f"internal:'{value.sheet}'!{value.cell}", blue, value.words)
        elif isinstance(value, Formula):
            is_day, result = isinstance(value.value, date), value.value
            result = (result - DAY_0).days if is_day else result
            sheet.write_formula(*cell, value.text, self.look(**look), result)
        elif pd.isna(value):
            sheet.write_blank(*cell, None, self.look(**look))
        elif isinstance(value, date):
            sheet.write_datetime(*cell, value, self.look(**look))
        elif isinstance(value, Number) and not isinstance(value, bool):
            sheet.write_number(*cell, value, self.look(**look))
        else:
            sheet.write_string(*cell, printable(value), self.look(**look))

    def table(self, table: Sheet, back: Link | None = None) -> int:
        """Write a sheet, with a link back; return the first row of its table."""
        sheet = self.page(table.name)
        self.write(sheet, 0, 0, table.title, bold=True, font_size=13, font_color=style.BLUE)
        lines = [line for note in table.above for line in wrap(note, NOTE_WIDTH)]
        for row, line in enumerate(lines, start=1):
            warns = {"bold": True, "font_color": style.ORANGE}
            look = warns if line in self._marks else {"font_color": style.MUTED}
            self.write(sheet, row, 0, line, **look)
        head = len(lines) + 1
        if back:
            self.write(sheet, head, 0, back)
            head += 2
        widths, top = _widths(table), head
        head = self._heads(sheet, top, table, widths)
        for row, values in enumerate(table.rows, start=head + 1):
            self._row(sheet, row, _with_sums(values, table, row), table, widths)
        last = head + max(len(table.rows) + table.spare, 1)
        if table.total:
            total = _total(table, head + 1, last)
            self._row(sheet, last + 1, total, table, widths, bold=True, top=2)
        for place, column in enumerate(table.columns):
            for row in range(head + 1 + len(table.rows), last + 1) if column.fill else ():
                self.write(sheet, row, place, None, **self._of(column, None))
            if column.check:
                sheet.data_validation(head + 1, place, last, place, dict(column.check))
        sheet.autofilter(head, 0, last, len(table.columns) - 1)
        named = (i for i, c in enumerate(table.columns) if c.kind in ("text", "month"))
        sheet.freeze_panes(head + 1, next(named, 0) + 1)
        sheet.repeat_rows(top, head)
        if last - head <= ONE_PAGE:
            sheet.fit_to_pages(1, 1)
        return head + 1

    def _heads(self, sheet: Worksheet, top: int, table: Sheet, widths: list[float]) -> int:
        """Headings from a row on, each row as high as its longest; return the last row."""
        cells = _headings(table.columns)
        lines = [1] * (1 + max(row for row, *_ in cells))
        for row, place, deep, wide, heading in sorted(cells, key=lambda cell: cell[2]):
            kind = table.columns[place].kind
            align = {"indent": 1} if kind in TEXTS and wide == 1 else {"align": "center"}
            look = HEAD | {"text_wrap": True, "valign": "vcenter", "font_size": 9} | align
            if isinstance(heading, date):
                look |= {"num_format": KINDS["month"]["look"]["num_format"]}
            else:
                last = row + deep - 1
                more = _lines(heading, 0.85 * sum(widths[place : place + wide]))
                lines[last] = max(lines[last], more - sum(lines[row:last]))
            if deep > 1 or wide > 1:
                end = (top + row + deep - 1, place + wide - 1)
                sheet.merge_range(top + row, place, *end, "", self.look(**look))
            self.write(sheet, top + row, place, heading, **look)
        for place, width in enumerate(widths):
            sheet.set_column(place, place, width)
        for row, most in enumerate(lines, start=top):
            sheet.set_row(row, LINE_HEIGHT * most + 6)
        return top + len(lines) - 1

    def _row(
        self, sheet: Worksheet, row: int, values: Sequence[Any], table: Sheet, widths: list[float],
        **more: Any,
    ) -> None:  # fmt: skip
        """One row of a table, as high as its longest text."""
        specs = list(zip(table.columns, values, widths, strict=True))
        lines = [_lines(str(v or ""), w) for spec, v, w in specs if spec.kind in TEXTS]
        if max(lines, default=1) > 1:  # not every program fits the height of a row to its text
            sheet.set_row(row, max(lines) * LINE_HEIGHT)
        for column, (spec, value, _) in enumerate(specs):
            self.write(sheet, row, column, value, **(self._of(spec, value) | more))

    def _of(self, spec: Column, value: Any) -> dict[str, Any]:
        """Look of a cell; what is below the threshold is marked by more than its colour."""
        kind = spec.kind
        if isinstance(value, Formula):
            kind, value = value.kind if kind == "any" else kind, value.value
        kind = _kind(value) if kind == "any" else kind
        look: dict[str, Any] = FRAME | {"valign": "vcenter"} | KINDS[kind]["look"]
        if kind == "percent":
            look["num_format"] = percent_format(value, self._threshold)
            if value is not None and value < self._threshold:
                look |= {"bold": True, "italic": True, "font_color": style.ORANGE_DARK}
        if kind == "mark" and str(value).startswith(MARK):
            look |= {"bold": True, "bg_color": style.ORANGE_PALE}
        return look | ({"bg_color": TO_FILL} if spec.fill else {})


class Cells:
    """Cells of the columns of a table, as charts name them."""

    def __init__(self, sheet: Sheet, first: int) -> None:
        self.sheet, self.rows, self._first = sheet, sheet.rows, first
        self._headings = [column.heading for column in sheet.columns]

    def found(self) -> dict[str, tuple[str, str, Any, str]]:
        """Path in the findings -> name of the sheet, cell, value and kind where it stands."""
        from xlsxwriter.utility import xl_rowcol_to_cell

        lines, below = [*self.rows, self.sheet.total], max(len(self.rows), 1)
        return {
            path: (
                self.sheet.name,
                xl_rowcol_to_cell(self._first + (row if row < len(self.rows) else below), place),
                lines[row][place],
                self.sheet.columns[place].kind,
            )
            for path, (row, place) in self.sheet.paths.items()
        }

    def values(self, heading: str) -> list[Any]:
        """Return the values of a column."""
        place = self._headings.index(heading)
        return [row[place] for row in self.rows]

    def series(self, heading: str, rows: int = 0, **look: Any) -> dict[str, Any]:
        """Series of a column over the first one, of its first rows; of all by default."""
        last = self._first + max(rows or len(self.rows), 1) - 1

        def cells(place: int) -> list[Any]:
            return [self.sheet.name, self._first, place, last, place]

        place = self._headings.index(heading)
        return {"name": heading, "categories": cells(0), "values": cells(place), **look}


def _headings(columns: Sequence[Column]) -> list[tuple[int, int, int, int, Any]]:
    """Cells of the headings: row, place, rows and columns that it takes, heading.

    Tiers above several columns in a row are one cell; a heading of few tiers goes down to the last.

    Examples
    --------
    >>> _headings([Column("Đơn vị"), Column(("Hồ sơ", "Mới")), Column(("Hồ sơ", "Cũ"))])
    [(0, 0, 2, 1, 'Đơn vị'), (0, 1, 1, 2, 'Hồ sơ'), (1, 1, 1, 1, 'Mới'), (1, 2, 1, 1, 'Cũ')]
    """
    tiers = [c.heading if isinstance(c.heading, tuple) else (c.heading,) for c in columns]
    deep = max(map(len, tiers))
    cells: list[tuple[int, int, int, int, Any]] = []
    for row in range(deep):
        starts = [own[: row + 1] if len(own) > row + 1 else None for own in tiers]
        for place, (own, start) in enumerate(zip(tiers, starts, strict=True)):
            if len(own) == row + 1:
                cells.append((row, place, deep - row, 1, own[row]))
            elif start and (not place or starts[place - 1] != start):
                wide = sum(1 for _ in takewhile(partial(eq, start), starts[place:]))
                cells.append((row, place, 1, wide, own[row]))
    return cells + [(deep, i, 1, 1, c.number) for i, c in enumerate(columns) if c.number]


def _with_sums(values: Sequence[Any], table: Sheet, row: int) -> list[Any]:
    """Values of a row, as formulas what others of the row add up to."""
    from xlsxwriter.utility import xl_rowcol_to_cell

    return [
        Formula("=" + "+".join(xl_rowcol_to_cell(row, place) for place in column.adds), value)
        if column.adds
        else value
        for column, value in zip(table.columns, values, strict=True)
    ]


def _total(table: Sheet, first: int, last: int) -> list[Any]:
    """Values of the total, as formulas where it adds up the rows above."""
    from xlsxwriter.utility import xl_range

    return [
        Formula(f"=SUM({xl_range(first, place, last, place)})", value)
        if table.adds_up and column.kind == "number"
        else value
        for place, (column, value) in enumerate(zip(table.columns, table.total, strict=True))
    ]


def _kind(value: Any) -> str:
    """Kind of a value by what it is.

    Examples
    --------
    >>> _kind(3), _kind(97.5), _kind(date(2024, 1, 14)), _kind("01/2024")
    ('number', 'percent', 'date', 'text')
    """
    kinds = {int: "number", float: "percent", date: "date"}
    return kinds.get(type(value), "text")


def _widths(table: Sheet) -> list[float]:
    """Width of each column: of its kind; of texts enough for the longest, as far as it goes."""
    widths = []
    for place, column in enumerate(table.columns):
        longest = max((len(str(row[place] or "")) for row in table.rows), default=0)
        grown = min(WIDEST, longest / LETTERS + 3) if column.kind in TEXTS else 0
        widths.append(max(KINDS[column.kind]["width"], grown, FILLED if column.fill else 0))
    return widths


def _lines(text: str, width: float) -> int:
    """Lines that a text takes in a column."""
    most = int(LETTERS * width)
    return 1 if len(text) <= most and "\t" not in text else max(1, len(wrap(text, most)))


def printed(sheet: Sheet, threshold: float) -> dict[str, Any]:
    """A table as texts, with the cells of its headings and how wide and to which side each is."""
    kinds = [column.kind for column in sheet.columns]
    rows = [*sheet.rows, *([sheet.total] if sheet.total else [])]
    return {
        "title": sheet.title,
        "above": sheet.above,
        "widths": _widths(sheet),
        "sides": [KINDS[kind]["side"] for kind in kinds],
        "heads": [(*at, _shown(heading, "month", 0)) for *at, heading in _headings(sheet.columns)],
        "rows": [
            [_shown(*cell, threshold) for cell in zip(row, kinds, strict=True)] for row in rows
        ],
        "has_total": bool(sheet.total),
    }


def _shown(value: Any, kind: str, threshold: float) -> str:
    """Value of a cell as readers see it.

    Examples
    --------
    >>> _shown(4888, "number", 97), _shown(96.9996, "any", 97), _shown(None, "date", 97)
    ('4.888', '96,99%', '')
    """
    if value is None or isinstance(value, str):
        return value or ""
    ways: dict[str, Any] = {
        "number": vi.number,
        "percent": lambda rate: vi.percent(rate, threshold),
        "points": lambda lost: vi.decimal(lost, 2),
        "month": lambda first: f"{first:%m/%Y}",
        "date": vi.day,
    }
    return str(ways.get(_kind(value) if kind == "any" else kind, str)(value))


def percent_format(value: float | None, threshold: float) -> str:
    """Number format of a percentage: two decimals, more where they would round over the threshold.

    Examples
    --------
    >>> percent_format(96.85, 97), percent_format(96.9996, 97), percent_format(97.0, 97)
    ('[$-42A]0.00"%"', '[$-42A]0.0000"%"', '[$-42A]0.00"%"')
    """
    digits = 2
    while value is not None and digits < 6 and _crosses(value, threshold, digits):  # noqa: PLR2004
        digits += 1
    return f'[$-42A]0.{"0" * digits}"%"'


def _crosses(value: float, threshold: float, digits: int) -> bool:
    shown = round(value, digits)
    return (value < threshold) != (shown < threshold) or (value > threshold) != (shown > threshold)
