"""Report of the Office, notices to units and apology slips, read back from Word."""

from __future__ import annotations

import io
import re
import zipfile

import pytest
from cases import dossier, late, load_rows, on_time
from docx import Document
from docx.enum.section import WD_ORIENT
from docx.oxml.ns import qn
from motcua.measures.orders import orders, orders_of
from motcua.papers.annex import form06_by_ward
from motcua.papers.letter import letter
from motcua.papers.office import notices, report_docx, stems
from word import printed

pytestmark = pytest.mark.usefixtures("own_cache")


@pytest.fixture(scope="module")
def january(sample_month):
    return sample_month("2024-01")


@pytest.fixture(scope="module")
def report(january):
    return Document(io.BytesIO(report_docx(january)))


@pytest.fixture
def small(tmp_path):
    """Hố Nai: one late, one open and overdue since 02/01/2024; An Bình: all on time."""
    waiting = dossier("2023-12-20", "2024-01-02", ward="Hố Nai")
    return load_rows(tmp_path, [*late(1, "Hố Nai"), waiting, *on_time(40, "An Bình")])


def opened(month, name):
    """Documents of a unit: kind -> document."""
    codes = {title: code for code, title in month.unit_names.items()}
    return {
        "slips" if "xin loi" in file else "notice": Document(io.BytesIO(content))
        for file, content in notices(month, [codes[name]]).items()
    }


def rows_of(table):
    return [[cell.text for cell in row.cells] for row in table.rows]


# The report -------------------------------------------------------------------------------------


def test_the_report_has_five_sections_in_the_order_of_the_form(report):
    headings = [p.text for p in report.paragraphs if p.style.name == "Heading 1"]
    assert headings == [
        "Kết quả giải quyết hồ sơ", "Nguyên nhân trễ hạn và trách nhiệm",
        "Phản ánh của người dân, tổ chức", "Kết quả thực hiện các chỉ đạo trước", "Đề xuất",
    ]  # fmt: skip
    kinds = [p.text for p in report.paragraphs if p.style.name == "Tên loại văn bản"]
    assert kinds == ["BÁO CÁO", "PHỤ LỤC"]


def test_what_the_report_proposes_is_what_the_letter_orders(january, report):
    texts = printed(report)
    points = [p for p in letter(january).paragraphs if p.kind == "point"]
    start = texts.index(f"1. {points[0].text}")
    assert texts[start : start + len(points)] == [f"{p.number}. {p.text}" for p in points]


def test_the_table_of_units_shows_each_unit_with_its_counts(january, report):
    shown = {row[0]: row[1:] for row in rows_of(report.tables[1])[1:]}
    assert len(shown) == 30
    ward = january.rates.set_index("name").loc["Tam Phước"]
    assert shown["Tam Phước"] == [
        "264", "244", "20", "92,42%", str(ward["open_overdue"]), str(ward["awaiting_close"]),
    ]  # fmt: skip


def test_form_06_lies_across_and_its_last_row_adds_up(january, report):
    assert [s.orientation for s in report.sections] == [WD_ORIENT.PORTRAIT, WD_ORIENT.LANDSCAPE]
    rows = rows_of(report.tables[-1])
    assert len(rows[0]) == 13
    form = form06_by_ward(january)
    assert rows[-1][1] == "Tổng số"
    whole = [int(cell.replace(".", "")) for cell in rows[-1][2:]]
    assert whole[0] == form["taken"].sum() == whole[4] + whole[8]
    units = [[int(cell.replace(".", "")) for cell in row[2:]] for row in rows[4:-1]]
    assert [sum(column) for column in zip(*units, strict=True)] == whole


def test_form_06_has_the_three_tiers_of_the_printed_form_and_the_numbers_of_its_columns(report):
    top, middle, bottom, numbers, first, *_ = rows_of(report.tables[-1])
    taken = "Số hồ sơ nhận giải quyết"
    done, open_ = "Số lượng hồ sơ đã giải quyết", "Số lượng hồ sơ đang giải quyết"
    assert top == ["TT", "Đơn vị", *[taken] * 4, *[done] * 4, *[open_] * 3]
    assert middle[2:6] == ["Tổng số", "Trong đó (trong kỳ)", "Trong đó (trong kỳ)", "Từ kỳ trước"]
    assert bottom[3:5] == ["Trực tuyến", "Trực tiếp, dịch vụ bưu chính"]
    assert bottom[:2] == ["TT", "Đơn vị"]  # merged down to here
    assert numbers == [f"({n})" for n in range(1, 14)]
    assert first[:2] == ["1", "Trảng Dài"]


def test_no_dossier_and_no_official_is_named_in_the_report(report):
    text = "\n".join([*printed(report), *(c for t in report.tables for r in rows_of(t) for c in r)])
    assert not re.search(r"H\d\d-\d{6}-\d", text)


