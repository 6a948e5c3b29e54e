"""Chapter 03: complaints by ward, kind and channel, per 1,000 dossiers, answered, told twice."""

from __future__ import annotations

from typing import Any

import pandas as pd
import plotly.graph_objects as go

from motcua.base import style
from motcua.base import vietnamese as vi
from motcua.base.params import whole_name
from motcua.base.reference import feedback_kinds
from motcua.base.vietnamese import NBSP, decimal, join, number, upper_first
from motcua.chapters.figure import empty, framed, plain
from motcua.chapters.sentences import Prose, bullets, counted, most, named, period, safe, units_word
from motcua.chapters.shapes import column_panels, compact_panels, intervals, name_rows
from motcua.chapters.table import Table, listed, show
from motcua.measures.feedback import CITY_NAME, complaints, feedback_channels, feedback_rates
from motcua.measures.month import Month

TOTAL = "Tổng số"
NO_FEEDBACK = "Không có phản ánh trong kỳ"


def feedback_by_ward(month: Month) -> go.Figure:
    """Complaints per ward, in all and by kind, most first."""
    return _feedback(month, "name", "Đơn vị", name="feedback_by_ward", lead="phản ánh về")


def feedback_by_channel(month: Month) -> go.Figure:
    """Complaints per channel, in all and by kind, most first."""
    return _feedback(month, "channel", "Kênh", name="feedback_by_channel", lead="phản ánh qua")


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


def feedback_per_1000(month: Month) -> go.Figure:
    """Dots of the complaints per 1,000 resolved dossiers with exact intervals, most first."""
    table = feedback_rates(month)
    table = table[table["per_1000"].notna()]
    told = table[(table["feedback"] > 0) & (table["code"] != "")].reset_index(drop=True)
    city = table[table["code"] == ""]
    subtitle = (
        f"Phản ánh trên 1.000 hồ sơ đã giải quyết, khoảng tin cậy 95{vi.NBSP}%, {period(month)}"
    )
    twin = listed(table, "feedback_per_1000", caption=subtitle)
    if told.empty:
        return empty(month, NO_FEEDBACK, name="feedback_per_1000", subtitle=subtitle, table=twin)
    average = float(city["per_1000"].iloc[0])
    lines = intervals(told, "per_1000_low", "per_1000_high", width=2, name="interval")
    figure = go.Figure([lines, _dots(told)])
    figure.add_vline(x=average, line={"color": style.INK, "width": 1.5, "dash": "dash"})
    figure.add_annotation(
        x=average, y=1, yref="paper", yanchor="bottom", xanchor="left", showarrow=False,
        text=f"<b>{plain(CITY_NAME)} {vi.decimal(average, 2)}</b>", font={"size": style.SIZE_SMALL},
    )  # fmt: skip
    figure.update_xaxes(rangemode="tozero")
    name_rows(figure, told["name"], 0.4, -0.7)
    return framed(
        figure,
        month,
        name="feedback_per_1000",
        title=_rates_title(told, average),
        subtitle=subtitle,
        alt=_rates_alt(told, average),
        table=twin,
        height=34 * len(told) + 90,
        top=34,
        picks={r.code: {"y": r.Index, "note": _words(r)} for r in told.itertuples()},
    )


def _dots(told: pd.DataFrame) -> go.Scatter:
    return go.Scatter(
        x=told["per_1000"].tolist(),
        y=told.index.tolist(),
        mode="markers+text",
        marker={"color": style.BLUE, "size": 10},
        text=[vi.decimal(value, 1) for value in told["per_1000"]],
        textposition="top center",
        textfont={"size": style.SIZE_SMALL},
        hovertext=[f"<b>{plain(row.name)}</b><br>{_words(row)}" for row in told.itertuples()],
        hoverinfo="text",
        cliponaxis=False,
        name="per_1000",
    )


def _words(row: Any) -> str:
    return (
        f"{vi.decimal(row.per_1000, 2)} trên 1.000 ({vi.number(row.feedback)} phản ánh, "
        f"{vi.number(row.resolved)} hồ sơ); từ {vi.decimal(row.per_1000_low, 2)} đến "
        f"{vi.decimal(row.per_1000_high, 2)}."
    )


def _rates_title(told: pd.DataFrame, average: float) -> str:
    sure = int((told["per_1000_low"] > average).sum())
    if not sure:
        return f"Chưa đơn vị nào chắc chắn cao hơn mức chung {vi.decimal(average, 2)}"
    return f"{sure} đơn vị chắc chắn cao hơn mức chung {vi.decimal(average, 2)}"


def _rates_alt(told: pd.DataFrame, average: float) -> str:
    listed = "; ".join(f"{row.name}: {_words(row).rstrip('.')}" for row in told.itertuples())
    return f"Chấm và khoảng tin cậy, {CITY_NAME.lower()} {vi.decimal(average, 2)}. {listed}."


def conclusion(month: Month) -> Prose:
    """How many complaints, where, and how many are answered."""
    feedback = month.feedback
    if feedback.empty:
        return Prose(
            "Trong kỳ **không có phản ánh nào** liên quan đến giải quyết thủ tục hành chính."
        )
    answered = int(feedback["answered_at"].notna().sum())
    return Prose(
        f"**{number(len(feedback))} phản ánh** của người dân tại **{len(month.lists['feedback'])} trong "
        f"{len(month.rates)} {units_word(month)}**.\n\n"
        + bullets(
            [
                f"Đơn vị bị phản ánh: {counted(feedback['name'])}.",
                f"Theo kênh: {counted(feedback['channel'])}.",
                f"Đã trả lời {number(answered)} trong {number(len(feedback))} phản ánh.",
            ]
        )
    )


