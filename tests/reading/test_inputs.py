"""A folder of exports becomes one version of each dossier; every row is accounted for."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import unicodedata
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from exports import HEAD, LOAD, private_cache, record, whole_machine, write_csv, write_xlsx
from hypothesis import given, settings
from hypothesis import strategies as st
from motcua.base.errors import InputError, MissingColumns
from motcua.base.params import Params
from motcua.base.reference import KINDS, REQUIRED
from motcua.cli import main
from motcua.reading.exports import dated
from motcua.reading.headings import label_of
from motcua.reading.inputs import Inputs, load_inputs, quality_of
from motcua.reading.store import local_key, read_key


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Cache and key of this test alone."""
    folder = tmp_path_factory.mktemp("own")
    with private_cache(folder):
        yield folder


def dossiers(data: Path, name: str, *rows: list, head: list = HEAD) -> Path:
    return write_csv(data / "dossiers" / name, [head, *rows])


def closed(inputs: Inputs) -> dict[str, str]:
    """Dossier number -> closing day, of the version that counts."""
    rows = inputs.con.execute(
        "select dossier_id, closed_at::date::varchar from dossiers"
    ).fetchall()
    return dict(rows)


def counts(inputs: Inputs) -> tuple[int, int, int, int]:
    quality = quality_of(inputs)
    return tuple(quality[k] for k in ("rows_read", "rows_kept", "rows_set_aside", "duplicates"))


# Nothing disappears ---------------------------------------------------------------------------

NUMBERS = st.sampled_from(["HS-1", "HS-2", "HS-3", "HS-4", "", "-"])
WARDS = st.sampled_from(["Tân Biên", "UBND P. Hố Nai", "TÂN HOÀ", "Bến Nghé", ""])
DAYS = st.sampled_from(["02/01/2024", "2024-01-10", "45305", "01/25/2024", "31/02/2024", "x", ""])
RECORDS = st.tuples(NUMBERS, WARDS, DAYS, DAYS, DAYS).map(list)
FURNITURE = st.sampled_from(
    [
        ["A", "B", "(1)", "(2)=1+3", "(3)"],
        ["Xã, phường, thị trấn"],
        HEAD,
        [],
        ["Tổng cộng", "", "9"],
    ]
)
FILES = st.lists(
    st.lists(st.one_of(RECORDS, RECORDS, FURNITURE), max_size=8), min_size=1, max_size=2
)
DATES = {
    "02/01/2024": date(2024, 1, 2),
    "2024-01-10": date(2024, 1, 10),
    "45305": date(2024, 1, 14),
}


def is_record(row: list) -> bool:
    """Whether a generated row is a dossier's: neither furniture nor blank."""
    blank = not any(cell not in ("", "-") for cell in row)
    return len(row) == 5 and not blank and row != HEAD and row[0] != "A"


def is_good(row: list) -> bool:
    number, ward, received, due, done = row
    if number in ("", "-") or ward in ("Bến Nghé", "") or received not in DATES:
        return False
    if not {due, done} <= {*DATES, ""}:
        return False
    return not done or DATES[done] >= DATES[received]


@settings(max_examples=25, deadline=None)
@given(FILES)
def test_every_row_read_is_kept_set_aside_or_a_duplicate(
    tmp_path_factory: pytest.TempPathFactory, files: list[list[list]]
) -> None:
    data = tmp_path_factory.mktemp("data")
    for i, rows in enumerate(files):
        dossiers(data, f"t{i}.csv", *rows)
    records = [row for rows in files for row in rows if is_record(row)]
    good = [row for row in records if is_good(row)]
    kept = len({row[0] for row in good})
    inputs = load_inputs(data, Params())
    assert counts(inputs) == (len(records), kept, len(records) - len(good), len(good) - kept)
    quality = quality_of(inputs)
    assert sum(quality["problems"].values()) == quality["rows_set_aside"]


def test_wrong_rows_in_two_sheets_at_the_same_place_are_two(tmp_path: Path) -> None:
    wrong = [HEAD, record(ward="Bến Nghé")]
    write_xlsx(tmp_path / "dossiers" / "a.xlsx", {"T1": wrong, "T2": wrong})
    inputs = load_inputs(tmp_path, Params())
    assert quality_of(inputs)["problems"] == {"unknown_ward": 2}
    assert inputs.problems["file"].tolist() == [
        "dossiers/a.xlsx, trang 1",
        "dossiers/a.xlsx, trang 2",
    ]


