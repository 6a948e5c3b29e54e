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

from motcua.errors import RunError
from motcua.reference import ROOT
from motcua.text import number
from motcua.unpack import texts

TELEPHONE, ID_12, ID_9 = "số điện thoại", "số định danh 12 số", "số giấy tờ 9 số"
EMAIL, PLANTED = "địa chỉ thư điện tử", "thông tin cần giấu"
FOLDER, USER, HOST = "đường dẫn của máy", "tên người dùng máy", "tên máy"

# What looks like a person's number and is none. Taken out of a text before numbers are sought.
NOT_PERSONAL = re.compile(
    "|".join(
        [
            r"(?<![0-9A-Za-z])(?:[0-9a-f]{64}|[0-9a-f]{40}|[0-9a-f]{32})(?![0-9A-Za-z])",  # hash
            r"(?i:(?<![0-9a-z])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9a-z]))",  # UUID
            r"sha256-[0-9A-Za-z+/]{43}=",  # of a script, in the page's policy
            # dossier number 000.00.32.H19-210708-0032, H56.14-240823-0001
            r"(?<!\w)(?:\d{3}\.\d{2}\.\d{2}\.)?[A-Z]\d{2}(?:\.\d{1,3}){0,3}-\d{6}-\d{4,6}(?!\w)",
            # procedure 1.010708.000.00.00.H56
            r"(?<![\w.])\d\.\d{6}(?:\.\d{3}\.\d{2}\.\d{2}\.[A-Z]\d{2})?(?!\w)",
            # days and times: 2024-01-14T08:00:00.000000000, 14-01-2024, and 202401140800 in names
            r"(?<!\d)(?:19|20)\d\d-(?:0[1-9]|1[0-2])-[0-3]\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?",
            r"(?<!\d)(?:19|20)\d\d-(?:0[1-9]|1[0-2])(?:-[0-3]\d)?(?!\d)",
            r"(?<!\d)(?:0?[1-9]|[12]\d|3[01])[-.](?:0?[1-9]|1[0-2])[-.](?:19|20)\d\d(?!\d)",
            r"(?<!\d)20\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:[01]\d|2[0-3])[0-5]\d(?!\d)",
        ]
    )
)
_START = r"(?<!\d)(?<!\d[.,])"  # a number does not begin inside a longer one
_START_GROUP = rf"{_START}(?<!\d[ \u00a0])"
_CALL = r"(?:\(?\+84\)?|0084|\(?0)"
_GAP = r"[ .\-\u00a0()]{0,2}"
PATTERNS = {  # each pattern is tried on its own: a longer match must not hide a shorter one
    TELEPHONE: [
        re.compile(rf"{_START}{_CALL}(?:{_GAP}\d){{9}}(?!\d)"),
        re.compile(rf"{_START}{_CALL}(?:{_GAP}\d){{10}}(?!\d)"),
        re.compile(rf"{_START}84\d{{9}}(?!\d)"),
    ],
    ID_12: [
        re.compile(rf"{_START}\d{{12}}(?!\d)"),
        re.compile(rf"{_START_GROUP}\d{{3}}(?:[ .\u00a0]\d{{3}}){{3}}(?!\d)"),
        re.compile(rf"{_START_GROUP}0\d{{3}}(?:[ .\u00a0]\d{{4}}){{2}}(?!\d)"),
    ],
    ID_9: [
        re.compile(rf"{_START}\d{{9}}(?!\d)"),
        re.compile(rf"{_START_GROUP}\d{{3}}(?:[ .\u00a0]\d{{3}}){{2}}(?![ .\u00a0]?\d)"),
    ],
    EMAIL: [re.compile(r"[\w.+-]+@(?:[\w-]+\.)+[^\W\d_]{2,}")],
}
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
    folder: Path, planted: Iterable[str] = (), machine: Mapping[str, frozenset[str]] | None = None
) -> list[Leak]:
    """Leaks in every file of a folder, hidden ones too; empty when there is none.

    Parameters
    ----------
    planted : texts that must appear nowhere, in whatever Unicode form, case or escaping.
    machine : what would betray a machine, kind -> texts; by default this one.

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
    found: dict[tuple[str, str], set[str]] = {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        name = path.relative_to(folder).as_posix()
        for where, text in (("", name), *texts(name, path.read_bytes())):
            for kind, values in leaks_in(text, wanted, machine).items():
                found.setdefault((where or name, kind), set()).update(values)
    return sorted(Leak(file, kind, len(values)) for (file, kind), values in found.items())


def refuse_leaks(folder: Path) -> None:
    """Let nothing be published that a person or this machine could be told from.

    Raises
    ------
    RunError
        Names every file and kind, and no value.
    """
    leaks = scan(folder)
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
    numbers = NOT_PERSONAL.sub("\n", text)
    found = {TELEPHONE: _matches(TELEPHONE, numbers)}
    for telephone in sorted(found[TELEPHONE], key=len, reverse=True):
        numbers = numbers.replace(telephone, "\n")
    found |= {kind: _matches(kind, numbers) for kind in (ID_12, ID_9, EMAIL)}
    found |= {kind: _words(text, words) for kind, words in (machine or {}).items()}
    found[FOLDER] = found.get(FOLDER, set()) | set(_HOME.findall(text))
    found[PLANTED] = _planted(text, planted)
    return {kind: values for kind, values in found.items() if values}


def _matches(kind: str, text: str) -> set[str]:
    found = {m.group() for pattern in PATTERNS[kind] for m in pattern.finditer(text)}
    return {value for value in found if kind != TELEPHONE or _is_grouped(value)}


def _is_grouped(telephone: str) -> bool:
    """Whether digits stand in groups as people write telephones; "0 1 2 3 4 5 6 7 8 9" is none."""
    return sum(len(group) == 1 for group in re.findall(r"\d+", telephone)) <= 1


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
