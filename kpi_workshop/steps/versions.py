"""Step 4, the versions of a charter: what each one changed, when, by whom and why."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from .. import catalogue
from ..engagement import Engagement
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
