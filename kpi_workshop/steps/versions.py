"""Step 4, the versions of a charter: what each one changed, when, by whom and why."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from .. import catalogue
from ..changes import NOT_BY_A_PERSON
from ..engagement import Engagement
from ..errors import WorkshopError
from ..kinds import Charter, CharterLine, Team
from . import charter as charters

_FIELDS = {
    "label": "is used as",
    "moves": "should move",
    "guardrail": "is balanced by",
    "owner": "belongs to",
    "target": "has the target",
    "baseline": "has the baseline",
    "review": "is reviewed",
    "sentence": "is explained as",
    "reason": "has the reason",
}


@dataclass(frozen=True)
class Version:
    """One version of a charter with what it changed in the one before, in sentences."""

    charter: Charter
    changes: tuple[str, ...]


def versions(engagement: Engagement, *, as_of: dt.date) -> dict[str, list[Version]]:
    """The versions of each team's charter up to a day, oldest first."""
    found = {}
    for team in engagement.records.current(Team, as_of=as_of):
        held = charters.history(engagement, team, as_of=as_of)
        if held:
            before: list[Charter | None] = [None, *held[:-1]]
            found[team] = [
                Version(now, tuple(changes(old, now)) if old else ()) for old, now in zip(before, held, strict=True)
            ]
    return found


def can_take_back(engagement: Engagement, team: str) -> bool:
    """Whether somebody chose or changed a team's charter and did not take it back."""
    return len(_choices(engagement, team)) > 1


def take_back(engagement: Engagement, team: str) -> None:
    """Bring back a team's charter as it was before the last choice; a draft or agreed is for its playback to say.

    Whatever was chosen first is taken out altogether. Refused where there is nothing to take back.
    """
    chosen = _choices(engagement, team)
    if len(chosen) < 2:
        raise WorkshopError("There is nothing to undo.")
    since = engagement.records.history(Charter, team)[-1].effective
    if chosen[-2] is None:
        engagement.records.withdraw(Charter, team, effective=since)
    else:
        engagement.records.save(chosen[-2], team, effective=since)


def _choices(engagement: Engagement, team: str) -> list[Charter | None]:
    """What was chosen one after another and not taken back, from what there was at first on (None: nothing).

    That a charter is agreed, or a draft again, is no choice. What the demo brought stays.
    """
    found: list[Charter | None] = [None]
    for version in engagement.records.history(Charter, team):
        now = None if version.withdrawn else version.record
        if version.by in NOT_BY_A_PERSON:
            found = [now]
        elif _is_same(now, found[-1]):
            found[-1] = now
        elif len(found) > 1 and _is_same(now, found[-2]):
            found = [*found[:-2], now]
        else:
            found.append(now)
    return found


def _is_same(one: Charter | None, other: Charter | None) -> bool:
    if one is None or other is None:
        return one is other
    return one.model_copy(update={"status": other.status}) == other


def changes(before: Charter, after: Charter) -> list[str]:
    """What differs between two versions, a sentence each.

    >>> day = dt.date(2025, 6, 30)
    >>> old = Charter(team="A", dated=day, lines=(CharterLine(measure="win_rate", label="metric", target=0.2),))
    >>> new = Charter(team="A", dated=day, lines=(CharterLine(measure="win_rate", label="metric", target=0.25),))
    >>> changes(old, new)
    ['Win rate has the target 0.25, no longer 0.2.']
    """
    old = {catalogue.id_of(line.measure): line for line in before.lines}
    new = {catalogue.id_of(line.measure): line for line in after.lines}
    found = [f"{catalogue.name_of(name)} is new." for name in new if name not in old]
    found += [f"{catalogue.name_of(name)} is no longer in it." for name in old if name not in new]
    for name, line in new.items():
        found += _changed(old[name], line) if name in old else []
    if before.exception_reason != after.exception_reason:
        found.append("The reason for more or fewer measures was changed.")
    return found


def _changed(old: CharterLine, new: CharterLine) -> list[str]:
    name = catalogue.name_of(new.measure)
    found = []
    for field, words in _FIELDS.items():
        was, now = _said(getattr(old, field)), _said(getattr(new, field))
        if was != now:
            found.append(f"{name} {words} {now}, no longer {was}.")
    if old.pay_linked != new.pay_linked:
        found.append(f"Pay hangs on {name} now." if new.pay_linked else f"Pay no longer hangs on {name}.")
    return found


def _said(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(catalogue.name_of(name) for name in value) or "nothing"
    if isinstance(value, float):
        return f"{value:,.10g}"
    return catalogue.name_of(value) if isinstance(value, str) and value else str(value or "nothing")
