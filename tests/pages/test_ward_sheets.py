"""Ward sheets of real runs in a real browser: paper, phone, no network, accessible to everyone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from bs4 import BeautifulSoup
from cases import dossier, late, on_time, write_dossiers
from exports import private_cache
from motcua.cli import main
from motcua.pages.ward_pages import file_names
from paper import A4, sizes_of, squeezed, words_of
from playwright.sync_api import Browser, Page

WCAG = {
    "resultTypes": ["violations"],
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}
ONE_SIDE = 10  # so many late, overdue and complained-of ones, with all the rest, fit one side
DOSSIERS = ".stacked tbody tr:has(td:not(.num))"  # tables of months hold numbers alone
ODD = "A & B <C> *d* =1+1"
UNITS = (ODD, "../Hố Nai", "CON", "hố nai", "<script>window.ran = 1</script>")
PROCEDURE = '<img src=x onerror="window.ran = 1"> & `mã` **đậm** | khai sinh'


def run(data: Path, out: Path, *more: str) -> Path:
    """Sheets of 2024-01, and nothing else of the month."""
    arguments = ["--data", str(data), "--out", str(out), "--only", "wards", *more]
    assert main(["run", "2024-01", *arguments]) == 0
    return out / "2024-01" / "wards"


@pytest.fixture(scope="module")
def sheets(january_made: Path) -> Path:
    """The 30 sheets of the sample."""
    return january_made / "2024-01" / "wards"


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sheets of units named by the data alone: the first has 3 late and 2 open overdue dossiers."""
    folder = tmp_path_factory.mktemp("odd")
    rows = [row for unit in UNITS for row in on_time(5, unit)]
    rows += late(2, ODD, late_cause="Chậm xử lý") + late(1, ODD, late_cause="Lỗi phần mềm")
    rows += [dossier(due=f"2024-01-1{n}", ward=ODD, dossier_id=f"Mở {n}") for n in (1, 2)]
    rows = [{"late_cause": "", **row, "procedure": PROCEDURE} for row in rows]
    write_dossiers(folder / "data", rows, "ho_so_20240118.csv")
    (folder / "p.yaml").write_text(json.dumps({"units": "from_data"}), "utf-8")
    with private_cache(folder / "own"):
        return run(folder / "data", folder / "out", "--params", str(folder / "p.yaml"))


def printed(page: Page, sheet: Path, folder: Path) -> Path:
    """The sheet on paper."""
    page.goto(sheet.as_uri())
    page.pdf(path=folder / f"{sheet.stem}.pdf", prefer_css_page_size=True)
    return folder / f"{sheet.stem}.pdf"


def test_every_ward_has_its_sheet(sheets: Path) -> None:
    wards = json.loads((sheets.parent / "findings.json").read_text("utf-8"))["wards"]
    assert {sheet.stem for sheet in sheets.iterdir()} == {ward["code"] for ward in wards}


def test_a_sheet_prints_on_one_side_where_its_dossiers_are_not_many(
    sheets: Path, browser_page: Page, tmp_path: Path
) -> None:
    lengths = {}
    for sheet in sorted(sheets.iterdir()):
        pdf = printed(browser_page, sheet, tmp_path)
        assert sizes_of(pdf) == {A4}, sheet.name
        sides = words_of(pdf)
        assert all(squeezed("DỮ LIỆU MÔ PHỎNG") in words for words in sides)
        lengths[sheet.stem] = (len(sides), browser_page.locator(DOSSIERS).count())
    assert max(sides for sides, _ in lengths.values()) == 2
    few = {code: told for code, told in lengths.items() if told[1] <= ONE_SIDE}
    assert {sides for sides, _ in few.values()} == {1}, few
    assert sum(sides == 1 for sides, _ in lengths.values()) >= 22, lengths  # 25 as made here


