from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pandas as pd
import plotly.graph_objects as go
import pytest
from bs4 import BeautifulSoup
from conftest import watched_page
from fake_month import fake_month
from motcua import chart
from motcua.base.errors import RunError
from motcua.chapters import table
from motcua.pages.cells import PLOTLY, sanitised, script_json
from motcua.pages.page import MAX_BYTES, Front, build_report, cartesian
from nbformat import write
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from paper import A4, sizes_of, squeezed, words_of
from playwright.sync_api import Browser, Page
from test_plotly_part import in_brackets

DRAWN = {
    "ward_rates": "scatter",
    "late_by_cause": "bar",
    "ward_trends": "heatmap",
}
FRONT = Front(
    month="2024-01",
    start=date(2023, 12, 15),
    end=date(2024, 1, 14),
    synthetic=True,
    headline="**3 trong 30 phường, xã** dưới 97% <script>alert(1)</script>",
    cards=[{"label": "Tỷ lệ đúng hạn", "value": "99,27%", "note": "toàn thành phố"}],
    footer={"Nguồn": "Dữ liệu <hồ sơ>"},
)


def figure_output(figure: go.Figure):
    return new_output(
        "display_data", data={PLOTLY: json.loads(figure.to_json()), "text/plain": "F"}
    )


def html_output(html: str):
    return new_output("display_data", data={"text/html": html, "text/plain": "secret repr"})


def cell(*outputs, tags=()):
    return new_code_cell(
        "code_that_nobody_sees = 1", outputs=list(outputs), metadata={"tags": [*tags]}
    )


def saved(folder: Path, name: str, *cells) -> Path:
    path = folder / f"{name}.ipynb"
    write(new_notebook(cells=list(cells)), path)
    return path


def notebooks(folder: Path) -> list[Path]:
    """Two notebooks: three charts, a tile map, a table, and things that no reader should see."""
    month = fake_month()
    figures = {name: figure_output(getattr(chart, name)(month)) for name in DRAWN}
    rates = table.show(month.rates, {"name": "Đơn vị", "late": "Trễ hạn"}, caption="Các đơn vị")
    return [
        saved(
            folder,
            "01_ward_rates",
            new_markdown_cell("# Đơn vị nào dưới ngưỡng?\n\n## Kết luận"),
            cell(html_output("<p>tham số</p>"), tags=["parameters"]),
            cell(
                new_output("stream", name="stdout", text="printed"),
                html_output(rates._repr_html_()),
            ),
            cell(figures["ward_rates"], html_output(chart.ward_map(month)._repr_html_())),
        ),
        saved(
            folder,
            "02_late_causes",
            new_markdown_cell("# Vì sao trễ hạn?\n\n## Kết luận\n\n#### Chi tiết\n\n## Kết luận"),
            cell(figures["late_by_cause"], figures["ward_trends"]),
            cell(html_output(pd.DataFrame({"Tệp": ["a.xlsx"], "Số dòng": [1234]}).to_html())),
            cell(html_output("<p>ẩn</p>"), tags=["hide-output"]),
        ),
    ]


@pytest.fixture(scope="module")
def html(tmp_path_factory) -> str:
    return build_report(notebooks(tmp_path_factory.mktemp("notebooks")), FRONT)


@pytest.fixture(scope="module")
def soup(html: str) -> BeautifulSoup:
    return BeautifulSoup(html, "html.parser")


@pytest.fixture(scope="module")
def report(html: str, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(html, encoding="utf-8")
    return path


def opened(page: Page, report: Path) -> Page:
    page.goto(report.as_uri())
    page.wait_for_selector("html[data-charts=ready]")
    return page


def test_the_first_screen_says_who_what_when_and_that_the_data_are_synthetic(soup):
    assert soup.html["lang"] == "vi"
    assert soup.h1.text == "Kết quả giải quyết hồ sơ thủ tục hành chính tháng 01/2024"
    header = soup.header.text
    assert "Văn phòng HĐND-UBND thành phố Biên Hòa" in header
    assert "Kỳ 15/12/2023 - 14/01/2024" in header
    assert "99,27%" in header
    assert "DỮ LIỆU MÔ PHỎNG" in soup.find(class_="synthetic").text


def test_real_data_carry_no_synthetic_banner():
    front = Front("2024-01", FRONT.start, FRONT.end, synthetic=False, headline="Xong.")
    assert "MÔ PHỎNG" not in build_report([], front)


def test_there_is_one_h1_and_no_heading_level_is_skipped(soup):
    levels = [int(tag.name[1]) for tag in soup.find_all(re.compile("^h[1-6]$"))]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in zip(levels, levels[1:], strict=False))


def test_the_contents_lead_to_unique_anchors(soup):
    ids = [tag["id"] for tag in soup.find_all(id=True)]
    assert len(ids) == len(set(ids))
    links = [a["href"][1:] for a in soup.find("nav").find_all("a") if a["href"].startswith("#")]
    assert links == [
        "01-ward-rates",
        "01-ward-rates--ket-luan",
        "02-late-causes",
        "02-late-causes--ket-luan",
        "02-late-causes--ket-luan-2",
    ]
    assert set(links) <= set(ids)


