"""Rows of an export made canonical: typed, checked one by one, personal data gone.

A wrong row is never dropped in silence: it comes back in `problems` with its row number, column,
value and reason.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd

from motcua.base.errors import InputError
from motcua.base.params import Params
from motcua.base.reference import (
    LEFT,
    NO_UNIT,
    REQUIRED,
    Unit,
    cause_codes,
    division_code,
    feedback_codes,
    near_units,
    read_yaml,
    status_groups,
    unit_key,
)
from motcua.base.vietnamese import key
from motcua.reading.dates import parse_dates, read_month, refuse_month_first
from motcua.reading.header import RawTable
from motcua.reading.headings import cell_text
from motcua.reading.identifiers import are_reused, are_rounded, normal_numbers, per_ward
from motcua.reading.limits import error_cells
from motcua.reading.personal import mask_personal, tell_common, tell_date, tell_ward
from motcua.reading.stand_ins import add_due_dates

# Reason of a problem -> what was expected. Those in NOTES leave the row in the measures.
REASONS = {
    "missing_id": "mã hồ sơ không được để trống",
    "rounded_id": "mã hồ sơ đủ chữ số; phần mềm bảng tính đã làm tròn mã này, hãy xuất lại",
    "reused_id": "mỗi hồ sơ một mã; mã này trùng với dòng khác, khác đơn vị và khác ngày tiếp nhận",
    "missing_received": "ngày tiếp nhận không được để trống",
    "bad_date": "ngày/tháng/năm, ví dụ 14/01/2024",
    "bad_on_time": "một chữ nói đúng hạn hay trễ hạn; có/không, 1/0 thì cả hai đều phải ghi",
    "bad_due_days": "số ngày lịch từ ngày tiếp nhận đến hạn, là số nguyên, ví dụ 15",
    "missing_ward": "tên phường, xã không được để trống",
    "unknown_ward": "một đơn vị trong danh mục",
    "closed_before_received": "ngày kết thúc không trước ngày tiếp nhận",
    "completion_before_received": "mốc hoàn thành không trước ngày tiếp nhận",
    "bad_optional_date": "ngày/tháng/năm; hồ sơ vẫn được tính, ô ngày này bị bỏ qua",
    "unknown_cause": "một nguyên nhân trong danh mục; hồ sơ vẫn được tính, nguyên nhân suy từ ngày",
    "bad_correction": "tên một nguyên nhân như trong danh sách chọn; dòng này không điều chỉnh gì",
    "unknown_status": "một trạng thái trong danh mục; hồ sơ vẫn được tính như hồ sơ thường",
    "left_without_date": "ngày rút, trả lại hoặc dừng; hồ sơ vẫn được tính là đang giải quyết",
    "done_in_progress": "trạng thái đã xong ở hồ sơ có ngày kết thúc; hồ sơ được tính theo ngày, "
    "hoặc theo trạng thái khi khai `done_needs_status: true`",
    "error_cell": "giá trị, không phải ô lỗi hay công thức chưa tính; mở bằng Excel, sửa, lưu lại",
    "optional_error_cell": "giá trị, không phải ô lỗi hay công thức chưa tính; ô này bị bỏ qua",
    "bad_order": "số của một mục chỉ đạo, từ 1 đến 7",
    "bad_order_month": "tháng của chỉ đạo, dạng 01/2024",
    "unknown_state": "đã thực hiện, đang thực hiện hoặc chưa báo cáo; dòng vẫn được dùng, "
    "tình trạng suy từ ngày báo cáo",
}
NOTES = frozenset((
    "bad_optional_date", "unknown_cause", "unknown_status", "left_without_date",
    "done_in_progress", "unknown_state", "optional_error_cell",
))  # fmt: skip
# One row per wrong value. `hint` offers what may have been meant; `ward`, `received_at` and
# `closed_at` say, as far as they could be read, which rates the row could have moved.
PROBLEM_COLUMNS = [
    "row", "column", "value", "reason", "hint", "n", "ward", "received_at", "closed_at",
]  # fmt: skip

# A bad value in one of these sets the row aside; in other dates it is only noted.
CORE_DATES = (
    "received_at",
    "due_at",
    "rescheduled_due_at",
    "result_at",
    "returned_at",
    "closed_at",
)
# Texts that people type; what could be read off as a person's number is masked in them.
FREE_TEXTS = frozenset({"procedure", "field", "channel", "system", "evidence", "state", "note"})
# Headings under which a dossier's own subject may stand in place of the procedure's name.
SUBJECTS = frozenset({"nội dung hồ sơ", "tên nội dung"})
RARE = 3  # a subject that fewer rows share is not told: it may name a person
NO_EVIDENCE = frozenset({"", "không", "không có", "chưa", "chưa có", "0", "no"})
RECORD_DAYS = ("received_at", "opened_at", "reported_at")  # the day a record came up, per kind
UNDONE = ("in_progress", "awaiting")  # status groups of dossiers that still run
EVENTS = {"closed": "closed_at", "result": "result_at", "returned": "returned_at"}

_ORDER = re.compile(r"(?:(?:mục|chỉ đạo|số)\s*)*0?(\d)(?:\.0?|\.)?")


def expected(reason: str, hint: str = "") -> str:
    """What was expected in place of a wrong value, and what may have been meant.

    Examples
    --------
    >>> expected("unknown_ward", "Long Bình")
    'một đơn vị trong danh mục; gần nhất: Long Bình'
    """
    return REASONS[reason] + (f"; gần nhất: {hint}" if hint else "")


@dataclass(frozen=True)
class Checked:
    """Typed rows and what was wrong with the others."""

    kept: pd.DataFrame
    problems: pd.DataFrame
    rows: int


def make_canonical(
    raw: RawTable,
    kind: str,
    params: Params,
    units: Mapping[str, str] | None,
    secret: bytes,
    codes: Mapping[str, list[Unit]] | None = None,
) -> dict[str, Checked]:
    """Typed and checked rows of one table, per completion event: it sets rows aside.

    Parameters
    ----------
    raw : table with the values of the file.
    units : key of every ward wording -> official name; None takes the units from the data.
    secret : local key that makes officials' codes.
    codes : ward codes that several units have borne; the day of receipt tells which is meant.

    Returns
    -------
    {completion event: Checked}
        The event of the parameters first; of dossiers also the others, with the very same object
        where they set the same rows aside. `kept`: one row per good record, all canonical columns
        of the kind (dates as datetime64, missing ones NaT; texts as str, missing ones ""), and
        `row`. `problems`: one row per wrong value; equal notes together, with their number in `n`.
    """
    out, problems, dates = pd.DataFrame({"row": raw.frame["row"]}), [], {}
    for column in read_yaml("headings")[kind]:
        values = raw.frame.get(column)
        wrong = error_cells(values)
        core = column in CORE_DATES or (column.endswith("_at") and kind != "dossiers")
        if wrong is not None:
            prefix = "" if core or column in REQUIRED[kind] else "optional_"
            problems.append(_problem(raw, column, wrong, f"{prefix}error_cell", str))
            values = values.mask(wrong, None)
        if values is None:
            out[column] = _missing(column, len(raw.frame))
        elif column.endswith("_at"):
            out[column], bad = parse_dates(values, params.date_format, params.time_zone)
            dates[column] = values, out[column], bad
            problems.append(_problem(raw, column, bad, "bad_date" if core else "bad_optional_date"))
        elif column.endswith("_id"):  # nearly every one is another
            out[column] = normal_numbers(values)
        else:
            out[column] = each_once(values, _READ.get(column, cell_text))
            if column == "evidence":
                out[column] = out[column] != ""
    if not params.date_format:
        refuse_month_first(raw.where, dates, raw.headings)
    if key(raw.headings.get("procedure", "")) in SUBJECTS:
        out["procedure"] = _without_rare(out["procedure"])
    ward_problems = _check_ward(raw, out, kind, units, codes or {})
    checks = _CHECKS.get(kind, lambda *_: [])(raw, out, params, secret)
    every = pd.concat([*problems, ward_problems, *checks], ignore_index=True)
    found = every.drop_duplicates(["row", "column"])  # an error is not missing as well
    if kind != "dossiers":
        return {params.completion_event: _checked(out, found)}
    return _by_event(raw, out, found, params)


def _by_event(
    raw: RawTable, out: pd.DataFrame, found: pd.DataFrame, params: Params
) -> dict[str, Checked]:
    """Dossiers as each completion event checks them, that of the parameters first."""
    by_event: dict[str, Checked] = {}
    ended: dict[str, pd.DataFrame] = {}
    days = {column: _days(out[column]) for column in ("received_at", *end_columns(params))}
    for event in dict.fromkeys((params.completion_event, *EVENTS)):
        own = params.model_copy(update={"completion_event": event})
        ended[event] = _ended_before_received(raw, out, days, own)
        alike = [other for other in by_event if ended[other].equals(ended[event])]
        every = pd.concat([found, ended[event]], ignore_index=True)
        by_event[event] = by_event[alike[0]] if alike else _checked(out, every)
    return by_event


def _checked(out: pd.DataFrame, found: pd.DataFrame) -> Checked:
    """Rows that no problem sets aside, and all problems in order."""
    found = _in_reason_order(_together(_placed(found, out)))
    aside = set(found.loc[~found["reason"].isin(NOTES), "row"])
    kept = (out[~out["row"].isin(aside)] if aside else out).reset_index(drop=True)
    return Checked(kept, found, len(out))


def _placed(problems: pd.DataFrame, out: pd.DataFrame) -> pd.DataFrame:
    """Problems with what could be read of their row's ward, receipt and closing."""
    asked = ("ward", "received_at", "closed_at")
    there = ["row", *out.columns.intersection(asked)]
    rows = out.loc[out["row"].isin(problems["row"]), there].set_index("row")
    for column in asked:
        known = rows[column] if column in rows else pd.Series("", index=rows.index)
        told = known.dt.strftime("%Y-%m-%d") if column.endswith("_at") and column in rows else known
        problems[column] = problems["row"].map(told).fillna("").astype(object)
    return problems


