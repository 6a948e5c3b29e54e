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
from motcua.seen import Days, look_of, seen_by

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


def days_of(data: Path, kind: str = "dossiers", **params: int) -> list[Days]:
    """What exports of a kind tell, oldest export first."""
    days = days_of_folder(data, Params(**params))
    return [one for file, one in days.items() if file.startswith(kind)]


def test_a_dossier_counts_until_its_end_unless_a_newer_export_has_it_too(tmp_path: Path) -> None:
    november, december, january = days_of(write_exports(tmp_path))
    assert november.counts == {"": "2023-11-10", f"dossiers/{NAMES[1]}": "9999-12-31"}
    assert (december.counts, january.counts) == ({"": "2023-12-12"}, {"": "2024-01-10"})


def test_a_row_set_aside_counts_from_its_receipt_and_in_periods_begun_before_its_export(
    tmp_path: Path,
) -> None:
    aside = of_day("", "04/11/2023")
    november, december, _ = days_of(
        write_exports(tmp_path, ([OLD_OPEN, aside], [OLD_CLOSED, aside], [IN_JANUARY]))
    )
    assert november.counts[f"dossiers/{NAMES[1]}"] == "9999-12-31"  # the open dossier
    assert december.counts == {"": "2023-12-05"}  # that of the dossier is later than 4 November
    assert (november.looked_at, december.looked_at) == ("2023-11-18", "2023-12-18")


@pytest.mark.parametrize(("newer", "looked_at"), [("06/01/2024", "2023-12-05"), ("", None)])
def test_an_older_new_date_is_needed_as_long_as_a_dossier_put_off_twice_counts(
    tmp_path: Path, newer: str, looked_at: str | None
) -> None:
    head = [*HEAD, "Ngày hẹn trả mới"]
    for name, row in zip(NAMES, ([*OLD_OPEN, "05/01/2024"], [*OLD_CLOSED, newer]), strict=False):
        write_csv(tmp_path / "dossiers" / name, [head, row])
    assert [one.looked_at for one in days_of(tmp_path)] == [looked_at, None]


@pytest.mark.parametrize(("within", "last"), [(30, "2023-12-01"), (20, "2023-11-05")])
def test_a_complaint_counts_until_the_last_that_may_be_told_for_it(
    tmp_path: Path, within: int, last: str
) -> None:
    head = [*FEEDBACK, "Kênh phản ánh", "Mã hồ sơ"]
    told = {"a": ["05/11/2023", "1022", "HS-1"], "b": ["01/12/2023", "Cổng DVCQG", "HS-1"]}
    for name, (day, *about) in told.items():
        row = ["Hố Nai", day, "thái độ", *about]
        write_csv(tmp_path / "feedback" / f"{name}_20231218.csv", [head, row])
    first, _ = days_of(write_exports(tmp_path), "feedback", same_complaint_days=within)
    assert first.counts == {"": last}


@pytest.mark.parametrize(
    ("params", "exports"),
    [
        ({}, 1),
        ({"history_months": 2}, 2),
        ({"rate_convention": "due_in_period"}, 3),  # HS-2 is due on 31 December
        ({"units": "from_data"}, 3),
        ({"only_channels": ["Trực tiếp"]}, 3),
    ],
)
def test_old_exports_stay_while_the_method_looks_at_them(
    tmp_path: Path, params: dict, exports: int
) -> None:
    values = Params(**{"history_months": 1} | params)
    days = days_of_folder(write_exports(tmp_path), values)
    assert len(seen_by(days, look_of("2024-01", values))) == exports


def test_no_older_version_of_a_dossier_comes_back(tmp_path: Path) -> None:
    """The December export counts no more, but says that a dossier of the November one ended."""
    never_ended = of_day("HS-8", "20/10/2023")
    data = write_exports(tmp_path, ([OLD_OPEN, never_ended], [OLD_CLOSED], [IN_JANUARY]))
    month = load("2024-01", data, history_months=1)
    assert len(month.inputs.sources) == 3
    assert (month.city["open"], month.city["resolved"]) == (1, 1)


def test_old_exports_stay_when_no_other_shows_how_old_the_data_are(tmp_path: Path) -> None:
    data = write_exports(tmp_path, (EXPORTS[0][1:], [IN_DECEMBER], [of_day("H", "20/01/2024")]))
    months = [load("2024-02", data, history_months=n).months for n in (1, 2)]
    assert months == [["2024-02"], ["2024-01", "2024-02"]]
    assert len(load("2024-02", data, history_months=2).inputs.sources) == 3


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


