"""phu-luc.xlsx and .pdf, read back: numbers, marks, print set-up, and only sums are formulas."""

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
from motcua.machine.processes import run_forked
from motcua.measures.followup import ledger
from motcua.measures.orders import LISTS
from motcua.measures.state import AGES, CONVENTIONS
from motcua.papers.annex import (
    COLUMNS,
    annex,
    annex_pdf,
    annex_xlsx,
    form06_by_field,
    form06_by_ward,
)
from motcua.papers.letter import letter, letter_trace
from motcua.running.leaks import scan
from pypdf import PdfReader

NAMES = [
    "Bìa", "Biểu đồ", "Tổng hợp", "1 Tỷ lệ", "2 Nguyên nhân", "3 Điểm giảm", "4 Biểu 06 đơn vị",
    "5 Biểu 06 lĩnh vực", "6 Xu hướng", "7 Tỷ lệ theo tháng", "8 Danh sách",
    "9 Theo dõi", "10 Chỉ đạo", "Đối chiếu",
]  # fmt: skip
TABLES = NAMES[2:]
FORMS = ["4 Biểu 06 đơn vị", "5 Biểu 06 lĩnh vực"]


pytestmark = pytest.mark.usefixtures("own_cache")


@pytest.fixture(scope="module")
def january(sample_month):
    return sample_month("2024-01")


@pytest.fixture(scope="module")
def content(january):
    return annex_xlsx(january)


@pytest.fixture(scope="module")
def book(content):
    """The workbook with the stored values of its formulas."""
    return openpyxl.load_workbook(io.BytesIO(content), data_only=True)


@pytest.fixture(scope="module")
def formulas(content):
    """The workbook with the formulas themselves."""
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
    period = (
        "Kỳ báo cáo: tháng 01/2024 (Từ ngày 15/12/2023 đến ngày 14/01/2024)" if name in FORMS
        else "Kỳ báo cáo: từ 15/12/2023 đến 14/01/2024"
    )  # fmt: skip
    for word in ("Đơn vị tính: ", period, "Nguồn: "):
        assert word in above
    assert "DỮ LIỆU MÔ PHỎNG" in above
    assert sheet.page_setup.orientation == "landscape"
    assert sheet.page_setup.paperSize == 9
    assert sheet.page_setup.fitToWidth in (None, 1)  # 1 by default
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    first = head + 1 - 3 * (name in FORMS)  # three tiers above the numbers of the columns
    assert sheet.print_title_rows == f"${first}:${head + 1}"
    assert sheet.freeze_panes.endswith(str(head + 2))
    assert sheet.auto_filter.ref
    assert "&P" in sheet.oddFooter.right.text
    assert bool(sheet.merged_cells.ranges) == (name in FORMS)


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


TIERS = [  # first and last column, first and last tier, heading, as the form prints them
    ("A", "A", 1, 3, "TT"),
    ("B", "B", 1, 3, "Đơn vị"),
    ("C", "F", 1, 1, "Số hồ sơ nhận giải quyết"),
    ("G", "J", 1, 1, "Số lượng hồ sơ đã giải quyết"),
    ("K", "M", 1, 1, "Số lượng hồ sơ đang giải quyết"),
    ("C", "C", 2, 3, "Tổng số"),
    ("D", "E", 2, 2, "Trong đó (trong kỳ)"),
    ("F", "F", 2, 3, "Từ kỳ trước"),
    ("G", "G", 2, 3, "Tổng số"),
    ("H", "H", 2, 3, "Trước hạn"),
    ("I", "I", 2, 3, "Đúng hạn (Bao gồm cả hồ sơ chờ bổ sung và trả lại/xin rút)"),
    ("J", "J", 2, 3, "Quá hạn"),
    ("K", "K", 2, 3, "Tổng số"),
    ("L", "L", 2, 3, "Trong hạn (Bao gồm cả hồ sơ chờ bổ sung và hồ sơ khác)"),
    ("M", "M", 2, 3, "Quá hạn"),
    ("D", "D", 3, 3, "Trực tuyến"),
    ("E", "E", 3, 3, "Trực tiếp, dịch vụ bưu chính"),
]


@pytest.mark.parametrize("name", FORMS)
def test_the_form_has_its_three_tiers_and_the_numbers_of_its_columns(book, name):
    sheet = book[name]
    head, (numbers, *_) = table(book, name)
    assert numbers == tuple(f"({n})" for n in range(1, 14))
    top = head - 2
    merged = {str(one) for one in sheet.merged_cells.ranges}
    for first, last, tier, to, words in TIERS:
        own = "Lĩnh vực, công việc giải quyết theo cấp" if name == FORMS[1] else "Đơn vị"
        assert sheet[f"{first}{top + tier - 1}"].value == (own if first == "B" else words)
        area = f"{first}{top + tier - 1}:{last}{top + to - 1}"
        assert (area in merged) == (first != last or tier != to)
    assert len(merged) == 15  # of the 17 headings all but the two that are one cell
    above = [row[0] for row in sheet.iter_rows(max_row=top, max_col=1, values_only=True)]
    for line in (
        "- Đơn vị báo cáo: Văn phòng HĐND-UBND thành phố Biên Hòa",
        "- Đơn vị nhận báo cáo: UBND thành phố Biên Hòa",
        "Đơn vị tính: Số hồ sơ TTHC",
    ):
        assert line in above


