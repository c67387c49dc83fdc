"""The calendar: weeks from Monday or Sunday, fiscal quarters and years, and a spine without gaps."""

from __future__ import annotations

import datetime as dt
import itertools

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
    assert all(b.start - a.end == dt.timedelta(days=1) for a, b in itertools.pairwise(weeks))


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
    assert calendar.periods(MONDAY, "all", D(2016, 10, 20), D(2017, 12, 31)) == [
        Period(D(2016, 10, 20), D(2017, 12, 31))
    ]
    assert calendar.periods(MONDAY, "all", D(2017, 1, 2), D(2017, 1, 1)) == []


def test_a_misspelt_length_of_time_is_answered_with_the_right_one() -> None:
    with pytest.raises(WorkshopError, match=r"'quater' is no length of time\. Did you mean: quarter\?"):
        calendar.periods(MONDAY, "quater", D(2017, 1, 1), D(2017, 1, 1))


# Months of whole weeks

RETAIL = Calendar(week_starts="sunday", fiscal_year_starts=2, pattern="4-5-4")

NRF = {
    2016: (D(2016, 1, 31), 52), 2017: (D(2017, 1, 29), 53), 2018: (D(2018, 2, 4), 52), 2019: (D(2019, 2, 3), 52),
    2020: (D(2020, 2, 2), 52), 2021: (D(2021, 1, 31), 52), 2022: (D(2022, 1, 30), 52), 2023: (D(2023, 1, 29), 53),
    2024: (D(2024, 2, 4), 52),
}  # fmt: skip
"""First day and weeks of each year of the 4-5-4 calendar that the National Retail Federation publishes."""


@pytest.mark.parametrize("year", NRF)
def test_the_4_5_4_years_are_those_of_the_national_retail_federation(year: int) -> None:
    first, weeks = NRF[year]
    period = calendar.holding(RETAIL, "year", first)
    assert (period.start, period.days) == (first, 7 * weeks)
    assert calendar.holding(RETAIL, "year", first - dt.timedelta(days=1)).end == first - dt.timedelta(days=1)
    assert calendar.name(RETAIL, "year", D(year, 7, 1)) == f"FY{year + 1}"


def test_the_years_with_53_weeks_are_those_that_the_federation_names() -> None:
    """NRF, 4-5-4 Calendar, "An explanation of the 53-week year" (nrf.com/resources/4-5-4-calendar)."""
    long = [year for year in range(1998, 2029) if calendar.holding(RETAIL, "year", D(year, 7, 1)).days == 371]
    assert long == [2000, 2006, 2012, 2017, 2023, 2028]


def test_the_4_5_4_months_of_2017_are_the_published_ones_and_the_last_takes_the_53rd_week() -> None:
    months = calendar.periods(RETAIL, "month", D(2017, 1, 29), D(2018, 2, 3))
    published = [
        D(2017, 1, 29), D(2017, 2, 26), D(2017, 4, 2), D(2017, 4, 30), D(2017, 5, 28), D(2017, 7, 2), D(2017, 7, 30),
        D(2017, 8, 27), D(2017, 10, 1), D(2017, 10, 29), D(2017, 11, 26), D(2017, 12, 31),
    ]  # fmt: skip
    assert [month.start for month in months] == published
    assert [month.days // 7 for month in months] == [4, 5, 4] * 3 + [4, 5, 5]
    assert months[-1].end == D(2018, 2, 3)
    assert calendar.name(RETAIL, "month", D(2018, 2, 3)) == "FY2018 month 12"
    assert calendar.name(RETAIL, "quarter", D(2018, 2, 3)) == "FY2018 Q4"


@pytest.mark.parametrize("pattern", ["4-4-5", "4-5-4", "5-4-4"])
@pytest.mark.parametrize("first_month", [1, 2, 7, 10])
@pytest.mark.parametrize("week_starts", ["monday", "sunday"])
def test_months_of_whole_weeks_agree_with_a_plain_walk_over_forty_years(
    pattern: str, first_month: int, week_starts: str
) -> None:
    policy = Calendar(week_starts=week_starts, fiscal_year_starts=first_month, pattern=pattern)  # type: ignore[arg-type]
    weekday = 0 if week_starts == "monday" else 6
    frame = calendar.days(policy, D(1995, 1, 1), D(2034, 12, 31)).set_index("day")
    year = 1994
    while year < 2034:
        # The nearest such weekday to the first of the month, found by trying the days around it.
        around = [D(year, first_month, 1) + dt.timedelta(days=n) for n in (0, -1, 1, -2, 2, -3, 3)]
        start = next(day for day in around if day.weekday() == weekday)
        after = next(d for d in (D(year + 1, first_month, 1) + dt.timedelta(days=n) for n in (0, -1, 1, -2, 2, -3, 3))
                     if d.weekday() == weekday)  # fmt: skip
        day, month_starts = start, []
        for weeks in [int(n) for n in pattern.split("-")] * 4:
            month_starts.append(day)
            day += dt.timedelta(weeks=weeks)
        assert (after - day).days in (0, 7)
        for i, month in enumerate(month_starts):
            if not D(1996, 1, 1) <= month <= D(2033, 12, 31):
                continue
            end = (month_starts[i + 1] if i < 11 else after) - dt.timedelta(days=1)
            for tested in (month, end):
                row = frame.loc[pd.Timestamp(tested)]
                assert (row["month_start"].date(), row["month_end"].date()) == (month, end)
                assert row["quarter_start"].date() == month_starts[i // 3 * 3]
                assert (row["year_start"].date(), row["year_end"].date()) == (start, after - dt.timedelta(days=1))
                for every in ("month", "quarter", "year"):
                    held = calendar.holding(policy, every, tested)
                    assert (held.start, held.end) == (row[f"{every}_start"].date(), row[f"{every}_end"].date())
        year += 1


def test_a_year_of_whole_weeks_from_january_keeps_its_number_where_it_begins_or_ends_in_another_year() -> None:
    policy = Calendar(pattern="4-4-5")
    assert calendar.holding(policy, "year", D(2024, 12, 30)).start == D(2024, 12, 30)
    assert calendar.name(policy, "year", D(2024, 12, 30)) == "2025"
    assert calendar.name(policy, "quarter", D(2026, 1, 3)) == "2026 Q1"
    assert calendar.name(policy, "year", D(2027, 1, 3)) == "2026"
