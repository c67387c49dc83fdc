"""The same random client data in DuckDB and in another engine, and the comparison of every measure on both."""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
import math
import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from small_crm import D, quota, seat, target, write

from kpi_workshop import engagement as engagements
from kpi_workshop.crm import calendar
from kpi_workshop.crm.attribution import BY
from kpi_workshop.crm.measures import COMPUTABLE, measure_table
from kpi_workshop.engagement import Engagement, Engine
from kpi_workshop.kinds import Seat, Stage
from kpi_workshop.records import ALWAYS

FIRST, AS_OF = D(2023, 1, 2), D(2024, 3, 20)
URL = "KPI_WORKSHOP_TEST_ENGINE"
"""The environment variable that names the other engine in the tests."""
PLACE = {"tables_in": "crm", "prefix": "kpi_"}
TOLERANCE = 1e-9
"""How far two engines may lie apart, as a share of the value: they add floats up in different orders."""
EVERYTHING = "KPI_WORKSHOP_ALL_PAIRS"
"""Set it to compare every measure in all 25 ways of counting; some minutes."""

_TYPES = [
    "call", " Call", "Email", "meeting", "demo", "note", "voicemail", "proposal", "webinar", "social", "referral",
    "trade show", "QBR", "alliance meeting",
]  # fmt: skip
_STAGES = ["Lead in", "Demo", "Proposal", "Closing"]


def client(folder: Path) -> Engagement:
    """An engagement with all canonical tables: seats that change, empty cells, days outside of the report."""
    acme = engagements.create(folder)
    draw = random.Random(7)
    sellers = ["Ann", "Bob", "Cid", "Dörte", "O'Neil", "Zoe"]
    seat(
        acme,
        Seat(person="Ann", team="Field", manager="Mia", valid_to=D(2023, 8, 15)),
        Seat(person="Ann", team="Inside", valid_from=D(2023, 8, 16)),
        Seat(person="Bob", team="Field", manager="Mia", valid_from=D(2023, 2, 10)),
        Seat(person="Cid", team="Inside", manager="Max", valid_to=D(2023, 12, 31)),
        Seat(person="Dörte", team="Inside", manager="Max"),
        Seat(person="Dörte", team="Field", manager="Mia", valid_from=D(2023, 6, 1)),
        Seat(person="O'Neil", team="Süd & West", manager="Max"),
        Seat(person="Mia", team="Field", role="manager"),
    )
    months = calendar.periods(acme.settings.calendar, "month", FIRST, AS_OF)
    target(
        acme,
        *[quota(person, month.start, month.end, 9e3) for person in ("Ann", "Bob", "O'Neil") for month in months],
        quota("Dörte", D(2023, 1, 1), D(2023, 12, 31), 1e5),
    )
    accounts = [f"A{i}" for i in range(30)]
    contacts = [f"C{i}" for i in range(40)]

    acme.records.save_all([("Closing", Stage(stage="Closing", order=4, evidence=("budget", "ROI")))], effective=ALWAYS)

    def day(*, blank: float = 0.0, after: dt.date = FIRST) -> dt.date | None:
        return None if draw.random() < blank else after + dt.timedelta(days=draw.randrange((AS_OF - after).days + 20))

    def moment(blank: float = 0.0, after: dt.date = FIRST) -> dt.datetime | None:
        found = day(blank=blank, after=after)
        clock = dt.time(draw.choice([0, 9, 14, 23]), draw.choice([0, 30, 59]), draw.choice([0, 59]))
        return found and dt.datetime.combine(found, clock)

    def number(most: float, *, blank: float = 0.1) -> float | None:
        return None if draw.random() < blank else round(draw.uniform(0, most), 2)

    def some(words: list[Any], *, blank: float = 0.0) -> Any:
        return None if draw.random() < blank else draw.choice(words)

    write(acme, "accounts", [
        {"account_id": account, "industry": some(["Retail", "Banks"]), "employees": number(3000)}
        for account in accounts
    ])  # fmt: skip
    deals = []
    for i in range(220):
        opened = day(blank=0.05)
        status = some(["open", "won", "won", "lost"])
        over = status != "open"
        deals.append({
            "opportunity_id": f"D{i}", "seller": some(sellers), "account_id": some(accounts, blank=0.1),
            "product": some(["Basic", "Plus", "basic "], blank=0.1), "source": some(["web", "partner"], blank=0.2),
            "lead_id": f"L{i}" if i < 60 else None, "stage": some(_STAGES), "status": status, "opened_on": opened,
            "closed_on": day(after=opened or FIRST) if over else None, "expected_close_on": day(blank=0.3),
            "amount": number(9000), "list_amount": number(12000),
        })  # fmt: skip
    write(acme, "opportunities", deals)
    write(acme, "leads", [
        {"lead_id": f"L{i}", "seller": some(sellers, blank=0.2), "created_at": moment(),
         "source": some(["Web", "cold call"]), "converted_on": day(blank=0.6),
         "opportunity_id": f"D{i}" if i < 60 else None,
         "account_id": some(accounts, blank=0.3), "status": some(["new", "MQL"])}
        for i in range(120)
    ])  # fmt: skip
    changes = []
    for deal in deals[:160]:
        at, before = moment(after=deal["opened_on"] or FIRST), None
        for stage in _STAGES[: draw.randrange(1, 5)]:
            changes.append({"opportunity_id": deal["opportunity_id"], "changed_at": at, "from_stage": before,
                            "to_stage": stage})  # fmt: skip
            at, before = at + dt.timedelta(days=draw.randrange(40), minutes=draw.randrange(600)), stage
    write(acme, "stage_changes", changes)
    write(acme, "activities", [
        {"activity_id": f"T{i}", "seller": some(sellers), "type": some(_TYPES), "at": moment(),
         "opportunity_id": some([d["opportunity_id"] for d in deals], blank=0.3),
         "lead_id": some([f"L{i}" for i in range(120)], blank=0.7),
         "account_id": some(accounts, blank=0.3),
         "direction": some(["Inbound ", "outbound"], blank=0.3),
         "minutes": number(90, blank=0.3), "is_conversation": some([True, False], blank=0.2),
         "is_senior": some([True, False], blank=0.3), "contact_id": some(contacts, blank=0.2)}
        for i in range(900)
    ])  # fmt: skip
    topics = ["Budget", "need ", "ROI"]
    write(acme, "topics", [
        {"opportunity_id": deal["opportunity_id"], "topic": topic, "confirmed_on": day(blank=0.4)}
        for deal in deals for topic in topics if draw.random() < 0.5
    ])  # fmt: skip
    write(acme, "costs", [
        {"period_from": month.start, "period_to": month.end, "kind": kind, "amount": number(5000, blank=0)}
        for month in months[:12] for kind in ("sales", "marketing")
    ])  # fmt: skip
    customers = []
    for i in range(40):
        started = day() or FIRST
        customers.append({
            "customer_id": f"K{i}", "account_id": f"A{i % 30}", "seller": some(sellers), "started_on": started,
            "ended_on": day(blank=0.6, after=started), "yearly_value": number(2e4), "yearly_margin": number(9e3),
        })  # fmt: skip
    write(acme, "customers", customers)
    return acme


