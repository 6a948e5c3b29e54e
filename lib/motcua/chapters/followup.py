"""Chapter 05: orders followed up, their effect, apologies, repeats, ranking."""

from __future__ import annotations

from typing import Any

import pandas as pd
import plotly.graph_objects as go

from motcua.base import style
from motcua.base import vietnamese as vi
from motcua.base.calendar import next_month
from motcua.base.reference import MOVED_LABELS, ORDER_MEASURES, RESTRICTED, STATE_LABELS
from motcua.chapters.figure import empty, framed
from motcua.chapters.sentences import Prose, Words
from motcua.chapters.shapes import column_panels, compact_panels, intervals, name_rows
from motcua.chapters.table import Table, show
from motcua.measures.apologies import apologies
from motcua.measures.followup import earlier_months, effects, ledger
from motcua.measures.month import Month
from motcua.measures.orders import orders
from motcua.measures.ranking import EDGE, FACTORS, ranking, year_months
from motcua.measures.repeats import repeats_by_ward, window

SAY = Words("followup")


def followup_states(month: Month) -> go.Figure:
    """Orders in the letter's order, one panel per state, overdue first."""
    rows = ledger(month)
    names = {o.number: SAY("followup_states.titled", order=o) for o in orders(month)}
    counts = rows.groupby(["order_no", "state"]).size().unstack(fill_value=0)
    counts = counts.reindex(columns=list(STATE_LABELS), fill_value=0)
    wide = counts.rename(index=names, columns=STATE_LABELS).astype("int64")
    table = show(
        wide.rename_axis("order").reset_index(),
        {"order": SAY("followup_states.head")} | {c: c for c in wide.columns},
        caption=SAY("followup_states.subtitle", month),
    )
    if rows.empty:
        return empty(month, **SAY.empty("followup_states", month), table=table)
    wide.index = [SAY("followup_states.order", number=number) for number in counts.index]
    said = SAY.chart(
        "followup_states",
        month,
        late=wide[STATE_LABELS["overdue"]].sum(),
        total=len(rows),
        orders=[(name, [(c, n) for c, n in row.items() if n]) for name, row in wide.iterrows()],
    )
    return framed(
        column_panels(wide, wide.map(vi.number), [n > 0 for n in wide.iloc[:, 0]]),
        month,
        **said,
        table=table,
        height=32 * len(wide) + 84,
        top=66,
        bottom=8,
        compact=compact_panels(wide),
        picks=_states_of_wards(rows),
    )


def _states_of_wards(rows: pd.DataFrame) -> dict[str, dict[str, str]]:
    """State of each order to each ward, in words, for the picker of the page."""
    return {
        code: {
            "note": SAY(
                "followup_states.note",
                orders=[(row.order_no, STATE_LABELS[row.state]) for row in own.itertuples()],
            )
        }
        for code, own in rows.groupby("code", sort=False)
        if code
    }


def ranking_ranges(month: Month) -> go.Figure:
    """One row per ward: its rank as a dot, the ranks it has under other weights as a line."""
    table = ranking(month)
    table = table[table["rank"].notna()].reset_index(drop=True)
    whole = dict.fromkeys(("rank", "best", "worst"), "int64")
    table = table.astype(whole)
    shares = dict.fromkeys(("top_share", "bottom_share"), "percent")
    twin = SAY.table("rank_ranges", table, formats=shares)
    if table.empty:
        return empty(month, **SAY.empty("ranking_ranges", month), table=twin)
    last = len(table)
    ranges = intervals(table, "best", "worst", width=6, name="range")
    figure = go.Figure([ranges, _ranks(table)])
    figure.update_xaxes(
        range=[0.2, last + 0.8], tickvals=_ticks(last), side="top", title=SAY("ranking_ranges.axis")
    )
    name_rows(figure, table["name"], 0.4, -0.8)
    firm = int((table["worst"] - table["best"] <= 2).sum())
    return framed(
        figure,
        month,
        **SAY.chart("ranking_ranges", month, firm=firm, wards=table),
        table=twin,
        height=style.ROW_HEIGHT * last + 80,
        top=52,
        bottom=8,
        compact={"layout": {"yaxis": {"tickfont": {"size": 11}}}},
        picks={row.code: {"y": row.Index, "note": _place(row)} for row in table.itertuples()},
    )


