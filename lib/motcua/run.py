"""Run a month: execute the notebooks with Papermill, build the page, publish everything at once.

A month is built in a folder beside its place and renamed when every part is there, so a failed run
leaves the last good month as it was.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import nbformat
from filelock import FileLock, Timeout
from traitlets.config import Config

from motcua import __version__, words
from motcua.errors import InputError, MotcuaError, RunError, did_you_mean
from motcua.findings import write_findings
from motcua.month import Month, default_data, find_path, load
from motcua.page import Front, build_report
from motcua.reference import ROOT

NOTEBOOKS = ROOT / "notebooks"
CITY = ("01_ward_rates", "02_late_causes", "03_feedback", "04_trends", "06_data_quality")
OUTPUTS = ROOT / "outputs"
PARTS = ("findings", "report", *CITY)
CELL_TIMEOUT = 600  # seconds; a cell that takes longer hangs

Say = Callable[[str], None]


@dataclass(frozen=True)
class Job:
    """What to run, as the command line says it."""

    month: str
    data: Path
    params: Path | None
    out: Path
    jobs: int = 2
    only: tuple[str, ...] = ()
    force: bool = False

    @property
    def wants_notebooks(self) -> tuple[str, ...]:
        """Notebooks to execute."""
        if not self.only or "report" in self.only:
            return CITY
        return tuple(name for name in CITY if name in self.only)


def make_job(
    month: str,
    data: str | None = None,
    params: str | None = None,
    out: str | None = None,
    jobs: int | None = None,
    only: Iterable[str] = (),
    force: bool = False,
) -> Job:
    """Job with every path resolved and every name checked.

    Raises
    ------
    InputError
        A name after --only is not known.
    """
    only = tuple(only)
    for name in only:
        if name not in PARTS:
            raise InputError(
                f"--only {name}: không có phần này.{did_you_mean(name, PARTS)} "
                f"Các phần: {', '.join(PARTS)}."
            )
    return Job(
        month=month,
        data=find_path(data).resolve() if data else default_data(),
        params=find_path(params).resolve() if params else None,
        out=Path(out).resolve() if out else OUTPUTS,
        jobs=jobs or os.cpu_count() or 1,
        only=only,
        force=force,
    )


def run_month(job: Job, say: Say = lambda _: None) -> Path:
    """Run one month and publish it; return its folder.

    Raises
    ------
    InputError
        Wrong input or parameters (exit code 2).
    RunError
        A notebook or an output failed, or another run of this month is under way (exit code 1).
    """
    target = job.out / job.month
    _make_folder(job.out)
    try:
        with FileLock(job.out / f".{job.month}.lock", timeout=0):
            return _run_locked(job, target, say)
    except Timeout:
        raise RunError(
            f"Tháng {job.month} đang được chạy bởi một lệnh khác. Chờ lệnh đó xong rồi chạy lại."
        ) from None


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"Không tạo được thư mục kết quả {folder}: {error.strerror}.") from None


def _run_locked(job: Job, target: Path, say: Say) -> Path:
    building = job.out / f".{job.month}.building"
    error_page = job.out / f"{job.month}.loi.html"
    shutil.rmtree(building, ignore_errors=True)
    try:
        if job.only and target.is_dir():  # the other parts of the month stay as they are
            shutil.copytree(target, building)
        building.mkdir(exist_ok=True)
        say(f"Đọc dữ liệu trong {_shown(job.data)} ...")
        month = load(job.month, job.data, job.params, progress=lambda name: say(f"  đã đọc {name}"))
        _build(job, month, building, say)
        publish(building, target)
    except Exception as error:
        _write_error_page(error_page, job.month, error)
        raise
    finally:
        shutil.rmtree(building, ignore_errors=True)
    error_page.unlink(missing_ok=True)
    return target


def _build(job: Job, month: Month, folder: Path, say: Say) -> None:
    """Every output of the month, in `folder`."""
    say(f"Tính số liệu {month.label.lower()}, kỳ {words.period_words(month)} ...")
    write_findings(month, folder)
    names = job.wants_notebooks
    if names:
        execute_notebooks(job, names, folder / "notebooks", say)
    if names == CITY:
        say("Lập trang báo cáo ...")
        executed = [folder / "notebooks" / f"{name}.ipynb" for name in names]
        (folder / "report.html").write_text(build_report(executed, front_of(month)), "utf-8")
    write_manifest(job, month, folder)


def _shown(path: Path) -> str:
    """Path as a reader knows it: from the project's root when inside it, else its name."""
    return path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else path.name


