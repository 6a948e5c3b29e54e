"""Chapter 01: the on-time rate of each ward, who is below the threshold, and the backlog."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from motcua.base import style
from motcua.base import vietnamese as vi
from motcua.chapters import sentences
from motcua.chapters.figure import LOOKS, empty, ends, framed, label, mark, plain
from motcua.chapters.sentences import NOTHING_RESOLVED, Prose, Words, headline, rate
from motcua.chapters.shapes import SMALL, column_panels, intervals, month_panels, threshold_line
from motcua.chapters.table import Table
from motcua.measures.month import Month
from motcua.measures.rates import funnel, funnel_curve, shortfalls
from motcua.measures.state import AGES

SAY = Words("rates")
NAME_WIDTH, NAME_HEIGHT = 0.16, 0.05  # of a name in the funnel, in shares of its axes


def ward_rates(month: Month) -> go.Figure:
    """Dots of the on-time rate per ward, worst first, with interval, threshold, rate and n.

    Wards below the threshold are orange diamonds, the others grey dots (hollow when they resolved
    few dossiers); wards that resolved nothing come last, in words.
    """
    rates = month.rates.iloc[ends(len(month.rates))].reset_index(drop=True)
    figure = go.Figure(intervals(rates[rates["rate_percent"].notna()], "rate_low", "rate_high"))
    for below in (False, True):
        wards = rates[rates["below_threshold"].eq(below)]
        figure.add_trace(_dots(wards["rate_percent"], wards.index, wards, below, month))
    figure.add_traces([_column(month, rates, "rate"), _column(month, rates, "n")])
    value = month.params.threshold_percent
    place = {"x0": value, "x1": value, "y0": 0, "y1": 1, "yref": "paper", "layer": "below"}
    label_at = {"x": value, "y": 1, "yref": "paper", "yanchor": "bottom"}
    threshold_line(figure, place, label_at, SAY("ward_rates.threshold", month))
    figure.update_layout(LOOKS["layouts"]["ward_rates"])
    figure.update_xaxes(range=[_axis_start(rates), 100.4], selector={"ticksuffix": "%"})
    figure.update_yaxes(_ward_axis(rates))
    small = bool((rates["small"] & (rates["counted"] > 0)).any())
    heads = {"below_threshold": SAY("ward_rates.below", month)}
    return framed(
        figure,
        month,
        **SAY.chart("ward_rates", month, small=small, **_counts(month)),
        table=SAY.table("rate_intervals", month.rates, month, headings=heads),
        rows=len(rates),
        picks=SAY.picks("ward_rates.note", rates, month),
        of=len(month.rates),
    )


def _counts(month: Month) -> dict[str, Any]:
    """Who is below, how many, and how many resolved nothing."""
    below = month.rates[month.rates["below_threshold"].eq(True)]
    nothing = int(month.rates["rate_percent"].isna().sum())
    return {"below": len(below), "wards_below": below, "nothing": nothing}


def in_words(month: Month) -> dict[str, str]:
    """The rates in words: how many wards are below, who they are, how many resolved nothing."""
    return SAY.drawing("ward_rates", month, **_counts(month))


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
    return mark(
        "ward.below" if below else "ward.others",
        x=x.tolist(),
        y=y.tolist(),
        marker={"symbol": [f"{symbol}-open" if small else symbol for small in wards["small"]]},
        hovertext=[SAY.hover("hover", month, ward=ward) for ward in wards.itertuples()],
    )


def _column(month: Month, rates: pd.DataFrame, what: str) -> go.Scatter:
    """A column of labels at the right: the rate, or the number of dossiers, if any."""
    known, below = rates["rate_percent"].notna(), rates["below_threshold"].eq(True)
    if what == "rate":
        words = rates["rate_percent"].map(lambda value: rate(month, value)).where(known, "")
        words = words.where(~below, "<b>" + words + "</b>")
    else:
        words = rates["counted"].map(vi.number).where(known, NOTHING_RESOLVED)
    inks = np.select([below, known], [style.ORANGE, style.INK], style.MUTED).tolist()
    return mark(
        "ward_rates.column",
        x=[{"rate": 0.58, "n": 1}[what]] * (len(rates) + 1),
        y=[-1, *rates.index.tolist()],
        text=[SAY(f"ward_rates.heads.{what}"), *words],
        textfont={"color": [style.MUTED, *inks]},
        name=f"label_{what}",
    )


def _ward_axis(rates: pd.DataFrame) -> dict[str, Any]:
    looks = [
        f'<b style="color:{style.ORANGE}">{label(name)}</b>' if below else label(name)
        for name, below in zip(rates["name"], rates["below_threshold"].eq(True), strict=True)
    ]
    last = len(rates) - 0.4
    return {"tickvals": list(range(len(rates))), "ticktext": looks, "range": [last, -1.5]}


def conclusion(month: Month) -> Prose:
    """Headline, who is below and for how long, the rate by Quyết định 766, and the backlog."""
    rates = month.rates
    return SAY.prose(
        "conclusion",
        month,
        headline=headline(month),
        below=rates[rates["code"].isin(month.lists["below_threshold"])],
        below_766=month.city_history["wards_below_766"].iloc[-1],
        zero=(rates["counted"] == 0).sum(),
    )


def repeat_words(month: Month) -> Prose:
    """Units below for two months or more, and for how many."""
    again = month.rates[month.rates["months_below_in_a_row"] > 1]
    return SAY.prose("repeated", month, again=again)


def reading(month: Month) -> Prose:
    """What is said of the wards below, who is exactly at the threshold, and what a dossier moves."""
    rates, line = month.rates, month.params.threshold_percent
    low = {month.unit_names[code]: word for code, word in shortfalls(month).items()}
    counted = rates[rates["counted"] > 0].sort_values("counted", kind="stable")
    return SAY.prose(
        "reading",
        month,
        clear=[name for name, word in low.items() if word == "clearly_low"],
        watch=[name for name, word in low.items() if word == "watch"],
        exact=counted.loc[100 * counted["good"] == line * counted["counted"], "name"].tolist(),
        praised=month.names("praised"),
        sizes=counted.iloc[[0, -1]] if len(counted) > 1 else None,
    )


def table(month: Month) -> Table:
    """Numbers of each ward, lowest rate first."""
    return SAY.table("rates", month.rates, month)


def small_wards(month: Month) -> Prose:
    """Limits of the rates: small wards, dossiers that stand in no rate."""
    small = month.rates.loc[month.rates["small"] & (month.rates["counted"] > 0), "name"].tolist()
    return SAY.prose("small_wards", month, small=small)


def method(month: Month) -> Prose:
    """How the rate is computed, in this run's own parameters."""
    return sentences.SAY.prose("method", month)


