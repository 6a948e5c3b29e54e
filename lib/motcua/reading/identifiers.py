"""Numbers of dossiers: one normal form of every spelling, and those that are no longer whole."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from motcua.base.params import Params
from motcua.base.reference import message, refusal
from motcua.base.vietnamese import clean
from motcua.reading.exports import place_of
from motcua.reading.header import RawTable, each_once
from motcua.reading.headings import BLANKS, cell_text
from motcua.reading.personal import mask_personal

EXCEL_DIGITS, EXACT = 15, 2**53  # digits that Excel keeps; whole numbers that a float keeps
SURE_ZEROS = 3  # so many zeros beyond the 15th digit are no chance any more (1 in 1000)
LONGEST_WORD = 32  # letters of a hash, which are no words that somebody may write in capitals

_QUOTED = re.compile(r'^(?:=?\s*"(.*)"|[\'’‘`´]+(.*?)\'?)$')
_DASHES = re.compile("[\u2010-\u2015\u2212\u2043\ufe58\ufe63\uff0d]")
_WHOLE = re.compile(r"(\d{5,})[.,]0+|(\d{1,3}(?:,\d{3}){2,})")  # 352112.0; 352,112,000
_POWER = re.compile(r"(\d)(?:[.,](\d+)[eE](\+?)|[eE](\+))(\d{1,2})")  # 3.52112E+11
_CODE = re.compile(r"\d{3}")  # in numbers that a program made, not in words
_LONG = re.compile(rf"\d{{{EXCEL_DIGITS + 1},}}")


def plain(text: str) -> str:
    """Text without what nobody sees or means: invisible letters, fullwidth forms, ="…", '.

    Examples
    --------
    >>> plain('="0012"'), plain("'0012"), plain("H19\\u200b.12\\u2060"), plain("１４/01")
    ('0012', '0012', 'H19.12', '14/01')
    """
    folded = unicodedata.normalize("NFKC", text)
    seen = "".join(c for c in folded if unicodedata.category(c) != "Cf")
    quoted = _QUOTED.match(seen.strip())
    bare = next(filter(None, quoted.groups()), "") if quoted else seen
    return clean(_DASHES.sub("-", bare))


def normal_number(value: object) -> str:
    """Number of a record in the one form that all its spellings have; "" for a blank.

    Examples
    --------
    >>> normal_number("h19.12 – 231220-0001"), normal_number('="00352"'), normal_number(352112.0)
    ('H19.12-231220-0001', '00352', '352112')
    >>> normal_number("3.5211200053E11"), normal_number("3.52E+11")
    ('352112000530', '3.52E+11')
    """
    written = cell_text(plain(cell_text(value)))
    text = written.replace(" ", "").replace("Ð", "Đ")
    if not _CODE.search(text):
        return written
    whole, power = _WHOLE.fullmatch(text), _POWER.fullmatch(text)
    if whole:
        return (whole[1] or whole[2]).replace(",", "")
    if power:
        return _unpowered(text, power)
    is_typed_small = text.islower() and len(text) < LONGEST_WORD
    return text.upper() if is_typed_small else text


def _unpowered(text: str, power: re.Match[str]) -> str:
    """Number that a program wrote as a power of ten, where all its digits are there.

    Excel, which writes "+", shows six of them; Java writes no "+" and as many as there are.
    """
    digits, zeros = power[1] + (power[2] or ""), int(power[5]) + 1
    is_whole = len(digits) == zeros or (power[3] == "" and len(digits) < zeros <= EXCEL_DIGITS)
    return digits.ljust(zeros, "0") if is_whole else text


def normal_numbers(values: pd.Series) -> pd.Series:
    """Normal form of all numbers of a column; mostly it is seen at once that all have it.

    Examples
    --------
    >>> normal_numbers(pd.Series(["H19.12-0001", " h19.12-0002"])).tolist()
    ['H19.12-0001', 'H19.12-0002']
    """
    with suppress(pa.ArrowException):  # other values than texts
        words = pa.array(values, pa.large_string())
        if all(map(_are_normal, getattr(words, "chunks", [words]))):
            return pd.Series(pd.array(words, dtype="str"), index=values.index)
    return each_once(values, normal_number)


_CHANGED = np.zeros(256, dtype=bool)
_CHANGED[: ord(" ") + 1] = _CHANGED[ord("~") + 1 :] = True
_CHANGED[np.frombuffer(b"\"'`,=abcdefghijklmnopqrstuvwxyz", dtype="uint8")] = True


def _are_normal(words: pa.Array) -> bool:
    """Whether all are of visible capital ASCII letters alone and no blanks nor powers of ten."""
    letters = np.frombuffer(words.buffers()[2] or b" ", dtype="uint8")
    return (
        not words.null_count
        and not _CHANGED[letters].any()
        and pc.min(pc.binary_length(words)).as_py() > max(map(len, BLANKS))
        and not pc.any(pc.match_substring_regex(words, r"^\d+(\.0+|(\.\d+)?E\+?\d+)$")).as_py()
    )


def are_rounded(values: pd.Series, numbers: pd.Series) -> pd.Series:
    """Which numbers of dossiers a program has rounded: digits are missing, two may be one.

    Numeric cells keep 15 digits in Excel and 2^53 in a float; 3.52112E+11 is what Excel shows. A
    column of long texts that all end in zeros beyond the 15th digit was saved from such cells.

    Parameters
    ----------
    values : cells as the file has them.
    numbers : their normal form.

    Examples
    --------
    >>> cells = pd.Series([1.90202401150010e17, "3.52E+11", "190202401150010001"], dtype=object)
    >>> are_rounded(cells, normal_numbers(cells)).tolist()
    [True, True, False]
    """
    shown = numbers.str.fullmatch(_POWER)
    long = numbers.str.fullmatch(_LONG)
    if not long.any():
        return shown
    floats = values.map(lambda value: isinstance(value, float)).astype(bool)
    beyond = floats & long & (numbers.where(floats & long, "0").astype("float64") > EXACT)
    zeros = _end_in_zeros(numbers, long & floats) | _end_in_zeros(numbers, long & ~floats)
    return shown | beyond | zeros


def _end_in_zeros(numbers: pd.Series, some: pd.Series) -> pd.Series:
    """Some numbers, if every one of them has zeros beyond the 15th digit, and these are many."""
    tails = numbers[some].str.slice(EXCEL_DIGITS)
    is_cut = not tails.str.strip("0").any() and tails.str.len().sum() >= SURE_ZEROS
    return some & is_cut


def are_reused(numbers: pd.Series, wards: pd.Series, received: pd.Series) -> pd.Series:
    """Which rows share their number with another of both another ward and another day of receipt.

    A dossier that changes its ward keeps its day of receipt, and one whose day was corrected its
    ward; where both differ, several dossiers bear one number.

    Examples
    --------
    >>> days = pd.Series(pd.to_datetime(["2024-01-02", "2024-01-03", "2024-01-03"]))
    >>> are_reused(pd.Series(["01", "01", "02"]), pd.Series(["A", "B", "B"]), days).tolist()
    [True, True, False]
    """
    again = (numbers != "") & (wards != "") & received.notna() & numbers.duplicated(keep=False)
    rows = pd.DataFrame({"id": numbers, "ward": wards, "day": received.dt.normalize()})[again]
    pairs = rows.reset_index().merge(rows, on="id")
    differ = (pairs["ward_x"] != pairs["ward_y"]) & (pairs["day_x"] != pairs["day_y"])
    return pd.Series(numbers.index.isin(pairs.loc[differ, "index"]), index=numbers.index)


def per_ward(numbers: pd.Series, wards: pd.Series) -> pd.Series:
    """Numbers of dossiers with their ward, where each ward counts from 1.

    Examples
    --------
    >>> per_ward(pd.Series(["01/2024", ""]), pd.Series(["An Bình", "An Bình"])).tolist()
    ['01/2024 (An Bình)', '']
    """
    return numbers.where((numbers == "") | (wards == ""), numbers + " (" + wards + ")")


def prepared(raw: RawTable, kind: str, path: Path, params: Params) -> RawTable:
    """Table with numbers where its rows have none, and with notes on what stands in.

    A row is numbered by the place of its file and where it stands in it.
    """
    notes = []
    if "on_time" in raw.frame:
        notes.append(message("due_by_flag", heading=raw.headings["on_time"]))
    if kind == "dossiers" and params.dossier_id == "row":
        notes.append(message("numbered_by_row"))
        raw = replace(raw, frame=raw.frame.assign(dossier_id=_row_numbers(raw, path)))
    return replace(raw, notes=(*raw.notes, *notes))


def _row_numbers(raw: RawTable, path: Path) -> pd.Series:
    place = place_of(path) + raw.where.removeprefix(path.name)
    if mask_personal(place) != place:
        place = hashlib.sha256(place.encode()).hexdigest()[:12]
    return normal_number(f"{place}#") + raw.frame["row"].astype("str")


# Numbers in several exports ----------------------------------------------------------------------

REUSED, REUSED_SHARE = 3, 20  # so many numbers of two dossiers, and one in so many, are no slips
# Numbers of digits alone that lack their leading zeros in one export and have them in another, of
# the same ward and day: those of an export that has both spellings are several dossiers.
_FULL = """
create table dossiers_full as
with numeric as (
    select distinct dossier_id as id, ltrim(dossier_id, '0') as bare, ward,
        received_at::date as day, filename
    from dossiers_read where regexp_full_match(dossier_id, '[0-9]+')),
