"""Daily and weekly check: what to press, finish and hurry, ward by ward."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import pandas as pd

from motcua.base import vietnamese as vi
from motcua.base.vietnamese import number
from motcua.chapters.sentences import Prose, safe, threshold
from motcua.chapters.table import Table, listed
from motcua.chapters.ward import where_it_is
from motcua.measures.month import Month
from motcua.measures.rates import budget
from motcua.measures.ward import ACTIONS, count_actions

INTERNAL = "NỘI BỘ - chỉ gửi các đơn vị và Phòng Nội vụ"
ACTION_LABELS = {
    "press_finish": "Đã có kết quả, chưa bấm kết thúc",
    "overdue": "Đang quá hạn",
    "due_soon": "Sắp đến hạn",
}
TASKS = {
    "press_finish": "Bấm kết thúc",
    "overdue": "Giải quyết ngay",
    "due_soon": "Giải quyết trước hạn",
}


def title(month: Month) -> str:
    """Title of the page: what is looked at, on which day."""
    return f"Hồ sơ cần xử lý ngay, ngày {vi.day(month.period.end)}"


def headline(month: Month, dossiers: pd.DataFrame, days: int, name: str = "") -> Prose:
    """How many dossiers ask for something now, and for what.

    Parameters
    ----------
    days : a dossier due within so many working days is due soon.
    name : the one ward that they are of; without it, in how many wards they are is said.

    Examples
    --------
    >>> from motcua import load
    >>> from motcua.measures.ward import to_do
    >>> month = load("2024-01", data="data/sample")
    >>> headline(month, to_do(month), 3).startswith("**Bấm kết thúc ngay ")
    True
    """
    if dossiers.empty:
        return Prose("**Không có hồ sơ nào phải xử lý ngay.**")
    counts = dossiers["action"].value_counts()
    told = {
        "press_finish": "Bấm kết thúc ngay {} hồ sơ đã có kết quả",
        "overdue": "giải quyết {} hồ sơ đang quá hạn",
        "due_soon": f"giải quyết trước hạn {{}} hồ sơ đến hạn trong {number(days)} ngày làm việc tới",
    }
    parts = [told[a].format(number(counts[a])) for a in ACTIONS if counts.get(a, 0)]
    words = vi.join(parts, last=" và ")
    where = "" if name else f", tại {number(dossiers['code'].nunique())} đơn vị"
    return Prose(f"**{words[:1].upper()}{words[1:]}**{where}.")


def warnings(month: Month, newest: date) -> list[str]:
    """What the reader must know of the day: exports older or newer than it."""
    as_of = month.period.end
    if as_of > newest:
        return [
            f"Bản xuất hồ sơ mới nhất là ngày {vi.day(newest)}, trước ngày xem: hồ sơ kết thúc sau đó chưa "
            "thấy được. Hãy xuất lại dữ liệu rồi chạy lại."
        ]
    if as_of < newest:
        return [
            f"Xem lại tình trạng của ngày {vi.day(as_of)} từ bản xuất ngày {vi.day(newest)}: việc xảy ra sau "
            "ngày xem coi như chưa biết, riêng hạn trả lấy theo bản xuất mới nhất."
        ]
    return []


def method(month: Month, days: int) -> str:
    """How the list is made."""
    return (
        f"Kỳ {vi.day(month.period.start)} - {vi.day(month.period.end)}. Mỗi hồ sơ nêu một lần, theo việc "
        f"gấp nhất. Sắp đến hạn: còn nhiều nhất {number(days)} ngày làm việc (không tính thứ bảy, chủ nhật, "
        "ngày nghỉ lễ), kể cả hôm nay. Còn được trễ: số hồ sơ trễ thêm mà tỷ lệ tính đến hôm nay vẫn từ "
        f"{threshold(month.params)}."
    )


def summary(month: Month, dossiers: pd.DataFrame) -> Table:
    """One row per ward with something to do, most first: counts per action, late ones affordable."""
    counts = count_actions(dossiers, month.unit_names)
    room = budget(month).set_index("code")["affordable_late"]
    table = counts.assign(
        name=counts["code"].map(month.unit_names), affordable_late=counts["code"].map(room)
    )
    table = table[table["total"] > 0].sort_values(
        ["total", "code"], ascending=[False, True], ignore_index=True
    )
    return listed(table, "watch_summary", caption="Số hồ sơ cần xử lý ngay của từng đơn vị")


def ward_table(dossiers: pd.DataFrame, name: str) -> Table:
    """Dossiers of one ward that ask for something, most urgent first."""
    return listed(
        told(dossiers), "watch", caption=f"{name}: hồ sơ cần xử lý ngay ({number(len(dossiers))})"
    )


def told(dossiers: pd.DataFrame) -> pd.DataFrame:
    """Rows of `ward.to_do` in words: action_label (what to do), dossier_id, procedure, due, left, stands."""
    rows = dossiers.to_dict("records")
    return dossiers.assign(
        action_label=dossiers["action"].map(TASKS).astype(object),
        left=[_left(row) for row in rows],
        stands=[where_it_is(row) for row in rows],
    )


def _left(row: dict[str, Any]) -> str:
    """Time left or over, in words."""
    if row["is_overdue"]:
        return f"quá {number(row['days_overdue'])} ngày"
    left = row["working_days_left"]
    if pd.isna(left):
        return "không có hạn"
    return "hạn hôm nay" if left == 0 else f"còn {number(left)} ngày làm việc"


def ward_line(counts: dict[str, Any]) -> Prose:
    """Counts of one ward in one line."""
    parts = [f"{ACTION_LABELS[a].lower()}: {number(counts[a])}" for a in ACTIONS if counts[a]]
    words = "; ".join(parts)
    return Prose(f"{words[:1].upper()}{words[1:]}.")


def nothing(names: Iterable[str]) -> Prose:
    """Wards with nothing to do."""
    names = [safe(name) for name in names]
    return Prose(f"Không có việc phải làm ngay: {vi.join(names)}." if names else "")
