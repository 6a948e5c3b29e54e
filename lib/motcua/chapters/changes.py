"""Chapter 04, what changed: this month beside the last and a year before, parts, lists, causes."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from motcua.base import style
from motcua.base import vietnamese as vi
from motcua.base.reference import LIST_LABELS
from motcua.chapters.causes import shares
from motcua.chapters.control import numbers
from motcua.chapters.figure import OF_CITY, empty, framed, mark
from motcua.chapters.sentences import Words, said_at, signed
from motcua.chapters.shapes import month_panels, name_rows
from motcua.chapters.table import Table, show
from motcua.measures.control import KEY_NUMBERS, MIX, key_numbers, list_changes
from motcua.measures.control import rate_change as rate_parts
from motcua.measures.month import Month
from motcua.measures.orders import LISTS

SAY = Words("changes")


def comparison(month: Month) -> Table:
    """Key numbers of this month, the last and the same one a year before, as far as there are data.

    Beside them what the months at hand make of each: better, worse, or the usual range.
    """
    history = month.city_history.set_index("month")
    asked = {"now": month, "before": month.previous, "year_before": month.year_before}
    known = {one.month: key for key, one in reversed(asked.items()) if one}  # the last and the
    known = dict(reversed(known.items()))  # same one a year before may be one
    limit = month.params.threshold_percent
    rows = []
    for number in numbers(month):
        key = number["key"]
        column = "rate_percent" if key == "rate" else KEY_NUMBERS[key][0]
        write = (lambda v: vi.percent(v, limit)) if key == "rate" else vi.number
        rows.append(number | {name: write(history.at[name, column]) for name in known})
    months = {name: SAY(f"headings.{key}", month, name=name) for name, key in known.items()}
    headings = {"label": SAY("headings.number"), **months, "verdict": SAY("headings.verdict")}
    return show(pd.DataFrame(rows), headings, caption=SAY("tables.comparison", month))


def rate_change(month: Month) -> go.Figure:
    """Bars of the points that each part added or took, largest first; coloured if a signal tells."""
    every = rate_parts(month)
    every["words"] = every["points_shown"].map(signed)
    twin = SAY.table("rate_change", every, month)
    table = every[every["points_shown"] != 0]
    if table.empty:
        said = SAY.empty("rate_change", month, has_before=not every.empty)
        return empty(month, **said, table=twin)
    table = table.iloc[table["points"].abs().argsort(kind="stable")[::-1]].reset_index(drop=True)
    signal = key_numbers(month).set_index("key").at["rate", "signal"]
    up, down = (style.GREY, style.GREY) if signal == "none" else (style.BLUE, style.ORANGE)
    bars = mark(
        "rate_change",
        x=table["points_shown"].tolist(),
        y=list(range(len(table))),
        marker={"color": [down if value < 0 else up for value in table["points_shown"]]},
        text=table["words"].tolist(),
        hovertext=[SAY.hover("rate_change.hover", part=part) for part in table.itertuples()],
    )
    figure, largest = go.Figure(bars), float(table["points_shown"].abs().max())
    figure.update_xaxes(visible=False, range=[-1.45 * largest, 1.45 * largest])
    name_rows(figure, table["label"], 0.5, -0.5)
    figure.add_vline(x=0, line={"color": style.MUTED, "width": 1})
    small = {"yaxis": {"tickfont": {"size": 12}}, "xaxis": {"range": [-2 * largest, 2 * largest]}}
    said = {
        "total": round(every["points_shown"].sum(), 2),
        "signal": signal,
        "verdict": numbers(month)[0]["verdict"],
        "is_mix": table.at[0, "part"] == MIX,
        "parts": table,
    }
    return framed(
        figure,
        month,
        **SAY.chart("rate_change", month, **said),
        table=twin,
        rows=len(table),
        compact={"data": [{"textfont": {"size": 12}}], "layout": small},
        picks=OF_CITY,
    )


def cause_trend(month: Month) -> go.Figure:
    """Late dossiers per month, one panel per cause, all on one scale, this month in focus."""
    causes = month.late_by_cause.drop_duplicates("cause").set_index("cause")["label"]
    causes = causes[[cause for cause in causes.index if cause in month.city_history]]
    history = month.city_history[["month", *causes.index]]
    heads, caption = {"month": SAY("headings.month", month), **causes}, SAY("tables.causes", month)
    table = show(history, heads, caption=caption, formats={"month": "month"})
    late = history[causes.index].astype(int).rename(columns=causes)
    now = late.iloc[-1]
    leads = late.eq(late.max(axis=1), axis=0) & (late > 0)
    alone = leads[leads.sum(axis=1) == 1]
    return framed(
        month_panels(history, dict(causes)),
        month,
        **SAY.chart("cause_trend", month, late=now, led=int(alone[now.idxmax()].sum())),
        table=table,
        rows=len(causes),
        compact={
            "data": [{"textfont": {"size": 12}}] * len(causes),
            "layout": {"margin": {"l": 4}},  # half of the label under the first month
        },
        picks=shares(month),
    )


def lists_table(month: Month) -> Table:
    """Who entered, left and stayed in each list of the letter since last month."""
    changes = said_at("changes", "changes")
    names = list_changes(month).groupby(["list", "change"])["name"].agg(", ".join)
    wide = names.unstack().reindex(index=LISTS, columns=list(changes)).astype(object)
    wide = wide.fillna(SAY("no_unit"))
    rows = wide.rename(index=LIST_LABELS).reset_index(names="list")
    headings = {"list": SAY("headings.list")} | changes
    return show(rows, headings, caption=SAY("tables.lists", month))
