"""Pages of the wards: the sheets of a month, and page and list of the daily check."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path

import pandas as pd
from markupsafe import Markup

from motcua import __version__
from motcua.base.errors import RunError
from motcua.base.reference import columns
from motcua.base.vietnamese import day, number
from motcua.chapters import ward as sheet_words
from motcua.chapters import watch as watch_words
from motcua.chapters.sentences import Words
from motcua.machine.files import mark_of
from motcua.measures.month import Month
from motcua.measures.ward import WardSheet, count_actions, sheet_of, to_do
from motcua.pages.cells import Section, markdown, read_section, slug
from motcua.pages.page import Front, build_page
from motcua.papers.findings import to_csv

SAY = Words("ward_pages")
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
    return {c: c if _is_plain(c) and same[c.casefold()] == 1 else _hashed(c) for c in codes}


def _is_plain(code: str) -> bool:
    return bool(_PLAIN.fullmatch(code)) and not _RESERVED.fullmatch(code)


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
        month=month.month,
        start=month.period.start,
        end=month.period.end,
        synthetic=month.synthetic,
        stamp=month.stamp,
        uncovered=month.uncovered,
        headline="",
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


def write_watch(month: Month, newest: date, folder: Path, days: int) -> None:
    """Write the page of the city, and page and list of each ward, into a folder."""
    dossiers, names = to_do(month, days), file_names(month.unit_names)
    (folder / LISTS).mkdir()
    counts = count_actions(dossiers, month.unit_names).set_index("code").to_dict("index")
    wards = []
    for code, rows in dossiers.groupby("code", sort=False):
        title, file = month.unit_names[code], names[code]
        (folder / LISTS / f"{file}.csv").write_bytes(_csv(rows))
        ward = {
            "name": title,
            "anchor": slug(f"{title} {code}"),
            "line": _html(watch_words.ward_line(counts[code])),
            "table": Markup(watch_words.ward_table(rows, title).html()),
            "page": f"{LISTS}/{file}.html",
            "csv": f"{LISTS}/{file}.csv",
            "total": counts[code]["total"],
        }
        wards.append(ward)
        alone = ward | {"page": "", "csv": f"{file}.csv"}
        page = _page(month, newest, rows, days, [alone], title=title)
        (folder / LISTS / f"{file}.html").write_text(page, "utf-8")
    wards.sort(key=lambda ward: -ward["total"])
    idle = [month.unit_names[c] for c in month.unit_names if not counts[c]["total"]]
    links = {ward["name"]: f"#{ward['anchor']}" for ward in wards}
    table = Markup(watch_words.summary(month, dossiers).html(links))
    page = _page(month, newest, dossiers, days, wards, table, _html(watch_words.nothing(idle)))
    (folder / "index.html").write_text(page, "utf-8")


def _page(
    month: Month,
    newest: date,
    dossiers: pd.DataFrame,
    days: int,
    wards: list[dict],
    summary: Markup | str = "",
    idle: Markup | str = "",
    title: str = "",
) -> str:
    """HTML of the city's page, or of one ward's."""
    footer = {
        "source": SAY("footer.source.words", newest=newest),
        "method": watch_words.method(month, days),
        "made_by": SAY("footer.made_by.words", month, version=__version__),
    }
    front = Front(
        month=month.month,
        synthetic=month.synthetic,
        headline=str(watch_words.headline(month, dossiers, days, title)),
        footer={SAY(f"footer.{part}.heading"): words for part, words in footer.items()},
        title=SAY("title", name=title, heading=watch_words.title(month)),
        issuer=month.params.office,
        back="../index.html" if title else "",
        back_label=SAY("back", name=title),
    )
    return build_page(
        "watch.html",
        front,
        styles=STYLES,
        marking=sheet_words.SAY("internal") if title else watch_words.internal(),
        warnings=watch_words.warnings(month, newest),
        wards=wards,
        summary=summary,
        idle=idle,
    )


def _html(words: str) -> Markup:
    return Markup(markdown(words, Section("watch")))


def _csv(rows: pd.DataFrame) -> bytes:
    """List of one ward, UTF-8 with BOM, Vietnamese headings, for Excel."""
    labels = columns("watch")
    told = watch_words.told(rows)[list(labels)]
    return to_csv(told.assign(due=told["due"].map(day)).rename(columns=labels))
