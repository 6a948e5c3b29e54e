"""Repeats, the restricted annex, the ranking and the signs, by hand-worked cases."""

from __future__ import annotations

import hashlib
from pathlib import Path

import duckdb
import motcua
import numpy as np
import pandas as pd
import pytest
from cases import dossier, having, write_dossiers
from hypothesis import given
from hypothesis import strategies as st
from motcua.base.reference import read_yaml
from motcua.chapters import followup as chapter
from motcua.measures.followup import events, repeats, repeats_by_ward
from motcua.measures.month import Month
from motcua.measures.ranking import CRITERIA, bands, normalised, ranking, ranks
from motcua.measures.signs import checks, months_growing, signs
from motcua.papers.findings import build_findings, csv_tables, to_csv
from motcua.papers.restricted import SAY, write_restricted
from openpyxl import load_workbook

HO_NAI = "26002"


pytestmark = pytest.mark.usefixtures("own_cache")


def forgotten(official: str, month: str, n: int, start: int = 0) -> list[dict]:
    """`n` dossiers of Hố Nai that an official forgot to close in a month."""
    day = f"{month}-0"
    row = dossier(f"{day}2", f"{day}5", f"{day}9", ward="Hố Nai", result_at=f"{day}4")
    return [
        row | {"official": official, "dossier_id": f"Q-{official}-{month}-{start + i}"}
        for i in range(n)
    ]


def closed_well(official: str, n: int) -> list[dict]:
    row = dossier("2024-01-02", "2024-01-08", "2024-01-04", ward="Hố Nai", official=official)
    return [row | {"dossier_id": f"T-{official}-{i}"} for i in range(n)]


def month_of(folder: Path, rows: list[dict], **params: object) -> Month:
    write_dossiers(folder, rows)
    return motcua.load("2024-01", data=folder, **params)


@pytest.fixture(scope="module")
def repeated(tmp_path_factory: pytest.TempPathFactory) -> Month:
    """A forgets 3 in January; B one in each of November to January; C two; D none of twelve."""
    rows = forgotten("A", "2024-01", 3) + forgotten("C", "2024-01", 2) + closed_well("D", 12)
    for month in ("2023-11", "2023-12", "2024-01"):
        rows += forgotten("B", month, 1)
    return month_of(tmp_path_factory.mktemp("repeated"), rows)


# Repeats ---------------------------------------------------------------------------------------


def test_three_dossiers_repeat_by_dossier_and_three_months_by_month(repeated: Month) -> None:
    table = repeats(repeated)
    flags = sorted(
        table[["dossiers", "months", "this_month", "by_dossier", "by_month"]].values.tolist()
    )
    assert flags == [[3, 1, 3, True, False], [3, 3, 1, True, True]]


def test_equal_repeats_stand_in_the_order_of_wards_and_officials(tmp_path: Path) -> None:
    rows = forgotten("A", "2024-01", 3) + forgotten("B", "2024-01", 3)
    rows += [row | {"ward": "Tân Biên"} for row in forgotten("C", "2024-01", 3)]
    table = repeats(month_of(tmp_path, rows))
    assert table["code"].tolist() == ["25999", HO_NAI, HO_NAI]
    assert table["official"][1] < table["official"][2]


def test_two_dossiers_are_no_repeat_unless_the_parameter_says_so(repeated: Month) -> None:
    assert len(repeats(having(repeated, repeat_from=2))) == 3


def test_months_before_the_window_do_not_count(repeated: Month) -> None:
    table = repeats(having(repeated, repeat_months=2))
    assert table["dossiers"].tolist() == [3]  # A alone


def test_a_count_stands_beside_what_the_whole_city_would_make_of_it(repeated: Month) -> None:
    table = repeats(repeated)
    row = table[table["months"] == 1].iloc[0]  # A: 3 of 3; in the city 8 of 20 were forgotten
    assert (row["handled"], row["expected"]) == (3, pytest.approx(3 * 8 / 20))
    assert row["times_expected"] == 2.5  # 3 / 1.2


