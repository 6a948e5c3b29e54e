"""What was read, kept as Parquet: the cache of each export, and stores of a whole province.

The cache holds canonical columns only (no personal data). A file is named by the hash of the
export's content, of what shapes its reading, and of this code. Beside it stands its check sum, made
with the local key: a file that is cut off, changed or somebody else's does not fit it, counts as
absent, and is read again from the export.

A store is a data folder whose `dossiers/` holds `month=YYYY-MM/*.parquet` (month of receipt) and
`_motcua.json`. Its rows were checked and freed of personal data when it was written, one row per
dossier, so a run reads only the columns it needs and keeps none of them in memory. `write_store`
makes one from exports, with what else these tell: the versions of dossiers that have several, what
was wrong, the other kinds of records. Any other program may, in the same form (docs/scale.md).
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import os
import time
import weakref
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import cache, partial
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from motcua.base import reference
from motcua.base.params import SHAPING, Params, units_path
from motcua.base.reference import KINDS, REQUIRED, message, read_yaml, refusal
from motcua.machine.processes import is_forked
from motcua.reading.exports import STORE as META
from motcua.reading.exports import cache_folder, file_sha256, key_file, place_of
from motcua.reading.rows import PROBLEM_COLUMNS

SQL: dict[str, Any] = read_yaml("queries")
ROOMS = (Path(__file__).parent, Path(reference.__file__).parent)  # whose code decides what is read
KEPT_DAYS = 30  # that merged dossiers nobody asked for stay in the cache
KEY_BYTES = 32
_SETTLED = 2 * 10**9  # ns; a file changed so lately may change again within the clock's tick
_PLAIN = {"bool": pa.bool_(), "timestamp": pa.timestamp("us")}  # all other types become texts
_WHOLE: set[tuple] = set()  # files seen whole, with the size and times that they had


def cached_as(kind: str, path: Path, params: Params) -> tuple[str, Path]:
    """Content hash of an export and the place of its rows in the cache."""
    digest = file_sha256(path, path.stat().st_mtime_ns, path.stat().st_size)
    units = units_path(params)
    is_numbered = kind == "dossiers" and params.dossier_id == "row"
    passed = set() if kind == "dossiers" else {"completion_event"}
    shaping = params.model_dump(include={*SHAPING} - passed)
    shaping["units"] = file_sha256(units, units.stat().st_mtime_ns, 0) if units else "from_data"
    shaping["place"] = place_of(path) if is_numbered else ""  # of which the numbers are made
    text = json.dumps([kind, digest, shaping, code_sha256(), KEY_BYTES], sort_keys=True)
    secret_part = hashlib.sha256(text.encode() + local_key()).hexdigest()
    return digest, cache_folder() / f"{kind}-{secret_part[:32]}.parquet"


def problems_of(parquet: Path) -> Path:
    """Place of the problems that belong to some rows.

    Examples
    --------
    >>> problems_of(Path("dossiers-1a.parquet")).name
    'dossiers-1a.problems'
    """
    return parquet.with_suffix(".problems")


@cache
def code_sha256(rooms: tuple[Path, ...] = ROOMS) -> str:
    """Hash of all code of the reading room and below it, the reference lists, locked versions."""
    code = sorted(path for room in rooms for path in room.rglob("*.py"))
    lists = sorted(reference.REFERENCE.glob("*.yaml"))
    digest = hashlib.sha256()
    for path in (*code, *lists, reference.RESOURCES / "requirements.txt"):
        digest.update(f"{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()


def local_key() -> bytes:
    """Key of this installation for the officials' codes; made once, never leaves the machine.

    Raises
    ------
    InputError
        The file of the key is damaged, or there is none and it cannot be written.
    """
    return read_key(key_file())


@cache
def read_key(file: Path) -> bytes:
    """Key in a file, which is made when it is not there (see `local_key`)."""
    if not os.path.lexists(file):
        own = file.with_suffix(f".{os.getpid()}")
        with _writable(own), contextlib.suppress(FileExistsError):
            own.touch(mode=0o600)
            own.write_text(os.urandom(KEY_BYTES).hex(), "ascii")
            os.link(own, file)  # the first process wins; the others use its key
    key = b""
    with contextlib.suppress(OSError, ValueError):
        key = bytes.fromhex(file.read_text("ascii"))
    if len(key) != KEY_BYTES:
        raise refusal("bad_key", file=file, digits=2 * KEY_BYTES)
    return key


@contextlib.contextmanager
def _writable(own: Path) -> Iterator[None]:
    """Make the folder of a file that is there only meanwhile; tell what to do if it cannot be."""
    try:
        own.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield
        finally:
            own.unlink(missing_ok=True)
    except (OSError, duckdb.IOException) as error:
        why = getattr(error, "strerror", None) or error
        raise refusal("cannot_write", folder=own.parent, why=why) from None


def is_whole(file: Path) -> bool:
    """Whether a file of the cache is there and holds, byte for byte, what was written.

    A process reads it through once and again when its size or a time of it has changed.
    """
    with contextlib.suppress(OSError):
        stat, now = file.stat(), time.time_ns()
        state = (file, stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns)
        if state in _WHOLE:
            return True
        fits = _sum_file(file).read_bytes() == _check_sum(file, file.name)
        if fits and max(state[3:]) < now - _SETTLED:
            _WHOLE.add(state)
        return fits
    return False


def _sum_file(file: Path) -> Path:
    return file.with_name(f"{file.name}.sum")


def _check_sum(file: Path, name: str) -> bytes:
    """Check sum of a file's content under a name, which nobody without the local key can make."""
    with file.open("rb") as stream:
        own = partial(hmac.new, local_key(), name.encode(), "sha256")
        return hashlib.file_digest(stream, own).hexdigest().encode()


