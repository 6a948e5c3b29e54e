"""Rows of an export made canonical: typed, checked one by one, personal data gone.

A wrong row is never dropped in silence: it comes back in `problems` with its row number, column,
value and reason.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import cache, partial
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from motcua.base import reference
from motcua.base.params import Params, units_path
from motcua.base.reference import LEFT, NO_UNIT, REQUIRED, Unit, message, read_yaml, unit_key
from motcua.base.vietnamese import key
from motcua.reading import values as cells
from motcua.reading.header import RawTable, each_once
from motcua.reading.headings import cell_text
from motcua.reading.personal import mask_personal, tell_common, tell_date, tell_ward
from motcua.reading.sheets import BROKEN_LETTER
from motcua.reading.workbooks import cell_errors

# Reason of a problem -> what was expected. Those in NOTES leave the row in the measures.
REASONS: dict[str, str] = read_yaml("messages")["reasons"]
_PLACES = {reason: place for place, reason in enumerate(REASONS)}
NOTES = frozenset(read_yaml("messages")["only_noted"])
PROBLEM_COLUMNS: list[str] = read_yaml("messages")["problem_columns"]
_LISTS = read_yaml("headings")
CORE_DATES, FREE_TEXTS = _LISTS["core_dates"], frozenset(_LISTS["free_texts"])
SUBJECTS, NO_EVIDENCE = ({*map(key, _LISTS[name])} for name in ("subjects", "no_evidence"))
Shown = Callable[[str], str] | None  # decides what of a wrong value may be told
RARE = 3  # a subject that fewer rows share is not told: it may name a person
RECORD_DAYS = ("received_at", "opened_at", "reported_at")  # the day a record came up, per kind
UNDONE = ("in_progress", "awaiting")  # status groups of dossiers that still run
EVENTS = {"closed": "closed_at", "result": "result_at", "returned": "returned_at"}

_ORDER = r"^(?:(?:mục|chỉ đạo|số)\s*)*0?(\d)(?:\.0?|\.)?$"  # 2, Mục 2, 02


def expected(reason: str, hint: str = "") -> str:
    """What was expected in place of a wrong value, and what may have been meant.

    Examples
    --------
    >>> expected("unknown_ward", "Long Bình")
    'một đơn vị trong danh mục; gần nhất: Long Bình'
    """
    return REASONS[reason] + (message("nearest", hint=hint) if hint else "")


class Checked(NamedTuple):
    """Typed rows and what was wrong with the others."""

    kept: pd.DataFrame
    problems: pd.DataFrame
    rows: int


class Known(NamedTuple):
    """What tells units and officials by their names.

    Attributes
    ----------
    units : key of every ward wording -> official name; None takes the units from the data.
    codes : ward codes that several units have borne; the day of receipt tells which is meant.
    secret : local key that makes officials' codes.
    """

    units: Mapping[str, str] | None
    codes: Mapping[str, list[Unit]]
    secret: bytes


def known_names(params: Params, secret: bytes) -> Known:
    """Units of the parameters' register, and the key of officials' codes."""
    if not (path := units_path(params)):
        return Known(None, {}, secret)
    register = reference.read_units(path)
    return Known(reference.unit_names(register), reference.reused_codes(register), secret)


def make_canonical(raw: RawTable, kind: str, params: Params, known: Known) -> dict[str, Checked]:
    """Typed and checked rows of one table, per completion event: it sets rows aside.

    Parameters
    ----------
    raw : table with the values of the file.

    Returns
    -------
    {completion event: Checked}
        The event of the parameters first; of dossiers also the others, with the very same object
        where they set the same rows aside. `kept`: one row per good record, all canonical columns
        of the kind (dates as datetime64, missing ones NaT; texts as str, missing ones ""), and
        `row`. `problems`: one row per wrong value; equal notes together, with their number in `n`.
    """
    table = _Table(raw, kind, params)
    if not params.date_format:
        cells.refuse_month_first(raw.where, table.dates, raw.headings)
    if key(raw.headings.get("procedure", "")) in SUBJECTS:
        table.out["procedure"] = _without_rare(table.out["procedure"])
    if "ward" in table.out:
        _check_ward(table, known)
    if kind == "dossiers":
        _check_dossiers(table, known.secret)
        return _by_event(table)
    if kind in _CHECKS:
        _CHECKS[kind](table)
    return {params.completion_event: table.checked()}


class _Table:
    """A table whose rows are being checked.

    Attributes
    ----------
    raw : as the file has it.
    out : canonical columns, as far as they were read.
    dates : column -> cells as the file has them, dates as they were read, and which are no dates.
    """

    def __init__(self, raw: RawTable, kind: str, params: Params) -> None:
        self.raw, self.kind, self.params = raw, kind, params
        self.dates: dict[str, cells.Dates] = {}
        self._found = [_NO_PROBLEM]
        columns = {column: self._read(column) for column in read_yaml("headings")[kind]}
        self.out = pd.DataFrame({"row": raw.frame["row"]} | columns, copy=False)

    def _read(self, column: str) -> pd.Series:
        """Values of a column; what is wrong with them is noted."""
        own, frame, is_date = self.params, self.raw.frame, column.endswith("_at")
        if column not in frame and is_date:
            blank = pd.Series(pd.NaT, frame.index, "M8[us]")
            self.dates[column] = blank, blank, blank.notna()
            return blank
        if column not in frame:
            return pd.Series("", frame.index, "str")
        values = frame[column]
        is_core = column in CORE_DATES or (is_date and self.kind != "dossiers")
        if values.dtype.kind != "M" and (wrong := values.isin(cell_errors())).any():
            prefix = "" if is_core or column in REQUIRED[self.kind] else "optional_"
            self.tell(column, wrong, f"{prefix}error_cell", str)
            values = values.mask(wrong, None)
        if is_date:
            dates, bad = cells.parse_dates(values, own.date_format, own.time_zone)
            self.dates[column] = values, dates, bad
            self.tell(column, bad, "bad_date" if is_core else "bad_optional_date")
            return dates
        if column.endswith("_id"):  # nearly every one is another
            return cells.normal_numbers(values)
        texts = each_once(values, _READ.get(column, cell_text))
        return texts != "" if column == "evidence" else texts

    def told(
        self, column: str, wrong: Any, reason: str, shown: Shown = None, hints: list[str] | str = ""
    ) -> pd.DataFrame:
        """One row per wrong value of a column."""
        mask = np.asarray(wrong, dtype=bool)
        if not mask.any():
            return _NO_PROBLEM
        frame, heading = self.raw.frame, self.raw.headings.get(column, column)
        values = frame[column][mask] if column in frame else pd.Series([""] * mask.sum())
        shown = shown or (tell_date if column.endswith("_at") else mask_personal)
        texts = values.astype(object).map(_shown, na_action=None).map(cache(shown))
        own = {"row": frame["row"][mask].to_numpy(), "column": heading, "value": texts.to_list()}
        return pd.DataFrame(own | {"reason": reason, "hint": hints, "n": 1})

    def tell(self, *found: Any) -> None:
        """Note what is wrong with a column (see `told`)."""
        self._found.append(self.told(*found))

    def put_codes(self, column: str, table: Mapping[str, str], reason: str, to: str = "") -> None:
        """Put codes of words into a column, or another; note the words that have none."""
        words = self.out[column]
        codes = self.out[to or column] = _codes(words, table)
        self.tell(column, (words != "") & (codes == ""), reason, tell_common(words))

    def undated(self) -> pd.Series:
        """Rows whose day of receipt is empty, not wrong."""
        return self.out["received_at"].isna() & ~self.dates["received_at"][2]

    def checked(self, *more: pd.DataFrame) -> Checked:
        """Rows that no problem sets aside, and all problems in order."""
        every = pd.concat([*self._found, *more], ignore_index=True)
        if every.empty:
            return Checked(self.out.reset_index(drop=True), every, len(self.out))
        found = every.drop_duplicates(["row", "column"])  # an error is not missing as well
        rows = self.out.set_index("row").loc[found["row"]]
        for column in ("ward", "received_at", "closed_at"):  # as far as they could be read
            known = rows.get(column, pd.Series("", index=rows.index))
            texts = known.dt.strftime("%Y-%m-%d") if known.dtype.kind == "M" else known
            found[column] = texts.fillna("").to_numpy(object)
        # Notes with the same value are one line: the first row, and how many rows (`n`).
        is_note = found["reason"].isin(NOTES)
        notes = found[is_note].groupby(["column", "value", "reason"], sort=False, as_index=False)
        once, wrong = notes.agg(row=("row", "min"), n=("n", "sum")), found[~is_note]
        problems = pd.concat([wrong, once], ignore_index=True)[PROBLEM_COLUMNS].fillna("")
        order = np.lexsort((problems["reason"].map(_PLACES), problems["row"]))
        kept = self.out[~self.out["row"].isin(wrong["row"])] if len(wrong) else self.out
        kept, problems = (part.reset_index(drop=True) for part in (kept, problems.iloc[order]))
        return Checked(kept, problems, len(self.out))


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


_NO_PROBLEM = pd.DataFrame(columns=PROBLEM_COLUMNS, dtype="str").astype({"row": int, "n": int})


def _shown(value: object) -> str:
    is_day = isinstance(value, datetime | date) and value is not pd.NaT
    return f"{value:%d/%m/%Y}" if is_day else cell_text(value)[:80]


def _check_ward(table: _Table, known: Known) -> None:
    """Put official names into the column `ward`; note the rows without a known ward."""
    out, written, units = table.out, table.out["ward"], known.units
    divisions = reference.place().divisions if table.kind == "followup" else {}  # take orders
    pairs = ((code, key(word)) for code, words in divisions.items() for word in words)
    names = {name: key(name) for name in pd.unique(written)} if divisions else {}
    parties = {name: code for code, word in pairs for name, k in names.items() if word in k}
    if units is None:
        out["ward"] = each_once(written, lambda name: parties.get(name, name) or NO_UNIT)
        return
    out["ward"] = each_once(written, lambda w: units.get(unit_key(w), "") or parties.get(w, ""))
    days = _day_of_record(out)
    for code in known.codes.keys() & set(pd.unique(written)):  # whose it was on that day
        borne = (written == code) & days.notna()
        then = ((u for u in known.codes[code] if u.is_valid(at)) for at in days[borne].dt.date)
        out.loc[borne, "ward"] = [next((unit.name for unit in some), "") for some in then]
    unknown = (out["ward"] == "") & (written != "")
    near = {word: reference.near_units(word, units) for word in pd.unique(written[unknown])}
    hints = [", ".join(near[word]) for word in written[unknown]]
    table.tell("ward", (written == "") & ("ward" in REQUIRED[table.kind]), "missing_ward")
    table.tell("ward", unknown, "unknown_ward", partial(tell_ward, near), hints)


def _day_of_record(out: pd.DataFrame) -> pd.Series:
    """Day that tells which unit a code means; of orders not reported on, when they are due."""
    days = out[next(column for column in RECORD_DAYS if column in out)]
    if "order_no" not in out:
        return days
    ends = pd.to_datetime(each_once(out["month"], cells.read_month) + "-14", errors="coerce")
    return days.fillna(out["due_at"]).fillna(ends)


def _check_dossiers(table: _Table, secret: bytes) -> None:
    """Finish the dossiers' own columns; note what is wrong with rows."""
    out, params = table.out, table.params
    groups, status = reference.status_groups(params.statuses), out["status"]
    table.put_codes("status", groups, "unknown_status", to="status_group")
    table.put_codes("late_cause", reference.codes("causes"), "unknown_cause")
    out["status"] = status.where(out["status_group"] != "", "")
    out["evidence"] = out["evidence"].astype(bool)  # a missing column is ""
    out["division"] = each_once(out["division"], reference.division_code)
    out["reschedules"] = out["reschedules"].where(out["reschedules"].str.fullmatch(r"\d{1,2}"), "")
    out["official"] = _official_codes(out, secret)
    early = _days(out["closed_at"]) < _days(out["received_at"])
    rounded = cells.are_rounded(table.raw.frame["dossier_id"], out["dossier_id"])
    if params.dossier_id_per_ward:
        out["dossier_id"] = _per_ward(out["dossier_id"], out["ward"])
    reused = _are_reused(out["dossier_id"], out["ward"], out["received_at"])
    unfinished = out["status_group"].isin(UNDONE) & out["closed_at"].notna()
    if params.done_needs_status:
        trusted = out["status_group"].isin(("done", *LEFT)) | (status == "")
        out.loc[~trusted, list(EVENTS.values())] = pd.NaT
    # Withdrawn, returned or stopped on a day that nobody wrote down.
    is_left = out["status_group"].isin(LEFT)
    undated_end = is_left & out[end_columns(params)].isna().all(axis="columns")
    table.tell("dossier_id", out["dossier_id"] == "", "missing_id")
    table.tell("dossier_id", rounded, "rounded_id")
    table.tell("dossier_id", out["dossier_id"].str.contains(BROKEN_LETTER), "broken_id")
    table.tell("dossier_id", reused & ~rounded, "reused_id")
    table.tell("received_at", table.undated(), "missing_received")
    table.tell("closed_at", early, "closed_before_received")

    table.tell("status", undated_end, "left_without_date")
    table.tell("status", unfinished, "done_in_progress")
    for wrong in cells.add_due_dates(table.raw, out):
        table.tell(*wrong)


