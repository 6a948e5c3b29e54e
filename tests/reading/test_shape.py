"""The reader finds the header and the columns, however an export is laid out."""

from __future__ import annotations

import gzip
import unicodedata
from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from exports import HEAD, record, text_of, write_csv, write_xlsx
from motcua.base.errors import InputError, MissingColumns, ParameterError
from motcua.reading.header import RawTable, read_tables

# Headings seen in real exports -> canonical column; None: not a column of ours.
HEADINGS = {
    "dossier_id": "Mã hồ sơ|Số hồ sơ|Mã số hồ sơ|MaHoSo|Số biên nhận|Mã biên nhận|Số tiếp nhận",
    "procedure": "Tên thủ tục hành chính|Tên thủ tục|Thủ tục|Thủ tục hành chính|Nội dung hồ sơ"
    "|Tên nội dung|TTHC|Tên TTHC|Loại hồ sơ|Mã thủ tục|Mã TTHC|MaTTHC",
    "field": "Lĩnh vực|Tên lĩnh vực|Lĩnh vực, công việc giải quyết theo cấp|Nhóm thủ tục",
    "ward": "Đơn vị|Tên đơn vị|Đơn vị tiếp nhận|Cơ quan/đơn vị|DonViXuLy|UBND phường, xã|Phường/xã"
    "|Cơ quan thực hiện",
    "division": "Bộ phận xử lý|Phòng ban|Đơn vị xử lý|Đơn vị đang xử lý",
    "official": "Người tiếp nhận|Cán bộ tiếp nhận|Người nhận hồ sơ|Cán bộ thụ lý|Người xử lý"
    "|Cán bộ xử lý hiện tại|Đơn vị/ cá nhân giải quyết",
    "channel": "Loại tiếp nhận|Kênh thực hiện|Hình thức nộp",
    "received_at": "Ngày tiếp nhận|Ngày nhận|Nhận hồ sơ|Ngày nhận hồ sơ|Thời gian tiếp nhận",
    "due_at": "Ngày hẹn trả|Hẹn trả kết quả|Ngày hẹn trả trước|Ngày hẹn trả kết quả|Hạn trả"
    "|Hạn xử lý|Ngày hẹn",
    "rescheduled_due_at": "Ngày hẹn trả mới|Ngày hẹn lại",
    "result_at": "releaseDate|Ngày có kết quả|Ngày ký|Ngày nhận kết quả từ CQ giải quyết",
    "closed_at": "Ngày kết thúc xử lý|NgayKetThucXuLy|Ngày hoàn thành|Ngày kết thúc",
    "returned_at": "Ngày trả|Ngày trả kết quả|Ngày nhận kết quả|Ngày trả thực tế",
    "status": "Trạng thái|Trạng thái hồ sơ|Tên trạng thái|Tình trạng",
    "late_cause": "Lý do trễ hẹn|Nguyên nhân quá hạn|Lý do trễ hạn|Ghi chú trễ hạn",
    None: "STT|Chủ hồ sơ|Họ tên chủ hồ sơ|Người nộp|Người nộp hồ sơ|Tên công dân/tổ chức|Địa chỉ"
    "|Địa chỉ chủ hồ sơ|SĐT chủ hồ sơ|Số điện thoại|Điện thoại|CCCD/CMND|Email|Ngày nộp hồ sơ"
    "|Ngày nộp|Ghi chú|Tổng số|Kỳ trước|Trong kỳ|Quá hạn|Tỷ lệ trước hạn, đúng hạn",
}
CASES = [(heading, column) for column, names in HEADINGS.items() for heading in names.split("|")]
WAYS = {
    "as written": lambda h: h,
    "in capitals": str.upper,
    "with spaces and a line break": lambda h: "  " + h.replace(" ", " \n", 1) + "\u00a0",
    "decomposed": lambda h: unicodedata.normalize("NFD", h),
    "without tones": lambda h: "".join(
        c
        for c in unicodedata.normalize("NFD", h.replace("đ", "d").replace("Đ", "D"))
        if c.isascii()
    ),
}


