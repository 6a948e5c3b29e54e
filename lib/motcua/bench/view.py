"""The analyst's bench without its widgets: what is asked (`Selection`) and what answers (`View`).

A view is a month with parameters, so it is made again by `motcua run` from the parameters alone
(docs/adr/0014-freeze-a-view-as-parameters.md). It answers at once: what does not depend on the
period (dates that count, cause of each late dossier) is worked out once for all dossiers and kept
in narrow tables (`Facts`); a question then reads a few columns, all months in one query.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import duckdb
import narwhals as nw
import pandas as pd

from motcua.base import calendar
from motcua.base.calendar import period_label
from motcua.base.errors import ParameterError
from motcua.base.params import Params, changed, period_of
from motcua.base.reference import causes, columns, refusal
from motcua.measures.month import Month, load, refuse_uncovered
from motcua.measures.state import Lookback, cause_of, fetch_rows, state_in, sum_flags, with_dates
from motcua.measures.verdicts import is_below, rate_percent
from motcua.reading.inputs import Inputs, load_inputs

GROUPS = ("late", "open_overdue", "open", "resolved")
MOST_FACTS = 4  # sets of narrow tables kept at a time
DAYS_LATE = (1, 2, 3, 5, 10, 20, 30)  # upper ends of the bars, the last one open
NARROW = (
    "dossier_id", "code", "procedure", "channel", "received_at", "due", "done", "left", "ended",
    "result_at", "returned_at",
)  # fmt: skip
_LISTED = ("dossier_id", "code", "procedure", "channel", "received_at", "due", "done")
COMPLETION_EVENTS = ("closed", "result", "returned")
MOST_ANSWERS = 64
_OF_NO_COUNT = dict.fromkeys(("threshold_percent", "history_months"), 1) | {
    "period_start": None, "period_end": None
}  # fmt: skip
_RULES = ("rate_convention", "completion_event", "threshold_percent")
_ALL = {"only_wards": [], "only_procedures": [], "only_channels": []}


@dataclass(frozen=True)
class Selection:
    """What the analyst asks for; names are those of the report.

    Attributes
    ----------
    month, first : last and first month; `first` empty for one month alone.
    wards, procedures, channels : whose dossiers count; empty for all.
    causes : whose late dossiers are listed; empty for all. Does not change a rate.
    forgiven : causes of the "nếu không vì" rate. Does not change the official rate.
    rate_convention, completion_event, threshold_percent : as the parameters; None leaves them.
    """

    month: str
    first: str = ""
    wards: tuple[str, ...] = ()
    procedures: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    causes: tuple[str, ...] = ()
    forgiven: tuple[str, ...] = ()
    rate_convention: str | None = None
    completion_event: str | None = None
    threshold_percent: float | None = None

    @property
    def months(self) -> list[str]:
        """Months of the range, oldest first."""
        return list(calendar.month_range(self.first or self.month, self.month))

    def params(self, base: Params) -> Params:
        """Parameters that count what is asked, over those of the month.

        Raises
        ------
        ParameterError
            The first month comes after the last.

        Examples
        --------
        >>> Selection("2024-01", first="2023-11").params(Params()).period_start
        datetime.date(2023, 10, 15)
        """
        if self.first > self.month:
            span = {"first": period_label(self.first), "last": period_label(self.month)}
            raise refusal("months_backwards", ParameterError, **span)
        parts = ("wards", "procedures", "channels")
        asked: dict[str, Any] = {f"only_{name}": list(getattr(self, name)) for name in parts}
        asked["history_months"] = max(base.history_months, len(self.months))
        rules = {name: getattr(self, name) for name in _RULES}
        asked |= {name: value for name, value in rules.items() if value is not None}
        if self.first and self.first != self.month:
            asked["period_start"] = calendar.rule_period(self.first, base.period_rule).start
        return changed(base, **asked)


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

    def _keep(self, name: str, rows: Any, kept: tuple[str, ...]) -> None:
        table = rows.project(", ".join(f'"{c}"' for c in kept)).to_arrow_table()
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

        def rows(name: str, _: object) -> Any:
            return self.rows(name, params, codes)

        return kept(self._answers, key, lambda: Lookback(lambda: self.con, params, rows))

    def once(self, question: str, month: Month, compute: Callable[[], Any]) -> Any:
        """Answer that was given before to the same question, whatever the threshold."""
        counting = month.params.model_copy(update={"threshold_percent": 0})
        key = (question, month.month, counting.model_dump_json(), month.period)
        return kept(self._answers, key, compute)


def kept(known: dict, key: object, compute: Callable[[], Any], most: int = MOST_ANSWERS) -> Any:
    """Value that was worked out before, else a new one, for which the oldest makes room."""
    if key not in known:
        while len(known) >= most:
            known.pop(next(iter(known)))
        known[key] = compute()
    return known[key]


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

    def recent(self) -> list[calendar.Period]:
        """No other month: its dossiers are asked for when they are wanted."""
        return []


class View(QuickMonth):
    """Answer to a selection: a month, with what only exploring asks for.

    Examples
    --------
    >>> bench = Bench.open("2024-01", data="data/sample")
    >>> view = bench.view(Selection("2024-01", wards=("Hố Nai",), forgiven=("urban_management",)))
    >>> view.if_not[["name", "late", "forgiven"]].to_dict("records")
    [{'name': 'Hố Nai', 'late': 5, 'forgiven': 2}]
    """

    def __init__(self, asked: Selection, params: Params, inputs: Inputs, facts: Facts) -> None:
        super().__init__(asked.month, params, inputs, facts)
        self.asked = asked
        if len(asked.months) > 1:
            self.label = f"Từ {period_label(asked.first)} đến {period_label(asked.month)}"

    @cached_property
    def monthly(self) -> QuickMonth:
        """The last month alone, for trends: this view itself unless it spans several months."""
        if len(self.asked.months) == 1:
            return self
        alone = self.params.model_copy(update={"period_start": None, "period_end": None})
        return QuickMonth(self.month, alone, self.inputs, self.facts)

    @cached_property
    def if_not(self) -> pd.DataFrame:
        """One row per ward in the order of `rates`, were the forgiven causes' dossiers on time.

        Columns: code, name, counted, late, forgiven (dossiers), rate_percent, rate_if_not,
        gained (points), below_threshold, below_if_not.
        """
        causes_ = self.cause_counts[self.cause_counts["cause"].isin(self.asked.forgiven)]
        sums = causes_.groupby("code")[["late", "reclassified"]].sum()
        usual = ["code", "name", "counted", "good", "late", "rate_percent", "below_threshold"]
        table = self.rates[usual]
        forgiven, gain = (table["code"].map(sums[c]).fillna(0) for c in ("late", "reclassified"))
        good = table["good"] + gain.astype("int64")
        pairs = list(zip(good, table["counted"], strict=True))
        limit = self.params.threshold_percent
        table = table.assign(
            forgiven=forgiven.astype("int64"),
            rate_if_not=[rate_percent(*pair) for pair in pairs],
            below_if_not=pd.Series([is_below(*p, limit) for p in pairs], dtype=object),
        )
        table["gained"] = table["rate_if_not"] - table["rate_percent"]
        return table.drop(columns="good")

    @cached_property
    def listed_late(self) -> pd.DataFrame:
        """`late_dossiers` of the causes asked for."""
        late = self.late_dossiers
        asked = self.asked.causes
        return late[late["cause"].isin(asked)].reset_index(drop=True) if asked else late

    @cached_property
    def days_late(self) -> pd.DataFrame:
        """One row per class of days late: first, last (missing: no end), n (dossiers listed)."""
        days = self.listed_late["days_late"]
        ends = [0, *DAYS_LATE, float("inf")]
        rows = [
            (low + 1, high, int(days.between(low, high, inclusive="right").sum()))
            for low, high in zip(ends, ends[1:], strict=False)
        ]
        if self.params.granularity == "time":  # late within the due day
            rows.insert(0, (0, 0, int((days == 0).sum())))
        return pd.DataFrame(rows, columns=["first", "last", "n"])

    @cached_property
    def ward_procedures(self) -> pd.DataFrame:
        """One row per ward and procedure that counted: code, name, procedure, counted, late, rate.

        `rate_percent` by the convention of the view.
        """
        return self.facts.once("ward procedures", self, self._by_procedure)

    def _by_procedure(self) -> pd.DataFrame:
        """Table of `ward_procedures`."""
        keys = ["code", "procedure"]
        rows = nw.from_native(self.rows()).with_columns(nw.col("procedure").fill_null(""))
        counts = sum_flags(rows.to_native(), keys).df()
        counts = counts[counts["counted"] > 0].sort_values(keys, ignore_index=True)
        pairs = zip(counts["good"], counts["counted"], strict=True)
        table = counts.assign(
            name=counts["code"].map(self.unit_names),
            rate_percent=pd.Series([rate_percent(*p) for p in pairs], dtype="float64"),
        )
        table = table[["code", "name", "procedure", "counted", "late", "rate_percent"]]
        return table.astype({"counted": "int64", "late": "int64"})

    def dossiers(
        self, group: str = "late", ward: str | None = None, days: tuple[float, float] | None = None
    ) -> pd.DataFrame:
        """Dossiers behind a number, longest late first; no personal data.

        Parameters
        ----------
        group : one of GROUPS; `late` lists the causes asked for.
        ward : name; None for all wards of the view.
        days : fewest and most days late; None for all.

        Returns
        -------
        table
            One row per dossier: dossier_id, name, procedure, channel, received_at, due, done,
            days_late (to the end of the period while open), label (cause), official.
        """
        if group == "late":
            rows = self.listed_late.sort_values("dossier_id")
        else:
            rows = nw.from_native(self.rows()).filter(nw.col(group) == 1)
            rows = fetch_rows(rows.select(*_LISTED, "open").sort("dossier_id").to_native())
            late = self.late_dossiers.set_index("dossier_id")[["label", "official"]]
            rows = rows.join(late, on="dossier_id").assign(name=rows["code"].map(self.unit_names))
            until = rows["done"].where(rows["open"] == 0, pd.Timestamp(self.period.end))
            rows["days_late"] = (until.dt.normalize() - rows["due"].dt.normalize()).dt.days
            rows["done"] = rows["done"].where(rows["open"] == 0)
        rows = rows[rows["name"] == ward] if ward else rows
        rows = rows[rows["days_late"].between(*days)] if days else rows
        order = {"ascending": False, "kind": "stable", "ignore_index": True}
        return rows[list(columns("bench_dossiers"))].sort_values("days_late", **order)

    def side(self, ward: str | None = None) -> dict[str, Any]:
        """Numbers of one side of a comparison: counts, rate, late per cause; a ward or the city."""
        if ward is None:
            unit, late = self.city, self.city_by_cause
        else:
            unit = self.rates.set_index("name").loc[ward].to_dict()
            late = self.late_by_cause[self.late_by_cause["name"] == ward]
        by_cause = dict(zip(late["cause"], late["late"], strict=True))
        return {name: unit[name] for name in columns("bench_sides")} | by_cause


class Bench:
    """Everything that answers selections: inputs read once, narrow tables kept.

    Attributes
    ----------
    months : months with data, oldest first. longer : periods of such months, each with its words,
        first and last month. wards, procedures, channels : names there are.
    events : completion events with days in the data. causes : of late dossiers, with their labels.
    """

    def __init__(self, month: Month, data: Path, file: str | Path | None = None) -> None:
        self.start, self.data, self._file = month, data, file
        self._inputs = {month.params.completion_event: month.inputs}
        self._facts: dict[tuple, Facts] = {}
        self.wards = [unit.name for unit in month.units]
        ask = month.inputs.table
        self.procedures, self.channels = (
            sorted(v for (v,) in ask("dossiers").project(c).distinct().fetchall() if v)
            for c in ("procedure", "channel")
        )
        first, last = ask("dossiers").aggregate("min(closed_at), max(received_at)").fetchall()[0]
        self.months = _months_with_data(month, first, last)
        longer = {one: calendar.months_in(one) for one in calendar.longer_than_months(self.months)}
        self.longer = [(period_label(one), (m[0], m[-1])) for one, m in longer.items()]
        days = ", ".join(f"count({event}_at)" for event in COMPLETION_EVENTS)
        known = ask("dossiers").aggregate(days).fetchall()[0]
        self.events = {e for e, n in zip(COMPLETION_EVENTS, known, strict=True) if n}
        self.events.add(month.params.completion_event)
        late = self.view(Selection(month.month)).facts.con.table("late")
        known = {cause for (cause,) in late.project("cause").distinct().fetchall()}
        self.causes = {code: words for code, words in cause_labels().items() if code in known}

    @classmethod
    def open(
        cls,
        month: str,
        data: str | Path | None = None,
        params: str | Path | None = None,
        progress: Callable[[str], None] | None = None,
    ) -> Bench:
        """Bench on a data folder, beginning with a month; arguments as `motcua.load`."""
        loaded = load(month, data, params, progress)
        refuse_uncovered(loaded)
        return cls(loaded, loaded.inputs.data, params)

    def view(self, asked: Selection) -> View:
        """Answer to a selection.

        Raises
        ------
        ParameterError
            A name or a value is wrong, or the first month comes after the last.
        """
        base = self.start.params
        if asked.month != self.start.month:  # its own overrides of the period are not this month's
            base = changed(base, period_start=None, period_end=None)
        params = asked.params(base)
        inputs = self._inputs_by(params)
        return View(asked, params, inputs, self._facts_of(asked.month, params, inputs))

    def _inputs_by(self, params: Params) -> Inputs:
        """Inputs as the completion event asks for them: it decides which rows are set aside."""
        read = partial(load_inputs, self.data, params, like=self.start.inputs)
        return kept(self._inputs, params.completion_event, read)

    def _facts_of(self, month: str, params: Params, inputs: Inputs) -> Facts:
        whole = Month(month, params.model_copy(update={"only_wards": []}), inputs)
        codes = tuple(unit.code for unit in whole.units)
        key = (params.completion_event, params.due_basis, params.granularity, codes)
        return kept(self._facts, key, lambda: Facts(whole), MOST_FACTS)

    @property
    def events_read(self) -> set[str]:
        """Completion events by which the data were read already."""
        return set(self._inputs)

    def pair(self, asked: Selection, names: tuple[str, str]) -> View:
        """Answer to the same question about two wards."""
        return self.view(replace(asked, wards=tuple(dict.fromkeys(names))))

    def other(self, asked: Selection, month: str) -> View:
        """Answer to the same question about another month."""
        return self.view(replace(asked, month=month, first=""))


def _months_with_data(month: Month, first: Any, last: Any) -> list[str]:
    """Months that the exports cover, from the first day that a dossier was done, and one's own."""
    if first is None:
        return [month.month]
    rule = month.params.model_copy(update={"period_start": None, "period_end": None})
    months = calendar.month_range(f"{first:%Y-%m}", calendar.next_month(f"{last:%Y-%m}"))
    spans = {m: period_of(m, rule) for m in months}
    until = date.max if rule.allow_uncovered else month.inputs.covered_until
    spans = {m: p for m, p in spans.items() if p.end <= until}
    found = {m for m, p in spans.items() if p.end >= first.date() and p.start <= last.date()}
    return sorted(found | {month.month})


def percent_typed(text: str) -> float:
    """Percent as people type it, with comma or point.

    Raises
    ------
    ParameterError
        No number, or one that looks like a fraction of one.

    Examples
    --------
    >>> percent_typed("97,5"), percent_typed(" 97.5 %"), percent_typed("0")
    (97.5, 97.5, 0.0)
    """
    try:
        value = float(text.replace("%", "").replace(",", ".").strip())
    except ValueError:
        raise refusal("no_number", ParameterError, text=repr(text)) from None
    if 0 < value <= 1:
        raise refusal("typed_fraction", ParameterError, text=text)
    return value


def cause_labels() -> dict[str, str]:
    """Cause -> Vietnamese label, in the order of the letter."""
    return {code: cause["label"] for code, cause in causes().items()}
