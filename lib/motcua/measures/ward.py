"""One ward in one month: what its chairman must know and do, as tables and counts.

Nothing here is new: counts, verdicts and causes are those of the month. What is owed follows from
letter 1522/UBND-THNC, point 4.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import pandas as pd

from motcua.base.errors import InputError, did_you_mean
from motcua.base.vietnamese import month_label
from motcua.measures.apologies import CLAIMS, are_recorded, owed
from motcua.measures.budget import budget
from motcua.measures.certainty import funnel
from motcua.measures.month import Month
from motcua.measures.orders import Order, orders_of
from motcua.measures.watch import open_dossiers

OWED = ("owes_apology", "owes_evidence", "contradicts")


def sheet_of(month: Month, code: str) -> WardSheet:
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
        raise InputError(
            f"Tháng {month_label(month.month)} không có đơn vị mang mã '{code}'."
            f"{did_you_mean(code, list(month.unit_names))}"
        )
    return WardSheet(month, code)


class WardSheet:
    """Everything the sheet of one ward says; see each attribute."""

    def __init__(self, month: Month, code: str) -> None:
        self.month, self.code = month, code
        self.unit = next(unit for unit in month.units if unit.code == code)
        self.name = self.unit.name

    @cached_property
    def counts(self) -> dict[str, Any]:
        """Row of `Month.rates`: counts, rate, verdict, certainty, months below in a row."""
        return _row_of(self.month.rates, self.code)

    @property
    def is_empty(self) -> bool:
        """Whether the ward had no dossier at all in the period."""
        return self.counts["received"] + self.counts["carried_over"] == 0

    @cached_property
    def history(self) -> pd.DataFrame:
        """One row per month looked back on, oldest first: the ward's rows of `Month.history`."""
        history = self.month.history
        return history[history["code"] == self.code].reset_index(drop=True)

    @property
    def before(self) -> dict[str, Any] | None:
        """The ward's row of the month before; None when there are no data of it."""
        return self.history.iloc[-2].to_dict() if len(self.history) > 1 else None

    @cached_property
    def causes(self) -> pd.DataFrame:
        """One row per cause that made a dossier late, most dossiers first (`late_by_cause`)."""
        table = self.month.late_by_cause
        table = table[(table["code"] == self.code) & (table["late"] > 0)]
        return table.sort_values("late", ascending=False, kind="stable", ignore_index=True)

    @cached_property
    def orders(self) -> list[Order]:
        """Orders of the month that concern the ward."""
        return orders_of(self.month, self.code)

    @cached_property
    def late(self) -> pd.DataFrame:
        """Late dossiers with what is owed, latest first.

        Returns
        -------
        DataFrame
            One row per late dossier: the columns of `Month.late_dossiers`, `inferred_label`, and
            owes_apology (see `apologies.owed`: the citizen waited too long, and no apology is
            recorded), owes_evidence (forgotten or software fault, without evidence), contradicts
            (the recorded cause is not the one that the dates show).

        Notes
        -----
        Source: letter 1522/UBND-THNC, point 4.
        """
        late = self.month.late_dossiers
        late = late[late["code"] == self.code]
        conflicts = self.month.cause_conflicts.set_index("dossier_id")["inferred_label"]
        table = late.assign(
            owes_apology=late["dossier_id"].isin(self._without_apology),
            owes_evidence=late["cause"].isin(CLAIMS) & ~late["evidenced"],
            contradicts=late["dossier_id"].isin(conflicts.index),
            inferred_label=late["dossier_id"].map(conflicts).astype(object),
        )
        return table.sort_values(
            ["days_late", "dossier_id"], ascending=[False, True], ignore_index=True
        )

    @cached_property
    def owed(self) -> dict[str, int]:
        """Late dossiers that owe each of OWED."""
        return {name: int(self.late[name].sum()) for name in OWED}

    @cached_property
    def _without_apology(self) -> set[str]:
        """Dossiers of the ward for which an apology is owed and none is recorded."""
        table = owed(self.month)
        return set(
            table.loc[(table["code"] == self.code) & (table["state"] == "none"), "dossier_id"]
        )

    @cached_property
    def budget(self) -> dict[str, Any]:
        """Row of `budget.budget`: affordable_late, to_recover, overdue_exceeds."""
        return _row_of(budget(self.month), self.code)

    @cached_property
    def rank(self) -> dict[str, Any]:
        """Row of `certainty.funnel`: rank, rank_from, rank_to; empty when nothing counted."""
        return _row_of(funnel(self.month), self.code)

    @cached_property
    def knows_apologies(self) -> bool:
        """Whether the exports carry a day of apology for any dossier at all."""
        return are_recorded(self.month)

    @cached_property
    def overdue(self) -> pd.DataFrame:
        """Dossiers open and overdue at the period's end, longest first.

        Returns
        -------
        DataFrame
            One row per dossier: the columns of `open_dossiers`, and owes_apology.
        """
        table = open_dossiers(self.month)
        table = table[(table["code"] == self.code) & table["is_overdue"]]
        table = table.assign(owes_apology=table["dossier_id"].isin(self._without_apology))
        return table.reset_index(drop=True)

    @cached_property
    def complaints(self) -> pd.DataFrame:
        """Complaints of the period without their text: received_at, channel, kind_label, ..."""
        feedback = self.month.feedback
        return feedback[feedback["code"] == self.code].reset_index(drop=True)

    @cached_property
    def set_aside(self) -> pd.DataFrame:
        """Rows set aside that may belong to the period, also those of a ward it took in.

        One row per row of an export: file, row, ward (as the row names it), column, reason.
        """
        rows = self.month.set_aside
        rows = rows[rows["code"] == self.code]
        return rows[["file", "row", "ward", "column", "reason"]].reset_index(drop=True)


def _row_of(table: pd.DataFrame, code: str) -> dict[str, Any]:
    """Row of one unit; empty when the table has none."""
    rows = table[table["code"] == code].to_dict("records")
    return rows[0] if rows else {}
