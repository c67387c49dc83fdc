"""The workshop as an app, driven in a real browser: behind its token, private pages apart, usable by everyone."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import browser
import pytest

from kpi_workshop import audience, demo, engagement, runs, serving
from kpi_workshop.engagement import Engagement
from kpi_workshop.errors import WorkshopError
from kpi_workshop.kinds import Hypothesis, Interview, Team

PHONE, DESK = 390, 1280
SHARED = ("00_start_here", "01_org_chart", "03_interviews", "04_sorting")

pytestmark = browser.NEEDS_CHROMIUM


@dataclass(frozen=True)
class App:
    """A served engagement: its address without and with the token."""

    engagement: Engagement
    address: str
    token: str

    def page(self, name: str) -> str:
        return f"{self.address}/voila/render/{name}.ipynb?token={self.token}"


def _served(opened: Engagement, home: Path, *words: str) -> Iterator[App]:
    home.mkdir()
    port, log = browser.free_port(), home / "log"
    command = browser.command("serve", opened.folder, "--port", str(port), "--no-browser", *words)
    with browser.running(command, env=browser.surroundings(home), log=log):
        address = browser.said(log, r"(http://127\.0\.0\.1:\S+)")
        yield App(opened, f"http://127.0.0.1:{port}", address.split("token=")[1])


@pytest.fixture(scope="module")
def everyone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """`kpi-workshop serve` on the demo."""
    folder = tmp_path_factory.mktemp("app")
    yield from _served(demo.create(folder / "demo"), folder / "home")


@pytest.fixture(scope="module")
def leader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """`kpi-workshop serve --private` on a new engagement."""
    folder = tmp_path_factory.mktemp("app")
    yield from _served(engagement.create(folder / "acme"), folder / "home", "--private")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with browser.chromium() as running:
        yield running


def _open(page: Any, address: str) -> None:
    page.goto(address, wait_until="commit")
    page.wait_for_selector("nav.turning", timeout=120_000)
    page.wait_for_selector("#opening", state="detached", timeout=60_000)


def _status(address: str, **headers: str) -> int:
    try:
        with urllib.request.urlopen(urllib.request.Request(address, headers=headers), timeout=30) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        return refused.code


def test_no_page_is_served_without_the_token(everyone: App) -> None:
    for path in ("/", "/voila/render/01_org_chart.ipynb", "/?token=wrong", "/login"):
        assert _status(f"{everyone.address}{path}") == 403, path
    assert _status(f"{everyone.address}/api/kernels/6f1c2a5e-0000-4000-8000-000000000000") in (403, 404)


def test_the_folder_has_no_way_in_but_its_pages(everyone: App) -> None:
    token = f"?token={everyone.token}"
    for path in (
        "/voila/render/02_hypothesis.ipynb", "/voila/render/../private.db", "/voila/render/%2e%2e/private.db",
        "/voila/render/private.db", "/voila/files/01_org_chart.ipynb", "/voila/tree", "/voila/api/contents", "/tree",
        "/voila/render/sub/01_org_chart.ipynb",
    ):  # fmt: skip
        assert _status(f"{everyone.address}{path}{token}") == 404, path


def test_the_pages_of_the_report_open_with_the_token_and_nothing_else_of_a_run(everyone: App) -> None:
    folder = everyone.engagement.run_folder("2026-06-28")
    folder.mkdir(parents=True)
    for name in ("report.html", "report-field-sales.html", "facts.json"):
        (folder / name).write_text("<p>Field Sales</p>")
    place, token = f"{everyone.address}/voila/runs/2026-06-28", f"?token={everyone.token}"
    assert _status(f"{place}/report-field-sales.html{token}") == 200
    assert _status(f"{place}/report-field-sales.html") == 403
    for name in ("facts.json", "../../private.db", "report-%2e%2e/facts.json", "05_rollout.ipynb"):
        assert _status(f"{place}/{name}{token}") == 404, name


def test_another_sites_name_for_this_computer_is_refused(everyone: App) -> None:
    assert _status(f"{everyone.address}/?token={everyone.token}", Host="workshop.example.com") == 403


def test_a_team_entered_in_the_app_is_there_after_a_reload(leader: App, chromium: Any, tmp_path: Path) -> None:
    page = chromium.new_page(viewport={"width": DESK, "height": 900})
    asked_outside = browser.requests_outside(page)
    ended: list[int] = []
    page.on("response", lambda answer: ended.append(answer.status) if "/shutdown/" in answer.url else None)
    _open(page, f"{leader.address}/?token={leader.token}")
    assert "00_start_here" in page.url
    assert "Demo data" not in page.inner_text("body"), "the pages are of this engagement"
    page.click('.output a:has-text("Open 1 Org chart")')
    page.wait_for_selector("form[aria-label=Teams]", timeout=120_000)
    teams = page.locator("form[aria-label=Teams]")
    teams.locator('button:has-text("Add a team")').click()
    page.keyboard.type("Inside Sales")
    page.keyboard.press("Tab")
    page.keyboard.type("Sells by telephone")
    teams.locator("button.kw-main").focus()
    page.keyboard.press("Enter")
    page.wait_for_function(
        "() => /Saved \\d\\d:\\d\\d/.test(document.querySelector('form[aria-label=Teams] [role=status]').textContent)"
    )
    assert list(leader.engagement.records.current(Team)) == ["Inside Sales"]
    _open(page, page.url)
    page.wait_for_selector("form[aria-label=Teams]")
    assert page.locator("form[aria-label=Teams] .kw-cell").first.input_value() == "Inside Sales"
    page.click("header a:has-text('Hypothesis')")
    page.wait_for_selector("form[aria-label='Your hypothesis']", timeout=120_000)
    assert ended and set(ended) == {204}, "a page that is left ends its kernel"
    assert asked_outside == []
    page.close()


def test_without_private_neither_hypothesis_nor_words_are_on_any_page(everyone: App, chromium: Any) -> None:
    page = chromium.new_page()
    _open(page, everyone.page("03_interviews"))
    assert page.locator("header a:has-text('Hypothesis')").count() == 0
    assert page.locator(".kw-form").count() == 0
    assert page.locator(f"text={audience.FOR_THE_LEADER}").count() >= 3
    shown = page.content()
    private = everyone.engagement.private
    names = {interview.interviewee for interview in private.current(Interview).values()}
    guesses = {metric for guess in private.current(Hypothesis).values() for metric in guess.metrics}
    assert names and not [name for name in names if name in shown]
    assert guesses and not [guess for guess in guesses if guess in shown]
    page.goto(everyone.page("02_hypothesis"))
    assert "for the leader alone" in page.inner_text("h1")
    page.close()


@pytest.mark.parametrize("name", SHARED)
def test_a_page_fits_a_phone_and_has_no_serious_fault_for_a_screen_reader(
    everyone: App, chromium: Any, tmp_path: Path, name: str
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    page = chromium.new_page(viewport={"width": PHONE, "height": 844})
    asked_outside = browser.requests_outside(page)
    _open(page, everyone.page(name))
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE
    found = _faults(axe, page)
    page.screenshot(path=str(browser.pictures(tmp_path) / f"app_{name}_{PHONE}.png"), full_page=True)
    page.set_viewport_size({"width": DESK, "height": 900})
    page.wait_for_timeout(200)
    assert page.evaluate("document.documentElement.scrollWidth") <= DESK
    found += _faults(axe, page)
    page.screenshot(path=str(browser.pictures(tmp_path) / f"app_{name}_{DESK}.png"), full_page=True)
    assert found == []
    assert asked_outside == []
    page.close()


def _faults(axe: Any, page: Any) -> list[str]:
    told = axe.run(page).response
    assert told["passes"], "axe-core looked at the page"
    return [
        f"{fault['impact']} {fault['id']}: {node['html'][:120]}"
        for fault in told["violations"] if fault["impact"] in ("serious", "critical") for node in fault["nodes"]
    ]  # fmt: skip


def test_the_keyboard_reaches_the_page_first_and_a_wide_picture_later(everyone: App, chromium: Any) -> None:
    page = chromium.new_page(viewport={"width": PHONE, "height": 844})
    _open(page, everyone.page("01_org_chart"))
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the page"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
    wide = page.locator(".output:has(svg)").first
    assert wide.get_attribute("tabindex") == "0"
    assert wide.get_attribute("aria-label")
    page.close()


def test_only_the_leader_is_served_the_hypothesis(engagement: Engagement) -> None:
    assert serving.pages(engagement, private=True) == ["00_start_here", *runs.STEPS]
    assert serving.pages(engagement, private=False) == ["00_start_here", *(s for s in runs.STEPS if "hypoth" not in s)]


def test_an_engagement_without_its_first_page_is_not_served(engagement: Engagement) -> None:
    (engagement.notebooks / "00_start_here.ipynb").unlink()
    with pytest.raises(WorkshopError, match=r"has no notebook 00_start_here\.ipynb"):
        serving.serve(engagement, browser=False)
