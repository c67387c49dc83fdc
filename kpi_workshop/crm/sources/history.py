"""What earlier imports said: changed and vanished rows are kept with each import, so that nothing is restated unseen.

An import that differs from the one before keeps, for each table, the rows that changed or vanished as they were and
the keys that are new (`crm/tables/history/<import>/<table>.parquet`). From these and the tables of today follows what
any import said.
"""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...engagement import Engagement
from ...kinds import CRM, Import
from ...numbers import counted, spoken_day
from ...versions import Version
from ..tables import NOUNS, TABLES, Table

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

COLUMNS = ("table", "key", "column", "before", "after", "imported_at")
ROW = "row"
"""What stands as the column where a whole row vanished or came late; before or after is then the day of the row."""

WORDS = {"seller": "owner", "closed_on": "closing day", "opened_on": "opening day", "at": "time"}

CLOSED_BEFORE = "status <> 'open'"
STAYED_CLOSED = "status <> 'open' AND after_status <> 'open'"
GIVEN = '"{column}" IS NOT NULL'

PAST: dict[str, dict[str, str]] = {
    "opportunities": {
        "status": CLOSED_BEFORE,
        "closed_on": f"({STAYED_CLOSED}) OR (status = 'open' AND after_closed_on < known_to)",
        "amount": STAYED_CLOSED,
        "seller": STAYED_CLOSED,
        "opened_on": GIVEN,
    },
    "activities": dict.fromkeys(("at", "type", "seller", "direction", "minutes", "is_conversation", "is_senior"), ""),
    "leads": {"created_at": "", "source": "", "seller": "", "converted_on": GIVEN, "opportunity_id": GIVEN},
    "stage_changes": {"from_stage": ""},
    "topics": {"confirmed_on": GIVEN},
    "customers": {"started_on": "", "ended_on": GIVEN, "yearly_value": ""},
    "costs": {"period_to": "", "amount": ""},
}
"""The columns that speak of what is past, and when a change in them restates it. A deal that moves on is no such
change: an open deal may close and change its amount, a closed one may not. `known_to` is the last day of the import
before."""

DAYS: dict[str, tuple[str, ...]] = {
    "opportunities": ("closed_on", "opened_on"),
    "activities": ("at",),
    "leads": ("created_at",),
    "stage_changes": ("changed_at",),
    "topics": ("confirmed_on",),
    "customers": ("started_on",),
    "costs": ("period_from",),
}
"""The columns with the days that a row speaks of, the first filled one counts. A new row that speaks of a day before
the last day of the import before came late."""


@dataclass(frozen=True)
class Difference:
    """How many rows of a table are new, changed and gone, against the `before` many of the import before."""

    before: int = 0
    added: int = 0
    changed: int = 0
    gone: int = 0

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.gone)


def folder(engagement: Engagement, number: int) -> Path:
    """Where what the import of this number changed is kept."""
    return engagement.every_import / "history" / f"{number:04d}"


def imports(engagement: Engagement) -> list[Version[Import]]:
    """Every import that counted, oldest first, with the moment it was done."""
    return engagement.records.history(Import, CRM)


def keep(table: Table, before: Path, after: Path, *, into: Path) -> Difference:
    """Compare two states of a table by its key and keep what the newer one no longer says in `into`.

    Only what the client's columns say counts, not the row of the file a row came from.
    """
    import duckdb

    with duckdb.connect() as db:
        db.execute(f"SET temp_directory = '{_text(after.parent / '.spill')}'")
        for name, file in (("earlier", before), ("later", after)):
            db.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet('{_text(file)}')")
        there = {row[0] for row in db.execute("DESCRIBE earlier").fetchall()}
        key = _names(table.key)
        told = [c.name for c in table.columns if c.name not in table.key and c.name in there]
        differs = " OR ".join(f'e."{name}" IS DISTINCT FROM l."{name}"' for name in told) or "false"
        db.execute(
            f"CREATE TEMP TABLE past AS "
            f"SELECT e.*, 'changed' AS change FROM earlier e JOIN later l USING ({key}) WHERE {differs} "
            f"UNION ALL BY NAME SELECT *, 'gone' AS change FROM earlier ANTI JOIN later USING ({key}) "
            f"UNION ALL BY NAME SELECT {key}, 'added' AS change FROM later ANTI JOIN earlier USING ({key})"
        )
        counts = dict(db.execute("SELECT change, count(*) FROM past GROUP BY change").fetchall())
        many = db.execute("SELECT count(*) FROM earlier").fetchall()[0][0]
        difference = Difference(many, counts.get("added", 0), counts.get("changed", 0), counts.get("gone", 0))
        if difference:
            for place in (into.parent, into):
                place.mkdir(mode=0o700, exist_ok=True)
            file = into / f"{table.name}.parquet"
            db.execute(f"COPY (FROM past ORDER BY change, {key}) TO '{_text(file)}' (FORMAT parquet, COMPRESSION zstd)")
            file.chmod(0o600)
    return difference


