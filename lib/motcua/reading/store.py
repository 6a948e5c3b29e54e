"""Dossiers of a province or a country: canonical Parquet files, read where they lie.

A store is a data folder whose `dossiers/` holds `month=YYYY-MM/*.parquet` (month of receipt) and
`_motcua.json`. Its rows were checked and freed of personal data when it was written, one row per
dossier, so a run reads only the columns it needs and keeps none of them in memory. `write_store`
makes one from exports; any other program may, in the same form (docs/scale.md).
"""

from __future__ import annotations

import hashlib
import json
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq

from motcua.base.errors import InputError
from motcua.base.reference import KINDS, REQUIRED, read_yaml
from motcua.reading.exports import STORE as META
from motcua.reading.exports import file_sha256

PROBLEMS = "_problems.parquet"
STORE_VERSION = "1"
TIME, TRUTH, WORDS = "TIMESTAMP", "BOOLEAN", "VARCHAR"
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
    return {name: _type_of(name) for name in names}


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
    shown = ", ".join(
        f"{name}::{type_} as {name}" if name in seen else f"{_absent(type_)} as {name}"
        for name, type_ in columns.items()
    )
    paths = str(data / "dossiers" / "month=*" / "*.parquet").replace("'", "''")
    return (
        f"select {shown}, 0 as age, date '{read_meta(data)['exported_at']}' as exported_at "
        f"from read_parquet('{paths}', union_by_name = true, hive_partitioning = false)"
    )


def _fits(arrow: str, sql: str) -> bool:
    starts = {TIME: ("timestamp", "date"), TRUTH: ("bool",), WORDS: ("string", "large_string")}
    return arrow.startswith((*starts[sql], "dictionary"))


def _absent(type_: str) -> str:
    return {TIME: f"null::{TIME}", TRUTH: "false", WORDS: "''"}[type_]


def store_sha256(data: Path) -> str:
    """SHA-256 over the names and contents of a store's files."""
    digest = hashlib.sha256((data / "dossiers" / META).read_bytes())
    for file in store_files(data):
        stat = file.stat()
        one = file_sha256(file, stat.st_mtime_ns, stat.st_size)
        digest.update(f"{one} {file.relative_to(data).as_posix()}\n".encode())
    return digest.hexdigest()


def write_store(
    con: duckdb.DuckDBPyConnection, out: Path, meta: dict[str, Any], problems: Any
) -> Path:
    """Write the table `dossiers` of a connection as a store in `out`/dossiers.

    Parameters
    ----------
    meta : synthetic, exported_at, rows_read, rows_set_aside of the exports.
    problems : one row per wrong value, kept beside the dossiers for rejected.csv.

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
    place = str(folder).replace("'", "''")
    con.execute(
        f"copy (select {columns}, strftime(received_at, '%Y-%m') as month from dossiers_exported "
        f"order by month, ward, dossier_id) to '{place}' (format parquet, partition_by (month), "
        f"overwrite_or_ignore true, compression zstd, row_group_size {_ROWS_PER_GROUP})"
    )
    problems.to_parquet(folder / PROBLEMS, index=False)
    told = {"schema_version": STORE_VERSION, **meta, "exported_at": str(meta["exported_at"])}
    (folder / META).write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", "utf-8")
    return folder


def write_small(con: duckdb.DuckDBPyConnection, out: Path, day: date) -> None:
    """Write feedback, incidents and follow-up beside a store, canonical columns alone."""
    for kind in (k for k in KINDS if k != "dossiers"):
        columns = ", ".join(read_yaml("headings")[kind])
        (out / kind).mkdir(parents=True, exist_ok=True)
        file = str(out / kind / f"{kind}_{day:%Y%m%d}.parquet").replace("'", "''")
        con.execute(f"copy (select {columns} from {kind}) to '{file}' (format parquet)")
