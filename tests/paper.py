"""What stands on printed pages, whatever fonts the machine has."""

from __future__ import annotations

from pathlib import Path

from pypdf import PdfReader

A4 = (595, 842)  # points


def squeezed(text: str) -> str:
    """Text without spaces: a word whose letters come from two fonts is printed in pieces.

    >>> squeezed("D Ữ  LI Ệ U") == squeezed("DỮ LIỆU")
    True
    """
    return "".join(text.split())


def words_of(pdf: Path) -> list[str]:
    """Squeezed text of each page."""
    return [squeezed(page.extract_text()) for page in PdfReader(pdf).pages]


def sizes_of(pdf: Path) -> set[tuple[int, int]]:
    """Widths and heights of the pages in whole points."""
    boxes = [page.mediabox for page in PdfReader(pdf).pages]
    return {(round(box.width), round(box.height)) for box in boxes}
