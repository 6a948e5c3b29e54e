"""Frame: which month is asked of which data, and what was computed of it already.

Tables are functions of a frame, decorated with `table`: each is computed once, when it is first
asked for, and kept with the frame. Counts and verdicts come from `state` and `verdicts`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import partial, wraps
from typing import Any, Self, TypeVar

import narwhals as nw
import pandas as pd

from motcua.base import calendar, reference
from motcua.base.calendar import Period, months_in, next_month, period_label
from motcua.base.errors import ParameterError, did_you_mean
from motcua.base.params import Params, period_of, units_path
from motcua.base.reference import Unit, message, read_units, refusal, speak_of, unit_key
from motcua.base.vietnamese import day, join, upper_first
from motcua.measures.state import (
    FLAGS,
    Lookback,
    cause_of,
    ever_overdue,
    finished_in,
    matter_in,
    sum_flags,
    with_dates,
)
from motcua.reading.inputs import Inputs

# Tables are small: of most the units are the rows. Arrow's texts take ten times as long to look at.
pd.options.mode.string_storage = "python"

UNCOVERED = "SỐ LIỆU CHƯA ĐỦ KỲ"
HELD = "dossiers in their state"  # in the tables of a frame that holds them
CITY = ""  # code of the city in tables that hold it beside the wards
_Table = TypeVar("_Table")


def table(
    function: Callable[[Any], _Table] | None = None, *, shared: bool = False
) -> Callable[[Any], _Table]:
    """Decorate a function of a frame: its result is computed once and kept with the frame.

    A table is handed out as a copy that shares its data until it is changed (pandas copies on
    write), so whoever changes his changes nobody else's. Other results no caller may change.

    Parameters
    ----------
    shared : the result does not depend on the month; it is computed of the frame that the others
        were reached from, and kept for all of them.
    """
    if function is None:
        return partial(table, shared=shared)
    name = f"{function.__module__}.{function.__qualname__}"

    @wraps(function)
    def kept(frame: Frame) -> _Table:
        tables = frame.shared if shared else frame.tables
        speak_of(frame.params)
        if name not in tables:
            tables[name] = function(frame.root if shared else frame)
        made = tables[name]
        return made.copy(deep=False) if isinstance(made, pd.DataFrame) else made

    return kept


def keep(frame: Frame, of: Callable[[Any], _Table], made: _Table) -> None:
    """Keep a table of a frame that a forked process made."""
    frame.tables[f"{of.__module__}.{of.__qualname__}"] = made


class Frame:
    """One month of the data: its period, parameters, units, and the months it looks back on.

    A month is any reporting period (`calendar.kind_of`); it looks back on others of its kind.

    Attributes
    ----------
    month, label : "2024-01", "Tháng 01/2024"; "2024-Q1", "Quý I/2024".
    kind : month, quarter, half, nine_months or year.
    period : first and last day, both included.
    params, inputs : how dossiers count, and where they come from.
    synthetic : whether the data are made up.
    issued : folder of the issued months (`motcua issue`); "" when none is known.
    root : the frame that this one was reached from (see `at`), or itself.
    tables, shared : what was computed of this month, and of all months of one root (see `table`).
    """

    def __init__(self, month: str, params: Params, inputs: Inputs, issued: str = "") -> None:
        self.month, self.params, self.inputs, self.issued = month, params, inputs, issued
        speak_of(params)
        self.period: Period = period_of(month, params)
        self.kind, self.label = calendar.kind_of(month), upper_first(period_label(month))
        self.synthetic = inputs.is_synthetic
        self.root: Frame = self
        self.tables: dict[str, Any] = {}
        self.shared: dict[str, Any] = {}
        self.others: dict[str, Self] = {}

    def __repr__(self) -> str:
        """Month, period, number of units."""
        span = f"{self.period.start}..{self.period.end}"
        return f"<{type(self).__name__} {self.month} {span}, {len(self.units)} units>"

    def at(self, month: str) -> Self:
        """Another month of the same data, by the same parameters; its period by the rule alone.

        Its units are those of this month, so that both can be compared.

        Raises
        ------
        ParameterError
            The month is not written as a reporting period.

        Examples
        --------
        >>> from motcua import load
        >>> load("2024-01", data="data/sample").at("2023-12").period.end
        datetime.date(2023, 12, 14)
        """
        if month == self.month:
            return self
        others = self.root.others  # each month is computed once, whoever asks
        if month not in others:
            other = self.root.like(calendar.check_month(month), self._by_the_rule)
            other.root, other.shared = self.root, self.shared
            others[month] = other
        return others[month]

    def like(self, month: str, params: Params) -> Self:
        """Frame of another month of the same data."""
        return type(self)(month, params, self.inputs, self.issued)

    @property
    def _by_the_rule(self) -> Params:
        return self.params.model_copy(update={"period_start": None, "period_end": None})

    @property
    def dated(self) -> dict[str, str]:
        """Period as findings tell it: start, end, and the kind unless it is a month."""
        bounds = {"start": str(self.period.start), "end": str(self.period.end)}
        return bounds if self.kind == "month" else bounds | {"kind": self.kind}

    def _back(self, months: int) -> Self | None:
        before = next_month(self.month, -months)
        return self.at(before) if before in self.months else None

    @property
    def previous(self) -> Self | None:
        """The month before; None when there are no data of it."""
        return self._back(1)

    def ask(self, sql: str, *values: Any) -> list[tuple]:
        """Rows that the database answers."""
        return self.inputs.con.execute(sql, values).fetchall()

    @property
    def year_before(self) -> Self | None:
        """The same period of the year before; None when there are no data of it."""
        return self._back(calendar.in_a_year(self.month))

    @property
    def last(self) -> Self:
        """The last month of the period: itself, where it is a month."""
        return self.at(months_in(self.month)[-1])

    @property
    def at_its_end(self) -> Self:
        """The month that ends with the period, for what is counted on that day; else itself."""
        return self.last if self.last.period.end == self.period.end else self

    # Months ----------------------------------------------------------------------------------

    def period_in(self, month: str) -> Period:
        """Period of an earlier month by the rule; of this one with its overrides."""
        return self.period if month == self.month else period_of(month, self._by_the_rule)

    @property
    @table
    def months(self) -> list[str]:
        """Months looked back on, oldest first, from the first one with data to this one.

        Of a longer period, every month has data.
        """
        oldest = _oldest(self)
        wanted = [next_month(self.month, -i) for i in range(self.params.history_months)]
        ends = {m: self.period_in(months_in(m)[0]).end for m in wanted}
        return sorted(m for m in wanted if oldest and ends[m] >= oldest) or [self.month]

    @property
    @table(shared=True)
    def periods(self) -> list[Period]:
        """Periods that are asked for together: those that the root looks back on.

        And the one before, for which it is told how it stood then.
        """
        before = self.previous.months if self.previous else []
        asked = dict.fromkeys([*months_in(self.month), *self.last.months, *self.months, *before])
        return [self.period_in(month) for month in asked]

    def recent(self) -> list[Period]:
        """Those of them whose single dossiers are looked at."""
        looked_at = max(self.params.repeat_months, self.params.followup_months + 1)
        return [self.period_in(month) for month in self.root.last.months[-looked_at:]]

    @property
    @table
    def uncovered(self) -> str:
        """Why the exports do not cover the period, in words; "" when they do.

        They do not when it ends after the newest of them, or when no dossier was received, due or
        done in it, or in one of its months.
        """
        until, first = self.inputs.covered_until, _oldest(self)
        empty = [month for month in months_in(self.month) if _is_empty(self, month)]
        if self.period.end <= until and not empty:
            return ""
        where = "kỳ" if self.kind == "month" else join([period_label(m) for m in empty])
        days = {name: day(on) for name, on in self.period._asdict().items()} | {"until": day(until)}
        key = "nothing_inside" if self.period.end <= until else "ends_before"
        why = message(key, **days, where=where)
        is_known = first and first <= until
        return why + (message("data_span", **days, first=day(first)) if is_known else "")

    @property
    def stamp(self) -> str:
        """What every output of a period that the exports do not cover is marked with, else ""."""
        return UNCOVERED if self.uncovered else ""

    # Units -----------------------------------------------------------------------------------

    @property
    @table
    def units(self) -> list[Unit]:
        """Units of the month, in the register's order (or those that the data name).

        With `only_wards` those alone.
        """
        units, asked = _known_units(self), {unit_key(n): n for n in self.params.only_wards}
        names = {unit_key(unit.name): unit.name for unit in units}
        unknown = {name for key, name in asked.items() if key not in names}
        _refuse_unknown("only_wards", unknown, names.values())
        return [unit for unit in units if not asked or unit_key(unit.name) in asked]

    @property
    @table
    def unit_names(self) -> dict[str, str]:
        """Code -> name of the month's units."""
        return {unit.code: unit.name for unit in self.units}

    # Dossiers --------------------------------------------------------------------------------

    def coded(self, kind: str, rows: Any = None) -> Any:
        """Relation of a kind (or some of its rows) with `code`; without units of no successor."""
        known = nw.from_native(self.inputs.con.from_df(codes(self)))
        rows = nw.from_native(self.inputs.table(kind) if rows is None else rows)
        rows = rows.join(known, on="ward", how="inner")
        came = nw.col("received_at")
        rows = rows.filter(came >= nw.col("since"), came < nw.col("until"))
        return self._asked_for(kind, rows).to_native()

    def _asked_for(self, kind: str, rows: Any) -> Any:
        """Rows that the parameters `only_...` leave."""
        if self.params.only_wards:
            rows = rows.filter(nw.col("code").is_in([unit.code for unit in self.units]))
        for column in ("procedure", "channel") if kind == "dossiers" else ():
            asked = getattr(self.params, f"only_{column}s")
            if asked:
                known = [v for (v,) in self.ask(f"select distinct {column} from dossiers")]
                _refuse_unknown(f"only_{column}s", set(asked) - set(known), filter(None, known))
                rows = rows.filter(nw.col(column).is_in(asked))
        return rows

    def lookback(self) -> Lookback:
        """Where counts, causes and late dossiers come from."""
        return whole(self)

    def dossiers_in_state(self) -> Any:
        """Relation of one row per dossier of the period with its state (`state.with_state`).

        For counts that need not leave the database.
        """
        if HELD in self.tables:
            return self.inputs.con.from_arrow(self.tables[HELD])
        return whole(self).states([self.period])

    def hold(self) -> None:
        """Keep `dossiers_in_state` in memory, where several ask for them, forked processes too."""
        self.tables[HELD] = self.dossiers_in_state().to_arrow_table()

    def resolved_since(self, month: str) -> Any:
        """Relation of one row per dossier resolved from a month's first day to this one's last."""
        span = Period(self.period_in(month).start, self.period.end)
        resolved = "done is not null and due is not null"  # done: nothing that left
        return whole(self).rows("finished", span).filter(resolved)

    def counts_by(self, *columns: str) -> pd.DataFrame:
        """Counts per value of columns of the dossiers: one row per combination, flags as columns.

        Examples
        --------
        >>> from motcua import load
        >>> month = load("2024-01", data="data/sample")
        >>> bool(month.counts_by("channel")["received"].sum() == month.city["received"])
        True
        """
        counted = sum_flags(self.dossiers_in_state(), list(columns)).df()
        return counted.sort_values(list(columns), ignore_index=True)


