"""An export whose moments say their zone, and the same rows as a client's own engine would hold them."""
# ruff: noqa: E501  (a line of the mapping is as wide as its table)

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import other_engines

from kpi_workshop import engagement as engagements
from kpi_workshop.crm.sources import import_crm
from kpi_workshop.engagement import Engagement

AS_OF = dt.date(2024, 4, 7)

LATE = {
    "mapping.toml": """
[people]
file = "people.csv"
columns = { person = "name", name = "name", time_zone = "zone" }
[seats]
file = "people.csv"
columns = { person = "name", team = "team" }
[opportunities]
file = "opportunities.csv"
columns = { opportunity_id = "opportunity_id", seller = "seller", status = "status", opened_on = "opened_on", closed_on = "closed_on", amount = "amount" }
[stage_changes]
file = "stage_changes.csv"
columns = { opportunity_id = "opportunity_id", changed_at = "changed_at", to_stage = "to_stage" }
[activities]
file = "activities.csv"
columns = { activity_id = "activity_id", seller = "seller", type = "type", at = "at", opportunity_id = "opportunity_id" }
""",
    "people.csv": "name,team,zone\nAnn Lee,East,America/New_York\nBob Ray,West,\nCho Kim,Asia,Asia/Tokyo\n",
    "opportunities.csv": "opportunity_id,seller,status,opened_on,closed_on,amount\n"
    "D1,Ann Lee,won,2024-02-01 03:00:00+00,2024-04-01 02:30:00+00,100\n"
    "D2,Bob Ray,won,2024-02-01 03:00:00+00,2024-03-31 22:30:00+00,250\n"
    "D3,Cho Kim,lost,2024-02-01 03:00:00+00,2024-03-31 15:30:00+00,10\n",
    "stage_changes.csv": "opportunity_id,changed_at,to_stage\n"
    "D1,2024-02-05 02:00:00+00,Demo\nD1,2024-03-11 03:30:00+00,Offer\nD2,2024-02-05 02:00:00+00,Demo\n",
    # Half past eleven on a Sunday night in New York; Monday in Berlin, and past noon in Tokyo.
    "activities.csv": "activity_id,seller,type,at,opportunity_id\n"
    "A1,Ann Lee,call,2024-03-11 03:30:00+00,D1\nA2,Bob Ray,call,2024-03-10 23:30:00+00,D2\n"
    "A3,Cho Kim,call,2024-03-10 15:30:00+00,D3\nA4,Ann Lee,meeting,2024-03-10 23:30:00-04,D1\n"
    "A5,Bob Ray,call,2024-03-31 01:30:00+00,\nA6,Zed,call,2024-03-17 23:30:00+00,\n",
}  # fmt: skip
"""An export whose moments all say their zone and lie on another day in Berlin, New York and Tokyo."""
TABLES = ("opportunities", "stage_changes", "activities")
MEASURES = ("activities_per_seller", "calls_made", "revenue", "deals_closed", "sales_cycle_length", "time_in_stage")


PAIRS = [("seller", "week"), ("seller", "month")]


def client(folder: Path) -> Engagement:
    """The engagement of `LATE`, imported from its files; the business works in Berlin."""
    export = folder / "export"
    export.mkdir(parents=True)
    for name, text in LATE.items():
        (export / name).write_text(text, encoding="utf-8")
    acme = engagements.create(folder / "acme")
    calendar_there = acme.settings.calendar.model_copy(update={"time_zone": "Europe/Berlin"})
    acme = dataclasses.replace(acme, settings=acme.settings.model_copy(update={"calendar": calendar_there}))
    mapping = export / "mapping.toml"
    mapping.write_text('sellers = "add"\n' + mapping.read_text(encoding="utf-8"), encoding="utf-8")
    import_crm(acme, export)
    return acme


def written(table: str, place: str, mark: str) -> tuple[str, str, list[list[str | None]]]:
    """SQL that makes one table of `LATE` in a schema, SQL that fills it, and its rows as text."""
    names, *rows = [line.split(",") for line in LATE[f"{table}.csv"].splitlines()]
    kinds = dict.fromkeys(("at", "changed_at", "opened_on", "closed_on"), "timestamptz") | {"amount": "numeric(9, 2)"}
    columns = ", ".join(f'"{name}" {kinds.get(name, "text")}' for name in names)
    marks = ", ".join([mark] * len(names))
    return (
        f"CREATE TABLE {place}.{table} ({columns})",
        f"INSERT INTO {place}.{table} VALUES ({marks})",
        [[cell or None for cell in row] for row in rows],
    )


def differences(acme: Engagement, there: Engagement) -> Iterator[str]:
    """What the two engines say differently of the measures that depend on the day and the week something happened."""
    for measure in MEASURES:
        yield from other_engines.compared(acme, there, measure, PAIRS, as_of=AS_OF)
