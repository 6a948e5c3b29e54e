"""Parameters of a month: typed, checked, refused with a reason; and what follows from them.

`params/default.yaml` holds every key with its default; `params/YYYY-MM.yaml` (or the file given
to `--params`) changes what differs.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Any, Literal, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    StrictBool,
    ValidationError,
    create_model,
    model_validator,
)

from motcua.base import calendar
from motcua.base.errors import ParameterError, did_you_mean
from motcua.base.reference import (
    OTHER_PROFILE,
    REFERENCE,
    RESOURCES,
    ROOT,
    USUAL_PROFILE,
    message,
    read_parameters,
    read_yaml,
    refusal,
    shortened,
    speak_of,
    usual_profile,
)
from motcua.base.vietnamese import day, nfc

VIETNAM = "Asia/Ho_Chi_Minh"
# Parameters that decide how an export is read.
SHAPING = (
    "columns", "date_format", "time_zone", "statuses", "done_needs_status", "dossier_id",
    "dossier_id_per_ward", "completion_event", "units", "words", "divisions", "places",
)  # fmt: skip
USUAL_PARAMS = Path("params", "default.yaml")
_ANY_TIME = datetime(2024, 1, 14, 13, 5, 6, tzinfo=UTC)


def _read_date(value: Any) -> Any:
    """Accept 2024-01-14 (also as YAML reads it) and 14/01/2024."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, str) and re.fullmatch(r"\d{1,2}/\d{1,2}/\d{4}", value.strip()):
        return datetime.strptime(value.strip(), "%d/%m/%Y").date()
    return value


