"""What several tests share: one headless Chromium for the whole session."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from exports import private_cache
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM_ARGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip


@pytest.fixture(scope="module")
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Cache and key of officials' codes of a module's tests alone."""
    with private_cache(tmp_path_factory.mktemp("own")):
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


@pytest.fixture
def browser_page(chromium: Browser) -> Iterator[Page]:
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


# The same examples in every run, and no clock: a busy machine must not fail a property.
settings.register_profile(
    "motcua", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("motcua")
