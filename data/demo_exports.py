"""The simulated company as its CRM would export it: column names, ids and files of a client, not of the workshop."""

from __future__ import annotations

import datetime as dt

import demo_world as world
import numpy as np
import pandas as pd
from demo_simulation import ALL, DAY_ZERO, Deal, Weeks

_FIRST_DAY = world.BURN_IN * 7
_NAMES = np.array([s.name for s in world.SELLERS])
_STAGES = ("Qualified", "Discovery", "Trial", "Close")
_TOPICS = ("budget", "authority", "need", "timeframe")
_SOURCES = ("Website", "Webinar", "Trade fair", "Partner", "Outbound list")
_INDUSTRIES = ("Manufacturing", "Logistics", "Retail", "Healthcare", "Software", "Construction", "Education", "Energy")
_COUNTRIES = ("United States", "Canada", "United Kingdom", "Ireland")
_ACCOUNTS = 1400
_SIZES = {world.SDR: (0, 600), world.INSIDE: (400, 1000), world.FIELD: (900, 1400), world.AM: (200, 1400)}
"""Accounts are numbered from small to large; each team sells into its own stretch of them."""


def people() -> pd.DataFrame:
    """One row for each stretch of time somebody spent in a team."""
    rows = []
    for name, title, manager, team, role in world.LEADERS:
        for led in (team,) if team else world.TEAMS:
            rows.append((name, title, led, role, manager, None, None))
    for seller in world.SELLERS:
        stretches = [(seller.team, seller.joined, seller.left)]
        if seller.moved:
            day, team = seller.moved
            stretches = [(seller.team, None, day - dt.timedelta(days=1)), (team, day, None)]
        for team, first, last in stretches:
            manager = world.manager_of(seller, team)
            rows.append((seller.name, world.TITLES[stretches[-1][0]], team, "seller", manager, first, last))
    columns = ["Full Name", "Job Title", "Team", "Role", "Reports To", "Start Date", "End Date"]
    return pd.DataFrame(rows, columns=columns)


def quotas() -> pd.DataFrame:
    """Revenue each seller is to win in each calendar quarter they begin in a team; new sellers get half at first."""
    rows = []
    for begins in pd.date_range(world.FIRST, world.LAST, freq="QS").date:
        ends = (pd.Timestamp(begins) + pd.offsets.QuarterEnd(0)).date()
        for seller in world.SELLERS:
            team = seller.moved[1] if seller.moved and seller.moved[0] <= begins else seller.team
            if (seller.left and seller.left < begins) or (seller.joined and seller.joined > ends):
                continue
            plan = world.PLANS[team]
            new = seller.joined is not None and (begins - seller.joined).days < 90
            value = plan.won * 13 * plan.amount * (0.5 if new else 1.0)
            rows.append((seller.name, begins, ends, round(value, -3)))
    return pd.DataFrame(rows, columns=["Owner", "Quarter Start", "Quarter End", "Quota"])


def accounts(rng: np.random.Generator) -> pd.DataFrame:
    """Prospect and customer companies with made-up names."""
    first = (
        "Brind",
        "Quor",
        "Tesk",
        "Vell",
        "Harrow",
        "Osk",
        "Mirr",
        "Dunn",
        "Calv",
        "Pell",
        "Strat",
        "Wend",
        "Yarr",
        "Lumb",
    )
    second = ("amoor", "ivane", "elto", "andry", "owick", "umber", "essa", "arick", "ondale", "yth", "ingra", "avolt")
    third = ("Foods", "Freight", "Works", "Clinics", "Systems", "Stores", "Builders", "Schools", "Power", "Supply")
    names = [f"{a}{b} {c}" for a in first for b in second for c in third]
    chosen = rng.permutation(len(names))[:_ACCOUNTS]
    employees = np.sort(np.round(np.exp(rng.normal(5.2, 1.3, _ACCOUNTS)))).astype(int) + 5
    revenue = np.round(employees * np.exp(rng.normal(11.9, 0.3, _ACCOUNTS)), -4).astype(int)
    return pd.DataFrame(
        {
            "Account ID": [f"A{i:04d}" for i in range(_ACCOUNTS)],
            "Account Name": [names[i] for i in chosen],
            "Industry": rng.choice(_INDUSTRIES, _ACCOUNTS),
            "Employees": employees,
            "Annual Revenue": revenue,
            "Country": rng.choice(_COUNTRIES, _ACCOUNTS, p=(0.7, 0.12, 0.12, 0.06)),
        }
    )


