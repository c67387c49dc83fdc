"""Rollout: plans, targets and decisions as they are recorded, and the pages that ask for them."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path

import pytest
from small_crm import quota, target
from small_rollout import AS_OF, EARLIER, LATER, START, D, build

from kpi_workshop import engagement as engagements
from kpi_workshop.crm import sources
from kpi_workshop.errors import WorkshopError
from kpi_workshop.kinds import Charter, CharterLine, Target, Team
from kpi_workshop.pages import rollout as page
from kpi_workshop.pages.workshop import Workshop
from kpi_workshop.records import ALWAYS
from kpi_workshop.steps import rollout
from kpi_workshop.steps.facts import facts as facts_of


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    return build(tmp_path_factory.mktemp("rollout") / "acme")


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    return build(tmp_path_factory.mktemp("rollout") / "both", teams=(EARLIER, LATER))


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


def test_a_target_of_a_team_that_has_started_changes_only_with_a_reason(teamed):
    first = over_a_year(teamed, "revenue", 900)
    rollout.record_targets(teamed, [first], as_of=AS_OF)
    assert over_a_year(teamed, "revenue", 800).value == 800, "nobody has started"
    plan = rollout.planned(teamed, EARLIER, starts_on=START, baseline_weeks=12, as_of=D(2024, 3, 1))
    rollout.record_plans(teamed, [plan], as_of=D(2024, 3, 1))
    assert over_a_year(teamed, "revenue", 900) == first
    rollout.record_targets(teamed, [], as_of=AS_OF)
    with pytest.raises(WorkshopError, match="with another target for 'Revenue'"):
        over_a_year(teamed, "revenue", 800)
    given = {"period_from": D(2024, 1, 1), "period_to": D(2024, 12, 31), "as_of": AS_OF, "reason": "two left"}
    assert rollout.target(teamed, EARLIER, "revenue", 800, **given).reason == "two left"


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
    anew = page.decision_form(Workshop(made, AS_OF))  # as after a restart
    anew.press("undo")
    assert anew.value == form.value == []


def test_one_activity_is_swapped_at_a_review_and_a_second_waits(tmp_path):
    made = build(tmp_path / "acme")
    charter = made.records.get(Charter, EARLIER, as_of=AS_OF)
    second = CharterLine(measure="calls_made", label="activity", moves=("win_rate", "deals_closed"))
    more = charter.model_copy(update={"lines": (*charter.lines, second)})
    made.records.save(more, EARLIER, effective=ALWAYS)

    def swap(activity, metric="win_rate", day=AS_OF):
        rollout.decide(
            made, EARLIER, activity=activity, metric=metric, decision="replace", decided_on=day, reason="No effect."
        )

    swap("calls_made")
    swap("calls_made", "deals_closed")
    with pytest.raises(WorkshopError, match="replaces 'Calls made' at this review already; at the most one activity"):
        swap("meetings_held")
    swap("meetings_held", day=AS_OF + dt.timedelta(weeks=8))


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
