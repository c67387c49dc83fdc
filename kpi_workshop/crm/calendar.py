"""The client's calendar: for each day the week, month, fiscal quarter and fiscal year that it belongs to."""

from __future__ import annotations

import bisect
import datetime as dt
import itertools
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
    calendar months, unless `calendar.pattern` makes them of whole weeks.
    """
    import numpy as np
    import pandas as pd

    day = np.arange(np.datetime64(first), np.datetime64(last + _ONE_DAY))
    # Day 0 of NumPy's count, 1 January 1970, was a Thursday.
    offset = (day.astype(np.int64) + (3 if calendar.week_starts == "monday" else 4)) % 7
    columns = {"day": day, "week_start": day - offset, "week_end": day - offset + 6}
    month = day.astype("datetime64[M]").astype(np.int64)
    for every, length in _MONTHS.items():
        if calendar.pattern != "months":
            bounds = np.array(_bounds(calendar, every, first, last), dtype="datetime64[D]")
            place = np.searchsorted(bounds, day, side="right")
            columns[f"{every}_start"], columns[f"{every}_end"] = bounds[place - 1], bounds[place] - 1
            continue
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
        start = _week_start(calendar, day)
        return Period(start, start + dt.timedelta(days=6))
    if calendar.pattern != "months":
        bounds = _bounds(calendar, every, day, day)
        place = bisect.bisect_right(bounds, day)
        return Period(bounds[place - 1], bounds[place] - _ONE_DAY)
    length = _MONTHS[every]
    shift = 0 if every == "month" else calendar.fiscal_year_starts - 1
    index = (day.year * 12 + day.month - 1 - shift) // length * length + shift
    return Period(_first_of(index), _first_of(index + length) - _ONE_DAY)


def name(calendar: Calendar, every: str, day: dt.date) -> str:
    """What the period that holds `day` is called.

    A fiscal year has the number of the calendar year in which it ends, and says FY unless it begins in January:
    with a fiscal year from February, November 2017 lies in FY2018 Q4. A week is named by its first day, a month of
    whole weeks by its number in the fiscal year.

    >>> name(Calendar(fiscal_year_starts=2), "quarter", dt.date(2017, 11, 30))
    'FY2018 Q4'
    >>> name(Calendar(), "quarter", dt.date(2017, 11, 30)), name(Calendar(), "week", dt.date(2017, 11, 30))
    ('2017 Q4', 'week of 2017-11-27')
    >>> name(Calendar(fiscal_year_starts=2, week_starts="sunday", pattern="4-5-4"), "month", dt.date(2018, 2, 3))
    'FY2018 month 12'
    """
    if every == "week":
        return f"week of {holding(calendar, every, day).start}"
    if every == "month" and calendar.pattern == "months":
        return f"{day:%Y-%m}"
    # The middle of a fiscal year of whole weeks is never so near its edge that it lies in another year's months.
    year = holding(calendar, "year", day)
    middle = year.start + dt.timedelta(days=182)
    ends_in = middle.year + (calendar.fiscal_year_starts > 1 and middle.month >= calendar.fiscal_year_starts)
    called = f"FY{ends_in}" if calendar.fiscal_year_starts > 1 else str(ends_in)
    if every == "year":
        return called
    start = holding(calendar, every, day).start
    number = len(periods(calendar, every, year.start, start))
    return f"{called} month {number}" if every == "month" else f"{called} Q{number}"


def _week_start(calendar: Calendar, day: dt.date) -> dt.date:
    offset = day.weekday() if calendar.week_starts == "monday" else (day.weekday() + 1) % 7
    return day - dt.timedelta(days=offset)


def _bounds(calendar: Calendar, every: str, first: dt.date, last: dt.date) -> list[dt.date]:
    """The first days of all months, quarters or years of whole weeks around these days, and one more after them.

    A fiscal year begins on the first day of the week nearest to the first day of its month, as in the retail calendar
    of the National Retail Federation (4-5-4 from the Sunday nearest to 1 February). It has 52 weeks or 53; the last
    month takes the 53rd, so that every quarter but that one has 13.
    """
    weeks = [int(number) for number in calendar.pattern.split("-")] * 4
    starts = [_fiscal_start(calendar, year) for year in range(first.year - 1, last.year + 3)]
    if every == "year":
        return starts
    lengths = weeks if every == "month" else [sum(weeks[:3])] * 4
    bounds = []
    for start in starts[:-1]:
        for past in itertools.accumulate(lengths[:-1], initial=0):
            bounds.append(start + dt.timedelta(weeks=past))
    return [*bounds, starts[-1]]


def _fiscal_start(calendar: Calendar, year: int) -> dt.date:
    """The first day of the week nearest to the first day of the fiscal year's month: three days off at most."""
    return _week_start(calendar, dt.date(year, calendar.fiscal_year_starts, 1) + dt.timedelta(days=3))


def _first_of(month: int) -> dt.date:
    return dt.date(month // 12, month % 12 + 1, 1)
