"""Hand-over packages of a published month: for leadership, each unit, Phòng Nội vụ, and programs.

What each holds and for whom it is stands in data/reference/packages.yaml. Those for leadership and
for programs carry nothing of a single dossier. The same month gives the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

from motcua import __version__
from motcua.base import vietnamese as vi
from motcua.base.calendar import as_written, period_label
from motcua.base.errors import RunError
from motcua.base.params import validate
from motcua.base.reference import message, read_yaml, refusal, speak_of
from motcua.machine.files import (
    MANIFEST,
    file_digest,
    fixed_zip,
    read_manifest,
    verify,
    write_at_once,
)
from motcua.pages.ward_pages import FOLDER as SHEETS
from motcua.pages.ward_pages import file_names
from motcua.papers.findings import DATAPACKAGE, to_json, totals_of
from motcua.papers.letter import SAID
from motcua.papers.office import FOLDER as NOTICES
from motcua.papers.office import stems
from motcua.running.leaks import refuse_leaks, texts
from motcua.running.run import PARTS

LEADERSHIP, PROGRAMS, UNITS = "lanh-dao", "may", "don-vi"
OPEN = (LEADERSHIP, PROGRAMS)  # nothing of a single dossier
FOLDER, README = "goi", "README.txt"
DOSSIER_COLUMNS = {"dossier_id", "official"}
# Thông tư 01/2018/TT-VPCP, Điều 19: unit, day received, running number
_DOSSIER = re.compile(r"(?<![\w.])[A-Z]\d{2}(?:\.\d{1,3}){0,3}-\d{6}-\d{3,6}(?!\w)")


def pack_month(out: Path, month: str) -> list[Path]:
    """Write the packages of a month into OUT/goi; return their paths.

    Parameters
    ----------
    out : folder of the months (outputs).

    Raises
    ------
    InputError
        The month was not made, or only in part (exit code 2).
    RunError
        Its files are not those of its manifest, or what names nobody names a dossier or a person
        (exit code 1). Packages that are there stay as they are.
    """
    folder = out / month
    _must_be_whole(folder, month)
    findings = json.loads((folder / "findings.json").read_text("utf-8"))
    files = {
        name: (folder / name).read_bytes() for name in sorted(read_manifest(folder)["outputs"])
    }
    made = _packages(files, findings, folder)
    for pack in OPEN:
        _refuse_dossiers(made[f"{month}-{pack}.zip"], totals_of(findings))
    for name, zipped in made.items():
        path = out / FOLDER / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_at_once(path, zipped)
    return [out / FOLDER / name for name in made]


def _packages(files: dict[str, bytes], findings: dict[str, Any], folder: Path) -> dict[str, bytes]:
    """Name of a package's file -> its bytes: one of each kind, and one for each unit."""
    speak_of(validate(read_manifest(folder)["params"], MANIFEST))
    month, kinds = findings["month"], read_yaml("packages")["packages"]
    made = {}
    for pack, kind in kinds.items():
        held = {name: files[name] for name in _named(files, kind["holds"])}
        if pack == UNITS:
            for title, own in _by_unit(held, findings).items():
                own[README] = _readme(pack, own, findings, f"{kind['title']}: {title.upper()}")
                made[f"{month}-{UNITS}/{title}.zip"] = fixed_zip(own)
            continue
        held = _without_dossiers(held) if pack in OPEN else held
        is_checked = pack != LEADERSHIP  # a reader of papers needs no list of hashes
        listed = [*held, MANIFEST] if is_checked else held
        held[README] = _readme(pack, listed, findings, kind["title"])
        if is_checked:
            held[MANIFEST] = _manifest(pack, held, folder, findings)
        made[f"{month}-{pack}.zip"] = fixed_zip(held)
    return made


