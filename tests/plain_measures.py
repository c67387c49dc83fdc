"""The measures once more in plain Python, row by row: the second implementation that the formulas are held against.

`happened` gives what a measure counts in time: (who, day, value, weight). A weight of 0 sets a row aside; in a median a
value of None with weight 1 is something still open; of what is counted once the value is the thing. `stood` gives what
stands on the last day of one period: (who, value, weight).
"""

from __future__ import annotations

import datetime as dt
import math
from collections import defaultdict
from typing import Any

from kpi_workshop.crm.calendar import Period
from kpi_workshop.crm.formulas.leads import OWN_SOURCES

Row = dict[str, Any]
Data = dict[str, list[Row]]
Event = tuple[str | None, dt.date | None, Any, float]
Stood = tuple[str | None, float | None, float]

PLACES = {"s1": 0, "s2": 1, "s3": 2, "closed won": 99}
"""The stages of the random data in their order; "closed lost" has no place."""

COUNTED = {
    "voicemails_left": ("voicemail",), "tradeshows_attended": ("trade show", "tradeshow"),
    "referrals_requested": ("referral",), "workshops_hosted": ("workshop", "webinar"),
    "business_reviews": ("business review", "qbr"), "alliance_meetings": ("alliance meeting",),
    "social_engagement": ("social", "linkedin"),
}  # fmt: skip


CYCLES = {
    f"{measure}_from_{start.replace(' ', '_')}": (measure, start)
    for measure in ("sales_cycle_length", "median_sales_cycle_length")
    for start in ("lead", "first contact")
}
"""Sales cycles from other events than the opening: which measure, and what the settings say."""


def kind(activity: Row) -> str:
    return activity["type"].strip().lower()


def came_in(activity: Row) -> bool:
    return (activity["direction"] or "").strip().lower() == "inbound"


def hours(later: dt.datetime, earlier: dt.datetime) -> float:
    return (later - earlier).total_seconds() / 3600


