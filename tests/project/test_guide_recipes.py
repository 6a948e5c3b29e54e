"""The recipes of the guide, done as it says: its own words are the commands and the parameters."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import motcua
import pytest
import yaml
from exports import HEAD, record, write_csv, write_xlsx
from motcua.base.reference import REFERENCE
from motcua.cli import main
from motcua.measures.month import Month
from test_guide import GUIDE, blocks, commands

MONTHLY = GUIDE / "hang-thang.md"


def snippet(first: str) -> str:
    """Block of the guide that begins with a word, as a file of its own."""
    (found,) = [
        re.sub(r"^ {4}", "", block, flags=re.MULTILINE)
        for block in blocks(MONTHLY)
        if block.strip().startswith(first)
    ]
    return found + "\n"


def command(*words: str) -> list[str]:
    """Command of the guide that has these words."""
    found = [
        said
        for block in blocks(MONTHLY)
        for said in commands(block)
        if all(word in said for word in words)
    ]
    assert len(found) == 1, found
    return found[0]


def late_by(month: Month, cause: str) -> int:
    """Late dossiers of all units with a cause; tests/papers/test_findings.py holds the findings."""
    return month.late_by_cause.query("cause == @cause")["late"].sum()


def written(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


pytestmark = pytest.mark.usefixtures("cache_of_test")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Ten dossiers on time and one late of Tân Biên, one late of Hố Nai, all of January."""
    good = [record(f"HS-{i}") for i in range(10)]
    late = [
        record("HS-late", closed="11/01/2024"),
        record("HS-other", "Hố Nai", closed="12/01/2024"),
    ]
    write_csv(tmp_path / "raw" / "dossiers" / "a_20240118.csv", [HEAD, *good, *late])
    return tmp_path / "raw"


# A month ------------------------------------------------------------------------------------------


def test_a_month_is_added_checked_run_verified_and_issued_as_the_guide_says(
    tmp_path, monkeypatch, capsys
) -> None:
    for year, month in (("2023", "12"), ("2024", "01"), ("2024", "02")):
        days = [f"{day}/{month}/{year}" for day in ("04", "12", "11")]
        rows = [HEAD, record(f"HS-{month}", "Tân Biên", *days)]
        write_csv(tmp_path / "data" / "raw" / "dossiers" / f"a_{year}{month}18.csv", rows)
    monkeypatch.chdir(tmp_path)  # the guide's `data/raw` and `outputs` are those of this folder
    assert main(command("check")) == 0
    assert "Cộng: đọc" in capsys.readouterr().out
    (words, *_) = re.findall(
        r"make report MONTH=(\S+) DATA=(data/raw)\n", MONTHLY.read_text("utf-8")
    )
    month, folder = words
    out = ["--out", "outputs", "--only", "findings"]
    assert main(["run", month, "--data", folder, *out]) == 0
    found = json.loads(Path("outputs", month, "findings.json").read_text("utf-8"))
    assert found["period"] == {"start": "2024-01-15", "end": "2024-02-14"}
    assert main(["run", "2023-12..2024-01", "--data", folder, *out]) == 0
    assert main(command("verify")) == 0
    assert main([*command("issue"), "--out", "outputs"]) == 0
    kept = json.loads(Path("outputs", "ban-hanh", "2024-01.json").read_text("utf-8"))
    assert (kept["number"], kept["date"]) == ("1522/UBND-THNC", "2024-01-24")


def test_a_cause_is_corrected_by_a_newer_file_with_the_whole_row(data, tmp_path) -> None:
    before = motcua.load("2024-01", data)
    assert late_by(before, "software_error") == 0
    (name,) = re.findall(
        r"data/raw/dossiers/(sua_nguyen_nhan_\d+\.xlsx)", MONTHLY.read_text("utf-8")
    )
    columns = re.findall(r"cột “(Lý do trễ hẹn|Minh chứng)”", MONTHLY.read_text("utf-8"))
    assert columns == ["Lý do trễ hẹn", "Minh chứng"]
    row = [*record("HS-late", closed="11/01/2024"), "Lỗi phần mềm", "Ảnh chụp màn hình"]
    write_xlsx(data / "dossiers" / name, [[*HEAD, *columns], row])
    after = motcua.load("2024-01", data)
    assert late_by(after, "software_error") == 1
    assert after.city["late"] == before.city["late"] == 2
    assert after.quality["duplicates"] == 1


# Headings, statuses, units ------------------------------------------------------------------------


def test_a_new_heading_is_refused_by_name_and_read_with_the_guide_s_lines(tmp_path, capsys) -> None:
    text = snippet("columns:")
    heading = yaml.safe_load(text)["columns"]["due_at"]
    head = [heading if h == "Ngày hẹn trả" else h for h in HEAD]
    write_csv(tmp_path / "raw" / "dossiers" / "a_20240118.csv", [head, record()])
    assert main(["check", str(tmp_path / "raw")]) == 2
    said = capsys.readouterr()
    assert heading in said.out + said.err
    params = written(tmp_path / "p.yaml", text)
    assert motcua.load("2024-01", tmp_path / "raw", params).city["on_time"] == 1


