"""Sorting and the charter: two questions, a proposal with its reason, few measures, a reason for exceptions."""

from __future__ import annotations

import csv
import datetime as dt
import html
from pathlib import Path

import pytest

from kpi_workshop import catalogue
from kpi_workshop.engagement import Engagement
from kpi_workshop.errors import WorkshopError
from kpi_workshop.kinds import Charter, CharterLine, Sorting, Team
from kpi_workshop.pages import charter as charter_pages
from kpi_workshop.pages import plain, workshop
from kpi_workshop.pages import sorting as pages
from kpi_workshop.steps import charter, interviews, sorting

AS_OF = dt.date(2024, 12, 31)
METRICS = ("win_rate", "average_deal_size", "sales_cycle_length", "deals_closed")
ACTIVITIES = ("senior_conversations", "demos_held", "talk_time", "meetings_held", "roi_discussions")
S4_LABELS = {
    "metric": ["revenue", "close rate", "deal size", "sales cycle length", "closed deals"],
    "activity": ["VP-level conversations", "ROI discussions", "prospecting into larger companies", "talk time"],
}
"""What the article on the five steps itself calls a metric and an activity (S4:5, S4:9, S4:29)."""


@pytest.fixture
def acme(engagement: Engagement) -> Engagement:
    always = dt.date(1900, 1, 1)
    engagement.records.save_all([(t, Team(name=t)) for t in ("Field", "Inside")], effective=always)
    return engagement


def suggest(acme: Engagement, *texts: str, who: str = "Somebody", teams: tuple[str, ...] = ("Field",)) -> None:
    interviews.record(
        acme, interviewee=who, role="top", teams=teams, held_on=dt.date(2024, 3, 14),
        suggestions=[(text, "") for text in texts],
    )  # fmt: skip


def decide(acme: Engagement, words: str, **answers: str) -> Sorting:
    found = one(acme, words)
    decision = sorting.decide(found, **answers)  # type: ignore[arg-type]
    sorting.save(acme, [(found, decision)])
    return decision


def one(acme: Engagement, words: str) -> sorting.Sorted:
    return next(s for s in sorting.suggestions(acme, as_of=AS_OF) if s.words == words)


def lines(metrics: int, activities: int) -> list[CharterLine]:
    moved = METRICS[0]
    return [charter.line(name) for name in METRICS[:metrics]] + [
        charter.line(name, moves=[moved], guardrail="topic_coverage") for name in ACTIVITIES[:activities]
    ]


def choose(acme: Engagement, chosen: list[CharterLine], **more: object) -> Charter:
    return charter.choose(acme, "Field", lines=chosen, as_of=AS_OF, **more)  # type: ignore[arg-type]


def refusal(acme: Engagement, chosen: list[CharterLine], **more: object) -> str:
    with pytest.raises(WorkshopError) as refused:
        choose(acme, chosen, **more)
    assert acme.records.current(Charter) == {}
    return str(refused.value)


# The two questions


@pytest.mark.parametrize(
    ("control", "timing", "expected"),
    [
        ("direct", "before", "activity"), ("direct", "with", "signal"), ("direct", "after", "signal"),
        ("influenced", "before", "signal"), ("influenced", "with", "metric"), ("influenced", "after", "metric"),
        ("none", "before", "signal"), ("none", "with", "metric"), ("none", "after", "metric"),
    ],
)  # fmt: skip
def test_two_answers_lead_to_one_box(control: catalogue.Control, timing: catalogue.Timing, expected: str) -> None:
    assert sorting.label(control, timing) == expected


@pytest.mark.parametrize(("expected", "text"), [(k, text) for k, texts in S4_LABELS.items() for text in texts])
def test_the_articles_own_examples_are_sorted_as_it_sorts_them(expected: str, text: str) -> None:
    assert sorting.propose(text).label == expected


