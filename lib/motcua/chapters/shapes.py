"""Shapes that charts share: sorted bars, panels of bars, bars and axis of months."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap
from typing import Any

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from motcua.base import style
from motcua.base import vietnamese as vi
from motcua.base.calendar import tick
from motcua.chapters.figure import label, plain, shortened

SORTED_HEIGHT = 48
SORTED_HEIGHT_COMPACT = 62
EDGE_HEIGHT = 24
PHONE_LETTERS = 33  # of panel titles side by side
HEAT = [  # lightness falls with distance from the threshold; dark ink reads on all of them
    (0.0, style.HEAT_LOW),
    (0.4999, style.ORANGE_PALE),
    (0.5, style.HEAT_MIDDLE),
    (1.0, style.BLUE_MID),
]


def sorted_bars(labels: Sequence[str], values: Sequence[float], notes: Sequence[str]) -> go.Figure:
    """Horizontal bars from 0, each under its own line of words; the longest speak.

    Parameters
    ----------
    labels, values, notes : one per bar, in the order shown; `notes` are the numbers in words.

    Examples
    --------
    >>> figure = sorted_bars(["Lỗi phần mềm"], [3], ["3 hồ sơ"])
    >>> figure.data[1].text
    ('<b>Lỗi phần mềm</b>  3 hồ sơ',)
    """
    places = list(range(len(labels)))
    colours = [style.BLUE if value == max(values) else style.GREY for value in values]
    hover = [f"<b>{plain(a)}</b><br>{plain(b)}" for a, b in zip(labels, notes, strict=True)]
    bars = go.Bar(
        x=list(values),
        y=places,
        orientation="h",
        width=0.36,
        marker={"color": colours},
        hovertext=hover,
        hoverinfo="text",
        textposition="none",
        name="bars",
    )
    words = [f"<b>{plain(a)}</b>  {plain(b)}" for a, b in zip(labels, notes, strict=True)]
    figure = go.Figure([bars, _words_above(places, words)])
    figure.update_xaxes(visible=False, rangemode="tozero")
    figure.update_yaxes(visible=False, range=[len(places) - 0.6, -0.9])
    return figure


def _words_above(places: list[int], words: list[str]) -> go.Scatter:
    return go.Scatter(
        x=[0] * len(places),
        y=[place - 0.24 for place in places],
        mode="text",
        text=words,
        textposition="top right",
        textfont={"size": style.SIZE_LABEL},
        hoverinfo="skip",
        cliponaxis=False,
        name="labels",
    )


def sorted_height(count: int) -> int:
    """Height in pixels of `sorted_bars` with that many bars."""
    return SORTED_HEIGHT * count + EDGE_HEIGHT


def compact_sorted(labels: Sequence[str], notes: Sequence[str]) -> dict[str, Any]:
    """Patch for a phone: label and numbers on two lines."""
    words = [f"<b>{plain(a)}</b><br>{plain(b)}" for a, b in zip(labels, notes, strict=True)]
    height = SORTED_HEIGHT_COMPACT * len(labels) + EDGE_HEIGHT
    layout = {"height": height, "yaxis": {"range": [len(labels) - 0.6, -1.1]}}
    return {"data": [{}, {"text": words, "textfont": {"size": 12}}], "layout": layout}


def column_panels(wide: pd.DataFrame, words: pd.DataFrame, focus: Sequence[bool]) -> go.Figure:
    """One panel of horizontal bars per column of `wide`, side by side, all on one scale.

    Parameters
    ----------
    wide : one row per bar in the order shown (index: its name), one column per panel, numbers >= 0.
    words : the same cells as text; a cell of 0 shows nothing.
    focus : which rows have the focus colour, in the first panel and in their names.

    Examples
    --------
    >>> wide = pd.DataFrame({"Tổng": [2.0], "Lỗi phần mềm": [0.0]}, index=["Tân Vạn"])
    >>> figure = column_panels(wide, wide.map("{:.0f}".format), [True])
    >>> [trace.text for trace in figure.data]
    [('<b>2</b>',), ('',)]
    """
    figure = make_subplots(cols=wide.shape[1], shared_yaxes=True, horizontal_spacing=0.012)
    for column, name in enumerate(wide.columns, start=1):
        figure.add_trace(
            _panel(wide, words, name, focus if column == 1 else None), row=1, col=column
        )
    figure.update_xaxes(visible=False, range=[0, 1.75 * float(wide.to_numpy().max() or 1)])
    figure.update_yaxes(range=[len(wide) - 0.4, -0.6], showline=True)
    names = [
        f"<b>{label(n)}</b>" if f else label(n) for n, f in zip(wide.index, focus, strict=True)
    ]
    figure.update_yaxes(tickvals=list(range(len(wide))), ticktext=names, col=1)
    return figure.update_layout(annotations=_panel_titles(wide.columns, 14, style.SIZE_SMALL))


def _panel(
    wide: pd.DataFrame, words: pd.DataFrame, name: str, focus: Sequence[bool] | None
) -> go.Bar:
    """Bars of one panel with their numbers; bold, and orange where in focus, in the first panel."""
    values, plain_words = wide[name].tolist(), words[name].tolist()
    shape = "<b>{}</b>" if focus is not None else "{}"
    texts = [shape.format(w) if value else "" for w, value in zip(plain_words, values, strict=True)]
    colours = (
        [style.ORANGE if f else style.GREY for f in focus] if focus is not None else style.BLUE
    )
    hover = [
        f"<b>{plain(row)}</b><br>{plain(name)}: {w}"
        for row, w in zip(wide.index, plain_words, strict=True)
    ]
    return go.Bar(
        x=values,
        y=list(range(len(wide))),
        orientation="h",
        marker={"color": colours},
        name=plain(name),
        text=texts,
        textposition="outside",
        textfont={"size": style.SIZE_SMALL},
        cliponaxis=False,
        textangle=0,
        constraintext="none",
        hovertext=hover,
        hoverinfo="text",
    )


def _panel_titles(names: Sequence[str], width: int, size: int) -> list[dict[str, Any]]:
    """Title above each panel, broken into lines of about `width` letters."""
    lines = [wrap(name, width, break_long_words=False) for name in names]
    return [
        _title("<br>".join(plain(part.rstrip(",")) for part in parts), f"x{place or ''} domain")
        | {"align": "left", "font": {"size": size, "color": style.MUTED}}
        for place, parts in zip(["", *range(2, len(names) + 1)], lines, strict=True)
    ]


def _title(words: str, across: str, up: str = "paper") -> dict[str, Any]:
    """Words above a place of the axes, at its left."""
    return {
        "text": words,
        "showarrow": False,
        "x": 0,
        "xref": across,
        "xanchor": "left",
        "y": 1,
        "yref": up,
        "yanchor": "bottom",
    }


def compact_panels(wide: pd.DataFrame) -> dict[str, Any]:
    """Patch for a phone: titles and names of short lines, shorter bars."""
    scale = [0, (1.7 + 0.3 * wide.shape[1]) * float(wide.to_numpy().max() or 1)]
    lines = [[plain(line) for line in wrap(shortened(name), 16)] for name in wide.index]
    titles = _panel_titles(wide.columns, max(6, PHONE_LETTERS // wide.shape[1]), 12)
    head = max(title["text"].count("<br>") + 1 for title in titles)
    layout = {
        "yaxis": {"tickfont": {"size": 12}, "ticktext": ["<br>".join(row) for row in lines]},
        "height": max(map(len, lines)) * 18 * len(wide) + 18 * head + 30,
        "annotations": titles,
        "margin": {"t": 15 * head + 10},
        **{f"xaxis{place or ''}": {"range": scale} for place in ["", *range(2, wide.shape[1] + 1)]},
    }
    return {"layout": layout}


def month_panels(history: pd.DataFrame, panels: dict[str, str]) -> go.Figure:
    """One panel of bars per column, one bar per month, all panels on one scale.

    Parameters
    ----------
    history : one row per month: month ("2023-12") and the columns of `panels`.
    panels : column -> title of its panel.

    Examples
    --------
    >>> history = pd.DataFrame({"month": ["2023-12", "2024-01"], "late": [3, 5]})
    >>> month_panels(history, {"late": "Trễ hạn"}).data[0].text
    ('3', '5')
    """
    figure = make_subplots(rows=len(panels), shared_xaxes=True, vertical_spacing=0.3 / len(panels))
    top = 1.4 * max(1, history[list(panels)].to_numpy().max())
    for row, (column, title) in enumerate(panels.items(), start=1):
        figure.add_trace(month_bars(history[column], column), row=row, col=1)
        figure.add_annotation(panel_title(title, f"y{row}" if row > 1 else "y"))
    figure.update_yaxes(visible=False, range=[0, top])
    month_axis(figure, history["month"])
    return figure


def month_bars(values: pd.Series, name: str) -> go.Bar:
    """Bars with their number above, the last of which speaks; one value per month.

    Examples
    --------
    >>> month_bars(pd.Series([3, 1200]), "late").text
    ('3', '1.200')
    """
    colours = [style.GREY] * (len(values) - 1) + [style.BLUE]
    numbers = [vi.number(value) for value in values]
    return go.Bar(
        x=list(range(len(values))),
        y=values.tolist(),
        marker={"color": colours},
        text=numbers,
        textposition="outside",
        textfont={"size": style.SIZE_SMALL},
        cliponaxis=False,
        hoverinfo="skip",
        name=name,
    )


def panel_title(words: str, axis: str) -> dict[str, Any]:
    """Title above a panel, at its left."""
    title = _title(f"<b>{plain(words)}</b>", "paper", f"{axis} domain")
    return title | {"font": {"size": style.SIZE_LABEL}}


def month_axis(figure: go.Figure, months: pd.Series) -> None:
    """Months as numbers, with the year below the first and below each January."""
    words = [tick(month, place == 0) for place, month in enumerate(months)]
    figure.update_xaxes(
        tickvals=list(range(len(months))),
        ticktext=words,
        tickangle=0,
        showgrid=False,
        ticklabeloverflow="allow",
    )


def name_rows(figure: go.Figure, names: Sequence[str], low: float, high: float) -> None:
    """Write a name beside each row, the first on top; the axis ends `low` after the last row."""
    figure.update_yaxes(
        tickvals=list(range(len(names))),
        ticktext=[label(name) for name in names],
        range=[len(names) - low, high],
    )


def heat(rates: pd.DataFrame, threshold: float, **cells: Any) -> go.Heatmap:
    """Cells coloured by the distance of their rate from the threshold.

    Parameters
    ----------
    rates : percent, one row and one column of cells each.
    cells : text, hovertext and customdata of each cell as rows of lists, and the name.

    Examples
    --------
    >>> heat(pd.DataFrame([[96.0, None]]), 97, text=[["4", ""]], name="rates").z
    ([96.0, None],)
    """
    return go.Heatmap(
        z=rates.astype(object).where(rates.notna(), None).to_numpy().tolist(),
        x=list(range(rates.shape[1])),
        y=list(range(len(rates))),
        texttemplate="%{text}",
        textfont={"size": 10.5, "color": style.INK},
        colorscale=HEAT,
        zmin=2 * threshold - 100 if threshold < 100 else 0,
        zmax=100,
        showscale=False,
        xgap=2,
        ygap=2,
        hoverinfo="text",
        **cells,
    )


def intervals(table: pd.DataFrame, low: str, high: str, *, width: float, name: str) -> go.Scatter:
    """One line per row, from its `low` to its `high`.

    Examples
    --------
    >>> table = pd.DataFrame({"from": [1, 2], "to": [3, 5]})
    >>> intervals(table, "from", "to", width=2, name="range").x
    (1, 3, None, 2, 5, None)
    """
    x: list[Any] = []
    y: list[Any] = []
    for place, start, end in zip(table.index, table[low], table[high], strict=True):
        x += [start, end, None]
        y += [place, place, None]
    line = {"color": style.INTERVAL, "width": width}
    return go.Scatter(x=x, y=y, mode="lines", line=line, hoverinfo="skip", name=name)


def threshold_line(
    figure: go.Figure, place: dict[str, Any], label_at: dict[str, Any], words: str
) -> None:
    """Dashed line of the threshold, at `place`, with its words where `label_at` says.

    Examples
    --------
    >>> figure = go.Figure()
    >>> threshold_line(figure, {"y0": 97, "y1": 97}, {"y": 97}, "Mục tiêu 97%")
    >>> figure.layout.annotations[0].text
    'Mục tiêu 97%'
    """
    line = {"color": style.INK, "width": 1.5, "dash": "dash"}
    figure.add_shape(type="line", line=line, name="threshold", **place)
    look = {"showarrow": False, "font": {"size": style.SIZE_SMALL}, "name": "threshold"}
    figure.add_annotation(text=words, **look, **label_at)
