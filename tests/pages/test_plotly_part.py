"""The part of plotly.js that pages carry draws every chart as the whole of it does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import plotly.graph_objects as go
import pytest
from conftest import watched_page
from motcua.pages.cells import PLOTLY, Section
from motcua.pages.page import CARTESIAN, Front, build_page, cartesian, plotly_for
from playwright.sync_api import Browser, Page
from plotly.offline import get_plotlyjs, get_plotlyjs_version

PART, WHOLE = cartesian(), get_plotlyjs()
DRAW = """async (figure) => {
  let lot = 1;  // ids of clips and gradients: the same in both
  Math.random = () => (lot = (lot * 16807) % 2147483647) / 2147483647;
  const place = document.getElementById("place");
  Plotly.purge(place);
  await Plotly.newPlot(place, figure.data, { ...figure.layout, width: 900 }, { staticPlot: true });
  return Array.from(place.querySelectorAll("svg"), (svg) => svg.outerHTML).join("");
}"""
# What only that kind of trace leaves in the drawing.
MARKS = {
    "bar": ".barlayer .point path", "box": ".boxlayer path.box", "heatmap": ".heatmaplayer image",
    "histogram": ".barlayer .point path", "pie": ".pielayer path.surface",
    "scatter": ".scatterlayer path.js-line", "violin": ".violinlayer path.violin",
}  # fmt: skip
VALUES = {
    "bar": go.Bar(y=[1, 2]), "box": go.Box(y=[1, 2, 5]), "heatmap": go.Heatmap(z=[[1, 2], [3, 4]]),
    "histogram": go.Histogram(x=[1, 2, 2]), "pie": go.Pie(values=[1, 2]),
    "scatter": go.Scatter(y=[1, 2]), "violin": go.Violin(y=[1, 2, 5]),
}  # fmt: skip


def in_brackets(code: str) -> str:
    """As published, with its one function in brackets."""
    start, end = ", () => {", "}));"
    assert start in code
    assert code.endswith(end)
    return code.removesuffix(end).replace(start, ", (() => {", 1) + "})));"


def with_plotly(browser: Browser, code: str) -> Page:
    page = browser.usual.new_page()
    page.set_content('<div id="place"></div>')
    page.add_script_tag(content=code)
    return page


@pytest.fixture(scope="module")
def both(chromium: Browser) -> Iterator[tuple[Page, Page]]:
    pages = with_plotly(chromium, PART), with_plotly(chromium, WHOLE)
    yield pages
    for page in pages:
        page.close()


def figures(folder: Path) -> dict[str, dict]:
    """Each chart of executed notebooks by its name."""
    cells = (c for p in folder.rglob("*.ipynb") for c in json.loads(p.read_text("utf-8"))["cells"])
    shown = (output.get("data", {}) for cell in cells for output in cell.get("outputs", ()))
    charts = [data[PLOTLY] for data in shown if PLOTLY in data]
    return {figure["layout"]["meta"]["name"]: figure for figure in charts}


def drawn(page: Page, figure: dict) -> str:
    """The drawing, as text."""
    layout = {key: value for key, value in figure["layout"].items() if key != "meta"}
    return page.evaluate(DRAW, {"data": figure["data"], "layout": layout})


def test_it_is_of_the_same_version_as_the_whole() -> None:
    told = f"plotly.js (cartesian - minified) v{get_plotlyjs_version()}"
    assert told in PART[:200], "put in the part of that version: CONTRIBUTING.md says how"


def test_the_list_of_its_traces_is_what_it_says_itself(both) -> None:
    known = "Object.keys(Plotly.PlotSchema.get().traces)"
    part, whole = (set(page.evaluate(known)) for page in both)
    assert part == CARTESIAN
    assert part < whole


def test_every_chart_of_a_month_is_drawn_as_by_the_whole(both, january_made) -> None:
    charts = figures(january_made / "2024-01" / "notebooks")
    assert len(charts) > 12
    for name, figure in charts.items():
        part, whole = (drawn(page, figure) for page in both)
        assert part.count("<path") > 2, name
        assert part == whole, name


@pytest.mark.parametrize("kind", MARKS)
def test_a_trace_is_drawn_as_what_it_is(both, kind) -> None:
    figure = json.loads(go.Figure(VALUES[kind]).to_json())
    part, whole = (drawn(page, figure) for page in both)
    assert part == whole
    page = both[0]
    page.evaluate("(f) => Plotly.newPlot('place', f.data, f.layout)", figure)
    assert page.locator(MARKS[kind]).count() > 0


def test_it_makes_the_page_of_30_units_light(january_made) -> None:
    assert (january_made / "2024-01" / "report.html").stat().st_size <= 1_500_000


def test_a_chart_that_it_cannot_draw_brings_the_whole() -> None:
    for traces, expected in (({"bar"}, PART), ({"bar", "waterfall"}, WHOLE), ({"sankey"}, WHOLE)):
        assert plotly_for(traces) == in_brackets(expected)


def page_of(folder: Path, *figures: dict) -> tuple[str, Section]:
    """Address of a page with charts of one's own, and their section."""
    table = {"caption": "Số", "columns": ["A"], "kinds": ["number"], "rows": [["1"]], "note": ""}
    section = Section("x")
    for number, figure in enumerate(figures):
        layout = {
            "height": 400,
            "margin": {"t": 80, "b": 60},
            "annotations": [],
            "meta": {"title": "Tựa", "alt": "Lời", "name": f"chart_{number}", "table": table},
            "template": {"layout": {"xaxis": {}, "yaxis": {}, "font": {"family": "Inter"}}},
        }
        chart = {"data": figure["data"], "layout": layout | figure.get("layout", {})}
        section.parts.append(section.chart(chart, f"x-chart-{number}"))
    file = folder / "page.html"
    file.write_text(build_page("base.html", Front("2024-01"), [section]), "utf-8")
    return file.as_uri(), section


