"""Chapter 06: rows set aside, exports that disagree, signs to look into, issued months that moved."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from motcua.base import reference
from motcua.base.reference import CHECK_LABELS, LABELS, LIST_LABELS, causes
from motcua.base.vietnamese import NOTHING
from motcua.chapters.figure import OF_CITY, empty, framed
from motcua.chapters.sentences import Prose, Words, bullets, safe
from motcua.chapters.shapes import sorted_bars
from motcua.chapters.table import Table, show
from motcua.measures.issued import Issued, issued_lately, issued_words
from motcua.measures.month import Month
from motcua.measures.quality import CHANGES, corrections, issued_changes
from motcua.measures.signs import SLACK_DAYS, checks, signs
from motcua.reading.personal import without_names

SAY = Words("quality")


def quality_by_reason(month: Month) -> go.Figure:
    """Rows set aside per reason, most first."""
    problems = pd.Series(month.quality["problems"], dtype="int64")
    reasons = problems.rename(lambda reason: reference.REASON_LABELS.get(reason, reason))
    reasons = reasons.sort_values(ascending=False, kind="stable")
    rows = reasons.rename_axis("reason").reset_index(name="rows")
    caption = SAY("quality_by_reason.subtitle", month)
    table = show(rows, {name: LABELS[name] for name in rows}, caption=caption)
    if rows.empty:
        return empty(month, **SAY.empty("quality_by_reason", month), table=table)
    notes = [SAY("quality_by_reason.bar", n=n) for n in reasons]
    return framed(
        sorted_bars(list(reasons.index), reasons.tolist(), notes),
        month,
        **SAY.chart("quality_by_reason", month, reasons=reasons),
        table=table,
        rows=len(rows),
        picks=OF_CITY,
    )


def conclusion(month: Month) -> Prose:
    """Identity of the rows: read, kept, set aside, duplicates."""
    return SAY.prose("conclusion", month)


def rejected_table(month: Month) -> Table:
    """First rows set aside, with the reason."""
    return SAY.table("rejected", month.rejected_labelled, limit=20)


def bounds_table(month: Month) -> Table:
    """Between which rates a ward with rows set aside can lie."""
    return SAY.table("bounds", month.bounds, month)


def notes_table(month: Month) -> Table:
    """Odd cells of dossiers that count all the same."""
    return SAY.table("notes", month.notes)


def sources_reading(month: Month) -> Prose:
    """What a reader must know of how the files were read: sheets left out, columns merged."""
    notes = [safe(without_names(note)) for note in month.inputs.notes]
    return Prose(bullets(notes)) if notes else SAY.prose("nothing_of_sources")


def sources_table(month: Month) -> Table:
    """Files that were read."""
    return SAY.table("sources", month.sources)


def bounds_reading(month: Month) -> Prose:
    """Whether the rows set aside could change a verdict."""
    turn = month.bounds.loc[month.bounds["may_change"], "name"].tolist()
    return SAY.prose("bounds_reading", names=turn, unplaced=month.unplaced)


def exports_reading(month: Month) -> Prose:
    """Whether the exports agree with each other."""
    disagreements = [
        (label, month.disagreements[name])
        for name, label in reference.DISAGREEMENT_LABELS.items()
        if month.disagreements[name]
    ]
    said = {"disagreements": disagreements, "vanished": month.vanished["ward"]}
    return SAY.prose("exports_reading", **said) or SAY.prose("exports_agree")


def corrections_reading(month: Month) -> Prose:
    """How many corrections of the drafter were used in this period, and what they changed."""
    n = month.quality["corrections"]
    return SAY.prose("corrections_reading", n=n) if n["read"] else SAY.prose("no_correction")


def corrections_table(month: Month) -> Table:
    """Dossiers corrected in each ward, and in what."""
    used = corrections(month)
    used = used[used["used"]].assign(n=1)
    counts = used.groupby("name", as_index=False)[["n", *CHANGES]].sum()
    return SAY.table("corrections", counts)


def headings_reading(month: Month) -> Prose:
    """Headings that are not known, and what became of their columns."""
    unknown = month.unknown_headings["heading"].tolist()
    if not unknown:
        return SAY.prose("no_unknown_heading")
    return SAY.prose("headings_reading", unknown=unknown)


def method(month: Month) -> Prose:
    """How rows are read and versions of a dossier are settled."""
    return SAY.prose("method")


LIST = "list:"
MOST_ROWS = 40


def signs_reading(month: Month) -> Prose:
    """Where to ask first, one line per check, and what could not be checked."""
    by_sign = signs(month).groupby("check", sort=False)
    verdicts = checks(month).groupby("check", sort=False)["is_sign"]
    untold = verdicts.apply(lambda values: values.isna().all())
    return SAY.prose(
        "signs_reading",
        signs=[(CHECK_LABELS[name], rows["name"].tolist()) for name, rows in by_sign],
        unknown=[CHECK_LABELS[name].lower() for name, none in untold.items() if none],
    )


def signs_table(month: Month) -> Table:
    """Signs with their number, threshold and question."""
    table = signs(month)
    shown = {
        f"shown_{name}": [
            _told(month, name, *pair) for pair in zip(table["check"], table[name], strict=True)
        ]
        for name in ("number", "threshold")
    }
    table = table.assign(
        **shown,
        kind_label=table["check"].map(CHECK_LABELS),
        question=[SAY(f"questions.{check}", month) for check in table["check"]],
    )
    return SAY.table("signs", table)


def checks_table(month: Month) -> Table:
    """Every ward and check: the number, marked where it is a sign."""
    table = checks(month)
    cells = [
        _told(month, "number", row.check, row.number) + (" (?)" if row.is_sign is True else "")
        if pd.notna(row.is_sign)
        else NOTHING
        for row in table.itertuples()
    ]
    wide = table.assign(cell=cells).pivot(index="code", columns="check", values="cell")
    wide = wide.assign(name=[month.unit_names[code] for code in wide.index])
    order = [unit.code for unit in month.units]
    labels = {"name": LABELS["name"]} | CHECK_LABELS
    return show(wide.loc[order], labels, caption=SAY("tables.checks"))


def _told(month: Month, part: str, check: str, value: float | None) -> str:
    """Number or threshold of a check with its unit."""
    if pd.isna(value):
        return NOTHING
    return SAY(f"check.{part}", month, check=check, value=value)


def signs_method(month: Month) -> Prose:
    """What each check compares."""
    return SAY.prose("signs_method", month, slack=SLACK_DAYS)


def issued_reading(month: Month, folder: str | Path) -> Prose:
    """Which months looked back on were issued, by which letters, and what of them has moved."""
    words = issued_words(month, folder)
    if not words:
        return SAY.prose("none_issued", month)
    changes = issued_changes(month, folder)
    months = [_moved(month, one, changes) for one in issued_lately(month, folder)]
    return SAY.prose("issued_reading", month, told=words, months=months)


def _moved(month: Month, one: Issued, changes: pd.DataFrame) -> dict[str, Any]:
    """What of an issued month has moved: how many numbers, of how many wards, the city's rate."""
    rows = changes[changes["month"] == one.month]
    of_city = rows["code"] == ""
    rate = rows[of_city & (rows["measure"] == "rate_percent")]
    return {
        "month": one.month,
        "moved": len(rows),
        "wards": rows.loc[~of_city, "name"].nunique(),
        "rate": rate.head(1).to_dict("records"),
        "is_other": _is_other(month, one),
    }


