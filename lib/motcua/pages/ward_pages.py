"""Pages of the wards: the sheets of a month, and page and list of the daily check."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
from markupsafe import Markup

from motcua import __version__
from motcua.base.errors import RunError
from motcua.base.reference import columns
from motcua.base.vietnamese import day, number, upper_first
from motcua.chapters import ward as sheet_words
from motcua.chapters.sentences import Prose, Words
from motcua.chapters.table import Table
from motcua.machine.files import mark_of
from motcua.measures.month import Month
from motcua.measures.rates import budget
from motcua.measures.ward import ACTIONS, WardSheet, count_actions, sheet_of, to_do
from motcua.pages.cells import Section, markdown, read_section, slug
from motcua.pages.page import Front, build_page
from motcua.papers.findings import to_csv

SAY, WATCH = Words("ward_pages"), Words("watch")
FOLDER = "wards"
LISTS = "danh-sach"
STYLES = ("sheet.css",)
MAX_SHEET = 150_000  # bytes; a sheet goes by mail to a ward
# Names that Windows keeps for devices, whatever the extension.
_RESERVED = re.compile(r"con|prn|aux|nul|com\d|lpt\d", re.IGNORECASE)
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")


def file_names(codes: Iterable[str]) -> dict[str, str]:
    """Unit code -> name of its files, without extension: safe on every system, one for each.

    A code of letters and digits is its own name. Any other (a name, where units come from the
    data) becomes its words and the start of its hash.

    Examples
    --------
    >>> file_names(["26374", "../Hố Nai"])
    {'26374': '26374', '../Hố Nai': 'ho-nai-gegfemlg'}
    """
    codes = list(codes)
    same = Counter(code.casefold() for code in codes)  # some disks know no capitals
    plain = {c for c in codes if _PLAIN.fullmatch(c) and not _RESERVED.fullmatch(c)}
    return {c: c if c in plain and same[c.casefold()] == 1 else _hashed(c) for c in codes}


def _hashed(code: str) -> str:
    return f"{slug(code)[:40]}-{mark_of(code)}"


def write_sheets(
    month: Month, folder: Path, footer: Mapping[str, str], codes: Iterable[str]
) -> None:
    """Write wards/CODE.html of units from their executed notebooks under notebooks/wards/.

    Raises
    ------
    RunError
        A notebook failed, or a page is too heavy to send.
    """
    (folder / FOLDER).mkdir(exist_ok=True)
    names = file_names(month.unit_names)
    for code in codes:
        executed = folder / "notebooks" / FOLDER / f"{names[code]}.ipynb"
        html = build_sheet(sheet_of(month, code), executed, footer)
        (folder / FOLDER / f"{names[code]}.html").write_text(html, "utf-8")


def build_sheet(sheet: WardSheet, executed: Path, footer: Mapping[str, str]) -> str:
    """HTML of one ward's sheet.

    Parameters
    ----------
    executed : the sheet's notebook, executed for this ward.
    footer : heading -> text at the foot of the page.
    """
    month = sheet.month
    front = Front(
        **{part: getattr(month, part) for part in ("month", "synthetic", "stamp", "uncovered")},
        start=month.period.start,
        end=month.period.end,
        cards=sheet_words.cards(sheet),
        footer=dict(footer),
        title=SAY("sheet_title", month, name=sheet_words.full_name(sheet)),
        issuer=SAY("issuer", month, due=sheet_words.report_by(sheet)),
    )
    marking = sheet_words.SAY("internal")
    sections = [read_section(executed, month.kind)]
    html = build_page("sheet.html", front, sections, STYLES, marking=marking)
    size = len(html.encode())
    if size > MAX_SHEET and size > MAX_SHEET + 400 * (len(sheet.late) + len(sheet.backlog)):
        raise RunError(f"Phiếu của {sheet.name} nặng {number(size)} byte, nặng quá mức.")
    return html


def headline(month: Month, dossiers: pd.DataFrame, days: int, name: str = "") -> Prose:
    """How many dossiers ask for something now, and for what.

    Parameters
    ----------
    days : a dossier due within so many working days is due soon.
    name : the one ward that they are of; without it, in how many wards they are is said.

    Examples
    --------
    >>> from motcua import load
    >>> month = load("2024-01", data="data/sample")
    >>> headline(month, to_do(month), 3).startswith("**Bấm kết thúc ngay ")
    True
    """
    counts = dossiers["action"].value_counts()
    asked = [WATCH(f"ask.{a}", n=counts[a], days=days) for a in ACTIONS if counts.get(a, 0)]
    wards = 0 if name else dossiers["code"].nunique()
    return WATCH.prose("headline", month, asked=asked, wards=wards)


def warnings(month: Month, newest: date) -> list[str]:
    """What the reader must know of the day: exports older or newer than it."""
    return WATCH.lines("warnings", month, newest=newest)


def summary(month: Month, dossiers: pd.DataFrame) -> Table:
    """One row per ward with something to do, most first: how many, and how many may be late."""
    counts = count_actions(dossiers, month.unit_names)
    room = budget(month).set_index("code")["affordable_late"]
    names = counts["code"].map(month.unit_names)
    table = counts.assign(name=names, affordable_late=counts["code"].map(room))
    order = {"by": ["total", "code"], "ascending": [False, True], "ignore_index": True}
    return WATCH.table("watch_summary", table[table["total"] > 0].sort_values(**order))


def in_words(dossiers: pd.DataFrame) -> pd.DataFrame:
    """Rows of `ward.to_do` with what to do, the time left or over, and where each dossier is."""
    rows = dossiers.to_dict("records")
    left = [WATCH("left", row=r, has_due=not pd.isna(r["working_days_left"])) for r in rows]
    return dossiers.assign(
        action_label=dossiers["action"].map(lambda a: WATCH(f"tasks.{a}")).astype(object),
        left=left,
        stands=[sheet_words.where_it_is(row) for row in rows],
    )


def write_watch(month: Month, newest: date, folder: Path, days: int) -> None:
    """Write the page of the city, and page and list of each ward, into a folder."""
    dossiers, names = to_do(month, days), file_names(month.unit_names)
    (folder / LISTS).mkdir()
    counts = count_actions(dossiers, month.unit_names).set_index("code").to_dict("index")
    labels, wards = columns("watch"), []
    for code, rows in dossiers.groupby("code", sort=False):
        title, file, rows = month.unit_names[code], names[code], in_words(rows)
        listed = rows[list(labels)].assign(due=rows["due"].map(day)).rename(columns=labels)
        (folder / LISTS / f"{file}.csv").write_bytes(to_csv(listed))  # UTF-8 with BOM, for Excel
        parts = [(WATCH(f"actions.{a}").lower(), counts[code][a]) for a in ACTIONS]
        line = "; ".join(f"{label}: {number(n)}" for label, n in parts if n)
        ward = {
            "name": title,
            "anchor": slug(f"{title} {code}"),
            "line": _html(f"{upper_first(line)}."),
            "table": Markup(WATCH.table("watch", rows, name=title, n=len(rows)).html()),
            "page": f"{LISTS}/{file}.html",
            "csv": f"{LISTS}/{file}.csv",
            "total": counts[code]["total"],
        }
        wards.append(ward)
        alone = [ward | {"page": "", "csv": f"{file}.csv"}]
        page = _page(month, newest, rows, days, title=title, wards=alone)
        (folder / LISTS / f"{file}.html").write_text(page, "utf-8")
    wards.sort(key=lambda ward: -ward["total"])
    idle = [name for code, name in month.unit_names.items() if not counts[code]["total"]]
    links = {ward["name"]: f"#{ward['anchor']}" for ward in wards}
    parts = {
        "summary": Markup(summary(month, dossiers).html(links)),
        "idle": _html(WATCH.prose("nothing", names=idle)),
    }
    page = _page(month, newest, dossiers, days, wards=wards, **parts)
    (folder / "index.html").write_text(page, "utf-8")


def _page(
    month: Month, newest: date, dossiers: pd.DataFrame, days: int, title: str = "", **parts: Any
) -> str:
    """HTML of the city's page, or of one ward's."""
    footer = {
        "source": SAY("footer.source.words", newest=newest),
        "method": WATCH("method", month, days=days),
        "made_by": SAY("footer.made_by.words", month, version=__version__),
    }
    front = Front(
        month=month.month,
        synthetic=month.synthetic,
        headline=str(headline(month, dossiers, days, title)),
        footer={SAY(f"footer.{part}.heading"): words for part, words in footer.items()},
        title=SAY("title", name=title, heading=WATCH("title", month)),
        issuer=month.params.office,
        back="../index.html" if title else "",
        back_label=SAY("back", name=title),
    )
    parts |= {"warnings": warnings(month, newest)}
    marking = sheet_words.SAY("internal") if title else WATCH("internal")
    return build_page("watch.html", front, styles=STYLES, marking=marking, **parts)


def _html(words: str) -> Markup:
    return Markup(markdown(words, Section("watch")))
