"""Working days: Monday to Friday without the public holidays of data/reference/holidays.csv."""

from __future__ import annotations

import csv
from datetime import date
from functools import cache

import numpy as np
import pandas as pd

from motcua.base.reference import REFERENCE


@cache
def holidays() -> tuple[date, ...]:
    """Days off beside Saturdays and Sundays, oldest first.

    Examples
    --------
    >>> date(2024, 1, 1) in holidays(), date(2024, 1, 2) in holidays()
    (True, False)
    """
    with (REFERENCE / "holidays.csv").open(encoding="utf-8", newline="") as stream:
        return tuple(sorted(date.fromisoformat(row["date"]) for row in csv.DictReader(stream)))


def working_days_left(as_of: date, due: pd.Series) -> pd.Series:
    """Working days after `as_of` up to each due date, that one included; 0 when none is left.

    Parameters
    ----------
    as_of : the day of looking, not counted itself.
    due : dates; missing and past ones are missing in the result.

    Examples
    --------
    >>> due = pd.Series(pd.to_datetime(["2023-12-29", "2024-01-01", "2024-01-02", "2023-12-28"]))
    >>> working_days_left(date(2023, 12, 29), due).tolist()  # a Friday before New Year's Day
    [0, 0, 1, <NA>]
    """
    days = due.dt.normalize()
    known = days[days >= pd.Timestamp(as_of)]
    ends = known.to_numpy().astype("datetime64[D]") + 1
    counts = np.busday_count(np.datetime64(as_of) + 1, ends, holidays=np.array(holidays(), "M8[D]"))
    return pd.Series(counts, index=known.index, dtype="Int64").reindex(due.index)


def is_known(day: date) -> bool:
    """Whether the list of holidays reaches the year of a day.

    Examples
    --------
    >>> is_known(date(2024, 1, 10)), is_known(date(1999, 1, 10))
    (True, False)
    """
    return holidays()[0].year <= day.year <= holidays()[-1].year
