"""Whom to ask next: the gaps of every team's roster, and the people of the org chart who could fill them."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import TYPE_CHECKING

from ..engagement import Engagement
from ..kinds import PerformerTier, Person, Seat, Team
from . import interviews
from .voices import same_person

if TYPE_CHECKING:
    import pandas as pd

NAMES_SHOWN = 5
"""How many people who could fill a gap are named."""


def next_ones(engagement: Engagement, *, as_of: dt.date) -> pd.DataFrame:
    """The gaps of every team's plan and who of the org chart could fill them, for the leader's own screen.

    Columns: team, role, people (the role in words), still (to reach full), names (up to `NAMES_SHOWN`, with commas).
    Sellers count by their tier, managers and executives by their seat; executives of any team can speak for all.
    """
    import pandas as pd

    heard_already = {
        same_person(interview.interviewee) for interview in interviews.held(engagement, as_of=as_of).values()
    }
    names = {key: person.name for key, person in engagement.records.current(Person, as_of=as_of).items()}
    tiers = {tier.person: tier.tier for tier in engagement.records.current(PerformerTier, as_of=as_of).values()}
    seated: dict[tuple[str, str], set[str]] = defaultdict(set)
    for seat in engagement.records.current(Seat, as_of=as_of).values():
        if (seat.valid_from or as_of) <= as_of <= (seat.valid_to or as_of):
            role = tiers.get(seat.person, "") if seat.role == "seller" else seat.role
            name = names.get(seat.person, seat.person)
            if same_person(name) not in heard_already:
                seated["" if role == "executive" else seat.team, role].add(name)
    rows = []
    for team in engagement.records.current(Team, as_of=as_of):
        for row in interviews.roster(engagement, team=team, as_of=as_of).itertuples():
            if row.still:
                could = sorted(seated["" if row.role == "executive" else team, str(row.role)])
                more = f" and {len(could) - NAMES_SHOWN} more" if len(could) > NAMES_SHOWN else ""
                rows.append((team, row.role, row.people, row.still, ", ".join(could[:NAMES_SHOWN]) + more))
    return pd.DataFrame(rows, columns=["team", "role", "people", "still", "names"])