def opportunities(rng: np.random.Generator, deals: list[Deal]) -> pd.DataFrame:
    """Every deal that was closed since the first day or is still open; `deal` is its place in the simulation."""
    shown = [i for i, d in enumerate(deals) if d.closed >= _FIRST_DAY or d.closed < 0]
    shown.sort(key=lambda i: (deals[i].opened, i))
    rows = []
    for number, place in enumerate(shown):
        deal = deals[place]
        team = world.TEAMS[deal.team]
        plan = world.PLANS[team]
        last = _day(deal.closed) if deal.closed >= 0 else world.LAST
        due = _day(deal.opened + max(round(plan.patience * float(np.exp(rng.normal(-0.2, 0.3)))), 7))
        if deal.closed < 0 and due <= last and rng.random() < 0.6:
            due = last + dt.timedelta(days=int(rng.integers(7, 60)))
        low, high = _SIZES[team]
        depth = _depth(rng, deal, plan)
        rows.append(
            (
                f"D{number + 1:05d}", f"A{int(rng.integers(low, high)):04d}", _NAMES[deal.owner],
                plan.products[int(rng.random() < 0.25)] if len(plan.products) > 1 else plan.products[0],
                _STAGES[depth] if deal.status == "open" else f"Closed {deal.status.title()}",
                _day(deal.opened), _day(deal.closed) if deal.closed >= 0 else None, due,
                int(round(plan.amount * float(np.exp(rng.normal(0, 0.5))), -1)), place, depth,
            )
        )  # fmt: skip
    names = "Opportunity ID,Account ID,Owner,Product,Stage,Created Date,Close Date,Expected Close,Amount,deal,depth"
    return pd.DataFrame(rows, columns=names.split(","))


