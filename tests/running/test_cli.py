"""The command line: one exit code, one message, no traceback."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from exports import HEAD, private_cache, record, write_csv, write_xlsx
from motcua.base.errors import RunError
from motcua.cli import main
from motcua.running import run

ROWS = [HEAD, record("HS-1", closed="12/01/2024"), record("HS-2", ward="P. Bến Nghé")]


pytestmark = pytest.mark.usefixtures("cache_of_test")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Folder with one late dossier of Tân Biên and one wrong row."""
    write_csv(tmp_path / "data" / "dossiers" / "a_20240118.csv", ROWS)
    return tmp_path / "data"


class Told:
    """What a command printed and its exit code."""

    def __init__(self, capsys: pytest.CaptureFixture[str], *argv: object) -> None:
        self.code = main([str(a) for a in argv])
        self.out, self.err = capsys.readouterr()
        assert "Traceback" not in self.out + self.err


@pytest.fixture
def motcua(capsys: pytest.CaptureFixture[str]):
    """Run a command in this process."""
    return lambda *argv: Told(capsys, *argv)


def findings(out: Path, month: str = "2024-01") -> dict:
    return json.loads((out / month / "findings.json").read_text("utf-8"))


def uncovered(folder: Path) -> tuple[str, Path]:
    """Option that lets months be made that the exports do not cover."""
    file = folder / "chua-du.yaml"
    file.write_text("allow_uncovered: true\n", "utf-8")
    return "--params", file


# run ------------------------------------------------------------------------------------------


def test_run_only_findings_writes_numbers_and_tables_and_prints_where(
    motcua, data, tmp_path
) -> None:
    told = motcua("run", "2024-01", "--data", data, "--out", tmp_path / "out", "--only", "findings")
    month = tmp_path / "out" / "2024-01"
    assert (told.code, told.out) == (0, f"{month / 'findings.json'}\n")
    assert {p.name for p in month.iterdir()} == {
        "findings.json", "findings", "rejected.csv", "manifest.json",
    }  # fmt: skip
    (ward,) = [w for w in findings(tmp_path / "out")["wards"] if w["name"] == "Tân Biên"]
    assert (ward["resolved"], ward["late"]) == (1, 1)


def test_a_range_of_months_makes_every_month(motcua, data, tmp_path) -> None:
    out = tmp_path / "out"
    asked = ("--data", data, "--out", out, "--only", "findings", *uncovered(tmp_path))
    told = motcua("run", "2023-12..2024-02", *asked)
    assert told.code == 0
    found = [
        findings(out, month)["city"]["received"] for month in ("2023-12", "2024-01", "2024-02")
    ]
    assert found == [0, 1, 0]


def test_a_month_of_an_empty_export_has_zeros_and_nulls(motcua, tmp_path) -> None:
    write_csv(tmp_path / "data" / "dossiers" / "a.csv", [HEAD])
    out = tmp_path / "out"
    asked = ("--data", tmp_path / "data", "--out", out, "--only", "findings", *uncovered(tmp_path))
    told = motcua("run", "2024-01", *asked)
    assert told.code == 0
    city = findings(out)["city"]
    assert (city["resolved"], city["rate_percent"], city["below_threshold"]) == (0, None, None)
    assert len(findings(out)["wards"]) == 30


