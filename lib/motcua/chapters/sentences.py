"""Sentences for readers: markdown that shows itself, and the words that chapters share.

Names that come from data are escaped; no number is typed in prose anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import pandas as pd

from motcua.base import vietnamese as vi
from motcua.base.params import Params, is_partial, whole_name
from motcua.base.reference import CONVENTION_LABELS, DUE_LABELS, EVENT_LABELS, WITHDRAWN_LABELS
from motcua.base.vietnamese import NBSP, join, number, percent, upper_first
from motcua.measures.month import Month

NO_ONE = "không có đơn vị nào"
MOST_NAMED = 8  # units named in the headline; more would not be read
# Signs of markdown, of formulas, and of what notebooks make links of: a://, www., a@b.
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>()#+!|&~$@-]|:(?=//)|(?<=www)\.)", re.IGNORECASE)


class Prose(str):
    """Markdown text that shows itself as such in a notebook."""

    __slots__ = ()

    def _repr_markdown_(self) -> str:
        return str(self)


def safe(name: str) -> str:
    r"""Text from data with markdown's signs escaped.

    Examples
    --------
    >>> safe("A*B <script>")
    'A\\*B \\<script\\>'
    >>> safe("http://a.vn")
    'http\\://a.vn'
    """
    return _MARKDOWN.sub(r"\\\1", name)


def lower_first(sentence: str) -> str:
    """Text with a small first letter, for use within a sentence.

    Examples
    --------
    >>> lower_first("Đưa tỷ lệ lên"), lower_first("")
    ('đưa tỷ lệ lên', '')
    """
    return sentence[:1].lower() + sentence[1:]


def bullets(lines: Iterable[str]) -> str:
    """Lines as a list; empty ones stay out."""
    return "\n".join(f"- {line}" for line in lines if line)


def named(names: list[str]) -> str:
    """Names from data, joined; none: "không có đơn vị nào"."""
    return join([safe(name) for name in names]) if names else NO_ONE


def counted(values: pd.Series) -> str:
    """Values with their counts, most frequent first: A (3), B (1)."""
    counts = values.value_counts().reset_index(name="n")
    counts = counts.sort_values(["n", counts.columns[0]], ascending=[False, True])
    return join([f"{safe(str(v))} ({n})" for v, n in counts.itertuples(index=False)])


def threshold(params: Params) -> str:
    """Return the threshold as readers see it.

    Examples
    --------
    >>> threshold(Params()), threshold(Params(threshold_percent=97.5))
    ('97\\xa0%', '97,5\\xa0%')
    """
    exact = f"{params.threshold_percent:g}".replace(".", ",")
    return f"{exact}{NBSP}%"


def rate(month: Month, value: float) -> str:
    """Rate of the month, never rounded across its threshold."""
    return percent(value, month.params.threshold_percent)


NOTHING_RESOLVED = "không phát sinh"


def units_word(month: Month) -> str:
    """What the units are called: "phường, xã" where all are wards or communes, else "đơn vị"."""
    return "phường, xã" if set(month.rates["kind"]) <= {"phường", "xã"} else "đơn vị"


def rate_words(month: Month, value: float) -> str:
    """Rate of the month; "không phát sinh" when nothing was resolved."""
    words = rate(month, value)
    return NOTHING_RESOLVED if words == vi.NOTHING else words


def period(month: Month) -> str:
    """Return the period in words: "kỳ 15/12/2023 - 14/01/2024"."""
    return f"kỳ {vi.day(month.period.start)} - {vi.day(month.period.end)}"


def period_words(month: Month) -> str:
    """Period as readers see it: "từ 15/12/2023 đến 14/01/2024"."""
    return f"từ {vi.day(month.period.start)} đến {vi.day(month.period.end)}"


def since(
    now: float, before: float | None, unit: str, digits: int = 0, then: str = "tháng trước"
) -> str:
    """Change since last month in words; empty when one of the two numbers is missing.

    Examples
    --------
    >>> since(97.79, 97.45, "điểm", 2), since(3, 3, "hồ sơ", then="12/2023"), since(3, None, "hồ sơ")
    ('tăng 0,34 điểm so với tháng trước', 'không đổi so với 12/2023', '')
    """
    if pd.isna(before) or pd.isna(now):
        return ""
    change = now - before
    if abs(change) < 0.5 * 10**-digits:
        return f"không đổi so với {then}"
    word = "tăng" if change > 0 else "giảm"
    return f"{word} {vi.decimal(abs(change), digits)} {unit} so với {then}"


def headline(month: Month) -> Prose:
    """How many wards are below and which, and the city's rate with n of N.

    Examples
    --------
    >>> from motcua import load
    >>> headline(load("2024-01", data="data/sample")).startswith("**4 trong 30 phường, xã** có tỷ lệ")
    True
    """
    city, below = month.city, month.names("below_threshold")
    who = f": {named(below)}" if 0 < len(below) <= MOST_NAMED else ""
    partial = f"**{safe(partial_words(month.params))}** " if is_partial(month.params) else ""
    return Prose(
        f"{partial}**{len(below)} trong {len(month.rates)} {units_word(month)}** có tỷ lệ giải quyết đúng hạn dưới "
        f"{threshold(month.params)}{who}. {upper_first(whole_name(month.params))} đạt **{rate(month, city['rate_percent'])}** "
        f"({number(city['good'])} trong {number(city['counted'])} hồ sơ)."
    )


def method_lines(month: Month) -> list[str]:
    """Sentences of `method`."""
    p = month.params
    precise = "ngày" if p.granularity == "day" else "giờ"
    return [
        f"Kỳ báo cáo: {period_words(month)}"
        + (" (Nghị định 09/2019/NĐ-CP, Điều 12)." if _is_nd09(month) else "."),
        f"Tỷ lệ: {CONVENTION_LABELS[p.rate_convention]}. Mốc hoàn thành: {EVENT_LABELS[p.completion_event]}; "
        f"so với {DUE_LABELS[p.due_basis]}, theo {precise}.",
        f"Dưới ngưỡng: tỷ lệ nhỏ hơn {threshold(p)}, so trên số hồ sơ, không trên số đã làm tròn; "
        "đúng bằng ngưỡng không tính là dưới.",
        f"Hồ sơ rút, trả lại, dừng xử lý: {WITHDRAWN_LABELS[p.withdrawn]}. Hồ sơ hẹn trả đúng ngày cuối kỳ "
        "mà còn mở chưa coi là quá hạn.",
        f"Khoảng tin cậy: Wilson 95{NBSP}%. Tình trạng cuối kỳ được dựng lại từ ngày tháng, không theo "
        "trạng thái lúc xuất dữ liệu.",
        *([partial_words(p)] if is_partial(p) else []),
    ]


def partial_words(p: Params) -> str:
    """Return what the parameters `only_...` leave, for every reader to see.

    Examples
    --------
    >>> partial_words(Params(only_wards=["Hố Nai"], only_channels=["Trực tuyến"]))
    'SỐ LIỆU MỘT PHẦN, không phải số liệu chính thức của tháng: chỉ tính đơn vị Hố Nai; kênh nộp Trực tuyến.'
    """
    parts = {"đơn vị": p.only_wards, "thủ tục": p.only_procedures, "kênh nộp": p.only_channels}
    told = "; ".join(f"{word} {join(names)}" for word, names in parts.items() if names)
    return f"SỐ LIỆU MỘT PHẦN, không phải số liệu chính thức của tháng: chỉ tính {told}."


def _is_nd09(month: Month) -> bool:
    p = month.params
    return p.period_rule == "nd09" and not (p.period_start or p.period_end)
