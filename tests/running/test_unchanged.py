"""An unchanged month is told from its files alone, and no change goes unseen."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from exports import HEAD, record, write_csv
from motcua.base.params import load_params
from motcua.machine.files import write_manifest
from motcua.running import unchanged
from nbformat.v4 import new_code_cell, new_notebook, new_output

SLOW = {"pandas", "duckdb", "plotly", "nbformat", "papermill", "narwhals", "pyarrow", "numpy"}


pytestmark = pytest.mark.usefixtures("cache_of_test")


@pytest.fixture
def export(tmp_path: Path) -> Path:
    """Only export of the data."""
    path = tmp_path / "data" / "dossiers" / "a_20240118.csv"
    write_csv(path, [HEAD, record("HS-1")])
    return path


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take every file for one that was written long ago."""
    monkeypatch.setattr(unchanged, "_SETTLED", -3600)


def publish(tmp_path: Path, **more: object) -> Path:
    """Month whose manifest tells the facts of now; returns the folder of the outputs."""
    out = tmp_path / "out"
    (out / "2024-01").mkdir(parents=True, exist_ok=True)
    (out / "index.html").write_text("", "utf-8")
    told = unchanged.facts_of("2024-01", load_params("2024-01"), tmp_path / "data", out)
    (out / "2024-01" / "manifest.json").unlink(missing_ok=True)
    write_manifest(out / "2024-01", {**told, "whole": True, **more})
    return out


def is_current(tmp_path: Path) -> bool:
    return unchanged.is_current("2024-01", None, tmp_path / "data", tmp_path / "out")


