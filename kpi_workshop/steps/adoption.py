"""How far an activity is taken up: by how many sellers, against each one's share of the team's weekly target."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from ..engagement import Engagement
from ..errors import WorkshopError
from . import rollout, seller_weeks

if TYPE_CHECKING:
    import pandas as pd

WEEKS = 4
"""The last full weeks that are looked at together: a single week says little of one seller."""
USUAL_WEEKS = 12
"""Weeks that say what a seller usually logs, so that a week away is told from a week without work."""


def adoption(
    rows: pd.DataFrame | None, team: str, measure: str, *, target: float | None, sellers: int, smallest: int
) -> dict[str, Any] | None:
    """How many sellers of a team reach their share of a weekly target, over the last four full weeks.

    `rows` are seller, team, week, present and the measure, a row for each week somebody was there. Keys: share (what
    each would do in a week), reached, sellers (those who were there), weeks. None without a target, without these
    weeks, and for fewer sellers than may be shown apart.
    """
    mine = by_seller(rows, team, measure)
    if target is None or not sellers or len(mine) < smallest:
        return None
    share = target / sellers
    reached = sum(1 for value in mine.values() if value >= share)
    return {"share": share, "reached": reached, "sellers": len(mine), "weeks": WEEKS}


def recent(
    engagement: Engagement, measures: Iterable[str], *, fresh_to: dt.date | None, as_of: dt.date
) -> pd.DataFrame | None:
    """The last weeks of single sellers that `by_seller` reads; None where the data do not give them."""
    last = min(as_of, fresh_to or as_of)
    began = rollout.first_day_of_week(engagement, last + dt.timedelta(days=1)) - dt.timedelta(weeks=USUAL_WEEKS)
    counted = sorted(set(measures))
    try:
        return (
            seller_weeks.weeks_of_sellers(engagement, counted, began=began, weeks=USUAL_WEEKS, as_of=as_of).rows
            if counted
            else None
        )
    except WorkshopError:
        return None


def by_seller(rows: pd.DataFrame | None, team: str, measure: str) -> dict[str, float]:
    """Each seller's mean of a measure in a full week there, over the last four; for the manager and the seller."""
    if rows is None or measure not in rows:
        return {}
    recent = rows[(rows["team"] == team) & (rows["week"] > rows["week"].max() - WEEKS)]
    summed = recent.groupby("seller")[[measure, "present"]].sum()
    there = summed[summed["present"] > 0]
    return {str(seller): float(row[measure] / row["present"]) for seller, row in there.iterrows()}
