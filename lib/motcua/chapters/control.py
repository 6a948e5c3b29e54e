"""Chapter 04, signal or noise: a control chart per ward, and who is outside the usual range.

All panels share one pair of axes: each is drawn into its own cell of a grid, so the whole figure
has a handful of traces and a phone gets another grid by another set of places.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from motcua.base import style
from motcua.chapters.figure import empty, ends, framed, plain, shortened
from motcua.chapters.sentences import Prose, Words, said_at
from motcua.chapters.table import Table
from motcua.measures.causes import CITY
from motcua.measures.control import control, key_numbers, signals
from motcua.measures.month import Month
from motcua.measures.statistics import MIN_MONTHS, SHIFT, TREND

SAY = Words("control")
COLUMNS, COLUMNS_COMPACT = 5, 2
ROW_PIXELS, PANEL_LETTERS = 104, 17  # of a panel: its height, letters of a name that fit above it
GAP, HEAD = 1.6, 0.5  # between panels: months; panel heights, for the name
LOOKS = {
    "down": {"symbol": "triangle-down", "color": style.ORANGE, "size": 9},
    "up": {"symbol": "triangle-up", "color": style.BLUE, "size": 9},
}
RATE = "rate_percent"
_Path = list[tuple[float | None, float | None]]


def ward_control(month: Month) -> go.Figure:
    """One small chart per ward, worst first: rate per month, usual range, threshold, signals."""
    table = control(month)
    table = table[table["code"] != CITY]
    names = table["code"].nunique()
    table = table[table["code"].isin(month.rates["code"].iloc[ends(len(month.rates))])]
    drawn = table["code"].nunique()
    about = {
        "ways": [(way, _signalled(month, way)) for way in LOOKS],
        "floor": _floor(month, table),
        "wards": names,
        "least": MIN_MONTHS,
    }
    if table["low"].isna().all():
        return empty(month, **SAY.empty("ward_control", month, **about), table=_table(month))
    wide, narrow = _traces(month, table, COLUMNS), _traces(month, table, COLUMNS_COMPACT)
    figure = go.Figure(wide)
    figure.update_layout(**_axes(month, table, COLUMNS))
    return framed(
        figure,
        month,
        **SAY.chart("ward_control", month, **about),
        table=_table(month),
        height=ROW_PIXELS * -(-drawn // COLUMNS),
        bottom=8,
        compact={
            "data": [{"x": t.x, "y": t.y} for t in narrow],
            "layout": _axes(month, table, COLUMNS_COMPACT)
            | {"height": ROW_PIXELS * -(-drawn // COLUMNS_COMPACT)},
        },
        picks=_picks(month, table),
        of=names,
    )


def _picks(month: Month, table: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """Panel, usual range and signal of a picked ward this month."""
    boxes, compact = (_boxes(month, table, columns) for columns in (COLUMNS, COLUMNS_COMPACT))
    return {
        ward.code: {
            "box": boxes[ward.code],
            "compactBox": compact[ward.code],
            "note": SAY("ward_control.note", month, ward=ward, way=_way(ward.signal)),
        }
        for ward in table[table["month"] == month.month].itertuples()
    }


def _boxes(month: Month, table: pd.DataFrame, columns: int) -> dict[str, list[float]]:
    """Corners of each ward's panel with its name: x0, y0, x1, y1."""
    return {
        code: [x - 0.5, y - 0.08, x + len(month.months) - 0.5, y + 1 + 0.8 * HEAD]
        for code, (x, y) in _places(month, table, columns).items()
    }


def _way(signal: str) -> str:
    """Direction of a signal in words, with its sign; empty without one."""
    return SAY(f"ways.{signal}") if signal else ""


def _floor(month: Month, table: pd.DataFrame) -> float:
    """Lowest rate of the scale that all panels share."""
    low = min(table["rate_percent"].min(), month.params.threshold_percent)
    return max(0.0, low - 0.05 * (100 - low) - 0.5)