def test_running_twice_gives_the_same_bytes(motcua, data, tmp_path) -> None:
    for out in ("one", "two"):
        motcua("run", "2024-01", "--data", data, "--out", tmp_path / out, "--only", "findings")
    one, two = (
        {
            p.relative_to(tmp_path / o): p.read_bytes()
            for p in (tmp_path / o / "2024-01").rglob("*.*")
        }
        for o in ("one", "two")
    )
    assert one == two
    assert len(one) > 3


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        ([], "Lệnh sai"),
        (["runn", "2024-01"], "Có phải là 'run'?"),
        (["help", "runn"], "Có phải là 'run'?"),
        (["explain", "rate_percentt"], "Có phải là 'rate_percent'?"),
        (["run"], "Lệnh sai"),
        (["run", "2024-01", "--nope"], "Lệnh sai"),
        (["run", "01/2024"], "Có phải là 2024-01?"),
        (["run", "2024-1"], "Kỳ '2024-1' không hợp lệ"),
        (["run", "2024-13"], "Có phải là 2024-01?"),
        (["run", "2024-01..2024-13"], "Kỳ '2024-13' không hợp lệ"),
        (["run", "2024-01.."], "không hợp lệ"),
        (["run", "..2024-01"], "không hợp lệ"),
        (["run", "2024-02..2024-01"], "Dải kỳ '2024-02..2024-01' rỗng"),
        (["run", "2024-01", "--jobs", "0"], "--jobs 0: phải từ 1 trở lên"),
        (["run", "2024-01", "--jobs", "two"], "Lệnh sai"),
        (["run", "2024-01", "--only", "findngs"], "Có phải là 'findings'?"),
        (
            ["run", "2024-01", "--only", "xyz"],
            "Các phần: findings, report, letter, submission, annex, restricted, 01_ward_rates",
        ),
        (["run", "2024-01", "--params", "khong_co.yaml"], "Không tìm thấy tệp tham số"),
        (["run", "2024-01", "--data", "khong_co"], "Không có thư mục dữ liệu"),
        (["check", "khong_co.csv"], "Không có khong_co.csv"),
        (["verify", "khong_co"], "manifest.json"),
        (["sample", "x", "--per-month", "0"], "--per-month 0: phải từ 1 trở lên"),
    ],
    ids=lambda v: " ".join(v) if isinstance(v, list) else "",
)
def test_a_wrong_command_ends_with_2_and_a_message_on_stderr(
    motcua, tmp_path, monkeypatch, argv: list[str], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(run, "OUTPUTS", tmp_path / "outputs")
    told = motcua(*argv)
    assert (told.code, told.out) == (2, "")
    assert told.err.count("Lỗi: ") == 1
    assert message in told.err


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("treshold_percent: 95", "Có phải là 'threshold_percent'?"),
        ("threshold_percent: cao", "'threshold_percent' = 'cao' không hợp lệ"),
        ("threshold_percent: [", "không đúng cú pháp YAML"),
        ("- 97", "phải gồm các dòng `khóa: giá trị`"),
        ("period_start: 2024-02-01\nperiod_end: 2024-01-01", "Kỳ báo cáo sai"),
        ("columns: {ngay: Ngày}", "không có cột chuẩn 'ngay'"),
        ("units: khong_co.csv", "Không tìm thấy danh mục đơn vị"),
        ("columns: {due_at: Hạn chót}", None),  # added to the known headings
        ("date_format: '%Y-%m-%d'\nallow_uncovered: true", None),
    ],
)
def test_wrong_parameters_end_with_2_and_say_which(
    motcua, data, tmp_path, text: str, message: str | None
) -> None:
    (tmp_path / "p.yaml").write_text(text, "utf-8")
    argv = [
        "--data",
        data,
        "--out",
        tmp_path / "out",
        "--only",
        "findings",
        "--params",
        tmp_path / "p.yaml",
    ]
    told = motcua("run", "2024-01", *argv)
    assert told.code == (2 if message else 0)
    assert (message or "") in told.err


