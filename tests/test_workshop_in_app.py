"""A whole workshop in the app, with the keyboard, through a killed browser and a killed server: nothing is lost."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import browser
import pytest
from browser import form, is_saved

from kpi_workshop import engagement
from kpi_workshop.engagement import Engagement
from kpi_workshop.kinds import Hypothesis, Quote, Suggestion, Team
from kpi_workshop.steps import drafts, guides, hypothesis, interviews

TEAMS = ["Sales Development", "Inside Sales", "Field Sales", "Account Management"]
WORDS = ("I always call back within the hour", "Ask who signs before the demo", "Sing a song at the end")
DAILY = guides.guide("top").questions[0].ask
HALF = "and then she told me tha"

pytestmark = browser.NEEDS_CHROMIUM


@pytest.fixture(scope="module")
def acme(tmp_path_factory: pytest.TempPathFactory) -> Engagement:
    """A new engagement, made on the command line."""
    folder = tmp_path_factory.mktemp("workshop") / "acme"
    subprocess.run(browser.command("new", folder), check=True, capture_output=True)
    return engagement.load(folder)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with browser.chromium() as running:
        yield running


def _press(page: Any, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def _is_kept(page: Any) -> None:
    """Wait until the last words typed are in the draft."""
    said = "form[aria-label='One interview'] [role=status]:has-text('Kept at')"
    page.wait_for_selector(said, timeout=60_000)
    page.wait_for_timeout(700)


def _begin(page: Any, who: str, role: str, team: str) -> None:
    """Who, as what and for which team, with the keyboard alone; ends in the line for what they say."""
    page.locator("form[aria-label='One interview'] input").first.focus()
    page.keyboard.type(who)
    _press(page, "Tab")
    page.keyboard.type(role)  # a list is chosen from by typing
    for _ in range(TEAMS.index(team) + 1):
        _press(page, "Tab")
    _press(page, "Space")
    form(page, "One interview").get_by_label("What they say").focus()


def _save(page: Any) -> None:
    form(page, "One interview").get_by_role("button", name="Save this interview").focus()
    _press(page, "Enter")
    page.wait_for_selector("form[aria-label='One interview'] [role=status]:has-text('Saved')", timeout=60_000)


def _nine_answers(file: Path) -> Path:
    rows = [[f"3/{n + 1}/2024 9:00:00", f"Person {n}", f"{WORDS[n % 3]} {n}; talk time"] for n in range(9)]
    with file.open("w", newline="", encoding="utf-8") as out:
        csv.writer(out).writerows([["Timestamp", "Your name", DAILY], *rows])
    return file


def test_teams_and_a_hypothesis_are_entered(acme: Engagement, chromium: Any, tmp_path: Path) -> None:
    with browser.app(acme.folder, tmp_path / "home", "--private") as app:
        page = chromium.new_page(viewport={"width": 1280, "height": 1400})
        app.open(page, "01_org_chart")
        form(page, "Teams").get_by_label("Team, team 1", exact=True).focus()
        for name in TEAMS:
            page.keyboard.type(name)
            _press(page, "Enter")
        is_saved(page, "Teams")
        assert list(acme.records.current(Team)) == TEAMS
        app.open(page, "02_hypothesis")
        guess = form(page, "Your hypothesis")
        guess.get_by_label("Team", exact=True).select_option("Inside Sales")
        page.wait_for_timeout(500)
        guess.get_by_label("Metric, metric 1", exact=True).fill("Win rate")
        _press(page, "Escape", "Tab")
        is_saved(page, "Your hypothesis")
        held = acme.private.get(Hypothesis, "Inside Sales")
        assert held and held.metrics == ("win_rate",)
        page.close()


def test_an_interview_is_written_down_with_the_keyboard_while_the_browser_and_the_server_die(
    acme: Engagement, chromium: Any, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    with browser.app(acme.folder, home, "--private") as app:
        page = chromium.new_page(viewport={"width": 1280, "height": 1400})
        app.open(page, "03_interviews")
        _begin(page, "Seller One", "top", "Inside Sales")
        page.locator(".kw-guide").get_by_text("Walk me through yesterday").wait_for()  # the guide is in sight
        page.keyboard.type("It was a long week")
        _press(page, "Enter")
        page.keyboard.type(WORDS[0])
        _press(page, "F2")
        page.keyboard.type("number of dials")
        _press(page, "Enter", "F2")  # the line before was a suggestion after all
        page.wait_for_function("() => [...document.querySelectorAll('.kw-few')].some((f) => f.value === 'Calls made')")
        page.screenshot(path=str(browser.pictures(tmp_path) / "capture_1280.png"), full_page=True)
        assert browser.faults(page, "form[aria-label='One interview']") == []
        _save(page)
        _begin(page, "Seller Two", "mid", "Inside Sales")
        page.keyboard.type(WORDS[1])
        _press(page, "F2")
        page.keyboard.type(HALF, delay=20)
        page.wait_for_timeout(600)
        page.close(run_before_unload=False)
        os.kill(app.server.pid, signal.SIGKILL)
    with browser.app(acme.folder, home, "--private") as app, browser.doomed(chromium, tmp_path / "p") as (page, kill):
        app.open(page, "03_interviews")
        line = form(page, "One interview").get_by_label("What they say")
        assert line.input_value() == HALF, "what was typed before the server was killed"
        line.focus()
        _press(page, "End")
        page.keyboard.type("t it works", delay=20)
        page.wait_for_timeout(600)
        kill()
        page = chromium.new_page(viewport={"width": 390, "height": 844})
        app.open(page, "03_interviews")
        assert form(page, "One interview").get_by_label("What they say").input_value() == f"{HALF}t it works"
        assert page.input_value("form[aria-label='One interview'] input") == "Seller Two"
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        page.screenshot(path=str(browser.pictures(tmp_path) / "capture_390.png"), full_page=True)
        _save(page)
        _begin(page, "Their Lead", "front", "Inside Sales")
        page.keyboard.type(WORDS[2])
        _press(page, "F2")
        _is_kept(page)
        _save(page)
        page.close()
    talks = {talk.interviewee: talk for talk in interviews.held(acme).values()}
    assert {name: talk.role for name, talk in talks.items()} == {
        "Seller One": "top", "Seller Two": "middle", "Their Lead": "manager",
    }  # fmt: skip
    assert talks["Seller Two"].notes.splitlines()[-1] == f"{HALF}t it works"
    said = {quote.words: quote.said_at for quote in acme.private.current(Quote).values()}
    assert set(said) == {*WORDS, "number of dials"} and all(said.values()), "each with its time"
    assert {s.text for s in acme.records.current(Suggestion).values()} == {*WORDS, "Calls made"}
    assert drafts.left(acme) == []
    assert hypothesis.sealed(acme, "Inside Sales") == acme.private.get(Hypothesis, "Inside Sales")


def test_nine_answers_are_handed_over_on_the_page_and_two_browsers_see_the_same(
    acme: Engagement, chromium: Any, tmp_path: Path
) -> None:
    pictures = browser.pictures(tmp_path)
    with browser.app(acme.folder, tmp_path / "home", "--private") as app:
        page, other = (chromium.new_context(viewport={"width": 1280, "height": 1400}).new_page() for _ in range(2))
        app.open(page, "03_interviews")
        app.open(other, "03_interviews")
        handed = form(page, "Responses to a form")
        handed.get_by_label("File").set_input_files(_nine_answers(tmp_path / "answers.csv"))
        handed.get_by_text("Google Forms, 9 respondents, 3 columns.").wait_for(timeout=60_000)
        handed.get_by_label("Interviewed as").select_option("middle")
        handed.get_by_label("Days are written").select_option("M/D/Y")
        handed.get_by_label("Inside Sales").check()
        page.screenshot(path=str(pictures / "answers_1280.png"), full_page=True)
        handed.get_by_role("button", name="Record these responses").click()
        is_saved(page, "Responses to a form")
        parts = form(page, "Suggestions in answers")
        parts.locator("tr.kw-row").nth(17).wait_for(timeout=60_000)
        for at in range(18):
            decision = "accept" if at % 2 == 0 else "drop"
            parts.get_by_label(f"Decision, part {at + 1}", exact=True).select_option(decision)
        assert browser.faults(page, "form[aria-label='Suggestions in answers']") == []
        parts.get_by_role("button", name="Record these decisions").click()
        is_saved(page, "Suggestions in answers")
        page.get_by_text("12 people were interviewed").first.wait_for(timeout=60_000)
        assert "3 people were interviewed" in other.inner_text("body"), "the other browser was opened before"
        app.open(other, "03_interviews")
        assert "12 people were interviewed" in other.inner_text("body")
        other.get_by_text("I always call back within the hour").first.wait_for()
        _paste_notes(other, acme, pictures)
        app.open(page, "00_start_here")
        assert "Inside Sales: not every role" in page.inner_text("body") or "Interviews" in page.inner_text("body")
        page.close()
        other.close()
    assert len(interviews.held(acme)) == 13


def _paste_notes(page: Any, acme: Engagement, pictures: Path) -> None:
    """Notes pasted, a place accepted and one dropped where it stands, with the keyboard alone."""
    notes = form(page, "One interview from notes")
    notes.locator("input").first.fill("Pat Executive")
    notes.get_by_label("Interviewed as").select_option("executive")
    notes.get_by_label("Inside Sales").check()
    notes.get_by_label("Notes or transcript").fill("We look at win rate. Lunch was late.\n- Bring the numbers along\n")
    _press(page, "Tab")
    mark = notes.locator("mark").first
    mark.wait_for(timeout=60_000)
    mark.focus()
    _press(page, "d", "a")
    notes.get_by_text("1 accepted, 1 dropped, 0 to decide.").wait_for()
    page.wait_for_timeout(500)
    page.screenshot(path=str(pictures / "notes_1280.png"), full_page=True)
    assert browser.faults(page, "form[aria-label='One interview from notes']") == []
    notes.get_by_role("button", name="Save this interview").click()
    is_saved(page, "One interview from notes")
    texts = {suggestion.text for suggestion in acme.records.current(Suggestion).values()}
    assert "Bring the numbers along" in texts and "Win rate" not in texts
