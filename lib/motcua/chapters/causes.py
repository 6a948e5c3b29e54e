"""Chapter 02: why dossiers are late, who answers for it, and what the rates would be without it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from motcua.base import vietnamese as vi
from motcua.base.reference import LIST_LABELS, causes
from motcua.chapters.figure import empty, framed
from motcua.chapters.sentences import Prose, Words
from motcua.chapters.shapes import (
    column_panels,
    compact_panels,
    compact_sorted,
    sorted_bars,
    sorted_height,
)
from motcua.chapters.table import Table, listed, show
from motcua.measures.causes import (
    APOLOGY_LEAD_DAYS,
    CITY,
    QUESTIONED,
    back_at_threshold,
    days_by_ward,
    if_not_for,
    late_days,
    notices,
    points_by_party,
)
from motcua.measures.month import Month

SAY = Words("causes")
TOTAL = SAY("total")


def late_by_ward(month: Month) -> go.Figure:
    """Percentage points lost per ward with a late dossier, worst first: in all, then by cause."""
    late = month.late_by_cause[month.late_by_cause["points_lost"] > 0]
    table = SAY.table("ward_causes", late, month)
    if late.empty:
        return empty(month, **SAY.empty("late_by_ward", month), table=table)
    wide, below = _ward_points(month, late)
    wards = list(_wards(late, wide))
    wide.index = [ward["name"] for ward in wards]
    return framed(
        column_panels(wide, wide.map(lambda points: vi.decimal(points, 2)), below),
        month,
        **SAY.chart("late_by_ward", month, points=wide[TOTAL], wards=wards),
        table=table,
        height=24 * len(wide) + 64,
        top=48,
        bottom=8,
        compact=compact_panels(wide),
        picks={
            ward["code"]: {"y": place, "note": SAY("late_by_ward.note", ward=ward)}
            for place, ward in enumerate(wards)
        },
    )


def late_by_cause(month: Month) -> go.Figure:
    """Late dossiers and points lost of the city per cause, most first."""
    return _sorted(month, month.city_by_cause, "late_by_cause")


def late_by_party(month: Month) -> go.Figure:
    """Late dossiers and points lost of the city per responsible party, most first."""
    sums = month.late_by_party.rename(columns={"party_label": "label"})
    return _sorted(month, sums, "late_by_party")


def _sorted(month: Month, sums: pd.DataFrame, name: str) -> go.Figure:
    """Sorted bars of `late` per `label`."""
    rows = sums.sort_values("late", ascending=False, kind="stable")
    what = SAY(f"{name}.what")
    caption = SAY(f"{name}.caption", month, what=what)
    table = listed(rows, "late_by_cause", caption=caption, headings={"label": what})
    late = rows.set_index("label")["late"]
    if not late.sum():
        return empty(month, **SAY.empty(name, month), table=table)
    labels, notes = list(late.index), [SAY("counted", row=row) for row in rows.itertuples()]
    tied = (late == late.max()).sum() > 1
    said = SAY.chart(
        name, month, what=what, late=late, tied=tied, notes=list(zip(labels, notes, strict=True))
    )
    return framed(
        sorted_bars(labels, late.tolist(), notes),
        month,
        **said,
        table=table,
        height=sorted_height(len(rows)),
        bottom=4,
        compact=compact_sorted(labels, notes),
        picks=shares(month, "label" if name == "late_by_cause" else "party_label"),
    )


def shares(month: Month, by: str) -> dict[str, dict[str, str]]:
    """Late dossiers of each ward per cause or party, in words, for the picker of the page."""
    late = month.late_by_cause[month.late_by_cause["late"] > 0]
    sums = late.groupby(["code", by], sort=False, as_index=False)["late"].sum()
    return {
        code: {"note": SAY("shares", rows=list(zip(part[by], part["late"], strict=True)))}
        for code, part in sums.groupby("code")
    }


def _ward_points(month: Month, late: pd.DataFrame) -> tuple[pd.DataFrame, list[bool]]:
    """Points lost, codes of wards (worst first) x total and causes; verdicts."""
    labels = month.late_by_cause["label"].drop_duplicates()
    wide = late.pivot(index="code", columns="label", values="points_lost")
    wide = wide.reindex(columns=labels).fillna(0)
    wide.insert(0, TOTAL, wide.sum(axis=1))
    wide = wide.sort_values(TOTAL, ascending=False, kind="stable")
    below = month.rates.set_index("code")["below_threshold"].eq(True)[wide.index].tolist()
    return wide, below


def _wards(late: pd.DataFrame, wide: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Code, name, points and late dossiers of each ward in the order of `wide`."""
    counts = late.groupby("code")["late"].sum()
    names = late.drop_duplicates("code").set_index("code")["name"]
    for code, points in wide[TOTAL].items():
        yield {"code": code, "name": names[code], "points": points, "late": counts[code]}


