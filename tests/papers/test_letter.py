"""The draft letter, read back from Word: held against letter 1522 and findings.json."""

from __future__ import annotations

import io
import json
import re
import zipfile
from datetime import date
from pathlib import Path

import pytest
import yaml
from cases import dossier, late, load_rows, on_time, write_csv
from docx import Document
from docx.shared import Pt
from motcua.base.reference import legal_basis
from motcua.measures.orders import orders
from motcua.papers.document import letter_docx
from motcua.papers.findings import build_findings
from motcua.papers.letter import SAID, letter, letter_trace, value_at
from motcua.running.run import LETTER, write_letter
from word import look_of, printed, styles_of

HERE = Path(__file__).parents[1]
NBSP = "\u00a0"
NAMED = yaml.safe_load((HERE / "data" / "letter_1522_lists.yaml").read_text("utf-8"))
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
KEYS = {
    1: "below_threshold", 2: "forgot_to_close", 3: "feedback", 4: "apologies",
    5: "urban_management", 6: "software_error", 7: "monitoring", 8: "backlog",
}  # fmt: skip


pytestmark = pytest.mark.usefixtures("own_cache")


@pytest.fixture(scope="module")
def january(sample_month):
    return sample_month("2024-01")


@pytest.fixture(scope="module")
def folder(january, tmp_path_factory):
    """Folder with the letter of January."""
    folder = tmp_path_factory.mktemp("letter")
    write_letter(january, folder)
    return folder


@pytest.fixture(scope="module")
def document(folder):
    return Document(folder / LETTER)


@pytest.fixture(scope="module")
def faultless(tmp_path_factory):
    """A month of real data, all on time, without a plan and without a request."""
    return load_rows(
        tmp_path_factory.mktemp("faultless"), on_time(40),
        plan_number="", plan_date=None, report_number="", report_date=None,
    )  # fmt: skip


def body_of(document):
    """Texts of the body's paragraphs, from the grounds to "./."."""
    texts = printed(document)
    start = next(i for i, text in enumerate(texts) if text.startswith("Căn cứ"))
    end = next(i for i, text in enumerate(texts) if text.endswith("./."))
    return texts[start : end + 1]


def trace_of(month):
    return letter_trace(month).to_dict("records")


def words_of(draft):
    """Text of every order that is printed, by its key."""
    points = [p for p in draft.paragraphs if p.kind == "point"]
    return {KEYS[point.number]: point.text for point in points}


# Against letter 1522 ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["below_threshold", "forgot_to_close", "feedback"])
def test_each_point_names_exactly_the_units_that_letter_1522_names(document, name):
    number = list(NAMED).index(name) + 1
    point = next(text for text in body_of(document) if text.startswith(f"{number}. "))
    named = re.search(r"\(([^()]*)\):", point)[1].split(", ")
    assert sorted(named) == sorted(NAMED[name])


FAULT_SIGNS = {
    "below_threshold": "tỷ lệ giải quyết dưới",
    "forgot_to_close": "quên bấm kết thúc",
    "feedback": "bị phản ánh",
    "urban_management": "cấp số nhà do Phòng Quản lý đô thị",
}


@pytest.mark.parametrize("name", list(FAULT_SIGNS))
def test_each_list_of_what_was_found_names_exactly_the_units_of_letter_1522(document, name):
    items = [text for text in body_of(document) if text.startswith("- ")]
    item = next(text for text in items if FAULT_SIGNS[name] in text)
    named = re.findall(r"([^,:;()]+) \(", item.split(": ", 1)[1])
    assert sorted(n.strip() for n in named) == sorted(NAMED[name])
    assert item.startswith(f"- {len(NAMED[name]):02d} đơn vị")


def test_units_of_a_fault_stand_in_the_order_of_their_numbers(document):
    items = [text for text in body_of(document) if text.startswith("- ")]
    for item in items:
        numbers = [int(n) for n in re.findall(r"\((\d+)\s(?:hồ sơ|phản ánh)\)", item)]
        assert numbers == sorted(numbers, reverse=True)
    rates = [float(r.replace(",", ".")) for r in re.findall(r"\((\d+,\d+)%\)", items[0])]
    assert rates == sorted(rates)
    assert len(rates) == 4


def test_lists_stand_in_the_order_of_the_letter(document):
    items = [text for text in body_of(document) if text.startswith("- ")]
    signs = [*FAULT_SIGNS.values(), "lỗi phần mềm"]
    assert [next(i for i, text in enumerate(items) if s in text) for s in signs] == [0, 1, 2, 3, 4]
    assert [text[-1] for text in items] == [";", ";", ";", ";", "."]