def test_problems_tell_file_row_column_value_and_reason(tmp_path: Path) -> None:
    dossiers(tmp_path, "a.csv", record(), record("HS-2", received="01/25/2024"))
    inputs = load_inputs(tmp_path, Params())
    (problem,) = inputs.problems.to_dict("records")
    placed = {"hint": "", "ward": "Tân Biên", "received_at": "", "closed_at": "2024-01-09"}
    placed["exported_at"] = inputs.sources[0].exported_at
    assert problem == placed | {
        "kind": "dossiers", "file": "dossiers/a.csv", "row": 3, "column": "Ngày tiếp nhận",
        "value": "01/25/2024", "reason": "bad_date", "n": 1,
    }  # fmt: skip


# One version of each dossier ------------------------------------------------------------------


def two_exports(data: Path, first: str, second: str) -> None:
    dossiers(data, first, record(closed="09/01/2024"))
    dossiers(data, second, record(closed="10/01/2024"))


@pytest.mark.parametrize(
    ("first", "second", "winner"),
    [
        ("z_20240115.csv", "a_20240118.csv", "2024-01-10"),
        ("a_20240118.csv", "z_20240115.csv", "2024-01-09"),
        ("z_15-01-2024.csv", "a_18-01-2024.csv", "2024-01-10"),
        ("z_20240115093000.csv", "a_20240118093000.csv", "2024-01-10"),
        ("z_2023-12.csv", "a_2024-01.csv", "2024-01-10"),
        ("2023-12-15_2024-01-14.csv", "2023-11-15_2023-12-14.csv", "2024-01-09"),
        ("a_20240118.csv", "b_20240118.csv", "2024-01-10"),
    ],
)
def test_the_newest_export_by_the_date_in_its_name_wins_and_ties_go_by_name(
    tmp_path: Path, first: str, second: str, winner: str
) -> None:
    two_exports(tmp_path, first, second)
    inputs = load_inputs(tmp_path, Params())
    assert closed(inputs) == {"HS-001": winner}
    assert counts(inputs) == (2, 1, 0, 1)


def test_exported_at_in_params_wins_over_the_name(tmp_path: Path) -> None:
    two_exports(tmp_path, "a_20240115.csv", "b_20240118.csv")
    told = {"a_20240115.csv": date(2024, 1, 20)}
    assert closed(load_inputs(tmp_path, Params(exported_at=told))) == {"HS-001": "2024-01-09"}


@pytest.mark.parametrize(("older", "newer"), [(0, 86_400 * 3), (0, 60)], ids=["days", "a minute"])
def test_without_any_date_the_file_time_decides(tmp_path: Path, older: int, newer: int) -> None:
    two_exports(tmp_path, "a.csv", "b.csv")
    noon = 1_705_294_800
    os.utime(tmp_path / "dossiers" / "a.csv", (noon + newer,) * 2)
    os.utime(tmp_path / "dossiers" / "b.csv", (noon + older,) * 2)
    assert closed(load_inputs(tmp_path, Params())) == {"HS-001": "2024-01-09"}


def test_in_one_export_the_last_row_of_a_dossier_counts(tmp_path: Path) -> None:
    sheets = {
        "T12": [HEAD, record(closed="12/01/2024"), record(closed="11/01/2024")],
        "T1": [HEAD, record(closed="09/01/2024")],
    }
    write_xlsx(tmp_path / "dossiers" / "a.xlsx", sheets)
    inputs = load_inputs(tmp_path, Params())
    assert closed(inputs) == {"HS-001": "2024-01-09"}
    assert counts(inputs) == (3, 1, 0, 2)


def test_a_newer_row_that_is_wrong_does_not_hide_the_older_good_one(tmp_path: Path) -> None:
    dossiers(tmp_path, "a_20240115.csv", record())
    dossiers(tmp_path, "b_20240118.csv", record(closed="31/02/2024"))
    inputs = load_inputs(tmp_path, Params())
    assert closed(inputs) == {"HS-001": "2024-01-09"}
    assert counts(inputs) == (2, 1, 1, 0)


