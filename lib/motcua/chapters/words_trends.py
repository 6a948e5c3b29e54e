"""Sentences on signals over the months, and on what changed since last month."""

from __future__ import annotations

import pandas as pd

from motcua.base.labels import LIST_LABELS
from motcua.base.params import whole_name
from motcua.base.vietnamese import number, upper_first
from motcua.chapters.chart_change import signed
from motcua.chapters.table import Table, show
from motcua.chapters.words import Prose, _bullets, _named, _since, rate, safe, threshold
from motcua.measures.causes import CITY
from motcua.measures.control import (
    MIX,
    VOLUME,
    control,
    has_before,
    late_change,
    list_changes,
    rate_change,
    signals,
    ward_change,
)
from motcua.measures.month import LISTS, Month
from motcua.measures.statistics import MIN_MONTHS, SHIFT, SIGMAS, TREND

RULE_LABELS = {
    "outside": "ngoài giới hạn",
    "two_of_three": "2 trong 3 tháng sát giới hạn",
    "shift": f"{SHIFT} tháng liền một phía",
    "trend": f"{TREND} tháng liền cùng chiều",
}
CHANGE_LABELS = {"entered": "Mới vào", "stayed": "Còn lại", "left": "Ra khỏi"}
NO_MONTH_BEFORE = "Chưa có tháng trước để so sánh."


def signals_reading(month: Month) -> Prose:
    """Who is outside the usual range this month, by which rule, and who was told before."""
    table = control(month)
    if table["low"].isna().all():
        return Prose(f"Chưa đủ {MIN_MONTHS} tháng để phân biệt tín hiệu với dao động bình thường.")
    found = signals(month)
    wards = found[found["code"] != CITY]
    lines = [
        _city_signal(month),
        f"Xấu đi, không phải do ngẫu nhiên: {_signalled(wards, 'down')}.",
        f"Tốt lên, không phải do ngẫu nhiên: {_signalled(wards, 'up')}.",
        f"Tín hiệu trái chiều nhau: {_signalled(wards, 'mixed')}."
        if (wards["signal"] == "mixed").any()
        else "",
        _told_before(month),
        _persistent(month, table),
    ]
    return Prose(_bullets(lines))


def _city_signal(month: Month) -> str:
    """Whether the city's latest rate is within its usual range."""
    table = control(month)
    now = table[(table["code"] == CITY) & (table["month"] == month.month)]
    if now.empty or now["low"].isna().all():
        return ""
    row = now.iloc[0]
    usual = f"{rate(month, row['low'])} đến {rate(month, row['high'])}"
    whole = upper_first(whole_name(month.params))
    if row["signal"]:
        return f"{whole} {rate(month, row['rate_percent'])}: tín hiệu {_rules(row)} (bình thường từ {usual})."
    return f"{whole} {rate(month, row['rate_percent'])}: trong dao động bình thường (từ {usual})."


def _rules(row: pd.Series) -> str:
    return ", ".join(label for rule, label in RULE_LABELS.items() if row[rule])


def _signalled(found: pd.DataFrame, way: str) -> str:
    rows = [row for _, row in found[found["signal"] == way].iterrows()]
    return (
        ", ".join(f"{safe(row['name'])} ({_rules(row)})" for row in rows) or "không có đơn vị nào"
    )


def _told_before(month: Month) -> str:
    """Units below for two months or more: what the letter calls told many times, not mended."""
    again = month.rates[month.rates["months_below_in_a_row"] > 1]
    if again.empty:
        return f"Không đơn vị nào dưới {threshold(month.params)} từ hai tháng liền trở lên."
    words = [
        f"{safe(w.name)} ({w.months_below_in_a_row} tháng liền)"
        for w in again.sort_values(
            "months_below_in_a_row", ascending=False, kind="stable"
        ).itertuples()
    ]
    return f"Đã chỉ đạo nhiều lần nhưng chưa khắc phục: {', '.join(words)}."


def _persistent(month: Month, table: pd.DataFrame) -> str:
    """Units whose usual level itself is below the threshold: chance will not bring them back."""
    limit = month.params.threshold_percent
    now = table[(table["month"] == month.month) & (table["code"] != CITY)]
    low = now[now["mean"] < limit]
    if low.empty:
        return ""
    words = [
        f"{safe(w.name)} ({rate(month, w.mean)})" for w in low.sort_values("mean").itertuples()
    ]
    return (
        f"Trung bình các tháng đã dưới {threshold(month.params)}: {', '.join(words)}. Không đổi cách làm thì sẽ "
        "còn dưới ngưỡng."
    )


def signals_table(month: Month) -> Table:
    """Units with a signal this month, worse ones first."""
    labels = {
        "name": "Đơn vị",
        "rate_percent": "Tỷ lệ đúng hạn",
        "mean": "Trung bình các tháng",
        "low": "Bình thường, từ",
        "high": "đến",
        "rules": "Tín hiệu",
        "months_below_in_a_row": "Số tháng liên tiếp dưới ngưỡng",
    }
    found = signals(month)
    return show(
        found.assign(rules=[_rules(row) for _, row in found.iterrows()]),
        labels,
        caption="Đơn vị ngoài dao động bình thường tháng này",
        formats=dict.fromkeys(("rate_percent", "mean", "low", "high"), "percent"),
        threshold=month.params.threshold_percent,
    )


