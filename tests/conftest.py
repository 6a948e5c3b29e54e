"""What several tests share: one browser, the sample read once, and January made once."""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path

import motcua
import nbformat
import pytest
from exports import BOSTON, KEY, made_once, private_cache, take_little, whole_machine
from hypothesis import HealthCheck, settings
from motcua.base.params import Params
from motcua.base.reference import ROOT, speak_of
from motcua.cli import main
from motcua.machine.processes import set_apart
from motcua.measures.month import Month
from motcua.running.run import CITY
from motcua.running.unchanged import WARD_SHEET
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM_ARGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip


SAMPLE = ROOT / "data" / "sample"
SHEET_OF = "26374"  # the unit that the notebook of a unit's sheet names itself
EXAMPLES = pytest.MonkeyPatch()  # of what examples and notebooks find, not tests
FIRST = (  # files whose tests take longest begin first, so that all workers end together
    "test_pages_in_browser", "test_lab", "test_run", "test_publish_under_fire", "test_engine",
    "test_ward_sheets", "test_periods", "test_annex", "test_store_equals", "test_places",
    "test_backends", "test_explore", "test_first_screen", "test_cli", "test_page",
    "test_many_units", "test_month", "test_inputs", "test_orders", "test_docs", "test_escaping",
    "test_followup", "test_guide_recipes", "test_wheel", "test_sheets", "test_leaks_of_a_month",
    "test_house", "test_links", "test_brief", "test_findings", "test_letter", "test_trends",
    "test_ranking", "test_sample", "test_cache", "test_datapackage",
    "test_leaks", "test_chart", "test_covered", "test_measure", "test_store",
    "test_measure_properties", "test_office", "test_issued", "test_progress", "test_partial",
    "test_pack", "test_environment", "test_corrections", "test_ward",
)  # fmt: skip


def pytest_configure(config: pytest.Config) -> None:
    """Take little of the machine."""
    take_little()
    config.pluginmanager.register(Examples())


