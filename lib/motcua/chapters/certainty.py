"""Chapter 01, how sure the verdicts are: the funnel and the ranks, beside the official list."""

from __future__ import annotations

from typing import Any

import pandas as pd
import plotly.graph_objects as go

from motcua.base import style
from motcua.base import vietnamese as vi
from motcua.base.vietnamese import number, points
from motcua.chapters.figure import empty, framed, plain
from motcua.chapters.rates import is_below
from motcua.chapters.sentences import (
    Prose,
    bullets,
    named,
    period,
    rate_words,
    safe,
    threshold,
    units_word,
)
from motcua.chapters.shapes import threshold_line
from motcua.chapters.table import Table, listed
from motcua.measures.month import Month
from motcua.measures.rates import funnel, funnel_curve

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
        picks={ward.code: _pick(month, ward) for ward in table.itertuples()},
    )


def _pick(month: Month, ward: Any) -> dict[str, Any]:
    """Dot of a picked ward, and its rate against the limits of its number of dossiers."""
    limits = f"{vi.percent(ward.low_95)} đến {vi.percent(ward.high_95)}"
    note = (
        f"{rate_words(month, ward.rate_percent)} trong {vi.number(ward.counted)} hồ sơ; "
        f"với số hồ sơ ấy, từ {limits} có thể do ngẫu nhiên."
    )
    return {"at": [int(ward.counted), float(ward.rate_percent)], "note": note}


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
            f"<b>{plain(w.name)}</b>: {rate_words(month, w.rate_percent)}<br>"
            f"{vi.number(w.late)} trễ trong {vi.number(w.counted)} hồ sơ<br>{PLACES[w.funnel]}"
            for w in wards.itertuples()
        ],
        hoverinfo="text",
        name="below" if below else "others",
    )


def _threshold(figure: go.Figure, month: Month) -> None:
    value = month.params.threshold_percent
    place = {"x0": 0, "x1": 1, "xref": "paper", "y0": value, "y1": value, "layer": "above"}
    label_at = {"x": 1, "xref": "paper", "xanchor": "right", "y": value, "yanchor": "bottom"}
    threshold_line(figure, place, label_at, f"Ngưỡng {threshold(month.params)}")


def _table(month: Month) -> Table:
    """Rates with the limits of their size."""
    table = funnel(month)
    return listed(
        table.assign(place=table["funnel"].map(PLACES)),
        "funnel_limits",
        caption=f"Giới hạn quanh {threshold(month.params)} theo số hồ sơ của từng đơn vị",
        threshold=month.params.threshold_percent,
    )


VERDICTS = {True: "Dưới ngưỡng", False: "Không dưới"}
CERTAINTIES = {"below": "chắc chắn dưới", "uncertain": "chưa chắc", "above": "chắc chắn trên"}


def funnel_reading(month: Month) -> Prose:
    """Who is low beyond chance, whose verdict one dossier turns, and what the ranks can tell."""
    table = funnel(month)
    if table.empty:
        return Prose("Không có hồ sơ nào được giải quyết trong kỳ.")
    below = table[table["below_threshold"] == True]  # noqa: E712  None is neither
    beyond = table["funnel"].isin(["below_95", "below_998"])
    within = below["funnel"] == "within"
    edge = below.loc[within & (below["certainty"] == "below"), "name"].tolist()
    chance = below.loc[within & (below["certainty"] != "below"), "name"].tolist()
    lines = [
        f"Thấp đến mức khó do ngẫu nhiên: {named(table.loc[beyond, 'name'].tolist())}.",
        f"Ở ranh giới (khoảng tin cậy nằm dưới ngưỡng, biểu đồ phễu chưa kết luận): {named(edge)}."
        if edge
        else "",
        f"Dưới {threshold(month.params)} nhưng một đơn vị làm đúng ngưỡng, với từng ấy hồ sơ, cũng có thể "
        f"như vậy do ngẫu nhiên: {named(chance)}. Danh sách chính thức không đổi."
        if chance
        else "",
        _one_dossier(table),
        _ranks(table),
    ]
    return Prose(bullets(lines))


def _one_dossier(table) -> str:
    """What one dossier is worth in the smallest and the largest ward."""
    small = table.loc[table["counted"].idxmin()]
    large = table.loc[table["counted"].idxmax()]
    return (
        f"Một hồ sơ trễ làm {safe(small['name'])} mất {points(small['points_per_dossier'])}, "
        f"{safe(large['name'])} chỉ mất {points(large['points_per_dossier'])}."
    )