def test_wards_know_only_how_many_officials_repeat(repeated: Month) -> None:
    table = repeats_by_ward(repeated).set_index("code")
    told = table.loc[HO_NAI, ["by_dossier", "by_month", "dossiers", "active"]].tolist()
    assert told == [2, 1, 6, 2]
    assert list(table.columns) == ["name", "by_dossier", "by_month", "dossiers", "active"]


def test_no_public_table_names_a_repeating_official_or_a_dossier(repeated: Month) -> None:
    public = [to_csv(table).decode() for table in csv_tables(repeated).values()]
    text = "".join([*public, str(build_findings(repeated))])
    secret = [*events(repeated)["official"], *events(repeated)["dossier_id"]]
    assert [word for word in secret if word in text] == []


def test_the_annex_says_who_may_read_it_and_proves_each_repeat(
    repeated: Month, tmp_path: Path
) -> None:
    path = write_restricted(repeated, tmp_path)
    assert path == tmp_path / "han-che" / "tai-pham.xlsx"
    book = load_workbook(path)
    assert book.sheetnames == ["Bìa", "Công chức", "Hồ sơ"]
    assert all(str(sheet["A1"].value).startswith(SAY("warning")) for sheet in book)
    assert SAY("warning") == "HẠN CHẾ - chỉ dành cho Phòng Nội vụ"
    numbers = {row[3] for row in book["Hồ sơ"].iter_rows(min_row=3, values_only=True)}
    assert len(numbers) == 6
    assert not any("Q-C-" in number for number in numbers)  # two only: no repeat


def test_the_annex_holds_no_formula_and_the_same_bytes_in_every_run(tmp_path: Path) -> None:
    rows = [row | {"dossier_id": f"=1+{i}"} for i, row in enumerate(forgotten("A", "2024-01", 3))]
    month = month_of(tmp_path / "data", rows)
    digests = set()
    for name in ("one", "two"):
        path = write_restricted(month, tmp_path / name)
        digests.add(hashlib.sha256(path.read_bytes()).hexdigest())
    assert len(digests) == 1
    cells = [cell for row in load_workbook(path)["Hồ sơ"].iter_rows(min_row=3) for cell in row]
    assert "=1+0" in [cell.value for cell in cells]
    assert {cell.data_type for cell in cells} <= {"s", "d", "n"}


# Bands of the year -----------------------------------------------------------------------------


def table_of(**columns: list) -> pd.DataFrame:
    return pd.DataFrame({name: columns.get(name, [1.0] * 3) for name in CRITERIA})


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Month:
    """March 2024; since December An Bình all on time, Tam Phước half late, Hố Nai 1 of 10 late."""
    rows, folder = [], tmp_path_factory.mktemp("year")
    for month in ("2023-12", "2024-01", "2024-02", "2024-03"):
        for ward, bad in (("An Bình", 0), ("Tam Phước", 5), ("Hố Nai", 1)):
            rows += [
                dossier(f"{month}-02", f"{month}-05", f"{month}-0{9 if n < bad else 4}", ward=ward)
                for n in range(10)
            ]
    write_dossiers(folder, rows)
    return motcua.load("2024-03", data=folder)


def test_two_months_of_a_year_are_too_early_for_bands(year: Month) -> None:
    """December 2023 is another year: January and February 2024 alone count."""
    month = year.at("2024-02")
    table = ranking(month)
    assert table["band"].isna().all()
    assert table["score"].isna().all()
    assert chapter.ranking_reading(month) == (
        "Năm 2024 mới có 2 tháng số liệu, còn sớm để xếp loại: xếp loại tạm tính từ 3 tháng."
    )
    assert chapter.ranking_table(month) == ""


def test_from_three_months_on_wards_stand_in_bands(year: Month) -> None:
    """Of three wards a third is one; the rate alone differs, so that no weight turns the order."""
    table = ranking(year).dropna(subset="band")
    assert table[["band", "name", "resolved", "rate"]].values.tolist() == [
        ["top", "An Bình", 30, 100.0], ["middle", "Hố Nai", 30, 90.0],
        ["bottom", "Tam Phước", 30, 50.0],
    ]  # fmt: skip
    assert table["orders"].isna().all()  # no follow-up file tells of any
    said = chapter.ranking_reading(year)
    assert "- Nhóm đầu: An Bình.\n- Nhóm cuối: Tam Phước." in said
    assert [row[:2] for row in chapter.ranking_table(year).rows] == [
        ["An Bình", "đầu"], ["Hố Nai", "giữa"], ["Tam Phước", "cuối"],
    ]  # fmt: skip