def read(path: Path, kind: str = "dossiers", **columns: str) -> RawTable:
    (table,) = read_tables(path, kind, columns)
    return table


def numbers(table: RawTable) -> list:
    return table.frame["dossier_id"].tolist()


# Headings -------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("heading", "column"), CASES)
def test_every_heading_seen_in_exports_is_known(
    tmp_path: Path, heading: str, column: str | None, way: str
) -> None:
    others = dict(
        zip(("dossier_id", "ward", "received_at", "due_at", "closed_at"), HEAD, strict=True)
    )
    others.pop(column, None)
    head = [*others.values(), WAYS[way](heading)]
    path = write_csv(tmp_path / "a.csv", [head, ["x"] * len(head)])
    expected = set(others) | ({column} - {None})
    assert set(read(path).headings) == expected


def test_the_original_due_date_is_the_one_before_rescheduling(tmp_path: Path) -> None:
    head = [
        "Mã hồ sơ",
        "Đơn vị",
        "Ngày nhận",
        "Ngày hẹn trả mới",
        "Ngày hẹn trả trước",
        "Ngày kết thúc",
    ]
    row = ["HS-1", "Tân Biên", "02/01/2024", "12/01/2024", "10/01/2024", "11/01/2024"]
    frame = read(write_csv(tmp_path / "a.csv", [head, row])).frame
    assert frame.loc[0, ["due_at", "rescheduled_due_at"]].tolist() == ["10/01/2024", "12/01/2024"]


def test_when_two_headings_mean_one_column_the_usual_one_counts(tmp_path: Path) -> None:
    rows = [["Ngày nhận", *HEAD], ["31/12/2023", *record()]]
    assert read(write_csv(tmp_path / "a.csv", rows)).frame["received_at"].tolist() == ["02/01/2024"]


def test_params_columns_win_over_the_known_headings(tmp_path: Path) -> None:
    rows = [[*HEAD, "Hạn gốc"], [*record(), "05/01/2024"]]
    table = read(write_csv(tmp_path / "a.csv", rows), due_at="HẠN GỐC")
    assert table.frame["due_at"].tolist() == ["05/01/2024"]


def test_params_columns_that_name_no_column_of_ours_are_refused(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [HEAD, record()])
    with pytest.raises(ParameterError, match="không có cột chuẩn 'due_att'. Có phải là 'due_at'"):
        read(path, due_att="Ngày hẹn trả")


def test_only_known_columns_leave_the_file(tmp_path: Path) -> None:
    rows = [[*HEAD, "Chủ hồ sơ", "Ghi chú"], [*record(), "Nguyễn Văn An", "0912345678"]]
    table = read(write_csv(tmp_path / "a.csv", rows))
    assert "Nguyễn" not in repr(table)
    assert "0912345678" not in repr(table)


# Headers in tiers, title blocks, rows that are no records --------------------------------------

