"""The cells of one measure column by column, group after group: what large organisations need to be quick."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from .calendar import Period

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd


class Cell(NamedTuple):
    """A value with what it was divided from; without a value the first note is the reason."""

    value: float | None
    numerator: float | None = None
    denominator: float | None = None
    notes: tuple[str, ...] = ()

    @property
    def note(self) -> str:
        """Its notes as one line."""
        return "; ".join(filter(None, self.notes)) if self.notes else ""


Cells = dict[tuple[str, dt.date], Cell]


@dataclass(frozen=True)
class Grid:
    """Every group in every period: the arrays have a place for each, all periods of the first group first.

    A number that is not there is NaN. `there` is False at places that are no cells.
    """

    groups: Sequence[str]
    periods: Sequence[Period]
    value: np.ndarray
    numerator: np.ndarray
    denominator: np.ndarray
    notes: np.ndarray
    there: np.ndarray

    def cells(self) -> Cells:
        """The same by group and first day."""
        keys = [(group, period.start) for group in self.groups for period in self.periods]
        numbers = [_or_none(column) for column in (self.value, self.numerator, self.denominator)]
        rows = zip(keys, self.there.tolist(), *numbers, self.notes, strict=True)
        return {key: Cell(value, above, below, notes) for key, there, value, above, below, notes in rows if there}

    def frame(self, *, since: dt.date | None, without: str) -> pd.DataFrame:
        """A table of the cells of periods that end on `since` or later.

        Columns: by, period_start, period_end, value, numerator, denominator, note, which begins with `without` where
        there is no value.
        """
        import numpy as np
        import pandas as pd

        many = len(self.groups)
        wanted = self.there & np.tile([not since or period.end >= since for period in self.periods], many)
        lacking = np.isnan(self.value)
        said: dict[tuple[str, ...], str] = {}
        notes = [
            said[note] if note in said else said.setdefault(note, Cell(None, notes=note).note) for note in self.notes
        ]
        for place in np.flatnonzero(lacking):
            notes[place] = f"{without}: {notes[place]}"
        columns: dict[str, Any] = {
            "by": np.repeat(np.array(self.groups, dtype=object), len(self.periods)),
            "period_start": np.tile(np.array([period.start for period in self.periods], dtype=object), many),
            "period_end": np.tile(np.array([period.end for period in self.periods], dtype=object), many),
            "value": self.value,
            "numerator": self.numerator,
            "denominator": self.denominator,
            "note": np.array(notes, dtype=object),
        }
        return pd.DataFrame({name: column[wanted] for name, column in columns.items()})


def of(cells: Cells, periods: Sequence[Period]) -> Grid:
    """The grid that these cells fill, in the order of their groups."""
    groups = list(dict.fromkeys(group for group, _ in cells))
    made = empty(groups, periods)
    keys = [(group, period.start) for group in groups for period in periods]
    places = [place for place, key in enumerate(keys) if key in cells]
    made.there[:] = False
    made.there[places] = True
    put(made, places, [cells[keys[place]] for place in places])
    return made


def empty(groups: Sequence[str], periods: Sequence[Period]) -> Grid:
    """A grid without numbers and notes, to be filled."""
    import numpy as np

    size = len(groups) * len(periods)
    value, numerator, denominator = (np.full(size, np.nan) for _ in range(3))
    notes = np.empty(size, dtype=object)
    notes[:] = [()] * size
    return Grid(groups, periods, value, numerator, denominator, notes, np.ones(size, dtype=bool))


def put(grid: Grid, places: Sequence[int] | np.ndarray, cells: Sequence[Cell]) -> None:
    """Fill places, each with its cell."""
    import numpy as np

    if not cells:
        return
    value, numerator, denominator, notes = zip(*cells, strict=True)
    for column, numbers in (
        (grid.value, value), (grid.numerator, numerator), (grid.denominator, denominator)
    ):  # fmt: skip
        column[places] = np.array(numbers, dtype=float)
    for place, said in zip(places, notes, strict=True):
        grid.notes[place] = said


def _or_none(column: np.ndarray) -> list[float | None]:
    return [None if number != number else number for number in column.tolist()]
