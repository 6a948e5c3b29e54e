"""Charts of the analyst's bench: what only exploring shows. Each takes a view."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import plotly.graph_objects as go

from motcua.base import style
from motcua.base import vietnamese as vi
from motcua.base.calendar import short_label
from motcua.bench.tables import cause_words, class_words, table_of
from motcua.chapters.figure import empty, framed, label, plain, shortened
from motcua.chapters.rates import ward_rates
from motcua.chapters.sentences import period, rate_words, threshold, units_word
from motcua.chapters.shapes import month_axis
from motcua.chapters.table import show
from motcua.chapters.trends import HEAT

if TYPE_CHECKING:
    from motcua.bench.view import View

MOST_PROCEDURES = 9  # columns of the heat map; the table behind has all
NO_PROCEDURE = "(không ghi)"
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
                f"<b>{plain(w.name)}</b><br>Nếu không vì {plain(words)}: "
                f"{rate_words(view, w.rate_if_not)}"
                for w in moved.itertuples()
            ],
            hoverinfo="text",
            cliponaxis=False,
            name="if_not",
        )
    )
    subtitle = figure.layout.title.subtitle.text
    figure.layout.title.subtitle.text = f"{subtitle}. ▷ nếu không vì {plain(shortened(words, 60))}"
    return figure


def days_late(view: View) -> go.Figure:
    """Late dossiers per class of days late."""
    table = view.days_late
    words = [class_words(row.first, row.last) for row in table.itertuples()]
    twin = table_of(view, "days")
    subtitle = f"Số hồ sơ trễ theo số ngày trễ, {period(view)}{_causes_note(view)}"
    total = int(table["n"].sum())
    if not total:
        title = "Không có hồ sơ trễ hạn trong kỳ"
        return empty(view, title, name="days_late", subtitle=subtitle, table=twin)
    bars = go.Bar(
        x=words,
        y=table["n"].tolist(),
        marker={"color": style.BLUE},
        text=[vi.number(n) for n in table["n"]],
        textposition="outside",
        cliponaxis=False,
        hoverinfo="none",
        customdata=[{"days": word} for word in words],
        name="days",
    )
    figure = go.Figure(bars)
    figure.update_yaxes(visible=False, range=[0, 1.15 * table["n"].max()])
    figure.update_xaxes(title="Số ngày trễ", type="category", showgrid=False)
    middle = view.listed_late["days_late"].quantile(0.5, interpolation="lower")
    title = f"{vi.number(total)} hồ sơ trễ; từ một nửa trở lên trễ không quá {middle:.0f} ngày"
    return framed(
        figure,
        view,
        name="days_late",
        title=title,
        subtitle=subtitle,
        alt=f"{title}. "
        + "; ".join(f"{w} ngày: {vi.number(n)}" for w, n in zip(words, table["n"], strict=True)),
        table=twin,
        height=320,
        top=20,
        bottom=48,
    )


def ward_procedures(view: View) -> go.Figure:
    """Heat map of the rate, ward (worst first) x procedure (most dossiers first)."""
    cells = view.ward_procedures
    twin = table_of(view, "heat")
    subtitle = f"Tỷ lệ đúng hạn (%) theo {units_word(view)} và thủ tục, {period(view)}"
    if cells.empty:
        title = "Không phát sinh hồ sơ để tính tỷ lệ"
        return empty(view, title, name="ward_procedures", subtitle=subtitle, table=twin)
    sizes = cells.groupby("procedure")["counted"].sum().sort_values(ascending=False, kind="stable")
    columns = sizes.index[:MOST_PROCEDURES]
    wide = cells.pivot(index="code", columns="procedure")
    order = view.rates["code"][view.rates["counted"] > 0]
    rates, counted, late = (
        wide[name].reindex(index=order, columns=columns)
        for name in ("rate_percent", "counted", "late")
    )
    figure = _heat(view, rates, counted, late)
    worst = cells.sort_values("late", ascending=False, kind="stable").iloc[0]
    title = "Không có hồ sơ trễ hạn trong kỳ"
    if worst["late"]:
        what = shortened(worst["procedure"] or NO_PROCEDURE, 48)
        title = f"Nhiều hồ sơ trễ nhất: {worst['name']}, {what}"
    return framed(
        figure,
        view,
        name="ward_procedures",
        title=title,
        subtitle=f"{subtitle}. Số trong ô: hồ sơ trễ",
        alt=f"Bảng màu tỷ lệ đúng hạn của {len(order)} {units_word(view)} "
        f"theo {len(columns)} thủ tục. "
        f"{title}: {vi.number(worst['late'])} hồ sơ.",
        table=twin,
        height=22 * len(order) + 120,
        top=104,
        bottom=8,
    )


def _heat(view: View, rates: pd.DataFrame, counted: pd.DataFrame, late: pd.DataFrame) -> go.Figure:
    """Cells of the heat map, wards as rows, procedures as columns; late dossiers as numbers."""
    limit = view.params.threshold_percent
    figure = go.Figure(
        go.Heatmap(
            z=rates.astype(object).where(rates.notna(), None).to_numpy().tolist(),
            x=list(range(len(rates.columns))),
            y=list(range(len(rates))),
            text=_cells(late),
            texttemplate="%{text}",
            textfont={"size": 11, "color": style.INK},
            colorscale=HEAT,
            zmin=2 * limit - 100 if limit < 100 else 0,
            zmax=100,
            showscale=False,
            xgap=2,
            ygap=2,
            hoverinfo="text",
            hovertext=_heat_hover(view, rates, counted, late),
            customdata=_heat_choices(view, rates),
            name="heat",
        )
    )
    names = [view.unit_names[code] for code in rates.index]
    figure.update_yaxes(
        tickvals=list(range(len(names))),
        ticktext=[label(n) for n in names],
        range=[len(names) - 0.5, -0.5],
        ticks="",
    )
    figure.update_xaxes(
        tickvals=list(range(len(rates.columns))),
        ticktext=[_in_lines(name or NO_PROCEDURE) for name in rates.columns],
        side="top",
        tickangle=0,
        tickfont={"size": 10},
        showgrid=False,
        ticks="",
    )
    return figure


def compare_months(view: View, other: View) -> go.Figure:
    """Rates of each ward in two months: a dot each, joined."""
    now, then = (v.rates.set_index("code") for v in (view, other))
    codes = [c for c in now.index if c in then.index and now.at[c, "counted"]]
    x, y = [], []
    for place, code in enumerate(codes):
        x += [then.at[code, "rate_percent"], now.at[code, "rate_percent"], None]
        y += [place, place, None]
    figure = go.Figure(
        go.Scatter(x=x, y=y, mode="lines", line={"color": style.LINE, "width": 3}, hoverinfo="skip")
    )
    looks = ((other, then, style.GREY, "circle-open"), (view, now, style.BLUE, "circle"))
    for side, table, colour, symbol in looks:
        figure.add_trace(_dots(side, table.loc[codes], colour, symbol))
    figure.add_vline(x=view.params.threshold_percent, line=LIMIT, layer="below")
    figure.update_yaxes(
        tickvals=list(range(len(codes))),
        ticktext=[label(now.at[c, "name"]) for c in codes],
        range=[len(codes) - 0.4, -0.9],
    )
    figure.update_xaxes(ticksuffix="%", nticks=6)
    changes = now["rate_percent"].sub(then["rate_percent"])[codes]
    up, down = int((changes > 0).sum()), int((changes < 0).sum())
    title = f"{up} {units_word(view)} tăng, {down} {units_word(view)} giảm"
    return framed(
        figure,
        view,
        name="compare_months",
        title=title,
        subtitle=f"Tỷ lệ đúng hạn: ● {view.label.lower()}, ○ {other.label.lower()}; "
        f"vạch đứt: mục tiêu {threshold(view.params)}",
        alt=f"{title} so với {other.label.lower()}.",
        table=show(view.rates, {"name": "Đơn vị"}, caption=title),
        height=style.ROW_HEIGHT * len(codes) + 60,
    )


def _dots(side: View, rates: pd.DataFrame, colour: str, symbol: str) -> go.Scatter:
    """Rate of each ward in the month of a side; a row each."""
    values, names = rates["rate_percent"].tolist(), rates["name"].tolist()
    return go.Scatter(
        x=values,
        y=list(range(len(values))),
        mode="markers",
        marker={"color": colour, "symbol": symbol, "size": 10, "line": {"width": 2}},
        hovertext=[
            f"<b>{plain(name)}</b><br>{side.label}: {rate_words(side, value)}"
            for name, value in zip(names, values, strict=True)
        ],
        hoverinfo="text",
        customdata=[{"wards": name} for name in names],
        cliponaxis=False,
        name=side.month,
    )


def compare_wards(view: View, first: str, second: str) -> go.Figure:
    """Rates of two wards over the months."""
    history = view.monthly.history
    months = sorted(history["month"].unique())
    figure = go.Figure()
    looks = (
        (first, style.BLUE, "solid", "top left"),
        (second, style.ORANGE, "dot", "bottom left"),
    )
    for name, *look in looks:
        rates = history[history["name"] == name].set_index("month")["rate_percent"]
        figure.add_trace(_line(view, name, rates.reindex(months), *look))
    figure.add_hline(y=view.params.threshold_percent, line=LIMIT, layer="below")
    month_axis(figure, pd.Series(months))
    figure.update_yaxes(ticksuffix="%", nticks=5, showgrid=True)
    now = view.rates.set_index("name")["rate_percent"]
    title = f"{first}: {rate_words(view, now[first])}; {second}: {rate_words(view, now[second])}"
    return framed(
        figure,
        view,
        name="compare_wards",
        title=title,
        subtitle=f"Tỷ lệ đúng hạn từng tháng; vạch đứt: mục tiêu {threshold(view.params)}",
        alt=f"Hai đường tỷ lệ đúng hạn qua {len(months)} tháng. {title}.",
        table=show(view.rates, {"name": "Đơn vị"}, caption=title),
        height=300,
        top=20,
    )


def _line(
    view: View, name: str, rates: pd.Series, colour: str, dash: str, place: str
) -> go.Scatter:
    """Rates of a ward, a month each, with its name at the last."""
    values = [None if pd.isna(v) else float(v) for v in rates]
    return go.Scatter(
        x=list(range(len(rates))),
        y=values,
        mode="lines+markers+text",
        line={"color": colour, "width": 2.5, "dash": dash},
        text=[""] * (len(rates) - 1) + [f"<b>{plain(name)}</b>"],
        textposition=place,
        textfont={"color": colour, "size": style.SIZE_LABEL},
        hovertext=[
            f"<b>{plain(name)}</b>, {short_label(month)}<br>{rate_words(view, value)}"
            for month, value in rates.items()
        ],
        hoverinfo="text",
        customdata=[{"month": month} for month in rates.index],
        connectgaps=False,
        cliponaxis=False,
        name=plain(name),
    )


def _causes_note(view: View) -> str:
    return f"; chỉ {cause_words(view.asked.causes)}" if view.asked.causes else ""


def _cells(late: pd.DataFrame) -> list[list[str]]:
    return [["" if pd.isna(n) or not n else vi.number(n) for n in row] for row in late.to_numpy()]


def _heat_hover(
    view: View, rates: pd.DataFrame, counted: pd.DataFrame, late: pd.DataFrame
) -> list[list[str]]:
    return [
        [
            ""
            if pd.isna(rates.at[code, p])
            else f"<b>{plain(view.unit_names[code])}</b><br>{plain(p or NO_PROCEDURE)}<br>"
            f"{rate_words(view, rates.at[code, p])}: {vi.number(late.at[code, p])} hồ sơ trễ trong "
            f"{vi.number(counted.at[code, p])}"
            for p in rates.columns
        ]
        for code in rates.index
    ]


def _heat_choices(view: View, rates: pd.DataFrame) -> list[list[dict[str, str] | None]]:
    """What a click on each cell chooses: its ward and, where one is named, its procedure."""
    return [
        [
            {"wards": view.unit_names[code]} | ({"procedures": p} if p else {})
            if pd.notna(rates.at[code, p])
            else None
            for p in rates.columns
        ]
        for code in rates.index
    ]


def _in_lines(name: str, width: int = 12, most: int = 5) -> str:
    """Name of a procedure on a few short lines."""
    lines: list[str] = []
    for word in name.split():
        if lines and len(lines[-1]) + 1 + len(word) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    if len(lines) > most:
        lines = [*lines[: most - 1], lines[most - 1] + "…"]
    return "<br>".join(plain(line) for line in lines)
