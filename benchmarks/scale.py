"""How a month's findings scale: 1, 10 and 100 million dossiers, memory capped at 4 GiB.

    python benchmarks/scale.py 1e6 1e7 [1e8] [--months 24] [--units 3321] [--keep DIR]

For each size a store of synthetic dossiers is written, `motcua run MONTH --only findings` reads it
(one process, measured from outside), and a query written by hand counts the same month, as
somebody would who needs these numbers once. Printed: seconds, ratio to the hand-written query,
ratio of the seconds to those of the size before (linear: 10), peak memory.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from multiprocessing import Process
from pathlib import Path

import duckdb
from motcua.store import META, STORE_VERSION

MONTH, START, END = "2024-01", "2023-12-15", "2024-01-14"
MEMORY = "4GB"
FIRST_DAY, DAYS = "2022-12-15", 730
SEED = 1522

DOSSIERS = """
copy (
  with drawn as (
    select i, hash(i + {seed}) % {units} as unit, cast(hash(i + 2 * {seed}) % {days} as int) as day,
      cast(1 + hash(i + 3 * {seed}) % 15 as int) as term, hash(i + 4 * {seed}) % 1000 as luck,
      cast(hash(i + 5 * {seed}) % 86400 as int) as second,
    from range({first}, {last}) as t(i)
  ), dated as (
    select *, timestamp '{day0}' + to_days(day) + to_seconds(second) as received_at,
      timestamp '{day0}' + to_days(day + term) as due_at,
      case when luck < 990 then timestamp '{day0}'
        + to_days(day + term + case when luck < 30 then 3 when luck < 700 then -1 else 0 end)
      end as done
    from drawn
  )
  select 'H19-' || i as dossier_id, 'Đơn vị ' || lpad(cast(unit as varchar), 4, '0') as ward,
    'Thủ tục ' || (luck % 40) as procedure, 'Lĩnh vực ' || (luck % 8) as field,
    case when luck % 3 = 0 then 'Trực tuyến' else 'Trực tiếp' end as channel,
    received_at, due_at, null::timestamp as rescheduled_due_at,
    case when luck < 15 then due_at else done end as result_at,
    greatest(done, received_at) as returned_at, greatest(done, received_at) as closed_at,
    case when done is null then 'Đang xử lý' else 'Đã trả kết quả' end as status,
    'c' || (luck % 9) as official, '' as division, null::timestamp as division_received_at,
    null::timestamp as division_due_at, null::timestamp as division_returned_at,
    '' as late_cause, luck < 5 as evidence, null::timestamp as apology_at,
    case when done is null then 'in_progress' when luck = 989 then 'withdrawn' else 'done' end
      as status_group,
    strftime(received_at, '%Y-%m') as month,
  from dated
) to '{place}' (format parquet, partition_by (month), append true, compression zstd)
"""

# The counts, the causes and the history that findings.json holds, as one writes them once.
BY_HAND = """
with months as (
  select unnest([{firsts}]) as s, unnest([{lasts}]) as e
), state as (
  select ward, s, e, received_at::date as came, due_at::date as due, result_at::date as made,
    case when status_group not in ('withdrawn', 'returned', 'stopped')
      then closed_at::date end as done,
    case when status_group in ('withdrawn', 'returned', 'stopped')
      then coalesce(closed_at, returned_at, result_at)::date end as gone
  from read_parquet('{place}/month=*/*.parquet'), months
  where status_group <> 'not_received' and received_at::date <= e
    and (coalesce(closed_at, returned_at, result_at) is null
      or coalesce(closed_at, returned_at, result_at)::date >= s)
)
select ward, s, count(*) filter (came >= s) as received, count(*) filter (came < s) as carried_over,
  count(*) filter (done between s and e and done < due) as early,
  count(*) filter (done between s and e and done = due) as on_due_date,
  count(*) filter (done between s and e and done > due) as late,
  count(*) filter (gone between s and e) as withdrawn,
  count(*) filter (coalesce(gone, done) is null or coalesce(gone, done) > e) as open,
  count(*) filter ((coalesce(gone, done) is null or coalesce(gone, done) > e) and due < e)
    as overdue,
  count(*) filter (done between s and e and done > due and made <= due) as forgot
