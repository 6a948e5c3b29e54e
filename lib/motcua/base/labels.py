"""Vietnamese labels of columns, reasons, lists and options: each word stands here once."""

from __future__ import annotations

# Labels of the columns that tables show, once for all pages.
LABELS = {
    "name": "Đơn vị",
    "month": "Tháng",
    "received": "Tiếp nhận",
    "carried_over": "Kỳ trước chuyển sang",
    "resolved": "Đã giải quyết",
    "on_time": "Đúng hạn",
    "late": "Trễ hạn",
    "withdrawn": "Rút, trả lại, dừng",
    "no_due_date_resolved": "Không có hạn",
    "open": "Đang giải quyết",
    "open_overdue": "Đang quá hạn",
    "rate_percent": "Tỷ lệ đúng hạn",
    "rate_low": "Cận dưới 95%",
    "rate_high": "Cận trên 95%",
    "points_per_dossier": "1 hồ sơ bằng",
    "months_below_in_a_row": "Số tháng liên tiếp dưới ngưỡng",
    "label": "Nguyên nhân",
    "party_label": "Bên chịu trách nhiệm",
    "evidenced": "Có minh chứng",
    "points_lost": "Điểm bị mất",
    "rate_if_not_for": "Tỷ lệ nếu không vì nguyên nhân này",
    "inferred_label": "Ngày tháng cho thấy",
    "feedback": "Phản ánh",
    "wards_below": "Số đơn vị dưới ngưỡng",
    "file": "Tệp",
    "kind": "Loại",
    "rows": "Số dòng",
    "kept": "Dòng dùng được",
    "exported_at": "Ngày xuất",
    "row": "Dòng",
    "kind_label": "Nội dung",
    "column": "Cột",
    "value": "Giá trị",
    "reason": "Lý do",
    "expected": "Cần",
    "n": "Số dòng",
    "rate_if_late": "Tỷ lệ nếu các dòng đó đều trễ",
    "rate_if_on_time": "Tỷ lệ nếu các dòng đó đều đúng hạn",
    "may_change": "Kết luận có thể đổi",
    "heading": "Tiêu đề",
    "files": "Số tệp",
    "received_at": "Ngày phản ánh",
    "answered_at": "Ngày trả lời",
    "channel": "Kênh",
    "wards": "Các đơn vị",
    "order_no": "Mục",
    "task": "Chỉ đạo",
    "ordered_in": "Chỉ đạo tháng",
    "open_since": "Chưa xong từ",
    "due_at": "Hạn",
    "reported_at": "Ngày báo cáo",
    "evidence": "Có minh chứng",
    "state_label": "Tình trạng cuối kỳ",
    "days_overdue": "Số ngày quá hạn",
    "unit_count": "Số đơn vị",
    "before_percent": "Trước chỉ đạo",
    "after_percent": "Sau chỉ đạo",
    "change_points": "Thay đổi (điểm)",
    "change_low": "Cận dưới 95%",
    "change_high": "Cận trên 95%",
    "moved_label": "Chuyển biến",
    "measured": "Thước đo",
    "owed": "Phải xin lỗi",
    "in_time": "Xin lỗi đúng hạn",
    "made_late": "Xin lỗi muộn",
    "missing": "Chưa thấy xin lỗi",
    "complaints_owed": "Phản ánh thái độ",
    "complaints_made": "Đã xin lỗi vì thái độ",
    "forgot": "Quên bấm kết thúc",
    "forgot_evidenced": "có minh chứng",
    "software": "Lỗi phần mềm",
    "software_evidenced": "có minh chứng (lỗi)",
    "by_dossier": "Công chức tái phạm, theo hồ sơ",
    "by_month": "Công chức tái phạm, theo tháng",
    "dossiers": "Hồ sơ của họ",
    "active": "Còn tái diễn trong tháng",
    "rank": "Hạng",
    "score": "Điểm",
    "rate": "Tỷ lệ đúng hạn",
    "own_points": "Điểm mất do chính phường, xã",
    "feedback_rate": "Phản ánh trên 1.000 hồ sơ",
    "apologies": "Đã xin lỗi",
    "evidence_percent": "Có minh chứng",
    "orders": "Chỉ đạo xong",
    "best": "Hạng cao nhất",
    "worst": "Hạng thấp nhất",
    "top_share": "Trong 5 hạng đầu",
    "bottom_share": "Trong 5 hạng cuối",
    "per_1000": "Phản ánh trên 1.000 hồ sơ",
    "per_1000_low": "Cận dưới 95%",
    "per_1000_high": "Cận trên 95%",
    "told": "Số lần phản ánh",
    "may_be_same": "Có thể trùng",
    "days_to_answer": "Số ngày chờ trả lời",
    "answered": "Đã trả lời",
    "unanswered": "Chưa trả lời",
    "median_days": "Số ngày trả lời (trung vị)",
    "question": "Câu hỏi cần làm rõ",
    "shown_number": "Số đo được",
    "shown_threshold": "Mức gợi kiểm tra",
    "measure_label": "Chỉ tiêu",
    "issued": "Đã ban hành",
    "now": "Tính lại nay",
    "dossier_id": "Mã hồ sơ",
    "procedure": "Thủ tục",
    "due": "Hạn trả",
    "done": "Xong",
    "days_late": "Trễ (ngày)",
    "still_owed": "Còn phải",
    "stands": "Tình trạng",
    "action_label": "Việc cần làm",
    "left": "Còn lại",
    "press_finish": "Bấm kết thúc",
    "overdue": "Đang quá hạn",
    "due_soon": "Sắp đến hạn",
    "total": "Cộng",
    "affordable_late": "Còn được trễ",
}

