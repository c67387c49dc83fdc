"""Undo where records keep no date: what one action changed, kept in the private store alone."""

from __future__ import annotations

import pydantic

from .record import Name, Record


class Change(pydantic.BaseModel):
    """One record that an action changed: its content before and after as JSON, None where there was none."""

    model_config = pydantic.ConfigDict(extra="forbid", frozen=True)

    kind: Name
    key: str
    before: str | None
    after: str | None


class WayBack(Record):
    """What one action changed. Key: a random id; `of` names what was done, such as "sorting".

    Private: the order in which suggestions were sorted, or people answered, tells what only the private store may.
    """

    kind = "way_back"
    private = True
    of: str
    changes: tuple[Change, ...]
