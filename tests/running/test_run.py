"""A month is published whole or not at all, and only what truly ran is believed."""

from __future__ import annotations

import ast
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from functools import partial
from pathlib import Path
from typing import Literal
from unicodedata import normalize

import nbformat
import pytest
from exports import (
    HEAD,
    content,
    findings_once,
    private_cache,
    record,
    whole_machine,
    write_csv,
    write_few,
)
from filelock import FileLock
from motcua.base.errors import InputError, RunError
from motcua.base.params import load_params
from motcua.base.reference import ROOT
from motcua.cli import main
from motcua.machine.files import made_from, read_manifest, verify, write_manifest
from motcua.machine.processes import can_fork, run_forked
from motcua.measures.month import Month
from motcua.papers.findings import write_findings
from motcua.running import execute, leaks, publish, run, unchanged
from motcua.running.execute import (
    Task,
    check_executed,
    check_parameters,
    clean_notebook,
    execute_tasks,
)
from motcua.running.publish import building, recover, swap
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from papermill.translators import PythonTranslator

PARAMETERS = 'month: str = "2024-01"\ndata: str = ""\nparams: str = ""\nissued: str = ""'
FEEDBACK = [
    ["Mã phản ánh", "Đơn vị bị phản ánh", "Ngày phản ánh"],
    ["PA-1", "Hố Nai", "02/01/2024"],
]
Form = Literal["NFC", "NFD"]
NAMES = {"month": "2024-01", "data": "/mnt/usb/du-lieu", "params": ""}


pytestmark = pytest.mark.usefixtures("cache_of_test", "once")


@pytest.fixture(scope="module")
def once() -> Iterator[None]:
    """See `findings_once`."""
    with findings_once():
        yield


@pytest.fixture
def city(tmp_path: Path) -> Path:
    """Folder with `data/` of one late dossier; outputs go to `out/`."""
    return write_city(tmp_path)


def write_city(folder: Path) -> Path:
    write_csv(folder / "data" / "dossiers" / "a_20240118.csv", [HEAD, record(closed="12/01/2024")])
    return folder


@pytest.fixture(scope="module")
def month_of_findings(tmp_path_factory: pytest.TempPathFactory, once: None) -> Path:
    """Output folder with the published findings of such a city: to be copied."""
    folder = write_city(tmp_path_factory.mktemp("city"))
    with private_cache(folder / "own"):
        assert run_only(folder, "findings") == 0
    return folder / "out"


@pytest.fixture
def published(city: Path, month_of_findings: Path) -> Path:
    """Published month of the city (numbers and tables only)."""
    return shutil.copytree(month_of_findings, city / "out") / "2024-01"


def write_old(city: Path) -> None:
    """A dossier that gives the periods of November and December 2023 something to tell of."""
    old = record("HS-0", received="25/10/2023", due="20/11/2023", closed="25/11/2023")
    write_csv(city / "data" / "dossiers" / "a_20231218.csv", [HEAD, old])


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


def write_notebook(path: Path, *sources: str, tags: tuple[str, ...] = ("parameters",)) -> Path:
    """Notebook of code cells, the first of them tagged."""
    cells = [new_code_cell(source) for source in sources]
    cells[0].metadata["tags"] = list(tags)
    path.parent.mkdir(parents=True, exist_ok=True)
    spec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(new_notebook(cells=cells, metadata={"kernelspec": spec}), path)
    return path


# A run that fails -----------------------------------------------------------------------------


