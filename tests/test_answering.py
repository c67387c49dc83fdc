"""Answers to a form through the page: what was understood is seen first, then recorded, and taken back by one press."""

from __future__ import annotations

import base64
import csv
import datetime as dt
import io
import json

import pytest

from kpi_workshop.engagement import Engagement
from kpi_workshop.errors import WorkshopError
from kpi_workshop.kinds import Interview, PerformerTier, Person, Seat, Team
from kpi_workshop.pages import answering, guide_pages, workshop
from kpi_workshop.pages import interviews as pages
from kpi_workshop.records import ALWAYS
from kpi_workshop.steps import guides, interviews, offers, whom_to_ask

AS_OF = dt.date(2024, 12, 31)
DAILY = guides.guide("top").questions[0].ask
ROWS = [
    ["Timestamp", "Your name", DAILY, "Which of these matter?"],
    ["3/27/2024 18:35:00", "Ottoline Vance", "talk time; zinnia", "Win rate"],
    ["3/28/2024 9:00:00", "Bertram Quill", "prepare every call", "."],
]


@pytest.fixture
def here(engagement: Engagement) -> workshop.Workshop:
    for team in ("Field", "Inside"):
        engagement.records.save(Team(name=team), team, effective=ALWAYS)
    return workshop.Workshop(engagement, AS_OF)


def a_file(rows: list[list[str]] = ROWS, name: str = "responses.csv") -> dict[str, str]:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return {"name": name, "bytes": base64.b64encode(out.getvalue().encode()).decode()}


def test_a_file_is_understood_corrected_and_recorded_and_the_parts_wait(here: workshop.Workshop) -> None:
    acme, form = here.engagement, pages.answers_file(here)
    waiting = pages.answers(here)
    form.fill(file=a_file())
    assert "Google Forms, 2 respondents, 4 columns" in form._shown["understood"]
    assert [row["means"] for row in form._shown["columns"]] == ["submitted", "name", "question", "question"]
    assert form._shown["columns"][2]["question"] == "daily" and form._shown["file"]["bytes"] == ""
    assert acme.private.current(Interview) == {}, "nothing is recorded before it was looked at"
    form.press()
    assert "Nobody knows the role of the respondents" in form.problem
    columns = form._shown["columns"]
    columns[3]["question"] = "customer"
    form.fill(columns=columns, role="top", teams=["Field"]).press()
    assert form.problem == ""
    assert {i.interviewee for i in interviews.held(acme).values()} == {"Ottoline Vance", "Bertram Quill"}
    assert [o.text for o in offers.waiting(acme)] == ["Talk time", "Zinnia", "Prepare every call", "Win rate"]
    waiting.refresh()  # as the page asks after each saving
    assert len(waiting._shown["offers"]) == 4
    shown = json.dumps([form.get_state(), form._repr_mimebundle_()[0], repr(form)], default=str)
    assert "Ottoline" not in shown and "zinnia" not in shown
    form.press("undo")
    assert interviews.held(acme) == {} and offers.waiting(acme) == []
    form.fill(file=a_file(), role="top", teams=["Field"]).press()
    assert len(interviews.held(acme)) == 2, "what was taken back can be handed over again"


def test_days_that_nothing_decides_are_asked_about_and_said_in_the_form(here: workshop.Workshop) -> None:
    rows = [ROWS[0], ["3/4/2024 9:00:00", "Ottoline Vance", "talk time", "."]]
    form = pages.answers_file(here).fill(file=a_file(rows), role="top", teams=["Field"]).press()
    assert "may be 2024-04-03 (D/M/Y) or 2024-03-04 (M/D/Y)" in form.problem
    form.fill(dates="D/M/Y").press()
    (held,) = interviews.held(here.engagement).values()
    assert form.problem == "" and held.held_on == dt.date(2024, 4, 3)


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ({"name": "answers.pdf", "bytes": "aGVsbG8="}, "'answers.pdf' is no list of responses"),
        ({"name": "answers.csv", "bytes": "no base 64!"}, "'answers.csv' did not arrive whole"),
        ({"name": "../../x.csv", "bytes": "QSxC"}, "x.csv has headings and no responses"),
        ({"name": "answers.xlsx", "bytes": "aGVsbG8="}, "answers.xlsx"),
    ],
)
def test_what_is_no_list_of_responses_is_refused_beside_the_field(
    here: workshop.Workshop, file: dict[str, str], words: str
) -> None:
    form = pages.answers_file(here).fill(file=file)
    assert words in form.problems["file"]
    assert form._shown["columns"] == [] and form._shown["understood"] == ""


def test_a_file_of_more_than_a_page_can_take_names_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answering, "LARGEST", 10)
    with pytest.raises(WorkshopError, match="kpi-workshop import DIR answers FILE"):
        answering.received("big.csv", base64.b64encode(b"x" * 11).decode())


def test_whoever_could_fill_a_gap_is_named_and_nobody_who_was_heard(here: workshop.Workshop) -> None:
    acme = here.engagement
    for name, team, role, tier in (
        ("Ada", "Field", "seller", "top"), ("Bob", "Field", "seller", "top"), ("Cy", "Inside", "seller", "low"),
        ("Dee", "Inside", "executive", ""),
    ):  # fmt: skip
        acme.records.save(Person(person=name, name=name), name, effective=ALWAYS)
        acme.records.save(Seat(person=name, team=team, role=role), name, effective=ALWAYS)  # type: ignore[arg-type]
        if tier:
            acme.records.save(PerformerTier(person=name, tier=tier), name, effective=ALWAYS)  # type: ignore[arg-type]
    interviews.record(acme, interviewee="ada", role="top", teams=["Field"], held_on=dt.date(2024, 3, 1))
    table = whom_to_ask.next_ones(acme, as_of=AS_OF).set_index(["team", "role"])
    assert table.loc[("Field", "top"), ["still", "names"]].tolist() == [1, "Bob"]
    assert table.loc[("Inside", "top"), "names"] == "" and table.loc[("Inside", "low"), "names"] == "Cy"
    assert set(table.xs("executive", level="role")["names"]) == {"Dee"}, "an executive speaks for every team"
    shown = pages.to_ask(here)
    assert {"team": "Field", "people": "1 top performer", "names": "Bob", "row": 1} in shown._read()["rows"]
    assert "Bob" not in json.dumps([shown.get_state(), shown._repr_mimebundle_()[0], repr(shown)], default=str)


def test_each_guide_is_a_page_to_print_that_does_not_tell_the_tier_on_paper(here: workshop.Workshop) -> None:
    files = guide_pages.write(here.engagement)
    assert [file.name for file in files] == [f"guide-{role}.html" for role in guides.ROLES]
    for role, file in zip(guides.ROLES, files, strict=True):
        page, guide = file.read_text(encoding="utf-8"), guides.guide(role)
        for question in guide.questions:
            assert question.ask.replace("'", "&#39;") in page
        assert guide.invitation.split(". ")[0] in page
        assert "script" not in page and "http" not in page.replace("http-equiv", "")
        assert ".role { display: none; }" in page
    shown = pages.guide(here, role="manager")._repr_html_()
    assert "<details open><summary>Somebody who leads sellers" in shown
    assert "../cache/guides/guide-manager.html" in shown
