"""Step 1: who sells in which team, and what the business wants."""

from __future__ import annotations

import datetime as dt
from typing import Literal

import pydantic

from ..errors import no_time_zone
from .record import Name, Record, Text

Role = Literal["seller", "manager", "executive"]
Tier = Literal["top", "middle", "low"]


class Team(Record):
    """A sales team. Key: its name."""

    kind = "team"
    name: Name
    purpose: Text = ""
    customer_facing: bool = True
    order: int = 0


class Person(Record):
    """Somebody in the organisation. Key: `person`, the name or id by which the client's exports know them.

    `time_zone` is where they work, such as "America/New_York"; "" is the business time zone.
    """

    kind = "person"
    person: Name
    name: Name
    title: Text = ""
    also_known_as: tuple[Name, ...] = ()
    time_zone: Text = ""

    @pydantic.field_validator("time_zone")
    @classmethod
    def _is_a_zone(cls, value: str) -> str:
        if value and (wrong := no_time_zone(value)):
            raise ValueError(wrong)
        return value


class Seat(Record):
    """A person in a team for some time. Key: person, team and first day. Both days are inclusive; None is open."""

    kind = "seat"
    person: Name
    team: Name
    role: Role = "seller"
    manager: str = ""
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None

    @pydantic.model_validator(mode="after")
    def _ends_after_it_starts(self) -> Seat:
        if self.valid_from and self.valid_to and self.valid_to < self.valid_from:
            raise ValueError(f"ends on {self.valid_to}, before it starts on {self.valid_from}")
        return self


class PerformerTier(Record):
    """How a seller performs against their peers. Key: the person."""

    kind = "tier"
    person: Name
    tier: Tier
    reason: Text = ""


class Business(Record):
    """What kind of business this is. Key: `business`."""

    kind = "business"
    industry: Text = ""
    stage: Literal["", "startup", "growth", "established"] = ""
    model: Text = ""


class Goal(Record):
    """What the business wants, with a number and a date. Key: a short name."""

    kind = "goal"
    goal: Name
    measure: str = ""
    number: float
    unit: str = ""
    by: dt.date
    team: str = ""


class Stage(Record):
    """A stage of the sales process, in order, with the evidence that lets a deal move on. Key: its name."""

    kind = "stage"
    stage: Name
    order: int
    owner_team: str = ""
    hand_off_to: str = ""
    evidence: tuple[Name, ...] = ()