@contextlib.contextmanager
def writing(place: Path) -> Iterator[Path]:
    """Give a name to write to; what was written then comes into its place, with its check sum.

    Whatever stops this half way leaves a file without the check sum that fits it.
    """
    own = place.with_name(f"{place.name}.{os.getpid()}")
    with _writable(own):
        yield own
        total = _sum_file(own)
        total.write_bytes(_check_sum(own, place.name))
        own.replace(place)
        total.replace(_sum_file(place))


def write_parquet(frame: pd.DataFrame, parquet: Path, meta: dict) -> None:
    """Write a table into the cache, one type per kind of column however empty it is."""
    table = pa.Table.from_pandas(frame, preserve_index=False)
    kinds = {f.name: _PLAIN.get(str(f.type).partition("[")[0], pa.string()) for f in table.schema}
    kinds |= dict.fromkeys({"row", "n"} & kinds.keys(), pa.int64())
    about = {"motcua": json.dumps(meta, ensure_ascii=False, default=str)}
    table = table.cast(pa.schema(kinds)).replace_schema_metadata(about)
    with writing(parquet) as own:
        often = [name for name, kind in kinds.items() if kind == pa.string()]
        often = [name for name in often if name != "dossier_id"]  # the rest is read faster as it is
        pq.write_table(table, own, compression="lz4", use_dictionary=often)


def versions_of(newest: Path) -> Path:
    """Place of all versions of the dossiers that have several, beside the newest of each."""
    return newest.with_name(f"{newest.stem}-versions.parquet")


def write_versions(con: duckdb.DuckDBPyConnection, file: Path) -> None:
    """Write all versions of the dossiers that have several."""
    again = SQL["of_versions"].format(versions="dossiers_again")
    run(con, "versions_to_store", again=again, file=quoted(file))


def share(file: Path, other: Path) -> None:
    """Give a file of the cache a second name, or a copy where there are no such names."""
    with writing(other) as own:
        own.unlink(missing_ok=True)
        try:
            os.link(file, own)
        except OSError:
            own.write_bytes(file.read_bytes())


def keep_fresh(file: Path) -> None:
    """Note once a day that merged dossiers were asked for; remove those that long were not."""
    for other in file.parent.glob("newest-*"):
        with contextlib.suppress(OSError):  # another process may remove it, too
            days = (time.time() - other.stat().st_mtime) / 86_400
            if other.name.startswith(file.stem):
                os.utime(other) if days > 1 else None
            elif days > KEPT_DAYS:
                other.unlink()


OPEN: weakref.WeakSet[duckdb.DuckDBPyConnection] = weakref.WeakSet()  # in this process
_INHERITED: list[object] = []  # in a forked process: what must never be closed there
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=lambda: (_INHERITED.extend(OPEN), OPEN.clear()))


