"""Chapter 02: why dossiers are late, who answers for it, and what the rates would be without it."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from motcua.base import vietnamese as vi
from motcua.base.params import Params, whole_name
from motcua.base.reference import LIST_LABELS, causes
from motcua.base.vietnamese import NBSP, NOTHING, decimal, number, percent, upper_first
from motcua.chapters.figure import empty, framed
from motcua.chapters.sentences import (
    Prose,
    bullets,
    most,
    named,
    period,
    rate,
    threshold,
    units_word,
)
from motcua.chapters.shapes import (
    column_panels,
    compact_panels,
    compact_sorted,
    sorted_bars,
    sorted_height,
)
from motcua.chapters.table import Table, listed, show
from motcua.measures.causes import (
    APOLOGY_LEAD_DAYS,
    CITY,
    QUESTIONED,
    back_at_threshold,
    days_by_ward,
    if_not_for,
    late_days,
    notices,
    points_by_party,
)
from motcua.measures.month import Month

TOTAL = "Tổng số"
NO_LATE = "Không có hồ sơ trễ hạn trong kỳ"


def late_by_ward(month: Month) -> go.Figure:
    """Percentage points lost per ward with a late dossier, worst first: in all, then by cause."""
    late = month.late_by_cause[month.late_by_cause["points_lost"] > 0]
    table = _ward_table(month, late)
    subtitle = f"Điểm phần trăm mất theo nguyên nhân, {period(month)}"
    if late.empty:
        return empty(month, NO_LATE, name="late_by_ward", subtitle=subtitle, table=table)
    wide, totals, below, codes = _ward_points(month, late)
    words = wide.map(lambda points: vi.decimal(points, 2))
    figure = column_panels(wide, words, below)
    return framed(
        figure,
        month,
        name="late_by_ward",
        title=f"{len(wide)} {units_word(month)} có hồ sơ trễ; mất nhiều điểm nhất: {most(wide[TOTAL])}",
        subtitle=f"{subtitle}. Màu cam: dưới {threshold(month.params)}",
        alt=f"Thanh ngang theo {units_word(month)} và nguyên nhân, từ mất nhiều điểm nhất. "
        + "; ".join(totals),
        table=table,
        height=24 * len(wide) + 64,
        top=48,
        bottom=8,
        compact=compact_panels(wide),
        picks={
            code: {"y": place, "note": f"{total.removeprefix(name).strip()}."}
            for place, (code, name, total) in enumerate(zip(codes, wide.index, totals, strict=True))
        },
    )


def late_by_cause(month: Month) -> go.Figure:
    """Late dossiers and points lost of the city per cause, most first."""
    return _sorted(month, month.city_by_cause, "Nguyên nhân", name="late_by_cause")


def late_by_party(month: Month) -> go.Figure:
    """Late dossiers and points lost of the city per responsible party, most first."""
    sums = month.late_by_party.rename(columns={"party_label": "label"})
    return _sorted(month, sums, "Bên chịu trách nhiệm", name="late_by_party")


def _sorted(month: Month, sums: pd.DataFrame, what: str, *, name: str) -> go.Figure:
    """Sorted bars of `late` per `label`."""
    rows = sums.sort_values("late", ascending=False, kind="stable")
    place = f"toàn bộ {len(month.rates)} {units_word(month)}, {period(month)}"
    caption = f"{what} của hồ sơ trễ, {place}"
    table = listed(rows, "late_by_cause", caption=caption, headings={"label": what})
    subtitle = f"Số hồ sơ trễ và điểm phần trăm mất, {place}"
    total = int(rows["late"].sum())
    if not total:
        return empty(month, NO_LATE, name=name, subtitle=subtitle, table=table)
    notes = [f"{vi.number(r.late)} hồ sơ · {vi.points(r.points_lost)}" for r in rows.itertuples()]
    late = rows.set_index("label")["late"]
    each = "mỗi bên " if (late == late.max()).sum() > 1 else ""
    share = f"{each}{vi.number(late.max())} trong {vi.number(total)} hồ sơ trễ"
    told = "; ".join(f"{label}: {note}" for label, note in zip(rows["label"], notes, strict=True))
    return framed(
        sorted_bars(rows["label"].tolist(), rows["late"].tolist(), notes),
        month,
        name=name,
        title=f"{what} nhiều nhất: {most(late)} ({share})",
        subtitle=subtitle,
        alt=f"Thanh ngang, từ nhiều đến ít. {told}.",
        table=table,
        height=sorted_height(len(rows)),
        bottom=4,
        compact=compact_sorted(rows["label"].tolist(), notes),
        picks=shares(month, "label" if name == "late_by_cause" else "party_label"),
    )


def shares(month: Month, by: str) -> dict[str, dict[str, str]]:
    """Late dossiers of each ward per cause or party, in words, for the picker of the page."""
    late = month.late_by_cause[month.late_by_cause["late"] > 0]
    sums = late.groupby(["code", by], sort=False, as_index=False)["late"].sum()
    return {
        code: {"note": "; ".join(f"{key} {vi.number(n)}" for key, n in rows) + " hồ sơ trễ."}
        for code, rows in (
            (code, zip(part[by], part["late"], strict=True)) for code, part in sums.groupby("code")
        )
    }


def _ward_points(
    month: Month, late: pd.DataFrame
) -> tuple[pd.DataFrame, list[str], list[bool], list[str]]:
    """Points lost, wards (worst first) x total and causes; totals in words; verdicts; codes."""
    labels = month.late_by_cause["label"].drop_duplicates()
    wide = (
        late.pivot(index="code", columns="label", values="points_lost")
        .reindex(columns=labels)
        .fillna(0)
    )
    wide.insert(0, TOTAL, wide.sum(axis=1))
    wide = wide.sort_values(TOTAL, ascending=False, kind="stable")
    counts = late.groupby("code")["late"].sum()
    names = late.drop_duplicates("code").set_index("code")["name"]
    totals = [
        f"{names[code]} {vi.points(points)}, {vi.number(counts[code])} hồ sơ"
        for code, points in wide[TOTAL].items()
    ]
    below = month.rates.set_index("code")["below_threshold"].eq(True)[wide.index].tolist()
    return wide.set_axis(names[wide.index]), totals, below, wide.index.tolist()


def _ward_table(month: Month, late: pd.DataFrame) -> Table:
    caption = f"Hồ sơ trễ theo đơn vị và nguyên nhân, {period(month)}"
    return listed(late, "ward_causes", caption=caption)


def conclusion(month: Month) -> Prose:
    """How many were late, the biggest cause, and what each list of the letter says."""
    late, table = month.city["late"], month.city_by_cause
    if not late:
        return Prose("Trong kỳ **không có hồ sơ nào trễ hạn**.")
    top = table.sort_values("late", ascending=False, kind="stable").iloc[0]
    share = percent(100 * top["late"] / late, digits=1)
    return Prose(
        f"**{number(late)} trong {number(month.city['resolved'])} hồ sơ** đã giải quyết bị trễ hạn; nhiều nhất là "
        f"“{top['label']}”: {number(top['late'])} trong {number(late)} hồ sơ trễ ({share}).\n\n"
        + bullets(f"{LIST_LABELS[name]}: {named(month.names(name))}." for name in _CAUSE_LISTS)
    )


_CAUSE_LISTS = ("forgot_to_close", "urban_management", "software_error")


def table(month: Month) -> Table:
    """Late dossiers of the city by cause."""
    return listed(
        month.city_by_cause,
        "causes",
        caption="Hồ sơ trễ hạn toàn thành phố theo nguyên nhân",
        threshold=month.params.threshold_percent,
    )


def conflicts_table(month: Month) -> Table:
    """Reasons on record that the dates contradict, counted by ward."""
    return listed(
        month.conflict_counts, "conflicts", caption="Lý do ghi nhận trái với ngày tháng", limit=30
    )


def limits(month: Month) -> Prose:
    """How many causes are recorded, inferred, evidenced, in conflict, unknown."""
    late = month.late_dossiers
    recorded = int((late["cause_source"] == "recorded").sum())
    claimed = late[late["cause"].isin(["forgot_to_close", "software_error"])]
    unknown = int((late["cause"] == "unknown").sum())
    return Prose(
        bullets(
            [
                f"Nguyên nhân được ghi nhận ở {number(recorded)} trong {number(len(late))} hồ sơ trễ; số còn lại "
                "suy ra từ ngày tháng.",
                f"Quên bấm kết thúc và lỗi phần mềm phải có minh chứng (công văn 1522, mục 4): có ở "
                f"{number(claimed['evidenced'].sum())} trong {number(len(claimed))} hồ sơ.",
                f"Nguyên nhân ghi nhận trái với ngày tháng: {number(len(month.cause_conflicts))} hồ sơ.",
                f"Chưa xác định được nguyên nhân: {number(unknown)} hồ sơ.",
            ]
        )
    )


def method(month: Month) -> Prose:
    """Order in which a cause is looked for, and the rule of the lists."""
    p = month.params
    order = "; ".join(causes()[c]["label"].lower().replace("qlđt", "QLĐT") for c in causes())
    return Prose(
        bullets(
            [
                "Mỗi hồ sơ trễ có một nguyên nhân: lý do được ghi nhận; nếu không có thì xét theo ngày tháng, lần lượt: "
                f"{order}.",
                "Quên bấm kết thúc: có kết quả hoặc đã trả trong hạn nhưng kết thúc sau hạn. Lỗi phần mềm: có phiếu sự cố "
                "của hồ sơ đó còn mở vào ngày hẹn trả. Phòng QLĐT: trả hồ sơ sau hạn của phòng. Xử lý chậm: có kết quả sau hạn.",
                f"Nêu tên đơn vị vì một nguyên nhân: từ {p.list_min_dossiers} hồ sơ trễ và mất từ "
                f"{vi.decimal(p.list_min_points, 1)} điểm phần trăm trong kỳ vì nguyên nhân đó.",
                "Điểm bị mất = 100 × hồ sơ trễ ÷ hồ sơ đã giải quyết" + _adds_up(p) + ".",
            ]
        )
    )


def _adds_up(params: Params) -> str:
    """What points lost add up to, where they do."""
    if params.rate_convention != "resolved" or params.withdrawn != "exclude":
        return ""
    return f"; cộng các nguyên nhân lại bằng đúng 100{NBSP}% trừ tỷ lệ đúng hạn"


WITHOUT = {
    "forgot_to_close": "Không quên bấm kết thúc",
    "urban_management": "Phòng QLĐT đúng thời gian",
    "software_error": "Không lỗi phần mềm",
}


def points_reading(month: Month) -> Prose:
    """How the city's lost points add up, party by party, in the numbers as they are shown."""
    table = points_by_party(month)
    city = table[table["code"] == CITY]
    whole = upper_first(whole_name(month.params))
    if city.empty:
        return Prose(f"{whole} không mất điểm nào vì trễ hạn.")
    lost = " + ".join(decimal(points, 2) for points in city["points_shown"])
    total = decimal(city["points_shown"].sum(), 2)
    lines = [
        f"{row.party_label}: {decimal(row.points_shown, 2)} điểm ({number(row.dossiers)} hồ sơ)."
        for row in city.sort_values("exact", ascending=False, kind="stable").itertuples()
    ]
    return Prose(
        f"{whole} đạt {rate(month, month.city['rate_percent'])}, mất **{total} điểm**: {lost} = "
        f"{total}, chia theo bên chịu trách nhiệm:\n\n{bullets(lines)}"
    )


