"""Fuzz the reader: arbitrary files are read with every row accounted for, or refused in words.

`python tests/reading/fuzz_reader.py --examples 20000` runs long, the test beside it a little.
"""

from __future__ import annotations

import argparse
import gzip
import html
import io
import random
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime
from functools import cache
from pathlib import Path

import hypothesis
import pyarrow as pa
import pyarrow.parquet as pq
from exports import HEAD, LOAD, private_cache, record, text_of, write_xlsx
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from motcua.base.errors import MotcuaError
from motcua.base.params import Params
from motcua.base.reference import KINDS, read_yaml
from motcua.reading.exports import cache_folder, file_sha256
from motcua.reading.rows import NOTES
from motcua.reading.sheets import SUFFIXES

ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1258", "latin-1")
ODD_CELLS = (
    "", " ", "-", "null", "0", "1", "=1+1", "(1)", "A", "Tổng cộng", "Tổng số: 3", "HS-1", "HS-1",
    "H19.1234567", "0912345678", "Tân Biên", "Phường Hố Nai", "Hồ Nai", "Sài Gòn", "02/01/2024",
    "2024-01-02T08:30:00+07:00", "31/02/2024", "01/25/2024", "45305", "99999999999", "1e400", "inf",
    "NaN", "Đã trả kết quả", "Quên bấm kết thúc", '"', '""', "a\nb", "\r", ";", ",", "\t", "|",
    "<b>x</b>", "&#0;", "&#xD800;", "\u0301", "\u200b", "\x00", "\x1f", "\ud7ff", "😀", "x" * 300,
)  # fmt: skip
TYPED_CELLS = (
    None, True, 0, -1, 45305, 45305.5, 1e308, float("nan"), float("inf"), 2**62, date(2024, 1, 9),
    datetime(2024, 1, 2, 8, 30), datetime(1900, 1, 1), datetime(9999, 12, 31), b"\xff",
)  # fmt: skip
MAGIC = (
    b"", b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"PAR1", b"\x1f\x8b",
    b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"<html><table><tr><td>", b"<![", b"<?xml", b"\x00",
)  # fmt: skip

headings = st.sampled_from(
    sorted({n for kind in KINDS for names in read_yaml("headings")[kind].values() for n in names})
)
letters = "aZ09ạồđĐÐ .-/:\t\n\r\"'<>&;,|\0\x1f\x85\u0301\u2028\u200b\ufeff\ufffe😀=+@"
odd_cells = st.one_of(st.sampled_from(ODD_CELLS), st.text(letters, max_size=12))
suffixes = st.sampled_from(SUFFIXES)


# Files ----------------------------------------------------------------------------------------


def _csv(rows: list[list], draw: Callable) -> bytes:
    text = text_of([[_text(c) for c in r] for r in rows], draw(st.sampled_from(",;\t|")))
    return text.encode(draw(st.sampled_from(ENCODINGS)), "replace")


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _gz(rows: list[list], draw: Callable) -> bytes:
    return gzip.compress(_csv(rows, draw), 1, mtime=0)


def _html(rows: list[list], draw: Callable) -> bytes:
    spans = st.sampled_from(["", " colspan=2", " rowspan=3", " rowspan=0 colspan=x", "><table"])
    cells = ("".join(f"<td{draw(spans)}>{html.escape(_text(c))}" for c in r) for r in rows)
    page = "<table>" + "".join(f"<tr>{c}</tr>" for c in cells) + "</table>"
    return page.encode(draw(st.sampled_from(ENCODINGS)), "xmlcharrefreplace")


def _xlsx(rows: list[list], draw: Callable) -> bytes:
    rows = [[_text(c) if isinstance(c, bytes | float) else c for c in r] for r in rows]
    with tempfile.TemporaryDirectory() as folder:
        return write_xlsx(Path(folder) / "a.xlsx", rows).read_bytes()


def _parquet(rows: list[list], draw: Callable) -> bytes:
    names, *body = rows
    columns = list(zip(*[[*r, *[None] * len(names)][: len(names)] for r in body], strict=True))
    arrays = [_array(column) for column in columns] or [pa.nulls(0)] * len(names)
    out = io.BytesIO()
    pq.write_table(pa.Table.from_arrays(arrays, [_text(n) for n in names]), out)
    return out.getvalue()


def _array(values: tuple) -> pa.Array:
    try:
        return pa.array(values)
    except (pa.ArrowException, OverflowError):
        return pa.array([_text(v).encode("utf-8", "replace").decode() for v in values])


WRITERS = {
    ".csv": _csv, ".csv.gz": _gz, ".txt": _csv, ".tsv": _csv, ".xls": _html, ".xlsx": _xlsx,
    ".xlsm": _xlsx, ".parquet": _parquet,
}  # fmt: skip


@st.composite
def tables(draw: Callable) -> list[list]:
    """Rows of an export: titles, one to four header tiers, records good and bad."""
    width = draw(st.integers(1, 9))
    head = draw(st.sampled_from([HEAD, HEAD, [*HEAD, "Trạng thái", "Lý do trễ hẹn", "Chủ hồ sơ"]]))
    if draw(st.booleans()):
        head = draw(st.permutations([*head, *draw(st.lists(headings, max_size=4))]))
    cells = st.one_of(odd_cells, st.sampled_from(TYPED_CELLS), headings)
    good = st.builds(
        lambda n, extra: [*record(f"HS-{n}"), *extra],
        st.integers(0, 9),
        st.lists(cells, max_size=4),
    )
    free = st.lists(cells, max_size=width)
    tiers = draw(st.lists(st.lists(headings, max_size=width), max_size=3))
    body = draw(st.lists(st.one_of(good, free, st.just(head)), max_size=12))
    return [*draw(st.lists(free, max_size=3)), *tiers, list(head), *body]


