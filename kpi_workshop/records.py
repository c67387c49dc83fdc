"""The versioned store of what people entered and decided: append-only, typed, safe for several kernels at once.

Nothing is ever changed or deleted in place. A correction is a new version, a removal is a withdrawn version and
an undo is a version equal to the one before. `effective` is the day from which a version holds, `at` the moment it
was recorded: a report on an old date reads by the first, an auditor by the second.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import json
import secrets
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pydantic

from . import database
from .errors import WorkshopError
from .kinds import KINDS, SCHEMA_VERSION, Record
from .versions import Conflict, R, Version

ALWAYS = database.ALWAYS
"""The effective day of what holds from the beginning, such as an org chart imported without dates."""

_PATIENCE = 2.0
"""Seconds a person waits for others to close the file, so that it can be written in the order of its keys."""


class ChangedMeanwhile(WorkshopError):
    """Somebody else saved records of these kinds since they were read; nothing was saved."""


def new_id() -> str:
    """A random key that says nothing about who, when or in which order."""
    return secrets.token_hex(8)


class Store:
    """The records in one file. Reading an absent file finds nothing and makes nothing."""

    def __init__(self, file: Path, *, private: bool = False) -> None:
        self.file = Path(file)
        self.private = private
        self._known: dict[Any, tuple[str, dict[str, Any]]] = {}
        self._expected: tuple[str, tuple[type[Record], ...]] | None = None

    def __repr__(self) -> str:
        return f"Store({self.file.name!r})"

    # Writing

    def save(
        self,
        record: Record,
        key: str,
        *,
        effective: dt.date | None = None,
        by: str = "",
        expects: int | None = None,
    ) -> int:
        """Record a version and return its number once it is safely on disk.

        Content equal to the current version adds none. With `expects`, the version the person was looking at
        (0: none), a newer one in the store raises `Conflict` and saves nothing.
        """
        return self.save_all([(key, record)], effective=effective, by=by, expects=expects)[0]

    def save_all(
        self,
        entries: Iterable[tuple[str, Record]],
        *,
        without: Iterable[tuple[type[Record], str]] = (),
        effective: dt.date | None = None,
        by: str = "",
        expects: int | None = None,
    ) -> list[int]:
        """Record many versions, all of them or none, and return their numbers.

        `without` names records to take out in the same step; those that are not there are passed over. All of them
        carry the same moment, by which one action is told from the next (changes.py).
        """
        gone = [(self._kind(model), key) for model, key in without]
        rows = [(self._kind(type(record)), key, record) for key, record in entries]
        since = effective or dt.date.today()
        numbers, at = [], _now()
        with self._writing() as db:
            for kind, key, record in rows:
                if not key:
                    raise WorkshopError(f"A {kind} needs a name.")
                data = record.model_dump_json()
                latest = self._latest(db, kind, key)
                number = latest["version"] if latest else 0
                if expects is not None and number != expects and latest:
                    theirs = self._version(type(record), latest)
                    raise Conflict(
                        f"'{key}' was changed meanwhile{f' by {theirs.by}' if theirs.by else ''}. "
                        "Both versions are shown; nothing was overwritten.",
                        theirs,
                        record,
                    )
                if not (latest and _says_the_same(latest, data, since)):
                    number += 1
                    self._append(db, kind, key, number, data, since, by, at=at, withdrawn=False)
                numbers.append(number)
            for kind, key in gone:
                latest = self._latest(db, kind, key)
                if latest and not latest["withdrawn"]:
                    number = latest["version"] + 1
                    self._append(db, kind, key, number, latest["data"], since, by, at=at, withdrawn=True)
        self._unlink([kind for kind, _, _ in rows] + [kind for kind, _ in gone])
        return numbers

    def withdraw(self, model: type[Record], key: str, *, effective: dt.date | None = None, by: str = "") -> int:
        """Take a record out from `effective` on (default today); its history stays. Absent records are refused."""
        kind = self._kind(model)
        with self._writing() as db:
            latest = self._latest(db, kind, key)
            if latest is None or latest["withdrawn"]:
                raise WorkshopError(f"There is no {kind} '{key}' to remove.")
            number = latest["version"] + 1
            since = effective or max(dt.date.today(), dt.date.fromisoformat(latest["effective"]))
            self._append(db, kind, key, number, latest["data"], since, by, at=_now(), withdrawn=True)
        self._unlink({kind})
        return number

    def undo(self, model: type[Record], key: str, *, by: str = "") -> int:
        """Bring back what the record was before its latest version, as a new version."""
        kind = self._kind(model)
        with self._writing() as db:
            rows = self._rows(db, kind, key=key)
            if not rows:
                raise WorkshopError(f"There is nothing to undo for '{key}'.")
            before = rows[-2] if len(rows) > 1 else None
            source = before or rows[-1]
            since = dt.date.fromisoformat(rows[-1]["effective"])
            withdrawn = before is None or bool(before["withdrawn"])
            number = rows[-1]["version"] + 1
            self._append(db, kind, key, number, source["data"], since, by, at=_now(), withdrawn=withdrawn)
        self._unlink({kind})
        return number

    @contextlib.contextmanager
    def unless_changed(self, since: str, *models: type[Record]) -> Iterator[None]:
        """Let the first saving in this block happen only where nobody else saved such records since `state` said so.

        Otherwise it raises `ChangedMeanwhile` and saves nothing. Looking and saving are one step: between the two
        nobody can come.
        """
        self._expected = (since, models)
        try:
            yield
        finally:
            self._expected = None

    # Reading

    def current(
        self, model: type[R], *, as_of: dt.date | None = None, known_on: dt.datetime | None = None
    ) -> dict[str, R]:
        """The records of one kind by key, in the order they were first entered.

        `as_of` leaves out what holds only later; `known_on` leaves out what was recorded only later.
        """
        asked, state = (model, as_of, known_on), self._state()
        told = self._known.get(asked)
        if told is None or told[0] != state:
            chosen = self._chosen(model, as_of=as_of, known_on=known_on)
            told = self._known[asked] = (state, {v.key: v.record for v in chosen if not v.withdrawn})
        return dict(told[1])

    def get(
        self, model: type[R], key: str, *, as_of: dt.date | None = None, known_on: dt.datetime | None = None
    ) -> R | None:
        """One record, or None where there is none."""
        chosen = self._chosen(model, as_of=as_of, known_on=known_on, key=key)
        return chosen[0].record if chosen and not chosen[0].withdrawn else None

    def history(self, model: type[R], key: str) -> list[Version[R]]:
        """All versions of one record, oldest first, withdrawn ones included."""
        with self._reading() as db:
            return [self._version(model, row) for row in self._rows(db, self._kind(model), key=key)] if db else []

    def version(self, model: type[Record], key: str) -> int:
        """The number of the latest version, 0 where there is none: what `save` takes as `expects`."""
        with self._reading() as db:
            latest = self._latest(db, self._kind(model), key) if db else None
        return latest["version"] if latest else 0

    def state(self, *models: type[Record]) -> str:
        """What changes with every saving of such records: what `unless_changed` compares."""
        with self._reading() as db:
            return self._state_of(db, models) if db else " ".join("[]" if m.undated else "None" for m in models)

    def last_saved(self, *models: type[Record]) -> dt.datetime | None:
        """When anything, or anything of these kinds, was last recorded here (UTC); of undated kinds nobody knows."""
        kinds = [self._kind(model) for model in models or KINDS.values() if models or model.private == self.private]
        marks = ", ".join("?" for _ in kinds)
        with self._reading() as db:
            query = f"SELECT max(at) AS at FROM records WHERE kind IN ({marks})"
            row = db.execute(query, kinds).fetchone() if db else None
        return dt.datetime.fromisoformat(row["at"]) if row and row["at"] else None

    def fingerprint(self, *, as_of: dt.date | None = None) -> str:
        """SHA-256 over the content of every record that holds on `as_of`: equal content, equal fingerprint."""
        digest = hashlib.sha256()
        for kind in sorted(KINDS):
            model = KINDS[kind]
            if model.private == self.private:
                for key, record in sorted(self.current(model, as_of=as_of).items()):
                    line = json.dumps([kind, key, record.model_dump(mode="json")], sort_keys=True)
                    digest.update(line.encode() + b"\n")
        return digest.hexdigest()

    def export(self) -> Iterator[dict[str, Any]]:
        """Every version as a plain dict, sorted by kind, key and version: for diffs and backups."""
        rows: list[sqlite3.Row] = []
        with self._reading() as db:
            for kind in sorted(KINDS):
                if db is None:
                    break
                rows += db.execute(f"{self._rows_of(kind)} ORDER BY key, version", (kind,)).fetchall()
        for row in rows:
            yield {
                "kind": row["kind"], "key": row["key"], "version": row["version"], "data": json.loads(row["data"]),
                "effective": row["effective"], "at": row["at"], "by": row["by"], "withdrawn": bool(row["withdrawn"]),
            }  # fmt: skip

    # Inside

    def _state(self) -> str:
        """What changes with every entry: entries are only ever added, but for undated ones, which leave a mark."""
        query = (
            "SELECT (SELECT max(seq) || ' ' || max(at) FROM records) AS dated, "
            "(SELECT mark FROM marks WHERE name = 'state') AS undated"
        )
        with self._reading() as db:
            row = db.execute(query).fetchone() if db else None
        return f"{row['dated'] or ''} {row['undated'] or ''}" if row else "none"

    @staticmethod
    def _state_of(db: sqlite3.Connection, models: tuple[type[Record], ...]) -> str:
        parts = []
        for model in models:
            if model.undated:
                query = "SELECT key, version FROM undated WHERE kind = ? ORDER BY key, version"
                parts.append(repr([tuple(row) for row in db.execute(query, (model.kind,))]))
            else:
                query = "SELECT max(seq) FROM records WHERE kind = ?"
                parts.append(str(db.execute(query, (model.kind,)).fetchone()[0]))
        return " ".join(parts)

    @staticmethod
    def _mark(db: sqlite3.Connection) -> None:
        db.execute("INSERT OR REPLACE INTO marks VALUES ('state', lower(hex(randomblob(8))))")

    def _unlink(self, kinds: Iterable[str]) -> None:
        """Leave no trace in the file of which undated records were saved together, as far as others let it be."""
        if any(KINDS[kind].undated for kind in kinds):
            with self._reading() as db:
                if db:
                    database.wipe(db, patience=_PATIENCE)

    def _kind(self, model: type[Record]) -> str:
        if model.private != self.private:
            place = "private" if model.private else "shared"
            raise TypeError(f"a {model.kind} belongs in the {place} store, not in {self.file.name}")
        return model.kind

    def _chosen(
        self,
        model: type[R],
        *,
        as_of: dt.date | None,
        known_on: dt.datetime | None,
        key: str | None = None,
    ) -> list[Version[R]]:
        with self._reading() as db:
            rows = self._rows(db, self._kind(model), key=key) if db else []
        latest: dict[str, sqlite3.Row] = {}
        for row in rows:
            if as_of and row["effective"] > as_of.isoformat():
                continue
            if known_on and dt.datetime.fromisoformat(row["at"]) > known_on:
                continue
            latest[row["key"]] = row
        order = {row["key"]: i for i, row in reversed(list(enumerate(rows)))}
        return [self._version(model, latest[k]) for k in sorted(latest, key=order.__getitem__)]

    def _version(self, model: type[R], row: sqlite3.Row) -> Version[R]:
        if row["schema"] > SCHEMA_VERSION:
            raise WorkshopError(
                f"{self.file} was written by a newer kpi-workshop than this one. Upgrade kpi-workshop to open it."
            )
        try:
            record = model.model_validate_json(row["data"])
        except pydantic.ValidationError as error:
            raise WorkshopError(
                f"{self.file}: the {model.kind} '{row['key']}' (version {row['version']}) cannot be read: "
                f"{error.errors()[0]['msg']}. Restore the file from a backup."
            ) from None
        return Version(
            key=row["key"], version=row["version"], record=record, by=row["by"], withdrawn=bool(row["withdrawn"]),
            effective=dt.date.fromisoformat(row["effective"]), at=dt.datetime.fromisoformat(row["at"]),
        )  # fmt: skip

    @staticmethod
    def _rows_of(kind: str) -> str:
        return database.UNDATED if KINDS[kind].undated else database.DATED

    @classmethod
    def _rows(cls, db: sqlite3.Connection, kind: str, *, key: str | None = None) -> list[sqlite3.Row]:
        order = "key, version" if KINDS[kind].undated else "seq"
        if key is None:
            return db.execute(f"{cls._rows_of(kind)} ORDER BY {order}", (kind,)).fetchall()
        return db.execute(f"{cls._rows_of(kind)} AND key = ? ORDER BY {order}", (kind, key)).fetchall()

    @classmethod
    def _latest(cls, db: sqlite3.Connection, kind: str, key: str) -> sqlite3.Row | None:
        query = f"{cls._rows_of(kind)} AND key = ? ORDER BY version DESC LIMIT 1"
        return db.execute(query, (kind, key)).fetchone()

    @staticmethod
    def _append(
        db: sqlite3.Connection,
        kind: str,
        key: str,
        number: int,
        data: str,
        effective: dt.date,
        by: str,
        *,
        at: str,
        withdrawn: bool,
    ) -> None:
        if KINDS[kind].undated:
            if withdrawn:  # what was taken out together would stand together: nothing of it is kept
                db.execute("DELETE FROM undated WHERE kind = ? AND key = ?", (kind, key))
            else:
                db.execute("INSERT INTO undated VALUES (?, ?, ?, ?, ?)", (kind, key, number, data, SCHEMA_VERSION))
            Store._mark(db)
            return
        db.execute(
            "INSERT INTO records (kind, key, version, data, schema, effective, at, by, withdrawn) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (kind, key, number, data, SCHEMA_VERSION, effective.isoformat(), at, by, int(withdrawn)),
        )

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        db = database.connect(self.file)
        try:
            db.execute("BEGIN IMMEDIATE")
            expected, self._expected = self._expected, None
            if expected and self._state_of(db, expected[1]) != expected[0]:
                raise ChangedMeanwhile("This was changed elsewhere since you opened it. Nothing was overwritten.")
            yield db
            db.execute("COMMIT")
        except BaseException as error:
            with contextlib.suppress(sqlite3.DatabaseError):
                if db.in_transaction:
                    db.execute("ROLLBACK")
            if type(error) in database.OF_THE_FILE:
                raise database.told(self.file, error) from None
            raise
        finally:
            db.close()

    @contextlib.contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection | None]:
        if not self.file.is_file():
            yield None
            return
        db = database.connect(self.file)
        try:
            yield db
        except sqlite3.DatabaseError as error:
            raise database.told(self.file, error) from None
        finally:
            db.close()


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="microseconds")


def _says_the_same(latest: sqlite3.Row, data: str, since: dt.date) -> bool:
    return (
        not latest["withdrawn"]
        and latest["effective"] <= since.isoformat()
        and json.loads(latest["data"]) == json.loads(data)
    )
