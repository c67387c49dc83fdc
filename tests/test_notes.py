"""Notes and answers: what may be a suggestion is marked where it stands; nothing is kept unless a person says so."""

from __future__ import annotations

import csv
import datetime as dt
import itertools
import json
import random
from pathlib import Path

import pytest

from kpi_workshop.engagement import Engagement
from kpi_workshop.imports import answers, form_columns
from kpi_workshop.kinds import Interview, Quote, Suggestion, Team
from kpi_workshop.pages import interviews as pages
from kpi_workshop.pages import workshop
from kpi_workshop.pages.forms import PrivateForm
from kpi_workshop.records import ALWAYS
from kpi_workshop.steps import guides, notes, offers

AS_OF = dt.date(2024, 12, 31)
TRANSCRIPT = """Zinnia, about the week.
I look at my win rate and nothing else. The coffee is good.
- Send the agenda before every meeting
- talk time
One should ask who signs. Then again, who knows?"""


@pytest.fixture
def here(engagement: Engagement) -> workshop.Workshop:
    engagement.records.save(Team(name="Field"), "Field", effective=ALWAYS)
    return workshop.Workshop(engagement, AS_OF)


def everything_synced(form: PrivateForm) -> str:
    return json.dumps([form.get_state(), form._repr_mimebundle_()[0], repr(form)], default=str)


def test_measures_list_items_and_advice_are_found_where_they_stand() -> None:
    spans = notes.found_in(TRANSCRIPT)
    assert [span.words for span in spans] == [
        "win rate", "Send the agenda before every meeting", "talk time", "One should ask who signs.",
    ]  # fmt: skip
    assert (spans[0].measure, spans[2].measure) == ("win_rate", "talk_time")
    assert all(TRANSCRIPT[span.start : span.end] == span.words for span in spans)
    assert spans[2].text == "Talk time"


def test_no_place_lies_over_another_whatever_is_pasted() -> None:
    dice = random.Random(3)
    pieces = [
        "win rate",
        "talk time",
        "should",
        "1. ",
        "- ",
        "\n",
        ". ",
        "; ",
        "call",
        "é",
        "…",
        "»",
        "demo",
        "  ",
        "\t",
    ]
    for _ in range(300):
        text = "".join(dice.choice(pieces) + dice.choice(["", " "]) for _ in range(dice.randint(0, 25)))
        spans = notes.found_in(text)
        assert all(text[s.start : s.end] == s.words and s.words.strip() for s in spans)
        assert all(a.end <= b.start for a, b in itertools.pairwise(spans))
        for part in notes.parts(text):
            assert text[part.start : part.end] == part.words


def test_an_answer_that_lists_several_things_is_taken_apart() -> None:
    assert [part.words for part in notes.parts("1) Calls\r\n2) Ask, then listen\n• demos; agenda")] == [
        "Calls", "Ask", "then listen", "demos", "agenda",
    ]  # fmt: skip
    assert [p.words for p in notes.parts("We listen before we talk, and we never send a quote without a call.")] == [
        "We listen before we talk, and we never send a quote without a call."
    ]
    assert [notes.parts(nothing) for nothing in (".", "no", "N/A", "-", "5", "  ")] == [[]] * 6


def test_what_is_too_long_to_be_listed_is_cut_at_a_word_and_the_quote_keeps_all() -> None:
    (span,) = notes.parts("one should listen " * 30)
    assert len(span.text) <= 200 and span.text.endswith("…")
    assert notes.sentence_around(TRANSCRIPT, notes.found_in(TRANSCRIPT)[0]) == "I look at my win rate and nothing else."


# The form for notes


def test_pasted_notes_are_marked_in_place_and_only_what_is_kept_is_a_suggestion(here: workshop.Workshop) -> None:
    form = pages.paste(here).fill(notes=TRANSCRIPT)
    shown = form._shown["places"]
    assert "".join(words for words, _ in shown["pieces"]) == TRANSCRIPT
    assert [words for words, number in shown["pieces"] if number] == [s.words for s in notes.found_in(TRANSCRIPT)]
    rows = shown["rows"]
    assert [row["decision"] for row in rows] == [""] * 4, "nothing is accepted by itself"
    rows[0]["decision"], rows[1]["decision"], rows[3]["decision"], rows[3]["text"] = "yes", "no", "yes", "Ask who signs"
    form.fill(interviewee="Ottoline Vance", role="top", teams=["Field"], places=shown).press()
    assert (form.problem, form.problems, form.rows) == ("", {}, {})
    assert {s.text for s in here.engagement.records.current(Suggestion).values()} == {rows[0]["text"], "Ask who signs"}
    quotes = {quote.words for quote in here.engagement.private.current(Quote).values()}
    assert quotes == {"I look at my win rate and nothing else.", "One should ask who signs."}
    (held,) = here.engagement.private.current(Interview).values()
    assert held.notes == TRANSCRIPT
    for secret in ("Ottoline", "Zinnia", "signs"):
        assert secret not in everything_synced(form)
    form.press("undo")
    assert here.engagement.records.current(Suggestion) == {}


def test_a_decision_survives_a_change_elsewhere_in_the_notes(here: workshop.Workshop) -> None:
    form = pages.paste(here).fill(notes="We track win rate.\n\n" + "x" * 90)
    form._shown["places"]["rows"][0] |= {"decision": "yes", "text": "Share won"}
    form.fill(notes="We track win rate.\n\n" + "x" * 90 + "\n- talk time")
    rows = form._shown["places"]["rows"]
    assert [(row["text"], row["decision"]) for row in rows] == [("Share won", "yes"), ("Talk time", "")]


def test_a_long_transcript_is_marked_at_once(here: workshop.Workshop) -> None:
    import time

    form, text = pages.paste(here), TRANSCRIPT * 20
    form.fill(notes="warm")
    begun = time.perf_counter()
    form.fill(notes=text)
    assert time.perf_counter() - begun < 2
    assert len(form._shown["places"]["rows"]) >= 80


# The form for answers


def test_parts_of_answers_are_accepted_in_other_words_or_dropped_on_a_page(
    here: workshop.Workshop, tmp_path: Path
) -> None:
    file = tmp_path / "form.csv"
    with file.open("w", newline="") as out:
        csv.writer(out).writerows(
            [["Timestamp", "Name", guides.guide("top").questions[0].ask],
             ["3/27/2024 18:35:00", "Ottoline Vance", "talk time; zinnia"]]
        )  # fmt: skip
    responses = form_columns.read(file)
    plan = answers.plan(here.engagement, responses, role="top", teams=["Field"])
    answers.save(here.engagement, plan, as_of=AS_OF)
    form = pages.answers(here)
    rows = form._shown["offers"]
    assert [row["words"] for row in rows] == ["talk time", "zinnia"]
    assert "zinnia" not in everything_synced(form) and "Ottoline" not in everything_synced(form)
    rows[0]["decision"], rows[1]["decision"], rows[1]["text"] = "drop", "accept", "Grow flowers"
    form.fill(offers=rows).press()
    assert [s.text for s in here.engagement.records.current(Suggestion, as_of=AS_OF).values()] == ["Grow flowers"]
    assert form._shown["offers"] == []
    form.press("undo")
    assert len(offers.waiting(here.engagement)) == 2
    assert here.engagement.records.current(Suggestion, as_of=AS_OF) == {}
