"""The seal on a hypothesis: made when the first interview that counts for a team is recorded, and looked at ever after.

It lies in the private store. In the shared records lies its mark, a sum that only this very seal gives and that tells
nothing of it: so a seal that was taken away, made again or given another day is found.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import secrets
from dataclasses import dataclass

from ..engagement import Engagement
from ..errors import WorkshopError
from ..kinds import Hypothesis, Interview, Record, Seal, SealMark
from ..records import ALWAYS
from ..versions import Version

_APART = dt.timedelta(seconds=60)
"""By so much the time in a seal and the time of its saving may differ: the wait for a busy store."""
_ALTERED = "the private store was altered by hand, or another copy of it was put in its place"


@dataclass(frozen=True)
class Sealed:
    """When a team's hypothesis was sealed (UTC) and its SHA-256, for the leader; `fault` says what is wrong, or ""."""

    team: str
    at: dt.datetime | None
    sha256: str
    fault: str = ""


def seal_of(hypothesis: Hypothesis) -> str:
    """SHA-256 (hex) of the hypothesis as JSON with sorted keys and no spaces, in UTF-8; `reason` only if there is one.

    >>> seal_of(Hypothesis(team="Inside Sales"))[:8]
    'a91c4732'
    """
    return _sum(hypothesis, without=frozenset() if hypothesis.reason else frozenset({"reason"}))


def make(engagement: Engagement, team: str, *, by: str = "") -> Seal | None:
    """Seal one team's hypothesis, once: called before the first interview that counts for the team is recorded.

    A second call changes nothing and returns the first seal. None where nothing was written down by then: what is
    written after the first interview is never sealed.
    """
    earlier = engagement.private.get(Seal, team)
    if earlier:
        _mark(engagement, team, earlier)
        return earlier
    hypothesis = engagement.private.get(Hypothesis, team)
    if hypothesis is None or engagement.records.get(SealMark, team) or _first_interview(engagement, team):
        return None
    made = Seal(
        team=team, sha256=seal_of(hypothesis), hypothesis_version=engagement.private.version(Hypothesis, team),
        made_at=dt.datetime.now(dt.UTC), salt=secrets.token_hex(16),
    )  # fmt: skip
    engagement.private.save(made, team, effective=ALWAYS, by=by)
    _mark(engagement, team, made)
    return made


def sealed(engagement: Engagement, team: str) -> Hypothesis | None:
    """The hypothesis as it stood when it was sealed, None before. Private: what the score is made against."""
    found = of(engagement, team)
    if found and found.fault:
        raise WorkshopError(found.fault)
    mark = engagement.private.get(Seal, team)
    guess = _version_of(engagement, team, mark.hypothesis_version) if mark else None
    return guess.record if guess else None


def of(engagement: Engagement, team: str) -> Sealed | None:
    """The seal of one team and what is wrong with it; None where there is none and there never was one."""
    return next((one for one in everyone(engagement) if one.team == team), None)


def everyone(engagement: Engagement) -> list[Sealed]:
    """Every seal, checked against the hypothesis, its mark and the interviews; by team name.

    Without the private store, as in a packed copy, nothing can be said and the list is empty.
    """
    if not engagement.private.file.is_file():
        return []
    marks = engagement.records.current(SealMark)
    seals = engagement.private.current(Seal)
    return [_checked(engagement, team, seals.get(team), marks.get(team)) for team in sorted({*marks, *seals})]


def faults(engagement: Engagement) -> list[str]:
    """What is wrong with the seals, one sentence each; empty when all is well. Fit to be shown to everyone."""
    return [one.fault for one in everyone(engagement) if one.fault]


def _checked(engagement: Engagement, team: str, seal: Seal | None, mark: SealMark | None) -> Sealed:
    versions = [v for v in engagement.private.history(Seal, team) if not v.withdrawn]
    if seal is None or not versions:
        return Sealed(team, None, "", f"The hypothesis of '{team}' was sealed, and its seal is gone: {_ALTERED}.")
    first = versions[0]
    at = first.record.made_at or first.at
    return Sealed(team, at, first.record.sha256, _fault(engagement, team, first, mark, again=len(versions) > 1))


def _fault(engagement: Engagement, team: str, first: Version[Seal], mark: SealMark | None, *, again: bool) -> str:
    seal, whose = first.record, f"The seal on the hypothesis of '{team}'"
    begun = _first_interview(engagement, team)
    guess = _version_of(engagement, team, seal.hypothesis_version)
    if guess is None or seal_of(guess.record) != seal.sha256:
        return f"The hypothesis of '{team}' is not what was sealed: {_ALTERED}."
    if (mark and mark.mark != _sum(seal)) or again:
        return f"{whose} is not the one that was made: {_ALTERED}."
    if seal.salt and begun and mark is None:
        return f"{whose} has lost its mark in the shared records: they were altered by hand, or are an older copy."
    if seal.made_at and abs(seal.made_at - first.at) > _APART:
        return f"{whose} bears another time than that of its saving: {_ALTERED}."
    if guess.at > first.at or (begun and begun < first.at):
        return f"{whose} was made before the hypothesis or after the first interview, by its times: {_ALTERED}."
    return ""


def _mark(engagement: Engagement, team: str, seal: Seal) -> None:
    """Leave the mark of a seal that has none yet: a kill may have come between the two."""
    if seal.salt and not engagement.records.get(SealMark, team) and not _first_interview(engagement, team):
        engagement.records.save(SealMark(team=team, mark=_sum(seal)), team)


def _first_interview(engagement: Engagement, team: str) -> dt.datetime | None:
    """When the first interview that counts for the team was recorded."""
    counting = [key for key, talk in engagement.private.current(Interview).items() if team in talk.teams]
    times = [v.at for key in counting for v in engagement.private.history(Interview, key) if team in v.record.teams]
    return min(times, default=None)


def _version_of(engagement: Engagement, team: str, number: int) -> Version[Hypothesis] | None:
    return next((v for v in engagement.private.history(Hypothesis, team) if v.version == number), None)


def _sum(record: Record, *, without: frozenset[str] = frozenset()) -> str:
    said = record.model_dump(mode="json", exclude=set(without))
    return hashlib.sha256(json.dumps(said, sort_keys=True, separators=(",", ":")).encode("utf-8")).hexdigest()
