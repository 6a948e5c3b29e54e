"""Layout of the draft letter as a Word document: Nghị định 30/2020/NĐ-CP, Phụ lục I and mẫu 1.5.

What it says comes from `letter`; here are margins, sizes, rules and places only. The bytes are the
same for the same letter.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from datetime import UTC, date, datetime, time

from docx import Document
from docx.document import Document as Doc
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml.ns import qn
from docx.shared import Cm, Mm, Pt
from docx.table import _Cell
from docx.text.paragraph import Paragraph as Line

from motcua.machine.files import fixed_zip, unzipped
from motcua.papers import words_letter as sentences
from motcua.papers.docx_parts import (
    bold_width,
    box,
    lines,
    page_number,
    plain_table,
    rule_under,
    use_font,
    write,
)
from motcua.papers.letter import Letter, Paragraph
from motcua.papers.trace import Piece

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
    >>> from motcua.letter import letter as draft
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
    if letter.synthetic:
        for footer in (section.first_page_footer, section.footer):
            line = footer.paragraphs[0]
            line.alignment = ALIGN.CENTER
            mark = f"{sentences.SYNTHETIC}: {sentences.SYNTHETIC_NOTE}"
            write(line, [Piece(mark, bold=True)], size=SMALL)
            use_font(document.styles["Footer"])
    _properties(document, letter, created)


def _use_no_theme(document: Doc) -> None:
    """Let the defaults of the document name no font of a theme either."""
    defaults = document.styles.element.find(qn("w:docDefaults"))
    for fonts in defaults.iter(qn("w:rFonts")):
        for name in list(fonts.attrib):
            del fonts.attrib[name]
        for slot in ("w:ascii", "w:hAnsi", "w:cs", "w:eastAsia"):
            fonts.set(qn(slot), "Times New Roman")


def _properties(document: Doc, letter: Letter, created: date) -> None:
    """Properties that tell nothing of a machine; the template's picture goes."""
    core, about = document.core_properties, "".join(piece.text for piece in letter.about)
    office = letter.params.office
    core.author = core.last_modified_by = office
    core.title, core.subject = f"{sentences.DRAFT}: {about}", about
    core.comments = sentences.SYNTHETIC_NOTE if letter.synthetic else ""
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
    words = f"{sentences.DRAFT} – {sentences.SYNTHETIC}" if letter.synthetic else sentences.DRAFT
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
    _centred(line(), [Piece(sentences.MOTTO[0], bold=True)], size=HEAD)
    _centred(line(), [Piece(sentences.MOTTO[1], bold=True)], size=MOTTO)
    rule_under(line(), bold_width(sentences.MOTTO[1], MOTTO.pt), right)

    line = lines(number)
    _centred(line(), [Piece(f"Số:        /{params.letter_symbol}")], size=NUMBER, before=Pt(8))
    _centred(line(), letter.about, size=HEAD, before=Pt(6))
    day = sentences.DATE_LINE.format(place=params.place, year=letter.year)
    _centred(lines(place)(), [Piece(day, italic=True)], size=NUMBER, before=Pt(8))


def _centred(line: Line, pieces: Iterable[Piece], size: Pt, before: Pt | None = None) -> Line:
    line.alignment = ALIGN.CENTER
    if before is not None:
        line.paragraph_format.space_before = before
    return write(line, pieces, size=size)


def _recipients(document: Doc, letter: Letter) -> None:
    """Kính gửi: one recipient in its line, several below it with dashes under the colon."""
    first = document.add_paragraph(sentences.TO)
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
    write(line(), [Piece(sentences.COPIES_TO, bold=True, italic=True)], size=COPIES)
    copies = [sentences.AS_ABOVE, *(f"{copy};" for copy in params.copies)]
    for copy in (*copies, sentences.FILED.format(unit=params.drafting_unit)):
        write(line(), [Piece(f"- {copy}")], size=SMALL)
