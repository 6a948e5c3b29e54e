"""A store gives every figure of the exports it was made from, whatever these hold."""

from __future__ import annotations

import json
import random
from datetime import date, timedelta
from pathlib import Path

import motcua
import pytest
from cases import HEADINGS, write_csv
from motcua.base.params import Params
from motcua.base.reference import ROOT
from motcua.measures.month import Month
from motcua.papers.findings import build_findings, csv_tables, rejected, to_csv
from motcua.reading.inputs import prepare

pytestmark = pytest.mark.usefixtures("own_cache")

WARDS = ("An Bình", "Hóa An", "Tân Vạn", "Tam Phước", "phường Hố Nai")
DIVISIONS = ("Phòng Nội vụ", "Phòng Văn hóa và Thông tin", "Phòng Quản lý đô thị")
COLUMNS = (
    "dossier_id", "ward", "received_at", "due_at", "rescheduled_due_at", "result_at", "returned_at",
    "closed_at", "status", "late_cause", "evidence", "apology_at", "official", "reschedules",
    "procedure",
)  # fmt: skip
STATES = ("Đã thực hiện", "Đang thực hiện", "Chưa báo cáo", "Đang chờ", "")


class World:
    """A small city of its own: three exports of dossiers, and what else there is, from a seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def day(self, first: str, last: int) -> str:
        """A day up to so many days after the first; "" one time in eight."""
        after = timedelta(days=self.random.randint(0, last))
        return (
            "" if self.random.random() < 1 / 8 else f"{date.fromisoformat(first) + after:%d/%m/%Y}"
        )

    def one(self, *words: str) -> str:
        return self.random.choice(words)

    def dossier(self, number: int) -> list[str]:
        """A dossier, or a row that is wrong; rarely its day of receipt is another than before."""
        usual = number * 37 % 131 if self.random.random() < 0.99 else self.random.randint(0, 130)
        first = date(2023, 9, 20) + timedelta(days=usual)
        came = first.isoformat()
        return [
            f"H{number:03d}" if self.random.random() < 0.98 else "",
            self.one(*WARDS, *WARDS, "Phường Lạ"),
            f"{first:%d/%m/%Y}" if self.random.random() < 0.98 else "32/12/2023",
            self.day(came, 12), self.one("", "", self.day(came, 20)), self.day(came, 20),
            self.day(came, 20), self.day(came, 25),
            self.one("", "", "Đã trả kết quả", "Rút hồ sơ", "Đang xử lý", "Trạng thái lạ"),
            self.one("", "", "Quên bấm kết thúc", "Lỗi phần mềm", "Lý do lạ"),
            self.one("", "BB 12", "không"), self.one("", self.day(came, 12)),
            self.one("", "Ông A", "Bà B"), self.one("", "1", "2", "3"),
            self.one("Chứng thực", "Khai sinh"),
        ]  # fmt: skip

    def write(self, data: Path) -> Path:
        """Write the world into a data folder."""
        for day in ("20231116", "20240116", "20240118"):
            rows = [self.dossier(n) for n in self.random.sample(range(160), 90)]
            write_csv(data / "dossiers" / f"hs_{day}.csv", [HEADINGS[c] for c in COLUMNS], rows)
            self.write_others(data, day)
        return data

    def write_others(self, data: Path, day: str) -> None:
        """Complaints, incidents and reports on orders, as far as an export of that day knows."""
        wards = (*WARDS, "26014", "Phường Lạ")
        told = [
            [self.one("", "1", "2", "3", "4"), self.one(*wards), self.day("2023-11-01", 75),
             self.one("1022", "Cổng DVCQG"), self.one("Thái độ công chức", "Khen ngợi", "lạ", ""),
             self.one("", "H001", "H002"), self.one("", self.day("2024-01-01", 20)),
             self.one("", self.day("2024-01-01", 20))]
            for _ in range(12)
        ]  # fmt: skip
        head = ("Mã phản ánh", "Đơn vị bị phản ánh", "Ngày phản ánh", "Kênh phản ánh",
                "Loại phản ánh", "Mã hồ sơ", "Ngày trả lời", "Ngày xin lỗi")  # fmt: skip
        write_csv(data / "feedback" / f"pa_{day}.csv", head, told + told[:2])
        head = ("Số phiếu", "Mã hồ sơ", "Thời điểm báo lỗi", "Thời điểm khắc phục", "Minh chứng")
        faults = [
            [self.one("", "S1", "S2"), f"H{self.random.randrange(160):03d}",
             self.day("2023-10-01", 100), self.day("2023-12-01", 60), self.one("", "x")]
            for _ in range(20)
        ]  # fmt: skip
        write_csv(data / "incidents" / f"sc_{day}.csv", head, faults)
        head = ("Kỳ báo cáo", "Đơn vị", "Chỉ đạo số", "Hạn thực hiện", "Ngày báo cáo", "Minh chứng",
                "Trạng thái thực hiện")  # fmt: skip
        reports = [
            [self.one("10/2023", "11/2023", "12/2023", "Tháng 12/2023"),
             self.one(*wards, *DIVISIONS), str(self.random.randint(1, 8)),
             self.day("2023-12-20", 25), self.one("", self.day("2023-12-20", 30)),
             self.one("", "BC 1", "chưa có"), self.one(*STATES)]
            for _ in range(40)
        ]  # fmt: skip
        write_csv(data / "followup" / f"kp_{day}.csv", head, reports)
        head = ("Mã hồ sơ", "Nguyên nhân đúng", "Có minh chứng", "Ngày xin lỗi", "Căn cứ")
        sheet = [
            [f"H{self.random.randrange(160):03d}", self.one("", "Quên bấm kết thúc", "Lý do lạ"),
             self.one("", "BB 1", "không"), self.one("", self.day("2024-01-01", 10)), "xem lại"]
            for _ in range(12)
        ]  # fmt: skip
        write_csv(data / "corrections" / f"dc_{day}.csv", head, sheet)


def figures(month: Month) -> dict[str, object]:
    """Everything published of a month but what names its inputs."""
    findings = build_findings(month)
    del findings["inputs"]
    tables = csv_tables(month) | {"rejected": rejected(month), "bounds": month.bounds}
    return {
        "findings": json.dumps(findings, ensure_ascii=False, indent=1),
        "vanished": month.vanished["dossier_id"].tolist(),
        "headings": month.unknown_headings.values.tolist(),
        **{name: to_csv(table) for name, table in tables.items()},
    }


def assert_equal(data: Path, store: Path, *months: str, **params: object) -> None:
    """Equal figures of both folders: of the last month, and of the others reached from it."""
    one, other = (motcua.load(months[-1], data=folder, **params) for folder in (data, store))
    for name in months:
        mine, theirs = (figures(month.at(name)) for month in (one, other))
        differ = [key for key in mine if mine[key] != theirs[key]]
        assert differ == [], f"{name}: {differ}"


@pytest.mark.parametrize("seed", range(3))
def test_a_store_of_a_random_world_gives_every_figure_of_its_exports(
    seed: int, tmp_path: Path
) -> None:
    data = World(seed).write(tmp_path / "data")
    store = prepare(data, tmp_path / "kho", Params())
    assert_equal(data, store, "2023-12", "2024-01")


@pytest.mark.parametrize(
    "params",
    [
        {"units": "from_data"},
        {"completion_event": "result", "granularity": "time", "rate_convention": "received"},
    ],
    ids=["units from the data", "another event"],
)
def test_so_does_a_store_made_by_other_parameters(params: dict, tmp_path: Path) -> None:
    data = World(7).write(tmp_path / "data")
    store = prepare(data, tmp_path / "kho", Params(**params))
    assert_equal(data, store, "2024-01", **params)


def test_a_store_of_the_sample_gives_every_figure_of_the_sample(tmp_path: Path) -> None:
    sample = ROOT / "data" / "sample"
    store = prepare(sample, tmp_path / "kho", Params())
    assert_equal(sample, store, "2024-01", "2024-03")
