"""A file without numbers or due dates is read by parameters: rows, flags, numbers of days."""

from __future__ import annotations

from pathlib import Path

import motcua
import pandas as pd
import pytest
from exports import write_csv, write_xlsx
from motcua.base.errors import InputError, ParameterError
from motcua.base.params import Params
from motcua.measures.causes import late_dossiers
from motcua.measures.signs import checks
from motcua.reading.inputs import load_inputs, quality_of, read_export
from motcua.reading.rows import Checked

HEAD = ["Đơn vị", "Ngày tiếp nhận", "Ngày kết thúc xử lý"]
LATE = "late"


def flagged(path: Path, heading: str, *flags: object, closed: str = "09/01/2024") -> Checked:
    rows = [["Hố Nai", "02/01/2024", closed, flag] for flag in flags]
    write_csv(path, [[*HEAD, heading], *rows])
    params = Params(dossier_id="row", columns={"on_time": heading})
    return read_export(path, "dossiers", params)[0]["closed"]


def told(checked: Checked) -> dict[int, str]:
    """Row -> on time or late, as the due date has it; "" for none; rows set aside are not there."""
    rows = checked.kept
    return {
        row: "" if pd.isna(due) else LATE if closed > due else "on time"
        for row, due, closed in zip(rows["row"], rows["due_at"], rows["closed_at"], strict=True)
    }


# Rows for numbers ---------------------------------------------------------------------------------


def test_each_row_is_a_dossier_of_its_own_by_file_and_row(tmp_path: Path) -> None:
    row = ["Hố Nai", "02/01/2024", "09/01/2024", "10/01/2024"]
    for place in ("2023/a.csv", "2024/a.csv"):
        write_csv(tmp_path / "dossiers" / place, [[*HEAD, "Hạn trả"], row, row])
        row = [*row[:3], "11/01/2024"]
    for _ in range(2):
        inputs = load_inputs(tmp_path, Params(dossier_id="row"))
        ids = inputs.table("dossiers").df()["dossier_id"]
        assert sorted(ids) == ["2023/A.CSV#2", "2023/A.CSV#3", "2024/A.CSV#2", "2024/A.CSV#3"]
    quality = quality_of(inputs)
    assert (quality["rows_read"], quality["rows_kept"], quality["duplicates"]) == (4, 4, 0)
    assert sum("mỗi dòng được tính là một hồ sơ riêng" in note for note in inputs.notes) == 2


def test_a_renamed_file_gets_other_numbers_and_every_sheet_its_own(tmp_path: Path) -> None:
    rows = [[*HEAD, "Hạn trả"], ["Hố Nai", "02/01/2024", "", "10/01/2024"]]
    path = write_xlsx(tmp_path / "dossiers" / "a.xlsx", {"T1": rows, "T2": rows})
    first = load_inputs(tmp_path, Params(dossier_id="row")).table("dossiers").df()["dossier_id"]
    assert first.nunique() == 2
    path.rename(path.with_name("b.xlsx"))
    again = load_inputs(tmp_path, Params(dossier_id="row")).table("dossiers").df()["dossier_id"]
    assert not set(first) & set(again)


def test_a_file_that_lies_there_twice_is_refused(tmp_path: Path) -> None:
    for name in ("a.csv", "a (1).csv"):
        write_csv(tmp_path / "dossiers" / name, [[*HEAD, "Hạn trả"], ["Hố Nai", "02/01/2024"]])
    with pytest.raises(InputError, match="giống hệt nhau"):
        load_inputs(tmp_path, Params(dossier_id="row"))


def test_a_telephone_in_a_name_of_a_file_makes_no_number(tmp_path: Path) -> None:
    rows = [[*HEAD, "Hạn trả"], ["Hố Nai", "02/01/2024", "", ""]]
    write_csv(tmp_path / "dossiers" / "0912345678.csv", rows)
    (number,) = load_inputs(tmp_path, Params(dossier_id="row")).table("dossiers").df()["dossier_id"]
    assert "0912345678" not in number


# Flags --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("heading", "flags", "expected"),
    [
        ("ontime", ["ONTIME", "OVERDUE", ""], ["on time", LATE, ""]),
        ("Kết quả hạn", ["1", "0"], ["on time", LATE]),
        ("Đúng hạn", ["Có", "Không"], ["on time", LATE]),
        ("Trễ hạn", ["Có", "Không", ""], [LATE, "on time", ""]),
        ("is_late", ["True", "False"], [LATE, "on time"]),
        ("Không đúng hạn", ["x", "0"], [LATE, "on time"]),
        ("Kết quả", ["Đúng hạn", "trễ  HẠN", "Quá hạn"], ["on time", LATE, LATE]),
        ("Tình trạng", ["Trễ hạn 3 ngày", "Sớm hạn: 2 ngày"], [LATE, "on time"]),
        ("Đúng hạn/Trễ hạn", ["Đúng hạn", "1"], ["on time", None]),
        ("Kết quả", ["Đúng hạn", "Gần đúng hạn", "3"], ["on time", None, None]),
        ("Trễ hạn", ["x", "", ""], [LATE, None, None]),
    ],
)
def test_a_flag_tells_on_time_or_late(
    tmp_path: Path, heading: str, flags: list[str], expected: list[str | None]
) -> None:
    checked = flagged(tmp_path / "a.csv", heading, *flags)
    known = {row: word for row, word in enumerate(expected, start=2) if word is not None}
    assert told(checked) == known
    aside = checked.problems[["row", "reason"]].to_numpy().tolist()
    assert aside == [[r, "bad_on_time"] for r, w in enumerate(expected, start=2) if w is None]


