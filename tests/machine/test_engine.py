"""The engine that forks: same outputs as the plain engine, and no harm when things go wrong.

That every notebook of the project shows the same with both is seen where nbval runs them: see
`pytest_runtest_call` in tests/conftest.py.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import papermill
import psutil
import pytest
from motcua.base.errors import RunError
from motcua.base.reference import ROOT
from motcua.machine import processes
from motcua.machine.processes import (
    ForkedDied,
    ForkedHangs,
    Stopped,
    at_once,
    beat,
    is_forked,
    put_off,
    run_forked,
    run_prepared,
)
from motcua.measures import month
from motcua.measures.quality import issued_changes
from motcua.reading import inputs
from motcua.running import execute, run
from motcua.running.execute import Task, execute_tasks, load_engine
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

SAMPLE = {"month": "2024-01", "data": str(ROOT / "data" / "sample"), "params": ""}
MODEL_ID = re.compile(r"[0-9a-f]{32}")
ODD_CELLS = [
    "print(1)\nprint(2)",
    "1 + 1",
    "import asyncio\nawait asyncio.sleep(0)\n'awaited'",
    "from IPython.display import display, HTML\ndisplay(HTML('<b>x</b>'))\nprint('after')\n3",
    "import sys\nprint('to stderr', file=sys.stderr)\nprint('to stdout')",
    "handle = display('first', display_id='same')\nhandle.update('second')",
    "from IPython.display import clear_output\nprint('gone')\nclear_output()\nprint('kept')",
    "%env MOTCUA_TEST=1\n%pwd",
    "%%bash\necho from a shell",
    "!echo from a subprocess",
    "import pandas as pd\npd.DataFrame({'a': [1.5, None]})",
    # motcua sets the look of charts when its own are first asked for: here first of all
    "import plotly.graph_objects as go\nimport motcua.chapters.figure\ngo.Figure(go.Bar(y=[1, 2]))",
    "import ipywidgets\noutput = ipywidgets.Output()\nwith output:\n    print('inside')\noutput",
    "_, In[2], __name__",
    "import warnings\nwarnings.warn('once', DeprecationWarning)\nwarnings.warn('twice')",
    "class Odd:\n    __repr__ = lambda _: 'odd'\n    _repr_html_ = lambda _: 1 / 0\nOdd()",
]
FAILING_CELLS = ["def f():\n    return 1 / 0\nf()", "def f(:", "input()", "raise SystemExit(3)"]


def write(path: Path, *sources: str) -> Path:
    cells = [new_markdown_cell("# A"), *(new_code_cell(source) for source in sources)]
    cells[1].metadata["tags"] = ["parameters"]
    spec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    path.parent.mkdir(exist_ok=True)
    nbformat.write(new_notebook(cells=cells, metadata={"kernelspec": spec}), path)
    return path


def execute_by(engine: str | None, path: Path) -> nbformat.NotebookNode:
    """Notebook as an engine leaves it, failed or not, without times, process and random ids."""
    out = path.with_suffix(f".{engine}.ipynb")
    with contextlib.suppress(papermill.PapermillExecutionError):
        papermill.execute_notebook(
            path, out, engine_name=engine, progress_bar=False, coalesce_streams=True,
            # Of a kernel of its own an answer is at times not noticed before the wait for it ends.
            execution_timeout=None if engine else 30,
        )  # fmt: skip
    notebook = nbformat.read(out, as_version=4)
    notebook.metadata.pop("papermill")
    for cell in notebook.cells:
        cell.metadata.pop("papermill", None)
        cell.metadata.pop("execution", None)
        cell.id = "same"  # that of an error's marker is random
    ids: dict[str, str] = {}  # of widgets, in the order in which they are named
    text = json.dumps(notebook, sort_keys=False, ensure_ascii=False)
    text = MODEL_ID.sub(lambda found: ids.setdefault(found[0], str(len(ids))), text)
    return nbformat.from_dict(json.loads(re.sub(r"ipykernel_\d+", "ipykernel", text)))


pytestmark = pytest.mark.usefixtures("own_cache")


@pytest.fixture(autouse=True)
def _engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLOTLY_RENDERER", "plotly_mimetype")
    load_engine()


# Equal outputs --------------------------------------------------------------------------------


def test_odd_cells_have_the_same_outputs_as_with_the_plain_engine(tmp_path: Path) -> None:
    path = write(tmp_path / "odd.ipynb", *ODD_CELLS)
    plain, forked_one = (execute_by(engine, path) for engine in (None, "motcua"))
    for one, other in zip(plain.cells, forked_one.cells, strict=True):
        assert one == other
    assert plain.metadata == forked_one.metadata
    assert plain.metadata.widgets


@pytest.mark.parametrize("source", FAILING_CELLS)
def test_a_failing_cell_looks_the_same_as_with_the_plain_engine(
    tmp_path: Path, source: str
) -> None:
    path = write(tmp_path / "failing.ipynb", "x = 1", source, "print('not reached')")
    plain, forked_one = (execute_by(engine, path) for engine in (None, "motcua"))
    assert plain.cells == forked_one.cells
    assert "error" in str(plain.cells)
    assert "not reached" not in str([cell.get("outputs") for cell in plain.cells])


def test_the_command_of_papermill_knows_the_engine(tmp_path: Path) -> None:
    path = write(tmp_path / "a.ipynb", "month = ''", "print(month)", "import sys; sys.argv[0][-9:]")
    program, out = Path(sys.executable).with_name("papermill"), tmp_path / "motcua.ipynb"
    options = ["-p", "month", "2024-01", "--no-progress-bar", "--engine", "motcua"]
    subprocess.run([program, path, out, *options], check=True, capture_output=True)
    plain = papermill.execute_notebook(path, None, {"month": "2024-01"}, progress_bar=False)
    notebook = nbformat.read(out, as_version=4)
    assert notebook.cells[3].outputs == plain.cells[3].outputs
    assert notebook.cells[3].outputs[0].text == "2024-01\n"
    assert notebook.cells[4].outputs[0].data["text/plain"] == "'papermill'"  # no kernel's name
    assert notebook.metadata.language_info == plain.metadata.language_info


# Isolation and what is loaded -----------------------------------------------------------------


def test_no_notebook_sees_what_another_one_or_its_parent_did(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "nb" / "a.ipynb", "x = ''", "import motcua; motcua.left = globals()['x']")
    write(tmp_path / "nb" / "b.ipynb", "x = ''", "import motcua; hasattr(motcua, 'left')")
    monkeypatch.setattr(execute, "NOTEBOOKS", tmp_path / "nb")
    tasks = [Task(name, {"x": "1"}) for name in "ab"]
    execute_tasks(tasks, tmp_path / "out", 1, engine="warm")
    seen = nbformat.read(tmp_path / "out" / "b.ipynb", as_version=4).cells[-1].outputs
    assert seen[0].data["text/plain"] == "False"
    assert not hasattr(sys.modules["motcua"], "left")


def test_copies_of_a_notebook_in_one_process_are_as_with_a_process_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each spoils all that it can reach; the plain engine shows what a first one sees."""
    warm = month.load(**SAMPLE)
    run.warm_up(warm)
    write(
        tmp_path / "nb" / "a.ipynb",
        "month = ''\ndata = ''\nparams = ''\nward = ''",
        "import os\nimport motcua as mc\nmonth = mc.load(month, data=data)",
        "'odd' in month.rates, int(month.rates['late'].sum()), 'left' in globals(), len(In), ward",
        "left = month.rates.assign(odd=1); month.rates['odd'] = 1; month.rates.iloc[0, 5] = 7",
        "month.rates.drop(columns='late', inplace=True); month.late_dossiers['due'] = None",
        "print(os.environ.pop('PLOTLY_RENDERER'), os.getcwd())\nos.chdir('/')",
        "import warnings\nwarnings.warn('said by each', DeprecationWarning)\n_, Out.get(3)",
        "display(month.late_dossiers['due'].isna().sum())",
    )
    monkeypatch.setattr(execute, "NOTEBOOKS", tmp_path / "nb")
    spoilt = [Task("a", SAMPLE | {"ward": str(i)}, f"wards/{i}") for i in range(8)]
    for engine in ("plain", "warm"):
        tasks = spoilt[-1:] if engine == "plain" else spoilt
        execute_tasks(tasks, tmp_path / engine, 1, engine=engine)
    pages = [(tmp_path / "warm" / f"wards/{i}.ipynb").read_text("utf-8") for i in range(8)]
    own = re.compile(r"(?<=ipykernel_)\d+|(?<=ward = \\\")\d|(?<=, ')\d(?='\))")
    assert len({own.sub("", page) for page in pages}) == 1
    plain = (tmp_path / "plain" / "wards/7.ipynb").read_text("utf-8")
    assert own.sub("", plain) == own.sub("", pages[7])


