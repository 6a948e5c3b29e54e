"""Small charts of a ward's sheet, drawn as still SVG: light, sharp on paper, no script.

Each comes with its title, its words for who does not see it, and its numbers as a table.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

import pandas as pd

from motcua.base import style
from motcua.base import vietnamese as vi
from motcua.base.labels import FORMATS, columns
from motcua.chapters import words
from motcua.chapters.table import Table, show
from motcua.chapters.words import Prose
from motcua.measures.ward import WardSheet

WIDTH = 360
_LEFT, _RIGHT, _TOP, _BOTTOM = 8, 44, 28, 22  # around the months
_PLOT = 96
_BAR, _STEP = 12, 36


@dataclass(frozen=True)
class Drawing:
    """A still picture: SVG, title, words and table; shows itself in a notebook."""

    svg: str
    title: str
    alt: str
    table: Table

    def _repr_mimebundle_(self, **_: object) -> tuple[dict, dict]:
        """The picture, and beside it what the page needs to tell it in words."""
        told = {"title": self.title, "alt": self.alt, "table": self.table.as_dict()}
        return {"image/svg+xml": self.svg, "text/plain": self.alt}, told


def rate_by_month(sheet: WardSheet) -> Drawing | Prose:
    """Monthly rate of a ward against the threshold; months below are orange diamonds.

    Examples
    --------
    >>> from motcua import load
    >>> from motcua.ward import sheet_of
    >>> rate_by_month(sheet_of(load("2024-01", data="data/sample"), "26374")).title
    'Dưới ngưỡng 6 trong 13 tháng'
    """
    known = sheet.history.dropna(subset=["rate_percent"])
    if known.empty:
        return Prose("Chưa có tháng nào có tỷ lệ.")
    below = int((known["below_threshold"] == True).sum())  # noqa: E712  None is neither
    line = words.threshold(sheet.month.params)
    title = (
        f"Dưới ngưỡng {below} trong {len(known)} tháng"
        if below
        else f"Đạt ngưỡng trong cả {len(known)} tháng"
    )
    rates = [
        f"{vi.month_label(row.month)}: {words.rate(sheet.month, row.rate_percent)}"
        for row in known.itertuples(index=False)
    ]
    return Drawing(
        svg=_months(sheet),
        title=title,
        alt=f"Tỷ lệ đúng hạn từng tháng so với ngưỡng {line}. {'; '.join(rates)}.",
        table=show(
            sheet.history,
            columns("ward_months"),
            caption="Tỷ lệ đúng hạn từng tháng",
            formats=FORMATS,
            threshold=sheet.month.params.threshold_percent,
        ),
    )


def late_by_cause(sheet: WardSheet) -> Drawing | Prose:
    """Late dossiers of a ward by cause, most first, with the points lost to each.

    Examples
    --------
    >>> from motcua import load
    >>> from motcua.ward import sheet_of
    >>> late_by_cause(sheet_of(load("2024-01", data="data/sample"), "26374")).title
    'Nguyên nhân chính: phường, xã xử lý chậm'
    """
    table = sheet.causes
    if table.empty:
        return Prose("Không có hồ sơ trễ hạn trong kỳ.")
    told = [f"{row.label}: {_cause_words(row)}" for row in table.itertuples(index=False)]
    return Drawing(
        svg=_causes(table),
        title=f"Nguyên nhân chính: {words.lower_first(table['label'].iloc[0])}",
        alt=f"Hồ sơ trễ hạn theo nguyên nhân. {'; '.join(told)}.",
        table=show(
            table,
            columns("causes"),
            caption="Hồ sơ trễ hạn theo nguyên nhân",
            formats=FORMATS,
            threshold=sheet.month.params.threshold_percent,
        ),
    )


def _cause_words(row: tuple) -> str:
    return f"{vi.number(row.late)} hồ sơ, mất {vi.points(row.points_lost)}"


def _svg(height: float, parts: list[str]) -> str:
    font = escape(style.FONT_STACK)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height:g}" '
        f'viewBox="0 0 {WIDTH} {height:g}" font-family="{font}" font-size="12" '
        f'fill="{style.INK}">{"".join(parts)}</svg>'
    )


def _text(x: float, y: float, words_: str, anchor: str = "start", **more: str) -> str:
    extra = "".join(f' {name.replace("_", "-")}="{value}"' for name, value in more.items())
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{extra}>{escape(words_)}</text>'


def _months(sheet: WardSheet) -> str:
    """Dots joined by a line, the threshold dashed, the last value written beside its dot."""
    rates = [None if pd.isna(rate) else float(rate) for rate in sheet.history["rate_percent"]]
    threshold = sheet.month.params.threshold_percent
    low = max(0.0, min([threshold, *(r for r in rates if r is not None)]) - 1)
    height = _TOP + _PLOT + _BOTTOM
    step = (WIDTH - _LEFT - _RIGHT) / max(len(rates) - 1, 1)
    spots = [
        None if r is None else (_LEFT + i * step, _TOP + _PLOT * (100 - r) / (100 - low))
        for i, r in enumerate(rates)
    ]
    line = _TOP + _PLOT * (100 - threshold) / (100 - low)
    parts = [
        *_key(words.threshold(sheet.month.params)),
        _dashes(0, WIDTH - _RIGHT + 4, line),
        *_lines(spots),
        *(
            _dot(*spot, below is True)
            for spot, below in zip(spots, sheet.history["below_threshold"], strict=True)
            if spot
        ),
        *_month_labels(sheet, step, height),
    ]
    if spots[-1]:
        x, y = spots[-1]
        value = words.rate(sheet.month, rates[-1]).replace(f"{vi.NBSP}%", "")
        parts.append(_text(x + 7, y + 4, value, font_weight="700"))
    return _svg(height, parts)


def _key(threshold: str) -> list[str]:
    """What dashes and diamonds mean, above the drawing."""
    return [
        _dashes(0, 26, 8),
        _text(32, 12, f"ngưỡng {threshold}", fill=style.MUTED),
        _dot(140, 8, True),
        _text(152, 12, "tháng dưới ngưỡng", fill=style.MUTED),
    ]


def _dashes(start: float, end: float, y: float) -> str:
    return (
        f'<line x1="{start:.1f}" x2="{end:.1f}" y1="{y:.1f}" y2="{y:.1f}" stroke="{style.INK}" '
        'stroke-dasharray="5 4"/>'
    )


def _lines(spots: list[tuple[float, float] | None]) -> list[str]:
    """Segments between neighbouring months that both have a rate."""
    return [
        f'<line x1="{a[0]:.1f}" y1="{a[1]:.1f}" x2="{b[0]:.1f}" y2="{b[1]:.1f}" '
        f'stroke="{style.GREY}" stroke-width="1.5"/>'
        for a, b in zip(spots, spots[1:], strict=False)
        if a and b
    ]


def _dot(x: float, y: float, is_below: bool) -> str:
    """Orange diamond for a month below, blue circle for any other: told apart without colour."""
    if is_below:
        return (
            f'<path d="M{x:.1f} {y - 6:.1f}l6 6l-6 6l-6 -6z" fill="{style.ORANGE}" '
            f'stroke="{style.PAPER}"/>'
        )
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{style.BLUE}" stroke="{style.PAPER}"/>'


def _month_labels(sheet: WardSheet, step: float, height: float) -> list[str]:
    """First, middle and last month under the dots."""
    last = len(sheet.history) - 1
    places = (
        {0: "start", last: "end"} if last < 4 else {0: "start", last // 2: "middle", last: "end"}
    )
    return [
        _text(
            _LEFT + i * step + (6 if anchor == "end" else -6 if anchor == "start" else 0),
            height - 4,
            vi.month_label(sheet.history["month"].iloc[i]),
            anchor,
            fill=style.MUTED,
        )
        for i, anchor in places.items()
    ]


def _causes(table: pd.DataFrame) -> str:
    """Label and count above each bar; bars start at 0."""
    most = table["late"].max()
    parts = []
    for i, row in enumerate(table.itertuples(index=False)):
        top = i * _STEP
        parts += [
            _text(0, top + 12, row.label),
            _text(WIDTH, top + 12, _cause_words(row), "end", font_weight="700"),
            f'<rect x="0" y="{top + 18}" height="{_BAR}" width="{WIDTH * row.late / most:.1f}" '
            f'fill="{style.ORANGE if i == 0 else style.GREY}"/>',
        ]
    return _svg(len(table) * _STEP, parts)
