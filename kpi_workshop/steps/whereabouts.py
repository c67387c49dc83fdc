"""Where the workshop stands: the five steps, what each has and still lacks, and the next thing to do."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from ..engagement import Engagement
from ..kinds import Charter, Goal, Stage, Team
from . import hypothesis, interviews, org_chart, rollout, sorting

Lines = Callable[..., list[str]]


@dataclass(frozen=True)
class About:
    """What never changes about a step: its notebook, its name, what it is for, how long it takes and with whom."""

    notebook: str
    name: str
    purpose: str
    time: str
    room: str
    alone: bool = False


@dataclass(frozen=True)
class Step:
    """One step as it stands: `done` says what is recorded, `missing` what the next step still lacks."""

    about: About
    done: tuple[str, ...]
    missing: tuple[str, ...]
    state: Literal["done", "begun", "open"]


ABOUT = (
    About(
        "01_org_chart", "Org chart", "Who sells, in which team, and what the business wants.",
        "45 minutes", "The sales leader, with a list of sellers and their managers.",
    ),
    About(
        "02_hypothesis", "Hypothesis", "A private guess for each team, before anybody is asked.",
        "20 minutes for each team", "The sales leader alone.", alone=True,
    ),
    About(
        "03_interviews", "Interviews", "What the people who do the work say drives results.",
        "Half an hour for each person, over about a week",
        "One person at a time: top, middle and low performers, managers, executives.",
    ),
    About(
        "04_sorting", "Sorting", "From suggestions to the few measures that each team will run on.",
        "An hour to sort, then half an hour for each team", "The sales leader and the manager of the team.",
    ),
    About(
        "05_rollout", "Rollout", "When each team starts, and every week what the numbers say.",
        "20 minutes before the start, then 10 minutes a week", "The sales leader and the managers.",
    ),
)  # fmt: skip


def steps(engagement: Engagement, *, as_of: dt.date) -> list[Step]:
    """The five steps in order, each fit to be shown to everyone: counts and team names, nothing of what was said."""
    ways: tuple[tuple[Lines, Lines], ...] = (
        (_org_chart, org_chart.missing),
        (_hypothesis, hypothesis.missing),
        (_interviews, interviews.missing),
        (_sorting, sorting.missing),
        (_rollout, rollout.missing),
    )
    found = []
    for about, (has, lacks) in zip(ABOUT, ways, strict=True):
        done, missing = has(engagement, as_of=as_of), lacks(engagement, as_of=as_of)
        state: Literal["done", "begun", "open"] = "done" if not missing else "begun" if done else "open"
        found.append(Step(about, tuple(done), tuple(missing), state))
    return found


def next_step(found: list[Step]) -> Step:
    """The furthest step that was begun as long as it lacks something, then the one after; at the end the rollout.

    What an earlier step still lacks stands beside it, and does not send anybody back who went on on purpose.
    """
    begun = [at for at, step in enumerate(found) if step.done]
    at = begun[-1] if begun else 0
    return found[at] if found[at].missing else found[min(at + 1, len(found) - 1)]


def _org_chart(engagement: Engagement, *, as_of: dt.date) -> list[str]:
    held = {kind: len(engagement.records.current(kind, as_of=as_of)) for kind in (Team, Goal, Stage)}
    people = len({place.person for place in org_chart.chart(engagement, as_of=as_of)})
    return _counted(
        (held[Team], "team", "teams"),
        (people, "person", "people"),
        (held[Goal], "goal", "goals"),
        (held[Stage], "stage of the sales process", "stages of the sales process"),
    )


def _hypothesis(engagement: Engagement, *, as_of: dt.date) -> list[str]:
    if not hypothesis.is_private_store_here(engagement):
        return []
    found = hypothesis.state(engagement, as_of=as_of)
    sealed, complete = sum(s.sealed_at is not None for s in found), sum(s.complete for s in found)
    lines = [f"{complete} of {len(found)} teams complete"] if complete else []
    return [*lines, f"{sealed} sealed"] if sealed else lines


def _interviews(engagement: Engagement, *, as_of: dt.date) -> list[str]:
    told = sum(interviews.groups(engagement, as_of=as_of).values())
    made = len(sorting.suggestions(engagement, as_of=as_of))
    return _counted((told, "person interviewed", "people interviewed"), (made, "suggestion", "different suggestions"))


def _sorting(engagement: Engagement, *, as_of: dt.date) -> list[str]:
    found = sorting.suggestions(engagement, as_of=as_of)
    decided = sum(suggestion.decided is not None for suggestion in found)
    charters = [c for c in engagement.records.current(Charter, as_of=as_of).values() if c.lines]
    agreed = sum(charter.status == "ready" for charter in charters)
    lines = [f"{decided} of {len(found)} suggestions sorted"] if decided else []
    lines += _counted((len(charters), "charter", "charters"))
    return [*lines, f"{agreed} agreed"] if agreed else lines


def _rollout(engagement: Engagement, *, as_of: dt.date) -> list[str]:
    planned = rollout.starts(engagement, as_of=as_of).values()
    begun = sum(plan.starts_on is not None and plan.starts_on <= as_of for plan in planned)
    later = sum(plan.starts_on is not None and plan.starts_on > as_of for plan in planned)
    kept_back = sum(plan.starts_on is None for plan in planned)
    return _counted(
        (begun, "team started", "teams started"),
        (later, "team starts later", "teams start later"),
        (kept_back, "team kept back for comparison", "teams kept back for comparison"),
    )


def _counted(*counts: tuple[int, str, str]) -> list[str]:
    return [f"{number} {one if number == 1 else many}" for number, one, many in counts if number]
