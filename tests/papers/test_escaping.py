"""Texts of other people's making stay texts: in the page, the tables, the notebooks, the lists."""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup
from exports import HEAD, private_cache, write_csv
from motcua.chapters.figure import LABEL_LETTERS
from motcua.chapters.ward_map import notebook_css
from motcua.cli import main
from motcua.pages.cells import PLOTLY
from nbconvert import HTMLExporter
from playwright.sync_api import Browser, Page

LONG = "Phòng tên dài " + "ă" * 2986
NAMES = [
    "<script>window.ran = 1</script>",
    '=HYPERLINK("http://x.invalid","y")',
    "@SUM(A1)",
    "+1+1",
    "A & B <C> &lt;D&gt; &amp;",
    "{{7*7}} {%x%} ${x} %{y} %{customdata[0]}",
    "*md* **b** [a](javascript:window.ran=1) ![i](http://x.invalid/i.png)",
    "</script></style></textarea>-->",
    "<img src=x onerror=window.ran=1>",
    '" onmouseover="window.ran=1" x="',
    "<a href='javascript:window.ran=1'>bấm</a> <http://x.invalid> https://x.invalid",
    "`mã` a|b $x^2$ 1. # > ~~g~~ \\* _g_ ![]",
    "phải \u202esang trái\u202c \u200f\u2067xyz\u2069 hết",
    LONG,
]
OFFICE = "<b>UBND</b> {{7*7}} <script>window.ran = 1</script> *x*"
FILE = "=1+1 <b>x<img src=x onerror=window.ran=1> [a](javascript:x).csv"
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def dossiers() -> list[list]:
    """Twelve dossiers per unit, a third of them late, every text one of NAMES."""
    head = [*HEAD, "Tên thủ tục hành chính", "Lĩnh vực", "Kênh thực hiện", "Trạng thái", NAMES[0]]
    rows = [head]
    for i, name in enumerate(NAMES):
        for n in range(12):
            done = "12/01/2024" if n % 3 == 0 else "05/01/2024"
            texts = [NAMES[(i + k) % len(NAMES)] for k in range(5)]
            number = f"H19-{i}-{n}" if n else NAMES[i][:40]
            rows.append([number, name, "02/01/2024", "08/01/2024", done, *texts])
    rows.append(["H19-x", NAMES[0], "=1+1", "@SUM(1)", "-1", *NAMES[:5]])
    return rows


def feedback() -> list[list]:
    head = ["Mã phản ánh", "Đơn vị", "Ngày phản ánh", "Kênh phản ánh", "Loại phản ánh", "Kết luận"]
    return [
        head,
        *([f"PA-{i}", n, "05/01/2024", NAMES[i - 1], NAMES[i - 2], n] for i, n in enumerate(NAMES)),
    ]


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A month of texts that would do harm, run once with all its notebooks."""
    folder = tmp_path_factory.mktemp("doc-hai")
    write_csv(folder / "data" / "dossiers" / FILE, dossiers())
    write_csv(folder / "data" / "feedback" / "p.csv", feedback())
    params = {"units": "from_data", "office": OFFICE, "exported_at": "2024-01-18"}
    (folder / "p.yaml").write_text(json.dumps(params), "utf-8")
    arguments = ["--data", str(folder / "data"), "--params", str(folder / "p.yaml")]
    with private_cache(folder / "own"):
        assert main(["run", "2024-01", *arguments, "--out", str(folder / "out")]) == 0
    return folder / "out" / "2024-01"


@dataclass
class Opened:
    """The report in a real browser, and what happened in it."""

    page: Page
    happened: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def opened(month: Path, chromium: Browser) -> Iterator[Opened]:
    """The report, every chart drawn and every table unfolded."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    opened = Opened(page := context.new_page())
    say = opened.happened.append
    page.on("dialog", lambda dialog: (say(f"dialog {dialog.message}"), dialog.dismiss()))
    page.on("console", lambda m: m.type in ("error", "warning") and say(m.text))
    page.on("pageerror", lambda error: say(str(error)))
    page.on("request", lambda r: r.url.startswith(("file:", "data:")) or say(r.url))
    page.on("popup", lambda _: say("popup"))
    page.add_init_script(
        "window.broken = []; document.addEventListener('securitypolicyviolation',"
        " e => window.broken.push(e.violatedDirective + ' ' + e.blockedURI));"
    )
    page.goto((month / "report.html").as_uri())
    page.wait_for_selector("html[data-charts=ready]", state="attached", timeout=60_000)
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    yield opened
    context.close()


