"""Process behaviour of a measure: limits counted by hand, words after the baseline, new limits by an event only."""

from __future__ import annotations

import datetime as dt

from kpi_workshop.evidence.readings import Period
from kpi_workshop.kinds import Annotation, ReviewPlan, Rollout
from kpi_workshop.steps.behaviour import behaviour, will_meet

MONDAY = dt.date(2024, 1, 1)
BASELINE = (10, 12, 11, 13, 10, 12, 11, 13, 10, 12, 11, 13)
"""Mean 11.5; moving ranges 2 1 2 3 2 1 2 3 2 1 2, together 21: 21 / 11 x 2.66 = 5.078."""


def weeks(*values: float | None) -> list[Period]:
    found = []
    for number, value in enumerate(values):
        start = MONDAY + dt.timedelta(weeks=number)
        found.append(Period(start, start + dt.timedelta(days=6), value, value, None, "", True))
    return found


def started(points: int = len(BASELINE)) -> Rollout:
    start = MONDAY + dt.timedelta(weeks=points)
    return Rollout(team="T", starts_on=start, baseline_from=MONDAY, baseline_to=start - dt.timedelta(days=1))


def shown(*values: float | None, points: int = len(BASELINE), **more):
    asked = {"rollout": started(points), "plan": ReviewPlan(), "confirmed": {}} | more
    return behaviour(weeks(*values), **asked)


def test_the_range_is_that_of_the_baseline_counted_by_hand():
    found = shown(*BASELINE, 11, 40)
    assert (found["mean"], found["points"]) == (11.5, 12)
    assert round(found["low"], 3) == round(11.5 - 21 / 11 * 2.66, 3)
    assert round(found["high"], 3) == round(11.5 + 21 / 11 * 2.66, 3)


def test_a_week_beyond_the_range_is_looked_at_and_one_inside_is_steady():
    found = shown(*BASELINE, 11, 40)
    assert [row["word"] for row in found["weeks"][-3:]] == ["", "steady", "look closer"]
    assert found["weeks"][-1]["flag"] == 1
    assert found["since"] == found["weeks"][-1]["start"]


def test_only_the_calibrated_test_makes_a_change_real():
    last = MONDAY + dt.timedelta(weeks=13)
    assert shown(*BASELINE, 11, 40, confirmed={last: "better, real"})["word"] == "better, real"
    assert shown(*BASELINE, 11, 11, confirmed={last: "look closer"})["word"] == "steady"


def test_short_baselines_have_trial_limits_or_none():
    assert shown(*BASELINE[:8], 40, points=8)["word"] == "trial limits"
    assert shown(*BASELINE[:5], 40, points=5)["word"] == "too early"


def test_limits_move_only_where_a_person_named_an_event_that_moves_them():
    values = (*BASELINE, 30, 32, 31, 33, 30, 32)
    event = Annotation(day=MONDAY + dt.timedelta(weeks=12), text="New territory")
    assert shown(*values, notes=[event])["mean"] == 11.5
    moved = shown(*values, notes=[event.model_copy(update={"rebases": True})])
    assert round(moved["mean"], 2) == 31.33
    assert moved["notes"] == [{"day": "2024-03-25", "text": "New territory", "rebases": True}]


def meets(*values: float, target: float, better: str = "higher", every: str = "week") -> tuple[str, str, int, int]:
    told = will_meet(weeks(*values), every=every, target=target, better=better, rollout=started())
    return told["word"], told["since"], told["met"], told["periods"]


def test_whether_a_target_will_be_met_is_read_from_the_weeks_since_the_start_once_there_are_twelve():
    higher = [value + 20 for value in BASELINE]
    assert meets(*BASELINE, 11, target=20.0) == ("no", "baseline", 0, 12)
    assert meets(*BASELINE, 11, target=12.0) == ("sometimes", "baseline", 6, 12)
    assert meets(*BASELINE, *higher, target=20.0) == ("yes", "start", 12, 12)
    assert meets(*BASELINE, 11, target=20.0, better="lower") == ("yes", "baseline", 12, 12)


def test_months_answer_for_a_monthly_target_once_there_are_six_and_say_that_they_are_few():
    asked = {"every": "month", "target": 20.0, "better": "higher"}
    told = will_meet(weeks(*BASELINE, *(33, 30, 32, 31, 33, 30)), rollout=started(), **asked)
    assert (told["word"], told["since"], told["periods"], told["trial"]) == ("yes", "start", 6, True)
    assert will_meet(weeks(*BASELINE[:5]), rollout=started(5), **asked) is None
    assert will_meet(weeks(*BASELINE), rollout=started(), **(asked | {"target": None})) is None


def test_weeks_without_a_value_are_left_out_and_a_team_without_a_plan_has_no_chart():
    assert [row["value"] for row in shown(*BASELINE, None, 11)["weeks"]][-2:] == [13, 11]
    assert shown(None, None) is None
    assert shown(*BASELINE, rollout=None) is None
