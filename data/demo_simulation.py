"""Two years of the demo company, week by week: how much each seller does, and what becomes of each deal."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import demo_world as world
import numpy as np

ALL = world.BURN_IN + world.WEEKS
DAY_ZERO = world.FIRST - dt.timedelta(weeks=world.BURN_IN)
"""Days and weeks of the simulation count from here."""


@dataclass(frozen=True)
class Weeks:
    """Counts by seller (rows) and week (columns), burn-in included."""

    team: np.ndarray  # index into world.TEAMS, -1 where not with the company
    present: np.ndarray  # share of the week's days
    counts: dict[str, np.ndarray]  # call, email, meeting, demo
    reached: np.ndarray  # calls that became a conversation
    senior: np.ndarray  # conversations with a vice president or above, of any kind


@dataclass
class Deal:
    """A deal: days count from `DAY_ZERO`; an owner is an index into world.SELLERS."""

    owner: int
    team: int
    opened: int
    expires: int
    closed: int = -1
    status: str = "open"


def week_of(day: dt.date) -> int:
    """The simulated week that holds a day."""
    return (day - DAY_ZERO).days // 7


def usual_senior() -> np.ndarray:
    """Senior conversations each seller plans per week before the rollout, by team (columns)."""
    tiers = np.array([world.TIER_OF_SENIOR[s.tier] for s in world.SELLERS])
    return tiers[:, None] * np.array([world.PLANS[t].senior for t in world.TEAMS])


def activities(rng: np.random.Generator) -> Weeks:
    """How much every seller does in every week; the rollout's lifts are in it."""
    team, present = _presence(rng)
    sellers = len(world.SELLERS)
    at_work = np.where(team >= 0, present, 0.0)
    index = np.maximum(team, 0)
    counts: dict[str, np.ndarray] = {}
    for kind in world.KINDS:
        base = np.array([world.PLANS[t].rate(kind) for t in world.TEAMS])[index]
        spread = np.exp(rng.normal(0, 0.10, (sellers, 1)))
        shock = _shocks(rng, sellers, sd=0.25, phi=0.3)
        rate = base * spread * shock * at_work * _season_of(kind)[index, np.arange(ALL)]
        if kind == "email":
            rate = rate * _by_tier(world.TIER_OF_EMAILS) * _lift_of_emails(team)
        counts[kind] = rng.poisson(rate)
    share = np.array([world.PLANS[t].reached for t in world.TEAMS])[index]
    reached = rng.binomial(counts["call"], share)
    usual = np.take_along_axis(usual_senior(), index, axis=1)
    bursts = _shocks(rng, sellers, sd=0.45, phi=0.5)
    planned = rng.poisson(usual * bursts * at_work * _annual(0.03) * _lift_of_senior(team))
    conversations = reached + counts["meeting"] + counts["demo"]
    return Weeks(team, present, counts, reached, np.minimum(planned, conversations))


def deals(rng: np.random.Generator, weeks: Weeks) -> tuple[list[Deal], list[list[list[int]]]]:
    """Every deal with its fate, and the deals each seller had open at the start of each week (seller, week)."""
    sellers = len(world.SELLERS)
    opened_rate, won_rate = _deal_rates(rng, weeks)
    pools: list[list[int]] = [[] for _ in range(sellers)]
    seen: list[list[list[int]]] = [[[] for _ in range(ALL)] for _ in range(sellers)]
    found: list[Deal] = []
    for week in range(ALL):
        for seller in range(sellers):
            if week and weeks.team[seller, week - 1] != weeks.team[seller, week]:
                _hand_over(found, pools, seller, weeks, week)
        for seller in range(sellers):
            number = int(weeks.team[seller, week])
            if number < 0:
                continue
            plan = world.PLANS[world.TEAMS[number]]
            pool = pools[seller]
            seen[seller][week] = list(pool)
            ripe = [d for d in pool if found[d].opened + plan.least_age <= week * 7 + 4]
            rate = won_rate[seller, week]
            if plan.pool_decides:
                rate *= len(pool) / max(plan.opened * _weeks_open(plan), 1.0)
            wins = min(int(rng.poisson(rate)), len(ripe))
            won = rng.choice(ripe, wins, replace=False).tolist() if wins else []
            for deal in won:
                earliest = max(found[deal].opened + plan.least_age - week * 7, 0)
                found[deal].closed = week * 7 + int(rng.integers(earliest, 5))
                found[deal].status = "won"
            lost = [d for d in pool if d not in won and found[d].expires < week * 7 + 7]
            for deal in lost:
                latest = min(max(found[deal].expires - week * 7, 0), 4)
                found[deal].closed, found[deal].status = max(week * 7 + latest, found[deal].opened), "lost"
            gone = {*won, *lost}
            pools[seller] = [d for d in pool if d not in gone]
            for _ in range(int(rng.poisson(opened_rate[seller, week]))):
                day = week * 7 + int(rng.integers(0, 5))
                patience = plan.patience * float(np.exp(rng.normal(0, 0.45)))
                found.append(Deal(seller, number, day, day + 3 + round(patience)))
                pools[seller].append(len(found) - 1)
    return found, seen


