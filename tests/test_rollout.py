"""Step 5: plans, targets and decisions are checked, and a report's facts agree with a count by hand."""

from __future__ import annotations

import csv
import datetime as dt
import json
from pathlib import Path

import pytest
from small_crm import lost, quota, seat, target, won, write

from kpi_workshop import engagement as engagements
from kpi_workshop.crm import sources
from kpi_workshop.errors import WorkshopError
from kpi_workshop.evidence import readings
from kpi_workshop.kinds import Charter, CharterLine, Hypothesis, HypothesisLink, Seat, Target, Team
from kpi_workshop.pages import rollout as page
from kpi_workshop.pages.workshop import Workshop
from kpi_workshop.records import ALWAYS
from kpi_workshop.steps import rollout, takeaway
from kpi_workshop.steps.facts import facts as facts_of

D = dt.date
AS_OF = D(2024, 5, 8)
START = D(2024, 4, 1)
SELLERS = ("Nell Ashgrove", "Piet Ravensdal", "Una Corriebank")
EARLIER, LATER = "Field Sales", "Inside Sales"

LINES = (
    CharterLine(measure="Meetings held", label="activity", moves=("Win rate",), target=3, guardrail="Revenue"),
    CharterLine(measure="win_rate", label="metric", target=0.5, review="monthly"),
    CharterLine(measure="Owl sightings", label="metric"),
)


def day(week: int, weekday: int = 0) -> dt.date:
    """A day in the week so many weeks after the start (a Monday)."""
    return START + dt.timedelta(weeks=week, days=weekday)


def meeting(seller: str, on: dt.date) -> dict[str, object]:
    return {"seller": seller, "type": "meeting", "at": dt.datetime.combine(on, dt.time(10))}


def build(folder, *, teams=(EARLIER,)):
    """A team with a charter live since 1 April 2024, perhaps one without; data up to 8 May 2024, a Wednesday."""
    made = engagements.create(folder)
    made.records.save_all([(t, Team(name=t, order=i)) for i, t in enumerate(teams)], effective=ALWAYS)
    seat(made, *(Seat(person=person, team=EARLIER) for person in SELLERS))
    if LATER in teams:
        seat(made, Seat(person="Olaf Quill", team=LATER))
    # Baseline weeks -6 to -1: 2 meetings in each but 4 in the last. Live weeks 0 to 4: 3 each. Week 5, unfinished: 1.
    meetings = [meeting(SELLERS[n % 3], day(week, n)) for week in range(-6, 5) for n in range(2 if week < 0 else 3)]
    meetings += [meeting(SELLERS[0], day(-1, 3)), meeting(SELLERS[1], day(-1, 4)), meeting(SELLERS[0], day(5, 2))]
    write(made, "activities", meetings)
    deals = [won(SELLERS[0], D(2024, 1, 1)), lost(SELLERS[0], D(2024, 1, 2))]
    # Baseline: week -6 wins 1 of 1, week -2 wins 1 of 4: together 2 of 5, while the mean of the ratios is 0.625.
    deals += [won(SELLERS[0], day(-6)), won(SELLERS[1], day(-2)), *(lost(SELLERS[2], day(-2, n)) for n in range(3))]
    deals += [won(SELLERS[0], D(2024, 4, 10)), lost(SELLERS[1], D(2024, 4, 20)), lost(SELLERS[1], D(2024, 4, 21))]
    deals += [won("Olaf Quill", D(2024, 4, 3), 1000.0)]
    write(made, "opportunities", deals)
    charter = Charter(team=EARLIER, dated=D(2024, 3, 20), status="ready", lines=LINES)
    made.records.save(charter, EARLIER, effective=D(2024, 3, 20))
    plan = rollout.planned(made, EARLIER, starts_on=START, baseline_weeks=6, as_of=D(2024, 3, 20))
    rollout.record_plans(made, [plan], as_of=D(2024, 3, 20))
    return made


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


# Plans


def test_a_team_starts_on_the_first_day_of_a_week(teamed):
    with pytest.raises(WorkshopError, match="Start Field Sales on 1 April 2024 or 8 April 2024"):
        rollout.planned(teamed, EARLIER, starts_on=D(2024, 4, 3), as_of=AS_OF)


def test_the_baseline_is_the_weeks_right_before_the_start(teamed):
    plan = rollout.planned(teamed, EARLIER, starts_on=START, baseline_weeks=12, as_of=D(2024, 3, 1))
    assert (plan.baseline_from, plan.baseline_to) == (D(2024, 1, 8), D(2024, 3, 31))


def test_a_team_kept_back_is_compared_over_the_weeks_of_another(teamed):
    plan = rollout.planned(teamed, EARLIER, starts_on=None, baseline_weeks=6, compared_up_to=START, as_of=AS_OF)
    assert (plan.starts_on, plan.baseline_to) == (None, D(2024, 3, 31))


