"""The playback: two questions to everybody, objections with answers, and nobody's name outside the private store."""

from __future__ import annotations

import datetime as dt
import sqlite3

import pytest

from kpi_workshop import catalogue
from kpi_workshop.engagement import Engagement
from kpi_workshop.errors import WorkshopError
from kpi_workshop.kinds import Charter, CharterLine, Invitation, Objection, Seat, Sorting, Team
from kpi_workshop.pages import playback as pages
from kpi_workshop.pages import settling
from kpi_workshop.pages.plain import PlainList
from kpi_workshop.pages.workshop import Workshop
from kpi_workshop.records import ALWAYS
from kpi_workshop.steps import charter, dispositions, interviews, playback, rollout, sorting, thanks

AS_OF = dt.date(2024, 12, 31)
LATER = AS_OF + dt.timedelta(days=40)
METRICS = ("win_rate", "deals_closed")
PEOPLE = ("Ilse Quarrington", "Otto Brandvale", "Una Fellmoor")


@pytest.fixture
def acme(engagement: Engagement, monkeypatch: pytest.MonkeyPatch) -> Engagement:
    known = dict.fromkeys(catalogue.measures(), "") | {"demos_held": "The data hold no demos."}
    monkeypatch.setattr(charter, "availability", lambda *_, **__: charter.Availability(True, known))
    engagement.records.save(Team(name="Field"), "Field", effective=ALWAYS)
    interviews.record(
        engagement, interviewee=PEOPLE[0], role="top", teams=["Field"], held_on=dt.date(2024, 3, 14),
        suggestions=[("Talk time", "we talk"), ("<b>Bring cake</b>", "cake"), ("Product demos", "demos")],
    )  # fmt: skip
    return engagement


def lines(*activities: str, target: float = 10.0) -> list[CharterLine]:
    chosen = activities or ("senior_conversations", "talk_time", "meetings_held")
    return [charter.line(name) for name in METRICS] + [
        charter.line(name, moves=["win_rate"], guardrail="topic_coverage", target=target) for name in chosen
    ]


def choose(acme: Engagement, chosen: list[CharterLine], *, as_of: dt.date = AS_OF, **more: str) -> Charter:
    return charter.choose(acme, "Field", lines=chosen, as_of=as_of, **more)  # type: ignore[arg-type]


def says(person: str, process: str = "yes", initiatives: str = "yes", words: str = "") -> dict[str, object]:
    return {"person": person, "fits_process": process, "fits_initiatives": initiatives, "process_words": words}


def ask(acme: Engagement, *rows: dict[str, object]) -> str:
    playback.record(acme, "Field", rows, as_of=AS_OF)
    held = acme.records.get(Charter, "Field")
    assert held is not None
    return held.status


def agreed(acme: Engagement) -> Charter:
    choose(acme, lines())
    assert ask(acme, *(says(person) for person in PEOPLE)) == "ready"
    held = acme.records.get(Charter, "Field")
    assert held is not None
    return held


def settle(acme: Engagement, words: str, becomes: str, reason: str) -> None:
    fate = next(f for f in dispositions.fates(acme, as_of=AS_OF) if f.words == words)
    sorting.save(acme, dispositions.checked(fate, becomes, reason=reason))


# When a charter is ready


def test_a_charter_is_ready_only_when_everybody_has_agreed_or_every_objection_has_an_answer(acme: Engagement) -> None:
    assert choose(acme, lines()).status == "draft"
    assert "Nobody has been invited" in playback.lacking(acme, "Field")
    assert ask(acme, says(PEOPLE[0]), says(PEOPLE[1], "", "")) == "draft"
    assert "Not everybody" in playback.lacking(acme, "Field")
    assert ask(acme, says(PEOPLE[0]), says(PEOPLE[1], "no", "yes", "It slows us down.")) == "draft"
    assert playback.lacking(acme, "Field") == "An objection has no answer yet."
    ((key, said),) = playback.objections(acme, "Field").items()
    assert (said.words, said.question) == ("It slows us down.", "sales process")
    playback.answer(acme, {key: "Only for the first two weeks."})
    assert acme.records.get(Charter, "Field").status == "ready"  # type: ignore[union-attr]
    assert playback.missing(acme, as_of=AS_OF) == []
    playback.answer(acme, {key: ""})
    assert acme.records.get(Charter, "Field").status == "draft"  # type: ignore[union-attr]


