"""Executed notebook cells as HTML: markdown, tables, charts and images, in order, code left out.

Everything that comes from a notebook is escaped or sanitised here; nothing in it can run.
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass, field
from html import escape, unescape
from pathlib import Path
from typing import Any

import mistune
import nh3
from markupsafe import Markup

from motcua.base import vietnamese as vi
from motcua.base.calendar import of_kind
from motcua.base.errors import RunError
from motcua.base.reference import refusal
from motcua.chapters.figure import bare
from motcua.chapters.sentences import Words
from motcua.chapters.table import Table, is_number
from motcua.chapters.ward_map import environment
from motcua.machine.fork_engine import notebook_format

SAY = Words("cells")
PLOTLY = "application/vnd.plotly.v1+json"
SVG = "image/svg+xml"
WIDGET = "application/vnd.jupyter.widget-view+json"
HIDDEN_TAGS = frozenset({"parameters", "injected-parameters", "hide-output"})
NEEDED = ("title", "alt", "table", "name")
TAGS = frozenset({
    "table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td", "colgroup", "col",
    "p", "b", "strong", "em", "i", "a", "br", "hr", "span", "div", "code", "pre", "sub", "sup",
    "ul", "ol", "li", "dl", "dt", "dd", "blockquote", "details", "summary",
})  # fmt: skip
NAMING = {"role", "aria-label", "aria-hidden", "data-ward"}
ATTRIBUTES = {
    "*": {"class", "title", "lang"},
    "a": {"href"},
    "th": {"scope", "colspan", "rowspan"},
    "td": {"colspan", "rowspan", "data-label"},
    **dict.fromkeys(("p", "span"), NAMING),
    "div": {*NAMING, "tabindex"},
}

_BOXED = re.compile('class="table-scroll"[^<>]*><table')


@dataclass(frozen=True)
class Heading:
    """One entry of the table of contents; level 2 is a section."""

    level: int
    anchor: str
    label: str


@dataclass
class Section:
    """One notebook: its HTML, its headings, how many charts it holds and of which traces."""

    name: str
    headings: list[Heading] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
    charts: int = 0
    traces: set[str] = field(default_factory=set)

    @property
    def html(self) -> str:
        """The parts in order."""
        return "\n".join(self.parts)

    def chart(self, figure: dict[str, Any], anchor: str) -> str:
        """Figure element of one more chart (see `chart`)."""
        self.charts += 1
        self.traces |= {trace.get("type", "scatter") for trace in figure["data"]}
        return chart(figure, anchor)


def read_section(path: Path, kind: str = "month") -> Section:
    """Section of one executed notebook.

    Parameters
    ----------
    kind : of the period that its prose, written for a month, is said of (`calendar.of_kind`).
    path : executed notebook (.ipynb, nbformat 4). Its first h1 becomes the section's h2, h2 becomes
        h3 and so on. Cells tagged "parameters" or "hide-output", streams and widgets are left out.

    Raises
    ------
    RunError
        When a cell failed, a chart lacks title, alternative text or table, or a chart was drawn
        in a form that the page cannot hold.
    """
    notebook, section = notebook_format().read(path, as_version=4), Section(path.stem)
    cells = [c for c in notebook.cells if not HIDDEN_TAGS & set(c.metadata.get("tags", ()))]
    for cell in cells:
        if cell.cell_type == "markdown":
            section.parts.append(markdown(of_kind(cell.source, kind), section))
        elif cell.cell_type == "code":
            section.parts += [part for output in cell.outputs if (part := _output(output, section))]
    outputs = [output for cell in cells for output in cell.get("outputs", ())]
    shown = sum(PLOTLY in output.get("data", {}) for output in outputs)
    if shown != section.html.count('<figure class="chart"'):
        counts = {"shown": shown, "kept": section.charts}
        raise refusal("charts_lost", RunError, name=section.name, **counts)
    return section


def markdown(source: str, section: Section) -> str:
    """Markdown as HTML, raw HTML escaped, headings one level down and listed in `section`.

    Examples
    --------
    >>> section = Section("01_rates")
    >>> print(markdown("# Ai dưới *ngưỡng*?\\n\\n1 < 2 <b>", section).strip())
    <h2 id="01-rates">Ai dưới <em>ngưỡng</em>?</h2>
    <p>1 &lt; 2 &lt;b&gt;</p>
    >>> section.headings
    [Heading(level=2, anchor='01-rates', label='Ai dưới ngưỡng?')]
    """
    plugins = ["table", "strikethrough"]
    render = mistune.create_markdown(renderer=_Renderer(section), plugins=plugins)
    html = str(render(source))
    return dress_tables(html) if "<table" in html else html


class _Renderer(mistune.HTMLRenderer):
    """HTML with shifted headings that carry unique anchors."""

    def __init__(self, section: Section) -> None:
        super().__init__(escape=True)
        self._section = section

    def heading(self, text: str, level: int, **_: Any) -> str:
        heading = _next_heading(self._section, level, text)
        self._section.headings.append(heading)
        return f'<h{heading.level} id="{heading.anchor}">{text}</h{heading.level}>\n'


def _next_heading(section: Section, level: int, html: str) -> Heading:
    """Heading one level down, never skipping a level, with an anchor of its own."""
    seen = section.headings
    label = unescape(re.sub("<[^>]*>", "", html))
    if not seen:
        return Heading(2, slug(section.name), label)
    level = max(3, min(level + 1, seen[-1].level + 1, 6))
    anchor, taken = f"{slug(section.name)}--{slug(label)}", {heading.anchor for heading in seen}
    numbered = (anchor if n == 1 else f"{anchor}-{n}" for n in range(1, len(seen) + 2))
    return Heading(level, next(a for a in numbered if a not in taken), label)


def slug(words: str) -> str:
    """Letters, digits and hyphens only, for an anchor.

    Examples
    --------
    >>> slug("Đơn vị nào dưới 97%?")
    'don-vi-nao-duoi-97'
    """
    return re.sub(r"[^a-z0-9]+", "-", vi.bare_key(words)).strip("-") or "muc"


def _output(output: Any, section: Section) -> str:
    """HTML of one output; empty when it has nothing for a reader."""
    if output.output_type == "error":
        error = {"kind": output.ename, "what": output.evalue}
        raise refusal("cell_failed", RunError, name=section.name, **error)
    data = output.get("data", {})
    if WIDGET in data:
        return ""
    if PLOTLY in data:
        return section.chart(data[PLOTLY], f"{slug(section.name)}-chart-{section.charts + 1}")
    if SVG in data:
        return drawing(output)
    if "text/html" in data:
        return _html(data["text/html"], section)
    if "text/markdown" in data:
        return markdown(data["text/markdown"], section)
    return _image(output)


def _html(source: str, section: Section) -> str:
    if "Plotly.newPlot" in source:
        raise refusal("chart_empty", RunError, name=section.name, form=PLOTLY)
    return dress_tables(sanitised(source))


def sanitised(source: str) -> str:
    """HTML with only tables and text: no script, style, form, image or event.

    Examples
    --------
    >>> sanitised('<p onclick="x()" style="a">a<script>alert(1)</script></p><img src="http://x/y">')
    '<p>a</p>'
    """
    kept = {"tags": set(TAGS), "attributes": ATTRIBUTES, "url_schemes": {"https", "mailto"}}
    return nh3.clean(source, **kept, link_rel=None)


def dress_tables(html: str) -> str:
    """Give every table that is no `Table` scoped headers, numbers at the right and a box.

    Examples
    --------
    >>> print(dress_tables("<table><tr><th>Trễ</th><td>12</td></tr></table>"))
    <div aria-label="Bảng số liệu" class="table-scroll" role="region" tabindex="0"><table><tr><th
    scope="row">Trễ</th><td class="num">12</td></tr></table></div>
    """
    html = html.replace("&nbsp;", "\u00a0")
    if html.count("<table") == len(_BOXED.findall(html)):
        return html
    from bs4 import BeautifulSoup  # takes 0.1 s to import; no table of ours needs it

    soup = BeautifulSoup(html, "html.parser")
    for table in soup.find_all("table"):
        if table.find_parent(class_="table-scroll"):
            continue
        for header in table.find_all("th"):
            header.attrs.setdefault("scope", "col" if header.find_parent("thead") else "row")
        for cell in table.find_all("td"):
            if is_number(cell.get_text(strip=True)):
                cell["class"] = "num"
        caption = table.caption.get_text(strip=True) if table.caption else SAY("table")
        box = {"class": "table-scroll", "role": "region", "tabindex": "0", "aria-label": caption}
        table.wrap(soup.new_tag("div", attrs=dict(sorted(box.items()))))
    return str(soup)


def chart(figure: dict[str, Any], anchor: str) -> str:
    """Figure element of one chart: title, drawing, source and the same numbers as a table.

    Raises
    ------
    RunError
        When the figure's `layout.meta` lacks title, alternative text, table or name.
    """
    meta = figure.get("layout", {}).get("meta") or {}
    if missing := [key for key in NEEDED if not meta.get(key)]:
        raise refusal("bare_chart", RunError, chart=anchor, missing=", ".join(missing))
    extras = {key: meta.get(key) or {} for key in ("compact", "picks")}
    drawn = {**bare(figure), **extras}
    wide = drawn["layout"]["height"]
    narrow = extras["compact"].get("layout", {}).get("height", wide)
    return _figure("chart", meta, anchor, Markup(script_json(drawn)), wide, narrow)


def _figure(kind: str, meta: dict[str, Any], *parts: object) -> str:
    """Figure element of cells.html, with the numbers of its picture as a table to open."""
    macro = getattr(environment().get_template("cells.html").module, kind)
    return str(macro(meta, SAY("open_table"), Markup(Table(**meta["table"]).html()), *parts))


def script_json(value: object) -> str:
    """JSON that is safe inside a script element.

    Examples
    --------
    >>> script_json({"a": "</script>"})
    '{"a":"\\\\u003c/script>"}'
    """
    dumped = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return dumped.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def drawing(output: Any) -> str:
    """Still picture with its title, its words and the same numbers as a table.

    As an image it can run nothing and fetch nothing, whatever stands in it.

    Raises
    ------
    RunError
        When the output's metadata lack title, alternative text or table.
    """
    meta = output.get("metadata", {})
    if missing := [key for key in ("title", "alt", "table") if not meta.get(key)]:
        raise refusal("bare_drawing", RunError, missing=", ".join(missing))
    packed = base64.b64encode("".join(output["data"][SVG]).encode()).decode()
    return _figure("drawing", meta, f"data:{SVG};base64,{packed}")


def _image(output: Any) -> str:
    """PNG or JPEG output as an image inside the page; its alternative text is required."""
    for kind in ("image/png", "image/jpeg"):
        if kind in output.get("data", {}):
            alt = output.get("metadata", {}).get("alt")
            if not alt:
                raise refusal("bare_image", RunError)
            source = f"data:{kind};base64," + escape("".join(output["data"][kind].split()))
            return f'<figure class="image"><img alt="{escape(alt)}" src="{source}"></figure>'
    return ""
