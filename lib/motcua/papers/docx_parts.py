"""Small pieces of Word documents that python-docx has no call for: fonts, rules, fields, tables."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Any

from docx.enum.text import WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Emu, Length, Pt
from docx.styles.style import BaseStyle
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph

from motcua.papers.trace import Piece

FONT = "Times New Roman"
_SLOTS = ("w:ascii", "w:hAnsi", "w:cs", "w:eastAsia")

# Widths of Times New Roman Bold in thousandths of its size (Adobe Font Metrics, Times-Bold).
_CAPITALS = (
    722, 667, 722, 722, 667, 611, 778, 778, 389, 500, 778, 667, 944, 722, 778, 611, 778, 722, 556,
    667, 722, 722, 1000, 722, 722, 667,
)  # fmt: skip
_SMALL = (
    500, 556, 444, 556, 444, 333, 500, 556, 278, 333, 556, 278, 833, 556, 500, 556, 556, 444, 389,
    333, 556, 500, 722, 500, 500, 444,
)  # fmt: skip
_WIDTHS = {
    **{chr(65 + i): width for i, width in enumerate(_CAPITALS)},
    **{chr(97 + i): width for i, width in enumerate(_SMALL)},
    **{" ": 250, "-": 333, ".": 250, ",": 250, "Đ": 722, "đ": 556, "/": 278},
}


def bold_width(text: str, size: float) -> Length:
    """Width of a line in Times New Roman Bold of `size` points.

    Examples
    --------
    >>> round(bold_width("Độc lập - Tự do - Hạnh phúc", 13).pt)
    159
    """
    letters = [c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c)]
    return Pt(sum(_WIDTHS.get(c, 500) for c in letters) / 1000 * size)


def use_font(style: BaseStyle) -> None:
    """Times New Roman in all four slots of a style, and Vietnamese as its language."""
    properties = style.element.get_or_add_rPr()
    fonts = properties.get_or_add_rFonts()
    for attribute in list(fonts.attrib):
        del fonts.attrib[attribute]
    for slot in _SLOTS:
        fonts.set(qn(slot), FONT)
    for old in properties.findall(qn("w:lang")):
        properties.remove(old)
    properties.append(_element("w:lang", {"w:val": "vi-VN", "w:eastAsia": "vi-VN"}))


def write(paragraph: Paragraph, pieces: Iterable[Piece], **look: Any) -> Paragraph:
    """Add pieces to a paragraph, each in its style; `look` sets attributes of the font."""
    for piece in pieces:
        run = paragraph.add_run(piece.text)
        run.bold, run.italic = piece.bold or None, piece.italic or None
        for name, value in look.items():
            setattr(run.font, name, value)
    return paragraph


def rule_under(paragraph: Paragraph, length: Length, width: Length) -> Paragraph:
    """Make an empty paragraph a thin rule of some length, in the middle of a column of `width`."""
    form = paragraph.paragraph_format
    side = Emu(max(0, (width - length) // 2))
    form.left_indent = form.right_indent = side
    form.space_before, form.space_after = Pt(2), Pt(0)
    form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(2)
    border = _element(
        "w:top", {"w:val": "single", "w:sz": "6", "w:space": "0", "w:color": "000000"}
    )
    _add_border(paragraph, [border])
    return paragraph


def box(paragraph: Paragraph) -> Paragraph:
    """Frame a paragraph with a thin line."""
    look = {"w:val": "single", "w:sz": "6", "w:space": "2", "w:color": "000000"}
    sides = ("w:top", "w:left", "w:bottom", "w:right")
    _add_border(paragraph, [_element(side, look) for side in sides])
    return paragraph


def _add_border(paragraph: Paragraph, sides: list[Any]) -> None:
    border = OxmlElement("w:pBdr")
    for side in sides:
        border.append(side)
    properties = paragraph._p.get_or_add_pPr()
    properties.insert_element_before(
        border, "w:shd", "w:tabs", "w:suppressAutoHyphens", "w:spacing", "w:ind", "w:jc", "w:rPr"
    )


def page_number(paragraph: Paragraph) -> Paragraph:
    """Add the number of the page, as a field."""
    run = paragraph.add_run()
    for kind in ("begin", "instruction", "separate", "shown", "end"):
        if kind == "instruction":
            part = _element("w:instrText", {"xml:space": "preserve"})
            part.text = " PAGE "
        elif kind == "shown":
            part = OxmlElement("w:t")
            part.text = "2"
        else:
            part = _element("w:fldChar", {"w:fldCharType": kind})
        run._r.append(part)
    return paragraph


def plain_table(table: Table, widths: Iterable[Length]) -> Table:
    """Table without borders and cell margins, of fixed widths, whose rows stay on one page."""
    table.autofit = False
    margins = OxmlElement("w:tblCellMar")
    for side in ("w:left", "w:right"):
        margins.append(_element(side, {"w:w": "0", "w:type": "dxa"}))
    look = table._tbl.tblPr.find(qn("w:tblLook"))
    table._tbl.tblPr.append(margins) if look is None else look.addprevious(margins)
    widths = list(widths)
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width
    for row in table.rows:
        row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
        for cell, width in zip(row.cells, widths, strict=True):
            cell.width = width
    return table


def lines(cell: _Cell) -> Any:
    """Give a cell's paragraphs one after another: the empty one that it has, then new ones."""
    first = cell.paragraphs[0]

    def following() -> Paragraph:
        nonlocal first
        paragraph, first = first or cell.add_paragraph(), None
        return paragraph

    return following


def _element(tag: str, attributes: dict[str, str]) -> Any:
    element = OxmlElement(tag)
    for name, value in attributes.items():
        element.set(qn(name), value)
    return element
