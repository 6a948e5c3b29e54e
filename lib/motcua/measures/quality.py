"""How far the data can be trusted: exports against each other, and what wrong rows could move."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from motcua.base.reference import KIND_LABELS, LEFT, NOT_RECEIVED, REASON_LABELS, word
from motcua.measures.causes import late_by_cause
from motcua.measures.corrections import correction_counts
from motcua.measures.frame import Frame, codes, table
from motcua.measures.issued import MEASURES, Issued, issued_lately
from motcua.measures.orders import lists
from motcua.measures.rates import ward_rates
from motcua.measures.state import CAUSES, COUNTS
from motcua.measures.verdicts import is_below, rate_percent
from motcua.reading.exports import by_name
from motcua.reading.inputs import quality_of
from motcua.reading.personal import without_names
from motcua.reading.rows import EVENTS, NOTES, expected


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
    changed = frame.ask(
        "select count(*) filter (ward), count(*) filter (received), count(*) filter (due) from "
        "(select min(ward) <> max(ward) as ward, min(received_at::date) <> max(received_at::date) "
        "as received, min(due_at::date) <> max(due_at::date) as due "
        "from dossiers_again group by dossier_id having count(*) > 1)"
    )[0]
    twice = frame.ask(
        "select count(*) from (select dossier_id from dossiers_again group by dossier_id, age "
        "having count(*) > 1 and min(hash(ward, received_at, due_at, closed_at)) "
        "<> max(hash(ward, received_at, due_at, closed_at)))"
    )[0][0]
    names = ("ward_changed", "received_changed", "due_changed")
    return dict(zip(names, changed, strict=True)) | {"twice_in_one_export": twice}


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
    event = EVENTS[frame.params.completion_event]
    gone = ", ".join(f"'{group}'" for group in (*LEFT, NOT_RECEIVED))
    can_come_again = "true" if frame.params.dossier_id == "column" else "false"
    return frame.inputs.con.execute(
        "select dossier_id, ward, exported_at from dossiers join (select ward, max(exported_at) "
        "as newest from (select ward, exported_at from dossiers union all select ward, exported_at "
        "from dossiers_again) group by ward) using (ward) where exported_at < newest "
        f"and {event} is null and status_group not in ({gone}) and {can_come_again} "
        "order by ward, dossier_id"
    ).df()


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
    rows = set_aside(frame).groupby("code").size().rename("n")
    rates = ward_rates(frame).merge(rows, left_on="code", right_index=True, how="inner")
    ends = [_ends(row, frame.params.threshold_percent) for row in rates.to_dict("records")]
    found = pd.DataFrame(ends, columns=["rate_if_late", "rate_if_on_time", "may_change"])
    units = rates[["code", "name", "n", "rate_percent"]].reset_index(drop=True)
    return pd.concat([units, found], axis=1).sort_values(
        ["may_change", "n", "code"], ascending=[False, False, True], ignore_index=True
    )


@table
def set_aside(frame: Frame) -> pd.DataFrame:
    """Rows set aside that may belong to the period, as far as their dates can be read.

    Returns
    -------
    DataFrame
        One row per row of an export: kind, file, row, ward ("" when unknown), its first column,
        value and reason, and `code` of the unit that stands for its ward ("" when none does).
    """
    found, period = frame.inputs.problems, frame.period
    is_aside = (found["kind"] == "dossiers") & ~found["reason"].isin(NOTES)
    rows = found[is_aside].drop_duplicates(["file", "row"])
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


def _ends(row: dict[str, Any], threshold_percent: float) -> tuple[float, float, bool]:
    good, counted, n = row["good"], row["counted"], row["n"]
    verdicts = {
        is_below(good, counted + n, threshold_percent),
        is_below(good + n, counted + n, threshold_percent),
    }
    low = rate_percent(good, counted + n)
    high = rate_percent(good + n, counted + n)
    return low, high, len(verdicts) > 1 or row["below_threshold"] not in verdicts


@table
def problems(frame: Frame) -> pd.DataFrame:
    """One row per wrong value: kind, file, row, column, value, reason, expected, set_aside."""
    found = frame.inputs.problems
    wanted = [expected(*pair) for pair in zip(found["reason"], found["hint"], strict=True)]
    return found.assign(
        expected=pd.Series(wanted, dtype=object), set_aside=~found["reason"].isin(NOTES)
    )


@table
def notes(frame: Frame) -> pd.DataFrame:
    """One row per reason and column of odd values whose row still counts: reason, column, n."""
    odd = problems(frame)[~problems(frame)["set_aside"]]
    found = odd.groupby(["reason", "column"], as_index=False)["n"].sum()
    return found.assign(reason=found["reason"].map(REASON_LABELS))


@table
def rejected_labelled(frame: Frame) -> pd.DataFrame:
    """One row per wrong value that set its row aside, for readers."""
    aside = problems(frame)[problems(frame)["set_aside"]].reset_index(drop=True)
    return aside.assign(
        reason=aside["reason"].map(REASON_LABELS), file=aside["file"].map(without_names)
    )


@table
def unknown_headings(frame: Frame) -> pd.DataFrame:
    """One row per heading that motcua does not know: heading, files (how many have it)."""
    seen = pd.Series(
        [without_names(h) for s in frame.inputs.sources for h in s.unknown], dtype="str"
    )
    return seen.value_counts().rename_axis("heading").reset_index(name="files")


@table
def sources(frame: Frame) -> pd.DataFrame:
    """One row per input file: file, kind, rows, kept, exported_at, dated_by."""
    rows = [
        (without_names(s.file), KIND_LABELS[s.kind], s.rows, s.kept, s.exported_at, s.dated.words)
        for s in by_name(frame.inputs.sources)
    ]
    return pd.DataFrame(rows, columns=["file", "kind", "rows", "kept", "exported_at", "dated_by"])


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
    columns = ["month", "code", "name", "measure", "issued", "now"]
    rows = [row for one in issued_lately(month, folder) for row in _moved(month, one)]
    return pd.DataFrame(rows, columns=columns)


def _moved(month: Frame, one: Issued) -> list[tuple]:
    """Rows of `issued_changes` of one issued month."""
    now, told = month.at(one.month), one.content
    names = {"": word("Whole")} | now.unit_names
    before = {"": told["city"]} | {ward["code"]: ward for ward in told["wards"]}
    causes = late_by_cause(now).pivot(index="code", columns="cause", values="late")
    after = ward_rates(now).set_index("code").join(causes)
    city = after[[*COUNTS, "feedback", *CAUSES, "good", "counted"]].sum().to_dict()
    city["rate_percent"] = rate_percent(city["good"], city["counted"])
    rows = []
    for code, new in ({"": city} | after.to_dict("index")).items():
        if code in before:
            old = before[code] | before[code]["late_by_cause"]
            pairs = [(m, _number(old[m]), _number(new[m])) for m in (*MEASURES, *CAUSES)]
            rows += [(one.month, code, names[code], *pair) for pair in pairs]
    for key, named in told["lists"].items():
        for code in now.unit_names:
            pair = float(code in named), float(code in lists(now).get(key, ()))
            rows.append((one.month, code, names[code], f"list:{key}", *pair))
    return [row for row in rows if row[-2] != row[-1]]


def _number(value: Any) -> float | None:
    return None if value is None or pd.isna(value) else float(value)
