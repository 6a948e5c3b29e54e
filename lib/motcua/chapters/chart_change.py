"""What moved the city's rate since last month, part by part."""

from __future__ import annotations

from typing import TYPE_CHECKING

import plotly.graph_objects as go

from motcua.base import style
from motcua.base import vietnamese as vi
from motcua.base.params import whole_name
from motcua.chapters.figure import empty, framed, label, period, plain, rate
from motcua.chapters.table import Table, show
from motcua.measures import control
from motcua.measures.control import MIX, ward_change

if TYPE_CHECKING:
    from motcua.measures.month import Month


def rate_change(month: Month) -> go.Figure:
    """Bars of the points that each part added (blue, ▲) or took (orange, ▼), largest first."""
    table = control.rate_change(month)
    subtitle = (
        "Điểm cộng vào (▲ bớt trễ) hoặc trừ đi (▼ thêm trễ) của tỷ lệ "
        f"{whole_name(month.params)}, {period(month)}"
    )
    if table.empty:
        words = "Chưa có tháng trước để so sánh"
        return empty(month, words, name="rate_change", subtitle=subtitle, table=_table(month))
    table = table[table["points_shown"] != 0]
    if table.empty:
        words = f"Tỷ lệ {whole_name(month.params)} không đổi so với tháng trước"
        return empty(month, words, name="rate_change", subtitle=subtitle, table=_table(month))
    table = table.iloc[table["points"].abs().argsort(kind="stable")[::-1]].reset_index(drop=True)
    words = [f"{'▲' if v > 0 else '▼'} {signed(v)}" for v in table["points_shown"]]
    colours = [style.BLUE if v > 0 else style.ORANGE for v in table["points_shown"]]
    bars = go.Bar(
        x=table["points_shown"].tolist(),
        y=list(range(len(table))),
        orientation="h",
        width=0.55,
        marker={"color": colours},
        text=words,
        textposition="outside",
        cliponaxis=False,
        hovertext=[f"{plain(n)}: {w} điểm" for n, w in zip(table["label"], words, strict=True)],
        hoverinfo="text",
        name="parts",
    )
    figure = go.Figure(bars)
    most = float(table["points_shown"].abs().max())
    figure.update_xaxes(visible=False, range=[-1.45 * most, 1.45 * most])
    figure.update_yaxes(
        tickvals=list(range(len(table))),
        ticktext=[label(name) for name in table["label"]],
        range=[len(table) - 0.5, -0.5],
    )
    figure.add_vline(x=0, line={"color": style.MUTED, "width": 1})
    title = _title(month)
    return framed(
        figure,
        month,
        name="rate_change",
        title=title,
        subtitle=subtitle,
        alt=f"Cột theo từng phần của thay đổi. {title}. "
        + vi.join([f"{n} {w}" for n, w in zip(table["label"], words, strict=True)])
        + ".",
        table=_table(month),
        height=38 * len(table) + 30,
        compact={
            "data": [{"textfont": {"size": 11}}],
            "layout": {
                "yaxis": {"tickfont": {"size": 11}},
                "xaxis": {"range": [-2 * most, 2 * most]},
            },
        },
        picks=_picks(month),
    )


def _picks(month: Month) -> dict[str, dict[str, str]]:
    """What each ward added to the movement, in words, for the picker of the page."""
    return {
        ward.code: {
            "note": f"góp {signed(ward.points)} điểm vào thay đổi của tỷ lệ "
            f"{whole_name(month.params)}; tỷ lệ của đơn vị từ {rate(month, ward.rate_before)} sang "
            f"{rate(month, ward.rate_percent)}."
        }
        for ward in ward_change(month).itertuples()
    }


def signed(value: float, digits: int = 2) -> str:
    """Number with its sign, a true minus.

    Examples
    --------
    >>> signed(0.41), signed(-0.25)
    ('+0,41', '−0,25')
    """
    return f"{'+' if value > 0 else '−' if value < 0 else ''}{vi.decimal(abs(value), digits)}"


def _title(month: Month) -> str:
    """The movement in all, and the part that moved most."""
    table = control.rate_change(month)
    total = round(table["points_shown"].sum(), 2)
    top = table.loc[table["points"].abs().idxmax()]
    way = "tăng" if total > 0 else "giảm"
    moved = f"{way} {vi.decimal(abs(total), 2)} điểm" if total else "không đổi"
    less = "bớt đi" if top["points"] > 0 else "nhiều lên"
    why = f"“{top['label']}”" + (f" {less}" if top["part"] != MIX else "")
    whole = vi.upper_first(whole_name(month.params))
    return f"{whole} {moved}; nhiều nhất do {why}: {signed(top['points_shown'])}"


def _table(month: Month) -> Table:
    labels = {"label": "Phần", "words": "Điểm"}
    table = control.rate_change(month)
    return show(
        table.assign(words=[signed(v) for v in table["points_shown"]]),
        labels,
        caption=f"Thay đổi của tỷ lệ {whole_name(month.params)} so với tháng trước",
    )
