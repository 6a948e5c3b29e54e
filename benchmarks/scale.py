"""How a month's findings scale: 1, 10 and 100 million dossiers, memory capped at 4 GiB.

    python benchmarks/scale.py 1e6 1e7 1e8 [--units 3321] [--history 13] [--keep NAME]

For each size a store of synthetic dossiers is written (beyond 10 million, copies of a part with new
numbers), and asked in three ways, each in a process of its own, the file cache warm:

- `motcua run MONTH --only findings`, measured from outside;
- by hand: a query that counts the months looked back on, as somebody writes it who needs these
  numbers once; and, as `facts`, which the command is held against, also further ones that fetch
  what else the findings know of dossiers (late and overdue ones, officials, signs), one after the
  other;
- `measures`: the queries that motcua makes of its measures for what the one by hand counts, with
  all causes.

Told: seconds, the ratios of both to those by hand, growth of the seconds over that of the dossiers
since the size before (1: linear), peak memory. All must count the same. A store of 100 million
takes 0.5 GB of disk.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import tempfile
import time
from pathlib import Path

import duckdb
from measuring import apart, judge, keep, measure_motcua, run_words
from motcua.reading.store import META, STORE_VERSION

MONTH, START, END = "2024-01", "2023-12-15", "2024-01-14"
MEMORY = "4GB"
BYTES = 20  # of disk that a dossier takes at most while its store is written
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

# What each of the queries by hand begins with.
STATE = """
with months as (
  select unnest([{firsts}]) as s, unnest([{lasts}]) as e
), state as (
  select *, received_at::date as came, due_at::date as due, result_at::date as made,
    case when status_group not in ('withdrawn', 'returned', 'stopped')
      then closed_at::date end as done,
    case when status_group in ('withdrawn', 'returned', 'stopped')
      then coalesce(closed_at, returned_at, result_at)::date end as gone
  from read_parquet('{place}/month=*/*.parquet'), months
  where status_group <> 'not_received' and received_at::date <= e
    and (coalesce(closed_at, returned_at, result_at) is null
      or coalesce(closed_at, returned_at, result_at)::date >= s)
)
"""
# The counts and one cause of all months, as one writes them once.
BY_HAND = (
    STATE
    + """
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
)
LATE = "done between s and e and done > due"
OPEN_OVERDUE = "(coalesce(gone, done) is null or coalesce(gone, done) > e) and due < e"
ON_TIME = "done between s and e and done <= due and s = date '{start}'"
# What else findings.json and its tables need of single dossiers.
FACTS = (
    f"""select s, ward, dossier_id, procedure, field, channel, official, due, done, result_at,
      returned_at, apology_at, division, division_received_at, division_due_at,
      division_returned_at, late_cause, evidence
    from state where {LATE}""",
    f"""select s, ward, dossier_id, due, result_at, returned_at, apology_at
    from state where {OPEN_OVERDUE}""",
    "select official, count(*) from state where done between s and e group by all",
    f"select ward, count(*) filter (done = due), count(*) from state "
    f"where {ON_TIME} and due - came >= 2 group by all",
    "select ward, official, closed_at from state where done between s and e and s = date '{start}'",
)


# More of the same dossiers, with other numbers.
COPIES = """
copy (
  select * exclude (n) replace (dossier_id || '-' || n as dossier_id)
  from read_parquet('{place}/month=*/*.parquet', hive_types = {{'month': varchar}}),
    range(1, {copies}) as t(n)
) to '{copied}' (format parquet, partition_by (month), compression zstd)
"""
FEW = 100  # units at most of a city
MOST_OF_FEW, MOST_OF_MANY = 1.5, 2  # times the facts by hand
DRAWN = 10_000_000  # at most so many are drawn; more are copies, which takes a tenth of the time


def connect(folder: Path) -> duckdb.DuckDBPyConnection:
    """Database within the bound of memory, which spills into a folder."""
    options = {"memory_limit": MEMORY, "temp_directory": str(folder / "tmp")}
    return duckdb.connect(config=options | {"preserve_insertion_order": False})


