"""The floor: the twelve measures as a careful analyst would write them in DuckDB SQL, straight on the Parquet files."""

from __future__ import annotations

import duckdb

from kpi_workshop.engagement import Engagement
from kpi_workshop.kinds import Seat

from .generate import LAST

_CLOSED = """
SELECT team, date_trunc('week', closed_on)::DATE AS week, {value} AS value
FROM opportunities JOIN seats ON seller = person AND closed_on BETWEEN valid_from AND valid_to
WHERE {where} AND closed_on <= DATE '{as_of}' GROUP BY ALL
"""
_OPENED = """
SELECT team, date_trunc('week', opened_on)::DATE AS week, {value} AS value
FROM opportunities JOIN seats ON seller = person AND opened_on BETWEEN valid_from AND valid_to
WHERE opened_on <= DATE '{as_of}' GROUP BY ALL
"""
_OPEN = """
SELECT team, date_trunc('week', day)::DATE AS week, sum(amount) AS value
FROM opportunities
JOIN (SELECT least(d::DATE + 6, DATE '{as_of}')::DATE AS day
      FROM generate_series(DATE '{first}', DATE '{as_of}', INTERVAL 7 DAY) AS g(d))
  ON opened_on <= day AND coalesce(closed_on, DATE '2999-12-31') > day
JOIN seats ON seller = person AND day BETWEEN valid_from AND valid_to GROUP BY ALL
"""
_DONE = """
SELECT team, date_trunc('week', "at")::DATE AS week, {value} AS value
FROM activities JOIN seats ON seller = person AND "at"::DATE BETWEEN valid_from AND valid_to
WHERE {where} AND "at" < DATE '{as_of}' + 1 GROUP BY ALL
"""
_OURS = "direction IS DISTINCT FROM 'inbound'"

QUERIES: dict[str, str] = {
    "revenue": _CLOSED.replace("{value}", "sum(amount)").replace("{where}", "status = 'won'"),
    "deals_closed": _CLOSED.replace("{value}", "count(*)").replace("{where}", "status = 'won'"),
    "win_rate": _CLOSED.replace("{value}", "avg((status = 'won')::INT)").replace("{where}", "status <> 'open'"),
    "average_deal_size": _CLOSED.replace("{value}", "avg(amount)").replace("{where}", "status = 'won'"),
    "sales_cycle_length": _CLOSED.replace("{value}", "avg(closed_on - opened_on)").replace(
        "{where}", "status = 'won' AND closed_on >= opened_on"
    ),
    "open_pipeline": _OPEN,
    "opportunities_opened": _OPENED.replace("{value}", "count(*)"),
    "calls_made": _DONE.replace("{value}", "count(*)").replace("{where}", f"type = 'call' AND {_OURS}"),
    "emails_sent": _DONE.replace("{value}", "count(*)").replace("{where}", f"type = 'email' AND {_OURS}"),
    "meetings_held": _DONE.replace("{value}", "count(*)").replace("{where}", "type = 'meeting'"),
    "conversations": _DONE.replace("{value}", "count(*)").replace("{where}", "is_conversation"),
    "talk_time": _DONE.replace("{value}", "sum(minutes)").replace("{where}", "type = 'call'"),
}
"""The twelve most used measures, by their catalogue ids."""


def connect(engagement: Engagement, *, memory: str = "", threads: int = 2) -> duckdb.DuckDBPyConnection:
    """A DuckDB session with the tables as views and the seats as a table."""
    import pyarrow as pa

    db = duckdb.connect(config={"threads": threads} | ({"memory_limit": memory} if memory else {}))
    for name in ("opportunities", "activities"):
        db.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet('{engagement.tables / name}.parquet')")
    held = engagement.records.current(Seat, as_of=LAST).values()
    rows = [
        {
            "person": s.person,
            "team": s.team,
            "valid_from": s.valid_from or LAST.replace(year=1900),
            "valid_to": s.valid_to or LAST.replace(year=2999),
        }
        for s in held
    ]
    db.register("given", pa.Table.from_pylist(rows))
    db.execute("CREATE TABLE seats AS FROM given")
    return db


def answer(db: duckdb.DuckDBPyConnection, measure: str) -> list[tuple]:
    """Team, first day of the week, value."""
    first = db.execute("SELECT date_trunc('week', min(opened_on))::DATE FROM opportunities").fetchone()
    return db.execute(QUERIES[measure].format(as_of=LAST, first=first[0] if first else LAST)).fetchall()
