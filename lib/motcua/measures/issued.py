"""Issued months: what was published when a letter went out.

OUT/ban-hanh/2024-01.json (2024-Q1.json) keeps the figures of a month as the letter gave them. A
later export may change that month; `quality.issued_changes` tells what moved, and no month is
restated in silence.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from motcua.base.calendar import as_written, kind_of, short_label
from motcua.base.errors import RunError
from motcua.base.params import has_part_in
from motcua.base.reference import ISSUED, RECORDS, refusal
from motcua.base.vietnamese import day, upper_first
from motcua.machine.files import file_digest, read_manifest, verify, write_at_once
from motcua.measures.frame import Frame
from motcua.measures.state import COUNTS

MEASURES = (*COUNTS, "feedback", "rate_percent")
_NUMBER = re.compile(r"\d{1,6}(/[A-ZĐ0-9-]{1,40})?")


@dataclass(frozen=True)
class Issued:
    """One issued month: the letter's number and date, and its figures.

    `number` and `on` are "" and None when they were not told.
    """

    month: str
    number: str
    on: date | None
    content: dict[str, Any]

    @property
    def reference(self) -> str:
        """The letter in words: "số 1522, ngày 24/01/2024"; "" when nothing was told."""
        words = [f"số {self.number}"] if self.number else []
        words += [f"ngày {day(self.on)}"] if self.on else []
        return ", ".join(words)


def issue_month(
    month: str, out: Path, number: str = "", on: date | None = None, *, force: bool = False
) -> Path:
    """Record the figures of a published month as issued; return the record's path.

    The same month recorded again from the same figures, number and date stays as it is.

    Raises
    ------
    InputError
        No such month in `out`, a number that is none, or another record of it (without `force`).
    RunError
        The month's files are not those of its manifest, or one was not made from whole data.
    """
    folder, path, label = out / month, out / ISSUED / f"{month}.json", as_written(month)
    if number and not _NUMBER.fullmatch(number):
        raise refusal("bad_number", number=number)
    if not folder.is_dir():
        raise refusal("nothing_to_issue", label=label, out=out, month=month)
    differences = verify(folder)
    if differences:
        of = {"label": label, "difference": differences[0], "month": month}
        raise refusal("issued_otherwise", RunError, **of)
    record = _record(month, folder, number, on)
    text = json.dumps(record, ensure_ascii=False, indent=1) + "\n"
    if path.is_file() and path.read_text("utf-8") != text and not force:
        known = f" ({reference})" if (reference := _read(path).reference) else ""
        raise refusal("issued_already", label=upper_first(label), reference=known)
    path.parent.mkdir(exist_ok=True)
    write_at_once(path, text.encode())
    return path


def _record(month: str, folder: Path, number: str, on: date | None) -> dict[str, Any]:
    """What is kept of a month: the letter, the figures of the city and of each ward, the lists."""
    findings = json.loads((folder / "findings.json").read_text("utf-8"))
    measures = ["code", "name", *MEASURES, "late_by_cause"]
    return {
        "month": month,
        "number": number,
        "date": on.isoformat() if on else None,
        "synthetic": findings["synthetic"],
        "period": findings["period"],
        "method": findings["method"],
        "findings_sha256": file_digest(folder / "findings.json"),
        "code_sha256": read_manifest(folder).get("code_sha256"),
        "city": {name: findings["city"][name] for name in measures[2:]},
        "wards": [{name: ward[name] for name in measures} for ward in findings["wards"]],
        "lists": findings["lists"],
    }


def _read(path: Path) -> Issued:
    try:
        content = json.loads(path.read_text("utf-8"))
        on = date.fromisoformat(content["date"]) if content["date"] else None
        figures = content["city"], content["wards"], content["lists"], content["period"]
        if content["month"] != path.stem or not all(figures):
            raise ValueError(path.stem)
        return Issued(content["month"], content["number"], on, content)
    except (ValueError, KeyError, TypeError):
        raise refusal("issued_broken", file=f"{ISSUED}/{path.name}") from None


def issued_months(folder: str | Path) -> list[Issued]:
    """Issued months recorded in a folder (OUT/ban-hanh), oldest first.

    Examples
    --------
    >>> issued_months("")
    []
    """
    if not folder or not Path(folder).is_dir():
        return []
    return [_read(path) for path in sorted(Path(folder).glob(RECORDS))]


def issued_lately(month: Frame, folder: str | Path) -> list[Issued]:
    """Issued months among those that a month looks back on, this one included, oldest first.

    Older ones cannot be told from its inputs, which hold what counts since then alone.

    Examples
    --------
    >>> from motcua import load
    >>> issued_lately(load("2024-01", data="data/sample"), "")
    []
    """
    of_kind = [one for one in issued_months(folder) if kind_of(one.month) == month.kind]
    return [one for one in of_kind if has_part_in(one.month, month.month, month.params)]


def issued(month: Frame, folder: str | Path) -> Issued | None:
    """Letter and figures of a month as issued; None when it was not.

    Examples
    --------
    >>> from motcua import load
    >>> issued(load("2024-01", data="data/sample"), "") is None
    True
    """
    return next((one for one in issued_months(folder) if one.month == month.month), None)


def issued_words(month: Frame, folder: str | Path) -> str:
    """Which months looked back on were issued, by which letters, in a line; "" when none was."""
    labels = [
        short_label(one.month) + (f" (công văn {one.reference})" if one.reference else "")
        for one in issued_lately(month, folder)
    ]
    return "; ".join(labels)
