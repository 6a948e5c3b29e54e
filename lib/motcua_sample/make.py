"""The synthetic city's exports, month by month, as `motcua sample` writes them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from motcua.base.calendar import month_range, next_month, rule_period
from motcua.base.errors import ParameterError
from motcua.base.reference import USUAL_PROFILE

from motcua_sample.city import City
from motcua_sample.dossiers import NOT_RECEIVED, WITHDRAWN, draw_month
from motcua_sample.files import write_dossiers, write_feedback, write_followup, write_incidents
from motcua_sample.others import draw_feedback, draw_followup, draw_incidents

LETTER_SEED = 1522
AHEAD = 2  # months drawn after the last one, for the dossiers it leaves open
EXPORT_DAY, EXPORT_MINUTE = 18, 17 * 60 + 30
USUAL_MONTHS, OTHER_MONTHS = ("2023-01", "2024-03"), ("2025-08", "2026-08")
XLSX_MONTHS = 3  # the newest months come as workbooks
# Dates that an export shows only once they have come.
EVENTS = (
    *("result_at", "returned_at", "closed_at"),
    *("division_received_at", "division_returned_at", "apology_at"),
)
DAY = np.timedelta64(1, "D")


def make_sample(
    directory: Path,
    months: tuple[str, str] | None = None,
    per_month: int = 6000,
    seed: int = LETTER_SEED,
    *,
    profile: str | None = None,
    progress: Callable[[str], None] | None = None,
) -> list[Path]:
    """Write the exports of a synthetic city and return the files written, in order of their paths.

    Parameters
    ----------
    directory
        Folder that gets `dossiers/`, `feedback/`, `incidents/` and `followup/`.
    months
        First and last month (YYYY-MM), both included; by default USUAL_MONTHS, of another profile
        than the usual one OTHER_MONTHS.
    per_month
        Dossiers the whole city resolves in an ordinary month.
    seed
        Not negative. The same seed, months and size give the same bytes.
    profile
        Whose units, names and divisions the city has (params/profiles).
    progress
        Called with one Vietnamese line for each file written.

    Raises
    ------
    ParameterError
        The months are out of order or malformed, or a number is out of range.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> files = make_sample(folder, ("2023-02", "2023-02"), per_month=60)
    >>> [file.parent.name for file in files], files[0].name
    (['dossiers', 'feedback', 'followup', 'incidents'], 'ho_so_2023-02_xuat_20230218.xlsx')
    """
    profile = profile or USUAL_PROFILE
    usual = USUAL_MONTHS if profile == USUAL_PROFILE else OTHER_MONTHS
    wanted = _check(months or usual, per_month, seed)
    drawn = wanted + [next_month(wanted[-1], step) for step in range(1, AHEAD + 1)]
    city = City.read(drawn, profile)
    parts = [draw_month(city, month, per_month, seed) for month in drawn]
    dossiers = number(pd.concat(parts, ignore_index=True))
    paths = []
    for path in _write(city, dossiers, wanted, seed, Path(directory)):
        paths.append(path)
        if progress:
            progress(f"Đã ghi {path.relative_to(directory).as_posix()}")
    return sorted(paths)


def _check(months: tuple[str, str], per_month: int, seed: int) -> list[str]:
    """Months asked for, or an error that says what is wrong."""
    wanted = list(month_range(*months))
    if not wanted:
        raise ParameterError(
            f"Khoảng tháng {months[0]}..{months[1]} trống: tháng đầu phải trước tháng cuối."
        )
    if per_month < 1:
        raise ParameterError(f"Số hồ sơ mỗi tháng = {per_month}: phải từ 1 trở lên.")
    if seed < 0:
        raise ParameterError(f"Hạt giống = {seed}: phải từ 0 trở lên.")
    return wanted


def _write(
    city: City, dossiers: pd.DataFrame, wanted: list[str], seed: int, directory: Path
) -> Iterator[Path]:
    """Write file by file and yield each path."""
    last = export_time(wanted[-1])
    for month in wanted:
        is_new = month in wanted[-XLSX_MONTHS:]
        rows = export(dossiers, month)
        yield write_dossiers(city, rows, month, directory / "dossiers", seed, workbook=is_new)
    feedback = draw_feedback(city, dossiers, wanted, seed, last)
    yield write_feedback(city, feedback, directory / "feedback" / "phan_anh.xlsx", wanted)
    incidents = draw_incidents(city, dossiers, last)
    day = np.datetime_as_string(last, "D").replace("-", "")
    yield write_incidents(city, incidents, directory / "incidents" / f"su_co_xuat_{day}.csv")
    followup = draw_followup(city, dossiers, feedback, wanted, seed, last)
    yield write_followup(city, followup, directory / "followup" / "khac_phuc.xlsx", wanted)


def export_time(month: str) -> np.datetime64:
    """Moment at which a month is exported: the 18th, at the end of the working day.

    Examples
    --------
    >>> export_time("2024-01")
    np.datetime64('2024-01-18T17:30:00')
    """
    return np.datetime64(f"{month}-{EXPORT_DAY}") + np.timedelta64(EXPORT_MINUTE * 60, "s")


def number(dossiers: pd.DataFrame) -> pd.DataFrame:
    """Dossiers in order of receipt, each with a number unlike any other.

    The number has the form of Thông tư 01/2018/TT-VPCP, Điều 19: unit, day of receipt, number of
    the day. `person` is the serial number from which the applicant's invented data are made.
    """
    order = ["received_at", "ward"]
    ordered = dossiers.sort_values(order, kind="stable", ignore_index=True)
    day = ordered["received_at"].dt.normalize()
    turn = ordered.groupby([ordered["ward"], day]).cumcount() + 1
    ids = dossier_ids(ordered["ward"], day, turn)
    return ordered.assign(dossier_id=ids, person=ordered.index % 1_000_000)


def dossier_ids(ward: pd.Series, day: pd.Series, turn: pd.Series) -> np.ndarray:
    """Dossier numbers from the ward's place in the register, the day and the number of the day.

    Examples
    --------
    >>> dossier_ids(pd.Series([25]), pd.Series([pd.Timestamp("2024-01-05")]), pd.Series([12]))[0]
    '000.26.31.H19-240105-0012'
    """
    units = np.array(
        [f"000.{n + 1:02d}.31.H19-" for n in range(ward.max() + 1 if len(ward) else 0)],
        dtype=object,
    )
    turns = np.array([f"-{n:04d}" for n in range(turn.max() + 1 if len(turn) else 0)], dtype=object)
    days, at = np.unique(day.to_numpy(), return_inverse=True)
    texts = np.array([f"{d:%y%m%d}" for d in pd.DatetimeIndex(days)], dtype=object)
    return units[ward.to_numpy()] + texts[at] + turns[turn.to_numpy()]


def export(dossiers: pd.DataFrame, month: str) -> pd.DataFrame:
    """Dossiers of one export as they stood on the 18th: later events blank, `status` added.

    It holds every dossier received by then and not finished before the period began.
    """
    now, start = export_time(month), np.datetime64(rule_period(month, "nd09").start)
    received, finish = dossiers["received_at"].to_numpy(), dossiers["finish"].to_numpy()
    rows = dossiers[(received <= now) & (np.isnat(finish) | (finish >= start))].copy()
    for name in EVENTS:
        rows[name] = rows[name].where(rows[name] <= now)
    rows["division_due_at"] = rows["division_due_at"].where(rows["division_received_at"].notna())
    warned = rows["due_at"] <= now + DAY
    rows["rescheduled_due_at"] = rows["rescheduled_due_at"].where(warned)
    rows["rescheduled"] = rows["rescheduled"].where(warned, 0)
    rows["late_cause"] = rows["late_cause"].where(rows["closed_at"].notna(), "")
    rows["evidenced"] &= rows["closed_at"].notna()
    rows = rows.assign(status=_status(rows, now))
    return rows.sort_values("ward", kind="stable", ignore_index=True)


def _status(rows: pd.DataFrame, now: np.datetime64) -> np.ndarray:
    """Vietnamese status at the time of the export."""
    kind, luck = rows["kind"].to_numpy(), rows["luck"].to_numpy()
    closed, returned = (rows[name].notna().to_numpy() for name in ("closed_at", "returned_at"))
    cases = [
        ((kind == NOT_RECEIVED) & (luck < 60), "Mới đăng ký"),
        (kind == NOT_RECEIVED, "Không được tiếp nhận"),
        (closed & (kind == WITHDRAWN) & (luck < 70), "Công dân yêu cầu rút hồ sơ"),
        (closed & (kind == WITHDRAWN), "Dừng xử lý"),
        (closed & returned, "Đã trả kết quả"),
        (closed, "Đã xử lý xong"),
        (rows["received_at"].to_numpy() >= now - DAY, "Được tiếp nhận"),
        (luck < 5, "Yêu cầu bổ sung giấy tờ"),
    ]
    masks, texts = zip(*cases, strict=True)
    return np.select(masks, texts, default="Đang xử lý")
