"""Two people at once, in two real browsers on the app; and what becomes of the pages when everything is killed."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import browser
import pytest
from browser import form, is_saved

from kpi_workshop import engagement
from kpi_workshop.engagement import Engagement
from kpi_workshop.kinds import Hypothesis, Team
from kpi_workshop.steps import org_chart

PHONE, DESK = 390, 1280

pytestmark = browser.NEEDS_CHROMIUM


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with browser.chromium() as running:
        yield running


@pytest.fixture
def acme(tmp_path: Path) -> Engagement:
    """An engagement with two teams and a manager."""
    made = engagement.create(tmp_path / "acme")
    org_chart.save_teams(made, [{"name": "Inside Sales"}, {"name": "Field Sales"}])
    org_chart.save_people(made, [{"name": "Ann", "team": "Inside Sales", "role": "manager"}])
    return made


def _open(page: Any, app: browser.App, name: str, title: str) -> None:
    app.open(page, name)
    form(page, title).wait_for(timeout=120_000)


def test_two_people_at_once_and_a_kill_lose_nothing(acme: Engagement, chromium: Any, tmp_path: Path) -> None:
    pictures = browser.pictures(tmp_path)
    with browser.app(acme.folder, tmp_path / "one", "--private") as app:
        first, second = (chromium.new_page(viewport={"width": DESK, "height": 900}) for _ in range(2))
        for page in (first, second):
            _open(page, app, "01_org_chart", "Teams")
        _two_change_different_teams(first, second, acme)
        _two_change_the_same_team(first, second, acme, pictures)
        _open(first, app, "02_hypothesis", "Your hypothesis")
        form(first, "Your hypothesis").get_by_label("Metric, metric 1", exact=True).fill("Win rate")
        first.keyboard.press("Tab")
        is_saved(first, "Your hypothesis")
        for width in (DESK, PHONE):
            first.set_viewport_size({"width": width, "height": 900})
            first.wait_for_timeout(200)
            assert browser.faults(first) == []
            assert first.evaluate("document.documentElement.scrollWidth") <= width
            first.screenshot(path=str(pictures / f"hypothesis_{width}.png"), full_page=True)
        os.kill(app.server.pid, signal.SIGKILL)
        app.server.wait(30)
        form(first, "Your hypothesis").get_by_label("Metric, metric 2", exact=True).or_(
            form(first, "Your hypothesis").get_by_role("button", name="Add a metric")
        ).first.click()
        first.keyboard.type("Revenue")
        first.keyboard.press("Tab")
        form(first, "Your hypothesis").get_by_text("Not saved: no answer from the workshop yet.").wait_for()
        assert _asks_before_leaving(first) and not _asks_before_leaving(second), "what is not saved is not left unasked"
        first.close()
        second.close()
    held = acme.private.get(Hypothesis, "Inside Sales")
    assert held and held.metrics == ("win_rate",)
    with browser.app(acme.folder, tmp_path / "two", "--private") as app:
        page = chromium.new_page(viewport={"width": DESK, "height": 900})
        _open(page, app, "01_org_chart", "Teams")
        teams = form(page, "Teams")
        assert teams.get_by_label("What it is there for, team 1", exact=True).input_value() == "Second"
        teams.get_by_role("button", name="Undo").click()
        is_saved(page, "Teams")
        assert acme.records.get(Team, "Inside Sales").purpose == "First"
        _works_by_keyboard_alone(page, acme)
        page.close()


def _asks_before_leaving(page: Any) -> bool:
    return not page.evaluate("dispatchEvent(new Event('beforeunload', { cancelable: true }))")


def _purpose(page: Any, row: int, words: str) -> None:
    form(page, "Teams").get_by_label(f"What it is there for, team {row}", exact=True).fill(words)
    page.keyboard.press("Tab")


def _two_change_different_teams(first: Any, second: Any, acme: Engagement) -> None:
    _purpose(first, 1, "By telephone")
    is_saved(first, "Teams")
    _purpose(second, 2, "On site")
    is_saved(second, "Teams")
    assert [team.purpose for team in org_chart.teams(acme)] == ["By telephone", "On site"]
    shown = form(second, "Teams").get_by_label("What it is there for, team 1", exact=True)
    assert shown.input_value() == "By telephone", "the second sees what the first saved"


def _two_change_the_same_team(first: Any, second: Any, acme: Engagement, pictures: Path) -> None:
    _purpose(first, 1, "First")
    first.wait_for_timeout(300)
    is_saved(first, "Teams")
    _purpose(second, 1, "Second")
    versions = form(second, "Teams").get_by_label("Both versions of Team 'Inside Sales'")
    versions.wait_for()
    assert all(words in versions.inner_text() for words in ("First", "Second", "Yours", "Theirs, saved"))
    assert browser.faults(second, 'form[aria-label="Teams"]') == []
    second.screenshot(path=str(pictures / "both_versions.png"))
    assert acme.records.get(Team, "Inside Sales").purpose == "First", "nothing was overwritten"
    form(second, "Teams").get_by_role("button", name="Take theirs").click()
    second.wait_for_timeout(500)
    assert form(second, "Teams").get_by_label("What it is there for, team 1", exact=True).input_value() == "First"
    form(second, "Teams").get_by_role("button", name="Undo").click()
    is_saved(second, "Teams")
    assert acme.records.get(Team, "Inside Sales").purpose == "Second", "mine came back"
    assert [v.record.purpose for v in acme.records.history(Team, "Inside Sales")][-2:] == ["First", "Second"]


def _works_by_keyboard_alone(page: Any, acme: Engagement) -> None:
    """Arrows, Enter, Esc, Alt with an arrow: a table without a pointer."""
    teams = form(page, "Teams")
    teams.get_by_label("Team, team 1", exact=True).focus()
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.ariaLabel") == "Team, team 2"
    page.keyboard.type("Mistyped")
    page.keyboard.press("Escape")
    assert teams.get_by_label("Team, team 2", exact=True).input_value() == "Field Sales"
    page.keyboard.press("Alt+ArrowUp")
    is_saved(page, "Teams")
    assert [team.name for team in org_chart.teams(acme)] == ["Field Sales", "Inside Sales"]
    people = form(page, "People")
    people.get_by_role("button", name="Add a seat").focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.ariaLabel") == "Name, seat 2"
    page.keyboard.type("Cy")
    for label in ("Title", "Team", "Role", "Manager"):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.ariaLabel") == f"{label}, seat 2", "the order of the eye"
    assert people.locator(".kw-message").count() == 0, "no word about a row that is still being typed"
    page.keyboard.type("A")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert people.get_by_label("Manager, seat 2", exact=True).input_value() == "Ann"
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    page.keyboard.type("Inside")
    for _ in range(5):
        page.keyboard.press("Tab")
    for _ in range(40):  # what is typed is sent once the row is left, and the form says "Saved" of what was before
        if len(org_chart.seats(acme)) == 2:
            break
        page.wait_for_timeout(500)
    assert {place.name: place.manager for place in org_chart.seats(acme)} == {"Ann": "", "Cy": "Ann"}
