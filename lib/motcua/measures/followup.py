"""Follow-up of the orders: what was ordered, what was reported back, and did it help.

The ledger of month M holds the orders of earlier months as they stood at the end of the period of
M: each state is rebuilt from dates, whatever a file says of a later day.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd

from motcua.base.calendar import next_month
from motcua.base.reference import party_label
from motcua.measures.apologies import apologies, owed
from motcua.measures.causes import causes_by_unit
from motcua.measures.frame import Frame, table
from motcua.measures.orders import ORDERED, Order, given
from motcua.measures.rates import rates_alone
from motcua.measures.statistics import compare_counts, difference_interval
from motcua.measures.verdicts import rate_percent

STATES = ("not_reported", "overdue", "in_progress", "done_unevidenced", "done_evidenced")
COUNTED = "feedback"  # the order whose bad cases are no part of the dossiers: complaints
OWNERS = ("urban_management", "software", "home_affairs")
APOLOGIES = 4  # the order that dossiers tell of as well
COLUMNS = [
    "order_no", "key", "title", "evidence_asked", "owner", "owner_label", "code", "name",
    "ordered_in", "open_since", "due_at", "reported_at", "evidence", "state", "days_overdue",
    "reported_late", "reported_after", "in_file", "before_hits", "before_of", "after_hits",
    "after_of", "change_points", "change_low", "change_high", "moved",
]  # fmt: skip
_FILE = ("due_at", "reported_at", "evidence", "told")


@table
def ledger(month: Frame) -> pd.DataFrame:
    """Orders of earlier months that are followed up this month, by order and unit.

    Those of the month before, and older ones that were not done with evidence at its end; an order
    given again takes the place of the one before it (`open_since` keeps the first month of those in
    a row that were each not done with evidence when the next one was given: at the end of the next
    one's own period). Orders are looked for in `followup_months` months.

    Returns
    -------
    table
        One row per order x unit or division: order_no, key, title, evidence_asked (what shows it
        done); owner, owner_label; code, name of the unit ("" and the owner for a division);
        ordered_in (month), open_since (month); due_at, reported_at, evidence (bool) of the
        follow-up files; state, one of STATES, at the end of the period; days_overdue (0 when not);
        reported_late (after due), reported_after (after the period, known from a later export);
        in_file (whether the follow-up files know the order); the measure of the order before and
        after it (hits, of), change_points with its 95% interval, and moved (see `moved`). Of
        complaints (order 3) hits are no part of the dossiers and may be more: no change in points,
        and `moved` by `statistics.compare_counts`.

    Notes
    -----
    overdue: neither reported done by the end of the period nor due after it. in_progress:
    reported, not done. done_evidenced closes an order; letter 1522/UBND-THNC asks for evidence or
    a report at each of its points. A row without a due date is never overdue.

    Examples
    --------
    >>> from motcua import load
    >>> table = ledger(load("2024-02", data="data/sample"))
    >>> table.loc[table["order_no"] == 1, ["name", "state"]].head(2).values.tolist()
    [['Bửu Hòa', 'overdue'], ['Tân Tiến', 'overdue']]
    """
    given = _given(month)
    rows = [row for chain in given.values() if (row := _follow(month, chain))["state"] is not None]
    table = pd.DataFrame(rows, columns=COLUMNS)
    places = {unit.code: i for i, unit in enumerate(month.units)}
    table = table.assign(place=table["code"].map(places).fillna(-1))
    urgency = table["state"].map({state: i for i, state in enumerate(_URGENT)})
    table = table.assign(urgency=urgency).sort_values(
        ["order_no", "urgency", "open_since", "place"], kind="stable", ignore_index=True
    )
    return table.drop(columns=["place", "urgency"])


_URGENT = ("overdue", "not_reported", "in_progress", "done_unevidenced", "done_evidenced")


def earlier_months(month: Frame) -> list[str]:
    """Months before this one whose orders are followed up, oldest first."""
    wanted = month.params.followup_months
    return [m for m in month.months[:-1] if m >= next_month(month.month, -wanted)]


def _given(month: Frame) -> dict[tuple[int, str], list[dict[str, Any]]]:
    """Order number and unit (or division) -> its orders, oldest first, of files and lists."""
    chains: dict[tuple[int, str], list[dict[str, Any]]] = {}
    filed = _filed(month)
    for earlier in earlier_months(month):
        then = month.at(earlier)
        points = {order.number: order for order in given(then)}
        units = {n: _units_of(then, order) for n, order in points.items()}
        for m, number, unit in filed:
            if m == earlier and unit not in units[number]:
                units[number].append(unit)
        for number, named in units.items():
            for unit in named:
                row = filed.get((earlier, number, unit))
                entry = {"order": points[number], "unit": unit, "month": then, "row": row}
                chains.setdefault((number, unit), []).append(entry)
    return chains


def _units_of(month: Frame, order: Order) -> list[str]:
    """Units that have to carry out an order, or the code of the one division that has to."""
    if order.owner != "ward":
        return [order.owner] if order.codes or not order.is_named else []
    if order.number == APOLOGIES:  # to all; followed up where something is owed
        table = apologies(month)
        owes = (table["owed"] > 0) | (table["to_evidence"] > 0)
        return table.loc[owes, "code"].tolist()
    return list(order.codes)


def _filed(month: Frame) -> dict[tuple[str, int, str], dict[str, Any]]:
    """Month, order number and unit -> newest row of the follow-up files."""
    table = month.inputs.table("followup").df()
    if table.empty:
        return {}
    table = table[table["month"] != ""].sort_values(
        [c for c in ("age", "row") if c in table], kind="stable"
    )
    codes = {unit.name: unit.code for unit in month.units} | {party: party for party in OWNERS}
    table = table.assign(code=table["ward"].map(codes).fillna(""))
    rows = table[table["code"] != ""].rename(columns={"state": "told"})
    return {
        (row["month"], int(row["order_no"]), row["code"]): {
            "due_at": _day(row["due_at"]),
            "reported_at": _day(row["reported_at"]),
            "evidence": row["evidence"] is True or row["evidence"] == True,  # noqa: E712
            "told": row["told"],
        }
        for row in rows.to_dict("records")
    }


def _day(value: Any) -> date | None:
    return None if pd.isna(value) else value.date()


def _follow(month: Frame, chain: list[dict[str, Any]]) -> dict[str, Any]:
    """Row of the ledger for one order and unit; its state is None when it was closed before."""
    previous = month.at(next_month(month.month, -1))
    last = chain[-1]
    order, unit, row = last["order"], last["unit"], last["row"] or dict.fromkeys(_FILE)
    is_new = last["month"].month == previous.month
    state = _state(last, month.period.end)
    is_closed = _state(last, previous.period.end) == "done_evidenced" and not is_new
    first = last  # of the orders in a row that were each still open when the next one was given
    for entry in reversed(chain[:-1]):
        if _state(entry, first["month"].period.end) == "done_evidenced":
            break
        first = entry
    due, reported, end = row["due_at"], row["reported_at"], month.period.end
    is_late = state == "overdue"
    return {
        "order_no": order.number,
        "key": order.key,
        "title": order.title,
        "evidence_asked": order.evidence,
        "owner": order.owner,
        "owner_label": order.owner_label,
        "code": "" if unit in OWNERS else unit,
        "name": party_label(unit) if unit in OWNERS else month.unit_names[unit],
        "ordered_in": last["month"].month,
        "open_since": first["month"].month,
        "due_at": due,
        "reported_at": reported,
        "evidence": bool(row["evidence"]),
        "state": None if is_closed else state,
        "days_overdue": (end - due).days if is_late else 0,
        "reported_late": bool(due and reported and reported > due),
        "reported_after": bool(reported and reported > end),
        "in_file": last["row"] is not None,
        **_effect(month, order, unit, last["month"].month),
    }


def _state(entry: dict[str, Any], end: date) -> str:
    """State of one order on a day; what order 4 asks for is also seen in the dossiers."""
    row = entry["row"]
    if row is None and entry["order"].number == APOLOGIES:
        return _shown_by_dossiers(entry["month"], entry["unit"], end)
    row = row or dict.fromkeys(_FILE)
    return state_at(row["due_at"], row["reported_at"], row["evidence"], row["told"], end)


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
    row = _apologies_of(month)[code]
    made = sum(day <= end for day in row["days"])
    asked, given = row["owed"] + row["to_evidence"], made + row["evidenced"]
    if given >= asked:
        return "done_evidenced"
    return "in_progress" if given else "not_reported"


@table
def _apologies_of(month: Frame) -> dict[str, dict[str, Any]]:
    """Unit -> its row of `apologies`, and the days of the apologies made."""
    made = owed(month).dropna(subset="apology_at")
    days = made["apology_at"].dt.date.groupby(made["code"]).agg(list)
    rows = apologies(month).set_index("code").to_dict("index")
    return {code: row | {"days": days.get(code, [])} for code, row in rows.items()}


# Did it help? ----------------------------------------------------------------------------------
def _effect(month: Frame, order: Order, unit: str, ordered_in: str) -> dict[str, Any]:
    """The order's measure in `effect_months` months up to the order, and in those after it."""
    first = next_month(ordered_in, 1 - month.params.effect_months)
    before = _hits(month, order, unit, [m for m in month.months if first <= m <= ordered_in])
    after = _hits(month, order, unit, [m for m in month.months if m > ordered_in])
    if before is None or after is None:
        return dict.fromkeys(COLUMNS[-8:])
    compared = _compared(order.key, before, after)
    return {name: compared[name] for name in COLUMNS[-8:]}


def _compared(key: str, before: tuple[int, int], after: tuple[int, int]) -> dict[str, Any]:
    """Bad cases before and after (hits, of), their change, and the verdict.

    Complaints are no part of the dossiers: they have no percentage and no interval of one.
    """
    low, high = difference_interval(*before, *after) if key != COUNTED else (None, None)
    shares = [rate_percent(*pair) if key != COUNTED else None for pair in (before, after)]
    verdict = moved(low, high) if key != COUNTED else compare_counts(*before, *after)
    change = None if None in shares else round(shares[1] - shares[0], 6)
    return {
        "before_hits": before[0],
        "before_of": before[1],
        "after_hits": after[0],
        "after_of": after[1],
        "before_percent": shares[0],
        "after_percent": shares[1],
        "change_points": change,
        "change_low": low,
        "change_high": high,
        "moved": verdict,
    }


def _hits(month: Frame, order: Order, unit: str, months: list[str]) -> tuple[int, int] | None:
    """Bad cases and all cases of an order's measure over some months; None for one without."""
    if order.key not in ORDERED or not months:
        return None
    measured = {"below_threshold": "late"}.get(order.key, order.key)
    mine = [_tallies(month.at(name))["" if unit in OWNERS else unit] for name in months]
    hits, total = sum(one[measured] for one in mine), sum(one["resolved"] for one in mine)
    return hits, total


@table
def _tallies(month: Frame) -> dict[str, dict[str, int]]:
    """Unit, "" for all of them -> resolved, late, feedback, and late dossiers of each cause."""
    counts = rates_alone(month).set_index("code")[["resolved", "late", "feedback"]]
    table = counts.join(causes_by_unit(month, "late")).fillna(0).astype("int64")
    return {"": table.sum().to_dict(), **table.to_dict("index")}


@table
def effects(month: Frame) -> pd.DataFrame:
    """Whether the orders of the month before helped, all units of an order taken together.

    Returns
    -------
    table
        One row per order with a measure, in the letter's order: order_no, key, title, unit_count,
        before_hits, before_of, after_hits, after_of, before_percent, after_percent,
        change_points, change_low, change_high, moved. Units named alone are often too few to tell.

    Examples
    --------
    >>> from motcua import load
    >>> table = effects(load("2024-02", data="data/sample"))
    >>> table["order_no"].tolist()
    [1, 2, 3, 5, 6]
    """
    table = ledger(month)
    new = table[(table["ordered_in"] == next_month(month.month, -1)) & table["before_of"].notna()]
    rows = []
    for (number, key, title), units in new.groupby(["order_no", "key", "title"], sort=True):
        before, after = (
            (int(units[f"{when}_hits"].sum()), int(units[f"{when}_of"].sum()))
            for when in ("before", "after")
        )
        row = {"order_no": number, "key": key, "title": title, "unit_count": len(units)}
        rows.append(row | _compared(key, before, after))
    columns = ["order_no", "key", "title", "unit_count", *COLUMNS[-8:-4], "before_percent",
               "after_percent", *COLUMNS[-4:]]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def moved(low: float | None, high: float | None) -> str | None:
    """Whether a change of bad cases is beyond noise: better | worse | unclear; None if unknown.

    Examples
    --------
    >>> moved(-3.0, -0.5), moved(-1.0, 2.0), moved(0.1, 2.0), moved(None, None)
    ('better', 'unclear', 'worse', None)
    """
    if low is None or high is None:
        return None
    if high < 0:
        return "better"
    return "worse" if low > 0 else "unclear"
