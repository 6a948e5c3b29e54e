"""The documents of a month besides its page: letter, annexes; each a part of a run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from motcua.measures.month import Month
from motcua.papers.findings import to_csv
from motcua.papers.letter import letter, letter_trace
from motcua.papers.letter_docx import letter_docx
from motcua.papers.restricted import write_restricted
from motcua.papers.workbook import annex_xlsx

LETTER, TRACE, ANNEX = "cong-van.docx", "letter_trace.csv", "phu-luc.xlsx"


def write_letter(month: Month, folder: Path) -> None:
    """Write the draft letter, and where each of its numbers comes from."""
    (folder / LETTER).write_bytes(letter_docx(letter(month), month.period.end))
    (folder / TRACE).write_bytes(to_csv(letter_trace(month)))


def write_annex(month: Month, folder: Path) -> None:
    """Write the annex workbook."""
    (folder / ANNEX).write_bytes(annex_xlsx(month))


def write_repeats(month: Month, folder: Path) -> None:
    """Write the restricted annex on repeats, which is for Phòng Nội vụ alone."""
    write_restricted(month, folder)


# Part of a run -> what writes it.
WRITERS: dict[str, Callable[[Month, Path], None]] = {
    "letter": write_letter,
    "annex": write_annex,
    "restricted": write_repeats,
}
SAYS = {
    "letter": "Soạn dự thảo công văn ...",
    "annex": "Lập phụ lục ...",
    "restricted": "Lập phụ lục hạn chế ...",
}
