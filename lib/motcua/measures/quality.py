"""How far the data can be trusted: exports against each other, and what wrong rows could move.

And where the drafter knows better than the exports: what corrections say, and what they changed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from motcua.base.reference import KIND_LABELS, LEFT, NOT_RECEIVED, REASON_LABELS, causes, read_yaml
from motcua.measures.causes import cause_conflicts, causes_by_unit, late_dossiers
from motcua.measures.frame import Frame, codes, overdue, table
from motcua.measures.issued import MEASURES, Issued, issued_lately
from motcua.measures.orders import lists
from motcua.measures.rates import unit_rates, ward_rates
from motcua.measures.state import CAUSES
from motcua.measures.verdicts import is_below, rate_percent
from motcua.reading.exports import by_name
from motcua.reading.inputs import quality_of
from motcua.reading.personal import without_names
from motcua.reading.rows import EVENTS, NOTES, expected

CHANGES = ("cause", "evidence", "apology")  # what a correction can say otherwise than the exports
# Why the cause of a late dossier should be looked at, most urgent first.
DOUBTS = ("conflict", "unknown", "inferred")


@table
def quality(frame: Frame) -> dict[str, Any]:
    """Rows read, kept, set aside, superseded (over all dossier files) and why."""
    not_received = frame.ask("select count(*) from dossiers where status_group = ?", NOT_RECEIVED)
    return quality_of(frame.inputs) | {
        "not_received": not_received[0][0],
        "vanished": len(vanished(frame)),
        "disagreements": disagreements(frame),
        "corrections": correction_counts(frame),
    }


@table
def disagreements(frame: Frame) -> dict[str, int]:
    """Dossiers whose versions in several exports, or in one, do not agree.

    Returns
    -------
    dict
        ward_changed, received_changed, due_changed: dossiers whose ward, day of receipt or original
        due date differs between versions (the newest counts). twice_in_one_export: dossiers that
        stand twice in one export with another ward or another date.
    """
    names = ("ward_changed", "received_changed", "due_changed", "twice_in_one_export")
    return dict(zip(names, versions(frame)[:-2], strict=True))


@table(shared=True)
def versions(frame: Frame) -> tuple:
    """Numbers of `disagreements`; each ward's newest export; dossiers put off to several days."""
    return frame.ask(read_yaml("queries")["versions_differ"])[0]


@table
def vanished(frame: Frame) -> pd.DataFrame:
    """Dossiers that were open in an export and are missing from a newer one of the same ward.

    An open dossier must come again; one that does not was deleted, or the newer export is not
    whole. It still counts, as it was last seen. Rows without numbers (`dossier_id: row`) cannot
    be found again: none is known to be missing.

    Returns
    -------
    DataFrame
        One row per such dossier: dossier_id, ward, exported_at (when it was last seen).
    """
    sql = read_yaml("queries")["vanished"].format(event=EVENTS[frame.params.completion_event])
    can_come_again = frame.params.dossier_id == "column"
    asked = [can_come_again, [*LEFT, NOT_RECEIVED], versions(frame)[-2]]
    return frame.inputs.con.execute(sql, asked).df()


@table
def bounds(frame: Frame) -> pd.DataFrame:
    """How far the rows set aside could move each ward's rate.

    Counted are rows with a known ward, in exports made since the period began, that may belong to
    the period as far as their dates can be read; each could be late, or on time.

    Returns
    -------
    DataFrame
        One row per ward with such rows: code, name, n, rate_percent, rate_if_late, rate_if_on_time
        (percent), may_change (the verdict could be another).

    Notes
    -----
    With n rows: good / (counted + n) and (good + n) / (counted + n).
    """
    numbers, limit = set_aside(frame)["code"].value_counts(), frame.params.threshold_percent
    rows = []
    for code, n in numbers.filter(frame.unit_names).items():
        unit = unit_rates(frame)[code]
        ends = [(unit["good"] + gain, unit["counted"] + n) for gain in (0, n)]
        verdicts = {unit["below_threshold"], *(is_below(*end, limit) for end in ends)}
        rates = unit["rate_percent"], *(rate_percent(*end) for end in ends)
        rows.append((code, unit["name"], n, *rates, len(verdicts) > 1))
    columns = ["code", "name", "n", "rate_percent", "rate_if_late", "rate_if_on_time",
               "may_change"]  # fmt: skip
    order, up = ["may_change", "n", "code"], [False, False, True]
    table = pd.DataFrame(rows, columns=columns)
    return table.sort_values(order, ascending=up, ignore_index=True)


