"""Editions: no page holds what its reader may not see, whatever the names; each reader finds what is theirs."""

from __future__ import annotations

import re

import pytest
from sample_facts import behaviour, evidence, facts, line, team
from sample_persons import deal, persons, seller

from kpi_workshop.pages import editions

HOSTILE = "../<script>alert(1)</script>\u202e & \"'"
PEOPLE = ["Ann Lee", "Bo Nilsson", "Cy Ortega", HOSTILE]


@pytest.fixture(scope="module")
def told() -> tuple[dict, dict]:
    notes = [{"day": "2024-04-08", "text": "Typed by Ann Lee", "rebases": False}]
    shown = line("meetings_held", "Meetings held", behaviour=behaviour("steady", 2, 3, 4, notes=notes), owner="Dan Poe")
    pair = {
        "activity": "meetings_held", "metric": "win_rate", "says": "Meetings held → Win rate", "decision": "keep",
        "decided_on": "2024-05-02", "reason": "Bo Nilsson asked for it", "evidence": evidence("keep"),
    }  # fmt: skip
    review = {
        "why_not": "", "stuck": 1, "worth": 1500.0, "since": "2024-05-02",
        "deals": [{key: value for key, value in deal("Ann Lee").items() if key != "seller"}],
        "moves": {"forward": 3, "back": 0, "won": 0, "lost": 1},
    }  # fmt: skip
    found = facts(team("Field Sales", activities=[shown], pairs=[pair], pipeline=review), team("Two People", sellers=2))
    return found, persons({"Field Sales": PEOPLE, "Two People": ["Eve Quist", "Flo Rae"]})


def words(text: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<svg.*?</svg>|<[^>]+>", " ", text, flags=re.S)).replace("\u00a0", " ")


def test_an_executive_finds_every_team_its_takeaway_and_the_verdicts(told):
    pages = editions.pages(*told, edition="executive")
    assert list(pages) == ["report.html", "report-field-sales.html", "report-two-people.html"]
    first = words(pages["report.html"])
    assert "Field Sales reached its activity target." in first and "Meetings held → Win rate" in first
    assert "keep 2 May 2024" in first
    assert not [name for name in ("Ann Lee", "Cy Ortega", "Eve Quist") if name in first]


def test_a_manager_finds_owners_of_stuck_deals_and_a_sheet_for_each_seller_of_the_own_team(told):
    pages = editions.pages(*told, edition="manager")
    assert list(pages) == ["report-field-sales.html", "report-two-people.html"]
    mine = words(pages["report-field-sales.html"])
    assert "Deal of Ann Lee Account of Ann Lee Ann Lee Trial 41 27 3 – USD 1,500" in mine
    assert mine.count("One-to-one: ") == len(PEOPLE)
    assert "Eve Quist" not in mine and "Flo Rae" not in mine
    assert "<script" not in pages["report-field-sales.html"] and "\u202e" not in pages["report-field-sales.html"]


def test_a_seller_finds_the_own_numbers_and_the_median_and_nobody_else(told):
    pages = editions.pages(*told, edition="seller")
    assert list(pages) == [
        "seller-ann-lee.html", "seller-bo-nilsson.html", "seller-cy-ortega.html", "seller-script-alert-1-script.html",
        "seller-eve-quist.html", "seller-flo-rae.html",
    ]  # fmt: skip
    mine = words(pages["seller-bo-nilsson.html"])
    assert "Meetings held activity week to 5 May 2024 2 2.50 2.25 2.75" in mine
    assert "Deal of" not in mine and "Mia Boss" not in mine
    assert not [name for name in ("Ann Lee", "Cy Ortega", "Eve Quist", "Dan Poe") if name in mine]


def test_a_median_of_too_few_is_not_shown(told):
    mine = words(editions.pages(*told, edition="seller")["seller-eve-quist.html"])
    assert "week to 5 May 2024 1 – 1.25 –" in mine


def test_the_public_edition_names_nobody_and_holds_nothing_that_was_typed(told):
    pages = editions.pages(*told, edition="public")
    assert list(pages) == ["report.html", "report-field-sales.html"], "two people are too few to be shown apart"
    for text in pages.values():
        said = words(text)
        secret = [*PEOPLE, "Dan Poe", "Typed by", "asked for it", "Deal of", "Account of", "Eve Quist", "Two People"]
        assert not [word for word in secret if word in said]
    assert "1 deal is longer in their stage" in words(pages["report-field-sales.html"])


def test_names_of_files_are_safe_and_never_alike():
    assert editions.names_of(["", "CON", "con", "a/b", "x" * 200], "seller") == [
        "seller", "seller-con", "seller-con-2", "seller-a-b", f"seller-{'x' * 60}",
    ]  # fmt: skip


def test_two_sellers_of_one_view_share_nothing(told):
    for view in editions.views(*told, edition="seller"):
        assert view.facts["teams"] == [] and view.stuck == {} and len(view.sheets) == 1
        assert seller("x", 0)["manager"] not in str(view)
