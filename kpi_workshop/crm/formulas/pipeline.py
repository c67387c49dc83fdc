"""Pipeline: deals opened and open, how they move through the stages, and where they stand still."""

from __future__ import annotations

import functools
from typing import Any

from ..attribution import END
from .base import (
    ACTIVITIES,
    DATED,
    DEALS,
    NO_OPENING_DAY,
    ON_ACCOUNTS,
    ON_DEALS,
    STAGE_CHANGES,
    TARGETS,
    WON,
    WON_AMOUNT,
    WON_PLACE,
    Formula,
    days_between,
    each,
    ends,
    flag,
    horizon,
    needs_kind,
    plain,
    share,
    stages,
    standing,
    terms,
    unbound,
)
from .conversations import first_meetings
from .deals import lives, open_at_ends

STUCK = 0.85
"""A deal is stuck when it is longer in its stage than this share of the finished visits to that stage lasted."""
VISITS = 7
"""With fewer finished visits to a stage its 85th percentile is little else than its longest: it is not judged."""


def _opened() -> Any:
    deals = unbound("opportunities")
    return each(deals, deals.opened_on)


def _created() -> Any:
    deals = unbound("opportunities")
    known = deals.amount.notnull()
    return deals.select("seller", day="opened_on", numerator=deals.amount, denominator=flag(known), aside=flag(~known))


def _meetings_to_deals() -> Any:
    """First meetings with accounts, and those after which a deal was opened with the account in the agreed days."""
    held = first_meetings().join(horizon(), "day").cross_join(terms().select("as_of"))
    held = held.select(
        "seller", "account_id", "day", "as_of", until="meeting_until", aside=flag(held.meeting_until > held.as_of)
    )
    deals = unbound("opportunities")
    opened = deals.filter(deals.account_id.notnull() & deals.opened_on.notnull()).select("account_id", "opened_on")
    after = [
        held.account_id == opened.account_id,
        opened.opened_on >= held.day,
        opened.opened_on <= held.as_of,
        opened.opened_on <= held.until,
    ]
    return share(held, held.semi_join(opened, after))


# Stages


def changes() -> Any:
    """The stage changes known on the report date: deal, seller, the day and moment, and the stage entered."""
    moves = unbound("stage_changes").cross_join(terms().select("as_of"))
    moves = moves.filter(moves.changed_at.date() <= moves.as_of)
    deals = unbound("opportunities").select("opportunity_id", "seller", "status", "closed_on")
    moves = moves.select(
        "opportunity_id", "changed_at", "as_of", stage=plain(moves.to_stage), before=plain(moves.from_stage),
        day=moves.changed_at.date(),
    )  # fmt: skip
    return moves.join(deals, "opportunity_id")


def visits() -> Any:
    """Each stay of a deal in a stage other than those that close it: `day` it entered, `left_on`, empty while there.

    A stay ends with the next stage change, or with the closing of the deal where no change follows.
    """
    import ibis

    moves = changes()
    in_time = ibis.window(group_by="opportunity_id", order_by=["changed_at", "stage"])
    moves = moves.mutate(next_on=moves.day.lead().over(in_time))
    closed = (moves.status != "open") & (moves.closed_on <= moves.as_of)
    moves = moves.mutate(left_on=moves.next_on.coalesce(closed.ifelse(moves.closed_on, None)))
    places = stages()
    moves = moves.join(places.filter(places.place < WON_PLACE), "stage")
    return moves.select("opportunity_id", "seller", "stage", "day", "left_on")


def _times_in_stage() -> Any:
    stays = visits()
    length = days_between(stays.left_on, stays.day)
    backwards = flag(length < 0)
    return stays.select(
        "seller", "day", numerator=length, denominator=1 - backwards, aside=flag(stays.left_on.isnull())
    )  # fmt: skip


def reached() -> tuple[Any, Any]:
    """The first time each deal entered each stage (by its place), and those after which it went on or was won."""
    moves = changes()
    moves = moves.join(stages(), "stage")
    open_places = moves.filter(moves.place < WON_PLACE)
    entered = open_places.group_by("opportunity_id", "seller", "place").agg(
        day=open_places.day.min(), entered_at=open_places.changed_at.min()
    )
    entered = entered.mutate(aside=0)
    reached = moves.select(deal="opportunity_id", later_place="place", reached_at="changed_at")
    on = [
        entered.opportunity_id == reached.deal, reached.later_place > entered.place,
        reached.reached_at >= entered.entered_at,
    ]  # fmt: skip
    deals = unbound("opportunities").cross_join(terms().select("as_of"))
    deals = deals.filter((deals.status == "won") & (deals.closed_on <= deals.as_of)).select(
        deal="opportunity_id", won_on="closed_on"
    )
    won = [entered.opportunity_id == deals.deal, deals.won_on >= entered.day]
    columns = ("opportunity_id", "place", "seller", "day")
    met = entered.semi_join(reached, on).select(*columns).union(entered.semi_join(deals, won).select(*columns))
    return entered, met.distinct()


