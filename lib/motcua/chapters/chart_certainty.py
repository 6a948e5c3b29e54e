"""Funnel chart: the rate of each ward against how many dossiers it rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import plotly.graph_objects as go

from motcua.base import style
from motcua.base import vietnamese as vi
from motcua.chapters.chart_rates import is_below
from motcua.chapters.figure import empty, framed, period, plain, rate
from motcua.chapters.table import Table, show
from motcua.chapters.words import threshold, units_word
from motcua.measures.rates import funnel, funnel_curve

if TYPE_CHECKING:
    from motcua.measures.month import Month

PLACES = {
    "below_998": "thấp ngoài giới hạn 99,8%",
    "below_95": "thấp ngoài giới hạn 95%",
    "within": "trong giới hạn",
    "above_95": "cao ngoài giới hạn 95%",
    "above_998": "cao ngoài giới hạn 99,8%",
}


def ward_funnel(month: Month) -> go.Figure:
    """Dots of rate by number of dossiers, with the limits of a ward that is truly at the threshold.

    Wards officially below are orange diamonds with their name; the others grey dots.
    """
    table = funnel(month)
    subtitle = (
        f"Tỷ lệ đúng hạn theo số hồ sơ, {period(month)}. Giữa hai đường: chênh lệch với "
        f"{threshold(month.params)} có thể do ngẫu nhiên"
    )
    if table.empty:
        words = "Không có hồ sơ nào được giải quyết"
        return empty(month, words, name="ward_funnel", subtitle=subtitle, table=_table(month))
    figure = go.Figure(_limits(funnel_curve(month)))
    for below, look in (
        (False, {"color": style.GREY, "symbol": "circle", "size": 9}),
        (True, {"color": style.ORANGE, "symbol": "diamond", "size": 12}),
    ):
        figure.add_trace(_dots(month, table[is_below(table, below)], look))
    low = min(table["rate_percent"].min(), month.params.threshold_percent)
    floor = max(0, low - 0.14 * (100 - low) - 0.5)
    figure.update_xaxes(title="Số hồ sơ tính tỷ lệ", range=[0, 1.22 * table["counted"].max()])
    figure.update_yaxes(
        range=[floor, 100 + 0.04 * (100 - floor)], ticksuffix=f"{vi.NBSP}%", showgrid=True
    )
    _threshold(figure, month)
    title = _title(month, table)
    return framed(
        figure,
        month,
        name="ward_funnel",
        title=title,
        subtitle=subtitle,
        alt=f"Biểu đồ phễu: tỷ lệ của {len(table)} {units_word(month)} theo số hồ sơ, với giới hạn 95% "
        f"và 99,8% quanh {threshold(month.params)}. {title}.",
        table=_table(month),
        height=420,
        bottom=52,
        compact={"data": [{}] * 6 + [{"textfont": {"size": 11}}], "layout": {"height": 360}},
        picks={
            ward.code: {
                "at": [int(ward.counted), float(ward.rate_percent)],
                "note": _note(month, ward),
            }
            for ward in table.itertuples()
        },
    )


def _note(month: Month, ward: Any) -> str:
    """Rate of a picked ward against the limits of its number of dossiers."""
    limits = f"{vi.percent(ward.low_95)} đến {vi.percent(ward.high_95)}"
    return (
        f"{rate(month, ward.rate_percent)} trong {vi.number(ward.counted)} hồ sơ; "
        f"với số hồ sơ ấy, từ {limits} có thể do ngẫu nhiên."
    )


def _title(month: Month, table: pd.DataFrame) -> str:
    """How many of the wards below are so beyond chance."""
    below = table[is_below(table, True)]
    sure = int(below["funnel"].isin(["below_95", "below_998"]).sum())
    if below.empty:
        return f"Không có {units_word(month)} nào dưới {threshold(month.params)}"
    named = f"{sure} trong {len(below)} {units_word(month)} dưới {threshold(month.params)}"
    return f"{named} thấp đến mức khó do ngẫu nhiên"


def _limits(curve: pd.DataFrame) -> list[go.Scatter]:
    """Four lines: both pairs of limits, each labelled at its lower end."""
    lines = []
    for column in ("low_998", "high_998", "low_95", "high_95"):
        inner = column.endswith("_95")
        lines.append(
            go.Scatter(
                x=curve["n"].tolist(),
                y=curve[column].tolist(),
                mode="lines",
                line={
                    "color": style.BLUE if inner else style.MUTED,
                    "width": 1.5,
                    "dash": "dot" if inner else "solid",
                },
                hoverinfo="skip",
                name=column,
            )
        )
    label = go.Scatter(
        x=[curve["n"].iloc[-1]] * 2,
        y=[curve["low_998"].iloc[-1], curve["low_95"].iloc[-1]],
        mode="text",
        text=["99,8%", "95%"],
        textposition="middle right",
        cliponaxis=False,
        textfont={"size": style.SIZE_SMALL, "color": style.MUTED},
        hoverinfo="skip",
        name="limit_labels",
    )
    return [*lines, label]


def _dots(month: Month, wards: pd.DataFrame, look: dict[str, Any]) -> go.Scatter:
    below = look["symbol"] == "diamond"
    return go.Scatter(
        x=wards["counted"].tolist(),
        y=wards["rate_percent"].tolist(),
        mode="markers+text" if below else "markers",
        marker=look | {"opacity": 0.9},
        text=[plain(name) for name in wards["name"]] if below else None,
        textposition="middle right",
        textfont={"size": style.SIZE_SMALL, "color": style.ORANGE},
        cliponaxis=False,
        hovertext=[
            f"<b>{plain(w.name)}</b>: {rate(month, w.rate_percent)}<br>"
            f"{vi.number(w.late)} trễ trong {vi.number(w.counted)} hồ sơ<br>{PLACES[w.funnel]}"
            for w in wards.itertuples()
        ],
        hoverinfo="text",
        name="below" if below else "others",
    )


def _threshold(figure: go.Figure, month: Month) -> None:
    value = month.params.threshold_percent
    line = {"color": style.INK, "width": 1.5, "dash": "dash"}
    figure.add_shape(
        type="line", xref="paper", x0=0, x1=1, y0=value, y1=value, line=line, layer="above",
        name="threshold",
    )  # fmt: skip
    figure.add_annotation(
        x=1, xref="paper", xanchor="right", y=value, yanchor="bottom", showarrow=False,
        text=f"Ngưỡng {threshold(month.params)}", font={"size": style.SIZE_SMALL}, name="threshold",
    )  # fmt: skip


def _table(month: Month) -> Table:
    """Rates with the limits of their size."""
    labels = {
        "name": "Đơn vị",
        "counted": "Hồ sơ tính tỷ lệ",
        "rate_percent": "Tỷ lệ đúng hạn",
        "low_998": "Giới hạn 99,8%, từ",
        "low_95": "Giới hạn 95%, từ",
        "high_95": "đến (95%)",
        "high_998": "đến (99,8%)",
        "place": "Vị trí",
    }
    table = funnel(month)
    return show(
        table.assign(place=table["funnel"].map(PLACES)),
        labels,
        caption=f"Giới hạn quanh {threshold(month.params)} theo số hồ sơ của từng đơn vị",
        formats=dict.fromkeys(
            ("rate_percent", "low_998", "low_95", "high_95", "high_998"), "percent"
        ),
        threshold=month.params.threshold_percent,
    )
