"""Every further formula against the second implementation, on random small data in which everything hangs together."""

from __future__ import annotations

import dataclasses
import datetime as dt
import math
import os
import statistics
from collections import defaultdict
from pathlib import Path
from typing import Any

import plain_measures as plain
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from small_crm import D, seat, write

from kpi_workshop import catalogue
from kpi_workshop import engagement as engagements
from kpi_workshop.crm import calendar, formulas, measures
from kpi_workshop.crm.measures import COMPUTABLE, measure_table
from kpi_workshop.engagement import Engagement
from kpi_workshop.kinds import Seat, Stage
from kpi_workshop.records import ALWAYS

FIRST, AS_OF = D(2017, 1, 3), D(2017, 4, 12)
EXAMPLES = int(os.environ.get("KPI_WORKSHOP_EXAMPLES", "6"))
"""How many random engagements the suite tries; many more are tried by hand when a formula changes."""

HAPPENED = (
    *plain.COUNTED, "calls_returned", "email_replies", "proposals_sent", "prospect_calls", "large_account_prospecting",
    "accounts_contacted", "contact_attempts_per_lead", "average_call_length", "selling_time", "close_out_notes",
    "follow_ups_made", "connect_rate", "productive_conversations", "customer_connections", "email_reply_rate",
    "first_meetings", "meetings_to_opportunities", "roi_discussions", "leads_generated", "marketing_qualified_leads",
    "qualified_leads", "lead_to_opportunity_rate", "lead_conversion_rate", "lead_response_time",
    "customer_response_time", "joint_calls", "pipeline_created", "win_loss_ratio", "loss_rate", "deals_lost",
    "revenue_by_product", "discount", "ramp_time", "expansion_revenue", "new_customers", "deals_advanced",
    "time_in_stage", "stage_conversion", *plain.CYCLES,
)  # fmt: skip
STOOD = (
    "topic_coverage", "evidence_gathered", "next_steps_agreed", "multi_threading", "overdue_deals", "untouched_deals",
    "stuck_deals", "customer_retention_rate", "churn_rate", "annual_recurring_revenue", "upsell_rate",
    "net_revenue_retention",
)  # fmt: skip

days = st.dates(FIRST, AS_OF + dt.timedelta(days=15))
moments = st.builds(
    lambda day, hour: dt.datetime.combine(day, dt.time(hour, 30)), days, st.sampled_from([0, 9, 15, 23])
)
sellers = st.sampled_from(["Ann", "Bob", "Zoe"])
maybe_seller = st.none() | sellers
accounts = st.none() | st.sampled_from(["A1", "A2", "A3"])
deal_ids = st.none() | st.sampled_from([f"D{i}" for i in range(8)])
lead_ids = st.none() | st.sampled_from([f"L{i}" for i in range(5)])
money = st.none() | st.integers(0, 400).map(lambda n: n / 4)
TYPES = [
    "call", "call", " Call", "email", "email", "meeting", "demo", "note", "voicemail", "proposal", "trade show",
    "referral", "webinar", "QBR", "alliance meeting", "LinkedIn",
]  # fmt: skip


@st.composite
def a_deal(draw: Any) -> dict[str, Any]:
    opened = draw(st.none() | days)
    status = draw(st.sampled_from(["open", "won", "lost"]))
    closed = None if status == "open" else (opened or FIRST) + dt.timedelta(days=draw(st.integers(0, 40)))
    return {
        "seller": draw(sellers), "status": status, "opened_on": opened, "closed_on": closed, "amount": draw(money),
        "list_amount": draw(st.none() | st.integers(0, 500).map(float)), "account_id": draw(accounts),
        "product": draw(st.none() | st.just("P")), "stage": draw(st.sampled_from([None, "S1", "S2 ", "s3"])),
        "expected_close_on": draw(st.none() | days), "lead_id": draw(lead_ids),
        "path": draw(st.lists(st.tuples(st.sampled_from(["S1", "S2", "S3"]), st.integers(1, 12)), max_size=4)),
    }  # fmt: skip