def test_criteria_run_from_the_worst_ward_to_the_best_one() -> None:
    columns = {"rate": [96.0, 98.0, 100.0], "feedback": [4.0, 0.0, None], "backlog": [0, 1, 4]}
    scores = normalised(table_of(**columns))
    assert scores["rate"].tolist() == [0, 0.5, 1]
    assert scores["feedback"].tolist() == [0, 1, 1]  # nothing to judge is best
    assert scores["backlog"].tolist() == [1, 0.75, 0]  # fewer overdue are better
    assert scores["orders"].tolist() == [1, 1, 1]  # all alike


def test_the_rate_counts_once_and_the_backlog_counts(tmp_path: Path) -> None:
    """10 resolved and 2 open overdue: 20 per 100."""
    assert "own_points" not in CRITERIA
    rows = [dossier("2024-01-02", "2024-01-08", "2024-01-05", ward="Hố Nai")] * 10
    rows += [dossier("2024-01-02", "2024-01-08", "", ward="Hố Nai")] * 2
    table = ranking(month_of(tmp_path, rows)).set_index("code")
    assert table.loc[HO_NAI, "backlog"] == 20


def test_equal_scores_share_the_best_rank() -> None:
    assert ranks(np.array([[0.5, 0.9, 0.5, 0.1]])).tolist() == [[2, 1, 2, 4]]


def test_a_band_that_hangs_on_one_weight_is_the_middle_one() -> None:
    """Weights 60 and 40: B passes A when 40 b > 60 a, as with the factors a = 0.5 and b = 1.5.

    C is worst in both.
    """
    scores = np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]])
    assert bands(scores, np.array([60.0, 40.0])) == ["middle", "middle", "bottom"]
    assert bands(scores, np.array([80.0, 20.0])) == ["top", "middle", "bottom"]  # 40 > 30


def test_wards_that_are_exactly_equal_stand_in_one_band() -> None:
    equal = np.array([[1 / 3] * 2, [1 / 3] * 2, [1.0, 1.0], [0.0, 0.0], [1 / 3] * 2, [1 / 3] * 2])
    found = bands(equal, np.array([60.0, 40.0]))  # thirds of two: four share the ranks 2 to 5
    assert found == ["top", "top", "top", "bottom", "top", "top"]


def test_a_ward_without_resolved_dossiers_has_no_band(year: Month) -> None:
    table = ranking(year)
    assert (table["band"].notna().sum(), len(table)) == (3, 30)


def test_the_year_begins_in_january(repeated: Month) -> None:
    table = ranking(repeated).set_index("code")
    assert table.loc[HO_NAI, "resolved"] == 18  # not those of November and December


def test_wards_that_differ_by_the_rounding_of_a_computer_share_a_place() -> None:
    """0.1 + 0.2 is no more than 0.3: both are second, within the first third of six."""
    pairs = [(1.0, 1.0), (0.1 + 0.2, 0.5), (0.3, 0.5), (0.2, 0.2), (0.1, 0.1), (0.0, 0.0)]
    found = bands(np.array(pairs), np.array([60.0, 40.0]))
    assert found == ["top", "top", "top", "middle", "bottom", "bottom"]


# Signs -----------------------------------------------------------------------------------------


def sign(month: Month, check: str, ward: str = "Hố Nai") -> pd.Series:
    table = checks(month)
    return table[(table["check"] == check) & (table["name"] == ward)].iloc[0]