def outputs(month: str, data: Path, folder: Path, **params: int) -> dict[str, bytes]:
    """Every number of a month, as published."""
    folder.mkdir(parents=True)
    write_findings(load(month, data, **params), folder)
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def made(
    data: Path, folder: Path, months: tuple[str, ...] = MONTHS, **params: int
) -> dict[str, tuple]:
    """Facts and outputs of every month."""
    return {
        month: (
            made_of.facts_of(month, load_params(month, **params), data, folder / "out"),
            outputs(month, data, folder / month, **params),
        )
        for month in months
    }


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple]:
    """Months as they are before any change."""
    with private_cache(tmp_path_factory.mktemp("own")):
        folder = tmp_path_factory.mktemp("before")
        return made(write_exports(folder / "data"), folder)


def assert_seen_by(touched: set[str], before: dict[str, tuple], after: dict[str, tuple]) -> None:
    """Facts and outputs of these months differ, and of no others."""
    assert {m for m in before if before[m][0] != after[m][0]} == touched
    assert {m for m in before if before[m][1] != after[m][1]} == touched


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_seen_by_the_months_it_touches_and_no_output_of_another_differs(
    tmp_path: Path, before: dict[str, tuple], change: str
) -> None:
    make, touched = CHANGES[change]
    make(write_exports(tmp_path / "data"))
    assert_seen_by(touched, before, made(tmp_path / "data", tmp_path))


# Of five monthly exports, by months that look back on the one before them. Worked by hand: a month
# looks back to day 15 two months before, and a change that ends before is none of its business.
LATER = ("2024-02", "2024-03")
FIVE = (
    *EXPORTS,
    [of_day("HS-5", "20/01/2024", "10/02/2024")],
    [of_day("HS-6", "20/02/2024", "10/03/2024")],
)
OLD_CHANGES = {
    "a row of November": (
        rewrite(0, OLD_OPEN, of_day("HS-2", "01/11/2023", "13/11/2023")), {"2023-11", "2023-12"},
    ),
    "a dossier that never ends": (
        rewrite(1, OLD_CLOSED, of_day("HS-3", "01/12/2023")), {*MONTHS[1:], *LATER},
    ),
    "a dossier of October that ended in January": (
        rewrite(0, OLD_OPEN, IN_NOVEMBER, of_day("HS-7", "20/10/2023", "20/01/2024")),
        {*MONTHS, *LATER},
    ),
    "a row of November set aside": (
        rewrite(0, OLD_OPEN, IN_NOVEMBER, of_day("", "03/11/2023")), {"2023-11", "2023-12"},
    ),
    "November lost": (
        lambda data: (data / "dossiers" / NAMES[0]).unlink(), {"2023-11", "2023-12"},
    ),
    "complaints of November": (
        add("feedback", "a.csv", FEEDBACK, ["Hố Nai", "05/11/2023", "thái độ"]),
        {"2023-11", "2023-12"},
    ),
    "an incident of a dossier of January": (
        add("incidents", "a.csv", INCIDENT, ["HS-4", "01/11/2023 08:00", ""]),
        {*MONTHS, "2024-02"},
    ),
    "an answer to an order of November": (
        add("followup", "a.csv", FOLLOWUP, ["11/2023", "Hố Nai", "1"]), {"2023-11", "2023-12"},
    ),
}  # fmt: skip


def write_five(data: Path) -> Path:
    write_exports(data, FIVE[:3])
    for month, rows in zip(LATER, FIVE[3:], strict=True):
        name = f"ho_so_{month}_xuat_{month.replace('-', '')}18.csv"
        write_csv(data / "dossiers" / name, [HEAD, *rows])
    return data


@pytest.fixture(scope="module")
def five_before(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple]:
    """Months that look back on one, as they are before any change."""
    with private_cache(tmp_path_factory.mktemp("own")):
        folder = tmp_path_factory.mktemp("before")
        return made(write_five(folder / "data"), folder, (*MONTHS, *LATER), history_months=2)


@pytest.mark.parametrize("change", OLD_CHANGES)
def test_a_change_in_an_old_export_is_seen_by_the_months_that_look_back_on_it(
    tmp_path: Path, five_before: dict[str, tuple], change: str
) -> None:
    make, touched = OLD_CHANGES[change]
    make(write_five(tmp_path / "data"))
    after = made(tmp_path / "data", tmp_path, (*MONTHS, *LATER), history_months=2)
    assert_seen_by(touched, five_before, after)
