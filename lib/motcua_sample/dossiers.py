"""Synthetic dossiers of one month, made backwards from their completion.

The number resolved, the day of completion and the cause of lateness come first; due and received
dates follow from them. So the period and the cause of a dossier are exact, while the reader of the
files has to find them again by its own rules.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from motcua.base.calendar import rule_period

from motcua_sample.city import CAUSES, ON_TIME, City

MORNING, NOON_BREAK, MORNING_MINUTES, DAY_MINUTES = 450, 120, 240, 450  # 7:30-11:30, 13:30-17:00
LAST_RECEIPT = 390  # minutes of work after which nothing is received any more
RESOLVED, WITHDRAWN, NOT_RECEIVED, NO_DUE_DATE, NEVER = range(5)  # kinds of dossier
FORGOT, SOFTWARE, URBAN, SLOW, UNKNOWN = (
    CAUSES.index(cause)
    for cause in (
        "forgot_to_close", "software_error", "urban_management", "slow_processing", "unknown"
    )
)  # fmt: skip
NOTHING = np.datetime64("NaT", "s")
DAY = np.timedelta64(1, "D")
LONGEST_DELAY = 25  # working days
DIVISION_DAYS = 4  # fewest working days of a dossier that a division sees
Arrays = dict[str, np.ndarray]


def draw_month(city: City, month: str, per_month: int, seed: int) -> pd.DataFrame:
    """Every dossier whose completion falls in a month: one row each, dates as datetime64[s].

    `kind` and `cause` are the planted truth; they are never written to a file.
    """
    rng = np.random.default_rng([seed, int(month.replace("-", ""))])
    resolved = city.resolved(month, per_month)
    rows = _draw_rows(city, resolved, city.late(month, resolved, rng), rng)
    rows |= {"procedure": _draw_procedures(city, rows["cause"], rng)}
    rows |= _draw_dates(city, _draw_days(city, month, rows, rng), rows, rng)
    rows |= _draw_records(city, rows, rng)
    rows |= {"official": _draw_officials(city, rows, rng)}
    return pd.DataFrame(rows).assign(month=month)


def _draw_rows(
    city: City, resolved: np.ndarray, late: np.ndarray, rng: np.random.Generator
) -> Arrays:
    """Ward, kind and cause of every dossier: first the resolved ones, then the extras."""
    wards = np.arange(len(resolved))
    counts = np.hstack([late, (resolved - late.sum(axis=1))[:, None]])
    causes = np.repeat(np.tile(np.arange(ON_TIME + 1), len(wards)), counts.ravel())
    more = [rng.binomial(resolved, share / 100) for share in city.tables["extras"].values()]
    numbers = [resolved, *more]
    kinds = np.repeat(np.arange(len(numbers)), [n.sum() for n in numbers])
    ward = np.concatenate([np.repeat(wards, n) for n in numbers])
    return {
        "ward": ward,
        "kind": np.where(city.tidy[ward] & (kinds == NEVER), RESOLVED, kinds),
        "cause": np.concatenate([causes, np.full(len(kinds) - len(causes), ON_TIME)]),
    }


def _draw_procedures(city: City, cause: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Procedure of each dossier.

    Long ones are late more often; the division is late only with house numbers.
    """
    table = city.tables["procedures"]
    share = np.array([p["share"] for p in table], dtype=float)
    longer = share * np.sqrt([p["limit"] + 1 for p in table])
    drawn, late = (rng.choice(len(table), len(cause), p=p / p.sum()) for p in (share, longer))
    house = [p["name"] for p in table].index(city.tables["house_number"])
    return np.where(cause == ON_TIME, drawn, np.where(cause == URBAN, house, late))


def _by_cause(chances: dict[str, float], otherwise: float, cause: np.ndarray) -> np.ndarray:
    """Value of each dossier's cause."""
    return np.array([*(chances.get(code, 0) for code in CAUSES), otherwise])[cause]


