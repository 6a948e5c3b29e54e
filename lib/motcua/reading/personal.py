"""What leads to a person: found in texts, masked in them, and not told of wrong values.

The same rules mask what people typed and search what is to be published, so that a masked text is
never refused.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from itertools import takewhile
from typing import Any

from motcua.base.reference import has_prefix, read_yaml, unit_key
from motcua.base.vietnamese import key, with_parts

_PATTERNS = read_yaml("personal")
TELEPHONE, ID_12, ID_9 = _PATTERNS["numbers"]
EMAIL = "địa chỉ thư điện tử"

# What looks like a person's number and is none. Taken out of a text before numbers are sought.
_DOSSIER = re.compile(_PATTERNS["dossier"])
_NO_PERSON = re.compile("|".join([_PATTERNS["dossier"], *_PATTERNS["no_persons"].values()]))
COMMON = 5  # an unknown word that so many rows share is no person's
HIDDEN = "(không hiện)"
NO_DATE = frozenset({"true", "false", "chưa", "chưa có", "không", "không có"})
SHORTEST_NUMBER = 9  # digits of the shortest number below

# Letters that stand for a digit, a dash, a space or a sign -> the usual one: numbers are sought so.
_SIGNS = "\t\u2010\u2212\u2044\uff20\uff0e\uff0f\uff3f\uff08\uff09\uff0b"
_USUAL = {
    ord(c): {"Pd": "-", "Zs": " "}.get(kind) or str(unicodedata.decimal(c))
    for c in map(chr, range(0x80, 0x20000))
    if (kind := unicodedata.category(c)) in ("Pd", "Zs", "Nd")
} | str.maketrans(_SIGNS, " --/@./_()+")
_UNSEEN = re.compile("[\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")


def _pattern(words: str, flags: int = 0) -> re.Pattern[str]:
    return re.compile(with_parts(words, _PATTERNS["parts"]), flags)


def _everywhere(group: str) -> dict[str, list[re.Pattern[str]]]:
    """Patterns of each kind of number, which find also what begins inside another match.

    Each is tried on its own: a longer match must not hide a shorter one.
    """
    kinds = _PATTERNS[group].items()
    return {kind: [_pattern(f"<<grouped>>(?=({p}))") for p in some] for kind, some in kinds}


# With wider gaps or other signs between the groups: `_is_one_number` tells them from figures.
_NUMBERS, _SPREAD = _everywhere("numbers"), _everywhere("spread")
_RUN, _CALLED, _LONG_NUMBER = map(_pattern, ("<<run>>", "<<called>>", "<<long>>"))
_HAS_AT, _EMAIL = (_pattern(words, re.IGNORECASE) for words in ("<<at>>", "<<email>>"))
# A line without these has neither a number nor an address. Each begins with what is sought fast.
_GAP = r"[^\n\dA-Za-z:;=<>{}\[\]|'\"]*+"  # what may stand in a number between its digits
_MAY_TELL = (
    re.compile(rf"\d(?:{_GAP}\d){{{SHORTEST_NUMBER - 1}}}"),
    re.compile(r"@|\uff20|a[Tt]\b|A[Tt]\b|c(?i:òng)|C(?i:òng)"),
    _UNSEEN,
)
_SINGLE = re.compile(r"(?<!\d)\d(?!\d)")
_YEAR = re.compile(r"(?:19|20)\d\d")


def personal_in(text: str) -> dict[str, set[str]]:
    """Kind -> the different values found in a text, as they are written.

    Examples
    --------
    >>> personal_in("sđt (0251) 3822 222")
    {'số điện thoại': {'(0251) 3822 222'}}
    >>> personal_in("hồ sơ 000.00.32.H19-210708-0032 ngày 14/01/2024")
    {}
    """
    text = _telling(_DOSSIER.sub("\n", _telling(text)))
    found: dict[str, set[str]] = {}
    for start, end, kind in _spans(text):
        found.setdefault(kind, set()).add(text[start:end])
    return found


def _telling(text: str) -> str:
    """Lines that may hold a number or an address, as it is or with unusual letters; each once.

    Nothing goes over its line. The lines between two of them are passed over at once.
    """
    lines: dict[str, None] = {}
    for pattern in _MAY_TELL:
        at = 0
        while at >= 0 and (found := pattern.search(text, at)):
            at = text.find("\n", found.end())
            lines[text[text.rfind("\n", 0, found.start()) + 1 : at if at >= 0 else None]] = None
    return "\n".join(lines)


def masked(text: str) -> str:
    """Text with what `personal_in` finds taken out but for the last three digits.

    Examples
    --------
    >>> masked("gọi 0912 345 678, an@b.vn, CCCD 075190123456, hồ sơ H19.12-240114-0001")
    'gọi …678, …@…, CCCD …456, hồ sơ H19.12-240114-0001'
    """
    kept = 3
    while spans := _spans(text, whole=not kept):
        for at, (start, end, kind) in enumerate(spans):
            digits = re.sub(r"\D", "", text[start:end])
            shown = "@…" if kind == EMAIL else digits[len(digits) - kept :]
            spans[at] = start, end, f"…{shown}"
        text, kept = _replaced(text, spans), 0  # three digits may begin another number
    return text


def _spans(text: str, whole: bool = False) -> list[tuple[int, int, str]]:
    """Start, end and kind of all that leads to a person, in the order of the text.

    `whole` gives the whole run of digits and gaps that a number stands in.
    """
    seen = [i for i, c in enumerate(text) if not _UNSEEN.match(c)] if _UNSEEN.search(text) else []
    plain = (_UNSEEN.sub("", text) if seen else text).translate(_USUAL)
    plain = _NO_PERSON.sub(_blank, plain)
    found = []
    if _HAS_AT.search(plain):
        found = [(*m.span(), EMAIL) for m in _EMAIL.finditer(plain)]
        plain = _EMAIL.sub(_blank, plain)
    for kind in _NUMBERS:  # a telephone is not an identity number as well
        runs = [m.span() for m in _RUN.finditer(plain)]
        numbers = ((run, span) for run in runs for span in _numbers_in(kind, plain, *run))
        spans = _joined(run if whole else span for run, span in numbers)
        found += [(start, end, kind) for start, end in spans]
        plain = _replaced(plain, [(start, end, "\n" * (end - start)) for start, end in spans])
    found = [(seen[a], seen[b - 1] + 1, kind) if seen else (a, b, kind) for a, b, kind in found]
    return sorted(found)


def _numbers_in(kind: str, text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Where numbers of a kind stand in a run of digits and gaps."""
    for patterns, is_number in ((_NUMBERS, _is_close), (_SPREAD, _is_one_number)):
        found = (m for pattern in patterns[kind] for m in pattern.finditer(text, start, end))
        yield from (m.span(1) for m in found if is_number(kind, m.group(1)))


