"""Chapter 04, what changed since last month: parts of the movement, lists, causes."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from motcua.base import style
from motcua.base import vietnamese as vi
from motcua.base.params import whole_name
from motcua.base.reference import LIST_LABELS, causes
from motcua.base.vietnamese import number, upper_first
from motcua.chapters.causes import shares
from motcua.chapters.figure import empty, framed, plain
from motcua.chapters.sentences import (
    Prose,
    bullets,
    most,
    named,
    period,
    rate,
    rate_words,
    safe,
    since,
    threshold,
)
from motcua.chapters.shapes import month_panels, name_rows
from motcua.chapters.table import Table, listed, show
from motcua.measures.control import MIX, VOLUME, has_before, late_change, list_changes, ward_change
from motcua.measures.control import rate_change as rate_parts
from motcua.measures.month import Month
from motcua.measures.orders import LISTS


def rate_change(month: Month) -> go.Figure:
    """Bars of the points that each part added (blue, ▲) or took (orange, ▼), largest first."""
    subtitle = (
        "Điểm cộng vào (▲ bớt trễ) hoặc trừ đi (▼ thêm trễ) của tỷ lệ "
        f"{whole_name(month.params)}, {period(month)}"
    )
    every = rate_parts(month)
    table = every[every["points_shown"] != 0]
    if table.empty:
        words = f"Tỷ lệ {whole_name(month.params)} không đổi so với tháng trước"
        words = "Chưa có tháng trước để so sánh" if every.empty else words
        return empty(month, words, name="rate_change", subtitle=subtitle, table=_table(month))
    table = table.iloc[table["points"].abs().argsort(kind="stable")[::-1]].reset_index(drop=True)
    words = [f"{'▲' if v > 0 else '▼'} {signed(v)}" for v in table["points_shown"]]
    figure = go.Figure(_part_bars(table, words))
    largest = float(table["points_shown"].abs().max())
    figure.update_xaxes(visible=False, range=[-1.45 * largest, 1.45 * largest])
    name_rows(figure, table["label"], 0.5, -0.5)
    figure.add_vline(x=0, line={"color": style.MUTED, "width": 1})
    small = {"yaxis": {"tickfont": {"size": 11}}, "xaxis": {"range": [-2 * largest, 2 * largest]}}
    title = _title(month)
    return framed(
        figure,
        month,
        name="rate_change",
        title=title,
        subtitle=subtitle,
        alt=f"Cột theo từng phần của thay đổi. {title}. "
        + vi.join([f"{n} {w}" for n, w in zip(table["label"], words, strict=True)])
        + ".",
        table=_table(month),
        height=38 * len(table) + 30,
        compact={"data": [{"textfont": {"size": 11}}], "layout": small},
        picks=_picks(month),
    )


def _part_bars(table: pd.DataFrame, words: list[str]) -> go.Bar:
    """One bar per part, blue up or orange down, with its points in words."""
    return go.Bar(
        x=table["points_shown"].tolist(),
        y=list(range(len(table))),
        orientation="h",
        width=0.55,
        marker={"color": [style.BLUE if v > 0 else style.ORANGE for v in table["points_shown"]]},
        text=words,
        textposition="outside",
        cliponaxis=False,
        hovertext=[f"{plain(n)}: {w} điểm" for n, w in zip(table["label"], words, strict=True)],
        hoverinfo="text",
        name="parts",
    )


def _picks(month: Month) -> dict[str, dict[str, str]]:
    """What each ward added to the movement, in words, for the picker of the page."""
    return {
        ward.code: {
            "note": f"góp {signed(ward.points)} điểm vào thay đổi của tỷ lệ "
            f"{whole_name(month.params)}; tỷ lệ của đơn vị từ {rate_words(month, ward.rate_before)} sang "
            f"{rate_words(month, ward.rate_percent)}."
        }
        for ward in ward_change(month).itertuples()
    }


def signed(value: float, digits: int = 2) -> str:
    """Number with its sign, a true minus.

    Examples
    --------
    >>> signed(0.41), signed(-0.25)
    ('+0,41', '−0,25')
    """
    return f"{'+' if value > 0 else '−' if value < 0 else ''}{vi.decimal(abs(value), digits)}"


def _title(month: Month) -> str:
    """The movement in all, and the part that moved most."""
    table = rate_parts(month)
    total = round(table["points_shown"].sum(), 2)
    top = table.loc[table["points"].abs().idxmax()]
    way = "tăng" if total > 0 else "giảm"
    moved = f"{way} {vi.decimal(abs(total), 2)} điểm" if total else "không đổi"
    less = "bớt đi" if top["points"] > 0 else "nhiều lên"
    why = f"“{top['label']}”" + (f" {less}" if top["part"] != MIX else "")
    whole = vi.upper_first(whole_name(month.params))
    return f"{whole} {moved}; nhiều nhất do {why}: {signed(top['points_shown'])}"


def _table(month: Month) -> Table:
    table = rate_parts(month)
    return listed(
        table.assign(words=[signed(v) for v in table["points_shown"]]),
        "rate_change",
        caption=f"Thay đổi của tỷ lệ {whole_name(month.params)} so với tháng trước",
    )


def cause_trend(month: Month) -> go.Figure:
    """Late dossiers per month, one panel per cause, all on one scale, this month in focus."""
    causes = month.late_by_cause.drop_duplicates("cause").set_index("cause")["label"]
    causes = causes[[cause for cause in causes.index if cause in month.city_history]]
    history = month.city_history[["month", *causes.index]]
    table = show(
        history,
        {"month": "Tháng", **causes},
        caption="Hồ sơ trễ theo nguyên nhân, từng tháng",
        formats={"month": "month"},
    )
    subtitle = f"Số hồ sơ trễ theo nguyên nhân mỗi tháng, đến {period(month)}"
    last = history.iloc[-1]
    top = most(last[causes.index].astype(float).rename(causes))
    now = vi.month_label(month.month)
    return framed(
        month_panels(history, dict(causes)),
        month,
        name="cause_trend",
        title=f"Tháng {now}, nguyên nhân nhiều nhất: {top}",
        subtitle=subtitle,
        alt=f"Biểu đồ cột: hồ sơ trễ theo nguyên nhân qua {len(history)} tháng. Tháng {now}: "
        + ", ".join(f"{label} {vi.number(last[cause])}" for cause, label in causes.items()),
        table=table,
        height=88 * len(causes) + 56,
        top=26,
        compact={
            "data": [{"textfont": {"size": 10}}] * len(causes),
            "layout": {"margin": {"l": 4}},  # half of the label under the first month
        },
        picks=shares(month, "label"),
    )


def cause_trend_reading(month: Month) -> Prose:
    """Change of each cause since last month."""
    history = month.city_history
    if len(history) < 2:
        return Prose("Chưa có tháng trước để so sánh.")
    before, now = history.iloc[-2], history.iloc[-1]
    lines = [
        f"{cause['label']}: {number(now[code])} hồ sơ, tháng trước {number(before[code])}."
        for code, cause in causes().items()
        if now[code] or before[code]
    ]
    return Prose(bullets(lines))


CHANGE_LABELS = {"entered": "Mới vào", "stayed": "Còn lại", "left": "Ra khỏi"}
NO_MONTH_BEFORE = "Chưa có tháng trước để so sánh."


def conclusion(month: Month) -> Prose:
    """How the city's rate moved since last month, and what moved it, in numbers that add up."""
    parts = rate_parts(month)
    if parts.empty:
        return Prose(NO_MONTH_BEFORE)
    before, now = month.previous.city, month.city
    total = parts["points_shown"].sum()
    moved = since(now["rate_percent"], before["rate_percent"], "điểm", 2)
    causes = parts[parts["part"] != MIX].sort_values("points", ascending=False)
    lines = [
        f"Tách ra: {' '.join(_terms(parts['points_shown'], 2))} = {signed(round(total, 2))} điểm.",
        _moves("Kéo tỷ lệ lên, bớt trễ vì", causes[causes["points_shown"] > 0]),
        _moves("Kéo tỷ lệ xuống, thêm trễ vì", causes[causes["points_shown"] < 0].iloc[::-1]),
        f"Tỷ trọng hồ sơ giữa các đơn vị thay đổi: {signed(parts.loc[parts['part'] == MIX, 'points_shown'].iloc[0])} điểm.",
        _late_words(month),
        _who_moved(month),
    ]
    return Prose(
        f"{upper_first(whole_name(month.params))} đạt **{rate(month, now['rate_percent'])}**, tháng trước {rate(month, before['rate_percent'])}"
        f" ({moved}).\n\n{bullets(lines)}"
    )