def connect() -> duckdb.DuckDBPyConnection:
    """Database in memory; MOTCUA_MEMORY ("4GB") bounds it, and what is more goes to the disk."""
    threads = 1 if is_forked() else os.cpu_count() or 1
    config: dict[str, Any] = {"threads": threads, "temp_directory": str(cache_folder() / "tmp")}
    config |= {"memory_limit": bound} if (bound := os.environ.get("MOTCUA_MEMORY")) else {}
    try:
        con = duckdb.connect(config=config)
    except duckdb.Error:
        raise refusal("bad_memory", bound=bound) from None
    OPEN.add(con)
    return con


# Dossiers of a province or a country: canonical Parquet files, read where they lie.

PROBLEMS, VERSIONS = "_problems.parquet", "_versions.parquet"
STORE_VERSION = "1"
CANONICAL = "motcua_canonical"  # says in a Parquet file that its rows were checked when written
EXPORTED = "exported_at"  # day of the export that a dossier was last seen in


def run(con: duckdb.DuckDBPyConnection, name: str, **values: str) -> list[tuple]:
    """Run a statement of queries.yaml with its places filled; rows that it gives."""
    return con.execute(SQL[name].format(**values)).fetchall()


def store_columns() -> dict[str, str]:
    """Columns of a store and their types in SQL; those of REQUIRED must be there.

    Examples
    --------
    >>> columns = store_columns()
    >>> columns["dossier_id"], columns["received_at"], columns["evidence"]
    ('VARCHAR', 'TIMESTAMP', 'BOOLEAN')
    """
    columns = (*read_yaml("headings")["dossiers"], "status_group")
    kinds = {name: "TIMESTAMP" if name.endswith("_at") else "VARCHAR" for name in columns}
    return kinds | {"evidence": "BOOLEAN", EXPORTED: "DATE"}


def store_files(data: Path) -> list[Path]:
    """Parquet files of a store, sorted."""
    return sorted((data / "dossiers").glob("month=*/*.parquet"))


def read_meta(data: Path) -> dict[str, Any]:
    """What a store says of itself: version, synthetic, exported_at (a date), rows_read, ...

    Raises
    ------
    InputError
        `_motcua.json` cannot be read, is of another version, or there is no Parquet file.
    """
    file = data / "dossiers" / META
    is_known = False
    with contextlib.suppress(ValueError, KeyError, TypeError):
        meta = json.loads(file.read_text("utf-8"))
        meta["exported_at"] = date.fromisoformat(meta["exported_at"])
        numbers = [int(meta[name]) for name in ("rows_read", "rows_set_aside")]
        says = meta["schema_version"] == STORE_VERSION and isinstance(meta["synthetic"], bool)
        is_known = says and min(numbers) >= 0
    if not is_known:
        raise refusal("store_meta", store=data.name, file=META, version=STORE_VERSION)
    if not store_files(data):
        raise refusal("store_empty", store=data.name)
    return meta


def store_sql(data: Path) -> str:
    """Query that gives the dossiers of a store with every canonical column, absent ones empty.

    Raises
    ------
    InputError
        A required column is missing, or a column has another type than `store_columns` says.
    """
    columns = store_columns()
    schemas = [pq.read_schema(store_files(data)[at]) for at in (0, -1)]
    seen = {field.name: str(field.type) for schema in schemas for field in schema}
    missing = [name for name in (*REQUIRED["dossiers"], "status_group") if name not in seen]
    faults = [message("column_missing", columns=", ".join(missing))] if missing else []
    kinds = {name: tuple(SQL["types"][kind]) for name, kind in columns.items() if name in seen}
    wrong = [name for name, starts in kinds.items() if not seen[name].startswith(starts)]
    faults += [message("column_type", column=n, found=seen[n], wanted=columns[n]) for n in wrong]
    if faults:
        raise refusal("store_columns", store=data.name, faults="; ".join(faults))
    absent, files = SQL["absent"], quoted(data / "dossiers/month=*/*.parquet")
    shown = (f"{n if n in seen else absent[k]}::{k} as {n}" for n, k in columns.items())
    newest = f"date '{read_meta(data)[EXPORTED]}'"
    return SQL["of_store"].format(columns=", ".join(shown).format(newest=newest), files=files)


def versions_sql(data: Path) -> str:
    """Query that gives all versions of dossiers that had several; none where nobody kept them."""
    file = data / "dossiers" / VERSIONS
    none = "(select *, 0 as file_row_number from dossiers_exported) where false"
    versions = f"read_parquet({quoted(file)})" if file.is_file() else none
    return SQL["of_versions"].format(versions=versions)


