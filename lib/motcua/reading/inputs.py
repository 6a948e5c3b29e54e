"""Load a data folder: every export read once, kept as Parquet, one version of each dossier."""

from __future__ import annotations

import contextlib
import gc
import hashlib
import json
import os
import weakref
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pandas as pd
import pyarrow.parquet as pq

from motcua.base.calendar import Period
from motcua.base.params import SHAPING, Params, columns_of
from motcua.base.reference import KINDS, message, read_yaml, refusal
from motcua.machine.processes import may_start_processes, reading_pool
from motcua.machine.progress import steps
from motcua.reading import exports, store
from motcua.reading.exports import Dated, Folder, Source, is_store, place_of
from motcua.reading.header import RawTable, read_tables
from motcua.reading.headings import must_have
from motcua.reading.personal import mask_personal
from motcua.reading.rows import EVENTS, NOTES, PROBLEM_COLUMNS, Checked, known_names, make_canonical
from motcua.reading.values import normal_number

REUSED, REUSED_SHARE = 3, 20  # so many numbers of two dossiers, and one in so many, are no slips


@dataclass(frozen=True, eq=False)
class Inputs:
    """Everything read from a data folder.

    Attributes
    ----------
    sources : one per input file, in the order of export date and name.
    problems : one row per wrong value: kind, file, row, column, value, reason.
    unread : what lies in the folder and is not read, in sentences.
    """

    data: Path
    sources: tuple[Source, ...]
    problems: pd.DataFrame
    unread: tuple[str, ...] = ()
    _connections: dict[int, duckdb.DuckDBPyConnection] = field(default_factory=dict, repr=False)

    @property
    def con(self) -> duckdb.DuckDBPyConnection:
        """DuckDB connection of this process with one table per kind.

        `dossiers` has one row per dossier id, the newest export's version, corrected as
        `corrections` says (`dossiers_exported`: as the exports say). A forked process makes
        its own: that of its parent has threads that are not there.
        """
        if os.getpid() not in self._connections:
            _LIVING.add(self)
            self._connections[os.getpid()] = _connect(self.data, self.sources)
        return self._connections[os.getpid()]

    @cached_property
    def n_dossiers(self) -> int:
        """Number of dossiers, each counted once."""
        return self.con.execute("select count(*) from dossiers").fetchall()[0][0]

    @property
    def dossiers(self) -> list[Source]:
        """Exports of dossiers."""
        return [source for source in self.sources if source.kind == "dossiers"]

    @property
    def covered_until(self) -> date:
        """Last day that any export of dossiers can tell of."""
        return max(source.dated.until for source in self.dossiers)

    @property
    def is_synthetic(self) -> bool:
        """Whether any input says that it is synthetic."""
        return any(source.is_synthetic for source in self.sources)

    @cached_property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know of how files were read, or that they were not."""
        of_files = (f"{s.file}: {note}" for s in self.sources for note in s.notes)
        of_numbers = (note for (note,) in self.con.table("number_notes").fetchall())
        return (*of_files, *self.unread, *self._order_notes, *of_numbers)

    @cached_property
    def _order_notes(self) -> list[str]:
        """Which exports overlap of which nothing but file time or name tells which is newer."""
        dossiers = self.dossiers
        if is_store(self.data) or not exports.order_in_doubt(dossiers):
            return []
        pairs = self.con.execute(read_yaml("queries")["next_older"]).fetchall()
        return exports.order_notes((dossiers[newer], dossiers[older]) for newer, older in pairs)

    def table(self, kind: str) -> duckdb.DuckDBPyRelation:
        """Relation of a kind."""
        return self.con.table(kind)


def load_inputs(
    data: Path,
    params: Params,
    progress: Callable[[str], None] | None = None,
    like: Inputs | None = None,
) -> Inputs:
    """Read every export of a data folder (from the cache where it was read before).

    Parameters
    ----------
    data : folder with `dossiers/` and, if there are any, `feedback/`, `incidents/`, `followup/`,
        `corrections/`.
    progress : called with the name of each file that is read anew.
    like : inputs of the same folder by other parameters; given back when they hold the same rows.

    Raises
    ------
    InputError
        The folder, a file or a structure is wrong.
    """
    found = exports.find_files(data, params)
    parts = _read_folder(found, params, progress)
    sources = [source for source, _ in parts]
    if params.dossier_id == "row":
        exports.refuse_copies(sources)
    problems = pd.concat([part for _, part in parts], ignore_index=True)
    problems = problems.astype({"row": "int64", "n": "int64"})
    inputs = Inputs(data, tuple(sources), problems, tuple(found.notes))
    if like and _same_files(like, inputs):
        return like
    _ = inputs.con  # opened here, so that what is wrong with it is told while reading
    return inputs


def _same_files(one: Inputs, other: Inputs) -> bool:
    """Whether both are the very same Parquet files, in the same order."""
    mine, others = ([(s.parquet.stat().st_ino, s.age) for s in i.sources] for i in (one, other))
    return mine == others


def _read_folder(
    found: Folder, params: Params, progress: Callable[[str], None] | None = None
) -> list[tuple[Source, pd.DataFrame]]:
    """Exports of a folder, oldest first, each with what was wrong in it.

    Those not in the cache are read in parallel processes when there are several.
    """
    todo = [_Export(*file, params) for file in found.files]
    cold = [export for export in todo if not _is_cached(export.kept[1])]
    if len(cold) > 2 and may_start_processes():
        names = [export.path.name for export in cold]
        bar = steps(progress, names, message("reading_file"), at_once=os.cpu_count() or 1)
        with contextlib.suppress(BrokenProcessPool), reading_pool() as pool, bar as done:
            for name, _ in zip(names, pool.map(_fill_cache, cold), strict=True):
                done(name)
    parts = [*map(_read_one, todo)]  # also what the pool left, if it broke
    if is_store(found.data):
        parts.append(_read_store(found.data, params))
    return sorted(parts, key=lambda part: part[0].age)


_LIVING: weakref.WeakSet[Inputs] = weakref.WeakSet()  # those that have a connection
_INHERITED: list[object] = []  # in a forked process: what must never be closed there


def _keep_inherited() -> None:
    _INHERITED.extend(list(inputs._connections.values()) for inputs in _LIVING)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_keep_inherited)


def _connect(data: Path, sources: Iterable[Source]) -> duckdb.DuckDBPyConnection:
    """Connection with the tables of all kinds."""
    con = store.connect()
    con.execute("create table number_notes (note varchar)")
    for kind in KINDS:
        if kind == "dossiers" and is_store(data):
            con.execute(f"create view dossiers_exported as {store.store_sql(data)}")
            con.execute(f"create view dossiers_again as {store.versions_sql(data)}")
        else:
            _make_table(con, kind, [s for s in sources if s.kind == kind])
    _make_corrected(con)
    return con


def _make_corrected(con: duckdb.DuckDBPyConnection) -> None:
    """View of the dossiers with what a correction says put in place of what the exports say."""
    if not con.execute("select count(*) from corrections").fetchall()[0][0]:
        con.execute("create view dossiers as from dossiers_exported")
        return
    con.execute(read_yaml("queries")["corrected"])


def _read_store(data: Path, params: Params) -> tuple[Source, pd.DataFrame]:
    """Source and problems of a store."""
    meta = store.read_meta(data)
    rows, kept = meta["rows_read"], meta["rows_read"] - meta["rows_set_aside"]
    until = date.fromisoformat(meta.get("until") or str(meta["exported_at"]))
    on, first = Dated(meta["exported_at"], "store", until), store.store_files(data)[0]
    unknown, notes = meta.get("unknown", ()), store.notes_of_store(data, meta, _read_with(params))
    of_rows = (store.store_sha256(data), rows, kept, meta["synthetic"], tuple(unknown))
    source = Source("dossiers", "dossiers", *of_rows, on, first, notes)
    return source, store.problems_of_store(data, meta)


def _read_with(params: Params) -> dict[str, Any]:
    """Parameters that decide how exports are read, as a store keeps them."""
    return params.model_dump(mode="json", include={*SHAPING})


def prepare(
    data: Path, out: Path, params: Params, progress: Callable[[str], None] | None = None
) -> Path:
    """Write the exports of a data folder as a store, read in place from then on; return `out`.

    Raises
    ------
    InputError
        The exports are wrong, are a store already, or `out` holds dossiers.
    """
    if is_store(data):
        raise refusal("store_already", data=data)
    inputs = load_inputs(data, params, progress)
    quality = quality_of(inputs)
    meta = {
        "synthetic": inputs.is_synthetic,
        "exported_at": max(source.exported_at for source in inputs.dossiers),
        "until": inputs.covered_until.isoformat(),
        "rows_read": quality["rows_read"],
        "rows_set_aside": quality["rows_set_aside"],
        "notes": list(inputs.notes),
        "unknown": [heading for s in inputs.sources for heading in s.unknown],
        "read_with": _read_with(params),
    }
    store.write_store(inputs.con, out, meta, inputs.problems)
    store.write_small(inputs.con, out, meta["exported_at"])
    return out


class _Export(NamedTuple):
    """An export, and the parameters by which it is read."""

    kind: str
    path: Path
    name: str  # within the data folder
    params: Params

    @property
    def kept(self) -> tuple[str, Path]:
        """Content hash, and the place of its rows in the cache."""
        return store.cached_as(self.kind, self.path, self.params)


def _is_cached(parquet: Path) -> bool:
    return store.is_whole(parquet) and store.is_whole(store.problems_of(parquet))


def _fill_cache(export: _Export) -> None:
    """Read one export and write its Parquet file, for each completion event that it may be asked.

    So whoever changes the event need not read it again.
    """
    by_event, tables = read_export(export.path, export.kind, export.params)
    meta = {
        "rows": by_event[export.params.completion_event].rows,
        "synthetic": any(raw.is_synthetic for raw in tables),
        "unknown": sorted({heading for raw in tables for heading in raw.unknown}),
        "notes": notes_of(tables),
        "stated": exports.days_told(raw.stated for raw in tables),
    }
    written: dict[int, Path] = {}
    for event, checked in by_event.items():
        own = export.params.model_copy(update={"completion_event": event})
        _, parquet = export._replace(params=own).kept
        if same := written.get(id(checked)):
            store.share(store.problems_of(same), store.problems_of(parquet))
            store.share(same, parquet)
        else:
            store.write_parquet(checked.problems, store.problems_of(parquet), {})
            store.write_parquet(checked.kept, parquet, meta)
            written[id(checked)] = parquet


def _meta_of(export: _Export) -> tuple[dict[str, Any], int, str, Path]:
    """What is kept of an export besides its rows, their number, its hash, and where they are."""
    digest, parquet = export.kept
    if not _is_cached(parquet):
        _fill_cache(export)
    footer = pq.read_metadata(parquet)
    return json.loads(footer.metadata[b"motcua"]), footer.num_rows, digest, parquet


def stated_days(kind: str, path: Path, params: Params) -> Period | None:
    """First and last day that an export itself speaks of above its heading; None: of no day."""
    return exports.as_period(_meta_of(_Export(kind, path, path.name, params))[0]["stated"])


def notes_of(tables: Iterable[RawTable]) -> list[str]:
    """What a reader must know of how the tables of a file were read, each thing once."""
    return list(dict.fromkeys(note for raw in tables for note in raw.notes))


@contextlib.contextmanager
def _no_collecting() -> Iterator[None]:
    """Let Python not look for garbage meanwhile: millions of cells are none, and slow it down."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@_no_collecting()
