"""phu-luc.xlsx, read back: numbers, marks, print set-up, and nothing that becomes a formula."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import datetime
from pathlib import Path

import motcua
import openpyxl
import pytest
from cases import dossier, late, load_rows, on_time
from motcua.base.reference import LABELS
from motcua.measures.followup import ledger
from motcua.measures.orders import LISTS
from motcua.measures.state import AGES, CONVENTIONS
from motcua.papers.annex import annex, annex_xlsx

NAMES = [
    "Bìa", "Biểu đồ", "1 Tỷ lệ", "2 Nguyên nhân", "3 Điểm giảm", "4 Biểu 06 đơn vị",
    "5 Biểu 06 lĩnh vực", "6 Xu hướng", "7 Tỷ lệ theo tháng", "8 Danh sách",
    "9 Theo dõi",
]  # fmt: skip
TABLES = NAMES[2:]


pytestmark = pytest.mark.usefixtures("own_cache")


@pytest.fixture(scope="module")
def january():
    return motcua.load("2024-01", data="data/sample")


@pytest.fixture(scope="module")
def content(january):
    return annex_xlsx(january)


@pytest.fixture(scope="module")
def book(content):
    return openpyxl.load_workbook(io.BytesIO(content))


def table(book, name):
    """Heading row, and each row of values under it until an empty one."""
    rows = list(book[name].iter_rows(values_only=True))
    head = next(i for i, row in enumerate(rows) if row.count(None) == 0)
    return head, [row for row in rows[head:] if any(v is not None for v in row)]


def test_sheets_stand_in_their_order_and_the_contents_lead_to_each(book):
    assert book.sheetnames == NAMES
    links = {link.display: link.location for row in book["Bìa"].iter_rows() for cell in row
             if (link := cell.hyperlink)}  # fmt: skip
    assert list(links) == book.sheetnames[1:]
    assert all(location == f"'{name}'!A1" for name, location in links.items())


def test_the_cover_says_to_which_letter_it_belongs_with_number_and_date_blank(book):
    texts = [row[0] for row in book["Bìa"].iter_rows(max_col=1, values_only=True) if row[0]]
    attached = next(text for text in texts if text.startswith("(Kèm theo Công văn số"))
    assert re.sub(" +", " ", attached) == (
        "(Kèm theo Công văn số /UBND-THNC ngày tháng năm 2024 của UBND thành phố Biên Hòa)"
    )


@pytest.mark.parametrize("name", TABLES)
def test_each_table_has_title_unit_period_source_and_its_print_set_up(book, name):
    sheet = book[name]
    head, _ = table(book, name)
    above = "\n".join(str(row[0].value or "") for row in sheet.iter_rows(max_row=head, max_col=1))
    for word in ("Đơn vị tính: ", "Kỳ báo cáo: từ 15/12/2023 đến 14/01/2024", "Nguồn: "):
        assert word in above
    assert "DỮ LIỆU MÔ PHỎNG" in above
    assert sheet.page_setup.orientation == "landscape"
    assert sheet.page_setup.paperSize == 9
    assert sheet.page_setup.fitToWidth in (None, 1)  # 1 by default
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert sheet.print_title_rows == f"${head + 1}:${head + 1}"
    assert sheet.freeze_panes.endswith(str(head + 2))
    assert sheet.auto_filter.ref
    assert "&P" in sheet.oddFooter.right.text
    assert not sheet.merged_cells.ranges


def test_rates_are_the_numbers_of_the_month_and_not_texts(january, book):
    _, (head, *rows) = table(book, "1 Tỷ lệ")
    rates = january.rates
    assert [row[0] for row in rows] == [*rates["name"], "Toàn thành phố"]
    assert [row[1] for row in rows] == [*rates["rate_percent"], january.city["rate_percent"]]
    late_column = head.index("Trễ hạn")
    assert [row[late_column] for row in rows[:-1]] == rates["late"].tolist()
    assert rows[-1][late_column] == rates["late"].sum()


def test_what_is_below_is_marked_by_words_and_type_and_not_by_colour_alone(january, book):
    sheet = book["1 Tỷ lệ"]
    below = {january.unit_names[code] for code in january.lists["below_threshold"]}
    marked = {
        row[0].value for row in sheet.iter_rows() if str(row[3].value).startswith("▼ Dưới 97%")
    }
    leaning = {row[0].value for row in sheet.iter_rows() if row[1].font.italic}
    assert marked == leaning == below


@pytest.mark.parametrize("convention", list(CONVENTIONS))
def test_points_add_up_to_what_the_rate_lacks_by_every_convention(tmp_path, convention):
    # An Bình: 7 on time, 2 late (one forgotten), 1 open and overdue.
    rows = [*on_time(7), *late(1, late_cause="Quên bấm kết thúc"), *late(1)]
    rows += [dossier("2024-01-02", "2024-01-08", ward="An Bình", dossier_id="mở")]
    book = annex(load_rows(tmp_path, rows, rate_convention=convention))
    sheet = next(sheet for sheet in book if sheet.name == "3 Điểm giảm")
    told = {row[0]: row[1:] for row in (*sheet.rows, sheet.total)}
    lacks = {
        "resolved": 200 / 9,
        "received": 30,
        "due_in_period": 30,
        "workload": 30,
        "national_766": 30,
    }
    for name in ("An Bình", "Toàn thành phố"):
        *causes, total, rate = told[name]
        assert total == pytest.approx(lacks[convention], abs=1e-5)
        assert sum(causes) == pytest.approx(total, abs=1e-5) == pytest.approx(100 - rate, abs=1e-5)


def test_the_backlog_stands_beside_the_rate_by_age_and_what_awaits_the_click(january, book):
    _, (head, *rows) = table(book, "1 Tỷ lệ")
    for column in ("rate_766_percent", "open_overdue", *AGES, "awaiting_close"):
        shown = [row[head.index(LABELS[column])] for row in rows]
        assert shown == [*january.rates[column], january.city[column]]


def test_nothing_but_what_is_below_or_overdue_bears_a_sign(book):
    told = [str(c.value) for sheet in book for row in sheet.iter_rows() for c in row if c.value]
    assert {text for text in told if text[0] in "▲▼✓★■"} == {"▼ Dưới 97%", "▼ Quá hạn"}


def test_points_lost_add_up_to_what_the_rate_lacks(book):
    _, (_, *rows) = table(book, "3 Điểm giảm")
    for name, *points, total, rate in rows:
        assert sum(points) == pytest.approx(total, abs=1e-5), name
        assert 100 - rate == pytest.approx(total, abs=1e-5), name


@pytest.mark.parametrize("name", ["4 Biểu 06 đơn vị", "5 Biểu 06 lĩnh vực"])
def test_the_form_has_its_thirteen_columns_and_adds_up(book, name):
    _, (head, *rows) = table(book, name)
    assert [re.match(r"\((\d+)\)", h)[1] for h in head] == [str(n) for n in range(1, 14)]
    for row in rows:
        n = dict(enumerate(row, start=1))
        assert n[3] == n[4] + n[5] + n[6] == n[7] + n[11]
        assert n[7] == n[8] + n[9] + n[10]
        assert n[11] == n[12] + n[13]
    body, total = rows[:-1], rows[-1]
    assert [sum(row[i] for row in body) for i in range(2, 13)] == list(total[2:])


def test_months_are_dates_with_a_format_and_percentages_numbers(book):
    head, _ = table(book, "6 Xu hướng")
    month, rate = book["6 Xu hướng"][head + 2][:2]
    assert month.value == datetime(2023, 1, 1)
    assert month.number_format == "[$-42A]mm/yyyy"
    assert isinstance(rate.value, float)
    assert rate.number_format == '[$-42A]0.00"%"'


def test_a_rate_just_above_the_threshold_shows_the_decimals_that_tell(tmp_path):
    month = load_rows(tmp_path, [*on_time(1), *late(2)], threshold_percent=33.33)
    book = openpyxl.load_workbook(io.BytesIO(annex_xlsx(month)))
    row = next(r for r in book["1 Tỷ lệ"].iter_rows() if r[0].value == "An Bình")
    assert row[1].value == 33.333333
    assert row[1].number_format == '[$-42A]0.000"%"'
    assert row[3].value == "Đạt"


def test_lists_say_which_units_were_named_before(january, book):
    _, (_, *rows) = table(book, "8 Danh sách")
    assert len(rows) == sum(len(january.lists[name]) for name in LISTS)
    for _, _, months, note in rows:
        assert (f"{months:02d} tháng liên tiếp" in note) == (months > 1)


def test_follow_up_shows_the_ledger_with_real_dates_and_marks_what_is_overdue(january, book):
    _, (head, *rows) = table(book, "9 Theo dõi")
    orders = ledger(january)
    assert len(rows) == len(orders) > 0
    late = [row for row in rows if row[7] == "▼ Quá hạn"]
    assert len(late) == (orders["state"] == "overdue").sum() > 0
    assert all(row[8] > 0 for row in late)
    assert all(isinstance(row[5], datetime) for row in late)
    names = {row["name"] for row in orders.to_dict("records")}
    assert {row[2] for row in rows} == names
    assert len(head) == 11


def test_there_are_three_native_charts_with_a_threshold_and_a_description(content):
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        charts = sorted(n for n in package.namelist() if n.startswith("xl/charts/chart"))
        texts = [package.read(name).decode() for name in charts]
        drawing = package.read("xl/drawings/drawing1.xml").decode()
    assert len(charts) == 3
    assert all("Mục tiêu" in texts[place] and "trục bắt đầu từ" in texts[place] for place in (0, 2))
    assert '<c:grouping val="stacked"/>' in texts[1]
    assert len(re.findall(r'descr="[^"]{20,}"', drawing)) == 3
    assert "'1 Tỷ lệ'!$B$" in texts[0]


@pytest.mark.parametrize("name", ["=1+1", "A & B <C>", "http://a.vn", "@x", "{=1}", "+84"])
def test_text_from_data_stays_text(tmp_path, name):
    month = load_rows(tmp_path, [*on_time(40, name), *late(5, name)], units="from_data")
    with zipfile.ZipFile(io.BytesIO(annex_xlsx(month))) as package:
        sheets = [package.read(n).decode() for n in package.namelist() if "worksheets/sheet" in n]
        links = [package.read(n).decode() for n in package.namelist() if n.endswith(".rels")]
    assert not [text for text in sheets if "<f>" in text]
    assert not [text for text in links if "http://a.vn" in text]
    book = openpyxl.load_workbook(io.BytesIO(annex_xlsx(month)))
    assert name in [row[0].value for row in book["1 Tỷ lệ"].iter_rows()]


def test_the_same_annex_has_the_same_bytes_and_clean_properties(january, content):
    assert annex_xlsx(january) == content
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert book.properties.creator == "Văn phòng HĐND-UBND thành phố Biên Hòa"
    assert book.properties.created == datetime(2024, 1, 14)
    assert book.properties.modified == datetime(2024, 1, 14)
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        assert {i.date_time for i in package.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_a_month_without_dossiers_still_makes_every_sheet(tmp_path):
    month = load_rows(tmp_path, [dossier("2024-01-10", "2024-02-10")])
    book = openpyxl.load_workbook(io.BytesIO(annex_xlsx(month)))
    assert book.sheetnames == NAMES
    assert len(annex(month)[0].rows) == 30


def test_one_module_writes_workbooks() -> None:
    home = Path(motcua.__file__).parent
    writers = [p.name for p in home.rglob("*.py") if "xlsxwriter.Workbook(" in p.read_text("utf-8")]
    assert writers == ["workbook.py"]


@pytest.mark.parametrize(("units", "labelled"), [(40, 2), (95, 1)])
def test_with_many_units_only_those_below_have_a_number_on_the_chart(tmp_path, units, labelled):
    rows = [row for i in range(units) for row in on_time(2, f"Đơn vị {i}")] + late(1, "Đơn vị 0")
    month = load_rows(tmp_path, rows, units="from_data")
    with zipfile.ZipFile(io.BytesIO(annex_xlsx(month))) as package:
        chart = package.read("xl/charts/chart1.xml").decode()
    series = chart.split("<c:ser>")[1:]
    assert ["<c:dLbls>" in one for one in series] == [labelled == 2, labelled == 1, False]
    assert ('rot="-5400000"' in chart.split("<c:catAx>")[1].split("</c:catAx>")[0]) == (units > 40)
