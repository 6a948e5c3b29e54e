"""The first screen of the report: numbers, tile map, wards below and why, orders, ward cards.

On paper it is a brief of two A4 pages, with what became of earlier orders: printed from the page or
tom-tat.pdf, made by Typst without a browser. Words and numbers are those of the first screen;
templates/tom-tat.typ says where they stand. The PDF is tagged, with bookmarks, title and language.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from types import MappingProxyType
from typing import Any

from markupsafe import Markup

from motcua.base import style
from motcua.base import vietnamese as vi
from motcua.base.calendar import short_label
from motcua.base.params import whole_name
from motcua.chapters import followup, front, sentences
from motcua.chapters.rates import backlog_ages, repeat_words
from motcua.chapters.sentences import Prose, Words, rate, unescaped
from motcua.chapters.table import Table
from motcua.chapters.ward_map import anchor, look, verdict_words, ward_map
from motcua.machine.processes import alone
from motcua.measures.frame import table
from motcua.measures.month import Month
from motcua.measures.orders import orders_of
from motcua.measures.rates import shortfalls
from motcua.measures.state import AGES
from motcua.pages.cells import Section, markdown
from motcua.pages.page import Front

SAY, BRIEF = Words("first_screen"), Words("brief")
BRIEF_PDF = "tom-tat.pdf"
WORDS = ("why", "none_below", "others", "orders", "heads.unit", "heads.rate", "heads.cause")
MOST_TILES = 48  # where they stand at no place: of the lowest rates
FEW_TOLD = 7  # of them where the tiles need the room
MOST_TOLD = 12  # units below with their causes; the others by name and rate
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
        "units": sentences.units_word(month),
        "threshold": sentences.threshold(month.params),
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
    figure, section = _drawn(month), Section("backlog")
    lower = figure | {"layout": figure["layout"] | {"height": CHART_HEIGHT}}
    section.parts.append(section.chart(lower, "ton-dong"))
    return section


@table
def _drawn(month: Month) -> dict[str, Any]:
    """The chart of the backlog, as page and brief show it."""
    return json.loads(backlog_ages(month).to_json())


@table
def brief_parts(month: Month) -> list[tuple[str, Prose, Table | None]]:
    """What paper says beside the orders: units below again, what became of earlier orders.

    Heading, sentences and table of each part that has something to say.
    """
    parts: dict[str, tuple[Prose, Table | None]] = {"repeated": (repeat_words(month), None)}
    if month.params.directs:
        states = Table(**followup.followup_states(month).layout.meta["table"])
        parts["ledger"] = (followup.conclusion(month), states)
    return [(SAY(f"brief.{name}", month), *part) for name, part in parts.items() if part[0]]


def _brief(month: Month) -> list[tuple[str, Markup]]:
    """Heading and HTML of each part of the brief."""
    return [
        (heading, Markup(markdown(prose, Section("brief")) + (numbers.html() if numbers else "")))
        for heading, prose, numbers in brief_parts(month)
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


def brief_pdf(month: Month, front: Front, first: dict[str, Any]) -> bytes:
    """PDF of the brief.

    Parameters
    ----------
    front, first : what the page says in its head, and its first screen (`first_screen`).
    """
    return alone(partial(style.typeset, "tom-tat.typ", _told(month, front, first)))


def _told(month: Month, front: Front, first: dict[str, Any]) -> dict[str, Any]:
    """What the template names, as plain texts and numbers."""
    marks = [BRIEF("synthetic")] * front.synthetic + [front.stamp] * bool(front.stamp)
    end, below, listed = month.period.end, first["below"], sentences.MOST_LISTED
    most = MOST_TOLD if len(first["map"].tiles) <= MOST_TILES else FEW_TOLD
    others = [f"{row['name']} ({row['rate']})" for row in below[most:]]
    return {
        "day": {"year": end.year, "month": end.month, "day": end.day},
        "issuer": front.issuer,
        "period": front.period,
        "heading": front.heading,
        "marks": ". ".join(marks),
        "headline": unescaped(front.headline),
        "numbers": [{k: v for k, v in n.items() if k != "spark"} for n in first["numbers"]],
        "map": {
            "title": first["map"].title,
            "key": list(first["map"].key.items()),
            "tiles": first["map"].tiles,
            "most": MOST_TILES,
            "rest": BRIEF("rest", month, shown=MOST_TILES),
        },
        "backlog": _ages(month),
        "below": [row | {"tags": [*filter(None, row["tags"])]} for row in below[:most]],
        "others": BRIEF("rest_below", month, names=others[:listed], more=len(others[listed:])),
        "orders": first["orders"],
        "parts": [_part(*part) for part in brief_parts(month)],
        "foot": BRIEF("foot", source=front.footer["Nguồn"]),
        "words": {key: BRIEF(key, month) for key in WORDS},
    }


def _ages(month: Month) -> dict[str, Any]:
    """Chart of what is overdue: months and, youngest first, the dossiers of each age."""
    meta = _drawn(month)["layout"]["meta"]
    heads, history = meta["table"]["columns"], month.at_its_end.city_history
    return {
        **{part: meta[part] for part in ("title", "alt", "source")},
        "ages": heads[2 : 2 + len(AGES)],
        "months": [
            {"label": short_label(row["month"]).replace("/20", "/"), "n": [row[n] for n in AGES]}
            for row in history.to_dict("records")
        ],
    }


def _part(heading: str, prose: str, table: Any) -> dict[str, Any]:
    """A part of the second page: heading, sentences, points, and the table below them."""
    lines = [line.strip() for line in unescaped(prose).splitlines() if line.strip()]
    return {
        "title": heading,
        "lines": [line for line in lines if not line.startswith("- ")],
        "points": [line.removeprefix("- ") for line in lines if line.startswith("- ")],
        "table": [table.columns, *table.rows] if table else [],
    }