def elsewhere(acme: Engagement, **settings: str) -> Engagement:
    """The same engagement, computed in the engine that the environment names."""
    there = Engine(**{"url_from": URL, **PLACE, **settings})
    return dataclasses.replace(acme, settings=acme.settings.model_copy(update={"engine": there}))


def cycles_from(engagement: Engagement, start: str) -> Engagement:
    """The same engagement, its sales cycles counted from this event."""
    limits = engagement.settings.limits.model_copy(update={"cycle_starts": start})
    return dataclasses.replace(engagement, settings=engagement.settings.model_copy(update={"limits": limits}))


def ways(measure: str, *, grouped: int) -> list[tuple[str, str]]:
    """Whose numbers and how long: the organisation and so many ways of grouping, each measure in other pairs.

    A query knows of neither: groups and periods are rows that it joins. Only `organisation` and `all` change its text.
    """
    if os.environ.get(EVERYTHING):
        return list(itertools.product(BY, calendar.EVERY))
    turn = COMPUTABLE.index(measure)
    bys = ["organisation", *[BY[1 + (turn + place) % (len(BY) - 1)] for place in range(grouped)]]
    return [(by, calendar.EVERY[(turn + place) % len(calendar.EVERY)]) for place, by in enumerate(bys)]


def differences(acme: Engagement, there: Engagement, measure: str, *, grouped: int) -> Iterator[str]:
    """What the two engines say differently of a measure, cell by cell."""
    yield from compared(acme, there, measure, ways(measure, grouped=grouped), as_of=AS_OF)


def compared(
    acme: Engagement, there: Engagement, measure: str, pairs: list[tuple[str, str]], *, as_of: dt.date
) -> Iterator[str]:
    """What they say differently of a measure counted in these ways."""
    for by, every in pairs:
        here = measure_table(acme, measure, by=by, every=every, as_of=as_of)
        other = measure_table(there, measure, by=by, every=every, as_of=as_of)
        if len(here) != len(other):
            yield f"{measure} by {by}, every {every}: {len(here)} rows and {len(other)}"
            continue
        for a, b in zip(here.itertuples(), other.itertuples(), strict=True):
            same = (a.by, a.period_start, a.note, a.unit) == (b.by, b.period_start, b.note, b.unit)
            if not (same and all(_close(getattr(a, n), getattr(b, n)) for n in ("value", "numerator", "denominator"))):
                yield f"{measure} by {by}, every {every}:\n  {a}\n  {b}"


def _close(a: float, b: float) -> bool:
    return (math.isnan(a) and math.isnan(b)) or math.isclose(a, b, rel_tol=TOLERANCE, abs_tol=1e-12)