an_activity = st.builds(
    lambda **row: row, seller=sellers, type=st.sampled_from(TYPES), at=moments,
    direction=st.sampled_from([None, "inbound", "Outbound"]), minutes=st.none() | st.integers(0, 60).map(float),
    is_conversation=st.none() | st.booleans(), opportunity_id=deal_ids, lead_id=lead_ids, account_id=accounts,
    contact_id=st.none() | st.sampled_from(["c1", "c2"]),
)  # fmt: skip
a_lead = st.builds(
    lambda **row: row, seller=maybe_seller, created_at=moments, source=st.sampled_from([None, "Outbound", "Web"]),
    status=st.sampled_from([None, "MQL", "open"]), converted_on=st.none() | days, opportunity_id=deal_ids,
)  # fmt: skip
a_topic = st.tuples(st.sampled_from([f"D{i}" for i in range(8)]), st.sampled_from(["ROI", "need"]), st.none() | days)
long_days = st.dates(FIRST - dt.timedelta(days=500), AS_OF + dt.timedelta(days=15))
a_customer = st.builds(
    lambda length, **row: row | {"ended_on": length and row["started_on"] + dt.timedelta(days=length)},
    length=st.none() | st.integers(1, 500), seller=maybe_seller, account_id=accounts, started_on=long_days,
    yearly_value=money,
)  # fmt: skip
seats = st.lists(
    st.builds(
        lambda start, length, **who: Seat(
            valid_from=start, valid_to=start and start + dt.timedelta(days=length), **who
        ),
        person=st.sampled_from(["Ann", "Bob"]), team=st.sampled_from(["Field", "Inside"]), start=st.none() | days,
        length=st.integers(0, 60),
    ),
    min_size=1, max_size=4, unique_by=lambda s: (s.person, s.team, s.valid_from),
)  # fmt: skip


def moves(deal: dict[str, Any]) -> list[dict[str, Any]]:
    """The stage history of a deal: the stages of its path, a few days each, and its closing."""
    at = dt.datetime.combine(deal["opened_on"] or FIRST, dt.time(8))
    last = dt.datetime.combine(deal["closed_on"], dt.time(20)) if deal["closed_on"] else None
    rows, before = [], None
    for stage, wait in deal["path"]:
        if last and at >= last:
            break
        rows.append({"changed_at": at, "from_stage": before, "to_stage": stage})
        before, at = stage, at + dt.timedelta(days=wait, minutes=7)
    if last and rows:
        rows.append({"changed_at": last, "from_stage": before, "to_stage": f"Closed {deal['status'].title()}"})
    return [row | {"opportunity_id": deal["opportunity_id"]} for row in rows]


