"""Chapter 01: the on-time rate of each ward, who is below the threshold, and the backlog."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from motcua.base import style
from motcua.base import vietnamese as vi
from motcua.base.reference import WITHDRAWN_LABELS
from motcua.chapters.figure import empty, ends, framed, label, plain
from motcua.chapters.sentences import (
    NOTHING_RESOLVED,
    Prose,
    Words,
    bullets,
    headline,
    method_lines,
    rate,
    threshold_words,
)
from motcua.chapters.shapes import (
    column_panels,
    compact_panels,
    intervals,
    month_panels,
    threshold_line,
)
from motcua.chapters.table import Table, listed
from motcua.measures.month import Month
from motcua.measures.rates import funnel, funnel_curve, shortfalls
from motcua.measures.state import AGES

SAY = Words("rates")
NAME_WIDTH, NAME_HEIGHT = 0.16, 0.05  # of a name in the funnel, in shares of its axes
PLOT_SHARE = 0.76  # of the width; the rest holds the labels of rate and number of dossiers


def ward_rates(month: Month) -> go.Figure:
    """Dots of the on-time rate per ward, worst first, with interval, threshold, rate and n.

    Wards below the threshold are orange diamonds, the others grey dots (hollow when they resolved
    few dossiers); wards that resolved nothing come last, in words.
    """
    rates = month.rates.iloc[ends(len(month.rates))].reset_index(drop=True)
    figure = go.Figure()
    known = rates[rates["rate_percent"].notna()]
    figure.add_trace(intervals(known, "rate_low", "rate_high", width=2, name="interval"))
    for below in (False, True):
        wards = rates[is_below(rates, below)]
        figure.add_trace(_dots(wards["rate_percent"], wards.index, wards, below, month))
    figure.add_traces([_column(month, rates, "rate"), _column(month, rates, "n")])
    _threshold_line(figure, month)
    low = _axis_start(rates)
    figure.update_layout(
        xaxis={"range": [low, 100.4], "domain": [0, PLOT_SHARE], "ticksuffix": "%"},
        xaxis2={
            "range": [0, 1],
            "domain": [PLOT_SHARE + 0.01, 1],
            "visible": False,
            "fixedrange": True,
        },
        yaxis=_ward_axis(rates),
    )
    return framed(
        figure,
        month,
        **SAY.chart("ward_rates", month, small=_has_small(rates), **_counts(month)),
        table=rates_table(month, SAY("ward_rates.caption", month)),
        height=style.ROW_HEIGHT * len(rates) + 70,
        top=30,
        compact=_compact_rates(),
        picks=rate_picks(month, rates),
        of=len(month.rates),
    )


def is_below(rates: pd.DataFrame, below: bool) -> pd.Series:
    """Wards with that verdict; a missing verdict is neither.

    Examples
    --------
    >>> rates = pd.DataFrame({"below_threshold": pd.Series([True, False, None], dtype=object)})
    >>> is_below(rates, True).tolist(), is_below(rates, False).tolist()
    ([True, False, False], [False, True, False])
    """
    return rates["below_threshold"].map(
        lambda verdict: verdict == below if pd.notna(verdict) else False
    )


def _counts(month: Month) -> dict[str, Any]:
    """Who is below, how many, and how many resolved nothing."""
    below = month.rates[is_below(month.rates, True)]
    nothing = int(month.rates["rate_percent"].isna().sum())
    return {"below": len(below), "wards_below": below, "nothing": nothing}


def _has_small(rates: pd.DataFrame) -> bool:
    return bool((rates["small"] & (rates["counted"] > 0)).any())


def below_title(month: Month) -> str:
    """How many wards are below the threshold."""
    return SAY("ward_rates.title", month, **_counts(month))


def rates_alt(month: Month) -> str:
    """The rates in words: who is below, and how many resolved nothing."""
    return SAY("ward_rates.alt", month, **_counts(month))


def rates_table(month: Month, caption: str) -> Table:
    """Rates, intervals, counts and verdict, one row per ward, worst first."""
    return listed(
        month.rates,
        "rate_intervals",
        caption=caption,
        formats={"below_threshold": "flag"},
        headings={"below_threshold": SAY("ward_rates.below", month)},
        threshold=month.params.threshold_percent,
    )


def rate_picks(month: Month, rates: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """Row of each ward for the picker of the page, with its rate and rank in words."""
    return {
        ward.code: {"y": ward.Index, "note": SAY("ward_rates.note", month, ward=ward)}
        for ward in rates.itertuples()
    }


def _axis_start(rates: pd.DataFrame) -> float:
    """Left end of the rate axis: all dots and nearly all intervals, on a step of five."""
    if rates["rate_percent"].isna().all():
        return 90
    low = max(rates["rate_low"].min(), rates["rate_percent"].min() - 6)
    return max(0, 5 * math.floor((low - 0.5) / 5))


def _dots(
    x: pd.Series, y: pd.Index | pd.Series, wards: pd.DataFrame, below: bool, month: Month
) -> go.Scatter:
    """Wards below as orange diamonds or the others as grey dots, hollow where few dossiers are."""
    symbol = "diamond" if below else "circle"
    colour = style.ORANGE if below else style.GREY
    return go.Scatter(
        x=x.tolist(),
        y=y.tolist(),
        mode="markers",
        marker={
            "color": colour,
            "symbol": [f"{symbol}-open" if small else symbol for small in wards["small"]],
            "size": 12 if below else 9,
            "line": {"width": 1.5, "color": colour},
            "opacity": 1,
        },
        hovertext=[SAY.hover("hover", month, ward=ward) for ward in wards.itertuples()],
        hoverinfo="text",
        cliponaxis=False,
        name="below" if below else "others",
    )


def _column(month: Month, rates: pd.DataFrame, what: str) -> go.Scatter:
    """A column of labels at the right: the rate, or the number of dossiers, if any."""
    known, below = rates["rate_percent"].notna(), is_below(rates, True)
    if what == "rate":
        words = [
            rate(month, value) if k else ""
            for value, k in zip(rates["rate_percent"], known, strict=True)
        ]
        words = [f"<b>{word}</b>" if b else word for word, b in zip(words, below, strict=True)]
    else:
        words = [
            vi.number(n) if k else NOTHING_RESOLVED
            for n, k in zip(rates["counted"], known, strict=True)
        ]
    inks = np.select([below, known], [style.ORANGE, style.INK], style.MUTED).tolist()
    return go.Scatter(
        x=[{"rate": 0.58, "n": 1}[what]] * (len(rates) + 1),
        y=[-1, *rates.index.tolist()],
        xaxis="x2",
        mode="text",
        text=[SAY(f"ward_rates.heads.{what}"), *words],
        textposition="middle left",
        textfont={"size": style.SIZE_SMALL, "color": [style.MUTED, *inks]},
        hoverinfo="skip",
        name=f"label_{what}",
    )


def _threshold_line(figure: go.Figure, month: Month) -> None:
    """Dashed line with its label at the upper end."""
    value = month.params.threshold_percent
    place = {"x0": value, "x1": value, "y0": 0, "y1": 1, "yref": "paper", "layer": "below"}
    label_at = {"x": value, "y": 1, "yref": "paper", "yanchor": "bottom"}
    threshold_line(figure, place, label_at, SAY("ward_rates.threshold", month))


def _ward_axis(rates: pd.DataFrame) -> dict[str, Any]:
    looks = [
        f'<b style="color:{style.ORANGE}">{label(name)}</b>' if below else label(name)
        for name, below in zip(rates["name"], is_below(rates, True), strict=True)
    ]
    last = len(rates) - 0.4
    return {"tickvals": list(range(len(rates))), "ticktext": looks, "range": [last, -1.5]}


def _compact_rates() -> dict[str, Any]:
    """On a phone the labels take more of the width."""
    small = {"size": style.SIZE_SMALL}
    layout = {
        "xaxis": {"domain": [0, 0.54], "nticks": 3, "tickfont": small},
        "xaxis2": {"domain": [0.55, 1]},
        "yaxis": {"tickfont": small},
    }
    return {"layout": layout}


def conclusion(month: Month) -> Prose:
    """Headline, who is below and for how long, the rate by Quyết định 766, and the backlog."""
    rates = month.rates
    return SAY.prose(
        "conclusion",
        month,
        headline=headline(month),
        below=rates[rates["code"].isin(month.lists["below_threshold"])],
        below_766=int(month.city_history["wards_below_766"].iloc[-1]),
        zero=int((rates["counted"] == 0).sum()),
    )


def repeat_words(month: Month) -> Prose:
    """Units below for two months or more, and for how many."""
    again = month.rates[month.rates["months_below_in_a_row"] > 1]
    return SAY.prose("repeated", month, again=again)


def reading(month: Month) -> Prose:
    """What is said of the wards below, who is exactly at the threshold, and what a dossier moves."""
    rates, told = month.rates, shortfalls(month)
    counted = rates[rates["counted"] > 0].sort_values("counted", kind="stable")
    return SAY.prose(
        "reading",
        month,
        clear=[month.unit_names[code] for code, word in told.items() if word == "clearly_low"],
        watch=[month.unit_names[code] for code, word in told.items() if word == "watch"],
        exact=rates.loc[_is_exactly(month), "name"].tolist(),
        praised=month.names("praised"),
        sizes=counted.iloc[[0, -1]] if len(counted) > 1 else None,
    )


def _is_exactly(month: Month) -> pd.Series:
    rates = month.rates
    line = month.params.threshold_percent
    return (rates["counted"] > 0) & (100 * rates["good"] == line * rates["counted"])


def table(month: Month) -> Table:
    """Numbers of each ward, lowest rate first."""
    return SAY.table("rates", month.rates, month)


def small_wards(month: Month) -> Prose:
    """Limits of the rates: small wards, dossiers that stand in no rate."""
    small = month.rates.loc[month.rates["small"] & (month.rates["counted"] > 0), "name"].tolist()
    withdrawn = WITHDRAWN_LABELS[month.params.withdrawn]
    return SAY.prose("small_wards", month, small=small, withdrawn=withdrawn)


def method(month: Month) -> Prose:
    """How the rate is computed, in this run's own parameters."""
    return Prose(bullets(method_lines(month)))


