"""Daily and weekly check: what to press, finish and hurry, ward by ward."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import pandas as pd

from motcua.base import vietnamese as vi
from motcua.chapters.sentences import Prose, Words
from motcua.chapters.table import Table
from motcua.chapters.ward import where_it_is
from motcua.measures.month import Month
from motcua.measures.rates import budget
from motcua.measures.ward import ACTIONS, count_actions

SAY = Words("watch")


def internal() -> str:
    """For whom the pages of the daily check are."""
    return SAY("internal")


def title(month: Month) -> str:
    """Title of the page: what is looked at, on which day."""
    return SAY("title", month)


def headline(month: Month, dossiers: pd.DataFrame, days: int, name: str = "") -> Prose:
    """How many dossiers ask for something now, and for what.

    Parameters
    ----------
    days : a dossier due within so many working days is due soon.
    name : the one ward that they are of; without it, in how many wards they are is said.

    Examples
    --------
    >>> from motcua import load
    >>> from motcua.measures.ward import to_do
    >>> month = load("2024-01", data="data/sample")
    >>> headline(month, to_do(month), 3).startswith("**Bấm kết thúc ngay ")
    True
    """
    counts = dossiers["action"].value_counts()
    asked = [SAY(f"ask.{a}", n=counts[a], days=days) for a in ACTIONS if counts.get(a, 0)]
    wards = 0 if name else dossiers["code"].nunique()
    return SAY.prose("headline", month, asked=asked, wards=wards)


def warnings(month: Month, newest: date) -> list[str]:
    """What the reader must know of the day: exports older or newer than it."""
    return SAY.lines("warnings", month, newest=newest)


def method(month: Month, days: int) -> str:
    """How the list is made."""
    return SAY("method", month, days=days)


def summary(month: Month, dossiers: pd.DataFrame) -> Table:
    """One row per ward with something to do, most first: counts per action, late ones affordable."""
    counts = count_actions(dossiers, month.unit_names)
    room = budget(month).set_index("code")["affordable_late"]
    table = counts.assign(
        name=counts["code"].map(month.unit_names), affordable_late=counts["code"].map(room)
    )
    table = table[table["total"] > 0].sort_values(
        ["total", "code"], ascending=[False, True], ignore_index=True
    )
    return SAY.table("watch_summary", table)


def ward_table(dossiers: pd.DataFrame, name: str) -> Table:
    """Dossiers of one ward that ask for something, most urgent first."""
    return SAY.table("watch", told(dossiers), name=name, n=len(dossiers))


def told(dossiers: pd.DataFrame) -> pd.DataFrame:
    """Rows of `ward.to_do` in words: action_label (what to do), dossier_id, procedure, due, left, stands."""
    rows = dossiers.to_dict("records")
    return dossiers.assign(
        action_label=dossiers["action"].map(lambda a: SAY(f"tasks.{a}")).astype(object),
        left=[_left(row) for row in rows],
        stands=[where_it_is(row) for row in rows],
    )


def _left(row: dict[str, Any]) -> str:
    """Time left or over, in words."""
    return SAY("left", row=row, has_due=not pd.isna(row["working_days_left"]))


def ward_line(counts: dict[str, Any]) -> Prose:
    """Counts of one ward in one line."""
    counted = [(SAY(f"actions.{a}").lower(), counts[a]) for a in ACTIONS if counts[a]]
    return Prose(
        vi.upper_first("; ".join(f"{label}: {vi.number(n)}" for label, n in counted)) + "."
    )


def nothing(names: Iterable[str]) -> Prose:
    """Wards with nothing to do."""
    return SAY.prose("nothing", names=list(names))