def _are_reused(numbers: pd.Series, wards: pd.Series, received: pd.Series) -> pd.Series:
    """Which rows share their number with another of both another ward and another day of receipt.

    A dossier that changes its ward keeps its day of receipt, and one whose day was corrected its
    ward; where both differ, several dossiers bear one number.

    Examples
    --------
    >>> days = pd.Series(pd.to_datetime(["2024-01-02", "2024-01-03", "2024-01-03"]))
    >>> _are_reused(pd.Series(["01", "01", "02"]), pd.Series(["A", "B", "B"]), days).tolist()
    [True, True, False]
    """
    again = (numbers != "") & (wards != "") & received.notna() & numbers.duplicated(keep=False)
    if not again.any():
        return again
    rows = pd.DataFrame({"id": numbers, "ward": wards, "day": received.dt.normalize()})[again]
    pairs = rows.reset_index().merge(rows, on="id")
    differ = (pairs["ward_x"] != pairs["ward_y"]) & (pairs["day_x"] != pairs["day_y"])
    return pd.Series(numbers.index.isin(pairs.loc[differ, "index"]), index=numbers.index)


def _per_ward(numbers: pd.Series, wards: pd.Series) -> pd.Series:
    """Numbers of dossiers with their ward, where each ward counts from 1.

    Examples
    --------
    >>> _per_ward(pd.Series(["01/2024", ""]), pd.Series(["An Bình", "An Bình"])).tolist()
    ['01/2024 (An Bình)', '']
    """
    return numbers.where((numbers == "") | (wards == ""), numbers + " (" + wards + ")")


