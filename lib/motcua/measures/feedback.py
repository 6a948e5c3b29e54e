"""Feedback: complaints of a month, each once; how many per 1,000 dossiers, answered or not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pandas as pd

from motcua.base.calendar import Period
from motcua.base.reference import feedback_kinds, word
from motcua.measures.frame import CITY, Frame, counts, table
from motcua.measures.statistics import poisson_interval

PER = 1000  # dossiers


@table
def complaints_of(frame: Frame) -> pd.DataFrame:
    """One row per complaint of the period: code, name, received_at, channel, kind, ...

    A complaint told on several channels is one (see `merge_channels`).
    """
    return complaints_in(frame, frame.period)


def complaints_in(frame: Frame, period: Period) -> pd.DataFrame:
    """Complaints of any period."""
    rows = _of_all_times(frame)  # by time
    days = [pd.Timestamp(day) for day in (period.start, period.end + timedelta(days=1))]
    first, after = rows["received_at"].searchsorted(days)
    return rows[first:after].reset_index(drop=True)


@table(shared=True)
def _of_all_times(frame: Frame) -> pd.DataFrame:
    kinds = feedback_kinds()
    rows = frame.coded("feedback").df()
    rows = rows[rows["kind"].isin([code for code, kind in kinds.items() if kind["complaint"]])]
    rows["name"] = rows["code"].map(frame.unit_names)
    rows["kind_label"] = rows["kind"].map(lambda code: kinds[code]["label"]).astype(object)
    columns = [
        "feedback_id", "code", "name", "received_at", "channel", "kind", "kind_label",
        "dossier_id", "answered_at", "apology_at",
    ]  # fmt: skip
    rows = rows[columns].sort_values(["received_at", "feedback_id"], ignore_index=True)
    return merge_channels(rows, frame.params.same_complaint_days)


@table
def complaints(month: Frame) -> pd.DataFrame:
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
    table = complaints_of(month)
    waited = table["answered_at"].dt.normalize() - table["received_at"].dt.normalize()
    return table.assign(days_to_answer=waited.dt.days.astype("Int64"))


@table
def feedback_rates(month: Frame) -> pd.DataFrame:
    """Complaints per 1,000 resolved dossiers, wards with most first, the city last.

    Returns
    -------
    table
        One row per ward and one for the city (code ""): code, name, feedback, resolved, per_1000,
        per_1000_low, per_1000_high (exact 95% limits; None without resolved dossiers), answered,
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
    every, resolved = complaints(month), counts(month).set_index("code")["resolved"].to_dict()
    answers = {code: _answers(own) for code, own in every.groupby("code")} | {CITY: _answers(every)}
    none, resolved[CITY], rows = _answers(every[:0]), sum(resolved.values()), []
    for code, name in (*month.unit_names.items(), (CITY, word("Whole"))):
        about, n = answers.get(code, none), resolved[code]
        low, high = per_1000_interval(about["feedback"], n)
        rates = {
            "per_1000": per_1000(about["feedback"], n),
            "per_1000_low": low,
            "per_1000_high": high,
        }
        rows.append({"code": code, "name": name, "resolved": n} | rates | about)
    table, order = pd.DataFrame(rows), ["per_1000", "feedback", "code"]
    wards = table[:-1].sort_values(order, ascending=[False, False, True])
    return pd.concat([wards, table[-1:]], ignore_index=True)


def _answers(drew: pd.DataFrame) -> dict[str, float | None]:
    days = drew.loc[drew["answered_at"].notna(), "days_to_answer"]
    return {
        "feedback": len(drew),
        "answered": len(days),
        "unanswered": len(drew) - len(days),
        "median_days": float(days.median()) if len(days) else None,
    }


def most_complaints(frame: Frame) -> dict[str, Any] | None:
    """Row of the ward with more complaints than any other, also per dossier; None at a tie.

    `alike`: how many of them may be told twice.
    """
    wards = feedback_rates(frame).iloc[:-1]
    first, others = wards.iloc[0], wards.iloc[1:]
    most, densest = others[["feedback", "per_1000"]].astype(float).max().fillna(0)
    own = complaints(frame).query("code == @first.code")
    is_first = first["feedback"] > most and (first["per_1000"] or 0) > densest
    return first.to_dict() | {"alike": int(own["may_be_same"].sum())} if is_first else None


