"""A province of 95 communes, as Đồng Nai since 01/07/2025: the report can be sent and is drawn."""

from __future__ import annotations

from pathlib import Path

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
    """Forty dossiers of each unit in each month, due on the 6th, some of them late by some days."""
    rows = []
    for month in MONTHS:
        for unit in range(UNITS):
            late = f"{month}-{7 + unit % 5:02d}"
            days = [late if n * unit % 37 == 1 else f"{month}-05" for n in range(40)]
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


def test_the_report_of_95_units_can_be_sent(report: Path) -> None:
    assert report.stat().st_size <= MAX_BYTES


def test_every_chart_of_95_units_is_drawn(report: Path, browser_page: Page) -> None:
    browser_page.goto(report.as_uri())
    browser_page.wait_for_selector("html[data-charts=ready]")
    plots = browser_page.locator(".plot").all()
    assert len(plots) > 10  # noqa: PLR2004
    assert all(plot.locator("svg.main-svg").count() for plot in plots)
    packed = browser_page.locator("script[type='application/octet-stream'][id$='-data']")
    assert packed.count() > 1
    assert not browser_page.complaints