def worked_out(sheet, formula):
    """Value of =C1+D1 or of =SUM(C1:C9), from the numbers of the sheet."""
    area = re.fullmatch(r"=SUM\((\w+:\w+)\)", formula)
    cells = [c for row in sheet[area[1]] for c in row] if area else [
        sheet[cell] for cell in formula.removeprefix("=").split("+")
    ]  # fmt: skip
    return sum(cell.value or 0 for cell in cells)


@pytest.mark.parametrize(
    ("name", "form"), list(zip(FORMS, (form06_by_ward, form06_by_field), strict=True))
)
def test_sums_of_the_form_are_formulas_with_the_values_of_the_findings(
    january, book, formulas, name, form
):
    head, _ = table(book, name)
    rows = [row for row in formulas[name].iter_rows(min_row=head + 2) if row[1].value]
    *body, total = rows
    assert [cell.value for cell in body[0][2::4]] == [
        f"={'+'.join(f'{c}{head + 2}' for c in columns)}" for columns in ("DEF", "HIJ", "LM")
    ]
    found = form(january)
    for place, column in enumerate(COLUMNS.values(), start=2):
        is_sum = column in ("taken", "done", "open")
        shown = []
        for row in body:
            value = row[place].value
            assert isinstance(value, str) == is_sum
            shown.append(worked_out(book[name], value) if is_sum else value)
        assert shown == found[column].tolist()
        assert shown == [book[name][row[place].coordinate].value for row in body]
        own = total[place]
        assert worked_out(book[name], own.value) == book[name][own.coordinate].value == sum(shown)
    for row in found.to_dict("records"):
        assert row["taken"] == row["done"] + row["open"]


def test_late_dossiers_are_the_sum_of_their_causes_by_formulas(january, book, formulas):
    head, (_, *rows) = table(book, "2 Nguyên nhân")
    sums = (
        formulas["2 Nguyên nhân"][head + 2][6],
        formulas["2 Nguyên nhân"][head + 1 + len(rows)][6],
    )
    assert [worked_out(book["2 Nguyên nhân"], cell.value) for cell in sums] == [rows[0][6], 108]
    assert january.city["late"] == 108


# Each number of the letter ---------------------------------------------------------------------


def printed(value):
    """What the letter may print for a value of a cell."""
    if isinstance(value, datetime):
        month = f"{value.month:02d}" if value.month < 3 else f"{value.month}"
        return {f"{value:%d}/{month}/{value.year}", f"{value:%m/%Y}"}
    if isinstance(value, str):  # the month
        return {value, value[3:]}
    whole = f"{round(value):,}".replace(",", ".")
    rate = f"{value:.2f}%".replace(".", ",")
    return {whole, f"0{whole}", rate, f"{whole}%"}


@pytest.mark.parametrize("name", ["2024-01", "2024-02"])
def test_every_number_of_the_letter_leads_to_the_cell_that_shows_it(name, sample_month):
    month = sample_month(name)
    book = openpyxl.load_workbook(io.BytesIO(annex_xlsx(month)), data_only=True)
    head, (_, *rows) = table(book, "Đối chiếu")
    trace = letter_trace(month)
    numbers = trace[trace["value"].str.contains(r"\d")]
    assert [row[2] for row in rows] == numbers["value"].tolist()
    for row, at, path in zip(rows, range(head + 2, 999), numbers["path"], strict=False):
        assert row[2] in row[1]
        if path.startswith(("params.", "legal_basis")):
            assert row[3].startswith("Không phải số liệu; ")
            assert row[4] is None
            continue
        sheet, cell = re.fullmatch("(.*), ô ([A-Z]+[0-9]+)", row[3]).groups()
        assert book["Đối chiếu"].cell(at, 4).hyperlink.location == f"'{sheet}'!{cell}"
        assert book[sheet][cell].value == row[4]
        assert row[2] in printed(row[4]), (path, row)
        code = re.match(r"wards\[(.*?)\]", path)
        if code:
            unit = book[sheet].cell(book[sheet][cell].row, 1).value
            assert unit == month.unit_names[code[1]]
    body = "\n".join(p.text for p in letter(month).paragraphs)
    told = [row[2] for row in rows if row[0] not in ("Trích yếu", "Kính gửi")]
    for number in told:
        body = body.replace(number, "", 1)
    assert not re.search(r"\d", body)


