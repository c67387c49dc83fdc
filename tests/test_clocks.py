"""Timestamps with a zone in a client's own engine count on the day it was where the seller works."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import ibis
import ibis.expr.datatypes as dt
import late_crm
import other_engines
import pytest

from kpi_workshop.crm import clocks, engines, warehouse
from kpi_workshop.crm.measures import measure_table
from kpi_workshop.engagement import Engagement
from kpi_workshop.errors import WorkshopError

pytestmark = pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning")


@pytest.fixture(scope="module")
def acme(tmp_path_factory: pytest.TempPathFactory) -> Engagement:
    return late_crm.client(tmp_path_factory.mktemp("late"))


@pytest.fixture
def there(acme: Engagement, tmp_path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engagement]:
    with duckdb.connect(str(tmp_path / "crm.duckdb")) as db:
        for table in late_crm.TABLES:
            make, fill, rows = late_crm.written(table, "main", "?")
            db.execute(make)
            db.executemany(fill, rows)
        as_text = 'SELECT * REPLACE ("at"::VARCHAR AS "at") FROM activities'
        db.execute(f"CREATE SCHEMA words; CREATE TABLE words.activities AS {as_text}")
    monkeypatch.setenv(other_engines.URL, f"duckdb://{tmp_path}/crm.duckdb")
    yield other_engines.elsewhere(acme, tables_in="main", prefix="")
    warehouse.forget()


def test_a_call_late_on_sunday_in_new_york_is_one_of_the_week_that_ends(acme: Engagement, there: Engagement) -> None:
    for engagement in (acme, there):
        table = measure_table(engagement, "calls_made", by="seller", every="week", as_of=late_crm.AS_OF)
        counted = {(row.by, f"{row.period_start:%d %b}"): row.value for row in table.itertuples() if row.value > 0}
        # By hand: A1 was Sunday 10 March in New York, A2 Monday 11 March in Berlin, A3 Monday in Tokyo; A5 is the
        # hour that summer time skips, still Sunday 31 March.
        assert counted == {
            ("Ann Lee", "04 Mar"): 1, ("Bob Ray", "11 Mar"): 1, ("Cho Kim", "11 Mar"): 1, ("Bob Ray", "25 Mar"): 1,
            ("Zed", "18 Mar"): 1,
        }  # fmt: skip


def test_duckdb_says_of_timestamps_with_a_zone_what_an_import_of_the_files_says(
    acme: Engagement, there: Engagement
) -> None:
    assert list(late_crm.differences(acme, there)) == []
    assert engines.last_day(there) == engines.last_day(acme)


def test_moments_written_as_text_are_refused_for_their_zone_would_be_lost(there: Engagement) -> None:
    with pytest.raises(WorkshopError, match=r"'activities.at' is text. Give a view that makes a timestamp of it"):
        engines.last_day(other_engines.elsewhere(there, tables_in="words", prefix=""))


WRITTEN = {
    "bigquery": "DATETIME(`t0`.`at`, 'Asia/Tokyo')",
    "snowflake": """CAST(CONVERT_TIMEZONE('Asia/Tokyo', "t0"."at") AS TIMESTAMP)""",
    "trino": """CAST(AT_TIMEZONE("t0"."at", 'Asia/Tokyo') AS TIMESTAMP)""",
    "postgres": """TIMEZONE('Asia/Tokyo', "t0"."at")""",
}


@pytest.mark.parametrize("engine", WRITTEN)
def test_the_clock_is_written_in_each_engines_own_words(engine: str) -> None:
    activities = ibis.table({"activity_id": "string", "seller": "string", "at": dt.Timestamp("UTC")}, name="activities")
    whose = clocks.Clocks("Europe/Berlin", (("Asia/Tokyo", ("Cho Kim",)),))
    table = clocks.told("activities", {"activities": activities}, ["at"], whose, engine)
    assert WRITTEN[engine] in ibis.to_sql(table, dialect=engine)
    assert table.schema()["at"] == dt.timestamp
