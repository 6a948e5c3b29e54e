"""phu-luc.xlsx: the sheets of `annex` as a workbook, with a cover, native charts and print set-up.

Text is always written as text: no value becomes a formula, a link or a number by its looks. The
bytes are the same for the same annex.
"""

from __future__ import annotations

import io
import textwrap
from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any

import xlsxwriter
from xlsxwriter.chart import Chart
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from motcua.base import style
from motcua.base.reference import LABELS, causes
from motcua.base.vietnamese import printable
from motcua.chapters import sentences
from motcua.measures.month import Month
from motcua.measures.state import CAUSES
from motcua.papers.annex import CAUSE, RATES, SAID, THRESHOLD, TREND, Sheet, annex, source, subtitle
from motcua.papers.letter import letter

OPTIONS = {
    "in_memory": True,  # no files of the machine
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "default_date_format": "dd/mm/yyyy",
}
WIDTHS = {
    "text": 19, "number": 11, "percent": 11, "points": 12, "month": 10, "date": 12, "mark": 27,
    "wide": 46, "bound": 11, "place": 6,
}  # fmt: skip
VIETNAMESE = "[$-42A]"
NUMBER_FORMATS = {
    "number": f"{VIETNAMESE}#,##0",
    "place": "0",
    "points": f"{VIETNAMESE}0.00",
    "month": f"{VIETNAMESE}mm/yyyy",
    "date": f"{VIETNAMESE}dd/mm/yyyy",
}
TEXTS = ("text", "wide", "mark")
ONE_PAGE = 45  # rows of a table that still fit on one page
LINE_HEIGHT = 13  # points
LETTERS = 1.15  # of a text in the width of one digit
NOTE_WIDTH = 140  # letters of a line above a table
MARK_SIGNS = ("▼", "▲")
A4 = 9
WIDTH, HIGH, ROWS = 1080, 580, 31  # pixels, and the rows that a chart takes
AXIS_NUMBERS = "[$-42A]General"
FONT = {"name": style.SHEET_FONT, "size": 9, "color": style.INK}


def annex_xlsx(month: Month) -> bytes:
    """Workbook of the annex of a month.

    Examples
    --------
    >>> from motcua import load
    >>> annex_xlsx(load("2024-01", data="data/sample"))[:2]
    b'PK'
    """
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, OPTIONS) as book:
        _properties(book, month)
        looks, sheets = _Looks(book), annex(month)
        cover, charts = book.add_worksheet(SAID["cover"]), book.add_worksheet(SAID["charts"])
        first_rows = {
            sheet.name: _table(book.add_worksheet(sheet.name), sheet, month, looks)
            for sheet in sheets
        }
        _cover(cover, sheets, month, looks)
        _page(charts, month)
        add_charts(book, charts, {s.name: s for s in sheets}, first_rows, month)
    return out.getvalue()


class _Looks:
    """Formats of the workbook, each made once."""

    def __init__(self, book: Workbook) -> None:
        self._book, self._made = book, {}

    def __call__(self, **look: Any) -> Format:
        key = tuple(sorted(look.items()))
        if key not in self._made:
            base = {"font_name": style.SHEET_FONT, "font_size": 10, "font_color": style.INK}
            self._made[key] = self._book.add_format(base | look)
        return self._made[key]


def _marks(month: Month) -> str:
    """What every sheet is marked with: that the data are made up, or do not cover the period."""
    made_up = [SAID["synthetic_line"]] if month.synthetic else []
    return " ".join([*made_up, *([f"{month.stamp}."] if month.stamp else [])])


def _properties(book: Workbook, month: Month) -> None:
    book.set_properties(
        {
            "title": f"{SAID['title']}: {subtitle(month)}",
            "author": month.params.office,
            "company": month.params.issuer,
            "comments": _marks(month),
            "created": datetime.combine(month.period.end, time()),
        }
    )
    book.set_size(2400, 1400)


def _page(sheet: Worksheet, month: Month) -> None:
    """A4 landscape, as wide as the page, with page numbers below."""
    sheet.set_landscape()
    sheet.set_paper(A4)
    sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.7)
    sheet.fit_to_pages(1, 0)
    sheet.hide_gridlines(2)
    left = f"{month.label}, {sentences.period_words(month)}"
    sheet.set_footer(f"&L&8{left}&C&8{_marks(month)}&R&8{SAID['page']}")


# Cover -----------------------------------------------------------------------------------------