def test_the_report_tells_the_backlog_once(january, report):
    told = [text for text in printed(report) if "Hồ sơ tồn đọng quá hạn" in text]
    overdue = january.city["open_overdue"]
    assert [f"{overdue} trong" in text for text in told] == [True]


# Notices ----------------------------------------------------------------------------------------


def test_a_notice_tells_each_order_of_the_unit_with_its_number_and_last_day(january):
    notice = opened(january, "Tam Phước")["notice"]
    told = rows_of(notice.tables[1])
    assert told[0][0] == "Mục"
    expected = orders_of(january, "26374")
    assert [(row[0], row[3]) for row in told[1:]] == [
        (str(o.number), f"{o.due:%d/%m/%Y}") for o in expected
    ]
    numbers = {o.key: o.number for o in orders(january)}
    assert {row[0] for row in told[1:]} >= {str(numbers["below_threshold"])}
    assert {row[-1] for row in told[1:]} == {""}  # room for the answer


def test_a_notice_tells_an_order_in_its_table_alone(january):
    notice = opened(january, "Tam Phước")["notice"]
    (first, *_) = orders_of(january, "26374")
    assert not any(text.startswith(f"- {first.title}") for text in printed(notice))
    assert not any(first.title in paragraph.text for paragraph in notice.paragraphs)
    assert rows_of(notice.tables[1])[1][1].startswith(first.title)


def test_a_notice_names_what_was_closed_since_though_nothing_is_left(january):
    """Tân Hiệp: one dossier awaited the click on 14/01 and was closed on 15/01/2024."""
    texts = printed(opened(january, "Tân Hiệp")["notice"])
    assert any("Đã kết thúc sau kỳ (1 hồ sơ)" in text for text in texts)


def test_a_notice_lists_what_is_open_and_asks_for_an_answer(small):
    notice = opened(small, "Hố Nai")["notice"]
    (waiting,) = rows_of(notice.tables[2])[1:]
    assert waiting[2:4] == ["02/01/2024", "12"]  # 2 to 14 January
    assert waiting[-1] == ""
    texts = printed(notice)
    assert any(re.search(r"ghi kết quả vào phiếu này, gửi về Văn phòng", text) for text in texts)
    assert "Kính gửi: UBND phường Hố Nai" in texts


def test_a_unit_without_anything_open_gets_no_table_of_dossiers_and_no_slip(small):
    made = opened(small, "An Bình")
    assert set(made) == {"notice"}
    headings = [p.text for p in made["notice"].paragraphs if p.style.name == "Heading 1"]
    assert "Hồ sơ phải xử lý" not in headings


# Apology slips ----------------------------------------------------------------------------------


def test_each_dossier_that_owes_an_apology_has_a_slip_on_a_page_of_its_own(small):
    slips = opened(small, "Hố Nai")["slips"]
    kinds = [p.text for p in slips.paragraphs if p.style.name == "Tên loại văn bản"]
    assert kinds == ["PHIẾU XIN LỖI"] * 2
    breaks = slips.element.body.findall(f".//{qn('w:pageBreakBefore')}")
    assert len(breaks) == 1
    text = "\n".join(printed(slips))
    assert text.count("Kính gửi: ……") == 2  # nobody who applied is named
    assert text.count("hẹn trả kết quả vào ngày ……") == 1  # the open one alone
    assert "tiếp nhận hồ sơ" in text
    assert "ngày 20/12/2023" in text.lower()


def test_an_apology_that_was_made_needs_no_slip(tmp_path):
    done = late(1, "Hố Nai")[0] | {"apology_at": "2024-01-05"}
    assert set(opened(load_rows(tmp_path, [done]), "Hố Nai")) == {"notice"}


def test_files_of_units_that_windows_would_not_take_or_mix_up_get_names_of_their_own():
    long = "Trung tâm Phục vụ hành chính công " * 9
    names = stems({"1": "A/B", "2": "A_B", "3": "Hố Nai ", "4": long, "5": long + "khác"})
    assert names["3"] == "Hố Nai"
    assert re.fullmatch("A_B [a-p]{8}", names["1"])
    assert len(set(names.values())) == 5
    assert (
        max(len(f"{name} - phieu xin loi 01-2024.docx".encode()) for name in names.values()) < 200
    )


def test_signs_of_xml_in_a_name_reach_the_notice_as_they_are(tmp_path):
    odd = "A & B <C>"
    month = load_rows(tmp_path, late(2, odd), units="from_data")
    ((name, content),) = notices(month, [odd]).items()  # no apology is recorded: no slips
    assert name == "A & B _C_ - phieu nhac 01-2024.docx"
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        assert b"A &amp; B &lt;C&gt;" in package.read("word/document.xml")
