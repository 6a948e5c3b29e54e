"""The exports in a data folder: which there are, what else lies there, of what day each is.

Nothing here reads a table or imports what does, so that it takes no time to see that nothing has
changed.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache, partial
from pathlib import Path
from typing import NamedTuple
from unicodedata import normalize
from zoneinfo import ZoneInfo

from motcua.base.calendar import Period
from motcua.base.errors import InputError, did_you_mean
from motcua.base.params import Params, names_file, units_path
from motcua.base.reference import KINDS, ROOT, SUFFIXES, forms, message, read_yaml, refusal
from motcua.base.vietnamese import bare_key, day, named_parts, nfc

KEY_FILE = ROOT / "data" / ".official.key"
_MOST_FAULTS, _MOST_TOLD = 10, 5  # files named in one message, pairs of exports in one note
STORE = "_motcua.json"  # in `dossiers/` of a store (see `motcua.reading.store`)


class Source(NamedTuple):
    """One input file as it was read."""

    file: str  # relative to the data folder
    kind: str
    sha256: str
    rows: int
    kept: int
    is_synthetic: bool
    unknown: tuple[str, ...]  # headings that motcua does not know (personal ones left out)
    dated: Dated
    parquet: Path
    notes: tuple[str, ...] = ()  # what a reader must know of how it was read; no personal data

    @property
    def exported_at(self) -> date:
        """Day of the export."""
        return self.dated.day

    @property
    def age(self) -> tuple:
        """Order of exports, oldest first (see `age_of`)."""
        return age_of(self.dated, self.file)


def cache_folder() -> Path:
    """Folder of what was read before: MOTCUA_CACHE, else data/.cache.

    A relative MOTCUA_CACHE is taken from the project's root, wherever a process stands.
    """
    return ROOT / Path(os.environ.get("MOTCUA_CACHE") or "data/.cache").expanduser()


def key_file() -> Path:
    """File of the local key: official.key in MOTCUA_CACHE, else data/.official.key."""
    return cache_folder() / "official.key" if os.environ.get("MOTCUA_CACHE") else KEY_FILE


def find_path(path: str | Path) -> Path:
    """Path as given when it exists from here, else from the project's root."""
    path = Path(path)
    return path if path.is_absolute() or path.exists() else ROOT / path


def is_store(data: Path) -> bool:
    """Whether a data folder holds a store instead of exports."""
    return (data / "dossiers" / STORE).is_file()


@lru_cache(maxsize=4096)
def file_sha256(path: Path, mtime_ns: int, size: int) -> str:
    """SHA-256 of a file's content (remembered while its time and size stay the same)."""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise refusal("file_shut", path=path, why=error.strerror or error) from None


def age_of(dated: Dated, name: str) -> tuple:
    """Order of exports, oldest first: day, file time where that counts, name as people count."""
    return dated.day, dated.written, natural(name)


def place_of(path: Path) -> str:
    """Place of a file below the folder `dossiers`, which makes the numbers of its rows.

    Examples
    --------
    >>> place_of(Path("data/raw/dossiers/2024/a.csv")), place_of(Path("a.csv"))
    ('2024/a.csv', 'a.csv')
    """
    parts = [nfc(part) for part in path.parts]
    below = len(parts) - parts[::-1].index("dossiers") if "dossiers" in parts[:-1] else -1
    return "/".join(parts[below:])


def refuse_copies(sources: Iterable[Source]) -> None:
    """Refuse a file that lies there twice, where nothing else tells its dossiers apart."""
    files = [(source.sha256, source.file) for source in sources if source.kind == "dossiers"]
    first = dict(reversed(files))
    for sha256, file in (one for one in files if first[one[0]] != one[1]):
        raise refusal("copies", first=first[sha256], second=file)


def order_in_doubt(sources: Iterable[Source]) -> bool:
    """Whether file time, or the name alone, tells which of some exports is newer."""
    files = {source.parquet: source.dated for source in sources}
    days = [dated.day for dated in files.values()]
    return len(days) > len(set(days)) or any(dated.by == "time" for dated in files.values())


def order_notes(pairs: Iterable[tuple[Source, Source]]) -> list[str]:
    """What to tell of exports that share dossiers, newer and older, as to their order."""
    by: dict[str, list[str]] = {"ordered_by_time": [], "ordered_by_name": []}
    for newer, older in pairs:
        pair = message("is_newer", newer=newer.file, older=older.file)
        if "time" in (newer.dated.by, older.dated.by):
            by["ordered_by_time"].append(pair)
        elif newer.exported_at == older.exported_at:
            by["ordered_by_name"].append(f"{pair} ({day(newer.exported_at)})")
    more = {text: " ..." * (len(some) > _MOST_TOLD) for text, some in by.items()}
    pairs_by_text = {text: "; ".join(some[:_MOST_TOLD]) + more[text] for text, some in by.items()}
    return [message(text, pairs=pairs) for text, pairs in pairs_by_text.items() if pairs]