def _reached_next() -> Any:
    return share(*reached())


def _advanced() -> Any:
    moves = changes()
    after, before = stages(), stages().select(before="stage", left_place="place")
    moves = moves.join(after, "stage").join(before, "before")
    found = moves.filter(moves.place > moves.left_place)
    return each(found, found.day)


def limits_of_stages() -> Any:
    """The 85th percentile of the finished stays in each stage, exact, between ranks in a straight line: stage, longest.

    Stays count that were finished by the report date, and were not finished before they began.
    """
    import ibis

    stays = visits()
    length = days_between(stays.left_on, stays.day)
    done = stays.filter(length >= 0).mutate(days=length.cast("float64"))
    in_stage = ibis.window(group_by="stage")
    ranked = done.mutate(
        rank=ibis.row_number().over(ibis.window(group_by="stage", order_by=["days"])),
        known=done.days.count().over(in_stage),
    )
    distance = (ranked.rank - STUCK * (ranked.known - 1).cast("float64")).abs()
    weight = (distance < 1).ifelse(1 - distance, 0.0)
    found = ranked.group_by("stage").agg(longest=(weight * ranked.days).sum(), known=ranked.days.count())
    return found.filter(found.known >= VISITS).select("stage", "longest")


def _stuck() -> Any:
    """Deals open at the snapshot that are longer in their stage than its 85th percentile."""
    stays, longest = visits(), limits_of_stages()
    stays = stays.join(longest, "stage")
    deals = lives().select("opportunity_id", "open_until")
    stays = stays.join(deals, "opportunity_id")
    days = ends()
    rows = stays.join(days, [
        stays.day <= days.snapshot_on, stays.left_on.coalesce(stays.open_until) > days.snapshot_on,
        stays.open_until > days.snapshot_on,
    ])  # fmt: skip
    # A percentile between two equal lengths may come out a rounding error short of them.
    rows = rows.filter(days_between(rows.snapshot_on, rows.day).cast("float64") > rows.longest + 1e-6)
    return standing(rows)


def _untouched() -> Any:
    """Deals open at the snapshot whose last activity, or opening where there was none, is longer ago than agreed.

    From each touch to the next the deal is silent once the agreed days are over; only gaps that long are looked at.
    """
    import ibis

    agreed = terms().select("as_of", "silent_days")
    activities = unbound("activities")
    touched = activities.filter(activities.opportunity_id.notnull())
    touched = touched.select("opportunity_id", day=touched.at.date())
    deals = lives().filter(lambda t: t.opened_on.notnull())
    opened = deals.select("opportunity_id", day="opened_on")
    touches = touched.union(opened, distinct=True).cross_join(agreed)
    touches = touches.filter(touches.day <= touches.as_of)
    in_time = ibis.window(group_by="opportunity_id", order_by="day")
    gaps = touches.mutate(next_on=touches.day.lead().over(in_time).coalesce(ibis.literal(END)))
    gaps = gaps.filter(days_between(ibis.least(gaps.next_on, gaps.as_of), gaps.day) > gaps.silent_days)
    days = ends()
    rows = gaps.join(deals.select("opportunity_id", "seller", "open_from", "open_until"), "opportunity_id")
    rows = rows.join(days, [
        rows.day <= days.snapshot_on, rows.next_on > days.snapshot_on, rows.open_from <= days.snapshot_on,
        rows.open_until > days.snapshot_on,
    ])  # fmt: skip
    return standing(rows.filter(days_between(rows.snapshot_on, rows.day) > rows.silent_days))


def _overdue() -> Any:
    deals = open_at_ends().filter(lambda t: t.is_last)
    known = deals.expected_close_on.notnull()
    over = flag(deals.expected_close_on < deals.snapshot_on)
    return standing(deals, numerator=over, denominator=flag(known), aside=flag(~known), day=deals.opened_on)


def pushes() -> Any:
    """Each time an import showed that an open deal's expected close had moved to a later day: deal and day."""
    import ibis

    return ibis.table({"opportunity_id": "string", "day": "date"}, name="pushes")


def _pushed() -> Any:
    found = pushes().join(unbound("opportunities").select("opportunity_id", "seller"), "opportunity_id")
    return found.select("seller", "day", thing="opportunity_id", numerator=1, denominator=1, aside=0)


def due_at_the_end() -> Any:
    """The worth of the deals open at each snapshot that are expected to close in what is left of the period.

    What was due earlier in the period and is still open counts too; `period_end` bounds the period.
    """
    deals = open_at_ends()
    rows = deals.join(period_ends(), "period_start")
    rows = rows.filter((rows.expected_close_on >= rows.first_on) & (rows.expected_close_on <= rows.period_end))
    known = rows.amount.notnull()
    return standing(rows, numerator=rows.amount, denominator=flag(known), aside=flag(~known), day=rows.opened_on)


