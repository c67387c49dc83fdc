"""Quick capture: one key for a suggestion, its words and time kept, nothing lost whatever closes in mid-sentence."""

from __future__ import annotations

import datetime as dt
import json
import stat

import pytest

from kpi_workshop import audience
from kpi_workshop.engagement import Engagement
from kpi_workshop.kinds import Hypothesis, Interview, Quote, Suggestion, Team
from kpi_workshop.pages import interviews as pages
from kpi_workshop.pages import workshop
from kpi_workshop.pages.capture import CaptureForm
from kpi_workshop.records import ALWAYS
from kpi_workshop.steps import drafts, hypothesis, interviews

DAY = dt.date(2024, 3, 14)
AS_OF = dt.date(2024, 12, 31)
AT = "2024-03-14T14:02:33"


@pytest.fixture
def here(engagement: Engagement) -> workshop.Workshop:
    engagement.records.save(Team(name="Field"), "Field", effective=ALWAYS)
    return workshop.Workshop(engagement, AS_OF)


def line(words: str, *, at: str = AT, text: str = "", suggestion: bool = False) -> dict[str, str]:
    """A line as the page sends it; without `at` it is still being typed."""
    return {"at": at, "words": words, "text": text, "suggestion": "yes" if suggestion else ""}


def typed(form: CaptureForm, **values: object) -> CaptureForm:
    """The page sends what stands in it while somebody types."""
    shown = {**form._shown, **values}
    form._handle_custom_msg({"kind": "typing", "values": shown}, [])
    return form


def everything_synced(form: CaptureForm) -> str:
    return json.dumps([form.get_state(), form._repr_mimebundle_()[0], repr(form)], default=str)


ABOUT = {"interviewee": "Ottoline Vance", "role": "top", "teams": ["Field"], "held_on": DAY.isoformat()}


def test_lines_are_recorded_with_their_time_and_suggestions_with_their_words(here: workshop.Workshop) -> None:
    acme, form = here.engagement, pages.form(here)
    acme.private.save(Hypothesis(team="Field", metrics=("win_rate",)), "Field", effective=DAY)
    said = [
        line("Zinnia, it was a long week"),
        line("I polish sixty lamps before dawn", suggestion=True),
        line("I always ask who signs", text="Ask who signs", suggestion=True),
        line("and then", at=""),
    ]
    typed(form, **ABOUT, lines=said, notes="Zebra notes").press()
    assert (form.problem, form.problems) == ("", {})
    (held,) = interviews.held(acme, as_of=AS_OF).values()
    assert held.interviewee == "Ottoline Vance"
    assert held.notes.splitlines() == [
        "14:02 Zinnia, it was a long week", "14:02 I polish sixty lamps before dawn", "14:02 I always ask who signs",
        "and then", "Zebra notes",
    ]  # fmt: skip
    quotes = {quote.words: quote.said_at for quote in acme.private.current(Quote).values()}
    assert quotes == dict.fromkeys(
        ["I polish sixty lamps before dawn", "I always ask who signs"], dt.datetime.fromisoformat(AT)
    )
    assert {s.text for s in acme.records.current(Suggestion).values()} == {
        "Ask who signs",
        "I polish sixty lamps before dawn",
    }
    for secret in ("Ottoline", "Zinnia", "Zebra", "sixty"):
        assert secret not in everything_synced(form)
    assert hypothesis.sealed(acme, "Field") is not None
    assert form._shown["lines"] == [] and drafts.left(acme) == [], "the form is empty again"


def test_a_suggestion_that_names_a_measure_is_proposed_by_its_name(here: workshop.Workshop) -> None:
    form = pages.form(here)
    typed(form, **ABOUT, lines=[line("number of dials", suggestion=True)]).press()
    assert [s.text for s in here.engagement.records.current(Suggestion).values()] == ["Calls made"]


def test_an_interview_recorded_today_counts_on_the_day_the_workshop_shows(here: workshop.Workshop) -> None:
    said = [line("Talk time", suggestion=True)]
    typed(pages.form(here), **{**ABOUT, "held_on": dt.date.today().isoformat()}, lines=said).press()
    assert len(interviews.held(here.engagement, as_of=here.as_of)) == 1
    assert "Talk time" in repr(pages.heard(here))


