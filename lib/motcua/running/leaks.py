"""What must not be published: numbers and addresses of people, and traces of this machine.

A finished month is opened as a curious reader could (see `unpack`) and searched; a finding names
the file and the kind, never the value. Nghị định 13/2023/NĐ-CP, Luật 91/2025/QH15.
"""

from __future__ import annotations

import getpass
import html
import re
import socket
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import unquote

from motcua.base.errors import RunError
from motcua.base.reference import ROOT
from motcua.base.vietnamese import number
from motcua.machine.processes import shared_out
from motcua.reading.personal import personal_in
from motcua.running.unpack import texts

PLANTED, FOLDER = "thông tin cần giấu", "đường dẫn của máy"
USER, HOST = "tên người dùng máy", "tên máy"

_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_HOME = re.compile(
    r"(?<![\w.])/(?:home|Users|root|tmp|mnt|media|srv|opt|var)/[\w.-]+"
    r"|(?<!\w)[A-Za-z]:\\+Users\\+[\w.-]+"
)
_SHORTEST = 4  # a name of a user or a machine under this length tells nothing
_SHORTEST_BARE = 8  # letters of a planted text that is also sought without accents and spaces


@dataclass(frozen=True, order=True)
class Leak:
    """One kind of thing that must not be published, in one file or part of a file.

    Attributes
    ----------
    file : path from the folder; a part of an archive after "!".
    kind : what it is, in Vietnamese. The value itself is nowhere.
    n : how many different ones.
    """

    file: str
    kind: str
    n: int


def scan(
    folder: Path,
    planted: Iterable[str] = (),
    machine: Mapping[str, frozenset[str]] | None = None,
    jobs: int = 1,
    totals: Iterable[int] = (),
) -> list[Leak]:
    """Leaks in every file of a folder, hidden ones too; empty when there is none.

    Parameters
    ----------
    planted : texts that must appear nowhere, in whatever Unicode form, case or escaping.
    machine : what would betray a machine, kind -> texts; by default this one.
    jobs : how many processes share the files.
    totals : counts that are nobody's number; from 100 million on they have as many digits as one.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "a.csv").write_text("ten,so\\nAn,0912 345 678\\n", "utf-8")
    >>> scan(folder)
    [Leak(file='a.csv', kind='số điện thoại', n=1)]
    """
    machine = this_machine() if machine is None else machine
    wanted = tuple(dict.fromkeys(planted))
    counts = {shown for n in totals for shown in (str(n), number(n))}

    def leaks_of(paths: list[Path]) -> list[Leak]:
        found: dict[tuple[str, str], set[str]] = {}
        for path in paths:
            name = path.relative_to(folder).as_posix()
            for where, text in (("", name), *texts(name, path.read_bytes())):
                for kind, values in leaks_in(text, wanted, machine).items():
                    found.setdefault((where or name, kind), set()).update(values - counts)
        return [Leak(file, kind, len(values)) for (file, kind), values in found.items() if values]

    files = [path for path in folder.rglob("*") if path.is_file()]
    files.sort(key=lambda path: (-path.stat().st_size, path))  # so that shares weigh the same
    return sorted(leak for part in shared_out(leaks_of, files, jobs) for leak in part)


def refuse_leaks(folder: Path, jobs: int = 1, totals: Iterable[int] = ()) -> None:
    """Let nothing be published that a person or this machine could be told from.

    Raises
    ------
    RunError
        Names every file and kind, and no value.
    """
    leaks = scan(folder, jobs=jobs, totals=totals)
    if leaks:
        lines = "".join(f"\n- {leak.file}: {leak.kind} ({number(leak.n)})" for leak in leaks)
        raise RunError(
            f"Không công bố: kết quả còn dữ liệu cá nhân hoặc dấu vết của máy.{lines}\n"
            "Cách sửa: tìm trong dữ liệu gốc và tham số chỗ ghi các thông tin này (tên tệp, tên "
            "thủ tục, lĩnh vực, kênh, đơn vị), sửa rồi chạy lại."
        )


def leaks_in(
    text: str, planted: Iterable[str] = (), machine: Mapping[str, frozenset[str]] | None = None
) -> dict[str, set[str]]:
    """Kind -> the values found in a text.

    Examples
    --------
    >>> sorted(leaks_in("an@thu.vn, +84 912 345 678; H19.12-240114-0001 có 96,85 %"))
    ['số điện thoại', 'địa chỉ thư điện tử']
    """
    text = _unescaped(text)
    found = personal_in(text)
    found |= {kind: _words(text, words) for kind, words in (machine or {}).items()}
    found[FOLDER] = found.get(FOLDER, set()) | set(_HOME.findall(text))
    found[PLANTED] = _planted(text, planted)
    return {kind: values for kind, values in found.items() if values}


def _words(text: str, words: Iterable[str]) -> set[str]:
    """Those of the words that stand in a text whole."""
    return {
        word
        for word in words
        if word in text and re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text)
    }


def _unescaped(text: str) -> str:
    """Text with escapes (HTML, XML, JSON, addresses, colours of a terminal) resolved, in NFC."""
    text = _COLOUR.sub("", text)
    text = html.unescape(html.unescape(text)) if "&" in text else text
    text = _ESCAPED.sub(lambda m: chr(int(m.group(1), 16)), text) if "\\u" in text else text
    text = unquote(text, errors="replace") if "%" in text else text
    return unicodedata.normalize("NFC", text)


def _planted(text: str, planted: Iterable[str]) -> set[str]:
    """Planted texts in a text: as written but for case and spaces, or without accents and marks."""
    planted = tuple(planted)
    if not planted:
        return set()
    folded, bare = _folded(text), _bare(text)
    return {p for p in planted if _folded(p) in folded or _is_bare_in(_bare(p), bare)}


def _is_bare_in(planted: str, text: str) -> bool:
    letters = sum(c.isalpha() for c in planted)
    return letters >= _SHORTEST_BARE and planted in text


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def _bare(text: str) -> str:
    """Letters and digits without accents: what a file name or an anchor makes of a text."""
    plain = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    return re.sub(r"[\W_]", "", plain)  # accents are no letters


@cache
def this_machine() -> dict[str, frozenset[str]]:
    """Kind -> texts that would betray this machine: folders, user, host.

    A name that is also a word of the program (root, data, phuong) tells nothing, and would stop
    every run.
    """
    folders = {str(p) for p in (ROOT, Path.home()) if len(p.parts) > 2}  # noqa: PLR2004
    names = {USER: getpass.getuser(), HOST: socket.gethostname().partition(".")[0]}
    return {FOLDER: frozenset(folders)} | {
        kind: frozenset({name} if _is_telling(name) else ()) for kind, name in names.items()
    }


def _is_telling(name: str) -> bool:
    return len(name) >= _SHORTEST and _bare(name) not in _own_words()


@cache
def _own_words() -> frozenset[str]:
    """Words of the program, its notebooks and lists, without accents."""
    files = [
        path
        for folder in (ROOT / "lib" / "motcua", ROOT / "notebooks", ROOT / "data" / "reference")
        for path in folder.rglob("*")
        if path.suffix in (".py", ".html", ".js", ".css", ".json", ".ipynb", ".yaml", ".csv")
    ]
    words = {word for path in files for word in re.findall(r"\w+", path.read_text("utf-8"))}
    return frozenset(map(_bare, words)) | {"localhost", "admin", "administrator", "user", "ubuntu"}
