"""Which suggestions there are on a day and for which teams: links that only the private store holds.

The shared store keeps a suggestion's words and nothing else. When it was made and for which teams its interview counted
is read from the private store, and told only as far as it singles out nobody.
"""

from __future__ import annotations

import datetime as dt

from .. import small_groups
from ..engagement import Engagement
from ..kinds import Interview, Quote, Suggestion, Team

SELLERS = frozenset({"top", "middle", "low"})
EVERYONE = "everyone"
PARTITIONS: tuple[dict[str, frozenset[str]], ...] = (
    {"sellers": SELLERS, "managers": frozenset({"manager"}), "executives": frozenset({"executive"})},
    {"sellers": SELLERS, "managers and executives": frozenset({"manager", "executive"})},
    {EVERYONE: frozenset({*SELLERS, "manager", "executive"})},
)
"""From fine to coarse. The first that leaves no group with some but too few people is the one that is shown."""


def same_person(name: str) -> str:
    """How names are compared: without regard to case and spaces."""
    return " ".join(name.casefold().split())


def listed(engagement: Engagement, *, as_of: dt.date) -> dict[str, Suggestion]:
    """The suggestions that were made by a day, by id and in no order that tells anything.

    Without the private store, as in a packed copy, all of them. Those whose interview was purged count from the first
    of the others on.
    """
    everything = engagement.records.current(Suggestion)
    known = engagement.private.current(Quote)
    if known:
        made = engagement.private.current(Quote, as_of=as_of)
        everything = {key: one for key, one in everything.items() if key in made or (made and key not in known)}
    return everything


def teams(engagement: Engagement, *, as_of: dt.date) -> dict[str, tuple[str, ...]]:
    """For which teams each suggestion was made, in the order of the org chart; () where that would single out somebody.

    People whose interviews count for the same teams are one group; of a group of fewer than `settings.smallest_group`
    people nothing is told, nor of what is left when all other groups are taken away (`small_groups.sets_told`). Which
    roles asked for something stands in another table: so this holds among the sellers alone, and in every other group
    of `PARTITIONS` that is shown, and the two tables together point to no fewer people either.
    """
    least = engagement.settings.smallest_group
    interviews = engagement.private.current(Interview, as_of=as_of)
    counted: dict[str, frozenset[str]] = {}
    role_of: dict[str, str] = {}
    for talk in interviews.values():
        person = same_person(talk.interviewee)
        counted[person] = counted.get(person, frozenset()) | set(talk.teams)
        role_of[person] = talk.role
    told: dict[str, frozenset[str]] = {}
    for people in small_groups.merged(role_of, PARTITIONS, least=least).values() or [frozenset(role_of)]:
        told |= small_groups.sets_told({person: counted[person] for person in people}, least=least)
    named = sorted(engagement.records.current(Team, as_of=as_of).values(), key=lambda team: team.order)
    found: dict[str, tuple[str, ...]] = {}
    for key, quote in engagement.private.current(Quote, as_of=as_of).items():
        if quote.interview in interviews:
            mine = told[same_person(interviews[quote.interview].interviewee)]
            found[key] = tuple(team.name for team in named if team.name in mine)
    return found
