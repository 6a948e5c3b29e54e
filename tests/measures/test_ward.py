"""Sheets of wards: what is owed, what to do, who takes over, all worked by hand.

The month is 01/2024, 15/12/2023 - 14/01/2024. All dossiers are received on 20/12/2023.
"""

from __future__ import annotations

import re
from pathlib import Path

import motcua
import pytest
from cases import dossier, late, on_time, write_csv, write_dossiers
from motcua.base.errors import InputError
from motcua.chapters import ward as chapter
from motcua.measures.month import Month
from motcua.measures.ward import WardSheet, sheet_of
from motcua.pages.ward_pages import file_names
from motcua.reading.personal import personal_in

TAM_PHUOC, HO_NAI, AN_BINH, TAN_VAN, LONG_HUNG = "26374", "26002", "26050", "26059", "26380"
DUE = "2024-01-05"
# number -> when it was closed, and what the export says; days late are closed - 5 January.
LATE = {
    "slow": ("2024-01-10", {"result_at": "2024-01-09"}),
    "forgot": ("2024-01-12", {"result_at": "2024-01-04"}),
    "forgot, evidenced": ("2024-01-11", {"result_at": "2024-01-04", "evidence": "Biên bản 12"}),
    "called slow, was forgotten": (
        "2024-01-08",
        {"result_at": "2024-01-04", "late_cause": "Chậm xử lý"},
    ),
    "slow, sorry in time": ("2024-01-09", {"result_at": "2024-01-09", "apology_at": "2024-01-04"}),
    "called forgotten, was slow": (
        "2024-01-07",
        {"result_at": "2024-01-07", "late_cause": "Quên bấm kết thúc"},
    ),
    "software": ("2024-01-06", {"result_at": "2024-01-05", "late_cause": "Lỗi phần mềm"}),
}
OPEN = {  # number -> due, and what the export says; the period ends on 14 January
    "ready": ("2024-01-10", {"result_at": "2024-01-09"}),
    "not begun": ("2024-01-12", {}),
    "closed after": ("2024-01-11", {"closed": "2024-01-16", "result_at": "2024-01-16"}),
    "due on the last day": ("2024-01-14", {}),
}
COMPLAINTS = [
    ("PA-1", "Tam Phước", "2023-12-28", "Tổng đài 1022", "Thái độ công chức", "2024-01-10"),
    ("PA-2", "Tam Phước", "2024-01-12", "Tổng đài 1022", "Chậm trễ", ""),
    ("PA-3", "Tam Phước", "2024-01-15", "Tổng đài 1022", "Chậm trễ", ""),  # after the period
    ("PA-4", "Hố Nai", "2023-12-01", "Tổng đài 1022", "Chậm trễ", ""),  # before it
]
COLUMNS = ("result_at", "late_cause", "evidence", "apology_at")


pytestmark = pytest.mark.usefixtures("own_cache")


def of_tam_phuoc() -> list[dict]:
    """30 dossiers on time, 7 late, 4 open, and one whose due date is no date."""
    rows = on_time(30, "Tam Phước")
    rows += [
        dossier(due=DUE, closed=closed, dossier_id=number, **more)
        for number, (closed, more) in LATE.items()
    ]
    rows += [
        dossier(due=due, dossier_id=number, **{"closed": "", **more})
        for number, (due, more) in OPEN.items()
    ]
    rows += [dossier(due="31/02/2024", dossier_id="wrong")]
    return [dict.fromkeys(COLUMNS, "") | row | {"ward": "Tam Phước"} for row in rows]


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Month:
    """Tam Phước far below, Hố Nai above, Tân Vạn at 97%, Long Hưng with an open dossier alone."""
    data = tmp_path_factory.mktemp("data")
    rows = [*of_tam_phuoc(), *on_time(300, "Hố Nai"), *on_time(97, "Tân Vạn"), *late(3, "Tân Vạn")]
    rows += [dossier(due="2024-02-01", ward="Long Hưng")]
    write_dossiers(data, rows, "ho_so_20240118.csv")
    head = [
        "Mã phản ánh",
        "Đơn vị",
        "Ngày phản ánh",
        "Kênh phản ánh",
        "Loại phản ánh",
        "Ngày trả lời",
    ]
    write_csv(data / "feedback" / "pa_20240118.csv", head, COMPLAINTS)
    return motcua.load("2024-01", data=data)


@pytest.fixture(scope="module")
def tam_phuoc(month: Month) -> WardSheet:
    return sheet_of(month, TAM_PHUOC)


