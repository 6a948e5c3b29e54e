"""Sentences for readers, made from a month's numbers. No number is typed in prose anywhere.

Every function takes a month and gives markdown that shows itself in a notebook. Names that come
from data are escaped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

import pandas as pd

from motcua.base import vietnamese as vi
from motcua.base.labels import (
    CONVENTION_LABELS,
    DISAGREEMENT_LABELS,
    DUE_LABELS,
    EVENT_LABELS,
    LIST_LABELS,
    REASON_LABELS,
    WITHDRAWN_LABELS,
)
from motcua.base.labels import (
    FORMATS as FORMATS,
)
from motcua.base.labels import (
    columns as columns,
)
from motcua.base.params import Params, is_partial, whole_name
from motcua.base.reference import causes, feedback_kinds
from motcua.base.vietnamese import NBSP, join, number, percent, upper_first

if TYPE_CHECKING:
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


def _bullets(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines if line)


def _named(names: list[str]) -> str:
    return join([safe(name) for name in names]) if names else NO_ONE


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


def units_word(month: Month) -> str:
    """What the units are called: "phường, xã" where all are wards or communes, else "đơn vị"."""
    return "phường, xã" if set(month.rates["kind"]) <= {"phường", "xã"} else "đơn vị"


def period_words(month: Month) -> str:
    """Period as readers see it: "từ 15/12/2023 đến 14/01/2024"."""
    return f"từ {vi.day(month.period.start)} đến {vi.day(month.period.end)}"


# The headline ----------------------------------------------------------------------------------


def headline(month: Month) -> Prose:
    """How many wards are below and which, and the city's rate with n of N.

    Examples
    --------
    >>> from motcua import load
    >>> headline(load("2024-01", data="data/sample")).startswith("**4 trong 30 phường, xã** có tỷ lệ")
    True
    """
    city, below = month.city, month.names("below_threshold")
    named = f": {_named(below)}" if 0 < len(below) <= MOST_NAMED else ""
    partial = f"**{safe(partial_words(month.params))}** " if is_partial(month.params) else ""
    return Prose(
        f"{partial}**{len(below)} trong {len(month.rates)} {units_word(month)}** có tỷ lệ giải quyết đúng hạn dưới "
        f"{threshold(month.params)}{named}. {upper_first(whole_name(month.params))} đạt **{rate(month, city['rate_percent'])}** "
        f"({number(city['good'])} trong {number(city['counted'])} hồ sơ)."
    )


def _city_before(month: Month) -> dict[str, float]:
    """City's numbers of the month before, when there are any."""
    history = month.city_history
    return history.iloc[-2].to_dict() if len(history) > 1 else {}


def _since(now: float, before: float | None, unit: str, digits: int = 0) -> str:
    """Change since last month in words."""
    if before is None or pd.isna(before) or now is None:
        return ""
    change = now - before
    if abs(change) < 0.5 * 10**-digits:
        return "không đổi so với tháng trước"
    word = "tăng" if change > 0 else "giảm"
    return f"{word} {vi.decimal(abs(change), digits)} {unit} so với tháng trước"


# 01 Ward rates ---------------------------------------------------------------------------------


def rates_conclusion(month: Month) -> Prose:
    """Headline, then who is below and for how long, who does well, and what is open and overdue."""
    city = month.city
    zero = int((month.rates["counted"] == 0).sum())
    return Prose(
        f"{headline(month)}\n\n"
        + _bullets(
            [
                f"Dưới ngưỡng: {_below_words(month)}.",
                _repeat_words(month),
                f"Đang giải quyết quá hạn (không nằm trong tỷ lệ): **{number(city['open_overdue'])}** hồ sơ "
                f"trong {number(city['open'])} hồ sơ còn mở đến hết kỳ.",
                f"{zero} đơn vị không phát sinh hồ sơ đã giải quyết trong kỳ." if zero else "",
            ]
        )
    )


def _below_words(month: Month) -> str:
    below = month.rates[month.rates["code"].isin(month.lists["below_threshold"])]
    words = [
        f"{safe(r.name)} ({rate(month, r.rate_percent)})" for r in below.itertuples(index=False)
    ]
    return join(words) if words else NO_ONE


def _repeat_words(month: Month) -> str:
    again = month.rates[month.rates["months_below_in_a_row"] > 1]
    words = [
        f"{safe(r.name)} ({r.months_below_in_a_row} tháng)" for r in again.itertuples(index=False)
    ]
    return f"Dưới ngưỡng nhiều tháng liên tiếp: {join(words)}." if words else ""


