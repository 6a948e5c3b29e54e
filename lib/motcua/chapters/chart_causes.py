"""Charts of late dossiers: by ward, by cause, by who answers for them, and month by month."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import plotly.graph_objects as go

from motcua.base import vietnamese as vi
from motcua.chapters.chart_bars import (
    column_panels,
    compact_panels,
    compact_sorted,
    sorted_bars,
    sorted_height,
)
from motcua.chapters.chart_months import month_panels
from motcua.chapters.figure import empty, framed, most, period
from motcua.chapters.table import Table, show
from motcua.chapters.words import threshold, units_word

if TYPE_CHECKING:
    from motcua.measures.month import Month

TOTAL = "Tổng số"
NO_LATE = "Không có hồ sơ trễ hạn trong kỳ"


def late_by_ward(month: Month) -> go.Figure:
    """Percentage points lost per ward with a late dossier, worst first: in all, then by cause."""
    late = month.late_by_cause[month.late_by_cause["points_lost"] > 0]
    table = _ward_table(month, late)
    subtitle = f"Điểm phần trăm mất theo nguyên nhân, {period(month)}"
    if late.empty:
        return empty(month, NO_LATE, name="late_by_ward", subtitle=subtitle, table=table)
    wide, totals, below, codes = _ward_points(month, late)
    words = wide.map(lambda points: vi.decimal(points, 2))
    figure = column_panels(wide, words, below)
    return framed(
        figure,
        month,
        name="late_by_ward",
        title=f"{len(wide)} {units_word(month)} có hồ sơ trễ; mất nhiều điểm nhất: {most(wide[TOTAL])}",
        subtitle=f"{subtitle}. Màu cam: dưới {threshold(month.params)}",
        alt=f"Thanh ngang theo {units_word(month)} và nguyên nhân, từ mất nhiều điểm nhất. "
        + "; ".join(totals),
        table=table,
        height=24 * len(wide) + 64,
        top=48,
        bottom=8,
        compact=compact_panels(wide),
        picks={
            code: {"y": place, "note": f"{total.removeprefix(name).strip()}."}
            for place, (code, name, total) in enumerate(zip(codes, wide.index, totals, strict=True))
        },
    )


def late_by_cause(month: Month) -> go.Figure:
    """Late dossiers and points lost of the city per cause, most first."""
    labels = {"label": "Nguyên nhân", "late": "Hồ sơ trễ", "points_lost": "Điểm phần trăm mất"}
    return _sorted(
        month, month.city_by_cause, labels, name="late_by_cause", lead="Nguyên nhân nhiều nhất"
    )


def late_by_party(month: Month) -> go.Figure:
    """Late dossiers and points lost of the city per responsible party, most first."""
    labels = {
        "label": "Bên chịu trách nhiệm",
        "late": "Hồ sơ trễ",
        "points_lost": "Điểm phần trăm mất",
    }
    sums = month.late_by_party.rename(columns={"party_label": "label"})
    return _sorted(
        month, sums, labels, name="late_by_party", lead="Bên chịu trách nhiệm nhiều nhất"
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
        picks=_shares(month, "label"),
    )


def _sorted(
    month: Month, sums: pd.DataFrame, labels: dict[str, str], *, name: str, lead: str
) -> go.Figure:
    """Sorted bars of `late` per `label`."""
    rows = sums.sort_values("late", ascending=False, kind="stable")
    place = f"toàn bộ {len(month.rates)} {units_word(month)}, {period(month)}"
    table = show(
        rows,
        labels,
        caption=f"{labels['label']} của hồ sơ trễ, {place}",
        formats={"points_lost": "points"},
    )
    subtitle = f"Số hồ sơ trễ và điểm phần trăm mất, {place}"
    total = int(rows["late"].sum())
    if not total:
        return empty(month, NO_LATE, name=name, subtitle=subtitle, table=table)
    notes = [f"{vi.number(r.late)} hồ sơ · {vi.points(r.points_lost)}" for r in rows.itertuples()]
    late = rows.set_index("label")["late"]
    each = "mỗi bên " if (late == late.max()).sum() > 1 else ""
    share = f"{each}{vi.number(late.max())} trong {vi.number(total)} hồ sơ trễ"
    listed = "; ".join(f"{label}: {note}" for label, note in zip(rows["label"], notes, strict=True))
    return framed(
        sorted_bars(rows["label"].tolist(), rows["late"].tolist(), notes),
        month,
        name=name,
        title=f"{lead}: {most(late)} ({share})",
        subtitle=subtitle,
        alt=f"Thanh ngang, từ nhiều đến ít. {listed}.",
        table=table,
        height=sorted_height(len(rows)),
        bottom=4,
        compact=compact_sorted(rows["label"].tolist(), notes),
        picks=_shares(month, "label" if name == "late_by_cause" else "party_label"),
    )


def _shares(month: Month, by: str) -> dict[str, dict[str, str]]:
    """Late dossiers of each ward per cause or party, in words, for the picker of the page."""
    late = month.late_by_cause[month.late_by_cause["late"] > 0]
    sums = late.groupby(["code", by], sort=False, as_index=False)["late"].sum()
    return {
        code: {"note": "; ".join(f"{key} {vi.number(n)}" for key, n in rows) + " hồ sơ trễ."}
        for code, rows in (
            (code, zip(part[by], part["late"], strict=True)) for code, part in sums.groupby("code")
        )
    }


def _ward_points(
    month: Month, late: pd.DataFrame
) -> tuple[pd.DataFrame, list[str], list[bool], list[str]]:
    """Points lost, wards (worst first) x total and causes; totals in words; verdicts; codes."""
    labels = month.late_by_cause["label"].drop_duplicates()
    wide = (
        late.pivot(index="code", columns="label", values="points_lost")
        .reindex(columns=labels)
        .fillna(0)
    )
    wide.insert(0, TOTAL, wide.sum(axis=1))
    wide = wide.sort_values(TOTAL, ascending=False, kind="stable")
    counts = late.groupby("code")["late"].sum()
    names = late.drop_duplicates("code").set_index("code")["name"]
    totals = [
        f"{names[code]} {vi.points(points)}, {vi.number(counts[code])} hồ sơ"
        for code, points in wide[TOTAL].items()
    ]
    below = month.rates.set_index("code")["below_threshold"].eq(True)[wide.index].tolist()
    return wide.set_axis(names[wide.index]), totals, below, wide.index.tolist()


def _ward_table(month: Month, late: pd.DataFrame) -> Table:
    labels = {
        "name": "Đơn vị",
        "label": "Nguyên nhân",
        "late": "Hồ sơ trễ",
        "evidenced": "Có minh chứng",
        "points_lost": "Điểm phần trăm mất",
    }
    caption = f"Hồ sơ trễ theo đơn vị và nguyên nhân, {period(month)}"
    return show(late, labels, caption=caption, formats={"points_lost": "points"})