def digests_told(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Files that are read for their hash from now on."""
    read: list[Path] = []
    digest = unchanged.file_digest
    monkeypatch.setattr(unchanged, "file_digest", lambda path: read.append(path) or digest(path))
    return read


def test_an_unchanged_month_is_told_in_a_second_of_processor_time_without_slow_imports(
    tmp_path: Path, export: Path
) -> None:
    out = publish(tmp_path)
    code = (
        "import sys, time\n"
        "from motcua.cli import main\n"
        f"code = main(['run', '2024-01', '--data', {str(tmp_path / 'data')!r}, '--out', "
        f"{str(out)!r}])\n"
        "print(code, time.process_time() < 1, *sys.modules)"
    )
    # -S: what the test's own start-up hook imports does not count
    paths = os.pathsep.join(path for path in sys.path if path and "own" not in Path(path).parts)
    ended = subprocess.run(
        [sys.executable, "-S", "-c", code],
        capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": paths},
    )  # fmt: skip
    assert "Tháng 01/2024: không có gì thay đổi" in ended.stderr
    page, told = ended.stdout.splitlines()
    assert Path(page).parent == out / "2024-01"
    status, quick, *modules = told.split()
    assert (status, quick) == ("0", "True")
    assert SLOW.isdisjoint(modules)


def test_the_hash_of_an_export_is_remembered_while_it_stays_as_it_is(
    tmp_path: Path, export: Path, settled: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(tmp_path)
    read = digests_told(monkeypatch)
    assert is_current(tmp_path)
    assert export not in read
    export.touch()
    assert is_current(tmp_path)  # the same content
    assert read.count(export) == 1


def test_a_file_as_young_as_the_tick_of_the_clock_is_read_again(
    tmp_path: Path, export: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(tmp_path)
    read = digests_told(monkeypatch)
    assert is_current(tmp_path)
    assert read.count(export) == 1


def test_an_export_of_the_same_size_and_time_but_other_content_is_seen(
    tmp_path: Path, export: Path, settled: None
) -> None:
    publish(tmp_path)
    before = export.stat()
    export.write_bytes(export.read_bytes().replace(b"HS-1", b"HS-2"))
    os.utime(export, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert (export.stat().st_size, export.stat().st_mtime_ns) == (
        before.st_size, before.st_mtime_ns
    )  # fmt: skip
    assert not is_current(tmp_path)


def test_a_broken_memory_of_hashes_costs_time_alone(
    tmp_path: Path, export: Path, settled: None
) -> None:
    publish(tmp_path)
    for broken in ("{", "[]"):
        unchanged.hashes_file().write_text(broken, "utf-8")
        assert is_current(tmp_path)


def test_a_month_without_index_or_of_which_parts_were_made_needs_a_run(
    tmp_path: Path, export: Path
) -> None:
    out = publish(tmp_path, whole=False)
    assert not is_current(tmp_path)
    publish(tmp_path)
    assert is_current(tmp_path)
    (out / "index.html").unlink()
    assert not is_current(tmp_path)


def test_what_was_issued_until_the_month_counts_and_later_months_do_not(
    tmp_path: Path, export: Path
) -> None:
    out = publish(tmp_path)
    (out / "ban-hanh").mkdir()
    (out / "ban-hanh" / "2024-02.json").write_text("{}", "utf-8")
    assert is_current(tmp_path)
    (out / "ban-hanh" / "2023-12.json").write_text("{}", "utf-8")
    assert not is_current(tmp_path)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Project of a chapter, the ward sheet, a module, a template, a list and a lock."""
    for name in ("lib/motcua/a.py", "lib/motcua/templates/a.css", "data/reference/b.yaml"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("1", "utf-8")
    (tmp_path / "requirements.txt").write_text("1", "utf-8")
    for name in ("00_start_here", "01_rates", "explore", "ward_sheet"):
        write_notebook(tmp_path / "notebooks" / f"{name}.ipynb", "1")
    monkeypatch.setattr(unchanged, "RESOURCES", tmp_path)
    monkeypatch.setattr(unchanged, "PACKAGE", tmp_path / "lib" / "motcua")
    monkeypatch.setattr(unchanged, "REFERENCE", tmp_path / "data" / "reference")
    monkeypatch.setattr(unchanged, "WORDS", tmp_path / "data" / "words")
    monkeypatch.setattr(unchanged, "NOTEBOOKS", tmp_path / "notebooks")
    monkeypatch.setattr(unchanged, "LOCK", tmp_path / "requirements.txt")
    return tmp_path


def write_notebook(path: Path, source: str, *outputs: object, tags: tuple[str, ...] = ()) -> None:
    """Notebook of one cell, as JupyterLab saves it."""
    cell = new_code_cell(source, outputs=list(outputs), execution_count=len(outputs) or None)
    cell.metadata["tags"] = list(tags)
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(new_notebook(cells=[cell]), path)


code = unchanged.code_sha256.__wrapped__


@pytest.mark.parametrize(
    "changed",
    [
        "lib/motcua/a.py", "lib/motcua/templates/a.css", "data/reference/b.yaml",
        "lib/motcua/templates/c.typ", "data/words/c.yaml", "requirements.txt",
    ],
)  # fmt: skip
def test_changed_code_is_seen(project: Path, changed: str) -> None:
    before = code()
    (project / changed).parent.mkdir(exist_ok=True)
    (project / changed).write_text("2", "utf-8")
    assert code() != before


@pytest.mark.parametrize("notebook", ["01_rates", "ward_sheet"])
def test_a_changed_cell_or_tag_of_a_notebook_that_a_run_executes_is_seen(
    project: Path, notebook: str
) -> None:
    before = code()
    write_notebook(project / "notebooks" / f"{notebook}.ipynb", "2")
    changed = code()
    write_notebook(project / "notebooks" / f"{notebook}.ipynb", "2", tags=("hide-output",))
    assert len({before, changed, code()}) == 3


def test_a_new_chapter_and_one_that_is_gone_are_seen(project: Path) -> None:
    before = code()
    write_notebook(project / "notebooks" / "02_causes.ipynb", "1")
    assert unchanged.chapters() == ("01_rates", "02_causes")
    more = code()
    (project / "notebooks" / "01_rates.ipynb").unlink()
    assert len({before, more, code()}) == 3


def test_what_a_notebook_showed_when_it_was_opened_changes_nothing(project: Path) -> None:
    before = code()
    shown = new_output("stream", text="Hố Nai")
    write_notebook(project / "notebooks" / "01_rates.ipynb", "1", shown)
    assert code() == before


@pytest.mark.parametrize(
    "name",
    [
        "Untitled.ipynb", ".ipynb_checkpoints/01_rates-checkpoint.ipynb", "explore.ipynb",
        "00_start_here.ipynb", "../lib/motcua/__pycache__/a.cpython-312.pyc", "../lib/motcua/a.py~",
    ],
)  # fmt: skip
def test_what_no_run_executes_changes_nothing(project: Path, name: str) -> None:
    before = code()
    write_notebook(project / "notebooks" / name, "2")
    assert code() == before


def test_a_broken_notebook_is_told_by_the_run_and_seen_here(project: Path) -> None:
    before = code()
    (project / "notebooks" / "01_rates.ipynb").write_text("{", "utf-8")
    assert code() != before
