"""Step 4: what a team agreed to run on, and what was said of it at the playback."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from .record import Name, Record, Text
from .sorting import Label


class CharterLine(Record):
    """One chosen measure of a team: what it is, in a plain sentence, and what it is held against."""

    measure: Name
    label: Label
    sentence: Text = ""
    reason: Text = ""
    owner: str = ""
    source: str = ""
    moves: tuple[Name, ...] = ()
    guardrail: str = ""
    pay_linked: bool = False
    target: float | None = None
    baseline: float | None = None
    review: Literal["weekly", "monthly", "quarterly"] = "weekly"


class Charter(Record):
    """The measures one team agreed to run on. Key: the team.

    `baseline_from` and `baseline_to` are the days of the lines' baselines; `changed_by` and `change_reason` say who
    made this version out of the one before, and why.
    """

    kind = "charter"
    team: Name
    version: str = "1.0"
    dated: dt.date
    status: Literal["draft", "ready"] = "draft"
    lines: tuple[CharterLine, ...] = ()
    exception_reason: Text = ""
    baseline_from: dt.date | None = None
    baseline_to: dt.date | None = None
    changed_by: str = ""
    change_reason: Text = ""


Question = Literal["sales process", "initiatives"]
"""What is asked of everybody at the playback: does it fit our sales process, does it fit our initiatives?"""
Answer = Literal["", "yes", "no"]


class Objection(Record):
    """What somebody said against a charter at its playback, and the answer, without a name. Key: a random id.

    Undated: when it was recorded would tell who had just been asked.
    """

    kind = "objection"
    undated = True
    team: Name
    version: str
    question: Question
    words: Name
    answer: Text = ""


class Invitation(Record):
    """Somebody asked to a team's playback, and their two answers. Key: the team and the person.

    Private, for whoever was interviewed is among those invited. `version` is the charter they answered to;
    `objections` are the ids of what they said against it.
    """

    kind = "invitation"
    private = True
    team: Name
    person: Name
    version: str = ""
    fits_process: Answer = ""
    fits_initiatives: Answer = ""
    objections: tuple[str, ...] = ()
