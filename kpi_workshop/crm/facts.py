"""What is filled in each imported table, as counts by name, and the first and last day it speaks of."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from . import stage_order
from .formulas import KINDS, plain, unbound
from .formulas.base import terms
from .formulas.conversations import ROI
from .formulas.leads import MARKETING_QUALIFIED, OWN_SOURCES

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from .engines import Engine


@dataclass(frozen=True)
class Read:
    """One table: its first and last day, facts by name, and for stage changes the stages that deals entered."""

    first: dt.date | None = None
    last: dt.date | None = None
    facts: dict[str, int] = field(default_factory=dict)
    stages: tuple[stage_order.Entered, ...] = ()


NOTHING = Read()

_ONLY_WON_BY_CHANCE = 50
"""So many won deals without a lost one: at a win rate of 90 % that happens by chance once in 200 times."""

NAMES: dict[str, tuple[str, ...]] = {
    "opportunities": (
        "opportunities", "dated", "closed", "won", "won_with_amount", "won_with_cycle", "backwards",
        "closed_without_day", "open_now", "open_undated", "open_with_amount", "with_amount", "deal_accounts",
        "products", "listed", "expected", "staged_now", "with_lead", "lost_told", "not_only_won",
    ),
    "activities": (
        "activities", "minutes", "selling_minutes", "flagged", "senior", "on_accounts", "on_deals", "on_leads",
        "on_leads_or_deals", "contacts", "directed call", "directed email", "inbound_on_accounts", "planned",
    ),
    "leads": ("leads", "own_leads", "marketing_leads", "converted", "named_deals"),
    "stage_changes": ("stage_changes", "moves"),
    "topics": ("topics", "topic roi"),
    "customers": ("customers", "customer_accounts", "values", "margins"),
    "accounts": ("sized_accounts",),
    "costs": ("costs",),
}  # fmt: skip
"""Which table tells which fact."""


def read(engine: Engine, table: str, as_of: dt.date) -> Read:
    """What one table says as of a day; tables of which nothing is asked say nothing."""
    engine.give("terms", report_date(as_of))
    if table == "activities":
        return _activities(engine.ask(_activity_facts))
    if table not in _QUERIES:
        return NOTHING
    row = engine.ask(_QUERIES[table]).iloc[0].to_dict()
    first, last = row.pop("first", None), row.pop("last", None)
    counts = {name: int(count or 0) for name, count in row.items()}
    if table != "stage_changes" or "opportunities" not in engine.tables:
        return Read(first, last, counts)
    stages = engine.ask(stage_order.entered).to_dict("records")
    return Read(first, last, counts, tuple(stage_order.Entered(**row) for row in stages))


def report_date(as_of: dt.date) -> pa.Table:
    """The `terms` as facts are asked by: a query that held the date would be compiled anew for every report."""
    import pyarrow as pa

    return pa.table({"as_of": pa.array([as_of], pa.date32())})


def _count(condition: Any) -> Any:
    return condition.fill_null(False).ifelse(1, 0).sum()


def _unless_only_won(deals: Any, won: Any) -> Any:
    """How many deals; 0 where they are won ones only and too many of them for that to be chance."""
    mixed = (_count(deals & ~won) > 0) | (_count(won) < _ONLY_WON_BY_CHANCE)
    return mixed.ifelse(_count(deals), 0)


def _known_by(table: str) -> tuple[Any, Any]:
    """A canonical table and the report date, to compare its days with."""
    rows = unbound(table).cross_join(terms().select("as_of"))
    return rows, rows.as_of


def _deal_facts() -> Any:
    import ibis

    deals, day = _known_by("opportunities")
    closed = (deals.status != "open") & (deals.closed_on.isnull() | (deals.closed_on <= day))
    dated = deals.opened_on.notnull()
    known = ~dated | (deals.opened_on <= day)
    won = closed & (deals.status == "won")
    first, last = (deals.opened_on.min(), deals.closed_on.min()), (deals.opened_on.max(), deals.closed_on.max())
    return deals.aggregate(
        first=ibis.least(first[0].coalesce(first[1]), first[1].coalesce(first[0])),
        last=ibis.greatest(last[0].coalesce(last[1]), last[1].coalesce(last[0])),
        opportunities=_count(known),
        dated=_count(dated & known),
        closed=_count(closed),
        won=_count(won),
        lost_told=_unless_only_won(closed, won),
        not_only_won=_unless_only_won(known, won),
        won_with_amount=_count(won & deals.amount.notnull()),
        won_with_cycle=_count(won & (deals.closed_on >= deals.opened_on)),
        backwards=_count(closed & (deals.closed_on < deals.opened_on)),
        closed_without_day=_count((deals.status != "open") & deals.closed_on.isnull()),
        open_now=_count(known & ~closed),
        open_undated=_count(~dated & ~closed),
        open_with_amount=_count(known & ~closed & deals.amount.notnull()),
        with_amount=_count(known & deals.amount.notnull()),
        deal_accounts=_count(known & deals.account_id.notnull()),
        products=_count(won & deals["product"].notnull() & deals.amount.notnull()),
        listed=_count(won & (deals.list_amount > 0)),
        expected=_count(known & ~closed & deals.expected_close_on.notnull()),
        staged_now=_count(known & ~closed & deals.stage.notnull()),
        with_lead=_count(known & deals.lead_id.notnull()),
    )  # fmt: skip


def _activity_facts() -> Any:
    """One row for each type: a text is compared once a row and not once a count."""
    activities, day = _known_by("activities")
    known = activities.at.date() <= day
    talked = known & activities.is_conversation.fill_null(False)
    on_account, on_deal = activities.account_id.notnull(), activities.opportunity_id.notnull()
    on_lead = activities.lead_id.notnull()
    return activities.group_by("kind").agg(
        first=activities.at.min().date(),
        last=activities.at.max().date(),
        activities=_count(known),
        minutes=_count(known & activities.minutes.notnull()),
        flagged=_count(known & activities.is_conversation.notnull()),
        senior=_count(talked & activities.is_senior.notnull()),
        on_accounts=_count(known & on_account),
        on_deals=_count(known & on_deal),
        on_leads=_count(known & on_lead),
        on_leads_or_deals=_count(known & (on_lead | on_deal)),
        contacts=_count(known & activities.contact_id.notnull()),
        directed=_count(known & activities.direction.notnull()),
        inbound_on_accounts=_count(known & on_account & (activities.way == "inbound")),
        planned=_count(~known & on_deal),
    )


def _activities(found: pd.DataFrame) -> Read:
    kinds = found["kind"].map({name: kind for kind, names in KINDS.items() for name in names})
    told = {name: int(found[name].sum()) for name in NAMES["activities"] if name in found}
    for kind, rows in found.groupby(kinds):
        told[f"type {kind}"] = int(rows["activities"].sum())
        told[f"directed {kind}"] = int(rows["directed"].sum())
    told["minutes"] = int(found.loc[kinds == "call", "minutes"].sum())
    told["selling_minutes"] = int(found.loc[kinds.isin(["call", "meeting", "demo"]), "minutes"].sum())
    return Read(min(found["first"], default=None), max(found["last"], default=None), told)


def _lead_facts() -> Any:
    leads, day = _known_by("leads")
    known = leads.created_at.date() <= day
    return leads.aggregate(
        first=leads.created_at.min().date(),
        last=leads.created_at.max().date(),
        leads=_count(known),
        own_leads=_count(known & plain(leads.source).isin(OWN_SOURCES)),
        marketing_leads=_count(known & plain(leads.status).isin(MARKETING_QUALIFIED)),
        converted=_count(leads.converted_on <= day),
        named_deals=_count(known & leads.opportunity_id.notnull()),
    )


def _stage_facts() -> Any:
    moves, day = _known_by("stage_changes")
    known = moves.changed_at.date() <= day
    return moves.aggregate(
        first=moves.changed_at.min().date(),
        last=moves.changed_at.max().date(),
        stage_changes=_count(known),
        moves=_count(known & moves.from_stage.notnull()),
    )


def _topic_facts() -> Any:
    topics, day = _known_by("topics")
    known = topics.confirmed_on <= day
    return topics.aggregate(
        first=topics.confirmed_on.min(),
        last=topics.confirmed_on.max(),
        topics=topics.count(),
        **{"topic roi": _count(known & plain(topics.topic).isin(ROI))},
    )


def _customer_facts() -> Any:
    customers, day = _known_by("customers")
    known = customers.started_on <= day
    return customers.aggregate(
        first=customers.started_on.min(),
        last=customers.started_on.max(),
        customers=_count(known),
        customer_accounts=_count(known & customers.account_id.notnull()),
        values=_count(known & customers.yearly_value.notnull()),
        margins=_count(known & customers.yearly_margin.notnull()),
    )


def _account_facts() -> Any:
    accounts = unbound("accounts")
    return accounts.aggregate(sized_accounts=_count(accounts.employees.notnull()))


def _cost_facts() -> Any:
    costs, day = _known_by("costs")
    return costs.aggregate(costs=_count(costs.period_from <= day))


_QUERIES: dict[str, Callable[[], Any]] = {
    "opportunities": _deal_facts,
    "leads": _lead_facts,
    "stage_changes": _stage_facts,
    "topics": _topic_facts,
    "customers": _customer_facts,
    "accounts": _account_facts,
    "costs": _cost_facts,
}