@dataclass
class Folder:
    """What lies in a data folder.

    Attributes
    ----------
    files : kind, path and name within the data folder of every export.
    notes : what lies there and is not read, in sentences.
    faults : what lies there, may hold dossiers and cannot be read.
    parts : files of a store.
    """

    data: Path
    files: list[tuple[str, Path, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    parts: list[Path] = field(default_factory=list)
    _seen: set[str] = field(default_factory=set)

    @property
    def state(self) -> tuple:
        """Path, time and size of each file that is read, and what is told of the others."""
        files = sorted({*self.parts, *(path for _, path, _ in self.files)})
        stats = ((path, path.stat()) for path in files)
        return tuple((str(p), s.st_mtime_ns, s.st_size) for p, s in stats), tuple(self.notes)

    def take_kind(self, kind: str, folder: Path) -> None:
        """Take the files of the folder of a kind, those of linked folders, too."""
        for path in self._inside(folder, _is_system):
            name, what, real = f"{kind}/{_shown(path, folder)}", _what(path), os.path.realpath(path)
            if what == "read" and real not in self._seen:
                self._seen.add(real)
                self.files.append((kind, path, name))
            else:
                self._tell("file_again" if what == "read" else what, name)

    def take_store(self, folder: Path) -> None:
        """Tell what lies in the folder of a store and is no part of it."""
        for path in _entries(folder):
            if path.name.startswith("month="):
                self.parts += path.glob("*.parquet")
            elif not path.name.startswith("_"):
                what = "read" if path.is_dir() else _what(path)
                self._tell("store" if what == "read" else what, f"dossiers/{path.name}")
            else:
                self.parts.append(path)

    def take_strays(self, path: Path) -> None:
        """Tell what lies beside the folders of the kinds, of which a folder may be meant as one."""
        is_folder, kinds = path.is_dir(), [f"{kind}/" for kind in KINDS]
        for file in self._inside(path, _is_own) if is_folder else [path]:
            name, what = _shown(file, self.data), _what(file)
            is_table = nfc(file.name).endswith((*SUFFIXES, *read_yaml("exports")["tables"]))
            if what == "read":
                meant = did_you_mean(f"{nfc(path.name)}/", kinds) if is_folder else ""
                what, name = "stray", name + meant
            elif what in ("unknown", "special", "hidden") or (what == "nowhere" and not is_table):
                what = "harmless"
            if os.path.realpath(file) not in self._seen:
                self._tell(what, name)

    def _tell(self, what: str, name: str) -> None:
        if what != "ignored":
            is_fault = what not in ("lock", "harmless", "file_again", "folder_again")
            (self.faults if is_fault else self.notes).append(message(what, name=name))

    def _inside(self, folder: Path, passed: Callable[[Path], bool]) -> Iterator[Path]:
        """Files below a folder, each real folder once; links after what they may point to."""
        if passed(folder):
            return
        real = os.path.realpath(folder)
        if real in self._seen:
            if folder.is_symlink():
                self._tell("folder_again", _shown(folder, self.data))
            return
        self._seen.add(real)
        for path in _entries(folder):
            yield from self._inside(path, passed) if path.is_dir() else [path]


def default_data() -> Path:
    """Return data/raw when it holds any data, else the synthetic data/sample."""
    raw = ROOT / "data" / "raw"
    passed = ("ignored", "harmless", "lock")
    has_data = any(_what(path) not in passed for path in raw.rglob("*") if not path.is_dir())
    return raw if has_data else ROOT / "data" / "sample"


def find_files(data: Path, params: Params) -> Folder:
    """Every export in a data folder, and what else lies there.

    Raises
    ------
    InputError
        There is no folder, no dossier file in it, something that may hold dossiers and is not
        read, or a folder that cannot be opened.
    """
    if not data.is_dir():
        raise refusal("no_folder", data=data)
    found, units = Folder(data), units_path(params)
    homes: dict[str, Path] = {}
    for path in sorted(_entries(data), key=lambda path: nfc(path.name) not in KINDS):
        kind = nfc(path.name)
        if kind in homes:
            raise refusal("two_folders", data=data, first=homes[kind].name, second=path.name)
        if kind in KINDS and path.is_dir():
            homes[kind] = path
            is_part = kind == "dossiers" and is_store(data)
            found.take_store(path) if is_part else found.take_kind(kind, path)
        elif kind in KINDS:
            found.faults.append(message("nowhere", name=path.name))
        elif not (units and path.exists() and path.samefile(units)):
            found.take_strays(path)
    _refuse(found)
    _check_names(found, params)
    return found


def _refuse(found: Folder) -> None:
    """Refuse what may hold dossiers and is not read, and a folder without dossiers."""
    why, faults, data = [], found.faults[:_MOST_FAULTS], found.data
    if not is_store(data) and not any(kind == "dossiers" for kind, *_ in found.files):
        why.append(message("no_dossiers", folder=data / "dossiers"))
    if more := len(found.faults) - len(faults):
        faults.append(message("more_files", count=more))
    if faults:
        files = "\n".join(f"- {fault}." for fault in faults)
        kinds = ", ".join(f"{kind}/" for kind in KINDS)
        why.append(message("unread_files", data=data, files=files, kinds=kinds))
    if why:
        raise InputError("\n".join(why))


def _check_names(found: Folder, params: Params) -> None:
    """Refuse names in `exported_at` and `columns` that no file has."""
    names = {nfc(n) for *_, name in found.files for n in (name, name.rpartition("/")[2])}
    days = params.exported_at if isinstance(params.exported_at, dict) else {}
    files = [file for file, more in params.columns.items() if isinstance(more, dict)]
    absent = [("exported_at", name) for name in days if nfc(name) not in names]
    absent += [("columns", n) for n in files if not any(names_file(n, own) for own in names)]
    for key, name in absent:
        hint = did_you_mean(nfc(name), names)
        raise refusal("no_such_file", parameter=key, name=name, data=found.data, hint=hint)


def _shown(path: Path, folder: Path) -> str:
    """Name within a folder; one that no encoding fits, or that a C locale hides, as UTF-8."""
    return os.fsencode(path.relative_to(folder).as_posix()).decode("utf-8", "replace")


def _entries(folder: Path) -> list[Path]:
    """What lies in a folder, links last; refused when it cannot be opened."""
    try:
        return sorted(folder.iterdir(), key=lambda path: (path.is_symlink(), path.name))
    except OSError as error:
        raise refusal("folder_shut", path=folder, why=error.strerror or error) from None


def _what(path: Path) -> str:
    """What a file is: read, ignored, or a key of messages.yaml, which tells why it is not read."""
    lists, name = read_yaml("exports"), nfc(path.name)
    ignored = name in lists["ignored_names"] or name.endswith(tuple(lists["ignored_endings"]))
    if ignored or name.startswith(tuple(lists["ignored_starts"])):
        return "ignored"
    if name.startswith(lists["locks"]):
        return "lock"
    if not path.exists():
        return "nowhere"
    if not path.is_file():
        return "special"
    if name.endswith(SUFFIXES):
        return "hidden" if name.startswith(".") else "read"
    ending = os.path.splitext(name)[1]
    named = (w for w in ("harmless", "packed", "tables", "unfinished") if ending in lists[w])
    return next(named, "ignored" if name.startswith(".") else "unknown")


def _is_system(folder: Path) -> bool:
    """Whether a folder is one that systems and programs make for themselves."""
    return nfc(folder.name) in read_yaml("exports")["ignored_folders"]


def _is_own(folder: Path) -> bool:
    """Whether a folder beside the kinds' is no data: a program's, outputs, the cache, a store."""
    if _is_system(folder) or folder.name.startswith(".") or is_store(folder):
        return True
    made = (folder / "index.html", folder / "manifest.json", *folder.glob("*/manifest.json"))
    return any(map(os.path.exists, made)) or folder.resolve() == cache_folder().resolve()


# Of what day an export is: told by the parameters, its name, the rows above its heading, or time.

_QUARTERS = {"i": 1, "ii": 2, "iii": 3, "iv": 4}


class Dated(NamedTuple):
    """Day of an export, and where it was taken from.

    Attributes
    ----------
    day : the last day that it is said to tell of.
    by : exported_at, name, title, folder, time or store.
    until : the last day that it can tell of: a file written before the end of the month that it
        is named after knows nothing later.
    written : file time, where several of one day are told apart by it; else 0.
    """

    day: date
    by: str
    until: date
    written: float = 0

    @property
    def words(self) -> str:
        """Where the day was taken from, in words."""
        return read_yaml("exports")["dated_by"][self.by]


def dated(
    path: Path, params: Params, name: str = "", stated: Callable[[], Period | None] = lambda: None
) -> Dated:
    """Day of an export: params `exported_at`, its name, title rows, its folder's name, its time.

    Parameters
    ----------
    name : path within the data folder ("dossiers/a.csv").
    stated : called when neither parameters nor name tell the day: what the rows above the heading
        say.

    Examples
    --------
    >>> dated(Path("ho_so_2024-01_xuat_20240118.xlsx"), Params()).day
    datetime.date(2024, 1, 18)
    >>> dated(Path("ho_so_thang_01-2024.csv"), Params()).day
    datetime.date(2024, 1, 31)
    """
    own = (name or path.name).rpartition("/")[2]
    given = params.exported_at
    if isinstance(given, dict):
        days = {nfc(file): day for file, day in given.items()}
        given = days.get(nfc(name)) or days.get(nfc(own))
    if given:
        return Dated(given, "exported_at", given)
    folders = [("folder", partial(span_in, part)) for part in reversed(name.split("/")[1:-1])]
    ways = [("name", partial(span_in, own)), ("title", stated), *folders]
    by, span = next(((by, span) for by, tell in ways if (span := tell())), ("time", None))
    time = path.stat().st_mtime if os.path.exists(path) or not span else 0
    day = datetime.fromtimestamp(time, ZoneInfo(params.time_zone)).date()  # whatever zone is here
    if not span:
        return Dated(day, by, day, time)
    until = day if span.start <= day < span.end else span.end
    return Dated(span.end, by, until, 0 if by == "name" else time)


def span_in(text: str) -> Period | None:
    """First and last day that a name or a title speaks of: whole dates, else months or quarters.

    Examples
    --------
    >>> span_in("hs_01112023_10122023.csv").end
    datetime.date(2023, 12, 10)
    >>> span_in("Quý IV năm 2023").end, span_in("T1.2024").end, span_in("a.csv")
    (datetime.date(2023, 12, 31), datetime.date(2024, 1, 31), None)
    """
    text = forms("exports", "turns").sub(" ", bare_key(normalize("NFC", text)))
    return whole([*_dates_in(text)] or [*_months_in(text)])


def whole(spans: Iterable[Period | None]) -> Period | None:
    """Span from the first to the last day of some; None of none.

    Examples
    --------
    >>> whole([None, Period(date(2024, 1, 1), date(2024, 1, 31))]).start
    datetime.date(2024, 1, 1)
    """
    some = [*filter(None, spans)]
    return Period(min(s.start for s in some), max(s.end for s in some)) if some else None


def stated_span(cells: Iterable[str]) -> Period | None:
    """Days that the cells above a heading speak of, other than those of decrees and letters.

    Examples
    --------
    >>> stated_span(["Quyết định 31 ngày 03/02/2021", "(Từ ngày 15/12/2023 đến ngày 14/01/2024)"])
    Period(start=datetime.date(2023, 12, 15), end=datetime.date(2024, 1, 14))
    """
    papers = read_yaml("exports")["papers"]
    own = [c for c in dict.fromkeys(cells) if not any(word in bare_key(c) for word in papers)]
    return span_in(" | ".join(own))


def as_period(days: list[str] | None) -> Period | None:
    """Span of which JSON keeps the first and last day."""
    return Period(*map(date.fromisoformat, days)) if days else None


def _dates_in(text: str) -> Iterator[Period]:
    for parts in map(named_parts, forms("exports", "days").finditer(text)):
        with suppress(ValueError):
            day = date(*(int(parts[part]) for part in "ymd"))
            yield Period(day, day)


def _months_in(text: str) -> Iterator[Period]:
    for parts in map(named_parts, forms("exports", "months").finditer(text)):
        year = int(parts["y"])
        first = last = int(parts.get("m", 0))
        if "q" in parts:
            last = 3 * (_QUARTERS.get(parts["q"]) or int(parts["q"]))
            first = last - 2
        elif "p" in parts:
            count, is_end = int(parts["p"][0]), parts["p"].endswith("cuoi")
            first, last = (13 - count, 12) if is_end else (1, count)
        end = date(year + last // 12, last % 12 + 1, 1) - timedelta(days=1)
        yield Period(date(year, first, 1), end)


def by_name(sources: Iterable[Source]) -> list[Source]:
    """Files by kind and by name as people count, in which copying a folder changes nothing."""
    return sorted(sources, key=lambda source: (KINDS.index(source.kind), natural(source.file)))


def natural(path: str) -> tuple:
    """Order of names as people count: lần 9 before lần 10, `x` before `x (1)` and `x - Copy`.

    Examples
    --------
    >>> names = ["x (1).csv", "x.csv", "lần 10.csv", "lần 9.csv", "Bản sao của x.csv"]
    >>> sorted(names, key=natural)
    ['lần 9.csv', 'lần 10.csv', 'x.csv', 'x (1).csv', 'Bản sao của x.csv']
    """
    folder, _, name = normalize("NFC", path).rpartition("/")
    stem = re.sub(r"(\.[a-z][a-z\d]*){1,2}$", "", bare_key(name)).strip()
    stem = forms("exports", "copies").sub(r"\2 copy \1", stem)
    parts = re.split(r"(\d+)", stem)
    order = [(int(part), "") if part.isdigit() else (-1, part.strip()) for part in parts]
    return tuple(order), folder, path
