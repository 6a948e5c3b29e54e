"""Small panels of bars, one bar per month, and the axis of months that charts share."""

from __future__ import annotations

from typing import Any

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from motcua.base import style
from motcua.base import vietnamese as vi
from motcua.chapters.figure import plain


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
    """Bars with their number above, the last in the focus colour; one value per month.

    Examples
    --------
    >>> month_bars(pd.Series([3, 1200]), "late").text
    ('3', '1.200')
    """
    colours = [style.GREY] * (len(values) - 1) + [style.ORANGE]
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
    return {
        "text": f"<b>{plain(words)}</b>",
        "showarrow": False,
        "x": 0,
        "xref": "paper",
        "xanchor": "left",
        "y": 1,
        "yref": f"{axis} domain",
        "yanchor": "bottom",
        "font": {"size": style.SIZE_LABEL},
    }


def month_axis(figure: go.Figure, months: pd.Series) -> None:
    """Months as numbers, with the year below the first and below each January."""
    months = list(months)
    words = [
        f"{int(m[5:7])}<br>{m[:4]}" if place == 0 or m.endswith("-01") else f"{int(m[5:7])}"
        for place, m in enumerate(months)
    ]
    figure.update_xaxes(
        tickvals=list(range(len(months))),
        ticktext=words,
        tickangle=0,
        showgrid=False,
        ticklabeloverflow="allow",
    )
