"""The list in eight vocabularies, deeper versions of what is only counted, and the eight questions with their tally."""

from __future__ import annotations

import datetime as dt

import pytest

from kpi_workshop import catalogue
from kpi_workshop.engagement import Engagement
from kpi_workshop.errors import WorkshopError
from kpi_workshop.kinds import Goal, MeasureCard, Team
from kpi_workshop.pages import vocabulary as pages
from kpi_workshop.pages import workshop
from kpi_workshop.steps import depth, eight_questions, interviews, sorting

AS_OF = dt.date(2024, 12, 31)
SAID = (
    "dials",
    "average deal size",
    "NPS",
    "the right follow-ups",
    "store visits",
    "share of stores visited",
    "revenue",
)


@pytest.fixture
def acme(engagement: Engagement) -> Engagement:
    engagement.records.save_all([("Field", Team(name="Field"))], effective=dt.date(1900, 1, 1))
    interviews.record(
        engagement, interviewee="Somebody", role="top", teams=("Field",), held_on=dt.date(2024, 3, 14),
        suggestions=[(text, "") for text in SAID],
    )  # fmt: skip
    return engagement


@pytest.fixture
def here(acme: Engagement) -> workshop.Workshop:
    return workshop.open_workshop(str(acme.folder), as_of="2024-12-31")


def test_one_list_is_told_in_eight_vocabularies(here: workshop.Workshop) -> None:
    table = pages.in_their_words(here)
    rows = {row[0]: row[1:] for row in table.rows}
    assert rows["Calls made"] == (
        "metric", "metric", "metric", "KPI, activity-only", "activity", "controllable input", "lead measure",
        "activity",
    )  # fmt: skip
    assert rows["Average deal size"][1] == "metric; this author uses both"
    assert rows["Revenue"][3] == "result"
    assert "2 suggestions in no catalogue" in table.says


def test_a_goal_of_the_company_changes_what_alore_says(acme: Engagement, here: workshop.Workshop) -> None:
    goal = Goal(goal="Grow", measure="Calls made", number=9, by=dt.date(2025, 12, 31))
    acme.records.save(goal, key="Grow", effective=dt.date(2024, 1, 1))
    rows = {row[0]: row[1:] for row in pages.in_their_words(here).rows}
    assert rows["Calls made"][2].startswith("KPI")


def test_the_figures_of_the_articles_stand_below_their_words() -> None:
    said = repr(pages.how_faithful())
    for figures in ("12 of 12", "35 of 43 labels at most", "59 of 64 labels at most", "14 of 14"):
        assert figures in said


def test_every_mention_of_an_article_stands_on_its_own_line_under_its_label(here: workshop.Workshop) -> None:
    articles = pages.literally(here)
    exact = articles.tables["ExactBuyer"]
    assert exact.says == "43 labels for 24 measures; 7 measures called both."
    deal_size = [row[1:4] for row in exact.rows if row[0] == "Average deal size; this author uses both"]
    assert [line for line, *_ in deal_size] == [46, 50, 57, 69, 75, 77, 86, 97]
    assert deal_size[1][2] == "KPI, said again" and deal_size[2][2] == "metric"
    assert {row[4] for row in exact.rows if row[0].startswith("Average deal size")} == {"yes"}
    assert articles._repr_html_().count("<details") == 5 and "Line | In its words | Called" in repr(articles)


def test_what_only_counts_how_often_gets_deeper_versions(acme: Engagement) -> None:
    found = {ladder.words: ladder.versions for ladder in depth.ladders(acme, as_of=AS_OF)}
    assert found["Calls made"]["consequence"] == ("Deals with a next step", "Productive conversations")
    assert found["Store visits"]["qualified"] == ("Store visits: only those with somebody who decides",)
    assert "Share of shops visited" not in found and "Average deal size" not in found


def test_every_count_of_the_catalogue_that_sellers_control_has_a_ladder() -> None:
    volume = {m.id for m in catalogue.measures().values() if m.depth == "volume" and m.control == "direct"}
    assert volume <= set(depth.deeper())
    for rungs in depth.deeper().values():
        for rung, names in rungs.items():
            assert rung in depth.RUNGS
            assert all(catalogue.get(name).depth != "volume" for name in names)


def test_the_right_ones_have_to_say_what_right_means(acme: Engagement) -> None:
    assert [one.vague for one in depth.undefined(acme, as_of=AS_OF)] == ["right"]
    found = next(s for s in sorting.suggestions(acme, as_of=AS_OF) if s.words.casefold() == "the right follow-ups")
    named = sorting.decide(found, control="direct", timing="before", measure="Follow-ups within a day of a question")
    sorting.save(acme, [(found, named)])
    assert depth.undefined(acme, as_of=AS_OF) == []


def test_a_tie_is_shown_as_a_tie(acme: Engagement) -> None:
    given = {key: "KPI" if at % 2 else "metric" for at, key in enumerate(eight_questions.QUESTIONS)}
    card = eight_questions.answer(acme, "Revenue", given, as_of=AS_OF)
    assert (card.votes("KPI"), card.votes("metric")) == (4, 4)
    assert card.says == "4 say KPI and 4 say metric: a tie, so you decide."


def test_a_card_starts_with_what_the_records_tell_and_a_person_has_the_last_word(
    acme: Engagement, here: workshop.Workshop
) -> None:
    told = eight_questions.card(acme, "Calls made", as_of=AS_OF)
    assert told.answers == {"influence": "metric", "complexity": "metric", "responsiveness": "metric"}
    form = pages.card(here, measure="Calls made")
    form.fill(alignment="KPI", responsiveness="KPI").press("save")
    assert form.said == "2 say KPI and 2 say metric: a tie, so you decide. 4 are not answered."
    assert eight_questions.card(acme, "dials", as_of=AS_OF).answers["responsiveness"] == "KPI"
    form.press("undo")
    assert acme.records.current(MeasureCard) == {}


def test_an_unknown_question_is_answered_with_those_there_are(acme: Engagement) -> None:
    with pytest.raises(WorkshopError, match="Did you mean: rhythm"):
        eight_questions.answer(acme, "Revenue", {"rythm": "KPI"}, as_of=AS_OF)
    with pytest.raises(WorkshopError, match="'maybe' is no answer"):
        eight_questions.answer(acme, "Revenue", {"rhythm": "maybe"}, as_of=AS_OF)
