"""The bench without its widgets: what a view counts, what it writes, and that a run repeats it."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
import yaml
from cases import having
from exports import private_cache, write_csv
from motcua import chart
from motcua.base.errors import InputError, ParameterError
from motcua.base.params import Params, load_params, units_path
from motcua.base.reference import ROOT
from motcua.bench import charts, tables
from motcua.bench.tables import export_csv, export_xlsx, freeze, frozen, name_of
from motcua.bench.view import Bench, Facts, QuickMonth, Selection, View
from motcua.bench.widgets import Workbench, clickable
from motcua.cli import main
from motcua.measures.month import Month, load
from motcua.reading.inputs import load_inputs
from pandas.testing import assert_frame_equal

HEAD = [
    "Mã hồ sơ", "Đơn vị tiếp nhận", "Tên thủ tục", "Hình thức nộp", "Ngày tiếp nhận",
    "Ngày hẹn trả", "Ngày có kết quả", "Ngày kết thúc xử lý", "Nguyên nhân trễ hạn",
]  # fmt: skip
BIRTH, COPY = "Đăng ký khai sinh", "Chứng thực bản sao từ bản chính"
# Number, ward, procedure, channel, received, due, result, closed (day.month), recorded cause.
DOSSIERS = [
    # December 2023: period 15/11 to 14/12
    ("HS-01", "Tân Biên", BIRTH, "Trực tuyến", "20.11", "27.11", "25.11", "25.11", ""),
    ("HS-02", "Tân Biên", COPY, "Trực tiếp", "20.11", "27.11", "29.11", "29.11", ""),
    # January 2024: on time; 1, 4 and 40 days late; one open and overdue
    ("HS-03", "Tân Biên", BIRTH, "Trực tiếp", "02.01", "09.01", "09.01", "09.01", ""),
    ("HS-04", "Tân Biên", BIRTH, "Trực tiếp", "02.01", "09.01", "08.01", "10.01", ""),
    ("HS-05", "Hố Nai", COPY, "Trực tuyến", "02.01", "08.01", "12.01", "12.01", ""),
    ("HS-06", "Hố Nai", COPY, "Trực tiếp", "20.11", "01.12", "10.01", "10.01",
     "Lỗi phần mềm"),
    ("HS-07", "Hố Nai", BIRTH, "Trực tiếp", "02.01", "10.01", "09.01", "09.01", ""),
    ("HS-08", "=1+1", BIRTH, "Trực tiếp", "02.01", "10.01", "", "", ""),
    ("HS-09", "Hố Nai", "=HYPERLINK(A1)", "Trực tiếp", "02.01", "10.01", "", "", ""),
]  # fmt: skip


def _row(dossier: tuple[str, ...]) -> list[str]:
    """Row with the years put behind day and month: the winter of 2023 and 2024."""
    *names, received, due, result, closed, cause = dossier
    years = {"11": "2023", "12": "2023", "01": "2024"}
    days = [d and f"{d.replace('.', '/')}/{years[d[3:]]}" for d in (received, due, result, closed)]
    return [*names, *days, cause]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory, sample_read: Path):
    folder = tmp_path_factory.mktemp("bench")
    write_csv(folder / "dossiers" / "a_20240118.csv", [HEAD, *map(_row, DOSSIERS)])
    with private_cache(tmp_path_factory.mktemp("own"), sample_read):
        yield folder


@pytest.fixture(scope="module")
def bench(data: Path) -> Bench:
    return Bench.open("2024-01", data)


@pytest.fixture(scope="module")
def sample(data: Path) -> Bench:
    return Bench.open("2024-01", "data/sample")


def asked(**changes: object) -> Selection:
    return Selection("2024-01", **changes)


# What a view counts -----------------------------------------------------------------------------


def test_a_view_of_everything_counts_the_month(bench) -> None:
    city = bench.view(asked()).city
    assert (city["resolved"], city["late"], city["open_overdue"]) == (5, 3, 1)


@pytest.mark.parametrize(
    ("changes", "resolved", "late"),
    [
        ({"wards": ("Hố Nai",)}, 3, 2),
        ({"procedures": (BIRTH,)}, 3, 1),
        ({"channels": ("Trực tuyến",)}, 1, 1),
        ({"wards": ("Hố Nai",), "procedures": (COPY,), "channels": ("Trực tiếp",)}, 1, 1),
        ({"first": "2023-12"}, 7, 4),
        ({"completion_event": "result"}, 5, 2),
        ({"causes": ("software_error",)}, 5, 3),
        ({"forgiven": ("software_error",)}, 5, 3),
    ],
)
def test_a_view_counts_what_is_asked(bench, changes, resolved, late) -> None:
    city = bench.view(asked(**changes)).city
    assert (city["resolved"], city["late"]) == (resolved, late)


def test_forgiving_a_cause_stands_beside_the_rate_and_leaves_it_as_it_is(bench) -> None:
    view = bench.view(asked(forgiven=("software_error",)))
    row = view.if_not.set_index("name").loc["Hố Nai"]
    assert (row["rate_percent"], row["rate_if_not"]) == (33.333333, 66.666667)
    assert (row["forgiven"], row["late"], row["counted"]) == (1, 2, 3)
    assert row["below_if_not"] is True


def test_days_late_are_classes_of_one_two_three_and_more(bench) -> None:
    table = bench.view(asked()).days_late
    found = {tables.class_words(r.first, r.last): r.n for r in table.itertuples()}
    assert found == {
        "1": 1, "2": 0, "3": 0, "4–5": 1, "6–10": 0, "11–20": 0, "21–30": 0, "trên 30": 1,
    }  # fmt: skip


def test_causes_narrow_what_is_listed(bench) -> None:
    view = bench.view(asked(causes=("software_error",)))
    assert view.dossiers("late")["dossier_id"].tolist() == ["HS-06"]
    assert view.days_late["n"].sum() == 1


def test_ward_and_procedure_are_counted_together(bench) -> None:
    table = bench.view(asked()).ward_procedures.set_index(["name", "procedure"])
    assert table.loc[("Hố Nai", COPY), ["counted", "late", "rate_percent"]].tolist() == [2, 2, 0.0]
    assert table.loc[("Tân Biên", BIRTH), "rate_percent"] == 50.0
    assert len(table) == 3


def test_drilling_down_gives_the_dossiers_behind_a_number(bench) -> None:
    view = bench.view(asked())
    assert view.dossiers("late")["dossier_id"].tolist() == ["HS-06", "HS-05", "HS-04"]
    assert view.dossiers("late")["days_late"].tolist() == [40, 4, 1]
    assert view.dossiers("late", "Tân Biên")["dossier_id"].tolist() == ["HS-04"]
    overdue = view.dossiers("open_overdue")
    assert overdue[["dossier_id", "days_late"]].to_numpy().tolist() == [["HS-09", 4]]
    for group, count in (("late", "late"), ("open_overdue", "open_overdue"), ("open", "open")):
        assert len(view.dossiers(group)) == view.city[count]


def test_sides_of_a_comparison_are_the_counts_of_ward_and_city(bench) -> None:
    view = bench.view(asked())
    assert view.side("Hố Nai")["late"] == 2
    assert view.side("Hố Nai")["software_error"] == 1
    before = bench.other(asked(), "2023-12").side()
    assert (before["resolved"], before["late"]) == (2, 1)
    table = tables.sides_table(view, ("nay", "trước"), (view.side(), before))
    assert ["Trễ hạn", "3", "1", "2"] in table.rows
    assert ["Tỷ lệ đúng hạn", "40,00%", "50,00%", "-10,00"] in table.rows


def test_a_range_that_ends_before_it_begins_is_refused(bench) -> None:
    with pytest.raises(ParameterError, match="Từ tháng 02/2024 đến tháng 01/2024"):
        bench.view(asked(first="2024-02"))


def test_trends_of_a_range_show_each_month(bench) -> None:
    view = bench.view(asked(first="2023-12"))
    history = view.monthly.city_history
    assert history[["month", "resolved"]].to_numpy().tolist() == [["2023-12", 2], ["2024-01", 5]]
    assert view.label == "Từ tháng 12/2023 đến tháng 01/2024"


# Quick answers are the same answers -------------------------------------------------------------


@pytest.fixture(
    scope="module",
    params=[{}, {"completion_event": "result", "granularity": "time", "withdrawn": "as_on_time"}],
    ids=["default", "other dates"],
)
def facts(request, sample) -> tuple[Month, Facts]:
    """A month of the sample and the facts of it, which the answers by every convention share."""
    month = load("2024-01", "data/sample", **request.param)
    return month, Facts(month)


@pytest.mark.parametrize("convention", ["resolved", "due_in_period", "workload", "received"])
def test_a_quick_month_has_every_number_of_a_month(facts, convention) -> None:
    month = having(facts[0], rate_convention=convention)
    quick = QuickMonth("2024-01", month.params, month.inputs, facts[1])
    for table in ("rates", "late_by_cause", "late_dossiers", "history", "city_history"):
        assert_frame_equal(getattr(quick, table), getattr(month, table))
    assert quick.city == month.city


def test_an_answer_is_not_mixed_up_with_that_of_other_parameters(sample) -> None:
    rates = [
        sample.view(asked(rate_convention=name, threshold_percent=limit)).city
        for name in ("resolved", "workload", "resolved")
        for limit in (97.0, 99.0)
    ]
    assert rates[0]["rate_percent"] == rates[1]["rate_percent"] == rates[4]["rate_percent"]
    assert rates[0]["rate_percent"] != rates[2]["rate_percent"]
    assert (rates[0]["below_threshold"], rates[1]["below_threshold"]) == (False, True)


# What the board offers ---------------------------------------------------------------------------


def test_controls_and_switches_without_data_are_absent(bench, tmp_path, own_cache) -> None:
    board = Workbench(bench)
    assert {"wards", "procedures", "channels", "completion_event"} <= board.controls.keys()
    assert "returned" not in [name for _, name in board.controls["completion_event"].options]
    assert list(board.forgiven) == ["forgot_to_close", "software_error", "slow_processing"]
    head = ["Mã hồ sơ", "Đơn vị tiếp nhận", "Ngày tiếp nhận", "Ngày hẹn trả", "Ngày kết thúc xử lý"]
    row = ["HS-01", "Hố Nai", "02/01/2024", "08/01/2024", "09/01/2024"]
    write_csv(tmp_path / "dossiers" / "a_20240118.csv", [head, row])
    (tmp_path / "params.yaml").write_text("units: from_data\n", "utf-8")
    few = Workbench(Bench.open("2024-01", tmp_path, tmp_path / "params.yaml"))
    assert list(few.controls) == ["rate_convention", "threshold"]
    assert [name for _, name in few.tabs.options] == [
        "rates",
        "causes",
        "trend",
        "days",
        "dossiers",
    ]
    assert few.view.city["late"] == 1


def test_only_covered_periods_are_offered(bench, sample) -> None:
    assert bench.months == ["2023-12", "2024-01"]  # the export of 18 January ends there
    assert (sample.months[0], sample.months[-1]) == ("2023-01", "2024-03")
    with pytest.raises(InputError, match="dữ liệu chỉ có đến ngày 18/03/2024"):
        Bench.open("2024-06", "data/sample")


def test_a_covered_quarter_or_year_is_chosen_at_once(sample) -> None:
    board = Workbench(sample)
    offered = [words for words, _ in board.controls["period"].options]
    assert offered[:3] == ["–", "quý I/2024", "quý IV/2023"]
    assert offered[-2:] == ["09 tháng đầu năm 2023", "năm 2023"]
    board.controls["period"].value = ("2023-10", "2023-12")
    assert (board.selection.first, board.selection.month) == ("2023-10", "2023-12")
    quarter = load("2023-Q4", data="data/sample")
    assert board.view.period == quarter.period
    assert board.view.city["resolved"] == quarter.city["resolved"]
    assert board.controls["period"].value == ()  # a way to its months, not a third choice


@pytest.fixture(scope="module")
def board(sample) -> Workbench:
    """A board to type thresholds into, one after the other."""
    return Workbench(sample)


@pytest.mark.parametrize(
    ("typed", "limit"), [("97,5", 97.5), ("97.5", 97.5), (" 98 % ", 98.0), ("100", 100.0)]
)
def test_a_threshold_is_typed_with_comma_or_point(board, typed, limit) -> None:
    board.controls["threshold"].value = "96"
    assert board.view.asked.threshold_percent == 96.0
    board.controls["threshold"].value = typed
    assert board.view.asked.threshold_percent == limit


@pytest.mark.parametrize(
    ("typed", "word"), [("0,97", "gõ theo phần trăm"), ("1", "gõ theo phần trăm"),
                        ("abc", "không phải là số"), ("101", "từ 0 đến 100")],
)  # fmt: skip
def test_a_fraction_or_no_threshold_is_refused_and_the_answer_stays(board, typed, word) -> None:
    board.controls["threshold"].value = "97"
    assert word not in board.status.value
    board.controls["threshold"].value = typed
    assert word in board.status.value
    assert board.view.asked.threshold_percent == 97.0


def test_the_comparison_begins_with_the_chosen_wards_and_goes_back(sample) -> None:
    board = Workbench(sample)
    extra = board.extra["compare"]
    begun = [extra[name].value for name in ("what", "a", "b")]
    board.controls["wards"].value = ("Hố Nai",)
    assert [extra[name].value for name in ("what", "a")] == ["wards", "Hố Nai"]
    assert extra["b"].value != "Hố Nai"
    board.controls["wards"].value = ("Hố Nai", "Tân Tiến")
    assert [extra[name].value for name in ("a", "b")] == ["Hố Nai", "Tân Tiến"]
    board.let_go()
    assert [extra[name].value for name in ("what", "a", "b")] == begun


def test_the_table_of_dossiers_has_the_day_received_and_sorts_days_by_year(bench) -> None:
    view = bench.view(asked())
    caption, grid = tables.dossiers_grid(view, view.dossiers(), "late", 2)
    assert caption.endswith(": 2 hồ sơ trễ lâu nhất trong 3")
    assert grid["df"]["Mã hồ sơ"].tolist() == ["HS-06", "HS-05"]
    assert grid["df"]["Ngày tiếp nhận"].tolist() == ["2023-11-20", "2024-01-02"]
    (shown,) = grid["columnDefs"]
    heads = [grid["df"].columns[place] for place in shown["targets"]]
    assert heads == ["Ngày tiếp nhận", "Hạn trả", "Hoàn thành"]


# Charts -----------------------------------------------------------------------------------------


def test_charts_of_the_bench_say_in_words_what_they_draw(sample) -> None:
    view = sample.view(asked(forgiven=("slow_processing",)))
    figures = [
        charts.rates_if_not(view),
        charts.days_late(view),
        charts.ward_procedures(view),
        charts.compare_months(view, sample.other(asked(), "2023-12")),
        charts.compare_wards(view, "Hố Nai", "Tân Biên"),
    ]
    for figure in figures:
        assert figure.layout.meta["alt"]
        assert figure.layout.meta["title"] in figure.layout.title.text
    assert "if_not" in [trace.name for trace in figures[0].data]
    assert "if_not" not in [t.name for t in charts.rates_if_not(sample.view(asked())).data]
    subtitle = figures[0].layout.meta["subtitle"]  # which the board shows
    assert subtitle.endswith("▷ nếu không vì Phường, xã giải quyết chậm")


@pytest.mark.parametrize("names", [("Hố Nai", "Tam Phước"), ("Tam Phước", "Hố Nai")])
def test_names_of_two_wards_stand_behind_their_lines_and_apart(sample, names) -> None:
    figure = charts.compare_wards(sample.view(asked()), *names)
    places = {line.name: line.textposition for line in figure.data}
    assert places == {"Hố Nai": "top right", "Tam Phước": "bottom right"}  # 97,98% and 92,42%
    assert [line.text[-1] for line in figure.data] == [f"<b>{name}</b>" for name in names]
    assert figure.layout.xaxis.range[1] > 12 + 2  # of thirteen months, with room for a name


def chosen(figure: object, trace: str) -> list:
    """What clicks on the marks of a trace choose."""
    (found,) = [t.customdata for t in figure.data if t.name == trace]
    return list(found)


def test_marks_say_what_a_click_on_them_chooses(bench) -> None:
    view = bench.view(asked())
    rates = clickable(chart.ward_rates(view), view)
    assert chosen(rates, "below") == [{"wards": "Hố Nai"}, {"wards": "Tân Biên"}]
    assert chosen(rates, "label_rate")[:2] == [None, {"wards": "Hố Nai"}]  # the heading is no ward
    causes = clickable(chart.late_by_ward(view), view)
    assert chosen(causes, "Lỗi phần mềm")[0] == {"wards": "Hố Nai", "causes": "software_error"}
    assert chosen(causes, "Tổng số")[1] == {"wards": "Tân Biên"}
    trend = clickable(chart.city_trend(view), view)
    assert chosen(trend, "wards_below") == [{"month": "2023-12"}, {"month": "2024-01"}]
    cells = chosen(charts.ward_procedures(view), "heat")
    assert {"wards": "Hố Nai", "procedures": COPY} in list(cells[0])
    assert chosen(charts.days_late(view), "days")[3] == {"days": "4–5"}


def test_charts_of_the_report_themselves_carry_no_choices(bench) -> None:
    view = bench.view(asked())
    figure = chart.ward_rates(view)
    clickable(figure, view)
    assert [trace.customdata for trace in figure.data] == [None] * len(figure.data)


def test_dossiers_are_listed_by_their_days_late(bench) -> None:
    view = bench.view(asked())
    classes = tables.days_classes(view)
    assert view.dossiers("late", days=classes["4–5"])["dossier_id"].tolist() == ["HS-05"]
    assert view.dossiers("late", "Tân Biên", classes["trên 30"]).empty


def test_charts_of_an_empty_month_say_so(bench) -> None:
    view = bench.other(asked(), "2023-10")
    assert "Không có hồ sơ trễ hạn" in charts.days_late(view).layout.meta["title"]
    assert "Không phát sinh" in charts.ward_procedures(view).layout.meta["title"]


# What is written --------------------------------------------------------------------------------


def test_csv_of_a_view_holds_its_tables_and_never_a_formula(bench, tmp_path) -> None:
    view = bench.view(asked(completion_event="closed"))
    folder = export_csv(view, tmp_path)
    assert {p.name for p in folder.iterdir()} == {
        f"{name}.csv" for name in ("rates", "causes", "trend", "days", "heat", "dossiers")
    }
    late = (folder / "dossiers.csv").read_text("utf-8-sig").splitlines()
    assert late[0].startswith(
        "Mã hồ sơ,Đơn vị,Thủ tục,Kênh nộp,Ngày tiếp nhận,Hạn trả,Hoàn thành,Số ngày trễ"
    )
    assert late[1].startswith(
        f"HS-06,Hố Nai,{COPY},Trực tiếp,2023-11-20,2023-12-01,2024-01-10,40,Lỗi phần mềm"
    )
    for file in folder.iterdir():
        assert not any(
            cell.startswith("=") for row in file.read_text("utf-8-sig").splitlines()
            for cell in row.split(",")
        )  # fmt: skip


def test_workbook_of_a_view_has_numbers_as_numbers_and_never_a_formula(
    bench, tmp_path, monkeypatch
) -> None:
    view = bench.view(asked())
    overdue = view.dossiers("open_overdue")
    monkeypatch.setattr(View, "dossiers", lambda self: overdue)  # with the procedure "=HYPERLINK"
    path = export_xlsx(view, tmp_path)
    book = openpyxl.load_workbook(path)
    assert book.sheetnames[0] == "Giới thiệu"
    cells = [c for sheet in book for row in sheet.iter_rows() for c in row if c.value is not None]
    assert not [c for c in cells if c.data_type == "f"]
    assert "=HYPERLINK(A1)" in [c.value for c in cells]
    rates = {row[0]: row for row in book["Tỷ lệ"].iter_rows(values_only=True)}
    assert rates["Hố Nai"][2:6] == (3, 1, 2, 33.333333)
    first = path.read_bytes()
    assert export_xlsx(view, tmp_path).read_bytes() == first


def test_every_sheet_of_synthetic_data_says_so_and_names_its_units(sample, tmp_path) -> None:
    book = openpyxl.load_workbook(export_xlsx(sample.view(asked()), tmp_path))
    assert "DỮ LIỆU MÔ PHỎNG" in book["Giới thiệu"]["A3"].value
    assert all("DỮ LIỆU MÔ PHỎNG" in sheet["A1"].value for sheet in book.worksheets[1:])
    heads = {sheet.title: [cell.value for cell in sheet[2]] for sheet in book.worksheets[1:]}
    assert "Tỷ lệ đúng hạn (%)" in heads["Tỷ lệ"]
    assert "Làm giảm tỷ lệ (điểm)" in heads["Nguyên nhân"]
    assert book["Xu hướng"]["A3"].value == "01/2023"


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"first": "2023-12", "threshold_percent": 50.0},
        {"wards": ("Hố Nai", "Tân Biên"), "procedures": (BIRTH, COPY), "channels": ("Trực tiếp",)},
        {"rate_convention": "workload", "completion_event": "result", "wards": ("Hố Nai",)},
    ],
    ids=["default", "range", "part", "convention"],
)
def test_a_run_of_the_frozen_parameters_has_the_numbers_of_the_view(
    bench, data, tmp_path, changes
) -> None:
    view = bench.view(asked(**changes))
    file, command = freeze(view, data, tmp_path)
    words = shlex.split(command)
    assert words[1:7] == ["-m", "motcua", "run", "2024-01", "--params", str(file)]
    assert main([*words[3:], "--only", "findings"]) == 0
    found = json.loads((file.with_suffix("") / "2024-01" / "findings.json").read_text("utf-8"))
    assert found["city"]["rate_percent"] == view.city["rate_percent"]
    assert found["period"]["start"] == str(view.period.start)
    wards = {ward["code"]: ward for ward in found["wards"]}
    assert wards.keys() == set(view.rates["code"])
    for row in view.rates.to_dict("records"):
        ward = wards[row["code"]]
        for name in ("received", "resolved", "late", "open_overdue", "below_threshold"):
            assert ward[name] == row[name], name
    late = {(r["code"], r["cause"]): r["late"] for r in view.late_by_cause.to_dict("records")}
    assert late == {
        (code, cause): n for code, w in wards.items() for cause, n in w["late_by_cause"].items()
    }


def test_the_command_of_a_frozen_view_runs_as_printed_from_anywhere(bench, data, tmp_path) -> None:
    odd, away = tmp_path / "Tháng 1 (thử) & 'lạ'; $HOME", tmp_path / "away"
    away.mkdir()
    _, command = freeze(bench.view(asked(wards=("Hố Nai",))), data, odd)
    told = subprocess.run(
        f"{command} --only findings", shell=True, cwd=away, capture_output=True, text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT / "lib")},
    )  # fmt: skip
    assert told.returncode == 0, told.stderr
    (found,) = odd.glob("*/2024-01/findings.json")
    assert json.loads(found.read_text("utf-8"))["city"]["resolved"] == 3
    assert list(away.iterdir()) == []


def test_only_what_differs_from_the_default_is_frozen(bench, tmp_path) -> None:
    file, _ = freeze(
        bench.view(asked(threshold_percent=95.0, forgiven=("unknown",))), None, tmp_path
    )
    assert yaml.safe_load(file.read_text("utf-8")) == {
        "threshold_percent": 95.0,
        **frozen(bench.start.params),  # what the month's own file says
    }
    assert "# Không nằm trong tham số: công tắc nếu không vì Chưa xác định" in file.read_text(
        "utf-8"
    )
    assert frozen(Params()) == {}


def test_a_frozen_file_names_the_register_wherever_it_stands(tmp_path) -> None:
    (tmp_path / "units.csv").write_text("code,name\n1,Một\n", "utf-8")
    (tmp_path / "p.yaml").write_text("units: units.csv\n", "utf-8")
    params = load_params("2024-01", tmp_path / "p.yaml")
    assert frozen(params) == {"units": str(units_path(params))}


def test_the_same_view_has_the_same_name_and_another_view_another(bench) -> None:
    names = {name_of(bench.view(asked(wards=w))) for w in ((), ("Hố Nai",), ("Tân Biên",))}
    assert len(names) == 3
    assert name_of(bench.view(asked())) in names


def test_a_bench_on_a_register_of_the_data_works_alike(data) -> None:
    params = load_params("2024-01", None, units="from_data")
    month = Month("2024-01", params, load_inputs(data, params))
    bench = Bench(month, data)
    assert bench.view(asked(wards=("Hố Nai",))).city["resolved"] == 3
    assert isinstance(bench.view(asked()).rates, pd.DataFrame)
