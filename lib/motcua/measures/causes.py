"""Causes: why points were lost and to whom, what is proven, whose days the late days are.

Everything here explains the official rate; nothing replaces it. A ward hands some dossiers to a
division (letter 1522, point 5: Phòng Quản lý đô thị). The late days of a dossier are the days after
its due date, up to and including the day it was finished.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import pandas as pd

from motcua.base.reference import OTHER_DIVISION, causes, dictionary, party_label, word
from motcua.base.vietnamese import shown_parts, shown_rate
from motcua.measures.frame import Frame, counts, late_rows, table
from motcua.measures.rates import below_threshold, city_rate, ward_rates
from motcua.measures.state import CAUSES
from motcua.measures.verdicts import is_below, points_lost, rate_percent

CITY = ""  # code of the city in tables that hold it beside the wards
NOT_FINISHED = "not_finished"  # in the denominator, not good, and not finished late in the period
NOT_FINISHED_LABEL = "Chưa xong trong kỳ"
QUESTIONED = ("forgot_to_close", "urban_management", "software_error")  # letter 1522: 2, 5, 6
APOLOGY_LEAD_DAYS = 1  # NĐ 61/2018: told and apologised for at the latest a day before the due date
# Whether a ward could know in time that the division overran.
NOTICES = ("returned_in_time", "apology_in_time", "apology_late", "no_sign", "unknown")
# States of a dossier at the period's end, each in one; an overdue one is open, too.
STANDS = (
    "early", "on_due_date", "late", "no_due_date_resolved", "withdrawn", "open_overdue", "open",
)  # fmt: skip
_OF_PERIOD = (
    "code", "dossier_id", "procedure", "field", "channel", "received_at", "due", "ended",
    "awaiting_close",
)  # fmt: skip
_DIVISION_DATES = ["division_received_at", "division_due_at", "division_returned_at"]


@table
def cause_counts(frame: Frame) -> pd.DataFrame:
    """One row per unit x cause: code, cause, and the counts of `state.count_causes`."""
    found = frame.lookback().causes(frame.period, frame.periods)
    every = pd.MultiIndex.from_product([list(frame.unit_names), CAUSES], names=["code", "cause"])
    found = found.set_index(["code", "cause"]).reindex(every, fill_value=0)
    return found.astype("int64").reset_index()


def causes_by_unit(frame: Frame, kind: str) -> pd.DataFrame:
    """One of the counts of `cause_counts`: one row per unit, one column per cause."""
    found = cause_counts(frame).pivot(index="code", columns="cause", values=kind)
    return found[[*CAUSES]]


@table
def late_by_cause(frame: Frame) -> pd.DataFrame:
    """One row per ward x cause: late, evidenced, points_lost, rate_if_not_for (percent).

    points_lost = 100 * late dossiers that the rate counts / all that it counts, in every rate
    convention. With what is not finished (`points`) it adds up to 100 minus the rate.
    """
    units = counts(frame)[["code", "good", "counted"]]
    found = _cause_table(cause_counts(frame).merge(units, on="code"))
    found.insert(1, "name", found["code"].map(frame.unit_names))
    return found


def _cause_table(found: pd.DataFrame) -> pd.DataFrame:
    """Add labels, points lost and "if not for" rates to counts per unit and cause."""
    parties = [causes()[cause]["party"] for cause in found["cause"]]
    kept = found[["good", "reclassified", "counted"]]
    found = found.assign(
        label=[causes()[cause]["label"] for cause in found["cause"]],
        party=parties,
        party_label=[party_label(party) for party in parties],
        points_lost=[points_lost(gain, n) for _, gain, n in kept.itertuples(index=False)],
        rate_if_not_for=[
            rate_percent(good + gain, n) for good, gain, n in kept.itertuples(index=False)
        ],
    )
    columns = ["code", "cause", "label", "party", "party_label", "late", "evidenced",
               "points_lost", "rate_if_not_for"]  # fmt: skip
    return found[columns].astype({"points_lost": "float64", "rate_if_not_for": "float64"})


@table
def city_by_cause(frame: Frame) -> pd.DataFrame:
    """One row per cause for the whole city: `late_by_cause` without code and name."""
    kinds = ["late", "evidenced", "reclassified"]
    sums = cause_counts(frame).groupby("cause", sort=False)[kinds].sum().reset_index()
    city = {c: city_rate(frame)[c] for c in ("good", "counted")}
    return _cause_table(sums.assign(code=CITY, **city)).drop(columns="code")


@table
def late_dossiers(frame: Frame) -> pd.DataFrame:
    """One row per late dossier: number, ward, due, done, days late, cause and its source."""
    late = late_rows(frame)
    late = late.assign(
        name=late["code"].map(frame.unit_names),
        days_late=_days(late["due"].dt.normalize(), late["done"].dt.normalize()),
        label=[causes()[c]["label"] for c in late["cause"]],
        evidenced=late["evidenced"] == 1,
    )
    columns = [
        "dossier_id", "code", "name", "procedure", "field", "channel", "received_at", "due",
        "done", "days_late", "cause", "label", "cause_source", "inferred", "evidenced", "official",
        "division", "division_received_at", "division_due_at", "division_returned_at",
        "apology_at",
    ]  # fmt: skip
    return late[columns].sort_values(["code", "dossier_id"], ignore_index=True)


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
    rows = rows.project(", ".join((*_OF_PERIOD, *STANDS))).df()
    days = {c: rows[c].dt.normalize() for c in ("received_at", "due", "ended")}
    days["ended"] = days["ended"].mask(rows["open"] == 1)
    until = days["ended"].fillna(pd.Timestamp(frame.period.end))
    states = rows[list(STANDS)].to_numpy().argmax(axis=1)
    found = rows.assign(
        **days,
        month=frame.month,
        name=rows["code"].map(frame.unit_names),
        state=[STANDS[n] for n in states],
        state_label=[dictionary()["columns"][STANDS[n]]["label"] for n in states],
        awaiting_close=rows["awaiting_close"] == 1,
        age_days=_days(days["received_at"], until),
    )
    is_over = found["state"].isin(("late", "open_overdue"))
    found["days_late"] = _days(days["due"], until).where(is_over).astype("Int64")
    late = late_dossiers(frame).rename(columns={"done": "ended"})
    late = late.assign(**{c: late[c].dt.normalize() for c in ("due", "ended")})
    same = ["code", "dossier_id", "due", "ended"]
    why = [*same, "cause", "label", "cause_source", "evidenced"]
    found = found.merge(late[why], how="left", on=same)
    found["evidenced"] = found["evidenced"].astype("boolean")
    found["party"] = found["cause"].map({code: cause["party"] for code, cause in causes().items()})
    found["party_label"] = found["party"].map(party_label, na_action="ignore")
    columns = dictionary()["tables"]["dossiers"]["columns"]
    return found[columns].sort_values(["code", "dossier_id"], ignore_index=True)


@table
def cause_conflicts(frame: Frame) -> pd.DataFrame:
    """Late dossiers whose recorded cause is not the one that their dates show."""
    late = late_dossiers(frame)
    disagree = (late["cause_source"] == "recorded") & (late["cause"] != late["inferred"])
    found = late[disagree & (late["inferred"] != "unknown")].reset_index(drop=True)
    return found.assign(inferred_label=[causes()[c]["label"] for c in found["inferred"]])


@table
def conflict_counts(frame: Frame) -> pd.DataFrame:
    """One row per ward and pair of causes: name, label (recorded), inferred_label, n."""
    keys = ["name", "label", "inferred_label"]
    found = cause_conflicts(frame).groupby(keys, as_index=False).size()
    found = found.rename(columns={"size": "n"})
    return found.sort_values(["n", *keys], ascending=[False, True, True, True], ignore_index=True)


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
    labels = {cause: causes()[cause]["label"] for cause in CAUSES} | {
        NOT_FINISHED: NOT_FINISHED_LABEL
    }
    parties = {cause: causes()[cause]["party"] for cause in CAUSES} | {NOT_FINISHED: "unknown"}
    rows = []
    for unit, lost in _units(month):
        if not unit["counted"]:
            continue
        counts = dict(lost["reclassified"])
        rest = int(unit["counted"] - unit["good"]) - sum(counts.values())
        counts |= {NOT_FINISHED: rest} if rest else {}
        exact = [Fraction(100 * n, int(unit["counted"])) for n in counts.values()]
        rate = shown_rate(unit["good"], unit["counted"], month.params.threshold_percent)
        shown = shown_parts(exact, 100 - rate)
        rows += [
            {
                "code": unit["code"],
                "name": unit["name"],
                "cause": cause,
                "label": labels[cause],
                "party": parties[cause],
                "party_label": party_label(parties[cause]),
                "dossiers": n,
                "exact": part,
                "points": round(float(part), 6),
                "points_shown": float(seen),
            }
            for (cause, n), part, seen in zip(counts.items(), exact, shown, strict=True)
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
    limit = month.params.threshold_percent
    rows = []
    for unit, lost in _units(month):
        for cause in CAUSES:
            claimed, proven = lost["reclassified"][cause], lost["proven"][cause]
            back = [
                bool(unit["below_threshold"])
                and not is_below(unit["good"] + gain, unit["counted"], limit)
                for gain in (claimed, proven)
            ]
            rows.append(
                {
                    "code": unit["code"],
                    "name": unit["name"],
                    "cause": cause,
                    "label": causes()[cause]["label"],
                    "late": lost["late"][cause],
                    "claimed": claimed,
                    "evidenced": proven,
                    "rate_percent": unit["rate_percent"],
                    "below_threshold": unit["below_threshold"],
                    "rate_claimed": rate_percent(unit["good"] + claimed, unit["counted"]),
                    "rate_evidenced": rate_percent(unit["good"] + proven, unit["counted"]),
                    "back_claimed": back[0],
                    "back_evidenced": back[1],
                }
            )
    return pd.DataFrame(rows)


def questioned(month: Frame) -> pd.DataFrame:
    """Rows of `if_not_for` of the wards officially below, worst first, and QUESTIONED causes."""
    table = if_not_for(month).set_index("code", drop=False)
    table = table.loc[below_threshold(month)]
    return table[table["cause"].isin(QUESTIONED)].reset_index(drop=True)


def _units(month: Frame) -> Iterator[tuple[dict[str, Any], dict[str, dict[str, int]]]]:
    """Each ward in register order, then the city: its counts, and those by kind and cause."""
    rates = ward_rates(month).set_index("code", drop=False).to_dict("index")
    kinds = ("late", "reclassified", "proven")
    tables = {kind: causes_by_unit(month, kind) for kind in kinds}
    lost = {kind: table.to_dict("index") for kind, table in tables.items()}
    for unit in month.units:
        yield rates[unit.code], {kind: lost[kind][unit.code] for kind in kinds}
    city = city_rate(month) | {"code": CITY, "name": word("Whole")}
    yield city, {kind: table.sum().to_dict() for kind, table in tables.items()}


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
        overran=(days["overrun_days"] > 0).fillna(False).astype(int),
        on_time_without=(days["late_days_without"] == 0).fillna(False).astype(int),
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
    counts = late_days(month)["notice"].value_counts()
    return pd.DataFrame(
        [(key, int(counts.get(key, 0))) for key in NOTICES], columns=["notice", "dossiers"]
    )
