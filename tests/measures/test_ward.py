"""Sheets of wards: what is owed, what to do, who takes over, all worked by hand.

The month is 01/2024, 15/12/2023 - 14/01/2024. All dossiers are received on 20/12/2023.
"""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path

import motcua
import pytest
from cases import dossier, late, load_rows, on_time, write_csv, write_dossiers
from motcua.base.errors import InputError
from motcua.chapters import ward as chapter
from motcua.measures.month import Month
from motcua.measures.ward import WardSheet, open_dossiers, room_for_late, sheet_of
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


def test_late_dossiers_that_owe_something_stand_first_then_by_days_late(
    tam_phuoc: WardSheet,
) -> None:
    days = tam_phuoc.late.set_index("dossier_id")["days_late"].to_dict()
    assert list(days.items()) == [
        ("forgot", 7), ("slow", 5), ("called slow, was forgotten", 3),
        ("called forgotten, was slow", 2), ("software", 1),
        ("forgot, evidenced", 6), ("slow, sorry in time", 4),
    ]  # fmt: skip


def test_an_apology_is_owed_where_the_citizen_waited_and_none_is_recorded(
    tam_phuoc: WardSheet,
) -> None:
    """Not where the result was there in time, nor twice; a recorded forgetting excuses nothing."""
    assert marked(tam_phuoc, "owes_apology") == {"slow", "called forgotten, was slow"}
    owing = tam_phuoc.backlog.set_index("dossier_id")["owes_apology"].to_dict()
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
        "forgot, evidenced": "Đã đủ",
        "slow": "xin lỗi",
        "slow, sorry in time": "Đã đủ",
        "called slow, was forgotten": "xem lại lý do (theo ngày: quên bấm kết thúc)",
        "called forgotten, was slow": "xin lỗi; minh chứng; xem lại lý do "
        "(theo ngày: phường, xã giải quyết chậm)",
        "software": "minh chứng; xem lại lý do (theo ngày: quên bấm kết thúc)",
    }
    assert tam_phuoc.owed == {"owes_apology": 2 + 2, "owes_evidence": 3, "contradicts": 3}


def test_rows_to_act_on_stand_apart_from_those_closed_since(tam_phuoc: WardSheet) -> None:
    """What lacks the click alone comes first; due on the last day of the period is not overdue."""
    table = chapter.backlog_table(tam_phuoc)
    assert [[row[0], row[3], plain(row[4])] for row in table.rows] == [
        ["ready", "4", "đã có kết quả ngày 09/01/2024, chỉ còn bấm kết thúc"],
        ["not begun", "2", "đang giải quyết; phải xin lỗi"],
    ]
    assert table.note == (
        "Đã kết thúc sau kỳ (1 hồ sơ): closed after ngày 16/01/2024 (phải xin lỗi)."
    )


def test_the_oldest_stand_first_and_what_awaits_the_click_before_its_due_date_is_told(
    tmp_path: Path,
) -> None:
    """Of 10/2023, 12/2023 and one not due yet, each with its result; two without any result."""
    rows = [
        dossier("2023-12-01", "2023-12-08", "", dossier_id="old", result_at="2023-12-08"),
        dossier("2023-10-02", "2023-10-09", "", dossier_id="oldest", result_at="2023-10-08"),
        dossier("2024-01-08", "2024-01-22", "", dossier_id="in time", result_at="2024-01-10"),
        dossier("2023-12-20", "2024-01-10", "", dossier_id="late", result_at=""),
        dossier("2023-09-01", "2023-09-08", "", dossier_id="forgotten", result_at=""),
        dossier("2024-01-08", "2024-01-22", "", dossier_id="not due", result_at=""),
    ]
    write_dossiers(tmp_path, [row | {"ward": "An Bình"} for row in rows])
    sheet = sheet_of(motcua.load("2024-01", data=tmp_path), AN_BINH)
    table = chapter.backlog_table(sheet)
    assert [row[0] for row in table.rows] == ["oldest", "old", "in time", "forgotten", "late"]
    # Days to 14/01/2024: from 08/09/2023 128, from 09/10 97, from 08/12 37, from 10/01 4.
    assert [row[3] for row in table.rows] == ["97", "37", "–", "128", "4"]
    told = chapter.conclusion(sheet)
    assert (
        "**tồn đọng 4 hồ sơ quá hạn** (2 hồ sơ trên 90 ngày, 1 hồ sơ từ 31 đến 90 ngày, 1 hồ sơ "
        "đến 30 ngày); " in told
    )
    assert "**3 hồ sơ đã có kết quả, chỉ còn bấm kết thúc**, trong đó 2 hồ sơ đã quá hạn." in told
    first, second, *_ = chapter.tasks(sheet).splitlines()
    assert first.startswith("1. **Bấm kết thúc ngay 3 hồ sơ**")
    assert second == "2. **Giải quyết ngay 2 hồ sơ quá hạn**, lâu nhất đã quá 128 ngày (mục 8)."
    drawn = chapter.backlog_by_age(sheet)
    assert drawn.table.rows == [["4", "2", "1", "1", "3"]]


