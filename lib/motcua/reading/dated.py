"""Of what day an export is: told by the parameters, its name, the rows above its heading, or time.

Nothing here reads a table or imports what does (see `motcua.reading.exports`).
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from unicodedata import normalize
from zoneinfo import ZoneInfo

from motcua.base.calendar import Period, next_month
from motcua.base.params import Params
from motcua.base.reference import read_yaml
from motcua.base.vietnamese import bare_key, nfc

_TIME_OF_DAY = r"(?=(?:\d{4}|\d{6})?(?!\d))"
# One expression, so that what a date has taken is no part of another: 01112023_10122023 holds no
# 2023_1012. The parts of a date are separated alike: 2023-12_10 is a month and something else.
_DATES = re.compile(
    r"(?<!\d)(?:"
    rf"(?P<y>20\d\d)(?P<s>[-_./ ]?)(?P<m>0[1-9]|1[0-2])(?P=s)(?P<d>[0-2]\d|3[01]){_TIME_OF_DAY}"
    rf"|(?P<d2>[0-2]\d|3[01])(?P<s2>[-_./ ]?)(?P<m2>0[1-9]|1[0-2])(?P=s2)(?P<y2>20\d\d)"
    rf"{_TIME_OF_DAY}"
    r"|(?P<d3>[0-3]?\d)(?P<s3>[-_./])(?P<m3>[01]?\d)(?P=s3)(?P<y3>20\d\d)(?!\d)"
    r"|(?P<d4>[0-3]?\d)[-_. ]*thang[-_. ]*(?P<m4>[01]?\d)[-_. ]*nam[-_. ]*(?P<y4>20\d\d)(?!\d)"
    r")"
)
_QUARTERS = {"i": 1, "ii": 2, "iii": 3, "iv": 4}


@dataclass(frozen=True)
class Dated:
    """Day of an export, and where it was taken from.

    Attributes
    ----------
    day : the last day that it is said to tell of.
    by : exported_at, name, title, folder, time or store.
    until : the last day that it can tell of: a file written before the end of the month that it
        is named after knows nothing later.
    written : file time, where several of one day are told apart by it; else 0.
    """

    day: date
    by: str
    until: date
    written: float = 0

    @property
    def words(self) -> str:
        """Where the day was taken from, in words."""
        return read_yaml("exports")["dated_by"][self.by]


def dated(
    path: Path, params: Params, name: str = "", stated: Callable[[], Period | None] = lambda: None
) -> Dated:
    """Day of an export: params `exported_at`, its name, title rows, its folder's name, its time.

    Parameters
    ----------
    name : path within the data folder ("dossiers/a.csv").
    stated : called when neither parameters nor name tell the day: what the rows above the heading
        say.

    Examples
    --------
    >>> dated(Path("ho_so_2024-01_xuat_20240118.xlsx"), Params()).day
    datetime.date(2024, 1, 18)
    >>> dated(Path("ho_so_thang_01-2024.csv"), Params()).day
    datetime.date(2024, 1, 31)
    """
    own = (name or path.name).rpartition("/")[2]
    given = params.exported_at
    if isinstance(given, dict):
        told = {nfc(file): day for file, day in given.items()}
        given = told.get(nfc(name)) or told.get(nfc(own))
    if given:
        return Dated(given, "exported_at", given)
    named = span_in(own)
    if named:
        return Dated(named.end, "name", _known_until(named, path, params.time_zone))
    folders = (span_in(part) for part in reversed(name.split("/")[1:-1]))
    time = path.stat().st_mtime
    for by, span in (("title", stated()), ("folder", next(filter(None, folders), None))):
        if span:
            return Dated(span.end, by, _known_until(span, path, params.time_zone), time)
    day = _day_of_time(path, params.time_zone)
    return Dated(day, "time", day, time)


def _day_of_time(path: Path, zone: str) -> date:
    """Day of a file's time, by the clocks of a zone, whatever that of this machine is."""
    return datetime.fromtimestamp(path.stat().st_mtime, ZoneInfo(zone)).date()


def _known_until(span: Period, path: Path, zone: str) -> date:
    """Last day that an export of a span can tell of, as far as its time is one within the span."""
    if not os.path.exists(path):
        return span.end
    day = _day_of_time(path, zone)
    return day if span.start <= day < span.end else span.end


def span_in(text: str) -> Period | None:
    """First and last day that a name or a title speaks of: whole dates, else months or quarters.

    Examples
    --------
    >>> span_in("hs_01112023_10122023.csv").end
    datetime.date(2023, 12, 10)
    >>> span_in("Quý IV năm 2023").end, span_in("T1.2024").end, span_in("a.csv")
    (datetime.date(2023, 12, 31), datetime.date(2024, 1, 31), None)
    """
    text = _counted().sub(" ", bare_key(normalize("NFC", text)))
    spans = [Period(day, day) for day in _dates_in(text)] or list(_months_in(text))
    return Period(min(s.start for s in spans), max(s.end for s in spans)) if spans else None


def stated_span(cells: Iterable[str]) -> Period | None:
    """Days that the cells above a heading speak of, other than those of decrees and letters.

    Examples
    --------
    >>> stated_span(["Quyết định 31 ngày 03/02/2021", "(Từ ngày 15/12/2023 đến ngày 14/01/2024)"])
    Period(start=datetime.date(2023, 12, 15), end=datetime.date(2024, 1, 14))
    """
    papers = read_yaml("exports")["papers"]
    own = [c for c in dict.fromkeys(cells) if not any(word in bare_key(c) for word in papers)]
    return span_in(" | ".join(own))