def test_no_sheet_scrolls_sideways_on_a_phone_and_no_dossier_is_cut(
    sheets: Path, browser_page: Page
) -> None:
    browser_page.set_viewport_size({"width": 360, "height": 800})
    wide = {}
    for sheet in sorted(sheets.iterdir()):
        browser_page.goto(sheet.as_uri())
        widths = browser_page.evaluate(
            "[document.documentElement, ...document.querySelectorAll('.stacked')]"
            ".map(e => e.getBoundingClientRect().left + e.scrollWidth)"
        )
        wide[sheet.stem] = max(widths)
    assert max(wide.values()) <= 360, wide
    assert browser_page.complaints == []


def test_on_a_phone_each_cell_stands_beside_the_heading_of_its_column(
    sheets: Path, browser_page: Page
) -> None:
    browser_page.set_viewport_size({"width": 360, "height": 800})
    browser_page.goto((sheets / "26374.html").as_uri())
    cell = browser_page.locator("td[data-label='Còn phải']").first
    assert cell.evaluate("e => getComputedStyle(e, '::before').content") == '"Còn phải"'
    browser_page.set_viewport_size({"width": 1280, "height": 800})
    assert cell.evaluate("e => getComputedStyle(e, '::before').content") == "none"


@pytest.mark.parametrize("code", ["26374", "26056", "26371"], ids=["below", "unsure", "few late"])
@pytest.mark.parametrize("width", [1280, 360])
def test_axe_finds_nothing_wrong_with_a_sheet(
    sheets: Path, browser_page: Page, code: str, width: int
) -> None:
    browser_page.set_viewport_size({"width": width, "height": 800})
    browser_page.goto((sheets / f"{code}.html").as_uri())
    found = Axe().run(browser_page, options=WCAG)
    assert found.violations_count == 0, found.generate_report()


def test_a_sheet_is_made_of_itself_alone_and_says_nothing_to_the_console(
    sheets: Path, browser_page: Page
) -> None:
    for sheet in sorted(sheets.iterdir()):
        browser_page.goto(sheet.as_uri())
    assert browser_page.complaints == []
    assert browser_page.locator("script").count() == 0
    assert max(sheet.stat().st_size for sheet in sheets.iterdir()) < 150_000


def test_at_night_a_sheet_is_dark_and_axe_still_finds_nothing(
    sheets: Path, chromium: Browser
) -> None:
    page = chromium.new_page(color_scheme="dark")
    page.goto((sheets / "26374.html").as_uri())
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(20, 24, 29)"
    found = Axe().run(page, options=WCAG)
    page.close()
    assert found.violations_count == 0, found.generate_report()


# Units and texts of other people's making ------------------------------------------------------


def test_odd_units_have_safe_files_and_nothing_of_theirs_runs(
    odd: Path, browser_page: Page
) -> None:
    assert {sheet.stem for sheet in odd.iterdir()} == set(file_names(UNITS).values())
    for sheet in odd.iterdir():
        browser_page.goto(sheet.as_uri())
        assert browser_page.evaluate("window.ran") is None
    assert browser_page.complaints == []
    browser_page.goto((odd / f"{file_names(UNITS)[ODD]}.html").as_uri())
    assert browser_page.inner_text("h1") == f"{ODD}: phiếu tháng 01/2024"
    assert f"{ODD} giải quyết đúng hạn 62,50%" in browser_page.inner_text("main")  # 5 of 8
    assert browser_page.locator("tbody td", has_text=PROCEDURE).count() == 5


def test_dossier_numbers_stand_on_the_sheet_of_their_own_ward_alone(odd: Path) -> None:
    """3 late and 2 open overdue of the first unit; the others have none.

    Data that record no apology owe none; the software error owes evidence, so it comes first.
    """
    found = {}
    for sheet in odd.iterdir():
        page = BeautifulSoup(sheet.read_text("utf-8"), "html.parser")
        found[sheet.stem] = [
            th.get_text() for th in page.select("section > .table-scroll tbody th")
        ]
    own = found.pop(file_names(UNITS)[ODD])
    late_ones = [f"{ODD} trễ Lỗi phần mềm 0", f"{ODD} trễ Chậm xử lý 0", f"{ODD} trễ Chậm xử lý 1"]
    assert own == ["Mở 1", "Mở 2", *late_ones]
    assert set(map(len, found.values())) == {0}
