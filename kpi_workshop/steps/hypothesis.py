"""Step 2, the hypothesis: the leader's private guess for each team, sealed before the first interview counts.

What the guess says stays in the private store. `state`, the only part meant for shared pages, holds how many, complete
or not, and sealed when.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass

from .. import catalogue
from ..engagement import Engagement
from ..errors import WorkshopError, did_you_mean, listed, nearest
from ..kinds import Hypothesis, Interview, Seal, Suggestion, Team
from ..records import ALWAYS
from . import seals

METRICS = (2, 3)
ACTIVITIES = (3, 4)
"""How many of each the method asks for (S4:27-31); fewer are told, more need a written reason."""
_WHOLE_ORGANISATION = {
    "", "all", "all teams", "company", "everyone", "organisation", "organization", "sales", "the company",
    "the organisation", "the organization", "whole company", "whole organisation", "whole organization",
}  # fmt: skip


@dataclass(frozen=True)
class State:
    """How far the hypothesis of one team is; nothing of what it says.

    `whole` counts activities that name direction, size and delay. `sealed_at` is None before the first interview.
    `changed` says that the hypothesis is no longer what was sealed, `late` that interviews began without a seal,
    `fault` what is wrong with the seal, such as that it was altered by hand.
    """

    team: str
    metrics: int
    activities: int
    whole: int
    complete: bool
    sealed_at: dt.datetime | None
    changed: bool
    late: bool
    fault: str = ""

    @property
    def says(self) -> str:
        """Its state in one sentence."""
        if self.fault:
            return self.fault
        if self.changed:
            return "Changed since it was sealed: it is scored as it was sealed."
        if self.late:
            return "Interviews were recorded before anything was written down: there is nothing to score."
        if self.sealed_at:
            return "Sealed."
        if not (self.metrics or self.activities):
            return "Nothing written down yet."
        return "Complete; it will be sealed with the first interview." if self.complete else " ".join(_told(self))


def is_private_store_here(engagement: Engagement) -> bool:
    """False where others' words are recorded but the private store is gone: a packed copy."""
    return engagement.private.file.is_file() or not engagement.records.current(Suggestion)


def of(engagement: Engagement, team: str) -> Hypothesis:
    """The hypothesis of one team, empty before anything was written. Private."""
    _check_team(engagement, team)
    return engagement.private.get(Hypothesis, team) or Hypothesis(team=team)


def state(engagement: Engagement, *, as_of: dt.date | None = None) -> list[State]:
    """How far each team's hypothesis is, in the order of the org chart."""
    named = sorted(engagement.records.current(Team, as_of=as_of).values(), key=lambda team: team.order)
    written = engagement.private.current(Hypothesis, as_of=as_of)
    interviewed = {
        t for interview in engagement.private.current(Interview, as_of=as_of).values() for t in interview.teams
    }
    wrong = {one.team: one.fault for one in seals.everyone(engagement)}
    found = []
    for team in named:
        guess = written.get(team.name) or Hypothesis(team=team.name)
        sealed_at, changed = _sealed(engagement, team.name)
        fault = wrong.get(team.name, "")
        whole = sum(link.size is not None and link.delay_weeks is not None for link in guess.links)
        activities = len({link.activity.casefold() for link in guess.links})
        found.append(
            State(
                team=team.name, metrics=len(guess.metrics), activities=activities, whole=whole,
                complete=len(guess.metrics) >= METRICS[0] and activities >= ACTIVITIES[0] and whole == len(guess.links),
                sealed_at=sealed_at, changed=changed, late=sealed_at is None and team.name in interviewed,
                fault=fault,
            )
        )  # fmt: skip
    return found


def missing(engagement: Engagement, *, as_of: dt.date) -> list[str]:
    """What is missing before the first interview; empty when every team has a complete hypothesis."""
    if not is_private_store_here(engagement):
        return [
            "The private store is not here, as in a packed copy: whether the hypotheses are complete cannot be said."
        ]
    found = state(engagement, as_of=as_of)
    if not found:
        return ["There is no team yet: enter the org chart first, every hypothesis belongs to one team."]
    lines = []
    for team in found:
        if team.late or team.sealed_at:
            continue
        if not (team.metrics or team.activities):
            lines.append(f"{team.team}: nothing written down yet.")
        elif not team.complete:
            lines.append(f"{team.team}: {' '.join(_told(team))}")
    return lines


def save(engagement: Engagement, hypothesis: Hypothesis, *, by: str = "") -> list[str]:
    """Record one team's guess and return what is worth knowing about it, in sentences. Private, for the leader's page.

    Refused: a team that does not exist or the whole organisation, the same activity or metric twice, an activity that
    moves none of the metrics named, and a fourth metric or a fifth activity without a reason. Told: fewer than the
    method asks for, names not in the catalogue.
    """
    _check_team(engagement, hypothesis.team)
    wrong = [words for _, words in problems(hypothesis)]
    if needs := needs_a_reason(hypothesis):
        wrong.append(needs)
    if wrong:
        raise WorkshopError(listed(wrong))
    engagement.private.save(hypothesis, hypothesis.team, effective=ALWAYS, by=by)
    return advice(engagement, hypothesis)