def _draw_days(city: City, month: str, rows: Arrays, rng: np.random.Generator) -> Arrays:
    """Positions of the working days on which a dossier is done, due, received, has its result."""
    table, cause, n = city.tables, rows["cause"], len(rows["cause"])
    procedures = pd.DataFrame(table["procedures"]).loc[rows["procedure"]]
    limit = procedures["limit"].to_numpy()
    handed = procedures["division"].eq(True).to_numpy()
    days = city.calendar.of(rule_period(month, "nd09"))
    busy = city.calendar.weight[days]
    done = rng.choice(days, n, p=busy / busy.sum())
    delay = np.minimum(rng.geometric(_by_cause(table["days_late"], 1, cause)), LONGEST_DELAY)
    is_tidy = city.tidy[rows["ward"]] & (cause != ON_TIME)  # late within one period alone
    done = np.where(is_tidy, np.maximum(done, days[0] + 1), done)
    delay = np.where(is_tidy, np.minimum(delay, done - days[0]), delay)
    room = limit - np.where(handed, DIVISION_DAYS, 0)
    is_on_due_date = rng.random(n) < table["on_due_date"]
    early = np.where(is_on_due_date, 0, np.ceil(rng.random(n) * room)).astype(int)
    due = done - np.where(cause == ON_TIME, -early, delay)
    at = {"done": done, "due": due, "received": due - limit, "limit": limit, "handed": handed}
    return at | {"result": _draw_result_day(at, cause, rng)}


