"""Months, reporting periods and working days (Monday to Friday without the public holidays)."""

from __future__ import annotations

import csv
import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from motcua.base.errors import ParameterError
from motcua.base.reference import REFERENCE

if TYPE_CHECKING:
    import pandas as pd

FIRST_YEAR, LAST_YEAR = 1900, 2199  # of months that can be looked at
_MONTH = re.compile(r"(?:19|20|21)[0-9]{2}-(0[1-9]|1[0-2])")
_OTHER_MONTH = re.compile(
    r"(?P<year>[0-9]{4})[-/.]?(?P<month>[0-9]{1,2})|(?P<first>[0-9]{1,2})[-/.](?P<last>[0-9]{4})"
)


class Period(NamedTuple):
    """First and last day of a reporting period."""

    start: date
    end: date


def check_month(month: str) -> str:
    """Return `month` when it reads YYYY-MM; otherwise refuse it."""
    if not _MONTH.fullmatch(str(month)):
        near = _meant(str(month))
        raise ParameterError(
            f"Tháng '{str(month)[:40]}' không hợp lệ: phải có dạng NNNN-TT, ví dụ 2024-01."
            + (f" Có phải là {near}?" if near else "")
        )
    return month


def _meant(text: str) -> str:
    """Month that a text written another way means, as YYYY-MM; "" when it cannot be told.

    Examples
    --------
    >>> _meant("02/2024"), _meant("2024-2"), _meant("2024-13")
    ('2024-02', '2024-02', '')
    """
    found = _OTHER_MONTH.fullmatch(text.strip())
    if not found:
        return ""
    month = f"{found['year'] or found['last']}-{int(found['month'] or found['first']):02d}"
    return month if _MONTH.fullmatch(month) else ""


def next_month(month: str, step: int = 1) -> str:
    """Return the month `step` months later (or earlier, when negative).

    Examples
    --------
    >>> next_month("2023-12"), next_month("2024-01", -1)
    ('2024-01', '2023-12')
    """
    index = int(month[:4]) * 12 + int(month[5:]) - 1 + step
    return f"{index // 12:04d}-{index % 12 + 1:02d}"


def month_range(first: str, last: str) -> Iterator[str]:
    """Months from `first` to `last`, both included.

    Examples
    --------
    >>> list(month_range("2023-12", "2024-01"))
    ['2023-12', '2024-01']
    """
    check_month(first), check_month(last)
    while first <= last:
        yield first
        first = next_month(first)


def months_of(text: str) -> list[str]:
    """Months of "2024-01" or "2023-01..2024-01".

    Examples
    --------
    >>> months_of("2023-12..2024-01")
    ['2023-12', '2024-01']
    """
    first, dots, last = text.partition("..")
    months = list(month_range(first, last)) if dots else [check_month(first)]
    if not months:
        raise ParameterError(f"Dải tháng '{text}' rỗng: tháng đầu phải trước tháng cuối.")
    return months


def rule_period(month: str, rule: str) -> Period:
    """Period of a month by the rule alone."""
    year, number = int(month[:4]), int(month[5:])
    if rule == "calendar":
        return Period(date(year, number, 1), date(year, number, monthrange(year, number)[1]))
    before = date(year, number, 1) - timedelta(days=1)
    return Period(before.replace(day=15), date(year, number, 14))


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
    >>> import pandas as pd
    >>> due = pd.Series(pd.to_datetime(["2023-12-29", "2024-01-01", "2024-01-02", "2023-12-28"]))
    >>> working_days_left(date(2023, 12, 29), due).tolist()  # a Friday before New Year's Day
    [0, 0, 1, <NA>]
    """
    import numpy as np
    import pandas as pd

    days = due.dt.normalize()
    known = days[days >= pd.Timestamp(as_of)]
    ends = known.to_numpy().astype("datetime64[D]") + 1
    counts = np.busday_count(np.datetime64(as_of) + 1, ends, holidays=np.array(holidays(), "M8[D]"))
    return pd.Series(counts, index=known.index, dtype="Int64").reindex(due.index)


def after_working_days(day: date, count: int) -> date:
    """Day that so many working days after a day end on; the day itself is not counted.

    Examples
    --------
    >>> after_working_days(date(2023, 12, 29), 1), after_working_days(date(2023, 12, 31), 1)
    (datetime.date(2024, 1, 2), datetime.date(2024, 1, 2))
    """
    import numpy as np

    off = np.array(holidays(), "M8[D]")
    return np.busday_offset(np.datetime64(day), count, roll="backward", holidays=off).item()


def is_known(day: date) -> bool:
    """Whether the list of holidays reaches the year of a day.

    Examples
    --------
    >>> is_known(date(2024, 1, 10)), is_known(date(1999, 1, 10))
    (True, False)
    """
    return holidays()[0].year <= day.year <= holidays()[-1].year
