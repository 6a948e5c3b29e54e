"""First screen and card of a month: the numbers that matter, why wards are below, what is ordered."""

from __future__ import annotations

from html import escape
from typing import Any

import pandas as pd

from motcua.base import style
from motcua.base import vietnamese as vi
from motcua.base.params import is_partial
from motcua.base.vietnamese import number
from motcua.chapters.sentences import Words, partial_words, rate, said_at, since
from motcua.measures.frame import table
from motcua.measures.month import Month
from motcua.measures.orders import Order, orders

SAY = Words("front")


def key_numbers(month: Month) -> list[dict[str, Any]]:
    """Five numbers of the city with their change since last month, in the order of the page.

    Returns
    -------
    list of dict
        label, value, note: words; change: words, empty without a month before; is_better: whether
        the change is one for the better, None without a change; history: the number of each month.

    Examples
    --------
    >>> from motcua import load
    >>> first = key_numbers(load("2024-01", data="data/sample"))[0]
    >>> first["value"], first["change"]
    ('97,79%', 'tăng 0,64 điểm so với 12/2023')
    """
    city = month.city
    values = {
        "rate_percent": rate(month, city["rate_percent"]),
        "wards_below": number(len(month.lists["below_threshold"])),
        **{name: number(city[name]) for name in ("late", "open_overdue", "feedback")},
    }
    return [
        SAY.card(f"numbers.{name}", value, month) | _moved(month, name)
        for name, value in values.items()
    ]


def _moved(month: Month, column: str) -> dict[str, Any]:
    """Change and history of a column of the city's history; a rate alone rises for the better."""
    history = month.city_history[column].astype(float)
    before, now = [None, *history][-2:]
    then = vi.month_label(month.months[-2]) if len(history) > 1 else ""
    is_rate = column == "rate_percent"
    change = since(now, before, SAY(f"counted.{column}"), 2 if is_rate else 0, then)
    moved = change and not change.startswith("không")
    return {
        "change": change,
        "is_better": bool((now > before) == is_rate) if moved else None,
        "history": [None if pd.isna(value) else value for value in history],
    }


@table
def late_words(month: Month) -> dict[str, str]:
    """Code -> its late dossiers by cause, most first, in one line; units without any stay out.

    Examples
    --------
    >>> from motcua import load
    >>> late_words(load("2024-01", data="data/sample"))["26014"]
    '7 hồ sơ trễ: Phường, xã giải quyết chậm (4); Quên bấm kết thúc (3)'
    """
    late = month.late_by_cause[month.late_by_cause["late"] > 0]
    late = late.sort_values("late", ascending=False, kind="stable")
    return {
        code: SAY("late", total=rows["late"].sum(), causes=rows)
        for code, rows in late.groupby("code")
    }


def verdict_words(month: Month, ward: Any) -> str:
    """Official verdict of a row of `month.rates`, and how sure it is.

    Examples
    --------
    >>> from motcua import load
    >>> month = load("2024-01", data="data/sample")
    >>> verdict_words(month, next(month.rates.itertuples()))
    'dưới 97%, chắc chắn'
    """
    return SAY("verdict", month, ward=ward, has_rate=not pd.isna(ward.below_threshold))


def in_a_row_words(ward: Any) -> str:
    """How many months in a row a ward is below; empty from the first one on its own."""
    return SAY("in_a_row", months=ward.months_below_in_a_row)


def order_lines(month: Month) -> list[dict[str, Any]]:
    """Orders of the month that name someone: number, title, to whom, and who was told before.

    Examples
    --------
    >>> from motcua import load
    >>> order_lines(load("2024-01", data="data/sample"))[0]["to"]
    'Tam Phước, Tân Tiến, Bửu Hòa, Phước Tân'
    """
    return [
        {"number": o.number, "title": o.title, "to": _to(month, o), "again": _again(month, o)}
        for o in orders(month)
        if o.codes
    ]


def _to(month: Month, order: Order) -> str:
    """Who carries an order out: the units that it names, or a division for them."""
    names = [month.unit_names[code] for code in order.codes]
    return SAY("orders.to", month, order=order, names=names)


def _again(month: Month, order: Order) -> str:
    return SAY("orders.again", names=[month.unit_names[code] for code in order.repeated])


def ward_facts(month: Month, ward: Any) -> list[tuple[str, str]]:
    """Heading and words of the card of a ward, from a row of `month.rates`."""
    late, again = late_words(month).get(ward.code, ""), in_a_row_words(ward)
    facts = [
        (
            SAY(f"facts.{name}.heading"),
            SAY(f"facts.{name}.words", month, ward=ward, late=late, in_a_row=again),
        )
        for name in said_at("front", "facts")
    ]
    return [(heading, words) for heading, words in facts if words]


_CELL = f"padding:2px 14px 2px 0;border:0;text-align:left;vertical-align:top;color:{style.INK}"


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
    signs += [partial_words(month.params)] * is_partial(month.params)
    numbers = [(card["label"], card["value"], card["note"]) for card in key_numbers(month)]
    asked = [
        (f"<code>{escape(code)}</code>", escape(told))
        for code, told in said_at("front", "next").items()
    ]
    return (
        f'<div style="font-family:{escape(style.FONT_STACK)};line-height:1.45;color:{style.INK}">'
        f'<div style="font-size:17px;font-weight:600">{escape(month.label)}</div>'
        f'<div style="color:{style.MUTED}">{escape(SAY("span", month))}</div>'
        f"{''.join(_sign(words) for words in signs)}"
        f"{_table(numbers, bold=1)}"
        f'<div style="font-weight:600">{SAY("ask")}</div>'
        f"{_table(asked)}"
        "</div>"
    )


def _sign(words: str) -> str:
    return (
        f'<div style="background:{style.ORANGE_PALE};border:1px solid {style.ORANGE};'
        f'padding:2px 8px;margin:4px 0;display:inline-block;font-weight:600">{escape(words)}</div>'
    )


def _table(rows: list[tuple[str, ...]], bold: int | None = None) -> str:
    """Rows of HTML cells; plain words where a column is `bold` are numbers."""
    lines = []
    for row in rows:
        cells = [
            f'<td style="{_CELL}{";font-weight:600" if place == bold else ""}">'
            f"{cell if bold is None else escape(cell)}</td>"
            for place, cell in enumerate(row)
        ]
        lines.append(f"<tr>{''.join(cells)}</tr>")
    return (
        '<table style="border-collapse:collapse;font-size:13px;margin:6px 0 8px">'
        f"{''.join(lines)}</table>"
    )
