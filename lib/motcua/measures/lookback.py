"""Counts and dossiers of several periods, asked of the database together.

While the dossiers are thousands a query costs more to build than to run, and a month looks back on
two dozen others. So each question is put once, for all periods that are likely to be asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

import duckdb
import narwhals as nw
import pandas as pd

from motcua.base.params import Params, Period
from motcua.measures import measure

OF_LATE = (
    "code", "dossier_id", "procedure", "field", "channel", "official", "due", "done", "result_at",
    "returned_at", "apology_at", "division", "division_received_at", "division_due_at",
    "division_returned_at", "cause", "cause_source", "inferred", "evidenced", "late", "counted",
    "good",
)  # fmt: skip
OF_OVERDUE = ("code", "dossier_id", "due", "result_at", "returned_at", "apology_at")


class Lookback:
    """Answers by period, each computed once.

    Parameters
    ----------
    database : gives the connection on which the rows are asked for.
    params : how dossiers count; the threshold has no part in it.
    rows : gives the relation of the "dossiers" that can matter between the first and the last day
        of a period, of those "finished" in it, of the "late" ones among them (see
        `measure.cause_of`), or of those that are "overdue" at some time; all with their dates
        (see `measure.with_dates`).
    """

    def __init__(
        self,
        database: Callable[[], duckdb.DuckDBPyConnection],
        params: Params,
        rows: Callable[[str, Period], Any],
    ) -> None:
        self._database, self._params, self._rows = database, params, rows
        self._found: dict[tuple[str, Period], pd.DataFrame] = {}

    def counts(self, period: Period, others: Iterable[Period] = ()) -> pd.DataFrame:
        """One row per unit that has dossiers: code, and the sums of `measure.FLAGS`.

        `others` are asked for at the same time, and kept until they are wanted.
        """
        return self._of("counts", period, others)

    def causes(self, period: Period, others: Iterable[Period] = ()) -> pd.DataFrame:
        """One row per unit and cause: code, cause, and what `measure.count_causes` gives."""
        return self._of("causes", period, others)

    def late(self, period: Period, others: Iterable[Period] = ()) -> pd.DataFrame:
        """One row per dossier resolved late, by unit and number: the columns OF_LATE."""
        return self._of("late", period, others)

    def overdue(self, period: Period, others: Iterable[Period] = ()) -> pd.DataFrame:
        """One row per dossier open and overdue, by unit and number: the columns OF_OVERDUE."""
        return self._of("overdue", period, others)

    def states(self, periods: Iterable[Period], rows: str = "dossiers") -> Any:
        """Relation of one row per dossier and period in which it matters (`measure.with_state`)."""
        return self._states(rows, list(periods)).to_native()

    def _of(self, name: str, period: Period, others: Iterable[Period]) -> pd.DataFrame:
        if (name, period) not in self._found:
            asked = [p for p in sorted({period, *others}) if (name, p) not in self._found]
            table = _ASK[name](self, asked).to_native().df()
            parts = dict(list(table.groupby("asked")))
            for position, p in enumerate(asked):
                rows = parts.get(position, table[:0]).drop(columns="asked")
                order = [c for c in ("code", "dossier_id", "cause") if c in rows]
                self._found[name, p] = rows.sort_values(order, ignore_index=True)
        return self._found[name, period]

    def _ask_counts(self, periods: list[Period]) -> Any:
        return nw.from_native(
            measure.sum_flags(self._states("dossiers", periods).to_native(), ["asked", "code"])
        )

    def _ask_causes(self, periods: list[Period]) -> Any:
        late = self._late(periods).to_native()
        return nw.from_native(measure.count_causes(late, ["asked", "code"]))

    def _ask_late(self, periods: list[Period]) -> Any:
        return self._late(periods).select("asked", *OF_LATE)

    def _late(self, periods: list[Period]) -> Any:
        return self._states("late", periods).filter(nw.col("late") == 1)

    def _ask_overdue(self, periods: list[Period]) -> Any:
        overdue = self._states("overdue", periods).filter(nw.col("open_overdue") == 1)
        return overdue.select("asked", *OF_OVERDUE)

    def _states(self, name: str, periods: list[Period]) -> Any:
        rows = self._rows(name, Period(min(p.start for p in periods), max(p.end for p in periods)))
        if len(periods) == 1:
            state = nw.from_native(measure.state_in(rows, periods[0], self._params))
            return state.with_columns(asked=nw.lit(0))
        state = measure.state_by_month(rows, self._laid_down(periods), self._params)
        return nw.from_native(state).rename({"month": "asked"})

    def _laid_down(self, periods: list[Period]) -> Any:
        """Relation of the periods, as `measure.state_by_month` wants them."""
        bounds = [
            (i, *(pd.Timestamp(day) for day in (p.start, p.end, p.end + timedelta(days=1))))
            for i, p in enumerate(periods)
        ]
        table = pd.DataFrame(bounds, columns=["month", "start", "end", "after"])
        dates = dict.fromkeys(("start", "end", "after"), "datetime64[us]")
        return self._database().from_df(table.astype(dates))


_ASK = {
    "counts": Lookback._ask_counts,
    "causes": Lookback._ask_causes,
    "late": Lookback._ask_late,
    "overdue": Lookback._ask_overdue,
}
