"""Vietnamese text: one spelling for comparing, one way of writing numbers and dates.

Comparing keeps tones (Hồ Nai and Hố Nai are two words); it only removes differences that carry no
meaning: Unicode form (NFC/NFD), case, spaces, Ð/Đ, and the place of the tone mark (hoà/hòa).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import lru_cache
from math import floor

NBSP = "\u00a0"
NOTHING = "–"
LAST_PADDED = 2  # February: months up to it are written with a 0 in front

# Old and new place of the tone mark in open syllables oa, oe, uy (both are correct spelling).
_TONES = "\u0300\u0301\u0303\u0309\u0323"
_END = r"(?![\w\u0300-\u036f])"  # "hoặc" has a breve after its tone mark: no open syllable
_OLD_STYLE = re.compile(
    rf"(?<![qQ])([oO])([aAeE])([{_TONES}]){_END}|(?<![qQ])([uU])([yY])([{_TONES}]){_END}"
)
_SPACES = re.compile(r"[\s\u00a0\u200b\ufeff]+")
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1b\x7f]")  # the others are spaces


def clean(value: object) -> str:
    """Text in NFC, control characters removed, runs of spaces and line breaks made one space.

    Examples
    --------
    >>> clean("  Hố\\n Nai ")
    'Hố Nai'
    """
    text = unicodedata.normalize("NFC", _CONTROL.sub("", str(value)))
    return _SPACES.sub(" ", text).strip()


def printable(value: object) -> str:
    """Text without the characters that no XML document can carry; everything else as it is.

    Examples
    --------
    >>> printable("A & B <C>\\x00\\ufffe")
    'A & B <C>'
    """
    return _NOT_XML.sub("", str(value))


@lru_cache(maxsize=65536)
def key(value: str) -> str:
    """Key for comparing words: tones kept, form, case, spaces, Đ and place of tone unified.

    Examples
    --------
    >>> key("Tân  HOÀ") == key("tân hòa"), key("ÐẤT") == key("đất"), key("Hồ Nai") == key("Hố Nai")
    (True, True, False)
    """
    text = clean(value).replace("\u00d0", "Đ").replace("\u00f0", "đ").casefold()
    moved = _OLD_STYLE.sub(_move_tone, unicodedata.normalize("NFD", text))
    return unicodedata.normalize("NFC", moved)


def any_of(words: Iterable[str]) -> str:
    """Pattern of one of some words as `key` has them, the longest first.

    Examples
    --------
    >>> any_of(["Tờ", "Tờ_số"])
    'tờ_số|tờ'
    """
    return "|".join(sorted(map(re.escape, map(key, words)), key=len, reverse=True))


def with_parts(pattern: str, parts: Mapping[str, str]) -> str:
    """Pattern with each <<name>> of a part replaced by it.

    Examples
    --------
    >>> with_parts("<<day>>/24", {"day": "<<two>>/<<two>>", "two": "[0-9]{2}"})
    '[0-9]{2}/[0-9]{2}/24'
    """
    while "<<" in pattern:
        pattern = re.sub("<<([a-z_]+)>>", lambda name: parts[name[1]], pattern)
    return pattern


def one_of(forms: Iterable[str], parts: Mapping[str, str]) -> re.Pattern[str]:
    """Pattern of any of some forms, tried in their order (see `with_parts`, `named_parts`)."""
    numbered = (
        re.sub(r"\(\?P([<=])(\w+)", rf"(?P\1\2_{n}", with_parts(form, parts))
        for n, form in enumerate(forms)
    )
    return re.compile("|".join(numbered))


def named_parts(match: re.Match[str]) -> dict[str, str]:
    """Groups of the form that was found by `one_of`, by their names there.

    Examples
    --------
    >>> named_parts(one_of(["(?P<day>[0-9]+)/x", "x/(?P<day>[0-9]+)"], {}).match("x/24"))
    {'day': '24'}
    """
    return {name.rpartition("_")[0]: part for name, part in match.groupdict().items() if part}


def _move_tone(match: re.Match[str]) -> str:
    """Move the tone mark from the second vowel to the first (hoà -> hòa)."""
    first, second, tone = (g for g in match.groups() if g)
    return f"{first}{tone}{second}"


@lru_cache(maxsize=65536)
def nfc(name: str) -> str:
    """Name of a file as it is compared: macOS writes `ồ` as two or three letters.

    Examples
    --------
    >>> nfc("Ho\u0302\u0300 So.csv") == nfc("hồ so.csv")
    True
    """
    return unicodedata.normalize("NFC", name).casefold()


def bare_key(value: str) -> str:
    """Key without any diacritic, for headings only (never for ward names).

    Examples
    --------
    >>> bare_key("Ngày hẹn trả"), bare_key("Đơn vị")
    ('ngay hen tra', 'don vi')
    """
    text = unicodedata.normalize("NFD", key(value).replace("đ", "d"))
    return "".join(c for c in text if not unicodedata.combining(c))


def _is_missing(value: object) -> bool:
    return value is None or value != value  # noqa: PLR0124  NaN and NaT differ from themselves


def decimal(value: float, digits: int) -> str:
    """Number with `digits` decimals, comma for decimals and dots for thousands; "–" when missing.

    Examples
    --------
    >>> decimal(12345.678, 2), decimal(-0.5, 1), decimal(float("nan"), 1)
    ('12.345,68', '-0,5', '–')
    """
    if _is_missing(value):
        return NOTHING
    rounded = Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    return _vietnamese(rounded, digits)


def _vietnamese(value: Decimal, digits: int) -> str:
    return f"{value:z,.{digits}f}".translate(str.maketrans(",.", ".,"))  # z: no -0


def number(value: float) -> str:
    """Whole number with dots between thousands.

    Examples
    --------
    >>> number(1234567), number(None)
    ('1.234.567', '–')
    """
    return decimal(value, 0)


def upper_first(words: str) -> str:
    """Words with a capital first letter, to begin a sentence.

    Examples
    --------
    >>> upper_first("toàn thành phố"), upper_first("")
    ('Toàn thành phố', '')
    """
    return words[:1].upper() + words[1:]


def counted(value: float) -> str:
    """Whole number as official letters write it: with two digits at least.

    Examples
    --------
    >>> counted(3), counted(12), counted(4887)
    ('03', '12', '4.887')
    """
    return f"0{value}" if value in range(10) else number(value)


def percent(value: float, threshold: float | None = None, digits: int = 2) -> str:
    """Percentage for readers, never rounded across `threshold`.

    Parameters
    ----------
    value : percent, 0-100; missing gives "–".
    threshold : where the verdict changes; the rounding stays on the value's own side of it.
    digits : decimals shown.

    Examples
    --------
    >>> percent(96.847), percent(96.9996, 97), percent(97.0, 97), percent(97.0004, 97)
    ('96,85%', '96,99%', '97,00%', '97,01%')
    """
    if _is_missing(value):
        return NOTHING
    exact, step = Decimal(repr(float(value))), Decimal(1).scaleb(-digits)
    shown = exact.quantize(step, ROUND_HALF_UP)
    if threshold is not None:
        line = Decimal(str(threshold))
        if exact < line <= shown:
            shown = exact.quantize(step, ROUND_FLOOR)
        elif shown <= line < exact:
            shown = exact.quantize(step, ROUND_CEILING)
    return f"{_vietnamese(shown, digits)}%"


def points(value: float, digits: int = 2) -> str:
    """Percentage points for readers.

    Examples
    --------
    >>> points(1.234)
    '1,23\\xa0điểm'
    """
    return NOTHING if _is_missing(value) else f"{decimal(value, digits)}{NBSP}điểm"


def day(value: date | None) -> str:
    """Date as dd/mm/yyyy.

    Examples
    --------
    >>> day(date(2024, 1, 14)), day(None)
    ('14/01/2024', '–')
    """
    return NOTHING if _is_missing(value) else f"{value:%d/%m/%Y}"


def written_day(value: date) -> str:
    """Date as official papers write it: 0 before days under 10 and before January and February.

    Source: Nghị định 30/2020/NĐ-CP, Phụ lục I, II.4.

    Examples
    --------
    >>> written_day(date(2018, 4, 23)), written_day(date(2024, 1, 8))
    ('23/4/2018', '08/01/2024')
    """
    month = f"{value:%m}" if value.month <= LAST_PADDED else value.month
    return f"{value:%d}/{month}/{value:%Y}"


def join(words: list[str], last: str = ", ") -> str:
    """Words in one line; "không có" when there is none.

    Examples
    --------
    >>> join(["An Bình", "Hố Nai"], last=" và "), join([])
    ('An Bình và Hố Nai', 'không có')
    """
    if len(words) < 2:
        return words[0] if words else "không có"
    return ", ".join(words[:-1]) + last + words[-1]


def shown_parts(
    parts: Sequence[Fraction], total: Decimal | None = None, digits: int = 2
) -> list[Decimal]:
    """Parts rounded to `digits` decimals that add up exactly to the rounded total.

    Every part is cut down to the last digit shown; what is missing in the total goes, one last
    digit each, to the parts that lost most. A part that is zero stays zero.

    Parameters
    ----------
    parts : exact parts, of either sign.
    total : the sum as it is shown; by default the exact sum rounded half up.
    digits : decimals shown.

    Notes
    -----
    Largest remainders (Hamilton's method): M. L. Balinski, H. P. Young, "Fair Representation",
    2nd ed., Brookings 2001, chapter 3.

    Examples
    --------
    >>> [str(p) for p in shown_parts([Fraction(100, 3)] * 3)]
    ['33.34', '33.33', '33.33']
    """
    scale = 10**digits
    exact = [Fraction(part) * scale for part in parts]
    wanted = floor(sum(exact) + Fraction(1, 2)) if total is None else int(total * scale)
    cut = [floor(part) for part in exact]
    order = sorted(
        (i for i, part in enumerate(exact) if part), key=lambda i: (cut[i] - exact[i], i)
    )
    missing = wanted - sum(cut)
    while missing and order:
        step = 1 if missing > 0 else -1
        for i in order[:missing] if missing > 0 else order[missing:]:
            cut[i] += step
            missing -= step
    return [Decimal(part) / scale for part in cut]


def shown_rate(good: int, counted: int, threshold: float) -> Decimal:
    """Rate in percent to two decimals as readers see it, never rounded across the threshold.

    Examples
    --------
    >>> shown_rate(32, 33, 97), shown_rate(96999, 100000, 97)
    (Decimal('96.97'), Decimal('96.99'))
    """
    words = percent(100 * int(good) / int(counted), threshold)
    return Decimal(words.removesuffix("%").replace(".", "").replace(",", "."))