def read_export(path: Path, kind: str, params: Params) -> tuple[dict[str, Checked], list[RawTable]]:
    """Read one export into canonical rows and problems; also its tables as the file has them.

    Rows and problems come per completion event, the one of the parameters first: of `closed`, whose
    date every table has, also the others whose date they have.
    Problems carry `sheet`: ", trang 2" when rows come from more than one sheet, else "".
    """
    kept = store.read_small(path, kind) if kind != "dossiers" else None
    if kept is not None:
        problems = pd.DataFrame(columns=[*PROBLEM_COLUMNS, "sheet"])
        return {params.completion_event: Checked(kept, problems, len(kept))}, []
    columns = columns_of(params, path.name) if kind == "dossiers" else {}
    must = must_have(kind, params, columns)
    if kind == "dossiers":
        must = (*must, EVENTS[params.completion_event])
    tables = [_prepared(raw, kind, path, params) for raw in read_tables(path, kind, columns, must)]
    known = known_names(params, store.local_key())
    parts = [make_canonical(raw, kind, params, known) for raw in tables]
    sheets = [raw.where.removeprefix(path.name) if len(tables) > 1 else "" for raw in tables]
    joined: dict[tuple[int, ...], Checked] = {}
    by_event = {}
    for event in parts[0]:
        has_date = all(EVENTS[event] in raw.frame for raw in tables)
        if event == params.completion_event or (params.completion_event == "closed" and has_date):
            own = [part[event] for part in parts]
            same = tuple(map(id, own))
            by_event[event] = joined[same] = joined.get(same) or _joined(own, sheets)
    return by_event, tables


