"""Check-ins in weeks 1, 2, 4 and 8 after the start: one to five and a comment, without a name."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..engagement import Engagement
from ..errors import WorkshopError, did_you_mean, listed
from ..kinds import Pulse, Rollout
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


def take_in(engagement: Engagement, rows: Mapping[int, tuple[str, int, int, str]], *, as_of: dt.date) -> int:
    """Keep the answers of a form, by row number: team, week, score and comment. All of them or none.

    A check-in that has closed takes a form's answers only while it has none, so that a mean once told never moves.
    """
    held = {(given.team, given.week) for given in engagement.private.current(Pulse).values()}
    starts = _starts(engagement, as_of=as_of)
    answers, problems = [], []
    for number, (team, week, score, comment) in rows.items():
        try:
            one = answer(engagement, team, week=week, score=score, comment=comment, as_of=as_of, late=True)
            if (team, week) in held and _closes(starts[team], week) < as_of:
                raise WorkshopError(f"The check-in of week {week} of {team} is closed and has its answers.")
            answers.append(one)
        except WorkshopError as error:
            problems.append(f"Row {number}: {error}")
    if problems:
        raise WorkshopError(listed(problems))
    return record(engagement, answers)


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
