"""First screen and card of a month: the numbers that matter, why wards are below, what is ordered."""

from __future__ import annotations

from html import escape
from typing import Any

import pandas as pd

from motcua.base import style
from motcua.base import vietnamese as vi
from motcua.base.params import is_partial
from motcua.base.vietnamese import NBSP, join, number
from motcua.chapters.sentences import partial_words, rate, since, threshold, units_word
from motcua.measures.frame import table
from motcua.measures.month import Month
from motcua.measures.orders import Order, orders


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
    ('97,79\\xa0%', 'tăng 0,34 điểm so với 12/2023')
    """
    city, limit = month.city, threshold(month.params)
    below = number(len(month.lists["below_threshold"]))
    return [
        _number(month, "rate_percent", f"mục tiêu: từ {limit}", unit="điểm", digits=2, rising=True)
        | {"label": "Tỷ lệ đúng hạn", "value": rate(month, city["rate_percent"])},
        _number(month, "wards_below", f"trong {len(month.rates)} {units_word(month)}", "đơn vị")
        | {"label": f"Đơn vị dưới {limit}", "value": below},
        _number(month, "late", f"trong {number(city['resolved'])} hồ sơ đã giải quyết")
        | {"label": "Hồ sơ trễ hạn", "value": number(city["late"])},
        _number(month, "open_overdue", f"trong {number(city['open'])} hồ sơ đang giải quyết")
        | {"label": "Đang quá hạn", "value": number(city["open_overdue"])},
        _number(month, "feedback", f"về {len(month.lists['feedback'])} đơn vị", "phản ánh")
        | {"label": "Phản ánh của người dân", "value": number(city["feedback"])},
    ]


def _number(
    month: Month,
    column: str,
    note: str,
    unit: str = "hồ sơ",
    *,
    digits: int = 0,
    rising: bool = False,
) -> dict[str, Any]:
    """Change and history of a column of the city's history; `rising` is for the better or not."""
    history = month.city_history[column].astype(float)
    before, now = [None, *history][-2:]
    then = vi.month_label(month.months[-2]) if len(history) > 1 else ""
    change = since(now, before, unit, digits, then)
    moved = change and not change.startswith("không")
    return {
        "note": note,
        "change": change,
        "is_better": bool((now > before) == rising) if moved else None,
        "history": [None if pd.isna(value) else value for value in history],
    }


@table
def late_words(month: Month) -> dict[str, str]:
    """Code -> its late dossiers by cause, most first, in one line; units without any stay out.

    Examples
    --------
    >>> from motcua import load
    >>> late_words(load("2024-01", data="data/sample"))["26014"]
    '7 hồ sơ trễ: Phường, xã xử lý chậm (4); Quên bấm kết thúc (3)'
    """
    late = month.late_by_cause[month.late_by_cause["late"] > 0]
    late = late.sort_values("late", ascending=False, kind="stable")
    return {
        code: f"{number(rows['late'].sum())} hồ sơ trễ: "
        + "; ".join(f"{r.label} ({number(r.late)})" for r in rows.itertuples())
        for code, rows in late.groupby("code")
    }


def verdict_words(month: Month, ward: Any) -> str:
    """Official verdict of a row of `month.rates`, and how sure it is.

    Examples
    --------
    >>> from motcua import load
    >>> month = load("2024-01", data="data/sample")
    >>> verdict_words(month, next(month.rates.itertuples()))
    'dưới 97\\xa0%, chắc chắn'
    """
    limit = threshold(month.params)
    if pd.isna(ward.below_threshold):
        return "không phát sinh hồ sơ đã giải quyết"
    words = f"dưới {limit}" if ward.below_threshold else f"từ {limit} trở lên"
    sure = "chưa chắc chắn" if ward.certainty == "uncertain" else "chắc chắn"
    return f"{words}, {sure}"


def in_a_row_words(ward: Any) -> str:
    """How many months in a row a ward is below; empty from the first one on its own."""
    months = ward.months_below_in_a_row
    return f"tháng thứ {months} liên tiếp" if months > 1 else ""


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
    names = join([month.unit_names[code] for code in order.codes])
    if order.owner == "ward":
        return names if order.is_named else f"{len(order.codes)} {units_word(month)}"
    return f"{order.owner_label} (cho {names})" if order.is_named else order.owner_label


def _again(month: Month, order: Order) -> str:
    names = [month.unit_names[code] for code in order.repeated]
    return f"Đã nêu tháng trước: {join(names)}" if names else ""


def ward_facts(month: Month, ward: Any) -> list[tuple[str, str]]:
    """Heading and words of the card of a ward, from a row of `month.rates`."""
    low, high = rate(month, ward.rate_low), rate(month, ward.rate_high)
    counted = f"{number(ward.good)} đúng hạn trong {number(ward.counted)} hồ sơ"
    facts = [
        ("Hồ sơ", counted if ward.counted else ""),
        (f"Khoảng tin cậy 95{NBSP}%", f"{low} đến {high}" if ward.counted else ""),
        ("Vì sao", late_words(month).get(ward.code, "không có hồ sơ trễ hạn")),
        ("Dưới ngưỡng", in_a_row_words(ward)),
        ("Đang quá hạn", f"{number(ward.open_overdue)} hồ sơ" if ward.open_overdue else ""),
        ("Phản ánh", f"{number(ward.feedback)} trong kỳ" if ward.feedback else ""),
    ]
    return [(heading, words) for heading, words in facts if words]


NEXT = {
    "month.rates": "tỷ lệ từng đơn vị, thấp nhất đứng đầu",
    "month.late_by_cause": "hồ sơ trễ theo đơn vị và nguyên nhân",
    "month.late_dossiers": "từng hồ sơ trễ (chỉ dùng nội bộ)",
    "month.city_history": "toàn thành phố qua các tháng",
    'month.names("below_threshold")': "các đơn vị bị nêu tên",
    "month.previous": "tháng trước; month.at(…): một tháng khác",
    "mc.chart.ward_rates(month)": "biểu đồ; gõ mc.chart. rồi Tab để xem các biểu đồ khác",
    "mc.rates.headline(month)": "câu kết luận; gõ mc.rates. rồi Tab",
}
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
    signs = ["DỮ LIỆU MÔ PHỎNG"] * month.synthetic
    signs += [partial_words(month.params)] * is_partial(month.params)
    span = f"{vi.day(month.period.start)} – {vi.day(month.period.end)}"
    numbers = [(card["label"], card["value"], card["note"]) for card in key_numbers(month)]
    return (
        f'<div style="font-family:{escape(style.FONT_STACK)};line-height:1.45;color:{style.INK}">'
        f'<div style="font-size:17px;font-weight:600">{escape(month.label)}</div>'
        f'<div style="color:{style.MUTED}">Kỳ {span} · {len(month.units)} đơn vị · '
        f"{vi.number(month.inputs.n_dossiers)} hồ sơ trong dữ liệu</div>"
        f"{''.join(_sign(words) for words in signs)}"
        f"{_table(numbers, bold=1)}"
        f'<div style="font-weight:600">Hỏi tiếp</div>'
        f"{_table([(f'<code>{escape(code)}</code>', escape(told)) for code, told in NEXT.items()])}"
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