@pytest.fixture(scope="module")
def by_day(tmp_path_factory: pytest.TempPathFactory) -> Month:
    """Wards of one case each, in exports that tell days alone."""
    early = dossier("2024-01-02", "2024-01-08", "2024-01-05")
    last = early | {"closed_at": "2024-01-08"}
    same_day = dossier("2024-01-02", "2024-01-02", "2024-01-02")  # cannot help it
    two_days = dossier("2024-01-02", "2024-01-04", "2024-01-04")
    open_ = [dossier(f"2023-{n:02d}-16", f"2023-{n:02d}-20") for n in range(9, 13)]
    cases = {
        "An Bình": [early] * 12 + [last] * 18 + [same_day] * 9,
        "Hóa An": [early] * 11 + [last] * 19,
        "Tam Hòa": [last] * 29,
        "Tân Vạn": [two_days | {"closed_at": "2024-01-03"}] * 10 + [two_days] * 20,
        "Hố Nai": closed_well("A", 40),
        "Bình Đa": [*closed_well("B", 1), closed_well("C", 1)[0] | {"reschedules": "2"}],
        "Bửu Long": [*closed_well("D", 1), *open_],
    }
    rows = [row | {"ward": ward} for ward, own in cases.items() for row in own]
    return month_of(tmp_path_factory.mktemp("by-day"), rows)


def test_dossiers_closed_on_their_due_date_are_a_sign_above_the_threshold(by_day: Month) -> None:
    told = sign(by_day, "deadline", "An Bình")
    assert (told["number"], told["of"], told["is_sign"]) == (60, 30, False)  # not above 60 %
    assert sign(by_day, "deadline", "Hóa An")["is_sign"] is True  # 19 of 30
    assert sign(by_day, "deadline", "Tam Hòa")["is_sign"] is None  # 29


def test_the_due_day_counts_and_not_the_second(tmp_path: Path) -> None:
    row = dossier("2024-01-02", "2024-01-08 17:00", "2024-01-08 09:30", ward="Hố Nai")
    told = sign(month_of(tmp_path, [row] * 30, granularity="time"), "deadline")
    assert (told["number"], told["of"], told["is_sign"]) == (100, 30, True)


def test_fewer_is_told_by_the_median_share_of_the_city(tmp_path: Path) -> None:
    rows = []
    for month, own, others in (("2023-10", 40, 60), ("2023-11", 50, 50), ("2023-12", 90, 10),
                               ("2024-01", 20, 80)):  # fmt: skip
        for ward, n in (("Hố Nai", own), ("Tam Phước", others)):
            rows += [dossier(f"{month}-02", f"{month}-09", f"{month}-05", ward=ward)] * n
    told = sign(month_of(tmp_path, rows), "fewer")
    # Shares 40, 50, 90%: median 50; 50 of the 100 of January were expected, 20 came.
    assert (told["number"], told["of"]) == (40, 50)


def test_a_term_of_two_days_is_long_enough_to_close_before_its_end(by_day: Month) -> None:
    told = sign(by_day, "deadline", "Tân Vạn")
    assert (told["of"], told["is_sign"]) == (30, True)


@pytest.fixture(scope="module")
def by_minute(tmp_path_factory: pytest.TempPathFactory) -> Month:
    """Ten in five minutes, of one official and of two; three around the border of five minutes."""
    cases = {
        "Hố Nai": [(f"0{i // 2}:00", "A") for i in range(10)],
        "An Bình": [(f"0{i // 2}:00", f"A{i % 2}") for i in range(10)],
        "Tân Vạn": [(at, "A") for at in ("00:00", "05:00", "05:01")],
    }
    rows = [
        dossier("2024-01-02", "2024-01-08", f"2024-01-05 08:{at}", ward=ward, official=official)
        for ward, closed in cases.items()
        for at, official in closed
    ]
    return month_of(tmp_path_factory.mktemp("by-minute"), rows)


def test_ten_dossiers_of_one_official_in_five_minutes_are_a_sign(by_minute: Month) -> None:
    told = sign(by_minute, "burst")
    assert (told["number"], told["is_sign"]) == (10, True)
    others = checks(by_minute).query("check == 'burst' and number != 0")["name"]
    assert {*others} == {"Hố Nai", "An Bình", "Tân Vạn"}  # nothing closed elsewhere
    told = sign(by_minute, "burst", "An Bình")
    assert (told["number"], told["is_sign"]) == (5, False)


def test_five_minutes_and_a_second_are_no_five_minutes(by_minute: Month) -> None:
    assert sign(by_minute, "burst", "Tân Vạn")["number"] == 2
    longer = having(by_minute, check_burst_minutes=6)
    assert sign(longer, "burst", "Tân Vạn")["number"] == 3


