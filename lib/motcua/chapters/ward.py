"""A ward's sheet: how it stands, what to do this month, its dossiers, and two small drawings.

The drawings are still SVG: light, sharp on paper, no script.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass, replace
from datetime import date
from html import escape
from typing import Any

import pandas as pd

from motcua.base import style
from motcua.base import vietnamese as vi
from motcua.base.calendar import short_label
from motcua.base.reference import REASON_LABELS
from motcua.base.vietnamese import NBSP, number
from motcua.chapters.figure import told
from motcua.chapters.sentences import Prose, Words, rate
from motcua.chapters.table import Table
from motcua.chapters.ward_map import environment
from motcua.measures.state import AGES
from motcua.measures.ward import OWED, WardSheet
from motcua.measures.ward import sheet_of as sheet_of

SAY = Words("ward")
LINES = ("backlog", "apologies", "feedback")  # orders that have lines of their own among the tasks


def full_name(sheet: WardSheet) -> str:
    """Name with its kind in front: "Phường Hố Nai"; the name alone where the kind is not known."""
    return f"{vi.upper_first(sheet.unit.kind)} {sheet.name}".strip()


def marking(sheet: WardSheet) -> Prose:
    """Who may see the sheet, whose it is, whether its numbers are made up, when to report."""
    due = report_by(sheet)
    return SAY.prose("marking", sheet.month, internal=SAY("internal"), sheet=sheet, due=due)


def report_by(sheet: WardSheet) -> date | None:
    """Last day to report on the month's orders; None without any."""
    return max((order.due for order in sheet.orders), default=None)


def conclusion(sheet: WardSheet) -> Prose:
    """Rate and verdict, the backlog, change since last month, and what may be late next month.

    Examples
    --------
    >>> from motcua import load
    >>> from motcua.measures.ward import sheet_of
    >>> conclusion(sheet_of(load("2024-01", data="data/sample"), "26374")).splitlines()[0]
    '**Tam Phước giải quyết đúng hạn 92,42%** (244 trong 264 hồ sơ), **dưới mục tiêu 97%, thấp rõ rệt**.'
    """
    counts, before = sheet.counts, sheet.before
    return SAY.prose(
        "conclusion",
        sheet.month,
        sheet=sheet,
        counts=counts,
        verdict=verdict(sheet),
        ages=[(SAY(f"ages.{age}"), counts[age]) for age in reversed(AGES) if counts[age]],
        before=None if before and pd.isna(before["rate_percent"]) else before,
    )


def verdict(sheet: WardSheet) -> str:
    """Official verdict in words, and of a ward below how clear it is."""
    counts = sheet.counts
    is_exact = 100 * counts["good"] == sheet.month.params.threshold_percent * counts["counted"]
    return SAY("verdict", sheet.month, sheet=sheet, is_exact=is_exact)


def tasks(sheet: WardSheet) -> Prose:
    """What the ward has to do this month, most urgent first, with the letter's point.

    Examples
    --------
    >>> from motcua import load
    >>> from motcua.measures.ward import sheet_of
    >>> told = tasks(sheet_of(load("2024-01", data="data/sample"), "26374"))
    >>> print(told.splitlines()[0])
    1. **Bấm kết thúc ngay 2 hồ sơ** đã có kết quả, đã quá hạn (mục 8).
    """
    is_waiting = sheet.still_open["is_waiting"]
    lines = SAY.lines(
        "tasks",
        sheet.month,
        sheet=sheet,
        waiting=sheet.still_open[is_waiting],
        others=sheet.still_open[~is_waiting],
        number_of=dict.fromkeys(LINES, 0) | {o.key: o.number for o in sheet.orders},
        ordered=[
            (order, order.in_a_row[sheet.code])
            for order in sheet.orders
            if sheet.code in order.in_a_row and order.key not in LINES
        ],
        unanswered=sheet.complaints["answered_at"].isna().sum(),
    )
    numbered = [f"{i}. {line}" for i, line in enumerate(lines, 1)]
    return Prose("\n".join(numbered)) if lines else SAY.prose("no_task")


