"""Vietnamese labels of columns, reasons, lists and options.

Columns stand in `data/reference/columns.yaml`, codes in `data/reference/terms.yaml`.
"""

from __future__ import annotations

from motcua.base.reference import dictionary, read_yaml

_COLUMNS, _TERMS = dictionary(), read_yaml("terms")

# Headings of columns on pages, and how a column is written where its type does not say it.
LABELS = {name: c.get("short", c["label"]) for name, c in _COLUMNS["columns"].items()}
FORMATS = {name: c["format"] for name, c in _COLUMNS["columns"].items() if "format" in c}
REPEAT_LABELS = _COLUMNS["restricted"]

STATE_LABELS, MOVED_LABELS = _TERMS["state"], _TERMS["moved"]
ORDER_MEASURES, CHECK_LABELS, MEASURE_LABELS = (
    _TERMS[name] for name in ("order_measure", "check", "measure")
)
REASON_LABELS, DISAGREEMENT_LABELS = _TERMS["reason"], _TERMS["disagreement"]
LIST_LABELS, KIND_LABELS = _TERMS["list"], _TERMS["kind"]
CONVENTION_LABELS, EVENT_LABELS = _TERMS["convention"], _TERMS["event"]
DUE_LABELS, WITHDRAWN_LABELS = _TERMS["due_basis"], _TERMS["withdrawn"]


def columns(table: str) -> dict[str, str]:
    """Column -> label of a table that the notebooks show.

    Examples
    --------
    >>> columns("notes")
    {'reason': 'Lý do', 'column': 'Cột', 'n': 'Số dòng'}
    """
    return {column: LABELS[column] for column in _COLUMNS["pages"][table]}
