"""Chapter 04, signal or noise: a control chart per ward, and who is outside the usual range.

All panels share one pair of axes: each is drawn into its own cell of a grid, so the whole figure
has a handful of traces and a phone gets another grid by another set of places.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from motcua.chapters.figure import LOOKS, empty, ends, framed, mark, plain, shortened
from motcua.chapters.sentences import Prose, Words, said_at
from motcua.chapters.table import Table
from motcua.measures.control import control, key_numbers, signals
from motcua.measures.frame import CITY
from motcua.measures.month import Month
from motcua.measures.statistics import MIN_MONTHS, SHIFT, TREND

SAY = Words("control", given={"least": MIN_MONTHS, "shift": SHIFT, "trend": TREND})
COLUMNS, COLUMNS_COMPACT = 5, 2
PANEL_LETTERS = 17  # of a name that fit above a panel
GAP, HEAD = 1.6, 0.5  # between panels: months; panel heights, for the name
WAYS = ("down", "up")
BREAK = (None, None)  # between the lines of two panels
_Rows = dict[str, list[dict[str, Any]]]  # code -> rows of a ward, oldest month first


def ward_control(month: Month) -> go.Figure:
    """One small chart per ward, worst first: rate per month, usual range, threshold, signals."""
    table = control(month)
    table, codes = table[table["code"] != CITY], month.rates["code"]
    wards, table = table["code"].nunique(), table[table["code"].isin(codes.iloc[ends(len(codes))])]
    low = min(table["rate_percent"].min(), month.params.threshold_percent)
    floor = max(0.0, low - 0.05 * (100 - low) - 0.5)  # of the scale that all panels share
    ways = [(way, _signalled(month, way)) for way in WAYS]
    about = {"ways": ways, "floor": floor, "wards": wards}
    if table["low"].isna().all():
        return empty(month, **SAY.empty("ward_control", month, **about), table=_table(month))
    parts = {code: part.to_dict("records") for code, part in table.groupby("code")}
    parts = {code: parts[code] for code in codes if code in parts}
    figure = go.Figure(_traces(month, parts, floor))
    height = LOOKS["frames"]["ward_control"]["row"] * -(-len(parts) // COLUMNS_COMPACT)
    compact = {
        "data": list(_points(month, parts, floor, COLUMNS_COMPACT).values()),
        "layout": _axes(month, parts, COLUMNS_COMPACT) | {"height": height},
    }
    return framed(
        figure.update_layout(_axes(month, parts, COLUMNS)),
        month,
        **SAY.chart("ward_control", month, **about),
        table=_table(month),
        rows=-(-len(parts) // COLUMNS),
        compact=compact,
        picks=_picks(month, parts, table[table["month"] == month.month]),
        of=wards,
    )


def _picks(month: Month, parts: _Rows, now: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """Corners of a picked ward's panel with its name, its usual range and signal this month."""
    boxes, compact = (
        {
            code: [x - 0.5, y - 0.08, x + len(month.months) - 0.5, y + 1 + 0.8 * HEAD]
            for code, (x, y) in _places(month, parts, columns).items()
        }
        for columns in (COLUMNS, COLUMNS_COMPACT)
    )
    return {
        ward.code: {
            "box": boxes[ward.code],
            "compactBox": compact[ward.code],
            "note": SAY("ward_control.note", month, ward=ward, way=_way(ward.signal)),
        }
        for ward in now.itertuples()
    }


def _way(signal: str) -> str:
    """Direction of a signal in words, with its sign; empty without one."""
    return SAY(f"ways.{signal}") if signal else ""


