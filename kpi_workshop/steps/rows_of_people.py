"""Rows of people as a table or a list gives them: how their cells are read, and what is wrong with each."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, get_args

from ..errors import did_you_mean
from ..kinds import Role


class Problem(NamedTuple):
    """What is wrong with one row, counted from 1 as it stands on the page."""

    row: int
    says: str


def problems(rows: Sequence[Mapping[str, Any]], *, teams: Iterable[str]) -> list[Problem]:
    """Everything that keeps these rows of people from being recorded, each named by its row.

    Rows hold name, person (the name or id in the exports; empty: the name), team, role, manager (id or name),
    valid_from and valid_to, and may hold `row`, the number on the page. Several people without a manager are fine.
    """
    known_teams = list(teams)
    people = {person_of(row): row["name"] for row in rows}
    by_name: dict[str, set[str]] = defaultdict(set)
    for person, name in people.items():
        by_name[name].add(person)
    found = []
    for at, row in enumerate(rows, start=1):
        number = row.get("row", at)
        found += [Problem(number, says) for says in _own_problems(row, known_teams, people, by_name)]
    found += _overlaps(rows)
    if not found:
        found += _cycles(rows)
    return sorted(found)


def _own_problems(
    row: Mapping[str, Any], known_teams: list[str], people: dict[str, str], by_name: dict[str, set[str]]
) -> list[str]:
    name, team, manager = row["name"], row.get("team") or "", row.get("manager") or ""
    found = []
    if not team:
        found.append(f"'{name}' has no team.")
    elif team not in known_teams:
        found.append(f"Team '{team}' is not in the org chart. {did_you_mean(team, known_teams)}".strip())
    role = row.get("role") or "seller"
    if role not in get_args(Role):
        found.append(f"'{role}' is no role. It is one of: {', '.join(get_args(Role))}.")
    if manager and manager not in people:
        matches = by_name.get(manager, set())
        if len(matches) > 1:
            found.append(f"Two people are called '{manager}': name the manager by id ({', '.join(sorted(matches))}).")
        elif not matches:
            hint = did_you_mean(manager, sorted({*people, *by_name}))
            found.append(f"The manager '{manager}' is not among the people. {hint}".strip())
    if manager and manager in (name, person_of(row)):
        found.append(f"'{name}' is their own manager.")
    first, last = row.get("valid_from"), row.get("valid_to")
    if first and last and last < first:
        found.append(f"The last day, {last}, is before the first, {first}.")
    return found


def _overlaps(rows: Sequence[Mapping[str, Any]]) -> list[Problem]:
    by_person: dict[str, list[tuple[int, Mapping[str, Any]]]] = defaultdict(list)
    for at, row in enumerate(rows, start=1):
        by_person[person_of(row)].append((row.get("row", at), row))
    found = []
    for held in by_person.values():
        for i, (number, row) in enumerate(held):
            for earlier, other in held[:i]:
                if other["name"] != row["name"]:
                    found.append(Problem(number, f"'{person_of(row)}' is called '{other['name']}' in row {earlier}."))
                    continue
                is_same_team = team_of(row) == team_of(other)
                if _same_days(row, other) and (is_same_team or "seller" in (role_of(row), role_of(other))):
                    where = "twice" if is_same_team else f"also in '{team_of(other)}' at the same time"
                    cure = "Remove one, or give the earlier one a last day."
                    found.append(Problem(number, f"'{row['name']}' stands here {where}, see row {earlier}. {cure}"))
                    break
    return found


def _same_days(row: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return (row.get("valid_from") or dt.date.min) <= (other.get("valid_to") or dt.date.max) and (
        other.get("valid_from") or dt.date.min
    ) <= (row.get("valid_to") or dt.date.max)


def _cycles(rows: Sequence[Mapping[str, Any]]) -> list[Problem]:
    above: dict[str, str] = {}
    number_of: dict[str, int] = {}
    names = {person_of(row): row["name"] for row in rows}
    for at, row in enumerate(rows, start=1):
        if row.get("manager") and not row.get("valid_to"):
            above[person_of(row)] = manager_of(row, names)
            number_of[person_of(row)] = row.get("row", at)
    found, seen = [], set()
    for start in above:
        path: list[str] = []
        person = start
        while person in above and person not in seen:
            seen.add(person)
            path.append(person)
            person = above[person]
        if person in path:
            loop = path[path.index(person) :]
            told = " → ".join(names[p] for p in [*loop, person])
            found.append(Problem(number_of[person], f"These people manage one another in a circle: {told}."))
    return found


def person_of(row: Mapping[str, Any]) -> str:
    """The id of a row's person: the one in the exports, else the name."""
    return row.get("person") or row["name"]


def team_of(row: Mapping[str, Any]) -> str:
    """The team of a row, "" where none is given."""
    return row.get("team") or ""


def role_of(row: Mapping[str, Any]) -> Any:
    """The role of a row; who has none is a seller."""
    return row.get("role") or "seller"


def manager_of(row: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """The id of a row's manager, who may be given by name; `names` are the people's, by id."""
    given = row.get("manager") or ""
    if given in names:
        return given
    return next((person for person, name in names.items() if name == given), given)
