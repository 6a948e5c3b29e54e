"""phu-luc.xlsx, the annex of a month: its tables, native charts and cover; phu-luc.pdf, its tables.

A sheet is one table; every number stays a number. Charts read the cells of the tables, so that a
corrected cell is seen in them; sums that the form defines are formulas. The last sheet leads from
each number of the letter to the cell where it stands.

Form II.06a / Biểu 06 (VPCP/KSTT) has columns and sums as the form prints them; (9) holds, as the
form says, dossiers withdrawn, returned or stopped and, having no due date to miss, those done
without one. Other than the rate of motcua, which leaves both out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import partial
from math import ceil, floor
from typing import Any

import pandas as pd

from motcua.base import style
from motcua.base.calendar import kind_of, of_kind, period_label, short_label
from motcua.base.errors import RunError
from motcua.base.params import is_partial
from motcua.base.reference import LABELS, WORDS, InUse, causes, dictionary, read_yaml, refusal
from motcua.base.vietnamese import key as word_key
from motcua.chapters import sentences
from motcua.machine.processes import alone
from motcua.measures.causes import points
from motcua.measures.followup import ledger
from motcua.measures.frame import CITY, table
from motcua.measures.month import Month
from motcua.measures.orders import LISTS, letter_day, listed_in_a_row, orders
from motcua.measures.rates import months_inside
from motcua.measures.state import CAUSES, FLAGS
from motcua.papers.findings import build_findings, plain
from motcua.papers.letter import letter, letter_trace, value_at
from motcua.papers.workbook import HEAD, MARK, Book, Cells, Column, Formula, Link, Sheet, printed

SAY, SAID = sentences.Words("annex"), InUse(lambda: read_yaml("annex", WORDS))
RATES, CAUSE, TREND = (SAID["sheets"][key]["name"] for key in ("rates", "causes", "trend"))
OF_MONTHS = ("inside", "followup")  # sheets of months, whatever the period is
WIDTH, HIGH, ROWS = 1080, 580, 31  # pixels, and the rows that a chart takes
EDGE = 2  # pixels below the break of pages, lest the page before shows the line of a chart
BEFORE, AFTER = 60, 25  # letters of a sentence told around one of its numbers
KINDS = {"string": "text", "integer": "number", "number": "percent", "yearmonth": "month"}
MANY, FULL = 40, 100  # units from which on a chart labels the ones below alone; percent
# Number of the column in form II.06a -> its name; (1) is the running number, (2) the unit or field.
COLUMNS = dict(enumerate(list(read_yaml("annex", WORDS)["form_headings"])[3:], start=3))
# Columns of the form that add up others, as the form prints it.
SUMS = {3: (4, 5, 6), 7: (8, 9, 10), 11: (12, 13)}
SMALL_FIELD = 5  # fields with fewer dossiers are told together, lest one could tell a person
FONT = {"name": style.SHEET_FONT, "size": 9, "color": style.INK}


@table
def annex(month: Month) -> list[Sheet]:
    """Sheets of the annex in their order.

    Examples
    --------
    >>> from motcua import load
    >>> sheets = annex(load("2024-01", data="data/sample"))
    >>> [sheet.name for sheet in sheets][:3]
    ['Tổng hợp', '1 Tỷ lệ', '2 Nguyên nhân']
    """
    of_orders = [_followup(month), _orders(month)] if month.params.directs else []
    return [
        _summary(month),
        _rates(month),
        _causes(month),
        _points(month),
        form_sheet(month, "form_wards", form06_by_ward(month)),
        form_sheet(month, "form_fields", form06_by_field(month)),
        _trend(month, "trend", month.city_history),
        *(_trend(month, "inside", rows) for rows in [months_inside(month)] if len(rows)),
        _history(month),
        _lists(month),
        *of_orders,
    ]


def _sheet(
    month: Month, key: str, rows: pd.DataFrame | list[dict], total: Mapping[str, Any] | None = None,
    columns: Mapping[str, Column] | None = None, above: str = "above", adds_up: bool = False,
) -> Sheet:  # fmt: skip
    """Sheet of a key, under title, marks, unit, period, source and notes.

    A row that has an "id" shows what stands in the findings under it, each in the column of its
    name; without a name what stands there itself.
    """
    columns = columns or _columns(key)
    records = rows.to_dict("records") if isinstance(rows, pd.DataFrame) else rows
    target = {"threshold": month.params.threshold_percent}
    shown = [target | row for row in (*records, *([total] if total else []))]
    values = [tuple(plain(row.get(name)) for name in columns) for row in shown]
    about = {"marks": SAY("marks", month), "source": source(month), "rows": len(records)}
    kind = "month" if key in OF_MONTHS else month.kind
    return Sheet(
        name=of_kind(SAID["sheets"][key]["name"], kind),
        title=SAY(f"sheets.{key}.title", month, **about),
        columns=tuple(
            replace(c, heading=of_kind(c.heading, kind)) if isinstance(c.heading, str) else c
            for c in columns.values()
        ),
        rows=tuple(values[: len(records)]),
        total=values[-1] if total else (),
        above=tuple(
            line
            for lines in (above, f"sheets.{key}.notes")
            for line in SAY(lines, month, **about, unit=SAID["sheets"][key]["unit"]).splitlines()
            if line
        ),
        adds_up=adds_up,
        paths={
            f"{row['id']}.{name}".removesuffix("."): (place, column)
            for place, row in enumerate(shown)
            if "id" in row
            for column, name in enumerate(columns)
        },
    )


def _columns(key: str) -> dict[str, Column]:
    """Columns that data/words lists for a sheet: of the dictionary, or with heading and kind."""
    columns: dict[str, Column] = {}
    for item in SAID["sheets"][key]["columns"]:
        if isinstance(item, dict):
            columns |= {name: Column(*heading) for name, heading in item.items()}
        else:
            columns |= _usual(*(causes() if item == "causes" else [item]))
    return columns


def _usual(*names: str) -> dict[str, Column]:
    """Columns with the heading and the kind that the dictionary gives them."""
    known = dictionary()["columns"]
    return {name: Column(LABELS[name], KINDS[known[name]["type"]]) for name in names}


def _summary(month: Month) -> Sheet:
    """Period, what the letter is measured by, the city's numbers, and how long its lists are."""
    findings = build_findings(month)
    lines = (line.split(" | ") for line in SAY("summary", month).splitlines() if line)
    rows = [{"id": path, "label": label, "": _found(findings, path)} for path, label in lines]
    return _sheet(month, "summary", rows)


