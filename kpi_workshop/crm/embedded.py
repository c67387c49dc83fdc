"""The engine that comes along: DuckDB over the Parquet files that an import wrote, changing none of them."""

from __future__ import annotations

import contextlib
import functools
import json
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..engagement import Engagement
from ..errors import WorkshopError, in_a_shell, listed
from ..kinds import CRM, Import
from . import compiled
from .tables import PLAIN, TABLES

if TYPE_CHECKING:
    import duckdb
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
    """DuckDB with views of its own for each question; what does not fit into its memory goes below `cache`."""

    def __init__(self, engagement: Engagement) -> None:
        settings = engagement.settings.engine
        self._memory = settings.memory
        shared = _database(os.getpid(), str(engagement.cache / "spilled"), settings.memory, settings.threads)
        self._db = shared.cursor()
        self.cache = engagement.cache
        # Asked once: a newer import that is put in place meanwhile leaves this folder as it is.
        folder = engagement.tables
        files = _read(folder)
        self.tables = set(files)
        self.rows = {name: found.num_rows for name, found in files.items()}
        self._stamp = stamp(folder)
        _complete(engagement, folder, self._stamp)
        self._views: dict[str, str] = {}
        self._opened: list[Path] = []
        self._files = {name: folder / f"{name}.parquet" for name in files}
        for name, found in files.items():
            added = ", ".join(["*", *_empty(name, found), *_plain(name, found)])
            self._views[name] = (
                f"CREATE TEMP VIEW {name} AS SELECT {added} FROM read_parquet({_text(str(self._files[name]))})"
            )

    def give(self, name: str, rows: pa.Table) -> None:
        """Let expressions use `rows` as the table `name`."""
        self._db.register(name, rows)

    def run(self, expression: Any) -> pd.DataFrame:
        """The rows of an Ibis expression over unbound tables."""
        return self.rows_of(compiled.of(expression))

    def ask(self, build: Callable[..., Any], *args: Any, **named: Any) -> pd.DataFrame:
        """The rows of the expression that `build` returns for these arguments, compiled once for each engagement."""
        return self.rows_of(compiled.sql(self.cache, build, *args, **named))

    def has_atoms(self, measure: str) -> bool:
        """True where a measure's sums by seller and day are at hand, so that its table need not be read again."""
        from . import atoms

        return atoms.at_hand(self, measure, self._stamp)

    def see(self, name: str, file: Path) -> None:
        """Let expressions use a Parquet file as the table `name`."""
        self._files[name] = file
        self._views[name] = f"CREATE TEMP VIEW {name} AS SELECT * FROM read_parquet({_text(str(file))})"

    def write(self, query: str, file: Path) -> bool:
        """Write the rows of a query as a Parquet file, whole or not at all; False where there is no room for it."""
        import duckdb

        making = file.with_suffix(f".{os.getpid()}")
        try:
            self._open(query)
            self._db.execute(f"COPY ({query}) TO {_text(str(making))} (FORMAT parquet)")
            making.chmod(0o600)
            making.replace(file)
        except (duckdb.IOException, OSError):
            making.unlink(missing_ok=True)
            return False
        return True

    def close(self) -> None:
        """End the session."""
        self._db.close()

    def rows_of(self, query: str) -> pd.DataFrame:
        """The rows of a query in DuckDB's SQL."""
        import pyarrow as pa

        with explained(self._opened, memory=self._memory):
            self._open(query)
            rows = self._db.execute(query).to_arrow_table()
        # Sums of whole numbers come as wide decimals, one Python object each.
        whole = [
            pa.field(f.name, pa.int64()) if pa.types.is_decimal(f.type) and not f.type.scale else f for f in rows.schema
        ]
        return rows.cast(pa.schema(whole)).to_pandas(date_as_object=True)

    def _open(self, query: str) -> None:
        """Open the files that a query asks for, and only these: the footers of large ones are long."""
        for name in [name for name in self._views if f'"{name}"' in query]:
            self._opened.append(self._files[name])
            self._db.execute(self._views.pop(name))


@contextlib.contextmanager
def explained(files: Sequence[Path], *, memory: str = "") -> Iterator[None]:
    """Say in one plain sentence what DuckDB meets that a person can mend: one of these files, or too little memory."""
    import duckdb

    try:
        yield
    except duckdb.OutOfMemoryException:
        allowed = f"the {memory} that engagement.toml allows" if memory else "the memory of this machine"
        raise WorkshopError(
            f"The tables do not fit into {allowed}, not even with what was put on the disk meanwhile. "
            'Allow more in the section [engine], such as memory = "1GB".'
        ) from None
    except duckdb.Error:
        if problems := [problem for file in files if (problem := _unreadable(file))]:
            raise WorkshopError(listed(problems) if len(problems) > 1 else problems[0]) from None
        raise


def filled(folder: Path) -> set[str]:
    """The imported tables in `folder` that hold at least one row."""
    return set(_read(folder))


def stamp(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """The imported tables in `folder`, each with the size and the time of its file."""
    files = [(name, folder / f"{name}.parquet") for name in IMPORTED]
    states = [(name, file.stat()) for name, file in files if file.is_file()]
    return tuple((name, state.st_size, state.st_mtime_ns) for name, state in states)


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
    read, problems = {}, []
    for name, file in files.items():
        try:
            read[name] = pq.read_metadata(file)
        except FileNotFoundError:
            continue
        except (OSError, ValueError):
            problems.append(_damaged(file))
    if problems:
        raise WorkshopError(listed(problems) if len(problems) > 1 else problems[0])
    return {name: found for name, found in read.items() if found.num_rows}


@functools.lru_cache(maxsize=8)
def _database(_process: int, spills_to: str, memory: str, threads: int) -> duckdb.DuckDBPyConnection:
    """An empty DuckDB that the questions of one process share: starting one costs as much as a small question."""
    import duckdb

    config: dict[str, Any] = {
        "temp_directory": spills_to,
        # Rows are put in order at the end; keeping an order on the way costs memory.
        "preserve_insertion_order": False,
        "enable_external_file_cache": False,
    }
    config |= {"memory_limit": memory} if memory else {}
    config |= {"threads": threads} if threads else {}
    return duckdb.connect(config=config)


@functools.lru_cache(maxsize=64)
def _complete(engagement: Engagement, folder: Path, _stamp: object) -> None:
    """Refuse tables of which the last import wrote one that is no longer there."""
    last = engagement.records.get(Import, CRM)
    if last is None or last.folder != folder.name:
        return
    gone = [
        f"'{name}.parquet'" for name, rows in last.rows.items() if rows and not (folder / f"{name}.parquet").is_file()
    ]
    if gone:
        raise WorkshopError(
            f"{' and '.join(gone)} of the last import {'is' if len(gone) == 1 else 'are'} no longer in {folder}. "
            f"Import the export again: kpi-workshop import {in_a_shell(engagement.folder)} crm PATH"
        )


def _unreadable(file: Path) -> str:
    """What is wrong with a Parquet file, read through; "" where nothing is."""
    import pyarrow.parquet as pq

    if not file.is_file():
        return f"'{file}' was removed while it was being read. Ask again."
    try:
        for _ in pq.ParquetFile(file).iter_batches():
            pass
    except (OSError, ValueError):
        return _damaged(file)
    return ""


def _damaged(file: Path) -> str:
    again = " and import the export again" if file.stem in IMPORTED else ""
    return f"'{file}' is damaged and cannot be read. Remove it{again}."


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
