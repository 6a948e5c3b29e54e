"""Dates written month first, or swapped by an Excel with American settings, are never counted."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from exports import HEAD, record, write_csv, write_xlsx
from motcua.base.errors import InputError
from motcua.base.params import Params
from motcua.reading.inputs import read_export

DAYS = [(20, 12, 2023), (21, 12, 2023), (2, 1, 2024), (5, 1, 2024), (12, 1, 2024), (16, 1, 2024)]


def american(form: str) -> list[list]:
    """Records whose days are written month first."""
    days = [form.format(d=d, m=m, y=y) for d, m, y in DAYS]
    return [record(f"HS-{i}", "Tân Biên", day, day, day) for i, day in enumerate(days)]


def refusal(path: Path, **params: object) -> str:
    with pytest.raises(InputError) as error:
        read_export(path, "dossiers", Params(**params))
    return str(error.value)


@pytest.mark.parametrize(
    ("form", "date_format"),
    [
        ("{m}/{d}/{y}", "%m/%d/%Y"),
        ("{m:02}-{d:02}-{y}", "%m-%d-%Y"),
        ("{m}/{d}/{y} 08:30", "%m/%d/%Y %H:%M"),
        ("{m}/{d}/{y} 8:30:00 AM", "%m/%d/%Y %I:%M:%S %p"),
    ],
)
def test_a_month_first_column_is_refused_and_read_with_the_format_that_is_offered(
    tmp_path: Path, form: str, date_format: str
) -> None:
    path = write_csv(tmp_path / "a.csv", [HEAD, *american(form)])
    said = refusal(path)
    assert "viết tháng trước ngày (tháng/ngày/năm)" in said
    assert f'`date_format: "{date_format}"`' in said
    checked = read_export(path, "dossiers", Params(date_format=date_format))[0]["closed"]
    assert checked.kept["due_at"].dt.date.tolist() == [date(y, m, d) for d, m, y in DAYS]


def swapped(d: int, m: int, y: int) -> object:
    """What Excel with American settings makes of a text dd/mm/yyyy."""
    return date(y, d, m) if d <= 12 else f"{d:02}/{m:02}/{y}"


def test_a_file_that_an_american_excel_saved_is_refused(tmp_path: Path) -> None:
    days = [swapped(*day) for day in DAYS]
    rows = [record(f"HS-{i}", "Tân Biên", day, day, day) for i, day in enumerate(days)]
    assert "đã bị đảo ngày với tháng" in refusal(write_xlsx(tmp_path / "a.xlsx", [HEAD, *rows]))
    iso = [[str(cell) for cell in row] for row in rows]  # saved as text again
    assert "đã bị đảo ngày với tháng" in refusal(write_csv(tmp_path / "a.csv", [HEAD, *iso]))


def test_a_column_of_two_orders_is_refused(tmp_path: Path) -> None:
    days = [f"{d:02}/{m:02}/{y}" for d, m, y in DAYS]
    ours = [record(f"HN-{i}", "Hố Nai", day, day, day) for i, day in enumerate(days * 3)]
    theirs = american("{m}/{d}/{y}")
    said = refusal(write_csv(tmp_path / "a.csv", [HEAD, *ours, *theirs]))
    assert "lẫn hai cách viết ngày: 3 ô viết ngày/tháng, 3 ô viết tháng/ngày" in said


@pytest.mark.parametrize(
    "days",
    [
        ["20/12/2023", "05/01/2024", "01/25/2024", "01/25/2024"],  # one slip, copied
        ["02/01/2024", "01/25/2024"],
        [date(2024, 1, 2), date(2024, 1, 3), "25/12/2023"],  # typed and written by chance
        [date(2024, 1, d) for d in range(1, 13)],
        [date(2024, 1, 2), date(2024, 1, 20), "25/12/2023", "02/01/2024", 45305],
        ["2024-01-02", "2024-01-03", "2024-01-20", "25/12/2023"],
    ],
)
def test_ordinary_columns_with_slips_or_several_kinds_are_read(
    tmp_path: Path, days: list[object]
) -> None:
    rows = [record(f"HS-{i}", "Tân Biên", "01/12/2023", day, "") for i, day in enumerate(days)]
    checked = read_export(write_xlsx(tmp_path / "a.xlsx", [HEAD, *rows]), "dossiers", Params())[0]
    wrong = sum(day == "01/25/2024" for day in days)
    assert len(checked["closed"].problems) == wrong
