"""What is ordered this month, to whom, by when, and who was told before: one object for all.

The points of a letter stand in data/reference/orders.yaml, each with a number that no month
changes; the units of a point are those of a list of the month. So letter, pages, ledger and ward
sheets name the same number, units and due day, also in a month whose list is empty.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import pandas as pd

from motcua.base.calendar import after_working_days
from motcua.base.errors import ParameterError, did_you_mean
from motcua.base.reference import party_label, read_yaml, refusal
from motcua.measures.apologies import apologies
from motcua.measures.causes import QUESTIONED, causes_by_unit
from motcua.measures.frame import Frame, table
from motcua.measures.issued import issued, issued_lately
from motcua.measures.rates import below_threshold, rates_alone
from motcua.measures.verdicts import is_listed_for_cause, points_lost

ORDERED = ("below_threshold", *QUESTIONED, "feedback")  # whose units a point of the letter names
LISTS = (*ORDERED, "praised")  # of letter 1522
ALL_LISTS = (*LISTS, "awaiting_close")  # and those that no point of the letter rests on
BACKLOG = "backlog"  # the order to units with dossiers overdue or awaiting the click
OFTEN, LATELY = 2, 3  # "thường xuyên": in so many of so many months, this one included
TO_SIGNATURE = timedelta(days=10)  # from the period's end to the day of a letter not yet dated


@dataclass(frozen=True)
class Order:
    """One point of the letter in one month.

    Attributes
    ----------
    number : point of the letter, the same in every month and every output.
    key : name of the order; for orders that name units, the name of their list in findings.json.
    owner, owner_label : code of the party that carries it out (data/reference/parties.yaml), and
        its Vietnamese name.
    title, task, evidence : in a few Vietnamese words: what for, what to do, what shows it done.
    due : last day to carry it out and report.
    codes : units that the point names, worst first; all units of the month for a point to all.
    is_named : whether the point names units (else it goes to all, or to a division).
    in_a_row : unit -> months in a row, this one included, that its list has named it.
    reminded_in, reminded : last month before this one whose letter named units that the list has
        named ever since, "" without one; and these units ("đã nhắc tháng ..."). Letters are the
        issued ones; where none is recorded, every month's list counts as one (a month's alone:
        nobody need have written one of a quarter or a year).
    repeated : units that `repeat_orders_from` months in a row are in the list, this one the last,
        and that the issued letters of all those before it named ("đã chỉ đạo nhiều lần").
    often : units that the list named in OFTEN of the last LATELY months ("thường xuyên").
    """

    number: int
    key: str
    owner: str
    owner_label: str
    title: str
    task: str
    evidence: str
    due: date
    codes: tuple[str, ...]
    is_named: bool
    in_a_row: dict[str, int] = field(default_factory=dict)
    reminded_in: str = ""
    reminded: tuple[str, ...] = ()
    repeated: tuple[str, ...] = ()
    often: tuple[str, ...] = ()


@table
def lists(frame: Frame) -> dict[str, list[str]]:
    """List -> codes of its wards, worst first; the rules stand in params.

    Praised: from `praise_from_percent` on, enough dossiers, in no list of faults, no dossier open
    and overdue, and every apology that is owed seen to be made.
    """
    rates, named = rates_alone(frame), dict(ordered(frame))
    owes = apologies(frame)
    unseen = owes["missing"] + owes["complaints_owed"] - owes["complaints_made"]
    faulty = {code for codes in named.values() for code in codes} | set(owes["code"][unseen > 0])
    good = (rates["rate_percent"] >= frame.params.praise_from_percent) & ~rates["small"]
    good &= ~rates["code"].isin(faulty) & (rates["open_overdue"] == 0)
    named["praised"] = _by_size(rates[good], "rate_percent")
    return named | {"awaiting_close": _by_size(rates.query("awaiting_close > 0"), "awaiting_close")}


@table
def ordered(frame: Frame) -> dict[str, list[str]]:
    """Those of `lists` whose units a point of the letter names: the faults."""
    rates, params = rates_alone(frame), frame.params
    late, lost = (causes_by_unit(frame, kind) for kind in ("late", "reclassified"))
    units = rates[["code", "resolved", "counted"]].to_numpy().tolist()
    named = {"below_threshold": below_threshold(frame)}
    for cause in QUESTIONED:
        points = {
            code: -(points_lost(lost[code][cause], counted) or 0)
            for code, resolved, counted in units
            if is_listed_for_cause(late[code][cause], resolved, params)
        }
        named[cause] = sorted(points, key=lambda code: (points[code], code))
    drew = rates[rates["feedback"] >= max(params.feedback_min, 1)]
    return named | {"feedback": _by_size(drew, "feedback")}


def _listed(frame: Frame, name: str) -> list[str]:
    """Units of one of `lists`; a fault is told without what praise needs."""
    return (ordered if name in ORDERED else lists)(frame)[name]


def _by_size(units: pd.DataFrame, *columns: str) -> list[str]:
    """Codes, largest first by the columns; equal ones in the order of their codes."""
    rows = units[[*columns, "code"]].itertuples(index=False, name=None)
    return [code for *_, code in sorted(rows, key=lambda row: (*(-n for n in row[:-1]), row[-1]))]


def names(frame: Frame, list_name: str) -> list[str]:
    """Names of the wards in a list, in its order.

    Raises
    ------
    ParameterError
        There is no such list.

    Examples
    --------
    >>> from motcua import load
    >>> names(load("2024-01", data="data/sample"), "below_threshold")
    ['Tam Phước', 'Tân Tiến', 'Bửu Hòa', 'Phước Tân']
    """
    if list_name not in ALL_LISTS:
        facts = {"near": did_you_mean(list_name, ALL_LISTS), "known": ", ".join(ALL_LISTS)}
        raise refusal("no_such_list", ParameterError, name=list_name, **facts)
    return [frame.unit_names[code] for code in lists(frame)[list_name]]


def letter_day(month: Frame) -> date:
    """Day of a month's letter: as recorded when it was issued, else TO_SIGNATURE after the period.

    Examples
    --------
    >>> from motcua import load
    >>> letter_day(load("2024-01", data="data/sample"))
    datetime.date(2024, 1, 24)
    """
    letter = issued(month, month.issued)
    return letter.on if letter and letter.on else month.period.end + TO_SIGNATURE


@table
def orders(month: Frame) -> list[Order]:
    """Orders of a month by their numbers; those of an empty list have no `codes`.

    Examples
    --------
    >>> from motcua import load
    >>> first = orders(load("2024-01", data="data/sample"))[0]
    >>> first.number, len(first.codes), first.owner_label, str(first.due)
    (1, 4, 'Phường, xã', '2024-02-07')
    """
    return [_looked_back(month, o) if o.key in ORDERED else o for o in given(month)]


@table
def given(month: Frame) -> list[Order]:
    """`orders` without what needs the lists of the months before; none where nobody gives any."""
    if not month.params.directs:
        return []
    due = after_working_days(letter_day(month), month.params.order_due_days)
    threshold = f"{month.params.threshold_percent:g}%".replace(".", ",")
    return [
        Order(
            **{name: point[name] for name in ("number", "key", "owner", "task", "evidence")},
            owner_label=party_label(point["owner"]),
            title=point["title"].format(threshold=threshold),
            due=due,
            codes=tuple(_named(month, point.get("list"))),
            is_named="list" in point,
        )
        for point in read_yaml("orders")
    ]


def _named(month: Frame, name: str | None) -> list[str]:
    if name != BACKLOG:
        return _listed(month, name) if name else [unit.code for unit in month.units]
    rates = rates_alone(month)
    has_any = rates["open_overdue"] + rates["awaiting_close"] > 0
    return _by_size(rates[has_any], "open_overdue", "awaiting_close")


def _looked_back(month: Frame, order: Order) -> Order:
    """Order with what the months before, and their letters, tell of its units."""
    in_a_row = listed_in_a_row(month, order.key)
    letters = [one for one in issued_lately(month, month.issued) if one.month < month.month]
    named = {one.month: one.content["lists"].get(order.key, ()) for one in letters}
    assumed = not letters and month.kind == "month"  # longer periods have a letter where recorded
    reminded = {  # unit -> months of its row whose letters named it; without any letter all
        code: [m for m in month.months[-n:-1] if assumed or code in named.get(m, ())]
        for code, n in in_a_row.items()
    }
    last = max((m for months in reminded.values() for m in months), default="")
    before = set(month.months[-month.params.repeat_orders_from : -1])
    lately = [_listed(month.at(m), order.key) for m in month.months[-LATELY:]]
    long = [c for c in order.codes if in_a_row[c] >= month.params.repeat_orders_from and letters]
    return replace(
        order,
        in_a_row=in_a_row,
        reminded_in=last,
        reminded=tuple(c for c in order.codes if last in reminded[c]),
        repeated=tuple(c for c in long if before <= set(reminded[c])),
        often=tuple(c for c in order.codes if sum(c in codes for codes in lately) >= OFTEN),
    )


def ordered_repeatedly(month: Frame) -> dict[str, list[str]]:
    """List -> codes of its units to which the order was given repeatedly.

    Examples
    --------
    >>> from motcua import load
    >>> ordered_repeatedly(load("2024-01", data="data/sample"))["below_threshold"]  # none issued
    []
    """
    followed = [order for order in orders(month) if order.key in ORDERED]
    return {order.key: list(order.repeated) for order in followed} or {name: [] for name in ORDERED}


def listed_in_a_row(month: Frame, name: str) -> dict[str, int]:
    """Unit -> months in a row that a list names it, this month included; only units of the list.

    Earlier months are those looked back on (`history_months`), computed with this month's
    parameters and units.
    """
    counts, still = dict.fromkeys(_listed(month, name), 1), set(_listed(month, name))
    for earlier in reversed(month.months[:-1]):
        if still:
            still &= set(_listed(month.at(earlier), name))
            counts |= {code: counts[code] + 1 for code in still}
    return counts


def orders_of(month: Frame, code: str) -> list[Order]:
    """Orders that concern a unit: those that name it, and those to all units.

    Examples
    --------
    >>> from motcua import load
    >>> [order.number for order in orders_of(load("2024-01", data="data/sample"), "26374")]
    [1, 3, 4, 8]
    """
    return [o for o in orders(month) if o.owner == "ward" and code in o.codes]
