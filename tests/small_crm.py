"""A few deals, activities, seats and targets written by hand into an engagement, as an import would leave them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from kpi_workshop.crm.tables import TABLES
from kpi_workshop.engagement import Engagement
from kpi_workshop.kinds import Seat, Target
from kpi_workshop.records import ALWAYS

D = dt.date


def write(engagement: Engagement, table: str, rows: Iterable[dict[str, Any]]) -> None:
    """Write a canonical table; columns that a row leaves out are empty, and keys are numbered where they are."""
    schema = TABLES[table].schema
    key = TABLES[table].key[0]
    filled = [
        {name: row.get(name) for name in schema.names} | {key: row.get(key, f"{i}")} for i, row in enumerate(rows)
    ]
    engagement.tables.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(filled, schema=schema), engagement.tables / f"{table}.parquet")


def deal(
    seller: str,
    opened: dt.date | None,
    closed: dt.date | None = None,
    status: str = "open",
    amount: float | None = None,
) -> dict[str, Any]:
    """One opportunity."""
    return {"seller": seller, "opened_on": opened, "closed_on": closed, "status": status, "amount": amount}


def won(seller: str, closed: dt.date | None, amount: float | None = 100.0, *, days: int = 10) -> dict[str, Any]:
    """A deal won on a day, `days` after it was opened."""
    return deal(seller, closed - dt.timedelta(days=days) if closed else None, closed, "won", amount)


def lost(seller: str, closed: dt.date | None, *, days: int = 10) -> dict[str, Any]:
    """A deal lost on a day, `days` after it was opened."""
    return deal(seller, closed - dt.timedelta(days=days) if closed else None, closed, "lost")


def seat(engagement: Engagement, *seats: Seat) -> None:
    """Record seats as an import does: they hold from the beginning."""
    engagement.records.save_all(
        [(f"{s.person}|{s.team}|{s.valid_from or ''}|{s.role}", s) for s in seats], effective=ALWAYS
    )


def target(engagement: Engagement, *targets: Target) -> None:
    """Record targets as an import does."""
    engagement.records.save_all(
        [(f"{t.owner_is}|{t.owner}|{t.measure}|{t.period_from}", t) for t in targets], effective=ALWAYS
    )


def quota(owner: str, first: dt.date, last: dt.date, value: float, *, owner_is: str = "seller") -> Target:
    """A revenue target."""
    return Target(owner_is=owner_is, owner=owner, measure="revenue", period_from=first, period_to=last, value=value)  # type: ignore[arg-type]
