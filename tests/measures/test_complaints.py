"""Complaints told twice count once where that is sure; the rate has exact Poisson limits."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
import scipy  # whose laws are loaded when they are first asked for
from cases import on_time, write_csv, write_dossiers
from motcua import Month, load
from motcua.measures.feedback import (
    feedback_rates,
    merge_channels,
    most_complaints,
    per_1000_interval,
)
from motcua.measures.statistics import poisson_at_most, poisson_interval

DVCQG, HOTLINE = "Cổng Dịch vụ công quốc gia", "Tổng đài 1022"


def told(*rows: tuple) -> pd.DataFrame:
    """Complaints (day of January 2024, channel, dossier, kind, day of the answer or 0)."""
    table = pd.DataFrame(rows, columns=["day", "channel", "dossier_id", "kind", "answered"])
    days = pd.to_datetime("2024-01-" + table["day"].astype(str).str.zfill(2))
    answers = pd.to_datetime(
        table["answered"].map(lambda day: f"2024-01-{day:02d}" if day else None)
    )
    return table.assign(code="1", received_at=days, answered_at=answers, apology_at=pd.NaT)


def test_one_dossier_on_two_channels_is_one_complaint_with_the_first_answer() -> None:
    rows = told((2, DVCQG, "H1", "delay", 9), (4, HOTLINE, "H1", "attitude", 6))
    [merged] = merge_channels(rows, 30).to_dict("records")
    assert (merged["received_at"].day, merged["channel"], merged["told"]) == (2, DVCQG, 2)
    assert merged["answered_at"].day == 6


@pytest.mark.parametrize(
    ("second", "why"),
    [
        ((4, DVCQG, "H1", "delay", 0), "the same channel: complained twice"),
        ((4, HOTLINE, "H2", "delay", 0), "another dossier"),
        ((13, HOTLINE, "H1", "delay", 0), "eleven days later, with ten allowed"),
        ((4, HOTLINE, "", "delay", 0), "no dossier"),
    ],
)
def test_two_complaints_stay_two(second: tuple, why: str) -> None:
    assert len(merge_channels(told((2, DVCQG, "H1", "delay", 0), second), 10)) == 2, why


def test_the_last_day_allowed_is_still_the_same_complaint() -> None:
    rows = told((2, DVCQG, "H1", "delay", 0), (12, HOTLINE, "H1", "delay", 0))
    assert len(merge_channels(rows, 10)) == 1


def test_another_ward_with_the_same_dossier_is_another_complaint() -> None:
    rows = told((2, DVCQG, "H1", "delay", 0), (3, HOTLINE, "H1", "delay", 0))
    assert len(merge_channels(rows.assign(code=["1", "2"]), 30)) == 2


def test_complaints_without_a_dossier_are_never_merged_but_flagged_when_alike() -> None:
    rows = told(
        (2, DVCQG, "", "delay", 0),
        (3, HOTLINE, "", "delay", 0),
        (3, HOTLINE, "", "attitude", 0),
        (5, HOTLINE, "H9", "delay", 0),
    )
    merged = merge_channels(rows, 30)
    assert merged["may_be_same"].tolist() == [True, True, False, False]
    assert merged["told"].tolist() == [1, 1, 1, 1]


@pytest.mark.parametrize(("apart", "count"), [(10, 1), (11, 2)])
def test_days_apart_are_calendar_days_whatever_the_hour(apart: int, count: int) -> None:
    # From 8 in the morning of the 2nd to 5 in the afternoon of the 12th are ten days.
    rows = told((2, DVCQG, "H1", "delay", 0), (2 + apart, HOTLINE, "H1", "delay", 0))
    rows["received_at"] += pd.to_timedelta([8, 17], unit="h")
    assert len(merge_channels(rows, 10)) == count
    nameless = merge_channels(rows.assign(dossier_id=""), 10)
    assert nameless["may_be_same"].tolist() == [count == 1] * 2


def a_month(tmp_path: Path, *complaints: tuple) -> Month:
    """100 dossiers of An Bình, 200 of Hố Nai; complaints: ward, channel, dossier, answer."""
    write_dossiers(tmp_path, [*on_time(100), *on_time(200, "Hố Nai")])
    rows = [(n, "2024-01-03", "Chậm trễ", *row) for n, row in enumerate(complaints)]
    heads = ["Mã phản ánh", "Ngày phản ánh", "Loại phản ánh", "Đơn vị", "Kênh phản ánh", "Mã hồ sơ"]
    heads += ["Ngày trả lời"][: len(rows[0]) - len(heads)]
    write_csv(tmp_path / "feedback" / "phan_anh.csv", heads, rows)
    return load("2024-01", data=tmp_path)


A, B = "An Bình", "Hố Nai"


@pytest.mark.usefixtures("own_cache")
@pytest.mark.parametrize(
    ("complaints", "first"),
    [
        ([(A, DVCQG, "1"), (A, DVCQG, "2"), (B, DVCQG, "3")], (A, 0)),
        ([(A, DVCQG, "1"), (B, DVCQG, "2")], None),  # a tie
        # Two of An Bình's may be one, which is told with them.
        ([(A, DVCQG, ""), (A, HOTLINE, ""), (B, DVCQG, "3")], (A, 2)),
        # More complaints, but of 200 dossiers: 3 of 200 are fewer than 2 of 100.
        ([(B, DVCQG, "1"), (B, DVCQG, "2"), (B, DVCQG, "3"), (A, DVCQG, "4"), (A, DVCQG, "5")],
         None),
    ],
)  # fmt: skip
def test_a_ward_has_the_most_when_it_has_by_count_and_by_dossier(tmp_path, complaints, first):
    found = most_complaints(a_month(tmp_path, *complaints))
    assert (found and (found["name"], found["alike"])) == first


@pytest.mark.usefixtures("own_cache")
def test_the_median_days_to_an_answer_are_of_what_was_answered(tmp_path: Path) -> None:
    """An Bình's of 3 January are answered after 1, 2 and 9 days, one not at all; so is Hố Nai's."""
    days = ("2024-01-04", "2024-01-05", "2024-01-12", "")
    own = [(A, DVCQG, str(n), day) for n, day in enumerate(days)]
    table = feedback_rates(a_month(tmp_path, *own, (B, DVCQG, "B", "")))
    assert table.index.tolist() == list(range(31))  # 30 units and the city
    table = table.set_index("name")
    answers = table[["feedback", "answered", "unanswered"]].T
    assert answers[A].tolist() == [4, 3, 1]
    assert answers[B].tolist() == [1, 0, 1]
    assert answers["Toàn thành phố"].tolist() == [5, 3, 2]
    medians = table["median_days"]
    assert (medians[A], medians["Toàn thành phố"]) == (2, 2)
    assert pd.isna(medians[B])
    assert table.index[:2].tolist() == [A, B]  # 40 and 5 complaints per 1,000 dossiers
    assert table["code"].iloc[2:-1].is_monotonic_increasing  # of 28 units without a dossier


def test_no_complaint_stays_none() -> None:
    assert merge_channels(told(), 30).empty


@pytest.mark.parametrize("count", [0, 1, 2, 10, 57, 400])
def test_the_limits_of_a_count_are_those_of_scipys_chi_squared_law(count: int) -> None:
    low, high = poisson_interval(count)
    assert low == pytest.approx(
        scipy.stats.chi2.ppf(0.025, 2 * count) / 2 if count else 0, abs=1e-9
    )
    assert high == pytest.approx(scipy.stats.chi2.ppf(0.975, 2 * count + 2) / 2, abs=1e-9)


@pytest.mark.parametrize(("count", "mean"), [(0, 0.3), (3, 2.5), (9, 20.0), (120, 100.0)])
def test_the_poisson_law_is_scipys(count: int, mean: float) -> None:
    assert poisson_at_most(count, mean) == pytest.approx(scipy.stats.poisson.cdf(count, mean))


def test_three_complaints_of_264_dossiers_by_hand() -> None:
    # Garwood's limits of 3 are 0.6187 and 8.7673 (his table of 1936, two-sided 95%).
    low, high = per_1000_interval(3, 264)
    assert (round(low, 2), round(high, 2)) == (2.34, 33.21)
    assert per_1000_interval(3, 0) == (None, None)
