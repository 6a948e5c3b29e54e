"""The budget of a ward; expected values are worked out by hand, then by trying every number."""

from __future__ import annotations

from fractions import Fraction
from typing import get_args

import pytest
from cases import dossier, late, load_rows, on_time
from hypothesis import given
from hypothesis import strategies as st
from motcua.base.params import Params
from motcua.measures import verdicts
from motcua.measures.rates import affordable_late, budget, to_recover
from motcua.measures.state import CONVENTIONS

pytestmark = pytest.mark.usefixtures("own_cache")


def row_of(month, name):
    table = budget(month)
    return table[table["name"] == name].iloc[0].to_dict()


@pytest.mark.parametrize(
    ("good", "counted", "room"),
    [
        (100, 100, 3),  # 100/103 = 97,09; 100/104 = 96,15
        (97, 100, 0),  # exactly at the threshold
        (97, 97, 3),  # 97/100 is exactly 97: not below
        (32, 33, 0),  # below already
        (32, 32, 0),  # one late: 32/33 = 96,97
        (0, 0, 0),  # nothing counted: the first late one gives 0 %
        (1000, 1010, 20),  # 1000/1030 = 97,09; 1000/1031 = 96,99
    ],
)
def test_late_dossiers_still_affordable_at_97_percent(good, counted, room):
    assert affordable_late(good, counted, Fraction(97)) == room


@pytest.mark.parametrize(
    ("good", "counted", "needed"),
    [
        (97, 100, 0),
        (96, 100, 34),  # 130/134 = 97,01; 129/133 = 96,99
        (0, 1, 33),  # 33/34 = 97,06; 32/33 = 96,97
        (0, 3, 97),  # 97/100 is exactly 97
        (0, 0, 0),
    ],
)
def test_on_time_dossiers_needed_at_97_percent(good, counted, needed):
    assert to_recover(good, counted, Fraction(97)) == needed


def test_a_threshold_of_100_can_never_be_met_again_after_one_late_dossier():
    assert to_recover(99, 100, Fraction(100)) is None
    assert to_recover(100, 100, Fraction(100)) == 0
    assert affordable_late(100, 100, Fraction(100)) == 0


def test_nothing_can_fall_below_a_threshold_of_0():
    assert affordable_late(5, 10, Fraction(0)) is None
    assert to_recover(0, 10, Fraction(0)) == 0


@given(
    counted=st.integers(0, 400),
    share=st.floats(0, 1),
    threshold=st.sampled_from([50.0, 90.0, 97.0, 97.5, 99.9]),
    adds=st.sampled_from(sorted({c.late_adds for c in CONVENTIONS.values()})),
)
def test_one_more_late_dossier_than_affordable_turns_the_verdict(counted, share, threshold, adds):
    good = round(counted * share)
    more_counted, more_good = adds
    room = affordable_late(good, counted, Fraction(str(threshold)), adds)

    def is_below(n):
        return verdicts.is_below(good + n * more_good, counted + n * more_counted, threshold)

    assert not is_below(room) or is_below(0)
    assert is_below(room + 1) or (not counted and more_good)  # nothing counted, none to lose


@given(counted=st.integers(0, 400), share=st.floats(0, 1))
def test_one_on_time_dossier_fewer_than_needed_leaves_it_below(counted, share):
    good = round(counted * share)
    needed = to_recover(good, counted, Fraction("97.5"))
    assert not verdicts.is_below(good + needed, counted + needed, 97.5)
    assert needed == 0 or verdicts.is_below(good + needed - 1, counted + needed - 1, 97.5)


def test_wards_stand_in_the_order_of_the_register_with_their_room(tmp_path):
    rows = [*on_time(99), *late(1), *on_time(4, "Hố Nai"), *late(2, "Hố Nai")]
    overdue = dossier(due="2024-01-05", ward="An Bình")
    rows += [overdue | {"dossier_id": f"mở {n}"} for n in range(3)]
    month = load_rows(tmp_path, rows)
    assert budget(month)["code"].tolist() == [unit.code for unit in month.units]
    first = row_of(month, "An Bình")  # 99/102 = 97,06; 99/103 = 96,12; three are overdue
    assert (first["affordable_late"], first["to_recover"], first["overdue_exceeds"]) == (2, 0, True)
    second = row_of(month, "Hố Nai")  # (4 + 61)/(6 + 61) = 97,01; 64/66 = 96,97
    assert (second["affordable_late"], second["to_recover"]) == (0, 61)
    assert second["overdue_exceeds"] is False
    nothing = row_of(month, "Long Hưng")
    assert (nothing["affordable_late"], nothing["to_recover"]) == (0, 0)


def test_where_open_dossiers_count_as_good_a_late_one_is_taken_from_them(tmp_path):
    opened = dossier(due="2024-02-05")
    rows = [*on_time(80), *late(1), *[opened | {"dossier_id": f"mở {n}"} for n in range(19)]]
    month = load_rows(tmp_path, rows, rate_convention="workload")
    assert row_of(month, "An Bình")["affordable_late"] == 2  # 99 of 100; 97 of 100 is not below


def test_every_rate_convention_has_its_rule():
    assert set(CONVENTIONS) == set(get_args(Params.model_fields["rate_convention"].annotation))
