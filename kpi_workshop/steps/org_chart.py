"""Step 1, the org chart: who sits where, under whom, and what the business wants.

Teams, people, seats and the sales process are recorded as holding from the beginning; a seat carries its own first
and last day. So a correction mends every report, and a move between teams is two seats, not a correction.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..engagement import Engagement
from ..errors import NothingImported, WorkshopError, listed
from ..kinds import Business, Goal, PerformerTier, Person, Record, Seat, Stage, Team
from ..records import ALWAYS
from . import team_names
from .rows_of_people import manager_of, person_of, problems, role_of, team_of

if TYPE_CHECKING:
    from ..crm.by_stage import StageNumbers

DEFAULT_STAGES = ("qualified", "discovery", "trial", "close", "lost")
"""The sales process to start from (S0:27)."""
EVIDENCE_TOPICS: dict[str, tuple[str, ...]] = {
    "BANT": ("budget", "authority", "need", "timeframe"),
    "MEDDPICC": (
        "metrics", "economic buyer", "decision criteria", "decision process", "paper process", "implicated pain",
        "champion", "competition",
    ),
}  # fmt: skip
"""Lists of what can be known about a deal, offered for each stage (S0:31)."""


@dataclass(frozen=True)
class Place:
    """One person in one seat on a day; `manager` is the manager's id, "" at the top; `tier` is "" where none is set."""

    person: str
    name: str
    title: str
    team: str
    role: str
    manager: str
    valid_from: dt.date | None
    valid_to: dt.date | None
    tier: str

    def holds_on(self, day: dt.date) -> bool:
        """Whether the person sits there on this day."""
        return (self.valid_from or dt.date.min) <= day <= (self.valid_to or dt.date.max)


# Reading


def teams(engagement: Engagement, *, as_of: dt.date | None = None) -> list[Team]:
    """The teams in the order of the org chart."""
    found = engagement.records.current(Team, as_of=as_of).values()
    return sorted(found, key=lambda team: team.order)


def seats(engagement: Engagement, *, as_of: dt.date | None = None) -> list[Place]:
    """Every seat that was ever held, by team, managers first; people without a seat have an empty team."""
    people = engagement.records.current(Person, as_of=as_of)
    tiers = {tier.person: tier.tier for tier in engagement.records.current(PerformerTier, as_of=as_of).values()}
    order = {team.name: i for i, team in enumerate(teams(engagement, as_of=as_of))}
    ranks = {role: i for i, role in enumerate(("executive", "manager", "seller"))}
    found = [
        _place(people.get(seat.person), seat, tiers) for seat in engagement.records.current(Seat, as_of=as_of).values()
    ]
    seated = {place.person for place in found}
    found += [_place(person, None, tiers) for key, person in people.items() if key not in seated]
    return sorted(found, key=lambda p: (order.get(p.team, len(order)), p.team, ranks[p.role], p.name.casefold()))


def chart(engagement: Engagement, *, as_of: dt.date) -> list[Place]:
    """Who sits where on `as_of`: one row a person and team, by team, managers before sellers, then by name."""
    return [place for place in seats(engagement, as_of=as_of) if place.team and place.holds_on(as_of)]


def spans(places: Iterable[Place]) -> dict[str, int]:
    """How many people report to each manager, by the manager's id, widest first."""
    reports = {(place.person, place.manager) for place in places if place.manager}
    return dict(Counter(manager for _, manager in sorted(reports)).most_common())


def stages(engagement: Engagement, *, as_of: dt.date | None = None) -> list[Stage]:
    """The recorded stages of the sales process, in order; none before they were saved."""
    return sorted(engagement.records.current(Stage, as_of=as_of).values(), key=lambda stage: stage.order)


def default_stages() -> list[Stage]:
    """The process to start from: the default stages, with BANT to be known before a deal counts as qualified."""
    topics = EVIDENCE_TOPICS["BANT"]
    return [Stage(stage=s, order=i, evidence=topics if i == 0 else ()) for i, s in enumerate(DEFAULT_STAGES)]