def test_units_with_a_software_error_are_named_which_the_letter_could_not_do(january, document):
    point = next(text for text in body_of(document) if text.startswith("6. "))
    assert ", ".join(january.names("software_error")) in point


def test_points_have_the_numbers_of_their_orders_the_letters_seven_first(january, document):
    numbers = [re.match(r"(\d)\. ", text) for text in body_of(document)]
    assert [m[1] for m in numbers if m] == list("12345678")
    assert {order.number: order.key for order in orders(january)} == KEYS


def test_slips_of_the_letter_are_not_copied(document):
    text = "\n".join(body_of(document))
    for slip in ("Công dịch vụ công", "sổ nhà", "Hồ Nai", "ngoài quy định, ..."):
        assert slip not in text
    assert "Cổng Dịch vụ công quốc gia, Tổng đài 1022" in text


def test_grounds_name_the_plan_and_the_request_as_the_letter_does(document):
    grounds, request = body_of(document)[1], "\n".join(body_of(document))
    assert "Kế hoạch số 394/KH-UBND ngày 08/01/2024 của UBND thành phố" in grounds
    assert "Văn bản số 62/VP ngày 23/01/2024, Chủ tịch UBND thành phố chỉ đạo như sau:" in request


# Every number -----------------------------------------------------------------------------------


def test_every_number_of_the_body_is_in_the_trace_and_nothing_else(january, document):
    rows = trace_of(january)
    for place, text in enumerate(body_of(document), start=1):
        traced = [row for row in rows if row["place"] == str(place)]
        rest = re.sub(r"^(\d\. |- )", "", text)
        for row in traced:
            assert row["text"] == re.sub(r"^(\d\. |- )", "", text)
            before, found, rest = rest.partition(row["value"])
            assert found, row
            assert not re.search(r"\d", before), before
        assert not re.search(r"\d", rest), rest


def test_every_traced_value_is_the_one_of_findings_json(january):
    findings = json.loads(json.dumps(build_findings(january)))
    kinds = set()
    for row in trace_of(january):
        root = row["path"].split(".")[0].split("[")[0]
        kinds.add(root)
        if root in ("params", "legal_basis"):
            continue
        raw = value_at(findings, row["path"])
        assert str(raw) == row["raw"]
        assert shows(row["value"], raw), row
    assert kinds == {
        "params",
        "legal_basis",
        "month",
        "period",
        "method",
        "city",
        "wards",
        "lists",
        "orders",
    }


def shows(value, raw):
    """Whether a text shows a value: digits as they are, percentages to two decimals."""
    if isinstance(raw, str) and re.fullmatch(r"\d{4}-\d\d(-\d\d)?", raw):
        return value == "/".join(reversed(raw.split("-"))) or value == raw[:4]
    if isinstance(raw, str):
        return value == raw
    plain = value.replace("%", "").replace(".", "").replace(",", ".")
    digits = len(plain.partition(".")[2])
    assert digits in (0, 2)
    return abs(float(plain) - raw) <= 0.5 * 10**-digits + 1e-9


def test_values_from_parameters_and_decrees_are_those_that_stand_there(january):
    decrees = {text.number: text for text in legal_basis(january.period.end)}
    for row in trace_of(january):
        if row["path"].startswith("params.recipients."):
            assert row["value"] == january.params.recipients[row["path"].split(".")[2]]
        elif row["path"].startswith("params."):
            assert str(getattr(january.params, row["path"][7:])) == row["raw"]
        elif row["path"].startswith("legal_basis"):
            number, name = re.fullmatch(r"legal_basis\[(.*)\]\.(\w+)", row["path"]).groups()
            assert str(getattr(decrees[number], name)) == row["raw"]


def test_findings_and_orders_name_the_same_units(january):
    rows = letter_trace(january)
    named = rows[rows["path"].str.endswith("].name")].groupby("place", sort=False)["raw"].agg(set)
    draft = letter(january)
    by_number = {p.number: named.get(str(i)) for i, p in enumerate(draft.paragraphs, start=1)}
    items = [i for i, p in enumerate(draft.paragraphs, start=1) if p.kind == "item"]
    for place, number in zip(items, (1, 2, 3, 5, 6), strict=True):
        assert named[str(place)] == by_number[number]


# Other months ----------------------------------------------------------------------------------