def happened(measure: str, data: Data, as_of: dt.date, starts: dict[str, dt.date]) -> list[Event]:
    """The rows behind a measure that counts what happened."""
    deals = {d["opportunity_id"]: d for d in data["opportunities"]}
    acts, leads, customers = data["activities"], data["leads"], data["customers"]
    over = [d for d in deals.values() if d["status"] != "open" and d["closed_on"] and d["closed_on"] <= as_of]
    won = [d for d in over if d["status"] == "won"]
    found: list[Event] = []
    if measure in COUNTED:
        return [(a["seller"], a["at"].date(), 1, 1) for a in acts if kind(a) in COUNTED[measure]]
    if measure in ("calls_returned", "email_replies"):
        what = "call" if measure == "calls_returned" else "email"
        return [(a["seller"], a["at"].date(), 1, 1) for a in acts if kind(a) == what and came_in(a)]
    if measure == "proposals_sent":
        return [
            (a["seller"], a["at"].date(), 1, 1) for a in acts if kind(a) in ("proposal", "quote") and not came_in(a)
        ]
    if measure == "prospect_calls":
        for a in acts:
            if kind(a) != "call" or came_in(a):
                continue
            day = a["at"].date()
            theirs = [c for c in customers if a["account_id"] and c["account_id"] == a["account_id"]]
            if not any(c["started_on"] <= day and (c["ended_on"] is None or c["ended_on"] >= day) for c in theirs):
                found.append((a["seller"], day, 1, float(a["account_id"] is not None)))
    elif measure == "large_account_prospecting":
        sizes = {a["account_id"]: a["employees"] for a in data["accounts"]}
        for a in acts:
            if not came_in(a):
                size = sizes.get(a["account_id"])
                found.append((a["seller"], a["at"].date(), float((size or 0) >= 1000), float(size is not None)))
    elif measure == "accounts_contacted":
        found = [(a["seller"], a["at"].date(), a["account_id"], float(a["account_id"] is not None))
                 for a in acts if not came_in(a)]  # fmt: skip
    elif measure == "contact_attempts_per_lead":
        found = [(a["seller"], a["at"].date(), 1, 0) for a in acts if a["lead_id"] and not came_in(a)]
        found += [(row["seller"], row["created_at"].date(), 0, 1) for row in leads]
    elif measure == "average_call_length":
        found = [(a["seller"], a["at"].date(), a["minutes"], float(a["minutes"] is not None))
                 for a in acts if kind(a) == "call"]  # fmt: skip
    elif measure == "selling_time":
        found = [(a["seller"], a["at"].date(), (a["minutes"] or 0) / 60, float(a["minutes"] is not None))
                 for a in acts if kind(a) in ("call", "meeting", "demo")]  # fmt: skip
    elif measure == "close_out_notes":
        for d in over:
            noted = [a for a in acts if kind(a) == "note" and a["opportunity_id"] == d["opportunity_id"]]
            there = any(d["closed_on"] <= a["at"].date() <= as_of for a in noted)
            found.append((d["seller"], d["closed_on"], float(there), 1))
    elif measure == "follow_ups_made":
        seen: set[tuple[bool, str]] = set()
        for a in sorted((a for a in acts if not came_in(a)), key=lambda a: (a["at"], a["activity_id"])):
            thing = (a["opportunity_id"] is not None, a["opportunity_id"] or a["lead_id"])
            known = thing[1] is not None
            found.append((a["seller"], a["at"].date(), float(known and thing in seen), float(known)))
            seen.add(thing)
    elif measure == "connect_rate":
        found = [(a["seller"], a["at"].date(), float(bool(a["is_conversation"])),
                  float(a["is_conversation"] is not None))
                 for a in acts if kind(a) == "call" and not came_in(a)]  # fmt: skip
    elif measure == "productive_conversations":
        for a in acts:
            if a["is_conversation"]:
                moved = [
                    m for m in data["stage_changes"]
                    if m["opportunity_id"] == a["opportunity_id"] and m["from_stage"] not in (None, m["to_stage"])
                    and m["changed_at"].date() <= as_of and m["changed_at"] >= a["at"]
                    and (m["changed_at"].date() - a["at"].date()).days <= 14
                ]  # fmt: skip
                found.append((a["seller"], a["at"].date(), float(bool(moved)), 1))
    elif measure == "customer_connections":
        found = [(a["seller"], a["at"].date(), a["contact_id"], float(a["contact_id"] is not None))
                 for a in acts if a["is_conversation"]]  # fmt: skip
    elif measure == "email_reply_rate":
        found = [(a["seller"], a["at"].date(), float(came_in(a)), float(not came_in(a)))
                 for a in acts if kind(a) == "email"]  # fmt: skip
    elif measure in ("first_meetings", "meetings_to_opportunities"):
        first: dict[str, Row] = {}
        for a in sorted(acts, key=lambda a: (a["at"], a["activity_id"])):
            if kind(a) == "meeting" and a["account_id"]:
                first.setdefault(a["account_id"], a)
        for account, a in first.items():
            day = a["at"].date()
            opened = [d["opened_on"] for d in deals.values() if d["account_id"] == account and d["opened_on"]]
            after = any(day <= o <= as_of and (o - day).days <= 30 for o in opened)
            found.append((a["seller"], day, 1.0 if measure == "first_meetings" else float(after), 1))
    elif measure == "roi_discussions":
        found = [(deals[t["opportunity_id"]]["seller"], t["confirmed_on"], t["opportunity_id"], 1)
                 for t in data["topics"] if t["topic"].lower() == "roi" and t["confirmed_on"]]  # fmt: skip
    elif measure == "leads_generated":
        found = [(row["seller"], row["created_at"].date(), float((row["source"] or "").lower() in OWN_SOURCES),
                  float(row["source"] is not None)) for row in leads]  # fmt: skip
    elif measure == "marketing_qualified_leads":
        found = [(row["seller"], row["created_at"].date(), 1, 1) for row in leads if row["status"] == "MQL"]
    elif measure == "qualified_leads":
        found = [(row["seller"], row["converted_on"], 1, 1) for row in leads if row["converted_on"]]
    elif measure == "lead_to_opportunity_rate":
        found = [(row["seller"], row["created_at"].date(), float((row["converted_on"] or dt.date.max) <= as_of), 1)
                 for row in leads]  # fmt: skip
    elif measure == "lead_conversion_rate":
        ids, from_leads = {d["opportunity_id"] for d in won}, {d["lead_id"] for d in won}
        found = [(row["seller"], row["created_at"].date(),
                  float(row["opportunity_id"] in ids or row["lead_id"] in from_leads), 1) for row in leads]  # fmt: skip
    elif measure == "lead_response_time":
        for row in leads:
            touches = [a["at"] for a in acts if a["lead_id"] == row["lead_id"] and not came_in(a)
                       and a["at"] >= row["created_at"] and a["at"].date() <= as_of]  # fmt: skip
            wait = hours(min(touches), row["created_at"]) if touches else None
            found.append((row["seller"], row["created_at"].date(), wait, 1))
    elif measure == "customer_response_time":
        for a in acts:
            if came_in(a) and a["account_id"] and a["at"].date() <= as_of:
                answers = [b["at"] for b in acts if b["account_id"] == a["account_id"] and not came_in(b)
                           and b["at"] >= a["at"] and b["at"].date() <= as_of]  # fmt: skip
                found.append((a["seller"], a["at"].date(), hours(min(answers), a["at"]) if answers else None, 1))
    elif measure == "joint_calls":
        together = defaultdict(set)
        for a in acts:
            if a["is_conversation"] and a["account_id"]:
                together[a["account_id"], a["at"]].add(a["seller"])
        found = [(who, key[1].date(), key, 1) for key, people in together.items() if len(people) > 1 for who in people]
    elif measure in CYCLES:
        for d in won:
            if CYCLES[measure][1] == "lead":
                began = [row["created_at"].date() for row in leads
                         if row["opportunity_id"] == d["opportunity_id"] or row["lead_id"] == d["lead_id"]]  # fmt: skip
            else:
                began = [a["at"].date() for a in acts if a["opportunity_id"] == d["opportunity_id"]]
            length = (d["closed_on"] - min(began)).days if began else -1
            found.append((d["seller"], d["closed_on"], max(length, 0), float(length >= 0)))
    elif measure == "pipeline_created":
        found = [(d["seller"], d["opened_on"], d["amount"], float(d["amount"] is not None)) for d in deals.values()]
    elif measure in ("win_loss_ratio", "loss_rate", "deals_lost"):
        for d in over:
            is_won = d["status"] == "won"
            if measure == "win_loss_ratio":
                found.append((d["seller"], d["closed_on"], float(is_won), float(not is_won)))
            elif measure == "loss_rate":
                found.append((d["seller"], d["closed_on"], float(not is_won), 1))
            elif not is_won:
                found.append((d["seller"], d["closed_on"], 1, 1))
    elif measure == "revenue_by_product":
        found = [
            (d["seller"], d["closed_on"], d["amount"], float(None not in (d["amount"], d["product"]))) for d in won
        ]
    elif measure == "discount":
        for d in won:
            known = d["amount"] is not None and (d["list_amount"] or 0) > 0
            found.append((d["seller"], d["closed_on"], d["list_amount"] - d["amount"] if known else 0,
                          d["list_amount"] if known else 0))  # fmt: skip
    elif measure == "ramp_time":
        for person, start in starts.items():
            wins = [d["closed_on"] for d in won if d["seller"] == person and d["closed_on"] >= start]
            found.append((person, start, (min(wins) - start).days if wins else None, 1))
    elif measure == "expansion_revenue":
        for d in won:
            if d["account_id"] and d["opened_on"] and any(
                c["account_id"] == d["account_id"] and c["started_on"] < d["opened_on"] for c in customers
            ):  # fmt: skip
                found.append((d["seller"], d["closed_on"], d["amount"], float(d["amount"] is not None)))
    elif measure == "new_customers":
        found = [(c["seller"], c["started_on"], 1, 1) for c in customers]
    elif measure == "deals_advanced":
        for m in data["stage_changes"]:
            after = PLACES.get(m["to_stage"].lower())
            before = PLACES.get((m["from_stage"] or "").lower())
            if before is not None and after is not None and after > before and m["changed_at"].date() <= as_of:
                found.append((deals[m["opportunity_id"]]["seller"], m["changed_at"].date(), 1, 1))
    elif measure == "time_in_stage":
        found = [(deal["seller"], day, None if left is None else (left - day).days, 1)
                 for deal, _, day, left in stays(data, as_of)]  # fmt: skip
    elif measure == "stage_conversion":
        for deal in deals.values():
            moves = [m for m in data["stage_changes"]
                     if m["opportunity_id"] == deal["opportunity_id"] and m["changed_at"].date() <= as_of]  # fmt: skip
            for stage in ("s1", "s2", "s3"):
                entries = [m["changed_at"] for m in moves if m["to_stage"].lower() == stage]
                if entries:
                    later = any(PLACES.get(m["to_stage"].lower(), -1) > PLACES[stage]
                                and m["changed_at"] >= min(entries)
                                for m in moves)  # fmt: skip
                    is_won = deal in won and deal["closed_on"] >= min(entries).date()
                    found.append((deal["seller"], min(entries).date(), float(later or is_won), 1))
    else:
        raise KeyError(measure)
    return found