def test_published_names_that_the_catalogue_knows_are_sorted_as_published(shared: Path) -> None:
    with (shared / "sorting" / "labels.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["form"] == "name" and row["ambiguous"] != "1"]
    matched = [(row["text"], row["label"], sorting.propose(row["text"]).label) for row in rows]
    sure = [(text, truth, found) for text, truth, found in matched if found in ("activity", "metric")]
    wrong = [(text, truth, found) for text, truth, found in sure if truth != found]
    assert len(sure) >= 30
    assert len(wrong) <= len(sure) * 0.05, wrong


def test_the_reason_names_the_words_and_the_catalogue_entry() -> None:
    reason = sorting.propose("VP-level conversations").reason
    assert reason.startswith("“VP-level conversations” is the catalogue's “")
    assert catalogue.get("senior_conversations").name in reason
    assert reason.endswith("so it is an activity.")


def test_words_that_say_nothing_known_are_listed_first_and_never_guessed(acme: Engagement) -> None:
    suggest(acme, "Zumba on Fridays", "Win rate")
    found = sorting.suggestions(acme, as_of=AS_OF)
    assert [s.words for s in found] == ["Zumba on Fridays", "Win rate"]
    unknown = found[0].proposal
    assert (unknown.measure, unknown.label, unknown.control, unknown.timing) == (None, None, None, None)
    assert "Zumba" in unknown.reason


def test_differently_named_suggestions_of_one_measure_are_one_and_keep_their_words(acme: Engagement) -> None:
    suggest(acme, "Win rate", teams=("Field",))
    suggest(acme, "Winning percentage" if catalogue.find("Winning percentage") else "win_rate", teams=("Inside",))
    (only,) = sorting.suggestions(acme, as_of=AS_OF)
    assert only.teams == (), "one person asked for it, and nobody is to know for which teams"
    assert len(only.ids) == len(only.texts) == 2


# Deciding


def test_a_decision_counts_for_every_suggestion_made_in_that_sense_and_can_be_undone(acme: Engagement) -> None:
    suggest(acme, "Talk time")
    suggest(acme, "talk time", who="Another")
    decision = decide(acme, "Talk time", control="direct", timing="before")
    assert decision.label == "activity"
    assert decision.measure == "talk_time"
    assert len(acme.records.current(Sorting)) == 2
    for key in one(acme, "Talk time").ids:
        acme.records.undo(Sorting, key)
    assert acme.records.current(Sorting) == {}


def test_a_person_may_overrule_the_two_answers_with_a_reason(acme: Engagement) -> None:
    suggest(acme, "Open pipeline")
    found = one(acme, "Open pipeline")
    with pytest.raises(WorkshopError, match="make it a signal; to call it an activity, give a reason"):
        sorting.decide(found, control="influenced", timing="before", label="activity")
    kept = sorting.decide(
        found, control="influenced", timing="before", label="activity", reason="They build it themselves."
    )
    assert kept.label == "activity"


def test_putting_aside_needs_a_reason_and_an_unknown_answer_names_the_nearest(acme: Engagement) -> None:
    suggest(acme, "Talk time")
    found = one(acme, "Talk time")
    with pytest.raises(WorkshopError, match="say why it is put aside"):
        sorting.decide(found, control="direct", timing="before", disposition="parked")
    with pytest.raises(WorkshopError, match=r"'befor' is no answer for timing. Did you mean: before"):
        sorting.decide(found, control="direct", timing="befor")
    with pytest.raises(WorkshopError, match="answer both questions"):
        sorting.decide(found, control="", timing="")
    assert acme.records.current(Sorting) == {}


def test_every_suggestion_ends_chosen_or_put_aside_with_a_reason(acme: Engagement) -> None:
    suggest(acme, "Win rate", "Bring cake", "Calls made")
    decide(
        acme, "Bring cake", control="direct", timing="before", disposition="parked",
        disposition_reason="Nobody counts it.",
    )  # fmt: skip
    choose(acme, lines(2, 3))
    became = sorting.dispositions(acme, as_of=AS_OF)
    assert {found.words: became[found.theme] for found in sorting.suggestions(acme, as_of=AS_OF)} == {
        "Calls made": ("", ""),
        "Win rate": ("chosen", "It is in the charter of Field."),
        "Bring cake": ("parked", "Nobody counts it."),
    }
    said = sorting.missing(acme, as_of=AS_OF)
    assert "Neither chosen nor put aside with a reason: Calls made." in said
    assert "Inside has no charter yet." in said


def test_saving_the_same_decision_twice_changes_nothing(acme: Engagement) -> None:
    suggest(acme, "Talk time")
    found = one(acme, "Talk time")
    decision = sorting.decide(found, control="direct", timing="before")
    assert sorting.save(acme, [(found, decision)]) == list(found.ids)
    assert sorting.save(acme, [(found, decision)]) == []


# The charter


def test_a_fifth_activity_needs_a_reason(acme: Engagement) -> None:
    expected = "Five activities chosen; the charter holds four. Put one aside, or give a reason to keep all five."
    assert refusal(acme, lines(2, 5)) == expected
    assert choose(acme, lines(2, 5), reason="The fifth replaces one next month.").version == "1.0"


def test_too_few_need_a_reason_as_well(acme: Engagement) -> None:
    message = refusal(acme, lines(1, 2))
    assert "One metric chosen; the charter asks for at least two." in message
    assert "Two activities chosen; the charter asks for at least three." in message
    assert len(choose(acme, lines(1, 2), reason="A small team.").lines) == 3


@pytest.mark.parametrize(("metrics", "activities"), [(2, 3), (2, 4), (3, 3), (3, 4)])
def test_two_or_three_metrics_and_three_or_four_activities_need_none(
    acme: Engagement, metrics: int, activities: int
) -> None:
    assert len(choose(acme, lines(metrics, activities)).lines) == metrics + activities


@pytest.mark.parametrize("team", ["", "all", "Organisation"])
def test_a_plan_for_the_whole_organisation_is_refused(acme: Engagement, team: str) -> None:
    with pytest.raises(WorkshopError, match=r"none for the whole organisation. The teams are: Field, Inside"):
        charter.choose(acme, team, lines=lines(2, 3))
    with pytest.raises(WorkshopError, match=r"'Feild' is not in the org chart. Did you mean: Field"):
        charter.choose(acme, "Feild", lines=lines(2, 3))


def test_an_activity_moves_a_metric_of_the_same_charter(acme: Engagement) -> None:
    loose = charter.line("demos_held", guardrail="topic_coverage")
    astray = charter.line("meetings_held", moves=["revenue"])
    message = refusal(acme, [*lines(2, 1), loose, astray])
    assert f"{catalogue.get('demos_held').name} names no metric it should move." in message
    assert "which is not among this charter's metrics" in message


def test_a_volume_activity_carries_a_guardrail(acme: Engagement) -> None:
    bare = CharterLine(measure="calls_made", label="activity", moves=("win_rate",))
    assert "counts volume: name a guardrail" in refusal(acme, [*lines(2, 2), bare])
    assert charter.line("calls made", moves=["win rate"]).guardrail == catalogue.get("calls_made").guardrail


def test_a_measure_without_data_is_put_aside_not_chosen(acme: Engagement, monkeypatch: pytest.MonkeyPatch) -> None:
    reasons = dict.fromkeys(catalogue.measures(), "") | {"demos_held": "The data hold no demos."}
    monkeypatch.setattr(charter, "availability", lambda *_, **__: charter.Availability(True, reasons))
    name = catalogue.get("demos_held").name
    wanted = f"{name} has no data, so it can be put aside for now but not chosen. The data hold no demos."
    assert refusal(acme, lines(2, 3)) == wanted


def test_without_client_data_a_charter_stays_a_draft(acme: Engagement) -> None:
    assert choose(acme, lines(2, 3)).status == "draft"
    assert any(charter.NOT_KNOWN_YET[1:] in words for words in charter.warnings(acme, as_of=AS_OF))


def test_a_measure_of_ones_own_has_nothing_that_counts_it(acme: Engagement) -> None:
    own = charter.line("Cakes brought", label="activity", moves=["win_rate"])
    assert "'Cakes brought' is not in the catalogue, so nothing counts it." in refusal(acme, [*lines(2, 2), own])


def test_a_label_other_than_the_sorted_one_needs_a_reason(acme: Engagement) -> None:
    turned = charter.line("open_pipeline", label="activity", moves=["win_rate"])
    assert "was sorted as signal; to use it as activity, give a reason" in refusal(acme, [*lines(2, 2), turned])
    choose(acme, [*lines(2, 2), turned.model_copy(update={"reason": "They build it themselves."})])


def test_a_change_makes_the_next_version_and_the_earlier_ones_stay(acme: Engagement) -> None:
    first = choose(acme, lines(2, 3))
    assert choose(acme, lines(2, 3)).version == "1.0"
    acme.records.save(first.model_copy(update={"status": "ready"}), "Field", effective=AS_OF)
    first = acme.records.get(Charter, "Field")
    later = {"as_of": AS_OF + dt.timedelta(days=30), "why": "Three were named.", "by": "Pia"}
    second = charter.choose(acme, "Field", lines=lines(3, 3), **later)
    assert (first.version, second.version) == ("1.0", "1.1")
    assert second.dated == AS_OF + dt.timedelta(days=30)
    assert [c.version for c in charter.history(acme, "Field")] == ["1.0", "1.1"]
    assert acme.records.get(Charter, "Field", as_of=AS_OF) == first


def test_a_team_that_meets_customers_counts_something_they_experience(acme: Engagement) -> None:
    acme.records.save(Team(name="Inside", customer_facing=False), "Inside", effective=dt.date(1900, 1, 1))
    choose(acme, lines(2, 3))
    charter.choose(acme, "Inside", lines=lines(2, 3), as_of=AS_OF)
    about = [words for words in charter.warnings(acme, as_of=AS_OF) if "what they experience" in words]
    assert len(about) == 1 and about[0].startswith("Field")


# The pages


@pytest.fixture
def here(acme: Engagement) -> workshop.Workshop:
    return workshop.Workshop(acme, AS_OF)


def test_confirming_the_form_records_the_proposals_and_leaves_the_unknown_open(here: workshop.Workshop) -> None:
    suggest(here.engagement, "Talk time", "Win rate", "Bring cake")
    form = pages.form(here).press()
    assert "2 suggestions sorted." in repr(form)
    assert {s.label for s in here.engagement.records.current(Sorting, as_of=AS_OF).values()} == {"activity", "metric"}
    assert "Not sorted yet: Bring cake." in repr(pages.missing(here))
    form.press("undo")
    assert here.engagement.records.current(Sorting, as_of=AS_OF) == {}


def test_a_row_that_lacks_a_reason_is_named_and_nothing_is_recorded(here: workshop.Workshop) -> None:
    suggest(here.engagement, "Talk time", "Bring cake")
    form = pages.form(here)
    rows = [dict(row) for row in form._load()["suggestions"]]
    rows[0] |= {"control": "direct", "timing": "before", "becomes": "parked"}
    form.fill(suggestions=rows).press()
    assert form.rows == {
        "suggestions": {1: "Bring cake: say why it is put aside; the people who asked for it will read it."}
    }
    assert here.engagement.records.current(Sorting) == {}
    rows[0]["reason"] = "Nobody counts cakes."
    form.fill(suggestions=rows).press()
    assert "put aside for now | Nobody counts cakes." in repr(pages.decided(here))


def test_the_picture_names_every_suggestion_in_its_box(here: workshop.Workshop) -> None:
    suggest(here.engagement, "Talk time", "Win rate", "Open pipeline", "<b>cake</b>")
    drawn = pages.picture(here)
    assert "1 activity: Talk time." in drawn.says.replace("Activity", "activity")
    assert "1 activity, 1 metric, 1 signal; 1 still without answers" in drawn.svg
    assert "<b>" not in drawn.svg


def test_a_charter_is_chosen_in_a_form_and_read_as_a_page(here: workshop.Workshop) -> None:
    form = charter_pages.form(here, team="Field")
    assert not isinstance(form, plain.PlainList)
    rows = [{"measure": "win rate", "label": "metric"}, {"measure": "Average deal size", "label": "metric"}]
    rows += [
        {"measure": name, "label": "activity", "moves": "Win rate, average deal size", "owner": "<i>Ida</i>"}
        for name in ("Talk time", "Demos held", "Senior-level conversations")
    ]
    form.fill(lines=rows).press()
    assert form.problem == ""
    assert "Field: 2 metrics and 3 activities, version 1.0, a draft." in repr(form)
    page = charter_pages.pages(here)._repr_html_()
    assert "&lt;i&gt;Ida" in page and "<i>" not in page
    assert html.escape(catalogue.get("talk_time").sentence) in page
    assert "Held in balance by" in page
    assert charter_pages.form(here)._shown["team"] == "Inside"


def test_a_form_keeps_what_it_does_not_show(here: workshop.Workshop) -> None:
    kept = [line.model_copy(update={"baseline": 12.5, "sentence": "In our own words."}) for line in lines(2, 3)]
    choose(here.engagement, kept)
    form = charter_pages.form(here, team="Field")
    rows = form._load()["lines"]
    form.fill(lines=[{**row, "owner": "Ida"} for row in rows]).press()
    saved = here.engagement.records.get(Charter, "Field")
    assert saved is not None and saved.version == "1.0"
    assert [line.model_copy(update={"owner": ""}) for line in saved.lines] == kept


def test_a_charter_that_is_refused_says_so_in_the_form(here: workshop.Workshop) -> None:
    form = charter_pages.form(here, team="Field")
    form.fill(lines=[{"measure": "win rate", "label": "metric"}]).press()
    assert "One metric chosen" in form.problem
    with pytest.raises(WorkshopError, match="Did you mean: Field"):
        charter_pages.form(here, team="Feild")


def test_pages_of_an_empty_engagement_say_what_to_do(engagement: Engagement) -> None:
    here = workshop.Workshop(engagement, AS_OF)
    assert repr(pages.proposals(here)) == "No suggestion is recorded yet."
    assert "nothing to draw" in repr(pages.picture(here))
    assert "enter the org chart first" in repr(charter_pages.form(here))
    assert repr(charter_pages.pages(here)) == "No team has a charter yet."


# Reading what the catalogue has no name for


def test_other_words_for_a_measure_count_as_that_measure(acme: Engagement) -> None:
    suggest(acme, "how many times they pick up the phone", "number of dials", "Talk time")
    found = sorting.suggestions(acme, as_of=AS_OF)
    assert sorted(s.measure.id for s in found if s.measure) == ["calls_made", "talk_time"]


def test_a_suggestion_outside_the_catalogue_is_proposed_with_the_words_it_rests_on() -> None:
    proposal = sorting.propose("handwritten cards to donors")
    assert (proposal.measure, proposal.label, proposal.is_sure) == (None, "activity", True)
    assert "handwritten cards" in proposal.reason


def test_what_is_not_sure_is_asked_first_and_never_counted_as_answered(here: workshop.Workshop) -> None:
    suggest(here.engagement, "Talk time", "bring cake")
    assert next(s.words for s in sorting.suggestions(here.engagement, as_of=AS_OF)).casefold() == "bring cake"
    pages.form(here).press()
    assert len(here.engagement.records.current(Sorting, as_of=AS_OF)) == 1


def test_what_only_needs_a_thought_is_not_called_missing():
    from kpi_workshop.pages import plain

    assert repr(plain.missing([], thoughts=["A."])) == "Nothing is missing. Before you go on, think of this:\n- A."
    assert repr(plain.missing(["B."], thoughts=["A."])) == "Still missing before the next step:\n- B.\n- A."
    assert repr(plain.missing([])) == "Nothing is missing: go on to the next step."
