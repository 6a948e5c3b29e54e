"""What the bench shows and writes of a view: its tables in words, as csv or xlsx, its parameters.

Files go into outputs/kham-pha/, which git ignores; the same view gives the same names and bytes.
"""

from __future__ import annotations

import hashlib
import json
import os
import shlex
import subprocess
import sys
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import yaml
from itables.javascript import JavascriptFunction

from motcua.base import vietnamese as vi
from motcua.base.calendar import short_label
from motcua.base.params import Params, load_params, units_path, validate
from motcua.base.reference import FORMATS, REFERENCE, ROOT, causes, columns, dictionary, read_yaml
from motcua.bench.view import Selection, View
from motcua.chapters.figure import source
from motcua.chapters.sentences import period, threshold
from motcua.chapters.table import Table, show
from motcua.papers.findings import to_csv
from motcua.papers.workbook import Book, sheet_of

TERMS = read_yaml("terms")
CONVENTION_SHORT, EVENT_SHORT = TERMS["convention_short"], TERMS["event_short"]
GROUP_LABELS, TABLE_TITLES = TERMS["bench_group"], TERMS["bench_table"]
DAY_SHOWN = JavascriptFunction(  # sorted by year first, shown by day first
    "function (day, use) { return use === 'sort' || use === 'type' ? day"
    " : day.split('-').reverse().join('/'); }"
)
GRID = {
    "classes": "display compact",
    "showIndex": False,
    "maxBytes": 0,
    "autoWidth": False,
    "pageLength": 100,
    "order": [],
    "text_in_header_can_be_selected": False,  # a click on a head sorts
    "layout": {"topStart": "search", "topEnd": "info", "bottomStart": "paging", "bottomEnd": None},
    "language": TERMS["bench_grid"],
}
_READ_FIRST = ("dossier_id", "name", "received_at", "days_late", "label", "procedure")
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
    own, usual = dictionary()["bench"], columns(f"bench_{name}")
    return {column: own.get(column, label) for column, label in usual.items()}


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
    >>> from motcua.bench.view import Selection
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
    every = FORMATS | _FORMATS
    return {column: every[column] for column in labels_of(view, name) if column in every}


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


def dossiers_grid(view: View, rows: pd.DataFrame, group: str, limit: int) -> tuple[str, dict]:
    """Dossiers behind a number: caption, and what `itables.widget.ITable.update` takes."""
    labels = column_labels("dossiers")
    labels = {column: labels[column] for column in _READ_FIRST} | labels  # before one must scroll
    if rows["label"].isna().all():
        labels = {c: w for c, w in labels.items() if c not in ("label", "official")}
    caption = f"Hồ sơ {GROUP_LABELS[group].lower()}, {period(view)}"
    if len(rows) > limit:
        caption += f": {vi.number(limit)} hồ sơ trễ lâu nhất trong {vi.number(len(rows))}"
    days = [place for place, name in enumerate(labels) if name in ("received_at", "due", "done")]
    table = _days(rows[list(labels)].head(limit)).astype(object)
    table = table.where(table.notna(), "").rename(columns=labels)
    return caption, GRID | {"df": table, "columnDefs": [{"targets": days, "render": DAY_SHOWN}]}


def sides_table(
    view: View, names: tuple[str, str], sides: tuple[dict[str, Any], dict[str, Any]]
) -> Table:
    """Two sides of a comparison, one row per number, with the change from second to first."""
    labels = columns("bench_sides") | {name: cause["label"] for name, cause in causes().items()}
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
        line += f" Nếu không vì {cause_words(view.asked.forgiven)}: còn {left} đơn vị chưa đạt."
    return line


# Files ----------------------------------------------------------------------------------------

FOLDER = ROOT / "outputs" / "kham-pha"
UNITS = {"percent": " (%)", "points": " (điểm)"}
_FIXED = date(2024, 1, 1)  # a workbook carries a date; the same view gives the same bytes


def name_of(view: View) -> str:
    """Short name of a view for its files: the months and a mark of what was chosen."""
    asked = json.dumps(asdict(view.asked), sort_keys=True, ensure_ascii=False)
    mark = hashlib.sha256(f"{asked}{view.params.model_dump_json()}".encode()).hexdigest()[:6]
    months = view.asked.months
    span = months[0] if len(months) == 1 else f"{months[0]}_{months[-1]}"
    return f"{span}-{mark}"


def tables_of(view: View) -> dict[str, pd.DataFrame]:
    """Tables of a view under Vietnamese headings with their units, numbers as numbers."""
    tables = {}
    for name in TABLE_TITLES:
        labels = {
            column: f"{label}{UNITS.get(formats_of(view, name).get(column, ''), '')}"
            for column, label in labels_of(view, name).items()
        }
        table = frame_of(view, name)[list(labels)]
        if "month" in table:
            table = table.assign(month=table["month"].map(short_label))
        tables[name] = table.rename(columns=labels)
    return tables


