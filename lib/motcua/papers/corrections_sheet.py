"""The sheet in which the drafter of the report writes the causes that the exports do not tell.

It is read back from `corrections/` by the next run (see `measures.corrections`).
"""

from __future__ import annotations

from datetime import datetime

from motcua.base.calendar import period_label
from motcua.base.reference import WORDS, causes, read_yaml
from motcua.measures.corrections import doubtful
from motcua.measures.month import Month
from motcua.papers.workbook import Book, Column, Sheet

SAID = read_yaml("corrections", WORDS)
SHOWN, FILLED = SAID["shown"], SAID["filled"]  # column -> heading; what is there, what is to fill
SPARE = 200  # empty rows below, for dossiers that the drafter adds
CHECKS = {  # lists to choose from, and a day where a day belongs
    "late_cause": {"validate": "list", "source": [one["label"] for one in causes().values()]},
    "evidence": {"validate": "list", "source": SAID["yes_no"]},
    "apology_at": {"validate": "date", "criteria": ">", "value": datetime(2000, 1, 1),
                   "error_message": SAID["no_day"]},
}  # fmt: skip


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
    title = SAID["title"].format(month=period_label(month.month))
    title += SAID["synthetic"] if month.synthetic else ""
    title += f". {month.stamp}" if month.stamp else ""
    rows = doubtful(month)
    rows = rows.assign(doubt=rows["doubt"].map(SAID["doubts"]), **dict.fromkeys(FILLED))
    columns = [
        Column(
            heading,
            "date" if name in ("due", "done") or name.endswith("_at") else "text",
            fill=name in FILLED,
            check=CHECKS[name] | {"error_title": SAID["wrong"]} if name in CHECKS else None,
        )
        for name, heading in (SHOWN | FILLED).items()
    ]
    told = rows[[*SHOWN, *FILLED]].astype(object).itertuples(index=False, name=None)
    book = Book(title, month.period.end)
    book.table(
        Sheet(SAID["sheet"], title, tuple(columns), tuple(told), (SAID["hint"],), spare=SPARE)
    )
    return book.content()