def marked(sheet: WardSheet, column: str) -> set[str]:
    return set(sheet.late.loc[sheet.late[column], "dossier_id"])


def plain(words: str) -> str:
    """Words with ordinary spaces."""
    return words.replace("\u00a0", " ")


# What late and open dossiers owe ---------------------------------------------------------------


def test_late_dossiers_stand_by_days_late_counted_on_the_calendar(tam_phuoc: WardSheet) -> None:
    days = tam_phuoc.late.set_index("dossier_id")["days_late"].to_dict()
    assert list(days.items()) == [
        ("forgot", 7), ("forgot, evidenced", 6), ("slow", 5), ("slow, sorry in time", 4),
        ("called slow, was forgotten", 3), ("called forgotten, was slow", 2), ("software", 1),
    ]  # fmt: skip


def test_an_apology_is_owed_where_the_citizen_waited_and_none_is_recorded(
    tam_phuoc: WardSheet,
) -> None:
    """Not where the result was there in time, nor twice; a recorded forgetting excuses nothing."""
    assert marked(tam_phuoc, "owes_apology") == {"slow", "called forgotten, was slow"}
    owing = tam_phuoc.overdue.set_index("dossier_id")["owes_apology"].to_dict()
    assert owing == {"ready": False, "closed after": True, "not begun": True}


def test_evidence_is_owed_for_forgetting_and_software_without_any(tam_phuoc: WardSheet) -> None:
    assert marked(tam_phuoc, "owes_evidence") == {
        "forgot", "called forgotten, was slow", "software",
    }  # fmt: skip


def test_a_recorded_cause_that_the_dates_deny_is_to_be_looked_at_again(
    tam_phuoc: WardSheet,
) -> None:
    """The result of `software` was there on the due date itself: by its dates it was forgotten."""
    assert marked(tam_phuoc, "contradicts") == {
        "called slow, was forgotten", "called forgotten, was slow", "software",
    }  # fmt: skip
    table = chapter.late_table(tam_phuoc)
    assert {row[0]: plain(row[-1]) for row in table.rows} == {
        "forgot": "minh chứng",
        "forgot, evidenced": "không",
        "slow": "xin lỗi",
        "slow, sorry in time": "không",
        "called slow, was forgotten": "xem lại lý do (ngày tháng: quên bấm kết thúc)",
        "called forgotten, was slow": "xin lỗi; minh chứng; xem lại lý do "
        "(ngày tháng: phường, xã xử lý chậm)",
        "software": "minh chứng; xem lại lý do (ngày tháng: quên bấm kết thúc)",
    }
    assert tam_phuoc.owed == {"owes_apology": 2, "owes_evidence": 3, "contradicts": 3}


def test_open_overdue_dossiers_stand_longest_first_with_where_they_are(
    tam_phuoc: WardSheet,
) -> None:
    """Due on the last day of the period is not overdue yet."""
    table = chapter.overdue_table(tam_phuoc)
    assert [[row[0], row[3], plain(row[4])] for row in table.rows] == [
        ["ready", "4", "có kết quả 09/01/2024, chưa bấm kết thúc"],
        ["closed after", "3", "sau kỳ đã kết thúc 16/01/2024; xin lỗi"],
        ["not begun", "2", "đang giải quyết; xin lỗi"],
    ]


# What to do ------------------------------------------------------------------------------------


def test_a_ward_below_is_told_what_to_do_most_urgent_first(tam_phuoc: WardSheet) -> None:
    """3 of the 7 late were forgotten by their cause, 2 are enough: point 2 names the ward, too."""
    told = chapter.tasks(tam_phuoc).splitlines()
    assert [re.match(r"\d+\. \*\*(.+?)\*\*", line).group(1) for line in told] == [
        "Bấm kết thúc ngay 1 hồ sơ",
        "Giải quyết ngay 1 hồ sơ",  # `closed after` needs nothing any more
        "Xin lỗi người dân về 4 hồ sơ",
        "Nộp minh chứng cho 3 hồ sơ",
        "Xem lại lý do trễ của 3 hồ sơ",
        "Đưa tỷ lệ giải quyết đúng hạn lên trên ngưỡng",
        "Chấm dứt tình trạng quên bấm kết thúc hồ sơ",
        "Giải trình 2 phản ánh của người dân",
        "Sửa 1 dòng dữ liệu sai",
    ]
    assert "(mục 4)" in told[2]
    assert "(mục 1)" in told[5]
    assert "trả lời 1 phản ánh chưa có ngày trả lời (mục 3)" in told[7]


