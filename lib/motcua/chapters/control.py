"""Chapter 04, signal or noise: a control chart per ward, and who is outside the usual range.

All panels share one pair of axes: each is drawn into its own cell of a grid, so the whole figure
has a handful of traces and a phone gets another grid by another set of places.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from motcua.base import style
from motcua.base import vietnamese as vi
from motcua.base.params import whole_name
from motcua.base.vietnamese import upper_first
from motcua.chapters.figure import empty, framed, label, plain
from motcua.chapters.sentences import (
    Prose,
    bullets,
    period,
    rate,
    rate_words,
    safe,
    threshold,
    units_word,
)
from motcua.chapters.table import Table, listed
from motcua.measures.causes import CITY
from motcua.measures.control import control, signals
from motcua.measures.month import Month
from motcua.measures.statistics import MIN_MONTHS, SHIFT, SIGMAS, TREND

COLUMNS, COLUMNS_COMPACT = 5, 2
ROW_PIXELS = 104
GAP, HEAD = 1.6, 0.5  # between panels: months; panel heights, for the name
LOOKS = {
    "down": {"symbol": "triangle-down", "color": style.ORANGE, "size": 9},
    "up": {"symbol": "triangle-up", "color": style.BLUE, "size": 9},
    "mixed": {"symbol": "square", "color": style.MUTED, "size": 7},
}
WAYS = {"down": "▼ xấu đi", "up": "▲ tốt lên", "mixed": "■ trái chiều", "": ""}
RATE = "rate_percent"
_Path = list[tuple[float | None, float | None]]


def ward_control(month: Month) -> go.Figure:
    """One small chart per ward, worst first: rate per month, usual range, threshold, signals."""
    table = control(month)
    table = table[table["code"] != CITY]
    subtitle = (
        f"Tỷ lệ đúng hạn mỗi tháng, đến {period(month)}. Dải xám: dao động bình thường; nét đứt: "
        f"{threshold(month.params)}; ▼ ▲ ■: tín hiệu xấu đi, tốt lên, trái chiều"
    )
    if table["low"].isna().all():
        words = f"Chưa đủ {MIN_MONTHS} tháng để vẽ dao động bình thường"
        return empty(month, words, name="ward_control", subtitle=subtitle, table=_table(month))
    wide, narrow = _traces(month, table, COLUMNS), _traces(month, table, COLUMNS_COMPACT)
    figure = go.Figure(wide)
    figure.update_layout(**_axes(month, table, COLUMNS))
    title = _title(month)
    names = table["code"].nunique()
    return framed(
        figure,
        month,
        name="ward_control",
        title=title,
        subtitle=subtitle,
        alt=f"{names} biểu đồ nhỏ, mỗi đơn vị một biểu đồ, qua {len(month.months)} tháng. {title}.",
        table=_table(month),
        height=ROW_PIXELS * -(-names // COLUMNS),
        bottom=8,
        compact={
            "data": [{"x": t.x, "y": t.y} for t in narrow],
            "layout": _axes(month, table, COLUMNS_COMPACT)
            | {"height": ROW_PIXELS * -(-names // COLUMNS_COMPACT)},
        },
        picks=_picks(month, table),
    )


def _picks(month: Month, table: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """Panel, usual range and signal of a picked ward this month."""
    way = signals(month).set_index("code")["signal"].to_dict()
    boxes, compact = (_boxes(month, table, columns) for columns in (COLUMNS, COLUMNS_COMPACT))
    return {
        ward.code: {
            "box": boxes[ward.code],
            "compactBox": compact[ward.code],
            "note": f"{rate_words(month, ward.rate_percent)}; dao động bình thường "
            f"{vi.percent(ward.low)} đến {vi.percent(ward.high)}; "
            f"{WAYS[way.get(ward.code, '')] or 'không có tín hiệu'}.",
        }
        for ward in table[table["month"] == month.month].itertuples()
    }


def _boxes(month: Month, table: pd.DataFrame, columns: int) -> dict[str, list[float]]:
    """Corners of each ward's panel with its name: x0, y0, x1, y1."""
    return {
        code: [x - 0.5, y - 0.08, x + len(month.months) - 0.5, y + 1 + 0.8 * HEAD]
        for code, (x, y) in _places(month, table, columns).items()
    }


def _title(month: Month) -> str:
    """How many wards show a signal this month."""
    found = signals(month)
    found = found[found["code"] != CITY]
    worse, better = (int((found["signal"] == way).sum()) for way in ("down", "up"))
    if not len(found):
        return f"Tháng này không {units_word(month)} nào ngoài dao động bình thường của mình"
    return f"Ngoài dao động bình thường tháng này: {worse} đơn vị xấu đi, {better} đơn vị tốt lên"


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
    names = [f"<b>{label(parts[c]['name'].iloc[0])}</b> {_now(month, parts[c])}" for c in places]
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


def _now(month: Month, part: pd.DataFrame) -> str:
    """Rate of the latest month in words, with the sign of its signal."""
    now = part[part["month"] == month.month]
    if now.empty:
        return vi.NOTHING
    sign = {"down": " ▼", "up": " ▲", "mixed": " ■"}.get(now["signal"].iloc[0], "")
    return f"{rate_words(month, now['rate_percent'].iloc[0])}{sign}"


