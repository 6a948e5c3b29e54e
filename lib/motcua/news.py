"""From which day on each export tells what older exports did not.

What a month can know of a dossier is what had happened by its end. So a newer version of a dossier
is news to months that end on or after

- the day of receipt, when there is no older version, or when the versions differ in what counts
  while a dossier is open: ward, procedure, dates of receipt and due, apology, ...
- the day on which either version says that it ended, when they differ in nothing else.

An export none of whose rows is news to a month can be left out of it: the next older versions say
the same of that time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import pandas as pd

from motcua.reference import LEFT, NOT_RECEIVED
from motcua.rows import NOTES
from motcua.seen import Days

if TYPE_CHECKING:
    from motcua.inputs import Source

_ENDED = "least(closed_at, returned_at, result_at)"
_ENDINGS = frozenset(
    {"result_at", "returned_at", "closed_at", "division_returned_at"}
    | {"status", "status_group", "late_cause", "evidence"}
)  # what may change when a dossier ends
_NO_DATA = frozenset({"row", "filename", "file_row_number", "age", "exported_at", "dossier_id"})
_DOSSIERS = """
with versions as (
    select dossier_id, age, received_at::date as received, {ended}::date as ended,
        greatest(received_at, closed_at, returned_at, result_at)::date as latest,
        hash({open}, status_group = '{not_received}',
            {ended} is null and status_group in {left}) as open,
        hash({endings}) as endings
    from dossiers_again
    qualify row_number() over (partition by dossier_id, age order by file_row_number desc) = 1
), compared as (
    select age, latest, case
        when lag(age) over older is null then received
        when open <> lag(open) over older then least(received, lag(received) over older)
        when endings <> lag(endings) over older then least(ended, lag(ended) over older)
        end as news
    from versions window older as (partition by dossier_id order by age)
    union all
    select age, greatest(received_at, closed_at, returned_at, result_at)::date,
        received_at::date
    from dossiers_once
)
select filename, min(news) as first, max(latest) as last
from compared join dossiers_exports using (age) group by all
"""
# The other kinds: the first and the last day of a record.
_OTHERS = {
    "feedback": "received_at",
    "incidents": "opened_at",
    "followup": "coalesce(try_cast(month || '-01' as timestamp), timestamp '1900-01-01')",
}


def days_of(con: duckdb.DuckDBPyConnection, kind: str) -> dict[str, tuple[str | None, str | None]]:
    """First day of news and last day of an event, by Parquet file of the view `KIND_versions`."""
    day = f"({_OTHERS.get(kind)})::date"
    columns = [row[0] for row in con.execute(f"describe {kind}_versions").fetchall()]
    sql = f"select filename, min({day}), max({day}) from {kind}_versions group by all"
    if kind == "dossiers":
        sql = _DOSSIERS.format(
            ended=_ENDED,
            open=", ".join(c for c in columns if c not in _ENDINGS | _NO_DATA),
            endings=", ".join(c for c in columns if c in _ENDINGS),
            not_received=NOT_RECEIVED,
            left=LEFT,
        )
    rows = con.execute(sql).fetchall()
    return {file: (first and str(first), last and str(last)) for file, first, last in rows}


def days_aside(parts: list[tuple[Source, pd.DataFrame]]) -> dict[str, str]:
    """First day of receipt among the rows that each export, and no older one, had set aside.

    Parameters
    ----------
    parts : exports of dossiers, oldest first, with what was wrong in each.
    """
    known: set[tuple] = set()
    found = {}
    for source, problems in parts:
        aside = problems[~problems["reason"].isin(NOTES) & (problems["received_at"] != "")]
        keys = list(
            aside[["column", "value", "reason", "ward", "received_at"]].itertuples(index=False)
        )
        days = [key.received_at for key in keys if key not in known]
        known.update(keys)
        if days:
            found[source.file] = min(days)
    return found


def days_of_exports(
    parts: list[tuple[Source, pd.DataFrame]], con: duckdb.DuckDBPyConnection
) -> dict[str, Days]:
    """Days of every export, by its name.

    Parameters
    ----------
    parts : exports with what was wrong in each, oldest first.
    con : connection with the views `KIND_versions` of the kinds that have exports.
    """
    kinds = {source.kind for source, _ in parts}
    by_parquet = {kind: days_of(con, kind) for kind in kinds}
    aside = days_aside([part for part in parts if part[0].kind == "dossiers"])
    days = {}
    for source, _ in parts:
        first, last = by_parquet[source.kind].get(str(source.parquet), (None, None))
        first = min(filter(None, (first, aside.get(source.file))), default=None)
        days[source.file] = Days(source.kind, first, last)
    return days
