"""A whole workshop in JupyterLab, as a sales leader holds it: entered, restarted, imported, and found again."""

from __future__ import annotations

import csv
import subprocess
from pathlib import Path
from typing import Any

import browser
from browser import form, is_saved

from kpi_workshop import engagement
from kpi_workshop.engagement import Engagement
from kpi_workshop.kinds import Goal, Hypothesis, Interview, Person, Seal, Stage, Team
from kpi_workshop.steps import guides, hypothesis, org_chart

TEAMS = ["Sales Development", "Inside Sales", "Field Sales", "Account Management"]
PEOPLE = [
    ["Rhea Boss", "Chief Sales Officer", "Field Sales", "executive", ""],
    *([f"Lead {team}", "Manager", team, "manager", "Rhea Boss"] for team in TEAMS),
    *([f"Seller {n} {team}", "Seller", team, "seller", f"Lead {team}"] for team in TEAMS for n in range(1, 5)),
]
RESTART = "async () => { await window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart(); }"
SAID = ("Calling back within the hour", "Asking who signs before the demo", "Writing down the next step")

pytestmark = browser.NEEDS_CHROMIUM


def _opened(page: Any, lab: browser.Lab, name: str, title: str) -> None:
    page.goto(lab.page(name), wait_until="domcontentloaded")
    form(page, title).wait_for(timeout=120_000)
    page.wait_for_timeout(500)


def _restarted(page: Any, title: str) -> None:
    """The kernel is restarted, and the page comes back by itself."""
    page.evaluate("title => { document.querySelector(`form[aria-label='${title}']`).dataset.old = 'yes'; }", title)
    page.evaluate(RESTART)
    page.wait_for_function(
        """title => { const now = document.querySelector(`form[aria-label='${title}']`);
        return now && !now.dataset.old; }""",
        arg=title,
        timeout=60_000,
    )
    page.wait_for_timeout(500)


def _enter_the_org_chart(page: Any, acme: Engagement) -> None:
    form(page, "Teams").get_by_label("Team, team 1", exact=True).click()
    for name in TEAMS:
        page.keyboard.type(name)
        page.keyboard.press("Enter")
    is_saved(page, "Teams")
    assert [team.name for team in org_chart.teams(acme)] == TEAMS
    form(page, "People").get_by_label("Name, seat 1", exact=True).click()
    browser.paste(page, PEOPLE)
    is_saved(page, "People")
    assert len(acme.records.current(Person)) == len(PEOPLE)
    goals = form(page, "Business and goals")
    goals.get_by_label("Goal, goal 1", exact=True).fill("Grow")
    goals.get_by_label("Measured by, goal 1", exact=True).fill("Revenue")
    goals.get_by_label("Number, goal 1", exact=True).fill("2000000")
    goals.get_by_label("By, goal 1", exact=True).fill("2027-12-31")
    page.keyboard.press("Tab")
    is_saved(page, "Business and goals")
    form(page, "Sales process").get_by_role("button", name="Save the process").click()
    is_saved(page, "Sales process")


def _enter_a_hypothesis(page: Any) -> None:
    guess = form(page, "Your hypothesis")
    guess.get_by_label("Metric, metric 1", exact=True).click()
    page.keyboard.type("share of deals w")
    page.get_by_role("option", name="Win rate").wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert guess.get_by_label("Metric, metric 1", exact=True).input_value() == "Win rate", "found by another name"
    guess.get_by_role("button", name="Add a metric").click()
    page.keyboard.type("Revenue")
    for n, (activity, moves) in enumerate([(SAID[0], "Win rate"), ("Calls made", "Revenue"), (SAID[2], "Win rate")], 1):
        if n > 1:
            guess.get_by_role("button", name="Add an activity").click()
        for label, words in (
            ("Activity", activity), ("Metric it should move", moves),
            ("By how much, in %", "10"), ("After how many weeks", "6"),
        ):  # fmt: skip
            guess.get_by_label(f"{label}, activity {n}", exact=True).fill(words)
        page.keyboard.press("Tab")
    is_saved(page, "Your hypothesis")


def _hold_an_interview(page: Any, acme: Engagement, who: str, role: str, team: str, words: str) -> None:
    before = len(acme.private.current(Interview))
    talk = form(page, "One interview")
    talk.get_by_label("Who", exact=True).fill(who)
    talk.get_by_label("Interviewed as").select_option(role)
    talk.get_by_label(team, exact=True).check()
    talk.get_by_label("What they say").fill(words)
    page.keyboard.press("F2")
    page.wait_for_timeout(600)
    talk.get_by_role("button", name="Save this interview").click()
    for _ in range(100):
        if len(acme.private.current(Interview)) > before:
            break
        page.wait_for_timeout(100)
    assert len(acme.private.current(Interview)) == before + 1, talk.locator(".kw-bar").last.inner_text()
    page.wait_for_function("() => !document.querySelector('form[aria-label=\"One interview\"] input').value")


