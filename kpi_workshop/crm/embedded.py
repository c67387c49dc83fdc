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
        self.tables = filled(folder)
        for name in sorted(self.tables):
            file = str(folder / f"{name}.parquet").replace("'", "''")
            self._db.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet('{file}')")

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
    import pyarrow.parquet as pq

    files = [(name, folder / f"{name}.parquet") for name in IMPORTED]
    return {name for name, file in files if file.is_file() and pq.read_metadata(file).num_rows}
