"""A period that the exports do not cover is refused, or marked on everything that is made of it."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path

import docx
import openpyxl
import pytest
from exports import HEAD, record, write_csv, write_few
from motcua import load
from motcua.base.errors import InputError
from motcua.bench.view import Bench
from motcua.cli import main
from motcua.measures.month import refuse_uncovered
from motcua.papers.annex import annex, annex_xlsx
from motcua.papers.document import letter_docx
from motcua.papers.letter import letter

STAMP = "SỐ LIỆU CHƯA ĐỦ KỲ"
NOON = 1_705_294_800  # 15/01/2024


def export(data: Path, name: str = "hs_20240118.csv", time: float = NOON) -> Path:
    path = write_csv(data / "dossiers" / name, [HEAD, record()])
    os.utime(path, (time, time))
    return data


def refusal(data: Path, month: str) -> str:
    with pytest.raises(InputError) as error:
        refuse_uncovered(load(month, data=data))
    return str(error.value)


@pytest.mark.parametrize(
    ("name", "month"),
    [
        ("hs_20240118.csv", "2024-01"),
        ("hs_20240114.csv", "2024-01"),  # the very last day of the period
        ("T1.2024.csv", "2024-01"),
        ("hs.csv", "2024-01"),  # by file time, 15/01/2024
    ],
)
def test_a_period_up_to_the_newest_export_is_made(tmp_path: Path, name: str, month: str) -> None:
    assert load(month, data=export(tmp_path, name)).uncovered == ""


@pytest.mark.parametrize(
    ("name", "until"),
    [
        ("hs_20240113.csv", "13/01/2024"),
        ("hs_01112023_10122023.csv", "10/12/2023"),
        ("thang_12-2023.csv", "31/12/2023"),
    ],
)
def test_a_period_that_ends_after_the_newest_export_is_refused(
    tmp_path: Path, name: str, until: str
) -> None:
    told = refusal(export(tmp_path, name), "2024-01")
    assert told.startswith("Kỳ từ 15/12/2023 đến 14/01/2024: dữ liệu chỉ có đến ngày " + until)
    assert "Cách sửa" in told
    assert "`allow_uncovered: true`" in told


def test_an_export_named_after_a_month_tells_no_more_than_when_it_was_written(
    tmp_path: Path,
) -> None:
    data = export(tmp_path, "quy_1-2024.csv")
    assert load("2024-01", data=data).uncovered == ""
    assert "chỉ có đến ngày 15/01/2024" in refusal(data, "2024-02")


def test_a_period_without_any_dossier_is_refused(tmp_path: Path) -> None:
    told = refusal(export(tmp_path), "2023-06")
    assert "dữ liệu không có hồ sơ nào trong kỳ" in told
    assert "Hồ sơ có từ ngày 02/01/2024 đến ngày 18/01/2024" in told


def test_the_command_ends_with_2_and_makes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = export(tmp_path / "data")
    code = main(["run", "2024-04", "--data", str(data), "--out", str(tmp_path / "out")])
    assert code == 2
    assert "chỉ có đến ngày 18/01/2024" in capsys.readouterr().err
    assert not (tmp_path / "out" / "2024-04").exists()


def test_what_is_made_all_the_same_is_marked(tmp_path: Path) -> None:
    data = export(tmp_path / "data")
    month = load("2024-02", data=data, allow_uncovered=True)
    assert month.stamp == STAMP
    assert load("2024-01", data=data, allow_uncovered=True).stamp == ""
    document = docx.Document(io.BytesIO(letter_docx(letter(month), month.period.end)))
    assert STAMP in document.sections[0].footer.paragraphs[0].text
    assert STAMP in document.paragraphs[0].text
    book = openpyxl.load_workbook(io.BytesIO(annex_xlsx(month)))
    assert len(annex(month)) < len(book.sheetnames)
    for sheet in book.worksheets:
        assert STAMP in " ".join(str(c) for r in sheet.iter_rows(values_only=True) for c in r if c)
        assert STAMP in (sheet.oddFooter.center.text or "") or sheet.title == "Biểu đồ"
    out = tmp_path / "out"
    params = tmp_path / "p.yaml"
    units = write_few(tmp_path / "few.csv")
    params.write_text(f"allow_uncovered: true\nunits: {units}\n", "utf-8")
    asked = ["run", "2024-02", "--data", str(data), "--params", str(params), "--out", str(out)]
    assert main([*asked, "--only", "findings", "--only", "wards"]) == 0
    assert json.loads((out / "2024-02" / "findings.json").read_text("utf-8"))["uncovered"] is True
    pages = list((out / "2024-02" / "wards").glob("*.html"))
    assert len(pages) == 3
    assert all(page.read_text("utf-8").count(STAMP) > 2 for page in pages)


def test_the_bench_offers_covered_months_only(tmp_path: Path) -> None:
    data = export(tmp_path)
    write_csv(data / "dossiers" / "hs_20240117.csv", [HEAD, record("HS-2", received="16/01/2024",
              due="20/02/2024", closed="")])  # fmt: skip
    assert Bench.open("2024-01", data).months == ["2024-01"]
