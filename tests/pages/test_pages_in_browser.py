"""Every published page in a real browser without a network: what a reader meets."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import motcua as mc
import pytest
from axe_playwright_python.base import AxeResults
from axe_playwright_python.sync_playwright import Axe
from colours import contrast
from conftest import watched_page
from motcua import chart
from motcua.base import style
from motcua.base.reference import columns
from motcua.chapters.figure import OF_CITY
from motcua.chapters.table import show
from motcua.measures.month import Month
from motcua.measures.ward import sheet_of
from motcua.pages.cells import PLOTLY
from motcua.pages.first_screen import first_screen
from motcua.pages.index import build_index
from motcua.pages.page import build_report
from motcua.pages.ward_pages import build_sheet
from motcua.running.publish import write_status
from motcua.running.run import footer_of, front_of, run_watch
from nbformat import write
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from paper import A4, lowest_words, sizes_of, squeezed, words_of
from playwright.sync_api import Browser, Page

WARD, NAME = "26374", "Tam Phước"
WCAG = {
    "resultTypes": ["violations"],
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}
# Rows that differ in words and numbers alone have the same colours: one of each is judged.
BUT_CONTRAST = WCAG | {"rules": {"color-contrast": {"enabled": False}}}
# What the theme can change: the same elements, roles and words stand there by night.
OF_COLOURS = {"resultTypes": ["violations"], "runOnly": ["color-contrast", "link-in-text-block"]}
MARKED = (  # by a frame, a ring or a line; the others say it in words
    "ward_rates", "ward_funnel", "late_by_ward", "ward_trends", "ward_control",
    "city_trend", "feedback_by_ward", "feedback_per_1000",
)  # fmt: skip
CHARTS = [name for name in chart.__all__ if name != "ward_map"]  # which is no plotly chart
ON_FIRST_SCREEN = "backlog_ages"  # and therefore in no chapter
LAYERS = {  # trace type -> what plotly.js draws of each trace
    "scatter": ".scatterlayer .trace",
    "bar": ".barlayer .trace",
    "heatmap": ".heatmaplayer .hm",
}


pytestmark = pytest.mark.usefixtures("own_cache")


@pytest.fixture(scope="module")
def month() -> Month:
    return mc.load("2024-01", data="data/sample")


@pytest.fixture(scope="module")
def figures(month: Month) -> dict[str, dict]:
    return {name: json.loads(getattr(chart, name)(month).to_json()) for name in CHARTS}


@pytest.fixture(scope="module")
def site(month: Month, figures: dict[str, dict], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Output folder with the pages of a month: every chart, the first screen, a failed month."""
    out = tmp_path_factory.mktemp("outputs")
    folder = out / "2024-01"
    folder.mkdir()
    outputs = [
        new_output("display_data", data={PLOTLY: figure})
        for name, figure in figures.items()
        if name != ON_FIRST_SCREEN
    ]
    outputs += [new_output("display_data", data={"text/html": chart.ward_map(month)._repr_html_()})]
    cells = [new_markdown_cell("# Biểu đồ\n\n## Kết luận"), new_code_cell("x", outputs=outputs)]
    write(new_notebook(cells=cells), folder / "01_all.ipynb")
    report = build_report([folder / "01_all.ipynb"], front_of(month), first_screen(month))
    (folder / "report.html").write_text(report, "utf-8")
    found = {
        "synthetic": True,
        "city": {"rate_percent": 97.79},
        "method": {"threshold_percent": 97},
        "wards": [{"code": WARD, "name": NAME}],
        "lists": {"below_threshold": [WARD]},
    }
    (folder / "findings.json").write_text(json.dumps(found), "utf-8")
    (folder / "wards").mkdir()
    table = show(month.rates, columns("rates"), caption="Các đơn vị")._repr_html_()
    shown = new_output("display_data", data={"text/html": table})
    cells = [new_markdown_cell("# Phiếu\n\n## Kết luận"), new_code_cell("x", outputs=[shown])]
    write(new_notebook(cells=cells), folder / "sheet.ipynb")
    sheet = build_sheet(sheet_of(month, WARD), folder / "sheet.ipynb", footer_of(month))
    (folder / "wards" / f"{WARD}.html").write_text(sheet, "utf-8")
    part = mc.load("2024-01", data="data/sample", only_wards=[NAME])
    drawn = [
        json.loads(getattr(chart, name)(part).to_json())
        for name in CHARTS
        if name != ON_FIRST_SCREEN
    ]
    outputs = [new_output("display_data", data={PLOTLY: figure}) for figure in drawn]
    cells = [new_markdown_cell("# Một phần"), new_code_cell("x", outputs=outputs)]
    write(new_notebook(cells=cells), folder / "part.ipynb")
    report = build_report([folder / "part.ipynb"], front_of(part), first_screen(part))
    (folder / "report.part.html").write_text(report, "utf-8")
    run_watch(date(2024, 1, 14), Path("data/sample"), None, out, 3)
    write_status(out / "2024-02.loi.html", "2024-02", "Thiếu cột 'Ngày hẹn trả' trong a.xlsx.")
    (out / "index.html").write_text(build_index(out), "utf-8")
    return out


