"""Whose days the late days of handed-over dossiers are, and whether the ward could know in time.

A ward hands some dossiers to a division (letter 1522, point 5: Phòng Quản lý đô thị). The late days
of a dossier are the days after its due date, up to and including the day it was finished.
"""

from __future__ import annotations

import pandas as pd

from motcua.measures.month import Month, once_per_month
from motcua.reading.rows import OTHER_DIVISION

APOLOGY_LEAD_DAYS = 1  # NĐ 61/2018: told and apologised for at the latest a day before the due date
NOTICES = {
    "returned_in_time": "Phòng trả lại trước hạn ít nhất 1 ngày: phường, xã còn kịp xin lỗi",
    "apology_in_time": "Phòng trả lại muộn hơn, nhưng đã có xin lỗi đúng lúc: phường, xã đã biết",
    "apology_late": "Phòng trả lại muộn hơn, chỉ có xin lỗi muộn",
    "no_sign": "Phòng trả lại muộn hơn, không có xin lỗi: không có dấu vết là phòng đã báo",
    "unknown": "Không biết ngày phòng trả lại",
}
_DIVISION_DATES = ["division_received_at", "division_due_at", "division_returned_at"]


@once_per_month
def late_days(month: Month) -> pd.DataFrame:
    """Late dossiers that were with Phòng Quản lý đô thị: one row each, late days split by holder.

    A dossier is one of them when at least one of the three division dates is there and no other
    division is named.

    Returns
    -------
    table
        dossier_id, code, name, cause, due, done, late_days, split ("known", or the date that is
        missing), ward_days, division_days (missing unless known), overrun_days (days that the
        division was past its own due date, before or after the dossier's), late_days_without (late
        days that would be left had the division returned it on its own due date and all else
        taken as long), notice (key of NOTICES, only where the division overran or cannot be known).

    Notes
    -----
    Days are calendar days. A late day is the division's when it lies after the division received
    the dossier, after the division's own due date, and not after the division returned it; every
    other late day is the ward's: before hand-over, within the time given to the division, after
    its return. A missing due date of the division makes its days unknowable; a missing return
    date too (the dossier is finished, but when it came back is not said); a missing date of
    receipt likewise. late_days_without = max(0, late_days - overrun_days).
    """
    late = month.late_dossiers
    dates = {c: late[c].dt.normalize() for c in ("due", "done", "apology_at", *_DIVISION_DATES)}
    table = late[["dossier_id", "code", "cause", "division"]].assign(**dates)
    with_division = table[_DIVISION_DATES].notna().any(axis=1)
    table = table[with_division & (table["division"] != OTHER_DIVISION)].reset_index(drop=True)
    table.insert(2, "name", table["code"].map(month.unit_names))
    table["late_days"] = _days(table["due"], table["done"])
    table["split"] = _missing(table)
    known = table["split"] == "known"
    until = table[["division_returned_at", "done"]].min(axis=1)
    since = table[["due", "division_due_at", "division_received_at"]].max(axis=1)
    division = _days(since, until).clip(lower=0).where(known)
    table["division_days"] = division.astype("Int64")
    table["ward_days"] = (table["late_days"] - division).astype("Int64")
    overrun = _days(table["division_due_at"], table["division_returned_at"]).clip(lower=0)
    table["overrun_days"] = overrun.where(known).astype("Int64")
    left = (table["late_days"] - table["overrun_days"]).clip(lower=0)
    table["late_days_without"] = left
    table["notice"] = _notices(table)
    return table.drop(columns="division")


def _days(first: pd.Series, last: pd.Series) -> pd.Series:
    return (last - first).dt.days


def _missing(table: pd.DataFrame) -> pd.Series:
    """Known, or the first division date without which the late days cannot be split."""
    split = pd.Series("known", index=table.index, dtype=object)
    for column in reversed(_DIVISION_DATES):
        split = split.mask(table[column].isna(), column)
    return split


def _notices(table: pd.DataFrame) -> pd.Series:
    """Key of NOTICES per dossier that the division overran; None where it kept its time."""
    lead = pd.Timedelta(days=APOLOGY_LEAD_DAYS)
    last_day = table["due"] - lead
    returned, apology = table["division_returned_at"], table["apology_at"]
    notice = pd.Series("no_sign", index=table.index, dtype=object)
    notice = notice.mask(apology.notna(), "apology_late")
    notice = notice.mask(apology <= last_day, "apology_in_time")
    notice = notice.mask(returned <= last_day, "returned_in_time")
    notice = notice.mask(returned.isna(), "unknown")
    kept = (table["split"] == "known") & (table["overrun_days"] == 0)
    return notice.mask(kept, None)


@once_per_month
def days_by_ward(month: Month) -> pd.DataFrame:
    """Late days by holder, one row per ward with a handed-over late dossier, most days first.

    Columns: code, name, dossiers, late_days, ward_days, division_days, unsplit_days (of dossiers
    whose dates are not complete), overran (dossiers that the division kept past its own due
    date), on_time_without (of them: not late, had the division kept its time). late_days =
    ward_days + division_days + unsplit_days.
    """
    days = late_days(month)
    days = days.assign(
        dossiers=1,
        unsplit_days=days["late_days"].where(days["split"] != "known", 0),
        overran=(days["overrun_days"] > 0).fillna(False).astype(int),
        on_time_without=(days["late_days_without"] == 0).fillna(False).astype(int),
    )
    sums = ["dossiers", "late_days", "ward_days", "division_days", "unsplit_days", "overran",
            "on_time_without"]  # fmt: skip
    table = days.groupby(["code", "name"], as_index=False)[sums].sum()
    table = table.astype(dict.fromkeys(sums, "int64"))
    return table.sort_values(["late_days", "code"], ascending=[False, True], ignore_index=True)


@once_per_month
def notices(month: Month) -> pd.DataFrame:
    """Whether wards could know in time, one row per key of NOTICES: notice, label, dossiers.

    Over the late dossiers that the division kept past its own due date, or of which that cannot be
    known. The export has no date on which a division told a ward; so "could know" is all that can
    be said (letter 1522, point 5; NĐ 61/2018: at the latest one day before the due date).
    """
    counts = late_days(month)["notice"].value_counts()
    return pd.DataFrame(
        [(key, label, int(counts.get(key, 0))) for key, label in NOTICES.items()],
        columns=["notice", "label", "dossiers"],
    )