def back_reading(month: Month) -> Prose:
    """Which wards below would not be so without one cause, claimed and with evidence."""
    below = month.lists["below_threshold"]
    if not below:
        return Prose(f"Không có đơn vị nào dưới {threshold(month.params)}.")
    table = if_not_for(month)
    table = table[table["code"].isin(below)]
    lines = []
    for cause in QUESTIONED:
        own = table[table["cause"] == cause]
        claimed = own.loc[own["back_claimed"], "name"].tolist()
        proven = own.loc[own["back_evidenced"], "name"].tolist()
        label = causes()[cause]["label"]
        lines.append(f"Nếu không vì “{label}”: {_back_words(claimed, proven)}.")
    back = set(table.loc[table["back_claimed"] & table["cause"].isin(QUESTIONED), "name"])
    rest = [name for name in month.names("below_threshold") if name not in back]
    lines.append(f"Vẫn dưới ngưỡng dù bỏ đi một nguyên nhân nào trong ba: {named(rest)}.")
    return Prose(
        f"Trong {number(len(below))} đơn vị dưới {threshold(month.params)}, đơn vị sẽ đạt ngưỡng (chỉ để "
        f"tham khảo, không thay tỷ lệ chính thức):\n\n{bullets(lines)}"
    )


def _back_words(claimed: list[str], proven: list[str]) -> str:
    """Who would be back, and whose evidence is enough for it."""
    if not claimed:
        return "không đơn vị nào đạt ngưỡng"
    enough = f"đủ minh chứng: {named(proven)}" if proven else "chưa đơn vị nào có đủ minh chứng"
    return f"{named(claimed)}; {enough}"


