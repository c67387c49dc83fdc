"""People, seats and targets of an export as records: what is new is recorded, what differs is only proposed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import pydantic

from ...errors import did_you_mean, no_time_zone
from ...kinds import Person, Record, Seat, Target, Team
from ...records import Store
from .checking import LONGEST_NAME, Names
from .problems import Problems, some

BY = "CRM import"
UNASSIGNED = "Unassigned"


@dataclass
class Proposals:
    """Records to save, and sentences on what was added and on what differs from what stands recorded."""

    entries: list[tuple[str, Record]] = field(default_factory=list)
    added: list[str] = field(default_factory=list)
    proposed: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def _is_no_name(zone: str) -> bool:
    """Whether a word names no zone and none is near: what a system masked or calls by its own words is not refused."""
    wrong = no_time_zone(zone)
    return bool(wrong) and "Did you mean" not in wrong


def seat_key(seat: Seat) -> str:
    """The key of a seat in the records: person, team and first day."""
    return f"{seat.person}|{seat.team}|{seat.valid_from or 'start'}"


def target_key(target: Target) -> str:
    """The key of a target in the records: owner, measure and first day."""
    return f"{target.owner_is}|{target.owner}|{target.measure}|{target.period_from}"


@dataclass
class Chart:
    """The org chart and the targets as an export gives them; `managers` are seats of managers it lists no seat for."""

    people: dict[str, Person] = field(default_factory=dict)
    seats: list[Seat] = field(default_factory=list)
    managers: list[Seat] = field(default_factory=list)
    targets: list[Target] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def names(self, store: Store) -> Names:
        """Everybody known: the export's people and those recorded."""
        everyone = store.current(Person) | self.people
        return Names((p.person, (p.name, *p.also_known_as)) for p in everyone.values())

    def without_seat(self, owners: Iterable[str], store: Store) -> list[str]:
        """Of the people who own something, those who sit in no team."""
        seats = [*self.seats, *self.managers, *store.current(Seat).values()]
        seated = {seat.person for seat in seats}
        return [person for person in dict.fromkeys(owners) if person not in seated]


def chart(rows: dict[str, list[dict[str, Any]]], store: Store, problems: Problems) -> Chart:
    """The chart from the rows of the canonical people, seats and targets; managers nobody lists get a seat.

    Whoever manages somebody and has no role in the export is a manager; everybody else without one is a seller.
    """
    made = Chart()
    recorded = store.current(Person)
    masked: list[str] = []
    for row in rows.get("people", []):
        content = {"person": row["person"], "name": row["name"] or row["person"], "title": row["title"] or ""}
        # An export that knows no zones leaves those that another list gave.
        before = recorded[row["person"]].time_zone if row["person"] in recorded else ""
        zone = row.get("time_zone") or before
        if zone and _is_no_name(zone):
            masked.append(zone)
            zone = before
        content["time_zone"] = zone
        person = _record(Person, content, row, problems)
        if person:
            made.people[person.person] = person
    if masked:
        who = "1 person has" if len(masked) == 1 else f"{len(masked):,} people have"
        made.notes.append(
            f"{who} a time zone that names none, such as '{masked[0][:40]}': their times count on the business's day."
        )
    _seats(made, rows.get("seats", []), store, problems, listed="people" in rows)
    names = made.names(store)
    teams = {seat.team for seat in made.seats} | set(store.current(Team))
    lines = []
    for row in rows.get("targets", []):
        owner, known = row["owner"], names.find(row["owner"]) if row["owner_is"] == "seller" else row["owner"]
        if known is None or (row["owner_is"] == "team" and owner not in teams):
            hint = names.hint(owner) if known is None else did_you_mean(owner, teams)
            what = "among the people" if known is None else "a team"
            lines.append(f"{_where(row)}, owner: '{owner}' is not {what}. {hint}".strip())
            continue
        content = {name: value for name, value in row.items() if not name.startswith("source_")} | {"owner": known}
        target = _record(Target, content, row, problems)
        if target:
            made.targets.append(target)
    problems.add(*lines)
    return made


