"""Charts of counts: complaints by ward and channel, rows set aside by reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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
from motcua.chapters.figure import OF_CITY, empty, framed, most, period
from motcua.chapters.table import show
from motcua.chapters.words import REASON_LABELS, units_word

if TYPE_CHECKING:
    from motcua.measures.month import Month

TOTAL = "Tổng số"
NO_FEEDBACK = "Không có phản ánh trong kỳ"
NO_PROBLEM = "Không có dòng dữ liệu nào bị để riêng"


def feedback_by_ward(month: Month) -> go.Figure:
    """Complaints per ward, in all and by kind, most first."""
    return _feedback(month, "name", "Đơn vị", name="feedback_by_ward", lead="phản ánh về")


def feedback_by_channel(month: Month) -> go.Figure:
    """Complaints per channel, in all and by kind, most first."""
    return _feedback(month, "channel", "Kênh", name="feedback_by_channel", lead="phản ánh qua")


def quality_by_reason(month: Month) -> go.Figure:
    """Rows set aside per reason, most first."""
    found = {
        REASON_LABELS.get(reason, reason): n for reason, n in month.quality["problems"].items()
    }
    rows = pd.DataFrame(found.items(), columns=["reason", "rows"]).sort_values(
        "rows", ascending=False, kind="stable"
    )
    subtitle = f"Số dòng bị để riêng theo lý do, {period(month)}"
    table = show(rows, {"reason": "Lý do", "rows": "Số dòng"}, caption=subtitle)
    if rows.empty:
        return empty(month, NO_PROBLEM, name="quality_by_reason", subtitle=subtitle, table=table)
    aside, read = (vi.number(month.quality[k]) for k in ("rows_set_aside", "rows_read"))
    notes = [f"{vi.number(count)} dòng" for count in rows["rows"]]
    listed = "; ".join(
        f"{reason}: {note}" for reason, note in zip(rows["reason"], notes, strict=True)
    )
    return framed(
        sorted_bars(rows["reason"].tolist(), rows["rows"].tolist(), notes),
        month,
        name="quality_by_reason",
        title=f"{aside} trong {read} dòng dữ liệu bị để riêng",
        subtitle=subtitle,
        alt=f"Thanh ngang, từ nhiều đến ít. {listed}.",
        table=table,
        height=sorted_height(len(rows)),
        bottom=4,
        compact=compact_sorted(rows["reason"].tolist(), notes),
        picks=OF_CITY,
    )


def _feedback(month: Month, by: str, label: str, *, name: str, lead: str) -> go.Figure:
    """Panels of the number of complaints per `by`: in all, then by kind."""
    counts = _counts(month.feedback, by)
    subtitle = f"Số phản ánh nhận trong kỳ theo loại, {period(month)}"
    frame = counts.rename_axis(by).reset_index()
    caption = f"Số phản ánh theo {label.lower()} và loại, {period(month)}"
    table = show(frame, {by: label} | {c: c for c in counts.columns}, caption=caption)
    if counts.empty:
        return empty(month, NO_FEEDBACK, name=name, subtitle=subtitle, table=table)
    listed = "; ".join(f"{key}: {vi.number(total)}" for key, total in counts[TOTAL].items())
    return framed(
        column_panels(counts, counts.map(vi.number), [False] * len(counts)),
        month,
        name=name,
        title=_title(month, counts, by, lead),
        subtitle=subtitle,
        alt=f"Thanh ngang theo loại phản ánh ({vi.join(list(counts.columns[1:]))}). {listed}.",
        table=table,
        height=30 * len(counts) + 64,
        top=48,
        bottom=8,
        compact=compact_panels(counts),
        picks=_picks(month, counts, by),
    )


def _picks(month: Month, counts: pd.DataFrame, by: str) -> dict[str, dict[str, Any]]:
    """Row of each ward, or through which channels it had complaints, for the picker of the page."""
    rows = {name: place for place, name in enumerate(counts.index)}
    picks = {}
    for code, part in month.feedback.groupby("code"):
        found = part[by if by == "channel" else "kind_label"].value_counts(sort=False)
        picks[code] = {"note": "; ".join(f"{key}: {n}" for key, n in found.items()) + "."}
        if by == "name":
            picks[code]["y"] = rows[part["name"].iloc[0]]
    return picks


def _counts(feedback: pd.DataFrame, by: str) -> pd.DataFrame:
    """Number of complaints, `by` (most first) x total and kind (most first)."""
    wide = feedback.groupby([by, "kind_label"], observed=True).size().unstack(fill_value=0)
    kinds = wide.sum().sort_values(ascending=False, kind="stable").index
    wide = wide[kinds]
    wide.insert(0, TOTAL, wide.sum(axis=1))
    return wide.sort_values(TOTAL, ascending=False, kind="stable")


def _title(month: Month, counts: pd.DataFrame, by: str, lead: str) -> str:
    total = vi.number(counts[TOTAL].sum())
    unit = units_word(month) if by == "name" else "kênh"
    return f"{total} {lead} {len(counts)} {unit}; nhiều nhất: {most(counts[TOTAL])}"