def everything(drawn: Any) -> plain.Data:
    """Random tables, with rows of nobody at both ends that fix the spine."""
    edge = {"seller": "Nobody", "stage": None, "path": [("S1", 30), ("S2", 30), ("S3", 30)]}
    deals = [
        edge | {"opened_on": FIRST, "closed_on": AS_OF, "status": "won", "amount": 1.0},
        edge | {"opened_on": AS_OF, "status": "open", "path": [("S1", 1)]},
        *drawn.draw(st.lists(a_deal(), min_size=1, max_size=20)),
    ]
    names = ["opportunity_id", "seller", "status", "opened_on", "closed_on", "amount", "list_amount", "account_id",
             "product", "stage", "expected_close_on", "lead_id", "path"]  # fmt: skip
    deals = [dict.fromkeys(names) | d | {"opportunity_id": f"D{i - 2}"} for i, d in enumerate(deals)]
    ends = [{"seller": "Nobody", "type": "task", "at": dt.datetime.combine(d, dt.time())} for d in (FIRST, AS_OF)]
    names = ["direction", "minutes", "is_conversation", "opportunity_id", "lead_id", "account_id", "contact_id"]
    acts = [dict.fromkeys(names) | a for a in ends + drawn.draw(st.lists(an_activity, max_size=40))]
    edges = [{"seller": "Nobody", "created_at": dt.datetime.combine(d, dt.time())} for d in (FIRST, AS_OF)]
    leads = [dict.fromkeys(["source", "status", "converted_on", "opportunity_id"]) | row
             for row in [*drawn.draw(st.lists(a_lead, max_size=6)), *edges]]  # fmt: skip
    there = {d["opportunity_id"] for d in deals}
    topics = {(deal, topic): day for deal, topic, day in drawn.draw(st.lists(a_topic, max_size=10)) if deal in there}
    return {
        "opportunities": deals,
        "stage_changes": [move for deal in deals for move in moves(deal)],
        "activities": [a | {"activity_id": f"{i:03}"} for i, a in enumerate(acts)],
        "leads": [row | {"lead_id": f"L{i}"} for i, row in enumerate(leads)],
        "accounts": [{"account_id": a, "employees": n} for a, n in (("A1", 999.0), ("A2", 1000.0), ("A3", None))],
        "topics": [
            {"opportunity_id": deal, "topic": topic, "confirmed_on": day} for (deal, topic), day in topics.items()
        ],
        "customers": [
            {"customer_id": f"C{i}"} | c for i, c in enumerate(drawn.draw(st.lists(a_customer, max_size=10)))
        ],
    }


def groups_on(held: list[Seat], who: str | None, day: dt.date, by: str) -> set[str]:
    """The groups for which a person's doing counts on a day."""
    if by == "organisation":
        return {"All"}
    sits = [s for s in held if s.person == who and (s.valid_from or day) <= day <= (s.valid_to or day)]
    return {{"team": s.team, "seller": s.person, "seat": f"{s.person}, {s.team}"}[by] for s in sits}


Told = dict[tuple[str, dt.date], float | None]


def of_happened(measure: str, data: plain.Data, held: list[Seat], by: str, every: str, spine: list) -> Told:
    first = {
        s.person: min(x.valid_from or dt.date.min for x in held if x.person == s.person)
        for s in held
        if s.role == "seller"
    }
    starts = {who: day for who, day in first.items() if FIRST <= day <= AS_OF}
    shape = formulas.ALL[measure].shape
    placed: dict[tuple[str, dt.date], list[tuple[Any, float]]] = defaultdict(list)
    for who, day, value, weight in plain.happened(measure, data, AS_OF, starts):
        for period in spine:
            if (day is None and every == "all") or (day is not None and period.start <= day <= min(period.end, AS_OF)):
                for group in groups_on(held, who, day or AS_OF, by):
                    placed[group, period.start].append((value, weight))
    told: Told = {}
    for key, rows in placed.items():
        used = [value for value, weight in rows if weight]
        if shape == "distinct":
            told[key] = float(len({v for v in used if v is not None})) if used else None
        elif shape == "median":
            waits = [math.inf if value is None else float(value) for value in used]
            middle = statistics.median(waits) if waits else None
            told[key] = None if middle is None or math.isinf(middle) else middle
        elif shape == "sum":
            told[key] = math.fsum(used) if used else None
        else:
            below = math.fsum(weight for _, weight in rows)
            told[key] = math.fsum(value or 0 for value, _ in rows) / below if below else None
    return told


def of_stood(measure: str, data: plain.Data, held: list[Seat], by: str, spine: list) -> Told:
    snapshot = formulas.ALL[measure].shape == "snapshot"
    told: Told = {}
    for period in spine:
        rows = plain.stood(measure, data, period, AS_OF)
        placed: dict[str, list[tuple[float | None, float]]] = defaultdict(list)
        for who, value, weight in rows or []:
            for group in groups_on(held, who, min(period.end, AS_OF), by):
                placed[group].append((value, weight))
        for group, found in placed.items():
            below = math.fsum(weight for _, weight in found)
            above = math.fsum(value or 0 for value, weight in found if weight or not snapshot)
            told[group, period.start] = None if not below else above if snapshot else above / below
    return told


