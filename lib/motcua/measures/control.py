"""Control: what changed since last month, what moved the rate, and is it signal or noise.

The movement is split into parts that add up exactly. Everything is recomputed for both months with
the parameters of this one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import groupby
from operator import itemgetter

import pandas as pd

from motcua.base.reference import word
from motcua.base.vietnamese import shown_parts, shown_rate
from motcua.measures.causes import cause_facts, not_good
from motcua.measures.frame import CITY, Frame, table
from motcua.measures.orders import LISTS, lists
from motcua.measures.rates import city_history, shares, unit_rates, ward_history
from motcua.measures.statistics import RULES, Limits, laney, levels, moving_range, signals_of
from motcua.measures.verdicts import rate_percent

MIX, MIX_LABEL = "mix", "Tỷ trọng hồ sơ giữa các đơn vị"


@table
def control(month: Frame) -> pd.DataFrame:
    """Rate, limits and signals, one row per unit and month: wards in register order, then the city.

    Months in which a unit has nothing counted have no row.

    Returns
    -------
    table
        code ("" for the city), name, month, counted, good, rate_percent; mean, low, high (percent,
        of the month's level: see `statistics.levels`; missing with fewer than 8 months), sigma_z;
        outside, two_of_three, shift, trend (1 up, -1 down, 0); signal ("up", which is better,
        "down", or "" where no rule tells or rules tell opposite ways).
    """
    columns = ["code", "name", "month", "counted", "good"]
    city = city_history(month).assign(code=CITY, name=word("Whole"))
    table = pd.concat([ward_history(month)[columns], city[columns]], ignore_index=True)
    table = table[table["counted"] > 0]
    places = {code: i for i, code in enumerate([*month.unit_names, CITY])}
    table = table.sort_values("code", key=lambda c: c.map(places), kind="stable", ignore_index=True)
    months = zip(*(table[name].tolist() for name in ("code", "good", "counted")), strict=True)
    points = [
        (
            rate_percent(good, counted),
            *(None if value is None else round(100 * value, 6) for value in bounds),
            None if sigma_z is None else round(sigma_z, 6),
            *(signals.get(rule, 0) for rule in RULES),
            _way(signals),
        )
        for _, unit in groupby(months, key=itemgetter(0))
        for good, counted, *bounds, sigma_z, signals in _shares_over_time([m[1:] for m in unit])
    ]
    numbers, flags = ["rate_percent", "mean", "low", "high", "sigma_z"], [*RULES, "signal"]
    charts = pd.DataFrame(points, columns=[*numbers, *flags])
    return pd.concat([table, charts.astype(dict.fromkeys(numbers, "float64"))], axis=1)


def _shares_over_time(months: list[tuple[int, int]]) -> list[tuple]:
    """Each month's numbers, and mean, limits, sigma z, signals of its share, level by level."""
    good, counted = zip(*months, strict=True)
    shares = [g / n for g, n in months]
    points = _by_level(shares, lambda part, based: laney(good[part], counted[part], based))
    return [(*month, *point) for month, point in zip(months, points, strict=True)]


def _by_level(values: list[float], limits_of: Callable[[slice, int], Limits]) -> list[tuple]:
    """Mean, lower and upper limit, sigma (None where too few months) and signals of each point."""
    points: list[tuple] = []
    limits_from = cache(lambda start, based, end: limits_of(slice(start, end), based - start))
    for start, based, end in levels(values, lambda start, end: limits_from(start, end, end).mean):
        if based == start:
            points += [(None, None, None, None, {})] * (end - start)
            continue
        limits = limits_from(start, based, end)
        bounds = zip(limits.low, limits.high, signals_of(values[start:end], limits), strict=True)
        points += [(limits.mean, low, high, limits.sigma_z, rules) for low, high, rules in bounds]
    return points


def _way(signals: dict[str, int]) -> str:
    """Which way the rules of one point tell; "" where none tells, or they tell opposite ways."""
    ways = set(signals.values())
    return {1: "up", -1: "down"}[ways.pop()] if len(ways) == 1 else ""


@table
def signals(month: Frame) -> pd.DataFrame:
    """Units whose latest month is part of a signal, worse ones first, the city among them.

    Columns: those of `control`, and months_below_in_a_row.
    """
    table = control(month)
    now = table[(table["month"] == month.month) & (table["signal"] != "")]
    units, streak = unit_rates(month), "months_below_in_a_row"
    rows = now.assign(**{streak: [int(units[code][streak]) for code in now["code"]]})
    return rows.sort_values(["signal", "rate_percent", "code"], ignore_index=True)


@table
def key_numbers(month: Frame) -> pd.DataFrame:
    """What the city is judged by: this month against the months at hand, and against the target.

    Returns
    -------
    table
        One row per number of KEY_NUMBERS: key; value, mean, low, high (percent for rate and late;
        limits of the month's level, missing with fewer than 8 months); signal: "better", "worse",
        or "none" where no rule tells, or rules tell opposite ways; rules (those that tell); target
        (missing where there is none); assurance: whether a month within its limits "always",
        "sometimes" or "never" meets the target, missing without limits or target.

    Notes
    -----
    Rate and late share: p' chart of Laney. Counts: XmR chart. Rules and levels: see `statistics`.
    Marks of variation and assurance: NHS England, "Making data count".

    Examples
    --------
    >>> from motcua import load
    >>> table = key_numbers(load("2024-01", data="data/sample")).set_index("key")
    >>> table["signal"].to_dict()["open_overdue"], table["assurance"].to_dict()["open_overdue"]
    ('worse', 'never')
    """
    history = city_history(month)
    history = history[history["counted"].gt(0).cummax()]  # before it nothing was exported
    rows = [_key_number(month, history, key) for key in KEY_NUMBERS]
    columns = ["key", "value", "mean", "low", "high", "signal", "rules", "target", "assurance"]
    table = pd.DataFrame(rows, columns=columns)
    numbers = dict.fromkeys(("value", "mean", "low", "high", "target"), "float64")
    return table.astype(numbers)


def _key_number(month: Frame, history: pd.DataFrame, key: str) -> tuple:
    """Row of `key_numbers`: the latest point of a number's chart."""
    column, of = KEY_NUMBERS[key]
    line = month.params.threshold_percent
    target = {"rate": line, "late": 100 - line, "feedback": None}.get(key, 0)
    known = history[history[of] > 0] if of else history
    if known.empty or known["month"].iloc[-1] != month.month:
        return (key, None, None, None, None, "none", (), target, None)
    values, scale = known[column].tolist(), 1
    if key in ("rate", "late"):
        pairs = list(zip(values, known[of].tolist(), strict=True))
        (part, whole, *bounds, _, signals), scale = _shares_over_time(pairs)[-1], 100
        value = part / whole
    else:
        points = _by_level(values, lambda part, based: moving_range(values[part], based))
        (*bounds, _, signals), value = points[-1], values[-1]
    shown = [None if v is None else round(scale * v, 6) for v in (value, *bounds)]
    good_way = "up" if key == "rate" else "down"
    signal = {"": "none", good_way: "better"}.get(_way(signals), "worse")
    meets = assurance(*shown[2:], target, is_least=key == "rate")
    return (key, *shown, signal, tuple(signals), target, meets)


# Key number -> its column of `city_history`, and what must be above 0 (and divides a share).
KEY_NUMBERS = {
    "rate": ("good", "counted"),
    "late": ("late", "resolved"),
    "open_overdue": ("open_overdue", None),
    "feedback": ("feedback", None),
    "units_below": ("wards_below", "counted"),
}


def assurance(
    low: float | None, high: float | None, target: float | None, *, is_least: bool
) -> str | None:
    """Whether a number between limits meets its target "always", "sometimes" or "never".

    Parameters
    ----------
    is_least : the target is the least that will do, else the most.

    Examples
    --------
    >>> [assurance(*limits, 97, is_least=True) for limits in ((97, 99), (96, 98), (95, 96.9))]
    ['always', 'sometimes', 'never']
    >>> assurance(0, 4, 0, is_least=False), assurance(1, 4, 0, is_least=False)
    ('sometimes', 'never')
    """
    if low is None or target is None:
        return None
    worst, best = (low, high) if is_least else (-high, -low)
    line = target if is_least else -target
    if worst >= line:
        return "always"
    return "sometimes" if best >= line else "never"


@dataclass(frozen=True)
class Counts:
    """One unit in one month: dossiers counted, and those not good by cause."""

    counted: int
    bad: Mapping[str, int]


def has_before(month: Frame) -> bool:
    """Whether there is something to compare: both this month and the one before count dossiers."""
    before = month.previous
    return bool(before and all(shares(one)[CITY][1] for one in (before, month)))


@table
def list_changes(month: Frame) -> pd.DataFrame:
    """Who entered, stayed in and left each list since last month, one row per list and unit.

    Columns: list, change ("entered", "stayed", "left"), code, name; lists in the order of
    findings.json, then by change, then as in the list. Empty without a month before.
    """
    rows, before = [], month.previous
    for name in LISTS if has_before(month) else ():
        now, then = lists(month)[name], lists(before)[name]
        was, is_ = set(then), set(now)
        rows += [(name, "entered", code) for code in now if code not in was]
        rows += [(name, "stayed", code) for code in now if code in was]
        rows += [(name, "left", code) for code in then if code not in is_]
    table = pd.DataFrame(rows, columns=["list", "change", "code"])
    return table.assign(name=table["code"].map(month.unit_names))


@table
def rate_change(month: Frame) -> pd.DataFrame:
    """What moved the city's rate since last month, one row per part; empty without a month before.

    Columns: part ("mix", then each cause), label, exact (Fraction, percentage points; positive is
    better), points (six decimals), points_shown (two decimals; they add up to the difference of
    the two rates shown). Parts of a cause that had no dossier in either month are left out.

    Notes
    -----
    See `split_rate`.
    """
    rows = []
    if has_before(month):
        pair, line = (month.previous, month), month.params.threshold_percent
        parts = {part: 100 * n for part, n in split_rate(*map(_counts, pair)).items()}
        rates = [shown_rate(*shares(one)[CITY], line) for one in pair]
        shown = shown_parts(list(parts.values()), rates[1] - rates[0])
        labels = {MIX: MIX_LABEL} | {cause: facts[0] for cause, facts in cause_facts().items()}
        rows = [
            (part, labels[part], exact, round(float(exact), 6), float(seen))
            for (part, exact), seen in zip(parts.items(), shown, strict=True)
            if exact or part == MIX
        ]
    return pd.DataFrame(rows, columns=["part", "label", "exact", "points", "points_shown"])


def split_rate(then: Mapping[str, Counts], now: Mapping[str, Counts]) -> dict[str, Fraction]:
    """Movement of the overall rate: part -> fraction; they add up to it exactly.

    Parameters
    ----------
    then, now : unit -> its counts in the two months; the same units, each month with something
        counted.

    Notes
    -----
    With w the share of a unit in all that is counted, r its rate and m the mean of both months:
    mix = sum of (w_now - w_then) * m(r); cause = - sum of m(w) * (l_now - l_then), l being the
    dossiers of that cause over what the unit counted. Since r = 1 - sum of l, the parts add up. A
    unit with nothing counted in one month takes its rate from the other, so that its coming or
    going is mix alone. Source: E. M. Kitagawa, "Components of a difference between two rates",
    JASA 50 (1955), 1168-1194.

    Examples
    --------
    >>> then = {"A": Counts(50, {"slow": 5}), "B": Counts(50, {})}
    >>> now = {"A": Counts(75, {"slow": 6}), "B": Counts(25, {})}
    >>> {part: str(value) for part, value in split_rate(then, now).items()}
    {'mix': '-9/400', 'slow': '1/80'}
    """
    sums = [sum(unit.counted for unit in units.values()) for units in (then, now)]
    names = dict.fromkeys(c for units in (then, now) for u in units.values() for c in u.bad)
    parts = {MIX: Fraction(0)} | dict.fromkeys(names, Fraction(0))
    for code in then:
        pair = then[code], now[code]
        before, after = map(Fraction, (unit.counted for unit in pair), sums)
        known = [unit for unit in pair if unit.counted]
        if not known:
            continue
        parts[MIX] += after - before
        for cause in names:
            ends = known[0], known[-1]
            was, is_ = (Fraction(unit.bad.get(cause, 0), unit.counted) for unit in ends)
            if was or is_:
                parts[MIX] -= (after - before) * (was + is_) / 2
                parts[cause] -= (before + after) / 2 * (is_ - was)
    return parts


def _counts(month: Frame) -> dict[str, Counts]:
    """What each ward counts, and what of it is not good."""
    bad = not_good(month)
    return {code: Counts(shares(month)[code][1], bad[code]) for code in month.unit_names}
