"""Leads and answers: what came in, how soon it was answered, and what became of it."""

from __future__ import annotations

import functools
from typing import Any

from .base import (
    ACTIVITIES,
    DEALS,
    LEADS,
    ON_ACCOUNTS,
    Formula,
    Need,
    each,
    flag,
    hours_between,
    inbound,
    needs_kind,
    ours,
    plain,
    share,
    terms,
    unbound,
)
from .effort import activity, count_of

OWN_SOURCES = (
    "outbound", "outbound list", "outreach", "own outreach", "cold call", "cold calling", "cold email", "prospecting",
    "self-sourced", "self sourced", "sales", "sdr", "bdr", "sales generated", "employee referral",
)  # fmt: skip
"""Sources of leads, in lower case, that mean the team found the lead itself."""

MARKETING_QUALIFIED = ("mql", "marketing qualified", "marketing qualified lead", "marketingqualifiedlead", "hand-off")
"""Statuses of leads, in lower case, that mean marketing qualified them."""


def _received() -> Any:
    leads = unbound("leads")
    return each(leads, leads.created_at.date())


def _generated() -> Any:
    leads = unbound("leads")
    unknown = flag(leads.source.isnull())
    own = flag(plain(leads.source).isin(OWN_SOURCES))
    return leads.select(
        "seller", day=leads.created_at.date(), numerator=own, denominator=1 - unknown, aside=unknown
    )  # fmt: skip


def _marketing_qualified() -> Any:
    leads = unbound("leads")
    found = leads.filter(plain(leads.status).isin(MARKETING_QUALIFIED))
    return each(found, found.created_at.date())


def _qualified() -> Any:
    leads = unbound("leads")
    return each(leads.filter(leads.converted_on.notnull()), leads.converted_on)


def _became_deals() -> Any:
    leads = unbound("leads")
    return leads.select(
        "seller", day=leads.created_at.date(), settled_on="converted_on", numerator=flag(leads.converted_on.notnull()),
        denominator=1, aside=flag(leads.converted_on.isnull()),
    )  # fmt: skip


def _became_customers() -> Any:
    """Leads, and those whose deal was won by the report date: the deal that the lead names, or that names the lead."""
    leads, deals = unbound("leads"), unbound("opportunities").cross_join(terms().select("as_of"))
    won = deals.filter((deals.status == "won") & (deals.closed_on <= deals.as_of))
    named = leads.semi_join(won, leads.opportunity_id == won.opportunity_id).select("lead_id")
    ids = named.union(won.filter(won.lead_id.notnull()).select("lead_id"))
    every = leads.select("lead_id", "seller", day=leads.created_at.date(), aside=0)
    return share(every, every.semi_join(ids, "lead_id"))


def _first_answers() -> Any:
    """Hours from each lead's arrival to our first call or mail on it; empty where none came by the report date."""
    leads = unbound("leads")
    known = leads.filter(leads.created_at.notnull()).select("lead_id", "seller", "created_at")
    touches = ours().cross_join(terms().select("as_of"))
    touches = touches.filter(touches.lead_id.notnull() & (touches.at.date() <= touches.as_of))
    touches = touches.select(touched="lead_id", at="at")
    rows = known.left_join(touches, [known.lead_id == touches.touched, touches.at >= known.created_at])
    rows = rows.group_by("lead_id", "seller", "created_at").agg(first_at=rows["at"].min())
    return rows.select(
        "seller", day=rows.created_at.date(), numerator=hours_between(rows.first_at, rows.created_at), denominator=1,
        aside=flag(rows.first_at.isnull()),
    )  # fmt: skip


