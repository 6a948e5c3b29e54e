"""Chapter 04, signal or noise: a control chart per ward, and who is outside the usual range.

All panels share one pair of axes: each is drawn into its own cell of a grid, so the whole figure
has a handful of traces and a phone gets another grid by another set of places.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
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
_Parts = dict[str, list[dict[str, Any]]]  # code -> rows of a ward, oldest month first


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
    parts = {code: part.to_dict("records") for code, part in table.groupby("code")}
    figure = go.Figure(_traces(month, table, parts))
    figure.update_layout(**_axes(month, table, COLUMNS))
    return framed(
        figure,
        month,
        **SAY.chart("ward_control", month, **about),
        table=_table(month),
        height=ROW_PIXELS * -(-drawn // COLUMNS),
        bottom=8,
        compact={
            "data": _points(month, table, parts, COLUMNS_COMPACT),
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


def _points(
    month: Month, table: pd.DataFrame, parts: _Parts, columns: int
) -> list[dict[str, list]]:
    """Where band, threshold, line, each kind of signal and names are: all panels in one each."""
    floor, last = _floor(month, table), len(month.months) - 1
    places = _places(month, table, columns)
    x_of = {name: i for i, name in enumerate(month.months)}

    def gather(draw: Callable[[list[dict]], _Path]) -> dict[str, list]:
        x, y = [], []
        for code, (left, bottom) in places.items():
            for month_at, value in draw(parts[code]):
                x.append(None if month_at is None else left + month_at)
                y.append(None if value is None else bottom + max(0, value - floor) / (100 - floor))
        return {"x": x, "y": y}

    limit = month.params.threshold_percent
    layers: list[Callable[[list[dict]], _Path]] = [
        partial(_band, x_of),
        lambda _: [(0, limit), (last, limit), (None, None)],
        lambda part: [*_path(part, RATE, x_of), (None, None)],
        *(partial(_flagged, x_of, way) for way in LOOKS),
        lambda _: [(0, 100 + 0.05 * (100 - floor))],
    ]
    return [gather(layer) for layer in layers]


def _traces(month: Month, table: pd.DataFrame, parts: _Parts) -> list[go.Scatter]:
    """What stands at each of `_points`."""
    band, threshold, line, *signals, names = _points(month, table, parts, COLUMNS)
    wards = [parts[code] for code in _places(month, table, COLUMNS)]
    skip = {"hoverinfo": "skip", "cliponaxis": False}
    dash = {"color": style.INK, "width": 1, "dash": "dash"}
    blank = {"color": style.BLUE, "width": 1.6}
    small = {"size": style.SIZE_SMALL}
    return [
        go.Scatter(**band, mode="lines", fill="toself", fillcolor=style.BAND, line={"width": 0},
                   name="band", **skip),
        go.Scatter(**threshold, mode="lines", line=dash, name="threshold", **skip),
        go.Scatter(**line, mode="lines+markers", line=blank, marker={"size": 3}, name="rate",
                   hovertext=_hover(month, wards), hoverinfo="text", cliponaxis=False),
        *(go.Scatter(**points, mode="markers", marker=look, name=way, **skip)
          for points, (way, look) in zip(signals, LOOKS.items(), strict=True)),
        go.Scatter(**names, mode="text", text=[_heading(month, part) for part in wards],
                   textposition="top right", textfont=small, name="names", **skip),
    ]  # fmt: skip


def _band(x_of: dict[str, int], part: list[dict]) -> _Path:
    """Outline of the usual range."""
    known = [row for row in part if pd.notna(row["low"])]
    if not known:
        return []
    low, high = _path(known, "low", x_of), _path(known, "high", x_of)
    return [*low, *reversed(high), low[0], (None, None)]


def _path(part: list[dict], column: str, x_of: dict[str, int]) -> _Path:
    return [(x_of[row["month"]], float(row[column])) for row in part]


def _flagged(x_of: dict[str, int], way: str, part: list[dict]) -> _Path:
    """Months with a signal of a kind."""
    return _path([row for row in part if row["signal"] == way], RATE, x_of)


def _heading(month: Month, part: list[dict]) -> str:
    """Name of a ward, its rate of the latest month, and the sign of its signal."""
    now = [row for row in part if row["month"] == month.month]
    name = plain(shortened(part[0]["name"], PANEL_LETTERS))
    signs = [_way(row["signal"])[:1] for row in now]
    return SAY("ward_control.heading", month, name=name, now=now, signs=signs)


def _hover(month: Month, parts: list[list[dict]]) -> list[str]:
    words = []
    for part in parts:
        for row in part:
            words.append(SAY.hover("ward_control.hover", month, row=row, way=_way(row["signal"])))
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
