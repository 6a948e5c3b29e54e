"""How long a month takes: what a user would do by hand, Papermill's API, motcua, and the floor.

    python benchmarks/month.py [--data DIR] [--month 2024-01] [--sheets 3] [--back 24] [--keep NAME]

(a) by hand: for each notebook the commands `papermill` and `jupyter nbconvert --to html`
(b) Papermill's API and nbconvert's, notebook after notebook in one process, a kernel each
(c) motcua: `motcua run MONTH --force`, which makes everything of a month
(d) the floor: one Python process that makes everything of (c) and runs no notebook (floor.py)
(e) ploomber-engine: the notebooks of the city one after the other in one process, none apart from
    the others, against `motcua run MONTH --only report --force`, which makes findings and page, too

All read the same data from a warm cache. (a) and (b) make the notebooks alone, and of the sheets of
the wards, which differ in nothing but the ward, only `--sheets`; their seconds count for all.
(c) and (d) also make findings, page, letter, annexes and sheets, and search them for leaks; their
pages are compared byte by byte. Wall and processor seconds are told: the second are what counts on
a machine that does other work meanwhile. `--back N` adds N months in one command, against (a) for
three of them, extrapolated.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from measuring import ROOT, UNITS, apart, judge, keep, measure, measure_motcua, run_words
from motcua.base.calendar import next_month
from motcua.running.execute import Task

PROGRAMS = Path(sys.executable).parent
API = """
import json, sys
from pathlib import Path
import papermill
from nbconvert import HTMLExporter
out, *tasks = sys.argv[1:]
for name, parameters, target in map(json.loads, tasks):
    target = Path(out) / f"{target}.ipynb"
    papermill.execute_notebook(f"notebooks/{name}.ipynb", target, parameters, progress_bar=False)
    target.with_suffix(".html").write_text(HTMLExporter().from_filename(target)[0], "utf-8")
"""
PLOOMBER = """
import json, sys
from pathlib import Path
from ploomber_engine import execute_notebook
out, *tasks = sys.argv[1:]
for name, parameters, target in map(json.loads, tasks):
    target = str(Path(out) / f"{target}.ipynb")
    execute_notebook(f"notebooks/{name}.ipynb", target, parameters=parameters, progress_bar=False)
"""
GOALS = {"wall_s": (30, 40), "cpu_s": (20, 25)}  # a / c of a month, and of 24 months
Figures = dict[str, float]


def by_hand(tasks: list[Task], out: Path) -> Figures:
    """Commands that a user would type, notebook after notebook."""
    commands = []
    for task in tasks:
        source, target = f"notebooks/{task.notebook}.ipynb", str(out / f"{task.target}.ipynb")
        given = [word for pair in task.parameters.items() for word in ("-r", *pair)]
        commands += [
            [str(PROGRAMS / "papermill"), source, target, *given, "--no-progress-bar"],
            [str(PROGRAMS / "jupyter"), "nbconvert", "--to", "html", target],
        ]
    return measure(*commands)


def by_api(tasks: list[Task], out: Path) -> Figures:
    """One process that executes notebooks one after the other."""
    return measure([sys.executable, "-c", API, str(out), *told(tasks)])


def by_ploomber(tasks: list[Task], out: Path) -> Figures:
    """ploomber-engine, from the folder that `make bench` puts it into; it sends no statistics."""
    env = {"PYTHONPATH": os.environ["PLOOMBER"], "PLOOMBER_STATS_ENABLED": "false"}
    return measure([sys.executable, "-c", PLOOMBER, str(out), *told(tasks)], env=env)


def told(tasks: list[Task]) -> list[str]:
    """Tasks as words of a command."""
    return [json.dumps([task.notebook, dict(task.parameters), task.target]) for task in tasks]


def tasks_of(month: str, data: str) -> tuple[list[Task], list[Task]]:
    """Notebooks of the city, and those of all wards."""
    import motcua
    from motcua.running import run

    tasks = run._tasks(run.make_job(month, data=data), motcua.load(month, data=data))
    city = [task for task in tasks if task.notebook in run.CITY]
    return city, [task for task in tasks if task.notebook not in run.CITY]


def for_all(
    way: Callable[[list[Task], Path], Figures],
    tasks: tuple[list[Task], list[Task]],
    sheets: int,
    out: Path,
) -> Figures:
    """Figures of the city's notebooks and of some sheets, as if for every ward."""
    city, wards = tasks
    whole, some, share = way(city, out), way(wards[:sheets], out), len(wards) / sheets
    told = {unit: round(whole[unit] + some[unit] * share, 2) for unit in UNITS}
    return told | {"peak_mb": max(whole["peak_mb"], some["peak_mb"])}


