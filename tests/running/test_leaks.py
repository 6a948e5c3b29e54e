"""No trace of a person or of this machine is published: every file type is opened and searched."""

from __future__ import annotations

import base64
import gzip
import html
import json
import shutil
import time
import unicodedata
import zipfile
from collections.abc import Callable
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any, Literal
from unicodedata import normalize
from urllib.parse import quote

import docx
import motcua
import numpy as np
import openpyxl
import pandas as pd
import pytest
import typst
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from motcua.base.errors import RunError
from motcua.machine.processes import alone
from motcua.reading.personal import (
    EMAIL,
    ID_9,
    ID_12,
    TELEPHONE,
    mask_personal,
    masked,
    personal_in,
)
from motcua.running import leaks
from motcua.running.leaks import FOLDER, HOST, PLANTED, USER, Leak, leaks_in, scan
from nbformat import write
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from openpyxl.comments import Comment
from papermill.translators import PythonTranslator

FONTS = Path(motcua.__file__).parent / "templates" / "fonts"
NAME = "Nguyễn Thị Ẩn Giả Định"
SECRETS = {
    PLANTED: NAME,
    TELEPHONE: "0100000007",
    ID_12: "999000000007",
    ID_9: "999000007",
    EMAIL: "an.gia.dinh@example.invalid",
    FOLDER: "/home/nhan-vien/ho-so.xlsx",
}
NOBODY = {USER: frozenset(), HOST: frozenset()}


# Where a secret can hide -----------------------------------------------------------------------


def compiled(*source: Any, **options: Any) -> bytes:
    """PDF of Typst's, in a process of its own: its threads would hang those forked later."""
    return alone(partial(typst.compile, *source, **options))


def page(path: Path, secret: str, where: str) -> None:
    """Page with a secret in one place."""
    told = html.escape(secret)
    packed = base64.b64encode(gzip.compress(secret.encode())).decode()
    places = {
        "text": f"<p>Ông {told}.</p>",
        "attribute": f'<img alt="của {told}">',
        "comment": f"<!-- {secret} -->",
        "json": f'<script type="application/json">{json.dumps({"hover": [secret]})}</script>',
        "packed": f'<script type="application/octet-stream">{packed}</script>',
        "code": f"<script>const a = '{secret}';</script>",
        "style": f'<style>p::after{{content:"{secret}"}}</style>',
        "uri": f'<img src="data:image/svg+xml;base64,{packed}">',
    }
    path.write_text(f"<!doctype html><html><body>{places[where]}</body></html>", "utf-8")


def notebook(path: Path, secret: str, where: str) -> None:
    """Executed notebook with a secret in one place."""
    output = {
        "html": new_output("display_data", data={"text/html": f"<td>{html.escape(secret)}</td>"}),
        "plain": new_output("execute_result", data={"text/plain": secret}),
        "stream": new_output("stream", text=secret),
        "error": new_output("error", ename="E", evalue="e", traceback=[f"\x1b[31m{secret}"]),
        "figure": new_output("display_data", data={"application/x+json": {"data": [secret]}}),
    }
    cell = new_code_cell("1", outputs=[output[where]] if where in output else [])
    cell.metadata["by"] = secret if where == "cell" else ""
    prose = new_markdown_cell(secret if where == "markdown" else "")
    meta = {"by": {"who": secret}} if where == "metadata" else {}
    write(new_notebook(cells=[cell, prose], metadata=meta), path)


def workbook(path: Path, secret: str, where: str) -> None:
    """Workbook with a secret in one place."""
    book = openpyxl.Workbook()
    if where == "cell":
        book.active["B2"] = f"của {secret}"
    elif where == "comment":
        book.active["B2"].comment = Comment(secret, "a")
    elif where == "author":
        book.properties.creator = secret
    elif where == "keywords":
        book.properties.keywords = secret
    else:
        book.create_sheet("an").sheet_state = "veryHidden"
        book["an"]["A1"] = secret
    book.save(path)