@table
def set_aside(frame: Frame) -> pd.DataFrame:
    """Rows set aside that may belong to the period, as far as their dates can be read.

    Returns
    -------
    DataFrame
        One row per row of an export: kind, file, row, ward ("" when unknown), its first column,
        value and reason, and `code` of the unit that stands for its ward ("" when none does).
    """
    wrong, period = frame.inputs.problems, frame.period
    is_aside = (wrong["kind"] == "dossiers") & ~wrong["reason"].isin(NOTES)
    rows = wrong[is_aside].drop_duplicates(["file", "row"])
    recent = rows["exported_at"] >= period.start
    too_late = (rows["received_at"] != "") & (rows["received_at"] > str(period.end))
    too_early = (rows["closed_at"] != "") & (rows["closed_at"] < str(period.start))
    return with_unit(rows[recent & ~too_late & ~too_early], codes(frame))


def with_unit(rows: pd.DataFrame, standing: pd.DataFrame) -> pd.DataFrame:
    """Rows set aside with `code`, the unit that stands for the ward they name; "" when none does.

    A name means the unit that bore it when the dossier came in; where that day cannot be read, the
    last that bore it.

    Parameters
    ----------
    rows : see `set_aside`.
    standing : one row per name and time, oldest first: ward, since, until, code.

    Examples
    --------
    >>> days = pd.to_datetime(["1990-01-01", "2024-11-01", "2100-01-01"])
    >>> standing = pd.DataFrame({"ward": ["Cũ", "Mới"], "since": days[:2], "until": days[1:],
    ...                          "code": ["7", "7"]})
    >>> rows = pd.DataFrame({"ward": ["Cũ", "Lạ"], "received_at": ["", "2024-12-01"]})
    >>> with_unit(rows, standing)["code"].tolist()
    ['7', '']
    """
    named = rows.reset_index(names="place")[["place", "ward", "received_at"]]
    named = named.merge(standing, on="ward")
    came = pd.to_datetime(named["received_at"], errors="coerce")
    fits = came.isna() | ((came >= named["since"]) & (came < named["until"]))
    codes = named[fits].groupby("place")["code"].last()
    return rows.assign(code=rows.index.map(codes.astype(object)).astype(object).fillna(""))


def unplaced(frame: Frame) -> int:
    """Rows set aside that may belong to the period and name no known ward: any ward's."""
    return int((set_aside(frame)["ward"] == "").sum())


@table
def problems(frame: Frame) -> pd.DataFrame:
    """One row per wrong value: kind, file, row, column, value, reason, expected, set_aside."""
    wrong = frame.inputs.problems
    wanted = [expected(*pair) for pair in zip(wrong["reason"], wrong["hint"], strict=True)]
    is_aside = ~wrong["reason"].isin(NOTES)
    return wrong.assign(expected=pd.Series(wanted, dtype=object), set_aside=is_aside)


@table
def notes(frame: Frame) -> pd.DataFrame:
    """One row per reason and column of odd values whose row still counts: reason, column, n."""
    odd = problems(frame)[~problems(frame)["set_aside"]]
    counts = odd.groupby(["reason", "column"], as_index=False)["n"].sum()
    return counts.assign(reason=counts["reason"].map(REASON_LABELS))


@table
def rejected_labelled(frame: Frame) -> pd.DataFrame:
    """One row per wrong value that set its row aside, for readers."""
    aside = problems(frame)[problems(frame)["set_aside"]].reset_index(drop=True)
    files = aside["file"].map(without_names)
    return aside.assign(reason=aside["reason"].map(REASON_LABELS), file=files)


@table
def unknown_headings(frame: Frame) -> pd.DataFrame:
    """One row per heading that motcua does not know: heading, files (how many have it)."""
    seen = [without_names(h) for s in frame.inputs.sources for h in s.unknown]
    counts = pd.Series(seen, dtype="str").value_counts()
    return counts.rename_axis("heading").reset_index(name="files")


