"""How long a browser takes to open a report: first paint, first chart, every chart drawn.

And how long a reader waits for a chart who goes to it as soon as the first one is there, chapter by
chapter: from the jump to it until it is drawn.

python benchmarks/open_page.py outputs/2024-01/report.html [times]
"""

from __future__ import annotations

import shutil
import statistics
import sys
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

ARGS = ("--headless", "--no-sandbox", "--disable-gpu")
AT_ONCE = 100  # milliseconds: what a reader does not take for waiting
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
JUMP = """async () => {
  const waits = [];
  for (const plot of document.querySelectorAll(".plot")) {
    const from = performance.now(), chapter = plot.closest(".chapter");
    if (chapter) chapter.open = true;
    plot.scrollIntoView({ block: "center", behavior: "instant" });
    while (!plot.querySelector(".main-svg")) await new Promise(requestAnimationFrame);
    waits.push(performance.now() - from);
  }
  return waits;
}"""


def main() -> None:
    """Print the median and the worst of some openings, in milliseconds."""
    page, times = Path(sys.argv[1]).resolve(), int(sys.argv[2]) if len(sys.argv) > 2 else 5
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=list(ARGS)
        )
        runs = [_open(browser, page) for _ in range(times)]
        waits = [wait for _ in range(times) for wait in _jump(browser, page)]
        browser.close()
    print(f"{page.name}: {page.stat().st_size:,} bytes, {times} openings")
    for name in runs[0]:
        values = [run[name] for run in runs]
        print(f"{name:12} median {statistics.median(values):6.0f} ms, worst {max(values):6.0f} ms")
    late = sum(wait > AT_ONCE for wait in waits)
    print(
        f"jump to each of {len(waits) // times} charts: median {statistics.median(waits):.0f} ms, "
        f"worst {max(waits):.0f} ms, {late} of {len(waits)} over {AT_ONCE} ms"
    )


def _jump(browser: Browser, page: Path) -> list[float]:
    """Milliseconds that a reader waits for each chart of a page just opened."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    tab = context.new_page()
    tab.goto(page.as_uri())
    tab.wait_for_selector(".plot .main-svg")
    waits = tab.evaluate(JUMP)
    context.close()
    return waits


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
