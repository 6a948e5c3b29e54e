"""What is ordered this month, to whom, and who was told before: one object for page and letter.

The seven points of letter 1522/UBND-THNC stand in data/reference/orders.yaml; the units of a point
are those of a list of the month, so the letter, the ledger and the ward sheets name the same ones.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd

from motcua.base.errors import ParameterError, did_you_mean
from motcua.base.reference import party_label, read_yaml
from motcua.measures.causes import late_by_cause
from motcua.measures.frame import Frame, table
from motcua.measures.rates import below_threshold, rates_alone
from motcua.measures.verdicts import is_listed_for_cause

LISTS = (
    "below_threshold",
    "forgot_to_close",
    "urban_management",
    "software_error",
    "feedback",
    "praised",
)  # of letter 1522
ALL_LISTS = (*LISTS, "awaiting_close")  # and those that no point of the letter rests on
LISTED_CAUSES = ("forgot_to_close", "urban_management", "software_error")


@dataclass(frozen=True)
class Order:
    """One point of the letter in one month.

    Attributes
    ----------
    number : point of the letter, 1 to 7.
    key : name of the order; for orders that name units, the name of their list in findings.json.
    owner, owner_label : code of the party that carries it out (data/reference/parties.yaml), and
        its Vietnamese name.
    title, task, evidence : in a few Vietnamese words: what for, what to do, what shows it done.
    codes : units that the point names, worst first; all units of the month for a point to all.
    is_named : whether the point names units of a list (else it goes to all, or to a division).
    in_a_row : unit -> months in a row, this one included, that its list has named it.
    """

    number: int
    key: str
    owner: str
    owner_label: str
    title: str
    task: str
    evidence: str
    codes: tuple[str, ...]
    is_named: bool
    in_a_row: dict[str, int]

    @property
    def repeated(self) -> tuple[str, ...]:
        """Units named for the second month in a row or more ("đã chỉ đạo nhiều lần")."""
        return tuple(code for code in self.codes if self.in_a_row.get(code, 0) > 1)


@table
def lists(frame: Frame) -> dict[str, list[str]]:
    """List -> codes of its wards, worst first; the rules stand in params."""
    rates, params = rates_alone(frame), frame.params
    named = {"below_threshold": below_threshold(frame)}
    late = late_by_cause(frame).merge(rates[["code", "resolved"]], on="code")
    for cause in LISTED_CAUSES:
        own = late[late["cause"] == cause]
        pairs = zip(own["late"], own["resolved"], strict=True)
        is_named = [is_listed_for_cause(*pair, params) for pair in pairs]
        named[cause] = _by_size(own[is_named], "points_lost")
    drew = rates[rates["feedback"] >= max(params.feedback_min, 1)]
    named["feedback"] = _by_size(drew, "feedback")
    criticised = {code for codes in named.values() for code in codes}
    good = (rates["rate_percent"] >= params.praise_from_percent) & ~rates["small"]
    good &= ~rates["code"].isin(criticised)
    named["praised"] = _by_size(rates[good], "rate_percent")
    named["awaiting_close"] = _by_size(rates[rates["awaiting_close"] > 0], "awaiting_close")
    return {name: named[name] for name in ALL_LISTS}


def _by_size(found: pd.DataFrame, column: str) -> list[str]:
    """Codes, largest `column` first; equal ones in the order of their codes."""
    return found.sort_values([column, "code"], ascending=[False, True])["code"].tolist()


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
        raise ParameterError(
            f"Không có danh sách '{list_name}'.{did_you_mean(list_name, ALL_LISTS)} "
            f"Các danh sách: {', '.join(ALL_LISTS)}."
        )
    return [frame.unit_names[code] for code in lists(frame)[list_name]]


@table
def orders(month: Frame) -> list[Order]:
    """Orders of a month, in the letter's order; those of an empty list have no `codes`.

    Examples
    --------
    >>> from motcua import load
    >>> first = orders(load("2024-01", data="data/sample"))[0]
    >>> first.number, len(first.codes), first.owner_label
    (1, 4, 'UBND phường, xã')
    """
    return [
        replace(order, in_a_row=listed_in_a_row(month, order.key)) if order.is_named else order
        for order in given(month)
    ]


@table
def given(month: Frame) -> list[Order]:
    """`orders` without in_a_row, which needs the lists of the months before."""
    return [_order(month, point) for point in read_yaml("orders")]


def _order(month: Frame, point: dict) -> Order:
    name = point.get("list")
    codes = lists(month)[name] if name else [unit.code for unit in month.units]
    return Order(
        number=point["number"],
        key=point["key"],
        owner=point["owner"],
        owner_label=party_label(point["owner"]),
        title=point["title"],
        task=point["task"],
        evidence=point["evidence"],
        codes=tuple(codes),
        is_named=bool(name),
        in_a_row={},
    )


def listed_in_a_row(month: Frame, name: str) -> dict[str, int]:
    """Unit -> months in a row that a list names it, this month included; only units of the list.

    Earlier months are those looked back on (`history_months`), computed with this month's
    parameters and units.
    """
    counts = dict.fromkeys(lists(month)[name], 1)
    still = set(counts)
    for earlier in reversed(month.months[:-1]):
        still &= set(lists(month.at(earlier))[name])
        if not still:
            break
        for code in still:
            counts[code] += 1
    return counts


def orders_of(month: Frame, code: str) -> list[Order]:
    """Orders that concern a unit: those that name it, and those to all units.

    Examples
    --------
    >>> from motcua import load
    >>> [order.number for order in orders_of(load("2024-01", data="data/sample"), "26374")]
    [1, 3, 4]
    """
    return [o for o in orders(month) if o.owner == "ward" and code in o.codes]