def _cover(sheet: Worksheet, sheets: list[Sheet], month: Month, looks: _Looks) -> None:
    _page(sheet, month)
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 1, 110)
    _write(sheet, 0, 0, month.params.issuer, looks(bold=True))
    _write(sheet, 1, 0, SAID["title"], looks(bold=True, font_size=20, font_color=style.BLUE))
    sheet.set_row(1, 30)
    _write(sheet, 2, 0, subtitle(month), looks(bold=True, font_size=13))
    params, year = month.params, letter(month).year
    attached = SAID["attached"].format(symbol=params.letter_symbol, year=year, issuer=params.issuer)
    _write(sheet, 3, 0, attached, looks(italic=True))
    row = 6
    if _marks(month):
        _write(sheet, 4, 0, _marks(month), looks(bold=True, font_color=style.ORANGE))
    facts = {SAID["period"]: sentences.period_words(month), SAID["source"]: source(month)}
    for label, value in facts.items():
        _write(sheet, row, 0, label, looks(bold=True, valign="top"))
        _write(sheet, row, 1, value, looks(text_wrap=True))
        row += 1
    for place, line in enumerate(sentences.method_lines(month)):
        _write(sheet, row, 0, SAID["method"] if not place else "", looks(bold=True, valign="top"))
        _write(sheet, row, 1, line, looks(text_wrap=True, valign="top"))
        row += 1
    row += 1
    head = looks(bold=True, font_color=style.PAPER, bg_color=style.BLUE, border=1)
    _write(sheet, row, 0, SAID["sheet"], head)
    _write(sheet, row, 1, SAID["content"], head)
    contents = [(SAID["charts"], "Tỷ lệ của các đơn vị, nguyên nhân trễ hạn, xu hướng")]
    contents += [(s.name, s.title) for s in sheets]
    for name, title in contents:
        row += 1
        _link(sheet, row, 0, name, name, looks)
        _write(sheet, row, 1, title, looks(border=1, border_color=style.LINE))
    sheet.activate()


def _link(sheet: Worksheet, row: int, column: int, name: str, shown: str, looks: _Looks) -> None:
    """Link to the start of a sheet of this workbook."""
    look = looks(font_color=style.BLUE, underline=1)
    sheet.write_url(row, column, f"internal:'{name}'!A1", look, shown)


# Tables ----------------------------------------------------------------------------------------


def _table(sheet: Worksheet, table: Sheet, month: Month, looks: _Looks) -> int:
    """Write one table under its title, unit, period, source and notes; give its first row."""
    _page(sheet, month)
    _write(sheet, 0, 0, table.title, looks(bold=True, font_size=13, font_color=style.BLUE))
    lines = [
        *([_marks(month)] if _marks(month) else []),
        f"{SAID['unit']}: {table.unit}. {SAID['period']}: {sentences.period_words(month)}.",
        f"{SAID['source']}: {source(month)}.",
        *(line for note in table.notes for line in textwrap.wrap(note, NOTE_WIDTH)),
    ]
    for row, line in enumerate(lines, start=1):
        warns = line == _marks(month)
        look = looks(bold=True, font_color=style.ORANGE) if warns else looks(font_color=style.MUTED)
        _write(sheet, row, 0, line, look)
    _link(sheet, len(lines) + 1, 0, SAID["cover"], SAID["back"], looks)
    head = len(lines) + 3
    _header(sheet, head, table, looks)
    threshold = month.params.threshold_percent
    for row, values in enumerate(table.rows, start=head + 1):
        _row(sheet, row, values, table, threshold, looks)
    last = head + max(len(table.rows), 1)
    if table.total:
        _row(sheet, last + 1, table.total, table, threshold, looks, bold=True, top=2)
    sheet.autofilter(head, 0, last, len(table.columns) - 1)
    named = next(i for i, c in enumerate(table.columns) if c.kind in ("text", "month", "wide")) + 1
    sheet.freeze_panes(head + 1, named)
    sheet.repeat_rows(head)
    if len(table.rows) <= ONE_PAGE:
        sheet.fit_to_pages(1, 1)
    return head + 1


def _header(sheet: Worksheet, row: int, table: Sheet, looks: _Looks) -> None:
    look = {
        "bold": True, "text_wrap": True, "valign": "vcenter", "border": 1, "font_size": 9,
        "border_color": style.LINE, "bg_color": style.BLUE, "font_color": style.PAPER,
    }  # fmt: skip
    for column, spec in enumerate(table.columns):
        align = {"indent": 1} if spec.kind in TEXTS else {"align": "center"}
        sheet.set_column(column, column, WIDTHS[spec.kind])
        if isinstance(spec.heading, date):
            sheet.write_datetime(
                row, column, spec.heading, looks(**look, **align, num_format="mm/yyyy")
            )
        else:
            _write(sheet, row, column, spec.heading, looks(**look, **align))
    sheet.set_row(row, 58)


