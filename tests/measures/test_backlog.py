"""The backlog and the second rate of a month, on dossiers counted by hand; E is 14/01/2024."""

from __future__ import annotations

import pytest
from cases import counts_of, dossier, late, load_rows, on_time, unit
from motcua.measures.state import AGES

pytestmark = pytest.mark.usefixtures("own_cache")
OLD = "2023-06-01"  # received long ago
READY = {"result_at": "2024-01-03"}


@pytest.mark.parametrize(
    ("due", "age"),
    [
        ("2024-01-13", "days_1_30"),  # one day
        ("2023-12-15", "days_1_30"),  # 30: 16 days to the end of December, and 14
        ("2023-12-14", "days_31_90"),
        ("2023-10-16", "days_31_90"),  # 90: 15 + 30 + 31 + 14
        ("2023-10-15", "days_91_up"),
        ("2024-01-14", None),  # due on the last day
        ("", None),
    ],
)
@pytest.mark.parametrize("granularity", ["day", "time"])
def test_open_overdue_dossiers_have_an_age_in_calendar_days(due, age, granularity):
    row = dossier(OLD, f"{due} 16:00:00" if due and granularity == "time" else due)
    counts = counts_of(row, granularity=granularity)
    if granularity == "time" and due == "2024-01-14":  # overdue since the afternoon: 0 days
        age = "days_1_30"
    assert [name for name in AGES if counts[name]] == ([age] if age else [])
    assert counts["open_overdue"] == (age is not None)


@pytest.mark.parametrize(
    ("row", "waits", "overdue"),
    [
        (dossier(due="2024-01-05", **READY), 1, 1),
        (dossier(due="2024-01-20", **READY), 1, 0),  # still in time
        (dossier(due="", returned_at="2024-01-14 17:00:00"), 1, 0),  # on the last day
        (dossier(due="2024-01-05", result_at="2024-01-15"), 0, 0),  # after the period
        (dossier(due="2024-01-05"), 0, 0),
        (dossier(due="2024-01-05", closed="2024-01-15", **READY), 1, 1),  # clicked after it
        (dossier(due="2024-01-05", closed="2024-01-14", **READY), 0, 0),
        (dossier(due="2024-01-05", status_group="withdrawn", **READY), 0, 0),
    ],
)
def test_a_dossier_with_its_result_awaits_the_click_alone(row, waits, overdue):
    counts = counts_of(row)
    assert (counts["awaiting_close"], counts["awaiting_close_overdue"]) == (waits, overdue)


ROWS = [
    *on_time(3), *late(1),
    dossier(OLD, "2023-10-01", dossier_id="a"),
    dossier(due="2024-01-05", dossier_id="b", **READY),
    dossier(due="2024-01-20", dossier_id="c"), dossier(due="", dossier_id="d"),
    *on_time(97, "Hóa An"), *late(3, "Hóa An"),
    dossier(due="2024-01-20", dossier_id="e", ward="Hóa An", **READY),
    dossier(due="2024-01-20", dossier_id="f", ward="Hóa An", **READY),
]  # fmt: skip


def test_a_ward_and_the_city_have_backlog_and_second_rate(tmp_path):
    month = load_rows(tmp_path, ROWS)
    ward = unit(month, "An Bình")
    assert [ward[age] for age in AGES] == [1, 0, 1]
    assert [ward["awaiting_close"], ward["awaiting_close_overdue"]] == [1, 1]
    # 4 resolved and 3 open with a due date; of them good: 3 on time, 1 open in time
    assert [ward["good_766"], ward["counted_766"]] == [4, 7]
    assert (ward["rate_766_percent"], ward["below_threshold_766"]) == (57.142857, True)
    other = unit(month, "Hóa An")  # 99 of 102, where 97 of 100 is not below either
    assert (other["rate_766_percent"], other["below_threshold_766"]) == (97.058824, False)
    assert unit(month, "Tân Vạn")["below_threshold_766"] is None
    assert [month.city[age] for age in AGES] == [1, 0, 1]
    assert (month.city["awaiting_close"], month.city["rate_766_percent"]) == (3, 94.495413)
    assert month.names("awaiting_close") == ["Hóa An", "An Bình"]  # 2, 1: most first


def test_the_months_looked_back_on_have_them_too(tmp_path):
    months = load_rows(tmp_path, ROWS).city_history.set_index("month")
    now, before = months.loc["2024-01"], months.loc["2023-12"]
    assert now[["days_91_up", "awaiting_close", "wards_below_766"]].tolist() == [1, 3, 1]
    assert now["rate_766_percent"] == 94.495413
    # At the end of 14/12/2023 the oldest alone was there: due 74 days before, nothing resolved.
    assert before[["days_31_90", "days_91_up", "awaiting_close"]].tolist() == [1, 0, 0]
    assert (before["rate_766_percent"], before["below_threshold"]) == (0, None)


@pytest.mark.parametrize("changes", [{}, {"withdrawn": "as_on_time", "granularity": "time"}])
def test_the_second_rate_is_that_of_the_convention_with_all_else_the_same(tmp_path, changes):
    rows = [*ROWS, dossier(closed="2024-01-04", status="Rút hồ sơ", dossier_id="g")]
    beside = load_rows(tmp_path, rows, **changes).rates.set_index("code")
    official = load_rows(tmp_path, rows, rate_convention="national_766", **changes).rates
    official = official.set_index("code").loc[beside.index]
    for tag in ("good", "counted"):
        assert beside[f"{tag}_766"].tolist() == official[tag].tolist()
    assert (beside["rate_766_percent"].dropna() == official["rate_percent"].dropna()).all()