TITLE = [
    ["ỦY BAN NHÂN DÂN", None, None, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"],
    ["THÀNH PHỐ BIÊN HÒA", None, None, "Độc lập - Tự do - Hạnh phúc"],
    [],
    ["DANH SÁCH HỒ SƠ"],
    ["Từ ngày 15/12/2023 đến ngày 14/01/2024"],
    [],
]
TWO_TIERS = [
    ["STT", "Mã hồ sơ", "Đơn vị", "Ngày, tháng, năm", None, None, "Chủ hồ sơ"],
    [None, None, None, "Nhận hồ sơ", "Hẹn trả kết quả", "Ngày kết thúc", None],
]
FOUR_TIERS = [
    ["STT", "Hồ sơ", None, "Giải quyết", None, None, "Ghi chú"],
    [None, "Mã hồ sơ", "Đơn vị", "Ngày, tháng, năm", None, None, None],
    [None, None, None, "Tiếp nhận và hẹn", None, "Kết thúc", None],
    [None, None, None, "Ngày nhận", "Ngày hẹn trả", "Ngày kết thúc", None],
]
ROWS = [
    [1, "HS-1", "Tân Biên", "02/01/2024", "10/01/2024", "09/01/2024", "Nguyễn Văn An"],
    [2, "HS-2", "Hố Nai", "03/01/2024", "10/01/2024", None, "Trần Thị Bình"],
]
MERGED = {
    2: ["D7:F7", "A7:A8", "B7:B8", "C7:C8", "G7:G8"],
    4: ["D7:F7", "D8:F8", "D9:E9", "B8:B10"],
}


def test_a_unit_merged_over_its_rows_in_the_first_column_counts_for_each(tmp_path: Path) -> None:
    header = ["Đơn vị", "Mã hồ sơ", "Ngày tiếp nhận", "Ngày hẹn trả", "Ngày kết thúc"]
    days = ["02/01/2024", "10/01/2024", "09/01/2024"]
    rows = [["Tân Biên", "HS-1", *days], [None, "HS-2", *days], ["Hố Nai", "HS-3", *days]]
    table = read(write_xlsx(tmp_path / "a.xlsx", [header, *rows], ["A2:A3"]))
    assert table.frame["ward"].tolist() == ["Tân Biên", "Tân Biên", "Hố Nai"]


@pytest.mark.parametrize("header", [TWO_TIERS, FOUR_TIERS], ids=["two tiers", "four tiers"])
@pytest.mark.parametrize("title", [TITLE, []], ids=["title block", "no title"])
def test_a_header_of_several_tiers_is_found(
    tmp_path: Path, header: list[list], title: list[list]
) -> None:
    merges = MERGED[len(header)] if title else []
    table = read(write_xlsx(tmp_path / "a.xlsx", [*title, *header, *ROWS], merges))
    assert numbers(table) == ["HS-1", "HS-2"]
    assert table.frame["received_at"].tolist() == ["02/01/2024", "03/01/2024"]
    assert table.frame["row"].tolist() == [len(title) + len(header) + i for i in (1, 2)]


def test_headings_are_told_as_the_file_writes_them_even_in_an_upper_tier(tmp_path: Path) -> None:
    headings = read(write_xlsx(tmp_path / "a.xlsx", [*TITLE, *TWO_TIERS, *ROWS])).headings
    assert headings["dossier_id"] == "Mã hồ sơ"
    assert headings["due_at"] == "Hẹn trả kết quả"


def test_a_title_cell_that_reads_like_a_heading_is_no_heading(tmp_path: Path) -> None:
    rows = [
        ["Đơn vị", "Văn phòng"],
        ["STT", "Tên đơn vị", "Mã hồ sơ", *HEAD[2:]],
        [1, "Hố Nai", "HS-1"],
    ]
    assert read(write_xlsx(tmp_path / "a.xlsx", rows)).frame["ward"].tolist() == ["Hố Nai"]


@pytest.mark.parametrize(
    "row",
    [
        ["(1)", "(2)", "(3)", "(4)", "(5)", "(6)", "(7)"],
        ["A", "B", "(1)=2+3", "(2)", "(3)", "(4)=5+7", "(5)"],
        ["A", "B", 1, 2, 3, 4, 5],
        [1, 2, 3, 4, 5, 6, 7],
        ["I", "Xã, phường, thị trấn"],
        ["Sở ban ngành"],
        [None, "Lĩnh vực: Hộ tịch"],
        [None, "Xã, phường, thị trấn"],
        ["Tổng cộng", None, None, 2, 2, 1],
        [None, "Tổng số", None, 2, 2, 1],
        ["Tổng số: 2 hồ sơ"],
        [],
        [None, " ", None, "", None, None, None],
        TWO_TIERS[0],
        TWO_TIERS[1],
    ],
    ids=repr,
)
@pytest.mark.parametrize("place", [0, 1, 2], ids=["above", "between", "below"])
def test_numbering_group_total_and_repeated_heading_rows_are_no_records(
    tmp_path: Path, row: list, place: int
) -> None:
    rows = [*ROWS[:place], row, *ROWS[place:]]
    for path in (
        write_xlsx(tmp_path / "a.xlsx", [*TITLE, *TWO_TIERS, *rows]),
        write_csv(tmp_path / "a.csv", [*TITLE, *TWO_TIERS, *rows]),
    ):
        assert numbers(read(path)) == ["HS-1", "HS-2"]


@pytest.mark.parametrize(
    "row",
    [
        ["HS-9", None, None, None, None],
        [None, "Tân Biên", None, None, None],
        [None, None, "02/01/2024", None, None],
        ["1", "A", None, None, None],
        ["Tổng hợp 001", "Tân Biên", "02/01/2024", None, None],
    ],
    ids=repr,
)
def test_a_row_that_tries_to_be_a_record_is_handed_on(tmp_path: Path, row: list) -> None:
    path = write_csv(tmp_path / "a.csv", [HEAD, record(), row])
    assert len(read(path).frame) == 2


def test_rows_keep_the_number_that_excel_shows(tmp_path: Path) -> None:
    rows = [*TITLE, HEAD, record("HS-1"), [], ["Xã, phường"], record("HS-2")]
    for path in (write_csv(tmp_path / "a.csv", rows), write_xlsx(tmp_path / "a.xlsx", rows)):
        assert read(path).frame["row"].tolist() == [8, 11]


def test_every_sheet_with_the_header_is_read_and_others_are_left(tmp_path: Path) -> None:
    sheets = {
        "Ghi chú": [["Không có gì ở đây"]],
        "T12": [HEAD, record("HS-1")],
        "T1": [*TITLE, HEAD, record("HS-2")],
        "Trống": [],
    }
    tables = read_tables(write_xlsx(tmp_path / "a.xlsx", sheets), "dossiers", {})
    assert [table.where for table in tables] == ["a.xlsx, trang 2", "a.xlsx, trang 3"]
    assert [numbers(table) for table in tables] == [["HS-1"], ["HS-2"]]


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_the_mark_of_synthetic_data_is_seen_in_the_title(tmp_path: Path, suffix: str) -> None:
    write = write_csv if suffix == "csv" else write_xlsx
    plain = write(tmp_path / f"a.{suffix}", [HEAD, record()])
    marked = write(tmp_path / f"b.{suffix}", [["DỮ LIỆU MÔ PHỎNG - không có thật"], HEAD, record()])
    assert not read(plain).is_synthetic
    assert read(marked).is_synthetic


# Encodings and formats -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "delimiter", [",", ";", "\t", "|"], ids=["comma", "semicolon", "tab", "bar"]
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_any_delimiter_in_any_unicode_encoding_is_read(
    tmp_path: Path, delimiter: str, encoding: str
) -> None:
    rows = [*TITLE, HEAD, record(ward="Phường, xã; Hố Nai")]
    frame = read(write_csv(tmp_path / "a.csv", rows, delimiter, encoding)).frame
    assert frame["ward"].tolist() == ["Phường, xã; Hố Nai"]


def test_windows_vietnamese_text_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(_cp1258(text_of([HEAD, record(ward="Hố Nai")])))
    assert unicodedata.normalize("NFC", read(path).frame.loc[0, "ward"]) == "Hố Nai"


def _cp1258(text: str) -> bytes:
    """Windows-1258 as Windows writes it: letter, then its tone as a mark of its own."""
    out = b""
    for letter in text:
        parts = unicodedata.normalize("NFD", letter)
        tone = "".join(c for c in parts if c in "\u0300\u0301\u0303\u0309\u0323")
        base = unicodedata.normalize("NFC", "".join(c for c in parts if c not in tone))
        out += (base + tone).encode("cp1258")
    return out


def test_decomposed_text_finds_the_same_header(tmp_path: Path) -> None:
    text = unicodedata.normalize("NFD", text_of([HEAD, record(ward="Hòa Bình")]))
    (tmp_path / "a.csv").write_text(text, "utf-8")
    assert numbers(read(tmp_path / "a.csv")) == ["HS-001"]


def test_a_packed_csv_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(text_of([HEAD, record()]).encode()))
    assert numbers(read(tmp_path / "a.csv.gz")) == ["HS-001"]


