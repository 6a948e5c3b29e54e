"""Chapter 06: rows set aside, exports that disagree, signs to look into, issued months that moved."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import plotly.graph_objects as go

from motcua.base import vietnamese as vi
from motcua.base.reference import (
    CHECK_LABELS,
    DISAGREEMENT_LABELS,
    LABELS,
    LIST_LABELS,
    MEASURE_LABELS,
    REASON_LABELS,
    causes,
)
from motcua.base.vietnamese import NOTHING, decimal, join, month_label, number, percent
from motcua.chapters.figure import OF_CITY, empty, framed
from motcua.chapters.sentences import Prose, bullets, counted, named, period, safe
from motcua.chapters.shapes import compact_sorted, sorted_bars, sorted_height
from motcua.chapters.table import Table, listed, show
from motcua.measures.corrections import CHANGES, corrections
from motcua.measures.issued import Issued, issued_changes, issued_lately, issued_words
from motcua.measures.month import Month
from motcua.measures.signs import SLACK_DAYS, checks, signs

NO_PROBLEM = "Không có dòng dữ liệu nào bị để riêng"


def quality_by_reason(month: Month) -> go.Figure:
    """Rows set aside per reason, most first."""
    found = {
        REASON_LABELS.get(reason, reason): n for reason, n in month.quality["problems"].items()
    }
    rows = pd.DataFrame(found.items(), columns=["reason", "rows"]).sort_values(
        "rows", ascending=False, kind="stable"
    )
    subtitle = f"Số dòng bị để riêng theo lý do, {period(month)}"
    table = show(rows, {"reason": "Lý do", "rows": "Số dòng"}, caption=subtitle)
    if rows.empty:
        return empty(month, NO_PROBLEM, name="quality_by_reason", subtitle=subtitle, table=table)
    aside, read = (vi.number(month.quality[k]) for k in ("rows_set_aside", "rows_read"))
    notes = [f"{vi.number(count)} dòng" for count in rows["rows"]]
    listed = "; ".join(
        f"{reason}: {note}" for reason, note in zip(rows["reason"], notes, strict=True)
    )
    return framed(
        sorted_bars(rows["reason"].tolist(), rows["rows"].tolist(), notes),
        month,
        name="quality_by_reason",
        title=f"{aside} trong {read} dòng dữ liệu bị để riêng",
        subtitle=subtitle,
        alt=f"Thanh ngang, từ nhiều đến ít. {listed}.",
        table=table,
        height=sorted_height(len(rows)),
        bottom=4,
        compact=compact_sorted(rows["reason"].tolist(), notes),
        picks=OF_CITY,
    )


def conclusion(month: Month) -> Prose:
    """Identity of the rows: read, kept, set aside, duplicates."""
    q = month.quality
    share = percent(100 * q["rows_set_aside"] / q["rows_read"]) if q["rows_read"] else "–"
    return Prose(
        f"Đọc **{number(q['rows_read'])} dòng** hồ sơ: dùng {number(q['rows_kept'])}, để riêng "
        f"**{number(q['rows_set_aside'])}** dòng sai ({share}), {number(q['duplicates'])} dòng là bản cũ hoặc bản trùng của "
        "hồ sơ đã có. Không dòng nào mất.\n\n"
        + bullets(
            [
                f"Kiểm tra: {number(q['rows_read'])} = {number(q['rows_kept'])} + {number(q['rows_set_aside'])} + "
                f"{number(q['duplicates'])}.",
                f"{number(q['not_received'])} hồ sơ mới đăng ký hoặc không được tiếp nhận: giữ lại, không tính vào chỉ số nào.",
                "Từng dòng để riêng, kèm tệp, số dòng, cột, giá trị và lý do: tệp rejected.csv.",
            ]
        )
    )


def reading(month: Month) -> Prose:
    """Most frequent reason, and what to do about it."""
    reasons = month.quality["problems"]
    if not reasons:
        return Prose("Không có dòng nào phải để riêng.")
    top = max(sorted(reasons), key=reasons.__getitem__)
    return Prose(f"Lý do nhiều nhất: {REASON_LABELS[top].lower()} ({number(reasons[top])} dòng).")


def rejected_table(month: Month) -> Table:
    """First rows set aside, with the reason."""
    rows = month.rejected_labelled
    return listed(rows, "rejected", caption="Các dòng để riêng", limit=20)


def bounds_table(month: Month) -> Table:
    """Between which rates a ward with rows set aside can lie."""
    return listed(
        month.bounds,
        "bounds",
        caption="Tỷ lệ của đơn vị có dòng để riêng có thể nằm trong khoảng nào",
        threshold=month.params.threshold_percent,
    )


def notes_table(month: Month) -> Table:
    """Odd cells of dossiers that count all the same."""
    return listed(month.notes, "notes", caption="Ô dữ liệu lạ")


def sources_reading(month: Month) -> Prose:
    """What a reader must know of how the files were read: sheets left out, columns merged."""
    notes = [safe(note) for note in month.inputs.notes]
    return Prose(bullets(notes) if notes else "Không có gì cần lưu ý khi đọc các tệp này.")


def sources_table(month: Month) -> Table:
    """Files that were read."""
    return listed(month.sources, "sources", caption="Tệp dữ liệu")


def bounds_reading(month: Month) -> Prose:
    """Whether the rows set aside could change a verdict."""
    bounds = month.bounds
    turn = bounds.loc[bounds["may_change"], "name"].tolist()
    unplaced = month.unplaced
    lines = [
        f"Các dòng để riêng có thể làm đổi kết luận của: {named(turn)}."
        if turn
        else "Dù các dòng để riêng đều đúng hạn hay đều trễ, kết luận dưới ngưỡng của từng đơn vị không đổi.",
        f"Ngoài ra {number(unplaced)} dòng không rõ của đơn vị nào." if unplaced else "",
    ]
    return Prose(bullets(lines))


def exports_reading(month: Month) -> Prose:
    """Whether the exports agree with each other."""
    told = [
        f"{label}: {number(month.disagreements[name])} hồ sơ."
        for name, label in DISAGREEMENT_LABELS.items()
        if month.disagreements[name]
    ]
    vanished = month.vanished
    if len(vanished):
        told.append(
            f"Đang mở ở bản xuất trước nhưng không còn trong bản xuất mới: {number(len(vanished))} hồ sơ, tại "
            f"{counted(vanished['ward'])}. Vẫn tính theo lần thấy cuối."
        )
    return Prose(
        bullets(told) if told else "Các bản xuất khớp nhau; không hồ sơ đang mở nào biến mất."
    )


def corrections_reading(month: Month) -> Prose:
    """How many corrections of the drafter were used in this period, and what they changed."""
    n = month.quality["corrections"]
    if not n["read"]:
        return Prose("Không có điều chỉnh nào của người lập báo cáo.")
    lines = [
        f"Dùng {number(n['used'])} trong {number(n['read'])} điều chỉnh cho hồ sơ của kỳ này: đổi nguyên nhân "
        f"{number(n['cause'])}, đổi minh chứng {number(n['evidence'])}, đổi ngày xin lỗi {number(n['apology'])} hồ sơ. "
        "Điều chỉnh được dùng thay cho số liệu xuất; từng hồ sơ có trong tệp corrections.csv.",
        f"{number(n['unknown_dossiers'])} điều chỉnh mang mã hồ sơ không có trong dữ liệu, không được dùng."
        if n["unknown_dossiers"]
        else "",
    ]
    return Prose(bullets(lines))


def corrections_table(month: Month) -> Table:
    """Dossiers corrected in each ward, and in what."""
    used = corrections(month)
    used = used[used["used"]].assign(n=1)
    found = used.groupby("name", as_index=False)[["n", *CHANGES]].sum()
    return listed(found, "corrections", caption="Điều chỉnh của người lập báo cáo")


def headings_reading(month: Month) -> Prose:
    """Headings that are not known, and what became of their columns."""
    unknown = month.unknown_headings["heading"].tolist()
    if not unknown:
        return Prose("Không có tiêu đề lạ.")
    return Prose(
        f"Các cột này không được đọc: {named(unknown)}. Nếu cột nào cần dùng, khai báo `columns` trong tệp tham số."
    )


def method(month: Month) -> Prose:
    """How rows are read and versions of a dossier are settled."""
    return Prose(
        bullets(
            [
                "Một dòng sai bị để riêng, không sửa và không đoán; một tệp sai cấu trúc làm dừng cả lần chạy.",
                "Một hồ sơ có trong nhiều tệp: lấy bản trong tệp xuất mới nhất.",
                "Cột dữ liệu cá nhân (họ tên, điện thoại, giấy tờ, địa chỉ, thư điện tử) bị bỏ ngay khi đọc; công chức chỉ "
                "còn mã.",
            ]
        )
    )


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
        f"{CHECK_LABELS[name]}: {named(rows['name'].tolist())}."
        for name, rows in table.groupby("check", sort=False)
    ]
    untold = every.groupby("check", sort=False)["is_sign"].apply(lambda told: told.isna().all())
    names = [CHECK_LABELS[name].lower() for name, none in untold.items() if none]
    if not len(table):
        lines.append("Không có dấu hiệu nào cần kiểm tra.")
    if names:
        lines.append(f"Chưa kiểm tra được vì thiếu dữ liệu: {join(names)}.")
    return Prose(
        f"{bullets(lines)}\n\nĐây là dấu hiệu cần kiểm tra, không phải kết luận: mỗi dấu hiệu đều có thể có lý do "
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
    return listed(table, "signs", caption="Dấu hiệu cần kiểm tra")


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
        bullets(
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
    return Prose(bullets(lines))


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
    return listed(table, "issued", caption="Số liệu đã ban hành nay khác", limit=MOST_ROWS)


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
