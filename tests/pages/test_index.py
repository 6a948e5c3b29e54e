from __future__ import annotations

import json
from pathlib import Path

import pytest
from bs4 import BeautifulSoup, Tag
from filelock import FileLock
from motcua.pages.index import build_index, write_index
from motcua.running.publish import write_status

WARDS = [{"code": "26374", "name": "Tam Phước"}, {"code": "26014", "name": "Tân <Tiến>"}]


def made(
    out: Path,
    month: str,
    rate: float | None,
    below: tuple[str, ...] = (),
    *,
    synthetic: bool = True,
    files: tuple[str, ...] = ("report.html",),
) -> None:
    """A published month with what the list of months reads of it."""
    folder = out / month
    (folder / "wards").mkdir(parents=True)
    found = {
        "month": month,
        "synthetic": synthetic,
        "city": {"rate_percent": rate},
        "method": {"threshold_percent": 97},
        "wards": WARDS,
        "lists": {"below_threshold": list(below)},
    }
    (folder / "findings.json").write_text(json.dumps(found), "utf-8")
    for name in files:
        (folder / name).write_text("x")


def page(out: Path) -> BeautifulSoup:
    return BeautifulSoup(build_index(out), "html.parser")


def entry(out: Path, month: str) -> Tag:
    return page(out).find(id=month)


def test_months_stand_newest_first_with_their_rate_and_its_change(tmp_path):
    made(tmp_path, "2023-11", 96.0)
    made(tmp_path, "2023-12", 97.5)
    made(tmp_path, "2024-01", 96.999, ("26374", "26014"))
    soup = page(tmp_path)
    assert [item["id"] for item in soup.select(".month")] == ["2024-01", "2023-12", "2023-11"]
    words = soup.find(id="2024-01").get_text(" ", strip=True)
    assert "96,99%" in words  # 96,999 is below 97 and is not rounded across it
    assert "giảm 0,50 điểm so với tháng 12/2023" in words
    assert "2 trong 2 đơn vị dưới 97%: Tam Phước, Tân <Tiến>." in words
    assert "tăng 1,50 điểm so với tháng 11/2023" in soup.find(id="2023-12").text
    assert "so với" not in soup.find(id="2023-11").text
    assert "Tháng 01/2024: toàn thành phố đạt 96,99%" in soup.find(class_="headline").text


def test_a_month_is_compared_with_the_month_before_alone_not_with_a_gap(tmp_path):
    made(tmp_path, "2023-11", 96.0)
    made(tmp_path, "2024-01", 97.0)
    assert "so với" not in entry(tmp_path, "2024-01").text


def test_the_line_of_a_month_has_one_point_per_month_up_to_it(tmp_path):
    for month, rate in (("2023-11", 96.0), ("2023-12", 97.5), ("2024-01", 97.0)):
        made(tmp_path, month, rate)
    points = [item.polyline["points"].split() for item in page(tmp_path).select(".spark")]
    assert [len(line) for line in points] == [3, 2]


def test_a_month_is_made_then_issued(tmp_path):
    made(tmp_path, "2024-01", 97.0)
    assert entry(tmp_path, "2024-01").find(class_="state").text == "Đã lập"
    (tmp_path / "ban-hanh").mkdir()
    (tmp_path / "ban-hanh" / "2024-01.json").write_text("{}")
    assert entry(tmp_path, "2024-01").find(class_="state").text == "Đã ban hành"


def test_a_failed_month_leads_to_what_failed_and_keeps_its_former_numbers(tmp_path):
    made(tmp_path, "2024-01", 97.0)
    write_status(tmp_path / "2024-01.loi.html", "2024-01", "hết giấy")
    write_status(tmp_path / "2024-02.loi.html", "2024-02", "chưa có dữ liệu")
    old, new = entry(tmp_path, "2024-01"), entry(tmp_path, "2024-02")
    assert old.find(class_="state").text == new.find(class_="state").text == "Lỗi"
    assert old.find("a", href="2024-01.loi.html").text == "Xem vì sao chưa lập được"
    assert "Số liệu dưới đây là của lần lập trước." in old.text
    assert "97,00%" in old.text
    assert "%" not in new.text


