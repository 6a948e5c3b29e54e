"""Runs that are stopped, killed or starved: the last good month stays, and a page tells why.

Each run is the command in a process of its own, on two tiny notebooks; one of them waits for as
long as a file is there, so that something can befall the run while it waits. The first run and
those that are stopped by a signal begin as a user's do, with Python; the others are forked from
this process, which has at hand what takes longer to import than to run.
"""

from __future__ import annotations

import contextlib
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from multiprocessing import get_context
from pathlib import Path
from typing import TypeAlias

import nbformat
import psutil
import pytest
from exports import (
    HEAD,
    LITTLE,
    ask_quickly,
    content,
    findings_once,
    private_cache,
    record,
    write_csv,
    write_few,
)  # fmt: skip
from motcua.base.reference import PACKAGE
from motcua.cli import main
from motcua.machine.files import verify
from motcua.running.execute import load_engine
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

CITY = ("01_ward_rates", "03_feedback")  # two kernels take long enough to start
SITE = """
import sys
sys.modules["rfc3987_syntax"] = None  # takes seconds to import, and jsonschema does without
if "motcua" in sys.orig_argv:  # not in the kernels
    exec(open({seam!r}, encoding="utf-8").read())
"""
SEAM = """
import importlib, pathlib
importlib.import_module("motcua.running.execute").NOTEBOOKS = pathlib.Path({nb!r})
run = importlib.import_module("motcua.running.run")
run.CITY = {city!r}
unchanged = importlib.import_module("motcua.running.unchanged")
unchanged.code_sha256 = lambda: "the same"  # whoever edits the code meanwhile
run.warm_up = lambda month: None  # these notebooks ask for nothing
run.PARTS = ("findings", "report", *run.CITY)
"""
WAIT = """
import os, pathlib, time
here = pathlib.Path(os.environ["CITY_OF_THE_TEST"])  # no path of the machine in a notebook
(here / "kernel").write_text(str(os.getpid()))
while (here / "wait").exists():
    time.sleep(0.05)
if (here / "fail").exists() and month == (here / "fail").read_text():
    raise ValueError("hỏng")
"""
SECONDS = 90  # how long to wait for what takes a second or two


class Forked:
    """The command in a process forked from this one; to be used as a `Popen`."""

    def __init__(self, city: City, words: list[str], first: Callable[[], object]) -> None:
        self._said = tempfile.TemporaryFile()  # noqa: SIM115  goes with the object
        self._process = get_context("fork").Process(target=self._run, args=(city, words, first))
        self._process.start()
        self.pid, self.kill = self._process.pid, self._process.kill

    def _run(self, city: City, words: list[str], first: Callable[[], object]) -> None:
        """Be as a process that Python has just begun with these words."""
        for number, handler in (
            (signal.SIGINT, signal.default_int_handler), (signal.SIGTERM, signal.SIG_DFL),
        ):  # fmt: skip
            signal.signal(number, handler)
        for stream in (1, 2):
            os.dup2(self._said.fileno(), stream)
        sys.stdout = sys.stderr = os.fdopen(1, "w", encoding="utf-8", closefd=False)
        LITTLE.undo()
        ask_quickly()
        os.environ |= city.environment
        tempfile.tempdir = None
        exec((city.home / "seam.py").read_text("utf-8"), {})
        first()
        sys.exit(main(words))

    def poll(self) -> int | None:
        return self._process.exitcode

    @property
    def returncode(self) -> int | None:
        return self.poll()

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        self._process.join(timeout)
        assert self.poll() is not None, "took too long"
        self._said.seek(0)
        return self._said.read().decode("utf-8"), ""


Started: TypeAlias = subprocess.Popen | Forked


