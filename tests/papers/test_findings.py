"""findings.json and its tables: the contract of DESIGN §6, checked from outside."""

from __future__ import annotations

import copy
import csv
import io
import json
from collections.abc import Iterator
from functools import reduce
from operator import getitem
from pathlib import Path

import jsonschema
import pandas as pd
import pytest
from cases import dossier, late, load_rows, on_time, write_csv
from motcua.base.errors import RunError
from motcua.measures.month import Month
from motcua.papers import findings as findings_module
from motcua.papers.findings import (
    build_findings,
    check_findings,
    csv_tables,
    schema,
    to_csv,
    write_findings,
)

CAUSES = ("forgot_to_close", "software_error", "urban_management", "slow_processing", "unknown")
COUNTS = (
    "received", "carried_over", "resolved", "early", "on_due_date", "on_time", "late", "withdrawn",
    "no_due_date", "no_due_date_resolved", "open", "open_overdue",
)  # fmt: skip
UNIT_KEYS = {
    *COUNTS, "rate_percent", "rate_low", "rate_high", "below_threshold", "certainty",
    "late_by_cause", "points_lost_by_cause", "rate_if_not_for", "feedback", "months_below_in_a_row",
    "open_overdue_by_age", "awaiting_close", "awaiting_close_overdue", "rate_766_percent",
    "below_threshold_766",
}  # fmt: skip
LISTS = (
    "below_threshold", "forgot_to_close", "urban_management", "software_error", "feedback",
    "praised", "awaiting_close",
)  # fmt: skip