def letter(path: Path, secret: str, where: str) -> None:
    """Letter with a secret in one place, cut in two runs in the text."""
    document = docx.Document()
    if where == "runs":
        paragraph = document.add_paragraph("Gửi ")
        paragraph.add_run(secret[:6]).bold = True
        paragraph.add_run(secret[6:])
    elif where == "footer":
        document.sections[0].footer.paragraphs[0].text = secret
    else:
        document.core_properties.last_modified_by = secret
    document.save(path)


def pdf(path: Path, secret: str, where: str) -> None:
    """PDF with a secret in one place."""
    places = {
        "text": "#secret",
        "title": "#set document(title: secret)",
        "author": "#set document(author: secret)",
        "attached": '#pdf.attach("a.txt", bytes(secret))',
    }
    source = f"#let secret = sys.inputs.secret\n#set page(width: auto)\n{places[where]}\n"
    path.write_bytes(
        compiled(
            source.encode(), font_paths=[str(FONTS)], ignore_system_fonts=True,
            sys_inputs={"secret": secret},
        )
    )  # fmt: skip


def archive(path: Path, secret: str, where: str) -> None:
    """Archive with a secret in one place."""
    inner = BytesIO()
    with zipfile.ZipFile(inner, "w") as package:
        package.writestr("a.txt", secret)
    with zipfile.ZipFile(path, "w") as package:
        package.comment = secret.encode() if where == "comment" else b""
        package.writestr("trong.zip", inner.getvalue() if where == "archive" else b"")
        package.writestr("b.csv.gz", gzip.compress(secret.encode()) if where == "gz" else b"")


def table(path: Path, secret: str, where: str) -> None:
    """Parquet file with a secret in one place."""
    frame = pd.DataFrame({"a": [secret if where == "value" else "x", "y"]})
    if where == "column":
        frame[secret] = 1
    frame.attrs = {"by": secret} if where == "metadata" else {}
    frame.to_parquet(path)


def text(path: Path, secret: str, where: str) -> None:
    """Text file with a secret."""
    content = {
        "csv": f'a,b\n1,"của\n{secret}"\n',
        "json": json.dumps({"a": [{"b": secret}]}),
        "key": json.dumps({secret: 1}),
        "txt": f"của {secret}",
    }
    path.write_text(content[where], "utf-8")


PLACES = {
    page: ["text", "attribute", "comment", "json", "packed", "code", "style", "uri"],
    notebook: ["html", "plain", "stream", "error", "figure", "cell", "markdown", "metadata"],
    workbook: ["cell", "comment", "author", "keywords", "hidden"],
    letter: ["runs", "footer", "author"],
    pdf: ["text", "title", "author", "attached"],
    archive: ["archive", "comment", "gz"],
    table: ["value", "column", "metadata"],
    text: ["csv", "json", "key", "txt"],
}
NAMES = {
    page: "report.html",
    notebook: "01.ipynb",
    workbook: "phu-luc.xlsx",
    letter: "cong-van.docx",
    pdf: "tom-tat.pdf",
    archive: "goi.zip",
    table: "a.parquet",
}
Maker = Callable[[Path, str, str], None]


def kinds(folder: Path, planted: tuple[str, ...] = ()) -> set[str]:
    return {leak.kind for leak in scan(folder, planted, NOBODY)}


@pytest.mark.parametrize(
    ("make", "where"), [(make, where) for make, places in PLACES.items() for where in places],
    ids=lambda v: getattr(v, "__name__", v),
)  # fmt: skip
def test_each_kind_is_found_wherever_it_hides(tmp_path: Path, make: Maker, where: str) -> None:
    path = tmp_path / NAMES.get(make, f"a.{where.replace('key', 'json')}")
    make(path, " ; ".join(SECRETS.values()), where)
    assert kinds(tmp_path, (NAME,)) == set(SECRETS)
    make(path, "Phường Tân Vạn", where)
    assert kinds(tmp_path, (NAME,)) == set()


