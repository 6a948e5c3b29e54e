"""Small exports written the ways that real ones come in: workbooks, csv, Parquet."""

from __future__ import annotations

import csv
import gc
import io
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from importlib import import_module
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pytest
import xlsxwriter
from duckdb import _relation
from filelock import FileLock
from motcua.base.reference import ROOT
from motcua.measures.month import Month, inputs_of, remembered
from motcua.reading import store
from motcua.running import leaks, run

KEY = "00" * 32  # of the officials' codes, where what is published is compared with former files
LOAD = import_module("motcua.reading.inputs")  # the package's `load` is the function
BOSTON = (  # ten requests of a city abroad, whose units have odd names, and its parameters
    "--data", str(ROOT / "tests" / "data" / "requests"),
    "--params", str(ROOT / "docs" / "examples" / "boston311.yaml"),
)  # fmt: skip
BIND, CONNECT = _relation._bind_with_stand_ins, store.connect
BOUND: dict[str, object] = {}  # columns of a step by the statement that asks for them
DATABASES: dict[int, duckdb.DuckDBPyConnection] = {}  # one of each process, of all its months
NUMBERS = count()
LITTLE = pytest.MonkeyPatch()
HEAD = ["Mã hồ sơ", "Đơn vị tiếp nhận", "Ngày tiếp nhận", "Ngày hẹn trả", "Ngày kết thúc xử lý"]


def record(
    number: str = "HS-001",
    ward: str = "Tân Biên",
    received: object = "02/01/2024",
    due: object = "10/01/2024",
    closed: object = "09/01/2024",
) -> list:
    """One dossier under HEAD."""
    return [number, ward, received, due, closed]


def text_of(rows: Sequence[Sequence], delimiter: str = ",") -> str:
    """Rows as csv text."""
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return out.getvalue()


def write_csv(
    path: Path, rows: Sequence[Sequence], delimiter: str = ",", encoding: str = "utf-8-sig"
) -> Path:
    """Csv file of rows; folders are made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text_of(rows, delimiter).encode(encoding))
    return path


def write_xlsx(
    path: Path,
    sheets: dict[str, Sequence[Sequence]] | Sequence[Sequence],
    merges: Sequence[str] = (),
) -> Path:
    """Workbook of sheets; `merges` are ranges of the first sheet ("C3:E3")."""
    path.parent.mkdir(parents=True, exist_ok=True)
    sheets = sheets if isinstance(sheets, dict) else {"T1": sheets}
    with xlsxwriter.Workbook(path, {"in_memory": True}) as book:  # without a file of each part
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for r, row in enumerate(rows):
                for c, value in enumerate(row):
                    is_day = isinstance(value, date | datetime)
                    sheet.write(r, c, value, day) if is_day else sheet.write(r, c, value)
        for cells in merges:
            book.worksheets()[0].merge_range(cells, _first_cell(sheets, cells))
    return path


def _first_cell(sheets: dict[str, Sequence[Sequence]], cells: str) -> object:
    row, column = xlsxwriter.utility.xl_cell_to_rowcol(cells.split(":")[0])
    return next(iter(sheets.values()))[row][column]


def made_once(folder: Path, make: Callable[[Path], None]) -> Path:
    """Make a folder, once for all workers; the others wait until it is whole."""
    with FileLock(f"{folder}.lock"):
        if not folder.exists():
            half = folder.with_name(f"{folder.name}-half")
            make(half)
            half.rename(folder)
    return folder


def content(folder: Path) -> dict[str, bytes]:
    """Bytes of every file of a folder, by its name there."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def write_few(path: Path) -> Path:
    """Register of three units of the city, for what is made of each unit."""
    head, *units = (ROOT / "data" / "reference" / "wards.csv").read_text("utf-8").splitlines()
    few = [unit for unit in units if unit.split(",")[1] in ("Tân Biên", "Hố Nai", "Tam Phước")]
    path.write_text("\n".join([head, *few, ""]), "utf-8")
    return path


