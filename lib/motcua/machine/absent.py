"""Imports that cost seconds and that motcua has no use for, left out where packages allow it."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator


@contextlib.contextmanager
def without_modules(*names: str) -> Iterator[None]:
    """Have imports in the block find these optional modules missing, unless they are loaded.

    Parameters
    ----------
    names : modules that what is imported in the block can do without.

    Examples
    --------
    >>> with without_modules("this"):
    ...     try:
    ...         import this
    ...     except ImportError:
    ...         print("missing")
    missing
    """
    hidden = [name for name in names if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))
    try:
        yield
    finally:
        for name in hidden:
            sys.modules.pop(name, None)


def without_slow_formats() -> contextlib.AbstractContextManager[None]:
    """Import `jsonschema` in the block without its grammar of IRIs, which takes 1.5 s to build.

    No schema that is used here has an IRI in it.
    """
    return without_modules("rfc3987_syntax")


def without_debugger() -> contextlib.AbstractContextManager[None]:
    """Import `ipykernel` in the block without its debugger, which no report needs."""
    return without_modules("debugpy")
