"""The engine that comes along: DuckDB over the Parquet files that an import wrote, changing none of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..engagement import Engagement
from . import compiled
from .tables import TABLES

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

IMPORTED = tuple(name for name, table in TABLES.items() if not table.from_records)
"""The tables that an import writes."""


_TYPES = {
    "text": "VARCHAR", "number": "DOUBLE", "integer": "BIGINT", "flag": "BOOLEAN", "day": "DATE", "moment": "TIMESTAMP"
}  # fmt: skip


class Embedded:
    """A DuckDB session of its own for each question; what does not fit into its memory goes below `cache`."""

    def __init__(self, engagement: Engagement) -> None:
        import duckdb

        settings = engagement.settings.engine
        config: dict[str, Any] = {
            "temp_directory": str(engagement.cache / "spilled"),
            # Rows are put in order at the end; keeping an order on the way costs memory.
            "preserve_insertion_order": False,
        }
        config |= {"memory_limit": settings.memory} if settings.memory else {}
        config |= {"threads": settings.threads} if settings.threads else {}
        self._db = duckdb.connect(config=config)
        self._cache = engagement.cache
        # Asked once: a newer import that is put in place meanwhile leaves this folder as it is.
        folder = engagement.tables
        columns = _columns(folder)
        self.tables = set(columns)
        for name, there in sorted(columns.items()):
            file = str(folder / f"{name}.parquet").replace("'", "''")
            # An import by an earlier version knew fewer columns.
            lacking = [column for column in TABLES[name].columns if column.name not in there]
            empty = "".join(f', NULL::{_TYPES[column.type]} AS "{column.name}"' for column in lacking)
            self._db.execute(f"CREATE VIEW {name} AS SELECT *{empty} FROM read_parquet('{file}')")

    def give(self, name: str, rows: pa.Table) -> None:
        """Let expressions use `rows` as the table `name`."""
        self._db.register(name, rows)

    def run(self, expression: Any) -> pd.DataFrame:
        """The rows of an Ibis expression over unbound tables."""
        return self._rows(compiled.of(expression))

    def ask(self, build: Callable[..., Any], *args: Any, **named: Any) -> pd.DataFrame:
        """The rows of the expression that `build` returns for these arguments, compiled once for each engagement."""
        return self._rows(compiled.sql(self._cache, build, *args, **named))

    def close(self) -> None:
        """End the session."""
        self._db.close()

    def _rows(self, query: str) -> pd.DataFrame:
        return self._db.execute(query).to_arrow_table().to_pandas(date_as_object=True)


def filled(folder: Path) -> set[str]:
    """The imported tables in `folder` that hold at least one row."""
    return set(_columns(folder))


def _columns(folder: Path) -> dict[str, set[str]]:
    """The columns of each imported table in `folder` that holds at least one row."""
    import pyarrow.parquet as pq

    files = {name: folder / f"{name}.parquet" for name in IMPORTED}
    read = {name: pq.read_metadata(file) for name, file in files.items() if file.is_file()}
    return {name: set(found.schema.names) for name, found in read.items() if found.num_rows}