def _together(problems: pd.DataFrame) -> pd.DataFrame:
    """Notes with the same value as one line: the first row, and how many rows (`n`)."""
    is_note = problems["reason"].isin(NOTES)
    notes = problems[is_note].groupby(["column", "value", "reason"], sort=False, as_index=False)
    once = notes.agg(row=("row", "min"), n=("n", "sum"))
    return pd.concat([problems[~is_note], once], ignore_index=True)[PROBLEM_COLUMNS].fillna("")


def _in_reason_order(problems: pd.DataFrame) -> pd.DataFrame:
    order = {reason: i for i, reason in enumerate(REASONS)}
    return problems.sort_values(
        ["row", "reason"], key=lambda s: s.map(order) if s.name == "reason" else s, kind="stable"
    ).reset_index(drop=True)


def _missing(column: str, n: int) -> pd.Series:
    if column.endswith("_at"):
        return pd.Series(pd.NaT, index=range(n), dtype="datetime64[us]")
    return pd.Series([""], dtype="str").repeat(n).reset_index(drop=True)


def each_once(values: pd.Series, function: Callable[[Any], str]) -> pd.Series:
    """Function of every value, asked once for each different one; "" for a missing value.

    Examples
    --------
    >>> each_once(pd.Series(["a", None, "a", "b"], dtype=object), str.upper).tolist()
    ['A', '', 'A', 'B']
    """
    codes, different = pd.factorize(values)
    told = pd.array([*map(function, different), ""], dtype="str")
    return pd.Series(told.take(codes), index=values.index)


