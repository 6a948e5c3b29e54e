"""What a reader of a Word document sees: numbers and dashes of lists, looks that styles give."""

from __future__ import annotations

from collections import Counter
from types import SimpleNamespace

from docx.oxml.ns import qn


def styles_of(paragraph):
    """Style of a paragraph, then those that it is based on."""
    style = paragraph.style
    while style is not None:
        yield style
        style = style.base_style


def list_of(paragraph):
    """Word's number of the list that a paragraph belongs to; None for none."""
    for holder in (paragraph._p, *(style.element for style in styles_of(paragraph))):
        found = None if holder.pPr is None else holder.pPr.numPr
        if found is not None:
            return found.numId.val
    return None


def printed(document):
    """Texts of the paragraphs as printed, with the numbers and dashes of Word's own lists."""
    numbering = document.part.numbering_part.element
    kinds = {k.get(qn("w:abstractNumId")): k for k in numbering.findall(qn("w:abstractNum"))}
    lists, counts, texts = {}, Counter(), []
    for one in numbering.num_lst:
        level = kinds[str(one.abstractNumId.val)].find(qn("w:lvl"))
        starts = one.xpath(".//w:startOverride/@w:val")
        lists[one.numId] = (level.find(qn("w:numFmt")).get(qn("w:val")), int((starts or [1])[0]))
    for paragraph in document.paragraphs:
        number = list_of(paragraph)
        mark = ""
        if number is not None:
            form, start = lists[number]
            mark = "- " if form == "bullet" else f"{start + counts[number]}. "
            counts[number] += 1
        texts.append(mark + paragraph.text)
    return texts


def look_of(paragraph):
    """Size, bold, italic, alignment, first line, space after, side indents, as styles give them."""
    look = SimpleNamespace(size=None, bold=None, italic=None, align=None, first=None, after=None)
    look.left = look.right = None
    for style in styles_of(paragraph):
        form, font = style.paragraph_format, style.font
        told = {
            "size": font.size, "bold": font.bold, "italic": font.italic, "align": form.alignment,
            "first": form.first_line_indent, "after": form.space_after,
            "left": form.left_indent, "right": form.right_indent,
        }  # fmt: skip
        for name, value in told.items():
            if getattr(look, name) is None:
                setattr(look, name, value)
    return look