def test_a_refused_interview_says_why_and_keeps_what_was_typed(here: workshop.Workshop) -> None:
    form = typed(pages.form(here), **{**ABOUT, "held_on": "2999-01-01"}, lines=[line("one")]).press()
    assert "still to come" in form.problem and form.status.startswith("Not saved yet")
    assert interviews.held(here.engagement) == {}
    assert pages.form(here)._shown["lines"] == [line("one")]


def test_words_in_mid_sentence_are_there_in_the_next_page_and_in_no_store(here: workshop.Workshop) -> None:
    typed(pages.form(here), interviewee="Ottoline Vance", lines=[line("first"), line("and then she sai", at="")])
    again = pages.form(here)
    assert again._shown["lines"] == [line("first"), line("and then she sai", at="")]
    assert again.status.startswith("Not finished yet: last typed in on")
    assert here.engagement.private.current(Interview) == {}
    (file,) = (here.engagement.folder / drafts.FOLDER).glob("*.json")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "Not finished" not in everything_synced(again) and "Ottoline" not in everything_synced(again)


def test_what_two_pages_type_into_one_draft_is_kept_twice(here: workshop.Workshop) -> None:
    typed(pages.form(here), lines=[line("shared")])
    one, other = pages.form(here), pages.form(here)
    typed(one, lines=[line("shared"), line("mine")])
    typed(other, lines=[line("shared"), line("theirs")])
    kept = {row["words"] for draft in drafts.left(here.engagement) for row in draft.values["lines"]}
    assert kept == {"shared", "mine", "theirs"}


def test_an_interview_that_another_page_has_recorded_is_not_recorded_twice(here: workshop.Workshop) -> None:
    typed(pages.form(here), **ABOUT, lines=[line("shared")])
    one, other = pages.form(here), pages.form(here)
    one.press()
    other.press()
    assert "recorded already" in other.problem
    assert len(interviews.held(here.engagement)) == 1


def test_an_interview_is_put_aside_and_gone_on_with(here: workshop.Workshop) -> None:
    form = typed(pages.form(here), lines=[line("of Ann")])
    assert form._picture()["more"] == "Put aside, begin another"
    form.press("more")
    assert form._shown["lines"] == [] and form._picture()["more"] == "Go on with one put aside (1)"
    typed(form, lines=[line("of Bob")]).press("more")
    found = []
    for _ in range(2):
        found.append(form.press("more")._shown["lines"][0]["words"])
        form.press("more")
    assert sorted(found) == ["of Ann", "of Bob"]


def test_saving_can_be_undone_and_what_was_typed_stands_there_again(here: workshop.Workshop) -> None:
    form = typed(pages.form(here), **ABOUT, lines=[line("Talk time", suggestion=True)]).press()
    form.press("undo")
    assert interviews.held(here.engagement, as_of=AS_OF) == {}
    assert form._shown["interviewee"] == "Ottoline Vance"
    assert form._shown["lines"] == [line("Talk time", suggestion=True)]
    form.press()
    assert len(interviews.held(here.engagement, as_of=AS_OF)) == 1


def test_a_draft_emptied_is_gone_and_one_that_names_a_person_can_be_forgotten(here: workshop.Workshop) -> None:
    form = typed(pages.form(here), lines=[line("words")])
    typed(form, lines=[])
    assert drafts.left(here.engagement) == []
    typed(form, notes="Ottoline Vance said so")
    assert drafts.forget(here.engagement, "Ann") == 0
    assert drafts.forget(here.engagement, "ottoline vance") == 1
    assert drafts.left(here.engagement) == []


def test_without_the_leader_a_draft_is_neither_shown_nor_written(
    here: workshop.Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed(pages.form(here), notes="zebra")
    monkeypatch.setenv(audience.VARIABLE, audience.EVERYONE)
    form = pages.form(here)
    typed(form, notes="changed by a stranger").press("more")
    assert "zebra" not in json.dumps(form._shown) and "zebra" not in everything_synced(form)
    assert [draft.values["notes"] for draft in drafts.left(here.engagement)] == ["zebra"]


@pytest.mark.parametrize("lines", ["x", None, [{"at": "<b>", "words": "w", "suggestion": "maybe"}], [{}]])
def test_whatever_a_page_sends_as_lines_is_read_or_passed_over(here: workshop.Workshop, lines: object) -> None:
    form = typed(pages.form(here), **ABOUT, lines=lines).press()
    assert form.problem == "" and len(interviews.held(here.engagement)) == 1
