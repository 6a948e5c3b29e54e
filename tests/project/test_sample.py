"""The synthetic city is exact: an independent count finds what was planted, by its own rules."""

from __future__ import annotations

import gzip
import io
import re
import unicodedata
from functools import lru_cache
from pathlib import Path
from string import Template

import numpy as np
import pandas as pd
import pytest
import yaml
from motcua.base.errors import ParameterError
from motcua_sample import make
from motcua_sample.make import make_sample
from python_calamine import CalamineWorkbook

# The lists that letter 1522/UBND-THNC names for month 01/2024, written out here on purpose.
LETTER = {
    "below_threshold": "Tam Phước, Tân Tiến, Bửu Hòa, Phước Tân",
    "forgot_to_close": "An Bình, Bửu Hòa, Hố Nai, Hóa An, Hiệp Hòa, Long Bình, Quang Vinh, "
    "Tân Biên, Tân Hòa, Tân Tiến, Phước Tân, Long Hưng",
    "urban_management": "Tân Hạnh, Hố Nai, Bửu Long, Quang Vinh, Thanh Bình, Tân Vạn",
    "software_error": "Tân Phong, Tam Hiệp, Long Bình Tân",  # "some units" in the letter
    "feedback": "An Bình, Tân Biên, Phước Tân, Tam Phước, Trảng Dài",
}
REFERENCE = Path(__file__).parents[2] / "data" / "reference"
PERSONAL = ("Chủ hồ sơ", "Số điện thoại", "CCCD/CMND", "Địa chỉ", "Email")
DATES = {
    "received": ("Ngày tiếp nhận", "Ngày nhận", "Thời gian tiếp nhận"),
    "due": ("Ngày hẹn trả", "Ngày hẹn trả trước", "Hẹn trả kết quả"),
    "result": ("Ngày có kết quả", "Ngày xử lý xong"),
    "returned": ("Ngày trả kết quả", "Ngày trả", "Ngày trả thực tế"),
    "closed": ("Ngày kết thúc xử lý", "Ngày hoàn thành", "Ngày kết thúc"),
    "division_due": ("Hạn đơn vị xử lý", "Hạn xử lý của phòng ban", "Hạn đơn vị phối hợp"),
    "division_returned": (
        "Ngày đơn vị xử lý trả",
        "Ngày phòng ban trả",
        "Ngày đơn vị phối hợp trả",
    ),
}
TEXTS = {
    "id": ("Mã hồ sơ", "Số hồ sơ", "Số biên nhận"),
    "ward": ("Đơn vị tiếp nhận", "Cơ quan/đơn vị", "Phường, xã"),
    "status": ("Trạng thái hồ sơ", "Tình trạng", "Trạng thái"),
    "official": ("Cán bộ thụ lý", "Người tiếp nhận", "Công chức thụ lý"),
    "recorded": ("Lý do trễ hẹn", "Nguyên nhân quá hạn", "Lý do trễ hạn"),
}
CANONICAL = {heading: name for name, headings in (DATES | TEXTS).items() for heading in headings}
NAMES = yaml.safe_load(
    (REFERENCE.parents[1] / "params/profiles/bien-hoa-2024.yaml").read_text("utf-8")
)
RECORDED = {
    Template(wording).substitute(NAMES["words"]): code
    for code, wordings in yaml.safe_load((REFERENCE / "sample_city.yaml").read_text("utf-8"))[
        "wordings"
    ].items()
    for wording in wordings
}
REGISTER = pd.read_csv(REFERENCE / "wards.csv")
WARDS = REGISTER.loc[REGISTER["valid_from"].isna(), "name"].tolist()  # the thirty of the letter


def raw_rows(path: Path) -> list[list]:
    """Cells of a file, title block and all."""
    if path.suffix == ".xlsx":
        return (
            CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python(skip_empty_area=False)
        )
    text = gzip.decompress(path.read_bytes()).decode("utf-8-sig")
    separator = ";" if ";" in text.splitlines()[1] else ","
    return (
        pd.read_csv(
            io.StringIO(text),
            sep=separator,
            header=None,
            skiprows=1,
            dtype=str,
            keep_default_na=False,
        )
        .to_numpy()
        .tolist()
    )