def test_the_list_of_months_is_written_before_a_request_to_stop_is_heard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also one that comes when the run itself has ended."""
    (tmp_path / "data" / "dossiers").mkdir(parents=True)  # without any: the run is refused
    written = []

    def write(out: Path) -> None:
        signal.raise_signal(signal.SIGINT)
        written.append(out)

    monkeypatch.setattr(run, "write_index", write)
    job = run.make_job("2024-01", str(tmp_path / "data"), out=str(tmp_path / "out"))
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # some workers ignore it
    try:
        with pytest.raises(KeyboardInterrupt):
            run.run_month(job)
    finally:
        signal.signal(signal.SIGINT, before)
    assert written == [tmp_path / "out"]


def test_a_failing_notebook_leaves_the_former_month_and_says_what_failed(
    city: Path,
    published: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = content(published)
    write_notebook(
        city / "nb" / "03_feedback.ipynb", PARAMETERS, "x = 1", "raise KeyError('cột <ward>')"
    )
    monkeypatch.setattr(execute, "NOTEBOOKS", city / "nb")
    monkeypatch.setattr(run, "warm_up", lambda _: None)  # this notebook asks for nothing
    assert run_only(city, "03_feedback", params="threshold_percent: 95") == 1
    told = capsys.readouterr().err
    assert "Lỗi: Sổ tay 03_feedback lỗi ở ô 4: KeyError: 'cột <ward>'" in told
    assert "Traceback" not in told
    assert content(published) == before
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
    monkeypatch.setattr(run, "warm_up", lambda _: None)
    assert run_only(city, "03_feedback") == 1
    assert "Sổ tay 03_feedback phải có đúng một ô" in capsys.readouterr().err
    assert not (city / "out" / "2024-01").exists()


def test_wrong_input_leaves_the_former_month_too(city: Path, published: Path) -> None:
    before = content(published)
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


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("name", ["dữ liệu", "l'été", "“ngoặc”", 'a "b" c', "😀", "a\\b"])
def test_a_folder_of_any_name_is_shortened_as_papermill_writes_it(form: Form, name: str) -> None:
    name = normalize(form, name)
    data = f"/mnt/usb/Biên Hòa/{name}"
    cell = new_code_cell(PythonTranslator.codify({"data": data}))
    cell.metadata["tags"] = ["injected-parameters"]
    cleaned = clean_notebook(new_notebook(cells=[cell]), {"data": data})
    assert "usb" not in cleaned.cells[0].source
    assert ast.literal_eval(cleaned.cells[0].source.partition("data = ")[2]) == name


@pytest.mark.parametrize(("form", "engine"), [("NFC", "plain"), ("NFD", "warm")])
def test_a_project_and_folders_of_any_name_make_a_month(
    tmp_path: Path, form: Form, engine: str
) -> None:
    """The project, the data, their file, the parameters and the outputs."""
    odd = tmp_path / normalize(form, 'Biên Hòa l\'été “ngoặc” "kép"')
    project, data = odd / normalize(form, "dự án"), odd / normalize(form, "dữ liệu 'gốc'")
    for part in ("lib", "notebooks", "params", "data/reference", "data/words"):
        shutil.copytree(ROOT / part, project / part)
    shutil.copyfile(ROOT / "requirements.txt", project / "requirements.txt")
    write_csv(
        data / "dossiers" / normalize(form, 'hồ sơ "1" l\'a_20240118.csv'),
        [HEAD, record(closed="12/01/2024")],
    )
    params = odd / normalize(form, "tham số “1”.yaml")
    units = write_few(odd / normalize(form, "đơn vị ‘1’.csv"))
    params.write_text(f"threshold_percent: 95\nunits: {json.dumps(str(units))}\n", "utf-8")
    out = odd / normalize(form, 'kết quả "1"')
    command = [sys.executable, "-m", "motcua", "run", "2024-01", "--only", "03_feedback"]
    command += ["--engine", engine, "--data", data, "--params", params, "--out", out]
    own = {"PYTHONPATH": str(project / "lib"), "MOTCUA_CACHE": str(project)}
    done = subprocess.run(
        command, env=os.environ | own, cwd=odd, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    written = (out / "2024-01" / "notebooks" / "03_feedback.ipynb").read_text("utf-8")
    assert str(tmp_path) not in written
    assert json.loads(written)["cells"]


def test_one_notebook_runs_many_times_each_with_its_own_parameters_and_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_notebook(tmp_path / "nb" / "sheet.ipynb", 'ward: str = ""', "print(ward)")
    monkeypatch.setattr(execute, "NOTEBOOKS", tmp_path / "nb")
    said: list[str] = []
    tasks = [Task("sheet", {"ward": code}, f"wards/{code}") for code in ("26374", "26380")]
    execute_tasks(tasks, tmp_path / "done", 2, said.append)
    for code in ("26374", "26380"):
        notebook = nbformat.read(tmp_path / "done" / "wards" / f"{code}.ipynb", as_version=4)
        assert notebook.cells[-1].outputs[0].text == f"{code}\n"
    assert sorted(said) == ["  xong sheet 26374", "  xong sheet 26380"]


# Parts of a month -----------------------------------------------------------------------------


@pytest.fixture
def with_report(published: Path) -> Path:
    """Published month whose manifest lists a report."""
    month = published
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


# Months that need no new run --------------------------------------------------------------------


@contextlib.contextmanager
def by_hand(city: Path, few: Path) -> Iterator[Callable[..., int]]:
    """Run months as a whole, with notebooks, papers and the page by hand; tells how many were."""
    done: list[str] = []

    def write_part(name: str, month: Month, folder: Path) -> None:
        (folder / name).write_text(month.label, "utf-8")

    def write_executed(tasks: list[execute.Task], folder: Path, *given) -> None:
        for call in given[-1].values():
            call()
        for task in tasks:
            cells = [new_markdown_cell(f"# {task.name}"), new_code_cell("1", execution_count=1)]
            path = folder / f"{task.target}.ipynb"
            path.parent.mkdir(parents=True, exist_ok=True)
            nbformat.write(new_notebook(cells=cells), path)
        done.append(tasks[0].parameters["month"])

    def write_page(job: run.Job, month: Month, folder: Path) -> None:
        write_part("report.html", month, folder)

    def write_notices(month: Month, folder: Path, codes: list[str]) -> None:
        write_part(f"{codes[0]}.txt", month, folder)

    def count(months: str = "2024-01", *options: str) -> int:
        before = len(done)
        places = ["--data", str(city / "data"), "--out", str(city / "out")]
        places += [] if "--params" in options else ["--params", str(few)]
        assert main(["run", months, *places, *options]) == 0
        return len(done) - before

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "execute_tasks", write_executed)
        patch.setattr(run, "_write_report_page", write_page)
        patch.setattr(run, "write_notices", write_notices)
        patch.setattr(run, "warm_up", lambda _: None)
        for part in run.WRITERS:
            write = partial(write_part, f"{part}.txt")
            patch.setitem(run.WRITERS, part, (f"{part} ...", write))
        yield count


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Parameters of a register of three units."""
    folder = tmp_path_factory.mktemp("few")
    (folder / "few.yaml").write_text(f"units: {write_few(folder / 'few.csv')}", "utf-8")
    return folder / "few.yaml"