def test_the_annex_of_a_part_names_no_letter_for_a_part_has_none():
    part = motcua.load("2024-01", data="data/sample", only_wards=["Hố Nai", "Tân Tiến"])
    book = openpyxl.load_workbook(io.BytesIO(annex_xlsx(part)))
    assert book.sheetnames == NAMES[:-1]
    cover = " ".join(str(c.value) for row in book["Bìa"].iter_rows() for c in row if c.value)
    assert "Tân Tiến" in cover
    assert "Công văn số" not in cover
    assert "Đối chiếu" not in cover
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(annex_pdf(part))).pages]
    assert not any("Công văn" in page for page in pages)


def test_a_pdf_made_in_a_process_hangs_none_that_is_forked_from_it(january, pdf):
    """Typst keeps threads, which a forked process does not have and would wait for."""
    assert annex_pdf(january) == pdf
    calls = [lambda: annex_pdf(january)[:5]] * 2
    assert dict(run_forked(calls, 2, patience=60)) == {0: b"%PDF-", 1: b"%PDF-"}


def test_a_row_says_where_the_number_is_printed(book):
    _, (_, *rows) = table(book, "Đối chiếu")
    assert rows[0][:3] == (
        "Trích yếu",
        "V/v kết quả giải quyết hồ sơ thủ tục hành chính tháng 01/2024 tại UBND 30 phường, xã",
        "01/2024",
    )  # fmt: skip
    rate = next(row for row in rows if row[2] == "92,42%")
    assert rate[0] == "Đoạn 4"
    assert "Tam Phước (92,42%)" in rate[1]
    assert rate[3].startswith("1 Tỷ lệ, ô B")
    due = next(row for row in rows if row[0] == "Mục 8" and row[2] == "07/02/2024")
    assert due[3].startswith("10 Chỉ đạo, ô F")
    assert due[4] == datetime(2024, 2, 7)


# For the signed file ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pdf(january):
    return annex_pdf(january)


def test_the_pdf_has_every_table_across_small_and_tagged(january, pdf):
    reader = PdfReader(io.BytesIO(pdf), strict=True)
    assert len(pdf) < 300_000
    assert {(round(p.mediabox.width), round(p.mediabox.height)) for p in reader.pages} == {
        (842, 595)
    }
    assert reader.root_object["/MarkInfo"]["/Marked"]
    assert reader.root_object["/Lang"].lower().startswith("vi")
    assert reader.metadata.title.startswith("PHỤ LỤC: Kết quả giải quyết hồ sơ")
    titles = [entry.title for entry in reader.outline]
    assert titles == [sheet.title for sheet in annex(january)]
    pages = [re.sub(r"\s+", " ", page.extract_text()) for page in reader.pages]
    for place, text in enumerate(pages, start=1):
        assert "Phụ lục kèm theo Công văn số" in text
        assert "DỮ LIỆU MÔ PHỎNG" in text
        assert f"{place}/{len(pages)}" in text
    followed = [text for text in pages if text.count("Tình trạng cuối kỳ")]
    assert len(followed) > 1  # the headings of the longest table stand on each of its pages
    form = next(text for text in pages[1:] if "theo đơn vị (biểu II.06a)" in text)
    for words in ("Trong đó (trong kỳ)", "(13)", "Đơn vị nhận báo cáo", "5.403 1.702 3.267 434"):
        assert words in form


def test_the_pdf_has_the_same_bytes_each_time_and_nothing_of_the_machine(january, pdf, tmp_path):
    assert annex_pdf(january) == pdf
    (tmp_path / "phu-luc.pdf").write_bytes(pdf)
    assert scan(tmp_path) == []


def test_the_pdf_of_real_data_is_not_called_synthetic(tmp_path):
    reader = PdfReader(io.BytesIO(annex_pdf(load_rows(tmp_path, on_time(40, "#1 *A* <B>")))))
    text = "".join(page.extract_text() for page in reader.pages)
    assert "MÔ PHỎNG" not in text


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


def test_text_from_data_stays_text(tmp_path):
    names = ["=1+1", "A & B <C>", "http://a.vn", "@x", "{=1}", "+84"]
    rows = [row for name in names for row in (*on_time(40, name), *late(5, name))]
    month = load_rows(tmp_path, rows, units="from_data")
    content = annex_xlsx(month)
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        sheets = [package.read(n).decode() for n in package.namelist() if "worksheets/sheet" in n]
        links = [package.read(n).decode() for n in package.namelist() if n.endswith(".rels")]
    own = re.compile(r"[A-Z]+\d+(\+[A-Z]+\d+)+|SUM\([A-Z]+\d+(:[A-Z]+\d+)?\)|'[\w ]+'![A-Z]+\d+")
    written = [formula for text in sheets for formula in re.findall("<f>(.*?)</f>", text)]
    assert [formula for formula in written if not own.fullmatch(formula)] == []
    assert not [text for text in links if "http://a.vn" in text]
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert set(names) <= {row[0].value for row in book["1 Tỷ lệ"].iter_rows()}


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
    assert len(annex(month)[1].rows) == 30


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
