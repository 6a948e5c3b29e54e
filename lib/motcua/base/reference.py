"""Reference lists kept as data in `data/reference/`: units, causes, headings, statuses, labels.

Each list stands in one file there and is read through this module only.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, fields
from datetime import date, timedelta
from difflib import get_close_matches
from functools import cache, lru_cache, wraps
from itertools import chain
from pathlib import Path
from string import Template
from typing import Any, NamedTuple, TypeVar

import yaml

from motcua.base.errors import InputError, MissingColumns, MotcuaError, ParameterError, did_you_mean
from motcua.base.vietnamese import any_of, clean, key, one_of, upper_first

RESTRICTED = "han-che/tai-pham.xlsx"  # officials who repeat, for Phòng Nội vụ alone
PACKAGE = Path(__file__).resolve().parents[1]
SHIPPED = PACKAGE / "shipped"  # only a wheel has it: what stands beside lib/ in a checkout
# What is motcua's own: notebooks, lists, words, usual parameters, locked versions.
RESOURCES = SHIPPED if SHIPPED.is_dir() else PACKAGE.parents[1]
# Whose data/raw, params/ and outputs/: those of the office in whose folder the user stands (see
# `motcua init`), else of the folder itself; a checkout is its own user's.
_HERE = Path.cwd() if SHIPPED.is_dir() else RESOURCES
_ABOVE = (Path.cwd(), *Path.cwd().parents)
ROOT = next((p for p in _ABOVE if (p / "params" / "default.yaml").is_file()), _HERE)
REFERENCE = RESOURCES / "data" / "reference"
WORDS = RESOURCES / "data" / "words"
PROFILES = RESOURCES / "params" / "profiles"
NOTEBOOKS = RESOURCES / "notebooks"
OUTPUTS = ROOT / "outputs"
ISSUED = "ban-hanh"  # folder of outputs with what was issued, a record a period
RECORDS = "[12][0-9][0-9][0-9]*.json"

SUFFIXES = (  # of exports that can be read
    ".xlsx", ".xlsm", ".xls", ".xml", ".mht", ".mhtml",
    ".csv", ".csv.gz", ".tsv", ".txt", ".parquet",
)  # fmt: skip
STAND_INS = {"on_time": "due_at", "due_days": "due_at"}  # params `columns` may name them instead
NO_UNIT = "(trống)"
LEFT = ("withdrawn", "returned", "stopped")  # status groups that leave without a result
NOT_RECEIVED = "not_received"
URBAN_MANAGEMENT, OTHER_DIVISION = "urban_management", "other"  # codes of divisions


LARGEST, DEEPEST, LONGEST_SHOWN = 200_000, 6, 80  # bytes, levels and letters of parameters
MOST_SEEN = 40  # headings that a message names
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the one in C is ten times as fast

# Words of the place ------------------------------------------------------------------------------

USUAL_PROFILE = "bien-hoa-2024"
OTHER_PROFILE = "thanh-pho-khac"  # of parameters with `units: from_data` that name none
_Result = TypeVar("_Result")
_Error = TypeVar("_Error", bound=MotcuaError)


@cache
def _plain_yaml(file: Path) -> Any:
    return yaml.load(file.read_text("utf-8"), _LOADER)  # noqa: S506  safe


# Kind of exports -> columns that one cannot be read without.
REQUIRED: dict[str, list[str]] = _plain_yaml(REFERENCE / "required.yaml")
KINDS = tuple(REQUIRED)


def usual_profile() -> dict[str, Any]:
    """What the profile says that is used where none is named."""
    return _plain_yaml(PROFILES / f"{USUAL_PROFILE}.yaml")


class Place(NamedTuple):
    """What a profile says of a place: its names for things, and how exports name its parties.

    Attributes
    ----------
    words : names of units, divisions and issuer, by what they stand for.
    divisions : party -> words of which a name in the exports holds one.
    places : cities and provinces that may stand behind the name of a unit.
    directs : whether the issuer directs the units by a monthly letter.
    """

    words: Mapping[str, str]
    divisions: Mapping[str, list[str]]
    places: list[str]
    directs: bool


# The usual place, and what tells one place from another.
_SPOKEN_OF = {"place": Place(*map(usual_profile().__getitem__, Place._fields)), "key": ""}


def place() -> Place:
    """Return the place spoken of: that of the month last asked."""
    return _SPOKEN_OF["place"]


def speak_of(named: Any) -> None:
    """Let every sentence, label and list name things as a place does: a `Place`, or parameters.

    Like the language of a program it holds until the month of another place is asked.
    """
    wanted = Place(*(getattr(named, name) for name in Place._fields))
    if wanted is not place() and wanted != place():
        _SPOKEN_OF.update(place=wanted, key=repr(wanted))


def word(name: str) -> str:
    """Word of the place for a name.

    Examples
    --------
    >>> word("Whole")
    'Toàn thành phố'
    """
    return _names()[name]


def by_place(function: Callable[..., _Result]) -> Callable[..., _Result]:
    """Decorate a function whose result holds words of the place: kept for each place apart."""
    known: dict[Any, Any] = {}

    @wraps(function)
    def kept(*values: Any) -> _Result:
        asked = (_SPOKEN_OF["key"], *values)
        if asked not in known:
            known[asked] = function(*values)
        return known[asked]

    return kept


def filled(text: Any) -> Any:
    """Text, or lists and mappings of it, with $names replaced by the words of the place.

    Examples
    --------
    >>> filled(["$Units quá hạn", {"a": "do $division"}])
    ['Phường, xã quá hạn', {'a': 'do Phòng Quản lý đô thị'}]
    """
    if isinstance(text, str):
        return Template(text).safe_substitute(_names()) if "$" in text else text
    if isinstance(text, dict):
        return {name: filled(part) for name, part in text.items()}
    return [filled(part) for part in text] if isinstance(text, list) else text


@by_place
def _names() -> dict[str, str]:
    words = place().words
    large = {upper_first(name): upper_first(word) for name, word in words.items()}
    return {**words} | large | {name.upper(): word.upper() for name, word in words.items()}


def concerns(tags: Iterable[str]) -> bool:
    """Whether a cell of a notebook says something here, by its tags `of-division`, `of-orders`."""
    here = {"of-division": place().divisions, "of-orders": place().directs}
    return all(here.get(tag, True) for tag in tags)


def translated(text: str) -> str:
    """Text written in the words of the usual profile, as notebooks are, in those of the place.

    Examples
    --------
    >>> usual = place()
    >>> speak_of(usual._replace(words={**usual.words, "units": "đơn vị"}))
    >>> translated("Phường, xã nào dưới mục tiêu?")
    'Đơn vị nào dưới mục tiêu?'
    >>> speak_of(usual)
    """
    pattern, known = _usual_names()
    return pattern.sub(lambda found: known[found[0]], text)


@by_place
def _usual_names() -> tuple[re.Pattern[str], dict[str, str]]:
    """Names of things in the usual place: where they stand in a text, and how they read here."""
    forms, usual = _names(), usual_profile()["words"]
    known = {words: forms[name] for name, words in usual.items()}
    known |= {upper_first(words): forms[upper_first(name)] for name, words in usual.items()}
    longest_first = sorted(map(re.escape, known), key=len, reverse=True)
    return re.compile(rf"\b(?:{'|'.join(longest_first)})\b"), known


@by_place
def read_yaml(name: str, folder: Path = REFERENCE) -> Any:
    """Content of `name`.yaml in data/reference or another folder, in the words of the place."""
    return filled(_plain_yaml(folder / f"{name}.yaml"))


@cache
def forms(file: str, name: str) -> re.Pattern[str]:
    """Any of the forms that a list of data/reference has of something (see `vietnamese.one_of`).

    <<a name>> in a form stands for any of `words` under that name in the list, or for one of its
    `parts`.
    """
    lists = read_yaml(file)
    words = {
        part: any_of(chain.from_iterable(some.values()) if isinstance(some, dict) else some)
        for part, some in lists["words"].items()
    }
    return one_of(lists["forms"][name], lists["parts"] | words)


class InUse(Mapping[str, Any]):
    """A mapping of words that follows the place: read anew whenever it is asked."""

    def __init__(self, read: Callable[[], Mapping[str, Any]]) -> None:
        self._read = read

    def __getitem__(self, name: str) -> Any:
        """Words under a name."""
        return self._read()[name]

    def __iter__(self) -> Iterator[str]:
        """Names."""
        return iter(self._read())

    def __len__(self) -> int:
        """How many names."""
        return len(self._read())


def read_parameters(path: Path) -> dict[str, Any]:
    """Mapping in a YAML file; refused with the line where it breaks."""
    try:
        if path.stat().st_size > LARGEST:
            raise refusal("parameters_large", ParameterError, name=path.name, most=LARGEST // 1000)
        text = path.read_text("utf-8-sig")
        values = deepcopy(_checked(text, path.name))
    except UnicodeDecodeError:
        raise refusal("parameters_letters", ParameterError, name=path.name) from None
    except (yaml.YAMLError, ValueError) as error:  # or a number or a date that there cannot be
        mark = getattr(error, "problem_mark", None)
        where = message("row_of", where=path.name, row=mark.line + 1) if mark else path.name
        raise refusal("parameters_broken", ParameterError, where=where) from None
    except OSError as error:
        raise refusal("parameters_shut", name=path.name, why=error.strerror) from None
    if not isinstance(values or {}, dict):
        raise refusal("parameters_other", ParameterError, name=path.name)
    return values or {}


@lru_cache
def _checked(text: str, name: str) -> Any:
    """What a text in YAML says; every notebook asks for the same files."""
    _check_plain(text, name)
    return yaml.load(text, _LOADER)  # noqa: S506  safe


def _check_plain(text: str, name: str) -> None:
    """Refuse what no parameter needs: aliases, depth without bounds, a key twice.

    Of a key that stands twice the first value would be lost.
    """
    opened: list[list[Any]] = [[None, False]]  # keys of what is open (None: a list), one is next
    for event in yaml.parse(text, _LOADER):
        line = event.start_mark.line + 1
        if isinstance(event, yaml.CollectionEndEvent):
            opened.pop()
        if not isinstance(event, yaml.NodeEvent):
            continue
        begins = isinstance(event, yaml.CollectionStartEvent)
        if isinstance(event, yaml.AliasEvent) or (begins and len(opened) > DEEPEST):
            raise refusal("parameters_deep", ParameterError, name=name, line=line, most=DEEPEST)
        (keys, is_key), word = opened[-1], getattr(event, "value", "")
        if is_key and word in keys:
            lines = {"first": keys[word], "second": line}
            raise refusal("key_twice", ParameterError, name=name, key=shortened(word), **lines)
        if is_key:
            keys[word] = line
        opened[-1][1] = keys is not None and not is_key
        if begins:
            is_mapping = isinstance(event, yaml.MappingStartEvent)
            opened.append([{}, True] if is_mapping else [None, False])


def shortened(text: str) -> str:
    """Text cut short, for a message."""
    return text if len(text) <= LONGEST_SHOWN else text[:LONGEST_SHOWN] + "…"


def message(text: str, /, **values: object) -> str:
    """Sentence of messages.yaml with its places filled.

    Examples
    --------
    >>> message("rows", numbers="2, 3")
    'dòng 2, 3'
    """
    texts = read_yaml("messages")
    template = texts["told"].get(text) or texts["refused"][text]
    return template.format(**texts["shared"], suffixes=", ".join(SUFFIXES), **values)


def refusal(text: str, error: type[_Error] = InputError, /, **values: object) -> _Error:
    """Error with a sentence of messages.yaml (see `message`)."""
    return error(message(text, **values))


def columns_missing(
    where: str, missing: dict[str, str], seen: Iterable[str], free: Iterable[str] | None = None
) -> MissingColumns:
    """Error that names the missing columns, the headings there are, and near ones.

    Parameters
    ----------
    missing : column -> its usual heading.
    free : headings that fill no column yet, the only ones that may be meant; None: all seen.

    Examples
    --------
    >>> seen = ["Mã hồ sơ", "Ngày hẹn trảa"]
    >>> print(columns_missing("a.csv", {"due_at": "Ngày hẹn trả"}, seen))
    Thiếu cột bắt buộc trong a.csv: 'Ngày hẹn trả' (due_at).
    Các tiêu đề đang có: 'Mã hồ sơ', 'Ngày hẹn trảa'. Có phải là 'Ngày hẹn trảa'?
    Cách sửa: sửa tiêu đề trong tệp, hoặc khai báo `columns: {due_at: <tiêu đề>}` trong tệp tham số.
    """
    seen = [heading for heading in seen if heading]
    free = seen if free is None else list(free)
    names = ", ".join(f"'{label}' ({column})" for column, label in missing.items())
    guesses = "".join(dict.fromkeys(did_you_mean(label, free) for label in missing.values()))
    shown = ", ".join(f"'{heading}'" for heading in seen[:MOST_SEEN]) or message("nothing_seen")
    values = {"names": names, "seen": shown, "guesses": guesses, "first": next(iter(missing))}
    return refusal("columns_missing", MissingColumns, where=where, **values)


@by_place
def causes() -> dict[str, dict]:
    """Causes of lateness in the order of search: code -> label, party, aliases.

    Examples
    --------
    >>> list(causes())
    ['forgot_to_close', 'software_error', 'urban_management', 'slow_processing', 'unknown']
    """
    return read_yaml("causes")


@by_place
def dictionary() -> dict[str, Any]:
    """Content of columns.yaml, with a column for each cause, and the causes where it names them.

    Examples
    --------
    >>> dictionary()["columns"]["unknown"]["label"], dictionary()["tables"]["points"]["key"]
    ('Trễ: chưa xác định', ['code', 'cause'])
    """
    listed = read_yaml("columns")
    usual = {"type": "integer", "unit": "hồ sơ"}
    listed["columns"] |= {code: cause["count"] | usual for code, cause in causes().items()}
    tables = listed["tables"].values()
    owns = [entry for table in tables for entry in table.get("own", {}).values()]
    for entry, name in [(t, "columns") for t in tables] + [
        (entry, "values") for entry in (*listed["columns"].values(), *owns) if "values" in entry
    ]:
        entry[name] = [v for one in entry[name] for v in (causes() if one == "causes" else [one])]
    return listed


@by_place
def codes(name: str) -> dict[str, str]:
    """Comparing key of every wording that a list tells by code (label and aliases) -> code.

    Examples
    --------
    >>> codes("causes")["do phòng qlđt"]
    'urban_management'
    """
    return {
        key(word): code
        for code, one in read_yaml(name).items()
        for word in (code, one["label"], *one["aliases"])
    }


def party_label(party: str) -> str:
    """Vietnamese name of the party that answers for a cause."""
    return read_yaml("parties")[party]


@cache
def feedback_kinds() -> dict[str, dict]:
    """Kinds of feedback: code -> label, complaint (bool), aliases."""
    return read_yaml("feedback_kinds")


def division_code(name: str) -> str:
    """Code of a division: Phòng Quản lý đô thị, another one, or "" where none is named.

    Examples
    --------
    >>> division_code("Phòng Quản lý đô thị"), division_code("Chi cục Thuế"), division_code("")
    ('urban_management', 'other', '')
    """
    words = map(key, place().divisions.get(URBAN_MANAGEMENT, ()))
    is_urban = any(word in key(name) for word in words)
    return (URBAN_MANAGEMENT if is_urban else OTHER_DIVISION) if name else ""


def status_groups(extra: dict[str, list[str]]) -> dict[str, str]:
    """Comparing key of every status label -> group; `extra` (params `statuses`) wins.

    Examples
    --------
    >>> groups = status_groups({"withdrawn": ["Đã hủy"]})
    >>> groups["đã hủy"], groups["mới đăng ký"]
    ('withdrawn', 'not_received')
    """
    merged = {}
    for table in (read_yaml("statuses"), extra):
        merged |= {key(str(label)): group for group, labels in table.items() for label in labels}
    return merged


@dataclass(frozen=True)
class Unit:
    """One ward of the register, in the time it was valid."""

    code: str
    name: str
    kind: str = ""
    aliases: tuple[str, ...] = ()
    valid_from: date | None = None
    valid_to: date | None = None
    successor: str = ""
    grid_row: int | None = None
    grid_col: int | None = None
    group: str = ""

    def is_valid(self, at: date) -> bool:
        """Whether the unit exists on that day."""
        return (self.valid_from or date.min) <= at <= (self.valid_to or date.max)


@cache
def read_units(path: Path) -> tuple[Unit, ...]:
    """Units of a register file (csv: code,name[,kind,aliases,valid_from,valid_to,...]).

    Raises
    ------
    InputError
        The file is missing, or has no columns `code` and `name`.
    """
    if not path.is_file():
        raise refusal("register_gone", name=path.name)
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    if not rows or not {"code", "name"} <= rows[0].keys():
        raise refusal("register_columns", name=path.name)
    return tuple(_unit(row) for row in rows)


def _unit(row: dict[str, str]) -> Unit:
    """Unit of a row of the register; days and places are read from their texts."""
    cells = {name: clean(text) for name, text in row.items() if name and text and text.strip()}
    cells["aliases"] = tuple(map(clean, filter(None, cells.get("aliases", "").split("|"))))
    cells["successor"] = cells.pop("successor_name", "")
    read = {"valid_from": date.fromisoformat, "valid_to": date.fromisoformat}
    read |= {"grid_row": int, "grid_col": int}
    known = [f.name for f in fields(Unit) if f.name in cells]
    values = {name: read.get(name, lambda as_is: as_is)(cells[name]) for name in known}
    return Unit(**{"code": "", "name": ""} | values)


def units_at(units: Iterable[Unit], at: date) -> list[Unit]:
    """Units valid on a day, in the register's order."""
    return [unit for unit in units if unit.is_valid(at)]


