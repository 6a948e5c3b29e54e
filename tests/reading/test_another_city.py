"""Another city's export runs with a parameter file alone."""

from __future__ import annotations

from pathlib import Path

import motcua
import pytest

ROOT = Path(__file__).parents[2]
DATA = ROOT / "tests" / "data" / "requests"
PARAMS = ROOT / "docs" / "examples" / "boston311.yaml"

# Worked by hand from the ten requests of the fixture.
# received, resolved, on_time, late, no_due_date_resolved, open, open_overdue
OCTOBER = {
    # received R02 R03 R04 R05 R06 R07; done R01 R02 (to the second) and R03 (a second late);
    # R07 has no due date; open at the end R04 R05 R06; due before the end of the month: R05 alone.
    "Harbor": (6, 3, 2, 1, 1, 3, 1),
    "(trống)": (2, 2, 1, 1, 0, 0, 0),
    "Hill / Square": (0, 0, 0, 0, 0, 0, 0),
}
COLUMNS = [
    "received", "resolved", "on_time", "late", "no_due_date_resolved", "open", "open_overdue",
]  # fmt: skip


@pytest.fixture(scope="module")
def october() -> motcua.Month:
    return motcua.load("2011-10", data=DATA, params=PARAMS)


def test_counts_are_those_worked_by_hand(october):
    found = {row.name: tuple(row[COLUMNS]) for _, row in october.rates.set_index("name").iterrows()}
    assert found == OCTOBER


def test_the_units_are_those_of_the_data_and_a_missing_one_has_its_own(october):
    assert sorted(october.unit_names.items()) == [(name, name) for name in sorted(OCTOBER)]


def test_the_threshold_of_the_parameters_decides(october):
    verdicts = dict(zip(october.rates["name"], october.rates["below_threshold"], strict=True))
    assert verdicts == {"Harbor": True, "(trống)": True, "Hill / Square": None}


def test_nothing_is_lost_and_nothing_is_odd(october):
    quality = october.quality
    assert (quality["rows_read"], quality["rows_kept"]) == (10, 10)
    assert quality["problems"] == quality["notes"] == {}
