"""A province of 95 communes, as Đồng Nai since 01/07/2025: the report can be sent and is drawn."""

from __future__ import annotations

from pathlib import Path

import motcua
import pytest
from cases import dossier, write_dossiers
from exports import private_cache
from motcua.base.calendar import next_month
from motcua.cli import main
from motcua.pages.page import MAX_BYTES
from playwright.sync_api import Page

UNITS = 95
MONTHS = [next_month("2024-01", -back) for back in range(13)]


def dossiers() -> list[dict]:
    """Fifteen dossiers of each unit in each month, due on the 6th, some late by some days."""
    rows = []
    for month in MONTHS:
        for unit in range(UNITS):
            late = f"{month}-{7 + unit % 5:02d}"
            days = [late if n * unit % 37 == 1 else f"{month}-05" for n in range(15)]
            rows += [
                dossier(f"{month}-02", f"{month}-06", day, ward=f"Xã {unit:03d}") for day in days
            ]
    return rows


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("province")
    write_dossiers(folder / "data", dossiers(), name="ho_so_20240118.csv")
    (folder / "p.yaml").write_text("units: from_data\n", "utf-8")
    places = ["--data", str(folder / "data"), "--params", str(folder / "p.yaml")]
    with private_cache(tmp_path_factory.mktemp("own")):
        assert main(["run", "2024-01", *places, "--out", str(folder), "--only", "report"]) == 0
    return folder / "2024-01" / "report.html"


def test_the_report_of_95_units_is_light(report: Path) -> None:
    assert report.stat().st_size <= 2_200_000  # noqa: PLR2004


def test_a_phone_shows_the_tiles_of_95_units_whole(report: Path, browser_page: Page) -> None:
    browser_page.set_viewport_size({"width": 360, "height": 800})
    browser_page.goto(report.as_uri())
    cut = browser_page.evaluate(
        "Array.from(document.querySelectorAll('.tiles .tile'), tile => {"
        " const own = tile.getBoundingClientRect();"
        " const parts = [...tile.querySelectorAll('b, span:not(.sr)')];"
        " return parts.some(part => part.getBoundingClientRect().width > own.width) ||"
        "  tile.querySelector('b').getClientRects().length > 2})"
    )
    assert cut == [False] * UNITS
    widths = "Array.from(document.querySelectorAll('.tiles li'), li => li.offsetWidth)"
    assert min(browser_page.evaluate(widths)) >= 70  # noqa: PLR2004


def test_every_chart_of_95_units_is_drawn(report: Path, browser_page: Page) -> None:
    browser_page.goto(report.as_uri())
    browser_page.wait_for_selector("html[data-charts=ready]")
    plots = browser_page.locator(".plot").all()
    assert len(plots) > 10  # noqa: PLR2004
    assert all(plot.locator("svg.main-svg").count() for plot in plots)
    packed = browser_page.locator("script[type='application/octet-stream'][id$='-data']")
    assert packed.count() > 1
    assert not browser_page.complaints


# More units ---------------------------------------------------------------------------------------


def register(folder: Path, units: int, groups: int) -> None:
    """Write a register of units, a third of them wards, dealt out to groups."""
    lines = [f"{30000 + n},Đơn vị {n:03d},{'xã' if n % 3 else 'phường'},Tỉnh {n % groups}"
             for n in range(units)]  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    text = "\n".join(["code,name,kind,group", *lines])
    (folder / "units.csv").write_text(text + "\n", "utf-8")


def run(folder: Path, params: str, *more: str) -> int:
    (folder / "p.yaml").write_text(params, "utf-8")
    places = ["--data", str(folder / "data"), "--params", str(folder / "p.yaml")]
    return main(["run", "2026-06", *places, "--out", str(folder), *more])


