"""Causes: why points were lost and to whom, what is proven, whose days the late days are.

Everything here explains the official rate; nothing replaces it. A ward hands some dossiers to a
division (letter 1522, point 5: Phòng Quản lý đô thị). The late days of a dossier are the days after
its due date, up to and including the day it was finished.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pandas as pd

from motcua.base.reference import OTHER_DIVISION, causes, dictionary, party_label
from motcua.base.vietnamese import shown_parts, shown_rate
from motcua.measures.frame import CITY, Frame, late_rows, table
from motcua.measures.rates import below_threshold, shares, unit_rates
from motcua.measures.state import CAUSES, DIVISION_DATES, fetch_rows
from motcua.measures.verdicts import is_below, points_lost, rate_percent

NOT_FINISHED = "not_finished"  # in the denominator, not good, and not finished late in the period
NOT_FINISHED_LABEL = "Chưa xong trong kỳ"
QUESTIONED = ("forgot_to_close", "urban_management", "software_error")  # letter 1522: 2, 5, 6
APOLOGY_LEAD_DAYS = 1  # NĐ 61/2018: told and apologised for at the latest a day before the due date
# Whether a ward could know in time that the division overran.
NOTICES = ("returned_in_time", "apology_in_time", "apology_late", "no_sign", "unknown")
# States of a dossier at the period's end, each in one; an overdue one is open, too.
_BY_CAUSE = ["code", "name", "cause", "label", "party", "party_label", "late", "evidenced",
             "points_lost", "rate_if_not_for"]  # fmt: skip
STANDS = (
    "early", "on_due_date", "late", "no_due_date_resolved", "withdrawn", "open_overdue", "open",
)  # fmt: skip
_OF_PERIOD = (
    "code", "dossier_id", "procedure", "field", "channel", "received_at", "due", "ended",
    "awaiting_close",
)  # fmt: skip


@table
def cause_counts(frame: Frame) -> pd.DataFrame:
    """One row per unit x cause: code, cause, and the counts of `state.count_causes`."""
    counted = frame.lookback().of("causes", frame.period, frame.periods)
    every = pd.MultiIndex.from_product([list(frame.unit_names), CAUSES], names=["code", "cause"])
    counted = counted.set_index(["code", "cause"]).reindex(every, fill_value=0)
    return counted.astype("int64").reset_index()


def causes_by_unit(frame: Frame, kind: str) -> dict[str, dict[str, int]]:
    """One of the counts of `cause_counts`: unit -> cause -> number; their sums under CITY."""
    rows = cause_counts(frame)[kind].to_numpy().reshape(-1, len(CAUSES))
    every = zip([*frame.unit_names, CITY], [*rows, rows.sum(axis=0)], strict=True)
    return {code: dict(zip(CAUSES, row.tolist(), strict=True)) for code, row in every}


def not_good(frame: Frame) -> dict[str, dict[str, int]]:
    """Dossiers that count and are not good: unit (wards, then CITY) -> cause, NOT_FINISHED -> n."""
    late = causes_by_unit(frame, "reclassified")
    return {
        code: late[code] | {NOT_FINISHED: counted - good - sum(late[code].values())}
        for code, (good, counted) in shares(frame).items()
    }


def cause_facts() -> dict[str, tuple[str, str, str]]:
    """Label, party and its label of each cause, and of what is not finished."""
    facts = {cause: (one["label"], one["party"]) for cause, one in causes().items()}
    facts[NOT_FINISHED] = NOT_FINISHED_LABEL, "unknown"
    return {cause: (label, party, party_label(party)) for cause, (label, party) in facts.items()}


@table
def _of_units(frame: Frame) -> pd.DataFrame:
    """`cause_counts`, and those of the city below, with the unit's rate and what they cost it."""
    wards = cause_counts(frame)
    city = wards.drop(columns="code").groupby("cause", sort=False).sum().reset_index()
    units = pd.DataFrame(unit_rates(frame).values())
    units = units[["code", "name", "good", "counted", "rate_percent", "below_threshold"]]
    every = pd.concat([wards, city.assign(code=CITY)]).merge(units, on="code")
    every[["label", "party", "party_label"]] = [cause_facts()[cause] for cause in every["cause"]]
    asked = list(zip(every["reclassified"], every["good"], every["counted"], strict=True))
    lost = pd.Series([points_lost(gain, n) for gain, _, n in asked], dtype="float64")
    rates = pd.Series([rate_percent(good + gain, n) for gain, good, n in asked], dtype="float64")
    return every.assign(points_lost=lost, rate_if_not_for=rates)