def goals(engagement: Engagement, *, as_of: dt.date | None = None) -> list[Goal]:
    """The goals, the nearest date first."""
    return sorted(engagement.records.current(Goal, as_of=as_of).values(), key=lambda goal: (goal.by, goal.goal))


def stage_numbers(engagement: Engagement, *, as_of: dt.date) -> tuple[dict[str, StageNumbers], str]:
    """How deals pass each stage of the CRM, by its name in lower case, and why it is not known, "" where it is."""
    from ..crm import by_stage

    try:
        return by_stage.numbers(engagement, as_of=as_of)
    except NothingImported:
        return {}, "no CRM data were imported yet."


def missing(engagement: Engagement, *, as_of: dt.date) -> list[str]:
    """What the next steps need and nobody has entered; empty when step 1 is done."""
    named = teams(engagement, as_of=as_of)
    if not named:
        return ["There is no team yet: every plan belongs to one."]
    by_team: dict[str, list[Place]] = defaultdict(list)
    for place in chart(engagement, as_of=as_of):
        by_team[place.team].append(place)
    lines = []
    for team in named:
        roles = Counter(place.role for place in by_team[team.name])
        sellers = [place for place in by_team[team.name] if place.role == "seller"]
        if not sellers:
            lines.append(f"{team.name} has no sellers.")
        elif not roles["manager"] and not any(place.manager for place in sellers):
            lines.append(f"{team.name} has no manager.")
        if sellers and not any(place.tier for place in sellers):
            lines.append(f"{team.name} has no performer tiers: interviews ask for top, middle and low performers.")
    unseated = [place.name for place in seats(engagement, as_of=as_of) if not place.team]
    if unseated:
        lines.append(f"Without a team: {_some(unseated)}.")
    if not goals(engagement, as_of=as_of):
        lines.append("There is no goal yet: a number and the date by which it is wanted.")
    if not stages(engagement, as_of=as_of):
        lines.append("The sales process is not confirmed yet: its stages, and what must be known at each.")
    return lines


# Saving


def save_teams(engagement: Engagement, rows: Sequence[Mapping[str, Any]]) -> None:
    """Record the teams (name, purpose, customer_facing) in this order; a team with people in it is not removed.

    A row may hold `key`, the name by which the team was known: with another one in `name` it is renamed wherever it
    stands, its seats, goals, stages and hypothesis included. Refused once interviews or a charter name it.
    """
    names = [row["name"] for row in rows]
    twice = [name for name, n in Counter(name.casefold() for name in names).items() if n > 1]
    if twice:
        raise WorkshopError(f"Two teams are called '{twice[0]}'. Each needs a name of its own.")
    known = engagement.records.current(Team)
    renamed = {row["key"]: row["name"] for row in rows if row.get("key") in known and row["key"] != row["name"]}
    team_names.check(engagement, renamed)
    gone = [key for key in known if key not in names and key not in renamed]
    seated = Counter(seat.team for seat in engagement.records.current(Seat).values())
    kept = [f"'{team}' has {seated[team]} people: move them to another team first." for team in gone if seated[team]]
    if kept:
        raise WorkshopError(listed(kept))
    new = {
        row["name"]: Team(
            name=row["name"],
            purpose=row.get("purpose") or "",
            customer_facing=row.get("customer_facing") is not False,
            order=order,
        )
        for order, row in enumerate(rows)
    }
    with team_names.carried(engagement, renamed) as elsewhere:
        _replace(engagement, Team, new, also=elsewhere)


