"""Sentences and tables on complaints: per 1,000 dossiers, by channel, answered, told twice."""

from __future__ import annotations

from motcua.base.labels import LABELS
from motcua.base.params import whole_name
from motcua.base.vietnamese import NBSP, decimal, number, upper_first
from motcua.chapters.table import Table, show
from motcua.chapters.words import FORMATS, Prose, _bullets, _named, columns, safe
from motcua.measures.feedback import CITY_NAME, complaints, feedback_channels, feedback_rates
from motcua.measures.month import Month


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
        f"Chắc chắn cao hơn {whole} (cả khoảng nằm trên): {_named(above)}.",
    ]
    return Prose(_bullets(lines))


def rates_table(month: Month) -> Table:
    """Wards with complaints, most per 1,000 dossiers first, and the city."""
    table = feedback_rates(month)
    table = table[(table["feedback"] > 0) | (table["name"] == CITY_NAME)]
    return show(
        table,
        columns("feedback_rates"),
        caption="Phản ánh trên 1.000 hồ sơ đã giải quyết, và việc trả lời",
        formats=FORMATS,
    )


def channels_table(month: Month) -> Table:
    """Complaints and answers by channel."""
    names = ("channel", "feedback", "answered", "unanswered", "median_days")
    return show(
        feedback_channels(month),
        {name: LABELS[name] for name in names},
        caption="Phản ánh và trả lời theo kênh",
        formats=FORMATS,
    )


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
        f"Chưa trả lời, theo bản xuất mới nhất: {_named(sorted(waiting))}.",
        f"Trả lời lâu nhất: {number(longest)} ngày." if table["answered_at"].notna().any() else "",
        f"{number(merged)} phản ánh gửi qua nhiều kênh về cùng một hồ sơ, trong {days} ngày: tính một lần."
        if merged
        else "",
        f"Có thể trùng (cùng đơn vị, cùng loại, khác kênh, trong {days} ngày, không ghi mã hồ sơ), vẫn tính riêng: "
        f"{number(len(alike))} phản ánh, tại {_named(sorted(set(alike['name'])))}."
        if len(alike)
        else "",
    ]
    return Prose(_bullets(lines))


def listing(month: Month) -> Table:
    """Complaints of the period, one row each, without dossier numbers."""
    return show(
        complaints(month),
        columns("feedback"),
        caption="Phản ánh trong kỳ",
        formats=FORMATS | {"told": "number", "days_to_answer": "number"},
        limit=60,
    )


def rates_method(month: Month) -> Prose:
    """How the rate and its interval are computed, and what is one complaint."""
    days = month.params.same_complaint_days
    return Prose(
        _bullets(
            [
                "Phản ánh trên 1.000 hồ sơ = 1.000 × phản ánh trong kỳ ÷ hồ sơ đã giải quyết trong kỳ; khoảng tin cậy "
                f"Poisson chính xác 95{NBSP}% (Garwood 1936). Ít phản ánh thì khoảng rộng: một phản ánh ở đơn vị nhỏ "
                "chưa nói lên điều gì.",
                f"Cùng đơn vị, cùng mã hồ sơ, khác kênh, trong {days} ngày: một phản ánh, tính theo lần đầu. Không có mã "
                "hồ sơ thì không gộp, chỉ nêu là có thể trùng.",
            ]
        )
    )
