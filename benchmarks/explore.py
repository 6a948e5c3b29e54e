"""How quickly the analyst's bench answers, held against the plain way: pandas on every dossier.

    python benchmarks/explore.py [--per-month 50000] [--months 24]

Synthetic dossiers of 30 wards, so many a month, are read as any export. Each question is asked with
nothing remembered of an answer before. Printed: seconds of the first answer (the narrow tables are
made then), of the first answer by another completion event, of an answer, of the plain way, and
their ratio. Both ways must count the same numbers. Then each answer of the board to one month,
its chart and table drawn and packed for the browser.
"""

from __future__ import annotations

import argparse
import time
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pandas as pd
from measuring import fastest
from motcua.base.calendar import next_month
from motcua.bench.view import GROUPS, Bench, Selection
from motcua.bench.widgets import TABS, Workbench
from motcua.measures.state import count_causes, sum_flags, with_cause, with_state

REPEATS = 7
LAST = "2024-01"
BOUNDS = {"one month": 0.3, "two years": 1.0}  # seconds that an answer may take
SWITCH = {"one month": 1.0, "two years": 6.0}  # the first one by another completion event

# Due 1 to 15 days after receipt; one in fifty late by 3 days, one in a hundred still open.
DOSSIERS = """
copy (
  with drawn as (
    select i, names[cast(1 + hash(i) % len(names) as bigint)] as ward,
      cast(hash(i + 1) % {days} as int) as day,
      cast(1 + hash(i + 2) % 15 as int) as term, hash(i + 3) % 1000 as luck
    from range({rows}) as t(i), (select list(name) as names from read_csv('{register}')
      where valid_from is null)
  ), dated as (
    select *, date '{first}' + day as came, date '{first}' + day + term as due,
      case when luck < 990 then date '{first}' + day + term
        + case when luck < 20 then 3 when luck < 700 then -1 else 0 end end as done
    from drawn
  )
  select 'H19-' || i as "Mã hồ sơ", ward as "Đơn vị", 'Thủ tục ' || (luck % 20) as "Tên thủ tục",
    case when luck % 3 = 0 then 'Trực tuyến' else 'Trực tiếp' end as "Hình thức nộp",
    came::timestamp as "Ngày tiếp nhận", due::timestamp as "Ngày hẹn trả",
    greatest(done, came)::timestamp as "Ngày kết thúc xử lý",
    greatest(done - 3, came)::timestamp as "Ngày có kết quả",
  from dated where day >= {since} and day < {until}
) to '{path}' (format parquet)
"""


def make_data(folder: Path, per_month: int, months: int) -> None:
    """Write an export of so many dossiers for each of the months up to LAST."""
    (folder / "dossiers").mkdir(parents=True)
    register = Path(__file__).parents[1] / "data" / "reference" / "wards.csv"
    firsts = [pd.Timestamp(f"{next_month(LAST, -i)}-15") for i in range(months, -1, -1)]
    since = [(first - firsts[0]).days for first in firsts]
    wanted = {"days": since[-1], "rows": per_month * months, "first": firsts[0].date()}
    for number, span in enumerate(zip(since, since[1:], strict=False)):
        path = folder / "dossiers" / f"ho_so_{number:02d}_20240118.parquet"
        days = dict(zip(("since", "until"), span, strict=True))
        duckdb.execute(DOSSIERS.format(path=path, register=register, **wanted, **days))


def forget(bench: Bench) -> None:
    """Let the bench remember no answer, only its narrow tables."""
    for facts in bench._facts.values():
        facts._answers.clear()


def rates_by_bench(bench: Bench) -> pd.DataFrame:
    """Rates, causes and the ward x procedure table of the last month."""
    forget(bench)
    view = bench.view(Selection(LAST))
    view.late_by_cause, view.ward_procedures, view.days_late  # noqa: B018
    return view.rates


