"""The restricted annex for Phòng Nội vụ: officials who repeat, and the dossiers that prove it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import xlsxwriter

from motcua.base import vietnamese as vi
from motcua.base.reference import REPEAT_LABELS, RESTRICTED
from motcua.chapters.sentences import Words
from motcua.measures.month import Month
from motcua.measures.repeats import events, repeats, window
from motcua.papers.workbook import A4, OPTIONS

SAY = Words("restricted")
WARNING = SAY("warning")
_DAY_ONE = datetime(2000, 1, 1)  # of the workbook's own dates: the same bytes in every run
_LETTERS, _LINE = 74, 17  # letters in a line of the cover; height of a line in points
_DECIMALS = ("share_percent", "expected", "times_expected")
_WIDTHS = {"name": 18, "official": 16, "dossier_id": 30, "cause_source": 20}
_FONT = {"font_name": "Times New Roman", "font_size": 12, "valign": "top"}
_LOOKS = {
    "text": {},
    "wrap": {"text_wrap": True},
    "warning": {"bold": True, "font_size": 16, "font_color": "#8A1C00"},
    "title": {"bold": True, "font_size": 14},
    "head": {"bold": True, "text_wrap": True, "valign": "vcenter", "border": 1},
    "date": {"num_format": "dd/mm/yyyy", "align": "left"},
    "number": {"num_format": "#,##0", "align": "center"},
    "decimal": {"num_format": "#,##0.00", "align": "center"},
}


def write_restricted(month: Month, folder: Path) -> Path:
    """Write han-che/tai-pham.xlsx of a month into its folder; return its path.

    Three sheets: the cover (who may read it, what it counts, how careful to be), the officials,
    their dossiers. Texts are written as texts, never as formulas; the same month gives the same
    bytes.
    """
    path = folder / RESTRICTED
    path.parent.mkdir(parents=True, exist_ok=True)
    officials, proofs = repeats(month), events(month)
    proofs = proofs[proofs["official"].isin(officials["official"])]
    proofs = proofs.assign(cause_source=[SAY(f"sources.{s}") for s in proofs["cause_source"]])
    with xlsxwriter.Workbook(path, OPTIONS) as book:
        book.set_properties({"title": WARNING, "created": _DAY_ONE})
        looks = {name: book.add_format(_FONT | look) for name, look in _LOOKS.items()}
        _cover(book.add_worksheet(SAY("sheets.cover")), month, looks)
        for name, table in (("officials", officials), ("proofs", proofs)):
            _table(book.add_worksheet(SAY(f"sheets.{name}")), table, name, month, looks)
    return path


def _cover(sheet: Any, month: Month, looks: dict[str, Any]) -> None:
    sheet.set_column(0, 0, 78)
    sheet.hide_gridlines(2)
    _print(sheet)
    lines = [(WARNING, "warning"), (SAY("title", month), "title")]
    months = window(month)
    notes = SAY("notes", month, first=months[0], last=months[-1]).splitlines()
    lines += [(line, "wrap") for line in filter(None, notes)]
    for row, (line, look) in enumerate(lines):
        sheet.set_row(row, _LINE * (1 + len(line) // _LETTERS) + 6)  # no program does it by itself
        sheet.write_string(row, 0, line, looks[look])


def _table(sheet: Any, table: pd.DataFrame, name: str, month: Month, looks: dict[str, Any]) -> None:
    """One table: warning, headings, rows."""
    labels = REPEAT_LABELS[name]
    sheet.write_string(0, 0, SAY("heading", month), looks["warning"])
    for place, (column, label) in enumerate(labels.items()):
        sheet.set_column(place, place, _WIDTHS.get(column, 14))
        sheet.write_string(1, place, label, looks["head"])
        look = looks["decimal" if column in _DECIMALS else "number"]
        for row, value in enumerate(table[column].tolist(), start=2):
            _cell(sheet, row, place, value, looks | {"number": look})
    sheet.set_row(1, 3 * _LINE)
    sheet.freeze_panes(2, 0)
    if len(table):
        sheet.autofilter(1, 0, len(table) + 1, len(labels) - 1)
    _print(sheet)
    sheet.set_landscape()
    sheet.repeat_rows(1)


def _cell(sheet: Any, row: int, place: int, value: Any, looks: dict[str, Any]) -> None:
    if isinstance(value, bool):
        sheet.write_string(row, place, SAY("yes" if value else "no"), looks["text"])
    elif isinstance(value, pd.Timestamp) and not pd.isna(value):
        sheet.write_datetime(row, place, value.to_pydatetime(), looks["date"])
    elif pd.isna(value):
        sheet.write_string(row, place, vi.NOTHING, looks["text"])
    elif isinstance(value, str):
        shown = vi.month_label(value) if len(value) == 7 and value[4] == "-" else value  # noqa: PLR2004
        sheet.write_string(row, place, shown, looks["text"])
    else:
        sheet.write_number(row, place, value, looks["number"])


def _print(sheet: Any) -> None:
    sheet.set_paper(A4)
    sheet.fit_to_pages(1, 0)
    sheet.set_header(f"&C{WARNING}")
    sheet.set_footer(f"&C{SAY('page')}")
