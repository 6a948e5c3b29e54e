"""Signs that figures may have been made to look better: questions to ask, never accusations.

Each check compares one number of a ward with a threshold of the parameters. A sign has innocent
explanations as well; it says where to look first.
"""

from __future__ import annotations

from itertools import pairwise, product
from math import inf
from operator import ge, gt, lt

import pandas as pd

from motcua.base.reference import read_yaml
from motcua.measures.frame import Frame, counts_in, table
from motcua.measures.quality import versions
from motcua.measures.rates import ward_history
from motcua.measures.verdicts import points_lost, streak

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
    counts = (_deadline, _bursts, _fewer, _growing, _rescheduled)
    numbers = dict(zip(CHECKS, (count(month) for count in counts), strict=True))
    rows = []
    for unit, (check, (is_beyond, limit)) in product(month.units, CHECKS.items()):
        number, of, is_told = numbers[check][unit.code]
        threshold = getattr(month.params, limit) if isinstance(limit, str) else limit
        is_sign = bool(is_beyond(number, threshold)) if is_told else None
        rows.append((unit.code, unit.name, check, number, of, threshold, is_sign))
    columns = ["code", "name", "check", "number", "of", "threshold", "is_sign"]
    return pd.DataFrame(rows, columns=columns).astype({"is_sign": object})


@table
def signs(month: Frame) -> pd.DataFrame:
    """Rows of `checks` with a sign, by check and then the largest number first."""
    signs = checks(month)[checks(month)["is_sign"].eq(True)]  # None is neither
    signs = signs.sort_values(["number", "code"], ascending=[False, True])
    places = signs["check"].map([*CHECKS].index).sort_values(kind="stable").index
    return signs.loc[places].reset_index(drop=True)


@table
def _rows(month: Frame) -> pd.DataFrame:
    """What the month's dossiers say of each ward that has any, by its code: query `signs`."""
    asked = {"slack": SLACK_DAYS, "minutes": month.params.check_burst_minutes}
    sql = read_yaml("queries")["signs"].format(**asked)
    return month.dossiers_in_state().query("rows", sql).df().set_index("code")


def _deadline(month: Frame) -> dict[str, Told]:
    counts = _rows(month)[["on_last_day", "has_slack"]].T.to_dict("list")
    least = max(month.params.small_n, 1) if month.params.has_due_dates else inf
    every = {code: counts.get(code, (0, 0)) for code in month.unit_names}
    return {code: (points_lost(hit, of), of, of >= least) for code, (hit, of) in every.items()}


def _bursts(month: Frame) -> dict[str, Told]:
    has_time = bool(_rows(month)[["has_time", "is_named"]].any().all())
    largest = _rows(month)["together"].to_dict()
    return {
        code: (largest.get(code, 0) if has_time else None, None, has_time)
        for code in month.unit_names
    }


def _fewer(month: Frame) -> dict[str, Told]:
    every = [counts_in(month, m).set_index("code")["received"] for m in month.months]
    *before, now = every
    shares = [received / received.sum() for received in before if received.sum()]
    usual = pd.DataFrame(shares).median().to_dict() if len(shares) >= MIN_MONTHS else {}
    total, rows = now.sum(), {}
    for code, received in now.items():
        expected = usual.get(code, 0) * total
        percent = round(100 * received / expected, 6) if expected else None
        rows[code] = percent, round(expected), expected >= max(month.params.small_n, 1)
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
    return streak([later > earlier for earlier, later in pairwise(counts)])


def _rescheduled(month: Frame) -> dict[str, Told]:
    rows, again = _rows(month), set(versions(month)[-1] or [])
    by_dates = rows["others"].map(lambda others: len(again.intersection(others)))
    counts, has_any = (rows["by_count"] + by_dates).to_dict(), bool(rows["is_put_off"].any())
    return {
        code: (counts.get(code, 0) if has_any else None, None, has_any) for code in month.unit_names
    }