def test_a_baseline_of_five_weeks_is_too_short(teamed):
    with pytest.raises(WorkshopError, match="Give 6 to 104 weeks"):
        rollout.planned(teamed, EARLIER, starts_on=START, baseline_weeks=5, as_of=AS_OF)


def test_an_unknown_team_is_refused_with_the_nearest(teamed):
    with pytest.raises(WorkshopError, match=r"'Feild Sales' is not in the org chart\. Did you mean: Field Sales"):
        rollout.planned(teamed, "Feild Sales", starts_on=START, as_of=AS_OF)


def test_after_the_start_a_change_needs_a_reason_and_going_back_needs_none(teamed):
    first = rollout.planned(teamed, EARLIER, starts_on=START, as_of=D(2024, 3, 1))
    rollout.record_plans(teamed, [first], as_of=D(2024, 3, 1))
    with pytest.raises(WorkshopError, match=r"its baseline is frozen\. Give a reason"):
        rollout.planned(teamed, EARLIER, starts_on=D(2024, 4, 8), as_of=AS_OF)
    other = rollout.planned(teamed, EARLIER, starts_on=D(2024, 4, 8), as_of=AS_OF, reason="training was late")
    rollout.record_plans(teamed, [other], as_of=AS_OF)
    assert rollout.starts(teamed, as_of=AS_OF)[EARLIER].starts_on == D(2024, 4, 8)
    assert rollout.starts(teamed, as_of=D(2024, 4, 30))[EARLIER] == first, "an old report date keeps the old plan"
    assert rollout.planned(teamed, EARLIER, starts_on=START, as_of=AS_OF) == first


def test_a_plan_left_out_is_taken_out_and_stays_in_the_history(teamed):
    plan = rollout.planned(teamed, EARLIER, starts_on=START, as_of=D(2024, 3, 1))
    rollout.record_plans(teamed, [plan], as_of=D(2024, 3, 1))
    rollout.record_plans(teamed, [], as_of=D(2024, 3, 2))
    assert rollout.starts(teamed, as_of=AS_OF) == {}
    assert len(teamed.records.history(type(plan), EARLIER)) == 2


# Targets and decisions


def over_a_year(engagement, measure, value, *, last=None):
    last = last or D(2024, 12, 31)
    return rollout.target(engagement, EARLIER, measure, value, period_from=D(2024, 1, 1), period_to=last, as_of=AS_OF)


def test_a_target_is_refused_where_it_cannot_be_meant(teamed):
    with pytest.raises(WorkshopError, match=r"would be 2,500 %\. Write 0\.25 for 25 %"):
        over_a_year(teamed, "win_rate", 25)
    with pytest.raises(WorkshopError, match=r"no measure 'win rat'\. Did you mean: Win rate"):
        over_a_year(teamed, "win rat", 0.25)
    with pytest.raises(WorkshopError, match="Give a number from 0 up"):
        over_a_year(teamed, "revenue", float("nan"))
    with pytest.raises(WorkshopError, match="before it begins on 1 January 2024"):
        over_a_year(teamed, "revenue", 5, last=D(2023, 1, 1))


def test_recording_the_targets_of_teams_leaves_the_quotas_of_sellers_alone(teamed):
    target(teamed, quota("Nell Ashgrove", D(2024, 1, 1), D(2024, 12, 31), 500.0))
    rollout.record_targets(teamed, [over_a_year(teamed, "revenue", 900)], as_of=AS_OF)
    rollout.record_targets(teamed, [over_a_year(teamed, "Deals closed", 9)], as_of=AS_OF)
    held = teamed.records.current(Target, as_of=AS_OF).values()
    assert {(t.owner, t.measure, t.value) for t in held} == {
        ("Nell Ashgrove", "revenue", 500.0), (EARLIER, "deals_closed", 9),
    }  # fmt: skip


def test_a_decision_is_about_a_pair_of_the_charter(built):
    with pytest.raises(WorkshopError, match="does not pair 'calls_made' with 'win_rate'"):
        rollout.decide(built, EARLIER, activity="calls_made", metric="win_rate", decision="keep", decided_on=AS_OF)


def test_replacing_a_measure_needs_a_reason(built):
    with pytest.raises(WorkshopError, match="Replacing 'Meetings held' needs a reason"):
        rollout.decide(
            built, EARLIER, activity="meetings_held", metric="win_rate", decision="replace", decided_on=AS_OF
        )


def test_the_latest_decision_of_a_pair_is_reported(tmp_path):
    made = build(tmp_path / "acme")
    for decision, on in (("watch", D(2024, 4, 29)), ("keep", D(2024, 5, 6)), ("fix adoption", D(2024, 6, 3))):
        rollout.decide(
            made, EARLIER, activity="meetings_held", metric="win_rate", decision=decision, decided_on=on, reason="why"
        )
    pair = facts_of(made, as_of=AS_OF)["teams"][0]["pairs"][0]
    assert (pair["says"], pair["decision"], pair["decided_on"]) == ("Meetings held → Win rate", "keep", "2024-05-06")


