"""Sheets of the wards: one execution of the notebook each, one light page each."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

from motcua.base.errors import RunError
from motcua.base.vietnamese import month_label, number
from motcua.chapters import words_ward
from motcua.chapters.stacked import stacked
from motcua.machine.processes import shared_out
from motcua.measures.month import Month
from motcua.measures.ward import WardSheet, sheet_of
from motcua.pages.cells import read_section, slug
from motcua.pages.page import Front, build_page

FOLDER = "wards"
MAX_SHEET = 150_000  # bytes; a sheet goes by mail to a ward
# Names that Windows keeps for devices, whatever the extension.
_RESERVED = re.compile(r"con|prn|aux|nul|com\d|lpt\d", re.IGNORECASE)
_LETTERS = str.maketrans("0123456789", "ghijklmnop")  # digits beside those of a name look like more
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
    mark = hashlib.sha256(code.encode()).hexdigest()[:8].translate(_LETTERS)
    return f"{slug(code)[:40]}-{mark}"


def write_sheets(month: Month, folder: Path, footer: Mapping[str, str], jobs: int = 1) -> None:
    """Write wards/CODE.html of every unit from its executed notebook under notebooks/wards/.

    `jobs` processes share the units.

    Raises
    ------
    RunError
        A notebook failed, or a page is too heavy to send.
    """
    (folder / FOLDER).mkdir(exist_ok=True)

    def write(units: list[tuple[str, str]]) -> None:
        for unit in units:
            _write_sheet(month, folder, footer, *unit)

    shared_out(write, list(file_names(month.unit_names).items()), jobs)


def _write_sheet(
    month: Month, folder: Path, footer: Mapping[str, str], code: str, name: str
) -> None:
    """Write wards/CODE.html of one unit."""
    executed = folder / "notebooks" / FOLDER / f"{name}.ipynb"
    html = build_sheet(sheet_of(month, code), executed, footer)
    (folder / FOLDER / f"{name}.html").write_text(html, "utf-8")


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
        headline="",
        cards=words_ward.cards(sheet),
        footer=dict(footer),
        title=f"{words_ward.full_name(sheet)}: phiếu tháng {month_label(month.month)}",
        issuer=month.params.office,
    )
    marking = words_ward.INTERNAL
    section = read_section(executed)
    section.parts = [stacked(part) if "<table" in part else part for part in section.parts]
    html = build_page("sheet.html", front, [section], ["sheet.css"], marking=marking)
    if len(html.encode()) > MAX_SHEET + 400 * (len(sheet.late) + len(sheet.overdue)):
        raise RunError(
            f"Phiếu của {sheet.name} nặng {number(len(html.encode()))} byte, nặng quá mức."
        )
    return html
