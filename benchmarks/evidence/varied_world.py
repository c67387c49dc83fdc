"""A third kind of rollout, no two alike: teams, starts, shocks, drift, season, tails and turnover are drawn each time.

The first two kinds ask whether the error rates hold in one world; this one asks whether they hold over worlds of which
nothing is known beforehand. What is given is fixed for all rollouts, what is left out is drawn for each.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Array = NDArray[np.float64]
PLANS = ("one after another, one held out", "one after another", "same week, some held out")


@dataclass(frozen=True)
class VariedWorld:
    """What is true of all rollouts; None is drawn for each. Rates are per seller and week, lifts relative changes.

    `half_life` is that of team shocks in weeks (drawn from 2 to 26), `shock` their standard deviation (0.03 to 0.12),
    `drift` that of a team's straight trend in 26 weeks (0 to 0.06), `tail` the index of the amounts' Pareto law.
    """

    teams: int | None = None
    size: int | None = None
    plan: int | None = None
    half_life: float | None = None
    shock: float | None = None
    drift: float | None = None
    season: float | None = None
    leaving: float | None = None
    absent: float | None = None
    metric: float | None = None
    tail: float = 0.0
    adoption: float = 0.0
    lift: float = 0.0
    elasticity: float = 0.0
    lag: int = 2
    shared: float = 0.0


def draw(world: VariedWorld, rng: np.random.Generator) -> tuple[pd.DataFrame, dict[str, int | None]]:
    """One rollout: the panel and its starts. Which team starts when is random."""

    def of(given: float | None, low: float, high: float) -> float:
        drawn = float(rng.uniform(low, high))
        return drawn if given is None else float(given)

    teams = int(rng.integers(3, 9)) if world.teams is None else world.teams
    sizes = rng.integers(4, 16, teams) if world.size is None else np.full(teams, world.size)
    start, weeks = _starts(world, teams, rng)
    begun = np.array([weeks if week is None else week for week in start])
    half_life = float(np.exp(of(None if world.half_life is None else np.log(world.half_life), np.log(2), np.log(26))))
    shock, drift, season = of(world.shock, 0.03, 0.12), of(world.drift, 0, 0.06), of(world.season, 0, 0.2)
    stay = _seats(sizes, weeks, of(world.leaving, 0.003, 0.025), rng)
    team, first, last = stay.T
    when = np.arange(weeks)
    here = (when >= first[:, None]) & (when < last[:, None])
    away = rng.random(here.shape) < of(world.absent, 0.02, 0.12)
    away[:, 1:] |= away[:, :-1] & (rng.random(away[:, 1:].shape) < 0.3)  # some absences last a second week
    present = np.where(away, rng.choice([0.0, 0.0, 0.2, 0.4, 0.6, 0.8], here.shape), 1.0) * here
    skill = np.clip(0.5 + 0.5 * (when - first[:, None] + 1) / 12, 0, 1)
    learning = np.where(first[:, None] > 0, skill, 1.0)
    cause = _lasting((len(stay), weeks), world.shared, 0.8, rng)
    on = np.clip((when - begun[team][:, None] + 1) / rng.integers(1, 5), 0, 1)
    level = {}
    for kind, spread, mood in (("activity", 0.4, 0.15), ("metric", 0.35, 0.2)):
        own = rng.normal(0, spread, len(stay))[:, None] + _lasting((len(stay), weeks), mood, 0.5, rng) + cause
        level[kind] = np.exp(own + _teams(teams, weeks, half_life, shock, drift, season, rng)[team]) * learning
    usual = rng.uniform(2, 20) * level["activity"]
    made = _counts(usual * (1 + world.adoption * on) * present, rng)
    felt = np.where(present > 0, made / np.maximum(usual * present, 1e-9), 1.0) - 1
    before = np.zeros_like(felt)
    before[:, world.lag :] = felt[:, : weeks - world.lag]
    rate = (
        float(np.exp(of(None if world.metric is None else np.log(world.metric), np.log(0.4), np.log(4))))
        * level["metric"]
    )
    won = _counts(rate * (1 + world.lift * on) * np.maximum(1 + world.elasticity * before, 0.05) * present, rng)
    if world.tail:
        won = np.array([(rng.pareto(world.tail, int(number)) + 1).sum() for number in won.ravel()]).reshape(won.shape)
    seller, week = np.nonzero(here & (rng.random(here.shape) > 0.01))  # now and then a row is missing
    panel = pd.DataFrame(
        {
            "seller": [f"S{one}" for one in seller],
            "team": [f"U{one}" for one in team[seller]],
            "week": week,
            "present": present[seller, week],
            "activity_visits": made[seller, week],
            "metric_orders": won[seller, week],
        }
    )
    return panel, {f"U{one}": start[one] for one in range(teams)}


def _starts(world: VariedWorld, teams: int, rng: np.random.Generator) -> tuple[list[int | None], int]:
    """The start of each team, and how many weeks there are: 26 to 30 from the last start."""
    plan = int(rng.integers(len(PLANS))) if world.plan is None else world.plan
    first, apart = int(rng.integers(16, 31)), int(rng.integers(2, 6))
    found: list[int | None] = [first + apart * place for place in range(teams)]
    last = first + apart * (teams - 1)
    if plan == 0:
        found, last = [*found[:-1], None], last - apart
    if plan == 2:
        held = max(1, teams // 4)
        found, last = [*[first] * (teams - held), *[None] * held], first
    return [found[place] for place in rng.permutation(teams)], last + int(rng.integers(26, 31))


def _seats(sizes: NDArray[np.int64], weeks: int, leaving: float, rng: np.random.Generator) -> NDArray[np.int64]:
    """Team, first week and the week after the last of each person; vacancies last 0 to 6 weeks, some for good."""
    found = []
    for team, size in enumerate(sizes):
        for _ in range(size):
            first = 0 if rng.random() < 0.92 else int(rng.integers(1, weeks // 2))
            while first < weeks - 2:
                last = first + int(rng.geometric(leaving))
                found.append((team, first, min(last, weeks)))
                first = last + int(rng.integers(0, 7)) if rng.random() < 0.85 else weeks
    return np.array(found)


def _teams(
    teams: int, weeks: int, half_life: float, shock: float, drift: float, season: float, rng: np.random.Generator
) -> Array:
    """Team by week, a log: what all share (a year, quarters, noise) and what each has of its own."""
    when = np.arange(weeks)
    year = np.sin(2 * np.pi * (when + rng.integers(52)) / 52)
    shared = season * year + 0.1 * rng.normal() * (when % 13 >= 11) + _lasting((1, weeks), 0.06, 0.6, rng)
    trend = rng.normal(0, drift, (teams, 1)) * (when - weeks / 2) / 26
    own_season = rng.normal(0, 0.15 * season, (teams, 1)) * year  # no two teams have quite the same year
    return np.asarray(shared + trend + own_season + _lasting((teams, weeks), shock, 0.5 ** (1 / half_life), rng))


def _counts(mean: Array, rng: np.random.Generator) -> Array:
    return rng.poisson(mean * rng.gamma(8, 1 / 8, mean.shape)).astype(float)


def _lasting(shape: tuple[int, int], sd: float, phi: float, rng: np.random.Generator) -> Array:
    values = rng.normal(0, sd, shape)
    for week in range(1, shape[1]):
        values[:, week] = phi * values[:, week - 1] + (1 - phi**2) ** 0.5 * values[:, week]
    return values