def _deal_rates(rng: np.random.Generator, weeks: Weeks) -> tuple[np.ndarray, np.ndarray]:
    """Expected deals opened and won, without what the size of the pipeline adds."""
    sellers = len(world.SELLERS)
    index = np.maximum(weeks.team, 0)
    at_work = np.where(weeks.team >= 0, weeks.present, 0.0)
    company = np.exp(_ar(rng, 1, sd=0.03, phi=0.5))
    columns = np.arange(ALL)
    opened_noise = np.exp(_ar(rng, len(world.TEAMS), sd=0.05, phi=0.5))[index, columns]
    won_noise = np.exp(_ar(rng, len(world.TEAMS), sd=0.05, phi=0.5))[index, columns]
    opened = np.array([world.PLANS[t].opened for t in world.TEAMS])[index] * _by_tier(world.TIER_OF_OPENED)
    opened = opened * company * opened_noise * at_work * _season_of("opened")[index, columns]
    opened = opened * _shocks(rng, sellers, sd=0.15, phi=0.2)
    won = np.array([world.PLANS[t].won for t in world.TEAMS])[index] * _by_tier(world.TIER_OF_WON)
    won = won * company * won_noise * at_work * _season_of("won")[index, columns]
    won = won * _shocks(rng, sellers, sd=0.15, phi=0.2)
    rates = {"opportunities_opened": opened, "deals_closed": won}
    usual = np.take_along_axis(usual_senior(), index, axis=1)
    for link in world.LINKS:
        if link.activity == "senior_conversations":
            relative = weeks.senior / usual
        else:
            relative = weeks.counts["meeting"] / world.PLANS[link.team].meetings
        earlier = np.ones_like(relative)
        earlier[:, link.lag :] = np.where(weeks.team >= 0, relative, 1.0)[:, : -link.lag]
        inside = weeks.team == world.TEAMS.index(link.team)
        effect = 1 + link.elasticity * (earlier - 1)
        rates[link.metric] = np.where(inside, rates[link.metric] * effect, rates[link.metric])
    return rates["opportunities_opened"], rates["deals_closed"]


def _hand_over(found: list[Deal], pools: list[list[int]], seller: int, weeks: Weeks, week: int) -> None:
    """Open deals of somebody who left or moved go to the colleagues who stay in that team."""
    before = weeks.team[seller, week - 1]
    if before < 0:
        return
    heirs = [s for s in range(len(world.SELLERS)) if s != seller and weeks.team[s, week] == before]
    for place, deal in enumerate(pools[seller]):
        found[deal].owner = heirs[place % len(heirs)]
        pools[found[deal].owner].append(deal)
    pools[seller] = []


def _weeks_open(plan: world.Plan) -> float:
    """About how long a deal of this team stays open, in weeks."""
    return plan.patience / 7 * 0.62


