"""What the first screen says of hand-worked months: of a signal, of noise, of too few months."""

from __future__ import annotations

from pathlib import Path

import pytest
from cases import dossier, load_rows
from motcua.base.calendar import next_month
from motcua.chapters.front import key_numbers, month_html
from motcua.chapters.ward_map import ward_map
from motcua.measures.month import Month
from motcua.pages.first_screen import first_screen
from motcua.pages.page import build_report
from motcua.running.run import front_of

pytestmark = pytest.mark.usefixtures("own_cache")
LABELS = ("Tỷ lệ đúng hạn", "Phường, xã dưới 97%", "Hồ sơ tồn đọng quá hạn", "Hồ sơ trễ hạn",
          "Phản ánh của người dân")  # fmt: skip
VERDICTS = ("tốt lên", "xấu đi")


def months_of(late_by_month: list[int], n: int = 50) -> list[dict]:
    """`n` dossiers of An Bình in each month up to 01/2024, so many of them late."""
    return [
        dossier(f"{month}-02", f"{month}-08", f"{month}-{12 if i < late else 5:02d}",
                ward="An Bình", dossier_id=f"{month} {i}")
        for back, late in enumerate(reversed(late_by_month))
        for month in [next_month("2024-01", -back)]
        for i in range(n)
    ]  # fmt: skip


def left_open(n: int, due: str, result: str = "") -> list[dict]:
    """`n` dossiers that nobody closed."""
    return [
        dossier("2023-09-01", due, "", result_at=result, ward="An Bình", dossier_id=f"mở {due} {i}")
        for i in range(n)
    ]


def numbers_of(folder: Path, rows: list[dict], **params: object) -> dict[str, dict]:
    return {card["label"]: card for card in key_numbers(load_rows(folder, rows, **params))}


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory, own_cache: None) -> Month:
    """Ten months of now one, now two of 50 late."""
    return load_rows(tmp_path_factory.mktemp("usual"), months_of([1, 2] * 5))


def page_of(month: Month) -> str:
    return build_report([], front_of(month), first_screen(month))


@pytest.mark.parametrize(
    ("late_by_month", "variation", "words"),
    [
        ([1, 2] * 4 + [1, 30], "worse", "xấu đi rõ rệt so với các tháng trước"),
        ([9, 10] * 4 + [0], "better", "tốt lên rõ rệt so với các tháng trước"),
        ([1, 2, 30], "few", "còn ít tháng (dưới 8), chưa đủ để nói tốt lên hay xấu đi"),
    ],
)
def test_better_or_worse_is_said_of_a_signal_alone(tmp_path, late_by_month, variation, words):
    card = numbers_of(tmp_path, months_of(late_by_month))["Tỷ lệ đúng hạn"]
    assert (card["variation"], card["said_of_variation"]) == (variation, words)


def test_without_a_signal_no_number_is_called_better_or_worse(usual):
    """48 of 50 after 49 of 50: two points less, which is noise, and is said as a number alone."""
    month, html = usual, page_of(usual)
    (card,) = [card for card in key_numbers(month) if card["label"] == LABELS[0]]
    assert card["variation"] == "none"
    assert card["said_of_variation"] == "trong dao động bình thường"
    assert "giảm 2,00 điểm so với tháng 12/2023" in html
    assert [word for word in VERDICTS if word in html + month_html(month)] == []


def test_five_numbers_stand_in_the_order_of_the_page_and_of_the_card(usual):
    assert tuple(card["label"] for card in key_numbers(usual)) == LABELS
    places = [month_html(usual).index(label) for label in LABELS]
    assert places == sorted(places)


def test_the_second_figure_and_the_backlog_stand_beside_the_rate(tmp_path):
    """Official: 98 of 100. By Quyết định 766: 98 on time of 100 and the 5 left open: 93,33%."""
    rows = months_of([2], n=100)
    rows += left_open(2, "2023-10-01") + left_open(3, "2024-01-05", result="2024-01-04")
    cards = numbers_of(tmp_path, rows)
    assert cards["Tỷ lệ đúng hạn"]["value"] == "98,00%"
    assert cards["Tỷ lệ đúng hạn"]["note"] == (
        "theo cách tính của Quyết định 766/QĐ-TTg: 93,33%, 1 phường, xã dưới 97%"
    )
    backlog = cards["Hồ sơ tồn đọng quá hạn"]
    assert backlog["value"] == "5"
    assert backlog["note"] == "2 quá hạn trên 90 ngày; 3 đã có kết quả, chưa bấm kết thúc"


def test_the_same_month_a_year_ago_is_named_where_it_is_known(tmp_path):
    """01/2023: 40 of 50, 80,00%. 12/2022 and before: nothing, so that 12/2023 has none."""
    rows = months_of([10] + [1] * 12)
    card = numbers_of(tmp_path, rows)["Tỷ lệ đúng hạn"]
    assert card["year_ago"] == "cùng kỳ 01/2023: 80,00%"
    assert numbers_of(tmp_path, months_of([1, 1]))["Tỷ lệ đúng hạn"]["year_ago"] == ""


def test_a_target_is_said_to_be_met_always_sometimes_or_never(tmp_path):
    """All 400 on time: limits 100 to 100. 10 of 50 late in each month: 80 to 80."""
    whole = numbers_of(tmp_path, months_of([0] * 8))["Tỷ lệ đúng hạn"]
    assert whole["said_of_assurance"] == "mục tiêu từ 97%: với mức hiện nay, tháng nào cũng đạt"
    low = numbers_of(tmp_path, months_of([10] * 8))["Tỷ lệ đúng hạn"]
    assert low["said_of_assurance"] == "mục tiêu từ 97%: với mức hiện nay thì chưa đạt"
    few = numbers_of(tmp_path, months_of([0]))["Tỷ lệ đúng hạn"]
    assert (few["assurance"], few["said_of_assurance"]) == ("unknown", "mục tiêu từ 97%")


def test_a_clean_month_names_nobody_and_blames_nothing(tmp_path):
    month = load_rows(tmp_path, months_of([0]))
    html = page_of(month)
    assert first_screen(month)["below"] == []
    assert "Tháng này không có phường, xã nào dưới 97%." in html
    assert "trong 0 hồ sơ đang giải quyết" in html


@pytest.mark.parametrize(
    ("late_by_month", "look", "tags"),
    [
        ([20], "clearly_low", ["thấp rõ rệt"]),  # 80 of 100: upper limit 86,7%
        ([6], "watch", ["số hồ sơ ít, cần theo dõi thêm"]),  # 94 of 100: 97,2%
        ([6, 6, 6], "clearly_low", ["3 tháng liên tiếp dưới 97%", "thấp rõ rệt"]),
        ([3], "meets", None),  # 97 of 100 is not below
    ],
)
def test_a_ward_below_is_clearly_low_or_to_be_watched(tmp_path, late_by_month, look, tags):
    month = load_rows(tmp_path, months_of(late_by_month, n=100))
    tiles = {tile["name"]: tile for tile in ward_map(month).tiles}
    assert tiles["An Bình"]["look"] == look
    assert tiles["Tân Vạn"]["look"] == "nothing"
    told = [list(filter(None, ward["tags"])) for ward in first_screen(month)["below"]]
    assert told == ([tags] if tags else [])
    assert "chắc chắn" not in page_of(month)
