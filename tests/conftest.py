"""What several tests share: one browser, the sample read once, and January made once."""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import motcua
import pytest
from exports import KEY, made_once, private_cache
from golden import date_files
from hypothesis import HealthCheck, settings
from motcua.base.reference import ROOT
from motcua.cli import main
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM_ARGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip


SAMPLE = ROOT / "data" / "sample"
FIRST = (  # files whose tests take longest begin first, so that both workers end together
    "test_pages_in_browser", "test_publish_under_fire", "test_ward_sheets", "test_engine",
    "test_lab", "test_run", "test_explore", "test_guide_recipes", "test_house", "test_backends",
    "test_cache", "test_escaping", "test_annex", "test_links", "test_findings", "test_sheets",
    "test_inputs", "test_leaks_of_a_month", "test_page", "test_many_units", "test_followup",
    "test_sample", "test_letter", "test_repeat", "test_progress", "test_wheel", "test_docs",
)  # fmt: skip


def pytest_configure(config: pytest.Config) -> None:
    """Date the files of the sample, before any worker reads them."""
    if not hasattr(config, "workerinput"):
        date_files()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the long files first (for `--no-loadscope-reorder`); inside a file nothing moves."""
    gone = [name for name in FIRST if not list(Path(__file__).parent.glob(f"*/{name}.py"))]
    if gone:
        raise pytest.UsageError(f"FIRST in {__file__} names files that are gone: {gone}")
    places = {name: place for place, name in enumerate(FIRST)}
    items.sort(key=lambda item: places.get(item.path.stem, len(FIRST)))


def pytest_collection_finish() -> None:
    """Keep what was imported out of every later collection of garbage, and of `gc.collect()`."""
    gc.collect()
    gc.freeze()


def pytest_unconfigure() -> None:
    """Have garbage collected as ever when Python ends."""
    gc.unfreeze()


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of this run of the tests, the same for all its workers."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@pytest.fixture(scope="session")
def sample_read(shared: Path) -> Path:
    """Cache and key of a reader that has read the sample: to be copied, not to be written to."""

    def read(folder: Path) -> None:
        with private_cache(folder, key=KEY):
            motcua.load("2024-01", data=SAMPLE)

    return made_once(shared / "sample-read", read)


@pytest.fixture(scope="session")
def january_made(shared: Path, sample_read: Path) -> Path:
    """Output folder of `motcua run 2024-01` on the sample: to be read, or copied."""

    def run(folder: Path) -> None:
        with private_cache(folder.with_name("january-own"), sample_read):
            assert main(["run", "2024-01", "--data", str(SAMPLE), "--out", str(folder)]) == 0

    return made_once(shared / "january", run)


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
        yield browser
        browser.close()


@contextmanager
def watched_page(chromium: Browser) -> Iterator[Page]:
    """A fresh page; `page.complaints` holds errors and requests to a network."""
    page = chromium.new_page(viewport={"width": 1280, "height": 900})
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