def test_a_good_ward_with_one_old_open_dossier_is_told_of_it(tmp_path: Path) -> None:
    """40 of 40 on time, and one due on 09/10/2023: 97 days before 14/01/2024."""
    old = dossier("2023-10-02", "2023-10-09", "", dossier_id="old", ward="An Bình")
    write_dossiers(tmp_path, [*on_time(40, "An Bình"), old])
    sheet = sheet_of(motcua.load("2024-01", data=tmp_path), AN_BINH)
    told = chapter.conclusion(sheet)
    assert told.startswith("**An Bình giải quyết đúng hạn 100,00%** (40 trong 40 hồ sơ), **đạt")
    assert "Đến hết kỳ **tồn đọng 1 hồ sơ quá hạn** (1 hồ sơ trên 90 ngày)." in told
    assert "quá 97 ngày" in chapter.tasks(sheet)
    assert chapter.cards(sheet)[2] == {
        "label": "Hồ sơ tồn đọng quá hạn", "value": "1", "note": "1 hồ sơ trên 90 ngày",
    }  # fmt: skip


def test_a_clean_ward_has_nothing_to_act_on(month: Month) -> None:
    sheet = sheet_of(month, HO_NAI)
    assert "Không có hồ sơ tồn đọng quá hạn." in chapter.conclusion(sheet)
    told = chapter.backlog_table(sheet)
    assert told == "Không có hồ sơ quá hạn hoặc chờ bấm kết thúc nào còn phải xử lý."
    assert chapter.backlog_by_age(sheet) == ""


# What to do ------------------------------------------------------------------------------------


def test_a_ward_below_is_told_what_to_do_most_urgent_first(tam_phuoc: WardSheet) -> None:
    """3 of the 7 late were forgotten by their cause, 2 are enough: point 2 names the ward, too."""
    told = chapter.tasks(tam_phuoc).splitlines()
    assert [re.match(r"\d+\. \*\*(.+?)\*\*", line).group(1) for line in told] == [
        "Bấm kết thúc ngay 1 hồ sơ",
        "Giải quyết ngay 1 hồ sơ quá hạn",  # `closed after` needs nothing any more
        "Xin lỗi người dân về 4 hồ sơ",
        "Nộp minh chứng cho 3 hồ sơ",
        "Xem lại lý do trễ của 3 hồ sơ",
        "Nâng tỷ lệ đúng hạn lên trên 97%",
        "Chấm dứt tình trạng quên bấm kết thúc hồ sơ",
        "Giải trình 2 phản ánh của người dân",
        "Sửa 1 dòng dữ liệu không hợp lệ",
    ]
    assert "(mục 4)" in told[2]
    assert "(mục 1)" in told[5]
    assert "trả lời 1 phản ánh chưa có ngày trả lời (mục 3)" in told[7]


def test_a_sheet_tells_the_last_day_to_report(tam_phuoc: WardSheet) -> None:
    told = chapter.marking(tam_phuoc)  # ten working days after the letter's 24/01/2024
    assert "Báo cáo trước ngày 07/02/2024." in told


def test_orders_of_a_sheet_are_those_that_concern_the_ward(month: Month) -> None:
    numbers = {
        code: [order.number for order in sheet_of(month, code).orders]
        for code in (TAM_PHUOC, HO_NAI, AN_BINH)
    }
    assert numbers == {TAM_PHUOC: [1, 2, 3, 4, 8], HO_NAI: [4], AN_BINH: [4]}


def test_a_ward_below_hears_how_clear_it_is_and_what_may_be_late_next_month(
    tam_phuoc: WardSheet,
) -> None:
    """30 of 37 are 81,08%, Wilson at most 90,5%; of 37 next month 1 may be late: 36/37 = 97,3%."""
    told = chapter.conclusion(tam_phuoc)
    assert told.startswith(
        "**Tam Phước giải quyết đúng hạn 81,08%** (30 trong 37 hồ sơ), **dưới mục tiêu 97%, thấp "
        "rõ rệt**."
    )
    assert "Để tháng sau đạt 97%, với khoảng 37 hồ sơ, số hồ sơ trễ hạn không được quá 1;" in told
    assert "; 3 hồ sơ tồn đọng quá hạn, khi kết thúc, đều tính là trễ hạn." in told
    assert "Xếp thứ" not in told


def test_a_ward_with_few_dossiers_below_is_to_be_watched(tmp_path: Path) -> None:
    """19 of 20 are 95%, Wilson up to 99,1%: not clear. Of 20 none may be late: 19/20 < 97%."""
    write_dossiers(tmp_path, [*on_time(19, "An Bình"), *late(1, "An Bình")])
    told = chapter.conclusion(sheet_of(motcua.load("2024-01", data=tmp_path), AN_BINH))
    assert (
        "95,00%** (19 trong 20 hồ sơ), **dưới mục tiêu 97%; số hồ sơ ít, cần theo dõi thêm**"
        in told
    )
    assert "Để tháng sau đạt 97%, với khoảng 20 hồ sơ, không được có hồ sơ nào trễ hạn." in told