class City:
    """A tiny city: its data, two notebooks, an output folder, and the command on them."""

    def __init__(self, home: Path) -> None:
        self.home, self.out, self.running = home, home / "out", []
        self.tmp = Path(tempfile.gettempdir()) / f"mc{os.getpid()}"
        old = record("HS-2", received="25/10/2023", due="20/11/2023", closed="25/11/2023")
        write_csv(home / "data" / "dossiers" / "a_20240118.csv", [HEAD, record(), old])
        self.places = ["--data", str(home / "data"), "--params", str(home / "p.yaml")]
        (home / "p.yaml").write_text(f"units: {write_few(home / 'few.csv')}", "utf-8")
        for name in CITY:
            wait = WAIT if name == "03_feedback" else "1 + 1"
            write_notebook(home / "nb" / f"{name}.ipynb", name, wait)
        self.seam()

    def seam(self, more: str = "") -> None:
        """Have the command use these notebooks; and run `more` first."""
        seam, site = self.home / "seam.py", self.home / "site" / "sitecustomize.py"
        seam.write_text(SEAM.format(nb=str(self.home / "nb"), city=CITY) + more, "utf-8")
        site.parent.mkdir(exist_ok=True)
        site.write_text(SITE.format(seam=str(seam)), "utf-8")

    def words(self, month: str, *options: str) -> list[str]:
        """What a user types after `motcua`."""
        return ["run", month, "--jobs", "2", *self.places, "--out", str(self.out), *options]

    @property
    def environment(self) -> dict[str, str]:
        """What the command and its kernels find."""
        return {
            "MOTCUA_CACHE": str(self.home / "cache"),
            "PYTHONPATH": os.pathsep.join([str(self.home / "site"), str(PACKAGE.parent)]),
            "TMPDIR": str(self.short_tmp()),
            "CITY_OF_THE_TEST": str(self.home),
        }

    def begin(self, month: str = "2024-01", *options: str) -> subprocess.Popen:
        """Start the command as a user does."""
        process = subprocess.Popen(
            [sys.executable, "-m", "motcua", *self.words(month, *options)],
            env=os.environ | self.environment,
            encoding="utf-8",
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            # Ctrl+C is heard as at a terminal, also where the tests run in the background.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        self.running.append(process)
        return process

    def start(
        self, month: str = "2024-01", *options: str, first: Callable[[], object] = bool
    ) -> Forked:
        """Fork a process for the command, in which `first` is called before all."""
        process = Forked(self, self.words(month, *options), first)
        self.running.append(process)
        return process

    def short_tmp(self) -> Path:
        """Folder for the kernels' files: the path of a socket must be short."""
        self.tmp.mkdir(exist_ok=True)
        return self.tmp

    def run(self, month: str = "2024-01", *options: str, **more: object) -> tuple[int, str]:
        """Exit code and what was said, of a run to its end."""
        return said(self.start(month, *options, **more))

    def wait_in(self, start: Callable[..., Started]) -> tuple[Started, int]:
        """Run of January that has come to the notebook that waits, and its kernel."""
        (self.home / "kernel").unlink(missing_ok=True)
        (self.home / "wait").touch()
        process = start("2024-01", "--force")
        until(lambda: self.kernel_says() or process.poll() is not None)
        return process, int(self.kernel_says())

    def kernel_says(self) -> str:
        file = self.home / "kernel"
        return file.read_text() if file.is_file() else ""

    def go_on(self) -> None:
        (self.home / "wait").unlink(missing_ok=True)

    def page(self, month: str = "2024-01") -> str:
        return (self.out / f"{month}.loi.html").read_text("utf-8")

    def content(self, month: str = "2024-01") -> dict[str, bytes]:
        return content(self.out / month)

    def left(self) -> set[str]:
        """What stands in the output folder beside months, their list and locks."""
        names = {p.name for p in self.out.iterdir()}
        return {
            n for n in names if not re.fullmatch(r"\d{4}-\d\d|\.\d{4}-\d\d\.lock|index\.html", n)
        }

    def end(self) -> None:
        self.go_on()
        for process in self.running:
            if process.poll() is None:
                process.kill()
            process.communicate()
        with contextlib.suppress(OSError):
            self.short_tmp().rmdir()


def write_notebook(path: Path, title: str, source: str) -> None:
    cells = [
        new_markdown_cell(f"# {title}"),
        new_code_cell(
            'month = ""\ndata = ""\nparams = ""\nissued = ""', metadata={"tags": ["parameters"]}
        ),
        new_code_cell(source),
    ]
    spec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    path.parent.mkdir(exist_ok=True)
    nbformat.write(new_notebook(cells=cells, metadata={"kernelspec": spec}), path)


def until(holds: Callable[[], object]) -> None:
    end = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < end, "took too long"
        time.sleep(0.05)


def said(process: Started) -> tuple[int, str]:
    out, err = process.communicate(timeout=2 * SECONDS)
    assert "Traceback" not in err
    return process.returncode, out + err


def is_alive(pid: int) -> bool:
    with contextlib.suppress(psutil.NoSuchProcess):
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    return False


def have_at_hand(city: City) -> None:
    """Load what a run loads, once for all processes forked from this one; and the findings."""
    os.environ.setdefault("PLOTLY_RENDERER", "plotly_mimetype")  # as a run does
    load_engine()
    places = [*city.places, "--out", str(city.home / "other")]
    with private_cache(city.home / "own"):
        assert main(["run", "2023-11..2024-01", *places, "--only", "findings", "--jobs", "1"]) == 0


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """A city with one month published; tests leave it so."""
    city = City(tmp_path_factory.mktemp("city"))
    assert said(city.begin())[0] == 0
    assert verify(city.out / "2024-01") == []
    with findings_once():
        have_at_hand(city)
        yield city
    city.end()


@pytest.fixture
def city(good: City) -> Iterator[City]:
    """The city, whose good month must be the same, byte for byte, after the test."""
    before = good.content()
    yield good
    good.go_on()
    good.seam()
    assert good.content() == before
    assert "report.html" in before


# Stopped --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "code", "told"),
    [(signal.SIGTERM, 143, "SIGTERM"), (signal.SIGINT, 130, "theo yêu cầu")],
    ids=["SIGTERM", "Ctrl+C"],
)
def test_a_stopped_run_ends_its_kernels_within_seconds_and_says_so(
    city: City, number: int, code: int, told: str
) -> None:
    process, kernel = city.wait_in(city.begin)
    kernels = [p.pid for p in psutil.Process(process.pid).children(recursive=True)]
    assert kernel in kernels
    begun = time.monotonic()
    process.send_signal(number)
    time.sleep(0.02)
    process.send_signal(number)  # an impatient one changes nothing
    ended, text = said(process)
    assert time.monotonic() - begun < 8
    assert ended == code
    assert "Đã dừng theo yêu cầu; kết quả đã có còn nguyên." in text
    assert not any(map(is_alive, kernels))
    assert city.left() == {"2024-01.loi.html"}
    assert told in city.page()
    assert "bị dừng" in city.page()
    assert not list(city.short_tmp().iterdir())


