"""Charts of the analyst's bench: what only exploring shows. Each takes a view."""

from __future__ import annotations

from collections.abc import Callable
from textwrap import wrap
from typing import TYPE_CHECKING, Any

import pandas as pd
import plotly.graph_objects as go

from motcua.base import style
from motcua.base import vietnamese as vi
from motcua.bench.tables import SAY, asked_words, cause_words, days_classes, table_of
from motcua.chapters.figure import LOOKS, empty, framed, mark, plain, shortened
from motcua.chapters.rates import ward_rates
from motcua.chapters.shapes import heat, intervals, month_axis, month_bars, name_rows
from motcua.chapters.table import show

if TYPE_CHECKING:
    from motcua.bench.view import View

MOST_PROCEDURES = 9  # columns of the heat map; the table behind has all
NAME_LETTERS, ROOM = 18, 0.2  # of the name behind a line, and the share of its months it takes
LIMIT = {"color": style.INK, "width": 1.5, "dash": "dash"}


def rates_if_not(view: View) -> go.Figure:
    """Rates of the wards; with causes forgiven, also where each ward would stand without them."""
    figure = ward_rates(view)
    moved = view.if_not[view.if_not["forgiven"] > 0]
    if moved.empty:
        return figure
    causes = cause_words(view.asked.forgiven)
    hover = [SAY.hover("if_not.hover", view, ward=w, causes=causes) for w in moved.itertuples()]
    x, y = moved["rate_if_not"].tolist(), moved.index.tolist()
    figure.add_trace(mark("if_not", x=x, y=y, hovertext=hover))
    more = SAY("if_not.subtitle", causes=shortened(causes, 60))
    figure.layout.title.subtitle.text += plain(more)
    meta = figure.layout.meta
    return figure.update_layout(meta=meta | {"subtitle": meta["subtitle"] + more})


def days_late(view: View) -> go.Figure:
    """Late dossiers per class of days late."""
    counts, words = view.days_late["n"], list(days_classes(view))
    twin, causes = table_of(view, "days"), asked_words(view.asked)["causes"]
    if not counts.sum():
        return empty(view, **SAY.empty("days_late", view, causes=causes), table=twin)
    bars = month_bars(counts, "days").update(
        x=words,
        marker={"color": style.BLUE},
        hoverinfo="none",
        customdata=[{"days": word} for word in words],
    )
    figure = go.Figure(bars)
    figure.update_yaxes(visible=False, range=[0, 1.15 * counts.max()])
    figure.update_xaxes(title=SAY("days_late.axis"), type="category", showgrid=False)
    middle = view.listed_late["days_late"].quantile(0.5, interpolation="lower")
    classes = list(zip(words, counts, strict=True))
    said = {"total": counts.sum(), "middle": int(middle), "classes": classes, "causes": causes}
    said = SAY.chart("days_late", view, **said)
    return framed(figure, view, **said, table=twin)


def ward_procedures(view: View) -> go.Figure:
    """Heat map of the rate, ward (worst first) x procedure (most dossiers first)."""
    cells, twin = view.ward_procedures, table_of(view, "heat")
    if cells.empty:
        return empty(view, **SAY.empty("ward_procedures", view, wards=0), table=twin)
    sizes = cells.groupby("procedure")["counted"].sum().sort_values(ascending=False, kind="stable")
    columns = sizes.index[:MOST_PROCEDURES]
    order = view.rates["code"][view.rates["counted"] > 0]
    worst = cells.sort_values("late", ascending=False, kind="stable").iloc[0].to_dict()
    what = shortened(worst["procedure"] or SAY("ward_procedures.nameless"), 48)
    said = {"wards": len(order), "procedures": len(columns), "worst": worst, "what": what}
    said = SAY.chart("ward_procedures", view, **said)
    return framed(_heat(view, cells, order, columns), view, **said, table=twin, rows=len(order))


def _heat(view: View, cells: pd.DataFrame, order: pd.Series, columns: pd.Index) -> go.Figure:
    """Heat map with wards as rows, procedures as columns and late dossiers as numbers."""
    nameless = SAY("ward_procedures.nameless")
    known = {(cell.code, cell.procedure): cell for cell in cells.itertuples()}
    rows = [[known.get((code, procedure)) for procedure in columns] for code in order]
    wide = cells.pivot(index="code", columns="procedure", values="rate_percent")

    def of_each(write: Callable[[Any], Any], none: Any = "") -> list[list]:
        return [[write(cell) if cell else none for cell in row] for row in rows]

    drawn = heat(
        wide.reindex(index=order, columns=columns),
        view.params.threshold_percent,
        text=of_each(lambda cell: vi.number(cell.late) if cell.late else ""),
        hovertext=of_each(lambda cell: SAY.hover("ward_procedures.hover", view, cell=cell)),
        customdata=of_each(_choice, None),
        name="heat",
    )
    figure = go.Figure(drawn)
    name_rows(figure, [view.unit_names[code] for code in order], 0.5, -0.5)
    figure.update_yaxes(ticks="")
    names = [_in_lines(name or nameless) for name in columns]
    ticks = {"tickvals": list(range(len(names))), "ticktext": names}
    return figure.update_xaxes(LOOKS["layouts"]["ward_procedures"], **ticks)