def _found(findings: dict[str, Any], path: str) -> Any:
    """Value of the findings as a cell holds it."""
    value = value_at(findings, path)
    if path.startswith("period."):
        return date.fromisoformat(value)
    if path == "month":
        return short_label(value) if kind_of(value) == "month" else period_label(value)
    return float(value) if path.endswith("_percent") and value is not None else value


def _rates(month: Month) -> Sheet:
    city = dict(month.city) | {"id": "city", "name": SAID["city"]}
    rows = [*_wards(month.rates), city]
    for row in rows:
        row["verdict"] = SAY("verdicts", month, below=plain(row["below_threshold"]))
    return _sheet(month, "rates", rows[:-1], rows[-1])


def _wards(table: pd.DataFrame, rest: str = "") -> list[dict[str, Any]]:
    """Rows of units, each with what it shows of the findings."""
    return table.assign(id="wards[" + table["code"] + "]" + rest).to_dict("records")


def _causes(month: Month) -> Sheet:
    wide = month.late_by_cause.pivot(index="code", columns="cause", values="late").reset_index()
    late = month.rates[["code", "name", "late"]].merge(wide, on="code")
    city = month.city_by_cause.set_index("cause")["late"].to_dict()
    columns = _usual("name") | {c: Column(causes()[c]["label"]) for c in CAUSES}
    rows = _wards(late.sort_values(["late", "code"], ascending=[False, True]), ".late_by_cause")
    total = city | {"name": SAID["city"], "late": month.city["late"]}
    columns["late"] = Column(LABELS["late"], adds=tuple(range(1, len(columns))))
    return _sheet(month, "causes", rows, total, columns, adds_up=True)


