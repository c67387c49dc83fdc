"""Sales cycles: the days that won deals took, from the event that `[limits] cycle_starts` names to the winning."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from .base import (
    ACTIVITIES,
    DEALS,
    LEADS,
    NO_CLOSING_DAY,
    ON_DEALS,
    WON,
    Formula,
    Need,
    days_between,
    flag,
    unbound,
)


def _won() -> Any:
    deals = unbound("opportunities")
    return deals.filter(deals.status == "won")


def _cycles(deals: Any, started_on: Any) -> Any:
    """The days from `started_on` to the closing; what began after it, or at a day nobody knows, is set aside."""
    length = days_between(deals.closed_on, started_on)
    known = length >= 0
    return deals.select(
        "seller", day="closed_on", numerator=known.ifelse(length, None), denominator=flag(known), aside=1 - flag(known)
    )


def _from_opening() -> Any:
    deals = _won()
    return _cycles(deals, deals.opened_on)


def _from(firsts: Callable[[], Any]) -> Any:
    """Cycles from the earliest of the days that `firsts` gives for each deal: its `deal` and `began_on`."""
    days = firsts()
    days = days.group_by("deal").agg(began_on=days.began_on.min())
    deals = _won()
    rows = deals.left_join(days, deals.opportunity_id == days.deal)
    return _cycles(rows, rows.began_on)


def _leads() -> Any:
    """When the lead of each deal came in: the lead that the deal names, and the one that names the deal."""
    leads, deals = unbound("leads"), unbound("opportunities")
    naming = leads.filter(leads.opportunity_id.notnull())
    naming = naming.select(deal="opportunity_id", began_on=naming.created_at.date())
    came = leads.select(lead="lead_id", began_on=leads.created_at.date())
    named = deals.join(came, deals.lead_id == came.lead).select(deal="opportunity_id", began_on="began_on")
    return naming.union(named)


def _contacts() -> Any:
    """The day of each activity on a deal, whoever began it."""
    activities = unbound("activities")
    touched = activities.filter(activities.opportunity_id.notnull())
    return touched.select(deal="opportunity_id", began_on=touched.at.date())


_OPENED: Need = ("won_with_cycle", "no won deal has both an opening and a closing day")
_LEADS_OF_DEALS: Need = ("leads_of_deals", "no deal and no lead says which belong together")

_STARTS: dict[str, tuple[str, str, tuple[Need, ...], Callable[[], Any]]] = {
    "opening": ("opening of the opportunity", "a usable opening day", (_OPENED,), _from_opening),
    "lead": (
        "arrival of the lead", "a lead that came in before the closing", (LEADS, _LEADS_OF_DEALS),
        functools.partial(_from, _leads),
    ),
    "first contact": (
        "first activity on the deal", "an activity before the closing", (ACTIVITIES, ON_DEALS),
        functools.partial(_from, _contacts),
    ),
}  # fmt: skip
"""For each start event: how it is printed, without what a deal is left out, what it needs, and the events."""


def _formulas(start: str) -> dict[str, Formula]:
    printed, missing, needs, events = _STARTS[start]
    made = functools.partial(
        Formula, unit="days", table="opportunities", needs=(DEALS, WON, *needs), events=events,
        undefined="no deal was won in this period", aside_says=f"{{}} won without {missing} left out",
        undated_says=NO_CLOSING_DAY, note=f"start: {printed}", counted_by="closing",
    )  # fmt: skip
    return {"sales_cycle_length": made("ratio"), "median_sales_cycle_length": made("median")}


FORMULAS: dict[str, Formula] = _formulas("opening")
"""Unless the settings name another start, a cycle runs from the opening to the winning."""


def chosen(measure: str, start: str) -> str:
    """The id of the formula that gives a measure where cycles start with this event.

    >>> chosen("sales_cycle_length", "first contact"), chosen("win_rate", "first contact")
    ('sales_cycle_length_from_first_contact', 'win_rate')
    """
    if measure not in FORMULAS or start == "opening":
        return measure
    return f"{measure}_from_{start.replace(' ', '_')}"


PARTS: dict[str, Formula] = {
    chosen(measure, start): formula
    for start in _STARTS
    if start != "opening"
    for measure, formula in _formulas(start).items()
}
"""The same measures from another start."""
