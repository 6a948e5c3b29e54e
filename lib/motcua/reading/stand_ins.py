"""What stands in for a column that an export lacks, where the parameters say so.

A row for the number of a dossier; a number of days, or a flag (on time or late), for the due date.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from motcua.base.errors import ParameterError
from motcua.base.params import Params
from motcua.base.reference import REQUIRED, STAND_INS, read_yaml
from motcua.base.vietnamese import key
from motcua.reading.exports import place_of
from motcua.reading.header import RawTable
from motcua.reading.headings import cell_text
from motcua.reading.identifiers import normal_number
from motcua.reading.personal import mask_personal, tell_common

FAR = pd.Timestamp("2199-12-31")  # due date of an open dossier of which only "on time" is known
MOST_DAYS = 36_500
_HOW_LONG = re.compile(
    r"[\s:(+-]*\d*[1-9]\d*(?:[.,]\d+)?\s*(?:ngày|giờ|phút|days?|hours?|h|d)?\)?$"
)
_DAYS = re.compile(r"(\d{1,5})(?:[.,]0+)?\s*(\D*)")


def must_have(kind: str, params: Params, columns: dict[str, str]) -> tuple[str, ...]:
    """Columns that every table of a file must have, with those that stand in for others.

    Parameters
    ----------
    columns : canonical column -> heading, as the parameters have it for this file.

    Raises
    ------
    ParameterError
        Two columns are named for one thing.

    Examples
    --------
    >>> must_have("dossiers", Params(dossier_id="row"), {"on_time": "Kết quả"})
    ('ward', 'received_at', 'on_time', 'closed_at')
    """
    if kind != "dossiers":
        return REQUIRED[kind]
    named = [c for c in ("due_at", *STAND_INS) if c in columns]
    if len(named) > 1:
        raise ParameterError(
            f"Tham số `columns`: chỉ khai một trong {', '.join(named)}, vì mỗi hồ sơ có một hạn."
        )
    if params.dossier_id == "row" and "dossier_id" in columns:
        raise ParameterError(
            "Tham số `columns` khai dossier_id mà `dossier_id: row` nói tệp không có mã hồ sơ. "
            "Bỏ một trong hai."
        )
    by = {STAND_INS[c]: c for c in named if c in STAND_INS}
    needed = (by.get(c, c) for c in REQUIRED[kind])
    return tuple(c for c in needed if c != "dossier_id" or params.dossier_id == "column")


def prepared(raw: RawTable, kind: str, path: Path, params: Params) -> RawTable:
    """Table with numbers where its rows have none, and with notes on what stands in.

    A row is numbered by the place of its file and where it stands in it.
    """
    notes = []
    if "on_time" in raw.frame:
        notes.append(
            f"hạn trả lập từ cột '{raw.headings['on_time']}': đúng hạn hay trễ hạn là theo cột đó, "
            "còn ngày hạn và số ngày trễ thì không có thật."
        )
    if kind == "dossiers" and params.dossier_id == "row":
        notes.append(
            "không có mã hồ sơ (`dossier_id: row`), mỗi dòng được tính là một hồ sơ riêng; hồ sơ "
            "có trong nhiều tệp hay nhiều dòng bị đếm nhiều lần."
        )
        raw = replace(raw, frame=raw.frame.assign(dossier_id=_row_numbers(raw, path)))
    return replace(raw, notes=(*raw.notes, *notes))


def _row_numbers(raw: RawTable, path: Path) -> pd.Series:
    place = place_of(path) + raw.where.removeprefix(path.name)
    if mask_personal(place) != place:
        place = hashlib.sha256(place.encode()).hexdigest()[:12]
    return normal_number(f"{place}#") + raw.frame["row"].astype("str")


def add_due_dates(raw: RawTable, out: pd.DataFrame) -> list[tuple]:
    """Put due dates into `out` from what stands in for them.

    Returns
    -------
    [(column, bad, reason, tell)]
        What stands in, which rows of it cannot be understood, and what may be shown of them.
    """
    if "due_days" in raw.frame:
        words = raw.frame["due_days"].astype(object).map(cell_text)
        days = _each(words, _read_days)
        out["due_at"] = out["received_at"] + pd.to_timedelta(days.where(days >= 0), unit="D")
        return [("due_days", days < 0, "bad_due_days", tell_common(words))]
    if "on_time" in raw.frame:
        words = raw.frame["on_time"].astype(object).map(cell_text)
        told = _flags(words, raw.headings["on_time"])
        ends = out[["result_at", "returned_at", "closed_at"]]
        out["due_at"] = _due_by_flag(told, out["received_at"], ends)
        out["rescheduled_due_at"] = pd.Series(pd.NaT, index=out.index, dtype="datetime64[us]")
        return [("on_time", told == "unknown", "bad_on_time", tell_common(words))]
    return []


def _each(words: pd.Series, read: Callable[[str], object]) -> pd.Series:
    """What is read from each text, each different one once."""
    return words.map({word: read(word) for word in words.unique()})


def _read_days(text: str) -> float:
    """Number of days; NaN for none, -1 for what is no such number."""
    if not text:
        return np.nan
    found = _DAYS.fullmatch(key(text))
    units = {"", *map(key, read_yaml("on_time_words")["days"])}
    is_days = found and found[2].strip() in units and int(found[1]) <= MOST_DAYS
    return float(found[1]) if is_days else -1.0


def _due_by_flag(told: pd.Series, received: pd.Series, ends: pd.DataFrame) -> pd.Series:
    """Due dates under which every dossier is late or not as its flag says, by whatever event.

    On time: done on the due day, at the last of its ends; still open: due in the far future. Late:
    due the day before the first of its ends; still open: overdue since it came in.
    """
    day = pd.Timedelta(days=1)
    on_time = ends.max(axis="columns").fillna(FAR)
    late = (ends.min(axis="columns").fillna(received) - day).astype("datetime64[us]")
    due = on_time.where(told == "on_time", late)
    return due.where(told.isin(("on_time", "late"))).astype("datetime64[us]")


def _flags(words: pd.Series, heading: str) -> pd.Series:
    """What each flag says: on_time, late, "" (no due date) or unknown.

    A column of ticks alone ("x" or nothing) does not say what nothing means.
    """
    groups = _each(words, _group)
    yes = _meaning_of_yes(heading)
    no = {"on_time": "late", "late": "on_time"}.get(yes, yes)
    used = set(groups) - {"", "undecided", "unknown"}
    blank = "unknown" if used in ({"yes"}, {"no"}) else ""
    return groups.replace({"yes": yes, "no": no, "": blank, "undecided": ""})


@cache
def _words() -> dict[str, str]:
    """Key of each word -> its list, the longest word first."""
    lists = read_yaml("on_time_words")
    groups = ("on_time", "late", "yes", "no", "undecided")
    words = {key(word): group for group in groups for word in lists[group]}
    return dict(sorted(words.items(), key=lambda item: -len(item[0])))


def _group(text: str) -> str:
    """List that a word is in, also with how long behind it: "Trễ hạn 3 ngày"."""
    word = key(text)
    told = _words().get(word, "unknown" if word else "")
    measured = _words().get(_HOW_LONG.sub("", word), "")
    return measured if told == "unknown" and measured in ("on_time", "late") else told


def _meaning_of_yes(heading: str) -> str:
    """What a bare yes means under a heading; unknown where it speaks of both."""
    text, spoken = " ".join(re.split(r"[\s_/,;()-]+", key(heading))), set()
    for word, group in _words().items():
        pattern = rf"(?<!\w){re.escape(word)}(?!\w)"
        if group in ("on_time", "late") and re.search(pattern, text):
            text = re.sub(pattern, "|", text)
            spoken.add(group)
    return "unknown" if len(spoken) > 1 else next(iter(spoken), "on_time")
