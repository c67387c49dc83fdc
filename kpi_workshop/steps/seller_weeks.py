"""The weeks of single sellers that all evidence rests on: who was there, in which team, and what each did."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .. import catalogue
from ..engagement import Engagement
from ..errors import NotComputable, NothingImported
from ..kinds import Seat
from . import review_plan

if TYPE_CHECKING:
    import pandas as pd

COUNTED = ("sum", "distinct")
"""Shapes that can be counted for one seller in one week; a share or a median of so few deals says nothing."""
LOGGED = ("calls_made", "emails_sent", "meetings_held", "conversations")
USUALLY_LOGGED = 5
"""A seller who logs so many of these in a usual week and none at all in another was away in it."""


@dataclass(frozen=True)
class Weeks:
    """Seller, team, week, present, tier and one column per measure; and why some measures are not there."""

    rows: pd.DataFrame
    refused: dict[str, str]
    began: dt.date

    def week_of(self, day: dt.date) -> int:
        return (day - self.began).days // 7


def not_countable(measure: str) -> str:
    """Why weeks of single sellers cannot be compared by a measure; "" where they can."""
    from ..crm.formulas import FORMULAS

    known = catalogue.find(measure)
    name = catalogue.name_of(measure)
    if measure not in FORMULAS:
        return f"{name} cannot be computed from a CRM."
    if FORMULAS[measure].shape not in COUNTED:
        return f"{name} is not a count or sum of a seller's week, so weeks of single sellers cannot be compared."
    if known and known.better != "higher":
        return f"More of {name} is not better, so a rise would prove nothing."
    return ""


def weeks_of_sellers(
    engagement: Engagement, measures: list[str], *, began: dt.date, weeks: int, as_of: dt.date
) -> Weeks:
    """The weekly panel of sellers from a day on: `rows` with a column for each measure, `refused` with reasons."""
    import pandas as pd

    read: dict[str, pd.Series] = {}
    refused: dict[str, str] = {}
    for measure in measures:
        try:
            read[measure] = _by_seat(engagement, measure, began=began, weeks=weeks, as_of=as_of)
        except (NotComputable, NothingImported) as error:
            refused[measure] = str(error)
            continue
        if not read[measure].notna().any():
            refused[measure] = f"{catalogue.name_of(measure)} has no value in these weeks."
    rows = _presence(engagement, began=began, weeks=weeks, as_of=as_of)
    place = pd.MultiIndex.from_frame(rows[["seat", "week"]])
    for measure, values in read.items():
        rows[measure] = place.map(values.to_dict())
    for measure in LOGGED:
        if measure not in read:
            try:
                values = _by_seat(engagement, measure, began=began, weeks=weeks, as_of=as_of)
            except (NotComputable, NothingImported):
                continue
            rows[measure] = place.map(values.to_dict())
    return Weeks(rows[~_away(rows)].reset_index(drop=True), refused, began)


def _by_seat(engagement: Engagement, measure: str, *, began: dt.date, weeks: int, as_of: dt.date) -> pd.Series:
    from ..crm import measures

    table = measures.measure_table(engagement, measure, by="seat", every="week", as_of=as_of, since=began)
    week = table["period_start"].map(lambda day: (_day(day) - began).days // 7)
    return table.assign(week=week)[(week >= 0) & (week < weeks)].set_index(["by", "week"])["value"].astype(float)


def _presence(engagement: Engagement, *, began: dt.date, weeks: int, as_of: dt.date) -> pd.DataFrame:
    """Each seller's seat and week with the share of its working days on which the seat was held."""
    import pandas as pd

    starts = [began + dt.timedelta(weeks=week) for week in range(weeks)]
    share: dict[tuple[str, str, int], float] = {}
    for seat in engagement.records.current(Seat, as_of=as_of).values():
        if seat.role != "seller":
            continue
        for week, monday in enumerate(starts):
            working = [day for day in (monday + dt.timedelta(days=n) for n in range(7)) if day.weekday() < 5]
            held = sum(1 for day in working if _holds(seat, day))
            if held:
                key = (seat.person, seat.team, week)
                share[key] = min(1.0, share.get(key, 0.0) + held / len(working))
    _, tiers = review_plan.frozen_tiers(engagement, as_of=as_of)
    rows = [
        (seller, team, week, present, tiers.get(seller, ""), f"{seller}, {team}")
        for (seller, team, week), present in share.items()
    ]
    return pd.DataFrame(rows, columns=["seller", "team", "week", "present", "tier", "seat"])


def _away(rows: pd.DataFrame) -> pd.Series:
    """Who logged nothing at all in a week though they usually log much."""
    logged = rows[[measure for measure in LOGGED if measure in rows]].fillna(0).sum(axis=1)
    return logged.eq(0) & logged.groupby(rows["seat"]).transform("median").ge(USUALLY_LOGGED)


def _holds(seat: Seat, day: dt.date) -> bool:
    return (seat.valid_from is None or seat.valid_from <= day) and (seat.valid_to is None or day <= seat.valid_to)


def _day(value: Any) -> dt.date:
    return value.date() if isinstance(value, dt.datetime) else dt.date.fromisoformat(str(value)[:10])