def take_little() -> None:
    """Have the tests' own process ask DuckDB with one thread, and read and write by itself.

    A few rows take longer to be shared out than to be counted, so the database is asked as in a
    forked process, and what a run shares out among forked processes is done one by one. What is
    run in processes of its own shares out as ever; so does what is made within `whole_machine`.
    A fifth of what a small month takes is DuckDB asking for the columns of each step anew (see
    `bind_once`), and looking through each expression for words that are names of columns too: it
    warns of those in what is made within `whole_machine` alone.
    """
    ask_quickly()
    LITTLE.setattr(store, "is_forked", lambda: True)
    LITTLE.setattr(store, "connect", connect_once)
    LITTLE.setattr(LOAD, "may_start_processes", lambda: False)
    for module in (leaks, run):
        LITTLE.setattr(module, "at_once", lambda calls, jobs: [call() for call in calls])


def ask_quickly() -> None:
    """Have DuckDB not ask for the columns of the same step again, nor look for odd words."""
    LITTLE.setattr(_relation, "_bind_with_stand_ins", bind_once)
    LITTLE.setattr(_relation, "_warn_on_literal_names", lambda *_: None)


def bind_once(
    node: object, statement: str, stubs: list, real: Callable[[], str], **more: object
) -> object:
    """Columns of a step of a query, asked of the database once for all months of a process.

    The statement over stand-ins says the columns of all that it reads, so its own columns follow
    from its text alone. What reads a table itself is bound each time, and all is bound as it runs.
    """
    if not stubs or more.get("values") is not None:
        return BIND(node, statement, stubs, real, **more)
    if statement not in BOUND:
        found = BIND(node, statement, stubs, real, **more)
        if found.captured:
            return found
        BOUND[statement] = found
    return BOUND[statement]


def connect_once() -> duckdb.DuckDBPyConnection:
    """Connection to a database in memory of its own, in the DuckDB that a process has opened.

    To open a DuckDB takes as long as to ask all that is asked of a small month's rows.
    """
    if os.environ.get("MOTCUA_MEMORY"):
        return CONNECT()
    if os.getpid() not in DATABASES:
        DATABASES[os.getpid()] = CONNECT()
    con, own = DATABASES[os.getpid()].cursor(), f"own_{next(NUMBERS)}"
    con.execute(f"attach ':memory:' as {own}")
    con.execute(f"use {own}")
    store.OPEN.add(con)
    return con


@contextmanager
def findings_once() -> Iterator[None]:
    """Have runs in the block, and in processes forked in it, copy findings that were made before.

    For tests of how a month is published, which do not ask what its findings are: those of the same
    exports, parameters and units are made once, by motcua, and written as often as a run does.
    """
    made: dict[str, tuple[dict, dict[str, bytes]]] = {}  # findings and files
    write = run.write_findings

    def write_again(month: Month, folder: Path, jobs: int = 0) -> dict:
        exports = [(s.kind, s.file, s.sha256, s.exported_at) for s in month.inputs.sources]
        of = repr((month.month, month.params, month.units, exports, month.inputs.notes))
        if of not in made:
            with TemporaryDirectory() as place:
                made[of] = write(month, Path(place), jobs), content(Path(place))
        findings, files = made[of]
        for name, text in files.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_bytes(text)
        return findings

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "write_findings", write_again)
        yield


@contextmanager
def whole_machine() -> Iterator[None]:
    """Let DuckDB have its threads again, and let processes be started that read exports."""
    LITTLE.undo()
    try:
        yield
    finally:
        gc.collect()
        gc.freeze()
        take_little()


def forget() -> None:
    """Have the next month read its data anew."""
    remembered.cache_clear()
    inputs_of.cache_clear()


@contextmanager
def private_cache(folder: Path, like: Path | None = None, key: str = "") -> Iterator[None]:
    """Keep the cache and the key in `folder`/cache, away from data/; child processes do too.

    The cache begins empty, or with what stands in that of the folder `like`; the key is made anew
    where none is given.
    """
    cache = folder / "cache"
    if like is not None:
        shutil.copytree(like / "cache", cache, copy_function=os.link)
    if key:
        cache.mkdir(parents=True, exist_ok=True)
        (cache / "official.key").write_text(key, "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MOTCUA_CACHE", str(cache))
        forget()
        yield
    forget()
