"""A month that answers at once: the same tables as `Month`, from narrow tables kept in DuckDB.

What does not depend on the period (dates that count, cause of each late dossier) is worked out once
for all dossiers; a question then reads a few columns, and all months together in one query.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

import duckdb
import narwhals as nw
import pandas as pd

from motcua import measure
from motcua.inputs import Inputs
from motcua.measure import CAUSES, FLAGS
from motcua.month import Month
from motcua.params import Params, Period

NARROW = (
    "dossier_id", "code", "procedure", "channel", "received_at", "due", "done", "left", "ended",
)  # fmt: skip
MOST_ANSWERS = 64
_ALL = {"only_wards": [], "only_procedures": [], "only_channels": []}


class Facts:
    """Dossiers of the inputs with their dates, and the late ones with their cause.

    Parameters
    ----------
    month : its register names the units, its parameters the dates; its `only_...` are left aside.
    """

    def __init__(self, month: Month) -> None:
        params = month.params.model_copy(update=_ALL)
        whole = Month(month.month, params, month.inputs)
        dated = measure.with_dates(whole.coded("dossiers"), params)
        late = nw.from_native(dated).filter(nw.col("done") > nw.col("due"))
        caused = measure.cause_of(late, month.inputs.table("incidents"), params)
        self._con = duckdb.connect()
        self._keep("dossiers", dated, NARROW)
        self._keep("late", caused, tuple(caused.columns))
        self._answers: dict[tuple, Any] = {}

    def _keep(self, name: str, rows: Any, columns: tuple[str, ...]) -> None:
        table = rows.project(", ".join(f'"{c}"' for c in columns)).to_arrow_table()
        self._con.register("incoming", table)
        self._con.execute(f"create table {name} as select * from incoming order by ended")
        self._con.unregister("incoming")

    def rows(self, name: str, params: Params, codes: list[str]) -> Any:
        """Relation of `dossiers` or `late` within the parameters `only_...`."""
        rows = nw.from_native(self._con.table(name))
        asked = {
            "code": codes if params.only_wards else [],
            "procedure": params.only_procedures,
            "channel": params.only_channels,
        }
        for column, values in asked.items():
            rows = rows.filter(nw.col(column).is_in(values)) if values else rows
        return rows.to_native()

    def once(self, question: str, month: Month, compute: Callable[[], Any]) -> Any:
        """Answer that was given before to the same question, whatever the threshold."""
        counting = month.params.model_copy(update={"threshold_percent": 0})
        key = (question, month.month, counting.model_dump_json(), month.period)
        if key not in self._answers:
            while len(self._answers) >= MOST_ANSWERS:
                self._answers.pop(next(iter(self._answers)))
            self._answers[key] = compute()
        return self._answers[key]

    def months(self, periods: dict[str, Period]) -> Any:
        """Relation of months for `measure.state_by_month`."""
        bounds = [
            (month, *(pd.Timestamp(day) for day in (p.start, p.end, p.end + pd.Timedelta(days=1))))
            for month, p in periods.items()
        ]
        table = pd.DataFrame(bounds, columns=["month", "start", "end", "after"])
        dates = dict.fromkeys(("start", "end", "after"), "datetime64[us]")
        self._con.register("months", table.astype({"month": "str"} | dates))
        return self._con.table("months")


class QuickMonth(Month):
    """Month whose counts come from `Facts`; every table has the numbers of `Month`.

    Examples
    --------
    >>> from motcua import load
    >>> month = load("2024-01", data="data/sample")
    >>> quick = QuickMonth("2024-01", month.params, month.inputs, Facts(month))
    >>> quick.rates.equals(month.rates)
    True
    """

    def __init__(self, month: str, params: Params, inputs: Inputs, facts: Facts) -> None:
        super().__init__(month, params, inputs)
        self.facts = facts

    def rows(self, name: str = "dossiers") -> Any:
        """Relation of the dossiers of the period with their state (`late`: with their cause)."""
        return measure.state_in(self._facts(name), self.period, self.params)

    def _facts(self, name: str) -> Any:
        return self.facts.rows(name, self.params, [unit.code for unit in self.units])

    @cached_property
    def _counts(self) -> pd.DataFrame:
        return self.facts.once("counts", self, self._counted)

    def _counted(self) -> pd.DataFrame:
        return self._every_unit(measure.sum_flags(self.rows(), ["code"]).df(), list(FLAGS))

    @cached_property
    def _late(self) -> pd.DataFrame:
        return self.facts.once("late", self, self._found_late)

    def _found_late(self) -> pd.DataFrame:
        late = nw.from_native(self.rows("late")).filter(nw.col("late") == 1).to_native().df()
        return late.sort_values(["code", "dossier_id"], ignore_index=True)

    @cached_property
    def _feedback_rows(self) -> pd.DataFrame:
        return self.facts.once("feedback", self, self._found_feedback)

    def _of_months(self, name: str) -> Any:
        """State of the earlier months looked back on, all in one relation."""
        periods = {month: self._period(month) for month in self.months if month != self.month}
        return measure.state_by_month(self._facts(name), self.facts.months(periods), self.params)

    @cached_property
    def _counts_of_months(self) -> dict[str, pd.DataFrame]:
        return self.facts.once("counts of months", self, self._counted_by_month)

    def _counted_by_month(self) -> dict[str, pd.DataFrame]:
        counts = measure.sum_flags(self._of_months("dossiers"), ["month", "code"]).df()
        return {month: rows.drop(columns="month") for month, rows in counts.groupby("month")}

    def _counts_of(self, month: str) -> pd.DataFrame:
        if month == self.month:
            return self._counts
        nothing = pd.DataFrame({"code": []} | {flag: [] for flag in FLAGS})
        return self._every_unit(self._counts_of_months.get(month, nothing), list(FLAGS))

    @cached_property
    def _streaks(self) -> dict[str, int]:
        threshold, below = self.params.threshold_percent, {unit.code: [] for unit in self.units}
        for month in self.months:
            counts = self._counts_of(month)
            for code, *pair in zip(counts["code"], counts["good"], counts["counted"], strict=True):
                below[code].append(measure.is_below(*pair, threshold))
        return {code: measure.streak(verdicts) for code, verdicts in below.items()}

    @cached_property
    def _causes_of_months(self) -> pd.Series:
        return self.facts.once("causes of months", self, self._caused_by_month)

    def _caused_by_month(self) -> pd.Series:
        late = nw.from_native(self._of_months("late")).filter(nw.col("late") == 1).to_native()
        counts = measure.count_causes(late, ["month"]).df()
        return counts.set_index(["month", "cause"])["late"]

    def _causes_of(self, month: str) -> dict[str, int]:
        if month == self.month:
            return super()._causes_of(month)
        return {c: int(self._causes_of_months.get((month, c), 0)) for c in CAUSES}
