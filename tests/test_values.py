"""Numbers and flags: one decimal sign a column, finite, or asked for."""

from __future__ import annotations

import pyarrow as pa
import pytest

from kpi_workshop.crm.sources import values


def numbers(*texts, decimal=""):
    return values.numbers(pa.chunked_array([pa.array(texts, pa.string())]), decimal=decimal)


@pytest.mark.parametrize(
    ("texts", "read"),
    [
        (["1,234.50", "2"], [1234.5, 2]),
        (["1.234,50", "2"], [1234.5, 2]),
        (["12.5", "1.234"], [12.5, 1.234]),
        (["12,5", "1,234"], [12.5, 1.234]),
        (["$22,700.00", "(5.00)", "-3", "€ 5", "100 USD", "-$4.5", "US$ 7"], [22700, -5, -3, 5, 100, -4.5, 7]),
        (["1 234,5", "1\u00a0234\u00a0567,5"], [1234.5, 1234567.5]),
        (["1'234.50", "1e5"], [1234.5, 100000]),
        (["1,234,567"], [1234567]),
        (["$1,117.10K", "$5.70K", "$3M", "2bn"], [1117100, 5700, 3e6, 2e9]),
        (["1,5 Mio. €", "2,25 Mio", "7 SEK"], [1.5e6, 2.25e6, 7]),
        (["0.123"], [0.123]),
        (["1.200,- €", "450,--", "12,50"], [1200, 450, 12.5]),
        (["1'200.–", "CHF 450.-", "1,200.00-", "− 8"], [1200, 450, -1200, -8]),
        (["₹1.2 Cr", "80 lakh", "₹1,20,000.00"], [12e6, 8e6, 120000]),
        ([None, "0"], [None, 0]),
    ],
)
def test_numbers_are_read_as_the_column_writes_them(texts, read):
    found = numbers(*texts)
    assert found.asks == ""
    assert found.values.to_pylist() == read
    assert not any(found.wrong.to_pylist())


@pytest.mark.parametrize("text", ["1,234", "1.234"])
def test_a_sign_that_may_mean_thousands_or_decimals_is_asked_for(text):
    assert numbers(text, "5").asks == f"'{text}' may be 1234 or 1.234, and no value decides it"
    assert numbers("1,234", decimal=".").values.to_pylist() == [1234]
    assert numbers("1,234", decimal=",").values.to_pylist() == [1.234]


def test_two_decimal_signs_in_one_column_are_told():
    assert numbers("1.5", "2,5").asks == "'1.5' has a decimal point and '2,5' a decimal comma"


@pytest.mark.parametrize("text", ["nan", "inf", "-Infinity", "1e999", "abc", ".", "-", "12 5", "1,23,4.5", "0x10", "="])
def test_what_is_no_finite_number_is_marked_wrong(text):
    assert numbers(text, "7.5").wrong.to_pylist() == [True, False]


def test_a_typed_column_may_not_hold_nan_or_infinity():
    found = values.numbers(pa.chunked_array([pa.array([1.5, float("nan"), float("inf"), None])]), decimal="")
    assert found.wrong.to_pylist() == [False, True, True, False]


def test_yes_and_no_are_read_in_the_usual_spellings():
    found = values.flags(pa.chunked_array([pa.array(["Yes", "n", "TRUE", "0", None, "maybe"])]))
    assert found.values.to_pylist() == [True, False, True, False, None, None]
    assert found.wrong.to_pylist() == [False] * 5 + [True]
