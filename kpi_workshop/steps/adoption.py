"""How far an activity is taken up: by how many sellers, against each one's share of the team's weekly target."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

WEEKS = 4
"""The last full weeks that are looked at together: a single week says little of one seller."""


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


def by_seller(rows: pd.DataFrame | None, team: str, measure: str) -> dict[str, float]:
    """Each seller's mean of a measure in a full week there, over the last four; for the manager and the seller."""
    if rows is None or measure not in rows:
        return {}
    recent = rows[(rows["team"] == team) & (rows["week"] > rows["week"].max() - WEEKS)]
    summed = recent.groupby("seller")[[measure, "present"]].sum()
    there = summed[summed["present"] > 0]
    return {str(seller): float(row[measure] / row["present"]) for seller, row in there.iterrows()}
