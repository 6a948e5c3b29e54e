"""Publish a month: built beside its place, put there at once, or not at all.

A run that fails or is killed leaves the last good month as it was, and a page that says so.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from html import escape
from pathlib import Path
from string import Template

from filelock import FileLock, Timeout

from motcua.base.calendar import as_written
from motcua.base.errors import MotcuaError, RunError
from motcua.base.reference import message, read_yaml, refusal
from motcua.base.style import TEMPLATES
from motcua.base.vietnamese import upper_first
from motcua.machine.files import write_at_once
from motcua.machine.processes import Stopped, put_off

_AT_FDCWD, _RENAME_EXCHANGE = -100, 2  # <fcntl.h>, <linux/fs.h>
DISK_WORDS = {getattr(errno, name): told for name, told in read_yaml("terms")["disk"].items()}


class Unchanged(Exception):
    """Raised in the block of `building`: the published month stays, and that is no failure."""


@contextlib.contextmanager
def building(out: Path, month: str, label: str = "") -> Iterator[Path]:
    """Folder to build a month in; published when the block ends well, removed when it does not.

    While the block runs, and after it fails, `out`/`month`.loi.html says that it is not done. A
    request to stop (SIGTERM, SIGHUP, Ctrl+C) ends the block, but never what comes after it.

    Parameters
    ----------
    month : name of the folder, usually a month.
    label : what it is to readers; "Tháng 2024-01" when empty.

    Raises
    ------
    InputError
        The output folder cannot be written.
    RunError
        Another run of this month is under way, or the disk failed.
    """
    _make_folder(out)
    target, status = out / month, out / f"{month}.loi.html"
    folder, label = out / f".{month}.building", label or upper_first(as_written(month))
    with put_off() as stops, _alone(out / f".{month}.lock", label):
        try:
            recover(target)
            _remove(folder)
            write_status(status, label, message("is_running"))
            folder.mkdir()
            with stops.heard():
                yield folder
            if os.name == "posix":  # elsewhere a read-only file could not be replaced
                for notebook in folder.rglob("*.ipynb"):
                    notebook.chmod(0o444)
            _flush(folder)
            swap(folder, target)
            _flush(out, deep=False)
        except BaseException as error:
            _remove(folder)  # first of all: the page needs room on a full disk
            if not isinstance(error, Unchanged):
                failure = _explained(error, label)
                _tell(status, label, failure)
                raise failure from None
        status.unlink(missing_ok=True)
        _remove(folder)


def _make_folder(folder: Path) -> None:
    """Make the output folder, and see that it can be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise refusal("out_shut", folder=folder, why=disk_words(error)) from None


@contextlib.contextmanager
def _alone(lock: Path, label: str) -> Iterator[None]:
    """Hold the lock of a month, or say that another run holds it."""
    held = FileLock(lock)
    try:
        held.acquire(timeout=0)
    except Timeout:
        raise refusal("run_elsewhere", RunError, label=label) from None
    except OSError as error:
        raise _explained(error, label) from None
    try:
        yield
    finally:
        held.release()


def _flush(folder: Path, *, deep: bool = True) -> None:
    """Have the disk keep what was written, so that no power cut empties a published file."""
    if os.name == "nt":  # opens no folder
        return
    for path in (*(folder.rglob("*") if deep else ()), folder):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def swap(folder: Path, target: Path) -> None:
    """Put a finished folder in its place; readers see the former one or the new one, never none.

    Linux exchanges the two in one step; `folder` then is the former one. Elsewhere the former one
    is moved aside first: it comes back when the second move fails, and `recover` brings it back
    if the run dies in between.
    """
    if not target.exists():
        folder.rename(target)
        return
    if not _exchange(folder, target):
        former = _former(target)
        _remove(former)
        target.rename(former)
        try:
            folder.rename(target)
        except BaseException:
            former.rename(target)
            raise
        _remove(former)


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
    """Bring back a month that a killed run had moved aside; remove one that it had replaced.

    Raises
    ------
    InputError
        A file stands where the month's folder belongs.
    """
    former = _former(target)
    if target.exists():
        if not target.is_dir():
            raise refusal("file_in_place", target=target)
        _remove(former)
    elif former.is_dir():
        former.rename(target)


def _remove(path: Path) -> None:
    """Remove a folder, a link or a file; what cannot be removed stays."""
    if path.is_symlink() or path.is_file():
        with contextlib.suppress(OSError):
            path.unlink()
    else:
        shutil.rmtree(path, ignore_errors=True)


def disk_words(error: OSError) -> str:
    """Trouble of a disk in Vietnamese, where it is a usual one.

    Examples
    --------
    >>> disk_words(OSError(errno.EROFS, "Read-only file system"))
    'ổ đĩa chỉ cho đọc'
    """
    return DISK_WORDS.get(error.errno, error.strerror or str(error))


def _explained(error: BaseException, label: str) -> BaseException:
    """Trouble of a disk as an error for people; any other error as it is."""
    if not isinstance(error, OSError):
        return error
    label = label[:1].lower() + label[1:]
    return refusal("not_written", RunError, label=label, why=disk_words(error))


def _tell(status: Path, label: str, error: BaseException) -> None:
    """Status page of a failed run; a full disk must not hide the first error."""
    if isinstance(error, MotcuaError):
        why = str(error)
    elif isinstance(error, Stopped):
        why = message("was_stopped", why=error)
    elif isinstance(error, KeyboardInterrupt):
        why = message("by_wish")
    else:
        why = message("by_fault", fault=type(error).__name__)
    with contextlib.suppress(OSError):
        write_status(status, label, why)


def write_status(path: Path, label: str, why: str) -> None:
    """Small page beside the months that says why one is not there or not new."""
    page = Template((TEMPLATES / "loi.html").read_text("utf-8"))
    write_at_once(path, page.substitute(label=escape(label), told=escape(why)).encode())