def test_orders_of_a_sheet_are_those_that_concern_the_ward(month: Month) -> None:
    numbers = {
        code: [order.number for order in sheet_of(month, code).orders]
        for code in (TAM_PHUOC, HO_NAI, AN_BINH)
    }
    assert numbers == {TAM_PHUOC: [1, 2, 3, 4], HO_NAI: [4], AN_BINH: [4]}


def test_a_ward_below_hears_what_it_takes_to_come_back(tam_phuoc: WardSheet) -> None:
    """30 of 37 are 81,08%; (30 + k) / (37 + k) reaches 97% at k = 197: 227/234 = 97,01%."""
    told = chapter.conclusion(tam_phuoc)
    assert told.startswith("**Tam Phước đạt 81,08%, dưới ngưỡng 97%**: 30 trong 37 hồ sơ")
    assert "cần thêm 197 hồ sơ đúng hạn" in told
    assert "Xếp thứ 3 trong 3 đơn vị" in told  # two wards have nothing counted


def test_a_ward_above_hears_how_many_late_ones_it_can_afford(month: Month) -> None:
    """300 of 309 are 97,09%, 300 of 310 are 96,77%."""
    sheet = sheet_of(month, HO_NAI)
    told = chapter.conclusion(sheet)
    assert told.startswith("**Hố Nai đạt 100,00%, đạt ngưỡng 97%**")
    assert "Chắc chắn trên ngưỡng" in told
    assert "Trễ thêm nhiều nhất 9 hồ sơ thì vẫn đạt ngưỡng." in told
    assert chapter.tasks(sheet).startswith("Không có việc nào phải khắc phục")
    assert chapter.late_table(sheet) == "Không có hồ sơ nào trễ hạn trong kỳ."
    assert chapter.complaints_table(sheet) == "Không có phản ánh nào của người dân trong kỳ."


def test_a_ward_exactly_at_the_threshold_is_not_called_below(month: Month) -> None:
    told = chapter.conclusion(sheet_of(month, TAN_VAN))
    assert "97,00%, đúng bằng ngưỡng 97%, không tính là dưới" in told
    assert "Trễ thêm nhiều nhất 0 hồ sơ" not in told
    assert "Trễ thêm một hồ sơ nào nữa thì dưới ngưỡng." in told


def test_a_ward_without_any_row_has_a_sheet_that_says_so(month: Month) -> None:
    sheet = sheet_of(month, AN_BINH)
    assert chapter.conclusion(sheet).startswith("**An Bình không có hồ sơ nào trong kỳ**")
    values = [(card["value"], card["note"]) for card in chapter.cards(sheet)]
    assert values[0] == ("–", "không phát sinh hồ sơ đã giải quyết")
    assert {value for value, _ in values[1:]} == {"0"}
    assert chapter.overdue_table(sheet) == "Không có hồ sơ nào còn mở mà quá hạn."
    assert chapter.tasks(sheet).startswith("Không có việc nào phải khắc phục")


def test_a_ward_with_nothing_resolved_has_no_rate_and_names_what_is_open(month: Month) -> None:
    sheet = sheet_of(month, LONG_HUNG)
    assert chapter.full_name(sheet) == "Xã Long Hưng"
    told = chapter.conclusion(sheet)
    assert "không phát sinh hồ sơ đã giải quyết trong kỳ" in told
    assert "1 hồ sơ đang giải quyết" in told


def test_the_cards_count_late_overdue_apologies_and_complaints(tam_phuoc: WardSheet) -> None:
    """1 late and 2 open dossiers owe an apology; 2 complaints are the ward's and the period's."""
    assert [(c["label"], c["value"]) for c in chapter.cards(tam_phuoc)] == [
        ("Tỷ lệ đúng hạn", "81,08%"),
        ("Trễ hạn", "7"),
        ("Đang quá hạn", "3"),
        ("Còn phải xin lỗi", "4"),
        ("Phản ánh", "2"),
    ]


def test_a_row_set_aside_is_named_with_its_place(tam_phuoc: WardSheet) -> None:
    """Header, 30 on time, 7 late, 4 open: the wrong one is line 43 of the file."""
    told = chapter.notes(tam_phuoc)
    place = "ho_so_20240118.csv dòng 43 (cột Ngày hẹn trả: ngày không đọc được)"
    assert place in told.replace("\\_", "_")  # Markdown


def test_without_any_recorded_apology_the_sheet_says_that_the_data_lack_them(tmp_path) -> None:
    write_dossiers(tmp_path, late(2))
    told = chapter.notes(sheet_of(motcua.load("2024-01", data=tmp_path), AN_BINH))
    assert "Dữ liệu không có ngày xin lỗi của hồ sơ nào" in told


