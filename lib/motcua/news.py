"""From which day on each export tells what older exports did not, and until when it counts.

What a month can know of a dossier is what had happened by its end. So a newer version of a dossier
is news to months that end on or after

- the day of receipt, when there is no older version, or when the versions differ in what counts
  while a dossier is open: ward, procedure, dates of receipt and due, apology, ...
- the day on which either version says that it ended, when they differ in nothing else.

An export none of whose rows is news to a month can be left out of it: the next older versions say
the same of that time.

A version of a dossier counts until the day on which it says that the dossier ended, for ever while
that is open. The oldest exports can be left out of a month as long as each of their dossiers either
has a version in a newer export of the month, which then stays, or ended before the time looked at:
with them go all versions of a dossier, or none that counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import duckdb
import pandas as pd

from motcua.params import Params
from motcua.reference import LEFT, NOT_RECEIVED
from motcua.rows import EVENTS, NOTES, end_columns
from motcua.seen import FOREVER, Days

if TYPE_CHECKING:
    from motcua.inputs import Source

_ENDED = "least(closed_at, returned_at, result_at)"
_ENDINGS = frozenset(
    {"result_at", "returned_at", "closed_at", "division_returned_at"}
    | {"status", "status_group", "late_cause", "evidence"}
)  # what may change when a dossier ends
_NO_DATA = frozenset({"row", "filename", "file_row_number", "age", "exported_at", "dossier_id"})
# Last day on which a version counts: see `measure.with_state`.
_COUNTS = """
case when status_group <> '{not_received}' then greatest({due} coalesce(
    if(status_group in {left}, coalesce({left_at}), {done_at})::date, date '{forever}')) end
"""
# `signs`: put off twice is what versions with different new dates say (see `checks`).
_DOSSIERS = """
with versions as (
    select dossier_id, age, received_at::date as received, {ended}::date as ended,
        greatest(received_at, closed_at, returned_at, result_at)::date as latest,
        {counts} as counts,
        min(rescheduled_due_at) over same as low, max(rescheduled_due_at) over same as high,
        hash({open}, status_group = '{not_received}',
            {ended} is null and status_group in {left}) as open,
        hash({endings}) as endings
    from dossiers_again
    window same as (partition by dossier_id, age)
    qualify row_number() over (partition by dossier_id, age order by file_row_number desc) = 1
), compared as (
    select age, lead(age) over older as newer, latest, counts,
        case
        when lag(age) over older is null then received
        when open <> lag(open) over older then least(received, lag(received) over older)
        when endings <> lag(endings) over older then least(ended, lag(ended) over older)
        end as news,
        last_value(received) over every as oldest,
        case when low is not null
            and least(low, min(low) over later) <> greatest(high, max(high) over later)
        then last_value(counts) over every end as signs
    from versions window older as (partition by dossier_id order by age),
        every as (older rows between unbounded preceding and unbounded following),
        later as (older rows between 1 following and unbounded following)
    union all
    select age, null, greatest(received_at, closed_at, returned_at, result_at)::date,
        {counts}, received_at::date, received_at::date, null
    from dossiers_once
)
select here.filename, there.filename as newer, news as first, latest as last, oldest, signs, counts
from compared join dossiers_exports here using (age)
    left join dossiers_exports there on there.age = newer
"""
# A complaint counts with those on the same dossier that follow, each within some days of the one
# before; one without a dossier is marked with those alike (see `complaints.merge_channels`).
_FEEDBACK = """
with told as (
    select *, received_at - lag(received_at) over mine <= to_days({days}) as follows
    from feedback_versions window mine as (partition by dossier_id order by received_at)
), chained as (
    select *, count(*) filter (follows is not true) over
        (partition by dossier_id order by received_at) as chain
    from told
)
select filename, null as newer, received_at::date as first, first as last, null as oldest,
    if(dossier_id = '', received_at + to_days({days}), null)::date as signs,
    if(dossier_id = '', received_at, max(received_at) over (partition by dossier_id, chain))::date
    as counts
from chained
"""
# An incident counts as long as its dossier does, of which its newest version knows.
_INCIDENTS = """
select filename, null as newer, opened_at::date as first, first as last, null as oldest,
    null as signs, counts
from incidents_versions left join ({ends}) using (dossier_id)
"""
_ENDS = """
select dossier_id, arg_max({counts}, (age, file_row_number)) as counts
from dossiers_versions semi join incidents_versions using (dossier_id) group by dossier_id
"""
_ENDS_IN_A_STORE = "select null::varchar as dossier_id, null::date as counts"  # see `seen_by`
# An order is looked for by its month.
_FOLLOWUP = """
select filename, null as newer,
    coalesce(try_cast(month || '-01' as date), date '1900-01-01') as first, first as last,
    null as oldest, null as signs, first as counts