def _points(month: Month) -> Sheet:
    """Points that causes take from the rate; by any convention they add up to what it lacks."""
    lost = points(month)
    labels = lost.drop_duplicates("cause").set_index("cause")["label"]
    wide = lost.pivot(index="code", columns="cause", values="points")
    city = pd.DataFrame([dict(month.city) | {"code": CITY, "name": SAID["city"]}])
    rates = pd.concat([month.rates, city])
    rates = rates.assign(all=100 - rates["rate_percent"].astype(float))
    rows = rates.merge(wide, left_on="code", right_index=True, how="left", suffixes=("_", ""))
    lost_by = {cause: Column(label, "points") for cause, label in labels.items()}
    lost_by["all"] = Column(SAID["all_points"], "points")
    columns = _usual("name") | lost_by | _usual("rate_percent")
    return _sheet(month, "points", rows.iloc[:-1], rows.iloc[-1].to_dict(), columns)


def form_sheet(month: Month, key: str, form: pd.DataFrame) -> Sheet:
    """Form II.06a by what `key` says, with its headings of three tiers."""
    said = SAID["form_headings"]
    kinds = {"place": "place", "name": "text"} | dict.fromkeys(COLUMNS.values(), "number")
    columns = {
        name: Column(
            tuple(said[key if name == "name" else name]),
            kind,
            number=f"({number})",
            adds=tuple(part - 1 for part in SUMS.get(number, ())),
        )
        for number, (name, kind) in enumerate(kinds.items(), start=1)
    }
    total = form[list(COLUMNS.values())].sum().to_dict() | {"name": SAID["total"]}
    rows = form.assign(place=range(1, len(form) + 1))
    return _sheet(month, key, rows, total, columns, "form_above", adds_up=True)


def _at(month: str) -> date | str | None:
    """Month as its first day, which cells show as a month; a longer period by its name."""
    if month and kind_of(month) != "month":
        return short_label(month)
    return date.fromisoformat(f"{month}-01") if month else None


def _trend(month: Month, key: str, history: pd.DataFrame) -> Sheet:
    return _sheet(month, key, history.assign(month=history["month"].map(_at).astype(object)))


def _history(month: Month) -> Sheet:
    wide = month.history.pivot(index="code", columns="month", values="rate_percent")
    months = {name: Column(_at(name), "percent") for name in month.months}
    rows = month.rates[["code", "name"]].merge(wide.reset_index(), on="code")
    return _sheet(month, "history", rows, columns=_usual("name") | months)


def _lists(month: Month) -> Sheet:
    labels = read_yaml("terms")["list"]
    rows = [
        {"list": labels[name], "name": month.unit_names[code], "months": months[code]}
        | {"again": SAY("again", month, list=name, n=int(months[code]))}
        for name in LISTS
        for months in [listed_in_a_row(month, name)]
        for code in month.lists[name]
    ]
    return _sheet(month, "lists", rows)


def _followup(month: Month) -> Sheet:
    rows, labels = ledger(month).to_dict("records"), read_yaml("terms")
    for row in rows:
        row |= {name: _at(row[name]) for name in ("ordered_in", "open_since")}
        sign = f"{MARK} " * (row["state"] == "overdue")  # shows without colour, too
        row["state"] = sign + labels["state"][row["state"]]
        row |= {name: labels[name].get(row[name]) for name in ("reported", "result")}
    return _sheet(month, "followup", rows)


def _orders(month: Month) -> Sheet:
    """Orders of the letter, how many units each names, and its last day."""
    rows = [
        vars(order)
        | {"id": f"orders[{order.key}]", "units": len(order.codes) if order.is_named else None}
        | {"reminded_in": _at(order.reminded_in), "due_at": order.due}
        for order in orders(month)
    ]
    return _sheet(month, "orders", rows)


