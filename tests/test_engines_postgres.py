"""Every measure on a real PostgreSQL server of its own: the same numbers and the same words as in DuckDB."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import late_crm
import other_engines
import pyarrow.parquet as pq
import pytest

from kpi_workshop.crm import embedded, engines, warehouse
from kpi_workshop.crm.measures import COMPUTABLE, availability, data_notes, measure_table
from kpi_workshop.crm.tables import ARROW, TABLES
from kpi_workshop.engagement import Engagement
from kpi_workshop.errors import WorkshopError

_TYPES = dict(zip(ARROW, ("text", "double precision", "bigint", "boolean", "date", "timestamp"), strict=True))

LACKING = {"pushed_close_dates", "forecast_accuracy"}
"""What follows from one import to the next, of which an engine elsewhere has none."""


def _programs() -> Path | None:
    found = [Path(program).parent for program in [shutil.which("initdb")] if program]
    found += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((folder for folder in found if (folder / "initdb").exists()), None)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The URL of a server that exists for these tests only, on a socket in a folder of its own."""
    pytest.importorskip("psycopg", reason="psycopg is not installed: kpi-workshop[engines]")
    programs = _programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed on this machine")
    folder = Path(tempfile.mkdtemp(prefix="kpi-pg-"))
    # The server refuses to run as root.
    as_user = []
    if os.name == "posix" and os.geteuid() == 0:
        shutil.chown(folder, "postgres")
        as_user = ["runuser", "-u", "postgres", "--"]

    def program(name: str, *args: str) -> None:
        subprocess.run([*as_user, str(programs / name), *args], check=True, cwd=folder, stdout=subprocess.DEVNULL)

    data, log = folder / "data", folder / "log"
    try:
        program("initdb", "-D", str(data), "-U", "kpi", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        options = f"-k {folder} -h '' -c fsync=off -c jit=off -c timezone=Asia/Tokyo"
        program("pg_ctl", "-D", str(data), "-w", "-l", str(log), "-o", options, "start")
        try:
            yield f"postgres://kpi:no-secret@/postgres?host={folder}"
        finally:
            program("pg_ctl", "-D", str(data), "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def acme(tmp_path_factory: pytest.TempPathFactory) -> Engagement:
    return other_engines.client(tmp_path_factory.mktemp("engines") / "acme")


@pytest.fixture(scope="module")
def there(acme: Engagement, server: str) -> Iterator[Engagement]:
    import psycopg

    with psycopg.connect(server, autocommit=True) as db:
        db.execute("CREATE SCHEMA crm")
        for name in sorted(engines.tables_present(acme) & set(embedded.IMPORTED)):
            columns = TABLES[name].columns
            names = ", ".join(f'"{c.name}"' for c in columns)
            said = ", ".join(f'"{c.name}" {_TYPES[c.type]}' for c in columns)
            db.execute(f'CREATE TABLE crm."kpi_{name}" ({said})')
            rows = pq.read_table(acme.tables / f"{name}.parquet", columns=[c.name for c in columns]).to_pylist()
            with db.cursor() as cursor, cursor.copy(f'COPY crm."kpi_{name}" ({names}) FROM STDIN') as copy:
                for row in rows:
                    copy.write_row(list(row.values()))
    os.environ[other_engines.URL] = server
    yield other_engines.elsewhere(acme)
    del os.environ[other_engines.URL]
    warehouse.forget()


@pytest.mark.parametrize("measure", COMPUTABLE)
def test_postgres_says_what_duckdb_says(acme: Engagement, there: Engagement, measure: str) -> None:
    assert list(other_engines.differences(acme, there, measure, grouped=4)) == []


@pytest.mark.parametrize("start", ["lead", "first contact"])
@pytest.mark.parametrize("measure", ["sales_cycle_length", "median_sales_cycle_length"])
def test_cycles_from_another_start_are_the_same(acme: Engagement, there: Engagement, measure: str, start: str) -> None:
    both = other_engines.cycles_from(acme, start), other_engines.cycles_from(there, start)
    assert list(other_engines.differences(*both, measure, grouped=4)) == []


def test_the_data_hold_what_most_measures_need(acme: Engagement, there: Engagement) -> None:
    reasons = availability(acme, as_of=other_engines.AS_OF)
    assert availability(there, as_of=other_engines.AS_OF) == reasons
    assert {measure for measure, reason in reasons.items() if reason} <= LACKING


def test_what_is_said_of_the_data_as_a_whole_is_the_same(acme: Engagement, there: Engagement) -> None:
    told = data_notes(acme, as_of=other_engines.AS_OF)
    assert told and data_notes(there, as_of=other_engines.AS_OF) == told
    assert engines.last_day(there) == engines.last_day(acme)
    assert engines.tables_present(there) == engines.tables_present(acme)


def test_a_table_without_what_a_measure_needs_is_refused_by_name(there: Engagement, server: str) -> None:
    import psycopg

    with psycopg.connect(server, autocommit=True) as db:
        db.execute("CREATE SCHEMA half; CREATE TABLE half.leads (lead_id text, created_at text)")
        db.execute("CREATE TABLE half.opportunities (opportunity_id text)")
    half = other_engines.elsewhere(there, tables_in="half", prefix="")
    with pytest.raises(WorkshopError) as refused:
        engines.last_day(half)
    assert "'leads.created_at' is text" in str(refused.value)
    assert "'opportunities' has no column 'seller' (Who owns it)" in str(refused.value)


def test_timestamps_with_a_zone_say_what_an_import_of_the_files_says(there: Engagement, server: str, tmp_path) -> None:
    import psycopg

    late = late_crm.client(tmp_path)
    with psycopg.connect(server, autocommit=True) as db:
        db.execute("CREATE SCHEMA late")
        for table in late_crm.TABLES:
            make, fill, rows = late_crm.written(table, "late", "%s")
            db.execute(make)
            with db.cursor() as cursor:
                cursor.executemany(fill, rows)
    instants = other_engines.elsewhere(late, tables_in="late", prefix="")
    assert list(late_crm.differences(late, instants)) == []
    assert engines.last_day(instants) == engines.last_day(late)


def test_names_in_upper_case_and_numbers_of_another_type_are_understood(there: Engagement, server: str) -> None:
    import psycopg

    with psycopg.connect(server, autocommit=True) as db:
        db.execute(
            'CREATE SCHEMA loud; CREATE TABLE loud."OPPORTUNITIES" ("OPPORTUNITY_ID" text, "SELLER" text, '
            '"STATUS" varchar(9), "OPENED_ON" date, "CLOSED_ON" timestamp, "AMOUNT" numeric(12, 2))'
        )
        db.execute("INSERT INTO loud.\"OPPORTUNITIES\" VALUES ('1', 'Ann', 'won', '2024-01-02', '2024-02-03', 12.50)")
    loud = other_engines.elsewhere(there, tables_in="loud", prefix="")
    table = measure_table(loud, "revenue", by="organisation", every="all", as_of=other_engines.AS_OF)
    assert table["value"].tolist() == [12.5]


def test_what_the_server_says_is_told_without_the_password(there: Engagement, server: str) -> None:
    os.environ["KPI_WORKSHOP_WRONG"] = server.replace("/postgres?", "/nowhere?")
    wrong = other_engines.elsewhere(there, url_from="KPI_WORKSHOP_WRONG")
    with pytest.raises(WorkshopError, match=r"'postgres' refused the connection.*nowhere") as refused:
        engines.tables_present(wrong)
    assert "no-secret" not in str(refused.value)
