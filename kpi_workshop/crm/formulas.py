"""Each measure as expressions on the canonical tables, which any engine that Ibis speaks to can compute.

An event table has one row for each thing that counts: `seller`, `day` (empty: the data do not say when), `numerator`,
`denominator` and `aside` (1 where the row could not be used in full; `aside_says` tells why). Where what became of an
event is only known later, `settled_on` is the day it was known. Nothing here has been computed yet.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from .tables import TABLES

Shape = Literal["ratio", "sum", "median", "snapshot", "growth", "attainment", "attainment_share"]
Events = Callable[[], Any]


@dataclass(frozen=True)
class Formula:
    """How one measure is computed.

    `shape`: ratio is a ratio of sums; sum adds up; median is exact; a snapshot counts what stands at a period's end.
    `needs`: the facts about the data without which it is not computable, each with the reason to give.
    `undefined`: why a period has no value though its data are known. `counted_by`: the day that places an event.
    """

    shape: Shape
    unit: str
    table: str
    needs: tuple[tuple[str, str], ...] = ()
    events: Events | None = None
    undefined: str = ""
    aside_says: str = ""
    undated_says: str = ""
    note: str = ""
    counted_by: Literal["closing", "opening", "other"] = "other"


def unbound(name: str) -> Any:
    """A canonical table as an expression that is bound to no engine yet."""
    import ibis

    return ibis.table(ibis.Schema.from_pyarrow(TABLES[name].schema), name=name)


# Events


def _closed(of: tuple[str, ...]) -> Any:
    opportunities = unbound("opportunities")
    return opportunities.filter(opportunities.status.isin(of))


def flag(condition: Any) -> Any:
    """1 where a condition holds, 0 where it does not or is not known."""
    return condition.fill_null(False).ifelse(1, 0)


def _won_or_lost() -> Any:
    deals = _closed(("won", "lost"))
    won = flag(deals.status == "won")
    return deals.select("seller", day="closed_on", numerator=won, denominator=1, aside=0)


def _opened_and_won() -> Any:
    deals = unbound("opportunities")
    return deals.select(
        "seller",
        day="opened_on",
        settled_on=(deals.status == "open").ifelse(None, deals.closed_on),
        numerator=flag(deals.status == "won"),
        denominator=1,
        aside=flag(deals.status == "open"),
    )


def won_amounts() -> Any:
    """Won deals by their closing day, with their amounts."""
    deals = _closed(("won",))
    known = deals.amount.notnull()
    return deals.select("seller", day="closed_on", numerator=deals.amount, denominator=flag(known), aside=flag(~known))


def _won_cycles() -> Any:
    deals = _closed(("won",))
    length = deals.closed_on.delta(deals.opened_on, unit="day")
    known = length >= 0
    return deals.select(
        "seller",
        day="closed_on",
        numerator=known.ifelse(length, None),
        denominator=flag(known),
        aside=1 - flag(known),
    )


def _won() -> Any:
    return _closed(("won",)).select("seller", day="closed_on", numerator=1, denominator=1, aside=0)


def _opened() -> Any:
    return unbound("opportunities").select("seller", day="opened_on", numerator=1, denominator=1, aside=0)


def _leads() -> Any:
    leads = unbound("leads")
    return leads.select("seller", day=leads.created_at.date(), numerator=1, denominator=1, aside=0)


def _kind(activities: Any) -> Any:
    return activities.type.strip().lower()


def _ours(kind: str) -> Any:
    """Activities of one kind that the seller did: not those that came in from the other side."""
    activities = unbound("activities")
    inbound = (activities.direction.strip().lower() == "inbound").fill_null(False)
    return activities.filter((_kind(activities) == kind) & ~inbound)


def _count_of_ours(kind: str) -> Any:
    found = _ours(kind)
    return found.select("seller", day=found.at.date(), numerator=1, denominator=1, aside=0)


def _held(kind: str) -> Any:
    activities = unbound("activities")
    found = activities.filter(_kind(activities) == kind)
    return found.select("seller", day=found.at.date(), numerator=1, denominator=1, aside=0)


def _call_minutes() -> Any:
    activities = unbound("activities")
    calls = activities.filter(_kind(activities) == "call")
    known = calls.minutes.notnull()
    return calls.select(
        "seller", day=calls.at.date(), numerator=calls.minutes, denominator=flag(known), aside=flag(~known)
    )


def _conversations() -> Any:
    activities = unbound("activities")
    kinds = _kind(activities).isin(("call", "meeting", "demo"))
    found = activities.filter(kinds | activities.is_conversation.fill_null(False))
    unknown = flag(found.is_conversation.isnull())
    return found.select(
        "seller",
        day=found.at.date(),
        numerator=flag(found.is_conversation),
        denominator=1 - unknown,
        aside=unknown,
    )


def _senior_conversations() -> Any:
    activities = unbound("activities")
    found = activities.filter(activities.is_conversation.fill_null(False))
    unknown = flag(found.is_senior.isnull())
    return found.select(
        "seller", day=found.at.date(), numerator=flag(found.is_senior), denominator=1 - unknown, aside=unknown
    )


# The definitions

_DEALS = ("opportunities", "no opportunities are in the data")
_CLOSED = ("closed", "no deal was won or lost in the data")
_WON = ("won", "no deal was won in the data")
_WON_AMOUNT = ("won_with_amount", "no won deal has an amount")
_WON_CYCLE = ("won_with_cycle", "no won deal has both an opening and a closing day")
_ACTIVITIES = ("activities", "no activities are in the data")
_TARGETS = ("targets", "no target is set for revenue")
_NO_CLOSING_DAY = "{} without a closing day counted"
_NO_OPENING_DAY = "{} without an opening day counted"
_START_EVENT = "start: opening of the opportunity"

_closing = functools.partial(Formula, table="opportunities", undated_says=_NO_CLOSING_DAY, counted_by="closing")
_opening = functools.partial(Formula, table="opportunities", undated_says=_NO_OPENING_DAY, counted_by="opening")


def _activity(events: Events, *needs: tuple[str, str], unit: str = "count", aside_says: str = "") -> Formula:
    return Formula("sum", unit, "activities", (_ACTIVITIES, *needs), events, aside_says=aside_says)


def _of_kind(kind: str) -> tuple[str, str]:
    return kind, f"no activity of the type '{kind}' is in the data: not logged, or none took place"


_NO_AMOUNT = "{} won without an amount left out"
_NO_CYCLE = "{} won without a usable opening day left out"
_NO_WON = "no deal was won in this period"

FORMULAS: dict[str, Formula] = {
    "win_rate": _closing(
        "ratio", "share", needs=(_DEALS, _CLOSED), events=_won_or_lost,
        undefined="no deal was won or lost in this period"
    ),
    "close_rate": _opening(
        "ratio", "share", needs=(_DEALS,), events=_opened_and_won, undefined="no deal was opened in this period",
        aside_says="{} of those opened still open: the rate can still rise",
    ),
    "average_deal_size": _closing(
        "ratio", "money", needs=(_DEALS, _WON, _WON_AMOUNT), events=won_amounts, undefined=_NO_WON,
        aside_says=_NO_AMOUNT,
    ),
    "median_deal_size": _closing(
        "median", "money", needs=(_DEALS, _WON, _WON_AMOUNT), events=won_amounts, undefined=_NO_WON,
        aside_says=_NO_AMOUNT,
    ),
    "sales_cycle_length": _closing(
        "ratio", "days", needs=(_DEALS, _WON, _WON_CYCLE), events=_won_cycles, undefined=_NO_WON, aside_says=_NO_CYCLE,
        note=_START_EVENT,
    ),
    "median_sales_cycle_length": _closing(
        "median", "days", needs=(_DEALS, _WON, _WON_CYCLE), events=_won_cycles, undefined=_NO_WON, aside_says=_NO_CYCLE,
        note=_START_EVENT,
    ),
    "deals_closed": _closing("sum", "deals", needs=(_DEALS, _CLOSED), events=_won),
    "revenue": _closing("sum", "money", needs=(_DEALS, _WON, _WON_AMOUNT), events=won_amounts, aside_says=_NO_AMOUNT),
    "sales_growth": _closing("growth", "share", needs=(_DEALS, _WON, _WON_AMOUNT)),
    "open_pipeline": Formula(
        "snapshot", "money", "opportunities", (_DEALS,), counted_by="opening"
    ),
    "open_deals": Formula("snapshot", "deals", "opportunities", (_DEALS,), counted_by="opening"),
    "quota_attainment": _closing("attainment", "share", needs=(_TARGETS, _DEALS, _WON, _WON_AMOUNT)),
    "quota_attainment_share": _closing("attainment_share", "share", needs=(_TARGETS, _DEALS, _WON, _WON_AMOUNT)),
    "calls_made": _activity(functools.partial(_count_of_ours, "call"), _of_kind("call")),
    "emails_sent": _activity(functools.partial(_count_of_ours, "email"), _of_kind("email")),
    "meetings_held": _activity(functools.partial(_held, "meeting"), _of_kind("meeting")),
    "demos_held": _activity(functools.partial(_held, "demo"), _of_kind("demo")),
    "talk_time": _activity(
        _call_minutes, _of_kind("call"), ("minutes", "no call has its minutes"), unit="minutes",
        aside_says="{} calls without minutes left out",
    ),
    "conversations": _activity(
        _conversations, ("flagged", "no activity says whether it was a conversation"),
        aside_says="{} activities do not say whether they were conversations",
    ),
    "senior_conversations": _activity(
        _senior_conversations, ("flagged", "no activity says whether it was a conversation"),
        ("senior", "no conversation says whether it was with a senior person"),
        aside_says="{} conversations do not say with whom",
    ),
    "opportunities_opened": _opening(
        "sum", "deals", needs=(_DEALS, ("dated", "no deal has an opening day")), events=_opened
    ),
    "leads_received": Formula("sum", "leads", "leads", (("leads", "no leads are in the data"),), _leads),
}  # fmt: skip
"""Every measure that the tables can give, by its catalogue id.

deals_closed, revenue: won deals by the day they were won. win_rate: won / (won + lost) by that day. close_rate: won up
to the report date / opened, by the day they were opened. Cycles run from the opening to the winning. calls_made and
emails_sent leave out what came in from the other side; talk_time is the minutes of all calls.
"""
