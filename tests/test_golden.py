"""The files of January of the sample hold what they held when tests/golden.json was written."""

from __future__ import annotations

import json
from pathlib import Path

from golden import GOLDEN, digests, moved


def test_every_file_of_january_holds_what_it_held(january_made: Path) -> None:
    golden = {"january": json.loads(GOLDEN.read_text("utf-8"))["january"]}
    now = {"january": digests(january_made)}
    told = "if the outputs were to change: python tests/golden.py --write"
    assert moved(now, golden) == [], told


def test_a_changed_a_new_and_a_lost_file_are_named() -> None:
    golden = {"january": {"same": "1", "changed": "1", "lost": "1"}}
    now = {"january": {"same": "1", "changed": "2", "new": "1"}}
    assert moved(now, golden) == ["january/changed", "january/lost", "january/new"]
