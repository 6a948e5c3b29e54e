"""Follow-up of the orders: what was ordered, what was reported back, and did it help.

The ledger of month M holds the orders of earlier months as they stood at the end of the period of
M: each state is rebuilt from dates, whatever a file says of a later day. The ledger of a longer
period holds the orders of months, too: those whose letters went out in it, and older open ones.
Officials who keep forgetting to close dossiers stand here, too (letter 1522/UBND-THNC, point 2).
"""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd

from motcua.base.calendar import months_in, next_month
from motcua.base.reference import ORDER_MEASURES, party_label
from motcua.measures.apologies import AHEAD, APOLOGIES, apologies, owed
from motcua.measures.causes import causes_by_unit, with_labels
from motcua.measures.frame import Frame, late_rows, per_ward, table
from motcua.measures.orders import BACKLOG, Order, given
from motcua.measures.rates import rates_alone
from motcua.measures.statistics import compare_counts, difference_interval
from motcua.measures.verdicts import certainty, points_lost, rate_percent

STATES = ("overdue", "not_reported", "in_progress", "done_unevidenced", "done_evidenced")
COUNTED = "feedback"  # the order whose bad cases are no part of the dossiers: complaints
OWNERS = ("urban_management", "software", "home_affairs")
COLUMNS = [
    "order_no", "key", "title", "evidence_asked", "owner", "owner_label", "code", "name",
    "ordered_in", "open_since", "due_at", "reported_at", "evidence", "state", "days_overdue",
    "reported", "reported_after", "in_file", "result",
]  # fmt: skip
_SILENT = dict.fromkeys(("due_at", "reported_at", "evidence", "told"))
EVENT = "forgot_to_close"  # letter 1522/UBND-THNC, point 2: from three times on
KEYS = ["official", "code", "name"]


@table
def ledger(month: Frame) -> pd.DataFrame:
    """Orders of earlier months that are followed up this month, by order and unit.

    Those of the month before (of a longer period, of its months but the last and of the month
    before them), and older ones that were not done with evidence at its end; an order
    given again takes the place of the one before it (`open_since` keeps the first month of those in
    a row that were each not done with evidence when the next one was given: at the end of the next
    one's own period). Orders are looked for in `followup_months` months.

    Returns
    -------
    table
        One row per order x unit or division, most urgent first within an order: order_no, key,
        title, evidence_asked (what shows it done); owner, owner_label; code, name of the unit (""
        and the owner for a division); ordered_in (month), open_since (month); due_at (of the
        follow-up files, else the order's own); reported_at, evidence (bool) of the follow-up files;
        state, one of STATES, at the end of the period; days_overdue (0 when not); reported
        ("in_time", "late" or "none" by the end of the period); reported_after (after the period,
        known from a later export); in_file (whether the follow-up files know the order); result
        ("met", "not_met", "too_little"; missing for an order without a measure: see `_result`).

    Notes
    -----
    overdue: neither reported done by the end of the period nor due after it; an order of which the
    follow-up files of its month tell nothing at all is not overdue. in_progress: reported, not
    done. done_evidenced closes an order; letter 1522/UBND-THNC asks for evidence or a report at
    each of its points. What was reported and what came of it are two things.

    Examples
    --------
    >>> from motcua import load
    >>> table = ledger(load("2024-02", data="data/sample"))
    >>> table.loc[table["order_no"] == 1, ["name", "state"]].head(2).values.tolist()
    [['Tân Tiến', 'overdue'], ['Hố Nai', 'overdue']]
    """
    rows = [row for chain in _chains(month).values() if (row := _follow(month, chain))]
    places = {code: i for i, code in enumerate(["", *month.unit_names])}

    def urgency(row: dict[str, Any]) -> tuple:
        state = STATES.index(row["state"])
        return row["order_no"], state, row["open_since"], places[row["code"]]

    return pd.DataFrame(sorted(rows, key=urgency), columns=COLUMNS)


def earlier_months(month: Frame) -> list[str]:
    """Months before the last one whose orders are followed up, oldest first.

    Those of the period, and so many before it.
    """
    first = next_month(months_in(month.month)[0], -month.params.followup_months)
    return [m for m in month.last.months[:-1] if m >= first]


def _chains(month: Frame) -> dict[tuple[int, str], list[dict[str, Any]]]:
    """Order number and unit (or division) -> its orders, oldest first, of files and lists."""
    chains: dict[tuple[int, str], list[dict[str, Any]]] = {}
    filed = _filed(month)
    for earlier in earlier_months(month):
        then = month.at(earlier)
        for order in given(then):
            rows = filed.get((earlier, order.number), {})
            for unit in dict.fromkeys([*_units_of(then, order), *rows]):
                row = rows.get(unit)
                due = (row or _SILENT)["due_at"] or order.due
                entry = {"order": order, "unit": unit, "month": then, "row": row, "due": due}
                entry["is_told"] = bool(rows)
                chains.setdefault((order.number, unit), []).append(entry)
    return chains


