"""Chapter 02: why dossiers are late, who answers for it, and what the rates would be without it."""

from __future__ import annotations

from functools import partial

import pandas as pd
import plotly.graph_objects as go

from motcua.base import vietnamese as vi
from motcua.base.reference import LIST_LABELS, URBAN_MANAGEMENT, causes
from motcua.chapters.figure import empty, ends, framed
from motcua.chapters.sentences import Prose, Words, most
from motcua.chapters.shapes import column_panels, sorted_bars
from motcua.chapters.table import Table, show
from motcua.measures import causes as measured
from motcua.measures.causes import NOT_FINISHED, QUESTIONED, points, questioned
from motcua.measures.frame import CITY
from motcua.measures.month import Month

SAY = Words("causes")
TOTAL = SAY("total")


def late_by_ward(month: Month) -> go.Figure:
    """Percentage points lost per ward that lost any, most first: in all, then by cause."""
    lost = points(month)
    lost = lost[(lost["dossiers"] > 0) & (lost["code"] != CITY)]
    wide = lost.pivot(index="code", columns="label", values="points_shown").fillna(0)
    wide = wide[[label for label in points(month)["label"].unique() if label in wide]]
    wide.insert(0, TOTAL, wide.sum(axis=1).round(2))
    wide = wide.sort_values(TOTAL, ascending=False, kind="stable")
    table = _points_table(month, wide)
    if wide.empty:
        return empty(month, **SAY.empty("late_by_ward", month), table=table)
    below = month.rates.set_index("code")["below_threshold"].eq(True)[wide.index].tolist()
    units = lost.groupby("code").agg(name=("name", "first"), dossiers=("dossiers", "sum"))
    wards = units.loc[wide.index].assign(points=wide[TOTAL]).reset_index()
    wide.index, kept = wards["name"].tolist(), ends(len(wide))
    focus = [below[row] for row in kept]
    figure = column_panels(wide.iloc[kept], focus, partial(vi.decimal, digits=2))
    return framed(
        figure,
        month,
        **SAY.chart("late_by_ward", month, points=wide[TOTAL], wards=wards),
        table=table,
        rows=len(kept),
        picks=SAY.picks("late_by_ward.note", wards.iloc[kept].reset_index(drop=True)),
        of=len(wide),
    )


def _points_table(month: Month, wide: pd.DataFrame) -> Table:
    """The same points; a row adds up to 100 minus the rate shown."""
    rows = wide.assign(name=[month.unit_names[code] for code in wide.index])
    labels = {"name": SAY("headings.name")} | {c: c for c in wide.columns}
    return show(
        rows.reset_index(drop=True),
        labels | {TOTAL: SAY("headings.total")},
        caption=SAY("tables.ward_points", month),
        formats=dict.fromkeys(wide.columns, "points"),
    )


def late_by_cause(month: Month) -> go.Figure:
    """Late dossiers and points lost of the city per cause, most first, and who answers for it."""
    rows = month.city_by_cause.sort_values("late", ascending=False, kind="stable")
    table = SAY.table("causes", rows, month)
    rows = rows[rows["late"] > 0]
    if rows.empty:
        return empty(month, **SAY.empty("late_by_cause", month), table=table)
    labels = rows["label"].tolist()
    notes = [SAY("counted", row=r, who=SAY(f"answers.{r.party}")) for r in rows.itertuples()]
    late, pairs = rows.set_index("label")["late"], list(zip(labels, notes, strict=True))
    return framed(
        sorted_bars(labels, late.tolist(), notes),
        month,
        **SAY.chart("late_by_cause", month, late=late, first=_first(late), notes=pairs),
        table=table,
        rows=len(rows),
        picks=shares(month),
    )


def shares(month: Month) -> dict[str, dict[str, str]]:
    """Late dossiers of each ward per cause, in words, for the picker of the page."""
    late = month.late_by_cause[month.late_by_cause["late"] > 0]
    return {
        code: {"note": SAY("shares", rows=list(zip(part["label"], part["late"], strict=True)))}
        for code, part in late.groupby("code")
    }


def conclusion(month: Month) -> Prose:
    """How many were late, the biggest cause, and what each list of the letter says."""
    late = month.city_by_cause.set_index("label")["late"]
    lists = [(LIST_LABELS[name], month.names(name)) for name in QUESTIONED]
    return SAY.prose("conclusion", month, late=late, first=_first(late), lists=lists)


def _first(late: pd.Series) -> str:
    """Known cause of the most late dossiers; empty at a tie, and where that is not known."""
    first = most(late)
    return "" if first == causes()["unknown"]["label"] else first


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
    """Order in which a cause is looked for, the rule of the lists, and how points and days count."""
    left_out = () if month.params.divisions else (URBAN_MANAGEMENT,)
    order = [cause["label"] for code, cause in causes().items() if code not in left_out]
    return SAY.prose("method", month, causes=order, lead=measured.APOLOGY_LEAD_DAYS)


def points_reading(month: Month) -> Prose:
    """How the city's lost points add up, party by party, in the numbers as they are shown."""
    lost = points(month)
    lost = lost[(lost["code"] == CITY) & (lost["dossiers"] > 0)]
    party = lost["party"].mask(lost["cause"] == NOT_FINISHED, NOT_FINISHED)
    parts = lost.groupby(party)[["points_shown", "dossiers"]].sum()
    parts = parts.sort_values("dossiers", ascending=False, kind="stable")
    parts["words"] = [SAY(f"parties.{name}") for name in parts.index]
    return SAY.prose("points", month, parts=parts, total=parts["points_shown"].sum())


def back_reading(month: Month) -> Prose:
    """Which wards below would not be so without one cause, claimed and with evidence."""
    table = questioned(month)
    back = table[table["back_claimed"]]
    proven = back[back["back_evidenced"]]
    return SAY.prose(
        "back",
        month,
        below=table["code"].nunique(),
        without=[
            (label, *(rows.loc[rows["label"] == label, "name"].tolist() for rows in (back, proven)))
            for label in table["label"].unique()
        ],
        rest=[name for name in table["name"].unique() if name not in set(back["name"])],
    )


def back_table(month: Month) -> Table:
    """Wards below and their rate without each of three causes, as claimed and as evidenced."""
    table = questioned(month)
    cells = [SAY("back_pair", month, row=row) or vi.NOTHING for row in table.itertuples()]
    wide = table.assign(cell=cells).pivot(index="code", columns="cause", values="cell")
    back = table[table["back_claimed"]]
    words = pd.Series([SAY("back_word", row=r) for r in back.itertuples()], back["code"], dtype=str)
    rows = table.drop_duplicates("code").set_index("code")[["name", "rate_percent"]]
    rows = rows.join(wide.reindex(columns=QUESTIONED))
    rows["back"] = words.groupby(level=0).agg("; ".join).reindex(rows.index).fillna(vi.NOTHING)
    return SAY.table("back", rows, month)


def handover_reading(month: Month) -> Prose:
    """Whose the late days of handed-over dossiers are, and whether wards could know in time."""
    notices = measured.notices(month).query("dossiers > 0")
    is_known = not measured.late_days(month).empty
    return SAY.prose(
        "handover",
        days=is_known,
        total=measured.days_by_ward(month).sum(numeric_only=True).to_dict(),
        notices=[
            (SAY(f"notices.{n.notice}"), n.dossiers) for n in notices.itertuples() if is_known
        ],
    )


def days_table(month: Month) -> Table:
    """Late days of handed-over dossiers by ward and holder."""
    return SAY.table("handover", measured.days_by_ward(month))