@st.composite
def written(draw: Callable) -> tuple[str, bytes]:
    """A table in one of the formats, sometimes under another name."""
    suffix = draw(st.sampled_from(sorted(WRITERS)))
    rows = draw(tables())
    if suffix == ".parquet":
        rows = [list(dict.fromkeys(map(_text, rows[-1] or ["x"]))), *rows]
    content = WRITERS[suffix](rows, draw)
    return (draw(suffixes) if draw(st.integers(0, 4)) == 0 else suffix), content


@cache
def seeds() -> dict[str, bytes]:
    """One good export of every format."""
    rows = [["DANH SÁCH"], [*HEAD, "Trạng thái"]]
    rows += [[*record(f"HS-{i}"), "Đã trả kết quả"] for i in range(8)]
    first = lambda strategy: getattr(strategy, "elements", [0])[0]  # noqa: E731
    good = {suffix: write(rows[1:], first) for suffix, write in WRITERS.items()}
    old = Path(__file__).parents[1] / "data" / "old_workbook.xls"
    return good | {".xlsx 2": _xlsx(rows, first), ".xls 2": old.read_bytes()}


@st.composite
def mutated(draw: Callable) -> tuple[str, bytes]:
    """A good export with bytes changed, cut out, doubled; also inside what is packed."""
    name = draw(st.sampled_from(sorted(seeds())))
    content, rng = seeds()[name], random.Random(draw(st.integers(0, 2**32)))
    inside = draw(st.booleans())
    if name.startswith(".xlsx") and inside:
        return name.split()[0], _repacked(content, rng)
    if name == ".csv.gz" and inside:
        return name, gzip.compress(_changed(gzip.decompress(content), rng), 1, mtime=0)
    return name.split()[0], _changed(content, rng)


def _repacked(content: bytes, rng: random.Random) -> bytes:
    """A workbook with one of its parts changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        names = old.namelist()
        chosen = rng.choice([n for n in names if "sheet" in n or "hared" in n] * 3 + names)
        for name in names:
            part = old.read(name)
            new.writestr(name, _changed(part, rng) if name == chosen else part)
    return out.getvalue()


def _changed(content: bytes, rng: random.Random) -> bytes:
    data = bytearray(content)
    for _ in range(rng.choice((1, 1, 2, 4, 16))):
        at, n = rng.randrange(len(data) + 1), rng.choice((1, 1, 2, 4, 30))
        way = rng.randrange(6)
        if way == 0:
            data[at : at + n] = rng.randbytes(n)
        elif way == 1:
            del data[at : at + n]
        elif way == 2:
            data[at:at] = data[at : at + 30] * n
        elif way == 3:
            digits = [i for i, b in enumerate(data) if 48 <= b <= 57]
            for i in rng.sample(digits, min(n, len(digits))):
                data[i] = rng.randrange(48, 58)
        elif way == 4:
            data[at:at] = rng.choice((b'"', b"<", b">", b"&", b"\0", b"9999999", b"<c>", b"-1"))
        else:
            data[at : at + n] = b"\xff" * n if rng.random() < 0.5 else bytes(n)
    return bytes(data[: rng.randrange(len(data) + 1)] if rng.random() < 0.1 else data)


noise = st.tuples(
    suffixes,
    st.builds(lambda a, b, c: a + b + c, st.sampled_from(MAGIC), st.binary(max_size=600),
              st.sampled_from(MAGIC)),
)  # fmt: skip
files = st.one_of(noise, mutated(), mutated(), written(), written())


# Check ----------------------------------------------------------------------------------------


def check(folder: Path, suffix: str, content: bytes, kind: str) -> str:
    """Read a file as motcua does; return what came out: "read" or "refused"."""
    path = folder / kind / f"a{suffix}"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    file_sha256.cache_clear()
    told = ""
    try:
        source, problems = LOAD._read_one(LOAD._Export(kind, path, path.name, Params()))
    except MotcuaError as error:
        told = f"{error.exit_code} {error}"
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # also a panic of a library
        raise AssertionError(f"{kind} {path.name}: {error!r}") from error
    finally:
        for left in cache_folder().glob("*"):
            left.unlink()
    if told:
        assert told.startswith("2 ")
        assert path.name in told
        return "refused"
    aside = problems[~problems["reason"].isin(NOTES)]
    assert (problems["row"] >= 1).all()
    assert source.rows == source.kept + len(aside.drop_duplicates(["file", "row"]))
    return "read"


def fuzz(folder: Path, examples: int, seed: int | None = None) -> Counter[str]:
    """Run so many examples; count the files by suffix and by what came out."""
    count: Counter[str] = Counter()

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=seed is None,
        suppress_health_check=list(HealthCheck),
    )
    @given(files, st.sampled_from(["dossiers", "dossiers", *KINDS]))
    def target(file: tuple[str, bytes], kind: str) -> None:
        count[f"{file[0]} {check(folder, *file, kind)}"] += 1

    with private_cache(folder / "own"):
        (hypothesis.seed(seed)(target) if seed is not None else target)()
    return count


def main() -> None:
    """Run from the command line and print how many files were tried."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        count = fuzz(Path(folder), args.examples, args.seed)
    for name, n in sorted(count.items()):
        print(f"{n:8} {name}")
    print(f"{count.total():8} files in {time.monotonic() - begun:.0f} s, seed {args.seed}")


if __name__ == "__main__":
    main()
