"""Sentences stand in data/words/: each is used, is given what it names, and none is in Python."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from fake_month import fake_month
from jinja2 import Environment, meta
from motcua.base.params import Params
from motcua.base.reference import NOTEBOOKS, WORDS, read_yaml
from motcua.chapters import causes, sentences
from motcua.chapters.sentences import FILTERS, OF_MONTH, Words

CHAPTERS = Path(sentences.__file__).parent
TEMPLATES_OF_PAGES = CHAPTERS.parent / "templates"
ROOMS = (CHAPTERS, CHAPTERS.parent / "pages", CHAPTERS.parent / "bench")
MODULES = {path.stem: path for room in ROOMS for path in room.glob("*.py")}
PARTS = {
    "chart": ("title", "subtitle", "alt"),
    "empty": ("empty", "subtitle"),
    "drawing": ("title", "alt"),
    "card": ("label", "note"),
}
OPTIONS = {"formats", "headings", "limit"}  # of a table, not of its caption
VIETNAMESE = re.compile(
    r"[ăâđêôơưàáảãạằắẳẵặầấẩẫậèéẻẽẹềếểễệìíỉĩịòóỏõọồốổỗộờớởỡợùúủũụừứửữựỳýỷỹỵ]", re.I
)


def test_a_range_of_months_compiles_every_sentence_once():
    """What the processes of further months find, so that none of them does it again."""
    sentences.compile_words("month")
    before = sentences._compiled.cache_info().misses
    for chapter, key in (("shared", "headline"), ("ward", "tasks"), ("notices", "slip.body")):
        for kind in (str, sentences.Prose):
            assert sentences._template(chapter, key, kind, "month")
    assert sentences._compiled.cache_info().misses == before


@dataclass(frozen=True)
class Call:
    """A place in Python that asks for sentences: pattern of their path, and the values given."""

    chapter: str
    pattern: str
    given: frozenset[str]
    known: frozenset[str]  # given to every template of the chapter
    is_open: bool  # values come from a dictionary, too


def leaves(said: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Path and text of every template of a file."""
    if isinstance(said, str):
        yield path, said
    for key, part in said.items() if isinstance(said, dict) else ():
        yield from leaves(part, f"{path}.{key}" if path else key)
    for part in said if isinstance(said, list) else ():
        yield from leaves(part, path)


@cache
def calls(module: str) -> list[Call]:
    """Every call of a `Words` in a module."""
    tree = ast.parse(MODULES[module].read_text("utf-8"))
    shared = "shared" if module in ("sentences", "figure") else module
    shared = "bench" if MODULES[module].parent.name == "bench" else shared
    owners = {"SAY": (shared, frozenset())} | dict(_owners(tree))
    found = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        way = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        owner = node.func.value if way else node.func
        if not (isinstance(owner, ast.Name) and owner.id in owners and node.args):
            continue
        chapter, known = owners[owner.id]
        key = _pattern(node.args[0])
        paths = [f"{key}\\.{part}" for part in PARTS.get(way, ())] or [key]
        if way == "table":
            paths = [f"tables\\.{key}"]
        given = {word.arg for word in node.keywords if word.arg}
        given |= {"ward"} if way == "picks" else set()
        is_open = key == r"\w+" or any(word.arg is None for word in node.keywords)
        given = frozenset(given - OPTIONS)
        found += [Call(chapter, path, given, known, is_open) for path in paths]
    return found


def _owners(tree: ast.Module) -> Iterator[tuple[str, tuple[str, frozenset[str]]]]:
    """Name of each `Words` of a module, its chapter, and what all its templates are given."""
    for node in tree.body:
        if not isinstance(node, ast.Assign):
            continue
        named = (node.targets[0], node.value)
        names, values = (p.elts if isinstance(p, ast.Tuple) else [p] for p in named)
        for name, value in zip(names, values, strict=False):
            if isinstance(value, ast.Call) and ast.unparse(value.func) == "Words":
                more = [
                    key.value for word in value.keywords for key in getattr(word.value, "keys", ())
                ]
                yield name.id, (value.args[0].value, frozenset(more))


def _pattern(key: ast.expr) -> str:
    """Pattern of a key: what stands in braces is any name."""
    if isinstance(key, ast.Constant):
        return re.escape(key.value)
    parts = key.values if isinstance(key, ast.JoinedStr) else []
    return (
        "".join(re.escape(p.value) if isinstance(p, ast.Constant) else r"\w+" for p in parts)
        or r"\w+"
    )


def asks(call: Call, path: str) -> bool:
    return bool(re.fullmatch(rf"{call.pattern}(\.\w+)?", path))


def slots(template: str) -> set[str]:
    environment = Environment(autoescape=True)
    environment.filters |= FILTERS
    named = meta.find_undeclared_variables(environment.parse(template))
    made = re.findall(r"set (\w+) =", template)  # also within a branch
    return named - set(made)


FILES = {path.stem for path in WORDS.glob("*.yaml")}
CALLS = [call for module in MODULES for call in calls(module)]
SAID = sorted(FILES & {call.chapter for call in CALLS})
TEMPLATES = [(chapter, *leaf) for chapter in SAID for leaf in leaves(read_yaml(chapter, WORDS))]


def test_every_template_is_used() -> None:
    idle = [
        f"{chapter}: {path}" for chapter, path, _ in TEMPLATES
        if not any(call.chapter == chapter and asks(call, path) for call in CALLS)
        and path.split(".")[0] not in _whole_lists(chapter) | {"by_label", "by"}
    ]  # fmt: skip
    assert idle == []


