"""Conversations: whom sellers talked with, what it was about, what was learned, and what it moved."""

from __future__ import annotations

import functools
from typing import Any

from .base import (
    ACTIVITIES,
    DEALS,
    FLAGGED,
    ON_ACCOUNTS,
    ON_DEALS,
    STAGE_CHANGES,
    TOPICS,
    Formula,
    checklists,
    each,
    flag,
    horizon,
    inbound,
    needs_kind,
    of_kind,
    ours,
    plain,
    share,
    standing,
    terms,
    unbound,
)
from .deals import open_at_ends
from .effort import activity, count_of

ROI = ("roi", "return on investment", "business case")
"""What the topic of the customer's return may be called, in lower case."""


def talks() -> Any:
    """Activities in which a person was reached."""
    activities = unbound("activities")
    return activities.filter(activities.is_conversation.fill_null(False))


def _conversations() -> Any:
    """Conversations, and beside them the calls, meetings and demos that do not say whether they were one."""
    activities = unbound("activities")
    found = activities.filter(activities.is_conversation.fill_null(_mostly_talk(activities)))
    unknown = flag(found.is_conversation.isnull())
    reached = flag(found.is_conversation)
    return found.select("seller", day=found.at.date(), numerator=reached, denominator=1 - unknown, aside=unknown)


def _no_conversations() -> Any:
    """Calls, meetings and demos in which nobody was reached."""
    activities = unbound("activities")
    found = activities.filter(_mostly_talk(activities) & ~activities.is_conversation)
    return found.select("seller", day=found.at.date())


def _mostly_talk(activities: Any) -> Any:
    """True for the kinds of activities of which each should say whether it was a conversation."""
    return activities.kind.isin(("call", "meeting", "demo"))


def _connected() -> Any:
    calls = ours("call")
    unknown = flag(calls.is_conversation.isnull())
    reached = flag(calls.is_conversation)
    return calls.select("seller", day=calls.at.date(), numerator=reached, denominator=1 - unknown, aside=unknown)


def _senior_conversations() -> Any:
    found = talks()
    unknown = flag(found.is_senior.isnull())
    senior = flag(found.is_senior)
    return found.select("seller", day=found.at.date(), numerator=senior, denominator=1 - unknown, aside=unknown)


def _productive() -> Any:
    """Conversations, and those of them after which the deal moved within the agreed days, forward, back or out.

    A semi-join keeps each conversation once, however often the deal moved, and asks for the same deal and a day range
    only: whether the deal was in a certain stage when people talked is not asked, since activities logged before a
    deal was created lie in none. What moved after the report date is not known yet.
    """
    found = talks()
    found = found.select("seller", "at", "opportunity_id", day=found.at.date()).join(horizon(), "day")
    found = found.cross_join(terms().select("as_of"))
    waiting = found.opportunity_id.notnull() & (found.productive_until > found.as_of)
    held = found.select("seller", "day", "at", "opportunity_id", until="productive_until", aside=flag(waiting))
    moves = unbound("stage_changes").cross_join(terms().select("as_of"))
    moves = moves.filter(
        moves.from_stage.notnull() & (moves.from_stage != moves.to_stage) & (moves.changed_at.date() <= moves.as_of)
    )
    moves = moves.select("opportunity_id", "changed_at", moved_on=moves.changed_at.date())
    after = [
        held.opportunity_id == moves.opportunity_id,
        moves.changed_at >= held.at,
        moves.moved_on <= held.until,
    ]
    return share(held, held.semi_join(moves, after))


def _inbound(kind: str) -> Any:
    found = of_kind(kind)
    found = found.filter(inbound(found))
    return each(found, found.at.date())


def _reply_rate() -> Any:
    found = of_kind("email")
    back = flag(inbound(found))
    return found.select("seller", day=found.at.date(), numerator=back, denominator=1 - back, aside=0)


def first_meetings() -> Any:
    """The first meeting with each account: seller, day, account."""
    import ibis

    found = of_kind("meeting")
    found = found.filter(found.account_id.notnull())
    by_time = ibis.window(group_by="account_id", order_by=["at", "activity_id"])
    found = found.mutate(place=ibis.row_number().over(by_time))
    return found.filter(found.place == 0).select("seller", "account_id", day=found.at.date())


