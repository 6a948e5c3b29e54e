"""Chapter 01, how sure the verdicts are: the funnel and the ranks, beside the official list."""

from __future__ import annotations

from typing import Any

import pandas as pd
import plotly.graph_objects as go

from motcua.base import style
from motcua.chapters.figure import empty, framed, plain
from motcua.chapters.rates import is_below
from motcua.chapters.sentences import Prose, Words, threshold_words
from motcua.chapters.shapes import threshold_line
from motcua.chapters.table import Table
from motcua.measures.month import Month
from motcua.measures.rates import funnel, funnel_curve

SAY = Words("certainty")


def ward_funnel(month: Month) -> go.Figure:
    """Dots of rate by number of dossiers, with the limits of a ward that is truly at the threshold.

    Wards officially below are orange diamonds with their name; the others grey dots.
    """
    table = funnel(month)
    if table.empty:
        return empty(month, **SAY.empty("ward_funnel", month), table=_table(month))
    figure = go.Figure(_limits(funnel_curve(month)))
    for below, look in (
        (False, {"color": style.GREY, "symbol": "circle", "size": 9}),
        (True, {"color": style.ORANGE, "symbol": "diamond", "size": 12}),
    ):
        figure.add_trace(_dots(month, table[is_below(table, below)], look))
    low = min(table["rate_percent"].min(), month.params.threshold_percent)
    floor = max(0, low - 0.14 * (100 - low) - 0.5)
    figure.update_xaxes(title=SAY("ward_funnel.axis"), range=[0, 1.22 * table["counted"].max()])
    figure.update_yaxes(range=[floor, 100 + 0.04 * (100 - floor)], ticksuffix="%", showgrid=True)
    _threshold(figure, month)
    return framed(
        figure,
        month,
        **SAY.chart("ward_funnel", month, n=len(table), **_below(table)),
        table=_table(month),
        height=420,
        bottom=52,
        compact={"data": [{}] * 6 + [{"textfont": {"size": 11}}], "layout": {"height": 360}},
        picks={ward.code: _pick(month, ward) for ward in table.itertuples()},
    )


def _pick(month: Month, ward: Any) -> dict[str, Any]:
    """Dot of a picked ward, and its rate against the limits of its number of dossiers."""
    note = SAY("ward_funnel.note", month, ward=ward)
    return {"at": [int(ward.counted), float(ward.rate_percent)], "note": note}


def _below(table: pd.DataFrame) -> dict[str, int]:
    """How many wards are below, and how many of them so beyond chance."""
    below = table[is_below(table, True)]
    sure = int(below["funnel"].isin(["below_95", "below_998"]).sum())
    return {"below": len(below), "sure": sure}


def _place(ward: Any) -> str:
    """Where a ward stands in the funnel, in words."""
    return SAY(f"places.{ward.funnel}")


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
            SAY.hover("ward_funnel.hover", month, ward=w, place=_place(w))
            for w in wards.itertuples()
        ],
        hoverinfo="text",
        name="below" if below else "others",
    )


def _threshold(figure: go.Figure, month: Month) -> None:
    value = month.params.threshold_percent
    place = {"x0": 0, "x1": 1, "xref": "paper", "y0": value, "y1": value, "layer": "above"}
    label_at = {"x": 1, "xref": "paper", "xanchor": "right", "y": value, "yanchor": "bottom"}
    threshold_line(figure, place, label_at, threshold_words(month))


def _table(month: Month) -> Table:
    """Rates with the limits of their size."""
    table = funnel(month)
    places = [_place(ward) for ward in table.itertuples()]
    return SAY.table("funnel_limits", table.assign(place=places), month)


def funnel_reading(month: Month) -> Prose:
    """Who is low beyond chance, whose verdict one dossier turns, and what the ranks can tell."""
    table = funnel(month)
    if table.empty:
        return SAY.prose("nothing")
    size = len(table)
    below = table[table["below_threshold"] == True]  # noqa: E712  None is neither
    beyond = table["funnel"].isin(["below_95", "below_998"])
    within = below["funnel"] == "within"
    told = table[(table["rank_from"] > 1) | (table["rank_to"] < size)]
    return SAY.prose(
        "funnel_reading",
        month,
        beyond=table.loc[beyond, "name"].tolist(),
        edge=below.loc[within & (below["certainty"] == "below"), "name"].tolist(),
        chance=below.loc[within & (below["certainty"] != "below"), "name"].tolist(),
        small=table.loc[table["counted"].idxmin()].to_dict(),
        large=table.loc[table["counted"].idxmax()].to_dict(),
        size=size,
        told=[(w.name, sure_of(w.rank_from, w.rank_to, size)) for w in told.itertuples()],
        is_clear=(table["rank_from"] == table["rank_to"]).all(),
    )


def funnel_table(month: Month) -> Table:
    """Official verdict and certainty side by side, worst first."""
    table = funnel(month)
    wards = list(table.itertuples())
    ready = table.assign(
        official=[SAY(f"verdicts.{'below' if w.below_threshold else 'above'}") for w in wards],
        sure=[SAY(f"certainties.{w.certainty}") for w in wards],
        place=[_place(w) for w in wards],
        sure_of=[sure_of(w.rank_from, w.rank_to, len(table)) for w in wards],
    )
    return SAY.table("funnel", ready, month)


def method(month: Month) -> Prose:
    """How limits and ranks are computed."""
    return SAY.prose("method", month)


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
    return SAY("sure_of", worse=first - 1, better=size - last)


def standing(rank: int, first: int, last: int, size: int) -> str:
    """Sentences on a unit's place: its rank by rate, and how much of it is sure.

    Examples
    --------
    >>> standing(30, 2, 30, 30)
    'Xếp thứ 30 trong 30 đơn vị, nhưng chỉ chắc chắn kém 1 đơn vị; với 28 đơn vị còn lại, chênh lệch có thể do ngẫu nhiên.'
    >>> standing(2, 1, 3, 3)
    'Xếp thứ 2 trong 3 đơn vị, nhưng chưa thể nói hơn hay kém đơn vị nào: chênh lệch có thể do ngẫu nhiên.'
    """
    sure = sure_of(first, last, size)
    return SAY("standing", rank=rank, size=size, unsure=last - first, sure=sure)
