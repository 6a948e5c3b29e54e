"""Small random worlds of exports: no number of a month needs an export that it leaves out."""

from __future__ import annotations

import tempfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from exports import private_cache, write_csv
from hypothesis import Phase, event, given, settings
from hypothesis import strategies as st
from motcua import load
from motcua.apologies import are_recorded, owed
from motcua.findings import build_findings
from motcua.inputs import load_inputs
from motcua.month import Month
from motcua.repeats import events
from motcua.seen import look_of

MONTHS = [f"2023-{number:02d}" for number in range(1, 8)]
EXPORTED = [date.fromisoformat(f"{month}-18") for month in MONTHS]
FIRST = date(2022, 12, 20)
WARDS = ["Hố Nai", "Tân Biên"]
HEAD = [
    "Mã hồ sơ", "Đơn vị tiếp nhận", "Ngày tiếp nhận", "Ngày hẹn trả", "Ngày hẹn trả mới",
    "Ngày có kết quả", "Ngày kết thúc xử lý", "Trạng thái", "Cán bộ thụ lý", "Lý do trễ hẹn",
    "Ngày xin lỗi",
]  # fmt: skip
COMPLAINT = [
    "Đơn vị",
    "Ngày phản ánh",
    "Loại phản ánh",
    "Kênh phản ánh",
    "Mã hồ sơ",
    "Ngày trả lời",
]
INCIDENT = ["Mã hồ sơ", "Thời điểm báo lỗi", "Thời điểm khắc phục"]
REPORT = ["Kỳ báo cáo", "Đơn vị", "Chỉ đạo số", "Hạn thực hiện", "Ngày báo cáo", "Minh chứng"]

days = st.integers(0, 205).map(lambda n: FIRST + timedelta(n))
spans = st.one_of(st.integers(0, 8), st.integers(0, 40), st.integers(0, 150))
numbers = st.integers(1, 6).map(lambda n: f"HS-{n}")
wards = st.sampled_from(WARDS)
officials = st.sampled_from(["Nguyễn A", "Trần B"])
causes = st.sampled_from(["", "quên kết thúc"])
which = st.integers(0, len(MONTHS) - 1)
# Columns that a correction may change, and to what.
corrections = st.one_of(
    st.tuples(st.just(1), wards),
    st.tuples(st.sampled_from([2, 3, 4, 4, 5, 6, 10]), days.map(lambda day: f"{day:%d/%m/%Y}")),
    st.tuples(st.just(6), st.just("")),
    st.tuples(st.just(7), st.sampled_from(["Đã rút", "Không tiếp nhận", "Đang xử lý", ""])),
)


@st.composite
def dossiers(draw: st.DrawFn) -> list[tuple[int, list[str]]]:
    """Versions of a dossier: number of the export, row without the dossier's number."""
    received, took, given = draw(days), draw(spans), draw(spans)
    closed = None if draw(st.integers(0, 19)) == 0 else received + timedelta(took)
    row = [
        "", draw(wards), _day(received), _day(received + timedelta(given)), "", "", "",
        draw(st.sampled_from(["", "", "", "Đã rút"])), draw(officials), draw(causes), "",
    ]  # fmt: skip
    mended = draw(st.lists(st.tuples(which, corrections), max_size=1))
    lacks = draw(st.sets(which, max_size=1))
    again = draw(st.integers(0, 2))  # exports that still carry it after its end
    versions = []
    for export, day in enumerate(EXPORTED):
        is_done = closed is not None and closed <= day
        since_end = sum(closed <= other for other in EXPORTED[:export]) if is_done else 0
        if received <= day and since_end <= again and export not in lacks:
            told = [*row]
            told[5] = told[6] = _day(closed) if is_done else ""
            for since, (column, value) in mended:
                if export >= since:
                    told[column] = value
            versions.append((export, told))
    return versions


def _day(day: date | None) -> str:
    return f"{day:%d/%m/%Y}" if day else ""


