"""What every chart shares: the template, the frame of words around it, and its twin in words.

A chart carries in `layout.meta` what a reader who does not see it needs: `title`, `alt` and
`table`; the page puts title, subtitle and source around the drawing as text that wraps, so `bare`
takes them out of the drawing again. A notebook keeps the same words beside the drawing
(docs/adr/0047-keep-words-beside-each-chart.md).
"""

from __future__ import annotations

import copy
from html import escape
from typing import Any

import plotly.graph_objects as go
import plotly.io as pio
from plotly.io.base_renderers import PlotlyRenderer

from motcua.base import style
from motcua.chapters.sentences import SAY
from motcua.chapters.table import Table
from motcua.machine.fork_engine import without_slow_formats
from motcua.measures.month import Month

TEMPLATE = "motcua"
TITLE_SPACE = 72
SOURCE_SPACE = 40
EDGE = 18  # half of a label under the last tick, which reaches over the right end
LABEL_LETTERS = 36
SOURCE_NOTE = "source"
MOST_DRAWN, FIRST, LAST = 60, 30, 10  # rows of a chart, and of one that would have more
# `picks` of a chart in which no ward stands: what it answers to every ward.
OF_CITY = {"": {"note": SAY("of_city")}}


def register_template() -> None:
    """Register the template "motcua": type, colours, quiet axes, Vietnamese separators."""
    axis = {
        "gridcolor": style.LINE,
        "linecolor": style.LINE,
        "zeroline": False,
        "fixedrange": True,
        "automargin": True,
        "tickfont": {"size": style.SIZE_LABEL, "color": style.INK},
        "title": {"font": {"size": style.SIZE_SMALL, "color": style.MUTED}},
    }
    pio.templates[TEMPLATE] = go.layout.Template(
        layout={
            "font": {"family": style.FONT_STACK, "size": style.SIZE_LABEL, "color": style.INK},
            "colorway": [style.BLUE, style.ORANGE, style.GREY],
            "paper_bgcolor": style.PAPER,
            "plot_bgcolor": style.PAPER,
            "separators": ",.",
            "showlegend": False,
            "dragmode": False,
            "hovermode": "closest",
            "hoverlabel": {"bgcolor": style.PAPER, "bordercolor": style.MUTED, "align": "left"},
            "xaxis": axis,
            "yaxis": {**axis, "showgrid": False},
            "bargap": 0.32,
            "legend": {"itemclick": False, "itemdoubleclick": False},
        }
    )


register_template()


class ToldRenderer(PlotlyRenderer):
    """Shows a figure in a notebook as plotly does, with its words and table for who cannot draw it.

    Examples
    --------
    >>> list(ToldRenderer().to_mimebundle({"data": [], "layout": {}}))
    ['application/vnd.plotly.v1+json']
    """

    def to_mimebundle(self, fig_dict: dict[str, Any]) -> dict[str, Any]:
        """Drawing and, of a figure that `framed` made, the same as HTML."""
        meta = fig_dict["layout"].get("meta") or {}
        words = {"text/html": told(meta)} if "table" in meta else {}
        return super().to_mimebundle(fig_dict) | words


def told(meta: dict[str, Any]) -> str:
    """Title, subtitle, alternative text, table and source of a chart as HTML."""
    words = {name: escape(meta.get(name, "")) for name in ("title", "subtitle", "alt", "source")}
    return (
        "<p><strong>{title}</strong><br>{subtitle}</p>\n<p>{alt}</p>\n".format(**words)
        + Table(**meta["table"]).html()
        + f"<p><small>{words['source']}</small></p>"
    )


pio.templates.default = TEMPLATE  # of charts of one's own, too
with without_slow_formats():  # plotly's renderers import nbformat
    pio.renderers["plotly_mimetype"] = ToldRenderer()
    pio.renderers.default = pio.renderers.default  # looks it up anew


def ends(count: int) -> list[int]:
    """Places of the rows that a chart draws: of many the first FIRST and the last LAST.

    Examples
    --------
    >>> ends(3), len(ends(MOST_DRAWN)), ends(95)[29:32], ends(95)[-1]
    ([0, 1, 2], 60, [29, 85, 86], 94)
    """
    every = list(range(count))
    return every if count <= MOST_DRAWN else every[:FIRST] + every[-LAST:]


