"""What becomes of what is no list that could be read: refused with the way out, or told.

A sheet that may hold records stops the run; any other sheet beside a list is named. No cell of a
row of values is ever shown: it may be a person's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import NoReturn

import pandas as pd

from motcua.base.errors import InputError, MissingColumns
from motcua.base.reference import KIND_LABELS, REQUIRED, STAND_INS
from motcua.base.vietnamese import clean, key
from motcua.reading.headings import (
    Header,
    Names,
    Rows,
    cell_key,
    cell_text,
    first_header,
    holds_values,
    is_day,
    is_summary,
    kind_of,
    label_of,
    unknown_in,
)

MAY_BE_EMPTY = (
    "due_at",
    "closed_at",
    "result_at",
    "returned_at",
    *STAND_INS,
)  # of what must be there
FEWEST_KNOWN = 3  # headings of a sheet that may be a list with one column worded otherwise
FEWEST_RECORDS = 2  # rows like records that make a sheet without heading a list
_DIGIT = re.compile(r"\d")
_NUMBER = re.compile(r"[A-Za-z0-9./_-]*[0-9]{5}[A-Za-z0-9./_-]*|.*[0-9]{3}.*[-./][0-9]{2,}")


@dataclass(frozen=True)
class Unread:
    """A sheet that was not read.

    Attributes
    ----------
    header : the best header in it.
    rows : its first rows.
    records : number of its rows that look like records.
    ids : numbers of dossiers in it, as far as a heading tells the column.
    """

    where: str
    header: Header | None
    rows: Rows
    records: int
    ids: frozenset[str]

    @classmethod
    def of(cls, where: str, header: Header | None, rows: Rows, more: Iterator[Rows]) -> Unread:
        """Look through a sheet that is not read."""
        named = header.columns.get("dossier_id") if header else None
        records, ids = 0, set()
        for piece in chain([rows], more):
            records += sum(map(is_like_record, piece))
            cells = (r[named] for r in piece if named is not None and named < len(r))
            ids |= {text for text in map(cell_text, cells) if _DIGIT.search(text)}
        return cls(where, header, rows, records, frozenset(ids))

    @property
    def is_empty(self) -> bool:
        """Whether its first rows hold nothing."""
        return not any(cell_text(c) for row in self.rows for c in row)

    def is_nearly(self, must: Sequence[str]) -> bool:
        """Whether its heading is that of a list, but for a column or two."""
        columns = self.header.columns if self.header else {}
        return (
            len(columns) >= FEWEST_KNOWN
            and len(set(must).intersection(columns)) > 1
            and any(column.endswith("_at") for column in columns)
        )


def is_like_record(row: list) -> bool:
    """Whether a row looks like a dossier: two days at least, and a number.

    Examples
    --------
    >>> is_like_record(["H19.12-231220-0001", "Tân Hòa", "20/12/2023", "29/12/2023"])
    True
    >>> is_like_record(["Từ ngày", "20/12/2023", "đến ngày", "29/12/2023"])
    False
    """
    others = [cell for cell in row if cell and not is_day(cell)]
    days = sum(map(is_day, row))
    return days > 1 and any(_NUMBER.fullmatch(cell_key(cell)) for cell in others)


def goes_on(rows: Rows, header: Header, must: Sequence[str]) -> bool:
    """Whether a sheet without a heading begins with a record under the heading of another one."""
    row = next((row for row in rows if any(map(cell_text, row))), None)
    if row is None or len(row) <= max(header.columns[c] for c in must):
        return False
    needed = [c for c in must if c not in MAY_BE_EMPTY]
    cells = {c: row[header.columns[c]] for c in needed}
    days = [is_day(cell) for c, cell in cells.items() if c.endswith("_at")]
    others = [cell_text(cell) for c, cell in cells.items() if not c.endswith("_at")]
    number = cell_key(cells.get("dossier_id", "0"))
    return bool(days) and all(days) and all(others) and bool(_DIGIT.search(number))


def refuse_wrong_folder(
    name: str, rows: Rows, header: Header | None, kind: str, must: Sequence[str]
) -> None:
    """Refuse a list of another kind, with the folder where it belongs.

    A list is of another kind when that names more of its columns, all that must be there among
    them, and all but at most one of those that its own kind names (all, where it could be read).
    """
    other = kind_of(rows)
    own = header.columns if header else {}
    if len(REQUIRED[kind]) < 2 or not other or other[0] == kind:
        return
    belongs, found = other
    alone = set(own.values()) - set(found.columns.values())
    is_whole = header is not None and not header.lacks(must)
    if len(found.columns) <= len(own) or len(alone) > (not is_whole):
        return
    raise InputError(
        f"{name} là danh sách {_noun(belongs)}, không phải {_noun(kind)}: các tiêu đề đang có: "
        f"{_quoted(found.seen)}.\nCách sửa: chuyển tệp vào thư mục `{belongs}/`."
    )


def refuse_rows_above(
    where: str, rows: Rows, header: Header, names: Names, kind: str, must: Sequence[str]
) -> None:
    """Refuse records above the first whole heading: nobody would read them."""
    above = rows[: header.first_row]
    for number, row in enumerate(above, start=1):
        if is_like_record(row) or _stands_under(row, header):
            other = first_header(above[: number - 1], names, must)
            if other and len(other.columns) >= FEWEST_KNOWN:
                raise missing_columns(f"{where}, dòng {other.last_row + 1}", other, kind, must)
            raise InputError(
                f"Trong {where}, dòng {number} giống một hồ sơ nhưng đứng trên dòng tiêu đề đầu "
                f"tiên (dòng {header.last_row + 1}), nên không biết cột nào là gì.\n"
                "Cách sửa: thêm dòng tiêu đề phía trên dòng đó."
            )


def _stands_under(row: list, header: Header) -> bool:
    """Whether a row has a number and several days in the columns that a heading names."""
    cells = {c: row[index] for c, index in header.columns.items() if index < len(row)}
    days = sum(is_day(cell) for column, cell in cells.items() if column.endswith("_at"))
    return days > 1 and bool(_DIGIT.search(cell_key(cells.get("dossier_id"))))


def missing_columns(where: str, header: Header, kind: str, must: Sequence[str]) -> MissingColumns:
    """Error that names the columns a heading lacks, and what of it is not read."""
    read = {key(header.texts[index]) for index in header.columns.values()}
    free = [heading for heading in unknown_in(header, kind) if key(heading) not in read]
    missing = {c: label_of(kind, c) for c in header.lacks(must)}
    return MissingColumns.of(where, missing, header.seen, free)


def refuse_file(name: str, kind: str, unread: list[Unread], must: Sequence[str]) -> NoReturn:
    """Refuse a file in which nothing could be read.

    Raises
    ------
    InputError
        It is a list of another kind, a summary, or has no heading.
    MissingColumns
        Its heading lacks a column.
    """
    for sheet in unread:
        refuse_wrong_folder(name, sheet.rows, sheet.header, kind, must)
    if any(is_summary(sheet.rows) for sheet in unread):
        raise InputError(
            f"{name} là bảng tổng hợp số liệu theo đơn vị, không phải danh sách từng hồ sơ.\n"
            "Cần một dòng cho mỗi hồ sơ, có các cột: "
            f"{', '.join(label_of(kind, c) for c in must)}.\n"
            "Cách sửa: trong phần mềm, xuất danh sách chi tiết hồ sơ thay cho báo cáo tổng hợp."
        )
    headed = [sheet for sheet in unread if sheet.header and len(sheet.header.columns) > 1]
    if headed:
        best = max(headed, key=lambda sheet: len(sheet.header.columns))
        raise missing_columns(best.where, best.header, kind, must)
    likely = max((_likely_headings(sheet.rows) for sheet in unread), key=len, default=[])
    seen = f"\nCác tiêu đề đang có: {_quoted(likely)}." if likely else ""
    raise InputError(
        f"Không thấy dòng tiêu đề trong {name}: trong các dòng đầu không có "
        f"dòng nào mang các tiêu đề như '{label_of(kind, REQUIRED[kind][0])}'.{seen}\n"
        "Cách sửa: kiểm tra đúng tệp, đúng thư mục; hoặc khai báo `columns` trong tệp tham số."
    )


def _likely_headings(rows: Rows) -> list[str]:
    """Cells of the first row that has several: none where it holds values or people's names."""
    texts = ([clean(c) for c in row if cell_key(c)] for row in rows)
    first = next((row for row in texts if len(row) > 1), [])
    if holds_values(first, {}) or any(re.search(r"\d", cell) or _is_name(cell) for cell in first):
        return []
    return first[:40]