@table
def feedback_channels(month: Frame) -> pd.DataFrame:
    """One row per channel: channel, feedback, answered, unanswered, median_days; most first.

    A complaint told on several channels stands under the first.
    """
    groups = complaints(month).groupby("channel")
    columns = ["channel", "feedback", "answered", "unanswered", "median_days"]
    rows = [{"channel": name} | _answers(own) for name, own in groups]
    table = pd.DataFrame(rows, columns=columns)
    return table.sort_values(["feedback", "channel"], ascending=[False, True], ignore_index=True)


def merge_channels(complaints: pd.DataFrame, days: int) -> pd.DataFrame:
    """Complaints with those told on several channels counted once.

    Two are surely the same when they concern the same ward and the same dossier, came by different
    channels and at most `days` calendar days after the first. Two on one channel are two; so are
    two without a dossier, however alike they look: `may_be_same` says that they might be one.

    Parameters
    ----------
    complaints : one row per complaint: code, dossier_id ("" for none), received_at, channel, kind,
        answered_at, apology_at; sorted by received_at.
    days : how long after the first a complaint can be the same.

    Returns
    -------
    table
        One row per complaint: the first row's columns, the earliest answer and apology, `told`
        (how often it was told) and `may_be_same`.

    Source: docs/adr/0020-count-a-complaint-once.md.

    Examples
    --------
    >>> table = pd.DataFrame({"channel": ["1022", "DVCQG"]}).assign(
    ...     code="1", dossier_id="H1", received_at=pd.Timestamp("2024-01-02"), kind="delay",
    ...     answered_at=pd.NaT, apology_at=pd.NaT)
    >>> merge_channels(table, 30)[["channel", "told"]].values.tolist()
    [['1022', 2]]
    """
    table = complaints.reset_index(drop=True)
    table = table.assign(first=_first_of_each(table, days))
    heads = table.groupby("first", sort=True)
    merged = table.loc[list(heads.groups)].assign(
        answered_at=heads["answered_at"].min(),
        apology_at=heads["apology_at"].min(),
        told=heads.size(),
    )
    merged = merged.drop(columns="first").reset_index(drop=True)
    return merged.assign(may_be_same=_look_alike(merged, days))


def _first_of_each(table: pd.DataFrame, days: int) -> list[int]:
    """Position of the complaint that each one repeats; its own when it repeats none."""
    first, came = list(range(len(table))), table["received_at"].dt.normalize()
    about = table[table["dossier_id"] != ""]
    for _, rows in about.groupby(["code", "dossier_id"], sort=False):
        heads: list[tuple[int, set[str]]] = []
        for i, channel in rows["channel"].items():
            for head, channels in heads:
                if channel not in channels and came[i] - came[head] <= pd.Timedelta(days=days):
                    first[i] = head
                    channels.add(channel)
                    break
            else:
                heads.append((i, {channel}))
    return first


def _look_alike(table: pd.DataFrame, days: int) -> list[bool]:
    """Whether one without a dossier has a like one on another channel within `days` days."""
    alike = [False] * len(table)
    nameless = table[table["dossier_id"] == ""].assign(day=table["received_at"].dt.normalize())
    for _, rows in nameless.groupby(["code", "kind"], sort=False):
        group = list(rows[["day", "channel"]].itertuples(name=None))
        for i, came, channel in group:
            alike[i] = any(
                other != channel and abs(came - then) <= pd.Timedelta(days=days)
                for _, then, other in group
            )
    return alike


def per_1000(complaints: int, dossiers: int) -> float | None:
    """Complaints per 1,000 dossiers; None without dossiers.

    Examples
    --------
    >>> per_1000(3, 400), per_1000(1, 0)
    (7.5, None)
    """
    return round(PER * complaints / dossiers, 6) if dossiers else None


def per_1000_interval(complaints: int, dossiers: int) -> tuple[float | None, float | None]:
    """Exact 95% interval of the complaints per 1,000 dossiers; (None, None) without dossiers.

    Examples
    --------
    >>> per_1000_interval(3, 1000)
    (0.618672, 8.767273)
    """
    if not dossiers:
        return None, None
    low, high = poisson_interval(complaints)
    return round(PER * low / dossiers, 6), round(PER * high / dossiers, 6)