def test_a_flag_holds_for_every_completion_event(tmp_path: Path) -> None:
    head = [*HEAD, "Ngày có kết quả", "Ngày trả kết quả", "Cờ"]
    row = ["Hố Nai", "02/01/2024", "09/01/2024", "05/01/2024", "07/01/2024"]
    path = write_csv(tmp_path / "a.csv", [head, [*row, "Đúng hạn"], [*row, "Trễ hạn"]])
    params = Params(dossier_id="row", columns={"on_time": "Cờ"})
    rows = read_export(path, "dossiers", params)[0]["closed"].kept
    ends = rows[["closed_at", "result_at", "returned_at"]].to_numpy()
    assert (ends > rows[["due_at"]].to_numpy()).tolist() == [[False] * 3, [True] * 3]


def test_a_month_counts_by_flags_alone(tmp_path: Path) -> None:
    """Worked by hand: received, resolved, on time, late, open, open overdue, without due date."""
    rows = [
        ["02/01/2024", "09/01/2024", "ONTIME"],
        ["02/01/2024", "02/01/2024", "OVERDUE"],
        ["02/01/2024", "09/01/2024", ""],
        ["03/01/2024", "", "ONTIME"],
        ["14/01/2024", "", "OVERDUE"],
    ]
    rows = [["Hố Nai", *row] for row in rows]
    write_csv(tmp_path / "dossiers" / "a_20240115.csv", [[*HEAD, "ontime"], *rows])
    params = tmp_path / "p.yaml"
    params.write_text(
        "dossier_id: row\nunits: from_data\nsmall_n: 0\ncolumns: {on_time: ontime}\n", "utf-8"
    )
    month = motcua.load("2024-01", data=tmp_path, params=params)
    names = ["received", "resolved", "on_time", "late", "open", "open_overdue", "no_due_date"]
    assert month.rates[names].to_numpy().tolist() == [[5, 2, 1, 1, 2, 1, 1]]
    assert set(late_dossiers(month)["cause"]) == {"unknown"}
    assert checks(month).set_index("check").loc["deadline", "is_sign"] is None


# Days ---------------------------------------------------------------------------------------------


def test_due_days_count_from_receipt_and_others_are_set_aside(tmp_path: Path) -> None:
    days = ["5", "0", "05 ngày", "7.0", "", "5 ngày làm việc", "-1", "2.5", "vài ngày"]
    rows = [["Hố Nai", "28/02/2024", "", written] for written in days]
    path = write_csv(tmp_path / "a.csv", [[*HEAD, "Số ngày"], *rows])
    params = Params(dossier_id="row", columns={"due_days": "Số ngày"})
    checked = read_export(path, "dossiers", params)[0]["closed"]
    due = checked.kept["due_at"].dt.strftime("%d/%m/%Y").fillna("").tolist()
    assert due == ["04/03/2024", "28/02/2024", "04/03/2024", "06/03/2024", ""]
    assert checked.problems["row"].tolist() == [7, 8, 9, 10]
    assert set(checked.problems["reason"]) == {"bad_due_days"}


def test_days_may_be_numbers_of_a_workbook(tmp_path: Path) -> None:
    rows = [[*HEAD, "SLA"], ["Hố Nai", "02/01/2024", "", 10], ["Hố Nai", "02/01/2024", "", None]]
    path = write_xlsx(tmp_path / "a.xlsx", {"T1": rows})
    params = Params(dossier_id="row", columns={"due_days": "SLA"})
    due = read_export(path, "dossiers", params)[0]["closed"].kept["due_at"]
    assert [str(day)[:10] for day in due] == ["2024-01-12", "NaT"]


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"columns": {"due_at": "Hạn", "on_time": "Cờ"}}, "chỉ khai một trong due_at, on_time"),
        ({"columns": {"dossier_id": "Mã"}, "dossier_id": "row"}, "Bỏ một trong hai"),
    ],
)
def test_two_columns_for_one_thing_are_refused(tmp_path: Path, params: dict, words: str) -> None:
    path = write_csv(tmp_path / "a.csv", [HEAD])
    with pytest.raises(ParameterError, match=words):
        read_export(path, "dossiers", Params(**params))
