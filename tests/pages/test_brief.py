"""tom-tat.pdf: two pages, the words of the first screen, readable by programs for the blind."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from cases import late, load_rows, on_time
from motcua.measures.control import key_numbers
from motcua.pages.first_screen import brief_pdf
from motcua.running.leaks import scan
from motcua.running.run import first_screen_of, front_of
from pypdf import PdfReader

pytestmark = pytest.mark.usefixtures("own_cache")


def made(month):
    return brief_pdf(month, front_of(month), first_screen_of(month, Path("không-có")))


def words_of(reader, page=None):
    """Text of a page, or of all, with single spaces."""
    pages = reader.pages if page is None else [reader.pages[page]]
    return re.sub(r"\s+", " ", " ".join(p.extract_text() for p in pages))


@pytest.fixture(scope="module")
def january(sample_month):
    return sample_month("2024-01")


@pytest.fixture(scope="module")
def content(january):
    return made(january)


@pytest.fixture(scope="module")
def reader(content):
    return PdfReader(io.BytesIO(content))


def test_the_brief_has_two_a4_pages_and_is_small(content, reader):
    assert len(content) < 300_000
    sizes = [(round(p.mediabox.width), round(p.mediabox.height)) for p in reader.pages]
    assert sizes == [(595, 842)] * 2


def test_it_is_tagged_with_title_language_and_bookmarks(reader):
    root = reader.root_object
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"].lower().startswith("vi")
    assert reader.metadata.title == "Kết quả giải quyết hồ sơ thủ tục hành chính tháng 01/2024"
    titles = [entry.title for entry in reader.outline if not isinstance(entry, list)]
    nested = [entry.title for part in reader.outline if isinstance(part, list) for entry in part]
    assert "Chỉ đạo trong tháng (dự thảo)" in titles + nested


def test_the_drawing_has_words_for_those_who_do_not_see_it(january, reader):
    def alts(node):
        node = node.get_object()
        children = node.get("/K", []) if hasattr(node, "get") else []
        children = children if isinstance(children, list) else [children]
        told = [str(node["/Alt"])] if hasattr(node, "get") and "/Alt" in node else []
        return told + [alt for child in children for alt in alts(child)]

    (alt,) = alts(reader.root_object["/StructTreeRoot"])
    old, middle, young = (january.city[f"days_{age}"] for age in ("91_up", "31_90", "1_30"))
    assert f"trên 90 ngày {old}, từ 31 đến 90 ngày {middle}, từ 1 đến 30 ngày {young} hồ sơ" in alt


def test_the_first_page_says_what_the_first_screen_says(january, reader):
    text = words_of(reader, 0)
    for words in ("DỮ LIỆU MÔ PHỎNG", "97,79%", "Tam Phước", "92,42%", "Vì sao dưới 97%?"):
        assert words in text
    backlog = key_numbers(january).set_index("key").loc["open_overdue"]
    assert f"{int(backlog['value'])}" in text
    assert "xấu đi rõ rệt" in text  # the one signal of the month
    assert text.count("trong dao động bình thường") == 4


def test_the_second_page_has_orders_and_what_became_of_earlier_ones(reader):
    text = words_of(reader, 1)
    assert text.startswith("Chỉ đạo trong tháng (dự thảo)")
    assert "Nhiều tháng liên tiếp dưới mục tiêu: Tam Phước (5 tháng)" in text
    assert "Kết quả thực hiện chỉ đạo trước" in text


def test_the_same_month_has_the_same_bytes_and_nothing_of_the_machine(january, content, tmp_path):
    assert made(january) == content
    (tmp_path / "tom-tat.pdf").write_bytes(content)
    assert scan(tmp_path) == []


def test_real_data_are_not_called_synthetic_and_no_ward_below_is_said_so(tmp_path):
    text = words_of(PdfReader(io.BytesIO(made(load_rows(tmp_path, on_time(40, "An Bình"))))))
    assert "MÔ PHỎNG" not in text
    assert "Tháng này không có phường, xã nào dưới 97%." in text


def test_twenty_units_below_still_fit_two_pages(january, tmp_path):
    names = list(january.unit_names.values())[:20]
    rows = [row for i, name in enumerate(names) for row in late(2 + i, name) + on_time(9, name)]
    reader = PdfReader(io.BytesIO(made(load_rows(tmp_path, rows))))
    assert len(reader.pages) == 2
    assert "Cũng dưới 97%:" in words_of(reader, 0)
