"""A store of dossiers is read in place and gives the numbers of the exports it was made from."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import motcua
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from cases import dossier, late, on_time, write_csv, write_dossiers
from exports import forget
from motcua.base.errors import InputError
from motcua.base.params import Params
from motcua.papers.findings import build_findings, rejected
from motcua.reading.exports import is_store
from motcua.reading.header import starting_profile
from motcua.reading.inputs import prepare
from motcua.reading.store import store_columns

FEEDBACK = ("Mã phản ánh", "Đơn vị bị phản ánh", "Ngày phản ánh", "Loại phản ánh")


pytestmark = pytest.mark.usefixtures("own_cache")


@pytest.fixture(scope="module")
def exports(tmp_path_factory) -> Path:
    """Two exports that overlap, a wrong row, a withdrawn dossier, a complaint, an incident."""
    data = tmp_path_factory.mktemp("exports")
    rows = [
        *on_time(94), *late(6, result_at="2024-01-05"), *late(2, "Hóa An", evidence="x"),
        dossier("2023-12-20", "2024-01-05", "2024-01-04", ward="Tân Vạn", status="Rút hồ sơ"),
        dossier("32/12/2023", ward="An Bình", dossier_id="sai"),
        dossier("2023-12-20", "2024-01-05", dossier_id="mở"),
    ]  # fmt: skip
    write_dossiers(data, rows, "ho_so_20240116.csv")
    newer = [dossier("2023-12-20", "2024-01-05", "2024-01-12", dossier_id="mở")]
    write_dossiers(data, newer, "ho_so_20240118.csv")
    write_csv(
        data / "feedback" / "a_20240118.csv", FEEDBACK, [("1", "Tân Vạn", "20/12/2023", "Chậm trễ")]
    )
    write_csv(
        data / "incidents" / "a_20240118.csv",
        ("Mã hồ sơ", "Thời điểm báo lỗi", "Thời điểm khắc phục"),
        [("Hóa An trễ  0", "02/01/2024", "08/01/2024")],
    )
    return data


@pytest.fixture
def store(exports: Path, tmp_path: Path) -> Path:
    return prepare(exports, tmp_path / "kho", Params())


def test_a_store_tells_no_starting_profile_how_its_exports_were_written(store: Path) -> None:
    with pytest.raises(InputError, match="đã là một kho hồ sơ"):
        starting_profile("mau", store)


def test_a_store_gives_the_findings_of_its_exports(exports: Path, store: Path) -> None:
    before, after = (
        build_findings(motcua.load("2024-01", data=folder)) for folder in (exports, store)
    )
    assert is_store(store)
    assert not is_store(exports)
    assert before["city"]["late"] == 9  # 6 + 2 + the one whose newer version is closed late
    assert before["quality"]["duplicates"] == 1
    for part in ("city", "wards", "lists", "method", "period"):
        assert after[part] == before[part]
    kept = ("rows_read", "rows_kept", "rows_set_aside", "duplicates", "problems")
    assert {k: after["quality"][k] for k in kept} == {k: before["quality"][k] for k in kept}


def test_a_store_keeps_its_wrong_rows_for_the_list_of_them(exports: Path, store: Path) -> None:
    before, after = (rejected(motcua.load("2024-01", data=folder)) for folder in (exports, store))
    assert before["value"].tolist() == ["32/12/2023"]
    assert after.to_dict("records") == before.to_dict("records")


def test_a_store_is_partitioned_by_the_month_of_receipt_and_has_only_known_columns(store) -> None:
    folders = {p.name for p in (store / "dossiers").iterdir() if p.is_dir()}
    assert folders == {"month=2023-12"}
    (file,) = (store / "dossiers").glob("month=*/*.parquet")
    assert pq.ParquetFile(file).schema_arrow.names == list(store_columns())


def test_a_store_is_never_mixed_with_what_is_there(exports: Path, store: Path) -> None:
    with pytest.raises(InputError, match="đã có dữ liệu hồ sơ"):
        prepare(exports, store, Params())
    with pytest.raises(InputError, match="đã là một kho hồ sơ"):
        prepare(store, store / "khac", Params())


def test_a_store_without_optional_columns_is_read(store: Path) -> None:
    (file,) = (store / "dossiers").glob("month=*/*.parquet")
    needed = ["dossier_id", "ward", "received_at", "due_at", "closed_at", "status_group"]
    pq.write_table(pq.ParquetFile(file).read(needed), file)
    city = motcua.load("2024-01", data=store).city
    assert (city["late"], city["withdrawn"]) == (9, 1)


def _replace(store: Path, change) -> None:
    (file,) = (store / "dossiers").glob("month=*/*.parquet")
    pq.write_table(change(pq.ParquetFile(file).read()), file)


def test_a_store_of_another_form_is_refused_in_words(store: Path) -> None:
    good = shutil.copytree(store, store.with_name("good"))
    _replace(store, lambda table: table.drop_columns(["due_at"]))
    with pytest.raises(InputError, match="không đúng dạng: thiếu cột due_at"):
        motcua.load("2024-01", data=store)
    _replace(good, lambda t: t.set_column(0, "dossier_id", pa.array(range(len(t)))))
    with pytest.raises(InputError, match="cột dossier_id có kiểu int64, cần VARCHAR"):
        motcua.load("2024-01", data=good)


@pytest.mark.parametrize(
    "text",
    ["{", "[]", '{"schema_version": "9"}', '{"schema_version": "1", "synthetic": "no"}'],
    ids=["broken", "a list", "another version", "a wrong type"],
)
def test_a_store_that_does_not_say_what_it_is_is_refused(store: Path, text: str) -> None:
    (store / "dossiers" / "_motcua.json").write_text(text, "utf-8")
    with pytest.raises(InputError, match="_motcua.json không đúng dạng"):
        motcua.load("2024-01", data=store)


def test_what_a_store_cannot_know_is_told(store: Path) -> None:
    assert motcua.load("2024-01", data=store).inputs.notes == ()
    (store / "dossiers" / "_versions.parquet").unlink()
    (note,) = motcua.load("2024-01", data=store).inputs.notes
    assert "không giữ các bản cũ" in note


def test_parameters_that_come_too_late_for_a_store_are_told(store: Path) -> None:
    (note,) = motcua.load("2024-01", data=store, completion_event="result").inputs.notes
    assert "kho được lập với tham số khác (completion_event)" in note


def test_reports_on_orders_keep_their_evidence_state_and_division(tmp_path: Path) -> None:
    write_dossiers(tmp_path / "data", on_time(1))
    head = ("Kỳ báo cáo", "Đơn vị", "Chỉ đạo số", "Minh chứng", "Trạng thái thực hiện")
    reports = [
        ("12/2023", "An Bình", "1", "", "Đã thực hiện"),
        ("12/2023", "Phòng VHTT", "6", "BC 6", "Đã thực hiện"),
        ("12/2023", "Phòng Nội vụ", "7", "", "Đang thực hiện"),
    ]
    write_csv(tmp_path / "data" / "followup" / "kp_20240118.csv", head, reports)
    kho = prepare(tmp_path / "data", tmp_path / "kho", Params())
    rows = motcua.load("2024-01", data=kho).inputs.table("followup")
    assert rows.select("ward, order_no, evidence, state").fetchall() == [
        ("An Bình", "1", False, "done"),
        ("software", "6", True, "done"),
        ("home_affairs", "7", False, "in_progress"),
    ]


def test_an_empty_store_is_refused(store: Path) -> None:
    for file in (store / "dossiers").glob("month=*/*.parquet"):
        file.unlink()
    with pytest.raises(InputError, match="không có tệp nào"):
        motcua.load("2024-01", data=store)


def test_a_changed_store_is_another_input(store: Path) -> None:
    def sum_of(month: motcua.Month) -> str:
        return next(s.sha256 for s in month.inputs.sources if s.kind == "dossiers")

    before = sum_of(motcua.load("2024-01", data=store))
    meta = store / "dossiers" / "_motcua.json"
    meta.write_text(json.dumps(json.loads(meta.read_text()) | {"synthetic": True}), "utf-8")
    month = motcua.load("2024-01", data=store)
    assert sum_of(month) != before
    assert month.synthetic


def test_a_wrong_bound_of_memory_is_told(exports: Path, monkeypatch) -> None:
    monkeypatch.setenv("MOTCUA_MEMORY", "nhiều")
    forget()
    with pytest.raises(InputError, match="MOTCUA_MEMORY = 'nhiều' không hợp lệ"):
        motcua.load("2024-01", data=exports)
