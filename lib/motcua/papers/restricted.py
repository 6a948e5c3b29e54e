"""The restricted annex for Phòng Nội vụ: officials who repeat, and the dossiers that prove it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import xlsxwriter

from motcua.base import vietnamese as vi
from motcua.base.reference import REPEAT_LABELS, RESTRICTED
from motcua.measures.month import Month
from motcua.measures.repeats import events, repeats, window

WARNING = "HẠN CHẾ - chỉ dành cho Phòng Nội vụ"
SYNTHETIC = "DỮ LIỆU MÔ PHỎNG: không phải số liệu thật."
_DAY_ONE = datetime(2000, 1, 1)  # of the workbook's own dates: the same bytes in every run
_LETTERS, _LINE = 74, 17  # letters in a line of the cover; height of a line in points
_DECIMALS = ("share_percent", "expected", "chance_percent")
_SOURCES = {"recorded": "ghi nhận", "inferred": "suy từ ngày tháng"}
_WIDTHS = {"name": 18, "official": 16, "dossier_id": 30, "cause_source": 20}


def write_restricted(month: Month, folder: Path) -> Path:
    """Write han-che/tai-pham.xlsx of a month into its folder; return its path.

    Three sheets: the cover (who may read it, what it counts, how careful to be), the officials,
    their dossiers. Texts are written as texts, never as formulas; the same month gives the same
    bytes.
    """
    path = folder / RESTRICTED
    path.parent.mkdir(parents=True, exist_ok=True)
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(path, options) as book:
        book.set_properties({"title": WARNING, "created": _DAY_ONE})
        formats = _formats(book)
        _cover(book.add_worksheet("Bìa"), month, formats)
        officials = repeats(month)
        _table(book.add_worksheet("Công chức"), officials, "officials", month, formats)
        proofs = events(month)
        proofs = proofs[proofs["official"].isin(officials["official"])]
        proofs = proofs.assign(cause_source=proofs["cause_source"].map(_SOURCES))
        _table(book.add_worksheet("Hồ sơ"), proofs, "proofs", month, formats)
    return path


def _formats(book: xlsxwriter.Workbook) -> dict[str, Any]:
    font = {"font_name": "Times New Roman", "font_size": 12}
    return {
        "text": book.add_format({**font, "valign": "top"}),
        "wrap": book.add_format({**font, "text_wrap": True, "valign": "top"}),
        "warning": book.add_format(
            {**font, "bold": True, "font_size": 16, "font_color": "#8A1C00"}
        ),
        "title": book.add_format({**font, "bold": True, "font_size": 14}),
        "head": book.add_format(
            {**font, "bold": True, "text_wrap": True, "valign": "vcenter", "border": 1}
        ),
        "date": book.add_format({**font, "num_format": "dd/mm/yyyy", "align": "left"}),
        "number": book.add_format({**font, "num_format": "#,##0", "align": "center"}),
        "decimal": book.add_format({**font, "num_format": "#,##0.00", "align": "center"}),
    }


def _cover(sheet: Any, month: Month, formats: dict[str, Any]) -> None:
    sheet.set_column(0, 0, 78)
    sheet.hide_gridlines(2)
    _print(sheet)
    lines = [
        (WARNING, "warning"),
        (f"Tái phạm quên bấm kết thúc hồ sơ, {month.label.lower()}", "title"),
    ]
    lines += [(line, "wrap") for line in _notes(month)]
    for row, (line, style) in enumerate(lines):
        sheet.set_row(row, _LINE * (1 + len(line) // _LETTERS) + 6)  # no program does it by itself
        sheet.write_string(row, 0, line, formats[style])


def _notes(month: Month) -> list[str]:
    """What the cover says, one paragraph each."""
    months, least = window(month), month.params.repeat_from
    notes = [
        "Người được đọc: Phòng Nội vụ thành phố. Không đăng, không gửi tiếp, không đính kèm báo "
        "cáo hay công văn.",
        f"Đếm từ {vi.month_label(months[0])} đến {vi.month_label(months[-1])}: công chức có từ "
        f"{least:02d} hồ sơ trễ hạn vì quên bấm kết thúc, hoặc có hồ sơ như vậy trong từ "
        f"{least:02d} tháng.",
        "Công chức chỉ có mã; mã do máy này đặt. Phòng Nội vụ hỏi UBND phường, xã theo mã hồ sơ ở "
        "trang “Hồ sơ” để biết là ai.",
        f"Thận trọng với số nhỏ: người xử lý nhiều hồ sơ dễ có {least:02d} lần hơn người xử lý ít, "
        "nên bên cạnh số lần có tỷ lệ, số lần chờ đợi nếu ai cũng quên như nhau trong toàn thành "
        "phố, và xác suất gặp từ bấy nhiêu lần trở lên nếu đúng như vậy (phân phối Poisson). Xét "
        "nhiều người thì luôn có người nhiều lần do ngẫu nhiên. Nguyên nhân suy từ ngày tháng "
        "chưa phải là kết luận.",
        "Đây là căn cứ để hỏi và kiểm tra, không phải kết luận vi phạm.",
    ]
    return [*notes, *([SYNTHETIC] if month.synthetic else []), *filter(None, [month.stamp])]


def _table(
    sheet: Any, table: pd.DataFrame, name: str, month: Month, formats: dict[str, Any]
) -> None:
    """One table: warning, headings, rows."""
    labels = REPEAT_LABELS[name]
    heading = WARNING + (f". {SYNTHETIC}" if month.synthetic else "")
    heading += f". {month.stamp}" if month.stamp else ""
    sheet.write_string(0, 0, heading, formats["warning"])
    for place, (column, label) in enumerate(labels.items()):
        sheet.set_column(place, place, _WIDTHS.get(column, 14))
        sheet.write_string(1, place, label, formats["head"])
    sheet.set_row(1, 3 * _LINE)
    for row, record in enumerate(table[list(labels)].to_dict("records"), start=2):
        for place, (column, value) in enumerate(record.items()):
            number = formats["decimal" if column in _DECIMALS else "number"]
            _cell(sheet, row, place, value, formats | {"number": number})
    sheet.freeze_panes(2, 0)
    if len(table):
        sheet.autofilter(1, 0, len(table) + 1, len(labels) - 1)
    _print(sheet, landscape=True)


def _cell(sheet: Any, row: int, place: int, value: Any, formats: dict[str, Any]) -> None:
    if isinstance(value, bool):
        sheet.write_string(row, place, "có" if value else "không", formats["text"])
    elif isinstance(value, pd.Timestamp):
        sheet.write_datetime(row, place, value.to_pydatetime(), formats["date"])
    elif value is None or value != value:  # noqa: PLR0124
        sheet.write_string(row, place, vi.NOTHING, formats["text"])
    elif isinstance(value, str):
        shown = vi.month_label(value) if len(value) == 7 and value[4] == "-" else value  # noqa: PLR2004
        sheet.write_string(row, place, shown, formats["text"])
    else:
        sheet.write_number(row, place, value, formats["number"])


def _print(sheet: Any, *, landscape: bool = False) -> None:
    sheet.set_paper(9)  # A4
    if landscape:
        sheet.set_landscape()
        sheet.repeat_rows(1)
    sheet.fit_to_pages(1, 0)
    sheet.set_header(f"&C{WARNING}")
    sheet.set_footer("&CTrang &P / &N")