def end_columns(params: Params) -> list[str]:
    """Dates that end a dossier which left without a result: the first that is filled counts."""
    event = EVENTS[params.completion_event]
    return list(dict.fromkeys((event, "closed_at", "returned_at", "result_at")))


def _by_event(table: _Table) -> dict[str, Checked]:
    """Dossiers as each completion event checks them, that of the parameters first.

    A row must not be ended before it was received; one that was closed before is told already.
    """
    out, params = table.out, table.params
    days = {column: _days(out[column]) for column in ("received_at", *end_columns(params))}
    is_left = out["status_group"].isin(LEFT).to_numpy()
    closed_early = days["closed_at"] < days["received_at"]
    by_event, seen = {}, {}
    for event in dict.fromkeys((params.completion_event, *EVENTS)):
        columns = end_columns(params.model_copy(update={"completion_event": event}))
        early, undated = {}, np.ones(len(is_left), dtype=bool)
        for i, column in enumerate(columns):
            decides = undated & is_left if i else undated  # the first is the completion event
            early[column] = decides & (days[column] < days["received_at"]) & ~closed_early
            undated = undated & np.isnat(days[column])
        alike = frozenset((column, mask.tobytes()) for column, mask in early.items() if mask.any())
        problems = (table.told(c, mask, "completion_before_received") for c, mask in early.items())
        by_event[event] = seen[alike] = seen.get(alike) or table.checked(*problems)
    return by_event


