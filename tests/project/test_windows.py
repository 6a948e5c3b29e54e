"""What Windows asks for, as far as it can be tried elsewhere: names, encodings, no fork."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from exports import HEAD, record, write_csv
from motcua.base.reference import ROOT

RESERVED = re.compile(r"(?i)(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?$")
LONGEST = 180  # of the 260 that Windows allows, what is left for the folder above
SOURCES = sorted((ROOT / "lib").rglob("*.py"))
# Where there is none of what only Unix has: modules, calls, signals.
WITHOUT_UNIX = """
import os, signal, sys
import psutil  # whose own files for this system need them
for name in ("fcntl", "grp", "pwd", "resource", "termios", "pty", "tty", "syslog"):
    sys.modules[name] = None
for name in ("fork", "forkpty", "killpg", "setpgid", "getuid", "geteuid", "getpgid", "setsid"):
    delattr(os, name)
for name in ("SIGHUP", "SIGKILL", "pthread_sigmask", "SIG_BLOCK", "SIG_SETMASK"):
    delattr(signal, name)
os.environ |= {"USERNAME": "can-bo", "HOME": os.getcwd()}
from motcua.cli import main
from motcua.running.execute import default_engine
assert default_engine() == "plain"
asked = ["--data", "data", "--out", "out"]
for command in (
    ["check", "data"],
    ["run", "2024-01", *asked, "--only", "findings"],
    ["watch", *asked],
    ["verify", "out/2024-01"],
):
    assert main(command) == 0, command
"""


def unfit(name: str) -> bool:
    """Whether Windows refuses a name, or is likely to."""
    parts = name.split("/")
    odd = any(re.search(r'[<>:"|?*\\\x00-\x1f]|[. ]$', p) or RESERVED.match(p) for p in parts)
    return odd or len(name) > LONGEST


def names_twice(names: list[str]) -> list[str]:
    """Names that are one where letters have no case."""
    folded = [name.casefold() for name in names]
    return [name for name in names if folded.count(name.casefold()) > 1]


def tracked() -> list[str]:
    listing = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, encoding="utf-8"
    ).stdout
    return [name for name in listing.split("\0") if name]


def test_what_is_refused_is_told_from_what_is_not() -> None:
    wrong = ("a:b", "x/NUL", "con.txt", "a?.csv", "a.", "b ", "x" * 200)
    assert all(map(unfit, wrong))
    assert not any(map(unfit, ("Trảng Dài - phiếu nhắc.docx", "console.txt", "a.b/c-1")))
    assert names_twice(["A.txt", "a.txt", "b"]) == ["A.txt", "a.txt"]


def test_names_of_the_repository_are_names_on_windows() -> None:
    assert [name for name in tracked() if unfit(name)] == []
    assert names_twice(tracked()) == []


def test_names_of_a_published_month_are_names_on_windows(january_made: Path) -> None:
    made = [p.relative_to(january_made).as_posix() for p in january_made.rglob("*")]
    assert len(made) > 100
    assert [name for name in made if unfit(name)] == []
    assert names_twice(made) == []


@cache
def calls() -> list[tuple[str, ast.Call]]:
    """Each call of the library with the name of its file; all are read once."""
    return [
        (path.name, node)
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
    ]


def names_encoding(call: ast.Call, place: int) -> bool:
    """Whether a call says in what letters it reads or writes, or that it reads bytes."""
    words = {keyword.arg for keyword in call.keywords}
    mode = [a.value for a in call.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
    is_binary = any(re.fullmatch(r"[rwxa]?b\+?|[rwxa]\+?b", m) for m in mode)
    return "encoding" in words or is_binary or len(call.args) > place


@pytest.mark.parametrize(("name", "place"), [("read_text", 0), ("write_text", 1), ("open", 1)])
def test_every_text_file_is_opened_in_named_letters(name: str, place: int) -> None:
    """Windows would take those of its own language for granted."""
    silent = [
        f"{file}:{call.lineno}"
        for file, call in calls()
        if name in (getattr(call.func, "attr", None), getattr(call.func, "id", None))
        and not names_encoding(call, place)
        and ast.unparse(call.func) not in ("os.open", "package.open", "gzip.open")
    ]
    assert silent == []


def test_a_month_is_checked_made_and_watched_without_what_only_unix_has(tmp_path) -> None:
    write_csv(tmp_path / "data" / "dossiers" / "hồ sơ 20240118.csv", [HEAD, record()])
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_UNIX], cwd=tmp_path, capture_output=True, encoding="utf-8"
    )
    assert done.returncode == 0, done.stderr