def _traced(month: Month, cells: Mapping[str, tuple[str, str, Any, str]]) -> Sheet:
    """Each number of the letter: where it is printed, and the cell of the annex that shows it."""
    said, rows = SAID["trace"], []
    numbers = {str(at): p.number for at, p in enumerate(letter(month).paragraphs, start=1)}
    for (at, text), values in letter_trace(month).groupby(["place", "text"], sort=False):
        place, end = SAY("trace.place", at=at, number=numbers.get(at)), 0
        for value, path in zip(values["value"], values["path"], strict=True):
            start = max(text.find(value, end), 0)
            end = start + len(value)
            if not any(sign.isdigit() for sign in value):
                continue
            row = {"place": place, "sentence": _around(text, start, end), "number": value}
            if path in cells:
                sheet, cell, *shown = cells[path]
                row["cell"] = Link(sheet, cell, f"{sheet}, {said['cell']} {cell}")
                row["value"] = Formula(f"='{sheet}'!{cell}", *shown)
            else:
                row["cell"] = said["others"][path.partition("[")[0].partition(".")[0]]
            rows.append(row)
    return _sheet(month, "trace", rows)


def _around(text: str, start: int, end: int) -> str:
    """Stretch of a sentence around one of its numbers, of whole words.

    Examples
    --------
    >>> _around("Có 03 đơn vị " + "bị nhắc tên trong tháng " * 2, 3, 5)
    'Có 03 đơn vị bị nhắc tên…'
    """
    first = text.find(" ", start - BEFORE) + 1 if start > BEFORE else 0
    last = text.rfind(" ", end, end + AFTER) if end + AFTER < len(text) else len(text)
    last = max(last, end)
    return "…" * (first > 0) + text[first:last].strip() + "…" * (last < len(text))


def source(month: Month) -> str:
    """Where the numbers come from."""
    exports = [s.exported_at for s in month.inputs.sources if s.kind == "dossiers"]
    return SAY("from", month, files=len(month.inputs.sources), newest=max(exports))


# Form II.06a ----------------------------------------------------------------------------------


@table
def form06_by_ward(month: Month) -> pd.DataFrame:
    """Form II.06a by unit: one row per unit in the register's order, columns code, name, COLUMNS.

    Raises
    ------
    RunError
        An identity of the form does not hold.

    Examples
    --------
    >>> from motcua import load
    >>> form = form06_by_ward(load("2024-01", data="data/sample"))
    >>> bool((form["taken"] == form["done"] + form["open"]).all()), len(form)
    (True, 30)
    """
    form = _form(month, "code").reindex([unit.code for unit in month.units], fill_value=0)
    form.insert(0, "name", form.index.map(month.unit_names))
    return _checked(form.rename_axis("code").reset_index())


@table
def form06_by_field(month: Month) -> pd.DataFrame:
    """Form II.06a by field of work, most dossiers first: columns name (the field), COLUMNS.

    Fields with fewer than `SMALL_FIELD` dossiers stand together in the last row.

    Examples
    --------
    >>> from motcua import load
    >>> month = load("2024-01", data="data/sample")
    >>> bool(form06_by_field(month)["taken"].sum() == form06_by_ward(month)["taken"].sum())
    True
    """
    form = _form(month, "field")
    form.index = pd.Index(
        [field or SAID["no_field"] for field in form.index.fillna("")], name="name"
    )
    form = form[form.sum(axis=1) > 0]
    form = form.reset_index().sort_values(["taken", "name"], ascending=[False, True])
    few = form["taken"] < SMALL_FIELD
    if few.any():
        rest = (
            form.loc[few, list(COLUMNS.values())]
            .sum()
            .to_frame()
            .T.assign(name=SAID["other_fields"])
        )
        form = pd.concat([form[~few], rest[form.columns]])
    return _checked(form.reset_index(drop=True))


@table
def _counted(month: Month) -> pd.DataFrame:
    """Counts of the period from which both tables of the form are added up."""
    return month.counts_by("code", "field", "channel")