def shown(name: str) -> str:
    """A text as the reader of exports cleans it."""
    return re.sub(r"\s+", " ", unicodedata.normalize("NFC", name)).strip()


# The page in a browser -------------------------------------------------------------------------


def test_nothing_ran_and_nothing_was_fetched(opened: Opened) -> None:
    assert opened.page.evaluate("typeof window.ran") == "undefined"
    assert opened.happened == []
    assert opened.page.evaluate("window.broken") == []


def test_a_link_stays_in_the_page_or_leads_to_letter_or_annex(opened: Opened, month: Path) -> None:
    links = opened.page.evaluate(
        "[...document.querySelectorAll('*')].flatMap(e => ['href', 'xlink:href', 'src', 'action']"
        ".map(a => e.getAttribute(a)).filter(v => v && !/^(#|data:image)/.test(v)))"
    )
    assert set(links) <= {"cong-van.docx", "phu-luc.xlsx"}
    assert all((month / link).is_file() for link in links)


def test_no_element_carries_a_handler_or_comes_from_the_data(opened: Opened) -> None:
    handlers = opened.page.evaluate(
        "[...document.querySelectorAll('*')].filter(e => [...e.attributes]"
        ".some(a => a.name.startsWith('on'))).length"
    )
    assert handlers == 0
    inside = "main img, main iframe, main form, main input, main object, main b script, h1 b"
    assert opened.page.locator(inside).count() == 0


def test_every_unit_is_in_the_table_as_it_is_written(opened: Opened) -> None:
    heads = opened.page.locator("table.data th[scope=row]").evaluate_all(
        "all => all.map(e => e.textContent)"
    )
    assert {shown(name) for name in NAMES} <= set(heads)


def test_every_unit_is_in_the_sentences_as_it_is_written(opened: Opened) -> None:
    sentences = opened.page.locator("main li, main p").evaluate_all(
        "all => all.map(e => e.textContent).join('\\n')"
    )
    assert [name for name in NAMES if shown(name) not in sentences] == []


def test_the_words_of_the_front_are_as_they_are_written(opened: Opened) -> None:
    page = opened.page
    assert page.locator(".issuer").text_content() == f"{OFFICE} Kỳ 15/12/2023 - 14/01/2024"
    assert OFFICE in page.locator("footer").text_content()


def test_charts_write_names_as_they_are_and_make_no_links(opened: Opened) -> None:
    assert opened.page.locator("svg a").count() == 0
    labels = opened.page.locator("svg text").evaluate_all("all => all.map(e => e.textContent)")
    short = [shown(name) for name in NAMES if len(name) < 30]
    assert [name for name in short if not any(name in label for label in labels)] == []


def test_hovering_shows_a_name_as_it_is(month: Path) -> None:
    traces = [
        trace
        for path in sorted((month / "notebooks").glob("*.ipynb"))
        for figure in figures(path)
        for trace in figure["data"]
    ]
    texts = texts_of([[t.get(k) for k in ("hovertemplate", "hovertext", "text")] for t in traces])
    assert [text for text in texts if re.search(r"<(script|img|a)\b", text)] == []
    filled = texts_of([[t.get(k) for k in ("hovertemplate", "texttemplate")] for t in traces])
    assert [text for text in filled if "7*7" in text] == []  # %{...} in a name would be filled in


def test_a_very_long_name_leaves_room_for_the_drawing(opened: Opened) -> None:
    labels = opened.page.locator("svg .ytick text").evaluate_all(
        "all => all.map(e => e.textContent.length)"
    )
    assert max(labels) <= LABEL_LETTERS
    names = opened.page.locator("[data-name=ward_rates] .yaxislayer-above").first.bounding_box()
    chart = opened.page.locator("[data-name=ward_rates]").bounding_box()
    assert names["width"] < chart["width"] / 2


