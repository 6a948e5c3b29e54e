"""What the benchmarks share: seconds and memory of commands, the machine, tables, kept results.

A process that this one starts counts at least the memory of this one as its own (Linux hands the
peak on through exec), so a benchmark keeps itself small: what loads data runs in `apart`.
"""

from __future__ import annotations

import gc
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, TypeVar

import psutil

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results"
PACKAGES = ("papermill", "nbconvert", "ipykernel", "pandas", "duckdb", "plotly", "python-calamine")
UNITS = ("wall_s", "cpu_s")
_T = TypeVar("_T")

# Runs motcua's command, which ends at once, and tells before it does the peaks of its own process
# and of the largest of its children.
_WITH_PEAKS = """
import json, os, resource, sys
from motcua.cli import main
told, end, own = sys.argv[1], os._exit, os.getpid()
def tell(code):
    if os.getpid() == own:
        whose = resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN
        peaks = [resource.getrusage(who).ru_maxrss for who in whose]
        with open(told, "w") as file:
            file.write(json.dumps(peaks))
    end(code)
os._exit = tell
sys.argv[:2] = ["motcua"]
main()
"""


def measure(*commands: list[str], env: Mapping[str, str] | None = None) -> dict[str, float]:
    """Wall and processor seconds of commands one after the other; memory of the largest process.

    Processor seconds are those of all processes together. `peak_mb` is the largest resident memory
    that any single process had, whoever started it.
    """
    wall, processor, peak = time.perf_counter(), 0.0, 0
    for command in commands:
        with NamedTemporaryFile() as told:
            process = subprocess.Popen(
                command, cwd=ROOT, env=os.environ | (env or {}), stdout=told, stderr=told
            )
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode:
                raise SystemExit(f"{' '.join(command)}\n{Path(told.name).read_text()[-3000:]}")
        processor += usage.ru_utime + usage.ru_stime
        peak = max(peak, usage.ru_maxrss)
    seconds = time.perf_counter() - wall
    return {
        "wall_s": round(seconds, 2), "cpu_s": round(processor, 2), "peak_mb": round(peak / 1024)
    }  # fmt: skip


def measure_motcua(*words: str, env: Mapping[str, str] | None = None) -> dict[str, float]:
    """`measure` of a motcua command; also the peak of its own process and of its largest child."""
    with NamedTemporaryFile() as file:
        found = measure([sys.executable, "-c", _WITH_PEAKS, file.name, *words], env=env)
        own, child = json.loads(Path(file.name).read_text())
    return found | {"own_peak_mb": round(own / 1024), "child_peak_mb": round(child / 1024)}


def run_words(months: str, data: str | Path, out: str | Path, *options: str) -> list[str]:
    """Words of `motcua run`."""
    return ["run", months, "--data", str(data), "--out", str(out), *options]


def apart(function: Callable[..., _T], *arguments: Any) -> _T:
    """Result of a function called in a process of its own, whose memory goes with it."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(function, *arguments).result()


def fastest(ask: Callable[[], object], times: int) -> tuple[float, float]:
    """Shortest time of a call by the clock, and by the processor (all threads together)."""
    walls, worked = [], []
    for _ in range(times):
        gc.collect()
        began, busy = time.perf_counter(), time.process_time()
        ask()
        walls.append(time.perf_counter() - began)
        worked.append(time.process_time() - busy)
    return min(walls), min(worked)


def machine() -> dict[str, object]:
    """What the figures depend on; no name, no path."""
    return {
        "cores": os.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 2**30),
        "system": platform.system(),
        "python": platform.python_version(),
        "load_before": round(os.getloadavg()[0], 1),
        **{name: version(name) for name in PACKAGES},
    }


def judge(targets: Iterable[tuple[str, float, str, float]]) -> list[dict[str, object]]:
    """Print targets (what, measured, ">=" or "<=", bound), and whether each is met; return them."""
    told = []
    for what, found, sign, bound in targets:
        met = found >= bound if sign == ">=" else found <= bound
        print(f"{'met    ' if met else 'NOT MET'} {what}: {found:.2f} (target {sign} {bound:g})")
        told.append(
            {"what": what, "measured": round(found, 3), "target": f"{sign} {bound:g}", "met": met}
        )
    return told


def keep(name: str, content: dict[str, object]) -> None:
    """Write benchmarks/results/NAME.json."""
    RESULTS.mkdir(exist_ok=True)
    text = json.dumps({"machine": machine(), **content}, indent=1, ensure_ascii=False)
    (RESULTS / f"{name}.json").write_text(text + "\n", "utf-8")
