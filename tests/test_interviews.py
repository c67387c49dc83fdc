"""Interviews: everyone is heard, nobody can be picked out, and a kill at any moment leaves nothing by halves."""

from __future__ import annotations

import datetime as dt
import html
import json
import random
from pathlib import Path

import pandas as pd
import pytest

from kpi_workshop import matching
from kpi_workshop.engagement import Engagement
from kpi_workshop.errors import WorkshopError
from kpi_workshop.kinds import Hypothesis, HypothesisLink, Interview, Quote, Sorting, Suggestion, Team
from kpi_workshop.pages import interviews as pages
from kpi_workshop.pages import workshop
from kpi_workshop.pages.forms import PrivateForm
from kpi_workshop.steps import guides, interviews

DAY = dt.date(2024, 3, 14)
AS_OF = dt.date(2024, 12, 31)
FULL = ("top", "top", "middle", "middle", "low", "low", "manager", "manager", "executive", "executive")


@pytest.fixture
def acme(engagement: Engagement) -> Engagement:
    for name in ("Field", "Inside"):
        engagement.records.save(Team(name=name), name, effective=dt.date(1900, 1, 1))
    return engagement


def say(acme: Engagement, who: str, role: str, *texts: str, teams: tuple[str, ...] = ("Field",), **more: object) -> str:
    pairs = [(text, f"{who} said: {text}") for text in texts]
    return interviews.record(
        acme,
        interviewee=who,
        role=role,
        teams=teams,
        held_on=DAY,
        suggestions=pairs,
        **more,  # type: ignore[arg-type]
    )


def shared(acme: Engagement) -> dict[str, dict[str, int | None]]:
    """What the shared table shows: people by group for each suggestion, None where it may not be told."""
    found: dict[str, dict[str, int | None]] = {}
    for row in interviews.heard(acme, as_of=AS_OF).astype(object).itertuples():
        found.setdefault(row.suggestion, {})[row.group] = None if pd.isna(row.said_by) else int(row.said_by)
    return found


# Guides


def test_every_role_has_a_guide_that_opens_with_its_purpose_and_asks_about_the_customer() -> None:
    for role in guides.ROLES:
        guide = guides.guide(role)
        assert guide.purpose and guide.confidential and guide.invitation
        assert guide.questions[-1].id == "customer"
        assert len({question.id for question in guide.questions}) == len(guide.questions)


def test_top_performers_are_probed_five_times_because_they_do_things_naturally() -> None:
    assert len(guides.guide("top").questions[0].probes) == 5
    assert len(guides.guide("middle").questions) == 3 + 1


def test_a_role_without_a_guide_is_named_with_the_nearest() -> None:
    with pytest.raises(WorkshopError, match=r"'managr'.*manager"):
        guides.guide("managr")


# Recording


def test_names_and_quotes_are_in_the_private_store_only(acme: Engagement) -> None:
    say(acme, "Ottoline Vance", "top", "Talk time")
    files = acme.folder.glob("records.db*")
    shared_bytes = b"".join(file.read_bytes() for file in files)
    assert b"Talk time" in shared_bytes
    assert b"Ottoline" not in shared_bytes
    assert b"said:" not in shared_bytes
    assert b"2024-03-14" not in shared_bytes, "the day of an interview tells who it was"


def test_everything_wrong_with_an_interview_comes_in_one_message_and_nothing_is_saved(acme: Engagement) -> None:
    with pytest.raises(WorkshopError) as refused:
        interviews.record(
            acme, interviewee="Ann Lee", role="boss", teams=["Feild"], held_on=dt.date(2999, 1, 1),
            suggestions=[("Do as Ann Lee does", ""), (" ", "words")],
        )  # fmt: skip
    message = str(refused.value)
    for words in ("'boss'", "Did you mean: Field?", "2999-01-01", "Suggestion 1 names", "Suggestion 2 has a quote"):
        assert words in message
    assert acme.private.current(Interview) == {}
    assert acme.records.current(Suggestion) == {}


