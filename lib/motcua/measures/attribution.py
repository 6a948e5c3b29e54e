"""Why points were lost and to whom, what the rate would be otherwise, and which part is proven.

Everything here explains the official rate; nothing replaces it.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import pandas as pd

from motcua.base.reference import causes, party_label
from motcua.base.shown import shown_parts, shown_rate
from motcua.measures import measure
from motcua.measures.measure import CAUSES
from motcua.measures.month import Month, once_per_month

CITY = ""  # code of the city in tables that hold it beside the wards
CITY_NAME = "Toàn thành phố"
NOT_FINISHED = "not_finished"  # in the denominator, not good, and not finished late in the period
NOT_FINISHED_LABEL = "Chưa xong trong kỳ"
QUESTIONED = ("forgot_to_close", "urban_management", "software_error")  # letter 1522: 2, 5, 6


@once_per_month
def points(month: Month) -> pd.DataFrame:
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


@once_per_month
def points_by_party(month: Month) -> pd.DataFrame:
    """Points lost, one row per unit and responsible party that lost any: sums of `points`.

    Columns: code, name, party, party_label, dossiers, exact, points, points_shown. Both kinds of
    points add up as in `points`.
    """
    keys = ["code", "name", "party", "party_label"]
    table = points(month)
    table = table[table["dossiers"] > 0]
    sums = table.groupby(keys, sort=False, as_index=False)[["dossiers", "exact", "points_shown"]]
    found = sums.sum()
    exact = [round(float(part), 6) for part in found["exact"]]
    return found.assign(points=exact, points_shown=found["points_shown"].round(2))


@once_per_month
def if_not_for(month: Month) -> pd.DataFrame:
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
                and not measure.is_below(unit["good"] + gain, unit["counted"], limit)
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
                    "rate_claimed": measure.rate_percent(unit["good"] + claimed, unit["counted"]),
                    "rate_evidenced": measure.rate_percent(unit["good"] + proven, unit["counted"]),
                    "back_claimed": back[0],
                    "back_evidenced": back[1],
                }
            )
    return pd.DataFrame(rows)


@once_per_month
def back_at_threshold(month: Month) -> pd.DataFrame:
    """Wards officially below, worst first, with their rate without each cause of letter 1522.

    Columns: code, name, rate_percent; per cause of QUESTIONED: CAUSE_claimed, CAUSE_evidenced
    (percent); back (label of every cause without which the ward would not be below, with evidence
    alone where "(có minh chứng)" follows; "–" when none).
    """
    table = if_not_for(month)
    rows = []
    for code in month.lists["below_threshold"]:
        own = table[table["code"] == code].set_index("cause")
        row = {"code": code} | own.iloc[0][["name", "rate_percent"]].to_dict()
        for cause in QUESTIONED:
            row[f"{cause}_claimed"] = own.at[cause, "rate_claimed"]
            row[f"{cause}_evidenced"] = own.at[cause, "rate_evidenced"]
        back = [
            own.at[c, "label"] + (" (có minh chứng)" if own.at[c, "back_evidenced"] else "")
            for c in QUESTIONED
            if own.at[c, "back_claimed"]
        ]
        rows.append(row | {"back": "; ".join(back) or "–"})
    pairs = [f"{cause}_{kind}" for cause in QUESTIONED for kind in ("claimed", "evidenced")]
    return pd.DataFrame(rows, columns=["code", "name", "rate_percent", *pairs, "back"])


def _units(month: Month) -> Iterator[tuple[dict[str, Any], dict[str, dict[str, int]]]]:
    """Each ward in register order, then the city: its counts, and those by kind and cause."""
    rates = month.rates.set_index("code", drop=False).to_dict("index")
    kinds = ("late", "reclassified", "proven")
    tables = {kind: month.causes_by_unit(kind) for kind in kinds}
    lost = {kind: table.to_dict("index") for kind, table in tables.items()}
    for unit in month.units:
        yield rates[unit.code], {kind: lost[kind][unit.code] for kind in kinds}
    city = month.city | {"code": CITY, "name": CITY_NAME}
    yield city, {kind: table.sum().to_dict() for kind, table in tables.items()}
