"""What the bench writes: the tables of a view as csv or xlsx, and its parameters as a file.

Everything goes into outputs/kham-pha/, which git ignores; the same view gives the same names and
the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import shlex
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import xlsxwriter
import yaml

from motcua.base import style
from motcua.base.params import Params, load_params, units_path, validate
from motcua.base.reference import REFERENCE, ROOT, shown
from motcua.base.vietnamese import month_label
from motcua.bench.view import View
from motcua.bench.words_explore import (
    TABLE_TITLES,
    cause_words,
    choices,
    formats_of,
    frame_of,
    headline,
    labels_of,
)
from motcua.chapters.figure import period, source
from motcua.papers.findings import to_csv

FOLDER = ROOT / "outputs" / "kham-pha"
UNITS = {"percent": " (%)", "points": " (điểm)"}
HEAD_ROW, A4 = 1, 9
_FIXED = datetime(2024, 1, 1)  # a workbook carries a date; the same view gives the same bytes


def name_of(view: View) -> str:
    """Short name of a view for its files: the months and a mark of what was chosen."""
    asked = json.dumps(asdict(view.asked), sort_keys=True, ensure_ascii=False)
    mark = hashlib.sha256(f"{asked}{view.params.model_dump_json()}".encode()).hexdigest()[:6]
    months = view.asked.months
    span = months[0] if len(months) == 1 else f"{months[0]}_{months[-1]}"
    return f"{span}-{mark}"


def tables_of(view: View) -> dict[str, pd.DataFrame]:
    """Tables of a view under Vietnamese headings with their units, numbers as numbers."""
    tables = {}
    for name in TABLE_TITLES:
        labels = {
            column: f"{words}{UNITS.get(formats_of(view, name).get(column, ''), '')}"
            for column, words in labels_of(view, name).items()
        }
        table = frame_of(view, name)[list(labels)]
        if "month" in table:
            table = table.assign(month=table["month"].map(month_label))
        tables[name] = table.rename(columns=labels)
    return tables


def export_csv(view: View, folder: Path = FOLDER) -> Path:
    """Folder of the view's tables, one csv each (UTF-8 with BOM), never a formula from data."""
    target = folder / name_of(view)
    target.mkdir(parents=True, exist_ok=True)
    for name, table in tables_of(view).items():
        (target / f"{name}.csv").write_bytes(to_csv(_days(table)))
    return target


def export_xlsx(view: View, folder: Path = FOLDER) -> Path:
    """Workbook of the view's tables, one sheet each after a sheet that says what they are."""
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{name_of(view)}.xlsx"
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(target, options) as book:
        book.set_properties({"created": _FIXED})
        _cover(book, view)
        subtitle = period(view) + (". DỮ LIỆU MÔ PHỎNG" if view.synthetic else "")
        for name, table in tables_of(view).items():
            _sheet(book, TABLE_TITLES[name], subtitle, table)
    return target


def _cover(book: xlsxwriter.Workbook, view: View) -> None:
    sheet = book.add_worksheet("Giới thiệu")
    sheet.set_landscape()
    sheet.set_paper(A4)
    sheet.fit_to_pages(1, 0)
    sheet.set_column(0, 0, 110, book.add_format({"text_wrap": True, "valign": "top"}))
    title = book.add_format({"bold": True, "font_size": 14, "text_wrap": True})
    sheet.write_string(0, 0, f"Khám phá dữ liệu: {view.label}, {period(view)}", title)
    lines = [headline(view), *choices(view.asked), source(view)]
    lines.append("Trang Hồ sơ chứa mã hồ sơ: chỉ dùng nội bộ để rà soát, không gửi ra ngoài.")
    if view.synthetic:
        lines.insert(0, "DỮ LIỆU MÔ PHỎNG: số liệu do máy tạo ra, không phải kết quả thật.")
    for row, line in enumerate(lines, start=2):
        sheet.write_string(row, 0, line)