def _whole_lists(chapter: str) -> set[str]:
    """Keys that Python reads as a whole, with `said_at`."""
    if chapter == "bench":
        return {"board"}  # words of its widgets
    text = "".join(path.read_text("utf-8") for path in MODULES.values())
    return set(re.findall(rf'said_at\("{chapter}", "(\w+)"\)', text))


def test_every_call_finds_its_template() -> None:
    lost = [
        call for call in CALLS
        if not any(call.chapter == chapter and asks(call, path) for chapter, path, _ in TEMPLATES)
    ]  # fmt: skip
    assert lost == []


def test_a_template_is_given_what_it_names_and_nothing_else() -> None:
    known = {*OF_MONTH, "month", "title", "joiner"}
    wrong = []
    for call in CALLS:
        asked = [
            slots(text) for chapter, path, text in TEMPLATES
            if call.chapter == chapter and asks(call, path)
        ]  # fmt: skip
        named = set().union(*asked)
        if not call.is_open and (
            missing := named - call.given - call.known - known - _may_lack(call)
        ):
            wrong.append(f"{call.chapter}: {call.pattern} lacks {sorted(missing)}")
        # Title, subtitle and words of a chart are given the same values.
        whole = (
            call.pattern.rsplit("\\.", 1)[0]
            if call.pattern.endswith(("title", "alt", "label", "empty"))
            else ""
        )
        if whole:
            named = set().union(
                *(slots(t) for c, p, t in TEMPLATES if c == call.chapter and re.match(whole, p))
            )
        if not call.pattern.startswith(r"\w+") and (idle := call.given - named):
            wrong.append(f"{call.chapter}: {call.pattern} does not use {sorted(idle)}")
    assert wrong == []


def _may_lack(call: Call) -> set[str]:
    """What its templates ask `is defined` for."""
    texts = [
        text for chapter, path, text in TEMPLATES if call.chapter == chapter and asks(call, path)
    ]
    return {name for text in texts for name in re.findall(r"(\w+) is defined", text)}


@pytest.mark.parametrize("path", MODULES.values(), ids=MODULES.keys())
def test_no_sentence_stands_in_python(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    documented = {
        node.body[0].value for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node)
    }  # fmt: skip
    # A message stands where it is raised.
    raised = {
        id(part) for node in ast.walk(tree)
        if isinstance(node, ast.Raise)
        or (isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "message")
        for part in ast.walk(node)
    }  # fmt: skip
    texts = [
        node.value for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in raised
        and node not in documented
    ]  # fmt: skip
    assert [t for t in texts if VIETNAMESE.search(t) and len(t.split()) > 3] == []


def test_names_from_data_are_escaped_and_the_words_around_them_are_not() -> None:
    say = Words("rates")
    ward = {"name": "A*B <i>", "months_below_in_a_row": 2}
    assert say.prose("repeated", again=[ward]) == (
        "Nhiều tháng liên tiếp dưới mục tiêu: A\\*B \\<i\\> (2 tháng)."
    )
    assert say("repeated", again=[ward]).endswith("A*B <i> (2 tháng).")
    assert say.hover("repeated", again=[ward]).endswith("A*B &lt;i&gt; (2 tháng).")


def test_a_percent_sign_is_never_broken_from_its_number() -> None:
    said = Words("feedback").prose("method", params=Params(), counted=[], others=[])
    assert "95%" in said


# Law by date ------------------------------------------------------------------------------------

NUMBERED = re.compile(
    r"\d+/\d{4}/(?:NĐ|TT|QH)|(?:NĐ|Nghị định|TT|Thông tư|Luật)(?: số)? \d|\b1522\b"
)


def test_no_word_for_readers_names_a_decree_or_the_model_letter_by_its_number() -> None:
    said = {
        (chapter, path): text
        for chapter in FILES
        for path, text in leaves(read_yaml(chapter, WORDS))
    }
    said |= {
        (book.stem, str(i)): "".join(cell["source"])
        for book in NOTEBOOKS.glob("*.ipynb")
        for i, cell in enumerate(json.loads(book.read_text("utf-8"))["cells"])
    }
    templates = [path for path in TEMPLATES_OF_PAGES.glob("*.*") if path.suffix != ".gz"]
    said |= {(path.stem, ""): path.read_text("utf-8") for path in templates}
    assert [place for place, text in said.items() if NUMBERED.search(text)] == []


@pytest.mark.parametrize(
    ("end", "cited"),
    [
        (date(2018, 6, 20), ""),
        (date(2024, 1, 14), " (Nghị định 61/2018/NĐ-CP)"),
        (date(2025, 6, 30), " (Nghị định 61/2018/NĐ-CP)"),
        (date(2025, 7, 1), " (Nghị định 118/2025/NĐ-CP)"),
        (date(2026, 1, 14), " (Nghị định 118/2025/NĐ-CP)"),
    ],
)
def test_chapters_cite_the_decree_of_the_last_day_of_the_period(end: date, cited: str) -> None:
    month = fake_month(period=SimpleNamespace(start=end - timedelta(days=30), end=end))
    assert f"trước hạn trả{cited}." in causes.method(month)
    assert f"chỉ được hẹn lại một lần{cited}:" in Words("quality")("questions.rescheduled", month)
    lines = sentences.method_lines(month)
    assert lines[0].endswith(" (Nghị định 09/2019/NĐ-CP, Điều 12)." if end.year > 2018 else ".")
