"""Check-ins: anonymous, told once and only of enough people, and taken from a form all or nothing."""

from __future__ import annotations

import datetime as dt

import pytest

from kpi_workshop.errors import WorkshopError
from kpi_workshop.imports import pulse as form
from kpi_workshop.kinds import Pulse, Rollout
from kpi_workshop.steps import pulse

START = dt.date(2024, 4, 1)
IN_WEEK_1, IN_WEEK_2 = START + dt.timedelta(days=2), START + dt.timedelta(days=8)


@pytest.fixture
def live(engagement):
    plan = Rollout(
        team="Field", starts_on=START, baseline_from=dt.date(2024, 1, 1), baseline_to=START - dt.timedelta(days=1)
    )
    engagement.records.save(plan, "Field", effective=dt.date(2024, 1, 1))
    return engagement


def answered(engagement, *scores: int, week: int = 1, as_of: dt.date = IN_WEEK_1) -> None:
    pulse.record(
        engagement,
        [pulse.answer(engagement, "Field", week=week, score=s, comment=f"c{s}", as_of=as_of) for s in scores],
    )


def test_a_mean_is_told_once_the_check_in_has_closed_and_enough_people_answered(live):
    answered(live, 5, 4, 3)
    (now,) = pulse.check_ins(live, as_of=IN_WEEK_1)
    assert (now.is_open, now.answers, now.mean) == (True, 0, None)
    closed, second = pulse.check_ins(live, as_of=IN_WEEK_2)
    assert (closed.week, closed.answers, closed.mean) == (1, 3, 4.0)
    assert second.is_open


def test_two_answers_are_never_told(live):
    answered(live, 1, 2)
    closed = pulse.check_ins(live, as_of=IN_WEEK_2)[0]
    assert (closed.answers, closed.mean) == (0, None)
    assert pulse.comments(live, team="Field", week=1, as_of=IN_WEEK_2) == []


def test_a_closed_check_in_takes_no_further_answer(live):
    with pytest.raises(WorkshopError, match="closed on 7 April 2024"):
        answered(live, 5, as_of=IN_WEEK_2)


def test_comments_are_told_in_the_order_of_the_alphabet(live):
    answered(live, 5, 3, 4)
    assert pulse.comments(live, team="Field", week=1, as_of=IN_WEEK_2) == ["c3", "c4", "c5"]


def test_nothing_kept_tells_who_answered_or_when(live):
    answered(live, 5)
    (kept,) = live.private.history(Pulse, next(iter(live.private.current(Pulse))))
    assert kept.by == ""
    assert set(kept.record.model_dump()) == {"team", "week", "score", "comment"}
    assert not live.records.file.read_bytes().count(b"c5")


def test_answers_of_a_form_are_kept_without_their_names(live, tmp_path):
    file = tmp_path / "answers.csv"
    file.write_text(
        "Timestamp,Name,Team,Week,Score (1-5),Comment\n1.4.,Ann,Field,Week 1,4,ok\n1.4.,Bo,Field,1,5,\n",
        encoding="utf-8",
    )
    assert form.take_in(live, file, as_of=IN_WEEK_1) == "2 answers kept, without names."
    assert sorted(given.score for given in live.private.current(Pulse).values()) == [4, 5]
    assert b"Ann" not in live.private.file.read_bytes()


def test_a_form_with_faults_names_row_and_column_and_keeps_nothing(live, tmp_path):
    file = tmp_path / "answers.csv"
    file.write_text("team,week,score\nField,1,6\nFeild,1,3\nField,1,good\nField,1,4\n", encoding="utf-8")
    with pytest.raises(WorkshopError, match="Row 4, column 'score': 'good'"):
        form.take_in(live, file, as_of=IN_WEEK_1)
    file.write_text("team,week,score\nField,1,6\nFeild,1,3\nField,3,4\n", encoding="utf-8")
    with pytest.raises(WorkshopError) as refused:
        form.take_in(live, file, as_of=IN_WEEK_1)
    assert "Row 2: 6 is no answer" in str(refused.value)
    assert "Row 3: 'Feild' is no team that has started" in str(refused.value)
    assert "Row 4: There is no check-in in week 3" in str(refused.value)
    assert not live.private.current(Pulse)


def test_a_closed_check_in_takes_a_form_once(live, tmp_path):
    file = tmp_path / "answers.csv"
    file.write_text("team,week,score\nField,1,3\nField,1,3\nField,1,3\n", encoding="utf-8")
    form.take_in(live, file, as_of=IN_WEEK_2)
    assert pulse.check_ins(live, as_of=IN_WEEK_2)[0].mean == 3
    with pytest.raises(WorkshopError, match="closed and has its answers"):
        form.take_in(live, file, as_of=IN_WEEK_2)
