"""A ward's sheet: how it stands, what to do this month, its dossiers, and two small drawings.

The drawings are still SVG: light, sharp on paper, no script.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from html import escape

import pandas as pd

from motcua.base import style
from motcua.base import vietnamese as vi
from motcua.base.reference import CONVENTION_LABELS, DUE_LABELS, EVENT_LABELS, REASON_LABELS
from motcua.base.vietnamese import NBSP, number, percent, points
from motcua.chapters.certainty import standing
from motcua.chapters.sentences import Prose, bullets, lower_first, rate, safe, threshold
from motcua.chapters.table import Table, listed
from motcua.measures.rates import funnel
from motcua.measures.ward import WardSheet
from motcua.measures.ward import sheet_of as sheet_of

INTERNAL = "NỘI BỘ - chỉ gửi đơn vị và Phòng Nội vụ"


def full_name(sheet: WardSheet) -> str:
    """Name with its kind in front: "Phường Hố Nai"; the name alone where the kind is not known."""
    kind = sheet.unit.kind
    return f"{kind[:1].upper()}{kind[1:]} {sheet.name}".strip()


def marking(sheet: WardSheet) -> Prose:
    """Who may see the sheet, whose it is, and whether its numbers are made up."""
    made_up = " **DỮ LIỆU MÔ PHỎNG.**" if sheet.month.synthetic else ""
    return Prose(f"**{INTERNAL}.** {safe(sheet.name)}, {lower_first(sheet.month.label)}.{made_up}")


def conclusion(sheet: WardSheet) -> Prose:
    """Rate and verdict, how sure it is, change since last month, and what can still be late.

    Examples
    --------
    >>> from motcua import load
    >>> from motcua.measures.ward import sheet_of
    >>> conclusion(sheet_of(load("2024-01", data="data/sample"), "26374")).split(":")[0]
    '**Tam Phước đạt 92,42\\xa0%, dưới ngưỡng 97\\xa0%**'
    """
    if sheet.is_empty:
        return Prose(f"**{safe(sheet.name)} không có hồ sơ nào trong kỳ**, nên không có tỷ lệ.")
    counts = sheet.counts
    if not counts["counted"]:
        return Prose(
            f"**{safe(sheet.name)} không phát sinh hồ sơ đã giải quyết trong kỳ**, nên không có tỷ "
            f"lệ; {number(counts['open'])} hồ sơ đang giải quyết."
        )
    return Prose(
        f"**{safe(sheet.name)} đạt {_rate(sheet, counts['rate_percent'])}, {verdict(sheet)}**: "
        f"{number(counts['good'])} trong {number(counts['counted'])} hồ sơ đúng hạn.\n\n"
        + bullets([_certainty(sheet), _change(sheet), _room(sheet), _rank(sheet)])
    )


def _rate(sheet: WardSheet, value: float) -> str:
    return rate(sheet.month, value)


def verdict(sheet: WardSheet) -> str:
    """Official verdict in words, the threshold named."""
    line, counts = threshold(sheet.month.params), sheet.counts
    if counts["below_threshold"] is None:
        return "không phát sinh hồ sơ đã giải quyết"
    if counts["below_threshold"]:
        return f"dưới ngưỡng {line}"
    is_exact = 100 * counts["good"] == sheet.month.params.threshold_percent * counts["counted"]
    return f"đúng bằng ngưỡng {line}, không tính là dưới" if is_exact else f"đạt ngưỡng {line}"


def _certainty(sheet: WardSheet) -> str:
    """How sure the verdict is, and what one dossier weighs."""
    counts = sheet.counts
    span = f"{percent(counts['rate_low'])} đến {percent(counts['rate_high'])}"
    told = {
        "below": f"Chắc chắn dưới ngưỡng: cả khoảng tin cậy 95{NBSP}% ({span}) nằm dưới.",
        "above": f"Chắc chắn trên ngưỡng: cả khoảng tin cậy 95{NBSP}% ({span}) nằm trên.",
        "uncertain": f"Chưa chắc chắn, có thể do ngẫu nhiên: khoảng tin cậy 95{NBSP}% ({span}) chứa ngưỡng.",
    }[counts["certainty"]]
    return f"{told} Một hồ sơ bằng {points(counts['points_per_dossier'])}."


def _change(sheet: WardSheet) -> str:
    """Rate of the month before, and months below in a row."""
    before, in_a_row = sheet.before, sheet.counts["months_below_in_a_row"]
    told = []
    if before and not pd.isna(before["rate_percent"]):
        change = sheet.counts["rate_percent"] - before["rate_percent"]
        word = "tăng" if change > 0 else "giảm"
        moved = (
            "không đổi"
            if vi.decimal(change, 2) == vi.decimal(0, 2)
            else (f"{word} {points(abs(change))}")
        )
        told.append(
            f"So với tháng {vi.month_label(before['month'])} "
            f"({_rate(sheet, before['rate_percent'])}): {moved}."
        )
    if in_a_row > 1:
        told.append(f"**Tháng thứ {number(in_a_row)} liên tiếp dưới ngưỡng.**")
    return " ".join(told)


def _room(sheet: WardSheet) -> str:
    """What can still be late, or what it takes to come back."""
    budget = sheet.budget
    overdue, room, needed = (budget[c] for c in ("open_overdue", "affordable_late", "to_recover"))
    if sheet.counts["below_threshold"]:
        if needed is None:
            return "Không số hồ sơ nào đủ để trở lại ngưỡng."
        return f"Để trở lại ngưỡng cần thêm {number(needed)} hồ sơ đúng hạn, không trễ hồ sơ nào."
    if room is None:
        return ""
    told = (
        f"Trễ thêm nhiều nhất {number(room)} hồ sơ thì vẫn đạt ngưỡng"
        if room
        else "Trễ thêm một hồ sơ nào nữa thì dưới ngưỡng"
    )
    but = f", {'nhưng' if room else 'mà'} đang có {number(overdue)} hồ sơ quá hạn"
    return f"{told}{but if budget['overdue_exceeds'] else ''}."


def _rank(sheet: WardSheet) -> str:
    """Rank by rate, and how much of it is sure."""
    ranks = (sheet.rank[name] for name in ("rank", "rank_from", "rank_to"))
    return standing(*ranks, len(funnel(sheet.month)))


def tasks(sheet: WardSheet) -> Prose:
    """What the ward has to do this month, most urgent first, with the letter's point.

    Examples
    --------
    >>> from motcua import load
    >>> from motcua.measures.ward import sheet_of
    >>> told = tasks(sheet_of(load("2024-01", data="data/sample"), "26374"))
    >>> print(told.splitlines()[0])
    1. **Bấm kết thúc ngay 2 hồ sơ** đã có kết quả mà còn mở, đã quá hạn.
    """
    lines = [*_of_dossiers(sheet), *_of_orders(sheet), *_of_complaints(sheet), *_of_rows(sheet)]
    if not lines:
        return Prose(
            "Không có việc nào phải khắc phục từ số liệu của kỳ này. Tiếp tục giải quyết đúng hạn và "
            "bấm kết thúc ngay khi trả kết quả."
        )
    return Prose("\n".join(f"{i}. {line}" for i, line in enumerate(lines, 1)))


def _of_dossiers(sheet: WardSheet) -> list[str]:
    """Open dossiers first, then what late ones owe."""
    overdue = sheet.overdue
    still_open = overdue[overdue["ended"].isna()]
    finished = int(still_open["finished_at"].notna().sum())
    others, sorry = len(still_open) - finished, sheet.owed["owes_apology"]
    sorry += int(overdue["owes_apology"].sum())
    point, owed = _point(sheet, "apologies"), sheet.owed
    lines = {
        f"**Bấm kết thúc ngay {number(finished)} hồ sơ** đã có kết quả mà còn mở, đã quá hạn.": finished,
        f"**Giải quyết ngay {number(others)} hồ sơ** đang quá hạn.": others,
        f"**Xin lỗi người dân về {number(sorry)} hồ sơ** trễ hạn hoặc quá hạn, chưa ghi nhận văn bản xin "
        f"lỗi{point}.": sorry,
        f"**Nộp minh chứng cho {number(owed['owes_evidence'])} hồ sơ** trễ do quên bấm kết thúc hoặc lỗi "
        f"phần mềm{point}.": owed["owes_evidence"],
        f"**Xem lại lý do trễ của {number(owed['contradicts'])} hồ sơ**: lý do ghi nhận trái với ngày "
        "tháng.": owed["contradicts"],
    }
    return [line for line, n in lines.items() if n]


def _point(sheet: WardSheet, key: str) -> str:
    """Point of the letter that orders it: " (mục 4)"."""
    numbers = [order.number for order in sheet.orders if order.key == key]
    return f" (mục {numbers[0]})" if numbers else ""


def _of_orders(sheet: WardSheet) -> list[str]:
    """Orders that name the ward, with how often in a row; complaints have a line of their own."""
    lines = []
    for order in sheet.orders:
        if order.is_named and order.key != "feedback":
            again = order.in_a_row[sheet.code]
            often = f"; bị nêu tháng thứ {number(again)} liên tiếp" if again > 1 else ""
            lines.append(
                f"**{order.title}**: {lower_first(order.task)} (mục {order.number}{often})."
            )
    return lines


def _of_complaints(sheet: WardSheet) -> list[str]:
    total = len(sheet.complaints)
    if not total:
        return []
    waiting = int(sheet.complaints["answered_at"].isna().sum())
    told = f", trả lời {number(waiting)} phản ánh chưa có ngày trả lời" if waiting else ""
    return [
        f"**Giải trình {number(total)} phản ánh của người dân**{told}{_point(sheet, 'feedback')}."
    ]


def _of_rows(sheet: WardSheet) -> list[str]:
    rows = len(sheet.set_aside)
    if not rows:
        return []
    return [f"**Sửa {number(rows)} dòng dữ liệu sai** của đơn vị trên phần mềm, ghi ở cuối phiếu."]


def late_table(sheet: WardSheet) -> Table | Prose:
    """Late dossiers by number: due, done, days late, cause and its source, what is owed."""
    if sheet.late.empty:
        return Prose("Không có hồ sơ nào trễ hạn trong kỳ.")
    is_inferred = sheet.late["cause_source"] == "inferred"
    rows = sheet.late.assign(
        label=sheet.late["label"].mask(is_inferred, sheet.late["label"] + INFERRED),
        still_owed=[_owed(row) for row in sheet.late.to_dict("records")],
    )
    table = listed(rows, "ward_late", caption=f"Hồ sơ trễ hạn trong kỳ ({number(len(rows))})")
    return replace(table, note=_SOURCE_NOTE if is_inferred.any() else "")


INFERRED = f"{NBSP}*"
_SOURCE_NOTE = (
    "* Nguyên nhân suy ra từ ngày tháng; không có dấu * là ghi nhận trên phần mềm. Sai thì sửa trên phần "
    "mềm và báo lại."
)


def _owed(row: dict) -> str:
    """What one late dossier owes, in words."""
    told = [
        f"xin{NBSP}lỗi" if row["owes_apology"] else "",
        f"minh{NBSP}chứng" if row["owes_evidence"] else "",
        f"xem lại lý do (ngày tháng: {lower_first(row['inferred_label'])})"
        if row["contradicts"]
        else "",
    ]
    return "; ".join(word for word in told if word) or "không"


def overdue_table(sheet: WardSheet) -> Table | Prose:
    """Open overdue dossiers by number: due, days overdue, where they are."""
    if sheet.overdue.empty:
        return Prose("Không có hồ sơ nào còn mở mà quá hạn.")
    rows = sheet.overdue.assign(
        stands=[_became(row) + _sorry(row) for row in sheet.overdue.to_dict("records")]
    )
    return listed(
        rows,
        "ward_overdue",
        caption=f"Hồ sơ còn mở, quá hạn đến ngày {vi.day(sheet.month.period.end)} "
        f"({number(len(rows))})",
    )


def where_it_is(row: dict) -> str:
    """Where an open dossier is: finished but not closed, at a division, or being worked on."""
    if not pd.isna(row["finished_at"]):
        return f"có kết quả {vi.day(row['finished_at'])}, chưa bấm kết thúc"
    if row["division"]:
        who = "Phòng QLĐT" if row["division"] == "urban_management" else "đơn vị phối hợp"
        return f"đang ở {who}" + (", đã quá hạn ở đó" if row["is_late_there"] else "")
    return "đang giải quyết"


def _became(row: dict) -> str:
    """Where an open dossier was, or that it ended after the period, as far as the exports tell."""
    return (
        where_it_is(row) if pd.isna(row["ended"]) else f"sau kỳ đã kết thúc {vi.day(row['ended'])}"
    )


def _sorry(row: dict) -> str:
    return f"; xin{NBSP}lỗi" if row["owes_apology"] else ""


def complaints_table(sheet: WardSheet) -> Table | Prose:
    """Complaints of the period without their text."""
    if sheet.complaints.empty:
        return Prose("Không có phản ánh nào của người dân trong kỳ.")
    return listed(
        sheet.complaints,
        "ward_feedback",
        caption=f"Phản ánh của người dân trong kỳ ({number(len(sheet.complaints))})",
    )


def notes(sheet: WardSheet) -> Prose:
    """How to read the sheet: rows set aside, what the data cannot tell, how the rate is made."""
    params = sheet.month.params
    return Prose(
        bullets(
            [
                _set_aside(sheet),
                ""
                if sheet.knows_apologies
                else "Dữ liệu không có ngày xin lỗi của hồ sơ nào: mọi hồ sơ trễ đều ghi là còn phải xin lỗi.",
                f"Tỷ lệ: {CONVENTION_LABELS[params.rate_convention]}; mốc hoàn thành là "
                f"{EVENT_LABELS[params.completion_event]}, so với {DUE_LABELS[params.due_basis]}. "
                "Số ngày trễ là ngày theo lịch.",
            ]
        )
    )


def _set_aside(sheet: WardSheet) -> str:
    rows = [_set_aside_row(sheet, row) for row in sheet.set_aside.to_dict("records")]
    return f"Dòng để riêng, chưa tính: {'; '.join(rows)}." if rows else ""


def _set_aside_row(sheet: WardSheet, row: dict) -> str:
    """Where a row set aside is, what is wrong with it, and the ward's name of then."""
    former = "" if row["ward"] == sheet.name else f"; tên cũ: {safe(row['ward'])}"
    reason = lower_first(REASON_LABELS[row["reason"]])
    return f"{safe(row['file'])} dòng {row['row']} (cột {safe(row['column'])}: {reason}{former})"


