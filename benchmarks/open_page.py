"""How long a browser takes to open a report: first paint, first chart, every chart drawn.

And how long a reader waits for a chart who goes to it as soon as the first one is there, chapter by
chapter: from the jump to it until it is drawn.

The browser is asked by its own protocol, and its developer tools stay off: with them on, as test
frameworks have them, every error that a script catches is told with the place of all its callers,
for which plotly.js is read three times more (0.2 s).

python benchmarks/open_page.py outputs/2024-01/report.html [times]
"""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from websocket import create_connection

# Without a display, and with no work of its own beside the page; a tab is no background.
ARGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-extensions", "--disable-renderer-backgrounding",
    "--disable-background-timer-throttling", "--disable-backgrounding-occluded-windows",
)  # fmt: skip
SIZE = {"width": 1280, "height": 900}
AT_ONCE = 100  # milliseconds: what a reader does not take for waiting
PATIENCE = 60  # seconds
WATCH = """
const seen = (selector, name) => new MutationObserver((_, watcher) => {
  if (document.querySelector(selector)) { window[name] = performance.now(); watcher.disconnect(); }
}).observe(document, { subtree: true, childList: true, attributes: true });
seen(".plot .main-svg", "firstChart");
seen("html[data-charts=ready]", "allCharts");
"""
READ = """window.allCharts && {
  "first paint": performance.getEntriesByName("first-contentful-paint")[0].startTime,
  "first chart": window.firstChart,
  "every chart": window.allCharts,
}"""
JUMP = """window.firstChart && document.readyState !== "loading" && (async () => {
  const waits = [];
  for (const plot of document.querySelectorAll(".plot")) {
    const from = performance.now(), chapter = plot.closest(".chapter");
    if (chapter) chapter.open = true;
    plot.scrollIntoView({ block: "center", behavior: "instant" });
    while (!plot.querySelector(".main-svg")) await new Promise(requestAnimationFrame);
    waits.push(performance.now() - from);
  }
  return waits;
})()"""


class Chromium:
    """A browser, spoken to by its protocol."""

    def __init__(self, address: str) -> None:
        self._line, self._asked = create_connection(address, suppress_origin=True), 0

    def ask(self, method: str, tab: str = "", **params: Any) -> dict[str, Any]:
        """Answer to a command, of the browser or of a tab."""
        self._asked += 1
        whose = {"sessionId": tab} if tab else {}
        self._line.send(json.dumps({"id": self._asked, "method": method, "params": params} | whose))
        while (answer := json.loads(self._line.recv())).get("id") != self._asked:
            pass
        return answer["result"]

    def open(self, page: Path, script: str) -> Any:
        """What a script says of a page, once it says anything, in a tab of its own."""
        whose = self.ask("Target.createBrowserContext")
        made = self.ask("Target.createTarget", url="about:blank", **whose, **SIZE)
        tab = self.ask("Target.attachToTarget", **made, flatten=True)["sessionId"]
        self.ask("Page.enable", tab)
        self.ask("Page.addScriptToEvaluateOnNewDocument", tab, source=WATCH)
        self.ask("Page.navigate", tab, url=page.as_uri())
        until, value = time.monotonic() + PATIENCE, None
        while not value and time.monotonic() < until:
            time.sleep(0.02)
            options = {"returnByValue": True, "awaitPromise": True}
            answer = self.ask("Runtime.evaluate", tab, expression=script, **options)
            value = answer["result"].get("value")
        self.ask("Target.disposeBrowserContext", **whose)
        return value


@contextmanager
def chromium() -> Iterator[Chromium]:
    """A browser that is there as long as the block."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        command = [shutil.which("chromium"), *ARGS, f"--user-data-dir={folder}"]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
            listening = (line for line in process.stderr if "DevTools listening on" in line)
            try:
                yield Chromium(next(listening).split(" on ")[1].strip())
            finally:  # else it would be waited for without end
                process.terminate()


def main() -> None:
    """Print the median and the worst of some openings, in milliseconds."""
    page, times = Path(sys.argv[1]).resolve(), int(sys.argv[2]) if len(sys.argv) > 2 else 5
    with chromium() as browser:
        runs = [browser.open(page, READ) for _ in range(times)]
        waits = [wait for _ in range(times) for wait in browser.open(page, JUMP)]
    print(f"{page.name}: {page.stat().st_size:,} bytes, {times} openings")
    for name in runs[0]:
        values = [run[name] for run in runs]
        print(f"{name:12} median {statistics.median(values):6.0f} ms, worst {max(values):6.0f} ms")
    late = sum(wait > AT_ONCE for wait in waits)
    print(
        f"jump to each of {len(waits) // times} charts: median {statistics.median(waits):.0f} ms, "
        f"worst {max(waits):.0f} ms, {late} of {len(waits)} over {AT_ONCE} ms"
    )


if __name__ == "__main__":
    main()
