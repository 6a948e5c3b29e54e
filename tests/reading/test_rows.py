"""Values of an export become typed rows; a wrong row is set aside with its reason."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from motcua.base.params import Params
from motcua.base.reference import (
    REFERENCE,
    read_units,
    read_yaml,
    reused_codes,
    speak_of,
    unit_key,
    unit_names,
)
from motcua.reading.header import RawTable
from motcua.reading.personal import HIDDEN, mask_personal, tell_common
from motcua.reading.rows import Checked, Known, make_canonical
from motcua.reading.values import moment_of, parse_dates

REGISTER = read_units(REFERENCE / "wards.csv")
WARDS, REUSED = unit_names(REGISTER), reused_codes(REGISTER)
GOOD = {
    "dossier_id": "HS-001",
    "ward": "Tân Biên",
    "received_at": "02/01/2024",
    "due_at": "10/01/2024",
    "closed_at": "09/01/2024",
}


@pytest.fixture(autouse=True)
def usual_place() -> None:
    """The names of the usual place, whatever place another test in this process spoke of."""
    speak_of(Params())


def check(*rows: dict, kind: str = "dossiers", units: dict | None = WARDS, **params) -> Checked:
    """Check rows that differ from GOOD in the values given."""
    good = GOOD if kind == "dossiers" else {}
    frame = pd.DataFrame([good | row for row in rows], dtype=object)
    frame["row"] = range(2, len(rows) + 2)
    raw = RawTable("a.csv", frame, {"received_at": "Ngày nhận"}, is_synthetic=False)
    asked = Params(**params)
    return make_canonical(raw, kind, asked, Known(units, REUSED, b"secret"))[asked.completion_event]


def one_date(value: object, date_format: str | list[str] | None = None) -> str:
    """Date of a single cell as text; "" for a blank, "bad" for what is no date."""
    dates, bad = parse_dates(pd.Series([value], dtype=object), date_format)
    return "bad" if bad[0] else "" if pd.isna(dates[0]) else f"{dates[0]:%Y-%m-%d %H:%M:%S}"


def test_a_code_that_was_used_again_names_the_unit_of_the_day_and_no_other_row() -> None:
    """In January 2024 26014 was Tân Tiến; a row without a day of receipt may mean either unit."""
    rows = [{"ward": "26014"}, {"ward": "Hố Nai"}, {"ward": "26014", "received_at": ""}]
    checked = check(*({"dossier_id": f"HS-{i}"} | row for i, row in enumerate(rows)))
    assert checked.kept["ward"].tolist() == ["Tân Tiến", "Hố Nai"]
    assert checked.problems["row"].unique().tolist() == [4]


# Dates ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("14/01/2024", "2024-01-14 00:00:00"),
        ("4/1/2024", "2024-01-04 00:00:00"),
        ("14/01/2024 16:05", "2024-01-14 16:05:00"),
        ("14/01/2024 16:05:09", "2024-01-14 16:05:09"),
        ("14-01-2024", "2024-01-14 00:00:00"),
        ("14.01.2024", "2024-01-14 00:00:00"),
        (" 14/01/2024\u00a0", "2024-01-14 00:00:00"),
        ("14/01/2024  16:05", "2024-01-14 16:05:00"),
        ("2024-01-14", "2024-01-14 00:00:00"),
        ("2024-01-14T16:05:09", "2024-01-14 16:05:09"),
        ("2024-01-14 16:05:09", "2024-01-14 16:05:09"),
        (45305, "2024-01-14 00:00:00"),
        (45305.67, "2024-01-14 16:04:48"),
        ("45305", "2024-01-14 00:00:00"),
        ("45305.5", "2024-01-14 12:00:00"),
        (date(2024, 1, 14), "2024-01-14 00:00:00"),
        (datetime(2024, 1, 14, 16, 5), "2024-01-14 16:05:00"),
        (datetime(2024, 1, 13, 20, tzinfo=UTC), "2024-01-14 03:00:00"),
        ("29/02/2024", "2024-02-29 00:00:00"),
        ("14/01/2024 08:30:00 SA", "2024-01-14 08:30:00"),  # .NET in Vietnamese
        ("14/01/2024 8:30:00 CH", "2024-01-14 20:30:00"),
        ("14/01/2024 12:05 SA", "2024-01-14 00:05:00"),
        ("14/01/2024 12:05 PM", "2024-01-14 12:05:00"),
        ("14/01/2024 15:05 CH", "2024-01-14 15:05:00"),
        ("08:30 SA 14/01/2024", "2024-01-14 08:30:00"),
        ("14/01/2024, 08:30:00", "2024-01-14 08:30:00"),
        ("08:30:00, 14/1/2024", "2024-01-14 08:30:00"),
        ("2024-01-14T08:30", "2024-01-14 08:30:00"),
        ("2024-01-14 08:30:00.0000000", "2024-01-14 08:30:00"),  # SQL Server
        ("2024-01-14 08:30:00.0000000 +07:00", "2024-01-14 08:30:00"),
        ("Jan 14 2024  8:30AM", "2024-01-14 08:30:00"),
        ("14 Jan 2024 08:30:00:000", "2024-01-14 08:30:00"),
        ("14-JAN-24 08.30.00.000000 AM", "2024-01-14 08:30:00"),  # Oracle
        ("14-JAN-24 08.30.00.000000 PM +00:00", "2024-01-15 03:30:00"),
        ("14-JAN-24 08.30.00.000000000 AM ASIA/SAIGON", "2024-01-14 08:30:00"),
        ("14-JAN-2024", "2024-01-14 00:00:00"),
        ("2024-01-14 20:00:00+00:00", "2024-01-15 03:00:00"),
        ("2024-01-14T20:00:00Z", "2024-01-15 03:00:00"),
        ("2024-01-14T08:30:00+0700", "2024-01-14 08:30:00"),
        ("Sun Jan 14 2024 08:30:00 GMT+0700 (Giờ Đông Dương)", "2024-01-14 08:30:00"),  # browsers
        ("Sun Jan 14 08:30:00 ICT 2024", "2024-01-14 08:30:00"),  # Java
        ("Sun, 14 Jan 2024 20:30:00 GMT", "2024-01-15 03:30:00"),
        ("ngày 14 tháng 01 năm 2024", "2024-01-14 00:00:00"),
        ("Chủ nhật, ngày 14 tháng 01 năm 2024", "2024-01-14 00:00:00"),
        ("14 thg 1 2024", "2024-01-14 00:00:00"),
        ("14 thg 1, 2024", "2024-01-14 00:00:00"),
        ("14-thg1-24", "2024-01-14 00:00:00"),
        ("14 Tháng Một 2024", "2024-01-14 00:00:00"),
        ("ngày 14 tháng năm năm 2024", "2024-05-14 00:00:00"),
        ("14 tháng mười hai, 2024", "2024-12-14 00:00:00"),
        ("8 giờ 30 phút ngày 14/01/2024", "2024-01-14 08:30:00"),
        ("14/01/2024 8h30", "2024-01-14 08:30:00"),
        ("14/01/2024 - 16:05", "2024-01-14 16:05:00"),
        ("14 / 01 / 2024", "2024-01-14 00:00:00"),
        ("14–01–2024", "2024-01-14 00:00:00"),
        ("１４/０１/２０２４", "2024-01-14 00:00:00"),
        ('="14/01/2024"', "2024-01-14 00:00:00"),
        ("'14/01/2024 16:05", "2024-01-14 16:05:00"),
        ("\u200e14/\u200e01/2024", "2024-01-14 00:00:00"),
        (45305.9999999653, "2024-01-14 23:59:59"),  # 23:59:59.997 is of the same day
        (45304.99999999999, "2024-01-14 00:00:00"),  # the float next to a midnight is that midnight
        (45305.3541666666, "2024-01-14 08:30:00"),
    ],
    ids=repr,
)
def test_a_date_is_read_day_first_in_every_form_of_exports(written: object, expected: str) -> None:
    assert one_date(written) == expected


@pytest.mark.parametrize(
    "written",
    [
        "01/25/2024",
        "01-25-2024",
        "31/02/2024",
        "29/02/2023",
        "14/01/0202",
        "0202-01-14",
        "14/13/2024",
        "14/01/24",
        "14/01",
        "2024",
        "2024-01",
        "20240114",
        "14/01/2024 25:00",
        "14/01/2024 13:30 SA",
        "14/01/2024 0:30 CH",
        "14/01/2024 8:30 XX",
        "Jan 32 2024",
        "14-thg13-24",
        "14/01/2024 16:05 +25:00",
        "2024-01-14 08:30:00 Asia/Nowhere",
        "14/01/2024 hoặc 15/01/2024",
        "tháng 01 năm 2024",
        "hôm qua",
        "#N/A",
        14,
        0,
        -45305,
        4530500,
        True,
        time(8, 30),
        timedelta(days=3),
        date(202, 1, 14),
        datetime(9999, 12, 31),
        float("inf"),
    ],
    ids=repr,
)
def test_what_is_no_date_is_told_and_never_guessed(written: object) -> None:
    assert one_date(written) == "bad"


@pytest.mark.parametrize(
    "blank", [None, "", "  ", "-", "–", "null", "NaT", float("nan"), pd.NaT], ids=repr
)
def test_a_blank_is_no_date_and_no_fault(blank: object) -> None:
    assert one_date(blank) == ""


@settings(max_examples=30)
@given(st.datetimes(datetime(1990, 1, 1), datetime(2099, 12, 31)))
def test_every_day_and_second_reads_back_from_every_form(moment: datetime) -> None:
    moment = moment.replace(microsecond=0)
    serial = (moment - datetime(1899, 12, 30)) / timedelta(days=1)
    forms = [moment, f"{moment:%d/%m/%Y %H:%M:%S}", f"{moment:%Y-%m-%dT%H:%M:%S}", serial]
    dates, bad = parse_dates(pd.Series(forms, dtype=object))
    assert not bad.any()
    assert dates.tolist() == [moment] * 4


def test_zoned_times_are_told_by_the_clocks_of_the_parameter() -> None:
    cells = pd.Series(["2024-01-14T20:00:00Z", datetime(2024, 1, 14, 20, tzinfo=UTC)], dtype=object)
    for zone, day in [("Asia/Ho_Chi_Minh", 15), ("America/New_York", 14)]:
        assert parse_dates(cells, time_zone=zone)[0].dt.day.tolist() == [day, day]


def test_a_month_first_date_is_set_aside_or_read_as_day_first() -> None:
    days = pd.date_range("2024-01-01", "2024-12-31")
    dates, bad = parse_dates(pd.Series(days.strftime("%m/%d/%Y"), dtype=object))
    assert bad.tolist() == (days.day > 12).tolist()
    assert (
        dates.dropna().dt.strftime("%d/%m").tolist()
        == days[days.day <= 12].strftime("%m/%d").tolist()
    )


@pytest.mark.parametrize(
    ("written", "date_format", "expected"),
    [
        ("01/25/2024", "%m/%d/%Y", "2024-01-25 00:00:00"),
        ("1/25/2024 8:30:00 CH", "%m/%d/%Y %I:%M:%S %p", "2024-01-25 20:30:00"),
        ("01/25/2024 20:00:00 +0000", "%m/%d/%Y %H:%M:%S %z", "2024-01-26 03:00:00"),
        ("01/25/2024", ["%m/%d/%Y %H:%M", "%m/%d/%Y"], "2024-01-25 00:00:00"),
        ("25/01/2024", ["%m/%d/%Y %H:%M", "%m/%d/%Y"], "bad"),
        ("14/01/2024", "%m/%d/%Y", "bad"),
        ("20240114", "%Y%m%d", "2024-01-14 00:00:00"),
        (20240114.0, "%Y%m%d", "2024-01-14 00:00:00"),
        ("2024-01-14T16:05", "%Y-%m-%dT%H:%M", "2024-01-14 16:05:00"),
        ("45305", "%Y-%m-%d", "bad"),
        (45305, "%m/%d/%Y", "2024-01-14 00:00:00"),
        (datetime(2024, 1, 14), "%m/%d/%Y", "2024-01-14 00:00:00"),
    ],
)
def test_date_format_replaces_the_day_first_reading(
    written: object, date_format: str | list[str], expected: str
) -> None:
    assert one_date(written, date_format) == expected


# Rows set aside -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "column", "reason", "value"),
    [
        ({"dossier_id": None}, "dossier_id", "missing_id", ""),
        ({"dossier_id": " – "}, "dossier_id", "missing_id", ""),
        ({"received_at": ""}, "Ngày nhận", "missing_received", ""),
        ({"received_at": "01/25/2024"}, "Ngày nhận", "bad_date", "01/25/2024"),
        ({"due_at": "31/02/2024"}, "due_at", "bad_date", "31/02/2024"),
        ({"closed_at": "14/01/0202"}, "closed_at", "bad_date", "14/01/0202"),
        ({"closed_at": True}, "closed_at", "bad_date", "True"),
        ({"result_at": "chưa"}, "result_at", "bad_date", "chưa"),
        ({"ward": ""}, "ward", "missing_ward", ""),
        ({"ward": "Phường Bến Nghé"}, "ward", "unknown_ward", "Phường Bến Nghé"),
        ({"closed_at": "01/01/2024"}, "closed_at", "closed_before_received", "01/01/2024"),
    ],
    ids=lambda v: str(v) if isinstance(v, dict) else "",
)
def test_a_wrong_row_is_set_aside_with_row_column_value_and_reason(
    change: dict, column: str, reason: str, value: str
) -> None:
    checked = check({}, change, {"dossier_id": "HS-003"})
    assert checked.kept["dossier_id"].tolist() == ["HS-001", "HS-003"]
    told = checked.problems[["row", "column", "value", "reason", "n"]]
    assert told.to_dict("records") == [
        {"row": 3, "column": column, "value": value, "reason": reason, "n": 1}
    ]


def test_a_wrong_row_tells_what_could_be_read_of_its_ward_and_days() -> None:
    placed = check({"due_at": "31/02/2024"}).problems[["ward", "received_at", "closed_at"]]
    assert placed.values.tolist() == [["Tân Biên", "2024-01-02", "2024-01-09"]]


def test_an_unknown_ward_is_told_with_the_nearest_names_and_a_persons_name_is_not() -> None:
    problems = check({"ward": "Tân Hòaa"}, {"ward": "Nguyễn Thị Ví Dụ"}).problems
    assert problems[["value", "hint"]].values.tolist() == [
        ["Tân Hòaa", "Tân Hòa"],
        ["(không hiện)", ""],
    ]


def test_words_in_a_date_column_are_not_told() -> None:
    assert check({"due_at": "Nguyễn Thị Ví Dụ"}).problems["value"].tolist() == ["(không hiện)"]


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("32-Jan-2024", "32-Jan-2024"),  # three letters are a month's
        ("32-Janu-2024", "(không hiện)"),
        ("99/Jan/24", "99/Jan/24"),  # four digits are a date's
        ("9/Jbn/99", "(không hiện)"),
        ("99/9/9h", "99/9/9h"),
        ("9/9/9h", "9/9/9h"),  # one letter is nobody's name
        ("9/9/9hp", "(không hiện)"),
        ("chưa có", "chưa có"),
        ("0912345678", "…678"),
    ],
)
def test_a_wrong_date_is_told_as_it_stood_unless_it_may_be_a_persons(written, told) -> None:
    problems = check({"due_at": written}).problems
    assert problems[["reason", "value"]].values.tolist() == [["bad_date", told]]


def test_an_unknown_status_is_told_only_when_many_rows_share_it() -> None:
    rare = check({"status": "Ông Ví Dụ"}).problems
    common = check(*[{"status": "Chờ in", "dossier_id": f"HS-{i}"} for i in range(5)]).problems
    assert rare["value"].tolist() == ["(không hiện)"]
    assert common[["value", "n"]].values.tolist() == [["Chờ in", 5]]


def test_a_number_that_a_spreadsheet_rounded_is_set_aside() -> None:
    problems = check({"dossier_id": "3.52112E+11"}).problems
    assert problems["reason"].tolist() == ["rounded_id"]


def test_a_dossier_that_left_on_no_day_is_noted_and_stays() -> None:
    checked = check({"status": "Dừng xử lý", "closed_at": ""})
    assert checked.problems["reason"].tolist() == ["left_without_date"]
    assert len(checked.kept) == 1


def test_a_row_may_be_wrong_in_several_ways_and_the_first_reason_comes_first() -> None:
    checked = check({"dossier_id": "", "received_at": "x", "ward": "Bến Nghé"})
    assert checked.problems["reason"].tolist() == ["missing_id", "bad_date", "unknown_ward"]


def test_closing_on_the_day_of_receipt_is_no_fault_even_at_an_earlier_hour() -> None:
    kept = check({"received_at": "02/01/2024 16:00", "closed_at": "02/01/2024"}).kept
    assert len(kept) == 1


def test_an_open_dossier_and_one_without_due_date_are_kept() -> None:
    assert len(check({"closed_at": None}, {"due_at": "-"}).kept) == 2


def test_completion_before_receipt_is_set_aside_when_completion_is_the_result() -> None:
    row = {"result_at": "01/01/2024"}
    assert len(check(row).kept) == 1
    checked = check(row, completion_event="result")
    assert checked.problems["reason"].tolist() == ["completion_before_received"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"apology_at": "31/02/2024"}, "bad_optional_date"),
        ({"late_cause": "Mất điện"}, "unknown_cause"),
        ({"status": "Chờ trời mưa"}, "unknown_status"),
    ],
    ids=str,
)
def test_an_odd_value_outside_the_core_is_noted_and_the_row_counts(
    change: dict, reason: str
) -> None:
    checked = check(change, change | {"dossier_id": "HS-002"})
    assert len(checked.kept) == 2
    assert checked.problems[["reason", "n"]].values.tolist() == [[reason, 2]]


def test_long_numbers_and_addresses_in_a_wrong_value_are_masked() -> None:
    assert check({"ward": "P. 0912345678"}).problems["value"].tolist() == ["P. …678"]
    assert mask_personal("an.nguyen@mail.vn, 075190000001") == "…@… …001"
    assert mask_personal("gọi 0912.345.678 hay +84 912 345 678") == "gọi …678 hay …678"


@pytest.mark.parametrize(
    "text", ["1.010708.000.00.00.H56", "14/01/2024", "QĐ 5157/QĐ-UBND, 10 ngày"]
)
def test_codes_and_dates_in_free_text_stay(text: str) -> None:
    assert check({"procedure": text}).kept.loc[0, "procedure"] == text


def test_numbers_of_persons_in_free_text_are_masked() -> None:
    kept = check({"procedure": "Trích lục, CCCD 075190000001, đt 0912 345 678"}).kept
    assert kept.loc[0, "procedure"] == "Trích lục, CCCD …001, đt …678"


# Texts ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (352112000539.0, "352112000539"),
        (352112000539, "352112000539"),
        ("  H19.32-240102-0001\n", "H19.32-240102-0001"),
        ("000.00.32.H19-210708-0032", "000.00.32.H19-210708-0032"),
        ("00352112000539", "00352112000539"),
        (12.5, "12.5"),
    ],
)
def test_a_dossier_number_that_excel_made_a_number_stays_whole(
    written: object, expected: str
) -> None:
    assert check({"dossier_id": written}).kept["dossier_id"].tolist() == [expected]


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Tân Biên", "Tân Biên"),
        ("TÂN BIÊN", "Tân Biên"),
        ("  tân   biên ", "Tân Biên"),
        ("Phường Tân Biên", "Tân Biên"),
        ("PHƯỜNG TÂN BIÊN", "Tân Biên"),
        ("P. Tân Biên", "Tân Biên"),
        ("P.Tân Biên", "Tân Biên"),
        ("p tân biên", "Tân Biên"),
        ("UBND phường Tân Biên", "Tân Biên"),
        ("UBND P. Tân Biên", "Tân Biên"),
        ("Ủy ban nhân dân phường Tân Biên", "Tân Biên"),
        ("Uỷ ban nhân dân Phường Tân Biên", "Tân Biên"),
        ("UBND xã Long Hưng", "Long Hưng"),
        ("X. Long Hưng", "Long Hưng"),
        ("Phường Tân Biên, TP. Biên Hòa", "Tân Biên"),
        ("Phường Tân Biên - thành phố Biên Hoà", "Tân Biên"),
        ("P. Tân Biên (TP Biên Hòa)", "Tân Biên"),
        ("Tân Hoà", "Tân Hòa"),
        ("HOÁ AN", "Hóa An"),
        ("Hồ Nai", "Hố Nai"),
        ("25999", "Tân Biên"),
        ("Long Bình", "Long Bình"),
        ("Long Bình Tân", "Long Bình Tân"),
        ("P. Long Bình Tân", "Long Bình Tân"),
        ("Phường Phước Tân", "Phước Tân"),
        ("Phường Xã Tân Biên", "Tân Biên"),
        ("Phường Tân Biên, TP. Biên Hòa, tỉnh Đồng Nai", "Tân Biên"),
        ("Phường Tân Biên TP Biên Hòa", "Tân Biên"),
    ],
)
def test_a_ward_is_known_by_its_whole_name_without_prefix_and_city(written: str, name: str) -> None:
    assert WARDS[unit_key(written)] == name


TOLD = read_yaml("unit_names")
BEHIND = [
    "", ", TP. Biên Hòa", " - TP Biên Hoà", " thành phố Biên Hòa", " (TP. Biên Hòa)", ", Biên Hòa",
    " - Biên Hòa - Đồng Nai", ", tỉnh Đồng Nai", " - TP. Đồng Nai", " (Đồng Nai)",
    " thành phố Biên Hoà tỉnh Đồng Nai", ", thành phố Biên Hòa, tỉnh Đồng Nai",
]  # fmt: skip
BEFORE = ["", *(f"{word} " for word in TOLD["before"]), "P.", "UBND P.", "Bộ phận TN&TKQ - "]


@given(
    st.lists(st.sampled_from(BEFORE), max_size=3).map("".join),
    st.sampled_from(sorted({unit.name for unit in REGISTER})),
    st.sampled_from(BEHIND),
    st.sampled_from([str, str.upper, str.lower, lambda t: unicodedata.normalize("NFD", t)]),
)
def test_a_ward_is_itself_with_any_office_before_and_any_city_behind(
    before: str, name: str, behind: str, spelt: Callable[[str], str]
) -> None:
    assert WARDS[unit_key(spelt(before + name + behind))] == name


@pytest.mark.parametrize("before", ["", "UBND ", "Trung tâm Phục vụ hành chính công ", "Một cửa "])
@pytest.mark.parametrize("place", ["TP. Biên Hòa", "thành phố Biên Hòa", "tỉnh Đồng Nai"])
def test_the_city_and_the_province_are_no_ward(before: str, place: str) -> None:
    assert unit_key(before + place) not in WARDS


@pytest.mark.parametrize("name", sorted({unit.name for unit in REGISTER}))
def test_every_ward_is_known_in_decomposed_capitals(name: str) -> None:
    written = unicodedata.normalize("NFD", f"UBND PHƯỜNG {name}".upper())
    assert WARDS[unit_key(written)] == name


@pytest.mark.parametrize(
    "written",
    [
        "Long",
        "Bình",
        "Long Bình T",
        "Tân",
        "Ho Nai",
        "Hô Nai",
        "Tan Bien",
        "Phường",
        "UBND",
        "Hoa An",
        "Tân Biên 2",
        "Biên",
        "Tân Biên, Hố Nai",
        "Pước Tân",
    ],
)
def test_a_part_or_a_likeness_of_a_name_is_no_ward(written: str) -> None:
    assert unit_key(written) not in WARDS


@pytest.mark.parametrize(
    ("code", "received", "name"),
    [
        ("26014", "31/10/2024", "Tân Tiến"),
        ("26014", "01/11/2024", "Tân Mai"),
        ("26005", "02/01/2024", "Tân Hòa"),
        ("26005", "01/07/2025", "Hố Nai"),
        ("26002", "02/01/2024", "Hố Nai"),
    ],
)
def test_a_code_means_the_ward_that_bore_it_when_the_dossier_came_in(
    code: str, received: str, name: str
) -> None:
    row = {"ward": code, "received_at": received, "closed_at": None}
    assert check(row).kept["ward"].tolist() == [name]


def test_a_code_in_another_kind_of_file_means_the_ward_of_that_day() -> None:
    incident = {"ward": "26014", "dossier_id": "HS-1", "opened_at": "02/01/2024"}
    assert check(incident, kind="incidents").kept["ward"].tolist() == ["Tân Tiến"]
    report = {"ward": "26014", "order_no": 1, "reported_at": "02/01/2025"}
    assert check(report, kind="followup").kept["ward"].tolist() == ["Tân Mai"]


def test_units_from_data_keep_every_name_and_rows_without_one() -> None:
    kept = check({"ward": "Phường 1"}, {"ward": ""}, units=None).kept
    assert kept["ward"].tolist() == ["Phường 1", "(trống)"]


def test_statuses_and_causes_become_codes_and_params_add_labels() -> None:
    row = {"status": "  ĐÃ HỦY ", "late_cause": "quên  bấm kết thúc"}
    kept = check(row, statuses={"withdrawn": ["Đã hủy"]}).kept
    assert kept.loc[0, ["status_group", "late_cause"]].tolist() == ["withdrawn", "forgot_to_close"]


def test_evidence_is_only_whether_there_is_any() -> None:
    kept = check({"evidence": "Phiếu 12"}, {"evidence": "-"}, {"evidence": None}).kept
    assert kept["evidence"].tolist() == [True, False, False]


# Other kinds ----------------------------------------------------------------------------------


def test_an_incident_without_a_ward_is_kept_because_its_dossier_tells_it() -> None:
    rows = [{"dossier_id": "HS-1", "opened_at": "02/01/2024"}, {"ward": "", "dossier_id": "HS-2"}]
    assert check(*rows, kind="incidents").kept["dossier_id"].tolist() == ["HS-1", "HS-2"]


def test_feedback_without_a_date_is_set_aside_and_not_lost_between_months() -> None:
    checked = check({"ward": "Hố Nai", "received_at": None}, kind="feedback")
    assert checked.problems["reason"].tolist() == ["missing_received"]


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("Thái độ công chức", "attitude"),
        ("CHẬM TRỄ", "delay"),
        ("Khen ngợi", "praise"),
        ("Gì đó", "other"),
    ],
)
def test_a_kind_of_feedback_becomes_a_code_and_an_unknown_one_is_no_praise(
    written: str, code: str
) -> None:
    row = {"ward": "Hố Nai", "received_at": "02/01/2024", "kind": written}
    assert check(row, kind="feedback").kept["kind"].tolist() == [code]


# Officials ------------------------------------------------------------------------------------


def test_an_official_is_a_code_that_is_the_same_for_every_spelling() -> None:
    names = ["Nguyễn Văn Hoà", " NGUYỄN VĂN  HÒA", unicodedata.normalize("NFD", "Nguyễn Văn Hòa")]
    codes = check(*({"official": name} for name in names)).kept["official"]
    assert codes.nunique() == 1
    assert codes.str.fullmatch(r"CC-[0-9A-F]{8}").all()


def test_officials_of_two_wards_with_one_name_are_two() -> None:
    codes = check({"official": "A B"}, {"official": "A B", "ward": "Hố Nai"}).kept["official"]
    assert codes.nunique() == 2


def test_no_official_is_no_code() -> None:
    assert check({"official": None}, {"official": "-"}).kept["official"].tolist() == ["", ""]


FOLLOWUP = {"ward": "P. Hố Nai", "order_no": "2", "month": "01/2024"}


@pytest.mark.parametrize(
    ("written", "number"),
    [("2", "2"), (2.0, "2"), ("Mục 3", "3"), ("07", "7"), ("chỉ đạo 5.", "5")],
)
def test_the_number_of_an_order_is_read_as_people_write_it(written: object, number: str) -> None:
    kept = check({**FOLLOWUP, "order_no": written}, kind="followup").kept
    assert kept["order_no"].tolist() == [number]


@pytest.mark.parametrize("written", ["9", "0", "hai", "12", ""])
def test_a_report_on_no_order_of_the_letter_is_set_aside(written: str) -> None:
    checked = check({**FOLLOWUP, "order_no": written}, kind="followup")
    assert checked.kept.empty
    assert checked.problems["reason"].tolist() == ["bad_order"]


@pytest.mark.parametrize(
    "written", ["01/2024", "1/2024", "Tháng 01/2024", "2024-01", datetime(2024, 1, 1), "kỳ 01-2024"]
)
def test_the_month_of_an_order_is_read_as_people_write_it(written: object) -> None:
    kept = check({**FOLLOWUP, "month": written}, kind="followup").kept
    assert kept["month"].tolist() == ["2024-01"]


def test_a_month_that_is_none_sets_the_report_aside_and_says_so() -> None:
    checked = check({**FOLLOWUP, "month": "13/2024"}, kind="followup")
    assert checked.kept.empty
    problem = checked.problems.iloc[0]
    assert (problem["reason"], problem["value"]) == ("bad_order_month", "13/2024")


def test_a_report_without_a_month_is_kept_without_one() -> None:
    assert check({**FOLLOWUP, "month": None}, kind="followup").kept["month"].tolist() == [""]


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("Đã thực hiện", "done"),
        ("đang  THỰC HIỆN", "in_progress"),
        ("Chưa báo cáo", "not_reported"),
    ],
)
def test_how_far_an_order_is_carried_out_becomes_a_code(written: str, code: str) -> None:
    kept = check({**FOLLOWUP, "state": written}, kind="followup").kept
    assert kept["state"].tolist() == [code]


def test_an_unknown_state_is_noted_and_its_row_kept() -> None:
    checked = check({**FOLLOWUP, "state": "ok"}, kind="followup")
    assert checked.kept["state"].tolist() == [""]
    assert checked.problems["reason"].tolist() == ["unknown_state"]


@pytest.mark.parametrize(
    ("written", "party"),
    [
        ("Phòng Quản lý đô thị thành phố", "urban_management"),
        ("P. QLĐT", "urban_management"),
        ("Phòng Văn hóa và Thông tin", "software"),
        ("Phòng Nội vụ", "home_affairs"),
    ],
)
def test_a_division_reports_back_under_the_code_of_its_party(written: str, party: str) -> None:
    kept = check({**FOLLOWUP, "ward": written}, kind="followup").kept
    assert kept["ward"].tolist() == [party]


def test_how_often_a_dossier_was_put_off_is_a_small_number_or_nothing() -> None:
    kept = check({"reschedules": "2"}, {"reschedules": "Nguyễn Văn A"}, {"reschedules": 1.0}).kept
    assert kept["reschedules"].tolist() == ["2", "", "1"]


def test_a_word_that_five_rows_share_is_told_and_one_of_four_may_be_a_name() -> None:
    told = tell_common(pd.Series([*["Nộp tại nhà"] * 5, *["Zũng"] * 4]))
    assert [told("Nộp tại nhà"), told("Zũng"), told("khác")] == ["Nộp tại nhà", HIDDEN, HIDDEN]


def test_a_year_of_two_digits_is_one_of_1969_to_2068() -> None:
    told = [moment_of(words, UTC) for words in ("31-DEC-68", "01-JAN-69")]
    assert told == [datetime(2068, 12, 31), datetime(1969, 1, 1)]
