"""Titles, headings and notes of the annex workbook."""

from __future__ import annotations

from typing import TYPE_CHECKING

from motcua.base import vietnamese as vi
from motcua.base.labels import STATE_LABELS
from motcua.chapters import sentences
from motcua.papers.words_letter import SYNTHETIC, SYNTHETIC_NOTE

if TYPE_CHECKING:
    from motcua.measures.month import Month

COVER, CHARTS = "Bìa", "Biểu đồ"
TITLE = "PHỤ LỤC"
SUBTITLE = "Kết quả giải quyết hồ sơ thủ tục hành chính {month} tại {n} {units}"
SYNTHETIC_LINE = f"{SYNTHETIC}: {SYNTHETIC_NOTE}."
ATTACHED = "(Kèm theo Công văn số        /{symbol} ngày      tháng      năm {year} của {issuer})"
CONTENTS, SHEET, CONTENT = "Mục lục", "Trang", "Nội dung"
BACK = "Về mục lục"
UNIT, PERIOD, SOURCE, NOTE = "Đơn vị tính", "Kỳ báo cáo", "Nguồn", "Ghi chú"
METHOD = "Cách tính"
CITY = "Toàn thành phố"
TOTAL = "Tổng số"

BELOW, NOT_BELOW, NOTHING = "▼ Dưới ngưỡng", "✓ Không dưới ngưỡng", "– Không phát sinh"
REPEATED, ONCE = "▲ Đã nêu nhiều tháng", "Nêu lần đầu"
PRAISED_AGAIN, PRAISED = "★ Tốt nhiều tháng liền", "Tốt trong tháng"
MARKED = "Số in đậm, nghiêng: dưới ngưỡng"
UNITS = {
    "dossiers": "hồ sơ",
    "form": "số hồ sơ TTHC",
    "points": "điểm phần trăm",
    "percent": "%",
    "list": "đơn vị",
    "followup": "nội dung chỉ đạo; thay đổi: điểm phần trăm",
}
PAGE = "Trang &P/&N"

# Headings of form II.06a, three tiers of the form in one line, each with its number.
FORM_HEADINGS = {
    "taken": "(3) Nhận giải quyết: tổng số",
    "online": "(4) Nhận trong kỳ: trực tuyến",
    "in_person": "(5) Nhận trong kỳ: trực tiếp, bưu chính",
    "carried_over": "(6) Nhận: từ kỳ trước",
    "done": "(7) Đã giải quyết: tổng số",
    "early": "(8) Đã giải quyết: trước hạn",
    "on_time_or_left": "(9) Đã giải quyết: đúng hạn",
    "late": "(10) Đã giải quyết: quá hạn",
    "open": "(11) Đang giải quyết: tổng số",
    "open_in_time": "(12) Đang giải quyết: trong hạn",
    "open_overdue": "(13) Đang giải quyết: quá hạn",
}
FORM_NUMBER, FORM_WARD, FORM_FIELD = "(1) TT", "(2) Đơn vị", "(2) Lĩnh vực"
FORM_NOTES = (
    "Cột theo biểu II.06a/VPCP/KSTT (Biểu 06). Cột (9) gồm cả hồ sơ rút, trả lại, dừng và hồ sơ xong mà "
    "không có hạn, nên tổng đã giải quyết khác trang Tỷ lệ.",
    "Đã kiểm tra ở mọi dòng: (3) = (4) + (5) + (6); (7) = (8) + (9) + (10); (11) = (12) + (13); "
    "(3) = (7) + (11).",
    "Hồ sơ không ghi kênh tiếp nhận được tính ở cột (5).",
)
FIELD_NOTE = "Lĩnh vực có ít hồ sơ được gộp ở dòng cuối để không nhận ra được người nộp."
RATE_NOTES = (
    "Tỷ lệ và kết luận tính trên số chưa làm tròn; hồ sơ đang quá hạn chưa giải quyết không nằm trong "
    "tỷ lệ.",
)
POINTS_NOTE = (
    "Điểm bị mất = 100 × hồ sơ trễ vì nguyên nhân ÷ hồ sơ đã giải quyết; các nguyên nhân cộng lại bằng "
    "phần tỷ lệ thiếu so với 100 %."
)
CAUSE_NOTE = "Nguyên nhân: lý do ghi nhận trong dữ liệu; không có thì suy từ các mốc ngày tháng."
TREND_NOTE = "Các tháng trước tính lại theo cùng tham số và cùng danh sách đơn vị của tháng này."
LIST_NOTE = (
    "Quy tắc lập danh sách nêu ở tham số; số tháng liên tiếp tính trong các tháng được xem lại."
)

FOLLOWUP_HEADINGS = (
    "Mục",
    "Nội dung chỉ đạo",
    "Đơn vị thực hiện",
    "Tháng chỉ đạo",
    "Chưa xong từ tháng",
    "Hạn báo cáo",
    "Ngày báo cáo",
    "Tình trạng cuối kỳ",
    "Số ngày quá hạn",
    "Thay đổi sau chỉ đạo",
    "Chuyển biến",
)
FOLLOWUP_KINDS = (
    "place", "wide", "text", "month", "month", "date", "date", "mark", "number", "points", "text",
)  # fmt: skip
FOLLOWUP_NOTES = (
    "Tình trạng tính đến ngày cuối kỳ; báo cáo gửi sau ngày đó chưa được tính. Nội dung đã thực hiện và có "
    "minh chứng từ trước kỳ không còn trong bảng.",
    "Thay đổi: tỷ lệ trường hợp xấu sau chỉ đạo trừ trước chỉ đạo, số âm là tốt lên; chuyển biến chưa rõ khi "
    "chênh lệch có thể do ngẫu nhiên.",
)
NOTHING_FOLLOWED = "Chưa có chỉ đạo nào của các tháng trước để theo dõi."


def state(name: str) -> str:
    """State of an order in words; one that is overdue has a sign that shows without colour.

    Examples
    --------
    >>> state("overdue"), state("in_progress")
    ('▼ Quá hạn', 'Đang thực hiện')
    """
    return f"▼ {STATE_LABELS[name]}" if name == "overdue" else STATE_LABELS[name]


def subtitle(month: Month) -> str:
    """What the annex is about."""
    return SUBTITLE.format(
        month=month.label.lower(), n=len(month.units), units=sentences.units_word(month)
    )


def source(month: Month) -> str:
    """Where the numbers come from."""
    exports = [s.exported_at for s in month.inputs.sources if s.kind == "dossiers"]
    return (
        f"{len(month.inputs.sources)} tệp dữ liệu; bản xuất hồ sơ mới nhất ngày "
        f"{vi.day(max(exports))}; tổng hợp: {month.params.office}"
    )


def named_again(name: str, months: int) -> str:
    """How often a list has named a unit, in words.

    Examples
    --------
    >>> named_again("feedback", 2), named_again("praised", 1)
    ('▲ Đã nêu nhiều tháng', 'Tốt trong tháng')
    """
    again, once = (PRAISED_AGAIN, PRAISED) if name == "praised" else (REPEATED, ONCE)
    return again if months > 1 else once


def verdict(below: bool | None, threshold: str) -> str:
    """Verdict in words, with a sign that shows without colour.

    Examples
    --------
    >>> verdict(True, "97 %"), verdict(None, "97 %")
    ('▼ Dưới ngưỡng 97 %', '– Không phát sinh')
    """
    if below is None:
        return NOTHING
    return f"{BELOW if below else NOT_BELOW} {threshold}"