PAGES = (
    "2024-01/report.html",
    f"2024-01/report.html#ward={WARD}",
    f"2024-01/wards/{WARD}.html",
    "2024-01/report.part.html",
    "index.html",
    "2024-02.loi.html",
    "theo-doi/2024-01-14/index.html",
    f"theo-doi/2024-01-14/danh-sach/{WARD}.html",
)


def opened(page: Page, site: Path, name: str = PAGES[0]) -> Page:
    path, _, anchor = name.partition("#")
    page.goto((site / path).as_uri() + (f"#{anchor}" if anchor else ""))
    if "report" in path:
        page.wait_for_selector("html[data-charts=ready]")
    return page


def drawn(page: Page, name: str, layer: str) -> int:
    return page.locator(f"[data-name={name}] {layer}").count()


ONE_ROW_OF_EACH_KIND = """
for (const body of document.querySelectorAll('tbody')) {
  const kinds = new Set()
  for (const row of [...body.rows]) {  // rows of a kind differ in words and numbers alone
    const kind = row.outerHTML.replace(/>[^<]+</g, '>x<').replace(/ data-[a-z]+="[^"]*"/g, '')
    if (kinds.has(kind)) row.remove()
    kinds.add(kind)
  }
}
"""
# Of the colours of words in a drawing axe judges none: it does not know what is drawn behind.
BESIDE_DRAWINGS = {"exclude": [[".plot"]]}


@pytest.fixture(scope="module", params=PAGES)
def each(request: pytest.FixtureRequest, chromium: Browser, site: Path) -> Iterator[Page]:
    """Each page as a small phone opens it, with all that can be opened; `page.whole`: see axe."""
    with watched_page(chromium) as page:
        page.set_viewport_size({"width": 320, "height": 740})
        opened(page, site, request.param)
        page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
        page.whole = request.param == PAGES[0]
        yield page


def test_no_page_scrolls_sideways(each: Page):
    for width in (320, 360, 768, 1280):
        widen(each, width, 740)
        assert each.evaluate("document.documentElement.scrollWidth") <= width
    assert each.complaints == []


def widen(page: Page, width: int, height: int) -> None:
    """Give a page another width, and wait for its charts."""
    page.set_viewport_size({"width": width, "height": height})
    page.evaluate("new Promise(seen => requestAnimationFrame(() => setTimeout(seen, 50)))")
    page.wait_for_selector("html:not([data-charts=drawing])")


def test_axe_finds_nothing_against_wcag_by_day_and_by_night(each: Page):
    """The last to look at a page, for it takes rows away."""
    widen(each, 1280, 900)
    if each.whole:
        assert_no_fault(Axe().run(each, options=BUT_CONTRAST))
    each.evaluate(ONE_ROW_OF_EACH_KIND)
    assert_no_fault(Axe().run(each, options=OF_COLOURS if each.whole else WCAG))
    each.emulate_media(color_scheme="dark")
    each.wait_for_function(
        "dark => [...document.querySelectorAll('.plot')]"
        ".every(plot => plot._fullLayout.paper_bgcolor === dark)",
        arg=style.DARK[style.PAPER],
    )
    assert_no_fault(Axe().run(each, context=BESIDE_DRAWINGS, options=OF_COLOURS))


def assert_no_fault(found: AxeResults) -> None:
    assert found.response["violations"] == [], found.generate_report()


@pytest.fixture(scope="module")
def report(chromium: Browser, site: Path) -> Iterator[Page]:
    """The report as a desk opens it; to be read, and at last printed."""
    with watched_page(chromium) as page:
        yield opened(page, site)