def by_start(acme: Engagement) -> dict[str, Engagement]:
    """The engagement with each event that a sales cycle may start with."""
    made = {}
    for start in ("opening", "lead", "first contact"):
        limits = acme.settings.limits.model_copy(update={"cycle_starts": start})
        made[start] = dataclasses.replace(acme, settings=acme.settings.model_copy(update={"limits": limits}))
    return made


@pytest.fixture(scope="module")
def acme(tmp_path_factory: pytest.TempPathFactory) -> Engagement:
    return engagements.create(tmp_path_factory.mktemp("families") / "acme")


@settings(
    max_examples=EXAMPLES, derandomize=EXAMPLES < 50, deadline=None, phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
@given(
    st.data(), seats, st.sampled_from(["organisation", "team", "seat", "seller"]), st.sampled_from(calendar.EVERY),
)  # fmt: skip
def test_every_formula_agrees_with_a_second_implementation(
    acme: Engagement, drawn: Any, held: list, by: str, every: str
) -> None:
    data = everything(drawn)
    for table, rows in data.items():
        (acme.tables / f"{table}.parquet").unlink(missing_ok=True)
        write(acme, table, rows)
    for suffix in ("", "-wal", "-shm"):
        Path(f"{acme.records.file}{suffix}").unlink(missing_ok=True)
    acme.records.save_all(
        [(name, Stage(stage=name, order=i, evidence=topics))
         for i, (name, topics) in enumerate([("S1", ("ROI",)), ("S2", ("roi", "Need")), ("S3", ())])], effective=ALWAYS,
    )  # fmt: skip
    seat(acme, *held)
    lacking = {start: measures.availability(there, as_of=AS_OF) for start, there in by_start(acme).items()}
    chosen = drawn.draw(st.lists(st.sampled_from(HAPPENED + STOOD), min_size=9, max_size=9, unique=True))
    for measure in chosen if EXAMPLES < 50 else HAPPENED + STOOD:
        asked, start = plain.CYCLES.get(measure, (measure, "opening"))
        table = measure_table(by_start(acme)[start], asked, by=by, every=every, as_of=AS_OF)
        if reason := lacking[start][asked]:
            assert table["value"].isna().all() and (table["note"] == f"not computable: {reason}").all()
            continue
        got = {(r.by, r.period_start): r for r in table.itertuples()}
        spine = [
            calendar.Period(start, end)
            for start, end in sorted(set(zip(table["period_start"], table["period_end"], strict=True)))
        ]
        if measure in STOOD:
            told = of_stood(measure, data, held, by, spine)
        else:
            told = of_happened(measure, data, held, by, every, spine)
        assert {key for key, value in told.items() if value} <= set(got), measure
        for key, row in got.items():
            value = told.get(key)
            if value is not None and not (value == 0 and math.isnan(row.value)):
                assert row.value == pytest.approx(value, rel=1e-9, abs=1e-9), (measure, key, row.note)
            else:
                counts = formulas.ALL[measure].shape in ("sum", "snapshot", "distinct") and value is None
                says = row.note.startswith("not computable: ")
                assert (row.value == 0 and counts) or (math.isnan(row.value) and says), (measure, key, row.note)


def test_every_formula_stands_in_a_test_against_a_second_implementation() -> None:
    from test_composed import COMPOSED
    from test_formulas import WITH_EVENTS
    from test_quota_formulas import QUOTAS

    on_imports = {"forecast_accuracy", "pushed_close_dates"}  # tests/test_forecast.py, on random imports
    assert {*WITH_EVENTS, *HAPPENED, *STOOD, *COMPOSED, *QUOTAS, *on_imports} - set(plain.CYCLES) == set(COMPUTABLE)


def test_what_the_catalogue_calls_computable_has_a_formula_and_the_rest_a_reason() -> None:
    for measure in catalogue.measures().values():
        assert (measure.id in COMPUTABLE) == bool(measure.needs), measure.id
