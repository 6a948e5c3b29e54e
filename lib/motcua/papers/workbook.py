"""The one writer of workbooks: annexes, the sheet of corrections and what the bench exports.

A sheet is one table in one look: A4 across, its heading row frozen, filtered and repeated on every
page. Text is always written as text: no value becomes a formula, a link or a number by its looks.
The same content gives the same bytes.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from numbers import Number
from textwrap import wrap
from typing import Any

import pandas as pd
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from motcua.base import style
from motcua.base.vietnamese import printable

OPTIONS = {
    "in_memory": True,  # no files of the machine
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "default_date_format": "dd/mm/yyyy",
}
# Digits that the narrowest column of a kind holds; texts grow with what stands in them.
WIDTHS = {"text": 14, "mark": 14, "number": 10, "percent": 10, "points": 11, "month": 10,
          "date": 12, "place": 6}  # fmt: skip
TEXTS, WIDEST, FILLED = ("text", "mark"), 46, 26
VIETNAMESE = "[$-42A]"
NUMBER_FORMATS = {
    "text": "@",
    "number": f"{VIETNAMESE}#,##0",
    "place": "0",
    "points": f"{VIETNAMESE}0.00",
    "month": f"{VIETNAMESE}mm/yyyy",
    "date": f"{VIETNAMESE}dd/mm/yyyy",
}
ONE_PAGE = 45  # rows of a table that still fit on one page
LINE_HEIGHT = 13  # points
LETTERS = 1.15  # of a text in the width of one digit
NOTE_WIDTH, COVER_WIDTH = 140, 110  # letters of a line above a table; text of a cover
MARK, PAGE = "▼", "Trang &P/&N"
A4 = 9
TO_FILL = "#FEF9E7"
FRAME = {"border": 1, "border_color": style.LINE}
HEAD = FRAME | {"bold": True, "font_color": style.PAPER, "bg_color": style.BLUE}


@dataclass(frozen=True)
class Column:
    """A column of a sheet: heading, and kind.

    Kinds: text, mark (a verdict in words), number, place (in an order), percent (marked below the
    threshold), points, month, date.

    Attributes
    ----------
    fill : its cells are for the reader to fill.
    check : what may be filled in, as xlsxwriter's `data_validation` takes it.
    """

    heading: str | date
    kind: str = "number"
    fill: bool = False
    check: Mapping[str, Any] | None = None


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
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Any, ...], ...]
    above: tuple[str, ...] = ()
    total: tuple[Any, ...] = ()
    spare: int = 0


def sheet_of(name: str, title: str, table: pd.DataFrame) -> Sheet:
    """Sheet of a table as it is, each column of the kind of what stands in it.

    Examples
    --------
    >>> table = pd.DataFrame({"Đơn vị": ["A"], "Hồ sơ": [3], "Tỷ lệ": [97.5]})
    >>> [column.kind for column in sheet_of("Trang", "Tựa", table).columns]
    ['text', 'number', 'points']
    """
    kinds = {"i": "number", "f": "points", "M": "date"}
    columns = [Column(str(c), kinds.get(table[c].dtype.kind, "text")) for c in table]
    rows = table.astype(object).itertuples(index=False, name=None)
    return Sheet(name, title, tuple(columns), tuple(rows))


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
        self._out, self._made = io.BytesIO(), {}
        self._marks, self._threshold = marks, threshold
        self._foot, self._header = f"&L&8{left}&C&8{marks}&R&8{PAGE}", header
        self.raw = xlsxwriter.Workbook(self._out, OPTIONS)
        created = datetime.combine(day, time())
        self.raw.set_properties(
            {"title": title, "comments": marks, "created": created, **properties}
        )
        self.raw.set_size(2400, 1400)

    def content(self) -> bytes:
        """Bytes of the finished workbook."""
        self.raw.close()
        return self._out.getvalue()

    def look(self, **look: Any) -> Format:
        """Format of a cell, each made once."""
        key = tuple(sorted(look.items()))
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

    def link(self, sheet: Worksheet, row: int, name: str, shown: str) -> None:
        """Link in the first column to the start of a sheet of this workbook."""
        look = self.look(font_color=style.BLUE, underline=1)
        sheet.write_url(row, 0, f"internal:'{name}'!A1", look, shown)

    def write(self, sheet: Worksheet, row: int, column: int, value: Any, **look: Any) -> None:
        """Write a value as what it is; text as text."""
        cell = (row, column)
        if pd.isna(value):
            sheet.write_blank(*cell, None, self.look(**look))
        elif isinstance(value, date):
            sheet.write_datetime(*cell, value, self.look(**look))
        elif isinstance(value, Number) and not isinstance(value, bool):
            sheet.write_number(*cell, value, self.look(**look))
        else:
            sheet.write_string(*cell, printable(value), self.look(**look))

    def table(self, table: Sheet, back: tuple[str, str] | None = None) -> int:
        """Write a sheet; return the first row of its table.

        Parameters
        ----------
        back : sheet and words of a link back.
        """
        sheet = self.page(table.name)
        self.write(sheet, 0, 0, table.title, bold=True, font_size=13, font_color=style.BLUE)
        lines = [line for note in table.above for line in wrap(note, NOTE_WIDTH)]
        for row, line in enumerate(lines, start=1):
            warns = {"bold": True, "font_color": style.ORANGE}
            look = warns if line in self._marks else {"font_color": style.MUTED}
            self.write(sheet, row, 0, line, **look)
        head = len(lines) + 1
        if back:
            self.link(sheet, head, *back)
            head += 2
        widths = [_width(table, place) for place in range(len(table.columns))]
        self._heads(sheet, head, table, widths)
        for row, values in enumerate(table.rows, start=head + 1):
            self._row(sheet, row, values, table, widths)
        last = head + max(len(table.rows) + table.spare, 1)
        if table.total:
            self._row(sheet, last + 1, table.total, table, widths, bold=True, top=2)
        for place, column in enumerate(table.columns):
            for row in range(head + 1 + len(table.rows), last + 1) if column.fill else ():
                self.write(sheet, row, place, None, **self._of(column, None))
            if column.check:
                sheet.data_validation(head + 1, place, last, place, dict(column.check))
        sheet.autofilter(head, 0, last, len(table.columns) - 1)
        named = (i for i, c in enumerate(table.columns) if c.kind in ("text", "month"))
        sheet.freeze_panes(head + 1, next(named, 0) + 1)
        sheet.repeat_rows(head)
        if last - head <= ONE_PAGE:
            sheet.fit_to_pages(1, 1)
        return head + 1

    def _heads(self, sheet: Worksheet, row: int, table: Sheet, widths: list[float]) -> None:
        most = 1
        for place, (spec, width) in enumerate(zip(table.columns, widths, strict=True)):
            align = {"indent": 1} if spec.kind in TEXTS else {"align": "center"}
            sheet.set_column(place, place, width)
            look = HEAD | {"text_wrap": True, "valign": "vcenter", "font_size": 9} | align
            if isinstance(spec.heading, date):
                look |= {"num_format": NUMBER_FORMATS["month"]}
            else:
                most = max(most, _lines(spec.heading, 0.85 * width))
            self.write(sheet, row, place, spec.heading, **look)
        sheet.set_row(row, LINE_HEIGHT * most + 6)

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
        look: dict[str, Any] = FRAME | {"valign": "vcenter"}
        if spec.kind in TEXTS:
            look |= {"indent": 1, "text_wrap": True}
        elif spec.kind in ("place", "month"):
            look["align"] = "center"
        if spec.kind == "percent":
            look["num_format"] = percent_format(value, self._threshold)
            if value is not None and value < self._threshold:
                look |= {"bold": True, "italic": True, "font_color": style.ORANGE_DARK}
        elif spec.kind in NUMBER_FORMATS:
            look["num_format"] = NUMBER_FORMATS[spec.kind]
        if spec.kind == "mark" and str(value).startswith(MARK):
            look |= {"bold": True, "bg_color": style.ORANGE_PALE}
        return look | ({"bg_color": TO_FILL} if spec.fill else {})


def _width(table: Sheet, place: int) -> float:
    """Width of a column: that of its kind; of texts enough for the longest, as far as it goes."""
    kind = table.columns[place].kind
    longest = max((len(str(row[place] or "")) for row in table.rows), default=0)
    grown = min(WIDEST, longest / LETTERS + 3) if kind in TEXTS else 0
    grown = max(grown, FILLED) if table.columns[place].fill else grown
    return max(WIDTHS[kind], grown)


def _lines(text: str, width: float) -> int:
    """Lines that a text takes in a column."""
    return max(1, len(wrap(text, int(LETTERS * width))))


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
    return f'{VIETNAMESE}0.{"0" * digits}"%"'


def _crosses(value: float, threshold: float, digits: int) -> bool:
    shown = round(value, digits)
    return (value < threshold) != (shown < threshold) or (value > threshold) != (shown > threshold)
