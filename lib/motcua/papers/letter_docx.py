"""Layout of the draft letter as a Word document: Nghị định 30/2020/NĐ-CP, Phụ lục I and mẫu 1.5.

What it says comes from `letter`; here are margins, sizes, rules and places only. The bytes are the
same for the same letter.
"""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from typing import Any

from docx import Document
from docx.document import Document as Doc
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.enum.text import WD_LINE_SPACING
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Emu, Length, Mm, Pt
from docx.styles.style import BaseStyle
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph as Line

from motcua.machine.files import fixed_zip, unzipped
from motcua.papers.letter import SAID, Letter, Paragraph, Piece

# Nghị định 30/2020/NĐ-CP, Phụ lục I: A4; margins top and bottom 20-25 mm, left 30-35, right 15-20.
TOP = BOTTOM = RIGHT = Mm(20)
LEFT, WIDE, HIGH = Mm(30), Mm(210), Mm(297)
TEXT = WIDE - LEFT - RIGHT
LEFT_HEAD, LEFT_FOOT = Mm(67), Mm(85)
BODY, SMALL, HEAD, MOTTO, NUMBER, COPIES = Pt(14), Pt(11), Pt(12), Pt(13), Pt(13), Pt(12)
INDENT, AFTER, SPACING = Cm(1.27), Pt(6), 1.05
UNDER_ISSUER = 0.4  # the rule is a third to a half of the line above it
TO_LEFT = Mm(40)  # where "Kính gửi:" begins
TO_HANGING = Mm(20)  # its width, so that the dashes stand below its colon
WORD_2013 = "15"  # the newest mode: Word then says nothing of compatibility
SIGNATURE_ROOM = 4  # empty lines


def letter_docx(letter: Letter, created: date) -> bytes:
    """Word document of a letter.

    Parameters
    ----------
    created : date in the document's properties, for example the period's last day; the clock is
        never asked.

    Examples
    --------
    >>> from motcua import load
    >>> from motcua.papers.letter import letter as draft
    >>> month = load("2024-01", data="data/sample")
    >>> letter_docx(draft(month), month.period.end)[:2]
    b'PK'
    """
    document = Document()
    _set_up(document, letter, created)
    _head(document, letter)
    _recipients(document, letter)
    for paragraph in letter.paragraphs:
        _body(document, paragraph)
    _foot(document, letter)
    out = io.BytesIO()
    document.save(out)
    return fixed_zip(unzipped(out.getvalue()))


# Page ------------------------------------------------------------------------------------------


def _set_up(document: Doc, letter: Letter, created: date) -> None:
    """Paper, fonts, page number, properties."""
    style = document.styles["Normal"]
    use_font(style)
    style.font.size = BODY
    form = style.paragraph_format
    form.space_before = form.space_after = Pt(0)
    form.line_spacing, form.widow_control = 1.0, True
    use_font(document.styles["Header"])
    _use_no_theme(document)
    for setting in document.settings.element.iter(qn("w:compatSetting")):
        if setting.get(qn("w:name")) == "compatibilityMode":
            setting.set(qn("w:val"), WORD_2013)
    section = document.sections[0]
    section.page_width, section.page_height = WIDE, HIGH
    section.top_margin, section.bottom_margin = TOP, BOTTOM
    section.left_margin, section.right_margin = LEFT, RIGHT
    section.header_distance = section.footer_distance = Mm(10)
    section.different_first_page_header_footer = True
    number = section.header.paragraphs[0]
    number.alignment = ALIGN.CENTER
    page_number(number)
    made_up = [f"{SAID['synthetic']}: {SAID['synthetic_note']}"] if letter.synthetic else []
    marks = [*made_up, *([letter.stamp] if letter.stamp else [])]
    if marks:
        for footer in (section.first_page_footer, section.footer):
            line = footer.paragraphs[0]
            line.alignment = ALIGN.CENTER
            write(line, [Piece(". ".join(marks), bold=True)], size=SMALL)
            use_font(document.styles["Footer"])
    _properties(document, letter, created)