def test_a_reworded_objection_needs_an_answer_again_and_one_taken_back_is_gone(acme: Engagement) -> None:
    choose(acme, lines())
    ask(acme, says(PEOPLE[0], "no", "yes", "It slows us down."))
    (key,) = playback.objections(acme)
    playback.answer(acme, {key: "It does not."})
    assert ask(acme, says(PEOPLE[0], "no", "yes", "It slows the buyer down.")) == "draft"
    assert [(k, one.answer) for k, one in playback.objections(acme).items()] == [(key, "")]
    assert ask(acme, says(PEOPLE[0])) == "ready"
    assert playback.objections(acme) == {}


def test_an_objection_stays_when_whoever_made_it_is_no_longer_invited(acme: Engagement) -> None:
    choose(acme, lines())
    against = "It slows us down."
    ask(acme, says(PEOPLE[0]), says("Jon Smth", "no", "yes", against))
    (key,) = playback.objections(acme)
    assert ask(acme, says(PEOPLE[0]), says("Jon Smith", "no", "yes", against)) == "draft"
    assert list(playback.objections(acme)) == [key], "a mended name is the same person"
    assert ask(acme, says(PEOPLE[0])) == "draft"
    assert [one.words for one in playback.objections(acme).values()] == [against]
    assert playback.lacking(acme, "Field") == "An objection has no answer yet."
    assert ask(acme, says(PEOPLE[0]), says("Jon Smith", "no", "yes", against)) == "draft"
    assert list(playback.objections(acme)) == [key], "who is invited again says the same"
    assert ask(acme, says(PEOPLE[0])) == "draft"
    playback.answer(acme, {key: "Only for two weeks."})
    assert acme.records.get(Charter, "Field").status == "ready"  # type: ignore[union-attr]


def test_answers_saved_once_more_after_another_target_leave_the_last_change_to_be_taken_back(acme: Engagement) -> None:
    choose(acme, lines())
    ask(acme, says(PEOPLE[0]), says(PEOPLE[1], "no", "yes", "It slows us down."))
    ask(acme, says(PEOPLE[0]))
    choose(acme, lines(target=12.0), by="Head of sales", why="More people.")
    ask(acme, says(PEOPLE[0]))
    playback.take_back(acme, "Field", as_of=AS_OF)
    assert [row["person"] for row in playback.asked(acme, "Field")] == sorted(PEOPLE[:2], key=str.casefold)


