"""One self-contained Vietnamese page from executed notebooks.

The page asks the network for nothing: plotly.js is inside, compressed, and is unpacked by the
browser; figures are JSON drawn when they come into view; a strict Content-Security-Policy names
every script by its hash. A figure that cannot be told in words (title, alternative text, table)
stops the build.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from markupsafe import Markup
from plotly.offline import get_plotlyjs

from motcua.base import style
from motcua.base import vietnamese as vi
from motcua.base.calendar import kind_of
from motcua.base.errors import RunError
from motcua.chapters.sentences import Words
from motcua.chapters.ward_map import asset, environment, font, map_css, variables
from motcua.pages.cells import Heading, Section, markdown, read_section, script_json

MAX_BYTES = 3_000_000
ROOMY = 1_800_000  # bytes of a page from which on the rows of its large tables are packed
LARGE = 20_000  # characters of a figure from which on it is packed
SAY = Words("page")
ISSUER = SAY("issuer")
FACES = {"400": "Inter-Regular.woff2", "600 700": "Inter-SemiBold.woff2"}  # by weight
CHART = '<figure class="chart"'
PICK_SCRIPT, CHART_SCRIPT = "picker.js", "charts.js"
CARTESIAN_SCRIPT = "plotly-cartesian.min.js.gz"  # plotly.js for charts with two axes
# Kinds of traces that it draws; for any other the page carries the whole of plotly.js.
CARTESIAN = frozenset(
    {"bar", "box", "contour", "heatmap", "histogram", "histogram2d", "histogram2dcontour", "image",
     "pie", "scatter", "scatterternary", "violin"}
)  # fmt: skip
EMPTY = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="  # of the empty style sheet
_END = re.compile(r"\}\)\);\s*$")
_ROWS = re.compile(r"<tbody>(.*?)</tbody>", re.S)
_FIGURE = re.compile(r'<script type="application/json" id="([\w-]+-data)">(.*?)</script>', re.S)
LOOK = {"dark": style.DARK, "pick": style.INK, "absent": SAY("absent")}


@dataclass(frozen=True)
class Front:
    """What the first screen says.

    Attributes
    ----------
    month : "2024-01"; empty, as start and end, for a page about several months.
    start, end : first and last day of the period.
    stamp, uncovered : mark of a period that the exports do not cover, and why.
    synthetic : True puts "DỮ LIỆU MÔ PHỎNG" on the page.
    headline : one sentence, markdown.
    cards : key numbers: dict(label, value, note), values already formatted.
    footer : heading -> text, at the end of the page.
    title, issuer : other words than the usual ones.
    back, back_label : relative link to the page above this one, and its words.
    partial : True says in the title that the numbers are of a part of the city.
    """

    month: str = ""
    start: date | None = None
    end: date | None = None
    synthetic: bool = False
    stamp: str = ""
    uncovered: str = ""
    headline: str = ""
    cards: list[dict[str, str]] = field(default_factory=list)
    footer: dict[str, str] = field(default_factory=dict)
    title: str = ""
    issuer: str = ISSUER
    back: str = ""
    back_label: str = ""
    partial: bool = False

    @property
    def heading(self) -> str:
        """Title of the page."""
        return self.title or SAY("title", front=self)

    @property
    def period(self) -> str:
        """The period in words; empty for a page about several months."""
        if self.start is None or self.end is None:
            return ""
        return SAY("period", front=self)


def build_report(executed: list[Path], front: Front, first: dict[str, Any] | None = None) -> str:
    """HTML of one page: the first screen, then one section per executed notebook, in order.

    Parameters
    ----------
    executed : executed notebooks (.ipynb, nbformat 4). Code is hidden; cells tagged "parameters" or
        "hide-output", streams and widgets are left out; each notebook's h1 heads its section.
    front : banner, footer and title.
    first : what `first_screen.first_screen` gives, for numbers, map, orders and ward picker.

    Returns
    -------
    str
        The whole page, at most 3 MB; the same notebooks give the same text.

    Raises
    ------
    motcua.base.errors.RunError
        A failed cell, a chart without title, alternative text or table, a chart left out, or a page
        too heavy to send.

    Examples
    --------
    >>> front = Front("2024-01", date(2023, 12, 15), date(2024, 1, 14), True, "**Kết luận**.")
    >>> html = build_report([], front)
    >>> "tháng 01/2024</h1>" in html, "DỮ LIỆU MÔ PHỎNG" in html
    (True, True)
    """
    sections = [read_section(path, kind_of(front.month)) for path in executed]
    return build_page("report.html", front, sections, first=first)


def build_page(
    template: str,
    front: Front,
    sections: Sequence[Section] = (),
    styles: Sequence[str] = (),
    **context: object,
) -> str:
    """HTML of one page from a template that extends base.html.

    Parameters
    ----------
    template : name of a file in templates/. It may fill the blocks of base.html: `banner`, `first`
        (between banner and contents), `contents`, `main`.
    front : banner, footer and title.
    sections : executed notebooks as sections; plotly.js is in the page only when they hold charts.
    styles : names of style sheets in templates/ that this page adds to the common ones.
    context : what else the template shows; texts are escaped, `markupsafe.Markup` is not.

    Raises
    ------
    motcua.base.errors.RunError
        A chart left out, or a page too heavy to send.

    Examples
    --------
    >>> start, end = date(2023, 12, 15), date(2024, 1, 14)
    >>> front = Front("2024-01", start, end, False, "**Kết luận**.", title="Phiếu")
    >>> "<h1>Phiếu</h1>" in build_page("base.html", front)
    True
    """
    first: Any = context.get("first") or {}
    drawn = [*sections, *first.get("charts", ())]
    charts = sum(section.charts for section in drawn)
    library = plotly_for(set().union(*(section.traces for section in drawn))) if charts else ""
    drawing, picking = asset(CHART_SCRIPT), asset(PICK_SCRIPT)
    scripts = [drawing, library] * bool(charts) + [picking] * bool(first)
    css = _css() + _synthetic_print(front) + "".join(asset(name) for name in styles)
    html = (
        environment()
        .get_template(template)
        .render(
            front=front,
            headline=Markup(markdown(front.headline, Section("front"))),
            sections=[Markup(f"{section.html}\n") for section in sections],
            contents=[_entries(section) for section in sections if section.headings],
            css=Markup(css),
            drawing=Markup(drawing),
            picking=Markup(picking) if first else "",
            policy=_policy(scripts, css, has_charts=bool(charts)),
            plotly=_gz(library) if charts else "",
            style_ids=_style_ids(library),
            look=Markup(script_json(LOOK)),
            **context,
        )
    )
    html = _FIGURE.sub(_packed, html)
    if charts and len(html.encode()) > ROOMY:
        html = _ROWS.sub(_packed_rows, html)
    _check(html, charts)
    return html


def _entries(section: Section) -> tuple[Heading, list[Heading]]:
    """Section heading with its sub-headings, for the table of contents."""
    first, *rest = section.headings
    return first, [heading for heading in rest if heading.level == 3]


def _policy(scripts: list[str], css: str, *, has_charts: bool) -> str:
    """Content-Security-Policy: these scripts and this style sheet alone, and nothing is fetched.

    plotly.js makes an empty style sheet, which it fills by rules, and sets style attributes; the
    first needs the hash of nothing, the second has no hash ("unsafe-inline", of attributes only).
    """
    run = " ".join(f"'sha256-{_sha256(script)}'" for script in scripts) or "'none'"
    sheets = f"'sha256-{_sha256(css)}'" + f" '{EMPTY}'" * has_charts
    if has_charts:
        look = f"style-src 'unsafe-inline'; style-src-elem {sheets}; style-src-attr 'unsafe-inline'"
    else:
        look = f"style-src {sheets}"
    return (
        f"default-src 'none'; script-src {run}; {look}; img-src data:; font-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _sha256(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


@cache
def cartesian() -> str:
    """plotly.js for charts with two axes, as it is published."""
    packed = Path(__file__).parents[1] / "templates" / CARTESIAN_SCRIPT
    return gzip.decompress(packed.read_bytes()).decode()


@lru_cache(maxsize=2)
def _eager(code: str) -> str:
    """plotly.js with brackets around its one function: it is compiled at once, not twice."""
    return _END.sub("})));", code.replace(", () => {", ", (() => {", 1))


def plotly_for(traces: set[str]) -> str:
    """plotly.js: the part for charts with two axes where it draws all the traces, or the whole.

    A part that lacks a trace draws lines instead and says nothing.

    Examples
    --------
    >>> [len(plotly_for(traces)) > 2_000_000 for traces in ({"bar", "heatmap"}, {"bar", "sankey"})]
    [False, True]
    """
    return _eager(cartesian() if traces <= CARTESIAN else get_plotlyjs())


@lru_cache(maxsize=4)
def _gz(content: str) -> str:
    """Text gzipped, in base64 (no time stamp, so that bytes repeat)."""
    return base64.b64encode(gzip.compress(content.encode(), 9, mtime=0)).decode()


def _packed(figure: re.Match[str]) -> str:
    """Script element with the numbers of a figure, packed as plotly.js is when they are many."""
    name, content = figure.groups()
    if len(content) < LARGE:
        return figure.group()
    return f'<script type="application/octet-stream" id="{name}">{_gz(content)}</script>'


def _packed_rows(body: re.Match[str]) -> str:
    """Body of a table whose rows are packed as figures are, where they are many."""
    if len(body.group(1)) < LARGE:
        return body.group()
    packed = f'<script type="application/octet-stream" class="rows">{_gz(body.group(1))}</script>'
    return f"<tbody>{packed}</tbody>"


def _style_ids(library: str) -> list[str]:
    """Ids of the style sheets of maps that plotly.js would add, which no chart here needs.

    An element with that id keeps it from doing so, as the policy would refuse them aloud.
    """
    return sorted(set(re.findall(r'getElementById\("([0-9a-f]{64})"\)', library)))


def _synthetic_print(front: Front) -> str:
    """Style that writes on every sheet of paper what its numbers are marked with."""
    marks = [SAY("synthetic")] * front.synthetic + [front.stamp] * bool(front.stamp)
    if not marks:
        return ""
    face = f"font:bold 9pt Inter,sans-serif;color:{style.ORANGE_DARK}"
    return f'@page{{@top-right{{content:"{"; ".join(marks)}";{face}}}}}\n'


@lru_cache(maxsize=1)
def _css() -> str:
    """Style sheet with the project's colours and type as variables, by day and by night."""
    return (
        f"{_faces()}:root{{{variables()}--font:{style.FONT_STACK};color-scheme:light}}\n"
        "@media screen and (prefers-color-scheme:dark)"
        f"{{:root{{{variables(night=True)}color-scheme:dark}}}}\n"
        f"{asset('base.css')}{asset('report.css')}{map_css()}\n"
    )


def _faces() -> str:
    """Typeface that travels with the page, so that it looks the same on every machine."""
    return "".join(
        f"@font-face{{font-family:Inter;font-weight:{weight};src:url(data:font/woff2;base64,"
        f"{packed}) format('woff2')}}\n"
        for weight, packed in packed_faces().items()
    )


@cache
def packed_faces() -> dict[str, str]:
    """Weight -> file of the typeface as pages carry it, in base64."""
    return {weight: base64.b64encode(font(name)).decode() for weight, name in FACES.items()}


def _check(html: str, expected: int) -> None:
    """No chart is missing and the page can be sent."""
    drawn = html.count(CHART)
    if expected != drawn:
        raise RunError(f"Trang có {drawn} biểu đồ, cần {expected}.")
    size = len(html.encode())
    if size > MAX_BYTES:
        raise RunError(f"Trang nặng {vi.number(size)} byte, tối đa {vi.number(MAX_BYTES)}.")
