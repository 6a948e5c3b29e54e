"""Cells of the synthetic files: dates, names of wards, invented people, rows with faults.

Names, telephone numbers (the 01xx range, closed in 2018), identity numbers (no province has the
code 999) and addresses are invented; they are there because the reader has to drop them.
"""

from __future__ import annotations

import unicodedata

import numpy as np
import pandas as pd

from motcua_sample.city import MOST_OFFICIALS, City

EPOCH = np.datetime64("1899-12-30", "s")  # day 0 of workbooks
TIMED = ("received_at", "result_at", "returned_at", "closed_at")
DAYS = (
    *("due_at", "rescheduled_due_at", "apology_at"),
    *("division_received_at", "division_due_at", "division_returned_at"),
)
SPELT_ROWS, DUPLICATES = 3, 3
LONG_AGO = np.array(["2019-01-02T08:00"], dtype="datetime64[s]")


def date_texts(values: np.ndarray | pd.Series, *, timed: bool) -> np.ndarray:
    """Dates as dd/mm/yyyy, with HH:MM when `timed`; "" for a missing one.

    Examples
    --------
    >>> date_texts(np.array(["2024-01-05T08:30", "NaT"], dtype="datetime64[s]"), timed=True)
    array(['05/01/2024 08:30', ''], dtype=object)
    """
    moments = np.asarray(values).astype("datetime64[s]")
    known = moments[~np.isnat(moments)]
    texts = np.full(len(moments), "", dtype=object)
    days, at = np.unique(known.astype("datetime64[D]"), return_inverse=True)
    found = np.array([f"{d:%d/%m/%Y}" for d in days.tolist()], dtype=object)[at]
    if timed:
        clock = [f" {minute // 60:02d}:{minute % 60:02d}" for minute in range(1440)]
        found = (
            found + np.array(clock, dtype=object)[known.astype("datetime64[m]").astype(int) % 1440]
        )
    texts[~np.isnat(moments)] = found
    return texts


def date_serials(values: np.ndarray) -> np.ndarray:
    """Dates as the day numbers of a workbook; "" for a missing one.

    Examples
    --------
    >>> date_serials(np.array(["2024-01-05T12:00", "NaT"], dtype="datetime64[s]"))
    array([45296.5, ''], dtype=object)
    """
    cells = ((values - EPOCH) / np.timedelta64(1, "D")).round(9).astype(object)
    cells[np.isnat(values)] = ""
    return cells


def ward_texts(city: City, wards: np.ndarray | pd.Series, style: int) -> np.ndarray:
    """Names of wards (positions in the register) as one style of export writes them."""
    names = [_styled(city.kinds[name], name, style) for name in city.names]
    return np.array(names, dtype=object)[np.asarray(wards, dtype=int)]


def _styled(kind: str, name: str, style: int) -> str:
    return (f"{kind.capitalize()} {name}", f"UBND {kind} {name}", name)[style]


