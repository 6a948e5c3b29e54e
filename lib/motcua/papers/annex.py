"""phu-luc.xlsx: the annex of a month, its tables, native charts and cover.

A sheet is one table; every number stays a number. Charts read the cells of the tables, so that a
corrected cell is seen in them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from math import ceil, floor
from typing import Any

import pandas as pd
from xlsxwriter.chart import Chart

from motcua.base import style
from motcua.base.reference import (
    LABELS,
    LIST_LABELS,
    REPORTED_LABELS,
    RESULT_LABELS,
    STATE_LABELS,
    WORDS,
    causes,
    read_yaml,
)
from motcua.chapters import sentences
from motcua.measures.causes import CITY, points
from motcua.measures.followup import ledger
from motcua.measures.frame import table
from motcua.measures.month import Month
from motcua.measures.orders import LISTS, listed_in_a_row
from motcua.measures.state import AGES, CAUSES
from motcua.papers.form06 import COLUMNS as FORM
from motcua.papers.form06 import form06_by_field, form06_by_ward
from motcua.papers.letter import letter
from motcua.papers.workbook import HEAD, Book, Column, Sheet

SAY, SAID = sentences.Words("annex"), read_yaml("annex", WORDS)
RATES, CAUSE, TREND = (SAID["sheets"][key]["name"] for key in ("rates", "causes", "trend"))
COUNTS = ("received", "carried_over", "resolved", "on_time", "late", "withdrawn", "open",
          "open_overdue", *AGES, "awaiting_close", "feedback", "months_below_in_a_row")  # fmt: skip
WIDTH, HIGH, ROWS = 1080, 580, 31  # pixels, and the rows that a chart takes
MANY, FULL = 40, 100  # units from which on a chart labels the ones below alone; percent
FONT = {"name": style.SHEET_FONT, "size": 9, "color": style.INK}


@table
def annex(month: Month) -> list[Sheet]:
    """Sheets of the annex in their order.

    Examples
    --------
    >>> from motcua import load
    >>> sheets = annex(load("2024-01", data="data/sample"))
    >>> [sheet.name for sheet in sheets][:3]
    ['1 Tỷ lệ', '2 Nguyên nhân', '3 Điểm giảm']
    """
    return [
        _rates(month),
        _causes(month),
        _points(month),
        _form(month, "form_wards", form06_by_ward(month)),
        _form(month, "form_fields", form06_by_field(month)),
        _trend(month),
        _history(month),
        _lists(month),
        _followup(month),
    ]


def _sheet(
    month: Month, key: str, columns: Mapping[str, Column], rows: pd.DataFrame | list[dict],
    total: Mapping[str, Any] | None = None,
) -> Sheet:  # fmt: skip
    """Sheet of the columns named, under title, marks, unit, period, source and notes."""
    records = rows.to_dict("records") if isinstance(rows, pd.DataFrame) else rows
    about = {"marks": marks(month), "source": source(month), "rows": len(records)}
    return Sheet(
        name=SAID["sheets"][key]["name"],
        title=SAY(f"sheets.{key}.title", month, **about),
        columns=tuple(columns.values()),
        rows=tuple(_values(row, columns) for row in records),
        total=_values(total, columns) if total else (),
        above=tuple(
            line
            for lines in ("above", f"sheets.{key}.notes")
            for line in SAY(lines, month, **about, unit=SAID["sheets"][key]["unit"]).splitlines()
            if line
        ),
    )


def _values(row: Mapping[str, Any], columns: Iterable[str]) -> tuple[Any, ...]:
    """Plain values of a row, None for a missing one."""
    return tuple(_plain(row.get(name)) for name in columns)


def _plain(value: Any) -> Any:
    if value is None or value != value:  # noqa: PLR0124  NaN differs from itself
        return None
    return value.item() if hasattr(value, "item") else value


def _of(kind: str, *names: str) -> dict[str, Column]:
    """Columns of a kind under their usual headings."""
    return {name: Column(LABELS[name], kind) for name in names}


def _of_causes(kind: str, *more: str) -> dict[str, Column]:
    return {c: Column(causes()[c]["label"], kind) for c in CAUSES} | _of(kind, *more)


def _rates(month: Month) -> Sheet:
    line = {"name": SAID["city"], "threshold": month.params.threshold_percent}
    rows = [
        line | row | {"verdict": verdict(month, row["below_threshold"])}
        for row in [
            *month.rates.to_dict("records"),
            line | dict(month.city) | {"name": line["name"]},
        ]
    ]
    columns = {
        **_of("text", "name"),
        **_of("percent", "rate_percent"),
        "threshold": Column(SAID["threshold"], "percent"),
        "verdict": Column(SAID["verdict"], "mark"),
        **_of("percent", "rate_766_percent"),
        **_of("number", *COUNTS),
    }
    return _sheet(month, "rates", columns, rows[:-1], rows[-1])


def _causes(month: Month) -> Sheet:
    wide = month.late_by_cause.pivot(index="code", columns="cause", values="late").reset_index()
    late = month.rates[["code", "name", "late"]].merge(wide, on="code")
    city = month.city_by_cause.set_index("cause")["late"].to_dict()
    columns = _of("text", "name") | _of_causes("number", "late")
    rows = late.sort_values(["late", "code"], ascending=[False, True])
    total = city | {"name": SAID["city"], "late": month.city["late"]}
    return _sheet(month, "causes", columns, rows, total)


def _points(month: Month) -> Sheet:
    """Points that causes take from the rate; by any convention they add up to what it lacks."""
    lost = points(month)
    labels = lost.drop_duplicates("cause").set_index("cause")["label"]
    wide = lost.pivot(index="code", columns="cause", values="points")
    rates = pd.concat(
        [month.rates, pd.DataFrame([dict(month.city) | {"code": CITY, "name": SAID["city"]}])]
    )
    rates = rates.assign(all=100 - rates["rate_percent"].astype(float))
    rows = rates.merge(wide, left_on="code", right_index=True, how="left", suffixes=("_", ""))
    columns = {
        **_of("text", "name"),
        **{cause: Column(label, "points") for cause, label in labels.items()},
        "all": Column(SAID["all_points"], "points"),
        **_of("percent", "rate_percent"),
    }
    return _sheet(month, "points", columns, rows.iloc[:-1], rows.iloc[-1].to_dict())


def _form(month: Month, key: str, form: pd.DataFrame) -> Sheet:
    numbers = list(FORM.values())
    said = SAID["form_headings"]
    columns = {
        "place": Column(said["place"], "place"),
        "name": Column(said[key], "text"),
        **{name: Column(said[name]) for name in numbers},
    }
    total = form[numbers].sum().to_dict() | {"name": SAID["total"]}
    return _sheet(month, key, columns, form.assign(place=range(1, len(form) + 1)), total)


def _first_day(month: str) -> date:
    return date.fromisoformat(f"{month}-01")


def _trend(month: Month) -> Sheet:
    history = month.city_history
    columns = {
        **_of("month", "month"),
        **_of("percent", "rate_percent"),
        "threshold": Column(SAID["threshold"], "percent"),
        **_of("percent", "rate_766_percent"),
        **_of("number", "resolved", "on_time", "late", "open_overdue", "awaiting_close"),
        **_of("number", "wards_below", "feedback", *CAUSES),
    }
    days = history["month"].map(_first_day).astype(object)
    rows = history.assign(month=days, threshold=month.params.threshold_percent)
    return _sheet(month, "trend", columns, rows)


def _history(month: Month) -> Sheet:
    wide = month.history.pivot(index="code", columns="month", values="rate_percent")
    months = {name: Column(_first_day(name), "percent") for name in month.months}
    rows = month.rates[["code", "name"]].merge(wide.reset_index(), on="code")
    return _sheet(month, "history", _of("text", "name") | months, rows)


def _lists(month: Month) -> Sheet:
    rows = []
    for name in LISTS:
        in_a_row = listed_in_a_row(month, name)
        way = "praised" if name == "praised" else "named"
        rows += [
            {
                "list": LIST_LABELS[name],
                "name": month.unit_names[code],
                "again": SAY(f"again.{way}", n=int(in_a_row[code])),
                "months": in_a_row[code],
            }
            for code in month.lists[name]
        ]
    kinds = {"list": "text", "name": "text", "months": "number", "again": "text"}
    columns = {name: Column(SAID["list_headings"][name], kind) for name, kind in kinds.items()}
    return _sheet(month, "lists", columns, rows)


def _followup(month: Month) -> Sheet:
    rows = ledger(month).to_dict("records")
    for row in rows:
        row |= {name: _first_day(row[name]) for name in ("ordered_in", "open_since")}
        row |= {"state": state(row["state"]), "reported": REPORTED_LABELS[row["reported"]]}
        row |= {"result": RESULT_LABELS.get(row["result"])}
    said = SAID["followup_columns"]
    columns = {name: Column(heading, kind) for name, (heading, kind) in said.items()}
    return _sheet(month, "followup", columns, rows)


# Words -----------------------------------------------------------------------------------------


def state(name: str) -> str:
    """State of an order in words; one that is overdue has a sign that shows without colour.

    Examples
    --------
    >>> state("overdue"), state("in_progress")
    ('▼ Quá hạn', 'Đang thực hiện')
    """
    return f"▼ {STATE_LABELS[name]}" if name == "overdue" else STATE_LABELS[name]


def verdict(month: Month, below: bool | None) -> str:
    """Verdict in words; what is below has a sign that shows without colour."""
    return SAY("verdicts", month, below=_plain(below))


def source(month: Month) -> str:
    """Where the numbers come from."""
    exports = [s.exported_at for s in month.inputs.sources if s.kind == "dossiers"]
    return SAY("from", month, files=len(month.inputs.sources), newest=max(exports))


def marks(month: Month) -> str:
    """What every sheet is marked with: that the data are made up, or do not cover the period."""
    return SAY("marks", month)


# Workbook --------------------------------------------------------------------------------------


def annex_xlsx(month: Month) -> bytes:
    """Workbook of the annex of a month.

    Examples
    --------
    >>> from motcua import load
    >>> annex_xlsx(load("2024-01", data="data/sample"))[:2]
    b'PK'
    """
    params, subtitle, sheets = month.params, SAY("subtitle", month), annex(month)
    book = Book(
        f"{SAID['title']}: {subtitle}",
        month.period.end,
        marks=marks(month),
        left=f"{month.label}, {sentences.period_words(month)}",
        threshold=params.threshold_percent,
        author=params.office,
        company=params.issuer,
    )
    strong, year = {"bold": True}, letter(month).year
    attached = SAID["attached"].format(symbol=params.letter_symbol, year=year, issuer=params.issuer)
    cover, row = book.cover(
        SAID["cover"],
        [
            (params.issuer, strong),
            (SAID["title"], strong | {"font_size": 20, "font_color": style.BLUE}),
            (subtitle, strong | {"font_size": 13}),
            (attached, {"italic": True}),
            (marks(month), strong | {"font_color": style.ORANGE}),
        ],
        [
            (SAID["period"], sentences.period_words(month)),
            (SAID["source"], source(month)),
            *((SAID["method"] * (not i), x) for i, x in enumerate(sentences.method_lines(month))),
        ],
    )
    contents = {SAID["charts"]: SAID["charts_title"]} | {s.name: s.title for s in sheets}
    for column, word in enumerate((SAID["sheet"], SAID["content"])):
        book.write(cover, row, column, word, **HEAD)
    for place, (name, title) in enumerate(contents.items(), start=row + 1):
        book.link(cover, place, name, name)
        book.write(cover, place, 1, title, border=1, border_color=style.LINE)
    page = book.page(SAID["charts"])
    back = (SAID["cover"], SAID["back"])
    first = {sheet.name: book.table(sheet, back) for sheet in sheets}
    _charts(book, page, {s.name: _Cells(s, first[s.name]) for s in sheets}, month)
    return book.content()


# Charts ----------------------------------------------------------------------------------------


class _Cells:
    """Cells of the columns of a table, as charts name them."""

    def __init__(self, sheet: Sheet, first: int) -> None:
        self.sheet, self.rows, self._first = sheet, sheet.rows, first
        self._headings = [column.heading for column in sheet.columns]

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


def _charts(book: Book, sheet: Any, cells: dict[str, _Cells], month: Month) -> None:
    """Put the charts on their sheet, one below the other, each on a page of its own."""
    drawn = {
        "rates": _dots(book, cells[RATES], month),
        "causes": _bars(book, cells[CAUSE]),
        "trend": _dots(book, cells[TREND], month),
    }
    book.write(sheet, 0, 0, f"{SAID['charts']}: {SAY('subtitle', month)}", bold=True, font_size=13)
    for number, (key, chart) in enumerate(drawn.items()):
        title = SAY(f"chart_titles.{key}", month)
        chart.set_title({"name": title, "name_font": FONT | {"size": 13, "bold": True}})
        chart.set_size({"width": WIDTH, "height": HIGH})
        chart.set_legend({"position": "bottom", "font": FONT})
        sheet.insert_chart(
            1 + number * ROWS, 0, chart, {"description": f"{title}. {SAID['numbers_follow']}"}
        )
    row = len(drawn) * ROWS + 1
    book.write(sheet, row, 0, marks(month), bold=True, font_color=style.ORANGE)
    sheet.print_area(0, 0, row + 1, WIDTH // 64)
    sheet.set_h_pagebreaks([1 + ROWS, 1 + 2 * ROWS])


def _dots(book: Book, cells: _Cells, month: Month) -> Chart:
    """Rates as dots on a cut axis that says so, beside the threshold.

    Months are joined; of units, which stand worst first, those below the threshold are orange.
    """
    is_months = cells.sheet.name == TREND
    line, column = month.params.threshold_percent, LABELS["rate_percent"]
    rates = [rate for rate in cells.values(column) if rate is not None]
    below, is_long = sum(rate < line for rate in rates), len(cells.rows) > MANY
    upright = {} if is_months else {"rotation": -90}
    labels = {
        "value": True, "num_format": "[$-42A]0.00", "position": "above", "font": FONT | upright,
        "fill": {"color": style.PAPER},
    }  # fmt: skip
    joined = {"color": style.GREY, "width": 1.5} if is_months else {"none": True}
    chart = book.raw.add_chart({"type": "line"})
    series = {SAID["rate"]: (0, style.GREY), SAY("below", month): (below, style.ORANGE)}
    for name, (rows, colour) in list(series.items())[: 1 if is_months or not below else 2]:
        dot = {"type": "circle", "size": 8, "fill": {"color": colour}, "border": {"none": True}}
        told = {"data_labels": labels} if bool(rows) == is_long else {}
        look = {"line": joined, "marker": dot, **told}
        chart.add_series(cells.series(column, rows, **look) | {"name": name})
    dash = {"color": style.INK, "width": 1.5, "dash_type": "dash"}
    chart.add_series(cells.series(SAID["threshold"], line=dash, marker={"type": "none"}))
    low = max(0, floor(min([line, *rates])) - 1)
    high = ceil(max([line, *rates])) + 1
    numbers = "[$-42A]General" if high <= FULL else '[>100]"";[$-42A]0'
    _axes(chart, SAY("cut_axis", low=low), len(cells.rows), min=low, max=high, num_format=numbers)
    if is_months:
        step = {"major_unit": 1, "major_unit_type": "months"}
        chart.set_x_axis({"num_font": FONT, "date_axis": True, "num_format": "mm/yyyy", **step})
    return chart


def _bars(book: Book, cells: _Cells) -> Chart:
    """Stacked bars of the units that have late dossiers, most first."""
    chart = book.raw.add_chart({"type": "column", "subtype": "stacked"})
    late = sum(bool(n) for n in cells.values(LABELS["late"]))
    for cause in causes().values():
        colour, pattern = getattr(style, cause["bar"]["colour"]), cause["bar"].get("pattern")
        paint: dict[str, Any] = {"fill": {"color": colour}}
        if pattern:
            paint = {"pattern": {"pattern": pattern, "fg_color": colour, "bg_color": "white"}}
        border = {"color": style.INK, "width": 0.5}
        chart.add_series(cells.series(cause["label"], late, border=border, gap=40, **paint))
    _axes(chart, SAID["dossiers"], late)
    return chart


def _axes(chart: Chart, name: str, units: int, **upright: Any) -> None:
    """Set both axes; names of many units stand upright and small."""
    tilt = {"rotation": -90, "size": 7} if units > MANY else {"rotation": -45}
    chart.set_x_axis({"num_font": FONT | tilt, "interval_unit": 1})
    chart.set_y_axis({
        "name": name, "name_font": FONT, "num_font": FONT, "num_format": '[>100]"";[$-42A]General',
        "major_gridlines": {"visible": True, "line": {"color": style.LINE, "width": 0.5}},
        "line": {"none": True}, **upright,
    })  # fmt: skip
