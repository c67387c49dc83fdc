"""The engine of the client's own: a PostgreSQL, a Spark or any other that Ibis speaks to, named by URL.

The canonical tables lie there already, as tables or views with the columns of tables.py; nothing of them is copied.
Calendars and seats travel to the engine as temporary tables, and only added-up rows come back.
"""

from __future__ import annotations

import contextlib
import functools
import os
import re
import time
import urllib.parse
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from ..engagement import SETTINGS_FILE, Engagement, Engine
from ..errors import WorkshopError, listed
from . import clocks
from .embedded import IMPORTED
from .formulas import plain
from .tables import PLAIN, TABLES, Table

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

FRESH = 600
"""For so many seconds what was learned of the tables of a warehouse is not asked again."""


class Session:
    """Questions to the client's engine; the connection outlives it."""

    def __init__(self, engagement: Engagement) -> None:
        self._connected = connected(engagement)
        # Where no table has a zone, nobody needs to ask the records for people's clocks.
        self._clocks = clocks.Clocks.of(engagement) if self._connected.has_zones else clocks.Clocks("UTC")
        self.tables = set(self._connected.tables)
        self._given: dict[str, Any] = {}

    def give(self, name: str, rows: pa.Table) -> None:
        """Let expressions use `rows` as the table `name`."""
        self._given[name] = self._connected.given(rows)

    def run(self, expression: Any) -> pd.DataFrame:
        """The rows of an Ibis expression over unbound tables."""
        import ibis.expr.operations as ops

        op = expression.op()
        swaps = {}
        for table in op.find(ops.UnboundTable):
            given = self._given.get(table.name)
            there = given if given is not None else self._connected.told(table.name, self._clocks)
            swaps[table] = _shaped(there, table.schema).op()
        bound = op.replace(swaps)
        if self._connected.backend.name in clocks.SPARK:
            bound = bound.replace(_trimmed_for_spark)
        return self._connected.backend.to_pyarrow(bound.to_expr()).to_pandas(date_as_object=True)

    def ask(self, build: Callable[..., Any], *args: Any, **named: Any) -> pd.DataFrame:
        """The rows of the expression that `build` returns for these arguments."""
        return self.run(build(*args, **named))

    def has_atoms(self, measure: str) -> bool:
        """Nothing is kept of tables that lie elsewhere."""
        return False

    def close(self) -> None:
        """End the session."""
        self._given.clear()


class Connected:
    """A connection, the canonical tables behind it that hold rows, and what was already sent there."""

    def __init__(self, settings: Engine, url: str) -> None:
        self._settings = settings
        self._said = _Said(url)
        self.backend = _connect(url, self._said)
        self._sent: dict[bytes, Any] = {}
        self.asked_at = time.monotonic()
        self._zoned: dict[str, tuple[str, ...]] = {}
        self.tables = self._find()

    def given(self, rows: pa.Table) -> Any:
        """Small rows as a temporary table; equal rows are sent once."""
        import ibis
        import pyarrow as pa

        with pa.BufferOutputStream() as written:
            with pa.ipc.new_stream(written, rows.schema) as stream:
                stream.write_table(rows.combine_chunks())
            content = written.getvalue().to_pybytes()
        if content not in self._sent:
            self._sent[content] = ibis.memtable(rows)
        return self._sent[content]

    @property
    def has_zones(self) -> bool:
        """Whether any day or moment of the tables carries a zone."""
        return any(self._zoned.values())

    def told(self, name: str, whose: clocks.Clocks) -> Any:
        """A canonical table with its moments by the clock of whoever they belong to."""
        return clocks.told(name, self.tables, self._zoned[name], whose, self.backend.name)

    def _find(self) -> dict[str, Any]:
        place = self._settings.tables_in
        where: Any = tuple(place.split(".")) if "." in place else place or None
        with self._said.while_("listing its tables"):
            there = {name.casefold(): name for name in self.backend.list_tables(database=where)}
        found: dict[str, Any] = {}
        problems: list[str] = []
        for name in IMPORTED:
            called = there.get(f"{self._settings.prefix}{name}".casefold())
            if called is None:
                continue
            with self._said.while_(f"reading '{called}'"):
                table = self.backend.table(called, database=where)
                table = table.rename(str.lower) if any(c != c.lower() for c in table.columns) else table
                lines = _lacking(TABLES[name], called, table.schema())
                problems += lines
                if not lines and len(self.backend.to_pyarrow(table.limit(1))):
                    self._zoned[name] = clocks.with_zone(name, table, self.backend)
                    if self._zoned[name] and self.backend.name not in clocks.ENGINES:
                        problems.append(_no_clock(called, self._zoned[name][0]))
                    texts = {new: text for new, text in PLAIN.get(name, {}).items() if text in table.columns}
                    found[name] = table.mutate(**{new: plain(table[text]) for new, text in texts.items()})
        if problems:
            raise WorkshopError(f"The tables of the engine do not fit:\n{listed(problems)}")
        return found


