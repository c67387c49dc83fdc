"""Step 4, the charter: the two or three metrics and three or four activities that one team agreed to run on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from .. import catalogue
from ..catalogue import Measure
from ..engagement import Engagement
from ..errors import NothingImported, WorkshopError, did_you_mean, listed
from ..evidence import readings
from ..kinds import Charter, CharterLine, Invitation, Label, Objection, Sorting, Team
from . import progress, sorting

LIMITS = {"metric": (2, 3), "activity": (3, 4)}
"""How few and how many of each a charter holds (S4:65, S1:79)."""

BASELINE_WEEKS = 52
"""The weeks before a charter that its numbers are compared with, or as many as the data hold."""

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
    pay_linked: bool = False,
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
            owner=owner, guardrail=guardrail, pay_linked=pay_linked, target=target, baseline=baseline,
        )  # fmt: skip
    box = label or sorting.label(known.control, known.timing)
    return CharterLine(
        measure=known.id, label=box, moves=tuple(catalogue.id_of(name) for name in moves), reason=reason, owner=owner,
        sentence=sentence or known.sentence, source=known.source, target=target, baseline=baseline,
        guardrail=catalogue.id_of(guardrail) if guardrail else (known.guardrail if box == "activity" else ""),
        pay_linked=pay_linked, review="weekly" if box == "activity" else "monthly",
    )  # fmt: skip


def choose(
    engagement: Engagement,
    team: str,
    *,
    lines: Sequence[CharterLine],
    as_of: dt.date | None = None,
    reason: str = "",
    why: str = "",
    by: str = "",
    expects: int | None = None,
) -> Charter:
    """Record the charter of one team, dated `as_of` (default today), and return it.

    The first is version 1.0, a draft until the playback is through, and keeps its number until somebody has answered to
    it. Every later change makes 1.1 and so on, with `by` whom and `why`, and earlier versions stay; one that leaves the
    measures and what they move as they are stays agreed.
    A line without a baseline gets the mean of its weeks before `as_of`, or of the days of the charter it changes.

    Refused, everything in one message: a plan for the whole organisation; more or fewer measures than the limits
    without a written `reason`; an activity that moves no metric of the charter; a volume or pay-linked activity without
    a guardrail; a measure that the data cannot give (park it); a label other than the sorted one without a reason; a
    change of a charter that was agreed, or that somebody has answered to, without who and why.
    """
    refuse_unknown_team(engagement, team)
    since = as_of or dt.date.today()
    before = engagement.records.get(Charter, team)
    problems = _problems(engagement, team, lines, reason=reason, as_of=as_of)
    stands = _stands(engagement, before) if before else ""
    if before and stands and _differs(before, lines, reason):
        held = f"Charter {before.version} of {team} {stands}"
        problems += [] if why.strip() else [f"{held}: say why it changes."]
        problems += [] if by.strip() else [f"{held}: say who decided the change."]
    if problems:
        raise WorkshopError(listed(problems))
    if before and not _differs(before, lines, reason):
        return before
    first, last = _baseline_days(engagement, before, since=since)
    charter = Charter(
        team=team, dated=since, lines=tuple(_with_baselines(engagement, team, lines, first, last)),
        exception_reason=reason, baseline_from=first, baseline_to=last, changed_by=by, change_reason=why.strip(),
    )  # fmt: skip
    if before:
        kept = is_same_choice(before, charter)
        status = before.status if kept else "draft"
        version = _next(before.version) if stands else before.version
        charter = charter.model_copy(update={"version": version, "status": status})
    engagement.records.save(charter, team, effective=charter.dated, by=by, expects=expects)
    return charter


def is_same_choice(one: Charter, other: Charter) -> bool:
    """Whether two versions ask the same of a team: the same measures, as the same, moving the same."""
    return {_asks(line) for line in one.lines} == {_asks(line) for line in other.lines}


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


def history(engagement: Engagement, team: str, *, as_of: dt.date | None = None) -> list[Charter]:
    """All versions of a team's charter up to a day, oldest first, each as it last stood."""
    kept: dict[str, Charter] = {}
    for version in engagement.records.history(Charter, team):
        if version.withdrawn:
            kept.clear()
        elif as_of is None or version.effective <= as_of:
            kept = {v: c for v, c in kept.items() if _number(v) < _number(version.record.version)}
            kept[version.record.version] = version.record
    return list(kept.values())


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
    elif line.pay_linked and not line.guardrail:
        problems.append(f"Pay hangs on {name}: name a guardrail, a measure that would show it pushed up at a cost.")
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


