"""A month read from a folder, against DESIGN §4 and §6; expected values are worked out by hand."""

from __future__ import annotations

import shutil
from collections import Counter
from fractions import Fraction

import motcua
import pandas as pd
import pytest
from cases import dossier, having, late, load_rows, on_time, unit, write_csv, write_dossiers
from hypothesis import given, settings
from hypothesis import strategies as st
from motcua.base.errors import InputError
from motcua.measures import causes as causes_of
from motcua.measures.frame import counts, overdue
from motcua.measures.signs import checks
from motcua.measures.state import CAUSES
from motcua.measures.ward import open_dossiers
from motcua.papers.annex import form06_by_ward

COUNTS = ("received", "carried_over", "resolved", "early", "on_due_date", "on_time", "late",
          "withdrawn", "no_due_date", "no_due_date_resolved", "open", "open_overdue")  # fmt: skip
FEEDBACK = ("Mã phản ánh", "Đơn vị bị phản ánh", "Ngày phản ánh", "Loại phản ánh")
INCIDENTS = ("Số phiếu", "Mã hồ sơ", "Thời điểm báo lỗi", "Thời điểm khắc phục")


pytestmark = pytest.mark.usefixtures("own_cache")


# One ward, one dossier of each kind -----------------------------------------------------------

MIXED = [
    dossier("20/12/2023", "05/01/2024", "04/01/2024"),  # early
    dossier("20/12/2023", "05/01/2024", "05/01/2024"),  # on the due date
    dossier("01/12/2023", "05/01/2024", "06/01/2024"),  # carried over, late
    dossier("20/12/2023", "05/01/2024", "15/01/2024"),  # closed after the period: open, overdue
    dossier("20/12/2023", "14/01/2024"),  # due on the last day: open
    dossier("20/12/2023", "", "04/01/2024"),  # no due date, closed
    dossier("20/12/2023", ""),  # no due date, open
    dossier("20/12/2023", "05/01/2024", "04/01/2024", status="Rút hồ sơ"),
    dossier("01/12/2023", "05/01/2024", "04/01/2024", status="Trả lại"),
    dossier("20/12/2023", "05/01/2024", "04/01/2024", status="Dừng xử lý"),
    dossier("01/12/2023", "10/12/2023", "08/12/2023", status="Rút hồ sơ"),  # before the period
    dossier("20/12/2023", "05/01/2024", "04/01/2024", status="Mới đăng ký"),
    dossier("20/12/2023", "05/01/2024", "", status="Không được tiếp nhận"),
    dossier("15/01/2024", "20/01/2024"),  # received after the period
]
MIXED_COUNTS = {
    "received": 8, "carried_over": 2, "resolved": 3, "early": 1, "on_due_date": 1, "on_time": 2,
    "late": 1, "withdrawn": 3, "no_due_date": 2, "no_due_date_resolved": 1, "open": 3,
    "open_overdue": 1,
}  # fmt: skip


@pytest.fixture(scope="module")
def mixed(tmp_path_factory):
    return load_rows(tmp_path_factory.mktemp("mixed"), MIXED)


def test_a_month_that_holds_its_dossiers_says_the_same_of_them(mixed, tmp_path):
    held = load_rows(tmp_path, MIXED)
    held.hold()
    for asked in (open_dossiers, form06_by_ward, checks, causes_of.period_dossiers):
        pd.testing.assert_frame_equal(asked(held), asked(mixed))
    assert unit(held, "An Bình")["open"] == 3 == len(open_dossiers(held))


def test_counts_of_a_ward_with_one_dossier_of_each_kind(mixed):
    ward = unit(mixed, "An Bình")
    assert {name: ward[name] for name in COUNTS} == MIXED_COUNTS
    assert {name: mixed.city[name] for name in COUNTS} == MIXED_COUNTS
    assert ward["rate_percent"] == 66.666667
    assert ward["below_threshold"] is True
    assert ward["small"]
    assert ward["points_per_dossier"] == pytest.approx(100 / 3)


def test_statuses_not_received_are_kept_counted_apart_and_in_no_measure(mixed):
    assert mixed.quality["not_received"] == 2
    assert mixed.quality["rows_kept"] == len(MIXED)


