"""Tables for readers: Vietnamese formats, escaped text, a caption and scoped headers.

The same `Table` is shown in a notebook, printed in the report and set beside every chart.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from html import escape
from itertools import islice
from types import MappingProxyType
from typing import Any

import pandas as pd

from motcua.base import vietnamese as vi
from motcua.base.calendar import of_kind, short_label
from motcua.base.reference import FORMATS, WORDS, columns, read_yaml

NUMERIC = frozenset({"percent", "number", "points", "decimal"})
SAID = read_yaml("tables", WORDS)
FEW = 4  # so many columns fit a telephone side by side
NO_LINKS: Mapping[str, str] = MappingProxyType({})
_NUMBER = re.compile(r"^[-–+]?[\d.,\s\u00a0]*\d(\s?%| điểm)?$|^[–-]$")


@dataclass(frozen=True)
class Table:
    """A formatted table: every cell is already text.

    `kinds` holds one format name per column; `rows` one list of cells per row; `note` a line below
    the table (for instance how many rows are not shown).
    """

    caption: str
    columns: list[str]
    kinds: list[str]
    rows: list[list[str]]
    note: str = ""

    def as_dict(self) -> dict[str, object]:
        """Plain lists and strings, ready for JSON; `Table(**table.as_dict())` is the same table."""
        return asdict(self)

    def html(self, links: Mapping[str, str] = NO_LINKS) -> str:
        """Finished HTML, in a box that scrolls by itself; `links`: name of a row -> its address.

        On a telephone `base.css` stacks the cells of a wide table, each under its own heading.

        Examples
        --------
        >>> print(Table("Trễ", ["Đơn vị", "Trễ"], ["text", "number"], [["Hố Nai", "2"]]).html())
        <div aria-label="Trễ" class="table-scroll" role="region" tabindex="0"><table class="data">
        <caption>Trễ</caption>
        <thead><tr><th scope="col">Đơn vị</th><th class="num" scope="col">Trễ</th></tr></thead>
        <tbody>
        <tr><th scope="row">Hố Nai</th><td class="num">2</td></tr>
        </tbody>
        </table></div>
        """
        wide = len(self.columns) > FEW
        labels = self.columns if wide else [""] * len(self.columns)
        head = "".join(map(_header, self.columns, self.kinds))
        body = "".join(f"<tr>{self._row(cells, labels, links)}</tr>\n" for cells in self.rows)
        note = f'\n<p class="table-note">{escape(self.note)}</p>' if self.note else ""
        return (
            f'<div aria-label="{escape(self.caption)}" class="table-scroll" role="region" '
            f'tabindex="0"><table class="data{" stacked" * wide}">\n<caption>{escape(self.caption)}</caption>\n'
            f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody>\n</table></div>{note}\n"
        )

    def _repr_html_(self) -> str:
        return self.html()

    def _row(self, cells: list[str], labels: list[str], links: Mapping[str, str]) -> str:
        """First cell as the row's header, the others as data."""
        name, link = escape(cells[0]), links.get(cells[0])
        linked = f'<a href="{escape(link)}">{name}</a>' if link else name
        rest = "".join(map(_cell, cells[1:], self.kinds[1:], labels[1:]))
        return f'<th{_align(self.kinds[0])} scope="row">{linked}</th>{rest}'


def is_number(text: str) -> bool:
    """Whether a cell reads as a number, which stands at the right.

    Examples
    --------
    >>> [is_number(text) for text in ("96,99%", "–", "1.200", "Hố Nai 2")]
    [True, True, True, False]
    """
    return bool(_NUMBER.match(text))