def history_by_bench(bench: Bench, months: int) -> pd.DataFrame:
    """Rate of the city in every month, with causes."""
    forget(bench)
    first = next_month(LAST, 1 - months)
    return bench.view(Selection(LAST, first=first)).monthly.city_history


def answers_of_board(bench: Bench) -> dict[str, tuple[float, float]]:
    """Time of each answer of the board, by the clock and by the processor, nothing remembered."""
    board = Workbench(bench)

    def answer() -> None:
        forget(bench)
        board.refresh()

    times = {}
    for tab, words in TABS.items():
        board.tabs.value = tab
        times[words] = fastest(answer, REPEATS)
    for group in GROUPS[1:]:
        board.extra["dossiers"]["group"].value = group
        times[f"{TABS['dossiers']}: {group}"] = fastest(answer, REPEATS)
    return times


def plain(dossiers: pd.DataFrame, bench: Bench, month: str) -> pd.DataFrame:
    """Counts per ward of a month, causes, ward x procedure, by pandas on every dossier."""
    start = bench.start
    state = with_state(dossiers, start.at(month).period, start.params)
    late = with_cause(state, start.inputs.table("incidents").df(), start.params)
    count_causes(late, ["code"])
    if month == LAST:
        sum_flags(state, ["code", "procedure"])
    return sum_flags(state, ["code"])


def main() -> None:
    """Print the table; fail when numbers differ or an answer takes too long."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--per-month", type=int, default=50_000)
    parser.add_argument("--months", type=int, default=24)
    args = parser.parse_args()
    lines = []
    for name, months in (("one month", 2), ("two years", args.months)):
        with TemporaryDirectory() as place:
            make_data(Path(place), args.per_month, months)
            bench = Bench.open(LAST, place)
            dossiers = bench.start.coded("dossiers").df()
            asked = sorted(next_month(LAST, -i) for i in range(1 if months == 2 else months))
            first = time.perf_counter()
            rates_by_bench(bench)
            first = time.perf_counter() - first
            switch = time.perf_counter()
            switched = bench.view(Selection(LAST, completion_event="result"))
            assert switched.rates["late"].sum() < bench.view(Selection(LAST)).rates["late"].sum()
            switch = time.perf_counter() - switch
            if months == 2:
                board = answers_of_board(bench)
                ours, busy = fastest(partial(rates_by_bench, bench), REPEATS)
                resolved = [int(rates_by_bench(bench)["resolved"].sum())]
            else:
                ask = partial(history_by_bench, bench, months)
                ours, busy = fastest(ask, REPEATS)
                table = history_by_bench(bench, months).set_index("month")
                resolved = [int(n) for n in table.loc[asked, "resolved"]]
            theirs, counted = 0.0, []
            for month in asked:
                began = time.perf_counter()
                counts = plain(dossiers, bench, month)
                theirs += time.perf_counter() - began
                counted.append(int(counts["resolved"].sum()))
            assert resolved == counted, (name, resolved, counted)
        lines.append((name, len(dossiers), first, switch, ours, busy, theirs))
    print("| question | dossiers | first | other event | answer | processor | pandas | ratio |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|")
    for name, rows, first, switch, ours, busy, theirs in lines:
        times = " | ".join(f"{t:.2f} s" for t in (first, switch, ours, busy, theirs))
        print(f"| {name} | {rows:,} | {times} | {theirs / ours:.1f} |")
    print("\n| answer of the board | time | processor |\n|---|---:|---:|")
    for name, (wall, busy) in board.items():
        print(f"| {name} | {wall:.2f} s | {busy:.2f} s |")
    slow = [name for name, times in board.items() if times[0] > BOUNDS["one month"]]
    slow += [n for n, _, _, s, ours, *_ in lines if ours > BOUNDS[n] or s > SWITCH[n]]
    if slow:
        raise SystemExit(f"Slower than {BOUNDS}, or {SWITCH} for another event: {slow}")


if __name__ == "__main__":
    main()
