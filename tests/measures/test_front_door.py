"""What an analyst types: errors that say what to do, and tables with the shapes that are promised.

Expected values are worked out by hand.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from types import SimpleNamespace

import motcua as mc
import pytest
from cases import load_rows, on_time, unit, write_csv
from motcua.base.errors import InputError, ParameterError
from motcua.measures.month import Months
from motcua.measures.state import CAUSES
from motcua.reading.inputs import load_inputs

pytestmark = pytest.mark.usefixtures("own_cache")

CANONICAL = [
    "dossier_id", "ward", "procedure", "field", "channel", "received_at", "due_at",
    "rescheduled_due_at", "result_at", "returned_at", "closed_at", "status", "official", "division",
    "division_received_at", "division_due_at", "division_returned_at", "late_cause", "evidence",
    "apology_at",
]  # fmt: skip
OFFICIAL, APPLICANT, PHONE = "Trần Thị Ví Dụ", "Lê Văn Thí Dụ", "0912345678"
HEADER = (
    "Mã hồ sơ", "Đơn vị tiếp nhận", "Ngày tiếp nhận", "Ngày hẹn trả", "Ngày có kết quả",
    "Ngày kết thúc xử lý", "Cán bộ thụ lý", "Người nộp", "Số điện thoại", "Cột chưa ai biết",
)  # fmt: skip
PERSONS = (OFFICIAL, APPLICANT, PHONE, "x")
THREE = [
    ("H1", "An Bình", "20/12/2023", "05/01/2024", "04/01/2024", "04/01/2024", *PERSONS),
    ("H2", "An Bình", "20/12/2023", "05/01/2024", "09/01/2024", "10/01/2024", *PERSONS),  # slow
    ("H3", "Hóa An", "20/12/2023", "05/01/2024", "04/01/2024", "05/01/2024", *PERSONS),
]


@pytest.fixture
def three(tmp_path: Path) -> mc.Month:
    """Three dossiers: An Bình one on time and one late by its own slowness, Hóa An one on time."""
    write_csv(tmp_path / "dossiers" / "ho_so.csv", HEADER, THREE)
    return mc.load("2024-01", data=tmp_path)


# Errors ---------------------------------------------------------------------------------------
KINDS = (
    "ghi 2024-01 (tháng), 2024-Q1 (quý), 2024-H1 (6 tháng đầu năm), 2024-H2 (6 tháng cuối năm), "
    "2024-9M (9 tháng) hoặc 2024 (năm)."
)


@pytest.mark.parametrize(
    "written", ["02/2024", "2/2024", "2024-2", "2024/02", "2024.02", "2-2024", "202402"]
)
def test_a_month_written_another_way_is_refused_with_the_one_meant(tmp_path, written):
    told = f"Kỳ '{written}' không hợp lệ: {KINDS} Có phải là 2024-02?"
    with pytest.raises(ParameterError) as of_load:
        mc.load(written)
    with pytest.raises(ParameterError) as of_at:
        load_rows(tmp_path, on_time(1)).at(written)
    assert str(of_load.value) == str(of_at.value) == told


@pytest.mark.parametrize("written", ["2024-00", "tháng hai", "", None])
def test_a_month_that_cannot_be_told_is_refused_without_a_guess(written):
    with pytest.raises(ParameterError) as error:
        mc.load(written)
    assert str(error.value) == f"Kỳ '{written}' không hợp lệ: {KINDS}"


@pytest.mark.parametrize(
    ("written", "near"),
    [
        ("Q1/2024", "2024-Q1"), ("quý 1/2024", "2024-Q1"), ("Quý IV năm 2024", "2024-Q4"),
        ("2024Q2", "2024-Q2"), ("2024-q3", "2024-Q3"), ("06 tháng đầu năm 2024", "2024-H1"),
        ("6 tháng cuối năm 2024", "2024-H2"), ("H2/2024", "2024-H2"), ("9 tháng 2024", "2024-9M"),
        ("09 tháng đầu năm 2024", "2024-9M"), ("năm 2024", "2024"), ("tháng 3/2024", "2024-03"),
        ("2024-13", "2024-01"), ("13/2024", "2024-01"),
    ],
)  # fmt: skip
def test_a_period_written_in_words_is_refused_with_its_spelling(written, near):
    with pytest.raises(ParameterError) as error:
        mc.load(written)
    assert str(error.value) == f"Kỳ '{written}' không hợp lệ: {KINDS} Có phải là {near}?"


@pytest.mark.parametrize("written", ["2024-Q5", "2024-Q0", "2024-H3", "2024-6M", "2024-Q", "2024-"])
def test_a_period_that_no_year_has_is_refused(written):
    with pytest.raises(ParameterError, match="không hợp lệ: ghi 2024-01 .tháng., 2024-Q1 .quý."):
        mc.load(written)


def test_a_list_that_is_none_is_refused_with_those_there_are(three):
    assert three.names("below_threshold") == ["An Bình"]
    with pytest.raises(ParameterError) as error:
        three.names("below")
    assert str(error.value) == (
        "Không có danh sách 'below'. Các danh sách: below_threshold, forgot_to_close, "
        "urban_management, software_error, feedback, praised, awaiting_close."
    )
    with pytest.raises(ParameterError, match=r"Có phải là 'below_threshold'\?"):
        three.names("below_treshold")


def test_an_unknown_parameter_is_refused_with_the_nearest_known_one():
    with pytest.raises(ParameterError) as error:
        mc.load("2024-01", threshold=95)
    assert "Không có tham số 'threshold'. Có phải là 'threshold_percent'?" in str(error.value)


def test_a_folder_that_is_not_there_is_named_with_what_to_do():
    with pytest.raises(InputError) as error:
        mc.load("2024-01", data="nowhere")
    what, repair = str(error.value).splitlines()
    assert what.startswith("Không có thư mục dữ liệu ")
    assert what.endswith("nowhere.")
    assert repair.startswith("Cách sửa: tạo thư mục")


# Tables ---------------------------------------------------------------------------------------


def test_dossiers_are_one_row_each_with_the_canonical_columns_and_no_person(three):
    table = three.dossiers
    columns = list(table)
    assert [column for column in columns if column in CANONICAL] == CANONICAL
    assert [column for column in columns if column not in CANONICAL] == [
        "reschedules", "status_group",
    ]  # fmt: skip
    assert sorted(table["dossier_id"]) == ["H1", "H2", "H3"]
    assert sorted(table["ward"]) == ["An Bình", "An Bình", "Hóa An"]
    assert table["official"].str.fullmatch(r"CC-[0-9A-F]{8}").all()
    assert table["official"].nunique() == 2  # one name in each ward: a code is of a ward's official
    text = table.astype(str).to_csv()
    assert not [person for person in (OFFICIAL, APPLICANT, PHONE) if person in text]


def test_rates_city_and_history_count_the_three_dossiers(three):
    assert three.period == (date(2023, 12, 15), date(2024, 1, 14))
    assert len(three.rates) == 30
    ward = unit(three, "An Bình")
    assert (ward["counted"], ward["good"], ward["rate_percent"]) == (2, 1, 50.0)
    city = {key: three.city[key] for key in ("received", "resolved", "late", "rate_percent")}
    assert city == {"received": 3, "resolved": 3, "late": 1, "rate_percent": 66.666667}
    assert list(three.history) == [
        "month", "code", "name", "counted", "good", "resolved", "on_time", "late", "open_overdue",
        "days_1_30", "days_31_90", "days_91_up", "awaiting_close", "awaiting_close_overdue",
        "counted_766", "good_766", "rate_percent", "below_threshold", "rate_766_percent",
        "below_threshold_766", "feedback",
    ]  # fmt: skip
    now = three.history.query("month == '2024-01' and name == 'An Bình'")
    assert now[["counted", "good", "late"]].to_numpy().tolist() == [[2, 1, 1]]
    assert set(three.history["month"]) == {"2024-01"}  # nothing came in before 15/12/2023


def test_causes_of_wards_and_of_the_city(three):
    shape = ["cause", "label", "party", "party_label", "late", "evidenced", "points_lost",
             "rate_if_not_for"]  # fmt: skip
    wards, city = three.late_by_cause, three.city_by_cause
    assert list(wards) == ["code", "name", *shape]
    assert list(city) == shape
    assert len(wards) == 30 * len(CAUSES)
    assert city["cause"].tolist() == list(CAUSES)
    kept = ["name", "cause", "late", "points_lost", "rate_if_not_for"]
    assert wards.loc[wards["late"] > 0, kept].to_numpy().tolist() == [
        ["An Bình", "slow_processing", 1, 50.0, 100.0]  # had it been on time: 2 of 2
    ]
    lost = city.loc[city["late"] > 0, ["cause", "points_lost", "rate_if_not_for"]]
    assert lost.to_numpy().tolist() == [["slow_processing", 33.333333, 100.0]]


def test_lists_quality_and_sources_say_what_was_read(three):
    assert list(three.lists) == [
        "below_threshold", "forgot_to_close", "urban_management", "software_error", "feedback",
        "praised", "awaiting_close",
    ]  # fmt: skip
    assert three.lists["below_threshold"] == [unit(three, "An Bình")["code"]]
    counts = ("rows_read", "rows_kept", "rows_set_aside", "duplicates")
    assert [three.quality[count] for count in counts] == [3, 3, 0, 0]
    assert three.sources[["file", "rows", "kept"]].to_numpy().tolist() == [
        ["dossiers/ho_so.csv", 3, 3]
    ]
    assert list(three.sources) == ["file", "kind", "rows", "kept", "exported_at", "dated_by"]
    assert three.sources["kind"].tolist() == ["Hồ sơ"]
    assert three.unknown_headings.to_numpy().tolist() == [["Cột chưa ai biết", 1]]
    (source,) = three.inputs.sources
    assert (source.file, source.kind, source.rows, source.kept) == (
        "dossiers/ho_so.csv", "dossiers", 3, 3,
    )  # fmt: skip


def test_months_are_named_by_the_first_and_the_last() -> None:
    months = [SimpleNamespace(month=name) for name in ("2023-11", "2023-12", "2024-01")]
    assert repr(Months(months)) == "<Months 2023-11..2024-01>"


def test_the_reader_of_a_month_tells_whom_it_was_asked_to_tell(tmp_path, monkeypatch) -> None:
    asked = []
    read = lambda *of: asked.append(of[2]) or load_inputs(*of)  # noqa: E731
    monkeypatch.setattr("motcua.measures.month.load_inputs", read)
    load_rows(tmp_path, on_time(1), progress=print)
    assert asked == [print]
