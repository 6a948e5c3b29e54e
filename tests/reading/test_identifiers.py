"""One dossier has one number, however software and people spell it; a rounded one is set aside."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from exports import HEAD, record, write_csv, write_xlsx
from motcua.base.errors import InputError
from motcua.base.params import Params
from motcua.reading.inputs import Inputs, load_inputs, quality_of, read_export
from motcua.reading.rows import Checked
from motcua.reading.values import are_rounded, normal_number, normal_numbers


def read(path: Path, **params: object) -> Checked:
    return read_export(path, "dossiers", Params(**params))[0]["closed"]


@pytest.mark.parametrize(
    "written",
    [
        "H19.12-231220-0001",
        "h19.12-231220-0001",
        "H19.12\u200b-231220-0001",
        "\u200eH19.12-231220-0001\u202c",
        "H19\u00ad.12-231220-0001\ufeff",
        '="H19.12-231220-0001"',
        '"H19.12-231220-0001"',
        "'H19.12-231220-0001",
        "’H19.12-231220-0001",
        "H19.12–231220—0001",
        "H19.12\u2011231220\u22120001",
        "H19.12 - 231220 - 0001",
        "\u00a0H19.12-231220-\u20090001 ",
        "Ｈ１９.１２－２３１２２０－０００１",
    ],
)
def test_every_spelling_of_a_number_is_the_same_number(written: str) -> None:
    assert normal_number(written) == "H19.12-231220-0001"
    beside = pd.Series(["000.00.01", written])
    assert normal_numbers(beside).tolist() == ["000.00.01", "H19.12-231220-0001"]


@pytest.mark.parametrize(
    ("written", "number"),
    [
        (352112000530.0, "352112000530"),
        ("352112000530.0", "352112000530"),
        ("352,112,000,530", "352112000530"),
        ("3.5211200053E11", "352112000530"),
        ('="00352112"', "00352112"),
        ("5f2b8c1e-aaaa-4bbb-8ccc-0123456789ab", "5f2b8c1e-aaaa-4bbb-8ccc-0123456789ab"),
        ("500D0000aB", "500D0000aB"),
        ("–", ""),
        ('=""', ""),
        ("12.0", "12.0"),
        ("01/2024", "01/2024"),
    ],
)
def test_a_number_keeps_what_tells_it_from_others(written: object, number: str) -> None:
    assert normal_number(written) == number


@pytest.mark.parametrize(
    ("cells", "rounded"),
    [
        ([1.90202401150010e17, 1.90202401150011e17], [True, True]),
        ([9007199254740993.0, 12.0], [False, False]),  # 2^53 itself is exact
        ([1234567890123450.0, 1234567890123460.0, 1234567890123470.0], [True] * 3),
        ([1234567890123451.0, 1234567890123460.0], [False, False]),  # Excel would have cut the 1
        ([190202401150010001, 190202401150010002], [False, False]),  # whole numbers of Parquet
        (["190202401150010000", "190202401150011000"], [True, True]),  # csv of rounded cells
        (["190202401150010000", "190202401150011001"], [False, False]),
        (["3.52112E+11", "3,52112E+11", "3.52112E+5"], [True, True, False]),
        (["12E3", "1E5", "1E+5"], [False, False, True]),
    ],
)
def test_a_rounded_number_is_known(cells: list, rounded: list[bool]) -> None:
    values = pd.Series(cells, dtype=object)
    assert are_rounded(values, normal_numbers(values)).tolist() == rounded


def test_rounded_numbers_of_files_are_set_aside_and_exact_ones_kept(tmp_path: Path) -> None:
    rows = [record(190202401150010000 + i) for i in range(3)]
    checked = read(write_xlsx(tmp_path / "a.xlsx", [HEAD, *rows]))
    assert checked.problems["reason"].tolist() == ["rounded_id"] * 3
    columns = dict(zip(HEAD, map(list, zip(*rows, strict=True)), strict=True))
    pq.write_table(pa.table(columns), tmp_path / "a.parquet")
    assert read(tmp_path / "a.parquet").kept["dossier_id"].tolist() == [str(row[0]) for row in rows]


# One number for several dossiers -----------------------------------------------------------------

REUSED = [
    record("01/2024", "Tân Biên", "02/01/2024"),
    record("01/2024", "Hố Nai", "03/01/2024"),
    record("02/2024", "Tân Biên", "03/01/2024"),
]


def test_a_number_of_two_wards_and_two_days_is_set_aside(tmp_path: Path) -> None:
    checked = read(write_csv(tmp_path / "a.csv", [HEAD, *REUSED]))
    assert checked.problems[["row", "reason"]].values.tolist() == [
        [2, "reused_id"],
        [3, "reused_id"],
    ]


def test_numbers_of_wards_that_count_for_themselves_are_told_apart(tmp_path: Path) -> None:
    checked = read(write_csv(tmp_path / "a.csv", [HEAD, *REUSED]), dossier_id_per_ward=True)
    assert checked.problems.empty
    assert checked.kept["dossier_id"].tolist() == [
        "01/2024 (Tân Biên)",
        "01/2024 (Hố Nai)",
        "02/2024 (Tân Biên)",
    ]


@pytest.mark.parametrize(
    "other",
    [
        record("01/2024", "Hố Nai", "02/01/2024"),  # handed on to another ward
        record("01/2024", "Tân Biên", "03/01/2024"),  # day corrected
        record("", "Hố Nai", "03/01/2024"),
    ],
)
def test_a_dossier_that_changed_is_no_other_dossier(tmp_path: Path, other: list) -> None:
    checked = read(write_csv(tmp_path / "a.csv", [HEAD, REUSED[0], other]))
    assert "reused_id" not in set(checked.problems["reason"])


# Status against dates ----------------------------------------------------------------------------


def test_a_closing_day_under_a_running_status_is_noted_and_may_be_left_out(tmp_path: Path) -> None:
    words = ["Đang xử lý", "Chờ bổ sung", "Đã trả kết quả", "", "Rút hồ sơ", "Lạ"]
    rows = [[*record(f"HS-{i}"), word] for i, word in enumerate(words)]
    path = write_csv(tmp_path / "a.csv", [[*HEAD, "Trạng thái"], *rows])
    usual, strict = read(path), read(path, done_needs_status=True)
    noted = usual.problems[usual.problems["reason"] == "done_in_progress"]
    assert noted["n"].sum() == 2
    assert usual.kept["closed_at"].notna().all()
    assert strict.kept["closed_at"].notna().tolist() == [False, False, True, True, True, False]


# Several exports ---------------------------------------------------------------------------------


def folder(data: Path, **files: list[list]) -> Inputs:
    for name, rows in files.items():
        write_xlsx(data / "dossiers" / f"ho_so_{name}.xlsx", [HEAD, *rows])
    return load_inputs(data, Params())


def numbers_of(inputs: Inputs) -> list[str]:
    return [
        n for (n,) in inputs.con.execute("select dossier_id from dossiers order by 1").fetchall()
    ]


def test_a_number_that_lost_its_zeros_in_one_export_is_the_one_that_has_them(
    tmp_path: Path,
) -> None:
    old = [record(352110 + i, received=f"0{i}/01/2024", closed="") for i in (2, 3)]
    new = [record(f"00{352110 + i}", received=f"0{i}/01/2024") for i in (2, 3)]
    inputs = folder(tmp_path, **{"20240110": old, "20240118": new})
    assert numbers_of(inputs) == ["00352112", "00352113"]
    assert quality_of(inputs)["duplicates"] == 2
    assert "2 mã hồ sơ mất các chữ số 0 ở đầu" in inputs.notes[0]
    assert load_inputs(tmp_path, Params()).notes == inputs.notes  # also from the cache
    later = folder(tmp_path, **{"20240120": old})  # the newest lacks them
    assert numbers_of(later) == ["00352112", "00352113"]


def test_numbers_that_differ_in_zeros_and_in_ward_or_day_are_two_and_told(tmp_path: Path) -> None:
    old, new = (
        [record(12, "Hố Nai"), record(13)],
        [record("0012"), record("0013", received="03/01/2024")],
    )
    inputs = folder(tmp_path, **{"20240110": old, "20240118": new})
    assert numbers_of(inputs) == ["0012", "0013", "12", "13"]
    assert inputs.notes[0].startswith("2 mã hồ sơ chỉ khác mã khác ở các chữ số 0 đầu")


def test_both_spellings_in_one_export_are_two_dossiers(tmp_path: Path) -> None:
    inputs = folder(
        tmp_path, **{"20240110": [record("12")], "20240118": [record("12"), record("0012")]}
    )
    assert numbers_of(inputs) == ["0012", "12"]


def test_exports_of_wards_that_each_count_from_one_are_refused(tmp_path: Path) -> None:
    def ward(name: str, day: str) -> list[list]:
        return [record(f"{i:02}/2024", name, day) for i in range(1, 5)]

    files = {
        "20240118_a": ward("Hố Nai", "02/01/2024"),
        "20240118_b": ward("Tân Biên", "03/01/2024"),
    }
    with pytest.raises(InputError, match="có 4 mã trùng nhau mà khác đơn vị"):
        folder(tmp_path, **files)
    inputs = load_inputs(tmp_path, Params(dossier_id_per_ward=True))
    assert inputs.n_dossiers == 8


def test_one_number_of_two_dossiers_in_two_exports_is_told(tmp_path: Path) -> None:
    old = [record(f"HS-{i}") for i in range(30)]
    new = [record(f"HS-{i}") for i in range(1, 30)] + [record("HS-0", "Hố Nai", "03/01/2024")]
    inputs = folder(tmp_path, **{"20240110": old, "20240118": new})
    assert inputs.notes[-1].startswith("1 mã hồ sơ trùng nhau giữa các tệp mà khác đơn vị")


@pytest.mark.parametrize(("others", "is_refused"), [(57, True), (58, False)])
def test_reused_numbers_are_no_slips_from_three_and_one_in_twenty_on(
    tmp_path: Path, others: int, is_refused: bool
) -> None:
    """Three of 60 numbers that stand in both exports are one in 20; three of 61 are fewer."""
    same = [record(f"HS-{i}") for i in range(others)]
    old = [record(f"B-{i}", "Tân Biên", "02/01/2024") for i in range(3)]
    new = [record(f"B-{i}", "Hố Nai", "03/01/2024") for i in range(3)]
    files = {"20240110": same + old, "20240118": same + new}
    if is_refused:
        with pytest.raises(InputError, match="có 3 mã trùng nhau mà khác đơn vị"):
            folder(tmp_path, **files)
    else:
        assert folder(tmp_path, **files).notes[-1].startswith("3 mã hồ sơ trùng nhau giữa các tệp")


def test_other_records_name_the_dossier_that_has_the_zeros(tmp_path: Path) -> None:
    """352112 can only be 00352112; 12 may be 012 or 0012; 13 is a dossier itself."""
    numbers = ["00352112", "012", "0012", "13", "0013", "H19-0001"]
    rows = [record(n, received=f"0{i}/01/2024") for i, n in enumerate(numbers, start=1)]
    told = [[n, "Tân Biên", "05/01/2024", f"PA-{n}"] for n in (352112, 12, 13, "H19-0001", "")]
    head = ["Mã hồ sơ", "Đơn vị", "Ngày tiếp nhận", "Mã phản ánh"]
    write_xlsx(tmp_path / "feedback" / "phan_anh_20240118.xlsx", [head, *told])
    broken = [[352112, "05/01/2024"], ["00352112", "05/01/2024"]]
    write_xlsx(
        tmp_path / "incidents" / "su_co_20240118.xlsx", [["Mã hồ sơ", "Ngày báo lỗi"], *broken]
    )
    inputs = folder(tmp_path, **{"20240118": rows})
    named = inputs.con.execute("select dossier_id from feedback order by feedback_id").fetchall()
    assert named == [("",), ("12",), ("13",), ("00352112",), ("H19-0001",)]
    assert inputs.con.execute("select dossier_id from incidents").fetchall() == [("00352112",)]


def test_a_number_with_a_broken_letter_is_set_aside(tmp_path: Path) -> None:
    rows = [record("H19\ufffd-0001"), record("H19-0002", "Hố Nai")]
    inputs = folder(tmp_path, **{"20240118": rows})
    assert numbers_of(inputs) == ["H19-0002"]
    assert inputs.problems[["row", "value", "reason"]].to_numpy().tolist() == [
        [2, "H19\ufffd-0001", "broken_id"]
    ]
