"""Words of outputs/index.html: the state of each month, its change, who is below."""

from __future__ import annotations

from typing import Any

from motcua.base import vietnamese as vi
from motcua.base.vietnamese import join, number, percent

TITLE = "Kết quả giải quyết hồ sơ thủ tục hành chính qua các tháng"
STATES = {
    "made": "Đã lập",
    "issued": "Đã ban hành",
    "failed": "Lỗi",
    "running": "Đang chạy",
}
OLD_KEPT = "Số liệu dưới đây là của lần lập trước."
FILES = {
    "report.html": "Báo cáo",
    "cong-van.docx": "Dự thảo công văn",
    "phu-luc.xlsx": "Phụ lục số liệu",
    "findings.json": "Số liệu máy đọc",
}


def headline(months: list[dict[str, Any]]) -> str:
    """Rate of the latest month and who is below, as markdown; `months` newest first.

    Examples
    --------
    >>> headline([])
    'Chưa có tháng nào được lập.'
    """
    made = [month for month in months if month["city"]]
    if not made:
        return "Chưa có tháng nào được lập."
    latest = made[0]
    return f"{latest['label']}: toàn thành phố đạt **{latest['rate']}**; {latest['below']}"


def rate_words(found: dict[str, Any]) -> str:
    """City's rate of a findings.json, never rounded across its threshold.

    Examples
    --------
    >>> rate_words({"city": {"rate_percent": 96.999}, "method": {"threshold_percent": 97}})
    '96,99\\xa0%'
    """
    return percent(found["city"]["rate_percent"], found["method"]["threshold_percent"])


def change_words(now: float | None, before: float | None, before_month: str) -> str:
    """Change since the month before; empty when one of the rates is missing.

    Examples
    --------
    >>> change_words(97.5, 97.0, "2023-12"), change_words(97.5, None, "2023-12")
    ('tăng 0,50 điểm so với 12/2023', '')
    """
    if now is None or before is None:
        return ""
    since = f"so với {vi.month_label(before_month)}"
    if abs(now - before) < 0.005:
        return f"không đổi {since}"
    return f"{'tăng' if now > before else 'giảm'} {vi.decimal(abs(now - before), 2)} điểm {since}"


def below_words(found: dict[str, Any]) -> str:
    """How many units of a findings.json are below its threshold, and which.

    Examples
    --------
    >>> below_words({"wards": [{"code": "1", "name": "An Bình"}], "method": {"threshold_percent": 97},
    ...              "lists": {"below_threshold": ["1"]}})
    '1 trong 1 đơn vị dưới 97\\xa0%: An Bình.'
    """
    names = {ward["code"]: ward["name"] for ward in found["wards"]}
    below = [names[code] for code in found["lists"]["below_threshold"]]
    line = f"{found['method']['threshold_percent']:g}".replace(".", ",")
    words = f"{number(len(below))} trong {number(len(names))} đơn vị dưới {line}{vi.NBSP}%"
    return f"{words}: {join(below)}." if below else f"{words}."