def period_ends() -> Any:
    """The last day of each period, known already or still to come."""
    import ibis

    return ibis.table({"period_start": "date", "period_end": "date"}, name="period_ends")


def forecast() -> Any:
    """Deals that were open and due in a period as the import in force on its first day had them."""
    import ibis

    return ibis.table({"seller": "string", "day": "date", "amount": "float64"}, name="forecast")


def expected() -> Any:
    """What was expected of each period on its first day."""
    deals = forecast()
    known = deals.amount.notnull()
    return deals.select("seller", "day", numerator=deals.amount, denominator=flag(known), aside=flag(~known))


_opening = functools.partial(Formula, table="opportunities", undated_says=NO_OPENING_DAY, counted_by="opening")
_DEAL_ACCOUNTS = ("deal_accounts", "no deal says which account it is of")
_STAGED = ("staged", "the order of the stages is not known")
_EXPECTED = ("expected", "no open deal says when it is expected to close")
_moving = functools.partial(Formula, table="stage_changes")
_NO_PAST_DATES = "when deals were expected to close is known of the report date only"

FORMULAS: dict[str, Formula] = {
    "opportunities_opened": _opening("sum", "deals", needs=(DEALS, DATED), events=_opened),
    "open_pipeline": Formula("snapshot", "money", "opportunities", (DEALS,), counted_by="opening"),
    "open_deals": Formula("snapshot", "deals", "opportunities", (DEALS,), counted_by="opening"),
    "meetings_to_opportunities": Formula(
        "ratio", "share", "activities",
        (ACTIVITIES, needs_kind("meeting"), ON_ACCOUNTS, DEALS, _DEAL_ACCOUNTS),
        _meetings_to_deals, undefined="no first meeting took place in this period",
        aside_says="{} first meetings are so recent that a deal may still follow in time",
    ),
    "pipeline_created": _opening(
        "sum", "money", needs=(DEALS, DATED, ("with_amount", "no deal has an amount")), events=_created,
        aside_says="{} opened without an amount left out",
    ),
    "pipeline_coverage": Formula(
        "derived", "ratio", "opportunities", (DEALS, _EXPECTED, ("with_amount", "no deal has an amount"), TARGETS),
        counted_by="opening",
    ),
    "stage_conversion": _moving(
        "ratio", "share", needs=(DEALS, STAGE_CHANGES, _STAGED), events=_reached_next,
        undefined="no deal entered a stage in this period", note="by the period in which a deal entered the stage",
    ),
    "time_in_stage": _moving(
        "median", "days", needs=(DEALS, STAGE_CHANGES, _STAGED), events=_times_in_stage,
        undefined="no deal entered a stage in this period",
        aside_says="{} still in the stage, counted as longer than any that left it",
        blocked_says="half of the deals that entered a stage or more are still in it",
    ),
    "deals_advanced": _moving(
        "sum", "count", needs=(DEALS, STAGE_CHANGES, ("moves", "no stage change says which stage was left"), _STAGED),
        events=_advanced,
    ),
    "stuck_deals": _moving(
        "snapshot", "deals", standing=_stuck,
        needs=(DEALS, STAGE_CHANGES, _STAGED,
               ("judged_stages", f"no stage has {VISITS} finished visits to tell how long is long")),
    ),
    "untouched_deals": Formula(
        "snapshot", "deals", "activities", (DEALS, DATED, ACTIVITIES, ON_DEALS), standing=_untouched
    ),
    "pushed_close_dates": Formula(
        "distinct", "deals", "pushes",
        (DEALS, _EXPECTED, ("imports", "expected closes are compared from one import to the next; there is only one")),
        _pushed, note="by the last day of the import that showed the later day",
    ),
    "overdue_deals": Formula(
        "snapshot", "deals", "opportunities", (DEALS, _EXPECTED), standing=_overdue, counted_by="opening",
        aside_says="{} open deals without an expected closing day left out", now_only=_NO_PAST_DATES,
    ),
    "pipeline_velocity": Formula(
        "derived", "money per day", "opportunities",
        (DEALS, WON, WON_AMOUNT),
        counted_by="closing",
    ),
    "forecast_accuracy": Formula(
        "derived", "share", "opportunities",
        (DEALS, WON_AMOUNT, _EXPECTED,
         ("imports", "what was expected before is known from the second import on; there is only one")),
        counted_by="closing",
    ),
}  # fmt: skip
"""Stages count as a whole: stage_conversion and time_in_stage are over all stages together, one row for each stay."""

PARTS: dict[str, Formula] = {
    "due_pipeline": Formula(
        "sum", "money", "opportunities", (DEALS, _EXPECTED), standing=due_at_the_end,
        aside_says="{} due without an amount left out", counted_by="opening",
    ),
    "expected_revenue": Formula(
        "sum", "money", "opportunities", (DEALS,), expected, aside_says="{} expected without an amount left out"
    ),
}  # fmt: skip
"""What is due in the running period, and what was expected of a period on its first day."""