def _terms(values: pd.Series, digits: int) -> list[str]:
    """Signed numbers of a sum."""
    return [signed(v, digits) for v in values if v]


def _moves(lead: str, parts: pd.DataFrame) -> str:
    words = [f"“{row.label}” {signed(row.points_shown)}" for row in parts.itertuples()]
    return f"{lead}: {', '.join(words)}." if words else ""


def _late_words(month: Month) -> str:
    """Movement of the number of late dossiers: volume against the rest."""
    parts = late_change(month).set_index("part")
    total = int(parts["exact"].sum())
    volume = parts.at[VOLUME, "points_shown"]
    rest = round(total - volume, 1)
    p = month.params
    what = "trễ hạn" if (p.rate_convention, p.withdrawn) == ("resolved", "exclude") else "không đạt"
    cause = "nhiều" if volume > 0 else "ít"
    return (
        f"Số hồ sơ {what}: {signed(total, 0) if total else 'không đổi'}, gồm {signed(volume, 1)} vì giải quyết {cause} hồ sơ "
        f"hơn và {signed(rest, 1)} vì tỷ lệ và tỷ trọng thay đổi."
    )


def _who_moved(month: Month) -> str:
    """Three wards that raised the city's rate most, and three that lowered it most."""
    table = ward_change(month).sort_values("points", kind="stable")
    down, up = table[table["points"] < 0].head(3), table[table["points"] > 0].tail(3).iloc[::-1]
    words = [
        ", ".join(f"{safe(w.name)} {signed(w.points)}" for w in rows.itertuples()) or "không có"
        for rows in (up, down)
    ]
    return f"Đơn vị kéo lên nhiều nhất: {words[0]}; kéo xuống nhiều nhất: {words[1]}."


def lists_table(month: Month) -> Table:
    """Who entered, left and stayed in each list of the letter since last month."""
    table = list_changes(month)
    rows = []
    for name in LISTS:
        own = table[table["list"] == name]
        row = {"list": LIST_LABELS[name]}
        for key in CHANGE_LABELS:
            row[key] = ", ".join(own.loc[own["change"] == key, "name"]) or "–"
        rows.append(row)
    return show(
        pd.DataFrame(rows),
        {"list": "Danh sách"} | CHANGE_LABELS,
        caption="Vào và ra khỏi các danh sách so với tháng trước",
    )


def lists_reading(month: Month) -> Prose:
    """How many entered and left the list of units below, and which."""
    table = list_changes(month)
    if not has_before(month):
        return Prose(NO_MONTH_BEFORE)
    own = table[table["list"] == "below_threshold"]
    groups = {key: own.loc[own["change"] == key, "name"].tolist() for key in CHANGE_LABELS}
    words = [
        f"{CHANGE_LABELS[key].lower()} {number(len(names))}"
        + (f" ({named(names)})" if names else "")
        for key, names in groups.items()
    ]
    return Prose(f"Danh sách dưới {threshold(month.params)}: {'; '.join(words)}.")
