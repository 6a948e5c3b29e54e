"""Chapter 03: complaints by ward, kind and channel, per 1,000 dossiers, answered, told twice."""

from __future__ import annotations

from typing import Any

import pandas as pd
import plotly.graph_objects as go

from motcua.base import style
from motcua.base import vietnamese as vi
from motcua.base.reference import feedback_kinds
from motcua.chapters.figure import empty, framed
from motcua.chapters.sentences import Prose, Words
from motcua.chapters.shapes import column_panels, compact_panels, intervals, name_rows
from motcua.chapters.table import Table, show
from motcua.measures.feedback import CITY_NAME, complaints, feedback_channels, feedback_rates
from motcua.measures.month import Month

SAY = Words("feedback")
TOTAL = SAY("total")


def feedback_by_ward(month: Month) -> go.Figure:
    """Complaints per ward, in all and by kind, most first."""
    return _feedback(month, "name", "feedback_by_ward")


def feedback_by_channel(month: Month) -> go.Figure:
    """Complaints per channel, in all and by kind, most first."""
    return _feedback(month, "channel", "feedback_by_channel")


def _feedback(month: Month, by: str, name: str) -> go.Figure:
    """Panels of the number of complaints per `by`: in all, then by kind."""
    counts = _counts(month.feedback, by)
    kinds = list(counts.columns[1:])
    table = show(
        counts.rename_axis(by).reset_index(),
        {by: SAY(f"{name}.head"), TOTAL: TOTAL} | dict(zip(kinds, kinds, strict=True)),
        caption=SAY(f"{name}.caption", month),
    )
    if counts.empty:
        return empty(month, **SAY.empty(name, month), table=table)
    return framed(
        column_panels(counts, counts.map(vi.number), [False] * len(counts)),
        month,
        **SAY.chart(name, month, totals=counts[TOTAL], kinds=kinds),
        table=table,
        height=30 * len(counts) + 64,
        top=48,
        bottom=8,
        compact=compact_panels(counts),
        picks=_picks(month, counts, by),
    )


def _picks(month: Month, counts: pd.DataFrame, by: str) -> dict[str, dict[str, Any]]:
    """Row of each ward, or through which channels it had complaints, for the picker of the page."""
    rows = {name: place for place, name in enumerate(counts.index)}
    picks = {}
    for code, part in month.feedback.groupby("code"):
        found = part[by if by == "channel" else "kind_label"].value_counts(sort=False)
        picks[code] = {"note": SAY("note", counts=list(found.items()))}
        if by == "name":
            picks[code]["y"] = rows[part["name"].iloc[0]]
    return picks


def _counts(feedback: pd.DataFrame, by: str) -> pd.DataFrame:
    """Number of complaints, `by` (most first) x total and kind (most first)."""
    wide = feedback.groupby([by, "kind_label"], observed=True).size().unstack(fill_value=0)
    kinds = wide.sum().sort_values(ascending=False, kind="stable").index
    wide = wide[kinds]
    wide.insert(0, TOTAL, wide.sum(axis=1))
    return wide.sort_values(TOTAL, ascending=False, kind="stable")


def feedback_per_1000(month: Month) -> go.Figure:
    """Dots of the complaints per 1,000 resolved dossiers with exact intervals, most first."""
    table = feedback_rates(month)
    table = table[table["per_1000"].notna()]
    told = table[(table["feedback"] > 0) & (table["code"] != "")].reset_index(drop=True)
    city = table[table["code"] == ""]
    twin = SAY.table("feedback_per_1000", table, month)
    if told.empty:
        return empty(month, **SAY.empty("feedback_per_1000", month), table=twin)
    average = float(city["per_1000"].iloc[0])
    words = {row.Index: SAY("feedback_per_1000.words", row=row) for row in told.itertuples()}
    lines = intervals(told, "per_1000_low", "per_1000_high", width=2, name="interval")
    figure = go.Figure([lines, _dots(told, words)])
    figure.add_vline(x=average, line={"color": style.INK, "width": 1.5, "dash": "dash"})
    figure.add_annotation(
        x=average, y=1, yref="paper", yanchor="bottom", xanchor="left", showarrow=False,
        text=SAY.hover("feedback_per_1000.average", city_name=CITY_NAME, average=average), font={"size": style.SIZE_SMALL},
    )  # fmt: skip
    figure.update_xaxes(rangemode="tozero")
    name_rows(figure, told["name"], 0.4, -0.7)
    said = SAY.chart(
        "feedback_per_1000",
        month,
        sure=int((told["per_1000_low"] > average).sum()),
        average=average,
        city_name=CITY_NAME,
        told=list(zip(told["name"], words.values(), strict=True)),
    )
    return framed(
        figure,
        month,
        **said,
        table=twin,
        height=34 * len(told) + 90,
        top=34,
        picks={r.code: {"y": r.Index, "note": f"{words[r.Index]}."} for r in told.itertuples()},
    )


