"""What decides the outputs of a month, told from the files alone, without reading a table.

Two runs with the same facts give the same bytes, so a month whose facts have not changed needs no
run. Telling so takes a fraction of a second: nothing slow is imported here.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import time
from functools import cache
from pathlib import Path
from typing import Any

from motcua import __version__
from motcua.base.calendar import Period
from motcua.base.errors import MotcuaError
from motcua.base.params import Params, has_part_in, load_params, units_path
from motcua.base.reference import ISSUED, NOTEBOOKS, PACKAGE, RECORDS, REFERENCE, RESOURCES, WORDS
from motcua.machine.files import file_digest, made_from, read_manifest
from motcua.reading.exports import Dated, age_of, cache_folder, dated, find_files, is_store
from motcua.reading.personal import without_names

LOCK = RESOURCES / "requirements.txt"
WARD_SHEET = "ward_sheet"
_OWN = re.compile(r"\.(py|html|css|js|json|yaml|csv|xml|typ|ttf|woff2|gz)")  # how its files end
_MOST = 10_000  # hashes remembered
_SETTLED = 2  # seconds; a file changed so lately may change again within the clock's tick


def facts_of(month: str, params: Params, data: Path, out: Path) -> dict[str, Any]:
    """Inputs, parameters, issued months, code and locked versions that a month is made from.

    Examples
    --------
    >>> data, out = Path("data/sample"), Path("outputs")
    >>> facts = facts_of("2024-01", load_params("2024-01"), data, out)
    >>> facts["inputs"][0]["file"], facts["inputs"][0]["exported_at"]
    ('dossiers/ho_so_2023-01_xuat_20230118.csv.gz', '2023-01-18')
    """
    units = units_path(params)
    return {
        "month": month,
        "version": __version__,
        "code_sha256": code_sha256(),
        "params": params.model_dump(mode="json"),
        "units_sha256": file_digest(units) if units else None,
        "inputs": _inputs(data, params),
        "unread": find_files(data, params).notes,
        "issued": {
            path.name: file_digest(path)
            for path in sorted((out / ISSUED).glob(RECORDS))
            if has_part_in(path.stem, month, params)
        },
    }


def is_current(month: str, params: Path | None, data: Path, out: Path) -> bool:
    """Whether a whole month stands in `out`, made from the facts of now, touched by nobody."""
    target = out / month
    manifest = read_manifest(target)
    listed = (out / "index.html").is_file() and not (out / f"{month}.loi.html").exists()
    if not manifest.get("whole") or not listed:
        return False
    try:
        values = load_params(month, params)
        facts = facts_of(month, values, data, out)
        files = sorted(path for path in target.rglob("*") if path.is_file())
        digests = dict(zip(files, _digests(files), strict=True))
        return made_from(target, facts, digests.get)
    except (MotcuaError, OSError):  # told by the run that follows
        return False


def _inputs(data: Path, params: Params) -> list[dict[str, str]]:
    """Files that a month is made from, in the order of their age, which decides what counts."""
    files = dated_files(data, params)
    digests = _digests([path for _, path, *_ in files])
    inputs = [
        (age_of(told, name), told.day, name, sha)
        for (_, _, name, told), sha in zip(files, digests, strict=True)
    ]
    if is_store(data):
        from motcua.reading.store import read_meta, store_sha256

        on = read_meta(data)["exported_at"]
        age = age_of(Dated(on, "store", on), "dossiers")
        inputs.append((age, on, "dossiers", store_sha256(data)))
    return [
        {"file": without_names(name), "sha256": sha, "exported_at": day.isoformat()}
        for _, day, name, sha in sorted(inputs)
    ]


def dated_files(data: Path, params: Params) -> list[tuple[str, Path, str, Dated]]:
    """Kind, path, name and day of every export of a folder; a file is read for its day alone."""

    def of(kind: str, path: Path, name: str) -> Dated:
        def stated() -> Period | None:
            from motcua.reading.inputs import stated_days

            return stated_days(kind, path, params)

        return dated(path, params, name, stated)

    return [(*file, of(*file)) for file in find_files(data, params).files]


def _digests(files: list[Path]) -> list[str]:
    """SHA-256 of files; remembered while path, size and times stay the same."""
    known = _remembered()
    now: dict[str, list] = {}
    for path in files:
        stat = path.stat()
        state = [stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns]
        name = hashlib.sha256(os.fsencode(path)).hexdigest()  # the path itself tells of the machine
        entry = known.get(name, [])
        now[name] = entry if entry[:3] == state else [*state, file_digest(path)]
    latest = time.time_ns() - _SETTLED * 10**9
    settled = {name: entry for name, entry in now.items() if max(entry[1:3]) < latest}
    if any(known.get(name) != entry for name, entry in settled.items()):
        _remember({name: e for name, e in known.items() if name not in settled} | settled)
    return [entry[3] for entry in now.values()]


def hashes_file() -> Path:
    """File of the hashes seen last: a line with its check sum, then a line of JSON."""
    return cache_folder() / "hashes.json"


def _remembered() -> dict[str, list]:
    """Hashes seen last; none where anything in the file is not as it was written."""
    try:
        total, known = hashes_file().read_text("utf-8").split("\n")
    except (OSError, ValueError):
        return {}
    return json.loads(known) if total == _check_sum(known) else {}


def _check_sum(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _remember(known: dict[str, list]) -> None:
    """Keep the hashes of the files seen last."""
    file, text = hashes_file(), json.dumps(dict(list(known.items())[-_MOST:]))
    own = file.with_suffix(f".{os.getpid()}")
    with contextlib.suppress(OSError):  # a cache that cannot be written costs time alone
        file.parent.mkdir(parents=True, exist_ok=True)
        own.write_text(f"{_check_sum(text)}\n{text}", "utf-8")
        own.replace(file)


def chapters() -> tuple[str, ...]:
    """Names of the notebooks that are chapters of the report: a number other than 00 in front.

    What JupyterLab names a copy ("07_y_kien-Copy1") is none.

    Examples
    --------
    >>> chapters()[:2]
    ('01_ward_rates', '02_late_causes')
    """
    names = sorted(path.stem for path in NOTEBOOKS.glob("*.ipynb"))
    return tuple(name for name in names if re.match(r"(?!00|.*-Copy\d)\d\d(?!\d)", name))


@cache
def code_sha256() -> str:
    """Hash of the library, the cells of a run's notebooks, the lists, words and locked versions."""
    notebooks = [NOTEBOOKS / f"{name}.ipynb" for name in (*chapters(), WARD_SHEET)]
    files = [*_own_files(PACKAGE), *_own_files(REFERENCE), *_own_files(WORDS), *notebooks, LOCK]
    digest = hashlib.sha256()
    for path in files:
        mark = _cells_sha256(path) if path in notebooks else file_digest(path)
        name = path.relative_to(PACKAGE.parent if path.is_relative_to(PACKAGE) else RESOURCES)
        digest.update(f"{mark} {name.as_posix()}\n".encode())
    return digest.hexdigest()


def _own_files(folder: Path) -> list[Path]:
    """Files of a folder that take part in a run; nothing that an editor or Python leaves there."""
    files = (path for path in folder.rglob("*") if _OWN.fullmatch(path.suffix) and path.is_file())
    return sorted(files)


def _cells_sha256(notebook: Path) -> str:
    """Hash of what the cells of a notebook are; not of what they showed when they last ran."""
    try:
        cells = json.loads(notebook.read_text("utf-8"))["cells"]
        sources = [(c["cell_type"], "".join(c["source"]), c["metadata"].get("tags")) for c in cells]
    except (ValueError, KeyError, TypeError):  # no notebook; the run will say so
        return file_digest(notebook)
    return hashlib.sha256(json.dumps(sources).encode()).hexdigest()