def notes_of_store(data: Path, meta: dict[str, Any], read_with: dict[str, Any]) -> tuple[str, ...]:
    """What a reader must know of a store: what it cannot know, and what its exports told.

    Parameters
    ----------
    read_with : parameters that decide how exports are read, as they are now.
    """
    has_versions = (data / "dossiers" / VERSIONS).is_file()
    then = meta.get("read_with", read_with)
    changed = ", ".join(name for name in read_with if then.get(name) != read_with[name])
    more = [] if has_versions else [message("no_versions")]
    more += [message("read_otherwise", parameters=changed)] if changed else []
    return (*meta.get("notes", ()), *more)


def problems_of_store(data: Path, meta: dict[str, Any]) -> pd.DataFrame:
    """What was wrong in the exports that a store was made from: one row per wrong value."""
    file = data / "dossiers" / PROBLEMS
    none = pd.DataFrame(columns=["kind", "file", *PROBLEM_COLUMNS])
    problems = pq.read_table(file).to_pandas() if file.is_file() else none
    return problems if EXPORTED in problems else problems.assign(exported_at=meta[EXPORTED])


def quoted(text: object) -> str:
    """Path or text as SQL writes it.

    Examples
    --------
    >>> quoted("a'b.parquet")
    "'a''b.parquet'"
    """
    return "'" + str(text).replace("'", "''") + "'"


def store_sha256(data: Path) -> str:
    """SHA-256 over the names and contents of a store's files."""
    digest = hashlib.sha256((data / "dossiers" / META).read_bytes())
    beside = [data / "dossiers" / name for name in (PROBLEMS, VERSIONS)]

    def told(file: Path) -> str:
        stat = file.stat()
        one = file_sha256(file, stat.st_mtime_ns, stat.st_size)
        return f"{one} {file.relative_to(data).as_posix()}\n"

    with ThreadPoolExecutor() as pool:  # a store may be large
        files = (*store_files(data), *filter(Path.is_file, beside))
        digest.update("".join(pool.map(told, files)).encode())
    return digest.hexdigest()


def write_store(
    con: duckdb.DuckDBPyConnection, out: Path, meta: dict[str, Any], problems: pd.DataFrame
) -> None:
    """Write the dossiers of a connection as a store in `out`/dossiers, other kinds beside it.

    Of the other kinds only the canonical columns are written.

    Parameters
    ----------
    meta : synthetic, exported_at, rows_read, rows_set_aside of the exports; and what else is told
        of them: notes, unknown, read_with.
    problems : one row per wrong value of any kind, kept beside the dossiers for rejected.csv.

    Raises
    ------
    InputError
        `out` has dossiers already: a store is never mixed with what was there.
    """
    folder = out / "dossiers"
    if folder.exists() and any(folder.iterdir()):
        raise refusal("store_not_empty", out=out)
    folder.mkdir(parents=True, exist_ok=True)
    run(con, "to_store", columns=", ".join(store_columns()), folder=quoted(folder))
    write_versions(con, folder / VERSIONS)
    problems.to_parquet(folder / PROBLEMS, index=False)
    about = {"schema_version": STORE_VERSION, **meta, "exported_at": str(meta["exported_at"])}
    (folder / META).write_text(json.dumps(about, ensure_ascii=False, indent=1) + "\n", "utf-8")
    for kind in (k for k in KINDS if k != "dossiers"):
        (out / kind).mkdir(parents=True, exist_ok=True)
        columns = ", ".join(read_yaml("headings")[kind])
        file = quoted(out / kind / f"{kind}_{meta['exported_at']:%Y%m%d}.parquet")
        version = f"{CANONICAL}: '{STORE_VERSION}'"
        run(con, "to_small", columns=columns, kind=kind, file=file, version=version)


def read_small(file: Path, kind: str) -> pd.DataFrame | None:
    """Records of a file that `write_store` wrote, as they are; None for any other file.

    They were checked then. To read them as an export is read would take their codes for words.
    """
    metadata: dict = {}
    with contextlib.suppress(OSError, ValueError):  # told when it is read as an export
        metadata = pq.read_metadata(file).metadata or {}
    if metadata.get(CANONICAL.encode()) != STORE_VERSION.encode():
        return None
    rows = pq.read_table(file, columns=list(read_yaml("headings")[kind])).to_pandas()
    return rows.assign(row=range(1, len(rows) + 1))
