"""A second kind of rollout, built on other laws than the first: gamma-mixed counts, lasting moods, gaps in seats.

Sellers differ by a gamma law, have moods that last for weeks, go on holidays of one or two weeks, leave, and are
followed after a vacancy by someone who needs ten weeks to learn. Teams differ in size; their levels wander and now and
then jump. The company has a year's season, a push at the quarter's end and a quiet week 51. Counts are over-dispersed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class RoughWorld:
    """What is true. Rates are per seller and week present; lifts and the elasticity are relative changes."""

    sizes: tuple[int, ...] = (8, 9, 11, 12)
    starts: tuple[int | None, ...] = (26, 30, 34, None)
    weeks: int = 60
    activity: float = 7.0
    metric: float = 1.2
    adoption: float = 0.0
    lift: float = 0.0
    elasticity: float = 0.0
    lag: int = 2
    wander: float = 0.012
    jumps: float = 0.004
    jump_sd: float = 0.12
    mood_sd: float = 0.15
    mood_phi: float = 0.7
    dispersion: float = 6.0
    leaving: float = 0.012
    silent: float = 0.02
    revenue: bool = False
    shared: float = 0.0
    ramp: int = 4
    tiers: bool = True


def draw(world: RoughWorld, rng: np.random.Generator) -> tuple[pd.DataFrame, dict[str, int | None]]:
    """One rollout: the panel and its starts. The order in which teams start is random."""
    teams, weeks = len(world.sizes), world.weeks
    start = [world.starts[place] for place in rng.permutation(teams)]
    season = {kind: _season(weeks, rng) for kind in ("activity", "metric")}
    columns: dict[str, list[Array]] = {name: [] for name in ("unit", "team", "week", "present", "made", "won")}
    units = 0
    for team, size in enumerate(world.sizes):
        on = np.zeros(weeks)
        if start[team] is not None:
            on = np.clip((np.arange(weeks) - start[team] + 1) / max(world.ramp, 1), 0, 1)
        level = {kind: _wandering(world, rng) + season[kind] for kind in season}
        for _ in range(size):
            for first, last in _stays(world, rng):
                found = _seller(world, rng, level, on, first, last)
                here = np.arange(first, last)
                for name, values in zip(columns, (np.full(len(here), units), np.full(len(here), team), here, *found),
                                        strict=True):  # fmt: skip
                    columns[name].append(values)
                units += 1
    whole = {name: np.concatenate(values) for name, values in columns.items()}
    panel = pd.DataFrame(
        {
            "seller": [f"p{unit:03d}" for unit in whole["unit"].astype(int)],
            "team": [f"team {'ABCDEFGHIJKLMNOP'[place]}" for place in whole["team"].astype(int)],
            "week": whole["week"].astype(int),
            "present": whole["present"],
            "activity_talks": whole["made"],
            "metric_wins": whole["won"],
        }
    )
    if world.tiers:
        panel["tier"] = _ranked(panel, min(week for week in world.starts if week is not None))
    return panel, {f"team {'ABCDEFGHIJKLMNOP'[team]}": start[team] for team in range(teams)}


def _seller(
    world: RoughWorld, rng: np.random.Generator, level: dict[str, Array], on: Array, first: int, last: int
) -> tuple[Array, Array, Array]:
    """Presence, activity and metric of one person from `first` to before `last`."""
    weeks = world.weeks
    talent = rng.gamma(8, 1 / 8, 2)
    learning = np.ones(weeks)
    if first:
        learning = np.clip(0.4 + 0.06 * (np.arange(weeks) - first), 0.4, 1.0)
    present = np.ones(weeks)
    for week in np.flatnonzero(rng.random(weeks) < 0.05):
        present[week : week + int(rng.integers(1, 3))] = rng.choice([0.0, 0.0, 0.4, 0.6, 0.8])
    cause = _lasting(weeks, world.shared, 0.85, rng)
    mood = [_lasting(weeks, world.mood_sd, world.mood_phi, rng) for _ in range(2)]
    usual = world.activity * talent[0] * learning * np.exp(level["activity"] + mood[0] + cause)
    made = _mixed(usual * (1 + world.adoption * on) * present, world.dispersion, rng)
    made *= rng.random(weeks) >= world.silent
    felt = np.where(present > 0, made / np.maximum(usual * present, 1e-9), 1.0) - 1
    before = np.concatenate([np.zeros(world.lag), felt[: weeks - world.lag]])
    rate = world.metric * talent[1] * learning * np.exp(level["metric"] + mood[1] + cause) * (1 + world.lift * on)
    won = _mixed(rate * np.maximum(1 + world.elasticity * before, 0.05) * present, world.dispersion, rng)
    if world.revenue:
        won = np.where(won > 0, rng.gamma(np.maximum(won, 1) * 0.7, 1500.0), 0.0).round(2)
    span = slice(first, last)
    return present[span], made[span], won[span]


def _stays(world: RoughWorld, rng: np.random.Generator) -> list[tuple[int, int]]:
    """From when to when each person held one seat, with a vacancy of three weeks between them."""
    found, first = [], 0
    for week in np.flatnonzero(rng.random(world.weeks) < world.leaving):
        if week - first >= 3:
            found.append((first, int(week)))
            first = int(week) + 3
    if world.weeks - first >= 2:
        found.append((first, world.weeks))
    return found


def _wandering(world: RoughWorld, rng: np.random.Generator) -> Array:
    """A team's level: steps that die away slowly, now and then a jump that stays, and a little noise."""
    steps = rng.normal(0, world.wander, world.weeks)
    steps += rng.normal(0, world.jump_sd, world.weeks) * (rng.random(world.weeks) < world.jumps)
    level = np.zeros(world.weeks)
    for week in range(1, world.weeks):
        level[week] = 0.97 * level[week - 1] + steps[week]
    return level + rng.normal(0, 0.03, world.weeks)


def _season(weeks: int, rng: np.random.Generator) -> Array:
    when = np.arange(weeks) + int(rng.integers(0, 52))
    return np.asarray(
        0.12 * np.cos(2 * np.pi * (when - 8) / 52)
        + np.where(when % 13 >= 11, 0.15, 0.0)
        - np.where(when % 52 == 51, 0.8, 0.0)
        + rng.normal(0, 0.04, weeks)
    )


def _mixed(mean: Array, dispersion: float, rng: np.random.Generator) -> Array:
    return rng.poisson(mean * rng.gamma(dispersion, 1 / dispersion, len(mean))).astype(float)


def _lasting(weeks: int, sd: float, phi: float, rng: np.random.Generator) -> Array:
    values = rng.normal(0, sd, weeks)
    for week in range(1, weeks):
        values[week] = phi * values[week - 1] + (1 - phi**2) ** 0.5 * values[week]
    return values


def _ranked(panel: pd.DataFrame, baseline: int) -> pd.Series:
    """Thirds of the whole company by the baseline's mean, as a head office would rank; who came later has none."""
    early = panel[(panel["week"] < baseline) & (panel["present"] > 0)]
    mean = early.groupby("seller")["metric_wins"].agg(["mean", "size"])
    place = mean.loc[mean["size"] >= 8, "mean"].rank(method="first", pct=True)
    third = pd.cut(place, [0, 1 / 3, 2 / 3, 1], labels=["low", "middle", "top"]).astype(str)
    return panel["seller"].map(third).fillna("")
