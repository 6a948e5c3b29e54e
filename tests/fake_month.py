"""A small stand-in for `motcua.Month`: made-up numbers in the shape that charts read."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace

import pandas as pd
from motcua.base.params import Params
from motcua.measures.state import BACKLOG

# Code, row and column of the tile, name: the city of month 01/2024.
WARDS = """
25993 0 4 Trảng Dài
25996 0 3 Tân Phong
25999 0 6 Tân Biên
26002 0 5 Hố Nai
26005 1 6 Tân Hòa
26008 1 5 Tân Hiệp
26011 1 0 Bửu Long
26014 1 3 Tân Tiến
26017 2 4 Tam Hiệp
26020 2 6 Long Bình
26023 1 1 Quang Vinh
26026 1 4 Tân Mai
26029 2 3 Thống Nhất
26032 1 2 Trung Dũng
26035 2 5 Tam Hòa
26038 2 1 Hòa Bình
26041 3 2 Quyết Thắng
26044 2 2 Thanh Bình
26047 3 5 Bình Đa
26050 3 4 An Bình
26053 4 2 Bửu Hòa
26056 4 4 Long Bình Tân
26059 4 3 Tân Vạn
26062 2 0 Tân Hạnh
26065 3 3 Hiệp Hòa
26068 3 1 Hóa An
26371 4 5 An Hòa
26374 5 6 Tam Phước
26377 4 6 Phước Tân
26380 5 5 Long Hưng
"""
CAUSES = {
    "forgot_to_close": ("Quên bấm kết thúc", "ward", "Phường, xã"),
    "software_error": (
        "Lỗi phần mềm",
        "software",
        "Đơn vị vận hành phần mềm (đầu mối: Phòng VHTT)",
    ),
    "urban_management": ("Phòng QLĐT giải quyết chậm", "urban_management", "Phòng Quản lý đô thị"),
    "slow_processing": ("Phường, xã giải quyết chậm", "ward", "Phường, xã"),
    "unknown": ("Chưa xác định", "unknown", "Chưa xác định"),
}
KINDS = ("Thái độ công chức", "Chậm trễ", "Yêu cầu giấy tờ ngoài quy định")
CHANNELS = ("Cổng Dịch vụ công quốc gia", "Tổng đài 1022")
# Late dossiers by cause of the ward in that place of the register; the others are late with none.
LATE = {
    0: (1, 0, 0, 2, 0), 3: (3, 0, 2, 1, 0), 7: (4, 1, 0, 6, 1), 9: (3, 0, 0, 2, 1),
    20: (5, 2, 0, 4, 0), 27: (0, 2, 0, 14, 1), 28: (6, 0, 0, 9, 0), 12: (0, 1, 0, 0, 0),
}  # fmt: skip

KEPT = {  # attribute of a month -> function of `motcua.measures` that it is
    "rates": "rates.ward_rates",
    "city": "rates.city_rate",
    "history": "rates.ward_history",
    "city_history": "rates.city_history",
    "late_by_cause": "causes.late_by_cause",
    "city_by_cause": "causes.city_by_cause",
    "feedback": "feedback.complaints_of",
    "quality": "quality.quality",
}


def fake_month(**changes: object) -> SimpleNamespace:
    """Month 01/2024 of 30 wards; `changes` replace attributes."""
    rates = _rates()
    late = _late_by_cause(rates)
    summed = ("resolved", "on_time", "late", "open", "open_overdue", *BACKLOG)
    total = {c: int(rates[c].sum()) for c in summed}
    city = {
        **total,
        "rate_percent": 100 * total["on_time"] / total["resolved"],
        "months_below_in_a_row": 0,
        "feedback": 6,
    }
    history, city_history = _history(rates), _city_history()
    month = SimpleNamespace(
        tables={
            "motcua.measures.control.rate_change": _rate_change(),
            **_followup(rates),
            "motcua.measures.causes.points": late.rename(columns={"late": "dossiers"}).assign(
                points_shown=late["points_lost"].astype(float).round(2)
            ),
            "motcua.measures.rates.shortfalls": {
                ward.code: "clearly_low" if ward.certainty == "below" else "watch"
                for ward in rates[rates["below_threshold"] == True].itertuples()  # noqa: E712
            },
        },
        units=[SimpleNamespace(code=code) for code in _wards()["code"]],
        months=_months(),
        month="2024-01",
        label="Tháng 01/2024",
        kind="month",
        previous=SimpleNamespace(month="2023-12"),
        year_before=SimpleNamespace(month="2023-01"),
        period=SimpleNamespace(start=date(2023, 12, 15), end=date(2024, 1, 14)),
        params=Params(),
        synthetic=True,
        stamp="",
        uncovered="",
        city=city,
        rates=rates,
        unit_names=dict(zip(rates["code"], rates["name"], strict=True)),
        late_by_cause=late,
        city_by_cause=_sums(late, ["cause", "label", "party", "party_label"], total["resolved"]),
        history=history,
        city_history=city_history,
        feedback=_feedback(rates),
        quality={
            "rows_read": 10234, "rows_kept": 10180, "rows_set_aside": 42, "duplicates": 12,
            "problems": {"bad_date": 25, "Đơn vị <lạ> & không rõ": 17},
        },
    )  # fmt: skip
    vars(month).update(changes)
    month.root = month.last = month.at_its_end = month
    month.shared = month.tables
    for name, function in KEPT.items():
        if hasattr(month, name):
            month.tables[f"motcua.measures.{function}"] = getattr(month, name)
    return month


def _followup(rates: pd.DataFrame) -> dict[str, object]:
    """Orders, ranks and complaints per 1,000 dossiers, as `table` keeps them."""
    limits = ["per_1000", "per_1000_low", "per_1000_high"]
    orders = [SimpleNamespace(number=n, title=f"Việc số {n}") for n in (1, 2)]
    ledger = pd.DataFrame(
        {
            "order_no": [1, 1, 2],
            "key": ["below_threshold", "below_threshold", "forgot_to_close"],
            "state": ["overdue", "done_evidenced", "overdue"],
            "code": ["26374", "26377", "26374"],
        }
    )
    told = pd.DataFrame(
        [
            ("26374", "Tam Phước", 3, 264, 11.36, 2.34, 33.21),
            ("", "Toàn thành phố", 3, 4887, 0.61, 0.13, 1.79),
        ],
        columns=["code", "name", "feedback", "resolved", *limits],
    )
    return {
        "motcua.measures.orders.orders": orders,
        "motcua.measures.followup.ledger": ledger,
        "motcua.measures.feedback.feedback_rates": told,
        "motcua.measures.feedback.complaints": pd.DataFrame(
            {"code": ["26374"], "may_be_same": [False]}
        ),
    }


def _interval(on_time: int, resolved: int) -> tuple[float | None, float | None]:
    if not resolved:
        return None, None
    share, z = on_time / resolved, 1.96
    middle = (share + z * z / (2 * resolved)) / (1 + z * z / resolved)
    half = (
        z
        / (1 + z * z / resolved)
        * (share * (1 - share) / resolved + (z / (2 * resolved)) ** 2) ** 0.5
    )
    return 100 * (middle - half), 100 * (middle + half)


def _certainty(low: float | None, high: float | None) -> str | None:
    if low is None:
        return None
    return "below" if high < 97 else "above" if low > 97 else "uncertain"


def _wards() -> pd.DataFrame:
    rows = [line.split(maxsplit=3) for line in WARDS.strip().splitlines()]
    wards = pd.DataFrame(rows, columns=["code", "grid_row", "grid_col", "name"])
    kinds = wards["name"].eq("Long Hưng").map({True: "xã", False: "phường"})
    return wards.astype({"grid_row": int, "grid_col": int}).assign(kind=kinds)


def _rates() -> pd.DataFrame:
    wards = _wards()
    rows = []
    for place, ward in enumerate(wards.to_dict("records")):
        resolved = 0 if place == 25 else 18 if place == 21 else 120 + 37 * place % 500
        late = sum(LATE.get(place, ()))
        low, high = _interval(resolved - late, resolved)
        below = 100 * (resolved - late) < 97 * resolved if resolved else None
        rows.append({
            **ward, "resolved": resolved, "on_time": resolved - late, "late": late,
            "counted": resolved, "good": resolved - late,
            "open": 10, "open_overdue": place % 4, "days_1_30": 0, "days_31_90": 0,
            "days_91_up": place % 4, "awaiting_close": place % 3,
            "awaiting_close_overdue": place % 2,
            "rate_percent": 100 * (resolved - late) / resolved if resolved else None,
            "rate_low": low, "rate_high": high, "below_threshold": below,
            "certainty": _certainty(low, high),
            "small": resolved < 30, "months_below_in_a_row": 2 if below else 0,
            "feedback": 0, "points_per_dossier": 100 / resolved if resolved else None,
        })  # fmt: skip
    frame = pd.DataFrame(rows).astype({"below_threshold": object, "certainty": object})
    return frame.sort_values("rate_percent", kind="stable", ignore_index=True)


def _late_by_cause(rates: pd.DataFrame) -> pd.DataFrame:
    places = {code: place for place, code in enumerate(_wards()["code"])}
    rows = []
    for ward in rates.itertuples():
        for late, (cause, (label, party, party_label)) in zip(
            LATE.get(places[ward.code], (0,) * 5), CAUSES.items(), strict=True
        ):
            points = 100 * late / ward.resolved if ward.resolved else None
            rows.append({
                "code": ward.code, "name": ward.name, "cause": cause, "label": label,
                "party": party, "party_label": party_label, "late": late,
                "evidenced": late // 2, "points_lost": points,
            })  # fmt: skip
    return pd.DataFrame(rows)


def _sums(late: pd.DataFrame, by: list[str], resolved: int) -> pd.DataFrame:
    sums = late.groupby(by, sort=False, as_index=False)["late"].sum()
    rates = {"evidenced": 0, "rate_if_not_for": 97.0}
    return sums.assign(points_lost=100 * sums["late"] / resolved, **rates)


def _months() -> list[str]:
    return [str(p) for p in pd.period_range("2023-01", "2024-01", freq="M")]


def _history(rates: pd.DataFrame) -> pd.DataFrame:
    frames = []
    for place, month in enumerate(_months()):
        shift = ((rates.index + place) % 5) * 0.4 * (12 - place) / 12
        rate = (rates["rate_percent"] - shift).clip(upper=100)
        below = (rate < 97).astype(object).where(rate.notna(), None)
        frame = rates[["code", "name", "resolved", "late", "counted", "good"]]
        frames.append(frame.assign(month=month, rate_percent=rate, below_threshold=below))
    return pd.concat(frames, ignore_index=True)


def _city_history() -> pd.DataFrame:
    rows = [
        {"month": month, "resolved": 9000 + 50 * place, "late": 200 - 8 * place,
         "rate_percent": 96.4 + 0.21 * place - (0.6 if place == 5 else 0),
         "wards_below": 11 - place // 2, "open_overdue": 60 - place, "feedback": 6,
         "days_1_30": 20 - place, "days_31_90": 10, "days_91_up": 30, "awaiting_close": 9,
         "awaiting_close_overdue": 5,
         "forgot_to_close": 90 - 5 * place, "software_error": 20 + (30 if place == 5 else 0),
         "urban_management": 30 - place, "slow_processing": 55 - 2 * place, "unknown": 5}
        for place, month in enumerate(_months())
    ]  # fmt: skip
    table = pd.DataFrame(rows)
    return table.assign(counted=table["resolved"], good=table["resolved"] - table["late"])


def _rate_change() -> pd.DataFrame:
    parts = {"mix": -0.02, "forgot_to_close": 0.31, "software_error": -0.12}
    labels = {"mix": "Tỷ trọng hồ sơ giữa các đơn vị"} | {c: CAUSES[c][0] for c in CAUSES}
    rows = [(part, labels[part], value, value) for part, value in parts.items()]
    return pd.DataFrame(rows, columns=["part", "label", "points", "points_shown"])


def _feedback(rates: pd.DataFrame) -> pd.DataFrame:
    names = ["An Bình", "Tân Biên", "Phước Tân", "Tam Phước", "Trảng Dài", "Tam Phước"]
    codes = rates.set_index("name")["code"]
    rows = [
        {"code": codes[name], "name": name, "received_at": pd.Timestamp(2024, 1, 3 + place),
         "channel": CHANNELS[place % 2], "kind": "x",
         "kind_label": KINDS[(0, 0, 1, 0, 2, 0)[place]]}
        for place, name in enumerate(names)
    ]  # fmt: skip
    return pd.DataFrame(rows)
