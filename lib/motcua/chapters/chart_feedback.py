"""Chart of complaints per 1,000 dossiers: a dot and its interval for each ward with complaints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import plotly.graph_objects as go

from motcua.base import style
from motcua.base import vietnamese as vi
from motcua.chapters.figure import empty, framed, label, period, plain
from motcua.chapters.table import show
from motcua.measures.feedback import CITY_NAME, feedback_rates

if TYPE_CHECKING:
    from motcua.measures.month import Month

NOTHING = "Không có phản ánh trong kỳ"
LABELS = {
    "name": "Đơn vị",
    "per_1000": "Trên 1.000 hồ sơ",
    "per_1000_low": "Từ",
    "per_1000_high": "Đến",
    "feedback": "Phản ánh",
    "resolved": "Hồ sơ đã giải quyết",
}
FORMATS = dict.fromkeys(("per_1000", "per_1000_low", "per_1000_high"), "points")


def feedback_per_1000(month: Month) -> go.Figure:
    """Dots of the complaints per 1,000 resolved dossiers with exact intervals, most first."""
    table = feedback_rates(month)
    table = table[table["per_1000"].notna()]
    told = table[(table["feedback"] > 0) & (table["code"] != "")].reset_index(drop=True)
    city = table[table["code"] == ""]
    subtitle = (
        f"Phản ánh trên 1.000 hồ sơ đã giải quyết, khoảng tin cậy 95{vi.NBSP}%, {period(month)}"
    )
    twin = show(table, LABELS, caption=subtitle, formats=FORMATS)
    if told.empty:
        return empty(month, NOTHING, name="feedback_per_1000", subtitle=subtitle, table=twin)
    average = float(city["per_1000"].iloc[0])
    figure = go.Figure([_lines(told), _dots(told)])
    figure.add_vline(x=average, line={"color": style.INK, "width": 1.5, "dash": "dash"})
    figure.add_annotation(
        x=average,
        y=1,
        yref="paper",
        yanchor="bottom",
        xanchor="left",
        showarrow=False,
        text=f"<b>{plain(CITY_NAME)} {vi.decimal(average, 2)}</b>",
        font={"size": style.SIZE_SMALL},
    )
    figure.update_xaxes(rangemode="tozero")
    figure.update_yaxes(
        tickvals=list(range(len(told))),
        ticktext=[label(name) for name in told["name"]],
        range=[len(told) - 0.4, -0.7],
    )
    return framed(
        figure,
        month,
        name="feedback_per_1000",
        title=_title(told, average),
        subtitle=subtitle,
        alt=_alt(told, average),
        table=twin,
        height=34 * len(told) + 90,
        top=34,
        picks={r.code: {"y": r.Index, "note": _words(r)} for r in told.itertuples()},
    )


def _lines(told: pd.DataFrame) -> go.Scatter:
    x: list[Any] = []
    y: list[Any] = []
    for row in told.itertuples():
        x += [row.per_1000_low, row.per_1000_high, None]
        y += [row.Index, row.Index, None]
    line = {"color": style.INTERVAL, "width": 2}
    return go.Scatter(x=x, y=y, mode="lines", line=line, hoverinfo="skip", name="interval")


def _dots(told: pd.DataFrame) -> go.Scatter:
    return go.Scatter(
        x=told["per_1000"].tolist(),
        y=told.index.tolist(),
        mode="markers+text",
        marker={"color": style.BLUE, "size": 10},
        text=[vi.decimal(value, 1) for value in told["per_1000"]],
        textposition="top center",
        textfont={"size": style.SIZE_SMALL},
        hovertext=[f"<b>{plain(row.name)}</b><br>{_words(row)}" for row in told.itertuples()],
        hoverinfo="text",
        cliponaxis=False,
        name="per_1000",
    )


def _words(row: Any) -> str:
    return (
        f"{vi.decimal(row.per_1000, 2)} trên 1.000 ({vi.number(row.feedback)} phản ánh, "
        f"{vi.number(row.resolved)} hồ sơ); từ {vi.decimal(row.per_1000_low, 2)} đến "
        f"{vi.decimal(row.per_1000_high, 2)}."
    )


def _title(told: pd.DataFrame, average: float) -> str:
    sure = int((told["per_1000_low"] > average).sum())
    if not sure:
        return f"Chưa đơn vị nào chắc chắn cao hơn mức chung {vi.decimal(average, 2)}"
    return f"{sure} đơn vị chắc chắn cao hơn mức chung {vi.decimal(average, 2)}"


def _alt(told: pd.DataFrame, average: float) -> str:
    listed = "; ".join(f"{row.name}: {_words(row).rstrip('.')}" for row in told.itertuples())
    return f"Chấm và khoảng tin cậy, {CITY_NAME.lower()} {vi.decimal(average, 2)}. {listed}."
