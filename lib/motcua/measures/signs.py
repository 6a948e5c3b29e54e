"""Signs that figures may have been made to look better: questions to ask, never accusations.

Each check compares one number of a ward with a threshold of the parameters. A sign has innocent
explanations as well; it says where to look first.
"""

from __future__ import annotations

from itertools import product
from math import inf
from operator import ge, gt, lt

import narwhals as nw
import numpy as np
import pandas as pd

from motcua.measures.frame import Frame, table
from motcua.measures.rates import rates_alone, ward_history, ward_rates
from motcua.measures.verdicts import points_lost

# What makes the number of a check a sign: its threshold, by name of the parameter or itself.
CHECKS = {
    "deadline": (gt, "check_deadline_percent"),
    "burst": (ge, "check_burst_dossiers"),
    "fewer": (lt, "check_fewer_percent"),
    "growing": (ge, "check_growing_months"),
    "rescheduled": (ge, 1),
}
SLACK_DAYS = 2  # a dossier with less time than this cannot help ending on its due date
MIN_MONTHS = 3  # earlier months it takes to know what is usual
# Number of a check, what it is a part of, and whether a sign can be told.
Told = tuple[float | None, int | None, bool]


@table
def checks(month: Frame) -> pd.DataFrame:
    """Every check of every ward, in register order.

    Returns
    -------
    table
        One row per ward x check: code, name, check (one of CHECKS), number, of (what the number is
        a part of; None where it is no part), threshold, is_sign (None where it cannot be told:
        too few dossiers or months, or no time of day).

    Notes
    -----
    deadline: percent of the dossiers on time, with at least SLACK_DAYS days to do them, that were
    done on the due day. burst: most dossiers that one official closed within `check_burst_minutes`;
    not told where no export names officials. fewer: dossiers received, in percent of the
    median of the months before, both as shares of the city, so that Tết does not count. growing:
    months in a row in which the open overdue dossiers grew. rescheduled: dossiers put off more than
    once (Nghị định 61/2018/NĐ-CP allows once), by their own count or by the dates in the exports.

    Examples
    --------
    >>> from motcua import load
    >>> table = checks(load("2024-01", data="data/sample"))
    >>> len(table), table["check"].unique().tolist() == list(CHECKS)
    (150, True)
    """
    found = {
        "deadline": _deadline(month),
        "burst": _bursts(month),
        "fewer": _fewer(month),
        "growing": _growing(month),
        "rescheduled": _rescheduled(month),
    }
    rows = []
    for unit, (name, (is_beyond, limit)) in product(month.units, CHECKS.items()):
        number, of, is_told = found[name][unit.code]
        threshold = getattr(month.params, limit) if isinstance(limit, str) else limit
        row = {"code": unit.code, "name": unit.name, "check": name, "number": number, "of": of}
        is_sign = bool(is_beyond(number, threshold)) if is_told else None
        rows.append(row | {"threshold": threshold, "is_sign": is_sign})
    table = pd.DataFrame(rows)
    return table.assign(is_sign=table["is_sign"].astype(object))


@table
def signs(month: Frame) -> pd.DataFrame:
    """Rows of `checks` with a sign, by check and then the largest number first."""
    table = checks(month)
    table = table[table["is_sign"] == True]  # noqa: E712  None is neither
    order = {name: i for i, name in enumerate(CHECKS)}
    table = table.assign(place=table["check"].map(order)).sort_values(
        ["place", "number", "code"], ascending=[True, False, True], ignore_index=True
    )
    return table.drop(columns="place")


def _ask(month: Frame, which: nw.Expr, *columns: str) -> pd.DataFrame:
    """Some columns of some dossiers of the month."""
    rows = nw.from_native(month.dossiers_in_state())
    return rows.filter(which).select(*columns).to_native().df()


def _deadline(month: Frame) -> dict[str, Told]:
    received = nw.col("received_at").dt.truncate("1d")
    due, done = nw.col("due").dt.truncate("1d"), nw.col("done").dt.truncate("1d")
    slack = due >= received.dt.offset_by(f"{SLACK_DAYS}d")
    on_time = nw.from_native(month.dossiers_in_state()).filter(nw.col("on_time") == 1, slack)
    on_time = on_time.with_columns(hit=nw.when(done == due).then(nw.lit(1)).otherwise(nw.lit(0)))
    counts = on_time.group_by("code").agg(hits=nw.col("hit").sum(), of=nw.len())
    table = counts.to_native().df().astype({"hits": "int64", "of": "int64"})
    pairs = {
        code: (hits, of) for code, hits, of in table[["code", "hits", "of"]].itertuples(index=False)
    }
    least = max(month.params.small_n, 1) if month.params.has_due_dates else inf
    every = {unit.code: pairs.get(unit.code, (0, 0)) for unit in month.units}
    return {code: (points_lost(hits, of), of, of >= least) for code, (hits, of) in every.items()}


