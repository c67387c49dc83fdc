"""Every measure on a real Spark, run on this machine: the same numbers and the same words as in DuckDB."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import late_crm
import other_engines
import pytest

from kpi_workshop.crm import embedded, engines, warehouse
from kpi_workshop.crm.measures import COMPUTABLE, availability
from kpi_workshop.engagement import Engagement

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore:.*pandas 4.0", "ignore:.*copy keyword")

_QUIET = {
    "spark.master": "local[1]",
    "spark.ui.enabled": "false",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.sql.shuffle.partitions": "1",
    "spark.default.parallelism": "1",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    "spark.log.level": "ERROR",
}
"""Small data on one core: no exchange between workers, and plans too short-lived to be worth compiling."""


@pytest.fixture(scope="module")
def acme(tmp_path_factory: pytest.TempPathFactory) -> Engagement:
    return other_engines.client(tmp_path_factory.mktemp("engines") / "acme")


@pytest.fixture(scope="module")
def there(acme: Engagement, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engagement]:
    pyspark = pytest.importorskip("pyspark.sql", reason="pyspark is not installed: kpi-workshop[engines]")
    java = shutil.which("java")
    if java is None or subprocess.run([java, "-version"], capture_output=True, check=False).returncode:
        pytest.skip("Java is not installed on this machine")
    builder = pyspark.SparkSession.builder.config("spark.sql.warehouse.dir", str(tmp_path_factory.mktemp("spark")))
    for name, value in _QUIET.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sql("CREATE DATABASE crm")
    for name in sorted(engines.tables_present(acme) & set(embedded.IMPORTED)):
        session.sql(f"CREATE TABLE crm.kpi_{name} USING parquet LOCATION '{acme.tables / name}.parquet'")
        session.sql(f"CACHE TABLE crm.kpi_{name}")
    os.environ[other_engines.URL] = "pyspark://"
    yield other_engines.elsewhere(acme)
    del os.environ[other_engines.URL]
    warehouse.forget()
    session.stop()


@pytest.mark.parametrize("measure", COMPUTABLE)
def test_spark_says_what_duckdb_says(acme: Engagement, there: Engagement, measure: str) -> None:
    assert list(other_engines.differences(acme, there, measure, grouped=1)) == []


@pytest.mark.parametrize("start", ["lead", "first contact"])
@pytest.mark.parametrize("measure", ["sales_cycle_length", "median_sales_cycle_length"])
def test_cycles_from_another_start_are_the_same(acme: Engagement, there: Engagement, measure: str, start: str) -> None:
    both = other_engines.cycles_from(acme, start), other_engines.cycles_from(there, start)
    assert list(other_engines.differences(*both, measure, grouped=1)) == []


def test_the_same_measures_are_computable_for_the_same_reasons(acme: Engagement, there: Engagement) -> None:
    day = other_engines.AS_OF
    assert availability(there, as_of=day) == availability(acme, as_of=day)
    assert engines.last_day(there) == engines.last_day(acme)


def test_spark_instants_count_on_the_day_it_was_where_the_seller_works(there: Engagement, tmp_path: Path) -> None:
    from pyspark.sql import SparkSession

    session, late = SparkSession.getActiveSession(), late_crm.client(tmp_path)
    session.sql("CREATE DATABASE late")
    names, *rows = [line.split(",") for line in late_crm.LATE["activities.csv"].splitlines()]
    cells = session.createDataFrame([[cell or None for cell in row] for row in rows], names)
    cells.withColumn("at", cells["at"].cast("timestamp")).write.saveAsTable("late.activities")
    instants = other_engines.elsewhere(late, tables_in="late", prefix="")
    weeks = [("seller", "week")]
    assert list(other_engines.compared(late, instants, "calls_made", weeks, as_of=late_crm.AS_OF)) == []