def test_params_statuses_add_labels_to_a_group(tmp_path):
    rows = [dossier(closed="2024-01-04", status="Đã hủy bỏ")]
    assert unit(load_rows(tmp_path, rows), "An Bình")["resolved"] == 1
    month = load_rows(tmp_path, rows, statuses={"withdrawn": ["đã hủy bỏ"]})
    assert unit(month, "An Bình")["withdrawn"] == 1


def test_a_withdrawal_dated_before_the_receipt_breaks_no_identity(tmp_path):
    row = dossier("20/12/2023", "05/01/2024", status="Rút hồ sơ", returned_at="10/12/2023")
    for convention in ("resolved", "due_in_period"):
        month = load_rows(tmp_path, [row], rate_convention=convention)
        assert sum(unit(month, "An Bình")[name] for name in COUNTS) == 0
        quality = month.quality
        assert quality["rows_set_aside"] == 1
        assert quality["problems"] == {"completion_before_received": 1}


# Verdicts -------------------------------------------------------------------------------------


def test_dossiers_resolved_from_a_month_on_are_those_of_every_period_since(tmp_path):
    """November's period ends on 14/11, December's on 14/12, January's on 14/01."""
    closed = ("2023-11-14", "2023-11-15", "2023-12-14", "2023-12-15", "2024-01-14", "2024-01-15")
    rows = [dossier("2023-11-01", "2023-11-10", day, dossier_id=day) for day in closed]
    rows += [dossier("2023-11-01", "", closed[3], dossier_id="no due date")]
    rows += [dossier(closed=closed[3], status="Rút hồ sơ", dossier_id="withdrawn")]
    month = load_rows(tmp_path, rows)
    done = {since: month.resolved_since(since).df() for since in ("2023-12", "2024-01")}
    ids = {since: sorted(table["dossier_id"]) for since, table in done.items()}
    assert ids == {"2023-12": list(closed[1:5]), "2024-01": list(closed[3:5])}


@pytest.fixture(scope="module")
def wards(tmp_path_factory):
    """97 of 100, and 32 of 33."""
    rows = [*on_time(97), *late(3), *on_time(32, "Hóa An"), *late(1, "Hóa An")]
    return load_rows(tmp_path_factory.mktemp("wards"), rows)


def test_ward_at_exactly_97_percent_is_not_below(wards):
    ward = unit(wards, "An Bình")
    assert ward["rate_percent"] == 97
    assert ward["below_threshold"] is False


def test_ward_a_hair_under_97_percent_is_below(wards):
    ward = unit(wards, "Hóa An")
    assert ward["rate_percent"] == 96.969697
    assert ward["below_threshold"] is True
    assert ward["certainty"] == "uncertain"


def test_ward_with_nothing_resolved_is_neither_below_nor_above(tmp_path):
    month = load_rows(tmp_path, [dossier(due="2024-01-05")])
    ward = unit(month, "An Bình")
    assert ward["below_threshold"] is None
    assert ward["certainty"] is None
    assert pd.isna([ward["rate_percent"], ward["rate_low"], ward["points_per_dossier"]]).all()
    assert ward["open_overdue"] == 1
    assert month.lists["below_threshold"] == []


def test_ward_without_any_row_appears_with_zeros_and_nulls(wards):
    assert len(wards.rates) == 30
    ward = unit(wards, "Long Hưng")
    assert {ward[name] for name in (*COUNTS, "feedback", "months_below_in_a_row")} == {0}
    assert ward["below_threshold"] is None
    causes = wards.late_by_cause.query("name == 'Long Hưng'")
    assert causes["cause"].tolist() == list(CAUSES)
    assert causes[["points_lost", "rate_if_not_for"]].isna().all(axis=None)


def test_wards_stand_worst_first_and_those_without_a_rate_last(tmp_path):
    rows = [*on_time(3), *on_time(1, "Hóa An"), *late(1, "Hóa An"), *late(1, "Tân Vạn")]
    names = load_rows(tmp_path, rows).rates["name"].tolist()
    assert names[:3] == ["Tân Vạn", "Hóa An", "An Bình"]
    assert len(names) == 30


