"""An issued month is kept as the letter gave it, and what moves later is told."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import motcua
import pytest
from cases import late, on_time, write_dossiers
from motcua.base.errors import InputError
from motcua.chapters import quality as chapter
from motcua.cli import main
from motcua.measures.issued import issued
from motcua.measures.quality import issued_changes

AN_BINH = "26050"


pytestmark = pytest.mark.usefixtures("own_cache")


@pytest.fixture(scope="module")
def made(own_cache: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Data and outputs of one month: 30 dossiers on time, 2 late."""
    home = tmp_path_factory.mktemp("made")
    rows = [*on_time(30), *late(2)]
    write_dossiers(home / "data", rows, name="ho_so_20240118.csv")
    assert run(home) == 0
    return home


@pytest.fixture
def city(made: Path, tmp_path: Path) -> Path:
    """A copy of the data and the outputs, which a test may change."""
    return shutil.copytree(made, tmp_path / "city")


def run(city: Path, month: str = "2024-01") -> int:
    places = ["--data", str(city / "data"), "--out", str(city / "out")]
    return main(["run", month, *places, "--only", "findings"])


def issue(city: Path, *options: str) -> int:
    return main(["issue", "2024-01", "--out", str(city / "out"), *options])


def record(city: Path) -> Path:
    return city / "out" / "ban-hanh" / "2024-01.json"


def test_the_figures_and_the_letter_are_recorded(city: Path) -> None:
    assert issue(city, "--number", "1522/UBND-THNC", "--date", "24/01/2024") == 0
    kept = json.loads(record(city).read_text("utf-8"))
    assert (kept["number"], kept["date"], kept["city"]["late"]) == (
        "1522/UBND-THNC",
        "2024-01-24",
        2,
    )
    [ward] = [ward for ward in kept["wards"] if ward["code"] == AN_BINH]
    assert (ward["resolved"], ward["rate_percent"]) == (32, 93.75)
    assert kept["lists"]["below_threshold"] == [AN_BINH]
    month = motcua.load("2024-01", data=city / "data")
    told = issued(month, city / "out" / "ban-hanh")
    assert told.reference == "số 1522/UBND-THNC, ngày 24/01/2024"


def test_the_same_record_again_has_the_same_bytes(city: Path) -> None:
    assert issue(city, "--number", "1522") == 0
    before = record(city).read_bytes()
    assert issue(city, "--number", "1522") == 0
    assert record(city).read_bytes() == before


def test_another_record_is_refused_unless_it_is_forced(
    city: Path, capsys: pytest.CaptureFixture
) -> None:
    assert issue(city, "--number", "1522") == 0
    assert issue(city, "--number", "1523") == 2
    assert "đã được ghi nhận ban hành (số 1522)" in capsys.readouterr().err
    assert issue(city, "--number", "1523", "--force") == 0
    assert json.loads(record(city).read_text("utf-8"))["number"] == "1523"


def test_outputs_that_somebody_touched_are_not_issued(
    city: Path, capsys: pytest.CaptureFixture
) -> None:
    with (city / "out" / "2024-01" / "findings.json").open("a") as stream:
        stream.write(" ")
    assert issue(city) == 1
    assert "không khớp manifest.json (tệp findings.json đã bị sửa)" in capsys.readouterr().err
    assert not record(city).exists()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--number", "một"], "--number một: phải là số của công văn"),
        (["--number", "15/UBND, ngày 3"], "--number 15/UBND, ngày 3: phải là số của công văn"),
        (["--date", "32/01/2024"], "--date 32/01/2024: phải là một ngày"),
    ],
)
def test_a_number_or_date_that_is_none_is_refused(
    city: Path, options: list[str], told: str, capsys: pytest.CaptureFixture
) -> None:
    assert issue(city, *options) == 2
    assert told in capsys.readouterr().err


def test_a_month_that_was_never_run_cannot_be_issued(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    assert main(["issue", "2024-01", "--out", str(tmp_path)]) == 2
    assert "Chưa có kết quả tháng 2024-01" in capsys.readouterr().err


def test_nothing_has_moved_while_the_data_are_the_same(city: Path) -> None:
    assert issue(city) == 0
    month = motcua.load("2024-01", data=city / "data")
    assert issued_changes(month, record(city).parent).empty
    assert "vẫn như lúc ban hành" in chapter.issued_reading(month, record(city).parent)


@pytest.mark.parametrize("later", ["2024-01", "2024-02"])
def test_a_later_export_that_changes_an_issued_month_is_told(city: Path, later: str) -> None:
    assert issue(city, "--number", "1522") == 0
    mended = [row | {"closed_at": "2024-01-05"} for row in late(2)]
    write_dossiers(city / "data", mended, name="ho_so_20240218.csv")
    month = motcua.load(later, data=city / "data")
    moved = issued_changes(month, record(city).parent)
    told = {(row.code, row.measure): (row.issued, row.now) for row in moved.itertuples(index=False)}
    assert told[AN_BINH, "late"] == (2, 0)
    assert told["", "rate_percent"] == (93.75, 100)
    assert told[AN_BINH, "list:below_threshold"] == (1, 0)
    assert set(moved["month"]) == {"2024-01"}
    words = chapter.issued_reading(month, record(city).parent)
    assert "93,75%, nay 100,00%" in words
    table = chapter.issued_table(month, record(city).parent)
    assert ["An Bình", "01/2024", "Trễ hạn", "2", "0"] in table.rows


def test_months_issued_before_those_looked_back_on_are_not_compared(city: Path) -> None:
    assert issue(city) == 0
    mended = [row | {"closed_at": "2024-01-05"} for row in late(2)]
    write_dossiers(city / "data", mended, name="ho_so_20240218.csv")
    folder = record(city).parent
    some, none = (motcua.load("2024-02", city / "data", history_months=n) for n in (2, 1))
    assert (issued_changes(some, folder).empty, issued_changes(none, folder).empty) == (False, True)
    assert "trong các tháng xem lại" in chapter.issued_reading(none, folder)


def test_a_month_is_made_again_when_it_or_an_earlier_one_is_issued(
    city: Path, capsys: pytest.CaptureFixture
) -> None:
    made = (city / "out" / "2024-01" / "manifest.json").read_bytes()
    assert issue(city) == 0
    assert run(city) == 0
    manifest = json.loads((city / "out" / "2024-01" / "manifest.json").read_text("utf-8"))
    assert list(manifest["issued"]) == ["2024-01.json"]
    assert json.loads(made)["issued"] == {}


def test_a_record_that_cannot_be_read_is_named(city: Path) -> None:
    assert issue(city) == 0
    record(city).write_text("{", "utf-8")
    month = motcua.load("2024-01", data=city / "data")
    with pytest.raises(InputError, match=r"ban-hanh/2024-01\.json"):
        issued_changes(month, record(city).parent)
