"""Dates of cells: day before month, ISO, Excel serials; what is none of these is no date."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta, timezone

import numpy as np
import pandas as pd

from motcua.base.vietnamese import key
from motcua.reading.header import BLANKS, cell_text

_MONTH = re.compile(r"(?:(?:tháng|kỳ)\s*)*0?(\d{1,2})\s*[/.-]\s*(20\d\d)")
_ISO_MONTH = re.compile(r"(20\d\d)-(\d\d)(?:-01)?(?:[ t]00:00(?::00)?)?")

_DATE_FORMATS = (
    "%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%d/%m/%Y", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d",
    "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%d-%m-%Y", "%d-%m-%Y %H:%M:%S", "%d-%m-%Y %H:%M",
    "%d.%m.%Y", "%Y-%m-%dT%H:%M:%S.%f", "%Y-%m-%d %H:%M:%S.%f", "%H:%M:%S %d/%m/%Y",
    "%H:%M %d/%m/%Y", "%Y/%m/%d", "%Y/%m/%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S%z",
    "%Y-%m-%dT%H:%M:%S.%f%z",
)  # fmt: skip
_SERIAL_EPOCH, _SERIALS = pd.Timestamp("1899-12-30"), (20000, 80000)  # Excel days, 1954-2119
_VIETNAM = timezone(timedelta(hours=7))
_FIRST_DAY, _LAST_DAY = pd.Timestamp("1990-01-01"), pd.Timestamp("2100-01-01")


def parse_dates(values: pd.Series, date_format: str | None = None) -> tuple[pd.Series, pd.Series]:
    """Dates of a column, day before month, and the mask of the values that are no date.

    Text is read as dd/mm/yyyy or ISO with or without time (or by `date_format` alone); numbers as
    Excel serials. Nothing is guessed month-first: 01/25/2024 is no date.

    Examples
    --------
    >>> cells = pd.Series(["14/01/2024", "01/25/2024", 45305.5, None], dtype=object)
    >>> dates, bad = parse_dates(cells)
    >>> dates.dt.strftime("%d/%m/%Y %H:%M").fillna("").tolist(), bad.tolist()
    (['14/01/2024 00:00', '', '14/01/2024 12:00', ''], [False, True, False, False])
    """
    if values.dtype == "datetime64[us]":
        out = values.where((values >= _FIRST_DAY) & (values < _LAST_DAY))
        return out, values.notna() & out.isna()
    places, different = pd.factorize(values)  # each different value once
    dates, bad = _read_dates(pd.Series(different, dtype=object), date_format)
    every = np.append(dates.to_numpy(), np.datetime64("NaT"))[places]
    out = pd.Series(every, index=values.index, dtype="datetime64[us]")
    return out, pd.Series(np.append(bad, False)[places], index=values.index, dtype=bool)


def _read_dates(values: pd.Series, date_format: str | None) -> tuple[pd.Series, pd.Series]:
    """Dates of different values that may be of any kind, and which are no dates."""
    out = pd.Series(pd.NaT, index=values.index, dtype="datetime64[us]")
    kinds = values.map(type)
    dated = kinds.map(lambda k: issubclass(k, date)) & values.notna()
    if dated.any():
        walls = values[dated].map(_wall_time)
        out[dated] = pd.to_datetime(walls, errors="coerce").astype("datetime64[us]")
    if date_format:  # 20240114 in a numeric cell is a written date, not a serial
        values = values.map(lambda v: cell_text(v) if _is_beyond_serials(v) else v).astype(object)
        kinds = values.map(type)
    numeric = kinds.isin([int, float]) & values.notna()
    if numeric.any():
        out[numeric] = _serials(values[numeric].astype(float))
    written = kinds.map(lambda kind: kind is str).astype(bool)
    texts_ = values[written].str.strip()
    texts_ = texts_[~texts_.str.casefold().isin(BLANKS)]
    if len(texts_):
        out[texts_.index] = _parse_texts(texts_, date_format)
    filled = values.notna() & ~written  # also a time or TRUE, which are no dates
    filled[texts_.index] = True
    out = out.where((out >= _FIRST_DAY) & (out < _LAST_DAY))
    return out, filled & out.isna()


def _wall_time(value: date) -> date:
    """Time on the clocks of Viet Nam, without a zone."""
    if isinstance(value, datetime) and value.tzinfo:
        return value.astimezone(_VIETNAM).replace(tzinfo=None)
    return value


def _is_beyond_serials(value: object) -> bool:
    return isinstance(value, int | float) and value > _SERIALS[1]


def _serials(days: pd.Series) -> pd.Series:
    days = days.where(days.between(*_SERIALS))
    return (_SERIAL_EPOCH + pd.to_timedelta(days, unit="D")).dt.round("s").astype("datetime64[us]")


def _parse_texts(values: pd.Series, date_format: str | None) -> pd.Series:
    found = pd.Series(pd.NaT, index=values.index, dtype="datetime64[us]")
    for pattern in (date_format,) if date_format else _DATE_FORMATS:
        rest = values[found.isna()]
        if rest.empty:
            break
        if pattern.endswith("%z"):
            zoned = pd.to_datetime(rest, format=pattern, errors="coerce", utc=True)
            parsed = zoned.dt.tz_convert(_VIETNAM).dt.tz_localize(None)
        else:
            parsed = pd.to_datetime(rest, format=pattern, errors="coerce")
        found[rest.index] = parsed.astype("datetime64[us]")
    if not date_format:
        rest = values[found.isna() & values.str.fullmatch(r"\d{5}(\.\d+)?")]
        if len(rest):
            found[rest.index] = _serials(rest.astype(float))
    return found


def read_month(word: str) -> str:
    """Month YYYY-MM of "01/2024", "Tháng 1/2024", "2024-01"; "" when it is none.

    Examples
    --------
    >>> read_month("Tháng 1/2024"), read_month("13/2024")
    ('2024-01', '')
    """
    text = key(word)
    local, iso = _MONTH.fullmatch(text), _ISO_MONTH.fullmatch(text)
    number, year = (local.groups() if local else iso.groups()[::-1]) if local or iso else ("0", "")
    return f"{year}-{int(number):02d}" if 1 <= int(number) <= 12 else ""
