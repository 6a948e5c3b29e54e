"""Repeats: officials, by their codes, who keep forgetting to close dossiers.

The list of officials and their dossiers is for Phòng Nội vụ alone (see `restricted`); pages, public
tables and findings.json know no more than how many officials a ward has in it.
"""

from __future__ import annotations

import narwhals as nw
import pandas as pd

from motcua.base.calendar import months_in, next_month
from motcua.measures.causes import late_dossiers
from motcua.measures.frame import Frame, table
from motcua.measures.verdicts import points_lost

EVENT = "forgot_to_close"  # letter 1522/UBND-THNC, point 2: from three times on
KEYS = ["official", "code", "name"]


@table
def events(month: Frame) -> pd.DataFrame:
    """One row per forgotten closing of a known official in the last `repeat_months` months.

    Columns: official, code, name, month, dossier_id, due, done, days_late, cause_source, evidenced.
    """
    tables = [_events_of(month.at(m)) for m in window(month)]
    table = pd.concat(tables, ignore_index=True)
    return table.sort_values(["code", "official", "month", "dossier_id"], ignore_index=True)


def window(month: Frame) -> list[str]:
    """Months in which repeats add up, oldest first, the last one of the period the last."""
    first = next_month(month.last.month, 1 - month.params.repeat_months)
    return [m for m in month.last.months if m >= first]


def _events_of(month: Frame) -> pd.DataFrame:
    late = late_dossiers(month)
    mine = late[(late["cause"] == EVENT) & (late["official"] != "")].assign(month=month.month)
    columns = [*KEYS, "month", "dossier_id", "due", "done", "days_late", "cause_source"]
    return mine[[*columns, "evidenced"]]


@table
def repeats(month: Frame) -> pd.DataFrame:
    """Officials who repeat from `repeat_from` on, by dossiers or by months, most dossiers first.

    Returns
    -------
    table
        One row per official: official (code), code, name (ward); dossiers (forgotten), months
        (with at least one), this_month (dossiers of the period), evidenced; by_dossier, by_month
        (whether it is a repeat counted so); handled (dossiers resolved), share_percent; expected
        (forgotten, were everyone in the city alike), times_expected (how many times as many there
        are).

    Notes
    -----
    Over many officials some repeat by chance alone: what is expected is a caution, no verdict.
    Source of the rule: letter 1522/UBND-THNC, point 2 ("tái phạm từ 03 lần trở lên").

    Examples
    --------
    >>> from motcua import load
    >>> table = repeats(load("2024-01", data="data/sample"))
    >>> bool((table["dossiers"] >= 3).all()), bool(table["by_dossier"].all())
    (True, True)
    """
    found = events(month)
    found = found.assign(is_now=found["month"].isin(months_in(month.month)))
    counts = found.groupby(KEYS, as_index=False).agg(
        dossiers=("dossier_id", "size"),
        months=("month", "nunique"),
        this_month=("is_now", "sum"),
        evidenced=("evidenced", "sum"),
    )
    handled = _handled(month)
    counts["handled"] = counts["official"].map(handled).fillna(0).astype("int64")
    rate = len(found) / handled.sum() if handled.sum() else 0
    expected = counts["handled"] * rate
    least = month.params.repeat_from
    table = counts.assign(
        by_dossier=counts["dossiers"] >= least,
        by_month=counts["months"] >= least,
        share_percent=[
            points_lost(*pair) for pair in zip(counts["dossiers"], counts["handled"], strict=True)
        ],
        expected=expected.round(6),
        times_expected=(counts["dossiers"] / expected).round(6),
    )
    table = table[table["by_dossier"] | table["by_month"]]
    return table.sort_values(
        ["dossiers", "months", "code", "official"],
        ascending=[False, False, True, True],
        ignore_index=True,
    )


def _handled(month: Frame) -> pd.Series:
    """Official -> dossiers resolved in the window."""
    known = nw.from_native(month.finished_in_state(window(month)[0])).filter(
        nw.col("resolved") == 1, nw.col("official") != ""
    )
    counts = known.group_by("official").agg(n=nw.len()).to_native().df()
    return counts.set_index("official")["n"]


@table
def repeats_by_ward(month: Frame) -> pd.DataFrame:
    """How many officials of each ward repeat, without their codes; one row per ward.

    Columns: code, name, by_dossier, by_month (officials), dossiers (theirs), active (of them with a
    forgotten closing in this very month).
    """
    table = repeats(month)
    units = pd.DataFrame({"code": list(month.unit_names), "name": list(month.unit_names.values())})
    by = table.groupby("code")
    sums = {
        "by_dossier": by["by_dossier"].sum(),
        "by_month": by["by_month"].sum(),
        "dossiers": by["dossiers"].sum(),
        "active": table[table["this_month"] > 0].groupby("code").size(),
    }
    for name, rows in sums.items():
        units[name] = units["code"].map(rows).fillna(0).astype("int64")
    return units