class Examples:
    """Hook of examples and notebooks; those of this file itself are called for tests alone."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Let examples and notebooks find the sample read, and name things as the usual place."""
        if item.path.is_relative_to(Path(__file__).parent):
            EXAMPLES.undo()
            return
        speak_of(Params())
        if "MOTCUA_CACHE" not in os.environ:
            folder = made_once(shared_by(item.config) / "examples", partial(copy_read, item.config))
            EXAMPLES.setenv("MOTCUA_CACHE", str(folder / "cache"))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Iterator[None]:
        """Hold what each cell of a chapter shows in a plain kernel against the month as made.

        The kernel is the one that nbval runs the notebook in; a month's notebooks run in processes
        forked from that of the run. Both must show the same, byte for byte.
        """
        result = yield
        if item.path.suffix == ".ipynb" and item.path.stem in (*CITY, WARD_SHEET):
            plain = [told(output) for output in item.test_outputs]
            assert plain == made_of(item.path.stem, january(item.config))[item.cell_num]
        return result


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the long files first (for `--no-loadscope-reorder`); inside a file nothing moves."""
    gone = [name for name in FIRST if not list(Path(__file__).parent.glob(f"*/{name}.py"))]
    if gone:
        raise pytest.UsageError(f"FIRST in {__file__} names files that are gone: {gone}")
    places = {name: place for place, name in enumerate(FIRST)}
    items.sort(key=lambda item: places.get(item.path.stem, len(FIRST)))


def pytest_collection_finish() -> None:
    """Keep what was imported out of every later collection of garbage, and of `gc.collect()`."""
    set_apart(again=True)


def pytest_unconfigure() -> None:
    """Have garbage collected as ever when Python ends."""
    gc.unfreeze()


def shared_by(config: pytest.Config) -> Path:
    """Folder of this run of the tests, the same for all its workers."""
    own = config._tmp_path_factory.getbasetemp()
    return own.parent if hasattr(config, "workerinput") else own


def read_sample(config: pytest.Config) -> Path:
    """Cache and key of a reader that has read the sample: to be copied, not to be written to."""

    def read(folder: Path) -> None:
        with private_cache(folder, key=KEY), whole_machine():
            motcua.load("2024-01", data=SAMPLE)

    return made_once(shared_by(config) / "sample-read", read)


def copy_read(config: pytest.Config, folder: Path) -> None:
    """Copy of that cache, for the examples of all workers to read and write."""
    shutil.copytree(read_sample(config), folder, copy_function=os.link)


def january(config: pytest.Config) -> Path:
    """See `january_made`."""

    def run(folder: Path) -> None:
        own, read = folder.with_name("january-own"), read_sample(config)
        with private_cache(own, read), whole_machine():
            assert main(["run", "2024-01", "--data", str(SAMPLE), "--out", str(folder)]) == 0

    return made_once(shared_by(config) / "january", run)


@cache
def made_of(notebook: str, january: Path) -> list[list[dict]]:
    """What each code cell of a notebook showed when January was made; none was left out."""
    name = f"wards/{SHEET_OF}" if notebook == WARD_SHEET else notebook
    path = january / "2024-01" / "notebooks" / f"{name}.ipynb"
    return [
        [told(output) for output in cell.outputs]
        for cell in nbformat.read(path, as_version=4).cells
        if cell.cell_type == "code" and "injected-parameters" not in cell.metadata.get("tags", [])
    ]


def told(output: dict) -> dict:
    """Output of a cell without the number of its execution."""
    return {name: value for name, value in output.items() if name != "execution_count"}


@pytest.fixture(scope="session")
def shared(pytestconfig: pytest.Config) -> Path:
    """See `shared_by`."""
    return shared_by(pytestconfig)


@pytest.fixture(scope="session")
def sample_read(pytestconfig: pytest.Config) -> Path:
    """See `read_sample`."""
    return read_sample(pytestconfig)


@pytest.fixture(scope="session")
def sample_month(
    tmp_path_factory: pytest.TempPathFactory, sample_read: Path
) -> Callable[[str], Month]:
    """Gives a month of the sample, counted once for all tests of a process: to be read alone."""
    home = tmp_path_factory.mktemp("sample")

    @cache
    def counted(month: str) -> Month:
        with private_cache(home / month, sample_read):
            return motcua.load(month, data=SAMPLE)

    return counted


@pytest.fixture(scope="session")
def january_made(pytestconfig: pytest.Config) -> Path:
    """Output folder of `motcua run 2024-01` on the sample: to be read, or copied."""
    return january(pytestconfig)


@pytest.fixture(scope="session")
def boston_made(shared: Path) -> Path:
    """Output folder of `motcua run 2011-10` on the requests of Boston: to be read, or copied."""

    def run(folder: Path) -> None:
        with private_cache(folder.with_name("boston-own")):
            assert main(["run", "2011-10", *BOSTON, "--out", str(folder)]) == 0

    return made_once(shared / "boston", run)


@pytest.fixture(scope="module", autouse=True)
def _usual_place() -> None:
    """Name things as the usual place does, whatever place the module before spoke of."""
    speak_of(Params())


@pytest.fixture(scope="module")
def own_cache(tmp_path_factory: pytest.TempPathFactory, sample_read: Path) -> Iterator[None]:
    """Cache and key of officials' codes of a module's tests alone; the sample is read already."""
    with private_cache(tmp_path_factory.mktemp("own"), sample_read):
        yield


@pytest.fixture
def cache_of_test(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Cache and key of officials' codes of one test alone."""
    with private_cache(tmp_path_factory.mktemp("own")):
        yield


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Headless Chromium of the system; its absence fails the test instead of hiding it."""
    path = shutil.which("chromium")
    if path is None:
        pytest.fail("Chromium is missing: install the package `chromium` (see the README).")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(CHROMIUM_ARGS))
        browser.usual = browser.new_context(viewport={"width": 1280, "height": 900})
        yield browser
        browser.close()


@contextmanager
def watched_page(chromium: Browser) -> Iterator[Page]:
    """A fresh page; `page.complaints` holds errors and requests to a network.

    All are of one user, whom half a second of work makes: no page of motcua keeps anything.
    """
    page = chromium.usual.new_page()
    page.complaints = []
    page.on("console", lambda m: m.type == "error" and page.complaints.append(m.text))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.on(
        "request", lambda r: r.url.startswith("file:") or page.complaints.append(f"request {r.url}")
    )
    yield page
    page.close()


@pytest.fixture
def browser_page(chromium: Browser) -> Iterator[Page]:
    """A fresh page of one test; see `watched_page`."""
    with watched_page(chromium) as page:
        yield page


@pytest.fixture(scope="module")
def module_page(chromium: Browser) -> Iterator[Page]:
    """A page for all tests of a module; see `watched_page`."""
    with watched_page(chromium) as page:
        yield page


# The same examples in every run, and no clock: a busy machine must not fail a property.
settings.register_profile(
    "motcua", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("motcua")