def test_every_trace_is_drawn_as_what_it_was_asked_to_be(report: Page, figures: dict[str, dict]):
    """Words beyond the ends of bars are a trace of points."""
    for name, figure in figures.items():
        full = [trace for trace in figure["data"] if trace.get("y") or trace.get("z")]
        asked = Counter(trace.get("type", "scatter") for trace in full)
        asked["scatter"] += sum(trace.get("constraintext") == "none" for trace in full)
        assert {kind: drawn(report, name, LAYERS[kind]) for kind in asked} == dict(asked), name
    assert report.complaints == []


# Words of bars, and pixels between them and the ends of theirs.
BEYOND = """(plot, filled) => {
  const boxes = of => [...plot.querySelectorAll(of)].map(part => part.getBoundingClientRect());
  const bars = boxes(".barlayer .point path"), words = boxes(".textpoint text");
  return [...plot.querySelectorAll(".textpoint text")].map((part, i) => [
    part.dataset.unformatted.trim(), words[i].left - bars[filled[i]].right,
    words[i].top + words[i].bottom - bars[filled[i]].top - bars[filled[i]].bottom,
  ]);
}"""


def test_words_of_bars_stand_beyond_their_ends(report: Page, figures: dict[str, dict]):
    bars = [trace for trace in figures["late_by_ward"]["data"] if trace["type"] == "bar"]
    wanted = [words for bar in bars for words in bar["text"]]
    filled = [place for place, words in enumerate(wanted) if words]
    found = report.eval_on_selector("[data-name=late_by_ward] .plot", BEYOND, filled)
    assert [words for words, *_ in found] == [wanted[place] for place in filled]
    for words, gap, aside in found:
        assert 0 <= gap < 5, words  # noqa: PLR2004
        assert abs(aside) < 4, words  # noqa: PLR2004  twice the distance of their middles


def test_numbers_beside_the_rows_have_room(report: Page):
    """Their room is reckoned before plotly.js writes them; too much would be seen as well."""
    room = "plot => Math.min(...[...plot.querySelectorAll('.ytick text')].map("
    room += "word => word.getBoundingClientRect().left)) - plot.getBoundingClientRect().left"
    for name in ("ward_funnel", "city_trend", "ward_rates"):
        assert 0 <= report.eval_on_selector(f"[data-name={name}] .plot", room) < 10, name  # noqa: PLR2004


@pytest.fixture(scope="module", params=["address", "mouse", "keyboard", "tile"])
def picked(request: pytest.FixtureRequest, module_page: Page, site: Path) -> Page:
    """The report with Tam Phước picked, in each way that a reader has: to be read alone.

    The address is that of a page just opened; the other ways begin where that pick was let go.
    """
    page = module_page
    if request.param == "address":
        return opened(page, site, PAGES[1])
    if page.locator(".ward-card:visible").count():
        let_go(page)
    ways: dict[str, Callable[[], object]] = {
        "mouse": lambda: page.select_option("#ward-select", WARD),
        "tile": lambda: page.click(f"a.tile[data-ward='{WARD}']"),
        "keyboard": lambda: (page.focus("#ward-select"), page.keyboard.type(NAME)),
    }
    ways[request.param]()
    page.wait_for_selector("html[data-charts=ready]")
    return page


def let_go(page: Page) -> None:
    """Take the pick back; nothing on the page may tell of it any more."""
    page.select_option("#ward-select", "")
    page.wait_for_selector("html[data-charts=ready]")
    assert page.locator(".ward-card:visible, .chart-pick, tr.picked, .tile.picked").count() == 0
    assert page.locator(".picker-line").inner_text() == ""


def test_a_picked_ward_has_its_card_its_tile_and_its_words(picked: Page):
    assert picked.locator(".ward-card:visible").count() == 1
    card = picked.locator(".ward-card:visible")
    assert card.locator("h2").inner_text() == NAME
    assert "92,42%" in card.inner_text()
    assert "20 hồ sơ trễ hạn: Phường, xã giải quyết chậm (20)" in card.inner_text()
    assert "5 tháng liên tiếp dưới 97%" in card.inner_text()
    assert "1. Nâng tỷ lệ đúng hạn lên trên 97%" in card.inner_text()
    tiles = picked.locator(".tile.picked").evaluate_all("all => all.map(t => t.dataset.ward)")
    assert tiles == [WARD, WARD]  # of the first screen, and of the chapter
    assert picked.locator("[role=status].picker-line").inner_text().startswith(f"{NAME}: 92,42")
    assert picked.evaluate("location.hash") == f"#ward={WARD}"
    assert picked.complaints == []


