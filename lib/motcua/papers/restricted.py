"""What names single dossiers and stays inside: who repeats, each dossier, the sheet to fill.

The first is for Phòng Nội vụ alone, the second for the analyst alone: it is in no package. The
sheet asks the drafter for causes that the exports do not tell; the next run reads it back from
`corrections/` (see `measures.quality`).
"""

from __future__ import annotations

from codecs import BOM_UTF8
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow.csv import write_csv

from motcua.base import style
from motcua.base import vietnamese as vi
from motcua.base.calendar import short_label
from motcua.base.reference import RESTRICTED, WORDS, causes, columns, read_yaml
from motcua.chapters.sentences import Words
from motcua.measures.followup import events, repeats, window
from motcua.measures.month import Month
from motcua.measures.quality import doubtful
from motcua.papers.findings import described, harmless
from motcua.papers.workbook import Book, Column, sheet_of

SAY, ASK = Words("restricted", of_months=True), Words("corrections")
SPARE = 200  # empty rows below, for dossiers that the drafter adds


def write_restricted(month: Month, folder: Path) -> Path:
    """Write han-che/ of a month: its dossiers, and tai-pham.xlsx where there are orders, its path.

    Three sheets: the cover (who may read it, what it counts, how careful to be), the officials,
    their dossiers. The same month gives the same bytes.
    """
    path = folder / RESTRICTED
    path.parent.mkdir(parents=True, exist_ok=True)
    write_dossiers(month, path.parent)
    if not month.params.directs:  # where nobody is told, nobody repeats
        return path
    officials, proofs = repeats(month), events(month)
    proofs = proofs[proofs["official"].isin(officials["official"])]
    sources = proofs["cause_source"].map(read_yaml("restricted", WORDS)["sources"])
    proofs = proofs.assign(cause_source=sources, month=proofs["month"].map(short_label))
    warning = SAY("warning")
    book = Book(warning, month.period.end, header=warning)
    months = window(month)
    notes = SAY("notes", month, first=months[0], last=months[-1]).splitlines()
    heads = [
        (warning, {"bold": True, "font_size": 16, "font_color": style.ORANGE_DARK}),
        (SAY("title", month), {"bold": True, "font_size": 14}),
    ]
    book.cover(SAY("sheets.cover"), heads, [("", note) for note in notes if note], labels=1)
    for name, table in (("officials", officials), ("proofs", proofs)):
        labels = columns(f"repeated_{name}")
        texts = table.select_dtypes(["object", "str", "bool", "boolean"]).columns
        shown = table.assign(**{column: table[column].map(_shown) for column in texts})
        shown = shown[list(labels)].rename(columns=labels)
        book.table(sheet_of(SAY(f"sheets.{name}"), SAY("heading", month), shown))
    path.write_bytes(book.content())
    return path


def write_dossiers(month: Month, folder: Path) -> None:
    """Write dossiers.csv (for Excel) and dossiers.parquet (for DuckDB, pandas): `period_dossiers`.

    The same month gives the same bytes. The csv is as `to_csv` writes it, all texts in quotes.
    """
    rows, of_arrow = month.period_dossiers, partial(pa.Table.from_pandas, preserve_index=False)
    with (folder / "dossiers.csv").open("wb") as file:
        file.write(BOM_UTF8)
        write_csv(of_arrow(harmless(described("dossiers", rows))), file)
    pq.write_table(of_arrow(rows), folder / "dossiers.parquet")


def _shown(value: Any) -> Any:
    """Yes and no in words, a dash for what is missing."""
    if isinstance(value, bool):
        return SAY("yes" if value else "no")
    return vi.NOTHING if pd.isna(value) else value


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
    said, title = read_yaml("corrections", WORDS), ASK("title", month)
    cells = {name: Column(**told) for name, told in said["columns"].items()}
    cause = cells["late_cause"]
    labels = [told["label"] for told in causes().values()]
    cells["late_cause"] = replace(cause, check={**cause.check, "source": labels})
    rows = doubtful(month)
    rows = rows.assign(doubt=rows["doubt"].map(said["doubts"])).reindex(columns=list(cells))
    more = {"above": (said["hint"],), "spare": SPARE}
    book = Book(title, month.period.end)
    book.table(sheet_of(said["sheet"], title, rows, tuple(cells.values()), **more))
    return book.content()