def _row(
    sheet: Worksheet, row: int, values: Sequence[Any], table: Sheet, threshold: float,
    looks: _Looks, **more: Any,
) -> None:  # fmt: skip
    """One row of a table; what is below the threshold is marked by more than its colour."""
    lines = max(
        [
            1,
            *(
                len(textwrap.wrap(str(value or ""), int(LETTERS * WIDTHS[spec.kind])))
                for value, spec in zip(values, table.columns, strict=True)
                if spec.kind in TEXTS
            ),
        ]
    )
    if lines > 1:  # not every program fits the height of a row to its text
        sheet.set_row(row, lines * LINE_HEIGHT)
    for column, (value, spec) in enumerate(zip(values, table.columns, strict=True)):
        look: dict[str, Any] = {
            "border": 1, "border_color": style.LINE, "valign": "vcenter", **more,
        }  # fmt: skip
        if spec.kind in TEXTS:
            look |= {"indent": 1, "text_wrap": True}
        elif spec.kind in ("place", "month"):
            look["align"] = "center"
        if spec.kind in ("percent", "bound"):
            look["num_format"] = percent_format(value, threshold)
            if spec.kind == "percent" and value is not None and value < threshold:
                look |= {"bold": True, "italic": True, "font_color": style.ORANGE_DARK}
        elif spec.kind in NUMBER_FORMATS:
            look["num_format"] = NUMBER_FORMATS[spec.kind]
        if spec.kind == "mark" and str(value).startswith(MARK_SIGNS):
            look |= {"bold": True, "bg_color": style.ORANGE_PALE, "font_color": style.INK}
        _cell(sheet, row, column, value, looks(**look))


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


def _cell(sheet: Worksheet, row: int, column: int, value: Any, look: Format) -> None:
    if value is None:
        sheet.write_blank(row, column, None, look)
    elif isinstance(value, date):
        sheet.write_datetime(row, column, value, look)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        sheet.write_number(row, column, value, look)
    else:
        _write(sheet, row, column, str(value), look)


def _write(sheet: Worksheet, row: int, column: int, text: str, look: Format) -> None:
    """Write text as text."""
    sheet.write_string(row, column, printable(text), look)


# Charts: they read the cells of the tables, so that a corrected cell is seen in them


