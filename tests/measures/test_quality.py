"""Exports held against each other, and what the rows set aside could move: worked by hand."""

from __future__ import annotations

from pathlib import Path

import motcua
import pytest
from exports import HEAD, record, write_csv
from motcua.measures.quality import problems, rejected_labelled, set_aside

pytestmark = pytest.mark.usefixtures("own_cache")


def january(data: Path, **exports: list[list]) -> motcua.Month:
    """Month 2024-01 of exports named by their day: d20240118=[rows]."""
    for day, rows in exports.items():
        write_csv(data / "dossiers" / f"{day}.csv", [HEAD, *rows])
    return motcua.load("2024-01", data=data)


def test_versions_that_do_not_agree_are_counted(tmp_path: Path) -> None:
    month = january(
        tmp_path,
        d20240105=[
            record("A", closed=""),
            record("B", due="10/01/2024"),
            record("C", ward="Tân Biên"),
            record("D"),
        ],
        d20240118=[
            record("A", closed="09/01/2024"),  # closed meanwhile: no disagreement
            record("B", due="12/01/2024"),
            record("C", ward="Hố Nai", received="03/01/2024"),
            record("D"),
            record("E"),
            record("E", closed="10/01/2024"),
        ],
    )
    assert month.disagreements == {
        "ward_changed": 1,
        "received_changed": 1,
        "due_changed": 1,
        "twice_in_one_export": 1,
    }
    assert month.quality["duplicates"] == 5


def test_a_due_date_that_comes_or_goes_is_no_change(tmp_path: Path) -> None:
    month = january(
        tmp_path,
        d20240105=[record("A", due=""), record("B", due="10/01/2024")],
        d20240118=[record("A", due="10/01/2024"), record("B", due="")],
    )
    assert month.disagreements["due_changed"] == 0


def test_an_open_dossier_that_a_newer_export_of_its_ward_lacks_has_vanished(tmp_path: Path) -> None:
    month = january(
        tmp_path,
        d20240105=[
            record("gone", closed=""),
            record("closed then", closed="04/01/2024"),
            record("another ward", ward="Hố Nai", closed=""),
        ],
        d20240118=[record("new")],
    )
    assert month.vanished["dossier_id"].tolist() == ["gone"]
    assert month.quality["vanished"] == 1
    assert month.city["open"] == 2  # both still count, as last seen


def test_bounds_say_how_far_rows_set_aside_could_move_a_rate(tmp_path: Path) -> None:
    good = [record(f"T{i}") for i in range(97)]
    late = [record(f"L{i}", closed="11/01/2024") for i in range(3)]
    wrong = [
        record("W1", due="31/02/2024"),
        record("W2", received="15/01/2024", due="31/02/2024", closed=""),  # after the period
        record("W3", due="31/02/2024", received="01/12/2023", closed="05/12/2023"),  # before it
        record("W4", ward="Phường Lạ"),
    ]
    month = january(tmp_path, d20240118=[*good, *late, *wrong])
    (row,) = month.bounds.to_dict("records")
    assert (row["name"], row["n"], row["rate_percent"]) == ("Tân Biên", 1, 97.0)
    assert row["rate_if_late"] == round(9700 / 101, 6)  # 96.04: below 97
    assert row["rate_if_on_time"] == round(9800 / 101, 6)  # 97.03
    assert row["may_change"]
    assert month.unplaced == 1


def test_rows_set_aside_are_of_dossiers_and_were_not_only_noted(tmp_path: Path) -> None:
    """The second dossier is counted, with a note; the complaint is none of the dossiers'."""
    heads, more = [*HEAD, "Lý do trễ hẹn"], ["", "Không rõ là gì"]
    rows = [[*record("wrong", due="31/02/2024"), more[0]], [*record("noted"), more[1]]]
    write_csv(tmp_path / "dossiers" / "d20240118.csv", [heads, *rows])
    complaints = [["Đơn vị", "Ngày phản ánh"], ["Tân Biên", "32/01/2024"]]
    write_csv(tmp_path / "feedback" / "pa20240118.csv", complaints)
    month = motcua.load("2024-01", data=tmp_path)
    told = month.inputs.problems[["kind", "row"]].to_numpy().tolist()
    assert sorted(told) == [["dossiers", 2], ["dossiers", 3], ["feedback", 2]]
    aside = set_aside(month)[["kind", "row", "code"]].to_numpy().tolist()
    assert aside == [["dossiers", 2, "25999"]]
    rejected = rejected_labelled(month)
    assert rejected.columns.tolist() == problems(month).columns.tolist()
    assert sorted(rejected[["kind", "row"]].to_numpy().tolist()) == [
        ["dossiers", 2],
        ["feedback", 2],
    ]


def test_unknown_headings_are_told_and_personal_ones_are_not(tmp_path: Path) -> None:
    write_csv(
        tmp_path / "dossiers" / "d20240118.csv",
        [["STT", *HEAD, "Chủ hồ sơ", "Mức thu phí"], [1, *record(), "Ông Ví Dụ", 5000]],
    )
    month = motcua.load("2024-01", data=tmp_path)
    assert month.unknown_headings.values.tolist() == [["Mức thu phí", 1]]
