"""Reporting periods, their words, and working days (Monday to Friday without public holidays)."""

from __future__ import annotations

import csv
import re
from calendar import monthrange
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from motcua.base.errors import ParameterError
from motcua.base.reference import REFERENCE, read_yaml, refusal
from motcua.base.vietnamese import bare_key, upper_first

if TYPE_CHECKING:
    import pandas as pd

FIRST_YEAR, LAST_YEAR = 1900, 2199  # of periods that can be looked at
_PERIOD = re.compile(r"(?:19|20|21)[0-9]{2}(?:-(?:0[1-9]|1[0-2]|Q[1-4]|H[12]|9M))?")
_KINDS = {"Q": "quarter", "H": "half", "9": "nine_months", "": "year"}  # by the sign after "-"
_WORDS, _MEANT = (read_yaml("terms")[name] for name in ("period", "period_meant"))
_LENGTHS = {kind: said["months"] for kind, said in _WORDS.items()}
_YEAR_IN = re.compile(r"(?P<before>.*?)(?P<year>(?:19|20|21)[0-9]{2})(?P<after>.*)", re.DOTALL)
_MONTH_WORD = re.compile(
    r"(?P<all>các )?(?<!ngày )(?<!\s\s)(?<!… )\b(?P<first>[Tt])háng\b(?P<before> trước)?"
)
_THE_SAME = re.compile(r"(năm trước) và cùng kỳ năm trước")  # of what a year has one of


class Period(NamedTuple):
    """First and last day of a reporting period."""

    start: date
    end: date


# Reporting periods ------------------------------------------------------------------------------
# 2024-01, 2024-Q1, 2024-H1, 2024-9M or 2024. Most of this library was first written for months: a
# `month` in its names is any of these, unless it says otherwise.


def kind_of(month: str) -> str:
    """Kind of a reporting period: month, quarter, half, nine_months or year.

    Examples
    --------
    >>> [kind_of(one) for one in ("2024-09", "2024-Q1", "2024-H2", "2024-9M", "2024")]
    ['month', 'quarter', 'half', 'nine_months', 'year']
    """
    return _KINDS.get(month[5:6], "month")


def _number(month: str) -> int:
    """Which one of its kind it is in its year, from 1."""
    return int({"month": month[5:], "quarter": month[6:], "half": month[6:]}.get(kind_of(month), 1))


def is_period(month: object) -> bool:
    """Whether a text is a reporting period as it is to be written."""
    return isinstance(month, str) and bool(_PERIOD.fullmatch(month))


def check_month(month: str) -> str:
    """Return `month` when it is written as a reporting period; otherwise refuse it."""
    if not is_period(month):
        year = found["year"] if (found := _YEAR_IN.fullmatch(str(month))) else "2024"
        near = f" Có phải là {near}?" if (near := meant(str(month))) else ""
        raise refusal("bad_period", ParameterError, text=str(month)[:40], year=year, near=near)
    return month


def meant(text: str) -> str:
    """Period that a text written another way means; "" when it cannot be told.

    Examples
    --------
    >>> [meant(text) for text in ("02/2024", "2024-2", "2024-13", "Q1/2024", "quý IV/2024")]
    ['2024-02', '2024-02', '2024-01', '2024-Q1', '2024-Q4']
    >>> meant("06 tháng đầu năm 2024"), meant("9 tháng 2024"), meant("năm 2024")
    ('2024-H1', '2024-9M', '2024')
    """
    found = _YEAR_IN.fullmatch(text)
    rest = bare_key((found["before"] + found["after"]) if found else "").replace("nam", "")
    for pattern, written in _MEANT["forms"].items():
        if found and (parts := re.fullmatch(pattern, re.sub(r"[^a-z0-9]", "", rest))):
            number = next(filter(None, parts.groups()), "")
            return found["year"] + written.format(_MEANT["numbers"].get(number, number))
    return ""


def next_month(month: str, step: int = 1) -> str:
    """Return the period `step` periods of its kind later (or earlier, when negative).

    Examples
    --------
    >>> next_month("2023-12"), next_month("2024-01", -1), next_month("2024-Q1", -5)
    ('2024-01', '2023-12', '2022-Q4')
    >>> next_month("2024-H2"), next_month("2024-9M", -1), next_month("2024")
    ('2025-H1', '2023-9M', '2025')
    """
    many = in_a_year(month)
    year, number = divmod(int(month[:4]) * many + _number(month) - 1 + step, many)
    return f"{year:04d}{_WORDS[kind_of(month)]['written'].format(number + 1)}"


def in_a_year(month: str) -> int:
    """How many periods of the kind of a period a year has: so many steps back is a year before."""
    return 12 // _LENGTHS[kind_of(month)]


def months_in(month: str) -> list[str]:
    """Months of a reporting period, oldest first; a month is its own.

    Examples
    --------
    >>> months_in("2024-Q2"), months_in("2024-02"), len(months_in("2024"))
    (['2024-04', '2024-05', '2024-06'], ['2024-02'], 12)
    """
    length = _LENGTHS[kind_of(month)]
    first = (_number(month) - 1) * length + 1
    return [f"{month[:4]}-{first + i:02d}" for i in range(length)]