STATE_LABELS = {
    "overdue": "Quá hạn",
    "not_reported": "Chưa báo cáo",
    "in_progress": "Đang thực hiện",
    "done_unevidenced": "Đã thực hiện, thiếu minh chứng",
    "done_evidenced": "Đã thực hiện, có minh chứng",
}
MOVED_LABELS = {
    "better": "tốt lên",
    "worse": "xấu đi",
    "unclear": "chưa rõ",
}
# What an order's effect is measured by; orders that are not named have none.
ORDER_MEASURES = {
    "below_threshold": "hồ sơ trễ trên hồ sơ đã giải quyết",
    "forgot_to_close": "hồ sơ quên kết thúc trên hồ sơ đã giải quyết",
    "feedback": "phản ánh trên hồ sơ đã giải quyết",
    "urban_management": "hồ sơ trễ do phòng trên hồ sơ đã giải quyết, toàn thành phố",
    "software_error": "hồ sơ trễ do lỗi phần mềm trên hồ sơ đã giải quyết, toàn thành phố",
}
CHECK_LABELS = {
    "deadline": "Dồn vào đúng ngày hẹn",
    "burst": "Kết thúc hàng loạt trong ít phút",
    "fewer": "Ít hồ sơ hơn thường lệ",
    "growing": "Hồ sơ mở quá hạn tăng dần",
    "rescheduled": "Hẹn lại quá một lần",
}
MEASURE_LABELS = {
    "early": "Trước hạn",
    "on_due_date": "Đúng ngày hẹn",
    "no_due_date": "Không có hạn",
}

REASON_LABELS = {
    "missing_id": "Thiếu mã hồ sơ",
    "rounded_id": "Mã hồ sơ bị làm tròn",
    "missing_received": "Thiếu ngày tiếp nhận",
    "bad_date": "Ngày không đọc được",
    "missing_ward": "Thiếu tên đơn vị",
    "unknown_ward": "Đơn vị không có trong danh mục",
    "closed_before_received": "Kết thúc trước ngày tiếp nhận",
    "completion_before_received": "Mốc hoàn thành trước ngày tiếp nhận",
    "bad_optional_date": "Ngày phụ không đọc được (vẫn tính hồ sơ)",
    "unknown_cause": "Nguyên nhân lạ (vẫn tính hồ sơ)",
    "unknown_status": "Trạng thái lạ (vẫn tính hồ sơ)",
    "left_without_date": "Rút, trả lại, dừng mà không có ngày (vẫn tính hồ sơ)",
    "bad_order": "Số chỉ đạo không đọc được",
    "bad_order_month": "Tháng của chỉ đạo không đọc được",
    "unknown_state": "Tình trạng thực hiện lạ (vẫn dùng dòng)",
}