def _prepared(raw: RawTable, kind: str, path: Path, params: Params) -> RawTable:
    """Table with numbers where its rows have none, and with notes on what stands in.

    A row is numbered by the place of its file and where it stands in it.
    """
    notes = []
    if "on_time" in raw.frame:
        notes.append(message("due_by_flag", heading=raw.headings["on_time"]))
    if kind == "dossiers" and params.dossier_id == "row":
        notes.append(message("numbered_by_row"))
        raw = replace(raw, frame=raw.frame.assign(dossier_id=_row_numbers(raw, path)))
    return replace(raw, notes=(*raw.notes, *notes))


def _row_numbers(raw: RawTable, path: Path) -> pd.Series:
    place = place_of(path) + raw.where.removeprefix(path.name)
    if mask_personal(place) != place:
        place = hashlib.sha256(place.encode()).hexdigest()[:12]
    return normal_number(f"{place}#") + raw.frame["row"].astype("str")


def _joined(parts: list[Checked], sheets: list[str]) -> Checked:
    """Rows and problems of all sheets of an export."""
    found = [part.problems.assign(sheet=s) for part, s in zip(parts, sheets, strict=True)]
    kept = [part.kept for part in parts]
    tables = (pd.concat(some, ignore_index=True) for some in (kept, found))
    return Checked(*tables, sum(part.rows for part in parts))


