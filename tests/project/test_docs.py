"""What the documentation shows can be done: its recipes and its commands are run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from motcua.base.reference import ROOT

RECIPES = ROOT / "docs" / "huong-dan" / "cong-thuc.md"


def fenced(page: Path, language: str) -> list[str]:
    """Blocks of a language on a page, in their order."""
    return re.findall(rf"^```{language}\n(.*?)^```$", page.read_text("utf-8"), re.M | re.S)


@pytest.mark.usefixtures("own_cache")
def test_the_recipes_run_as_they_are_written(january_made, tmp_path, monkeypatch) -> None:
    (tmp_path / "outputs").symlink_to(january_made)
    monkeypatch.chdir(tmp_path)
    asked = {}
    for recipe in fenced(RECIPES, "python"):
        exec(compile(recipe, RECIPES.name, "exec"), asked)
    assert {"rates", "joined", "late", "table"} <= set(asked)
