"""Where the time of a month goes, by part of the run and by package, in all its processes.

    python benchmarks/profile.py [--data DIR] [--month 2024-01] [--keep NAME]

py-spy looks at the running command and its children 200 times a second; a look at a process that
works counts as 5 ms. A month is made twice, so that the cache is warm for the one looked at.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

from measuring import ROOT, keep, run_words

LOOKS = 200  # a second
# Part of a run -> a function whose calls it is; the first that stands in a stack counts.
PARTS = {
    "search for leaks": "refuse_leaks|leaks_of",
    "sheets of the wards as pages": "write_sheets",
    "report.html": "build_report|first_screen_of|front_of",
    "brief": "brief_pdf",
    "letter": "write_letter",
    "report of the office": "write_report",
    "annex": "write_annex",
    "restricted annex": "write_restricted",
    "notices and apologies": "write_notices",
    "notebooks": "_execute",
    "tables for the notebooks": "warm_up",
    "findings": "write_findings",
    "data": "load_inputs",
    "forking": "run_forked|_start",
    "imports": "_find_and_load",
}
WAITS = re.compile(r"select \([^;]*$")  # innermost: for a child, or for the parent's end


def looks(words: list[str]) -> list[tuple[list[str], int]]:
    """Stacks of functions, outermost first, and how often each was seen."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "stacks"
        command = [
            "py-spy", "record", "--subprocesses", "--rate", str(LOOKS), "--format", "raw",
            "--output", str(file), "--", sys.executable, "-m", "motcua", *words,
        ]  # fmt: skip
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        if not file.is_file():
            raise SystemExit(done.stderr[-2000:])
        lines = file.read_text("utf-8").splitlines()
    split = (line.rpartition(" ") for line in lines)
    return [(stack.split(";"), int(n)) for stack, _, n in split if not WAITS.search(stack)]


def part_of(stack: list[str]) -> str:
    """Part of the run that a stack belongs to."""
    names = "\n".join(frame.partition(" (")[0] for frame in stack)
    found = (p for p, name in PARTS.items() if re.search(rf"^(?:\w+\.)*(?:{name})$", names, re.M))
    return next(found, "other")


def package_of(stack: list[str]) -> str:
    """Package of the innermost function that belongs to one: pandas, duckdb, motcua/chapters."""
    for frame in reversed(stack):
        if own := re.search(r"motcua/(\w+)/\w+\.py", frame):
            return f"motcua/{own[1]}"
        if other := re.search(r"(?:site-packages/|\()([a-zA-Z]\w+)/", frame):
            return other[1]
    return "Python"


def main() -> None:
    """Look at one month, print what takes most, keep the JSON."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", default="data/sample")
    parser.add_argument("--month", default="2024-01")
    parser.add_argument("--keep", metavar="NAME", help="keep benchmarks/results/NAME.json")
    options = parser.parse_args()
    with TemporaryDirectory() as out:
        words = run_words(options.month, str((ROOT / options.data).resolve()), out, "--force")
        subprocess.run(
            [sys.executable, "-m", "motcua", *words], cwd=ROOT, check=True, capture_output=True
        )
        seen = looks(words)
    told = {}
    for what, of in (("parts", part_of), ("packages", package_of)):
        counts: Counter[str] = Counter()
        for stack, n in seen:
            counts[of(stack)] += n
        told[what] = {name: round(n / LOOKS, 2) for name, n in counts.most_common(20)}
        print(f"{what} (seconds that processes worked)")
        print("\n".join(f"  {seconds:6.2f}  {name}" for name, seconds in told[what].items()))
    if options.keep:
        keep(options.keep, {"month": options.month, "looks_a_second": LOOKS, **told})


if __name__ == "__main__":
    main()
