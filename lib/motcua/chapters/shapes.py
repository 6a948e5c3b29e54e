"""Shapes that charts share: sorted bars, panels of bars, bars and axis of months."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from textwrap import wrap
from typing import Any

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from motcua.base import style
from motcua.base import vietnamese as vi
from motcua.base.calendar import tick
from motcua.chapters.figure import LOOKS, label, mark, plain, shortened

PHONE_HEIGHT, PHONE_REST = 62, 24  # of sorted bars on a phone, a bar and beside
PHONE_LETTERS = 33  # of panel titles side by side
SMALL = {"size": style.SIZE_SMALL}


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
    marker = {"color": [style.BLUE if n == max(values) else style.GREY for n in values]}
    words = [(f"<b>{plain(a)}</b>", plain(b)) for a, b in zip(labels, notes, strict=True)]
    in_lines = ["<br>".join(pair) for pair in words]
    bars = mark("sorted.bars", x=list(values), y=places, marker=marker, hovertext=in_lines)
    above = [place - 0.24 for place in places]
    labelled = mark("sorted.words", x=[0] * len(words), y=above, text=["  ".join(p) for p in words])
    figure = go.Figure([bars, labelled])
    figure.update_xaxes(visible=False, rangemode="tozero")
    figure.update_yaxes(visible=False, range=[len(places) - 0.6, -0.9])
    layout = {
        "height": PHONE_HEIGHT * len(places) + PHONE_REST,
        "yaxis": {"range": [len(places) - 0.6, -1.1]},
    }
    data = [{}, {"text": in_lines, "textfont": {"size": 12}}]
    return figure.update_layout(meta={"compact": {"data": data, "layout": layout}})


def column_panels(
    wide: pd.DataFrame, focus: Sequence[bool] = (), write: Callable[[Any], str] = vi.number
) -> go.Figure:
    """One panel of horizontal bars per column of `wide`, side by side, all on one scale.

    Parameters
    ----------
    wide : one row per bar in the order shown (index: its name), one column per panel, numbers >= 0.
    focus : which rows have the focus colour, in the first panel and in their names; else none.
    write : how a number is written; one of 0 shows nothing.

    Examples
    --------
    >>> wide = pd.DataFrame({"Tổng": [2.0], "Lỗi phần mềm": [0.0]}, index=["Tân Vạn"])
    >>> figure = column_panels(wide, [True])
    >>> [trace.text for trace in figure.data]
    [('<b>2</b>',), ('',)]
    """
    figure = make_subplots(cols=wide.shape[1], shared_yaxes=True, horizontal_spacing=0.012)
    focus = list(focus) or [False] * len(wide)
    for column, name in enumerate(wide.columns, start=1):
        words, is_first = [write(value) for value in wide[name]], column == 1
        colours = [style.ORANGE if f else style.GREY for f in focus] if is_first else style.BLUE
        bars = mark(
            "panel",
            x=wide[name].tolist(),
            y=list(range(len(wide))),
            marker={"color": colours},
            name=plain(name),
            text=[
                (f"<b>{w}</b>" if is_first else w) if value else ""
                for w, value in zip(words, wide[name], strict=True)
            ],
            hovertext=[
                f"<b>{plain(row)}</b><br>{plain(name)}: {w}"
                for row, w in zip(wide.index, words, strict=True)
            ],
        )
        figure.add_trace(bars, row=1, col=column)
    figure.update_xaxes(visible=False, range=[0, 1.75 * float(wide.to_numpy().max() or 1)])
    figure.update_yaxes(range=[len(wide) - 0.4, -0.6], showline=True)
    names = [
        f"<b>{label(n)}</b>" if f else label(n) for n, f in zip(wide.index, focus, strict=True)
    ]
    figure.update_yaxes(tickvals=list(range(len(wide))), ticktext=names, col=1)
    titles = _panel_titles(wide.columns, 14, style.SIZE_SMALL)
    return figure.update_layout(annotations=titles, meta={"compact": _compact_panels(wide)})


def _panel_titles(names: Sequence[str], width: int, size: int) -> list[dict[str, Any]]:
    """Title above each panel, broken into lines of about `width` letters."""
    lines = [wrap(name, width, break_long_words=False) for name in names]
    look = LOOKS["panel_title"] | {"align": "left", "font": {"size": size, "color": style.MUTED}}
    words = ["<br>".join(plain(part.rstrip(",")) for part in parts) for parts in lines]
    return [
        look | {"text": text, "xref": f"x{place} domain", "yref": "paper"}
        for place, text in zip(["", *range(2, len(names) + 1)], words, strict=True)
    ]


def _compact_panels(wide: pd.DataFrame) -> dict[str, Any]:
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
    return mark(
        "months",
        x=list(range(len(values))),
        y=values.tolist(),
        marker={"color": [style.GREY] * (len(values) - 1) + [style.BLUE]},
        text=[vi.number(value) for value in values],
        name=name,
    )


def panel_title(words: str, axis: str) -> dict[str, Any]:
    """Title above a panel, at its left."""
    place = {"xref": "paper", "yref": f"{axis} domain", "font": {"size": style.SIZE_LABEL}}
    return LOOKS["panel_title"] | {"text": f"<b>{plain(words)}</b>"} | place


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
    return mark(
        "heat",
        z=rates.astype(object).where(rates.notna(), None).to_numpy().tolist(),
        x=list(range(rates.shape[1])),
        y=list(range(len(rates))),
        zmin=2 * threshold - 100 if threshold < 100 else 0,
        **cells,
    )


def intervals(
    table: pd.DataFrame, low: str, high: str, width: float = 2, name: str = "interval"
) -> go.Scatter:
    """One line per row, from its `low` to its `high`.

    Examples
    --------
    >>> table = pd.DataFrame({"from": [1, 2], "to": [3, 5]})
    >>> intervals(table, "from", "to").x
    (1, 3, None, 2, 5, None)
    """
    ends = zip(table[low], table[high], strict=True)
    x = [place for pair in ends for place in (*pair, None)]
    y = [place for row in table.index for place in (row, row, None)]
    return mark("intervals", x=x, y=y, line={"width": width}, name=name)


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
    figure.add_annotation(text=words, showarrow=False, font=SMALL, name="threshold", **label_at)
