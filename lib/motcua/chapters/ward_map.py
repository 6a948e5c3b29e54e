"""Tile map of the city: one tile per ward at its place, with its rate and verdict, as HTML.

The first screen of the report and notebooks show the same tiles (templates/map.html, map.css).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import pandas as pd
from jinja2 import Environment, PackageLoader

from motcua.base import style
from motcua.chapters import rates
from motcua.chapters.figure import source
from motcua.chapters.sentences import STRICT, Words, rate_words, said_at
from motcua.measures.month import Month
from motcua.measures.rates import shortfalls

SAY = Words("ward_map")
MOST_PLACES = 40  # rows and columns of a tile map
COLOURS = ("ink", "muted", "grey", "line", "paper", "wash", "blue", "blue-pale", "orange",
           "orange-pale", "orange-dark")  # fmt: skip


@lru_cache(maxsize=1)
def environment() -> Environment:
    """Templates of templates/, which escape what they are given."""
    return Environment(loader=PackageLoader("motcua", "templates"), autoescape=True, **STRICT)


@lru_cache(maxsize=16)
def asset(name: str) -> str:
    """Text of a style sheet or script of templates/."""
    return (style.TEMPLATES / name).read_text(encoding="utf-8")


def font(name: str) -> bytes:
    """Typeface of templates/fonts/, licensed as OFL.txt there says."""
    return (style.TEMPLATES / "fonts" / name).read_bytes()


def variables(*, night: bool = False) -> str:
    """The project's colours as variables of a style sheet, by day or by night.

    Examples
    --------
    >>> variables().startswith("--ink:#1d2329;"), variables(night=True).startswith("--ink:#e6eaee;")
    (True, True)
    """
    dark = style.DARK if night else {}
    colours = [getattr(style, name.upper().replace("-", "_")) for name in COLOURS]
    pairs = zip(COLOURS, colours, strict=True)
    return "".join(f"--{name}:{dark.get(colour, colour)};" for name, colour in pairs)


def map_css() -> str:
    """Style sheet of tile maps, with a class for each row and column."""
    places = "".join(
        f".r{n}{{grid-row:{n + 1}}}.c{n}{{grid-column:{n + 1}}}" for n in range(MOST_PLACES)
    )
    return f"{asset('map.css')}{places}"


@dataclass(frozen=True)
class WardMap:
    """Tile map of a month, which shows itself in a notebook and in the report.

    Attributes
    ----------
    title, note, source : words around the map; `alt` tells it to who does not see it.
    key : class of a tile -> what its colour means.
    tiles : anchor, code, name, rate, unit, look, verdict, row, column of each ward.
    flows : whether the places tell nothing, so that a narrow screen may have other rows.
    """

    title: str
    note: str
    source: str
    alt: str
    key: dict[str, str]
    tiles: list[dict[str, Any]] = field(repr=False)
    flows: bool = False

    def _repr_html_(self) -> str:
        macros: Any = environment().get_template("map.html").module
        return macros.notebook(self, notebook_css())


def ward_map(month: Month) -> WardMap:
    """Tile map of the city: one tile per ward, name and rate inside, verdict as colour.

    Wards below the threshold also carry "▼". A city without a grid gets rows of six, worst first.

    Examples
    --------
    >>> from motcua import load
    >>> tiles = ward_map(load("2024-01", data="data/sample")).tiles
    >>> len(tiles), tiles[0]["name"], tiles[0]["rate"], tiles[0]["look"]
    (30, 'Tân Phong', '98,21', 'meets')
    """
    is_placed, words = has_places(month.rates), rates.in_words(month)
    names = month.rates.loc[month.rates["below_threshold"].eq(True), "name"].tolist()
    tiles = [_tile(month, ward) for ward in placed(month.rates).itertuples()]
    return WardMap(
        title=SAY("title", month, names=names) if 0 < len(names) <= 5 else words["title"],
        note=SAY("note", month, placed=is_placed),
        source=source(month),
        alt=SAY("alt", rates=words["alt"], placed=is_placed),
        key={name: SAY(f"key.{name}", month) for name in said_at("ward_map", "key")},
        tiles=sorted(tiles, key=lambda tile: (tile["row"], tile["column"])),
        flows=not is_placed,
    )


def notebook_css() -> str:
    """Style sheet of a map in a notebook, which lacks that of the page: for the map alone."""
    own = asset("map-notebook.css").replace("FONT_STACK", style.FONT_STACK)
    return f".ward-map{{{variables()}{own}{map_css()}}}"


def has_places(wards: pd.DataFrame) -> bool:
    """Whether the register gives every unit a place on the grid."""
    return bool(wards[["grid_row", "grid_col"]].notna().all(axis=None))


def placed(wards: pd.DataFrame) -> pd.DataFrame:
    """Wards with a place on the grid; rows of six (ten from 61 wards) when there is no grid."""
    if has_places(wards):
        return wards.reset_index(drop=True)
    order, wide = pd.RangeIndex(len(wards)), 6 if len(wards) <= 60 else 10
    return wards.reset_index(drop=True).assign(grid_row=order // wide, grid_col=order % wide)


def look(month: Month, ward: Any) -> str:
    """Class of a row of `month.rates`, for its tile and its card: what readers are told of it.

    "clearly_low" or "watch" (see `rates.shortfalls`), "meets", or "nothing" resolved.
    """
    if pd.isna(ward.below_threshold):
        return "nothing"
    return shortfalls(month)[ward.code] if ward.below_threshold else "meets"


def verdict_words(month: Month, ward: Any) -> str:
    """What readers are told of a row of `month.rates`.

    Examples
    --------
    >>> from motcua import load
    >>> month = load("2024-01", data="data/sample")
    >>> verdict_words(month, next(month.rates.itertuples()))
    'dưới 97%, thấp rõ rệt'
    """
    return SAY(f"verdict.{look(month, ward)}", month)


def anchor(code: str) -> str:
    """Anchor of a ward's card, which stands in the address of the page.

    Examples
    --------
    >>> anchor("26374"), anchor("Xã A")
    ('ward=26374', 'ward=Xã_A')
    """
    return "ward=" + re.sub(r"\s+", "_", code)


def _tile(month: Month, ward: Any) -> dict[str, Any]:
    value = rate_words(month, ward.rate_percent)
    return {
        "anchor": anchor(ward.code),
        "code": ward.code,
        "name": ward.name,
        "rate": value.removesuffix("%"),
        "unit": "%" if value.endswith("%") else "",
        "look": look(month, ward),
        "verdict": verdict_words(month, ward),
        "row": int(ward.grid_row),
        "column": int(ward.grid_col),
    }
