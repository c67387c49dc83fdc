"""Numbers, units and days as people write them, in the pages and in the sentences of every step.

The one place where they are written: separators, money and the order of a day are those of the engagement's locale,
which `locales.writing` sets for a block and `locales.settle` for a notebook; the words are English.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from . import locales

RATIOS = ("ratio", "share", "percent", "%")
MONEY = ("money", "money per day")
COUNTS = ("count", "deals", "leads", "customers", "people")
NOT_COMPUTABLE = "not computable"
MINUS = "\u2212"
SPACE = "\u00a0"
"""A space that never breaks a line between a number and its unit."""


def figure(value: float | None, unit: str) -> str:
    """The bare number for a table whose heading holds the unit: three significant digits, whole counts in full.

    >>> figure(0.631501, "ratio"), figure(2360.909, "money"), figure(51.78, "days"), figure(747.0, "deals")
    ('63.2', '2,360', '51.8', '747')
    >>> with locales.writing("de-DE"):
    ...     figure(0.631501, "ratio"), figure(2360.909, "money")
    ('63,2', '2.360')
    """
    if value is None:
        return NOT_COMPUTABLE
    shown = value * 100 if unit in RATIOS else value
    whole = float(shown).is_integer()
    if whole and abs(shown) < 10_000 and unit not in MONEY:
        return number(shown)
    size = abs(shown)
    if size >= 999_500:
        return _signed(_digits(size / 1e6) + SPACE + "million", shown)
    return _signed(_digits(size), shown)


@dataclass(frozen=True)
class Scale:
    """How the numbers of one row are written alike: shown in ones or thousands, with the same decimals."""

    divisor: float
    decimals: int
    word: str

    def figure(self, value: float | None, unit: str) -> str:
        """A value of the row; three significant digits, whole counts in full."""
        if value is None:
            return NOT_COMPUTABLE
        if unit in COUNTS:
            return number(value) if float(value).is_integer() else _signed(_digits(abs(value)), value)
        shown = (value * 100 if unit in RATIOS else value) / self.divisor
        return number(float(f"{shown:.3g}"), self.decimals)


def scale(values: Iterable[float | None], unit: str) -> Scale:
    """The scale for a row of values in one unit.

    >>> row = scale([988_000, 1_049_000], "money")
    >>> row.word, row.figure(988_000, "money"), row.figure(1_049_000, "money")
    ('thousand', '988', '1,050')
    >>> scale([56.0, 47.5], "days").figure(56.0, "days"), scale([29, 1182], "deals").figure(1182, "deals")
    ('56.0', '1,182')
    """
    known = [abs(value) * (100 if unit in RATIOS else 1) for value in values if value is not None]
    top = max(known, default=0.0)
    large = unit in MONEY and top >= 100_000
    top = top / 1000 if large else top
    decimals = 0 if top >= 100 else 1 if top >= 10 else 2
    return Scale(1000.0 if large else 1.0, decimals, "thousand" if large else "")


def written(value: float | None, unit: str, *, currency: str = "") -> str:
    """The number with its unit, for a sentence.

    >>> written(0.631501, "ratio").replace(SPACE, " "), written(1094363, "money", currency="USD").replace(SPACE, " ")
    ('63.2 %', 'USD 1.09 million')
    >>> with locales.writing("en-US"):
    ...     written(0.631501, "ratio"), written(-2360.909, "money", currency="USD")
    ('63.2%', '−$2,360')
    """
    said = figure(value, unit)
    if value is None:
        return said
    if unit in RATIOS:
        return locales.current().percent.format(said)
    if unit in MONEY:
        return _money(said, currency) + (" a day" if unit.endswith("per day") else "")
    if unit in ("days", "day", "minutes", "hours"):
        return f"{said}{SPACE}{unit}"
    return said


def number(value: float, decimals: int = 0) -> str:
    """A number with so many decimals.

    >>> number(-1234.5, 1), number(-0.01)
    ('−1,234.5', '0')
    """
    text = f"{abs(value):.{decimals}f}"
    return _signed(locales.current().number(text, decimals), value)


def percent(share: float, decimals: int = 0, *, signed: bool = False) -> str:
    """A share in percent, of a change with its sign.

    >>> percent(0.25).replace(SPACE, " "), percent(-0.056, signed=True).replace(SPACE, " ")
    ('25 %', '−6 %')
    """
    said = number(share * 100, decimals)
    plus = "+" if signed and share > 0 and said.strip("0.,") else ""
    return plus + locales.current().percent.format(said)


def heading(unit: str, *, currency: str = "") -> str:
    """The unit as a heading says it.

    >>> heading("ratio"), heading("money", currency="EUR"), heading("days")
    ('%', 'EUR', 'days')
    """
    if unit in RATIOS:
        return "%"
    return unit.replace("money", currency) if unit.startswith("money") and currency else unit


def spoken_day(value: dt.date, *, year: bool = True) -> str:
    """A day as people write it.

    >>> spoken_day(dt.date(2017, 3, 2)), spoken_day(dt.date(2017, 3, 2), year=False)
    ('2 March 2017', '2 March')
    >>> with locales.writing("en-US"):
    ...     spoken_day(dt.date(2017, 3, 2))
    'March 2, 2017'
    """
    return locales.current().day(value, year=year)


def short_day(value: dt.date) -> str:
    """A day without its year, for a narrow heading.

    >>> short_day(dt.date(2017, 9, 2))
    '2 Sep'
    """
    return locales.current().day(value, year=False, short=True)


def month_name(month: int) -> str:
    """The name of the month with this number."""
    return locales.words_of_day(dt.date(2000, month, 1), "MMMM")


def short_month(value: dt.date) -> str:
    """The month of a day and its year, for a narrow heading.

    >>> short_month(dt.date(2017, 9, 2))
    'Sep 2017'
    """
    return locales.words_of_day(value, "MMM y")


def spoken_period(start: dt.date, end: dt.date, *, every: str, fiscal_year_starts: int = 1) -> str:
    """A week, month, quarter or year as people write it; a fiscal quarter by its months.

    >>> spoken_period(dt.date(2017, 12, 18), dt.date(2017, 12, 24), every="week")
    'week to 24 December 2017'
    >>> spoken_period(dt.date(2017, 10, 1), dt.date(2017, 12, 31), every="quarter")
    'Q4 2017'
    >>> spoken_period(dt.date(2017, 11, 1), dt.date(2018, 1, 31), every="quarter", fiscal_year_starts=2)
    'Nov 2017 to Jan 2018'
    """
    if every == "week":
        return f"week to {spoken_day(end)}"
    # Months of whole weeks begin and end up to ten days off the calendar month: two weeks inside they lie in it.
    start, end = start + dt.timedelta(days=14), end - dt.timedelta(days=14)
    if every == "month":
        return locales.words_of_day(start, "MMMM y")
    if every == "quarter" and fiscal_year_starts == 1:
        return f"Q{(start.month + 2) // 3} {start.year}"
    first = locales.words_of_day(start, "MMM y" if start.year != end.year else "MMM")
    return f"{first} to {locales.words_of_day(end, 'MMM y')}"


def counted(many: int, noun: str, *, plural: str = "") -> str:
    """A count and its noun.

    >>> counted(1, "row"), counted(8800, "row"), counted(2, "opportunity", plural="opportunities")
    ('1 row', '8,800 rows', '2 opportunities')
    """
    return f"{number(many)} {noun if many == 1 else plural or noun + 's'}"


def joined(words: list[str]) -> str:
    """Words as a list in a sentence.

    >>> joined(["calls", "demos", "deals"])
    'calls, demos and deals'
    """
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}" if words else ""


def _digits(size: float) -> str:
    """Three significant digits; a number of four or more digits is rounded to its third."""
    if size == 0:
        return "0"
    rounded = float(f"{size:.3g}")
    return number(rounded, 0 if rounded >= 100 else 1 if rounded >= 10 else 2)


def _money(said: str, currency: str) -> str:
    """An amount with its currency, the sign before both."""
    style = locales.current()
    size = said.removeprefix(MINUS)
    minus = said[: len(said) - len(size)]
    return minus + style.money.format(size).replace("¤", style.currency(currency)) if currency else said


def _signed(text: str, value: float) -> str:
    return MINUS + text if value < 0 and text.strip("0.,") else text