def test_the_month_that_was_computed_before_is_not_read_again(tmp_path: Path) -> None:
    """Proof: the forked process may neither connect to DuckDB nor read a Parquet file."""
    warm = month.load(**SAMPLE)
    run.warm_up(warm)

    def load_again() -> tuple[bool, int]:
        inputs._connect = inputs.pq.read_table = None
        again = month.load(**SAMPLE)
        return again is warm, len(again.rates)

    assert dict(run_forked([load_again], 1, 60)) == {0: (True, 30)}
    assert month.load(**SAMPLE) is warm
    other = SAMPLE | {"threshold_percent": 95}
    assert dict(run_forked([lambda: month.load(**other) is warm], 1, 60)) == {0: False}


def test_no_notebook_asks_the_database_again(tmp_path: Path, monkeypatch) -> None:
    """Proof: none may connect to DuckDB."""
    warm = month.load(**SAMPLE)
    run.warm_up(warm)
    issued_changes(warm, tmp_path / "issued")
    monkeypatch.setattr(inputs, "_connect", None)
    tasks = run._tasks(run.make_job(**SAMPLE, out=str(tmp_path)), warm)
    execute_tasks(tasks[: len(run.CITY) + 1], tmp_path / "out", 2, engine="warm")
    assert len(list(tmp_path.glob("out/**/*.ipynb"))) == len(run.CITY) + 1