@table(shared=True)
def _oldest(frame: Frame) -> date | None:
    """Day on which the first dossier of all came in."""
    return frame.ask("select min(received_at)::date from dossiers")[0][0]


def _is_empty(frame: Frame, month: str) -> bool:
    """Whether no dossier was received, due or done in a month of the period."""
    names = ("received_at", "due_at", "result_at", "returned_at", "closed_at")
    start, end = frame.period_in(month)
    inside = f"between '{start}' and timestamp '{end} 23:59:59.999999'"
    asked = (f"select true from dossiers where {name} {inside} limit 1" for name in names)
    return not any(map(frame.ask, asked))  # mostly the first answers


@table(shared=True)
def _known_units(frame: Frame) -> list[Unit]:
    path = units_path(frame.params)
    if path:
        units = reference.units_at(read_units(path), frame.period.end)
        groups = dict.fromkeys(unit.group for unit in units)
        by_group = frame.params.units_by == "group"
        return [Unit(code=name, name=name) for name in groups] if by_group else units
    names = frame.ask("select distinct ward from dossiers order by ward")
    if not names:
        raise refusal("no_units")
    return [Unit(code=name, name=name) for (name,) in names]


@table(shared=True)
def codes(frame: Frame) -> pd.DataFrame:
    """One row per ward name and time: ward, since, until, code of who stands for it."""
    path = units_path(frame.params)
    if path:
        rows = reference.standing_for(read_units(path), frame.period.end)
        if frame.params.units_by == "group":
            units = reference.units_at(read_units(path), frame.period.end)
            group = {unit.code: unit.group for unit in units}
            rows = [(*row, group[code]) for *row, code in rows]
    else:
        rows = [(unit.name, date.min, date.max, unit.code) for unit in _known_units(frame)]
    types = {"ward": "str", "since": "datetime64[us]", "until": "datetime64[us]", "code": "str"}
    return pd.DataFrame(rows, columns=list(types)).astype(types)