def _read_one(export: _Export) -> tuple[Source, pd.DataFrame]:
    """Source and problems of one export, from its Parquet file."""
    kind, path, name, params = export
    meta, kept, digest, parquet = _meta_of(export)
    problems = pq.read_table(store.problems_of(parquet)).to_pandas()
    problems.insert(0, "file", name + problems.pop("sheet").astype(object))
    problems.insert(0, "kind", kind)
    on = exports.dated(path, params, name, lambda: exports.as_period(meta["stated"]))
    problems["exported_at"] = pd.Series(on.day, index=problems.index, dtype=object)
    of_rows = (digest, meta["rows"], kept, meta["synthetic"], tuple(meta["unknown"]))
    return Source(name, kind, *of_rows, on, parquet, tuple(meta["notes"])), problems


def _make_table(con: duckdb.DuckDBPyConnection, kind: str, sources: list[Source]) -> None:
    """Table of a kind, each record once as the newest export has it; and a view of all versions."""
    if not sources:
        name = "dossiers_exported" if kind == "dossiers" else kind
        con.execute(f"create table {name} as {_empty(kind)}")
        return
    _make_versions(con, kind, sources)
    if kind == "dossiers":
        newest = _newest(con, sources)
        con.execute(f"create view dossiers_exported as from read_parquet({store.quoted(newest)})")
        notes = json.loads(pq.read_metadata(newest).metadata[b"notes"])
        con.execute("insert into number_notes select unnest(?::varchar[])", [notes])
        return
    sql, versions, once = read_yaml("queries"), f"from {kind}_versions", ""
    if same := sql["identity"].get(kind):
        versions, newest_first = _named_sql(con, kind), "order by age desc, file_row_number desc"
        once = f"qualify row_number() over (partition by {same} {newest_first}) = 1"
    con.execute(
        f"create table {kind} as select * exclude (filename, file_row_number) from ({versions}) "
        f"{sql['says'].get(kind, '')} {once} order by age, file_row_number"
    )


def _newest(con: duckdb.DuckDBPyConnection, sources: list[Source]) -> Path:
    """Parquet file of the dossiers, each once as the newest export has it; written when new.

    A dossier named twice in one export counts once, its last row. A file takes a tenth of the
    memory that a table in the database does, and the next process finds it there.
    """
    versions = [(s.parquet.name, s.exported_at.isoformat()) for s in sources]
    digest = hashlib.sha256(json.dumps([versions, store.code_sha256()]).encode()).hexdigest()
    file = exports.cache_folder() / f"newest-{digest[:32]}.parquet"
    if not store.is_whole(file):
        with store.writing(file) as own:
            _write_newest(con, own)
    store.keep_fresh(file)
    return file


def _write_newest(con: duckdb.DuckDBPyConnection, file: Path) -> None:
    notes = store.quoted(json.dumps(_notes_on_numbers(con)))
    threads = con.execute("select current_setting('threads')").fetchall()[0][0]
    con.execute("set threads = 1")  # several would write the rows in an order of their own
    con.execute(
        f"copy ({read_yaml('queries')['newest']}) "
        f"to {store.quoted(file)} (format parquet, kv_metadata {{notes: {notes}}})"
    )
    con.execute(f"set threads = {threads}")


