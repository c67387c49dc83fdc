"""Step 5: when it goes live, what it is held against, and what was decided."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from typing import Literal

import pydantic

from .record import Name, Record, Text


class Rollout(Record):
    """When one team's charter goes live and what it is compared with. Key: the team. No start is a hold-out."""

    kind = "rollout"
    team: Name
    starts_on: dt.date | None = None
    baseline_from: dt.date
    baseline_to: dt.date
    reason: Text = ""

    @pydantic.model_validator(mode="after")
    def _baseline_comes_first(self) -> Rollout:
        if self.baseline_to < self.baseline_from:
            raise ValueError(f"the baseline ends on {self.baseline_to}, before it begins on {self.baseline_from}")
        if self.starts_on and self.baseline_to >= self.starts_on:
            raise ValueError(f"the baseline ends on {self.baseline_to}, not before the start on {self.starts_on}")
        return self


Family = Literal["adoption", "effect", "lead", "middle", "middle_metric"]
FAMILIES: tuple[Family, ...] = ("adoption", "effect", "lead", "middle", "middle_metric")
"""The questions asked of every pair: was the activity taken up, did the metric change, does the activity come first,
and the first two among middle performers. The answers to one question are corrected together for their number."""
LONGEST_LAG = 8
"""Weeks up to which it is looked at whether an activity comes before a metric."""


class ReviewPlan(Record):
    """When the rollout may be judged and by what, written down before it starts. Key: `review_plan`.

    `looks` are weeks after the last start; no verdict changes between them. `dwell_weeks` go by before anything may be
    replaced. `worthwhile` is the smallest lasting change that would matter, 0.05 being 5 %. `rules` names the rule set
    of the charts. `pairs` are the activities with the metrics that they should move, as the charters hold them, and
    `families` the questions asked of each. `longest_lag` is the latest week after an activity in which a metric may
    follow it. `start_order` is the order that was drawn for the teams, and `drawn_with` the number it was drawn with,
    so that anybody can draw it again.
    """

    kind = "review_plan"
    looks: tuple[int, ...] = (8, 12, 16, 20, 26)
    dwell_weeks: int = pydantic.Field(default=8, ge=8, le=104)
    worthwhile: float = pydantic.Field(default=0.05, gt=0, le=1)
    rules: Literal["nhs", "wheeler"] = "nhs"
    families: tuple[Family, ...] = FAMILIES
    pairs: tuple[tuple[Name, Name], ...] = ()
    longest_lag: int = pydantic.Field(default=LONGEST_LAG, ge=1, le=LONGEST_LAG)
    start_order: tuple[Name, ...] = ()
    drawn_with: int | None = None
    reason: Text = ""

    @pydantic.field_validator("looks")
    @classmethod
    def _looks_rise(cls, looks: tuple[int, ...]) -> tuple[int, ...]:
        if not looks or looks[0] < 1 or any(later <= look for look, later in pairwise(looks)):
            raise ValueError("the looks are weeks after the last start in rising order, such as 8, 12, 16, 20, 26")
        return looks


class Target(Record):
    """A quota or target of a seller or a team for one period. Key: owner, measure and first day.

    `reason` says why it was changed after its team had started.
    """

    kind = "target"
    owner_is: Literal["seller", "team"]
    owner: Name
    measure: Name
    period_from: dt.date
    period_to: dt.date
    value: float
    reason: Text = ""


class Decision(Record):
    """What the leader decided about an activity and its metric at a review. Key: team, activity and day."""

    kind = "decision"
    team: Name
    activity: Name
    metric: Name
    decision: Literal["keep", "watch", "replace", "fix adoption"]
    decided_on: dt.date
    reason: Text = ""


class Pulse(Record):
    """One person's answer at a check-in, 1 to 5 and a comment; nothing tells whose it is. Key: a random id."""

    kind = "pulse"
    private = True
    undated = True
    team: Name
    week: int = pydantic.Field(ge=1, le=52)
    score: int = pydantic.Field(ge=1, le=5)
    comment: Text = ""


class PulseTaken(Record):
    """The responses of forms that were taken in, so that a file given again adds nothing. Key: `pulse_taken`.

    `marks` are digests of who or when, team and week, never of what was answered, in the order of the alphabet.
    """

    kind = "pulse_taken"
    private = True
    undated = True
    marks: tuple[str, ...] = ()


class Annotation(Record):
    """Something that happened on a day and explains a number. Key: a random id.

    Without a team or a measure it holds for all of them. One that `rebases` names an event after which the expected
    range of its measure is taken anew from the weeks that follow.
    """

    kind = "annotation"
    day: dt.date
    text: Name
    team: str = ""
    measure: str = ""
    rebases: bool = False