def change_conclusion(month: Month) -> Prose:
    """How the city's rate moved since last month, and what moved it, in numbers that add up."""
    parts = rate_change(month)
    if parts.empty:
        return Prose(NO_MONTH_BEFORE)
    before, now = month.previous.city, month.city
    total = parts["points_shown"].sum()
    moved = _since(now["rate_percent"], before["rate_percent"], "điểm", 2)
    causes = parts[parts["part"] != MIX].sort_values("points", ascending=False)
    lines = [
        f"Tách ra: {' '.join(_terms(parts['points_shown'], 2))} = {signed(round(total, 2))} điểm.",
        _moves("Kéo tỷ lệ lên, bớt trễ vì", causes[causes["points_shown"] > 0]),
        _moves("Kéo tỷ lệ xuống, thêm trễ vì", causes[causes["points_shown"] < 0].iloc[::-1]),
        f"Tỷ trọng hồ sơ giữa các đơn vị thay đổi: {signed(parts.loc[parts['part'] == MIX, 'points_shown'].iloc[0])} điểm.",
        _late_words(month),
        _who_moved(month),
    ]
    return Prose(
        f"{upper_first(whole_name(month.params))} đạt **{rate(month, now['rate_percent'])}**, tháng trước {rate(month, before['rate_percent'])}"
        f" ({moved}).\n\n{_bullets(lines)}"
    )


def _terms(values: pd.Series, digits: int) -> list[str]:
    """Signed numbers of a sum."""
    return [signed(v, digits) for v in values if v]


def _moves(lead: str, parts: pd.DataFrame) -> str:
    words = [f"“{row.label}” {signed(row.points_shown)}" for row in parts.itertuples()]
    return f"{lead}: {', '.join(words)}." if words else ""


def _late_words(month: Month) -> str:
    """Movement of the number of late dossiers: volume against the rest."""
    parts = late_change(month).set_index("part")
    total = int(parts["exact"].sum())
    volume = parts.at[VOLUME, "points_shown"]
    rest = round(total - volume, 1)
    p = month.params
    what = "trễ hạn" if (p.rate_convention, p.withdrawn) == ("resolved", "exclude") else "không đạt"
    cause = "nhiều" if volume > 0 else "ít"
    return (
        f"Số hồ sơ {what}: {signed(total, 0) if total else 'không đổi'}, gồm {signed(volume, 1)} vì giải quyết {cause} hồ sơ "
        f"hơn và {signed(rest, 1)} vì tỷ lệ và tỷ trọng thay đổi."
    )


def _who_moved(month: Month) -> str:
    """Three wards that raised the city's rate most, and three that lowered it most."""
    table = ward_change(month).sort_values("points", kind="stable")
    down, up = table[table["points"] < 0].head(3), table[table["points"] > 0].tail(3).iloc[::-1]
    words = [
        ", ".join(f"{safe(w.name)} {signed(w.points)}" for w in rows.itertuples()) or "không có"
        for rows in (up, down)
    ]
    return f"Đơn vị kéo lên nhiều nhất: {words[0]}; kéo xuống nhiều nhất: {words[1]}."


def lists_table(month: Month) -> Table:
    """Who entered, left and stayed in each list of the letter since last month."""
    table = list_changes(month)
    rows = []
    for name in LISTS:
        own = table[table["list"] == name]
        row = {"list": LIST_LABELS[name]}
        for key in CHANGE_LABELS:
            row[key] = ", ".join(own.loc[own["change"] == key, "name"]) or "–"
        rows.append(row)
    return show(
        pd.DataFrame(rows),
        {"list": "Danh sách"} | CHANGE_LABELS,
        caption="Vào và ra khỏi các danh sách so với tháng trước",
    )


def lists_reading(month: Month) -> Prose:
    """How many entered and left the list of units below, and which."""
    table = list_changes(month)
    if not has_before(month):
        return Prose(NO_MONTH_BEFORE)
    own = table[table["list"] == "below_threshold"]
    groups = {key: own.loc[own["change"] == key, "name"].tolist() for key in CHANGE_LABELS}
    words = [
        f"{CHANGE_LABELS[key].lower()} {number(len(names))}"
        + (f" ({_named(names)})" if names else "")
        for key, names in groups.items()
    ]
    return Prose(f"Danh sách dưới {threshold(month.params)}: {'; '.join(words)}.")


def trends_method() -> Prose:
    """How limits, rules and the movement are computed."""
    return Prose(
        _bullets(
            [
                f"Dao động bình thường: biểu đồ p′ của Laney (2002), trung bình ± {SIGMAS} sigma, rộng hẹp theo số hồ sơ; cần từ "
                f"{MIN_MONTHS} tháng.",
                f"Tín hiệu (NHS England, “Making data count”): một tháng ngoài giới hạn; 2 trong 3 tháng liền cùng phía và sát giới hạn; "
                f"{SHIFT} tháng liền ở một phía của trung bình; {TREND} tháng liền cùng tăng hoặc cùng giảm.",
                "Thay đổi so với tháng trước: tách theo Kitagawa (1955) thành tỷ trọng giữa các đơn vị và từng nguyên nhân; phần số "
                "lượng theo Das Gupta (1993). Các phần cộng lại bằng đúng thay đổi.",
            ]
        )
    )