def back_table(month: Month) -> Table:
    """Wards below and their rate without each of three causes, as claimed and as evidenced."""
    table = back_at_threshold(month)
    pairs = {
        cause: [
            f"{rate(month, claimed)} ({rate(month, proven)})" if claimed > official else NOTHING
            for official, claimed, proven in zip(
                table["rate_percent"],
                table[f"{cause}_claimed"],
                table[f"{cause}_evidenced"],
                strict=True,
            )
        ]
        for cause in WITHOUT
    }
    return listed(
        table.assign(**pairs),
        "back",
        caption="Tỷ lệ nếu không vì (trong ngoặc: có minh chứng)",
        threshold=month.params.threshold_percent,
    )


def handover_reading(month: Month) -> Prose:
    """Whose the late days of handed-over dossiers are, and whether wards could know in time."""
    days, table = late_days(month), days_by_ward(month)
    if days.empty:
        return Prose(
            "Không có hồ sơ trễ nào có ngày chuyển Phòng Quản lý đô thị trong dữ liệu, nên không chia "
            "được số ngày trễ giữa phường, xã và phòng."
        )
    total = table.sum(numeric_only=True)
    lines = [
        f"{number(total['dossiers'])} hồ sơ trễ đã chuyển Phòng Quản lý đô thị, trễ tổng cộng "
        f"{number(total['late_days'])} ngày: **{number(total['division_days'])} ngày khi hồ sơ ở phòng** và đã "
        f"quá hạn của phòng, **{number(total['ward_days'])} ngày khi ở phường, xã** hoặc còn trong hạn của phòng"
        + _unsplit(total["unsplit_days"])
        + ".",
        f"Phòng giữ quá hạn của phòng: {number(total['overran'])} hồ sơ; nếu phòng trả đúng hạn đó và các bước khác "
        f"vẫn lâu như vậy thì {number(total['on_time_without'])} hồ sơ không trễ.",
    ]
    return Prose(bullets([*lines, *_notice_lines(month)]))