def test_the_same_content_in_two_files_counts_once(tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        dossiers(tmp_path, name, record("HS-1"), record("HS-2"))
    inputs = load_inputs(tmp_path, Params())
    assert counts(inputs) == (4, 2, 0, 2)
    assert [source.rows for source in inputs.sources] == [2, 2]


def test_feedback_without_a_number_in_two_equal_files_counts_once(tmp_path: Path) -> None:
    dossiers(tmp_path, "a.csv", record())
    load_inputs(tmp_path, Params())
    head = ["Đơn vị", "Ngày phản ánh", "Loại phản ánh"]
    for name in ("a.csv", "b.csv"):
        write_csv(tmp_path / "feedback" / name, [head, ["Hố Nai", "02/01/2024", "Chậm trễ"]])
    assert len(load_inputs(tmp_path, Params()).table("feedback")) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_an_export_with_a_header_and_no_rows_is_read(tmp_path: Path, kind: str) -> None:
    dossiers(tmp_path, "a.csv")
    head = [label_of(kind, column) for column in REQUIRED[kind]]
    write_csv(tmp_path / kind / "trong.csv", [head])
    assert counts(load_inputs(tmp_path, Params())) == (0, 0, 0, 0)


def test_a_date_in_a_longer_number_of_a_name_is_no_export_date(tmp_path: Path) -> None:
    path = dossiers(tmp_path, "ho_so_1202401189.csv", record())
    os.utime(path, (1_705_294_800,) * 2)
    assert dated(path, Params()).day == date(2024, 1, 15)


# The cache ------------------------------------------------------------------------------------


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the files that are read anew."""
    names, read = [], LOAD.read_export

    def read_and_note(path: Path, *rest: object) -> object:
        names.append(path.name)
        return read(path, *rest)

    monkeypatch.setattr(LOAD, "read_export", read_and_note)
    return names


def test_a_second_reading_comes_from_the_cache_and_is_the_same(
    tmp_path: Path, reads: list[str]
) -> None:
    dossiers(tmp_path, "a.csv", record(), record("HS-2", ward="?"))
    first, second = (load_inputs(tmp_path, Params()) for _ in range(2))
    assert reads == ["a.csv"]
    assert first.sources == second.sources
    assert first.problems.equals(second.problems)
    assert first.table("dossiers").fetchall() == second.table("dossiers").fetchall()


@pytest.mark.parametrize(
    ("change", "again"),
    [
        (lambda data: {"columns": {"due_at": "Ngày hẹn trả"}}, True),
        (lambda data: {"date_format": "%d/%m/%Y"}, True),
        (lambda data: {"statuses": {"withdrawn": ["Hủy"]}}, True),
        (lambda data: {"units": "from_data"}, True),
        (lambda data: {"threshold_percent": 95}, False),
        (lambda data: dossiers(data, "a.csv", record("HS-2")) and {}, True),
        (lambda data: os.utime(data / "dossiers" / "a.csv", (1, 1)) or {}, False),
    ],
    ids=["columns", "date_format", "statuses", "units", "threshold", "content", "file time"],
)
def test_only_what_shapes_the_reading_makes_it_read_again(
    tmp_path: Path, reads: list[str], change: Callable[[Path], dict], again: bool
) -> None:
    dossiers(tmp_path, "a.csv", record())
    load_inputs(tmp_path, Params())
    load_inputs(tmp_path, Params(**change(tmp_path)))
    assert len(reads) == 1 + again


@pytest.mark.parametrize("result", ["08/01/2024", "01/01/2024"], ids=["alike", "set aside"])
def test_another_completion_event_is_not_read_anew_and_has_its_own_rows(
    tmp_path: Path, reads: list[str], result: str
) -> None:
    rows = [[*record("HS-1"), "05/01/2024"], [*record("HS-2"), result]]
    write_csv(tmp_path / "dossiers" / "a.csv", [[*HEAD, "Ngày có kết quả"], *rows])
    first = load_inputs(tmp_path, Params())
    switched = load_inputs(tmp_path, Params(completion_event="result"), like=first)
    assert reads == ["a.csv"]
    is_early = result == "01/01/2024"  # received on the second
    assert (switched is first) == (not is_early)
    kept = {"HS-1": "2024-01-09"} | ({} if is_early else {"HS-2": "2024-01-09"})
    assert closed(switched) == kept
    told = switched.problems[["row", "column", "value", "reason"]].to_numpy().tolist()
    early = [3, "Ngày có kết quả", "01/01/2024", "completion_before_received"]
    assert told == ([early] if is_early else [])


@pytest.mark.parametrize("place", range(len(HEAD)))
def test_a_file_without_a_needed_column_is_refused_by_its_name(tmp_path: Path, place: int) -> None:
    rows = [row[:place] + row[place + 1 :] for row in ([*HEAD], record())]
    write_csv(tmp_path / "dossiers" / "a.csv", rows)
    with pytest.raises(MissingColumns) as error:
        load_inputs(tmp_path, Params())
    assert REQUIRED["dossiers"][place] in str(error.value)


def test_a_file_without_the_date_of_another_event_is_refused_as_ever(tmp_path: Path) -> None:
    dossiers(tmp_path, "a.csv", record())
    load_inputs(tmp_path, Params())
    with pytest.raises(MissingColumns, match="result_at"):
        load_inputs(tmp_path, Params(completion_event="result"))


@whole_machine()
def test_several_new_files_are_read_in_parallel_with_the_same_result(tmp_path: Path) -> None:
    for i in range(3):
        dossiers(tmp_path, f"t{i}.csv", record(f"HS-{i}"))
    told: list[str] = []
    inputs = load_inputs(tmp_path, Params(), told.append)
    assert closed(inputs) == dict.fromkeys(["HS-0", "HS-1", "HS-2"], "2024-01-09")
    assert sorted(told) == ["t0.csv", "t1.csv", "t2.csv"]


def test_reading_again_after_an_interrupted_write_is_whole(tmp_path: Path, own_cache: Path) -> None:
    dossiers(tmp_path, "a.csv", record())
    load_inputs(tmp_path, Params())
    (parquet,) = (own_cache / "cache").glob("dossiers-*.parquet")
    parquet.rename(parquet.with_suffix(".123"))
    assert counts(load_inputs(tmp_path, Params())) == (1, 1, 0, 0)


@pytest.mark.parametrize("way", ["a file", "standard input"])
def test_a_script_without_a_guard_reads_in_silence(tmp_path: Path, way: str) -> None:
    for day in range(14, 18):
        dossiers(tmp_path, f"a_202401{day}.csv", record(f"HS-{day}"))
    code = (
        "from pathlib import Path\n"
        "from motcua.base.params import Params\n"
        "from motcua.reading import inputs\n"
        f"print(inputs.load_inputs(Path({str(tmp_path)!r}), Params()).n_dossiers)\n"
    )
    script = tmp_path / "mine.py"
    script.write_text(code, "utf-8")
    command = [sys.executable, str(script) if way == "a file" else "-"]
    told = subprocess.run(command, input=code, capture_output=True, text=True, check=True)
    assert (told.stdout.strip(), told.stderr) == ("4", "")


# Officials ------------------------------------------------------------------------------------


def official_code(data: Path) -> str:
    return load_inputs(data, Params()).con.execute("select official from dossiers").fetchone()[0]


def test_officials_have_the_same_code_under_one_key_and_another_under_another(
    tmp_path: Path, own_cache: Path
) -> None:
    head = [*HEAD, "Người tiếp nhận"]
    dossiers(tmp_path, "a.csv", [*record(), "Lê Thị Chín"], head=head)
    first = official_code(tmp_path)
    dossiers(tmp_path, "a.csv", [*record("HS-2"), "LÊ THỊ CHÍN"], head=head)
    assert official_code(tmp_path) == first
    (own_cache / "cache" / "official.key").unlink()
    read_key.cache_clear()
    assert official_code(tmp_path) != first


def test_the_key_is_for_its_owner_alone(own_cache: Path) -> None:
    assert len(local_key()) == 32
    assert (own_cache / "cache" / "official.key").stat().st_mode & 0o077 == 0


# Personal data --------------------------------------------------------------------------------

PLANTED = {
    "Chủ hồ sơ": "Nguyễn Văn Zũng",
    "Số điện thoại": "0987123456",
    "CCCD/CMND": "075190123456",
    "Email": "zung.nguyen@thu-dien-tu.vn",
    "Địa chỉ": "12/3 hẻm Zích Zắc, KP5",
    "Ghi chú": "anh Zũng hẹn chiều",
    "Người tiếp nhận": "Lê Thị Zuyên",
}
TRACES = ("Zũng", "987123456", "075190123456", "75190123456", "zung.nguyen", "Zích", "Zuyên")


FILE_OF_A_PERSON = "Le Thi Zoan - ho so 20240118.csv"


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with exports that name persons in cells, headings and a file name, and with a run."""
    folder = tmp_path_factory.mktemp("people")
    data, person = folder / "data", list(PLANTED.values())
    title = [["Người xuất: Nguyễn Văn Zũng, 0987123456"], []]
    rows = [
        [*record("HS-1", closed="12/01/2024"), *person],
        [*record("HS-2", ward="Bến Nghé"), *person],
        [*record("HS-3", received="01/25/2024"), *person],
        [*record("HS-4")[:4], *[None] * 8, *person],
    ]
    head = [*HEAD, *PLANTED]
    write_xlsx(data / "dossiers" / "a_20240118.xlsx", [*title, head, *rows])
    write_csv(data / "dossiers" / "b_20240118.csv", [*title, head, *rows[:-1]])
    head = [*HEAD, "Trần Văn Zoan phụ trách"]
    rows = [[*record("HS-1", closed="12/01/2024"), "x"], [*record("HS-2", ward="Bến Nghé"), "x"]]
    dossiers(data, FILE_OF_A_PERSON, *rows, head=head)
    head = [
        "Mã phản ánh",
        "Đơn vị bị phản ánh",
        "Ngày phản ánh",
        "Nội dung phản ánh",
        "Người phản ánh",
    ]
    row = ["PA-1", "Tân Biên", "02/01/2024", "Ông Zũng 0987123456 chờ lâu", "Nguyễn Văn Zũng"]
    write_csv(data / "feedback" / "p.csv", [head, row])
    arguments = ["--data", str(data), "--out", str(folder / "out"), "--only", "findings"]
    with private_cache(folder):
        assert main(["run", "2024-01", *arguments, "--only", "06_data_quality"]) == 0
    return folder


def test_no_personal_data_reaches_the_cache_or_an_output(people: Path) -> None:
    found = json.loads((people / "out" / "2024-01" / "findings.json").read_text("utf-8"))
    assert found["quality"]["rows_set_aside"] == 5
    folders = people / "out", people / "cache"
    written = [p for folder in folders for p in folder.rglob("*") if p.is_file()]
    assert {p.suffix for p in written} >= {".parquet", ".json", ".csv", ".ipynb"}
    for path in written:
        text = _everything_in(path)
        assert [trace for trace in TRACES if trace in text] == [], path.name


def test_a_person_in_a_file_name_or_a_heading_is_told_to_the_analyst_alone(
    people: Path, capsys: pytest.CaptureFixture
) -> None:
    assert main(["check", str(people / "data")]) == 0
    assert FILE_OF_A_PERSON in capsys.readouterr().out
    written = [p for p in (people / "out" / "2024-01").rglob("*") if p.is_file()]
    texts = "\n".join(p.read_text("utf-8") for p in written)
    assert "dossiers/… - ho so 20240118.csv" in texts
    assert "Zoan" not in texts


def _everything_in(path: Path) -> str:
    """Text of a file; of a Parquet file also its unpacked values and metadata."""
    text = path.read_bytes().decode("utf-8", "ignore")
    if path.suffix == ".parquet":
        table = pq.read_table(path)
        text += f"{table.schema.metadata} {table.to_pylist()}"
        text += (table.schema.metadata or {}).get(b"motcua", b"").decode()
    return text + (
        json.dumps(json.loads(text), ensure_ascii=False) if path.suffix == ".ipynb" else ""
    )


# Wrong input ----------------------------------------------------------------------------------

OLE = bytes.fromhex("D0CF11E0A1B11AE1")
BAD_FILES = {
    "rong.csv": (b"", "rong.csv rỗng"),
    "rong.xlsx": (b"", "rong.xlsx rỗng"),
    "cat.xlsx": (None, "Không đọc được cat.xlsx"),
    "html.xls": (
        b"<html><table><tr><td>M\xc3\xa3</td></tr></table></html>",
        "Không thấy dòng tiêu đề trong html.xls",
    ),
    "khoa.xlsx": (OLE + bytes(4096), "Không đọc được khoa.xlsx"),
    "hong.xls": (OLE + bytes(4096), "Không đọc được hong.xls"),
    "hong.csv.gz": (b"\x1f\x8b\x08\x00 hong", "Không giải nén được hong.csv.gz"),
    "gia.csv.gz": ("Mã hồ sơ".encode(), "Không thấy dòng tiêu đề trong gia.csv.gz"),
    "hong.parquet": (b"PAR1 hong PAR1", "Không đọc được hong.parquet"),
    "anh.csv": (b"\x89PNG\r\n\x1a\n\xd2\xff\xfe\xd2" * 40, "anh.csv"),
    "le.csv": (b"\xff\xfeM\x00\xe3", "Không đọc được le.csv"),
    "trang.csv": (b"\n\n , \n", "Không thấy dòng tiêu đề trong trang.csv"),
    "thieu.csv": ("Mã hồ sơ,Đơn vị\n1,2\n".encode(), "Thiếu cột bắt buộc trong thieu.csv"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_file_that_cannot_be_read_stops_with_one_clear_message(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    content, message = BAD_FILES[name]
    path = tmp_path / "data" / "dossiers" / name
    if content is None:
        content = write_xlsx(path, [HEAD, record()]).read_bytes()[:2000]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    told = refused(tmp_path, capsys)
    assert message in told
    assert not list((tmp_path / "out").rglob("findings.json"))


def refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """Message on stderr of a run that ends with exit code 2."""
    out = folder / "out"
    code = main(
        ["run", "2024-01", "--data", str(folder / "data"), "--out", str(out), "--only", "findings"]
    )
    printed = capsys.readouterr()
    assert (code, printed.out) == (2, "")
    assert "Traceback" not in printed.err
    assert printed.err.count("Lỗi:") == 1
    return printed.err


def test_a_missing_folder_says_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = refused(tmp_path, capsys)
    assert f"Không có thư mục dữ liệu {tmp_path / 'data'}" in told
    assert "Cách sửa" in told


@pytest.mark.parametrize(
    "file", [None, "ho_so.csv", "dossiers/~$a.xlsx", "dossiers/.a.csv", "dossiers/a.docx"]
)
def test_a_folder_without_dossiers_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], file: str | None
) -> None:
    (tmp_path / "data").mkdir()
    if file:
        write_csv(tmp_path / "data" / file, [HEAD, record()])
    assert "Không có tệp hồ sơ nào" in refused(tmp_path, capsys)


def test_one_bad_file_among_several_stops_the_run_and_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("a.csv", "b.csv", "c.csv"):
        dossiers(tmp_path / "data", name, record())
    (tmp_path / "data" / "dossiers" / "d.xlsx").write_bytes(b"PK\x03\x04 hong")
    assert "Không đọc được d.xlsx" in refused(tmp_path, capsys)


def test_a_folder_named_like_a_file_is_left_alone(tmp_path: Path) -> None:
    dossiers(tmp_path, "a.csv", record())
    (tmp_path / "dossiers" / "b.csv").mkdir()
    assert counts(load_inputs(tmp_path, Params())) == (1, 1, 0, 0)


def test_an_unknown_register_of_units_is_refused(tmp_path: Path) -> None:
    dossiers(tmp_path, "a.csv", record())
    with pytest.raises(InputError, match="Không tìm thấy danh mục đơn vị 'khong_co.csv'"):
        load_inputs(tmp_path, Params(units="khong_co.csv"))


# Headings of single files -------------------------------------------------------------------


def test_columns_may_speak_of_one_file_alone(tmp_path: Path) -> None:
    data, old = tmp_path / "data", [*HEAD[:3], "Hạn chót", HEAD[4]]
    dossiers(data, "cũ_20240110.csv", record("HS-1", due="05/01/2024"), head=old)
    dossiers(data, "mới_20240118.csv", record("HS-2", due="06/01/2024"))
    columns = {"cũ_*.csv": {"due_at": "Hạn chót"}}  # as one types it: NFD here, NFC there
    for pattern in ("cũ_*.csv", "CŨ_*.csv", unicodedata.normalize("NFD", "cũ_20240110.csv")):
        inputs = load_inputs(data, Params(columns={pattern: columns["cũ_*.csv"]}))
        rows = inputs.con.execute(
            "select dossier_id, due_at::date::varchar from dossiers order by 1"
        )
        assert rows.fetchall() == [("HS-1", "2024-01-05"), ("HS-2", "2024-01-06")]


def test_columns_of_a_file_that_is_not_there_are_refused(tmp_path: Path) -> None:
    dossiers(tmp_path / "data", "a_20240118.csv", record())
    with pytest.raises(InputError, match=r"`columns`: không có tệp 'b_\*\.csv'"):
        load_inputs(tmp_path / "data", Params(columns={"b_*.csv": {"due_at": "Hạn chót"}}))
