"""Hand-over packages: what is in each, who may read it, and when none is made."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from pathlib import Path

import pytest
from exports import HEAD, private_cache, record, write_csv
from motcua.cli import main
from motcua.machine.files import read_manifest, write_manifest
from motcua.running import pack, run

DOSSIER = "H19.12-240102-0001"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Folder of outputs with a small month in which only findings, letter and annex were made."""
    home = tmp_path_factory.mktemp("city")
    write_csv(home / "data" / "dossiers" / "a_20240118.csv", [HEAD, record(closed="12/01/2024")])
    with private_cache(tmp_path_factory.mktemp("own")):
        places = ["--data", str(home / "data"), "--out", str(home / "out")]
        assert main(["run", "2024-01", *places, "--only", "letter", "--only", "annex"]) == 0
    return home / "out"


@pytest.fixture
def out(made, tmp_path):
    """A copy of the month, told to be whole, with a ward sheet and a restricted annex."""
    for path in (p for p in made.rglob("*") if p.is_file()):
        copy = tmp_path / "out" / path.relative_to(made)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    month = tmp_path / "out" / "2024-01"
    write(month / "report.html", "<p>Báo cáo</p>")
    write(month / "wards" / "26050.html", f"<p>{DOSSIER}</p>")
    write(month / "bao-cao.docx", "Báo cáo")
    write(month / "phieu" / "An Bình - phieu nhac 01-2024.docx", DOSSIER)
    write(month / "phieu" / "An Bình Tân - phieu nhac 01-2024.docx", "của một đơn vị khác")
    write(month / "han-che" / "tai-pham.xlsx", DOSSIER)
    seal(month)
    return tmp_path / "out"


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def seal(month: Path, **more) -> None:
    """Write the manifest again, as a whole run would."""
    facts = {
        k: v for k, v in read_manifest(month).items() if k not in ("outputs", "manifest_sha256")
    }
    write_manifest(month, {**facts, "parts": list(run.PARTS), **more})