def _sheet(book: xlsxwriter.Workbook, title: str, subtitle: str, table: pd.DataFrame) -> None:
    """Sheet of a table: its title, then headings and rows; prints on whole pages, headings too."""
    sheet = book.add_worksheet(title.replace("/", " "))
    sheet.write_string(0, 0, f"{title}, {subtitle}", book.add_format({"bold": True}))
    look = {"bold": True, "bg_color": style.BLUE_PALE, "text_wrap": True, "valign": "top"}
    day = book.add_format({"num_format": "dd/mm/yyyy"})
    words = book.add_format({"indent": 1})
    sheet.set_row(HEAD_ROW, 32)  # two lines
    for column, label in enumerate(table.columns):
        values = table[label]
        is_number = pd.api.types.is_numeric_dtype(values)
        head = book.add_format(
            look | ({"align": "right"} if is_number else {"align": "left", "indent": 1})
        )
        whole = pd.api.types.is_integer_dtype(values)
        number = book.add_format({"num_format": "#,##0" if whole else "0.00"})
        sheet.write_string(HEAD_ROW, column, str(label), head)
        for row, value in enumerate(values, start=HEAD_ROW + 1):
            if pd.isna(value):
                continue
            if isinstance(value, str):
                sheet.write_string(row, column, value, words)
            elif isinstance(value, pd.Timestamp):
                sheet.write_datetime(row, column, value.to_pydatetime(), day)
            else:
                sheet.write_number(row, column, value, number)
        longest = values.astype(str).str.len().max() if len(table) and not is_number else 0
        sheet.set_column(column, column, min(80, max(12, 0.7 * len(str(label)), longest + 2)))
    sheet.freeze_panes(HEAD_ROW + 1, 1)
    sheet.set_paper(A4)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0, HEAD_ROW)
    sheet.set_footer("&L&A&RTrang &P/&N")
    if len(table):
        sheet.autofilter(HEAD_ROW, 0, HEAD_ROW + len(table), len(table.columns) - 1)


def _days(table: pd.DataFrame) -> pd.DataFrame:
    """Dates as yyyy-mm-dd text."""
    dates = [c for c in table if pd.api.types.is_datetime64_any_dtype(table[c])]
    return table.assign(**{c: table[c].dt.strftime("%Y-%m-%d") for c in dates})


# Freezing ----------------------------------------------------------------------------------------


def frozen(params: Params) -> dict[str, Any]:
    """Parameters that differ from params/default.yaml, as plain values for a file.

    Examples
    --------
    >>> frozen(Params(threshold_percent=95, only_wards=["Hố Nai"]))
    {'threshold_percent': 95.0, 'only_wards': ['Hố Nai']}
    """
    usual = _defaults().model_dump(mode="json")
    own = params.model_dump(mode="json")
    found = {key: value for key, value in own.items() if value != usual[key]}
    if "units" in found and (path := units_path(params)):  # the file moves, the register does not
        inside = path.is_relative_to(REFERENCE)
        found["units"] = path.relative_to(REFERENCE).as_posix() if inside else str(path)
    return found


def _defaults() -> Params:
    """Parameters of params/default.yaml alone."""
    return load_params("0001-02", ROOT / "params" / "default.yaml")


def freeze(view: View, data: Path | None = None, folder: Path = FOLDER) -> tuple[Path, str]:
    """Write the view's parameters; return the file and the command that makes the view again.

    Raises
    ------
    ParameterError
        The values would not be accepted when read back.
    """
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{name_of(view)}.yaml"
    values = frozen(view.params)
    validate(values, target.name)
    command = ["motcua", "run", view.month, "--params", _told(target)]
    command += ["--data", _told(data)] if data else []
    command += ["--out", _told(target.with_suffix(""))]
    words = shlex.join(command)
    notes = [f"Đóng băng từ sổ tay khám phá: {view.label}.", *not_frozen(view), f"Lập lại: {words}"]
    body = yaml.safe_dump(values, allow_unicode=True, sort_keys=False) if values else "{}\n"
    head = "".join(f"# {line}\n" for line in notes)
    target.write_text(head + body, "utf-8")
    return target, words


def _told(path: Path) -> str:
    """Path as typed from the project's folder."""
    path = path.resolve()
    return shown(path) if path.is_relative_to(ROOT) else str(path)


def not_frozen(view: View) -> list[str]:
    """What of a view no parameter can hold, said plainly."""
    lines = []
    if view.asked.causes:
        lines.append(
            f"Không nằm trong tham số: chỉ liệt kê hồ sơ vì {cause_words(view.asked.causes)}."
        )
    if view.asked.forgiven:
        lines.append(
            f"Không nằm trong tham số: công tắc nếu không vì {cause_words(view.asked.forgiven)} "
            "(báo cáo có sẵn tỷ lệ này cho từng nguyên nhân)."
        )
    if len(view.asked.months) > 1:
        lines.append("Xu hướng của lần chạy này kết thúc bằng cả dải tháng, không bằng tháng cuối.")
    return lines
