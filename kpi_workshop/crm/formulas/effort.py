"""Effort: what sellers do. Calls, mails, minutes, follow-ups, and whom they are for."""

from __future__ import annotations

import functools
from typing import Any

from .base import (
    ACTIVITIES,
    CLOSED,
    CUSTOMERS,
    DEALS,
    LEADS,
    NO_CLOSING_DAY,
    ON_ACCOUNTS,
    ON_DEALS,
    SEATS,
    Formula,
    Need,
    Rows,
    Shape,
    each,
    flag,
    needs_kind,
    of_kind,
    ours,
    per,
    share,
    terms,
    unbound,
)
from .deals import customers_until


def activity(
    events: Rows, *needs: Need, unit: str = "count", shape: Shape = "sum", aside_says: str = "", **more: Any
) -> Formula:
    """A measure of activities, by the day on which they took place."""
    return Formula(shape, unit, "activities", (ACTIVITIES, *needs), events, aside_says=aside_says, **more)


def count_of_ours(kind: str) -> Any:
    """How many of a kind the seller did."""
    found = ours(kind)
    return each(found, found.at.date())


def count_of(*kinds: str) -> Any:
    """How many of these kinds there were, whoever began them."""
    found = of_kind(*kinds)
    return each(found, found.at.date())


def _all() -> Any:
    activities = unbound("activities")
    return each(activities, activities.at.date())


def _minutes(*kinds: str, divided_by: float = 1.0) -> Any:
    found = of_kind(*kinds)
    known = found.minutes.notnull()
    length = found.minutes if divided_by == 1 else found.minutes / divided_by
    return found.select("seller", day=found.at.date(), numerator=length, denominator=flag(known), aside=flag(~known))


def _prospect_calls() -> Any:
    """Calls to accounts without a customer on that day; a call tied to no account is set aside."""
    calls = ours("call")
    calls = calls.select("activity_id", "seller", "account_id", day=calls.at.date())
    customers = customers_until()
    there = [
        calls.account_id == customers.account_id,
        customers.started_on <= calls.day,
        customers.until >= calls.day,
    ]
    found = calls.anti_join(customers, there)
    unknown = flag(found.account_id.isnull())
    return found.select("seller", "day", numerator=1 - unknown, denominator=1 - unknown, aside=unknown)


def _large_accounts() -> Any:
    """Our activities with accounts of the agreed size; where the size is not known they are set aside."""
    agreed = terms().select("large_employees")
    found = ours()
    found = found.select("seller", "account_id", day=found.at.date()).cross_join(agreed)
    sizes = unbound("accounts").select(account="account_id", employees="employees")
    found = found.left_join(sizes, found.account_id == sizes.account)
    unknown = flag(found.employees.isnull())
    large = flag(found.employees >= found.large_employees.cast("float64"))
    return found.select("seller", "day", numerator=large, denominator=1 - unknown, aside=unknown)


def _accounts_contacted() -> Any:
    found = ours()
    unknown = flag(found.account_id.isnull())
    return found.select(
        "seller", day=found.at.date(), thing="account_id", numerator=1 - unknown, denominator=1 - unknown, aside=unknown
    )


def _attempts_per_lead() -> Any:
    found, leads = ours(), unbound("leads")
    attempts = found.filter(found.lead_id.notnull())
    return per(
        attempts.select("seller", day=attempts.at.date()), leads.select("seller", day=leads.created_at.date())
    )  # fmt: skip


def _follow_ups() -> Any:
    """Our activities after the first with the same deal, or lead where no deal is named; tied to neither: set aside."""
    import ibis

    found = ours()
    found = found.select(
        "activity_id", "seller", "at", thing=ibis.coalesce(found.opportunity_id, found.lead_id),
        is_deal=flag(found.opportunity_id.notnull()),
    )  # fmt: skip
    with_one = ibis.window(group_by=["is_deal", "thing"], order_by=["at", "activity_id"])
    ranked = found.mutate(place=ibis.row_number().over(with_one))
    unknown = flag(ranked.thing.isnull())
    later = flag(ranked.thing.notnull() & (ranked.place > 0))
    return ranked.select("seller", day=ranked.at.date(), numerator=later, denominator=1 - unknown, aside=unknown)


