"""Editions: whom the numbers of a shared view are about, so that two runs side by side tell of no small group.

Every run leaves its day and its moment in `runs/editions.jsonl`, and nothing else; whom it counted is read again from
the private store. Where one run more would count one person more, the later less the earlier would be that person's
answers: the people counted stay those of the earlier run until enough others have been interviewed.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence

from .. import erasing, small_groups
from ..engagement import Engagement
from ..small_groups import Groups

FILE = "editions.jsonl"
PURGED = "purged "
"""How the private store marks that somebody was purged, and when: no name, no number of anything else."""

People = Callable[[dt.date, dt.datetime | None], Mapping[str, str]]
"""Everybody interviewed by a day, as it was known at a moment (None: now), each with their role."""


def note(engagement: Engagement, *, as_of: dt.date) -> None:
    """Leave word of a run that begins now."""
    file = engagement.folder / "runs" / FILE
    line = json.dumps({"as_of": as_of.isoformat(), "at": dt.datetime.now(dt.UTC).isoformat()})
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a", encoding="utf-8") as out:
        out.write(f"{line}\n")


def shown(
    engagement: Engagement, *, as_of: dt.date, people: People, partitions: Sequence[Mapping[str, frozenset[str]]]
) -> Groups:
    """The people counted in a shared view, by group; empty where numbers of any of them would tell of too few.

    The finest of the partitions that leaves no small group, by itself or by difference from an earlier edition; else
    the people of the latest edition.
    """
    least = engagement.settings.smallest_group
    purged = _purged(engagement)
    earlier: list[Groups] = []
    for day, at in [*_runs(engagement), (as_of, None)]:
        role_of = people(day, at)
        found = _chosen(role_of, partitions, earlier, least=least)
        if at is None:
            return found
        gone = frozenset(f"{PURGED}{moment}" for moment in purged if moment > at)
        before = {name: members | gone for name, members in found.items()} if gone else found
        if before and before not in earlier:
            earlier.append(before)
    return {}


def _chosen(
    role_of: Mapping[str, str],
    partitions: Sequence[Mapping[str, frozenset[str]]],
    earlier: Sequence[Groups],
    *,
    least: int,
) -> Groups:
    for partition in partitions:
        found = small_groups.merged(role_of, [partition], least=least)
        if found and not any(small_groups.unlike(before, found, least=least) for before in earlier):
            return found
    for before in reversed(earlier):
        if all(person in role_of for members in before.values() for person in members):
            return before
    return {}


def _runs(engagement: Engagement) -> Iterator[tuple[dt.date, dt.datetime]]:
    """The day and the moment of every run, oldest first; a line that cannot be read is passed over."""
    file = engagement.folder / "runs" / FILE
    lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    for line in lines:
        with contextlib.suppress(ValueError, KeyError, TypeError):
            said = json.loads(line)
            yield dt.date.fromisoformat(said["as_of"]), dt.datetime.fromisoformat(said["at"])


def _purged(engagement: Engagement) -> list[dt.datetime]:
    found = []
    for mark in erasing.notes(engagement.private, PURGED):
        with contextlib.suppress(ValueError):
            found.append(dt.datetime.fromisoformat(mark.removeprefix(PURGED)))
    return found
