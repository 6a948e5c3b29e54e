"""Places by profiles: Đồng Nai since July 2025, and a city of another country, in all outputs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import motcua
import pytest
import yaml
from exports import private_cache
from motcua.base.errors import ParameterError
from motcua.base.params import load_params, profiles, read_profile
from motcua.base.reference import PROFILES, REFERENCE, USUAL_PROFILE, read_units, units_at
from motcua.cli import main
from motcua.machine.files import read_manifest
from motcua.reading.header import starting_profile
from motcua.running import run
from motcua.running.leaks import texts

ROOT = Path(__file__).parents[2]
# What Biên Hòa's outputs say and no other place's may: its issuer, divisions, software and wards.
BIEN_HOA = (
    "thành phố Biên Hòa", "HĐND-UBND", "Quản lý đô thị", "QLĐT", "VHTT", "Văn hóa và Thông tin",
    "Phòng Nội vụ", "Egov", "Tổng đài 1022", "số nhà", "UBND-THNC", "Tân Hạnh", "Quang Vinh",
    "Bửu Hòa", "Tân Vạn", "Hóa An",
)  # fmt: skip
VIETNAMESE = (
    "phường", "UBND", "ủy ban", "công văn", "số nhà", "Quản lý đô thị", "chỉ đạo", "phiếu nhắc",
    "phiếu xin lỗi", "Egov",
)  # fmt: skip


def said(folder: Path) -> Iterator[tuple[str, str]]:
    """Name and text of everything that can be read in the files of a folder, parts apart."""
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = file.relative_to(folder).as_posix()
        yield name, name
        yield from texts(name, file.read_bytes())


def found(folder: Path, words: tuple[str, ...]) -> dict[str, str]:
    """Word -> where it stands first, for the words that stand anywhere."""
    return {
        word: where
        for where, text in said(folder)
        for word in words
        if re.search(re.escape(word), text, re.IGNORECASE)
    }


# Profiles ---------------------------------------------------------------------------------------


def test_every_profile_says_all_that_the_usual_one_says_and_is_accepted() -> None:
    usual = yaml.safe_load((PROFILES / f"{USUAL_PROFILE}.yaml").read_text("utf-8"))
    for name, file in profiles().items():
        told = yaml.safe_load(file.read_text("utf-8"))
        assert not set(usual) - set(told) - {"valid_to", "then"}, name
        assert set(told["words"]) == set(usual["words"]), name
        assert load_params("2026-06", profile=name).profile == name


def test_a_city_since_april_2026_is_a_province_before() -> None:
    before, after = (read_profile("dong-nai-2026", date(2026, 4, day)) for day in (29, 30))
    assert (before["issuer"], before["words"]["whole"]) == ("UBND tỉnh Đồng Nai", "toàn tỉnh")
    assert after["issuer"] == "UBND thành phố Đồng Nai"
    assert after["words"]["whole"] == "toàn thành phố"
    assert after["words"]["division"] == before["words"]["division"]


def test_single_keys_and_words_override_those_of_a_profile(tmp_path: Path) -> None:
    own = tmp_path / "p.yaml"
    own.write_text("profile: dong-nai-2026\nplace: Trấn Biên\nwords: {home: Ban Nội vụ}\n", "utf-8")
    params = load_params("2026-06", own)
    assert (params.place, params.words["home"]) == ("Trấn Biên", "Ban Nội vụ")
    assert params.words["units"] == "phường, xã"
    assert params.units == "dong-nai-95.csv"


def test_units_from_the_data_mean_the_profile_of_any_city() -> None:
    assert load_params("2024-01", units="from_data").profile == "thanh-pho-khac"
    named = load_params("2024-01", units="from_data", profile=USUAL_PROFILE)
    assert (named.profile, named.directs) == (USUAL_PROFILE, True)


def test_an_unknown_profile_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ParameterError, match=r"'dong-nai-2062'.*dong-nai-2026"):
        load_params("2026-06", profile="dong-nai-2062")


def test_the_register_of_dong_nai_has_95_units_since_july_2025() -> None:
    register = read_units(REFERENCE / "dong-nai-95.csv")
    assert len(units_at(register, date(2025, 7, 1))) == len({u.code for u in register}) == 95
    assert not units_at(register, date(2025, 6, 30))
    kinds = [unit.kind for unit in register]
    assert (kinds.count("phường"), kinds.count("xã")) == (33, 62)


@pytest.mark.parametrize(
    ("month", "params", "named"),
    [
        ("2025-08", "{}", "dong-nai-2026"),  # 15/07 to 14/08/2025: Biên Hòa is no more
        ("2025-08", "issuer: Ai đó\n", "dong-nai-2026"),  # its register still is
        ("2025-06", "profile: dong-nai-2026\n", "bien-hoa-2024"),  # until 14/06: not yet
    ],
)
def test_an_abolished_issuer_or_register_stops_the_run_and_names_the_profile_to_use(
    month: str, params: str, named: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "p.yaml").write_text(params, "utf-8")
    out = tmp_path / "out"
    told = ["--data", "data/sample", "--params", str(tmp_path / "p.yaml"), "--out", str(out)]
    assert main(["run", month, *told]) == 2
    assert f"`profile: {named}`" in capsys.readouterr().err
    assert not list(out.glob("*/findings.json"))


# An office's own register -----------------------------------------------------------------------


@pytest.fixture
def register(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The register, yet to be written, that the parameters of an office name."""
    monkeypatch.setattr("motcua.base.params.ROOT", tmp_path)
    (tmp_path / "params").mkdir()
    (tmp_path / "params" / "default.yaml").write_text("units: own.csv\n", "utf-8")
    return tmp_path / "params" / "own.csv"