def test_a_month_whose_lock_is_held_is_running(tmp_path):
    write_status(tmp_path / "2024-01.loi.html", "2024-01", "đang chạy")
    with FileLock(tmp_path / ".2024-01.lock"):
        assert entry(tmp_path, "2024-01").find(class_="state").text == "Đang chạy"
    assert entry(tmp_path, "2024-01").find(class_="state").text == "Lỗi"


def test_only_files_that_are_there_are_linked(tmp_path):
    made(tmp_path, "2024-01", 97.0, files=("report.html", "cong-van.docx", "wards/26374.html"))
    links = [link["href"] for link in entry(tmp_path, "2024-01").find_all("a")]
    assert links == [
        "2024-01/report.html",
        "2024-01/cong-van.docx",
        "2024-01/wards/26374.html",
    ]


def test_real_and_synthetic_months_are_never_compared_nor_stamped_as_one(tmp_path):
    made(tmp_path, "2023-12", 99.0, synthetic=False)
    made(tmp_path, "2024-01", 97.5)
    made(tmp_path, "2024-02", 96.0, synthetic=False)
    soup = page(tmp_path)
    assert "so với" not in soup.text
    assert not soup.select("header .synthetic, body > .synthetic")
    stamped = [item["id"] for item in soup.select(".month") if "DỮ LIỆU MÔ PHỎNG" in item.text]
    assert stamped == ["2024-01"]
    points = [item.polyline["points"].split() for item in soup.select(".spark")]
    assert [len(line) for line in points] == [2]  # of 2024-02, over 2023-12
    made(tmp_path, "2024-03", 50.0)
    assert "Tháng 02/2024: toàn thành phố đạt" in page(tmp_path).find(class_="headline").text


def test_better_or_worse_is_said_of_a_signal_alone(tmp_path):
    for month, rate, told in (
        ("2023-11", 90.0, None),
        ("2023-12", 99.0, "better"),
        ("2024-01", 98.9, "none"),
    ):
        made(tmp_path, month, rate)
        if told:
            file = tmp_path / month / "findings.json"
            found = json.loads(file.read_text("utf-8")) | {"signals": {"rate": told}}
            file.write_text(json.dumps(found), "utf-8")
    assert "(tốt lên rõ rệt)" in entry(tmp_path, "2023-12").text
    assert "giảm 0,10 điểm" in entry(tmp_path, "2024-01").text
    assert "xấu đi" not in entry(tmp_path, "2024-01").text


@pytest.mark.parametrize("synthetic", [True, False])
def test_the_list_says_that_months_are_synthetic_when_one_is(tmp_path, synthetic):
    made(tmp_path, "2024-01", 97.0, synthetic=synthetic)
    assert ("DỮ LIỆU MÔ PHỎNG" in build_index(tmp_path)) is synthetic


def test_a_month_with_nothing_resolved_or_a_torn_file_does_not_stop_the_list(tmp_path):
    made(tmp_path, "2024-01", None)
    (tmp_path / "2023-12").mkdir()
    (tmp_path / "2023-12" / "findings.json").write_text("{", "utf-8")
    (tmp_path / "ghi-chu.txt").write_text("x")
    assert [item["id"] for item in page(tmp_path).select(".month")] == ["2024-01", "2023-12"]
    assert "–" in entry(tmp_path, "2024-01").text


def test_the_same_folder_gives_the_same_bytes_and_nothing_is_left_beside_it(tmp_path):
    made(tmp_path, "2024-01", 97.0)
    write_index(tmp_path)
    first = (tmp_path / "index.html").read_bytes()
    write_index(tmp_path)
    assert (tmp_path / "index.html").read_bytes() == first
    assert {path.name for path in tmp_path.iterdir()} == {"2024-01", "index.html"}