from state group by all
"""


def make_store(folder: Path, size: int, units: int) -> None:
    """Write a store in a process of its own, whose memory is nobody else's."""
    making = Process(target=_make_store, args=(folder, size, units))
    making.start()
    making.join()
    assert making.exitcode == 0, "the store could not be made"


def _make_store(folder: Path, size: int, units: int) -> None:
    place = folder / "dossiers"
    place.mkdir(parents=True)
    con = duckdb.connect(config={"memory_limit": MEMORY, "temp_directory": str(folder / "tmp")})
    step = 10_000_000
    for first in range(0, size, step):
        values = {"first": first, "last": min(first + step, size), "units": units, "seed": SEED}
        con.execute(DOSSIERS.format(**values, days=DAYS, day0=FIRST_DAY, place=place))
    meta = {"schema_version": STORE_VERSION, "synthetic": True, "exported_at": "2024-12-31",
            "rows_read": size, "rows_set_aside": 0}  # fmt: skip
    (place / META).write_text(json.dumps(meta), "utf-8")


def run_motcua(store: Path, folder: Path, history: int) -> tuple[float, float]:
    """Seconds and peak memory (MB) of the command in a process of its own."""
    params = folder / "p.yaml"
    params.write_text(f"units: from_data\nhistory_months: {history}\n", "utf-8")
    command = [sys.executable, "-m", "motcua.cli", "run", MONTH, "--only", "findings", "--force"]
    command += ["--data", str(store), "--params", str(params), "--out", str(folder / "out")]
    begun = time.perf_counter()
    pid = subprocess.Popen(
        command, env=os.environ | {"MOTCUA_MEMORY": MEMORY}, stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    ).pid  # fmt: skip
    _, status, used = os.wait4(pid, 0)
    assert status == 0, "motcua failed"
    return time.perf_counter() - begun, used.ru_maxrss / 1024


def run_by_hand(store: Path, folder: Path, history: int) -> tuple[float, dict[str, int]]:
    months = [(2024 + (1 - back - 1) // 12, (1 - back - 1) % 12 + 1) for back in range(history)]
    before = [(y - (m == 1), (m - 2) % 12 + 1) for y, m in months]
    firsts = ", ".join(f"date '{y}-{m:02d}-15'" for y, m in before)
    lasts = ", ".join(f"date '{y}-{m:02d}-14'" for y, m in months)
    con = duckdb.connect(config={"memory_limit": MEMORY, "temp_directory": str(folder / "tmp")})
    begun = time.perf_counter()
    table = con.execute(BY_HAND.format(firsts=firsts, lasts=lasts, place=store / "dossiers")).df()
    seconds = time.perf_counter() - begun
    now = table[table["s"] == START]
    return seconds, {c: int(now[c].sum()) for c in table.columns if c not in ("ward", "s")}


def compare(found: dict, counted: dict[str, int]) -> None:
    """Both must have counted the same."""
    city = found["city"]
    pairs = {"overdue": "open_overdue"}
    for name, n in counted.items():
        told = (
            city["late_by_cause"]["forgot_to_close"]
            if name == "forgot"
            else city[pairs.get(name, name)]
        )
        assert told == n, f"{name}: motcua {told}, by hand {n}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("sizes", nargs="+", type=lambda text: int(float(text)))
    parser.add_argument("--units", type=int, default=3321)
    parser.add_argument("--history", type=int, default=13, help="months looked back on")
    parser.add_argument("--keep", type=Path, help="folder where stores are kept and found again")
    args = parser.parse_args()
    results, before = [], None
    for size in args.sizes:
        folder = Path(tempfile.mkdtemp(prefix="scale"))
        store = (args.keep or folder) / f"store{size}-{args.units}"
        try:
            if not store.exists():
                make_store(store, size, args.units)
            seconds, memory = run_motcua(store, folder, args.history)
            hand, counted = run_by_hand(store, folder, args.history)
            found = json.loads((folder / "out" / MONTH / "findings.json").read_text("utf-8"))
            compare(found, counted)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        row = {"dossiers": size, "seconds": round(seconds, 1), "by_hand_seconds": round(hand, 1),
               "ratio": round(seconds / hand, 2), "peak_mb": round(memory),
               "growth": round(seconds / before, 1) if before else None}  # fmt: skip
        results.append(row)
        before = seconds
        print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