def test_code_streams_and_hidden_cells_are_left_out(html):
    for hidden in ("code_that_nobody_sees", "printed", "tham số", "secret repr", "<p>ẩn</p>"):
        assert hidden not in html


def test_every_chart_has_words_and_a_table_twin(soup):
    figures = soup.find_all("figure", class_="chart")
    assert [f["data-name"] for f in figures] == list(DRAWN)
    for figure in figures:
        plot = figure.find(class_="plot")
        assert plot["role"] == "img"
        assert len(plot["aria-label"]) > 20
        assert figure.figcaption.text.strip()
        assert figure.details.summary.text == "Xem bảng số liệu"
        assert figure.details.find("caption").text
        assert len(figure.details.find_all("tr")) > 1


def test_the_tile_map_of_a_notebook_is_in_the_page_with_its_words(soup):
    tiles = soup.find("main").find(class_="ward-map", role="group")
    assert tiles["aria-label"].startswith("Sơ đồ vị trí. ")
    assert len(tiles.select(".tiles li .tile[data-ward]")) == 30
    assert tiles.find(class_="tile clearly_low")
    assert "dưới 97%, thấp rõ rệt" in tiles.find(attrs={"data-ward": "26377"}).text
    assert tiles.find(class_="key")["aria-hidden"] == "true"


def test_every_table_has_scoped_headers_and_numbers_to_the_right(soup):
    assert all(th.get("scope") in ("row", "col") for th in soup.find_all("th"))
    assert soup.find("td", string="1234")["class"] == ["num"]
    assert all(t.find_parent(class_="table-scroll") for t in soup.find_all("table"))


def test_only_named_scripts_may_run_and_nothing_may_be_fetched(soup, html):
    policy = soup.find("meta", attrs={"http-equiv": "Content-Security-Policy"})["content"]
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe-eval" not in policy
    assert not re.search(r"(script-src|style-src-elem)[^;]*unsafe-inline", policy)
    sheet = base64.b64encode(hashlib.sha256(soup.style.string.encode()).digest()).decode()
    assert f"style-src-elem 'sha256-{sheet}' 'sha256-47DEQpj8" in policy  # of the empty sheet
    assert not soup.find_all(style=True)
    runs = [s for s in soup.find_all("script") if s.get("type") is None]
    packed = base64.b64decode(soup.find("script", id="plotly-gz").string)
    run = in_brackets(cartesian())
    assert gzip.decompress(packed).decode() == run
    for code in [*(s.string for s in runs), run]:
        digest = base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy
    assert not soup.find_all(src=re.compile("^(https?:)?//"))
    assert "alert(1)" not in " ".join(s.string for s in runs)


def test_the_page_is_light_enough_and_the_same_bytes_every_time(html, tmp_path):
    assert len(html.encode()) <= MAX_BYTES
    assert build_report(notebooks(tmp_path), FRONT) == html


def test_a_page_without_charts_carries_no_plotting_library():
    html = build_report([], FRONT)
    assert len(html.encode()) < 100_000  # 58,000 of them are the typeface
    assert "plotly-gz" not in html.split("<script>")[0]
    policy = BeautifulSoup(html, "html.parser").find("meta", content=re.compile("^default-src"))
    assert "script-src 'none'; style-src 'sha256-" in policy["content"]
    assert "unsafe" not in policy["content"]


@pytest.mark.parametrize("key", ["title", "alt", "table"])
def test_a_chart_that_cannot_be_told_in_words_stops_the_build(key, tmp_path):
    figure = chart.ward_rates(fake_month())
    figure.layout.meta = {k: v for k, v in figure.layout.meta.items() if k != key}
    path = saved(tmp_path, "01_x", new_markdown_cell("# X"), cell(figure_output(figure)))
    with pytest.raises(RunError, match=f"thiếu {key}"):
        build_report([path], FRONT)


def test_a_figure_made_outside_motcua_stops_the_build(tmp_path):
    path = saved(tmp_path, "01_x", cell(figure_output(go.Figure())))
    with pytest.raises(RunError, match="thiếu title, alt, table, name"):
        build_report([path], FRONT)


def test_a_chart_drawn_as_html_only_stops_the_build(tmp_path):
    path = saved(tmp_path, "01_x", cell(html_output("<script>Plotly.newPlot('a')</script>")))
    with pytest.raises(RunError, match="một biểu đồ không có dữ liệu"):
        build_report([path], FRONT)


def test_a_cell_that_failed_stops_the_build(tmp_path):
    error = new_output("error", ename="ValueError", evalue="sai", traceback=[])
    path = saved(tmp_path, "03_feedback", cell(error))
    with pytest.raises(RunError, match="Sổ tay 03_feedback: một ô bị lỗi ValueError: sai"):
        build_report([path], FRONT)