def cards(sheet: WardSheet) -> list[dict[str, str]]:
    """Key numbers of the sheet: label, value, note."""
    counts, owed = sheet.counts, sheet.owed
    sorry = owed["owes_apology"] + int(sheet.overdue["owes_apology"].sum())
    proof = owed["owes_evidence"]
    lacking = f"{number(proof)} hồ sơ thiếu minh chứng" if proof else "không thiếu minh chứng"
    told = [
        ("Tỷ lệ đúng hạn", _rate(sheet, counts["rate_percent"]), verdict(sheet)),
        ("Trễ hạn", number(counts["late"]), f"trong {number(counts['resolved'])} hồ sơ đã xong"),
        (
            "Đang quá hạn",
            number(counts["open_overdue"]),
            f"trong {number(counts['open'])} hồ sơ còn mở",
        ),
        ("Còn phải xin lỗi", number(sorry), lacking),
        ("Phản ánh", number(counts["feedback"]), "của người dân trong kỳ"),
    ]
    return [{"label": label, "value": value, "note": note} for label, value, note in told]


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
    >>> from motcua.measures.ward import sheet_of
    >>> rate_by_month(sheet_of(load("2024-01", data="data/sample"), "26374")).title
    'Dưới ngưỡng 6 trong 13 tháng'
    """
    known = sheet.history.dropna(subset=["rate_percent"])
    if known.empty:
        return Prose("Chưa có tháng nào có tỷ lệ.")
    below = int((known["below_threshold"] == True).sum())  # noqa: E712  None is neither
    line = threshold(sheet.month.params)
    title = (
        f"Dưới ngưỡng {below} trong {len(known)} tháng"
        if below
        else f"Đạt ngưỡng trong cả {len(known)} tháng"
    )
    rates = [
        f"{vi.month_label(row.month)}: {rate(sheet.month, row.rate_percent)}"
        for row in known.itertuples(index=False)
    ]
    return Drawing(
        svg=_months(sheet),
        title=title,
        alt=f"Tỷ lệ đúng hạn từng tháng so với ngưỡng {line}. {'; '.join(rates)}.",
        table=listed(
            sheet.history,
            "ward_months",
            caption="Tỷ lệ đúng hạn từng tháng",
            threshold=sheet.month.params.threshold_percent,
        ),
    )


def late_by_cause(sheet: WardSheet) -> Drawing | Prose:
    """Late dossiers of a ward by cause, most first, with the points lost to each.

    Examples
    --------
    >>> from motcua import load
    >>> from motcua.measures.ward import sheet_of
    >>> late_by_cause(sheet_of(load("2024-01", data="data/sample"), "26374")).title
    'Nguyên nhân chính: phường, xã xử lý chậm'
    """
    table = sheet.causes
    if table.empty:
        return Prose("Không có hồ sơ trễ hạn trong kỳ.")
    told = [f"{row.label}: {_cause_words(row)}" for row in table.itertuples(index=False)]
    return Drawing(
        svg=_causes(table),
        title=f"Nguyên nhân chính: {lower_first(table['label'].iloc[0])}",
        alt=f"Hồ sơ trễ hạn theo nguyên nhân. {'; '.join(told)}.",
        table=listed(
            table,
            "causes",
            caption="Hồ sơ trễ hạn theo nguyên nhân",
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
    limit = sheet.month.params.threshold_percent
    low = max(0.0, min([limit, *(r for r in rates if r is not None)]) - 1)
    height = _TOP + _PLOT + _BOTTOM
    step = (WIDTH - _LEFT - _RIGHT) / max(len(rates) - 1, 1)
    spots = [
        None if r is None else (_LEFT + i * step, _TOP + _PLOT * (100 - r) / (100 - low))
        for i, r in enumerate(rates)
    ]
    line = _TOP + _PLOT * (100 - limit) / (100 - low)
    parts = [
        *_key(threshold(sheet.month.params)),
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
        value = rate(sheet.month, rates[-1]).replace(f"{vi.NBSP}%", "")
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
