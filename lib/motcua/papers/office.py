"""What the Office writes beside the letter: report to the chairman, notices to units, apologies.

Sentences of sections are those that chapters conclude with, so that page, letter and report say the
same; what is added stands in data/words/report.yaml and notices.yaml. No applicant is named.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from motcua.base import vietnamese as vi
from motcua.base.reference import word
from motcua.chapters import causes, feedback, followup, front, rates
from motcua.chapters import ward as sheet_words
from motcua.chapters.sentences import Words, lower_first
from motcua.machine.files import mark_of
from motcua.measures.apologies import owed
from motcua.measures.frame import late_rows, overdue, table
from motcua.measures.month import Month
from motcua.measures.orders import letter_day
from motcua.measures.ward import WardSheet, sheet_of
from motcua.papers.annex import COLUMNS, form06_by_ward, form_sheet
from motcua.papers.document import TEXT, Annex, Block, Grid, Issuer, Sheet, docx, prose
from motcua.papers.letter import letter
from motcua.papers.workbook import printed

SAY, NOTICE = Words("report"), Words("notices")
REPORT, FOLDER = "bao-cao.docx", "phieu"
MOST_LETTERS = 60  # of a unit in the name of a file, which systems hold to 255 bytes
LONG_HEADS = {"in_person": 1.3, "on_time_or_left": 2.6, "open_in_time": 2.2}  # shares of the width
_NOT_IN_NAMES = re.compile(r'[<>:"/\\|?*\x00-\x1f]+')  # what Windows takes in no name of a file


def write_report(month: Month, folder: Path) -> None:
    """Write the Office's report, on which the letter rests."""
    (folder / REPORT).write_bytes(report_docx(month))


def write_notices(month: Month, folder: Path, codes: Iterable[str]) -> None:
    """Write phieu/: a notice for each unit, and a document of the apology slips that it owes."""
    place = folder / FOLDER
    place.mkdir(exist_ok=True)
    for name, content in notices(month, codes).items():
        (place / name).write_bytes(content)


def report_docx(month: Month) -> bytes:
    """Word document of the report: results, causes, complaints, former orders, proposals; form 06.

    Examples
    --------
    >>> from motcua import load
    >>> report_docx(load("2024-01", data="data/sample"))[:2]
    b'PK'
    """
    title = SAY("title", month)
    points = [
        Block("Khoan", point.pieces, point.number or 0)
        for point in letter(month).paragraphs
        if point.kind == "point"
    ]
    units = SAY.table("report_units", month.rates, month)
    shares = [2.2] + [1] * (len(units.columns) - 1)
    parts = {
        "results": [
            *prose(rates.conclusion(month)),
            *prose(SAY.prose("compared", month, rate=front.key_numbers(month)[0])),
            *prose(rates.backlog_reading(month))[1:],  # the first is said above
            Grid(units.columns, units.rows, shares),
        ],
        "causes": [
            *prose(causes.conclusion(month)),
            *prose(causes.points_reading(month)),
            *prose(causes.back_reading(month)),
        ],
        "feedback": prose(feedback.conclusion(month)),
        "followup": prose(followup.conclusion(month)),
        "proposals": [Block(TEXT, SAY("proposals", month)), *points],
    }
    blocks = [
        Block(TEXT, SAY("intro", month)),
        *_sections(SAY, "", parts),
        Block(TEXT, SAY("closing", month)),
    ]
    sheet = _paper(SAY, "", month, _office(month), [month.params.directed_by], blocks)
    return docx([sheet], title, month, month.period.end, _form(month))


def _form(month: Month) -> Annex:
    """Form II.06a by unit, as the annex has it, on pages across."""
    sheet = form_sheet(month, "form_wards", form06_by_ward(month))
    form = printed(sheet, month.params.threshold_percent)
    shares = [LONG_HEADS.get(name, 1) for name in COLUMNS.values()]
    table = Grid(form["heads"], form["rows"], [0.6, 2.2, *shares])
    return Annex(SAY("annex"), SAY("annex_title", month), table)


def notices(month: Month, codes: Iterable[str]) -> dict[str, bytes]:
    """Name of a file -> Word document: notices for units, and the slips of those that owe any.

    Examples
    --------
    >>> from motcua import load
    >>> list(notices(load("2024-01", data="data/sample"), ["26374"]))[0]
    'Tam Phước - phieu nhac 01-2024.docx'
    """
    owes, ending = without_apology(month), "-".join(month.month.split("-")[::-1])
    names, files = stems(month.unit_names), {}
    for code in codes:
        sheet = sheet_of(month, code)
        slips = [_slip(sheet, row) for row in owes[owes["code"] == code].to_dict("records")]
        papers = {
            "notice": ([_notice(sheet)], NOTICE("notice.title", month)),
            "slips": (slips, NOTICE("slip.kind")),
        }
        for kind, (sheets, subject) in papers.items():
            if sheets:
                name = NOTICE(f"names.{kind}", name=names[code], ending=ending)
                files[name] = docx(sheets, subject, month, month.period.end)
    return files