def test_a_forked_process_makes_a_connection_of_its_own(tmp_path: Path) -> None:
    this = month.load(**SAMPLE)
    expected = this.inputs.n_dossiers
    count = "select count(*) from dossiers"
    calls = [lambda: this.inputs.con.execute(count).fetchall()[0][0]] * 3
    assert dict(run_forked(calls, 2, 60)) == dict.fromkeys(range(3), expected)
    assert this.inputs.con.execute(count).fetchall()[0][0] == expected


def test_a_forked_process_shares_out_as_any_other_does() -> None:
    """One call after the other in one process, two at once in two, none at once in its own."""

    def share_out() -> tuple[int, ...]:
        (one, other), (first, second) = (at_once([os.getpid] * 2, jobs) for jobs in (1, 2))
        (here,) = at_once([os.getpid], 0)
        return os.getpid(), here, one, other, first, second

    ((_, (own, here, one, other, first, second)),) = run_forked([share_out], 1, 60)
    assert (here, one) == (own, other)
    assert len({os.getpid(), own, one, first, second}) == 5


def test_threads_of_arrow_numpy_and_duckdb_survive_many_forks(tmp_path: Path) -> None:
    """The parent uses its pools of threads between the forks, the children theirs."""
    import duckdb
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    table = pa.table({"a": np.arange(200_000), "b": [f"{i % 97}" for i in range(200_000)]})
    pq.write_table(table, tmp_path / "t.parquet")
    matrix = np.ones((300, 300))

    def work() -> tuple[int, int, float, int]:
        read = pq.read_table(tmp_path / "t.parquet", use_threads=True)
        groups = read.group_by("b").aggregate([("a", "sum")]).num_rows
        query = f"select count(distinct b) from read_parquet('{tmp_path / 't.parquet'}')"
        distinct = duckdb.connect().execute(query).fetchall()[0][0]
        return groups, pc.sum(read["a"]).as_py() % 1000, float((matrix @ matrix)[0, 0]), distinct

    this = month.load(**SAMPLE)
    expected = work()
    for _ in range(5):
        assert dict(run_forked([work] * 4, 2, 60)) == dict.fromkeys(range(4), expected)
        work()
        this.inputs.con.execute("select ward, count(*) from dossiers group by ward").fetchall()


