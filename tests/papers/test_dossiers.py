"""Each dossier of a period as a table: for pivots, databases, and analyses of one's own."""

from __future__ import annotations

import duckdb
import motcua
import pandas as pd
import pytest
from cases import dossier, load_rows, write_dossiers
from motcua.base.errors import ParameterError
from motcua.base.reference import read_yaml
from motcua.papers.restricted import write_dossiers as write_tables

# January is 15/12/2023 .. 14/01/2024; each of these stands in another state on the 14th.
ROWS = {
    "early": dossier("2023-12-20", "2024-01-05", "2024-01-04"),
    "on_due_date": dossier("2023-12-20", "2024-01-05", "2024-01-05"),
    "late": dossier(
        "2023-12-20", "2024-01-05", "2024-01-10", late_cause="Lỗi phần mềm", evidence="Ảnh chụp"
    ),
    "no_due_date_resolved": dossier("2023-12-20", "", "2024-01-05"),
    "withdrawn": dossier("2023-12-20", "2024-01-05", "2024-01-03", status="Công dân rút hồ sơ"),
    "open_overdue": dossier("2023-12-01", "2024-01-04", "2024-01-20", result="2024-01-10"),
    "open": dossier("2024-01-10", "2024-01-14"),
    "before": dossier("2023-12-01", "2023-12-10", "2023-12-11"),
    "after": dossier("2024-01-15", "2024-01-20"),
}

pytestmark = pytest.mark.usefixtures("cache_of_test")


@pytest.fixture
def month(tmp_path) -> motcua.Month:
    rows = [row | {"dossier_id": name} for name, row in ROWS.items()]
    rows[5]["result_at"] = rows[5].pop("result")
    statuses = {"withdrawn": ["Công dân rút hồ sơ"]}
    return load_rows(tmp_path / "data", rows, statuses=statuses)


def test_each_dossier_of_the_period_stands_once_in_its_state(month) -> None:
    table = month.period_dossiers
    assert dict(zip(table["dossier_id"], table["state"], strict=True)) == {
        name: name for name in ROWS if name not in ("before", "after")
    }
    city = month.city
    for state, n in table["state"].value_counts().items():
        assert city[state] == n + (state == "open")  # an overdue one is open, too


def test_ages_end_with_the_dossier_or_the_period(month) -> None:
    table = month.period_dossiers.set_index("dossier_id")
    ages = {"early": 15, "late": 21, "withdrawn": 14, "open_overdue": 44, "open": 4}
    assert table["age_days"].loc[list(ages)].to_dict() == ages
    late = table["days_late"].dropna()
    assert late.to_dict() == {"late": 5, "open_overdue": 10}
    assert pd.isna(table.loc["open_overdue", "ended"])  # it ended after the period
    assert table.loc["withdrawn", "ended"] == pd.Timestamp("2024-01-03")
    assert table.index[table["awaiting_close"]].tolist() == ["open_overdue"]


def test_a_late_dossier_has_its_cause_and_who_answers_for_it(month) -> None:
    table = month.period_dossiers.set_index("dossier_id")
    late = table.loc["late"]
    assert (late["cause"], late["cause_source"], late["evidenced"]) == (
        "software_error", "recorded", True,
    )  # fmt: skip
    assert late["party_label"] == read_yaml("parties")[late["party"]]
    assert table["cause"].drop("late").isna().all()


def test_the_tables_name_no_official_and_say_the_same_twice(month, tmp_path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        write_tables(month, tmp_path / name)
    files = [sorted((tmp_path / name).iterdir()) for name in ("one", "two")]
    assert [path.name for path in files[0]] == ["dossiers.csv", "dossiers.parquet"]
    assert [path.read_bytes() for path in files[0]] == [path.read_bytes() for path in files[1]]
    csv, parquet = files[0]
    assert csv.read_bytes().startswith(b'\xef\xbb\xbf"month","dossier_id",')
    found = duckdb.sql(f"select state, due, ended, days_late from '{parquet}' order by all")
    again = pd.read_csv(csv, parse_dates=["due", "ended"])[found.columns]
    again = again.sort_values(list(again.columns), ignore_index=True)
    pd.testing.assert_frame_equal(found.df(), again, check_dtype=False)
    assert not {"official", "applicant"} & set(month.period_dossiers.columns)


def test_text_that_excel_would_run_is_not_run(tmp_path) -> None:
    row = dossier(closed="2024-01-04", procedure='=HYPERLINK("x")')
    write_tables(load_rows(tmp_path / "data", [row]), tmp_path)
    assert "'=HYPERLINK(" in (tmp_path / "dossiers.csv").read_text("utf-8-sig")


def test_months_without_a_dossier_have_empty_tables(tmp_path) -> None:
    month = load_rows(tmp_path / "data", [ROWS["after"]])
    write_tables(month, tmp_path)
    assert len(pd.read_parquet(tmp_path / "dossiers.parquet")) == 0


def test_several_months_are_one_table_with_the_month_of_each_row(tmp_path) -> None:
    data = tmp_path / "data"
    write_dossiers(
        data, [row | {"dossier_id": n} for n, row in ROWS.items() if n != "open_overdue"]
    )
    months = motcua.load("2023-12..2024-01", data=data)
    rows = months.dossiers.groupby("month")["dossier_id"].apply(list).to_dict()
    assert rows == {
        "2023-12": ["before"],
        "2024-01": ["early", "late", "no_due_date_resolved", "on_due_date", "open", "withdrawn"],
    }
    assert months.late_dossiers[["month", "dossier_id"]].to_numpy().tolist() == [
        ["2023-12", "before"], ["2024-01", "late"],
    ]  # fmt: skip
    assert "dossiers" in dir(months)
    with pytest.raises(AttributeError, match="history"):
        _ = months.history
    with pytest.raises(ParameterError, match="rỗng"):
        motcua.load("2024-02..2024-01", data=data)


def test_no_package_holds_the_dossiers() -> None:
    held = [name for pack in read_yaml("packages")["packages"].values() for name in pack["holds"]]
    assert not [name for name in held if "han-che/dossiers.csv".startswith(name)]
