"""Chapter 03: complaints by ward, kind and channel, per 1,000 dossiers, answered, told twice."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from motcua.base import style
from motcua.base import vietnamese as vi
from motcua.base.reference import feedback_kinds, word
from motcua.chapters.figure import empty, framed, mark
from motcua.chapters.sentences import Prose, Words
from motcua.chapters.shapes import SMALL, column_panels, intervals, name_rows
from motcua.chapters.table import Table, show
from motcua.measures.feedback import complaints, feedback_channels, feedback_rates, most_complaints
from motcua.measures.month import Month

SAY = Words("feedback")
TOTAL = SAY("total")


def feedback_by_ward(month: Month) -> go.Figure:
    """Complaints per ward, in all and by kind, most first."""
    by_kind = month.feedback.groupby(["code", "kind_label"], observed=True).size()
    wide = by_kind.unstack(fill_value=0)
    wide = wide[wide.sum().sort_values(ascending=False, kind="stable").index]
    wide.insert(0, TOTAL, wide.sum(axis=1))
    wide = wide.sort_values(TOTAL, ascending=False, kind="stable")
    codes, kinds = list(wide.index), list(wide.columns[1:])
    wide.index = pd.Index([month.unit_names[code] for code in codes], name="name")
    heads = {"name": SAY("head")} | {column: column for column in wide.columns}
    table = show(wide.reset_index(), heads, caption=SAY("feedback_by_ward.caption", month))
    if wide.empty:
        return empty(month, **SAY.empty("feedback_by_ward", month), table=table)
    notes = [SAY("note", counts=row[row > 0].drop(TOTAL)) for _, row in wide.iterrows()]
    first = most_complaints(month)
    return framed(
        column_panels(wide),
        month,
        **SAY.chart("feedback_by_ward", month, first=first, totals=wide[TOTAL], kinds=kinds),
        table=table,
        rows=len(wide),
        picks={c: {"y": y, "note": notes[y]} for y, c in enumerate(codes)},
    )


def feedback_per_1000(month: Month) -> go.Figure:
    """Dots of the complaints per 1,000 resolved dossiers with exact intervals, most first."""
    table = feedback_rates(month)
    table = table[table["per_1000"].notna()]
    wards = table[(table["feedback"] > 0) & (table["code"] != "")].reset_index(drop=True)
    twin = SAY.table("feedback_per_1000", table, month)
    if wards.empty:
        return empty(month, **SAY.empty("feedback_per_1000", month), table=twin)
    city = table[table["code"] == ""].iloc[0].to_dict()
    wards["words"] = [SAY("feedback_per_1000.words", row=row) for row in wards.itertuples()]
    dots = mark(
        "feedback_per_1000",
        x=wards["per_1000"].tolist(),
        y=wards.index.tolist(),
        text=[vi.decimal(value, 1) for value in wards["per_1000"]],
        hovertext=[SAY.hover("feedback_per_1000.hover", row=row) for row in wards.itertuples()],
    )
    figure = go.Figure([intervals(wards, "per_1000_low", "per_1000_high"), dots])
    average = city["per_1000"]
    figure.add_vline(x=average, line={"color": style.INK, "width": 1.5, "dash": "dash"})
    figure.add_annotation(
        x=average, y=1, yref="paper", yanchor="bottom", xanchor="left", showarrow=False,
        text=SAY("feedback_per_1000.average", average=average), font=SMALL,
    )  # fmt: skip
    figure.update_xaxes(rangemode="tozero")
    name_rows(figure, wards["name"], 0.4, -0.7)
    first = most_complaints(month)
    return framed(
        figure,
        month,
        **SAY.chart("feedback_per_1000", month, first=first, city=city, wards=wards),
        table=twin,
        rows=len(wards),
        picks={w.code: {"y": w.Index, "note": f"{w.words}."} for w in wards.itertuples()},
    )


def conclusion(month: Month) -> Prose:
    """How many complaints, where, and how many are answered."""
    rows = month.feedback
    feedback = {column: rows[column] for column in ("name", "channel")}
    answered, named = rows["answered_at"].notna().sum(), len(month.lists["feedback"])
    return SAY.prose(
        "conclusion", month, n=len(rows), named=named, feedback=feedback, answered=answered
    )


def reading(month: Month) -> Prose:
    """What the complaints are about."""
    return SAY.prose("reading", kinds=month.feedback["kind_label"])


def method(month: Month) -> Prose:
    """What counts as a complaint, and when two are one."""
    kinds = feedback_kinds().values()
    counted, others = (
        [kind["label"].lower() for kind in kinds if kind["complaint"] == counts]
        for counts in (True, False)
    )
    return SAY.prose("method", month, counted=counted, others=others)


def rates_reading(month: Month) -> Prose:
    """The city's complaints per 1,000 dossiers."""
    city = feedback_rates(month).iloc[-1]
    if not city["resolved"]:
        return SAY.prose("nothing_resolved")
    return SAY.prose("rates_reading", month, all=city.to_dict())


def rates_table(month: Month) -> Table:
    """Wards with complaints, most per 1,000 dossiers first, and the city."""
    table = feedback_rates(month)
    table = table[(table["feedback"] > 0) | (table["name"] == word("Whole"))]
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
    return SAY.table("feedback", complaints(month), limit=60)
