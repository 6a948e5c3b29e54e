"""Headings and furniture: which rows name columns, which hold records, what is told or refused."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest
from exports import HEAD, record, write_csv, write_xlsx
from motcua.base.errors import InputError, MissingColumns
from motcua.base.params import Params
from motcua.base.reference import REQUIRED
from motcua.reading.header import RawTable, read_tables, starting_profile
from motcua.reading.inputs import load_inputs

RECORDS = [record(f"HS-00{n}") for n in range(1, 5)]
TURNED = ["Mã hồ sơ", "Đơn vị", "Ngày nhận", "Ngày kết thúc", "Hẹn trả kết quả"]
NAME = "Trần Thị Mẫu"


def tables(folder: Path, rows: Sequence[Sequence] | dict, kind: str = "dossiers") -> list[RawTable]:
    """Tables of a workbook; those of a csv file of the same rows must be the same."""
    found = read_tables(write_xlsx(folder / "a.xlsx", rows), kind, {})
    if not isinstance(rows, dict):
        other = read_tables(write_csv(folder / "a.csv", rows), kind, {})
        assert [t.frame["row"].tolist() for t in other] == [t.frame["row"].tolist() for t in found]
    return found


def told(found: list[RawTable]) -> str:
    return " ".join(note for table in found for note in table.notes)


def ids(found: list[RawTable]) -> list[list]:
    return [table.frame["dossier_id"].tolist() for table in found]


# Headings ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "above"),
    [(["Phần hai", "của", "danh sách"], 2), (["Phần hai", "của", "danh sách", "dài"], 3)],
)
@pytest.mark.parametrize("below", [1, 2, 3, 4])  # rows of a heading are looked at with three more
def test_the_row_right_above_a_heading_is_its_title_up_to_three_cells(
    tmp_path: Path, title: list, above: int, below: int
) -> None:
    found = tables(tmp_path, [HEAD, *RECORDS[:2], title, [], TURNED, *RECORDS[:below]])
    assert [len(table.frame) for table in found] == [above, below]


@pytest.mark.parametrize(("beside", "is_read"), [("HS-002", True), ("xem lại", False)])
def test_numbers_may_stand_in_both_columns_under_their_heading(
    tmp_path: Path, beside: str, is_read: bool
) -> None:
    heading, rest = HEAD[0], record()[1:]
    [table] = tables(
        tmp_path, [[heading, None, *HEAD[1:]], ["HS-001", None, *rest], [None, beside, *rest]]
    )
    assert (beside in table.frame["dossier_id"].tolist()) == is_read


def test_of_sheets_that_lack_as_much_the_first_is_told(tmp_path: Path) -> None:
    rows = [row[:3] + row[4:] for row in ([*HEAD], *RECORDS)]  # without "Ngày hẹn trả"
    with pytest.raises(MissingColumns, match="trang 1: 'Ngày hẹn trả'"):
        tables(tmp_path, {"T1": rows, "T2": rows, "T3": rows})


@pytest.mark.parametrize(
    ("title", "later", "count"),
    [
        (["Sổ tờ 1", "Quyển số 2", "Tuần 3"], ["Sổ tờ 11", "Quyển số 2", "Tuần 4"], 4),
        (["Sổ tờ 1", "Quyển số 2", "T3"], ["Sổ tờ 11", "Quyển số 2", "T4"], 5),
    ],
    ids=["words and numbers", "a word that may be a number"],
)
def test_a_title_that_comes_again_with_other_numbers_is_no_record(
    tmp_path: Path, title: list, later: list, count: int
) -> None:
    [table] = tables(tmp_path, [title, HEAD, *RECORDS[:2], later, *RECORDS[2:]])
    assert len(table.frame) == count


@pytest.mark.parametrize(("right", "is_read"), [(3, True), (4, False)])
def test_a_heading_is_merged_over_three_columns_at_most(
    tmp_path: Path, right: int, is_read: bool
) -> None:
    number, ward, received, due, closed = HEAD
    blank = [None] * 4
    rows = [[number, ward, received, closed, due, *blank, "Kênh thực hiện"]]
    for n in (1, 2):
        filled = [*blank[: right - 1], "10/01/2024", *blank[right:]]
        rows += [[f"HS-00{n}", "Tân Biên", "02/01/2024", "09/01/2024", None, *filled, "Trực tiếp"]]
    [table] = tables(tmp_path, rows)
    assert ("10/01/2024" in table.frame["due_at"].tolist()) == is_read


@pytest.mark.parametrize(
    "heading",
    [
        [TURNED],
        [[*TURNED, "Lý do trễ hẹn", "Kênh thực hiện"]],
        [["Mã hồ sơ", "Đơn vị", "Ngày, tháng, năm"], [None, None, *TURNED[2:]]],
    ],
    ids=["other order", "more columns", "two tiers"],
)
@pytest.mark.parametrize("far", [0, 700], ids=["near", "in a later piece"])
def test_a_later_heading_begins_a_table_with_its_own_columns(
    tmp_path: Path, heading: list, far: int
) -> None:
    first = [record(f"X-{n:03}") for n in range(far)] + RECORDS[:2]
    rows = [["I. ĐÚNG HẠN"], HEAD, *first, [], ["II. TRỄ HẠN"], *heading, *RECORDS[2:]]
    above, below = tables(tmp_path, rows)
    assert len(above.frame) == far + 2
    assert below.frame["dossier_id"].tolist() == ["HS-003", "HS-004"]
    assert above.frame["due_at"].tolist()[-1] == "10/01/2024"
    assert below.frame["closed_at"].tolist() == ["10/01/2024"] * 2
    assert below.frame["due_at"].tolist() == ["09/01/2024"] * 2


def test_a_later_heading_that_lacks_a_column_is_refused_with_its_row(tmp_path: Path) -> None:
    other = [*HEAD[:3], "Hạn chót", HEAD[4]]
    with pytest.raises(MissingColumns, match=r"trang 1, dòng 4: 'Ngày hẹn trả'"):
        tables(tmp_path, [HEAD, *RECORDS[:2], other, *RECORDS[2:]])


def test_records_above_the_first_whole_heading_are_refused(tmp_path: Path) -> None:
    other = [*HEAD[:3], "Hạn chót", HEAD[4]]
    with pytest.raises(MissingColumns, match="dòng 1: 'Ngày hẹn trả'"):
        tables(tmp_path, [other, *RECORDS[:2], HEAD, *RECORDS[2:]])
    with pytest.raises(InputError, match=r"dòng 1 giống một hồ sơ .* \(dòng 3\)"):
        tables(tmp_path, [*RECORDS[:2], HEAD, *RECORDS[2:]])


@pytest.mark.parametrize("at", [0, 1, 3])
@pytest.mark.parametrize("days", [("03/01/2024", "05/01/2024"), (date(2024, 1, 3), None), ("", "")])
def test_a_value_that_reads_like_a_heading_is_a_value(tmp_path: Path, at: int, days: tuple) -> None:
    rows = [[*row, "Đã xong", "Nguyễn Văn Thử"] for row in RECORDS]
    rows[at] = ["HS-1", "Tân Biên", days[0], days[1], None, "Cán bộ tiếp nhận", NAME]
    path = write_xlsx(tmp_path / "a.xlsx", [[*HEAD, "Bước hiện tại", "Chủ hồ sơ"], *rows])
    (table,) = read_tables(path, "dossiers", {})
    assert table.frame["row"].tolist() == [2, 3, 4, 5]
    assert table.unknown == ["Bước hiện tại"]
    assert NAME not in repr(table)


def test_a_state_of_an_incident_that_reads_like_a_heading_is_a_value(tmp_path: Path) -> None:
    head = ["Số phiếu", "Mã hồ sơ", "Thời điểm báo lỗi", "Tình trạng"]
    rows = [["P1", "HS-1", "02/01/2024", "Kết thúc"], ["P2", "HS-2", "03/01/2024", "Đang xử lý"]]
    assert ids(tables(tmp_path, [head, *rows], "incidents")) == [["HS-1", "HS-2"]]


def test_lists_side_by_side_are_all_read(tmp_path: Path) -> None:
    rows = [
        ["DANH SÁCH HỒ SƠ"],
        ["STT", *HEAD, "STT", *HEAD],
        [1, *RECORDS[0], 2, *RECORDS[1]],
        [3, *RECORDS[2]],
    ]
    assert ids(tables(tmp_path, rows)) == [["HS-001", "HS-003"], ["HS-002"]]


def closings(folder: Path, head: list, *rows: Sequence) -> tuple[list, str]:
    """Closing days that are read where several columns may mean them, and what is told."""
    every = [[*record(f"HS-00{n}")[:4], *row] for n, row in enumerate(rows, start=1)]
    found = tables(folder, [[*HEAD[:4], *head], *every])
    return [value or "" for t in found for value in t.frame["closed_at"]], told(found)


@pytest.mark.parametrize(
    ("head", "note"),
    [
        ([HEAD[4], HEAD[4]], "có hai lần"),
        ([HEAD[4], ""], "gộp nhiều cột"),
        ([HEAD[4], "Ngày hoàn thành"], "trống ở mọi dòng, đọc cột 'Ngày hoàn thành'"),
    ],
)
def test_an_empty_column_gives_way_to_the_filled_one_which_is_told(
    tmp_path: Path, head: list, note: str
) -> None:
    values, notes = closings(tmp_path, head, ["", "09/01/2024"], ["", ""], ["", "11/01/2024"])
    assert values == ["09/01/2024", "", "11/01/2024"]
    assert note in notes


@pytest.mark.parametrize("second", [HEAD[4], ""])
def test_two_columns_under_one_heading_are_put_together(tmp_path: Path, second: str) -> None:
    rows = [["09/01/2024", ""], ["", "11/01/2024"]]
    values, notes = closings(tmp_path, [HEAD[4], second], *rows)
    assert values == ["09/01/2024", "11/01/2024"]
    assert notes


def test_the_same_heading_twice_with_other_values_is_refused(tmp_path: Path) -> None:
    rows = [[HEAD[4], HEAD[4]], ["08/01/2024", "09/01/2024"]]
    with pytest.raises(InputError, match="'Ngày kết thúc xử lý' có hai lần và hai cột có giá trị"):
        closings(tmp_path, *rows)


def test_a_remark_beside_an_empty_cell_is_no_day(tmp_path: Path) -> None:
    assert closings(tmp_path, [HEAD[4], ""], ["", "đang chờ"], ["09/01/2024", ""]) == (
        ["", "09/01/2024"],
        "",
    )


def test_only_a_heading_that_fills_no_column_yet_is_offered(tmp_path: Path) -> None:
    head = [*HEAD[:3], "Ngày phải trả", "Ngày trả", HEAD[4]]
    with pytest.raises(MissingColumns) as error:
        tables(tmp_path, [head])
    assert "Có phải là 'Ngày phải trả'?" in str(error.value)
    with pytest.raises(MissingColumns) as error:
        tables(tmp_path, [[head[0], *head[1:3], *head[4:]]])
    assert "Có phải" not in str(error.value)


def test_no_name_is_shown_of_a_file_without_a_heading(tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        tables(tmp_path, [[NAME, "Kết thúc", "Cán bộ tiếp nhận"], ["Nguyễn Văn Thử", "x", "y"]])
    assert NAME not in str(error.value)


# Furniture --------------------------------------------------------------------------------------

FURNITURE = [
    ["Trang 2/5", None, None, "Ngày in: 18/01/2024"],
    ["Tr. 3"],
    ["- 2 -"],
    ["2/5"],
    ["I", "UBND phường Tân Tiến"],
    ["II.", None, "Phường An Bình"],
    ["Phường: An Bình (120 hồ sơ)"],
    ["A. Lĩnh vực Hộ tịch"],
    ["Phường An Bình", None, "12 hồ sơ"],
    ["20/12/2023"],
    ["Cộng", 2, None, None, 1],
    ["Cộng phường Tân Hòa", None, None, None, "2 hồ sơ"],
    ["Tổng phường An Bình:", 2, "hồ sơ", "trễ hạn", 0],
    [None, "Tổng số hồ sơ: 120"],
    ["Lũy kế", 6, None, None, 2],
    ["Số lượng", None, 120],
    ["Grand total", 120],
    [None, None, "Biên Hòa, ngày 18 tháng 01 năm 2024"],
]


@pytest.mark.parametrize("row", FURNITURE, ids=repr)
@pytest.mark.parametrize("place", [0, 2, 4], ids=["above", "between", "below"])
def test_furniture_of_a_printed_list_is_no_record(tmp_path: Path, row: list, place: int) -> None:
    rows = [*RECORDS[:place], row, *RECORDS[place:]]
    assert ids(tables(tmp_path, [HEAD, *rows])) == [["HS-001", "HS-002", "HS-003", "HS-004"]]


def test_page_titles_and_headings_repeated_with_other_digits_are_no_records(tmp_path: Path) -> None:
    title = [["UBND THÀNH PHỐ", None, "CỘNG HÒA"], ["SỔ THEO DÕI, quyển 1"], HEAD]
    later = [["UBND THÀNH PHỐ", None, "CỘNG HÒA"], ["SỔ THEO DÕI, quyển 2"], ["Lần in 7"], HEAD]
    found = tables(tmp_path, [*title, *RECORDS[:2], *later, *RECORDS[2:]])
    assert ids(found) == [["HS-001", "HS-002", "HS-003", "HS-004"]]


def test_nothing_below_a_signature_is_a_record_but_what_has_a_number_or_a_day(
    tmp_path: Path,
) -> None:
    signature = [
        [None, "NGƯỜI LẬP BIỂU", None, "THỦ TRƯỞNG ĐƠN VỊ"],
        [None, "(Ký, ghi rõ họ tên)"],
        [None, NAME, None, "Nguyễn Văn Thử"],
    ]
    (table,) = tables(tmp_path, [HEAD, *RECORDS[:2], *signature, *RECORDS[2:]])
    assert table.frame["row"].tolist() == [2, 3, 7, 8]


def test_a_summary_below_a_list_is_no_record(tmp_path: Path) -> None:
    summary = [
        ["Đơn vị", "Tổng số", "Đúng hạn", "Trễ hạn", "Sớm hạn"],
        ["Tân Biên", 120, 100, 20, 1],
    ]
    assert ids(tables(tmp_path, [HEAD, *RECORDS, [], *summary])) == [
        ["HS-001", "HS-002", "HS-003", "HS-004"]
    ]


@pytest.mark.parametrize(
    "row",
    [
        [None, "Tân Biên", "02/01/2024", None, None],
        ["Không có mã", "Tân Biên", "02/01/2024", None, None],
        ["hồ sơ giấy", "Phường Tân Biên", "02/01/2024", None, None],
        ["Tổng hợp 001", "Tân Biên", "02/01/2024", None, None],
        ["Cộng đồng", "Tân Biên", None, None, None],
        ["Chủ tịch ký", "Tân Biên", None, None, None],
        ["000.00.01.H19", None, None, None, None],
        ["Tổng 12", "Tân Biên", "02/01/2024", "10/01/2024", None],
    ],
    ids=repr,
)
def test_a_dossier_with_a_strange_number_stays_a_row(tmp_path: Path, row: list) -> None:
    assert [len(t.frame) for t in tables(tmp_path, [HEAD, *RECORDS, row])] == [5]


def test_an_order_without_a_day_is_a_record_and_its_total_is_none(tmp_path: Path) -> None:
    head = ["Đơn vị", "Chỉ đạo số", "Trạng thái thực hiện"]
    rows = [["Phường Tân Biên", 1, None], ["Phường Hố Nai", 2, "Đang"], ["Tổng cộng", 2, None]]
    (table,) = tables(tmp_path, [head, *rows], "followup")
    assert table.frame["row"].tolist() == [2, 3]


# Sheets and folders -----------------------------------------------------------------------------

FEEDBACK = [
    ["Mã phản ánh", "Đơn vị bị phản ánh", "Ngày phản ánh", "Kênh phản ánh"],
    ["PA-1", "Tân Biên", "02/01/2024", "1022"],
]
INCIDENTS = [["Số phiếu", "Mã hồ sơ", "Thời điểm báo lỗi"], ["P-1", "HS-1", "02/01/2024"]]
FOLLOWUP = [["Kỳ báo cáo", "Đơn vị", "Chỉ đạo số"], ["01/2024", "Tân Biên", 1]]
LISTS = {
    "dossiers": [HEAD, *RECORDS],
    "feedback": FEEDBACK,
    "incidents": INCIDENTS,
    "followup": FOLLOWUP,
}


@pytest.mark.parametrize("kind", LISTS)
@pytest.mark.parametrize("folder", LISTS)
def test_a_list_in_the_wrong_folder_is_refused_with_the_right_one(
    tmp_path: Path, kind: str, folder: str
) -> None:
    if kind == folder:
        assert len(tables(tmp_path, LISTS[kind], folder)) == 1
        return
    with pytest.raises(InputError, match=rf"chuyển tệp vào thư mục `{kind}/`"):
        tables(tmp_path, LISTS[kind], folder)


def test_complaints_with_all_dates_of_their_dossiers_stay_complaints(tmp_path: Path) -> None:
    head = ["Mã phản ánh", "Mã hồ sơ", "Đơn vị", *HEAD[2:], "Loại phản ánh"]
    row = ["PA-1", "HS-1", "Tân Biên", "02/01/2024", "10/01/2024", "", "Chậm trễ"]
    assert len(tables(tmp_path, [head, row], "feedback")[0].frame) == 1


def test_a_sheet_that_goes_on_without_a_heading_is_read_and_told(tmp_path: Path) -> None:
    found = tables(tmp_path, {"a": [HEAD, *RECORDS[:2]], "b": RECORDS[2:]})
    assert ids(found) == [["HS-001", "HS-002"], ["HS-003", "HS-004"]]
    assert told(found) == "trang 2: không có dòng tiêu đề, đọc theo tiêu đề của trang trước."


@pytest.mark.parametrize(
    "sheet",
    [
        [[*HEAD[:4], "Ngày hoàn tất"], *RECORDS[2:]],
        [HEAD[:4], *(row[:4] for row in RECORDS)],
        [["HS-12345", *RECORDS[0][2:]], ["HS-12346", *RECORDS[1][2:]]],
    ],
    ids=["another wording", "a column less", "no heading and other columns"],
)
def test_a_sheet_that_may_hold_dossiers_stops_the_run(tmp_path: Path, sheet: list) -> None:
    with pytest.raises(InputError, match="trang 2"):
        tables(tmp_path, {"a": [HEAD, *RECORDS[:2]], "b": sheet, "c": [HEAD, RECORDS[3]]})


def test_other_sheets_beside_a_list_are_named(tmp_path: Path) -> None:
    sheets = {
        "bìa": [["BÁO CÁO"], ["Biên Hòa"]],
        "trống": [],
        "a": [HEAD, *RECORDS],
        "trễ": [["Mã hồ sơ", "Đơn vị", "Ngày hẹn trả"], ["HS-001", "Tân Biên", "10/01/2024"]],
        "tổng hợp": [
            ["Đơn vị", "Tổng số", "Đúng hạn", "Quá hạn", "Tồn kỳ trước"],
            ["A", 1, 1, 0, 0],
        ],
        "dân": FEEDBACK,
    }
    found = tables(tmp_path, sheets)
    assert ids(found) == [["HS-001", "HS-002", "HS-003", "HS-004"]]
    assert list(found[0].notes) == [
        "trang 1: không phải danh sách hồ sơ, không đọc.",
        "trang 4: các hồ sơ của trang này đã có ở trang khác, không đọc.",
        "trang 5: bảng tổng hợp, không đọc.",
        "trang 6: danh sách phản ánh (đặt ở tệp riêng trong thư mục `feedback/`), không đọc.",
    ]


def test_what_a_reader_must_know_stays_with_the_inputs(tmp_path: Path) -> None:
    write_xlsx(tmp_path / "dossiers" / "a.xlsx", {"a": [HEAD, *RECORDS], "b": [["Ghi chú"]]})
    for _ in range(2):  # read, and from the cache
        assert load_inputs(tmp_path, Params()).notes == (
            "dossiers/a.xlsx: trang 2: không phải danh sách hồ sơ, không đọc.",
        )


# A starting profile ----------------------------------------------------------------------------


def test_a_starting_profile_looks_at_the_first_sheet_that_holds_anything(tmp_path: Path) -> None:
    rows = [["Số phiếu", "Mã đơn vị"], ["P-1", "Q1"]]
    write_xlsx(tmp_path / "dossiers" / "a.xlsx", {"T1": [], "T2": [[], [None, ""]], "T3": rows})
    assert starting_profile("mau", tmp_path).endswith("các tiêu đề còn lại: Số phiếu, Mã đơn vị")


@pytest.mark.parametrize("name", ["a.csv", "a.xlsx"])
def test_a_starting_profile_of_a_file_without_cells_knows_no_column(
    tmp_path: Path, name: str
) -> None:
    file = tmp_path / "dossiers" / name
    write_xlsx(file, []) if name == "a.xlsx" else write_csv(file, [[]], encoding="utf-8")
    told = starting_profile("mau", tmp_path).splitlines()
    unknown = [line for line in told if line.startswith("# columns.")]
    assert [line.split(":")[0].rpartition(".")[2] for line in unknown] == REQUIRED["dossiers"]
