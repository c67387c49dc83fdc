"""The report on paper: a team's page is one sheet and its detail a second, in A4 and in Letter, whatever is on it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from browser import NEEDS_CHROMIUM, chromium, sheets
from sample_facts import behaviour, evidence, facts, line, period, team, weeks, without_charter
from sample_persons import persons
from test_logos import SHAPE, SVG

from kpi_workshop import brand
from kpi_workshop.brand import Brand
from kpi_workshop.pages import editions

pytestmark = NEEDS_CHROMIUM
PAPERS = ("A4", "Letter")
MONTHS = [f"2023-{month:02}" for month in range(6, 13)] + [f"2024-{month:02}" for month in range(1, 6)]
LONG = (
    "Several sellers say that the first two weeks of the quarter hardly count because of the fair, and that the list "
    "of accounts was only cleaned in week three; we look at it again after the next planned look and decide then."
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as opened:
        yield opened


def full(name: str, **more: object) -> dict:
    """A team with all that a charter may hold: four activities, three metrics, a pair for each, long reasons."""
    months = [period(f"{m}-01", f"{m}-28", m, 1200.0 + n) for n, m in enumerate(MONTHS)]
    drawn = behaviour("look closer", *[20.0, 24, 19, 31, 22, 26] * 12, notes=[
        {"day": f"2024-04-0{n}", "text": "A note as long as people write them on a chart", "rebases": False}
        for n in (1, 2, 3)
    ])  # fmt: skip
    common: dict[str, Any] = {"weeks": weeks(*range(1200, 1207)), "months": months, "behaviour": drawn}
    own = [
        line(f"own_{n}", f"Senior-level conversations, kind {n}", moves=["Opportunities opened", "Win rate"], **common)
        for n in range(4)
    ]
    came = [
        line(f"came_{n}", f"Average deal size of kind {n}", label="metric", every="month", unit="money", **common)
        for n in range(3)
    ]
    pairs = [
        {
            "activity": f"own_{n}", "metric": f"came_{n % 3}", "decision": "fix adoption", "decided_on": "2024-05-02",
            "says": f"Senior-level conversations, kind {n} → Average deal size of kind {n % 3}", "reason": LONG,
            "evidence": evidence("fix adoption", reason=LONG),
        }
        for n in range(4)
    ]  # fmt: skip
    exceptions = [
        {
            "measure": f"own_{n}", "name": f"Senior-level conversations, kind {n}", "word": "worse, real",
            "since": "2024-04-01", "owner": "Ann Lee", "cause": "", "guards": [],
            "try": "Look at the calendars of two weeks together and keep two hours a day free of meetings.",
        }
        for n in range(3)
    ]  # fmt: skip
    deal = {"stage": "Negotiation", "days": 141, "usual": 27, "silent": 13, "pushed": 2, "amount": 1500.0}
    review = {
        "why_not": "", "stuck": 40, "worth": 921_000.0, "since": "2024-05-02",
        "deals": [deal | {"deal": f"D0748{n}", "account": f"Wendondale Systems of place {n}"} for n in range(5)],
        "moves": {"forward": 24, "back": 1, "won": 12, "lost": 9},
    }  # fmt: skip
    pulse = [
        {"week": week, "closes": "2024-04-07", "is_open": False, "answers": 7, "mean": 3.4} for week in (1, 2, 4, 8)
    ]
    guards = [row | {"guards": ["Meetings held"], "label": "guardrail"} for row in came]
    return team(
        name, activities=own, metrics=came, pairs=pairs, exceptions=exceptions, pipeline=review, pulse=pulse,
        guardrails=guards, recognition=[{"name": "Meetings held", "since": "2024-04-01"}],
        changes=["The verdict of meetings held → win rate is watch now, it was keep.", "Calls made is steady again."],
        takeaway=f"{name} reached 2 of 4 activity targets in the week to 5 May and 1 of 3 metric targets in April; on "
        "the evidence so far keep senior-level conversations and replace emails sent", **more,
    )  # fmt: skip


@pytest.mark.parametrize("paper", PAPERS)
def test_a_page_with_all_that_a_charter_may_hold_is_still_two_sheets(browser, paper, tmp_path):
    notes = [
        f"Note {n}: 1,234 rows were put aside because their closing day lies before their opening." for n in range(6)
    ]
    gate = facts()["gate"] | {"notes": notes}
    (tmp_path / "logo.svg").write_text(SVG.format(SHAPE), encoding="utf-8")
    ours = brand.facts(Brand(name="Northlake Consulting", logo="logo.svg"), tmp_path)
    before = {"as_of": "2024-05-01", "run": "0" * 12}
    shown = facts(full("Field Sales"), paper=paper, gate=gate, previous=before, brand=ours, demo=True)
    text = editions.pages(shown, persons({}), edition="executive")["report-field-sales.html"]
    first, detail = text.split('<div class="detail">', 1)
    assert LONG not in first and detail.count(LONG) >= 4, (
        "long reasons are cut on the first sheet and whole on the second"
    )
    assert sheets(browser, text) == 2


def test_a_one_to_one_is_a_sheet_for_each_seller(browser):
    told = persons({"Field Sales": ["Ann Lee", "Bo Nilsson", "Cy Ortega"]})
    (text,) = editions.pages(facts(team("Field Sales")), told, edition="manager").values()
    assert sheets(browser, text) == 2 + 1 + 3, "the page and its detail, the deals, the sellers"


def test_a_team_without_a_charter_is_one_sheet_and_its_detail_a_second(browser):
    shown = facts(without_charter("Inside Sales"), paper="Letter")
    assert sheets(browser, editions.pages(shown, persons({}), edition="public")["report-inside-sales.html"]) == 2
