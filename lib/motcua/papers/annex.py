"""The annex of a month as plain tables: what stands on each sheet of phu-luc.xlsx.

Pure: the workbook is written by `annex_xlsx`. A sheet is one table; every number stays a number.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from motcua.base import vietnamese as vi
from motcua.base.reference import (
    LABELS,
    LIST_LABELS,
    REPORTED_LABELS,
    RESULT_LABELS,
    STATE_LABELS,
    WORDS,
    causes,
    read_yaml,
)
from motcua.chapters import sentences
from motcua.measures.followup import ledger
from motcua.measures.frame import table
from motcua.measures.month import Month
from motcua.measures.orders import LISTS, listed_in_a_row
from motcua.measures.state import CAUSES
from motcua.papers.form06 import COLUMNS as FORM
from motcua.papers.form06 import form06_by_field, form06_by_ward

SAID = read_yaml("annex", WORDS)
THRESHOLD = "Ngưỡng"
RATES, CAUSE, POINTS, TREND = "1 Tỷ lệ", "2 Nguyên nhân", "3 Điểm bị mất", "6 Xu hướng"


@dataclass(frozen=True)
class Column:
    """A column of a sheet: heading, and kind.

    Kinds: text, wide, mark (a verdict in words), number, place (in an order), percent (marked below
    the threshold), bound (of a percentage), points, month, date.
    """

    heading: str
    kind: str = "number"


@dataclass(frozen=True)
class Sheet:
    """One table of the annex.

    Attributes
    ----------
    name : of the sheet, also in the contents.
    title, unit, notes : printed above the table.
    columns, rows : the table; a missing value is None.
    total : last row, outside the filter; empty when there is none.
    """

    name: str
    title: str
    unit: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Any, ...], ...]
    total: tuple[Any, ...] = ()
    notes: tuple[str, ...] = ()


@table
def annex(month: Month) -> list[Sheet]:
    """Sheets of the annex in their order.

    Examples
    --------
    >>> from motcua import load
    >>> sheets = annex(load("2024-01", data="data/sample"))
    >>> [sheet.name for sheet in sheets][:3]
    ['1 Tỷ lệ', '2 Nguyên nhân', '3 Điểm bị mất']
    """
    return [
        _rates(month),
        _causes(month),
        _points(month),
        _form(month, "4 Biểu 06 đơn vị", form06_by_ward(month), SAID["form_ward"]),
        _form(month, "5 Biểu 06 lĩnh vực", form06_by_field(month), SAID["form_field"]),
        _trend(month),
        _history(month),
        _lists(month),
        _followup(month),
    ]


def _values(table: pd.DataFrame, columns: Iterable[str]) -> tuple[tuple[Any, ...], ...]:
    """Rows of plain values, None for a missing one."""
    rows = table[list(columns)].astype(object).itertuples(index=False, name=None)
    return tuple(tuple(map(_plain, row)) for row in rows)


def _plain(value: Any) -> Any:
    if value is None or value != value:  # noqa: PLR0124  NaN differs from itself
        return None
    return value.item() if hasattr(value, "item") else value


def _rates(month: Month) -> Sheet:
    counts = (
        "received", "carried_over", "resolved", "on_time", "late", "withdrawn", "open",
        "open_overdue", "feedback",
    )  # fmt: skip
    threshold = month.params.threshold_percent
    limit = sentences.threshold(month.params)

    def line(row: dict[str, Any], name: str) -> tuple[Any, ...]:
        rate = _plain(row["rate_percent"])
        return (
            name,
            rate,
            threshold,
            verdict(_plain(row["below_threshold"]), limit),
            _plain(row["rate_low"]),
            _plain(row["rate_high"]),
            *(_plain(row[c]) for c in counts),
            _plain(row["months_below_in_a_row"]),
        )

    columns = (
        Column(LABELS["name"], "text"),
        Column(LABELS["rate_percent"], "percent"),
        Column(THRESHOLD, "percent"),
        Column("Kết luận", "mark"),
        Column(LABELS["rate_low"], "bound"),
        Column(LABELS["rate_high"], "bound"),
        *(Column(LABELS[c]) for c in counts),
        Column(LABELS["months_below_in_a_row"]),
    )
    rows = tuple(line(row, row["name"]) for row in month.rates.to_dict("records"))
    return Sheet(
        name=RATES,
        title=f"Tỷ lệ giải quyết đúng hạn của {len(rows)} {sentences.units_word(month)}",
        unit=f"{SAID['units']['dossiers']}; tỷ lệ: {SAID['units']['percent']}",
        columns=columns,
        rows=rows,
        total=line(month.city, SAID["city"]),
        notes=tuple(SAID["rate_notes"]),
    )


def _by_cause(month: Month, value: str) -> pd.DataFrame:
    """One row per unit, worst rate first, one column per cause."""
    wide = month.late_by_cause.pivot(index="code", columns="cause", values=value)
    return month.rates[["code", "name", "resolved", "late", "rate_percent"]].merge(
        wide[list(CAUSES)].reset_index(), on="code", validate="one_to_one"
    )


def _cause_columns(kind: str) -> list[Column]:
    return [Column(causes()[cause]["label"], kind) for cause in CAUSES]


def _causes(month: Month) -> Sheet:
    table = _by_cause(month, "late").sort_values(["late", "code"], ascending=[False, True])
    city = month.city_by_cause.set_index("cause")["late"]
    return Sheet(
        name=CAUSE,
        title="Hồ sơ trễ hạn theo nguyên nhân",
        unit=SAID["units"]["dossiers"],
        columns=(
            Column(LABELS["name"], "text"),
            *_cause_columns("number"),
            Column(LABELS["late"]),
        ),
        rows=_values(table, ["name", *CAUSES, "late"]),
        total=(SAID["city"], *(int(city[c]) for c in CAUSES), int(month.city["late"])),
        notes=(SAID["cause_note"],),
    )


def _points(month: Month) -> Sheet:
    table = _by_cause(month, "points_lost")
    table["all"] = table[list(CAUSES)].sum(axis=1, min_count=1).round(6)
    city = month.city_by_cause.set_index("cause")["points_lost"]
    lost = [_plain(city[c]) for c in CAUSES]
    return Sheet(
        name=POINTS,
        title="Điểm phần trăm bị mất theo nguyên nhân",
        unit=f"{SAID['units']['points']}; tỷ lệ: {SAID['units']['percent']}",
        columns=(
            Column(LABELS["name"], "text"),
            *_cause_columns("points"),
            Column("Cộng điểm bị mất", "points"),
            Column(LABELS["rate_percent"], "percent"),
        ),
        rows=_values(table, ["name", *CAUSES, "all", "rate_percent"]),
        total=(
            SAID["city"],
            *lost,
            round(sum(p or 0 for p in lost), 6) if month.city["resolved"] else None,
            _plain(month.city["rate_percent"]),
        ),
        notes=(SAID["points_note"],),
    )


def _form(month: Month, name: str, form: pd.DataFrame, label: str) -> Sheet:
    numbers = list(FORM.values())
    return Sheet(
        name=name,
        title="Biểu II.06a/VPCP/KSTT (Biểu 06). Tình hình, kết quả giải quyết TTHC theo "
        + ("đơn vị" if label == SAID["form_ward"] else "lĩnh vực"),
        unit=SAID["units"]["form"],
        columns=(
            Column(SAID["form_number"], "place"),
            Column(label, "text"),
            *(Column(SAID["form_headings"][c]) for c in numbers),
        ),
        rows=tuple(
            (place, *row) for place, row in enumerate(_values(form, ["name", *numbers]), start=1)
        ),
        total=(None, SAID["total"], *(int(form[c].sum()) for c in numbers)),
        notes=(*SAID["form_notes"], *([SAID["field_note"]] if label == SAID["form_field"] else [])),
    )


def _month_day(month: str) -> date:
    return date.fromisoformat(f"{month}-01")


def _trend(month: Month) -> Sheet:
    table = month.city_history
    counts = ("resolved", "on_time", "late", "open_overdue", "wards_below", "feedback")
    rows = [
        (_month_day(row[0]), row[1], month.params.threshold_percent, *row[2:])
        for row in _values(table, ["month", "rate_percent", *counts, *CAUSES])
    ]
    return Sheet(
        name=TREND,
        title="Toàn thành phố qua các tháng",
        unit=f"{SAID['units']['dossiers']}; tỷ lệ: {SAID['units']['percent']}",
        columns=(
            Column(LABELS["month"], "month"),
            Column(LABELS["rate_percent"], "percent"),
            Column(THRESHOLD, "percent"),
            *(Column(LABELS[c]) for c in counts),
            *(Column(f"Trễ: {causes()[c]['label']}") for c in CAUSES),
        ),
        rows=tuple(rows),
        notes=(SAID["trend_note"],),
    )


def _history(month: Month) -> Sheet:
    wide = month.history.pivot(index="code", columns="month", values="rate_percent")
    table = month.rates[["code", "name"]].merge(
        wide.reset_index(), on="code", validate="one_to_one"
    )
    return Sheet(
        name="7 Tỷ lệ theo tháng",
        title="Tỷ lệ giải quyết đúng hạn của từng đơn vị qua các tháng",
        unit=SAID["units"]["percent"],
        columns=(
            Column(LABELS["name"], "text"),
            *(Column(_month_day(m), "percent") for m in month.months),
        ),
        rows=_values(table, ["name", *month.months]),
        notes=(
            SAID["trend_note"],
            f"{SAID['marked']} {sentences.threshold(month.params)}.",
        ),
    )


def _lists(month: Month) -> Sheet:
    rows = []
    for name in LISTS:
        in_a_row = listed_in_a_row(month, name)
        rows += [
            (
                LIST_LABELS[name],
                month.unit_names[code],
                in_a_row[code],
                named_again(name, in_a_row[code]),
            )
            for code in month.lists[name]
        ]
    return Sheet(
        name="8 Danh sách",
        title="Các danh sách đơn vị nêu trong công văn",
        unit=SAID["units"]["list"],
        columns=(
            Column("Danh sách", "wide"),
            Column(LABELS["name"], "text"),
            Column("Số tháng liên tiếp trong danh sách"),
            Column("Ghi nhận", "mark"),
        ),
        rows=tuple(rows),
        notes=(SAID["list_note"],),
    )


def _followup(month: Month) -> Sheet:
    table = ledger(month)
    rows = []
    for row in table.to_dict("records"):
        row = {name: _plain(value) for name, value in row.items()}
        rows.append(
            (
                row["order_no"],
                row["title"],
                row["name"],
                _month_day(row["ordered_in"]),
                _month_day(row["open_since"]),
                row["due_at"],
                row["reported_at"],
                state(row["state"]),
                row["days_overdue"],
                REPORTED_LABELS[row["reported"]],
                RESULT_LABELS.get(row["result"]),
            )
        )
    kinds = dict(zip(SAID["followup_headings"], SAID["followup_kinds"], strict=True))
    return Sheet(
        name="9 Theo dõi",
        title="Theo dõi việc thực hiện chỉ đạo của các tháng trước",
        unit=SAID["units"]["followup"],
        columns=tuple(Column(heading, kind) for heading, kind in kinds.items()),
        rows=tuple(rows),
        notes=(*([] if rows else [SAID["nothing_followed"]]), *SAID["followup_notes"]),
    )


# Words -----------------------------------------------------------------------------------------


def state(name: str) -> str:
    """State of an order in words; one that is overdue has a sign that shows without colour.

    Examples
    --------
    >>> state("overdue"), state("in_progress")
    ('▼ Quá hạn', 'Đang thực hiện')
    """
    return f"▼ {STATE_LABELS[name]}" if name == "overdue" else STATE_LABELS[name]


def subtitle(month: Month) -> str:
    """What the annex is about."""
    return SAID["subtitle"].format(
        month=month.label.lower(), n=len(month.units), units=sentences.units_word(month)
    )


def source(month: Month) -> str:
    """Where the numbers come from."""
    exports = [s.exported_at for s in month.inputs.sources if s.kind == "dossiers"]
    return (
        f"{len(month.inputs.sources)} tệp dữ liệu; bản xuất hồ sơ mới nhất ngày "
        f"{vi.day(max(exports))}; tổng hợp: {month.params.office}"
    )


def named_again(name: str, months: int) -> str:
    """How often a list has named a unit, in words.

    Examples
    --------
    >>> named_again("feedback", 2), named_again("praised", 1)
    ('▲ Đã nêu nhiều tháng', 'Tốt trong tháng')
    """
    again, once = (
        (SAID["praised_again"], SAID["praised"])
        if name == "praised"
        else (SAID["repeated"], SAID["once"])
    )
    return again if months > 1 else once


def verdict(below: bool | None, threshold: str) -> str:
    """Verdict in words, with a sign that shows without colour.

    Examples
    --------
    >>> verdict(True, "97%"), verdict(None, "97%")
    ('▼ Dưới ngưỡng 97%', '– Không phát sinh')
    """
    if below is None:
        return SAID["nothing"]
    return f"{SAID['below' if below else 'not_below']} {threshold}"
