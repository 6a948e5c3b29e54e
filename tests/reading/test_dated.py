"""Of what day an export is, and which of several is the newer."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path
from unicodedata import normalize

import pytest
from exports import HEAD, record, write_csv, write_xlsx
from motcua.base.errors import InputError
from motcua.base.params import Params
from motcua.reading.exports import dated, natural, span_in
from motcua.reading.inputs import load_inputs
from motcua.running.unchanged import dated_files

NOON = 1_705_294_800  # 15/01/2024


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("hs_01112023_10122023.csv", "2023-12-10"),
        ("hs_01-11-2023_10-12-2023.csv", "2023-12-10"),
        ("hs 01.11.2023 - 10.12.2023.xlsx", "2023-12-10"),
        ("2023-12-15_2024-01-14.csv", "2024-01-14"),
        ("hs_18012024093000.csv", "2024-01-18"),
        ("Export-2024-01-18T09_30_00.csv", "2024-01-18"),
        ("5-1-2024.csv", "2024-01-05"),
        ("báo cáo ngày 5 tháng 1 năm 2024.xlsx", "2024-01-05"),
        ("ho_so_2024-01_xuat_20240118.xlsx", "2024-01-18"),
        ("ho_so_thang_01-2024.csv", "2024-01-31"),
        ("ho_so_thang_12-2023.csv", "2023-12-31"),
        ("HS tháng 2 năm 2024.xls", "2024-02-29"),
        ("Tháng 3.2024 lần 10.xlsx", "2024-03-31"),
        ("T1.2024.xlsx", "2024-01-31"),
        ("T122023.xlsx", "2023-12-31"),
        ("T11-T12.2023.xlsx", "2023-12-31"),
        ("2024_T1.csv", "2024-01-31"),
        ("ho_so_2024_01_1.csv", "2024-01-31"),
        ("ho_so_01-2024.csv", "2024-01-31"),
        ("lan_2_01_2024.csv", "2024-01-31"),
        ("quý 1-2024.csv", "2024-03-31"),
        ("Quý IV năm 2023.xlsx", "2023-12-31"),
        ("2024-Q1.csv", "2024-03-31"),
        ("6 tháng cuối năm 2023.xlsx", "2023-12-31"),
        ("6 thang dau nam 2024.xlsx", "2024-06-30"),
        ("ho_so_lần_9.csv", None),
        ("ho_so_1202401189.csv", None),
        ("export_1705600000.csv", None),
        ("ho_so_31022024.csv", None),
    ],
)
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_the_day_that_a_name_tells(name: str, day: str | None, form: str) -> None:
    span = span_in(normalize(form, name))
    assert (span and span.end.isoformat()) == day


def test_names_stand_in_the_order_in_which_people_count() -> None:
    names = [
        "a.csv", "a (1).csv", "a (2).csv", "a (10).csv", "a - Bản sao.csv", "a - Copy.csv",
        "lần 9.csv", "lần 10.csv",
    ]  # fmt: skip
    assert sorted(set(names), key=natural) == names


def two(data: Path, first: str, second: str, at: tuple[int, int] = (NOON, NOON)) -> Path:
    for name, closed, time in zip((first, second), ("08/01/2024", "09/01/2024"), at, strict=True):
        path = write_csv(data / "dossiers" / name, [HEAD, record(closed=closed)])
        os.utime(path, (time, time))
    return data


def closed(data: Path, **params: object) -> str:
    inputs = load_inputs(data, Params(**params))
    return inputs.con.execute("select closed_at::date::varchar from dossiers").fetchall()[0][0]


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("x_20240118.csv", "x_20240118 (1).csv"),
        ("x_20240118 (9).csv", "x_20240118 (10).csv"),
        ("x_20240118.csv", "x_20240118(2).csv"),
        ("x_20240118.csv", "x_20240118 - Copy.csv"),
        ("x_20240118.csv", "x_20240118 - Bản sao.csv"),
        ("x_20240118.csv", "Copy of x_20240118.csv"),
        ("x_20240118 lần 9.csv", "x_20240118 lần 10.csv"),
        ("hs_20231115.csv", "hs_01112023_10122023.csv"),
        ("hs_01112023_10122023.csv", "hs_20231211.csv"),
        ("thang_12-2023.csv", "thang_01-2024.csv"),
        ("T12.2023.csv", "T1.2024.csv"),
        ("quý 4-2023.csv", "tháng 1-2024.csv"),
        ("2023-12/hs.csv", "2024-01/hs.csv"),
    ],
)
def test_the_newer_export_counts_whatever_the_times_of_the_files(
    tmp_path: Path, older: str, newer: str
) -> None:
    assert closed(two(tmp_path, older, newer, (NOON + 99_999, NOON))) == "2024-01-09"


def test_exports_of_one_day_that_share_dossiers_are_told(tmp_path: Path) -> None:
    data = two(tmp_path, "x_20240118.csv", "x_20240118 (1).csv")
    (note,) = load_inputs(data, Params()).notes
    assert "cùng ngày" in note
    assert "'dossiers/x_20240118 (1).csv' mới hơn 'dossiers/x_20240118.csv' (18/01/2024)" in note


def test_a_warning_says_where_file_time_alone_decides(tmp_path: Path) -> None:
    data = two(tmp_path, "b.csv", "a.csv", (NOON, NOON + 60))
    (note,) = load_inputs(data, Params()).notes
    assert "chỉ giờ tệp cho biết" in note
    assert "'dossiers/a.csv' mới hơn 'dossiers/b.csv'" in note


def test_exports_that_share_nothing_are_told_nothing(tmp_path: Path) -> None:
    for ward, number in (("Tân Biên", "HS-1"), ("Hố Nai", "HS-2")):
        path = tmp_path / "dossiers" / f"{ward}.csv"
        write_csv(path, [HEAD, record(number, ward=ward)])
    assert load_inputs(tmp_path, Params()).notes == ()


@pytest.mark.parametrize(
    ("rows", "day"),
    [
        ([["(Từ ngày 15/12/2023 đến ngày 14/01/2024)"]], "2024-01-14"),
        ([["Từ ngày", "15/12/2023", "đến ngày", "14/01/2024"]], "2024-01-14"),
        ([["Ngày xuất:", date(2024, 1, 18)]], "2024-01-18"),
        ([["HỒ SƠ THÁNG 01 NĂM 2024"]], "2024-01-31"),
        ([["Số: 12/BC", "Biên Hòa, ngày 18 tháng 01 năm 2024"]], "2024-01-18"),
        ([["Kèm theo Quyết định số 31 ngày 03/02/2021"], ["Tháng 1/2024"]], "2024-01-31"),
    ],
)
def test_the_rows_above_the_heading_tell_the_day_when_the_name_does_not(
    tmp_path: Path, rows: list[list], day: str
) -> None:
    path = write_xlsx(tmp_path / "dossiers" / "hs.xlsx", [*rows, HEAD, record()])
    (source,) = load_inputs(tmp_path, Params()).sources
    assert (source.exported_at.isoformat(), source.dated.by) == (day, "title")
    assert [told.day for *_, told in dated_files(tmp_path, Params())] == [source.exported_at]
    named = path.rename(path.with_name("hs_20240120.xlsx"))
    assert dated(named, Params()).day == date(2024, 1, 20)


def test_a_decree_above_the_heading_tells_no_day(tmp_path: Path) -> None:
    title = [["Theo Quyết định số 31/2021/QĐ-UBND ngày 03/02/2021"]]
    write_xlsx(tmp_path / "dossiers" / "hs.xlsx", [*title, HEAD, record()])
    (source,) = load_inputs(tmp_path, Params()).sources
    assert source.dated.by == "time"


def test_a_file_written_within_its_month_knows_nothing_later(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "T1.2024.csv", [HEAD])
    os.utime(path, (NOON, NOON))
    told = dated(path, Params())
    assert (told.day, told.until) == (date(2024, 1, 31), date(2024, 1, 15))


@pytest.mark.parametrize(("told", "disk"), [("NFC", "NFD"), ("NFD", "NFC")])
def test_exported_at_names_a_file_however_its_letters_are_written(
    tmp_path: Path, told: str, disk: str
) -> None:
    data = two(tmp_path, "hs_20240118.csv", normalize(disk, "hồ_sơ_mới.csv"), (NOON, 1_700_000_000))
    days = {normalize(told, "hồ_sơ_mới.csv"): date(2024, 1, 20)}
    assert closed(data, exported_at=days) == "2024-01-09"


@pytest.mark.parametrize("name", ["dossiers/2024/moi/hs.csv", "hs.csv"])
def test_exported_at_names_a_file_with_its_folders_or_without(tmp_path: Path, name: str) -> None:
    data = two(tmp_path, "hs_20240118.csv", "2024/moi/hs.csv")
    inputs = load_inputs(data, Params(exported_at={name: date(2024, 1, 20)}))
    days = {source.file: source.exported_at for source in inputs.sources}
    assert days["dossiers/2024/moi/hs.csv"] == date(2024, 1, 20)


def test_a_name_in_exported_at_that_no_file_has_is_refused(tmp_path: Path) -> None:
    data = two(tmp_path, "hs_20240118.csv", "hs_20240119.csv")
    with pytest.raises(InputError, match=r"'hs_2024018.csv'.*Có phải là 'hs_2024011[89].csv'"):
        load_inputs(data, Params(exported_at={"hs_2024018.csv": date(2024, 1, 20)}))


def test_exported_at_knows_a_name_with_capitals_and_takes_no_pattern(tmp_path: Path) -> None:
    data = two(tmp_path, "hs_20240118.csv", "HS_Mới.csv", (NOON, 1_700_000_000))
    assert closed(data, exported_at={"HS_Mới.csv": date(2024, 1, 20)}) == "2024-01-09"
    with pytest.raises(InputError, match="không có tệp"):
        load_inputs(data, Params(exported_at={"HS_*.csv": date(2024, 1, 20)}))
