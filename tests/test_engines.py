"""The engine that comes along, engines named by URL, what is kept between questions, and the SQL for other engines."""

from __future__ import annotations

import dataclasses
import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import other_engines
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from small_crm import D, seat, won, write

from kpi_workshop import engagement as engagements
from kpi_workshop.crm import atoms, compiled, embedded, engines, measures, queries, warehouse
from kpi_workshop.crm.formulas import ALL
from kpi_workshop.crm.measures import COMPUTABLE, measure_table
from kpi_workshop.crm.sources import storing
from kpi_workshop.engagement import Engagement, Engine
from kpi_workshop.errors import WorkshopError
from kpi_workshop.kinds import CRM, Import, Seat
from kpi_workshop.records import ALWAYS

GOLDEN = Path(__file__).parent / "golden"
WRITE = "KPI_WORKSHOP_WRITE_GOLDEN"
"""Set it to write the golden SQL anew; then read the difference."""


def computed_in(engagement: Engagement, **settings: object) -> Engagement:
    chosen = Engine.model_validate(settings)
    return dataclasses.replace(engagement, settings=engagement.settings.model_copy(update={"engine": chosen}))


def with_settings(engagement: Engagement, lines: str) -> Engagement:
    file = engagement.folder / engagements.SETTINGS_FILE
    file.write_text(f'name = "Acme"\n[engine]\n{lines}\n', encoding="utf-8")
    return engagements.load(engagement.folder)


@pytest.fixture(scope="module")
def acme(tmp_path_factory: pytest.TempPathFactory) -> Engagement:
    return other_engines.client(tmp_path_factory.mktemp("engines") / "acme")


# Engines named by URL


@pytest.mark.parametrize(
    "url",
    [
        "postgres://ann:hunter2@db.acme.example/crm",
        "snowflake://ann@acme/crm?password=hunter2",
        "databricks://host/path?access_token=hunter2&schema=x",
    ],
)
def test_a_secret_in_the_settings_is_refused_and_never_repeated(engagement: Engagement, url: str) -> None:
    with pytest.raises(WorkshopError, match="A secret never stands in this file") as refused:
        with_settings(engagement, f'url = "{url}"')
    assert "hunter2" not in str(refused.value)


def test_a_secret_is_named_as_an_environment_variable(engagement: Engagement, monkeypatch: pytest.MonkeyPatch) -> None:
    there = with_settings(engagement, 'url = "postgres://${ACME_USER}:${ACME_PASSWORD}@db.acme.example/crm"')
    monkeypatch.setenv("ACME_USER", "ann")
    with pytest.raises(WorkshopError, match="names the environment variable 'ACME_PASSWORD', which is not set"):
        engines.last_day(there)


def test_one_engine_has_one_url(engagement: Engagement) -> None:
    with pytest.raises(WorkshopError, match="by url or by url_from, not by both"):
        with_settings(engagement, 'url = "duckdb://"\nurl_from = "ACME"')


def test_an_engine_that_nobody_knows_is_told_in_one_line(engagement: Engagement) -> None:
    with pytest.raises(WorkshopError, match="The engine 'abacus' refused the connection"):
        engines.last_day(with_settings(engagement, 'url = "abacus://counting/room"'))