def test_the_city_is_the_sum_of_its_wards_with_a_rate_of_its_own(tmp_path):
    rows = [*on_time(9), *late(1), *on_time(1, "Hóa An"), *late(1, "Hóa An")]
    month = load_rows(tmp_path, rows)
    assert month.city["resolved"] == 12
    assert month.city["rate_percent"] == 83.333333  # 10 of 12, no mean of 90 and 50
    assert month.city["below_threshold"] is True


# Wards by name --------------------------------------------------------------------------------


SPELLINGS = {
    "Tân Hoà": "Tân Hòa", "Tân Hòa": "Tân Hòa", "UBND phường Bửu Hoà": "Bửu Hòa",
    "Hồ Nai": "Hố Nai", "P. Hố Nai": "Hố Nai", "Ho\u0302\u0301 Nai": "Hố Nai",
    "PHƯỜNG HOÁ AN": "Hóa An", "An Hoà": "An Hòa", "Xã Long Hưng": "Long Hưng",
    "Long Bình Tân": "Long Bình Tân", "phường Long Bình": "Long Bình",
    "Phường Hoà Bình": "Hòa Bình", "26374": "Tam Phước",
}  # fmt: skip


def test_a_ward_is_known_by_every_spelling_of_its_name(tmp_path):
    month = load_rows(tmp_path, [dossier(ward=ward, closed="2024-01-04") for ward in SPELLINGS])
    resolved = month.rates.set_index("name")["resolved"]
    assert resolved[resolved > 0].to_dict() == Counter(SPELLINGS.values())
    assert month.city["resolved"] == len(SPELLINGS)


def test_a_name_that_is_only_near_is_set_aside_and_not_guessed(tmp_path):
    near = ["Hoa Binh", "Bình", "Phường Biên", "Thủ Đức"]
    month = load_rows(tmp_path, [*[dossier(ward=ward) for ward in near], *on_time(1)])
    assert month.quality["problems"] == {"unknown_ward": 4}
    assert month.quality["rows_set_aside"] == len(near)
    assert month.city["received"] == 1


def test_units_from_data_take_any_city_and_keep_blank_units(tmp_path):
    rows = [*on_time(2, "Phường Hải Châu"), *late(1, "Phường Hải Châu"), *late(2, "")]
    month = load_rows(tmp_path, rows, units="from_data")
    found = month.rates[["code", "name", "resolved", "late"]].to_numpy().tolist()
    assert found == [
        ["(trống)", "(trống)", 2, 2],
        ["Phường Hải Châu", "Phường Hải Châu", 3, 1],
    ]
    assert month.quality["rows_set_aside"] == 0


def test_units_from_data_without_any_unit_are_refused(tmp_path):
    month = load_rows(tmp_path, [dossier("32/12/2023")], units="from_data")
    with pytest.raises(InputError) as caught:
        _ = month.rates
    assert str(caught.value) == ("Dữ liệu không có hồ sơ hợp lệ nào nên không biết đơn vị nào cả.")


# Periods --------------------------------------------------------------------------------------


def test_period_rule_calendar_takes_the_calendar_month(tmp_path):
    rows = [dossier("20/12/2023", "31/12/2023", "30/12/2023"),
            dossier("20/12/2023", "31/01/2024", "31/01/2024")]  # fmt: skip
    nd09 = unit(load_rows(tmp_path, rows), "An Bình")
    calendar = unit(load_rows(tmp_path, rows, period_rule="calendar"), "An Bình")
    assert (nd09["received"], nd09["early"], nd09["on_due_date"], nd09["open"]) == (2, 1, 0, 1)
    assert (calendar["carried_over"], calendar["early"], calendar["on_due_date"]) == (1, 0, 1)


def test_period_start_and_end_override_the_rule(tmp_path):
    rows = [dossier("20/12/2023", "05/01/2024", f"{day:02d}/01/2024") for day in (1, 2, 20, 21)]
    file = tmp_path / "thang.yaml"
    file.write_text("period_start: 02/01/2024\nperiod_end: 2024-01-20\n", "utf-8")
    write_dossiers(tmp_path, rows)
    month = motcua.load("2024-01", data=tmp_path, params=file)
    assert [str(day) for day in month.period] == ["2024-01-02", "2024-01-20"]
    ward = unit(month, "An Bình")
    assert (ward["carried_over"], ward["resolved"], ward["late"], ward["open"]) == (3, 2, 1, 1)


