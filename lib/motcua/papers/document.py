"""Word documents by Nghị định 30/2020/NĐ-CP, Phụ lục I: parts in XML, filled and packed.

Looks stand in templates/docx/styles.xml as styles with names; a document's own template says which
paragraph has which. Every value is escaped; the bytes are the same for the same values.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import groupby
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from motcua.base.params import Params
from motcua.base.reference import WORDS, read_yaml
from motcua.base.vietnamese import printable
from motcua.chapters.table import is_number
from motcua.machine.files import fixed_zip
from motcua.papers.letter import Letter, Piece

SAID = read_yaml("letter", WORDS)
PARTS = {  # place in the package -> template
    "[Content_Types].xml": "content_types.xml",
    "_rels/.rels": "rels.xml",
    "docProps/core.xml": "core.xml",
    "word/_rels/document.xml.rels": "document_rels.xml",
    "word/styles.xml": "styles.xml",
    "word/numbering.xml": "numbering.xml",
    "word/settings.xml": "settings.xml",
    "word/header.xml": "header.xml",
    "word/footer.xml": "footer.xml",
}
# Kind of a paragraph of the letter -> its style.
PARAGRAPHS = {"ground": "CanCu", "text": "NoiDung", "item": "GachDauDong", "point": "Khoan"}
POINTS, RESTARTED = 1, 11  # numbering.xml: the list of points, the first of lists begun elsewhere
_LOOKS = {(True, False): "Strong", (False, True): "Emphasis"}


@dataclass(frozen=True)
class About:
    """What the properties of a document and its marks say.

    Attributes
    ----------
    title, subject, author : properties that Word shows.
    day : date of the properties, for example the period's last day; the clock is never asked.
    marks : what stands at the foot of every page, as "DỮ LIỆU MÔ PHỎNG"; empty for none.
    draft : the mark above the head.
    """

    title: str
    subject: str
    author: str
    day: date
    note: str = ""
    marks: str = ""
    draft: str = SAID["draft"]


def about(params: Params, subject: str, day: date, synthetic: bool, stamp: str = "") -> About:
    """Properties and marks of a draft.

    Examples
    --------
    >>> from motcua.base.params import Params
    >>> about(Params(), "V/v", date(2024, 1, 14), synthetic=True).draft
    'DỰ THẢO – DỮ LIỆU MÔ PHỎNG'
    """
    made_up = f"{SAID['synthetic']}: {SAID['synthetic_note']}" if synthetic else ""
    marks = [SAID["draft"], SAID["synthetic"] if synthetic else "", stamp]
    return About(
        title=f"{SAID['draft']}: {subject}",
        subject=subject,
        author=params.office,
        day=day,
        note=SAID["synthetic_note"] if synthetic else "",
        marks=". ".join(filter(None, (made_up, stamp))),
        draft=" – ".join(filter(None, marks)),
    )


def docx(template: str, about: About, params: Params, year: int, **values: Any) -> bytes:
    """Word document of a template of templates/docx/.

    Parameters
    ----------
    template : name of its file without ".xml".
    params : who issues and signs it.
    year : of the blank date.
    values : what else the template names; texts, pieces, and lists of them.
    """
    values |= {
        "about": about,
        "said": SAID,
        "starts": values.get("starts", ()),
        "issuer": {
            "above": params.parent_agency,
            "lines": params.issuer_lines,
            "date_line": SAID["date_line"].format(place=params.place, year=year),
        },
        "signature": {
            "above": [line for line in (params.sign_authority, params.sign_title) if line],
            "name": params.signer,
        },
    }
    parts = PARTS | {"word/document.xml": f"{template}.xml"}
    made = {place: _environment().get_template(name) for place, name in parts.items()}
    return fixed_zip({place: one.render(values).strip().encode() for place, one in made.items()})


@cache
def _environment() -> Environment:
    """Templates that escape what they are given and leave out what no XML can carry."""
    environment = Environment(
        loader=PackageLoader("motcua", "templates/docx"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: value if isinstance(value, Markup) else printable(value),
    )
    environment.filters |= {"spans": spans, "plain": plain, "is_figure": is_number}
    return environment


def spans(pieces: str | Iterable[Piece]) -> list[tuple[str, str]]:
    """Text and character style of stretches that look alike, as few as can be.

    Examples
    --------
    >>> spans([Piece("Có "), Piece("03", "city.late", 3), Piece("!", bold=True)])
    [('Có 03', ''), ('!', 'Strong')]
    """
    pieces = (Piece(pieces),) if isinstance(pieces, str) else pieces
    alike = groupby(pieces, key=lambda piece: _LOOKS.get((piece.bold, piece.italic), ""))
    told = [("".join(piece.text for piece in group), look) for look, group in alike]
    return [(text, look) for text, look in told if text]


def plain(pieces: str | Iterable[Piece]) -> str:
    """Text of pieces."""
    return "".join(text for text, _ in spans(pieces))


def numbered(numbers: Iterable[int]) -> tuple[dict[int, int], list[int]]:
    """Word's list of each printed number, and where lists begin that do not go on from 1.

    Examples
    --------
    >>> numbered([1, 2, 4, 5])
    ({1: 1, 2: 1, 4: 11, 5: 11}, [4])
    """
    lists, starts = {}, []
    for number in numbers:
        if number != 1 and number - 1 not in lists:
            starts.append(number)
        lists[number] = RESTARTED + len(starts) - 1 if starts else POINTS
    return lists, starts


def letter_docx(letter: Letter, created: date) -> bytes:
    """Word document of a letter.

    Parameters
    ----------
    created : date in the document's properties, for example the period's last day.

    Examples
    --------
    >>> from motcua import load
    >>> from motcua.papers.letter import letter as draft
    >>> month = load("2024-01", data="data/sample")
    >>> letter_docx(draft(month), month.period.end)[:2]
    b'PK'
    """
    params = letter.params
    numbers, starts = numbered(p.number for p in letter.paragraphs if p.number)
    return docx(
        "cong-van",
        about(params, plain(letter.about), created, letter.synthetic, letter.stamp),
        params,
        letter.year,
        letter=letter,
        styles=PARAGRAPHS,
        numbers=numbers,
        starts=starts,
        copies=[
            SAID["as_above"],
            *(f"{copy};" for copy in params.copies),
            SAID["filed"].format(unit=params.drafting_unit),
        ],
    )
