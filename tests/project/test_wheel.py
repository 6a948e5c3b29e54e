"""Installed from a wheel, motcua works in any folder, without checkout and without JupyterLab."""

from __future__ import annotations

import compileall
import json
import os
import re
import subprocess
import sys
from importlib.metadata import distributions, packages_distributions, requires
from pathlib import Path

import pytest
from exports import write_few
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
OWN = ("units.csv", "few.yaml")  # what the user has written
FEW = ["--params", OWN[1]]
TOOLS = {"pip", "setuptools", "wheel", "uv"}
# Whatever a process opens of the checkout, or writes outside the places it was given.
WATCH = """
import os, sys

def watch(event, args):
    if event == "open" and isinstance(args[0], (str, bytes)):
        path = os.path.abspath(os.fsdecode(args[0]))
        inside = path.startswith({checkout!r}) and not path.startswith(sys.prefix)
        inside = inside and not os.path.isdir(path)  # a place where Python looks for packages
        flags = args[2] if isinstance(args[2], int) else 0
        writes = flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        if inside or (writes and not path.startswith(({places!r}, "/dev/", "/proc/"))):
            note = os.open({log!r}, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            os.write(note, (path + "\\n").encode())
            os.close(note)

sys.addaudithook(watch)

from importlib.machinery import PathFinder

class WithoutExtras(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        absent = name.partition(".")[0] in {absent!r}
        return None if absent else super().find_spec(name, path, target)

sys.meta_path[sys.meta_path.index(PathFinder)] = WithoutExtras
"""


def needed(names: set[str]) -> set[str]:
    """Distributions that those named need on this machine, themselves among them."""
    found, waiting = set(), [Requirement(name) for name in names]
    while waiting:
        asked = waiting.pop()
        name = canonicalize_name(asked.name)
        extras = ("", *asked.extras)
        if (name, extras) in found:
            continue
        found.add((name, extras))
        more = map(Requirement, requires(name) or ())
        waiting += [
            r for r in more if not r.marker or any(r.marker.evaluate({"extra": e}) for e in extras)
        ]
    return {name for name, _ in found}


def absent_without_extras() -> set[str]:
    """Modules that `pip install motcua` alone does not bring, though they are here."""
    lines = (ROOT / "requirements.in").read_text("utf-8").splitlines()
    wanted = {text for line in lines if (text := line.partition("#")[0].strip())}
    there = needed(wanted) | TOOLS | {"motcua"}
    owners = packages_distributions()
    return {name for name, of in owners.items() if not there & set(map(canonicalize_name, of))}


def installed(target: Path) -> None:
    """Build a wheel of the checkout, install it alone into a folder, and compile its code."""
    options = ["--no-build-isolation", "--no-deps", "--no-index", "--no-compile", "--quiet"]
    subprocess.run(
        [sys.executable, "-m", "pip", "install", *options, "--target", target, ROOT],
        check=True, env=os.environ | {"PIP_DISABLE_PIP_VERSION_CHECK": "1"},
    )  # fmt: skip
    compileall.compile_dir(target / "motcua", quiet=1, rx=re.compile("shipped"))


def files(folder: Path) -> set[str]:
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}


class Install:
    """A wheel in a folder of its own, and a user who stands in another."""

    def __init__(self, home: Path) -> None:
        self.target, self.here = home / "site", home / "Một cửa Biên Hòa"
        self.log, hook, own = home / "opened", home / "hook", home / "own"
        for folder in (self.here, hook, own):
            folder.mkdir(parents=True)
        installed(self.target)
        words = {"checkout": f"{ROOT}{os.sep}", "places": f"{home}{os.sep}", "log": str(self.log)}
        words["absent"] = absent_without_extras()
        (hook / "sitecustomize.py").write_text(WATCH.format(**words), "utf-8")
        self.env = os.environ | {
            "PYTHONPATH": os.pathsep.join([str(hook), str(self.target)]),
            "PYTHONDONTWRITEBYTECODE": "1",
            **dict.fromkeys(("HOME", "TMPDIR", "IPYTHONDIR", "JUPYTER_DATA_DIR"), str(own)),
        }

    def run(self, *command: str) -> str:
        told = subprocess.run(
            [sys.executable, *command],
            cwd=self.here, env=self.env, capture_output=True, encoding="utf-8",
        )  # fmt: skip
        assert told.returncode == 0, told.stderr
        return told.stdout


