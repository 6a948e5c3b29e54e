"""The environment is locked, and the tree keeps to the layout that the documentation promises."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import nbformat
import pytest
import yaml
from hatchling.metadata.core import ProjectMetadata
from hatchling.plugin.manager import PluginManager
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
LOCKS = ["requirements.txt", "requirements-dev.txt", "requirements-uv.txt"]
LOCKS += ["benchmarks/requirements.txt"]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
NOTEBOOKS += sorted((ROOT / "notebooks" / "templates").glob("*.ipynb"))
# fmt: off
TOP_LEVEL = {
    "notebooks", "lib", "data", "params", "outputs", "tests", "docs", "benchmarks",
    "environment.yml", "pyproject.toml", "requirements.in", "requirements.txt",
    "requirements-dev.in", "requirements-dev.txt", "requirements-lab.in", "requirements-spark.in",
    "requirements-uv.txt",
    "Makefile",
    "README.md", "README.vi.md", "CONTRIBUTING.md", "CHANGELOG.md", "LICENSE", ".ci", ".gitignore",
    ".gitattributes",
}
# fmt: on
MIB = 2**20
LONGEST_CELL = 12
WITHOUT_PARAMETERS = {"00_start_here", "explore"}  # not part of a monthly run


def lines_of(name: str) -> list[str]:
    return (ROOT / name).read_text(encoding="utf-8").splitlines()


def wanted(name: str) -> list[Requirement]:
    texts = (line.partition("#")[0].strip() for line in lines_of(name))
    return [Requirement(text) for text in texts if text]


def locked(name: str) -> list[Requirement]:
    starts = (line.rstrip("\\ ") for line in lines_of(name) if re.match(r"\w", line))
    return [Requirement(start) for start in starts]


def pins(requirements: list[Requirement]) -> set[tuple[str, str, str]]:
    return {
        (canonicalize_name(r.name), str(r.specifier), str(r.marker or "")) for r in requirements
    }


def tracked() -> list[Path]:
    listing = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout
    return [path for name in listing.split("\0") if name and (path := ROOT / name).is_file()]


def code_cells(notebook: Path) -> list[nbformat.NotebookNode]:
    return [c for c in nbformat.read(notebook, as_version=4).cells if c.cell_type == "code"]


def imported_by(source: str) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.add(node.module.partition(".")[0])
    return found


@pytest.mark.parametrize(
    ("asked", "lock"),
    [
        ("requirements.in", "requirements.txt"),
        ("requirements-lab.in", "requirements.txt"),
        ("requirements-dev.in", "requirements-dev.txt"),
        ("requirements-spark.in", "requirements-dev.txt"),
        ("benchmarks/requirements.in", "benchmarks/requirements.txt"),
    ],
)
def test_every_wanted_package_is_locked_at_a_version_that_satisfies_it(asked, lock):
    versions = {}
    for requirement in locked(lock):
        version = next(iter(requirement.specifier)).version
        versions.setdefault(canonicalize_name(requirement.name), set()).add(version)
    for requirement in wanted(asked):
        name = canonicalize_name(requirement.name)
        assert name in versions, f"{name} is not in {lock}: run `make lock`"
        assert all(requirement.specifier.contains(v) for v in versions[name]), name


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_package_has_one_exact_version_and_hashes(lock):
    for block in re.split(r"\n(?=\w)", (ROOT / lock).read_text(encoding="utf-8")):
        assert re.match(r"[a-z0-9.-]+==[^\s*]+( ; .+)? \\\n    --hash=sha256:[0-9a-f]{64}", block)


@pytest.mark.parametrize("lock", LOCKS)
@pytest.mark.parametrize("trace", ["://", "file:", "--index", "--extra-index", "--find", " @ "])
def test_locks_carry_no_address_and_no_path_of_a_machine(lock, trace):
    assert not [line for line in lines_of(lock) if trace in line]


def test_locks_agree_on_every_package_that_they_share():
    run = {(name, version) for name, version, _ in pins(locked("requirements.txt"))}
    names = {name for name, _ in run}
    dev = {(name, version) for name, version, _ in pins(locked("requirements-dev.txt"))}
    assert {pin for pin in dev if pin[0] in names} <= run


def test_the_conda_environment_has_the_versions_of_the_lock():
    environment = yaml.safe_load("\n".join(lines_of("environment.yml")))
    *_, pip = environment["dependencies"]
    assert pip["pip"][-1] == "-e ."
    assert pins([Requirement(text) for text in pip["pip"][:-1]]) == pins(locked("requirements.txt"))


def test_the_package_asks_for_what_requirements_in_lists():
    project = tomllib.loads("\n".join(lines_of("pyproject.toml")))
    assert project["project"]["dynamic"] == ["dependencies", "optional-dependencies"]
    assert project["project"]["scripts"] == {"motcua": "motcua.cli:main"}
    core = ProjectMetadata(str(ROOT), PluginManager(), project).core
    assert set(map(Requirement, core.dependencies)) == set(wanted("requirements.in"))
    for extra in ("dev", "lab", "spark"):
        asked = set(map(Requirement, core.optional_dependencies[extra]))
        assert asked == set(wanted(f"requirements-{extra}.in"))


def test_what_builds_the_package_is_locked():
    (builder,) = tomllib.loads("\n".join(lines_of("pyproject.toml")))["build-system"]["requires"]
    assert Requirement(builder) in wanted("requirements.in")


def strangers(sources: list[str], *asked: str) -> set[str]:
    """Modules that sources import and that no wanted package brings."""
    modules = set().union(*map(imported_by, sources)) - set(sys.stdlib_module_names)
    modules -= {"motcua", "motcua_sample"}
    names = {canonicalize_name(one.name) for file in asked for one in wanted(file)}
    owners = packages_distributions()
    return {m for m in modules if not set(map(canonicalize_name, owners.get(m, []))) & names}


def test_every_import_of_the_library_and_the_notebooks_is_a_wanted_package():
    bench = ROOT / "lib" / "motcua" / "bench"
    paths = sorted((ROOT / "lib").rglob("*.py"))
    slim = [path.read_text("utf-8") for path in paths if not path.is_relative_to(bench)]
    slim += [cell.source for notebook in NOTEBOOKS for cell in code_cells(notebook)]
    assert not strangers(slim, "requirements.in")
    lab = [path.read_text("utf-8") for path in bench.glob("*.py")]
    assert not strangers(lab, "requirements.in", "requirements-lab.in")


def test_the_bill_of_materials_lists_what_is_locked_and_no_address(tmp_path):
    bill = ROOT / "docs" / "sbom.cdx.json"
    subprocess.run(
        [sys.executable, ".ci/sbom.py", "requirements.txt", tmp_path / "again.json"],
        cwd=ROOT, check=True,
    )  # fmt: skip
    assert (tmp_path / "again.json").read_bytes() == bill.read_bytes(), "run `make lock`"
    told = json.loads(bill.read_text("utf-8"))
    assert told["bomFormat"] == "CycloneDX"
    listed = {(one["name"], one["version"]) for one in told["components"]}
    pinned = locked("requirements.txt")
    assert listed == {(r.name, next(iter(r.specifier)).version) for r in pinned}
    assert "://" not in bill.read_text("utf-8")


def test_make_help_lists_every_target():
    targets = re.findall(r"^([a-z-]+):(?!=)", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    shown = subprocess.run(
        ["make", "--no-print-directory"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout
    assert {"setup", "report", "test", "lab", "lint"} <= set(targets)
    assert set(targets) == set(re.findall(r"^  make ([a-z-]+) +\S", shown, re.MULTILINE))


def test_the_top_level_has_only_what_the_layout_allows():
    assert {path.relative_to(ROOT).parts[0] for path in tracked()} <= TOP_LEVEL


def test_tracked_files_are_small():
    sample = ROOT / "data" / "sample"
    sizes = {path: path.stat().st_size for path in tracked()}
    inside = {path: size for path, size in sizes.items() if path.is_relative_to(sample)}
    assert sum(inside.values()) <= 8 * MIB
    assert not [path for path, size in sizes.items() if size > MIB and path not in inside]


def test_no_tracked_file_names_the_host_of_a_registry():
    hosts = re.compile(rb"(?:pypi|pythonhosted|npmjs|anaconda)\.(?:org|com)")
    assert not [path for path in tracked() if hosts.search(path.read_bytes())]


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_committed_without_outputs_but_those_that_nbval_compares(notebook):
    for cell in code_cells(notebook):
        kept = "keep_output" in cell.metadata.get("tags", [])
        assert kept == ("nbval-check-output" in cell.metadata.get("tags", []))
        assert bool(cell.outputs) == kept
        assert (cell.execution_count is not None) == kept


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_tells_and_does_not_define(notebook):
    for cell in code_cells(notebook):
        kinds = {type(node) for node in ast.walk(ast.parse(cell.source))}
        assert not kinds & {ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef}, cell.source
        assert len(cell.source.splitlines()) <= LONGEST_CELL, cell.source


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_takes_its_month_from_one_parameters_cell(notebook):
    tagged = [c for c in code_cells(notebook) if "parameters" in c.metadata.get("tags", [])]
    assert len(tagged) == (0 if notebook.stem in WITHOUT_PARAMETERS else 1)


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_imports_motcua_alone_and_calls_its_month_month(notebook):
    code = ast.parse("\n".join(cell.source for cell in code_cells(notebook)))
    imports = [n for n in ast.walk(code) if isinstance(n, ast.Import | ast.ImportFrom)]
    assert [ast.unparse(found) for found in imports] == ["import motcua as mc"]
    loaded = [
        ast.unparse(node.targets[0])
        for node in ast.walk(code)
        if isinstance(node, ast.Assign) and ast.unparse(node.value).startswith("mc.load(")
    ]
    assert loaded[:1] == ([] if notebook.stem == "explore" else ["month"])
