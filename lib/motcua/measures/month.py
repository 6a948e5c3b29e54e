"""One month: every table that notebooks, charts, letter and findings read.

`Month` computes each table once, when it is first asked for. It holds no definition of its own:
counts and verdicts come from `measure`, rows from `load`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from functools import cached_property, wraps
from pathlib import Path
from typing import Any, TypeVar

import narwhals as nw
import pandas as pd

from motcua.base.calendar import Period, next_month
from motcua.base.errors import InputError, ParameterError, did_you_mean
from motcua.base.labels import KIND_LABELS, REASON_LABELS
from motcua.base.params import Params, load_params, period_of, units_path
from motcua.base.reference import (
    NOT_RECEIVED,
    Unit,
    causes,
    feedback_kinds,
    party_label,
    read_units,
    standing_for,
    unit_key,
    units_at,
)
from motcua.base.vietnamese import month_label
from motcua.machine.processes import is_forked
from motcua.machine.progress import watcher
from motcua.measures import quality
from motcua.measures.complaints import merge_channels
from motcua.measures.state import (
    CAUSES,
    FLAGS,
    Lookback,
    cause_of,
    ever_overdue,
    finished_in,
    sum_flags,
    with_dates,
)
from motcua.measures.verdicts import (
    is_below,
    is_listed_for_cause,
    points_lost,
    rate_percent,
    streak,
    verdicts_of,
)
from motcua.reading.exports import default_data, find_path
from motcua.reading.inputs import SHAPING, Inputs, load_inputs, quality_of
from motcua.reading.rows import NOTES, expected

COUNTS = tuple(flag for flag in FLAGS if flag not in ("counted", "good"))
LISTS = (
    "below_threshold",
    "forgot_to_close",
    "urban_management",
    "software_error",
    "feedback",
    "praised",
)
_Table = TypeVar("_Table")
LISTED_CAUSES = ("forgot_to_close", "urban_management", "software_error")


def load(
    month: str,
    data: str | Path | None = None,
    params: str | Path | None = None,
    progress: Callable[[str], None] | None = None,
    **changes: Any,
) -> Month:
    """Month ready to be read.

    Parameters
    ----------
    month : "YYYY-MM".
    data : data folder; by default data/raw when it holds dossiers, else data/sample. A relative
        path is looked for from here, then from the project.
    params : parameter file; by default params/YYYY-MM.yaml over params/default.yaml.
    progress : told the name of each file that is read anew; by default a bar where one watches.
    changes : single parameters, for example `threshold_percent=95`.

    Raises
    ------
    InputError
        Something in the data or the parameters is wrong; the message says what and where.

    Examples
    --------
    >>> month = load("2024-01", data="data/sample")
    >>> month.label, len(month.rates)
    ('Tháng 01/2024', 30)
    """
    file = find_path(params) if params else None
    values = load_params(month, file, **changes)
    folder = find_path(data) if data else default_data()
    params_json = values.model_dump_json()
    inputs = _inputs(folder, params_json, values, progress or watcher())
    key = (month, params_json, values.folder)
    if is_forked() and key in _WARM and _WARM[key].inputs is inputs:
        return _WARM[key]
    return Month(month, values, inputs)


_LARGE = {"state"}  # a row per dossier; no notebook of the project asks for it
_WARM: dict[tuple, Month] = {}  # what processes forked from this one need not compute again


def warm_up(month: Month) -> None:
    """Compute all tables of a month, for the processes that will be forked from this one.

    There `load` of the same month, data and parameters gives this very month.
    """
    for name, attribute in vars(Month).items():
        if isinstance(attribute, cached_property) and name not in _LARGE:
            getattr(month, name)
    for function in _ONCE:
        function(month)
    _WARM.clear()
    _WARM[month.month, month.params.model_dump_json(), month.params.folder] = month


_LOADED: dict[tuple, Inputs] = {}


def _inputs(
    folder: Path,
    params_json: str,
    params: Params,
    progress: Callable[[str], None] | None,
) -> Inputs:
    """Inputs of a folder, read once per process while its files stay the same."""
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    state = tuple((str(p), p.stat().st_mtime_ns, p.stat().st_size) for p in files)
    shaping = (*SHAPING, "exported_at")
    own = json.loads(params_json)
    key = (folder, state, json.dumps({k: own[k] for k in shaping}, sort_keys=True))
    if key not in _LOADED:
        _LOADED.clear()
        _LOADED[key] = load_inputs(folder, params, progress)
    return _LOADED[key]


_ONCE: list[Callable[[Month], Any]] = []  # every function decorated so


def once_per_month(function: Callable[[Month], _Table]) -> Callable[[Month], _Table]:
    """Decorate a function of one month: its result is computed once and kept with the month.

    The result is shared, so no caller may change it.
    """

    @wraps(function)
    def kept(month: Month) -> _Table:
        name = f"{function.__module__}.{function.__qualname__}"
        if name not in month.tables:
            month.tables[name] = function(month)
        return month.tables[name]

    _ONCE.append(kept)
    return kept


def _of_root(function: Callable[[Month], _Table]) -> cached_property[_Table]:
    """Attribute that a month takes from the one it was reached from; computed there, once."""

    @wraps(function)
    def found(month: Month) -> _Table:
        root = month._root
        return function(month) if root is month else getattr(root, function.__name__)

    return cached_property(found)


class Month:
    """All tables of one month; see each attribute.

    `tables` holds what functions of other modules computed of it (see `once_per_month`).

    Examples
    --------
    >>> month = load("2024-01", data="data/sample")
    >>> bool(month.city["resolved"] == month.rates["resolved"].sum())
    True
    """

    def __init__(self, month: str, params: Params, inputs: Inputs) -> None:
        self.month, self.params, self.inputs = month, params, inputs
        self.period: Period = period_of(month, params)
        self.label = f"Tháng {month_label(month)}"
        self.synthetic = inputs.is_synthetic
        self.tables: dict[str, Any] = {}
        self._root = self  # the month that others were reached from, which keeps what they share
        self._others: dict[str, Month] = {}

    def __repr__(self) -> str:
        """Month, period, number of units."""
        return (
            f"<Month {self.month} {self.period.start}..{self.period.end}, {len(self.units)} units>"
        )

    def _repr_html_(self) -> str:
        """Month, key numbers and what to ask next, in a notebook."""
        from motcua.chapters.front import month_html  # reads this class's tables

        return month_html(self)

    def at(self, month: str) -> Month:
        """Another month of the same data, by the same parameters; its period by the rule alone.

        Its units are those of this month, so that both can be compared.

        Examples
        --------
        >>> load("2024-01", data="data/sample").at("2023-12").period.end
        datetime.date(2023, 12, 14)
        """
        if month == self.month:
            return self
        others = self._root._others  # each month is computed once, whoever asks
        if month not in others:
            plain = self.params.model_copy(update={"period_start": None, "period_end": None})
            others[month] = Month(month, plain, self.inputs)
            others[month]._root = self._root
        return others[month]

    @property
    def previous(self) -> Month | None:
        """The month before; None when there are no data of it."""
        before = next_month(self.month, -1)
        return self.at(before) if before in self.months else None

    def _ask(self, sql: str, *values: Any) -> list[tuple]:
        return self.inputs.con.execute(sql, values).fetchall()

    # Units -----------------------------------------------------------------------------------

    @cached_property
    def units(self) -> list[Unit]:
        """Units of the month, in the register's order (or those that the data name).

        With `only_wards` those alone.
        """
        asked = {unit_key(name): name for name in self.params.only_wards}
        if not asked:
            return self._known_units
        known = {unit_key(unit.name): unit.name for unit in self._known_units}
        unknown = {name for word, name in asked.items() if word not in known}
        _refuse_unknown("only_wards", unknown, known.values())
        return [unit for unit in self._known_units if unit_key(unit.name) in asked]

    @property
    def _as_of(self) -> date:
        """Day whose register names the units."""
        return self._root.period.end

    @_of_root
    def _known_units(self) -> list[Unit]:
        path = units_path(self.params)
        if path:
            return units_at(read_units(path), self._as_of)
        names = self._ask("select distinct ward from dossiers order by ward")
        if not names:
            raise InputError("Dữ liệu không có hồ sơ hợp lệ nào nên không biết đơn vị nào cả.")
        return [Unit(code=name, name=name) for (name,) in names]

    @cached_property
    def unit_names(self) -> dict[str, str]:
        """Code -> name of the month's units."""
        return {unit.code: unit.name for unit in self.units}

    @_of_root
    def _codes(self) -> pd.DataFrame:
        """One row per ward name and time: ward, since, until, code of who stands for it."""
        path = units_path(self.params)
        if path:
            rows = standing_for(read_units(path), self._as_of)
        else:
            rows = [(unit.name, date.min, date.max, unit.code) for unit in self._known_units]
        table = pd.DataFrame(rows, columns=["ward", "since", "until", "code"])
        bounds = {c: table[c].map(_timestamp).astype("datetime64[us]") for c in ("since", "until")}
        return table.assign(**bounds).astype({"ward": "str", "code": "str"})

    def coded(self, kind: str) -> Any:
        """Relation of a kind with `code`; rows of units that have no successor stay out."""
        name = f"codes_{self.month}"
        self.inputs.con.register(name, self._codes)
        codes = nw.from_native(self.inputs.con.table(name))
        rows = nw.from_native(self.inputs.table(kind)).join(codes, on="ward", how="inner")
        came = nw.col("received_at")
        rows = rows.filter(came >= nw.col("since"), came < nw.col("until"))
        return self._only(kind, rows).to_native()

    def _only(self, kind: str, rows: Any) -> Any:
        """Rows that the parameters `only_...` leave."""
        if self.params.only_wards:
            rows = rows.filter(nw.col("code").is_in([unit.code for unit in self.units]))
        if kind != "dossiers":
            return rows
        for column in ("procedure", "channel"):
            asked = getattr(self.params, f"only_{column}s")
            if asked:
                known = [v for (v,) in self._ask(f"select distinct {column} from dossiers")]
                _refuse_unknown(f"only_{column}s", set(asked) - set(known), filter(None, known))
                rows = rows.filter(nw.col(column).is_in(asked))
        return rows

    # State, counts, rates --------------------------------------------------------------------

    @cached_property
    def _lookback(self) -> Lookback:
        """Where counts, causes and late dossiers come from."""
        return self._whole

    @_of_root
    def _whole(self) -> Lookback:
        """Answers from the dossiers with all their columns, shared by all months of one root."""
        return Lookback(lambda: self.inputs.con, self.params, self._rows_within)

    def _rows_within(self, name: str, span: Period) -> Any:
        """Dossiers with their dates: all, or some of them (see `Lookback`)."""
        rows = self.coded("dossiers")
        if name in ("finished", "late"):
            rows = finished_in(rows, span, self.params)
        dated = with_dates(rows, self.params)
        if name == "overdue":
            return ever_overdue(dated)
        if name != "late":
            return dated
        late = nw.from_native(dated).filter(nw.col("done") > nw.col("due"))
        return cause_of(late, self.inputs.table("incidents"), self.params)

    def dossiers_in_state(self) -> Any:
        """Relation of what `state` holds, for counts that need not leave the database."""
        return self._whole.states([self.period])

    def finished_in_state(self, since: str) -> Any:
        """Relation of one row per dossier finished from a month on until this one, with its state.

        The months before this one, which follow each other by the rule, are taken as one period.
        """
        periods = [self.period]
        if since < self.month:
            before = self._period(next_month(self.month, -1))
            periods.append(Period(self._period(since).start, before.end))
        return self._whole.states(periods, "finished")

    @cached_property
    def state(self) -> pd.DataFrame:
        """One row per dossier of the period with its 0/1 columns (see `state.with_state`).

        All of them in memory: for looking into single dossiers. Counts come from `_counts` instead,
        so that no more than sums leave the database.
        """
        frame = self.dossiers_in_state().df().drop(columns="asked")
        return frame.sort_values(["code", "dossier_id"], ignore_index=True)

    @cached_property
    def _late(self) -> pd.DataFrame:
        return self._lookback.late(self.period, self._recent)

    @cached_property
    def overdue(self) -> pd.DataFrame:
        """One row per dossier open and overdue at the period's end: code, dossier_id, due, dates.

        Columns: those of `state.OF_OVERDUE`.
        """
        return self._whole.overdue(self.period, self._recent)

    @cached_property
    def _counts(self) -> pd.DataFrame:
        """One row per unit, register order: code, counts (0 for a unit without any row)."""
        return self._counts_of(self.month)

    def counts_by(self, *columns: str) -> pd.DataFrame:
        """Counts per value of columns of the dossiers: one row per combination, flags as columns.

        Examples
        --------
        >>> month = load("2024-01", data="data/sample")
        >>> bool(month.counts_by("channel")["received"].sum() == month.city["received"])
        True
        """
        counts = sum_flags(self.dossiers_in_state(), list(columns)).df()
        return counts.sort_values(list(columns), ignore_index=True)

    def _every_unit(self, counts: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
        index = pd.Index([unit.code for unit in self.units], name="code")
        table = counts.set_index("code").reindex(index, fill_value=0)[columns]
        return table.fillna(0).astype("int64").reset_index()

    @cached_property
    def cause_counts(self) -> pd.DataFrame:
        """One row per unit x cause: code, cause, and the counts of `state.count_causes`."""
        counts = self._causes_here()
        every = pd.MultiIndex.from_product(
            [[u.code for u in self.units], CAUSES], names=["code", "cause"]
        )
        table = counts.set_index(["code", "cause"]).reindex(every, fill_value=0)
        return table.astype("int64").reset_index()

    def causes_by_unit(self, kind: str) -> pd.DataFrame:
        """One of the counts of `cause_counts`: one row per unit, one column per cause."""
        table = self.cause_counts.pivot(index="code", columns="cause", values=kind)
        return table[[*CAUSES]]

    def _causes_here(self) -> pd.DataFrame:
        """Counts of `state.count_causes` by unit and cause, of those that there are."""
        return self._lookback.causes(self.period, self._periods)

    @cached_property
    def rates(self) -> pd.DataFrame:
        """One row per ward, worst rate first, wards with nothing counted last.

        Columns: code, name, kind, grid_row, grid_col; the counts of `state.with_state`; counted,
        good (denominator and numerator of the rate); rate_percent, rate_low, rate_high (percent);
        below_threshold, certainty; small (fewer than `small_n` counted), points_per_dossier
        (100 / counted), feedback, months_below_in_a_row.
        """
        table = self.standing.copy()
        table["months_below_in_a_row"] = table["code"].map(self._streaks).astype("int64")
        return table

    @cached_property
    def standing(self) -> pd.DataFrame:
        """`rates` without months_below_in_a_row, which needs the months before."""
        rows = [
            row | verdicts_of(row, self.params.threshold_percent)
            for row in self._counts.to_dict("records")
        ]
        table = pd.DataFrame(rows)
        units = pd.DataFrame(
            {
                "code": [u.code for u in self.units],
                "name": [u.name for u in self.units],
                "kind": [u.kind for u in self.units],
                "grid_row": pd.array([u.grid_row for u in self.units], dtype="Int64"),
                "grid_col": pd.array([u.grid_col for u in self.units], dtype="Int64"),
            }
        )
        table = units.merge(table, on="code", validate="one_to_one")
        table["below_threshold"] = table["below_threshold"].astype(object)
        table["small"] = table["counted"] < self.params.small_n
        table["points_per_dossier"] = 100 / table["counted"].where(table["counted"] > 0)
        table["feedback"] = table["code"].map(self._complaints_by_code).fillna(0).astype("int64")
        return table.sort_values(
            ["rate_percent", "counted", "code"], ascending=[True, False, True], ignore_index=True
        )

    @cached_property
    def city(self) -> dict[str, Any]:
        """The city as one unit: the keys of a row of `rates` without code and name."""
        counts = {flag: int(self._counts[flag].sum()) for flag in FLAGS}
        city = counts | verdicts_of(counts, self.params.threshold_percent)
        city["feedback"] = int(self.rates["feedback"].sum())
        below = list(self.city_history["below_threshold"])
        return city | {"months_below_in_a_row": streak(below)}

    # Causes ----------------------------------------------------------------------------------

    @cached_property
    def late_by_cause(self) -> pd.DataFrame:
        """One row per ward x cause: late, evidenced, points_lost, rate_if_not_for (percent)."""
        return self._cause_table(self.cause_counts.merge(self._counts, on="code"))

    def _cause_table(self, table: pd.DataFrame) -> pd.DataFrame:
        """Add labels, points lost and "if not for" rates to counts per unit and cause."""
        labels = causes()
        table = table.rename(columns={"late_x": "late", "late_y": "late_all"})
        table["name"] = table["code"].map(self.unit_names)
        table["label"] = [labels[c]["label"] for c in table["cause"]]
        table["party"] = [labels[c]["party"] for c in table["cause"]]
        table["party_label"] = [party_label(p) for p in table["party"]]
        table["points_lost"] = _each(points_lost, table["late"], table["resolved"])
        table["rate_if_not_for"] = _each(
            rate_percent, table["good"] + table["reclassified"], table["counted"]
        )
        return table[
            ["code", "name", "cause", "label", "party", "party_label", "late", "evidenced",
             "points_lost", "rate_if_not_for"]
        ]  # fmt: skip

    @cached_property
    def city_by_cause(self) -> pd.DataFrame:
        """One row per cause for the whole city: `late_by_cause` without code and name."""
        counts = self.cause_counts.groupby("cause", sort=False)[
            ["late", "evidenced", "reclassified"]
        ].sum()
        table = counts.reset_index().assign(
            code="", **{c: self.city[c] for c in ("resolved", "good", "counted")}
        )
        return self._cause_table(table).drop(columns=["code", "name"])

    @cached_property
    def late_by_party(self) -> pd.DataFrame:
        """One row per responsible party for the city: party, party_label, late, points_lost."""
        table = self.city_by_cause.groupby(["party", "party_label"], sort=False, as_index=False)[
            "late"
        ].sum()
        resolved = self.city["resolved"]
        table["points_lost"] = [points_lost(n, resolved) for n in table["late"]]
        return table

    @cached_property
    def late_dossiers(self) -> pd.DataFrame:
        """One row per late dossier: number, ward, due, done, days late, cause and its source."""
        late = self._late.assign(
            name=self._late["code"].map(self.unit_names),
            days_late=(
                self._late["done"].dt.normalize() - self._late["due"].dt.normalize()
            ).dt.days,
            label=[causes()[c]["label"] for c in self._late["cause"]],
            evidenced=self._late["evidenced"] == 1,
        )
        columns = [
            "dossier_id", "code", "name", "procedure", "field", "channel", "due", "done",
            "days_late", "cause", "label", "cause_source", "inferred", "evidenced", "official",
            "division", "division_received_at", "division_due_at", "division_returned_at",
            "apology_at",
        ]  # fmt: skip
        return late[columns].sort_values(["code", "dossier_id"], ignore_index=True)

    @cached_property
    def cause_conflicts(self) -> pd.DataFrame:
        """Late dossiers whose recorded cause is not the one that their dates show."""
        late = self.late_dossiers
        disagree = (late["cause_source"] == "recorded") & (late["cause"] != late["inferred"])
        table = late[disagree & (late["inferred"] != "unknown")].reset_index(drop=True)
        return table.assign(inferred_label=[causes()[c]["label"] for c in table["inferred"]])

    @cached_property
    def conflict_counts(self) -> pd.DataFrame:
        """One row per ward and pair of causes: name, label (recorded), inferred_label, n."""
        keys = ["name", "label", "inferred_label"]
        table = (
            self.cause_conflicts.groupby(keys, as_index=False).size().rename(columns={"size": "n"})
        )
        return table.sort_values(
            ["n", *keys], ascending=[False, True, True, True], ignore_index=True
        )

    # Feedback --------------------------------------------------------------------------------

    @cached_property
    def feedback(self) -> pd.DataFrame:
        """One row per complaint of the period: code, name, received_at, channel, kind, ...

        A complaint told on several channels is one (see `complaints.merge_channels`).
        """
        return self._feedback_in(self.period)

    def _feedback_in(self, period: Period) -> pd.DataFrame:
        rows = self._feedback_rows
        inside = rows["received_at"].between(*_bounds(period), inclusive="left")
        return rows[inside].reset_index(drop=True)

    @_of_root
    def _feedback_rows(self) -> pd.DataFrame:
        """Complaints of all times."""
        complaints = [code for code, kind in feedback_kinds().items() if kind["complaint"]]
        rows = self.coded("feedback").df()
        rows = rows[rows["kind"].isin(complaints)]
        rows["name"] = rows["code"].map(self.unit_names)
        rows["kind_label"] = (
            rows["kind"].map(lambda code: feedback_kinds()[code]["label"]).astype(object)
        )
        columns = [
            "feedback_id",
            "code",
            "name",
            "received_at",
            "channel",
            "kind",
            "kind_label",
            "dossier_id",
            "answered_at",
            "apology_at",
        ]
        rows = rows[columns].sort_values(["received_at", "feedback_id"], ignore_index=True)
        return merge_channels(rows, self.params.same_complaint_days)

    @cached_property
    def _complaints_by_code(self) -> pd.Series:
        return self.feedback.groupby("code").size()

    # History ---------------------------------------------------------------------------------

    def _period(self, month: str) -> Period:
        """Period of an earlier month by the rule; of this one with its overrides."""
        plain = self.params.model_copy(update={"period_start": None, "period_end": None})
        return self.period if month == self.month else period_of(month, plain)

    @_of_root
    def _oldest(self) -> datetime | None:
        """When the first dossier of all came in."""
        return self._ask("select min(received_at) from dossiers")[0][0]

    @cached_property
    def months(self) -> list[str]:
        """Months looked back on, oldest first, from the first one with data to this one."""
        oldest = self._oldest
        wanted = [next_month(self.month, -i) for i in range(self.params.history_months)]
        with_data = [m for m in wanted if oldest and self._period(m).end >= oldest.date()]
        return sorted(with_data) or [self.month]

    @cached_property
    def _periods(self) -> list[Period]:
        """Periods that are asked for together: those that the root looks back on."""
        return [self._root._period(month) for month in self._root.months]

    @property
    def _recent(self) -> list[Period]:
        """Those of them whose single dossiers are looked at."""
        looked_at = max(self.params.repeat_months, self.params.followup_months + 1)
        return self._periods[-looked_at:]

    @cached_property
    def history(self) -> pd.DataFrame:
        """One row per ward x month, oldest month first: counts, rate, verdict, feedback.

        Columns: month, code, name, counted, good, resolved, on_time, late, open_overdue,
        rate_percent, below_threshold, feedback.
        """
        counts = [self._counts_of(month).assign(month=month) for month in self.months]
        table = pd.concat(counts, ignore_index=True)
        drew = [self._feedback_in(self._period(m)).assign(month=m) for m in self.months]
        feedback = pd.concat(drew, ignore_index=True).groupby(["month", "code"]).size()
        pairs = list(zip(table["good"], table["counted"], strict=True))
        threshold = self.params.threshold_percent
        keys = pd.MultiIndex.from_frame(table[["month", "code"]])
        return table.assign(
            name=table["code"].map(self.unit_names),
            rate_percent=[rate_percent(*pair) for pair in pairs],
            below_threshold=_objects(is_below(*pair, threshold) for pair in pairs),
            feedback=feedback.reindex(keys, fill_value=0).to_numpy("int64"),
        )[
            ["month", "code", "name", "counted", "good", "resolved", "on_time", "late",
             "open_overdue", "rate_percent", "below_threshold", "feedback"]
        ]  # fmt: skip

    def _counts_of(self, month: str) -> pd.DataFrame:
        """Counts per unit of this month or an earlier one."""
        counts = self._lookback.counts(self._period(month), self._periods)
        return self._every_unit(counts, list(FLAGS))

    @cached_property
    def city_history(self) -> pd.DataFrame:
        """One row per month: counts and rate of the city, wards below, late dossiers per cause."""
        sums = ["counted", "good", "resolved", "on_time", "late", "open_overdue", "feedback"]
        table = self.history.groupby("month", as_index=False)[sums].sum()
        below = self.history[self.history["below_threshold"] == True]  # noqa: E712  None is neither
        table["wards_below"] = (
            table["month"].map(below.groupby("month").size()).fillna(0).astype(int)
        )
        pairs = list(zip(table["good"], table["counted"], strict=True))
        table["rate_percent"] = [rate_percent(*pair) for pair in pairs]
        threshold = self.params.threshold_percent
        table["below_threshold"] = pd.Series([is_below(*p, threshold) for p in pairs], dtype=object)
        by_cause = pd.DataFrame([self._causes_of(month) for month in table["month"]])
        return pd.concat([table, by_cause], axis=1)

    def _causes_of(self, month: str) -> dict[str, int]:
        """Late dossiers of the city per cause in a month."""
        counts = self._lookback.causes(self._period(month), self._periods)
        late = counts.groupby("cause")["late"].sum()
        return {cause: int(late.get(cause, 0)) for cause in CAUSES}

    @cached_property
    def _streaks(self) -> dict[str, int]:
        threshold, below = self.params.threshold_percent, {unit.code: [] for unit in self.units}
        for month in self.months:
            counts = self._counts_of(month)
            for code, *pair in zip(counts["code"], counts["good"], counts["counted"], strict=True):
                below[code].append(is_below(*pair, threshold))
        return {code: streak(verdicts) for code, verdicts in below.items()}

    # Lists -----------------------------------------------------------------------------------

    @cached_property
    def lists(self) -> dict[str, list[str]]:
        """List of letter 1522 -> codes of its wards, worst first; the rules stand in params."""
        rates, params = self.standing, self.params
        lists = {"below_threshold": rates.loc[rates["below_threshold"] == True, "code"]}  # noqa: E712
        for cause in LISTED_CAUSES:
            table = self.late_by_cause[self.late_by_cause["cause"] == cause]
            table = table.merge(rates[["code", "resolved"]], on="code")
            named = [
                is_listed_for_cause(*pair, params)
                for pair in zip(table["late"], table["resolved"], strict=True)
            ]
            lists[cause] = _by_size(table[named], "points_lost")
        drew = rates[rates["feedback"] >= max(params.feedback_min, 1)]
        lists["feedback"] = _by_size(drew, "feedback")
        criticised = {code for codes in lists.values() for code in codes}
        good = (rates["rate_percent"] >= params.praise_from_percent) & ~rates["small"]
        good &= ~rates["code"].isin(criticised)
        lists["praised"] = _by_size(rates[good], "rate_percent")
        return {name: [str(code) for code in lists[name]] for name in LISTS}

    def names(self, list_name: str) -> list[str]:
        """Names of the wards in a list, in its order."""
        return [self.unit_names[code] for code in self.lists[list_name]]

    # Quality ---------------------------------------------------------------------------------

    @cached_property
    def quality(self) -> dict[str, Any]:
        """Rows read, kept, set aside, superseded (over all dossier files) and why."""
        not_received = self._ask(
            "select count(*) from dossiers where status_group = ?", NOT_RECEIVED
        )
        return quality_of(self.inputs) | {
            "not_received": not_received[0][0],
            "vanished": len(self.vanished),
            "disagreements": self.disagreements,
        }

    @cached_property
    def disagreements(self) -> dict[str, int]:
        """Dossiers whose versions do not agree (see `quality.count_disagreements`)."""
        return quality.count_disagreements(self.inputs)

    @cached_property
    def vanished(self) -> pd.DataFrame:
        """One row per open dossier that a newer export lacks: dossier_id, ward, exported_at."""
        return quality.find_vanished(self.inputs, self.params)

    @cached_property
    def set_aside(self) -> pd.DataFrame:
        """One row per row set aside that may belong to the period (see `quality.rows_of_period`).

        `code` is that of the unit that stands for its ward, "" when there is none.
        """
        return quality.with_unit(quality.rows_of_period(self.inputs, self.period), self._codes)

    @cached_property
    def bounds(self) -> pd.DataFrame:
        """One row per ward with rows set aside: how far they could move its rate."""
        threshold = self.params.threshold_percent
        return quality.bound_rates(self.rates, self.set_aside, threshold)

    @cached_property
    def unplaced(self) -> int:
        """Rows set aside that may belong to the period and name no known ward."""
        return quality.count_unplaced(self.set_aside)

    @cached_property
    def unknown_headings(self) -> pd.DataFrame:
        """One row per heading that motcua does not know: heading, files (how many have it)."""
        seen = pd.Series([h for s in self.inputs.sources for h in s.unknown], dtype="str")
        return seen.value_counts().rename_axis("heading").reset_index(name="files")

    @cached_property
    def problems(self) -> pd.DataFrame:
        """One row per wrong value: kind, file, row, column, value, reason, expected, set_aside."""
        table = self.inputs.problems
        return table.assign(
            expected=_objects(map(expected, table["reason"], table["hint"])),
            set_aside=~table["reason"].isin(NOTES),
        )

    @cached_property
    def notes(self) -> pd.DataFrame:
        """One row per reason and column of odd values whose row still counts: reason, column, n."""
        odd = self.problems[~self.problems["set_aside"]]
        table = odd.groupby(["reason", "column"], as_index=False)["n"].sum()
        return table.assign(reason=table["reason"].map(REASON_LABELS))

    @cached_property
    def rejected_labelled(self) -> pd.DataFrame:
        """One row per wrong value that set its row aside, for readers."""
        aside = self.problems[self.problems["set_aside"]].reset_index(drop=True)
        return aside.assign(reason=aside["reason"].map(REASON_LABELS))

    @cached_property
    def sources(self) -> pd.DataFrame:
        """One row per input file: file, kind, rows, kept, exported_at."""
        rows = [
            (s.file, KIND_LABELS[s.kind], s.rows, s.kept, s.exported_at)
            for s in self.inputs.sources
        ]
        return pd.DataFrame(rows, columns=["file", "kind", "rows", "kept", "exported_at"])


def _refuse_unknown(key: str, unknown: set[str], known: Iterable[str]) -> None:
    """Refuse names that nothing in the data or the register bears."""
    for name in sorted(unknown):
        raise ParameterError(
            f"Tham số `{key}`: không có '{name}' trong dữ liệu.{did_you_mean(name, known)} "
            "Ghi đúng tên như trong báo cáo."
        )


def _each(function: Callable[[int, int], float | None], *columns: pd.Series) -> pd.Series:
    """Column of function(a, b) row by row, missing where it gives None."""
    values = [function(*row) for row in zip(*columns, strict=True)]
    return pd.Series(values, index=columns[0].index, dtype="float64")


def _objects(values: Iterable[Any]) -> pd.Series:
    """Column that keeps None beside True and False."""
    return pd.Series(list(values), dtype=object)


def _by_size(table: pd.DataFrame, column: str) -> pd.Series:
    """Codes, largest `column` first; equal ones in the order of their codes."""
    return table.sort_values([column, "code"], ascending=[False, True])["code"]


def _timestamp(day: date) -> pd.Timestamp:
    """Day as a timestamp, within what timestamps can hold."""
    return pd.Timestamp(min(max(day, date(1900, 1, 1)), date(2200, 1, 1)))


def _bounds(period: Period) -> tuple[pd.Timestamp, pd.Timestamp]:
    return pd.Timestamp(period.start), pd.Timestamp(period.end + timedelta(days=1))
