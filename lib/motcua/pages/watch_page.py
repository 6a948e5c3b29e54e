"""Page and lists of the daily check: one page of the city, one page and one list per ward."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
from bs4 import BeautifulSoup
from markupsafe import Markup

from motcua import __version__
from motcua.base.labels import columns
from motcua.base.vietnamese import day
from motcua.chapters import words_ward, words_watch
from motcua.chapters.stacked import stacked
from motcua.chapters.table import Table
from motcua.measures.month import Month
from motcua.measures.ward import count_actions, to_do
from motcua.pages.cells import Section, dress_tables, markdown, slug
from motcua.pages.page import Front, build_page
from motcua.pages.ward_pages import file_names
from motcua.papers.findings import to_csv

LISTS = "danh-sach"
STYLES = ("sheet.css",)


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
            "line": _html(words_watch.ward_line(counts[code])),
            "table": _table(words_watch.ward_table(rows, title)),
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
    table = _linked(_table(words_watch.summary(month, dossiers)), wards)
    page = _page(month, newest, dossiers, days, wards, table, _html(words_watch.nothing(idle)))
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
    heading = words_watch.title(month)
    front = Front(
        month=month.month,
        synthetic=month.synthetic,
        headline=str(words_watch.headline(month, dossiers, days, title)),
        footer={
            "Nguồn": f"Bản xuất hồ sơ mới nhất ngày {day(newest)}.",
            "Cách tính": words_watch.method(month, days),
            "Lập bởi": f"{month.params.office}, bằng motcua {__version__}.",
        },
        title=f"{title}: {heading[:1].lower()}{heading[1:]}" if title else heading,
        issuer=month.params.office,
        back="../index.html" if title else "",
        back_label="Tất cả các đơn vị" if title else "",
    )
    return build_page(
        "watch.html",
        front,
        styles=STYLES,
        marking=words_ward.INTERNAL if title else words_watch.INTERNAL,
        warnings=words_watch.warnings(month, newest),
        wards=wards,
        summary=summary,
        idle=idle,
    )


def _html(words: str) -> Markup:
    return Markup(markdown(words, Section("watch")))


def _table(table: Table) -> Markup:
    return Markup(stacked(dress_tables(table._repr_html_())))


def _linked(table: Markup, wards: list[dict]) -> Markup:
    """Table of the wards with each name as a link to what that ward has to do."""
    soup = BeautifulSoup(table, "html.parser")
    anchors = {ward["name"]: ward["anchor"] for ward in wards}
    for cell in soup.select("tbody th"):
        link = soup.new_tag("a", href=f"#{anchors[cell.text]}")
        link.string = cell.text
        cell.string = ""
        cell.append(link)
    return Markup(soup)


def _csv(rows: pd.DataFrame) -> bytes:
    """List of one ward, UTF-8 with BOM, Vietnamese headings, for Excel."""
    labels = columns("watch")
    told = words_watch.told(rows)[list(labels)]
    return to_csv(told.assign(due=told["due"].map(day)).rename(columns=labels))