def _without_rare(words: pd.Series) -> pd.Series:
    """Words that fewer than RARE rows share replaced by "Khác"."""
    counts = words.value_counts()
    return each_once(words, lambda word: word if counts[word] >= RARE or not word else "Khác")


def _tell_evidence(value: object) -> str:
    """Whether there is any evidence, not what it says: "" for none."""
    return "" if key(cell_text(value)) in NO_EVIDENCE else "x"


# Column -> how its cells are read, where they are neither dates nor plain texts.
_READ = {column: lambda value: mask_personal(cell_text(value)) for column in FREE_TEXTS}
_READ["evidence"] = _tell_evidence


def _problem(
    raw: RawTable,
    column: str,
    mask: pd.Series | np.ndarray,
    reason: str,
    tell: Callable[[str], str] | None = None,
) -> pd.DataFrame:
    """One row per wrong value of a column; `tell` decides what of a value may be shown."""
    mask = np.asarray(mask, dtype=bool)
    if not mask.any():
        return _NO_PROBLEM
    values = raw.frame[column][mask] if column in raw.frame else pd.Series([""] * mask.sum())
    tell = tell or (tell_date if column.endswith("_at") else mask_personal)
    shown = {value: _shown(value) for value in pd.unique(values.astype(object))}
    told = {text: tell(text) for text in set(shown.values())}
    return pd.DataFrame(
        {
            "row": raw.frame["row"][mask].to_numpy(),
            "column": raw.headings.get(column, column),
            "value": [told[shown[value]] for value in values],
            "reason": reason,
            "hint": "",
            "n": 1,
        },
    )