def test_every_chart_answers_to_each_ward_or_says_that_it_is_of_the_whole_city(
    month: Month, figures: dict[str, dict]
):
    answers = {name: figure["layout"]["meta"]["picks"] for name, figure in figures.items()}
    of_city = {name for name, picks in answers.items() if picks == OF_CITY}
    assert of_city == {"quality_by_reason", "rate_change"}
    known = {name: set(picks) for name, picks in answers.items() if name not in of_city}
    assert all(known.values())
    assert set().union(*known.values()) <= set(month.unit_names)
    assert all(pick["note"] for name in known for pick in answers[name].values())


def test_a_picked_ward_hears_where_its_orders_stand(picked: Page):
    said = {
        name: picked.locator(f"[data-name={name}] .chart-pick").inner_text()
        for name in ("followup_states", "quality_by_reason")
    }
    assert said == {
        "followup_states": "Tam Phước: nâng tỷ lệ đúng hạn: đã báo cáo kèm minh chứng; phản ánh "
        "của người dân: quá hạn; xin lỗi và minh chứng: đang thực hiện; hồ sơ tồn đọng quá hạn: "
        "chưa báo cáo.",
        "quality_by_reason": "Tam Phước: biểu đồ này là số chung, không tách theo đơn vị.",
    }


def test_a_picked_ward_stands_out_in_every_chart_about_wards(picked: Page):
    notes = picked.locator(".chart-pick").all_inner_texts()
    assert len(notes) == len(CHARTS)
    assert all(note.startswith(f"{NAME}: ") for note in notes)
    framed = (
        "p => [...(p.layout.shapes || []), ...p._fullData].filter(x => x.name === 'picked').length"
    )
    marks = {name: picked.eval_on_selector(f"[data-name={name}] .plot", framed) for name in MARKED}
    assert set(marks.values()) == {1}, marks
    rows = picked.locator("tr.picked th").all_text_contents()
    assert rows
    assert set(rows) == {NAME}


def test_a_ward_can_be_let_go_again(picked: Page):
    """The last to look at a pick, for it takes it away."""
    let_go(picked)


def test_without_javascript_tables_map_and_cards_still_tell_all(chromium: Browser, site: Path):
    page = chromium.new_page(java_script_enabled=False)
    page.goto((site / PAGES[1].partition("#")[0]).as_uri())
    assert page.locator(".picker:visible").count() == 0
    page.click(f"a.tile[data-ward='{WARD}']")
    assert page.locator(".ward-card:visible h2").inner_text() == NAME
    page.click("[data-name=ward_rates] summary")
    assert "92,42%" in page.locator("[data-name=ward_rates] table").inner_text()
    assert "đã tắt JavaScript" in page.locator("noscript").first.inner_text()
    page.close()


def test_at_night_page_and_charts_are_dark_and_paper_stays_light(chromium: Browser, site: Path):
    page = chromium.usual.new_page()
    page.emulate_media(color_scheme="dark")
    opened(page, site)
    background = "getComputedStyle(document.body).backgroundColor"
    paper = "document.querySelector('.plot')._fullLayout.paper_bgcolor"
    assert page.evaluate(background) == "rgb(20, 24, 29)"
    assert page.evaluate(paper) == style.DARK[style.PAPER]
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate(background) == "rgb(255, 255, 255)"
    assert page.evaluate(paper) == style.PAPER
    page.close()


def test_every_colour_that_text_takes_at_night_reads_on_its_ground():
    night = style.DARK
    grounds = {
        style.INK: ("PAPER", "WASH", "BLUE_PALE", "BLUE_MID", "ORANGE_PALE", "HEAT_LOW"),
        style.MUTED: ("PAPER", "WASH"),
        style.BLUE: ("PAPER",),
        style.ORANGE: ("PAPER", "WASH"),
        style.PAPER: ("ORANGE", "BLUE"),
    }
    weak = [
        (ink, ground)
        for ink, names in grounds.items()
        for ground in names
        if contrast(night[ink], night[getattr(style, ground)]) < 4.5
    ]
    assert weak == []