def _is_other(month: Month, one: Issued) -> bool:
    """Whether a month was issued by another method or period than it is computed with now."""
    now = month.at(one.month)
    method = now.params.model_dump(mode="json")
    same = all(method.get(key) == value for key, value in one.content["method"].items())
    return not same or one.content["period"] != now.dated


def issued_table(month: Month, folder: str | Path) -> Table:
    """What moved in issued months: unit, month, measure, issued, now; rates and lists first."""
    table = issued_changes(month, folder)
    first = table["measure"].map(lambda m: 0 if m == "rate_percent" else 1 if m[:5] == LIST else 2)
    table = table.assign(first=first).sort_values(["month", "first"], kind="stable")
    shown = {
        when: [_value(m, v) for m, v in zip(table["measure"], table[when], strict=True)]
        for when in ("issued", "now")
    }
    table = table.assign(**shown, measure_label=table["measure"].map(_measure))
    return SAY.table("issued", table, month, limit=MOST_ROWS)


def _measure(name: str) -> str:
    """Label of a measure, a cause or a list."""
    if name.startswith(LIST):
        return SAY("issued.list", label=LIST_LABELS[name.removeprefix(LIST)])
    if name in causes():
        return causes()[name]["label"]
    return reference.MEASURE_LABELS.get(name) or LABELS[name]


def _value(measure: str, value: float | None) -> str:
    if pd.isna(value):
        return NOTHING
    return SAY("issued.value", measure=measure, value=value, is_list=measure.startswith(LIST))
