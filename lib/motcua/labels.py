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
    "feedback": ("name", "received_at", "channel", "kind_label", "answered_at"),
    "months": (
        "month", "resolved", "on_time", "late", "rate_percent", "wards_below", "open_overdue",
        "feedback",
    ),
    "rejected": ("file", "row", "column", "value", "reason", "expected"),
    "bounds": ("name", "n", "rate_percent", "rate_if_late", "rate_if_on_time", "may_change"),
    "notes": ("reason", "column", "n"),
    "sources": ("file", "kind", "rows", "kept", "exported_at"),
}  # fmt: skip


def columns(table: str) -> dict[str, str]:
    """Column -> label of a table that the notebooks show.

    Examples
    --------
    >>> columns("notes")
    {'reason': 'Lý do', 'column': 'Cột', 'n': 'Số dòng'}
    """
    return {column: LABELS[column] for column in TABLES[table]}
