"""outputs/index.html: every month with its state, its rate, who is below, and what to open.

Read from what stands in the output folder alone: manifest.json and findings.json of each month,
YYYY-MM.loi.html of a run that is not done, ban-hanh/YYYY-MM*.json of a month that was issued.
"""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from motcua.base.calendar import is_period, kind_of, next_month, period_label
from motcua.base.reference import ISSUED
from motcua.base.vietnamese import percent
from motcua.chapters.sentences import Words, said_at, since
from motcua.machine.files import read_manifest, write_at_once
from motcua.pages.first_screen import spark
from motcua.pages.page import ISSUER, Front, build_page
from motcua.pages.ward_pages import FOLDER, file_names

SAY = Words("index")


def headline(months: list[dict[str, Any]]) -> str:
    """Rate of the first of the months and who is below, as markdown.

    A month of synthetic data is told of only where there is no other.

    Examples
    --------
    >>> headline([])
    'Chưa có tháng nào được lập.'
    """
    made = [month for month in months if month["city"]]
    real = [month for month in made if not month["synthetic"]]
    return SAY.prose("headline", latest=(real or made or [None])[0])


def rate_words(findings: dict[str, Any]) -> str:
    """City's rate of a findings.json, never rounded across its threshold.

    Examples
    --------
    >>> rate_words({"city": {"rate_percent": 96.999}, "method": {"threshold_percent": 97}})
    '96,99%'
    """
    return percent(findings["city"]["rate_percent"], findings["method"]["threshold_percent"])


def below_words(findings: dict[str, Any]) -> str:
    """How many units of a findings.json are below its threshold, and which.

    Examples
    --------
    >>> method, lists = {"threshold_percent": 97}, {"below_threshold": ["1"]}
    >>> wards = [{"code": "1", "name": "An Bình"}]
    >>> below_words({"wards": wards, "method": method, "lists": lists})
    '1 trong 1 đơn vị dưới 97%: An Bình.'
    """
    names = {ward["code"]: ward["name"] for ward in findings["wards"]}
    below = [names[code] for code in findings["lists"]["below_threshold"]]
    line = f"{findings['method']['threshold_percent']:g}".replace(".", ",")
    return SAY("below", names=below, units=names, line=line)


INDEX = "index.html"
SPARK_MONTHS = 13
_STATUS = ".loi.html"


def write_index(out: Path) -> None:
    """Write index.html of an output folder, at once; the same folder gives the same bytes."""
    write_at_once(out / INDEX, build_index(out).encode())


def build_index(out: Path) -> str:
    """HTML of the list of months in an output folder, kind by kind of period, newest first.

    Examples
    --------
    >>> "Chưa có tháng nào được lập." in build_index(Path("no-such-folder"))
    True
    """
    by_month = {month: _findings(out / month) for month in _months(out)}
    newest = sorted(by_month, reverse=True)
    groups = {
        label: [_entry(out, month, by_month) for month in newest if kind_of(month) == kind]
        for kind, label in said_at("index", "kinds").items()
    }
    groups = {label: months for label, months in groups.items() if months}
    months = [month for group in groups.values() for month in group]  # months first
    params = (read_manifest(out / month["month"]).get("params") for month in months)
    front = Front(
        headline=headline(months),
        synthetic=_are_all_synthetic(months),
        title=SAY("title", only_months=all(kind_of(month) == "month" for month in by_month)),
        issuer=next(filter(None, params), {}).get("office", ISSUER),
    )
    return build_page("index.html", front, groups=groups)


def _are_all_synthetic(months: list[dict[str, Any]]) -> bool:
    """Whether the page as a whole is stamped; else the months that are synthetic are, each."""
    made = [month["synthetic"] for month in months if month["city"]]
    return bool(made) and all(made)


def _months(out: Path) -> list[str]:
    """Months that have a folder or the page of a run that is not done."""
    names = {path.name.removesuffix(_STATUS) for path in out.glob("*")}
    return sorted(name for name in names if is_period(name))


def _findings(folder: Path) -> dict[str, Any]:
    """Content of findings.json; empty when there is none that can be read."""
    with contextlib.suppress(OSError, ValueError):
        content = json.loads((folder / "findings.json").read_text("utf-8"))
        if isinstance(content, dict) and content.get("city"):
            return content
    return {}


def _entry(out: Path, month: str, by_month: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """What the page says of a month."""
    own, state = by_month[month], _state(out, month)
    names = {ward["code"]: ward["name"] for ward in own.get("wards", [])}
    return {
        "month": month,
        "label": SAY("label", name=month),
        "state": state,
        "state_label": said_at("index", "states")[state],
        "status_page": f"{month}{_STATUS}" if state in ("failed", "running") else "",
        "old": SAY("old", is_old=own and state in ("failed", "running")),
        "synthetic": bool(own.get("synthetic")),
        "city": own.get("city"),
        **(_numbers(month, by_month) if own else {}),
        "files": [
            (label, f"{month}/{name}")
            for name, label in said_at("index", "files").items()
            if (out / month / name).is_file()
        ],
        "sheets": [
            (names[code], link)
            for code, file in file_names(names if (out / month / FOLDER).is_dir() else {}).items()
            if (out / (link := f"{month}/{FOLDER}/{file}.html")).is_file()
        ],
    }


def _numbers(month: str, by_month: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Rate, its change, its line over the months before, and who is below.

    Months of real data and of synthetic data are never compared.
    """
    own = by_month[month]
    before = next_month(month, -1)
    like = [m for m, f in by_month.items() if f and bool(f["synthetic"]) == bool(own["synthetic"])]
    rates = {m: by_month[m]["city"]["rate_percent"] for m in like}
    now, then = rates[month], rates.get(before)
    return {
        "rate": rate_words(own),
        "change": since(now, then, SAY("points"), 2, period_label(before)),
        "signal": own.get("signals", {}).get("rate", "none"),
        "below": below_words(own),
        "spark": spark(
            [rates[m] for m in sorted(rates) if kind_of(m) == kind_of(month) and m <= month][
                -SPARK_MONTHS:
            ]
        ),
    }


def _state(out: Path, month: str) -> str:
    """State of a month, a key of `states` in index.yaml."""
    if (out / f"{month}{_STATUS}").is_file():
        return "running" if _is_locked(out / f".{month}.lock") else "failed"
    return "issued" if any((out / ISSUED).glob(f"{month}*.json")) else "made"


def _is_locked(lock: Path) -> bool:
    """Whether a run holds the lock of a month just now."""
    if not lock.exists():
        return False
    held = FileLock(lock)
    try:
        held.acquire(timeout=0)
    except (Timeout, OSError):
        return True
    held.release()
    return False
