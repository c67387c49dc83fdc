"""The first page: what is done, what is missing, what comes next, and nothing that must stay private."""

from __future__ import annotations

import datetime as dt

import pytest

from kpi_workshop import audience, demo, runs
from kpi_workshop.engagement import Engagement
from kpi_workshop.errors import WorkshopError
from kpi_workshop.kinds import Hypothesis, HypothesisLink, Team
from kpi_workshop.pages import forms, hypothesis, interviews, start
from kpi_workshop.pages.workshop import Workshop
from kpi_workshop.steps import whereabouts

TODAY = dt.date(2026, 6, 28)


@pytest.fixture
def here(engagement: Engagement) -> Workshop:
    return Workshop(engagement, TODAY)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    """The demo, in which every step was taken."""
    return Workshop(demo.create(tmp_path_factory.mktemp("start") / "demo"), TODAY)


def _add_team(here: Workshop, name: str) -> None:
    here.engagement.records.save(Team(name=name), name, effective=dt.date(2026, 1, 1))


def test_an_empty_engagement_begins_with_the_org_chart(here: Workshop) -> None:
    found = start.next_thing(here)
    assert found.step.about.notebook == "01_org_chart"
    assert "team" in found.says
    assert found.step.about.time in found._repr_html_()
    assert found.step.about.room in found._repr_html_()
    assert {step.state for step in whereabouts.steps(here.engagement, as_of=TODAY)} == {"open"}


def test_the_five_steps_are_the_notebooks_of_a_run() -> None:
    assert tuple(about.notebook for about in whereabouts.ABOUT) == runs.STEPS


def test_each_step_says_what_is_recorded_and_what_is_missing(here: Workshop) -> None:
    _add_team(here, "Inside Sales")
    chart = whereabouts.steps(here.engagement, as_of=TODAY)[0]
    assert chart.state == "begun"
    assert chart.done == ("1 team",)
    assert "Inside Sales has no sellers." in chart.missing
    assert "Inside Sales has no sellers." in start.steps(here)._repr_html_()


def test_when_everything_is_done_the_weekly_page_comes_next(finished: Workshop) -> None:
    found = start.next_thing(finished)
    assert found.step.about.notebook == "05_rollout"
    assert "4 teams" in repr(start.steps(finished))


def test_a_step_taken_on_purpose_is_not_asked_for_again(finished: Workshop) -> None:
    found = whereabouts.steps(finished.engagement, as_of=TODAY)
    thin = next(step for step in found if step.about.notebook == "03_interviews")
    assert thin.missing, "the demo's interviews are thin"
    assert whereabouts.next_step(found) is not thin


def test_the_first_page_says_nothing_of_what_the_hypothesis_says(finished: Workshop) -> None:
    shown = start.steps(finished)._repr_html_() + start.next_thing(finished)._repr_html_()
    guesses = finished.engagement.private.current(Hypothesis).values()
    words = {link.activity for guess in guesses for link in guess.links} | {m for g in guesses for m in g.metrics}
    assert words
    assert not [word for word in words if word in shown]


def test_names_are_escaped(here: Workshop) -> None:
    _add_team(here, "<b>Inside</b>")
    assert "<b>Inside</b>" not in start.steps(here)._repr_html_()
    assert "&lt;b&gt;Inside" in start.steps(here)._repr_html_()


def test_where_everyone_looks_on_the_leaders_step_has_no_link(
    finished: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert 'href="02_hypothesis.ipynb"' in start.steps(finished)._repr_html_()
    monkeypatch.setenv(audience.VARIABLE, audience.EVERYONE)
    shown = start.steps(finished)._repr_html_()
    assert 'href="02_hypothesis.ipynb"' not in shown
    assert 'href="03_interviews.ipynb"' in shown
    assert audience.FOR_THE_LEADER in shown


def test_private_forms_stay_shut_where_everyone_looks_on(here: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    _add_team(here, "Inside Sales")
    guess = Hypothesis(
        team="Inside Sales", metrics=("Win rate",), links=(HypothesisLink(activity="Secret calls", moves="Win rate"),)
    )
    here.engagement.private.save(guess, "Inside Sales", effective=dt.date(2026, 1, 1))
    monkeypatch.setenv(audience.VARIABLE, audience.EVERYONE)
    sent: list[object] = []
    monkeypatch.setattr(forms.PrivateForm, "send", lambda form, content, buffers=None: sent.append(content))
    for form in (hypothesis.form(here), interviews.form(here), interviews.gaps(here), interviews.by_role(here)):
        assert isinstance(form, forms.PrivateForm)
        form._heard(form, {"kind": "hello"}, [])
        form._heard(form, {"kind": "press", "button": "save", "values": {}}, [])
        data, _ = form._repr_mimebundle_()
        assert "application/vnd.jupyter.widget-view+json" not in data
        assert audience.FOR_THE_LEADER in data["text/html"]
        assert "Secret" not in str(form._shown)
    assert not sent
    with pytest.raises(WorkshopError):
        hypothesis.form(here).press()
    monkeypatch.setenv(audience.VARIABLE, audience.LEADER)
    opened = hypothesis.form(here)
    opened._heard(opened, {"kind": "hello"}, [])
    assert "Secret calls" in str(sent)
