"""tom-tat.pdf: the two A4 pages that report.html prints, made by Typst without a browser.

Words and numbers are those of the first screen; templates/tom-tat.typ says where they stand. The
charts are drawings of the same tables; the PDF is tagged, with bookmarks, title and language.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from motcua.base import style
from motcua.base.calendar import short_label
from motcua.chapters.rates import backlog_ages
from motcua.chapters.sentences import MOST_LISTED, Words, unescaped
from motcua.machine.processes import alone
from motcua.measures.month import Month
from motcua.measures.state import AGES
from motcua.pages.first_screen import brief_parts
from motcua.pages.page import Front

SAY = Words("brief")
BRIEF = "tom-tat.pdf"
WORDS = ("why", "none_below", "others", "orders", "heads.unit", "heads.rate", "heads.cause")
MOST_TILES = 48  # where they stand at no place: of the lowest rates
FEW_TOLD = 7  # of them where the tiles need the room
MOST_TOLD = 12  # units below with their causes; the others by name and rate


def brief_pdf(month: Month, front: Front, first: dict[str, Any]) -> bytes:
    """PDF of the brief.

    Parameters
    ----------
    front, first : what the page says in its head, and its first screen (`first_screen`).
    """
    return alone(partial(style.typeset, "tom-tat.typ", _told(month, front, first)))


def _told(month: Month, front: Front, first: dict[str, Any]) -> dict[str, Any]:
    """What the template names, as plain texts and numbers."""
    marks = [SAY("synthetic")] * front.synthetic + [front.stamp] * bool(front.stamp)
    end, below = month.period.end, first["below"]
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
            "rest": SAY("rest", month, shown=MOST_TILES),
        },
        "backlog": _backlog(month),
        "below": [row | {"tags": [*filter(None, row["tags"])]} for row in below[:most]],
        "others": SAY(
            "rest_below", month, names=others[:MOST_LISTED], more=len(others[MOST_LISTED:])
        ),
        "orders": first["orders"],
        "parts": [_part(*part) for part in brief_parts(month)],
        "foot": SAY("foot", source=front.footer["Nguồn"]),
        "words": {key: SAY(key, month) for key in WORDS},
    }


def _backlog(month: Month) -> dict[str, Any]:
    """Chart of what is overdue: months and, youngest first, the dossiers of each age."""
    meta = backlog_ages(month).layout.meta
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
