"""One version of one record as it is read, and what is said where two people changed the same one."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from .errors import WorkshopError
from .kinds import Record

R = TypeVar("R", bound=Record)


@dataclass(frozen=True)
class Version(Generic[R]):
    """One version of one record: its content, and from when, when and by whom."""

    key: str
    version: int
    record: R
    effective: dt.date
    at: dt.datetime
    by: str
    withdrawn: bool


class Conflict(WorkshopError):
    """Somebody else saved a newer version of the record meanwhile: `theirs` is it, `mine` was not saved."""

    def __init__(self, message: str, theirs: Version[Any], mine: Record) -> None:
        super().__init__(message)
        self.theirs, self.mine = theirs, mine