@pytest.fixture(scope="module")
def install(tmp_path_factory: pytest.TempPathFactory) -> Install:
    return Install(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def with_sample(install: Install) -> Install:
    """That install, whose user has made a sample, and parameters of three of its units."""
    before = files(install.target)
    write_few(install.here / "units.csv")
    (install.here / "few.yaml").write_text("units: units.csv\n", "utf-8")
    install.run("-m", "motcua", "sample", "--months", "2023-12..2024-01", "--per-month", "300")
    assert files(install.target) == before
    return install


def test_the_wheel_carries_what_belongs_to_motcua_and_no_data(install: Install) -> None:
    shipped = install.target / "motcua" / "shipped"
    tracked = subprocess.run(
        ["git", "ls-files", "-z", "data/reference", "data/words", "notebooks", "params/profiles",
         "docs/terms.md", "docs/examples/lich", "docs/examples/van-phong"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    there = {name for name in tracked.split("\0") if (ROOT / name).is_file()}
    assert there | {"params/default.yaml", "requirements.txt"} == {
        name for name in files(shipped) if ".ipynb_checkpoints" not in name
    }
    assert files(ROOT / "lib" / "motcua" / "templates") == files(
        install.target / "motcua" / "templates"
    )


def test_papermill_finds_the_engine_of_the_wheel(install: Install) -> None:
    (wheel,) = (d for d in distributions(path=[str(install.target)]) if d.name == "motcua")
    (engine,) = wheel.entry_points.select(group="papermill.engine")
    assert (engine.name, engine.value) == ("motcua", "motcua.machine.fork_engine:ForkEngine")


def test_sample_check_and_run_work_where_the_user_stands(with_sample: Install) -> None:
    install, before = with_sample, files(with_sample.target)
    run = ["run", "2024-01", *FEW, "--only", "findings", "--only", "01_ward_rates"]
    check = ["check", "data/sample", *FEW]
    code = f"from motcua.cli import main\nfor words in {check, run}:"
    told = install.run("-c", f"{code} assert not main(words); print('//')").split("//\n")
    month = install.here / "outputs" / "2024-01"
    assert "dossiers/" in told[0]
    assert told[1:] == [f"{month / 'findings.json'}\n", ""]
    assert json.loads((month / "findings.json").read_text("utf-8"))["city"]["resolved"] > 0
    assert "execution_count" in (month / "notebooks" / "01_ward_rates.ipynb").read_text("utf-8")
    assert {path.name for path in install.here.iterdir()} == {*OWN, "data", "outputs"}
    assert files(install.target) == before
    assert not install.log.exists(), install.log.read_text("utf-8")


def test_the_slim_install_has_no_laboratory_and_runs_and_watches_all_the_same(
    with_sample: Install,
) -> None:
    install = with_sample
    lab = {"jupyterlab", "ipywidgets", "anywidget", "notebook_shim", "nbconvert", "bleach"}
    assert lab <= absent_without_extras()
    library = sorted((install.target / "motcua").rglob("*.py"))
    names = [".".join(p.relative_to(install.target).with_suffix("").parts) for p in library]
    left_out = ("motcua.bench", "motcua.shipped", "motcua.__main__")
    slim = [n.removesuffix(".__init__") for n in names if not n.startswith(left_out)]
    parts = ["--only", "letter", "--engine", "plain"]
    run = ["run", "2024-01", *FEW, *parts, "--only", "02_late_causes", "--force"]
    code = (
        f"import importlib\nfor name in {slim}: importlib.import_module(name)\n"
        f"from motcua.cli import main\nassert not main({run})\n"
        f"assert not main(['watch', '--as-of', '2024-01-10', *{FEW}])"
    )
    pages = install.run("-c", code).splitlines()
    assert [Path(page).is_file() for page in pages] == [True, True]
    made = files(install.here / "outputs" / "2024-01")
    assert {"cong-van.docx", "notebooks/02_late_causes.ipynb"} <= made


def test_the_bench_asks_for_what_it_needs(install: Install) -> None:
    code = (
        "import motcua as mc\n"
        "from motcua.base.errors import InputError\n"
        "try: mc.bench\nexcept InputError as error: print(error)"
    )
    assert 'pip install "motcua[lab]"' in install.run("-c", code)


def test_the_users_own_parameters_win_over_those_of_the_wheel(install: Install) -> None:
    code = "from motcua.base.params import load_params; print(load_params('2024-01').office)"
    assert install.run("-c", code).startswith("Văn phòng")
    (install.here / "params").mkdir()
    (install.here / "params" / "default.yaml").write_text("office: UBND phường Hố Nai\n", "utf-8")
    assert install.run("-c", code) == "UBND phường Hố Nai\n"