def _form(month: Month, by: str) -> pd.DataFrame:
    """Columns of the form per value of `by`: code or field."""
    counts = _counted(month)
    labels = {word_key(str(label)) for label in read_yaml("channels")["online"]}
    online = counts["channel"].fillna("").map(word_key).isin(labels)
    counts = counts.assign(online=counts["received"].where(online, 0))
    sums = counts.groupby(by, dropna=False)[[*FLAGS, "online"]].sum().astype("int64")
    left = sums["withdrawn"] + sums["no_due_date_resolved"]
    form = sums.assign(
        taken=sums["received"] + sums["carried_over"],
        in_person=sums["received"] - sums["online"],
        done=sums["resolved"] + left,
        on_time_or_left=sums["on_due_date"] + left,
        open_in_time=sums["open"] - sums["open_overdue"],
    )
    return form[list(COLUMNS.values())]


def identities(form: pd.DataFrame) -> dict[str, bool]:
    """Whether each identity of the form holds in every row.

    Examples
    --------
    >>> row = dict.fromkeys(COLUMNS.values(), 0) | {"taken": 1, "online": 1, "open": 1,
    ...     "open_in_time": 1}
    >>> all(identities(pd.DataFrame([row])).values())
    True
    """
    return {
        f"({total}) = {' + '.join(f'({n})' for n in parts)}": bool(
            (form[COLUMNS[total]] == form[[COLUMNS[n] for n in parts]].sum(axis=1)).all()
        )
        for total, parts in [*SUMS.items(), (3, (7, 11))]
    }


def _checked(form: pd.DataFrame) -> pd.DataFrame:
    if broken := [text for text, holds in identities(form).items() if not holds]:
        raise refusal("form_adds_wrong", RunError, broken="; ".join(broken))
    return form


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
        marks=SAY("marks", month),
        left=f"{month.label}, {sentences.period_words(month)}",
        threshold=params.threshold_percent,
        author=params.office,
        company=params.issuer,
    )
    strong = {"bold": True}
    heads = [
        (params.issuer, strong),
        (SAID["title"], strong | {"font_size": 20, "font_color": style.BLUE}),
        (subtitle, strong | {"font_size": 13}),
        (attached(month), {"italic": True}),
        (SAY("marks", month), strong | {"font_color": style.ORANGE}),
    ]
    cover, row = book.cover(SAID["cover"], heads, _about(month))
    trace = SAID["sheets"]["trace"]
    contents = {SAID["charts"]: SAID["charts_title"]} | {s.name: s.title for s in sheets}
    if params.directs and not is_partial(params):  # there is a letter, whose numbers are traced
        contents |= {trace["name"]: SAY("sheets.trace.title", month)}
    for column, word in enumerate((SAID["sheet"], SAID["content"])):
        book.write(cover, row, column, word, **HEAD)
    for place, (name, title) in enumerate(contents.items(), start=row + 1):
        book.write(cover, place, 0, Link(name, "A1", name))
        book.write(cover, place, 1, title, border=1, border_color=style.LINE)
    page = book.page(SAID["charts"])
    back = Link(SAID["cover"], "A1", SAID["back"])
    cells = {sheet.name: Cells(sheet, book.table(sheet, back)) for sheet in sheets}
    if trace["name"] in contents:
        places = [cells[sheet.name].found() for sheet in reversed(sheets)]  # the first shows it
        book.table(_traced(month, {path: at for one in places for path, at in one.items()}), back)
    _charts(book, page, cells, month)
    return book.content()


def attached(month: Month) -> str:
    """To which letter the annex belongs; number and date are blank. "" where there is none."""
    params, year = month.params, letter_day(month).year
    if is_partial(params) or not params.directs:
        return ""
    return SAID["attached"].format(symbol=params.letter_symbol, year=year, issuer=params.issuer)


def _about(month: Month) -> list[tuple[str, str]]:
    """Label and text of what holds for every table."""
    return [
        (SAID["period"], sentences.period_words(month)),
        (SAID["source"], source(month)),
        *((SAID["method"] * (not i), x) for i, x in enumerate(sentences.method_lines(month))),
    ]


