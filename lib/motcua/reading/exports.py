"""The exports in a data folder: which there are, of what day, with what content.

Nothing here reads a table or imports what does, so that it takes no time to see that nothing has
changed.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path

from motcua.base.calendar import next_month
from motcua.base.errors import InputError
from motcua.base.params import Params
from motcua.base.reference import KINDS, ROOT, SUFFIXES

KEY_FILE = ROOT / "data" / ".official.key"
STORE = "_motcua.json"  # in `dossiers/` of a store (see `motcua.reading.store`)
_NAME_DATES = (
    (
        re.compile(r"(20\d\d)[-_.]?(0[1-9]|1[0-2])[-_.]?([0-2]\d|3[01])(?=(\d{4}|\d{6})?(?!\d))"),
        (1, 2, 3),
    ),
    (re.compile(r"([0-2]\d|3[01])[-_.](0[1-9]|1[0-2])[-_.](20\d\d)"), (3, 2, 1)),
)
_NAME_MONTH = re.compile(r"(20\d\d)[-_.]?(0[1-9]|1[0-2])(?!\d)")


@dataclass(frozen=True)
class Source:
    """One input file as it was read."""

    file: str  # relative to the data folder
    kind: str
    sha256: str
    rows: int
    kept: int
    is_synthetic: bool
    unknown: tuple[str, ...]  # headings that motcua does not know (personal ones left out)
    exported_at: date
    written: float  # file time, only where it decides the day of the export; else 0
    parquet: Path
    notes: tuple[str, ...] = ()  # what a reader must know of how it was read; no personal data

    @property
    def age(self) -> tuple:
        """Order of exports, oldest first: day, file time where that told the day, name."""
        return self.exported_at, self.written, self.file


def cache_folder() -> Path:
    """Folder of what was read before: MOTCUA_CACHE, else data/.cache.

    A relative MOTCUA_CACHE is taken from the project's root, wherever a process stands.
    """
    return ROOT / Path(os.environ.get("MOTCUA_CACHE") or "data/.cache").expanduser()


def key_file() -> Path:
    """File of the local key: official.key in MOTCUA_CACHE, else data/.official.key."""
    folder = cache_folder()
    return folder / "official.key" if os.environ.get("MOTCUA_CACHE") else KEY_FILE


def find_path(path: str | Path) -> Path:
    """Path as given when it exists from here, else from the project's root."""
    path = Path(path)
    return path if path.is_absolute() or path.exists() else ROOT / path


def default_data() -> Path:
    """Return data/raw when it holds dossiers, else the synthetic data/sample."""
    raw = ROOT / "data" / "raw"
    has_dossiers = any(p.is_file() for p in (raw / "dossiers").glob("*")) if raw.is_dir() else False
    return raw if has_dossiers else ROOT / "data" / "sample"


def is_store(data: Path) -> bool:
    """Whether a data folder holds a store instead of exports."""
    return (data / "dossiers" / STORE).is_file()


def find_files(data: Path) -> list[tuple[str, Path]]:
    """Kind and path of every export in a data folder, sorted.

    Raises
    ------
    InputError
        There is no folder, or no dossier file in it.
    """
    if not data.is_dir():
        raise InputError(
            f"Không có thư mục dữ liệu {data}.\n"
            "Cách sửa: tạo thư mục, đặt tệp xuất từ Egov vào thư mục con `dossiers/`; "
            "hoặc chạy `motcua sample` để có dữ liệu mô phỏng."
        )
    found = [
        (kind, path)
        for kind in KINDS
        if not (kind == "dossiers" and is_store(data))
        for path in sorted((data / kind).rglob("*"))
        if _is_export(path)
    ]
    if not is_store(data) and not any(kind == "dossiers" for kind, _ in found):
        raise InputError(
            f"Không có tệp hồ sơ nào trong {data / 'dossiers'}.\n"
            f"Cần ít nhất một tệp {', '.join(SUFFIXES)} xuất từ phần mềm."
        )
    return found


def _is_export(path: Path) -> bool:
    hidden = path.name.startswith((".", "~$"))
    return path.is_file() and not hidden and path.name.lower().endswith(SUFFIXES)


@lru_cache(maxsize=4096)
def file_sha256(path: Path, mtime_ns: int, size: int) -> str:
    """SHA-256 of a file's content (remembered while its time and size stay the same)."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def exported_on(path: Path, params: Params) -> date:
    """Day of an export: params `exported_at`, else a date (or month) in its name, else file time.

    Examples
    --------
    >>> exported_on(Path("ho_so_2024-01_xuat_20240118.xlsx"), Params())
    datetime.date(2024, 1, 18)
    >>> exported_on(Path("ho_so_2024-01.csv"), Params())
    datetime.date(2024, 1, 31)
    """
    return _told_day(path, params) or datetime.fromtimestamp(path.stat().st_mtime).date()


def written(path: Path, params: Params) -> float:
    """File time where it decides the day of the export, else 0."""
    return 0 if _told_day(path, params) else path.stat().st_mtime


def _told_day(path: Path, params: Params) -> date | None:
    """Day of an export that the parameters or the file's name tell."""
    given = params.exported_at
    if isinstance(given, dict):
        given = given.get(path.name)
    if given:
        return given
    named = [d for pattern, order in _NAME_DATES for d in _dates_in(path.name, pattern, order)]
    if named:
        return max(named)
    month = _NAME_MONTH.search(path.name)
    if month:
        following = next_month("-".join(month.groups()))
        return date.fromordinal(date.fromisoformat(f"{following}-01").toordinal() - 1)
    return None


def _dates_in(name: str, pattern: re.Pattern[str], order: tuple[int, ...]) -> Iterable[date]:
    for match in pattern.finditer(name):
        try:
            yield date(*(int(match.group(i)) for i in order))
        except ValueError:
            continue
