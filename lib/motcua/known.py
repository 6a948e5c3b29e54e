"""Due dates as a day knew them, though newer exports have others: for looking back on that day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import duckdb

from motcua.inputs import Inputs

# The version that the day knew: of the newest export that there was; of a dossier that none of them
# has, that of the first export after the day, for it has the fewest later changes.
# The due date stands on the receipt that the citizen got, so an export without one merely lacks it.
_SQL = """
select d.* replace (
    coalesce(k.due_at, d.due_at) as due_at,
    case when k.exported_at <= date '{day}' then k.rescheduled_due_at
         when d.apology_at::date > date '{day}' then null
         when k.dossier_id is null then d.rescheduled_due_at
         else k.rescheduled_due_at end as rescheduled_due_at,
    coalesce(k.division_due_at, d.division_due_at) as division_due_at)
from dossiers d left join (
    select dossier_id, exported_at, due_at, rescheduled_due_at, division_due_at
    from dossiers_versions
    qualify row_number() over (partition by dossier_id order by exported_at > date '{day}',
        if(exported_at > date '{day}', age, -age), file_row_number desc) = 1
) k on d.dossier_id = k.dossier_id
"""


@dataclass(frozen=True, eq=False)
class KnownInputs(Inputs):
    """Inputs whose dossiers have the due dates that were known at the end of `day`."""

    day: date = date.max

    def table(self, kind: str) -> duckdb.DuckDBPyRelation:
        """Relation of a kind."""
        if kind != "dossiers":
            return super().table(kind)
        return self.con.sql(_SQL.format(day=self.day))


def known_on(inputs: Inputs, day: date) -> KnownInputs:
    """Inputs with the due dates of the dossiers as they were known at the end of a day.

    Exports say what a due date was on their own day, not when it was changed. So it counts as the
    newest export up to `day` has it; for a dossier that is in no such export, as the first export
    after it has it, less a new date whose apology, which tells the new date, came after `day`. A
    store has one version of each dossier and cannot tell more than that.

    Source: Nghị định 61/2018/NĐ-CP, Điều 19 (a new date is told by a letter of apology).

    Examples
    --------
    >>> from motcua import load
    >>> inputs = load("2024-01", data="data/sample").inputs
    >>> known = known_on(inputs, date(2024, 1, 10))
    >>> len(known.table("dossiers")) == len(inputs.table("dossiers"))
    True
    """
    return KnownInputs(inputs.data, inputs.sources, inputs.problems, inputs._connections, day)


def newest_until(inputs: Inputs, day: date) -> date | None:
    """Day of the newest export of dossiers up to `day`; None when all are newer.

    Examples
    --------
    >>> from motcua import load
    >>> inputs = load("2024-01", data="data/sample").inputs
    >>> newest_until(inputs, date(2024, 1, 20)), newest_until(inputs, date(2020, 1, 1))
    (datetime.date(2024, 1, 18), None)
    """
    days = [source.exported_at for source in inputs.sources if source.kind == "dossiers"]
    return max((d for d in days if d <= day), default=None)