def _places(month: Month, parts: _Rows, columns: int) -> dict[str, tuple[float, float]]:
    """Lower left corner of each ward's panel."""
    step = len(month.months) - 1 + GAP
    return {
        code: (step * (i % columns), -(1 + HEAD) * (i // columns)) for i, code in enumerate(parts)
    }


def _axes(month: Month, parts: _Rows, columns: int) -> dict[str, Any]:
    rows = -(-len(parts) // columns)
    width = columns * (len(month.months) - 1 + GAP) - GAP
    off = {"visible": False, "fixedrange": True}
    return {
        "xaxis": off | {"range": [-0.4, width + 0.4]},
        "yaxis": off | {"range": [-(1 + HEAD) * (rows - 1) - 0.12, 1 + HEAD - 0.1]},
    }


def _points(month: Month, parts: _Rows, floor: float, columns: int) -> dict[str, dict[str, list]]:
    """Where band, threshold, line, each kind of signal and names are: all panels in one each."""
    limit, places = month.params.threshold_percent, {m: i for i, m in enumerate(month.months)}

    def path(rows: list[dict], column: str = "rate_percent") -> list[tuple]:
        return [(places[row["month"]], float(row[column])) for row in rows]

    points: dict[str, dict[str, list]] = {}
    for code, (left, bottom) in _places(month, parts, columns).items():
        rows = parts[code]
        known = [row for row in rows if pd.notna(row["low"])]
        low, high = path(known, "low"), path(known, "high")
        lines = {
            "band": [*low, *reversed(high), low[0], BREAK] if known else [],
            "threshold": [(0, limit), (len(places) - 1, limit), BREAK],
            "rate": [*path(rows), BREAK],
            **{way: path([row for row in rows if row["signal"] == way]) for way in WAYS},
            "names": [(0, 100 + 0.05 * (100 - floor))],
        }
        for name, line in lines.items():
            xs, ys = points.setdefault(name, {"x": [], "y": []}).values()
            xs += [None if x is None else left + x for x, _ in line]
            ys += [
                None if y is None else bottom + max(0, y - floor) / (100 - floor) for _, y in line
            ]
    return points


def _traces(month: Month, parts: _Rows, floor: float) -> list[go.Scatter]:
    """What stands at each of `_points`."""
    hover = [
        SAY.hover("ward_control.hover", month, row=row, way=_way(row["signal"])) if row else ""
        for rows in parts.values()
        for row in (*rows, None)
    ]
    names = [_heading(month, rows) for rows in parts.values()]
    words = {"rate": {"hovertext": hover}, "names": {"text": names}}
    return [
        mark(f"control.{name}", **points, **words.get(name, {}))
        for name, points in _points(month, parts, floor, COLUMNS).items()
    ]


def _heading(month: Month, rows: list[dict]) -> str:
    """Name of a ward, its rate of the latest month, and the sign of its signal."""
    now = [row for row in rows if row["month"] == month.month]
    name = plain(shortened(rows[0]["name"], PANEL_LETTERS))
    signs = [_way(row["signal"])[:1] for row in now]
    return SAY("ward_control.heading", month, name=name, now=now, signs=signs)


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
            "verdict": SAY("verdict", month, signal=row.signal, is_known=row.low == row.low),
        }
        for row in key_numbers(month).itertuples()
    ]


def signals_reading(month: Month) -> Prose:
    """Who is outside the usual range this month, by which rule, and whose usual rate is too low."""
    table = control(month)
    if table["low"].isna().all():
        return SAY.prose("too_few", month)
    now = table[(table["month"] == month.month) & (table["code"] != CITY)]
    low = now[now["mean"] < month.params.threshold_percent].sort_values("mean")
    return SAY.prose("signals_reading", month, low=low, **{w: _signalled(month, w) for w in WAYS})


def _rules(month: Month, row: Mapping[str, Any]) -> str:
    """What the rules that tell say of a unit, in words; rules that say the same say it once."""
    kinds = month.rates.set_index("code")["kind"].to_dict()
    kind = kinds.get(row["code"], "")
    rules = [rule for rule in said_at("control", "rules") if row[rule]]
    words = [SAY(f"rules.{rule}", month, way=row["signal"], kind=kind) for rule in rules]
    return ", ".join(dict.fromkeys(words))


def _signalled(month: Month, way: str) -> list[tuple[str, str]]:
    """Name and rules of the wards with a signal that way."""
    rows = signals(month).query("signal == @way and code != @CITY").to_dict("records")
    return [(row["name"], _rules(month, row)) for row in rows]


def signals_table(month: Month) -> Table:
    """Units with a signal this month, worse ones first."""
    units = signals(month)
    rules = [_rules(month, row) for row in units.to_dict("records")]
    return SAY.table("signals", units.assign(rules=rules), month)


def method(month: Month) -> Prose:
    """How limits, rules and the movement are computed."""
    return SAY.prose("method", month)