def add_charts(
    book: Workbook, sheet: Worksheet, tables: dict[str, Sheet], rows: dict[str, int], month: Month
) -> None:
    """Put the charts on their sheet, one below the other.

    Parameters
    ----------
    tables, rows : the sheets, and the first row of each one's data, by name.
    """
    limit = sentences.threshold(month.params)
    place = _Place(tables, rows)
    charts = [
        (
            _rates(book, place, month),
            f"Tỷ lệ giải quyết đúng hạn của các đơn vị (cột sẫm: dưới {limit})",
        ),
        (_causes(book, place), "Hồ sơ trễ hạn theo nguyên nhân"),
        (_trend(book, place, month), "Tỷ lệ giải quyết đúng hạn toàn thành phố qua các tháng"),
    ]
    for number, (chart, title) in enumerate(charts):
        chart.set_title({"name": title, "name_font": {**FONT, "size": 13, "bold": True}})
        chart.set_size({"width": WIDTH, "height": HIGH})
        chart.set_legend({"position": "bottom", "font": FONT})
        sheet.insert_chart(
            1 + number * ROWS, 0, chart, {"description": f"{title}. Bảng số ở các trang sau."}
        )
    look = book.add_format({"bold": True, "font_name": style.SHEET_FONT, "font_size": 13})
    sheet.write_string(0, 0, f"{SAID['charts']}: {subtitle(month)}", look)
    if _marks(month):
        warning = {"bold": True, "font_name": style.SHEET_FONT, "font_color": style.ORANGE}
        sheet.write_string(len(charts) * ROWS + 1, 0, _marks(month), book.add_format(warning))
    sheet.print_area(0, 0, len(charts) * ROWS + 2, WIDTH // 64)
    sheet.set_h_pagebreaks([1 + ROWS, 1 + 2 * ROWS])


def _fill(cause: str) -> dict[str, Any]:
    """Fill of a cause's bars, or its pattern."""
    bar = causes()[cause]["bar"]
    colour = getattr(style, bar["colour"])
    if "pattern" not in bar:
        return {"fill": {"color": colour}}
    return {"pattern": {"pattern": bar["pattern"], "fg_color": colour, "bg_color": "white"}}


class _Place:
    """Cells of a column of a table, as charts name them."""

    def __init__(self, tables: dict[str, Sheet], rows: dict[str, int]) -> None:
        self._tables, self._rows = tables, rows

    def table(self, name: str) -> Sheet:
        return self._tables[name]

    def cells(self, name: str, heading: str) -> list[Any]:
        table, first = self._tables[name], self._rows[name]
        column = [c.heading for c in table.columns].index(heading)
        return [name, first, column, first + max(len(table.rows), 1) - 1, column]

    def series(self, name: str, label: str, heading: str, **look: Any) -> dict[str, Any]:
        categories = self._tables[name].columns[0].heading
        return {
            "name": label,
            "categories": self.cells(name, categories),
            "values": self.cells(name, heading),
            **look,
        }


def _axes(chart: Chart, name: str, upright: dict[str, Any] | None = None, **more: Any) -> None:
    """Set both axes; `upright` is for the vertical one, all else for the horizontal one."""
    chart.set_x_axis({"num_font": {**FONT, **more.pop("font", {})}, **more})
    chart.set_y_axis(
        {
            "name": name,
            "name_font": FONT,
            "num_font": FONT,
            "num_format": AXIS_NUMBERS,
            "major_gridlines": {"visible": True, "line": {"color": style.LINE, "width": 0.5}},
            "line": {"none": True},
            **(upright or {}),
        }
    )


def _limit(book: Workbook, place: _Place, name: str, month: Month) -> Chart:
    """Threshold as a dashed line."""
    line = book.add_chart({"type": "line"})
    label = f"{THRESHOLD} {sentences.threshold(month.params)}"
    dash = {"color": style.INK, "width": 1.5, "dash_type": "dash"}
    line.add_series(place.series(name, label, THRESHOLD, line=dash))
    return line


def _rates(book: Workbook, place: _Place, month: Month) -> Chart:
    """Bars from 0, those below the threshold dark with their value above."""
    chart = book.add_chart({"type": "column"})
    below = {"fill": {"color": style.ORANGE}, "border": {"color": style.ORANGE_DARK}}
    others = {"fill": {"color": style.BLUE_MID}}
    is_below = [row[3].startswith(SAID["below"]) for row in place.table(RATES).rows]
    chart.add_series(
        place.series(
            RATES,
            LABELS["rate_percent"],
            LABELS["rate_percent"],
            points=[below if b else others for b in is_below],
            fill={"color": style.BLUE_MID},
            gap=40,
            data_labels={
                "value": True,
                "num_format": "[$-42A]0.00",
                "position": "inside_base",
                "font": {**FONT, "rotation": -90},
                "custom": [
                    {"font": {**FONT, "color": "white", "rotation": -90}} if b else {}
                    for b in is_below
                ],
            },
        )
    )
    chart.combine(_limit(book, place, RATES, month))
    _axes(chart, "%", {"min": 0, "max": 100}, font={"rotation": -45})
    return chart


def _causes(book: Workbook, place: _Place) -> Chart:
    """Stacked bars, most late dossiers first."""
    chart = book.add_chart({"type": "column", "subtype": "stacked"})
    for cause in CAUSES:
        label = causes()[cause]["label"]
        look = {**_fill(cause), "border": {"color": style.INK, "width": 0.5}, "gap": 40}
        chart.add_series(place.series(CAUSE, label, label, **look))
    _axes(chart, "hồ sơ", font={"rotation": -45})
    return chart


def _trend(book: Workbook, place: _Place, month: Month) -> Chart:
    """Line with markers against the threshold."""
    chart = book.add_chart({"type": "line"})
    look = {
        "line": {"color": style.BLUE, "width": 2.25},
        "marker": {"type": "circle", "size": 7, "fill": {"color": style.BLUE}},
        "data_labels": {
            "value": True, "num_format": "[$-42A]0.00", "position": "above", "font": FONT,
        },
    }  # fmt: skip
    label = LABELS["rate_percent"]
    chart.add_series(place.series(TREND, label, label, **look))
    chart.combine(_limit(book, place, TREND, month))
    _axes(chart, "%", date_axis=True, num_format="mm/yyyy", major_unit=1, major_unit_type="months")
    return chart
