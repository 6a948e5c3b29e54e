"""Quarters, halves, nine months and years: counted over their days, beside others of their kind."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import motcua as mc
import pandas as pd
import pytest
from cases import dossier, unit, write_dossiers
from motcua.base.calendar import month_range, rule_period
from motcua.base.errors import ParameterError
from motcua.base.params import Params, period_of
from motcua.chapters.changes import comparison
from motcua.chapters.front import key_numbers
from motcua.chapters.rates import backlog_ages
from motcua.chapters.sentences import Words
from motcua.chapters.ward import conclusion
from motcua.cli import main
from motcua.measures.followup import effects, ledger, window
from motcua.measures.orders import orders
from motcua.measures.ranking import ranking, year_months
from motcua.measures.rates import months_inside
from motcua.measures.ward import sheet_of
from motcua.papers.annex import annex
from motcua.papers.findings import build_findings, check_findings
from motcua.papers.letter import letter

# The first quarter of 2024 runs from 15/12/2023 to 14/03/2024.
ROWS = [
    # open over three months and then late: carried over once, late once
    dossier("2023-11-20", "2023-12-10", "2024-03-10", dossier_id="over three months"),
    # the last day before the quarter
    dossier("2023-12-14", "2023-12-20", "2023-12-14", dossier_id="the quarter before"),
    # the first day of the quarter, on the day it is due
    dossier("2023-12-15", "2024-01-02", "2024-01-02", dossier_id="first day"),
    dossier("2023-12-20", "2024-01-05", "2024-01-04", dossier_id="early"),
    # due on the last day of January's period, done on the first of February's
    dossier("2024-01-10", "2024-01-14", "2024-01-15", dossier_id="over a month's end"),
    dossier("2024-02-01", "2024-02-10", dossier_id="overdue"),
    dossier("2024-02-20", "2024-03-14", dossier_id="due on the last day"),
    # received and done on the last day of the quarter
    dossier("2024-03-14", "2024-04-01", "2024-03-14", dossier_id="last day"),
    # after the quarter; late on the last day of the year
    dossier("2024-03-15", "2024-04-01", "2024-12-14", dossier_id="after it"),
]


pytestmark = pytest.mark.usefixtures("own_cache")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_dossiers(tmp_path / "data", [row | {"ward": "An Bình"} for row in ROWS])
    return tmp_path / "data"


def counted(month: mc.Month) -> dict[str, float]:
    names = ("received", "carried_over", "resolved", "early", "on_due_date", "late", "withdrawn",
             "open", "open_overdue", "rate_percent")  # fmt: skip
    row = unit(month, "An Bình")
    return {name: row[name] for name in names}


@pytest.mark.parametrize(
    ("month", "rule", "start", "end"),
    [
        ("2024-Q1", "nd09", date(2023, 12, 15), date(2024, 3, 14)),
        ("2024-Q3", "nd09", date(2024, 6, 15), date(2024, 9, 14)),
        ("2024-H1", "nd09", date(2023, 12, 15), date(2024, 6, 14)),
        ("2024-H2", "nd09", date(2024, 6, 15), date(2024, 12, 14)),
        ("2024-9M", "nd09", date(2023, 12, 15), date(2024, 9, 14)),
        ("2024", "nd09", date(2023, 12, 15), date(2024, 12, 14)),
        ("2024-Q1", "calendar", date(2024, 1, 1), date(2024, 3, 31)),
        ("2024-H2", "calendar", date(2024, 7, 1), date(2024, 12, 31)),
        ("2024-9M", "calendar", date(2024, 1, 1), date(2024, 9, 30)),
        ("2024", "calendar", date(2024, 1, 1), date(2024, 12, 31)),
    ],
)
def test_a_period_runs_as_decree_09_says_or_by_the_calendar(month, rule, start, end):
    assert rule_period(month, rule) == (start, end)


def test_the_days_of_a_quarter_can_be_overridden():
    params = Params(period_start=date(2023, 12, 1), period_end=date(2024, 2, 29))
    assert period_of("2024-Q1", params) == (date(2023, 12, 1), date(2024, 2, 29))


def test_a_quarter_is_counted_over_its_days(folder):
    quarter = mc.load("2024-Q1", data=folder)
    assert counted(quarter) == {
        "received": 6, "carried_over": 1, "resolved": 5, "early": 2, "on_due_date": 1, "late": 2,
        "withdrawn": 0, "open": 2, "open_overdue": 1, "rate_percent": 60.0,
    }  # fmt: skip
    months = [mc.load(f"2024-0{n}", data=folder) for n in (1, 2, 3)]
    assert [m.city["carried_over"] for m in months] == [1, 2, 2]  # not summed: 5 would be wrong
    assert [m.city["late"] for m in months] == [0, 1, 1]


def test_a_year_is_counted_over_its_days(folder):
    year = mc.load("2024", data=folder)
    assert counted(year) == {
        "received": 7, "carried_over": 1, "resolved": 6, "early": 2, "on_due_date": 1, "late": 3,
        "withdrawn": 0, "open": 2, "open_overdue": 2, "rate_percent": 50.0,
    }  # fmt: skip


def test_a_quarter_by_the_calendar_has_other_days(folder):
    quarter = mc.load("2024-Q1", data=folder, period_rule="calendar")
    assert counted(quarter) == {
        "received": 5, "carried_over": 3, "resolved": 5, "early": 2, "on_due_date": 1, "late": 2,
        "withdrawn": 0, "open": 3, "open_overdue": 2, "rate_percent": 60.0,
    }  # fmt: skip


def test_history_is_of_the_same_kind(folder):
    year = mc.load("2024", data=folder)
    assert year.at("2024-Q2").months == ["2024-Q1", "2024-Q2"]  # 2023-Q4 has months without data
    assert year.at("2024-Q2").previous.month == "2024-Q1"
    assert year.at("2024-Q2").year_before is None
    assert year.at("2024-03").months[-3:] == ["2024-01", "2024-02", "2024-03"]


def test_months_stand_inside_a_quarter_and_none_in_a_month(folder):
    inside = months_inside(mc.load("2024-Q1", data=folder))
    assert inside["month"].tolist() == ["2024-01", "2024-02", "2024-03"]
    assert inside["resolved"].tolist() == [2, 1, 2]
    assert inside["late"].tolist() == [0, 1, 1]
    assert months_inside(mc.load("2024-01", data=folder)).empty


def test_a_quarter_with_an_empty_month_is_not_covered(folder):
    told = mc.load("2024-Q2", data=folder, exported_at="2024-12-20").uncovered
    assert "không có hồ sơ nào trong tháng 05/2024, tháng 06/2024" in told
    assert mc.load("2024-Q1", data=folder, exported_at="2024-12-20").uncovered == ""


def test_a_quarter_that_ends_after_the_newest_export_is_not_covered(folder):
    told = mc.load("2024-Q1", data=folder, exported_at="2024-03-10").uncovered
    assert "dữ liệu chỉ có đến ngày 10/03/2024" in told


# The sample --------------------------------------------------------------------------------------


def by_hand(month: mc.Month) -> dict[str, int]:
    """Counts of the city from the rows kept, without any of the measures."""
    start, end = (pd.Timestamp(day) for day in month.period)
    rows = month.dossiers[month.dossiers["status_group"] != "not_received"]
    came, due, done = (rows[c].dt.normalize() for c in ("received_at", "due_at", "closed_at"))
    left = rows["status_group"].isin(["withdrawn", "returned", "stopped"])
    is_in = done.between(start, end) & ~left & due.notna()
    is_open = (came <= end) & ~(done <= end)
    return {
        "received": int(came.between(start, end).sum()),
        "carried_over": int(((came < start) & ~(done < start)).sum()),
        "resolved": int(is_in.sum()),
        "late": int((is_in & (done > due)).sum()),
        "open": int(is_open.sum()),
        "open_overdue": int((is_open & (due < end)).sum()),
    }


@pytest.mark.parametrize("month", ["2024-Q1", "2023-H2", "2023"])
def test_the_sample_is_counted_as_plain_pandas_counts_it(month, sample_month):
    found = sample_month(month)
    assert {name: found.city[name] for name in by_hand(found)} == by_hand(found)
    balance = ("resolved", "withdrawn", "no_due_date_resolved", "open")
    taken = found.city["received"] + found.city["carried_over"]
    assert taken == sum(found.city[name] for name in balance)


def test_findings_of_a_quarter_keep_the_contract_and_tell_the_kind(sample_month):
    found = check_findings(build_findings(sample_month("2024-Q1")))
    assert found["month"] == "2024-Q1"
    assert found["period"] == {"start": "2023-12-15", "end": "2024-03-14", "kind": "quarter"}
    assert found["change"]["month_before"] == "2023-Q4"
    assert [row["month"] for row in found["months"]] == ["2024-01", "2024-02", "2024-03"]
    assert sum(row["resolved"] for row in found["months"]) == found["city"]["resolved"]
    month = build_findings(sample_month("2024-01"))
    assert set(month["period"]) == {"start", "end"}
    assert "months" not in month


def test_a_quarter_follows_up_the_orders_of_its_months(sample_month):
    quarter, march = sample_month("2024-Q1"), sample_month("2024-03")
    rows, then = ledger(quarter), ledger(march)
    assert rows["ordered_in"].max() == "2024-02"  # March's letter goes out after the quarter
    columns = ["order_no", "owner", "code", "due_at", "state", "reported", "result"]
    newest = [
        t.loc[t["ordered_in"] == "2024-02", columns].sort_values(columns[:3], ignore_index=True)
        for t in (rows, then)
    ]
    pd.testing.assert_frame_equal(*newest)
    # done with evidence within the quarter: no longer in March's ledger, but in the quarter's
    known = set(zip(then["order_no"], then["owner"], then["code"], strict=True))
    more = rows[[k not in known for k in zip(rows.order_no, rows.owner, rows.code, strict=True)]]
    given_in_it = more[more["ordered_in"] >= "2023-12"]
    assert len(given_in_it)
    assert set(given_in_it["state"]) == {"done_evidenced"}
    pd.testing.assert_frame_equal(effects(quarter), effects(march))


def test_repeats_and_bands_of_a_quarter_go_by_months(sample_month):
    quarter, march = sample_month("2024-Q1"), sample_month("2024-03")
    assert window(quarter) == list(month_range("2023-04", "2024-03"))
    assert year_months(quarter) == ["2024-01", "2024-02", "2024-03"]
    pd.testing.assert_frame_equal(ranking(quarter), ranking(march))


def test_nobody_was_reminded_by_a_letter_of_a_quarter_that_none_recorded(sample_month):
    assert {o.reminded_in for o in orders(sample_month("2024-Q1"))} == {""}


@pytest.mark.parametrize(
    ("month", "said"),
    [
        ("2024-01", "tháng 01/2024"), ("2024-Q1", "quý I/2024"),
        ("2023-H2", "06 tháng cuối năm 2023"), ("2023-9M", "09 tháng đầu năm 2023"),
        ("2023", "năm 2023"),
    ],
)  # fmt: skip
def test_letter_and_annex_name_the_period(month, said, sample_month):
    found = sample_month(month)
    draft = letter(found)
    about = "".join(piece.text for piece in draft.about)
    assert f"hành chính {said} tại UBND 30 phường, xã" in about
    body = "\n".join(point.text for point in draft.paragraphs)
    assert f"thủ tục hành chính {said} (số liệu từ ngày" in body
    assert ("tháng trước" in body, "tháng này" in body) == (False, False)
    sheets = {sheet.name: sheet for sheet in annex(found)}
    assert sheets["Tổng hợp"].title == f"Số liệu chung {said} nêu trong công văn"
    form = sheets["4 Biểu 06 đơn vị"]
    assert any(f"Kỳ báo cáo: {said} (Từ ngày" in line for line in form.above)
    assert ("6a Từng tháng" in sheets) == (month != "2024-01")


def test_a_sheet_and_the_report_compare_with_the_quarter_before_and_a_year_before(sample_month):
    quarter = sample_month("2024-Q1")
    rates = quarter.city_history.set_index("month")["rate_percent"]
    moved = f"{rates['2024-Q1'] - rates['2023-Q4']:.2f}".replace(".", ",")
    first = key_numbers(quarter)[0]
    assert first["change"] == f"tăng {moved} điểm so với quý IV/2023"
    assert first["year_ago"] == f"cùng kỳ quý I/2023: {rates['2023-Q1']:.2f}%".replace(".", ",")
    told = Words("report").prose("compared", quarter, rate=first)
    assert (
        told
        == f"- Tỷ lệ giải quyết đúng hạn của toàn thành phố {first['change']}; {first['year_ago']}."
    )
    sheet = conclusion(sheet_of(quarter, "26374"))
    assert "So với quý IV/2023 (" in sheet
    assert "còn ít quý để kết luận. Cùng kỳ quý I/2023: " in sheet


def test_a_year_is_not_compared_twice_with_the_year_before(folder):
    heads = comparison(mc.load("2024", data=folder)).columns
    assert heads == ["Chỉ tiêu", "Năm này (2024)", "So với mức thường thấy"]
    assert comparison(mc.load("2024", data=folder)).caption == "Năm này so với năm trước"


def test_the_backlog_of_a_quarter_is_shown_by_its_months(sample_month):
    quarter = sample_month("2024-Q1")
    table = backlog_ages(quarter).layout.meta["table"]
    assert [row[0] for row in table["rows"]][-3:] == ["01/2024", "02/2024", "03/2024"]
    assert table["rows"][-1][1] == str(quarter.city["open_overdue"])


# The command -------------------------------------------------------------------------------------


def test_a_range_of_quarters_is_made_and_kept(tmp_path, capsys):
    months = month_range("2023-09", "2024-03")
    rows = [dossier(f"{m}-02", f"{m}-08", f"{m}-05", dossier_id=m) for m in months]
    write_dossiers(tmp_path / "data", rows, "ho_so_20240318.csv")
    args = ["run", "2023-Q4..2024-Q1", "--data", str(tmp_path / "data"), "--out", str(tmp_path)]
    assert main([*args, "--only", "findings"]) == 0
    assert {path.name for path in tmp_path.iterdir() if path.is_dir()} >= {"2023-Q4", "2024-Q1"}
    index = (tmp_path / "index.html").read_text("utf-8")
    assert index.index("Quý I/2024") < index.index("Quý IV/2023")
    assert "Xong 2 trên 2" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["2024-Q1..2024-04", "2023..2024-Q1"])
def test_a_range_of_two_kinds_is_refused(text, capsys):
    assert main(["run", text]) == 2
    assert f"Dải kỳ '{text}' lẫn hai loại kỳ" in capsys.readouterr().err


def test_a_range_that_runs_backwards_is_refused():
    with pytest.raises(ParameterError, match="lẫn hai loại"):
        list(month_range("2024-H1", "2024"))
    assert list(month_range("2024-Q2", "2024-Q1")) == []
    assert list(month_range("2023-9M", "2024-9M")) == ["2023-9M", "2024-9M"]
    assert list(month_range("2022", "2024")) == ["2022", "2023", "2024"]