def test_ragged_rows_and_line_breaks_in_cells_do_no_harm(tmp_path: Path) -> None:
    long = [*record("HS-1"), "", ""]
    rows = [
        ["Mã\nhồ sơ", *HEAD[1:]],
        long,
        record("HS-2")[:3],
        ["HS-3", "Phường\nTân Biên", "02/01/2024"],
    ]
    frame = read(write_csv(tmp_path / "a.csv", rows)).frame
    assert frame["dossier_id"].tolist() == ["HS-1", "HS-2", "HS-3"]
    assert frame["closed_at"].tolist() == ["09/01/2024", None, None]


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"], ids=["unix", "windows", "old mac"])
def test_any_line_ending_is_read(tmp_path: Path, ending: str) -> None:
    text = text_of([HEAD, record("HS-1"), record("HS-2")]).replace("\n", ending)
    (tmp_path / "a.csv").write_bytes(text.encode())
    assert numbers(read(tmp_path / "a.csv")) == ["HS-1", "HS-2"]


def test_a_quotation_mark_that_swallows_rows_is_refused_with_its_line(tmp_path: Path) -> None:
    lines = text_of([HEAD, *(record(f"HS-{i}") for i in range(6))]).splitlines()
    lines[2] = lines[2].replace("Tân Biên", '"Tân Biên')
    (tmp_path / "a.csv").write_text("\n".join(lines), "utf-8")
    with pytest.raises(InputError, match="ở dòng 3 có dấu ngoặc kép mở mà không đóng"):
        read(tmp_path / "a.csv")


