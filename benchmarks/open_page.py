"""How long a browser takes to open a report: first paint, first chart, every chart drawn.

python benchmarks/open_page.py outputs/2024-01/report.html [times]
"""

from __future__ import annotations

import shutil
import statistics
import sys
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

ARGS = ("--headless", "--no-sandbox", "--disable-gpu")
WATCH = """
const seen = (selector, name) => new MutationObserver((_, watcher) => {
  if (document.querySelector(selector)) { window[name] = performance.now(); watcher.disconnect(); }
}).observe(document, { subtree: true, childList: true, attributes: true });
seen(".plot .main-svg", "firstChart");
seen("html[data-charts=ready]", "allCharts");
"""
READ = """() => ({
  "first paint": performance.getEntriesByName("first-contentful-paint")[0].startTime,
  "first chart": window.firstChart,
  "every chart": window.allCharts,
})"""


def main() -> None:
    """Print the median and the worst of some openings, in milliseconds."""
    page, times = Path(sys.argv[1]).resolve(), int(sys.argv[2]) if len(sys.argv) > 2 else 5
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=list(ARGS)
        )
        runs = [_open(browser, page) for _ in range(times)]
        browser.close()
    print(f"{page.name}: {page.stat().st_size:,} bytes, {times} openings")
    for name in runs[0]:
        values = [run[name] for run in runs]
        print(f"{name:12} median {statistics.median(values):6.0f} ms, worst {max(values):6.0f} ms")


def _open(browser: Browser, page: Path) -> dict[str, float]:
    """Milliseconds of one opening in a fresh context."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    tab = context.new_page()
    tab.add_init_script(WATCH)
    tab.goto(page.as_uri())
    tab.wait_for_selector("html[data-charts=ready]")
    found = tab.evaluate(READ)
    context.close()
    return found


if __name__ == "__main__":
    main()