def _hover(month: Month, parts: dict, places: dict) -> list[str]:
    words = []
    for code in places:
        for row in parts[code].itertuples():
            told = f"<b>{plain(row.name)}</b>, tháng {vi.month_label(row.month)}<br>"
            told += f"{rate_words(month, row.rate_percent)} trong {vi.number(row.counted)} hồ sơ"
            words.append(told + (f"<br>{WAYS[row.signal]}" if row.signal else ""))
        words.append("")
    return words


def _table(month: Month) -> Table:
    """Latest month of each ward with its usual range and signal."""
    table = control(month)
    now = table[(table["month"] == month.month) & (table["code"] != CITY)]
    return listed(
        now.assign(way=now["signal"].map(WAYS)),
        "control",
        caption="Tỷ lệ tháng này so với dao động bình thường của từng đơn vị",
        threshold=month.params.threshold_percent,
    )


RULE_LABELS = {
    "outside": "ngoài giới hạn",
    "two_of_three": "2 trong 3 tháng sát giới hạn",
    "shift": f"{SHIFT} tháng liền một phía",
    "trend": f"{TREND} tháng liền cùng chiều",
}


def signals_reading(month: Month) -> Prose:
    """Who is outside the usual range this month, by which rule, and who was told before."""
    table = control(month)
    if table["low"].isna().all():
        return Prose(f"Chưa đủ {MIN_MONTHS} tháng để phân biệt tín hiệu với dao động bình thường.")
    found = signals(month)
    wards = found[found["code"] != CITY]
    lines = [
        _city_signal(month),
        f"Xấu đi, không phải do ngẫu nhiên: {_signalled(wards, 'down')}.",
        f"Tốt lên, không phải do ngẫu nhiên: {_signalled(wards, 'up')}.",
        f"Tín hiệu trái chiều nhau: {_signalled(wards, 'mixed')}."
        if (wards["signal"] == "mixed").any()
        else "",
        _told_before(month),
        _persistent(month, table),
    ]
    return Prose(bullets(lines))


def _city_signal(month: Month) -> str:
    """Whether the city's latest rate is within its usual range."""
    table = control(month)
    now = table[(table["code"] == CITY) & (table["month"] == month.month)]
    if now.empty or now["low"].isna().all():
        return ""
    row = now.iloc[0]
    usual = f"{rate(month, row['low'])} đến {rate(month, row['high'])}"
    whole = upper_first(whole_name(month.params))
    if row["signal"]:
        return f"{whole} {rate(month, row['rate_percent'])}: tín hiệu {_rules(row)} (bình thường từ {usual})."
    return f"{whole} {rate(month, row['rate_percent'])}: trong dao động bình thường (từ {usual})."


def _rules(row: pd.Series) -> str:
    return ", ".join(label for rule, label in RULE_LABELS.items() if row[rule])


def _signalled(found: pd.DataFrame, way: str) -> str:
    rows = [row for _, row in found[found["signal"] == way].iterrows()]
    return (
        ", ".join(f"{safe(row['name'])} ({_rules(row)})" for row in rows) or "không có đơn vị nào"
    )


def _told_before(month: Month) -> str:
    """Units below for two months or more: what the letter calls told many times, not mended."""
    again = month.rates[month.rates["months_below_in_a_row"] > 1]
    if again.empty:
        return f"Không đơn vị nào dưới {threshold(month.params)} từ hai tháng liền trở lên."
    words = [
        f"{safe(w.name)} ({w.months_below_in_a_row} tháng liền)"
        for w in again.sort_values(
            "months_below_in_a_row", ascending=False, kind="stable"
        ).itertuples()
    ]
    return f"Đã chỉ đạo nhiều lần nhưng chưa khắc phục: {', '.join(words)}."


def _persistent(month: Month, table: pd.DataFrame) -> str:
    """Units whose usual level itself is below the threshold: chance will not bring them back."""
    limit = month.params.threshold_percent
    now = table[(table["month"] == month.month) & (table["code"] != CITY)]
    low = now[now["mean"] < limit]
    if low.empty:
        return ""
    words = [
        f"{safe(w.name)} ({rate(month, w.mean)})" for w in low.sort_values("mean").itertuples()
    ]
    return (
        f"Trung bình các tháng đã dưới {threshold(month.params)}: {', '.join(words)}. Không đổi cách làm thì sẽ "
        "còn dưới ngưỡng."
    )


def signals_table(month: Month) -> Table:
    """Units with a signal this month, worse ones first."""
    found = signals(month)
    return listed(
        found.assign(rules=[_rules(row) for _, row in found.iterrows()]),
        "signals",
        caption="Đơn vị ngoài dao động bình thường tháng này",
        threshold=month.params.threshold_percent,
    )


def method() -> Prose:
    """How limits, rules and the movement are computed."""
    return Prose(
        bullets(
            [
                f"Dao động bình thường: biểu đồ p′ của Laney (2002), trung bình ± {SIGMAS} sigma, rộng hẹp theo số hồ sơ; cần từ "
                f"{MIN_MONTHS} tháng.",
                f"Tín hiệu (NHS England, “Making data count”): một tháng ngoài giới hạn; 2 trong 3 tháng liền cùng phía và sát giới hạn; "
                f"{SHIFT} tháng liền ở một phía của trung bình; {TREND} tháng liền cùng tăng hoặc cùng giảm.",
                "Thay đổi so với tháng trước: tách theo Kitagawa (1955) thành tỷ trọng giữa các đơn vị và từng nguyên nhân; phần số "
                "lượng theo Das Gupta (1993). Các phần cộng lại bằng đúng thay đổi.",
            ]
        )
    )
