"""What was read before: rows and problems of each export as Parquet, believed by check sum alone.

The cache holds canonical columns only (no personal data). A file is named by the hash of the
export's content, of what shapes its reading, and of this code. Beside it stands its check sum, made
with the local key: a file that is cut off, changed or somebody else's does not fit it, counts as
absent, and is read again from the export.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from functools import cache, partial
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from motcua.base import errors
from motcua.base.errors import InputError
from motcua.base.params import SHAPING, Params, units_path
from motcua.base.reference import REFERENCE, RESOURCES
from motcua.machine.processes import is_forked
from motcua.reading.exports import cache_folder, file_sha256, key_file, place_of

ROOMS = (Path(__file__).parent, Path(errors.__file__).parent)  # whose code decides what is read
KEPT_DAYS = 30  # that merged dossiers nobody asked for stay in the cache
KEY_BYTES = 32
_SETTLED = 2 * 10**9  # ns; a file changed so lately may change again within the clock's tick
_WHOLE: set[tuple] = set()  # files seen whole, with the size and times that they had


def cached_as(kind: str, path: Path, params: Params) -> tuple[str, Path]:
    """Content hash of an export and the place of its rows in the cache."""
    digest = file_sha256(path, path.stat().st_mtime_ns, path.stat().st_size)
    units = units_path(params)
    shaping = params.model_dump(include={*SHAPING})
    if kind != "dossiers":
        del shaping["completion_event"]
    shaping["units"] = file_sha256(units, units.stat().st_mtime_ns, 0) if units else "from_data"
    if kind == "dossiers" and params.dossier_id == "row":
        shaping["place"] = place_of(path)  # of which the numbers are made
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
    lists = sorted(REFERENCE.glob("*.yaml"))
    digest = hashlib.sha256()
    for path in (*code, *lists, RESOURCES / "requirements.txt"):
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
        _make_key(file)
    try:
        key = bytes.fromhex(file.read_text("ascii"))
    except (OSError, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise InputError(
            f"Tệp khóa {file} không đọc được hoặc bị hỏng: phải có đúng {2 * KEY_BYTES} chữ số "
            "0-9, a-f.\nCách sửa: chép lại tệp này từ bản sao lưu; không có bản sao thì xóa tệp, "
            "lần chạy sau lập khóa mới và mã công chức (CC-…) sẽ khác trước."
        )
    return key


def _make_key(file: Path) -> None:
    own = file.with_suffix(f".{os.getpid()}")
    with _writable(file.parent):
        try:
            own.touch(mode=0o600)
            own.write_text(secrets.token_hex(KEY_BYTES))
            os.link(own, file)  # the first process wins; the others use its key
        except FileExistsError:
            pass
        finally:
            own.unlink(missing_ok=True)


@contextlib.contextmanager
def _writable(folder: Path) -> Iterator[None]:
    """Make a folder to write to; tell what to do where that cannot be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield
    except (OSError, duckdb.IOException) as error:
        raise InputError(
            f"Không ghi được vào thư mục {folder}: {getattr(error, 'strerror', None) or error}.\n"
            "Cách sửa: cho phép ghi vào thư mục đó và kiểm tra chỗ trống trên đĩa, hoặc đặt biến "
            "môi trường MOTCUA_CACHE là một thư mục ghi được."
        ) from None


def is_whole(file: Path) -> bool:
    """Whether a file of the cache is there and holds, byte for byte, what was written.

    A process reads it through once and again when its size or a time of it has changed.
    """
    try:
        stat, now = file.stat(), time.time_ns()
        state = (file, stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns)
        if state in _WHOLE:
            return True
        fits = _sum_file(file).read_bytes() == _check_sum(file, file.name)
    except OSError:
        return False
    if fits and max(state[3:]) < now - _SETTLED:
        _WHOLE.add(state)
    return fits


def _sum_file(file: Path) -> Path:
    return file.with_name(f"{file.name}.sum")


def _check_sum(file: Path, name: str) -> bytes:
    """Check sum of a file's content under a name, which nobody without the local key can make."""
    with file.open("rb") as stream:
        own = partial(hashlib.blake2b, name.encode(), key=local_key(), digest_size=32)
        return hashlib.file_digest(stream, own).hexdigest().encode()


@contextlib.contextmanager
def writing(place: Path) -> Iterator[Path]:
    """Give a name to write to; what was written then comes into its place, with its check sum.

    Whatever stops this half way leaves a file without the check sum that fits it.
    """
    own = place.with_name(f"{place.name}.{os.getpid()}")
    with _writable(place.parent):
        try:
            yield own
            total = _sum_file(own)
            total.write_bytes(_check_sum(own, place.name))
            own.replace(place)
            total.replace(_sum_file(place))
        finally:
            own.unlink(missing_ok=True)


def write_parquet(frame: pd.DataFrame, parquet: Path, meta: dict) -> None:
    """Write a table into the cache, one type per kind of column however empty it is."""
    table = pa.Table.from_pandas(frame, preserve_index=False)
    table = table.cast(pa.schema([_plain(field) for field in table.schema]))
    table = table.replace_schema_metadata({"motcua": json.dumps(meta, ensure_ascii=False)})
    with writing(parquet) as own:
        pq.write_table(table, own, compression="zstd")


def _plain(field: pa.Field) -> pa.Field:
    if field.name.endswith("_at") and pa.types.is_temporal(field.type):
        return pa.field(field.name, pa.timestamp("us"))
    if field.name == "evidence" and pa.types.is_boolean(field.type):
        return pa.field(field.name, pa.bool_())
    return pa.field(field.name, pa.int64() if field.name in ("row", "n") else pa.string())


def share(file: Path, other: Path) -> None:
    """Give a file of the cache a second name, or a copy where there are no such names."""
    with writing(other) as own:
        own.unlink(missing_ok=True)
        try:
            os.link(file, own)
        except OSError:
            shutil.copyfile(file, own)


def keep_fresh(file: Path) -> None:
    """Note once a day that merged dossiers were asked for; remove those that long were not."""
    now = time.time()
    for other in file.parent.glob("newest-*"):
        with contextlib.suppress(OSError):  # another process may remove it, too
            age = now - other.stat().st_mtime
            if other.name.startswith(file.name) and age > 86_400:
                os.utime(other)
            elif not other.name.startswith(file.name) and age > KEPT_DAYS * 86_400:
                other.unlink()


def connect() -> duckdb.DuckDBPyConnection:
    """Database in memory; MOTCUA_MEMORY ("4GB") bounds it, and what is more goes to the disk."""
    threads = 1 if is_forked() else os.cpu_count() or 1
    config: dict[str, Any] = {"threads": threads, "temp_directory": str(cache_folder() / "tmp")}
    bound = os.environ.get("MOTCUA_MEMORY")
    try:
        return duckdb.connect(config=config | ({"memory_limit": bound} if bound else {}))
    except duckdb.Error:
        raise InputError(
            f"Biến môi trường MOTCUA_MEMORY = '{bound}' không hợp lệ; cần dạng như 4GB."
        ) from None
