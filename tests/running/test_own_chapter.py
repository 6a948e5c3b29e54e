"""A chapter of one's own: from the template into the report; and notebooks read elsewhere."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import runpy
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from motcua.base.reference import ROOT
from motcua.pages.page import Front, build_report
from motcua.running import execute, unchanged
from motcua.running.execute import Task, default_engine, execute_tasks
from tornado.web import HTTPError
from traitlets.config import Config

SAMPLE = {"month": "2024-01", "data": "data/sample", "params": "", "issued": "outputs/ban-hanh"}
TEMPLATE = ROOT / "notebooks" / "templates" / "chapter.ipynb"
CHAPTERS = sorted((ROOT / "notebooks").glob("0[1-6]_*.ipynb"))


pytestmark = pytest.mark.usefixtures("own_cache")


@pytest.fixture
def notebooks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Notebooks of a project that has its Makefile, its template and chapter 06 alone."""
    folder = tmp_path / "notebooks"
    shutil.copytree(ROOT / "notebooks" / "templates", folder / "templates")
    shutil.copy(ROOT / "notebooks" / "06_data_quality.ipynb", folder)
    shutil.copy(ROOT / "Makefile", tmp_path)
    monkeypatch.setattr(unchanged, "NOTEBOOKS", folder)
    monkeypatch.setattr(execute, "NOTEBOOKS", folder)
    return folder


def make_chapter(notebooks: Path, name: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        ["make", "-s", "chapter", f"NAME={name}"],
        cwd=notebooks.parent, capture_output=True, text=True,
    )  # fmt: skip


def test_the_template_becomes_a_chapter_after_those_before_its_number(
    notebooks: Path, tmp_path: Path
) -> None:
    assert make_chapter(notebooks, "07_ton_dong").returncode == 0
    assert unchanged.chapters() == ("06_data_quality", "07_ton_dong")
    execute_tasks([Task("07_ton_dong", SAMPLE)], tmp_path / "out", engine=default_engine())
    page = build_report([tmp_path / "out" / "07_ton_dong.ipynb"], Front("2024-01"))
    section = BeautifulSoup(page, "html.parser")
    heading = section.find("h2", id="07-ton-dong")
    assert heading.text == "Đơn vị nào còn nhiều hồ sơ quá hạn chưa giải quyết?"
    chart = section.find("figure", class_="chart")
    assert chart.find(class_="chart-title").text == "Mười đơn vị còn nhiều hồ sơ quá hạn nhất"
    assert chart.find(class_="chart-source").text.endswith("Dữ liệu mô phỏng.")
    assert len(chart.find("tbody").find_all("tr")) == 10
    assert "import motcua" not in page


def test_the_template_and_every_chapter_take_the_same_parameters() -> None:
    taken = [[c["source"] for c in cells_of(path)[1:3]] for path in (TEMPLATE, *CHAPTERS)]
    assert all(cells == taken[0] for cells in taken)


def test_every_chapter_says_of_the_sample_what_is_stored_in_it(january_made: Path) -> None:
    """What nbval compares in a plain kernel, the published month says as well."""
    assert len(CHAPTERS) == 6
    for path in CHAPTERS:
        done = january_made / "2024-01" / "notebooks" / path.name
        stored, said = (
            [
                [output["data"] for output in cell["outputs"]]
                for cell in cells_of(file)
                if "nbval-check-output" in cell["metadata"].get("tags", [])
            ]
            for file in (path, done)
        )
        assert stored
        assert all(stored)
        assert said == stored, path.name


def cells_of(path: Path) -> list[dict[str, Any]]:
    return json.loads(path.read_text("utf-8"))["cells"]


@pytest.mark.parametrize(
    "name", ["", "ton_dong", "7_ton_dong", "00_ton_dong", "07_tồn đọng", "07-a", "07_", "../07_a"]
)
def test_a_name_that_makes_no_chapter_is_refused(notebooks: Path, name: str) -> None:
    made = make_chapter(notebooks, name)
    assert made.returncode == 2
    assert "NAME=07_ten_chuong" in made.stderr
    assert unchanged.chapters() == ("06_data_quality",)


def test_a_chapter_that_is_there_is_never_written_over(notebooks: Path) -> None:
    before = (notebooks / "06_data_quality.ipynb").read_bytes()
    made = make_chapter(notebooks, "06_data_quality.ipynb")
    assert (made.returncode, "is there already" in made.stderr) == (2, True)
    assert (notebooks / "06_data_quality.ipynb").read_bytes() == before