def leads(rng: np.random.Generator, deals: list[Deal], weeks: Weeks, shown: pd.DataFrame) -> pd.DataFrame:
    """Leads of Sales Development: those that became a deal and those that did not."""
    development = world.TEAMS.index(world.SDR)
    rows: list[tuple[dt.datetime, int, str, dt.date | None, str]] = []
    for key, place in zip(shown["Opportunity ID"], shown["deal"], strict=True):
        deal = deals[place]
        plan = world.PLANS[world.TEAMS[deal.team]]
        at = _moment(deal.opened - int(rng.integers(1, 12)), int(rng.integers(0, 24 * 60)))
        if rng.random() >= plan.from_leads or at.date() < world.FIRST:
            continue
        working = np.flatnonzero(weeks.team[:, (at.date() - DAY_ZERO).days // 7] == development)
        seller = deal.owner if deal.owner in working else int(rng.choice(working))
        rows.append((at, seller, "Converted", _day(deal.opened), key))
    swing = 6.0 * (1 + 0.8 * _pulse())
    for week in range(world.BURN_IN, ALL):
        for seller in np.flatnonzero(weeks.team[:, week] == development):
            for _ in range(int(rng.poisson(swing[week]))):
                at = _moment(week * 7 + int(rng.choice(7, p=_LEAD_DAYS)), int(rng.integers(0, 24 * 60)))
                status = "Open" if (world.LAST - at.date()).days < 21 else str(rng.choice(_LEAD_ENDS))
                rows.append((at, int(seller), status, None, ""))
    rows.sort(key=lambda row: (row[0], row[1], row[4]))
    return pd.DataFrame(
        {
            "Lead ID": [f"L{i + 1:05d}" for i in range(len(rows))],
            "Lead Owner": _NAMES[[row[1] for row in rows]],
            "Created": [row[0].strftime("%Y-%m-%d %H:%M") for row in rows],
            "Lead Source": rng.choice(_SOURCES, len(rows), p=(0.4, 0.2, 0.12, 0.13, 0.15)),
            "Lead Status": [row[2] for row in rows],
            "Converted Date": [row[3] for row in rows],
            "Opportunity ID": [row[4] or None for row in rows],
        }
    )


def stage_history(rng: np.random.Generator, deals: list[Deal], shown: pd.DataFrame) -> pd.DataFrame:
    """Each move of a deal to another stage; one deal in 25 that reached the trial went back once."""
    rows = []
    for key, place, depth in zip(shown["Opportunity ID"], shown["deal"], shown["depth"], strict=True):
        deal = deals[place]
        path = list(_STAGES[: depth + 1])
        if depth >= 2 and rng.random() < 0.04:
            path[3:3] = ["Discovery", "Trial"]
        last = deal.closed if deal.closed >= 0 else (world.LAST - DAY_ZERO).days - 2
        moves = np.sort(rng.uniform(deal.opened, last, len(path) - 1)).astype(int)
        days = [deal.opened, *moves.tolist()]
        if deal.closed >= 0:
            path.append(f"Closed {deal.status.title()}")
            days.append(deal.closed)
        before = ""
        for order, (stage, day) in enumerate(zip(path, days, strict=True)):
            minutes = 9 * 60 + order * 75 + int(rng.integers(0, 60))
            rows.append((key, _moment(day, minutes).strftime("%Y-%m-%d %H:%M"), before, stage))
            before = stage
    return pd.DataFrame(rows, columns=["Opportunity ID", "Changed", "From Stage", "To Stage"])


def topics(rng: np.random.Generator, deals: list[Deal], shown: pd.DataFrame) -> pd.DataFrame:
    """What was learned of budget, authority, need and timeframe; a row without a day was asked and not answered."""
    rows = []
    known = (0.25, 0.45, 0.65, 0.75)
    for key, place, depth in zip(shown["Opportunity ID"], shown["deal"], shown["depth"], strict=True):
        deal = deals[place]
        if world.TEAMS[deal.team] == world.SDR:
            continue
        last = deal.closed if deal.closed >= 0 else (world.LAST - DAY_ZERO).days
        share = 0.9 if deal.status == "won" else known[depth]
        for topic in _TOPICS:
            draw, day = rng.random(), int(rng.integers(deal.opened, last + 1))
            if draw < share:
                rows.append((key, topic, _day(day)))
            elif draw < share + 0.05:
                rows.append((key, topic, None))
    return pd.DataFrame(rows, columns=["Opportunity ID", "Topic", "Confirmed On"])


_LEAD_DAYS = (0.18, 0.18, 0.18, 0.17, 0.15, 0.06, 0.08)
_LEAD_ENDS = ("Unqualified", "No answer", "Nurture")


def _pulse() -> np.ndarray:
    pulse = np.zeros(ALL)
    for week in world.CAMPAIGNS:
        begins = week + world.BURN_IN
        pulse[begins : begins + 3] = (1.0, 0.7, 0.3)[: max(0, ALL - begins)]
    return pulse


def _depth(rng: np.random.Generator, deal: Deal, plan: world.Plan) -> int:
    """How far a deal came: 0 qualified, 1 discovery, 2 trial, 3 close."""
    if deal.status == "won":
        return 3
    if deal.status == "lost":
        return int(rng.choice(4, p=(0.35, 0.35, 0.2, 0.1)))
    age = ((world.LAST - DAY_ZERO).days - deal.opened) / plan.patience
    return int(min(rng.binomial(3, min(0.15 + 0.5 * age, 0.8)), 3))


def _day(number: int) -> dt.date:
    return DAY_ZERO + dt.timedelta(days=number)


def _moment(day: int, minutes: int) -> dt.datetime:
    return dt.datetime.combine(_day(day), dt.time()) + dt.timedelta(minutes=minutes)