@table
def sources(frame: Frame) -> pd.DataFrame:
    """One row per input file: file, kind, rows, kept, exported_at, dated_by."""
    rows = [
        (without_names(s.file), KIND_LABELS[s.kind], s.rows, s.kept, s.exported_at, s.dated.words)
        for s in by_name(frame.inputs.sources)
    ]
    return pd.DataFrame(rows, columns=["file", "kind", "rows", "kept", "exported_at", "dated_by"])


# Corrections ----------------------------------------------------------------------------------
# They stand in place of what the exports say from the loading of the data on (`reading.inputs`), so
# every measure counts with them; here they are counted and listed, so that none works unseen.


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
    said = frame.inputs.con.execute(read_yaml("queries")["corrections_said"]).df()
    period = pd.concat([late_dossiers(frame), overdue(frame)])[["dossier_id", "code"]]
    codes = said["dossier_id"].map(period.set_index("dossier_id")["code"]).astype(object)
    labels = {code: one["label"] for code, one in causes().items()}
    said = said.assign(
        was=said["was"].map(labels).fillna(""),
        now=said["now"].map(labels).fillna(""),
        used=codes.notna(),
        code=codes.fillna(""),
        name=codes.map(frame.unit_names).fillna(""),
    )
    return said[["dossier_id", "code", "name", "was", "now", "note", *CHANGES, "known", "used"]]


@table
def correction_counts(frame: Frame) -> dict[str, Any]:
    """How many corrections there are, were used in the period, changed what; and name no dossier.

    Returns
    -------
    dict
        read, used, cause, evidence, apology (of those used), unknown_dossiers.
    """
    every = corrections(frame)
    used, is_known = every[every["used"]], every["known"].astype(bool)
    changed = {name: int(used[name].sum()) for name in CHANGES}
    unknown = int((~is_known).sum())
    return {"read": len(every), "used": len(used), **changed, "unknown_dossiers": unknown}


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
    late = late.assign(
        doubt=np.select([clash, late["cause"] == "unknown", ~recorded], DOUBTS, ""),
        recorded=late["cause"].map(labels).where(recorded, ""),
        inferred=late["inferred"].map(labels),
    )
    columns = ["dossier_id", "code", "name", "due", "done", "recorded", "inferred", "doubt",
               "evidenced"]  # fmt: skip
    late = late.loc[late["doubt"] != "", columns].sort_values(["code", "dossier_id"])
    places = late["doubt"].map(DOUBTS.index).sort_values(kind="stable").index
    return late.loc[places].reset_index(drop=True)


# Issued months --------------------------------------------------------------------------------


def issued_changes(month: Frame, folder: str | Path) -> pd.DataFrame:
    """What moved in the issued months looked back on: issued figures against those of now.

    Now: computed from the newest data with this month's parameters.

    Returns
    -------
    table
        One row per figure that moved: month, code, name ("" and "Toàn thành phố" for the city),
        measure (a count, `rate_percent`, a cause, or list:NAME), issued, now (numbers; for a list 1
        when the ward is in it, else 0). Units that no longer exist, or did not then, are left out.

    Examples
    --------
    >>> from motcua import load
    >>> issued_changes(load("2024-01", data="data/sample"), "").empty
    True
    """
    rows = [row for one in issued_lately(month, folder) for row in _moved(month, one)]
    return pd.DataFrame(rows, columns=["month", "code", "name", "measure", "issued", "now"])


def _moved(month: Frame, one: Issued) -> list[tuple]:
    """Rows of `issued_changes` of one issued month."""
    now, letter = month.at(one.month), one.content
    before = {"": letter["city"]} | {ward["code"]: ward for ward in letter["wards"]}
    late, units, rows = causes_by_unit(now, "late"), unit_rates(now), []
    for code in ["", *ward_rates(now)["code"]]:
        if code in before:
            old = before[code] | before[code]["late_by_cause"]
            new = units[code] | late[code]
            pairs = [(m, _number(old[m]), _number(new[m])) for m in (*MEASURES, *CAUSES)]
            rows += [(one.month, code, units[code]["name"], *pair) for pair in pairs]
    for key, named in letter["lists"].items():
        for code, name in now.unit_names.items():
            pair = float(code in named), float(code in lists(now).get(key, ()))
            rows.append((one.month, code, name, f"list:{key}", *pair))
    return [row for row in rows if row[-2] != row[-1]]


def _number(value: Any) -> float | None:
    return None if value is None or pd.isna(value) else float(value)