spelt as (select bare from numeric group by bare having count(distinct id) > 1),
parted as (select bare from numeric group by bare, filename having count(distinct id) > 1)
select short.id as dossier_id, short.ward, short.day, max_by(long.id, length(long.id)) as full_id
from numeric short join numeric long using (bare, ward, day)
where length(short.id) < length(long.id)
    and bare in (from spelt) and bare not in (from parted)
group by all
"""
_VERSIONS = """
create view dossiers_versions as
select dossiers_read.* replace (coalesce(full_id, dossiers_read.dossier_id) as dossier_id)
from dossiers_read left join dossiers_full on dossiers_full.dossier_id = dossiers_read.dossier_id
    and dossiers_full.ward = dossiers_read.ward and day = received_at::date
"""
_AGAIN = """
create view dossiers_again as from dossiers_versions semi join (
    select hash(dossier_id) as several from dossiers_versions group by several having count(*) > 1
) on several = hash(dossier_id)
"""
_ALIKE = """
select count(*) from (
    select ltrim(dossier_id, '0') as bare from dossiers_versions
    where regexp_full_match(dossier_id, '[0-9]+')
    group by bare having count(distinct dossier_id) > 1)
"""
# Dossiers that other records name without the leading zeros, where just one can be meant.
_NAMED = """
create table {kind}_named as
select named.dossier_id, min(known.dossier_id) as full_id
from (select distinct dossier_id, ltrim(dossier_id, '0') as bare from {kind}_versions
    where regexp_full_match(dossier_id, '[0-9]+')
        and dossier_id not in (select dossier_id from dossiers_exported)) named