def test_an_unknown_code_is_refused_with_one_that_may_be_meant(month: Month) -> None:
    with pytest.raises(InputError, match="Tháng 01/2024 không có đơn vị mang mã '2637'. Có phải"):
        sheet_of(month, "2637")


# Merged wards ----------------------------------------------------------------------------------

# On 01/11/2024 Tân Tiến (26014) went into Tân Mai, which took its code; Tân Mai was 26026 before.
MERGED = {  # number -> ward as written, received, due
    "Tân Tiến, before": ("Tân Tiến", "2024-10-20", "31/02/2025"),
    "Tân Mai, before": ("Tân Mai", "2024-10-20", "31/02/2025"),
    "Tân Mai, since": ("Tân Mai", "2024-11-20", "31/02/2025"),
    "Tân Tiến, some day": ("Tân Tiến", "99/99/2024", "2024-12-05"),
    "another ward": ("Tam Phước", "2024-11-20", "31/02/2025"),
}


def merged(folder: Path, month: str) -> Month:
    """Month of three exports' worth of rows: wrong ones of MERGED, and one late of old Tân Tiến."""
    rows = [
        dossier(received, due, ward=ward, dossier_id=number)
        for number, (ward, received, due) in MERGED.items()
    ]
    rows += [dossier("2024-10-21", "2024-11-20", "2024-11-22", ward="Tân Tiến", dossier_id="old")]
    write_dossiers(folder, rows, "ho_so_20241218.csv")
    return motcua.load(month, data=folder)


def test_rows_set_aside_under_an_old_name_stand_on_the_successors_sheet(tmp_path: Path) -> None:
    month = merged(tmp_path, "2024-12")
    sheet = sheet_of(month, "26014")
    assert sheet.name == "Tân Mai"
    assert sheet.set_aside["row"].tolist() == [2, 3, 4, 5]
    assert "Sửa 4 dòng dữ liệu sai" in chapter.tasks(sheet)
    told = chapter.notes(sheet)
    assert "dòng 2 (cột Ngày hẹn trả: ngày không đọc được; tên cũ: Tân Tiến)" in told
    assert "dòng 4 (cột Ngày hẹn trả: ngày không đọc được)" in told
    assert sheet.late["dossier_id"].tolist() == ["old"]
    (bound,) = month.bounds[month.bounds["code"] == "26014"].to_dict("records")
    assert (bound["n"], bound["rate_if_late"], bound["rate_if_on_time"]) == (4, 0.0, 80.0)


def test_before_the_merger_each_ward_has_its_own_rows(tmp_path: Path) -> None:
    month = merged(tmp_path, "2024-11")  # 15/10 - 14/11: the register of 14/11 has the new wards
    assert sheet_of(month, "26014").set_aside["row"].tolist() == [2, 3, 5]
    month = merged(
        tmp_path, "2024-10"
    )  # 15/09 - 14/10: nothing was received yet but row 5, perhaps
    rows = {code: sheet_of(month, code).set_aside["row"].tolist() for code in ("26014", "26026")}
    assert rows == {"26014": [5], "26026": []}
    assert sheet_of(month, "26014").name == "Tân Tiến"


# File names ------------------------------------------------------------------------------------


def test_odd_codes_become_file_names_that_every_system_takes_one_each() -> None:
    codes = [
        "26374", "CON", "con", "Aux", "LPT1", "a/b", "a\\b", "../../x", "..", ".", "", " ", "-rf",
        "A & B <C>", "a:b*?", "x.html", "Hố Nai", "hố nai", "HỐ NAI", "日本", "a" * 300, "a" * 301,
        "(trống)", "\u202etxt", "tên\ndòng",
    ]  # fmt: skip
    names = file_names(codes)
    assert names["26374"] == "26374"
    assert all(re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,49}", name) for name in names.values())
    reserved = {"con", "prn", "aux", "nul", *(f"{d}{n}" for d in ("com", "lpt") for n in range(10))}
    assert not reserved & set(names.values())
    assert len({name.casefold() for name in names.values()}) == len(codes)
    assert names == file_names(codes)


def test_no_file_name_of_a_numbered_unit_looks_like_a_telephone() -> None:
    names = file_names(f"Đơn vị {n:04d}" for n in range(3321))
    assert len(set(names.values())) == 3321  # noqa: PLR2004
    assert not personal_in("\n".join(names.values()))
