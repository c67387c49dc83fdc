"""Check-ins in weeks 1, 2, 4 and 8 after the start: one to five and a comment, without a name."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..engagement import Engagement
from ..errors import WorkshopError, did_you_mean, listed
from ..kinds import Pulse, PulseTaken, Rollout
from ..numbers import spoken_day
from ..records import new_id

WEEKS = (1, 2, 4, 8)
"""The weeks after the start in which everybody is asked (S4:71)."""
CLOSES = {1: 1, 2: 3, 4: 7, 8: 9}
"""The last week in which answers to a check-in are taken: afterwards its mean is told once and does not change."""
QUESTION = "How well do the new activities work for you? 1 is not at all, 5 is very well."


@dataclass(frozen=True)
class CheckIn:
    """One team's check-in: open until `closes`; afterwards `answers`, and `mean` where enough people answered.

    Before it closes, and where fewer answered than may be shown apart, `answers` is 0 and `mean` None: whoever saw the
    mean before and after one more answer would know that answer.
    """

    team: str
    week: int
    closes: dt.date
    is_open: bool
    answers: int = 0
    mean: float | None = None


@dataclass(frozen=True)
class Response:
    """One answer as a form gives it; by its `mark` it is known again in a newer file, whatever was answered."""

    team: str
    week: int
    score: int
    comment: str = ""
    mark: str = ""


@dataclass(frozen=True)
class Taken:
    """What came of a form: the keys and marks of the answers kept, and how many were passed over.

    `before`: taken from an earlier file; `late`: after their mean was told; `early`: of a team that has not started.
    """

    keys: tuple[str, ...]
    marks: tuple[str, ...]
    before: int
    late: int
    early: int


def answer(
    engagement: Engagement, team: str, *, week: int, score: int, comment: str = "", as_of: dt.date, late: bool = False
) -> Pulse:
    """One answer, checked and not yet kept; `late` takes one after its check-in has closed."""
    starts = _starts(engagement, as_of=as_of)
    if team not in starts:
        hint = did_you_mean(team, starts) or "No team has started yet."
        raise WorkshopError(f"'{team}' is no team that has started. {hint}")
    if week not in WEEKS:
        raise WorkshopError(f"There is no check-in in week {week}. Name week 1, 2, 4 or 8 after the start.")
    if not 1 <= score <= 5:
        raise WorkshopError(f"{score} is no answer. Give 1 to 5.")
    if starts[team] + dt.timedelta(weeks=week - 1) > as_of:
        raise WorkshopError(f"Week {week} of {team} has not begun on {spoken_day(as_of)}.")
    if not late and _closes(starts[team], week) < as_of:
        raise WorkshopError(
            f"The check-in of week {week} of {team} closed on {spoken_day(_closes(starts[team], week))}."
        )
    return Pulse(team=team, week=week, score=score, comment=comment)


def record(engagement: Engagement, answers: Iterable[Pulse]) -> int:
    """Keep answers under random keys: who gave one, when, and in which order is nowhere. Their number comes back."""
    given = [(new_id(), one) for one in answers]
    engagement.private.save_all(given)
    return len(given)


def take_in(engagement: Engagement, rows: Mapping[int, Response], *, as_of: dt.date) -> Taken:
    """Keep the new answers of a form, by row number; a row with a fault keeps all of them out.

    Responses taken before are passed over, and so are those that come after their mean was told, which would move it,
    and those of a team that has not started.
    """
    store = engagement.private
    known = store.get(PulseTaken, PulseTaken.kind) or PulseTaken()
    told = {(row.team, row.week) for row in check_ins(engagement, as_of=as_of) if row.mean is not None}
    starts = {_plain(team): team for team in _starts(engagement, as_of=as_of)}
    waiting = {_plain(plan.team) for plan in engagement.records.current(Rollout, as_of=as_of).values()} - set(starts)
    kept: dict[str, Pulse] = {}
    marks, problems = [], []
    passed = {"before": 0, "late": 0, "early": 0}
    for number, said in rows.items():
        if said.mark in known.marks:
            passed["before"] += 1
        elif _plain(said.team) in waiting:
            passed["early"] += 1
        else:
            try:
                one = answer(
                    engagement, starts.get(_plain(said.team), said.team), week=said.week, score=said.score,
                    comment=said.comment, as_of=as_of, late=True,
                )  # fmt: skip
            except WorkshopError as error:
                problems.append(f"Row {number}: {error}")
                continue
            if (one.team, one.week) in told:
                passed["late"] += 1
                continue
            kept[new_id()] = one
            marks.append(said.mark)
    if problems:
        raise WorkshopError(listed(problems))
    if kept:
        taken = PulseTaken(marks=tuple(sorted({*known.marks, *marks})))
        store.save_all([*kept.items(), (PulseTaken.kind, taken)])
    return Taken(tuple(kept), tuple(marks), **passed)


def take_back(engagement: Engagement, taken: Taken) -> None:
    """Undo of one file: its answers go, and it may be given again."""
    store = engagement.private
    known = store.get(PulseTaken, PulseTaken.kind) or PulseTaken()
    left = PulseTaken(marks=tuple(mark for mark in known.marks if mark not in taken.marks))
    store.save_all([(PulseTaken.kind, left)], without=[(Pulse, key) for key in taken.keys])


def due(engagement: Engagement, *, as_of: dt.date) -> dict[str, int]:
    """For each team the check-in that is open on `as_of`, the latest where there are two."""
    return {row.team: row.week for row in check_ins(engagement, as_of=as_of) if row.is_open}


def check_ins(engagement: Engagement, *, as_of: dt.date) -> list[CheckIn]:
    """The check-ins whose week has begun, by team and week."""
    scores: dict[tuple[str, int], list[int]] = defaultdict(list)
    for given in engagement.private.current(Pulse).values():
        scores[given.team, given.week].append(given.score)
    least = engagement.settings.smallest_group
    rows = []
    for team, start in sorted(_starts(engagement, as_of=as_of).items()):
        for week in WEEKS:
            if start + dt.timedelta(weeks=week - 1) > as_of:
                continue
            closes, told = _closes(start, week), scores[team, week]
            is_open = as_of <= closes
            if is_open or len(told) < least:
                rows.append(CheckIn(team, week, closes, is_open))
            else:
                rows.append(CheckIn(team, week, closes, is_open, len(told), sum(told) / len(told)))
    return rows


def comments(engagement: Engagement, *, team: str, week: int, as_of: dt.date) -> list[str]:
    """What was written at a check-in whose mean is told, in the order of the alphabet: for the leader alone."""
    told = {(row.team, row.week) for row in check_ins(engagement, as_of=as_of) if row.mean is not None}
    given = engagement.private.current(Pulse).values() if (team, week) in told else ()
    return sorted(one.comment for one in given if (one.team, one.week) == (team, week) and one.comment)


def _starts(engagement: Engagement, *, as_of: dt.date) -> dict[str, dt.date]:
    planned = engagement.records.current(Rollout, as_of=as_of).values()
    return {plan.team: plan.starts_on for plan in planned if plan.starts_on and plan.starts_on <= as_of}


def _closes(start: dt.date, week: int) -> dt.date:
    return start + dt.timedelta(weeks=CLOSES[week], days=-1)


def _plain(team: str) -> str:
    return " ".join(team.split()).casefold()
