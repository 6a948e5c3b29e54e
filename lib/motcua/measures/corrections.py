"""Corrections: where the drafter of the report knows better than the exports, and what it changed.

They are put in place of what the exports say while the data are loaded (see `reading.inputs`), so
every measure counts with them; here they are counted and listed, so that none works unseen.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from motcua.base.reference import causes
from motcua.measures.causes import cause_conflicts, late_dossiers
from motcua.measures.frame import Frame, overdue, table

CHANGES = ("cause", "evidence", "apology")  # what a correction can say otherwise than the exports
# Why the cause of a late dossier should be looked at, most urgent first.
DOUBTS = ("conflict", "unknown", "inferred")


@table
def corrections(frame: Frame) -> pd.DataFrame:
    """Corrections and what the exports say instead.

    Returns
    -------
    table
        One row per dossier that was corrected: dossier_id, code and name of the unit ("" unless
        `used`), was and now (labels of the recorded cause, "" for none), note, cause, evidence,
        apology (whether it changed what the exports say), known (there is such a dossier), used
        (it was resolved late in the period, or is open and overdue at its end).

    Examples
    --------
    >>> from motcua import load
    >>> len(corrections(load("2024-01", data="data/sample")))
    0
    """
    found = frame.inputs.con.execute(
        "select c.dossier_id, coalesce(d.late_cause, '') as was, "
        "coalesce(nullif(c.late_cause, ''), d.late_cause, '') as now, c.note, "
        "coalesce(now <> was, false) as cause, "
        "coalesce(c.evidence <> '' and (c.evidence = 'yes') <> d.evidence, false) as evidence, "
        "c.apology_at is not null and d.dossier_id is not null "
        "and c.apology_at is distinct from d.apology_at as apology, "
        "d.dossier_id is not null as known "
        "from corrections c left join dossiers_exported d using (dossier_id) order by dossier_id"
    ).df()
    labels = {code: one["label"] for code, one in causes().items()}
    period = pd.concat([late_dossiers(frame), overdue(frame)])[["dossier_id", "code"]]
    codes = found["dossier_id"].map(period.set_index("dossier_id")["code"]).astype(object)
    found = found.assign(
        was=found["was"].map(labels).fillna(""),
        now=found["now"].map(labels).fillna(""),
        used=codes.notna(),
        code=codes.fillna(""),
        name=codes.map(frame.unit_names).fillna(""),
    )
    columns = ["dossier_id", "code", "name", "was", "now", "note", *CHANGES, "known", "used"]
    return found[columns]


@table
def correction_counts(frame: Frame) -> dict[str, Any]:
    """How many corrections there are, were used in the period, changed what; and name no dossier.

    Returns
    -------
    dict
        read, used, cause, evidence, apology (of those used), unknown_dossiers.
    """
    every = corrections(frame)
    used = every[every["used"]]
    return (
        {"read": len(every), "used": len(used)}
        | {name: int(used[name].sum()) for name in CHANGES}
        | {"unknown_dossiers": int((~every["known"].astype(bool)).sum())}
    )


@table
def doubtful(frame: Frame) -> pd.DataFrame:
    """Late dossiers of the period without a sure cause, those to look at first on top.

    Returns
    -------
    table
        One row per dossier: dossier_id, code, name, due, done, recorded and inferred (labels, ""
        where nothing was recorded), doubt (key of DOUBTS), evidenced.

    Notes
    -----
    conflict: the recorded cause is not the one that the dates show. unknown: neither record nor
    dates tell the cause. inferred: nothing was recorded, the dates alone tell it.
    """
    late = late_dossiers(frame)
    labels = {code: one["label"] for code, one in causes().items()}
    recorded = late["cause_source"] == "recorded"
    clash = late["dossier_id"].isin(cause_conflicts(frame)["dossier_id"])
    doubt = pd.Series("", index=late.index, dtype=object)
    doubt = doubt.mask(~recorded, "inferred").mask(late["cause"] == "unknown", "unknown")
    late = late.assign(
        doubt=doubt.mask(clash, "conflict"),
        recorded=late["cause"].map(labels).where(recorded, ""),
        inferred=late["inferred"].map(labels),
    )
    columns = ["dossier_id", "code", "name", "due", "done", "recorded", "inferred", "doubt",
               "evidenced"]  # fmt: skip
    found = late.loc[late["doubt"] != "", columns]
    found = found.assign(doubt=pd.Categorical(found["doubt"], DOUBTS, ordered=True))
    found = found.sort_values(["doubt", "code", "dossier_id"], ignore_index=True)
    return found.astype({"doubt": object})
