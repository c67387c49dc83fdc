"""Performer tiers: top, middle and low within each team, proposed from won revenue and confirmed by a person."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .. import small_groups
from ..engagement import Engagement
from ..errors import WorkshopError
from ..kinds import PerformerTier, Person, Seat
from .org_chart import Place

SHARE = 0.2
"""The part of a team that is proposed as top, and as low: one seller in five, at least one of each."""
FEWEST = 3
SETTLED_DAYS = 90


@dataclass(frozen=True)
class Proposal:
    """The tier proposed for one seller, "" where none can be, and the reason in one sentence."""

    person: str
    team: str
    tier: str
    reason: str


Won = tuple[dict[str, float], str]


def confirmed(engagement: Engagement, *, as_of: dt.date) -> dict[str, PerformerTier]:
    """The tiers a person confirmed or set, by seller."""
    return {tier.person: tier for tier in engagement.records.current(PerformerTier, as_of=as_of).values()}


def proposed(engagement: Engagement, *, as_of: dt.date, won: Won | None = None) -> dict[str, Proposal]:
    """A proposal for every seller with a seat on `as_of`, from revenue won in the twelve months that end on `as_of`.

    `won` gives that revenue where it was read before. Within a team, the first fifth is top and the last fifth low, at
    least one of each; equal revenue gets the more favourable rank. Teams of fewer than three sellers, and sellers of
    fewer than 90 days, get the reason instead.
    """
    seats = [
        seat
        for seat in engagement.records.current(Seat, as_of=as_of).values()
        if seat.role == "seller" and (seat.valid_from or dt.date.min) <= as_of <= (seat.valid_to or dt.date.max)
    ]
    if not seats:
        return {}
    by_seller, why_not = won_revenue(engagement, as_of=as_of) if won is None else won
    if why_not:
        return {seat.person: Proposal(seat.person, seat.team, "", why_not) for seat in seats}
    by_team: dict[str, list[Seat]] = defaultdict(list)
    for seat in seats:
        by_team[seat.team].append(seat)
    names = {key: person.name for key, person in engagement.records.current(Person, as_of=as_of).items()}
    found: dict[str, Proposal] = {}
    for team in by_team.values():
        found |= _ranked(team, by_seller, names, as_of)
    return found


def save(engagement: Engagement, rows: Iterable[Mapping[str, Any]], *, as_of: dt.date) -> list[str]:
    """Record the tiers given (person, tier, reason) from `as_of` on and return the keys of what changed.

    An empty tier takes the seller's tier out.
    """
    known = confirmed(engagement, as_of=as_of)
    keys = {tier.person: key for key, tier in engagement.records.current(PerformerTier).items()}
    new, gone = [], []
    for row in rows:
        person, tier, before = row["person"], row["tier"], known.get(row["person"])
        if not tier:
            if before:
                gone.append((PerformerTier, keys[person]))
            continue
        record = PerformerTier(person=person, tier=tier, reason=row.get("reason") or "")
        if record != before:
            new.append((keys.get(person, person), record))
    if new or gone:
        engagement.records.save_all(new, without=gone, effective=as_of)
    return [key for key, _ in new] + [key for _, key in gone]


def won_revenue(engagement: Engagement, *, as_of: dt.date) -> Won:
    """Revenue won by seller in the twelve months that end on `as_of`, and why there is none, "" where there is."""
    from ..crm import measures

    try:
        why_not = measures.availability(engagement, as_of=as_of).get("revenue", "")
        if why_not:
            return {}, f"No proposal: {why_not}"
        since = as_of.replace(year=as_of.year - 1, day=28 if (as_of.month, as_of.day) == (2, 29) else as_of.day)
        table = measures.measure_table(
            engagement, "revenue", by="seller", every="all", as_of=as_of, since=since + dt.timedelta(days=1)
        )
    except WorkshopError as error:
        return {}, f"No proposal: {error}"
    values = table.dropna(subset=["value"])
    return dict(zip(values["by"].astype(str), values["value"].astype(float), strict=True)), ""


def _ranked(
    seats: Sequence[Seat], won: Mapping[str, float], names: Mapping[str, str], as_of: dt.date
) -> dict[str, Proposal]:
    settled = [s for s in seats if (as_of - (s.valid_from or dt.date.min)).days >= SETTLED_DAYS]
    found = {
        seat.person: Proposal(seat.person, seat.team, "", f"In the seat for fewer than {SETTLED_DAYS} days.")
        for seat in seats
        if seat not in settled
    }
    worth = {seat.person: won.get(seat.person, won.get(names.get(seat.person, ""), 0.0)) for seat in settled}
    if len(settled) < FEWEST or not any(worth.values()):
        few = f"Fewer than {FEWEST} sellers to compare." if len(settled) < FEWEST else "Nobody in the team won a deal."
        return found | {seat.person: Proposal(seat.person, seat.team, "", few) for seat in settled}
    edge = max(1, round(SHARE * len(settled)))
    ranking = sorted(worth.values(), reverse=True)
    for seat in settled:
        rank = ranking.index(worth[seat.person]) + 1
        tier = "top" if rank <= edge else "low" if rank > len(settled) - edge else "middle"
        reason = f"Number {rank} of {len(settled)} by revenue won in the twelve months to {as_of.isoformat()}."
        found[seat.person] = Proposal(seat.person, seat.team, tier, reason)
    return found


def told(engagement: Engagement, places: Sequence[Place], *, as_of: dt.date) -> dict[str, dict[str, int]]:
    """How many confirmed sellers of each team are in each tier; a team is left out where that would tell on a few.

    A tier of fewer people than may be shown apart is not told, and neither is what a reader could work out from it: the
    team's sellers are counted beside it.
    """
    known = confirmed(engagement, as_of=as_of)
    found: dict[str, dict[str, int]] = {}
    for team in dict.fromkeys(place.team for place in places):
        sellers = {place.person for place in places if place.team == team and place.role == "seller"}
        counts = Counter(known[person].tier for person in sellers if person in known)
        cells = {tier: counts[tier] for tier in ("top", "middle", "low")}
        cells["open"] = len(sellers) - sum(cells.values())
        least = engagement.settings.smallest_group
        if sum(counts.values()) and not small_groups.kept_back(cells, least=least, totals=[tuple(cells)]):
            found[team] = {tier: cells[tier] for tier in ("top", "middle", "low")}
    return found
