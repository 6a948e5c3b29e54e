"""Complaints of a month: how many per 1,000 dossiers, on which channel, answered or not."""

from __future__ import annotations

import pandas as pd

from motcua.measures.complaints import per_1000, per_1000_interval
from motcua.measures.month import Month, once_per_month

CITY_NAME = "Toàn thành phố"


@once_per_month
def complaints(month: Month) -> pd.DataFrame:
    """Complaints of the period with `days_to_answer`: calendar days from receipt to the answer.

    One row per complaint (see `Month.feedback`); the answer is the one known from the newest
    export, also after the period.

    Examples
    --------
    >>> from motcua import load
    >>> table = complaints(load("2024-01", data="data/sample"))
    >>> int(table["days_to_answer"].min()) >= 0
    True
    """
    table = month.feedback
    waited = table["answered_at"].dt.normalize() - table["received_at"].dt.normalize()
    return table.assign(days_to_answer=waited.dt.days.astype("Int64"))


@once_per_month
def feedback_rates(month: Month) -> pd.DataFrame:
    """Complaints per 1,000 resolved dossiers, wards with most first, the city last.

    Returns
    -------
    table
        One row per ward and one for the city (code ""): code, name, feedback, resolved, per_1000,
        per_1000_low, per_1000_high (exact 95 % limits; None without resolved dossiers), answered,
        unanswered, median_days (of the answered).

    Source of the limits: F. Garwood (1936), see `statistics.poisson_interval`. A complaint need not
    concern a dossier resolved in the period: the dossiers measure how much a ward has to do.

    Examples
    --------
    >>> from motcua import load
    >>> table = feedback_rates(load("2024-01", data="data/sample"))
    >>> table.iloc[-1]["name"], int(table.iloc[-1]["feedback"]), table.iloc[0]["name"]
    ('Toàn thành phố', 10, 'Tam Phước')
    """
    told = complaints(month)
    wards = month.rates[["code", "name", "feedback", "resolved"]]
    own = dict(list(told.groupby("code")))
    rows = [_row(own.get(w.code, told[:0]), w) for w in wards.itertuples(index=False)]
    table = pd.DataFrame(rows).sort_values(
        ["per_1000", "feedback", "code"], ascending=[False, False, True], na_position="last"
    )
    whole = pd.Series({"code": "", "name": CITY_NAME, "resolved": month.city["resolved"]})
    return pd.concat([table, pd.DataFrame([_row(told, whole)])], ignore_index=True)


def _row(told: pd.DataFrame, unit: pd.Series) -> dict:
    resolved = int(unit.resolved)
    low, high = per_1000_interval(len(told), resolved)
    return {
        "code": unit.code,
        "name": unit.name if isinstance(unit, tuple) else unit["name"],
        "resolved": resolved,
        "per_1000": per_1000(len(told), resolved),
        "per_1000_low": low,
        "per_1000_high": high,
        **_answers(told),
    }


def _answers(told: pd.DataFrame) -> dict:
    answered = int(told["answered_at"].notna().sum())
    return {
        "feedback": len(told),
        "answered": answered,
        "unanswered": len(told) - answered,
        "median_days": float(told["days_to_answer"].median()) if answered else None,
    }


@once_per_month
def feedback_channels(month: Month) -> pd.DataFrame:
    """One row per channel: channel, feedback, answered, unanswered, median_days; most first.

    A complaint told on several channels stands under the first.
    """
    told = complaints(month)
    rows = [{"channel": name} | _answers(own) for name, own in told.groupby("channel")]
    columns = ["channel", "feedback", "answered", "unanswered", "median_days"]
    table = pd.DataFrame(rows, columns=columns)
    return table.sort_values(["feedback", "channel"], ascending=[False, True], ignore_index=True)
