"""Zip files with the same bytes every time: fixed dates, fixed order, nothing of the machine."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

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


def unzipped(content: bytes) -> dict[str, bytes]:
    """Files of a zip: name -> content, in their order."""
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        return {name: package.read(name) for name in package.namelist()}
