"""Step 4, choosing: what one team can choose from, each candidate with a score whose every part can be seen.

No part knows the hypothesis: totals and order here are fit to be shown to everyone. `guessed` adds what the leader had
guessed, for the leader's own screen. The weights stand in `data/choosing.toml` alone.
"""

from __future__ import annotations

import datetime as dt
import functools
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from .. import bundle, catalogue
from ..catalogue import Measure
from ..engagement import Engagement
from ..kinds import Business, Charter, Goal, Hypothesis, Label, Team
from ..numbers import joined
from . import charter as charters
from . import history, interviews, sorting

if TYPE_CHECKING:
    import pandas as pd

PARTS: dict[str, str] = {
    "support": "Asked for",
    "goal": "Goal",
    "business": "Business",
    "data": "Data",
    "history": "History",
    "gaming": "Hard to game",
}
"""The parts of the score by key, with their heading, in the order in which they are shown."""
HYPOTHESIS = "Your guess"
HISTORY_SHARES = {"leads": 1.0, "may lead": 0.5, "together": 0.25, "nothing": 0.0, "not examined": 0.0}
NEARLY_ALL, MOST = 0.8, 0.5
"""Shares of a team's sellers who log a measure, from which on it is called nearly everybody, or most."""
MOST_METRICS = 2
"""With how many believed results an activity is compared in the history; each more weakens what all can show."""

Standing = Literal["chosen", "put aside", "open"]


@dataclass(frozen=True)
class Part:
    """One part of a score: its points out of `most`, and the evidence in a sentence or two.

    What was not examined gives no points, and is told from what was examined and showed nothing.
    """

    name: str
    points: int
    most: int
    says: str
    is_examined: bool = True


@dataclass(frozen=True)
class Candidate:
    """A measure that one team could choose. `words` are the suggestions behind it, none where the catalogue offers it.

    `cannot` says why it cannot be chosen now; `standing` and `because` what was decided so far.
    """

    measure: Measure
    label: Label
    words: tuple[str, ...]
    parts: tuple[Part, ...]
    standing: Standing
    because: str
    cannot: str

    @property
    def points(self) -> int:
        """The sum of its parts."""
        return sum(part.points for part in self.parts)

    @property
    def most(self) -> int:
        """The most that its parts could give."""
        return sum(part.most for part in self.parts)


@dataclass(frozen=True)
class Board:
    """What one team can choose from, best first within each label; `uncounted` are suggestions without a measure."""

    team: str
    candidates: tuple[Candidate, ...]
    uncounted: tuple[str, ...]

    def of(self, label: Label) -> list[Candidate]:
        """The candidates of one box."""
        return [candidate for candidate in self.candidates if candidate.label == label]


@functools.cache
def weights() -> Mapping[str, int]:
    """The most points of each part."""
    return dict(_rules()["points"])


def boards(engagement: Engagement, *, as_of: dt.date, teams: Sequence[str] = ()) -> list[Board]:
    """The board of every team (or of `teams`), in the order of the org chart."""
    named = engagement.records.current(Team, as_of=as_of)
    wanted = [team for team in named if not teams or team in teams]
    available = charters.availability(engagement, as_of=as_of)
    held = engagement.records.current(Charter, as_of=as_of)
    found = {team: _measures(engagement, named[team], held.get(team), available, as_of=as_of) for team in wanted}
    pairs = {team: _pairs(found[team], held.get(team), available) for team in wanted}
    past = history.examine(engagement, pairs, as_of=as_of)
    heard = interviews.heard(engagement, as_of=as_of)
    business = next(iter(engagement.records.current(Business, as_of=as_of).values()), Business())
    goals = list(engagement.records.current(Goal, as_of=as_of).values())
    boards = []
    for team in wanted:
        mine = [goal for goal in goals if goal.team in ("", team)]
        candidates = [
            Candidate(
                measure=one.measure,
                label=one.label,
                words=one.words,
                parts=(
                    _support(one.measure, heard),
                    _goal(one.measure, mine),
                    _business(one.measure, business),
                    _data(one.measure, available, past.logging.get(team, {})),
                    *([_history(team, one.measure, past)] if one.label == "activity" else []),
                    _gaming(one.measure, one.label, available),
                ),
                standing=one.standing,
                because=one.because,
                cannot=available.reason(one.measure.id),
            )
            for one in found[team]
        ]
        candidates.sort(key=lambda c: (-c.points, c.measure.name.casefold()))
        uncounted = tuple(s.words for s in sorting.suggestions(engagement, as_of=as_of, team=team) if s.measure is None)
        boards.append(Board(team, tuple(candidates), uncounted))
    return boards


