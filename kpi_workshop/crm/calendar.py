"""The client's calendar: for each day the week, month, fiscal quarter and fiscal year that it belongs to."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..engagement import Calendar
from ..errors import WorkshopError, did_you_mean

if TYPE_CHECKING:
    import pandas as pd

EVERY = ("week", "month", "quarter", "year", "all")
"""The lengths of time a measure can be counted by; `all` is everything known, as one period."""

_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_ONE_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Period:
    """A stretch of days, both ends inclusive."""

    start: dt.date
    end: dt.date

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.end - self.start).days + 1


def days(calendar: Calendar, first: dt.date, last: dt.date) -> pd.DataFrame:
    """One row for each day from `first` to `last`, with the first and last day of everything the day lies in.

    Columns: day, week_start, week_end, month_start, month_end, quarter_start, quarter_end, year_start, year_end, all
    calendar days. Quarters and years are fiscal: they are counted from `calendar.fiscal_year_starts`; months are
    calendar months.
    """
    import numpy as np
    import pandas as pd

    day = np.arange(np.datetime64(first), np.datetime64(last + _ONE_DAY))
    # Day 0 of NumPy's count, 1 January 1970, was a Thursday.
    offset = (day.astype(np.int64) + (3 if calendar.week_starts == "monday" else 4)) % 7
    columns = {"day": day, "week_start": day - offset, "week_end": day - offset + 6}
    month = day.astype("datetime64[M]").astype(np.int64)
    for every, length in _MONTHS.items():
        shift = 0 if every == "month" else calendar.fiscal_year_starts - 1
        start = (month - shift) // length * length + shift
        columns[f"{every}_start"] = start.astype("datetime64[M]").astype("datetime64[D]")
        columns[f"{every}_end"] = (start + length).astype("datetime64[M]").astype("datetime64[D]") - 1
    return pd.DataFrame({name: values.astype("datetime64[s]") for name, values in columns.items()})


def periods(calendar: Calendar, every: str, first: dt.date, last: dt.date) -> list[Period]:
    """The whole spine: every period from the one that holds `first` to the one that holds `last`, without gaps.

    For `all` it is one period that begins and ends on these very days. An unknown `every` raises WorkshopError.
    """
    if every not in EVERY:
        raise WorkshopError(f"'{every}' is no length of time. {did_you_mean(every, EVERY)}".strip())
    if last < first:
        return []
    if every == "all":
        return [Period(first, last)]
    found = [holding(calendar, every, first)]
    while found[-1].end < last:
        found.append(holding(calendar, every, found[-1].end + _ONE_DAY))
    return found


def holding(calendar: Calendar, every: str, day: dt.date) -> Period:
    """The week, month, fiscal quarter or fiscal year that holds `day`.

    >>> holding(Calendar(fiscal_year_starts=2), "quarter", dt.date(2018, 1, 31))
    Period(start=datetime.date(2017, 11, 1), end=datetime.date(2018, 1, 31))
    """
    if every == "week":
        offset = day.weekday() if calendar.week_starts == "monday" else (day.weekday() + 1) % 7
        start = day - dt.timedelta(days=offset)
        return Period(start, start + dt.timedelta(days=6))
    length = _MONTHS[every]
    shift = 0 if every == "month" else calendar.fiscal_year_starts - 1
    index = (day.year * 12 + day.month - 1 - shift) // length * length + shift
    return Period(_first_of(index), _first_of(index + length) - _ONE_DAY)


def name(calendar: Calendar, every: str, day: dt.date) -> str:
    """What the period that holds `day` is called.

    A fiscal year has the number of the calendar year in which it ends, and says FY unless it begins in January:
    with a fiscal year from February, November 2017 lies in FY2018 Q4. A week is named by its first day.

    >>> name(Calendar(fiscal_year_starts=2), "quarter", dt.date(2017, 11, 30))
    'FY2018 Q4'
    >>> name(Calendar(), "quarter", dt.date(2017, 11, 30)), name(Calendar(), "week", dt.date(2017, 11, 30))
    ('2017 Q4', 'week of 2017-11-27')
    """
    if every == "week":
        return f"week of {holding(calendar, every, day).start}"
    if every == "month":
        return f"{day:%Y-%m}"
    year = holding(calendar, "year", day)
    called = f"FY{year.end.year}" if calendar.fiscal_year_starts > 1 else str(year.end.year)
    if every == "year":
        return called
    start = holding(calendar, "quarter", day).start
    number = ((start.year - year.start.year) * 12 + start.month - year.start.month) // 3 + 1
    return f"{called} Q{number}"


def _first_of(month: int) -> dt.date:
    return dt.date(month // 12, month % 12 + 1, 1)
