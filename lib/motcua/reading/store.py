"""Dossiers of a province or a country: canonical Parquet files, read where they lie.

A store is a data folder whose `dossiers/` holds `month=YYYY-MM/*.parquet` (month of receipt) and
`_motcua.json`. Its rows were checked and freed of personal data when it was written, one row per
dossier, so a run reads only the columns it needs and keeps none of them in memory. `write_store`
makes one from exports, with what else these tell: the versions of dossiers that have several, what
was wrong, the other kinds of records. Any other program may, in the same form (docs/scale.md).
"""

from __future__ import annotations

import hashlib
import json
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow.parquet as pq

from motcua.base.errors import InputError
from motcua.base.reference import KINDS, REQUIRED, read_yaml
from motcua.reading.exports import STORE as META
from motcua.reading.exports import file_sha256
from motcua.reading.rows import PROBLEM_COLUMNS

PROBLEMS, VERSIONS = "_problems.parquet", "_versions.parquet"
STORE_VERSION = "1"
TIME, DAY, TRUTH, WORDS = "TIMESTAMP", "DATE", "BOOLEAN", "VARCHAR"
CANONICAL = "motcua_canonical"  # says in a Parquet file that its rows were checked when written
EXPORTED = "exported_at"  # day of the export that a dossier was last seen in
OF_VERSIONS = (
    "dossier_id", "ward", "received_at", "due_at", "rescheduled_due_at", "closed_at", "age",
    EXPORTED, "file_row_number",
)  # fmt: skip
_ROWS_PER_GROUP = 122_880


def store_columns() -> dict[str, str]:
    """Columns of a store and their types in SQL; those of REQUIRED must be there.

    Examples
    --------
    >>> columns = store_columns()
    >>> columns["dossier_id"], columns["received_at"], columns["evidence"]
    ('VARCHAR', 'TIMESTAMP', 'BOOLEAN')
    """
    names = (*read_yaml("headings")["dossiers"], "status_group")
    return {name: _type_of(name) for name in names} | {EXPORTED: DAY}


def _type_of(name: str) -> str:
    if name.endswith("_at"):
        return TIME
    return TRUTH if name == "evidence" else WORDS


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
    try:
        meta = json.loads(file.read_text("utf-8"))
        meta["exported_at"] = date.fromisoformat(meta["exported_at"])
        known = meta["schema_version"] == STORE_VERSION and isinstance(meta["synthetic"], bool)
        numbers = [int(meta[name]) for name in ("rows_read", "rows_set_aside")]
    except (ValueError, KeyError, TypeError):
        known, numbers = False, []
    if not known or min(numbers) < 0:
        raise InputError(
            f"Kho hồ sơ {data.name}: tệp dossiers/{META} không đúng dạng (cần schema_version "
            f'"{STORE_VERSION}", synthetic, exported_at, rows_read, rows_set_aside).\n'
            "Cách sửa: lập lại kho bằng `motcua prepare`, hoặc sửa theo docs/scale.md."
        )
    if not store_files(data):
        raise InputError(
            f"Kho hồ sơ {data.name} không có tệp nào trong dossiers/month=NNNN-TT/.\n"
            "Cách sửa: lập lại kho bằng `motcua prepare`."
        )
    return meta


def store_sql(data: Path) -> str:
    """Query that gives the dossiers of a store with every canonical column, absent ones empty.

    Raises
    ------
    InputError
        A required column is missing, or a column has another type than `store_columns` says.
    """
    files = store_files(data)
    seen = {
        field.name: str(field.type)
        for file in (files[0], files[-1])
        for field in pq.read_schema(file)
    }
    columns = store_columns()
    missing = [name for name in (*REQUIRED["dossiers"], "status_group") if name not in seen]
    odd = [name for name in columns if name in seen and not _fits(seen[name], columns[name])]
    if missing or odd:
        told = [f"thiếu cột {', '.join(missing)}"] if missing else []
        told += [f"cột {name} có kiểu {seen[name]}, cần {columns[name]}" for name in odd]
        raise InputError(
            f"Kho hồ sơ {data.name} không đúng dạng: {'; '.join(told)}.\n"
            "Cách sửa: xem danh sách cột trong docs/scale.md, hoặc lập lại bằng `motcua prepare`."
        )
    newest = f"date '{read_meta(data)[EXPORTED]}'"
    absent = {TIME: f"null::{TIME}", DAY: newest, TRUTH: "false", WORDS: "''"}
    shown = ", ".join(
        f"{name if name in seen else absent[type_]}::{type_} as {name}"
        for name, type_ in columns.items()
    )
    return (
        f"select {shown}, 0 as age from "
        f"read_parquet('{_place(data / 'dossiers')}/month=*/*.parquet'"
        ", union_by_name = true, hive_partitioning = false)"
    )


def versions_sql(data: Path) -> str:
    """Query that gives all versions of the dossiers that had several; none where nobody kept them.

    Columns: OF_VERSIONS.
    """
    file = data / "dossiers" / VERSIONS
    columns = ", ".join(OF_VERSIONS)
    if file.is_file():
        return f"select {columns} from read_parquet('{_place(file)}')"
    none = "(select *, 0 as file_row_number from dossiers_exported) where false"
    return f"select {columns} from {none}"