def _days(dates: pd.Series) -> np.ndarray:
    return dates.to_numpy().astype("datetime64[D]")


def _feedback(table: _Table) -> None:
    """Kinds as codes; an unknown kind counts as another complaint, never as praise."""
    codes = _codes(table.out["kind"], reference.codes("feedback_kinds"))
    table.out["kind"] = codes.where(codes != "", "other")
    table.tell("received_at", table.undated(), "missing_received")


def _followup(table: _Table) -> None:
    """Number and month of the order, and how far it is carried out, as codes."""
    out = table.out
    month = out["month"]
    numbers = {str(point["number"]) for point in read_yaml("orders")}
    written = each_once(out["order_no"], key).str.extract(_ORDER, expand=False)
    out["order_no"] = written.where(written.isin(numbers), "")
    out["month"] = each_once(month, cells.read_month)
    table.tell("order_no", out["order_no"] == "", "bad_order", tell_date)
    table.tell("month", (month != "") & (out["month"] == ""), "bad_order_month", tell_date)
    table.put_codes("state", cells.meanings("followup_states"), "unknown_state")


def _corrections(table: _Table) -> None:
    """Causes as codes; evidence as yes, no or "" (says nothing), told apart as in no export."""
    out, raw = table.out, table.raw
    if len(out) and not {"late_cause", "evidence", "apology_at"} & set(raw.headings):
        raise reference.refusal("nothing_to_correct", where=raw.where)
    if "evidence" in raw.frame:
        said, answers = each_once(raw.frame["evidence"], cell_text), {"": "no", "x": "yes"}
        out["evidence"] = each_once(said, lambda word: word and answers[_tell_evidence(word)])
    table.tell("dossier_id", out["dossier_id"] == "", "missing_id")
    table.put_codes("late_cause", reference.codes("causes"), "bad_correction")


_CHECKS = {"corrections": _corrections, "feedback": _feedback, "followup": _followup}


def _codes(words: pd.Series, table: Mapping[str, str]) -> pd.Series:
    """Codes of words by their comparing keys; "" for a blank or an unknown word."""
    return each_once(words, lambda word: table.get(key(word), ""))


def _official_codes(out: pd.DataFrame, secret: bytes) -> pd.Series:
    """Stable code per ward and official, made with the local key; "" when none is named."""
    names = out["ward"] + "\x1f" + each_once(out["official"], key)
    codes = each_once(names, lambda name: hmac.new(secret, name.encode(), "sha256").hexdigest())
    return ("CC-" + codes.str.slice(stop=8).str.upper()).where(out["official"] != "", "")
