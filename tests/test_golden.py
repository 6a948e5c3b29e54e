"""The files of January of the sample hold what they held when tests/golden.json was written."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from golden import GOLDEN, difference, digests, moved


def test_every_file_of_january_holds_what_it_held(january_made: Path, tmp_path: Path) -> None:
    golden = {"january": json.loads(GOLDEN.read_text("utf-8"))["january"]}
    now = {"january": digests(january_made)}
    differ = moved(now, golden)
    assert differ == [], beside_one_made_alone(january_made, differ, tmp_path)


def beside_one_made_alone(january: Path, differ: list[str], folder: Path) -> str:
    """What the files that differ say otherwise than those of a January made by itself now."""
    made = subprocess.run(
        [sys.executable, GOLDEN.with_suffix(".py"), "--january", folder], check=False
    )
    names = [name.partition("/")[2] for name in differ]
    told = [difference(folder / "january" / name, january / name) for name in names]
    same = "Made alone it is the same; if the outputs were to change: golden.py --write"
    return f"exit code {made.returncode}\n" + ("\n".join(filter(None, told)) or same)


def test_what_differs_is_told_line_by_line(tmp_path: Path) -> None:
    for name, word in (("a", "một"), ("b", "hai")):
        cells = [{"outputs": [{"data": {"text/html": f"<p>x</p><p>{word}</p>"}}]}]
        (tmp_path / f"{name}.ipynb").write_text(json.dumps({"cells": cells}), "utf-8")
    told = difference(tmp_path / "a.ipynb", tmp_path / "b.ipynb").splitlines()
    assert told[3:] == ["-một", "+hai"]


def test_a_changed_a_new_and_a_lost_file_are_named() -> None:
    golden = {"january": {"same": "1", "changed": "1", "lost": "1"}}
    now = {"january": {"same": "1", "changed": "2", "new": "1"}}
    assert moved(now, golden) == ["january/changed", "january/lost", "january/new"]