def restated(engagement: Engagement, *, since: dt.datetime | None = None) -> pd.DataFrame:
    """What imports after `since` (default: all) said otherwise about the past than the import before each.

    Columns: table; key (several parts joined by " / "); column, or "row" where the whole row vanished or came late;
    before and after as text, None where there was or is nothing (of a row: the day it speaks of); imported_at. What
    restates the past is in `PAST`. One line for each change of each import, in the order of imports, tables and keys.
    """
    return _restated(engagement, since)[list(COLUMNS)]


def told(engagement: Engagement, *, since: dt.datetime | None = None) -> list[str]:
    """What was restated after `since` (default: ever), counted, a sentence each; [] where nothing was."""
    frame = _restated(engagement, since)
    if not len(frame):
        return []
    sentences = []
    for _, rows in frame.groupby([frame["table"], frame.apply(_what, axis=1)], sort=False):
        first = rows.iloc[0]
        many = rows["key"].nunique()
        one, several = NOUNS[first["table"]]
        noun = counted(many, one, plural=several)
        state = first["status_before"]
        if first["column"] in ("amount", "closed_on", "seller") and state in ("won", "lost"):
            noun = noun.replace(" ", f" {state} ", 1)
        what = _what(first).format(is_="is" if many == 1 else "are", was="was" if many == 1 else "were")
        sentences.append(f"{noun} {what}{_in_all(rows)}{_when(rows)}.")
    return sentences


def pushed(engagement: Engagement, *, since: dt.datetime | None = None) -> pd.DataFrame:
    """The open deals whose expected closing day an import moved to a later day.

    Columns: opportunity_id, before, after (days), days (how many later), imported_at; in the order of imports.
    """
    import pandas as pd

    columns = ["opportunity_id", "before", "after", "days", "number", "imported_at"]
    query = (
        "SELECT opportunity_id, expected_close_on, after_expected_close_on, "
        "after_expected_close_on - expected_close_on, number FROM steps "
        "WHERE change = 'changed' AND status = 'open' AND after_expected_close_on > expected_close_on "
        "ORDER BY number, opportunity_id"
    )
    found = _asked(engagement, "opportunities", query, since)
    return pd.DataFrame(found, columns=columns).drop(columns="number")


def as_known(engagement: Engagement, table: str, *, on: dt.datetime) -> pa.Table | None:
    """A table as the import in force at that moment had it, or None where there was none yet."""
    import duckdb
    import pyarrow.parquet as pq

    file = engagement.tables / f"{table}.parquet"
    done = imports(engagement)
    if not file.is_file() or not any(version.at <= on for version in done):
        return None
    key = _names(TABLES[table].key)
    rows = pq.read_table(file)
    with duckdb.connect() as db:
        for version in reversed([version for version in done if version.at > on]):
            past = folder(engagement, version.record.number) / f"{table}.parquet"
            if past.is_file():
                db.register("rows", rows)
                db.execute(f"CREATE OR REPLACE TEMP VIEW past AS SELECT * FROM read_parquet('{_text(past)}')")
                rows = db.execute(
                    f"SELECT * FROM rows ANTI JOIN past USING ({key}) UNION ALL BY NAME "
                    f"SELECT * EXCLUDE change FROM past WHERE change <> 'added' ORDER BY {key}"
                ).to_arrow_table()
    return rows.cast(TABLES[table].schema)


def _restated(engagement: Engagement, since: dt.datetime | None) -> pd.DataFrame:
    """`restated` with what a sentence needs beside it: status before and after, the day, the import's number."""
    import pandas as pd

    found: list[tuple[Any, ...]] = []
    for name in PAST:
        found += _asked(engagement, name, _query(TABLES[name]), since)
    more = ["status_before", "status_after", "day", "number"]
    frame = pd.DataFrame(found, columns=[*COLUMNS[:-1], *more, COLUMNS[-1]], dtype=object)
    return frame.sort_values(["number", "table", "key", "column"], kind="stable", ignore_index=True)


def _what(row: Any) -> str:
    """What happened, as the end of a sentence; changes of one sort have one wording and are counted together."""
    column, before, after = row["column"], row["status_before"], row["status_after"]
    if column == ROW:
        return "{is_} gone from the export" if row["after"] is None else "of earlier days came late"
    if column == "status":
        return "{was} re-opened" if after == "open" else f"went from {before} to {after}"
    if column == "closed_on" and before == "open":
        return "closed on days that the import before knew as over"
    return f"changed {WORDS.get(column, column.replace('_', ' '))}"


