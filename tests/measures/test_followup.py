"""The ledger of orders: states from dates, carried from month to month; did it help."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import motcua
import pandas as pd
import pytest
from cases import dossier, write_dossiers
from exports import write_csv
from motcua.chapters import followup as chapter
from motcua.measures.apologies import apologies, owed
from motcua.measures.followup import earlier_months, effects, ledger, moved, state_at
from motcua.measures.month import Month
from motcua.measures.statistics import difference_interval

HEAD = [
    "Kỳ báo cáo", "Đơn vị", "Chỉ đạo số", "Hạn thực hiện", "Ngày báo cáo", "Minh chứng",
    "Trạng thái thực hiện",
]  # fmt: skip
TAM_PHUOC, HO_NAI, AN_BINH = "26374", "26002", "26050"


pytestmark = pytest.mark.usefixtures("own_cache")


def dossiers() -> list[dict]:
    """Tam Phước below 97% from October to January, Hố Nai with two forgotten closings."""
    rows = []
    for month in ("2023-10", "2023-11", "2023-12", "2024-01"):
        day = lambda n, m=month: f"{m}-{n:02d}"  # noqa: E731
        rows += [
            dossier(day(2), day(5), day(9), ward="Tam Phước", result_at=day(9)),
            dossier(day(2), day(5), day(4), ward="Tam Phước", result_at=day(4)),
            dossier(day(2), day(5), day(4), ward="Hố Nai", result_at=day(4)),
        ]
    forgot = {"ward": "Hố Nai", "result_at": "2023-12-04", "returned_at": "2023-12-05"}
    rows += [dossier("2023-12-02", "2023-12-05", "2023-12-08", **forgot) for _ in range(2)]
    return rows


def month_with(
    tmp_path: Path, *reports: list, month: str = "2024-01", more: list[dict] | None = None, **params
) -> Month:
    data = tmp_path / "data"
    write_dossiers(data, [*dossiers(), *(more or [])])
    if reports:
        write_csv(data / "followup" / "kp_20240118.csv", [HEAD, *reports])
    return motcua.load(month, data=data, **params)


def row(table: pd.DataFrame, number: int, code: str) -> pd.Series:
    [found] = table[(table["order_no"] == number) & (table["code"] == code)].to_dict("records")
    return found


def test_orders_are_followed_up_for_so_many_months_before_this_one(tmp_path: Path) -> None:
    month = month_with(tmp_path, followup_months=2)
    assert earlier_months(month) == ["2023-11", "2023-12"]
    lists = ledger(month)
    assert lists["open_since"].min() == "2023-11"  # Tam Phước is below 97% since October


def test_an_order_reported_with_evidence_in_time_is_done(tmp_path: Path) -> None:
    report = ["12/2023", "Tam Phước", "1", "10/01/2024", "08/01/2024", "BC 12", "Đã thực hiện"]
    told = row(ledger(month_with(tmp_path, report)), 1, TAM_PHUOC)
    assert (told["state"], told["ordered_in"], told["in_file"]) == (
        "done_evidenced",
        "2023-12",
        True,
    )
    assert (told["due_at"], told["reported"]) == (date(2024, 1, 10), "in_time")


def test_a_report_after_the_period_does_not_count_yet_and_is_told(tmp_path: Path) -> None:
    report = ["12/2023", "Tam Phước", "1", "10/01/2024", "17/01/2024", "BC 12", "Đã thực hiện"]
    told = row(ledger(month_with(tmp_path, report)), 1, TAM_PHUOC)
    assert (told["state"], told["days_overdue"]) == ("overdue", 4)  # 14/01 less 10/01
    assert (told["reported"], told["reported_after"]) == ("none", True)


def test_a_report_after_the_due_day_is_late(tmp_path: Path) -> None:
    report = ["12/2023", "Tam Phước", "1", "05/01/2024", "08/01/2024", "BC 12", "Đã thực hiện"]
    told = row(ledger(month_with(tmp_path, report)), 1, TAM_PHUOC)
    assert (told["state"], told["reported"]) == ("done_evidenced", "late")


def test_an_order_has_the_letters_due_day_where_the_file_tells_none(tmp_path: Path) -> None:
    """Ten working days after 24/12/2023, 01/01 being a holiday: 08/01/2024, 6 days before 14/01."""
    report = ["12/2023", "Tam Phước", "1", "", "", "", "Chưa báo cáo"]
    told = row(ledger(month_with(tmp_path, report)), 1, TAM_PHUOC)
    assert (told["due_at"], told["state"], told["days_overdue"]) == (
        date(2024, 1, 8), "overdue", 6,
    )  # fmt: skip


def test_an_order_that_no_file_knows_is_not_reported_and_never_overdue(tmp_path: Path) -> None:
    told = row(ledger(month_with(tmp_path)), 1, TAM_PHUOC)
    assert (told["state"], told["days_overdue"], told["in_file"]) == ("not_reported", 0, False)


def test_a_unit_missing_among_those_that_the_file_tells_of_is_silent(tmp_path: Path) -> None:
    report = ["12/2023", "Hố Nai", "1", "10/01/2024", "08/01/2024", "BC 12", "Đã thực hiện"]
    told = row(ledger(month_with(tmp_path, report)), 1, TAM_PHUOC)
    assert (told["state"], told["in_file"]) == ("overdue", False)


def test_an_order_that_names_no_one_books_no_one_as_silent(tmp_path: Path) -> None:
    """No complaint and no fault of a division or the software: orders 3, 5, 6 have empty lists."""
    report = ["12/2023", "Tam Phước", "1", "10/01/2024", "08/01/2024", "BC 12", "Đã thực hiện"]
    table = ledger(month_with(tmp_path, report))
    assert not {3, 5, 6} & set(table["order_no"])
    assert {1, 2} < set(table["order_no"])  # the numbers of the others stay


def test_what_was_reported_and_what_came_of_it_are_two_things(tmp_path: Path) -> None:
    """Tam Phước reported, and is below again; Hố Nai said nothing, and is named no more.

    The third, An Bình, has one dossier in January: too little to tell.
    """
    report = ["12/2023", "Tam Phước", "1", "10/01/2024", "08/01/2024", "BC 12", "Đã thực hiện"]
    good = [
        dossier("2024-01-02", "2024-01-08", "2024-01-05", ward=w) for w in ("Tam Phước", "Hố Nai")
    ]
    bad = [dossier("2023-12-02", "2023-12-05", "2023-12-09", ward="An Bình")]
    few = [dossier("2024-01-02", "2024-01-08", "2024-01-05", ward="An Bình")]
    month = month_with(tmp_path, report, more=[*good * 30, *bad, *few])
    table = ledger(month)
    found = {code: row(table, 1, code) for code in (TAM_PHUOC, HO_NAI, AN_BINH)}
    assert {code: (told["reported"], told["result"]) for code, told in found.items()} == {
        TAM_PHUOC: ("in_time", "not_met"),  # 31 of 32 are 96,875%
        HO_NAI: ("none", "met"),  # 31 of 31
        AN_BINH: ("none", "too_little"),  # 1 of 1
    }
    told = {cells[0]: cells[-3:] for cells in chapter.ledger_table(month).rows
            if cells[1] == "Nâng tỷ lệ đúng hạn"}  # fmt: skip
    assert told == {
        "Tam Phước": ["đúng hạn, 08/01/2024", "Đã báo cáo kèm minh chứng", "chưa đạt"],
        "Hố Nai": ["chưa báo cáo", "Quá hạn 6 ngày: chưa báo cáo", "đạt"],
        "An Bình": ["chưa báo cáo", "Quá hạn 6 ngày: chưa báo cáo", "chưa đủ căn cứ"],
    }
    assert "(báo cáo chưa phải là đã đạt)" in chapter.conclusion(month)


def test_an_order_given_again_keeps_the_first_month_that_was_not_done(tmp_path: Path) -> None:
    told = row(ledger(month_with(tmp_path)), 1, TAM_PHUOC)
    assert (told["ordered_in"], told["open_since"]) == ("2023-12", "2023-10")
    done = ["11/2023", "Tam Phước", "1", "10/12/2023", "09/12/2023", "BC 1", "Đã thực hiện"]
    told = row(ledger(month_with(tmp_path / "other", done)), 1, TAM_PHUOC)
    assert (told["ordered_in"], told["open_since"]) == ("2023-12", "2023-12")


def test_an_order_done_after_it_was_given_again_was_open_until_then(tmp_path: Path) -> None:
    # Given in October and again in November, whose period ends on 14/11; evidence on 10/12.
    done = ["10/2023", "Tam Phước", "1", "05/11/2023", "10/12/2023", "BC 1", "Đã thực hiện"]
    assert row(ledger(month_with(tmp_path, done)), 1, TAM_PHUOC)["open_since"] == "2023-10"


@pytest.mark.parametrize("due", ["10/01/2024", ""], ids=["due", "month alone"])
def test_a_unit_named_by_a_code_is_known_before_it_reports(tmp_path: Path, due: str) -> None:
    # 26014 was Tân Tiến until 2024-10-31 and is another ward since.
    report = ["12/2023", "26014", "1", due, "", "", "Chưa báo cáo"]
    told = row(ledger(month_with(tmp_path, report)), 1, "26014")
    assert (told["name"], told["state"], told["in_file"]) == ("Tân Tiến", "overdue", True)


def test_an_order_done_in_time_leaves_the_ledger_after_its_month(tmp_path: Path) -> None:
    # Order 3 of October is in the file alone: no complaint is in the data.
    done = ["10/2023", "Hố Nai", "3", "05/11/2023", "04/11/2023", "BC 3", "Đã thực hiện"]
    table = ledger(month_with(tmp_path, done))
    assert table[(table["order_no"] == 3)].empty
    november = ledger(month_with(tmp_path, done, month="2023-11"))
    assert row(november, 3, HO_NAI)["state"] == "done_evidenced"


def test_an_old_order_that_stays_open_stays_in_the_ledger(tmp_path: Path) -> None:
    report = ["10/2023", "Hố Nai", "3", "05/11/2023", "", "", "Chưa báo cáo"]
    told = row(ledger(month_with(tmp_path, report)), 3, HO_NAI)
    assert (told["state"], told["days_overdue"]) == ("overdue", 70)  # 05/11 to 14/01
    assert (
        ledger(month_with(tmp_path, report, followup_months=2))["order_no"].tolist().count(3) == 0
    )


def test_the_last_row_of_the_file_on_one_order_counts(tmp_path: Path) -> None:
    head = ["12/2023", "Tam Phước", "1", "10/01/2024"]
    first, last = [*head, "", "", "Chưa báo cáo"], [*head, "09/01/2024", "BC", "Đã thực hiện"]
    assert row(ledger(month_with(tmp_path, first, last)), 1, TAM_PHUOC)["state"] == "done_evidenced"


def test_a_division_reports_on_its_own_order(tmp_path: Path) -> None:
    report = ["12/2023", "Phòng Nội vụ", "7", "10/01/2024", "09/01/2024", "BC 9", "Đã thực hiện"]
    told = row(ledger(month_with(tmp_path, report)), 7, "")
    assert (told["name"], told["state"]) == ("Phòng Nội vụ", "done_evidenced")


def test_a_division_that_reports_on_the_apologies_of_wards_is_told_and_not_judged(tmp_path):
    report = ["12/2023", "Phòng Nội vụ", "4", "10/01/2024", "09/01/2024", "BC 9", "Đã thực hiện"]
    told = row(ledger(month_with(tmp_path, report)), 4, "")
    assert told["state"] == "done_evidenced"
    assert pd.isna(told["result"])


def test_the_first_month_has_no_orders_to_follow_up(tmp_path: Path) -> None:
    first = month_with(tmp_path, month="2023-10")
    assert ledger(first).empty
    assert effects(first).empty
    assert "Chưa có tháng trước" in chapter.conclusion(first)


@pytest.mark.parametrize(
    ("due", "reported", "evidence", "told", "state"),
    [
        ("2024-01-14", None, False, "", "not_reported"),  # due on the last day is not overdue yet
        ("2024-01-13", None, False, "", "overdue"),
        ("2024-01-13", "2024-01-14", True, "done", "done_evidenced"),
        ("2024-01-13", "2024-01-14", False, "", "done_unevidenced"),
        ("2024-01-13", "2024-01-10", True, "in_progress", "overdue"),
        ("2024-01-20", "2024-01-10", True, "in_progress", "in_progress"),
        ("2024-01-20", "2024-01-10", True, "not_reported", "not_reported"),
        (None, "2024-01-15", True, "done", "not_reported"),
    ],
)
def test_the_state_follows_from_the_dates(
    due: str | None, reported: str | None, evidence: bool, told: str, state: str
) -> None:
    days = [date.fromisoformat(day) if day else None for day in (due, reported)]
    assert state_at(*days, evidence, told, date(2024, 1, 14)) == state


# Apologies -------------------------------------------------------------------------------------


def apology(day: str, **others: str) -> dict:
    late = {"ward": "Tam Phước", "result_at": "2024-01-12", "apology_at": day}
    return dossier("2024-01-02", "2024-01-10", "2024-01-12", **(late | others))


def test_an_apology_is_in_time_up_to_the_day_before_the_due_date(tmp_path: Path) -> None:
    more = [apology("2024-01-09"), apology("2024-01-10"), apology("")]
    month = month_with(tmp_path, more=more)
    assert sorted(owed(month)["state"]) == ["in_time", "late", "none", "none"]  # one of dossiers()
    told = apologies(month).set_index("code").loc[TAM_PHUOC]
    assert told[["owed", "made", "in_time", "made_late", "missing"]].tolist() == [4, 2, 1, 1, 2]


def test_no_apology_is_owed_for_a_result_that_was_there_in_time(tmp_path: Path) -> None:
    forgot = apology("", result_at="", late_cause="Quên bấm kết thúc")
    more = [apology("", result_at="2024-01-10"), forgot]
    told = apologies(month_with(tmp_path, more=more)).set_index("code").loc[TAM_PHUOC]
    assert (told["owed"], told["to_evidence"], told["evidenced"]) == (1, 2, 0)


def test_forgetting_excuses_no_result_that_came_late_itself(tmp_path: Path) -> None:
    more = [apology("", late_cause="Quên bấm kết thúc")]  # result on 12/01, due on 10/01
    assert owed(month_with(tmp_path, more=more))["state"].tolist() == ["none"] * 2


def test_an_apology_after_the_period_counts_as_made_late(tmp_path: Path) -> None:
    told = owed(month_with(tmp_path, more=[apology("2024-01-17")]))
    assert sorted(told["state"]) == ["late", "none"]


def test_an_apology_is_owed_for_a_dossier_still_open_after_its_due_date(tmp_path: Path) -> None:
    late = dossier("2024-01-02", "2024-01-10", "", ward="Hố Nai")
    month = month_with(tmp_path, more=[late])
    assert owed(month)["kind"].tolist().count("open") == 1


def test_where_nobody_directs_apologies_are_owed_once_one_is_recorded(tmp_path: Path) -> None:
    """One dossier of January is late in every month of `dossiers`; the other shows an apology."""
    elsewhere = {"profile": "thanh-pho-khac"}
    assert owed(month_with(tmp_path / "none", **elsewhere)).empty
    one = month_with(tmp_path / "one", more=[apology("2024-01-09")], **elsewhere)
    assert sorted(owed(one)["state"]) == ["in_time", "none"]


def test_order_4_is_done_when_the_dossiers_show_every_apology(tmp_path: Path) -> None:
    sorry = {"apology_at": "2023-12-04"}
    rows = [r | (sorry if r["due_at"].startswith("2023-12") else {}) for r in dossiers()]
    write_dossiers(tmp_path, rows)
    table = ledger(motcua.load("2024-01", data=tmp_path))
    assert row(table, 4, TAM_PHUOC)["state"] == "done_evidenced"
    assert row(table, 4, HO_NAI)["state"] == "not_reported"  # evidence for two forgotten closings


# Did it help? ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after"),
    [((48, 80), (56, 70)), ((9, 10), (3, 10)), ((0, 29), (0, 20)), ((5, 56), (0, 29))],
)
def test_the_interval_of_a_change_is_statsmodels_newcomb(
    before: tuple[int, int], after: tuple[int, int]
) -> None:
    from statsmodels.stats.proportion import confint_proportions_2indep  # long to import

    expected = confint_proportions_2indep(*after, *before, method="newcomb", compare="diff")
    assert difference_interval(*before, *after) == pytest.approx(
        [100 * x for x in expected], abs=1e-5
    )


def test_newcombes_own_examples_by_the_score_method() -> None:
    # Newcombe (1998), table II, method 10: 56/70 - 48/80 and 9/10 - 3/10.
    assert difference_interval(48, 80, 56, 70) == pytest.approx((5.24, 33.39), abs=0.005)
    assert difference_interval(3, 10, 9, 10) == pytest.approx((17.05, 80.90), abs=0.005)


def test_a_change_is_beyond_noise_only_when_its_interval_leaves_zero_out() -> None:
    assert [moved(-2, -0.1), moved(-2, 0.0), moved(0.1, 2), moved(None, None)] == [
        "better", "unclear", "worse", None,
    ]  # fmt: skip


def test_before_is_the_months_up_to_the_order_and_after_those_behind_it(tmp_path: Path) -> None:
    """Tam Phước 1 of 2 late each month, Hố Nai 2 of 5 up to December and 0 of 1 since."""
    told = effects(month_with(tmp_path)).set_index("order_no").loc[1]
    assert (told["unit_count"], told["before_hits"], told["before_of"]) == (2, 3 + 2, 6 + 5)
    assert (told["after_hits"], told["after_of"], told["moved"]) == (1, 2 + 1, "unclear")
    one = effects(month_with(tmp_path, effect_months=1)).set_index("order_no").loc[1]
    assert (one["before_hits"], one["before_of"]) == (1 + 2, 2 + 3)


def test_complaints_may_be_more_than_the_dossiers_and_have_no_percentage(tmp_path: Path) -> None:
    head = ["Mã phản ánh", "Đơn vị bị phản ánh", "Ngày phản ánh", "Loại phản ánh"]
    days = ["01/12/2023", "02/01/2024", "03/01/2024", "04/01/2024", "05/01/2024"]
    told = [[str(i), "Hố Nai", day, "Chậm trễ"] for i, day in enumerate(days)]
    write_csv(tmp_path / "data" / "feedback" / "pa_20240118.csv", [head, *told])
    month = month_with(tmp_path)
    found = effects(month).set_index("order_no").loc[3]
    assert (found["before_hits"], found["before_of"]) == (1, 5)
    assert (found["after_hits"], found["after_of"]) == (4, 1)
    assert pd.isna(found["change_points"])
    assert pd.isna(found["change_high"])
    # 4 of 5 or more after, each with a chance of 1/6: 5 * 5/6^5 + 1/6^5 = 26/7776 < 2.5%.
    assert found["moved"] == "worse"


def test_units_of_one_order_are_judged_together(tmp_path: Path) -> None:
    together = effects(month_with(tmp_path)).set_index("key")
    told = together.loc["forgot_to_close"]  # Hố Nai alone: 2 of 5 up to December, 0 of 1 after
    assert (told["unit_count"], told["before_hits"], told["before_of"]) == (1, 2, 5)
    assert (told["after_hits"], told["after_of"], told["before_percent"]) == (0, 1, 40)
