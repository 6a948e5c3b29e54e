"""The synthetic city: its calendar, its volumes, and how many dossiers of a ward are late and why.

Everything random is drawn from `data/reference/sample_city.yaml` with a generator seeded by the
month, so that a month has the same dossiers whatever range is asked for.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
from motcua.base.calendar import Period, next_month, rule_period
from motcua.base.errors import ParameterError
from motcua.base.params import Params, load_params, units_path
from motcua.base.reference import (
    REFERENCE,
    USUAL_PROFILE,
    Unit,
    causes,
    read_units,
    read_yaml,
    standing_for,
    units_at,
)

CAUSES = tuple(causes())
ON_TIME = len(CAUSES)  # code of "not late" beside the codes of the causes
UNUSUAL = [CAUSES.index(c) for c in ("forgot_to_close", "software_error", "urban_management")]
SLOW, UNKNOWN = CAUSES.index("slow_processing"), CAUSES.index("unknown")
STANDARD_DAYS = 21.5  # working days of an ordinary month
FEWEST_OFFICIALS, MOST_OFFICIALS = 3, 12
NO_PLAN = {"floor": 0, "late": 0, "cap": 0}  # a ward that does not exist in the letter's month
AFTER_LETTER = 4  # months drawn after the letter's: two of the sample, two that it leaves open
LIST_MIN = 2  # fewest dossiers planted for a listed cause
TRACE, TRACE_UNKNOWN = 0.0025, 0.0015  # shares of the causes a ward is not listed for


class Calendar:
    """Working days and how busy each of them is.

    Parameters
    ----------
    first, last
        Years covered, with one more on either side.
    city
        Content of sample_city.yaml (season, weekday, tet).
    """

    def __init__(self, first: int, last: int, city: dict) -> None:
        holidays = read_holidays()
        every = np.arange(f"{first - 1}-01-01", f"{last + 2}-01-01", dtype="datetime64[D]")
        self.days = every[np.is_busday(every, holidays=list(holidays))]
        tet = [day for day, name in holidays.items() if name.startswith("Tết Nguyên đán")]
        self.weight = self._season(city) * self._around(np.array(tet), city["tet"])

    def _season(self, city: dict) -> np.ndarray:
        months = self.days.astype("datetime64[M]").astype(int) % 12
        weekdays = (self.days.astype(int) + 3) % 7  # 1970-01-01 was a Thursday
        return np.array(city["season"])[months] * np.array(city["weekday"])[weekdays]

    def _around(self, tet: np.ndarray, rule: dict) -> np.ndarray:
        """Quiet before the long holiday, busy after it."""
        factor = np.ones(len(self.days))
        for at in np.unique(self.index(tet)):
            factor[max(at - rule["before_days"], 0) : at] = rule["before"]
            factor[at : at + rule["after_days"]] = rule["after"]
        return factor

    def index(self, day: np.ndarray | np.datetime64) -> np.ndarray:
        """Position of the first working day on or after `day`."""
        return np.searchsorted(self.days, day)

    def of(self, period: Period) -> np.ndarray:
        """Positions of the working days of a period."""
        start, end = (np.datetime64(day) for day in period)
        return np.arange(self.index(start), self.index(end + 1))


def read_holidays() -> dict[np.datetime64, str]:
    """Days off beside Saturdays and Sundays: day -> Vietnamese name.

    Examples
    --------
    >>> read_holidays()[np.datetime64("2024-02-10")]
    'Tết Nguyên đán'
    """
    with (REFERENCE / "holidays.csv").open(encoding="utf-8", newline="") as stream:
        return {np.datetime64(row["date"]): row["name"] for row in csv.DictReader(stream)}


@dataclass(frozen=True)
class City:
    """Tables of the synthetic city and the wards of the register.

    A ward is known by its place in `names`; the register may hold a name in several periods.
    """

    tables: dict
    units: tuple[Unit, ...]
    calendar: Calendar
    params: Params

    @classmethod
    def read(cls, months: list[str], profile: str = USUAL_PROFILE) -> City:
        """City of a profile with a calendar long enough for `months`.

        Units are those that a month would be counted by: of the profile, or of `params` where a
        user's default.yaml names a register. Others than the usual wards play their parts, and
        then the letter's month is the last of `months` but AFTER_LETTER.

        Raises
        ------
        ParameterError
            There is no register, or it has no unit in one of the months.
        """
        params = load_params(months[-1], profile=profile)
        register = units_path(params)
        if not register:
            raise ParameterError(f"Hồ sơ '{profile}' không có danh mục đơn vị để tạo dữ liệu.")
        tables, units = read_yaml("sample_city"), read_units(register)
        _refuse_empty(units, register.name, months)
        names = [unit.name for unit in units]
        if profile != USUAL_PROFILE or not set(tables["weights"]) <= set(names):
            tables = elsewhere(tables, names, next_month(months[-1], -AFTER_LETTER))
        calendar = Calendar(int(months[0][:4]), int(months[-1][:4]), tables)
        return cls(tables, units, calendar, params)

    @cached_property
    def kinds(self) -> dict[str, str]:
        """Ward name -> its first kind (phường, xã), in the order of the register."""
        return {unit.name: unit.kind for unit in reversed(self.units)}

    @cached_property
    def names(self) -> list[str]:
        """Ward names, each once, in the order of the register."""
        return list(dict.fromkeys(unit.name for unit in self.units))

    @cached_property
    def plans(self) -> dict[str, dict]:
        """Ward -> its quotas in the letter's month, in the order of `names`."""
        groups = self.tables["letter"]["groups"]
        plans = {ward: group for group in groups for ward in group["wards"]}
        return {name: plans.get(name, NO_PLAN) for name in self.names}

    def is_letter(self, month: str) -> bool:
        """Whether `month` is the one letter 1522 speaks of."""
        return month == self.tables["letter"]["month"]

    @cached_property
    def tidy(self) -> np.ndarray:
        """Whether each ward leaves nothing open and overdue, and no apology owed."""
        return np.isin(self.names, self.tables["tidy"])

    @cached_property
    def officials(self) -> np.ndarray:
        """Number of officials of each ward, 3 to 12, more where there is more to do."""
        weights = self.tables["weights"]
        staff = np.array([weights.get(name, MOST_OFFICIALS) for name in self.names]) + 2.5
        return np.clip(staff.astype(int), FEWEST_OFFICIALS, MOST_OFFICIALS)

    def weights(self, day: date) -> np.ndarray:
        """Relative volume of each ward on a day; a merged ward's goes to its successor."""
        codes = {unit.code: unit.name for unit in units_at(self.units, day)}
        followed = standing_for(self.units, day)
        heirs = {name: codes[code] for name, since, _, code in followed if since == date.min}
        volume = dict.fromkeys(self.names, 0.0)
        weights = dict.fromkeys(self.names, self.tables["usual_weight"]) | self.tables["weights"]
        for name, weight in weights.items():
            if name in heirs:  # a ward that was split up has none
                volume[heirs[name]] += weight
        return np.array(list(volume.values()))

    def resolved(self, month: str, per_month: int) -> np.ndarray:
        """Dossiers each ward resolves in a month (whole numbers, one per ward)."""
        period = rule_period(month, "nd09")
        weights = self.weights(period.end)
        busy = self.calendar.weight[self.calendar.of(period)].sum() / STANDARD_DAYS
        counts = (per_month * busy * weights / weights.sum() + 0.5).astype(int)
        if self.is_letter(month):
            return np.maximum(counts, [plan["floor"] for plan in self.plans.values()])
        return counts

    def late_percent(self, month: str) -> np.ndarray:
        """Chance of each cause, in percent: one row per ward, one column per cause."""
        table = np.tile([self.tables["usual"][cause] for cause in CAUSES], (len(self.names), 1))
        for rule in self.tables["habits"] + self._rules("episodes", month):
            cells = self._rows(rule), CAUSES.index(rule["cause"])
            table[cells] = rule.get("percent", table[cells] * rule.get("times", 1))
        return table

    def _rules(self, name: str, month: str) -> list[dict]:
        """Rules of a table that hold in a month."""
        return [e for e in self.tables[name] if e["from"] <= month <= e.get("to", month)]

    def _rows(self, rule: dict) -> list[int]:
        return [self.names.index(name) for name in rule.get("wards", self.names)]

    def late(self, month: str, resolved: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Late dossiers: one row per ward, one column per cause.

        The letter's month follows its quotas; every other month is drawn.
        """
        if self.is_letter(month):
            pairs = zip(self.plans.values(), resolved, strict=True)
            return np.array([quota(int(n), plan) for plan, n in pairs])
        chance = self.late_percent(month) / 100
        on_time = 1 - chance.sum(axis=1, keepdims=True)
        drawn = rng.multinomial(resolved, np.hstack([chance, on_time]))
        for rule in self._rules("at_least", month):
            rows, cause = self._rows(rule), CAUSES.index(rule["cause"])
            least = np.maximum(LIST_MIN, np.ceil(rule["percent"] * resolved[rows] / 100))
            missing = (least - drawn[rows, cause]).clip(0, drawn[rows, ON_TIME]).astype(int)
            drawn[rows, cause] += missing
            drawn[rows, ON_TIME] -= missing
        return drawn[:, :ON_TIME]


def _refuse_empty(units: tuple[Unit, ...], register: str, months: list[str]) -> None:
    """Refuse months in which the register has no unit."""
    for month in months:
        if not units_at(units, rule_period(month, "nd09").end):
            raise ParameterError(
                f"Danh mục '{register}' không có đơn vị nào trong tháng {month}: "
                "chọn tháng khác (`--months`) hoặc danh mục khác (`--profile`, `units`)."
            )


def elsewhere(tables: dict, names: list[str], letter: str) -> dict:
    """Tables of the city for other units: each usual ward's part is played by a unit of `names`.

    Months move so that the letter's month is `letter`; other spellings of names are left out.
    """
    wards = list(tables["weights"])
    cast = {ward: names[i * len(names) // len(wards)] for i, ward in enumerate(wards)}
    (year, nth), (usual_year, usual) = (
        map(int, month.split("-")) for month in (letter, tables["letter"]["month"])
    )
    later = 12 * (year - usual_year) + nth - usual

    def played(part: Any) -> Any:
        if isinstance(part, dict):
            return {cast.get(name, name): played(value) for name, value in part.items()}
        if isinstance(part, list):
            return [played(value) for value in part]
        if isinstance(part, str) and re.fullmatch(r"\d{4}-\d{2}", part):
            return next_month(part, later)
        return cast.get(part, part) if isinstance(part, str) else part

    return played({**tables, "spellings": []})


def _half_up(value: float) -> int:
    return int(value + 0.5)


def quota(resolved: int, plan: dict) -> list[int]:
    """Late dossiers by cause that a ward gets in the letter's month.

    Parameters
    ----------
    resolved
        Dossiers the ward resolved.
    plan
        `late` and `cap` in percent, and the percent of the causes the ward is listed for.

    Examples
    --------
    >>> quota(1000, {"late": 1.9, "cap": 2.4, "forgot_to_close": 1.2})
    [12, 2, 2, 2, 1]
    """
    listed = {c: max(LIST_MIN, _half_up(plan[c] * resolved / 100)) for c in CAUSES if c in plan}
    late = min(_half_up(plan["late"] * resolved / 100), int(plan["cap"] * resolved / 100))
    counts, left = [listed.get(c, 0) for c in CAUSES], max(0, late - sum(listed.values()))
    traces = [(at, TRACE) for at in UNUSUAL if not counts[at]] + [(UNKNOWN, TRACE_UNKNOWN)]
    for at, share in traces:
        counts[at] = min(left, int(share * resolved))
        left -= counts[at]
    counts[SLOW] = left
    return counts
