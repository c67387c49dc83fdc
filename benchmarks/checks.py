"""What an import's checks of 10 million activities cost, beside DuckDB reading every cell of them twice.

    python -m benchmarks.checks FOLDER

FOLDER holds an engagement that benchmarks.generate made, of scale 25 or more.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from kpi_workshop import engagement as engagements
from kpi_workshop.crm.sources import checking
from kpi_workshop.crm.sources.problems import Problems
from kpi_workshop.crm.sources.shaped import Shaped
from kpi_workshop.crm.tables import TABLES
from kpi_workshop.engagement import Engagement
from kpi_workshop.kinds import Seat

ROWS = 10_000_000


def scanned(engagement: Engagement) -> float:
    """CPU seconds in which DuckDB reads every cell of the rows once."""
    file = engagement.tables / "activities.parquet"
    with duckdb.connect(config={"threads": 2}) as db:
        before = time.process_time()
        columns = ", ".join(f'max("{column.name}")' for column in TABLES["activities"].columns)
        db.execute(f"SELECT {columns} FROM (SELECT * FROM read_parquet('{file}') LIMIT {ROWS})").fetchall()
        return time.process_time() - before


def checked(engagement: Engagement) -> dict[str, float]:
    """CPU seconds of each check: needed cells, sellers, keys that come twice, links that lead nowhere."""
    with duckdb.connect(config={"threads": 2}) as db:
        read = f"SELECT * FROM read_parquet('{engagement.tables}/{{}}.parquet') LIMIT {ROWS}"
        tables = {name: db.execute(read.format(name)).to_arrow_table() for name in ("activities", "opportunities")}
    schema = TABLES["activities"].schema
    part = Shaped(tables["activities"].cast(schema), ROWS, labels={name: name for name in schema.names})
    held = engagement.records.current(Seat).values()
    names = checking.Names((person, ()) for person in dict.fromkeys(seat.person for seat in held))
    problems = Problems()
    told: dict[str, float] = {}

    def clock(name: str, before: float) -> float:
        told[name] = round(time.process_time() - before, 2)
        return time.process_time()

    now = time.process_time()
    empty = [pc.sum(pc.is_null(part.table[c.name])).as_py() for c in TABLES["activities"].columns if c.filled]
    now = clock("needed cells", now)
    unknown = checking.sellers(part, names, unknown="refuse", problems=problems)
    now = clock("sellers", now)
    whole, _ = checking.merged(TABLES["activities"], [part], problems)
    now = clock("keys", now)
    checking.links({"activities": whole, "opportunities": tables["opportunities"]})
    clock("links", now)
    if any(empty) or unknown or not isinstance(whole, pa.Table) or whole.num_rows != ROWS:
        raise SystemExit("The made data are not what they should be.")
    return told


if __name__ == "__main__":
    opened = engagements.load(Path(sys.argv[1]))
    once = scanned(opened)
    told = checked(opened)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    every = round(sum(told.values()), 2)
    print(json.dumps({"scan": round(once, 2), "checks": told, "all": every, "memory": round(memory)}))