def reading(month: Month) -> Prose:
    """What the complaints are about."""
    if month.feedback.empty:
        return Prose("Không có nội dung phản ánh để phân loại.")
    return Prose(f"Nội dung phản ánh: {counted(month.feedback['kind_label'])}.")


def method(month: Month) -> Prose:
    """What counts as a complaint."""
    return Prose(
        bullets(
            [
                f"Tính các loại phản ánh nhận trong kỳ: {_kinds(complaint=True)}; không tính: {_kinds(complaint=False)}.",
                f"Nêu tên đơn vị từ {max(month.params.feedback_min, 1)} phản ánh trong kỳ.",
                "Không dùng tên, số điện thoại hay nội dung phản ánh: các cột này bị bỏ ngay khi đọc tệp.",
            ]
        )
    )


def _kinds(*, complaint: bool) -> str:
    """Kinds of feedback that count, or do not, in words."""
    kinds = feedback_kinds().values()
    return join([kind["label"].lower() for kind in kinds if kind["complaint"] == complaint])


def rates_reading(month: Month) -> Prose:
    """The city's complaints per 1,000 dossiers, and which wards are surely above it."""
    table = feedback_rates(month)
    city, wards = table.iloc[-1], table.iloc[:-1]
    if not city["resolved"]:
        return Prose(
            "Trong kỳ không có hồ sơ nào được giải quyết nên không tính được tỷ lệ phản ánh."
        )
    above = wards.loc[wards["per_1000_low"] > city["per_1000"], "name"].tolist()
    top, whole = wards.iloc[0], whole_name(month.params)
    lines = [
        f"{upper_first(whole)}: {decimal(city['per_1000'], 2)} phản ánh trên 1.000 hồ sơ đã giải quyết, khoảng tin cậy "
        f"95{NBSP}% từ {decimal(city['per_1000_low'], 2)} đến {decimal(city['per_1000_high'], 2)}.",
        f"Cao nhất: {safe(top['name'])}, {decimal(top['per_1000'], 2)} ({number(top['feedback'])} phản ánh trên "
        f"{number(top['resolved'])} hồ sơ), khoảng từ {decimal(top['per_1000_low'], 2)} đến "
        f"{decimal(top['per_1000_high'], 2)}."
        if top["feedback"]
        else "",
        f"Chắc chắn cao hơn {whole} (cả khoảng nằm trên): {named(above)}.",
    ]
    return Prose(bullets(lines))


def rates_table(month: Month) -> Table:
    """Wards with complaints, most per 1,000 dossiers first, and the city."""
    table = feedback_rates(month)
    table = table[(table["feedback"] > 0) | (table["name"] == CITY_NAME)]
    return listed(
        table, "feedback_rates", caption="Phản ánh trên 1.000 hồ sơ đã giải quyết, và việc trả lời"
    )


def channels_table(month: Month) -> Table:
    """Complaints and answers by channel."""
    channels = feedback_channels(month)
    return listed(channels, "feedback_channels", caption="Phản ánh và trả lời theo kênh")


def answers_reading(month: Month) -> Prose:
    """Which wards have not answered, how long the answers took, and what may be told twice."""
    table = complaints(month)
    if table.empty:
        return Prose("Không có phản ánh nào phải trả lời.")
    waiting = table.loc[table["answered_at"].isna(), "name"].unique().tolist()
    merged = int((table["told"] > 1).sum())
    alike = table[table["may_be_same"]]
    longest = table["days_to_answer"].max()
    days = month.params.same_complaint_days
    lines = [
        f"Chưa trả lời, theo bản xuất mới nhất: {named(sorted(waiting))}.",
        f"Trả lời lâu nhất: {number(longest)} ngày." if table["answered_at"].notna().any() else "",
        f"{number(merged)} phản ánh gửi qua nhiều kênh về cùng một hồ sơ, trong {days} ngày: tính một lần."
        if merged
        else "",
        f"Có thể trùng (cùng đơn vị, cùng loại, khác kênh, trong {days} ngày, không ghi mã hồ sơ), vẫn tính riêng: "
        f"{number(len(alike))} phản ánh, tại {named(sorted(set(alike['name'])))}."
        if len(alike)
        else "",
    ]
    return Prose(bullets(lines))


def listing(month: Month) -> Table:
    """Complaints of the period, one row each, without dossier numbers."""
    return listed(
        complaints(month),
        "feedback",
        caption="Phản ánh trong kỳ",
        formats={"told": "number", "days_to_answer": "number"},
        limit=60,
    )


def rates_method(month: Month) -> Prose:
    """How the rate and its interval are computed, and what is one complaint."""
    days = month.params.same_complaint_days
    return Prose(
        bullets(
            [
                "Phản ánh trên 1.000 hồ sơ = 1.000 × phản ánh trong kỳ ÷ hồ sơ đã giải quyết trong kỳ; khoảng tin cậy "
                f"Poisson chính xác 95{NBSP}% (Garwood 1936). Ít phản ánh thì khoảng rộng: một phản ánh ở đơn vị nhỏ "
                "chưa nói lên điều gì.",
                f"Cùng đơn vị, cùng mã hồ sơ, khác kênh, trong {days} ngày: một phản ánh, tính theo lần đầu. Không có mã "
                "hồ sơ thì không gộp, chỉ nêu là có thể trùng.",
            ]
        )
    )