# What goes wrong ------------------------------------------------------------------------------


def wait_for(path: Path) -> None:
    end = time.monotonic() + 30
    while not path.exists():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_forked_process_that_dies_is_named_and_the_others_are_killed(tmp_path: Path) -> None:
    def sleep() -> None:
        subprocess.Popen(["sleep", "300"])
        (tmp_path / "pid").write_text(str(os.getpid()))
        time.sleep(300)

    def die() -> None:
        wait_for(tmp_path / "pid")
        os.kill(os.getpid(), signal.SIGKILL)

    before = set(psutil.Process().children())  # a browser of other tests, say
    with pytest.raises(ForkedDied) as died:
        list(run_forked([sleep, die], 2, 60))
    assert died.value.args == (1,)
    assert not set(psutil.Process().children()) - before
    assert not psutil.pid_exists(int((tmp_path / "pid").read_text()))


def test_what_is_given_up_has_ended_with_all_that_it_started(tmp_path: Path) -> None:
    asleep = tmp_path / "asleep"

    def sleep() -> None:
        child = subprocess.Popen(["sleep", "600"])
        asleep.write_text(f"{os.getpid()} {child.pid}")
        time.sleep(600)

    def wait() -> None:
        while not asleep.is_file() or not asleep.read_text():
            time.sleep(0.01)

    results = run_prepared(lambda: None, [wait, sleep], jobs=2, patience=600)
    assert next(results) == (0, None)
    results.close()
    for number in map(int, asleep.read_text().split()):
        with contextlib.suppress(psutil.NoSuchProcess):
            assert psutil.Process(number).status() == psutil.STATUS_ZOMBIE


def test_a_call_without_a_sign_of_life_is_ended_and_one_with_signs_is_not() -> None:
    def busy() -> str:
        for _ in range(8):
            time.sleep(0.25)
            beat()
        return "done"

    assert dict(run_forked([busy], 1, 1)) == {0: "done"}
    with pytest.raises(ForkedHangs) as hangs:
        list(run_forked([busy, lambda: time.sleep(60)], 2, 1))
    assert hangs.value.args == (1,)


def test_what_a_call_raises_is_raised_with_its_own_class() -> None:
    def fail() -> None:
        raise RunError("hỏng")

    with pytest.raises(RunError, match="hỏng"):
        list(run_forked([fail], 1, 60))
    with pytest.raises(RuntimeError, match="function"):  # an answer that cannot travel
        list(run_forked([lambda: lambda: 1], 1, 60))
    assert not is_forked()


def test_a_request_to_stop_that_breaks_off_a_query_stays_one() -> None:
    def query() -> None:
        try:
            signal.raise_signal(signal.SIGTERM)
        except Stopped:  # as DuckDB does
            raise RuntimeError("Query interrupted") from None

    with pytest.raises(Stopped, match="SIGTERM"), put_off() as stops, stops.heard():
        query()
    with pytest.raises(RuntimeError, match="another"), put_off() as stops, stops.heard():
        raise RuntimeError("another")


def test_a_cell_that_hangs_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "nb" / "a.ipynb", "x = ''", "import time; time.sleep(60)")
    monkeypatch.setattr(execute, "NOTEBOOKS", tmp_path / "nb")
    monkeypatch.setattr(execute, "CELL_TIMEOUT", 1)
    with pytest.raises(RunError, match="Phần a không chạy được: có ô chạy quá 1 giây"):
        execute_tasks([Task("a", {"x": "1"})], tmp_path / "out", engine="warm")


def test_without_a_safe_fork_the_plain_engine_does_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert execute.default_engine() == "plain"
    monkeypatch.undo()
    assert execute.default_engine() == "warm"
    monkeypatch.setattr("motcua.machine.fork_engine.can_fork", lambda: False)
    monkeypatch.setattr(processes, "_start", None)
    path = write(tmp_path / "a.ipynb", "1", "import os; os.getppid()")
    notebook = papermill.execute_notebook(path, None, engine_name="motcua", progress_bar=False)
    assert notebook.cells[-1].outputs[0].data["text/plain"] == str(os.getpid())
