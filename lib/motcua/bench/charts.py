"""Charts of the analyst's bench: what only exploring shows. Each takes a view."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING

import pandas as pd
import plotly.graph_objects as go

from motcua.base import style
from motcua.base import vietnamese as vi
from motcua.bench.tables import SAY, asked_words, cause_words, days_classes, table_of
from motcua.chapters.figure import empty, framed, plain, shortened
from motcua.chapters.rates import ward_rates
from motcua.chapters.shapes import heat, intervals, month_axis, month_bars, name_rows
from motcua.chapters.table import show

if TYPE_CHECKING:
    from motcua.bench.view import View

MOST_PROCEDURES = 9  # columns of the heat map; the table behind has all
LIMIT = {"color": style.INK, "width": 1.5, "dash": "dash"}


def rates_if_not(view: View) -> go.Figure:
    """Rates of the wards; with causes forgiven, also where each ward would stand without them."""
    figure = ward_rates(view)
    moved = view.if_not[view.if_not["forgiven"] > 0]
    if moved.empty:
        return figure
    words = cause_words(view.asked.forgiven)
    figure.add_trace(
        go.Scatter(
            x=moved["rate_if_not"].tolist(),
            y=moved.index.tolist(),
            mode="markers",
            marker={"symbol": "triangle-right-open", "size": 11, "color": style.BLUE},
            hovertext=[
                SAY.hover("if_not.hover", view, ward=ward, causes=words)
                for ward in moved.itertuples()
            ],
            hoverinfo="text",
            cliponaxis=False,
            name="if_not",
        )
    )
    figure.layout.title.subtitle.text += SAY.hover("if_not.subtitle", causes=shortened(words, 60))
    return figure


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
    said = {"total": int(counts.sum()), "middle": int(middle), "classes": classes}
    return framed(
        figure,
        view,
        **SAY.chart("days_late", view, causes=causes, **said),
        table=twin,
        height=320,
        top=20,
        bottom=48,
    )


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
    return framed(
        _heat(view, cells, order, columns),
        view,
        **SAY.chart("ward_procedures", view, **said),
        table=twin,
        height=22 * len(order) + 120,
        top=104,
        bottom=8,
    )


def _heat(view: View, cells: pd.DataFrame, order: pd.Series, columns: pd.Index) -> go.Figure:
    """Heat map with wards as rows, procedures as columns and late dossiers as numbers."""
    nameless = SAY("ward_procedures.nameless")
    known = {(cell.code, cell.procedure): cell for cell in cells.itertuples()}
    rows = [[known.get((code, procedure)) for procedure in columns] for code in order]
    wide = cells.pivot(index="code", columns="procedure", values="rate_percent")
    figure = go.Figure(
        heat(
            wide.reindex(index=order, columns=columns),
            view.params.threshold_percent,
            text=[[vi.number(c.late) if c and c.late else "" for c in row] for row in rows],
            hovertext=[
                [SAY.hover("ward_procedures.hover", view, cell=c) if c else "" for c in row]
                for row in rows
            ],
            customdata=[[_choice(c) if c else None for c in row] for row in rows],
            name="heat",
        )
    )
    name_rows(figure, [view.unit_names[code] for code in order], 0.5, -0.5)
    figure.update_yaxes(ticks="")
    figure.update_xaxes(
        tickvals=list(range(len(columns))),
        ticktext=[_in_lines(name or nameless) for name in columns],
        side="top",
        tickangle=0,
        tickfont={"size": 10},
        showgrid=False,
        ticks="",
    )
    return figure


def _choice(cell: tuple) -> dict[str, str]:
    """What a click on a cell chooses: its ward and, where one is named, its procedure."""
    return {"wards": cell.name} | ({"procedures": cell.procedure} if cell.procedure else {})


def _in_lines(name: str) -> str:
    """Name of a procedure on a few short lines."""
    lines = wrap(name, 12, max_lines=5, placeholder="…", break_long_words=False)
    return "<br>".join(map(plain, lines))


def compare_months(view: View, other: View) -> go.Figure:
    """Rates of each ward in two months: a dot each, joined."""
    both = view.rates.merge(
        other.rates[["code", "rate_percent"]], on="code", suffixes=("", "_then")
    )
    both = both[both["counted"] > 0].reset_index(drop=True)
    figure = go.Figure(intervals(both, "rate_percent_then", "rate_percent", width=3, name="change"))
    figure.add_trace(_dots(other, both, "rate_percent_then", style.GREY, "circle-open"))
    figure.add_trace(_dots(view, both, "rate_percent", style.BLUE, "circle"))
    figure.add_vline(x=view.params.threshold_percent, line=LIMIT, layer="below")
    name_rows(figure, both["name"], 0.4, -0.9)
    figure.update_xaxes(ticksuffix="%", nticks=6)
    changes = both["rate_percent"] - both["rate_percent_then"]
    moved = {"up": int((changes > 0).sum()), "down": int((changes < 0).sum())}
    names = {"now": view.label.lower(), "then": other.label.lower()}
    said = SAY.chart("compare_months", view, **moved, **names)
    return framed(
        figure,
        view,
        **said,
        table=show(view.rates, {"name": SAY("board.controls.wards")}, caption=said["title"]),
        height=style.ROW_HEIGHT * len(both) + 60,
    )


def _dots(side: View, wards: pd.DataFrame, column: str, colour: str, symbol: str) -> go.Scatter:
    """Rate of each ward in the month of a side; a row each."""
    pairs = list(zip(wards["name"], wards[column], strict=True))
    return go.Scatter(
        x=wards[column].tolist(),
        y=list(range(len(wards))),
        mode="markers",
        marker={"color": colour, "symbol": symbol, "size": 10, "line": {"width": 2}},
        hovertext=[
            SAY.hover("compare_months.hover", side, name=name, rate=rate) for name, rate in pairs
        ],
        hoverinfo="text",
        customdata=[{"wards": name} for name, _ in pairs],
        cliponaxis=False,
        name=side.month,
    )


def compare_wards(view: View, first: str, second: str) -> go.Figure:
    """Rates of two wards over the months."""
    wide = view.monthly.history.pivot(index="month", columns="name", values="rate_percent")
    figure = go.Figure()
    figure.add_trace(_line(view, wide[first], style.BLUE, "solid", "top left"))
    figure.add_trace(_line(view, wide[second], style.ORANGE, "dot", "bottom left"))
    figure.add_hline(y=view.params.threshold_percent, line=LIMIT, layer="below")
    month_axis(figure, wide.index)
    figure.update_yaxes(ticksuffix="%", nticks=5, showgrid=True)
    now = view.rates.set_index("name")["rate_percent"]
    rates = [(name, now[name]) for name in (first, second)]
    said = SAY.chart("compare_wards", view, rates=rates, months=len(wide))
    return framed(
        figure,
        view,
        **said,
        table=show(view.rates, {"name": SAY("board.controls.wards")}, caption=said["title"]),
        height=300,
        top=20,
    )


def _line(view: View, rates: pd.Series, colour: str, dash: str, place: str) -> go.Scatter:
    """Rates of a ward, a month each, with its name at the last."""
    name = plain(rates.name)
    return go.Scatter(
        x=list(range(len(rates))),
        y=rates.astype(object).where(rates.notna(), None).tolist(),
        mode="lines+markers+text",
        line={"color": colour, "width": 2.5, "dash": dash},
        text=[""] * (len(rates) - 1) + [f"<b>{name}</b>"],
        textposition=place,
        textfont={"color": colour, "size": style.SIZE_LABEL},
        hovertext=[
            SAY.hover("compare_wards.hover", view, name=rates.name, at=month, rate=rate)
            for month, rate in rates.items()
        ],
        hoverinfo="text",
        customdata=[{"month": month} for month in rates.index],
        connectgaps=False,
        cliponaxis=False,
        name=name,
    )
