"""Words of the analyst's bench: labels of its controls, its tables and its sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from motcua.base import vietnamese as vi
from motcua.base.labels import FORMATS, LABELS
from motcua.base.reference import causes
from motcua.chapters import words
from motcua.chapters.figure import period
from motcua.chapters.table import Table, show
from motcua.chapters.words import threshold

if TYPE_CHECKING:
    from motcua.bench.view import Selection, View

CONVENTION_SHORT = {
    "resolved": "Đúng hạn / đã giải quyết",
    "due_in_period": "Xong đúng hạn / đến hạn trong kỳ",
    "workload": "Không trễ / phải xử lý",
    "national_766": "Quyết định 766/QĐ-TTg",
    "received": "Xong đúng hạn / tiếp nhận",
}
EVENT_SHORT = {
    "closed": "Bấm kết thúc",
    "result": "Có kết quả",
    "returned": "Trả kết quả",
}
GROUP_LABELS = {
    "late": "Trễ hạn",
    "open_overdue": "Đang giải quyết, quá hạn",
    "open": "Đang giải quyết",
    "resolved": "Đã giải quyết",
}
TABLE_TITLES = {
    "rates": "Tỷ lệ",
    "causes": "Nguyên nhân",
    "trend": "Xu hướng",
    "days": "Số ngày trễ",
    "heat": "Phường, xã và thủ tục",
    "dossiers": "Hồ sơ",
}
_MORE = {
    "dossier_id": "Mã hồ sơ",
    "procedure": "Thủ tục",
    "due": "Hạn trả",
    "done": "Hoàn thành",
    "days_late": "Số ngày trễ",
    "official": "Mã công chức",
    "channel": "Kênh nộp",
    "counted": "Hồ sơ tính tỷ lệ",
    "forgiven": "Hồ sơ được bỏ qua",
    "rate_if_not": "Tỷ lệ nếu không vì",
    "gained": "Thêm điểm",
    "measure": "Chỉ tiêu",
}
_COLUMNS = {
    "rates": ("name", "received", "resolved", "on_time", "late", "rate_percent", "open_overdue"),
    "if_not": ("name", "counted", "late", "rate_percent", "forgiven", "rate_if_not", "gained"),
    "causes": ("name", "label", "late", "evidenced", "points_lost"),
    "trend": ("month", "resolved", "late", "rate_percent", "wards_below", "open_overdue"),
    "heat": ("name", "procedure", "counted", "late", "rate_percent"),
    "dossiers": (
        "dossier_id", "name", "procedure", "channel", "due", "done", "days_late", "label",
        "official",
    ),
}  # fmt: skip
_READ_FIRST = ("dossier_id", "name", "days_late", "label", "procedure")
_FORMATS = {"rate_if_not": "percent", "gained": "points", "due": "date", "done": "date"}


def column_labels(name: str) -> dict[str, str]:
    """Column -> heading of a table of the bench.

    Examples
    --------
    >>> list(column_labels("causes").values())[:2]
    ['Đơn vị', 'Nguyên nhân']
    """
    if name == "days":
        return {"words": "Số ngày trễ", "n": "Số hồ sơ"}
    return {column: _MORE.get(column) or LABELS[column] for column in _COLUMNS[name]}


def class_words(first: float, last: float) -> str:
    """Class of days late in words.

    Examples
    --------
    >>> class_words(1, 1), class_words(4, 5), class_words(31, float("inf"))
    ('1', '4–5', 'trên 30')
    """
    if last == float("inf"):
        return f"trên {int(first) - 1}"
    return str(int(last)) if first == last else f"{int(first)}–{int(last)}"


def cause_words(names: tuple[str, ...]) -> str:
    """Labels of causes in one line.

    Examples
    --------
    >>> cause_words(("software_error", "unknown"))
    'Lỗi phần mềm và Chưa xác định'
    """
    return vi.join([causes()[name]["label"] for name in names], last=" và ")


def choices(asked: Selection) -> list[str]:
    """What was chosen, one line each.

    Examples
    --------
    >>> from motcua.explore import Selection
    >>> choices(Selection("2024-01", wards=("Hố Nai",), causes=("software_error",)))
    ['Đơn vị: Hố Nai.', 'Nguyên nhân được liệt kê: Lỗi phần mềm.']
    """
    pairs = {
        "Đơn vị": ", ".join(asked.wards),
        "Thủ tục": ", ".join(asked.procedures),
        "Kênh nộp": ", ".join(asked.channels),
        "Nguyên nhân được liệt kê": cause_words(asked.causes) if asked.causes else "",
        "Nếu không vì": cause_words(asked.forgiven) if asked.forgiven else "",
    }
    return [f"{label}: {words}." for label, words in pairs.items() if words]


def days_classes(view: View) -> dict[str, tuple[float, float]]:
    """Words of each class of days late -> its fewest and most days."""
    return {
        class_words(row.first, row.last): (row.first, row.last)
        for row in view.days_late.itertuples()
    }


def frame_of(view: View, name: str) -> pd.DataFrame:
    """Rows behind a chart of the bench: `name` of TABLE_TITLES; every column of `column_labels`."""
    if name == "rates":
        return view.if_not if view.asked.forgiven else view.rates
    if name == "causes":
        late = view.late_by_cause[view.late_by_cause["late"] > 0]
        return late.sort_values("late", ascending=False, kind="stable", ignore_index=True)
    if name == "trend":
        return view.monthly.city_history
    if name == "days":
        classes = [class_words(row.first, row.last) for row in view.days_late.itertuples()]
        return view.days_late.assign(words=classes)
    if name == "heat":
        return view.ward_procedures.sort_values("late", ascending=False, kind="stable")
    return view.dossiers()


def labels_of(view: View, name: str) -> dict[str, str]:
    """Column -> heading of the table that `frame_of` gives."""
    return column_labels("if_not" if name == "rates" and view.asked.forgiven else name)


def formats_of(view: View, name: str) -> dict[str, str]:
    """Column -> format (see `table.show`) of the table that `frame_of` gives."""
    return _formats(labels_of(view, name))


def table_of(view: View, name: str, limit: int | None = None) -> Table:
    """Table behind a chart of the bench, formatted."""
    return show(
        frame_of(view, name),
        labels_of(view, name),
        caption=f"{TABLE_TITLES[name]}, {period(view)}",
        formats=formats_of(view, name),
        limit=limit,
        threshold=view.params.threshold_percent,
    )


def dossiers_table(view: View, rows: pd.DataFrame, group: str, limit: int) -> Table:
    """Dossiers behind a number, formatted."""
    labels = column_labels("dossiers")
    labels = {column: labels[column] for column in _READ_FIRST} | labels  # before one must scroll
    if rows["label"].isna().all():
        labels = {c: w for c, w in labels.items() if c not in ("label", "official")}
    caption = f"Hồ sơ {GROUP_LABELS[group].lower()}, {period(view)}"
    return show(rows, labels, caption=caption, formats=_formats(labels), limit=limit)


def _formats(labels: dict[str, str]) -> dict[str, str]:
    every = FORMATS | _FORMATS
    return {column: every[column] for column in labels if column in every}


def sides_table(
    view: View, names: tuple[str, str], sides: tuple[dict[str, Any], dict[str, Any]]
) -> Table:
    """Two sides of a comparison, one row per number, with the change from second to first."""
    labels = {name: LABELS[name] for name in sides[0] if name in LABELS}
    labels |= {name: cause["label"] for name, cause in causes().items()}
    limit = view.params.threshold_percent
    rows = []
    for name, label in labels.items():
        here, there = sides[0][name], sides[1][name]
        write = (lambda v: vi.percent(v, limit)) if name == "rate_percent" else vi.number
        known = here is not None and there is not None and not pd.isna(here) and not pd.isna(there)
        change = vi.decimal(here - there, 2 if name == "rate_percent" else 0) if known else "–"
        rows.append([label, write(here), write(there), change])
    return Table(
        f"So sánh {names[0]} với {names[1]}",
        ["Chỉ tiêu", *names, "Chênh lệch"],
        ["text", "number", "number", "number"],
        rows,
    )


def summary(view: View) -> words.Prose:
    """The line above the charts and how the numbers are computed, as markdown."""
    lead = f"**{words.safe(headline(view))}**"
    sign = "**DỮ LIỆU MÔ PHỎNG.** " if view.synthetic else ""
    return words.Prose(f"{sign}{lead}\n\n{words.method(view)}")


def headline(view: View) -> str:
    """One line above the charts: what is counted, and the rate with n of N."""
    city = view.city
    value = vi.percent(city["rate_percent"], view.params.threshold_percent)
    below = int(view.rates["below_threshold"].eq(True).sum())
    names = view.rates["name"]
    who = names.iloc[0] if len(names) == 1 else f"{vi.number(len(names))} đơn vị"
    who = who if view.asked.wards else "toàn bộ"
    line = (
        f"{view.label}, {who}: {value} "
        f"({vi.number(city['good'])} trong {vi.number(city['counted'])} hồ sơ); "
        f"{below} đơn vị dưới {threshold(view.params)}."
    )
    if view.asked.forgiven:
        table = view.if_not
        left = int(table["below_if_not"].eq(True).sum())
        line += f" Nếu không vì {cause_words(view.asked.forgiven)}: còn {left} đơn vị dưới ngưỡng."
    return line
