"""How far the client data reach: first and last day, what is filled, and from which day on they can be trusted."""

from __future__ import annotations

import datetime as dt
import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..engagement import Engagement
from ..errors import NothingImported
from ..kinds import Target
from . import engines, formulas

if TYPE_CHECKING:
    import pandas as pd

EXPECTED_EARLIER = 5
"""So many deals must be expected to have closed before the first closed one before the data are called cut off:
where five are expected and none is there, chance explains it in fewer than 1 of 100 cases (exp(-5) = 0.7 %)."""
LATER_DEALS = 50
"""With fewer deals opened after the first closing, nothing is known about how long deals take."""
AT_RISK = 20
"""The share closed within d days is read from at least so many deals that were opened d days ago or earlier."""


@dataclass(frozen=True)
class Coverage:
    """What the data say about themselves as of a day.

    `reach` is the first and last day of each table with days, `last` never after `as_of`. `facts` are counts by name.
    `cut_off` is the first day of closed deals where earlier ones are missing, else None; `missing` how many of the
    `opened_before` deals should have closed by then.
    """

    as_of: dt.date
    tables: frozenset[str]
    reach: dict[str, tuple[dt.date, dt.date]]
    facts: dict[str, int]
    cut_off: dt.date | None = None
    missing: float = 0.0
    opened_before: int = 0
    longest_won_cycle: int | None = None
    open_longer: int = 0

    @property
    def first(self) -> dt.date:
        """The first day of any table."""
        return min(first for first, _ in self.reach.values())

    @property
    def last(self) -> dt.date:
        """The last day of any table, `as_of` at the latest."""
        return max(last for _, last in self.reach.values())

    def lacks(self, formula: formulas.Formula) -> str:
        """Why a measure is not computable with these data, or "" where it is."""
        if formula.shape == "snapshot" and formula.unit == "money" and self.facts.get("opportunities"):
            worthless = self.facts["open_now"] and not self.facts["open_with_amount"]
            if worthless:
                return "no open deal has an amount"
        reason = next((reason for fact, reason in formula.needs if not self.facts.get(fact)), "")
        return reason or ("" if formula.table in self.reach else "nothing in the data says when it happened")


def coverage(engagement: Engagement, *, as_of: dt.date) -> Coverage:
    """What the imported tables hold as of a day, read once for each import and report date.

    Raises NothingImported where no table with days has been imported.
    """
    read = _read(engagement, engines.stamp(engagement), as_of)
    targets = [t for t in engagement.records.current(Target, as_of=as_of).values() if t.measure == "revenue"]
    return Coverage(**{**read.__dict__, "facts": {**read.facts, "targets": len(targets)}})


@functools.lru_cache(maxsize=32)
def _read(engagement: Engagement, _stamp: tuple[tuple[str, int, int], ...], as_of: dt.date) -> Coverage:
    with engines.session(engagement) as engine:
        tables = frozenset(engine.tables)
        reach: dict[str, tuple[dt.date, dt.date]] = {}
        facts: dict[str, int] = {}
        found: dict[str, Any] = {}
        for table, facts_of in (
            ("opportunities", _deal_facts),
            ("activities", _activity_facts),
            ("leads", _lead_facts),
        ):
            if table not in tables:
                continue
            row = engine.run(facts_of(as_of)).iloc[0].to_dict()
            first, last = row.pop("first"), row.pop("last")
            if first is not None and first <= as_of:
                reach[table] = (first, min(last, as_of))
            facts |= {name: int(count or 0) for name, count in row.items()}
            if table == "opportunities" and table in reach:
                found = _cut_off(engine.run(_openings_and_closings(as_of)), as_of)
    if not reach:
        raise NothingImported(
            f"No client data up to {as_of} are in this engagement. Import a CRM export: "
            f'kpi-workshop import "{engagement.folder}" crm PATH'
        )
    return Coverage(as_of=as_of, tables=tables, reach=reach, facts=facts, **found)


def _count(condition: Any) -> Any:
    return condition.fill_null(False).ifelse(1, 0).sum()