def _choice(cell: Any) -> dict[str, str]:
    """What a click on a cell chooses: its ward and, where one is named, its procedure."""
    return {"wards": cell.name} | ({"procedures": cell.procedure} if cell.procedure else {})


def _in_lines(name: str) -> str:
    """Name of a procedure on a few short lines."""
    lines = wrap(name, 12, max_lines=5, placeholder="…", break_long_words=False)
    return "<br>".join(map(plain, lines))


def compare_months(view: View, other: View) -> go.Figure:
    """Rates of each ward in two months: a dot each, joined."""
    then = other.rates[["code", "rate_percent"]]
    both = view.rates.merge(then, on="code", suffixes=("", "_then"))
    both = both[both["counted"] > 0].reset_index(drop=True)
    figure = go.Figure(intervals(both, "rate_percent_then", "rate_percent", 3, "change"))
    figure.add_trace(_dots(other, both["name"], both["rate_percent_then"], "then"))
    figure.add_trace(_dots(view, both["name"], both["rate_percent"], "now"))
    figure.add_vline(x=view.params.threshold_percent, line=LIMIT, layer="below")
    name_rows(figure, both["name"], 0.4, -0.9)
    figure.update_xaxes(ticksuffix="%", nticks=6)
    changes = both["rate_percent"] - both["rate_percent_then"]
    moved = {"up": (changes > 0).sum(), "down": (changes < 0).sum()}
    names = {"now": view.label.lower(), "then": other.label.lower()}
    return _compared(figure, view, "compare_months", rows=len(both), **moved, **names)


def _compared(figure: go.Figure, view: View, name: str, rows: int = 0, **said: Any) -> go.Figure:
    """Chart of a comparison, whose numbers stand in a table of their own."""
    words = SAY.chart(name, view, **said)
    table = show(view.rates, {"name": SAY("board.controls.wards")}, caption=words["title"])
    return framed(figure, view, **words, table=table, rows=rows)


def _dots(side: View, names: pd.Series, rates: pd.Series, when: str) -> go.Scatter:
    """Rate of each ward in the month of a side; a row each."""
    pairs = zip(names, rates, strict=True)
    return mark(
        f"compare.{when}",
        x=rates.tolist(),
        y=list(range(len(rates))),
        hovertext=[SAY.hover("compare_months.hover", side, name=n, rate=rate) for n, rate in pairs],
        customdata=[{"wards": name} for name in names],
        name=side.month,
    )


def compare_wards(view: View, first: str, second: str) -> go.Figure:
    """Rates of two wards over the months."""
    wide = view.monthly.history.pivot(index="month", columns="name", values="rate_percent")
    last, names = wide.iloc[-1], {"first": first, "second": second}
    higher = second if last[second] > last[first] else first
    lines = [_line(view, wide[name], look, name == higher) for look, name in names.items()]
    figure = go.Figure(lines)
    figure.add_hline(y=view.params.threshold_percent, line=LIMIT, layer="below")
    month_axis(figure, wide.index)
    figure.update_xaxes(range=[-0.5, (1 + ROOM) * len(wide) - 1])
    figure.update_yaxes(ticksuffix="%", nticks=5, showgrid=True)
    now = view.rates.set_index("name")["rate_percent"]
    rates = [(name, now[name]) for name in (first, second)]
    return _compared(figure, view, "compare_wards", rates=rates, months=len(wide))


def _line(view: View, rates: pd.Series, look: str, is_higher: bool) -> go.Scatter:
    """Rates of a ward, a month each, with its name behind the last known, away from the other's."""
    name = f"<b>{plain(shortened(rates.name, NAME_LETTERS))}</b>"
    hover = [
        SAY.hover("compare_wards.hover", view, name=rates.name, at=month, rate=rate)
        for month, rate in rates.items()
    ]
    return mark(
        f"compare.{look}",
        x=list(range(len(rates))),
        y=rates.astype(object).where(rates.notna(), None).tolist(),
        text=[name if month == rates.last_valid_index() else "" for month in rates.index],
        textposition="top right" if is_higher else "bottom right",
        hovertext=hover,
        customdata=[{"month": month} for month in rates.index],
        name=plain(rates.name),
    )