def rates_reading(month: Month) -> Prose:
    """How sure the verdicts are: which of the wards below could be so by chance."""
    rates = month.rates
    below = rates[rates["code"].isin(month.lists["below_threshold"])]
    sure = below.loc[below["certainty"] == "below", "name"].tolist()
    unsure = below.loc[below["certainty"] == "uncertain", "name"].tolist()
    exact = rates.loc[_is_exactly(month), "name"].tolist()
    lines = []
    if sure:
        lines.append(
            f"Chắc chắn dưới ngưỡng (cả khoảng tin cậy 95{NBSP}% nằm dưới): {_named(sure)}."
        )
    if unsure:
        lines.append(
            f"Dưới ngưỡng nhưng số hồ sơ còn ít, chênh lệch có thể do ngẫu nhiên: {_named(unsure)}."
        )
    if exact:
        lines.append(f"Đúng bằng ngưỡng (không tính là dưới): {_named(exact)}.")
    praised = month.names("praised")
    if praised:
        lines.append(
            f"Thực hiện tốt (từ {percent(month.params.praise_from_percent, digits=0)}, không có tồn tại nào "
            f"được nêu): {_named(praised)}."
        )
    return Prose(_bullets(lines))


def _is_exactly(month: Month) -> pd.Series:
    rates = month.rates
    line = month.params.threshold_percent
    return (rates["counted"] > 0) & (100 * rates["good"] == line * rates["counted"])


def small_wards(month: Month) -> Prose:
    """Limits of the rates: small wards, dossiers that stand in no rate."""
    city, params = month.city, month.params
    small = month.rates.loc[month.rates["small"] & (month.rates["counted"] > 0), "name"].tolist()
    return Prose(
        _bullets(
            [
                f"Đơn vị có dưới {params.small_n} hồ sơ (một hồ sơ làm tỷ lệ đổi nhiều): {_named(small)}.",
                f"{number(city['withdrawn'])} hồ sơ rút, trả lại hoặc dừng xử lý: {WITHDRAWN_LABELS[params.withdrawn]}.",
                f"{number(city['no_due_date_resolved'])} hồ sơ đã xong nhưng không có hạn trả: không xếp được "
                "đúng hay trễ, nêu riêng.",
                f"{number(month.quality['rows_set_aside'])} dòng dữ liệu sai để riêng, xem phần Chất lượng dữ liệu.",
            ]
        )
    )


def method(month: Month) -> Prose:
    """How the rate is computed, in this run's own parameters."""
    return Prose(_bullets(method_lines(month)))


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
    parts = {
        "đơn vị": p.only_wards,
        "thủ tục": p.only_procedures,
        "kênh nộp": p.only_channels,
    }
    told = "; ".join(f"{word} {join(names)}" for word, names in parts.items() if names)
    return f"SỐ LIỆU MỘT PHẦN, không phải số liệu chính thức của tháng: chỉ tính {told}."


def _is_nd09(month: Month) -> bool:
    p = month.params
    return p.period_rule == "nd09" and not (p.period_start or p.period_end)


# 02 Late causes --------------------------------------------------------------------------------


def causes_conclusion(month: Month) -> Prose:
    """How many were late, the biggest cause, and what each list of the letter says."""
    late, table = month.city["late"], month.city_by_cause
    if not late:
        return Prose("Trong kỳ **không có hồ sơ nào trễ hạn**.")
    top = table.sort_values("late", ascending=False, kind="stable").iloc[0]
    share = percent(100 * top["late"] / late, digits=1)
    return Prose(
        f"**{number(late)} trong {number(month.city['resolved'])} hồ sơ** đã giải quyết bị trễ hạn; nhiều nhất là "
        f"“{top['label']}”: {number(top['late'])} trong {number(late)} hồ sơ trễ ({share}).\n\n"
        + _bullets(f"{LIST_LABELS[name]}: {_named(month.names(name))}." for name in _CAUSE_LISTS)
    )


_CAUSE_LISTS = ("forgot_to_close", "urban_management", "software_error")


def causes_limits(month: Month) -> Prose:
    """How many causes are recorded, inferred, evidenced, in conflict, unknown."""
    late = month.late_dossiers
    recorded = int((late["cause_source"] == "recorded").sum())
    claimed = late[late["cause"].isin(["forgot_to_close", "software_error"])]
    unknown = int((late["cause"] == "unknown").sum())
    return Prose(
        _bullets(
            [
                f"Nguyên nhân được ghi nhận ở {number(recorded)} trong {number(len(late))} hồ sơ trễ; số còn lại "
                "suy ra từ ngày tháng.",
                f"Quên bấm kết thúc và lỗi phần mềm phải có minh chứng (công văn 1522, mục 4): có ở "
                f"{number(claimed['evidenced'].sum())} trong {number(len(claimed))} hồ sơ.",
                f"Nguyên nhân ghi nhận trái với ngày tháng: {number(len(month.cause_conflicts))} hồ sơ.",
                f"Chưa xác định được nguyên nhân: {number(unknown)} hồ sơ.",
            ]
        )
    )


