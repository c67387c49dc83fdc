"""Changing what a store holds for good, in every byte, and the notes it keeps about itself: for custody alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from . import database
from .errors import WorkshopError
from .records import Store

_TABLES = ("records", "undated")
_NOT_WIPED = "not wiped"


def rewrite(store: Store, change: Callable[[str, str, Any], Any]) -> int:
    """Change or erase versions of a store, all of it or nothing; returns how many versions were changed or erased.

    `change` is given kind, key and content of each version, and returns the content to keep, or None to have the
    version gone. It is committed at once; what it stood in is gone for good after `wipe`, which is called at the end.
    """
    if not store.file.is_file():
        return 0
    count = 0
    with store._writing() as db:
        for trigger in database.NEVER_CHANGED:
            db.execute(f"DROP TRIGGER IF EXISTS {trigger}")
        for table in _TABLES:
            for row in db.execute(f"SELECT kind, key, version, data FROM {table}").fetchall():
                where = (row["kind"], row["key"], row["version"])
                content = json.loads(row["data"])
                kept = change(row["kind"], row["key"], content)
                if kept is None:
                    db.execute(f"DELETE FROM {table} WHERE kind = ? AND key = ? AND version = ?", where)
                elif kept != content:
                    text = json.dumps(kept, ensure_ascii=False)
                    db.execute(
                        f"UPDATE {table} SET data = ? WHERE kind = ? AND key = ? AND version = ?", (text, *where)
                    )
                count += kept != content
        for trigger in database.NEVER_CHANGED.values():
            db.execute(trigger)
        db.execute("INSERT OR REPLACE INTO marks VALUES (?, 'yes')", (_NOT_WIPED,))
        store._mark(db)
    wipe(store)
    return count


def is_wiped(store: Store) -> bool:
    """False where something was erased and the bytes it stood in may still be there: a killed `rewrite`."""
    with store._reading() as db:
        return not (db and db.execute("SELECT 1 FROM marks WHERE name = ?", (_NOT_WIPED,)).fetchone())


def wipe(store: Store) -> None:
    """Write the file of a store anew and empty its log, so that no byte tells what was erased.

    Refused while others keep the file open: what was erased is out of the records, and its bytes may still be there.
    """
    if not store.file.is_file():
        return
    with store._reading() as db:
        if db and not database.wipe(db):
            raise WorkshopError(
                f"{store.file} is open elsewhere, so bytes of what was purged may still stand in it. Close the "
                "notebooks and the app, then give the same command again."
            )
    with store._writing() as db:
        db.execute("DELETE FROM marks WHERE name = ?", (_NOT_WIPED,))


def notes(store: Store, beginning: str) -> list[str]:
    """Notes about the store itself that begin so, such as where its backups are."""
    with store._reading() as db:
        rows = db.execute("SELECT name FROM marks ORDER BY name").fetchall() if db else []
    return [row["name"] for row in rows if row["name"].startswith(beginning)]


def note(store: Store, words: str) -> None:
    """Leave a note about the store itself."""
    with store._writing() as db:
        db.execute("INSERT OR REPLACE INTO marks VALUES (?, 'yes')", (words,))