def _presence(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """The team of each seller in each week, and the share of each week they are at work."""
    sellers = len(world.SELLERS)
    team = np.empty((sellers, ALL), dtype=int)
    present = np.full((sellers, ALL), 1.0)
    for row, seller in enumerate(world.SELLERS):
        team[row] = world.TEAMS.index(seller.team)
        if seller.moved:
            team[row, week_of(seller.moved[0]) :] = world.TEAMS.index(seller.moved[1])
        if seller.joined:
            first = week_of(seller.joined)
            team[row, :first] = -1
            present[row, first : first + 8] *= np.linspace(0.4, 1.0, 8)
        if seller.left:
            team[row, week_of(seller.left) + 1 :] = -1
        for begins, ends in seller.away:
            present[row, week_of(begins) : week_of(ends) + 1] = 0.0
        for year in range(3):
            summer = rng.integers(week_of(dt.date(2024 + year, 7, 1)), week_of(dt.date(2024 + year, 8, 25)), 2)
            other = rng.integers(year * 52, min(year * 52 + 52, ALL), 2)
            for week in (*summer, *other):
                if week < ALL:
                    present[row, week] = 0.0
    for year in (2023, 2024, 2025):
        christmas = week_of(dt.date(year, 12, 25))
        present[:, christmas : christmas + 2] *= np.array([0.4, 0.6])
    present[:, world.BURN_IN + world.KICK_OFF] *= 0.6
    return team, present


def _season_of(what: str) -> np.ndarray:
    """The factor that all sellers of a team share, by team (rows) and week.

    The look-alike is made here: in Sales Development and Inside Sales calls and new deals both swing with the year
    and with marketing's campaigns, the new deals two weeks after the calls. No call causes any of it.
    """
    factor = np.tile(_annual(0.05), (len(world.TEAMS), 1))
    if what == "won":
        factor = factor * _quarter_end()
    if what in ("call", "opened"):
        for name, (yearly, burst) in world.SHARED_SEASON.items():
            later = world.CAMPAIGN_TO_DEAL if what == "opened" else 0
            factor[world.TEAMS.index(name)] = _annual(yearly) * (1 + burst * _campaign(later=later))
    return factor


def _annual(size: float) -> np.ndarray:
    """A yearly wave with its height in March and its low in September."""
    days = np.array([(DAY_ZERO + dt.timedelta(weeks=w)).timetuple().tm_yday for w in range(ALL)])
    return 1 + size * np.cos(2 * np.pi * (days - 75) / 365.25)


def _quarter_end() -> np.ndarray:
    """From 12 % below at the start of a calendar quarter to 25 % above in its last weeks."""
    place = []
    for week in range(ALL):
        day = DAY_ZERO + dt.timedelta(weeks=week)
        begins = dt.date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)
        place.append((day - begins).days / 91)
    return 0.88 + 0.37 * np.clip(np.array(place), 0, 1) ** 2


def _campaign(*, later: int) -> np.ndarray:
    pulse = np.zeros(ALL)
    for week in world.CAMPAIGNS:
        begins = week + world.BURN_IN + later
        pulse[begins : begins + 3] = (1.0, 0.7, 0.3)[: max(0, ALL - begins)]
    return pulse


def _by_tier(sizes: dict[str, float]) -> np.ndarray:
    return np.array([sizes[s.tier] for s in world.SELLERS])[:, None]


def _started(team: np.ndarray, name: str, *, ramp: int) -> np.ndarray:
    """0 before a team's start, rising to 1 over `ramp` weeks, and 0 for everybody who is not in that team."""
    start = world.STARTS[name]
    if start is None:
        return np.zeros_like(team, dtype=float)
    since = np.arange(ALL) - week_of(start)
    return np.clip((since + 1) / ramp, 0, 1) * (team == world.TEAMS.index(name))


def _lift_of_senior(team: np.ndarray) -> np.ndarray:
    on = sum(_started(team, name, ramp=world.RAMP_IN) for name in (world.INSIDE, world.FIELD))
    return 1 + _by_tier(world.LIFT_OF_SENIOR) * on


def _lift_of_emails(team: np.ndarray) -> np.ndarray:
    return 1 + sum(size * _started(team, name, ramp=world.RAMP_IN) for name, size in world.LIFT_OF_EMAILS.items())


def _ar(rng: np.random.Generator, rows: int, *, sd: float, phi: float) -> np.ndarray:
    """Autoregressive noise with standard deviation `sd`."""
    noise = rng.normal(0, sd, (rows, ALL))
    for week in range(1, ALL):
        noise[:, week] = phi * noise[:, week - 1] + np.sqrt(1 - phi**2) * noise[:, week]
    return noise


def _shocks(rng: np.random.Generator, rows: int, *, sd: float, phi: float) -> np.ndarray:
    """Lognormal seller-week shocks with mean 1."""
    return np.exp(_ar(rng, rows, sd=sd, phi=phi) - sd**2 / 2)
