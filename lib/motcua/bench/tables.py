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
from motcua.base.reference import FORMATS, REFERENCE, ROOT, columns, read_yaml
from motcua.bench.view import Selection, View, cause_labels
from motcua.chapters.figure import source
from motcua.chapters.sentences import Words, period
from motcua.chapters.table import Table, listed
from motcua.papers.findings import to_csv
from motcua.papers.workbook import Book, sheet_of

SAY, TERMS = Words("bench", of_months=True), read_yaml("terms")
CONVENTION_SHORT, EVENT_SHORT = TERMS["convention_short"], TERMS["event_short"]
GROUP_LABELS, TABLE_TITLES = TERMS["bench_group"], TERMS["bench_table"]
DAY_SHOWN = JavascriptFunction(  # sorted by year first, shown by day first
    "function (day, use) { return use === 'sort' || use === 'type' ? day"
    " : day.split('-').reverse().join('/'); }"
)
_READ_FIRST = ("dossier_id", "name", "received_at", "days_late", "label", "procedure")


def class_words(first: float, last: float) -> str:
    """Class of days late in words.

    Examples
    --------
    >>> class_words(1, 1), class_words(4, 5), class_words(31, float("inf"))
    ('1', '4–5', 'trên 30')
    """
    if last == float("inf"):
        return SAY("days_late.over", most=int(first) - 1)
    return str(int(last)) if first == last else f"{int(first)}–{int(last)}"


def cause_words(names: tuple[str, ...]) -> str:
    """Labels of causes in one line.

    Examples
    --------
    >>> cause_words(("software_error", "unknown"))
    'Lỗi phần mềm và Chưa xác định'
    """
    labels = cause_labels()
    return vi.join([labels[name] for name in names], last=" và ") if names else ""


def asked_words(asked: Selection) -> dict[str, Any]:
    """Values of the sentences on what was chosen, causes in words."""
    words = {"causes": cause_words(asked.causes), "forgiven": cause_words(asked.forgiven)}
    return words | {"asked": asked}


def choices(asked: Selection) -> list[str]:
    """What was chosen, one line each.

    Examples
    --------
    >>> from motcua.bench.view import Selection
    >>> choices(Selection("2024-01", wards=("Hố Nai",), causes=("software_error",)))
    ['Đơn vị: Hố Nai.', 'Nguyên nhân được liệt kê: Lỗi phần mềm.']
    """
    return [*filter(None, SAY("choices", **asked_words(asked)).splitlines())]


def days_classes(view: View) -> dict[str, tuple[float, float]]:
    """Words of each class of days late -> its fewest and most days."""
    spans = view.days_late[["first", "last"]].itertuples(index=False, name=None)
    return {class_words(*span): span for span in spans}


def frame_of(view: View, name: str) -> pd.DataFrame:
    """Rows behind a chart of the bench: `name` of TABLE_TITLES; every column of its `page`."""
    if name == "rates":
        return view.if_not if view.asked.forgiven else view.rates
    if name == "causes":
        late = view.late_by_cause[view.late_by_cause["late"] > 0]
        return late.sort_values("late", ascending=False, kind="stable", ignore_index=True)
    if name == "trend":
        return view.monthly.city_history
    if name == "days":
        return view.days_late.assign(words=list(days_classes(view)))
    if name == "heat":
        return view.ward_procedures.sort_values("late", ascending=False, kind="stable")
    return view.dossiers()


def page(view: View, name: str) -> str:
    """Name in columns.yaml of the table that `frame_of` gives."""
    return f"bench_{'if_not' if name == 'rates' and view.asked.forgiven else name}"


def table_of(view: View, name: str, limit: int | None = None) -> Table:
    """Table behind a chart of the bench, formatted."""
    return listed(
        frame_of(view, name),
        page(view, name),
        caption=f"{TABLE_TITLES[name]}, {period(view)}",
        limit=limit,
        threshold=view.params.threshold_percent,
    )


def dossiers_grid(view: View, rows: pd.DataFrame, group: str, limit: int) -> tuple[str, dict]:
    """Dossiers behind a number: caption, and what `itables.widget.ITable.update` takes."""
    labels = columns("bench_dossiers")
    labels = {column: labels[column] for column in _READ_FIRST} | labels  # before one must scroll
    if rows["label"].isna().all():
        labels = {c: w for c, w in labels.items() if c not in ("label", "official")}
    caption = SAY("dossiers", view, group=GROUP_LABELS[group], rows=len(rows), most=limit)
    days = [place for place, name in enumerate(labels) if name in ("received_at", "due", "done")]
    table = _days(rows[list(labels)].head(limit)).astype(object)
    table = table.where(table.notna(), "").rename(columns=labels)
    shown = {"df": table, "columnDefs": [{"targets": days, "render": DAY_SHOWN}]}
    return caption, TERMS["bench_grid"] | shown


def sides_table(
    view: View, names: tuple[str, str], sides: tuple[dict[str, Any], dict[str, Any]]
) -> Table:
    """Two sides of a comparison, one row per number, with the change from second to first."""
    limit, rows = view.params.threshold_percent, []
    for name, label in (columns("bench_sides") | cause_labels()).items():
        here, there = (side[name] for side in sides)
        is_rate = name == "rate_percent"
        written = [vi.percent(n, limit) if is_rate else vi.number(n) for n in (here, there)]
        known = pd.notna(here) and pd.notna(there)
        change = vi.decimal(here - there, 2 * is_rate) if known else vi.NOTHING
        rows.append([label, *written, change])
    heads = [SAY("sides.measure"), *names, SAY("sides.change")]
    caption = SAY("sides.caption", names=names)
    return Table(caption, heads, ["text", "number", "number", "number"], rows)


def headline(view: View) -> str:
    """One line above the charts: what is counted, and the rate with n of N."""
    below = int(view.rates["below_threshold"].eq(True).sum())
    said = {"below": below} | asked_words(view.asked)
    if view.asked.forgiven:
        said["below_if_not"] = int(view.if_not["below_if_not"].eq(True).sum())
    return SAY("headline", view, **said)


# Files ----------------------------------------------------------------------------------------

FOLDER = ROOT / "outputs" / "kham-pha"
UNITS = {"percent": " (%)", "points": " (điểm)"}  # by format, in headings
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
            column: label + UNITS.get(FORMATS.get(column, ""), "")
            for column, label in columns(page(view, name)).items()
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
    title, marks = SAY("book.title", view), SAY("book.marks", view)
    lines = [marks, headline(view), *choices(view.asked), source(view), SAY("book.inside")]
    book = Book(title, _FIXED, left=view.label, marks=marks)
    heads = [(title, {"bold": True, "font_size": 14}), ("", {})]
    book.cover(SAY("book.cover"), heads + [(line, {}) for line in filter(None, lines)])
    for name, table in tables_of(view).items():
        words = TABLE_TITLES[name]
        book.table(sheet_of(words.replace("/", " "), SAY("book.sheet", view, words=words), table))
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
    changed = {key: value for key, value in own.items() if value != usual[key]}
    if "units" in changed and (path := units_path(params)):  # the file moves, the register does not
        inside = path.is_relative_to(REFERENCE)
        changed["units"] = path.relative_to(REFERENCE).as_posix() if inside else str(path)
    return changed


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
    again = SAY("frozen.again", command=join(["motcua", *command]))
    notes = [SAY("frozen.from", view), *not_frozen(view), again]
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
    said = SAY("not_frozen", months=len(view.asked.months), **asked_words(view.asked))
    return [*filter(None, said.splitlines())]
