"""The rooms of the library stay as they are meant: small files, no back doors, no circles."""

from __future__ import annotations

import ast
import io
import json
import re
import subprocess
import sys
import tokenize
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LIB = ROOT / "lib"
ROOMS = (
    "base", "machine", "reading", "measures", "chapters", "papers", "pages", "running", "bench",
)  # fmt: skip
MODULES = sorted((LIB / "motcua").rglob("*.py"))
MOST_LINES, MOST_IN_FUNCTION, MOST_MODULES = 400, 40, 76
MOST_IN_ALL = 14_500  # docs/adr/0034


def name_of(path: Path) -> str:
    parts = path.relative_to(LIB).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


@cache
def code_lines(path: Path) -> frozenset[int]:
    """Numbers of the lines that are neither blank, comment nor docstring."""
    documented = {
        line
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and ast.get_docstring(node, clean=False) is not None
        for line in range(node.body[0].lineno, node.body[0].end_lineno + 1)
    }
    skipped = (
        tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT,
        tokenize.ENCODING, tokenize.ENDMARKER,
    )  # fmt: skip
    tokens = tokenize.tokenize(io.BytesIO(path.read_bytes()).readline)
    lines = {
        line
        for token in tokens
        if token.type not in skipped
        for line in range(token.start[0], token.end[0] + 1)
    }
    return frozenset(lines - documented)


def imports_of(path: Path) -> Iterator[tuple[ast.ImportFrom, str]]:
    """Each `from motcua... import name`, at the top of a module or inside a function."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "motcua":
            for alias in node.names:
                yield node, alias.name


def test_no_file_has_more_than_400_lines_of_code() -> None:
    long = {name_of(p): len(code_lines(p)) for p in MODULES if len(code_lines(p)) > MOST_LINES}
    assert long == {}


def test_no_function_has_more_than_40_lines_of_code() -> None:
    long = {}
    for path in MODULES:
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                inside = set(range(node.lineno, node.end_lineno + 1))
                count = len(code_lines(path) & inside)
                if count > MOST_IN_FUNCTION:
                    long[f"{name_of(path)}.{node.name}"] = count
    assert long == {}


def test_the_house_has_few_doors_and_few_lines() -> None:
    modules = [path for path in MODULES if path.name != "__init__.py"]
    assert len(modules) <= MOST_MODULES
    assert sum(len(code_lines(path)) for path in MODULES) <= MOST_IN_ALL


def test_no_private_name_is_imported_from_another_file() -> None:
    found = [
        f"{name_of(path)}: {node.module}.{name}"
        for path in MODULES
        for node, name in imports_of(path)
        if name.startswith("_") and not name.startswith("__")
    ]
    assert found == []


def test_no_private_attribute_of_another_modules_object_is_touched() -> None:
    """`x._name` is of this file when the file itself gives that name to something."""
    found = []
    for path in MODULES:
        tree = tree_of(path)
        definitions = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
        own = {n.name for n in ast.walk(tree) if isinstance(n, definitions)}
        own |= {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}
        own |= {
            n.attr
            for n in ast.walk(tree)
            if isinstance(n, ast.Attribute) and isinstance(n.ctx, ast.Store)
        }
        for node in ast.walk(tree):
            if not isinstance(node, ast.Attribute) or not node.attr.startswith("_"):
                continue
            if node.attr.startswith("__") or node.attr in own or _is_foreign(node):
                continue
            found.append(f"{name_of(path)}:{node.lineno} {ast.unparse(node)}")
    assert found == []


def _is_foreign(node: ast.Attribute) -> bool:
    """Whether a private name belongs to a library that has no public one for it."""
    return node.attr in {
        "_repr_html_", "_mimebundle_", "_repr_mimebundle_", "_exit", "_tbl", "_tr", "_element",
        "_p", "_r", "_inline", "_positionals", "_optionals", "_forward_input", "_restore_input",
        "_last_traceback", "_last_traceback_during_displayhook", "_replace", "_asdict", "_fields",
    }  # fmt: skip


def test_no_module_imports_another_that_imports_it() -> None:
    names = {name_of(path) for path in MODULES}
    graph = {}
    for path in MODULES:
        wanted = set()
        for node, name in imports_of(path):
            whole = f"{node.module}.{name}"
            wanted.add(whole if whole in names else node.module)
        graph[name_of(path)] = {name for name in wanted - {name_of(path)} if name in names}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def test_every_room_has_its_sign() -> None:
    for room in ROOMS:
        sign = ast.get_docstring(tree_of(LIB / "motcua" / room / "__init__.py"))
        assert "Comes in:" in sign
        assert "Goes out:" in sign
        assert "Begin with" in sign
        assert len(sign.splitlines()) <= 12


def test_every_module_stands_in_the_readme_of_rooms() -> None:
    told = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    missing = [
        name_of(path) for path in MODULES
        if path.name != "__init__.py" and f"`{path.stem}`" not in told
    ]  # fmt: skip
    assert missing == []


IMPORTED_FIRST = """
import importlib, json, os, sys

