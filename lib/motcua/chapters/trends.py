"""Chapter 04: the rate of the city and of every ward over the months."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from motcua.base import vietnamese as vi
from motcua.base.calendar import short_label
from motcua.chapters import shapes
from motcua.chapters.control import numbers
from motcua.chapters.figure import LOOKS, ends, framed, mark
from motcua.chapters.rates import repeat_words
from motcua.chapters.sentences import Prose, Words, threshold_words
from motcua.chapters.table import Table, show
from motcua.measures.control import control as control_limits
from motcua.measures.frame import CITY
from motcua.measures.month import Month
from motcua.measures.rates import months_inside

SAY = Words("trends")


def city_trend(month: Month) -> go.Figure:
    """City's rate per month with the threshold, and below it how many wards were under it."""
    history = month.city_history.reset_index(drop=True).astype({"rate_percent": float})
    now, way = history.iloc[-1].to_dict(), numbers(month)[0]["verdict"]
    return framed(
        _city_panels(month, history),
        month,
        **SAY.chart("city_trend", month, now=now, way=way),
        table=_city_table(month, history),
        picks=_city_picks(month, history),
    )


def ward_trends(month: Month) -> go.Figure:
    """Heat map of the rate, ward x month; cells below the threshold also carry "▼"."""
    rates, below = _ward_months(month)
    kept = ends(len(rates))
    drawn, marks = rates.iloc[kept], below.iloc[kept].map({True: "▼", False: ""}.get)
    words = drawn.map(lambda value: vi.percent(value, month.params.threshold_percent))
    cells = marks + words.map(lambda word: word.removesuffix("%"))
    hover = [
        [SAY.hover("ward_trends.hover", name=n, when=m, word=w) for m, w in row.items()]
        for n, row in words.iterrows()
    ]
    limit, texts = month.params.threshold_percent, cells.to_numpy().tolist()
    figure = go.Figure(shapes.heat(drawn, limit, text=texts, hovertext=hover, name="rates"))
    shapes.name_rows(figure, drawn.index, 0.5, -0.5)
    shapes.month_axis(figure, rates.columns)
    figure.update_xaxes(showgrid=False, ticks="")
    figure.update_yaxes(ticks="")
    repeated = month.rates[month.rates["months_below_in_a_row"] > 1]
    bare = {"text": marks.to_numpy().tolist(), "xgap": 1, "ygap": 1}
    return framed(
        figure,
        month,
        **SAY.chart("ward_trends", month, repeated=repeated, wards=len(rates)),
        table=_ward_table(month, rates),
        rows=len(kept),
        compact={"data": [bare], "layout": {"yaxis": {"tickfont": {"size": 12}}}},
        picks=_heat_picks(month, below.iloc[kept]),
        of=len(rates),
    )


def _city_panels(month: Month, history: pd.DataFrame) -> go.Figure:
    """Rate with usual range and signals above, number of wards below the threshold beneath."""
    figure = make_subplots(
        rows=2, shared_xaxes=True, row_heights=[0.66, 0.34], vertical_spacing=0.14
    )
    control = _city_control(month)
    traces = [_usual_range(control), _rate_line(month, history), _last_point(month, history)]
    figure.add_traces(traces, rows=1, cols=1)
    figure.add_trace(shapes.month_bars(history["wards_below"], "wards_below"), row=2, col=1)
    if (control["signal"] != "").any():
        figure.add_trace(_city_signals(control), row=1, col=1)
    _threshold_line(figure, month, history["rate_percent"])
    figure.add_annotation(shapes.panel_title(SAY("city_trend.panel", month), "y2"))
    most = 1.35 * max(1, history["wards_below"].max())
    figure.update_yaxes(ticksuffix="%", range=_rate_range(month, control, history), nticks=5, row=1)
    figure.update_yaxes(visible=False, range=[0, most], row=2)
    shapes.month_axis(figure, history["month"])
    return figure


def _city_picks(month: Month, history: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """Line of each ward's rate beside the city's, and its last two rates in words."""
    rates = month.history.pivot(index="code", columns="month", values="rate_percent")
    whole = rates.reindex(columns=history["month"])
    rates = whole.round(3).astype(object).where(whole.notna(), None)
    return {
        code: {
            "line": row.tolist(),
            "note": SAY("city_trend.note", month, last=list(whole.loc[code].items())[-2:]),
        }
        for code, row in rates.iterrows()
    }


def _heat_picks(month: Month, below: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """Row of each ward, and in how many of the months it was below."""
    months, codes = below.shape[1], month.rates["code"].iloc[ends(len(month.rates))]
    return {
        code: {"y": place, "note": SAY("ward_trends.note", month, below=n, months=months)}
        for place, (code, n) in enumerate(zip(codes, below.sum(axis=1), strict=True))
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
    y = [*known["low"], *reversed(known["high"].tolist())]
    return mark("usual_range", x=[*places, *reversed(places)], y=y, name="usual_range")


def _city_signals(control: pd.DataFrame) -> go.Scatter:
    """Months that are part of a signal, by shape as well as colour."""
    flagged = control[control["signal"] != ""]
    looks = [LOOKS["marks"][f"control.{way}"]["marker"] for way in flagged["signal"]]
    return mark(
        "city_trend.signals",
        x=flagged["place"].tolist(),
        y=flagged["rate_percent"].tolist(),
        marker={part: [look[part] for look in looks] for part in ("symbol", "color")},
    )


def _rate_line(month: Month, history: pd.DataFrame) -> go.Scatter:
    hover = [SAY.hover("city_trend.hover", month, row=row) for row in history.itertuples()]
    rates = history["rate_percent"]
    y = rates.astype(object).where(rates.notna(), None).tolist()
    return mark("city_trend.rate", x=list(range(len(y))), y=y, hovertext=hover)


def _last_point(month: Month, history: pd.DataFrame) -> go.Scatter:
    """The latest point, larger and labelled, from above where the line falls to it."""
    rates = history["rate_percent"]
    last, falls = rates.iloc[-1], len(rates) > 1 and rates.iloc[-2] > rates.iloc[-1]
    return mark(
        "city_trend.last",
        x=[len(history) - 1],
        y=[None if pd.isna(last) else last],
        text=[SAY.hover("city_trend.last", month, value=last)],
        textposition="bottom left" if falls else "top left",
    )


def _rate_range(month: Month, control: pd.DataFrame, history: pd.DataFrame) -> list[float]:
    """Axis that holds every month and the threshold, with room for the label."""
    limit = month.params.threshold_percent
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
    shapes.threshold_line(figure, place, label_at, threshold_words(month))


def _ward_months(month: Month) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rates and whether they are below, wards (worst now first) x months."""
    by_code = month.history.pivot(index="code", columns="month")
    rates, below = (
        by_code[column].reindex(month.rates["code"]).set_axis(month.rates["name"])
        for column in ("rate_percent", "below_threshold")
    )
    return rates, below.eq(True)


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
        "before": then.eq(True).sum(),
        "entered": list(wide.index[now.eq(True) & ~then.eq(True)]),
        "left": list(wide.index[now.eq(False) & then.eq(True)]),
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
    below = history[history["below_threshold"].eq(True)]
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
    table = SAY.table("city_months", rows, month, headings=headings)
    return replace(table, caption=SAY("tables.inside", month))


def limits(month: Month) -> Prose:
    """Limits of comparing months."""
    return SAY.prose("limits", month, first=month.months[0])
