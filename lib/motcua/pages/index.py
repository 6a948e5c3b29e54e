"""outputs/index.html: every month with its state, its rate, who is below, and what to open.

Read from what stands in the output folder alone: manifest.json and findings.json of each month,
YYYY-MM.loi.html of a run that is not done, ban-hanh/YYYY-MM*.json of a month that was issued.
"""

from __future__ import annotations

import contextlib
import json
import re
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from motcua.base import vietnamese as vi
from motcua.base.calendar import next_month
from motcua.base.vietnamese import join, number, percent
from motcua.machine.files import read_manifest, write_at_once
from motcua.pages.first_screen import spark
from motcua.pages.page import ISSUER, Front, build_page
from motcua.pages.ward_pages import FOLDER, file_names

TITLE = "Kết quả giải quyết hồ sơ thủ tục hành chính qua các tháng"
STATES = {
    "made": "Đã lập",
    "issued": "Đã ban hành",
    "failed": "Lỗi",
    "running": "Đang chạy",
}
OLD_KEPT = "Số liệu dưới đây là của lần lập trước."
FILES = {
    "report.html": "Báo cáo",
    "cong-van.docx": "Dự thảo công văn",
    "phu-luc.xlsx": "Phụ lục số liệu",
}


def headline(months: list[dict[str, Any]]) -> str:
    """Rate of the latest month and who is below, as markdown; `months` newest first.

    A month of synthetic data is told of only where there is no other.

    Examples
    --------
    >>> headline([])
    'Chưa có tháng nào được lập.'
    """
    made = [month for month in months if month["city"]]
    if not made:
        return "Chưa có tháng nào được lập."
    latest = next((month for month in made if not month["synthetic"]), made[0])
    return f"{latest['label']}: toàn thành phố đạt **{latest['rate']}**; {latest['below']}"


def rate_words(found: dict[str, Any]) -> str:
    """City's rate of a findings.json, never rounded across its threshold.

    Examples
    --------
    >>> rate_words({"city": {"rate_percent": 96.999}, "method": {"threshold_percent": 97}})
    '96,99\\xa0%'
    """
    return percent(found["city"]["rate_percent"], found["method"]["threshold_percent"])


def change_words(now: float | None, before: float | None, before_month: str) -> str:
    """Change since the month before; empty when one of the rates is missing.

    Examples
    --------
    >>> change_words(97.5, 97.0, "2023-12"), change_words(97.5, None, "2023-12")
    ('tăng 0,50 điểm so với 12/2023', '')
    """
    if now is None or before is None:
        return ""
    since = f"so với {vi.month_label(before_month)}"
    if abs(now - before) < 0.005:
        return f"không đổi {since}"
    return f"{'tăng' if now > before else 'giảm'} {vi.decimal(abs(now - before), 2)} điểm {since}"


def below_words(found: dict[str, Any]) -> str:
    """How many units of a findings.json are below its threshold, and which.

    Examples
    --------
    >>> method, lists = {"threshold_percent": 97}, {"below_threshold": ["1"]}
    >>> wards = [{"code": "1", "name": "An Bình"}]
    >>> below_words({"wards": wards, "method": method, "lists": lists})
    '1 trong 1 đơn vị dưới 97\\xa0%: An Bình.'
    """
    names = {ward["code"]: ward["name"] for ward in found["wards"]}
    below = [names[code] for code in found["lists"]["below_threshold"]]
    line = f"{found['method']['threshold_percent']:g}".replace(".", ",")
    words = f"{number(len(below))} trong {number(len(names))} đơn vị dưới {line}{vi.NBSP}%"
    return f"{words}: {join(below)}." if below else f"{words}."


INDEX = "index.html"
ISSUED = "ban-hanh"
SPARK_MONTHS = 13
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
_STATUS = ".loi.html"


def write_index(out: Path) -> None:
    """Write index.html of an output folder, at once; the same folder gives the same bytes."""
    write_at_once(out / INDEX, build_index(out).encode())


def build_index(out: Path) -> str:
    """HTML of the list of months in an output folder, newest first.

    Examples
    --------
    >>> "Chưa có tháng nào được lập." in build_index(Path("no-such-folder"))
    True
    """
    found = {month: _findings(out / month) for month in _months(out)}
    months = [_entry(out, month, found) for month in sorted(found, reverse=True)]
    params = next(filter(None, (_params(out / month["month"]) for month in months)), {})
    front = Front(
        headline=headline(months),
        synthetic=_are_all_synthetic(months),
        title=TITLE,
        issuer=params.get("office", ISSUER),
    )
    return build_page("index.html", front, months=months)


def _are_all_synthetic(months: list[dict[str, Any]]) -> bool:
    """Whether the page as a whole is stamped; else the months that are synthetic are, each."""
    made = [month["synthetic"] for month in months if month["city"]]
    return bool(made) and all(made)


def _months(out: Path) -> list[str]:
    """Months that have a folder or the page of a run that is not done."""
    names = {path.name.removesuffix(_STATUS) for path in out.glob("*")}
    return sorted(name for name in names if _MONTH.fullmatch(name))


def _findings(folder: Path) -> dict[str, Any]:
    """Content of findings.json; empty when there is none that can be read."""
    with contextlib.suppress(OSError, ValueError):
        content = json.loads((folder / "findings.json").read_text("utf-8"))
        if isinstance(content, dict) and content.get("city"):
            return content
    return {}


def _params(folder: Path) -> dict[str, Any]:
    """Parameters that a month was made with; empty when it was not made."""
    return read_manifest(folder).get("params") or {}


def _entry(out: Path, month: str, found: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """What the page says of a month."""
    own, state = found[month], _state(out, month)
    names = {ward["code"]: ward["name"] for ward in own.get("wards", [])}
    return {
        "month": month,
        "label": f"Tháng {vi.month_label(month)}",
        "state": state,
        "state_label": STATES[state],
        "status_page": f"{month}{_STATUS}" if state in ("failed", "running") else "",
        "old": OLD_KEPT if own and state in ("failed", "running") else "",
        "synthetic": bool(own.get("synthetic")),
        "city": own.get("city"),
        **(_numbers(month, found) if own else {}),
        "files": [
            (label, f"{month}/{name}")
            for name, label in FILES.items()
            if (out / month / name).is_file()
        ],
        "sheets": [
            (names[code], link)
            for code, file in file_names(names).items()
            if (out / (link := f"{month}/{FOLDER}/{file}.html")).is_file()
        ],
    }


def _numbers(month: str, found: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Rate, its change, its line over the months before, and who is below.

    Months of real data and of synthetic data are never compared.
    """
    own = found[month]
    before = next_month(month, -1)
    like = [m for m, f in found.items() if f and bool(f["synthetic"]) == bool(own["synthetic"])]
    rates = {m: found[m]["city"]["rate_percent"] for m in like}
    now, then = rates[month], rates.get(before)
    return {
        "rate": rate_words(own),
        "change": change_words(now, then, before),
        "is_better": {"better": True, "worse": False}.get(own.get("signals", {}).get("rate")),
        "below": below_words(own),
        "spark": spark([rates[m] for m in sorted(rates) if m <= month][-SPARK_MONTHS:]),
    }


def _state(out: Path, month: str) -> str:
    """State of a month, a key of `STATES`."""
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
