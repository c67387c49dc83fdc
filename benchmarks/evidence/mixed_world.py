"""A fourth kind of rollout, by an author who had seen neither the other three nor what is measured with them.

Everything that troubles a rollout at once: sellers leave, seats stay empty, who follows needs months to learn. Absences
are rows of zeros, part weeks or no rows at all. Teams drift, have busy seasons of their own and shocks that activity
and metric share in part. Sellers have good and bad spells that move both, which looks like a link and is none.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Array = NDArray[np.float64]
BURN_IN = 12
"""Weeks before the first that is shown, so that lagged effects have something to come from."""


@dataclass(frozen=True)
class MixedWorld:
    """What is true. Rates are per seller and week; lifts, the elasticity and standard deviations are relative.

    `drift` is the standard deviation of a team's trend in 26 weeks, `spells` that of what moves a seller's activity and
    metric alike, `shared_shocks` the correlation of a team's shocks of the two.
    """

    sizes: tuple[int, ...] = (10, 10, 10, 10)
    starts: tuple[int | None, ...] = (26, 30, 34, None)
    after: int = 26
    activity: float = 6.0
    metric: float = 1.2
    spread: float = 0.35
    team_sd: float = 0.07
    team_phi: float = 0.5
    drift: float = 0.03
    season: float = 0.15
    shared_shocks: float = 0.3
    spells: float = 0.2
    spells_phi: float = 0.8
    turnover: float = 0.008
    absence: float = 0.06
    adoption: float = 0.0
    lift: float = 0.0
    elasticity: float = 0.0
    lag: int = 2


def draw(world: MixedWorld, rng: np.random.Generator) -> tuple[pd.DataFrame, dict[str, int | None]]:
    """One rollout: the panel and its starts. The order in which teams start is random."""
    teams = len(world.sizes)
    start = [world.starts[place] for place in rng.permutation(teams)]
    weeks = BURN_IN + max(week for week in world.starts if week is not None) + world.after
    when = np.arange(weeks) - BURN_IN
    log_level = _teams(world, when, rng)
    rows: list[tuple[str, str, int, float, float, float]] = []
    people = 0
    for team, size in enumerate(world.sizes):
        on = np.zeros(weeks) if start[team] is None else (when >= start[team]).astype(float)
        for seat in range(size):
            spell = _lasting(weeks, world.spells_phi, world.spells, rng)
            own = [_lasting(weeks, 0.2, 0.2, rng) + spell for _ in range(2)]
            for first, last, learns in _stays(world, weeks, rng):
                people += 1
                levels = [log_level[kind][team] + own[kind] for kind in range(2)]
                present, made, won = _seller(world, levels, on, first if learns else None, rng)
                hidden = (present == 0) & bool(seat % 2)  # every other seat has no row in a week off
                rows += [
                    (f"S{people:03d}", f"T{team + 1}", int(when[at]), round(float(present[at]), 2), made[at], won[at])
                    for at in range(max(first, BURN_IN), last)
                    if not hidden[at]
                ]
    columns = ["seller", "team", "week", "present", "activity_calls", "metric_deals"]
    return pd.DataFrame(rows, columns=columns), {f"T{team + 1}": week for team, week in enumerate(start)}


def _seller(
    world: MixedWorld, levels: list[Array], on: Array, learns_from: int | None, rng: np.random.Generator
) -> tuple[Array, Array, Array]:
    """Presence, activity and metric of one person; who is good at the one is often good at the other."""
    weeks = len(on)
    doing = rng.normal(0, world.spread)
    winning = 0.6 * doing + 0.8 * rng.normal(0, world.spread)
    skill = np.ones(weeks)
    if learns_from is not None:
        skill = np.clip(0.35 + 0.65 * (np.arange(weeks) - learns_from) / rng.integers(6, 16), 0.35, 1.0)
    present = _present(world, weeks, rng)
    usual = world.activity * np.exp(doing + levels[0]) * skill
    made = rng.poisson(usual * (1 + world.adoption * on) * present).astype(float)
    typical = world.activity * np.exp(doing) * skill
    done = np.where(present > 0, (made / np.maximum(present, 1e-9) + 0.5) / (typical + 0.5), 1.0)
    felt = np.concatenate([np.zeros(world.lag), np.log(done[: weeks - world.lag])])
    rate = world.metric * np.exp(winning + levels[1] + world.elasticity * felt) * skill * (1 + world.lift * on)
    return present, made, rng.poisson(rate * present).astype(float)


def _stays(world: MixedWorld, weeks: int, rng: np.random.Generator) -> list[tuple[int, int, bool]]:
    """From when to before when each person holds a seat, and whether they come new; it stays empty up to six weeks."""
    leaves = [int(week) for week in np.flatnonzero(rng.random(weeks) < world.turnover) if week > BURN_IN]
    begins = [0, *(week + int(rng.integers(0, 7)) for week in leaves)]
    ends = [*leaves, weeks]
    return [(first, last, first > 0) for first, last in zip(begins, ends, strict=True) if last - first >= 2]


def _present(world: MixedWorld, weeks: int, rng: np.random.Generator) -> Array:
    """Shares of weeks: part weeks, a week or two off, now and then a long illness."""
    present = np.ones(weeks)
    for week in np.flatnonzero(rng.random(weeks) < world.absence):
        kind = rng.random()
        if kind < 0.55:
            present[week] *= rng.choice([0.2, 0.4, 0.6, 0.8])
        else:
            present[week : week + int(rng.integers(1, 3) if kind < 0.93 else rng.integers(4, 11))] = 0.0
    return present


def _teams(world: MixedWorld, when: Array, rng: np.random.Generator) -> list[Array]:
    """For activity and metric: team by week, a log. The company's year and quarters, drift, busy weeks and shocks."""
    teams, weeks = len(world.sizes), len(when)
    phase = rng.uniform(0, 2 * np.pi)
    company = []
    for _ in range(2):
        quarter = 0.1 * (((when + int(rng.integers(13))) % 13) / 12 - 0.5)
        company.append(_lasting(weeks, 0.6, 0.06, rng) + 0.08 * np.sin(2 * np.pi * when / 52 + phase) + quarter)
    company[1] = 0.5 * company[0] + 0.87 * company[1]
    shocks = [np.array([_lasting(weeks, world.team_phi, world.team_sd, rng) for _ in range(teams)]) for _ in range(2)]
    shocks[1] = world.shared_shocks * shocks[0] + (1 - world.shared_shocks**2) ** 0.5 * shocks[1]
    trend = rng.normal(0, world.drift, (2, teams, 1)) * when / 26
    busiest = rng.integers(0, weeks - BURN_IN, (teams, 1))
    busy = world.season * np.exp(-0.5 * ((when - busiest) / 4) ** 2)
    return [company[kind] + shocks[kind] + trend[kind] + busy for kind in range(2)]


def _lasting(weeks: int, phi: float, sd: float, rng: np.random.Generator) -> Array:
    values = rng.normal(0, sd, weeks)
    for week in range(1, weeks):
        values[week] = phi * values[week - 1] + (1 - phi**2) ** 0.5 * values[week]
    return values