_NO_PROBLEM = pd.DataFrame(
    {"row": pd.Series(dtype="int64"), "column": "", "value": "", "reason": "", "hint": "", "n": 1}
)


def _shown(value: object) -> str:
    if isinstance(value, datetime | date) and value is not pd.NaT:
        return f"{value:%d/%m/%Y}"
    return cell_text(value)[:80]


def _check_ward(
    raw: RawTable,
    out: pd.DataFrame,
    kind: str,
    units: Mapping[str, str] | None,
    codes: Mapping[str, list[Unit]],
) -> pd.DataFrame:
    """Put official names into `out["ward"]`; return the rows without a known ward."""
    if "ward" not in out:
        return _NO_PROBLEM
    written = out["ward"]
    parties = _party_codes(written) if kind == "followup" else {}
    if units is None:
        out["ward"] = each_once(written, lambda name: parties.get(name, name) or NO_UNIT)
        return _problem(raw, "ward", pd.Series(False, index=out.index), "unknown_ward")
    out["ward"] = each_once(
        written, lambda word: units.get(unit_key(word), "") or parties.get(word, "")
    )
    _name_reused_codes(out, written, codes)
    unknown = (out["ward"] == "") & (written != "")
    near = {word: near_units(word, units) for word in pd.unique(written[unknown])}
    missing = (written == "") & ("ward" in REQUIRED[kind])
    return pd.concat(
        [
            _problem(raw, "ward", missing, "missing_ward"),
            _problem(raw, "ward", unknown, "unknown_ward", tell_ward(near)).assign(
                hint=[", ".join(near[word]) for word in written[unknown]]
            ),
        ]
    )


def _party_codes(written: pd.Series) -> dict[str, str]:
    """Name of a division that orders go to -> code of the party (data/reference/divisions.yaml)."""
    words = {code: [key(word) for word in some] for code, some in read_yaml("divisions").items()}
    return {
        name: code
        for name in pd.unique(written)
        for code, some in words.items()
        if any(word in key(name) for word in some)
    }


def _name_reused_codes(
    out: pd.DataFrame, written: pd.Series, codes: Mapping[str, list[Unit]]
) -> None:
    """Put the name of the unit that bore a code on the day of the record into `out["ward"]`."""
    days = _day_of_record(out)
    for code in codes.keys() & set(pd.unique(written)):
        borne = (written == code) & days.notna()
        out.loc[borne, "ward"] = [
            next((u.name for u in codes[code] if u.is_valid(at)), "") for at in days[borne].dt.date
        ]


def _day_of_record(out: pd.DataFrame) -> pd.Series:
    """Day that tells which unit a code means; of orders not reported on, when they are due."""
    days = out[next(column for column in RECORD_DAYS if column in out)]
    if "order_no" not in out:
        return days
    ends = pd.to_datetime(each_once(out["month"], read_month) + "-14", errors="coerce")
    return days.fillna(out["due_at"]).fillna(ends)