def _joined(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans in order, those that overlap as one."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and start < joined[-1][1]:
            start, end = joined[-1][0], max(end, joined.pop()[1])  # noqa: PLW2901
        joined.append((start, end))
    return joined


def _blank(found: re.Match[str]) -> str:
    return "\n" * len(found.group())


def _replaced(text: str, spans: list[tuple[int, int, str]]) -> str:
    """Text with something else in place of what stands between two places."""
    pieces, done = [], 0
    for start, end, told in spans:
        pieces += [text[done:start], told]
        done = end
    return "".join([*pieces, text[done:]])


def _is_grouped(telephone: str) -> bool:
    """Whether digits stand in groups as people write telephones; "0 1 2 3 4 5 6 7 8 9" is none."""
    return len(_SINGLE.findall(telephone)) <= 1


def _is_close(kind: str, written: str) -> bool:
    """Whether digits without wide gaps are a number."""
    return kind != TELEPHONE or _is_grouped(written)


def _is_one_number(kind: str, written: str) -> bool:
    """Whether groups with one and the same sign between them are a number; dates are none."""
    if not _is_grouped(written):
        return False
    called = _CALLED.match(written) if kind == TELEPHONE else None
    own = written[called.end() :] if called else written
    groups = re.findall(r"\d+", own)
    if len(set(re.sub(r"[\d ()]", "", own))) > 1 or any(map(_YEAR.fullmatch, groups[1:])):
        return False
    if not called:
        return 3 <= len(groups[0]) <= 6 and "(" not in own  # noqa: PLR2004
    return own[0] in "235789" and 2 <= len(groups[0]) <= 4  # noqa: PLR2004  "84 91 …", "0912 …"


def mask_personal(text: str) -> str:
    """Text with e-mail addresses, telephone numbers and runs of nine digits or more masked.

    Examples
    --------
    >>> mask_personal("gọi 0912345678"), mask_personal("an@b.vn")
    ('gọi …678', '…@…')
    """
    if "@" in text:
        text = re.sub(r"\S+", lambda m: "…@…" if "@" in m.group()[1:-1] else m.group(), text)
    return masked(_LONG_NUMBER.sub(lambda m: "…" + m.group()[-3:], text))


def without_names(text: str) -> str:
    """Name of a file, or a heading, as outputs show it: without names and numbers of people.

    A name is a family name of surnames.yaml and two to four words more, each with a capital letter,
    with or without marks. Names of units are none.

    Examples
    --------
    >>> without_names("dossiers/Nguyen Van An - ho so 2024-01.xlsx"), without_names("Nguyễn Văn An")
    ('dossiers/… - ho so 2024-01.xlsx', '…')
    >>> without_names("ho_so_LE_THI_BINH_0912345678.csv"), without_names("Ho so Hố Nai.xlsx")
    ('ho_so_…_…678.csv', 'Ho so Hố Nai.xlsx')
    >>> without_names("Lê Lợi - ho so.xlsx")  # two words may be a street
    'Lê Lợi - ho so.xlsx'
    """
    return mask_personal(_names().sub(_hidden_name, unicodedata.normalize("NFC", text)))


@cache
def _names() -> re.Pattern[str]:
    """Pattern of a family name, small or in capitals, and the words behind it."""
    words = [form for name in read_yaml("surnames")["surnames"] for form in (name, name.upper())]
    return re.compile(rf"(?<![^\W\d_])(?:{'|'.join(words)})(?:[ _.-]{{1,3}}[^\W\d_]+){{2,4}}")


def _hidden_name(found: re.Match[str]) -> str:
    """What stands in place of a name; as it is where fewer than three words have capitals."""
    words = list(re.finditer(r"[^\W\d_]+", found.group()))
    named = list(takewhile(lambda word: word.group()[0].isupper(), words))
    return "…" + found.group()[named[-1].end() :] if len(named) > 2 else found.group()


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


def tell_common(words: Any) -> Callable[[str], str]:
    """Unknown word of a column as written when COMMON rows share it: a new label, nobody's name."""
    counts = cache(words.value_counts)  # mostly there is no unknown word
    return lambda word: mask_personal(word) if counts().get(word, 0) >= COMMON else HIDDEN


def tell_ward(near: Mapping[str, list[str]], word: str) -> str:
    """Unknown ward as written when it reads like a ward; else it may be somebody's name.

    Examples
    --------
    >>> tell_ward({}, "P. Long Bình"), tell_ward({}, "Nguyễn Văn Bình")
    ('P. Long Bình', '(không hiện)')
    """
    n = len(unit_key(word).split())
    is_near = any(len(name.split()) == n for name in near.get(word, []))
    return mask_personal(word) if is_near or (has_prefix(word) and n <= 3) else HIDDEN