@pytest.mark.parametrize(
    ("counted", "line", "room"),
    [
        ([100], 97, (100, 3)),  # 97/100 is not below
        ([99], 97, (99, 2)),  # 97/99 = 97,98%; 96/99 = 96,97%
        ([33], 97, (33, 0)),  # 32/33 = 96,97%
        ([34], 97, (34, 1)),  # 33/34 = 97,06%
        ([80, 0, 120, 100, 90], 97, (90, 2)),  # 80, 90, 100, 120: the lower middle; 88/90 = 97,8%
        ([200], 100, (200, 0)),
        ([0, 0], 97, (0, 0)),
    ],
)
def test_what_may_be_late_next_month_is_exact(
    counted: list[int], line: int, room: tuple[int, int]
) -> None:
    assert room_for_late(counted, Fraction(line)) == room


def test_a_ward_above_is_told_so_without_a_word_on_chance(month: Month) -> None:
    """Of 300 next month 9 may be late: 291/300 = 97%."""
    sheet = sheet_of(month, HO_NAI)
    told = chapter.conclusion(sheet)
    assert told.startswith(
        "**Hố Nai giải quyết đúng hạn 100,00%** (300 trong 300 hồ sơ), **đạt mục tiêu 97%**"
    )
    assert "Để tháng sau đạt 97%, với khoảng 300 hồ sơ, số hồ sơ trễ hạn không được quá 9." in told
    assert "chắc chắn" not in told
    assert chapter.tasks(sheet).startswith("Không có việc nào phải khắc phục")
    assert chapter.late_table(sheet) == "Không có hồ sơ nào trễ hạn trong kỳ."
    assert chapter.complaints_table(sheet) == "Không có phản ánh nào của người dân trong kỳ."


def test_a_ward_exactly_at_the_threshold_is_not_called_below(month: Month) -> None:
    assert "97,00%** (97 trong 100 hồ sơ), **vừa đạt mục tiêu 97%**" in chapter.conclusion(
        sheet_of(month, TAN_VAN)
    )


def test_better_or_worse_is_said_of_a_signal_alone(tmp_path: Path) -> None:
    """In 2023 1 and 2 of 50 late by turns; 20 of 50 in January."""
    late_ones = {f"2023-{m:02d}": 2 - m % 2 for m in range(1, 13)} | {"2024-01": 20}
    rows = [
        dossier(f"{name}-02", f"{name}-05", f"{name}-0{9 if n < bad else 4}", ward="An Bình")
        for name, bad in late_ones.items()
        for n in range(50)
    ]
    write_dossiers(tmp_path, rows)
    december, january = (
        plain(chapter.conclusion(sheet_of(motcua.load(name, data=tmp_path), AN_BINH)))
        for name in ("2023-12", "2024-01")
    )
    assert "giảm 2,00 điểm; trong dao động bình thường" in december
    assert "giảm 36,00 điểm; tháng này thấp hơn hẳn mức thường thấy của đơn vị" in january


def test_a_ward_without_any_row_has_a_sheet_that_says_so(month: Month) -> None:
    sheet = sheet_of(month, AN_BINH)
    assert chapter.conclusion(sheet).startswith("**An Bình không có hồ sơ nào trong kỳ**")
    values = [(card["value"], card["note"]) for card in chapter.cards(sheet)]
    assert values[0] == ("–", "không phát sinh")
    assert {value for value, _ in values[1:]} == {"0"}
    assert "Không có hồ sơ tồn đọng quá hạn." in chapter.conclusion(sheet)
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
        ("Hồ sơ tồn đọng quá hạn", "3"),
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
    assert "Sửa 4 dòng dữ liệu không hợp lệ" in chapter.tasks(sheet)
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


def test_an_open_dossier_is_finished_by_the_first_of_its_result_and_its_return(tmp_path) -> None:
    """What is dated after the last day, 14 January, is not there yet."""
    days = {
        "result alone": ("2024-01-09", "", "2024-01-09"),
        "return alone": ("", "2024-01-10", "2024-01-10"),
        "return first": ("2024-01-09", "2024-01-08", "2024-01-08"),
        "result first": ("2024-01-08", "2024-01-09", "2024-01-08"),
        "return after": ("2024-01-12", "2024-01-15", "2024-01-12"),
        "last hour": ("2024-01-14 23:00", "", "2024-01-14"),
        "both after": ("2024-01-15", "2024-01-16", ""),
        "neither": ("", "", ""),
    }
    rows = [
        dossier(dossier_id=number, result_at=result, returned_at=returned)
        for number, (result, returned, _) in days.items()
    ]
    table = open_dossiers(load_rows(tmp_path, rows))
    assert table["dossier_id"].to_dict() == dict(enumerate(sorted(days)))  # all due on one day
    finished = table.set_index("dossier_id")["finished_at"]
    told = finished.dt.strftime("%Y-%m-%d").fillna("").to_dict()
    assert told == {number: first for number, (*_, first) in days.items()}