# Causes ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def caused(tmp_path_factory):
    """100 resolved: 94 on time; 3 forgotten, 1 by the software, 1 by the division, 1 slow."""
    back = {"division_due_at": "2023-12-28", "division_returned_at": "2024-01-09"}
    rows = [
        *on_time(94),
        *late(2, result_at="2024-01-05", late_cause=""),
        *late(1, late_cause="Công chức quên bấm kết thúc", result_at="2024-01-08"),
        *late(1, late_cause="Lỗi Egov", evidence="Phiếu 12"),
        dossier(closed="2024-01-10", dossier_id="QLĐT", **back),
        dossier(closed="2024-01-10", dossier_id="chậm", result_at="2024-01-09"),
    ]
    return load_rows(tmp_path_factory.mktemp("caused"), rows)


def test_points_lost_per_cause_and_party_add_up_to_what_the_rate_lacks(caused):
    ward = caused.late_by_cause.query("name == 'An Bình'").set_index("cause")
    expected = {"forgot_to_close": 3, "software_error": 1, "urban_management": 1,
                "slow_processing": 1, "unknown": 0}  # fmt: skip
    assert ward["late"].to_dict() == expected
    assert ward["points_lost"].to_dict() == expected  # of 100 resolved: points are dossiers
    assert ward["points_lost"].sum() == 100 - unit(caused, "An Bình")["rate_percent"]
    assert ward["evidenced"].to_dict() == expected | dict.fromkeys(expected, 0) | {
        "software_error": 1
    }


def test_rate_if_not_for_counts_that_cause_as_on_time_and_leaves_the_official_rate(caused):
    ward = caused.late_by_cause.query("name == 'An Bình'").set_index("cause")
    assert ward["rate_if_not_for"].to_dict() == {
        "forgot_to_close": 97, "software_error": 95, "urban_management": 95,
        "slow_processing": 95, "unknown": 94,
    }  # fmt: skip
    assert unit(caused, "An Bình")["rate_percent"] == 94
    assert unit(caused, "An Bình")["below_threshold"] is True


def test_late_dossiers_are_listed_with_cause_source_and_days(caused):
    table = caused.late_dossiers.set_index("dossier_id")
    assert len(table) == 6
    assert table.loc["chậm", ["cause", "cause_source", "days_late"]].tolist() == [
        "slow_processing", "inferred", 5,
    ]  # fmt: skip
    assert table.loc["QLĐT", "cause"] == "urban_management"
    assert set(table["cause_source"]) == {"recorded", "inferred"}


def test_conflicts_between_record_and_dates_are_listed(caused):
    conflicts = caused.cause_conflicts
    assert conflicts[["cause", "inferred"]].to_numpy().tolist() == [
        ["forgot_to_close", "slow_processing"]
    ]


def test_conflicts_are_counted_most_first_then_by_ward_and_causes(monkeypatch):
    """Five pairs of causes stand once each: by ward, what was recorded, what the dates show."""
    once = [
        ("Hố Nai", "a", "x"),
        ("An Bình", "b", "x"),
        ("An Bình", "a", "y"),
        ("An Bình", "a", "x"),
    ]
    rows = [*once, ("Tân Biên", "b", "y"), ("Tân Biên", "b", "y")]
    table = pd.DataFrame(rows, columns=["name", "label", "inferred_label"])
    monkeypatch.setattr(causes_of, "cause_conflicts", lambda frame: table)
    assert causes_of.conflict_counts.__wrapped__(None).to_numpy().tolist() == [
        ["Tân Biên", "b", "y", 2],
        ["An Bình", "a", "x", 1],
        ["An Bình", "a", "y", 1],
        ["An Bình", "b", "x", 1],
        ["Hố Nai", "a", "x", 1],
    ]


def test_many_conflicts_that_are_as_frequent_stand_in_the_order_of_their_wards(monkeypatch):
    """Forty wards, more than any sort leaves in order by chance; every third has two dossiers."""
    wards = [f"Phường {n:02d}" for n in range(40)]
    rows = [(ward, "a", "x") for ward in [*reversed(wards), *wards[::3]]]
    table = pd.DataFrame(rows, columns=["name", "label", "inferred_label"])
    monkeypatch.setattr(causes_of, "cause_conflicts", lambda frame: table)
    told = causes_of.conflict_counts.__wrapped__(None)
    assert told["n"].tolist() == [2] * 14 + [1] * 26
    assert told["name"].tolist() == wards[::3] + [w for n, w in enumerate(wards) if n % 3]