@st.composite
def worlds(draw: st.DrawFn) -> dict[str, list[list[str]]]:
    """Rows of each file, by its name."""
    files: dict[str, list[list[str]]] = {}

    def add(kind: str, export: int, head: list[str], row: list[str]) -> None:
        name = f"{kind}/a_{MONTHS[export]}_xuat_{EXPORTED[export]:%Y%m%d}.csv"
        files.setdefault(name, [head]).append(row)

    if draw(st.booleans()):  # one as old as the data, in every export
        for export in range(len(EXPORTED)):
            row = ["HS", WARDS[0], _day(FIRST), _day(FIRST), "", "", "", "", "", "", ""]
            add("dossiers", export, HEAD, row)
    for number, versions in enumerate(draw(st.lists(dossiers(), min_size=3, max_size=8))):
        for export, row in versions:
            add("dossiers", export, HEAD, [f"HS-{number}", *row[1:]])
    for export, received, took in draw(st.lists(st.tuples(which, days, spans), max_size=3)):
        closed = _day(received + timedelta(took)) if took % 2 else ""
        row = ["", WARDS[0], _day(received), _day(received), "", "", closed, "", "", "", ""]
        add("dossiers", export, HEAD, row)
    channels = st.sampled_from(["1022", "Cổng DVCQG"])
    about = st.tuples(which, wards, days, channels, st.one_of(st.just(""), numbers), spans)
    for export, ward, day, channel, number, took in draw(st.lists(about, max_size=6)):
        answered = _day(day + timedelta(took))
        add("feedback", export, COMPLAINT, [ward, _day(day), "thái độ", channel, number, answered])
    faults = st.tuples(which, numbers, days, spans)
    for export, number, day, took in draw(st.lists(faults, max_size=3)):
        row = [number, f"{day:%d/%m/%Y} 08:00", f"{day + timedelta(took):%d/%m/%Y} 09:00"]
        add("incidents", export, INCIDENT, row)
    reports = st.tuples(which, which, wards, st.sampled_from("135"), days)
    for export, month, ward, order, day in draw(st.lists(reports, max_size=4)):
        label = f"{MONTHS[month][5:]}/{MONTHS[month][:4]}"
        add("followup", export, REPORT, [label, ward, order, _day(day), _day(day), "có"])
    return files


def numbers_of(month: Month) -> dict[str, Any]:
    """Everything published of a month but what counts files and their rows."""
    found = build_findings(month)
    del found["inputs"], found["quality"]
    tables = {
        "feedback": month.feedback,
        "late": month.late_dossiers,
        "owed": owed(month),
        "events": events(month),
    }
    told = {name: table.to_dict("records") for name, table in tables.items()}
    return found | {
        "months": month.months,
        "recorded": are_recorded(month),
        "tables": repr(told),
    }


def quality_of(month: Month) -> list[Any]:
    """What the chapter on quality says of the period itself."""
    return [
        month.vanished.to_dict("records"),
        month.unplaced,
        repr(month.bounds.to_dict("records")),
    ]


@settings(max_examples=15, phases=[Phase.generate])  # to make one smaller takes minutes
@given(
    files=worlds(),
    name=st.sampled_from(MONTHS[3:]),
    params=st.fixed_dictionaries(
        {"history_months": st.sampled_from([1, 1, 2, 3])},
        optional={
            "rate_convention": st.sampled_from(["due_in_period", "workload"]),
            "completion_event": st.just("result"),
            "due_basis": st.just("rescheduled"),
            "period_rule": st.just("calendar"),
            "period_start": st.dates(FIRST, date(2023, 2, 15)),
            "same_complaint_days": st.integers(0, 60),
        },
    ),
)
def test_no_number_needs_an_export_that_is_left_out(
    files: dict[str, list[list[str]]], name: str, params: dict[str, Any]
) -> None:
    with tempfile.TemporaryDirectory() as folder, private_cache(Path(folder) / "own"):
        data = Path(folder) / "data"
        for file, rows in files.items():
            write_csv(data / file, rows)
        if not (data / "dossiers").is_dir():
            return
        some, whole = (load(name, data, whole=way, **params) for way in (False, True))
        assert numbers_of(some) == numbers_of(whole)
        look = look_of(name, some.params)._replace(since=None)  # leaves out later exports alone
        seen = Month(name, some.params, load_inputs(data, some.params, look=look))
        assert quality_of(some) == quality_of(seen)
        event(f"old ones left out: {len(seen.inputs.sources) - len(some.inputs.sources)}")
