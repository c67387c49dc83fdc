"""Timestamps with a zone in a client's own engine, told by the clock of the seller they belong to.

An import puts such moments on the seller's clock once; tables that lie elsewhere are read so each time.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..engagement import Engagement
from ..kinds import Person
from .tables import TABLES

if TYPE_CHECKING:
    import ibis.expr.types as ir

SPARK = ("pyspark", "databricks")
BY_DEAL = ("stage_changes", "topics")
"""Tables without a seller: the owner of the deal says whose clock it is."""


@dataclass(frozen=True)
class Clocks:
    """The business's time zone, and the zones of sellers who work in another one with the names they go by."""

    business: str
    others: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @classmethod
    def of(cls, engagement: Engagement) -> Clocks:
        """The clocks of an engagement's people, as an import goes by them."""
        business = engagement.settings.calendar.time_zone
        names: dict[str, list[str]] = {}
        for person in engagement.records.current(Person).values():
            if person.time_zone and person.time_zone != business:
                called = (person.person, person.name, *person.also_known_as)
                names.setdefault(person.time_zone, []).extend(dict.fromkeys(called))
        return cls(business, tuple((zone, tuple(sorted(called))) for zone, called in sorted(names.items())))


def told(name: str, tables: dict[str, ir.Table], zoned: Collection[str], clocks: Clocks, engine: str) -> ir.Table:
    """The canonical table `name` of `tables`, its `zoned` days and moments by the clock; `engine` is one of `ENGINES`.

    Moments of sellers whose zone is known are on their clock, those of a deal on its owner's, all others on that of
    the business.
    """
    import ibis

    table = tables[name]
    if not zoned:
        return table
    seller: Any = None
    if clocks.others and "seller" in table.columns:
        seller = table["seller"]
    elif clocks.others and name in BY_DEAL and "opportunities" in tables:
        owners = tables["opportunities"].select(deal_of="opportunity_id", owner_of_deal="seller")
        table = table.left_join(owners, table["opportunity_id"] == owners["deal_of"])
        seller = table["owner_of_deal"]

    def by_the_clock(column: Any) -> Any:
        usual = _local(column, clocks.business, engine)
        if seller is None:
            return usual
        known = [(seller.isin(called), _local(column, zone, engine)) for zone, called in clocks.others]
        return ibis.cases(*known, else_=usual)

    kept = {column: table[column] for column in tables[name].columns}
    return table.select(**kept | {column: by_the_clock(kept[column]) for column in zoned})


def with_zone(name: str, table: ir.Table, backend: Any) -> tuple[str, ...]:
    """The days and moments of a canonical table that carry a zone: instants, whatever a clock showed."""
    schema = table.schema()
    wanted = [column.name for column in TABLES[name].columns if column.type in ("day", "moment")]
    times = [column for column in wanted if column in schema and schema[column].is_timestamp()]
    if times and backend.name in SPARK:
        # Ibis tells Spark's instants and its clock times apart in nothing.
        kinds = backend.to_pyarrow(table.limit(1).select(**{column: _kind(table[column]) for column in times}))
        return tuple(column for column in times if kinds[column].to_pylist() == ["timestamp"])
    return tuple(column for column in times if schema[column].timezone)


def _kind(column: Any) -> Any:
    import ibis
    import ibis.expr.datatypes as dt

    def typeof(column: Any) -> Any: ...

    return ibis.udf.scalar.builtin(typeof, name="typeof", signature=((dt.Timestamp(),), dt.string))(column)


_CALLS = {
    "duckdb": "timezone", "postgres": "timezone", "pyspark": "from_utc_timestamp", "databricks": "from_utc_timestamp",
    "snowflake": "convert_timezone", "trino": "at_timezone", "bigquery": "datetime",
}  # fmt: skip
_ZONE_FIRST = ("timezone", "convert_timezone")

ENGINES = tuple(_CALLS)
"""The backends that can tell a moment by the clock of a zone."""


def _local(moment: Any, zone: str, engine: str) -> Any:
    """What the clock showed in `zone`; each engine has a function of its own for it, Ibis none."""
    import ibis
    import ibis.expr.datatypes as dt

    call, zoned = _CALLS[engine], dt.Timestamp(timezone="UTC")
    # Snowflake and Trino give a moment that still carries the zone: a cast takes it off and leaves the clock.
    given = zoned if call in ("convert_timezone", "at_timezone") else dt.Timestamp()
    kinds = (dt.string, zoned) if call in _ZONE_FIRST else (zoned, dt.string)

    def function(first: Any, second: Any) -> Any: ...

    ask = ibis.udf.scalar.builtin(function, name=call, signature=(kinds, given))
    said = ask(zone, moment) if call in _ZONE_FIRST else ask(moment, zone)
    return said.cast(dt.Timestamp()) if given is zoned else said