def notes_of_store(data: Path, meta: dict[str, Any], read_with: dict[str, Any]) -> tuple[str, ...]:
    """What a reader must know of a store: what it cannot know, and what its exports told.

    Parameters
    ----------
    read_with : parameters that decide how exports are read, as they are now.
    """
    notes = list(meta.get("notes", ()))
    if not (data / "dossiers" / VERSIONS).is_file():
        notes.append(
            "kho không giữ các bản cũ của hồ sơ, nên không biết hồ sơ nào đổi đơn vị, đổi ngày, "
            "vắng mặt ở bản xuất sau, hay hẹn lại nhiều lần"
        )
    then = meta.get("read_with", read_with)
    changed = [name for name in read_with if then.get(name) != read_with[name]]
    if changed:
        notes.append(
            f"kho được lập với tham số khác ({', '.join(changed)}); các tham số này quyết định lúc "
            "đọc tệp xuất, nên giữ như lúc lập kho. Cách sửa: lập lại kho bằng `motcua prepare`"
        )
    return tuple(notes)


def problems_of_store(data: Path, meta: dict[str, Any]) -> pd.DataFrame:
    """What was wrong in the exports that a store was made from: one row per wrong value."""
    file = data / "dossiers" / PROBLEMS
    none = pd.DataFrame(columns=["kind", "file", *PROBLEM_COLUMNS])
    problems = pq.read_table(file).to_pandas() if file.is_file() else none
    return problems if EXPORTED in problems else problems.assign(exported_at=meta[EXPORTED])


def _place(path: Path) -> str:
    """Path within quotes of SQL."""
    return str(path).replace("'", "''")


def _fits(arrow: str, sql: str) -> bool:
    starts = {
        TIME: ("timestamp", "date"),
        DAY: ("date",),
        TRUTH: ("bool",),
        WORDS: ("string", "large_string"),
    }
    return arrow.startswith((*starts[sql], "dictionary"))


def store_sha256(data: Path) -> str:
    """SHA-256 over the names and contents of a store's files."""
    digest = hashlib.sha256((data / "dossiers" / META).read_bytes())
    beside = [data / "dossiers" / name for name in (PROBLEMS, VERSIONS)]
    for file in (*store_files(data), *filter(Path.is_file, beside)):
        stat = file.stat()
        one = file_sha256(file, stat.st_mtime_ns, stat.st_size)
        digest.update(f"{one} {file.relative_to(data).as_posix()}\n".encode())
    return digest.hexdigest()


def write_store(
    con: duckdb.DuckDBPyConnection, out: Path, meta: dict[str, Any], problems: Any
) -> Path:
    """Write the table `dossiers` of a connection, and their versions, as a store in `out`/dossiers.

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
        raise InputError(
            f"{out} đã có dữ liệu hồ sơ. Cách sửa: chọn thư mục khác, hoặc xóa kho cũ trước."
        )
    folder.mkdir(parents=True, exist_ok=True)
    columns = ", ".join(store_columns())
    place = _place(folder)
    con.execute(
        f"copy (select {columns}, strftime(received_at, '%Y-%m') as month from dossiers_exported "
        f"order by month, ward, dossier_id) to '{place}' (format parquet, partition_by (month), "
        f"overwrite_or_ignore true, compression zstd, row_group_size {_ROWS_PER_GROUP})"
    )
    con.execute(
        f"copy (select {', '.join(OF_VERSIONS)} from dossiers_again "
        f"order by dossier_id, age, file_row_number) to '{place}/{VERSIONS}' (format parquet)"
    )
    problems.to_parquet(folder / PROBLEMS, index=False)
    told = {"schema_version": STORE_VERSION, **meta, "exported_at": str(meta["exported_at"])}
    (folder / META).write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", "utf-8")
    return folder


def write_small(con: duckdb.DuckDBPyConnection, out: Path, day: date) -> None:
    """Write the other kinds of records beside a store, canonical columns alone."""
    for kind in (k for k in KINDS if k != "dossiers"):
        columns = ", ".join(read_yaml("headings")[kind])
        (out / kind).mkdir(parents=True, exist_ok=True)
        file = _place(out / kind / f"{kind}_{day:%Y%m%d}.parquet")
        con.execute(
            f"copy (select {columns} from {kind}) to '{file}' "
            f"(format parquet, kv_metadata {{{CANONICAL}: '{STORE_VERSION}'}})"
        )


def read_small(file: Path, kind: str) -> pd.DataFrame | None:
    """Records of a file that `write_small` wrote, as they are; None for any other file.

    They were checked then. To read them as an export is read would take their codes for words.
    """
    if not file.name.endswith(".parquet"):
        return None
    try:
        told = pq.read_metadata(file).metadata or {}
    except (OSError, ValueError):  # told when it is read as an export
        return None
    if told.get(CANONICAL.encode()) != STORE_VERSION.encode():
        return None
    rows = pq.read_table(file, columns=list(read_yaml("headings")[kind])).to_pandas()
    return rows.assign(row=range(1, len(rows) + 1))
