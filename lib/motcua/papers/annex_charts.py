"""Native charts of the annex: rates against the threshold, causes, the city's months.

They read the cells of the tables, so that a reader who corrects a cell sees it in the chart.
"""

from __future__ import annotations

from typing import Any

from xlsxwriter.chart import Chart
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from motcua.base import style
from motcua.base.labels import LABELS
from motcua.base.reference import causes
from motcua.chapters import sentences
from motcua.measures.month import Month
from motcua.measures.state import CAUSES
from motcua.papers.annex import CAUSE, RATES, SAID, THRESHOLD, TREND, Sheet, subtitle

WIDTH, HIGH, ROWS = 1080, 580, 31  # pixels, and the rows that a chart takes
# Fill and pattern of each cause: told apart in grey print too.
FILLS = {
    "forgot_to_close": {"fill": {"color": style.ORANGE}},
    "software_error": {
        "pattern": {"pattern": "wide_upward_diagonal", "fg_color": style.BLUE, "bg_color": "white"}
    },
    "urban_management": {"fill": {"color": style.BLUE}},
    "slow_processing": {"fill": {"color": style.BLUE_MID}},
    "unknown": {"pattern": {"pattern": "dotted_grid", "fg_color": style.GREY, "bg_color": "white"}},
}
AXIS_NUMBERS = "[$-42A]General"
FONT = {"name": style.SHEET_FONT, "size": 9, "color": style.INK}


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
    if month.synthetic:
        warning = {"bold": True, "font_name": style.SHEET_FONT, "font_color": style.ORANGE}
        sheet.write_string(
            len(charts) * ROWS + 1, 0, SAID["synthetic_line"], book.add_format(warning)
        )
    sheet.print_area(0, 0, len(charts) * ROWS + 2, WIDTH // 64)
    sheet.set_h_pagebreaks([1 + ROWS, 1 + 2 * ROWS])


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
        look = {**FILLS[cause], "border": {"color": style.INK, "width": 0.5}, "gap": 40}
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