def test_long_text_with_line_breaks_and_commas_is_no_open_quotation_mark(tmp_path: Path) -> None:
    head = ["Mã phản ánh", "Đơn vị bị phản ánh", "Ngày phản ánh", "Nội dung phản ánh"]
    row = [
        "PA-1",
        "Hố Nai",
        "02/01/2024",
        "Chờ lâu,\nđi lại, nhiều, lần, vất, vả,\nkhông ai, giải thích",
    ]
    table = read(write_csv(tmp_path / "a.csv", [head, row, row]), "feedback")
    assert len(table.frame) == 2


def test_parquet_is_read_with_its_types(tmp_path: Path) -> None:
    when = datetime(2024, 1, 2, 8, 30)
    table = pa.table(
        {
            "dossier_id": ["HS-1", "HS-2"],
            "ward": ["Hố Nai", None],
            "received_at": pa.array([when, None], pa.timestamp("ns")),
            "due_at": pa.array([date(2024, 1, 10), None]),
            "closed_at": pa.array(
                [datetime(2024, 1, 9, tzinfo=UTC), None], pa.timestamp("us", "UTC")
            ),
            "applicant": ["Nguyễn Văn An", "Trần Thị Bình"],
        }
    )
    pq.write_table(table, tmp_path / "a.parquet")
    frame = read(tmp_path / "a.parquet").frame
    assert pd.Timestamp(frame.loc[0, "received_at"]) == pd.Timestamp(when)
    assert frame.loc[0, "due_at"] == datetime(2024, 1, 10)
    assert "applicant" not in frame


# Messages -------------------------------------------------------------------------------------


