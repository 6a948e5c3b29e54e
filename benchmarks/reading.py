"""How long an export takes to be read, against the bare reader of workbooks under motcua.

    python benchmarks/reading.py [--rows 50000] [--times 5] [--keep NAME]

A workbook of 20 columns is read by python-calamine into Python lists, and by motcua from the same
file to checked rows (guard, header, types, checks of every row, codes); then the same rows come
from the Parquet cache. Each is told as the shortest of some times, in turn, in one process, by the
clock and by the processor.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from measuring import UNITS, apart, fastest, judge, keep

HEADINGS = (
    "STT", "Mã hồ sơ", "Đơn vị", "Tên thủ tục", "Lĩnh vực", "Hình thức nộp", "Người nộp",
    "Số điện thoại", "Địa chỉ", "Ngày tiếp nhận", "Ngày hẹn trả", "Ngày có kết quả",
    "Ngày trả kết quả", "Ngày kết thúc xử lý", "Trạng thái", "Cán bộ xử lý", "Đơn vị phối hợp",
    "Ngày chuyển đơn vị xử lý", "Lý do trễ hẹn", "Minh chứng",
)  # fmt: skip
WARDS = ("Phường An Bình", "Phường Bửu Hòa", "Phường Hố Nai", "Phường Tam Phước", "Xã Long Hưng")


def write_workbook(path: Path, rows: int) -> None:
    """Write synthetic dossiers: cells of text and of dates, some empty."""
    from datetime import datetime

    import xlsxwriter

    path.parent.mkdir(parents=True)
    options = {"constant_memory": True, "default_date_format": "dd/mm/yyyy hh:mm"}
    book = xlsxwriter.Workbook(path, options)
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["DỮ LIỆU MÔ PHỎNG"])
    sheet.write_row(1, 0, HEADINGS)
    for i in range(rows):
        came = datetime(2023, 12, 1, 8) + timedelta(minutes=i % 60_000)
        due = came + timedelta(days=1 + i % 15)
        done = due + timedelta(hours=i % 48 - 40) if i % 100 else None
        late = "Quên kết thúc hồ sơ" if i % 50 == 1 else None
        moved = came + timedelta(hours=2) if i % 10 == 0 else None
        cells = (
            i + 1, f"000.00.{i % 30:02d}.H19-{came:%y%m%d}-{i:05d}", WARDS[i % 5],
            f"Thủ tục số {i % 80}", f"Lĩnh vực {i % 9}", ("Trực tuyến", "Trực tiếp")[i % 2],
            f"Người Giả Định {i}", f"0100{i:06d}", f"Số {i % 300} đường Tưởng Tượng", came, due,
            done, done, done, "Đã trả kết quả" if done else "Đang xử lý", f"Cán bộ {i % 40}",
            "Phòng Quản lý đô thị" if moved else None, moved, late, None,
        )  # fmt: skip
        sheet.write_row(2 + i, 0, cells)
    book.close()


def seconds_of(data: Path, times: int) -> dict[str, float]:
    """Shortest seconds of each way."""
    import pyarrow.parquet as pq
    from motcua.base.params import Params
    from motcua.reading import inputs
    from python_calamine import CalamineWorkbook

    (path,) = (data / "dossiers").iterdir()
    params = Params()
    os.environ["MOTCUA_CACHE"] = str(data.parent / "cache")

    def bare() -> None:
        with path.open("rb") as stream:
            CalamineWorkbook.from_filelike(stream).get_sheet_by_index(0).to_python()

    def again() -> None:
        source, _ = inputs._read_one(inputs._Export("dossiers", path, path.name, params))
        pq.read_table(source.parquet).to_pandas()

    ways: dict[str, Callable[[], object]] = {
        "bare": bare,
        "motcua": lambda: inputs.read_export(path, "dossiers", params),
        "again": again,
    }
    inputs.load_inputs(data, params)  # fills the cache
    for way in ways.values():  # once before, for imports
        way()
    rounds = [{name: fastest(way, 1) for name, way in ways.items()} for _ in range(times)]
    return {
        f"{name} {unit}": min(told[name][i] for told in rounds)
        for i, unit in enumerate(UNITS)
        for name in ways
    }


def main() -> None:
    """Measure, print whether the targets are met, keep the JSON."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--keep", metavar="NAME", help="keep benchmarks/results/NAME.json")
    options = parser.parse_args()
    with TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        apart(write_workbook, data / "dossiers" / "ho_so_2024-01_20240118.xlsx", options.rows)
        found = apart(seconds_of, data, options.times)
    for name, seconds in found.items():
        print(f"{name:14} {seconds:.3f}")
    targets = {"motcua": 1.5, "again": 0.03}
    judged = judge(
        (f"{way} / bare, {unit}", found[f"{way} {unit}"] / found[f"bare {unit}"], "<=", bound)
        for unit in UNITS
        for way, bound in targets.items()
    )
    if options.keep:
        told = {name: round(seconds, 3) for name, seconds in found.items()}
        keep(
            options.keep, {"rows": options.rows, "columns": 20, "seconds": told, "targets": judged}
        )


if __name__ == "__main__":
    main()