def test_a_failed_output_ends_with_1(motcua, monkeypatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RunError("Sổ tay 01 lỗi ở ô 3.")

    monkeypatch.setattr(run, "run_month", fail)
    told = motcua("run", "2024-01", "--data", ".")
    assert (told.code, told.out, told.err) == (1, "", "Lỗi: Sổ tay 01 lỗi ở ô 3.\n")


@pytest.mark.parametrize(
    ("error", "said", "code"),
    [(ValueError("x"), "ValueError", 1), (KeyboardInterrupt, "Đã dừng", 130)],
)
def test_an_unforeseen_error_and_ctrl_c_end_without_a_traceback(
    motcua, monkeypatch, error: BaseException, said: str, code: int
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(run, "run_month", fail)
    told = motcua("run", "2024-01", "--data", ".")
    assert told.code == code
    assert said in told.err


@pytest.mark.parametrize("error", [MemoryError(), type("OutOfMemoryException", (Exception,), {})()])
def test_a_lack_of_memory_ends_with_1_and_advice(motcua, monkeypatch, error) -> None:
    monkeypatch.setattr(run, "run_month", lambda *_, **__: (_ for _ in ()).throw(error))
    told = motcua("run", "2024-01", "--force")
    assert told.code == 1
    assert "MOTCUA_MEMORY" in told.err


def test_a_file_that_cannot_be_opened_ends_with_2(motcua, data, monkeypatch) -> None:
    path, opened = next((data / "dossiers").iterdir()), Path.open

    def refuse(file: Path, *rest, **more):
        if file == path:
            raise PermissionError(13, "Permission denied")
        return opened(file, *rest, **more)

    monkeypatch.setattr(Path, "open", refuse)
    told = motcua("check", data)
    assert told.code == 2
    assert f"Không mở được tệp {path}" in told.err


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"PYTHONIOENCODING": "ascii"}, b"dung duoc 2"),
        ({"PYTHONIOENCODING": "cp1252"}, "dùng duoc 2".encode("cp1252")),
        ({"LC_ALL": "C", "PYTHONUTF8": "0"}, b"dung duoc 2"),
        ({"PYTHONIOENCODING": "utf-8"}, "dùng được 2".encode()),
    ],
)
def test_a_terminal_of_any_encoding_can_read_what_is_said(tmp_path, variables, said) -> None:
    data = tmp_path / "dữ liệu"
    write_csv(data / "dossiers" / "hồ sơ 20240118.csv", [HEAD, record(), record("HS-2")])
    command = [sys.executable, "-m", "motcua", "check"]
    done = subprocess.run(
        [*command, data], capture_output=True, env=os.environ | variables, check=False
    )
    assert done.returncode == 0, done.stderr
    assert said in done.stdout
    refused = subprocess.run(
        [*command, data / "không có"], capture_output=True, env=os.environ | variables, check=False
    )
    assert refused.returncode == 2
    assert b"Error" not in refused.stderr


def test_the_installed_module_runs_as_a_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "motcua", "run", "2024-13"],
        capture_output=True,
        encoding="utf-8",
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("Lỗi: Kỳ '2024-13' không hợp lệ")


# check ----------------------------------------------------------------------------------------


def test_check_of_a_folder_tells_files_problems_and_the_sum(motcua, data) -> None:
    told = motcua("check", data)
    assert told.code == 0
    assert told.out.splitlines() == [
        "dossiers/a_20240118.csv [dossiers]: 2 dòng, dùng được 1, để riêng 1; "
        "ngày 18/01/2024 (theo tên tệp)",
        "  dossiers/a_20240118.csv dòng 3, cột 'Đơn vị tiếp nhận': 'P. Bến Nghé': "
        "Đơn vị không có trong danh mục; cần một đơn vị trong danh mục",
        "Cộng: đọc 2 = dùng 1 + để riêng 1 + trùng 0",
    ]


FEEDBACK = [
    ["Mã phản ánh", "Đơn vị bị phản ánh", "Ngày phản ánh"],
    ["PA-1", "Hố Nai", "02/01/2024"],
]


@pytest.mark.parametrize(
    ("rows", "kind"),
    [([HEAD, record()], "dossiers"), (FEEDBACK, "feedback")],
    ids=["dossiers", "feedback"],
)
def test_check_of_a_file_knows_its_kind_by_its_columns(
    motcua, tmp_path, rows: list, kind: str
) -> None:
    told = motcua("check", write_csv(tmp_path / "a.csv", rows))
    said = f"a.csv [{kind}]: 1 dòng, dùng được 1, để riêng 0; ngày "
    assert told.out.startswith(said)
    assert told.out.endswith(" (theo giờ tệp)\n")


