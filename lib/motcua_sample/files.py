"""Files of the synthetic city, in the many shapes in which exports arrive.

Each file says in its title block that its data are synthetic.
"""

from __future__ import annotations

import gzip
from datetime import date, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import xlsxwriter
from motcua.base.calendar import rule_period
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from motcua_sample.city import City
from motcua_sample.tables import (
    DAYS,
    TIMED,
    add_faults,
    date_texts,
    export_table,
    people,
    respell,
    ward_texts,
)

SYNTHETIC = "DỮ LIỆU MÔ PHỎNG - không phải số liệu thật"  # no comma: also a line of text files
CREATED = datetime(2024, 1, 24)  # fixed, so that the bytes are
FAULT_STREAM = 9
WIDTHS = {"procedure": 40, "address": 34, "name": 28, "dossier_id": 27}
WARD_FIRST, UBND_FIRST, BARE = range(3)  # styles of ward names


def write_dossiers(
    city: City, rows: pd.DataFrame, month: str, folder: Path, seed: int, *, workbook: bool
) -> Path:
    """Write one export, as a workbook or as compressed text; the shape changes with the month."""
    nth = int(month[:4]) * 12 + int(month[5:])
    serial = workbook and nth % 2 == 1
    style = WARD_FIRST if workbook else UBND_FIRST + nth % 2
    table = respell(city, export_table(city, rows, style, serial=serial), rows["ward"])
    rng = np.random.default_rng([seed, int(month.replace("-", "")), FAULT_STREAM])
    table = add_faults(table, rows, month[:4], rng, serial=serial)
    path = (
        folder / f"ho_so_{month}_xuat_{month.replace('-', '')}18.{'xlsx' if workbook else 'csv.gz'}"
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    if workbook:
        return _write_workbook(city, table, month, path)
    return _write_text(city.tables["columns"], table, month, path, style - UBND_FIRST)


def _write_text(
    columns: dict[str, list[str]], table: pd.DataFrame, month: str, path: Path, style: int
) -> Path:
    """Write compressed text: a line saying that the data are synthetic, headings, rows."""
    first = f"{SYNTHETIC} - Ngày xuất dữ liệu: 18/{month[5:]}/{month[:4]}\n"
    headings = [names[2 + style] for names in columns.values()]
    body = table.to_csv(index=False, header=headings, sep=";,"[style], lineterminator="\n")
    bom = "\ufeff" if int(month[5:]) % 3 == 0 else ""
    path.write_bytes(gzip.compress((bom + first + body).encode(), compresslevel=9, mtime=0))
    return path


def _open(path: Path) -> xlsxwriter.Workbook:
    """Workbook that keeps one row in memory and bears a fixed date."""
    path.parent.mkdir(parents=True, exist_ok=True)
    book = xlsxwriter.Workbook(path, {"constant_memory": True})
    book.set_properties({"created": CREATED, "comments": SYNTHETIC})
    return book


def _titles(city: City, title: str, first: str, last: str) -> list[str]:
    """Title block: who, what, from when to when, exported when, and that it is synthetic."""
    start, end = rule_period(first, "nd09").start, rule_period(last, "nd09").end
    return [
        " ".join(city.params.issuer_lines),
        title,
        f"Từ ngày {start:%d/%m/%Y} đến ngày {end:%d/%m/%Y}",
        f"Ngày xuất dữ liệu: {date(end.year, end.month, 18):%d/%m/%Y}",
        SYNTHETIC,
        "",
    ]


def _write_workbook(city: City, table: pd.DataFrame, month: str, path: Path) -> Path:
    """Write a workbook: title block, two header tiers, numbering row, dossiers, total."""
    columns, n = city.tables["columns"], (city.weights(rule_period(month, "nd09").end) > 0).sum()
    kinds = city.params.words["units"].upper()
    title = f"DANH SÁCH HỒ SƠ THỦ TỤC HÀNH CHÍNH TIẾP NHẬN TẠI UBND {n} {kinds}"
    lines = _titles(city, title, month, month)
    with _open(path) as book:
        sheet = book.add_worksheet("Danh sách hồ sơ")
        bold = book.add_format({"bold": True, "align": "center", "text_wrap": True})
        for at, name in enumerate(columns, start=1):
            sheet.set_column(at, at, WIDTHS.get(name, 16))
        sheet.write_column(0, 0, lines)
        _write_header(sheet, len(lines), columns, bold)
        first = len(lines) + 3
        _write_rows(sheet, first, table, book)
        sheet.write_row(first + len(table), 0, ["Tổng cộng", len(table)], bold)
    return path


def _write_header(sheet: Worksheet, top: int, columns: dict[str, list[str]], bold: Format) -> None:
    """Two tiers of headings with merged groups, and a row numbering the columns."""
    groups = ["", *(names[0] for names in columns.values())]
    headings = ["STT", *(names[1] for names in columns.values())]
    starts = [group and groups.index(group) == at for at, group in enumerate(groups)]
    upper = [
        (group if begins else "") if group else heading
        for group, begins, heading in zip(groups, starts, headings, strict=True)
    ]
    lower = [heading if group else "" for group, heading in zip(groups, headings, strict=True)]
    numbers = [f"({at + 1})" for at in range(len(groups))]
    for row, texts in enumerate((upper, lower, numbers), start=top):
        for at, text in enumerate(texts):
            sheet.write_string(row, at, text, bold)
    # merge_range would write to rows that are already on disk; the cells above are complete.
    spans = [(group, groups.index(group), groups.count(group)) for group in set(groups) - {""}]
    sheet.merge.extend([top, at, top, at + width - 1] for _, at, width in sorted(spans))
    sheet.merge.extend([top, at, top + 1, at] for at, group in enumerate(groups) if not group)


def _write_rows(sheet: Worksheet, top: int, table: pd.DataFrame, book: xlsxwriter.Workbook) -> None:
    """Cells of the dossiers: text as text, day numbers as dates, nothing for ""."""
    formats = {name: book.add_format({"num_format": "dd/mm/yyyy hh:mm"}) for name in TIMED}
    formats |= {name: book.add_format({"num_format": "dd/mm/yyyy"}) for name in DAYS}
    of_column = [formats.get(name) for name in table]
    for at, values in enumerate(zip(*(table[name] for name in table), strict=True)):
        sheet.write_number(top + at, 0, at + 1)
        for column, value in enumerate(values):
            if isinstance(value, float):
                sheet.write_number(top + at, column + 1, value, of_column[column])
            elif value:
                sheet.write_string(top + at, column + 1, value)


def _write_list(path: Path, titles: list[str], table: pd.DataFrame) -> Path:
    """Write a small workbook: title block, one row of headings, rows of text."""
    with _open(path) as book:
        sheet = book.add_worksheet("Danh sách")
        sheet.set_column(0, len(table.columns) - 1, 22)
        sheet.write_column(0, 0, titles)
        rows = [list(table.columns), *table.to_numpy().tolist()]
        for at, row in enumerate(rows, start=len(titles)):
            for column, value in enumerate(row):
                if value:
                    sheet.write_string(at, column, value)
    return path


def write_feedback(city: City, feedback: pd.DataFrame, path: Path, months: list[str]) -> Path:
    """Write the feedback as a workbook."""
    who = people(city, feedback["person"], feedback["ward"])
    contact = " Liên hệ " + who["name"] + ", " + who["phone"] + "."
    table = pd.DataFrame(
        {
            "Mã phản ánh": feedback["feedback_id"],
            "Đơn vị bị phản ánh": ward_texts(city, feedback["ward"], UBND_FIRST),
            "Ngày phản ánh": date_texts(feedback["received_at"], timed=True),
            "Kênh phản ánh": feedback["channel"],
            "Loại phản ánh": feedback["kind"],
            "Nội dung phản ánh": feedback["content"].to_numpy(dtype=object) + contact,
            "Người phản ánh": who["name"],
            "Số điện thoại": who["phone"],
            "Mã hồ sơ": feedback["dossier_id"],
            "Ngày trả lời": date_texts(feedback["answered_at"], timed=False),
            "Kết quả xử lý": feedback["outcome"],
            "Ngày xin lỗi": date_texts(feedback["apology_at"], timed=False),
        }
    )
    title = "TỔNG HỢP PHẢN ÁNH, KIẾN NGHỊ VỀ THỦ TỤC HÀNH CHÍNH"
    return _write_list(path, _titles(city, title, months[0], months[-1]), table)


def write_followup(city: City, followup: pd.DataFrame, path: Path, months: list[str]) -> Path:
    """Write what the wards reported back as a workbook."""
    table = pd.DataFrame(
        {
            "Kỳ báo cáo": [f"{month[5:]}/{month[:4]}" for month in followup["month"]],
            "Đơn vị": ward_texts(city, followup["ward"], WARD_FIRST),
            "Chỉ đạo số": followup["order_no"].astype(str),
            "Nội dung thực hiện": followup["action"],
            "Hạn thực hiện": date_texts(followup["due_at"], timed=False),
            "Ngày báo cáo": date_texts(followup["reported_at"], timed=False),
            "Minh chứng": followup["evidence"],
            "Trạng thái thực hiện": followup["state"],
        }
    )
    title = f"KẾT QUẢ KHẮC PHỤC CỦA CÁC {city.params.words['units'].upper()}"
    return _write_list(path, _titles(city, title, months[0], months[-1]), table)


def write_incidents(city: City, incidents: pd.DataFrame, path: Path) -> Path:
    """Write the software incidents as plain text."""
    table = pd.DataFrame(
        {
            "Số phiếu": incidents["incident_id"],
            "Đơn vị báo lỗi": ward_texts(city, incidents["ward"], BARE),
            "Mã hồ sơ": incidents["dossier_id"],
            "Thời điểm báo lỗi": date_texts(incidents["opened_at"], timed=True),
            "Thời điểm khắc phục": date_texts(incidents["resolved_at"], timed=True),
            "Hệ thống": incidents["system"],
            "Minh chứng": incidents["evidence"],
        }
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    body = table.to_csv(index=False, lineterminator="\n")
    path.write_bytes(f"{SYNTHETIC}\n{body}".encode())
    return path
