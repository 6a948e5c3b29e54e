"""The bench in a real JupyterLab and browser: `make lab`, run all, play, write, run again."""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TextIO
from urllib.request import urlopen

import openpyxl
import pytest
import yaml
from exports import private_cache
from motcua.base.reference import ROOT
from playwright.sync_api import Browser, Error, Locator, Page, expect

START = 180  # seconds for the server, a kernel and the first answer
ANSWER = 90_000  # milliseconds for one answer on a busy machine
expect.set_options(timeout=ANSWER)


def _free_port() -> int:
    with socket.socket() as place:
        place.bind(("127.0.0.1", 0))
        return place.getsockname()[1]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, sample_read: Path) -> Iterator[Path]:
    """Copy of the project that a test may write into, set up already, with chapter 01 alone."""
    folder = tmp_path_factory.mktemp("project")
    for name in ("lib", "notebooks", "data", "params"):
        shutil.copytree(
            ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", ".*")
        )
    for chapter in folder.glob("notebooks/0[2-9]_*.ipynb"):
        chapter.unlink()
    for name in ("Makefile", "requirements.txt", "requirements-uv.txt", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    (folder / ".venv").mkdir()
    (folder / ".venv" / "bin").symlink_to(Path(sys.prefix) / "bin")
    (folder / ".venv" / "etc").symlink_to(Path(sys.prefix) / "etc")
    told = subprocess.run(["cksum"], input=str(folder).encode(), capture_output=True, check=True)
    (folder / ".venv" / f".ready-{told.stdout.split()[0].decode()}").touch()
    with private_cache(tmp_path_factory.mktemp("own"), sample_read):
        yield folder


@pytest.fixture(scope="module")
def lab(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address, with a place for a notebook and the token, of what `make lab` opened.

    Open notebooks are saved every second instead of every two minutes.
    """
    port, token = _free_port(), secrets.token_hex(16)
    options = (
        f"--no-browser --port={port} --ServerApp.port_retries=0 --IdentityProvider.token={token}"
    )
    home = tmp_path_factory.mktemp("jupyter")
    names = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR")
    places = {name: str(home / name) for name in (*names, "JUPYTERLAB_SETTINGS_DIR")}
    settings = home / "JUPYTERLAB_SETTINGS_DIR" / "@jupyterlab" / "docmanager-extension"
    settings.mkdir(parents=True)
    (settings / "plugin.jupyterlab-settings").write_text('{"autosaveInterval": 1}', "utf-8")
    environment = os.environ | places | {"PYTHONPATH": str(project / "lib")}
    log = (home / "lab.log").open("w+")
    server = subprocess.Popen(
        ["make", "--no-print-directory", "lab", f"ARGS={options}"],
        cwd=project, env=environment, stdout=log, stderr=log, start_new_session=True,
    )  # fmt: skip
    try:
        _wait_for_answer(f"http://127.0.0.1:{port}/api/status?token={token}", server, log)
        yield f"http://127.0.0.1:{port}/lab/tree/{{}}?reset&token={token}"
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(timeout=START)


def _wait_for_answer(address: str, server: subprocess.Popen, log: TextIO) -> None:
    """Ask until the server answers; its end, or three minutes without an answer, fails the test."""
    last = time.monotonic() + START
    while time.monotonic() < last:
        with contextlib.suppress(OSError), urlopen(address, timeout=START):
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(timeout=0.2)
            break
    pytest.fail(f"JupyterLab does not answer:\n{Path(log.name).read_text('utf-8')}")


@pytest.fixture(scope="module")
def opened(lab: str, chromium: Browser) -> Iterator[Page]:
    """The notebook, run from top to bottom; `page.outside` holds requests to other hosts."""
    page = chromium.new_page(viewport={"width": 1440, "height": 900})
    page.set_default_timeout(ANSWER)
    page.outside, page.resets = [], 0
    home = lab.partition("/lab/")[0]
    page.on(
        "request",
        lambda r: r.url.startswith((home, "data:", "blob:")) or page.outside.append(r.url),
    )
    page.goto(lab.format("notebooks/explore.ipynb"))
    run_all(page)
    board(page).locator(".js-plotly-plot").first.wait_for(timeout=START * 1000)
    yield page
    page.close()


def run_all(page: Page) -> None:
    """Run the notebook that is shown from top to bottom, as the menu does."""
    page.get_by_text("Python 3 (ipykernel) | Idle").wait_for(timeout=START * 1000)
    press(page, "Run", "Run All Cells")


def press(page: Page, menu: str, entry: str) -> None:
    """Press an entry of a menu."""
    page.get_by_role("menuitem", name=menu, exact=True).click()
    page.get_by_text(entry, exact=True).click()


def shown(page: Page) -> Locator:
    """The notebook whose tab is open."""
    return page.locator(".jp-NotebookPanel:visible")


def open_beside(page: Page, path: str) -> None:
    """Open a further notebook by the menu, in a tab of a tall window."""
    page.set_viewport_size({"width": 1280, "height": 2400})
    press(page, "File", "Open from Path…")
    page.locator(".jp-Dialog input").fill(path)
    page.locator(".jp-Dialog .jp-mod-accept").click()
    page.locator(f"li.jp-mod-current[title*='Path: {path}']").wait_for()


def board(page: Page) -> Locator:
    return page.locator(".motcua-bench")


def headline(page: Page) -> Locator:
    return board(page).locator(".lead")


def chart(page: Page) -> Locator:
    """Title of the chart that is shown."""
    return board(page).locator(".chart-title")


def click_mark(page: Page, drawn: Locator, place: tuple[float, float] = (0.5, 0.5)) -> None:
    """Click on a mark as a hand does: move over it until it answers, press until it is taken.

    A chart that is drawn anew between the two, by an answer or as its place grows, takes no press.
    """
    marked = board(page).locator(".js-plotly-plot.on-mark")
    last = time.monotonic() + ANSWER / 1000
    while time.monotonic() < last:
        with contextlib.suppress(Error):  # gone for a moment, as it is drawn anew
            drawn.scroll_into_view_if_needed()
            _, y = _point(drawn, place)
            board(page).locator(".motcua-figure").evaluate(
                "(box, y) => { const r = box.getBoundingClientRect();"
                " box.scrollTop += y - r.top - r.height / 2; }", y
            )  # fmt: skip
            x, y = _point(drawn, place)
            page.mouse.move(x - 3, y)
            page.mouse.move(x, y)
            marked.evaluate(
                "chart => { window.isTaken = false;"
                " chart.once('plotly_click', () => { window.isTaken = true; }); }", timeout=500
            )  # fmt: skip
            page.mouse.click(x, y)
            page.wait_for_function("window.isTaken", timeout=5000)
            return
    pytest.fail("No mark answers the pointer.")


def _point(drawn: Locator, place: tuple[float, float]) -> tuple[float, float]:
    """Point of a mark in the window."""
    box = drawn.bounding_box() or {"x": 0, "y": 0, "width": 0, "height": 0}
    return box["x"] + box["width"] * place[0], box["y"] + box["height"] * place[1]


def rows(page: Page) -> Locator:
    return board(page).locator(".motcua-rows tbody tr:visible")


def caption(page: Page) -> Locator:
    return board(page).locator(".motcua-rows :is(caption, .caption):visible")


def dossiers_told(page: Page) -> Locator:
    """How many dossiers the table of dossiers says it has."""
    return board(page).locator(".dt-info")


def choose(page: Page, label: str, option: str) -> None:
    board(page).get_by_label(label, exact=True).first.select_option(label=option)


def open_tab(page: Page, name: str) -> None:
    board(page).get_by_role("button", name=name, exact=True).click()


@pytest.fixture
def page(opened: Page) -> Page:
    """The notebook with all controls put back, on the first tab."""
    page = opened
    open_tab(page, "Tỷ lệ")
    board(page).get_by_role("button", name="Đặt lại").click()
    page.resets += 1  # the page may look like this already while the kernel still puts back
    expect(board(page).locator(f"[data-resets='{page.resets}']")).to_have_count(1)
    expect(chart(page)).to_have_text("4 trong 30 phường, xã dưới 97%")
    expect(rows(page)).to_have_count(30)
    return page


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
    for typed in ("95,5", "95.5%"):
        threshold.fill(typed)
        threshold.press("Enter")
        expect(chart(page)).to_have_text("3 trong 30 phường, xã dưới 95,5%")
    threshold.fill("0,97")
    threshold.press("Enter")
    expect(board(page).get_by_role("alert")).to_have_text(
        "Ngưỡng 0,97: gõ theo phần trăm, ví dụ 97, không gõ 0,97."
    )
    expect(chart(page)).to_have_text("3 trong 30 phường, xã dưới 95,5%")


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
    expect(dossiers_told(page)).to_have_text("1–100 trong 108 hồ sơ")


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
    expect(caption(page)).to_contain_text("Hồ sơ trễ hạn")
    expect(board(page).get_by_label("trễ", exact=True)).to_have_value("1")


def test_forgiving_a_cause_shows_where_the_wards_would_stand(page) -> None:
    board(page).get_by_label("Phường, xã giải quyết chậm").check()
    expect(headline(page)).to_contain_text("Nếu không vì Phường, xã giải quyết chậm")
    expect(board(page).locator(".motcua-rows thead:visible")).to_contain_text("Tỷ lệ nếu không vì")


def test_two_months_and_two_wards_stand_side_by_side(page) -> None:
    open_tab(page, "So sánh")
    expect(caption(page)).to_contain_text("với Tháng 12/2023")
    choose(page, "So sánh", "Hai đơn vị")
    expect(caption(page)).to_have_text("So sánh Trảng Dài với Long Hưng")
    expect(chart(page)).to_contain_text("Trảng Dài: 98,60%")


def test_the_comparison_begins_with_the_chosen_ward(page) -> None:
    board(page).get_by_label("Đơn vị", exact=True).select_option(["Hố Nai"])
    expect(headline(page)).to_contain_text("Hố Nai")
    open_tab(page, "So sánh")
    expect(caption(page)).to_have_text("So sánh Hố Nai với Trảng Dài")


def test_drilling_down_lists_the_late_dossiers_of_a_ward(page) -> None:
    open_tab(page, "Hồ sơ")
    choose(page, "của", "Tân Tiến")
    expect(rows(page)).to_have_count(7)
    expect(rows(page).first).to_contain_text(re.compile(r"\d{3}\.\d\d\.\d\d\.H19-\d{6}-\d{4}"))
    expect(board(page).locator(".motcua-rows")).not_to_contain_text(re.compile(r"0\d{9}"))
    choose(page, "của", "Tất cả đơn vị")
    expect(dossiers_told(page)).to_have_text("1–100 trong 108 hồ sơ")


def test_dossiers_are_searched_and_sorted_by_the_day_they_came(page) -> None:
    open_tab(page, "Hồ sơ")
    expect(dossiers_told(page)).to_have_text("1–100 trong 108 hồ sơ")
    board(page).get_by_label("Tìm trong bảng:").fill("tan tien")
    expect(dossiers_told(page)).to_contain_text("1–7 trong 7 hồ sơ")
    came = board(page).locator("th", has_text="Ngày tiếp nhận").first
    place = came.evaluate("head => head.cellIndex")
    came.click()
    expect(came).to_have_attribute("aria-sort", "ascending")
    shown = [row.locator("td").nth(place).text_content() for row in rows(page).all()]
    days = [datetime.strptime(day, "%d/%m/%Y") for day in shown]
    assert len(days) == 7
    assert days == sorted(days)
    board(page).get_by_label("Tìm trong bảng:").fill("")


@pytest.mark.parametrize("size", [(1280, 720), (1440, 900)], ids=str)
def test_the_board_fits_the_window_after_run_all(page, size) -> None:
    width, height = size
    page.set_viewport_size({"width": width, "height": height})
    for name in ("Thủ tục", "So sánh", "Hồ sơ", "Tỷ lệ"):
        open_tab(page, name)
        expect(rows(page).first).to_be_visible()
        whole = page.locator(".jp-NotebookPanel-notebook").bounding_box()
        for part in ("side", "main", "answer", "rows", "acts"):
            box = board(page).locator(f".motcua-{part}").bounding_box()
            assert box["y"] >= whole["y"], part
            assert box["y"] + box["height"] <= whole["y"] + whole["height"], part
            assert box["x"] + box["width"] <= width, part
    expect(chart(page)).to_have_text("4 trong 30 phường, xã dưới 97%")
    expect(rows(page)).to_have_count(30)
    left, right = (board(page).locator(f".motcua-{part}") for part in ("side", "main"))
    assert left.bounding_box()["x"] < right.bounding_box()["x"]
    assert board(page).locator(".motcua-figure").bounding_box()["height"] > 150
    assert board(page).locator(".motcua-rows").bounding_box()["height"] > 100
    under = "t => t.rows[1].getBoundingClientRect().y - t.rows[0].getBoundingClientRect().bottom"
    assert board(page).locator(".motcua-rows table.data").evaluate(under) > -1


def test_a_view_is_exported_frozen_and_run_again_with_the_same_numbers(
    page, project, tmp_path
) -> None:
    board(page).get_by_label("Đơn vị", exact=True).select_option(["Hố Nai", "Tân Tiến"])
    expect(headline(page)).to_contain_text("2 đơn vị")
    usual = headline(page).text_content()
    choose(page, "Tỷ lệ", "Không trễ / phải xử lý")
    expect(headline(page)).not_to_have_text(usual)
    book = project / _written(page, "Xuất Excel", "Đã xuất")
    tables = project / _written(page, "Xuất CSV", "Đã xuất")
    params = project / _written(page, "Lưu tham số", "Đã lưu tham số")
    command = board(page).get_by_role("status").locator("code").nth(1).text_content()
    shown = {r[0] for r in openpyxl.load_workbook(book)["Tỷ lệ"].iter_rows(values_only=True)}
    assert {"Hố Nai", "Tân Tiến"} < shown
    assert (tables / "rates.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    kept = yaml.safe_load(params.read_text("utf-8"))
    assert sorted(kept["only_wards"]) == ["Hố Nai", "Tân Tiến"]
    assert kept["rate_convention"] == "workload"
    told = subprocess.run(
        f"{command} --only findings --only 01_ward_rates", shell=True, cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(project / "lib")}, capture_output=True, text=True,
    )  # fmt: skip
    assert told.returncode == 0, told.stderr
    month = Path(told.stdout.strip()).parent
    city = json.loads((month / "findings.json").read_text("utf-8"))["city"]
    rate = f"{city['rate_percent']:.2f}".replace(".", ",")
    assert f"Tháng 01/2024, 2 đơn vị: {rate}% (" in headline(page).text_content()
    ran = (month / "notebooks" / "01_ward_rates.ipynb").read_text("utf-8")
    assert "SỐ LIỆU MỘT PHẦN" in ran
    assert f"{rate}%" in ran


def _written(page: Page, button: str, words: str) -> str:
    """Press a button; return the file or folder that the bench says it wrote."""
    board(page).get_by_role("button", name=button).click()
    told = board(page).get_by_role("status")
    expect(told).to_contain_text(words)
    if button == "Xuất CSV":
        expect(told.locator("code").first).not_to_contain_text(".xlsx")
    return told.locator("code").first.text_content()


def test_a_kernel_stays_without_an_error_and_nothing_asks_the_network(page) -> None:
    assert (
        page.locator(".jp-RenderedText[data-mime-type='application/vnd.jupyter.stderr']").count()
        == 0
    )
    assert page.outside == []


# What JupyterLab saves by itself ----------------------------------------------------------------


def test_a_chapter_goes_from_the_template_over_jupyterlab_into_the_report(opened, project) -> None:
    subprocess.run(["make", "-s", "chapter", "NAME=07_ton_dong"], cwd=project, check=True)
    chapter = project / "notebooks" / "07_ton_dong.ipynb"
    first = chapter.read_bytes()
    chapter.write_bytes(first.replace("nhiều hồ sơ quá hạn nhất".encode(), "tồn đọng".encode()))
    edited, since = chapter.read_bytes(), chapter.stat().st_mtime_ns
    open_beside(opened, f"notebooks/{chapter.name}")
    run_all(opened)
    expect(shown(opened).locator(".js-plotly-plot").first).to_be_visible()
    last = time.monotonic() + START
    while chapter.stat().st_mtime_ns == since and time.monotonic() < last:
        opened.wait_for_timeout(200)
    assert chapter.stat().st_mtime_ns > since
    assert chapter.read_bytes() == edited  # saved by itself, without outputs
    run_motcua(project, "run", "2024-01", "--data", "data/sample", "--only", "report")
    html = (project / "outputs" / "2024-01" / "report.html").read_text("utf-8")
    assert html.index('id="01-ward-rates"') < html.index('id="07-ton-dong"')
    assert "Mười đơn vị còn tồn đọng" in html


def test_an_executed_notebook_that_is_opened_run_and_saved_stays_as_it_is(opened, project) -> None:
    month = project / "outputs" / "2024-01"
    before = {path: path.read_bytes() for path in month.rglob("*") if path.is_file()}
    assert before
    open_beside(opened, "outputs/2024-01/notebooks/07_ton_dong.ipynb")
    run_all(opened)
    expect(shown(opened).get_by_text("notebook is read-only")).to_be_visible()
    expect(shown(opened).locator(".jp-OutputPrompt", has_text="[7]:")).to_be_visible()  # the last
    opened.keyboard.press("Control+s")
    opened.wait_for_timeout(2500)  # twice the time after which open notebooks are saved
    assert {path: path.read_bytes() for path in month.rglob("*") if path.is_file()} == before
    run_motcua(project, "verify", "outputs/2024-01")


def test_the_notebooks_that_come_with_motcua_are_as_they_were(project) -> None:
    for name in ("explore", "01_ward_rates", "00_start_here", "templates/chapter"):
        theirs = (ROOT / "notebooks" / f"{name}.ipynb").read_bytes()
        assert (project / "notebooks" / f"{name}.ipynb").read_bytes() == theirs


def run_motcua(project: Path, *words: str) -> None:
    told = subprocess.run(
        [sys.executable, "-m", "motcua", *words], cwd=project, capture_output=True, text=True,
        env=os.environ | {"PYTHONPATH": str(project / "lib")},
    )  # fmt: skip
    assert told.returncode == 0, told.stderr