def _is_name(cell: str) -> bool:
    """Whether each of several words begins with a capital, as in names and as in no heading."""
    words = cell.split()
    return len(words) > 1 and all(word[:1].isupper() for word in words) and not cell.isupper()


def told_of(
    name: str, kind: str, must: Sequence[str], unread: list[Unread], read: Iterable[pd.DataFrame]
) -> list[str]:
    """Sentences on the sheets beside a list that were not read.

    Raises
    ------
    InputError
        A sheet may hold records that nobody would count.
    """
    known: set[str] = set()
    if any(sheet.ids for sheet in unread):
        known = {cell_text(n) for f in read if "dossier_id" in f for n in f["dossier_id"]}
    return [
        f"{sheet.where.removeprefix(f'{name}, ')}: {_what_is(sheet, kind, must, known)}, không đọc."
        for sheet in unread
        if not sheet.is_empty
    ]


def _what_is(sheet: Unread, kind: str, must: Sequence[str], known: set[str]) -> str:
    """What a sheet beside a list is."""
    if sheet.ids and sheet.ids <= known:
        return f"các {_noun(kind)} của trang này đã có ở trang khác"
    if (other := kind_of(sheet.rows)) and other[0] != kind:
        return f"danh sách {_noun(other[0])} (đặt ở tệp riêng trong thư mục `{other[0]}/`)"
    if sheet.is_nearly(must) and sheet.header:
        raise missing_columns(sheet.where, sheet.header, kind, must)
    if sheet.records >= FEWEST_RECORDS and not is_summary(sheet.rows):
        raise InputError(
            f"{sheet.where} có {sheet.records} dòng giống {_noun(kind)} nhưng không có dòng tiêu "
            "đề đọc được.\nCách sửa: thêm dòng tiêu đề như ở trang đã đọc, hoặc xóa trang này."
        )
    return "bảng tổng hợp" if is_summary(sheet.rows) else f"không phải danh sách {_noun(kind)}"


def _noun(kind: str) -> str:
    return KIND_LABELS[kind].lower()


def _quoted(words: Iterable[str]) -> str:
    return ", ".join(map(repr, words))
