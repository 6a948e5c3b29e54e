"""Cells that mean something else than they show: errors, formulas, 1904, hidden sheets."""

from __future__ import annotations

import struct
from collections.abc import Callable
from contextlib import nullcontext
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace

import openpyxl
import pytest
import xlsxwriter
from exports import HEAD, record
from motcua.base.errors import InputError, MissingColumns
from motcua.base.params import Params
from motcua.reading import workbooks as limits
from motcua.reading.header import read_tables
from motcua.reading.inputs import notes_of, read_export
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from test_sheets import TABLE, cell, package, row

COLUMNS = [*HEAD, "Trạng thái"]
DAYS = [datetime(2024, 1, day) for day in (2, 10, 9)]


def workbook(
    path: Path, change: Callable[[object, object], object] = lambda book, sheet: None
) -> Path:
    """Workbook of three dossiers, changed before it is closed."""
    with xlsxwriter.Workbook(path) as book:
        sheet, day = book.add_worksheet(), book.add_format({"num_format": "dd/mm/yyyy"})
        sheet.write_row(0, 0, COLUMNS)
        for at in range(1, 4):
            sheet.write_row(at, 0, [f"HS-{at}", "Tân Biên"])
            for column, value in enumerate(DAYS, start=2):
                sheet.write_datetime(at, column, value, day)
            sheet.write(at, 5, "Đã trả kết quả")
        change(book, sheet)
    return path


def problems(path: Path) -> list[tuple[int, str, str, str]]:
    checked = read_export(path, "dossiers", Params())[0]["closed"]
    told = checked.problems[["row", "column", "value", "reason"]]
    return list(told.itertuples(index=False, name=None))


@pytest.mark.parametrize(
    ("column", "error", "reason"),
    [
        (0, "#N/A", "error_cell"),
        (1, "#REF!", "error_cell"),
        (4, "#N/A", "error_cell"),
        (5, "#VALUE!", "optional_error_cell"),
    ],
)
def test_an_error_is_no_empty_cell(tmp_path: Path, column: int, error: str, reason: str) -> None:
    path = workbook(
        tmp_path / "a.xlsx", lambda _, s: s.write_formula(2, column, "=X1", None, error)
    )
    assert problems(path) == [(3, COLUMNS[column], error, reason)]


