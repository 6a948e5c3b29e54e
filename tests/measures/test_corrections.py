"""What the drafter corrects wins over the exports, is counted, listed, and never works unseen."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import openpyxl
import pytest
from exports import HEAD, private_cache, record, write_csv, write_xlsx
from motcua.base.errors import InputError
from motcua.chapters import quality
from motcua.cli import main
from motcua.measures.month import Month, load
from motcua.measures.quality import correction_counts, corrections, doubtful
from motcua.papers.findings import write_findings
from motcua.papers.restricted import corrections_xlsx

LIST = ["Mã hồ sơ", "Nguyên nhân đúng", "Có minh chứng", "Ngày xin lỗi", "Căn cứ"]
DOSSIERS = [
    [*HEAD, "Lý do trễ hẹn", "Minh chứng", "Ngày có kết quả"],
    # forgotten by its dates (the result was there on the due day), but slowness was recorded
    [*record("HS-1", "Tân Biên", closed="12/01/2024"), "Chậm xử lý", "", "10/01/2024"],
    # nothing recorded, no result day: unknown
    [*record("HS-2", "Hố Nai", closed="12/01/2024"), "", "", ""],
    # nothing recorded, result after the due day: slow by its dates
    [*record("HS-3", "An Bình", closed="12/01/2024"), "", "", "11/01/2024"],
    # recorded, and its dates say the same
    [*record("HS-4", "An Bình", closed="12/01/2024"), "Quên kết thúc", "x", "10/01/2024"],
    [*record("HS-5", "An Bình", closed="09/01/2024"), "", "", ""],
]


@pytest.fixture
def data(tmp_path: Path):
    with private_cache(tmp_path):
        write_csv(tmp_path / "data" / "dossiers" / "ho_so_20240120.csv", DOSSIERS)
        yield tmp_path / "data"


def corrected(
    data: Path, *rows: list, head: list = LIST, name: str = "dieu-chinh-2024-01"
) -> Month:
    write_csv(data / "corrections" / f"{name}.csv", [head, *rows])
    return load("2024-01", data=data)


def late(month: Month) -> dict[str, tuple]:
    table = month.late_dossiers.set_index("dossier_id")
    return {i: (r.cause, r.cause_source, bool(r.evidenced)) for i, r in table.iterrows()}


def test_without_corrections_the_exports_say_it_all(data: Path) -> None:
    assert late(load("2024-01", data=data)) == {
        "HS-1": ("slow_processing", "recorded", False),
        "HS-2": ("unknown", "inferred", False),
        "HS-3": ("slow_processing", "inferred", False),
        "HS-4": ("forgot_to_close", "recorded", True),
    }


def test_a_correction_wins_and_a_blank_cell_changes_nothing(data: Path) -> None:
    month = corrected(
        data,
        ["HS-1", "Quên bấm kết thúc", "", "", ""],
        ["HS-2", "", "Có", "", ""],
        ["HS-4", "", "không", "09/01/2024", ""],
    )
    found = late(month)
    assert found["HS-1"] == ("forgot_to_close", "recorded", False)
    assert found["HS-2"] == ("unknown", "inferred", True)
    assert found["HS-3"] == ("slow_processing", "inferred", False)
    assert found["HS-4"] == ("forgot_to_close", "recorded", False)
    apology = month.late_dossiers.set_index("dossier_id")["apology_at"]
    assert f"{apology['HS-4']:%d/%m/%Y}" == "09/01/2024"
    assert apology.isna()[["HS-1", "HS-2", "HS-3"]].all()
    assert month.city["late"] == 4  # what counts as late is none of a correction's business


def test_each_use_is_counted_and_what_was_not_used_is_told(data: Path) -> None:
    month = corrected(
        data,
        ["HS-1", "Quên bấm kết thúc", "Có", "", "Phiếu 12"],
        ["HS-4", "Quên kết thúc", "Có", "", ""],  # as the export says: used, changes nothing
        ["HS-5", "Lỗi phần mềm", "", "", ""],  # resolved in time: not used in this period
        ["HS-9", "Lỗi phần mềm", "", "", ""],  # no such dossier
        ["HS-3", "", "", "", ""],  # an empty row of the sheet
    )
    assert correction_counts(month) == {
        "read": 4, "used": 2, "cause": 1, "evidence": 1, "apology": 0, "unknown_dossiers": 1,
    }  # fmt: skip
    told = quality.corrections_reading(month)
    assert "Dùng 2 trong 4 điều chỉnh" in told
    assert "1 điều chỉnh mang mã hồ sơ không có trong dữ liệu" in told
    assert "Tân Biên" in quality.corrections_table(month).html()


def test_every_correction_is_listed_among_the_internal_files(data: Path, tmp_path: Path) -> None:
    month = corrected(data, ["HS-1", "Quên bấm kết thúc", "", "", "Phiếu 12, gọi 0912345678"])
    assert write_findings(month, tmp_path)["quality"]["corrections"]["used"] == 1
    text = (tmp_path / "corrections.csv").read_text("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(text))
    assert (row["dossier_id"], row["name"]) == ("HS-1", "Tân Biên")
    assert (row["was"], row["now"]) == ("Phường, xã giải quyết chậm", "Quên bấm kết thúc")
    assert row["note"] == "Phiếu 12, gọi …678"


def test_without_corrections_there_is_no_list(data: Path, tmp_path: Path) -> None:
    write_findings(load("2024-01", data=data), tmp_path)
    assert not (tmp_path / "corrections.csv").exists()


def test_the_newest_sheet_counts_whatever_empty_rows_it_has(data: Path) -> None:
    corrected(data, ["HS-1", "Lỗi phần mềm", "", "", ""], ["HS-2", "Lỗi phần mềm", "", "", ""])
    month = corrected(
        data,
        ["HS-1", "Quên bấm kết thúc", "", "", ""],
        ["HS-2", "", "", "", ""],
        name="dieu-chinh-2024-02",
    )
    assert late(month)["HS-1"][0] == "forgot_to_close"
    assert late(month)["HS-2"][0] == "software_error"


def test_a_cause_that_nobody_knows_corrects_nothing_and_is_told(
    data: Path, capsys: pytest.CaptureFixture
) -> None:
    month = corrected(data, ["HS-1", "Do trời mưa", "Có", "", ""])
    assert late(month)["HS-1"] == ("slow_processing", "recorded", False)
    assert main(["check", str(data)]) == 0
    assert "Nguyên nhân điều chỉnh không có trong danh mục" in capsys.readouterr().out


def test_a_sheet_that_corrects_nothing_at_all_is_refused(data: Path) -> None:
    with pytest.raises(InputError, match="không có cột nào để điều chỉnh"):
        corrected(data, ["HS-1", "Tân Biên"], head=["Mã hồ sơ", "Đơn vị"])


# The sheet to fill --------------------------------------------------------------------------


def test_doubtful_causes_come_conflicts_first(data: Path) -> None:
    found = doubtful(load("2024-01", data=data))
    assert found[["dossier_id", "doubt"]].values.tolist() == [
        ["HS-1", "conflict"], ["HS-2", "unknown"], ["HS-3", "inferred"],
    ]  # fmt: skip
    assert found["inferred"].tolist()[0] == "Quên bấm kết thúc"
    assert found["recorded"].tolist() == ["Phường, xã giải quyết chậm", "", ""]


def test_the_sheet_is_filled_and_read_back(data: Path, capsys: pytest.CaptureFixture) -> None:
    assert main(["corrections", "2024-01", "--data", str(data)]) == 0
    path = data / "corrections" / "dieu-chinh-2024-01.xlsx"
    assert capsys.readouterr().out.strip() == str(path)
    book = openpyxl.load_workbook(path)
    sheet = book.active
    heads = [cell.value for cell in sheet[3]]
    assert [row[0].value for row in sheet.iter_rows(min_row=4, max_row=6)] == [
        "HS-1",
        "HS-2",
        "HS-3",
    ]
    lists = {str(v.sqref): v.formula1 for v in sheet.data_validations.dataValidation}
    assert any("Quên bấm kết thúc" in formula for formula in lists.values())
    sheet.cell(4, heads.index("Nguyên nhân đúng") + 1).value = "Quên bấm kết thúc"
    sheet.cell(5, heads.index("Có minh chứng") + 1).value = "Có"
    book.save(path)
    month = load("2024-01", data=data)
    assert late(month)["HS-1"][0] == "forgot_to_close"
    assert late(month)["HS-2"][2]
    assert correction_counts(month)["used"] == 2
    assert month.unknown_headings.empty
    assert main(["corrections", "2024-01", "--data", str(data)]) == 2  # may be filled already
    assert "có thể đã điền" in capsys.readouterr().err


def test_an_untouched_sheet_changes_nothing(data: Path) -> None:
    before = late(load("2024-01", data=data))
    (data / "corrections").mkdir()
    content = corrections_xlsx(load("2024-01", data=data))
    (data / "corrections" / "dieu-chinh-2024-01.xlsx").write_bytes(content)
    month = load("2024-01", data=data)
    assert late(month) == before
    assert corrections(month).empty
    assert corrections_xlsx(month) == content  # the same month, the same bytes


def test_a_formula_among_the_data_stays_text(tmp_path: Path) -> None:
    rows = [DOSSIERS[0], ["=1+1", *DOSSIERS[1][1:]]]
    with private_cache(tmp_path):
        write_csv(tmp_path / "data" / "dossiers" / "ho_so_20240120.csv", rows)
        content = corrections_xlsx(load("2024-01", data=tmp_path / "data"))
    cell = openpyxl.load_workbook(io.BytesIO(content)).active["A4"]
    assert cell.data_type == "s"


def test_a_workbook_of_corrections_may_hold_real_days(data: Path) -> None:
    from datetime import date

    write_xlsx(
        data / "corrections" / "dc_20240121.xlsx", [LIST, ["HS-2", "", "", date(2024, 1, 9), ""]]
    )
    month = load("2024-01", data=data)
    at = month.late_dossiers.set_index("dossier_id")["apology_at"]["HS-2"]
    assert f"{at:%d/%m/%Y}" == "09/01/2024"