# Notebooks -------------------------------------------------------------------------------------


def execute_notebooks(job: Job, names: Iterable[str], folder: Path, say: Say) -> None:
    """Execute notebooks with Papermill, `job.jobs` at a time; the first failure is raised."""
    folder.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="motcua-") as place,
        ThreadPoolExecutor(max_workers=max(1, job.jobs)) as pool,
    ):
        futures = {name: pool.submit(_execute, job, name, folder, Path(place)) for name in names}
        try:
            for name, future in futures.items():
                future.result()
                say(f"  xong {name}")
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _kernel(place: Path, name: str) -> Config:
    """Kernel that talks over files of this user instead of open TCP ports, where there are such."""
    if os.name == "nt":
        return Config()
    return Config(KernelManager={"transport": "ipc", "connection_file": str(place / f"{name}.json")})


def _execute(job: Job, name: str, folder: Path, place: Path) -> None:
    import papermill  # 0.6 s to import, of use only here

    logging.getLogger("papermill").setLevel(logging.ERROR)
    source, target = NOTEBOOKS / f"{name}.ipynb", folder / f"{name}.ipynb"
    parameters = {"month": job.month, "data": str(job.data), "params": str(job.params or "")}
    _check_parameters(source, parameters)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            papermill.execute_notebook(
                source, target, parameters, cwd=str(ROOT), progress_bar=False,
                kernel_name="python3", execution_timeout=CELL_TIMEOUT, config=_kernel(place, name),
                extra_arguments=["--IPKernelApp.log_level=50"],
            )  # fmt: skip
    except papermill.PapermillExecutionError as error:
        what = error.evalue if error.ename == "RunError" else f"{error.ename}: {error.evalue}"
        raise RunError(f"Sổ tay {name} lỗi ở ô {error.exec_count}: {what}") from None
    except Exception as error:
        raise RunError(f"Sổ tay {name} không chạy được: {type(error).__name__}: {error}") from None
    notebook = nbformat.read(target, as_version=4)
    check_executed(notebook, name)
    nbformat.write(clean_notebook(notebook, job), target)


def _check_parameters(source: Path, parameters: dict[str, Any]) -> None:
    """Papermill only warns at a missing tag or an unknown name; here both stop the run."""
    notebook = nbformat.read(source, as_version=4)
    cells = [c for c in notebook.cells if "parameters" in c.metadata.get("tags", [])]
    if len(cells) != 1:
        raise RunError(f"Sổ tay {source.stem} phải có đúng một ô mang nhãn 'parameters'.")
    known = set(re.findall(r"^(\w+)\s*(?::[^=]+)?=", cells[0].source, re.MULTILINE))
    missing = sorted(set(parameters) - known)
    if missing:
        raise RunError(f"Sổ tay {source.stem} không có tham số {', '.join(missing)}.")


def check_executed(notebook: nbformat.NotebookNode, name: str) -> None:
    """Every code cell ran, in order, without an error; metadata are not believed.

    Raises
    ------
    RunError
        A cell has no execution count or an error output.
    """
    cells = [c for c in notebook.cells if c.cell_type == "code" and c.source.strip()]
    counts = [cell.execution_count for cell in cells]
    if not cells or counts != list(range(1, len(cells) + 1)):
        raise RunError(f"Sổ tay {name} chưa chạy hết: số thứ tự các ô là {counts}.")
    if any(output.output_type == "error" for cell in cells for output in cell.outputs):
        raise RunError(f"Sổ tay {name} có ô báo lỗi.")


def clean_notebook(notebook: nbformat.NotebookNode, job: Job) -> nbformat.NotebookNode:
    """Executed notebook without times, random ids and paths of this machine, so bytes repeat."""
    notebook = nbformat.from_dict(notebook)
    notebook.metadata.pop("papermill", None)
    notebook.metadata.pop("widgets", None)
    paths = {str(p): _shown(p) for p in (job.data, job.params) if p}
    for index, cell in enumerate(notebook.cells):
        cell.id = f"cell-{index:03d}"
        for key in ("papermill", "execution"):
            cell.metadata.pop(key, None)
        if "injected-parameters" in cell.metadata.get("tags", []):
            for path, shown in paths.items():
                cell.source = cell.source.replace(path, shown)
    return notebook


