"""Word documents by Nghị định 30/2020/NĐ-CP, Phụ lục I: parts in XML, filled and packed.

A part stands in templates/docx where it stands in the package; looks stand in word/styles.xml as
styles with names. A document is sheets of blocks, and each block says which style it has. Every
value is escaped; the same values give the same bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache, lru_cache
from itertools import groupby
from operator import itemgetter

from jinja2 import Environment, PackageLoader, Template
from markupsafe import Markup

from motcua.base.vietnamese import printable
from motcua.chapters.sentences import STRICT, unescaped
from motcua.chapters.table import is_number
from motcua.machine.files import fixed_zip
from motcua.measures.month import Month
from motcua.measures.orders import letter_day
from motcua.papers.letter import SAID, Letter, Piece

PARTS = (  # in the order of the package
    "[Content_Types].xml", "_rels/.rels", "docProps/core.xml", "word/document.xml",
    "word/_rels/document.xml.rels", "word/styles.xml", "word/numbering.xml", "word/settings.xml",
    "word/header.xml", "word/footer.xml",
)  # fmt: skip
TEXT = "NoiDung"
LETTER_STYLES = {"ground": "CanCu", "text": TEXT, "item": "GachDauDong", "point": "Khoan"}
POINTS, RESTARTED = 1, 11  # numbering.xml: the list of points, the first of lists begun elsewhere
WIDE, ACROSS = 9071, 14570  # twentieths of a point between the margins: 160 mm, across 257 mm
KEPT = 4096  # paragraphs
_LOOKS = {(True, False): "Strong", (False, True): "Emphasis"}
_BOLD = re.compile(r"\*\*(.+?)\*\*")

Pieces = str | Sequence[Piece]
Spanned = tuple[int, int, int, int, str]  # row, place, rows and columns that it takes, words


@dataclass(frozen=True)
class Block:
    """A paragraph: its style of word/styles.xml, its words, its number as printed."""

    style: str
    words: Pieces
    number: int = 0


@dataclass(frozen=True)
class Grid:
    """A ruled table: headings, rows of cells, shares of the width (equal ones when empty).

    Headings are words or, where some stand above others, cells as workbooks have them.
    """

    heads: Sequence[str | Spanned]
    rows: Sequence[Sequence[str]]
    shares: Sequence[float] = ()

    def widths(self, whole: int = WIDE) -> list[int]:
        """Widths of the columns in twentieths of a point, of a table so wide."""
        shares = self.shares or [1] * len(self.heads)
        return [round(whole * share / sum(shares)) for share in shares]

    def tiers(self) -> list[list[tuple[int, int, str, str]]]:
        """Rows of headings: place, columns, Word's word for a cell of several rows, words.

        Examples
        --------
        >>> Grid([(0, 0, 2, 1, "TT"), (0, 1, 1, 2, "Hồ sơ"), (1, 1, 1, 1, "Mới")], []).tiers()[1]
        [(0, 1, 'continue', ''), (1, 1, '', 'Mới')]
        """
        cells = [(0, i, 1, 1, h) if isinstance(h, str) else h for i, h in enumerate(self.heads)]
        tiers: list[list[tuple[int, int, str, str]]] = [[] for _ in range(1 + max(cells)[0])]
        for top, place, deep, wide, words in sorted(cells, key=itemgetter(1)):
            merged = ["restart", *["continue"] * (deep - 1)] if deep > 1 else [""]
            for row, merge in enumerate(merged):
                tiers[top + row].append((place, wide, merge, "" if row else words))
        return tiers


@dataclass(frozen=True)
class Annex:
    """A table on pages across, behind the sheets: "PHỤ LỤC", its title, the table."""

    heading: str
    title: str
    table: Grid


@dataclass(frozen=True)
class Issuer:
    """Who issues a sheet: agency above and own name line by line, place of its date, who signs."""

    above: Sequence[str]
    lines: Sequence[str]
    place: str
    signed_as: Sequence[str]
    signer: str = ""


@dataclass(frozen=True)
class Sheet:
    """A sheet with head and foot; a document has one or more, each on a page of its own.

    Attributes
    ----------
    symbol : after "Số:      /".
    subject : "V/v ..." under the number of an official letter; empty for other kinds.
    kind, title : name of another kind ("BÁO CÁO") and what it is about.
    recipients : after "Kính gửi:".
    copies : after "Nơi nhận:".
    """

    issuer: Issuer
    symbol: str
    blocks: Sequence[Block | Grid]
    copies: Sequence[str]
    subject: Pieces = ""
    kind: str = ""
    title: str = ""
    recipients: Sequence[Pieces] = field(default=())


def docx(
    sheets: Sequence[Sheet], subject: str, month: Month, day: date, annex: Annex | None = None
) -> bytes:
    """Word document of sheets, marked as a draft.

    Parameters
    ----------
    subject : what it is about, for its properties.
    month : whose office it is, whether the numbers are made up, what else every page must say.
    day : date of its properties, for example the period's last day; the clock is never asked.
    """
    mark, note = (SAID[name] if month.synthetic else "" for name in ("synthetic", "synthetic_note"))
    lists, starts = numbered(b.number for s in sheets for b in s.blocks if isinstance(b, Block))
    values = {
        "about": {
            "title": f"{SAID['draft']}: {subject}",
            "subject": subject,
            "author": month.params.office,
            "note": note,
            "day": day,
            "marks": ". ".join(filter(None, (mark and f"{mark}: {note}", month.stamp))),
            "draft": " – ".join(filter(None, (SAID["draft"], mark, month.stamp))),
        },
        "said": SAID,
        "year": letter_day(month).year,  # of blank dates
        "sheets": sheets,
        "annex": annex,
        "across": ACROSS,
        "lists": lists,
        "starts": starts,
    }
    made = {place: part.render(values).strip().encode() for place, part in compiled().items()}
    return fixed_zip(made)


@cache
def compiled() -> dict[str, Template]:
    """Place in the package -> its template, which escapes and leaves out what no XML can carry."""
    environment = Environment(
        loader=PackageLoader("motcua", "templates/docx"),
        autoescape=True,
        finalize=lambda value: value if isinstance(value, Markup) else printable(value),
        **STRICT,
    )
    environment.filters |= {"spans": spans, "plain": plain, "is_figure": is_number}
    paragraph = environment.get_template("paragraph.xml").module.p
    environment.globals["p"] = lru_cache(KEPT)(paragraph)  # notices say the same again and again
    # No template is a hidden file, which copies of a folder may lack.
    names = {place: f"{place.removesuffix('.xml')}.xml".replace("/.", "/") for place in PARTS}
    return {place: environment.get_template(name) for place, name in names.items()}


def spans(words: Pieces) -> list[tuple[str, str]]:
    """Text and character style of stretches that look alike, as few as can be.

    Words may be pieces, or Markdown as chapters write it: ** around what is bold, no other mark.

    Examples
    --------
    >>> spans([Piece("Có "), Piece("03", "city.late", 3), Piece("!", bold=True)])
    [('Có 03', ''), ('!', 'Strong')]
    >>> spans("Có **03** hồ sơ")
    [('Có ', ''), ('03', 'Strong'), (' hồ sơ', '')]
    """
    if isinstance(words, str):
        parts = enumerate(_BOLD.split(words))
        words = [Piece(unescaped(part), bold=place % 2 == 1) for place, part in parts]
    alike = groupby(words, key=lambda piece: _LOOKS.get((piece.bold, piece.italic), ""))
    pieces = [("".join(piece.text for piece in group), look) for look, group in alike]
    return [(text, look) for text, look in pieces if text]


def plain(words: Pieces) -> str:
    """Text of words without their looks."""
    return "".join(text for text, _ in spans(words))


def numbered(numbers: Iterable[int]) -> tuple[dict[int, int], list[int]]:
    """Word's list of each printed number, and where lists begin that do not go on from 1.

    Examples
    --------
    >>> numbered([0, 1, 2, 4, 5])
    ({1: 1, 2: 1, 4: 11, 5: 11}, [4])
    """
    lists: dict[int, int] = {}
    starts: list[int] = []
    for number in filter(None, numbers):
        if number != 1 and number - 1 not in lists:
            starts.append(number)
        lists[number] = RESTARTED + len(starts) - 1 if starts else POINTS
    return lists, starts


def prose(words: str) -> list[Block]:
    """Paragraphs and points of a chapter's Markdown.

    Examples
    --------
    >>> [block.style for block in prose("**Có 3 hồ sơ.**\\n\\n- Một.\\n- Hai.")]
    ['NoiDung', 'GachDauDong', 'GachDauDong']
    """
    return [
        Block("GachDauDong" if line.startswith("- ") else TEXT, line.removeprefix("- "))
        for line in map(str.strip, words.splitlines())
        if line
    ]


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
    params = letter.month.params
    sheet = Sheet(
        issuer=Issuer(
            [line for line in [params.parent_agency] if line],
            params.issuer_lines,
            params.place,
            [line for line in (params.sign_authority, params.sign_title) if line],
            params.signer,
        ),
        symbol=params.letter_symbol,
        subject=letter.about,
        recipients=letter.recipients,
        blocks=[Block(LETTER_STYLES[p.kind], p.pieces, p.number or 0) for p in letter.paragraphs],
        copies=[
            SAID["as_above"],
            *(f"{copy};" for copy in params.copies),
            SAID["filed"].format(unit=params.drafting_unit),
        ],
    )
    return docx([sheet], plain(letter.about), letter.month, created)