def test_a_page_with_such_a_chart_carries_and_draws_the_whole(chromium, tmp_path) -> None:
    address, section = page_of(
        tmp_path, {"data": [{"type": "waterfall", "x": ["a", "b"], "y": [3, -1]}]}
    )
    assert section.traces == {"waterfall"}
    page = chromium.usual.new_page()
    page.goto(address)
    page.wait_for_selector("html[data-charts=ready]")
    assert page.locator(".waterfalllayer .point path").count() == 2
    page.close()


FITTED = {
    "type": "bar",
    "x": ["a", "b"],
    "y": [3, 1],
    "text": ["3", "1"],
    "textposition": "outside",
}
BARS = FITTED | {"constraintext": "none"}
GIVEN = {"yaxis": {"range": [0, 4]}}
PACKED = {"dtype": "i1", "bdata": "AwE="}  # 3 and 1, as plotly packs columns of numbers
ODD = {  # bars -> how many words of them plotly.js places itself
    "alone": ({"data": [BARS], "layout": GIVEN}, 0),
    "made to fit": ({"data": [FITTED], "layout": GIVEN}, 2),
    "side by side": ({"data": [BARS, BARS], "layout": GIVEN}, 4),
    "packed": ({"data": [BARS | {"y": PACKED}], "layout": GIVEN}, 2),
    "one text": ({"data": [BARS | {"text": "n"}], "layout": GIVEN}, 2),
    "template": ({"data": [BARS | {"texttemplate": "%{y}"}], "layout": GIVEN}, 2),
    "moved": ({"data": [BARS | {"base": 1}], "layout": GIVEN}, 2),
    "no end is given": ({"data": [BARS]}, 2),
    "half a range": (
        {"data": [BARS], "layout": {"yaxis": {"range": [0, None], "ticksuffix": "%"}}}, 0),
    "an empty range": (
        {"data": [BARS], "layout": {"yaxis": {"range": [2, 2], "ticksuffix": "%"}}}, 0),
    "days": (
        {"data": [{"y": ["2024-01-01", "2024-01-14"]}],
         "layout": {"yaxis": {"range": ["2024-01-01", "2024-01-31"], "ticksuffix": "%"}}}, 0),
}  # fmt: skip


def test_charts_of_ones_own_are_drawn_whatever_they_ask(chromium, tmp_path) -> None:
    address, _ = page_of(tmp_path, *(figure for figure, _ in ODD.values()))
    with watched_page(chromium) as page:
        page.goto(address)
        page.wait_for_selector("html[data-charts=ready]")
        for number, (name, (figure, placed)) in enumerate(ODD.items()):
            chart = page.locator(f"[data-name=chart_{number}] .plot")
            assert chart.locator(".bartext").count() == placed, name
            words = [b["text"] for b in figure["data"] if "text" in b]
            alone = chart.locator(".textpoint text").count()
            assert alone == (0 if placed or not words else 2), name
            assert chart.locator("svg.main-svg").count() > 0, name
        assert page.complaints == []
