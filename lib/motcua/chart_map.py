"""Tile map of the city: one tile per ward at its place, with its rate and verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import plotly.graph_objects as go

from motcua import style, text
from motcua.chart_rates import headline, hover, is_below, rates_alt, rates_table
from motcua.figure import NOTHING_RESOLVED, framed, label, period, rate, threshold

if TYPE_CHECKING:
    from motcua.month import Month

TILE_HEIGHT = 68
NOTHING_IN_TILE = NOTHING_RESOLVED.replace(" ", "<br>", 1)
VERDICTS = {  # (below the threshold, certain) -> words and colours of a tile
    (True, True): ("▼ Dưới {threshold}", style.ORANGE),
    (True, False): ("▼ Dưới {threshold}, chưa chắc", style.ORANGE_PALE),
    (False, False): ("Từ {threshold}, chưa chắc", style.BLUE_PALE),
    (False, True): ("Từ {threshold}", style.BLUE_MID),
    None: ("Không phát sinh", style.PAPER),
}
EDGES = {style.PAPER: style.GREY, style.ORANGE_PALE: style.ORANGE}


def ward_map(month: Month) -> go.Figure:
    """Tile map of the city: one tile per ward, name and rate inside, verdict as colour.

    Wards below the threshold also carry "▼". A city without a grid gets rows of six, worst first.
    """
    tiles = placed(month.rates)
    rows = int(tiles["grid_row"].max()) + 1
    figure = go.Figure()
    figure.add_traces([_tile_labels(month, tiles), _key(month, tiles, rows)])
    figure.update_layout(shapes=[_tile(ward) for ward in tiles.itertuples()])
    figure.update_xaxes(visible=False, range=[-0.5, tiles["grid_col"].max() + 0.5])
    figure.update_yaxes(visible=False, range=[rows + 0.35, -0.5])
    return framed(
        figure,
        month,
        name="ward_map",
        title=map_title(month),
        subtitle=f"Tỷ lệ hồ sơ giải quyết đúng hạn, mỗi ô một đơn vị, {period(month)}",
        alt=f"Bản đồ ô. {rates_alt(month)}",
        table=rates_table(month, f"Tỷ lệ đúng hạn trên bản đồ, {period(month)}"),
        height=TILE_HEIGHT * rows + 74,
        bottom=8,
        compact=_compact_map(month, tiles),
        picks={
            ward.code: {"x": int(ward.grid_col), "y": int(ward.grid_row)}
            | {"note": f"{rate(month, ward.rate_percent)}."}
            for ward in tiles.itertuples()
        },
    )


def map_title(month: Month) -> str:
    """Names of the wards below when they fit on a line, else how many."""
    names = month.rates.loc[is_below(month.rates, True), "name"].tolist()
    return (
        f"Dưới {threshold(month)}: {text.join(names)}" if 0 < len(names) <= 5 else headline(month)
    )


def placed(rates: pd.DataFrame) -> pd.DataFrame:
    """Wards with a place on the grid; rows of six (ten from 61 wards) when there is no grid."""
    if rates[["grid_row", "grid_col"]].notna().all(axis=None):
        return rates.reset_index(drop=True)
    order, wide = pd.RangeIndex(len(rates)), 6 if len(rates) <= 60 else 10
    return rates.reset_index(drop=True).assign(grid_row=order // wide, grid_col=order % wide)


def _verdict(ward: Any) -> tuple[bool, bool] | None:
    if pd.isna(ward.below_threshold):
        return None
    return bool(ward.below_threshold), ward.certainty != "uncertain"


def _tile(ward: Any) -> dict[str, Any]:
    colour = VERDICTS[_verdict(ward)][1]
    edge = {"width": 1.5, "color": EDGES.get(colour, colour)}
    x, y, half = ward.grid_col, ward.grid_row, 0.47
    box = {"x0": x - half, "x1": x + half, "y0": y - half, "y1": y + half}
    return {"type": "rect", "layer": "below", "fillcolor": colour, "line": edge, **box}


def _tile_labels(month: Month, tiles: pd.DataFrame) -> go.Scatter:
    return go.Scatter(
        x=tiles["grid_col"].tolist(),
        y=tiles["grid_row"].tolist(),
        mode="text",
        text=[_tile_text(month, ward, label(ward.name)) for ward in tiles.itertuples()],
        textfont={"size": style.SIZE_SMALL, "color": _tile_inks(tiles)},
        hovertext=[hover(month, ward) for ward in tiles.itertuples()],
        hoverinfo="text",
        name="tiles",
    )


def _tile_inks(tiles: pd.DataFrame) -> list[str]:
    return [style.ink_on(VERDICTS[_verdict(ward)][1]) for ward in tiles.itertuples()]


def _tile_text(month: Month, ward: Any, name: str) -> str:
    mark = "▼ " if _verdict(ward) is not None and ward.below_threshold else ""
    value = rate(month, ward.rate_percent).replace(NOTHING_RESOLVED, NOTHING_IN_TILE)
    return f"<b>{name}</b><br>{mark}{value}"


def _key(month: Month, tiles: pd.DataFrame, rows: int) -> go.Scatter:
    """What the colours mean: squares with words, in two rows below the tiles."""
    width = float(tiles["grid_col"].max()) + 1
    verdicts = [(True, True), (False, False), (True, False), (False, True)]
    return go.Scatter(
        x=[-0.33 + width / 2 * (i % 2) for i in range(4)],
        y=[rows - 0.25 + 0.4 * (i // 2) for i in range(4)],
        mode="markers+text",
        marker={
            "symbol": "square",
            "size": 13,
            "color": [VERDICTS[v][1] for v in verdicts],
            "line": {"width": 1, "color": style.MUTED},
        },
        text=[f"  {VERDICTS[v][0].format(threshold=threshold(month))}" for v in verdicts],
        textposition="middle right",
        textfont={"size": style.SIZE_SMALL},
        hoverinfo="skip",
        name="key",
    )


def _compact_map(month: Month, tiles: pd.DataFrame) -> dict[str, Any]:
    """On a phone each word of a name takes a line, and rates lose their percent sign."""
    words = [
        _tile_text(month, ward, label(ward.name).replace(" ", "<br>"))
        .replace(f"{text.NBSP}%", "")
        .replace("▼ ", "▼")
        .replace(NOTHING_IN_TILE, text.NOTHING)
        for ward in tiles.itertuples()
    ]
    small = {"size": 10}
    return {"data": [{"text": words, "textfont": small}, {"textfont": small}], "layout": {}}