def test_a_killed_run_leaves_a_page_and_nothing_in_the_way_of_the_next(city: City) -> None:
    process, kernel = city.wait_in(city.start)
    kernels = [p.pid for p in psutil.Process(process.pid).children(recursive=True)]
    process.kill()
    process.communicate()
    assert kernel in kernels
    until(lambda: not any(map(is_alive, kernels)))
    assert "Lần chạy này chưa xong: đang chạy, hoặc đã bị ngắt." in city.page()
    assert city.left() == {"2024-01.loi.html", ".2024-01.building"}
    assert list(city.short_tmp().iterdir())
    city.go_on()
    assert city.run("2024-01", "--force")[0] == 0
    assert city.left() == set()
    assert not list(city.short_tmp().iterdir())


def test_a_killed_kernel_fails_the_run_and_names_its_notebook(city: City) -> None:
    process, kernel = city.wait_in(city.start)
    os.kill(kernel, signal.SIGKILL)
    code, text = said(process)
    assert code == 1
    message = "Phần 03_feedback không chạy được: tiến trình Python của nó bị dừng đột ngột"
    assert f"Lỗi: {message}" in text
    assert message in city.page()
    assert city.left() == {"2024-01.loi.html"}


# Between the steps of publishing ---------------------------------------------------------------

KILLED_BETWEEN_RENAMES = """
import os, signal
publish = importlib.import_module("motcua.running.publish")
publish._exchange = lambda *_: False
rename = pathlib.Path.rename
def rename_and_die(path, to):
    rename(path, to)
    if str(to).endswith(".former"):
        os.kill(os.getpid(), signal.SIGKILL)
pathlib.Path.rename = rename_and_die
"""
STOPPED_WHILE_PUBLISHING = """
import os, signal
publish = importlib.import_module("motcua.running.publish")
exchange = publish._exchange
publish._exchange = lambda *names: (os.kill(os.getpid(), signal.SIGTERM), exchange(*names))[1]
"""


def test_a_month_moved_aside_by_a_run_killed_between_two_renames_comes_back(city: City) -> None:
    before = city.content()
    city.seam(KILLED_BETWEEN_RENAMES)
    assert city.run("2024-01", "--only", "findings")[0] == -signal.SIGKILL
    assert not (city.out / "2024-01").exists()
    assert "chưa xong" in city.page()
    city.seam()
    code, text = city.run()
    assert (code, "không có gì thay đổi" in text) == (0, True)
    assert city.content() == before
    assert city.left() == set()


def test_a_run_stopped_while_it_publishes_publishes_first(city: City) -> None:
    city.seam(STOPPED_WHILE_PUBLISHING)
    code, text = city.run("2024-01..2024-02", "--only", "findings")
    assert code == 143
    assert "Đã dừng" in text
    assert city.left() == set()
    assert not (city.out / "2024-02").exists()
    assert verify(city.out / "2024-01") == []


STOPPED_WHILE_TWO_ARE_MADE = """
import os, signal, time
run = importlib.import_module("motcua.running.run")
processes = importlib.import_module("motcua.machine.processes")
findings = run.write_findings

def stop(*what):
    if processes.is_forked():
        os.kill(os.getppid(), signal.SIGTERM)
        time.sleep(60)
    return findings(*what)

run.write_findings = stop
"""


