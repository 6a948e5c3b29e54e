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
    model_validator,
)

from motcua.base.calendar import (
    FIRST_YEAR,
    LAST_YEAR,
    Period,
    check_month,
    kind_of,
    months_in,
    next_month,
    rule_period,
)
from motcua.base.errors import InputError, ParameterError, did_you_mean
from motcua.base.reference import (
    OTHER_PROFILE,
    REFERENCE,
    RESOURCES,
    ROOT,
    USUAL_PROFILE,
    read_parameters,
    read_yaml,
    shortened,
    speak_of,
    usual_profile,
)
from motcua.base.vietnamese import nfc

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
        told = datetime.strptime(_ANY_TIME.strftime(pattern), pattern)
    except re.error:  # %Y twice
        raise ValueError("twice") from None
    if told.date() != _ANY_TIME.date():
        raise ValueError("no day")
    return pattern


def _is_zone(name: str) -> str:
    """Accept the name of a time zone."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, OSError):
        raise ValueError("no zone") from None
    return name


def _in_our_time(day: date) -> date:
    """Accept the years that a month may have, so that no looking back leaves the calendar."""
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValueError("no such year")
    return day


class Fraction(ValueError):
    """A share of 1 where percent are meant; it says what may be meant."""


def _not_a_fraction(value: float) -> float:
    """Refuse 0.97 where 97 is meant."""
    if 0 < value < 1:
        raise Fraction(f"{100 * value:g}")
    return value


def of_place(name: str, description: str) -> Any:
    """Field of what a profile says of a place; by default the usual one."""
    return Field(usual_profile()[name], description=description)


Convention = Literal[*read_yaml("terms")["convention"]]  # one for each that has words
Day = Annotated[date, BeforeValidator(_read_date), AfterValidator(_in_our_time)]
Percent = Annotated[float, BeforeValidator(_not_bool), Field(ge=0, le=100)]
HighPercent = Annotated[Percent, AfterValidator(_not_a_fraction)]
DateFormat = Annotated[str, AfterValidator(_is_format)]
TimeZone = Annotated[str, AfterValidator(_is_zone)]
Count = Annotated[int, BeforeValidator(_not_bool), Field(ge=0, le=1_000_000)]
Months = Annotated[int, BeforeValidator(_not_bool), Field(ge=1, le=240)]
Weight = Annotated[float, BeforeValidator(_not_bool), Field(ge=0, le=1000)]
StatusGroup = Literal[
    "not_received", "in_progress", "awaiting", "done", "withdrawn", "returned", "stopped"
]


class RankingWeights(BaseModel):
    """Weight of each criterion of the year's ranking; only their proportions matter."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rate: Weight = 40
    backlog: Weight = 20
    feedback: Weight = 15
    apologies: Weight = 10
    evidence: Weight = 5
    orders: Weight = 10

    @model_validator(mode="after")
    def _weighs_something(self) -> RankingWeights:
        if not any(self.model_dump().values()):
            raise ValueError("all weights are 0")
        return self