@table
def late_by_cause(frame: Frame) -> pd.DataFrame:
    """One row per ward x cause: late, evidenced, points_lost, rate_if_not_for (percent).

    points_lost = 100 * late dossiers that the rate counts / all that it counts, in every rate
    convention. With what is not finished (`points`) it adds up to 100 minus the rate.
    """
    return _of_units(frame).query("code != @CITY")[_BY_CAUSE].reset_index(drop=True)


@table
def city_by_cause(frame: Frame) -> pd.DataFrame:
    """One row per cause for the whole city: `late_by_cause` without code and name."""
    return _of_units(frame).query("code == @CITY")[_BY_CAUSE[2:]].reset_index(drop=True)


@table
def late_dossiers(frame: Frame) -> pd.DataFrame:
    """One row per late dossier: number, ward, due, done, days late, cause and its source."""
    columns = [
        "dossier_id", "code", "name", "procedure", "field", "channel", "received_at", "due",
        "done", "days_late", "cause", "label", "cause_source", "inferred", "evidenced", "official",
        "division", *DIVISION_DATES, "apology_at",
    ]  # fmt: skip
    return with_labels(frame, late_rows(frame))[columns]


def with_labels(frame: Frame, late: pd.DataFrame) -> pd.DataFrame:
    """Rows of `late_rows` with name, days_late and label; evidenced as yes or no."""
    return late.assign(
        name=late["code"].map(frame.unit_names),
        days_late=_days(late["due"].dt.normalize(), late["done"].dt.normalize()),
        label=late["cause"].map({cause: one["label"] for cause, one in causes().items()}),
        evidenced=late["evidenced"] == 1,
    )


@table
def period_dossiers(frame: Frame) -> pd.DataFrame:
    """One row per dossier of the period, for pivot tables and programs of one's own.

    Returns
    -------
    table
        month, dossier_id, code, name, procedure, field, channel, received_at, due, ended (done or
        left by the period's end), state (one of STANDS) and its label, awaiting_close, age_days
        (calendar days from receipt until it ended, or until the period's end), days_late (past its
        due date, likewise), and of late ones cause, label, party, party_label, cause_source,
        evidenced. Dates are days; nothing names a person or an official.

    Examples
    --------
    >>> from motcua import load
    >>> month = load("2024-01", data="data/sample")
    >>> len(month.period_dossiers) == month.city["received"] + month.city["carried_over"]
    True
    """
    rows = frame.dossiers_in_state().filter("received + carried_over > 0")
    rows = fetch_rows(rows.project(", ".join((*_OF_PERIOD, *STANDS))))
    days = {c: rows[c].dt.normalize() for c in ("received_at", "due", "ended")}
    days["ended"] = days["ended"].mask(rows["open"] == 1)
    until = days["ended"].fillna(pd.Timestamp(frame.period.end))
    stands = rows[list(STANDS)].to_numpy().argmax(axis=1)
    state = pd.Series([STANDS[place] for place in stands], dtype="str")
    labels = {name: dictionary()["columns"][name]["label"] for name in STANDS}
    rows = rows.assign(
        **days,
        month=frame.month,
        name=rows["code"].map(frame.unit_names),
        state=state,
        state_label=state.map(labels),
        awaiting_close=rows["awaiting_close"] == 1,
        age_days=_days(days["received_at"], until),
        days_late=_days(days["due"], until)
        .where(state.isin(("late", "open_overdue")))
        .astype("Int64"),
    )
    late = late_dossiers(frame).rename(columns={"done": "ended"})
    late = late.assign(**{c: late[c].dt.normalize() for c in ("due", "ended")})
    facts = cause_facts()
    for place, name in enumerate(("party", "party_label"), 1):
        late[name] = [facts[cause][place] for cause in late["cause"]]
    same = ["code", "dossier_id", "due", "ended"]
    why = ["cause", "label", "party", "party_label", "cause_source", "evidenced"]
    rows = rows.merge(late[[*same, *why]], how="left", on=same).astype({"evidenced": "boolean"})
    columns = dictionary()["tables"]["dossiers"]["columns"]
    return rows[columns].sort_values(["code", "dossier_id"], ignore_index=True)


