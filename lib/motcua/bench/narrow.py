"""A month that answers at once: the same tables as `Month`, from narrow tables kept in DuckDB.

What does not depend on the period (dates that count, cause of each late dossier) is worked out once
for all dossiers; a question then reads a few columns, and all months together in one query.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import duckdb
import narwhals as nw

from motcua.base.calendar import Period
from motcua.base.params import Params
from motcua.measures.month import Month
from motcua.measures.state import Lookback, cause_of, state_in, with_dates
from motcua.reading.inputs import Inputs

NARROW = (
    "dossier_id", "code", "procedure", "channel", "received_at", "due", "done", "left", "ended",
)  # fmt: skip
MOST_ANSWERS = 64
_OF_NO_COUNT = dict.fromkeys(("threshold_percent", "history_months"), 1) | {
    "period_start": None, "period_end": None
}  # fmt: skip
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
        dated = with_dates(whole.coded("dossiers"), params)
        late = nw.from_native(dated).filter(nw.col("done") > nw.col("due"))
        caused = cause_of(late, month.inputs.table("incidents"), params)
        self.con = duckdb.connect()
        self._keep("dossiers", dated, NARROW)
        self._keep("late", caused, tuple(caused.columns))
        self._answers: dict[tuple, Any] = {}

    def _keep(self, name: str, rows: Any, columns: tuple[str, ...]) -> None:
        table = rows.project(", ".join(f'"{c}"' for c in columns)).to_arrow_table()
        self.con.register("incoming", table)
        self.con.execute(f"create table {name} as select * from incoming order by ended")
        self.con.unregister("incoming")

    def rows(self, name: str, params: Params, codes: list[str]) -> Any:
        """Relation of `dossiers` or `late` within the parameters `only_...`."""
        rows = nw.from_native(self.con.table(name))
        asked = {
            "code": codes if params.only_wards else [],
            "procedure": params.only_procedures,
            "channel": params.only_channels,
        }
        for column, values in asked.items():
            rows = rows.filter(nw.col(column).is_in(values)) if values else rows
        return rows.to_native()

    def lookback(self, params: Params, codes: list[str]) -> Lookback:
        """Counts and late dossiers of any period, by how the parameters count."""
        counting = params.model_copy(update=_OF_NO_COUNT)
        key = ("lookback", counting.model_dump_json())
        return self._kept(
            key,
            lambda: Lookback(
                lambda: self.con, params, lambda name, _: self.rows(name, params, codes)
            ),
        )

    def once(self, question: str, month: Month, compute: Callable[[], Any]) -> Any:
        """Answer that was given before to the same question, whatever the threshold."""
        counting = month.params.model_copy(update={"threshold_percent": 0})
        key = (question, month.month, counting.model_dump_json(), month.period)
        return self._kept(key, compute)

    def _kept(self, key: tuple, compute: Callable[[], Any]) -> Any:
        if key not in self._answers:
            while len(self._answers) >= MOST_ANSWERS:
                self._answers.pop(next(iter(self._answers)))
            self._answers[key] = compute()
        return self._answers[key]


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
        self.shared = facts.once("shared", self, dict)  # with views that differ by the threshold

    def like(self, month: str, params: Params) -> Month:
        """Another month, from the dossiers themselves."""
        return Month(month, params, self.inputs)

    def rows(self, name: str = "dossiers") -> Any:
        """Relation of the dossiers of the period with their state (`late`: with their cause)."""
        return state_in(self._facts(name), self.period, self.params)

    def _facts(self, name: str) -> Any:
        return self.facts.rows(name, self.params, [unit.code for unit in self.units])

    def lookback(self) -> Lookback:
        """Where counts, causes and late dossiers come from."""
        return self.facts.lookback(self.params, [unit.code for unit in self.units])

    def recent(self) -> list[Period]:
        """No other month: its dossiers are asked for when they are wanted."""
        return []