@cache
def _before_name() -> re.Pattern[str]:
    """An office or a kind before the name of a ward (data/reference/unit_names.yaml)."""
    return re.compile(rf"(?:{any_of(read_yaml('unit_names')['before'])})(?: ?[.,:\-–—] ?| )")


@by_place
def _behind_name() -> re.Pattern[str]:
    """A name, and the cities and provinces behind it: after a sign, or after their kind."""
    parts = read_yaml("unit_names")
    kinds, places = any_of(parts["place_kinds"]), any_of(place().places) or "(?!)"
    sign, more = r" ?[,;(/\-–—]+ ?", rf"(?: ?\)?[ ,;(/\-–—]+(?:(?:{kinds}) ?)?(?:{places}))"
    return re.compile(
        rf"(.*?\w\)?)(?:(?:{sign}| )(?:{kinds}) ?|{sign})(?:{places}){more}?(?: ?\))?[ .;,]*"
    )


def unit_key(text: str) -> str:
    """Comparing key of a ward name without office and kind in front, and city and province behind.

    Examples
    --------
    >>> unit_key("UBND phường Tân Hoà"), unit_key("XÃ LONG HƯNG - TP. Biên Hoà")
    ('tân hòa', 'long hưng')
    >>> unit_key("Phường Biên Hòa, tỉnh Đồng Nai"), unit_key("UBND thành phố Biên Hòa")
    ('biên hòa', 'ubnd')
    """
    word = key(text)
    if behind := _behind_name().fullmatch(word):
        word = behind.group(1)
    while before := _before_name().match(word):
        word = word[before.end() :].strip()
    return word