def test_a_report_prints_a_brief_of_two_pages(report: Page, tmp_path: Path):
    report.pdf(path=tmp_path / "report.pdf", prefer_css_page_size=True)
    words = words_of(tmp_path / "report.pdf")
    assert sizes_of(tmp_path / "report.pdf") == {A4}
    assert len(words) == 2  # noqa: PLR2004
    assert all(f"{n}/2" in text for n, text in enumerate(words, start=1))
    assert all(squeezed("DỮ LIỆU MÔ PHỎNG") in text for text in words)
    said = (
        ("Tỷ lệ đúng hạn", "Hồ sơ tồn đọng quá hạn", "Quá hạn trên 90 ngày", "Vì sao dưới 97%?"),
        (
            "Chỉ đạo trong tháng",
            "Nhiều tháng liên tiếp",
            "xin lỗi, minh chứng",
            "việc theo các chỉ đạo trước",
        ),
    )
    for text, lines in zip(words, said, strict=True):
        assert [line for line in lines if squeezed(line) not in text] == []
    assert squeezed("Chọn đơn vị") not in "".join(words)


def test_another_month_prints_on_two_pages_too(browser_page: Page, tmp_path: Path):
    february = mc.load("2024-02", data="data/sample")
    report = tmp_path / "report.html"
    report.write_text(build_report([], front_of(february), first_screen(february)), "utf-8")
    browser_page.goto(report.as_uri())
    browser_page.wait_for_selector("html[data-charts=ready]")
    browser_page.pdf(path=tmp_path / "report.pdf", prefer_css_page_size=True)
    assert len(words_of(tmp_path / "report.pdf")) == 2  # noqa: PLR2004


def test_the_whole_is_printed_when_it_is_asked_for_without_near_empty_pages(
    browser_page: Page, january_made: Path, tmp_path: Path
):
    browser_page.add_init_script("window.print = () => {}")
    browser_page.set_viewport_size({"width": 360, "height": 740})  # chapters are folded here
    page = opened(browser_page, january_made)
    page.click("text=In toàn bộ")
    page.wait_for_selector("html[data-charts=ready]")
    page.pdf(path=tmp_path / "report.pdf", prefer_css_page_size=True)
    words = words_of(tmp_path / "report.pdf")
    assert squeezed("Chỉ đạo trong tháng") in words[1]
    assert all(
        any(squeezed(page.locator("h2").nth(0).inner_text()) in text for text in words)
        for page in page.locator(".chapter").all()
    )
    *all_but_last, _ = lowest_words(tmp_path / "report.pdf", margin=42)  # where page numbers are
    assert max(all_but_last) < 2 / 3 * A4[1]  # a third of the sheet or more is used


def test_on_a_telephone_numbers_wards_and_orders_fit_three_screens(
    browser_page: Page, january_made: Path
):
    browser_page.set_viewport_size({"width": 360, "height": 740})
    page = opened(browser_page, january_made)
    end = page.evaluate("document.querySelector('.ordered').getBoundingClientRect().bottom")
    assert end <= 3 * 740
    assert page.locator(".chapter[open]").count() == 0
    letters = (
        "[...document.querySelectorAll('.plot text, .tile, .marks')]"
        ".filter(t => t.textContent.trim() && t.getBoundingClientRect().width)"
        ".map(t => parseFloat(getComputedStyle(t).fontSize))"
    )
    assert min(page.evaluate(letters)) >= 12  # noqa: PLR2004
    page.evaluate("document.querySelectorAll('.chapter').forEach(c => { c.open = true })")
    page.wait_for_function(
        "() => [...document.querySelectorAll('.plot')].every(p => p.querySelector('svg'))"
    )
    assert min(page.evaluate(letters)) >= 12  # noqa: PLR2004
    flat = "document.querySelector('.chapter .stacked td').getBoundingClientRect().left"
    assert page.evaluate(flat) < 40  # noqa: PLR2004  a card: under its heading, not beside it


@pytest.mark.parametrize("way", ["contents", "address"])
def test_a_folded_chapter_opens_when_it_is_asked_for(
    browser_page: Page, january_made: Path, way: str
):
    browser_page.set_viewport_size({"width": 360, "height": 740})
    if way == "address":
        page = opened(browser_page, january_made, "2024-01/report.html#02-late-causes")
    else:
        page = opened(browser_page, january_made)
        page.click("nav a[href='#02-late-causes']")
    page.wait_for_selector(".chapter[open] #02-late-causes".replace("#02", "#\\30 2"))
    page.wait_for_selector("html[data-charts=ready]")
    assert page.locator(".chapter[open]").count() == 1
    assert page.locator("[data-name=late_by_cause] .plot svg").count() > 0
    assert page.locator("[data-name=ward_rates] .plot svg").count() == 0
    assert page.complaints == []
