"""Days and moments: the order of day and month is proved by the values, or asked for."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpi_workshop.crm.sources import dates

D = dt.date
M = dt.datetime


def read(*texts, form="", zone="", business_zone="UTC", as_day=True):
    column = pa.chunked_array([pa.array(texts, pa.string())])
    return dates.moments(column, form=form, zone=zone, business_zone=business_zone, as_day=as_day)


@pytest.mark.parametrize(
    ("texts", "days"),
    [
        (["2017-01-02", "2017-1-31"], [D(2017, 1, 2), D(2017, 1, 31)]),
        (["1/2/2017", "3/13/2017"], [D(2017, 1, 2), D(2017, 3, 13)]),
        (["1/2/2017", "13/3/2017"], [D(2017, 2, 1), D(2017, 3, 13)]),
        (["01.02.2017", "25.12.2017"], [D(2017, 2, 1), D(2017, 12, 25)]),
        (["06/15/21", "01/02/21"], [D(2021, 6, 15), D(2021, 1, 2)]),
        (["20170301"], [D(2017, 3, 1)]),
        (["23-Apr-85", "Apr 3, 2017"], [D(1985, 4, 23), D(2017, 4, 3)]),
        (["15 April 2021", "2 Sept. 2020"], [D(2021, 4, 15), D(2020, 9, 2)]),
        (["1/1/2017", "2/2/2017"], [D(2017, 1, 1), D(2017, 2, 2)]),
        (["2017-03-01", "13/02/2017", "01/02/2017"], [D(2017, 3, 1), D(2017, 2, 13), D(2017, 2, 1)]),
    ],
)
def test_one_value_proves_the_order_of_the_whole_column(texts, days):
    found = read(*texts)
    assert found.asks == ""
    assert found.values.to_pylist() == days


def test_an_order_that_no_value_decides_is_asked_for():
    assert read("1/2/2017", "3/4/2017").asks == (
        "'1/2/2017' may be 2017-02-01 (D/M/Y) or 2017-01-02 (M/D/Y), and no value decides it"
    )
    assert "2003-04-21 (Y-M-D)" in read("03/04/21").asks


def test_values_that_prove_both_orders_are_told():
    assert read("13/02/2017", "02/13/2017").asks == "'13/02/2017' is D/M/Y and '02/13/2017' is M/D/Y"


def test_a_stated_order_is_followed():
    assert read("1/2/2017", form="D/M/Y").values.to_pylist() == [D(2017, 2, 1)]
    assert read("1/2/2017", form="M/D/Y").values.to_pylist() == [D(2017, 1, 2)]


@pytest.mark.parametrize("wrong", ["31/02/2017", "hello", "2017-02-30", "0217-03-01", "2017-03-01 25:00", "0017-01-01"])
def test_what_is_no_date_is_marked_wrong(wrong):
    found = read("13/01/2017", wrong)
    assert found.wrong.to_pylist() == [False, True]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.dates(D(1970, 1, 1), D(2068, 12, 31)), min_size=1, max_size=30),
    st.sampled_from(["%d/%m/%Y", "%m/%d/%Y"]),
)
def test_a_column_is_read_right_or_asked_about_never_read_wrong(days, form):
    found = read(*(day.strftime(form) for day in days))
    if not found.asks:
        assert found.values.to_pylist() == days
    else:
        assert all(day.day <= 12 for day in days), "a day above the twelfth proves the order"


def test_clock_times_in_the_usual_forms_are_read():
    found = read("3/1/2017 1:05 PM", "12/31/2017 12:00 AM", "1/13/2017 12:30 pm", as_day=False)
    assert found.values.to_pylist() == [M(2017, 3, 1, 13, 5), M(2017, 12, 31), M(2017, 1, 13, 12, 30)]
    found = read("15 Apr, 2021 00:02:00", "20 Apr, 2021 09:34:11", as_day=False)
    assert found.values.to_pylist() == [M(2021, 4, 15, 0, 2), M(2021, 4, 20, 9, 34, 11)]


def test_offsets_and_zones_become_the_business_time():
    found = read("2017-03-01T09:00:00Z", "2017-07-01T23:30:00.25+02:00", business_zone="America/New_York", as_day=False)
    assert found.values.to_pylist() == [M(2017, 3, 1, 4), M(2017, 7, 1, 17, 30, 0, 250_000)]
    assert read("2017-03-01 01:00", zone="UTC", business_zone="America/New_York").values.to_pylist() == [D(2017, 2, 28)]
    typed = pa.chunked_array([pa.array([M(2017, 3, 1, 1)], pa.timestamp("us", "UTC"))])
    found = dates.moments(typed, form="", zone="", business_zone="America/New_York", as_day=True)
    assert found.values.to_pylist() == [D(2017, 2, 28)]


def test_excel_day_numbers_are_read_when_stated():
    found = read("42736", "42736.5", "45631", "nonsense", form="excel", as_day=False)
    assert found.values.to_pylist() == [M(2017, 1, 1), M(2017, 1, 1, 12), M(2024, 12, 5), None]
    assert found.wrong.to_pylist() == [False, False, False, True]
    assert read("12736", form="D/M/Y").wrong.to_pylist() == [True]


def test_excel_day_numbers_are_recognised_by_their_five_digits():
    assert read("42736", None, "45631.5").values.to_pylist() == [D(2017, 1, 1), None, D(2024, 12, 5)]
    assert "Excel may have swapped day and month" in read("42736", "13/02/2017").asks


def test_unix_times_are_recognised_by_their_ten_or_thirteen_digits():
    found = read("1488358800", "1488358800123", business_zone="America/New_York", as_day=False)
    assert found.values.to_pylist() == [M(2017, 3, 1, 4)] * 2


def test_several_forms_in_one_column_are_read_where_each_is_proved():
    texts = ("15 Apr, 2021 00:03:00", "2021-04-15 23:03:00", "2021-04-25", "03-07-2021 01:09", "13-07-2021 02:00")
    days = [D(2021, 4, 15), D(2021, 4, 15), D(2021, 4, 25), D(2021, 7, 3), D(2021, 7, 13)]
    assert read(*texts).values.to_pylist() == days
    assert read("13-07-2021", "7/14/2021").values.to_pylist() == [D(2021, 7, 13), D(2021, 7, 14)]
    assert "'7/4/2021' may be" in read("13-07-2021", "7/4/2021").asks


def test_months_are_known_in_several_languages():
    found = read("15. März 2021", "3 févr. 2021", "1 ago 2021", "2 dez 2021")
    assert found.values.to_pylist() == [D(2021, 3, 15), D(2021, 2, 3), D(2021, 8, 1), D(2021, 12, 2)]


def test_an_exact_pattern_is_followed():
    assert read("2017-02", form="%Y-%m").values.to_pylist() == [D(2017, 2, 1)]
    found = read("01.03.2017 01h +0200", form="%d.%m.%Y %Hh %z", as_day=False)
    assert found.values.to_pylist() == [M(2017, 2, 28, 23)]


AROUND = {
    "Sat, 31 Jan 2026": D(2026, 1, 31),
    "Thursday, February 12, 2026": D(2026, 2, 12),
    "31st January 2026": D(2026, 1, 31),
    "31 de enero de 2026": D(2026, 1, 31),
    "So., 31. Jan. 2026": D(2026, 1, 31),
    "31 janv. 2026": D(2026, 1, 31),
    "2026年2月3日": D(2026, 2, 3),
    "Mar 31 2026": D(2026, 3, 31),
    "31 May 2026 at 5:30\u202fPM": D(2026, 5, 31),
    "Sat Jan 31 2026 10:00:00 GMT+0100 (Central European Standard Time)": D(2026, 1, 31),
}


@pytest.mark.parametrize("text", AROUND)
def test_what_people_and_programs_write_around_a_day_is_passed_over(text):
    assert read(text).values.to_pylist() == [AROUND[text]]


def test_years_of_two_figures_are_told_by_the_decades_another_order_would_span():
    written = ["31/01/26", "12/02/26", "03/02/26", "25/12/25", "07/01/26"]
    found = read(*written)
    assert found.values.to_pylist() == [D(2026, 1, 31), D(2026, 2, 12), D(2026, 2, 3), D(2025, 12, 25), D(2026, 1, 7)]
    assert found.notes == ("days such as '31/01/26' were read as D/M/Y: in another order they would span decades.",)
    turned = ["-".join(reversed(text.split("/"))) for text in written]
    assert read(*turned).values.to_pylist() == found.values.to_pylist()
    assert read(*written[:4]).asks, "four days prove nothing"
    assert read("03/02/26", "04/02/26", "05/02/26", "06/02/26", "07/02/26").asks, "day and month stay open"
