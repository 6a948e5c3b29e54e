"""A whole month made from data full of people's names and numbers: none of them comes out.

Made again, with one notebook at once instead of two, it has the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from exports import HEAD, LOAD, content, private_cache, record, write_csv, write_xlsx
from motcua.base.params import Params
from motcua.cli import main
from motcua.machine.files import read_manifest, verify
from motcua.running.leaks import Leak, scan
from motcua.running.run import PARTS

GIVEN = ("Ẩn", "Bí", "Cố", "Dấu", "Ém", "Giữ")


class People:
    """Invented people, each with a number of their own, and all that was written of them."""

    def __init__(self) -> None:
        self.written: list[str] = []

    def _new(self, text: str) -> str:
        self.written.append(text)
        return text

    @property
    def _n(self) -> int:
        return len(self.written)

    def name(self) -> str:
        return self._new(f"Nguyễn Văn {GIVEN[self._n % len(GIVEN)]} Giả Định {self._n:03d}")

    def phone(self) -> str:
        return self._new(f"0100000{self._n:03d}")

    def identity(self) -> str:
        return self._new(f"999000000{self._n:03d}")

    def email(self) -> str:
        return self._new(f"vd{self._n:03d}@example.invalid")

    def address(self) -> str:
        return self._new(f"Số {self._n} đường Tưởng Tượng")

    def told(self) -> str:
        """Free text that tells who somebody is."""
        numbers = f"sđt {self.phone()}, {self.identity()}, {self.email()}"
        return f"ông {self.name()} ở {self.address()}, {numbers}"


PERSONAL = ["Chủ hồ sơ", "Số điện thoại", "CCCD/CMND", "Email", "Địa chỉ", "Ghi chú", "Người xử lý"]
MORE = ["Trạng thái", "Nguyên nhân quá hạn", "Minh chứng", "Phòng ban", "Nội dung hồ sơ"]
COLUMNS = [*HEAD, *MORE, *PERSONAL]
WARDS = ["Tân Vạn", "Hố Nai", "Tam Phước"]
SUBJECT = "Chứng thực bản sao"
DECEMBER = {
    "Ngày tiếp nhận": "01/12/2023", "Ngày hẹn trả": "08/12/2023",
    "Ngày kết thúc xử lý": "11/12/2023",
}  # fmt: skip


def person(people: People) -> list[str]:
    """Cells under PERSONAL."""
    return [
        people.name(), people.phone(), people.identity(), people.email(), people.address(),
        people.told(), people.name(),
    ]  # fmt: skip


def dossier(people: People, n: int, **odd: object) -> list:
    """One dossier; `odd` puts other cells in."""
    cells = {
        "Mã hồ sơ": f"H19.12-240102-{n:04d}",
        "Đơn vị tiếp nhận": WARDS[n % 3],
        "Ngày tiếp nhận": "02/01/2024",
        "Ngày hẹn trả": "08/01/2024",
        "Ngày kết thúc xử lý": "12/01/2024" if n % 4 else "05/01/2024",
        "Trạng thái": "Đã trả kết quả",
        "Nguyên nhân quá hạn": "",
        "Minh chứng": "",
        "Phòng ban": "",
        "Nội dung hồ sơ": SUBJECT,
    }
    cells |= dict(zip(PERSONAL, person(people), strict=True))
    return [{**cells, **odd}[column] for column in COLUMNS]


def dossiers(people: People) -> list[list]:
    """Good rows, rows with told people in free texts, and shifted rows."""
    good = [dossier(people, n) for n in range(12)]
    told = [
        dossier(people, 20, **{"Nội dung hồ sơ": f"Chứng thực chữ ký của {people.told()}"}),
        dossier(people, 21, **{"Trạng thái": f"Chờ {people.told()}"}),
        dossier(people, 22, **{"Nguyên nhân quá hạn": f"Do {people.told()} đi vắng"}),
        dossier(people, 23, **{"Minh chứng": f"Biên bản với {people.told()}"}),
        dossier(people, 24, **{"Phòng ban": f"Phòng QLĐT, {people.told()}"}),
        dossier(people, 25, **{"Ngày hẹn trả": people.told()}),
        dossier(people, 26, **{"Ngày kết thúc xử lý": people.phone()}),
        dossier(people, 27, **{"Ngày kết thúc xử lý": people.name()}),
        dossier(people, 28, **{"Đơn vị tiếp nhận": people.name()}),
        dossier(people, 29, **{"Đơn vị tiếp nhận": people.told()}),
        dossier(people, 30, **{"Đơn vị tiếp nhận": f"Phường không tên, sđt {people.phone()}"}),
        dossier(people, 31, **{"Đơn vị tiếp nhận": people.identity()}),
        dossier(people, 32, **{"Ngày tiếp nhận": int(people.identity())}),
        dossier(people, 33, **{"Ngày tiếp nhận": people.email()}),
    ]
    shifted = [
        [number, people.name(), people.phone(), people.identity(), people.address(), *rest[4:]]
        for number, *rest in (dossier(people, n) for n in (40, 41))
    ]
    blank_number = [["", *dossier(people, 42)[1:]]]
    moved = [[None, *dossier(people, n)[:-1]] for n in (43, 44)]
    return good + told + shifted + blank_number + moved


def title(people: People) -> list[list]:
    return [
        ["DANH SÁCH HỒ SƠ"],
        [f"Người xuất: {people.name()}, {people.phone()}"],
        ["", people.email()],
        [],
    ]


def feedback(people: People) -> list[list]:
    """Complaints with told people where texts are typed."""
    head = [
        "Mã phản ánh", "Đơn vị bị phản ánh", "Ngày phản ánh", "Kênh phản ánh", "Loại phản ánh",
        "Nội dung phản ánh", "Người phản ánh", "Số điện thoại", "Mã hồ sơ", "Ngày trả lời",
        "Kết quả xử lý",
    ]  # fmt: skip
    rows = []
    for n in range(4):
        who = [people.told(), people.name(), people.phone()]
        kind = "Chậm trễ" if n else f"Chậm với {people.told()}"
        ward = "Hố Nai" if n < 3 else people.name()
        answered = "10/01/2024" if n != 2 else people.told()
        rows.append(
            [
                f"PA-{n}",
                ward,
                "05/01/2024",
                "Tổng đài 1022",
                kind,
                *who,
                "",
                answered,
                people.told(),
            ]
        )
    return [*title(people), head, *rows]


def incidents(people: People, evidence: str = "Công văn số 5") -> list[list]:
    head = [
        "Số phiếu", "Đơn vị báo lỗi", "Mã hồ sơ", "Thời điểm báo lỗi", "Thời điểm khắc phục",
        "Hệ thống", "Minh chứng", "Người báo",
    ]  # fmt: skip
    row = ["SC-1", "Hố Nai", "H19.12-240102-0001", "08/01/2024", people.told(), "Egov", evidence]
    return [head, [*row, people.name()], [*row[:4], "09/01/2024", *row[5:], people.name()]]


def followup(people: People, evidence: str = "Công văn số 6") -> list[list]:
    head = [
        "Kỳ báo cáo", "Đơn vị", "Chỉ đạo số", "Nội dung thực hiện", "Hạn thực hiện",
        "Ngày báo cáo", "Minh chứng", "Trạng thái thực hiện",
    ]  # fmt: skip
    done = ["2024-01", "Hố Nai", "1", people.told(), "20/01/2024", "19/01/2024", evidence, "Xong"]
    return [head, done, [*done[:4], people.told(), *done[5:]]]


@dataclass(frozen=True)
class Run:
    """One month as it was published, and what was planted in its data."""

    people: People
    out: Path
    cache: Path
    printed: str

    @property
    def month(self) -> Path:
        return self.out / "2024-01"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """The month of a city of three wards, run once with all its notebooks and sheets."""
    folder, people = tmp_path_factory.mktemp("thang"), People()
    data, out = folder / "data", folder / "out"
    write_csv(folder / "units.csv", [["code", "name"], *enumerate(WARDS)])
    (folder / "p.yaml").write_text("units: units.csv\n", "utf-8")
    rows = dossiers(people)
    sheets = {
        "T1": [*title(people), COLUMNS, *rows[:15]],
        "T2": [*title(people), COLUMNS, *rows[15:]],
    }
    write_xlsx(data / "dossiers" / "a_20240118.xlsx", sheets)
    write_csv(data / "dossiers" / "b_20240119.csv", [*title(people), COLUMNS, *rows])
    before = [dossier(people, n, **DECEMBER) for n in range(50, 59)]
    write_csv(data / "dossiers" / "c_20231218.csv", [*title(people), COLUMNS, *before])
    write_csv(data / "feedback" / "p.csv", feedback(people))
    write_csv(data / "incidents" / "s.csv", incidents(people))
    write_csv(data / "followup" / "k.csv", followup(people))
    with private_cache(folder / "own"), pytest.MonkeyPatch.context() as patch:
        said: list[str] = []
        patch.setattr("builtins.print", lambda *words, **_: said.append(" ".join(map(str, words))))
        places = ["--data", str(data), "--out", str(out), "--params", str(folder / "p.yaml")]
        code = main(["run", "2024-01", *places, "--jobs", "2"])
        assert code == 0, said
        yield Run(people, out, folder / "own" / "cache", "\n".join(said))


def told(leaks: list[Leak]) -> list[tuple[str, str]]:
    return [(leak.file, leak.kind) for leak in leaks]


def test_the_month_is_whole(run: Run) -> None:
    quality = json.loads((run.month / "findings.json").read_text("utf-8"))["quality"]
    assert quality["rows_read"] == 71
    assert quality["rows_set_aside"] == 28  # 14 of each export of January
    assert {p.name for p in run.month.iterdir()} >= {"report.html", "rejected.csv", "notebooks"}
    assert len(list((run.month / "notebooks").glob("*.ipynb"))) == 6
    assert len(list((run.month / "wards").iterdir())) == len(WARDS)
    assert SUBJECT in _parquet_text(run.cache)


def test_a_month_run_again_with_other_jobs_has_the_same_bytes(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the folders are named from where one stands, and the exports are read already."""
    home = run.out.parent
    monkeypatch.chdir(home)
    places = ["--data", "data", "--out", "again", "--params", "p.yaml"]
    with private_cache(home / "next", home / "own"):
        assert main(["run", "2024-01", *places, "--jobs", "1"]) == 0
    assert Path.cwd() == home
    again = home / "again" / "2024-01"
    one, two = content(again), content(run.month)
    assert [name for name in one if one[name] != two.get(name)] == []
    assert len([name for name in one if name.startswith("wards/")]) == len(WARDS)
    assert set(one) == set(two) >= {"report.html", "findings.json", "notebooks/04_trends.ipynb"}
    for month in (again, run.month):
        assert verify(month) == []
        assert read_manifest(month)["parts"] == list(PARTS)
    assert not [name for name in one if str(home).encode() in one[name]]