def _check_dossiers(
    raw: RawTable, out: pd.DataFrame, params: Params, secret: bytes
) -> list[pd.DataFrame]:
    """Finish the dossiers' own columns; return what is wrong with rows."""
    groups = status_groups(params.statuses)
    status, cause = out["status"], out["late_cause"]
    out["status_group"] = _codes(status, groups)
    out["late_cause"] = _codes(cause, cause_codes())
    out["status"] = status.where(out["status_group"] != "", "")
    out["evidence"] = out["evidence"].astype(bool)  # a missing column is ""
    out["division"] = each_once(out["division"], division_code)
    out["reschedules"] = each_once(out["reschedules"], _small_number)
    out["official"] = _official_codes(out, secret)
    early = _days(out["closed_at"]) < _days(out["received_at"])
    rounded = are_rounded(raw.frame["dossier_id"], out["dossier_id"])
    if params.dossier_id_per_ward:
        out["dossier_id"] = per_ward(out["dossier_id"], out["ward"])
    reused = are_reused(out["dossier_id"], out["ward"], out["received_at"])
    unfinished = out["status_group"].isin(UNDONE) & out["closed_at"].notna()
    if params.done_needs_status:
        trusted = out["status_group"].isin(("done", *LEFT)) | (status == "")
        out.loc[~trusted, list(EVENTS.values())] = pd.NaT
    return [
        _problem(raw, "dossier_id", out["dossier_id"] == "", "missing_id"),
        _problem(raw, "dossier_id", rounded, "rounded_id"),
        _problem(raw, "dossier_id", reused & ~rounded, "reused_id"),
        _problem(raw, "received_at", _undated(raw, out, params), "missing_received"),
        _problem(raw, "closed_at", early, "closed_before_received"),
        *(
            _problem(raw, column, (words != "") & (out[code] == ""), reason, tell_common(words))
            for column, words, code, reason in (
                ("status", status, "status_group", "unknown_status"),
                ("late_cause", cause, "late_cause", "unknown_cause"),
            )
        ),
        _problem(raw, "status", _left_without_date(out, params), "left_without_date"),
        _problem(raw, "status", unfinished, "done_in_progress"),
        *(_problem(raw, *found) for found in add_due_dates(raw, out)),
    ]


def _small_number(word: str) -> str:
    return word if re.fullmatch(r"\d{1,2}", word) else ""


def _left_without_date(out: pd.DataFrame, params: Params) -> pd.Series:
    """Dossiers withdrawn, returned or stopped on a day that nobody wrote down."""
    return out["status_group"].isin(LEFT) & out[end_columns(params)].isna().all(axis="columns")


def end_columns(params: Params) -> list[str]:
    """Dates that end a dossier which left without a result: the first that is filled counts."""
    event = EVENTS[params.completion_event]
    return list(dict.fromkeys((event, "closed_at", "returned_at", "result_at")))


def _ended_before_received(
    raw: RawTable, out: pd.DataFrame, days: Mapping[str, np.ndarray], params: Params
) -> pd.DataFrame:
    """Problems of dossiers that the completion event ends before they were received."""
    early = days["closed_at"] < days["received_at"]
    is_left = out["status_group"].isin(LEFT).to_numpy()
    found = [
        _problem(raw, column, mask & ~early, "completion_before_received")
        for column, mask in _ended_early(days, is_left, params).items()
    ]
    return pd.concat(found, ignore_index=True)


def _ended_early(
    days: Mapping[str, np.ndarray], is_left: np.ndarray, params: Params
) -> dict[str, np.ndarray]:
    """Column -> rows that it ends before they were received."""
    found, undated = {}, np.ones(len(is_left), dtype=bool)
    for i, column in enumerate(end_columns(params)):
        decides = undated & is_left if i else undated  # the first is the completion event
        found[column] = decides & (days[column] < days["received_at"])
        undated = undated & np.isnat(days[column])
    return found


def _days(dates: pd.Series) -> np.ndarray:
    return dates.to_numpy().astype("datetime64[D]")


