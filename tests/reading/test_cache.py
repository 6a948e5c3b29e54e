"""The cache is believed where it holds what was written, and costs time alone where it does not."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from exports import HEAD, private_cache, record, write_csv
from hypothesis import given, settings
from hypothesis import strategies as st
from motcua.base.errors import InputError
from motcua.base.params import Params
from motcua.base.reference import ROOT
from motcua.cli import main
from motcua.reading import store as cache
from motcua.reading.exports import cache_folder, key_file
from motcua.reading.inputs import load_inputs

CODE = [path for room in cache.ROOMS for path in sorted(room.rglob("*.py"))]
FEEDBACK = ["Mã phản ánh", "Đơn vị bị phản ánh", "Ngày phản ánh"]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Two exports that overlap, with a wrong row and complaints; the cache is this module's own."""
    folder = tmp_path_factory.mktemp("data")
    wrong = record("HS-3", closed="32/01/2024")
    write_csv(folder / "dossiers" / "a_20240115.csv", [HEAD, record("HS-1"), record("HS-2"), wrong])
    late = record("HS-2", closed="12/01/2024")
    write_csv(folder / "dossiers" / "b_20240118.csv", [HEAD, late, record("HS-4", "Hố Nai")])
    with private_cache(folder / "own"):
        yield folder


def read(data: Path) -> tuple:
    """Everything that is read: rows, problems, files."""
    found = load_inputs(data, Params())
    rows = found.con.execute("select * from dossiers order by dossier_id").fetchall()
    files = [(s.file, s.rows, s.kept, s.unknown) for s in found.sources]
    return rows, found.problems.to_dict("records"), files


@pytest.fixture(scope="module")
def whole(data: Path) -> tuple:
    """What is read where nothing befell the cache."""
    return read(data)


def cached() -> list[Path]:
    """Files of the cache but for the key."""
    return [p for p in sorted(cache_folder().iterdir()) if p.is_file() and p != key_file()]


# What a cached file is named by --------------------------------------------------------------


@pytest.fixture(scope="module")
def rooms(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ...]:
    """Copies of the rooms whose code decides what is read."""
    folder = tmp_path_factory.mktemp("rooms")
    return tuple(shutil.copytree(room, folder / room.name) for room in cache.ROOMS)


def test_the_code_that_decides_is_that_of_reading_and_base() -> None:
    assert [room.relative_to(ROOT / "lib").as_posix() for room in cache.ROOMS] == [
        "motcua/reading", "motcua/base"
    ]  # fmt: skip


