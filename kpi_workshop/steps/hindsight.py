"""Step 4, the hypothesis in hindsight: what the leader had guessed beside what people said. Private, all of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from .. import catalogue
from ..engagement import Engagement
from ..kinds import Charter, Hypothesis, Quote, Sorting, Team
from ..numbers import counted
from . import hypothesis, interviews, sorting

Verdict = Literal["confirmed", "not mentioned", "new"]
ORDER: tuple[Verdict, ...] = ("confirmed", "not mentioned", "new")


@dataclass(frozen=True)
class Score:
    """One measure of a team's hypothesis or of its interviews: what became of the guess, and why."""

    team: str
    measure: str
    verdict: Verdict
    says: str


def written(engagement: Engagement, team: str) -> Hypothesis | None:
    """The hypothesis of a team as it was sealed, else as it stands; None where there is none."""
    if not hypothesis.is_private_store_here(engagement):
        return None
    return hypothesis.sealed(engagement, team) or engagement.private.get(Hypothesis, team)


def scores(engagement: Engagement, *, as_of: dt.date, team: str = "") -> list[Score]:
    """What each team's sealed hypothesis is worth in hindsight (S4:63): confirmed, not mentioned or new.

    "confirmed": somebody in an interview of that team named it without knowing. "not mentioned": nobody did. "new":
    named by people and not guessed. Teams without a seal are left out. Private.
    """
    if not hypothesis.is_private_store_here(engagement):
        return []
    found: list[Score] = []
    for name in engagement.records.current(Team, as_of=as_of):
        guess = hypothesis.sealed(engagement, name) if team in ("", name) else None
        if guess is not None:
            charter = engagement.records.get(Charter, name, as_of=as_of)
            chosen = {catalogue.id_of(line.measure) for line in (charter.lines if charter else ())}
            found += _of(name, guess, _named(engagement, name, as_of=as_of), chosen)
    return found


def _of(team: str, guess: Hypothesis, named: dict[str, int], chosen: set[str]) -> Iterator[Score]:
    guessed = dict.fromkeys(catalogue.id_of(n) for n in [*guess.metrics, *(link.activity for link in guess.links)])
    rows: list[Score] = []
    for measure in guessed:
        many = named.get(measure, 0)
        verdict: Verdict = "confirmed" if many else "not mentioned"
        who = f"{_people(many)} named it" if many else "Nobody named it"
        rows.append(Score(team, measure, verdict, f"{who}.{_fate(measure, chosen)}"))
    rows += [
        Score(team, measure, "new", f"{_people(many)} named it; you had not thought of it.{_fate(measure, chosen)}")
        for measure, many in named.items()
        if measure not in guessed
    ]
    yield from sorted(rows, key=lambda row: (ORDER.index(row.verdict), catalogue.name_of(row.measure).casefold()))


def _people(many: int) -> str:
    return counted(many, "person", plural="people")


def _fate(measure: str, chosen: set[str]) -> str:
    return " It is in the charter." if measure in chosen else ""


def _named(engagement: Engagement, team: str, *, as_of: dt.date) -> dict[str, int]:
    """How many people named each measure in interviews that count for a team, by measure id or own words."""
    held = {key: i for key, i in interviews.held(engagement, as_of=as_of).items() if team in i.teams}
    quotes = engagement.private.current(Quote, as_of=as_of)
    decisions = engagement.records.current(Sorting)
    people: dict[str, set[str]] = {}
    for found in sorting.suggestions(engagement, as_of=as_of):
        for key in found.ids:
            if key in quotes and quotes[key].interview in held:
                own = decisions[key].measure if key in decisions else ""
                measure = catalogue.id_of(own) if own else found.measure.id if found.measure else found.words
                people.setdefault(measure, set()).add(held[quotes[key].interview].interviewee.casefold())
    return {measure: len(who) for measure, who in people.items()}
