"""Beside the dossiers of the synthetic city: feedback, software incidents, follow-up."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
from motcua.base.calendar import after_working_days, rule_period

from motcua_sample.city import CAUSES, ON_TIME, City
from motcua_sample.dossiers import DAY, FORGOT, NOTHING, RESOLVED, SOFTWARE

# For whom the orders of the follow-up are written.
THRESHOLD, LIST_POINTS, LIST_DOSSIERS = 97, 0.5, 2
ORDER_DAY = 24  # day of the month on which the city gives its orders
TOO_LATE = 25  # days after which a report never comes
FEEDBACK_STREAM, FOLLOWUP_STREAM = 2, 3
MINUTE = np.timedelta64(60, "s")


def _stream(seed: int, month: str, stream: int) -> np.random.Generator:
    """Random numbers of one kind of table and one month."""
    return np.random.default_rng([seed, int(month.replace("-", "")), stream])


def draw_feedback(
    city: City, dossiers: pd.DataFrame, months: list[str], seed: int, last: np.datetime64
) -> pd.DataFrame:
    """Feedback of all months, one row each, as it stood at `last`.

    Columns: feedback_id, month, is_complaint, ward (position in the register), received_at,
    channel, kind, content, person, dossier_id, answered_at, outcome, apology_at.
    """
    late = dossiers[dossiers["result_at"] >= dossiers["due_at"] + DAY]
    rows = [row for month in months for row in _month_feedback(city, late, month, seed)]
    columns = ["month", "is_complaint", "ward", "received_at", "channel", "kind", "content"]
    columns += ["person", "dossier_id", "answered_at", "outcome"]
    table = pd.DataFrame(rows, columns=columns)
    moments = {name: table[name].astype("datetime64[s]") for name in ("received_at", "answered_at")}
    table = table.assign(**moments).sort_values(["received_at", "ward"], ignore_index=True)
    answered = table["answered_at"] <= last
    years = enumerate(table["received_at"].dt.year, start=1)
    is_sorry = answered & (table["outcome"] == city.tables["feedback"]["sorry"])
    return table.assign(
        apology_at=table["answered_at"].where(is_sorry),
        answered_at=table["answered_at"].where(answered),
        outcome=table["outcome"].where(answered, ""),
        feedback_id=[f"PA-{year}-{n:04d}" for n, year in years],
    )


def _month_feedback(city: City, late: pd.DataFrame, month: str, seed: int) -> list[dict]:
    """Feedback of one month: complaints as planned or drawn, praise and questions drawn."""
    rng, table = _stream(seed, month, FEEDBACK_STREAM), city.tables["feedback"]
    live = city.weights(rule_period(month, "nd09").end) > 0
    chance = table["complaints_per_month"]
    rates = np.array([chance.get(name, chance["usual"]) for name in city.names])
    complaints, others = rng.poisson(rates * live), rng.poisson(table["others_per_month"] * live)
    if city.is_letter(month):
        planned = city.tables["letter"]["complaints"]
        complaints = np.array([planned.get(name, 0) for name in city.names])
    here = late[late["month"] == month]
    return [
        {"month": month, "ward": ward, "is_complaint": group == "complaints"}
        | _one_feedback(city, here[here["ward"] == ward], group, nth, month, rng)
        for group, counts in (("complaints", complaints), ("others", others))
        for ward, count in enumerate(counts)
        for nth in range(count)
    ]


def _one_feedback(
    city: City, late: pd.DataFrame, group: str, nth: int, month: str, rng: np.random.Generator
) -> dict:
    """One row; the first complaint of a ward is about the attitude of an official."""
    table, period = city.tables["feedback"], rule_period(month, "nd09")
    channels = city.params.feedback_channels.split(", ")
    days = np.arange(np.datetime64(period.start), np.datetime64(period.end) + 1)
    day = rng.choice(days)
    received = day.astype("datetime64[s]") + int(rng.integers(7 * 60, 20 * 60)) * MINUTE
    kinds = list(table[group])
    kind = kinds[0 if nth == 0 else int(rng.integers(len(kinds)))]
    about = late[late["due_at"] < received]["dossier_id"].tolist() if kind == "Chậm trễ" else []
    reply = city.calendar.days[city.calendar.index(day) + int(rng.integers(2, 11))]
    outcomes = table["outcomes"] if group == "complaints" else [table["noted"]]
    return {
        "received_at": received,
        "channel": channels[int(rng.integers(len(channels)))],
        "kind": kind,
        "content": table[group][kind],
        "person": int(rng.integers(1_000_000)),
        "dossier_id": about[int(rng.integers(len(about)))] if about else "",
        "answered_at": NOTHING if rng.random() < 0.1 else reply.astype("datetime64[s]"),
        "outcome": outcomes[int(rng.integers(len(outcomes)))],
    }


def draw_incidents(city: City, dossiers: pd.DataFrame, last: np.datetime64) -> pd.DataFrame:
    """Software incidents reported up to `last`, one row each.

    A late dossier of that cause has its incident open on the due date, unless the cause is written
    down without one; a few dossiers on time have incidents too.
    """
    software = (dossiers["cause"] == SOFTWARE) & ~dossiers["claimed"]
    faulty = dossiers[software & (~dossiers["recorded"] | (dossiers["reported"] < 0.8))]
    on_time = (dossiers["cause"] == ON_TIME) & dossiers["returned_at"].notna()
    harmless = dossiers[on_time & (dossiers["reported"] < 0.002)]
    noticed = faulty["due_at"] + (480 + faulty["luck"] * 2) * MINUTE
    opened = noticed.where(noticed > faulty["received_at"], faulty["received_at"] + 10 * MINUTE)
    parts = [
        faulty.assign(opened_at=opened, resolved_at=faulty["result_at"] - 15 * MINUTE),
        harmless.assign(
            opened_at=harmless["received_at"] + 2 * MINUTE, resolved_at=harmless["closed_at"]
        ),
    ]
    table = pd.concat(parts)
    table = table[table["opened_at"] <= last].sort_values(["opened_at", "dossier_id"])
    years, proofs = table["opened_at"].dt.year, table["luck"] % 10 < 7
    ids = [f"SC-{year}-{n:05d}" for n, year in enumerate(years, start=1)]
    pairs = zip(ids, proofs, strict=True)
    return table.assign(
        incident_id=ids,
        system=city.params.software,
        resolved_at=table["resolved_at"].where(table["resolved_at"] <= last),
        evidence=[f"Ảnh màn hình, phiếu {number}" if proof else "" for number, proof in pairs],
    )


def draw_followup(
    city: City,
    dossiers: pd.DataFrame,
    feedback: pd.DataFrame,
    months: list[str],
    seed: int,
    last: np.datetime64,
) -> pd.DataFrame:
    """What the wards reported back on the orders of each month, as it stood at `last`.

    Returns one row per month, order and ward: month, ward, order_no, action, due_at, reported_at,
    evidence, state.
    """
    rows = []
    for month in (m for m in months if np.datetime64(f"{m}-{ORDER_DAY}") <= last):
        rng = _stream(seed, month, FOLLOWUP_STREAM)
        for order, wards in _ordered(dossiers, feedback, month).items():
            rows += [_report(city, month, ward, order, rng, last) for ward in wards]
    columns = ["month", "ward", "order_no", "action", "due_at", "reported_at", "evidence", "state"]
    return pd.DataFrame(rows, columns=columns)


def _ordered(dossiers: pd.DataFrame, feedback: pd.DataFrame, month: str) -> dict[str, list[int]]:
    """Wards each order of the month goes to."""
    resolved = dossiers[(dossiers["month"] == month) & (dossiers["kind"] == RESOLVED)]
    table = pd.crosstab(resolved["ward"], resolved["cause"])
    table = table.reindex(columns=range(len(CAUSES) + 1), fill_value=0)
    total = table.sum(axis=1)
    has_many = (table[FORGOT] >= LIST_DOSSIERS) & (100 * table[FORGOT] >= LIST_POINTS * total)
    complaints = feedback[(feedback["month"] == month) & feedback["is_complaint"]]
    return {
        "below_threshold": table.index[100 * table[ON_TIME] < THRESHOLD * total].tolist(),
        "forgot_to_close": table.index[has_many].tolist(),
        "feedback": sorted(set(complaints["ward"])),
    }


def _report(
    city: City, month: str, ward: int, name: str, rng: np.random.Generator, last: np.datetime64
) -> dict:
    """One ward's answer to one order: in time, late, without proof, or none."""
    order, chance = city.tables["orders"][name], city.tables["reporting"]
    given = date.fromisoformat(f"{month}-{ORDER_DAY}")
    due = np.datetime64(after_working_days(given, city.tables["due_days"]), "s")
    is_punctual = rng.random() < chance.get(city.names[ward], chance["usual"])
    shift = -int(rng.integers(6)) if is_punctual else int(rng.integers(1, 45))
    number, has_proof = int(rng.integers(10, 400)), rng.random() < 0.8
    came = shift <= TOO_LATE and due + shift * DAY <= last
    return {
        "month": month,
        "ward": ward,
        "order_no": order["order_no"],
        "action": order["action"],
        "due_at": due,
        "reported_at": due + shift * DAY if came else NOTHING,
        "evidence": f"Báo cáo số {number}/BC-UBND" if came and has_proof else "",
        "state": ("Đã thực hiện" if has_proof else "Đang thực hiện") if came else "Chưa báo cáo",
    }
