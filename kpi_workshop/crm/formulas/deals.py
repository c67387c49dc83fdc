"""Deals and customers with the stretch of days in which they are there: what snapshots are built from."""

from __future__ import annotations

from typing import Any

from ..attribution import BEGINNING, END
from .base import ends, unbound


def lives() -> Any:
    """Each deal with the stretch in which it was open: from its opening until the day before its closing.

    `open_from` is the beginning of time where the opening is not known, `open_until` the end of it while open.
    """
    import ibis

    deals = unbound("opportunities")
    still_open = deals.status == "open"
    return deals.mutate(
        open_from=deals.opened_on.coalesce(ibis.literal(BEGINNING)),
        open_until=still_open.ifelse(ibis.literal(END), deals.closed_on),
    )


def open_at_ends() -> Any:
    """The deals open at each snapshot, with the columns of both.

    A deal without an opening day is open in the last snapshot only: when it came in is not known.
    """
    deals, days = lives(), ends()
    rows = deals.join(days, [deals.open_from <= days.snapshot_on, deals.open_until > days.snapshot_on])
    return rows.filter(rows.opened_on.notnull() | rows.is_last)


def customers_until() -> Any:
    """The customers with the last day on which each is one, the end of time where it is not known (`until`)."""
    import ibis

    customers = unbound("customers")
    return customers.mutate(until=customers.ended_on.coalesce(ibis.literal(END)))
