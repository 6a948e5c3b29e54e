"""The sheet in which the drafter of the report writes the causes that the exports do not tell.

It is read back from `corrections/` by the next run (see `measures.corrections`).
"""

from __future__ import annotations

import io
from datetime import datetime, time
from typing import Any

import pandas as pd
import xlsxwriter

from motcua.base.reference import WORDS, causes, read_yaml
from motcua.measures.corrections import doubtful
from motcua.measures.month import Month
from motcua.papers.workbook import OPTIONS

SAID = read_yaml("corrections", WORDS)
SHOWN, FILLED = SAID["shown"], SAID["filled"]  # column -> heading; what is there, what is to fill
_WIDTHS = {"dossier_id": 30, "name": 18, "note": 40, "doubt": 34, "recorded": 26, "inferred": 26,
           "late_cause": 26}  # fmt: skip
_WIDTH, _FIRST = 14, 3  # of other columns; rows above the first dossier
_TWO_LINES = 32  # points
_SPARE = 200  # empty rows below, for dossiers that the drafter adds
_EARLIEST = datetime(2000, 1, 1)
_INK, _PAPER = "#1F2937", "#FEF9E7"


def corrections_xlsx(month: Month) -> bytes:
    """Workbook with one row per late dossier whose cause is not sure, those in conflict first.

    The columns to fill are yellow; causes and yes or no are chosen from lists, a day must be a day.
    The same month gives the same bytes.

    Examples
    --------
    >>> from motcua import load
    >>> corrections_xlsx(load("2024-01", data="data/sample"))[:2]
    b'PK'
    """
    out, rows = io.BytesIO(), doubtful(month)
    with xlsxwriter.Workbook(out, OPTIONS) as book:
        book.set_properties(
            {"title": _title(month), "created": datetime.combine(month.period.end, time())}
        )
        looks = _looks(book)
        sheet = book.add_worksheet(SAID["sheet"])
        _heading(sheet, _title(month), len(rows) + _SPARE, looks)
        _rows(sheet, rows, looks)
        _choices(sheet, _FIRST, _FIRST + len(rows) + _SPARE - 1)
        sheet.freeze_panes(_FIRST, 1)
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(_FIRST - 1)
    return out.getvalue()


def _looks(book: xlsxwriter.Workbook) -> dict[str, Any]:
    font = {"font_name": "Times New Roman", "font_size": 11, "valign": "top", "font_color": _INK}
    frame = {**font, "border": 1, "border_color": "#CBD5E1", "text_wrap": True}
    fill = {**frame, "bg_color": _PAPER}
    return {
        "title": book.add_format({**font, "bold": True, "font_size": 14}),
        "hint": book.add_format({**font, "italic": True}),
        "head": book.add_format({**frame, "bold": True, "bg_color": "#E2E8F0"}),
        "text": book.add_format({**frame, "num_format": "@"}),
        "day": book.add_format({**frame, "num_format": "dd/mm/yyyy", "align": "left"}),
        "fill": book.add_format({**fill, "num_format": "@"}),
        "fill_day": book.add_format({**fill, "num_format": "dd/mm/yyyy", "align": "left"}),
    }


def _title(month: Month) -> str:
    title = SAID["title"].format(month=month.label.lower())
    title += SAID["synthetic"] if month.synthetic else ""
    return title + (f". {month.stamp}" if month.stamp else "")


def _heading(sheet: Any, title: str, n: int, looks: dict[str, Any]) -> None:
    """Title, what to do, headings, and `n` empty rows in the columns to fill."""
    sheet.write_string(0, 0, title, looks["title"])
    sheet.write_string(1, 0, SAID["hint"], looks["hint"])
    sheet.set_row(_FIRST - 1, _TWO_LINES)
    for place, (column, heading) in enumerate((SHOWN | FILLED).items()):
        look = looks[
            "fill_day" if column.endswith("_at") else "fill" if column in FILLED else "text"
        ]
        sheet.set_column(place, place, _WIDTHS.get(column, _WIDTH))
        sheet.write_string(_FIRST - 1, place, heading, looks["head"])
        if column in FILLED:
            for row in range(n):
                sheet.write_blank(_FIRST + row, place, None, look)


def _rows(sheet: Any, rows: pd.DataFrame, looks: dict[str, Any]) -> None:
    rows = rows.assign(doubt=rows["doubt"].map(SAID["doubts"]))
    for at, record in enumerate(rows[list(SHOWN)].to_dict("records"), start=_FIRST):
        for place, value in enumerate(record.values()):
            if isinstance(value, pd.Timestamp):
                sheet.write_datetime(at, place, value.to_pydatetime(), looks["day"])
            else:
                sheet.write_string(at, place, value, looks["text"])


def _choices(sheet: Any, first: int, last: int) -> None:
    """Lists to choose from, and a day where a day belongs."""
    checks = {
        "late_cause": {"validate": "list", "source": [one["label"] for one in causes().values()]},
        "evidence": {"validate": "list", "source": SAID["yes_no"]},
        "apology_at": {"validate": "date", "criteria": ">", "value": _EARLIEST,
                       "error_message": SAID["no_day"]},
    }  # fmt: skip
    for place, column in enumerate(FILLED, start=len(SHOWN)):
        if column in checks:
            sheet.data_validation(
                first, place, last, place, {"error_title": SAID["wrong"], **checks[column]}
            )