@table(shared=True)
def whole(frame: Frame) -> Lookback:
    """Answers from the dossiers with all their columns, shared by all months of one root."""
    every: dict[Any, Any] = {}  # of each connection: a forked process has its own

    def rows_within(name: str, span: Period) -> Any:
        con = frame.inputs.con
        if con not in every:
            every[con] = with_dates(frame.inputs.table("dossiers"), frame.params)
        if name == "finished":
            return frame.coded("dossiers", finished_in(every[con], span, frame.params))
        rows = matter_in(every[con], span, frame.params)  # before they are held against others
        if name == "dossiers":
            return frame.coded("dossiers", rows)
        rows = frame.coded("dossiers", ever_overdue(rows, frame.params))
        return cause_of(rows, frame.inputs.table("incidents"), frame.params)

    return Lookback(lambda: frame.inputs.con, frame.params, rows_within, frame.recent())


def dossiers(frame: Frame) -> pd.DataFrame:
    """One row per dossier kept: canonical columns in the order of the headings, status_group."""
    columns = [*reference.read_yaml("headings")["dossiers"], "status_group"]
    return frame.inputs.table("dossiers").select(*columns).df()


@table
def overdue(frame: Frame) -> pd.DataFrame:
    """One row per dossier open and overdue at the period's end: code, dossier_id, due, dates.

    Columns: those of `state.OF_OVERDUE`.
    """
    return whole(frame).of("overdue", frame.period, frame.recent())