def test_months_made_at_once_stop_as_one_does(city: City) -> None:
    city.seam(STOPPED_WHILE_TWO_ARE_MADE)
    begun = time.monotonic()
    code, text = city.run("2023-11..2024-01", "--only", "findings")
    assert code == 143
    assert "Đã dừng" in text
    assert time.monotonic() - begun < 30
    assert city.left() <= {"2023-12.loi.html", "2024-01.loi.html"}
    assert verify(city.out / "2023-11") == []
    assert not (city.out / "2023-12").exists()
    for page in city.out.glob("*.loi.html"):
        assert "dừng" in page.read_text("utf-8")
        page.unlink()
    shutil.rmtree(city.out / "2023-11")


# Disks ----------------------------------------------------------------------------------------


WITH_FINDINGS_OF_ITS_OWN = """
findings = importlib.import_module("motcua.papers.findings")
importlib.import_module("motcua.running.run").write_findings = findings.write_findings
"""


@contextlib.contextmanager
def small_disk(place: Path, size: str) -> Iterator[None]:
    """Mount a file system of some size there (root alone can)."""
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", place], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)


def can_mount() -> bool:
    probe = Path(tempfile.mkdtemp())
    try:
        with small_disk(probe / "disk", "4k"):
            return True
    except (OSError, subprocess.CalledProcessError):
        return False


def test_a_full_disk_is_told_and_leaves_the_month_as_it_was(city: City, tmp_path: Path) -> None:
    """On a real small disk where that can be had, else with a limit on the size of files."""
    with contextlib.ExitStack() as stack:
        stack.callback(setattr, city, "out", city.out)
        options: dict[str, object] = {}
        if can_mount():
            stack.enter_context(small_disk(tmp_path / "disk", "2m"))
            city.out, told = tmp_path / "disk" / "out", "đĩa đã đầy"
            assert city.run("2024-01", "--only", "findings")[0] == 0
            free = shutil.disk_usage(tmp_path / "disk").free
            (tmp_path / "disk" / "filler").write_bytes(b"x" * (free - 50_000))
        else:
            told = "tệp vượt kích thước được phép"
            options["first"] = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
        before = city.content()
        city.seam(WITH_FINDINGS_OF_ITS_OWN)
        code, text = city.run("2024-01", "--only", "findings", **options)
        assert code == 1
        assert f"Lỗi: Không ghi được kết quả tháng 2024-01: {told}" in text
        assert told in city.page()
        assert city.left() == {"2024-01.loi.html"}
        assert city.content() == before


def test_an_output_folder_that_cannot_be_written_ends_with_2(city: City, tmp_path: Path) -> None:
    with contextlib.ExitStack() as stack:
        stack.callback(setattr, city, "out", city.out)
        if can_mount():
            city.out, told = tmp_path / "disk", "ổ đĩa chỉ cho đọc"
            stack.enter_context(small_disk(city.out, "64k"))
            subprocess.run(["mount", "-o", "remount,ro", city.out], check=True)
        else:
            city.out, told = tmp_path / "file", "đã có một tệp mang tên đó"
            city.out.touch()
        code, text = city.run("2024-01", "--only", "findings")
    assert code == 2
    assert f"Không ghi được vào thư mục kết quả {tmp_path}" in text
    assert f"{told}. Chọn thư mục khác bằng --out" in text


# Several runs, several months -----------------------------------------------------------------


def test_two_runs_of_a_month_exclude_each_other_and_another_month_runs(city: City) -> None:
    process, _ = city.wait_in(city.start)
    same = city.start("2024-01", "--only", "findings")
    assert city.run("2023-12", "--only", "findings")[0] == 0
    code, text = said(same)
    assert (code, "Tháng 2024-01 đang được chạy bởi một lệnh khác" in text) == (1, True)
    assert verify(city.out / "2023-12") == []
    city.go_on()
    assert said(process)[0] == 0
    assert city.left() == set()


def test_a_range_goes_on_after_a_failed_month_and_is_taken_up_again(city: City) -> None:
    (city.home / "fail").write_text("2023-11")
    code, text = city.run("2023-11..2023-12")
    assert code == 1
    assert "Lỗi tháng 2023-11: Sổ tay 03_feedback lỗi ở ô 3: ValueError: hỏng" in text
    assert "Xong 1 trên 2 tháng.\nKhông lập được: 2023-11." in text
    assert city.left() == {"2023-11.loi.html"}
    (city.home / "fail").unlink()
    code, text = city.run("2023-11..2024-01")
    assert code == 0
    assert text.count("không có gì thay đổi") == 2
    assert "Xong 3 trên 3 tháng." in text
    assert city.left() == set()
    assert verify(city.out / "2023-11") == []