def test_without_client_data_nothing_is_ready(acme: Engagement, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(charter, "availability", lambda *_, **__: charter.Availability(False, {}))
    choose(acme, lines())
    assert ask(acme, says(PEOPLE[0])) == "draft"
    assert charter.NOT_KNOWN_YET in playback.missing(acme, as_of=AS_OF)[0]


def test_other_measures_are_played_back_again_and_another_target_is_not(acme: Engagement) -> None:
    agreed(acme)
    second = choose(acme, lines(target=12.0), as_of=LATER, why="Ten was too few.", by="The managers")
    assert (second.version, second.status) == ("1.1", "ready")
    swapped = lines("senior_conversations", "talk_time", "roi_discussions")
    third = choose(acme, swapped, as_of=LATER, why="Meetings moved nothing.", by="The managers")
    assert (third.version, third.status) == ("1.2", "draft")
    assert [row["fits_process"] for row in playback.asked(acme, "Field")] == ["", "", ""]
    assert ask(acme, *(says(person) for person in PEOPLE)) == "ready"


# A change of what was agreed


def test_a_draft_keeps_its_number_until_somebody_has_answered_to_it(acme: Engagement) -> None:
    choose(acme, lines())
    assert choose(acme, lines(target=11.0)).version == "1.0"
    ask(acme, says(PEOPLE[0]), says(PEOPLE[1], "", ""))
    with pytest.raises(WorkshopError, match=r"has been answered to: say why it changes[\s\S]*say who decided"):
        choose(acme, lines(target=12.0))
    changed = choose(acme, lines(target=12.0), why="Eleven was too few.", by="The managers")
    assert (changed.version, changed.status) == ("1.1", "draft")
    assert [c.version for c in charter.history(acme, "Field")] == ["1.0", "1.1"]


def test_a_change_of_an_agreed_charter_says_who_and_why_and_every_version_can_be_read(acme: Engagement) -> None:
    first = agreed(acme)
    with pytest.raises(WorkshopError, match=r"say why it changes[\s\S]*say who decided"):
        choose(acme, lines(target=12.0), as_of=LATER)
    choose(acme, lines(target=12.0), as_of=LATER, why="Ten was too few.", by="The managers")
    held = charter.history(acme, "Field")
    assert [(c.version, c.dated, c.changed_by, c.change_reason) for c in held] == [
        ("1.0", AS_OF, "", ""), ("1.1", LATER, "The managers", "Ten was too few."),
    ]  # fmt: skip
    assert held[0] == first
    from kpi_workshop.pages import versions

    page = versions.versions(Workshop(acme, LATER))._repr_html_()
    assert "Version 1.1 of 9 February 2025 by The managers: Ten was too few." in page
    assert "Talk time has the target 12, no longer 10." in page and "Charter 1.0 of 31 December 2024, agreed." in page
    assert "1.1" not in versions.versions(Workshop(acme, AS_OF))._repr_html_()


def test_the_rollout_goes_by_the_charter_of_its_day(acme: Engagement) -> None:
    agreed(acme)
    choose(acme, lines(target=12.0), as_of=LATER, why="Ten was too few.", by="The managers")
    day_before = LATER - dt.timedelta(days=1)
    assert rollout.charters(acme, as_of=day_before)["Field"].version == "1.0"
    assert rollout.charters(acme, as_of=LATER)["Field"].version == "1.1"


def test_an_activity_that_pay_hangs_on_carries_a_guardrail(acme: Engagement) -> None:
    bare = CharterLine(measure="senior_conversations", label="activity", moves=("win_rate",), pay_linked=True)
    with pytest.raises(WorkshopError, match="Pay hangs on Senior-level conversations: name a guardrail"):
        choose(acme, [*lines("talk_time", "meetings_held"), bare])


# Nobody's name


def test_nothing_shared_tells_who_was_invited_or_who_objected(acme: Engagement) -> None:
    choose(acme, lines())
    ask(acme, says(PEOPLE[0]), says(PEOPLE[1], "no", "yes", "It slows us down."), says(PEOPLE[2]))
    assert acme.private.current(Invitation)[f"Field|{PEOPLE[1].casefold()}"].fits_process == "no"
    with sqlite3.connect(acme.records.file) as db:
        everything = "\n".join(db.iterdump())
    here = Workshop(acme, AS_OF)
    shown = [everything, repr(pages.state(here)), pages.state(here)._repr_html_(), *pages.render(here).values()]
    form, answered = pages.form(here), pages.answers(here)
    assert not isinstance(form, PlainList) and not isinstance(answered, PlainList)
    shown += [str(form._repr_mimebundle_()), str(form.get_state()), repr(answered), str(answered.get_state())]
    for person in PEOPLE:
        assert not [text for text in shown if person in text or person.split()[1] in text]
    assert "It slows us down." in everything
    assert {type(one).undated for one in acme.records.current(Objection).values()} == {True}


def test_words_that_name_somebody_invited_and_a_no_without_words_are_refused(acme: Engagement) -> None:
    choose(acme, lines())
    wrong = [says(PEOPLE[0], "no", "yes", "Otto does it anyway."), says(PEOPLE[1], "no"), says(PEOPLE[1].upper())]
    with pytest.raises(WorkshopError) as refused:
        ask(acme, *wrong)
    assert "name somebody; everyone will read them" in str(refused.value)
    assert "say in a few words why it does not fit our sales process" in str(refused.value)
    assert "is invited twice" in str(refused.value)
    assert acme.private.current(Invitation) == {} and acme.records.current(Objection) == {}


def test_the_whole_team_is_proposed_beside_those_interviewed(acme: Engagement) -> None:
    seat = Seat(person="Pia Anders", team="Field")
    acme.records.save(seat, "Pia Anders|Field", effective=ALWAYS)
    assert playback.proposed(acme, "Field", as_of=AS_OF) == [PEOPLE[0], "Pia Anders"]


def test_answers_are_saved_at_every_change_and_taken_back_by_one_press(acme: Engagement) -> None:
    choose(acme, lines())
    form = pages.form(Workshop(acme, AS_OF), team="Field")
    assert not isinstance(form, PlainList)
    form.fill(people=[says(PEOPLE[0]) | {"initiatives_words": ""}])
    assert acme.records.get(Charter, "Field").status == "ready"  # type: ignore[union-attr]
    form.fill(people=[says(PEOPLE[0], "no", "yes", "Too much of it.") | {"initiatives_words": ""}])
    assert acme.records.get(Charter, "Field").status == "draft"  # type: ignore[union-attr]
    form.press("undo")
    assert playback.objections(acme) == {} and acme.records.get(Charter, "Field").status == "ready"  # type: ignore[union-attr]


# The hand-out, and what became of the rest


def test_the_hand_out_shows_chosen_and_put_aside_with_reasons_and_asks_two_questions(acme: Engagement) -> None:
    choose(acme, lines())
    settle(acme, "Demos held", "parked", "Nobody logs them.")
    settle(acme, "<b>Bring cake</b>", "dropped", "No stage depends on it.")
    ask(acme, says(PEOPLE[0]), says(PEOPLE[1], "no", "yes", "It <i>slows</i> us down."))
    listed = pages.handouts(Workshop(acme, AS_OF))
    assert (listed.lines, listed.links) == (("Field",), ("../runs/2024-12-31/playback-field.html",))
    text = (acme.notebooks / listed.links[0]).read_text(encoding="utf-8")
    assert "Field would run on three activities and two metrics" in text
    for words in ("Nobody logs them.", "Not taken up: No stage depends on it.", *playback.QUESTIONS.values()):
        assert words in text
    assert "&lt;b&gt;Bring cake" in text and "<b>" not in text and "<i>" not in text and "No answer yet." in text


def test_each_measure_stands_once_and_what_has_no_end_stands_first(acme: Engagement) -> None:
    suggest_again = [("time on the phone", ""), ("Open pipeline", "")]
    interviews.record(
        acme, interviewee=PEOPLE[1], role="low", teams=["Field"], held_on=dt.date(2024, 3, 15),
        suggestions=suggest_again,
    )  # fmt: skip
    choose(acme, lines())
    found = dispositions.fates(acme, as_of=AS_OF)
    talked = [fate for fate in found if fate.measure == "talk_time"]
    assert [(f.disposition, len(f.texts)) for f in talked] == [("chosen", 2)]
    assert [fate.disposition for fate in found[:3]] == ["", "", ""]
    assert "Open pipeline" in dispositions.undecided(acme, as_of=AS_OF)
    with pytest.raises(WorkshopError, match="stands in the charter of Field: take it out there first"):
        dispositions.checked(talked[0], "parked", reason="No.")
    with pytest.raises(WorkshopError, match="say why it is put aside"):
        dispositions.checked(next(f for f in found if f.words == "Open pipeline"), "parked")
    demos = next(f for f in found if f.measure == "demos_held")
    assert demos.proposal == "No data yet: The data hold no demos."


def test_the_rest_gets_its_end_in_a_form_and_one_press_takes_it_back(acme: Engagement) -> None:
    choose(acme, lines())
    form = settling.form(Workshop(acme, AS_OF))
    assert not isinstance(form, PlainList)
    rows = [dict(row) for row in form._load()["fates"]]
    for row in rows:
        if row["words"] == "<b>Bring cake</b>":
            row |= {"becomes": "dropped", "reason": ""}
    form.fill(fates=rows).press()
    assert "say why it is dropped" in str(form.rows)
    assert acme.records.current(Sorting) == {}
    rows = [row | {"reason": row["reason"] or "Nobody counts it."} for row in rows]
    form.fill(fates=rows).press()
    assert form.problem == "" and form.rows == {}
    assert dispositions.undecided(acme, as_of=AS_OF) == []
    assert "put aside for now | No data yet: The data hold no demos." in repr(settling.fates(Workshop(acme, AS_OF)))
    form.press("undo")
    assert "Demos held" in dispositions.undecided(acme, as_of=AS_OF)


def test_everybody_interviewed_is_told_what_became_of_their_own_words_and_nobody_elses(acme: Engagement) -> None:
    interviews.record(
        acme, interviewee=PEOPLE[1], role="low", teams=["Field"], held_on=dt.date(2024, 3, 15),
        suggestions=[("Open pipeline", "")],
    )  # fmt: skip
    choose(acme, lines())
    settle(acme, "Demos held", "parked", "Nobody logs them.")
    told = {one.person: one.text for one in thanks.paragraphs(acme, as_of=AS_OF)}
    assert set(told) == {PEOPLE[0], PEOPLE[1]}
    assert "“Talk time” is in the charter of Field, to move win rate." in told[PEOPLE[0]]
    assert "“Product demos”, which we count as demos held, is put aside for now: nobody logs them." in told[PEOPLE[0]]
    assert "“Open pipeline” is still being decided." in told[PEOPLE[1]]
    assert "cake" not in told[PEOPLE[1]] and "pipeline" not in told[PEOPLE[0]]
    shown = settling.heard(Workshop(acme, AS_OF)).press()
    assert len(shown._shown["rows"]) == 2
    assert "pipeline" not in str(shown._repr_mimebundle_()) + str(shown.get_state())


def test_suggestions_are_sorted_as_the_catalogue_says_before_they_end(acme: Engagement) -> None:
    settle(acme, "Demos held", "parked", "Nobody logs them.")
    (decided,) = [d for d in acme.records.current(Sorting).values() if d.measure == "demos_held"]
    known = catalogue.get("demos_held")
    assert (decided.control, decided.timing) == (known.control, known.timing)
    assert decided.label == sorting.label(known.control, known.timing)
