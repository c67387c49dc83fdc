"""Step 4: what suggestions are."""

from __future__ import annotations

from typing import Literal

import pydantic

from .record import Name, Record, Text

Label = Literal["activity", "metric", "signal"]


class Sorting(Record):
    """What a person decided a suggestion is. Key: the suggestion's id.

    Undated as well: what is sorted after each interview would tell what was said in it.
    """

    kind = "sorting"
    undated = True
    suggestion: Name
    measure: str = ""
    control: Literal["direct", "influenced", "none"]
    timing: Literal["before", "with", "after"]
    label: Label
    reason: Text = ""
    disposition: Literal["", "chosen", "parked", "merged", "dropped"] = ""
    disposition_reason: Text = ""


class Grouping(Record):
    """What a person says a suggestion counts the same as. Key: the suggestion's id.

    `theme` is what all suggestions of one measure share; a theme of its own sets a suggestion apart. Undated like
    the suggestion itself.
    """

    kind = "grouping"
    undated = True
    suggestion: Name
    theme: Text


class MeasureCard(Record):
    """The answers to the eight questions about one measure (S2:81-134). Key: the measure.

    A question that nobody has answered is left out.
    """

    kind = "measure_card"
    measure: Name
    answers: dict[str, Literal["KPI", "metric"]] = pydantic.Field(default_factory=dict)
