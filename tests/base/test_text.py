"""One spelling for comparing, one way of writing numbers and dates."""

from __future__ import annotations

import unicodedata
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from motcua.base.vietnamese import (
    NBSP,
    bare_key,
    clean,
    day,
    decimal,
    join,
    key,
    number,
    percent,
    points,
)

VOWELS = "aăâeêioôơuưy"
TONES = ["", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323"]
SYLLABLES = [
    unicodedata.normalize("NFC", f"{onset}{first}{second}{tone}{coda}")
    for onset in ("h", "q", "th", "đ")
    for first in "ou"
    for second in VOWELS
    for tone in TONES
    for coda in ("", "c", "n")
]
words = st.lists(st.sampled_from([*SYLLABLES, "Ð", "\u00a0", "\n", "P.", "1"]), max_size=5)
sentences = words.map(" ".join)
anything = st.text(st.characters(codec="utf-8", categories=["L", "M", "N", "Z", "P", "Cc"]))


def read_back(text: str) -> Decimal:
    return Decimal(text.replace(NBSP, "").rstrip("%").replace(".", "").replace(",", "."))


# Comparing ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Hoà", "Hòa"), ("HOÁ AN", "Hóa An"), ("khoẻ", "khỏe"), ("thuỷ", "thủy"),
        ("Uỷ ban", "Ủy ban"),
        ("toạ độ", "tọa độ"), ("Tân  Hoà", "tân\nhòa"), ("Ðất", "Đất"), ("ðất", "Đất"),
        ("Trảng\u00a0Dài", "Trảng Dài"), ("Hố\u200b Nai", "Hố Nai"), ("Hố\x0bNai", "Hố Nai"),
        ("\ufeffMã hồ sơ", "Mã hồ sơ"),
    ],
)  # fmt: skip
def test_spellings_of_one_word_have_one_key(one: str, other: str) -> None:
    assert key(one) == key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Hồ Nai", "Hố Nai"),
        ("Tân Hòa", "Tam Hòa"),
        ("quý", "quy"),
        ("Hóa An", "Hoa An"),
        ("da", "đa"),
    ],
)
def test_tones_and_letters_that_carry_meaning_stay(one: str, other: str) -> None:
    assert key(one) != key(other)


@pytest.mark.parametrize(
    "word", ["quý", "quỳ", "quà", "quạ", "hoặc", "ngoặc", "huỳnh", "hoàn", "huyền"]
)
def test_a_tone_mark_that_has_one_place_only_is_not_moved(word: str) -> None:
    assert key(word) == unicodedata.normalize("NFC", word)


@given(sentences)
def test_decomposed_and_composed_text_have_the_same_key(text: str) -> None:
    assert key(unicodedata.normalize("NFD", text)) == key(unicodedata.normalize("NFC", text))


@given(sentences)
def test_case_does_not_change_the_key(text: str) -> None:
    assert key(text.upper()) == key(text)


@given(sentences)
def test_a_key_is_its_own_key(text: str) -> None:
    assert key(key(text)) == key(text)


@given(anything)
def test_clean_text_is_clean_already(text: str) -> None:
    once = clean(text)
    assert clean(once) == once
    assert unicodedata.is_normalized("NFC", once)
    assert once == once.strip()


@given(sentences)
def test_a_bare_key_has_no_diacritic(text: str) -> None:
    assert bare_key(text).isascii()


# Numbers --------------------------------------------------------------------------------------


@given(st.fractions(0, 100), st.integers(0, 100), st.integers(1, 3))
def test_a_percentage_never_crosses_the_threshold(value, threshold: int, digits: int) -> None:
    value = float(value)
    shown = read_back(percent(value, threshold, digits))
    exact = Decimal(repr(value))
    assert (shown < threshold, shown > threshold) == (exact < threshold, exact > threshold)
    assert abs(shown - exact) < Decimal(1).scaleb(-digits)


@given(st.integers(0, 40_000), st.integers(1, 40_000))
def test_a_rate_below_97_is_never_shown_as_97(on_time: int, more: int) -> None:
    resolved = on_time + more
    shown = read_back(percent(100 * on_time / resolved, 97))
    assert (shown < 97) == (100 * on_time < 97 * resolved)


@given(st.floats(-1e9, 1e9), st.integers(0, 4))
def test_a_number_reads_back_within_half_a_step(value: float, digits: int) -> None:
    back = read_back(decimal(value, digits))
    assert abs(back - Decimal(repr(value))) <= Decimal(1).scaleb(-digits) / 2


@given(st.integers(-(10**12), 10**12))
def test_a_whole_number_reads_back_exactly(value: int) -> None:
    assert int(number(value).replace(".", "")) == value


@pytest.mark.parametrize("missing", [None, float("nan")])
def test_a_missing_number_is_a_dash(missing: float | None) -> None:
    assert {number(missing), decimal(missing, 2), percent(missing, 97), points(missing)} == {"–"}


def test_half_a_step_is_rounded_away_from_zero() -> None:
    assert (decimal(0.125, 2), decimal(2.5, 0), decimal(-2.5, 0)) == ("0,13", "3", "-3")


def test_the_percent_sign_never_breaks_from_its_number() -> None:
    assert percent(96.85) == "96,85%"


def test_a_number_that_rounds_to_zero_has_no_minus_sign() -> None:
    assert decimal(-0.001, 2) == "0,00"


@given(st.dates(date(1990, 1, 1), date(2099, 12, 31)))
def test_a_date_has_two_digits_for_day_and_month(value: date) -> None:
    assert day(value) == f"{value.day:02d}/{value.month:02d}/{value.year:04d}"


def test_words_are_joined_as_a_sentence_needs() -> None:
    assert join(["A", "B", "C"], last=" và ") == "A, B và C"
    assert (join(["A"]), join([])) == ("A", "không có")