def framed(
    figure: go.Figure,
    month: Month,
    *,
    title: str,
    alt: str,
    table: Table,
    subtitle: str = "",
    name: str = "own",
    height: int = 360,
    top: int = 8,
    bottom: int = 36,
    compact: dict[str, Any] | None = None,
    picks: dict[str, dict[str, Any]] | None = None,
    of: int = 0,
) -> go.Figure:
    """Put title, subtitle and source around a drawing and its words into `layout.meta`.

    Parameters
    ----------
    figure : the drawing; `height` is its own height in pixels, `top` and `bottom` the space
        kept above and below its axes.
    title, subtitle, alt : plain text, escaped here.
    name : what the page calls the chart; "own" for one of a chapter of one's own.
    table : the same numbers as a table.
    compact : {"data": [one patch per trace], "layout": patch} for screens under 560 pixels.
    picks : what the ward picker of the page marks: code of a unit -> {"y": place of its row},
        {"box", "compactBox": [x0, y0, x1, y1]} of its panel, {"at": [x, y]} of its dot or
        {"line": values of months}, and {"note": what the chart says of it, in words}. OF_CITY where
        no ward stands in the chart.
    of : how many rows there are, the worst first, of which the chart draws its `ends`.
    """
    if of > MOST_DRAWN:
        subtitle += SAY("ends", first=FIRST, last=LAST, of=of)
    figure.update_layout(
        template=TEMPLATE,
        height=height + TITLE_SPACE + SOURCE_SPACE,
        margin={"l": 8, "r": 8, "t": top + TITLE_SPACE, "b": bottom + SOURCE_SPACE},
        title=_heading(title, subtitle),
        meta={
            "name": name,
            "title": title,
            "subtitle": subtitle,
            "source": source(month, name),
            "alt": alt,
            "table": table.as_dict(),
            "compact": compact or {},
            "picks": picks or {},
        },
    )
    return figure.add_annotation(_source_note(figure.layout.meta["source"]))


def _heading(title: str, subtitle: str) -> dict[str, Any]:
    """Title and subtitle, flush left with the whole figure."""
    return {
        "text": f"<b>{plain(title)}</b>",
        "font": {"size": style.SIZE_TITLE, "color": style.INK},
        "subtitle": {
            "text": plain(subtitle),
            "font": {"size": style.SIZE_LABEL, "color": style.MUTED},
        },
        "x": 0,
        "xref": "container",
        "xanchor": "left",
        "y": 1,
        "yref": "container",
        "yanchor": "top",
        "pad": {"l": 8, "t": 14},
    }


def _source_note(words: str) -> dict[str, Any]:
    return {
        "name": SOURCE_NOTE,
        "text": plain(words),
        "showarrow": False,
        "xref": "paper",
        "yref": "paper",
        "x": 1,
        "y": 0,
        "xanchor": "right",
        "yanchor": "top",
        "yshift": -46,
        "font": {"size": style.SIZE_SMALL, "color": style.MUTED},
    }


def bare(figure: dict[str, Any]) -> dict[str, Any]:
    """Copy of a figure's JSON without title and source, whose words the page prints itself.

    Parameters
    ----------
    figure : a plotly figure as a dictionary, made by `framed`.

    Examples
    --------
    >>> layout = {"height": 400, "margin": {"t": 80, "b": 60}, "title": {"text": "Tựa"},
    ...           "annotations": [{"name": "source"}], "meta": {}, "template": {}}
    >>> bare({"data": [], "layout": layout})["layout"]
    {'height': 288, 'margin': {'t': 8, 'b': 20, 'l': 0, 'r': 18}, 'annotations': [], 'template': {}}
    """
    drawn = copy.deepcopy({"data": figure["data"], "layout": figure["layout"]})
    layout = drawn["layout"]
    layout.pop("title", None)
    layout.pop("meta", None)
    layout["height"] -= TITLE_SPACE + SOURCE_SPACE
    layout["margin"] |= {"l": 0, "r": EDGE}
    layout["margin"]["t"] -= TITLE_SPACE
    layout["margin"]["b"] -= SOURCE_SPACE
    layout["annotations"] = [a for a in layout["annotations"] if a.get("name") != SOURCE_NOTE]
    return drawn


def empty(month: Month, words: str, *, name: str, subtitle: str, table: Table) -> go.Figure:
    """Figure that says in words that there is nothing to draw."""
    figure = go.Figure()
    figure.add_annotation(
        text=plain(words), showarrow=False, x=0.5, y=0.5, xref="paper", yref="paper"
    )
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False)
    return framed(
        figure, month, name=name, title=words, subtitle=subtitle, alt=words, table=table, height=120
    )


def plain(words: object) -> str:
    """Text from data for plotly, which reads a subset of HTML.

    Examples
    --------
    >>> plain("Tân <b>Vạn</b> & xã")
    'Tân &lt;b&gt;Vạn&lt;/b&gt; &amp; xã'
    """
    return escape(str(words), quote=False)


def shortened(words: object, most: int = LABEL_LETTERS) -> str:
    """Text cut to the letters that fit beside a chart; its table has the whole.

    Examples
    --------
    >>> shortened("Trung tâm phục vụ hành chính công tỉnh", 20), shortened("Hố Nai")
    ('Trung tâm phục vụ h…', 'Hố Nai')
    """
    words = str(words)
    return words if len(words) <= most else words[: most - 1].rstrip() + "…"


def label(words: object) -> str:
    """Name beside a bar or a row, for plotly: short enough to leave room for the drawing."""
    return plain(shortened(words))


def source(month: Month, chart: str = "") -> str:
    """Where the numbers of a chart come from, of which period, and that they are synthetic."""
    return SAY("source", month, chart=chart)
