"""Merging and setting apart by hand: one cell, undone by one button, and the words as they were said."""

from __future__ import annotations

import datetime as dt

import pytest

from kpi_workshop.engagement import Engagement
from kpi_workshop.errors import WorkshopError
from kpi_workshop.kinds import Grouping, Suggestion, Team
from kpi_workshop.pages import wordings as pages
from kpi_workshop.pages import workshop
from kpi_workshop.steps import interviews, sorting, wordings

AS_OF = dt.date(2024, 12, 31)
SAID = ("dials", "number of outbound calls", "win rate", "share of deals we win", "chats at the till")


@pytest.fixture
def acme(engagement: Engagement) -> Engagement:
    engagement.records.save_all([("Field", Team(name="Field"))], effective=dt.date(1900, 1, 1))
    interviews.record(
        engagement, interviewee="Somebody", role="top", teams=("Field",), held_on=dt.date(2024, 3, 14),
        suggestions=[(text, "") for text in SAID],
    )  # fmt: skip
    return engagement


@pytest.fixture
def here(acme: Engagement) -> workshop.Workshop:
    return workshop.open_workshop(str(acme.folder), as_of="2024-12-31")


def groups(acme: Engagement) -> dict[str, tuple[str, ...]]:
    return {found.words: found.texts for found in sorting.suggestions(acme, as_of=AS_OF)}


def put(form, text: str, group: str):
    rows = [row | {"group": group} if row["text"] == text else row for row in form._shown["wordings"]]
    return form.fill(wordings=rows)


def test_each_wording_says_what_it_counts_as_and_why(acme: Engagement) -> None:
    found = {one.text: one for one in wordings.wordings(acme, as_of=AS_OF)}
    assert found["dials"].group == found["number of outbound calls"].group == "Calls made"
    assert found["dials"].why == "Its words are another way to say “Calls made”."
    assert found["win rate"].why == "It is the measure's own name."
    assert found["chats at the till"].why.startswith("It stands for itself")


def test_merging_and_setting_apart_take_one_cell_and_undo_takes_them_back(
    acme: Engagement, here: workshop.Workshop
) -> None:
    before = groups(acme)
    form = pages.form(here)
    assert put(form, "chats at the till", "Calls made").said == "“chats at the till” moved."
    assert groups(acme)["Calls made"] == ("chats at the till", "dials", "number of outbound calls")
    assert [row["why"] for row in form._shown["wordings"] if row["text"] == "chats at the till"] == [
        "You put it there."
    ]
    put(form, "dials", "on its own")
    assert groups(acme)["Dials"] == ("dials",)
    assert "dials" not in groups(acme)["Calls made"]
    form.press("undo")
    form.press("undo")
    assert groups(acme) == before
    assert sorted(one.text for one in acme.records.current(Suggestion).values()) == sorted(SAID)


def test_what_was_set_apart_is_no_longer_that_measure(acme: Engagement) -> None:
    wordings.move(acme, {"dials": wordings.APART}, as_of=AS_OF)
    apart = next(found for found in sorting.suggestions(acme, as_of=AS_OF) if found.words == "Dials")
    assert apart.measure is None and not apart.proposal.is_sure
    assert apart.proposal.reason.startswith("“Dials” was set apart from “Calls made”")
    assert len(interviews.heard(acme, as_of=AS_OF)["suggestion"].unique()) == 4


def test_the_nearest_name_is_given_where_there_is_no_such_suggestion(acme: Engagement, here: workshop.Workshop) -> None:
    with pytest.raises(WorkshopError, match="Did you mean: Calls made"):
        wordings.move(acme, {"dials": "Calls maed"}, as_of=AS_OF)
    form = put(pages.form(here), "dials", "Calls maed")
    assert "no suggestion 'Calls maed'" in form.rows["wordings"][1]
    assert acme.records.current(Grouping) == {}


def test_what_sellers_do_and_what_came_of_it_in_one_group_is_pointed_out_and_set_apart_by_one_press(
    acme: Engagement, here: workshop.Workshop
) -> None:
    interviews.record(
        acme, interviewee="Another", role="low", teams=("Field",), held_on=dt.date(2024, 3, 15),
        suggestions=[("doors I knock on", ""), ("doors that open when I knock", "")],
    )  # fmt: skip
    assert "Look first at 1 group that may be two things." in pages.groups(here).says
    assert "Look twice: “doors I knock on” reads like what sellers do" in str(pages.groups(here).rows[0])
    form = pages.form(here)
    rows = form._shown["wordings"]
    assert [row["text"] for row in rows if row["why"].startswith("Look twice")] == [row["text"] for row in rows[:2]]
    assert [row["text"] for row in rows if not row["together"]] == ["chats at the till"], "nothing to set apart there"
    form.press("act:wordings:1")
    assert form.said.endswith("moved.") and "Look" not in pages.groups(here).says
    assert len({one.theme for one in wordings.wordings(acme, as_of=AS_OF) if "knock" in one.text}) == 2
    form.press("undo")
    assert "Look twice" in str(pages.groups(here).rows[0])


def test_plain_output_names_every_group_of_several_wordings(here: workshop.Workshop) -> None:
    said = repr(pages.groups(here))
    assert said.startswith("5 wordings of 3 different suggestions.")
    assert "Win rate | “share of deals we win”; “win rate” | " in said
