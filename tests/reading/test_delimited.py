"""Csv files whose rows were cut, joined or moved, and letters of old or broken encodings."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from exports import HEAD, record, text_of
from motcua.base.errors import InputError
from motcua.reading.header import RawTable, read_tables
from motcua.reading.sheets import utf16_of

COLUMNS = ["Mã hồ sơ", "Đơn vị tiếp nhận", "Tên thủ tục", *HEAD[2:], "Trạng thái"]
LINES = text_of(
    [COLUMNS]
    + [
        [
            f"H19-24010{n}-000{n}",
            "Tân Biên",
            "Chứng thực",
            "02/01/2024",
            "10/01/2024",
            "",
            "Đang xử lý",
        ]
        for n in range(1, 9)
    ]
).splitlines()


def read(path: Path) -> RawTable:
    (table,) = read_tables(path, "dossiers", {})
    return table


def changed(*changes: tuple[int, str, str]) -> list[str]:
    """Lines of eight dossiers, some changed: line, old text, new text."""
    lines = list(LINES)
    for at, old, new in changes:
        assert old in lines[at]
        lines[at] = lines[at].replace(old, new)
    return lines


def written(folder: Path, lines: list[str], end: str = "\n") -> Path:
    (folder / "a.csv").write_bytes(("\n".join(lines) + end).encode("utf-8-sig"))
    return folder / "a.csv"


QUOTE, MOVED, CUT = (
    "có dấu ngoặc kép mở mà không đóng",
    "thừa ô (nhiều ô hơn",
    "thiếu ô, có thể bị cắt",
)
FAULTS = {
    "a quote closes in the next row": (
        QUOTE, "dòng 3", changed((2, "Chứng", '"Chứng'), (3, "thực", 'thực"'))
    ),
    "a quote closes at the end of the next row": (
        QUOTE, "dòng 3", changed((2, "Chứng", '"Chứng'), (3, "xử lý", 'xử lý"'))
    ),
    "a quote closes two rows below": (
        QUOTE, "dòng 3", changed((2, "Chứng", '"Chứng'), (4, "thực", 'thực"'))
    ),
    "a free delimiter": (MOVED, "dòng 3, 5", changed((2, "g th", "g, th"), (4, "g th", "g, th"))),
    "a free delimiter before an empty last cell": (
        MOVED, "dòng 3", changed((2, "g th", "g, th"), (2, "Đang xử lý", ""))
    ),
    "a free delimiter in every row": (
        MOVED, "dòng 2, 3", changed(*((n, "g th", "g, th") for n in range(1, 9)))
    ),
    "a free line break": (CUT, "dòng 3", changed((2, "g th", "g\nth"))),
    "two free line breaks": (CUT, "dòng 3", changed((2, "Chứng thực", "Chứng\nthực\nkhác"))),
    "a row that ends early": (CUT, "dòng 5", changed((4, ",10/01/2024,,Đang xử lý", ""))),
}  # fmt: skip


@pytest.mark.parametrize("case", FAULTS)
def test_rows_that_were_joined_moved_or_cut_are_refused_with_their_line(
    tmp_path: Path, case: str
) -> None:
    message, where, lines = FAULTS[case]
    with pytest.raises(InputError) as error:
        read(written(tmp_path, lines))
    assert message in str(error.value)
    assert where in str(error.value)


def test_a_file_that_ends_within_a_row_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="dòng 9 thiếu ô"):
        read(written(tmp_path, changed((8, "/01/2024,,Đang xử lý", "")), end=""))


HARMLESS = {
    "a delimiter at the end of every row": [line + "," for line in LINES],
    "a delimiter at the end of the dossiers": [LINES[0], *(line + "," for line in LINES[1:])],
    "no empty cells at the end": [line.removesuffix(",Đang xử lý").rstrip(",") for line in LINES],
    "a block without its last cells, as Excel writes it": [
        *LINES[:5], *(line.replace(",,Đang xử lý", "") for line in LINES[5:])
    ],
    "a total and a signature below": [*LINES, "", "Tổng cộng,8", "Người lập,,Thủ trưởng"],
    "a title and groups": ["DANH SÁCH", LINES[0], "I,Phường Tân Biên", *LINES[1:]],
    "a text with a line too short for a dossier": changed(
        (3, "Chứng thực", '"Đơn, tờ khai\nH19-240109-0009, a, b, c, d"')  # 2 and 5 cells of 7
    ),
    "a text of several lines": changed((3, "Chứng thực", '"Đơn, tờ khai\n2, a, b, c, d, e, f"')),
}  # fmt: skip


@pytest.mark.parametrize("case", HARMLESS)
def test_rows_of_other_lengths_that_lost_nothing_are_read(tmp_path: Path, case: str) -> None:
    frame = read(written(tmp_path, HARMLESS[case])).frame
    assert [number for number in frame["dossier_id"] if number.startswith("H19")] == [
        f"H19-24010{n}-000{n}" for n in range(1, 9)
    ]


# Letters -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a.txt", "a.tsv"])
def test_tab_separated_text_is_read(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(text_of([HEAD, record()], "\t"), "utf-16")
    assert read(tmp_path / name).frame["ward"].tolist() == ["Tân Biên"]


def test_text_is_unpacked_as_often_as_it_was_packed(tmp_path: Path) -> None:
    text = text_of([HEAD, record()]).encode()
    for name, content in {
        "a.csv.gz": gzip.compress(gzip.compress(text)),
        "b.csv.gz": text,
        "c.csv": gzip.compress(text),
    }.items():
        (tmp_path / name).write_bytes(content)
        assert read(tmp_path / name).frame["ward"].tolist() == ["Tân Biên"]


def test_a_broken_letter_leaves_the_others_as_they_are(tmp_path: Path) -> None:
    content = text_of([HEAD, record("HS-1"), record("HS-2", "Hố Nai")]).encode()
    (tmp_path / "a.csv").write_bytes(content.replace("Hố".encode(), "Hố".encode()[:-1]))
    table = read(tmp_path / "a.csv")
    assert table.frame["ward"].tolist() == ["Tân Biên", "H\ufffd Nai"]
    (note,) = table.notes
    assert note.startswith("bảng mã UTF-8 có 1 chữ hỏng (dòng 3)")


@pytest.mark.parametrize("page", ["cp1252", "cp1258", "latin-1"])
def test_letters_that_were_encoded_twice_are_put_right(tmp_path: Path, page: str) -> None:
    content = text_of([HEAD, record(ward="Hố Nai")]).encode()
    twice = "".join(_shown(byte, page) for byte in content)
    (tmp_path / "a.csv").write_text(twice, "utf-8")
    table = read(tmp_path / "a.csv")
    assert table.frame["ward"].tolist() == ["Hố Nai"]
    assert table.notes == ("chữ bị mã hóa UTF-8 hai lần; đã đọc lại đúng.",)


def _shown(byte: int, page: str) -> str:
    try:
        return bytes([byte]).decode(page)
    except UnicodeDecodeError:
        return chr(byte)


OLD = {
    "TCVN3 (ABC)": "M· hå s¬,§¬n vÞ tiÕp nhËn,Ngµy tiÕp nhËn,Ngµy hÑn tr¶,Ngµy kÕt thóc xö lý",
    "VNI": "Maõ hoà sô,Ñôn vò tieáp nhaän,Ngaøy tieáp nhaän,Ngaøy heïn traû,Ngaøy keát thuùc",
}


@pytest.mark.parametrize("encoding", ["latin-1", "utf-8"])
@pytest.mark.parametrize("old", OLD)
def test_an_old_encoding_is_named(tmp_path: Path, old: str, encoding: str) -> None:
    (tmp_path / "a.csv").write_bytes(f"{OLD[old]}\n".encode(encoding))
    with pytest.raises(InputError) as error:
        read(tmp_path / "a.csv")
    assert f"bảng mã {old}, không phải Unicode" in str(error.value)


def test_a_file_of_two_encodings_is_refused(tmp_path: Path) -> None:
    text = text_of([HEAD, record(ward="Tân Biên")])
    (tmp_path / "a.csv").write_bytes(text.encode() + b"\xe3 " * 20)
    with pytest.raises(InputError, match="lẫn hai bảng mã"):
        read(tmp_path / "a.csv")


def zeros(evens: int, odds: int, size: int = 100) -> bytes:
    """Bytes of which so many at even and odd places are zero."""
    content = bytearray(b"a" * size)
    content[0 : 2 * evens : 2] = bytes(evens)
    content[1 : 2 * odds : 2] = bytes(odds)
    return bytes(content)


@pytest.mark.parametrize(
    ("evens", "odds", "encoding"),
    [
        (0, 20, "utf-16-le"),  # a fifth of all bytes
        (0, 19, ""),
        (20, 0, "utf-16-be"),
        (19, 0, ""),
        (2, 40, "utf-16-le"),  # a fiftieth at the other places may be zero, too
        (3, 40, ""),
        (40, 2, "utf-16-be"),
        (40, 3, ""),
    ],
)
def test_utf16_without_a_mark_is_told_by_zeros_beside_letters(
    evens: int, odds: int, encoding: str
) -> None:
    assert utf16_of(zeros(evens, odds)) == encoding


def test_only_the_first_4096_bytes_tell_utf16() -> None:
    """820 zeros are a fifth of 4,096 bytes, 819 are not; what comes later is not looked at."""
    assert utf16_of(zeros(0, 820, 4096) + b"a" * 5000) == "utf-16-le"
    assert utf16_of(zeros(0, 819, 4096) + zeros(0, 2000, 5000)) == ""