def ward_funnel(month: Month) -> go.Figure:
    """Dots of rate by number of dossiers, with the limits of a ward that is truly at the threshold.

    Wards officially below are orange diamonds, the lowest of them with their names.
    """
    table = funnel(month)
    twin = SAY.table("funnel", table.assign(said=_said(month, table)), month)
    if table.empty:
        return empty(month, **SAY.empty("ward_funnel", month), table=twin)
    value, figure = month.params.threshold_percent, go.Figure(_limits(funnel_curve(month)))
    low = min(table["rate_percent"].min(), value)
    floor, most = max(0, low - 0.14 * (100 - low) - 0.5), 1.22 * table["counted"].max()
    for below in (False, True):
        wards = table[table["below_threshold"].eq(below)]
        figure.add_trace(_dots(wards["counted"], wards["rate_percent"], wards, below, month))
    figure.data[-1].update(
        mode="markers+text",
        text=_names_apart(wards, most, 100 - floor),
        textposition="middle right",
        textfont=SMALL | {"color": style.ORANGE},
    )
    figure.update_xaxes(title=SAY("ward_funnel.axis"), range=[0, most])
    figure.update_yaxes(range=[floor, 100 + 0.04 * (100 - floor)], ticksuffix="%", showgrid=True)
    place = {"x0": 0, "x1": 1, "xref": "paper", "y0": value, "y1": value, "layer": "above"}
    label_at = {"x": 1, "xref": "paper", "xanchor": "right", "y": value, "yanchor": "bottom"}
    threshold_line(figure, place, label_at, sentences.threshold_words(month))
    clear = list(shortfalls(month).values()).count("clearly_low")
    dots = table.set_index("code")[["counted", "rate_percent"]].astype(object).T.to_dict("list")
    return framed(
        figure,
        month,
        **SAY.chart("ward_funnel", month, n=len(table), below=len(wards), clear=clear),
        table=twin,
        picks={
            w.code: {"at": dots[w.code], "note": SAY("ward_funnel.note", month, ward=w)}
            for w in table.itertuples()
        },
    )


