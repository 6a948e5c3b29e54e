"""What stands on printed pages, whatever fonts the machine has."""

from __future__ import annotations

from pathlib import Path

from pypdfium2 import PdfDocument

A4 = (595, 842)  # points


def squeezed(text: str) -> str:
    """Text without spaces: a word whose letters come from two fonts is printed in pieces.

    >>> squeezed("D Ữ  LI Ệ U") == squeezed("DỮ LIỆU")
    True
    """
    return "".join(text.split())


def words_of(pdf: Path) -> list[str]:
    """Squeezed text of each page."""
    with PdfDocument(pdf) as document:
        return [squeezed(page.get_textpage().get_text_range()) for page in document]


def sizes_of(pdf: Path) -> set[tuple[int, int]]:
    """Widths and heights of the pages in whole points."""
    with PdfDocument(pdf) as document:
        boxes = [page.get_mediabox() for page in document]
    return {(round(right - left), round(top - low)) for left, low, right, top in boxes}


def lowest_words(pdf: Path, margin: float) -> list[float]:
    """Height of the lowest word of each page above the lower edge, those in the margin apart."""
    with PdfDocument(pdf) as document:
        texts = [page.get_textpage() for page in document]
        places = [[text.get_rect(i)[1] for i in range(text.count_rects())] for text in texts]
    return [min(low for low in lows if low > margin) for lows in places]
