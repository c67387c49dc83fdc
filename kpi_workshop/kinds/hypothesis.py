"""Step 2: the leader's guess, and its seal."""

from __future__ import annotations

import datetime as dt
from typing import Literal

import pydantic

from .record import Name, Record, Text


class HypothesisLink(Record):
    """An activity and the metric it should move: direction, size as a share, delay in weeks."""

    activity: Name
    moves: Name
    direction: Literal["up", "down"] = "up"
    size: float | None = pydantic.Field(default=None, ge=0, le=10)
    delay_weeks: int | None = pydantic.Field(default=None, ge=0, le=104)


class Hypothesis(Record):
    """The leader's private guess for one team. Key: the team. `reason` says why it holds more than the method asks."""

    kind = "hypothesis"
    private = True
    team: Name
    metrics: tuple[Name, ...] = ()
    links: tuple[HypothesisLink, ...] = ()
    reason: Text = ""


class Seal(Record):
    """The hypothesis of one team as it stood before its first interview. Key: the team.

    `salt` is random: without it nobody can guess a seal from its mark.
    """

    kind = "seal"
    private = True
    team: Name
    sha256: str
    hypothesis_version: int
    made_at: dt.datetime | None = None
    salt: str = ""


class SealMark(Record):
    """That a team's hypothesis was sealed: the SHA-256 of the salted seal, which tells nothing of it. Key: the team."""

    kind = "seal_mark"
    undated = True
    team: Name
    mark: str
