"""The bench in a real JupyterLab and browser: `make lab`, run all, play, write, run again."""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO
from urllib.request import urlopen

import openpyxl
import pytest
import yaml
from motcua.base.reference import ROOT
from motcua.cli import main
from playwright.sync_api import Browser, Locator, Page, TimeoutError, expect

START = 60  # seconds for the server, a kernel and the first answer
ANSWER = 30_000  # milliseconds for one answer on a busy machine
expect.set_options(timeout=ANSWER)


def _free_port() -> int:
    with socket.socket() as place:
        place.bind(("127.0.0.1", 0))
        return place.getsockname()[1]


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address, with its token, of a JupyterLab that `make lab` opened."""
    port, token = _free_port(), secrets.token_hex(16)
    options = (
        f"--no-browser --port={port} --ServerApp.port_retries=0 --IdentityProvider.token={token}"
    )
    home = tmp_path_factory.mktemp("jupyter")
    places = {f"JUPYTER_{name}_DIR": str(home / name) for name in ("CONFIG", "DATA", "RUNTIME")}
    log = (home / "lab.log").open("w+")
    server = subprocess.Popen(
        ["make", "--no-print-directory", "lab", f"ARGS={options}"],
        cwd=ROOT, env=os.environ | places, stdout=log, stderr=log, start_new_session=True,
    )  # fmt: skip
    try:
        _wait_for_answer(f"http://127.0.0.1:{port}/api/status?token={token}", server, log)
        yield f"http://127.0.0.1:{port}/lab/tree/notebooks/explore.ipynb?reset&token={token}"
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(timeout=START)


def _wait_for_answer(address: str, server: subprocess.Popen, log: TextIO) -> None:
    """Ask until the server answers; its end, or a minute without an answer, fails the test."""
    last = time.monotonic() + START
    while time.monotonic() < last:
        with contextlib.suppress(OSError), urlopen(address, timeout=START):
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(timeout=0.2)
            break
    pytest.fail(f"JupyterLab does not answer:\n{Path(log.name).read_text('utf-8')}")


@pytest.fixture(scope="module")
def page(lab: str, chromium: Browser) -> Iterator[Page]:
    """The notebook, run from top to bottom; `page.outside` holds requests to other hosts."""
    page = chromium.new_page(viewport={"width": 1440, "height": 1200})
    page.set_default_timeout(ANSWER)
    page.outside, page.resets = [], 0
    home = lab.partition("/lab/")[0]
    page.on(
        "request",
        lambda r: r.url.startswith((home, "data:", "blob:")) or page.outside.append(r.url),
    )
    page.goto(lab)
    page.get_by_text("Python 3 (ipykernel) | Idle").wait_for(timeout=START * 1000)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_text("Run All Cells", exact=True).click()
    board(page).locator(".js-plotly-plot").first.wait_for(timeout=START * 1000)
    yield page
    page.close()


def board(page: Page) -> Locator:
    return page.locator(".motcua-bench")


def headline(page: Page) -> Locator:
    return board(page).locator(".lead")


def chart(page: Page) -> Locator:
    """Title of the chart that is shown."""
    return board(page).locator(".chart-title")


def click_mark(page: Page, drawn: Locator, place: tuple[float, float] = (0.5, 0.5)) -> None:
    """Click on a mark as a hand does: move over it until it answers, press."""
    last = time.monotonic() + ANSWER / 1000
    while time.monotonic() < last:  # an answer may draw the chart anew meanwhile
        drawn.scroll_into_view_if_needed()
        box = drawn.bounding_box() or {"x": 0, "y": 0, "width": 0, "height": 0}
        x, y = box["x"] + box["width"] * place[0], box["y"] + box["height"] * place[1]
        page.mouse.move(x - 3, y)
        page.mouse.move(x, y)
        with contextlib.suppress(TimeoutError):
            board(page).locator(".js-plotly-plot.on-mark").wait_for(timeout=500)
            page.mouse.click(x, y)
            return
    pytest.fail("No mark answers the pointer.")


def rows(page: Page) -> Locator:
    return board(page).locator("table.data tbody tr")


def choose(page: Page, label: str, option: str) -> None:
    board(page).get_by_label(label, exact=True).first.select_option(label=option)


def open_tab(page: Page, name: str) -> None:
    board(page).get_by_role("button", name=name, exact=True).click()


@pytest.fixture(autouse=True)
def _fresh(page: Page) -> None:
    """Every test begins with all controls put back, on the first tab."""
    open_tab(page, "Tỷ lệ")
    board(page).get_by_role("button", name="Đặt lại").click()
    page.resets += 1  # the page may look like this already while the kernel still puts back
    expect(board(page).locator(f"[data-resets='{page.resets}']")).to_have_count(1)
    expect(chart(page)).to_have_text("4 trong 30 phường, xã dưới 97%")
    expect(rows(page)).to_have_count(30)


def test_run_all_shows_rates_chart_and_table_without_a_click(page) -> None:
    expect(headline(page)).to_contain_text("Tháng 01/2024, toàn bộ: 97,79%")
    expect(rows(page).first).to_contain_text("Tam Phước")
    expect(board(page)).to_contain_text("DỮ LIỆU MÔ PHỎNG")


def test_moving_the_threshold_changes_chart_and_table(page) -> None:
    threshold = board(page).get_by_label("Ngưỡng", exact=True)
    threshold.fill("98")
    threshold.press("Enter")
    expect(headline(page)).to_contain_text("13 đơn vị dưới 98%")
    expect(chart(page)).to_have_text("13 trong 30 phường, xã dưới 98%")


def test_choosing_wards_keeps_chart_and_table_to_them(page) -> None:
    board(page).get_by_label("Đơn vị", exact=True).select_option(["Hố Nai", "Tân Tiến"])
    expect(rows(page)).to_have_count(2)
    expect(headline(page)).to_contain_text("2 đơn vị")
    for name in ("Nguyên nhân", "Xu hướng", "Số ngày trễ", "Thủ tục"):
        before = chart(page).text_content()
        open_tab(page, name)
        expect(chart(page)).not_to_have_text(before)


def test_a_click_on_a_dot_chooses_its_ward_everywhere_and_a_second_lets_it_go(page) -> None:
    dots = board(page).locator(".scatterlayer path.point")
    click_mark(page, dots.last)  # the last drawn of those below the threshold
    expect(headline(page)).to_contain_text("Tháng 01/2024, Phước Tân: 96,30%")
    expect(board(page).locator(".motcua-choice")).to_contain_text("Đơn vị: Phước Tân.")
    expect(board(page).get_by_label("Đơn vị", exact=True)).to_have_values(["Phước Tân"])
    expect(rows(page)).to_have_count(1)
    open_tab(page, "Hồ sơ")
    expect(rows(page)).to_have_count(11)
    open_tab(page, "Tỷ lệ")
    expect(dots).to_have_count(1)
    click_mark(page, dots)
    expect(rows(page)).to_have_count(30)
    expect(board(page).locator(".motcua-choice")).to_be_hidden()


def test_a_click_on_a_bar_chooses_ward_and_cause_and_a_button_lets_them_go(page) -> None:
    open_tab(page, "Nguyên nhân")
    panel = board(page).locator(".barlayer").nth(1)  # forgot to close
    click_mark(page, panel.locator("path").nth(1))  # Tân Tiến
    choice = board(page).locator(".motcua-choice")
    expect(choice).to_contain_text("Đơn vị: Tân Tiến. Nguyên nhân được liệt kê: Quên bấm kết thúc.")
    open_tab(page, "Hồ sơ")
    expect(rows(page)).to_have_count(3)
    choice.get_by_role("button", name="Bỏ chọn").click()
    expect(rows(page)).to_have_count(108)


def test_a_click_on_a_cell_a_month_and_a_class_of_days_chooses_them(page) -> None:
    open_tab(page, "Thủ tục")
    click_mark(page, board(page).locator(".heatmaplayer").first, (0.03, 0.01))
    choice = board(page).locator(".motcua-choice")
    expect(choice).to_contain_text("Đơn vị: Tam Phước. Thủ tục: Chứng thực bản sao từ bản chính.")
    choice.get_by_role("button", name="Bỏ chọn").click()
    open_tab(page, "Xu hướng")
    expect(chart(page)).to_contain_text("Toàn thành phố: 97,79")
    click_mark(page, board(page).locator(".barlayer path").nth(-2))
    expect(headline(page)).to_contain_text("Tháng 12/2023, toàn bộ")
    open_tab(page, "Số ngày trễ")
    expect(chart(page)).to_contain_text("hồ sơ trễ; từ một nửa trở lên")
    click_mark(page, board(page).locator(".barlayer path").first)
    expect(board(page).locator("table.data caption")).to_contain_text("Hồ sơ trễ hạn")
    expect(board(page).get_by_label("trễ", exact=True)).to_have_value("1")


def test_forgiving_a_cause_shows_where_the_wards_would_stand(page) -> None:
    board(page).get_by_label("Phường, xã giải quyết chậm").check()
    expect(headline(page)).to_contain_text("Nếu không vì Phường, xã giải quyết chậm")
    expect(board(page).locator("table.data thead")).to_contain_text("Tỷ lệ nếu không vì")


def test_two_months_and_two_wards_stand_side_by_side(page) -> None:
    open_tab(page, "So sánh")
    expect(board(page).locator("table.data caption")).to_contain_text("với Tháng 12/2023")
    choose(page, "So sánh", "Hai đơn vị")
    expect(board(page).locator("table.data caption")).to_have_text(
        "So sánh Trảng Dài với Long Hưng"
    )
    expect(chart(page)).to_contain_text("Trảng Dài: 98,60%")
    choose(page, "So sánh", "Hai tháng")


def test_drilling_down_lists_the_late_dossiers_of_a_ward(page) -> None:
    open_tab(page, "Hồ sơ")
    choose(page, "của", "Tân Tiến")
    expect(rows(page)).to_have_count(7)
    expect(rows(page).first).to_contain_text(re.compile(r"\d{3}\.\d\d\.\d\d\.H19-\d{6}-\d{4}"))
    expect(board(page).locator("table.data")).not_to_contain_text(re.compile(r"0\d{9}"))
    choose(page, "của", "Tất cả đơn vị")
    expect(rows(page)).to_have_count(108)


def test_a_view_is_exported_frozen_and_run_again_with_the_same_numbers(page, tmp_path) -> None:
    board(page).get_by_label("Đơn vị", exact=True).select_option(["Hố Nai", "Tân Tiến"])
    expect(headline(page)).to_contain_text("2 đơn vị")
    usual = headline(page).text_content()
    choose(page, "Tỷ lệ", "Không trễ / phải xử lý")
    expect(headline(page)).not_to_have_text(usual)
    book = _written(page, "Xuất Excel", "Đã xuất")
    tables = _written(page, "Xuất CSV", "Đã xuất")
    params = _written(page, "Lưu thành tham số", "Đã lưu tham số")
    try:
        shown = {r[0] for r in openpyxl.load_workbook(book)["Tỷ lệ"].iter_rows(values_only=True)}
        assert {"Hố Nai", "Tân Tiến"} < shown
        assert (tables / "rates.csv").read_bytes().startswith(b"\xef\xbb\xbf")
        kept = yaml.safe_load(params.read_text("utf-8"))
        assert sorted(kept["only_wards"]) == ["Hố Nai", "Tân Tiến"]
        assert kept["rate_convention"] == "workload"
        run = ["run", "2024-01", "--params", str(params), "--data", "data/sample"]
        parts = ["--only", "findings", "--only", "01_ward_rates"]
        assert main([*run, "--out", str(tmp_path), *parts]) == 0
        city = json.loads((tmp_path / "2024-01" / "findings.json").read_text("utf-8"))["city"]
        rate = f"{city['rate_percent']:.2f}".replace(".", ",")
        assert f"Tháng 01/2024, 2 đơn vị: {rate}% (" in headline(page).text_content()
        ran = (tmp_path / "2024-01" / "notebooks" / "01_ward_rates.ipynb").read_text("utf-8")
        assert "SỐ LIỆU MỘT PHẦN" in ran
        assert f"{rate}%" in ran
    finally:
        for file in (book, params, *tables.iterdir()):
            file.unlink()
        tables.rmdir()


def _written(page: Page, button: str, words: str) -> Path:
    """Press a button; return the file or folder that the bench says it wrote."""
    board(page).get_by_role("button", name=button).click()
    told = board(page).get_by_role("status")
    expect(told).to_contain_text(words)
    if button == "Xuất CSV":
        expect(told.locator("code").first).not_to_contain_text(".xlsx")
    return ROOT / told.locator("code").first.text_content()


def test_a_kernel_stays_without_an_error_and_nothing_asks_the_network(page) -> None:
    assert (
        page.locator(".jp-RenderedText[data-mime-type='application/vnd.jupyter.stderr']").count()
        == 0
    )
    assert page.outside == []
