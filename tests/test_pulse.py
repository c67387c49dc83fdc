"""Check-ins: anonymous, told once and only of enough people, and taken from a form all or nothing."""

from __future__ import annotations

import datetime as dt

import pytest

from kpi_workshop.errors import WorkshopError
from kpi_workshop.imports import form_columns
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


def sheet(folder, rows: list[str], *, name: str = "answers.csv"):
    file = folder / name
    file.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return file


def test_answers_of_a_form_are_kept_without_their_names(live, tmp_path):
    rows = ["Timestamp,Name,Team,Week,Score (1-5),Comment", "1.4.,Ann,field ,Week 1,4,ok", "1.4.,Bo,Field,1,5,"]
    said = form.take_in(live, sheet(tmp_path, rows), as_of=IN_WEEK_1)
    assert said == "2 answers kept, without names."
    assert sorted(given.score for given in live.private.current(Pulse).values()) == [4, 5]
    assert b"Ann" not in live.private.file.read_bytes()


def test_the_columns_of_each_products_form_are_told_by_their_questions(live, tmp_path):
    ask = f'"{pulse.QUESTION}"'
    google = [
        f'Timestamp,Email Address,"Which team are you in?",Which week is it?,{ask},"What helps, what hinders?"',
        "4/2/2024 9:00:01,ann@acme.example,Field,Week 1,4,Lists",
        "4/2/2024 9:03:07,bo@acme.example,Field,Week 1,2,",
        "4/3/2024 8:00:00,ANN@acme.example,Field,Week 1,5,Better now",
    ]
    microsoft = [
        "ID;Start time;Completion time;Email;Name;Your team;How well did this week go, from 1 to 5?;Anything to add?",
        "1;4/2/24 9:00:01;4/2/24 9:01:00;anonymous;;Field;3;",
        "2;4/2/24 9:00:05;4/2/24 9:01:00;anonymous;;Field;3;",
    ]
    typeform = [
        f"#,{ask},Response Type,Start Date (UTC),Stage Date (UTC),Submit Date (UTC),Network ID,Tags,Ending",
        "a1,3,completed,2024-04-02 07:00:00,,2024-04-02 07:01:00,f0,,",
        "a2,,completed,2024-04-02 07:00:00,,2024-04-02 07:02:00,f1,,",
    ]
    seen = []
    for name, rows in (("g.csv", google), ("m.csv", microsoft), ("t.csv", typeform)):
        export = form_columns.read(sheet(tmp_path, rows, name=name))
        said, _ = form.record(live, export, form.proposed(export), team="Field", week=1, as_of=IN_WEEK_1)
        seen.append((export.product, said))
    assert seen == [
        ("Google Forms", "2 answers kept, without names. 1 answer given twice, of which the later counts."),
        ("Microsoft Forms", "2 answers kept, without names."),
        ("Typeform", "1 answer kept, without names. 1 answer left out, for there is no score."),
    ]
    assert sorted(given.score for given in live.private.current(Pulse).values()) == [2, 3, 3, 3, 5]


def test_a_file_given_again_adds_nothing_and_a_newer_one_its_new_answers(live, tmp_path):
    rows = ["Timestamp,Team,Week,Score", "2024-04-02 09:00:01,Field,1,4", "2024-04-02 09:00:01,Field,1,4"]
    rows.append("2024-04-02 09:00:01,Field,1,2")  # somebody else in the same second
    said = form.take_in(live, sheet(tmp_path, rows), as_of=IN_WEEK_1)
    assert said == "2 answers kept, without names. 1 answer given twice, of which the later counts."
    assert "0 answers kept" in form.take_in(live, sheet(tmp_path, rows), as_of=IN_WEEK_1)
    rows.append("2024-04-03 10:00:00,Field,1,5")
    said = form.take_in(live, sheet(tmp_path, rows), as_of=IN_WEEK_1)
    assert said.startswith("1 answer kept, without names.") and "2 answers taken before." in said
    by_hand = ["team,week,score", "Field,1,3", "Field,1,3"]
    assert form.take_in(live, sheet(tmp_path, by_hand), as_of=IN_WEEK_1).startswith("2 answers kept")
    again = sheet(tmp_path, [*by_hand, "Field,1,1"])
    assert form.take_in(live, again, as_of=IN_WEEK_1) == "1 answer kept, without names. 2 answers taken before."