def people(city: City, serials: np.ndarray | pd.Series, wards: np.ndarray | pd.Series) -> dict:
    """Invented personal data of applicants: name, phone, id_number, address, email."""
    words, at = city.tables["people"], np.asarray(serials, dtype=int)
    families, middles = (np.array(words[k], dtype=object) for k in ("families", "middles"))
    six = np.array([f"{n:06d}" for n in at], dtype=object)
    streets = [f"Số {n + 1} đường Tưởng Tượng, khu phố {n % 9 + 1}, " for n in range(300)]
    called = families[at % len(families)] + " " + middles[at // len(families) % len(middles)]
    return {
        "name": called + f" {words['applicant']} " + six,
        "phone": "0100" + six,
        "id_number": "999000" + six,
        "address": np.array(streets, dtype=object)[at % len(streets)] + ward_texts(city, wards, 2),
        "email": "cd" + six + "@example.invalid",
    }


def official_names(city: City, wards: np.ndarray, officials: np.ndarray) -> np.ndarray:
    """Invented names of officials, such as "Lê Văn Ví Dụ 0803" (ward 8 of the register, third)."""
    words = city.tables["people"]
    families, middles, last = words["families"], words["middles"], words["official"]
    names = [
        f"{families[(ward * 5 + k) % len(families)]} {middles[(ward + k) % len(middles)]} {last} "
        f"{ward + 1:02d}{k + 1:02d}"
        for ward in range(len(city.names))
        for k in range(MOST_OFFICIALS)
    ]
    return np.array(names, dtype=object)[wards * MOST_OFFICIALS + officials]


def export_table(city: City, rows: pd.DataFrame, style: int, *, serial: bool) -> pd.DataFrame:
    """Cells of an export: one row per dossier, everything as it will be written.

    Columns: those of `columns` in sample_city.yaml, in that order.
    """
    get, tables = {name: rows[name].to_numpy() for name in rows}, city.tables
    procedures = pd.DataFrame(tables["procedures"], dtype=object).loc[get["procedure"]]
    cells = {
        "dossier_id": get["dossier_id"],
        "ward": ward_texts(city, get["ward"], style),
        "procedure": procedures["name"].to_numpy(),
        "field": procedures["field"].to_numpy(),
        "channel": np.array(list(tables["channels"]), dtype=object)[get["channel"]],
        "status": get["status"],
        "official": official_names(city, get["ward"], get["official"]),
        "division": np.where(np.isnat(get["division_received_at"]), "", tables["division"]),
        "late_cause": get["late_cause"],
        "evidence": np.where(get["evidenced"], "MC-" + rows["dossier_id"].str[-11:], ""),
        "rescheduled": np.array(["", "1", "2"], dtype=object)[get["rescheduled"].astype(int)],
    }
    for name in (*TIMED, *DAYS):
        timed = name in TIMED
        cells[name] = date_serials(get[name]) if serial else date_texts(get[name], timed=timed)
    cells |= people(city, get["person"], get["ward"])
    return pd.DataFrame(cells, columns=list(tables["columns"]), dtype=object)


def respell(city: City, table: pd.DataFrame, wards: pd.Series) -> pd.DataFrame:
    """Table with other spellings of some wards, each in a few rows."""
    taken: dict[str, int] = {}
    texts = table["ward"].to_numpy(copy=True)
    for rule in city.tables["spellings"]:
        ward, form = rule["ward"], "NFD" if rule.get("nfd") else "NFC"
        first = taken.get(ward, 0)
        rows = np.flatnonzero(wards == city.names.index(ward))[first : first + SPELT_ROWS]
        texts[rows] = unicodedata.normalize(form, rule["text"])
        taken[ward] = first + SPELT_ROWS
    return table.assign(ward=texts)


def add_faults(
    table: pd.DataFrame, rows: pd.DataFrame, year: str, rng: np.random.Generator, *, serial: bool
) -> pd.DataFrame:
    """Table with rows that must be set aside and exact duplicates, at random places.

    The rows to set aside are copies under numbers of their own, so that no dossier is lost.
    """
    closed = np.flatnonzero(rows["closed_at"].notna() & rows["due_at"].notna())
    if not len(closed):
        return table
    early = date_serials(LONG_AGO) if serial else date_texts(LONG_AGO, timed=True)
    faults = [
        *(("due_at", f"31/02/{year}"), ("received_at", "không rõ")),
        *(("ward", "Phường Không Có Thật"), ("ward", "Tân Bình")),
        *(("dossier_id", ""), ("closed_at", early[0])),
    ]
    picked = table.iloc[rng.choice(closed, len(faults))].copy()
    picked["dossier_id"] = [f"{t[:-4]}{9001 + n}" for n, t in enumerate(picked["dossier_id"])]
    for at, (column, value) in enumerate(faults):
        picked.iloc[at, table.columns.get_loc(column)] = value
    more = [picked, table.iloc[rng.choice(len(table), DUPLICATES)]]
    return _mix(table, pd.concat(more), rng)


def _mix(table: pd.DataFrame, more: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Both tables, the rows of the second at random places of the first."""
    places = np.append(np.arange(len(table)), rng.integers(len(table), size=len(more)) + 0.5)
    return pd.concat([table, more], ignore_index=True).iloc[np.argsort(places, kind="stable")]