def test_a_point_without_units_is_reworded_and_all_keep_their_numbers(faultless):
    draft = letter(faultless)
    assert [p.number for p in draft.paragraphs if p.kind == "point"] == list(KEYS)
    assert words_of(draft)["below_threshold"].startswith("Về tỷ lệ giải quyết hồ sơ: ")
    assert words_of(draft)["backlog"].startswith("Về hồ sơ quá hạn: ")
    text = "\n".join(p.text for p in draft.paragraphs)
    assert "Tiếp tục đảm bảo xử lý hồ sơ cấp số nhà" in text
    assert "()" not in text
    assert "không có" not in text.replace(SAID["no_faults"], "")
    assert "tồn tại, hạn chế nêu trên" not in text
    assert SAID["no_faults"] in text


def test_empty_plan_and_request_stay_dotted_blanks(faultless):
    text = "\n".join(p.text for p in letter(faultless).paragraphs)
    assert "Kế hoạch số ……/KH-UBND ngày …/…/…… của UBND thành phố" in text
    assert "tại Văn bản số ……/VP ngày …/…/……, Chủ tịch" in text


def test_a_month_without_dossiers_resolved_says_so(tmp_path):
    month = load_rows(tmp_path, [dossier("2024-01-10", "2024-02-10")])
    text = "\n".join(p.text for p in letter(month).paragraphs)
    assert "không phát sinh hồ sơ đã giải quyết trong kỳ" in text
    assert "–" not in text


def moved(rows, month):
    """The same dossiers one month earlier, with numbers of their own."""
    dates = ("received_at", "due_at", "closed_at")
    earlier = {"2023-12": "2023-11", "2024-01": "2023-12"}
    return [
        row
        | {"dossier_id": row["dossier_id"] + month}
        | {d: earlier[row[d][:7]] + row[d][7:] for d in dates}
        for row in rows
    ]


def test_units_named_before_are_told_so_all_or_some_of_them(tmp_path):
    told = "nội dung này UBND thành phố đã nhắc tháng 12/2023"
    again = late(5, "Hố Nai")
    once = load_rows(tmp_path / "a", again)
    assert told not in words_of(letter(once))["below_threshold"]
    all_of_them = load_rows(tmp_path / "b", again + moved(again, "T12"))
    assert f" ({told})." in words_of(letter(all_of_them))["below_threshold"]
    some = load_rows(tmp_path / "c", again + moved(again, "T12") + late(5, "Bửu Long"))
    assert f" (riêng Hố Nai: {told})." in words_of(letter(some))["below_threshold"]


@pytest.mark.parametrize(
    ("day", "numbers"),
    [
        (date(2018, 6, 20), []),
        (date(2021, 12, 5), ["61/2018/NĐ-CP"]),
        (date(2024, 1, 14), ["61/2018/NĐ-CP", "107/2021/NĐ-CP"]),
        (date(2025, 6, 30), ["61/2018/NĐ-CP", "107/2021/NĐ-CP"]),
        (date(2025, 7, 1), ["118/2025/NĐ-CP"]),
    ],
)
def test_legal_grounds_are_those_valid_on_the_last_day_of_the_period(day, numbers):
    assert [text.number for text in legal_basis(day)] == numbers


def test_each_ground_stands_on_its_own_line_in_italics_and_the_last_ends_the_list(document):
    texts = printed(document)
    grounds = [text for text in texts if text.startswith("Căn cứ")]
    assert [text[-1] for text in grounds] == [";", "."]
    assert "ngày 23/4/2018" in grounds[0]  # no 0 before March to September
    assert all(look_of(document.paragraphs[texts.index(text)]).italic for text in grounds)


def test_a_period_that_ends_after_june_2025_cites_the_new_decree(tmp_path):
    month = load_rows(
        tmp_path,
        on_time(3),
        period_start="2025-06-15",
        period_end="2025-07-14",
        profile="dong-nai-2026",
        units="from_data",
    )
    grounds = letter(month).paragraphs[0].text
    assert "Nghị định số 118/2025/NĐ-CP ngày 09/6/2025 của Chính phủ" in grounds
    assert "61/2018" not in grounds


def test_units_are_called_by_their_kinds(tmp_path):
    """Since July 2025 all units are wards; before, Long Hưng was a commune."""
    later = load_rows(tmp_path / "a", late(5), period_start="2025-06-15", period_end="2025-07-14")
    assert re.fullmatch(r".* tại UBND \d+ phường", "".join(p.text for p in letter(later).about))
    faults = [dossier("2024-01-02", "2024-01-05", "2024-01-09", ward=w, late_cause="Lỗi phần mềm")
              for w in ("An Bình", "Long Hưng") for _ in range(2)]  # fmt: skip
    text = words_of(letter(load_rows(tmp_path / "b", faults)))["software_error"]
    assert "tập trung khắc phục tại các phường, xã An Bình, Long Hưng, báo cáo" in text