def save_people(engagement: Engagement, rows: Sequence[Mapping[str, Any]]) -> None:
    """Record people and their seats so that exactly these rows hold; refused, with the rows, where any has a problem.

    One row is one seat: name, person, title, team, role, manager, valid_from, valid_to. Only what differs is saved.
    """
    wrong = problems(rows, teams=engagement.records.current(Team))
    if wrong:
        raise WorkshopError(listed([f"Row {number}: {says}" for number, says in wrong]))
    names = {person_of(row): row["name"] for row in rows}
    known = engagement.records.current(Person)
    people: dict[str, Person] = {}
    sitting: dict[str, Seat] = {}
    for row in rows:
        person = person_of(row)
        before = known.get(person)
        title = row.get("title") or (people[person].title if person in people else "")
        aliases = before.also_known_as if before else ()
        zone = before.time_zone if before else ""
        people[person] = Person(
            person=person, name=row["name"], title=title, also_known_as=aliases, time_zone=zone
        )  # fmt: skip
        seat = Seat(
            person=person, team=team_of(row), role=role_of(row), manager=manager_of(row, names),
            valid_from=row.get("valid_from"), valid_to=row.get("valid_to"),
        )  # fmt: skip
        sitting[seat_key(seat)] = seat
    old_seats = {seat_key(seat): key for key, seat in engagement.records.current(Seat).items()}
    seats: dict[str, Record] = {old_seats[key]: seat for key, seat in sitting.items() if key in old_seats}
    for key, seat in sitting.items():
        if key not in old_seats:  # a seat of a team that was renamed keeps the key it had
            seats[key if key not in seats else f"{key}|{len(seats)}"] = seat
    _replace(engagement, Person, people, also=[(Seat, seats)])


def seat_key(seat: Seat) -> str:
    """The key of a seat in the store: person, team and first day."""
    return f"{seat.person}|{seat.team}|{seat.valid_from or ''}"


def save_goals(
    engagement: Engagement, rows: Sequence[Mapping[str, Any]], *, business: Business, as_of: dt.date
) -> None:
    """Record what kind of business this is and its goals, which hold from `as_of`."""
    new = {}
    for row in rows:
        if row["goal"] in new:
            raise WorkshopError(f"Two goals are called '{row['goal']}'. Each needs a short name of its own.")
        new[row["goal"]] = Goal.model_validate({k: v for k, v in row.items() if k in Goal.model_fields})
    old = engagement.records.current(Goal)
    changed = [(key, goal) for key, goal in new.items() if old.get(key) != goal]
    kept: list[tuple[str, Record]] = [*changed]
    if engagement.records.get(Business, "business") != business:
        kept.append(("business", business))
    gone = [(Goal, key) for key in old if key not in new]
    engagement.records.save_all(kept, without=gone, effective=as_of)


def save_process(engagement: Engagement, rows: Sequence[Mapping[str, Any]]) -> None:
    """Record the stages (stage, owner_team, hand_off_to, evidence as words with commas) in this order."""
    new: dict[str, Stage] = {}
    for order, row in enumerate(rows):
        topics = [topic.strip() for topic in (row.get("evidence") or "").split(",") if topic.strip()]
        if row["stage"] in new:
            raise WorkshopError(f"Two stages are called '{row['stage']}'. Each needs a name of its own.")
        new[row["stage"]] = Stage(
            stage=row["stage"], order=order, owner_team=row.get("owner_team") or "",
            hand_off_to=row.get("hand_off_to") or "", evidence=tuple(dict.fromkeys(topics)),
        )  # fmt: skip
    _replace(engagement, Stage, new)


def _replace(
    engagement: Engagement,
    model: type[Record],
    new: Mapping[str, Record],
    *,
    also: Iterable[tuple[type[Record], Mapping[str, Record]]] = (),
) -> None:
    kept: list[tuple[str, Record]] = []
    gone: list[tuple[type[Record], str]] = []
    for kind, wanted in ((model, new), *also):
        old = engagement.records.current(kind)
        kept += [(key, record) for key, record in wanted.items() if old.get(key) != record]
        gone += [(kind, key) for key in old if key not in wanted]
    if kept or gone:
        engagement.records.save_all(kept, without=gone, effective=ALWAYS)


def _place(person: Person | None, seat: Seat | None, tiers: Mapping[str, str]) -> Place:
    key = seat.person if seat else person.person if person else ""
    return Place(
        person=key, name=person.name if person else key, title=person.title if person else "",
        team=seat.team if seat else "", role=seat.role if seat else "seller", manager=seat.manager if seat else "",
        valid_from=seat.valid_from if seat else None, valid_to=seat.valid_to if seat else None,
        tier=tiers.get(key, ""),
    )  # fmt: skip


def _some(names: Sequence[str], *, most: int = 5) -> str:
    shown = ", ".join(names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown
