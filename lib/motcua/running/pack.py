"""Hand-over packages of a published month: one for leadership, one restricted.

goi/YYYY-MM-lanh-dao.zip carries nothing of a single dossier; goi/YYYY-MM-noi-bo.zip carries the
ward sheets and what was set aside. The same month gives the same bytes.
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
from motcua.base.errors import InputError, RunError
from motcua.base.reference import read_yaml
from motcua.machine.files import (
    MANIFEST,
    file_digest,
    fixed_zip,
    read_manifest,
    verify,
    write_at_once,
)
from motcua.papers.datapackage import DATAPACKAGE, to_json
from motcua.papers.findings import totals_of
from motcua.papers.letter import SAID
from motcua.running.leaks import refuse_leaks, texts
from motcua.running.run import PARTS

LEADERSHIP, INTERNAL = "lanh-dao", "noi-bo"
FOLDER, README = "goi", "README.txt"
FOR_LEADERSHIP = (
    "report.html",
    "cong-van.docx",
    "phu-luc.xlsx",
    "letter_trace.csv",
    "findings.json",
    "findings/",
)
INTERNAL_ONLY = ("wards/", "rejected.csv", "corrections.csv", "han-che/")
DOSSIER_COLUMNS = {"dossier_id", "official"}
# Thông tư 01/2018/TT-VPCP, Điều 19: unit, day received, running number
_DOSSIER = re.compile(r"(?<![\w.])[A-Z]\d{2}(?:\.\d{1,3}){0,3}-\d{6}-\d{3,6}(?!\w)")


def pack_month(out: Path, month: str) -> list[Path]:
    """Write both packages of a month into OUT/goi; return their paths.

    Parameters
    ----------
    out : folder of the months (outputs).

    Raises
    ------
    InputError
        The month was not made, or only in part (exit code 2).
    RunError
        Its files are not those of its manifest, or what is meant for leadership names a dossier or
        a person (exit code 1). Packages that are there stay as they are.
    """
    folder = out / month
    _must_be_whole(folder, month)
    names = sorted(read_manifest(folder)["outputs"])
    packages = {
        LEADERSHIP: _without_dossiers(_files(folder, names, FOR_LEADERSHIP)),
        INTERNAL: _files(folder, names, INTERNAL_ONLY),
    }
    findings = json.loads((folder / "findings.json").read_text("utf-8"))
    contents = {pack: _package(pack, files, folder, findings) for pack, files in packages.items()}
    _refuse_dossiers(contents[LEADERSHIP], totals_of(findings))
    written = {out / FOLDER / f"{month}-{pack}.zip": zipped for pack, zipped in contents.items()}
    (out / FOLDER).mkdir(exist_ok=True)
    for path, zipped in written.items():
        write_at_once(path, zipped)
    return list(written)


def _must_be_whole(folder: Path, month: str) -> None:
    """Refuse a month that was not made, not made whole, or changed since."""
    again = f"Hãy chạy: motcua run {month}"
    if not read_manifest(folder):
        raise InputError(f"Chưa có kết quả của tháng {month} trong {folder.parent.name}/. {again}")
    missing = [part for part in PARTS if part not in read_manifest(folder).get("parts", [])]
    if missing:
        raise InputError(
            f"Kết quả tháng {month} chưa đủ để đóng gói, còn thiếu: {', '.join(missing)}. {again}"
        )
    differences = verify(folder)
    if differences:
        raise RunError(
            f"Không đóng gói: kết quả tháng {month} không khớp manifest.json ({differences[0]}"
            + (f" và {len(differences) - 1} chỗ khác" if differences[1:] else "")
            + f"). {again} --force"
        )


def _files(folder: Path, names: Iterable[str], wanted: tuple[str, ...]) -> dict[str, bytes]:
    """Files of the month that a package holds: name -> content."""
    return {name: (folder / name).read_bytes() for name in _named(names, wanted)}


def _named(names: Iterable[str], wanted: tuple[str, ...]) -> list[str]:
    """Those of the names that are wanted, or stand in a folder that is ("wards/")."""
    folders = tuple(one for one in wanted if one.endswith("/"))
    return [name for name in names if name in wanted or name.startswith(folders)]


def _without_dossiers(files: dict[str, bytes]) -> dict[str, bytes]:
    """Leave out the tables with a row per dossier, also from their description."""
    place = f"findings/{DATAPACKAGE}"
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


def _package(pack: str, files: dict[str, bytes], folder: Path, findings: dict[str, Any]) -> bytes:
    """Zip of a package with its README and manifest."""
    files = {README: _readme(pack, [*files, MANIFEST], findings).encode("utf-8-sig"), **files}
    return fixed_zip(files | {MANIFEST: _manifest(pack, files, folder, findings)})


def _readme(pack: str, names: list[str], findings: dict[str, Any]) -> str:
    """Text of README.txt of a package: what it is, who may read it, what is in it."""
    words = read_yaml("packages")
    start, end = (vi.day(date.fromisoformat(findings["period"][edge])) for edge in ("start", "end"))
    lines = [
        words["titles"][pack],
        *([f"{SAID['synthetic']}: {SAID['synthetic_note']}."] if findings["synthetic"] else []),
        words["made"].format(
            month=f"tháng {vi.month_label(findings['month'])}",
            period=f"{start} - {end}",
            version=__version__,
        ),
        "",
        *words["who"][pack],
        "",
        "Trong gói có:",
        *(f"- {name}: {what}" for name, what in words["files"].items() if _named(names, (name,))),
    ]
    return "\r\n".join(lines) + "\r\n"


def _manifest(pack: str, files: dict[str, bytes], folder: Path, findings: dict[str, Any]) -> bytes:
    return to_json(
        {
            "package": pack,
            "month": findings["month"],
            "period": findings["period"],
            "synthetic": findings["synthetic"],
            "version": __version__,
            "month_manifest_sha256": file_digest(folder / MANIFEST),
            "files": {name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
        }
    )


def _refuse_dossiers(package: bytes, totals: list[int]) -> None:
    """Let the leadership's package name neither a person, nor this machine, nor a dossier."""
    with tempfile.TemporaryDirectory() as place:
        (Path(place) / "goi.zip").write_bytes(package)
        refuse_leaks(Path(place), totals=totals)
    named = sorted({where for where, words in texts("goi.zip", package) if _DOSSIER.search(words)})
    if named:
        raise RunError(
            "Không đóng gói: phần gửi lãnh đạo còn mã hồ sơ trong "
            f"{', '.join(where.removeprefix('goi.zip!') for where in named)}."
        )