def test_signs_of_xml_in_names_reach_the_letter_as_they_are(tmp_path):
    odd = "A & B <C>"
    month = load_rows(
        tmp_path, late(5, odd), units="from_data", profile="bien-hoa-2024", issuer_short=odd,
        issuer_lines=[odd],
        signer=f"{odd}\x00\x0b", recipients={"home_affairs": odd},
    )  # fmt: skip
    path = tmp_path / "a.docx"
    path.write_bytes(letter_docx(letter(month), month.period.end))
    document = Document(path)
    cells = [c.text for table in document.tables for row in table.rows for c in row.cells]
    assert any(odd in text for text in cells[:1])
    assert cells[-1].strip().endswith(odd)
    text = "\n".join(body_of(document))
    assert f"dưới 97% ({odd}): Tập trung" in text
    assert f"Giao {odd}: Theo dõi" in text


# Layout: Nghị định 30/2020/NĐ-CP, Phụ lục I ------------------------------------------------------


def test_paper_margins_and_page_number(document):
    section = document.sections[0]
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (210, 297)
    assert [round(side.mm) for side in (section.top_margin, section.bottom_margin)] == [20, 20]
    assert [round(side.mm) for side in (section.left_margin, section.right_margin)] == [30, 20]
    assert section.different_first_page_header_footer
    assert section.first_page_header.paragraphs[0].text == ""
    assert " PAGE " in section.header._element.xml
    assert look_of(section.header.paragraphs[0]).align == 1


def test_times_new_roman_fills_all_four_slots_and_no_theme_font_is_left(folder):
    with zipfile.ZipFile(folder / LETTER) as package:
        styles = package.read("word/styles.xml").decode()
    normal = re.search(r'<w:style [^>]*w:styleId="Normal".*?</w:style>', styles, re.DOTALL)[0]
    defaults = re.search(r"<w:docDefaults>.*?</w:docDefaults>", styles, re.DOTALL)[0]
    for part in (normal, defaults):
        for slot in ("ascii", "hAnsi", "cs", "eastAsia"):
            assert f'w:{slot}="Times New Roman"' in part
        assert "Theme" not in part


def line_with(paragraphs, text):
    return next(p for p in paragraphs if text in p.text)


@pytest.mark.parametrize(
    ("row", "column", "text", "size", "bold", "italic"),
    [
        (0, 0, "ỦY BAN NHÂN DÂN", 12, True, None),
        (0, 1, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 12, True, None),
        (0, 1, "Độc lập - Tự do - Hạnh phúc", 13, True, None),
        (1, 0, "/UBND-THNC", 13, None, None),
        (1, 0, "V/v kết quả", 12, None, None),
        (1, 1, "Biên Hòa, ngày      tháng      năm 2024", 13, None, True),
    ],
)
def test_sizes_and_styles_of_the_head(document, row, column, text, size, bold, italic):
    look = look_of(line_with(document.tables[0].cell(row, column).paragraphs, text))
    assert (look.size, look.bold, look.italic) == (Pt(size), bold, italic)


def test_rules_are_as_long_as_the_motto_and_a_third_to_a_half_of_the_issuer(document):
    issuer, country = document.tables[0].rows[0].cells
    lengths = []
    for cell in (issuer, country):
        rule = cell.paragraphs[-1]
        assert rule.text == ""
        border = rule.style.element.find(f".//{W}pBdr/{W}top")
        assert border.get(f"{W}val") == "single"
        look = look_of(rule)
        lengths.append(cell.width.mm - look.left.mm - look.right.mm)
    # widths of the lines in Liberation Serif Bold, a twin of Times, measured in a PDF
    issuer_line, motto = 47.8, 56.1
    assert issuer_line / 3 <= lengths[0] <= issuer_line / 2
    assert lengths[1] == pytest.approx(motto, abs=1)


def test_number_and_date_are_blank_and_it_says_draft_and_synthetic(document):
    cells = document.tables[0].rows[1].cells
    assert re.fullmatch(r"Số: +/UBND-THNC", cells[0].paragraphs[0].text)
    assert document.paragraphs[0].text.strip() == "DỰ THẢO – DỮ LIỆU MÔ PHỎNG"
    for footer in (document.sections[0].first_page_footer, document.sections[0].footer):
        assert footer.paragraphs[0].text.startswith("DỮ LIỆU MÔ PHỎNG")