def test_names_of_files_and_folders_are_searched(tmp_path: Path) -> None:
    (tmp_path / "bieu 0100000007").mkdir()
    (tmp_path / "bieu 0100000007" / ".an.txt").write_text("", "utf-8")
    assert kinds(tmp_path) == {TELEPHONE}


WRITTEN = {
    "as it is": NAME,
    "decomposed": unicodedata.normalize("NFD", NAME),
    "capitals": NAME.upper(),
    "decomposed capitals": unicodedata.normalize("NFD", NAME.upper()),
    "HTML entities": "".join(f"&#{ord(c)};" for c in NAME),
    "entities twice": html.escape("".join(f"&#x{ord(c):x};" for c in NAME)),
    "JSON escapes": json.dumps(NAME),
    "decomposed JSON escapes": json.dumps(unicodedata.normalize("NFD", NAME)),
    "broken line": NAME.replace(" ", "\n  "),
    "no-break spaces": NAME.replace(" ", "\u00a0"),
    "no accents": "Nguyen Thi An Gia Dinh",
    "anchor": "nguyen-thi-an-gia-dinh",
    "address": "Nguy%E1%BB%85n%20Th%E1%BB%8B%20%E1%BA%A8n%20Gi%E1%BA%A3%20%C4%90%E1%BB%8Bnh",
}  # fmt: skip


@pytest.mark.parametrize("written", WRITTEN.values(), ids=WRITTEN)
def test_a_planted_name_is_found_however_it_is_written(written: str) -> None:
    assert leaks_in(f"Bà {written}, phường Tân Vạn", [NAME]) == {PLANTED: {NAME}}


def test_a_short_planted_word_is_not_found_inside_other_words() -> None:
    assert leaks_in("hành chính, bàn giao", ["hanh", "Anh Bà"]) == {}


TELEPHONES = [
    "0912345678", "0912 345 678", "0912.345.678", "0912-345-678", "091 234 5678", "09 1234 5678",
    "+84912345678", "+84 912 345 678", "(+84) 912.345.678", "0084 912 345 678", "84912345678",
    "(0251) 3822 222", "0251.3822222", "02513822222", "sđt:0912345678", "sđt0912345678,",
    "(091) 234-5678", "0912\u00a0345\u00a0678", "84-912-345-678", "84 912 345 678",
    "+84 (0) 912 345 678", "+84/912/345/678", "0912 - 345 - 678", "0912 – 345 – 678",
    "0912–345–678", "0912—345—678", "0912\u2011345\u2011678", "0912\u2212345\u2212678",
    "0912/345/678", "0912 / 345 / 678", "0912/34/56/78", "0912_345_678", "0912\u2009345\u2009678",
    "0912\u202f345\u202f678", "0912\u200b345\u200b678", "0912\u2060345678", "09\u00ad12345678",
    "0912\t345\t678", "０９１２３４５６７８", "٠٩١٢٣٤٥٦٧٨", "0251/3822222",
    "(0251) – 3822 222", "0912345678/0987654321", "0912. 345. 678",
]  # fmt: skip


@pytest.mark.parametrize("written", TELEPHONES)
def test_a_telephone_is_found_however_it_is_grouped(written: str) -> None:
    assert set(leaks_in(f"gọi {written} nhé")) == {TELEPHONE}


@pytest.mark.parametrize(
    "written",
    ["075190123456", "075 190 123 456", "075.190.123.456", "0751 9012 3456", "075-190-123-456",
     "075–190–123–456", "075/190/123/456", "075_190_123_456", "0751-9012-3456", "075 1 90 123456",
     "075-190-123456", "075 - 190 - 123 - 456", "075\u2009190\u2009123\u2009456",
     "075\u200b190\u200b123\u200b456", "０７５１９０１２３４５６"],
)  # fmt: skip
def test_an_identity_number_is_found_however_it_is_grouped(written: str) -> None:
    assert ID_12 in leaks_in(f"CCCD {written}.")


