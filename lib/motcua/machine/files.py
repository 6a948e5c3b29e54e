"""Files as motcua writes them: zips with the same bytes every time, and manifest.json of a folder.

The manifest tells what a month was made from, and the SHA-256 of everything in its folder.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from motcua.base.reference import refusal

EPOCH = (1980, 1, 1, 0, 0, 0)  # the first date that a zip can hold


def fixed_zip(files: Mapping[str, bytes]) -> bytes:
    """Zip of files, name -> content, in their order, without the time of its making.

    Examples
    --------
    >>> fixed_zip({"a.txt": b"1"}) == fixed_zip({"a.txt": b"1"})
    True
    """
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in files.items():
            info = zipfile.ZipInfo(name, EPOCH)
            info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            info.create_system = 3  # the same on every system
            package.writestr(info, content)
    return out.getvalue()


def mark_of(text: str) -> str:
    """Eight letters that stand for a text in the name of a file; digits would look like a number.

    Examples
    --------
    >>> mark_of("Hố Nai")
    'kfhkamoj'
    """
    letters = str.maketrans("0123456789", "ghijklmnop")
    return hashlib.sha256(text.encode()).hexdigest()[:8].translate(letters)


def write_at_once(path: Path, content: bytes) -> None:
    """Write a file; readers see the former one or the new one, also when the disk is full."""
    new = path.with_name(f".{path.name}")
    try:
        new.write_bytes(content)
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)


Digest = Callable[[Path], str | None]

MANIFEST = "manifest.json"
SEAL = "manifest_sha256"  # hash of the manifest's other lines


def write_manifest(folder: Path, facts: dict[str, Any]) -> None:
    """Write manifest.json: the facts, and the SHA-256 of every file beside it and of itself."""
    outputs = {name: file_digest(folder / name) for name in sorted(_names(folder))}
    (folder / MANIFEST).write_bytes(_sealed({**facts, "outputs": outputs}))


def _names(folder: Path) -> set[str]:
    files = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    return files - {MANIFEST}


def _sealed(content: dict[str, Any]) -> bytes:
    """Bytes of a manifest, which end with the hash of what they say."""
    own = hashlib.sha256(_text(content).encode()).hexdigest()
    return (_text({**content, SEAL: own}) + "\n").encode()


def _text(content: dict[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False, indent=1)


def read_manifest(folder: Path) -> dict[str, Any]:
    """Content of manifest.json; empty when there is none that can be read."""
    try:
        content = json.loads((folder / MANIFEST).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def file_digest(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def made_from(folder: Path, facts: dict[str, Any], digest: Digest = file_digest) -> bool:
    """Whether a published month was made from these very facts, and nobody touched it since."""
    manifest = read_manifest(folder)
    if not isinstance(manifest.get("outputs"), dict):
        return False
    return {key: manifest.get(key) for key in facts} == facts and not verify(folder, digest)


def verify(folder: Path, digest: Digest = file_digest) -> list[str]:
    """Compare a published month with its manifest; one line per difference.

    Parameters
    ----------
    digest : SHA-256 of a file; one that remembers saves reading files that stayed as they were.

    Raises
    ------
    InputError
        There is no manifest.
    """
    content = read_manifest(folder)
    listed = content.pop("outputs", None)
    if not isinstance(listed, dict):
        raise refusal("no_month_folder", manifest=MANIFEST, folder=folder)
    here = _names(folder)
    lost = [f"thiếu tệp {name}" for name in sorted(set(listed) - here)]
    extra = [f"tệp lạ {name}" for name in sorted(here - set(listed))]
    kept = sorted(set(listed) & here)
    changed = [
        f"tệp {name} đã bị sửa" for name in kept if _differs(folder / name, listed[name], digest)
    ]
    content.pop(SEAL, None)
    if (folder / MANIFEST).read_bytes() != _sealed({**content, "outputs": listed}):
        changed.append(f"tệp {MANIFEST} đã bị sửa")
    return lost + extra + changed


def _differs(path: Path, listed: object, digest: Digest) -> bool:
    """Whether a file is not what was written, or cannot be read to tell."""
    try:
        return digest(path) != listed
    except OSError:
        return True
