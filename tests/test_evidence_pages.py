"""The pages of the rollout in the notebook: who takes an activity up, what a verdict rests on, deals, check-ins."""

from __future__ import annotations

import base64
import datetime as dt
from typing import Any

import pandas as pd
import pytest
from sample_facts import behaviour, effect, evidence, facts, lead, line, span, team

from kpi_workshop import audience
from kpi_workshop.engagement import Engagement
from kpi_workshop.kinds import Annotation, Rollout
from kpi_workshop.pages import annotations, check_ins, pipeline, proof, resting, to_decide, uptake
from kpi_workshop.pages.workshop import Workshop
from kpi_workshop.steps import adoption, pulse

AS_OF = dt.date(2024, 5, 8)
START = dt.date(2024, 4, 1)


@pytest.fixture
def here(engagement: Engagement) -> Workshop:
    return Workshop(engagement, AS_OF)


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Facts that every page reads instead of working them out."""

    def given(*teams: dict, **more: object) -> None:
        monkeypatch.setattr("kpi_workshop.pages.day.facts", lambda _: facts(*teams, **more))

    return given


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


def calls(**more: object) -> dict:
    adoption = {"share": 4.25, "reached": 3, "sellers": 9, "weeks": 4}
    return line("calls_made", "Calls made", adoption=adoption, trust={"checked": ["month ends"], "doubts": []}) | more


def test_each_activity_stands_beside_its_adoption_the_doubts_about_its_count_and_its_guardrail(here, shown):
    doubted = calls(measure="emails_sent", name="Emails sent", adoption=None, trust={"checked": ["x"], "doubts": ["y"]})
    guard = line("conversations", "Conversations", guards=["Calls made"], behaviour=behaviour("look closer", 2, 3))
    shown(team("Field Sales", activities=[calls(), doubted], guardrails=[guard]))
    first, second = uptake.by_team(here).rows
    assert first[1:5] == ("Calls made", "3 of 9", "4.25", "No doubt. Checked: month ends")
    assert first[5] == "Conversations 2, 2.50 in the baseline, look closer since 25 March 2024"
    assert second[1:] == ("Emails sent", "not told: no weekly target, or too few sellers", "", "Doubts: y", "none")


def test_who_reaches_the_share_is_for_the_leaders_own_screen_and_leaves_no_trace(here, shown, monkeypatch):
    weeks = pd.DataFrame(
        [("Ann Lee", "Field Sales", week, 1.0, 5) for week in range(6)]
        + [("Bob Ray", "Field Sales", week, 0.5, 2 if week > 1 else 9) for week in range(6)],
        columns=["seller", "team", "week", "present", "calls_made"],
    )
    monkeypatch.setattr(adoption, "recent", lambda *_, **__: weeks)
    shown(team("Field Sales", activities=[calls()]))
    own = uptake.by_seller(here)
    assert own._shown["rows"] == []
    own.press()
    assert [(row["seller"], row["reaches"], row["not_yet"]) for row in own._shown["rows"]] == [
        ("Ann Lee", "Calls made 5 of 4.20", ""), ("Bob Ray", "", "Calls made 4 of 4.20"),
    ], "of the last four weeks, and of half weeks twice as much"  # fmt: skip
    data, _ = own._repr_mimebundle_()
    assert "Ann Lee" not in str(data) + repr(own) + str(own.get_state())
    monkeypatch.setenv(audience.VARIABLE, audience.EVERYONE)
    shut = uptake.by_seller(here)
    assert audience.FOR_THE_LEADER in str(shut._repr_mimebundle_()) and not shut._shown["rows"]


def test_what_to_try_is_said_of_what_signals_and_of_nothing_else(here, shown):
    row = {
        "measure": "calls_made", "name": "Calls made", "word": "worse, real", "since": "2024-04-01", "owner": "Ann",
        "cause": "Strike", "guards": [], "try": "Keep an hour free.",
    }  # fmt: skip
    better = [{"measure": "emails_sent", "name": "Emails sent", "since": "2024-04-08"}]
    shown(team("Field Sales", exceptions=[row]), team("Inside Sales", recognition=better))
    said = proof.out_of_the_ordinary(here)
    assert said.lines == (
        "Field Sales: Calls made: worse, real since 1 April 2024, Ann; noted then: Strike. "
        "If it drops, try: Keep an hour free.",
        "Inside Sales: better, and confirmed: emails sent since 8 April 2024.",
    )
    shown(team("Field Sales", activities=[calls()]))
    assert "try" not in repr(proof.out_of_the_ordinary(here))


def test_reasons_name_what_they_rest_on_and_teams_that_started_together_are_told_why_nothing_is_shown(here, shown):
    refused = "every team started in the same week and none was held out, so the rollout cannot be told from the season"
    design = {"started": 2, "waves": 1, "waiting": 0, "grade": "low", "refused": refused}
    nothing = effect(None, None, None)
    blind = evidence("watch", design=design, adoption=nothing, effect=nothing, middle=None, middle_metric=None)
    pair = {"activity": "calls_made", "metric": "deals_closed", "says": "Calls → Deals", "decision": None}
    shown(team("Field Sales", pairs=[pair | {"evidence": blind}]), team("Inside Sales"))
    ((name, ((title, lines),), _),) = proof.reasons(here).teams
    assert (name, title) == ("Field Sales", "Calls → Deals: watch")
    assert f"Whether it works cannot be told, for {refused}." in lines
    assert "What would change it: teams that start in different weeks, or one kept back." in lines
    row = proof.verdicts(here).rows[0]
    assert row[3] == "cannot be told"
    assert row[4].startswith("cannot be told")


def test_what_is_to_be_decided_comes_first_and_says_where_evidence_and_decision_differ(here, shown):
    emails = {"activity": "emails_sent", "metric": "deals_closed", "says": "Emails sent → Deals closed"}
    calls_pair = {"activity": "calls_made", "metric": "deals_closed", "says": "Calls made → Deals closed"}
    decided = {"decision": "keep", "decided_on": "2024-05-06"}
    none = {"decision": None, "decided_on": None}
    kept = calls_pair | decided | {"evidence": evidence("keep")}
    useless = emails | decided | {"evidence": evidence("replace", next_look=None, next_look_on=None)}
    takeaway = "Field Sales reached its activity target; on the evidence so far replace emails sent"
    better = [{"measure": "emails_sent", "name": "Emails sent", "since": "2024-04-08"}]
    field = team("Field Sales", takeaway=takeaway, pairs=[kept, useless], recognition=better)
    shown(field, team("Inside Sales", week=None))
    found = to_decide.by_team(here)
    assert found.says.startswith("1 of 2 pairs of activity and metric wait for you")
    name, first, lines, then = found.teams[0]
    assert (name, first) == ("Field Sales", "Reached its activity target.")
    assert lines == (
        ("Replace", "emails sent → Deals closed (you decided: keep, 6 May 2024)"),
        ("Keep", "calls made → Deals closed (you decided: keep, 6 May 2024)"),
    )
    assert then == (
        "Next look: 24 June 2024. Until then no verdict changes. Nothing may be replaced before 3 June 2024."
    )
    assert "emails sent since 8 April 2024 (done as agreed, though not shown to help)" in repr(
        proof.out_of_the_ordinary(here)
    )
    shown(team("Field Sales", pairs=[calls_pair | none | {"evidence": evidence("watch")}]))
    assert to_decide.by_team(here).says.startswith("Nothing to decide yet")
    shown(team("Field Sales", week=None))
    assert "No team has started yet" in repr(to_decide.by_team(here))


def test_the_exact_check_counts_the_orders_that_could_have_been_drawn(here, shown):
    orders = {"activity": {"as_clear": 1, "orders": 24, "fewest": 1, "exhaustive": True}, "metric": None}
    pair = {"activity": "calls_made", "metric": "deals_closed", "says": "Calls → Deals", "decision": None}
    shown(team("Field Sales", pairs=[pair | {"evidence": evidence("keep", orders=orders)}]))
    assert (
        "of the 24 orders that could have been drawn, 1 shows as clear a change of calls made as the real one (with "
        "these teams never fewer than 1)"
    ) in repr(proof.reasons(here))
    shown(team("Field Sales", pairs=[pair | {"evidence": evidence("keep")}]))
    assert "drawn by lot" not in repr(proof.reasons(here))


def test_pictures_since_the_start_stand_once_for_teams_that_share_a_pair(here, shown):
    spans = {"metric": [span(-4, 0.0), span(0, 0.1)], "activity": [span(0, 0.3)]}
    shared = evidence("keep", teams=["Field Sales", "Inside Sales"], since_start=spans, lead=lead())
    pair = {"activity": "calls_made", "metric": "deals_closed", "says": "Calls → Deals", "evidence": shared}
    shown(team("Field Sales", pairs=[pair]), team("Inside Sales", pairs=[pair]))
    (group,) = proof.by_weeks(here).groups
    assert group.heading == "Field Sales and Inside Sales"
    first, second = [(plain(title), picture) for title, picture in group.pictures]
    assert first[0] == "Deals closed: +14 % (−2 % to +30 %), not shown"
    assert second[0] == "Calls made: +30 % (+15 % to +44 %), shown"
    said = "Deals closed, change since the start: weeks 1 to 4 +10 %. Before the start: 0 %."
    assert plain(first[1].says) == said
    assert plain(first[1].svg).count(f'aria-label="{said}"') == 1


def test_the_numbers_on_the_charts_are_explained_below_them(here, shown):
    note = {"day": "2024-04-08", "text": "Kick-off", "rebases": False}
    shown(team("Field Sales", activities=[calls(behaviour=behaviour("steady", 2, 3, 4, notes=[note]))], metrics=[]))
    (group,) = proof.changes(here).groups
    assert group.notes == ("8 April 2024, Kick-off",)
    assert group.pictures[0][0].startswith(
        "Calls made: steady. As it ran in the baseline, it meets its target at times"
    )


def test_moves_in_either_direction_and_stuck_deals_are_counted_in_the_notebook(here, shown):
    deal = {
        "deal": "D1", "account": "Acme", "stage": "Trial", "days": 40, "usual": 20, "silent": None, "pushed": 2,
        "amount": 5000.0,
    }  # fmt: skip
    review = {
        "why_not": "", "stuck": 1, "worth": 5000.0, "since": "2024-05-02", "deals": [deal],
        "moves": {"forward": 3, "back": 1, "won": 2, "lost": 4},
    }  # fmt: skip
    talk = {"measure": "topic_coverage", "unit": "share", "value": 0.75, "says": "April 2024"}
    shown(team("Field Sales", pipeline=review, talks=[talk]))
    moved = pipeline.moved(here)
    assert "a lost deal moved as well" in moved.says
    assert [plain(str(cell)) for cell in moved.rows[0]] == [
        "Field Sales", "3", "1", "2", "4", "1", "", "75 %",
    ]  # fmt: skip
    assert pipeline.stuck(here).rows[0][1:7] == ("D1, Acme", "Trial", 40, 20, "", 2)
    shown(team("Field Sales", pipeline=review | {"why_not": "no stages are in the data"}))
    assert "not computable: no stages are in the data." in pipeline.stuck(here).says


def test_a_check_in_is_open_by_the_calendar_though_the_data_end_days_before(engagement, monkeypatch):
    plan = Rollout(
        team="Field", starts_on=START, baseline_from=dt.date(2024, 1, 1), baseline_to=START - dt.timedelta(days=1)
    )
    engagement.records.save(plan, "Field", effective=dt.date(2024, 1, 1))
    data_end = START - dt.timedelta(days=1)
    assert "No check-in is open" in repr(check_ins.form(Workshop(engagement, data_end))), "that day was asked for"
    monkeypatch.setattr(Workshop, "today", START + dt.timedelta(days=2))
    form = check_ins.form(Workshop(engagement, data_end, is_given=False))
    form.fill(team="Field", score="4", comment="").press()
    assert form.problem == "" and "Your answer is kept without your name." in repr(form)
    assert [given.score for given in engagement.private.current(pulse.Pulse).values()] == [4]


def test_answers_to_a_form_are_handed_over_seen_corrected_and_kept_without_a_name(engagement):
    plan = Rollout(
        team="Field", starts_on=START, baseline_from=dt.date(2024, 1, 1), baseline_to=START - dt.timedelta(days=1)
    )
    engagement.records.save(plan, "Field", effective=dt.date(2024, 1, 1))
    rows = "Timestamp,Email Address,How is it going?,Mood\n4/2/2024 9:00:01,ann@acme.example,zebras,4\n"
    form = check_ins.answers_file(Workshop(engagement, START + dt.timedelta(days=2)))
    given = {"name": "g.csv", "bytes": base64.b64encode(rows.encode()).decode()}
    form.fill(file=given)
    assert "Score: 'Mood'." in form._shown["understood"] and "the form does not ask it" in form._shown["understood"]
    columns = [row | {"means": "comment" if row["heading"].startswith("How") else row["means"]}
               for row in form._shown["columns"]]  # fmt: skip
    form.fill(columns=columns).press()
    assert "no column 'week'" in form.problem, "the one team is chosen already, and the week is still to be"
    form.fill(week="1").press()
    assert form.problem == "" and "1 answer kept, without names." in form.said
    (kept,) = engagement.private.current(pulse.Pulse).values()
    assert (kept.team, kept.week, kept.score, kept.comment) == ("Field", 1, 4, "zebras")
    assert "zebras" not in str(form._repr_mimebundle_()) + repr(form) + str(form.get_state())
    form.fill(file=given, week="1").press()
    assert "0 answers kept" in form.said and "1 answer taken before" in form.said


def test_the_day_of_a_page_is_today_unless_one_was_asked_for(engagement):
    assert Workshop(engagement, AS_OF).today == AS_OF
    assert Workshop(engagement, AS_OF, is_given=False).today == dt.date.today()


def test_an_event_of_a_measure_that_no_charter_holds_is_called_by_its_name(engagement):
    note = Annotation(day=START, text="Campaign", measure="leads_received")
    engagement.records.save(note, "n1", effective=START)
    assert annotations.noted(Workshop(engagement, AS_OF)).rows[0][3] == "Leads received"
    column = next(
        one for one in annotations.form(Workshop(engagement, AS_OF)).fields[0].columns if one.name == "measure"
    )
    assert dict(column.choices)["leads_received"] == "Leads received"


@pytest.mark.parametrize(
    ("p", "claimed", "said"),
    [
        (0.001, True, "from none before the start, shown"),
        (1.0, False, "from none before the start, not shown"),
        (None, False, "not computable"),
    ],
)
def test_an_activity_that_is_new_has_no_percentage_and_is_told_all_the_same(
    p: float | None, claimed: bool, said: str
) -> None:
    assert resting.changed(effect(None, None, None, claimed=claimed) | {"p": p}) == said