def _place(row: Any) -> str:
    """Rank of one ward and where other weights would put it, in words."""
    return SAY("ranking_ranges.note", ward=row)


def _ranks(table: pd.DataFrame) -> go.Scatter:
    hover = [
        SAY.hover("ranking_ranges.hover", name=row.name, note=_place(row))
        for row in table.itertuples()
    ]
    return go.Scatter(
        x=table["rank"].tolist(),
        y=table.index.tolist(),
        mode="markers",
        marker={"color": style.BLUE, "size": 10, "symbol": "circle"},
        hovertext=hover,
        hoverinfo="text",
        cliponaxis=False,
        name="rank",
    )


def _ticks(last: int) -> list[int]:
    return [1, *range(5, last + 1, 5)]


def conclusion(month: Month) -> Prose:
    """How many orders stand where, who is overdue, what moved, and what is owed."""
    table = ledger(month)
    if table.empty:
        return Prose(f"**{SAY('nothing_yet')}**")
    counts, late = table["state"].value_counts(), table[table["state"] == "overdue"]
    moved, owed, repeated = effects(month), apologies(month), repeats_by_ward(month)
    many = repeated[repeated["by_dossier"] > 0]
    return SAY.prose(
        "conclusion",
        month,
        total=len(table),
        late=len(late),
        states=[
            (label, counts[state])
            for state, label in STATE_LABELS.items()
            if state != "overdue" and counts.get(state)
        ],
        overdue=_by_unit(late),
        effects=len(moved),
        before=next_month(month.month, -1),
        moves=[
            (row.order_no, MOVED_LABELS[row.moved])
            for row in moved.itertuples()
            if row.moved in MOVED_LABELS
        ],
        sums=owed.sum(numeric_only=True).to_dict(),
        repeaters=len(many),
        by_dossier=many["by_dossier"].sum(),
        active=many["active"].sum(),
    )


def _by_unit(rows: pd.DataFrame) -> Prose:
    """Units with the numbers of their orders: Hố Nai (mục 1, 2)."""
    told = [(name, list(own["order_no"])) for name, own in rows.groupby("name", sort=False)]
    return SAY.prose("by_unit", units_told=told)


def states_reading(month: Month) -> Prose:
    """Which orders are known from no follow-up file, and which reports came after the period."""
    table = ledger(month)
    if table.empty:
        return SAY.prose("nothing_yet")
    again = table[
        (table["open_since"] != table["ordered_in"])
        & (table["state"] != "done_evidenced")
        & (table["code"] != "")
        & (table["order_no"] != 4)
    ]
    said = SAY.prose(
        "states_reading",
        again=_by_unit(again),
        after=_by_unit(table[table["reported_after"]]),
        unknown=int((~table["in_file"]).sum()),
    )
    return said or SAY.prose("all_in_file")


def ledger_table(month: Month) -> Table:
    """The ledger but for order 4, which stands in the table of apologies."""
    table = ledger(month)
    table = table[table["key"] != "apologies"]
    table = table.assign(
        state_label=table["state"].map(STATE_LABELS),
        moved_label=table["moved"].map(MOVED_LABELS),
        days_overdue=table["days_overdue"].where(table["days_overdue"] > 0),
    )
    return SAY.table("ledger", table, formats={"days_overdue": "number"})


def order_words(month: Month) -> Prose:
    """What the numbers of the orders stand for."""
    return SAY.prose("order_words", orders=orders(month))