def has_prefix(text: str) -> bool:
    """Whether a text begins like the name of a ward: UBND, phường, xã, P., X., or an office.

    Examples
    --------
    >>> has_prefix("P. Hố Nai"), has_prefix("Nguyễn Văn Bình")
    (True, False)
    """
    return bool(_before_name().match(key(text)))


def near_units(text: str, names: Mapping[str, str]) -> list[str]:
    """Official names of the units nearest to an unknown one, best first; for a hint only.

    Examples
    --------
    >>> near_units("P. Tân Hòaa", {"tân hòa": "Tân Hòa", "an bình": "An Bình"})
    ['Tân Hòa']
    """
    near = get_close_matches(unit_key(text), list(names), n=3, cutoff=0.75)
    return list(dict.fromkeys(names[word] for word in near))


def unit_names(units: Iterable[Unit]) -> dict[str, str]:
    """Comparing key of every name, alias and code of a register -> official name.

    A code that several units have borne (see `reused_codes`) is no name.
    """
    units = list(units)
    reused = reused_codes(units)
    names = {unit_key(alias): unit.name for unit in units for alias in unit.aliases}
    names |= {unit.code: unit.name for unit in units if unit.code not in reused}
    return names | {unit_key(unit.name): unit.name for unit in units}


def reused_codes(units: Iterable[Unit]) -> dict[str, list[Unit]]:
    """Codes that units of different names have borne in turn -> these units.

    Examples
    --------
    >>> [unit.name for unit in reused_codes(read_units(REFERENCE / "wards.csv"))["26014"]]
    ['Tân Tiến', 'Tân Mai']
    """
    bearers: dict[str, list[Unit]] = {}
    for unit in units:
        bearers.setdefault(unit.code, []).append(unit)
    return {code: some for code, some in bearers.items() if len({u.name for u in some}) > 1}