def _seats(made: Chart, rows: list[dict[str, Any]], store: Store, problems: Problems, *, listed: bool) -> None:
    names = made.names(store)
    strangers = []
    for row in rows:
        if names.find(row["person"]) is None:
            if listed:
                strangers.append(
                    f"{_where(row)}: '{row['person']}' is not among the people. {names.hint(row['person'])}"
                )
            elif person := _record(Person, {"person": row["person"], "name": row["person"]}, row, problems):
                made.people[row["person"]] = person
    problems.add(*(line.strip() for line in strangers))
    names = made.names(store)
    managed: dict[str, dict[str, None]] = {}
    for row in rows:
        if row["manager"]:
            manager = names.find(row["manager"]) or row["manager"]
            row["manager"] = manager
            managed.setdefault(manager, {})[row["team"]] = None
    for row in rows:
        person = names.find(row["person"]) or row["person"]
        if person == row["manager"]:
            problems.add(f"{_where(row)}: '{row['person']}' is their own manager.")
        content = {name: value for name, value in row.items() if not name.startswith("source_")} | {
            "person": person,
            "role": row["role"] or ("manager" if person in managed else "seller"),
            "manager": row["manager"] or "",
        }
        seat = _record(Seat, content, row, problems)
        if seat:
            made.seats.append(seat)
    seated = {seat.person for seat in made.seats}
    for manager, teams in managed.items():
        if len(manager) > LONGEST_NAME:
            continue  # the seats that name it were refused
        if manager not in made.people and names.find(manager) is None:
            made.people[manager] = Person(person=manager, name=manager)
        if manager not in seated:
            made.managers += [Seat(person=manager, team=team, role="manager") for team in teams]
    _refuse_circles(made.seats, problems)


def _refuse_circles(seats: list[Seat], problems: Problems) -> None:
    reports = {seat.person: seat.manager for seat in seats if seat.manager and not seat.valid_to}
    told: set[str] = set()
    for start in reports:
        path = [start]
        while (above := reports.get(path[-1])) and above not in path:
            path.append(above)
        if above == start and len(path) > 1 and not told & set(path):
            told |= set(path)
            problems.add(f"The managers run in a circle: {' reports to '.join([*path, start])}.")


def _record(model: type[Any], content: dict[str, Any], row: dict[str, Any], problems: Problems) -> Any:
    try:
        return model(**content)
    except pydantic.ValidationError as error:
        for fault in error.errors():
            name = ".".join(str(part) for part in fault["loc"])
            message = fault["msg"].removeprefix("Value error, ")
            if fault["type"] == "string_too_long":
                message = f"longer than {fault['ctx']['max_length']:,} characters; shorten it in the export"
            name = name.replace("_", " ") if name == "time_zone" else name
            problems.add(f"{_where(row)}, {name} '{str(fault['input'])[:60]}': {message[:1].lower() + message[1:]}.")
        return None


def _where(row: dict[str, Any]) -> str:
    return f"{row['source_file']}, row {row['source_row']:,}"


def propose(made: Chart, unknown_sellers: Iterable[str], store: Store) -> Proposals:
    """What of the chart is saved, and what only proposed because people recorded something else.

    A record that nobody ever touched but an import is brought up to date; one that a person entered, changed or
    removed stays as it is, and so does the seat of somebody who already sits elsewhere at that time.
    """
    out = Proposals()
    past = _Past(store)
    seats = list(made.seats)
    people = dict(made.people)
    strangers = list(dict.fromkeys(unknown_sellers))
    for person in strangers:
        if person not in people and person not in store.current(Person):
            people[person] = Person(person=person, name=person)
        seats.append(Seat(person=person, team=UNASSIGNED))
    if strangers:
        out.notes.append(
            f"Sellers without a team were added to the team {UNASSIGNED}, to be placed in notebook 1: "
            f"{some(strangers, most=10)}."
        )
    out.notes += made.notes
    for person_record in people.values():
        _offer(out, past, person_record.person, person_record, f"person '{person_record.person}'")
    recorded = past.current[Seat]
    by_hand = {seat.person for key, seat in recorded.items() if not past.import_alone(Seat, key)}
    seats += [seat for seat in made.managers if seat.person not in by_hand]
    brought = {seat_key(seat): seat for seat in seats}
    after = {key: brought.get(key, seat) if past.import_alone(Seat, key) else seat for key, seat in recorded.items()}
    for key, seat in brought.items():
        others = [s for k, s in after.items() if k != key and s.person == seat.person and _overlap(s, seat)]
        elsewhere = [s for s in others if not s.role == seat.role == "manager"]
        if elsewhere and not past.is_known(Seat, key):
            out.proposed.append(
                f"{seat.person}: the export has a seat in {seat.team} ({_span(seat)}), the org chart one in "
                f"{elsewhere[0].team} ({_span(elsewhere[0])}). Nothing was changed."
            )
            continue
        _offer(out, past, key, seat, f"seat of {seat.person} in {seat.team}")
    if seats:
        ours = {k: s for k, s in recorded.items() if past.import_alone(Seat, k) and s.team != UNASSIGNED}
        gone = [seat.person for key, seat in ours.items() if key not in brought]
        gone = [person for person in dict.fromkeys(gone) if all(seat.person != person for seat in seats)]
        if gone:
            out.proposed.append(f"In the org chart but no longer in the export: {some(gone, most=10)}.")
    _teams(out, past)
    for target in made.targets:
        _offer(out, past, target_key(target), target, f"target of {target.owner} from {target.period_from}")
    for model, words in ((Team, "team"), (Person, "people"), (Seat, "seat"), (Target, "target")):
        many = sum(isinstance(record, model) for _, record in out.entries)
        if many:
            noun = words if words == "people" else f"{words}{'' if many == 1 else 's'}"
            out.added.append(f"{many:,} {noun}")
    twice = _sitting_twice(seats)
    if twice:
        out.notes.append(f"People who sit in two teams at once count for both: {some(twice, most=10)}.")
    return out