def ward_funnel(month: Month) -> go.Figure:
    """Dots of rate by number of dossiers, with the limits of a ward that is truly at the threshold.

    Wards officially below are orange diamonds, the lowest of them with their names.
    """
    table = funnel(month)
    twin = SAY.table("funnel", table.assign(said=_said(month, table)), month)
    if table.empty:
        return empty(month, **SAY.empty("ward_funnel", month), table=twin)
    figure = go.Figure(_limits(funnel_curve(month)))
    low = min(table["rate_percent"].min(), month.params.threshold_percent)
    floor, most = max(0, low - 0.14 * (100 - low) - 0.5), 1.22 * table["counted"].max()
    for below in (False, True):
        wards = table[is_below(table, below)]
        figure.add_trace(_dots(wards["counted"], wards["rate_percent"], wards, below, month))
    figure.update_traces(
        mode="markers+text",
        text=_names_apart(wards, most, 100 - floor),
        textposition="middle right",
        textfont={"size": style.SIZE_SMALL, "color": style.ORANGE},
        selector={"name": "below"},
    )
    figure.update_xaxes(title=SAY("ward_funnel.axis"), range=[0, most])
    figure.update_yaxes(range=[floor, 100 + 0.04 * (100 - floor)], ticksuffix="%", showgrid=True)
    value = month.params.threshold_percent
    place = {"x0": 0, "x1": 1, "xref": "paper", "y0": value, "y1": value, "layer": "above"}
    label_at = {"x": 1, "xref": "paper", "xanchor": "right", "y": value, "yanchor": "bottom"}
    threshold_line(figure, place, label_at, threshold_words(month))
    clear = list(shortfalls(month).values()).count("clearly_low")
    return framed(
        figure,
        month,
        **SAY.chart("ward_funnel", month, n=len(table), below=len(wards), clear=clear),
        table=twin,
        height=420,
        bottom=52,
        compact={"layout": {"height": 360}},
        picks={ward.code: _pick(month, ward) for ward in table.itertuples()},
    )