def _deal_facts(as_of: dt.date) -> Any:
    import ibis

    deals = formulas.unbound("opportunities")
    day = ibis.literal(as_of)
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
        won_with_amount=_count(won & deals.amount.notnull()),
        won_with_cycle=_count(won & (deals.closed_on >= deals.opened_on)),
        backwards=_count(closed & (deals.closed_on < deals.opened_on)),
        closed_without_day=_count((deals.status != "open") & deals.closed_on.isnull()),
        open_now=_count(known & ~closed),
        open_undated=_count(~dated & ~closed),
        open_with_amount=_count(known & ~closed & deals.amount.notnull()),
    )  # fmt: skip


def _activity_facts(as_of: dt.date) -> Any:
    import ibis

    activities = formulas.unbound("activities")
    known = activities.at.date() <= ibis.literal(as_of)
    kind = activities.type.strip().lower()
    talked = known & activities.is_conversation.fill_null(False)
    counts = {name: _count(known & (kind == name)) for name in ("call", "email", "meeting", "demo")}
    return activities.aggregate(
        first=activities.at.min().date(),
        last=activities.at.max().date(),
        activities=_count(known),
        minutes=_count(known & (kind == "call") & activities.minutes.notnull()),
        flagged=_count(known & activities.is_conversation.notnull()),
        senior=_count(talked & activities.is_senior.notnull()),
        **counts,
    )


def _lead_facts(as_of: dt.date) -> Any:
    import ibis

    leads = formulas.unbound("leads")
    return leads.aggregate(
        first=leads.created_at.min().date(),
        last=leads.created_at.max().date(),
        leads=_count(leads.created_at.date() <= ibis.literal(as_of)),
    )


def _openings_and_closings(as_of: dt.date) -> Any:
    """How many deals were opened on each day and closed, won or not, on each day, as known on the report date."""
    import ibis

    deals = formulas.unbound("opportunities")
    day = ibis.literal(as_of)
    deals = deals.filter(deals.opened_on <= day)
    closed = (deals.status != "open") & (deals.closed_on <= day).fill_null(False)
    deals = deals.filter(closed | (deals.status == "open") | (deals.closed_on > day))
    return (
        deals.mutate(ended_on=closed.ifelse(deals.closed_on, None), won=(closed & (deals.status == "won")).ifelse(1, 0))
        .group_by("opened_on", "ended_on", "won")
        .agg(n=lambda t: t.count())
    )


def _cut_off(found: pd.DataFrame, as_of: dt.date) -> dict[str, Any]:
    """Whether closed deals are missing before the first closed one, told by how fast later deals close.

    For each deal opened before the first closing day F, the share of the deals opened from F on that closed within
    the days it had before F says how likely it was to close earlier; the sum is how many such deals were to be
    expected, and none is there.
    """
    import numpy as np

    opened = found["opened_on"].to_numpy(dtype="datetime64[D]")
    ended = found["ended_on"].to_numpy(dtype="datetime64[D]")
    count = found["n"].to_numpy()
    closed = ~np.isnat(ended)
    length = np.where(closed, (ended - opened).astype(np.int64), np.iinfo(np.int64).max)
    won = closed & (found["won"].to_numpy() == 1)
    told: dict[str, Any] = {}
    if won.any():
        longest = int(length[won].max())
        age = (np.datetime64(as_of) - opened).astype(np.int64)
        told = {"longest_won_cycle": longest, "open_longer": int(count[~closed & (age > longest)].sum())}
    if not closed.any():
        return told
    start = ended[closed].min()
    before, later = opened < start, opened >= start
    if count[later].sum() < LATER_DEALS:
        return told
    had = (start - opened).astype(np.int64) - 1
    observed = (np.datetime64(as_of) - opened).astype(np.int64)
    expected, share = 0.0, 0.0
    for days in np.unique(had[before]):
        watched = later & (observed >= days)
        if (of := count[watched].sum()) >= AT_RISK:
            share = count[watched & (length <= days)].sum() / of
        expected += share * count[before & (had == days)].sum()
    if expected < EXPECTED_EARLIER:
        return told
    return told | {
        "cut_off": start.astype(dt.date), "missing": float(expected), "opened_before": int(count[before].sum()),
    }  # fmt: skip
