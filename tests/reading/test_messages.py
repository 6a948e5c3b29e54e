"""Sentences on what is read stand in messages.yaml: each is used, each place in it is filled."""

from __future__ import annotations

import ast
import string
from collections.abc import Iterator
from pathlib import Path

import pytest
from motcua.base.errors import InputError, ParameterError
from motcua.base.reference import message, read_yaml, refusal

LIB = Path(__file__).parents[2] / "lib" / "motcua"
TEXTS = read_yaml("messages")
# Keys that code finds out: what a file is (exports), which fault a csv file has (delimited), ...
FOUND_OUT = {
    *("packed", "tables", "unfinished", "unknown", "hidden", "special", "store", "stray"),
    *("empty_page", "empty_archive", "lock", "harmless", "rows_joined", "rows_moved", "rows_cut"),
    *("ordered_by_time", "ordered_by_name", "zeros_lost", "zeros_alike", "reused_between_files"),
    *("file_again", "folder_again", "ends_before", "nothing_inside"),
}  # fmt: skip


def calls() -> Iterator[tuple[str, str, set[str], bool]]:
    """Function, key, names of values, and whether more values come by `**`."""
    for path in LIB.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            key = node.args[0]
            if name in ("message", "refusal") and isinstance(key, ast.Constant):
                named = {keyword.arg for keyword in node.keywords}
                yield name, key.value, named - {None}, None in named


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_sentence_is_used() -> None:
    used = {(name, key) for name, key, _, _ in calls()}
    refused = {key for name, key in used if name == "refusal"}
    told = {key for name, key in used if name == "message"}
    assert set(TEXTS["refused"]) - refused - told == FOUND_OUT & set(TEXTS["refused"])
    assert set(TEXTS["told"]) - told == FOUND_OUT & set(TEXTS["told"])


def test_every_place_is_filled_and_nothing_else_is_given() -> None:
    always = {*TEXTS["shared"], "suffixes"}
    wrong = {}
    for name, key, given, more in calls():
        wanted = places((TEXTS["told"] | TEXTS["refused"])[key]) - always
        if not (given <= wanted if more else given == wanted):
            wrong[name, key] = wanted ^ given
    assert wrong == {}


def test_shared_sentences_are_used() -> None:
    texts = [*TEXTS["told"].values(), *TEXTS["refused"].values()]
    assert {place for text in texts for place in places(text)} >= set(TEXTS["shared"])


def test_no_key_has_two_sentences() -> None:
    assert not set(TEXTS["told"]) & set(TEXTS["refused"])


def test_a_sentence_without_a_value_it_needs_is_never_shown() -> None:
    with pytest.raises(KeyError):
        message("goes_on_nowhere")
    with pytest.raises(KeyError):
        message("locked")


def test_a_refusal_is_an_input_error_unless_another_is_asked_for() -> None:
    assert type(refusal("locked", name="a.xlsx")) is InputError
    assert str(refusal("locked", name="{a}.xlsx")).startswith("Tệp {a}.xlsx có mật khẩu")
    assert type(refusal("number_and_row", ParameterError)) is ParameterError


def test_reasons_that_only_note_are_reasons() -> None:
    assert set(TEXTS["only_noted"]) < set(TEXTS["reasons"])


def test_the_numbers_of_orders_that_are_expected_are_those_there_are() -> None:
    last = max(point["number"] for point in read_yaml("orders"))
    assert TEXTS["reasons"]["bad_order"].endswith(f"từ 1 đến {last}")
