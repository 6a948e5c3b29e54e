"""Late days of handed-over dossiers by holder; each case is counted by hand on the calendar."""

from __future__ import annotations

import pandas as pd
import pytest
from cases import HEADINGS, dossier, load_rows
from motcua.chapters import causes as words
from motcua.measures.causes import days_by_ward, late_days, notices

EXTRA = {
    "division": "Đơn vị xử lý", "division_received_at": "Ngày chuyển đơn vị xử lý",
    "apology_at": "Ngày xin lỗi",
}  # fmt: skip


pytestmark = pytest.mark.usefixtures("own_cache")


@pytest.fixture(autouse=True)
def _more_headings(monkeypatch):
    for column, heading in EXTRA.items():
        monkeypatch.setitem(HEADINGS, column, heading)


def handed(*, due="2024-01-05", done="2024-01-12", given="", limit="", back="", **others):
    """One dossier of An Bình with the days it went to the division, was due there, came back."""
    return dossier(
        due=due, closed=done, division_received_at=given, division_due_at=limit,
        division_returned_at=back, **others,
    )  # fmt: skip


def split_of(tmp_path, **case):
    return late_days(load_rows(tmp_path, [handed(**case)])).iloc[0].to_dict()


def test_days_with_the_division_past_its_own_due_date_are_the_divisions(tmp_path):
    # due 5th, done 12th: late 6th..12th; with the division 2nd..10th, due there 3rd: 6th..10th its
    row = split_of(tmp_path, given="2024-01-02", limit="2024-01-03", back="2024-01-10")
    assert (row["late_days"], row["division_days"], row["ward_days"]) == (7, 5, 2)
    assert row["overrun_days"] == 7
    assert row["late_days_without"] == 0


def test_days_before_the_hand_over_and_within_the_divisions_time_are_the_wards(tmp_path):
    # handed over on the 8th, late already; due there on the 10th, back on the 11th: one day its
    row = split_of(tmp_path, given="2024-01-08", limit="2024-01-10", back="2024-01-11")
    assert (row["division_days"], row["ward_days"], row["overrun_days"]) == (1, 6, 1)
    assert row["late_days_without"] == 6


def test_a_division_that_kept_its_time_answers_for_no_day(tmp_path):
    row = split_of(tmp_path, given="2024-01-02", limit="2024-01-04", back="2024-01-04")
    assert (row["division_days"], row["ward_days"], row["notice"]) == (0, 7, None)


def test_a_division_already_late_when_it_received_answers_from_the_day_after(tmp_path):
    row = split_of(tmp_path, given="2024-01-09", limit="2024-01-04", back="2024-01-11")
    assert (row["division_days"], row["ward_days"]) == (2, 5)  # 10th and 11th


def test_a_return_recorded_after_the_end_counts_to_the_end_only(tmp_path):
    row = split_of(tmp_path, given="2024-01-02", limit="2024-01-03", back="2024-01-14")
    assert (row["division_days"], row["ward_days"]) == (7, 0)


@pytest.mark.parametrize("missing", ["given", "limit", "back"])
def test_a_missing_division_date_leaves_the_days_unsplit(tmp_path, missing):
    dates = {"given": "2024-01-02", "limit": "2024-01-03", "back": "2024-01-10"}
    month = load_rows(tmp_path, [handed(**dates | {missing: ""})])
    row = late_days(month).iloc[0]
    column = {"given": "received", "limit": "due", "back": "returned"}[missing]
    assert row["split"] == f"division_{column}_at"
    assert pd.isna([row["division_days"], row["ward_days"], row["late_days_without"]]).all()
    total = days_by_ward(month).iloc[0]
    assert (total["late_days"], total["unsplit_days"], total["ward_days"]) == (7, 7, 0)
    assert "7 ngày không chia được vì thiếu ngày" in words.handover_reading(month)


def test_days_of_a_ward_are_added_up_most_first_then_by_code(tmp_path):
    kept = {"given": "2024-01-02", "limit": "2024-01-04", "back": "2024-01-04"}  # 7 days the ward's
    over = kept | {"limit": "2024-01-03", "back": "2024-01-10"}  # 5 days of 7, all of it without
    later = {"given": "2024-01-08", "limit": "2024-01-10", "back": "2024-01-11"}  # 1 day of 7
    cases = [(kept, "Tam Phước"), (kept, "An Bình"), (over, "An Bình"), (later, "Hố Nai")]
    rows = [handed(**dates, ward=ward, dossier_id=ward + dates["limit"]) for dates, ward in cases]
    table = days_by_ward(load_rows(tmp_path, rows))
    assert table.drop(columns="code").to_numpy().tolist() == [
        ["An Bình", 2, 14, 9, 5, 0, 1, 1],
        ["Hố Nai", 1, 7, 6, 1, 0, 1, 0],
        ["Tam Phước", 1, 7, 7, 0, 0, 0, 0],
    ]


def test_dossiers_of_another_division_or_of_none_are_left_out(tmp_path):
    dates = {"given": "2024-01-02", "limit": "2024-01-03", "back": "2024-01-10"}
    rows = [handed(), handed(**dates, division="Phòng Tư pháp")]
    month = load_rows(tmp_path, [row | {"dossier_id": f"H{n}"} for n, row in enumerate(rows)])
    assert late_days(month).empty
    assert days_by_ward(month).empty
    assert "không chia được" in words.handover_reading(month)


@pytest.mark.parametrize(
    ("back", "apology", "expected"),
    [
        ("2024-01-04", "", "returned_in_time"),  # the day before it was due
        ("2024-01-05", "", "no_sign"),  # on the due date: too late to apologise a day before
        ("2024-01-10", "2024-01-04", "apology_in_time"),
        ("2024-01-10", "2024-01-05", "apology_late"),
        ("", "", "unknown"),
    ],
)
def test_whether_the_ward_could_know_in_time(tmp_path, back, apology, expected):
    case = handed(given="2024-01-02", limit="2024-01-02", back=back, apology_at=apology)
    month = load_rows(tmp_path, [case])
    assert late_days(month).iloc[0]["notice"] == expected
    counts = notices(month).set_index("notice")["dossiers"]
    assert counts[expected] == 1
    assert counts.sum() == 1
    assert "chưa xác định được Phòng có thông báo hay không" in words.handover_reading(month)