def _baseline_days(
    engagement: Engagement, before: Charter | None, *, since: dt.date
) -> tuple[dt.date | None, dt.date | None]:
    """The days of the baselines: those of the charter that is changed, else the year of full weeks before `since`."""
    if before and before.baseline_from and before.baseline_to:
        return before.baseline_from, before.baseline_to
    from ..crm import coverage, engines

    if not engines.tables_present(engagement):
        return None, None
    try:
        known = coverage.coverage(engagement, as_of=since)
    except NothingImported:
        return None, None
    # A long weekend without an entry leaves a week finished, as in the report.
    reach, week_starts = (
        min(since, known.last + dt.timedelta(days=readings.WEEKEND)),
        engagement.settings.calendar.week_starts,
    )
    after = reach + dt.timedelta(days=1)
    last = after - dt.timedelta(days=after.weekday() if week_starts == "monday" else (after.weekday() + 1) % 7)
    weeks = min(BASELINE_WEEKS, (last - known.first).days // 7)
    return (last - dt.timedelta(weeks=weeks), last - dt.timedelta(days=1)) if weeks > 0 else (None, None)


def _with_baselines(
    engagement: Engagement, team: str, lines: Sequence[CharterLine], first: dt.date | None, last: dt.date | None
) -> list[CharterLine]:
    """The lines, those without a baseline with the mean of these days, as far as the data can give it."""
    if first is None or last is None or all(line.baseline is not None for line in lines):
        return list(lines)
    panel = progress.Panel(engagement, as_of=last, fresh_to=None)
    return [
        line
        if line.baseline is not None
        else line.model_copy(update={"baseline": progress.mean_of_days(panel, team, line, first=first, last=last)})
        for line in lines
    ]


def _stands(engagement: Engagement, charter: Charter) -> str:
    """Why a version is no longer a draft that anybody may still turn over; "" where nobody has answered to it yet."""
    if charter.status == "ready":
        return "is agreed"
    answered = {(one.team, one.version) for one in engagement.private.current(Invitation).values()}
    answered |= {(one.team, one.version) for one in engagement.records.current(Objection).values()}
    return "has been answered to" if (charter.team, charter.version) in answered else ""


def _asks(line: CharterLine) -> tuple[str, str, tuple[str, ...]]:
    return catalogue.id_of(line.measure), line.label, tuple(sorted(map(catalogue.id_of, line.moves)))


def _differs(before: Charter, lines: Sequence[CharterLine], reason: str) -> bool:
    """Whether something was changed; a baseline that was left to be worked out changes nothing."""
    held = {line.measure: line.baseline for line in before.lines}
    filled = [
        line.model_copy(update={"baseline": held.get(line.measure)}) if line.baseline is None else line
        for line in lines
    ]
    return (before.lines, before.exception_reason) != (tuple(filled), reason)


def _next(version: str) -> str:
    whole, part = _number(version)
    return f"{whole}.{part + 1}"


def _number(version: str) -> tuple[int, int]:
    whole, _, part = version.partition(".")
    return int(whole), int(part or 0)


def _name(measure: str) -> str:
    known = catalogue.find(measure)
    return known.name if known else f"'{measure}'"


def _word(number: int) -> str:
    return _NUMBERS[number] if number < len(_NUMBERS) else str(number)