@table
def cause_conflicts(frame: Frame) -> pd.DataFrame:
    """Late dossiers whose recorded cause is not the one that their dates show."""
    disagree = "cause_source == 'recorded' and cause != inferred and inferred != 'unknown'"
    late = late_dossiers(frame).query(disagree).reset_index(drop=True)
    return late.assign(inferred_label=[causes()[c]["label"] for c in late["inferred"]])


@table
def conflict_counts(frame: Frame) -> pd.DataFrame:
    """One row per ward and pair of causes: name, label (recorded), inferred_label, n."""
    keys = ["name", "label", "inferred_label"]
    counts = cause_conflicts(frame).groupby(keys).size().reset_index(name="n")
    return counts.sort_values("n", ascending=False, kind="stable", ignore_index=True)


@table
def points(month: Frame) -> pd.DataFrame:
    """Points that the rate lost, one row per unit and cause, wards in register order, then city.

    The exact points of a unit add up to 100 minus its rate, and the points shown to 100 minus the
    rate shown. Units with nothing counted have no row.

    Returns
    -------
    table
        code ("" for the city), name, cause, label, party, party_label, dossiers (in the rate's
        denominator and not in its numerator), exact (Fraction, percentage points), points (the
        same as a number, six decimals), points_shown (two decimals). The cause `not_finished`
        stands for dossiers that the rate convention counts before they are finished; with
        `resolved` there is none and no such row.

    Notes
    -----
    exact = 100 * dossiers / counted. Every dossier in the denominator and not in the numerator has
    one cause, so the sum is 100 * (counted - good) / counted.

    Examples
    --------
    >>> from motcua import load
    >>> month = load("2024-01", data="data/sample")
    >>> table = points(month)
    >>> city = table[table["code"] == CITY]
    >>> city["exact"].sum() == 100 - Fraction(100 * month.city["good"], month.city["counted"])
    True
    """
    rows, facts, lost = [], cause_facts(), not_good(month)
    for code, unit in unit_rates(month).items():
        if not unit["counted"]:
            continue
        parts = {c: n for c, n in lost[code].items() if n or c != NOT_FINISHED}
        exact = [Fraction(100 * n, int(unit["counted"])) for n in parts.values()]
        rate = shown_rate(unit["good"], unit["counted"], month.params.threshold_percent)
        rows += [
            (code, unit["name"], cause, *facts[cause], n, part, round(float(part), 6), float(seen))
            for (cause, n), part, seen in zip(
                parts.items(), exact, shown_parts(exact, 100 - rate), strict=True
            )
        ]
    columns = ["code", "name", "cause", "label", "party", "party_label", "dossiers", "exact",
               "points", "points_shown"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


@table
def if_not_for(month: Frame) -> pd.DataFrame:
    """What the rate would be without each cause, claimed and evidenced side by side.

    Returns
    -------
    table
        One row per unit (wards in register order, then the city) and cause: code, name, cause,
        label, late, claimed (dossiers made on time for `rate_claimed`), evidenced (for
        `rate_evidenced`), rate_percent (the official one), below_threshold (officially),
        rate_claimed, rate_evidenced (percent), back_claimed, back_evidenced (whether a ward that
        is officially below would not be).

    Notes
    -----
    claimed: every late dossier of the cause, recorded or inferred, is taken as on time. evidenced:
    only those with evidence named in the export, or an incident behind a software error (letter
    1522, point 4: forgetting and software faults need evidence). Verdicts are exact.
    """
    table, limit = _of_units(month).copy(), month.params.threshold_percent
    for name, kind in (("claimed", "reclassified"), ("evidenced", "proven")):
        pairs = list(zip(table["good"] + table[kind], table["counted"], strict=True))
        table[name], table[f"rate_{name}"] = table[kind], [rate_percent(*pair) for pair in pairs]
        table[f"back_{name}"] = [
            bool(below) and not is_below(*pair, limit)
            for below, pair in zip(table["below_threshold"], pairs, strict=True)
        ]
    columns = ["code", "name", "cause", "label", "late", "claimed", "evidenced", "rate_percent",
               "below_threshold", "rate_claimed", "rate_evidenced", "back_claimed",
               "back_evidenced"]  # fmt: skip
    return table[columns]


def questioned(month: Frame) -> pd.DataFrame:
    """Rows of `if_not_for` of the wards officially below, worst first, and QUESTIONED causes."""
    table = if_not_for(month).set_index("code", drop=False).loc[below_threshold(month)]
    return table[table["cause"].isin(QUESTIONED)].reset_index(drop=True)


@table
def late_days(month: Frame) -> pd.DataFrame:
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
    late = late_dossiers(month)
    dates = {c: late[c].dt.normalize() for c in ("due", "done", "apology_at", *DIVISION_DATES)}
    table = late[["dossier_id", "code", "name", "cause", "division"]].assign(**dates)
    with_division = table[list(DIVISION_DATES)].notna().any(axis=1)
    table = table[with_division & (table["division"] != OTHER_DIVISION)].reset_index(drop=True)
    table["late_days"] = _days(table["due"], table["done"])
    missing = [table[date].isna() for date in DIVISION_DATES]  # without which days have no holder
    table["split"] = np.select(missing, DIVISION_DATES, "known").astype(object)
    known = table["split"] == "known"
    until = table[["division_returned_at", "done"]].min(axis=1)
    since = table[["due", "division_due_at", "division_received_at"]].max(axis=1)
    division = _days(since, until).clip(lower=0).where(known)
    table["division_days"] = division.astype("Int64")
    table["ward_days"] = (table["late_days"] - division).astype("Int64")
    overrun = _days(table["division_due_at"], table["division_returned_at"]).clip(lower=0)
    table["overrun_days"] = overrun.where(known).astype("Int64")
    table["late_days_without"] = (table["late_days"] - table["overrun_days"]).clip(lower=0)
    table["notice"] = _notices(table)
    return table.drop(columns="division")


def _days(first: pd.Series, last: pd.Series) -> pd.Series:
    return (last - first).dt.days


def _notices(table: pd.DataFrame) -> pd.Series:
    """Key of NOTICES per dossier that the division overran; None where it kept its time."""
    last_day = table["due"] - pd.Timedelta(days=APOLOGY_LEAD_DAYS)
    returned, apology = table["division_returned_at"], table["apology_at"]
    holds = [returned <= last_day, apology <= last_day, apology.notna(), returned.notna()]
    notice = pd.Series(np.select(holds, NOTICES[:-1], NOTICES[-1]), table.index, dtype=object)
    notice = notice.mask(returned.isna(), NOTICES[-1])
    kept = (table["split"] == "known") & (table["overrun_days"] == 0)
    return notice.mask(kept, None)


@table
def days_by_ward(month: Frame) -> pd.DataFrame:
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
        overran=days["overrun_days"] > 0,
        on_time_without=days["late_days_without"] == 0,
    )
    sums = ["dossiers", "late_days", "ward_days", "division_days", "unsplit_days", "overran",
            "on_time_without"]  # fmt: skip
    table = days.groupby(["code", "name"], as_index=False)[sums].sum()
    table = table.astype(dict.fromkeys(sums, "int64"))
    return table.sort_values(["late_days", "code"], ascending=[False, True], ignore_index=True)


@table
def notices(month: Frame) -> pd.DataFrame:
    """Whether wards could know in time, one row per key of NOTICES: notice, dossiers.

    Over the late dossiers that the division kept past its own due date, or of which that cannot be
    known. The export has no date on which a division told a ward; so "could know" is all that can
    be said (letter 1522, point 5; NĐ 61/2018: at the latest one day before the due date).
    """
    numbers = late_days(month)["notice"].value_counts().reindex(NOTICES, fill_value=0)
    return numbers.rename_axis("notice").reset_index(name="dossiers")
