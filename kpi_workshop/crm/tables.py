"""The canonical tables: every client's exports are turned into these, and every measure is defined on these.

`people`, `seats` and `targets` have one truth, the records; the others are Parquet files that an import writes.
Days are calendar days and moments are wall-clock times: in the time zone of the seller where it is known, else in the
engagement's business time zone (`sources.zones`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pyarrow as pa

ColumnType = Literal["text", "number", "integer", "flag", "day", "moment"]

ARROW: dict[str, pa.DataType] = {
    "text": pa.string(),
    "number": pa.float64(),
    "integer": pa.int64(),
    "flag": pa.bool_(),
    "day": pa.date32(),
    "moment": pa.timestamp("us"),
}

STATUSES = ("open", "won", "lost")
"""What `opportunities.status` may hold."""


@dataclass(frozen=True)
class Column:
    """A column of a canonical table. `needed`: a mapping must fill it; `filled`: no row may leave it empty."""

    name: str
    type: ColumnType
    says: str
    needed: bool = False
    filled: bool = False


@dataclass(frozen=True)
class Table:
    """A canonical table: its key identifies a row."""

    name: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    from_records: bool = False

    def column(self, name: str) -> Column:
        """The column of this name; KeyError where there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    @property
    def schema(self) -> pa.Schema:
        """Its Arrow schema; imported tables end with where each row came from."""
        fields = [pa.field(c.name, ARROW[c.type]) for c in self.columns]
        if not self.from_records:
            fields += [pa.field("source_file", pa.string()), pa.field("source_row", pa.int64())]
        return pa.schema(fields)


def _table(name: str, key: str, *columns: Column, from_records: bool = False) -> Table:
    return Table(name, tuple(key.split()), columns, from_records)


