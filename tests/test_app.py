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

from kpi_workshop import audience, demo, runs, serving
from kpi_workshop.engagement import Engagement
from kpi_workshop.errors import WorkshopError
from kpi_workshop.kinds import Hypothesis, Interview

PHONE, DESK = 390, 1280
LONGEST = {"05_rollout": 6000}
"""How long a page may be on a phone where what is read each week stands first and the rest is folded away."""
EVERY = ("00_start_here", *runs.STEPS)

pytestmark = browser.NEEDS_CHROMIUM


@dataclass(frozen=True)
class Served:
    """A served engagement: the engagement, and the app to open its pages in."""

    engagement: Engagement
    app: browser.App

    @property
    def address(self) -> str:
        return self.app.address

    @property
    def token(self) -> str:
        return self.app.token

    def page(self, name: str) -> str:
        return self.app.page(name)


@pytest.fixture(scope="module")
def everyone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """`kpi-workshop serve` on the demo."""
    folder = tmp_path_factory.mktemp("app")
    opened = demo.create(folder / "demo")
    with browser.app(opened.folder, folder / "home") as app:
        yield Served(opened, app)


@pytest.fixture(scope="module")
def leader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """`kpi-workshop serve --private` on the demo."""
    folder = tmp_path_factory.mktemp("app")
    opened = demo.create(folder / "demo")
    with browser.app(opened.folder, folder / "home", "--private") as app:
        yield Served(opened, app)


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


def test_no_page_is_served_without_the_token(everyone: Served) -> None:
    for path in ("/", "/voila/render/01_org_chart.ipynb", "/?token=wrong", "/login"):
        assert _status(f"{everyone.address}{path}") == 403, path
    assert _status(f"{everyone.address}/api/kernels/6f1c2a5e-0000-4000-8000-000000000000") in (403, 404)


def test_the_folder_has_no_way_in_but_its_pages(everyone: Served) -> None:
    token = f"?token={everyone.token}"
    for path in (
        "/voila/render/02_hypothesis.ipynb", "/voila/render/../private.db", "/voila/render/%2e%2e/private.db",
        "/voila/render/private.db", "/voila/files/01_org_chart.ipynb", "/voila/tree", "/voila/api/contents", "/tree",
        "/voila/render/sub/01_org_chart.ipynb",
    ):  # fmt: skip
        assert _status(f"{everyone.address}{path}{token}") == 404, path


def test_the_pages_of_the_report_open_with_the_token_and_nothing_else_of_a_run(everyone: Served) -> None:
    folder = everyone.engagement.run_folder("2026-06-28")
    folder.mkdir(parents=True)
    for name in ("report.html", "report-field-sales.html", "playback-field-sales.html", "facts.json"):
        (folder / name).write_text("<p>Field Sales</p>")
    place, token = f"{everyone.address}/voila/runs/2026-06-28", f"?token={everyone.token}"
    assert _status(f"{place}/report-field-sales.html{token}") == 200
    assert _status(f"{place}/playback-field-sales.html{token}") == 200
    assert _status(f"{place}/report-field-sales.html") == 403
    for name in ("facts.json", "../../private.db", "report-%2e%2e/facts.json", "05_rollout.ipynb"):
        assert _status(f"{place}/{name}{token}") == 404, name


def test_another_sites_name_for_this_computer_is_refused(everyone: Served) -> None:
    assert _status(f"{everyone.address}/?token={everyone.token}", Host="workshop.example.com") == 403


def test_a_page_that_is_left_ends_its_kernel(leader: Served, chromium: Any) -> None:
    page = chromium.new_page(viewport={"width": DESK, "height": 900})
    ended: list[int] = []
    page.on("response", lambda answer: ended.append(answer.status) if "/shutdown/" in answer.url else None)
    _open(page, f"{leader.address}/?token={leader.token}")
    assert "00_start_here" in page.url
    for link, title in (("Org chart", "Teams"), ("Hypothesis", "Your hypothesis"), ("Org chart", "Teams")):
        page.click(f"header a:has-text('{link}')")
        page.wait_for_selector(f"form[aria-label='{title}']", timeout=120_000)
        page.wait_for_timeout(500)
    assert ended and set(ended) == {204}
    page.close()


def test_without_private_neither_hypothesis_nor_words_are_on_any_page(everyone: Served, chromium: Any) -> None:
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


def _cut_off(page: Any) -> list[str]:
    """The words of cells that are higher than the cell, so that some of them are not to be seen."""
    cells = "[...document.querySelectorAll('textarea.kw-cell')].filter((c) => c.scrollHeight > c.clientHeight + 1)"
    return list(page.evaluate(f"{cells}.map((cell) => cell.value)"))


@pytest.mark.parametrize("name", EVERY)
def test_a_page_fits_a_phone_asks_no_other_host_and_has_no_serious_fault_for_a_screen_reader(
    leader: Served, chromium: Any, tmp_path: Path, name: str
) -> None:
    page = chromium.new_page(viewport={"width": PHONE, "height": 844})
    asked_outside = browser.requests_outside(page)
    _open(page, leader.page(name))
    found = []
    for width, height in ((PHONE, 844), (DESK, 900)):
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(300)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert _cut_off(page) == []
        if width == PHONE:
            assert page.evaluate("document.documentElement.scrollHeight") < LONGEST.get(name, 10**6)
        else:
            page.evaluate("document.querySelectorAll('details.section').forEach((part) => (part.open = true))")
        found += browser.faults(page)
        page.screenshot(path=str(browser.pictures(tmp_path) / f"app_{name}_{width}.png"), full_page=True)
    assert found == []
    assert asked_outside == []
    text = page.inner_text("body")
    assert "Loading widget" not in text and "Traceback" not in text and "Demo data" in text
    page.close()


def test_the_guide_is_a_page_to_print_behind_the_token(leader: Served, chromium: Any) -> None:
    page = chromium.new_page()
    _open(page, leader.page("03_interviews"))
    with page.expect_popup() as opened:
        page.click("text=Open this guide as a page to print")
    opened.value.wait_for_selector("text=Walk me through yesterday")
    assert browser.faults(opened.value) == []
    place = f"{leader.address}/voila/cache/guides/guide-top.html"
    assert _status(place) == 403 and _status(f"{place}?token={leader.token}") == 200
    for name in ("../../private.db", "guide-top.html/..", "%2e%2e/%2e%2e/private.db"):
        address = f"{leader.address}/voila/cache/guides/{name}?token={leader.token}"
        assert _status(address) == 404, name
    page.close()


def test_the_keyboard_reaches_the_page_first_and_a_wide_picture_later(everyone: Served, chromium: Any) -> None:
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
