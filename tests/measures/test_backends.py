"""The measures are written once: pandas, DuckDB and Spark must count the same, number by number."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import duckdb
import motcua
import pandas as pd
import pytest
from cases import late, load_rows, on_time
from duckdb import _relation
from exports import BIND, bind_once
from motcua.base.params import Params, period_of
from motcua.measures.state import count_causes, finished_in, sum_flags, with_cause, with_state
from motcua.papers.findings import build_findings

MONTH = "2024-01"
CHANGES = [
    {},
    {"rate_convention": "due_in_period", "due_basis": "rescheduled"},
    {"rate_convention": "workload", "withdrawn": "as_on_time"},
    {"rate_convention": "national_766", "completion_event": "result"},
    {"rate_convention": "received", "completion_event": "returned", "withdrawn": "as_on_time"},
    {"granularity": "time", "period_rule": "calendar"},
]
JAVA = (  # compiling well and looking at Spark's own classes take longer than counting
    "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC "
    "-XX:+UnlockDiagnosticVMOptions -XX:-BytecodeVerificationRemote"
)
IDS = ["default", "due in period", "workload", "QĐ 766", "received", "by the second"]


pytestmark = pytest.mark.usefixtures("own_cache")


@pytest.fixture(scope="module")
def spark() -> Iterator:
    from pyspark.sql import SparkSession

    os.environ["PYSPARK_PYTHON"] = sys.executable
    session = (
        SparkSession.builder.master("local[1]")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.adaptive.enabled", "false")
        .config("spark.sql.codegen.wholeStage", "false")  # compiling takes longer than counting
        .config("spark.sql.codegen.factoryMode", "NO_CODEGEN")
        .config("spark.driver.extraJavaOptions", JAVA)
        .config("spark.sql.shuffle.partitions", "1")
        .config("spark.sql.session.timeZone", "UTC")
        .getOrCreate()
    )
    yield session
    session.stop()


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> dict[str, str]:
    """The synthetic city's dossiers with their units, and incidents, as Parquet.

    Those that were closed months before the period, two in three of all, count for nothing in it.
    """
    folder = tmp_path_factory.mktemp("backends")
    month = motcua.load(MONTH, data="data/sample")
    paths = {name: str(folder / f"{name}.parquet") for name in ("dossiers", "incidents")}
    lately = "received_at >= '2023-11-01' or closed_at is null or closed_at >= '2023-12-01'"
    month.inputs.table("dossiers").filter(lately).write_parquet(paths["dossiers"])
    month.inputs.table("incidents").write_parquet(paths["incidents"])
    return paths


def counted(dossiers, incidents, params: Params) -> dict[str, dict]:
    """Counts per ward and per ward and cause, whatever the tables are."""
    period = period_of(MONTH, params)
    state = with_state(dossiers, period, params)
    late = with_cause(state, incidents, params)
    done = finished_in(dossiers, period, params)
    found = with_cause(with_state(done, period, params), incidents, params)
    tables = {
        "counts": sum_flags(state, ["ward"]),
        "causes": count_causes(late, ["ward"]),
        "causes of those finished": count_causes(found, ["ward"]),
    }
    return {name: _plain(table) for name, table in tables.items()}


def _plain(table) -> dict:
    """Rows by their keys, numbers as int: the form of the tables does not matter."""
    if not isinstance(table, pd.DataFrame):
        rows = [row.asDict() for row in table.collect()] if hasattr(table, "collect") else None
        table = pd.DataFrame(rows) if rows is not None else table.df()
    keys = [c for c in ("ward", "cause") if c in table]
    return {
        tuple(row.pop(key) for key in keys): {name: int(n) for name, n in row.items()}
        for row in table.to_dict("records")
    }


@pytest.mark.parametrize("changes", CHANGES, ids=IDS)
def test_pandas_duckdb_and_spark_count_the_same(spark, files, changes: dict) -> None:
    params = Params(**changes)
    con = duckdb.connect(config={"threads": 1})
    by_pandas = counted(*(pd.read_parquet(files[k]) for k in ("dossiers", "incidents")), params)
    by_duckdb = counted(*(con.read_parquet(files[k]) for k in ("dossiers", "incidents")), params)
    by_spark = counted(*(spark.read.parquet(files[k]) for k in ("dossiers", "incidents")), params)
    assert by_pandas == by_duckdb
    assert by_spark == by_duckdb
    assert len(by_duckdb["counts"]) == 30
    assert by_duckdb["causes"] == by_duckdb["causes of those finished"]
    assert sum(row["late"] for row in by_duckdb["counts"].values()) > 50


def test_spark_reads_the_days_that_a_store_holds(spark, tmp_path: Path) -> None:
    """A timestamp stays the wall clock it was, whatever the zone of the cluster."""
    duckdb.sql(
        f"copy (select timestamp '2024-01-14 23:59:59' as t) to '{tmp_path}/a.parquet' "
        "(format parquet)"
    )
    spark.conf.set("spark.sql.session.timeZone", "Asia/Ho_Chi_Minh")
    try:
        assert spark.read.parquet(f"{tmp_path}/a.parquet").collect()[0].t == datetime(
            2024, 1, 14, 23, 59, 59
        )
    finally:
        spark.conf.set("spark.sql.session.timeZone", "UTC")


def test_columns_that_tests_keep_of_a_step_are_those_that_duckdb_tells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the tests' months would be no months of motcua: see `bind_once`."""
    told = []

    def both(*of: object, **more: object) -> object:
        kept, now = bind_once(*of, **more), BIND(*of, **more)
        told.append((kept.names, kept.types, kept.return_type))
        assert told[-1] == (now.names, now.types, now.return_type)
        return kept

    monkeypatch.setattr(_relation, "_bind_with_stand_ins", both)
    for n in (1, 2):  # the second month asks again what the first one did
        build_findings(load_rows(tmp_path / str(n), [*on_time(3), *late(n)]))
    assert len(told) > 100