def late_table(sheet: WardSheet) -> Table | Prose:
    """Late dossiers by number: due, done, days late, cause and its source, what is owed."""
    if sheet.late.empty:
        return SAY.prose("none_late")
    is_inferred = sheet.late["cause_source"] == "inferred"
    rows = sheet.late.assign(
        label=sheet.late["label"].mask(is_inferred, sheet.late["label"] + INFERRED),
        still_owed=[_owed(row) for row in sheet.late[[*OWED, "inferred_label"]].to_dict("records")],
    )
    table = SAY.table("ward_late", rows, n=len(rows))
    return replace(table, note=SAY("inferred_note") if is_inferred.any() else "")


INFERRED = f"{NBSP}*"


def _owed(row: dict) -> str:
    """What one late dossier owes, in words."""
    return "; ".join(filter(None, SAY("owes", row=row).splitlines())) or SAY("owes_nothing")


def backlog_table(sheet: WardSheet) -> Table | Prose:
    """Open dossiers to act on: due, days overdue, where they are; below, those closed since."""
    ended = SAY("ended", rows=sheet.backlog[sheet.backlog["ended"].notna()])
    rows = sheet.still_open
    if rows.empty:
        return SAY.prose("none_to_act_on", ended=ended)
    rows = rows.assign(
        stands=[
            SAY("stands", row=row, where=where_it_is(row))
            for row in rows[list(OF_PLACE)].to_dict("records")
        ],
        days_overdue=rows["days_overdue"].where(rows["is_overdue"]),
    )
    table = SAY.table("ward_backlog", rows, sheet.month, n=len(rows))
    return replace(table, note=ended)


OF_PLACE = ("finished_at", "division", "is_late_there", "owes_apology")


def where_it_is(row: dict) -> str:
    """Where an open dossier is: finished but not closed, at a division, or being worked on."""
    return SAY("where_it_is", row=row, is_finished=not pd.isna(row["finished_at"]))


def complaints_table(sheet: WardSheet) -> Table | Prose:
    """Complaints of the period without their text."""
    if sheet.complaints.empty:
        return SAY.prose("no_complaint")
    return SAY.table("ward_feedback", sheet.complaints, n=len(sheet.complaints))


def notes(sheet: WardSheet) -> Prose:
    """How to read the sheet: rows set aside, what the data cannot tell, how the rate is made."""
    return SAY.prose("notes", sheet.month, sheet=sheet, reasons=REASON_LABELS)


def cards(sheet: WardSheet) -> list[dict[str, str]]:
    """Key numbers of the sheet: label, value, note."""
    counts = sheet.counts
    values = {
        "rate": rate(sheet.month, counts["rate_percent"]),
        "late": number(counts["late"]),
        "overdue": number(counts["open_overdue"]),
        "apologies": number(sheet.owed["owes_apology"]),
        "feedback": number(counts["feedback"]),
    }
    return [
        SAY.card(f"cards.{name}", value, sheet=sheet, verdict=verdict(sheet))
        for name, value in values.items()
        if name != "apologies" or sheet.knows_apologies or sheet.month.params.directs
    ]


WIDTH = 360
_LEFT, _RIGHT, _TOP, _BOTTOM = 8, 44, 28, 22  # around the months
_PLOT = 96
_STEP = 36  # from bar to bar


@dataclass(frozen=True)
class Drawing:
    """A still picture: SVG, title, words and table; shows itself in a notebook."""

    svg: str
    title: str
    alt: str
    table: Table

    def _repr_mimebundle_(self, **_: object) -> tuple[dict, dict]:
        """The picture, and beside it what the page needs to tell it in words."""
        meta = {"title": self.title, "alt": self.alt, "table": self.table.as_dict()}
        picture = b64encode(self.svg.encode()).decode()
        html = f'<img alt="{escape(self.alt)}" src="data:image/svg+xml;base64,{picture}">\n'
        bundle = {"image/svg+xml": self.svg, "text/html": html + told(meta)}
        return bundle | {"text/plain": self.alt}, meta


