"""What is open at the end of a period and what to do about it: the daily and weekly check.

Letter 1522/UBND-THNC, point 1, orders wards to check "hằng ngày, hằng tuần". The period of a
watch ends on the day of looking, so that a month's own definitions tell the state of that day.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from pathlib import Path

import narwhals as nw
import pandas as pd

from motcua.base.calendar import working_days_left
from motcua.base.errors import InputError
from motcua.base.params import Params, load_params, next_month, period_of, rule_period
from motcua.base.vietnamese import day
from motcua.measures.month import Month, load, once_per_month
from motcua.reading.exports import exported_on, find_files, is_store
from motcua.reading.store import read_meta

ACTIONS = ("press_finish", "overdue", "due_soon")  # most urgent first
WORKING_DAYS = 3
MOST_DAYS = 60


@once_per_month
def open_dossiers(month: Month) -> pd.DataFrame:
    """Dossiers open at the end of the period.

    Dates after that day have not happened yet, whatever a later export says.

    Returns
    -------
    DataFrame
        One row per open dossier, earliest due date first: dossier_id, code, procedure,
        received_at, due, is_overdue, days_overdue (calendar days, 0 when not overdue),
        working_days_left (missing when overdue or without a due date), finished_at (first of
        result and return; missing when there is neither), division (who has it on that day, else
        ""), is_late_there (that one's own due date is over), ended (when it ended after the
        period, as far as the exports tell).

    Examples
    --------
    >>> table = open_dossiers(load("2024-01", data="data/sample"))
    >>> len(table), int(table["is_overdue"].sum()), int(table["finished_at"].notna().sum()) > 0
    (427, 97, True)
    """
    state = nw.from_native(month.dossiers_in_state())
    rows = state.filter(nw.col("open") == 1).to_native().df()
    end = pd.Timestamp(month.period.end)
    after = end + timedelta(days=1)
    result, returned = (rows[c].where(rows[c] < after) for c in ("result_at", "returned_at"))
    back = rows["division_returned_at"].where(rows["division_returned_at"] < after)
    is_there = (rows["division_received_at"] < after) & back.isna()
    is_overdue = rows["open_overdue"] == 1
    overdue = (end - rows["due"].dt.normalize()).dt.days
    table = rows[["dossier_id", "code", "procedure", "received_at", "due"]].assign(
        is_overdue=is_overdue,
        days_overdue=overdue.where(is_overdue, 0).astype("int64"),
        working_days_left=working_days_left(month.period.end, rows["due"].where(~is_overdue)),
        finished_at=result.mask(result.isna() | (returned < result), returned),
        division=rows["division"].where(is_there, "").fillna(""),
        is_late_there=is_there & (rows["division_due_at"].dt.normalize() < end),
        ended=rows["ended"],
    )
    return table.sort_values(["due", "dossier_id"], ignore_index=True)


def to_do(month: Month, days: int = WORKING_DAYS) -> pd.DataFrame:
    """Open dossiers that ask for something now, each once, under the first action that applies.

    press_finish: result or return is there, "finish" is not pressed. overdue: the due date is over.
    due_soon: due within `days` working days after the period's end, or on that day.

    Returns
    -------
    DataFrame
        One row per dossier, by action, then by due date: the columns of `open_dossiers` and
        `action`.

    Examples
    --------
    >>> to_do(load("2024-01", data="data/sample"))["action"].unique().tolist()
    ['press_finish', 'overdue', 'due_soon']
    """
    table = open_dossiers(month)
    holds = {
        "press_finish": table["finished_at"].notna(),
        "overdue": table["is_overdue"],
        "due_soon": (table["working_days_left"] <= days).fillna(False).astype(bool),
    }
    action = pd.Series("", index=table.index, dtype=object)
    for name in reversed(ACTIONS):
        action = action.mask(holds[name], name)
    table = table.assign(
        action=action, urgency=action.map(dict(zip(ACTIONS, range(3), strict=True)))
    )
    table = table[table["action"] != ""].sort_values(["urgency", "due", "dossier_id"])
    return table.drop(columns="urgency").reset_index(drop=True)


def count_actions(dossiers: pd.DataFrame, codes: Iterable[str]) -> pd.DataFrame:
    """Rows of `to_do` per unit: code, one column per action, total; 0 for a unit without any.

    Examples
    --------
    >>> rows = pd.DataFrame({"code": ["1", "1"], "action": ["overdue", "due_soon"]})
    >>> count_actions(rows, ["1", "2"]).to_dict("records")[0]
    {'code': '1', 'press_finish': 0, 'overdue': 1, 'due_soon': 1, 'total': 2}
    """
    counts = pd.crosstab(dossiers["code"], dossiers["action"])
    index = pd.Index(list(codes), name="code")
    counts = counts.reindex(index=index, columns=list(ACTIONS), fill_value=0).astype("int64")
    return counts.assign(total=counts.sum(axis=1)).rename_axis(columns=None).reset_index()


def load_watch(
    as_of: date | None,
    data: Path,
    params: Path | None = None,
    progress: Callable[[str], None] | None = None,
) -> tuple[Month, date]:
    """Month that ends on the day of looking, and the day of the newest export of dossiers.

    Due dates are those of the newest exports, whatever the day knew.

    Parameters
    ----------
    as_of : day of looking; None: the day of the newest export.

    Raises
    ------
    InputError
        No dossier was received by that day.

    Examples
    --------
    >>> from motcua.reference import ROOT
    >>> load_watch(date(2024, 1, 10), ROOT / "data" / "sample")[0]
    <Month 2024-01 2023-12-15..2024-01-10, 30 units>
    """
    newest = newest_export(data, load_params("2000-01", params))
    as_of = as_of or newest
    month, start = month_of(as_of, params)
    dates = {"period_start": start, "period_end": as_of}
    watched = load(month, data, params, progress, **dates)
    first = watched.inputs.con.execute("select min(received_at) from dossiers").fetchall()[0][0]
    if not first or first.date() > as_of:
        told = f"Hồ sơ sớm nhất tiếp nhận ngày {day(first)}." if first else ""
        raise InputError(
            f"Đến ngày {day(as_of)} dữ liệu chưa có hồ sơ nào. {told}\n"
            "Chọn ngày khác bằng --as-of, hoặc thư mục khác bằng --data."
        )
    return watched, newest


def newest_export(data: Path, params: Params) -> date:
    """Day of the newest export of dossiers in a data folder.

    Raises
    ------
    InputError
        There is no folder, or no dossier file in it.

    Examples
    --------
    >>> from motcua.reference import ROOT
    >>> newest_export(ROOT / "data" / "sample", Params())
    datetime.date(2024, 3, 18)
    """
    if is_store(data):
        return read_meta(data)["exported_at"]
    return max(exported_on(path, params) for kind, path in find_files(data) if kind == "dossiers")


def month_of(as_of: date, params: Path | None = None) -> tuple[str, date]:
    """Month whose period holds a day, and the first day of that period.

    Parameters
    ----------
    params : parameter file of every month; by default each month has its own.

    Examples
    --------
    >>> month_of(date(2024, 1, 10)), month_of(date(2024, 1, 15))
    (('2024-01', datetime.date(2023, 12, 15)), ('2024-02', datetime.date(2024, 1, 15)))
    """
    here = f"{as_of:%Y-%m}"
    months = [next_month(here, step) for step in (-1, 0, 1)]
    read = {month: load_params(month, params) for month in months}
    periods = {month: period_of(month, values) for month, values in read.items()}
    holding = [m for m, period in periods.items() if period.start <= as_of <= period.end]
    if holding:  # periods may be overridden: the month whose usual end is nearest
        month = min(holding, key=lambda m: abs(_usual_end(m, read[m]) - periods[m].end))
        return month, periods[month].start
    usual = {month: rule_period(month, values.period_rule) for month, values in read.items()}
    month = next(m for m, period in usual.items() if period.start <= as_of <= period.end)
    return month, usual[month].start


def _usual_end(month: str, params: Params) -> date:
    return rule_period(month, params.period_rule).end
