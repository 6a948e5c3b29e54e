"""What the documentation shows can be done: its recipes and its commands are run.

What cannot be run here (Windows, an office's server) is held against what the program accepts.
"""

from __future__ import annotations

import argparse
import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from motcua import cli
from motcua.base.reference import ROOT
from motcua_sample.make import make_sample

GUIDE = ROOT / "docs" / "huong-dan"
RECIPES = GUIDE / "cong-thuc.md"
PAGES = sorted(
    {
        *ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *GUIDE.glob("*.md"),
        *(ROOT / "docs" / "examples").rglob("*.md"), *(ROOT / "notebooks").glob("*.md"),
    }
    - {ROOT / "CHANGELOG.md"}
)  # fmt: skip
PROGRAMS = "motcua|make|pip|python3?|py|jupyter|register-python-argcomplete"
COMMAND = re.compile(rf"^(?:\S*[/\\])?({PROGRAMS})(?:\.exe)? (.*)")
EXTRAS = {"lab", "spark"}
ELSEWHERE = ("/somewhere", "/tmp")  # noqa: S108  as the pages write it
# Whose data are no part of the repository, or that tests/project/test_places.py tries.
NOT_HERE = ("docs/examples/boston311.yaml", "data/raw/dossiers/a.csv", "dn.yaml", "my.yaml")
TRIED_ELSEWHERE = {"pack", "profile"}
WRONG = {("run", "01/2024"): 2}  # shown for what it answers
RUN = """
import json, sys
from importlib import import_module
from pathlib import Path
from motcua.cli import main

import_module("motcua.reading.inputs").may_start_processes = lambda: False  # for a few rows

def ended(words):
    try:
        return main(words)
    except SystemExit as end:
        return end.code

asked = json.loads(sys.argv[1])
Path("ended.json").write_text(json.dumps([[words, ended(words)] for words in asked]))
"""


def fenced(page: Path, language: str) -> list[str]:
    """Blocks of a language on a page, in their order."""
    return re.findall(rf"^```{language}\n(.*?)^```$", page.read_text("utf-8"), re.M | re.S)


def shown() -> Iterator[tuple[str, str, str]]:
    """Page, program and words of each command that a page shows."""
    for page in PAGES:
        text = page.read_text("utf-8")
        lines = re.findall(r"^ {4,}(\S.*)$", text, re.M) + re.findall(r"`([^`\n]+)`", text)
        lines += [line for block in fenced(page, r"(?:sh|bash|console)?") for line in block]
        for line in lines:
            line = re.sub(r'^eval "\$\((.*)\)"$', r"\1", line)
            if found := COMMAND.match(line):
                yield page.name, found[1], found[2].split("  ")[0].split(" #")[0].strip()


def words_of(program: str) -> list[tuple[str, str]]:
    """Page and words of each command of a program, each once."""
    told = {words: page for page, name, words in shown() if name == program}
    return [(page, words) for words, page in told.items()]


def subcommands() -> dict[str, argparse.ArgumentParser]:
    actions = cli._parser()._actions
    return next(a.choices for a in actions if isinstance(a, argparse._SubParsersAction))


def is_synopsis(words: str) -> bool:
    return bool(re.search(r"\[|\b(?:MONTH|DIR|FOLDER|PATH|NGÀY|TÊN|…)\b", words))


def split(words: str) -> list[str]:
    return shlex.split(words.replace("\\", "/").rstrip(".,;:"))


@pytest.mark.usefixtures("own_cache")
def test_the_recipes_run_as_they_are_written(january_made, tmp_path, monkeypatch) -> None:
    (tmp_path / "outputs").symlink_to(january_made)
    monkeypatch.chdir(tmp_path)
    asked = {}
    for recipe in fenced(RECIPES, "python"):
        exec(compile(recipe, RECIPES.name, "exec"), asked)
    assert {"rates", "joined", "late", "ages"} <= set(asked)


# The command ----------------------------------------------------------------------------------


def cheap(words: list[str], office: Path) -> list[str]:
    """The same command, of one month and a few dossiers, that leaves the made month as it is.

    Those that differ in their month or data alone are one; test_pack packs the made month.
    """
    told = [re.sub(rf"^(?:{'|'.join(ELSEWHERE)})", str(office / "elsewhere"), w) for w in words]
    command = told[0]
    if command == "run":
        line = re.sub(r"--force|--only \S+|\S+\.\.", "", " ".join(told[1:]))
        told = ["run", *line.split(), "--only", "findings"]
        told += [] if "--out" in told else ["--out", "elsewhere/outputs"]
    if command == "sample":
        told = ["sample", "elsewhere/sample", "--months", "2024-01..2024-01", "--per-month", "20"]
    return told + ["--force"] * (command == "issue")