def in_month(tasks: list[Task], month: str) -> list[Task]:
    """Tasks of another month."""
    return [replace(t, parameters={**t.parameters, "month": month}) for t in tasks]


def measure_all(options: argparse.Namespace, data: str, month: str, out: Path) -> dict:
    """Figures of every way."""
    tasks = apart(tasks_of, month, data)
    (out / "wards").mkdir()
    figures = {
        "a": for_all(by_hand, tasks, options.sheets, out),
        "b": for_all(by_api, tasks, options.sheets, out),
        "c": measure_motcua(*run_words(month, data, out / "c", "--force")),
        "d": measure([sys.executable, "benchmarks/floor.py", month, data, str(out / "d")]),
        "e": by_ploomber(tasks[0], out),
        "report": measure_motcua(*run_words(month, data, out / "r", "--only", "report")),
        "unchanged": measure_motcua(*run_words(month, data, out / "c")),
    }
    pages = [(out / way / month / "report.html").read_bytes() for way in "cd"]
    if pages[0] != pages[1]:
        raise SystemExit("motcua and the floor made different pages")
    if options.back:
        three = [next_month(month, -i * (options.back // 3)) for i in range(3)]
        moved = [tuple(in_month(some, m) for some in tasks) for m in three]
        totals = [for_all(by_hand, some, options.sheets, out) for some in moved]
        figures["a_3_months"] = {u: round(sum(total[u] for total in totals), 2) for u in UNITS}
        first = next_month(month, 1 - options.back)
        figures["c_back"] = measure_motcua(*run_words(f"{first}..{month}", data, out / "back"))
    found = json.loads((out / "c" / month / "findings.json").read_text("utf-8"))
    return figures | {"resolved": found["city"]["resolved"]}


def targets(figures: dict[str, Figures], back: int) -> list[tuple[str, float, str, float]]:
    """Targets and what was measured, by wall and by processor seconds."""
    found = []
    for unit in UNITS:
        get = {name: figure[unit] for name, figure in figures.items()}
        found += [
            (f"a / c, {unit}", get["a"] / get["c"], ">=", GOALS[unit][0]),
            (f"b / c, {unit}", get["b"] / get["c"], ">=", 1),
            (f"c / d, {unit}", get["c"] / get["d"], "<=", 1.5),
            (f"e / c --only report, {unit}", get["e"] / get["report"], ">=", 1),
        ]
        if back:
            ratio = get["a_3_months"] / 3 * back / get["c_back"]
            found.append(
                (f"{back} months: a (from 3 months) / c, {unit}", ratio, ">=", GOALS[unit][1])
            )
    c = figures["c"]
    return [
        *found,
        ("a month that has not changed, wall_s", figures["unchanged"]["wall_s"], "<=", 1),
        ("c: peak memory of its own process, MB", c["own_peak_mb"], "<=", 450),
        ("c: peak memory of its largest child, MB", c["child_peak_mb"], "<=", 450),
    ]


def main() -> None:
    """Measure, print whether each target is met, keep the JSON."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", default="data/sample")
    parser.add_argument("--month", default="2024-01")
    parser.add_argument("--sheets", type=int, default=3, help="sheets of wards that are timed")
    parser.add_argument("--back", type=int, default=0, help="months of a backfill")
    parser.add_argument("--keep", metavar="NAME", help="keep benchmarks/results/NAME.json")
    options = parser.parse_args()
    data = str((ROOT / options.data).resolve())
    with TemporaryDirectory() as folder:
        figures = measure_all(options, data, options.month, Path(folder))
    resolved = figures.pop("resolved")
    for name, figure in figures.items():
        print(f"{name:10} {figure}")
    judged = judge(targets(figures, options.back))
    if options.keep:
        told = {"month": options.month, "resolved": resolved, "sheets": options.sheets}
        keep(options.keep, {**told, "figures": figures, "targets": judged})


if __name__ == "__main__":
    main()
