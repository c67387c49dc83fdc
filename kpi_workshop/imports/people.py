"""The org chart from a list of people: everything wrong is named by row, and what a person entered stays as it is."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import cast

from ..crm.sources import proposals
from ..crm.sources.problems import Problems, some
from ..engagement import Engagement
from ..errors import WorkshopError, did_you_mean, no_time_zone
from ..kinds import CRM, Import, Person, Role, Seat
from ..numbers import counted
from ..records import ALWAYS
from ..steps import rows_of_people
from .people_columns import PeopleExport, fold, spoken_name

NO_TEAM = "no-team"
ACCEPTED = (NO_TEAM,)
"""What a person may accept as it is: people without a team are recorded and wait for one."""
_NOWHERE = "(no team)"
LONGEST_NAME = 200


@dataclass(frozen=True)
class Entry:
    """One row of the list: `person` is the key it gets in the records, `manager` first as written, then a key."""

    row: int
    person: str
    name: str
    title: str
    team: str
    manager: str
    called: tuple[str, ...]
    first_day: dt.date | None
    last_day: dt.date | None
    role: str = "seller"
    time_zone: str = ""


@dataclass(frozen=True)
class Plan:
    """What an import would record, and what there is to say about it."""

    entries: tuple[Entry, ...]
    offered: proposals.Proposals
    notes: tuple[str, ...]

    def lines(self) -> list[str]:
        """The plan in plain sentences."""
        seated = Counter(entry.team for entry in self.entries if entry.team)
        roles = Counter(entry.role for entry in self.entries)
        people = counted(len({e.person for e in self.entries}), "person", plural="people")
        out = [f"{people} in {counted(len(seated), 'team')}."]
        out.append(
            f"Roles by who reports to whom: {roles['seller']:,} without reports (seller), {roles['manager']:,} who "
            f"lead them (manager), {roles['executive']:,} who lead managers (executive). Change any in the org chart."
        )
        out += [*self.notes, *self.offered.notes]
        if self.offered.proposed:
            out += ["Proposed, not changed:", *(f"  {line}" for line in self.offered.proposed)]
        return out


def plan(
    engagement: Engagement, export: PeopleExport, *, teams: Collection[str] = (), accept: Collection[str] = ()
) -> Plan:
    """What the list would record, checked to the last row; nothing is recorded yet.

    `teams` takes only the people of these teams. Everything wrong comes in one WorkshopError, row by row: no name,
    unreadable days, people twice, unknown managers, circles, and people without a team unless `accept` holds NO_TEAM.
    Several people who report to nobody are fine and pointed out. Who is already in the org chart, by id, name or
    e-mail, keeps the key they have there.
    """
    problems = Problems()
    entries = _entries(engagement, export, problems)
    entries = _with_managers(engagement, entries, problems)
    entries = _with_roles(entries)
    notes: list[str] = []
    if teams:
        entries = _of(entries, teams, notes)
    _check(entries, accept, problems, export)
    problems.refuse(opening=f"{export.file} was not imported:")
    roots = dict.fromkeys(entry.name for entry in entries if not entry.manager and not entry.last_day)
    if len(roots) > 1:
        notes.append(f"{len(roots):,} people report to nobody, each the top of a chart: {some(roots)}.")
    unseated = dict.fromkeys(entry.name for entry in entries if not entry.team)
    if unseated:
        notes.append(f"Without a team, to be placed in notebook 1: {some(unseated)}.")
    namesakes = [n for n, many in Counter({e.person: e.name for e in entries}.values()).items() if many > 1]
    if namesakes:
        notes.append(f"More than one person is called {some(namesakes)}; they are told apart by id.")
    made = _chart(engagement, entries, teams)
    notes += _moved(engagement, made)
    offered = proposals.propose(made, [], engagement.records)
    return Plan(tuple(entries), offered, tuple(notes))


def save(engagement: Engagement, plan: Plan) -> list[str]:
    """Record the plan, all of it at once, and say what was recorded."""
    if not plan.offered.entries:
        return ["Nothing new: the org chart holds all of it."]
    engagement.records.save_all(plan.offered.entries, effective=ALWAYS, by=proposals.BY)
    return [f"Recorded: {', '.join(plan.offered.added)}."]


# Rows


def _entries(engagement: Engagement, export: PeopleExport, problems: Problems) -> list[Entry]:
    first, last = (_days(engagement, export, field, problems) for field in ("first_day", "last_day"))
    nameless, long, entries, lost = [], [], [], []
    for at, row in enumerate(export.rows):
        name = export.name(row)
        if not name:
            nameless.append(f"Row {row.number:,}: there is no name.")
            continue
        if len(name) > LONGEST_NAME:
            long.append(f"Row {row.number:,}: a name of {len(name):,} characters; {LONGEST_NAME} can be kept.")
            continue
        zone = export.cell(row, "time_zone")
        if zone and (wrong := no_time_zone(zone)):
            heading = export.headings[export.places["time_zone"]]
            lost.append(f"Row {row.number:,}, {heading}: '{zone}' {wrong}")
        preferred = export.cell(row, "known_as")
        last_name = export.cell(row, "last")
        also = [f"{preferred} {last_name}" if preferred and last_name else preferred]
        called = tuple(
            dict.fromkeys(word for word in (export.cell(row, "id"), *also, export.cell(row, "email")) if word)
        )
        entries.append(
            Entry(
                row.number, "", name, export.cell(row, "title"), export.cell(row, "team")[:200],
                spoken_name(export.cell(row, "manager")), tuple(w for w in called if w != name), first[at], last[at],
                time_zone=zone,
            )
        )  # fmt: skip
    problems.add(*nameless)
    problems.add(*long)
    problems.add(*lost)
    if not entries and not nameless and not long:
        raise WorkshopError(f"{export.file} has column names and no people below them.")
    return _keyed(engagement, entries, has_ids="id" in export.places)


def _keyed(engagement: Engagement, entries: list[Entry], *, has_ids: bool) -> list[Entry]:
    """The entries with the key of each person: as recorded, else the name, else the name with the id."""
    recorded = engagement.records.current(Person)
    by_word: dict[str, set[str]] = defaultdict(set)
    for key, person in recorded.items():
        for word in (key, person.name, *person.also_known_as):
            by_word[fold(word)].add(key)
    ids_of: dict[str, set[str]] = defaultdict(set)
    for entry in entries:
        ids_of[fold(entry.name)].add(entry.called[0] if has_ids and entry.called else "")
    found = []
    for entry in entries:
        is_alone = len(ids_of[fold(entry.name)]) == 1
        words = [*entry.called, *([entry.name] if is_alone else [])]
        known = next((min(by_word[fold(w)]) for w in words if len(by_word[fold(w)]) == 1), "")
        fresh = entry.name if is_alone and entry.name not in recorded else f"{entry.name} ({(*entry.called, '?')[0]})"
        found.append(replace(entry, person=known or fresh))
    return found


def _days(engagement: Engagement, export: PeopleExport, field: str, problems: Problems) -> list[dt.date | None]:
    if field not in export.places:
        return [None] * len(export.rows)
    import pyarrow as pa

    from ..crm.sources import dates

    words = [export.cell(row, field) or None for row in export.rows]
    column = pa.chunked_array([pa.array(words, pa.string())])
    zone = engagement.settings.calendar.time_zone
    read = dates.moments(column, form=export.dates, zone="", business_zone=zone, as_day=True)
    heading = export.headings[export.places[field]]
    if read.values is None:
        problems.add(f'{heading}: {read.asks}. Say it in a matching file: dates = "D/M/Y" or another order.')
        return [None] * len(words)
    days = cast(list[dt.date | None], read.values.to_pylist())
    problems.add(
        *(
            f"Row {row.number:,}, {heading}: '{word}' is not {read.expected or 'a date'}."
            for row, word, day in zip(export.rows, words, days, strict=True)
            if word and day is None
        )
    )
    return days


def _with_managers(engagement: Engagement, entries: list[Entry], problems: Problems) -> list[Entry]:
    people: dict[str, set[str]] = defaultdict(set)
    names: dict[str, str] = {}
    for entry in entries:
        names[entry.person] = entry.name
        for word in (entry.person, entry.name, *entry.called):
            people[fold(word)].add(entry.person)
    for key, person in engagement.records.current(Person).items():
        if key not in names:
            for word in (key, person.name, *person.also_known_as):
                if not people.get(fold(word)):
                    people[fold(word)] = {key}
    found, wrong = [], []
    for entry in entries:
        matches = people.get(fold(entry.manager), set()) if entry.manager else set()
        if entry.manager and not matches:
            hint = did_you_mean(entry.manager, names.values())
            wrong.append(f"Row {entry.row:,}: the manager '{entry.manager}' is not among the people. {hint}".strip())
        elif len(matches) > 1:
            wrong.append(
                f"Row {entry.row:,}: {len(matches)} people are called '{entry.manager}'. Name the one meant by id."
            )
        found.append(replace(entry, manager=next(iter(matches)) if len(matches) == 1 else ""))
    problems.add(*wrong)
    return found


def _with_roles(entries: list[Entry]) -> list[Entry]:
    leads = {entry.manager for entry in entries if entry.manager and entry.manager != entry.person}
    lead_leads = {entry.manager for entry in entries if entry.person in leads and entry.manager != entry.person}

    def role(person: str) -> str:
        return "seller" if person not in leads else "executive" if person in lead_leads else "manager"

    return [replace(entry, role=role(entry.person)) for entry in entries]


def _of(entries: list[Entry], teams: Collection[str], notes: list[str]) -> list[Entry]:
    known = {fold(entry.team): entry.team for entry in entries if entry.team}
    for team in teams:
        if fold(team) not in known:
            raise WorkshopError(
                f"Nobody in the list is in the team '{team}'. {did_you_mean(team, known.values())}".strip()
            )
    wanted = {fold(team) for team in teams}
    kept = [entry for entry in entries if fold(entry.team) in wanted]
    inside = {entry.person for entry in kept}
    outside = dict.fromkeys(entry.name for entry in kept if entry.manager and entry.manager not in inside)
    if outside:
        notes.append(f"Their managers are in no team that was asked for and were left out: of {some(outside)}.")
    notes.append(f"{len(entries) - len(kept):,} rows of other teams were left out.")
    return [replace(e, manager=e.manager if e.manager in inside else "") for e in kept]


def _check(entries: list[Entry], accept: Collection[str], problems: Problems, export: PeopleExport) -> None:
    here = {entry.person for entry in entries}
    homeless = [entry for entry in entries if not entry.team]
    if NO_TEAM not in accept and "team" not in export.places:
        has = ", ".join(heading for heading in export.headings if heading)
        problems.add(
            f"No column of teams was recognised. There is: {has}. Say which one in a matching file: "
            f'team = "your column"; or accept people without a team with --accept {NO_TEAM}.'
        )
    elif NO_TEAM not in accept:
        problems.add(
            *(
                f"Row {e.row:,}: '{e.name}' has no team. Give them one, or accept it with --accept {NO_TEAM}."
                for e in homeless
            )
        )
    rows = [
        {
            "row": e.row, "name": e.name, "person": e.person, "team": e.team or _NOWHERE, "role": e.role,
            "manager": e.manager if e.manager in here else "", "valid_from": e.first_day, "valid_to": e.last_day,
        }
        for e in entries
    ]  # fmt: skip
    found = rows_of_people.problems(rows, teams={e.team or _NOWHERE for e in entries})
    problems.add(*(f"Row {number:,}: {says}" for number, says in found))


def _moved(engagement: Engagement, made: proposals.Chart) -> list[str]:
    before, done = engagement.records.current(Person), engagement.records.get(Import, CRM)
    blank = Person(person="-", name="-")
    moved = [p.name for key, p in made.people.items() if p.time_zone != before.get(key, blank).time_zone]
    if not moved or not done:
        return []
    return [
        f"Another time zone than before: {some(moved)}. What was imported from the CRM keeps its days until the next "
        "import of the CRM."
    ]


def _chart(engagement: Engagement, entries: list[Entry], teams: Collection[str]) -> proposals.Chart:
    recorded = engagement.records.current(Person)
    made = proposals.Chart()
    for entry in entries:
        before = recorded.get(entry.person)
        called = (*before.also_known_as, *entry.called) if before else entry.called
        if before and any(v.by != proposals.BY for v in engagement.records.history(Person, entry.person)):
            called = before.also_known_as  # more names for a person entered by hand are no change worth proposing
        made.people[entry.person] = Person(
            person=entry.person, name=entry.name, title=entry.title or (before.title if before else ""),
            also_known_as=tuple(dict.fromkeys(word for word in called if word != entry.name)),
            time_zone=entry.time_zone or (before.time_zone if before else ""),
        )  # fmt: skip
        if entry.team:
            made.seats.append(
                Seat(
                    person=entry.person, team=entry.team, role=cast(Role, entry.role), manager=entry.manager,
                    valid_from=entry.first_day, valid_to=entry.last_day,
                )
            )  # fmt: skip
    if teams:
        # Seats of teams that were not asked for are not "no longer in the list".
        wanted = {fold(team) for team in teams}
        made.seats += [s for s in engagement.records.current(Seat).values() if fold(s.team) not in wanted]
    return made
