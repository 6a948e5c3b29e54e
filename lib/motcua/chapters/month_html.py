"""How a month shows itself in a notebook: what it is, its key numbers, what to ask next."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from motcua.base import style
from motcua.base import vietnamese as vi
from motcua.base.params import is_partial
from motcua.chapters import words
from motcua.chapters.words_front import key_numbers

if TYPE_CHECKING:
    from motcua.measures.month import Month

NEXT = {
    "month.rates": "tỷ lệ từng đơn vị, thấp nhất đứng đầu",
    "month.late_by_cause": "hồ sơ trễ theo đơn vị và nguyên nhân",
    "month.late_dossiers": "từng hồ sơ trễ (chỉ dùng nội bộ)",
    "month.city_history": "toàn thành phố qua các tháng",
    'month.names("below_threshold")': "các đơn vị bị nêu tên",
    "month.previous": "tháng trước; month.at(…): một tháng khác",
    "mc.chart.ward_rates(month)": "biểu đồ; gõ mc.chart. rồi Tab để xem các biểu đồ khác",
    "mc.words.headline(month)": "câu kết luận; gõ mc.words. rồi Tab",
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
    signs += [words.partial_words(month.params)] * is_partial(month.params)
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