def _names_apart(wards: pd.DataFrame, most: float, height: float) -> list[str]:
    """Names beside dots, worst first; none where it would lie on one that stands already.

    Examples
    --------
    >>> dots = {"name": ["A", "B", "C"], "counted": [40, 42, 90], "rate_percent": [90, 90.1, 90]}
    >>> _names_apart(pd.DataFrame(dots), 100, 10)
    [' A', '', ' C']
    """
    named: list[tuple[float, float]] = []
    names = []
    for ward in wards.itertuples():
        x, y = ward.counted / most, ward.rate_percent / height
        is_apart = all(abs(x - a) > NAME_WIDTH or abs(y - b) > NAME_HEIGHT for a, b in named)
        names.append(f" {plain(ward.name)}" if is_apart else "")
        named += [(x, y)] * is_apart
    return names


def _said(month: Month, wards: pd.DataFrame) -> list[str]:
    """What readers are told of each ward: "Đạt", or of one below how clear it is."""
    low = shortfalls(month)
    return [SAY(f"shortfalls.{low.get(code, 'met')}", month) for code in wards["code"]]


def _limits(curve: pd.DataFrame) -> list[go.Scatter]:
    """Four lines: both pairs of limits, each labelled at its lower end."""
    n, limits = curve["n"].tolist(), ("low_998", "high_998", "low_95", "high_95")
    lines = [
        mark(f"funnel.{limit.split('_')[1]}", x=n, y=curve[limit].tolist(), name=limit)
        for limit in limits
    ]
    ends_at = [curve[limit].iloc[-1] for limit in limits if limit.startswith("low")]
    return [*lines, mark("funnel.labels", x=n[-1:] * 2, y=ends_at)]


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
        rows=len(ages),
        picks={
            w.code: {"note": SAY("backlog_ages.note", ward=w)} for w in month.rates.itertuples()
        },
    )


def awaiting_close(month: Month) -> go.Figure:
    """Dossiers that lack nothing but the click, per ward, most first, and those overdue."""
    columns = ["awaiting_close", "awaiting_close_overdue"]
    rates = month.rates.sort_values(columns, ascending=False, kind="stable")
    rates = rates[rates["awaiting_close"] > 0].reset_index(drop=True)
    twin = SAY.table("awaiting_close", rates, month)
    if rates.empty:
        return empty(month, **SAY.empty("awaiting_close", month), table=twin)
    wide = rates.set_index("name")[columns].rename(columns=lambda c: SAY(f"awaiting.{c}"))
    return framed(
        column_panels(wide),
        month,
        **SAY.chart("awaiting_close", month, wards=rates, waiting=wide.iloc[:, 0]),
        table=twin,
        rows=len(wide),
        picks=SAY.picks("awaiting_close.note", rates),
    )


def backlog_reading(month: Month) -> Prose:
    """How many are open and overdue, how long, and how many lack nothing but the click."""
    by_cause = month.city_by_cause.set_index("cause")["late"]
    return SAY.prose("backlog", month, forgot=int(by_cause["forgot_to_close"]))
