"""One ward in one month, and what is open: what must be known and done, as tables and counts.

Nothing here is new: counts, verdicts and causes are those of the month. What is owed follows from
letter 1522/UBND-THNC, point 4; its point 1 orders wards to check "hằng ngày, hằng tuần". The period
of a watch ends on the day of looking, so that a month's own definitions tell the state of that day.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from fractions import Fraction
from functools import cached_property
from math import floor
from statistics import median_low
from typing import Any

import numpy as np
import pandas as pd

from motcua.base.calendar import in_a_year, next_month, working_days_left
from motcua.base.errors import did_you_mean
from motcua.base.reference import refusal
from motcua.measures.apologies import CLAIMS, are_recorded, owed
from motcua.measures.causes import cause_conflicts, late_by_cause, late_dossiers
from motcua.measures.control import control
from motcua.measures.feedback import complaints_of
from motcua.measures.frame import Frame, table
from motcua.measures.orders import Order, orders_of
from motcua.measures.quality import set_aside
from motcua.measures.rates import shortfalls, unit_rates, ward_history
from motcua.measures.state import DIVISION_DATES, fetch_rows

ACTIONS = ("press_finish", "overdue", "due_soon")  # most urgent first
_OF_OPEN = (
    "dossier_id", "code", "procedure", "received_at", "due", "ended", "open_overdue", "result_at",
    "returned_at", "division", *DIVISION_DATES,
)  # fmt: skip
WORKING_DAYS = 3
MOST_DAYS = 60
OWED = ("owes_apology", "owes_evidence", "contradicts")
RECENT = 6  # months that tell how many dossiers a ward usually has


@table
def open_dossiers(month: Frame) -> pd.DataFrame:
    """Dossiers open at the end of the period.

    Dates after that day have not happened yet, whatever a later export says.

    Returns
    -------
    DataFrame
        One row per open dossier, earliest due date first: dossier_id, code, procedure,
        received_at, due, is_overdue, days_overdue (calendar days, 0 when not overdue),
        working_days_left (missing when overdue or without a due date), finished_at (first of
        result and return; missing when there is neither), division (who has it on that day, else
        ""), is_late_there (that one's own due date is over), ended (when it ended after the
        period, as far as the exports tell).

    Examples
    --------
    >>> from motcua import load
    >>> table = open_dossiers(load("2024-01", data="data/sample"))
    >>> len(table), int(table["is_overdue"].sum()), int(table["finished_at"].notna().sum()) > 0
    (419, 90, True)
    """
    rows = fetch_rows(month.dossiers_in_state().filter("open = 1").project(", ".join(_OF_OPEN)))
    end = pd.Timestamp(month.period.end)
    after = end + timedelta(days=1)
    result, returned = (rows[c].where(rows[c] < after) for c in ("result_at", "returned_at"))
    back = rows["division_returned_at"].where(rows["division_returned_at"] < after)
    is_there = (rows["division_received_at"] < after) & back.isna()
    is_overdue = rows["open_overdue"] == 1
    overdue = (end - rows["due"].dt.normalize()).dt.days
    table = rows[["dossier_id", "code", "procedure", "received_at", "due"]].assign(
        is_overdue=is_overdue,
        days_overdue=overdue.where(is_overdue, 0).astype("int64"),
        working_days_left=working_days_left(month.period.end, rows["due"].where(~is_overdue)),
        finished_at=result.mask(result.isna() | (returned < result), returned),
        division=rows["division"].where(is_there, "").fillna(""),
        is_late_there=is_there & (rows["division_due_at"].dt.normalize() < end),
        ended=rows["ended"],
    )
    return table.sort_values(["due", "dossier_id"], ignore_index=True)


def to_do(month: Frame, days: int = WORKING_DAYS) -> pd.DataFrame:
    """Open dossiers that ask for something now, each once, under the first action that applies.

    press_finish: result or return is there, "finish" is not pressed. overdue: the due date is over.
    due_soon: due within `days` working days after the period's end, or on that day.

    Returns
    -------
    DataFrame
        One row per dossier, by action, then by due date: the columns of `open_dossiers` and
        `action`.

    Examples
    --------
    >>> from motcua import load
    >>> to_do(load("2024-01", data="data/sample"))["action"].unique().tolist()
    ['press_finish', 'overdue', 'due_soon']
    """
    table = open_dossiers(month)
    is_soon = (table["working_days_left"] <= days).fillna(False).astype(bool)
    holds = [table["finished_at"].notna(), table["is_overdue"], is_soon]
    urgency = np.select(holds, range(len(ACTIONS)), -1)
    table = table.assign(action=np.array([*ACTIONS, ""], dtype=object)[urgency])
    order = np.argsort(urgency, kind="stable")  # within an action as above
    return table.iloc[order[urgency[order] >= 0]].reset_index(drop=True)


def count_actions(dossiers: pd.DataFrame, codes: Iterable[str]) -> pd.DataFrame:
    """Rows of `to_do` per unit: code, one column per action, total; 0 for a unit without any.

    Examples
    --------
    >>> rows = pd.DataFrame({"code": ["1", "1"], "action": ["overdue", "due_soon"]})
    >>> count_actions(rows, ["1", "2"]).to_dict("records")[0]
    {'code': '1', 'press_finish': 0, 'overdue': 1, 'due_soon': 1, 'total': 2}
    """
    counts = pd.crosstab(dossiers["code"], dossiers["action"])
    index = pd.Index(list(codes), name="code")
    counts = counts.reindex(index=index, columns=list(ACTIONS), fill_value=0).astype("int64")
    return counts.assign(total=counts.sum(axis=1)).rename_axis(columns=None).reset_index()


@table
def late_owing(month: Frame) -> pd.DataFrame:
    """Late dossiers with what is owed, those that owe something first, then the latest.

    Returns
    -------
    DataFrame
        One row per late dossier: the columns of `Month.late_dossiers`, `inferred_label`, and
        owes_apology (see `apologies.owed`: the citizen waited too long, and no apology is
        recorded), owes_evidence (forgotten or software fault, without evidence), contradicts
        (the recorded cause is not the one that the dates show), owes (any of them).

    Notes
    -----
    Source: letter 1522/UBND-THNC, point 4.
    """
    late = late_dossiers(month)
    conflicts = cause_conflicts(month).set_index("dossier_id")["inferred_label"]
    late = late.assign(
        owes_apology=_without_apology(month, late),
        owes_evidence=late["cause"].isin(CLAIMS) & ~late["evidenced"],
        contradicts=late["dossier_id"].isin(conflicts.index),
        inferred_label=late["dossier_id"].map(conflicts).astype(object),
    )
    late["owes"] = late[list(OWED)].any(axis=1)
    order, up = ["owes", "days_late", "dossier_id"], [False, False, True]
    return late.sort_values(order, ascending=up, ignore_index=True)


@table
def backlog(month: Frame) -> pd.DataFrame:
    """Dossiers open at the period's end that are overdue or await the click alone.

    Returns
    -------
    DataFrame
        Those that await the click first, then the longest overdue; one row per dossier: the
        columns of `open_dossiers`, is_waiting (result or return is there), and owes_apology.
    """
    rows = open_dossiers(month)
    waits, owes = rows["finished_at"].notna(), _without_apology(month, rows)
    rows = rows.assign(is_waiting=waits, owes_apology=owes)
    order, up = ["is_waiting", "due", "dossier_id"], [False, True, True]
    rows = rows[rows["is_overdue"] | rows["is_waiting"]]
    return rows.sort_values(order, ascending=up, ignore_index=True)


def _without_apology(month: Frame, rows: pd.DataFrame) -> pd.Series:
    """Whether an apology is owed for each dossier and none is recorded."""
    return rows["dossier_id"].isin(owed(month).query("state == 'none'")["dossier_id"])


@table
def causes_of_late(month: Frame) -> pd.DataFrame:
    """Rows of `late_by_cause` that made a dossier late, most dossiers first."""
    rows = late_by_cause(month)
    rows = rows[rows["late"] > 0]
    return rows.sort_values("late", ascending=False, kind="stable", ignore_index=True)


# Tables of a month of which a sheet takes all rows of its ward, and those of which it takes one.
TABLES = (
    ward_history, causes_of_late, late_owing, backlog, owed, complaints_of, set_aside,
)  # fmt: skip
SINGLE = (ward_history, control)


def split_by_ward(month: Frame) -> None:
    """Take each of TABLES and SINGLE apart by ward, once for all sheets."""
    for of in TABLES:
        rows_of(month, of, "")
    for of in SINGLE:
        records_of(month, of, "")


def rows_of(month: Frame, of: Callable[[Frame], pd.DataFrame], code: str) -> pd.DataFrame:
    """Rows of one of TABLES that are a ward's, in their order; none where it has none.

    Examples
    --------
    >>> from motcua import load
    >>> len(rows_of(load("2024-01", data="data/sample"), late_owing, "26374"))
    20
    """
    parts = month.tables.setdefault(f"{__name__}.{of.__name__} by ward", {})
    if not parts:
        whole = of(month)
        parts |= {None: whole.iloc[:0]} | dict(iter(whole.groupby("code", sort=False)))
    return parts.get(code, parts[None])


def records_of(month: Frame, of: Callable[[Frame], pd.DataFrame], code: str) -> list[dict]:
    """Rows of one of SINGLE that are a ward's, in their order, by the names of their columns.

    Examples
    --------
    >>> from motcua import load
    >>> records_of(load("2024-01", data="data/sample"), ward_history, "26374")[-1]["late"]
    20
    """
    parts = month.tables.setdefault(f"{__name__}.{of.__name__} in records", {})
    if not parts:
        for row in of(month).to_dict("records"):
            parts.setdefault(row["code"], []).append(row)
    return parts.get(code, [])


def sheet_of(month: Frame, code: str) -> WardSheet:
    """Sheet of a unit of the month.

    Raises
    ------
    InputError
        The month has no unit of that code.

    Examples
    --------
    >>> from motcua import load
    >>> sheet = sheet_of(load("2024-01", data="data/sample"), "26374")
    >>> sheet.name, sheet.counts["late"], len(sheet.late)
    ('Tam Phước', 20, 20)
    """
    if code not in month.unit_names:
        near = did_you_mean(code, month.unit_names)
        raise refusal("no_such_unit", period=month.label, code=code, near=near)
    return WardSheet(month, code)


class WardSheet:
    """Everything the sheet of one ward says; see each attribute."""

    def __init__(self, month: Frame, code: str) -> None:
        self.month, self.code = month, code
        self.unit = next(unit for unit in month.units if unit.code == code)
        self.name = self.unit.name

    def _rows(self, of: Callable[[Frame], pd.DataFrame]) -> pd.DataFrame:
        return rows_of(self.month, of, self.code)

    @cached_property
    def counts(self) -> dict[str, Any]:
        """Row of `Month.rates`: counts, rate, verdict, certainty, months below in a row."""
        return unit_rates(self.month)[self.code]

    @property
    def is_empty(self) -> bool:
        """Whether the ward had no dossier at all in the period."""
        return self.counts["received"] + self.counts["carried_over"] == 0

    @cached_property
    def history(self) -> pd.DataFrame:
        """One row per month looked back on, oldest first: the ward's rows of `Month.history`."""
        return self._rows(ward_history).reset_index(drop=True)

    def _row(self, of: Callable[[Frame], pd.DataFrame], month: str) -> dict[str, Any]:
        """The ward's row of a month in one of SINGLE; empty when there is none."""
        return next((r for r in records_of(self.month, of, self.code) if r["month"] == month), {})

    @cached_property
    def before(self) -> dict[str, Any] | None:
        """The ward's row of the month before; None when there are no data of it."""
        months = records_of(self.month, ward_history, self.code)
        return months[-2] if len(months) > 1 else None

    @cached_property
    def year_before(self) -> dict[str, Any]:
        """The ward's row of the same month a year before; empty when there are no data of it."""
        return self._row(ward_history, next_month(self.month.month, -in_a_year(self.month.month)))

    @cached_property
    def causes(self) -> pd.DataFrame:
        """One row per cause that made a dossier late, most dossiers first (`late_by_cause`)."""
        return self._rows(causes_of_late).reset_index(drop=True)

    @cached_property
    def orders(self) -> list[Order]:
        """Orders of the month that concern the ward."""
        return orders_of(self.month, self.code)

    @cached_property
    def shortfall(self) -> str:
        """What is told of a ward below, "clearly_low" or "watch"; else "" (`rates.shortfalls`)."""
        return shortfalls(self.month).get(self.code, "")

    @cached_property
    def signal(self) -> str:
        """Whether the rate is "better", "worse" or "none"; "unknown" with too few months."""
        row = self._row(control, self.month.month)
        ways = {"up": "better", "down": "worse", "": "none"}
        return "unknown" if pd.isna(row.get("low")) else ways[row["signal"]]

    @cached_property
    def room(self) -> tuple[int, int]:
        """Dossiers that next month may bring, and how many of them may be late: `room_for_late`."""
        line = Fraction(str(self.month.params.threshold_percent))
        return room_for_late(self.history["counted"].tail(RECENT).tolist(), line)

    @cached_property
    def late(self) -> pd.DataFrame:
        """The ward's rows of `late_owing`."""
        return self._rows(late_owing).reset_index(drop=True)

    @cached_property
    def backlog(self) -> pd.DataFrame:
        """The ward's rows of `backlog`."""
        return self._rows(backlog).reset_index(drop=True)

    @cached_property
    def still_open(self) -> pd.DataFrame:
        """Rows of the backlog that had not ended by the newest export."""
        return self.backlog[self.backlog["ended"].isna()]

    @cached_property
    def owed(self) -> dict[str, int]:
        """Dossiers, late or overdue, that owe each of OWED."""
        late = {name: int(self.late[name].sum()) for name in OWED}
        return late | {"owes_apology": int((self._rows(owed)["state"] == "none").sum())}

    @cached_property
    def knows_apologies(self) -> bool:
        """Whether the exports carry a day of apology for any dossier at all."""
        return are_recorded(self.month)

    @cached_property
    def complaints(self) -> pd.DataFrame:
        """Complaints of the period without their text: received_at, channel, kind_label, ..."""
        return self._rows(complaints_of).reset_index(drop=True)

    @cached_property
    def set_aside(self) -> pd.DataFrame:
        """Rows set aside that may belong to the period, also those of a ward it took in.

        One row per row of an export: file, row, ward (as the row names it), column, reason.
        """
        columns = ["file", "row", "ward", "column", "reason"]
        return self._rows(set_aside)[columns].reset_index(drop=True)


def room_for_late(counted: list[int], line: Fraction) -> tuple[int, int]:
    """Dossiers of a usual month, and the most of them that may be late.

    Parameters
    ----------
    counted : dossiers of the months looked at; months without any tell nothing.
    line : threshold in percent, exact.

    Returns
    -------
    usual (n: the lower median), late (k: the largest whole number with 100 (n - k) >= line n).

    Examples
    --------
    >>> room_for_late([90, 0, 120, 100], Fraction(97)), room_for_late([33], Fraction(97))
    ((100, 3), (33, 0))
    """
    usual = median_low([n for n in counted if n] or [0])
    return usual, floor(usual * (100 - line) / 100)
