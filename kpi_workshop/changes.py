"""What was done one action after another, read from the records, and the way back from the last of them.

One action is everything that was recorded in one step, such as a team and the seats that carry its new name. Nothing
is kept beside the records: whoever opens the engagement later, in another browser or after a crash, can take back what
was done last. What an import or the demo brought is not an action of a person and stays.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Collection
from dataclasses import dataclass, field
from itertools import groupby

from .errors import WorkshopError
from .kinds import Record
from .records import Store

NOT_BY_A_PERSON = ("CRM import", "demo")

_Place = tuple[str, str]
_Content = str | None


@dataclass(frozen=True)
class Action:
    """One action: when, and for each record (kind, key) its content before and after, None where there was none."""

    at: str
    changed: dict[_Place, tuple[_Content, _Content]] = field(default_factory=dict)

    @property
    def moment(self) -> dt.datetime:
        """When it was recorded."""
        return dt.datetime.fromisoformat(self.at)

    def undoes(self, other: Action) -> bool:
        """Whether it is the way back from another one."""
        return self.changed == {place: (after, before) for place, (before, after) in other.changed.items()}


def last(store: Store, *models: type[Record], keys: Collection[str] | None = None) -> Action | None:
    """The last action on records of these kinds that was not taken back; None where there is nothing to take back.

    `keys` looks at these records alone. An action and its way back cancel out, however the way back was taken.
    """
    kinds = {model.kind for model in models}
    with store._reading() as db:
        return _last(db, kinds, keys) if db else None


def take_back(store: Store, *models: type[Record], keys: Collection[str] | None = None) -> Action:
    """Take back the last action on records of these kinds, all of it, as new versions; returns what was taken back.

    Refused where there is nothing to take back, and where one of its records was changed again by another action.
    """
    kinds = {model.kind for model in models}
    with store._writing() as db:
        found = _last(db, kinds, keys)
        if found is None:
            raise WorkshopError("There is nothing to undo.")
        rows = db.execute("SELECT * FROM records WHERE at = ? ORDER BY seq", (found.at,)).fetchall()
        later = [row["key"] for row in rows if _content(store._latest(db, row["kind"], row["key"])) != _content(row)]
        if later:
            raise WorkshopError(f"'{later[0]}' was changed again after that, elsewhere: take that back first.")
        at = dt.datetime.now(dt.UTC).isoformat(timespec="microseconds")
        whole = {}
        for row in rows:
            place = (row["kind"], row["key"])
            before = db.execute(
                "SELECT * FROM records WHERE kind = ? AND key = ? AND version < ? ORDER BY version DESC LIMIT 1",
                (*place, row["version"]),
            ).fetchone()
            whole[place] = (_content(before), _content(row))
            now = store._latest(db, *place)
            number = (now["version"] if now else 0) + 1
            store._append(
                db, *place, number, (before or row)["data"], dt.date.fromisoformat(row["effective"]), "",
                at=at, withdrawn=_content(before) is None,
            )  # fmt: skip
    return Action(found.at, whole)


def _last(db: sqlite3.Connection, kinds: set[str], keys: Collection[str] | None) -> Action | None:
    marks = ", ".join("?" for _ in kinds)
    query = f"SELECT kind, key, data, at, by, withdrawn FROM records WHERE kind IN ({marks}) ORDER BY seq"
    now: dict[_Place, _Content] = {}
    open_actions: list[Action] = []
    for at, rows in groupby(db.execute(query, sorted(kinds)), key=lambda row: row["at"]):
        changed: dict[_Place, tuple[_Content, _Content]] = {}
        by = ""
        for row in rows:
            place = (row["kind"], row["key"])
            if keys is not None and row["key"] not in keys:
                continue
            by, before, after = row["by"], now.get(place), _content(row)
            now[place] = after
            if before != after:
                changed[place] = (before, after)
        if by in NOT_BY_A_PERSON:
            open_actions.clear()
        elif changed:
            made = Action(at, changed)
            if open_actions and made.undoes(open_actions[-1]):
                open_actions.pop()
            else:
                open_actions.append(made)
    return open_actions[-1] if open_actions else None


def _content(row: sqlite3.Row | None) -> _Content:
    """What a version says; None where it takes the record out."""
    return None if row is None or row["withdrawn"] else str(row["data"])
