"""A month is published whole or not at all, and only what truly ran is believed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from exports import HEAD, private_cache, record, write_csv
from filelock import FileLock
from motcua import execute, publish, run
from motcua.cli import main
from motcua.errors import InputError, RunError
from motcua.execute import check_executed, check_parameters, clean_notebook
from motcua.manifest import read_manifest, verify, write_manifest
from motcua.publish import building, recover, swap
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

PARAMETERS = 'month: str = "2024-01"\ndata: str = ""\nparams: str = ""'
NAMES = {"month": "2024-01", "data": "/mnt/usb/du-lieu", "params": ""}


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with private_cache(tmp_path_factory.mktemp("own")):
        yield


@pytest.fixture
def city(tmp_path: Path) -> Path:
    """Folder with `data/` of one late dossier; outputs go to `out/`."""
    write_csv(
        tmp_path / "data" / "dossiers" / "a_20240118.csv", [HEAD, record(closed="12/01/2024")]
    )
    return tmp_path


def run_only(city: Path, *names: str, params: str = "") -> int:
    """Exit code of a run of 2024-01 of some parts."""
    (city / "p.yaml").write_text(params, "utf-8")
    only = [word for name in names for word in ("--only", name)]
    folders = [
        "--data",
        str(city / "data"),
        "--out",
        str(city / "out"),
        "--params",
        str(city / "p.yaml"),
    ]
    return main(["run", "2024-01", *folders, *only])


def content(folder: Path) -> dict[str, bytes]:
    return {
        p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()
    }


def write_notebook(path: Path, *sources: str, tags: tuple[str, ...] = ("parameters",)) -> Path:
    """Notebook of code cells, the first of them tagged."""
    cells = [new_code_cell(source) for source in sources]
    cells[0].metadata["tags"] = list(tags)
    path.parent.mkdir(parents=True, exist_ok=True)
    spec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(new_notebook(cells=cells, metadata={"kernelspec": spec}), path)
    return path


# A run that fails -----------------------------------------------------------------------------


def test_a_failing_notebook_leaves_the_former_month_and_says_what_failed(
    city: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_only(city, "findings") == 0
    before = content(city / "out" / "2024-01")
    write_notebook(
        city / "nb" / "03_feedback.ipynb", PARAMETERS, "x = 1", "raise KeyError('cột <ward>')"
    )
    monkeypatch.setattr(execute, "NOTEBOOKS", city / "nb")
    assert run_only(city, "03_feedback", params="threshold_percent: 95") == 1
    told = capsys.readouterr().err
    assert "Lỗi: Sổ tay 03_feedback lỗi ở ô 4: KeyError: 'cột <ward>'" in told
    assert "Traceback" not in told
    assert content(city / "out" / "2024-01") == before
    page = (city / "out" / "2024-01.loi.html").read_text("utf-8")
    assert "Sổ tay 03_feedback lỗi ở ô 4" in page
    assert "&lt;ward&gt;" in page
    assert "<ward>" not in page
    assert not list((city / "out").glob(".*.building"))


@pytest.mark.parametrize(
    ("sources", "tags", "message"),
    [
        ([PARAMETERS], (), "phải có đúng một ô mang nhãn 'parameters'"),
        (['month = "2024-01"'], ("parameters",), "không có tham số data, params"),
        (["# month = 1\nif data == params: pass"], ("parameters",), "không có tham số data, month"),
    ],
    ids=["no tag", "two parameters missing", "only in a comment"],
)
def test_a_notebook_that_papermill_would_only_warn_about_is_refused(
    tmp_path: Path, sources: list[str], tags: tuple[str, ...], message: str
) -> None:
    path = write_notebook(tmp_path / "a.ipynb", *sources, tags=tags)
    with pytest.raises(RunError, match=message):
        check_parameters(path, NAMES)


def test_a_notebook_with_two_cells_of_parameters_is_refused(tmp_path: Path) -> None:
    path = write_notebook(tmp_path / "a.ipynb", PARAMETERS, PARAMETERS)
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[1].metadata["tags"] = ["parameters"]
    nbformat.write(notebook, path)
    with pytest.raises(RunError, match="đúng một ô"):
        check_parameters(path, NAMES)


def test_parameters_may_have_types_and_comments(tmp_path: Path) -> None:
    path = write_notebook(tmp_path / "a.ipynb", PARAMETERS.replace('""', '""  # mô tả = gì'))
    check_parameters(path, NAMES)


def test_refused_parameters_stop_the_run_before_anything_is_published(
    city: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_notebook(city / "nb" / "03_feedback.ipynb", PARAMETERS, tags=())
    monkeypatch.setattr(execute, "NOTEBOOKS", city / "nb")
    assert run_only(city, "03_feedback") == 1
    assert "Sổ tay 03_feedback phải có đúng một ô" in capsys.readouterr().err
    assert not (city / "out" / "2024-01").exists()


def test_wrong_input_leaves_the_former_month_too(city: Path) -> None:
    assert run_only(city, "findings") == 0
    before = content(city / "out" / "2024-01")
    (city / "data" / "dossiers" / "b.csv").write_bytes(b"")
    assert run_only(city, "findings") == 2
    assert content(city / "out" / "2024-01") == before
    assert "b.csv rỗng" in (city / "out" / "2024-01.loi.html").read_text("utf-8")


def test_a_good_run_takes_the_error_page_away(city: Path) -> None:
    (city / "data" / "dossiers" / "b.csv").write_bytes(b"")
    assert run_only(city, "findings") == 2
    (city / "data" / "dossiers" / "b.csv").unlink()
    assert run_only(city, "findings") == 0
    assert not (city / "out" / "2024-01.loi.html").exists()


# What counts as executed ----------------------------------------------------------------------


def executed(*counts: int | None) -> nbformat.NotebookNode:
    cells = [new_code_cell("x", execution_count=count) for count in counts]
    return new_notebook(cells=[new_markdown_cell("#"), *cells, new_code_cell("  \n")])


def test_a_notebook_executed_from_top_to_bottom_is_believed() -> None:
    check_executed(executed(1, 2, 3), "a")


@pytest.mark.parametrize(
    "counts", [(1, None, 3), (None,), (1, 3, 2), (1, 2, 4), (2, 3), ()], ids=str
)
def test_a_notebook_not_executed_from_top_to_bottom_is_refused(counts: tuple) -> None:
    with pytest.raises(RunError, match="Sổ tay a chưa chạy hết"):
        check_executed(executed(*counts), "a")


def test_an_error_output_is_refused_even_when_all_cells_have_numbers() -> None:
    notebook = executed(1, 2)
    notebook.cells[1].outputs = [new_output("error", ename="E", evalue="", traceback=[])]
    with pytest.raises(RunError, match="Sổ tay a có ô báo lỗi"):
        check_executed(notebook, "a")


def test_a_cleaned_notebook_has_no_times_ids_or_paths_of_this_machine() -> None:
    notebook = executed(1, 2)
    notebook.metadata["papermill"] = {"start_time": "2024-01-18T10:00:00"}
    notebook.cells[1].metadata = {"papermill": {"duration": 1}, "tags": ["injected-parameters"]}
    notebook.cells[1].source = 'data = "/mnt/usb/du-lieu"'
    cleaned = clean_notebook(notebook, NAMES)
    assert cleaned.cells[1].source == 'data = "du-lieu"'
    assert [cell.id for cell in cleaned.cells] == ["cell-000", "cell-001", "cell-002", "cell-003"]
    assert "papermill" not in json.dumps(cleaned)


# Parts of a month -----------------------------------------------------------------------------


@pytest.fixture
def with_report(city: Path) -> Path:
    """Published month whose manifest lists a report."""
    assert run_only(city, "findings") == 0
    month = city / "out" / "2024-01"
    (month / "report.html").write_text("trang", "utf-8")
    facts = read_manifest(month)
    write_manifest(month, {k: facts[k] for k in facts if k not in ("outputs", "manifest_sha256")})
    return month


def test_only_findings_keeps_the_other_parts_of_the_same_month(
    city: Path, with_report: Path
) -> None:
    assert run_only(city, "findings") == 0
    assert (with_report / "report.html").read_text("utf-8") == "trang"
    assert verify(with_report) == []


def test_parts_made_from_other_data_or_parameters_do_not_stay_beside_new_numbers(
    city: Path, with_report: Path
) -> None:
    assert run_only(city, "findings", params="threshold_percent: 95") == 0
    assert not (with_report / "report.html").exists()


def test_parts_that_somebody_changed_are_not_kept_under_a_new_manifest(
    city: Path, with_report: Path
) -> None:
    (with_report / "report.html").write_text("trang đã sửa", "utf-8")
    assert run_only(city, "findings") == 0
    assert not (with_report / "report.html").exists()


# Publishing -----------------------------------------------------------------------------------


def test_two_runs_of_one_month_exclude_each_other(
    city: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_only(city, "findings") == 0
    before = content(city / "out")
    with FileLock(city / "out" / ".2024-01.lock"):
        assert run_only(city, "findings") == 1
    assert "Tháng 2024-01 đang được chạy bởi một lệnh khác" in capsys.readouterr().err
    assert content(city / "out") == before
    assert run_only(city, "findings") == 0


def test_another_month_may_run_at_the_same_time(tmp_path: Path) -> None:
    with FileLock(tmp_path / ".2023-12.lock"), building(tmp_path, "2024-01") as folder:
        (folder / "a").write_text("x")
    assert content(tmp_path / "2024-01") == {"a": b"x"}


@pytest.mark.parametrize("exchanges", [True, False], ids=["exchange", "rename"])
def test_a_new_month_takes_the_place_of_the_former_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, exchanges: bool
) -> None:
    if not exchanges:
        monkeypatch.setattr(publish, "_exchange", lambda *_: False)
    for text in ("one", "two"):
        with building(tmp_path, "2024-01") as folder:
            (folder / text).write_text(text)
            assert "chưa xong" in (tmp_path / "2024-01.loi.html").read_text("utf-8")
    assert content(tmp_path / "2024-01") == {"two": b"two"}
    assert {p.name for p in tmp_path.iterdir()} <= {"2024-01", ".2024-01.lock"}


@pytest.mark.parametrize(
    ("error", "told", "raised"),
    [
        (RunError("hết giấy"), "hết giấy", RunError),
        (KeyboardInterrupt(), "bị dừng theo yêu cầu", KeyboardInterrupt),
        (ZeroDivisionError("bí mật"), "Lỗi ngoài dự kiến: ZeroDivisionError.", ZeroDivisionError),
        (OSError(28, "No space left on device"), "Không ghi được kết quả tháng 2024-01", RunError),
    ],
    ids=lambda v: type(v).__name__ if isinstance(v, BaseException) else "",
)
def test_a_block_that_fails_publishes_nothing_and_tells_why(
    tmp_path: Path, error: BaseException, told: str, raised: type[BaseException]
) -> None:
    def publish_month(text: str, error: BaseException | None = None) -> None:
        with building(tmp_path, "2024-01") as folder:
            (folder / "a").write_text(text)
            if error:
                raise error

    publish_month("good")
    with pytest.raises(raised):
        publish_month("bad", error)
    assert content(tmp_path / "2024-01") == {"a": b"good"}
    page = (tmp_path / "2024-01.loi.html").read_text("utf-8")
    assert told in page
    assert "bí mật" not in page


def test_a_month_moved_aside_by_a_killed_run_comes_back(tmp_path: Path) -> None:
    former = tmp_path / ".2024-01.former"
    former.mkdir()
    (former / "a").write_text("good")
    recover(tmp_path / "2024-01")
    assert content(tmp_path / "2024-01") == {"a": b"good"}


def test_a_swap_to_an_empty_place_is_a_plain_rename(tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    swap(tmp_path / "new", tmp_path / "2024-01")
    assert [p.name for p in tmp_path.iterdir()] == ["2024-01"]


def test_an_output_folder_that_is_a_file_is_wrong_input(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("x")
    with pytest.raises(InputError, match="Không ghi được vào thư mục kết quả"):
        run.run_month(run.make_job("2024-01", data=str(tmp_path), out=str(tmp_path / "out")))


def test_the_manifest_lists_inputs_parameters_code_and_every_file(city: Path) -> None:
    assert run_only(city, "findings", params="threshold_percent: 95") == 0
    month = city / "out" / "2024-01"
    manifest = json.loads((month / "manifest.json").read_text("utf-8"))
    assert [i["file"] for i in manifest["inputs"]] == ["dossiers/a_20240118.csv"]
    assert manifest["params"]["threshold_percent"] == 95
    assert set(manifest["outputs"]) == set(content(month)) - {"manifest.json"}
    assert str(city) not in (month / "manifest.json").read_text("utf-8")