def days_told(spans: Iterable[Period | None]) -> list[str] | None:
    """First and last day of some spans together, as JSON can hold them.

    Examples
    --------
    >>> days_told([None, Period(date(2024, 1, 1), date(2024, 1, 31))])
    ['2024-01-01', '2024-01-31']
    """
    told = [span for span in spans if span]
    if not told:
        return None
    return [min(s.start for s in told).isoformat(), max(s.end for s in told).isoformat()]


def as_period(days: list[str] | None) -> Period | None:
    """Span that `days_told` tells of."""
    return Period(*map(date.fromisoformat, days)) if days else None


def _dates_in(text: str) -> Iterable[date]:
    for match in _DATES.finditer(text):
        found = match.groupdict()
        for n in ("", "2", "3", "4"):
            if found[f"y{n}"]:
                try:
                    yield date(*(int(found[f"{part}{n}"]) for part in "ymd"))
                except ValueError:
                    continue


@cache
def _counted() -> re.Pattern[str]:
    """Number of a turn or a part ("lan 9"), unless a year follows."""
    words = "|".join(read_yaml("exports")["counted"])
    return re.compile(rf"(?<![a-z])(?:{words})[-_. ]*\d{{1,2}}(?!\d)(?![-_. ]20\d\d)")


@cache
def _month_forms() -> re.Pattern[str]:
    """Ways to write quarters (q), parts of a year (p) and months (m) with their year (y)."""
    words = {name: "|".join(read_yaml("exports")[name]) for name in ("month", "year", "quarter")}
    gap, quarter, month = r"[-_. ]*", r"(iv|i{1,3}|[1-4])(?![\da-z])", r"(0?[1-9]|1[0-2])"
    year = rf"[-_. /,]*(?:{words['year']})?{gap}(20\d\d)(?!\d)"
    before = rf"(?<!\d)(20\d\d){gap}"
    forms = (
        ("q", "y", rf"(?<![a-z])(?:{words['quarter']}){gap}{quarter}{year}"),
        ("y", "q", rf"{before}(?:{words['quarter']}){gap}{quarter}"),
        ("p", "y", rf"(?<!\d)([69]{gap}thang{gap}(?:dau|cuoi)?){gap}{year}"),
        ("m", "y", rf"(?<![a-z])(?:{words['month']}){gap}{month}{year}"),
        ("y", "m", rf"{before}(?:{words['month']}){gap}{month}(?!\d)"),
        ("y", "m", r"(?<!\d)(20\d\d)[-_./]?(0[1-9]|1[0-2])(?!\d)"),
        ("m", "y", r"(?<!\d)(0[1-9]|1[0-2])[-_./]?(20\d\d)(?!\d)"),
        ("m", "y", rf"(?<!\d){month}{gap}(?:/|{words['year']}){gap}(20\d\d)(?!\d)"),
    )
    named = []
    for n, (first, second, form) in enumerate(forms):
        one = re.sub(r"\((?!\?)", f"(?P<{first}{n}>", form, count=1)
        named.append(re.sub(r"\((?!\?)", f"(?P<{second}{n}>", one, count=1))
    return re.compile("|".join(named))


def _months_in(text: str) -> Iterable[Period]:
    for match in _month_forms().finditer(text):
        found = {name[0]: part for name, part in match.groupdict().items() if part}
        year = int(found["y"])
        if "q" in found:
            last = 3 * (_QUARTERS.get(found["q"]) or int(found["q"]))
            yield _span(year, last - 2, last)
        elif "p" in found:
            count = int(found["p"][0])
            is_end = found["p"].rstrip("-_. ").endswith("cuoi")
            yield _span(year, 13 - count, 12) if is_end else _span(year, 1, count)
        else:
            yield _span(year, int(found["m"]), int(found["m"]))


def _span(year: int, first: int, last: int) -> Period:
    after = date.fromisoformat(f"{next_month(f'{year}-{last:02d}')}-01")
    return Period(date(year, first, 1), after - timedelta(days=1))


def natural(path: str) -> tuple:
    """Order of names as people count: lần 9 before lần 10, `x` before `x (1)` and `x - Copy`.

    Examples
    --------
    >>> names = ["x (1).csv", "x.csv", "lần 10.csv", "lần 9.csv", "Bản sao của x.csv"]
    >>> sorted(names, key=natural)
    ['lần 9.csv', 'lần 10.csv', 'x.csv', 'x (1).csv', 'Bản sao của x.csv']
    """
    folder, _, name = normalize("NFC", path).rpartition("/")
    stem = re.sub(r"(\.[a-z][a-z\d]*){1,2}$", "", bare_key(name)).strip()
    stem = _copied().sub(r"\2 copy \1", stem)
    parts = re.split(r"(\d+)", stem)
    told = [(int(part), "") if part.isdigit() else (-1, part.strip()) for part in parts]
    return tuple(told), folder, path


@cache
def _copied() -> re.Pattern[str]:
    """Words in front of a name that say that it is a copy."""
    words = "|".join(read_yaml("exports")["copied"])
    return re.compile(rf"^(?:{words})((?: ?\(\d+\))?)(?: (?:of|cua))? (.*)$")