def causes_method(month: Month) -> Prose:
    """Order in which a cause is looked for, and the rule of the lists."""
    p = month.params
    order = "; ".join(causes()[c]["label"].lower().replace("qlđt", "QLĐT") for c in causes())
    return Prose(
        _bullets(
            [
                "Mỗi hồ sơ trễ có một nguyên nhân: lý do được ghi nhận; nếu không có thì xét theo ngày tháng, lần lượt: "
                f"{order}.",
                "Quên bấm kết thúc: có kết quả hoặc đã trả trong hạn nhưng kết thúc sau hạn. Lỗi phần mềm: có phiếu sự cố "
                "của hồ sơ đó còn mở vào ngày hẹn trả. Phòng QLĐT: trả hồ sơ sau hạn của phòng. Xử lý chậm: có kết quả sau hạn.",
                f"Nêu tên đơn vị vì một nguyên nhân: từ {p.list_min_dossiers} hồ sơ trễ và mất từ "
                f"{vi.decimal(p.list_min_points, 1)} điểm phần trăm trong kỳ vì nguyên nhân đó.",
                "Điểm bị mất = 100 × hồ sơ trễ ÷ hồ sơ đã giải quyết" + _adds_up(p) + ".",
            ]
        )
    )


def _adds_up(params: Params) -> str:
    """What points lost add up to, where they do."""
    if params.rate_convention != "resolved" or params.withdrawn != "exclude":
        return ""
    return f"; cộng các nguyên nhân lại bằng đúng 100{NBSP}% trừ tỷ lệ đúng hạn"


# 03 Feedback -----------------------------------------------------------------------------------


def feedback_conclusion(month: Month) -> Prose:
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
        + _bullets(
            [
                f"Đơn vị bị phản ánh: {_counted(feedback['name'])}.",
                f"Theo kênh: {_counted(feedback['channel'])}.",
                f"Đã trả lời {number(answered)} trong {number(len(feedback))} phản ánh.",
            ]
        )
    )


def _counted(values: pd.Series) -> str:
    """Values with their counts, most frequent first: A (3), B (1)."""
    counts = values.value_counts().reset_index(name="n")
    counts = counts.sort_values(["n", counts.columns[0]], ascending=[False, True])
    return join([f"{safe(str(v))} ({n})" for v, n in counts.itertuples(index=False)])


def feedback_reading(month: Month) -> Prose:
    """What the complaints are about."""
    if month.feedback.empty:
        return Prose("Không có nội dung phản ánh để phân loại.")
    return Prose(f"Nội dung phản ánh: {_counted(month.feedback['kind_label'])}.")