def connected(engagement: Engagement) -> Connected:
    """The connection that the settings name, made anew where it went stale."""
    settings = engagement.settings.engine
    found = _connected(settings, _url(settings))
    if time.monotonic() - found.asked_at > FRESH:
        forget()
        found = _connected(settings, _url(settings))
    return found


def forget() -> None:
    """Let go of every connection; the next question makes a new one."""
    _connected.cache_clear()


@functools.lru_cache(maxsize=4)
def _connected(settings: Engine, url: str) -> Connected:
    return Connected(settings, url)


def _url(settings: Engine) -> str:
    def value(name: str, *, whole: bool = False) -> str:
        if not (found := os.environ.get(name)):
            raise WorkshopError(f"{SETTINGS_FILE} names the environment variable '{name}', which is not set.")
        return found if whole else urllib.parse.quote(found, safe="")

    if settings.url_from:
        return value(settings.url_from, whole=True)
    return re.sub(r"\$\{(\w+)\}", lambda match: value(match[1]), settings.url)


class _Said:
    """What an engine answers when it refuses, without what is secret in its URL."""

    def __init__(self, url: str) -> None:
        parts = urllib.parse.urlsplit(url)
        given = [parts.password or "", *(value for _, value in urllib.parse.parse_qsl(parts.query))]
        self.scheme = parts.scheme
        self._secrets = [url, *(word for text in given if text for word in (text, urllib.parse.unquote(text)))]

    @contextlib.contextmanager
    def while_(self, doing: str) -> Iterator[None]:
        """Say in one plain sentence what went wrong in the block."""
        try:
            yield
        except (WorkshopError, ImportError):
            raise
        except Exception as error:
            said = next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
            for secret in self._secrets:
                said = said.replace(secret, "…")
            raise WorkshopError(f"The engine '{self.scheme}' refused {doing}: {said}") from None


def _connect(url: str, said: _Said) -> Any:
    import ibis

    try:
        with said.while_("the connection"):
            return ibis.connect(url)
    except ImportError as error:
        raise WorkshopError(
            f"The engine '{said.scheme}' needs a package that is not installed ({error.name or error}). "
            f"Install it with: pip install 'ibis-framework[{said.scheme}]'"
        ) from None


def _lacking(table: Table, called: str, schema: Any) -> list[str]:
    lines = []
    for column in table.columns:
        if column.name not in schema:
            if column.needed:
                lines.append(f"'{called}' has no column '{column.name}' ({column.says}).")
        elif column.type == "moment" and schema[column.name].is_string():
            lines.append(
                f"'{called}.{column.name}' is text. Give a view that makes a timestamp of it, or a timestamptz."
            )
    return lines


def _no_clock(called: str, column: str) -> str:
    return (
        f"'{called}.{column}' has a time zone, which this engine cannot tell by a clock. Give a view with the clock of "
        "the business's time zone, without a zone."
    )


def _trimmed_for_spark(node: Any, changed: dict[str, Any] | None) -> Any:
    """Trimming as a regular expression: Spark reads the characters that Ibis would trim, \\v among them, as letters."""
    import ibis.expr.operations as ops

    if isinstance(node, ops.Strip):
        text = (changed or {}).get("arg", node.arg)
        return ops.RegexReplace(text, "^[ \t\r\n]+|[ \t\r\n]+$", "")
    return node.__recreate__(changed) if changed else node


def _shaped(there: Any, schema: Any) -> Any:
    """The table with exactly these columns and types, what is not there empty."""
    import ibis

    columns = {
        name: there[name].cast(kind) if name in there.columns else ibis.null(kind) for name, kind in schema.items()
    }
    return there.select(**columns)