def test_check_names_the_sheet_of_a_wrong_row(motcua, tmp_path) -> None:
    sheets = {"T1": [HEAD, record()], "T2": [HEAD, record(received="x")]}
    told = motcua("check", write_xlsx(tmp_path / "a.xlsx", sheets))
    assert "  a.xlsx, trang 2 dòng 2, cột 'Ngày tiếp nhận': 'x': " in told.out


def test_check_of_a_wrong_file_ends_with_2_and_its_headings(motcua, tmp_path) -> None:
    told = motcua("check", write_csv(tmp_path / "a.csv", [HEAD[:4], record()[:4]]))
    assert (told.code, told.out) == (2, "")
    assert "Thiếu cột bắt buộc trong a.csv: 'Ngày kết thúc xử lý' (closed_at)" in told.err
    assert "'Mã hồ sơ', 'Đơn vị tiếp nhận'" in told.err


def test_check_shows_twenty_problems_and_counts_the_rest(motcua, tmp_path) -> None:
    path = write_csv(tmp_path / "a.csv", [HEAD, *[record(ward="?")] * 25])
    lines = motcua("check", path).out.splitlines()
    assert len(lines) == 22
    assert lines[-1].startswith("  ... và 5 vấn đề khác")


def test_check_changes_nothing_beside_the_file(motcua, data, tmp_path) -> None:
    before = sorted(tmp_path.rglob("*"))
    motcua("check", data)
    assert sorted(tmp_path.rglob("*")) == before


# verify ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def month_of_findings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A published month (numbers and tables only): to be copied."""
    folder = tmp_path_factory.mktemp("verify")
    write_csv(folder / "data" / "dossiers" / "a_20240118.csv", ROWS)
    places = ["--data", str(folder / "data"), "--out", str(folder / "out")]
    with private_cache(folder / "own"):
        assert main(["run", "2024-01", *places, "--only", "findings"]) == 0
    return folder / "out" / "2024-01"


@pytest.fixture
def published(month_of_findings: Path, tmp_path: Path) -> Path:
    """A published month, to be spoilt."""
    return shutil.copytree(month_of_findings, tmp_path / "out" / "2024-01")


def test_verify_finds_nothing_in_a_month_as_published(motcua, published) -> None:
    told = motcua("verify", published)
    assert (told.code, told.err) == (0, "")
    assert "khớp manifest.json" in told.out


def test_verify_finds_a_changed_byte_a_missing_file_and_an_extra_file(motcua, published) -> None:
    file = published / "findings.json"
    content = bytearray(file.read_bytes())
    content[100] ^= 1
    file.write_bytes(content)
    (published / "rejected.csv").unlink()
    (published / "findings" / "ghi_chu.txt").write_text("x")
    told = motcua("verify", published)
    assert (told.code, told.out) == (1, "")
    assert told.err.splitlines() == [
        "thiếu tệp rejected.csv",
        "tệp lạ findings/ghi_chu.txt",
        "tệp findings.json đã bị sửa",
    ]


@pytest.mark.parametrize("content", [None, "", "{", "[]", '{"outputs": 1}'])
def test_verify_of_what_is_no_published_month_ends_with_2(
    motcua, published, content: str | None
) -> None:
    manifest = published / "manifest.json"
    manifest.unlink() if content is None else manifest.write_text(content)
    told = motcua("verify", published)
    assert (told.code, told.out) == (2, "")
    assert "manifest.json" in told.err


# For whoever begins, or asks ------------------------------------------------------------------