def _next_answers() -> Any:
    """Hours from each time an account got in touch to our next touch of it; empty where none came so far."""
    import ibis

    found = unbound("activities").cross_join(terms().select("as_of"))
    found = found.filter(found.account_id.notnull() & (found.at.date() <= found.as_of))
    came = inbound(found)
    found = found.select(
        "activity_id", "seller", "account_id", "at", came=flag(came), ours_at=came.ifelse(None, found["at"])
    )
    after = ibis.window(
        group_by="account_id",
        order_by=[found["at"], ibis.desc(found.came), found.activity_id],
        preceding=0,
        following=None,
    )
    rows = found.mutate(next_at=found.ours_at.min().over(after))
    rows = rows.filter(rows.came == 1)
    return rows.select(
        "seller", day=rows["at"].date(), numerator=hours_between(rows.next_at, rows["at"]), denominator=1,
        aside=flag(rows.next_at.isnull()),
    )  # fmt: skip


def _joint() -> Any:
    """Conversations of two or more of our people with one account at the same moment: once for each taking part."""
    import ibis

    activities = unbound("activities")
    found = activities.filter(activities.is_conversation.fill_null(False) & activities.account_id.notnull())
    found = found.select("seller", "account_id", "at")
    together = ibis.window(group_by=["account_id", "at"])
    found = found.mutate(one=found.seller.min().over(together), other=found.seller.max().over(together))
    found = found.filter(found.one != found.other)
    thing = found.account_id + ibis.literal(" ") + found["at"].cast("string")
    return found.select("seller", day=found["at"].date(), thing=thing, numerator=1, denominator=1, aside=0)


def _of_leads(events: Any, *needs: Need, shape: Any = "sum", unit: str = "leads", **more: Any) -> Formula:
    """A measure of leads, by the day they came in unless the events say otherwise."""
    return Formula(shape, unit, "leads", (LEADS, *needs), events, **more)


_NO_LEADS = "no lead came in during this period"
_CONVERTED = ("converted", "no lead says when it became an opportunity")

FORMULAS: dict[str, Formula] = {
    "leads_received": _of_leads(_received),
    "leads_generated": _of_leads(
        _generated, ("own_leads", "no lead names a source that means the team's own outreach"),
        aside_says="{} leads do not say where they came from",
    ),
    "marketing_qualified_leads": _of_leads(
        _marketing_qualified, ("marketing_leads", "no lead has a status that says that marketing qualified it"),
    ),
    "qualified_leads": _of_leads(_qualified, _CONVERTED),
    "lead_conversion_rate": _of_leads(
        _became_customers, DEALS, ("leads_of_deals", "no deal and no lead says which belong together"), shape="ratio",
        unit="share", undefined=_NO_LEADS,
    ),
    "lead_to_opportunity_rate": _of_leads(
        _became_deals, _CONVERTED, shape="ratio", unit="share", undefined=_NO_LEADS,
        aside_says="{} leads have not become a deal yet: the rate can still rise",
    ),
    "lead_response_time": _of_leads(
        _first_answers, ACTIVITIES, ("on_leads", "no activity says which lead it belongs to"), shape="median",
        unit="hours", undefined=_NO_LEADS, also=0.9,
        aside_says="{} not answered yet, counted as longer than any answer",
        blocked_says="half of the leads or more are not answered yet",
    ),
    "customer_response_time": activity(
        _next_answers, ON_ACCOUNTS, ("inbound_on_accounts", "no inbound activity says which account it belongs to"),
        shape="median", unit="hours", undefined="nobody got in touch in this period",
        aside_says="{} not answered yet, counted as longer than any answer", also=0.9,
        blocked_says="half of those who got in touch or more are not answered yet",
    ),
    "joint_calls": activity(
        _joint, ON_ACCOUNTS, ("flagged", "no activity says whether it was a conversation"), shape="distinct"
    ),
    "business_reviews": activity(functools.partial(count_of, "business review"), needs_kind("business review")),
    "alliance_meetings": activity(functools.partial(count_of, "alliance meeting"), needs_kind("alliance meeting")),
    "social_engagement": activity(functools.partial(count_of, "social"), needs_kind("social")),
}  # fmt: skip
"""A response time is a median over all that waited: what is not answered counts as open, longer than any answer."""