def _bursts(month: Frame) -> dict[str, Told]:
    is_done = (nw.col("resolved") == 1) & ~nw.col("closed_at").is_null()
    closed = _ask(month, is_done, "code", "official", "closed_at")
    has_time = (closed["closed_at"] != closed["closed_at"].dt.normalize()).any()
    has_time &= (closed["official"] != "").any()
    by = closed["official"].where(closed["official"] != "", closed["code"])
    span = f"{month.params.check_burst_minutes}min"
    groups = closed.groupby(["code", by]).ngroup()
    most = closed[["code"]].assign(n=in_bursts(groups, closed["closed_at"], pd.Timedelta(span)))
    largest = most.groupby("code")["n"].max().to_dict()
    return {
        unit.code: (largest.get(unit.code, 0) if has_time else None, None, has_time)
        for unit in month.units
    }


def in_bursts(groups: pd.Series, times: pd.Series, span: pd.Timedelta) -> pd.Series:
    """How many moments of its group lie within `span` from each moment on, itself included.

    Parameters
    ----------
    groups : number of the group of each moment, from 0 on.

    Examples
    --------
    >>> moments = pd.Series(pd.to_datetime([f"2024-01-02 08:0{minute}" for minute in (0, 4, 6)]))
    >>> alike, apart = pd.Series([0, 0, 0]), pd.Series([0, 1, 0])
    >>> in_bursts(alike, moments, pd.Timedelta("5min")).tolist()
    [2, 2, 1]
    >>> in_bursts(apart, moments, pd.Timedelta("6min")).tolist()
    [2, 1, 1]
    """
    passed = (times - times.min()) // pd.Timedelta("1us")  # since the first of all
    within = span // pd.Timedelta("1us")
    line = passed + groups * (passed.max() + within + 1)  # groups one after the other, far apart
    line = line.sort_values(kind="stable")
    ends = np.searchsorted(line, line + within, side="right")
    return pd.Series(ends - np.arange(len(line)), index=line.index, dtype="int64").sort_index()


def _fewer(month: Frame) -> dict[str, Told]:
    before = [rates_alone(month.at(m)).set_index("code")["received"] for m in month.months[:-1]]
    full = [received for received in before if received.sum()]
    now = ward_rates(month).set_index("code")["received"]
    shares = pd.DataFrame([received / received.sum() for received in full])
    usual = shares.median().to_dict() if len(full) >= MIN_MONTHS else {}
    total = now.sum()
    rows = {}
    for unit in month.units:
        expected = usual.get(unit.code, 0) * total
        percent = round(100 * now[unit.code] / expected, 6) if expected else None
        rows[unit.code] = percent, round(expected), expected >= max(month.params.small_n, 1)
    return rows


def _growing(month: Frame) -> dict[str, Told]:
    least = month.params.check_growing_months
    counts = ward_history(month).groupby("code")["open_overdue"]
    return {code: (months_growing(list(n)), None, len(n) > least) for code, n in counts}


def months_growing(counts: list[int]) -> int:
    """Steps up in a row at the end of a series.

    Examples
    --------
    >>> months_growing([3, 1, 2, 5]), months_growing([1, 1]), months_growing([])
    (2, 0, 0)
    """
    number = 0
    for earlier, later in zip(counts[-2::-1], counts[:0:-1], strict=False):
        if later <= earlier:
            break
        number += 1
    return number


def _rescheduled(month: Frame) -> dict[str, Told]:
    put_off = (nw.col("reschedules") != "") | ~nw.col("rescheduled_due_at").is_null()
    state = _ask(month, put_off, "code", "dossier_id", "reschedules")
    told = pd.to_numeric(state["reschedules"], errors="coerce").fillna(0) > 1
    dates = month.ask(
        "select dossier_id from dossiers_again where rescheduled_due_at is not null "
        "group by dossier_id having count(distinct rescheduled_due_at) > 1"
    )
    seen = state["dossier_id"].isin([number for (number,) in dates])
    counts = state[told | seen].groupby("code").size()
    has_any = bool(len(state))
    return {
        unit.code: (int(counts.get(unit.code, 0)) if has_any else None, None, has_any)
        for unit in month.units
    }