def _make_versions(con: duckdb.DuckDBPyConnection, kind: str, sources: list[Source]) -> None:
    """View of all versions of a kind's records, with the age and the day of their export."""
    files = {str(s.parquet): (i, s.exported_at) for i, s in enumerate(sources)}  # equal ones once
    con.execute(f"create table {kind}_exports (filename varchar, age integer, exported_at date)")
    rows = [(file, *age_and_day) for file, age_and_day in files.items()]
    con.executemany(f"insert into {kind}_exports values (?, ?, ?)", rows)
    paths = ", ".join(map(store.quoted, files))
    view = "dossiers_read" if kind == "dossiers" else f"{kind}_versions"
    con.execute(
        f"create view {view} as select *{read_yaml('queries')['columns'].get(kind, '')} from "
        f"read_parquet([{paths}], filename = true, file_row_number = true, union_by_name = true) "
        f"join {kind}_exports using (filename)"
    )
    if kind == "dossiers":
        _number_versions(con)


def _number_versions(con: duckdb.DuckDBPyConnection) -> None:
    """Make views of `dossiers_read`: all versions, and those of dossiers that have several.

    A number that has lost its leading zeros in an export (Excel takes 00352 for 352) gets them
    back. Most dossiers have one version.
    """
    sql = read_yaml("queries")
    zeros = "from dossiers_read where regexp_full_match(dossier_id, '0[0-9]+') limit 1"
    if con.execute(zeros).fetchall():
        con.execute(sql["full"])
        con.execute(sql["versions"])
    else:
        con.execute("create view dossiers_versions as from dossiers_read")
    con.execute(sql["again"])


def _named_sql(con: duckdb.DuckDBPyConnection, kind: str) -> str:
    """Query that gives all versions of a kind's records with the numbers that dossiers have."""
    digits = f"from {kind}_versions where regexp_full_match(dossier_id, '[0-9]+') limit 1"
    if not con.execute(digits).fetchall():
        return f"from {kind}_versions"
    con.execute(read_yaml("queries")["named"].format(kind=kind))
    return read_yaml("queries")["with_names"].format(kind=kind)


def _notes_on_numbers(con: duckdb.DuckDBPyConnection) -> list[str]:
    """What a reader must know of numbers that several exports spell or use in two ways.

    Raises
    ------
    InputError
        Wards count for themselves, so that dossiers of several wards bear one number.
    """
    sql = read_yaml("queries")
    is_spelt = con.execute("from duckdb_tables() where table_name = 'dossiers_full'").fetchall()
    counts = ("select count(*) from dossiers_full", sql["alike"]) if is_spelt else ("select 0",) * 2
    full, alike = (con.execute(count).fetchall()[0][0] for count in counts)
    several, reused, example = con.execute(sql["reused"]).fetchall()[0]
    if reused >= REUSED and reused * REUSED_SHARE >= several:
        raise refusal("numbers_reused", count=reused, example=example)
    numbers = {"zeros_lost": full, "zeros_alike": alike, "reused_between_files": reused}
    return [message(text, count=n) for text, n in numbers.items() if n]


def _empty(kind: str) -> str:
    """SQL of a table of a kind without rows."""
    columns = read_yaml("headings")[kind]
    fields = (f"null::{'timestamp' if c.endswith('_at') else 'varchar'} as {c}" for c in columns)
    return f"select {', '.join(fields)} where false"


def quality_of(inputs: Inputs) -> dict:
    """Rows read, kept, set aside and superseded, over the dossier files.

    `rows_read = rows_kept + rows_set_aside + duplicates`: a row set aside counts once, under the
    first of its reasons; `duplicates` are older or repeated versions of a kept dossier.
    """
    is_note = inputs.problems["reason"].isin(NOTES)
    notes = inputs.problems[is_note]
    aside = inputs.problems[~is_note & (inputs.problems["kind"] == "dossiers")]
    aside = aside.drop_duplicates(["file", "row"])
    read, kept = (sum(getattr(s, part) for s in inputs.dossiers) for part in ("rows", "kept"))
    return {
        "rows_read": read,
        "rows_kept": inputs.n_dossiers,
        "rows_set_aside": read - kept,
        "duplicates": kept - inputs.n_dossiers,
        "problems": aside["reason"].value_counts(sort=False).sort_index().to_dict(),
        "notes": notes.groupby("reason")["n"].sum().to_dict(),
    }
