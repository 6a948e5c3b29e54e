"""Load a data folder: every export read once, kept as Parquet, one version of each dossier."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Callable, Iterable
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pandas as pd
import pyarrow.parquet as pq

from motcua.base.calendar import Period
from motcua.base.errors import ParameterError
from motcua.base.params import SHAPING, Params, columns_of
from motcua.base.reference import KINDS, REQUIRED, STAND_INS, message, read_yaml, refusal
from motcua.machine.processes import may_start_processes, much_made, reading_pool
from motcua.machine.progress import steps
from motcua.reading import exports, store
from motcua.reading.exports import Dated, Folder, Source, is_store, place_of
from motcua.reading.header import RawTable, read_tables
from motcua.reading.personal import mask_personal
from motcua.reading.rows import EVENTS, NOTES, PROBLEM_COLUMNS, Checked, known_names, make_canonical
from motcua.reading.store import SQL, run
from motcua.reading.values import normal_number

Part = tuple[Source, pd.DataFrame]  # an export, and what was wrong in it
Progress = Callable[[str], None] | None  # called with the name of each file that is read anew
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
        # Of exports that overlap nothing but file time or name may tell which is newer.
        in_doubt = not is_store(self.data) and exports.order_in_doubt(self.dossiers)
        pairs = run(self.con, "next_older") if in_doubt else ()
        of_order = exports.order_notes([self.dossiers[at] for at in pair] for pair in pairs)
        return (*of_files, *self.unread, *of_order, *of_numbers)

    def table(self, kind: str) -> duckdb.DuckDBPyRelation:
        """Relation of a kind."""
        return self.con.table(kind)


def load_inputs(
    data: Path, params: Params, progress: Progress = None, like: Inputs | None = None
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
    rows = [[(s.parquet.stat().st_ino, s.age) for s in i.sources] for i in (inputs, like) if i]
    if like and rows[0] == rows[1]:  # the very same Parquet files, in the same order
        return like
    _ = inputs.con  # opened here, so that what is wrong with it is told while reading
    return inputs


def _read_folder(found: Folder, params: Params, progress: Progress) -> list[Part]:
    """Exports of a folder, oldest first, each with what was wrong in it.

    Those not in the cache are read in parallel processes when there are several.
    """
    todo = [_Export(*file, params) for file in found.files]
    cold = [export for export in todo if not export.is_kept]
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
    # What a correction says stands in place of what the exports say.
    run(con, "corrected" if run(con, "any_corrections") else "as_exported")
    return con


def _read_store(data: Path, params: Params) -> Part:
    """Source and problems of a store."""
    meta, first = store.read_meta(data), store.store_files(data)[0]
    rows, kept = meta["rows_read"], meta["rows_read"] - meta["rows_set_aside"]
    until = date.fromisoformat(meta.get("until") or str(meta["exported_at"]))
    on, unknown = Dated(meta["exported_at"], "store", until), tuple(meta.get("unknown", ()))
    of_rows = (store.store_sha256(data), rows, kept, meta["synthetic"], unknown, on)
    notes = store.notes_of_store(data, meta, _read_with(params))
    source = Source("dossiers", "dossiers", *of_rows, first, notes)
    return source, store.problems_of_store(data, meta)


def _read_with(params: Params) -> dict[str, Any]:
    """Parameters that decide how exports are read, as a store keeps them."""
    return params.model_dump(mode="json", include={*SHAPING})


def prepare(data: Path, out: Path, params: Params, progress: Progress = None) -> Path:
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
        **{name: quality[name] for name in ("rows_read", "rows_set_aside")},
        "notes": list(inputs.notes),
        "unknown": [heading for s in inputs.sources for heading in s.unknown],
        "read_with": _read_with(params),
    }
    store.write_store(inputs.con, out, meta, inputs.problems)
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

    @property
    def is_kept(self) -> bool:
        """Whether its rows are in the cache, and what was wrong with the others."""
        parquet = self.kept[1]
        return all(map(store.is_whole, (parquet, store.problems_of(parquet))))


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
        "stated": exports.whole(raw.stated for raw in tables),
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
    if not export.is_kept:
        _fill_cache(export)
    footer = pq.read_metadata(parquet)
    return json.loads(footer.metadata[b"motcua"]), footer.num_rows, digest, parquet


def stated_days(kind: str, path: Path, params: Params) -> Period | None:
    """First and last day that an export itself speaks of above its heading; None: of no day."""
    return exports.as_period(_meta_of(_Export(kind, path, path.name, params))[0]["stated"])


def notes_of(tables: Iterable[RawTable]) -> list[str]:
    """What a reader must know of how the tables of a file were read, each thing once."""
    return list(dict.fromkeys(note for raw in tables for note in raw.notes))


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
    with much_made():  # millions of cells
        found = read_tables(path, kind, columns, must)
        tables = [_prepared(raw, kind, path, params) for raw in found]
        known = known_names(params, store.local_key())
        parts = [make_canonical(raw, kind, params, known) for raw in tables]
    sheets = [raw.where.removeprefix(path.name) if len(tables) > 1 else "" for raw in tables]
    by_event, joined = {}, {}
    for event in parts[0]:
        has_date = all(EVENTS[event] in raw.frame for raw in tables)
        if event == params.completion_event or (params.completion_event == "closed" and has_date):
            own = [part[event] for part in parts]
            same = tuple(map(id, own))
            by_event[event] = joined[same] = joined.get(same) or _joined(own, sheets)
    return by_event, tables


def must_have(kind: str, params: Params, columns: dict[str, str]) -> tuple[str, ...]:
    """Columns that every table of a file must have, with those that stand in for others.

    Parameters
    ----------
    columns : canonical column -> heading, as the parameters have it for this file.

    Raises
    ------
    ParameterError
        Two columns are named for one thing.

    Examples
    --------
    >>> must_have("dossiers", Params(dossier_id="row"), {"on_time": "Kết quả"})
    ('ward', 'received_at', 'on_time', 'closed_at', 'closed_at')
    """
    if kind != "dossiers":
        return REQUIRED[kind]
    named = [c for c in ("due_at", *STAND_INS) if c in columns]
    if len(named) > 1:
        raise refusal("two_due_dates", ParameterError, columns=", ".join(named))
    if params.dossier_id == "row" and "dossier_id" in columns:
        raise refusal("number_and_row", ParameterError)
    by = {STAND_INS.get(c): c for c in named}
    needed = (by.get(c, c) for c in (*REQUIRED[kind], EVENTS[params.completion_event]))
    return tuple(c for c in needed if c != "dossier_id" or params.dossier_id == "column")


def _prepared(raw: RawTable, kind: str, path: Path, params: Params) -> RawTable:
    """Table with numbers where its rows have none, and with notes on what stands in.

    A row is numbered by the place of its file and where it stands in it.
    """
    notes, frame = [*raw.notes], raw.frame
    if "on_time" in frame:
        notes.append(message("due_by_flag", heading=raw.headings["on_time"]))
    if kind == "dossiers" and params.dossier_id == "row":
        notes.append(message("numbered_by_row"))
        place = place_of(path) + raw.where.removeprefix(path.name)
        if mask_personal(place) != place:
            place = hashlib.sha256(place.encode()).hexdigest()[:12]
        frame = frame.assign(dossier_id=normal_number(f"{place}#") + frame["row"].astype("str"))
    return raw._replace(frame=frame, notes=tuple(notes))


def _joined(parts: list[Checked], sheets: list[str]) -> Checked:
    """Rows and problems of all sheets of an export."""
    problems = [part.problems.assign(sheet=s) for part, s in zip(parts, sheets, strict=True)]
    tables = (pd.concat(some, ignore_index=True) for some in ([p.kept for p in parts], problems))
    return Checked(*tables, sum(part.rows for part in parts))


def _read_one(export: _Export) -> Part:
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
        columns = read_yaml("headings")[kind]
        kinds = ((c, "timestamp" if c.endswith("_at") else "varchar") for c in columns)
        con.execute(f"create table {kind} ({', '.join(map(' '.join, kinds))})")
        return
    if kind == "dossiers":
        newest = _newest(con, sources)
        con.execute(f"create view dossiers_exported as from read_parquet({store.quoted(newest)})")
        run(con, "again_kept", file=store.quoted(store.versions_of(newest)))
        notes = json.loads(pq.read_metadata(newest).metadata[b"notes"])
        con.execute("insert into number_notes select unnest(?::varchar[])", [notes])
        return
    _make_versions(con, kind, sources)
    versions, once = f"from {kind}_versions", ""
    if same := SQL["identity"].get(kind):
        once = SQL["once"].format(same=same)
        digits = f"{versions} where regexp_full_match(dossier_id, '[0-9]+') limit 1"
        if con.execute(digits).fetchall():  # numbers may lack their leading zeros
            run(con, "named", kind=kind)
            versions = SQL["with_names"].format(kind=kind)
    run(con, "kind", kind=kind, versions=versions, says=SQL["says"].get(kind, ""), once=once)


def _newest(con: duckdb.DuckDBPyConnection, sources: list[Source]) -> Path:
    """Parquet file of the dossiers, each once as the newest export has it; written when new.

    A dossier named twice in one export counts once, its last row. A file takes a tenth of the
    memory that a table in the database does, and the next process finds it there. Beside it lie
    all versions of the dossiers that have several.
    """
    exported = [(s.parquet.name, s.exported_at.isoformat()) for s in sources]
    digest = hashlib.sha256(json.dumps([exported, store.code_sha256()]).encode()).hexdigest()
    file = exports.cache_folder() / f"newest-{digest[:32]}.parquet"
    versions = store.versions_of(file)
    if not (store.is_whole(file) and store.is_whole(versions)):
        has_zeros = _make_versions(con, "dossiers", sources)
        threads = con.execute("select current_setting('threads')").fetchall()[0][0]
        con.execute("set threads = 1")  # several would write the rows in an order of their own
        with store.writing(versions) as own:
            store.write_versions(con, own)
        run(con, "again_kept", file=store.quoted(versions))
        with store.writing(file) as own:
            notes = store.quoted(json.dumps(_notes_on_numbers(con, has_zeros)))
            run(con, "to_newest", query=SQL["newest"], file=store.quoted(own), notes=notes)
        con.execute(f"set threads = {threads}")
    store.keep_fresh(file)
    return file


def _make_versions(con: duckdb.DuckDBPyConnection, kind: str, sources: list[Source]) -> bool:
    """View of all versions of a kind's records, with the age and the day of their export.

    Of dossiers also one of those that have several; most have one. A number that has lost its
    leading zeros in an export (Excel takes 00352 for 352) gets them back; return whether there are
    dossiers whose numbers have some.
    """
    rows = ((str(s.parquet), i, s.exported_at) for i, s in enumerate(sources))
    files = {row[0]: row for row in rows}  # equal ones once
    con.execute(f"create table {kind}_exports (filename varchar, age integer, exported_at date)")
    con.executemany(f"insert into {kind}_exports values (?, ?, ?)", [*files.values()])
    view = "dossiers_read" if kind == "dossiers" else f"{kind}_versions"
    more, paths = SQL["columns"].get(kind, ""), ", ".join(map(store.quoted, files))
    run(con, "read", view=view, more=more, paths=paths, kind=kind)
    if kind != "dossiers":
        return False
    zeros = "from dossiers_read where regexp_full_match(dossier_id, '0[0-9]+') limit 1"
    has_zeros = bool(con.execute(zeros).fetchall())
    for name in ("full", "versions") if has_zeros else ("versions_as_read",):
        run(con, name)
    run(con, "again")
    return has_zeros


def _notes_on_numbers(con: duckdb.DuckDBPyConnection, has_zeros: bool) -> list[str]:
    """What a reader must know of numbers that several exports spell or use in two ways.

    Raises
    ------
    InputError
        Wards count for themselves, so that dossiers of several wards bear one number.
    """
    full, alike = (run(con, n)[0][0] if has_zeros else 0 for n in ("lost", "alike"))
    several, reused, example = run(con, "reused")[0]
    if reused >= REUSED and reused * REUSED_SHARE >= several:
        raise refusal("numbers_reused", count=reused, example=example)
    numbers = {"zeros_lost": full, "zeros_alike": alike, "reused_between_files": reused}
    return [message(text, count=n) for text, n in numbers.items() if n]


def quality_of(inputs: Inputs) -> dict:
    """Rows read, kept, set aside and superseded, over the dossier files.

    `rows_read = rows_kept + rows_set_aside + duplicates`: a row set aside counts once, under the
    first of its reasons; `duplicates` are older or repeated versions of a kept dossier.
    """
    problems, is_note = inputs.problems, inputs.problems["reason"].isin(NOTES)
    aside = problems[~is_note & (problems["kind"] == "dossiers")].drop_duplicates(["file", "row"])
    read, kept = (sum(getattr(s, part) for s in inputs.dossiers) for part in ("rows", "kept"))
    return {
        "rows_read": read,
        "rows_kept": inputs.n_dossiers,
        "rows_set_aside": read - kept,
        "duplicates": kept - inputs.n_dossiers,
        "problems": aside["reason"].value_counts(sort=False).sort_index().to_dict(),
        "notes": problems[is_note].groupby("reason")["n"].sum().to_dict(),
    }