def _use_no_theme(document: Doc) -> None:
    """Let the defaults of the document name no font of a theme either."""
    defaults = document.styles.element.find(qn("w:docDefaults"))
    for fonts in defaults.iter(qn("w:rFonts")):
        for name in list(fonts.attrib):
            del fonts.attrib[name]
        for slot in _SLOTS:
            fonts.set(qn(slot), FONT)


def _properties(document: Doc, letter: Letter, created: date) -> None:
    """Properties that tell nothing of a machine; the template's picture goes."""
    core, about = document.core_properties, "".join(piece.text for piece in letter.about)
    office = letter.params.office
    core.author = core.last_modified_by = office
    core.title, core.subject = f"{SAID['draft']}: {about}", about
    core.comments = SAID["synthetic_note"] if letter.synthetic else ""
    core.keywords = core.category = core.content_status = core.identifier = core.version = ""
    core.language, core.revision = "vi-VN", 1
    core.created = core.modified = datetime.combine(created, time(), UTC)
    package = document.part.package
    for key, relation in list(package.rels.items()):
        if relation.reltype == RELATIONSHIP_TYPE.THUMBNAIL:
            del package.rels[key]


# Head ------------------------------------------------------------------------------------------


def _head(document: Doc, letter: Letter) -> None:
    """Issuer, number, subject at the left; country, motto, place and date at the right."""
    params = letter.params
    right = TEXT - LEFT_HEAD
    mark = document.paragraphs[0] if document.paragraphs else document.add_paragraph()
    marks = [SAID["draft"], *([SAID["synthetic"]] if letter.synthetic else []), letter.stamp]
    words = " – ".join(filter(None, marks))
    form = box(mark).paragraph_format
    form.left_indent, form.space_after = Mm(2), Pt(6)
    form.right_indent = TEXT - bold_width(words, HEAD.pt) - Mm(10)
    _centred(mark, [Piece(words, bold=True)], size=HEAD)
    table = plain_table(document.add_table(2, 2), [LEFT_HEAD, right])
    (issuer, country), (number, place) = (row.cells for row in table.rows)

    line = lines(issuer)
    if params.parent_agency:
        _centred(line(), [Piece(params.parent_agency)], size=HEAD)
    for name in params.issuer_lines:
        _centred(line(), [Piece(name, bold=True)], size=HEAD)
    length = bold_width(params.issuer_lines[-1] if params.issuer_lines else "", HEAD.pt)
    rule_under(line(), int(UNDER_ISSUER * length), LEFT_HEAD)

    line = lines(country)
    _centred(line(), [Piece(SAID["motto"][0], bold=True)], size=HEAD)
    _centred(line(), [Piece(SAID["motto"][1], bold=True)], size=MOTTO)
    rule_under(line(), bold_width(SAID["motto"][1], MOTTO.pt), right)

    line = lines(number)
    _centred(line(), [Piece(f"Số:        /{params.letter_symbol}")], size=NUMBER, before=Pt(8))
    _centred(line(), letter.about, size=HEAD, before=Pt(6))
    day = SAID["date_line"].format(place=params.place, year=letter.year)
    _centred(lines(place)(), [Piece(day, italic=True)], size=NUMBER, before=Pt(8))


def _centred(line: Line, pieces: Iterable[Piece], size: Pt, before: Pt | None = None) -> Line:
    line.alignment = ALIGN.CENTER
    if before is not None:
        line.paragraph_format.space_before = before
    return write(line, pieces, size=size)