@table
def late_rows(frame: Frame) -> pd.DataFrame:
    """One row per dossier resolved late, as the database gives it: `state.OF_LATE`."""
    return frame.lookback().of("late", frame.period, frame.recent())


@table
def counts(frame: Frame) -> pd.DataFrame:
    """One row per unit, register order: code, counts (0 for a unit without any row)."""
    return counts_in(frame, frame.month)


def counts_in(frame: Frame, month: str) -> pd.DataFrame:
    """Counts per unit of this month or an earlier one."""
    counted = frame.lookback().of("counts", frame.period_in(month), frame.periods)
    index = pd.Index([unit.code for unit in frame.units], name="code")
    counted = counted.set_index("code")[list(FLAGS)].reindex(index, fill_value=0)
    return counted.fillna(0).astype("int64").reset_index()


def per_ward(frame: Frame, numbers: Mapping[str, pd.Series]) -> pd.DataFrame:
    """One row per ward, in register order: code, name, and its numbers, each by code; else 0."""
    units = frame.unit_names
    table = pd.DataFrame({"code": list(units), "name": list(units.values())})
    columns = {name: table["code"].map(by_code) for name, by_code in numbers.items()}
    return table.assign(**{name: n.fillna(0).astype("int64") for name, n in columns.items()})


def _refuse_unknown(key: str, unknown: set[str], known: Iterable[str]) -> None:
    """Refuse names that nothing in the data or the register bears."""
    for name in sorted(unknown):
        near = did_you_mean(name, known)
        raise refusal("unknown_name", ParameterError, parameter=key, name=name, near=near)