def test_a_letter_on_real_data_does_not_say_synthetic(faultless):
    document = Document(io.BytesIO(letter_docx(letter(faultless), faultless.period.end)))
    assert document.paragraphs[0].text.strip() == "DỰ THẢO"
    assert "MÔ PHỎNG" not in document.sections[0].footer._element.xml


def test_body_is_justified_with_an_indented_first_line_and_six_points_after(document):
    texts = printed(document)
    bodies = [document.paragraphs[texts.index(text)] for text in body_of(document)]
    assert len(bodies) == 18
    for paragraph in bodies:
        look = look_of(paragraph)
        assert look.align == 3
        assert round(look.first.cm, 2) == 1.27
        assert look.after == Pt(6)
    assert document.styles["Normal"].font.size == Pt(14)


def test_recipients_stand_below_each_other_and_the_last_ends_with_a_full_stop(document):
    texts = printed(document)
    first = texts.index("Kính gửi:")
    assert texts[first + 1 : first + 5] == [
        "- Phòng Quản lý đô thị thành phố;",
        "- Phòng Nội vụ thành phố;",
        "- Phòng Văn hóa và Thông tin thành phố;",
        "- UBND 30 phường, xã.",
    ]


def test_foot_names_who_gets_it_and_who_signs(document):
    copies, signature = document.tables[1].rows[0].cells
    assert copies.text.split("\n") == [
        "Nơi nhận:",
        "Như trên;",
        "Chủ tịch, các PCT UBND TP;",
        "Chánh, các Phó Văn phòng;",
        "Lưu: VT, THNC.",
    ]
    head = look_of(copies.paragraphs[0])
    assert (head.bold, head.italic, head.size) == (True, True, Pt(12))
    assert {look_of(p).size for p in copies.paragraphs[1:]} == {Pt(11)}
    assert signature.text.strip() == "CHỦ TỊCH"
    assert look_of(signature.paragraphs[0]).size == Pt(14)


def test_the_block_of_signatures_stays_with_the_last_words(document):
    copies, signature = document.tables[1].rows[0].cells
    kept = [*copies.paragraphs, *signature.paragraphs[:-1]]
    assert all(any(s.paragraph_format.keep_with_next for s in styles_of(p)) for p in kept)
    assert document.tables[1].rows[0]._tr.xpath("./w:trPr/w:cantSplit")


def test_looks_are_styles_and_no_run_stands_for_a_word(document):
    runs = [run for p in document.paragraphs for run in p.runs]
    assert len(runs) < 2 * len(document.paragraphs)
    assert not [run for run in runs if run.font.size or run.bold or run.italic]
    assert {p.style.name for p in document.paragraphs} >= {"Nội dung", "Khoản", "Gạch đầu dòng"}


def test_the_package_holds_what_it_names_and_nothing_else(folder):
    with zipfile.ZipFile(folder / LETTER) as package:
        assert sum(info.file_size for info in package.infolist()) < 100_000
        kinds = package.read("[Content_Types].xml").decode()
        named = {name.lstrip("/") for name in re.findall(r'PartName="([^"]+)"', kinds)}
        files = {n for n in package.namelist() if not n.endswith(".rels")}
        assert files == named | {"[Content_Types].xml"}
        assert not any(b"Macintosh" in package.read(name) for name in files)


# Bytes and properties --------------------------------------------------------------------------


def test_the_same_letter_has_the_same_bytes_and_tells_nothing_of_a_machine(january, folder):
    content = letter_docx(letter(january), january.period.end)
    assert content == (folder / LETTER).read_bytes()
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        assert {info.date_time for info in package.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert not [name for name in package.namelist() if "thumbnail" in name]
    core = Document(io.BytesIO(content)).core_properties
    assert core.author == core.last_modified_by == "Văn phòng HĐND-UBND thành phố Biên Hòa"
    assert core.created.date() == core.modified.date() == date(2024, 1, 14)
    assert core.language == "vi-VN"
    assert core.title.startswith("DỰ THẢO: V/v kết quả giải quyết")


def test_feedback_counts_stand_behind_the_units(tmp_path):
    rows = [["PA-1", "An Bình", "02/01/2024"], ["PA-2", "An Bình", "03/01/2024"]]
    header = ("Mã phản ánh", "Đơn vị bị phản ánh", "Ngày phản ánh")
    write_csv(tmp_path / "feedback" / "f.csv", header, rows)
    text = "\n".join(p.text for p in letter(load_rows(tmp_path, on_time(40))).paragraphs)
    assert f"An Bình (02{NBSP}phản ánh)." in text