def test_an_incident_file_explains_a_late_dossier(tmp_path):
    rows = [dossier(closed="2024-01-10", dossier_id=number) for number in ("H1", "H2")]
    faults = [("P1", "H1", "04/01/2024 08:00", "06/01/2024 17:00"), ("P2", "H2", "06/01/2024", "")]
    write_csv(tmp_path / "incidents" / "su_co.csv", INCIDENTS, faults)
    table = load_rows(tmp_path, rows).late_dossiers
    assert table["cause"].tolist() == ["software_error", "unknown"]
    assert table["evidenced"].tolist() == [True, False]


def test_an_unknown_recorded_cause_is_noted_and_the_dates_decide(tmp_path):
    row = dossier(closed="2024-01-10", result_at="2024-01-05", late_cause="Trời mưa")
    month = load_rows(tmp_path, [row])
    assert month.late_dossiers["cause"].tolist() == ["forgot_to_close"]
    assert month.late_dossiers["cause_source"].tolist() == ["inferred"]
    assert month.quality["notes"] == {"unknown_cause": 1}


# Lists ----------------------------------------------------------------------------------------


def test_list_rules_at_their_borders(tmp_path):
    forgot = {"result_at": "2024-01-05"}
    rows = [
        *on_time(398, "An Bình"), *late(2, "An Bình", **forgot),  # 2 dossiers, 0.5 points: named
        *on_time(399, "Hóa An"), *late(2, "Hóa An", **forgot),  # 2 of 401, 0.4988: praised
        *on_time(10, "Tân Vạn"), *late(1, "Tân Vạn", **forgot),  # 1 dossier, 9 points: not
        *on_time(99, "Tân Mai"), *late(1, "Tân Mai", apology_at="2024-01-04"),  # 99%: praised
        *on_time(989, "Bình Đa"), *late(11, "Bình Đa"),  # 98.9%: not
        *on_time(30, "Tân Hiệp"),  # 30 dossiers: praised
        *on_time(29, "Tam Hòa"),  # 29 dossiers: too few
    ]  # fmt: skip
    month = load_rows(tmp_path, rows)
    assert month.names("forgot_to_close") == ["An Bình"]
    assert month.names("below_threshold") == ["Tân Vạn"]  # 10 of 11
    assert month.names("praised") == ["Tân Hiệp", "Hóa An", "Tân Mai"]  # not An Bình
    assert month.names("urban_management") == month.names("software_error") == []


def test_list_rules_follow_their_parameters(tmp_path):
    rows = [*on_time(10), *late(1, result_at="2024-01-05")]
    month = load_rows(tmp_path, rows, list_min_dossiers=1, list_min_points=10)
    assert month.lists["forgot_to_close"] == []  # 1 of 11 is 9,09 points
    month = having(month, list_min_points=9)
    assert month.names("forgot_to_close") == ["An Bình"]


# Feedback -------------------------------------------------------------------------------------


def test_only_complaints_received_in_the_period_count(tmp_path):
    rows = [
        ("1", "An Bình", "15/12/2023", "Thái độ công chức"),
        ("2", "UBND phường An Bình", "14/01/2024 23:00", "Chậm trễ"),
        ("3", "An Bình", "20/12/2023", "Yêu cầu giấy tờ ngoài quy định"),
        ("4", "An Bình", "20/12/2023", "Khen ngợi"),
        ("5", "An Bình", "20/12/2023", "Hỏi đáp"),
        ("6", "An Bình", "14/12/2023", "Chậm trễ"),
        ("7", "An Bình", "15/01/2024", "Chậm trễ"),
        ("8", "Hóa An", "20/12/2023", "Loại chưa từng thấy"),
        ("9", "Tân Vạn", "20/12/2023", "Khen ngợi"),
    ]
    write_csv(tmp_path / "feedback" / "a.csv", FEEDBACK, [*rows, *rows[:2]])  # two came twice
    month = load_rows(tmp_path, on_time(40))
    assert unit(month, "An Bình")["feedback"] == 3
    assert unit(month, "Hóa An")["feedback"] == 1
    assert month.city["feedback"] == len(month.feedback) == 4
    assert month.names("feedback") == ["An Bình", "Hóa An"]
    assert month.names("praised") == []  # 100%, but complained of