def test_a_number_makes_a_chapter_and_a_copy_of_jupyterlab_none(notebooks: Path) -> None:
    names = ("07_b", "02 tên có dấu", "10-c", "00_d", "7_e", "123_f", "07_b-Copy1", "explore")
    for name in names:
        (notebooks / f"{name}.ipynb").write_text("{}", "utf-8")
    assert unchanged.chapters() == ("02 tên có dấu", "06_data_quality", "07_b", "10-c")


@pytest.mark.parametrize("name", ["01_ward_rates", "04_trends", "wards/26380"])
def test_nbconvert_shows_every_chart_in_words_and_numbers(
    january_made: Path, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    from nbconvert import HTMLExporter

    path = january_made / "2024-01" / "notebooks" / f"{name}.ipynb"
    with caplog.at_level(logging.WARNING):
        html, _ = HTMLExporter(embed_images=True).from_filename(str(path))
    assert [r.message for r in caplog.records] == []
    page = BeautifulSoup(html, "html.parser")
    outputs = [
        output for cell in json.loads(path.read_text("utf-8"))["cells"]
        for output in cell.get("outputs", [])
    ]  # fmt: skip
    metas = [
        output["data"].get("application/vnd.plotly.v1+json", {}).get("layout", {}).get("meta")
        or output["metadata"]
        for output in outputs if "data" in output
    ]  # fmt: skip
    charts = [meta for meta in metas if "table" in meta]
    assert len(charts) >= 2
    for meta in charts:
        assert page.find("strong", string=meta["title"])
        captions = [c.text for c in page.find_all("caption")]
        assert meta["table"]["caption"] in captions
        assert meta["alt"] in {p.text for p in page.find_all("p")}


# What JupyterLab may save (in a real one: tests/bench/test_lab.py) --------------------------------


@pytest.fixture
def shelf(notebooks: Path) -> Any:
    """What `notebooks/lab_config.py` gives JupyterLab, for a project of a few files."""
    shutil.copy(notebooks / "templates" / "chapter.ipynb", notebooks / "07_ton_dong.ipynb")
    for name in ("outputs/2024-01/notebooks/01.ipynb", "outputs/kham-pha/a.yaml", "data/a.csv"):
        path = notebooks.parent / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}", "utf-8")
    made = runpy.run_path(str(ROOT / "notebooks" / "lab_config.py"), {"get_config": Config})
    return made["Shelf"](root_dir=str(notebooks.parent))


def test_jupyterlab_saves_own_chapters_and_nothing_of_a_run_or_of_motcua(shelf) -> None:
    for name in ("notebooks/07_ton_dong.ipynb", "outputs/kham-pha/a.yaml", "data/a.csv"):
        assert shelf.is_writable(name), name
    for name in (
        "notebooks/06_data_quality.ipynb", "notebooks/templates/chapter.ipynb",
        "outputs/2024-01/notebooks/01.ipynb", "/outputs/2024-01",
    ):  # fmt: skip
        assert not shelf.is_writable(name), name
    shelf.edit = True
    assert shelf.is_writable("notebooks/06_data_quality.ipynb")
    assert not shelf.is_writable("outputs/2024-01/notebooks/01.ipynb")


def saved_by(shelf: Any, model: dict[str, Any], path: str) -> None:
    """Save as JupyterLab does, in a thread of its own: a browser's loop may run in this one."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, shelf.save(model, path)).result()


def test_a_saved_chapter_has_no_outputs_and_no_mark_of_motcua(shelf, notebooks: Path) -> None:
    content = json.loads((notebooks / "06_data_quality.ipynb").read_text("utf-8"))
    shown = {"output_type": "stream", "name": "stdout", "text": "000.10.31.H19-231120-0001"}
    for cell in content["cells"]:
        if cell["cell_type"] == "code":
            cell |= {"outputs": [shown], "execution_count": 3}
    model = {"type": "notebook", "format": "json", "content": content}
    saved_by(shelf, model, "notebooks/08_ban_sao.ipynb")
    saved = json.loads((notebooks / "08_ban_sao.ipynb").read_text("utf-8"))
    assert saved["metadata"].keys() == {"kernelspec", "language_info"}
    for cell in saved["cells"]:
        if "keep_output" not in cell["metadata"].get("tags", []):
            assert not cell.get("outputs")
    with pytest.raises(HTTPError, match="chỉ để đọc"):
        saved_by(shelf, model, "notebooks/06_data_quality.ipynb")
    with pytest.raises(HTTPError, match="chỉ để đọc"):
        saved_by(shelf, model, "outputs/2024-01/notebooks/02.ipynb")


@pytest.mark.skipif(os.name != "posix", reason="elsewhere a run leaves them writable")
def test_executed_notebooks_are_read_only(january_made: Path) -> None:
    executed = list((january_made / "2024-01").rglob("*.ipynb"))
    assert len(executed) > 30
    assert {path.stat().st_mode & 0o222 for path in executed} == {0}