def guessed(board: Board, guess: Hypothesis | None) -> list[tuple[Candidate, Part, int]]:
    """Each candidate with what the leader had guessed and the total with it, best first. Private."""
    most = weights()["hypothesis"]
    metrics = {catalogue.id_of(name) for name in (guess.metrics if guess else ())}
    links = {catalogue.id_of(link.activity): catalogue.id_of(link.moves) for link in (guess.links if guess else ())}
    rows = []
    for candidate in board.candidates:
        name = candidate.measure.id
        if guess is None:
            says = "No hypothesis was written down for this team."
        elif name in links:
            says = f"You guessed it, to move {catalogue.name_of(links[name]).lower()}."
        else:
            says = "You guessed it." if name in metrics else "You had not thought of it."
        part = Part(HYPOTHESIS, most if name in metrics or name in links else 0, most, says)
        rows.append((candidate, part, candidate.points + part.points))
    return sorted(rows, key=lambda row: (-row[2], row[0].measure.name.casefold()))


# What there is to choose from


@dataclass(frozen=True)
class _Found:
    measure: Measure
    label: Label
    words: tuple[str, ...]
    standing: Standing
    because: str


def _measures(
    engagement: Engagement, team: Team, charter: Charter | None, available: charters.Availability, *, as_of: dt.date
) -> list[_Found]:
    """The measures that a team's interviews asked for, those of its charter, and what the catalogue adds to them."""
    asked: dict[str, list[sorting.Sorted]] = {}
    for suggestion in sorting.suggestions(engagement, as_of=as_of, team=team.name):
        if suggestion.measure and not (suggestion.decided and suggestion.decided.disposition == "dropped"):
            asked.setdefault(suggestion.measure.id, []).append(suggestion)
    chosen = {catalogue.id_of(line.measure): line for line in (charter.lines if charter else ())}
    names = list(dict.fromkeys([*asked, *(name for name in chosen if catalogue.find(name))]))
    names += [n for n in _added(engagement, team, names, available, as_of=as_of) if n not in names]
    found = []
    for name in names:
        measure, said = catalogue.get(name), asked.get(name, [])
        label = next((s.label for s in said if s.label), None) or sorting.label(measure.control, measure.timing)
        aside = [s.decided for s in said if s.decided and s.decided.disposition == "parked"]
        standing: Standing = "chosen" if name in chosen else "put aside" if aside else "open"
        because = aside[0].disposition_reason if aside and standing == "put aside" else ""
        label = chosen[name].label if name in chosen else label
        words = tuple(dict.fromkeys(text for s in said for text in s.texts))
        found.append(_Found(measure, label, words, standing, because))
    return found


def _added(
    engagement: Engagement, team: Team, names: list[str], available: charters.Availability, *, as_of: dt.date
) -> Iterator[str]:
    """What nobody named and the catalogue offers: measures of the goals, what the activities should move, experience.

    Only what the data can give is added to what people said.
    """

    def can(name: str) -> bool:
        return available.known and not available.reason(name)

    for goal in engagement.records.current(Goal, as_of=as_of).values():
        if goal.team in ("", team.name) and catalogue.find(goal.measure) and can(goal.measure):
            yield catalogue.id_of(goal.measure)
    moved = [name for one in names if catalogue.get(one).control == "direct" for name in catalogue.get(one).moves]
    for name in dict.fromkeys(moved):
        if moved.count(name) >= MOST_METRICS and can(name):
            yield name
    if team.customer_facing:
        yield from (m.id for m in catalogue.measures().values() if m.experience != "none" and can(m.id))


def _pairs(found: Sequence[_Found], charter: Charter | None, available: charters.Availability) -> list[history.Pair]:
    """Which activity is compared with which metric in the history: those of the charter, and what is believed."""
    metrics = [one.measure.id for one in found if one.label == "metric" and not available.reason(one.measure.id)]
    linked = {catalogue.id_of(line.measure): line.moves for line in (charter.lines if charter else ())}
    pairs: list[history.Pair] = []
    for one in found:
        if one.label != "activity" or available.reason(one.measure.id):
            continue
        believed = [name for step in _steps(one.measure) for name in step if name in metrics]
        own = [catalogue.id_of(name) for name in linked.get(one.measure.id, ())]
        pairs += [(one.measure.id, metric) for metric in dict.fromkeys([*own, *believed[:MOST_METRICS]])]
    return pairs


def _steps(measure: Measure) -> tuple[list[str], list[str]]:
    """What a measure is believed to move, and what these are believed to move."""
    first = list(measure.moves)
    second = [name for moved in first for name in catalogue.get(moved).moves if name not in first]
    return first, list(dict.fromkeys(second))


# The parts of the score


def _part(name: str, share: float, says: str, *, is_examined: bool = True) -> Part:
    most = weights()[name]
    return Part(name, int(share * most + 0.5), most, says, is_examined)


def _support(measure: Measure, heard: pd.DataFrame) -> Part:
    """Who asked for it, told as far as the interviews' own table tells it: no smaller group, no other number."""
    mine = heard[heard["measure"] == measure.id]
    if mine.empty:
        return _part("support", 0, "Nobody named it; the catalogue offers it.")
    if mine["of"].isna().all():
        return _part("support", 0.5, f"Named in the interviews. {mine['note'].iloc[0]}")
    told, shares = [], []
    for group, many, of in zip(mine["group"], mine["said_by"].astype(object), mine["of"], strict=True):
        unknown = not isinstance(many, int)
        told.append(f"{'some' if unknown else many or 'none'} of {of} {group}")
        shares.append(0.5 if unknown else float(many > 0))
    few = next((note for note in mine["note"] if note), "")
    note = f" “Some” may not be told more closely: {few[:1].lower()}{few[1:]}" if 0.5 in shares else ""
    return _part("support", sum(shares) / len(shares), f"Named by {joined(told)}.{note}")