def test_a_burst_is_of_dossiers_that_this_month_resolved_and_that_were_closed(
    tmp_path: Path,
) -> None:
    """Five closed on 5 January; twelve each in a minute of November, never, after being put off.

    The period ends on 14 January, so what was put off and closed on the 20th is open in it.
    """
    late = {"ward": "Hố Nai", "official": "A"}
    rows = [
        dossier("2024-01-02", "2024-01-08", "2024-01-05 08:00", returned_at="2024-01-05", **late)
    ] * 5
    rows += [
        dossier("2023-11-02", "2023-11-08", "2023-11-06 08:00", returned_at="2023-11-06", **late)
    ] * 12
    rows += [dossier("2024-01-02", "2024-01-08", None, returned_at="2024-01-05", **late)] * 12
    after = {"closed_at": "2024-01-20 08:00", "returned_at": "2024-01-20"}
    put_off = dossier("2024-01-02", "2024-01-08", rescheduled_due_at="2024-01-22", **late)
    rows += [put_off | after] * 12
    rows = [row | {"dossier_id": f"B-{i}"} for i, row in enumerate(rows)]
    told = sign(month_of(tmp_path, rows, completion_event="returned"), "burst")
    assert (told["number"], told["is_sign"]) == (5, False)


def test_without_a_time_of_day_bursts_are_not_told(by_day: Month) -> None:
    told = sign(by_day, "burst")
    assert pd.isna(told["number"])
    assert told["is_sign"] is None


def test_a_ward_put_off_twice_is_a_sign_by_its_own_count(by_day: Month) -> None:
    told = sign(by_day, "rescheduled", "Bình Đa")
    assert (told["number"], told["is_sign"]) == (1, True)


def test_two_dates_in_two_exports_are_put_off_twice(tmp_path: Path) -> None:
    row = dossier("2024-01-02", "2024-01-08", "", ward="Hố Nai", dossier_id="H1")
    for name, day in (("20240110", "2024-01-12"), ("20240112", "2024-01-18")):
        again = row | {"rescheduled_due_at": day}
        write_dossiers(tmp_path, [again], name=f"ho_so_{name}.csv")
    told = sign(motcua.load("2024-01", data=tmp_path), "rescheduled")
    assert (told["number"], told["is_sign"]) == (1, True)


def test_open_overdue_dossiers_that_grow_three_months_are_a_sign(by_day: Month) -> None:
    told = sign(by_day, "growing", "Bửu Long")
    assert (told["number"], told["is_sign"]) == (3, True)  # 1, 2, 3, 4 from October to January


def test_steps_by_hand() -> None:
    assert months_growing([5, 1, 2, 2, 3]) == 1


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 900)), min_size=1, max_size=30))
def test_a_burst_is_the_most_that_follow_one_another_in_their_group(
    moments: list[tuple[int, int]],
) -> None:
    """Two wards with two officials each, who bear the same names."""
    rows = pd.DataFrame(moments, columns=["group", "second"])
    day = pd.Timestamp("2024-01-02")
    rows = rows.assign(
        code=(rows["group"] // 2).astype("str"), official=(rows["group"] % 2).astype("str"),
        closed_at=day + pd.to_timedelta(rows["second"], unit="s"), received_at=day, due=day,
        done=day, resolved=1, on_time=1, dossier_id="", reschedules="", rescheduled_due_at=None,
    )  # fmt: skip
    sql = read_yaml("queries")["signs"].format(slack=2, minutes=5)
    found = duckdb.from_df(rows).query("rows", sql).df().set_index("code")["together"]
    for ward, most in found.items():
        assert most == max(
            sum(other == group and at <= second <= at + 300 for other, second in moments)
            for group, at in moments
            if str(group // 2) == ward
        )


@given(st.lists(st.lists(st.integers(0, 4), min_size=3, max_size=3), min_size=1, max_size=5))
def test_a_rank_is_one_more_than_the_better_ones(rows: list[list[int]]) -> None:
    expected = [[1 + sum(other > value for other in row) for value in row] for row in rows]
    assert ranks(np.array(rows)).tolist() == expected


def test_signs_are_the_rows_that_are_one(tmp_path: Path) -> None:
    assert signs(month_of(tmp_path, closed_well("A", 3))).empty