def test_every_command_shown_runs(january_made, tmp_path) -> None:
    office = tmp_path / "bao cao"
    assert cli.main(["init", str(office)]) == 0
    make_sample(office / "data" / "raw", ("2023-12", "2024-02"), 60, 1)
    shutil.copytree(january_made / "2024-01", office / "outputs" / "2024-01")
    (office / "phan.yaml").write_text("only_wards: [Hố Nai, Tân Tiến]\n")
    asked = {}
    for _, line in words_of("motcua"):
        bare = line in {*subcommands(), "profile new"} - {"watch", "explain", "help"}
        words = split(line)
        elsewhere = words[0] in TRIED_ELSEWHERE or set(NOT_HERE) & set(words)
        if not (bare or is_synopsis(line) or elsewhere):
            options = [w for w in words[1:] if w.startswith("-") and w not in ("--data", "--only")]
            asked.setdefault((words[0], *options, WRONG.get(tuple(words))), words)
        elif not bare and not is_synopsis(line):
            cli._parser().parse_args(words)
    ran = [cheap(words, office) for words in asked.values()]
    assert {words[0] for words in ran} == {*subcommands(), "--help"} - TRIED_ELSEWHERE
    done = subprocess.run(
        [sys.executable, "-c", RUN, json.dumps(ran)],
        cwd=office, capture_output=True, encoding="utf-8",
    )  # fmt: skip
    expected = [[cheap(w, office), WRONG.get(tuple(w), 0)] for w in asked.values()]
    assert json.loads((office / "ended.json").read_text("utf-8")) == expected, done.stderr


def test_every_command_of_a_synopsis_has_the_options_that_it_shows() -> None:
    lines = [words for _, words in words_of("motcua") if is_synopsis(words)]
    assert len(lines) > 8
    for line in lines:
        name, _, rest = line.partition(" ")
        known = {o for action in subcommands()[name]._actions for o in action.option_strings}
        assert set(re.findall(r"--[a-z-]+", rest)) <= known, line


def test_the_readme_names_every_command_and_option() -> None:
    told = (ROOT / "README.md").read_text("utf-8").partition("## Command line")[2]
    for name, parser in subcommands().items():
        assert f"    motcua {name}" in told
        options = {o for action in parser._actions for o in action.option_strings}
        usage = re.search(rf"^    motcua {name}\b(.*\n(?: {{17}}.*\n)?)", told, re.M)[1]
        assert options - {"-h", "--help"} <= set(re.findall(r"--[a-z-]+", usage)), name


# Other programs -------------------------------------------------------------------------------


def test_every_make_target_shown_is_one_of_the_makefile() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z-]+):(?!=)", makefile, re.M))
    variables = set(re.findall(r"^([A-Z]+) \?=", makefile, re.M)) | {"NAME"}
    for page, words in words_of("make"):
        for word in split(words):
            assert word in targets or word.partition("=")[0] in variables, (page, words)


def test_everything_shown_to_pip_is_there_to_install() -> None:
    lines = [words for _, words in words_of("pip")]
    assert {"install motcua", 'install "motcua[lab]"', 'install "motcua[spark]"'} <= set(lines)
    for line in lines:
        verb, *rest = split(line)
        assert verb == "install"
        for word in rest:
            known = word.startswith("-") or word in ("motcua", ".") or (ROOT / word).is_file()
            named = re.fullmatch(r"(?:motcua|\.)\[(\w+)\]", word)
            assert known or named[1] in EXTRAS, line


@pytest.mark.parametrize("program", ["python", "python3", "py", "jupyter"])
def test_every_script_and_module_shown_is_there(program: str) -> None:
    for page, words in words_of(program):
        first = split(words)
        first = first[1:] if re.fullmatch(r"-3\.\d+", first[0]) else first
        if first[0] == "-m":
            assert first[1] in ("venv", "motcua", "motcua.papers.findings"), (page, words)
        elif program == "jupyter":
            assert first[0] in ("lab", "nbconvert")
        else:
            assert (ROOT / first[0]).is_file(), (page, words)


def test_the_lines_for_the_tab_key_are_those_of_argcomplete() -> None:
    import argcomplete

    lines = [words for _, words in words_of("register-python-argcomplete")]
    assert any("powershell" in line for line in lines)
    for shell in ("bash", "powershell"):
        assert "motcua" in argcomplete.shellcode(["motcua"], shell=shell)


def test_links_of_the_entry_lead_somewhere() -> None:
    entry = ROOT / "docs" / "README.md"
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", entry.read_text("utf-8"))
    assert len(links) > 20
    assert [link for link in links if not (entry.parent / link).exists()] == []
    pages = {page for page in PAGES if page.parent in (entry.parent, GUIDE)}
    named = {(entry.parent / link).resolve() for link in links}
    assert pages - named <= {entry, GUIDE / "README.md"}
