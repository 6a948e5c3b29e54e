"""Columns of a table, gathered from rows that come in pieces.

A piece is small enough for the processor's cache and is gone before the next one comes, so the
million cells of an export never stand in memory as Python objects.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from itertools import chain

import numpy as np
import pandas as pd
import pyarrow as pa

_MOMENT, _EPOCH = pa.timestamp("us"), datetime(1970, 1, 1)


def column_of(name: str) -> Typed | Words:
    """Empty column that holds cells of a canonical column as is best for their kind.

    Examples
    --------
    >>> column = column_of("closed_at")
    >>> column.add([datetime(2024, 1, 14, 8), date(2024, 1, 15), ""])
    >>> column.series().dtype
    dtype('<M8[us]')
    >>> column.add(["chưa"])
    >>> column.series().tolist()[1:]
    [datetime.datetime(2024, 1, 15, 0, 0), None, 'chưa']
    """
    if name.endswith("_at"):
        return Typed(_moments, _MOMENT)
    if name.endswith("_id"):
        return Typed(_texts, pa.string())
    return Words()


class Typed:
    """Cells as values of one type where all are of it; else as objects, as the file has them."""

    def __init__(self, read: Callable[[Sequence], pa.Array], kind: pa.DataType) -> None:
        self._read, self._kind = read, kind
        self._parts: list[pa.Array | Sequence] = []

    def add(self, cells: Sequence) -> None:
        """Take the cells of one more piece."""
        try:
            self._parts.append(self._read(cells))
        except (TypeError, ValueError):  # something else among them
            self._parts.append(cells)

    def series(self) -> pd.Series:
        """All cells that were taken."""
        if all(isinstance(part, pa.Array) for part in self._parts):
            return pa.chunked_array(self._parts, self._kind).to_pandas()
        lists = (p.to_pylist() if isinstance(p, pa.Array) else p for p in self._parts)
        return pd.Series([*chain.from_iterable(lists)], dtype=object)


def _texts(cells: Sequence) -> pa.Array:
    return pa.array(cells, pa.string())


def _moments(cells: Sequence) -> pa.Array:
    """Dates without a zone, as the time since an epoch: Arrow reads that twice as fast."""
    since = [v - _EPOCH if type(v) is datetime else _since(v) for v in cells]
    return pa.array(since, pa.duration("us")).view(_MOMENT)


def _since(value: object) -> timedelta | None:
    """Time from the epoch to a day; an empty cell is none."""
    if type(value) is date:
        return datetime.combine(value, time()) - _EPOCH
    if value is None or (type(value) is str and not value):
        return None
    raise TypeError("no date")


class Words:
    """Cells of which many are alike: each different one once, and which of them stands where."""

    def __init__(self) -> None:
        self._numbers, self._places = _Numbers({None: -1}), array("i")

    def add(self, cells: Sequence) -> None:
        """Take the cells of one more piece."""
        self._places.extend(map(self._numbers.__getitem__, cells))

    def series(self) -> pd.Series:
        """All cells that were taken, as categories."""
        words = pd.Index([word for word in self._numbers if word is not None], dtype=object)
        places = np.array(self._places, dtype="int32")
        return pd.Series(pd.Categorical.from_codes(places, words))


class _Numbers(dict):
    """Number of each value in the order in which they came; -1 for what is no value (NaN)."""

    def __missing__(self, value: object) -> int:
        if value != value:  # noqa: PLR0124
            return -1
        self[value] = number = len(self) - 1
        return number
