"""What every chart shares: the template, the frame of words around it, and its twin in words.

A chart carries in `layout.meta` what a reader who does not see it needs: `title`, `alt` and
`table`; the page puts title, subtitle and source around the drawing as text that wraps, so `bare`
takes them out of the drawing again. A notebook keeps the same words beside the drawing
(docs/adr/0047-keep-words-beside-each-chart.md).
"""

from __future__ import annotations

import copy
import sys
from functools import cache
from html import escape
from typing import Any

import plotly.graph_objects as go
import plotly.io as pio

from motcua.base import style
from motcua.base.reference import read_yaml
from motcua.chapters.sentences import SAY
from motcua.chapters.table import Table
from motcua.machine.fork_engine import without_slow_formats
from motcua.measures.month import Month

TEMPLATE = "motcua"
TITLE_SPACE = 72
SOURCE_SPACE = 40
EDGE = 18  # half of a label under the last tick, which reaches over the right end
LABEL_LETTERS = 36
MOST_DRAWN, FIRST, LAST = 60, 30, 10  # rows of a chart, and of one that would have more
# `picks` of a chart in which no ward stands: what it answers to every ward.
OF_CITY = {"": {"note": SAY("of_city")}}


def _styled(part: Any) -> Any:
    """Part of charts.yaml with the colours and sizes of `style` for their names."""
    if isinstance(part, dict):
        return {name: _styled(value) for name, value in part.items()}
    if isinstance(part, list):
        return [_styled(value) for value in part]
    return getattr(style, part) if isinstance(part, str) and part.isupper() else part


LOOKS: dict[str, Any] = _styled(read_yaml("charts"))
pio.templates[TEMPLATE] = go.layout.Template(layout=LOOKS["template"])


def mark(of: str, /, **drawn: Any) -> Any:
    """Trace that looks as charts.yaml says of it, and what it draws.

    Examples
    --------
    >>> mark("sorted.bars", x=[3], marker={"color": "red"}).orientation
    'h'
    """
    look = LOOKS["marks"][of]
    return getattr(go, look.get("type", "scatter").title())(look).update(drawn)


@cache
def tell_in_notebooks() -> None:
    """Have notebooks show a figure as plotly does, with its words and table for who cannot draw it.

    Called with a run's first figure, for the renderers of plotly take a third of a second to import.
    """
    with without_slow_formats():  # they import nbformat
        from plotly.io.base_renderers import PlotlyRenderer

        class ToldRenderer(PlotlyRenderer):
            def to_mimebundle(self, fig_dict: dict[str, Any]) -> dict[str, Any]:
                meta = fig_dict["layout"].get("meta") or {}
                words = {"text/html": told(meta)} if "table" in meta else {}
                return super().to_mimebundle(fig_dict) | words

        pio.renderers["plotly_mimetype"] = ToldRenderer()
        pio.renderers.default = pio.renderers.default  # looks it up anew


def told(meta: dict[str, Any]) -> str:
    """Title, subtitle, alternative text, table and source of a chart as HTML."""
    words = {name: escape(meta.get(name, "")) for name in ("title", "subtitle", "alt", "source")}
    return (
        "<p><strong>{title}</strong><br>{subtitle}</p>\n<p>{alt}</p>\n".format(**words)
        + Table(**meta["table"]).html()
        + f"<p><small>{words['source']}</small></p>"
    )


if "IPython" in sys.modules:  # a chart of one's own may be the first that is shown
    tell_in_notebooks()
pio.templates.default = TEMPLATE  # of charts of one's own, too


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
    rows: int = 0,
    height: int | None = None,
    compact: dict[str, Any] | None = None,
    picks: dict[str, dict[str, Any]] | None = None,
    of: int = 0,
) -> go.Figure:
    """Put title, subtitle and source around a drawing and its words into `layout.meta`.

    Parameters
    ----------
    figure : the drawing.
    rows : how many it has, for its height; else `height`, in pixels (see charts.yaml).
    title, subtitle, alt : plain text, escaped here.
    name : what the page calls the chart; "own" for one of a chapter of one's own.
    table : the same numbers as a table.
    compact : {"data": [one patch per trace], "layout": patch} for screens under 560 pixels; else
        that of the drawing's shape or of charts.yaml.
    picks : what the ward picker of the page marks: code of a unit -> {"y": place of its row},
        {"box", "compactBox": [x0, y0, x1, y1]} of its panel, {"at": [x, y]} of its dot or
        {"line": values of months}, and {"note": what the chart says of it, in words}. OF_CITY where
        no ward stands in the chart.
    of : how many rows there are, the worst first, of which the chart draws its `ends`.
    """
    tell_in_notebooks()
    if of > MOST_DRAWN:
        subtitle += SAY("ends", first=FIRST, last=LAST, of=of)
    frame = LOOKS["frames"]["own"] | ({} if height else LOOKS["frames"].get(name, {}))
    shaped = (figure.layout.meta or {}).get("compact", frame["compact"])
    said = {"name": name, "title": title, "subtitle": subtitle, "source": source(month, name)}
    more = {
        "alt": alt,
        "table": table.as_dict(),
        "compact": compact or shaped,
        "picks": picks or {},
    }
    space = {"t": frame["top"] + TITLE_SPACE, "b": frame["bottom"] + SOURCE_SPACE}
    below = LOOKS["title"]["subtitle"] | {"text": plain(subtitle)}
    figure.update_layout(
        template=TEMPLATE,
        height=(height or frame["row"] * rows + frame["rest"]) + TITLE_SPACE + SOURCE_SPACE,
        margin={"l": 8, "r": 8} | space,
        title=LOOKS["title"] | {"text": f"<b>{plain(title)}</b>", "subtitle": below},
        meta=said | more,
        overwrite=True,  # to merge them into what is there takes ten times as long
    )
    return figure.add_annotation(LOOKS["source"], text=plain(said["source"]))


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
    layout["annotations"] = [
        a for a in layout["annotations"] if a.get("name") != LOOKS["source"]["name"]
    ]
    return drawn


def empty(month: Month, words: str, *, name: str, subtitle: str, table: Table) -> go.Figure:
    """Figure that says in words that there is nothing to draw."""
    place = {"x": 0.5, "y": 0.5, "xref": "paper", "yref": "paper"}
    figure = go.Figure().add_annotation(text=plain(words), showarrow=False, **place)
    figure.update_xaxes(visible=False).update_yaxes(visible=False)
    said = {"name": name, "title": words, "subtitle": subtitle, "alt": words}
    return framed(figure, month, **said, table=table, height=120)


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