def _pick(month: Month, ward: Any) -> dict[str, Any]:
    """Dot of a picked ward, and its rate against the limits of its number of dossiers."""
    note = SAY("ward_funnel.note", month, ward=ward)
    return {"at": [int(ward.counted), float(ward.rate_percent)], "note": note}


def _names_apart(wards: pd.DataFrame, most: float, height: float) -> list[str]:
    """Names beside dots, worst first; none where it would lie on one that stands already.

    Examples
    --------
    >>> dots = {"name": ["A", "B", "C"], "counted": [40, 42, 90], "rate_percent": [90, 90.1, 90]}
    >>> _names_apart(pd.DataFrame(dots), 100, 10)
    [' A', '', ' C']
    """
    told: list[tuple[float, float]] = []
    names = []
    for ward in wards.itertuples():
        x, y = ward.counted / most, ward.rate_percent / height
        is_apart = all(abs(x - a) > NAME_WIDTH or abs(y - b) > NAME_HEIGHT for a, b in told)
        names.append(f" {plain(ward.name)}" if is_apart else "")
        told += [(x, y)] * is_apart
    return names


def _said(month: Month, wards: pd.DataFrame) -> list[str]:
    """What readers are told of each ward: "Đạt", or of one below how clear it is."""
    told = shortfalls(month)
    return [SAY(f"shortfalls.{told.get(code, 'met')}", month) for code in wards["code"]]


