"""The outputs of the sample as hashes: what moved when code was moved.

`python tests/golden.py` compares the outputs of now with tests/golden.json and names each file
that differs; `--write` keeps those of now; tests/test_golden.py compares those of January alone.
Packages and workbooks are compared by what they hold, executed notebooks by what they show;
manifest.json, which hashes the code, is left out. The key of the officials' codes is always one.
`--january FOLDER` makes January alone.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import sys
import zipfile
from collections.abc import Iterator
from difflib import unified_diff
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[1]
GOLDEN = Path(__file__).with_suffix(".json")
CACHE = ROOT / "data" / ".cache" / "golden"
SAMPLE = ROOT / "data" / "sample"
CONVENTIONS = ("resolved", "due_in_period", "workload", "national_766", "received")
PART = {"only_wards": ["Tam Phước", "Tân Tiến"]}
MOST_TOLD = 20  # lines of a file


def digest(path: Path) -> str:
    """Hash of what a file says, whatever packed it and however its lines end."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as package:
            names = sorted(set(package.namelist()) - {"manifest.json"})
            content = b"".join(name.encode() + package.read(name) for name in names)
    elif path.suffix == ".ipynb":
        cells = json.loads(path.read_text("utf-8"))["cells"]
        content = json.dumps([cell.get("outputs") for cell in cells], sort_keys=True).encode()
    else:
        content = path.read_bytes().replace(bytes(path.parent), b".")  # a command names the place
    return hashlib.sha256(content.replace(b"\r\n", b"\n")).hexdigest()[:16]


def digests(folder: Path) -> dict[str, str]:
    """File -> hash, of every file of a folder but manifest.json."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {
        path.relative_to(folder).as_posix(): digest(path)
        for path in files
        if path.name != "manifest.json" and path.suffix != ".lock" and path != folder / "index.html"
    }


def made(work: Path) -> Iterator[tuple[str, Path]]:
    """Name and folder of everything that is made of the sample."""
    from motcua.cli import main

    def run(name: str, *more: str, month: str = "2024-01") -> tuple[str, Path]:
        out = work / name
        code = main(["run", month, "--data", str(SAMPLE), "--out", str(out), *more])
        if code:
            raise SystemExit(f"{name}: exit code {code}")
        return name, out

    def params(name: str, content: dict) -> str:
        path = work / f"{name}.yaml"
        path.write_text(json.dumps(content), "utf-8")
        return str(path)

    yield run("january")
    yield run("february", month="2024-02")
    yield run("part", "--params", params("part", PART))
    for convention in CONVENTIONS:
        file = params(convention, {"rate_convention": convention})
        yield run(convention, "--params", file, "--only", "findings")
    watch = work / "watch"
    main(["watch", "--as-of", "2024-01-10", "--data", str(SAMPLE), "--out", str(watch)])
    yield "watch", watch
    main(["pack", "2024-01", "--out", str(work / "january")])
    yield "packages", work / "january" / "goi"
    yield "bench", _bench(work / "bench")


def _bench(folder: Path) -> Path:
    """What an analyst takes away from the bench: tables, workbook, frozen parameters."""
    from motcua.bench.tables import export_csv, export_xlsx, freeze
    from motcua.bench.view import Bench, Selection

    view = Bench.open("2024-01", SAMPLE).view(Selection("2024-01"))
    export_csv(view, folder)
    export_xlsx(view, folder)
    freeze(view, SAMPLE, folder)
    return folder


def outputs() -> dict[str, dict[str, str]]:
    """Hashes of now, by what was made."""
    with TemporaryDirectory(prefix="motcua-") as work:
        return {name: digests(folder) for name, folder in made(Path(work))}


def prepare() -> None:
    """Have the one key, and a cache with it."""
    os.environ["MOTCUA_CACHE"] = str(CACHE)
    CACHE.mkdir(parents=True, exist_ok=True)
    (CACHE / "official.key").write_text("00" * 32, "utf-8")


def moved(now: dict[str, dict[str, str]], golden: dict[str, dict[str, str]]) -> list[str]:
    """Files that differ, are new or are gone."""
    return [
        f"{name}/{file}"
        for name in sorted(set(now) | set(golden))
        for file in sorted({*now.get(name, {}), *golden.get(name, {})})
        if now.get(name, {}).get(file) != golden.get(name, {}).get(file)
    ]


def difference(one: Path, other: Path) -> str:
    """What two files of pages or notebooks say, line by line, where they differ."""
    lines = unified_diff(_lines(one), _lines(other), str(one), str(other), lineterm="", n=0)
    return "\n".join(line[:200] for line, _ in zip(lines, range(MOST_TOLD), strict=False))


def _lines(path: Path) -> list[str]:
    if path.suffix not in (".ipynb", ".html") or not path.is_file():
        return []
    text = path.read_text("utf-8")
    if path.suffix == ".ipynb":
        text = "\n".join(map(_shown, json.loads(text)["cells"]))
    return [line for line in re.sub(r"<[^>]*>|\\n", "\n", text).split("\n") if line.strip()]


def _shown(cell: dict) -> str:
    return json.dumps(cell.get("outputs"), ensure_ascii=False, indent=0)


def main() -> int:
    """Compare, or keep with `--write`."""
    prepare()
    if "--january" in sys.argv:
        next(made(Path(sys.argv[-1])))
        return 0
    now = outputs()
    if "--write" in sys.argv:
        GOLDEN.write_text(json.dumps(now, indent=1, sort_keys=True) + "\n", "utf-8")
        return 0
    differ = moved(now, json.loads(GOLDEN.read_text("utf-8")))
    print("\n".join(differ) or "Không có tệp nào đổi.")
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