DISAGREEMENT_LABELS = {
    "ward_changed": "Đơn vị khác nhau giữa các bản xuất",
    "received_changed": "Ngày tiếp nhận khác nhau giữa các bản xuất",
    "due_changed": "Hạn trả gốc khác nhau giữa các bản xuất",
    "twice_in_one_export": "Hai dòng không giống nhau trong cùng một bản xuất",
}

LIST_LABELS = {
    "below_threshold": "Tỷ lệ dưới ngưỡng",
    "forgot_to_close": "Thường xuyên quên bấm kết thúc hồ sơ",
    "urban_management": "Trễ do Phòng Quản lý đô thị xử lý quá thời gian",
    "software_error": "Trễ do lỗi phần mềm",
    "feedback": "Có phản ánh của người dân",
    "praised": "Thực hiện tốt",
}

CONVENTION_LABELS = {
    "resolved": "hồ sơ đúng hạn trên hồ sơ đã giải quyết trong kỳ",
    "due_in_period": "hồ sơ xong đúng hạn trên hồ sơ đến hạn trong kỳ",
    "workload": "hồ sơ không trễ trên hồ sơ cần xử lý (tiếp nhận trong kỳ và kỳ trước chuyển sang)",
    "national_766": "hồ sơ đã và đang xử lý đúng hạn trên hồ sơ đã và đang xử lý "
    "(Quyết định 766/QĐ-TTg)",
    "received": "hồ sơ tiếp nhận và xong đúng hạn trên hồ sơ tiếp nhận trong kỳ",
}
EVENT_LABELS = {
    "closed": "ngày bấm kết thúc trên phần mềm",
    "result": "ngày có kết quả",
    "returned": "ngày trả kết quả",
}
DUE_LABELS = {"original": "hạn trả gốc", "rescheduled": "hạn hẹn lại (nếu có)"}
WITHDRAWN_LABELS = {
    "exclude": "không tính vào tỷ lệ, nêu riêng",
    "as_on_time": "được tính là đúng hạn",
}

# Columns of the restricted annex on repeats.
REPEAT_LABELS = {
    "officials": {
        "name": "Đơn vị",
        "official": "Mã công chức",
        "dossiers": "Số hồ sơ quên kết thúc",
        "months": "Số tháng có",
        "this_month": "Trong tháng này",
        "evidenced": "Có minh chứng",
        "by_dossier": "Tái phạm tính theo hồ sơ",
        "by_month": "Tái phạm tính theo tháng",
        "handled": "Hồ sơ đã giải quyết",
        "share_percent": "Tỷ lệ quên (%)",
        "expected": "Số lần chờ đợi",
        "chance_percent": "Xác suất do ngẫu nhiên (%)",
    },
    "proofs": {
        "name": "Đơn vị",
        "official": "Mã công chức",
        "month": "Tháng",
        "dossier_id": "Mã hồ sơ",
        "due": "Hạn trả",
        "done": "Ngày kết thúc",
        "days_late": "Số ngày trễ",
        "cause_source": "Nguyên nhân",
        "evidenced": "Có minh chứng",
    },
}

