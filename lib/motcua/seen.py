"""Which exports a month is made from: those that tell something of the time that it looks at.

A later export matters to an earlier month only if it tells of that month what older exports did
not; an old export only while one of its records counts in the months looked back on (see
`motcua.news`). Nothing here reads a table, so that an unchanged month is told quickly.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import date
from itertools import dropwhile
from pathlib import Path
from typing import NamedTuple

from motcua.manifest import file_digest
from motcua.params import Params, first_month, is_partial, period_of, rule_period, units_path
from motcua.reference import ROOT

SHAPING = (
    "columns", "date_format", "statuses", "completion_event", "units", "rate_convention",
    "same_complaint_days",
)  # fmt: skip
FOREVER = "9999-12-31"
_CODE = ("seen.py", "news.py", "inputs.py", "rows.py", "shape.py", "sheets.py", "text.py")


class Days(NamedTuple):
    """What an export tells of which time; days as YYYY-MM-DD, None where it has no such row.

    Attributes
    ----------
    first : day from which on it tells what older exports did not; None when it tells nothing new.
    last : latest day of an event in it.
    oldest : earliest receipt of its dossiers, as their newest versions have it.
    looked_at : last day on which a period may begin whose signs, bounds or marks need it.
    counts : last day on which its records count, by the newer export that has them, too; under ""
        those that none has.
    """

    kind: str
    first: str | None
    last: str | None
    oldest: str | None = None
    looked_at: str | None = None
    counts: Mapping[str, str] = {}


class Look(NamedTuple):
    """Days that a month looks at: its period, and from when on it looks back.

    Attributes
    ----------
    since : first day of the months looked back on; None when nothing is too old for it.
    first_end : last day of the first of those months.
    """

    since: date | None
    first_end: date
    start: date
    end: date


def look_of(month: str, params: Params) -> Look:
    """Days that a month looks at.

    All numbers of earlier months come from those looked back on (`history_months`). Where the data
    say which units, procedures or channels there are, each export may name one, however old.

    Examples
    --------
    >>> look = look_of("2024-01", Params(history_months=3))
    >>> print(*look)
    2023-10-15 2023-11-14 2023-12-15 2024-01-14
    """
    start, end = period_of(month, params)
    first = first_month(month, params)
    since, first_end = rule_period(first, params.period_rule) if first < month else (start, end)
    names_matter = params.units == "from_data" or is_partial(params)
    return Look(None if names_matter else min(since, start), min(first_end, end), start, end)


def seen_by(days: Mapping[str, Days], look: Look) -> set[str]:
    """Files that a month is made from, by what each of them tells, oldest file first.

    Left out are those that tell nothing new up to its end (unless that left no dossier), and of
    each kind the oldest ones, up to the first that it needs; of a store nothing old is left out.

    Examples
    --------
    >>> days = {
    ...     "november.csv": Days(
    ...         "dossiers", "2023-10-15", "2023-11-14", "2023-10-15", None,
    ...         {"december.csv": FOREVER, "": "2023-11-14"},
    ...     ),
    ...     "december.csv": Days(
    ...         "dossiers", "2023-11-16", "2023-12-14", "2023-10-15", None, {"": "2023-12-14"}
    ...     ),
    ... }
    >>> def seen_in(month):
    ...     return sorted(seen_by(days, look_of(month, Params(history_months=1))))
    >>> seen_in("2023-11"), seen_in("2023-12")
    (['november.csv'], ['december.csv'])
    >>> sorted(seen_by(days, look_of("2023-12", Params(history_months=2))))
    ['december.csv', 'november.csv']
    """
    told = {
        file
        for file, one in days.items()
        if one.last is None or min(one.first or one.last, one.last) <= look.end.isoformat()
    }
    if not any(days[file].kind == "dossiers" for file in told):
        return set(days)
    if look.since is None:
        return told
    since, start = look.since.isoformat(), look.start.isoformat()

    def is_old(file: str) -> bool:
        counts = days[file].counts.items()
        return (days[file].looked_at or "") < start and not any(
            day >= since for newer, day in counts if newer not in told
        )

    by_kind: dict[str, list[str]] = {}
    for file in days:
        if file in told:
            by_kind.setdefault(days[file].kind, []).append(file)
    kept = {file for files in by_kind.values() for file in dropwhile(is_old, files)}
    # The months looked back on begin with the first dossier of all, so one as old must stay.
    oldest = min((days[file].oldest or FOREVER for file in kept), default=FOREVER)
    return kept if oldest <= look.first_end.isoformat() else told


def place_of(cache: Path, files: Iterable[tuple[str, str, date]], params: Params) -> Path:
    """Where the days of exports are kept: name, hash and day of each, and what shapes reading."""
    units = units_path(params)
    told = [
        [(name, sha, day.isoformat()) for name, sha, day in files],
        params.model_dump(mode="json", include=set(SHAPING)),
        file_digest(units) if units else None,
        [file_digest(Path(__file__).with_name(name)) for name in _CODE],
        [file_digest(path) for path in sorted((ROOT / "data" / "reference").glob("*.yaml"))],
    ]
    digest = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
    return cache / f"days-{digest[:32]}.json"


def read_days(place: Path) -> dict[str, Days] | None:
    """Days kept in a file; None when there is none that can be read."""
    try:
        return {file: Days(*days) for file, days in json.loads(place.read_text("utf-8")).items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return None
