"""The engine that computes: DuckDB over the engagement's tables, through Ibis; only results leave it."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..engagement import Engagement
from ..kinds import Person, Record, Seat, Target
from .tables import TABLES

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

IMPORTED = tuple(name for name, table in TABLES.items() if not table.from_records)
"""The tables that an import writes."""

DAYS: dict[str, tuple[str, ...]] = {
    "opportunities": ("opened_on", "closed_on"),
    "activities": ("at",),
    "leads": ("created_at",),
}
"""The columns that say when something happened, by which the data's first and last day are told."""

_FROM_RECORDS: dict[str, type[Record]] = {"people": Person, "seats": Seat, "targets": Target}


class Engine:
    """A DuckDB session that sees the imported tables as they lie on disk and changes none of them."""

    def __init__(self, engagement: Engagement) -> None:
        import ibis

        self._backend = ibis.duckdb.connect()
        # Asked once: a newer import that is put in place meanwhile leaves this folder as it is.
        folder = engagement.tables
        self.tables = _imported(folder)
        for name in sorted(self.tables):
            file = str(folder / f"{name}.parquet").replace("'", "''")
            self._backend.con.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet('{file}')")

    def give(self, name: str, rows: pa.Table) -> None:
        """Let expressions use `rows` as the table `name`."""
        self._backend.con.register(name, rows)

    def run(self, expression: Any) -> pd.DataFrame:
        """The rows of an Ibis expression over unbound tables."""
        rows = self._backend.con.execute(str(self._backend.compile(expression))).to_arrow_table()
        return rows.to_pandas(date_as_object=True)

    def close(self) -> None:
        """End the session."""
        self._backend.disconnect()


@contextlib.contextmanager
def session(engagement: Engagement) -> Iterator[Engine]:
    """An engine for as long as the block lasts."""
    engine = Engine(engagement)
    try:
        yield engine
    finally:
        engine.close()


def tables_present(engagement: Engagement) -> set[str]:
    """The canonical tables that hold at least one row: imported ones, and those projected from the records."""
    known = {name for name, model in _FROM_RECORDS.items() if engagement.records.current(model)}
    return _imported(engagement.tables) | known


def last_day(engagement: Engagement) -> dt.date | None:
    """The last day, today at the latest, on which the imported data say that something happened; None without data."""
    return last_day_in(engagement.tables)


def last_day_in(folder: Path) -> dt.date | None:
    """The last day of the tables in `folder`, today at the latest; None without any."""
    import duckdb

    present = _imported(folder)
    found = []
    with duckdb.connect() as db:
        for table in sorted(present & set(DAYS)):
            for column in DAYS[table]:
                query = f'SELECT max("{column}"::DATE) FROM read_parquet(?) WHERE "{column}"::DATE <= ?'
                row = db.execute(query, [str(folder / f"{table}.parquet"), dt.date.today()]).fetchone()
                found.append(row[0] if row else None)
    return max((day for day in found if day), default=None)


def stamp(engagement: Engagement) -> tuple[tuple[str, int, int], ...]:
    """What changes whenever an import wrote the tables anew: name, size and time of each file."""
    folder = engagement.tables
    files = [(name, folder / f"{name}.parquet") for name in IMPORTED]
    states = [(name, file.stat()) for name, file in files if file.is_file()]
    return tuple((name, state.st_size, state.st_mtime_ns) for name, state in states)


def _imported(folder: Path) -> set[str]:
    import pyarrow.parquet as pq

    files = [(name, folder / f"{name}.parquet") for name in IMPORTED]
    return {name for name, file in files if file.is_file() and pq.read_metadata(file).num_rows}