def test_a_file_without_header_says_what_a_header_looks_like(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "thuc_don.csv", [["Món", "Giá"], ["Phở", "45000"]])
    with pytest.raises(InputError) as told:
        read(path)
    message = str(told.value)
    assert "Không thấy dòng tiêu đề trong thuc_don.csv" in message
    assert "Các tiêu đề đang có: 'Món', 'Giá'." in message
    assert "Cách sửa" in message


def test_a_missing_column_is_named_with_what_is_there_and_the_nearest(tmp_path: Path) -> None:
    path = write_csv(
        tmp_path / "a.csv",
        [["Mã hồ sơ", "Đơn vị", "Ngày nhận", "Ngày hẹn", "Ngày kết thuc xử l"]],
    )
    with pytest.raises(MissingColumns) as told:
        read(path)
    assert str(told.value).splitlines() == [
        "Thiếu cột bắt buộc trong a.csv: 'Ngày kết thúc xử lý' (closed_at).",
        "Các tiêu đề đang có: 'Mã hồ sơ', 'Đơn vị', 'Ngày nhận', 'Ngày hẹn', 'Ngày kết thuc xử l'."
        " Có phải là 'Ngày kết thuc xử l'?",
        "Cách sửa: sửa tiêu đề trong tệp, hoặc khai báo `columns: {closed_at: <tiêu đề>}` "
        "trong tệp tham số.",
    ]


def test_a_missing_column_in_a_workbook_names_the_sheet(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", {"Tháng 1": [HEAD[:4], record()[:4]], "Khác": [["x"]]})
    with pytest.raises(MissingColumns, match="trong a.xlsx, trang 1"):
        read(path)


def test_a_feedback_file_among_the_dossiers_is_refused(tmp_path: Path) -> None:
    head = ["Mã phản ánh", "Đơn vị bị phản ánh", "Ngày phản ánh"]
    with pytest.raises(InputError, match="Mã phản ánh"):
        read(write_csv(tmp_path / "a.csv", [head, ["PA-1", "Hố Nai", "02/01/2024"]]))


def test_a_header_without_rows_is_an_empty_table(tmp_path: Path) -> None:
    assert read(write_csv(tmp_path / "a.csv", [HEAD])).frame.empty


# The report of another city has one row per unit (Thanh Hóa's headings, two tiers).
SUMMARY = [
    ["STT", "Đơn vị", "Tiếp nhận", "", "", "Đã xử lý", "", ""],
    ["", "", "Tổng số", "Kỳ trước", "Trong kỳ", "Trước hạn", "Đúng hạn", "Quá hạn"],
    [1, "Phường Tân Biên", 100, 10, 90, 70, 20, 5],
]


def test_a_summary_table_is_told_from_a_list_of_dossiers(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "tong_hop.xlsx", SUMMARY)
    with pytest.raises(InputError) as told:
        read_tables(path, "dossiers", {})
    message = str(told.value)
    assert "tong_hop.xlsx là bảng tổng hợp số liệu theo đơn vị" in message
    assert (
        "Mã hồ sơ, Đơn vị tiếp nhận, Ngày tiếp nhận, Ngày hẹn trả, Ngày kết thúc xử lý" in message
    )
    assert "xuất danh sách chi tiết hồ sơ" in message


def test_a_summary_sheet_beside_a_list_of_dossiers_does_no_harm(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", {"TH": SUMMARY, "DS": [HEAD, record()]})
    assert numbers(read(path)) == ["HS-001"]


def test_the_code_of_a_procedure_stands_in_only_where_there_is_no_name(tmp_path: Path) -> None:
    code, name = "2.000488", "Chứng thực bản sao"
    both = write_csv(
        tmp_path / "a.csv", [[*HEAD, "Mã TTHC", "Tên thủ tục"], [*record(), code, name]]
    )
    alone = write_csv(tmp_path / "b.csv", [[*HEAD, "Mã TTHC"], [*record(), code]])
    assert read(both).frame["procedure"].tolist() == [name]
    assert read(both).unknown == []
    assert read(alone).frame["procedure"].tolist() == [code]
