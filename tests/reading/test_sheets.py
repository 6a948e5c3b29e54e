"""Odd and hostile files: read right, or refused with a clear message and without much memory."""

from __future__ import annotations

import gzip
import subprocess
import sys
import tracemalloc
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from exports import HEAD, private_cache, record, text_of, write_csv, write_xlsx
from motcua.base.errors import InputError
from motcua.cli import main
from motcua.reading import workbooks as limits
from motcua.reading.header import read_tables
from motcua.reading.sheets import SUFFIXES

OLD = Path(__file__).parents[1] / "data" / "old_workbook.xls"
OLE = bytes.fromhex("D0CF11E0A1B11AE1")
MIB = 2**20
SAVE_AGAIN = "mở tệp bằng Excel, lưu lại dạng .xlsx"
BROKEN = "tệp hỏng, chưa chép xong hoặc không đúng định dạng"


def read(path: Path) -> pd.DataFrame:
    (table,) = read_tables(path, "dossiers", {})
    return table.frame


def refused(path: Path) -> str:
    with pytest.raises(InputError) as error:
        read_tables(path, "dossiers", {})
    assert error.value.exit_code == 2
    assert path.name in str(error.value)
    return str(error.value)


def package(path: Path, sheet: bytes, **parts: bytes) -> Path:
    """Smallest workbook with a sheet; `parts` of xl/ besides, or instead."""
    base = "http://schemas.openxmlformats.org"
    main_, office = f"{base}/spreadsheetml/2006/main", f"{base}/officeDocument/2006/relationships"
    links = f'<Relationships xmlns="{base}/package/2006/relationships">%s</Relationships>'
    link = f'<Relationship Id="r1" Type="{office}/%s" Target="%s"/>'
    content = {
        "[Content_Types].xml": b"<Types/>",
        "_rels/.rels": (links % (link % ("officeDocument", "xl/workbook.xml"))).encode(),
        "xl/workbook.xml": (
            f'<workbook xmlns="{main_}" xmlns:r="{office}"><sheets>'
            '<sheet name="T1" sheetId="1" r:id="r1"/></sheets></workbook>'
        ).encode(),
        "xl/_rels/workbook.xml.rels": (links % (link % ("worksheet", "trang.xml"))).encode(),
        "xl/trang.xml": b'<worksheet xmlns="%s"><sheetData>' % main_.encode()
        + sheet
        + b"</sheetData></worksheet>",
    }
    content |= {f"xl/{name}.xml": part for name, part in parts.items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        for name, part in content.items():
            book.writestr(name, part)
    return path


def cell(place: str, value: object) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{value}</t></is></c>'


def row(number: int, values: list, attributes: str = "") -> str:
    cells = "".join(cell(f"{'ABCDEFGH'[i]}{number}", v) for i, v in enumerate(values))
    return f'<row r="{number}"{attributes}>{cells}</row>'


TABLE = row(1, HEAD) + row(2, record())


# Workbooks that would fill the memory -----------------------------------------------------------

FAR = {
    "the last cell of Excel": TABLE + f'<row r="1048576">{cell("XFD1048576", 1)}</row>',
    "a far column": TABLE + f'<row r="3">{cell("XFD3", 1)}</row>',
    "wide and long": TABLE + f'<row r="1048576">{cell("CZ1048576", 1)}</row>',
    "first the last row, then wide": f'<row r="900000">{cell("A900000", 1)}</row>'
    + TABLE
    + f'<row r="3">{cell("ZZ3", 1)}</row>',
    "beyond the last row of Excel": TABLE
    + f'<row r="4294967295">{cell("A4294967295", 1)}</row>',
    "wide beyond the last row": TABLE + f'<row r="4294967295">{cell("AB4294967295", 1)}</row>',
    "single quotation marks": TABLE + "<row r='9'><c r = 'XFD9'><v>1</v></c></row>",
    "a space before the sign": TABLE + '<row r="9"><c s="1" r ="XFD9"><v>1</v></c></row>',
    "a line break after the sign": TABLE + '<row r="9"><c r=\n"XFD9"><v>1</v></c></row>',
    "a namespace": TABLE + '<x:row r="9"><x:c\nr="XFD9"><x:v>1</x:v></x:c></x:row>',
    "only the row is far": TABLE
    + '<row r="1048576">' + "<c><v>1</v></c>" * 800 + "</row>",
    "small letters": TABLE + '<row r="9"><c r="xfd9"><v>1</v></c></row>',
    "a million columns": "<row>" + "<c><v>1</v></c>" * 1_000_000 + "</row>",
}  # fmt: skip


@pytest.mark.parametrize("case", FAR)
def test_far_away_cells_are_refused(tmp_path: Path, case: str) -> None:
    told = refused(package(tmp_path / "a.xlsx", FAR[case].encode()))
    assert "có ô ở rất xa (dòng " in told
    assert "Cách sửa: xóa các ô thừa bên phải và bên dưới bảng" in told


def test_a_large_sheet_is_looked_at_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of its pieces is unpacked while the one before is looked at."""
    monkeypatch.setattr(limits, "SMALL_PART", 0)
    monkeypatch.setattr(limits, "_PIECE", 4096)
    sheet = TABLE + "".join(row(n, record(f"HS-{n}")) for n in range(3, 100))
    path = package(tmp_path / "a.xlsx", sheet.encode())
    assert len(read(path)) == 98
    content = bytearray(path.read_bytes())
    content[content.rindex(b"xl/trang.xml") - 30] ^= 1  # of the check sum, in the directory
    path.write_bytes(content)
    assert BROKEN in refused(path)
    far = sheet + f'<row r="100">{cell("XFD100", 1)}</row>'
    assert "có ô ở rất xa (dòng " in refused(package(tmp_path / "a.xlsx", far.encode()))


@pytest.mark.parametrize(
    "empty", ['<c r="XFD2" s="1"/>', '<c r="XFD2" s="1" t="n" />', '<c r="XFD2" s="1"></c>']
)
def test_far_away_cells_without_a_value_do_no_harm(tmp_path: Path, empty: str) -> None:
    sheet = TABLE.replace("</row>", empty + "</row>") + '<row r="1048576" hidden="1"/>'
    assert read(package(tmp_path / "a.xlsx", sheet.encode()))["dossier_id"].tolist() == ["HS-001"]


def test_cells_that_tell_no_place_are_read_in_their_order(tmp_path: Path) -> None:
    rows = "".join(
        "<row>" + "".join(f'<c t="inlineStr"><is><t>{v}</t></is></c>' for v in values) + "</row>"
        for values in (HEAD, record())
    )
    assert read(package(tmp_path / "a.xlsx", rows.encode()))["ward"].tolist() == ["Tân Biên"]


def test_a_sheet_with_a_cell_in_the_last_row_is_read(tmp_path: Path) -> None:
    sheet = TABLE + row(1048576, record("HS-2"))
    assert read(package(tmp_path / "a.xlsx", sheet.encode()))["row"].tolist() == [2, 1048576]


def test_a_part_that_packs_like_a_bomb_is_refused(tmp_path: Path) -> None:
    path = package(tmp_path / "a.xlsx", b"<row/>" * (64 * MIB // 6))
    assert path.stat().st_size < MIB
    assert "bung ra quá lớn, có thể là tệp phá hoại" in refused(path)


@pytest.mark.parametrize("part", ["sharedStrings", "styles", "theme"])
def test_a_bomb_in_any_part_is_refused(tmp_path: Path, part: str) -> None:
    path = package(tmp_path / "a.xlsx", TABLE.encode(), **{part: b" " * (32 * MIB)})
    assert "bung ra quá lớn" in refused(path)


def test_parts_that_are_large_together_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MAX_UNPACKED", 5000)
    path = package(tmp_path / "a.xlsx", TABLE.encode(), one=b"1" * 2500, two=b"2" * 2500)
    assert "bung ra quá lớn" in refused(path)


@pytest.mark.parametrize("part", ["xl/trang.xml", "xl/sharedStrings.xml"])
def test_a_part_that_is_longer_than_it_says_is_refused(tmp_path: Path, part: str) -> None:
    path = package(tmp_path / "a.xlsx", TABLE.encode(), sharedStrings=b" " * (32 * MIB))
    _declare(path, part, 1000)
    assert refused(path).startswith(("Không đọc được", "Tệp a.xlsx bung ra"))


def _declare(path: Path, part: str, size: int) -> None:
    """Write another unpacked size for a part into the directory of a zip file."""
    content = bytearray(path.read_bytes())
    at = content.rfind(part.encode()) - 46
    assert content[at : at + 4] == b"PK\x01\x02"
    content[at + 24 : at + 28] = size.to_bytes(4, "little")
    path.write_bytes(content)


def test_a_huge_declared_size_is_refused(tmp_path: Path) -> None:
    path = package(tmp_path / "a.xlsx", TABLE.encode())
    _declare(path, "xl/trang.xml", 2**32 - 2)
    assert "bung ra quá lớn" in refused(path)


PEAKS = """
import os, re, sys
from motcua.cli import main
for path in sys.argv[1:]:
    if child := os.fork():
        os.waitpid(child, 0)
        continue
    told = os.open(path + ".told", os.O_CREAT | os.O_WRONLY)
    os.dup2(told, 1)
    os.dup2(told, 2)
    code = main(["check", path])
    peak = re.search(r"VmHWM:\\s+(\\d+) kB", open("/proc/self/status").read())[1]
    print("\\n", code, int(peak) // 1024, flush=True)
    os._exit(0)
"""


def packed(content: bytes, mib: int) -> bytes:
    """So many MiB of a byte, packed: those of ten MiB again and again."""
    return gzip.compress(content * (10 * MIB), 1) * (mib // 10)


HUNGRY: dict[str, tuple[str, Callable[[Path], object]]] = {
    "bom.xlsx": ("bung ra quá lớn", lambda p: package(p, b"<row/>" * (64 * MIB // 6))),
    "xa.xlsx": ("có ô ở rất xa", lambda p: package(p, FAR["the last cell of Excel"].encode())),
    "rong.xlsx": ("có ô ở rất xa", lambda p: package(p, FAR["a million columns"].encode())),
    "bom.csv.gz": ("quá lớn", lambda p: p.write_bytes(packed(b"\n", 60))),
    "phay.csv.gz": ("quá lớn", lambda p: p.write_bytes(packed(b",", 250))),
    "to.csv.gz": ("lớn hơn 256 MB", lambda p: p.write_bytes(packed(b"\0", 600))),
    "bom.parquet": (
        "quá lớn",
        lambda p: pq.write_table(pa.table({"Mã hồ sơ": pa.nulls(50_000_000, pa.int8())}), p),
    ),
    "bom.xls": (
        "quá lớn",
        lambda p: p.write_text("<table>" + "<tr><td colspan=700 rowspan=60000>x" + "<tr>" * 70_000),
    ),
}


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of hungry files, and what `motcua check` of each said, in a process of its own."""
    folder = tmp_path_factory.mktemp("hungry")
    paths = [folder / "dossiers" / name for name in HUNGRY]
    paths[0].parent.mkdir()
    for path in paths:
        HUNGRY[path.name][1](path)
    with private_cache(folder):
        subprocess.run([sys.executable, "-c", PEAKS, *map(str, paths)], check=True, timeout=300)
    return paths[0].parent


@pytest.mark.parametrize("name", HUNGRY)
def test_what_would_fill_the_memory_is_refused_with_little_of_it(checked: Path, name: str) -> None:
    *told, numbers = (checked / f"{name}.told").read_text("utf-8").splitlines()
    code, peak = map(int, numbers.split())
    assert (code, peak < 700) == (2, True), peak
    assert HUNGRY[name][0] in "\n".join(told)
    assert "Traceback" not in "\n".join(told)


# Workbooks that are something else ---------------------------------------------------------------

DAY = datetime(2024, 1, 2, 8, 30)


def test_an_old_workbook_is_read_under_either_name(tmp_path: Path) -> None:
    for name in ("cu.xls", "doi.xlsx", "doi.csv"):
        (tmp_path / name).write_bytes(OLD.read_bytes())
        frame = read(tmp_path / name)
        assert frame["dossier_id"].tolist() == ["HS-1", "HS-2", "HS-3"]
        assert frame["ward"].tolist() == ["Tân Biên", "Tân Biên", "Hố Nai"]  # the first is merged
        assert frame.loc[0, "received_at"] == DAY


@pytest.mark.parametrize("name", ["a.xls", "a.csv", "a.XLSX"])
def test_a_new_workbook_is_read_under_another_name(tmp_path: Path, name: str) -> None:
    content = write_xlsx(tmp_path / "a.xlsx", [HEAD, record(received=DAY)]).read_bytes()
    (tmp_path / name).write_bytes(content)
    assert read(tmp_path / name).loc[0, "received_at"] == DAY


@pytest.mark.parametrize("delimiter", [",", "\t"])
def test_a_csv_named_xls_is_read(tmp_path: Path, delimiter: str) -> None:
    path = write_csv(tmp_path / "a.xls", [HEAD, record()], delimiter)
    assert read(path)["ward"].tolist() == ["Tân Biên"]


def test_a_csv_that_begins_like_a_zip_file_is_read(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [["PK", *HEAD], [1, *record()]], encoding="utf-8")
    assert read(path)["ward"].tolist() == ["Tân Biên"]


@pytest.mark.parametrize(
    ("ranges", "wards"),
    [
        (["B2:B4"], ["Hố Nai", "Hố Nai", "Hố Nai", "Tân Biên"]),
        (["B2:B3"], ["Hố Nai", "Hố Nai", None, "Tân Biên"]),
        (["B5:B90"], ["Hố Nai", None, None, "Tân Biên"]),
        (["B2:B3", "J2:J9"], ["Hố Nai", "Hố Nai", None, "Tân Biên"]),
    ],
    ids=["three rows", "two rows", "beyond the data", "beside the data"],
)
def test_a_merged_ward_stands_in_every_row(tmp_path: Path, ranges: list, wards: list) -> None:
    rows = [HEAD] + [record(f"HS-{i}", "Hố Nai" if i == 0 else "") for i in range(4)]
    rows[4][1] = "Tân Biên"
    rows = [[*r, *[None] * 5] for r in rows]
    found = read(write_xlsx(tmp_path / "a.xlsx", rows, ranges))["ward"]
    assert [ward or None for ward in found] == wards


def test_a_ward_merged_past_the_last_row_stands_in_every_row(tmp_path: Path) -> None:
    rows = [HEAD, record("HS-1", "Hố Nai"), record("HS-2", None), record("HS-3", None)]
    path = write_xlsx(tmp_path / "a.xlsx", rows, ["B2:B40"])
    assert read(path)["ward"].tolist() == ["Hố Nai"] * 3


def test_merged_cells_keep_their_place_over_pieces_and_beside_empty_columns(tmp_path: Path) -> None:
    n = 1200  # more rows than are read at once
    rows = [HEAD] + [record(f"HS-{i}", "Hố Nai" if i == 0 else None) for i in range(n)]
    rows[n][1] = "Tân Biên"
    rows = [["", "", *r] for r in rows]
    path = write_xlsx(tmp_path / "a.xlsx", rows, [f"D2:D{n}"])
    frame = read(path)
    assert frame["ward"].tolist() == ["Hố Nai"] * (n - 1) + ["Tân Biên"]
    assert frame["dossier_id"].tolist() == [f"HS-{i}" for i in range(n)]
    assert frame["row"].tolist() == list(range(2, n + 2))


# Web pages named .xls ----------------------------------------------------------------------------


def page(*rows: list, head: str = "") -> str:
    cells = lambda tag, r: "".join(f"<{tag}>{c}</{tag}>" for c in r)  # noqa: E731
    body = "".join(f"<tr>{cells('td', r)}</tr>" for r in rows)
    return f"{head}<table><tr>{cells('th', HEAD)}</tr>{body}</table>"


@pytest.mark.parametrize(
    ("head", "encoding"),
    [
        ("", "utf-8"),
        ("", "utf-8-sig"),
        ("\n <!DOCTYPE html><html><head><meta charset=utf-8></head>", "utf-8"),
        ("<!-- Egov --><style>td {color: red}</style>", "utf-8"),
        ("<div>", "utf-16"),
        ("<html>", "utf-16-le"),
        ("<meta http-equiv=Content-Type content='text/html; charset=unicode'>", "utf-8"),
    ],
)
def test_a_web_page_named_xls_is_read(tmp_path: Path, head: str, encoding: str) -> None:
    path = tmp_path / "a.xls"
    path.write_bytes(page(record(), head=head).encode(encoding))
    assert read(path)["ward"].tolist() == ["Tân Biên"]


def test_a_web_page_in_windows_letters_is_read(tmp_path: Path) -> None:
    head = "<meta http-equiv=Content-Type content='text/html; charset=windows-1252'>"
    text = page(record(), record(ward="Hố Nai é"), head=head)
    entities = "".join(c if ord(c) < 256 else f"&#{ord(c)};" for c in text)
    (tmp_path / "a.xls").write_bytes(entities.encode("cp1252"))
    assert read(tmp_path / "a.xls")["ward"].tolist() == ["Tân Biên", "Hố Nai é"]


def test_marks_inside_the_cells_of_a_web_page_are_left_out(tmp_path: Path) -> None:
    rows = [
        record("<b>HS</b>-1", "<font color=red>Hố</font>&nbsp;N<i>ai</i>"),
        record("HS-2<script>x('<td>')</script><!-- <td> -->", "<p>Phường<br>Tân&#32;Biên</p>"),
        record("HS-3", "A &amp; B &lt;C&gt;"),
    ]
    (tmp_path / "a.xls").write_text(page(*rows), "utf-8")
    frame = read(tmp_path / "a.xls")
    assert frame["dossier_id"].tolist() == ["HS-1", "HS-2", "HS-3"]
    assert frame["ward"].tolist() == ["Hố Nai", "Phường Tân Biên", "A & B <C>"]


def test_cells_of_a_web_page_over_rows_and_columns_keep_their_place(tmp_path: Path) -> None:
    text = f"""<html xmlns:x="urn:schemas-microsoft-com:office:excel"><body>
    <table border=1><tr><td colspan=7>DANH SÁCH</td></tr>
    <tr><th rowspan="2">STT<th rowspan=2>{HEAD[0]}<th rowspan=2>{HEAD[1]}
        <th colspan=3>Ngày, tháng, năm<th rowspan=2>Trạng thái</tr>
    <tr><th>Nhận hồ sơ</th><th>Hẹn trả kết quả</th><th>Ngày kết thúc</th></tr>
    <tr><td>1<td>HS-1<td rowspan=2>Hố Nai<td>02/01/2024<td>10/01/2024<td>09/01/2024<td>Đã trả</tr>
    <tr><td>2<td>HS-2<td>03/01/2024<td>11/01/2024<td><td>Mới</tr>
    <tr><td>3<td>HS-3<td>Tân Biên<td>04/01/2024<td>12/01/2024<td>"""
    (tmp_path / "a.xls").write_text(text, "utf-8")
    frame = read(tmp_path / "a.xls")
    assert frame["ward"].tolist() == ["Hố Nai", "Hố Nai", "Tân Biên"]
    assert frame["received_at"].tolist() == ["02/01/2024", "03/01/2024", "04/01/2024"]
    assert frame["closed_at"].tolist() == ["09/01/2024", "", ""]
    assert frame["status"].tolist()[:2] == ["Đã trả", "Mới"]
    assert frame["status"].isna().tolist() == [False, False, True]
    assert frame["row"].tolist() == [4, 5, 6]


def test_a_table_inside_the_cell_of_another_is_read_by_itself(tmp_path: Path) -> None:
    text = f"<table><tr><td>Trang chủ<td>{page(record())}</td></tr></table>"
    (tmp_path / "a.xls").write_text(text, "utf-8")
    assert read(tmp_path / "a.xls")["dossier_id"].tolist() == ["HS-001"]


def test_a_row_goes_on_behind_a_table_inside_one_of_its_cells(tmp_path: Path) -> None:
    inner = "<table><tr><td></td></tr></table>"
    (tmp_path / "a.xls").write_text(page(record(ward=f"Tân {inner}Biên"), record("HS-2")), "utf-8")
    frame = read(tmp_path / "a.xls")
    assert frame["dossier_id"].tolist() == ["HS-001", "HS-2"]
    assert frame["ward"].tolist() == ["Tân Biên"] * 2
    assert frame["closed_at"].tolist() == ["09/01/2024"] * 2


def test_tables_that_end_once_too_often_are_read(tmp_path: Path) -> None:
    text = f"<html></table>{page(record())}</table></table>{page(record('HS-2'))}"
    (tmp_path / "a.xls").write_text(text, "utf-8")
    assert read(tmp_path / "a.xls")["dossier_id"].tolist() == ["HS-001", "HS-2"]


def test_tables_twenty_thousand_deep_are_no_danger(tmp_path: Path) -> None:
    (tmp_path / "a.xls").write_text("<table><tr><td>x" * 20_000)
    assert "Không thấy dòng tiêu đề" in refused(tmp_path / "a.xls")


@pytest.mark.parametrize(
    "text",
    [
        "<html><body>Phiên đăng nhập đã hết hạn</body></html>",
        '<?xml version="1.0"?><Workbook><Worksheet><Table><Row><Cell/></Row></Table></Worksheet>',
        "<![x[ <table",
    ],
)
def test_a_web_page_without_a_table_says_so(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.xls").write_text(text, "utf-8")
    told = refused(tmp_path / "a.xls")
    assert "trang web hoặc tệp XML không có bảng nào" in told or BROKEN in told
    assert SAVE_AGAIN in told


def test_a_web_page_larger_than_the_limit_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MAX_HTML", 100)
    (tmp_path / "a.xls").write_text(page(record()), "utf-8")
    assert "trang web quá lớn" in refused(tmp_path / "a.xls")


# Broken, locked, empty files ----------------------------------------------------------------------


def workbook_bytes(path: Path) -> bytes:
    return write_xlsx(path, [HEAD, *(record(f"HS-{i}") for i in range(50))]).read_bytes()


def parquet_bytes(path: Path) -> bytes:
    pq.write_table(pa.table(dict(zip(HEAD, [["x"] * 9] * 5, strict=True))), path)
    return path.read_bytes()


NOISE = bytes((i * i * 7919 >> 3) % 256 for i in range(5000))
LOCKED = OLE + bytes(504) + "EncryptedPackage".encode("utf-16-le") + bytes(500)
ZEROS = text_of([HEAD, record()]).encode() + bytes(100)
BAD: dict[str, tuple[str, bytes | Callable[[Path], bytes]]] = {
    "rong.csv": ("rỗng (0 byte)", b""),
    "rong.xls": ("rỗng (0 byte)", b""),
    "rong.parquet": ("rỗng (0 byte)", b""),
    "trang.csv.gz": ("Không thấy dòng tiêu đề", gzip.compress(b"")),
    "khoa.xlsx": ("có mật khẩu nên không đọc được", LOCKED),
    "khoa.xls": ("bỏ mật khẩu", LOCKED),
    "cat.xlsx": (BROKEN, lambda p: workbook_bytes(p)[:-300]),
    "dau.xlsx": (BROKEN, lambda p: workbook_bytes(p)[:100]),
    "vun.xlsx": (BROKEN, lambda p: workbook_bytes(p).replace(b"\xc9", b"\xca")),
    "cat.parquet": (BROKEN, lambda p: parquet_bytes(p)[:-20]),
    "vun.parquet": (BROKEN, lambda p: parquet_bytes(p).replace(b"\x15\x12", b"\xff\xff")),
    "cat.csv.gz": ("Không giải nén được", gzip.compress(text_of([HEAD]).encode())[:-6]),
    "nhieu.csv": ("byte rỗng (NUL)", NOISE),
    "nhieu.xls": ("byte rỗng (NUL)", NOISE),
    "nhieu.xlsx": ("không phải tệp Excel .xlsx", NOISE),
    "nhieu.parquet": (BROKEN, NOISE),
    "ole.xls": (BROKEN, OLE + NOISE),
    "cut.xls": (BROKEN, lambda p: OLD.read_bytes()[:4700]),
    "chep.xls": (BROKEN, lambda p: OLD.read_bytes()[:5200]),
    "zip.xlsx": (BROKEN, b"PK\x03\x04" + NOISE),
    "khong.csv": ("byte rỗng (NUL)", ZEROS),
    "csv.xlsx": ("không phải tệp Excel .xlsx", text_of([HEAD]).encode()),
}


@pytest.mark.parametrize("name", BAD)
def test_a_file_that_cannot_be_read_says_why(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], name: str
) -> None:
    message, content = BAD[name]
    path = tmp_path / name
    path.write_bytes(content(path) if callable(content) else content)
    with private_cache(tmp_path / "own"):
        assert main(["check", str(path)]) == 2
    printed = capfd.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("Lỗi: ")
    assert printed.err.count("\n") <= 4
    assert message in printed.err
    assert name in printed.err
    assert "panicked" not in printed.err


def test_a_package_that_is_no_workbook_is_refused(tmp_path: Path) -> None:
    for name in ("content.xml", "word/document.xml", "xl/workbook.bin"):
        with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as book:
            book.writestr(name, "<x/>")
        assert "không phải tệp Excel .xlsx" in refused(tmp_path / "a.xlsx")


def test_an_unknown_suffix_is_refused_with_those_that_are_read(tmp_path: Path) -> None:
    (tmp_path / "a.ods").write_bytes(b"x")
    assert ", ".join(SUFFIXES) in refused(tmp_path / "a.ods")


@pytest.mark.parametrize("name", ["a.csv", "a.xlsx", "a.xls"])
def test_a_header_alone_is_an_empty_table(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if name == "a.xls":
        path.write_text(page(), "utf-8")
    else:
        (write_csv if name == "a.csv" else write_xlsx)(path, [HEAD])
    assert read(path).empty


# Csv and Parquet ---------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("delimiter", [",", "\t"])
def test_utf_16_without_its_mark_is_read(tmp_path: Path, encoding: str, delimiter: str) -> None:
    rows = [["DANH SÁCH HỒ SƠ TIẾP NHẬN VÀ TRẢ KẾT QUẢ"], HEAD, record(ward="Hố Nai")]
    path = write_csv(tmp_path / "a.csv", rows, delimiter, encoding)
    assert read(path)["ward"].tolist() == ["Hố Nai"]


def test_a_csv_larger_than_the_limit_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MAX_TEXT", 2 * MIB)
    text = text_of([HEAD, *([record()] * 60_000)]).encode()
    (tmp_path / "a.csv").write_bytes(text)
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(text))
    for name in ("a.csv", "a.csv.gz"):
        told = refused(tmp_path / name)
        assert f"Tệp {name} lớn hơn 2 MB chữ" in told
        assert "xuất theo từng tháng, hoặc chuyển sang .parquet" in told


def test_a_row_that_never_ends_is_refused(tmp_path: Path) -> None:
    text = text_of([HEAD, *([record()] * 99)])
    for tail in ("," * 2**21, '"' + "x\n" * 6000, '"\n",' * 6000):
        (tmp_path / "a.csv").write_text(text + tail, "utf-8")
        told = refused(tmp_path / "a.csv")
        assert "dòng 101 quá dài, hoặc có dấu ngoặc kép mở mà không đóng" in told


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz"])
def test_no_more_than_the_limit_is_read_from_a_csv(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(limits, "MAX_TEXT", MIB)
    text = bytes(64 * MIB)
    (tmp_path / name).write_bytes(gzip.compress(text, 1) if name.endswith("gz") else text)
    del text
    tracemalloc.start()
    refused(tmp_path / name)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 * MIB


def test_a_csv_with_more_cells_or_columns_than_the_limits_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_csv(tmp_path / "a.csv", [HEAD, *([record()] * 30)])
    monkeypatch.setattr(limits, "MAX_CELLS", 100)
    assert "Bảng trong a.csv quá lớn" in refused(path)
    wide = write_csv(tmp_path / "b.csv", [HEAD, record(), ["x"] * 703])
    monkeypatch.undo()
    assert "Bảng trong b.csv quá lớn (dòng 3, cột 703)" in refused(wide)


def test_a_parquet_file_is_read_by_itself_whatever_its_folder_is_called(tmp_path: Path) -> None:
    folder = tmp_path / "ward=Tam Phước"
    folder.mkdir()
    columns = dict(zip(HEAD, [[v] for v in record()], strict=True))
    pq.write_table(pa.table(columns), folder / "a.parquet")
    assert read(folder / "a.parquet")["ward"].tolist() == ["Tân Biên"]


def test_a_parquet_file_with_days_beyond_the_calendar_is_refused(tmp_path: Path) -> None:
    columns = dict(zip(HEAD, [[v] for v in record()], strict=True))
    columns[HEAD[2]] = pa.array([2**62], pa.timestamp("us"))
    pq.write_table(pa.table(columns), tmp_path / "a.parquet")
    assert "a.parquet" in refused(tmp_path / "a.parquet")


def test_a_workbook_with_one_letter_changed_on_the_way_is_refused(tmp_path: Path) -> None:
    whole, stored = write_xlsx(tmp_path / "a.xlsx", [HEAD, record()]), tmp_path / "b.xlsx"
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(stored, "w", zipfile.ZIP_STORED) as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))
    assert read(stored)["ward"].tolist() == ["Tân Biên"]
    content = stored.read_bytes()
    assert content.count("Tân Biên".encode()) == 1
    stored.write_bytes(content.replace("Tân Biên".encode(), "Tân Biêm".encode()))
    assert BROKEN in refused(stored)