@pytest.mark.usefixtures("cache_of_test")
def test_the_sample_of_an_office_is_of_the_units_that_it_counts(
    register: Path, tmp_path: Path
) -> None:
    register.write_text("code,name\n1,Long Hà\n2,Bù Đăng\n3,Xuân Lộc\n", "utf-8")
    data = tmp_path / "data"
    assert main(["sample", str(data), "--months", "2024-01..2024-01", "--per-month", "300"]) == 0
    month = motcua.load("2024-01", data=data)
    assert {*month.rates["name"]} == {"Long Hà", "Bù Đăng", "Xuân Lộc"}
    assert (month.rates["resolved"] > 20).all()
    assert (month.rates["late"] > 0).all()
    assert not found(data, BIEN_HOA[-5:])  # its wards; words are of the usual profile as ever


def test_a_sample_of_a_month_in_which_the_register_has_no_unit_is_refused(
    register: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    register.write_text("code,name,valid_from\n1,Long Hà,2024-01-10\n", "utf-8")
    asked = ["sample", str(tmp_path / "data"), "--per-month", "20", "--months"]
    assert main([*asked, "2023-12..2024-01"]) == 2
    assert "'own.csv' không có đơn vị nào trong tháng 2023-12" in capsys.readouterr().err
    assert not (tmp_path / "data").exists()
    assert main([*asked, "2024-01..2024-01"]) == 0  # the month ends on the 14th


# Đồng Nai ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def dong_nai(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with the sample of Đồng Nai in `data` and its June 2026, whole, in `2026-06`.

    Of the 95 sheets, which differ in numbers and names alone, those of the first five units of the
    register and of its last one are made.
    """
    folder = tmp_path_factory.mktemp("dong-nai")
    size = ["--months", "2026-05..2026-06", "--per-month", "700"]
    sample = ["sample", str(folder / "data"), "--profile", "dong-nai-2026", *size]
    assert main(sample) == 0
    (folder / "p.yaml").write_text("profile: dong-nai-2026\n", "utf-8")
    places = ["--data", str(folder / "data"), "--params", str(folder / "p.yaml")]
    with private_cache(tmp_path_factory.mktemp("own")), six_sheets():
        assert main(["run", "2026-06", *places, "--out", str(folder)]) == 0
    return folder


@contextmanager
def six_sheets() -> Iterator[None]:
    """Have runs in the block make the sheets of the first five units and of the last one alone."""
    tasks, write = run.sheet_tasks, run.write_sheets

    def few(units: list) -> list:
        return [*units[:5], units[-1]]

    def write_few(month: motcua.Month, folder: Path, footer: dict, codes: list) -> None:
        chosen = few([*month.unit_names])
        write(month, folder, footer, [code for code in codes if code in chosen])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "sheet_tasks", lambda *of: few(tasks(*of)))
        patch.setattr(run, "write_sheets", write_few)
        yield


def findings_of(month: Path) -> dict:
    return json.loads((month / "findings.json").read_text("utf-8"))


def test_the_sample_of_dong_nai_names_its_own_units_alone(dong_nai: Path) -> None:
    month = motcua.load("2026-06", data=dong_nai / "data", params=dong_nai / "p.yaml")
    assert len(month.units) == 95
    assert month.problems.query("reason == 'unknown_ward'")["value"].nunique() <= 2  # as planted
    assert not found(dong_nai / "data", BIEN_HOA)


def test_no_output_of_dong_nai_says_a_word_of_bien_hoa(dong_nai: Path) -> None:
    assert read_manifest(dong_nai / "2026-06")["parts"] == [*run.PARTS]
    assert len(list((dong_nai / "2026-06" / "wards").iterdir())) == 6
    assert not found(dong_nai / "2026-06", BIEN_HOA)


def test_outputs_of_dong_nai_name_issuer_divisions_and_law_of_their_day(dong_nai: Path) -> None:
    letter = "\n".join(text for _, text in texts(
        "cong-van.docx", (dong_nai / "2026-06" / "cong-van.docx").read_bytes()))  # fmt: skip
    for words in (
        "THÀNH PHỐ ĐỒNG NAI", "UBND 95 phường, xã", "118/2025/NĐ-CP", "Sở Nội vụ",
        "Sở Khoa học và Công nghệ", "Văn phòng Đăng ký đất đai", "……/VPUB",
    ):  # fmt: skip
        assert words in letter
    assert "61/2018" not in letter


def test_units_without_places_are_sorted_tiles_that_claim_none(dong_nai: Path) -> None:
    page = (dong_nai / "2026-06" / "report.html").read_text("utf-8")
    assert page.count('class="tile ') == 95 + 4  # and the four of the key
    assert "từ tỷ lệ thấp nhất" in page
    assert "sơ đồ vị trí" not in page.lower()


def test_the_brief_of_95_units_has_two_pages(dong_nai: Path) -> None:
    from pypdf import PdfReader

    assert len(PdfReader(dong_nai / "2026-06" / "tom-tat.pdf").pages) == 2


# Another country --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def abroad(boston_made: Path) -> Path:
    """October 2011 of the fixture's ten requests."""
    return boston_made / "2011-10"


def test_a_city_abroad_gets_no_letter_no_orders_and_no_word_of_vietnam(abroad: Path) -> None:
    assert not {"cong-van.docx", "bao-cao.docx", "phieu", "tai-pham.xlsx"} & {
        path.name for path in (*abroad.iterdir(), *(abroad / "han-che").iterdir())
    }
    assert {"report.html", "tom-tat.pdf", "phu-luc.xlsx", "phu-luc.pdf", "wards"} <= {
        path.name for path in abroad.iterdir()
    }
    assert not found(abroad, VIETNAMESE)


def test_what_nobody_exports_abroad_is_neither_owed_nor_a_sign(abroad: Path) -> None:
    told = findings_of(abroad)
    assert told["orders"] == []
    assert not any(told["ordered_repeatedly"].values())
    assert not [one for one in told["signs"] if one["check"] == "burst"]
    sheet = next((abroad / "wards").glob("*.html")).read_text("utf-8")
    assert "xin lỗi" not in sheet
    manifest = json.loads((abroad / "manifest.json").read_text("utf-8"))
    assert manifest["whole"] is True


def test_a_starting_profile_looks_below_a_title_and_asks_for_no_heading_that_is_known() -> None:
    told = starting_profile("mau", ROOT / "data" / "sample")  # the sample's headings are Egov's
    assert yaml.safe_load(told)["columns"] == {}
    assert "columns." not in told


def test_a_starting_profile_says_what_the_data_show(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The ten requests of the fixture, read by the profile alone, give the figures by hand."""
    monkeypatch.setattr("motcua.cli.ROOT", tmp_path)
    monkeypatch.setattr("motcua.base.params.ROOT", tmp_path)
    data = ROOT / "tests" / "data" / "requests"
    assert main(["profile", "new", "harbour", "--data", str(data)]) == 0
    told = yaml.safe_load((tmp_path / "params/profiles/harbour.yaml").read_text("utf-8"))
    boston = yaml.safe_load((ROOT / "docs/examples/boston311.yaml").read_text("utf-8"))
    assert told["columns"].pop("status") == "case_status"  # a heading that is known anyway
    for key in ("columns", "statuses", "granularity", "period_rule", "units"):
        assert told[key] == boston[key], key
    (tmp_path / "p.yaml").write_text("profile: harbour\nthreshold_percent: 80\n", "utf-8")
    month = motcua.load("2011-10", data=data, params=tmp_path / "p.yaml")
    row = month.rates.set_index("name").loc["Harbor"]
    assert row[["received", "resolved", "on_time", "late"]].tolist() == [6, 3, 2, 1]
    assert main(["profile", "new", "harbour", "--data", str(data)]) == 2  # never over another
