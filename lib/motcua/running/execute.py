"""Execute notebooks with Papermill, and believe only what the executed cells show."""

from __future__ import annotations

import contextlib
import logging
import os
import re
import shutil
import tempfile
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from itertools import chain
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import psutil
from traitlets.config import Config

from motcua.base.errors import RunError
from motcua.base.reference import NOTEBOOKS, ROOT, concerns, message, refusal, shown, translated
from motcua.machine import fork_engine
from motcua.machine.processes import ForkedDied, ForkedHangs, can_fork, run_prepared
from motcua.machine.progress import steps
from motcua.running.publish import DISK_WORDS

if TYPE_CHECKING:
    from nbformat import NotebookNode

_Calls = Mapping[tuple[str, ...], Callable[[], object]]  # by the names of what each makes
MOST_OF_SOCKET = 100  # bytes of its name, to which a few are added; the system takes 107
FEW = 5  # copies of one notebook in a process: a process costs as much as the cells of one
CELL_TIMEOUT = 600  # seconds; a cell that takes longer hangs
# What a kernel imports when it is made.
_OF_KERNELS = (
    "ipykernel.ipkernel", "ipykernel.debugger", "IPython.core.application", "IPython.core.oinspect",
    "IPython.core.completerlib", "IPython.core.crashhandler", "IPython.core.logger", "bdb",
)  # fmt: skip


def default_engine() -> str:
    """Name of the engine where none is asked for: "warm" where processes can be forked."""
    return "warm" if can_fork() else "plain"


@dataclass(frozen=True)
class Task:
    """One execution of a notebook: which one, with what parameters, and what its copy is called.

    `target` may name a folder too ("wards/26374"); it is the notebook's own name when empty.

    Examples
    --------
    >>> Task("01_ward_rates", {}).target, Task("ward_sheet", {}, "wards/26374").target
    ('01_ward_rates', 'wards/26374')
    """

    notebook: str
    parameters: Mapping[str, str]
    target: str = ""

    def __post_init__(self) -> None:
        """Name the copy after the notebook where nothing else is said."""
        object.__setattr__(self, "target", self.target or self.notebook)

    @property
    def name(self) -> str:
        """Name for messages: the notebook, and its copy's name where that is another."""
        copy = Path(self.target).name
        return self.notebook if copy == self.notebook else f"{self.notebook} {copy}"


def execute_tasks(
    tasks: Iterable[Task],
    folder: Path,
    jobs: int = 1,
    say: Callable[[str], None] = lambda _: None,
    engine: str = "plain",
    beside: Mapping[str, Callable[[], object]] = MappingProxyType({}),
) -> None:
    """Execute notebooks of NOTEBOOKS into `folder`/TARGET.ipynb, `jobs` at a time.

    The first failure stops the others and is raised; so does an interrupt.

    Parameters
    ----------
    beside : name -> call that rests on no notebook; the warm engine makes it at the same time.
    engine : "plain" starts a kernel for each notebook, "warm" forks this process,
        so that notebooks find loaded what this process has loaded. Both give the same outputs.

    Raises
    ------
    RunError
        A notebook failed, did not run to its end, or does not take the parameters.
    """
    by_notebook: dict[str, list[Task]] = {}
    for task in tasks:
        by_notebook.setdefault(task.notebook, []).append(task)
        (folder / task.target).parent.mkdir(parents=True, exist_ok=True)
    for name, same in by_notebook.items():
        check_parameters(NOTEBOOKS / f"{name}.ipynb", {key for t in same for key in t.parameters})
    os.environ.setdefault("PLOTLY_RENDERER", "plotly_mimetype")  # figures alone, not plotly.js
    with _place_of_kernels() as place:
        execute, inside = _ENGINES[engine]
        few, jobs = 1, max(1, jobs)
        calls: dict[tuple[str, ...], Callable[[], object]] = {}
        if engine == "warm":
            few, calls = FEW, {(name,): call for name, call in beside.items()}
        else:
            for call in beside.values():
                call()
        for some in _bundles(by_notebook.values(), few, jobs):
            names = tuple(task.name for task in some)
            calls[names] = partial(_execute_all, some, folder, place, inside)
        with (
            contextlib.closing(execute(calls, jobs)) as executed,
            steps(say, [*chain(*calls)], "Chạy", at_once=jobs, line="  xong {}") as done,
        ):
            for name in chain.from_iterable(executed):
                done(name)