def stems(names: Mapping[str, str]) -> dict[str, str]:
    """Unit code -> how the names of its files begin, on every system, no two the same.

    Examples
    --------
    >>> stems({"1": "Hố Nai", "2": "Tân/Mai", "3": "tân_mai"})
    {'1': 'Hố Nai', '2': 'Tân_Mai dknjleja', '3': 'tân_mai kegnkgol'}
    """
    plain = {code: _NOT_IN_NAMES.sub("_", name).strip(" .") for code, name in names.items()}
    same = Counter(vi.nfc(name[:MOST_LETTERS]) for name in plain.values())
    return {
        code: name
        if 0 < len(name) <= MOST_LETTERS and same[vi.nfc(name)] == 1
        else f"{name[:MOST_LETTERS]} {mark_of(code)}".strip()
        for code, name in plain.items()
    }


def _notice(sheet: WardSheet) -> Sheet:
    """What a unit has to do, by when, and room for its answer."""
    month, unit = sheet.month, _unit(sheet)
    heads = NOTICE("notice.order_heads").splitlines()
    orders = [[str(o.number), f"{o.title}: {lower_first(o.task)}", o.evidence, vi.day(o.due), ""]
              for o in sheet.orders]  # fmt: skip
    tasks = [re.sub(r"^\d+\. ", "", line) for line in sheet_words.tasks(sheet).splitlines()]
    in_table = tuple(f"**{order.title}**" for order in sheet.orders)  # told there, with their days
    values = {
        "unit": unit,
        "home_affairs": month.params.recipients.get("home_affairs") or word("home_full"),
        "due": sheet_words.report_by(sheet) or letter_day(month),
        "blank": NOTICE("blank"),
    }
    parts: dict[str, list[Block | Grid]] = {
        "state": prose(sheet_words.conclusion(sheet)),
        "tasks": [Block("GachDauDong", t) for t in tasks if not t.startswith(in_table)],
        "orders": [Grid(heads, orders, [0.6, 3.6, 1.9, 1.2, 1.6])] if orders else [],
        "dossiers": _to_act_on(sheet),
        "reply": [Block(TEXT, NOTICE("notice.reply", month, **values))],
    }
    blocks = [
        Block(TEXT, NOTICE("notice.intro", month, unit=unit)),
        *_sections(NOTICE, "notice.", parts),
        Block(TEXT, NOTICE("notice.closing")),
    ]
    to = [NOTICE("notice.to", unit=unit)]
    return _paper(NOTICE, "notice.", month, _office(month), to, blocks, **values)


def _sections(
    say: Words, part: str, sections: Mapping[str, list[Block | Grid]]
) -> Iterator[Block | Grid]:
    """Blocks of sections that say something, each under its heading."""
    for name, blocks in sections.items():
        if blocks:
            yield from (Block("Heading1", say(f"{part}sections.{name}")), *blocks)


def _paper(
    say: Words, part: str, month: Month, issuer: Issuer, to: list[str],
    blocks: list[Block | Grid], **values: Any,
) -> Sheet:  # fmt: skip
    """Sheet whose kind, title, symbol and copies stand under a part of the words."""
    kind, title, symbol, copies = (
        say(f"{part}{name}", month, **values) for name in ("kind", "title", "symbol", "copies")
    )
    return Sheet(issuer, symbol, blocks, copies.splitlines(), "", kind, title, to)


def _to_act_on(sheet: WardSheet) -> list[Block | Grid]:
    """Dossiers to act on, oldest first, with room for what was done; closed since; wrong rows."""
    open_ = sheet_words.backlog_table(sheet)
    wrong = prose(sheet_words.notes(sheet))[:1] if len(sheet.set_aside) else []
    if isinstance(open_, str):
        return [*(prose(open_) if len(sheet.backlog) else []), *wrong]
    heads = [*open_.columns, NOTICE("notice.dossier_reply")]
    rows = Grid(heads, [[*row, ""] for row in open_.rows], [2.1, 2.5, 1.45, 0.9, 2.25, 1.4])
    return [rows, *([Block(TEXT, open_.note)] if open_.note else []), *wrong]


@table
def without_apology(month: Month) -> pd.DataFrame:
    """Dossiers that owe an apology and have none, with what a slip names; one row each."""
    rows = owed(month)
    rows = rows[rows["state"] == "none"]
    columns = ["dossier_id", "received_at", "procedure"]
    named = pd.concat([late_rows(month)[columns], overdue(month)[columns]])
    return rows.merge(named, on="dossier_id").sort_values(["code", "due", "dossier_id"])


def _slip(sheet: WardSheet, row: dict) -> Sheet:
    """Mẫu số 04 for one dossier; who applied is left blank."""
    month, unit, blank = sheet.month, _unit(sheet), NOTICE("blank")
    values = {"unit": unit, "blank": blank, "blank_day": NOTICE("blank_day"), "row": row}
    values["reason"] = NOTICE("slip.reason", cause=row["cause"], unit=unit)
    issuer = Issuer(
        month.params.issuer_lines,
        NOTICE("slip.issuer", unit=unit.upper()).splitlines(),
        month.params.place,
        NOTICE("slip.signed_as").splitlines(),
    )
    lines = [Block(TEXT, line) for line in NOTICE("slip.body", **values).splitlines()]
    return _paper(NOTICE, "slip.", month, issuer, [blank], lines)


def _unit(sheet: WardSheet) -> str:
    return f"{sheet.unit.kind} {sheet.name}".strip()


def _office(month: Month) -> Issuer:
    """The Office below the issuer of the letter."""
    p = month.params
    return Issuer(p.issuer_lines, [p.office.upper()], p.place, [p.office_sign_title])
