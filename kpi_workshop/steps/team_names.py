"""What a team is called, wherever it stands: renaming it before the interviews begin, and the way back."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from .. import changes
from ..engagement import Engagement
from ..errors import WorkshopError, listed
from ..kinds import KINDS, Goal, Hypothesis, Record, Seat, Stage, Team
from ..records import ALWAYS

_FIELDS = ("team", "owner_team", "hand_off_to")
_FOLLOW: tuple[type[Record], ...] = (Seat, Goal, Stage)
"""What is renamed together with its team; the hypothesis follows in the private store."""
_ALSO_NAMED = ("team", "teams", "owner")


def check(engagement: Engagement, renamed: Mapping[str, str]) -> None:
    """Refuse to rename (old name to new) what interviews, a seal, a charter or the rollout name, or to a taken name."""
    wrong = []
    known = engagement.records.current(Team)
    for old, new in renamed.items():
        if new in known:
            wrong.append(f"'{new}' is the name of another team: rename that one first.")
        elif _is_settled(engagement, old):
            wrong.append(
                f"'{old}' keeps its name: interviews, a charter or the rollout name it already. "
                "A team can be renamed until its first interview."
            )
    if wrong:
        raise WorkshopError(listed(wrong))


@contextlib.contextmanager
def carried(
    engagement: Engagement, renamed: Mapping[str, str]
) -> Iterator[list[tuple[type[Record], dict[str, Record]]]]:
    """The records that name a renamed team, with its new name, to be saved in the block; the hypothesis is carried on.

    It is copied before the block and taken from its old place after it, so that a crash between them loses nothing.
    """
    if not renamed:
        yield []
        return
    old_guesses = engagement.private.current(Hypothesis) if engagement.private.file.is_file() else {}
    moved = {new: old_guesses[old] for old, new in renamed.items() if old in old_guesses}
    guesses = [(new, guess.model_copy(update={"team": new})) for new, guess in moved.items()]
    if guesses:
        engagement.private.save_all(guesses, effective=ALWAYS)
    elsewhere: list[tuple[type[Record], dict[str, Record]]] = [
        (kind, {key: _renamed(record, renamed) for key, record in engagement.records.current(kind).items()})
        for kind in _FOLLOW
    ]
    yield elsewhere
    if guesses:
        gone = [(Hypothesis, old) for old in renamed if old in old_guesses]
        engagement.private.save_all([], without=gone, effective=ALWAYS)


def take_back(engagement: Engagement) -> None:
    """Take back the last change of the teams; a hypothesis that went with a new name comes back with the old one."""
    action = changes.take_back(engagement.records, Team)
    teams = {key: sides for (kind, key), sides in action.changed.items() if kind == Team.kind}
    was = {_place(before): key for key, (before, after) in teams.items() if before and not after}
    became = {_place(after): key for key, (before, after) in teams.items() if after and not before}
    with carried(engagement, {became[place]: was[place] for place in was if place in became}):
        pass


def _place(team: str) -> Any:
    return json.loads(team)["order"]


def _renamed(record: Record, renamed: Mapping[str, str]) -> Record:
    held = {name: getattr(record, name) for name in _FIELDS if name in type(record).model_fields}
    new = {name: renamed[value] for name, value in held.items() if value in renamed}
    return record.model_copy(update=new) if new else record


def _is_settled(engagement: Engagement, team: str) -> bool:
    stores = [(engagement.records, False), *([(engagement.private, True)] if engagement.private.file.is_file() else [])]
    for store, private in stores:
        for kind in KINDS.values():
            if kind.private != private or kind in (*_FOLLOW, Team, Hypothesis):
                continue
            if not set(_ALSO_NAMED) & set(kind.model_fields):
                continue
            if any(_names(record, team) for record in store.current(kind).values()):
                return True
    return False


def _names(record: Record, team: str) -> bool:
    held = [getattr(record, name, None) for name in _ALSO_NAMED]
    return any(team in value if isinstance(value, tuple) else value == team for value in held)