def make_store(folder: Path, size: int, units: int) -> None:
    """Write a store of so many dossiers: a multiple of DRAWN, or less than that."""
    place = folder / "dossiers"
    place.mkdir(parents=True)
    con = connect(folder)
    values = {"first": 0, "last": min(size, DRAWN), "units": units, "seed": SEED}
    con.execute(DOSSIERS.format(**values, days=DAYS, day0=FIRST_DAY, place=place))
    if size > DRAWN:
        copied = folder / "copied"
        con.execute(COPIES.format(place=place, copied=copied, copies=size // DRAWN))
        for file in copied.glob("month=*/*.parquet"):
            file.rename(place / file.parent.name / f"copy_{file.name}")
        shutil.rmtree(copied)
    shutil.rmtree(folder / "tmp", ignore_errors=True)
    meta = {"schema_version": STORE_VERSION, "synthetic": True, "exported_at": "2024-12-31",
            "rows_read": size, "rows_set_aside": 0}  # fmt: skip
    (place / META).write_text(json.dumps(meta), "utf-8")


def run_motcua(store: Path, folder: Path, history: int) -> dict[str, float]:
    """Figures of the command in a process of its own."""
    params = folder / "p.yaml"
    params.write_text(f"units: from_data\nhistory_months: {history}\n", "utf-8")
    options = ["--only", "findings", "--force", "--params", str(params)]
    words = run_words(MONTH, store, folder / "out", *options)
    return measure_motcua(*words, env={"MOTCUA_MEMORY": MEMORY})


def run_by_hand(store: Path, folder: Path, history: int) -> tuple[list[float], dict[str, int]]:
    """Seconds of the first query and of all; and what the first counted in the month."""
    months = [(2024 + (1 - back - 1) // 12, (1 - back - 1) % 12 + 1) for back in range(history)]
    before = [(y - (m == 1), (m - 2) % 12 + 1) for y, m in months]
    firsts = ", ".join(f"date '{y}-{m:02d}-15'" for y, m in before)
    lasts = ", ".join(f"date '{y}-{m:02d}-14'" for y, m in months)
    values = {"firsts": firsts, "lasts": lasts, "place": store / "dossiers", "start": START}
    con, begun = connect(folder), time.perf_counter()
    table = con.execute(BY_HAND.format(**values)).df()
    seconds = [time.perf_counter() - begun]
    for query in FACTS:
        con.execute((STATE + query).format(**values)).df()
    seconds.append(time.perf_counter() - begun)
    now = table[table["s"] == START]
    return seconds, {c: int(now[c].sum()) for c in table.columns if c not in ("ward", "s")}


def run_measures(store: Path, folder: Path) -> float:
    """Seconds of motcua's counts and causes of all months; libraries loaded, store opened."""
    from motcua import load

    os.environ["MOTCUA_MEMORY"] = MEMORY
    month = load(MONTH, store, folder / "p.yaml")
    asked = month.period, month.periods
    begun = time.perf_counter()
    month.lookback().of("counts", *asked)
    month.lookback().of("causes", *asked)
    return time.perf_counter() - begun


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


def measure_size(store: Path, size: int, args: argparse.Namespace, folder: Path) -> dict:
    """Figures of one size."""
    if not store.exists():
        if shutil.disk_usage(folder).free < size * BYTES:
            raise SystemExit(f"{size:,} dossiers need {size * BYTES >> 30} GiB in {folder}")
        apart(make_store, store, size, args.units)
    told = run_motcua(store, folder, args.history)
    (hand, facts), counted = apart(run_by_hand, store, folder, args.history)
    compare(json.loads((folder / "out" / MONTH / "findings.json").read_text("utf-8")), counted)
    seconds = {
        "by_hand_s": hand,
        "facts_s": facts,
        "measures_s": apart(run_measures, store, folder),
    }
    return {"dossiers": size, **told} | {name: round(s, 2) for name, s in seconds.items()}


def main() -> None:
    """Measure the sizes, print whether the targets are met, keep the JSON."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("sizes", nargs="+", type=lambda text: int(float(text)))
    parser.add_argument("--units", type=int, default=3321)
    parser.add_argument("--history", type=int, default=13, help="months looked back on")
    parser.add_argument("--folder", type=Path, help="where stores stay, and are found again")
    parser.add_argument("--keep", metavar="NAME", help="keep benchmarks/results/NAME.json")
    args = parser.parse_args()
    results, targets = [], []
    most = MOST_OF_FEW if args.units <= FEW else MOST_OF_MANY
    if args.folder:
        args.folder.mkdir(parents=True, exist_ok=True)
    for size in args.sizes:
        with tempfile.TemporaryDirectory(prefix="scale", dir=args.folder) as place:
            folder = Path(place)
            store = (args.folder or folder) / f"store{size}-{args.units}"
            row = measure_size(store, size, args, folder)
        print(json.dumps(row), flush=True)
        if size >= DRAWN:  # below, starting takes longer than asking
            ratio = row["wall_s"] / row["facts_s"]
            targets.append((f"{size:,}: command / facts by hand", ratio, "<=", most))
        targets.append((f"{size:,}: peak memory, MB", row["peak_mb"], "<=", 4096))
        if results:
            last = results[-1]
            growth = row["wall_s"] / last["wall_s"] / (size / last["dossiers"])
            targets.append((f"{size:,}: growth against {last['dossiers']:,}", growth, "<=", 1))
        results.append(row)
    told = {"units": args.units, "history_months": args.history, "sizes": results}
    judged = judge(targets)
    if args.keep:
        keep(args.keep, {**told, "targets": judged})


if __name__ == "__main__":
    main()