def _limits(curve: pd.DataFrame) -> list[go.Scatter]:
    """Four lines: both pairs of limits, each labelled at its lower end."""
    outer = {"color": style.MUTED, "width": 1.5, "dash": "solid"}
    inner = {"color": style.BLUE, "width": 1.5, "dash": "dot"}
    lines = [
        go.Scatter(
            x=curve["n"].tolist(),
            y=curve[column].tolist(),
            mode="lines",
            line=inner if column.endswith("_95") else outer,
            hoverinfo="skip",
            name=column,
        )
        for column in ("low_998", "high_998", "low_95", "high_95")
    ]
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


def backlog_ages(month: Month) -> go.Figure:
    """Open overdue dossiers at the end of each month, one panel per age, this month in focus."""
    month = month.at_its_end
    history = month.city_history
    ages = {age: SAY(f"ages.{age}") for age in reversed(AGES)}
    now, then = (history.iloc[at].to_dict() for at in (-1, 0))
    said = SAY.chart("backlog_ages", month, now=now, then=then, months=len(history))
    return framed(
        month_panels(history, ages),
        month,
        **said,
        table=SAY.table("backlog_ages", history, month),
        height=88 * len(ages) + 56,
        top=26,
        compact={"layout": {"margin": {"l": 8}}},  # half of the year under the first month
        picks={
            ward.code: {"note": SAY("backlog_ages.note", ward=ward)}
            for ward in month.rates.itertuples()
        },
    )


def awaiting_close(month: Month) -> go.Figure:
    """Dossiers that lack nothing but the click, per ward, most first, and those overdue."""
    rates = month.rates.sort_values(
        ["awaiting_close", "awaiting_close_overdue"], ascending=False, kind="stable"
    )
    rates = rates[rates["awaiting_close"] > 0].reset_index(drop=True)
    twin = SAY.table("awaiting_close", rates, month)
    if rates.empty:
        return empty(month, **SAY.empty("awaiting_close", month), table=twin)
    wide = rates.set_index("name")[["awaiting_close", "awaiting_close_overdue"]]
    wide = wide.rename(columns=lambda column: SAY(f"awaiting.{column}"))
    return framed(
        column_panels(wide, wide.map(vi.number), [False] * len(wide)),
        month,
        **SAY.chart("awaiting_close", month, wards=rates, waiting=wide.iloc[:, 0]),
        table=twin,
        height=24 * len(wide) + 48,
        top=32,
        bottom=8,
        compact=compact_panels(wide),
        picks={
            ward.code: {"y": ward.Index, "note": SAY("awaiting_close.note", ward=ward)}
            for ward in rates.itertuples()
        },
    )


def backlog_reading(month: Month) -> Prose:
    """How many are open and overdue, how long, and how many lack nothing but the click."""
    by_cause = month.city_by_cause.set_index("cause")["late"]
    return SAY.prose("backlog", month, forgot=int(by_cause["forgot_to_close"]))