def test_a_formula_without_a_kept_result_is_no_empty_cell(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for values in (HEAD, record("HS-1"), record("HS-2", closed="=TODAY()"), record("HS-3")):
        book.active.append(values)
    book.active.append(["=A2", "=B2", "=C2", "=D2", "=E2"])
    book.save(tmp_path / "a.xlsx")
    told = problems(tmp_path / "a.xlsx")
    assert told[0] == (3, HEAD[4], "#CÔNG THỨC", "error_cell")
    assert {(where, reason) for where, _, _, reason in told[1:]} == {(5, "error_cell")}


def test_a_kept_result_is_read_also_when_it_is_an_empty_text(tmp_path: Path) -> None:
    head = row(1, HEAD)
    cells = "".join(cell(f"{'ABCD'[i]}2", v) for i, v in enumerate(record()[:4]))
    sheet = f'{head}<row r="2">{cells}<c r="E2" t="str"><f>""</f><v></v></c></row>'
    assert problems(package(tmp_path / "a.xlsx", sheet.encode())) == []


def test_formulas_drawn_down_below_the_list_are_no_dossiers(tmp_path: Path) -> None:
    def draw(_: object, sheet: xlsxwriter.worksheet.Worksheet) -> None:
        for at in range(4, 30):
            sheet.write_formula(at, 1, "=X1", None, "#N/A")
            sheet.write_formula(at, 4, "=X1", None, "#N/A")

    (table,) = read_tables(workbook(tmp_path / "a.xlsx", draw), "dossiers", {})
    assert len(table.frame) == 3


def test_errors_are_seen_whatever_software_wrote_them(tmp_path: Path) -> None:
    ways = {
        "single quotation marks": "<c r='E2' t='e'><v>#N/A</v></c>",
        "a namespace": '<x:c xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
        'r="E2" t="e"><x:v>#N/A</x:v></x:c>',
        "no place": '<c t="e"><v>#N/A</v></c>',
    }
    cells = "".join(cell(f"{'ABCD'[i]}2", v) for i, v in enumerate(record()[:4]))
    for written in ways.values():
        sheet = f'{row(1, HEAD)}<row r="2">{cells}{written}</row>'
        path = package(tmp_path / "a.xlsx", sheet.encode())
        assert problems(path) == [(2, HEAD[4], "#N/A", "error_cell")]


def test_bare_numbers_of_a_1904_workbook_count_from_1904(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.epoch = CALENDAR_MAC_1904
    book.active.append(HEAD)
    for number in (1, 2):  # 02/01, 10/01 and 09/01/2024
        book.active.append([f"HS-{number}", "Tân Biên", 43831, 43839, 43838])
    book.save(tmp_path / "a.xlsx")
    kept = read_export(tmp_path / "a.xlsx", "dossiers", Params())[0]["closed"].kept
    assert kept.loc[0, ["received_at", "due_at", "closed_at"]].tolist() == DAYS


@pytest.mark.parametrize("way", ["hide", "very_hidden"])
def test_a_hidden_list_is_left_out_and_told(tmp_path: Path, way: str) -> None:
    def hide(book: xlsxwriter.Workbook, _: object) -> None:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEAD)
        sheet.write_row(1, 0, record("HS-1", closed=""))
        getattr(sheet, way)()

    tables = read_tables(workbook(tmp_path / "a.xlsx", hide), "dossiers", {})
    assert [len(table.frame) for table in tables] == [3]
    assert notes_of(tables) == [
        "trang 2 là trang ẩn, có danh sách 1 dòng: không đọc. "
        "Nếu cần các dòng đó, bỏ ẩn trang rồi lưu lại."
    ]


def test_a_hidden_sheet_without_a_list_is_not_told(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", lambda book, _: book.add_worksheet().hide())
    assert notes_of(read_tables(path, "dossiers", {})) == []


def test_a_list_on_a_hidden_sheet_alone_is_refused(tmp_path: Path) -> None:
    def hide(book: xlsxwriter.Workbook, sheet: xlsxwriter.worksheet.Worksheet) -> None:
        book.add_worksheet().activate()
        sheet.hide()

    with pytest.raises(InputError, match=r"chỉ có ở trang 1, là trang ẩn"):
        read_tables(workbook(tmp_path / "a.xlsx", hide), "dossiers", {})


# Workbooks of other software ---------------------------------------------------------------------

SPREADSHEET = """<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>
<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"
 xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet ss:Name="T1"><Table>
<Row ss:Index="3">{head}</Row>
<Row><Cell><Data ss:Type="String">HS-1</Data></Cell>
 <Cell ss:MergeDown="1"><Data ss:Type="String">Hố <B>Nai</B></Data></Cell>
 <Cell><Data ss:Type="DateTime">2024-01-02T08:30:00.000</Data></Cell>
 <Cell ss:Index="5"><Data ss:Type="Error">#N/A</Data></Cell></Row>
<Row><Cell><Data ss:Type="String">HS-2</Data></Cell><Cell><Data ss:Type="Number">45293</Data></Cell>
</Row></Table></Worksheet></Workbook>"""


@pytest.mark.parametrize("name", ["a.xls", "a.xml"])
def test_xml_spreadsheet_2003_is_read(tmp_path: Path, name: str) -> None:
    head = "".join(f'<Cell><Data ss:Type="String">{text}</Data></Cell>' for text in HEAD)
    (tmp_path / name).write_text(SPREADSHEET.format(head=head), "utf-8")
    (table,) = read_tables(tmp_path / name, "dossiers", {})
    assert table.frame["row"].tolist() == [4, 5]
    assert table.frame["ward"].tolist() == ["Hố Nai", "Hố Nai"]
    assert table.frame["received_at"].tolist() == [datetime(2024, 1, 2, 8, 30), 45293.0]
    assert table.frame["closed_at"].tolist() == ["#N/A", None]


def test_a_damaged_xml_spreadsheet_says_so(tmp_path: Path) -> None:
    (tmp_path / "a.xls").write_text(SPREADSHEET[:-40], "utf-8")
    with pytest.raises(InputError, match=r"a\.xls là tệp XML Spreadsheet 2003 bị hỏng"):
        read_tables(tmp_path / "a.xls", "dossiers", {})


def test_a_web_archive_named_xls_is_read(tmp_path: Path) -> None:
    rows = "".join("<tr><td>" + "<td>".join(cells) for cells in (HEAD, record()))
    text = (
        "From: <Saved by Excel>\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/related; boundary="=_x"\r\n\r\n--=_x\r\n'
        'Content-Type: text/html; charset="utf-8"\r\nContent-Transfer-Encoding: 8bit\r\n\r\n'
        f"<html><table>{rows}</table></html>\r\n--=_x--\r\n"
    )
    (tmp_path / "a.xls").write_bytes(text.encode())
    (table,) = read_tables(tmp_path / "a.xls", "dossiers", {})
    assert table.frame["ward"].tolist() == ["Tân Biên"]


# What would fill the memory ----------------------------------------------------------------------


def test_a_long_text_that_stands_in_very_many_cells_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = b"<sst><si><t>x</t></si><si><t>" + b"y" * 5000 + b"</t></si></sst>"
    cells = TABLE + "".join(f'<row r="{n}"><c t="s"><v>1</v></c></row>' for n in range(3, 403))
    path = package(tmp_path / "a.xlsx", cells.encode(), sharedStrings=text)
    monkeypatch.setattr(limits, "MAX_WORDS", 400 * 5000)
    with pytest.raises(InputError, match="bung ra quá lớn"):
        limits.in_package(path)
    monkeypatch.setattr(limits, "MAX_WORDS", 400 * 5100)
    limits.in_package(path)


@pytest.mark.parametrize("known", [2, 3])
def test_a_sheet_beside_the_list_with_three_of_its_headings_is_a_list_with_others_misnamed(
    tmp_path: Path, known: int
) -> None:
    """Mã hồ sơ, Đơn vị and a day: nearly a list of dossiers. Without the day it is none."""

    def beside(book: object, _: object) -> None:
        other = book.add_worksheet()
        other.write_row(0, 0, [*HEAD[:known], "Cột lạ", "Cột khác"])
        other.write_row(1, 0, ["HS-9", "Tân Biên", "02/01/2024", "x"])

    path = workbook(tmp_path / "a.xlsx", beside)
    if known == 3:
        with pytest.raises(MissingColumns, match="trang 2"):
            read_tables(path, "dossiers", {})
    else:
        (table,) = read_tables(path, "dossiers", {})
        assert table.notes == ("trang 2: không phải danh sách hồ sơ, không đọc.",)


def test_a_parquet_file_has_at_most_twenty_rows_a_byte_of_a_twentieth_of_excels_rows() -> None:
    """A file of 100 bytes counts as 52,428 (2^20 / 20): 1,048,560 rows may be in it."""
    for rows in (1_048_560, 1_048_561):
        metadata = SimpleNamespace(num_rows=rows, num_row_groups=0, row_group=None)
        with pytest.raises(InputError) if rows > 1_048_560 else nullcontext():
            limits.refuse_packed_rows("a.parquet", metadata, 100)


def test_a_table_may_reach_column_zz_and_forty_million_cells() -> None:
    """ZZ is column 26 * 26 + 26 = 702; 100,000 rows of 400 columns are 40 million cells."""
    limits.refuse_size("a.csv", 1, 702)
    limits.refuse_size("a.csv", 100_000, 400)
    for rows, columns in ((1, 703), (100_001, 400)):
        with pytest.raises(InputError, match="quá lớn"):
            limits.refuse_size("a.csv", rows, columns)


def ole_book(path: Path, records: bytes) -> Path:
    """Old workbook of 512-byte sectors whose table of sectors is told by a sector of its own.

    Sectors: 0 nothing, 1 tells where the table is, 2 the table, 3 the folder, 4 and 5 the book.
    """
    free, end = 0xFFFFFFFF, 0xFFFFFFFE
    header = bytearray(512)
    header[:8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    struct.pack_into("<H", header, 30, 9)
    struct.pack_into("<I", header, 48, 3)
    struct.pack_into("<I", header, 68, 1)
    struct.pack_into("<109I", header, 76, *[free] * 109)
    more = struct.pack("<128I", 2, *[free] * 126, end)
    table = struct.pack("<128I", free, end, end, end, 5, end, *[free] * 122)
    entry = bytearray(512)
    name = "Workbook".encode("utf-16-le")
    entry[: len(name)] = name
    struct.pack_into("<I", entry, 116, 4)
    book = records.ljust(1024, b"\0")
    path.write_bytes(bytes(header) + bytes(512) + more + table + bytes(entry) + book)
    return path


def test_an_old_workbook_beyond_seven_megabytes_tells_its_errors_and_its_first_year(
    tmp_path: Path,
) -> None:
    """Its table of sectors has more than the 109 entries that stand in the header.

    The sheet begins at byte 600, in the second sector of the book: B3 is #DIV/0! (7), C4 the
    formula result #N/A (42) after a drawing within the sheet, D5 the truth value 1, which is none.
    Behind its end begins another sheet: A1 is #NULL! (0), B1 an error that no list names (99).
    """

    def part(number: int, content: bytes = b"") -> bytes:
        return struct.pack("<HH", number, len(content)) + content

    begin, end = part(0x809, bytes(4)), part(0x0A)
    sheet = (
        begin
        + part(0x205, struct.pack("<HHHBB", 2, 1, 0, 7, 1))
        + (begin + end)
        + part(0x06, struct.pack("<HHHBBBBBBH", 3, 2, 0, 2, 0, 42, 0, 0, 0, 0xFFFF))
        + part(0x205, struct.pack("<HHHBB", 4, 3, 0, 1, 0))
        + end
    )
    errors = (part(0x205, struct.pack("<HHHBB", 0, n, 0, code, 1)) for n, code in ((0, 0), (1, 99)))
    other = begin + b"".join(errors) + end
    sheets = (part(0x85, struct.pack("<I", at) + b"\0") for at in (600, 600 + len(sheet)))
    book = begin + part(0x22, b"\1\0") + b"".join(sheets) + end
    records = book.ljust(600, b"\0") + sheet + other
    hidden = limits.in_old_workbook(ole_book(tmp_path / "a.xls", records))
    assert hidden.since_1904
    assert hidden.sheets == {
        0: {2: {1: "#DIV/0!"}, 3: {2: "#N/A"}},
        1: {0: {0: "#NULL!", 1: "#N/A"}},
    }
