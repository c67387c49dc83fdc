"""The engine that comes along: DuckDB over the Parquet files that an import wrote, changing none of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..engagement import Engagement
from . import compiled
from .tables import PLAIN, TABLES

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa
    from pyarrow.parquet import FileMetaData

IMPORTED = tuple(name for name, table in TABLES.items() if not table.from_records)
"""The tables that an import writes."""


_SPELLED = "spelled"
_FEW = 200
_SPACES = r"E' \t\n\r\x0B\f'"
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
        files = _read(folder)
        self.tables = set(files)
        self._views = {}
        for name, found in files.items():
            file = str(folder / f"{name}.parquet").replace("'", "''")
            added = ", ".join(["*", *_empty(name, found), *_plain(name, found)])
            self._views[name] = f"CREATE VIEW {name} AS SELECT {added} FROM read_parquet('{file}')"

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
        # A file is opened only where a query asks for it: the footers of large ones are long.
        for name in [name for name in self._views if f'"{name}"' in query]:
            self._db.execute(self._views.pop(name))
        return self._db.execute(query).to_arrow_table().to_pandas(date_as_object=True)


def filled(folder: Path) -> set[str]:
    """The imported tables in `folder` that hold at least one row."""
    return set(_read(folder))


def spelled(name: str, table: pa.Table) -> pa.Table:
    """The same table with a note to the file of how the texts are spelled that are compared in lower case."""
    import pyarrow.compute as pc

    found = {column: pc.unique(table[column]).to_pylist() for column in PLAIN.get(name, {}).values()}
    few = {column: sorted(filter(None, words)) for column, words in found.items() if len(words) <= _FEW}
    return table.replace_schema_metadata({_SPELLED: json.dumps(few)}) if few else table


def _read(folder: Path) -> dict[str, FileMetaData]:
    """What the file of each imported table that holds at least one row says of itself."""
    import pyarrow.parquet as pq

    files = {name: folder / f"{name}.parquet" for name in IMPORTED}
    read = {name: pq.read_metadata(file) for name, file in files.items() if file.is_file()}
    return {name: found for name, found in read.items() if found.num_rows}


def _empty(name: str, found: FileMetaData) -> list[str]:
    """Columns that an import by an earlier version did not know."""
    there = set(found.schema.names)
    lacking = [column for column in TABLES[name].columns if column.name not in there]
    return [f'NULL::{_TYPES[column.type]} AS "{column.name}"' for column in lacking]


def _plain(name: str, found: FileMetaData) -> list[str]:
    """The texts in lower case: told word by word where all spellings are known, which spares work on every row."""
    words = json.loads((found.metadata or {}).get(_SPELLED.encode(), b"{}"))
    columns = []
    for new, given in PLAIN.get(name, {}).items():
        if given not in words:
            columns.append(f'lower(trim("{given}", {_SPACES})) AS {new}')
            continue
        other = [(word, word.strip().lower()) for word in words[given] if word != word.strip().lower()]
        cases = " ".join(f"WHEN {_text(word)} THEN {_text(plain)}" for word, plain in other)
        columns.append((f'CASE "{given}" {cases} ELSE "{given}" END' if cases else f'"{given}"') + f" AS {new}")
    return columns


def _text(word: str) -> str:
    return "'" + word.replace("'", "''") + "'"