def _by_unit(files: dict[str, bytes], findings: dict[str, Any]) -> dict[str, dict[str, bytes]]:
    """Name of a unit -> its own files."""
    names = {ward["code"]: ward["name"] for ward in findings["wards"]}
    sheets, stem_of = file_names(names), stems(names)
    own = {}
    for code in names:
        starts = f"{SHEETS}/{sheets[code]}.html", f"{NOTICES}/{stem_of[code]} - "
        if theirs := {name: c for name, c in files.items() if name.startswith(starts)}:
            own[stem_of[code]] = theirs
    return own


def _must_be_whole(folder: Path, month: str) -> None:
    """Refuse a month that was not made, not made whole, or changed since."""
    manifest, named = read_manifest(folder), {"month": month, "period": as_written(month)}
    if not manifest:
        raise refusal("nothing_to_pack", folder=folder.parent.name, **named)
    missing = [p for p in PARTS if p not in manifest.get("parts", []) and not manifest.get("whole")]
    if missing:
        raise refusal("packs_part", missing=", ".join(missing), **named)
    differences = verify(folder)
    if differences:
        more = message("more_places", more=len(differences) - 1) if differences[1:] else ""
        raise refusal("packs_other", RunError, difference=differences[0], more=more, **named)


def _named(names: Iterable[str], wanted: Iterable[str]) -> list[str]:
    """Those of the names that are wanted, or stand in a folder that is ("wards/")."""
    folders = tuple(one for one in wanted if one.endswith("/"))
    return [name for name in names if name in wanted or name.startswith(folders)]


def _without_dossiers(files: dict[str, bytes]) -> dict[str, bytes]:
    """Leave out the tables with a row per dossier, also from their description."""
    place = f"findings/{DATAPACKAGE}"
    if place not in files:
        return files
    described = json.loads(files[place])
    kept, left_out = [], set()
    for resource in described["resources"]:
        columns = {field["name"] for field in resource["schema"]["fields"]}
        if columns & DOSSIER_COLUMNS:
            left_out.add(f"findings/{resource['path']}")
        else:
            kept.append(resource)
    files = {name: content for name, content in files.items() if name not in left_out}
    return files | {place: to_json({**described, "resources": kept})}


def _readme(pack: str, names: Iterable[str], findings: dict[str, Any], title: str) -> bytes:
    """README.txt of a package: what it is, from when, who may read it, what is in it."""
    words = read_yaml("packages")
    start, end = (vi.day(date.fromisoformat(findings["period"][edge])) for edge in ("start", "end"))
    held = [f"{name} ({what})" for name, what in words["files"].items() if _named(names, (name,))]
    mark = f"{SAID['synthetic']}: {SAID['synthetic_note']}." if findings["synthetic"] else ""
    values = {
        **{"title": title, "mark": mark, "version": __version__, "files": "; ".join(held)},
        **{"month": period_label(findings["month"]), "period": f"{start} - {end}"},
        **{name: words["packages"][pack][name] for name in ("who", "care")},
    }
    lines = filter(None, (line.format(**values) for line in words["readme"]))
    return "".join(f"{line}\r\n" for line in lines).encode("utf-8-sig")


def _manifest(pack: str, files: dict[str, bytes], folder: Path, findings: dict[str, Any]) -> bytes:
    return to_json(
        {
            "package": pack,
            **{name: findings[name] for name in ("month", "period", "synthetic")},
            "version": __version__,
            "month_manifest_sha256": file_digest(folder / MANIFEST),
            "files": {name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
        }
    )


def _refuse_dossiers(package: bytes, totals: list[int]) -> None:
    """Let an open package name neither a person, nor this machine, nor a dossier."""
    with tempfile.TemporaryDirectory() as place:
        (Path(place) / "goi.zip").write_bytes(package)
        refuse_leaks(Path(place), totals=totals)
    named = sorted({where for where, words in texts("goi.zip", package) if _DOSSIER.search(words)})
    if named:
        where = ", ".join(where.removeprefix("goi.zip!") for where in named)
        raise refusal("packs_dossiers", RunError, where=where)