# How those columns are written, where their type does not say it.
FORMATS = {
    "rate_percent": "percent",
    "rate_low": "percent",
    "rate_high": "percent",
    "rate_if_not_for": "percent",
    "rate_if_late": "percent",
    "rate_if_on_time": "percent",
    "may_change": "flag",
    "row": "text",
    "points_per_dossier": "points",
    "points_lost": "points",
    "change_points": "points",
    "change_low": "points",
    "change_high": "points",
    "before_percent": "percent",
    "after_percent": "percent",
    "ordered_in": "month",
    "open_since": "month",
    "due_at": "date",
    "reported_at": "date",
    "evidence": "flag",
    "score": "decimal",
    "rate": "percent",
    "own_points": "points",
    "feedback_rate": "points",
    "apologies": "percent",
    "evidence_percent": "percent",
    "orders": "percent",
    "top_share": "percent",
    "bottom_share": "percent",
    "per_1000": "points",
    "per_1000_low": "points",
    "per_1000_high": "points",
    "may_be_same": "flag",
    "median_days": "decimal",
    "order_no": "text",
    "rank": "number",
    "month": "month",
    "exported_at": "date",
    "received_at": "date",
    "answered_at": "date",
}

KIND_LABELS = {
    "dossiers": "Hồ sơ",
    "feedback": "Phản ánh",
    "incidents": "Sự cố phần mềm",
    "followup": "Kết quả khắc phục",
}


# Columns of the tables that the notebooks show.
TABLES = {
    "rates": (
        "name", "received", "carried_over", "resolved", "on_time", "late", "withdrawn", "open",
        "open_overdue", "rate_percent", "points_per_dossier", "months_below_in_a_row",
    ),
    "causes": ("label", "party_label", "late", "evidenced", "points_lost", "rate_if_not_for"),
    "conflicts": ("name", "label", "inferred_label", "n"),
    "feedback": (
        "name", "received_at", "channel", "kind_label", "told", "may_be_same", "answered_at",
        "days_to_answer",
    ),
    "feedback_rates": (
        "name", "feedback", "resolved", "per_1000", "per_1000_low", "per_1000_high", "answered",
        "unanswered", "median_days",
    ),
    "ledger": (
        "name", "order_no", "ordered_in", "open_since", "due_at", "reported_at",
        "state_label", "days_overdue", "moved_label",
    ),
    "effects": (
        "task", "unit_count", "measured", "before_percent", "after_percent", "change_points",
        "change_low", "change_high", "moved_label",
    ),
    "apologies": (
        "name", "owed", "in_time", "made_late", "missing", "complaints_owed", "complaints_made",
        "forgot", "forgot_evidenced", "software", "software_evidenced",
    ),
    "repeats": ("name", "by_dossier", "by_month", "dossiers", "active"),
    "ranking": (
        "name", "rank", "score", "rate", "own_points", "feedback_rate", "apologies",
        "evidence_percent", "orders", "best", "worst",
    ),
    "signs": ("name", "kind_label", "shown_number", "shown_threshold", "question"),
    "issued": ("name", "month", "measure_label", "issued", "now"),
    "months": (
        "month", "resolved", "on_time", "late", "rate_percent", "wards_below", "open_overdue",
        "feedback",
    ),
    "rejected": ("file", "row", "column", "value", "reason", "expected"),
    "bounds": ("name", "n", "rate_percent", "rate_if_late", "rate_if_on_time", "may_change"),
    "notes": ("reason", "column", "n"),
    "sources": ("file", "kind", "rows", "kept", "exported_at"),
    "ward_months": ("month", "resolved", "on_time", "late", "rate_percent"),
    "ward_late": ("dossier_id", "procedure", "due", "done", "days_late", "label", "still_owed"),
    "ward_overdue": ("dossier_id", "procedure", "due", "days_overdue", "stands"),
    "watch": ("dossier_id", "action_label", "procedure", "due", "left", "stands"),
    "watch_summary": (
        "name", "press_finish", "overdue", "due_soon", "total", "affordable_late",
    ),
    "ward_feedback": ("received_at", "channel", "kind_label", "answered_at"),
}  # fmt: skip


def columns(table: str) -> dict[str, str]:
    """Column -> label of a table that the notebooks show.

    Examples
    --------
    >>> columns("notes")
    {'reason': 'Lý do', 'column': 'Cột', 'n': 'Số dòng'}
    """
    return {column: LABELS[column] for column in TABLES[table]}
