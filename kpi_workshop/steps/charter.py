"""Step 4, the charter: the two or three metrics and three or four activities that one team agreed to run on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from .. import catalogue
from ..catalogue import Measure
from ..engagement import Engagement
from ..errors import NothingImported, WorkshopError, did_you_mean, listed
from ..kinds import Charter, CharterLine, Label, Sorting, Team
from . import sorting

LIMITS = {"metric": (2, 3), "activity": (3, 4)}
"""How few and how many of each a charter holds (S4:65, S1:79)."""

SENTENCE_WORDS = catalogue.SENTENCE_WORDS
NOT_KNOWN_YET = "No client data are imported yet, so whether it can be measured is not known."
_PLURAL = {"metric": "metrics", "activity": "activities"}
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


@dataclass(frozen=True)
class Availability:
    """Whether client data can give each measure: `reason` is empty where they can, or where nothing is known yet."""

    known: bool
    reasons: dict[str, str]

    def reason(self, measure: str) -> str:
        """Why the data cannot give the measure; "" where they can or where no data were imported."""
        found = catalogue.find(measure)
        if found is None:
            return f"'{measure}' is not in the catalogue, so nothing counts it."
        if not self.known:
            return ""
        return self.reasons.get(found.id, found.not_from_crm or f"Nothing computes {found.name.lower()} yet.")


def availability(engagement: Engagement, *, as_of: dt.date | None = None) -> Availability:
    """Which measures the imported data can give."""
    from ..crm import engines, measures

    try:
        if not engines.tables_present(engagement):
            return Availability(False, {})
        return Availability(True, measures.availability(engagement, as_of=as_of))
    except NothingImported:
        return Availability(False, {})


def line(
    measure: str,
    *,
    label: Label | None = None,
    moves: Sequence[str] = (),
    sentence: str = "",
    reason: str = "",
    owner: str = "",
    guardrail: str = "",
    target: float | None = None,
    baseline: float | None = None,
) -> CharterLine:
    """A line of a charter, filled from the catalogue where nothing is said: label, sentence, source and guardrail.

    A signal has no box of its own in a charter: say which, and why.

    >>> line("talk time", moves=["win rate"]).guardrail
    'topic_coverage'
    """
    known = catalogue.find(measure)
    if known is None:
        return CharterLine(
            measure=measure, label=label or "signal", moves=tuple(moves), sentence=sentence, reason=reason,
            owner=owner, guardrail=guardrail, target=target, baseline=baseline,
        )  # fmt: skip
    box = label or sorting.label(known.control, known.timing)
    return CharterLine(
        measure=known.id, label=box, moves=tuple(catalogue.id_of(name) for name in moves), reason=reason, owner=owner,
        sentence=sentence or known.sentence, source=known.source, target=target, baseline=baseline,
        guardrail=catalogue.id_of(guardrail) if guardrail else (known.guardrail if box == "activity" else ""),
        review="weekly" if box == "activity" else "monthly",
    )  # fmt: skip


def choose(
    engagement: Engagement,
    team: str,
    *,
    lines: Sequence[CharterLine],
    as_of: dt.date | None = None,
    reason: str = "",
    agreed: bool = False,
    by: str = "",
    expects: int | None = None,
) -> Charter:
    """Record the charter of one team, dated `as_of` (default today), and return it.

    The first is version 1.0; a change makes 1.1 and so on, and earlier versions stay. Refused, everything in one
    message: a plan for the whole organisation; more or fewer measures than the limits without a written `reason`; an
    activity that moves no metric of the charter; a volume activity without a guardrail; a measure that the data cannot
    give (park it); a label other than the sorted one without a reason.
    """
    refuse_unknown_team(engagement, team)
    since = as_of or dt.date.today()
    problems = _problems(engagement, team, lines, reason=reason, as_of=as_of)
    if agreed and not availability(engagement).known:
        problems.append(f"{NOT_KNOWN_YET} Keep the charter as a draft until they are.")
    if problems:
        raise WorkshopError(listed(problems))
    before = engagement.records.get(Charter, team)
    charter = Charter(
        team=team, dated=since, lines=tuple(lines), exception_reason=reason, status="ready" if agreed else "draft"
    )
    if before:
        unchanged = (before.lines, before.exception_reason) == (charter.lines, charter.exception_reason)
        same = unchanged and before.status == charter.status
        charter = charter.model_copy(
            update={
                "version": before.version if unchanged else _next(before.version),
                "dated": before.dated if same else since,
            }
        )
    engagement.records.save(charter, team, effective=charter.dated, by=by, expects=expects)
    return charter


def warnings(engagement: Engagement, *, as_of: dt.date) -> list[str]:
    """What to think about in the charters as they are; nothing here stops anybody."""
    found = []
    facing = {name for name, team in engagement.records.current(Team, as_of=as_of).items() if team.customer_facing}
    available = availability(engagement)
    for team, charter in engagement.records.current(Charter, as_of=as_of).items():
        known = [catalogue.find(line.measure) for line in charter.lines]
        if team in facing and charter.lines and not any(m and m.experience != "none" for m in known):
            found.append(
                f"{team} deals with customers, and nothing in its charter counts what they experience: how fast they "
                "are answered, whether they are worked with, whether they would say so."
            )
        for line in charter.lines:
            if why := available.reason(line.measure):
                found.append(f"{team}: {_name(line.measure)} cannot be computed from the data as they are. {why}")
        if charter.lines and not available.known:
            found.append(f"{team}: {NOT_KNOWN_YET[:1].lower()}{NOT_KNOWN_YET[1:]}")
    return found


def history(engagement: Engagement, team: str) -> list[Charter]:
    """All versions of a team's charter, oldest first."""
    return [version.record for version in engagement.records.history(Charter, team) if not version.withdrawn]


