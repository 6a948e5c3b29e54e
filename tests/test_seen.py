"""A month is made from the exports that tell something new of the time up to its end, no others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from exports import HEAD, private_cache, record, write_csv
from motcua import load, made_of
from motcua.findings import build_findings, write_findings
from motcua.inputs import days_of_folder
from motcua.params import Params, load_params

MONTHS = ("2023-11", "2023-12", "2024-01")
ENDS = ("2023-11-14", "2023-12-14", "2024-01-14")
NAMES = [f"ho_so_{month}_xuat_{month.replace('-', '')}18.csv" for month in MONTHS]


pytestmark = pytest.mark.usefixtures("cache_of_test")


def of_day(number: str, received: str, closed: str = "", due: str = "31/12/2023") -> list[str]:
    """Row of an export."""
    return record(number, received=received, due=due, closed=closed)


OLD_OPEN = of_day("HS-1", "20/10/2023")
OLD_CLOSED = of_day("HS-1", "20/10/2023", "05/12/2023")
IN_NOVEMBER = of_day("HS-2", "01/11/2023", "10/11/2023")
IN_DECEMBER = of_day("HS-3", "01/12/2023", "12/12/2023")
IN_JANUARY = of_day("HS-4", "02/01/2024", "10/01/2024")
EXPORTS = (
    [OLD_OPEN, IN_NOVEMBER],
    [OLD_CLOSED, IN_DECEMBER],
    [IN_JANUARY],
)


def write_exports(data: Path, exports: tuple = EXPORTS) -> Path:
    for name, rows in zip(NAMES, exports, strict=True):
        write_csv(data / "dossiers" / name, [HEAD, *rows])
    return data


def firsts(data: Path) -> list[str | None]:
    """First day of news of each export, oldest export first."""
    days = days_of_folder(data, Params())
    return [days[f"dossiers/{name}"].first for name in NAMES]


# The January export stays as it is; what the December one says of HS-1 (open in the November
# export, received 20/10/2023) makes it news from a day on. Worked by hand.
@pytest.mark.parametrize(
    ("row", "first"),
    [
        pytest.param(OLD_OPEN, "2023-12-01", id="still open, so HS-3 alone is news"),
        pytest.param(OLD_CLOSED, "2023-12-01", id="closed on 5 December, after HS-3 came in"),
        pytest.param(of_day("HS-1", "20/10/2023", "20/11/2023"), "2023-11-20", id="closed before"),
        pytest.param(of_day("HS-1", "20/10/2023", due="30/12/2023"), "2023-10-20", id="due moved"),
        pytest.param(of_day("HS-1", "19/10/2023"), "2023-10-19", id="received earlier"),
        pytest.param(of_day("HS-9", "03/11/2023"), "2023-11-03", id="an old dossier that is new"),
        pytest.param(of_day("", "04/11/2023"), "2023-11-04", id="a row set aside"),
    ],
)
def test_an_export_is_news_from_the_day_that_it_tells_of_anew(
    tmp_path: Path, row: list[str], first: str
) -> None:
    data = write_exports(tmp_path, (EXPORTS[0], [row, IN_DECEMBER], EXPORTS[2]))
    assert firsts(data) == ["2023-10-20", first, "2024-01-02"]


def test_a_version_that_says_the_same_is_no_news(tmp_path: Path) -> None:
    blank = [""] * len(HEAD)  # so that the files differ
    data = write_exports(tmp_path, (EXPORTS[0], [OLD_CLOSED], [OLD_CLOSED, blank]))
    assert firsts(data) == ["2023-10-20", "2023-12-05", None]


def test_a_copy_of_an_export_still_counts_as_read_in_the_months_that_it_tells_of(
    tmp_path: Path,
) -> None:
    data = write_exports(tmp_path, (EXPORTS[0], [OLD_CLOSED], [OLD_CLOSED]))
    quality = load("2024-01", data).quality
    assert (quality["rows_read"], quality["rows_kept"], quality["duplicates"]) == (4, 2, 2)
    assert load("2023-11", data).quality["rows_read"] == 2


def test_a_month_before_all_data_is_made_from_all_of_them(tmp_path: Path) -> None:
    data = write_exports(tmp_path)
    assert len(load("2020-01", data).inputs.sources) == 3


@pytest.mark.parametrize("month", ["2023-06", "2023-12", "2024-01"])
def test_no_number_of_a_month_needs_an_export_that_it_leaves_out(month: str) -> None:
    some, whole = load(month, "data/sample"), load(month, "data/sample", whole=True)
    assert len(some.inputs.sources) < len(whole.inputs.sources)
    found = [build_findings(one) for one in (some, whole)]
    of_files = {"inputs", "quality"}
    for one in found:
        assert of_files <= one.keys()
    rest = [{key: value for key, value in one.items() if key not in of_files} for one in found]
    assert rest[0] == rest[1]


def rewrite(which: int, *rows: list[str]) -> Callable[[Path], None]:
    """Change that writes other rows into one of the exports."""
    return lambda data: write_csv(data / "dossiers" / NAMES[which], [HEAD, *rows])


def add(kind: str, name: str, *rows: list[str]) -> Callable[[Path], None]:
    return lambda data: write_csv(data / kind / name, list(rows))


FEEDBACK = ["Đơn vị", "Ngày phản ánh", "Loại phản ánh"]
INCIDENT = ["Mã hồ sơ", "Thời điểm báo lỗi", "Thời điểm khắc phục"]
FOLLOWUP = ["Kỳ báo cáo", "Đơn vị", "Chỉ đạo số"]
CHANGES = {
    "a row of January": (
        rewrite(2, of_day("HS-4", "02/01/2024", "11/01/2024")), {"2024-01"},
    ),
    "a new export": (
        lambda data: write_csv(
            data / "dossiers" / "ho_so_2024-02_xuat_20240218.csv",
            [HEAD, of_day("HS-5", "20/01/2024")],
        ),
        set(),
    ),
    "a row of December": (
        rewrite(1, OLD_CLOSED, of_day("HS-3", "01/12/2023", "13/12/2023")), {"2023-12", "2024-01"},
    ),
    "December says otherwise of October": (
        rewrite(1, of_day("HS-1", "20/10/2023", due="01/11/2023"), IN_DECEMBER), set(MONTHS),
    ),
    "December lost": (
        lambda data: (data / "dossiers" / NAMES[1]).unlink(), {"2023-12", "2024-01"},
    ),
    "a row of November": (
        rewrite(0, OLD_OPEN, of_day("HS-2", "01/11/2023", "13/11/2023")), set(MONTHS),
    ),
    "a late row set aside": (
        rewrite(2, IN_JANUARY, of_day("", "05/01/2024")), {"2024-01"},
    ),
    "complaints of January": (
        add("feedback", "a.csv", FEEDBACK, ["Hố Nai", "05/01/2024", "thái độ"]), {"2024-01"},
    ),
    "an incident of December": (
        add("incidents", "a.csv", INCIDENT, ["HS-1", "01/12/2023 08:00", ""]),
        {"2023-12", "2024-01"},
    ),
    "an answer to an order of December": (
        add("followup", "a.csv", FOLLOWUP, ["12/2023", "Hố Nai", "1"]), {"2023-12", "2024-01"},
    ),
}  # fmt: skip


def outputs(month: str, data: Path, folder: Path) -> dict[str, bytes]:
    """Every number of a month, as published."""
    folder.mkdir(parents=True)
    write_findings(load(month, data), folder)
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def made(data: Path, folder: Path) -> dict[str, tuple]:
    """Facts and outputs of every month."""
    return {
        month: (
            made_of.facts_of(month, load_params(month), data, folder / "out"),
            outputs(month, data, folder / month),
        )
        for month in MONTHS
    }


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple]:
    """Months as they are before any change."""
    with private_cache(tmp_path_factory.mktemp("own")):
        folder = tmp_path_factory.mktemp("before")
        return made(write_exports(folder / "data"), folder)


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_seen_by_the_months_it_touches_and_no_output_of_another_differs(
    tmp_path: Path, before: dict[str, tuple], change: str
) -> None:
    make, touched = CHANGES[change]
    make(write_exports(tmp_path / "data"))
    after = made(tmp_path / "data", tmp_path)
    assert {m for m in MONTHS if before[m][0] != after[m][0]} == touched
    assert {m for m in MONTHS if before[m][1] != after[m][1]} == touched