class Params(BaseModel):
    """Parameters of one run; every field has its meaning in its description."""

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
        return isinstance(other, Params) and self.model_dump() == other.model_dump()

    __hash__ = None

    threshold_percent: HighPercent = Field(97, description="ngưỡng tỷ lệ, từ 0 đến 100")
    rate_convention: Convention = Field("resolved", description="quy ước tính tỷ lệ")
    completion_event: Literal["closed", "result", "returned"] = Field(
        "closed", description="mốc hoàn thành hồ sơ"
    )
    withdrawn: Literal["exclude", "as_on_time"] = Field(
        "exclude", description="cách tính hồ sơ rút, trả lại, dừng"
    )
    due_basis: Literal["original", "rescheduled"] = Field(
        "original", description="hạn dùng để chấm"
    )
    granularity: Literal["day", "time"] = Field("day", description="so sánh theo ngày hay theo giờ")
    period_rule: Literal["nd09", "calendar"] = Field("nd09", description="quy tắc chốt kỳ")
    period_start: Day | None = Field(None, description="ngày đầu kỳ, dạng 2023-12-15")
    period_end: Day | None = Field(None, description="ngày cuối kỳ, dạng 2024-01-14")
    exported_at: Day | dict[str, Day] | None = Field(
        None, description="ngày xuất dữ liệu: một ngày, hoặc {tên tệp: ngày}"
    )
    allow_uncovered: Annotated[bool, Field(strict=True)] = Field(
        False,
        description="true: lập cả kỳ mà dữ liệu chưa phủ hết, mọi sản phẩm mang dấu; hoặc false",
    )
    small_n: Count = Field(30, description="dưới số hồ sơ này thì tỷ lệ biến động mạnh")
    repeat_from: Count = Field(3, description="tái phạm từ số lần này")
    list_min_dossiers: Count = Field(
        2, description="số hồ sơ trễ tối thiểu vì một nguyên nhân để nêu tên đơn vị"
    )
    list_min_points: Percent = Field(
        0.5, description="số điểm phần trăm tối thiểu mất vì nguyên nhân đó để nêu tên đơn vị"
    )
    feedback_min: Count = Field(1, description="số phản ánh tối thiểu để nêu tên đơn vị")
    same_complaint_days: Count = Field(
        30, description="trong số ngày này, phản ánh cùng hồ sơ qua kênh khác là cùng một phản ánh"
    )
    followup_months: Months = Field(
        6, description="số tháng trước mà chỉ đạo chưa xong còn được theo dõi"
    )
    order_due_days: Annotated[int, BeforeValidator(_not_bool), Field(ge=1, le=365)] = Field(
        10, description="thời hạn thực hiện chỉ đạo: số ngày làm việc, từ 1 đến 365, kể từ công văn"
    )
    repeat_orders_from: Annotated[Months, Field(ge=2)] = Field(
        3, description="đã chỉ đạo nhiều lần: từ số tháng liên tiếp này, ít nhất 2"
    )
    effect_months: Months = Field(
        3, description="số tháng đến hết tháng ra chỉ đạo, gộp lại để so với các tháng sau đó"
    )
    repeat_months: Months = Field(
        12, description="số tháng, kể cả tháng này, mà các lần tái phạm được cộng lại"
    )
    ranking_weights: RankingWeights = Field(
        RankingWeights(),
        description="trọng số của bảng xếp hạng: từ 0 đến 1000, không cùng bằng 0, cho các "
        "tiêu chí rate, backlog, feedback, apologies, evidence, orders",
    )
    check_deadline_percent: Percent = Field(
        60, description="dấu hiệu dồn vào ngày hẹn: tỷ lệ hồ sơ xong đúng ngày hẹn, trên mức này"
    )
    check_burst_dossiers: Annotated[Count, Field(ge=2)] = Field(
        10, description="dấu hiệu kết thúc hàng loạt: từ số hồ sơ này của một công chức"
    )
    check_burst_minutes: Annotated[Count, Field(ge=1)] = Field(
        5, description="dấu hiệu kết thúc hàng loạt: trong số phút này"
    )
    check_fewer_percent: Percent = Field(
        70, description="dấu hiệu ít hồ sơ: dưới tỷ lệ này so với thường lệ"
    )
    check_growing_months: Months = Field(
        3, description="dấu hiệu tồn quá hạn tăng: số tháng tăng liên tiếp"
    )
    praise_from_percent: HighPercent = Field(99, description="tỷ lệ từ mức này thì được biểu dương")
    history_months: Months = Field(13, description="số tháng xem lại trong phần xu hướng")
    date_format: DateFormat | Annotated[list[DateFormat], Field(min_length=1)] | None = Field(
        None, description="dạng ngày theo strptime, ví dụ %Y-%m-%d"
    )
    time_zone: TimeZone = Field(
        VIETNAM, description="múi giờ của báo cáo, ví dụ Asia/Ho_Chi_Minh hoặc UTC"
    )
    done_needs_status: StrictBool = Field(
        False, description="true: ngày kết thúc chỉ được tính khi trạng thái là đã xong hoặc trống"
    )
    dossier_id: Literal["column", "row"] = Field(
        "column", description="mã hồ sơ: theo cột trong tệp, hoặc mỗi dòng là một hồ sơ"
    )
    dossier_id_per_ward: StrictBool = Field(
        False, description="true: mỗi đơn vị tự đánh số, mã hồ sơ chỉ là duy nhất trong một đơn vị"
    )
    profile: str = Field(USUAL_PROFILE, description="hồ sơ địa phương trong params/profiles")
    units: str = of_place("units", "đường dẫn danh mục đơn vị, hoặc from_data")
    columns: dict[str, str | dict[str, str]] = Field(
        {}, description="{cột chuẩn: tiêu đề trong tệp}, hoặc {tên tệp: {cột chuẩn: tiêu đề}}"
    )
    statuses: dict[StatusGroup, list[str]] = Field({}, description="{nhóm: [trạng thái]}")
    only_wards: list[str] = Field([], description="chỉ tính các đơn vị này: [tên]")
    only_procedures: list[str] = Field([], description="chỉ tính các thủ tục này: [tên]")
    only_channels: list[str] = Field([], description="chỉ tính các kênh nộp này: [tên]")
    words: dict[str, str] = of_place("words", "{tên: cách gọi}, như trong hồ sơ địa phương")
    divisions: dict[str, list[str]] = of_place("divisions", "{bên: [tên trong tệp xuất]}")
    units_by: Literal["unit", "group"] = Field(
        "unit", description="báo cáo theo từng đơn vị, hoặc theo cột group của danh mục (tỉnh)"
    )
    places: list[str] = of_place("places", "[tỉnh, thành phố hay đứng sau tên đơn vị]")
    directs: StrictBool = of_place("directs", "true: có công văn chỉ đạo, phiếu nhắc; hoặc false")
    issuer: str = of_place("issuer", "cơ quan ban hành")
    office: str = of_place("office", "đơn vị lập báo cáo")

    # The letter (cong-van.docx); what is empty stays a dotted blank for the drafter.
    office_symbol: str = of_place("office_symbol", "ký hiệu văn bản của đơn vị lập báo cáo")
    office_sign_title: str = of_place("office_sign_title", "chức vụ người ký của đơn vị đó")
    issuer_lines: list[str] = of_place(
        "issuer_lines", "các dòng tên cơ quan ban hành ở đầu công văn"
    )
    parent_agency: str = Field("", description="cơ quan chủ quản ở đầu công văn, nếu có")
    issuer_short: str = of_place("issuer_short", "cách gọi cơ quan ban hành trong bài")
    directed_by: str = of_place("directed_by", "người chỉ đạo, nêu trong bài")
    place: str = of_place("place", "địa danh ghi trước ngày tháng")
    letter_symbol: str = of_place("letter_symbol", "ký hiệu công văn, sau số")
    drafting_unit: str = of_place("drafting_unit", "đơn vị soạn thảo, ghi ở dòng Lưu")
    recipients: dict[str, str] = of_place(
        "recipients", "{vai trò: tên đơn vị nhận ở phần Kính gửi}"
    )
    copies: list[str] = of_place("copies", "các dòng Nơi nhận, giữa Như trên và Lưu")
    sign_authority: str = Field("", description="dòng thẩm quyền ký như TM., KT., nếu có")
    sign_title: str = of_place("sign_title", "chức vụ người ký")
    signer: str = Field("", description="họ tên người ký; bỏ trống trong dự thảo")
    plan_number: str = Field("", description="số kế hoạch kiểm tra trong năm, ví dụ 394/KH-UBND")
    plan_date: Day | None = Field(None, description="ngày của kế hoạch, dạng 2024-01-08")
    plan_title: str = Field(
        "kiểm tra công tác cải cách hành chính, kiểm soát thủ tục hành chính",
        description="kế hoạch về việc gì",
    )
    report_number: str = Field("", description="số văn bản đề nghị của Văn phòng, ví dụ 62/VP")
    report_date: Day | None = Field(None, description="ngày của văn bản đó, dạng 2024-01-23")
    after_publish: list[str] = Field(
        [], exclude=True, description="lệnh chạy sau khi công bố, mỗi dòng một lệnh"
    )
    software: str = of_place("software", "tên phần mềm một cửa")
    feedback_channels: str = of_place("feedback_channels", "nơi nhận phản ánh, nêu trong bài")


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
    check_month(month)
    own = file or ROOT / "params" / f"{month}.yaml"
    if file and not own.is_file():
        raise InputError(f"Không tìm thấy tệp tham số: {file}")
    where = own.name if own.is_file() else "default.yaml"
    usual, mine, of_month = (
        read_parameters(path) if path.is_file() else {}
        for path in (RESOURCES / USUAL_PARAMS, ROOT / USUAL_PARAMS, own)
    )
    asked = usual | mine | of_month | changes
    named = str(asked.get("profile") or _profile_meant(asked))
    place = read_profile(named, rule_period(month, "nd09").end)
    values = usual | place | (mine if RESOURCES != ROOT else {}) | of_month | changes
    if isinstance(own_words := asked.get("words", {}), dict):
        values["words"] = place["words"] | own_words
    params = validate(values | {"profile": named}, where)
    params._folder = own.parent
    speak_of(params)
    period_of(month, params)  # refuses a period that ends before it starts
    return params