def _close_out_notes() -> Any:
    """Decided deals, and those of them with a note on the closing day or later, up to the report date."""
    deals = unbound("opportunities")
    deals = deals.filter(deals.status.isin(("won", "lost")))
    decided = deals.select("opportunity_id", "seller", day=deals.closed_on, aside=0)
    notes = of_kind("note").cross_join(terms().select("as_of"))
    notes = notes.filter(notes.at.date() <= notes.as_of).select("opportunity_id", noted_on=notes.at.date())
    same = [decided.opportunity_id == notes.opportunity_id, notes.noted_on >= decided.day]
    return share(decided, decided.semi_join(notes, same))


_ON_TOUCHED = ("on_leads_or_deals", "no activity says which lead or deal it belongs to")
_NO_MINUTES = "{} calls without minutes left out"

FORMULAS: dict[str, Formula] = {
    "activities_per_seller": activity(_all, SEATS, shape="per_seller"),
    "calls_made": activity(functools.partial(count_of_ours, "call"), needs_kind("call")),
    "prospect_calls": activity(
        _prospect_calls, needs_kind("call"), ON_ACCOUNTS, CUSTOMERS,
        ("customer_accounts", "no customer says which account it is"),
        aside_says="{} calls tied to no account left out",
    ),
    "large_account_prospecting": activity(
        _large_accounts, ON_ACCOUNTS, ("sized_accounts", "no account says how many employees it has"),
        aside_says="{} activities with accounts of unknown size left out",
    ),
    "accounts_contacted": activity(
        _accounts_contacted, ON_ACCOUNTS, shape="distinct", aside_says="{} activities tied to no account left out"
    ),
    "contact_attempts_per_lead": activity(
        _attempts_per_lead, LEADS, ("on_leads", "no activity says which lead it belongs to"), shape="ratio",
        unit="ratio", undefined="no lead came in during this period",
    ),
    "emails_sent": activity(functools.partial(count_of_ours, "email"), needs_kind("email")),
    "voicemails_left": activity(functools.partial(count_of, "voicemail"), needs_kind("voicemail")),
    "talk_time": activity(
        functools.partial(_minutes, "call"), needs_kind("call"), ("minutes", "no call has its minutes"), unit="minutes",
        aside_says=_NO_MINUTES,
    ),
    "average_call_length": activity(
        functools.partial(_minutes, "call"), needs_kind("call"), ("minutes", "no call has its minutes"), unit="minutes",
        shape="ratio", aside_says=_NO_MINUTES, undefined="no call took place in this period",
    ),
    "proposals_sent": activity(functools.partial(count_of_ours, "proposal"), needs_kind("proposal")),
    "tradeshows_attended": activity(functools.partial(count_of, "trade show"), needs_kind("trade show")),
    "referrals_requested": activity(functools.partial(count_of, "referral"), needs_kind("referral")),
    "selling_time": activity(
        functools.partial(_minutes, "call", "meeting", "demo", divided_by=60.0), needs_kind("call", "meeting", "demo"),
        ("selling_minutes", "no call, meeting or demo has its minutes"), unit="hours",
        aside_says="{} calls, meetings and demos without minutes left out",
    ),
    "close_out_notes": Formula(
        "ratio", "share", "opportunities", (DEALS, CLOSED, ACTIVITIES, needs_kind("note"), ON_DEALS), _close_out_notes,
        undefined="no deal was won or lost in this period", undated_says=NO_CLOSING_DAY, counted_by="closing",
    ),
    "follow_ups_made": activity(
        _follow_ups, _ON_TOUCHED, aside_says="{} activities tied to no lead or deal left out"
    ),
}  # fmt: skip
"""calls_made and emails_sent leave out what came in from the other side; talk_time is the minutes of all calls."""
