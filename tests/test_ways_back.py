"""Undo after a restart: forms opened anew take back what was done last, and no shared file tells in which order."""

from __future__ import annotations

import datetime as dt

import pytest

from kpi_workshop import catalogue, ways_back
from kpi_workshop import engagement as engagements
from kpi_workshop.engagement import Engagement
from kpi_workshop.errors import WorkshopError
from kpi_workshop.kinds import Charter, Grouping, MeasureCard, Objection, Sorting, Team, WayBack
from kpi_workshop.pages import charter as charter_page
from kpi_workshop.pages import phrasing, playback, settling, sorting, vocabulary, wordings
from kpi_workshop.pages.workshop import Workshop
from kpi_workshop.records import ALWAYS
from kpi_workshop.steps import charter, interviews, purging
from kpi_workshop.steps import playback as step
from kpi_workshop.steps import wordings as wordings_step

AS_OF = dt.date(2024, 12, 31)
PEOPLE = ("Ilse Quarrington", "Otto Brandvale")
SAID = ("dials", "number of outbound calls", "win rate", "chats at the till", "<b>Bring cake</b>")
YES = {"fits_process": "yes", "fits_initiatives": "yes", "process_words": "", "initiatives_words": ""}


@pytest.fixture
def acme(engagement: Engagement, monkeypatch: pytest.MonkeyPatch) -> Engagement:
    known = charter.Availability(True, dict.fromkeys(catalogue.measures(), ""))
    monkeypatch.setattr(charter, "availability", lambda *_, **__: known)
    engagement.records.save(Team(name="Field"), "Field", effective=ALWAYS)
    interviews.record(
        engagement, interviewee=PEOPLE[0], role="top", teams=["Field"], held_on=dt.date(2024, 3, 14),
        suggestions=[(text, "") for text in SAID],
    )  # fmt: skip
    return engagement


def again(acme: Engagement) -> Workshop:
    """The same engagement as a new kernel opens it."""
    return Workshop(engagements.load(acme.folder), AS_OF)


def state(acme: Engagement) -> list[object]:
    return [acme.records.current(model) for model in (Sorting, Grouping, Objection, Charter, MeasureCard)]


def lines(target: float = 10.0) -> list[object]:
    moved = {"moves": ["win_rate"], "guardrail": "topic_coverage", "target": target}
    named = [charter.line(name, **moved) for name in ("senior_conversations", "talk_time", "meetings_held")]  # type: ignore[arg-type]
    return [charter.line("win_rate"), charter.line("deals_closed"), *named]


def test_merging_sorting_and_reasons_are_taken_back_one_by_one_after_restarts(acme: Engagement) -> None:
    states = [state(acme)]
    form = wordings.form(again(acme))
    rows = [row | {"group": "on its own"} if row["text"] == "dials" else row for row in form._shown["wordings"]]
    rows = [row | {"group": "Calls made"} if row["text"] == "chats at the till" else row for row in rows]
    assert form.fill(wordings=rows).said == "2 wordings moved."
    states.append(state(acme))
    sorting.form(again(acme)).press("save")
    states.append(state(acme))
    form = settling.form(again(acme))
    rows = [row | {"becomes": "dropped", "reason": "No stage depends on it."} for row in form._shown["fates"]]
    form.fill(fates=[row for row in rows if row["words"] == "Win rate"]).press("save")
    assert "No stage depends on it." in repr(settling.fates(again(acme)))
    for opened in (settling.form, sorting.form):
        assert opened(again(acme)).press("undo").status.startswith("Undone.")
        assert state(acme) == states.pop()
    form = wordings.form(again(acme)).press("undo")
    assert state(acme) == states.pop() and not form._picture()["undo"]
    assert sorting.form(again(acme)).press("undo").status == "There is nothing to undo."