def _not_bool(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("bool")
    return value


def _is_format(pattern: str) -> str:
    """Accept a strptime format that gives a day back."""
    try:
        reread = datetime.strptime(_ANY_TIME.strftime(pattern), pattern)
    except re.error:  # %Y twice
        raise ValueError("twice") from None
    if reread.date() != _ANY_TIME.date():
        raise ValueError("no day")
    return pattern


def _is_zone(name: str) -> str:
    """Accept the name of a time zone."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, OSError):
        raise ValueError("no zone") from None
    return name


class Fraction(ValueError):
    """A share of 1 where percent are meant; it says what may be meant."""


def _not_a_fraction(value: float) -> float:
    """Refuse 0.97 where 97 is meant."""
    if 0 < value < 1:
        raise Fraction(f"{100 * value:g}")
    return value


# Where a file says nothing: the parameters of motcua, and those of the usual place.
_USUAL = read_parameters(RESOURCES / USUAL_PARAMS) | usual_profile()
# The years that a month may have, so that no looking back leaves the calendar.
_YEARS = Field(ge=date(calendar.FIRST_YEAR, 1, 1), le=date(calendar.LAST_YEAR, 12, 31))
Day = Annotated[date, BeforeValidator(_read_date), _YEARS]
Percent = Annotated[float, BeforeValidator(_not_bool), Field(ge=0, le=100)]
DateFormat = Annotated[str, AfterValidator(_is_format)]
Weight = Annotated[float, BeforeValidator(_not_bool), Field(ge=0, le=1000)]
StatusGroup = Literal[*read_yaml("statuses")]


class _Weights(BaseModel):
    """Weight of each criterion of the year's ranking; only their proportions matter."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_validator(mode="after")
    def _weighs_something(self) -> _Weights:
        if not any(self.model_dump().values()):
            raise ValueError("all weights are 0")
        return self


RankingWeights = create_model(
    "RankingWeights",
    __base__=_Weights,
    __module__=__name__,
    **{name: (Weight, usual) for name, usual in _USUAL["ranking_weights"].items()},
)
KINDS: dict[str, Any] = {  # what a parameter may be, by the words of parameters.yaml
    "percent": Percent,
    "high_percent": Annotated[Percent, AfterValidator(_not_a_fraction)],
    "count": Annotated[int, BeforeValidator(_not_bool), Field(ge=0, le=1_000_000)],
    "months": Annotated[int, BeforeValidator(_not_bool), Field(ge=1, le=240)],
    "weights": RankingWeights,
    "convention": Literal[*read_yaml("terms")["convention"]],  # one for each that has words
    "yes_no": StrictBool,
    "day": Day | None,
    "day_or_days": Day | dict[str, Day] | None,
    "date_formats": DateFormat | Annotated[list[DateFormat], Field(min_length=1)] | None,
    "time_zone": Annotated[str, AfterValidator(_is_zone)],
    "text": str,
    "texts": list[str],
    "commands": Annotated[list[str], Field(exclude=True)],
    "words": dict[str, str],
    "lists": dict[str, list[str]],
    "columns": dict[str, str | dict[str, str]],
    "statuses": dict[StatusGroup, list[str]],
}


def _field(name: str, entry: dict[str, Any]) -> tuple[Any, Any]:
    """Type and default of a parameter, as parameters.yaml has it."""
    kind = Literal[*entry["is"]] if isinstance(entry["is"], list) else KINDS[entry["is"]]
    if bounds := {sign: entry[end] for end, sign in (("from", "ge"), ("to", "le")) if end in entry}:
        kind = Annotated[kind, Field(**bounds)]
    usual = entry.get("usual", _USUAL.get(name))
    return kind, RankingWeights(**usual) if kind is RankingWeights else usual


class _Params(BaseModel):
    """Parameters of one run; each stands in data/reference/parameters.yaml."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    _folder: Path | None = PrivateAttr(None)

    @property
    def folder(self) -> Path | None:
        """Folder of the file that they were read from, where relative paths are sought first."""
        return self._folder

    @property
    def has_due_dates(self) -> bool:
        """Whether due dates are known as days, not by a flag (on time or late) alone."""
        own = [more for more in self.columns.values() if isinstance(more, dict)]
        return all("on_time" not in columns for columns in (self.columns, *own))

    def __eq__(self, other: object) -> bool:
        """Whether two say the same, wherever they were read."""
        return isinstance(other, _Params) and self.model_dump() == other.model_dump()

    __hash__ = None


Params = create_model(
    "Params",
    __base__=_Params,
    __module__=__name__,
    __doc__=_Params.__doc__,
    **{name: _field(name, told) for name, told in read_yaml("parameters").items()},
)


def load_params(month: str, file: Path | None = None, **changes: Any) -> Params:
    """Parameters of a month: default.yaml, then the month's own file or `file`, then `changes`.

    Raises
    ------
    ParameterError
        An unknown key, a value of the wrong kind, a period that ends before it starts.

    Examples
    --------
    >>> load_params("2024-01", threshold_percent=95).threshold_percent
    95.0
    """
    calendar.check_month(month)
    own = file or ROOT / "params" / f"{month}.yaml"
    if file and not own.is_file():
        raise refusal("no_parameters", file=file)
    where = own.name if own.is_file() else "default.yaml"
    usual, mine, of_month = (
        read_parameters(path) if path.is_file() else {}
        for path in (RESOURCES / USUAL_PARAMS, ROOT / USUAL_PARAMS, own)
    )
    asked = usual | mine | of_month | changes
    is_other = asked.get("units") == "from_data"  # and names no profile: of any city
    named = str(asked.get("profile") or (OTHER_PROFILE if is_other else USUAL_PROFILE))
    place = read_profile(named, calendar.rule_period(month, "nd09").end)
    values = usual | place | (mine if RESOURCES != ROOT else {}) | of_month | changes
    if isinstance(own_words := asked.get("words", {}), dict):
        values["words"] = place["words"] | own_words
    params = validate(values | {"profile": named}, where)
    params._folder = own.parent
    speak_of(params)
    period_of(month, params)  # refuses a period that ends before it starts
    return params


def profiles() -> dict[str, Path]:
    """Name -> file of every profile in params/profiles, of motcua and of the user."""
    folders = [folder / "params" / "profiles" for folder in dict.fromkeys((RESOURCES, ROOT))]
    return {path.stem: path for folder in folders for path in sorted(folder.glob("*.yaml"))}


def read_profile(name: str, day: date) -> dict[str, Any]:
    """Parameters of a profile on a day; its `changes` hold from their days on.

    Raises
    ------
    ParameterError
        There is no such profile.
    """
    if name not in profiles():
        hint, known = did_you_mean(name, profiles()), ", ".join(profiles())
        raise refusal("no_profile", ParameterError, name=name, hint=hint, known=known)
    profile = read_parameters(profiles()[name])
    words = usual_profile()["words"] | profile.get("words", {})
    for later in profile.get("changes", []):
        if later["from"] <= day:
            words |= later.get("words", {})
            profile |= later
    return {k: v for k, v in profile.items() if k in Params.model_fields} | {"words": words}


def refuse_abolished(params: Params, end: date) -> None:
    """Refuse a period that ends when the issuer or the register of its profile is no more, or yet.

    Raises
    ------
    ParameterError
        Names the profile to use.
    """
    for name, file in profiles().items():
        profile = read_parameters(file)
        since, until = profile.get("valid_from", date.min), profile.get("valid_to", date.max)
        theirs = {profile.get(key) for key in ("issuer", "units")} - {"", "from_data", None}
        if {params.issuer, params.units} & theirs and not since <= end <= until:
            early = end < since
            limit = f"từ {day(since)}" if early else f"đến {day(until)}"
            other = profile.get("before" if early else "then", OTHER_PROFILE)
            about = {"name": name, "title": profile["title"], "limit": limit, "other": other}
            raise refusal("profile_over", ParameterError, end=day(end), **about)


def _shown(value: Any) -> str:
    """Value as Python writes it, cut short; a number of thousands of digits is not written out."""
    try:
        return shortened(repr(value))
    except ValueError:
        return "(một số quá dài)"


def validate(values: dict[str, Any], where: str) -> Params:
    """Params made of plain values; all faults are told at once, in Vietnamese."""
    try:
        return Params(**{k if isinstance(k, str) else _shown(k): v for k, v in values.items()})
    except ValidationError as error:
        lines = "\n".join(dict.fromkeys(_explain(fault) for fault in error.errors()))
        raise refusal("bad_parameters", ParameterError, where=where, lines=lines) from None


def changed(params: Params, **changes: Any) -> Params:
    """Params with some values replaced, checked like those of a file.

    Examples
    --------
    >>> changed(Params(), threshold_percent=95).threshold_percent
    95.0
    """
    new = validate(params.model_dump() | changes, "giá trị đã chọn")
    new._folder = params._folder
    return new


def _explain(fault: dict[str, Any]) -> str:
    """One line on one faulty parameter: what, expected, and a hint."""
    name = shortened(str(fault["loc"][0]))
    if fault["type"] == "extra_forbidden" and len(fault["loc"]) == 1:
        known = message("known_parameters", names=", ".join(Params.model_fields))
        hint = did_you_mean(name, Params.model_fields) or known
        return message("no_such_parameter", name=name, hint=hint)
    if isinstance(meant := fault.get("ctx", {}).get("error"), Fraction):
        return message("a_fraction", name=name, value=fault["input"], meant=meant)
    options = StatusGroup if "[key]" in fault["loc"] else Params.model_fields[name].annotation
    allowed = ", ".join(o for o in get_args(options) if isinstance(o, str))
    expected = read_yaml("parameters")[name]["means"]
    expected += message("one_of", allowed=allowed) if allowed else ""
    value = _shown(fault["input"])
    return message("bad_value", name=name, value=value, expected=expected)


def columns_of(params: Params, file: str) -> dict[str, str]:
    """Canonical column -> heading that `columns` adds for a file; what names the file goes before.

    A file is named as it is, or by a pattern with * and ?; `vietnamese.nfc` says how names compare.

    Examples
    --------
    >>> params = Params(columns={"due_at": "Hạn", "cu_*.csv": {"due_at": "Hạn chót"}})
    >>> columns_of(params, "cu_1.csv"), columns_of(params, "moi.csv")
    ({'due_at': 'Hạn chót'}, {'due_at': 'Hạn'})
    """
    own = {column: text for column, text in params.columns.items() if isinstance(text, str)}
    for pattern, more in params.columns.items():
        if isinstance(more, dict) and names_file(pattern, file):
            own |= more
    return own


def names_file(pattern: str, file: str) -> bool:
    """Whether a name or a pattern of the parameters means a file."""
    return nfc(file) == nfc(pattern) or fnmatchcase(nfc(file), nfc(pattern))


def units_path(params: Params) -> Path | None:
    """File of the register named by `units`; None for `from_data`.

    A relative path is looked for beside the parameter file, in data/reference, in the project and
    from here; it may not leave that folder by "..".
    """
    if params.units == "from_data":
        return None
    if ".." in Path(params.units).parts:
        raise refusal("units_outside", ParameterError, units=params.units)
    for folder in (params.folder, REFERENCE, ROOT, Path.cwd()):
        if folder and (folder / params.units).is_file():
            return (folder / params.units).resolve()
    raise refusal("no_register", units=params.units)


def is_partial(params: Params) -> bool:
    """Whether the parameters leave some dossiers out on purpose (`only_...`).

    Examples
    --------
    >>> is_partial(Params()), is_partial(Params(only_wards=["Hố Nai"]))
    (False, True)
    """
    return bool(params.only_wards or params.only_procedures or params.only_channels)


def whole_name(params: Params) -> str:
    """What all counted dossiers together are called: the city, or the part that was asked for.

    Examples
    --------
    >>> whole_name(Params()), whole_name(Params(only_wards=["Hố Nai"]))
    ('toàn thành phố', 'phần được tính')
    """
    return "phần được tính" if is_partial(params) else params.words["whole"]


def has_part_in(earlier: str, month: str, params: Params) -> bool:
    """Whether what was issued of a period may matter for another, as far as there are data.

    It is of the same kind, or a month, and one of the `history_months` periods up to the other.

    Examples
    --------
    >>> [has_part_in(one, "2024-01", Params()) for one in ("2022-12", "2023-01", "2023-Q4")]
    [False, True, False]
    >>> [has_part_in(one, "2024-Q1", Params()) for one in ("2023-Q4", "2024-03", "2024-04")]
    [True, True, False]
    """
    first = calendar.months_in(calendar.next_month(month, 1 - params.history_months))[0]
    is_in_time = first <= calendar.months_in(earlier)[-1] <= calendar.months_in(month)[-1]
    return is_in_time and calendar.kind_of(earlier) in ("month", calendar.kind_of(month))


def period_of(month: str, params: Params) -> calendar.Period:
    """Period of a month; `period_start` and `period_end` override the rule.

    nd09: from day 15 of the month before to day 14 (Nghị định 09/2019/NĐ-CP, Điều 12).
    calendar: the calendar month.

    Examples
    --------
    >>> period_of("2024-01", Params())
    Period(start=datetime.date(2023, 12, 15), end=datetime.date(2024, 1, 14))
    >>> period_of("2024-02", Params(period_rule="calendar")).end
    datetime.date(2024, 2, 29)
    """
    start, end = calendar.rule_period(month, params.period_rule)
    period = calendar.Period(params.period_start or start, params.period_end or end)
    if period.end < period.start:
        days = {"start": day(period.start), "end": day(period.end)}
        raise refusal("period_backwards", ParameterError, **days)
    return period