def _ranks(table) -> str:
    """Which wards can be told apart by rank at all."""
    size = len(table)
    told = table[(table["rank_from"] > 1) | (table["rank_to"] < size)]
    if told.empty:
        return (
            f"Thứ hạng: số liệu một tháng không phân biệt được {size} đơn vị với nhau; không nên nêu tên theo "
            "thứ hạng."
        )
    words = "; ".join(f"{safe(w.name)} {_sure(w, size)}" for w in told.itertuples())
    is_clear = (table["rank_from"] == table["rank_to"]).all()
    rest = (
        ""
        if is_clear
        else (
            " Ngoài ra, chênh lệch giữa các đơn vị có thể do ngẫu nhiên, không nên nêu tên theo thứ hạng."
        )
    )
    return f"Thứ hạng: trong {size} đơn vị, chắc chắn {words}.{rest}"


def _sure(ward, size: int) -> str:
    return sure_of(ward.rank_from, ward.rank_to, size)


def funnel_table(month: Month) -> Table:
    """Official verdict and certainty side by side, worst first."""
    table = funnel(month)
    ready = table.assign(
        official=[VERDICTS[bool(v)] for v in table["below_threshold"]],
        sure=table["certainty"].map(CERTAINTIES),
        place=table["funnel"].map(PLACES),
        sure_of=[_sure(ward, len(table)) for ward in table.itertuples()],
    )
    return listed(
        ready,
        "funnel",
        caption="Kết luận chính thức và mức chắc chắn",
        threshold=month.params.threshold_percent,
    )


def method(month: Month) -> Prose:
    """How limits and ranks are computed."""
    return Prose(
        bullets(
            [
                f"Giới hạn phễu: nếu một đơn vị thực sự ở đúng {threshold(month.params)}, tỷ lệ của nó nằm giữa hai giới hạn "
                "95% (hoặc 99,8%); phân phối nhị thức chính xác (Spiegelhalter, 2005).",
                "Khoảng tin cậy Wilson là gần đúng, giới hạn phễu là chính xác, nên ở ranh giới hai cách có thể khác nhau.",
                "Chắc chắn hơn, kém: so từng cặp đơn vị bằng kiểm định chính xác Fisher, hiệu chỉnh Holm; hai đơn vị chỉ hơn kém "
                "nhau khi chênh lệch vượt ngẫu nhiên (Mogstad và cộng sự, 2024). Hạng 1 là tỷ lệ cao nhất.",
            ]
        )
    )


UNTOLD = "chưa phân biệt được"


def sure_of(first: int, last: int, size: int) -> str:
    """How many units one is surely worse or better than; nothing sure: "chưa phân biệt được".

    Parameters
    ----------
    first, last : ranks that chance leaves open (see `statistics.rank_ranges`): first - 1 units are
        better beyond chance, size - last are worse beyond chance.
    size : units ranked.

    Examples
    --------
    >>> sure_of(2, 30, 30), sure_of(1, 27, 30), sure_of(3, 29, 30), sure_of(1, 30, 30)
    ('kém 1 đơn vị', 'hơn 3 đơn vị', 'kém 2, hơn 1 đơn vị', 'chưa phân biệt được')
    """
    counts = {"kém": first - 1, "hơn": size - last}
    told = [f"{way} {number(n)}" for way, n in counts.items() if n]
    return f"{', '.join(told)} đơn vị" if told else UNTOLD


def standing(rank: int, first: int, last: int, size: int) -> str:
    """Sentences on a unit's place: its rank by rate, and how much of it is sure.

    Examples
    --------
    >>> standing(30, 2, 30, 30)
    'Xếp thứ 30 trong 30 đơn vị, nhưng chỉ chắc chắn kém 1 đơn vị; với 28 đơn vị còn lại, chênh lệch có thể do ngẫu nhiên.'
    >>> standing(2, 1, 3, 3)
    'Xếp thứ 2 trong 3 đơn vị, nhưng chưa thể nói hơn hay kém đơn vị nào: chênh lệch có thể do ngẫu nhiên.'
    """
    place = f"Xếp thứ {number(rank)} trong {number(size)} đơn vị"
    unsure = last - first
    if size == 1:
        return "Không có đơn vị nào khác để so sánh."
    if unsure == size - 1:
        return (
            f"{place}, nhưng chưa thể nói hơn hay kém đơn vị nào: chênh lệch có thể do ngẫu nhiên."
        )
    sure = sure_of(first, last, size)
    if not unsure:
        return f"{place}: chắc chắn {sure}."
    return (
        f"{place}, nhưng chỉ chắc chắn {sure}; với {number(unsure)} đơn vị còn lại, chênh lệch có thể "
        "do ngẫu nhiên."
    )