# Page, manifest, publishing --------------------------------------------------------------------


def front_of(month: Month) -> Front:
    """First screen of a month's report."""
    files = len(month.inputs.sources)
    last = max(s.exported_at for s in month.inputs.sources if s.kind == "dossiers")
    return Front(
        month=month.month,
        start=month.period.start,
        end=month.period.end,
        synthetic=month.synthetic,
        headline=str(words.headline(month)),
        cards=words.cards(month),
        footer={
            "Nguồn": f"{files} tệp dữ liệu; bản xuất hồ sơ mới nhất ngày {words.text.day(last)}.",
            "Cách tính": str(words.method(month)),
            "Lập bởi": f"{month.params.office}, bằng motcua {__version__}.",
        },
        issuer=month.params.office,
    )


def write_manifest(job: Job, month: Month, folder: Path) -> None:
    """manifest.json: inputs, parameters, code version and the SHA-256 of every output."""
    files = sorted(p for p in folder.rglob("*") if p.is_file() and p.name != "manifest.json")
    manifest = {
        "month": month.month,
        "version": __version__,
        "code_sha256": code_sha256(),
        "params": month.params.model_dump(mode="json"),
        "inputs": [{"file": s.file, "sha256": s.sha256} for s in month.inputs.sources],
        "outputs": {p.relative_to(folder).as_posix(): file_digest(p) for p in files},
    }
    text = json.dumps(manifest, ensure_ascii=False, indent=1)
    (folder / "manifest.json").write_text(text + "\n", "utf-8")


def code_sha256() -> str:
    """Hash of the library, the notebooks and the reference lists."""
    folders = (ROOT / "lib", NOTEBOOKS, ROOT / "data" / "reference")
    files = sorted(p for f in folders for p in f.rglob("*") if p.is_file() and _is_code(p))
    digest = hashlib.sha256()
    for path in files:
        digest.update(path.relative_to(ROOT).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()


def _is_code(path: Path) -> bool:
    hidden = any(part.startswith(".") or part == "__pycache__" for part in path.parts)
    return not hidden and path.suffix != ".pyc" and ".egg-info" not in str(path)


def file_digest(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def publish(building: Path, target: Path) -> None:
    """Put a finished folder in its place; the former one goes only when the new one is there."""
    former = target.with_name(f".{target.name}.former")
    shutil.rmtree(former, ignore_errors=True)
    if target.exists():
        target.rename(former)
    building.rename(target)
    shutil.rmtree(former, ignore_errors=True)


def verify(folder: Path) -> list[str]:
    """Compare a published month with its manifest; one line per difference.

    Raises
    ------
    InputError
        There is no manifest.
    """
    manifest = folder / "manifest.json"
    if not manifest.is_file():
        raise InputError(f"Không có manifest.json trong {folder}: đây không phải thư mục kết quả.")
    listed = json.loads(manifest.read_text("utf-8"))["outputs"]
    here = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    here.discard("manifest.json")
    lost = [f"thiếu tệp {name}" for name in sorted(set(listed) - here)]
    extra = [f"tệp lạ {name}" for name in sorted(here - set(listed))]
    changed = [
        f"tệp {name} đã bị sửa"
        for name in sorted(set(listed) & here)
        if file_digest(folder / name) != listed[name]
    ]
    return lost + extra + changed


def _write_error_page(path: Path, month: str, error: Exception) -> None:
    """Small page beside the months that says what failed."""
    from html import escape

    told = str(error) if isinstance(error, MotcuaError) else f"Lỗi ngoài dự kiến: {type(error).__name__}."
    path.write_text(
        '<!doctype html><html lang="vi"><meta charset="utf-8"><title>Lỗi khi lập báo cáo</title>'
        '<body style="font:16px/1.5 system-ui,sans-serif;max-width:45rem;margin:2rem auto;padding:0 1rem">'
        f"<h1>Tháng {escape(month)}: chưa lập được báo cáo</h1><pre style='white-space:pre-wrap'>{escape(told)}</pre>"
        "<p>Kết quả lần chạy trước (nếu có) vẫn còn nguyên.</p></body></html>\n",
        "utf-8",
    )