def standing_for(units: Iterable[Unit], at: date) -> list[tuple[str, date, date, str]]:
    """Who stands on the day `at` for every unit there ever was: name, since, until, code.

    Names and codes were used again for other units when wards were merged, so a name means the
    unit that bore it when the dossier came in: the rows of one name follow each other without gap,
    from the first day to the last. A merged ward leads to its successor, so that trends go on; one
    without a successor on that day is left out.

    Examples
    --------
    >>> old = Unit("1", "A", valid_to=date(2024, 10, 31), successor="B")
    >>> new = Unit("2", "B")
    >>> standing_for([old, new], date(2025, 1, 1))[0][-1]
    '2'
    """
    units = sorted(units, key=lambda unit: unit.valid_from or date.min)
    rows = []
    for name in dict.fromkeys(unit.name for unit in units):
        bearers = [unit for unit in units if unit.name == name]
        since = [date.min, *(unit.valid_from or date.min for unit in bearers[1:])]
        until = [*since[1:], date.max]
        for unit, first, end in zip(bearers, since, until, strict=True):
            if last := _last_successor(unit, units, at):
                rows.append((name, first, end, last.code))
    return rows


def _last_successor(unit: Unit, units: list[Unit], at: date) -> Unit | None:
    """Unit that a unit has become by the day `at`."""
    while not unit.is_valid(at):
        if unit.valid_to is None or unit.valid_to > at or not unit.successor:
            return None
        after = unit.valid_to + timedelta(days=1)
        heirs = [u for u in units if u.name == unit.successor and u.is_valid(after)]
        if not heirs:
            return None
        unit = heirs[0]
    return unit


