"""Month: what analysts type. Every table that notebooks, charts, letter and findings read.

It holds no definition of its own: each table is a function of a `Frame`, where it says what it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd

from motcua.base.calendar import months_of
from motcua.base.params import SHAPING, Params, load_params, units_path
from motcua.base.reference import refusal
from motcua.machine.progress import watcher
from motcua.measures import causes as why
from motcua.measures import feedback as heard
from motcua.measures import frame as basis
from motcua.measures import orders as ordered
from motcua.measures import quality as trust
from motcua.measures import rates as counted
from motcua.measures.frame import UNCOVERED, Frame
from motcua.measures.issued import issued_months
from motcua.reading.exports import default_data, find_files, find_path
from motcua.reading.inputs import Inputs, load_inputs


class Month(Frame):
    """All tables of one month; see each attribute.

    Examples
    --------
    >>> month = load("2024-01", data="data/sample")
    >>> bool(month.city["resolved"] == month.rates["resolved"].sum())
    True
    """

    rates = property(counted.ward_rates)
    city = property(counted.city_rate)
    history = property(counted.ward_history)
    city_history = property(counted.city_history)
    late_by_cause = property(why.late_by_cause)
    city_by_cause = property(why.city_by_cause)
    late_dossiers = property(why.late_dossiers)
    period_dossiers = property(why.period_dossiers)
    cause_counts = property(why.cause_counts)
    cause_conflicts = property(why.cause_conflicts)
    conflict_counts = property(why.conflict_counts)
    feedback = property(heard.complaints_of)
    lists = property(ordered.lists)
    names = ordered.names
    quality = property(trust.quality)
    disagreements = property(trust.disagreements)
    vanished = property(trust.vanished)
    set_aside = property(trust.set_aside)
    bounds = property(trust.bounds)
    unplaced = property(trust.unplaced)
    problems = property(trust.problems)
    notes = property(trust.notes)
    rejected_labelled = property(trust.rejected_labelled)
    unknown_headings = property(trust.unknown_headings)
    sources = property(trust.sources)

    def __getattr__(self, name: str) -> Any:
        """`dossiers`: one row per dossier kept, of all months; an attribute of the object alone.

        The class has none: a program that may be given either asks it, and then the database.
        """
        if name != "dossiers":
            raise AttributeError(f"'Month' object has no attribute '{name}'", name=name, obj=self)
        return basis.dossiers(self)

    def __dir__(self) -> list[str]:
        """Names to choose from, `dossiers` among them."""
        return [*super().__dir__(), "dossiers"]


class Months:
    """Several months as one: each of TABLES over all of them, with the month of each row.

    `dossiers` are those of each period with their state (`Month.period_dossiers`): one that stayed
    open stands in every month in which it did.

    Examples
    --------
    >>> months = load("2023-12..2024-01", data="data/sample")
    >>> months
    <Months 2023-12..2024-01>
    >>> months.rates.groupby("month")["resolved"].sum().to_dict() == {
    ...     month.month: month.city["resolved"] for month in months
    ... }
    True
    """

    TABLES = (
        "dossiers", "late_dossiers", "rates", "late_by_cause", "city_by_cause", "feedback",
    )  # fmt: skip

    def __init__(self, months: list[Month]) -> None:
        self.months = months

    def __repr__(self) -> str:
        """First and last month."""
        return f"<Months {self.months[0].month}..{self.months[-1].month}>"

    def __iter__(self) -> Iterator[Month]:
        """Each month by itself, oldest first."""
        return iter(self.months)

    def __dir__(self) -> list[str]:
        """Names to choose from."""
        return [*super().__dir__(), *self.TABLES]

    def __getattr__(self, name: str) -> pd.DataFrame:
        """One of TABLES: the months' rows one below the other."""
        if name not in self.TABLES:
            raise AttributeError(f"'Months' object has no attribute '{name}'", name=name, obj=self)
        kind = "period_dossiers" if name == "dossiers" else name
        tables = [getattr(one, kind).assign(month=one.month) for one in self.months]
        rows = pd.concat(tables, ignore_index=True)
        return rows[["month", *rows.columns.drop("month")]]


def load(
    month: str,
    data: str | Path | None = None,
    params: str | Path | None = None,
    progress: Callable[[str], None] | None = None,
    issued: str | Path = "",
    **changes: Any,
) -> Month | Months:
    """Month ready to be read; the very same one while nothing that it is made of changes.

    A period that the exports do not cover is read, too, and says so in `uncovered`.

    Parameters
    ----------
    month : "2024-01"; "2024-01..2024-12" for several, each by its own parameters: `Months`.
    data : data folder; by default data/raw when it holds dossiers, else data/sample. A relative
        path is looked for from here, then from the project.
    params : parameter file; by default params/YYYY-MM.yaml over params/default.yaml.
    progress : told the name of each file that is read anew; by default a bar where one watches.
    issued : folder of the issued months (`motcua issue`), which tell the days of letters and whom
        they named; by default none are known.
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
    if ".." in str(month):
        many = months_of(month)
        return Months([load(one, data, params, progress, issued, **changes) for one in many])
    values = load_params(month, find_path(params) if params else None, **changes)
    folder = find_path(data) if data else default_data()
    state = find_files(folder, values).state
    records = tuple(str(one) for one in issued_months(find_path(issued) if issued else ""))
    issued = str(find_path(issued)) if records else ""
    facts = (month, folder, state, values.model_dump_json(), units_path(values), issued, records)
    return remembered(_Asked(facts, values, progress or watcher()))


def refuse_uncovered(month: Month) -> None:
    """Let nothing be made of a period that the exports do not cover, unless it is asked for.

    Raises
    ------
    InputError
        Says what the exports cover.
    """
    if month.uncovered and not month.params.allow_uncovered:
        raise refusal("uncovered", why=month.uncovered, stamp=UNCOVERED)


@dataclass(frozen=True)
class _Asked:
    """What to make, and the facts it depends on; these alone tell whether it was made before."""

    facts: tuple
    params: Params = field(compare=False)
    progress: Callable[[str], None] | None = field(compare=False)


@lru_cache(maxsize=1)
def remembered(asked: _Asked) -> Month:
    """Month of some facts; a process forked from this one finds the last one here."""
    month, folder, state, *_, issued, _ = asked.facts
    shaping = asked.params.model_dump_json(include={*SHAPING, "exported_at"})
    inputs = inputs_of(replace(asked, facts=(folder, state, shaping)))
    return Month(month, asked.params, inputs, issued)


@lru_cache(maxsize=1)
def inputs_of(asked: _Asked) -> Inputs:
    """Inputs of a folder, read once per process while its files stay the same."""
    return load_inputs(asked.facts[0], asked.params, asked.progress)
