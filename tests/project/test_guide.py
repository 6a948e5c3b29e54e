"""The guide for those who make the report: what it names exists, and no message is left out."""

from __future__ import annotations

import argparse
import ast
import configparser
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml
from motcua import cli
from motcua.base import errors
from motcua.base.params import validate
from motcua.base.reference import REASON_LABELS, ROOT, read_yaml

GUIDE = ROOT / "docs" / "huong-dan"
PAGES = sorted(GUIDE.glob("*.md"))
SCHEDULES = ROOT / "docs" / "examples" / "lich"
LIBRARY = ROOT / "lib"
ANY = "…"


def blocks(page: Path) -> list[str]:
    """Indented blocks of a page: commands and parameters."""
    text = page.read_text("utf-8")
    found = re.findall(r"(?:^ {4,}\S.*\n)+", text, re.MULTILINE)
    return ["\n".join(line.strip("\n") for line in block.splitlines()) for block in found]


def commands(text: str) -> Iterator[list[str]]:
    """Words after `motcua` of each command in a text."""
    for line in text.splitlines():
        match = re.search(
            r"(?:^|[/\\ `])motcua(?:\.exe)? ((?:run|check|verify|issue|pack|prepare|"
            r"sample|watch|corrections|init|explain|help)\b[^`>|]*)",
            line,
        )
        if match:
            yield shlex.split(match[1].split("#")[0].strip().rstrip("'.,;:"), posix=True)


def accepts(words: list[str]) -> None:
    """Read a command as the program does, months of the shell and the like replaced by one."""
    words = ["2024-01" if "$(date" in w or w.startswith("$") else w for w in words]
    cli._parser().parse_args(words)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_commands_of_the_guide_are_those_of_the_program(page) -> None:
    for block in blocks(page):
        for words in commands(block):
            accepts(words)
    named = re.findall(r"`motcua ([a-z]+)", page.read_text("utf-8"))
    known = next(
        action.choices
        for action in cli._parser()._actions
        if isinstance(action, argparse._SubParsersAction)
    )
    assert set(named) <= set(known)


def test_the_guide_shows_commands() -> None:
    shown = [words[0] for page in PAGES for block in blocks(page) for words in commands(block)]
    assert {"run", "check", "verify", "issue"} <= set(shown)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_make_targets_and_files_of_the_guide_exist(page) -> None:
    text = page.read_text("utf-8")
    targets = set(re.findall(r"^([a-z-]+):(?!=)", (ROOT / "Makefile").read_text("utf-8"), re.M))
    assert set(re.findall(r"(?:`| {4})make ([a-z-]+)", text)) <= targets
    for link in re.findall(r"\]\(([^)#]+)[^)]*\)", text):
        assert (page.parent / link).resolve().exists(), link
    for file in re.findall(r"(?:benchmarks|docs)/[\w/.-]+\.\w+", text):
        assert (ROOT / file).is_file(), file


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_parameters_of_the_guide_are_accepted(page) -> None:
    for block in blocks(page):
        lines = re.sub(r"^ {4}", "", block, flags=re.MULTILINE)
        if re.match(r"[a-z_]+:( |\n)", lines):
            validate(yaml.safe_load(lines), page.name)
    for line in re.findall(r"`([a-z_]+: [^`]*)`", page.read_text("utf-8")):
        validate(yaml.safe_load(line), page.name)


# Schedules ----------------------------------------------------------------------------------------


def schedule(name: str) -> str:
    return (SCHEDULES / name).read_text("utf-8")


def test_cron_runs_the_month_on_its_sixteenth_day() -> None:
    (line,) = [x for x in schedule("motcua.cron").splitlines() if re.match(r"\d", x)]
    assert line.split()[:6] == ["30", "7", "16", "*", "*", "motcua"]
    assert line.count("%") == line.count(r"\%") == 2  # cron ends a command at a bare %
    (words,) = commands(line.replace('"$(date +\\%Y-\\%m)"', "2024-01"))
    accepts(words)


