"""Reading one measure's row of weeks or months: what is finished, what is latest, and what it was before the start."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from typing import Any

WEEKEND = 3
"""Days the last record may lie before the end of a period that still counts as finished: a long weekend."""


@dataclass(frozen=True)
class Period:
    """A measure's value in one period. `value` is None where it is not computable; `note` then says why."""

    start: dt.date
    end: dt.date
    value: float | None
    numerator: float | None
    denominator: float | None
    note: str
    finished: bool


def periods(frame: Any, *, as_of: dt.date, fresh_to: dt.date | None = None) -> list[Period]:
    """The rows of a measure table (`period_start`, `period_end`, `value`, ...) in order of time.

    A period is finished when it ends on or before `as_of` and the data reach it, a long weekend forgiven; periods
    that begin after `as_of` are left out.
    """
    reach = min(as_of, fresh_to + dt.timedelta(days=WEEKEND)) if fresh_to else as_of
    found = []
    for row in frame.to_dict("records"):
        start, end = _day(row["period_start"]), _day(row["period_end"])
        if start <= as_of:
            found.append(
                Period(
                    start,
                    end,
                    _number(row["value"]),
                    _number(row.get("numerator")),
                    _number(row.get("denominator")),
                    _text(row.get("note")),
                    end <= reach,
                )
            )
    return sorted(found, key=lambda period: period.start)


def latest_finished(rows: list[Period]) -> Period | None:
    """The last finished period, or None where there is none yet."""
    return next((row for row in reversed(rows) if row.finished), None)


def strip(rows: list[Period], *, most: int) -> list[Period]:
    """The last `most` finished periods and after them the unfinished one, if there is one."""
    finished = [row for row in rows if row.finished][-most:]
    return finished + [row for row in rows if not row.finished][:1]


def within(rows: list[Period], first: dt.date, last: dt.date) -> list[Period]:
    """The finished periods that lie wholly between two days, both inclusive."""
    return [row for row in rows if row.finished and row.start >= first and row.end <= last]


@dataclass(frozen=True)
class Baseline:
    """What a measure was before the start: its mean, and the lowest and highest single period behind it."""

    value: float
    low: float | None
    high: float | None
    periods: int


def baseline(rows: list[Period], *, pooled: bool) -> Baseline | None:
    """The mean over `rows`; `pooled` measures (ratios, averages) are a ratio of sums, never a mean of ratios.

    >>> day = dt.date(2024, 1, 1)
    >>> weeks = [Period(day, day, 1.0, 1, 1, "", True), Period(day, day, 1 / 11, 9, 99, "", True)]
    >>> baseline(weeks, pooled=True).value
    0.1
    """
    known = [row for row in rows if row.value is not None]
    values = [row.value for row in known if row.value is not None]
    if not values:
        return None
    mean: float | None = sum(values) / len(values)
    if pooled:
        below = sum(row.denominator or 0 for row in known)
        mean = sum(row.numerator or 0 for row in known) / below if below else None
    if mean is None:
        return None
    return Baseline(mean, min(values), max(values), len(values))


def meets(value: float | None, target: float | None, better: str) -> bool | None:
    """Whether a value is at its target or on the better side of it; None where either is unknown.

    >>> meets(52.0, 45.0, "lower")
    False
    """
    if value is None or target is None:
        return None
    return value <= target if better == "lower" else value >= target


def _day(value: Any) -> dt.date:
    if isinstance(value, str):
        return dt.date.fromisoformat(value[:10])
    return value.date() if isinstance(value, dt.datetime) else value


def _number(value: Any) -> float | None:
    if value is None:
        return None
    number = float(value) if value == value else math.nan
    return number if math.isfinite(number) else None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
