"""Before the start: what each way of starting could show, as the client's own weeks suggest."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from ..engagement import Engagement
from ..errors import WorkshopError
from . import review_plan, rollout, seller_weeks
from .progress import charter_pairs

if TYPE_CHECKING:
    from ..evidence.planning import Power

HISTORY_WEEKS = 78
"""Weeks before the first start that the scatter of sellers and teams is read from, or as many as the data hold."""
LIFT = 0.15


def compared(engagement: Engagement, *, as_of: dt.date, lift: float = LIFT) -> dict[str, list[Power] | str]:
    """For each metric of the charters the power of the usual ways of starting, or why it cannot be told.

    The weeks before the first start count, or those up to `as_of` where none is planned. Keys are measure ids.
    """
    from ..evidence import planning

    charters = rollout.charters(engagement, as_of=as_of)
    metrics = list(dict.fromkeys(metric for c in charters.values() for _, metric in charter_pairs(c)))
    begun = [s.starts_on for s in rollout.starts(engagement, as_of=as_of).values() if s.starts_on]
    until = min([*begun, as_of + dt.timedelta(days=1)])
    monday = rollout.first_day_of_week(engagement, until)
    began = monday - dt.timedelta(weeks=HISTORY_WEEKS)
    found: dict[str, list[Power] | str] = {}
    able = [metric for metric in metrics if not seller_weeks.not_countable(metric)]
    found |= {metric: seller_weeks.not_countable(metric) for metric in metrics if metric not in able}
    if not able:
        return found
    known = seller_weeks.weeks_of_sellers(
        engagement, able, began=began, weeks=HISTORY_WEEKS, as_of=monday - dt.timedelta(days=1)
    )
    looks = review_plan.held(engagement, as_of=as_of).looks
    for metric in able:
        if metric in known.refused:
            found[metric] = known.refused[metric]
            continue
        rows = known.rows[["seller", "team", "week", "present", metric]].rename(columns={metric: f"metric_{metric}"})
        rows = rows[rows[f"metric_{metric}"].notna()]
        try:
            found[metric] = planning.compare(rows, metric, first=HISTORY_WEEKS, lift=lift, looks=looks)
        except WorkshopError as error:
            found[metric] = str(error)
    return found