class _Past:
    """What stands recorded, and who has ever written each record."""

    def __init__(self, store: Store) -> None:
        self.current: dict[type[Record], dict[str, Any]] = {m: store.current(m) for m in (Team, Person, Seat, Target)}
        self._writers: dict[tuple[str, str], set[str]] = {}
        for version in store.export():
            self._writers.setdefault((version["kind"], version["key"]), set()).add(version["by"])

    def is_known(self, model: type[Record], key: str) -> bool:
        """Whether there ever was such a record."""
        return (model.kind, key) in self._writers

    def import_alone(self, model: type[Record], key: str) -> bool:
        """Whether nobody but an import ever wrote it."""
        return self._writers.get((model.kind, key), {BY}) == {BY}


def _teams(out: Proposals, past: _Past) -> None:
    known = past.current[Team]
    new = dict.fromkeys(r.team for _, r in out.entries if isinstance(r, Seat) and r.team not in known)
    start = max((team.order for team in known.values()), default=-1) + 1
    out.entries[:0] = [(name, Team(name=name, order=start + i)) for i, name in enumerate(new)]


def _offer(out: Proposals, past: _Past, key: str, record: Record, what: str) -> None:
    model = type(record)
    now = past.current[model].get(key)
    if isinstance(now, Person) and isinstance(record, Person) and not past.import_alone(model, key):
        kept, now = now, now.model_copy(update={"time_zone": record.time_zone})
        out.entries += [(key, now)] if now != kept else []  # nobody enters a zone by hand: it follows the list
    if now == record:
        return
    if not past.is_known(model, key) or (now is not None and past.import_alone(model, key)):
        out.entries.append((key, record))
    elif now is None:
        out.proposed.append(f"The {what} was removed by hand and is in the export. Nothing was changed.")
    else:
        differing = [
            f"{name} '{getattr(now, name)}', in the export '{getattr(record, name)}'"
            for name in model.model_fields
            if getattr(now, name) != getattr(record, name)
        ]
        out.proposed.append(f"The {what}: recorded {'; '.join(differing)}. Nothing was changed.")


def _overlap(one: Seat, other: Seat) -> bool:
    starts = max(one.valid_from or dt.date.min, other.valid_from or dt.date.min)
    ends = min(one.valid_to or dt.date.max, other.valid_to or dt.date.max)
    return starts <= ends


def _span(seat: Seat) -> str:
    if not seat.valid_from and not seat.valid_to:
        return "all the time"
    return f"{seat.valid_from or 'the beginning'} to {seat.valid_to or 'now'}"


def _sitting_twice(seats: list[Seat]) -> list[str]:
    by_person: dict[str, list[Seat]] = {}
    for seat in seats:
        if seat.role == "seller":
            by_person.setdefault(seat.person, []).append(seat)
    return [
        person
        for person, held in by_person.items()
        if any(_overlap(a, b) and a.team != b.team for i, a in enumerate(held) for b in held[i + 1 :])
    ]
