"""The ledger of orders: states from dates, carried from month to month; did it help."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path

import motcua
import pandas as pd
import pytest
from cases import dossier, having, write_dossiers
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
TAM_PHUOC, HO_NAI, AN_BINH, TAN_VAN, TAM_HIEP = "26374", "26002", "26050", "26059", "26017"


pytestmark = pytest.mark.usefixtures("own_cache")


def dossiers(*below: str) -> list[dict]:
    """Tam Phước, and whoever else, below 97% from October to January; Hố Nai forgot to close two.

    Each ward that is below has two dossiers a month, one of them late.
    """
    rows = []
    for month in ("2023-10", "2023-11", "2023-12", "2024-01"):
        day = lambda n, m=month: f"{m}-{n:02d}"  # noqa: E731
        for ward in ("Tam Phước", *below):
            rows += [
                dossier(day(2), day(5), day(9), ward=ward, result_at=day(9)),
                dossier(day(2), day(5), day(4), ward=ward, result_at=day(4)),
            ]
        rows.append(dossier(day(2), day(5), day(4), ward="Hố Nai", result_at=day(4)))
    forgot = {"ward": "Hố Nai", "result_at": "2023-12-04", "returned_at": "2023-12-05"}
    rows += [dossier("2023-12-02", "2023-12-05", "2023-12-08", **forgot) for _ in range(2)]
    return rows


def month_with(
    tmp_path: Path, *reports: list, more: Iterable[dict] = (), below: Iterable[str] = (), **params
) -> Month:
    data = tmp_path / "data"
    write_dossiers(data, [*dossiers(*below), *more])
    if reports:
        write_csv(data / "followup" / "kp_20240118.csv", [HEAD, *reports])
    return motcua.load("2024-01", data=data, **params)


def row(table: pd.DataFrame, number: int, unit: str) -> dict:
    """What a ledger tells of an order and a unit, by its code or its name."""
    about = (table["order_no"] == number) & ((table["code"] == unit) | (table["name"] == unit))
    [found] = table[about].to_dict("records")
    return found


DONE, SILENT = "Đã thực hiện", "Chưa báo cáo"
CASES = {  # what the file tells of a unit's order, and what the ledger does; each a unit of its own
    "reported with evidence in time": (
        [["12/2023", "Bửu Long", "1", "10/01/2024", "08/01/2024", "BC 12", DONE]],
        {"state": "done_evidenced", "ordered_in": "2023-12", "in_file": True,
         "due_at": date(2024, 1, 10), "reported": "in_time"},
    ),
    "reported after the period": (
        [["12/2023", "Tân Vạn", "1", "10/01/2024", "17/01/2024", "BC 12", DONE]],
        # overdue by 14/01 less 10/01
        {"state": "overdue", "days_overdue": 4, "reported": "none", "reported_after": True},
    ),
    "reported after the due day": (
        [["12/2023", "Tam Hiệp", "1", "05/01/2024", "08/01/2024", "BC 12", DONE]],
        {"state": "done_evidenced", "reported": "late"},
    ),
    # Ten working days after 24/12/2023, 01/01 being a holiday: 08/01/2024, 6 days before 14/01.
    "the letter's due day where the file tells none": (
        [["12/2023", "Hóa An", "1", "", "", "", SILENT]],
        {"due_at": date(2024, 1, 8), "state": "overdue", "days_overdue": 6},
    ),
    "done when given first, and given again": (
        [["11/2023", "Tân Biên", "1", "10/12/2023", "09/12/2023", "BC 1", DONE]],
        {"ordered_in": "2023-12", "open_since": "2023-12"},
    ),
    # Given in October and again in November, whose period ends on 14/11; evidence on 10/12.
    "done after it was given again": (
        [["10/2023", "Trảng Dài", "1", "05/11/2023", "10/12/2023", "BC 1", DONE]],
        {"open_since": "2023-10"},
    ),
    "old and never done": (
        [["10/2023", "Hố Nai", "3", "05/11/2023", "", "", SILENT]],
        {"state": "overdue", "days_overdue": 70},  # 05/11 to 14/01
    ),
    "the last row of two": (
        [["12/2023", "Bình Đa", "1", "10/01/2024", "", "", SILENT],
         ["12/2023", "Bình Đa", "1", "10/01/2024", "09/01/2024", "BC", DONE]],
        {"state": "done_evidenced"},
    ),
    # 26014 was Tân Tiến until 2024-10-31 and is another ward since.
    "a code before it reports, due": (
        [["12/2023", "26014", "5", "10/01/2024", "", "", SILENT]],
        {"code": "26014", "name": "Tân Tiến", "state": "overdue", "in_file": True},
    ),
    "a code before it reports, month alone": (
        [["12/2023", "26014", "6", "", "", "", SILENT]],
        {"code": "26014", "name": "Tân Tiến", "state": "overdue", "in_file": True},
    ),
    "a division on its own order": (
        [["12/2023", "Phòng Nội vụ", "7", "10/01/2024", "09/01/2024", "BC 9", DONE]],
        {"code": "", "name": "Phòng Nội vụ", "state": "done_evidenced"},
    ),
    # A division that reports on the apologies of wards is told and not judged.
    "a division on the order of wards": (
        [["12/2023", "Phòng Nội vụ", "4", "10/01/2024", "09/01/2024", "BC 9", DONE]],
        {"code": "", "state": "done_evidenced", "result": None},
    ),
}  # fmt: skip
LEFT = ["10/2023", "Long Bình", "3", "05/11/2023", "04/11/2023", "BC 3", DONE]


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Month:
    """Nobody reports; five complaints about Hố Nai, one of them before December's period ended."""
    folder = tmp_path_factory.mktemp("plain")
    head = ["Mã phản ánh", "Đơn vị bị phản ánh", "Ngày phản ánh", "Loại phản ánh"]
    days = ["01/12/2023", "02/01/2024", "03/01/2024", "04/01/2024", "05/01/2024"]
    told = [[str(i), "Hố Nai", day, "Chậm trễ"] for i, day in enumerate(days)]
    write_csv(folder / "data" / "feedback" / "pa_20240118.csv", [head, *told])
    return month_with(folder)


@pytest.fixture(scope="module")
def reported(tmp_path_factory: pytest.TempPathFactory) -> Month:
    """All of `CASES`, and one order more that was done in its time."""
    reports = [report for told, _ in CASES.values() for report in told]
    below = dict.fromkeys(unit for _, unit, number, *_ in reports if number == "1")
    return month_with(tmp_path_factory.mktemp("told"), *reports, LEFT, below=below)


@pytest.fixture(scope="module")
def answered(tmp_path_factory: pytest.TempPathFactory) -> Month:
    """Tam Phước reported, and is below again; Hố Nai said nothing, and is named no more.

    The third, An Bình, has one dossier in January: too little to tell.
    """
    report = ["12/2023", "Tam Phước", "1", "10/01/2024", "08/01/2024", "BC 12", DONE]
    good = [
        dossier("2024-01-02", "2024-01-08", "2024-01-05", ward=w) for w in ("Tam Phước", "Hố Nai")
    ]
    bad = [dossier("2023-12-02", "2023-12-05", "2023-12-09", ward="An Bình")]
    few = [dossier("2024-01-02", "2024-01-08", "2024-01-05", ward="An Bình")]
    return month_with(tmp_path_factory.mktemp("answered"), report, more=[*good * 30, *bad, *few])


@pytest.mark.parametrize("case", CASES)
def test_an_order_stands_in_the_ledger_as_the_file_and_the_dates_say(
    reported: Month, case: str
) -> None:
    (*_, report), expected = CASES[case]
    told = row(ledger(reported), int(report[2]), report[1])
    found = {name: None if pd.isna(told[name]) else told[name] for name in expected}
    assert found == expected


def test_orders_are_followed_up_for_so_many_months_before_this_one(reported: Month) -> None:
    month = having(reported, followup_months=2)
    assert earlier_months(month) == ["2023-11", "2023-12"]
    lists = ledger(month)
    assert lists["open_since"].min() == "2023-11"  # Tam Phước is below 97% since October
    assert "Hố Nai" not in lists.query("order_no == 3")["name"].tolist()  # October's: "never done"


def test_an_order_that_no_file_knows_is_not_reported_and_never_overdue(plain: Month) -> None:
    told = row(ledger(plain), 1, TAM_PHUOC)
    assert (told["state"], told["days_overdue"], told["in_file"]) == ("not_reported", 0, False)


def test_a_unit_missing_among_those_that_the_file_tells_of_is_silent(reported: Month) -> None:
    told = row(ledger(reported), 1, TAM_PHUOC)
    assert (told["state"], told["in_file"]) == ("overdue", False)


def test_an_order_that_names_no_one_books_no_one_as_silent(answered: Month) -> None:
    """No complaint and no fault of a division or the software: orders 3, 5, 6 have empty lists."""
    table = ledger(answered)
    assert not {3, 5, 6} & set(table["order_no"])
    assert {1, 2} < set(table["order_no"])  # the numbers of the others stay


def test_what_was_reported_and_what_came_of_it_are_two_things(answered: Month) -> None:
    table = ledger(answered)
    found = {code: row(table, 1, code) for code in (TAM_PHUOC, HO_NAI, AN_BINH)}
    assert {code: (told["reported"], told["result"]) for code, told in found.items()} == {
        TAM_PHUOC: ("in_time", "not_met"),  # 31 of 32 are 96,875%
        HO_NAI: ("none", "met"),  # 31 of 31
        AN_BINH: ("none", "too_little"),  # 1 of 1
    }
    told = {cells[0]: cells[-3:] for cells in chapter.ledger_table(answered).rows
            if cells[1] == "Nâng tỷ lệ đúng hạn"}  # fmt: skip
    assert told == {
        "Tam Phước": ["đúng hạn, 08/01/2024", "Đã báo cáo kèm minh chứng", "chưa đạt"],
        "Hố Nai": ["chưa báo cáo", "Quá hạn 6 ngày: chưa báo cáo", "đạt"],
        "An Bình": ["chưa báo cáo", "Quá hạn 6 ngày: chưa báo cáo", "chưa đủ căn cứ"],
    }
    assert "(báo cáo chưa phải là đã đạt)" in chapter.conclusion(answered)


def test_an_order_given_again_keeps_the_first_month_that_was_not_done(plain: Month) -> None:
    told = row(ledger(plain), 1, TAM_PHUOC)
    assert (told["ordered_in"], told["open_since"]) == ("2023-12", "2023-10")


def test_an_order_done_in_time_leaves_the_ledger_after_its_month(reported: Month) -> None:
    # Order 3 of October is in the file alone: no complaint is in the data.
    table = ledger(reported)
    assert "Long Bình" not in table.query("order_no == 3")["name"].tolist()
    assert row(ledger(reported.at("2023-11")), 3, "Long Bình")["state"] == "done_evidenced"


def test_the_first_month_has_no_orders_to_follow_up(plain: Month) -> None:
    first = plain.at("2023-10")
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


@pytest.fixture(scope="module")
def sorry(tmp_path_factory: pytest.TempPathFactory) -> Month:
    """Apologies of several wards, each with what its test says and a late one without any.

    The one without is the ward's of January in `dossiers`.
    """
    forgot = {"late_cause": "Quên bấm kết thúc"}
    more = [
        apology("2024-01-09"), apology("2024-01-10"), apology(""),
        apology("", ward="Bửu Long", result_at="2024-01-10"),
        apology("", ward="Bửu Long", result_at="", **forgot),
        apology("", ward="Tân Vạn", **forgot),  # result on 12/01, due on 10/01
        apology("2024-01-17", ward="Tam Hiệp"),
        dossier("2024-01-02", "2024-01-10", "", ward="Hố Nai"),
    ]  # fmt: skip
    below = ("Bửu Long", "Tân Vạn", "Tam Hiệp")
    return month_with(tmp_path_factory.mktemp("sorry"), more=more, below=below)


def told_of(table: pd.DataFrame, code: str, column: str = "state") -> list[str]:
    return sorted(table[table["code"] == code][column])


def test_an_apology_is_in_time_up_to_the_day_before_the_due_date(sorry: Month) -> None:
    assert told_of(owed(sorry), TAM_PHUOC) == ["in_time", "late", "none", "none"]
    told = apologies(sorry).set_index("code").loc[TAM_PHUOC]
    assert told[["owed", "made", "in_time", "made_late", "missing"]].tolist() == [4, 2, 1, 1, 2]


def test_no_apology_is_owed_for_a_result_that_was_there_in_time(sorry: Month) -> None:
    told = apologies(sorry).set_index("name").loc["Bửu Long"]
    assert (told["owed"], told["to_evidence"], told["evidenced"]) == (1, 2, 0)


def test_forgetting_excuses_no_result_that_came_late_itself(sorry: Month) -> None:
    assert told_of(owed(sorry), TAN_VAN) == ["none"] * 2


def test_an_apology_after_the_period_counts_as_made_late(sorry: Month) -> None:
    assert told_of(owed(sorry), TAM_HIEP) == ["late", "none"]


def test_an_apology_is_owed_for_a_dossier_still_open_after_its_due_date(sorry: Month) -> None:
    assert told_of(owed(sorry), HO_NAI, "kind") == ["open"]


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


def test_before_is_the_months_up_to_the_order_and_after_those_behind_it(plain: Month) -> None:
    """Tam Phước 1 of 2 late each month, Hố Nai 2 of 5 up to December and 0 of 1 since."""
    told = effects(plain).set_index("order_no").loc[1]
    assert (told["unit_count"], told["before_hits"], told["before_of"]) == (2, 3 + 2, 6 + 5)
    assert (told["after_hits"], told["after_of"], told["moved"]) == (1, 2 + 1, "unclear")
    one = effects(having(plain, effect_months=1)).set_index("order_no").loc[1]
    assert (one["before_hits"], one["before_of"]) == (1 + 2, 2 + 3)


def test_complaints_may_be_more_than_the_dossiers_and_have_no_percentage(plain: Month) -> None:
    found = effects(plain).set_index("order_no").loc[3]
    assert (found["before_hits"], found["before_of"]) == (1, 5)
    assert (found["after_hits"], found["after_of"]) == (4, 1)
    assert pd.isna(found["change_points"])
    assert pd.isna(found["change_high"])
    # 4 of 5 or more after, each with a chance of 1/6: 5 * 5/6^5 + 1/6^5 = 26/7776 < 2.5%.
    assert found["moved"] == "worse"


def test_units_of_one_order_are_judged_together(plain: Month) -> None:
    together = effects(plain).set_index("key")
    told = together.loc["forgot_to_close"]  # Hố Nai alone: 2 of 5 up to December, 0 of 1 after
    assert (told["unit_count"], told["before_hits"], told["before_of"]) == (1, 2, 5)
    assert (told["after_hits"], told["after_of"], told["before_percent"]) == (0, 1, 40)
