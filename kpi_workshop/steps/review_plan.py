"""When the rollout may be judged and by what: written down before the first week, changed only with a reason."""

from __future__ import annotations

import datetime as dt
import random
import secrets
from collections.abc import Sequence

from ..engagement import Engagement
from ..errors import WorkshopError
from ..kinds import ReviewPlan, Rollout
from ..numbers import spoken_day

KEY = ReviewPlan.kind
LARGEST_SEED = 10**9


def held(engagement: Engagement, *, as_of: dt.date) -> ReviewPlan:
    """The looks, dwell and smallest worthwhile effect that were written down; the usual ones where none were."""
    return engagement.records.current(ReviewPlan, as_of=as_of).get(KEY, ReviewPlan())


def is_written(engagement: Engagement, *, as_of: dt.date) -> bool:
    """Whether a plan was written down at all."""
    return KEY in engagement.records.current(ReviewPlan, as_of=as_of)


def record(engagement: Engagement, plan: ReviewPlan, *, as_of: dt.date, by: str = "") -> None:
    """Write the plan down; once a team has started, a change needs a reason, and the old plan stays in the history."""
    begun = [
        rollout.starts_on
        for rollout in engagement.records.current(Rollout, as_of=as_of).values()
        if rollout.starts_on and rollout.starts_on <= as_of
    ]
    old = held(engagement, as_of=as_of)
    if begun and not plan.reason and plan != old.model_copy(update={"reason": ""}):
        raise WorkshopError(
            f"The first team started on {spoken_day(min(begun))}, and what it is judged by was fixed before. "
            "Give a reason to change it; the old plan stays in the history."
        )
    engagement.records.save(plan, KEY, effective=as_of, by=by)


def drawn(teams: Sequence[str], *, seed: int | None = None) -> tuple[tuple[str, ...], int]:
    """The teams in a random order, and the number it was drawn with: the same number gives the same order again.

    The last of the order is the one to keep back for comparison.

    >>> drawn(["North", "South", "West"], seed=7)
    (('West', 'North', 'South'), 7)
    """
    number = secrets.randbelow(LARGEST_SEED) if seed is None else seed
    order = sorted(teams)
    random.Random(number).shuffle(order)
    return tuple(order), number
