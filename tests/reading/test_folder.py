"""What lies in a data folder: read, named, or refused; nothing is passed over in silence."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace

import pytest
from exports import HEAD, record, write_csv
from motcua.base.errors import InputError
from motcua.base.params import Params
from motcua.reading.exports import by_name, find_files
from motcua.reading.inputs import load_inputs


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Folder with one export of dossiers."""
    write_csv(tmp_path / "data" / "dossiers" / "a_20240118.csv", [HEAD, record()])
    return tmp_path / "data"


def put(path: Path, content: bytes = b"x") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def refusal(data: Path, **params: object) -> str:
    with pytest.raises(InputError) as error:
        find_files(data, Params(**params))
    return str(error.value)


def names(data: Path) -> list[str]:
    return sorted(name for *_, name in find_files(data, Params()).files)


@pytest.mark.parametrize(
    "name",
    [
        "dossiers/b.zip", "dossiers/b.rar", "dossiers/2023/b.7z", "feedback/b.numbers",
        "dossiers/b.accdb", "dossiers/b.csv.part", "dossiers/b.xlsx.crdownload", "dossiers/b",
        "dossiers/b.xlsx.bak", "dossiers/.b.csv", "b.csv", "b.XLSX", "b.zip", "cu/b.xlsx",
        "dossier/b.csv", "Hồ sơ/2023/b.csv", "dossiers/b.json", "dossiers/x.csv/b.rar",
    ],
)  # fmt: skip
def test_what_may_hold_dossiers_and_is_not_read_stops_the_run(data: Path, name: str) -> None:
    put(data / name)
    told = refusal(data)
    assert f"- {name}: " in told.replace(" Có phải là 'dossiers/'?", "")
    assert "Cách sửa" in told


def test_a_folder_whose_name_is_nearly_a_kinds_is_told_so(data: Path) -> None:
    put(data / "dossier" / "b.csv")
    assert "Có phải là 'dossiers/'?" in refusal(data)


@pytest.mark.parametrize(
    "name",
    ["dossiers/~$b.xlsx", "dossiers/cong-van.pdf", "feedback/ghi-chu.docx", "anh.PNG", "cu/b.pdf"],
)
def test_what_holds_no_list_is_named(data: Path, name: str) -> None:
    put(data / name)
    (note,) = load_inputs(data, Params()).notes
    assert note.startswith(f"{name}: ")


@pytest.mark.parametrize(
    "name",
    [
        "dossiers/.DS_Store", "dossiers/Thumbs.db", "desktop.ini", "dossiers/._a_20240118.csv",
        "README.md", "dossiers/.ipynb_checkpoints/a-checkpoint.csv", "__MACOSX/dossiers/a.csv",
        "thang-1.yaml", "out/2024-01/manifest.json", "dossiers/_SUCCESS", ".git/config.csv",
    ],
)  # fmt: skip
def test_what_systems_leave_is_passed_over(data: Path, name: str) -> None:
    put(data / name)
    found = find_files(data, Params())
    assert (found.notes, len(found.files)) == ([], 1)


def test_outputs_a_store_and_the_register_beside_the_exports_are_no_strays(data: Path) -> None:
    put(data / "out" / "2024-01" / "manifest.json")
    put(data / "out" / "2024-01" / "findings" / "wards.csv")
    put(data / "kho" / "dossiers" / "_motcua.json")
    put(data / "kho" / "dossiers" / "month=2024-01" / "data.parquet")
    register = put(data / "don-vi.csv")
    assert len(find_files(data, Params(units=str(register))).files) == 1


@pytest.mark.parametrize("folder", ["Dossiers", "DOSSIERS"])
def test_the_case_of_a_folders_name_does_not_matter(tmp_path: Path, folder: str) -> None:
    write_csv(tmp_path / folder / "a.csv", [HEAD, record()])
    assert names(tmp_path) == ["dossiers/a.csv"]


def test_two_folders_of_one_kind_are_refused(data: Path) -> None:
    put(data / "Dossiers" / "b.csv")
    if len(list(data.iterdir())) < 2:
        pytest.skip("this disk does not tell small letters from capitals")
    assert "Dossiers, dossiers" in refusal(data)


def test_a_linked_folder_is_read_and_each_file_once(data: Path, tmp_path: Path) -> None:
    far = write_csv(tmp_path / "share" / "b_20240119.csv", [HEAD, record("HS-002")])
    (data / "dossiers" / "kho").symlink_to(far.parent, target_is_directory=True)
    (data / "dossiers" / "kho2").symlink_to(far.parent, target_is_directory=True)
    (data / "dossiers" / "z.csv").symlink_to(far)
    (data / "dossiers" / "loop").symlink_to(data, target_is_directory=True)
    found = find_files(data, Params())
    assert sorted(n for *_, n in found.files) == [
        "dossiers/a_20240118.csv", "dossiers/kho/b_20240119.csv",
    ]  # fmt: skip
    assert [note.split(":")[0] for note in found.notes] == ["dossiers/kho2", "dossiers/z.csv"]


def test_a_folder_beside_whose_files_were_read_by_a_link_is_no_stray(data: Path) -> None:
    put(data / "noi-khac" / "b_20240119.csv")
    (data / "dossiers" / "kho").symlink_to(data / "noi-khac", target_is_directory=True)
    assert names(data) == ["dossiers/a_20240118.csv", "dossiers/kho/b_20240119.csv"]


@pytest.mark.parametrize("name", ["dossiers/b.csv", "feedback", "dossiers/kho-2023", "b.csv"])
def test_a_link_to_nowhere_is_refused(data: Path, name: str) -> None:
    (data / name).symlink_to("/khong/co/o-mang/b.csv")
    assert f"- {name}: liên kết đến nơi không có" in refusal(data)


def test_files_stand_by_kind_and_by_name_as_people_count() -> None:
    names = ["corrections/a.csv", "dossiers/lần 10.csv", "feedback/a.csv", "dossiers/lần 9.csv"]
    sources = [SimpleNamespace(kind=name.split("/")[0], file=name) for name in names]
    assert [source.file for source in by_name(sources)] == [
        "dossiers/lần 9.csv", "dossiers/lần 10.csv", "feedback/a.csv", "corrections/a.csv",
    ]  # fmt: skip


def test_a_link_to_nowhere_that_names_no_list_is_harmless_beside_the_kinds(data: Path) -> None:
    (data / "anh").symlink_to("/khong/co/o-mang/anh")
    assert find_files(data, Params()).notes == ["anh: không đọc, không phải dạng tệp dữ liệu."]


def test_a_folder_that_cannot_be_opened_is_refused(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed, iterdir = data / "dossiers" / "kin", Path.iterdir
    closed.mkdir()

    def refuse(path: Path) -> object:
        if path == closed:
            raise PermissionError(13, "Permission denied")
        return iterdir(path)

    monkeypatch.setattr(Path, "iterdir", refuse)
    assert f"Không mở được thư mục {closed}" in refusal(data)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_is_refused(data: Path) -> None:
    os.mkfifo(data / "dossiers" / "b.csv")
    assert "- dossiers/b.csv: không phải tệp thường" in refusal(data)


def test_an_export_dropped_into_a_store_is_refused(tmp_path: Path) -> None:
    put(tmp_path / "dossiers" / "_motcua.json")
    put(tmp_path / "dossiers" / "month=2024-01" / "data.parquet")
    assert find_files(tmp_path, Params()).files == []
    put(tmp_path / "dossiers" / "moi.xlsx")
    assert "- dossiers/moi.xlsx: nằm trong một kho hồ sơ" in refusal(tmp_path)