def read_export(path: Path) -> pd.DataFrame:
    """Export with canonical names, valid rows only."""
    rows = raw_rows(path)
    top = next(
        n
        for n, row in enumerate(rows)
        if "Đơn vị tiếp nhận" in row or set(row) & {"Cơ quan/đơn vị", "Phường, xã"}
    )
    under = rows[top + 1] if path.suffix == ".xlsx" else [""] * len(rows[top])
    headings = [below or above for above, below in zip(rows[top], under, strict=True)]
    body = rows[top + 3 : -1] if path.suffix == ".xlsx" else rows[top + 1 :]
    table = pd.DataFrame(body, columns=headings)
    table = table[[c for c in table if c in CANONICAL]].rename(columns=CANONICAL)
    table["ward"] = table["ward"].map({text: ward_name(text) for text in table["ward"].unique()})
    table = table.assign(**{name: parse(table[name]) for name in DATES})
    bad = (
        table["id"].eq("")
        | ~table["ward"].isin(WARDS)
        | table["id"].str.slice(-4, -3).eq("9")
        | (table["closed"] < table["received"])
    )
    return table[~bad].drop_duplicates("id")


def ward_name(text: str) -> str:
    """Ward of the register behind a spelling."""
    text = unicodedata.normalize("NFC", text)
    text = re.sub(r"^(UBND )?(phường|xã|P\.) ?", "", text, flags=re.IGNORECASE)
    text = {"Tân Hoà": "Tân Hòa", "Hồ Nai": "Hố Nai"}.get(text, text)
    return next((name for name in WARDS if name.casefold() == text.casefold()), text)


def parse(cells: pd.Series) -> pd.Series:
    """Dates of a column, NaT where a cell is blank or wrong."""
    texts = [cell if isinstance(cell, str) else f"{cell:%d/%m/%Y %H:%M}" for cell in cells]
    timed = [text if ":" in text else f"{text} 00:00" for text in texts]
    return pd.Series(
        pd.to_datetime(timed, format="%d/%m/%Y %H:%M", errors="coerce"), index=cells.index
    )


@lru_cache
def read_all(folder: Path) -> pd.DataFrame:
    """Every dossier once, as its newest export shows it."""
    exports = [read_export(path) for path in sorted((folder / "dossiers").iterdir())]
    return pd.concat(exports).drop_duplicates("id", keep="last")


def causes(late: pd.DataFrame, folder: Path) -> np.ndarray:
    """Cause of each late dossier: the recorded one, else by dates."""
    (file,) = (folder / "incidents").iterdir()
    faults = pd.read_csv(file, skiprows=1).set_index("Mã hồ sơ")
    opened, ended = (
        late["id"].map(pd.to_datetime(faults[c], format="%d/%m/%Y %H:%M").dt.normalize())
        for c in ("Thời điểm báo lỗi", "Thời điểm khắc phục")
    )
    due = late["due"]
    rules = [
        (late["recorded"].isin(RECORDED), late["recorded"].map(RECORDED)),
        (
            (late["result"].dt.normalize() <= due) | (late["returned"].dt.normalize() <= due),
            "forgot_to_close",
        ),
        ((opened <= due) & ~(ended < due), "software_error"),
        (late["division_returned"] > late["division_due"], "urban_management"),
        (late["result"].dt.normalize() > due, "slow_processing"),
    ]
    return np.select(
        [m.to_numpy() for m, _ in rules],
        [np.asarray(c, dtype=object) for _, c in rules],
        default="unknown",
    )


def count(folder: Path, start: str, end: str) -> pd.DataFrame:
    """Resolved, late and late by cause, one row per ward."""
    table = read_all(folder)
    done = table["closed"].dt.normalize()
    left = table["status"].isin(["Công dân yêu cầu rút hồ sơ", "Dừng xử lý"])
    table = table[done.between(start, end) & ~left & table["due"].notna()]
    late = table[table["closed"].dt.normalize() > table["due"]]
    by_cause = pd.crosstab(late["ward"], causes(late, folder))
    resolved = table.groupby("ward").size().reindex(WARDS, fill_value=0)
    return (
        by_cause.reindex(WARDS, fill_value=0)
        .assign(late=late.groupby("ward").size(), resolved=resolved)
        .fillna(0)
    )