def test_answers_at_a_playback_and_to_objections_are_taken_back_after_a_restart(acme: Engagement) -> None:
    charter.choose(acme, "Field", lines=lines(), as_of=AS_OF)  # type: ignore[arg-type]
    playback.form(again(acme)).fill(people=[YES | {"person": PEOPLE[0]}])
    against = YES | {"person": PEOPLE[1], "fits_process": "no", "process_words": "It slows us down."}
    playback.form(again(acme)).fill(people=[YES | {"person": PEOPLE[0]}, against])
    answers = playback.answers(again(acme))
    answers.fill(objections=[answers._shown["objections"][0] | {"answer": "For two weeks only."}])
    assert acme.records.get(Charter, "Field").status == "ready"  # type: ignore[union-attr]
    playback.answers(again(acme)).press("undo")
    assert acme.records.get(Charter, "Field").status == "draft"  # type: ignore[union-attr]
    playback.form(again(acme)).press("undo")
    assert step.objections(acme) == {} and list(step.invited(acme, "Field")) == [f"Field|{PEOPLE[0].casefold()}"]
    assert acme.records.get(Charter, "Field").status == "ready"  # type: ignore[union-attr]
    playback.form(again(acme)).press("undo")
    assert step.invited(acme, "Field") == {}


def test_a_choice_and_its_words_are_taken_back_after_a_restart_and_what_was_agreed_stays(acme: Engagement) -> None:
    charter.choose(acme, "Field", lines=lines(), as_of=AS_OF)  # type: ignore[arg-type]
    step.record(acme, "Field", [YES | {"person": PEOPLE[0]}], as_of=AS_OF)
    charter.choose(acme, "Field", lines=lines(12.0), as_of=AS_OF, why="Ten was too few.", by="Pia")  # type: ignore[arg-type]
    form = phrasing.form(again(acme)).press("undo")
    held = acme.records.get(Charter, "Field")
    assert held and (held.version, held.status, held.lines[2].target) == ("1.0", "ready", 10.0)
    assert form.status.startswith("Undone.")
    charter_page.form(again(acme), team="Field").press("undo")
    assert acme.records.get(Charter, "Field") is None
    assert charter_page.form(again(acme), team="Field").press("undo").status == "There is nothing to undo."


def test_a_card_is_taken_back_after_a_restart_whichever_measure_is_shown(acme: Engagement) -> None:
    vocabulary.card(again(acme), measure="Win rate").fill(alignment="KPI").press("save")
    form = vocabulary.card(again(acme), measure="Calls made").press("undo")
    assert acme.records.current(MeasureCard) == {} and form._shown["measure"] == "Win rate"


def test_what_was_changed_since_in_another_way_is_left_as_it_is(acme: Engagement) -> None:
    (key,) = wordings_step.move(acme, {"dials": wordings_step.APART}, as_of=AS_OF)
    acme.records.save(Grouping(suggestion=key, theme="another"), key)
    assert not ways_back.is_there(acme, wordings_step.UNDO)
    with pytest.raises(WorkshopError, match="nothing to undo"):
        ways_back.take_back(acme, wordings_step.UNDO)


def test_the_way_back_is_private_and_ends_with_a_purge(acme: Engagement) -> None:
    wordings_step.move(acme, {"dials": wordings_step.APART}, as_of=AS_OF)
    assert len(acme.private.current(WayBack)) == 1
    assert WayBack.kind not in {version["kind"] for version in acme.records.export()}
    purging.purge(acme, PEOPLE[0])
    assert [version for version in acme.private.export() if version["kind"] == WayBack.kind] == []


def test_without_the_private_store_undo_lasts_as_long_as_the_program_and_makes_no_such_store(acme: Engagement) -> None:
    for file in acme.folder.glob("private.db*"):
        file.unlink()
    here = again(acme).engagement
    before = state(here)
    wordings_step.move(here, {"dials": wordings_step.APART}, as_of=AS_OF)
    assert state(here) != before
    wordings.form(again(acme)).press("undo")
    assert state(here) == before and not acme.private.file.exists()
