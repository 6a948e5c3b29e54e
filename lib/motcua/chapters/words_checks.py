"""Sentences and tables on signs to look into, and on issued months that moved."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from motcua.base.labels import CHECK_LABELS, LABELS, LIST_LABELS, MEASURE_LABELS
from motcua.base.reference import causes
from motcua.base.vietnamese import NOTHING, decimal, join, month_label, number, percent
from motcua.chapters.table import Table, show
from motcua.chapters.words import FORMATS, Prose, _bullets, _named, columns
from motcua.measures.issued import Issued, issued_changes, issued_lately, issued_words
from motcua.measures.month import Month
from motcua.measures.signs import SLACK_DAYS, checks, signs

QUESTIONS = {
    "deadline": "Nhiều hồ sơ xong đúng ngày hẹn: việc xong thật hôm đó, hay được bấm kết thúc cho kịp hạn?",
    "burst": "Nhiều hồ sơ kết thúc trong ít phút: trả kết quả tập trung, hay bấm dồn sau khi đã xong từ trước?",
    "fewer": "Hồ sơ tiếp nhận ít hơn thường lệ: nhu cầu giảm, hay có hồ sơ nhận ngoài phần mềm?",
    "growing": "Hồ sơ mở quá hạn tăng nhiều tháng: có hồ sơ để mở, không kết thúc, nên không vào tỷ lệ?",
    "rescheduled": "Có hồ sơ hẹn lại quá một lần (Nghị định 61/2018/NĐ-CP chỉ cho một lần): lý do là gì?",
}
LIST = "list:"
MOST_ROWS = 40


def signs_reading(month: Month) -> Prose:
    """Where to ask first, one line per check, and what could not be checked."""
    table, every = signs(month), checks(month)
    lines = [
        f"{CHECK_LABELS[name]}: {_named(rows['name'].tolist())}."
        for name, rows in table.groupby("check", sort=False)
    ]
    untold = every.groupby("check", sort=False)["is_sign"].apply(lambda told: told.isna().all())
    names = [CHECK_LABELS[name].lower() for name, none in untold.items() if none]
    if not len(table):
        lines.append("Không có dấu hiệu nào cần kiểm tra.")
    if names:
        lines.append(f"Chưa kiểm tra được vì thiếu dữ liệu: {join(names)}.")
    return Prose(
        f"{_bullets(lines)}\n\nĐây là dấu hiệu cần kiểm tra, không phải kết luận: mỗi dấu hiệu đều có thể có lý do "
        "chính đáng."
    )


def signs_table(month: Month) -> Table:
    """Signs with their number, threshold and question."""
    table = signs(month)
    table = table.assign(
        kind_label=table["check"].map(CHECK_LABELS),
        shown_number=[_told(*pair) for pair in zip(table["check"], table["number"], strict=True)],
        shown_threshold=[
            _limit(month, *p) for p in zip(table["check"], table["threshold"], strict=True)
        ],
        question=table["check"].map(QUESTIONS),
    )
    return show(table, columns("signs"), caption="Dấu hiệu cần kiểm tra")


def checks_table(month: Month) -> Table:
    """Every ward and check: the number, marked where it is a sign."""
    table = checks(month)
    cells = [
        _told(row.check, row.number) + (" (?)" if row.is_sign is True else "")
        if pd.notna(row.is_sign)
        else NOTHING
        for row in table.itertuples()
    ]
    wide = table.assign(cell=cells).pivot(index="code", columns="check", values="cell")
    wide = wide.assign(name=[month.unit_names[code] for code in wide.index])
    order = [unit.code for unit in month.units]
    return show(
        wide.loc[order],
        {"name": LABELS["name"]} | CHECK_LABELS,
        caption="Số đo của từng đơn vị; (?) là dấu hiệu cần kiểm tra, – là chưa đủ dữ liệu để xét",
    )


def _told(check: str, value: float | None) -> str:
    """Number of a check with its unit."""
    if pd.isna(value):
        return NOTHING
    if check in ("deadline", "fewer"):
        return percent(value, digits=1)
    return f"{number(value)} {'tháng' if check == 'growing' else 'hồ sơ'}"


def _limit(month: Month, check: str, threshold: float) -> str:
    """Threshold of a check in words."""
    if check in ("deadline", "fewer"):
        word = "trên" if check == "deadline" else "dưới"
        return f"{word} {percent(threshold, digits=0)}"
    if check == "burst":
        return f"từ {number(threshold)} hồ sơ trong {month.params.check_burst_minutes} phút"
    return f"từ {number(threshold)} {'tháng' if check == 'growing' else 'hồ sơ'}"


def signs_method(month: Month) -> Prose:
    """What each check compares."""
    p = month.params
    return Prose(
        _bullets(
            [
                f"Dồn vào ngày hẹn: trong hồ sơ đúng hạn có từ {SLACK_DAYS} ngày để làm, tỷ lệ xong đúng ngày hẹn.",
                f"Kết thúc hàng loạt: nhiều nhất bao nhiêu hồ sơ một công chức kết thúc trong {p.check_burst_minutes} "
                "phút; cần giờ kết thúc.",
                "Ít hồ sơ: hồ sơ tiếp nhận so với phần thường lệ của đơn vị trong toàn thành phố (trung vị các tháng "
                "trước), nên tháng Tết không bị coi là ít.",
                "Quá hạn tăng: số tháng liên tiếp số hồ sơ mở quá hạn tăng. Hẹn lại: theo số lần hẹn lại, hoặc theo các "
                "ngày hẹn khác nhau giữa các bản xuất.",
                f"Dưới {p.small_n} hồ sơ thì không xét tỷ lệ.",
            ]
        )
    )


# Issued months ---------------------------------------------------------------------------------


def issued_reading(month: Month, folder: str | Path) -> Prose:
    """Which months looked back on were issued, by which letters, and what of them has moved."""
    told = issued_words(month, folder)
    if not told:
        return Prose(
            "Chưa ghi nhận tháng nào trong các tháng xem lại đã ban hành. Khi gửi công văn, chạy `motcua issue` để giữ số liệu đã ban hành."
        )
    changes = issued_changes(month, folder)
    lines = [f"Đã ban hành: {told}."]
    for one in issued_lately(month, folder):
        rows = changes[changes["month"] == one.month]
        lines.append(_moved_words(one, rows))
        lines.append(_other_method(month, one))
    return Prose(_bullets(lines))


def _moved_words(one: Issued, rows: pd.DataFrame) -> str:
    label = f"Tháng {month_label(one.month)}"
    if rows.empty:
        return f"{label}: mọi số liệu vẫn như lúc ban hành."
    wards = sorted(set(rows.loc[rows["code"] != "", "name"]))
    rate = rows[(rows["code"] == "") & (rows["measure"] == "rate_percent")]
    city = (
        f" Tỷ lệ toàn thành phố đã ban hành {percent(rate['issued'].iloc[0])}, nay {percent(rate['now'].iloc[0])}."
        if len(rate)
        else ""
    )
    return (
        f"{label}: **{number(len(rows))} số liệu đã khác lúc ban hành**, tại {number(len(wards))} đơn vị.{city} Số đã ban "
        "hành giữ nguyên giá trị; muốn thay phải có văn bản."
    )


def _other_method(month: Month, one: Issued) -> str:
    """Note that a month was issued by another method or period than it is computed with now."""
    now = month.at(one.month)
    period = {"start": str(now.period.start), "end": str(now.period.end)}
    told = now.params.model_dump(mode="json")
    same = all(told.get(key) == value for key, value in one.content["method"].items())
    if same and one.content["period"] == period:
        return ""
    return (
        f"Tháng {month_label(one.month)} được ban hành theo kỳ hoặc cách tính khác với lần tính này, nên chênh lệch "
        "không chỉ do dữ liệu."
    )


def issued_table(month: Month, folder: str | Path) -> Table:
    """What moved in issued months: unit, month, measure, issued, now; rates and lists first."""
    table = issued_changes(month, folder)
    first = table["measure"].map(lambda m: 0 if m == "rate_percent" else 1 if m[:5] == LIST else 2)
    table = table.assign(first=first).sort_values(["month", "first"], kind="stable")
    shown = {
        when: [_value(m, v) for m, v in zip(table["measure"], table[when], strict=True)]
        for when in ("issued", "now")
    }
    table = table.assign(**shown, measure_label=table["measure"].map(_measure))
    return show(
        table,
        columns("issued"),
        caption="Số liệu đã ban hành nay khác",
        formats=FORMATS,
        limit=MOST_ROWS,
    )


def _measure(name: str) -> str:
    """Label of a measure, a cause or a list."""
    if name.startswith(LIST):
        return f"Danh sách: {LIST_LABELS[name.removeprefix(LIST)]}"
    known = causes()
    return known[name]["label"] if name in known else MEASURE_LABELS.get(name) or LABELS[name]


def _value(measure: str, value: float | None) -> str:
    if pd.isna(value):
        return NOTHING
    if measure.startswith(LIST):
        return "có tên" if value else "không"
    return percent(value) if measure == "rate_percent" else decimal(value, 0)