def complaints(folder: Path, start: str, end: str) -> set[str]:
    """Wards complained about in a period."""
    rows = raw_rows(folder / "feedback" / "phan_anh.xlsx")
    table = pd.DataFrame(rows[7:], columns=rows[6])
    day = pd.to_datetime(table["Ngày phản ánh"], format="%d/%m/%Y %H:%M").dt.normalize()
    is_complaint = ~table["Loại phản ánh"].isin(["Khen ngợi", "Hỏi đáp"])
    return {
        ward_name(w)
        for w in table.loc[day.between(start, end) & is_complaint, "Đơn vị bị phản ánh"]
    }


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Fifteen months, small, the newest a workbook."""
    folder = tmp_path_factory.mktemp("sample")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(make, "XLSX_MONTHS", 1)
        make_sample(folder, per_month=2400)
    return folder


@pytest.mark.parametrize(
    ("seed", "per_month"),
    [(1522, 1500), (1522, 6000), (7, 1500), (7, 6000), (0, 1500), (0, 6000), (1522, 20)],
)
def test_letter_month_gives_the_lists_of_the_letter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int, per_month: int
) -> None:
    """Once as a workbook, else as csv, which says the same and is written several times as fast."""
    if (seed, per_month) != (1522, 1500):
        monkeypatch.setattr(make, "XLSX_MONTHS", -1)  # none of the only one
    make_sample(tmp_path, ("2024-01", "2024-01"), per_month, seed)
    table = count(tmp_path, "2023-12-15", "2024-01-14")
    points = table.drop(columns=["late", "resolved"]).mul(100).div(table["resolved"], axis=0)
    rate = 100 - points.sum(axis=1)
    assert rate.sort_values().index[:4].tolist() == LETTER["below_threshold"].split(", ")
    assert rate.sort_values().iloc[:4].between(91.9, 96.75).all()
    assert rate.sort_values().iloc[4:].min() >= 97.3
    for cause in ("forgot_to_close", "urban_management", "software_error"):
        listed = (table[cause] >= 2) & (points[cause] >= 0.5)
        assert set(table.index[listed]) == set(LETTER[cause].split(", ")), cause
        assert points.loc[listed, cause].min() >= 0.6
        assert ((table[cause] <= 1) | (points[cause] < 0.4))[~listed].all()
    assert complaints(tmp_path, "2023-12-15", "2024-01-14") == set(LETTER["feedback"].split(", "))
    assert table["resolved"].min() >= 70
    assert table.loc["Tam Phước", "slow_processing"] >= 0.8 * table.loc["Tam Phước", "late"]


def test_same_arguments_give_the_same_bytes(tmp_path: Path) -> None:
    first, second = (make_sample(tmp_path / n, ("2023-03", "2023-06"), 90, 5) for n in "ab")
    assert [p.name for p in first] == [p.name for p in second]
    assert all(a.read_bytes() == b.read_bytes() for a, b in zip(first, second, strict=True))
    other = make_sample(tmp_path / "c", ("2023-03", "2023-06"), 90, 6)
    assert first[0].read_bytes() != other[0].read_bytes()


def test_volumes_differ_tenfold_and_long_hung_is_not_the_smallest(city: Path) -> None:
    volume = read_all(city).groupby("ward").size().sort_values()
    assert volume.iloc[-1] >= 10 * volume.iloc[0]
    assert "Long Hưng" in volume.index[1:6]


def test_dates_are_in_order_on_working_days(city: Path) -> None:
    table = read_all(city)
    for earlier, later in (
        ("received", "result"),
        ("result", "returned"),
        ("result", "closed"),
        ("received", "closed"),
    ):
        known = table[[earlier, later]].dropna()
        assert len(known) > 1000
        assert (known[earlier] <= known[later]).all(), (earlier, later)
    days = table["closed"].dropna().dt.normalize()
    assert (days.dt.day_of_week < 5).all()
    holidays = pd.to_datetime(pd.read_csv(REFERENCE / "holidays.csv")["date"])
    assert not days.isin(holidays).any()
    assert (table["due"].dropna().dt.day_of_week < 5).all()


def test_history_tells_a_story(city: Path) -> None:
    months = pd.period_range("2023-01", "2024-03", freq="M")
    spans = {str(m): (f"{m - 1}-15", f"{m}-14") for m in months}
    tables = {
        m: count(city, *spans[m])
        for m in ("2023-04", "2023-06", "2023-11", "2023-12", "2024-01", "2024-02", "2024-03")
    }
    rate = {m: 100 - 100 * t["late"] / t["resolved"] for m, t in tables.items()}
    assert rate["2023-11"]["Tam Phước"] < 97
    assert rate["2023-12"]["Tam Phước"] < 97
    assert rate["2024-02"]["Tam Phước"] > rate["2024-01"]["Tam Phước"]
    share = {m: 100 * t.sum() / t["resolved"].sum() for m, t in tables.items()}
    assert share["2023-06"]["software_error"] > 3 * share["2023-04"]["software_error"]
    assert share["2023-11"]["software_error"] > 3 * share["2023-04"]["software_error"]
    assert share["2023-12"]["urban_management"] > 2 * share["2023-04"]["urban_management"]
    assert (
        tables["2024-02"]["resolved"].sum() < 0.85 * tables["2024-03"]["resolved"].sum()
    )  # Tết, then the rebound


def test_a_few_officials_forget_most(city: Path) -> None:
    table = read_all(city)
    forgotten = table[
        (table["closed"].dt.normalize() > table["due"])
        & (table["result"].dt.normalize() <= table["due"])
    ]
    share = forgotten.groupby("ward")["official"].apply(
        lambda names: names.value_counts().iloc[:2].sum() / len(names)
    )
    assert share.median() > 0.7
    assert table.groupby("ward")["official"].nunique().between(3, 12).all()


def test_other_months_work_and_merged_wards_disappear(tmp_path: Path) -> None:
    make_sample(tmp_path, ("2025-02", "2025-03"), 600)
    table = count(tmp_path, "2025-01-15", "2025-02-14")
    assert table["resolved"].sum() > 200
    assert (
        table.loc[
            ["Tân Tiến", "Tam Hòa", "Hòa Bình", "Quyết Thắng", "Thanh Bình"], "resolved"
        ].sum()
        == 0
    )


def test_a_city_with_hardly_any_dossier_still_gives_files(tmp_path: Path) -> None:
    assert len(make_sample(tmp_path, ("2020-01", "2020-01"), 1)) == 4


def test_a_month_is_the_same_whatever_range_is_asked_for(tmp_path: Path) -> None:
    make_sample(tmp_path / "short", ("2023-06", "2023-06"), 300)
    make_sample(tmp_path / "long", ("2023-05", "2023-07"), 300)
    span = "2023-05-15", "2023-06-14"
    pd.testing.assert_frame_equal(count(tmp_path / "short", *span), count(tmp_path / "long", *span))


def test_every_file_says_that_it_is_synthetic_and_carries_personal_columns(city: Path) -> None:
    for path in (p for p in city.rglob("*") if p.is_file()):
        if path.suffix == ".xlsx":
            text = "\n".join(str(cell) for row in raw_rows(path)[:8] for cell in row)
        else:
            content = path.read_bytes()
            text = (
                (gzip.decompress(content) if path.suffix == ".gz" else content)
                .decode("utf-8-sig")
                .splitlines()[0]
            )
        assert "DỮ LIỆU MÔ PHỎNG" in text, path
    newest = sorted((city / "dossiers").iterdir())[-1]
    assert set(PERSONAL) <= {cell for row in raw_rows(newest)[:8] for cell in row}


def test_last_export_leaves_dossiers_open_and_overdue(city: Path) -> None:
    last = read_export(sorted((city / "dossiers").iterdir())[-1])
    is_open = last["closed"].isna() & last["due"].notna()
    assert is_open.sum() > 50
    assert (is_open & (last["due"] < "2024-03-14")).sum() >= 5
    assert {"Đang xử lý", "Được tiếp nhận", "Đã trả kết quả", "Đã xử lý xong"} <= set(
        last["status"]
    )


def test_follow_up_names_the_wards_of_the_letter(city: Path) -> None:
    rows = raw_rows(city / "followup" / "khac_phuc.xlsx")
    table = pd.DataFrame(rows[7:], columns=rows[6])
    letter = table[table["Kỳ báo cáo"] == "01/2024"]
    for order, name in (("1", "below_threshold"), ("2", "forgot_to_close"), ("3", "feedback")):
        assert {ward_name(w) for w in letter.loc[letter["Chỉ đạo số"] == order, "Đơn vị"]} == set(
            LETTER[name].split(", ")
        )
    assert {"Đã thực hiện", "Chưa báo cáo"} <= set(table["Trạng thái thực hiện"])


@pytest.mark.parametrize(
    ("months", "per_month", "seed"),
    [
        (("2024-02", "2024-01"), 9, 1),
        (("2024-01", "2024-01"), 0, 1),
        (("2024-01", "2024-01"), 9, -1),
    ],
)
def test_impossible_arguments_are_refused(
    tmp_path: Path, months: tuple[str, str], per_month: int, seed: int
) -> None:
    with pytest.raises(ParameterError):
        make_sample(tmp_path, months, per_month, seed)
