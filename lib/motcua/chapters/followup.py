"""Chapter 05: orders followed up, their effect, apologies, repeats, bands of the year."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from motcua.base.calendar import next_month
from motcua.base.reference import MOVED_LABELS, ORDER_MEASURES, RESULT_LABELS, STATE_LABELS
from motcua.chapters.figure import empty, framed
from motcua.chapters.sentences import MOST_NAMED, Prose, Words
from motcua.chapters.shapes import column_panels
from motcua.chapters.table import Table, show
from motcua.measures.apologies import APOLOGIES, apologies
from motcua.measures.followup import earlier_months, effects, ledger, repeats_by_ward, window
from motcua.measures.month import Month
from motcua.measures.ranking import FACTORS, FEWEST, ranking, year_months
from motcua.measures.verdicts import rate_percent

SAY = Words("followup", of_months=True, given={"least": FEWEST, "most": MOST_NAMED})


def order_name(key: str) -> str:
    """Short name of an order, the same in chart, sentences and tables."""
    return SAY(f"orders.{key}")


def followup_states(month: Month) -> go.Figure:
    """Orders in the letter's order, one panel per state, overdue first."""
    rows = ledger(month)
    counts = rows.groupby(["order_no", "key", "state"]).size().unstack(fill_value=0)
    wide = counts.reindex(columns=list(STATE_LABELS), fill_value=0).astype("int64")
    wide = wide.rename(columns=STATE_LABELS)
    wide.index = [order_name(key) for _, key in counts.index]
    heads = {"order": SAY("followup_states.head")} | {c: c for c in wide.columns}
    caption = SAY("followup_states.subtitle", month)
    table = show(wide.rename_axis("order").reset_index(), heads, caption=caption)
    if rows.empty:
        return empty(month, **SAY.empty("followup_states", month), table=table)
    orders = [(name, [(c, n) for c, n in row.items() if n]) for name, row in wide.iterrows()]
    late = wide[STATE_LABELS["overdue"]]
    said = SAY.chart("followup_states", month, late=late.sum(), total=len(rows), orders=orders)
    named = rows.assign(order=rows["key"].map(order_name), label=rows["state"].map(STATE_LABELS))
    return framed(
        column_panels(wide, late > 0),
        month,
        **said,
        table=table,
        rows=len(wide),
        picks={
            code: {"note": SAY("followup_states.note", orders=own)}
            for code, own in named.groupby("code", sort=False)
            if code
        },
    )


def conclusion(month: Month) -> Prose:
    """How many orders stand where, who is overdue and why, what came of them, and what is owed."""
    table = ledger(month)
    if table.empty:
        return Prose(f"**{SAY('nothing_yet')}**")
    states, results = table["state"].value_counts(), table["result"].value_counts()
    effect, repeated = effects(month), repeats_by_ward(month)
    moved = effect[effect["moved"].isin(["better", "worse"])]
    sums = apologies(month).sum(numeric_only=True).to_dict()
    return SAY.prose(
        "conclusion",
        month,
        total=len(table),
        late=states.get("overdue", 0),
        states=[(label, states.get(state)) for state, label in STATE_LABELS.items()][1:],
        results=[(label, results.get(result)) for result, label in RESULT_LABELS.items()],
        overdue=_by_order(table[table["state"] == "overdue"]),
        effects=len(effect),
        before=next_month(month.last.month, -1),
        moves=[(order_name(row.key), MOVED_LABELS[row.moved]) for row in moved.itertuples()],
        sums=sums,
        apologised=rate_percent(sums["made"], sums["owed"]),
        repeated=repeated[repeated["by_dossier"] > 0].sum(numeric_only=True).to_dict(),
        repeaters=(repeated["by_dossier"] > 0).sum(),
    )


def _by_order(rows: pd.DataFrame) -> Prose:
    """Orders with their units, which are counted where they are many."""
    orders = rows.groupby("key", sort=False)["name"].agg(list)
    return SAY.prose("by_order", orders=[(order_name(key), names) for key, names in orders.items()])


def states_reading(month: Month) -> Prose:
    """What is left of earlier months, which reports came too late, and what no file tells of."""
    table = ledger(month)
    if table.empty:
        return SAY.prose("nothing_yet")
    is_old = (table["open_since"] != table["ordered_in"]) & (table["state"] != "done_evidenced")
    return SAY.prose(
        "states_reading",
        again=_by_order(table[is_old & (table["code"] != "") & (table["key"] != APOLOGIES)]),
        after=_by_order(table[table["reported_after"]]),
        unknown=int((~table["in_file"]).sum()),
    )


def ledger_table(month: Month) -> Table:
    """Orders that follow-up files tell of, but for order 4: it stands in the table of apologies."""
    table = ledger(month)
    table = table[(table["key"] != APOLOGIES) & (table["in_file"] | (table["days_overdue"] > 0))]
    table = table.assign(
        task=table["key"].map(order_name),
        report=[SAY("report", row=row) for row in table.itertuples()],
        stands=[SAY("stands", row=r, state=STATE_LABELS[r.state]) for r in table.itertuples()],
        result_label=table["result"].map(RESULT_LABELS),
    )
    return SAY.table("ledger", table)


def effects_table(month: Month) -> Table:
    """What was before and after the orders of the month before, with interval and verdict."""
    table = effects(month)
    table = table.assign(
        task=table["key"].map(order_name),
        measured=table["key"].map(ORDER_MEASURES),
        moved_label=table["moved"].map(MOVED_LABELS),
    )
    return SAY.table("effects", table)


def apologies_table(month: Month) -> Table:
    """Apologies and evidence, ward by ward, those that miss most first."""
    table = apologies(month)
    busy = (table["owed"] > 0) | (table["to_evidence"] > 0) | (table["complaints_owed"] > 0)
    table = table[busy].sort_values(["missing", "code"], ascending=[False, True])
    return SAY.table("apologies", table)


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
    return SAY.prose("repeats_reading", month, months=window(month))


def ranking_reading(month: Month) -> Prose:
    """The first and the last band of the year; or that it is too early."""
    months, table = year_months(month), ranking(month)
    if table["band"].isna().all():
        return SAY.prose("no_bands", months=len(months), year=month.month[:4])
    bands = {band: rows["name"].tolist() for band, rows in table.groupby("band")}
    return SAY.prose("ranking_reading", first=bands.get("top", []), last=bands.get("bottom", []))


def ranking_table(month: Month) -> Table | Prose:
    """The year's bands with what they rest on; nothing while it is too early."""
    table = ranking(month).dropna(subset="band")
    if table.empty:
        return Prose()
    table = table.assign(band_label=[SAY(f"bands.{band}") for band in table["band"]])
    table = table.rename(columns={"feedback": "feedback_rate", "evidence": "evidence_percent"})
    months = year_months(month)
    return SAY.table("ranking", table, month, first=months[0], last=months[-1])


def method(month: Month) -> Prose:
    """How orders are followed up, effects judged, and wards put into bands."""
    weights = month.params.ranking_weights.model_dump()
    total, earlier = sum(weights.values()), len(earlier_months(month))
    shares = [(SAY(f"weights.{name}"), 100 * share / total) for name, share in weights.items()]
    return SAY.prose("method", month, earlier=earlier, shares=shares, factors=FACTORS)