def rate_by_month(sheet: WardSheet) -> Drawing | Prose:
    """Monthly rate of a ward against the threshold; months below are orange diamonds.

    Examples
    --------
    >>> from motcua import load
    >>> from motcua.measures.ward import sheet_of
    >>> rate_by_month(sheet_of(load("2024-01", data="data/sample"), "26374")).title
    'Dưới 97% trong 6/13 tháng'
    """
    known = sheet.history.dropna(subset=["rate_percent"])
    if known.empty:
        return SAY.prose("no_rate", sheet.month)
    below = int((known["below_threshold"] == True).sum())  # noqa: E712  None is neither
    return Drawing(
        svg=_months(sheet),
        **SAY.drawing("rate_by_month", sheet.month, below=below, months=known),
        table=SAY.table("ward_months", sheet.history, sheet.month),
    )


def late_by_cause(sheet: WardSheet) -> Drawing | Prose:
    """Late dossiers of a ward by cause, most first, with the points that each takes.

    Examples
    --------
    >>> from motcua import load
    >>> from motcua.measures.ward import sheet_of
    >>> late_by_cause(sheet_of(load("2024-01", data="data/sample"), "26374")).table.rows[0][2]
    '20'
    """
    causes = sheet.causes
    if causes.empty:
        return Prose()
    bars = [(c.label, SAY("late_by_cause.bar", row=c), c.late) for c in causes.itertuples()]
    return Drawing(
        svg=_bars(bars),
        **SAY.drawing("late_by_cause", sheet.month, causes=causes, bars=bars),
        table=SAY.table("causes", causes, sheet.month),
    )


def backlog_by_age(sheet: WardSheet) -> Drawing | Prose:
    """Open overdue dossiers of a ward by age, oldest first, and those that await the click.

    Examples
    --------
    >>> from motcua import load
    >>> from motcua.measures.ward import sheet_of
    >>> backlog_by_age(sheet_of(load("2024-01", data="data/sample"), "26374")).title
    'Tồn đọng quá hạn: 8 hồ sơ'
    """
    counts = sheet.counts
    groups = [group for group in (*reversed(AGES), "awaiting_close") if counts[group]]
    if not groups:
        return Prose()
    bars = [
        (SAY(f"ages.{group}"), SAY("backlog_by_age.bar", n=counts[group]), counts[group])
        for group in groups
    ]
    return Drawing(
        svg=_bars(bars),
        **SAY.drawing("backlog_by_age", sheet.month, counts=counts, bars=bars),
        table=SAY.table("ward_ages", pd.DataFrame([counts])),
    )


def _svg(height: int, **drawn: Any) -> str:
    """Drawing of templates/ward.svg: `bars`, or `spots` of months."""
    given = {"bars": [], "spots": [], "style": style, "width": WIDTH, "height": height} | drawn
    return environment().get_template("ward.svg").render(given)


def _months(sheet: WardSheet) -> str:
    """Dots joined by a line, the threshold dashed, the last value written beside its dot."""
    history = sheet.history
    rates = [None if pd.isna(rate) else float(rate) for rate in history["rate_percent"]]
    limit = sheet.month.params.threshold_percent
    low = max(0.0, min([limit, *(r for r in rates if r is not None)]) - 1)
    step = (WIDTH - _LEFT - _RIGHT) / max(len(rates) - 1, 1)

    def height_of(value: float) -> float:
        return round(_TOP + _PLOT * (100 - value) / (100 - low), 1)

    spots = [
        {
            "x": round(_LEFT + i * step, 1),
            "y": None if pd.isna(row.rate_percent) else height_of(row.rate_percent),
            "is_below": row.below_threshold is True,
            "month": short_label(row.month),
        }
        for i, row in enumerate(history.itertuples())
    ]
    return _svg(
        _TOP + _PLOT + _BOTTOM,
        spots=spots,
        line=height_of(limit),
        value=rate(sheet.month, rates[-1]).replace("%", ""),
        key=[SAY("rate_by_month.line", sheet.month), SAY("rate_by_month.below", sheet.month)],
    )


def _bars(bars: list[tuple[str, str, int]]) -> str:
    """Label and words above each bar; bars start at 0, the first has the focus colour."""
    most = max(n for *_, n in bars)
    rows = [
        (i * _STEP, label, note, round(WIDTH * n / most, 1))
        for i, (label, note, n) in enumerate(bars)
    ]
    return _svg(len(bars) * _STEP, bars=rows)
