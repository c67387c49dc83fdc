"""Where the numbers are computed: in DuckDB on the imported tables, or in the engine that engagement.toml names."""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from ..engagement import Engagement
from ..errors import WorkshopError
from ..kinds import CRM, Import, Person, Record, Seat, Target
from . import embedded, learned

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

DAYS: dict[str, tuple[str, ...]] = {
    "opportunities": ("opened_on", "closed_on"),
    "activities": ("at",),
    "leads": ("created_at",),
}
"""The columns that say when something happened, by which the data's first and last day are told."""

T = TypeVar("T")

_TURNS = 3
_FROM_RECORDS: dict[str, type[Record]] = {"people": Person, "seats": Seat, "targets": Target}


class Engine(Protocol):
    """What computes: expressions go in, added-up rows come out; the tables stay where they are."""

    tables: set[str]
    """The canonical tables that hold rows."""

    def give(self, name: str, rows: pa.Table) -> None:
        """Let expressions use the few `rows` as the table `name`."""

    def run(self, expression: Any) -> pd.DataFrame:
        """The rows of an Ibis expression over unbound tables."""

    def ask(self, build: Callable[..., Any], *args: Any, **named: Any) -> pd.DataFrame:
        """The rows of the expression that `build` returns for these arguments, where possible compiled only once.

        The arguments must tell all that the expression depends on, and show it in their `repr`.
        """

    def has_atoms(self, measure: str) -> bool:
        """True where a measure's sums by seller and day are at hand, so that its table need not be read again."""

    def close(self) -> None:
        """End the session."""


@contextlib.contextmanager
def session(engagement: Engagement) -> Iterator[Engine]:
    """An engine for as long as the block lasts."""
    engine = _engine(engagement)
    try:
        yield engine
    finally:
        engine.close()


def tables_present(engagement: Engagement) -> set[str]:
    """The canonical tables that hold at least one row: imported ones, and those projected from the records."""
    known = {name for name, model in _FROM_RECORDS.items() if engagement.records.current(model)}
    if engagement.settings.engine.is_elsewhere:
        with session(engagement) as engine:
            return engine.tables | known
    return embedded.filled(engagement.tables) | known


def last_day(engagement: Engagement) -> dt.date | None:
    """The last day, today at the latest, on which the data say that something happened; None without data."""
    return _last_day(engagement, stamp(engagement), dt.date.today())


def last_day_in(folder: Path) -> dt.date | None:
    """The last day of the tables in `folder`, today at the latest; None without any."""
    import duckdb

    present = embedded.filled(folder)
    found = []
    with duckdb.connect() as db:
        for table in sorted(present & set(DAYS)):
            for column in DAYS[table]:
                query = f'SELECT max("{column}"::DATE) FROM read_parquet(?) WHERE "{column}"::DATE <= ?'
                file = folder / f"{table}.parquet"
                with embedded.explained([file]):
                    row = db.execute(query, [str(file), dt.date.today()]).fetchone()
                found.append(row[0] if row else None)
    return max((day for day in found if day), default=None)


def of_one_import(engagement: Engagement, work: Callable[[], T]) -> T:
    """What `work` returns, from the tables and the org chart of one import: worked out anew where a newer one came.

    An import puts new tables and a new org chart in place at one moment, which may lie in the middle of a question.
    """
    unchanged = _mark(engagement)
    try:
        found = work()
    except WorkshopError:
        if _mark(engagement) == unchanged:
            raise
    else:
        if _mark(engagement) == unchanged:
            return found
    for _ in range(_TURNS):
        before, refused = import_number(engagement), None
        try:
            found = work()
        except WorkshopError as error:
            refused = error
        if import_number(engagement) != before:
            continue
        if refused:
            raise refused
        return found
    raise WorkshopError("One import after another was put in place while this was worked out. Ask again after them.")


def _mark(engagement: Engagement) -> tuple[tuple[int, int], ...]:
    """What stays the same while nobody writes to the records, told without opening them."""
    file = engagement.records.file
    states = [part.stat() for part in (file, file.with_name(f"{file.name}-wal")) if part.is_file()]
    return tuple((state.st_size, state.st_mtime_ns) for state in states)


def import_number(engagement: Engagement) -> int:
    """The number of the import whose tables count; 0 without any."""
    last = engagement.records.get(Import, CRM)
    return last.number if last else 0


def stamp(engagement: Engagement) -> learned.Stamp:
    """The tables that are there, each with what changes when it does: size and time of its file.

    Of a table elsewhere nothing is known but the minute in which it was last looked at.
    """
    if engagement.settings.engine.is_elsewhere:
        from . import warehouse

        there = warehouse.connected(engagement)
        return tuple((name, 0, int(there.asked_at)) for name in sorted(there.tables))
    return embedded.stamp(engagement.tables)


def _engine(engagement: Engagement) -> Engine:
    if engagement.settings.engine.is_elsewhere:
        from . import warehouse

        return warehouse.Session(engagement)
    return embedded.Embedded(engagement)


@functools.lru_cache(maxsize=32)
def _last_day(engagement: Engagement, stamp: learned.Stamp, today: dt.date) -> dt.date | None:
    if not engagement.settings.engine.is_elsewhere:
        what = f"last-day-{today}"
        return learned.kept(engagement, stamp, what, dt.date | None, lambda: last_day_in(engagement.tables))
    with session(engagement) as engine:
        found = [
            engine.ask(_latest, table, column, today).iloc[0, 0]
            for table in sorted(engine.tables & set(DAYS))
            for column in DAYS[table]
        ]
    return max((day for day in found if day), default=None)


def _latest(table: str, column: str, today: dt.date) -> Any:
    import ibis

    from .formulas import unbound

    day = unbound(table)[column].cast("date")
    return day.max(where=day <= ibis.literal(today)).name("day").as_table()
