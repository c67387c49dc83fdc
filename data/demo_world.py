"""The demo company as planned: people, teams, rates and planted truths. data/README.md says the same in words."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

SEED = 3186
FIRST = dt.date(2024, 7, 1)
LAST = dt.date(2026, 6, 28)
WEEKS = 104
BURN_IN = 39
"""Weeks simulated before `FIRST`, so that the first exported week finds a full pipeline."""

SDR, INSIDE, FIELD, AM = "Sales Development", "Inside Sales", "Field Sales", "Account Management"
TEAMS = (SDR, INSIDE, FIELD, AM)
STARTS = {INSIDE: dt.date(2025, 7, 7), AM: dt.date(2025, 8, 18), FIELD: dt.date(2025, 9, 29), SDR: None}
HELD_BACK_WITH = FIELD
"""The hold-out is compared over the same weeks as the team that started last."""

KINDS = ("call", "email", "meeting", "demo")


@dataclass(frozen=True)
class Plan:
    """How one team works: rates are per seller and week, money in USD, patience and least age in days."""

    calls: float
    emails: float
    meetings: float
    demos: float
    reached: float  # share of calls that become a conversation
    senior: float  # conversations with a vice president or above
    opened: float
    won: float
    patience: float  # median days after which a deal that was not won is lost
    least_age: int  # days between opening and the earliest win
    amount: float  # median
    pool_decides: bool  # wins follow the number of open deals; else the planned rate alone
    from_leads: float  # share of deals that began as a lead
    products: tuple[str, ...] = ()

    def rate(self, kind: str) -> float:
        return {"call": self.calls, "email": self.emails, "meeting": self.meetings, "demo": self.demos}[kind]


PLANS = {
    SDR: Plan(19.0, 11.0, 0.6, 0.4, 0.28, 0.8, 2.0, 0.80, 30, 4, 1_500, True, 1.0, ("Starter",)),
    INSIDE: Plan(14.0, 9.0, 2.0, 1.4, 0.50, 3.6, 2.3, 1.15, 50, 10, 5_200, False, 0.45, ("Team", "Starter")),
    FIELD: Plan(9.0, 7.0, 4.5, 1.0, 0.50, 4.0, 1.5, 0.70, 95, 24, 19_000, False, 0.15, ("Enterprise", "Team")),
    AM: Plan(9.0, 8.0, 4.2, 0.5, 0.50, 1.6, 1.6, 0.80, 60, 14, 8_500, True, 0.0, ("Expansion", "Renewal")),
}


@dataclass(frozen=True)
class Link:
    """A true effect: 1 % more of the activity gives `elasticity` % more of the metric, `lag` weeks later."""

    team: str
    activity: str
    metric: str
    lag: int
    elasticity: float


LINKS = (
    Link(INSIDE, "senior_conversations", "deals_closed", 3, 0.40),
    Link(FIELD, "senior_conversations", "deals_closed", 3, 0.50),
    Link(AM, "meetings_held", "opportunities_opened", 2, 0.50),
)
LIFT_OF_SENIOR = {"top": 0.20, "middle": 0.50, "low": 0.22}
"""What the rollout adds to senior conversations in Inside Sales and Field Sales, by tier."""
LIFT_OF_EMAILS = {INSIDE: 0.40, FIELD: 0.35}
"""What it adds to emails there; emails move nothing."""
RAMP_IN = 4
"""Weeks until an activity has reached its new level."""

TIER_OF_WON = {"top": 1.30, "middle": 1.0, "low": 0.75}
TIER_OF_OPENED = {"top": 1.10, "middle": 1.0, "low": 0.92}
TIER_OF_SENIOR = {"top": 1.30, "middle": 1.0, "low": 0.80}
TIER_OF_EMAILS = {"top": 0.90, "middle": 1.0, "low": 1.15}

CAMPAIGNS = tuple(range(-33, WEEKS, 11))
"""Weeks in which marketing begins a campaign: a burst of leads for three weeks."""
SHARED_SEASON = {SDR: (0.22, 0.80), INSIDE: (0.12, 0.60)}
"""Yearly swing and campaign burst that calls and new deals share, although no call causes a new deal."""
CAMPAIGN_TO_DEAL = 2
"""Weeks from the calls of a campaign to its deals."""
KICK_OFF = 80
"""The week of the company kick-off (12 January 2026): nobody sells for two days."""


@dataclass(frozen=True)
class Seller:
    """A seller: teams by first day, tier, and the days away beyond ordinary holidays."""

    name: str
    team: str
    tier: str
    joined: dt.date | None = None
    left: dt.date | None = None
    moved: tuple[dt.date, str] | None = None
    away: tuple[tuple[dt.date, dt.date], ...] = field(default=())


def _day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


SELLERS = (
    Seller("Anouk Brellhoven", SDR, "top"),
    Seller("Tobiah Quernmoor", SDR, "middle"),
    Seller("Ilsabet Vorrance", SDR, "middle", moved=(_day("2025-02-03"), INSIDE)),
    Seller("Dacre Ollenby", SDR, "low"),
    Seller("Merrin Taskallow", SDR, "top"),
    Seller("Joss Wendrake", SDR, "middle"),
    Seller("Petronel Aukwright", SDR, "low"),
    Seller("Caspian Ferrowby", SDR, "middle", left=_day("2026-02-27")),
    Seller("Lowri Dunnavane", SDR, "low"),
    Seller("Emeric Stallowick", SDR, "middle", joined=_day("2025-02-10")),
    Seller("Sunniva Harkeld", SDR, "top"),
    Seller("Bram Yestervale", INSIDE, "top"),
    Seller("Odalys Kermouth", INSIDE, "top"),
    Seller("Fenna Grimdale-Oake", INSIDE, "top"),
    Seller("Leocadia Torvish", INSIDE, "middle"),
    Seller("Rufin Ambleroy", INSIDE, "middle"),
    Seller("Ysolde Parrachan", INSIDE, "middle", away=((_day("2025-11-03"), _day("2026-01-02")),)),
    Seller("Halvor Minchley", INSIDE, "middle"),
    Seller("Corisande Bleakmire", INSIDE, "low"),
    Seller("Tavish Orrinsholm", INSIDE, "low"),
    Seller("Wilmot Sarkadine", INSIDE, "low"),
    Seller("Nerys Collumbrook", INSIDE, "low"),
    Seller("Ansel Drovecote", FIELD, "top"),
    Seller("Birgitta Lanthwaite-Roe", FIELD, "top"),
    Seller("Evander Stroudbeck", FIELD, "top"),
    Seller("Malwina Ketterose", FIELD, "middle"),
    Seller("Piers Umbervale", FIELD, "middle"),
    Seller("Zenobia Crathorp", FIELD, "middle"),
    Seller("Lubin Wexcombe-Hale", FIELD, "middle"),
    Seller("Isaura Thornquell", FIELD, "low"),
    Seller("Gideon Marshwelder", FIELD, "low"),
    Seller("Oriel Paxenham", FIELD, "low", away=((_day("2024-10-07"), _day("2024-11-22")),)),
    Seller("Severin Dallowmere", AM, "top"),
    Seller("Kerensa Holtgrave", AM, "top"),
    Seller("Auberon Fitchlock", AM, "top", left=_day("2026-04-17")),
    Seller("Tamsin Verelaugh", AM, "middle"),
    Seller("Ludovic Hensbarrow", AM, "middle"),
    Seller("Mireille Oxtercairn", AM, "middle"),
    Seller("Denzil Prowsewick", AM, "low"),
    Seller("Hedda Rolvenden-Ash", AM, "low"),
    Seller("Basil Thackermoor", AM, "low"),
)
LEADERS = (  # name, title, manager, team ("" is every team), role
    ("Rainer Collingbosk", "Chief Sales Officer", "", "", "executive"),
    ("Noor Bellasander", "Team Manager", "Rainer Collingbosk", SDR, "manager"),
    ("Dirk Eversholm-Tay", "Team Manager", "Rainer Collingbosk", INSIDE, "manager"),
    ("Clemency Vandrook", "Team Manager", "Rainer Collingbosk", INSIDE, "manager"),
    ("Matthis Orchardine", "Regional Manager", "Rainer Collingbosk", FIELD, "manager"),
    ("Saskia Penhallam", "Team Manager", "Rainer Collingbosk", AM, "manager"),
)
CHIEF_EXECUTIVE = "Philippa Arrowmend"
"""Not in the CRM, but interviewed."""
TITLES = {
    SDR: "Sales Development Representative",
    INSIDE: "Inside Sales Representative",
    FIELD: "Field Account Executive",
    AM: "Account Manager",
}


def manager_of(seller: Seller, team: str) -> str:
    """Inside Sales has two managers: every second seller reports to the other one."""
    managers = [name for name, _, _, led, role in LEADERS if led == team and role == "manager"]
    return managers[[s.name for s in SELLERS].index(seller.name) % len(managers)]
