"""The way back from the last action on records without a date, also after a restart.

`changes` reads the last action from the dates of the records themselves. Suggestions, what they were sorted as and what
was said at a playback keep no date, for it would tell which of them came from one person. What an action changed there
is noted in the private store, beside what is private anyway; where that store is elsewhere, as in a packed copy, it is
kept until the program ends.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from .engagement import Engagement
from .errors import WorkshopError
from .kinds import KINDS, Change, Record, WayBack
from .records import new_id

Entry = tuple[str, Record]
Gone = tuple[type[Record], str]

_WITHOUT_PRIVATE_STORE: dict[Path, list[WayBack]] = defaultdict(list)


def save_all(
    engagement: Engagement,
    of: str,
    entries: Iterable[Entry],
    *,
    without: Iterable[Gone] = (),
    effective: dt.date | None = None,
    by: str = "",
) -> list[str]:
    """Record entries of either store, take out those in `without`, and note the way back; the keys that changed.

    `of` names the action by which its way back is found again. What says what is recorded already is passed over.
    """
    asked, leaving = list(entries), list(without)
    held = _held(engagement, {type(record) for _, record in asked} | {model for model, _ in leaving})
    saved = [(key, record) for key, record in asked if held.get((record.kind, key)) != _json(record)]
    gone = [(model, key) for model, key in leaving if (model.kind, key) in held]
    changes = [
        Change(kind=record.kind, key=key, before=held.get((record.kind, key)), after=_json(record))
        for key, record in saved
    ] + [Change(kind=model.kind, key=key, before=held[model.kind, key], after=None) for model, key in gone]
    if changes:
        _record(engagement, saved, gone, noted=WayBack(of=of, changes=tuple(changes)), effective=effective, by=by)
    return [change.key for change in changes]


def is_there(engagement: Engagement, of: str) -> bool:
    """Whether the last action of this name can be taken back: it is noted, and nothing was changed since."""
    return _last(engagement, of) is not None


def take_back(engagement: Engagement, of: str) -> list[Change]:
    """Take back the last action of this name, all of it, and return what it had changed.

    Refused where there is none, and where one of its records was changed since in another way.
    """
    found = _last(engagement, of)
    if found is None:
        raise WorkshopError("There is nothing to undo.")
    key, noted = found
    entries = [
        (change.key, KINDS[change.kind].model_validate_json(change.before))
        for change in noted.changes
        if change.before is not None
    ]
    gone: list[Gone] = [(KINDS[change.kind], change.key) for change in noted.changes if change.before is None]
    if key:
        gone.append((WayBack, key))
    else:
        _WITHOUT_PRIVATE_STORE[engagement.folder].remove(noted)
    _record(engagement, entries, gone)
    return list(noted.changes)


def _last(engagement: Engagement, of: str) -> tuple[str, WayBack] | None:
    kept = [(key, noted) for key, noted in engagement.private.current(WayBack).items() if noted.of == of]
    kept += [("", noted) for noted in _WITHOUT_PRIVATE_STORE[engagement.folder] if noted.of == of]
    if not kept:
        return None
    changes = kept[-1][1].changes
    held = _held(engagement, {KINDS[change.kind] for change in changes})
    return kept[-1] if all(held.get((c.kind, c.key)) == c.after for c in changes) else None


def _record(
    engagement: Engagement,
    entries: Sequence[Entry],
    gone: Sequence[Gone],
    *,
    noted: WayBack | None = None,
    effective: dt.date | None = None,
    by: str = "",
) -> None:
    """The shared part first: a note without its action would offer to undo what never was."""
    for store in (engagement.records, engagement.private):
        mine = [(key, record) for key, record in entries if record.private == store.private]
        out = [(model, key) for model, key in gone if model.private == store.private]
        if store.private and noted and _is_here(engagement):
            mine.append((new_id(), noted))
        if mine or out:
            store.save_all(mine, without=out, effective=effective, by=by)
    if noted and not _is_here(engagement):
        _WITHOUT_PRIVATE_STORE[engagement.folder].append(noted)


def _is_here(engagement: Engagement) -> bool:
    return engagement.private.file.is_file()


def _held(engagement: Engagement, models: Collection[type[Record]]) -> dict[tuple[str, str], str]:
    """What is recorded now of these kinds, as JSON by kind and key."""
    return {
        (model.kind, key): _json(record)
        for model in models
        for key, record in (engagement.private if model.private else engagement.records).current(model).items()
    }


def _json(record: Record) -> str:
    return record.model_dump_json()