def _first_meetings() -> Any:
    found = first_meetings()
    return each(found, found.day)


def _roi_discussions() -> Any:
    topics = unbound("topics")
    topics = topics.filter(plain(topics.topic).isin(ROI) & topics.confirmed_on.notnull())
    found = topics.select("opportunity_id", "confirmed_on").join(_sellers(), "opportunity_id")
    return found.select(
        "seller", day="confirmed_on", thing="opportunity_id", numerator=1, denominator=1, aside=0
    )  # fmt: skip


def _topic_coverage() -> Any:
    """Topics confirmed by the snapshot on open deals, and all topics on the list for each open deal.

    The list is every topic that the data name; a topic that is blank, or of which a deal has no row, is not confirmed
    (`aside`), which is not the same as a no.
    """
    deals = open_at_ends()
    topics = unbound("topics")
    listed = topics.select(topic=plain(topics.topic)).distinct()
    known = topics.filter(topics.confirmed_on.notnull())
    known = known.group_by("opportunity_id", topic=plain(known.topic)).agg(confirmed_on=known.confirmed_on.min())
    asked = deals.cross_join(listed)
    rows = _joined(asked, known)
    confirmed = flag(rows.confirmed_on <= rows.snapshot_on)
    return standing(rows, numerator=confirmed, aside=1 - confirmed, day=rows.opened_on)


def _joined(asked: Any, known: Any) -> Any:
    known = known.select(deal="opportunity_id", named="topic", confirmed_on="confirmed_on")
    return asked.left_join(known, [asked.opportunity_id == known.deal, asked.topic == known.named])


def _evidence() -> Any:
    """Open deals in stages with a checklist, and those of them on which every topic of it is confirmed."""
    deals = open_at_ends().filter(lambda t: t.is_last)
    deals = deals.mutate(in_stage=plain(deals.stage))
    lists = checklists()
    asked = deals.join(lists, deals.in_stage == lists.stage)
    asked = asked.select(
        "opportunity_id", "seller", "opened_on", "period_start", "snapshot_on", topic=lists.topic
    )  # fmt: skip
    topics = unbound("topics")
    known = topics.filter(topics.confirmed_on.notnull())
    known = known.group_by("opportunity_id", topic=plain(known.topic)).agg(confirmed_on=known.confirmed_on.min())
    rows = _joined(asked, known)
    rows = rows.group_by("opportunity_id", "seller", "opened_on", "period_start", "snapshot_on").agg(
        complete=flag(rows.confirmed_on <= rows.snapshot_on).min()
    )
    return standing(rows, numerator=rows.complete, day=rows.opened_on)


def _next_steps() -> Any:
    """Open deals on the report date, and those of them with an activity on a later day."""
    deals = open_at_ends().filter(lambda t: t.is_last)
    activities = unbound("activities")
    planned = activities.select("opportunity_id", planned_on=activities.at.date())
    later = [deals.opportunity_id == planned.opportunity_id, planned.planned_on > deals.snapshot_on]
    below = standing(deals, numerator=0, day=deals.opened_on)
    agreed = deals.semi_join(planned, later)
    return below.union(standing(agreed, denominator=0, day=agreed.snapshot_on))


def _contacts_per_deal() -> Any:
    """Contacts with any activity on an open deal up to the snapshot, and the open deals."""
    deals = open_at_ends()
    activities = unbound("activities")
    met = activities.filter(activities.contact_id.notnull() & activities.opportunity_id.notnull())
    met = met.group_by(deal=met.opportunity_id, contact_id=met.contact_id).agg(met_on=met.at.min().date())
    known = deals.join(met, [deals.opportunity_id == met.deal, met.met_on <= deals.snapshot_on])
    below = standing(deals, numerator=0, day=deals.opened_on)
    return below.union(standing(known, denominator=0, day=known.snapshot_on))