from followup_versions
"""
_RECORDS = {
    "dossiers": _DOSSIERS,
    "feedback": _FEEDBACK,
    "incidents": _INCIDENTS,
    "followup": _FOLLOWUP,
}


class Told(NamedTuple):
    """What some records of an export tell: those that the export `newer` has, too, or none."""

    newer: str
    first: str | None
    last: str | None
    oldest: str | None
    looked_at: str | None
    counts: str | None


def told_by(
    con: duckdb.DuckDBPyConnection, kind: str, params: Params, *, with_dossiers: bool = True
) -> dict[str, list[Told]]:
    """What the records of each Parquet file of the view `KIND_versions` tell.

    Parameters
    ----------
    with_dossiers : whether there is a view of the dossiers' versions; a store has none.
    """
    columns = [row[0] for row in con.execute(f"describe {kind}_versions").fetchall()]
    names = {"not_received": NOT_RECEIVED, "left": LEFT}
    is_due = params.rate_convention == "due_in_period"
    counts = _COUNTS.format(
        due="due_at::date, rescheduled_due_at::date," if is_due else "",
        left_at=", ".join(end_columns(params)),
        done_at=EVENTS[params.completion_event],
        forever=FOREVER,
        **names,
    )
    records = _RECORDS[kind].format(
        ended=_ENDED,
        counts=counts,
        open=", ".join(c for c in columns if c not in _ENDINGS | _NO_DATA),
        endings=", ".join(c for c in columns if c in _ENDINGS),
        ends=_ENDS.format(counts=counts) if with_dossiers else _ENDS_IN_A_STORE,
        days=params.same_complaint_days,
        **names,
    )
    rows = con.execute(
        "select filename, newer, min(first), max(last), min(oldest), max(signs), max(counts) "
        f"from ({records}) group by all"
    ).fetchall()
    found: dict[str, list[Told]] = {}
    for file, newer, *days in rows:
        told = Told(newer or "", *(day and str(day) for day in days))
        found.setdefault(file, []).append(told)
    return found


def told_aside(parts: list[tuple[Source, pd.DataFrame]]) -> dict[str, list[Told]]:
    """What rows tell that exports had set aside, as far as their days can be read.

    Such a row is news when no older export had it set aside. It may be one of a period that began
    before its export was made (see `quality.rows_of_period`).

    Parameters
    ----------
    parts : exports of dossiers, oldest first, with what was wrong in each.
    """
    holders: dict[tuple, list[str]] = {}
    rows = []
    for source, problems in parts:
        for row in problems[~problems["reason"].isin(NOTES)].itertuples(index=False):
            files = holders.setdefault(
                (row.column, row.value, row.reason, row.ward, row.received_at), []
            )
            if source.file not in files:
                files.append(source.file)
            rows.append((source, row, files))
    found: dict[str, list[Told]] = {}
    for source, row, files in rows:
        received, day = row.received_at or None, source.exported_at.isoformat()
        told = Told(
            newer="".join(files[files.index(source.file) + 1 :][:1]),
            first=received if files[0] == source.file else None,
            last=None,
            oldest=None,
            looked_at=min(day, row.closed_at or day),
            counts=received and max(received, row.closed_at),
        )
        found.setdefault(source.file, []).append(told)
    return found


def days_of_exports(
    parts: list[tuple[Source, pd.DataFrame]], con: duckdb.DuckDBPyConnection, params: Params
) -> dict[str, Days]:
    """Days of every export, by its name, oldest export first.

    Parameters
    ----------
    parts : exports with what was wrong in each, oldest first.
    con : connection with the views `KIND_versions` of the kinds that have exports.
    """
    kinds = {source.kind for source, _ in parts}
    with_dossiers = "dossiers" in kinds
    by_parquet = {k: told_by(con, k, params, with_dossiers=with_dossiers) for k in kinds}
    names = {str(source.parquet): source.file for source, _ in parts}
    aside = told_aside([part for part in parts if part[0].kind == "dossiers"])
    days = {}
    for source, _ in parts:
        told = by_parquet[source.kind].get(str(source.parquet), [])
        told = [one._replace(newer=names.get(one.newer, "")) for one in told]
        days[source.file] = _together(source.kind, told + aside.get(source.file, []))
    return days


def _together(kind: str, told: list[Told]) -> Days:
    """Days of an export of which its records tell."""
    counts: dict[str, str] = {}
    for one in told:
        if one.counts:
            counts[one.newer] = max(one.counts, counts.get(one.newer, ""))
    return Days(
        kind,
        min((one.first for one in told if one.first), default=None),
        max((one.last for one in told if one.last), default=None),
        min((one.oldest for one in told if one.oldest), default=None),
        max((one.looked_at for one in told if one.looked_at), default=None),
        dict(sorted(counts.items())),
    )
