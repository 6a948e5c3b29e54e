"""Chapter 04: the rate of the city and of every ward over the months."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from motcua.base import style
from motcua.base import vietnamese as vi
from motcua.base.calendar import short_label
from motcua.chapters.control import LOOKS, numbers
from motcua.chapters.figure import ends, framed
from motcua.chapters.rates import repeat_words
from motcua.chapters.sentences import Prose, Words, threshold_words
from motcua.chapters.shapes import (
    heat,
    month_axis,
    month_bars,
    name_rows,
    panel_title,
    threshold_line,
)
from motcua.chapters.table import Table, show
from motcua.measures.causes import CITY
from motcua.measures.control import control as control_limits
from motcua.measures.month import Month
from motcua.measures.rates import months_inside

SAY = Words("trends")


def city_trend(month: Month) -> go.Figure:
    """City's rate per month with the threshold, and below it how many wards were under it."""
    history = month.city_history.reset_index(drop=True).astype({"rate_percent": float})
    now = history.iloc[-1].to_dict()
    return framed(
        _city_panels(month, history),
        month,
        **SAY.chart("city_trend", month, now=now, way=numbers(month)[0]["verdict"]),
        table=_city_table(month, history),
        height=400,
        top=10,
        compact={
            "data": [{}, {}, {"textfont": {"size": 12}}, {"textfont": {"size": 12}}],
            "layout": {},
        },
        picks=_city_picks(month, history),
    )


def ward_trends(month: Month) -> go.Figure:
    """Heat map of the rate, ward x month; cells below the threshold also carry "▼"."""
    rates, words, below = _ward_months(month)
    kept = ends(len(rates))
    words, below = ([rows[row] for row in kept] for rows in (words, below))
    drawn = rates.iloc[kept]
    cells = {"text": _marked(words, below), "hovertext": _heat_hover(drawn, words)}
    figure = go.Figure(heat(drawn, month.params.threshold_percent, **cells, name="rates"))
    name_rows(figure, drawn.index, 0.5, -0.5)
    months = rates.columns
    month_axis(figure, pd.Series(months))
    figure.update_xaxes(showgrid=False, ticks="")
    figure.update_yaxes(ticks="")
    repeated = month.rates[month.rates["months_below_in_a_row"] > 1]
    said = SAY.chart("ward_trends", month, repeated=repeated, wards=len(rates))
    return framed(
        figure,
        month,
        **said,
        table=_ward_table(month, rates),
        height=24 * len(kept) + 60,
        compact={
            "data": [
                {"text": [["▼" if b else "" for b in row] for row in below], "xgap": 1, "ygap": 1}
            ],
            "layout": {"yaxis": {"tickfont": {"size": 12}}},
        },
        picks=_heat_picks(month, below),
        of=len(rates),
    )


def _marked(words: list[list[str]], below: list[list[bool]]) -> list[list[str]]:
    """Rates in words for the cells of a heat map, those below with a sign."""
    return [
        [f"{'▼' * b}{w.removesuffix('%')}" for w, b in zip(*row, strict=True)]
        for row in zip(words, below, strict=True)
    ]


def _city_panels(month: Month, history: pd.DataFrame) -> go.Figure:
    """Rate with usual range and signals above, number of wards below the threshold beneath."""
    figure = make_subplots(
        rows=2, shared_xaxes=True, row_heights=[0.66, 0.34], vertical_spacing=0.14
    )
    control = _city_control(month)
    figure.add_trace(_usual_range(control), row=1, col=1)
    figure.add_trace(_rate_line(month, history), row=1, col=1)
    figure.add_trace(_last_point(month, history), row=1, col=1)
    figure.add_trace(month_bars(history["wards_below"], "wards_below"), row=2, col=1)
    if (control["signal"] != "").any():
        figure.add_trace(_city_signals(control), row=1, col=1)
    _threshold_line(figure, month, history["rate_percent"])
    figure.update_layout(
        annotations=[
            *figure.layout.annotations,
            panel_title(SAY("city_trend.panel", month), "y2"),
        ]
    )
    figure.update_yaxes(ticksuffix="%", range=_rate_range(month, history), nticks=5, row=1)
    figure.update_yaxes(
        visible=False, range=[0, 1.35 * max(1, history["wards_below"].max())], row=2
    )
    month_axis(figure, history["month"])
    return figure


