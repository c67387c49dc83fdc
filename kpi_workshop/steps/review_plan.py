"""When the rollout may be judged and by what: written down before the first week, changed only with a reason."""

from __future__ import annotations

import datetime as dt
import random
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..engagement import Engagement
from ..errors import WorkshopError
from ..kinds import Charter, PerformerTier, ReviewPlan, Rollout
from ..numbers import spoken_day
from .progress import charter_pairs

KEY = ReviewPlan.kind
LARGEST_SEED = 10**9


@dataclass(frozen=True)
class Written:
    """One version of the plan: its number from 1, since when it holds, and whether no team had started by then."""

    number: int
    since: dt.date
    in_time: bool
    plan: ReviewPlan


def held(engagement: Engagement, *, as_of: dt.date) -> ReviewPlan:
    """The looks, dwell and smallest worthwhile effect that were written down; the usual ones where none were."""
    return engagement.records.current(ReviewPlan, as_of=as_of).get(KEY, ReviewPlan())


def is_written(engagement: Engagement, *, as_of: dt.date) -> bool:
    """Whether a plan was written down at all."""
    return KEY in engagement.records.current(ReviewPlan, as_of=as_of)


def versions(engagement: Engagement, *, as_of: dt.date) -> list[Written]:
    """Every version that was written down by `as_of`, oldest first."""
    first = first_start(engagement, as_of=as_of)
    found = [one for one in engagement.records.history(ReviewPlan, KEY) if not one.withdrawn and one.effective <= as_of]
    return [
        Written(number, one.effective, first is None or one.effective < first, one.record)
        for number, one in enumerate(found, start=1)
    ]


def first_start(engagement: Engagement, *, as_of: dt.date) -> dt.date | None:
    """The day on which the first team starts or started; None where no start is planned."""
    plans = engagement.records.current(Rollout, as_of=as_of).values()
    return min((plan.starts_on for plan in plans if plan.starts_on), default=None)


def asked(engagement: Engagement, *, as_of: dt.date) -> tuple[tuple[str, str], ...]:
    """Each activity with each metric it should move in any charter, as measure ids, in a fixed order."""
    charters = engagement.records.current(Charter, as_of=as_of).values()
    return tuple(sorted({pair for charter in charters for pair in charter_pairs(charter)}))


def asked_since(engagement: Engagement, *, as_of: dt.date) -> list[tuple[str, str]]:
    """The pairs that charters hold now and that the plan, where one was written down, does not name."""
    if not is_written(engagement, as_of=as_of):
        return []
    named = held(engagement, as_of=as_of).pairs
    return [pair for pair in asked(engagement, as_of=as_of) if pair not in named]


def kept_order(engagement: Engagement, *, as_of: dt.date) -> tuple[str, ...]:
    """The order of starts that was drawn, where nothing but the draw decided it; () elsewhere."""
    return () if why_not_by_lot(engagement, as_of=as_of) else held(engagement, as_of=as_of).start_order


def why_not_by_lot(engagement: Engagement, *, as_of: dt.date) -> str:
    """Why something else than chance decided the order of starts, in a few words; "" where chance did.

    Chance did where the order was drawn once, before the first start, by the number that is written down, and the teams
    start in it, those without a start last.
    """
    first = first_start(engagement, as_of=as_of)
    ever = [one for one in engagement.records.history(ReviewPlan, KEY) if one.effective <= as_of]
    draws = {(one.record.start_order, one.record.drawn_with): one.effective for one in reversed(ever)}
    draws = {draw: day for draw, day in draws.items() if draw[0]}  # one that was taken back is a draw as well
    if not draws:
        return "no order was drawn"
    if len(draws) > 1:
        return "it was drawn more than once"
    (((order, number), day),) = draws.items()
    if first and day >= first:
        return "it was drawn after the first start"
    if number is None or drawn(order, seed=number)[0] != order:
        return "the number it was drawn with gives another order"
    planned = engagement.records.current(Rollout, as_of=as_of)
    begun = [planned[team].starts_on if team in planned else None for team in order]
    days = [start or dt.date.max for start in begun]
    return "" if days == sorted(days) else "the starts do not follow it"


def frozen_tiers(engagement: Engagement, *, as_of: dt.date) -> tuple[dt.date, dict[str, str]]:
    """The day before the first start, and everybody's tier as it stood then: nobody is sorted by what came later.

    Where no start is planned the day is `as_of`.
    """
    first = first_start(engagement, as_of=as_of)
    day = first - dt.timedelta(days=1) if first else as_of
    return day, {tier.person: tier.tier for tier in engagement.records.current(PerformerTier, as_of=day).values()}


def told(engagement: Engagement, *, as_of: dt.date) -> dict[str, Any]:
    """The plan as plain values for a report, with its `version` (0: none was written down), `since` and `in_time`."""
    written = versions(engagement, as_of=as_of)
    plan = held(engagement, as_of=as_of).model_dump(mode="json")
    if not written:
        return plan | {"version": 0, "since": None, "in_time": False}
    return plan | {"version": len(written), "since": written[-1].since.isoformat(), "in_time": written[-1].in_time}


def record(engagement: Engagement, plan: ReviewPlan, *, as_of: dt.date, by: str = "") -> None:
    """Write the plan down with the pairs of the charters as they are now.

    Once a team has started, a change needs a reason, and the old plan stays in the history.
    """
    plan = plan.model_copy(update={"pairs": asked(engagement, as_of=as_of)})
    first = first_start(engagement, as_of=as_of)
    old = held(engagement, as_of=as_of)
    changed = plan.model_copy(update={"reason": ""}) != old.model_copy(update={"reason": ""})
    if first and first <= as_of and changed and plan.reason in ("", old.reason):
        raise WorkshopError(
            f"The first team started on {spoken_day(first)}, and what it is judged by was fixed before. "
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
