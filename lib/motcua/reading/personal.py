"""What leads to a person: found in texts, masked in them, and not told of wrong values.

The same rules mask what people typed and search what is to be published, so that a masked text is
never refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING

from motcua.base.reference import has_prefix, unit_key
from motcua.base.vietnamese import key

if TYPE_CHECKING:
    import pandas as pd

TELEPHONE, ID_12, ID_9 = "số điện thoại", "số định danh 12 số", "số giấy tờ 9 số"
EMAIL = "địa chỉ thư điện tử"

# What looks like a person's number and is none. Taken out of a text before numbers are sought.
NOT_PERSONAL = re.compile(
    "|".join(
        [
            r"(?<![0-9A-Za-z])(?:[0-9a-f]{64}|[0-9a-f]{40}|[0-9a-f]{32})(?![0-9A-Za-z])",  # hash
            r"(?i:(?<![0-9a-z])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9a-z]))",  # UUID
            r"(?<!\w)CC-[0-9A-F]{8}(?!\w)",  # code of an official
            r"sha256-[0-9A-Za-z+/]{43}=",  # of a script, in the page's policy
            # dossier number 000.00.32.H19-210708-0032, H56.14-240823-0001
            r"(?<!\w)(?:\d{3}\.\d{2}\.\d{2}\.)?[A-Z]\d{2}(?:\.\d{1,3}){0,3}-\d{6}-\d{4,6}(?!\w)",
            # procedure 1.010708.000.00.00.H56
            r"(?<![\w.])\d\.\d{6}(?:\.\d{3}\.\d{2}\.\d{2}\.[A-Z]\d{2})?(?!\w)",
            # days and times: 2024-01-14T08:00:00.000000000, 14-01-2024, and 202401140800 in names
            r"(?<!\d)(?:19|20)\d\d-(?:0[1-9]|1[0-2])-[0-3]\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?",
            r"(?<!\d)(?:19|20)\d\d-(?:0[1-9]|1[0-2])(?:-[0-3]\d)?(?!\d)",
            r"(?<!\d)(?:0?[1-9]|[12]\d|3[01])[-.](?:0?[1-9]|1[0-2])[-.](?:19|20)\d\d(?!\d)",
            r"(?<!\d)20\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:[01]\d|2[0-3])[0-5]\d(?!\d)",
        ]
    )
)
COMMON = 5  # an unknown word that so many rows share is no person's
HIDDEN = "(không hiện)"
NO_DATE = frozenset({"true", "false", "chưa", "chưa có", "không", "không có"})
SHORTEST_NUMBER = 9  # digits of the shortest number below
_LONG_NUMBER = re.compile(r"\d{9,}|(?<![\d.])(?:\+84|0)(?:[ .-]?\d){9}(?!\d)")  # or a telephone
_START = r"(?<!\d)(?<!\d[.,])"  # a number does not begin inside a longer one
_START_GROUP = rf"{_START}(?<!\d[ \u00a0])"
_CALL = r"(?:\(?\+84\)?|0084|\(?0)"
_GAP = r"[ .\-\u00a0()]{0,2}"
PATTERNS = {  # each pattern is tried on its own: a longer match must not hide a shorter one
    TELEPHONE: [
        re.compile(rf"{_START}{_CALL}(?:{_GAP}\d){{9}}(?!\d)"),
        re.compile(rf"{_START}{_CALL}(?:{_GAP}\d){{10}}(?!\d)"),
        re.compile(rf"{_START}84\d{{9}}(?!\d)"),
    ],
    ID_12: [
        re.compile(rf"{_START}\d{{12}}(?!\d)"),
        re.compile(rf"{_START_GROUP}\d{{3}}(?:[ .\u00a0]\d{{3}}){{3}}(?!\d)"),
        re.compile(rf"{_START_GROUP}0\d{{3}}(?:[ .\u00a0]\d{{4}}){{2}}(?!\d)"),
    ],
    ID_9: [
        re.compile(rf"{_START}\d{{9}}(?!\d)"),
        re.compile(rf"{_START_GROUP}\d{{3}}(?:[ .\u00a0]\d{{3}}){{2}}(?![ .\u00a0]?\d)"),
    ],
    EMAIL: [re.compile(r"(?:(?<![\w.+-])[\w.+-]{1,64}|[\w+-])@(?:[\w-]{1,63}\.)+[^\W\d_]{2,63}")],
}


def personal_in(text: str) -> dict[str, set[str]]:
    """Kind -> the different values found in a text, as they are written.

    Examples
    --------
    >>> personal_in("sđt (0251) 3822 222")
    {'số điện thoại': {'(0251) 3822 222'}}
    >>> personal_in("hồ sơ 000.00.32.H19-210708-0032 ngày 14/01/2024")
    {}
    """
    lines = dict.fromkeys(text.split("\n"))  # each once: nothing sought here goes over its line
    can_hold = (line for line in lines if len(line) >= SHORTEST_NUMBER or "@" in line)
    text = NOT_PERSONAL.sub("\n", "\n".join(can_hold))
    found = {}
    for kind in PATTERNS:  # a telephone is not an identity number as well
        found[kind] = _matches(kind, text)
        for value in sorted(found[kind], key=len, reverse=True):
            text = text.replace(value, "\n")
    return {kind: values for kind, values in found.items() if values}


def masked(text: str) -> str:
    """Text with what `personal_in` finds taken out but for the last three digits.

    Examples
    --------
    >>> masked("gọi 0912 345 678, an@b.vn, CCCD 075190123456, hồ sơ H19.12-240114-0001")
    'gọi …678, …@…, CCCD …456, hồ sơ H19.12-240114-0001'
    """
    for kind, values in personal_in(text).items():
        for value in sorted(values, key=len, reverse=True):
            text = text.replace(value, "…@…" if kind == EMAIL else "…" + value[-3:].strip())
    return text


def _matches(kind: str, text: str) -> set[str]:
    found = {m.group() for pattern in PATTERNS[kind] for m in pattern.finditer(text)}
    return {value for value in found if kind != TELEPHONE or _is_grouped(value)}


def _is_grouped(telephone: str) -> bool:
    """Whether digits stand in groups as people write telephones; "0 1 2 3 4 5 6 7 8 9" is none."""
    return sum(len(group) == 1 for group in re.findall(r"\d+", telephone)) <= 1


def mask_personal(text: str) -> str:
    """Text with e-mail addresses, telephone numbers and runs of nine digits or more masked.

    Examples
    --------
    >>> mask_personal("gọi 0912345678"), mask_personal("an@b.vn")
    ('gọi …678', '…@…')
    """
    text = re.sub(r"\S+@\S+", "…@…", text)
    return masked(_LONG_NUMBER.sub(lambda m: "…" + m.group()[-3:], text))


def tell_date(written: str) -> str:
    """Wrong date as written, unless it holds words: then it may be somebody's name.

    Examples
    --------
    >>> tell_date("32/01/2024"), tell_date("Nguyễn Văn Bình")
    ('32/01/2024', '(không hiện)')
    """
    letters = sum(c.isalpha() for c in written)
    digits = sum(c.isdigit() for c in written)
    plain = letters <= (3 if digits >= 4 else 1) or key(written) in NO_DATE
    return mask_personal(written) if plain else HIDDEN  # noqa: PLR2004  "14-Jan-2024"


def tell_common(words: pd.Series) -> Callable[[str], str]:
    """Unknown word as written when COMMON rows share it: a new label, nobody's name."""
    counts = cache(words.value_counts)  # mostly there is no unknown word
    return lambda word: mask_personal(word) if counts().get(word, 0) >= COMMON else HIDDEN


def tell_ward(near: Mapping[str, list[str]]) -> Callable[[str], str]:
    """Unknown ward as written when it reads like a ward; else it may be somebody's name.

    Examples
    --------
    >>> tell = tell_ward({})
    >>> tell("P. Long Bình"), tell("Nguyễn Văn Bình")
    ('P. Long Bình', '(không hiện)')
    """

    def tell(word: str) -> str:
        n = len(unit_key(word).split())
        is_near = any(len(name.split()) == n for name in near.get(word, []))
        return mask_personal(word) if is_near or (has_prefix(word) and n <= 3) else HIDDEN

    return tell