def _places(month: Month, table: pd.DataFrame, columns: int) -> dict[str, tuple[float, float]]:
    """Lower left corner of each ward's panel; wards in the order of `rates`."""
    step = len(month.months) - 1 + GAP
    codes = [code for code in month.rates["code"] if code in set(table["code"])]
    return {
        code: (step * (i % columns), -(1 + HEAD) * (i // columns)) for i, code in enumerate(codes)
    }


def _axes(month: Month, table: pd.DataFrame, columns: int) -> dict[str, Any]:
    rows = -(-table["code"].nunique() // columns)
    width = columns * (len(month.months) - 1 + GAP) - GAP
    off = {"visible": False, "fixedrange": True}
    return {
        "xaxis": off | {"range": [-0.4, width + 0.4]},
        "yaxis": off | {"range": [-(1 + HEAD) * (rows - 1) - 0.12, 1 + HEAD - 0.1]},
    }


def _traces(month: Month, table: pd.DataFrame, columns: int) -> list[go.Scatter]:
    """Band, threshold, line, signals, names: all panels in one trace each."""
    floor = _floor(month, table)
    places = _places(month, table, columns)
    parts = {code: part.reset_index(drop=True) for code, part in table.groupby("code")}
    x_of = {name: i for i, name in enumerate(month.months)}

    def gather(draw: Callable[[pd.DataFrame], _Path]) -> dict[str, list]:
        x, y = [], []
        for code, (left, bottom) in places.items():
            for month_at, value in draw(parts[code]):
                x.append(None if month_at is None else left + month_at)
                y.append(None if value is None else bottom + max(0, value - floor) / (100 - floor))
        return {"x": x, "y": y}

    last, limit = len(month.months) - 1, month.params.threshold_percent
    skip = {"hoverinfo": "skip", "cliponaxis": False}
    dash = {"color": style.INK, "width": 1, "dash": "dash"}
    blank = {"color": style.BLUE, "width": 1.6}
    traces = [
        go.Scatter(**gather(lambda part: _band(part, x_of)), mode="lines", fill="toself", fillcolor=style.BAND,
                   line={"width": 0}, name="band", **skip),
        go.Scatter(**gather(lambda _: [(0, limit), (last, limit), (None, None)]), mode="lines",
                   line=dash, name="threshold", **skip),
        go.Scatter(**gather(lambda part: [*_path(part, RATE, x_of), (None, None)]), mode="lines+markers", line=blank,
                   marker={"size": 3}, hovertext=_hover(month, parts, places), hoverinfo="text",
                   cliponaxis=False, name="rate"),
    ]  # fmt: skip
    for way, look in LOOKS.items():
        flagged = gather(lambda part, way=way: _path(part[part["signal"] == way], RATE, x_of))
        traces.append(go.Scatter(**flagged, mode="markers", marker=look, name=way, **skip))
    names = [_heading(month, parts[code]) for code in places]
    corner = gather(lambda _: [(0, 100 + 0.05 * (100 - floor))])
    traces.append(
        go.Scatter(**corner, mode="text", text=names, textposition="top right",
                   textfont={"size": style.SIZE_SMALL}, name="names", **skip)
    )  # fmt: skip
    return traces


def _band(part: pd.DataFrame, x_of: dict[str, int]) -> _Path:
    """Outline of the usual range."""
    known = part[part["low"].notna()]
    if known.empty:
        return []
    low, high = _path(known, "low", x_of), _path(known, "high", x_of)
    return [*low, *reversed(high), low[0], (None, None)]


def _path(part: pd.DataFrame, column: str, x_of: dict[str, int]) -> _Path:
    return [(x_of[m], float(v)) for m, v in zip(part["month"], part[column], strict=True)]


def _heading(month: Month, part: pd.DataFrame) -> str:
    """Name of a ward, its rate of the latest month, and the sign of its signal."""
    now = part[part["month"] == month.month].to_dict("records")
    name = plain(shortened(part["name"].iloc[0], PANEL_LETTERS))
    signs = [_way(row["signal"])[:1] for row in now]
    return SAY("ward_control.heading", month, name=name, now=now, signs=signs)


def _hover(month: Month, parts: dict, places: dict) -> list[str]:
    words = []
    for code in places:
        for row in parts[code].itertuples():
            words.append(SAY.hover("ward_control.hover", month, row=row, way=_way(row.signal)))
        words.append("")
    return words


def _table(month: Month) -> Table:
    """Latest month of each ward with its usual range and signal."""
    table = control(month)
    now = table[(table["month"] == month.month) & (table["code"] != CITY)]
    return SAY.table("control", now.assign(way=now["signal"].map(_way)), month)


def numbers(month: Month) -> list[dict[str, Any]]:
    """Key numbers of the city with label and verdict: better, worse, usual, or too few months."""
    return [
        {
            "key": row.key,
            "label": SAY(f"numbers.{row.key}", month),
            "signal": row.signal,
            "verdict": SAY(
                "verdict", month, signal=row.signal, is_known=row.low == row.low, least=MIN_MONTHS
            ),
        }
        for row in key_numbers(month).itertuples()
    ]


def signals_reading(month: Month) -> Prose:
    """Who is outside the usual range this month, by which rule, and whose usual rate is too low."""
    table = control(month)
    if table["low"].isna().all():
        return SAY.prose("too_few", month, least=MIN_MONTHS)
    now = table[(table["month"] == month.month) & (table["code"] != CITY)]
    low = now[now["mean"] < month.params.threshold_percent].sort_values("mean")
    return SAY.prose("signals_reading", month, low=low, **{w: _signalled(month, w) for w in LOOKS})


def _rules(month: Month, row: Mapping[str, Any]) -> str:
    """What the rules that tell say of a unit, in words; rules that say the same say it once."""
    kinds = month.rates.set_index("code")["kind"].to_dict()
    told = [
        SAY(
            f"rules.{rule}",
            month,
            way=row["signal"],
            kind=kinds.get(row["code"], ""),
            shift=SHIFT,
            trend=TREND,
        )
        for rule in said_at("control", "rules")
        if row[rule]
    ]
    return ", ".join(dict.fromkeys(told))


def _signalled(month: Month, way: str) -> list[tuple[str, str]]:
    """Name and rules of the wards with a signal that way."""
    found = signals(month)
    rows = found[(found["signal"] == way) & (found["code"] != CITY)].to_dict("records")
    return [(row["name"], _rules(month, row)) for row in rows]


def signals_table(month: Month) -> Table:
    """Units with a signal this month, worse ones first."""
    found = signals(month)
    rules = [_rules(month, row) for row in found.to_dict("records")]
    return SAY.table("signals", found.assign(rules=rules), month)


def method(month: Month) -> Prose:
    """How limits, rules and the movement are computed."""
    return SAY.prose("method", month, least=MIN_MONTHS, shift=SHIFT, trend=TREND)
