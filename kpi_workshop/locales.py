"""How a country writes numbers, money and days, from Babel; the words themselves stay English."""

from __future__ import annotations

import contextlib
import functools
import re
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from decimal import Decimal
from locale import windows_locale
from typing import Any

_WORDS = "en"
_DIRECTIONS = dict.fromkeys(map(ord, "\u200e\u200f\u061c"))
"""Marks of right-to-left text, which these patterns hold and an English sentence does not need."""

_LETTER = frozenset(("BZ", "CA", "CL", "CO", "CR", "GT", "MX", "NI", "PA", "PH", "PR", "SV", "US", "VE"))
"""Territories of US Letter in the supplemental data of Unicode's CLDR, which Babel leaves out."""


@dataclass(frozen=True)
class Style:
    """One way of writing: Babel's name of the locale, patterns of its numbers, and whether the month comes first.

    `percent` and `money` hold `{}` where the number stands, and `money` `¤` where the currency does.
    """

    locale: str
    whole: str
    percent: str
    money: str
    month_first: bool
    symbols: bool

    def number(self, size: str | float, decimals: int = 0) -> str:
        """A number of no sign with so many decimals, in groups as the locale writes them."""
        digits = size if isinstance(size, str) else f"{size:.{decimals}f}"
        if digits.isdecimal() and len(digits) <= 3 and not decimals:
            return digits  # No locale groups so few, and notes on a large table hold a hundred thousand such numbers.
        return self._grouped(digits, decimals)

    @functools.lru_cache(maxsize=8192)  # noqa: B019
    def _grouped(self, digits: str, decimals: int) -> str:
        from babel.numbers import format_decimal

        pattern = self.whole + ("." + "0" * decimals if decimals else "")
        return format_decimal(Decimal(digits), format=pattern, locale=self.locale)

    def currency(self, code: str) -> str:
        """The currency as the locale writes it beside an amount, such as € or US$."""
        from babel.numbers import get_currency_symbol

        return get_currency_symbol(code, locale=self.locale) if self.symbols else code

    def day(self, value: Any, *, year: bool, short: bool = False) -> str:
        """A day with the month as an English word, in the order of the locale."""
        month = "MMM" if short else "MMMM"
        pattern = f"{month} d" + (", y" if year else "") if self.month_first else f"d {month}" + (" y" if year else "")
        return words_of_day(value, pattern)

    def sheet_money(self, code: str) -> str:
        """The number format of amounts in a workbook; the separators are those of whoever opens it."""
        known = next((number for number, name in windows_locale.items() if name == self.locale), None)
        sign = f"[${self.currency(code)}-{known:X}]" if known and self.symbols else f"[${self.currency(code)}]"
        return self.money.replace("\u00a0", " ").format("#,##0").replace("¤", sign)

    @property
    def sheet_day(self) -> str:
        """The number format of days in a workbook, the months in English."""
        return "[$-409]mmmm d, yyyy" if self.month_first else "[$-809]d mmmm yyyy"

    def for_charts(self) -> dict[str, Any]:
        """The separators for the axes of a chart, as d3 and so Vega takes them."""
        from babel import Locale
        from babel.numbers import parse_pattern

        signs = Locale.parse(self.locale).number_symbols["latn"]
        first, then = parse_pattern(self.whole).grouping
        groups = [first] if first == then else [first, *[then] * 6]
        before, _, after = self.percent.partition("{}")
        return {
            "decimal": signs["decimal"], "thousands": signs["group"], "grouping": groups, "currency": ["", ""],
            "percent": f"{before}{after}", "minus": "\u2212",
        }  # fmt: skip


def known(name: str) -> bool:
    """True for a locale that Babel knows, such as en-US, de-DE or fr-FR.

    >>> known("de-DE"), known("en-US"), known("deutsch"), known("../x")
    (True, True, False, False)
    """
    try:
        style(name)
    except ValueError:
        return False
    return True


@functools.cache
def style(name: str) -> Style:
    """The style of a locale; of "" the international one: 8 May 2026, 1,250.5, 63.2 % and USD 1,250.

    Raises ValueError for what is no locale.
    """
    from babel import Locale
    from babel.core import UnknownLocaleError

    if not name:
        return Style("en_001", "#,##0", "{}\u00a0%", "¤\u00a0{}", month_first=False, symbols=False)
    try:
        found = Locale.parse(name, sep="-")
    except (UnknownLocaleError, ValueError, TypeError):
        raise ValueError(f"no locale {name!r}") from None
    if "latn" not in found.number_symbols:
        raise ValueError(f"no Latin digits in {name!r}")
    whole = found.decimal_formats[None].pattern.partition(";")[0].partition(".")[0]
    day = re.sub(r"'[^']*'", "", found.date_formats["long"].pattern)
    return Style(
        str(found),
        whole,
        _around(found.percent_formats[None].pattern),
        _around(found.currency_formats["standard"].pattern),
        month_first=re.sub("[^dMy]+", "", day).startswith("MMMMd"),
        symbols=True,
    )


def paper(name: str) -> str:
    """The paper that is usual where a locale is: A4, or Letter.

    >>> paper("en-US"), paper("de-DE"), paper("")
    ('Letter', 'A4', 'A4')
    """
    return "Letter" if style(name).locale.rpartition("_")[2] in _LETTER else "A4"


def words_of_day(value: Any, pattern: str) -> str:
    """A day by a pattern of Unicode, its words in English."""
    from babel.dates import format_date

    return format_date(value, format=pattern, locale=_WORDS)


def _around(pattern: str) -> str:
    """What stands before and after the number of a pattern, with `{}` in the number's place."""
    plain = pattern.partition(";")[0].translate(_DIRECTIONS)
    return re.sub(r"[#0][#0,.]*", "{}", plain, count=1)


_USUAL = [""]
_held: ContextVar[str | None] = ContextVar("locale", default=None)


def current() -> Style:
    """The style in which numbers are written here and now."""
    held = _held.get()
    return style(_USUAL[0] if held is None else held)


@contextlib.contextmanager
def writing(name: str) -> Iterator[None]:
    """Numbers, money and days in the style of a locale for as long as the block lasts, in this thread alone."""
    style(name)
    token = _held.set(name)
    try:
        yield
    finally:
        _held.reset(token)


def settle(name: str) -> None:
    """The style of this process wherever no block says otherwise: that of the engagement a notebook opened."""
    style(name)
    _USUAL[0] = name