def test_an_engine_named_by_url_says_what_the_embedded_one_says(
    acme: Engagement, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import duckdb

    with duckdb.connect(str(tmp_path / "warehouse.ddb")) as db:
        db.execute("CREATE SCHEMA crm")
        for name in engines.tables_present(acme) & set(embedded.IMPORTED):
            db.execute(f"CREATE TABLE crm.kpi_{name} AS FROM '{acme.tables / name}.parquet'")
    monkeypatch.setenv("PLACE", "warehouse")
    there = computed_in(acme, url=f"duckdb://{tmp_path}/${{PLACE}}.ddb", **other_engines.PLACE)
    try:
        for measure in ("win_rate", "conversations", "open_pipeline", "time_in_stage"):
            assert list(other_engines.differences(acme, there, measure, grouped=4)) == []
        assert engines.last_day(there) == engines.last_day(acme)
    finally:
        warehouse.forget()


# The engine that comes along


def test_memory_and_threads_are_limited_as_the_settings_say(engagement: Engagement) -> None:
    with engines.session(with_settings(engagement, 'memory = "400MB"\nthreads = 2')) as engine:
        assert isinstance(engine, embedded.Embedded)
        rows = engine.rows_of("SELECT current_setting('memory_limit') AS memory, current_setting('threads') AS threads")
    assert rows.to_dict("records") == [{"memory": "381.4 MiB", "threads": 2}]


def test_a_question_is_compiled_once(acme: Engagement, monkeypatch: pytest.MonkeyPatch) -> None:
    first = measure_table(acme, "win_rate", as_of=other_engines.AS_OF)
    monkeypatch.setattr(compiled, "of", lambda _: pytest.fail("compiled again"))
    assert measure_table(acme, "win_rate", as_of=other_engines.AS_OF).equals(first)


def test_tables_of_an_earlier_version_lack_columns_and_still_answer(engagement: Engagement) -> None:
    write(engagement, "opportunities", [won("Ann", D(2024, 2, 3), 12.5)])
    file = engagement.tables / "opportunities.parquet"
    pq.write_table(pq.read_table(file).drop_columns(["list_amount", "expected_close_on"]), file)
    table = measure_table(engagement, "revenue", by="organisation", every="all", as_of=D(2024, 3, 1))
    assert table["value"].tolist() == [12.5]


def test_spellings_that_the_import_noted_change_no_number(engagement: Engagement) -> None:
    kinds = ["call", "Call ", "CALL", "email", "O'Call"]
    ways = ["Inbound", "outbound", None, "inbound ", None]
    at = pa.scalar(D(2024, 2, 3)).cast(pa.timestamp("us")).as_py()
    rows = [{"seller": "Ann", "type": kind, "at": at, "direction": way} for kind in kinds for way in ways]
    write(engagement, "activities", rows)
    before = measure_table(engagement, "calls_made", by="organisation", every="all")
    file = engagement.tables / "activities.parquet"
    pq.write_table(embedded.spelled("activities", pq.read_table(file)), file)
    assert measure_table(engagement, "calls_made", by="organisation", every="all").equals(before)
    assert before["value"].tolist() == [9]


def test_sums_by_seller_and_day_give_every_grain_the_same_numbers(
    acme: Engagement, monkeypatch: pytest.MonkeyPatch
) -> None:
    ways = [("organisation", "all"), ("team", "month")]

    def tables(measure: str) -> list:
        return [measure_table(acme, measure, by=by, every=every, as_of=other_engines.AS_OF) for by, every in ways]

    adding = [m for m in COMPUTABLE if ALL[m].shape in ("sum", "ratio") and ALL[m].events]
    plain = {measure: tables(measure) for measure in adding}
    monkeypatch.setattr(atoms, "LARGE", 1)
    for measure in adding:
        for before, after in zip(plain[measure], tables(measure), strict=True):
            numbers = ["value", "numerator", "denominator"]
            assert before.drop(columns=numbers).equals(after.drop(columns=numbers)), measure
            for name in numbers:
                for a, b in zip(before[name], after[name], strict=True):
                    assert (math.isnan(a) and math.isnan(b)) or math.isclose(a, b, rel_tol=1e-12), measure
    kept = {file.stem for file in (acme.cache / "atoms").rglob("*.parquet")}
    assert {"win_rate", "close_rate", "calls_made", "conversations", "revenue"} <= kept
    # Its numerator depends on the report date: within how many days a deal moved, as known on that day.
    assert "productive_conversations" not in kept


def test_a_newer_import_forgets_what_was_learned_of_the_older(engagement: Engagement) -> None:
    seat(engagement, Seat(person="Ann", team="Field"))
    write(engagement, "opportunities", [won("Ann", D(2024, 2, 3), 12.5)])
    assert engines.last_day(engagement) == D(2024, 2, 3)
    write(engagement, "opportunities", [won("Ann", D(2024, 2, 3), 12.5), won("Ann", D(2024, 2, 5), 7.5)])
    assert engines.last_day(engagement) == D(2024, 2, 5)
    assert measure_table(engagement, "revenue", every="all")["value"].tolist() == [20.0]


# One import, whole


def imported(engagement: Engagement, *deals: dict, seats: Sequence[Seat] = ()) -> None:
    """Put an import of deals and an org chart in place, both at one moment, as `sources` does."""
    number = engines.import_number(engagement) + 1
    done = Import(number=number, rows={"opportunities": len(deals)}, mapping="m", last_day=D(2024, 2, 5))
    engagement.records.save_all([*[(s.person, s) for s in seats], (CRM, done)], effective=ALWAYS)
    write(engagement, "opportunities", deals)


def test_an_import_in_the_middle_of_a_question_is_answered_whole(
    engagement: Engagement, monkeypatch: pytest.MonkeyPatch
) -> None:
    imported(engagement, won("Ann", D(2024, 2, 3), 10.0), seats=[Seat(person="Ann", team="Field")])
    real = measures.attribution

    def late(*given: Any, **named: Any) -> Any:
        monkeypatch.setattr(measures, "attribution", real)
        seated = real(*given, **named)
        moved = [Seat(person="Ann", team="Inside"), Seat(person="Bob", team="Field")]
        imported(engagement, won("Ann", D(2024, 2, 3), 10.0), won("Bob", D(2024, 2, 5), 7.0), seats=moved)
        return seated

    monkeypatch.setattr(measures, "attribution", late)
    table = measure_table(engagement, "revenue", every="all")
    assert table.set_index("by")["value"].to_dict() == {"Inside": 10.0, "Field": 7.0}


def test_a_damaged_table_is_named_with_the_remedy(engagement: Engagement) -> None:
    write(engagement, "opportunities", [won("Ann", D(2024, 2, 3), float(i)) for i in range(2000)])
    file = engagement.tables / "opportunities.parquet"
    whole = file.read_bytes()
    beginning = whole.index(b"PAR1") + 4
    for broken in (
        b"",
        whole[: len(whole) // 2],
        whole[:beginning] + bytes(len(whole) // 2) + whole[len(whole) // 2 :],
    ):
        file.write_bytes(broken)
        with pytest.raises(WorkshopError) as refused:
            measure_table(engagement, "revenue", by="organisation", every="all", as_of=D(2024, 3, 1))
        assert str(refused.value) == f"'{file}' is damaged and cannot be read. Remove it and import the export again."


def test_an_import_beside_a_damaged_table_changes_nothing_and_names_it(engagement: Engagement) -> None:
    imported(engagement, won("Ann", D(2024, 2, 3), 10.0))
    file = engagement.tables / "opportunities.parquet"
    file.write_bytes(file.read_bytes()[:200])
    with pytest.raises(WorkshopError, match="is damaged and cannot be read"):
        storing.put(engagement, {}, [], files={}, mapping_file=engagement.folder / engagements.SETTINGS_FILE)
    assert engines.import_number(engagement) == 1
    assert [place.name for place in engagement.every_import.iterdir()] == ["0001"]


def test_a_table_that_was_deleted_is_missed(engagement: Engagement) -> None:
    imported(engagement, won("Ann", D(2024, 2, 3), 10.0))
    (engagement.tables / "opportunities.parquet").unlink()
    with pytest.raises(WorkshopError, match=r"'opportunities.parquet' of the last import is no longer in .*0001\."):
        measure_table(engagement, "revenue", by="organisation", every="all")


# The SQL of other engines

SHOWN = ("win_rate", "median_deal_size", "calls_made", "open_pipeline", "productive_conversations")
DIALECTS = ("postgres", "bigquery", "snowflake", "trino")
WAREHOUSES = ("bigquery", "snowflake", "trino")


@pytest.mark.parametrize("dialect", WAREHOUSES)
def test_every_measure_compiles_for(dialect: str) -> None:
    import ibis

    for measure, formula in ALL.items():
        if formula.events or formula.standing or formula.shape == "snapshot":
            for alone in (False, True):
                query = queries.expression(measure, organisation=alone, in_one=alone)
                assert str(ibis.to_sql(query, dialect=dialect, pretty=False)).startswith(("SELECT", "WITH")), measure


@pytest.mark.parametrize("measure", SHOWN)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_sql_of_a_measure_is_what_was_read_and_found_right(dialect: str, measure: str) -> None:
    import ibis

    sql = str(ibis.to_sql(queries.expression(measure, organisation=False, in_one=False), dialect=dialect)) + "\n"
    file = GOLDEN / dialect / f"{measure}.sql"
    if os.environ.get(WRITE):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(sql.encode())
    assert sql == file.read_bytes().decode()
