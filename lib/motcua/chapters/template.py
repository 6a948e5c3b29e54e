"""What pages and tile maps are made with: templates, style sheets, colours as variables."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from motcua.base import style

MOST_PLACES = 40  # rows and columns of a tile map
COLOURS = {
    "ink": style.INK,
    "muted": style.MUTED,
    "grey": style.GREY,
    "line": style.LINE,
    "paper": style.PAPER,
    "wash": style.WASH,
    "blue": style.BLUE,
    "blue-pale": style.BLUE_PALE,
    "blue-mid": style.BLUE_MID,
    "orange": style.ORANGE,
    "orange-pale": style.ORANGE_PALE,
    "orange-dark": style.ORANGE_DARK,
}


@lru_cache(maxsize=1)
def environment() -> Environment:
    """Templates of templates/, which escape what they are given."""
    return Environment(
        loader=PackageLoader("motcua", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@lru_cache(maxsize=16)
def asset(name: str) -> str:
    """Text of a style sheet or script of templates/."""
    return (Path(__file__).parents[1] / "templates" / name).read_text(encoding="utf-8")


def variables(*, night: bool = False) -> str:
    """The project's colours as variables of a style sheet, by day or by night.

    Examples
    --------
    >>> variables().startswith("--ink:#1d2329;"), variables(night=True).startswith("--ink:#e6eaee;")
    (True, True)
    """
    dark = style.DARK if night else {}
    return "".join(f"--{name}:{dark.get(colour, colour)};" for name, colour in COLOURS.items())


def map_css() -> str:
    """Style sheet of tile maps, with a class for each row and column."""
    places = "".join(
        f".r{n}{{grid-row:{n + 1}}}.c{n}{{grid-column:{n + 1}}}" for n in range(MOST_PLACES)
    )
    return f"{asset('map.css')}{places}"