def _profile_meant(values: dict[str, Any]) -> str:
    """Profile of parameters that name none: of any city where its units come from the data."""
    return OTHER_PROFILE if values.get("units") == "from_data" else USUAL_PROFILE


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
        raise ParameterError(
            f"Tham số `profile`: không có hồ sơ địa phương '{name}'."
            f"{did_you_mean(name, profiles())} Các hồ sơ: {', '.join(profiles())}."
        )
    told = read_parameters(profiles()[name])
    words = usual_profile()["words"] | told.get("words", {})
    for later in told.get("changes", []):
        if later["from"] <= day:
            words |= later.get("words", {})
            told |= later
    return {k: v for k, v in told.items() if k in Params.model_fields} | {"words": words}


def refuse_abolished(params: Params, end: date) -> None:
    """Refuse a period that ends when the issuer or the register of its profile is no more, or yet.

    Raises
    ------
    ParameterError
        Names the profile to use.
    """
    for name, file in profiles().items():
        told = read_parameters(file)
        since, until = told.get("valid_from", date.min), told.get("valid_to", date.max)
        theirs = {told.get(key) for key in ("issuer", "units")} - {"", "from_data", None}
        if {params.issuer, params.units} & theirs and not since <= end <= until:
            early = end < since
            when, day = ("từ", since) if early else ("đến", until)
            other = told.get("before" if early else "then", OTHER_PROFILE)
            raise ParameterError(
                f"Kỳ kết thúc ngày {end:%d/%m/%Y}: cơ quan ban hành, danh mục đơn vị của hồ sơ địa "
                f"phương '{name}' ({told['title']}) chỉ {when} "
                f"{day:%d/%m/%Y}.\nCách sửa: ghi `profile: {other}` trong "
                "tệp tham số, bỏ các khóa `issuer`, `units` cũ nếu có."
            )


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
        lines = dict.fromkeys(_explain(fault) for fault in error.errors())
        raise ParameterError(f"Tham số sai ({where}):\n" + "\n".join(lines)) from None


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
        hint = did_you_mean(name, Params.model_fields) or (
            " Các khóa hợp lệ: " + ", ".join(Params.model_fields) + "."
        )
        return f"- Không có tham số '{name}'.{hint}"
    field = Params.model_fields[name]
    options = StatusGroup if "[key]" in fault["loc"] else field.annotation
    allowed = ", ".join(o for o in get_args(options) if isinstance(o, str))
    if isinstance(meant := fault.get("ctx", {}).get("error"), Fraction):
        return f"- '{name}' = {fault['input']} là tỷ lệ trên 1; cần phần trăm: ghi {meant}."
    expected = f"{field.description}" + (f": một trong {allowed}" if allowed else "")
    return f"- '{name}' = {_shown(fault['input'])} không hợp lệ; cần {expected}."