def test_a_file_is_taken_back_and_may_be_given_again(live, tmp_path):
    export = form_columns.read(sheet(tmp_path, ["team,week,score", "Field,1,3", "Field,1,4"]))
    _, taken = form.record(live, export, form.proposed(export), as_of=IN_WEEK_1)
    pulse.take_back(live, taken)
    assert not live.private.current(Pulse)
    assert form.record(live, export, form.proposed(export), as_of=IN_WEEK_1)[0].startswith("2 answers kept")


def test_a_form_with_faults_names_row_and_column_and_keeps_nothing(live, tmp_path):
    rows = ["team,week,score", "Field,1,4.5", "Feild,1,3", "Field,1,good", "Field,1,4", "Field,1,3", "Field,1,3"]
    with pytest.raises(WorkshopError, match="Row 4, column 'score': 'good'"):
        form.take_in(live, sheet(tmp_path, rows), as_of=IN_WEEK_1)
    rows = ["team,week,score", "Field,1,4", "Feild,1,3", "Field,3,4", "Field,2,4"]
    with pytest.raises(WorkshopError) as refused:
        form.take_in(live, sheet(tmp_path, rows), as_of=IN_WEEK_1)
    assert "Row 3: 'Feild' is no team that has started" in str(refused.value)
    assert "Row 4: There is no check-in in week 3" in str(refused.value)
    assert "Row 5: Week 2 of Field has not begun" in str(refused.value)
    with pytest.raises(WorkshopError, match="no column 'week'"):
        form.take_in(live, sheet(tmp_path, ["team,score", "Field,3"]), as_of=IN_WEEK_1)
    assert not live.private.current(Pulse)


def test_a_mean_once_told_does_not_move_and_other_weeks_of_the_same_file_are_taken(live, tmp_path):
    rows = ["Timestamp,Team,Week,Score", *(f"2024-04-02 09:00:0{n},Field,1,3" for n in range(3))]
    form.take_in(live, sheet(tmp_path, rows), as_of=IN_WEEK_2)
    assert pulse.check_ins(live, as_of=IN_WEEK_2)[0].mean == 3
    late = [*rows, "2024-04-09 09:00:00,Field,1,5", "2024-04-09 09:00:01,Field,2,5", "2024-04-09 09:00:02,Home,2,1"]
    held = Rollout(team="Home", baseline_from=dt.date(2024, 1, 1), baseline_to=START - dt.timedelta(days=1))
    live.records.save(held, "Home", effective=dt.date(2024, 1, 1))
    assert form.take_in(live, sheet(tmp_path, late), as_of=IN_WEEK_2) == (
        "1 answer kept, without names. 3 answers taken before. "
        "1 answer left out, for the mean was told already and does not move. "
        "1 answer left out, for the team has not started."
    )
    assert pulse.check_ins(live, as_of=IN_WEEK_2)[0].mean == 3


def test_another_survey_is_no_check_in_form(live, shared):
    for name in ("results-h1-2017.csv", "CNCF_TOC_Survey_2020_H1.csv"):
        with pytest.raises(WorkshopError, match="no column 'team'"):
            form.take_in(live, shared / "real" / "forms_cncf" / name, as_of=IN_WEEK_1)
    export = form_columns.read(shared / "real" / "forms_cncf" / "CNCF_TOC_Survey_2020_H1.csv")
    with pytest.raises(WorkshopError, match="no column 'score'"):
        form.record(live, export, form.proposed(export), team="Field", week=1, as_of=IN_WEEK_1)
    assert not live.private.current(Pulse)