def shown(path: Path) -> str:
    """Path as a reader knows it: from the project's root when inside it, else its name.

    Examples
    --------
    >>> shown(ROOT / "data" / "sample"), shown(Path("/mnt/usb/thang-01"))
    ('data/sample', 'thang-01')
    """
    return path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else path.name


@dataclass(frozen=True)
class LegalText:
    """A decree or circular, in the time it is valid (data/reference/legal_basis.yaml).

    `amends` is the number of the text that it amends, "" when it stands by itself.
    """

    number: str
    kind: str
    date: date
    issuer: str
    title: str
    valid_from: date
    cited_for: list[str]
    valid_to: date = date.max
    amends: str = ""
    article: str = ""


def legal_basis(day: date, matter: str = "grounds") -> list[LegalText]:
    """Texts valid on a day that are cited for a matter, in the order in which they are cited.

    Examples
    --------
    >>> [text.number for text in legal_basis(date(2025, 6, 30))]
    ['61/2018/NĐ-CP', '107/2021/NĐ-CP']
    >>> [text.number for text in legal_basis(date(2025, 7, 1), "apology")]
    ['118/2025/NĐ-CP']
    """
    texts = [LegalText(**entry) for entry in read_yaml("legal_basis")]
    return [t for t in texts if matter in t.cited_for and t.valid_from <= day <= t.valid_to]


