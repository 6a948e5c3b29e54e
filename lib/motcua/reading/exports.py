"""The exports in a data folder: which there are, what else lies there, which is newer.

Nothing here reads a table or imports what does, so that it takes no time to see that nothing has
changed.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path

from motcua.base.errors import InputError, did_you_mean
from motcua.base.params import Params, names_file, units_path
from motcua.base.reference import KINDS, ROOT, SUFFIXES, read_yaml
from motcua.base.vietnamese import day, nfc
from motcua.reading.dated import Dated, natural

KEY_FILE = ROOT / "data" / ".official.key"
_MOST_FAULTS = 10  # files named in one message
_MOST_TOLD = 5  # pairs of exports in one note
STORE = "_motcua.json"  # in `dossiers/` of a store (see `motcua.reading.store`)
_REMEDIES = {
    "packed": "tệp nén, không đọc được; hãy giải nén, đặt các tệp bên trong vào đây rồi bỏ tệp nén",
    "tables": f"dạng tệp không đọc được; hãy lưu lại thành {', '.join(SUFFIXES)}",
    "unfinished": "tệp tải dở, tệp tạm hoặc bản lưu cũ; hãy tải lại, đổi tên hoặc bỏ đi",
    "": f"không rõ là tệp gì; hãy lưu lại thành {', '.join(SUFFIXES)}",
    "hidden": "tệp ẩn; hãy đổi tên để không bắt đầu bằng dấu chấm, hoặc bỏ đi",
    "nowhere": "liên kết đến nơi không có (ổ mạng chưa kết nối?); hãy nối lại, hoặc bỏ liên kết",
    "special": "không phải tệp thường; hãy chép tệp thật vào đây",
    "store": "nằm trong một kho hồ sơ, không thuộc kho; hãy lập lại kho từ các bản xuất",
    "stray": "nằm ngoài các thư mục con; hãy chuyển vào đúng thư mục con",
}


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
    folder = cache_folder()
    return folder / "official.key" if os.environ.get("MOTCUA_CACHE") else KEY_FILE


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
        raise InputError(
            f"Không mở được tệp {path}: {error.strerror or error}.\n"
            "Cách sửa: cho phép đọc tệp đó; nếu nằm trên ổ mạng thì kết nối lại."
        ) from None


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
    seen: dict[str, str] = {}
    for source in (s for s in sources if s.kind == "dossiers"):
        if source.sha256 in seen:
            raise InputError(
                f"Hai tệp giống hệt nhau: {seen[source.sha256]}, {source.file}; với "
                "`dossier_id: row` các hồ sơ trong đó bị đếm hai lần.\nCách sửa: bỏ một tệp."
            )
        seen[source.sha256] = source.file


def order_in_doubt(sources: Iterable[Source]) -> bool:
    """Whether file time, or the name alone, tells which of some exports is newer."""
    files = {source.parquet: source.dated for source in sources}
    days = [dated.day for dated in files.values()]
    return len(days) > len(set(days)) or any(dated.by == "time" for dated in files.values())


def order_notes(pairs: Iterable[tuple[Source, Source]]) -> list[str]:
    """What to tell of exports that share dossiers, newer and older, as to their order."""
    by_time, by_name = [], []
    for newer, older in pairs:
        told = f"'{newer.file}' mới hơn '{older.file}'"
        if "time" in (newer.dated.by, older.dated.by):
            by_time.append(told)
        elif newer.exported_at == older.exported_at:
            by_name.append(f"{told} ({day(newer.exported_at)})")
    way = "Nên ghi ngày xuất trong tên tệp hoặc trong tham số `exported_at`."
    return [
        f"{why}: {'; '.join(told[:_MOST_TOLD])}{' ...' if len(told) > _MOST_TOLD else ''}. {way}"
        for why, told in (
            ("Tệp có chung hồ sơ mà chỉ giờ tệp cho biết tệp nào mới hơn (chép tệp làm đổi giờ)",
             by_time),
            ("Tệp cùng ngày có chung hồ sơ, xếp trước sau theo tên", by_name),
        )
        if told
    ]  # fmt: skip


@dataclass
class Folder:
    """What lies in a data folder.

    Attributes
    ----------
    files : kind, path and name within the data folder of every export.
    notes : what lies there and is not read, in sentences.
    faults : what lies there, may hold dossiers and cannot be read.
    """

    data: Path
    files: list[tuple[str, Path, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    _seen: set[str] = field(default_factory=set)

    def take_kind(self, kind: str, folder: Path) -> None:
        """Take the files of the folder of a kind, those of linked folders, too."""
        for path in self._inside(folder, _is_system):
            name = f"{kind}/{_shown(path, folder)}"
            told = _what(path)
            if told == "read" and os.path.realpath(path) in self._seen:
                self.notes.append(f"{name}: liên kết đến một tệp đã đọc, không đọc lần nữa.")
            elif told == "read":
                self._seen.add(os.path.realpath(path))
                self.files.append((kind, path, name))
            else:
                self._tell(told, name)

    def take_store(self, folder: Path) -> None:
        """Tell what lies in the folder of a store and is no part of it."""
        for path in _entries(folder):
            if not path.name.startswith(("_", "month=")):
                told = "store" if path.is_dir() else _what(path)
                self._tell("store" if told == "read" else told, f"dossiers/{path.name}")

    def take_strays(self, path: Path) -> None:
        """Tell what lies beside the folders of the kinds."""
        inside = self._inside(path, _is_own) if path.is_dir() else [path]
        for file in inside:
            name, told = _shown(file, self.data), _what(file)
            if os.path.realpath(file) in self._seen:
                continue
            if told == "read":
                told = "stray"
            elif told in ("", "special", "hidden") or (told == "nowhere" and not _is_table(file)):
                told = "harmless"
            self._tell(told, name + (_meant(path) if told == "stray" and path.is_dir() else ""))

    def _tell(self, told: str, name: str) -> None:
        if told == "lock":
            self.notes.append(f"{name}: tệp khóa tạm của Excel, không đọc (tệp gốc đang mở?).")
        elif told == "harmless":
            self.notes.append(f"{name}: không đọc, không phải dạng tệp dữ liệu.")
        elif told != "ignored":
            self.faults.append(f"{name}: {_REMEDIES[told]}")

    def _inside(self, folder: Path, passed: Callable[[Path], bool]) -> Iterator[Path]:
        """Files below a folder, each real folder once; links after what they may point to."""
        if passed(folder):
            return
        real = os.path.realpath(folder)
        if real in self._seen:
            if folder.is_symlink():
                name = _shown(folder, self.data)
                self.notes.append(f"{name}: liên kết đến một thư mục đã đọc, không đọc lần nữa.")
            return
        self._seen.add(real)
        for path in _entries(folder):
            if path.is_dir():
                yield from self._inside(path, passed)
            else:
                yield path


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
        raise InputError(
            f"Không có thư mục dữ liệu {data}.\n"
            "Cách sửa: tạo thư mục, đặt tệp xuất từ Egov vào thư mục con `dossiers/`; "
            "hoặc chạy `motcua sample` để có dữ liệu mô phỏng."
        )
    found, strays = Folder(data), []
    homes: dict[str, Path] = {}
    for path in _entries(data):
        kind = nfc(path.name)
        if kind in homes:
            raise InputError(
                f"Có hai thư mục cùng loại trong {data}: {homes[kind].name}, {path.name}.\n"
                "Cách sửa: gộp lại thành một."
            )
        if kind in KINDS and path.is_dir():
            homes[kind] = path
        elif kind in KINDS:
            found.faults.append(f"{path.name}: {_REMEDIES['nowhere']}")
        else:
            strays.append(path)
    for kind, home in homes.items():
        if kind == "dossiers" and is_store(data):
            found.take_store(home)
        else:
            found.take_kind(kind, home)
    units = units_path(params)
    for path in strays:
        if not (units and path.exists() and path.samefile(units)):
            found.take_strays(path)
    _refuse(found)
    _check_names(found, params)
    return found


def _refuse(found: Folder) -> None:
    """Refuse what may hold dossiers and is not read, and a folder without dossiers."""
    data, unread = found.data, _faults_told(found)
    if not is_store(data) and not any(kind == "dossiers" for kind, *_ in found.files):
        also = f"\nTrong {data} có thứ không đọc được mà có thể chứa hồ sơ:\n{unread}"
        raise InputError(
            f"Không có tệp hồ sơ nào trong {data / 'dossiers'}.\n"
            f"Cần ít nhất một tệp {', '.join(SUFFIXES)} xuất từ phần mềm.{also if unread else ''}"
        )
    if unread:
        raise InputError(f"Trong {data} có thứ không đọc được mà có thể chứa hồ sơ:\n{unread}")


def _faults_told(found: Folder) -> str:
    """List of what may hold dossiers and is not read, with the way out; "" for nothing."""
    if not found.faults:
        return ""
    more = len(found.faults) - _MOST_FAULTS
    told = [
        *(f"- {fault}." for fault in found.faults[:_MOST_FAULTS]),
        *([f"- ... và {more} tệp khác."] if more > 0 else []),
        f"Cách sửa: làm như trên; tệp không phải dữ liệu thì chuyển ra ngoài {found.data}. "
        f"Các thư mục con: {', '.join(f'{kind}/' for kind in KINDS)}.",
    ]
    return "\n".join(told)


def _check_names(found: Folder, params: Params) -> None:
    """Refuse names in `exported_at` and `columns` that no file has."""
    names = {nfc(told) for *_, name in found.files for told in (name, name.rpartition("/")[2])}
    days = params.exported_at if isinstance(params.exported_at, dict) else {}
    files = [file for file, more in params.columns.items() if isinstance(more, dict)]
    absent = [("exported_at", name) for name in days if nfc(name) not in names]
    absent += [("columns", n) for n in files if not any(names_file(n, own) for own in names)]
    for key, name in absent:
        hint = did_you_mean(nfc(name), names)
        raise InputError(
            f"Tham số `{key}`: không có tệp '{name}' trong {found.data}.{hint}\n"
            "Cách sửa: ghi đúng tên tệp, kể cả phần đuôi; hoặc bỏ dòng đó."
        )


def _shown(path: Path, folder: Path) -> str:
    """Name within a folder; one that no encoding fits, or that a C locale hides, as UTF-8."""
    return os.fsencode(path.relative_to(folder).as_posix()).decode("utf-8", "replace")


def _entries(folder: Path) -> list[Path]:
    """What lies in a folder, links last; refused when it cannot be opened."""
    try:
        return sorted(folder.iterdir(), key=lambda path: (path.is_symlink(), path.name))
    except OSError as error:
        raise InputError(
            f"Không mở được thư mục {folder}: {error.strerror or error}.\n"
            "Cách sửa: cho phép đọc thư mục đó; nếu nằm trên ổ mạng thì kết nối lại."
        ) from None


def _what(path: Path) -> str:
    """What a file is: read, harmless, lock, ignored, or why it is not read (a key of REMEDIES)."""
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
    for told in ("harmless", "packed", "tables", "unfinished"):
        if ending in lists[told]:
            return told
    return "ignored" if name.startswith(".") else ""


def _is_table(path: Path) -> bool:
    return nfc(path.name).endswith((*SUFFIXES, *read_yaml("exports")["tables"]))


def _is_system(folder: Path) -> bool:
    """Whether a folder is one that systems and programs make for themselves."""
    return nfc(folder.name) in read_yaml("exports")["ignored_folders"]


def _is_own(folder: Path) -> bool:
    """Whether a folder beside the kinds' is no data: a program's, outputs, the cache, a store."""
    if _is_system(folder) or folder.name.startswith(".") or is_store(folder):
        return True
    made = (folder / "index.html", folder / "manifest.json", *folder.glob("*/manifest.json"))
    return any(map(os.path.exists, made)) or folder.resolve() == cache_folder().resolve()


def _meant(folder: Path) -> str:
    """What a folder beside those of the kinds is meant to be, where its name is nearly theirs."""
    return did_you_mean(f"{nfc(folder.name)}/", [f"{kind}/" for kind in KINDS])