def test_the_seal_is_made_before_the_interview_is_saved_and_not_for_a_refused_one(acme: Engagement) -> None:
    seen: list[tuple[str, int]] = []

    def seal(engagement: Engagement, team: str) -> None:
        seen.append((team, len(engagement.private.current(Interview))))

    with pytest.raises(WorkshopError):
        say(acme, "A", "nobody", "Talk time", seal=seal)
    assert seen == []
    say(acme, "A", "top", "Talk time", teams=("Field", "Inside"), seal=seal)
    assert seen == [("Field", 0), ("Inside", 0)]


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("dies_at", ["seal", "private", "records"])
def test_a_kill_while_recording_leaves_nothing_by_halves(
    acme: Engagement, monkeypatch: pytest.MonkeyPatch, dies_at: str
) -> None:
    say(acme, "Early", "top", "Win rate")

    def killed(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        if dies_at != "seal":
            patch.setattr(getattr(acme, dies_at), "save_all", killed)
        with pytest.raises(Killed):
            say(acme, "Late", "low", "Talk time", "Demos", seal=killed if dies_at == "seal" else None)
    assert [i.interviewee for i in interviews.held(acme).values()] == ["Early"]
    assert [s.text for s in acme.records.current(Suggestion).values()] == ["Win rate"]
    say(acme, "Late", "low", "Talk time", "Demos")
    assert len(interviews.held(acme)) == 2
    assert len(acme.records.current(Suggestion)) == 3


def test_the_order_of_what_was_said_is_not_told(acme: Engagement) -> None:
    texts = [f"Habit {letter}" for letter in "abcdefghijklmnop"]
    say(acme, "Ada", "top", *texts)
    assert [s.text for s in acme.records.current(Suggestion).values()] != texts


def test_an_interview_taken_back_leaves_no_suggestion_and_counts_no_more(acme: Engagement) -> None:
    kept = say(acme, "Kept", "top", "Win rate")
    gone = say(acme, "Gone", "top", "Talk time", "Win rate")
    interviews.withdraw(acme, gone)
    assert set(interviews.held(acme, as_of=AS_OF)) == {kept}
    assert [s.text for s in acme.records.current(Suggestion, as_of=AS_OF).values()] == ["Win rate"]
    assert len(acme.private.current(Quote)) == 1
    with pytest.raises(WorkshopError, match="not recorded"):
        interviews.withdraw(acme, gone)


# Whom to ask


def test_ten_people_as_listed_are_full_one_of_each_is_thin_and_less_is_too_few(acme: Engagement) -> None:
    assert interviews.coverage(acme, as_of=AS_OF) == {"Field": "too few", "Inside": "too few"}
    for number, role in enumerate(FULL):
        say(acme, f"P{number}", role, "Win rate")
    for number, role in enumerate(FULL[::2]):
        say(acme, f"Q{number}", role, "Win rate", teams=("Inside",))
    assert interviews.coverage(acme, as_of=AS_OF) == {"Field": "full", "Inside": "thin"}
    assert sum(quota.full for quota in interviews.QUOTAS) == 10
    assert sum(quota.most for quota in interviews.QUOTAS) == 12


def test_one_interview_may_count_for_several_teams_and_one_person_counts_once(acme: Engagement) -> None:
    say(acme, "Chief", "executive", teams=("Field", "Inside"))
    say(acme, "chief ", "executive", teams=("Field",))
    for team in ("Field", "Inside"):
        plan = interviews.roster(acme, team=team, as_of=AS_OF).set_index("role")
        assert plan.loc["executive", "held"] == 1
        assert plan.loc["executive", "still"] == 1
        assert plan.loc["top", "held"] == 0


def test_an_interview_counts_only_from_the_month_it_was_held(acme: Engagement) -> None:
    say(acme, "A", "top", "Win rate")
    assert interviews.heard(acme, as_of=dt.date(2024, 2, 28)).empty
    assert len(interviews.heard(acme, as_of=DAY)) == 1


# What was heard


def test_the_same_measure_under_other_names_is_one_suggestion(acme: Engagement) -> None:
    names = matching.match("win rate").names  # type: ignore[union-attr]
    for number, name in enumerate(names[:3]):
        say(acme, f"P{number}", "top", name)
    table = interviews.heard(acme, as_of=AS_OF)
    assert set(table["suggestion"]) == {names[0]}
    assert set(table["measure"]) == {"win_rate"}


def test_tiers_are_one_group_of_sellers_in_the_shared_view(acme: Engagement) -> None:
    for number, role in enumerate(FULL):
        say(acme, f"P{number}", role, "Win rate")
    assert interviews.groups(acme, as_of=AS_OF) == {"sellers": 6, "managers and executives": 4}
    assert shared(acme) == {"Win rate": {"sellers": 6, "managers and executives": 4}}


def test_fewer_than_three_people_of_a_group_are_not_counted(acme: Engagement) -> None:
    for number, role in enumerate(FULL):
        texts = ["Talk time"] if number in (0, 1, 2, 6, 7) else []
        say(acme, f"P{number}", role, *texts, *(["Demos held"] if number in (8, 9) else []))
    assert shared(acme) == {
        "Talk time": {"sellers": 3, "managers and executives": None},
        "Demos held": {"sellers": 0, "managers and executives": None},
    }


def test_a_group_of_two_is_merged_until_nobody_stands_apart(acme: Engagement) -> None:
    for number, role in enumerate(("top", "low", "low", "low", "manager")):
        say(acme, f"P{number}", role, "Talk time")
    assert interviews.groups(acme, as_of=AS_OF) == {"everyone": 5}
    assert shared(acme) == {"Talk time": {"everyone": 5}}


def test_what_a_person_sorted_as_one_measure_is_heard_as_one(acme: Engagement) -> None:
    for number, words in enumerate(("Talk to the boss", "Reach who decides", "Senior-level conversations")):
        say(acme, f"P{number}", "top", words)
    decision = {"measure": "senior_conversations", "control": "direct", "timing": "before", "label": "activity"}
    for key in acme.records.current(Suggestion):
        acme.records.save(Sorting(suggestion=key, **decision), key, effective=DAY)  # type: ignore[arg-type]
    assert list(shared(acme).values()) == [{"sellers": 3, "managers": 0, "executives": 0}]


def test_fewer_than_three_people_in_all_are_not_counted_at_all(acme: Engagement) -> None:
    say(acme, "A", "top", "Win rate")
    say(acme, "B", "low", "Win rate")
    table = interviews.heard(acme, as_of=AS_OF)
    assert table["said_by"].isna().all() and table["of"].isna().all()
    assert interviews.groups(acme, as_of=AS_OF) == {}


def test_no_shared_number_is_a_small_group_and_no_total_stands_beside_its_parts(acme: Engagement) -> None:
    """A roster that grows by one random person at a time: every number shown is 0 or at least k people."""
    dice = random.Random(7)
    people = [(f"P{n}", dice.choice(FULL)) for n in range(14)]
    for who, role in people:
        texts = dice.sample(
            ["Win rate", "Talk time", "Demos held", "Send the agenda", "Calls made"], dice.randint(0, 4)
        )
        say(acme, who, role, *texts)
        sizes = list(interviews.groups(acme, as_of=AS_OF).values())
        assert all(size == 0 or size >= 3 for size in sizes)
        for parts in shared(acme).values():
            numbers = [n for n in parts.values() if n]
            assert all(n >= 3 for n in numbers)
            assert not ("everyone" in parts and len(parts) > 1), "never a total beside its parts"


def test_without_the_private_store_suggestions_are_listed_and_the_reason_is_said(acme: Engagement) -> None:
    for number, role in enumerate(FULL):
        say(acme, f"P{number}", role, "Win rate", f"Habit {number}")
    acme.private.file.unlink()
    table = interviews.heard(acme, as_of=AS_OF)
    assert len(table) == 11
    assert set(table["note"]) == {interviews.NO_PRIVATE_STORE}
    assert interviews.coverage(acme, as_of=AS_OF)["Field"] == "unknown"
    assert interviews.missing(acme, as_of=AS_OF) == []


def test_the_leaders_own_view_shows_what_only_one_role_says(acme: Engagement) -> None:
    say(acme, "A", "top", "Talk time", "Win rate")
    say(acme, "B", "low", "Win rate")
    table = interviews.heard_by_role(acme, as_of=AS_OF).set_index("suggestion")
    assert table.loc["Talk time", "only"] == "top"
    assert table.loc["Win rate", ["top", "low", "only"]].tolist() == [1, 1, ""]


# What is missing


def test_under_ten_distinct_suggestions_means_interview_more(acme: Engagement) -> None:
    for number, role in enumerate(FULL):
        say(acme, f"P{number}", role, f"Habit {number % 9}", teams=("Field", "Inside"))
    assert "Field: only 9 distinct suggestions; interview more, until there are at least 10." in interviews.missing(
        acme, as_of=AS_OF
    )
    say(acme, "P10", "top", "Habit 10", teams=("Field", "Inside"))
    assert interviews.missing(acme, as_of=AS_OF) == []


def test_without_teams_the_org_chart_comes_first(engagement: Engagement) -> None:
    assert interviews.missing(engagement, as_of=AS_OF) == ["There is no team yet: enter the org chart first."]


# The pages


@pytest.fixture
def here(acme: Engagement) -> workshop.Workshop:
    return workshop.Workshop(acme, AS_OF)


def everything_synced(form: PrivateForm) -> str:
    """All that a form puts into a notebook: its widget state, its output and its representation."""
    return json.dumps([form.get_state(), form._repr_mimebundle_()[0], repr(form)], default=str)


def test_a_notebook_does_not_tell_when_the_last_interview_was_saved(here: workshop.Workshop) -> None:
    say(here.engagement, "Ottoline Vance", "top", "Talk time")
    assert "Saved" not in everything_synced(pages.form(here))


def test_the_leaders_own_tables_are_in_no_notebook(here: workshop.Workshop) -> None:
    say(here.engagement, "Ottoline Vance", "top", "Talk time")
    by_role, gaps = pages.by_role(here), pages.gaps(here)
    assert by_role.value["rows"][0]["top"] == 1
    field = next(row for row in gaps.value["rows"] if row["team"] == "Field")
    assert (field["top"], field["manager"]) == ("1 of 2, 1 to ask", "0 of 2 to 3, 2 to ask")
    for form in (by_role, gaps):
        assert "Talk time" not in everything_synced(form)
        assert form.press().status == "As recorded now."


def test_the_picture_tells_no_number_under_the_smallest_group(here: workshop.Workshop) -> None:
    for number, role in enumerate(FULL):
        say(here.engagement, f"P{number}", role, "Talk time", *(["Demos held"] if number < 2 else []))
    drawn = pages.picture(here)
    assert "Talk time: 6 of 6 sellers, 4 of 4 managers and executives." in drawn.says
    assert "Demos held: under 3 of 6 sellers, 0 of 4 managers and executives." in drawn.says
    assert ">1.5<" not in drawn.svg and ">2<" not in drawn.svg
    assert "1 of 2 measures are named by sellers" in drawn.svg


def test_pages_of_an_empty_engagement_say_what_to_do(engagement: Engagement) -> None:
    here = workshop.Workshop(engagement, AS_OF)
    assert "enter the org chart first" in repr(pages.roster(here))
    assert repr(pages.heard(here)) == repr(pages.picture(here)) == "No suggestion is recorded yet."


def test_markup_in_a_suggestion_is_shown_as_typed(here: workshop.Workshop) -> None:
    for number in range(3):
        say(here.engagement, f"P{number}", "top", "<img src=x onerror=alert(1)>")
    for shown in (pages.heard(here)._repr_html_(), pages.picture(here).svg):
        assert "<img" not in shown
        assert "&lt;img" in shown


def test_a_guide_is_a_page_with_every_question(here: workshop.Workshop) -> None:
    page = pages.guide(here, role="manager")._repr_html_()
    for question in guides.guide("manager").questions:
        assert html.escape(question.ask) in page


# The notebooks


def test_executed_notebooks_hold_nothing_private(acme: Engagement, tmp_path: Path) -> None:
    """Papermill as it comes, widget state kept: no name, no quote, no note, no hypothesis in any byte of the file."""
    papermill = pytest.importorskip("papermill")
    secrets = ("Quuxley", "zinnia", "Zyxomma")
    guess = Hypothesis(
        team="Field", metrics=("Zyxomma rate",), links=(HypothesisLink(activity="Zyxomma", moves="Zyxomma rate"),)
    )
    acme.private.save(guess, "Field", effective=DAY)
    for number in range(2):
        interviews.record(
            acme, interviewee=f"Zebulon Quuxley {number}", role="top", teams=["Field"], held_on=DAY,
            suggestions=[("Talk time", f"zinnia words {number}"), ("Win rate", "")], notes="zinnia notes",
        )  # fmt: skip
    for step in ("03_interviews", "04_sorting"):
        source = Path(__file__).resolve().parents[1] / "notebooks" / f"{step}.ipynb"
        written = tmp_path / f"{step}.ipynb"
        given = {"engagement": str(acme.folder), "as_of": AS_OF.isoformat()}
        papermill.execute_notebook(str(source), str(written), given, progress_bar=False, cwd=str(tmp_path))
        text = written.read_text(encoding="utf-8")
        assert "Talk time" in text
        assert [word for word in secrets if word in text] == []
        assert "said_by" not in text
        if step == "03_interviews":
            assert "Fewer than 3 people were interviewed" in text