def _in_all(rows: pd.DataFrame) -> str:
    """By how much the amounts changed together."""
    if rows["column"].iloc[0] not in ("amount", "yearly_value"):
        return ""
    more = rows["after"].astype(float).fillna(0).sum() - rows["before"].astype(float).fillna(0).sum()
    return f", {abs(more):,.10g} {'more' if more > 0 else 'less'} in all" if more else ""


def _when(rows: pd.DataFrame) -> str:
    days = [day for day in rows["day"] if isinstance(day, dt.date)]
    if not days:
        return ""
    first, last = min(days), max(days)
    return f" ({spoken_day(first)})" if first == last else f" ({spoken_day(first)} to {spoken_day(last)})"


def _query(table: Table) -> str:
    key = "concat_ws(' / ', " + ", ".join(f'"{part}"::VARCHAR' for part in table.key) + ")"
    days = DAYS[table.name]
    day = "coalesce(" + ", ".join(f'"{column}"::DATE' for column in days) + ")"
    after_day = "coalesce(" + ", ".join(f"after_{column}::DATE" for column in days) + ")"
    either = "coalesce(" + ", ".join(f'"{column}"::DATE, after_{column}::DATE' for column in days) + ")"
    late = " OR ".join(f"after_{column}::DATE < known_to" for column in days)
    status = "status, after_status" if table.name == "opportunities" else "NULL, NULL"

    def part(column: str, before: str, after: str, where: str) -> str:
        return (
            f"SELECT '{table.name}', {key}, '{column}', {before}::VARCHAR, {after}::VARCHAR, "
            f"{status}, {either}, number FROM steps WHERE {where}"
        )

    parts = [
        part(ROW, f"coalesce({day}::VARCHAR, 'no day')", "NULL", "change = 'gone'"),
        part(ROW, "NULL", after_day, f"change = 'added' AND ({late})"),
    ]
    for column, when in PAST[table.name].items():
        differs = f'"{column}" IS DISTINCT FROM after_{column}'
        where = f"change = 'changed' AND {differs}" + (f" AND ({when.format(column=column)})" if when else "")
        parts.append(part(column, f'"{column}"', f"after_{column}", where))
    return " UNION ALL ".join(parts)


def _asked(engagement: Engagement, table: str, query: str, since: dt.datetime | None) -> list[tuple[Any, ...]]:
    """The rows a query finds in `steps`: each kept row, what it became (`after_...`) and the import that did it.

    The query ends with the import's number; to each row the moment of that import is added.
    """
    import duckdb
    import pyarrow as pa

    done = imports(engagement)
    kept = {v.record.number: folder(engagement, v.record.number) / f"{table}.parquet" for v in done}
    files = {number: file for number, file in kept.items() if file.is_file()}
    now = engagement.tables / f"{table}.parquet"
    if not files or not now.is_file():
        return []
    definition = TABLES[table]
    key = _names(definition.key)
    afters = ", ".join(f'lead("{c.name}") OVER in_time AS after_{c.name}' for c in definition.columns)
    pieces = ["SELECT *, NULL::VARCHAR AS change, 0 AS number FROM nothing"]
    pieces += [f"SELECT *, {number} AS number FROM read_parquet('{_text(file)}')" for number, file in files.items()]
    known = {
        v.record.number: (v.at, before.record.last_day)
        for before, v in itertools.pairwise(done)
        if since is None or v.at > since
    }
    if not known:
        return []
    days = pa.table({"number": list(known), "known_to": pa.array([day for _, day in known.values()], pa.date32())})
    with duckdb.connect() as db:
        db.register("known", days)
        # With it every column is there, also where what was kept is older than a column of today.
        db.register("nothing", definition.schema.empty_table())
        db.execute(f"CREATE TEMP VIEW past AS {' UNION ALL BY NAME '.join(pieces)}")
        db.execute(
            f"CREATE TEMP VIEW steps AS SELECT t.*, known.known_to FROM (SELECT *, {afters} FROM ("
            f"SELECT * FROM past UNION ALL BY NAME SELECT *, 'now' AS change, 9223372036854775807 AS number "
            f"FROM read_parquet('{_text(now)}') SEMI JOIN past USING ({key})) "
            f"WINDOW in_time AS (PARTITION BY {key} ORDER BY number)) t JOIN known USING (number)"
        )
        return [(*row, known[row[-1]][0]) for row in db.execute(query).fetchall()]


def _names(columns: tuple[str, ...]) -> str:
    return ", ".join(f'"{column}"' for column in columns)


def _text(file: Path) -> str:
    return str(file).replace("'", "''")
