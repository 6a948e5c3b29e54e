"""Legal grounds by date: which decrees a letter on a period cites."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from motcua.base.reference import read_yaml


@dataclass(frozen=True)
class LegalText:
    """A decree or circular, in the time it is valid (data/reference/legal_basis.yaml).

    `amends` is the number of the text that it amends, "" when it stands by itself.
    """

    number: str
    kind: str
    date: date
    issuer: str
    title: str
    valid_from: date
    valid_to: date | None = None
    amends: str = ""


def legal_basis(day: date) -> list[LegalText]:
    """Texts valid on a day, in the order in which they are cited.

    Examples
    --------
    >>> [text.number for text in legal_basis(date(2025, 6, 30))]
    ['61/2018/NĐ-CP', '107/2021/NĐ-CP']
    >>> [text.number for text in legal_basis(date(2025, 7, 1))]
    ['118/2025/NĐ-CP']
    """
    texts = [LegalText(**entry) for entry in read_yaml("legal_basis")]
    return [t for t in texts if t.valid_from <= day <= (t.valid_to or date.max)]
