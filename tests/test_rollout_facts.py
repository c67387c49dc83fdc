"""What a report knows of a rollout: readings, targets and facts, held against a count by hand."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from small_crm import quota, seat, target, won, write
from small_rollout import AS_OF, EARLIER, LATER, SELLERS, START, D, build

from kpi_workshop import engagement as engagements
from kpi_workshop.evidence import readings
from kpi_workshop.kinds import Hypothesis, HypothesisLink, Seat, Team
from kpi_workshop.records import ALWAYS
from kpi_workshop.steps import rollout, takeaway
from kpi_workshop.steps.facts import facts as facts_of


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    return build(tmp_path_factory.mktemp("rollout") / "acme")


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    return build(tmp_path_factory.mktemp("rollout") / "both", teams=(EARLIER, LATER))


@pytest.fixture(scope="module")
def facts(built):
    return facts_of(built, as_of=AS_OF)


@pytest.fixture
def teamed(engagement):
    engagement.records.save(Team(name=EARLIER), EARLIER, effective=ALWAYS)
    return engagement


# Readings


def periods(*values, unfinished=0):
    days = [START + dt.timedelta(weeks=n) for n in range(len(values))]
    return [
        readings.Period(d, d + dt.timedelta(days=6), v, v, 1, "", n < len(values) - unfinished)
        for n, (d, v) in enumerate(zip(days, values, strict=True))
    ]


def test_a_strip_ends_with_the_unfinished_period_after_the_last_finished_ones():
    rows = periods(1, 2, 3, 4, unfinished=1)
    assert [row.value for row in readings.strip(rows, most=2)] == [2, 3, 4]
    assert readings.latest_finished(rows).value == 3


def test_a_baseline_without_any_value_is_none_and_not_zero():
    assert readings.baseline(periods(None, None), pooled=False) is None


# Facts


def test_the_readings_of_a_charter_agree_with_a_count_by_hand(facts):
    meetings = facts["teams"][0]["activities"][0]
    assert (meetings["latest"]["start"], meetings["latest"]["value"], meetings["target"]) == ("2024-04-29", 3, 3)
    assert meetings["meets"] is True
    baseline = meetings["baseline"]
    assert (baseline["low"], baseline["high"], baseline["periods"]) == (2, 4, 6)
    assert baseline["value"] == pytest.approx((2 * 5 + 4) / 6)
    assert [(w["value"], w["finished"]) for w in meetings["weeks"]] == [
        (4, True), (3, True), (3, True), (3, True), (3, True), (3, True), (1, False),
    ]  # fmt: skip


def test_a_ratio_over_the_baseline_is_a_ratio_of_sums(facts):
    rate = facts["teams"][0]["metrics"][0]
    assert rate["baseline"]["value"] == pytest.approx(2 / 5)
    assert (rate["latest"]["says"], rate["latest"]["value"]) == ("April 2024", pytest.approx(1 / 3))
    assert rate["meets"] is False


def test_the_takeaway_says_what_was_reached_and_what_is_furthest(facts):
    assert facts["teams"][0]["takeaway"].replace("\u00a0", " ") == (
        "Field Sales reached its activity target in the week to 5 May and not its metric target in April; "
        "furthest from target: win rate, 33.3 % against 50 %"
    )


def test_the_takeaway_never_speaks_of_causes(facts):
    for team in facts["teams"]:
        assert not {"caused", "because", "thanks", "effect", "improved", "significant"} & set(team["takeaway"].split())


def test_a_measure_without_a_formula_says_so_and_is_not_zero(facts):
    own = facts["teams"][0]["metrics"][1]
    assert own["why_not"] == "'Owl sightings' is a measure of your own; it has no formula yet."
    assert (own["latest"], own["meets"]) == (None, None)


def test_guardrails_stand_with_the_line_they_guard(facts):
    guardrail = facts["teams"][0]["guardrails"][0]
    assert (guardrail["name"], guardrail["guards"]) == ("Revenue", ["Meetings held"])


def test_a_team_without_a_charter_shows_what_the_data_give_and_what_not(both):
    team = facts_of(both, as_of=AS_OF)["teams"][1]
    assert team["charter"] is None
    shown = {line["name"]: line for line in team["measures"]}
    assert [row["value"] for row in shown["Deals closed"]["quarters"]][-1] == 1
    assert shown["Deals closed"]["quarters"][-1]["finished"] is False
    reasons = {line["name"]: line["says"] for line in team["not_computable"]}
    assert reasons["Leads received"] == "no leads are in the data"
    assert "has no charter yet" in team["takeaway"]


def test_facts_are_plain_repeatable_and_known_by_their_run(built, facts):
    again = facts_of(built, as_of=AS_OF)
    assert json.dumps(again, sort_keys=True) == json.dumps(facts, sort_keys=True)
    assert facts_of(built, as_of=AS_OF - dt.timedelta(days=1))["run"] != facts["run"]


def test_no_person_and_no_hypothesis_is_in_the_facts(tmp_path):
    made = build(tmp_path / "acme")
    guess = Hypothesis(
        team=EARLIER, metrics=("Zebra ratio",), links=(HypothesisLink(activity="Walrus", moves="Zebra"),)
    )
    made.private.save(guess, EARLIER, effective=ALWAYS)
    told = json.dumps(facts_of(made, as_of=AS_OF))
    for secret in (*SELLERS, "Zebra", "Walrus"):
        assert secret not in told


def test_a_report_on_an_old_day_knows_no_later_charter(built):
    assert rollout.charters(built, as_of=D(2024, 3, 19)) == {}
    assert EARLIER in rollout.charters(built, as_of=D(2024, 3, 20))


def test_before_its_start_a_team_shows_the_day_it_starts(built):
    team = facts_of(built, as_of=D(2024, 3, 27))["teams"][0]
    assert team["takeaway"].startswith("Field Sales starts on 1 April 2024: meetings held, 2 in the week to 24 March")
    assert team["week"] is None


def test_data_that_end_weeks_before_the_report_date_claim_nothing(built):
    facts = facts_of(built, as_of=D(2024, 5, 31))
    assert facts["gate"]["passes"] is False
    assert facts["gate"]["says"] == "The data end on 8 May 2024; the report date is 31 May 2024. Nothing is claimed."
    assert facts["teams"] == []


def test_rows_are_those_known_on_the_report_date(built):
    rows = {row["table"]: row["rows"] for row in facts_of(built, as_of=D(2024, 4, 10))["gate"]["rows"]}
    assert rows["activities"] == 14 + 3 + 3, "the baseline, the first live week, and three days of the second"


def test_an_engagement_without_data_says_so(teamed):
    facts = facts_of(teamed, as_of=AS_OF)
    assert facts["gate"]["says"] == "There are no CRM data up to 8 May 2024. Nothing is claimed."


def test_a_target_over_a_year_is_shown_with_its_pace_and_never_split(tmp_path):
    made = build(tmp_path / "acme")
    rest = rollout.target(
        made, EARLIER, "meetings_held", 100, period_from=D(2024, 4, 1), period_to=D(2024, 12, 31), as_of=AS_OF
    )
    rollout.record_targets(made, [rest], as_of=AS_OF)
    meetings = facts_of(made, as_of=AS_OF)["teams"][0]["activities"][0]
    assert meetings["target"] == 3, "the weekly target stays the charter's"
    assert meetings["pace"]["so_far"] == 15 + 1
    assert meetings["pace"]["gone"] == pytest.approx(38 / 275)


def test_a_share_of_sellers_at_quota_is_not_shown_for_two_sellers(tmp_path):
    made = engagements.create(tmp_path / "acme")
    seat(made, *(Seat(person=p, team=EARLIER) for p in SELLERS), *(Seat(person=p, team=LATER) for p in ("A", "B")))
    people = [*SELLERS, "A", "B"]
    write(made, "opportunities", [won(p, D(2024, 4, 10), 100.0) for p in people])
    target(made, *(quota(p, D(2024, 4, 1), D(2024, 6, 30), 90.0) for p in people))
    facts = facts_of(made, as_of=D(2024, 4, 12))
    shown = {t["team"]: {line["measure"]: line["quarters"][-1] for line in t["measures"]} for t in facts["teams"]}
    assert shown[EARLIER]["quota_attainment_share"]["denominator"] == 3
    assert "quota_attainment_share" not in shown[LATER]
    assert shown[LATER]["revenue"]["value"] == 200, "totals of a small team are fine"


def test_a_measure_that_should_fall_is_furthest_where_it_is_highest():
    line = {"meets": False, "unit": "days", "every": "month", "name": "Sales cycle length", "target": 40.0}
    latest = {"value": 60.0, "says": "April 2024", "end": "2024-04-30"}
    team = {
        "team": EARLIER, "charter": {}, "planned": True, "starts_on": "2024-04-01",
        "activities": [], "metrics": [line | {"latest": latest}], "pairs": [],
    }  # fmt: skip
    said = takeaway.sentence(team, currency="USD", as_of=AS_OF).replace("\u00a0", " ")
    assert said.endswith("furthest from target: sales cycle length, 60 days against 40 days")


def test_what_is_missing_is_named_team_by_team(both):
    lines = rollout.missing(both, as_of=AS_OF)
    assert "Field Sales has no target for Owl sightings." in lines
    assert "No charter yet for Inside Sales." in lines