def _check_feedback(
    raw: RawTable, out: pd.DataFrame, params: Params, secret: bytes
) -> list[pd.DataFrame]:
    """Kinds as codes; an unknown kind counts as another complaint, never as praise."""
    codes = _codes(out["kind"], feedback_codes())
    out["kind"] = codes.where(codes != "", "other")
    return [_problem(raw, "received_at", _undated(raw, out, params), "missing_received")]


def _undated(raw: RawTable, out: pd.DataFrame, params: Params) -> pd.Series:
    """Rows whose day of receipt is empty, not wrong."""
    undated = out["received_at"].isna()
    written = raw.frame.loc[undated, "received_at"]
    bad = parse_dates(written, params.date_format, params.time_zone)[1]
    return undated & ~bad.reindex(undated.index, fill_value=False)


def _check_followup(
    raw: RawTable, out: pd.DataFrame, params: Params, secret: bytes
) -> list[pd.DataFrame]:
    """Number and month of the order, and how far it is carried out, as codes."""
    order_no, month, state = out["order_no"], out["month"], out["state"]
    numbers = {str(point["number"]) for point in read_yaml("orders")}
    out["order_no"] = each_once(order_no, _order_number).where(lambda n: n.isin(numbers), "")
    out["month"] = each_once(month, read_month)
    states = {key(word): code for code, some in _states().items() for word in some}
    out["state"] = _codes(state, states)
    unknown = (state != "") & (out["state"] == "")
    return [
        _problem(raw, "order_no", out["order_no"] == "", "bad_order", tell_date),
        _problem(raw, "month", (month != "") & (out["month"] == ""), "bad_order_month", tell_date),
        _problem(raw, "state", unknown, "unknown_state", tell_common(state)),
    ]


def _states() -> dict[str, list[str]]:
    return read_yaml("followup_states")


def _order_number(word: str) -> str:
    """Number of an order: "2", "Mục 2", "02"; "" when it is none."""
    found = _ORDER.fullmatch(key(word))
    return found.group(1) if found else ""


def _check_corrections(
    raw: RawTable, out: pd.DataFrame, params: Params, secret: bytes
) -> list[pd.DataFrame]:
    """Causes as codes; evidence as yes, no or "" (says nothing), told apart as in no export."""
    if len(out) and not {"late_cause", "evidence", "apology_at"} & set(raw.headings):
        raise InputError(
            f"{raw.where} không có cột nào để điều chỉnh.\nCách sửa: lập tờ điều chỉnh bằng "
            "`motcua corrections THÁNG`, rồi điền vào các cột màu vàng."
        )
    cause = out["late_cause"]
    out["late_cause"] = _codes(cause, cause_codes())
    if "evidence" in raw.frame:
        out["evidence"] = each_once(raw.frame["evidence"], _say_evidence)
    unknown = (cause != "") & (out["late_cause"] == "")
    return [
        _problem(raw, "dossier_id", out["dossier_id"] == "", "missing_id"),
        _problem(raw, "late_cause", unknown, "bad_correction", tell_common(cause)),
    ]


def _say_evidence(value: object) -> str:
    return "" if not cell_text(value) else "yes" if _tell_evidence(value) else "no"


_CHECKS: dict[str, Callable[..., list[pd.DataFrame]]] = {
    "corrections": _check_corrections,
    "dossiers": _check_dossiers,
    "feedback": _check_feedback,
    "followup": _check_followup,
}


def _codes(words: pd.Series, table: Mapping[str, str]) -> pd.Series:
    """Codes of words by their comparing keys; "" for a blank or an unknown word."""
    return each_once(words, lambda word: table.get(key(word), ""))


def _official_codes(out: pd.DataFrame, secret: bytes) -> pd.Series:
    """Stable code per ward and official, made with the local key; "" when none is named."""
    ward, wards = pd.factorize(out["ward"])
    person, names = pd.factorize(each_once(out["official"], key))
    pairs = pd.Series(ward * len(names) + person, index=out.index)

    def code(pair: int) -> str:
        name = f"{wards[pair // len(names)]}\x1f{names[pair % len(names)]}"
        return "CC-" + _digest(name, secret)

    return each_once(pairs, code).where(out["official"] != "", "")


def _digest(text: str, secret: bytes) -> str:
    return hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()[:8].upper()
