"""First screen and card of a month: the numbers that matter, why wards are below, what is ordered."""

from __future__ import annotations

from typing import Any

import pandas as pd

from motcua.base import style
from motcua.base.calendar import period_label
from motcua.base.params import is_partial
from motcua.base.vietnamese import number
from motcua.chapters.sentences import Words, partial_words, rate, said_at, since, units_word
from motcua.chapters.ward_map import environment
from motcua.measures import control
from motcua.measures.frame import table
from motcua.measures.month import Month
from motcua.measures.orders import orders

SAY = Words("front")
COLUMNS = {  # number of `control.key_numbers`, in the order of the page -> column of its history
    "rate": "rate_percent",
    "units_below": "wards_below",
    "open_overdue": "open_overdue",
    "late": "late",
    "feedback": "feedback",
}


def key_numbers(month: Month) -> list[dict[str, Any]]:
    """Five numbers of the city in the order of the page, and what may be said of them.

    Returns
    -------
    list of dict
        label, value, note: words; change, year_ago: this month beside the last one and the same one
        a year ago, empty without them; variation: "better", "worse", "none", "few" (too few months
        to tell) or "nothing" (nothing counted); assurance: "always", "sometimes", "never" or
        "unknown"; said_of_variation, said_of_assurance: the two in words; history: the number of
        each month.

    Examples
    --------
    >>> from motcua import load
    >>> first = key_numbers(load("2024-01", data="data/sample"))[0]
    >>> first["value"], first["change"], first["said_of_variation"]
    ('97,79%', 'tăng 0,64 điểm so với tháng 12/2023', 'trong dao động bình thường')
    """
    judged = control.key_numbers(month).set_index("key")
    return [_key_number(month, key, judged.loc[key]) for key in COLUMNS]


def _key_number(month: Month, key: str, judged: pd.Series) -> dict[str, Any]:
    history = month.city_history.set_index("month")
    values = history[COLUMNS[key]].astype(float)
    now, known = values.iloc[-1], values[history["counted"] > 0]
    write = (lambda value: rate(month, value)) if key == "rate" else number
    last, year_ago = (one.month if one else "" for one in (month.previous, month.year_before))
    unit, then = SAY(f"counted.{key}"), period_label(last) if last else ""
    few = "nothing" if pd.isna(judged["value"]) else "few" if pd.isna(judged["mean"]) else ""
    marks = {
        "variation": few or judged["signal"],
        "assurance": "unknown" if pd.isna(judged["assurance"]) else judged["assurance"],
    }
    return {
        **SAY.card(f"numbers.{key}", write(now), month, sums=history.iloc[-1]),
        "change": since(now, known.get(last), unit, 2 if key == "rate" else 0, then),
        "year_ago": SAY("year_ago", then=year_ago, value=write(known[year_ago]))
        if year_ago in known and year_ago != last
        else "",
        **marks,
        "said_of_variation": SAY(f"variation.{marks['variation']}", month),
        "said_of_assurance": SAY(
            f"assurance.{marks['assurance']}", month, target=SAY(f"target.{key}", month)
        ),
        "history": [known.get(name) for name in values.index],
    }


@table
def late_words(month: Month) -> dict[str, str]:
    """Code -> its late dossiers by cause, most first, in one line; units without any stay out.

    Examples
    --------
    >>> from motcua import load
    >>> late_words(load("2024-01", data="data/sample"))["26014"]
    '7 hồ sơ trễ hạn: Phường, xã giải quyết chậm (4); Quên bấm kết thúc (3)'
    """
    late = month.late_by_cause[month.late_by_cause["late"] > 0]
    late = late.sort_values("late", ascending=False, kind="stable")
    return {
        code: SAY("late", total=rows["late"].sum(), causes=rows)
        for code, rows in late.groupby("code")
    }


def in_a_row_words(month: Month, ward: Any) -> str:
    """How many months in a row a ward is below; empty from the first one on its own."""
    return SAY("in_a_row", month, months=ward.months_below_in_a_row)


def order_lines(month: Month) -> list[dict[str, Any]]:
    """Orders of the month that name someone: number, title, to whom, and who was told before.

    Examples
    --------
    >>> from motcua import load
    >>> order_lines(load("2024-01", data="data/sample"))[0]["to"]
    'Tam Phước, Tân Tiến, Bửu Hòa, Phước Tân'
    """
    lines = []
    for order in orders(month):
        names, repeated, reminded = (
            [month.unit_names[code] for code in codes]
            for codes in (order.codes, order.repeated, order.reminded)
        )
        said, kinds = {"order": order, "names": names}, units_word(month, order.codes)
        line = {
            "number": order.number,
            "title": order.title,
            "to": SAY("orders.to", month, **said, kinds=kinds),
            "again": SAY("orders.again", month, **said, repeated=repeated, reminded=reminded),
        }
        lines += [line] if names else []
    return lines


def ward_facts(month: Month, ward: Any) -> list[tuple[str, str]]:
    """Heading and words of the card of a ward, from a row of `month.rates`."""
    late, again = late_words(month).get(ward.code, ""), in_a_row_words(month, ward)
    facts = [
        (
            SAY(f"facts.{name}.heading", month),
            SAY(f"facts.{name}.words", month, ward=ward, late=late, in_a_row=again),
        )
        for name in said_at("front", "facts")
    ]
    return [(heading, words) for heading, words in facts if words]


def month_html(month: Month) -> str:
    """Label, period, key numbers and what to try next, as HTML.

    Examples
    --------
    >>> from motcua import load
    >>> html = month_html(load("2024-01", data="data/sample"))
    >>> "Tháng 01/2024" in html, "DỮ LIỆU MÔ PHỎNG" in html, "month.late_by_cause" in html
    (True, True, True)
    """
    signs = [SAY("synthetic")] * month.synthetic + [month.stamp] * bool(month.stamp)
    card = environment().get_template("card.html")
    return card.render(
        style=style,
        label=month.label,
        span=SAY("span", month),
        signs=signs + [partial_words(month.params)] * is_partial(month.params),
        numbers=key_numbers(month),
        ask=SAY("ask"),
        next=said_at("front", "next"),
    )
