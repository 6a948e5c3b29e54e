"""Values of cells: numbers of dossiers in one form of all spellings, dates of every usual form.

Day before month, ISO, Excel serials; what is none of these is no date. At the end: columns written
month first, and what stands in for the due date.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime, time, timedelta, timezone, tzinfo
from functools import cache, partial, reduce
from operator import getitem
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from motcua.base.params import VIETNAM
from motcua.base.reference import forms, read_yaml, refusal
from motcua.base.vietnamese import any_of, clean, key, named_parts
from motcua.reading.header import RawTable, each_once
from motcua.reading.headings import BLANKS, SERIALS, cell_text, quoted
from motcua.reading.personal import tell_common
from motcua.reading.workbooks import Since1904

Dates = tuple[pd.Series, pd.Series, pd.Series]  # cells, dates read of them, and which are none
EXCEL_DIGITS, EXACT = 15, 2**53  # digits that Excel keeps; whole numbers that a float keeps
SURE_ZEROS = 3  # so many zeros beyond the 15th digit are no chance any more (1 in 1000)
LONGEST_WORD = 32  # letters of a hash, which are no words that somebody may write in capitals

_QUOTED = re.compile(r'^(?:=?\s*"(.*)"|[\'’‘`´]+(.*?)\'?)$')
_DASHES = re.compile("[\u2010-\u2015\u2212\u2043\ufe58\ufe63\uff0d]")
_WHOLE = re.compile(r"(\d{5,})[.,]0+|(\d{1,3}(?:,\d{3}){2,})")  # 352112.0; 352,112,000
_POWER = re.compile(r"(\d)(?:[.,](\d+)[eE](\+?)|[eE](\+))(\d{1,2})")  # 3.52112E+11
_CODE = re.compile(r"\d{3}")  # in numbers that a program made, not in words
# Letters that `normal_number` leaves as they are, more than any blank has; and powers of ten.
_NORMAL, _POWERS = r"^[!#-&(-+\--<>-_{-~]{5,}$", r"^\d+(\.0+|(\.\d+)?E\+?\d+)$"
_LONG = re.compile(rf"\d{{{EXCEL_DIGITS + 1},}}")


def plain(text: str) -> str:
    """Text without what nobody sees or means: invisible letters, fullwidth forms, ="…", '.

    Examples
    --------
    >>> plain('="0012"'), plain("'0012"), plain("H19\\u200b.12\\u2060"), plain("１４/01")
    ('0012', '0012', 'H19.12', '14/01')
    """
    folded = unicodedata.normalize("NFKC", text)
    seen = "".join(c for c in folded if unicodedata.category(c) != "Cf")
    quoted = _QUOTED.match(seen.strip())
    bare = next(filter(None, quoted.groups()), "") if quoted else seen
    return clean(_DASHES.sub("-", bare))


def normal_number(value: object) -> str:
    """Number of a record in the one form that all its spellings have; "" for a blank.

    Examples
    --------
    >>> normal_number("h19.12 – 231220-0001"), normal_number('="00352"'), normal_number(352112.0)
    ('H19.12-231220-0001', '00352', '352112')
    >>> normal_number("3.5211200053E11"), normal_number("3.52E+11")
    ('352112000530', '3.52E+11')
    """
    written = cell_text(plain(cell_text(value)))
    text = written.replace(" ", "").replace("Ð", "Đ")
    if not _CODE.search(text):
        return written
    whole, power = _WHOLE.fullmatch(text), _POWER.fullmatch(text)
    if whole:
        return (whole[1] or whole[2]).replace(",", "")
    if power:  # Excel, which writes "+", shows six digits; Java writes no "+" and all of them
        digits, zeros = power[1] + (power[2] or ""), int(power[5]) + 1
        is_whole = len(digits) == zeros or (power[3] == "" and len(digits) < zeros <= EXCEL_DIGITS)
        return digits.ljust(zeros, "0") if is_whole else text
    return text.upper() if text.islower() and len(text) < LONGEST_WORD else text


def normal_numbers(values: pd.Series) -> pd.Series:
    """Normal form of all numbers of a column; mostly it is seen at once that all have it.

    Examples
    --------
    >>> normal_numbers(pd.Series(["H19.12-0001", " h19.12-0002"])).tolist()
    ['H19.12-0001', 'H19.12-0002']
    """
    with suppress(pa.ArrowException):  # other values than texts
        words = pa.array(values, pa.large_string())
        seen, powers = (pc.match_substring_regex(words, one) for one in (_NORMAL, _POWERS))
        if not words.null_count and pc.all(seen).as_py() and not pc.any(powers).as_py():
            return pd.Series(pd.array(words, dtype="str"), index=values.index)
    return each_once(values, normal_number)


def are_rounded(values: pd.Series, numbers: pd.Series) -> pd.Series:
    """Which numbers of dossiers a program has rounded: digits are missing, two may be one.

    Numeric cells keep 15 digits in Excel and 2^53 in a float; 3.52112E+11 is what Excel shows. A
    column of long texts that all end in zeros beyond the 15th digit was saved from such cells.

    Parameters
    ----------
    values : cells as the file has them.
    numbers : their normal form.

    Examples
    --------
    >>> cells = pd.Series([1.90202401150010e17, "3.52E+11", "190202401150010001"], dtype=object)
    >>> are_rounded(cells, normal_numbers(cells)).tolist()
    [True, True, False]
    """
    shown = numbers.str.fullmatch(_POWER)
    long = numbers.str.fullmatch(_LONG)
    if not long.any():
        return shown
    floats = values.map(lambda value: isinstance(value, float)).astype(bool)
    beyond = floats & long & (numbers.where(floats & long, "0").astype("float64") > EXACT)
    zeros = _end_in_zeros(numbers, long & floats) | _end_in_zeros(numbers, long & ~floats)
    return shown | beyond | zeros


def _end_in_zeros(numbers: pd.Series, some: pd.Series) -> pd.Series:
    """Some numbers, if every one of them has zeros beyond the 15th digit, and these are many."""
    tails = numbers[some].str.slice(EXCEL_DIGITS)
    is_cut = not tails.str.strip("0").any() and tails.str.len().sum() >= SURE_ZEROS
    return some & is_cut


# Dates ------------------------------------------------------------------------------------------

_SERIAL = re.compile(r"\d{5}(\.\d+)?")
_SERIAL_EPOCH, _DAYS_TO_1904, _DAY_MS = datetime(1899, 12, 30), 1462, 86_400_000
_FIRST_DAY, _LAST_DAY = pd.Timestamp("1990-01-01"), pd.Timestamp("2100-01-01")
_ODD = r"[^ -~]|[=\"'`]"  # of a text that may hold more than is seen


def parse_dates(
    values: pd.Series, date_format: str | Sequence[str] | None = None, time_zone: str = VIETNAM
) -> tuple[pd.Series, pd.Series]:
    """Dates of a column, day before month, and the mask of the values that are no date.

    Text is read as dd/mm/yyyy or ISO with or without time, or with the month as a word (or by
    `date_format` alone, the first that fits); numbers as Excel serials. Nothing is guessed
    month-first: 01/25/2024 is no date. What names its zone is told by the clocks of `time_zone`.

    Examples
    --------
    >>> cells = pd.Series(["14/01/2024", "01/25/2024", 45305.5, None], dtype=object)
    >>> dates, bad = parse_dates(cells)
    >>> dates.dt.strftime("%d/%m/%Y %H:%M").fillna("").tolist(), bad.tolist()
    (['14/01/2024 00:00', '', '14/01/2024 12:00', ''], [False, True, False, False])
    """
    if values.dtype == "datetime64[us]":
        out = _possible(values)
        return out, values.notna() & out.isna()
    formats = (date_format,) if isinstance(date_format, str) else tuple(date_format or ())
    places, different = pd.factorize(values)  # each different value once, and none at the end
    once = pd.Series(different, dtype=object).reindex(range(len(different) + 1))
    dates, bad = _read_dates(once, formats, ZoneInfo(time_zone))
    return dates.take(places).set_axis(values.index), bad.take(places).set_axis(values.index)


def _possible(dates: pd.Series) -> pd.Series:
    """Dates of the years in which a dossier may be."""
    return dates.where((dates >= _FIRST_DAY) & (dates < _LAST_DAY))


def _read_dates(
    values: pd.Series, formats: tuple[str, ...], zone: ZoneInfo
) -> tuple[pd.Series, pd.Series]:
    """Dates of different values that may be of any kind, and which are no dates."""
    if formats:  # 20240114 in a numeric cell is a written date, not a serial
        is_beyond = [isinstance(v, int | float) and v > SERIALS[1] for v in values]
        values = values.mask(is_beyond, values.map(cell_text))
    is_text = values.map(type).isin([str])
    texts = written_texts(values[is_text])
    out = pd.Series([_typed(value, zone) for value in values], dtype="datetime64[us]")
    if len(texts):
        out[texts.index] = _by_formats(texts, formats, zone) if formats else _by_usual(texts, zone)
    out, filled = _possible(out), values.notna() & ~is_text  # also a time or TRUE, which are none
    filled[texts.index] = True
    return out, filled & out.isna()


def written_texts(texts: pd.Series) -> pd.Series:
    """Texts of date cells as they are seen, without those that are blank.

    Examples
    --------
    >>> written_texts(pd.Series([' 14/01/2024', '="15/01/2024"', "-"])).tolist()
    ['14/01/2024', '15/01/2024']
    """
    odd = texts.str.contains(_ODD)
    texts = texts.where(~odd, texts[odd].map(plain)).str.strip()
    return texts[~texts.str.casefold().isin(BLANKS)]


def _typed(value: object, zone: ZoneInfo) -> datetime | None:
    """Moment that a cell of dates or numbers tells, on the clocks of a zone; None for any other."""
    if isinstance(value, datetime):
        return value.astimezone(zone).replace(tzinfo=None) if value.tzinfo else value
    if isinstance(value, date):
        return datetime.combine(value, time())
    shift = _DAYS_TO_1904 if type(value) is Since1904 else 0
    return _serial(value + shift) if type(value) in (int, float, Since1904) else None


def _serial(days: float) -> datetime | None:
    """Moment of Excel's days, to the second that has begun.

    A float near 45,000 is exact to 0.6 microseconds, and what is computed with it to some more:
    less than half a millisecond before a full second is that second, but 23:59:59.997 is still the
    same day. The reader of workbooks does the same with cells formatted as dates.
    """
    is_day = SERIALS[0] <= days <= SERIALS[1]
    return _SERIAL_EPOCH + timedelta(seconds=round(days * _DAY_MS) // 1000) if is_day else None


def _by_formats(texts: pd.Series, formats: Sequence[str], zone: ZoneInfo) -> pd.Series:
    """Moments of texts by the first format that fits each."""
    found = pd.Series(pd.NaT, index=texts.index, dtype="datetime64[us]")
    for pattern in formats:
        if (rest := texts[found.isna()]).empty:
            break
        if "%p" in pattern:
            rest = rest.map(partial(_told_by, "halves"))  # as strptime knows them
        parsed = pd.to_datetime(rest, format=pattern, errors="coerce", utc="%z" in pattern)
        if "%z" in pattern:
            parsed = parsed.dt.tz_convert(zone).dt.tz_localize(None)
        found[rest.index] = parsed.astype("datetime64[us]")
    return found


def _by_usual(texts: pd.Series, zone: ZoneInfo) -> pd.Series:
    """Moments of texts in any form that is no guess."""
    found = _by_formats(texts, read_yaml("dates")["usual"], zone)
    rest = texts[found.isna()]
    moments = [_serial(float(t)) if _SERIAL.fullmatch(t) else moment_of(t, zone) for t in rest]
    found[rest.index] = pd.array(moments, dtype="datetime64[us]")
    return found


# One text in the usual ways of software and of people: the month stands second, or first after the
# year, or is a word; what is left over is no moment.


NOON = 12
# What no day, 31 February, 25 o'clock and a zone that nobody knows raise.
_NOT_THERE = (TypeError, ValueError, OverflowError, OSError, ZoneInfoNotFoundError)
_NEXT_CENTURY = 69  # of a year of two digits, as strptime reads it: 1969 to 2068


def moment_of(text: str, zone: tzinfo) -> datetime | None:
    """Moment that a text tells, by the clocks of a zone; None when it tells none.

    Examples
    --------
    >>> viet_nam = ZoneInfo("Asia/Ho_Chi_Minh")
    >>> str(moment_of("ngày 14 tháng 01 năm 2024", viet_nam))
    '2024-01-14 00:00:00'
    >>> str(moment_of("08:30:00 CH 14/01/2024", viet_nam))
    '2024-01-14 20:30:00'
    >>> str(moment_of("14-JAN-24 02.30.00.000000 AM +00:00", viet_nam))
    '2024-01-14 09:30:00'
    >>> moment_of("01/25/2024", viet_nam)
    """
    # Months as #1 to #12, halves of the day as am and pm, without what says nothing.
    words = forms("dates", "weekday").sub("", forms("dates", "aside").sub(" ", key(text)))
    words = _told_by("months", forms("dates", "month_number").sub(r"#\1", words), "#")
    words = forms("dates", "fillers").sub(" ", _told_by("halves", words))
    clock = forms("dates", "clocks").search(words)  # +07:00 stands behind it
    with suppress(*_NOT_THERE):
        if not clock:
            return _day_of(words)
        own_zone, end = _zone_at(words, clock.end())
        day = _day_of(f"{words[: clock.start()]} {words[end:]}")
        moment = datetime.combine(day, _time_of(named_parts(clock)), own_zone)
        return moment.astimezone(zone).replace(tzinfo=None) if own_zone else moment
    return None


def _zone_at(words: str, end: int) -> tuple[tzinfo | None, int]:
    """Zone that stands behind a time, if any, and where it ends."""
    if offset := forms("dates", "offsets").match(words, end):
        sign, hours, minutes = offset.groups("0")
        shift = int(f"{sign}{60 * int(hours) + int(minutes)}")
        return timezone(timedelta(minutes=shift)), offset.end()
    if zone := forms("dates", "zones").match(words, end):
        if "/" in zone[1]:
            return ZoneInfo(zone[1].title()), zone.end()
        if zone[1] in read_yaml("dates")["zones"]:
            return timezone(timedelta(hours=read_yaml("dates")["zones"][zone[1]])), zone.end()
    return None, end


def _day_of(words: str) -> datetime | None:
    """Day that words tell, all of them."""
    words = re.sub(r"\s+", " ", words).strip(" ,;:-").removesuffix("t")  # of 2024-01-14T08:30
    if not (found := forms("dates", "days").fullmatch(words)):
        return None
    parts = named_parts(found)
    year, month, day = (int(parts[name]) for name in ("year", "month", "day"))
    if len(parts["year"]) == 2:  # noqa: PLR2004
        year += 2000 if year < _NEXT_CENTURY else 1900
    return datetime(year, month, day)


def _time_of(parts: dict[str, str]) -> time:
    """Time of day; 12 SA is midnight, 15:30 CH is 15:30."""
    hours, half = int(parts["hour"]), parts.get("half")
    minute, second = (int(parts.get(name, 0)) for name in ("minute", "second"))
    if (half == "am" and hours > NOON) or (half == "pm" and hours == 0):
        raise ValueError("no such hour")
    if half and hours <= NOON:
        hours = hours % NOON + (NOON if half == "pm" else 0)
    return time(hours, minute, second, int(parts.get("part", "").ljust(6, "0")[:6]))


@cache
def meanings(*lists: str) -> dict[str, Any]:
    """Key of each word -> what it means, of lists in a file of data/reference, or in a part of it.

    Examples
    --------
    >>> meanings("dates", "words", "halves")["chiều"]
    'pm'
    """
    found = reduce(getitem, lists[1:], read_yaml(lists[0]))
    return {key(word): code for code, words in found.items() for word in words}


def _told_by(name: str, text: str, sign: str = "") -> str:
    """Text with a sign and the meaning in place of each word of a list of dates.yaml.

    Examples
    --------
    >>> _told_by("halves", "14/01/2024 08:30 CH")
    '14/01/2024 08:30 pm'
    """
    meaning = meanings("dates", "words", name)
    return forms("dates", name).sub(lambda found: f"{sign}{meaning[found[1].casefold()]}", text)


# Columns written month first, or swapped by an Excel with American settings. 01/05/2024 alone may
# be either day: a column tells by all its cells together which it is.

MONTHS = 12
SURE = 2  # month-first dates that are no slip of the pen, where no date is day-first
SURE_AMONG, OTHERS = 3, 49  # where others are day-first: so many, and one to so many others
CHANCE = 0.01  # of a column without a swap that would look as if it had one
# How often a day is at most 12, how often it is later, how often somebody writes 01/25/2024.
_EARLY, _LATER, _SLIP = 0.4, 0.6, 0.05


class _Order(NamedTuple):
    """What the cells of a column say of its order; equal cells count once, as copies of one."""

    day_first: int  # 25/01/2024
    month_first: set[str]  # 01/25/2024
    either: int  # 01/05/2024
    typed_early: int  # dates of no such form, up to the 12th of a month
    typed_later: int

    @property
    def chance(self) -> float:
        """How often a column without a swap has all days up to the 12th typed, all others not."""
        written = self.day_first or self.month_first
        if self.either or self.typed_later or not (self.typed_early and written):
            return 1
        return _EARLY**self.typed_early * _LATER**self.day_first * _SLIP ** len(self.month_first)


def refuse_month_first(where: str, columns: Mapping[str, Dates], headings: dict[str, str]) -> None:
    """Refuse a table whose dates would be read with day and month exchanged.

    Parameters
    ----------
    where : the table, in words.
    columns : column -> cells as the file has them, dates as they were read, and which are no dates.
    headings : column -> heading in the file.

    Raises
    ------
    InputError
        A column is written month first, or was swapped by a spreadsheet program.

    Examples
    --------
    >>> cells = pd.Series(["01/25/2024", "01/05/2024", "01/31/2024"], dtype=object)
    >>> told = pd.Series(pd.to_datetime([None, "2024-05-01", None])), pd.Series([True, False, True])
    >>> refuse_month_first("a.csv", {"due_at": (cells, *told)}, {"due_at": "Ngày hẹn trả"})
    Traceback (most recent call last):
    ...
    motcua.base.errors.InputError: a.csv: cột 'Ngày hẹn trả' viết tháng trước ngày ...
    """
    doubtful = {column: read for column, read in columns.items() if _is_doubtful(*read)}
    orders = {headings.get(c, c): _order_of(*read) for c, read in doubtful.items()}
    alone = {h: o for h, o in orders.items() if o.month_first and not o.day_first}
    if len({day for order in alone.values() for day in order.month_first}) < SURE:
        alone = {}
    fewest = {heading: max(SURE_AMONG, o.day_first / OTHERS) for heading, o in orders.items()}
    many = {h: o for h, o in orders.items() if len(o.month_first) >= fewest[h]}
    if wrong := alone | many:
        example = min(day for order in wrong.values() for day in order.month_first)
        places = {"where": where, "columns": quoted(wrong), "example": example}
        for n, others, *_ in (order for order in wrong.values() if order.day_first):
            raise refusal("two_ways_of_days", **places, day_first=n, month_first=len(others))
        raise refusal("month_first", **places, format=_format_of(example))
    swapped = {h: o.chance for h, o in orders.items() if o.chance < 1}
    if np.prod([*swapped.values()]) <= CHANCE:
        raise refusal("days_swapped", where=where, columns=quoted(swapped))


def _is_doubtful(values: pd.Series, dates: pd.Series, bad: pd.Series) -> bool:
    """Whether a column has wrong dates or cells of several kinds or forms; most have neither."""
    if values.dtype != object and not isinstance(values.dtype, pd.StringDtype):
        return False
    if bad.any() or pd.api.types.infer_dtype(values, skipna=True) not in ("string", "empty"):
        return True
    lengths = values[dates.notna()].str.contains("[/.]")
    return bool(lengths.any() and not lengths.all())


def _order_of(values: pd.Series, dates: pd.Series, bad: pd.Series) -> _Order:
    """What the cells of a column say of its order."""
    texts = written_texts(values[values.map(type).isin([str])].astype(object))
    parts = texts.str.extract(forms("dates", "slashed")).dropna().astype(int)
    others = dates[dates.notna() & ~dates.index.isin(parts.index)].drop_duplicates().dt.day
    texts = texts[parts.index].drop_duplicates()
    first, second = parts.loc[texts.index, 0], parts.loc[texts.index, 1]
    early, later = first <= MONTHS, second <= MONTHS
    month_first = {*texts[early & second.between(MONTHS + 1, 31)]}
    day_first, either, typed = (~early & later).sum(), (early & later).sum(), others <= MONTHS
    return _Order(day_first, month_first, either, typed.sum(), (~typed).sum())


def _format_of(example: str) -> str:
    """Strptime format of a month-first date."""
    gap = next(c for c in example if not c.isdigit())
    half, colons = example[-1:].isalpha(), example.count(":")
    hours = ("%I" if half else "%H") + ":%M" + (":%S" if colons > 1 else "")
    clock = f" {hours}{' %p' if half else ''}" if colons else ""
    return f"%m{gap}%d{gap}%Y{clock}"


def read_month(word: str) -> str:
    """Month YYYY-MM of "01/2024", "Tháng 1/2024", "2024-01"; "" when it is none.

    Examples
    --------
    >>> read_month("Tháng 1/2024"), read_month("13/2024")
    ('2024-01', '')
    """
    found = forms("dates", "reported_months").fullmatch(key(word))
    parts = named_parts(found) if found else {"year": "", "month": "0"}
    month = int(parts["month"])
    return f"{parts['year']}-{month:02d}" if 1 <= month <= MONTHS else ""


# Due dates from what stands in for them: a number of days, or a flag (on time or late).

FAR = pd.Timestamp("2199-12-31")  # due date of an open dossier of which only "on time" is known
MOST_DAYS = 36_500


def add_due_dates(raw: RawTable, out: pd.DataFrame) -> list[tuple]:
    """Put due dates into `out` from what stands in for them.

    Returns
    -------
    [(column, bad, reason, tell)]
        What stands in, which rows of it cannot be understood, and what may be shown of them.
    """
    if "due_days" in raw.frame:
        words = each_once(raw.frame["due_days"], cell_text)
        days = words.map(cache(_read_days))
        out["due_at"] = out["received_at"] + pd.to_timedelta(days.where(days >= 0), unit="D")
        return [("due_days", days < 0, "bad_due_days", tell_common(words))]
    if "on_time" in raw.frame:
        words = each_once(raw.frame["on_time"], cell_text)
        flags = _flags(words, raw.headings["on_time"])
        # By whatever event a dossier must be late or not as its flag says. On time: due on the last
        # of its ends; still open: in the far future. Late: due the day before the first of its
        # ends; still open: overdue since it came in.
        ends, day = out[["result_at", "returned_at", "closed_at"]], pd.Timedelta(days=1)
        on_time = ends.max(axis="columns").fillna(FAR)
        late = (ends.min(axis="columns").fillna(out["received_at"]) - day).astype("datetime64[us]")
        due = on_time.where(flags == "on_time", late).where(flags.isin(("on_time", "late")))
        out["due_at"] = due.astype("datetime64[us]")
        out["rescheduled_due_at"] = pd.Series(pd.NaT, out.index, "datetime64[us]")
        return [("on_time", flags == "unknown", "bad_on_time", tell_common(words))]
    return []


def _read_days(text: str) -> float:
    """Number of days; NaN for none, -1 for what is no such number."""
    if not text:
        return np.nan
    found = forms("dates", "day_counts").fullmatch(key(text))
    units = {"", *map(key, read_yaml("on_time_words")["days"])}
    is_days = found and found[2].strip() in units and int(found[1]) <= MOST_DAYS
    return float(found[1]) if is_days else -1.0


def _flags(words: pd.Series, heading: str) -> pd.Series:
    """What each flag says: on_time, late, "" (no due date) or unknown.

    A column of ticks alone ("x" or nothing) does not say what nothing means.
    """
    groups = words.map(cache(_group))
    yes = _meaning_of_yes(heading)
    no = {"on_time": "late", "late": "on_time"}.get(yes, yes)
    used = set(groups) - {"", "undecided", "unknown"}
    blank = "unknown" if used in ({"yes"}, {"no"}) else ""
    return groups.replace({"yes": yes, "no": no, "": blank, "undecided": ""})


def _group(text: str) -> str:
    """List that a word is in, also with how long behind it: "Trễ hạn 3 ngày"."""
    word, flags = key(text), meanings("on_time_words", "flags")
    group = flags.get(word, "unknown" if word else "")
    measured = flags.get(forms("dates", "how_long").sub("", word), "")
    return measured if group == "unknown" and measured in ("on_time", "late") else group


def _meaning_of_yes(heading: str) -> str:
    """What a bare yes means under a heading; unknown where it speaks of both."""
    text = " ".join(re.split(r"[\s_/,;()-]+", key(heading)))
    flags = meanings("on_time_words", "flags")
    words = any_of(word for word, group in flags.items() if group in ("on_time", "late"))
    spoken = {flags[word] for word in re.findall(rf"(?<!\w)(?:{words})(?!\w)", text)}
    return "unknown" if len(spoken) > 1 else next(iter(spoken), "on_time")
