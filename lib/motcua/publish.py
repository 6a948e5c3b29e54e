"""Publish a month: built beside its place, put there at once, or not at all.

A run that fails or is killed leaves the last good month as it was, and a page that says so.
"""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from html import escape
from pathlib import Path

from filelock import FileLock, Timeout

from motcua.errors import InputError, MotcuaError, RunError

MANIFEST = "manifest.json"
_AT_FDCWD, _RENAME_EXCHANGE = -100, 2  # <fcntl.h>, <linux/fs.h>


@contextlib.contextmanager
def building(out: Path, month: str) -> Iterator[Path]:
    """Folder to build a month in; published when the block ends well, removed when it does not.

    While the block runs, and after it fails, `out`/`month`.loi.html says that it is not done.

    Raises
    ------
    InputError
        The output folder cannot be written.
    RunError
        Another run of this month is under way, or the disk failed.
    """
    _make_folder(out)
    folder, status = out / f".{month}.building", out / f"{month}.loi.html"
    with _alone(out / f".{month}.lock", month):
        try:
            recover(out / month)
            shutil.rmtree(folder, ignore_errors=True)
            write_status(status, month, "Lần chạy này chưa xong: đang chạy, hoặc đã bị ngắt.")
            folder.mkdir()
            yield folder
            swap(folder, out / month)
            status.unlink(missing_ok=True)
        except OSError as error:
            failure = RunError(f"Không ghi được kết quả tháng {month}: {error.strerror or error}.")
            _tell(status, month, failure)
            raise failure from None
        except BaseException as error:
            _tell(status, month, error)
            raise
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".{os.getpid()}.probe"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise InputError(
            f"Không ghi được vào thư mục kết quả {folder}: {error.strerror}. "
            "Chọn thư mục khác bằng --out, hoặc xin quyền ghi."
        ) from None


@contextlib.contextmanager
def _alone(lock: Path, month: str) -> Iterator[None]:
    """Hold the month's lock, or say that another run holds it."""
    try:
        held = FileLock(lock)
        held.acquire(timeout=0)
    except Timeout:
        raise RunError(
            f"Tháng {month} đang được chạy bởi một lệnh khác. Chờ lệnh đó xong rồi chạy lại."
        ) from None
    try:
        yield
    finally:
        held.release()


def swap(folder: Path, target: Path) -> None:
    """Put a finished folder in its place; readers see the former one or the new one, never none.

    Linux exchanges the two in one step. Elsewhere the former one is moved aside first, and
    `recover` brings it back if the run dies in between.
    """
    if not target.exists():
        folder.rename(target)
        return
    if not _exchange(folder, target):
        former = _former(target)
        shutil.rmtree(former, ignore_errors=True)
        target.rename(former)
        folder.rename(target)
        shutil.rmtree(former, ignore_errors=True)


def _exchange(one: Path, other: Path) -> bool:
    """Exchange two names in one step, where the system can."""
    try:
        rename = ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError, TypeError):
        return False
    names = os.fsencode(one), os.fsencode(other)
    return rename(_AT_FDCWD, names[0], _AT_FDCWD, names[1], _RENAME_EXCHANGE) == 0


def _former(target: Path) -> Path:
    return target.with_name(f".{target.name}.former")


def recover(target: Path) -> None:
    """Bring back a month that a killed run had moved aside."""
    former = _former(target)
    if former.is_dir() and not target.exists():
        former.rename(target)


def _tell(status: Path, month: str, error: BaseException) -> None:
    """Status page of a failed run; a full disk must not hide the first error."""
    if isinstance(error, MotcuaError):
        told = str(error)
    elif isinstance(error, KeyboardInterrupt):
        told = "Lần chạy bị dừng theo yêu cầu."
    else:
        told = f"Lỗi ngoài dự kiến: {type(error).__name__}."
    with contextlib.suppress(OSError):
        write_status(status, month, told)


def write_status(path: Path, month: str, told: str) -> None:
    """Small page beside the months that says why one is not there or not new."""
    path.write_text(
        '<!doctype html>\n<html lang="vi"><meta charset="utf-8">'
        f"<title>Tháng {escape(month)}: chưa lập được báo cáo</title>\n"
        '<body style="font:16px/1.5 system-ui,sans-serif;max-width:45rem;margin:2rem auto;'
        'padding:0 1rem">\n'
        f"<h1>Tháng {escape(month)}: chưa lập được báo cáo</h1>\n"
        f'<p style="white-space:pre-wrap">{escape(told)}</p>\n'
        "<p>Kết quả của lần chạy trước (nếu có) vẫn còn nguyên.</p>\n</body></html>\n",
        "utf-8",
    )


def write_manifest(folder: Path, facts: dict) -> None:
    """manifest.json: what the month was made from, and the SHA-256 of every file beside it."""
    files = sorted(p for p in folder.rglob("*") if p.is_file() and p != folder / MANIFEST)
    outputs = {p.relative_to(folder).as_posix(): file_digest(p) for p in files}
    text = json.dumps({**facts, "outputs": outputs}, ensure_ascii=False, indent=1)
    (folder / MANIFEST).write_text(text + "\n", "utf-8")


def read_manifest(folder: Path) -> dict:
    """Content of manifest.json; empty when there is none that can be read."""
    try:
        content = json.loads((folder / MANIFEST).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def file_digest(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def verify(folder: Path) -> list[str]:
    """Compare a published month with its manifest; one line per difference.

    Raises
    ------
    InputError
        There is no manifest.
    """
    listed = read_manifest(folder).get("outputs")
    if not isinstance(listed, dict):
        raise InputError(
            f"Không đọc được {MANIFEST} trong {folder}: "
            "đây không phải thư mục kết quả của một tháng."
        )
    here = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()} - {MANIFEST}
    lost = [f"thiếu tệp {name}" for name in sorted(set(listed) - here)]
    extra = [f"tệp lạ {name}" for name in sorted(here - set(listed))]
    changed = [
        f"tệp {name} đã bị sửa"
        for name in sorted(set(listed) & here)
        if file_digest(folder / name) != listed[name]
    ]
    return lost + extra + changed