def columns_of(params: Params, file: str) -> dict[str, str]:
    """Canonical column -> heading that `columns` adds for a file; what names the file goes before.

    A file is named as it is, or by a pattern with * and ?; `vietnamese.nfc` says how names compare.

    Examples
    --------
    >>> params = Params(columns={"due_at": "Hạn", "cu_*.csv": {"due_at": "Hạn chót"}})
    >>> columns_of(params, "cu_1.csv"), columns_of(params, "moi.csv")
    ({'due_at': 'Hạn chót'}, {'due_at': 'Hạn'})
    """
    own = {
        column: heading for column, heading in params.columns.items() if isinstance(heading, str)
    }
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
        raise ParameterError(
            f"Tham số `units`: '{params.units}' đi ra khỏi thư mục của nó ('..'). "
            "Ghi đường dẫn đầy đủ, hoặc đặt tệp cạnh tệp tham số."
        )
    for folder in (params.folder, REFERENCE, ROOT, Path.cwd()):
        if folder and (folder / params.units).is_file():
            return (folder / params.units).resolve()
    raise InputError(
        f"Không tìm thấy danh mục đơn vị '{params.units}' (tham số `units`): "
        "ghi đường dẫn một tệp csv có cột code, name; hoặc `from_data`."
    )


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
    first = months_in(next_month(month, 1 - params.history_months))[0]
    is_in_time = first <= months_in(earlier)[-1] <= months_in(month)[-1]
    return is_in_time and kind_of(earlier) in ("month", kind_of(month))


def period_of(month: str, params: Params) -> Period:
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
    start, end = rule_period(month, params.period_rule)
    period = Period(params.period_start or start, params.period_end or end)
    if period.end < period.start:
        raise ParameterError(
            f"Kỳ báo cáo sai: ngày cuối {period.end:%d/%m/%Y} trước ngày đầu "
            f"{period.start:%d/%m/%Y}. Sửa `period_start`, `period_end`."
        )
    return period