@pytest.mark.parametrize(("cycle", "weeks"), [(None, 8), (10.0, 8), (49.0, 8), (56.0, 9), (80.5, 13)])
def test_the_first_review_waits_eight_weeks_or_a_cycle_and_a_week(cycle, weeks):
    assert rollout.earliest_review(START, cycle_days=cycle) == START + dt.timedelta(weeks=weeks)


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


# Pages


def test_the_form_records_starts_and_takes_them_back(tmp_path):
    made = build(tmp_path / "acme", teams=(EARLIER, LATER))
    here = Workshop(made, D(2024, 3, 25))
    form = page.form(here)
    rows = form.fill(starts=[
        {"team": EARLIER, "starts_on": D(2024, 4, 8), "baseline_weeks": 6},
        {"team": LATER, "kept_back": True, "baseline_weeks": 6},
    ]).press()  # fmt: skip
    assert rows.problem == ""
    assert (form.value[EARLIER].starts_on, form.value[LATER].starts_on) == (D(2024, 4, 8), None)
    assert form.value[LATER].baseline_to == D(2024, 4, 7), "kept back: compared up to the last start"
    form.press("undo")
    assert (form.value[EARLIER].starts_on, LATER in form.value) == (START, False)


def test_the_form_says_beside_the_row_what_is_wrong(built):
    form = page.form(Workshop(built, D(2024, 3, 25)))
    form.fill(starts=[{"team": EARLIER, "starts_on": D(2024, 4, 10), "baseline_weeks": 6}]).press()
    assert "is not the first day of a week" in form.rows["starts"][1]


def test_a_decision_is_recorded_in_its_form_and_undone(tmp_path):
    made = build(tmp_path / "acme")
    form = page.decision_form(Workshop(made, AS_OF))
    pair = f"{EARLIER}|meetings_held|win_rate"
    form.fill(pair=pair, decision="watch", decided_on=AS_OF, reason="too early").press()
    assert [d.decision for d in form.value] == ["watch"]
    form.press("undo")
    assert form.value == []


def test_the_timeline_tells_each_team_in_words(built):
    assert (
        "Field Sales: baseline 19 February 2024 to 31 March 2024, live since 1 April 2024"
        in page.picture(Workshop(built, AS_OF)).says
    )  # type: ignore[union-attr]


def test_the_quarters_of_real_data_agree_with_its_reference(shared, tmp_path):
    made = engagements.create(tmp_path / "maven")
    folder = shared / "real" / "maven_crm"
    sources.import_crm(made, folder, mapping=Path(__file__).parent / "mappings" / "maven.toml")
    facts = facts_of(made, as_of=D(2017, 12, 31))
    with (folder / "reference.csv").open(newline="", encoding="utf-8") as file:
        reference = {(row["metric"], row["group"]): row["value"] for row in csv.DictReader(file)}
    closed = dict.fromkeys(("2017Q1", "2017Q2", "2017Q3", "2017Q4"), 0.0)
    for team in facts["teams"]:
        shown = {line["measure"]: line for line in team["measures"]}
        rate = shown["win_rate"]["quarters"]
        won_deals = float(reference["won_count_by_regional_office", team["team"]])
        assert sum(row["numerator"] for row in rate) == won_deals
        assert sum(row["numerator"] for row in rate) / sum(row["denominator"] for row in rate) == pytest.approx(
            float(reference["win_rate_by_regional_office", team["team"]]), abs=5e-7
        )
        assert shown["open_deals"]["quarters"][-1]["value"] == float(reference["open_by_regional_office", team["team"]])
        for quarter, row in zip(closed, shown["deals_closed"]["quarters"], strict=True):
            closed[quarter] += row["value"]
        assert "1 March 2017" in rate[0]["note"], "the truncated first quarter carries its note"
    for quarter, count in closed.items():
        assert count == float(reference["won_count_by_close_quarter", quarter])


def test_a_team_of_any_name_can_be_decided_on(tmp_path):
    made = build(tmp_path / "acme")
    odd = "Field|Sales"
    charter = made.records.get(Charter, EARLIER, as_of=AS_OF)
    made.records.save(Team(name=odd), odd, effective=ALWAYS)
    made.records.save(charter.model_copy(update={"team": odd}), odd, effective=ALWAYS)
    form = page.decision_form(Workshop(made, AS_OF))
    form.fill(pair=f"{odd}|meetings_held|win_rate", decision="watch", decided_on=AS_OF, reason="too early").press()
    assert [d.team for d in form.value] == [odd]