os.environ["PLOTLY_RENDERER"] = "plotly_mimetype"  # as a run does
bad, with_grammar = {}, []
for room, *names in map(str.split, sys.argv[1:]):
    below = {*sys.modules}
    for name in names:
        for other in [m for m in sys.modules if m.startswith("motcua.") and m not in below]:
            del sys.modules[other]
            vars(sys.modules["motcua"]).pop(other.removeprefix("motcua."), None)
        try:
            importlib.import_module(name)
        except Exception as error:
            bad[name] = repr(error)
    for name in set(names) - {*bad}:  # those of the next room find them loaded
        importlib.import_module(name)
    if room == "running":  # what is imported when a chart or a notebook is first made
        sys.modules["motcua.chapters.figure"].tell_in_notebooks()
        sys.modules["motcua.running.execute"].load_engine()
    if "rfc3987_syntax" in sys.modules:
        with_grammar.append(room)
print(json.dumps([bad, with_grammar]))
"""


@pytest.fixture(scope="module")
def imported() -> tuple[dict[str, str], list[str]]:
    """Modules that cannot be imported first, and rooms after which a grammar is loaded.

    Each is imported before any other of its room, where of motcua the rooms below alone are
    loaded, which import nothing from above. The modules that stand in no room come last.
    """
    names = [name_of(path) for path in MODULES if path.name != "__main__.py"]
    rooms = {name: name.removeprefix("motcua").lstrip(".").partition(".")[0] for name in names}
    storeys = [[room, *(n for n in names if rooms[n] == room)] for room in ROOMS]
    storeys.append(["-", *(name for name in names if rooms[name] not in ROOMS)])
    command = [sys.executable, "-c", IMPORTED_FIRST, *map(" ".join, storeys)]
    ended = subprocess.run(command, capture_output=True, text=True)
    assert (ended.returncode, ended.stderr) == (0, "")
    return json.loads(ended.stdout)


def test_every_module_can_be_imported_first(imported: tuple[dict, list]) -> None:
    assert imported[0] == {}


def test_a_run_does_without_the_grammar_that_takes_a_second_to_import(
    imported: tuple[dict, list],
) -> None:
    assert not set(ROOMS[: ROOMS.index("running") + 1]) & set(imported[1])


@pytest.mark.parametrize("page", ["CONTRIBUTING.md", "docs/architecture.md"])
def test_files_that_a_guide_names_are_there(page: str) -> None:
    text = (ROOT / page).read_text("utf-8")
    named = re.findall(r"`((?:lib|data|docs|notebooks|tests|params)/[\w./-]*)`", text)
    assert named
    assert [name for name in named if not (ROOT / name).exists()] == ["notebooks/07_name.ipynb"][
        : text.count("07_name")
    ]