def test_nothing_from_a_notebook_can_run(tmp_path):
    bad = '<table onclick="x()"><tr><td><img src="https://x/y" onerror="x()">1</td></tr></table>'
    markdown = "# A\n\n<script>x()</script> [b](javascript:x())"
    path = saved(tmp_path, "01_x", new_markdown_cell(markdown), cell(html_output(bad)))
    main = BeautifulSoup(build_report([path], FRONT), "html.parser").main
    assert not main.find_all(["script", "img"])
    assert not [tag for tag in main.find_all(True) if any(a.startswith("on") for a in tag.attrs)]
    assert not main.find_all(href=re.compile("^javascript:"))


def test_a_style_sheet_of_a_notebook_is_dropped_with_its_text():
    assert sanitised("<style scoped>.a{color:red}</style><b>x</b>") == "<b>x</b>"


def test_json_in_a_script_cannot_close_it():
    assert "<" not in script_json({"a": "</script><!--"})


@pytest.fixture(scope="module", params=[320, 360, 768, 1280])
def shown(request: pytest.FixtureRequest, chromium: Browser, report: Path) -> Iterator[Page]:
    """The report as a screen of some width opens it: to be read alone."""
    with watched_page(chromium) as page:
        page.width = request.param
        page.set_viewport_size({"width": page.width, "height": 800})
        yield opened(page, report)


def test_offline_the_browser_draws_every_chart_without_a_complaint(shown):
    drawn = shown.evaluate(
        "Array.from(document.querySelectorAll('.chart'), c => {"
        " const p = c.querySelector('.plot');"
        " const drawn = p.querySelectorAll('.main-svg').length > 0;"
        " return [c.dataset.name, drawn, p._fullData[0].type]})"
    )
    assert drawn == [[name, True, kind] for name, kind in DRAWN.items()]
    assert shown.complaints == []


def test_no_name_or_number_of_a_chart_is_cut_off(shown):
    cut = shown.evaluate(
        "Array.from(document.querySelectorAll('.plot'), plot => {"
        " const box = plot.getBoundingClientRect();"
        " const letters = [...plot.querySelectorAll('text')].map(t => t.getBoundingClientRect());"
        " const over = letters.map(t => Math.max(box.left - t.left, t.right - box.right));"
        " return [plot.closest('figure').dataset.name, Math.max(...over) > 1]})"
    )
    assert cut == [[name, False] for name in DRAWN]


def test_numbers_in_the_browser_are_vietnamese(shown):
    assert shown.evaluate("document.querySelector('.plot')._context.locale") == "vi"
    assert "96,83%" in shown.locator("[data-name=ward_rates] .plot").inner_text()


def test_no_screen_scrolls_sideways(shown):
    """The last to look at a screen, for it opens what is folded."""
    shown.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
    assert shown.evaluate("document.documentElement.scrollWidth") <= shown.width


def test_a_chart_takes_its_room_before_it_is_drawn(browser_page, report):
    browser_page.goto(report.as_uri(), wait_until="domcontentloaded")
    heights = "Array.from(document.querySelectorAll('.plot'), p => p.offsetHeight)"
    before = browser_page.evaluate(heights)
    browser_page.wait_for_selector("html[data-charts=ready]")
    assert browser_page.evaluate(heights) == before
    assert min(before) > 100


def test_a_link_of_the_contents_lands_on_its_chapter_while_charts_are_drawn(browser_page, report):
    browser_page.emulate_media(reduced_motion="reduce")  # there at once
    browser_page.goto(report.as_uri(), wait_until="domcontentloaded")
    browser_page.click("nav a[href='#02-late-causes']")
    browser_page.wait_for_selector("html[data-charts=ready]")
    heading = "document.getElementById('02-late-causes').getBoundingClientRect().top"
    assert 0 <= browser_page.evaluate(heading) < 100


def test_turning_the_phone_draws_the_charts_again(browser_page, report):
    browser_page.set_viewport_size({"width": 360, "height": 740})
    page = opened(browser_page, report)
    page.set_viewport_size({"width": 740, "height": 360})
    page.wait_for_selector(".plot[data-width='676']")
    assert page.evaluate("document.documentElement.scrollWidth") <= 740


def test_the_report_prints_on_a4_with_its_charts(browser_page, report, tmp_path):
    page = opened(browser_page, report)
    page.pdf(path=tmp_path / "report.pdf", prefer_css_page_size=True)
    assert sizes_of(tmp_path / "report.pdf") == {A4}
    words = words_of(tmp_path / "report.pdf")
    assert all(squeezed("DỮ LIỆU MÔ PHỎNG") in text for text in words)
    assert any(squeezed("Phước Tân") in text and "90,38" in text for text in words)


def test_a_browser_that_cannot_unpack_says_so_and_opens_the_tables(chromium: Browser, report):
    page = chromium.usual.new_page()
    page.add_init_script("delete window.DecompressionStream")
    page.goto(report.as_uri())
    page.wait_for_selector("#chart-note", state="visible")
    assert page.locator(".chart details[open]").count() == len(DRAWN)
    page.close()


def test_keyboard_users_can_skip_to_the_content(browser_page, report):
    page = opened(browser_page, report)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#noi-dung"