def _connections() -> Any:
    found = talks()
    unknown = flag(found.contact_id.isnull())
    return found.select(
        "seller", day=found.at.date(), thing="contact_id", numerator=1 - unknown, denominator=1 - unknown, aside=unknown
    )


def _sellers() -> Any:
    return unbound("opportunities").select("opportunity_id", "seller")


_CONTACTS = ("contacts", "no activity says which person of the other side it was with")
_NO_PAST_PLANS = "what was agreed for a coming day is known of the report date only"
_NO_OPEN = "no deal was open"

FORMULAS: dict[str, Formula] = {
    "conversations": activity(
        _conversations, FLAGGED, zeros=_no_conversations,
        aside_says="{} activities do not say whether they were conversations",
    ),
    "connect_rate": activity(
        _connected, needs_kind("call"), FLAGGED, unit="share", shape="ratio",
        aside_says="{} calls do not say whether a person was reached", undefined="no call was made in this period",
    ),
    "senior_conversations": activity(
        _senior_conversations, FLAGGED, ("senior", "no conversation says whether it was with a senior person"),
        aside_says="{} conversations do not say with whom",
    ),
    "roi_discussions": Formula(
        "distinct", "count", "topics", (TOPICS, ("topic roi", "the return (ROI) is not among the topics of the data")),
        _roi_discussions,
    ),
    "meetings_held": activity(functools.partial(count_of, "meeting"), needs_kind("meeting")),
    "demos_held": activity(functools.partial(count_of, "demo"), needs_kind("demo")),
    "topic_coverage": Formula(
        "ratio", "share", "opportunities", (DEALS, TOPICS), standing=_topic_coverage, undefined=_NO_OPEN,
        aside_says="{} topics are blank: not known, which is not a no", counted_by="opening",
    ),
    "productive_conversations": activity(
        _productive, FLAGGED, ON_DEALS, STAGE_CHANGES, ("moves", "no stage change says which stage was left"),
        unit="share", shape="ratio", undefined="no conversation took place in this period",
        aside_says="{} conversations are so recent that their deals may still move in time",
    ),
    "customer_connections": activity(
        _connections, FLAGGED, _CONTACTS, unit="people", shape="distinct",
        aside_says="{} conversations do not say with whom",
    ),
    "multi_threading": Formula(
        "ratio", "ratio", "opportunities", (DEALS, ACTIVITIES, ON_DEALS, _CONTACTS), standing=_contacts_per_deal,
        undefined=_NO_OPEN, counted_by="opening",
    ),
    "workshops_hosted": activity(functools.partial(count_of, "workshop"), needs_kind("workshop")),
    "calls_returned": activity(
        functools.partial(_inbound, "call"), needs_kind("call"),
        ("directed call", "no call says whether it was inbound or outbound"),
    ),
    "email_replies": activity(
        functools.partial(_inbound, "email"), needs_kind("email"),
        ("directed email", "no email says whether it was inbound or outbound"),
    ),
    "email_reply_rate": activity(
        _reply_rate, needs_kind("email"), ("directed email", "no email says whether it was inbound or outbound"),
        unit="share", shape="ratio", undefined="no email was sent in this period",
    ),
    "first_meetings": activity(_first_meetings, needs_kind("meeting"), ON_ACCOUNTS),
    "evidence_gathered": Formula(
        "ratio", "share", "opportunities",
        (DEALS, TOPICS, ("staged_now", "no open deal says which stage it is in"),
         ("checklists", "no stage of the sales process has a checklist of topics")),
        standing=_evidence, undefined="no deal was open in a stage with a checklist", counted_by="opening",
        now_only="the stages that deals were in on earlier days are not asked",
    ),
    "next_steps_agreed": Formula(
        "ratio", "share", "opportunities",
        (DEALS, ACTIVITIES, ON_DEALS, ("planned", "no activity is dated after the report's day")),
        standing=_next_steps, undefined=_NO_OPEN, counted_by="opening", now_only=_NO_PAST_PLANS,
    ),
}  # fmt: skip
"""productive_conversations: within the agreed days, 14 unless `[limits]` says otherwise; each counts once."""
