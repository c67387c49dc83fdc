"""Numbers, money and days as the engagement's country writes them: published spellings, the words staying English."""

from __future__ import annotations

import datetime as dt

import pytest

from kpi_workshop import engagement, locales, numbers
from kpi_workshop.errors import WorkshopError

DAY = dt.date(2017, 3, 2)
NARROW = "\u202f"


def plain(text: str) -> str:
    return text.replace("\u00a0", " ").replace(NARROW, " ")


# What the style guides of each country print: the Chicago Manual, the EU's interinstitutional style guide, DIN 5008 and
# the Imprimerie nationale; India groups by lakh and crore.
PRINTED = {
    "": ("1,234,567.9", "63.2 %", "USD 2,360", "−USD 2,360", "2 March 2017", "2 Mar"),
    "en-US": ("1,234,567.9", "63.2%", "$2,360", "−$2,360", "March 2, 2017", "Mar 2"),
    "en-GB": ("1,234,567.9", "63.2%", "US$2,360", "−US$2,360", "2 March 2017", "2 Mar"),
    "de-DE": ("1.234.567,9", "63,2 %", "2.360 $", "−2.360 $", "2 March 2017", "2 Mar"),
    "fr-FR": ("1 234 567,9", "63,2 %", "2 360 $US", "−2 360 $US", "2 March 2017", "2 Mar"),
    "en-IN": ("12,34,567.9", "63.2%", "$2,360", "−$2,360", "2 March 2017", "2 Mar"),
}


@pytest.mark.parametrize("locale", PRINTED)
def test_a_locale_writes_numbers_money_and_days_as_printed_there(locale):
    with locales.writing(locale):
        found = (
            numbers.number(1234567.89, 1), numbers.written(0.631501, "share"),
            numbers.written(2360.909, "money", currency="USD"), numbers.written(-2360.909, "money", currency="USD"),
            numbers.spoken_day(DAY), numbers.short_day(DAY),
        )  # fmt: skip
    assert tuple(map(plain, found)) == PRINTED[locale]


def test_money_is_in_the_engagement_s_own_currency_and_large_amounts_keep_their_english_word():
    with locales.writing("de-DE"):
        assert plain(numbers.written(1_094_363, "money", currency="EUR")) == "1,09 million €"
        assert plain(numbers.written(12.5, "money per day", currency="EUR")) == "12,5 € a day"
        assert numbers.heading("money", currency="EUR") == "EUR"
        assert numbers.counted(8800, "row") == "8.800 rows"


def test_a_locale_holds_for_its_block_alone():
    with locales.writing("de-DE"):
        with locales.writing("en-US"):
            assert numbers.number(1.5, 1) == "1.5"
        assert numbers.number(1.5, 1) == "1,5"
    assert numbers.number(1.5, 1) == "1.5"


def test_a_notebook_s_engagement_settles_the_locale_of_its_kernel():
    try:
        locales.settle("fr-FR")
        assert numbers.number(1.5, 1) == "1,5"
        with locales.writing(""):
            assert numbers.number(1.5, 1) == "1.5"
    finally:
        locales.settle("")


def test_charts_get_the_same_separators():
    assert locales.style("fr-FR").for_charts()["thousands"] == NARROW
    assert locales.style("en-IN").for_charts()["grouping"][:3] == [3, 2, 2]
    assert locales.style("de-DE").for_charts()["decimal"] == ","


@pytest.mark.parametrize("locale", ["de_DE", "deutsch", "C", "../en", "en-US\n", "x" * 500, "xx-YY"])
def test_what_is_no_locale_is_refused_with_samples(tmp_path, locale):
    folder = engagement.create(tmp_path / "acme").folder
    file = folder / engagement.SETTINGS_FILE
    file.write_text(f"locale = '''{locale}'''\n" + file.read_text(encoding="utf-8"), encoding="utf-8")
    with pytest.raises(WorkshopError, match='such as "en-US", "en-GB", "de-DE" or "fr-FR"'):
        engagement.load(folder)
