"""What selling cost: the costs that lie wholly within a period, never split and never guessed."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from .calendar import Period
from .formulas import plain, unbound

if TYPE_CHECKING:
    from .engines import Engine

NO_TEAM = "costs are known for the organisation only"
BEYOND = "costs that reach beyond this period are never split"
KINDS = ("sales", "marketing")
"""Both must be there: what one of them spent alone is not what a customer cost."""

Spent = list[tuple[dt.date, dt.date, str, float]]


def spent(engine: Engine) -> Spent:
    """The costs of each stretch of days and kind: first day, last day, kind in lower case, amount."""
    found = engine.ask(_amounts)
    return list(found[["period_from", "period_to", "kind", "amount"]].itertuples(index=False, name=None))


def within(spent: Spent, period: Period) -> tuple[float | None, str]:
    """What was spent in a period, or None and the reason.

    Costs count where they lie wholly in the period and cover all its days, for sales as for marketing; one row may be
    for both.

    >>> march = Period(dt.date(2017, 3, 1), dt.date(2017, 3, 31))
    >>> within([(march.start, march.end, "sales and marketing", 50.0)], march)
    (50.0, '')
    >>> within([(march.start, march.end, "sales", 50.0)], march)
    (None, 'no marketing costs are known for this period')
    """
    mine = [row for row in spent if row[0] <= period.end and period.start <= row[1]]
    if any(first < period.start or last > period.end for first, last, *_ in mine):
        return None, BEYOND
    for kind in KINDS:
        stretches = sorted((first, last) for first, last, name, _ in mine if kind in name)
        if not stretches:
            return None, f"no {kind} costs are known for this period"
        day = period.start
        for first, last in stretches:
            if first <= day <= last:
                day = last + dt.timedelta(days=1)
        if day <= period.end:
            return None, f"the {kind} costs cover only part of this period"
    return sum(amount for *_, amount in mine), ""


def _amounts() -> Any:
    costs = unbound("costs")
    kind = plain(costs.kind)
    return costs.group_by("period_from", "period_to", kind=kind).agg(amount=costs.amount.cast("float64").sum())