_PEOPLE = _table(
    "people",
    "person",
    Column("person", "text", "The id or name by which exports know the person", needed=True, filled=True),
    Column("name", "text", "The name as people say it"),
    Column("title", "text", "Job title"),
    Column("time_zone", "text", "Where they work, such as America/New_York; empty: the business time zone"),
    from_records=True,
)
_SEATS = _table(
    "seats",
    "person team valid_from",
    Column("person", "text", "Who sits in the seat", needed=True, filled=True),
    Column("team", "text", "The team", needed=True, filled=True),
    Column("role", "text", "seller, manager or executive"),
    Column("manager", "text", "Whom they report to"),
    Column("valid_from", "day", "First day; empty: from the beginning"),
    Column("valid_to", "day", "Last day, inclusive; empty: still there"),
    from_records=True,
)
_TARGETS = _table(
    "targets",
    "owner_is owner measure period_from",
    Column("owner_is", "text", "seller or team", needed=True, filled=True),
    Column("owner", "text", "The person's id or the team", needed=True, filled=True),
    Column("measure", "text", "The catalogue id of the measure the target is set for", needed=True, filled=True),
    Column("period_from", "day", "First day", needed=True, filled=True),
    Column("period_to", "day", "Last day, inclusive", needed=True, filled=True),
    Column("value", "number", "The target", needed=True, filled=True),
    from_records=True,
)
_ACCOUNTS = _table(
    "accounts",
    "account_id",
    Column("account_id", "text", "Its id or name in the CRM", needed=True, filled=True),
    Column("name", "text", "Name"),
    Column("industry", "text", "Industry"),
    Column("employees", "number", "Number of employees"),
    Column("revenue", "number", "Yearly revenue"),
    Column("country", "text", "Country"),
)
_LEADS = _table(
    "leads",
    "lead_id",
    Column("lead_id", "text", "Its id or name in the CRM", needed=True, filled=True),
    Column("seller", "text", "Who works the lead"),
    Column("created_at", "moment", "When it came in", needed=True),
    Column("source", "text", "Where it came from"),
    Column("status", "text", "As the client names it"),
    Column("converted_on", "day", "When it became an opportunity"),
    Column("opportunity_id", "text", "The opportunity it became"),
    Column("account_id", "text", "Its account"),
)
_OPPORTUNITIES = _table(
    "opportunities",
    "opportunity_id",
    Column("opportunity_id", "text", "Its id or name in the CRM", needed=True, filled=True),
    Column("name", "text", "Name"),
    Column("account_id", "text", "Its account"),
    Column("seller", "text", "Who owns it", needed=True, filled=True),
    Column("lead_id", "text", "The lead it came from"),
    Column("product", "text", "Product"),
    Column("source", "text", "Where it came from"),
    Column("stage", "text", "The stage it is in, as the client names it"),
    Column("status", "text", "open, won or lost", needed=True, filled=True),
    Column("opened_on", "day", "The day it was opened; empty: the client's data do not say"),
    Column("closed_on", "day", "The day it was won or lost; empty while open"),
    Column("expected_close_on", "day", "When it is expected to close"),
    Column("amount", "number", "Worth in the engagement's currency"),
    Column("list_amount", "number", "Worth at list prices, before any discount"),
)
_STAGE_CHANGES = _table(
    "stage_changes",
    "opportunity_id changed_at to_stage",
    Column("opportunity_id", "text", "The opportunity", needed=True, filled=True),
    Column("changed_at", "moment", "When it moved", needed=True, filled=True),
    Column("from_stage", "text", "The stage it left; empty: it was opened"),
    Column("to_stage", "text", "The stage it entered", needed=True, filled=True),
)
_ACTIVITIES = _table(
    "activities",
    "activity_id",
    Column("activity_id", "text", "Its id or name in the CRM", needed=True, filled=True),
    Column("seller", "text", "Who did it", needed=True, filled=True),
    Column("type", "text", "call, email, meeting, demo, task or as the client names it", needed=True, filled=True),
    Column("at", "moment", "When it took place", needed=True, filled=True),
    Column("opportunity_id", "text", "The opportunity it belongs to"),
    Column("lead_id", "text", "The lead it belongs to"),
    Column("account_id", "text", "The account it belongs to"),
    Column("subject", "text", "What it was about"),
    Column("direction", "text", "outbound or inbound"),
    Column("minutes", "number", "How long it took"),
    Column("is_conversation", "flag", "A person was reached and talked with"),
    Column("is_senior", "flag", "The other side was a vice president or above"),
    Column("contact_id", "text", "The person of the other side"),
)
_TOPICS = _table(
    "topics",
    "opportunity_id topic",
    Column("opportunity_id", "text", "The opportunity", needed=True, filled=True),
    Column("topic", "text", "Such as budget, authority, need, timeframe", needed=True, filled=True),
    Column("confirmed_on", "day", "When it was learned; empty: not known"),
)
_COSTS = _table(
    "costs",
    "period_from kind",
    Column("period_from", "day", "First day", needed=True, filled=True),
    Column("period_to", "day", "Last day, inclusive", needed=True, filled=True),
    Column("kind", "text", "sales or marketing", needed=True, filled=True),
    Column("amount", "number", "Cost in the engagement's currency", needed=True, filled=True),
)
_CUSTOMERS = _table(
    "customers",
    "customer_id",
    Column("customer_id", "text", "Its id or name in the CRM", needed=True, filled=True),
    Column("account_id", "text", "Its account"),
    Column("seller", "text", "Who looks after it"),
    Column("started_on", "day", "First day as a customer", needed=True, filled=True),
    Column("ended_on", "day", "Last day as a customer; empty: still one"),
    Column("yearly_value", "number", "Yearly revenue"),
    Column("yearly_margin", "number", "What is left of it each year after the cost of serving the customer"),
)

PLAIN: dict[str, dict[str, str]] = {"activities": {"kind": "type", "way": "direction"}}
"""Columns that every engine adds to a table: its texts as they are compared, in lower case, without spaces around."""

TABLES: dict[str, Table] = {
    t.name: t
    for t in (
        _PEOPLE,
        _SEATS,
        _TARGETS,
        _ACCOUNTS,
        _LEADS,
        _OPPORTUNITIES,
        _STAGE_CHANGES,
        _ACTIVITIES,
        _TOPICS,
        _COSTS,
        _CUSTOMERS,
    )
}

NOUNS: dict[str, tuple[str, str]] = {
    "opportunities": ("deal", "deals"),
    "activities": ("activity", "activities"),
    "leads": ("lead", "leads"),
    "stage_changes": ("stage change", "stage changes"),
    "topics": ("topic", "topics"),
    "customers": ("customer", "customers"),
    "costs": ("cost", "costs"),
    "accounts": ("account", "accounts"),
}
"""What one row of a table is called, and several."""