def test_help_is_a_command_too(capsys) -> None:
    shown = {"": "run        lập báo cáo", "pack": "Cách dùng: motcua pack [-h]"}
    for topic, line in shown.items():
        with pytest.raises(SystemExit) as ended:
            main(["help", *filter(None, [topic])])
        assert ended.value.code == 0
        assert line in capsys.readouterr().out


def test_explain_says_what_the_page_of_terms_says(motcua) -> None:
    for words, term in (
        (["rate"], "Tỷ lệ đúng hạn (rate_percent)"), (["late"], "Trễ hạn (late)"),
        (["below"], "Dưới ngưỡng (below_threshold)"), (["qua", "han"], "Quá hạn theo tuổi"),
    ):  # fmt: skip
        told = motcua("explain", *words)
        assert told.code == 0
        assert told.out.startswith(term)
    assert (
        "\n  Định nghĩa: chia ngày trễ theo ngày chuyển, method.md\n"
        in motcua("explain", "ward_days").out
    )
    assert "rate_percent: Tỷ lệ đúng hạn\n" in motcua("explain").out


def test_init_makes_an_office_that_runs_where_it_stands(motcua, tmp_path) -> None:
    folder = tmp_path / "UBND phường Hố Nai"
    assert motcua("init", folder).out == f"{folder / 'README.md'}\n"
    lines = (folder / "lich" / "motcua.cron").read_text("utf-8")
    assert f"cd '{folder}' && .venv/bin/motcua run" in lines
    script = (folder / "lich" / "motcua.ps1").read_bytes()
    assert script.startswith(b"\xef\xbb\xbf")  # without it PowerShell misreads the folder's name
    assert f"Set-Location '{folder}'".encode() in script
    assert "/opt/motcua" not in "".join(p.read_text("utf-8") for p in (folder / "lich").iterdir())
    again = motcua("init", folder)
    assert (again.code, again.out) == (2, "")
    assert "đã có và không trống" in again.err
    code = "from motcua.base.reference import ROOT; print(ROOT)"
    for here in (folder, folder / "data" / "raw"):  # who stands deeper in it stands in it, too
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=here, capture_output=True, encoding="utf-8"
        )
        assert done.stdout == f"{folder}\n"
    rows = [HEAD, record("HS-1", ward="Hố Nai"), record("HS-2", closed="12/01/2024")]
    write_csv(folder / "data" / "raw" / "dossiers" / "a_20240118.csv", rows)
    own = ["--data", folder / "data" / "raw", "--params", folder / "params" / "default.yaml"]
    told = motcua("run", "2024-01", *own, "--out", folder / "outputs", "--only", "findings")
    assert told.code == 0, told.err
    assert {ward["name"] for ward in findings(folder / "outputs")["wards"]} == {
        "Hố Nai",
        "Tân Biên",
    }


def test_paths_of_options_are_those_of_where_the_user_stands(
    motcua, data, tmp_path, monkeypatch
) -> None:
    monkeypatch.chdir(tmp_path)
    told = motcua("run", "2024-01", "--data", "data", "--out", "out", "--only", "findings")
    assert told.out == f"{tmp_path / 'out' / '2024-01' / 'findings.json'}\n"


def test_a_shell_completes_commands_and_options(tmp_path) -> None:
    def offered(line: str) -> set[str]:
        told = tmp_path / "told"
        asked = {"_ARGCOMPLETE": "1", "COMP_LINE": line, "COMP_POINT": str(len(line))}
        asked |= {"_ARGCOMPLETE_STDOUT_FILENAME": str(told), "_ARGCOMPLETE_IFS": "\n"}
        subprocess.run([sys.executable, "-m", "motcua"], env=os.environ | asked, check=False)
        return {word.strip() for word in told.read_text("utf-8").split("\n")}

    assert offered("motcua ver") == {"verify"}
    assert {"--data", "--engine"} <= offered("motcua run 2024-01 --")
    assert offered("motcua run 2024-01 --engine ") == {"warm", "plain"}
