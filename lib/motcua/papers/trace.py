"""Texts whose every number remembers where it comes from: pieces, templates, paths of findings.

A path reads like `city.late`, `wards[26374].rate_percent` (the ward by its code),
`lists.feedback.size` (how many) or, for what is no finding, `params.plan_number` and
`legal_basis[61/2018/NĐ-CP].date`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from string import Formatter
from typing import Any

from motcua.base.vietnamese import printable

_WARD = re.compile(r"wards\[(?P<code>.*)\]\.(?P<rest>[a-z_.]+)")


@dataclass(frozen=True)
class Piece:
    """A stretch of text in one style; with a `path` when it shows a value from there.

    Attributes
    ----------
    text : as readers see it.
    path, raw : where the value stands, and the value; "" and None for plain words.
    """

    text: str
    path: str = ""
    raw: Any = None
    bold: bool = False
    italic: bool = False

    def __post_init__(self) -> None:
        """Leave out what no document can carry."""
        object.__setattr__(self, "text", printable(self.text))


Pieces = tuple[Piece, ...]


def value_at(findings: dict[str, Any], path: str) -> Any:
    """Value at a path of findings.json.

    Raises
    ------
    KeyError
        There is nothing at that path.

    Examples
    --------
    >>> found = {"wards": [{"code": "a.b", "late": 3}], "lists": {"praised": ["a.b"]}}
    >>> value_at(found, "wards[a.b].late"), value_at(found, "lists.praised.size")
    (3, 1)
    """
    ward = _WARD.fullmatch(path)
    if ward:
        rows = {row["code"]: row for row in findings["wards"]}
        return value_at(rows[ward["code"]], ward["rest"])
    value: Any = findings
    for name in path.split("."):
        value = len(value) if name == "size" else value[name]
    return value


def compose(template: str, **values: str | Piece | Iterable[Piece]) -> Pieces:
    """Pieces of a template: its words, and the values in place of {name}.

    Words between ** are bold, between __ italic.

    Examples
    --------
    >>> [p.text for p in compose("Có {n} hồ sơ", n=Piece("03", "city.late", 3))]
    ['Có ', '03', ' hồ sơ']
    """
    pieces: list[Piece] = []
    for words, name, _, _ in Formatter().parse(template):
        pieces += _styled(words)
        if name is not None:
            pieces += _pieces(values[name])
    return tuple(piece for piece in pieces if piece.text)


def _pieces(value: str | Piece | Iterable[Piece]) -> Iterable[Piece]:
    if isinstance(value, str):
        return (Piece(value),)
    return (value,) if isinstance(value, Piece) else value


def _styled(words: str) -> list[Piece]:
    """Words with their ** and __ made styles."""
    parts = re.split(r"(\*\*.*?\*\*|__.*?__)", words)
    return [
        Piece(part[2:-2], bold=part[0] == "*", italic=part[0] == "_")
        if part.startswith(("**", "__"))
        else Piece(part)
        for part in parts
    ]


def joined(items: Iterable[Pieces | Piece], between: str = ", ") -> Pieces:
    """Items in one line.

    Examples
    --------
    >>> "".join(p.text for p in joined([Piece("An Bình"), Piece("Hố Nai")]))
    'An Bình, Hố Nai'
    """
    line: list[Piece] = []
    for item in items:
        line += [Piece(between)] if line else []
        line += _pieces(item)
    return tuple(line)


def capitalized(pieces: Pieces) -> Pieces:
    """Pieces whose first letter is a capital."""
    first, *others = pieces
    return (replace(first, text=first.text[:1].upper() + first.text[1:]), *others)