def _nine_answers(file: Path) -> Path:
    question = guides.guide("middle").questions[0].ask
    rows = [[f"2026/11/{n:02} 9:00:00 AM GMT+1", f"Seller {n % 4 + 1} Inside Sales", f"Answer {n}: {SAID[n % 3]}"]
            for n in range(1, 10)]  # fmt: skip
    with file.open("w", newline="", encoding="utf-8") as out:
        csv.writer(out).writerows([["Timestamp", "Your name", question], *rows])
    return file


def test_a_whole_workshop_is_found_again_in_the_store_and_on_the_pages(tmp_path: Path) -> None:
    folder, home = tmp_path / "acme", tmp_path / "home"
    subprocess.run(browser.command("new", folder), check=True, capture_output=True)
    acme = engagement.load(folder)
    pictures = browser.pictures(tmp_path)
    with browser.lab(folder, home) as lab, browser.chromium() as chromium:
        page = chromium.new_page(viewport={"width": 1280, "height": 1400})
        page.goto(lab.first, wait_until="domcontentloaded")
        page.locator('a:has-text("Open 1 Org chart")').wait_for(timeout=120_000)
        _opened(page, lab, "01_org_chart", "Sales process")
        _enter_the_org_chart(page, acme)
        _restarted(page, "Teams")
        assert form(page, "Teams").get_by_label("Team, team 4", exact=True).input_value() == TEAMS[3]
        assert form(page, "People").locator("tr.kw-row").count() == len(PEOPLE)
        page.get_by_text(f"{len(PEOPLE)} people in the org chart").wait_for()
        page.locator('svg[aria-label^="Org chart: 4 teams, 21 people"]').wait_for()
        assert "Nothing is missing" not in page.inner_text("body"), "tiers are still open"
        page.screenshot(path=str(pictures / "whole_01.png"))

        _opened(page, lab, "02_hypothesis", "Your hypothesis")
        form(page, "Your hypothesis").get_by_label("Team", exact=True).select_option("Inside Sales")
        page.wait_for_timeout(500)
        _enter_a_hypothesis(page)
        held = acme.private.get(Hypothesis, "Inside Sales")
        assert held and held.metrics == ("win_rate", "revenue") and len(held.links) == 3
        page.get_by_text("1 of 4 teams complete, 0 sealed.").wait_for()
        page.screenshot(path=str(pictures / "whole_02.png"))

        _opened(page, lab, "03_interviews", "One interview")
        _hold_an_interview(page, acme, "Seller 1 Inside Sales", "top", "Inside Sales", SAID[0])
        _restarted(page, "One interview")
        _hold_an_interview(page, acme, "Seller 2 Inside Sales", "middle", "Inside Sales", SAID[1])
        _hold_an_interview(page, acme, "Lead Inside Sales", "manager", "Inside Sales", SAID[2])
        answers = ["import", folder, "answers", _nine_answers(tmp_path / "answers.csv"), "--yes"]
        subprocess.run(
            [*browser.command(*answers), "--role", "middle", "--team", "Inside Sales"], check=True, capture_output=True
        )
        _opened(page, lab, "03_interviews", "Suggestions in answers")
        form(page, "Suggestions in answers").locator("tr.kw-row").nth(8).wait_for()
        page.screenshot(path=str(pictures / "whole_03.png"))

        _opened(page, lab, "02_hypothesis", "Your hypothesis")
        form(page, "Your hypothesis").get_by_label("Team", exact=True).select_option("Inside Sales")
        mark = acme.private.get(Seal, "Inside Sales")
        assert mark
        form(page, "Your hypothesis").get_by_text(mark.sha256).wait_for()
        page.close()

    opened = engagement.load(folder)
    assert [team.name for team in org_chart.teams(opened)] == TEAMS == list(opened.records.current(Team))
    assert opened.records.get(Goal, "Grow") and len(opened.records.current(Stage)) == 5
    talks = list(opened.private.current(Interview).values())
    assert len(talks) == 12 and {talk.teams for talk in talks} == {("Inside Sales",)}
    assert sorted(talk.role for talk in talks) == ["manager", *["middle"] * 10, "top"]
    assert hypothesis.sealed(opened, "Inside Sales") == held
    for file in (folder / "notebooks").glob("*.ipynb"):
        assert not [words for words in SAID if words in file.read_text(encoding="utf-8")], file.name