def problems(hypothesis: Hypothesis) -> list[tuple[str, str]]:
    """What cannot be recorded: pairs of the metric or activity it is about, and a sentence. Private."""
    found = []
    for names, what in ((hypothesis.metrics, "metric"), ([link.activity for link in hypothesis.links], "activity")):
        counts = Counter(name.casefold() for name in names)
        twice = dict.fromkeys(name for name in names if counts[name.casefold()] > 1)
        found += [(name, f"The {what} '{catalogue.name_of(name)}' stands here twice.") for name in list(twice)[:1]]
    known = {name.casefold() for name in hypothesis.metrics}
    for link in hypothesis.links:
        if link.moves.casefold() not in known:
            moves = catalogue.name_of(link.moves)
            hint = did_you_mean(moves, [catalogue.name_of(metric) for metric in hypothesis.metrics])
            found.append((link.activity, f"'{moves}' is not one of the metrics above. {hint}".strip()))
    return found


def needs_a_reason(hypothesis: Hypothesis) -> str:
    """The sentence that asks for a reason where there are more than the method asks for and none is given, else ""."""
    if hypothesis.reason.strip():
        return ""
    found = []
    if len(hypothesis.metrics) > METRICS[1]:
        found.append(f"{len(hypothesis.metrics)} metrics, where {METRICS[1]} are the most")
    if len(hypothesis.links) > ACTIVITIES[1]:
        found.append(f"{len(hypothesis.links)} activities, where {ACTIVITIES[1]} are the most")
    return f"{' and '.join(found)}: take one away, or say here why all of them are needed." if found else ""


def advice(engagement: Engagement, hypothesis: Hypothesis) -> list[str]:
    """Sentences that help the leader: counts beside the method's, new names, and a seal that was left. Private."""
    activities = [link.activity for link in hypothesis.links]
    lines = _counted(len(hypothesis.metrics), METRICS, "metric", "metrics")
    lines += _counted(len(activities), ACTIVITIES, "activity", "activities")
    unsized = sum(link.size is None or link.delay_weeks is None for link in hypothesis.links)
    if unsized:
        lines.append(f"Size or delay is open for {unsized} {'activity' if unsized == 1 else 'activities'}.")
    known = [name for measure in catalogue.measures().values() for name in measure.names]
    for name in [*hypothesis.metrics, *activities]:
        if not catalogue.find(name):
            close = nearest(name, known)
            near = f" Nearest: {', '.join(close)}." if close else ""
            lines.append(f"'{name}' is not in the catalogue and is kept as new.{near}")
    if _sealed(engagement, hypothesis.team)[1]:
        lines.append("This differs from what was sealed, and every page will say so.")
    return lines


def seal_words(engagement: Engagement, team: str) -> str:
    """When the team's hypothesis was sealed and its SHA-256, in two lines; "" before. For the leader's page alone."""
    found = seals.of(engagement, team)
    if found is None or found.at is None:
        return found.fault if found else ""
    at = found.at.astimezone()
    changed = _sealed(engagement, team)[1]
    state = "What stands above differs from it." if changed else "What stands above is what was sealed."
    return f"{at.day} {at:%B %Y}, {at:%H:%M:%S}. {found.fault or state}\nSHA-256 {found.sha256}"


seal_of, sealed = seals.seal_of, seals.sealed


def seal(engagement: Engagement, team: str, *, by: str = "") -> Seal | None:
    """Seal one team's hypothesis, once (`seals.make`): called before the first interview that counts for the team."""
    _check_team(engagement, team)
    return seals.make(engagement, team, by=by)


def _sealed(engagement: Engagement, team: str) -> tuple[dt.datetime | None, bool]:
    """When it was sealed, and whether what holds now differs from it or something is wrong with the seal."""
    found = seals.of(engagement, team)
    if found is None:
        return None, False
    now = engagement.private.get(Hypothesis, team)
    return found.at, bool(found.fault) or now is None or seal_of(now) != found.sha256


def _check_team(engagement: Engagement, team: str) -> None:
    known = list(engagement.records.current(Team))
    if team in known:
        return
    if team.strip().casefold() in _WHOLE_ORGANISATION:
        raise WorkshopError(
            "A hypothesis belongs to one team: teams sell differently, and one for all of them would fit none. "
            + (f"There is: {', '.join(known)}." if known else "Enter the teams in the org chart first.")
        )
    raise WorkshopError(f"Team '{team}' is not in the org chart. {did_you_mean(team, known)}".strip())


def _told(team: State) -> list[str]:
    lines = _counted(team.metrics, METRICS, "metric", "metrics")
    lines += _counted(team.activities, ACTIVITIES, "activity", "activities")
    if team.whole < team.activities:
        lines.append(f"Size or delay is open for {team.activities - team.whole} of its activities.")
    return lines


def _counted(number: int, limits: tuple[int, int], one: str, many: str) -> list[str]:
    if limits[0] <= number <= limits[1]:
        return []
    return [f"{number} {one if number == 1 else many}, where {limits[0]} or {limits[1]} are asked for."]