def opened(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as package:
        return {name: package.read(name) for name in package.namelist()}


def pack_of(out: Path) -> int:
    return main(["pack", "2024-01", "--out", str(out)])


def test_each_reader_gets_what_is_for_him(out, capsys):
    assert pack_of(out) == 0
    told = capsys.readouterr().out.splitlines()
    assert [line.rpartition("/goi/")[2] for line in told] == [
        "2024-01-lanh-dao.zip", "2024-01-noi-vu.zip", "2024-01-may.zip",
        "2024-01-don-vi/An Bình.zip",
    ]  # fmt: skip
    goi = out / "goi"
    assert set(opened(goi / "2024-01-lanh-dao.zip")) == {
        "README.txt", "report.html", "bao-cao.docx", "cong-van.docx", "phu-luc.xlsx",
        "phu-luc.pdf",
    }  # fmt: skip
    assert set(opened(goi / "2024-01-noi-vu.zip")) == {
        "README.txt", "manifest.json", "han-che/tai-pham.xlsx", "rejected.csv",
        "findings/followup.csv", "findings/ranking.csv", "findings/apologies.csv",
    }  # fmt: skip
    assert set(opened(goi / "2024-01-may.zip")) == {
        "README.txt", "manifest.json", "findings.json",
        "findings/datapackage.json",
        *(f"findings/{p.name}" for p in (out / "2024-01" / "findings").glob("*.csv")),
    }  # fmt: skip
    assert set(opened(goi / "2024-01-don-vi" / "An Bình.zip")) == {
        "README.txt", "wards/26050.html", "phieu/An Bình - phieu nhac 01-2024.docx",
    }  # fmt: skip


def test_a_package_says_in_a_few_lines_whose_it_is_and_who_may_read_it(out):
    assert pack_of(out) == 0
    restricted = opened(out / "goi" / "2024-01-noi-vu.zip")["README.txt"].decode("utf-8-sig")
    assert restricted.startswith("GÓI GỬI PHÒNG NỘI VỤ - HẠN CHẾ\r\n")
    assert "tháng 01/2024 (kỳ 15/12/2023 - 14/01/2024)" in restricted
    assert "CHỈ dành cho: Phòng Nội vụ" in restricted
    own = opened(out / "goi" / "2024-01-don-vi" / "An Bình.zip")["README.txt"].decode("utf-8-sig")
    assert own.startswith("GÓI GỬI ĐƠN VỊ - NỘI BỘ: AN BÌNH\r\n")
    assert len(restricted.splitlines()) == len(own.splitlines()) == 5


def test_packages_hold_hashes_of_all_their_files(out):
    assert pack_of(out) == 0
    for name in ("noi-vu", "may"):
        files = opened(out / "goi" / f"2024-01-{name}.zip")
        listed = json.loads(files.pop("manifest.json"))
        assert listed["files"] == {n: hashlib.sha256(c).hexdigest() for n, c in files.items()}
        month = (out / "2024-01" / "manifest.json").read_bytes()
        assert listed["month_manifest_sha256"] == hashlib.sha256(month).hexdigest()


def test_packages_have_the_same_bytes_each_time(out):
    assert pack_of(out) == 0
    before = {p: p.read_bytes() for p in (out / "goi").rglob("*.zip")}
    assert pack_of(out) == 0
    assert {p: p.read_bytes() for p in (out / "goi").rglob("*.zip")} == before
    for content in before.values():
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            assert {i.date_time for i in package.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_a_table_of_single_dossiers_stays_out_of_the_package_for_programs(out):
    month = out / "2024-01"
    write(month / "findings" / "late_dossiers.csv", f"dossier_id\n{DOSSIER}\n")
    described = json.loads((month / "findings" / "datapackage.json").read_text("utf-8"))
    described["resources"].append(
        {"path": "late_dossiers.csv", "schema": {"fields": [{"name": "dossier_id"}]}}
    )
    write(month / "findings" / "datapackage.json", json.dumps(described))
    seal(month)
    assert pack_of(out) == 0
    files = opened(out / "goi" / "2024-01-may.zip")
    assert "findings/late_dossiers.csv" not in files
    assert DOSSIER.encode() not in files["findings/datapackage.json"]
    assert b"late_dossiers" not in files["findings/datapackage.json"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            f"hồ sơ {DOSSIER}",
            "Không đóng gói: phần không nêu hồ sơ còn mã hồ sơ trong report.html.",
        ),
        ("gọi 0912 345 678", "report.html: số điện thoại"),
    ],
    ids=["a dossier", "a telephone number"],
)
def test_a_leak_in_the_leaderships_package_stops_both(out, capsys, text, told):
    write(out / "2024-01" / "report.html", f"<p>{text}</p>")
    seal(out / "2024-01")
    assert pack_of(out) == 1
    assert told in capsys.readouterr().err
    assert not (out / "goi").exists()


def test_a_month_that_was_not_made_is_not_packed(tmp_path, capsys):
    assert pack_of(tmp_path) == 2
    assert "Chưa có kết quả của tháng 2024-01" in capsys.readouterr().err


def test_a_month_that_is_not_whole_is_not_packed(made, capsys):
    assert pack_of(made) == 2
    told = capsys.readouterr().err
    assert "chưa đủ để đóng gói, còn thiếu: report, " in told
    assert "Hãy chạy: motcua run 2024-01" in told
    assert "letter" not in told


def test_a_month_that_was_changed_is_not_packed(out, capsys):
    write(out / "2024-01" / "report.html", "khác")
    assert pack_of(out) == 1
    assert "tệp report.html đã bị sửa" in capsys.readouterr().err
    assert not (out / "goi").exists()


def test_packing_leaves_the_month_and_the_folder_clean(out):
    before = read_manifest(out / "2024-01")
    assert pack_of(out) == 0
    assert read_manifest(out / "2024-01") == before
    assert sorted(p.name for p in (out / "goi").iterdir()) == [
        "2024-01-don-vi", "2024-01-lanh-dao.zip", "2024-01-may.zip", "2024-01-noi-vu.zip",
    ]  # fmt: skip
    assert pack.FOLDER == "goi"