def test_a_very_long_name_does_not_widen_the_page(opened: Opened) -> None:
    wide = opened.page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0


def test_the_policy_holds_against_a_script_that_got_in(month: Path, browser_page: Page) -> None:
    browser_page.goto((month / "report.html").as_uri())
    browser_page.evaluate(
        "() => { window.broken = []; document.addEventListener('securitypolicyviolation',"
        " e => window.broken.push(e.violatedDirective));"
        " const s = document.createElement('script'); s.textContent = 'window.ran = 2';"
        " document.body.append(s); const d = document.createElement('div');"
        " d.innerHTML = '<img src=x onerror=\"window.ran=3\">'; document.body.append(d); }"
    )
    browser_page.wait_for_timeout(300)
    broken = browser_page.evaluate("window.broken")
    assert sorted(broken) == ["img-src", "script-src-attr", "script-src-elem"]
    assert browser_page.evaluate("typeof window.ran") == "undefined"


# Files -----------------------------------------------------------------------------------------


def test_no_cell_of_a_csv_file_is_a_formula(month: Path) -> None:
    cells = [
        cell
        for path in sorted(month.rglob("*.csv"))
        for row in csv.reader(io.StringIO(path.read_text("utf-8-sig"), newline=""))
        for cell in row
    ]
    harmful = [
        c for c in cells if c.startswith(FORMULA) and not re.fullmatch(r"-?[\d.]+(e-\d+)?", c)
    ]
    assert harmful == []
    assert "'@SUM(A1)" in cells
    assert {shown(n) for n in NAMES if not n.startswith(FORMULA)} <= set(cells)


def test_json_files_are_json_and_say_the_names(month: Path) -> None:
    for path in month.rglob("*.json"):
        json.loads(path.read_text("utf-8"), parse_constant=pytest.fail)
    found = json.loads((month / "findings.json").read_text("utf-8"))
    assert {ward["name"] for ward in found["wards"]} == {shown(name) for name in NAMES}


def test_notebooks_are_valid_and_their_html_is_inert(month: Path) -> None:
    for path in sorted((month / "notebooks").glob("*.ipynb")):
        nbformat.validate(nbformat.read(path, as_version=4))
        for html in texts_of([o["data"].get("text/html") for o in outputs(path)]):
            soup = BeautifulSoup(html, "html.parser")
            assert soup.find(["script", "img", "a", "iframe"]) is None
            assert {style.string for style in soup.find_all("style")} <= {notebook_css()}
            assert not any(a.startswith("on") for tag in soup.find_all() for a in tag.attrs)


@pytest.mark.filterwarnings("ignore:Your element with mimetype")  # figures have no HTML
def test_a_notebook_opened_in_jupyter_runs_nothing_and_links_nowhere(month: Path) -> None:
    for name in ("01_ward_rates", "03_feedback", "06_data_quality"):
        notebook = nbformat.read(month / "notebooks" / f"{name}.ipynb", as_version=4)
        html, _ = HTMLExporter(template_name="basic").from_notebook_node(notebook)
        soup = BeautifulSoup(html, "html.parser")
        scripts = [s.get_text() for s in soup.find_all("script") if "window.ran" in s.get_text()]
        assert [s for s in scripts if "Plotly" not in s] == []
        links = [a.get("href", "") for a in soup.find_all("a")]
        assert [link for link in links if not link.startswith("#")] == []
        assert soup.find("img") is None


def outputs(path: Path) -> list[dict]:
    notebook = nbformat.read(path, as_version=4)
    return [o for cell in notebook.cells for o in cell.get("outputs", []) if "data" in o]


def figures(path: Path) -> list[dict]:
    return [o["data"][PLOTLY] for o in outputs(path) if PLOTLY in o["data"]]


def texts_of(values: object) -> list[str]:
    """Texts in nested lists."""
    if isinstance(values, str):
        return [values]
    return [t for v in values for t in texts_of(v)] if isinstance(values, list | tuple) else []
