"""Columns gathered from pieces of rows."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pandas as pd
import pytest
from motcua.reading.header import joined, typed

MORNING = datetime(2024, 1, 14, 8, 30)


def gathered(name: str, *pieces: list) -> pd.Series:
    """Column of some pieces of cells."""
    return joined([typed(name, piece) for piece in pieces])


def test_days_moments_and_empty_cells_are_one_column_of_dates() -> None:
    found = gathered("due_at", [MORNING, date(2024, 1, 15)], ["", None, datetime(1899, 12, 31)])
    assert found.dtype == "datetime64[us]"
    assert found.dt.strftime("%d/%m/%Y %H:%M").fillna("").tolist() == [
        "14/01/2024 08:30", "15/01/2024 00:00", "", "", "31/12/1899 00:00",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "odd", ["chưa", " ", 0, 45305.5, False, time(8), MORNING.replace(tzinfo=UTC)]
)
def test_what_is_no_plain_date_stays_as_the_file_has_it_in_every_piece(odd: object) -> None:
    found = gathered("due_at", [MORNING, ""], [odd], [MORNING])
    assert found.tolist() == [MORNING, None, odd, MORNING]
    assert type(found[2]) is type(odd)


def test_numbers_of_dossiers_that_are_numbers_in_some_rows_stay_numbers() -> None:
    assert gathered("dossier_id", ["HS-1", None], [17.0]).tolist() == ["HS-1", None, 17.0]
    assert gathered("dossier_id", ["HS-1"], ["HS-2"]).dtype == "str"


def test_words_keep_their_order_over_pieces_and_what_is_no_value_is_missing() -> None:
    found = gathered("status", ["Mới", "Đã trả", ""], [None, float("nan"), 3.0, "Mới"])
    assert found.isna().tolist() == [False, False, False, True, True, False, False]
    assert found.dropna().tolist() == ["Mới", "Đã trả", "", 3.0, "Mới"]


@pytest.mark.parametrize("name", ["due_at", "dossier_id", "status"])
def test_a_column_without_rows_is_empty(name: str) -> None:
    assert gathered(name, []).tolist() == gathered(name, [], []).tolist() == []