def _goal(measure: Measure, goals: Sequence[Goal]) -> Part:
    if not goals:
        return _part("goal", 0, "No goal is entered in step 1.")
    near, far = _steps(measure)
    best, says = 0.0, "No goal of the business hangs on it."
    for goal in goals:
        name = catalogue.id_of(goal.measure)
        share = 1.0 if name == measure.id else 2 / 3 if name in near else 1 / 3 if name in far else 0.0
        if share > best:
            by = "It is what the goal counts" if share == 1 else "It is believed to move what the goal counts"
            by += ", by one step between" if share < 0.5 else ""
            best, says = share, f"Goal “{goal.goal}”. {by}."
    return _part("goal", best, says)


def _business(measure: Measure, business: Business) -> Part:
    rules = _rules()
    words = business.industry.casefold()
    industry = next((rule for rule in rules["industry"] if any(word in words for word in rule["words"])), None)
    says, share = [], 0.0
    if not business.stage:
        says.append("The stage of the business is not entered in step 1.")
    elif measure.id in rules["stage"][business.stage]:
        share += 0.5
        says.append(f"A measure for {_a_business(business.stage)}.")
    else:
        says.append(f"Nothing particular to {_a_business(business.stage)}.")
    if industry and measure.id in industry["measures"]:
        share += 0.5
        says.append(f"One that the industry looks at ({business.industry}).")
    elif not industry:
        says.append("The industry is not entered." if not words else f"Nothing is known of “{business.industry}”.")
    return _part("business", share, " ".join(says))


def _data(measure: Measure, available: charters.Availability, logging: Mapping[str, float]) -> Part:
    if not available.known:
        return _part("data", 0, charters.NOT_KNOWN_YET)
    if why := available.reason(measure.id):
        return _part("data", 0, f"The data cannot give it: {why}")
    share = logging.get(measure.id)
    origin = {
        "system-logged": "logged by a system", "self-logged": "logged by the sellers themselves",
        "derived": "worked out from logged data", "survey": "asked in a survey",
    }[measure.source]  # fmt: skip
    who = "" if share is None else (
        ", for nearly every seller of the team" if share >= NEARLY_ALL
        else ", for most sellers of the team" if share >= MOST
        else ", for fewer than half of the team's sellers"
    )  # fmt: skip
    high = measure.source in ("system-logged", "derived") and (share is None or share >= NEARLY_ALL)
    grade = "high" if high else "middle" if share is None or share >= MOST else "low"
    points = {"high": 1.0, "middle": 0.5, "low": 0.25}[grade]
    return _part("data", points, f"The data give it, {origin}{who}. Trust: {grade}.")


def _history(team: str, measure: Measure, past: history.History) -> Part:
    seen = past.of(team, measure.id)
    if not seen:
        why = "Not yet examined: none of the results it should move is among the team's metrics."
        return _part("history", 0, why, is_examined=False)
    best = max(seen, key=lambda one: (HISTORY_SHARES[one.word], one.word != "not examined"))
    if best.word == "not examined":
        return _part("history", 0, f"Not yet examined. {best.says}", is_examined=False)
    return _part("history", HISTORY_SHARES[best.word], " ".join(dict.fromkeys(_sentences(seen, best))))


def _sentences(seen: Sequence[history.Examined], best: history.Examined) -> Iterator[str]:
    yield best.says
    yield from (one.says for one in seen if one.word != "not examined")


def _gaming(measure: Measure, label: Label, available: charters.Availability) -> Part:
    guard = ""
    if measure.guardrail:
        lacks = available.known and available.reason(measure.guardrail)
        guard = f" Proposed guardrail: {catalogue.name_of(measure.guardrail).lower()}"
        guard += ", which the data cannot give yet." if lacks else "."
    if label != "activity" and measure.control != "direct":
        return _part("gaming", 1, f"The buyer has a say in it, so it is hard to push up alone.{guard}")
    if measure.depth == "volume":
        own = measure.source == "self-logged"
        says = "It counts how often, and sellers log it themselves" if own else "It counts how often"
        return _part("gaming", 0 if own else 1 / 3, f"{says}: it can be raised by doing it badly.{guard}")
    if measure.depth == "qualified":
        return _part("gaming", 2 / 3, f"It counts with whom or how well, which is harder to fake.{guard}")
    return _part("gaming", 1, f"It counts what was learned or moved, which is hard to fake.{guard}")


def _a_business(stage: str) -> str:
    return {"startup": "a startup", "growth": "a growing business", "established": "an established business"}[stage]


@functools.cache
def _rules() -> dict[str, Any]:
    return tomllib.loads((bundle.folder("data") / "choosing.toml").read_text(encoding="utf-8"))