# For the signed file ---------------------------------------------------------------------------


def annex_pdf(month: Month) -> bytes:
    """Tables of the annex as a PDF, each from a page of its own across.

    Examples
    --------
    >>> from motcua import load
    >>> annex_pdf(load("2024-01", data="data/sample"))[:5]
    b'%PDF-'
    """
    end, threshold = month.period.end, month.params.threshold_percent
    values = {
        "day": {"year": end.year, "month": end.month, "day": end.day},
        "issuer": month.params.issuer,
        "title": SAID["title"],
        "subtitle": SAY("subtitle", month),
        "attached": attached(month),
        "contents": SAID["contents"],
        "foot": SAID["foot"].format(sentences.lower_first(attached(month).strip("()"))).strip(),
        "marks": SAY("marks", month),
        "about": _about(month),
        "tables": [printed(sheet, threshold) for sheet in annex(month)],
    }
    return alone(partial(style.typeset, "phu-luc.typ", values))


# Charts ----------------------------------------------------------------------------------------


def _charts(book: Book, sheet: Any, cells: dict[str, Cells], month: Month) -> None:
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
        about = {"description": f"{title}. {SAID['numbers_follow']}", "y_offset": EDGE}
        sheet.insert_chart(1 + number * ROWS, 0, chart, about)
    row = len(drawn) * ROWS + 1
    book.write(sheet, row, 0, SAY("marks", month), bold=True, font_color=style.ORANGE)
    sheet.print_area(0, 0, row + 1, WIDTH // 64)
    sheet.set_h_pagebreaks([1 + ROWS, 1 + 2 * ROWS])


def _dots(book: Book, cells: Cells, month: Month) -> Any:
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
        look = {"line": joined, "marker": dot}
        look |= {"data_labels": labels} if bool(rows) == is_long else {}
        chart.add_series(cells.series(column, rows, **look) | {"name": name})
    dash = {"color": style.INK, "width": 1.5, "dash_type": "dash"}
    chart.add_series(cells.series(SAID["threshold"], line=dash, marker={"type": "none"}))
    low = max(0, floor(min([line, *rates])) - 1)
    high = ceil(max([line, *rates])) + 1
    numbers = "[$-42A]General" if high <= FULL else '[>100]"";[$-42A]0'
    _axes(chart, SAY("cut_axis", low=low), len(cells.rows), min=low, max=high, num_format=numbers)
    if is_months and month.kind == "month":
        step = {"major_unit": 1, "major_unit_type": "months"}
        chart.set_x_axis({"num_font": FONT, "date_axis": True, "num_format": "mm/yyyy", **step})
    return chart


def _bars(book: Book, cells: Cells) -> Any:
    """Stacked bars of the units that have late dossiers, most first."""
    chart = book.raw.add_chart({"type": "column", "subtype": "stacked"})
    late = sum(bool(n) for n in cells.values(LABELS["late"]))
    for cause in causes().values():
        colour, pattern = getattr(style, cause["bar"]["colour"]), cause["bar"].get("pattern")
        hatched = {"pattern": pattern, "fg_color": colour, "bg_color": "white"}
        paint = {"pattern": hatched} if pattern else {"fill": {"color": colour}}
        border = {"color": style.INK, "width": 0.5}
        chart.add_series(cells.series(cause["label"], late, border=border, gap=40, **paint))
    _axes(chart, SAID["dossiers"], late)
    return chart


def _axes(chart: Any, name: str, units: int, **upright: Any) -> None:
    """Set both axes; names of many units stand upright and small."""
    tilt = {"rotation": -90, "size": 7} if units > MANY else {"rotation": -45}
    chart.set_x_axis({"num_font": FONT | tilt, "interval_unit": 1})
    chart.set_y_axis({
        "name": name, "name_font": FONT, "num_font": FONT, "num_format": '[>100]"";[$-42A]General',
        "major_gridlines": {"visible": True, "line": {"color": style.LINE, "width": 0.5}},
        "line": {"none": True}, **upright,
    })  # fmt: skip