def test_feedback_list_follows_its_parameter(tmp_path):
    wards = ["An Bình", "An Bình", "Hóa An"]
    rows = [(str(i), ward, "20/12/2023", "Chậm trễ") for i, ward in enumerate(wards)]
    write_csv(tmp_path / "feedback" / "a.csv", FEEDBACK, rows)
    assert load_rows(tmp_path, on_time(1), feedback_min=2).names("feedback") == ["An Bình"]


# History --------------------------------------------------------------------------------------


def _history_rows(verdicts: str, ward: str = "An Bình") -> list[dict]:
    """One dossier per month up to 01/2024: "x" late, "o" on time, "-" none."""
    ends = pd.date_range(end="2024-01-05", periods=len(verdicts), freq=pd.DateOffset(months=1))
    rows = []
    for end, verdict in zip(ends, verdicts, strict=True):
        received = f"{end - pd.Timedelta(days=15):%Y-%m-%d}"
        due = f"{end - pd.Timedelta(days=2):%Y-%m-%d}"
        if verdict != "-":
            closed = f"{end:%Y-%m-%d}" if verdict == "x" else due
            rows.append(dossier(received, due, closed, ward=ward, dossier_id=f"{ward} {closed}"))
    return rows


IN_A_ROW = {  # verdicts by month, and months below in a row: each ward one case
    "An Bình": ("xxx", 3), "Tân Vạn": ("xox", 1), "Bình Đa": ("xxo", 0), "Tân Mai": ("ox", 1),
    "Hố Nai": ("xx-", 0), "Hóa An": ("ooo", 0),
}  # fmt: skip


@pytest.fixture(scope="module")
def in_a_row(tmp_path_factory):
    rows = [row for ward, (told, _) in IN_A_ROW.items() for row in _history_rows(told, ward)]
    return load_rows(tmp_path_factory.mktemp("in-a-row"), rows)


@pytest.mark.parametrize("ward", IN_A_ROW)
def test_months_below_in_a_row_end_with_this_month(in_a_row, ward):
    assert unit(in_a_row, ward)["months_below_in_a_row"] == IN_A_ROW[ward][1]


def test_history_has_a_row_per_ward_and_month_from_the_first_data_on(tmp_path):
    history = load_rows(tmp_path, _history_rows("oxx")).history
    assert history["month"].unique().tolist() == ["2023-11", "2023-12", "2024-01"]
    assert len(history) == 90
    ward = history[history["name"] == "An Bình"]
    assert ward["late"].tolist() == [0, 1, 1]
    assert ward["below_threshold"].tolist() == [False, True, True]


def test_each_month_of_the_history_equals_that_month_loaded_alone(tmp_path):
    rows = [*_history_rows("oxoxx"), *_history_rows("xxooo", "Hóa An"), *MIXED]
    history = load_rows(tmp_path, rows).history
    columns = ["code", "resolved", "on_time", "late", "open_overdue", "rate_percent"]
    for name in ("2023-10", "2023-12", "2024-01"):
        there = history[history["month"] == name].sort_values("code")[columns]
        alone = motcua.load(name, data=tmp_path).rates.sort_values("code")[columns]
        pd.testing.assert_frame_equal(
            there.reset_index(drop=True), alone.reset_index(drop=True), check_dtype=False
        )


# Nothing disappears ---------------------------------------------------------------------------


def test_rows_read_are_rows_kept_set_aside_and_duplicates(tmp_path):
    wrong = [dossier("32/12/2023"), dossier(ward=""), dossier(dossier_id=""),
             dossier(ward="", dossier_id=""),
             dossier("2024-01-05", closed="2024-01-04")]  # fmt: skip
    rows = [*on_time(3), *wrong]
    write_dossiers(tmp_path, rows, "ho_so_20240116.csv")
    write_dossiers(tmp_path, on_time(2), "ho_so_20240118.csv")
    quality = motcua.load("2024-01", data=tmp_path).quality
    assert quality["rows_read"] == 10
    assert quality["rows_kept"] == 3
    assert quality["rows_set_aside"] == 5
    assert quality["duplicates"] == 2
    assert sum(quality["problems"].values()) == 5


