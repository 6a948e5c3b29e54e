"""Ward sheets of real runs in a real browser: paper, phone, no network, accessible to everyone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from bs4 import BeautifulSoup
from cases import dossier, late, on_time, write_dossiers
from conftest import watched_page
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


class Look:
    """What one sheet shows on a phone and on paper."""

    def __init__(self, page: Page, sheet: Path, folder: Path) -> None:
        page.goto(sheet.as_uri())
        self.wide = page.evaluate(
            "Math.max(...[document.documentElement, ...document.querySelectorAll('.stacked')]"
            ".map(e => e.getBoundingClientRect().left + e.scrollWidth))"
        )
        self.dossiers = page.locator(DOSSIERS).count()
        self.scripts = page.locator("script").count()
        page.pdf(path=folder / f"{sheet.stem}.pdf", prefer_css_page_size=True)
        self.sizes = sizes_of(folder / f"{sheet.stem}.pdf")
        self.sides = words_of(folder / f"{sheet.stem}.pdf")


@pytest.fixture(scope="module")
def looks(
    sheets: Path, chromium: Browser, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Look]:
    """Code of a ward -> what its sheet shows; nothing was said to the console meanwhile."""
    folder = tmp_path_factory.mktemp("printed")
    with watched_page(chromium) as page:
        page.set_viewport_size({"width": 360, "height": 800})
        looks = {sheet.stem: Look(page, sheet, folder) for sheet in sorted(sheets.iterdir())}
        assert page.complaints == []
    return looks


def test_every_ward_has_its_sheet(sheets: Path) -> None:
    wards = json.loads((sheets.parent / "findings.json").read_text("utf-8"))["wards"]
    assert {sheet.stem for sheet in sheets.iterdir()} == {ward["code"] for ward in wards}


def test_a_sheet_prints_on_one_side_where_its_dossiers_are_not_many(
    looks: dict[str, Look],
) -> None:
    for code, look in looks.items():
        assert look.sizes == {A4}, code
        assert all(squeezed("DỮ LIỆU MÔ PHỎNG") in words for words in look.sides)
    lengths = {code: (len(look.sides), look.dossiers) for code, look in looks.items()}
    assert max(sides for sides, _ in lengths.values()) == 2
    few = {code: told for code, told in lengths.items() if told[1] <= ONE_SIDE}
    assert {sides for sides, _ in few.values()} == {1}, few
    assert sum(sides == 1 for sides, _ in lengths.values()) >= 22, lengths  # 25 as made here


def test_no_sheet_scrolls_sideways_on_a_phone_and_no_dossier_is_cut(
    looks: dict[str, Look],
) -> None:
    wide = {code: look.wide for code, look in looks.items()}
    assert max(wide.values()) <= 360, wide


def test_a_sheet_is_made_of_itself_alone(sheets: Path, looks: dict[str, Look]) -> None:
    assert {look.scripts for look in looks.values()} == {0}
    assert max(sheet.stat().st_size for sheet in sheets.iterdir()) < 150_000


@pytest.fixture(
    scope="module", params=["26374", "26056", "26371"], ids=["below", "unsure", "few late"]
)
def sheet(request: pytest.FixtureRequest, sheets: Path, chromium: Browser) -> Iterator[Page]:
    """A sheet that is open, by day."""
    with watched_page(chromium) as page:
        page.emulate_media(color_scheme="light")
        page.goto((sheets / f"{request.param}.html").as_uri())
        yield page


def test_on_a_phone_each_cell_stands_beside_the_heading_of_its_column(sheet: Page) -> None:
    cell = sheet.locator(".stacked td[data-label]:not([data-label=''])").first
    for width, heading in ((360, f'"{cell.get_attribute("data-label")}"'), (1280, "none")):
        sheet.set_viewport_size({"width": width, "height": 800})
        assert cell.evaluate("e => getComputedStyle(e, '::before').content") == heading


@pytest.mark.parametrize("width", [1280, 360])
def test_axe_finds_nothing_wrong_with_a_sheet(sheet: Page, width: int) -> None:
    sheet.set_viewport_size({"width": width, "height": 800})
    found = Axe().run(sheet, options=WCAG)
    assert found.violations_count == 0, found.generate_report()


def test_at_night_a_sheet_is_dark_and_axe_still_finds_nothing(sheet: Page) -> None:
    sheet.set_viewport_size({"width": 1280, "height": 800})
    sheet.emulate_media(color_scheme="dark")
    assert sheet.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(20, 24, 29)"
    found = Axe().run(sheet, options=WCAG)
    sheet.emulate_media(color_scheme="light")
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