def _units_of(month: Frame, order: Order) -> list[str]:
    """Units that have to carry out an order, or the code of the one division that has to."""
    if order.owner != "ward":
        return [order.owner] if order.codes or not order.is_named else []
    if order.key == APOLOGIES:  # to all; followed up where something is owed
        table = apologies(month)
        owes = table["owed"] + table["to_evidence"] > 0
        return table.loc[owes, "code"].tolist()
    return list(order.codes)


def _filed(month: Frame) -> dict[tuple[str, int], dict[str, dict[str, Any]]]:
    """Month and order number -> unit -> newest row of the follow-up files."""
    table = month.inputs.table("followup").df()
    table = table[table["month"] != ""].sort_values(
        [c for c in ("age", "row") if c in table], kind="stable"
    )
    codes = {unit.name: unit.code for unit in month.units} | {party: party for party in OWNERS}
    table = table.assign(code=table["ward"].map(codes)).dropna(subset="code")
    filed: dict[tuple[str, int], dict[str, dict[str, Any]]] = {}
    for row in table.to_dict("records"):
        days = {c: row[c].date() if pd.notna(row[c]) else None for c in ("due_at", "reported_at")}
        said = days | {"evidence": row["evidence"] is True, "told": row["state"]}
        filed.setdefault((row["month"], int(row["order_no"])), {})[row["code"]] = said
    return filed


def _follow(month: Frame, chain: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Row of the ledger for one order and unit; None when it was closed before."""
    previous = month.at(next_month(month.month, -1))
    last, end = chain[-1], month.period.end
    order, unit, row = last["order"], last["unit"], last["row"] or _SILENT
    is_new = last["month"].period.end >= previous.period.end
    if not is_new and _state(last, previous.period.end) == "done_evidenced":
        return None
    first = last  # of the orders in a row that were each still open when the next one was given
    for entry in reversed(chain[:-1]):
        if _state(entry, first["month"].period.end) == "done_evidenced":
            break
        first = entry
    state, due, reported = _state(last, end), last["due"], row["reported_at"]
    is_reported = reported is not None and reported <= end and row["told"] != "not_reported"
    return {name: getattr(order, name) for name in ("key", "title", "owner", "owner_label")} | {
        "order_no": order.number,
        "evidence_asked": order.evidence,
        "code": "" if unit in OWNERS else unit,
        "name": party_label(unit) if unit in OWNERS else month.unit_names[unit],
        "ordered_in": last["month"].month,
        "open_since": first["month"].month,
        "due_at": due,
        "reported_at": reported,
        "evidence": bool(row["evidence"]),
        "state": state,
        "days_overdue": (end - due).days if state == "overdue" else 0,
        "reported": ("in_time" if reported <= due else "late") if is_reported else "none",
        "reported_after": bool(reported and reported > end),
        "in_file": last["row"] is not None,
        "result": _result(month, last),
    }


def _state(entry: dict[str, Any], end: date) -> str:
    """State of one order on a day; what order 4 asks for is also seen in the dossiers."""
    row = entry["row"] or _SILENT
    if entry["row"] is None and entry["order"].key == APOLOGIES:
        return _shown_by_dossiers(entry["month"], entry["unit"], end)
    due = entry["due"] if entry["is_told"] else None
    return state_at(due, row["reported_at"], row["evidence"], row["told"], end)


def state_at(
    due: date | None, reported: date | None, evidence: bool | None, told: str | None, end: date
) -> str:
    """State of an order at the end of a day, from its dates.

    Parameters
    ----------
    told : what the report says: done, in_progress, not_reported, or "" when nothing is said; a
        report that says nothing counts as done.

    Examples
    --------
    >>> day = date.fromisoformat
    >>> due, end = day("2024-02-05"), day("2024-02-14")
    >>> state_at(due, None, False, "", end), state_at(due, day("2024-02-24"), True, "done", end)
    ('overdue', 'overdue')
    >>> state_at(due, day("2024-02-01"), True, "done", end)
    'done_evidenced'
    >>> state_at(due, day("2024-02-01"), False, "done", end), state_at(None, None, None, None, end)
    ('done_unevidenced', 'not_reported')
    >>> state_at(end, day("2024-02-01"), False, "in_progress", end)
    'in_progress'
    """
    is_reported = reported is not None and reported <= end and told != "not_reported"
    if is_reported and told != "in_progress":
        return "done_evidenced" if evidence else "done_unevidenced"
    if due is not None and due < end:
        return "overdue"
    return "in_progress" if is_reported else "not_reported"


def _shown_by_dossiers(month: Frame, code: str, end: date) -> str:
    """State of order 4 as the dossiers of its month show it, without a report."""
    row = _apologised(month)[code]
    shown = sum(on < pd.Timestamp(end) + AHEAD for on in row["on"]) + row["evidenced"]
    if shown >= row["owed"] + row["to_evidence"]:
        return "done_evidenced"
    return "in_progress" if shown else "not_reported"


@table
def _apologised(month: Frame) -> dict[str, dict[str, Any]]:
    """Unit -> its row of `apologies`, and when each apology that is owed was made."""
    made = [*owed(month)[["code", "apology_at"]].dropna().itertuples(index=False, name=None)]
    rows = {row["code"]: row for row in apologies(month).to_dict("records")}
    return {code: rows[code] | {"on": [on for own, on in made if own == code]} for code in rows}


def _result(month: Frame, entry: dict[str, Any]) -> str | None:
    """What came of an order by the end of the period, whatever was reported.

    not_met: the same order of the period's last month names the unit again (or, for a division, any
    unit). too_little: fewer than `small_n` resolved dossiers tell nothing of a share or of
    complaints. Order 4: met when the dossiers of its month show every apology and all evidence.
    None: the order has no measure.
    """
    order, unit = entry["order"], entry["unit"]
    if order.key == APOLOGIES and unit in OWNERS:
        return None  # a file may say that a division reported on it
    if order.key == APOLOGIES:
        shown = _shown_by_dossiers(entry["month"], unit, month.period.end)
        return "met" if shown == "done_evidenced" else "not_met"
    if not order.is_named:
        return None
    latest = month.last
    resolved = _tallies(latest)["" if unit in OWNERS else unit]["resolved"]
    if resolved < month.params.small_n and order.key != BACKLOG:
        return "too_little"
    [again] = [now.codes for now in given(latest) if now.number == order.number]
    return "not_met" if unit in again or (unit in OWNERS and again) else "met"


# Did it help? ----------------------------------------------------------------------------------
@table
def _tallies(month: Frame) -> dict[str, dict[str, int]]:
    """Unit, "" for all of them -> resolved, late, feedback, and late dossiers of each cause."""
    table = rates_alone(month).set_index("code")[["resolved", "late", "feedback"]]
    rows = {"": table.sum().to_dict(), **table.to_dict("index")}
    late = causes_by_unit(month, "late")
    return {code: row | late[code] for code, row in rows.items()}


def _hits(month: Frame, key: str, codes: list[str], months: list[str]) -> tuple[int, int]:
    """Bad cases and all cases of an order's measure, of some units over some months."""
    measured = {"below_threshold": "late"}.get(key, key)
    tallies = [_tallies(month.at(name))[code] for name in months for code in codes]
    return sum(one[measured] for one in tallies), sum(one["resolved"] for one in tallies)