@pytest.mark.parametrize(
    "written",
    ["271234567", "271 234 567", "271.234.567", "271-234-567", "271–234–567", "271/234/567",
     "271_234_567", "271 - 234 - 567", "271\u2009234\u2009567", "271\u200b234\u200b567"],
)  # fmt: skip
def test_an_old_identity_number_is_found_however_it_is_grouped(written: str) -> None:
    assert set(leaks_in(f"CMND {written}.")) == {ID_9}


ADDRESSES = [
    "an@x.vn", "AN.B+c@Mail.X.vn", "an(at)x.vn", "an [at] x (dot) vn", "an[at]x[dot]vn",
    "an @ x.vn", "an＠x.vn", "an@x[.]vn", "an at gmail dot com", "an a còng gmail chấm com",
    "AN (AT) X.VN",
]  # fmt: skip


@pytest.mark.parametrize("written", ADDRESSES)
def test_an_address_is_found_however_it_is_hidden_from_machines(written: str) -> None:
    assert set(leaks_in(f"thư {written}, nhé")) == {EMAIL}


def test_whole_numbers_are_searched_and_fractions_are_not(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"a": 96.969696969, "b": [0.123456789, 1e-9]}', "utf-8")
    (tmp_path / "a.csv").write_text("ty_le\n96.969696969\n0.123456789012\n", "utf-8")
    assert kinds(tmp_path) == set()
    (tmp_path / "a.json").write_text('{"a": 999000000007}', "utf-8")
    assert kinds(tmp_path) == {ID_12}


def test_packed_numbers_of_a_figure_are_searched(tmp_path: Path) -> None:
    for values, expected in (([96.969696969, 12.0], set()), ([999000007.0, 12.0], {ID_9})):
        packed = base64.b64encode(np.array(values).tobytes()).decode()
        figure = {"data": [{"x": {"dtype": "f8", "bdata": packed}}]}
        (tmp_path / "a.json").write_text(json.dumps(figure), "utf-8")
        assert kinds(tmp_path) == expected


MARKUP = {
    "behind a stroke that begins no element": "<p>a <{}</p>",
    "before the first element": "{} <p>a</p>",
    "behind an element that does not end": "<p>a</p><b {}",
    "beside a packed picture": "<img src='data:image/png;base64,iVBORw0KGgoAAAAN' alt='{}'>",
    "behind an attribute without a value": "<details open><p title='{}'>a</p></details>",
    "in an attribute without quotes": "<p title={}>a</p>",
    "in an attribute with a stroke": "<p title='a > b {}'>a</p>",
    "in a style": "<!doctype html><style>p {{ content: '{}' }}</style><p>a</p>",
    "in a script": "<!doctype html><SCRIPT>let a = '{}'</SCRIPT><p>a</p>",
    "in a comment": "<!doctype html><!-- {} --><p>a</p>",
    "in a kind of document": "<!doctype html {}><p>a</p>",
    "over elements of a line": "<p><b>09</b>{}</p>",
}


@pytest.mark.parametrize("where", MARKUP)
def test_a_telephone_is_found_wherever_markup_says_it(tmp_path: Path, where: str) -> None:
    number = "12345678" if where == "over elements of a line" else "0912345678"
    (tmp_path / "a.html").write_text(MARKUP[where].format(number), "utf-8")
    assert scan(tmp_path) == [Leak("a.html", TELEPHONE, 1)]
    (tmp_path / "a.html").unlink()
    page = {"text/html": MARKUP[where].format(number)}
    (tmp_path / "a.json").write_text(json.dumps(page), "utf-8")
    assert scan(tmp_path) == [Leak("a.json", TELEPHONE, 1)]


def test_counts_in_a_row_of_a_pdf_are_nobodys_number(tmp_path: Path) -> None:
    for cells, expected in (("[84], [26], [48], [10], [75], [21]", set()),
                            ("[0912 345 678], [3]", {TELEPHONE})):  # fmt: skip
        source = f"#table(columns: 6, {cells})".encode()
        (tmp_path / "a.pdf").write_bytes(
            compiled(source, font_paths=[str(FONTS)], ignore_system_fonts=True)
        )
        assert kinds(tmp_path) == expected


