"""Apologies owed and made, and the evidence that is asked for, ward by ward."""

from __future__ import annotations

import narwhals as nw
import pandas as pd

from motcua.base.calendar import Period
from motcua.measures.causes import late_by_cause
from motcua.measures.feedback import complaints_of
from motcua.measures.frame import Frame, late_rows, overdue, table
from motcua.measures.state import alive_in, with_dates

CLAIMS = ("forgot_to_close", "software_error")  # late by no slowness: letter 1522, point 4
ATTITUDE = "attitude"
AHEAD = pd.Timedelta(days=1)  # Nghị định 61/2018/NĐ-CP: at the latest one day before the due date


@table
def owed(month: Frame) -> pd.DataFrame:
    """Dossiers of the period for which citizens are owed an apology.

    Those resolved late or open and overdue at the end of the period, unless only a click was late:
    the result was there or handed over in time, or forgetting is the recorded cause and no date of
    a result says otherwise. An apology counts whenever it was made, also after the period.

    Returns
    -------
    table
        One row per dossier: code, dossier_id, due, kind (resolved | open), cause ("" while open),
        apology_at, state: in_time, late (after the last day for it) or none.

    Source: Nghị định 61/2018/NĐ-CP, Điều 19 (a written apology with the reason and the new date,
    at the latest one day before the due date); letter 1522/UBND-THNC, point 4.

    Examples
    --------
    >>> from motcua import load
    >>> sorted(owed(load("2024-01", data="data/sample"))["state"].unique())
    ['in_time', 'late', 'none']
    """
    asked = month.params.directs or are_recorded(month)  # elsewhere nobody knows of apologies
    columns = ["code", "dossier_id", "due", "kind", "cause", "result_at", "returned_at",
               "apology_at"]  # fmt: skip
    late = late_rows(month).assign(kind="resolved")[columns]
    open_ = overdue(month).assign(kind="open", cause="")[columns]
    table = pd.concat([late, open_], ignore_index=True)
    ready = table[["result_at", "returned_at"]].min(axis=1).dt.normalize()
    in_time = ready <= table["due"].dt.normalize()
    is_click_alone = in_time | (ready.isna() & (table["cause"] == CLAIMS[0]))
    table = table[~is_click_alone & asked].drop(columns=["result_at", "returned_at"])
    states = [apology_state(*pair) for pair in zip(table["apology_at"], table["due"], strict=True)]
    table = table.assign(state=pd.Series(states, index=table.index, dtype=object))
    return table.sort_values(["code", "dossier_id"], ignore_index=True)


def apology_state(apology: pd.Timestamp, due: pd.Timestamp) -> str:
    """Whether an apology came in time, late, or not at all.

    Examples
    --------
    >>> due = pd.Timestamp("2024-01-10")
    >>> [apology_state(pd.Timestamp(f"2024-01-{day}"), due) for day in ("09", "10")]
    ['in_time', 'late']
    >>> apology_state(pd.NaT, due)
    'none'
    """
    if pd.isna(apology):
        return "none"
    return "in_time" if apology.normalize() <= due.normalize() - AHEAD else "late"


@table
def are_recorded(month: Frame) -> bool:
    """Whether the exports carry a day of apology for any dossier of the months looked back on."""
    first = min(month.period_in(month.months[0]).start, month.period.start)
    dated = with_dates(month.inputs.table("dossiers"), month.params)
    alive = nw.from_native(alive_in(dated, Period(first, month.period.end)))
    return alive.select(nw.col("apology_at").count()).to_native().fetchall()[0][0] > 0


@table
def apologies(month: Frame) -> pd.DataFrame:
    """Apologies and evidence of each ward, in register order.

    Returns
    -------
    table
        One row per ward: code, name; owed (dossiers), made, in_time, made_late, missing;
        complaints_owed (complaints about an official's attitude), complaints_made (apologised for,
        as far as the files say); to_evidence (dossiers late by forgetting or a software fault) and
        evidenced; forgot, forgot_evidenced, software, software_evidenced.

    Source: letter 1522/UBND-THNC, point 4; Nghị định 61/2018/NĐ-CP, Điều 19.

    Examples
    --------
    >>> from motcua import load
    >>> table = apologies(load("2024-01", data="data/sample"))
    >>> bool((table["owed"] == table["made"] + table["missing"]).all())
    True
    """
    counts = _states_by_ward(owed(month))
    about = complaints_of(month)
    about = about[about["kind"] == ATTITUDE]
    complaints = about.groupby("code").size()
    sorry = about[about["apology_at"].notna()].groupby("code").size()
    table = pd.DataFrame(
        {"code": [u.code for u in month.units], "name": [u.name for u in month.units]}
    )
    for name, rows in (counts | {"complaints_owed": complaints, "complaints_made": sorry}).items():
        table[name] = table["code"].map(rows).fillna(0).astype("int64")
    table = table.assign(
        made=table["in_time"] + table["made_late"],
        missing=table["owed"] - table["in_time"] - table["made_late"],
    )
    causes = late_by_cause(month).set_index(["code", "cause"])
    for name, cause in zip(("forgot", "software"), CLAIMS, strict=True):
        rows = causes.xs(cause, level="cause")
        table[name] = table["code"].map(rows["late"]).astype("int64")
        table[f"{name}_evidenced"] = table["code"].map(rows["evidenced"]).astype("int64")
    return table.assign(
        to_evidence=table["forgot"] + table["software"],
        evidenced=table["forgot_evidenced"] + table["software_evidenced"],
    )


def _states_by_ward(dossiers: pd.DataFrame) -> dict[str, pd.Series]:
    by = dossiers.groupby("code")
    return {
        "owed": by.size(),
        "in_time": dossiers[dossiers["state"] == "in_time"].groupby("code").size(),
        "made_late": dossiers[dossiers["state"] == "late"].groupby("code").size(),
    }