def test_the_newest_export_of_a_dossier_wins(tmp_path):
    old = dossier(dossier_id="H1")
    write_dossiers(tmp_path, [old | {"closed_at": "2024-01-04"}], "b_20240120.csv")
    write_dossiers(tmp_path, [old], "c_20240115.csv")
    assert unit(motcua.load("2024-01", data=tmp_path), "An Bình")["early"] == 1


def test_exported_at_of_the_parameters_goes_before_the_file_name(tmp_path):
    old = dossier(dossier_id="H1")
    write_dossiers(tmp_path, [old | {"closed_at": "2024-01-04"}], "b_20240120.csv")
    write_dossiers(tmp_path, [old], "c_20240115.csv")
    month = motcua.load("2024-01", data=tmp_path, exported_at={"c_20240115.csv": "21/01/2024"})
    assert unit(month, "An Bình")["open_overdue"] == 1


ANY_ROW = st.builds(
    dossier,
    st.sampled_from(["2023-12-10", "2023-12-15", "2023-12-20"]),
    st.sampled_from(["", "2023-12-20", "2024-01-10", "2024-01-14"]),
    st.sampled_from(["", "2023-12-20", "2024-01-10", "2024-01-11", "2024-01-14", "2024-01-15"]),
    ward=st.sampled_from(["An Bình", "Hoá An", "Hồ Nai"]),
    status=st.sampled_from(["", "Đã trả kết quả", "Rút hồ sơ", "Mới đăng ký"]),
    late_cause=st.sampled_from(["", "Quên kết thúc", "Lỗi Egov"]),
)


@settings(max_examples=4, deadline=None, derandomize=True)
@given(st.lists(ANY_ROW, min_size=2, max_size=30), st.data())
def test_order_of_rows_and_split_over_two_exports_change_nothing(tmp_path_factory, rows, data):
    rows = [row | {"dossier_id": f"H{i}"} for i, row in enumerate(rows)]
    folder = tmp_path_factory.mktemp("split")
    whole = load_rows(folder, rows, history_months=2)
    cut = data.draw(st.integers(1, len(rows) - 1))
    shuffled = data.draw(st.permutations(rows))
    shutil.rmtree(folder / "dossiers")
    write_dossiers(folder, shuffled[:cut], "a_20240115.csv")
    write_dossiers(folder, shuffled[cut:], "b_20240116.csv")
    split = motcua.load("2024-01", data=folder, history_months=2)
    for table in ("rates", "late_by_cause", "late_dossiers", "history", "city_history"):
        one, other = (
            getattr(m, table).drop(columns="official", errors="ignore") for m in (whole, split)
        )
        pd.testing.assert_frame_equal(one, other)
    assert whole.lists == split.lists
    _assert_identities(whole)


def _assert_identities(month: motcua.Month) -> None:
    rates = month.rates
    assert (rates["on_time"] == rates["early"] + rates["on_due_date"]).all()
    assert (rates["resolved"] == rates["on_time"] + rates["late"]).all()
    ends = rates[["resolved", "withdrawn", "no_due_date_resolved", "open"]].sum(axis=1)
    assert (rates["received"] + rates["carried_over"] == ends).all()
    points = month.late_by_cause.groupby("code")["points_lost"].sum()
    counted = rates[rates["resolved"] > 0].set_index("code")
    for code, row in counted.iterrows():
        missing = 100 - Fraction(100 * int(row["on_time"]), int(row["resolved"]))
        assert points[code] == pytest.approx(float(missing), abs=5e-6)


@pytest.mark.parametrize("far", ["2023-06", "2023-12"])
def test_overdue_dossiers_of_a_month_are_the_same_whatever_was_asked_before(far):
    january, alone = (motcua.load(month, data="data/sample") for month in ("2024-01", far))
    assert len(january.at(far).late_dossiers)  # with them come the overdue ones of recent months
    found = overdue(january.at(far))
    assert found["code"].value_counts().to_dict() == {
        unit.code: n
        for unit, n in zip(alone.units, counts(alone)["open_overdue"], strict=True)
        if n
    }
    assert found.equals(overdue(alone))