def test_nobody_is_in_what_is_published(run: Run) -> None:
    assert told(scan(run.out, run.people.written)) == []


def test_nobody_is_in_the_cache(run: Run) -> None:
    assert len(list(run.cache.glob("dossiers-*.parquet"))) == 3
    assert told(scan(run.cache, run.people.written)) == []


def test_nobody_is_named_on_the_screen(run: Run, tmp_path: Path) -> None:
    (tmp_path / "man-hinh.txt").write_text(run.printed, "utf-8")
    assert told(scan(tmp_path, run.people.written)) in ([], [("man-hinh.txt", "đường dẫn của máy")])


@pytest.mark.parametrize(("kind", "make"), [("incidents", incidents), ("followup", followup)])
def test_evidence_names_nobody_in_the_cache(
    tmp_path: Path, kind: str, make: Callable[[People, str], list[list]]
) -> None:
    people = People()
    write_csv(tmp_path / kind / "a.csv", make(people, f"Biên bản với {people.told()}"))
    write_csv(tmp_path / "dossiers" / "a.csv", [HEAD, record()])
    with private_cache(tmp_path / "own"):
        LOAD.load_inputs(tmp_path, Params())
    assert told(scan(tmp_path / "own" / "cache", people.written)) == []


def test_a_sheet_named_after_a_person_is_not_told(tmp_path: Path) -> None:
    people = People()
    bad = [HEAD, record(closed="31/02/2024")]
    sheets = {"T1": bad, people.name()[:31]: bad, people.phone(): bad}
    write_xlsx(tmp_path / "dossiers" / "a.xlsx", sheets)
    with private_cache(tmp_path / "own"):
        found = LOAD.load_inputs(tmp_path, Params()).problems
    text = found.to_csv()
    assert len(found) == 3
    assert [written for written in people.written if written in text] == []


def _parquet_text(cache: Path) -> str:
    tables = cache.glob("dossiers-*.parquet")
    return "".join(str(LOAD.pq.read_table(path).to_pylist()) for path in tables)
