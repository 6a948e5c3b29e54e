"""Which exports a month is made from: those that tell something of the time up to its end.

A later export matters to an earlier month only if it tells of that month what older exports did
not (see `motcua.news`). Nothing here reads a table, so that an unchanged month is told quickly.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import NamedTuple

from motcua.manifest import file_digest
from motcua.params import Params, units_path
from motcua.reference import ROOT

SHAPING = ("columns", "date_format", "statuses", "completion_event", "units")
_CODE = ("seen.py", "news.py", "inputs.py", "rows.py", "shape.py", "sheets.py", "text.py")


class Days(NamedTuple):
    """What an export tells of which time; days as YYYY-MM-DD, None where it has no row.

    Attributes
    ----------
    first : day from which on it tells what older exports did not; None when it tells nothing new.
    last : latest day of an event in it.
    """

    kind: str
    first: str | None
    last: str | None


def seen_until(days: Mapping[str, Days], end: date) -> set[str]:
    """Files that a month which ends on a day is made from; all, if that left no dossier.

    Examples
    --------
    >>> days = {
    ...     "december.csv": Days("dossiers", "2023-11-20", "2023-12-18"),
    ...     "january.csv": Days("dossiers", "2023-12-12", "2024-01-18"),
    ...     "copy of december.csv": Days("dossiers", None, "2023-12-18"),
    ... }
    >>> sorted(seen_until(days, date(2023, 12, 14))), sorted(seen_until(days, date(2023, 12, 11)))
    (['december.csv', 'january.csv'], ['december.csv'])
    """
    told = {
        file
        for file, (_, first, last) in days.items()
        if last is None or min(first or last, last) <= end.isoformat()
    }
    return told if any(days[file].kind == "dossiers" for file in told) else set(days)


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
