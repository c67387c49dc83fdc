"""Before the start: what each way of starting could show, from weeks before the first start only."""

from __future__ import annotations

import datetime as dt

import pytest

from kpi_workshop import demo
from kpi_workshop.engagement import Engagement
from kpi_workshop.errors import WorkshopError
from kpi_workshop.kinds import ReviewPlan, Rollout
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


def test_without_data_nothing_is_told(engagement):
    assert designs.compared(engagement, as_of=AS_OF) == {}
