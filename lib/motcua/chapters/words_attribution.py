"""Sentences of the chapter on causes: points that add up, rates "if not for", days by holder."""

from __future__ import annotations

from motcua.base.params import whole_name
from motcua.base.reference import causes
from motcua.base.vietnamese import NOTHING, decimal, number, upper_first
from motcua.chapters.table import Table, show
from motcua.chapters.words import Prose, _bullets, _named, rate, threshold
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
        f"{total}, chia theo bên chịu trách nhiệm:\n\n{_bullets(lines)}"
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
    lines.append(f"Vẫn dưới ngưỡng dù bỏ đi một nguyên nhân nào trong ba: {_named(rest)}.")
    return Prose(
        f"Trong {number(len(below))} đơn vị dưới {threshold(month.params)}, đơn vị sẽ đạt ngưỡng (chỉ để "
        f"tham khảo, không thay tỷ lệ chính thức):\n\n{_bullets(lines)}"
    )


def _back_words(claimed: list[str], proven: list[str]) -> str:
    """Who would be back, and whose evidence is enough for it."""
    if not claimed:
        return "không đơn vị nào đạt ngưỡng"
    enough = f"đủ minh chứng: {_named(proven)}" if proven else "chưa đơn vị nào có đủ minh chứng"
    return f"{_named(claimed)}; {enough}"


def back_table(month: Month) -> Table:
    """Wards below and their rate without each of three causes, as claimed and as evidenced."""
    labels = {"name": "Đơn vị", "rate_percent": "Tỷ lệ chính thức"} | WITHOUT
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
    return show(
        table.assign(**pairs),
        labels | {"back": "Đạt ngưỡng nếu không vì"},
        caption="Tỷ lệ nếu không vì (trong ngoặc: có minh chứng)",
        formats={"rate_percent": "percent"},
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
    return Prose(_bullets([*lines, *_notice_lines(month)]))


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
    labels = {
        "name": "Đơn vị",
        "dossiers": "Hồ sơ trễ đã chuyển phòng",
        "late_days": "Ngày trễ",
        "division_days": "Ngày ở Phòng QLĐT",
        "ward_days": "Ngày ở phường, xã",
        "unsplit_days": "Không chia được",
        "overran": "Hồ sơ phòng giữ quá hạn",
        "on_time_without": "Không trễ nếu phòng đúng hạn",
    }
    return show(
        days_by_ward(month),
        labels,
        caption="Ngày trễ của hồ sơ đã chuyển Phòng Quản lý đô thị",
    )


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
        _bullets(
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
