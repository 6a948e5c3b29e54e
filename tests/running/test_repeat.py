"""The same inputs give the same bytes, however many notebooks run at once."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import pytest
from exports import private_cache
from motcua.base.reference import ROOT
from motcua.cli import main
from motcua.machine.files import read_manifest, verify
from motcua.running.run import PARTS
from motcua_sample.make import make_sample

REGISTER = ROOT / "data" / "reference" / "wards.csv"


def content(folder: Path) -> dict[str, bytes]:
    return {
        p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()
    }


def test_a_month_run_again_with_other_jobs_has_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    make_sample(tmp_path / "data", ("2023-12", "2024-01"), per_month=150)
    with REGISTER.open(encoding="utf-8-sig") as register:  # a city of three wards; the rows of
        Path("units.csv").write_text("".join(islice(register, 4)), "utf-8")  # others are set aside
    Path("p.yaml").write_text("units: units.csv", "utf-8")
    months = []
    with private_cache(tmp_path / "own"):
        for jobs in ("1", "2"):
            out = Path(f"out-{jobs}")
            places = ["--data", "data", "--out", str(out), "--params", "p.yaml"]
            assert main(["run", "2024-01", *places, "--jobs", jobs]) == 0
            assert Path.cwd() == tmp_path
            assert verify(out / "2024-01") == []
            months.append(content(out / "2024-01"))
    one, two = months
    assert [name for name in one if one[name] != two.get(name)] == []
    assert len([name for name in one if name.startswith("wards/")]) == 3
    assert set(one) == set(two) >= {"report.html", "findings.json", "notebooks/04_trends.ipynb"}
    assert read_manifest(out / "2024-01")["parts"] == list(PARTS)
    assert not [name for name in one if str(tmp_path).encode() in one[name]]
