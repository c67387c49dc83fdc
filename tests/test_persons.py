"""What managers and sellers read of single persons, held against a count of the exports in plain pandas."""

from __future__ import annotations

import datetime as dt
import statistics
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from kpi_workshop import demo
from kpi_workshop.engagement import Engagement
from kpi_workshop.steps import facts, persons

AS_OF = dt.date(2026, 6, 28)
BUNDLED = Path(__file__).resolve().parents[1] / "data" / "demo" / "crm"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Engagement:
    return demo.create(tmp_path_factory.mktemp("demo") / "copy")


@pytest.fixture(scope="module")
def told(made: Engagement) -> dict[str, Any]:
    return persons.persons(made, as_of=AS_OF, facts=facts.facts(made, as_of=AS_OF))


@pytest.fixture(scope="module")
def calls() -> pd.DataFrame:
    rows = pd.read_parquet(BUNDLED / "activities.parquet")
    return rows[rows["Type"].str.lower().eq("call")].assign(day=lambda t: pd.to_datetime(t["Start"]).dt.date)


def team(told: dict[str, Any], name: str) -> dict[str, Any]:
    return next(one for one in told["teams"] if one["team"] == name)


def counts(calls: pd.DataFrame, people: list[str], first: dt.date, last: dt.date) -> dict[str, int]:
    inside = calls[(calls["day"] >= first) & (calls["day"] <= last)]["Owner"].value_counts()
    return {person: int(inside.get(person, 0)) for person in people}


def test_each_seller_has_the_calls_of_the_last_full_week_and_the_median_is_the_teams(told, calls):
    inside = team(told, "Inside Sales")
    people = [seller["person"] for seller in inside["sellers"]]
    counted = counts(calls, people, dt.date(2026, 6, 22), AS_OF)
    lines = {
        seller["person"]: next(line for line in seller["lines"] if line["measure"] == "calls_made")
        for seller in inside["sellers"]
    }
    assert {person: line["value"] for person, line in lines.items()} == counted
    assert {line["median"] for line in lines.values()} == {statistics.median(counted.values())}


def test_the_mean_is_that_of_the_last_four_full_weeks_there(told, calls):
    inside = team(told, "Inside Sales")
    people = [seller["person"] for seller in inside["sellers"]]
    weekly = [
        counts(calls, people, AS_OF - dt.timedelta(days=7 * n + 6), AS_OF - dt.timedelta(days=7 * n)) for n in range(4)
    ]
    for seller in inside["sellers"]:
        mean = next(line["mean"] for line in seller["lines"] if line["measure"] == "calls_made")
        there = [week[seller["person"]] for week in weekly if week[seller["person"]]]
        if len(there) == 4:  # a week without any call may have been a week away
            assert mean == pytest.approx(sum(there) / 4), seller["person"]


def test_stuck_deals_name_owners_of_their_own_team_only(told):
    seats = pd.read_csv(BUNDLED / "people.csv")
    now = seats[(seats["End Date"].isna()) | (pd.to_datetime(seats["End Date"]).dt.date >= AS_OF)]
    of = {row["Full Name"]: row["Team"] for row in now[now["Role"] == "seller"].to_dict("records")}
    owners = {one["team"]: {deal["seller"] for deal in one["stuck"]} for one in told["teams"]}
    assert any(owners.values())
    for name, people in owners.items():
        assert {of[person] for person in people} <= {name}