def _dots(told: pd.DataFrame, words: dict[int, str]) -> go.Scatter:
    return go.Scatter(
        x=told["per_1000"].tolist(),
        y=told.index.tolist(),
        mode="markers+text",
        marker={"color": style.BLUE, "size": 10},
        text=[vi.decimal(value, 1) for value in told["per_1000"]],
        textposition="top center",
        textfont={"size": style.SIZE_SMALL},
        hovertext=[
            SAY.hover("feedback_per_1000.hover", name=row.name, words=words[row.Index])
            for row in told.itertuples()
        ],
        hoverinfo="text",
        cliponaxis=False,
        name="per_1000",
    )


def conclusion(month: Month) -> Prose:
    """How many complaints, where, and how many are answered."""
    feedback = month.feedback
    return SAY.prose(
        "conclusion",
        month,
        n=len(feedback),
        named=len(month.lists["feedback"]),
        feedback={column: feedback[column] for column in ("name", "channel")},
        answered=feedback["answered_at"].notna().sum(),
    )


def reading(month: Month) -> Prose:
    """What the complaints are about."""
    return SAY.prose("reading", kinds=month.feedback["kind_label"])


def method(month: Month) -> Prose:
    """What counts as a complaint."""
    kinds = feedback_kinds().values()
    counted, others = (
        [kind["label"].lower() for kind in kinds if kind["complaint"] == counts]
        for counts in (True, False)
    )
    return SAY.prose("method", month, counted=counted, others=others)


def rates_reading(month: Month) -> Prose:
    """The city's complaints per 1,000 dossiers, and which wards are surely above it."""
    table = feedback_rates(month)
    city, wards = table.iloc[-1], table.iloc[:-1]
    if not city["resolved"]:
        return SAY.prose("nothing_resolved")
    above = wards.loc[wards["per_1000_low"] > city["per_1000"], "name"].tolist()
    top = wards.iloc[0].to_dict()
    return SAY.prose("rates_reading", month, all=city.to_dict(), top=top, above=above)


def rates_table(month: Month) -> Table:
    """Wards with complaints, most per 1,000 dossiers first, and the city."""
    table = feedback_rates(month)
    table = table[(table["feedback"] > 0) | (table["name"] == CITY_NAME)]
    return SAY.table("feedback_rates", table)


def channels_table(month: Month) -> Table:
    """Complaints and answers by channel."""
    return SAY.table("feedback_channels", feedback_channels(month))


def answers_reading(month: Month) -> Prose:
    """Which wards have not answered, how long the answers took, and what may be told twice."""
    table = complaints(month)
    if table.empty:
        return SAY.prose("nothing_to_answer")
    return SAY.prose(
        "answers_reading",
        month,
        waiting=sorted(table.loc[table["answered_at"].isna(), "name"].unique()),
        longest=table["days_to_answer"].max() if table["answered_at"].notna().any() else None,
        merged=(table["told"] > 1).sum(),
        alike=table.loc[table["may_be_same"], "name"].tolist(),
    )


def listing(month: Month) -> Table:
    """Complaints of the period, one row each, without dossier numbers."""
    formats = {"told": "number", "days_to_answer": "number"}
    return SAY.table("feedback", complaints(month), formats=formats, limit=60)


def rates_method(month: Month) -> Prose:
    """How the rate and its interval are computed, and what is one complaint."""
    return SAY.prose("rates_method", month)
