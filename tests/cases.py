"""Tiny hand-made inputs for the tests of the measures: dossiers as frames and as data folders."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from itertools import count
from pathlib import Path
from typing import Any

import duckdb
import motcua
import pandas as pd
from motcua.base.calendar import Period
from motcua.base.params import Params, period_of
from motcua.measures.state import COUNTS, FLAGS, with_cause, with_state

JANUARY: Period = period_of("2024-01", Params())  # 15/12/2023 .. 14/01/2024
DATES = (
    "received_at", "due_at", "rescheduled_due_at", "result_at", "returned_at", "closed_at",
    "division_due_at", "division_returned_at",
)  # fmt: skip
TEXTS = ("dossier_id", "ward", "status_group", "late_cause", "division")
INCIDENT_COLUMNS = ("dossier_id", "opened_at", "resolved_at")
HEADINGS = {
    "dossier_id": "Mã hồ sơ", "ward": "Đơn vị tiếp nhận", "received_at": "Ngày tiếp nhận",
    "due_at": "Ngày hẹn trả", "rescheduled_due_at": "Ngày hẹn trả mới",
    "result_at": "Ngày có kết quả", "returned_at": "Ngày trả kết quả",
    "closed_at": "Ngày kết thúc xử lý", "status": "Trạng thái", "late_cause": "Lý do trễ hẹn",
    "evidence": "Minh chứng", "division_due_at": "Hạn đơn vị xử lý",
    "division_returned_at": "Ngày đơn vị xử lý trả", "procedure": "Tên thủ tục hành chính",
    "field": "Lĩnh vực", "apology_at": "Ngày xin lỗi", "official": "Cán bộ thụ lý",
    "reschedules": "Số lần hẹn lại",
}  # fmt: skip


def dossier(
    received: str = "2023-12-20", due: str = "2024-01-05", closed: str = "", **others: Any
) -> dict[str, Any]:
    """One dossier with canonical columns; dates in ISO form, "" for none."""
    return {"received_at": received, "due_at": due, "closed_at": closed, **others}


def frame(rows: Iterable[dict[str, Any]]) -> pd.DataFrame:
    """Dossiers as `load` hands them to `measure`."""
    rows = list(rows)
    table = pd.DataFrame({c: [row.get(c, "") for row in rows] for c in (*TEXTS, *DATES)})
    for column in DATES:
        dates = pd.to_datetime(table[column].replace("", None), format="ISO8601")
        table[column] = dates.astype("datetime64[us]")
    table["evidence"] = [bool(row.get("evidence", False)) for row in rows]
    ids = [row.get("dossier_id", f"H{i}") for i, row in enumerate(rows)]
    return table.assign(dossier_id=ids, code=[row.get("ward", "A") for row in rows])


def incidents(*rows: tuple[str, str, str]) -> pd.DataFrame:
    """Incidents (dossier id, opened, resolved or "")."""
    table = pd.DataFrame(list(rows), columns=list(INCIDENT_COLUMNS), dtype=object)
    for column in INCIDENT_COLUMNS[1:]:
        dates = pd.to_datetime(table[column].replace("", None), format="ISO8601")
        table[column] = dates.astype("datetime64[us]")
    return table


CON = duckdb.connect(config={"threads": 1})
_NUMBERS = count()


def relation(table: pd.DataFrame) -> duckdb.DuckDBPyRelation:
    """The same table in DuckDB."""
    name = f"rows_{next(_NUMBERS)}"
    CON.register("frame", table)
    CON.execute(f"create table {name} as select * from frame")
    CON.unregister("frame")
    return CON.table(name)


def flags_of(
    rows: Iterable[dict[str, Any]], period: Period = JANUARY, **changes: Any
) -> list[dict[str, int]]:
    """State of each row, computed by pandas and by DuckDB, which must agree; {} when left out."""
    params, table = Params(**changes), frame(rows)
    by_pandas = with_state(table, period, params)
    by_duckdb = with_state(relation(table), period, params).df()
    one, other = (
        state.set_index("dossier_id")[list(FLAGS)].astype(int).to_dict("index")
        for state in (by_pandas, by_duckdb)
    )
    assert one == other
    return [one.get(number, {}) for number in table["dossier_id"]]


def counts_of(*rows: dict[str, Any], period: Period = JANUARY, **changes: Any) -> dict[str, int]:
    """Sums of the state columns of all rows together."""
    flags = flags_of(rows, period, **changes)
    return {flag: sum(row.get(flag, 0) for row in flags) for flag in FLAGS}


def set_flags(counts: dict[str, int]) -> set[str]:
    """Names of the counts that are not zero, without the backlog and the pairs of the rates."""
    return {flag for flag, n in counts.items() if n and flag in COUNTS}


def causes_of(
    rows: Iterable[dict[str, Any]], faults: pd.DataFrame | None = None, **changes: Any
) -> dict[str, tuple[str, str, bool]]:
    """Cause, source, evidence of each late dossier by its id; by pandas and by DuckDB alike."""
    params, table = Params(**changes), frame(rows)
    faults = incidents() if faults is None else faults
    found = []
    for dossiers, struck in ((table, faults), (relation(table), relation(faults))):
        late = with_cause(with_state(dossiers, JANUARY, params), struck, params)
        late = late if isinstance(late, pd.DataFrame) else late.df()
        columns = zip(late["cause"], late["cause_source"], late["evidenced"] == 1, strict=True)
        found.append(dict(zip(late["dossier_id"], columns, strict=True)))
    assert found[0] == found[1]
    return found[0]


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Path:
    """One export: UTF-8 with BOM, as Excel saves it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        csv.writer(stream).writerows([header, *rows])
    return path


def write_dossiers(folder: Path, rows: Iterable[dict[str, Any]], name: str = "ho_so.csv") -> Path:
    """dossiers/NAME with Vietnamese headings; ids are given to rows without one."""
    rows = [{"dossier_id": f"H{i:04d}", "ward": "An Bình"} | row for i, row in enumerate(rows)]
    columns = [c for c in HEADINGS if any(c in row for row in rows)]
    lines = [[row.get(c, "") for c in columns] for row in rows]
    return write_csv(folder / "dossiers" / name, [HEADINGS[c] for c in columns], lines)


def load_rows(folder: Path, rows: Iterable[dict[str, Any]], **changes: Any) -> motcua.Month:
    """Month 2024-01 of a folder that holds these dossiers alone."""
    write_dossiers(folder, rows)
    return motcua.load("2024-01", data=folder, **changes)


def having(month: motcua.Month, **changes: Any) -> motcua.Month:
    """The same month of the same data, with other parameters of what is counted."""
    return month.like(month.month, Params(**month.params.model_dump() | changes))


def unit(month: motcua.Month, name: str) -> dict[str, Any]:
    """Row of `rates` of one ward."""
    rates = month.rates
    return rates[rates["name"] == name].iloc[0].to_dict()


def on_time(n: int, ward: str = "An Bình") -> list[dict[str, Any]]:
    """`n` dossiers of a ward closed before they were due in January's period."""
    row = dossier(ward=ward, closed="2024-01-04")
    return [row | {"dossier_id": f"{ward} đúng {i}"} for i in range(n)]


def late(n: int, ward: str = "An Bình", **others: Any) -> list[dict[str, Any]]:
    """`n` dossiers of a ward closed five days after they were due in January's period."""
    row = dossier(ward=ward, closed="2024-01-10", **others)
    tag = others.get("late_cause", "")
    return [row | {"dossier_id": f"{ward} trễ {tag} {i}"} for i in range(n)]