def conclusion(month: Month) -> Prose:
    """How many were late, the biggest cause, and what each list of the letter says."""
    late, table = month.city["late"], month.city_by_cause
    top = table.sort_values("late", ascending=False, kind="stable").iloc[0] if late else None
    lists = [(LIST_LABELS[name], month.names(name)) for name in _CAUSE_LISTS if late]
    return SAY.prose("conclusion", month, late=late, top=top, lists=lists)


_CAUSE_LISTS = ("forgot_to_close", "urban_management", "software_error")


def table(month: Month) -> Table:
    """Late dossiers of the city by cause."""
    return SAY.table("causes", month.city_by_cause, month)


def conflicts_table(month: Month) -> Table:
    """Reasons on record that the dates contradict, counted by ward."""
    return SAY.table("conflicts", month.conflict_counts, limit=30)


def limits(month: Month) -> Prose:
    """How many causes are recorded, inferred, evidenced, in conflict, unknown."""
    late = month.late_dossiers
    claimed = late[late["cause"].isin(["forgot_to_close", "software_error"])]
    return SAY.prose(
        "limits",
        late=len(late),
        recorded=(late["cause_source"] == "recorded").sum(),
        evidenced=claimed["evidenced"].sum(),
        claimed=len(claimed),
        conflicts=len(month.cause_conflicts),
        unknown=(late["cause"] == "unknown").sum(),
    )


def method(month: Month) -> Prose:
    """Order in which a cause is looked for, and the rule of the lists."""
    order = [causes()[c]["label"].lower().replace("qlđt", "QLĐT") for c in causes()]
    return SAY.prose("method", month, causes=order)


def points_reading(month: Month) -> Prose:
    """How the city's lost points add up, party by party, in the numbers as they are shown."""
    table = points_by_party(month)
    parts = table[table["code"] == CITY]
    return SAY.prose(
        "points",
        month,
        parts=parts,
        total=parts["points_shown"].sum(),
        sorted=parts.sort_values("exact", ascending=False, kind="stable"),
    )


def back_reading(month: Month) -> Prose:
    """Which wards below would not be so without one cause, claimed and with evidence."""
    below = month.lists["below_threshold"]
    table = if_not_for(month)
    table = table[table["code"].isin(below) & table["cause"].isin(QUESTIONED)]
    back = set(table.loc[table["back_claimed"], "name"])
    return SAY.prose(
        "back",
        month,
        below=len(below),
        without=[
            (
                causes()[cause]["label"],
                *(_names(table, cause, how) for how in ("claimed", "evidenced")),
            )
            for cause in QUESTIONED
            if below
        ],
        rest=[name for name in month.names("below_threshold") if name not in back],
    )


def _names(table: pd.DataFrame, cause: str, how: str) -> list[str]:
    """Who would be back without a cause, as claimed or as evidenced."""
    return table.loc[(table["cause"] == cause) & table[f"back_{how}"], "name"].tolist()


def back_table(month: Month) -> Table:
    """Wards below and their rate without each of three causes, as claimed and as evidenced."""
    table = back_at_threshold(month)
    pairs = {
        cause: [
            SAY("back_pair", month, claimed=claimed, proven=proven)
            if claimed > official
            else vi.NOTHING
            for official, claimed, proven in zip(
                table["rate_percent"],
                table[f"{cause}_claimed"],
                table[f"{cause}_evidenced"],
                strict=True,
            )
        ]
        for cause in QUESTIONED
    }
    return SAY.table("back", table.assign(**pairs), month)


def handover_reading(month: Month) -> Prose:
    """Whose the late days of handed-over dossiers are, and whether wards could know in time."""
    has_days, told = not late_days(month).empty, notices(month)
    return SAY.prose(
        "handover",
        days=has_days,
        total=days_by_ward(month).sum(numeric_only=True).to_dict(),
        notices=told[(told["dossiers"] > 0) & has_days],
    )


def days_table(month: Month) -> Table:
    """Late days of handed-over dossiers by ward and holder."""
    return SAY.table("handover", days_by_ward(month))


def points_table(month: Month) -> Table:
    """Points lost per ward and party, largest first; a row adds up to 100 minus the rate."""
    table = points_by_party(month)
    wards = table[table["code"] != CITY]
    order = wards.groupby("code")["exact"].sum().sort_values(ascending=False, kind="stable").index
    wide = wards.pivot(index="code", columns="party_label", values="points_shown").fillna(0)
    parties = list(dict.fromkeys(table.sort_values("party")["party_label"]))
    wide = wide.reindex(index=order, columns=[p for p in parties if p in wide.columns]).round(2)
    wide["total"] = wide.sum(axis=1).round(2)
    wide.insert(0, "name", [month.unit_names[code] for code in wide.index])
    labels = {c: c for c in wide.columns} | {c: SAY(f"headings.{c}") for c in ("name", "total")}
    return show(
        wide.reset_index(drop=True),
        labels,
        caption=SAY("tables.points"),
        formats=dict.fromkeys(list(wide.columns)[1:], "points"),
    )


def attribution_method(month: Month) -> Prose:
    """How points, "if not for" rates and days are computed."""
    return SAY.prose("attribution_method", month, lead=APOLOGY_LEAD_DAYS)
