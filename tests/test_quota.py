"""Quotas: targets of sellers and teams, what they are held against, and what is never split."""

from __future__ import annotations

import pandas as pd
from small_crm import D, quota, seat, target, won, write

from kpi_workshop.crm.measures import measure_table
from kpi_workshop.engagement import Engagement
from kpi_workshop.kinds import Seat, Target


def of_all(engagement: Engagement, measure: str, *, every: str) -> pd.DataFrame:
    return measure_table(engagement, measure, by="organisation", every=every)


def values(table: pd.DataFrame) -> dict[tuple[str, str], float]:
    return {(row.by, str(row.period_start)): row.value for row in table.itertuples()}


def test_three_of_four_sellers_at_quota_is_75_percent_where_the_team_stands_at_120(engagement: Engagement) -> None:
    for person in ("Ann", "Bob", "Cid", "Dan", "Eve"):
        seat(engagement, Seat(person=person, team="Field"))
    march = (D(2017, 3, 1), D(2017, 3, 31))
    target(engagement, *[quota(person, *march, 100) for person in ("Ann", "Bob", "Cid", "Dan")])
    sold = {"Ann": 150.0, "Bob": 100.0, "Cid": 180.0, "Dan": 50.0, "Eve": 1000.0}
    write(engagement, "opportunities", [won(person, D(2017, 3, 31), amount) for person, amount in sold.items()])
    share = measure_table(engagement, "quota_attainment_share").iloc[-1]
    assert (share["value"], share["numerator"], share["denominator"]) == (0.75, 3, 4)
    team = measure_table(engagement, "quota_attainment").iloc[-1]
    assert (team["value"], team["numerator"], team["denominator"]) == (1.2, 480, 400)
    assert "1 seller without a target left out" in team["note"]
    assert of_all(engagement, "quota_attainment", every="month").iloc[-1]["value"] == 1.2


def test_a_quarterly_target_is_never_split_into_months(engagement: Engagement) -> None:
    seat(engagement, Seat(person="Ann", team="Field"))
    target(engagement, quota("Ann", D(2017, 1, 1), D(2017, 3, 31), 300))
    write(engagement, "opportunities", [won("Ann", D(2017, 1, 31), 90), won("Ann", D(2017, 3, 31), 90)])
    months = measure_table(engagement, "quota_attainment", every="month")
    assert months["value"].isna().all()
    assert set(months["note"].iloc[1:]) == {"not computable: targets that reach beyond this period are never split"}
    assert measure_table(engagement, "quota_attainment", every="quarter").iloc[-1]["value"] == 0.6


def test_monthly_targets_add_up_and_a_missing_month_is_not_guessed(engagement: Engagement) -> None:
    seat(engagement, Seat(person="Ann", team="Field"), Seat(person="Bob", team="Field", valid_from=D(2017, 2, 10)))
    ends = {1: 31, 2: 28, 3: 31}
    target(engagement, *[quota("Ann", D(2017, m, 1), D(2017, m, end), 100) for m, end in ends.items()])
    target(engagement, quota("Bob", D(2017, 2, 1), D(2017, 2, 28), 50), quota("Bob", D(2017, 3, 1), D(2017, 3, 31), 50))
    write(engagement, "opportunities", [won("Ann", D(2017, 1, 31), 60, days=31), won("Bob", D(2017, 3, 31), 140)])
    row = measure_table(engagement, "quota_attainment", every="quarter").iloc[-1]
    assert (row["value"], row["denominator"]) == (0.5, 400)
    engagement.records.withdraw(Target, "seller|Ann|revenue|2017-02-01", effective=D(2000, 1, 1))
    row = measure_table(engagement, "quota_attainment", every="quarter").iloc[-1]
    assert (row["numerator"], row["denominator"]) == (140, 100)
    assert "1 seller left out: targets cover only part of this period" in row["note"]


def test_a_target_across_a_move_between_teams_belongs_to_neither(engagement: Engagement) -> None:
    seat(
        engagement,
        Seat(person="Ann", team="Inside", valid_to=D(2017, 2, 14)),
        Seat(person="Ann", team="Field", valid_from=D(2017, 2, 15)),
    )
    target(engagement, quota("Ann", D(2017, 1, 1), D(2017, 3, 31), 100))
    write(engagement, "opportunities", [won("Ann", D(2017, 1, 31), 60, days=31), won("Ann", D(2017, 3, 31), 60)])
    table = measure_table(engagement, "quota_attainment", every="quarter")
    assert table["value"].isna().all() and table["note"].str.contains("because the seller moved").sum() == 2
    assert of_all(engagement, "quota_attainment", every="quarter").iloc[-1]["value"] == 1.2
    sold = values(measure_table(engagement, "revenue", every="quarter"))
    assert (sold["Inside", "2017-01-01"], sold["Field", "2017-01-01"]) == (60, 60)


def test_a_team_s_own_target_comes_before_those_of_its_sellers(engagement: Engagement) -> None:
    seat(engagement, Seat(person="Ann", team="Field"), Seat(person="Bob", team="Inside"))
    march = (D(2017, 3, 1), D(2017, 3, 31))
    target(
        engagement, quota("Ann", *march, 100), quota("Bob", *march, 100), quota("Field", *march, 400, owner_is="team")
    )
    write(engagement, "opportunities", [won("Ann", D(2017, 3, 31), 200), won("Bob", D(2017, 3, 31), 50)])
    got = values(measure_table(engagement, "quota_attainment"))
    assert (got["Field", "2017-03-01"], got["Inside", "2017-03-01"]) == (0.5, 0.5)
    row = of_all(engagement, "quota_attainment", every="month").iloc[-1]
    assert (row["numerator"], row["denominator"]) == (250, 500)