# Labels: columns stand in columns.yaml, codes in terms.yaml -------------------------------------

_TERMS = read_yaml("terms")


@by_place
def _labels() -> dict[str, str]:
    columns = dictionary()["columns"]
    return {name: column.get("short", column["label"]) for name, column in columns.items()}


# Headings of columns on pages, and how a column is written where its type does not say it.
LABELS = InUse(_labels)
FORMATS = {name: c["format"] for name, c in dictionary()["columns"].items() if "format" in c}

STATE_LABELS, MOVED_LABELS = _TERMS["state"], _TERMS["moved"]
REPORTED_LABELS, RESULT_LABELS = _TERMS["reported"], _TERMS["result"]
ORDER_MEASURES = InUse(lambda: read_yaml("terms")["order_measure"])
CHECK_LABELS, MEASURE_LABELS = _TERMS["check"], _TERMS["measure"]
REASON_LABELS, DISAGREEMENT_LABELS = _TERMS["reason"], _TERMS["disagreement"]
LIST_LABELS, KIND_LABELS = InUse(lambda: read_yaml("terms")["list"]), _TERMS["kind"]
CONVENTION_LABELS, EVENT_LABELS = _TERMS["convention"], _TERMS["event"]
DUE_LABELS, WITHDRAWN_LABELS = _TERMS["due_basis"], _TERMS["withdrawn"]


def columns(table: str) -> dict[str, str]:
    """Column -> label of a table that pages show: of its own, or that of the dictionary.

    Examples
    --------
    >>> columns("notes")
    {'reason': 'Lý do', 'column': 'Cột', 'n': 'Số dòng'}
    """
    headings: dict[str, str] = {}
    for item in dictionary()["pages"][table]:
        headings |= item if isinstance(item, dict) else {item: LABELS[item]}
    return headings