def _bundles(notebooks: Iterable[list[Task]], most: int, jobs: int) -> Iterator[list[Task]]:
    """Tasks of each process: a notebook alone, but a few of the copies of one together.

    So few that no process waits for another at the end.
    """
    for same in notebooks:
        few = max(1, min(most, len(same) // (2 * jobs)))
        yield from (same[at : at + few] for at in range(0, len(same), few))


def _execute_warm(calls: _Calls, jobs: int) -> Iterator[tuple[str, ...]]:
    """Make each call in a process forked from this one; yield the names of those that are done."""
    load_engine()
    names = list(calls)
    try:
        run = run_prepared(fork_engine.make_ready, [*calls.values()], jobs, CELL_TIMEOUT)
        with contextlib.closing(run) as results:
            for index, _ in results:
                yield names[index]
    except ForkedDied as error:
        raise died(", ".join(names[error.args[0]])) from None
    except ForkedHangs as error:
        raise died(", ".join(names[error.args[0]]), "hangs") from None


def died(part: str, why: str = "died") -> RunError:
    """What is said of a part whose process gave no answer: it "died", or "hangs"."""
    return refusal("part_stopped", RunError, name=part, why=message(why, seconds=CELL_TIMEOUT))


def load_engine() -> None:
    """Import what the notebooks' processes need, once for all of them."""
    with fork_engine.without_slow_formats(), fork_engine.without_debugger():
        import papermill.engines
        import plotly.io

        for name in _OF_KERNELS:
            import_module(name)

    papermill.engines.papermill_engines.register("motcua", fork_engine.ForkEngine)
    nbformat = fork_engine.notebook_format()
    nbformat.validate(nbformat.v4.new_notebook())  # compiles the schema
    plotly.io.renderers.default = os.environ["PLOTLY_RENDERER"]  # if it was imported before


def _execute_plain(calls: _Calls, jobs: int) -> Iterator[tuple[str, ...]]:
    """Execute each notebook in a kernel of its own; yield the names of those that are done."""
    with ThreadPoolExecutor(max_workers=jobs) as pool:
        futures = {pool.submit(call): name for name, call in calls.items()}
        try:
            for future in as_completed(futures):
                future.result()
                yield futures[future]
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            while not all(future.done() for future in futures):
                _stop_kernels()  # again, for a kernel that was just being started
                time.sleep(0.1)
            raise


# Name of an engine -> how it makes calls, and papermill's name for the engine of each notebook.
_ENGINES = {"plain": (_execute_plain, "nbclient"), "warm": (_execute_warm, "motcua")}


@contextlib.contextmanager
def _place_of_kernels() -> Iterator[Path]:
    """Folder for the files of this run's kernels; those of runs that were killed are removed."""
    for left in Path(tempfile.gettempdir()).glob("motcua-*-*"):
        owner = left.name.split("-")[1]
        if owner.isdecimal() and not psutil.pid_exists(int(owner)):
            shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=f"motcua-{os.getpid()}-") as place:
        yield Path(place)


def _stop_kernels() -> None:
    """End the kernels that this process started, so that nothing waits for them."""
    for child in psutil.Process().children(recursive=True):
        try:
            if "ipykernel" in " ".join(child.cmdline()):
                child.kill()
        except psutil.Error:
            continue


def _kernel(place: Path, name: str) -> Config:
    """Kernel that talks over files of this user instead of open TCP ports, where there may be such.

    The name of such a file has few letters; that of a folder of temporary files may have more.
    """
    file = str(place / f"{name}.json")
    if os.name == "nt" or len(os.fsencode(file)) > MOST_OF_SOCKET:
        return Config()
    return Config(KernelManager={"transport": "ipc", "connection_file": file})


def _execute_all(tasks: Iterable[Task], folder: Path, place: Path, engine: str) -> None:
    """Execute notebooks one after the other, each as if it were the first."""
    for task in tasks:
        _execute(task, folder, place, engine)


def _execute(task: Task, folder: Path, place: Path, engine: str) -> None:
    """Execute one notebook, check that all of it ran, and clean the executed copy."""
    with fork_engine.without_slow_formats():
        import papermill  # half a second to import, of use only here

    logging.getLogger("papermill").setLevel(logging.ERROR)
    source, target = NOTEBOOKS / f"{task.notebook}.ipynb", folder / f"{task.target}.ipynb"
    name, parameters = task.name, dict(task.parameters)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            notebook = papermill.execute_notebook(
                source,
                None,
                parameters,
                engine,
                resources={"metadata": {"path": str(ROOT)}},  # `cwd` would move all threads
                progress_bar=False,
                kernel_name="python3",
                execution_timeout=CELL_TIMEOUT,
                coalesce_streams=True,  # however quickly they came
                config=_kernel(place, task.target.replace("/", "-")),
                extra_arguments=["--IPKernelApp.log_level=50"],
            )
    except papermill.PapermillExecutionError as error:
        what = error.evalue if error.ename == "RunError" else f"{error.ename}: {error.evalue}"
        raise refusal("cell_wrong", RunError, name=name, cell=error.exec_count, what=what) from None
    except Exception as error:
        if isinstance(error, OSError) and error.errno in DISK_WORDS:
            raise
        raise refusal("notebook_stopped", RunError, name=name, why=_what(error)) from None
    check_executed(notebook, name)
    notebook.cells = [c for c in notebook.cells if concerns(c.metadata.get("tags", ()))]
    for cell in notebook.cells:
        cell.source = translated(cell.source) if cell.cell_type == "markdown" else cell.source
    fork_engine.notebook_format().write(clean_notebook(notebook, parameters), target)


def _what(error: Exception) -> str:
    """What befell a kernel, in words where it is a usual thing."""
    from nbclient.exceptions import CellTimeoutError, DeadKernelError  # papermill has imported it

    if isinstance(error, DeadKernelError):
        return message("died")
    if isinstance(error, CellTimeoutError):
        return message("hangs", seconds=CELL_TIMEOUT)
    return f"{type(error).__name__}: {str(error)[:300]}"


def check_parameters(source: Path, parameters: Iterable[str]) -> None:
    """Refuse a notebook that Papermill would only warn about.

    Raises
    ------
    RunError
        No cell, or several, tagged "parameters"; or one that does not name a parameter given.
    """
    missing = sorted(set(parameters) - _parameters_of(source))
    if missing:
        raise refusal("no_parameter", RunError, name=source.stem, missing=", ".join(missing))


def _parameters_of(source: Path) -> set[str]:
    """Names in the cell of a notebook that is tagged "parameters"."""
    notebook = fork_engine.notebook_format().read(source, as_version=4)
    cells = [c for c in notebook.cells if "parameters" in c.metadata.get("tags", [])]
    if len(cells) != 1:
        raise refusal("one_parameters", RunError, name=source.stem)
    return set(re.findall(r"^(\w+)\s*(?::[^=]+)?=", cells[0].source, re.MULTILINE))


def check_executed(notebook: NotebookNode, name: str) -> None:
    """Every code cell ran, in order, without an error; metadata are not believed.

    Raises
    ------
    RunError
        A cell has no execution count or an error output.
    """
    cells = [c for c in notebook.cells if c.cell_type == "code" and c.source.strip()]
    counts = [cell.execution_count for cell in cells]
    if not cells or counts != list(range(1, len(cells) + 1)):
        raise refusal("cells_left", RunError, name=name, counts=counts)
    if any(output.output_type == "error" for cell in cells for output in cell.outputs):
        raise refusal("cell_wrong_unseen", RunError, name=name)


def clean_notebook(notebook: NotebookNode, parameters: Mapping[str, str]) -> NotebookNode:
    """Executed notebook without times, random ids and paths of this machine, so bytes repeat."""
    notebook = fork_engine.notebook_format().from_dict(notebook)
    for key in ("papermill", "widgets"):
        notebook.metadata.pop(key, None)
    paths = {
        _injected(value): _injected(shown(Path(value)))
        for value in parameters.values()
        if Path(value).is_absolute()
    }
    for index, cell in enumerate(notebook.cells):
        cell.id = f"cell-{index:03d}"
        for key in ("papermill", "execution"):
            cell.metadata.pop(key, None)
        if "injected-parameters" in cell.metadata.get("tags", []):
            for path, short in paths.items():
                cell.source = cell.source.replace(path, short)
    return notebook


def _injected(text: str) -> str:
    """Text as Papermill writes it into a cell: letters with accents and quotes as escapes."""
    return text.encode("unicode_escape").decode("ascii").replace('"', r"\"")
