"""The calendar: weeks from Monday or Sunday, fiscal quarters and years, and a spine without gaps."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from kpi_workshop.crm import calendar
from kpi_workshop.crm.calendar import Period
from kpi_workshop.engagement import Calendar
from kpi_workshop.errors import WorkshopError

MONDAY = Calendar()
SUNDAY = Calendar(week_starts="sunday")
D = dt.date


def test_iso_weeks_agree_with_the_standard_library_over_fifty_years() -> None:
    days = calendar.days(MONDAY, D(1990, 1, 1), D(2039, 12, 31))
    assert len(days) == 18262
    start = days["week_start"].dt.date
    iso = [day.date().isocalendar() for day in days["day"]]
    assert list(start) == [D.fromisocalendar(year, week, 1) for year, week, _ in iso]
    assert ((days["week_end"] - days["week_start"]).dt.days == 6).all()


def test_sunday_weeks_begin_on_the_sunday_on_or_before_the_day() -> None:
    days = calendar.days(SUNDAY, D(2016, 12, 25), D(2017, 1, 8)).set_index("day")
    assert set(days["week_start"].dt.day_name()) == {"Sunday"}
    assert days.loc["2017-01-07", "week_start"] == pd.Timestamp(2017, 1, 1)
    assert days.loc["2017-01-08", "week_start"] == pd.Timestamp(2017, 1, 8)
    assert calendar.holding(SUNDAY, "week", D(2016, 12, 31)) == Period(D(2016, 12, 25), D(2016, 12, 31))


def test_a_year_can_have_a_53rd_week_and_none_is_lost() -> None:
    weeks = calendar.periods(MONDAY, "week", D(2015, 1, 1), D(2015, 12, 31))
    assert len(weeks) == 53
    assert all(b.start - a.end == dt.timedelta(days=1) for a, b in zip(weeks, weeks[1:], strict=False))


@pytest.mark.parametrize("first_month", range(1, 13))
def test_fiscal_quarters_agree_with_pandas(first_month: int) -> None:
    policy = Calendar(fiscal_year_starts=first_month)
    days = calendar.days(policy, D(2015, 12, 1), D(2021, 3, 1))
    ends_in = pd.Timestamp(2000, (first_month - 2) % 12 + 1, 1).strftime("%b").upper()
    for every, freq in (("quarter", f"Q-{ends_in}"), ("year", f"Y-{ends_in}"), ("month", "M")):
        expected = days["day"].dt.to_period(freq)
        assert (days[f"{every}_start"] == expected.dt.start_time).all(), every
        assert (days[f"{every}_end"] == expected.dt.end_time.dt.normalize()).all(), every
    quarter = days["day"].dt.to_period(f"Q-{ends_in}")
    prefix = "FY" if first_month > 1 else ""
    for day, period in zip(days["day"][::17], quarter[::17], strict=True):
        assert calendar.name(policy, "quarter", day.date()) == f"{prefix}{period.qyear} Q{period.quarter}"
        held = calendar.holding(policy, "quarter", day.date())
        assert held == Period(period.start_time.date(), period.end_time.date())


def test_a_fiscal_year_is_named_by_the_year_in_which_it_ends() -> None:
    april = Calendar(fiscal_year_starts=4)
    assert calendar.name(april, "year", D(2017, 4, 1)) == "FY2018"
    assert calendar.name(april, "year", D(2017, 3, 31)) == "FY2017"
    assert calendar.name(april, "quarter", D(2018, 1, 1)) == "FY2018 Q4"
    assert calendar.name(april, "month", D(2018, 1, 1)) == "2018-01"


def test_the_last_period_of_the_spine_is_whole_even_where_the_data_end_inside_it() -> None:
    months = calendar.periods(MONDAY, "month", D(2017, 1, 31), D(2017, 3, 1))
    assert [(p.start, p.end) for p in months] == [
        (D(2017, 1, 1), D(2017, 1, 31)),
        (D(2017, 2, 1), D(2017, 2, 28)),
        (D(2017, 3, 1), D(2017, 3, 31)),
    ]


def test_everything_is_one_period_of_exactly_the_days_asked_for() -> None:
    assert calendar.periods(MONDAY, "all", D(2016, 10, 20), D(2017, 12, 31)) == [Period(D(2016, 10, 20), D(2017, 12, 31))]
    assert calendar.periods(MONDAY, "all", D(2017, 1, 2), D(2017, 1, 1)) == []


def test_a_misspelt_length_of_time_is_answered_with_the_right_one() -> None:
    with pytest.raises(WorkshopError, match="'quater' is no length of time. Did you mean: quarter?"):
        calendar.periods(MONDAY, "quater", D(2017, 1, 1), D(2017, 1, 1))