def show(
    frame: pd.DataFrame,
    labels: dict[str, str],
    *,
    caption: str,
    formats: dict[str, str] | None = None,
    limit: int | None = None,
    threshold: float | None = None,
) -> Table:
    """Table of the columns named in `labels`, in that order, formatted for readers.

    Parameters
    ----------
    frame : any rows; columns that `labels` does not name are left out.
    labels : column -> Vietnamese heading. The first column heads its row.
    caption : title of the table, read aloud with it.
    formats : column -> "percent", "number", "points", "decimal", "date", "month", "flag" or "text".
        A column without one is a number when its dtype is numeric, a date when a date, else text.
    limit : show the first `limit` rows and say how many there are.
    threshold : percent; a rate is never rounded across it.

    Raises
    ------
    KeyError
        When the frame lacks a column, or a format is unknown.

    Examples
    --------
    >>> rates = pd.DataFrame({"name": ["Tân <Vạn>", "Hố Nai"], "rate": [96.999, None]})
    >>> table = show(rates, {"name": "Đơn vị", "rate": "Tỷ lệ"}, caption="Tỷ lệ đúng hạn",
    ...              formats={"rate": "percent"}, threshold=97)
    >>> table.rows
    [['Tân <Vạn>', '96,99%'], ['Hố Nai', '–']]
    >>> "Tân &lt;Vạn&gt;" in table._repr_html_()
    True
    """
    columns = {column: frame[column] for column in labels}
    kinds = [_kind(values, (formats or {}).get(column)) for column, values in columns.items()]
    cells = [
        _cells(islice(values, limit), kind, threshold)
        for values, kind in zip(columns.values(), kinds, strict=True)
    ]
    rows = [list(row) for row in zip(*cells, strict=True)]
    return Table(caption, list(labels.values()), kinds, rows, _note(len(rows), len(frame)))


def listed(
    frame: pd.DataFrame,
    name: str,
    *,
    headings: dict[str, str] | None = None,
    kind: str = "month",
    **more: Any,
) -> Table:
    """Table of the columns that columns.yaml lists under a name; `more` as for `show`.

    Parameters
    ----------
    kind : of the period that the headings are said of (`calendar.of_kind`).
    headings : column -> heading, where it holds a value; else that of columns.yaml.

    Examples
    --------
    >>> notes = pd.DataFrame({"reason": ["Lạ"], "column": ["Ngày"], "n": [2]})
    >>> listed(notes, "notes", caption="Ô dữ liệu lạ").columns
    ['Lý do', 'Cột', 'Số dòng']
    """
    own = {column: of_kind(heading, kind) for column, heading in columns(name).items()}
    return show(frame, own | (headings or {}), formats=FORMATS, **more)


def _kind(values: pd.Series, asked: str | None) -> str:
    """The asked format, or the one that fits the dtype."""
    if asked is not None:
        return asked
    if pd.api.types.is_bool_dtype(values):
        return "flag"
    if pd.api.types.is_datetime64_any_dtype(values):
        return "date"
    return "number" if pd.api.types.is_numeric_dtype(values) else "text"


def _cells(values: Iterable[Any], kind: str, threshold: float | None) -> list[str]:
    """One formatted text per value; missing values are a dash."""
    formatters = {
        "percent": lambda value: vi.percent(value, threshold),
        "number": vi.number,
        "points": lambda value: vi.decimal(value, 2),
        "decimal": lambda value: vi.decimal(value, 1),
        "date": vi.day,
        "month": short_label,
        "flag": lambda value: SAID["flags"][bool(value)],
        "text": _plain,
    }
    write = formatters[kind]
    return [vi.NOTHING if pd.isna(value) else write(value) for value in values]


def _plain(value: object) -> str:
    """Text of a value; a whole number that pandas holds as a float has no ".0"."""
    return str(int(value) if isinstance(value, float) and value.is_integer() else value)


def _note(shown: int, total: int) -> str:
    if not total:
        return SAID["no_row"]
    if shown == total:
        return ""
    return SAID["shown"].format(shown=vi.number(shown), total=vi.number(total))


def _align(kind: str) -> str:
    return ' class="num"' if kind in NUMERIC else ""


def _header(label: str, kind: str) -> str:
    return f'<th{_align(kind)} scope="col">{escape(label)}</th>'


def _cell(text: str, kind: str, label: str) -> str:
    align = ' class="num"' if kind in NUMERIC or is_number(text) else ""
    named = f' data-label="{escape(label)}"' if label else ""
    return f"<td{align}{named}>{escape(text)}</td>"