@pytest.fixture(scope="module")
def whole_by_hand(few: Path, tmp_path_factory: pytest.TempPathFactory, once: None) -> Path:
    """Output folder of a whole month of the city that was run once: to be copied."""
    folder = write_city(tmp_path_factory.mktemp("whole"))
    with private_cache(folder / "own"), by_hand(folder, few) as runs:
        assert [runs(), runs()] == [1, 0]
    return folder / "out"


@pytest.fixture
def runs(city: Path, few: Path) -> Iterator[Callable[..., int]]:
    """See `by_hand`."""
    with by_hand(city, few) as runs:
        yield runs


@pytest.fixture
def whole_month(city: Path, whole_by_hand: Path) -> Path:
    """Published month of the city, as a whole."""
    return shutil.copytree(whole_by_hand, city / "out") / "2024-01"


def test_a_range_run_again_makes_what_is_missing(
    city: Path, runs: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    write_old(city)
    assert runs("2023-12..2024-01") == 2
    before = content(city / "out")
    assert b"11/2023" not in before.pop("index.html")
    capsys.readouterr()
    assert runs("2023-11..2024-01") == 1
    out, err = capsys.readouterr()
    assert "Tháng 12/2023: không có gì thay đổi, giữ kết quả đã có." in err
    assert "Tháng 01/2024: không có gì thay đổi" in err
    assert [Path(line).parent.name for line in out.split()] == ["2023-11", "2023-12", "2024-01"]
    after = content(city / "out")
    assert {name: after[name] for name in before} == before
    assert b"11/2023" in after["index.html"]


@pytest.mark.usefixtures("whole_month")
def test_force_and_only_run_what_has_not_changed(runs: Callable[..., int]) -> None:
    assert [runs(), runs("2024-01", "--force")] == [0, 1]
    assert runs("2024-01", "--only", "03_feedback") == 1
    assert runs() == 0  # the parts made before were kept, so the month is still whole


def test_a_month_of_which_parts_were_made_is_not_taken_for_a_whole_one(
    runs: Callable[..., int],
) -> None:
    assert runs("2024-01", "--only", "findings") == 0
    assert runs("2024-01", "--only", "03_feedback") == 1
    assert [runs(), runs()] == [1, 0]


@pytest.mark.usefixtures("whole_month")
def test_the_page_of_a_failed_run_goes_when_the_month_needs_no_new_one(
    city: Path, runs: Callable[..., int]
) -> None:
    publish.write_status(city / "out" / "2024-01.loi.html", "2024-01", "hỏng")
    assert runs() == 0
    assert not (city / "out" / "2024-01.loi.html").exists()


@pytest.mark.parametrize(
    "change",
    [
        lambda c: write_csv(c / "data" / "dossiers" / "a_20240118.csv", [HEAD, record("HS-2")]),
        lambda c: write_csv(c / "data" / "dossiers" / "b_20240218.csv", [HEAD, record("HS-2")]),
        lambda c: write_csv(c / "data" / "feedback" / "b_20240218.csv", FEEDBACK),
        lambda c: (c / "data" / "dossiers" / "a_20240118.csv").rename(
            c / "data" / "dossiers" / "a_20240117.csv"
        ),
        lambda c: os.utime(c / "data" / "dossiers" / "khong_ngay.csv", (10**9, 10**9)),
        lambda c: (c / "p.yaml").write_text(
            f"threshold_percent: 95\nunits: {c / 'units.csv'}", "utf-8"
        ),
        lambda c: (c / "units.csv").write_text(
            (c / "units.csv").read_text("utf-8").replace("Hố Nai", "Hố Nam"), "utf-8"
        ),
        lambda c: (c / "out" / "2024-01" / "report.html").write_text("sửa", "utf-8"),
        lambda c: (c / "out" / "2024-01" / "rejected.csv").unlink(),
        lambda c: (c / "out" / "2024-01" / "manifest.json").unlink(),
        lambda c: (c / "out" / "2024-01" / "manifest.json").write_text("{}"),
    ],
    ids=[
        "other content", "one more file", "feedback", "another day of export",
        "file time where it tells the day", "parameter", "register", "touched output",
        "lost output", "lost manifest", "empty manifest",
    ],
)  # fmt: skip
def test_whatever_decides_the_outputs_is_told_from_the_facts(
    registered: Path, change: Callable[[Path], object]
) -> None:
    publish_by_hand(registered)
    assert still_stands(registered) == (True, True)
    change(registered)
    assert still_stands(registered) == (False, False)


@pytest.fixture
def registered(city: Path) -> Path:
    """A city with a register of its own, and an export whose name tells no day."""
    units = write_few(city / "units.csv")
    write_csv(city / "data" / "dossiers" / "khong_ngay.csv", [HEAD, record("HS-9")])
    (city / "p.yaml").write_text(f"units: {units}", "utf-8")
    return city


def facts_now(city: Path) -> dict:
    params = load_params("2024-01", city / "p.yaml")
    return unchanged.facts_of("2024-01", params, city / "data", city / "out")


def publish_by_hand(city: Path) -> None:
    """A whole month as the facts of now would have it, and the list of months."""
    month = city / "out" / "2024-01"
    month.mkdir(parents=True)
    for file in (month / "report.html", month / "rejected.csv", city / "out" / "index.html"):
        file.write_text("trang", "utf-8")
    write_manifest(month, {**facts_now(city), "parts": list(run.PARTS), "whole": True})


def still_stands(city: Path) -> tuple[bool, bool]:
    """Whether no run is needed, as is told before the data are read and after."""
    facts = facts_now(city)
    return (
        unchanged.is_current("2024-01", city / "p.yaml", city / "data", city / "out"),
        made_from(city / "out" / "2024-01", facts),
    )


@pytest.mark.parametrize("changed", ["p.yaml", "out/2024-01/report.html"])
@pytest.mark.usefixtures("whole_month")
def test_a_month_is_run_again_after_a_change_and_then_stays(
    city: Path, few: Path, runs: Callable[..., int], changed: str
) -> None:
    shutil.copy(few, city / "p.yaml")
    params = ("--params", str(city / "p.yaml"))
    assert runs("2024-01", *params) == 0
    with (city / changed).open("a", encoding="utf-8") as stream:
        stream.write("\nthreshold_percent: 95\n")
    assert [runs("2024-01", *params), runs("2024-01", *params)] == [1, 0]


def test_data_that_change_under_way_are_refused(
    city: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def change(*_: object) -> None:
        write_csv(city / "data" / "dossiers" / "b_20240119.csv", [HEAD, record("HS-2")])

    monkeypatch.setattr(run, "write_findings", change)
    assert run_only(city, "findings") == 1
    assert "đã thay đổi trong lúc chạy" in capsys.readouterr().err
    assert not (city / "out" / "2024-01").exists()


def test_a_range_of_wrong_input_alone_ends_with_2(
    city: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (city / "data" / "dossiers" / "b.csv").write_bytes(b"")
    places = ["--data", str(city / "data"), "--out", str(city / "out")]
    assert main(["run", "2023-12..2024-01", *places, "--only", "findings"]) == 2
    err = capsys.readouterr().err
    assert "Lỗi tháng 2023-12: " in err
    assert err.endswith(
        "Xong 0 trên 2 tháng.\n"
        "Không lập được: 2023-12, 2024-01. Chạy lại đúng lệnh này để làm tiếp.\n"
    )


def test_an_unforeseen_error_in_a_range_does_not_end_it(
    city: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_old(city)
    build = run.write_findings

    def fail_once(month: Month, *where: object) -> dict:
        return 1 / 0 if month.month == "2023-12" else build(month, *where)

    monkeypatch.setattr(run, "write_findings", fail_once)
    places = ["--data", str(city / "data"), "--out", str(city / "out")]
    assert main(["run", "2023-12..2024-01", *places, "--only", "findings"]) == 1
    assert "Lỗi tháng 2023-12 ngoài dự kiến (ZeroDivisionError: " in capsys.readouterr().err
    assert verify(city / "out" / "2024-01") == []


@pytest.fixture
def made_in_range(city: Path) -> Callable[..., int]:
    """Exit code of the findings of three months, made into a folder of `city`."""
    write_old(city)
    units = write_few(city / "units.csv")
    (city / "p.yaml").write_text(f"allow_uncovered: true\nunits: {units}\n", "utf-8")

    def make(out: str, jobs: int) -> int:
        places = ["--data", str(city / "data"), "--out", str(city / out)]
        more = ["--params", str(city / "p.yaml"), "--only", "findings", "--jobs", str(jobs)]
        return main(["run", "2023-11..2024-01", *places, *more])

    return make


@pytest.mark.skipif(not can_fork(), reason="months are made at once where processes can be forked")
def test_months_made_at_once_are_those_made_one_after_the_other(
    city: Path,
    made_in_range: Callable[..., int],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(run, "write_findings", write_findings)  # each of them anew
    assert made_in_range("one", jobs=1) == 0
    one = capsys.readouterr()
    assert made_in_range("two", jobs=2) == 0
    two = capsys.readouterr()
    months = ["2023-11", "2023-12", "2024-01"]
    assert [Path(line).parent.name for line in one.out.splitlines()] == months
    assert two.out == one.out.replace(str(city / "one"), str(city / "two"))
    assert content(city / "one") == content(city / "two")
    asides = [said.err.replace(str(city), "").splitlines() for said in (one, two)]
    assert sorted(asides[0]) == sorted(asides[1])
    assert asides[1][-1] == "Xong 3 trên 3 tháng."


@pytest.mark.skipif(not can_fork(), reason="months are made at once where processes can be forked")
@pytest.mark.parametrize("jobs", [1, 2])
def test_a_month_of_a_range_makes_its_pages_and_seeks_leaks_in_other_processes(
    city: Path, monkeypatch: pytest.MonkeyPatch, jobs: int
) -> None:
    """So that its own stays small: each of them needs as much memory as a month's tables."""

    def note(name: str, given: object) -> object:
        (city / name).write_text(str(os.getpid()))
        return given

    monkeypatch.setattr(run, "_pages", lambda *_: [lambda: note("pages", None)])
    monkeypatch.setattr(leaks, "leaks_in", lambda *_: note("leaks", {}))
    job = run.make_job(
        "2024-01", str(city / "data"), out=str(city / "out"), jobs=jobs, only=["findings"]
    )
    with whole_machine():
        ((_, own),) = run_forked([lambda: run.run_month(job) and os.getpid()], 1, 60)
    assert len({own, *(int((city / name).read_text()) for name in ("pages", "leaks"))}) == 3


@pytest.mark.skipif(not can_fork(), reason="months are made at once where processes can be forked")
def test_a_month_whose_process_is_killed_keeps_no_other_from_being_made(
    city: Path,
    made_in_range: Callable[..., int],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    build = run.write_findings

    def die(month: Month, *where: object) -> dict:
        if month.month == "2023-12":
            os.kill(os.getpid(), signal.SIGKILL)
        return build(month, *where)

    monkeypatch.setattr(run, "write_findings", die)
    assert made_in_range("out", jobs=2) == 1
    err = capsys.readouterr().err
    assert "Lỗi tháng 2023-12: Phần tháng 2023-12 không chạy được: tiến trình Python" in err
    assert "Xong 2 trên 3 tháng.\nKhông lập được: 2023-12. Chạy lại" in err
    for month in ("2023-11", "2024-01"):
        assert verify(city / "out" / month) == []
    assert not (city / "out" / "2023-12").exists()


def test_verify_finds_one_changed_byte_in_any_file(with_report: Path) -> None:
    for name, good in content(with_report).items():
        file, place = with_report / name, zlib.crc32(name.encode()) % len(good)
        file.write_bytes(good[:place] + bytes([good[place] ^ 1]) + good[place + 1 :])
        try:
            differences = verify(with_report)  # a hash in the manifest may be what was changed
            assert f"tệp {name} đã bị sửa" in differences
            assert len(differences) == 1 or name == "manifest.json"
        except InputError:
            assert name == "manifest.json"  # no JSON any more
        file.write_bytes(good)
    assert verify(with_report) == []


def test_verify_finds_every_changed_byte_of_the_manifest(with_report: Path) -> None:
    file = with_report / "manifest.json"
    good = file.read_bytes()
    for place in range(0, len(good), 37):
        file.write_bytes(good[:place] + bytes([good[place] ^ 1]) + good[place + 1 :])
        with contextlib.suppress(InputError):  # no JSON any more
            assert "tệp manifest.json đã bị sửa" in verify(with_report)


# Publishing -----------------------------------------------------------------------------------


def test_two_runs_of_one_month_exclude_each_other(
    city: Path, published: Path, capsys: pytest.CaptureFixture[str]
) -> None:
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


def test_a_former_month_whose_place_is_taken_is_removed(tmp_path: Path) -> None:
    for name in (".2024-01.former", "2024-01"):
        (tmp_path / name).mkdir()
    recover(tmp_path / "2024-01")
    assert [p.name for p in tmp_path.iterdir()] == ["2024-01"]


def test_a_second_rename_that_fails_is_undone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publish, "_exchange", lambda *_: False)
    (tmp_path / "2024-01").mkdir()
    (tmp_path / "2024-01" / "a").write_text("good")
    with pytest.raises(FileNotFoundError):
        swap(tmp_path / "there is none", tmp_path / "2024-01")
    assert content(tmp_path) == {"2024-01/a": b"good"}


def test_a_page_that_finds_no_room_leaves_the_one_there_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "2024-01.loi.html"
    publish.write_status(page, "2024-01", "chưa xong")
    before = page.read_bytes()

    def half(path: Path, content: bytes) -> None:
        path.write_text(content[:10].decode())
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", half)
    with pytest.raises(OSError, match="No space left"):
        publish.write_status(page, "2024-01", "hết chỗ")
    assert content(tmp_path) == {page.name: before}


def test_what_stands_in_the_place_of_a_month_is_not_lost(tmp_path: Path) -> None:
    (tmp_path / "2024-01").write_text("ghi chú")
    with pytest.raises(InputError, match="là một tệp"), building(tmp_path, "2024-01"):
        pass
    assert (tmp_path / "2024-01").read_text() == "ghi chú"


def test_a_link_to_a_month_gives_way_and_what_it_points_to_stays(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "a").write_text("kept")
    (tmp_path / "2024-01").symlink_to(tmp_path / "elsewhere")
    with building(tmp_path, "2024-01") as folder:
        (folder / "b").write_text("new")
    assert content(tmp_path / "2024-01") == {"b": b"new"}
    assert content(tmp_path / "elsewhere") == {"a": b"kept"}
    assert not (tmp_path / ".2024-01.building").is_symlink()


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


def test_a_synthetic_month_never_replaces_a_real_one_unless_asked_to(
    city: Path, published: Path, capsys: pytest.CaptureFixture
) -> None:
    real = content(published)
    write_csv(
        city / "data" / "dossiers" / "a_20240118.csv",
        [["DỮ LIỆU MÔ PHỎNG"], HEAD, record(closed="12/01/2024")],
    )
    assert run_only(city, "findings") == 2
    assert "đã lập từ dữ liệu thật" in capsys.readouterr().err
    assert content(city / "out" / "2024-01") == real
    folders = ["--data", str(city / "data"), "--out", str(city / "out")]
    assert main(["run", "2024-01", *folders, "--only", "findings", "--force"]) == 0
    assert json.loads((city / "out/2024-01/findings.json").read_text("utf-8"))["synthetic"] is True


# After publishing -------------------------------------------------------------------------------


@pytest.fixture
def with_hook(city, capsys):
    """Run findings alone with a Python program as the command after publishing."""

    def run_it(program: str) -> tuple[Path, int, str]:
        (city / "hook.py").write_text(program, "utf-8")
        command = f"'{sys.executable}' '{city / 'hook.py'}'"
        code = run_only(city, "findings", params=f"after_publish: [{json.dumps(command)}]\n")
        told = capsys.readouterr()
        return city / "out", code, told.out + told.err

    return run_it


def test_a_command_after_publishing_gets_folder_month_and_headline(with_hook):
    out, code, told = with_hook(
        "import os, pathlib; pathlib.Path(os.environ['MOTCUA_FOLDER']).parent.joinpath('told.txt')"
        ".write_text(os.environ['MOTCUA_MONTH'] + ' ' + os.environ['MOTCUA_HEADLINE'], 'utf-8')"
    )
    assert code == 0
    text = (out / "told.txt").read_text("utf-8")
    assert text.startswith("2024-01 1 trong 30 phường, xã")
    assert "**" not in text
    assert "sau công bố" not in told


def test_a_command_that_fails_is_told_and_the_month_stays_published(with_hook):
    out, code, told = with_hook("raise SystemExit(3)")
    assert code == 0
    assert "không chạy được: mã thoát 3" in told
    assert (out / "2024-01" / "findings.json").is_file()


def test_the_example_writes_a_draft_with_what_is_there(tmp_path):
    folder = tmp_path / "2024-01"
    folder.mkdir()
    (folder / "report.html").write_text("<p>Báo cáo</p>", "utf-8")
    told = {
        "MOTCUA_FOLDER": str(folder),
        "MOTCUA_MONTH": "2024-01",
        "MOTCUA_HEADLINE": "Đạt 97,79%.",
    }
    script = Path("docs/examples/gui_thu.py")
    subprocess.run([sys.executable, script, "a@example.vn"], env=os.environ | told, check=True)
    letter = message_from_bytes((tmp_path / "2024-01.eml").read_bytes(), policy=policy.default)
    assert letter["Subject"] == "Kết quả giải quyết hồ sơ thủ tục hành chính tháng 01/2024"
    assert "Đạt 97,79%." in letter.get_body().get_content()
    assert [part.get_filename() for part in letter.iter_attachments()] == ["report.html"]