def export_csv(view: View, folder: Path = FOLDER) -> Path:
    """Folder of the view's tables, one csv each (UTF-8 with BOM), never a formula from data."""
    target = folder / name_of(view)
    target.mkdir(parents=True, exist_ok=True)
    for name, table in tables_of(view).items():
        (target / f"{name}.csv").write_bytes(to_csv(_days(table)))
    return target


def export_xlsx(view: View, folder: Path = FOLDER) -> Path:
    """Workbook of the view's tables, one sheet each after a sheet that says what they are."""
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{name_of(view)}.xlsx"
    title = f"Khám phá dữ liệu: {view.label}, {period(view)}"
    marks = "DỮ LIỆU MÔ PHỎNG: số liệu do máy tạo ra, không phải kết quả thật." * view.synthetic
    lines = [headline(view), *choices(view.asked), source(view)]
    lines.append("Trang Hồ sơ chứa mã hồ sơ: chỉ dùng nội bộ để rà soát, không gửi ra ngoài.")
    book = Book(title, _FIXED, left=view.label, marks=marks)
    heads = [(title, {"bold": True, "font_size": 14}), ("", {})]
    book.cover("Giới thiệu", heads + [(line, {}) for line in filter(None, [marks, *lines])])
    subtitle = period(view) + (". DỮ LIỆU MÔ PHỎNG" if view.synthetic else "")
    for name, table in tables_of(view).items():
        words = TABLE_TITLES[name]
        book.table(sheet_of(words.replace("/", " "), f"{words}, {subtitle}", table))
    target.write_bytes(book.content())
    return target


def _days(table: pd.DataFrame) -> pd.DataFrame:
    """Dates as yyyy-mm-dd text."""
    dates = [c for c in table if pd.api.types.is_datetime64_any_dtype(table[c])]
    return table.assign(**{c: table[c].dt.strftime("%Y-%m-%d") for c in dates})


# Freezing ----------------------------------------------------------------------------------------


def frozen(params: Params) -> dict[str, Any]:
    """Parameters that differ from params/default.yaml, as plain values for a file.

    Examples
    --------
    >>> frozen(Params(threshold_percent=95, only_wards=["Hố Nai"]))
    {'threshold_percent': 95.0, 'only_wards': ['Hố Nai']}
    """
    usual = load_params("2199-12").model_dump(mode="json")
    own = params.model_dump(mode="json")
    found = {key: value for key, value in own.items() if value != usual[key]}
    if "units" in found and (path := units_path(params)):  # the file moves, the register does not
        inside = path.is_relative_to(REFERENCE)
        found["units"] = path.relative_to(REFERENCE).as_posix() if inside else str(path)
    return found


def freeze(view: View, data: Path | None = None, folder: Path = FOLDER) -> tuple[Path, str]:
    """Write the view's parameters; return the file and the command that makes the view again.

    The command runs from any folder, whatever the names of files are.

    Raises
    ------
    ParameterError
        The values would not be accepted when read back.
    """
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{name_of(view)}.yaml"
    values = frozen(view.params)
    validate(values, target.name)
    command = ["run", view.month, "--params", str(target.resolve())]
    command += ["--data", str(data.resolve())] if data else []
    command += ["--out", str(target.resolve().with_suffix(""))]
    join = subprocess.list2cmdline if os.name == "nt" else shlex.join
    notes = [f"Đóng băng từ sổ tay khám phá: {view.label}.", *not_frozen(view)]
    notes.append(f"Lập lại: {join(['motcua', *command])}")
    body = yaml.safe_dump(values, allow_unicode=True, sort_keys=False) if values else "{}\n"
    head = "".join(f"# {line}\n" for line in notes)
    target.write_text(head + body, "utf-8")
    return target, join([sys.executable, "-m", "motcua", *command])


def as_typed(path: Path) -> str:
    """Path as typed from the project's folder."""
    path = path.resolve()
    return path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else str(path)


def not_frozen(view: View) -> list[str]:
    """What of a view no parameter can hold, said plainly."""
    lines = []
    if view.asked.causes:
        lines.append(
            f"Không nằm trong tham số: chỉ liệt kê hồ sơ vì {cause_words(view.asked.causes)}."
        )
    if view.asked.forgiven:
        lines.append(
            f"Không nằm trong tham số: công tắc nếu không vì {cause_words(view.asked.forgiven)} "
            "(báo cáo có sẵn tỷ lệ này cho từng nguyên nhân)."
        )
    if len(view.asked.months) > 1:
        lines.append("Xu hướng của lần chạy này kết thúc bằng cả dải tháng, không bằng tháng cuối.")
    return lines
