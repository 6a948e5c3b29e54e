"""Form II.06a by hand-worked dossiers."""

from __future__ import annotations

import motcua
import pandas as pd
import pytest
from cases import dossier, write_csv
from motcua.base.errors import RunError
from motcua.papers import annex
from motcua.papers.annex import COLUMNS, form06_by_field, form06_by_ward, identities

HEADER = (
    "Mã hồ sơ", "Đơn vị tiếp nhận", "Ngày tiếp nhận", "Ngày hẹn trả", "Ngày kết thúc xử lý",
    "Trạng thái", "Kênh thực hiện", "Lĩnh vực",
)  # fmt: skip


pytestmark = pytest.mark.usefixtures("own_cache")


def month_of(folder, *rows):
    """Month 2024-01 of dossiers: (status, channel, field) and the dates of `dossier`."""
    lines = [
        (f"H{i}", "An Bình", r["received_at"], r["due_at"], r["closed_at"], status, channel, field)
        for i, (r, status, channel, field) in enumerate(rows)
    ]
    write_csv(folder / "dossiers" / "a.csv", HEADER, lines)
    return motcua.load("2024-01", data=folder)


CASES = [
    # received, due, closed; status; channel -> columns of the form that count it
    (("2023-12-20", "2024-01-05", "2024-01-04"), "", "Trực tuyến", {4, 8}),
    (("2023-12-20", "2024-01-05", "2024-01-05"), "", "Trực tiếp", {5, 9}),
    (("2023-12-20", "2024-01-05", "2024-01-08"), "", "Bưu chính công ích", {5, 10}),
    (("2023-12-20", "2024-01-05", "2024-01-08"), "Rút hồ sơ", "qua mạng", {4, 9}),
    (("2023-12-20", "", "2024-01-08"), "", "", {5, 9}),
    (("2023-12-01", "2024-01-05", "2024-01-04"), "", "Trực tuyến", {6, 8}),
    (("2023-12-20", "2024-01-20", ""), "", "Trực tuyến", {4, 12}),
    (("2023-12-20", "2024-01-14", ""), "", "Trực tiếp", {5, 12}),  # due on the last day
    (("2023-12-20", "2024-01-13", ""), "", "Trực tiếp", {5, 13}),
    (("2023-12-20", "2024-01-05", "2024-02-01"), "", "Trực tuyến", {4, 13}),
]
SUMS = {3: (4, 5, 6), 7: (8, 9, 10), 11: (12, 13)}


@pytest.mark.parametrize(("dates", "status", "channel", "numbers"), CASES)
def test_each_dossier_is_counted_in_its_columns_and_their_sums(
    tmp_path, dates, status, channel, numbers
):
    form = form06_by_ward(month_of(tmp_path, (dossier(*dates), status, channel, "")))
    row = form[form["name"] == "An Bình"].iloc[0]
    wanted = numbers | {total for total, parts in SUMS.items() if numbers & set(parts)}
    assert {n for n, column in COLUMNS.items() if row[column]} == wanted
    assert form[list(COLUMNS.values())].to_numpy().sum() == len(wanted)


def test_every_unit_has_a_row_and_the_form_has_thirteen_columns(tmp_path):
    rows = [(dossier(*dates), status, channel, "") for dates, status, channel, _ in CASES]
    form = form06_by_ward(month_of(tmp_path, *rows))
    assert len(form) == 30
    assert len(COLUMNS) + 2 == 13
    assert all(identities(form).values())
    assert form["taken"].sum() == len(CASES)


def test_fields_with_few_dossiers_stand_together_and_nothing_is_lost(tmp_path):
    row = dossier("2023-12-20", "2024-01-05", "2024-01-04")
    fields = ["Hộ tịch"] * 6 + ["Chứng thực"] * 5 + ["Tôn giáo"] * 4 + ["Nuôi con nuôi"] + [""] * 5
    form = form06_by_field(month_of(tmp_path, *((row, "", "", field) for field in fields)))
    assert form["name"].tolist() == [
        "Hộ tịch",
        "(không ghi lĩnh vực)",
        "Chứng thực",
        "Các lĩnh vực khác",
    ]
    assert form["taken"].tolist() == [6, 5, 5, 5]


def test_a_form_that_does_not_add_up_is_not_published(tmp_path, monkeypatch):
    month = month_of(tmp_path, (dossier("2023-12-20", "2024-01-05", "2024-01-04"), "", "", ""))
    wrong = pd.DataFrame(1, index=["26050"], columns=list(COLUMNS.values()))
    monkeypatch.setattr(annex, "_form", lambda *_: wrong)
    with pytest.raises(RunError, match=r"Biểu II.06a không khớp: \(3\) = \(4\) \+ \(5\) \+ \(6\)"):
        form06_by_ward(month)


def test_the_form_agrees_with_the_counts_of_the_month():
    month = motcua.load("2024-01", data="data/sample")
    form, city = form06_by_ward(month), month.city
    assert form["taken"].sum() == city["received"] + city["carried_over"]
    assert form["late"].sum() == city["late"]
    assert form["open_overdue"].sum() == city["open_overdue"]
    assert form["early"].sum() == city["early"]
    received = form["online"].sum() + form["in_person"].sum()
    assert received == city["received"]