def longer_than_months(months: Iterable[str]) -> list[str]:
    """Quarters, halves, nine months and years whose months are all given, newest year first.

    Examples
    --------
    >>> longer_than_months(month_range("2023-10", "2024-06"))
    ['2024-Q2', '2024-Q1', '2024-H1', '2023-Q4']
    """
    known = set(months)
    periods = [
        f"{year}{_WORDS[kind]['written'].format(number)}"
        for year in sorted({month[:4] for month in known}, reverse=True)
        for kind, length in list(_LENGTHS.items())[1:]
        for number in range(12 // length, 0, -1)
    ]
    return [period for period in periods if known.issuperset(months_in(period))]


def month_range(first: str, last: str) -> Iterator[str]:
    """Periods from `first` to `last`, both included and of one kind.

    Examples
    --------
    >>> list(month_range("2023-12", "2024-01")), list(month_range("2023-H2", "2024-H1"))
    (['2023-12', '2024-01'], ['2023-H2', '2024-H1'])
    """
    if kind_of(check_month(first)) != kind_of(check_month(last)):
        raise refusal("mixed_periods", ParameterError, first=first, last=last)
    while first <= last:
        yield first
        first = next_month(first)


def months_of(text: str) -> list[str]:
    """Periods of "2024-01" or "2023-01..2024-01", of "2024-Q1" or "2023-Q1..2024-Q1".

    Examples
    --------
    >>> months_of("2023-12..2024-01")
    ['2023-12', '2024-01']
    """
    first, dots, last = text.partition("..")
    months = list(month_range(first, last)) if dots else [check_month(first)]
    if not months:
        raise refusal("no_periods", ParameterError, text=text)
    return months


def rule_period(month: str, rule: str) -> Period:
    """Period of a month by the rule alone; of a longer one from its first month to its last.

    Examples
    --------
    >>> rule_period("2024-H2", "nd09").start, rule_period("2024", "nd09").end
    (datetime.date(2024, 6, 15), datetime.date(2024, 12, 14))
    """
    months = months_in(month)
    if len(months) > 1:
        return Period(rule_period(months[0], rule).start, rule_period(months[-1], rule).end)
    year, number = int(month[:4]), int(month[5:])
    if rule == "calendar":
        return Period(date(year, number, 1), date(year, number, monthrange(year, number)[1]))
    before = date(year, number, 1) - timedelta(days=1)
    return Period(before.replace(day=15), date(year, number, 14))


def period_label(month: str) -> str:
    """Name of a period as papers give it, within a sentence.

    Examples
    --------
    >>> [period_label(one) for one in ("2024-01", "2024-Q1", "2024-9M", "2024")]
    ['tháng 01/2024', 'quý I/2024', '09 tháng đầu năm 2024', 'năm 2024']
    """
    said = _WORDS[kind_of(month)]
    return said["label"].format(number=_named(month), year=month[:4])


def short_label(month: str) -> str:
    """Short name of a period, for axes and cells.

    Examples
    --------
    >>> short_label("2024-01"), short_label("2024-Q1"), short_label("2024-H1"), short_label("2024")
    ('01/2024', 'quý I/2024', '6 tháng đầu 2024', '2024')
    """
    return _WORDS[kind_of(month)]["short"].format(number=_named(month), year=month[:4])


def tick(month: str, is_first: bool = False) -> str:
    """Name of a period on an axis of its kind, with the year below the first one of each.

    Examples
    --------
    >>> tick("2024-02"), tick("2024-Q2", True), tick("2024-H1"), tick("2024")
    ('2', 'II<br>2024', 'đầu<br>2024', '2024')
    """
    if in_a_year(month) == 1:
        return month[:4]
    year = f"<br>{month[:4]}" if is_first or _number(month) == 1 else ""
    return f"{_named(month)}{year}"


def as_written(month: str) -> str:
    """Name of a period for those who type it: "tháng 2024-01", "quý 2024-Q1"."""
    return f"{_WORDS[kind_of(month)]['unit']} {month}"


def _named(month: str) -> str:
    numbers = _WORDS[kind_of(month)].get("numbers")
    return numbers[_number(month) - 1] if numbers else _number(month)


def of_kind(text: str, kind: str) -> str:
    """Words written for months, said of another kind of period.

    Examples
    --------
    >>> of_kind("Tháng này so với tháng trước, theo ngày tháng", "quarter")
    'Quý này so với quý trước, theo ngày tháng'
    >>> of_kind("3 tháng liên tiếp", "half"), of_kind("so với tháng trước", "nine_months")
    ('3 kỳ liên tiếp', 'so với cùng kỳ năm trước')
    >>> of_kind("các tháng trước", "nine_months")
    'các kỳ trước'
    >>> [of_kind("so với tháng trước và cùng kỳ năm trước", kind) for kind in ("half", "year")]
    ['so với kỳ trước và cùng kỳ năm trước', 'so với năm trước']
    """
    if kind == "month":
        return text
    said = _WORDS[kind]

    def word(match: re.Match[str]) -> str:
        is_before = match["before"] and not match["all"]
        new = said["before"] if is_before else said["unit"] + (match["before"] or "")
        new = upper_first(new) if match["first"] == "T" else new
        return (match["all"] or "") + new

    text = _MONTH_WORD.sub(word, text)
    return text if _LENGTHS[kind] < 9 else _THE_SAME.sub(r"\1", text)


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
