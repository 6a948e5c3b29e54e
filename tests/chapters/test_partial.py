"""A part of the city by parameters: what is counted, what is said, what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from exports import private_cache, write_csv
from motcua import chart, load
from motcua.base.errors import ParameterError
from motcua.base.params import Params, is_partial
from motcua.chapters import rates as words
from motcua.papers.findings import build_findings
from motcua.running.run import front_of

HEAD = [
    "Mã hồ sơ", "Đơn vị tiếp nhận", "Tên thủ tục", "Hình thức nộp", "Ngày tiếp nhận",
    "Ngày hẹn trả", "Ngày kết thúc xử lý",
]  # fmt: skip
BIRTH, COPY = "Đăng ký khai sinh", "Chứng thực bản sao từ bản chính"
ON_TIME, LATE = "09/01/2024", "11/01/2024"
DOSSIERS = [
    ("HS-1", "Tân Biên", BIRTH, "Trực tuyến", ON_TIME),
    ("HS-2", "Tân Biên", BIRTH, "Trực tiếp", LATE),
    ("HS-3", "Tân Biên", COPY, "Trực tiếp", ON_TIME),
    ("HS-4", "Hố Nai", BIRTH, "Trực tiếp", ON_TIME),
    ("HS-5", "Hố Nai", COPY, "Trực tuyến", LATE),
]
FEEDBACK = [
    ["Mã phản ánh", "Đơn vị bị phản ánh", "Ngày phản ánh"],
    ["PA-1", "Hố Nai", "02/01/2024"],
    ["PA-2", "Tân Biên", "02/01/2024"],
]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("partial")
    rows = [[*d[:4], "02/01/2024", "10/01/2024", d[4]] for d in DOSSIERS]
    write_csv(folder / "dossiers" / "a_20240118.csv", [HEAD, *rows])
    write_csv(folder / "feedback" / "f_20240118.csv", FEEDBACK)
    with private_cache(tmp_path_factory.mktemp("own")):
        yield folder


def counts(data: Path, **only: list[str]) -> tuple[int, int, int]:
    """Wards, dossiers resolved and dossiers late of a part."""
    month = load("2024-01", data, **only)
    return len(month.rates), month.city["resolved"], month.city["late"]


@pytest.mark.parametrize(
    ("only", "expected"),
    [
        ({}, (30, 5, 2)),
        ({"only_wards": ["Tân Biên"]}, (1, 3, 1)),
        ({"only_wards": ["phường Hố Nai", "Tân Biên"]}, (2, 5, 2)),
        ({"only_procedures": [BIRTH]}, (30, 3, 1)),
        ({"only_channels": ["Trực tuyến"]}, (30, 2, 1)),
        ({"only_wards": ["Tân Biên"], "only_procedures": [BIRTH], "only_channels": ["Trực tiếp"]},
         (1, 1, 1)),
    ],
)  # fmt: skip
def test_only_what_is_named_counts(data, only, expected) -> None:
    assert counts(data, **only) == expected


def test_complaints_and_trends_of_a_part_are_those_of_its_wards(data) -> None:
    month = load("2024-01", data, only_wards=["Hố Nai"])
    assert month.feedback["feedback_id"].tolist() == ["PA-1"]
    assert month.city_history["resolved"].tolist() == [2]


def test_a_part_is_never_called_the_whole_city(data) -> None:
    part, whole = load("2024-01", data, only_wards=["Hố Nai"]), load("2024-01", data)
    for draw in (chart.city_trend, chart.rate_change):
        assert "oàn thành phố" in draw(whole).layout.meta["subtitle"]
        told = draw(part).layout.meta
        assert "phần được tính" in told["subtitle"]
        assert "oàn thành phố" not in told["title"] + told["subtitle"] + told["alt"]
    assert "Phần được tính đạt **50,00%**" in words.headline(part)
    assert front_of(part).heading.endswith("tháng 01/2024 (số liệu một phần)")
    assert "một phần" not in front_of(whole).heading


def test_the_findings_of_a_part_keep_their_schema_and_identities(data) -> None:
    found = build_findings(load("2024-01", data, only_wards=["Hố Nai"], only_procedures=[COPY]))
    assert [ward["name"] for ward in found["wards"]] == ["Hố Nai"]
    assert (found["city"]["resolved"], found["city"]["late"]) == (1, 1)


def test_a_part_says_in_headline_and_method_that_it_is_one(data) -> None:
    part, whole = load("2024-01", data, only_channels=["Trực tuyến"]), load("2024-01", data)
    for told in (words.headline(part), words.method(part)):
        assert "SỐ LIỆU MỘT PHẦN" in told
        assert "chỉ tính kênh nộp Trực tuyến" in told
    assert "SỐ LIỆU MỘT PHẦN" not in words.headline(whole) + words.method(whole)
    assert not is_partial(Params())


@pytest.mark.parametrize(
    ("key", "name", "hint"),
    [
        ("only_wards", "Hồ Nai 5", " Có phải là 'Hố Nai'?"),
        ("only_procedures", "Đăng ký khai sing", f" Có phải là '{BIRTH}'?"),
        ("only_channels", "Trực tuyếnn", " Có phải là 'Trực tuyến'?"),
    ],
)
def test_a_name_that_nothing_bears_is_refused(data, key, name, hint) -> None:
    with pytest.raises(ParameterError) as raised:
        load("2024-01", data, **{key: [name]}).rates  # noqa: B018
    assert str(raised.value).startswith(f"Tham số `{key}`: không có ")
    assert str(raised.value).endswith(f"trong dữ liệu.{hint} Ghi đúng tên như trong báo cáo.")
