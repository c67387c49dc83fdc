"""Measures made of other measures, against plain Python on random small data with seats that change."""

from __future__ import annotations

import datetime as dt
import math
from pathlib import Path
from typing import Any

import plain_measures as plain
import pytest
import test_formulas
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from small_crm import D, seat, write
from test_measure_families import AS_OF, FIRST, everything, groups_on, seats

from kpi_workshop import engagement as engagements
from kpi_workshop.crm import calendar
from kpi_workshop.crm.calendar import Period
from kpi_workshop.crm.measures import measure_table
from kpi_workshop.engagement import Engagement
from kpi_workshop.kinds import Seat

COMPOSED = (
    "sales_growth", "activities_per_seller", "revenue_per_seller", "pipeline_velocity", "customer_lifetime_value",
    "customer_acquisition_cost", "lifetime_value_to_acquisition_cost",
)  # fmt: skip
MONTHS = [(D(2017, m, 1), D(2017, m + 1, 1) - dt.timedelta(days=1)) for m in (1, 2, 3)]

Told = dict[tuple[str, dt.date], float | None]


def heads(held: list[Seat], group: str, by: str, period: Period) -> int:
    """The people who held a seat of a group on a known day of the period."""
    end = min(period.end, AS_OF)
    days = [period.start + dt.timedelta(days=n) for n in range((end - period.start).days + 1)]
    return len({s.person for s in held for day in days if group in groups_on([s], s.person, day, by)
                and (s.valid_from or day) <= day <= (s.valid_to or day)})  # fmt: skip


def sums_of_seated(rows: list, held: list[Seat], group: str, by: str, period: Period) -> list[float]:
    """The numbers of what people did while they had a seat of the group."""
    return [
        value for who, day, value, weight in rows
        if weight and day and period.start <= day <= min(period.end, AS_OF)
        and groups_on(held, who, day, "team") and group in groups_on(held, who, day, by)
    ]  # fmt: skip


def worth(data: plain.Data, held: list[Seat], group: str, by: str, period: Period) -> float | None:
    """Mean yearly margin of the day's customers / share of the customers of a year ago who left since."""
    on = min(period.end, AS_OF)
    before = on.replace(year=on.year - 1, day=min(on.day, 28) if on.month == 2 else on.day)
    mine = [c for c in data["customers"] if group in groups_on(held, c["seller"], on, by)]
    now = [c["yearly_margin"] for c in mine
           if c["started_on"] <= on <= (c["ended_on"] or on) and c["yearly_margin"] is not None]  # fmt: skip
    then = [c for c in mine if c["started_on"] < before and (c["ended_on"] or before) >= before]
    left = [c for c in then if c["ended_on"] and c["ended_on"] <= on]
    return math.fsum(now) / len(now) / (len(left) / len(then)) if now and left else None


def cost(data: plain.Data, period: Period) -> float | None:
    """What a month cost, by the customers who began in it."""
    new = [c for c in data["customers"] if period.start <= c["started_on"] <= min(period.end, AS_OF)]
    spent = [row["amount"] for row in data["costs"] if period.start <= row["period_from"] <= period.end]
    return math.fsum(spent) / len(new) if spent and new else None


def composed(measure: str, data: plain.Data, held: list[Seat], by: str, spine: list[Period]) -> Told:
    """Each value that is defined; None where there is surely none."""
    parts = {
        name: test_formulas.expected(name, data, held, by, "month", spine)
        for name in ("revenue", "win_rate", "average_deal_size", "sales_cycle_length", "open_deals")
    }
    groups = {"All"} if by == "organisation" else {s.team for s in held}
    told: Told = {}
    for group in groups:
        for place, period in enumerate(spine):
            key, before = (group, period.start), (group, spine[place - 1].start)
            value: float | None = None
            if measure == "sales_growth":
                now, then = parts["revenue"].get(key, 0.0), parts["revenue"].get(before)
                value = (now - then) / then if place and then and now is not None else None
            elif measure == "pipeline_velocity":
                rate, size, days = (parts[n].get(key) for n in ("win_rate", "average_deal_size", "sales_cycle_length"))
                known = rate is not None and size is not None and days
                value = parts["open_deals"].get(key, 0.0) * rate * size / days if known else None
            elif measure.endswith("per_seller"):
                if measure == "revenue_per_seller":
                    rows = test_formulas.events("revenue", data)
                else:
                    rows = [(a["seller"], a["at"].date(), 1.0, 1) for a in data["activities"]]
                found = sums_of_seated(rows, held, group, by, period)
                value = math.fsum(found) / heads(held, group, by, period) if found else None
            elif measure == "customer_lifetime_value":
                value = worth(data, held, group, by, period)
            elif by == "organisation":
                value, spent = cost(data, period), cost(data, period)
                if measure == "lifetime_value_to_acquisition_cost":
                    total = worth(data, held, group, by, period)
                    value = total / spent if total is not None and spent else None
            told[key] = value
    return told


@pytest.fixture(scope="module")
def acme(tmp_path_factory: pytest.TempPathFactory) -> Engagement:
    return engagements.create(tmp_path_factory.mktemp("composed") / "acme")


@settings(
    max_examples=6, derandomize=True, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
)
@given(st.data(), seats, st.sampled_from(["organisation", "team"]))
def test_what_is_made_of_other_measures_agrees_with_a_second_implementation(
    acme: Engagement, drawn: Any, held: list, by: str
) -> None:
    data = everything(drawn)
    margins = drawn.draw(st.lists(st.none() | st.integers(0, 90).map(float), min_size=10, max_size=10))
    data["customers"] = [c | {"yearly_margin": m} for c, m in zip(data["customers"], margins, strict=False)]
    data["activities"] = [dict.fromkeys(["is_senior"]) | a for a in data["activities"]]
    data["costs"] = [
        {"period_from": first, "period_to": last, "kind": kind, "amount": 25.0 + first.month}
        for first, last in MONTHS[:2] for kind in ("sales", "marketing")
    ]  # fmt: skip
    for table, rows in data.items():
        (acme.tables / f"{table}.parquet").unlink(missing_ok=True)
        write(acme, table, rows)
    for suffix in ("", "-wal", "-shm"):
        Path(f"{acme.records.file}{suffix}").unlink(missing_ok=True)
    seat(acme, *held)
    for measure in COMPOSED:
        table = measure_table(acme, measure, by=by, every="month", as_of=AS_OF)
        spine = calendar.periods(acme.settings.calendar, "month", min([FIRST, *table["period_start"]]), AS_OF)
        told = composed(measure, data, held, by, spine)
        for row in table.itertuples():
            value = told[row.by, row.period_start]
            if value is None:
                assert row.value == 0 or (math.isnan(row.value) and row.note.startswith("not computable: ")), (
                    measure, row,
                )  # fmt: skip
            else:
                assert row.value == pytest.approx(value, rel=1e-9, abs=1e-9), (measure, row)
