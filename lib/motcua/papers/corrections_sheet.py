"""What a person fills: the sheet of causes that the exports do not tell, and a starting profile.

The sheet is read back from `corrections/` by the next run (see `measures.corrections`).
"""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

import yaml

from motcua.base.calendar import period_label
from motcua.base.params import Params
from motcua.base.reference import OTHER_PROFILE, PROFILES, REQUIRED, WORDS, causes, read_yaml
from motcua.measures.corrections import doubtful
from motcua.measures.month import Month
from motcua.papers.workbook import Book, Column, Sheet
from motcua.reading.exports import find_files
from motcua.reading.sheets import read_sheets

SAID = read_yaml("corrections", WORDS)
SHOWN, FILLED = SAID["shown"], SAID["filled"]  # column -> heading; what is there, what is to fill
SPARE = 200  # empty rows below, for dossiers that the drafter adds
CHECKS = {  # lists to choose from, and a day where a day belongs
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
    labels = [one["label"] for one in causes().values()]
    checks = CHECKS | {"late_cause": {"validate": "list", "source": labels}}
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
            check=checks[name] | {"error_title": SAID["wrong"]} if name in checks else None,
        )
        for name, heading in (SHOWN | FILLED).items()
    ]
    told = rows[[*SHOWN, *FILLED]].astype(object).itertuples(index=False, name=None)
    book = Book(title, month.period.end)
    book.table(
        Sheet(SAID["sheet"], title, tuple(columns), tuple(told), (SAID["hint"],), spare=SPARE)
    )
    return book.content()


def starting_profile(name: str, data: Path) -> str:
    """Profile of a place to be gone over by a person: what the first export of dossiers shows.

    Columns are guessed by their headings (data/reference/guesses.yaml), states by their values,
    comparison to the second by a time of day in the due dates; the rest is that of any city.
    """
    place = yaml.safe_load((PROFILES / f"{OTHER_PROFILE}.yaml").read_text("utf-8"))
    _, file, _ = next(one for one in find_files(data, Params()).files if one[0] == "dossiers")
    sheet = next(read_sheets(file, lambda rows: len(rows[0]) if rows else 0))
    headings, *rows = next(sheet.pieces)
    texts = [str(heading).strip() for heading in headings]
    guesses, columns = read_yaml("guesses"), {}
    for column, words in guesses["columns"].items():
        free = [text for text in texts if text and text not in columns.values()]
        fits = [text for word in words for text in free if word in text.lower()]
        columns |= {column: fits[0]} if fits else {}
    cells = {column: [str(row[texts.index(text)]) for row in rows if len(row) == len(texts)]
             for column, text in columns.items()}  # fmt: skip
    seen = set(cells.get("status", ()))
    statuses = {group: sorted(word for word in seen if word.lower() in words)
                for group, words in guesses["statuses"].items()}  # fmt: skip
    timed = any(re.search(r"\d\d:\d\d", text) and "00:00" not in text
                for text in cells.get("due_at", ()))  # fmt: skip
    place |= {"title": name, "period_rule": "calendar", "columns": columns}
    place |= {"granularity": "time" if timed else "day"}
    place |= {"statuses": {group: words for group, words in statuses.items() if words}}
    rest = ", ".join(text for text in texts if text not in columns.values())
    lacking = [guesses["lacking"].format(column=column, rest=rest)
               for column in REQUIRED["dossiers"] if column not in columns]  # fmt: skip
    body = yaml.safe_dump(place, allow_unicode=True, sort_keys=False)
    return "\n".join([guesses["head"].format(name=name, file=file.name) + body, *lacking])
