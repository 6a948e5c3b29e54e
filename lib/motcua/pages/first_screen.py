"""The first screen of the report: numbers, tile map, wards below and why, orders, ward cards.

On paper it is a brief of two pages, with what became of earlier orders.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from motcua.base import vietnamese as vi
from motcua.base.params import whole_name
from motcua.chapters import followup, front
from motcua.chapters.rates import backlog_ages, repeat_words
from motcua.chapters.sentences import Prose, Words, rate, threshold, units_word
from motcua.chapters.table import Table
from motcua.chapters.ward_map import anchor, look, verdict_words, ward_map
from motcua.measures.orders import orders_of
from motcua.measures.rates import shortfalls
from motcua.pages.cells import Section, markdown

if TYPE_CHECKING:
    from motcua.measures.month import Month

SAY, BRIEF = Words("first_screen"), Words("brief")
CHART_HEIGHT = 385  # of a chart on the first screen, with its title
SPARK_WIDTH, SPARK_HEIGHT, SPARK_EDGE = 120, 30, 4
_NONE: Mapping[str, str] = MappingProxyType({})


def first_screen(month: Month, files: Mapping[str, str] = _NONE) -> dict[str, Any]:
    """What report.html shows before its sections.

    Parameters
    ----------
    month : the month.
    files : words -> relative link of what can be opened beside the page, as letter and annex.

    Returns
    -------
    dict
        numbers, map, whole, units, threshold, said, below, orders, cards, files, choices: texts and
        plain values, which the template escapes; brief: what paper adds; charts: sections.
    """
    cards = [_card(month, ward) for ward in month.rates.itertuples()]
    return {
        "numbers": [n | {"spark": spark(n["history"])} for n in front.key_numbers(month)],
        "map": ward_map(month),
        "whole": vi.upper_first(whole_name(month.params)),
        "units": units_word(month),
        "threshold": threshold(month.params),
        "said": {key: BRIEF(key, month) for key in ("none_below", "orders")},
        "below": _below(month),
        "orders": front.order_lines(month),
        "cards": cards,
        "files": list(files.items()),
        "choices": sorted(cards, key=lambda card: vi.bare_key(card["name"])),
        "brief": _brief(month),
        "charts": [_backlog(month)],
    }


def _backlog(month: Month) -> Section:
    """Chart of what is open and overdue, lower than in its chapter."""
    figure = json.loads(backlog_ages(month).to_json())
    figure["layout"]["height"] = CHART_HEIGHT
    section = Section("backlog")
    section.parts.append(section.chart(figure, "ton-dong"))
    return section


def brief_parts(month: Month) -> list[tuple[str, Prose, Table | None]]:
    """What paper says beside the orders: units below again, what became of earlier orders.

    Heading, sentences and table of each part that has something to say.
    """
    states = Table(**followup.followup_states(month).layout.meta["table"])
    parts = {
        "repeated": (repeat_words(month), None),
        "ledger": (followup.conclusion(month), states),
    }
    if not month.params.directs:
        del parts["ledger"]
    return [(SAY(f"brief.{name}", month), *part) for name, part in parts.items() if part[0]]


def _brief(month: Month) -> list[tuple[str, Markup]]:
    """Heading and HTML of each part of the brief."""
    return [
        (heading, Markup(markdown(prose, Section("brief")) + (table.html() if table else "")))
        for heading, prose, table in brief_parts(month)
    ]


def _below(month: Month) -> list[dict[str, Any]]:
    """Wards below the threshold, worst first: name, rate, why in one line, what to add."""
    late = front.late_words(month)
    return [
        {
            "anchor": anchor(ward.code),
            "code": ward.code,
            "name": ward.name,
            "rate": rate(month, ward.rate_percent),
            "why": late.get(ward.code, ""),
            "tags": [
                front.in_a_row_words(month, ward),
                SAY(f"told.{shortfalls(month)[ward.code]}"),
            ],
        }
        for ward in month.rates[month.rates["below_threshold"].eq(True)].itertuples()
    ]


def _card(month: Month, ward: Any) -> dict[str, Any]:
    value = rate(month, ward.rate_percent)
    verdict = verdict_words(month, ward)
    known = value != vi.NOTHING
    return {
        "anchor": anchor(ward.code),
        "code": ward.code,
        "name": ward.name,
        "look": look(month, ward),
        "rate": value if known else "",
        "verdict": verdict[0].upper() + verdict[1:],
        "line": f"{ward.name}: {value}, {verdict}." if known else f"{ward.name}: {verdict}.",
        "facts": front.ward_facts(month, ward),
        "orders": [(order.number, order.title) for order in orders_of(month, ward.code)],
    }


def spark(values: list[float | None]) -> Markup:
    """Line of the months as a small drawing, the last one marked; nothing with fewer than two.

    Examples
    --------
    >>> spark([1, 2]).count("<circle"), spark([1.0])
    (1, Markup(''))
    """
    known = [(place, value) for place, value in enumerate(values) if value is not None]
    if len(known) < 2:
        return Markup()
    low, high = min(v for _, v in known), max(v for _, v in known)
    bottom, left = SPARK_HEIGHT - SPARK_EDGE, SPARK_EDGE
    scale = (bottom - SPARK_EDGE) / ((high - low) or 1)
    step = (SPARK_WIDTH - 2 * left) / (len(values) - 1)
    points = [(round(left + step * n, 1), round(bottom - scale * (v - low), 1)) for n, v in known]
    line = " ".join(f"{x},{y}" for x, y in points)
    x, y = points[-1]
    return Markup(
        f'<svg class="spark" viewBox="0 0 {SPARK_WIDTH} {SPARK_HEIGHT}" aria-hidden="true">'
        f'<polyline points="{line}"/><circle cx="{x}" cy="{y}" r="3.5"/></svg>'
    )
