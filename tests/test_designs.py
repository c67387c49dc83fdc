"""Before the start: what each way of starting could show, from weeks before the first start only."""

from __future__ import annotations

import datetime as dt

import pytest

from kpi_workshop import demo
from kpi_workshop.engagement import Engagement
from kpi_workshop.errors import WorkshopError
from kpi_workshop.kinds import Charter, CharterLine, ReviewPlan, Rollout
from kpi_workshop.pages import review_plan as page
from kpi_workshop.pages.workshop import Workshop
from kpi_workshop.steps import designs, review_plan

AS_OF = dt.date(2026, 6, 28)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Engagement:
    return demo.create(tmp_path_factory.mktemp("demo") / "copy")


def test_a_hold_out_shows_more_and_one_week_for_all_shows_nothing(made):
    ways = {way.design: way for way in designs.compared(made, as_of=AS_OF)["deals_closed"]}
    assert ways["all in the same week"].power is None
    staggered = ways["one after another, 4 weeks apart"].power
    with_one_held_out = ways["one after another, 4 weeks apart, one held out"].power
    assert 0 < staggered < with_one_held_out < 1


def test_what_came_after_the_first_start_is_not_used(made):
    early = designs.compared(made, as_of=dt.date(2025, 7, 6))["deals_closed"]
    late = designs.compared(made, as_of=AS_OF)["deals_closed"]
    assert [way.power for way in early] == pytest.approx([way.power for way in late], nan_ok=True)


def test_the_drawn_order_comes_again_with_its_number(made):
    plan = review_plan.held(made, as_of=AS_OF)
    order, _ = review_plan.drawn(sorted(plan.start_order), seed=plan.drawn_with)
    assert order == plan.start_order == ("Inside Sales", "Account Management", "Field Sales", "Sales Development")


def test_chance_decided_the_order_where_it_was_drawn_once_before_the_first_start_and_kept(made, engagement):
    assert review_plan.kept_order(made, as_of=AS_OF) == review_plan.held(made, as_of=AS_OF).start_order
    order, number = review_plan.drawn(["East", "North", "West"], seed=7)
    day, later = dt.date(2024, 1, 1), dt.date(2024, 5, 1)
    shared = {"baseline_from": day, "baseline_to": dt.date(2024, 3, 31)}

    def start(*days: dt.date | None) -> str:
        plans = [Rollout(team=team, starts_on=on, **shared) for team, on in zip(order, days, strict=True)]
        engagement.records.save_all([(plan.team, plan) for plan in plans], effective=day)
        return review_plan.why_not_by_lot(engagement, as_of=later)

    april, may = dt.date(2024, 4, 1), dt.date(2024, 5, 6)
    assert start(april, may, None) == "no order was drawn"
    engagement.records.save(ReviewPlan(start_order=order, drawn_with=number), review_plan.KEY, effective=day)
    assert start(april, may, None) == "" and review_plan.kept_order(engagement, as_of=later) == order
    assert start(may, april, None) == "the starts do not follow it"
    assert "The draw proves nothing by itself, for the starts do not follow it" in repr(
        page.plan(Workshop(engagement, later))
    )
    assert start(None, april, may) == "the starts do not follow it", "who is kept back was drawn too"
    start(april, may, None)
    engagement.records.withdraw(ReviewPlan, review_plan.KEY, effective=day)
    again, other = review_plan.drawn(order, seed=8)
    engagement.records.save(ReviewPlan(start_order=again, drawn_with=other), review_plan.KEY, effective=day)
    assert review_plan.why_not_by_lot(engagement, as_of=later) == "it was drawn more than once", "also with an undo"


def test_once_a_team_has_started_the_plan_changes_only_with_a_reason(engagement):
    start = dt.date(2024, 4, 1)
    plan = Rollout(
        team="Field", starts_on=start, baseline_from=dt.date(2024, 1, 1), baseline_to=start - dt.timedelta(days=1)
    )
    engagement.records.save(plan, "Field", effective=dt.date(2024, 1, 1))
    review_plan.record(engagement, ReviewPlan(looks=(8, 16)), as_of=dt.date(2024, 3, 1))
    with pytest.raises(WorkshopError, match="started on 1 April 2024"):
        review_plan.record(engagement, ReviewPlan(looks=(4, 8)), as_of=dt.date(2024, 5, 1))
    review_plan.record(engagement, ReviewPlan(looks=(4, 8), reason="The year ends."), as_of=dt.date(2024, 5, 1))
    assert review_plan.held(engagement, as_of=dt.date(2024, 4, 30)).looks == (8, 16)
    assert review_plan.held(engagement, as_of=dt.date(2024, 5, 1)).looks == (4, 8)
    assert len(engagement.records.history(ReviewPlan, review_plan.KEY)) == 2


def test_the_plan_names_the_pairs_of_the_charters_and_what_a_charter_adds_later_is_said(engagement):
    def charter(*moves):
        lines = [CharterLine(measure="deals_closed", label="metric"), CharterLine(measure="revenue", label="metric")]
        lines.append(CharterLine(measure="calls_made", label="activity", moves=moves))
        return Charter(team="Field", dated=dt.date(2024, 3, 1), lines=tuple(lines))

    start = dt.date(2024, 4, 1)
    rollout = Rollout(
        team="Field", starts_on=start, baseline_from=dt.date(2024, 1, 1), baseline_to=start - dt.timedelta(days=1)
    )
    before, after = dt.date(2024, 3, 1), dt.date(2024, 5, 1)
    engagement.records.save(charter("deals_closed"), "Field", effective=before)
    engagement.records.save(rollout, "Field", effective=before)
    review_plan.record(engagement, ReviewPlan(longest_lag=6), as_of=before)
    assert review_plan.held(engagement, as_of=before).pairs == (("calls_made", "deals_closed"),)
    engagement.records.save(charter("deals_closed", "revenue"), "Field", effective=after)
    assert review_plan.asked_since(engagement, as_of=after) == [("calls_made", "revenue")]
    told = page.plan(Workshop(engagement, after))
    assert "Not in the plan, added by a charter since: Calls made → Revenue." in told.lines
    assert "A metric may follow its activity after 1 to 6 weeks." in told.lines
    with pytest.raises(WorkshopError, match="started on 1 April 2024"):
        review_plan.record(engagement, ReviewPlan(longest_lag=6), as_of=after)
    review_plan.record(engagement, ReviewPlan(longest_lag=6, reason="Revenue was asked for."), as_of=after)
    with pytest.raises(WorkshopError, match="started on 1 April 2024"):
        review_plan.record(engagement, ReviewPlan(looks=(4,), reason="Revenue was asked for."), as_of=after)
    told = page.plan(Workshop(engagement, after))
    assert told.says == "Version 2, written down on 1 May 2024, after the first start:"
    assert [line for line in told.lines if line.startswith("Version 1 of 1 March 2024")]
    assert told.lines[-1].endswith("delays to 6 weeks, because: Revenue was asked for.")


def test_a_plan_written_before_the_start_says_so_and_names_its_pairs_and_frozen_tiers(made):
    here = Workshop(made, AS_OF)
    assert page.plan(here).says == "Version 1, written down on 30 June 2025, before the first start:"
    assert any(line.startswith("7 pairs: ") for line in page.plan(here).lines)
    assert "Tiers of 40 sellers as they stood on 6 July 2025." in page.plan(here).lines


def test_without_data_nothing_is_told(engagement):
    assert designs.compared(engagement, as_of=AS_OF) == {}