def test_a_new_status_counts_as_the_guide_s_lines_say(tmp_path) -> None:
    text = snippet("statuses:")
    (status,) = yaml.safe_load(text)["statuses"]["withdrawn"]
    rows = [[*record("HS-1"), status], [*record("HS-2"), "Đã trả kết quả"]]
    write_csv(tmp_path / "raw" / "dossiers" / "a_20240118.csv", [[*HEAD, "Trạng thái"], *rows])
    before = motcua.load("2024-01", tmp_path / "raw").city
    assert (before["withdrawn"], before["resolved"]) == (0, 2)  # nobody knows that status yet
    params = written(tmp_path / "p.yaml", text)
    city = motcua.load("2024-01", tmp_path / "raw", params).city
    assert (city["withdrawn"], city["resolved"]) == (1, 1)


def test_merged_wards_count_for_their_successor_by_the_columns_that_the_guide_names(
    data, tmp_path
) -> None:
    """Hố Nai goes into Tân Biên on 1 February: January has both, February one for both."""
    with (REFERENCE / "wards.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        if row["name"] in ("Hố Nai", "Tân Biên") and not row["valid_from"]:
            row["valid_to"], row["successor_name"] = "2024-01-31", "Tân Biên"
    old = next(row for row in rows if row["name"] == "Tân Biên")
    rows.append(old | {"code": "99999", "valid_from": "2024-02-01", "valid_to": "2025-06-30"})
    register = tmp_path / "wards.csv"
    write_csv(register, [list(rows[0]), *(list(row.values()) for row in rows)])
    later = record("HS-feb", "Hố Nai", "20/01/2024", "25/01/2024", "26/01/2024")
    write_csv(data / "dossiers" / "b_20240218.csv", [HEAD, later])
    params = written(tmp_path / "p.yaml", f"units: {register}\n")
    january, february = (motcua.load(month, data, params) for month in ("2024-01", "2024-02"))
    assert {"Hố Nai", "Tân Biên"} < {*january.rates["name"]}
    late = february.rates.set_index("name")["late"]
    assert "Hố Nai" not in late.index
    assert late["Tân Biên"] == 1


def test_another_city_needs_a_file_of_code_and_name(data, tmp_path) -> None:
    assert "cột `code,name` rồi ghi `units: duong/dan/danh_muc.csv`" in MONTHLY.read_text("utf-8")
    write_csv(tmp_path / "danh_muc.csv", [["code", "name"], ["1", "Tân Biên"], ["2", "Hố Nai"]])
    params = written(tmp_path / "p.yaml", "units: danh_muc.csv\n")
    rates = motcua.load("2024-01", data, params).rates
    assert rates.set_index("code")["late"].to_dict() == {"1": 1, "2": 1}


# Ways of counting ---------------------------------------------------------------------------------


def test_threshold_convention_and_period_are_those_of_the_guide_s_lines(data, tmp_path) -> None:
    newer = record("HS-new", received="20/01/2024", due="01/02/2024", closed="31/01/2024")
    write_csv(data / "dossiers" / "b_20240218.csv", [HEAD, newer])  # covers the period
    params = written(tmp_path / "p.yaml", snippet("threshold_percent:"))
    words = ["--params", str(params), "--out", str(tmp_path), "--only", "findings"]
    assert main(["run", "2024-02", "--data", str(data), *words]) == 0
    found = json.loads((tmp_path / "2024-02" / "findings.json").read_text("utf-8"))
    assert found["method"]["threshold_percent"] == 98
    assert found["method"]["rate_convention"] == "due_in_period"
    assert found["period"] == {"start": "2024-01-16", "end": "2024-02-15"}


def test_a_part_of_the_city_runs_into_a_folder_of_its_own(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    words = command("run", "--params")
    part = written(tmp_path / words[words.index("--params") + 1], snippet("only_wards:"))
    asked = yaml.safe_load(part.read_text("utf-8"))
    wards = [*asked["only_wards"], "Tân Biên"]
    kinds = [*asked["only_procedures"], *asked["only_channels"]]
    rows = [[*record(f"HS-{n}", ward), *kinds] for n, ward in enumerate(wards)]
    rows += [[*record("HS-procedure", wards[0]), "Đăng ký khai sinh", kinds[1]]]
    rows += [[*record("HS-channel", wards[0]), kinds[0], "Trực tiếp"]]
    head = [*HEAD, "Tên thủ tục", "Kênh thực hiện"]
    write_csv(tmp_path / "data" / "raw" / "dossiers" / "a_20240118.csv", [head, *rows])
    assert main([*words, "--data", "data/raw", "--only", "findings"]) == 0
    folder = Path(words[words.index("--out") + 1])
    found = json.loads((folder / "2024-01" / "findings.json").read_text("utf-8"))
    assert sorted(ward["name"] for ward in found["wards"]) == sorted(asked["only_wards"])
    assert found["city"]["resolved"] == len(asked["only_wards"]) < len(wards)
    assert not (tmp_path / "outputs" / "2024-01").exists()