def _city_picks(month: Month, history: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """Line of each ward's rate beside the city's, and its last two rates in words."""
    rates = month.history.pivot(index="code", columns="month", values="rate_percent")
    rates = rates.reindex(columns=history["month"])
    return {
        code: {
            "line": [None if pd.isna(v) else round(v, 3) for v in values],
            "note": SAY(
                "city_trend.note",
                month,
                last=list(zip(rates.columns, values, strict=True))[-2:],
            ),
        }
        for code, values in zip(rates.index, rates.to_numpy().tolist(), strict=True)
    }


def _heat_picks(month: Month, below: list[list[bool]]) -> dict[str, dict[str, Any]]:
    """Row of each ward, and in how many of the months it was below."""
    return {
        code: {
            "y": place,
            "note": SAY("ward_trends.note", month, below=sum(row), months=len(row)),
        }
        for place, (code, row) in enumerate(
            zip(month.rates["code"].iloc[ends(len(month.rates))], below, strict=True)
        )
    }


def _city_control(month: Month) -> pd.DataFrame:
    """Usual range and signals of the city, with the place of each month on the axis."""
    table = control_limits(month)
    places = {name: place for place, name in enumerate(month.city_history["month"])}
    city = table[table["code"] == CITY]
    return city.assign(place=city["month"].map(places))


def _usual_range(control: pd.DataFrame) -> go.Scatter:
    """Band between the control limits; empty without enough months."""
    known = control[control["low"].notna()]
    places = known["place"].tolist()
    return go.Scatter(
        x=[*places, *reversed(places)],
        y=[*known["low"], *reversed(known["high"].tolist())],
        mode="lines",
        fill="toself",
        fillcolor=style.BAND,
        line={"width": 0},
        hoverinfo="skip",
        name="usual_range",
    )


def _city_signals(control: pd.DataFrame) -> go.Scatter:
    """Months that are part of a signal, by shape as well as colour."""
    flagged = control[control["signal"] != ""]
    looks = [LOOKS[way] for way in flagged["signal"]]
    return go.Scatter(
        x=flagged["place"].tolist(),
        y=flagged["rate_percent"].tolist(),
        mode="markers",
        marker={
            "symbol": [look["symbol"] for look in looks],
            "color": [look["color"] for look in looks],
            "size": 13,
        },
        hoverinfo="skip",
        name="signals",
    )


def _rate_line(month: Month, history: pd.DataFrame) -> go.Scatter:
    return go.Scatter(
        x=list(range(len(history))),
        y=_values(history["rate_percent"]),
        mode="lines+markers",
        line={"color": style.BLUE, "width": 2.5},
        marker={"size": 6},
        hovertext=[SAY.hover("city_trend.hover", month, row=row) for row in history.itertuples()],
        hoverinfo="text",
        name="rate",
    )


def _last_point(month: Month, history: pd.DataFrame) -> go.Scatter:
    """The latest point, larger and labelled."""
    last = history.iloc[-1]
    return go.Scatter(
        x=[len(history) - 1],
        y=_values(history["rate_percent"].tail(1)),
        mode="markers+text",
        marker={"size": 11, "color": style.BLUE},
        text=[SAY.hover("city_trend.last", month, value=last["rate_percent"])],
        textposition="bottom left" if _falls(history["rate_percent"]) else "top left",
        textfont={"size": 14, "color": style.BLUE},
        hoverinfo="skip",
        cliponaxis=False,
        name="last",
    )


def _falls(rates: pd.Series) -> bool:
    """Whether the line comes to its last point from above."""
    return len(rates) > 1 and rates.iloc[-2] > rates.iloc[-1]


def _values(rates: pd.Series) -> list[float | None]:
    return [None if pd.isna(value) else float(value) for value in rates]


def _rate_range(month: Month, history: pd.DataFrame) -> list[float]:
    """Axis that holds every month and the threshold, with room for the label."""
    limit = month.params.threshold_percent
    control = _city_control(month)
    rates = history["rate_percent"].fillna(limit)
    low = min(rates.min(), limit, control["low"].fillna(100).min())
    high = max(rates.max(), limit, control["high"].fillna(0).max())
    room = max(0.3, 0.22 * (high - low))
    return [low - room, high + room]


def _threshold_line(figure: go.Figure, month: Month, rates: pd.Series) -> None:
    """Dashed line, labelled at the end and on the side that the rates leave free."""
    value = month.params.threshold_percent
    place = {"x0": 0, "x1": 1, "xref": "x domain", "y0": value, "y1": value, "layer": "above"}
    ends = (rates.iloc[0] - value, rates.iloc[-1] - value)
    room = 0.2 * (rates.max() - rates.min())  # for the label of the last point
    right = bool(abs(ends[1]) > max(room, abs(ends[0])))
    sides = {
        "xanchor": "right" if right else "left",
        "yanchor": "top" if ends[right] >= 0 else "bottom",
    }
    label_at = {"x": int(right), "xref": "x domain", "y": value, "yref": "y", **sides}
    threshold_line(figure, place, label_at, threshold_words(month))


def _ward_months(month: Month) -> tuple[pd.DataFrame, list[list[str]], list[list[bool]]]:
    """Rates, their words and their verdicts, wards (worst now first) x months."""
    by_code = month.history.pivot(index="code", columns="month")
    order = month.rates["code"]
    rates = by_code["rate_percent"].reindex(order)
    below = by_code["below_threshold"].reindex(order).eq(True)
    limit = month.params.threshold_percent
    words = [[vi.percent(v, limit) for v in row] for row in rates.to_numpy()]
    return rates.set_axis(month.rates["name"]), words, below.to_numpy().tolist()


def _heat_hover(rates: pd.DataFrame, words: list[list[str]]) -> list[list[str]]:
    return [
        [
            SAY.hover("ward_trends.hover", name=name, when=when, word=word)
            for when, word in zip(rates.columns, row, strict=True)
        ]
        for name, row in zip(rates.index, words, strict=True)
    ]


def _city_table(month: Month, history: pd.DataFrame) -> Table:
    headings = {"wards_below": SAY("headings.wards_below", month)}
    return SAY.table("city_months", history, month, headings=headings)


def _ward_table(month: Month, rates: pd.DataFrame) -> Table:
    return show(
        rates.rename_axis("name").reset_index(),
        {"name": SAY("headings.name")} | {m: short_label(m) for m in rates.columns},
        caption=SAY("tables.ward_months", month),
        formats=dict.fromkeys(rates.columns, "percent"),
        threshold=month.params.threshold_percent,
    )


def conclusion(month: Month) -> Prose:
    """City's rate and whether that is usual, who is newly below, who is back, who stays below."""
    wide = month.history.pivot(index="name", columns="month", values="below_threshold")
    now, then = wide[month.month], wide[month.months[-2]] if len(month.months) > 1 else None
    known = {} if then is None else {
        "before": int((then == True).sum()),  # noqa: E712  None is neither
        "entered": list(wide.index[(now == True) & (then != True)]),  # noqa: E712
        "left": list(wide.index[(now == False) & (then == True)]),  # noqa: E712
    }  # fmt: skip
    return SAY.prose(
        "conclusion",
        month,
        numbers=numbers(month),
        below=len(month.lists["below_threshold"]),
        then=known,
        repeated=repeat_words(month),
    )


def reading(month: Month) -> Prose:
    """Which wards were below most often over the months shown."""
    history = month.history
    below = history[history["below_threshold"] == True]  # noqa: E712
    counts = below["name"].value_counts().reset_index(name="n")
    counts = counts[counts["n"] > 1].sort_values(["n", "name"], ascending=[False, True]).head(8)
    return SAY.prose("reading", month, counts=counts, months=len(month.months))


def table(month: Month) -> Table:
    """Numbers of the city month by month."""
    return SAY.table("months", month.city_history, month)


def inside(month: Month) -> Table | None:
    """Numbers of the city in each month of a longer period; nothing of a month."""
    rows = months_inside(month)
    if rows.empty:
        return None
    headings = {"month": SAY("headings.inside"), "wards_below": SAY("headings.wards_below", month)}
    told = SAY.table("city_months", rows, month, headings=headings)
    return replace(told, caption=SAY("tables.inside", month))


def limits(month: Month) -> Prose:
    """Limits of comparing months."""
    return SAY.prose("limits", month, first=month.months[0])