def test_systemd_units_name_a_month_and_a_day() -> None:
    service, timer = (configparser.ConfigParser(interpolation=None) for _ in "ab")
    service.read_string(schedule("motcua.service"))
    timer.read_string(schedule("motcua.timer"))
    start = service["Service"]["ExecStart"]
    assert start.startswith("/bin/sh -c 'exec .venv/bin/motcua run")
    assert start.count("%%") * 2 == start.count("%")  # systemd reads a bare % itself
    (words,) = commands(start.replace('"$(date +%%Y-%%m)"', "2024-01"))
    accepts(words)
    assert timer["Timer"]["OnCalendar"] == "*-*-16 07:30:00"
    assert timer["Install"]["WantedBy"] == "timers.target"


def test_windows_task_runs_the_script_that_runs_the_month() -> None:
    names = {"t": "http://schemas.microsoft.com/windows/2004/02/mit/task"}
    task = ElementTree.fromstring(schedule("motcua.xml"))
    by_month = task.find(".//t:ScheduleByMonth", names)
    assert [day.text for day in by_month.iterfind("t:DaysOfMonth/t:Day", names)] == ["16"]
    assert len(by_month.find("t:Months", names)) == 12
    assert r"C:\motcua\motcua.ps1" in task.findtext(".//t:Exec/t:Arguments", None, names)
    script = schedule("motcua.ps1")
    assert r"& .venv\Scripts\motcua.exe run $month --data data\raw" in script
    assert "exit $LASTEXITCODE" in script


# Messages -----------------------------------------------------------------------------------------


def raised() -> Iterator[tuple[str, str]]:
    """Place and words of each message in the library, … for what varies."""
    kinds = {"InputError", "ParameterError", "RunError", "MissingColumns", "cls"}
    for path in sorted(LIBRARY.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in kinds and node.args:
                words = literal(node.args[0])
                if words.strip(ANY):
                    yield f"{path.name}:{node.lineno}", words
    for key, said in read_yaml("messages")["refused"].items():
        yield f"messages.yaml:{key}", re.sub(r"\{\w+\}", ANY, said)


def literal(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(literal(part) for part in node.values)
    if isinstance(node, ast.BinOp):
        return literal(node.left) + literal(node.right)
    return ANY


def table_rows() -> list[list[str]]:
    """Rows of the tables of the guide on messages."""
    lines = (GUIDE / "loi.md").read_text("utf-8").splitlines()
    rows = [line for line in lines if line.startswith("|") and not line.startswith("|---")]
    return [[cell.strip() for cell in row.strip("|").split(" | ")] for row in rows]


def documented() -> list[str]:
    """Messages that the guide explains, as it writes them."""
    return [row[0].strip("`") for row in table_rows() if row[0].startswith("`")]


def bare(words: str) -> str:
    """Words alone: what varies, spaces and line ends are one sign."""
    return re.sub(r"[…\s]+", " ", words).strip()


def test_every_message_is_explained() -> None:
    explained = [bare(message) for message in documented()]
    assert len(explained) > 60
    missing = [
        f"{place}: {words}"
        for place, words in raised()
        if place.split(":")[0] != "sample_city.py"
        and not any(bare(words).startswith(e) for e in explained)
    ]
    assert not missing, "explain in docs/huong-dan/loi.md:\n" + "\n".join(missing)


def test_every_explained_message_is_one_of_the_program() -> None:
    words = [bare(said) for _, said in raised()]
    strangers = [m for m in documented() if not any(w.startswith(bare(m)) for w in words)]
    assert not strangers


def test_every_message_is_explained_with_cause_and_remedy() -> None:
    assert [row for row in table_rows() if len(row) != 3 or not all(row)] == []


def test_every_kind_of_error_and_every_reason_of_a_row_is_explained() -> None:
    text = (GUIDE / "loi.md").read_text("utf-8")
    kinds = [
        n
        for n, kind in vars(errors).items()
        if isinstance(kind, type) and kind.__module__ == errors.__name__
    ]
    assert [kind for kind in kinds if f"`{kind}`" not in text] == []
    assert [label for label in REASON_LABELS.values() if f"| {label} |" not in text] == []
