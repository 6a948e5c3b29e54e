"""Chapter 04, what changed since last month: parts of the movement, lists, causes."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from motcua.base import style
from motcua.base import vietnamese as vi
from motcua.base.reference import LIST_LABELS, causes
from motcua.chapters.causes import shares
from motcua.chapters.figure import empty, framed
from motcua.chapters.sentences import Prose, Words, said_at, signed
from motcua.chapters.shapes import month_panels, name_rows
from motcua.chapters.table import Table, show
from motcua.measures.control import MIX, VOLUME, has_before, late_change, list_changes, ward_change
from motcua.measures.control import rate_change as rate_parts
from motcua.measures.month import Month
from motcua.measures.orders import LISTS

SAY = Words("changes")


def rate_change(month: Month) -> go.Figure:
    """Bars of the points that each part added (blue, ▲) or took (orange, ▼), largest first."""
    every = rate_parts(month)
    table = every[every["points_shown"] != 0]
    if table.empty:
        said = SAY.empty("rate_change", month, has_before=not every.empty)
        return empty(month, **said, table=_table(month))
    table = table.iloc[table["points"].abs().argsort(kind="stable")[::-1]].reset_index(drop=True)
    words = [SAY("rate_change.bar", value=value) for value in table["points_shown"]]
    figure = go.Figure(_part_bars(table, words))
    largest = float(table["points_shown"].abs().max())
    figure.update_xaxes(visible=False, range=[-1.45 * largest, 1.45 * largest])
    name_rows(figure, table["label"], 0.5, -0.5)
    figure.add_vline(x=0, line={"color": style.MUTED, "width": 1})
    small = {"yaxis": {"tickfont": {"size": 11}}, "xaxis": {"range": [-2 * largest, 2 * largest]}}
    top = every.loc[every["points"].abs().idxmax()].to_dict()
    said = SAY.chart(
        "rate_change",
        month,
        total=round(every["points_shown"].sum(), 2),
        top=top,
        is_mix=top["part"] == MIX,
        parts=[f"{name} {word}" for name, word in zip(table["label"], words, strict=True)],
    )
    return framed(
        figure,
        month,
        **said,
        table=_table(month),
        height=38 * len(table) + 30,
        compact={"data": [{"textfont": {"size": 11}}], "layout": small},
        picks=_picks(month),
    )


def _part_bars(table: pd.DataFrame, words: list[str]) -> go.Bar:
    """One bar per part, blue up or orange down, with its points in words."""
    return go.Bar(
        x=table["points_shown"].tolist(),
        y=list(range(len(table))),
        orientation="h",
        width=0.55,
        marker={"color": [style.BLUE if v > 0 else style.ORANGE for v in table["points_shown"]]},
        text=words,
        textposition="outside",
        cliponaxis=False,
        hovertext=[
            SAY.hover("rate_change.hover", name=name, words=word)
            for name, word in zip(table["label"], words, strict=True)
        ],
        hoverinfo="text",
        name="parts",
    )


def _picks(month: Month) -> dict[str, dict[str, str]]:
    """What each ward added to the movement, in words, for the picker of the page."""
    return {
        ward.code: {"note": SAY("rate_change.note", month, ward=ward)}
        for ward in ward_change(month).itertuples()
    }


def _table(month: Month) -> Table:
    table = rate_parts(month)
    words = [signed(value) for value in table["points_shown"]]
    return SAY.table("rate_change", table.assign(words=words), month)


def cause_trend(month: Month) -> go.Figure:
    """Late dossiers per month, one panel per cause, all on one scale, this month in focus."""
    causes = month.late_by_cause.drop_duplicates("cause").set_index("cause")["label"]
    causes = causes[[cause for cause in causes.index if cause in month.city_history]]
    history = month.city_history[["month", *causes.index]]
    table = show(
        history,
        {"month": SAY("headings.month"), **causes},
        caption=SAY("tables.causes"),
        formats={"month": "month"},
    )
    late = history.iloc[-1][causes.index].astype(float).rename(causes)
    return framed(
        month_panels(history, dict(causes)),
        month,
        **SAY.chart("cause_trend", month, late=late, months=len(history)),
        table=table,
        height=88 * len(causes) + 56,
        top=26,
        compact={
            "data": [{"textfont": {"size": 10}}] * len(causes),
            "layout": {"margin": {"l": 4}},  # half of the label under the first month
        },
        picks=shares(month, "label"),
    )


def cause_trend_reading(month: Month) -> Prose:
    """Change of each cause since last month."""
    history = month.city_history
    if len(history) < 2:
        return SAY.prose("no_month_before")
    before, now = history.iloc[-2], history.iloc[-1]
    moved = [
        (cause["label"], now[code], before[code])
        for code, cause in causes().items()
        if now[code] or before[code]
    ]
    return SAY.prose("cause_trend_reading", causes=moved)


def conclusion(month: Month) -> Prose:
    """How the city's rate moved since last month, and what moved it, in numbers that add up."""
    parts = rate_parts(month)
    if parts.empty:
        return SAY.prose("no_month_before")
    is_mix = parts["part"] == MIX
    by_cause = parts[~is_mix].sort_values("points", ascending=False)
    wards = ward_change(month).sort_values("points", kind="stable")
    late = late_change(month).set_index("part")
    total, volume = int(late["exact"].sum()), late.at[VOLUME, "points_shown"]
    return SAY.prose(
        "conclusion",
        month,
        before=month.previous.city,
        parts=list(parts["points_shown"]),
        total=round(parts["points_shown"].sum(), 2),
        up=by_cause[by_cause["points_shown"] > 0],
        down=by_cause[by_cause["points_shown"] < 0].iloc[::-1],
        mix=parts.loc[is_mix, "points_shown"].iloc[0],
        late=total,
        volume=volume,
        rest=round(total - volume, 1),
        raised=wards[wards["points"] > 0].tail(3).iloc[::-1],
        lowered=wards[wards["points"] < 0].head(3),
    )


def lists_table(month: Month) -> Table:
    """Who entered, left and stayed in each list of the letter since last month."""
    table, changes = list_changes(month), said_at("changes", "changes")
    rows = []
    for name in LISTS:
        own = table[table["list"] == name]
        row = {"list": LIST_LABELS[name]}
        for key in changes:
            row[key] = ", ".join(own.loc[own["change"] == key, "name"]) or vi.NOTHING
        rows.append(row)
    headings = {"list": SAY("headings.list")} | changes
    return show(pd.DataFrame(rows), headings, caption=SAY("tables.lists"))


def lists_reading(month: Month) -> Prose:
    """How many entered and left the list of units below, and which."""
    table = list_changes(month)
    if not has_before(month):
        return SAY.prose("no_month_before")
    own = table[table["list"] == "below_threshold"]
    groups = [
        (label, own.loc[own["change"] == key, "name"].tolist())
        for key, label in said_at("changes", "changes").items()
    ]
    return SAY.prose("lists_reading", month, groups=groups)
