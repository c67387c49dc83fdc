"""Rollouts with a known truth: sellers come and go, fall ill and drift, teams have good and bad spells."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class World:
    """What is true. Rates are per seller and week; lifts and the elasticity are relative changes."""

    sizes: tuple[int, ...] = (10, 10, 10, 10)
    starts: tuple[int | None, ...] = (26, 30, 34, None)
    weeks: int = 60
    activity: float = 6.0
    metric: float = 1.2
    adoption: float = 0.0
    lift: float = 0.0
    lifted_tier: str = ""
    elasticity: float = 0.0
    lag: int = 2
    spread: float = 0.35
    team_sd: float = 0.07
    team_phi: float = 0.5
    drift: float = 0.0
    turnover: float = 0.01
    absent: float = 0.06
    outages: bool = False
    revenue: float = 0.0
    shared_sd: float = 0.0
    shared_phi: float = 0.8
    ramp: int = 0


def draw(world: World, rng: np.random.Generator) -> tuple[pd.DataFrame, dict[str, int | None]]:
    """One rollout: the panel and its starts. The order in which teams start is random."""
    teams, weeks = len(world.sizes), world.weeks
    order = rng.permutation(teams)
    start = [world.starts[place] for place in order]
    parts: list[list[Array]] = []
    company = {kind: _company(weeks, rng) for kind in ("activity", "metric")}
    trend = rng.normal(0, world.drift, teams) if world.drift else np.zeros(teams)
    for team, size in enumerate(world.sizes):
        parts += _team(world, team, size, start[team], company, float(trend[team]), rng)
    teamed, seat, turn, week, present, made, closed = (np.concatenate(column) for column in zip(*parts, strict=True))
    who = zip(teamed.astype(int), seat.astype(int), turn.astype(int), strict=True)
    panel = pd.DataFrame(
        {
            "seller": [f"T{team}-{place}-{after}" for team, place, after in who],
            "team": [f"T{team}" for team in teamed.astype(int)],
            "week": week.astype(int),
            "present": present,
            "activity_calls": made,
            "metric_deals": closed,
        }
    )
    panel["tier"] = _ranked(panel, min(week for week in world.starts if week is not None))
    return panel, {f"T{team}": start[team] for team in range(teams)}


def _team(
    world: World, team: int, size: int, start: int | None, company: dict[str, Array], trend: float,
    rng: np.random.Generator,
) -> list[list[Array]]:  # fmt: skip
    """The columns of each person in turn: team, seat, which person in it, week, presence, activity, metric."""
    weeks = world.weeks
    when = np.arange(weeks)
    on = np.zeros(weeks) if start is None else np.clip((when - start + 1) / max(world.ramp, 1), 0, 1)
    slope = trend * (when - weeks / 2) / 26
    shocks = {kind: _ar(weeks, world.team_sd, world.team_phi, rng) for kind in ("activity", "metric")}
    out = rng.integers(0, weeks - 2) if world.outages else weeks + 9
    rows = []
    for seat in range(size):
        leaves = np.flatnonzero(rng.random(weeks) < world.turnover)
        stays = np.split(when, leaves[leaves > 0])
        third = ("top", "middle", "low")[seat * 3 // size]
        for turn, stay in enumerate(stays):
            level = np.exp(rng.normal(0, world.spread, 2))
            here = stay[2:] if turn and len(stay) > 2 else stay
            share = np.where(rng.random(len(here)) < world.absent, 0.0, np.where(rng.random(len(here)) < 0.1, 0.6, 1.0))
            share = np.where((here >= out) & (here < out + 2), 0.0, share)
            cause = _ar(weeks, world.shared_sd, world.shared_phi, rng)
            own = _ar(weeks, 0.2, 0.2, rng)
            effort = np.exp(own + cause) * (1 + world.adoption * on)
            usual = world.activity * level[0] * np.exp(company["activity"] + shocks["activity"] + slope)
            presence = np.zeros(weeks)
            presence[here] = share
            made = rng.poisson(usual * effort * presence)
            felt = np.where(presence > 0, made / np.maximum(usual * presence, 1e-9), 1.0) - 1
            late = 1 + world.elasticity * np.concatenate([np.zeros(world.lag), felt[: weeks - world.lag]])
            lift = 1 + world.lift * on * (world.lifted_tier in ("", third))
            usual = world.metric * level[1] * np.exp(company["metric"] + shocks["metric"] + slope)
            rate = usual * lift * np.maximum(late, 0.05) * np.exp(_ar(weeks, 0.2, 0.2, rng) + cause)
            closed = rng.poisson(rate[here] * share).astype(float)
            if world.revenue:
                closed = np.array([rng.lognormal(0, world.revenue, int(n)).sum() for n in closed])
            names = [np.full(len(here), float(number)) for number in (team, seat, turn)]
            rows.append([*names, here, share, made[here], closed])
    return rows


def _ranked(panel: pd.DataFrame, baseline: int) -> pd.Series:
    """Thirds within the team by the mean of the baseline; who came later has none."""
    early = panel[(panel["week"] < baseline) & (panel["present"] > 0)]
    mean = early.groupby(["team", "seller"])["metric_deals"].agg(["mean", "size"])
    mean = mean.loc[mean["size"] >= 6, "mean"]
    place = mean.groupby("team").rank(method="first", pct=True)
    third = pd.cut(place, [0, 1 / 3, 2 / 3, 1], labels=["low", "middle", "top"]).astype(str)
    third.index = third.index.get_level_values("seller")
    return panel["seller"].map(third).fillna("")


def _company(weeks: int, rng: np.random.Generator) -> Array:
    when = np.arange(weeks) + rng.integers(0, 52)
    quarter = 0.1 * ((when % 13) / 12 - 0.5)
    return np.asarray(_ar(weeks, 0.06, 0.6, rng) + 0.08 * np.sin(2 * np.pi * when / 52) + quarter)


def _ar(weeks: int, sd: float, phi: float, rng: np.random.Generator) -> Array:
    noise = rng.normal(0, sd, weeks)
    for week in range(1, weeks):
        noise[week] = phi * noise[week - 1] + (1 - phi**2) ** 0.5 * noise[week]
    return noise