join dossiers_exported known on ltrim(known.dossier_id, '0') = bare
group by all having count(distinct known.dossier_id) = 1
"""
_REUSED = """
select count(*), count(*) filter (is_reused), min(dossier_id) filter (is_reused) from (
    select dossier_id, bool_or(differs) as is_reused from (
        select dossier_id, ward <> first_value(ward) over versions
            and received_at::date <> first_value(received_at::date) over versions as differs
        from dossiers_again
        window versions as (partition by dossier_id order by age, file_row_number))
    group by dossier_id)
"""


def make_versions(con: duckdb.DuckDBPyConnection) -> None:
    """Make views of `dossiers_read`: all versions, and those of dossiers that have several.

    A number that has lost its leading zeros in an export (Excel takes 00352 for 352) gets them
    back. Most dossiers have one version. To look for several by hash alone takes a fraction of the
    memory that comparing all versions does; the few whose hash is another's stand among them.
    """
    zeros = "from dossiers_read where regexp_full_match(dossier_id, '0[0-9]+') limit 1"
    if con.execute(zeros).fetchall():
        con.execute(_FULL)
        con.execute(_VERSIONS)
    else:
        con.execute("create view dossiers_versions as from dossiers_read")
    con.execute(_AGAIN)


def named_sql(con: duckdb.DuckDBPyConnection, kind: str) -> str:
    """Query that gives all versions of a kind's records with the numbers that dossiers have."""
    digits = f"from {kind}_versions where regexp_full_match(dossier_id, '[0-9]+') limit 1"
    if not con.execute(digits).fetchall():
        return f"from {kind}_versions"
    con.execute(_NAMED.format(kind=kind))
    return (
        f"select * exclude (full_id) replace (coalesce(full_id, dossier_id) as dossier_id) "
        f"from {kind}_versions left join {kind}_named using (dossier_id)"
    )


def notes_on_numbers(con: duckdb.DuckDBPyConnection) -> list[str]:
    """What a reader must know of numbers that several exports spell or use in two ways.

    Raises
    ------
    InputError
        Wards count for themselves, so that dossiers of several wards bear one number.
    """
    is_spelt = con.execute("from duckdb_tables() where table_name = 'dossiers_full'").fetchall()
    counts = ("select count(*) from dossiers_full", _ALIKE) if is_spelt else ("select 0",) * 2
    full, alike = (con.execute(count).fetchall()[0][0] for count in counts)
    several, reused, example = con.execute(_REUSED).fetchall()[0]
    if reused >= REUSED and reused * REUSED_SHARE >= several:
        raise refusal("numbers_reused", count=reused, example=example)
    numbers = {"zeros_lost": full, "zeros_alike": alike, "reused_between_files": reused}
    return [message(text, count=n) for text, n in numbers.items() if n]