@pytest.fixture(scope="module")
def province(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """278 units of a province with letter and orders, two months of six dossiers each."""
    folder = tmp_path_factory.mktemp("many")
    register(folder, 278, 34)
    rows = []
    for month in ("2026-05", "2026-06"):
        for unit in range(278):
            days = [f"{month}-{9 if (n + unit) % 7 == 1 else 5:02d}" for n in range(6)]
            rows += [dossier(f"{month}-02", f"{month}-06", day, ward=f"Đơn vị {unit:03d}",
                             status="Đã trả kết quả") for day in days]  # fmt: skip
    write_dossiers(folder / "data", rows, name="ho_so_20260618.csv")
    with private_cache(tmp_path_factory.mktemp("own")):
        params = "profile: dong-nai-2026\nunits: units.csv\n"
        assert run(folder, params, "--only", "report") == 0
    return folder


def test_278_units_fit_a_page_that_can_be_sent_and_a_brief_of_two_pages(province: Path) -> None:
    from pypdf import PdfReader

    page = province / "2026-06" / "report.html"
    assert page.stat().st_size <= MAX_BYTES
    assert len(PdfReader(page.with_name("tom-tat.pdf")).pages) == 2


def test_packed_rows_are_there_when_the_page_is_open(province: Path, browser_page: Page) -> None:
    page = province / "2026-06" / "report.html"
    assert 'class="rows"' in page.read_text("utf-8")
    browser_page.goto(page.as_uri())
    browser_page.wait_for_selector("html[data-charts=ready]")
    assert browser_page.locator("script.rows").count() == 0
    rows = browser_page.locator("table.data").first.locator("tbody tr").count()
    assert rows > 0
    assert browser_page.locator("th[scope=row]", has_text="Đơn vị 277").count() > 3
    assert not browser_page.complaints


def test_more_units_than_a_page_holds_are_refused_before_anything_is_made(
    province: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    monkeypatch.setattr("motcua.running.run.MOST_UNITS", 277)
    params = f"profile: dong-nai-2026\nunits: {province / 'units.csv'}\n"
    (tmp_path / "data").symlink_to(province / "data")
    assert run(tmp_path, params) == 2
    assert "Có 278 đơn vị" in capsys.readouterr().err
    assert not list(tmp_path.glob("2026-06"))
    assert run(tmp_path, params, "--only", "findings") == 0


def test_units_are_grouped_by_their_province(tmp_path: Path) -> None:
    """Six units in two groups: 0, 2, 4 are Tỉnh 0, with 1 + 3 + 5 dossiers; 2 of them late."""
    register(tmp_path, 6, 2)
    rows = [
        dossier("2026-06-02", "2026-06-06", f"2026-06-{day}", ward=f"Đơn vị {unit:03d}")
        for unit in range(6)
        for day in ["09" if unit == 2 and n < 2 else "05" for n in range(unit + 1)]
    ]
    write_dossiers(tmp_path / "data", rows, name="ho_so_20260618.csv")
    (tmp_path / "p.yaml").write_text(
        "profile: thanh-pho-khac\nunits: units.csv\nunits_by: group\n", "utf-8"
    )
    month = motcua.load("2026-06", data=tmp_path / "data", params=tmp_path / "p.yaml")
    found = month.rates.set_index("name")[["resolved", "on_time", "late"]]
    assert found.loc["Tỉnh 0"].tolist() == [9, 7, 2]
    assert found.loc["Tỉnh 1"].tolist() == [12, 12, 0]
    assert len(found) == 2


def test_charts_of_many_units_draw_the_ends_and_their_tables_hold_all(province: Path) -> None:
    """Of 278 units the 30 lowest and the 10 highest are drawn; the table has 278 rows."""
    month = motcua.load("2026-06", data=province / "data", params=province / "p.yaml")
    for draw in (motcua.chart.ward_rates, motcua.chart.ward_trends):
        figure = draw(month)
        assert len(figure.layout.yaxis.tickvals) == 40
        assert len(figure.layout.meta["table"]["rows"]) == 278
        assert (
            "Trong 278 đơn vị chỉ vẽ 30 đơn vị đầu và 10 đơn vị cuối"
            in figure.layout.meta["subtitle"]
        )
        assert len(figure.layout.meta["picks"]) == 40