def test_a_native_chart_of_a_workbook_is_no_leak(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        sheet, chart = book.add_worksheet("Tỷ lệ"), book.add_chart({"type": "bar"})
        sheet.write_column(0, 0, [96.969696969, 123456.789])
        chart.add_series({"values": "='Tỷ lệ'!$A$1:$A$2", "trendline": {"type": "linear"}})
        sheet.insert_chart("C2", chart)
    docx.Document().save(tmp_path / "a.docx")
    assert kinds(tmp_path) == set()


NOT_PERSONAL = [
    "000.00.32.H19-210708-0032", "H56.14-240823-0001", "H19-010203-0032", "00352112000539",
    "thủ tục 1.010708.000.00.00.H56 và 2.000488", "1.234.567 hồ sơ, 96,85%", "0,123456789",
    "từ 2023-12-15 đến 2024-01-14", "2024-01-14T08:00:00.000000000", "2024-01-14 2024-02-14",
    "14-01-2024 15-01-2024", "01.01.2024 02.01.2024", "ho_so_2024-01_xuat_202401180930.csv",
    "z_20240115093000.csv", "0 1 2 3 4 5 6 7 8 9 10", "0, 100, 200, 300, 400", "26374 26377 26380",
    "1900 1234, 1022", "3,5 điểm; 97%", "@media print", "sha256-0123456789" + "A" * 33 + "=",
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495990912345678",
    "123e4567-e89b-12d3-a456-426614174000", "phường/xã, data/sample, https://x.vn/media/a",
    "CC-01234567 12", "01/01/2024 08:30 02/01/2024 09:15", "03/04 05/06 07/08", "2023/12/15",
    "15/12/2023 – 14/01/2024", "012/2024/0123", "0012/2024/456", "001/2024/12345", "2024_01_14",
    "07/2024 - 08/2024 - 09/2024", "thang_01_2024_0912", "20240114_083000", "0 - 10 20 - 30",
    "84.912.345.678 đồng", "271.234.567 đ", "123  456  789", "1/2/3/4/5/6/7/8/9/10/11/12",
    "hẹn lúc 8h @ phường. Hồ Nai", "từ 15-12-2023 – 14-01-2024",
]  # fmt: skip


@pytest.mark.parametrize("written", NOT_PERSONAL)
def test_numbers_that_are_nobodys_are_left_alone(written: str) -> None:
    assert leaks_in(f"{written}") == {}


@pytest.mark.parametrize("written", [*TELEPHONES, *ADDRESSES, *list(SECRETS.values())[1:5]])
def test_what_is_masked_is_not_refused(written: str) -> None:
    text = f"ông An {written}, hẹn 14/01/2024, hồ sơ H19.12-240114-0001"
    assert leaks_in(masked(text)) == {}
    assert "hẹn 14/01/2024, hồ sơ H19.12-240114-0001" in masked(text)


PIECES = st.sampled_from([*TELEPHONES, *ADDRESSES, "271-234-567", "12", " ", "-", ".", "/"])


@settings(deadline=None)
@given(st.lists(PIECES, max_size=6))
def test_whatever_stands_side_by_side_is_masked_to_the_last(pieces: list[str]) -> None:
    for between in ("", " ", "-"):
        assert personal_in(mask_personal(between.join(pieces))) == {}


LINES = st.sampled_from([*TELEPHONES, *ADDRESSES, "H19.12-240114-0001", "0912", "345 678", "a", ""])


@settings(deadline=None)
@given(st.lists(LINES, max_size=6))
def test_what_stands_on_a_line_is_found_there_and_nothing_goes_over_it(lines: list[str]) -> None:
    alone: dict[str, set[str]] = {}
    for kind, values in (found for line in lines for found in personal_in(line).items()):
        alone.setdefault(kind, set()).update(values)
    assert personal_in("\n".join(lines)) == alone


LONG = ["a", "0", "a.", "a@", "a@b.", "0912345679,", "0-", " ", "(0", "\u200b", "at ", "@"]


@pytest.mark.parametrize("letter", LONG)
def test_a_cell_of_half_a_million_letters_is_masked_in_no_time(letter: str) -> None:
    started = time.process_time()
    mask_personal(letter * (500_000 // len(letter)))
    assert time.process_time() - started < 2


@pytest.mark.parametrize("letter", ["a", "0", "a.", "0 ", "a@", "<", "&#", "\\u00"])
def test_a_very_long_text_is_searched_in_no_time(tmp_path: Path, letter: str) -> None:
    for name in ("a.txt", "a.html"):
        (tmp_path / name).write_text(letter * 60_000, "utf-8")
    started = time.process_time()
    scan(tmp_path, (NAME,), NOBODY)
    assert time.process_time() - started < 2


# This machine ----------------------------------------------------------------------------------


def test_the_user_the_machine_and_its_folders_are_found(tmp_path: Path) -> None:
    machine = {
        USER: frozenset({"lan01"}),
        HOST: frozenset({"may-lan"}),
        FOLDER: frozenset({"/x/y"}),
    }
    (tmp_path / "a.txt").write_text("lan01@may-lan:/x/y/z", "utf-8")
    assert {leak.kind for leak in scan(tmp_path, (), machine)} == {USER, HOST, FOLDER}
    (tmp_path / "a.txt").write_text("lan012 may-lan2 /x/yz", "utf-8")
    assert scan(tmp_path, (), machine) == []


@pytest.mark.parametrize(
    ("name", "telling"),
    [("lan01", True), ("quangvinh75", True), ("root", False), ("data", False), ("lan", False),
     ("phuong", False)],
)  # fmt: skip
def test_a_name_that_is_a_word_of_the_program_tells_nothing(
    monkeypatch: pytest.MonkeyPatch, name: str, telling: bool
) -> None:
    monkeypatch.setattr(leaks.getpass, "getuser", lambda: name)
    leaks.this_machine.cache_clear()
    assert leaks.this_machine()[USER] == (frozenset({name}) if telling else frozenset())
    leaks.this_machine.cache_clear()


@pytest.mark.parametrize(
    "written",
    ["/home/lan/x.csv", "/root/x.py", "/tmp/tmpab12/x", "C:\\Users\\lan\\x", "file:///home/lan/x"],
)
def test_a_path_of_any_machine_is_found(written: str) -> None:
    assert set(leaks_in(written)) == {FOLDER}


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize(
    "write",
    [str, json.dumps, repr, html.escape, quote, PythonTranslator.translate_str],
    ids=["plain", "json", "python", "html", "address", "papermill"],
)
def test_a_folder_of_any_name_is_found_however_it_is_written(
    form: Literal["NFC", "NFD"], write: Callable[[str], str]
) -> None:
    folder = normalize(form, '/Biên Hòa/l\'été “ngoặc”/"kép"/hồ sơ')
    machine = {FOLDER: frozenset({folder})}
    assert set(leaks_in(f"a = {write(folder)}", (), machine)) == {FOLDER}
    assert set(leaks_in(write(f"a {folder[:-2]}"), (), machine)) == set()


def test_folders_that_a_run_used_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps({"data": "/Biên Hòa/“dữ liệu”/hs"}), "utf-8")
    leaks.refuse_leaks(tmp_path)
    with pytest.raises(RunError, match=r"a\.json: đường dẫn của máy"):
        leaks.refuse_leaks(tmp_path, used=[Path("/Biên Hòa/“dữ liệu”")])


# Refusing --------------------------------------------------------------------------------------


def test_a_count_of_a_hundred_million_rows_is_nobodys_number(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"rows_read": 100000000, "so": 100000001}', "utf-8")
    (tmp_path / "a.html").write_text("<p>Đã đọc 100.000.000 dòng.</p>", "utf-8")
    assert scan(tmp_path, totals=[100_000_000]) == [leaks.Leak("a.json", ID_9, 1)]


def test_a_number_of_a_dossier_is_nobodys_where_dossiers_are_named(tmp_path: Path) -> None:
    ids = ["271234567", "0912345678", "075190123456", "HS-0912 345 679"]
    for name in ("wards/26014.html", "han-che/tai-pham.csv", "danh-sach/1.csv", "rejected.csv"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("\n".join(ids), "utf-8")
    assert scan(tmp_path, ids=lambda: ids) == []
    assert len(scan(tmp_path, ids=lambda: ids[:3])) == 4
    (tmp_path / "report.html").write_text("<p>0912345678</p>", "utf-8")
    assert scan(tmp_path, ids=lambda: ids) == [leaks.Leak("report.html", TELEPHONE, 1)]


def test_numbers_of_dossiers_are_asked_for_only_where_something_was_found(tmp_path: Path) -> None:
    (tmp_path / "rejected.csv").write_text("a\nb\n", "utf-8")
    (tmp_path / "report.html").write_text("<p>0912345678</p>", "utf-8")

    def millions() -> list[str]:
        raise AssertionError("asked")

    assert scan(tmp_path, ids=millions) == [leaks.Leak("report.html", TELEPHONE, 1)]


def test_publishing_is_refused_by_file_and_kind_without_the_value(tmp_path: Path) -> None:
    (tmp_path / "rejected.csv").write_text("a\n0100000007\n0100000008\n", "utf-8")
    with pytest.raises(RunError) as error:
        leaks.refuse_leaks(tmp_path)
    told = str(error.value)
    assert "- rejected.csv: số điện thoại (2)" in told
    assert "Cách sửa" in told
    assert "01000" not in told
    shutil.rmtree(tmp_path)
    tmp_path.mkdir()
    leaks.refuse_leaks(tmp_path)


@pytest.mark.parametrize(
    "end",
    [
        b"An,0912345678\n",  # the zero in front stays
        b"x,y,0912345678\n",  # a row longer than the first
        b'"q\nz",0912345678\n',  # a line break within a cell
        b"\xff\xfe,0912345678\n",  # no UTF-8
    ],
)
def test_a_number_is_found_in_a_large_csv_however_its_rows_are(tmp_path, end):
    rows = "".join(f"An {i},{i}\n" for i in range(20_000)).encode()
    (tmp_path / "a.csv").write_bytes("\ufefften,so\n".encode() + rows + end)
    assert scan(tmp_path) == [Leak("a.csv", "số điện thoại", 1)]


@pytest.mark.parametrize(
    "inside",
    [
        "<a>0912 345 678</a>", "<a><b>0912</b> 345 678</a>", '<a b="0912 345 678"/>',
        "<a><!-- 0912 345 678 --></a>", "<?pi 0912 345 678?><a/>",
        "<a><![CDATA[0912 345 678]]></a>",
        "<a>0912 345&#32;678</a>", '<!DOCTYPE a [<!ENTITY e "0912 345 678">]><a/>',
        "<a>0912 345 678",  # not whole
    ],
)  # fmt: skip
def test_a_number_is_found_wherever_xml_has_it(tmp_path, inside):
    (tmp_path / "a.xml").write_text(f'<?xml version="1.0"?>{inside}', "utf-8")
    assert scan(tmp_path) == [Leak("a.xml", "số điện thoại", 1)]


def test_a_part_that_documents_share_is_told_of_each(tmp_path):
    for name in ("a.docx", "b.docx"):
        with zipfile.ZipFile(tmp_path / name, "w") as package:
            package.writestr("word/styles.xml", '<?xml version="1.0"?><a>0912 345 678</a>')
    where = ["a.docx!word/styles.xml", "b.docx!word/styles.xml"]
    assert scan(tmp_path) == [Leak(file, "số điện thoại", 1) for file in where]