pytestmark = pytest.mark.usefixtures("own_cache")


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Month, folder and findings of a small hand-made month."""
    data, out = tmp_path_factory.mktemp("data"), tmp_path_factory.mktemp("out")
    rows = [
        *on_time(94), *late(6, result_at="2024-01-05"),
        *on_time(40, "Hóa An"),
        dossier("2023-12-20", "2024-01-05", ward="Hóa An", status="Không được tiếp nhận"),
        dossier("2023-12-20", "", "2024-01-04", ward="Tân Vạn"),
        dossier("2023-12-20", "2024-01-05", "2024-01-04", ward="Tân Vạn", status="Rút hồ sơ"),
        dossier("32/12/2023", ward="An Bình"), dossier(ward="=HYPERLINK(\"http://a\")"),
    ]  # fmt: skip
    header = ("Mã phản ánh", "Đơn vị bị phản ánh", "Ngày phản ánh", "Loại phản ánh")
    write_csv(data / "feedback" / "a.csv", header, [("1", "Tân Vạn", "20/12/2023", "Chậm trễ")])
    month = load_rows(data, rows)
    return month, out, write_findings(month, out)


@pytest.fixture
def findings(written):
    """A copy to break."""
    return copy.deepcopy(written[2])


def ward_of(findings: dict, name: str) -> dict:
    return next(ward for ward in findings["wards"] if ward["name"] == name)


# What is written ------------------------------------------------------------------------------


def test_the_file_holds_what_was_built_and_keeps_the_published_schema(written):
    month, out, findings = written
    text = (out / "findings.json").read_text("utf-8")
    assert json.loads(text) == findings == build_findings(month)
    jsonschema.Draft7Validator.check_schema(schema())
    jsonschema.Draft7Validator(schema()).validate(json.loads(text))
    assert "Tân Vạn" in text  # readable, not escaped


def test_the_top_of_the_file_names_month_period_and_method(findings):
    assert findings["schema_version"] == "1"
    assert findings["month"] == "2024-01"
    assert findings["period"] == {"start": "2023-12-15", "end": "2024-01-14"}
    assert findings["synthetic"] is False
    assert findings["method"].items() >= {
        "threshold_percent": 97, "rate_convention": "resolved", "completion_event": "closed",
        "withdrawn": "exclude", "due_basis": "original",
    }.items()  # fmt: skip


def test_city_and_wards_have_every_key_of_the_contract(findings):
    assert set(findings["city"]) >= UNIT_KEYS
    assert "code" not in findings["city"]
    assert len(findings["wards"]) == 30
    for ward in findings["wards"]:
        assert set(ward) >= UNIT_KEYS | {"code", "name"}
        for key in ("late_by_cause", "points_lost_by_cause", "rate_if_not_for"):
            assert tuple(ward[key]) == CAUSES
    assert tuple(findings["lists"]) == LISTS


def test_a_ward_reads_as_worked_out_by_hand(findings):
    ward = ward_of(findings, "An Bình")
    assert ward["code"] == "26050"
    assert {c: ward[c] for c in COUNTS if ward[c]} == {
        "received": 100, "resolved": 100, "early": 94, "on_time": 94, "late": 6,
    }  # fmt: skip
    assert (ward["rate_percent"], ward["below_threshold"], ward["certainty"]) == (
        94, True, "uncertain",
    )  # fmt: skip
    # Wilson, p = 0.94, n = 100: (0.95921 -+ 0.05035) / 1.03841
    assert (round(ward["rate_low"], 2), round(ward["rate_high"], 2)) == (87.52, 97.22)
    assert ward["late_by_cause"] == dict.fromkeys(CAUSES, 0) | {"forgot_to_close": 6}
    assert ward["points_lost_by_cause"] == dict.fromkeys(CAUSES, 0) | {"forgot_to_close": 6}
    assert ward["rate_if_not_for"] == dict.fromkeys(CAUSES, 94) | {"forgot_to_close": 100}
    assert ward["months_below_in_a_row"] == 1


def test_a_ward_with_nothing_resolved_has_nulls_and_its_other_counts(findings):
    ward = ward_of(findings, "Tân Vạn")
    assert {c: ward[c] for c in COUNTS if ward[c]} == {
        "received": 2, "withdrawn": 1, "no_due_date": 1, "no_due_date_resolved": 1,
    }  # fmt: skip
    nulls = ("rate_percent", "rate_low", "rate_high", "below_threshold", "certainty")
    assert {ward[key] for key in nulls} == {None}
    assert ward["rate_if_not_for"] == dict.fromkeys(CAUSES)
    assert ward["feedback"] == 1


def test_key_numbers_of_one_month_have_no_signal_and_no_assurance(findings):
    keys = ("rate", "late", "open_overdue", "feedback", "units_below")
    assert findings["signals"] == dict.fromkeys(keys, "none")
    assert findings["assurance"] == dict.fromkeys(keys)


def test_lists_hold_codes(findings):
    assert findings["lists"] == {
        "below_threshold": ["26050"], "forgot_to_close": ["26050"], "urban_management": [],
        "software_error": [], "feedback": ["26059"], "praised": ["26068"],
        "awaiting_close": [],
    }  # fmt: skip


def test_quality_accounts_for_every_row_and_inputs_name_every_file(written, findings):
    quality = findings["quality"]
    assert quality["rows_read"] == 145
    assert quality["rows_kept"] == 143
    assert quality["rows_set_aside"] == 2
    assert quality["duplicates"] == 0
    assert quality["problems"] == {"bad_date": 1, "unknown_ward": 1}
    assert quality["not_received"] == 1
    files = {entry["file"]: entry["rows"] for entry in findings["inputs"]}
    assert files == {"dossiers/ho_so.csv": 145, "feedback/a.csv": 1}
    assert all(len(entry["sha256"]) == 64 for entry in findings["inputs"])


def test_writing_twice_gives_the_same_bytes(written, tmp_path):
    month, out, _ = written
    write_findings(month, tmp_path)
    for file in sorted(p for p in tmp_path.rglob("*") if p.is_file()):
        assert file.read_bytes() == (out / file.relative_to(tmp_path)).read_bytes()


@pytest.mark.parametrize("withdrawn", ["exclude", "as_on_time"])
@pytest.mark.parametrize(
    "convention", ["resolved", "due_in_period", "workload", "national_766", "received"]
)
def test_findings_keep_schema_and_identities_under_every_convention(
    tmp_path, convention, withdrawn
):
    rows = [
        *on_time(2), *late(2), dossier(due="2024-01-05"), dossier(due="2024-01-14"),
        dossier(due="", closed="2024-01-04"), dossier("2023-12-01", "2023-12-20", "2023-12-10"),
        dossier("2023-12-01", "2023-12-10", "2023-12-18"),
        dossier(closed="2024-01-04", status="Rút hồ sơ"),
        dossier("2023-12-01", closed="2023-12-10", status="Rút hồ sơ"),
    ]  # fmt: skip
    method = {"rate_convention": convention, "withdrawn": withdrawn}
    findings = check_findings(build_findings(load_rows(tmp_path, rows, history_months=1, **method)))
    assert findings["method"].items() >= method.items()
    ward = ward_of(findings, "An Bình")
    assert ward["rate_low"] <= ward["rate_percent"] <= ward["rate_high"]
    assert all(rate >= ward["rate_percent"] for rate in ward["rate_if_not_for"].values())


# The schema and the identities refuse -----------------------------------------------------------

BROKEN = {
    "a name is gone": lambda f: f["city"].pop("resolved"),
    "a name is new": lambda f: f["wards"][0].update(extra=1),
    "a count is negative": lambda f: f["wards"][3].update(open=-1),
    "a count is broken": lambda f: f["wards"][3].update(open=1.5),
    "a rate is over 100": lambda f: f["city"].update(rate_percent=100.5),
    "a verdict is a text": lambda f: f["city"].update(below_threshold="có"),
    "a certainty is none": lambda f: f["city"].update(certainty="maybe"),
    "a list is gone": lambda f: f["lists"].pop("praised"),
    "a cause is gone": lambda f: f["city"]["late_by_cause"].pop("unknown"),
    "a convention is unknown": lambda f: f["method"].update(rate_convention="mine"),
    "a date is none": lambda f: f["period"].update(end="14/01/2024"),
    "a month is none": lambda f: f.update(month="2024-13"),
    "another version": lambda f: f.update(schema_version="2"),
    "quality is gone": lambda f: f.pop("quality"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_the_schema_refuses_a_broken_file(findings, case):
    BROKEN[case](findings)
    assert not jsonschema.Draft7Validator(schema()).is_valid(findings)
    with pytest.raises(RunError, match=r"findings\.json không đúng lược đồ: "):
        check_findings(findings)


def test_check_findings_gives_a_right_file_back(findings):
    assert check_findings(findings) is findings


IDENTITIES = {
    "on_time": ("early", "'on_time'"),
    "resolved": ("late", "'resolved'"),
    "causes": ("late_by_cause", "'late_by_cause'"),
    "balance": ("open", "'received + carried_over'"),
    "received": ("received", "'received + carried_over'"),
}


@pytest.mark.parametrize("case", IDENTITIES)
def test_a_broken_identity_is_refused_by_the_name_of_ward_and_sum(findings, case):
    key, named = IDENTITIES[case]
    ward = ward_of(findings, "An Bình")
    if key == "late_by_cause":
        ward[key]["unknown"] += 1
    else:
        ward[key] += 1
    with pytest.raises(RunError) as caught:
        check_findings(findings)
    message = f"Số liệu không khớp tại An Bình: {named} không bằng tổng các phần của nó."
    assert str(caught.value) == message


def test_a_broken_city_and_broken_quality_are_refused(findings):
    broken = copy.deepcopy(findings)
    broken["city"]["early"] += 1
    with pytest.raises(RunError, match="Số liệu không khớp tại toàn thành phố: 'on_time'"):
        check_findings(broken)
    findings["quality"]["rows_read"] += 1
    with pytest.raises(RunError, match="Số liệu không khớp tại toàn bộ dữ liệu: 'rows_read'"):
        check_findings(findings)


def test_points_lost_that_do_not_add_up_are_refused(findings):
    ward_of(findings, "An Bình")["points_lost_by_cause"]["unknown"] = 1
    with pytest.raises(RunError, match="An Bình: 'points_lost_by_cause'"):
        check_findings(findings)


def test_a_city_that_is_not_the_sum_of_its_wards_is_refused(findings):
    for key in ("received", "open"):
        findings["city"][key] += 1
    with pytest.raises(RunError, match="toàn thành phố: 'received'"):
        check_findings(findings)


# Tables as CSV ----------------------------------------------------------------------------------


def test_csv_tables_read_back_equal(written):
    month, out, _ = written
    for name, table in csv_tables(month).items():
        path = out / "findings" / f"{name}.csv"
        assert path.read_bytes().startswith(b"\xef\xbb\xbf")
        back = pd.read_csv(path, encoding="utf-8-sig", dtype={"code": str})
        assert back.columns.tolist() == table.columns.tolist()
        for column in table:
            plain = table[column].astype(object).where(table[column].notna(), None).tolist()
            read = back[column].astype(object).where(back[column].notna(), None).tolist()
            assert read == plain, (name, column)


def test_rejected_csv_names_file_row_column_value_reason_and_what_was_expected(written):
    text = (written[1] / "rejected.csv").read_bytes().decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert {row["file"] for row in rows} == {"dossiers/ho_so.csv"}
    assert [(r["row"], r["column"], r["value"], r["reason"]) for r in rows] == [
        ("145", "Ngày tiếp nhận", "32/12/2023", "bad_date"),
        ("146", "Đơn vị tiếp nhận", "(không hiện)", "unknown_ward"),
    ]
    assert all(row["expected"] for row in rows)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\n"])
def test_text_that_excel_would_run_is_neutralised(start):
    text = to_csv(pd.DataFrame({"a": [start + "HYPERLINK(1)"]})).decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(text, newline="")))[1] == ["'" + start + "HYPERLINK(1)"]


def test_a_carriage_return_in_a_cell_does_not_break_its_row():
    text = to_csv(pd.DataFrame({"a": ["một\rhai", "\r=1"], "b": [1, 2]})).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert rows[1:] == [["một\nhai", "1"], ["'\n=1", "2"]]


def test_numbers_below_zero_stay_numbers():
    assert to_csv(pd.DataFrame({"a": [-1.5, -2]})).decode("utf-8-sig") == "a\n-1.5\n-2.0\n"


def test_a_formula_as_the_name_of_a_unit_is_neutralised_in_every_table(tmp_path):
    month = load_rows(tmp_path, late(2, "=HYPERLINK(1)"), units="from_data")
    write_findings(month, tmp_path)
    for path in sorted((tmp_path / "findings").glob("*.csv")):
        for row in csv.reader(io.StringIO(path.read_text("utf-8-sig"))):
            assert not any(cell.startswith("=") for cell in row)


# Analyses ---------------------------------------------------------------------------------------


def test_a_ward_carries_its_budget_its_standing_and_its_signal(findings):
    ward = ward_of(findings, "An Bình")  # 94 of 100
    # (94 + 100) / (100 + 100) is exactly 97
    assert ward["budget"] == {"affordable_late": 0, "to_recover": 100}
    # 6 or more late of 100 come with 8.1% at 97%; Hóa An's 40 of 40 do not differ beyond chance
    assert ward["standing"] == {"funnel": "within", "rank": 2}
    assert ward["signal"] == {"way": None, "rules": []}
    assert ward["rate_if_not_for_evidenced"] == dict.fromkeys(CAUSES, 94)
    assert ward_of(findings, "Hóa An")["budget"] == {"affordable_late": 1, "to_recover": 0}
    assert ward_of(findings, "Tân Vạn")["standing"] is None
    assert findings["city"]["budget"] == {"affordable_late": 0, "to_recover": 60}
    assert findings["change"] is None  # nothing counted in the month before


def test_the_change_since_last_month_names_parts_and_wards(tmp_path):
    before = [dossier("2023-12-01", "2023-12-08", "2023-12-10", late_cause="Chậm xử lý")]
    before += [dossier("2023-12-01", "2023-12-08", "2023-12-05")]
    before = [row | {"dossier_id": f"trước {n}"} for n, row in enumerate(before)]
    found = check_findings(build_findings(load_rows(tmp_path, [*before, *on_time(4)])))
    assert found["change"]["month_before"] == "2023-12"
    assert found["change"]["rate_points"] == {"mix": 0, "slow_processing": 50}
    assert found["change"]["lists"]["below_threshold"] == {"entered": [], "left": ["26050"]}


# What the schema refuses -----------------------------------------------------------------------

FREE = {
    *(("method", key) for key in (
        "granularity", "period_rule", "small_n", "list_min_dossiers", "list_min_points",
        "repeat_from",
    )),
    ("quality", "problems"), ("quality", "notes"), ("quality", "disagreements"),
}  # fmt: skip


def places(value: object, path: tuple = ()) -> Iterator[tuple]:
    """Path of every value inside findings; of a list its first entry alone."""
    inside = value.items() if isinstance(value, dict) else ()
    if isinstance(value, list):
        inside = enumerate(value[:1])
    for key, one in inside:
        yield (*path, key)
        yield from places(one, (*path, key))


def test_a_value_of_another_kind_is_refused_wherever_it_stands(findings):
    for *way, last in [place for place in places(findings) if place not in FREE]:
        broken = copy.deepcopy(findings)
        holder = reduce(getitem, way, broken)
        holder[last] = {"another": "kind"}
        with pytest.raises(RunError, match=r"lược đồ"):
            check_findings(broken)


def test_a_unit_with_a_key_too_many_or_too_few_is_refused(findings):
    for way in (("city",), ("wards", 0)):
        for key in ("more", *reduce(getitem, way, findings)):
            broken = copy.deepcopy(findings)
            unit = reduce(getitem, way, broken)
            if key in unit:
                del unit[key]
            else:
                unit[key] = 1
            with pytest.raises(RunError, match=r"lược đồ"):
                check_findings(broken)


@pytest.mark.parametrize("dtype", ["str", object])
def test_a_text_that_excel_would_run_is_a_text_in_a_column_of_any_kind(dtype):
    values = ["=1+1", "-2", "@a", "a\r\nb", "c\rd", "e = f", None]
    told = to_csv(pd.DataFrame({"a": pd.Series(values, dtype=dtype), "n": range(7)}))
    expected = 'a,n\n\'=1+1,0\n\'-2,1\n\'@a,2\n"a\nb",3\n"c\nd",4\ne = f,5\n,6\n'
    assert told.decode("utf-8-sig") == expected


def test_tables_written_in_another_process_are_the_same(
    written: tuple, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    month, out, findings = written
    writers = []

    def noted(month: Month, tables: dict, folder: Path) -> None:
        writers.append(None)  # in the memory of the process that writes
        write_tables(month, tables, folder)

    write_tables = findings_module._write_tables
    monkeypatch.setattr(findings_module, "_write_tables", noted)
    monkeypatch.setattr(findings_module, "MANY", len(month.units) - 1)
    assert write_findings(month, tmp_path, jobs=2) == findings
    assert not writers
    files = {path.relative_to(out) for path in out.rglob("*") if path.is_file()}
    assert files == {path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file()}
    assert all((out / name).read_bytes() == (tmp_path / name).read_bytes() for name in files)
    write_findings(month, tmp_path, jobs=1)
    assert len(writers) == 1


def test_findings_that_a_process_beside_refuses_are_not_written(
    written: tuple[Month, Path, dict], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    month, *_ = written

    def refused(_: dict) -> dict:
        raise RunError("no")

    monkeypatch.setattr(findings_module, "check_findings", refused)
    monkeypatch.setattr(findings_module, "MANY", len(month.units) - 1)
    with pytest.raises(RunError, match="no"):
        write_findings(month, tmp_path, jobs=2)
    assert not (tmp_path / "findings.json").exists()
