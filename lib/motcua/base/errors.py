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
    """A file has a header but lacks required columns (see `reference.columns_missing`)."""


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