def _draw_result_day(at: Arrays, cause: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Day of the result: up to due when forgotten, otherwise the last day or the one before it."""
    done, n = at["done"], len(cause)
    before = (rng.random(n) < 0.12) & (done - at["received"] >= 2) & (cause == ON_TIME)
    forgotten = at["due"] - (rng.random(n) * (np.minimum(at["limit"], 2) + 1)).astype(int)
    return np.where(cause == FORGOT, forgotten, done - before)


def _draw_dates(city: City, at: Arrays, rows: Arrays, rng: np.random.Generator) -> Arrays:
    """All dates of the dossiers, blank where an event never comes."""
    cause, n = rows["cause"], len(rows["cause"])
    recorded = rng.random(n) < _by_cause(city.tables["recorded"], 0, cause)
    # Half of the recorded software faults look like forgetting: the record and the dates disagree.
    claimed = recorded & (cause == SOFTWARE) & (rng.random(n) < 0.5)
    at = at | {"result": np.where(claimed, at["due"], at["result"])}
    stays = (cause == FORGOT) | claimed  # collected on the very day of the result
    moments = _draw_moments(city.calendar.days, at, stays, rng)
    dates = _keep_dates(moments, rows, rng) | _hand_to_division(city.calendar.days, at, cause)
    return dates | {"recorded": recorded, "claimed": claimed}


def _draw_moments(
    days: np.ndarray, at: Arrays, stays: np.ndarray, rng: np.random.Generator
) -> Arrays:
    """Day and time of receipt, due date, result, return and closing, in this order."""
    n = len(stays)
    start = (rng.random(n) * LAST_RECEIPT).astype(int)
    first = np.where(at["result"] == at["received"], start + 5, 0)
    ready = first + (rng.random(n) * (DAY_MINUTES - 14 - first)).astype(int)
    given = ready + 1 + (rng.random(n) * (DAY_MINUTES - 1 - ready)).astype(int)
    later = (rng.random(n) < 0.15) & ~stays
    back = at["result"] + np.where(later, 1 + (rng.random(n) * 4).astype(int), 0)
    soon = np.where(later, ready, given) + 1 + (rng.random(n) * 8).astype(int)
    end = np.where(at["done"] == at["result"], soon, (rng.random(n) * 440).astype(int))
    return {
        "received_at": _moment(days[at["received"]], start),
        "due_at": days[at["due"]].astype("datetime64[s]"),
        "result_at": _moment(days[at["result"]], ready),
        "returned_at": _moment(days[back], given),
        "closed_at": _moment(days[at["done"]], end),
    }


def _moment(day: np.ndarray, worked: np.ndarray) -> np.ndarray:
    """Clock time of a minute of the working day, with the break at noon."""
    clock = MORNING + worked + np.where(worked >= MORNING_MINUTES, NOON_BREAK, 0)
    return day.astype("datetime64[s]") + (clock * 60).astype("timedelta64[s]")


def _keep_dates(moments: Arrays, rows: Arrays, rng: np.random.Generator) -> Arrays:
    """Dates that a dossier of its kind has; `finish` says until when exports hold it."""
    kind, half = rows["kind"], rng.random(len(rows["kind"])) < 0.5
    never = kind == NEVER
    unseen = np.isin(kind, (WITHDRAWN, NOT_RECEIVED)) | (rows["cause"] == UNKNOWN)
    gone = {
        "due_at": np.isin(kind, (NOT_RECEIVED, NO_DUE_DATE)),
        "result_at": unseen | (never & half),
        "returned_at": unseen | never,
        "closed_at": never | (kind == NOT_RECEIVED),
    }
    kept = {name: np.where(gone.get(name, False), NOTHING, day) for name, day in moments.items()}
    return kept | {"finish": np.where(never, NOTHING, moments["closed_at"])}


def _hand_to_division(days: np.ndarray, at: Arrays, cause: np.ndarray) -> Arrays:
    """Dates of the division: after its own due date only where it is the cause."""
    due = at["received"] + at["limit"] - 2
    returned = np.where(cause == URBAN, at["done"] - 1, np.minimum(due, at["result"] - 1))
    events = {"received": at["received"] + 1, "due": due, "returned": returned}
    return {
        f"division_{name}_at": np.where(at["handed"], days[day].astype("datetime64[s]"), NOTHING)
        for name, day in events.items()
    }


def _draw_records(city: City, rows: Arrays, rng: np.random.Generator) -> Arrays:
    """What officials write down: cause, evidence, apology, new date, and how it was handed in."""
    cause, n, table = rows["cause"], len(rows["cause"]), city.tables
    again = np.isin(cause, (URBAN, SLOW)) & (rng.random(n) < 0.4)
    apology = again & (rng.random(n) < 0.6) | city.tidy[rows["ward"]] & (cause != ON_TIME)
    new, sorry = 1 + rng.integers(7, size=n), rng.integers(4, size=n) - 1
    shares = np.array(list(table["channels"].values())) / 100
    return {
        "late_cause": _draw_wordings(table["wordings"], rows, rng),
        "evidenced": rng.random(n) < _by_cause(table["evidenced"], 0, cause),
        "rescheduled_due_at": np.where(again, rows["due_at"] + new * DAY, NOTHING),
        "rescheduled": np.where(again, 1 + (rng.random(n) < 0.06), 0),
        "apology_at": np.where(apology, rows["due_at"] + sorry * DAY, NOTHING),
        "channel": rng.choice(len(shares), n, p=shares),
        "luck": rng.integers(100, size=n),
        "reported": rng.random(n),
    }


def _draw_wordings(
    wordings: dict[str, list[str]], rows: Arrays, rng: np.random.Generator
) -> np.ndarray:
    """Recorded cause in one of its wordings, "" where none is recorded."""
    texts = np.full(len(rows["cause"]), "", dtype=object)
    for code, name in enumerate(CAUSES):
        mask = rows["recorded"] & (rows["cause"] == code)
        words = np.array(wordings[name], dtype=object)
        texts[mask] = words[rng.integers(len(words), size=mask.sum())]
    return texts


def _draw_officials(city: City, rows: Arrays, rng: np.random.Generator) -> np.ndarray:
    """Official of each dossier; most of what is forgotten is forgotten by one or two of them."""
    staff, n = city.officials[rows["ward"]], len(rows["ward"])
    usual = (rng.random(n) ** 1.4 * staff).astype(int)
    forgetful = 1 + ((staff > 4) & (rng.random(n) < 0.5))
    is_repeat = (rows["cause"] == FORGOT) & (rng.random(n) < city.tables["forgetful_share"])
    return np.where(is_repeat, forgetful, usual)