def _recipients(document: Doc, letter: Letter) -> None:
    """Kính gửi: one recipient in its line, several below it with dashes under the colon."""
    first = document.add_paragraph(SAID["to"])
    first.paragraph_format.left_indent = TO_LEFT
    first.paragraph_format.space_before = Pt(18)
    if len(letter.recipients) == 1:
        write(first, (Piece(" "), *letter.recipients[0]))
        first.paragraph_format.space_after = Pt(12)
        return
    for place, recipient in enumerate(letter.recipients, start=1):
        line = document.add_paragraph()
        last = place == len(letter.recipients)
        form = line.paragraph_format
        form.left_indent = TO_LEFT + TO_HANGING
        write(line, (Piece("- "), *recipient, Piece("." if last else ";")))
        form.space_after = Pt(12) if last else Pt(0)


# Body and foot ---------------------------------------------------------------------------------


def _body(document: Doc, paragraph: Paragraph) -> None:
    """One paragraph, justified, with its number or dash."""
    line = document.add_paragraph()
    line.alignment = ALIGN.JUSTIFY
    form = line.paragraph_format
    form.first_line_indent, form.space_after, form.line_spacing = INDENT, AFTER, SPACING
    lead = {"item": "- ", "point": f"{paragraph.number}. "}.get(paragraph.kind, "")
    write(line, ((Piece(lead),) if lead else ()) + paragraph.pieces)


def _foot(document: Doc, letter: Letter) -> None:
    """Nơi nhận at the left; authority, title and name of who signs at the right."""
    gap = document.add_paragraph()
    gap.paragraph_format.line_spacing = Pt(6)
    table = plain_table(document.add_table(1, 2), [LEFT_FOOT, TEXT - LEFT_FOOT])
    copies, signature = table.rows[0].cells
    _copies(copies, letter)
    line, params = lines(signature), letter.params
    if params.sign_authority:
        _centred(line(), [Piece(params.sign_authority, bold=True)], size=BODY)
    _centred(line(), [Piece(params.sign_title, bold=True)], size=BODY)
    for _ in range(SIGNATURE_ROOM):
        _centred(line(), [], size=BODY)
    _centred(line(), [Piece(params.signer, bold=True)], size=BODY)


def _copies(cell: _Cell, letter: Letter) -> None:
    line, params = lines(cell), letter.params
    write(line(), [Piece(SAID["copies_to"], bold=True, italic=True)], size=COPIES)
    copies = [SAID["as_above"], *(f"{copy};" for copy in params.copies)]
    for copy in (*copies, SAID["filed"].format(unit=params.drafting_unit)):
        write(line(), [Piece(f"- {copy}")], size=SMALL)


# What python-docx has no call for: fonts, rules, fields, tables --------------------------------


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


def write(paragraph: Line, pieces: Iterable[Piece], **look: Any) -> Line:
    """Add pieces to a paragraph, each in its style; `look` sets attributes of the font."""
    for piece in pieces:
        run = paragraph.add_run(piece.text)
        run.bold, run.italic = piece.bold or None, piece.italic or None
        for name, value in look.items():
            setattr(run.font, name, value)
    return paragraph


def rule_under(paragraph: Line, length: Length, width: Length) -> Line:
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


def box(paragraph: Line) -> Line:
    """Frame a paragraph with a thin line."""
    look = {"w:val": "single", "w:sz": "6", "w:space": "2", "w:color": "000000"}
    sides = ("w:top", "w:left", "w:bottom", "w:right")
    _add_border(paragraph, [_element(side, look) for side in sides])
    return paragraph


def _add_border(paragraph: Line, sides: list[Any]) -> None:
    border = OxmlElement("w:pBdr")
    for side in sides:
        border.append(side)
    properties = paragraph._p.get_or_add_pPr()
    properties.insert_element_before(
        border, "w:shd", "w:tabs", "w:suppressAutoHyphens", "w:spacing", "w:ind", "w:jc", "w:rPr"
    )


def page_number(paragraph: Line) -> Line:
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

    def following() -> Line:
        nonlocal first
        paragraph, first = first or cell.add_paragraph(), None
        return paragraph

    return following


def _element(tag: str, attributes: dict[str, str]) -> Any:
    element = OxmlElement(tag)
    for name, value in attributes.items():
        element.set(qn(name), value)
    return element