def feedback_method(month: Month) -> Prose:
    """What counts as a complaint."""
    return Prose(
        _bullets(
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


# 04 Trends -------------------------------------------------------------------------------------


def trends_conclusion(month: Month) -> Prose:
    """City's rate against last month, who entered and left the list, who stays below."""
    history, before = month.city_history, _city_before(month)
    now = month.city["rate_percent"]
    if not before:
        return Prose(
            f"Dữ liệu mới có một tháng: {whole_name(month.params)} đạt **{rate(month, now)}**."
        )
    entered, left = _entered_and_left(month)
    change = _since(now, before["rate_percent"], "điểm", 2)
    return Prose(
        f"{upper_first(whole_name(month.params))} đạt **{rate(month, now)}**{', ' + change if change else ''}; "
        f"**{len(month.lists['below_threshold'])} đơn vị** dưới ngưỡng, tháng trước {before['wards_below']}.\n\n"
        + _bullets(
            [
                f"Mới xuống dưới ngưỡng: {_named(entered)}.",
                f"Đã trở lại: {_named(left)}.",
                _repeat_words(month),
                f"Xem lại {len(history)} tháng, từ {vi.month_label(history['month'].iloc[0])}.",
            ]
        )
    )


def _entered_and_left(month: Month) -> tuple[list[str], list[str]]:
    """Names newly below, and names no longer below, against last month."""
    history = month.history
    below = history[history["below_threshold"] == True]  # noqa: E712  None is neither
    months = month.months
    now = below.loc[below["month"] == months[-1], "name"].tolist()
    then = below.loc[below["month"] == months[-2], "name"].tolist()
    return [n for n in now if n not in then], [n for n in then if n not in now]


def trends_reading(month: Month) -> Prose:
    """Which wards were below most often over the months shown."""
    history = month.history
    below = history[history["below_threshold"] == True]  # noqa: E712
    counts = below["name"].value_counts().reset_index(name="n")
    counts = counts[counts["n"] > 1].sort_values(["n", "name"], ascending=[False, True]).head(8)
    words = [
        f"{safe(name)} ({n}/{len(month.months)} tháng)"
        for name, n in counts.itertuples(index=False)
    ]
    return Prose(
        f"Hay dưới ngưỡng nhất: {join(words)}."
        if words
        else "Không đơn vị nào dưới ngưỡng quá một tháng."
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
    return Prose(_bullets(lines))


def trends_limits(month: Month) -> Prose:
    """Limits of comparing months."""
    return Prose(
        _bullets(
            [
                "Mọi tháng được tính lại từ dữ liệu mới nhất với cùng tham số của tháng này, nên có thể khác số đã ban hành.",
                "Tháng có Tết có ít ngày làm việc, số hồ sơ giảm.",
                f"Có dữ liệu từ {vi.month_label(month.months[0])}.",
            ]
        )
    )


# 06 Data quality -------------------------------------------------------------------------------


def quality_conclusion(month: Month) -> Prose:
    """Identity of the rows: read, kept, set aside, duplicates."""
    q = month.quality
    share = percent(100 * q["rows_set_aside"] / q["rows_read"]) if q["rows_read"] else "–"
    return Prose(
        f"Đọc **{number(q['rows_read'])} dòng** hồ sơ: dùng {number(q['rows_kept'])}, để riêng "
        f"**{number(q['rows_set_aside'])}** dòng sai ({share}), {number(q['duplicates'])} dòng là bản cũ hoặc bản trùng của "
        "hồ sơ đã có. Không dòng nào mất.\n\n"
        + _bullets(
            [
                f"Kiểm tra: {number(q['rows_read'])} = {number(q['rows_kept'])} + {number(q['rows_set_aside'])} + "
                f"{number(q['duplicates'])}.",
                f"{number(q['not_received'])} hồ sơ mới đăng ký hoặc không được tiếp nhận: giữ lại, không tính vào chỉ số nào.",
                "Từng dòng để riêng, kèm tệp, số dòng, cột, giá trị và lý do: tệp rejected.csv.",
            ]
        )
    )


def quality_reading(month: Month) -> Prose:
    """Most frequent reason, and what to do about it."""
    reasons = month.quality["problems"]
    if not reasons:
        return Prose("Không có dòng nào phải để riêng.")
    top = max(sorted(reasons), key=reasons.__getitem__)
    return Prose(f"Lý do nhiều nhất: {REASON_LABELS[top].lower()} ({number(reasons[top])} dòng).")


def bounds_reading(month: Month) -> Prose:
    """Whether the rows set aside could change a verdict."""
    bounds = month.bounds
    turn = bounds.loc[bounds["may_change"], "name"].tolist()
    unplaced = month.unplaced
    lines = [
        f"Các dòng để riêng có thể làm đổi kết luận của: {_named(turn)}."
        if turn
        else "Dù các dòng để riêng đều đúng hạn hay đều trễ, kết luận dưới ngưỡng của từng đơn vị không đổi.",
        f"Ngoài ra {number(unplaced)} dòng không rõ của đơn vị nào." if unplaced else "",
    ]
    return Prose(_bullets(lines))


def exports_reading(month: Month) -> Prose:
    """Whether the exports agree with each other."""
    told = [
        f"{label}: {number(month.disagreements[name])} hồ sơ."
        for name, label in DISAGREEMENT_LABELS.items()
        if month.disagreements[name]
    ]
    vanished = month.vanished
    if len(vanished):
        told.append(
            f"Đang mở ở bản xuất trước nhưng không còn trong bản xuất mới: {number(len(vanished))} hồ sơ, tại "
            f"{_counted(vanished['ward'])}. Vẫn tính theo lần thấy cuối."
        )
    return Prose(
        _bullets(told) if told else "Các bản xuất khớp nhau; không hồ sơ đang mở nào biến mất."
    )


def headings_reading(month: Month) -> Prose:
    """Headings that are not known, and what became of their columns."""
    unknown = month.unknown_headings["heading"].tolist()
    if not unknown:
        return Prose("Không có tiêu đề lạ.")
    return Prose(
        f"Các cột này không được đọc: {_named(unknown)}. Nếu cột nào cần dùng, khai báo `columns` trong tệp tham số."
    )


def quality_method(month: Month) -> Prose:
    """How rows are read and versions of a dossier are settled."""
    return Prose(
        _bullets(
            [
                "Một dòng sai bị để riêng, không sửa và không đoán; một tệp sai cấu trúc làm dừng cả lần chạy.",
                "Một hồ sơ có trong nhiều tệp: lấy bản trong tệp xuất mới nhất.",
                "Cột dữ liệu cá nhân (họ tên, điện thoại, giấy tờ, địa chỉ, thư điện tử) bị bỏ ngay khi đọc; công chức chỉ "
                "còn mã.",
            ]
        )
    )
