"""Before week 1: power against simulation, and orders that can be drawn again."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from kpi_workshop.errors import WorkshopError
from kpi_workshop.evidence import effect, planning
from kpi_workshop.evidence.levels import TeamWeeks

TEAMS = ["East", "North", "South", "West"]


def history(
    rate: float = 1.2, weeks: int = 26, size: int = 10, teams: list[str] = TEAMS, seed: int = 1
) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    rows = [
        (f"{team}{seller}", team, week, 1, rng.poisson(rate))
        for team in teams
        for seller in range(size)
        for week in range(weeks)
    ]
    return pd.DataFrame(rows, columns=["seller", "team", "week", "present", "metric_deals"])


def test_power_agrees_with_rollouts_simulated_from_the_same_sellers() -> None:
    starts = [26, 30, 34, None]
    told = planning.power(history(), "deals", starts, lift=0.25, looks=(26,))
    rng = np.random.default_rng(2)
    weeks = np.arange(60)
    begun = np.array([weeks >= (99 if week is None else week) for week in starts], dtype=float)
    noise = np.tile(np.eye(60) / 12, (4, 1, 1))
    seen = []
    for _ in range(150):
        rates = rng.poisson(12 * (1 + 0.25 * begun)) / 12
        found = effect.estimate(TeamWeeks(rates, noise, 2000.0), begun, weeks)
        assert found is not None
        seen.append((found.p < 0.05, (found.high - found.low) / 2))
    assert told.power is not None and told.half_width is not None
    assert told.power == pytest.approx(np.mean([hit for hit, _ in seen]), abs=0.12)
    assert told.half_width == pytest.approx(np.mean([reach for _, reach in seen]), rel=0.2)


def test_ways_of_starting_are_compared_and_the_one_that_shows_nothing_says_so() -> None:
    found = {row.design: row for row in planning.compare(history(), "deals", first=26, lift=0.3)}
    same, held = found["all in the same week"], found["all in the same week but one held out"]
    staggered = found["one after another, 4 weeks apart, one held out"]
    assert same.power is None and "every team started in the same week" in same.sentence
    assert held.power is not None and staggered.power is not None and 0 < held.power < 1
    assert "With 4 teams starting one after another" in staggered.sentence and "times in" in staggered.sentence


def test_a_stronger_lift_a_busier_measure_and_bigger_teams_are_seen_more_often() -> None:
    starts = [26, 30, 34, None]
    base = planning.power(history(), "deals", starts, lift=0.15).power
    others = [
        planning.power(history(), "deals", starts, lift=0.3).power,
        planning.power(history(rate=6), "deals", starts, lift=0.15).power,
        planning.power(history(size=30), "deals", starts, lift=0.15).power,
    ]
    assert base is not None
    assert all(power is not None and power > base for power in others)


def test_an_order_is_random_fair_and_can_be_drawn_again() -> None:
    weeks = [26, 30, 34, None]
    again = planning.draw_order(list(reversed(TEAMS)), weeks, seed=7)
    assert planning.draw_order(TEAMS, weeks, seed=7) == again and again.seed == 7
    firsts = [planning.draw_order(TEAMS, weeks, seed=seed).starts["North"] for seed in range(400)]
    for week in weeks:
        assert 70 < firsts.count(week) < 130
    with pytest.raises(WorkshopError, match="4 teams and 3 starts"):
        planning.draw_order(TEAMS, weeks[:3], seed=1)
    with pytest.raises(WorkshopError, match="named twice"):
        planning.draw_order(["A", "A"], [1, None], seed=1)


def test_what_cannot_be_planned_is_said() -> None:
    with pytest.raises(WorkshopError, match="no measure 'dels'"):
        planning.power(history(), "dels", [26, 30, 34, None])
    with pytest.raises(WorkshopError, match="4 teams and there are 2 starts"):
        planning.power(history(), "deals", [26, None])
    assert planning.power(history(), "deals", [None] * 4).power is None
    assert planning.power(history(weeks=4), "deals", [4, 8, 12, None]).power is None
