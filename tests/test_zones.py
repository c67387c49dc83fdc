"""Moments that say their zone count on the day it was where the seller works, and on no other."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kpi_workshop.crm.measures import measure_table
from kpi_workshop.crm.sources import dates, import_crm
from kpi_workshop.engagement import Engagement
from kpi_workshop.errors import WorkshopError
from kpi_workshop.imports import people, people_columns
from kpi_workshop.kinds import Person

M, D = dt.datetime, dt.date

MAPPING = """
[people]
file = "people.csv"
columns = { person = "Name", name = "Name", time_zone = "Zone" }
[seats]
file = "people.csv"
columns = { person = "Name", team = "Team" }
[opportunities]
file = "deals.csv"
columns = { opportunity_id = "Id", seller = "Owner", status = "Status", opened_on = "Created", closed_on = "Closed" }
[stage_changes]
file = "moves.csv"
columns = { opportunity_id = "Deal", changed_at = "When", to_stage = "To" }
[activities]
file = "calls.csv"
columns = { activity_id = "Id", seller = "Owner", type = "Type", at = "When" }
"""
EXPORT = {
    "mapping.toml": MAPPING,
    "people.csv": "Name,Team,Zone\nAnn Lee,East,America/New_York\nBob Ray,West,\nCho Kim,Asia,Asia/Tokyo\n",
    "deals.csv": "Id,Owner,Status,Created,Closed\n"
    "D1,Ann Lee,Won,2024-02-01T03:00:00Z,2024-03-01\nD2,Bob Ray,Open,2024-02-01T03:00:00Z,\n",
    "moves.csv": "Deal,When,To\nD1,2024-02-05T02:00:00Z,Demo\nD2,2024-02-05T02:00:00Z,Demo\n",
    # Half past eleven on a Sunday night in New York; Monday in UTC, and afternoon in Tokyo.
    "calls.csv": "Id,Owner,Type,When\n"
    "A1,Ann Lee,call,2024-03-11T03:30:00Z\nA2,Bob Ray,call,2024-03-11T03:30:00Z\n"
    "A3,Cho Kim,call,2024-03-10T15:30:00Z\nA4,Ann Lee,call,2024-03-10T23:30:00-04:00\n"
    "A5,Ann Lee,call,2024-03-11 03:30:00\n",
}


@pytest.fixture
def export(tmp_path: Path) -> Path:
    folder = tmp_path / "export"
    folder.mkdir()
    for name, text in EXPORT.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def column(engagement: Engagement, table: str, key: str, name: str) -> dict:
    rows = pq.read_table(engagement.tables / f"{table}.parquet").to_pylist()
    return {row[key]: row[name] for row in rows}


def test_a_late_call_in_new_york_counts_on_the_sellers_day_and_week(engagement: Engagement, export: Path) -> None:
    summary = import_crm(engagement, export)
    late, next_day = M(2024, 3, 10, 23, 30), M(2024, 3, 11, 3, 30)
    assert column(engagement, "activities", "activity_id", "at") == {
        "A1": late, "A2": next_day, "A3": M(2024, 3, 11, 0, 30), "A4": late, "A5": next_day,
    }  # fmt: skip
    assert column(engagement, "opportunities", "opportunity_id", "opened_on") == {
        "D1": D(2024, 1, 31),
        "D2": D(2024, 2, 1),
    }
    assert column(engagement, "opportunities", "opportunity_id", "closed_on")["D1"] == D(2024, 3, 1)
    # A deal's stage changes go by the clock of whoever owns it.
    assert column(engagement, "stage_changes", "opportunity_id", "changed_at") == {
        "D1": M(2024, 2, 4, 21), "D2": M(2024, 2, 5, 2),
    }  # fmt: skip
    assert any("2 people (America/New_York, Asia/Tokyo)" in note and "UTC" in note for note in summary.notes)
    found = measure_table(engagement, "calls_made", by="seller", every="week", as_of=D(2024, 3, 17))
    calls = {(row.by, row.period_start): row.value for row in found.itertuples() if row.value}
    sunday, monday = D(2024, 3, 4), D(2024, 3, 11)
    assert calls == {
        ("Ann Lee", sunday): 2, ("Ann Lee", monday): 1, ("Bob Ray", monday): 1, ("Cho Kim", monday): 1,
    }  # fmt: skip
    assert import_crm(engagement, export).nothing_new


def test_zones_from_a_people_list_take_effect_with_the_next_import_and_that_is_said(
    engagement: Engagement, export: Path
) -> None:
    (export / "mapping.toml").write_text(MAPPING.replace(', time_zone = "Zone"', ""), encoding="utf-8")
    import_crm(engagement, export)
    assert column(engagement, "activities", "activity_id", "at")["A1"] == M(2024, 3, 11, 3, 30)
    person = engagement.records.get(Person, "Ann Lee")
    assert person is not None
    engagement.records.save(person.model_copy(update={"title": "AE"}), "Ann Lee", by="Kim")  # touched by hand
    staff = export.parent / "staff.csv"
    staff.write_text("Name,Team,Time Zone\nAnn Lee,East,America/New_York\nBob Ray,West,\n", encoding="utf-8")
    plan = people.plan(engagement, people_columns.read(staff))
    said = "Another time zone than before: 'Ann Lee'. What was imported from the CRM keeps its days until the next"
    assert any(note.startswith(said) for note in plan.notes), plan.notes
    people.save(engagement, plan)
    person = engagement.records.get(Person, "Ann Lee")
    assert person and (person.time_zone, person.title) == ("America/New_York", "AE")
    assert column(engagement, "activities", "activity_id", "at")["A1"] == M(2024, 3, 11, 3, 30)
    # One file alone: the deals imported before say whose clock its stage changes go by.
    import_crm(engagement, export / "moves.csv")
    assert column(engagement, "stage_changes", "opportunity_id", "changed_at")["D1"] == M(2024, 2, 4, 21)
    import_crm(engagement, export)
    assert column(engagement, "activities", "activity_id", "at")["A1"] == M(2024, 3, 10, 23, 30)
    assert engagement.records.get(Person, "Ann Lee") == person


def test_a_name_that_is_no_time_zone_is_refused_with_its_row(engagement: Engagement, export: Path) -> None:
    wrong = EXPORT["people.csv"].replace("America/New_York", "New York")
    (export / "people.csv").write_text(wrong, encoding="utf-8")
    with pytest.raises(
        WorkshopError, match=r"people\.csv, row 2, time zone 'New York': is no time zone\. Did you mean: Am"
    ):
        import_crm(engagement, export)
    assert not engagement.records.current(Person)
    (export / "staff.csv").write_text("Name,Team,Time zone\nAnn Lee,East,Europe/Berlim\n", encoding="utf-8")
    with pytest.raises(
        WorkshopError, match=r"Row 2, Time zone: 'Europe/Berlim' is no time zone\. Did you mean: Europe/Be"
    ):
        people.plan(engagement, people_columns.read(export / "staff.csv"))


def test_a_masked_time_zone_is_said_and_refuses_nothing(engagement: Engagement, export: Path) -> None:
    masked = EXPORT["people.csv"].replace("America/New_York", "c8PRyKwR7IqEd0+3VZY6gQ==")
    (export / "people.csv").write_text(masked, encoding="utf-8")
    summary = import_crm(engagement, export)
    assert any("a time zone that names none, such as 'c8PRyKwR7IqEd0+3VZY6gQ=='" in line for line in summary.lines())
    assert {person.time_zone for person in engagement.records.current(Person).values()} == {"", "Asia/Tokyo"}


@pytest.mark.parametrize("form", ["", "%Y-%m-%d %H:%M:%S%z"])
def test_each_row_goes_by_its_own_zone_over_the_change_of_the_clocks(form: str) -> None:
    hours = [M(2024, 3, 10, 4) + dt.timedelta(hours=n) for n in range(6)] + [M(2024, 11, 3, 4 + n) for n in range(4)]
    names = ["America/New_York", "Europe/Berlin", "Asia/Kolkata"]
    rows = [(moment, name) for moment in hours for name in names]
    texts = pa.chunked_array([[f"{moment}+0000" for moment, _ in rows]])
    read = dates.moments(
        texts, form=form, zone="", business_zone=pa.chunked_array([[name for _, name in rows]]), as_day=False
    )
    assert read.values.to_pylist() == [
        moment.replace(tzinfo=dt.UTC).astimezone(zoneinfo.ZoneInfo(name)).replace(tzinfo=None) for moment, name in rows
    ]


def test_a_day_without_a_time_is_the_same_day_everywhere() -> None:
    given = pa.chunked_array([["2024-03-11", "2024-03-11 03:30"]])
    for form in ("", "%Y-%m-%d"):
        texts = given.slice(0, 1) if form else given
        found = dates.moments(texts, form=form, zone="UTC", business_zone="America/New_York", as_day=True)
        assert found.values.to_pylist() == [D(2024, 3, 11), D(2024, 3, 10)][: len(texts)]