@pytest.mark.parametrize("file", CODE, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_change_in_any_file_of_the_reader_is_another_code(
    file: Path, rooms: tuple[Path, ...]
) -> None:
    code_sha256 = cache.code_sha256.__wrapped__
    copy = next(room for room in rooms if room.name == file.parent.name) / file.name
    before, content = code_sha256(rooms), copy.read_bytes()
    copy.write_bytes(content + b"#\n")
    after = code_sha256(rooms)
    copy.write_bytes(content)
    assert before == code_sha256(rooms) == code_sha256(cache.ROOMS)
    assert before != after


@pytest.mark.parametrize("search", ["glob", "rglob"])
def test_the_hash_of_the_code_is_the_same_in_whatever_order_a_disk_gives_the_files(
    monkeypatch: pytest.MonkeyPatch, search: str
) -> None:
    code_sha256, plain = cache.code_sha256.__wrapped__, getattr(Path, search)
    before = code_sha256()
    monkeypatch.setattr(Path, search, lambda *of: sorted(plain(*of), reverse=True))
    assert code_sha256() == before


def test_other_code_looks_for_another_file(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    export = data / "dossiers" / "a_20240115.csv"
    before = cache.cached_as("dossiers", export, Params())
    assert before == cache.cached_as("dossiers", export, Params())
    monkeypatch.setattr(cache, "code_sha256", lambda: "another")
    assert before[1] != cache.cached_as("dossiers", export, Params())[1]


# What is no more as it was written -----------------------------------------------------------


def spoilt(content: bytes, at: int, bit: int | None) -> bytes:
    """What is left of a file with one bit changed, or (None) cut off there."""
    return content[:at] + (b"" if bit is None else bytes([content[at] ^ bit]) + content[at + 1 :])


BITS = st.none() | st.integers(0, 7).map(lambda place: 1 << place)


@settings(max_examples=200)
@given(st.data())
def test_a_file_with_any_bit_changed_or_cut_anywhere_is_not_believed(
    data: Path, whole: tuple, draw
) -> None:
    file = draw.draw(st.sampled_from(cached()))
    content = file.read_bytes()
    at, bit = draw.draw(st.integers(0, len(content) - 1)), draw.draw(BITS)
    believed = file.with_suffix("") if file.suffix == ".sum" else file
    assert cache.is_whole(believed)
    file.write_bytes(spoilt(content, at, bit))
    try:
        assert not cache.is_whole(believed)
        cache._WHOLE.clear()  # as in another process
        assert not cache.is_whole(believed)
    finally:
        file.write_bytes(content)


@pytest.mark.parametrize("is_cut", [False, True], ids=["changed", "cut"])
def test_whatever_file_is_not_believed_is_read_again(
    data: Path, whole: tuple, is_cut: bool
) -> None:
    chance = random.Random(1522)
    for file in cached():
        content = file.read_bytes()
        bit = None if is_cut else 1 << chance.randrange(8)
        file.write_bytes(spoilt(content, chance.randrange(len(content)), bit))
        assert read(data) == whole
        assert file.read_bytes() == content


@pytest.mark.parametrize("suffix", [".parquet", ".problems", ".sum"])
def test_a_foreign_or_lost_file_is_read_again(data: Path, suffix: str) -> None:
    whole = read(data)
    files = [path for path in cached() if path.suffix == suffix]
    for file, other in zip(files, [*files[1:], files[0]], strict=True):
        kept = file.read_bytes()
        file.write_bytes(other.read_bytes())
        cache._WHOLE.clear()
        assert read(data) == whole
        file.unlink()
        cache._WHOLE.clear()  # as in another process
        assert read(data) == whole
        assert file.read_bytes() == kept


def test_a_whole_pair_under_another_name_is_not_believed(data: Path) -> None:
    whole = read(data)
    one, other = sorted(cache_folder().glob("dossiers-*.parquet"))
    for name in (".parquet", ".parquet.sum"):
        shutil.copyfile(other.with_name(other.stem + name), one.with_name(one.stem + name))
    assert not cache.is_whole(one)
    assert read(data) == whole


def test_a_file_seen_whole_and_settled_is_not_read_through_again(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read(data)
    monkeypatch.setattr(cache, "_SETTLED", -(10**9))
    read(data)
    looked: list[str] = []
    summed = cache._check_sum
    monkeypatch.setattr(cache, "_check_sum", lambda *of: looked.append(of[1]) or summed(*of))
    read(data)
    assert looked == []
    file = next(path for path in cached() if path.suffix == ".problems")
    file.write_bytes(file.read_bytes())  # another time alone
    read(data)
    assert file.name in looked


# Where it stands -----------------------------------------------------------------------------


def test_cache_and_key_stand_where_the_environment_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOTCUA_CACHE", str(tmp_path / "else"))
    assert (cache_folder(), key_file()) == (tmp_path / "else", tmp_path / "else" / "official.key")
    monkeypatch.setenv("MOTCUA_CACHE", "else")
    assert cache_folder() == ROOT / "else"
    monkeypatch.delenv("MOTCUA_CACHE")
    assert cache_folder() == ROOT / "data" / ".cache"
    assert key_file() == ROOT / "data" / ".official.key"


def test_a_folder_that_cannot_be_written_ends_with_2_and_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_csv(tmp_path / "data" / "dossiers" / "a.csv", [HEAD, record()])
    (tmp_path / "file").write_text("", "utf-8")
    monkeypatch.setenv("MOTCUA_CACHE", str(tmp_path / "file" / "cache"))
    assert main(["check", str(tmp_path / "data")]) == 2
    told = capsys.readouterr().err
    assert f"Không ghi được vào thư mục {tmp_path / 'file' / 'cache'}" in told
    assert "MOTCUA_CACHE" in told


def test_what_is_cached_is_read_where_nothing_can_be_written(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = read(data)

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError

    monkeypatch.setattr(cache, "writing", refuse)
    monkeypatch.setattr("os.utime", refuse)
    monkeypatch.setattr("os.link", refuse)
    assert read(data) == whole


@pytest.mark.parametrize(
    "content", [b"", b"00" * 31, b"00" * 33, b"zz" * 32, b"\xff" * 64], ids=len
)
def test_a_damaged_key_is_told_and_kept(
    content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOTCUA_CACHE", str(tmp_path))
    key_file().write_bytes(content)
    with pytest.raises(InputError, match="Tệp khóa .* không đọc được hoặc bị hỏng") as error:
        cache.local_key()
    assert str(key_file()) in str(error.value)
    assert "Cách sửa: chép lại tệp này từ bản sao lưu" in str(error.value)
    assert key_file().read_bytes() == content


def test_a_key_that_cannot_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOTCUA_CACHE", str(tmp_path))
    key_file().mkdir()
    with pytest.raises(InputError, match="Tệp khóa"):
        cache.local_key()