def _unsplit(days: int) -> str:
    return f", {number(days)} ngày không chia được vì thiếu ngày" if days else ""


def _notice_lines(month: Month) -> list[str]:
    """One line per notice that there is, and what the export cannot tell."""
    counts = notices(month)
    lines = [
        f"{row.label}: {number(row.dossiers)} hồ sơ." for row in counts.itertuples() if row.dossiers
    ]
    if not lines:
        return []
    return [
        *lines,
        "Dữ liệu xuất không có cột ngày phòng thông báo cho phường, xã: chỉ nói được là phường, xã có còn kịp "
        "biết hay không, không nói được phòng có báo hay không.",
    ]


def days_table(month: Month) -> Table:
    """Late days of handed-over dossiers by ward and holder."""
    caption = "Ngày trễ của hồ sơ đã chuyển Phòng Quản lý đô thị"
    return listed(days_by_ward(month), "handover", caption=caption)


def points_table(month: Month) -> Table:
    """Points lost per ward and party, largest first; a row adds up to 100 minus the rate."""
    table = points_by_party(month)
    wards = table[table["code"] != CITY]
    order = wards.groupby("code")["exact"].sum().sort_values(ascending=False, kind="stable").index
    wide = wards.pivot(index="code", columns="party_label", values="points_shown").fillna(0)
    parties = list(dict.fromkeys(table.sort_values("party")["party_label"]))
    wide = wide.reindex(index=order, columns=[p for p in parties if p in wide.columns]).round(2)
    wide["total"] = wide.sum(axis=1).round(2)
    wide.insert(0, "name", [month.unit_names[code] for code in wide.index])
    labels = {c: c for c in wide.columns} | {"name": "Đơn vị", "total": "Cộng (100 trừ tỷ lệ)"}
    return show(
        wide.reset_index(drop=True),
        labels,
        caption="Điểm phần trăm bị mất theo đơn vị và bên chịu trách nhiệm",
        formats=dict.fromkeys(list(wide.columns)[1:], "points"),
    )


def attribution_method() -> Prose:
    """How points, "if not for" rates and days are computed."""
    return Prose(
        bullets(
            [
                "Điểm hiển thị được làm tròn sao cho cộng lại bằng đúng 100 trừ tỷ lệ hiển thị (phương pháp số dư lớn nhất).",
                "“Có minh chứng”: chỉ coi là đúng hạn những hồ sơ có minh chứng trong dữ liệu, hoặc có phiếu sự cố phần mềm.",
                "Ngày trễ tính theo ngày lịch, từ sau hạn trả đến ngày xong. Một ngày trễ là của phòng khi hồ sơ đã đến phòng, "
                "đã quá hạn của phòng và phòng chưa trả; mọi ngày khác là của phường, xã. Thiếu ngày đến, hạn hoặc ngày trả của "
                "phòng thì không chia.",
                f"Báo kịp: chậm nhất {APOLOGY_LEAD_DAYS} ngày trước hạn trả (Nghị định 61/2018/NĐ-CP).",
            ]
        )
    )