@table
def effects(month: Frame) -> pd.DataFrame:
    """Whether the orders of the month before helped, all units of an order taken together.

    Compared are `effect_months` months up to the order, and the month after it. Of a longer period
    its last month is looked at.

    Returns
    -------
    table
        One row per order with a measure, by number: order_no, key, title, unit_count;
        before_hits, before_of, after_hits, after_of; before_percent, after_percent, change_points
        with its 95% interval change_low, change_high; moved: "better", "worse" or "unclear" (see
        `moved`). Complaints (order 3) are no part of the dossiers and may be more: they have no
        percentage and no interval, and are judged by `statistics.compare_counts`.

    Examples
    --------
    >>> from motcua import load
    >>> table = effects(load("2024-02", data="data/sample"))
    >>> table["order_no"].tolist()
    [1, 2, 3, 5, 6]
    """
    month = month.last
    ordered_in = next_month(month.month, -1)
    first = next_month(ordered_in, 1 - month.params.effect_months)
    spans = [m for m in month.months if first <= m <= ordered_in], [month.month]
    table = ledger(month)
    table = table[(table["ordered_in"] == ordered_in) & table["key"].isin(ORDER_MEASURES)]
    rows = []
    for order, units in table.groupby(["order_no", "key", "title"]):
        pair = [_hits(month, order[1], units["code"].tolist(), span) for span in spans]
        rows.append((*order, len(units), *pair[0], *pair[1], *_compared(order[1], *pair)))
    columns = ["order_no", "key", "title", "unit_count", "before_hits", "before_of", "after_hits",
               "after_of", "before_percent", "after_percent", "change_points", "change_low",
               "change_high", "moved"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def _compared(key: str, before: tuple[int, int], after: tuple[int, int]) -> tuple[Any, ...]:
    """Shares before and after, their change with its interval, and the verdict."""
    if key == COUNTED:
        return (*[None] * 5, compare_counts(*before, *after))
    low, high = difference_interval(*before, *after)
    shares = rate_percent(*before), rate_percent(*after)
    change = None if None in shares else round(shares[1] - shares[0], 6)
    return (*shares, change, low, high, moved(low, high))


def moved(low: float | None, high: float | None) -> str | None:
    """Whether a change of bad cases is beyond noise: better | worse | unclear; None if unknown.

    Examples
    --------
    >>> moved(-3.0, -0.5), moved(-1.0, 2.0), moved(0.1, 2.0), moved(None, None)
    ('better', 'unclear', 'worse', None)
    """
    ways = {"below": "better", "above": "worse", "uncertain": "unclear"}
    return ways.get(certainty(low, high, 0))


# Repeats ----------------------------------------------------------------------------------------
# Officials by their codes: their list and their dossiers are for Phòng Nội vụ alone (see
# `restricted`); pages, public tables and findings.json know no more than how many a ward has in it.


@table
def events(month: Frame) -> pd.DataFrame:
    """One row per forgotten closing of a known official in the last `repeat_months` months.

    Columns: official, code, name, month, dossier_id, due, done, days_late, cause_source, evidenced.
    """
    tables = [late_rows(month.at(m)).assign(month=m) for m in window(month)]
    mine = [t[(t["cause"] == EVENT) & (t["official"] != "")] for t in tables]
    columns = [*KEYS, "month", "dossier_id", "due", "done", "days_late", "cause_source",
               "evidenced"]  # fmt: skip
    rows = with_labels(month, pd.concat(mine))[columns]  # by month, unit and dossier_id
    return rows.sort_values(["code", "official"], kind="stable", ignore_index=True)


def window(month: Frame) -> list[str]:
    """Months in which repeats add up, oldest first, the last one of the period the last."""
    first = next_month(month.last.month, 1 - month.params.repeat_months)
    return [m for m in month.last.months if m >= first]


@table
def repeats(month: Frame) -> pd.DataFrame:
    """Officials who repeat from `repeat_from` on, by dossiers or by months, most dossiers first.

    Returns
    -------
    table
        One row per official: official (code), code, name (ward); dossiers (forgotten), months
        (with at least one), this_month (dossiers of the period), evidenced; by_dossier, by_month
        (whether it is a repeat counted so); handled (dossiers resolved), share_percent; expected
        (forgotten, were everyone in the city alike), times_expected (how many times as many there
        are).

    Notes
    -----
    Over many officials some repeat by chance alone: what is expected is a caution, no verdict.
    Source of the rule: letter 1522/UBND-THNC, point 2 ("tái phạm từ 03 lần trở lên").

    Examples
    --------
    >>> from motcua import load
    >>> table = repeats(load("2024-01", data="data/sample"))
    >>> bool((table["dossiers"] >= 3).all()), bool(table["by_dossier"].all())
    (True, True)
    """
    forgotten, handled = events(month), _handled(month)
    forgotten = forgotten.assign(is_now=forgotten["month"].isin(months_in(month.month)))
    counts = forgotten.groupby(KEYS, as_index=False).agg(
        dossiers=("dossier_id", "size"),
        months=("month", "nunique"),
        this_month=("is_now", "sum"),
        evidenced=("evidenced", "sum"),
    )
    counts["handled"] = counts["official"].map(handled).fillna(0).astype("int64")
    expected = counts["handled"] * (len(forgotten) / handled.sum() if handled.sum() else 0)
    pairs, least = zip(counts["dossiers"], counts["handled"], strict=True), month.params.repeat_from
    table = counts.assign(
        by_dossier=counts["dossiers"] >= least,
        by_month=counts["months"] >= least,
        share_percent=[points_lost(*pair) for pair in pairs],
        expected=expected.round(6),
        times_expected=(counts["dossiers"] / expected).round(6),
    )
    order = {"dossiers": False, "months": False, "code": True, "official": True}
    return table[table["by_dossier"] | table["by_month"]].sort_values(
        [*order], ascending=[*order.values()], ignore_index=True
    )


def _handled(month: Frame) -> pd.Series:
    """Official -> dossiers resolved in the window."""
    rows = month.resolved_since(window(month)[0]).filter("official <> ''")
    return rows.aggregate("official, count(*) as n").df().set_index("official")["n"]


@table
def repeats_by_ward(month: Frame) -> pd.DataFrame:
    """How many officials of each ward repeat, without their codes; one row per ward.

    Columns: code, name, by_dossier, by_month (officials), dossiers (theirs), active (of them with a
    forgotten closing in this very month).
    """
    columns = ["by_dossier", "by_month", "dossiers", "active"]
    table = repeats(month).assign(active=repeats(month)["this_month"] > 0)
    return per_ward(month, dict(table.groupby("code")[columns].sum().items()))