def refuse_unknown_team(engagement: Engagement, team: str) -> None:
    """Refuse a name that is not a team's, and a plan for everyone at once (S4:17)."""
    teams = list(engagement.records.current(Team))
    if team in teams:
        return
    listed_teams = f" The teams are: {', '.join(teams)}." if teams else " Enter the org chart first."
    if team.strip().casefold() in ("", "all", "all teams", "everyone", "organisation", "organization", "company"):
        raise WorkshopError(f"A charter belongs to one team; there is none for the whole organisation.{listed_teams}")
    raise WorkshopError(f"Team '{team}' is not in the org chart. {did_you_mean(team, teams)}".strip())


def _problems(
    engagement: Engagement, team: str, lines: Sequence[CharterLine], *, reason: str, as_of: dt.date | None
) -> list[str]:
    problems = [] if reason.strip() else _limits(lines)
    names = [catalogue.id_of(line.measure) for line in lines]
    problems += [f"{_name(name)} is chosen twice." for name in dict.fromkeys(names) if names.count(name) > 1]
    metrics = {catalogue.id_of(line.measure) for line in lines if line.label == "metric"}
    available = availability(engagement, as_of=as_of)
    decisions = engagement.records.current(Sorting, as_of=as_of).values()
    sorted_as = {catalogue.id_of(decision.measure): decision.label for decision in decisions if decision.measure}
    for line in lines:
        name, known = _name(line.measure), catalogue.find(line.measure)
        if why := available.reason(line.measure):
            problems.append(f"{name} has no data, so it can be put aside for now but not chosen. {why}")
        if line.label == "signal":
            problems.append(f"{name} is a signal: say whether the team uses it as a metric or an activity, and why.")
        expected = sorted_as.get(catalogue.id_of(line.measure)) or (
            sorting.label(known.control, known.timing) if known else None
        )
        if line.label != "signal" and expected not in (None, line.label) and not line.reason.strip():
            problems.append(f"{name} was sorted as {expected}; to use it as {line.label}, give a reason.")
        if len(line.sentence.split()) > SENTENCE_WORDS:
            problems.append(f"{name} is explained in {len(line.sentence.split())} words; {SENTENCE_WORDS} are read.")
        if line.label == "activity":
            problems += _activity_problems(line, name, known, metrics)
    return problems


def _activity_problems(line: CharterLine, name: str, known: Measure | None, metrics: set[str]) -> list[str]:
    problems = []
    if not line.moves:
        problems.append(f"{name} names no metric it should move.")
    for moved in line.moves:
        if catalogue.id_of(moved) not in metrics:
            problems.append(f"{name} should move {_name(moved)}, which is not among this charter's metrics.")
    if known and known.depth == "volume" and not line.guardrail:
        problems.append(f"{name} counts volume: name a guardrail, a measure that would show volume without substance.")
    if line.guardrail and catalogue.find(line.guardrail) is None:
        problems.append(f"{name}: the guardrail '{line.guardrail}' is not in the catalogue.")
    return problems


def _limits(lines: Sequence[CharterLine]) -> list[str]:
    problems = []
    for box, (fewest, most) in LIMITS.items():
        number = sum(line.label == box for line in lines)
        many, one = _PLURAL[box], "is" if number == 1 else "are"
        if number > most:
            all_of = f"all {_word(number)}"
            aside = "one" if number == most + 1 else _word(number - most)
            problems.append(
                f"{_word(number).capitalize()} {many} chosen; the charter holds {_word(most)}. "
                f"Put {aside} aside, or give a reason to keep {all_of}."
            )
        elif number < fewest:
            noun = box if number == 1 else many
            problems.append(
                f"{_word(number).capitalize()} {noun} chosen; the charter asks for at least {_word(fewest)}. "
                f"Add {_word(fewest - number)}, or give a reason why {_word(number)} {one} enough."
            )
    return problems


def _next(version: str) -> str:
    whole, _, part = version.partition(".")
    return f"{whole}.{int(part or 0) + 1}"


def _name(measure: str) -> str:
    known = catalogue.find(measure)
    return known.name if known else f"'{measure}'"


def _word(number: int) -> str:
    return _NUMBERS[number] if number < len(_NUMBERS) else str(number)