def effects_table(month: Month) -> Table:
    """What was before and after the orders of the month before, with interval and verdict."""
    table = effects(month)
    table = table.assign(
        task=[SAY("task", row=row) for row in table.itertuples()],
        measured=table["key"].map(ORDER_MEASURES),
        moved_label=table["moved"].map(MOVED_LABELS),
    )
    return SAY.table("effects", table)


def effects_reading(month: Month) -> Prose:
    """Which orders helped beyond noise, which did not, and which single units moved."""
    table = effects(month)
    if table.empty:
        return SAY.prose("nothing_yet")
    rows = ledger(month)
    by_order = [(w, table.loc[table["moved"] == w, "order_no"].tolist()) for w in MOVED_LABELS]
    by_unit = [
        (w, _by_unit(rows[(rows["code"] != "") & (rows["moved"] == w)]))
        for w in ("better", "worse")
    ]
    return SAY.prose(
        "effects_reading",
        orders=[(MOVED_LABELS[word], numbers) for word, numbers in by_order if numbers],
        units_moved=[(MOVED_LABELS[word], who) for word, who in by_unit if who],
    )


def apologies_table(month: Month) -> Table:
    """Apologies and evidence, ward by ward, those that miss most first."""
    table = apologies(month)
    busy = (table["owed"] > 0) | (table["to_evidence"] > 0) | (table["complaints_owed"] > 0)
    table = table[busy].sort_values(["missing", "code"], ascending=[False, True])
    formats = {"software": "number", "told": "number"}
    return SAY.table("apologies", table, formats=formats)


def apologies_reading(month: Month) -> Prose:
    """Who has apologised for all, and who for none."""
    table = apologies(month)
    owing = table[table["owed"] > 0]
    return SAY.prose(
        "apologies_reading",
        month,
        whole_ones=owing.loc[owing["missing"] == 0, "name"].tolist(),
        not_one=owing.loc[owing["made"] == 0, "name"].tolist(),
        complaints=table["complaints_owed"].sum(),
        told=table["complaints_made"].sum(),
    )


def repeats_table(month: Month) -> Table:
    """How many officials of each ward repeat; no codes here."""
    table = repeats_by_ward(month)
    table = table[(table["by_dossier"] > 0) | (table["by_month"] > 0)]
    table = table.sort_values(["by_dossier", "dossiers", "code"], ascending=[False, False, True])
    return SAY.table("repeats", table)


def repeats_reading(month: Month) -> Prose:
    """What was counted over which months, where the proof is, and why care is needed."""
    return SAY.prose("repeats_reading", month, months=window(month), file=RESTRICTED)


def ranking_table(month: Month) -> Table:
    """The year's table, best first, with the range of each rank."""
    table = ranking(month).rename(
        columns={"feedback": "feedback_rate", "evidence": "evidence_percent"}
    )
    months = year_months(month) or [month.month]
    return SAY.table("ranking", table, month, first=months[0], last=months[-1])


def ranking_reading(month: Month) -> Prose:
    """Which ranks stand whatever the weights, and which do not."""
    table = ranking(month)
    table = table[table["rank"].notna()]
    if table.empty:
        return SAY.prose("no_ranks")
    top = table.loc[table["top_share"] == 100, "name"].tolist()
    low = table.loc[table["bottom_share"] == 100, "name"].tolist()
    spread = (table["worst"] - table["best"]).astype("int64")
    widest = table.loc[spread == spread.max()].iloc[0]
    return SAY.prose("ranking_reading", edge=EDGE, top=top, low=low, widest=widest.to_dict())


def method(month: Month) -> Prose:
    """How orders are followed up, effects judged, and wards ranked."""
    weights = month.params.ranking_weights.model_dump()
    total = sum(weights.values())
    return SAY.prose(
        "method",
        month,
        earlier=len(earlier_months(month)),
        shares=[(SAY(f"weights.{w}"), 100 * weight / total) for w, weight in weights.items()],
        factors=FACTORS,
    )