def stays(data: Data, as_of: dt.date) -> list[tuple[Row, str, dt.date, dt.date | None]]:
    """Each stay of a deal in an open stage: deal, stage, first day, day it left or None."""
    found = []
    for deal in data["opportunities"]:
        moves = sorted(
            (m for m in data["stage_changes"]
             if m["opportunity_id"] == deal["opportunity_id"] and m["changed_at"].date() <= as_of),
            key=lambda m: m["changed_at"],
        )  # fmt: skip
        closed = deal["closed_on"] if deal["status"] != "open" and deal["closed_on"] <= as_of else None
        for i, move in enumerate(moves):
            if move["to_stage"].lower() in ("s1", "s2", "s3"):
                left = moves[i + 1]["changed_at"].date() if i + 1 < len(moves) else closed
                found.append((deal, move["to_stage"].lower(), move["changed_at"].date(), left))
    return found


def is_open(deal: Row, on: dt.date, as_of: dt.date) -> bool:
    if deal["status"] != "open" and deal["closed_on"] <= on:
        return False
    return deal["opened_on"] <= on if deal["opened_on"] else on == as_of


def stood(measure: str, data: Data, period: Period, as_of: dt.date) -> list[Stood] | None:
    """The rows that stand at the end of a period; None where a measure says nothing of periods that are over."""
    on = min(period.end, as_of)
    a_year_ago = on.replace(year=on.year - 1, day=min(on.day, 28) if on.month == 2 else on.day)
    deals = [d for d in data["opportunities"] if is_open(d, on, as_of)]
    customers = data["customers"]
    confirmed = {(t["opportunity_id"], t["topic"].lower()) for t in data["topics"]
                 if t["confirmed_on"] and t["confirmed_on"] <= on}  # fmt: skip

    def there(c: Row, day: dt.date) -> bool:
        return c["started_on"] < day and (c["ended_on"] is None or c["ended_on"] >= day)

    def left(c: Row) -> bool:
        return c["ended_on"] is not None and c["ended_on"] <= on

    if measure in ("evidence_gathered", "next_steps_agreed", "overdue_deals") and on < as_of:
        return None
    if measure == "topic_coverage":
        listed = {t["topic"].lower() for t in data["topics"]}
        return [(d["seller"], float((d["opportunity_id"], t) in confirmed), 1) for d in deals for t in listed]
    if measure == "evidence_gathered":
        lists = {"s1": {"roi"}, "s2": {"roi", "need"}}
        asked = [
            (d, lists[(d["stage"] or "").strip().lower()]) for d in deals if (d["stage"] or "").strip().lower() in lists
        ]
        return [
            (d["seller"], float(all((d["opportunity_id"], t) in confirmed for t in topics)), 1) for d, topics in asked
        ]
    if measure == "next_steps_agreed":
        return [(d["seller"], float(any(a["opportunity_id"] == d["opportunity_id"] and a["at"].date() > on
                                        for a in data["activities"])), 1) for d in deals]  # fmt: skip
    if measure == "multi_threading":
        rows: list[Stood] = [(d["seller"], 0, 1) for d in deals]
        for d in deals:
            met = {a["contact_id"] for a in data["activities"]
                   if a["opportunity_id"] == d["opportunity_id"] and a["contact_id"]
                   and a["at"].date() <= on}  # fmt: skip
            rows += [(d["seller"], 1, 0)] * len(met)
        return rows
    if measure == "overdue_deals":
        return [(d["seller"], float((d["expected_close_on"] or on) < on), float(d["expected_close_on"] is not None))
                for d in deals]  # fmt: skip
    if measure == "untouched_deals":
        rows = []
        for d in deals:
            if d["opened_on"]:
                touched = [a["at"].date() for a in data["activities"] if a["opportunity_id"] == d["opportunity_id"]]
                last = max(day for day in [d["opened_on"], *touched] if day <= on)
                rows += [(d["seller"], 1, 1)] if (on - last).days > 30 else []
        return rows
    if measure == "stuck_deals":
        lengths = defaultdict(list)
        for _, stage, day, gone in stays(data, as_of):
            if gone is not None:
                lengths[stage].append((gone - day).days)
        limit = {stage: percentile(found, 0.85) for stage, found in lengths.items() if len(found) >= 7}
        return [(d["seller"], 1, 1) for d, stage, day, gone in stays(data, as_of)
                if stage in limit and day <= on and (gone is None or gone > on)
                and (d["status"] == "open" or d["closed_on"] > on)
                and (on - day).days > limit[stage] + 1e-6]  # fmt: skip
    if measure in ("customer_retention_rate", "churn_rate"):
        started = [c for c in customers if there(c, period.start)]
        return [(c["seller"], float(left(c) == (measure == "churn_rate")), 1) for c in started]
    if measure == "annual_recurring_revenue":
        now = [c for c in customers if c["started_on"] <= on and (c["ended_on"] is None or c["ended_on"] >= on)]
        return [(c["seller"], c["yearly_value"], float(c["yearly_value"] is not None)) for c in now]
    won = [d for d in data["opportunities"] if d["status"] == "won" and d["account_id"] and d["closed_on"] <= on]
    if measure == "upsell_rate":
        return [(c["seller"], float(any(d["account_id"] == c["account_id"] and d["closed_on"] >= period.start
                                        for d in won)), 1) for c in customers if there(c, period.start)]  # fmt: skip
    if measure == "net_revenue_retention":
        base = [c for c in customers if there(c, a_year_ago)]
        rows = [(c["seller"], 0 if left(c) else (c["yearly_value"] or 0), c["yearly_value"] or 0) for c in base]
        for account in {c["account_id"] for c in base if c["account_id"] and c["yearly_value"] is not None}:
            owner = min((c["seller"] for c in base if c["account_id"] == account and c["yearly_value"] is not None
                         and c["seller"]), default=None)  # fmt: skip
            rows += [(owner, d["amount"] or 0, 0) for d in won
                     if d["account_id"] == account and d["closed_on"] >= a_year_ago]  # fmt: skip
        return rows
    raise KeyError(measure)


def percentile(values: list[int], share: float) -> float:
    """Between two ranks on a straight line."""
    ranked = sorted(values)
    place = share * (len(ranked) - 1)
    low = math.floor(place)
    high = min(low + 1, len(ranked) - 1)
    return ranked[low] + (place - low) * (ranked[high] - ranked[low])
