"""Errors that a person can act on: what is wrong, where, what was expected, what to do.

Every message is Vietnamese. `InputError` and its kin end the command with exit code 2;
`RunError` (a notebook or an output failed) with exit code 1. Neither shows a traceback.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class MotcuaError(Exception):
    """Base of all errors that motcua explains by itself."""

    exit_code = 1


class InputError(MotcuaError):
    """Wrong input: a file, a folder, a structure. Exit code 2."""

    exit_code = 2


class ParameterError(InputError):
    """A parameter is unknown, mistyped or out of range."""


class MissingColumns(InputError):
    """A file has a header but lacks required columns.

    Examples
    --------
    >>> print(MissingColumns.of("a.csv", {"due_at": "Ngày hẹn trả"}, ["Mã hồ sơ", "Ngày hẹn trảa"]))
    Thiếu cột bắt buộc trong a.csv: 'Ngày hẹn trả' (due_at).
    Các tiêu đề đang có: 'Mã hồ sơ', 'Ngày hẹn trảa'. Có phải là 'Ngày hẹn trảa'?
    Cách sửa: sửa tiêu đề trong tệp, hoặc khai báo `columns: {due_at: <tiêu đề>}` trong tệp tham số.
    """

    @classmethod
    def of(
        cls,
        where: str,
        missing: dict[str, str],
        seen: Iterable[str],
        free: Iterable[str] | None = None,
    ) -> MissingColumns:
        """Error that names the missing columns, the headings there are, and near ones.

        `free` are the headings that fill no column yet: only they may be meant.
        """
        seen = [s for s in seen if s]
        free = seen if free is None else list(free)
        names = ", ".join(f"'{label}' ({column})" for column, label in missing.items())
        hints = (near for label in missing.values() for near in get_close_matches(label, free, n=1))
        guess = "".join(f" Có phải là '{near}'?" for near in dict.fromkeys(hints))
        shown = ", ".join(f"'{s}'" for s in seen[:40]) or "(không có)"
        first = next(iter(missing))
        return cls(
            f"Thiếu cột bắt buộc trong {where}: {names}.\n"
            f"Các tiêu đề đang có: {shown}.{guess}\n"
            f"Cách sửa: sửa tiêu đề trong tệp, hoặc khai báo `columns: {{{first}: <tiêu đề>}}` "
            "trong tệp tham số."
        )


class RunError(MotcuaError):
    """A notebook or an output failed. Exit code 1."""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return " Có phải là 'x'?" for the nearest known word, or an empty string.

    Examples
    --------
    >>> did_you_mean("treshold_percent", ["threshold_percent", "units"])
    " Có phải là 'threshold_percent'?"
    >>> did_you_mean("zzz", ["units"])
    ''
    """
    near = get_close_matches(str(word), list(known), n=1)
    return f" Có phải là '{near[0]}'?" if near else ""
