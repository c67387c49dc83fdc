"""The charter's numbers, its versions, the hypothesis in hindsight and the letters of thanks, against hand counts."""

from __future__ import annotations

import datetime as dt
import re
import stat
import sys
from pathlib import Path

import pytest
import small_crm
from click.testing import CliRunner

from kpi_workshop import demo
from kpi_workshop.cli import cli
from kpi_workshop.engagement import Engagement
from kpi_workshop.errors import WorkshopError
from kpi_workshop.kinds import Charter, Interview, Seat, Team
from kpi_workshop.pages import charter as charter_pages
from kpi_workshop.pages import phrasing
from kpi_workshop.pages.plain import PlainList
from kpi_workshop.pages.workshop import Workshop
from kpi_workshop.records import ALWAYS
from kpi_workshop.steps import charter, hindsight

D = dt.date
INSIDE = "Inside Sales"
LAST = D(2024, 12, 29)
"""A Sunday: the last day of twelve full weeks of hand-made data."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Engagement:
    return demo.create(tmp_path_factory.mktemp("charter") / "demo")


@pytest.fixture
def acme(engagement: Engagement) -> Engagement:
    """Twelve weeks with three calls and one talk of ten minutes each, two won deals in every fourth week."""
    engagement.records.save(Team(name="Field"), "Field", effective=ALWAYS)
    small_crm.seat(engagement, Seat(person="Ida", team="Field"), Seat(person="Bo", team="Field"))
    mondays = [LAST - dt.timedelta(days=6 + 7 * n) for n in range(12)]
    calls = [
        {"seller": who, "type": "call", "direction": "outbound", "minutes": 10.0, "is_conversation": who == "Bo",
         "at": dt.datetime.combine(day, dt.time(9 + n))}
        for day in mondays for n, who in enumerate(("Ida", "Ida", "Bo"))
    ]  # fmt: skip
    friday = {"seller": "Ida", "type": "note", "at": dt.datetime.combine(LAST - dt.timedelta(days=2), dt.time(9))}
    small_crm.write(engagement, "activities", [*calls, friday])
    deals = [small_crm.won("Ida", day + dt.timedelta(days=2)) for day in mondays[::4] for _ in range(2)]
    small_crm.write(engagement, "opportunities", [*deals, small_crm.lost("Bo", mondays[-1], days=0)])
    return engagement


def lines(*, target: float | None = None) -> list[charter.CharterLine]:
    return [charter.line("deals_closed"), charter.line("win_rate")] + [
        charter.line(name, moves=["deals_closed"], guardrail="average_deal_size", target=target)
        for name in ("calls_made", "conversations", "talk_time")
    ]


def test_a_new_charter_gets_the_mean_of_the_weeks_before_it_and_says_of_which_days(acme: Engagement) -> None:
    made = charter.choose(acme, "Field", lines=lines(), as_of=LAST + dt.timedelta(days=3))
    found = {line.measure: line.baseline for line in made.lines}
    assert (found["calls_made"], found["conversations"], found["talk_time"]) == (3.0, 1.0, 30.0)
    assert found["deals_closed"] == pytest.approx(6 / 12 * 365.25 / 12 / 7)
    assert made.baseline_to == LAST
    assert made.baseline_from == D(2024, 10, 7)
    page = charter_pages.pages(Workshop(acme, LAST + dt.timedelta(days=3)))._repr_html_()
    assert "“When agreed” is the mean of 7 October 2024 to 29 December 2024" in page


def test_a_changed_draft_keeps_its_number_and_the_days_of_the_first_and_saving_again_changes_nothing(
    acme: Engagement,
) -> None:
    first = charter.choose(acme, "Field", lines=lines(), as_of=LAST)
    assert charter.choose(acme, "Field", lines=lines(), as_of=D(2025, 2, 1)) == first
    second = charter.choose(acme, "Field", lines=lines(target=4.0), as_of=D(2025, 2, 1))
    assert (second.version, second.baseline_from, second.baseline_to) == ("1.0", first.baseline_from, LAST)
    assert [line.baseline for line in second.lines] == [line.baseline for line in first.lines]


def test_what_the_form_saves_is_undone_by_one_press_and_the_version_before_holds(acme: Engagement) -> None:
    here = Workshop(acme, LAST)
    first = charter.choose(acme, "Field", lines=lines(), as_of=LAST)
    form = charter_pages.form(here, team="Field")
    assert not isinstance(form, PlainList)
    rows = [{**row, "target": "5"} for row in form._load()["lines"]]
    form.fill(lines=rows, by="Ida", why="Higher.").press()
    assert form.problem == "" and acme.records.get(Charter, "Field") != first
    form.press("undo")
    assert acme.records.get(Charter, "Field") == first
    assert [c.version for c in charter.history(acme, "Field")] == ["1.0"]


def test_the_two_windows_of_the_demo_are_both_said(made: Engagement) -> None:
    page = charter_pages.pages(Workshop(made, D(2026, 6, 28)))._repr_html_()
    assert "is the mean of 1 July 2024 to 29 June 2025" in page
    assert "held against the weeks just before its own start, 8 July 2024 to 6 July 2025" in page


def test_the_sealed_hypothesis_is_scored_against_what_was_heard(made: Engagement) -> None:
    found = {s.measure: s.verdict for s in hindsight.scores(made, as_of=D(2026, 6, 28), team=INSIDE)}
    by_hand = {
        "deals_closed": "confirmed", "senior_conversations": "confirmed", "average_deal_size": "not mentioned",
        "talk_time": "not mentioned", "demos_held": "not mentioned", "calls_made": "new", "emails_sent": "new",
        "conversations": "new", "opportunities_opened": "new", "win_rate": "new", "lead_response_time": "new",
        "coaching_sessions": "new", "leads_received": "new", "sales_growth": "new", "quota_attainment_share": "new",
        "Likes on our company page": "new",
    }  # fmt: skip
    assert found == by_hand
    people = {s.measure: s.says for s in hindsight.scores(made, as_of=D(2026, 6, 28), team=INSIDE)}
    assert people["senior_conversations"] == "3 people named it. It is in the charter."


def test_letters_are_written_for_the_leader_alone_and_never_into_the_engagement(
    made: Engagement, tmp_path: Path
) -> None:
    out = tmp_path / "letters"
    command = ["thanks", str(made.folder), "--out"]
    refused = CliRunner().invoke(cli, [*command, str(out)])
    assert isinstance(refused.exception, WorkshopError) and "--private" in str(refused.exception)
    inside = CliRunner().invoke(cli, [*command, str(made.folder / "letters"), "--private"])
    assert isinstance(inside.exception, WorkshopError) and "inside the engagement" in str(inside.exception)
    assert not out.exists() and not (made.folder / "letters").exists()
    assert CliRunner().invoke(cli, [*command, str(out), "--private"]).exit_code == 0
    interviewed = {talk.interviewee for talk in made.private.current(Interview).values()}
    letters = [file.read_text(encoding="utf-8") for file in out.iterdir()]
    assert {re.search("<h1>(.*)</h1>", letter)[1] for letter in letters} == interviewed  # type: ignore[index]
    for letter in letters:
        assert sum(name in letter for name in interviewed) == 1 and "http:" not in letter and "https:" not in letter
    assert sys.platform == "win32" or {stat.S_IMODE(f.stat().st_mode) for f in out.iterdir()} == {0o600}


def test_plain_words_and_rhythm_are_written_in_a_form_of_their_own(acme: Engagement) -> None:
    here = Workshop(acme, LAST)
    first = charter.choose(acme, "Field", lines=lines(), as_of=LAST)
    form = phrasing.form(here, team="Field")
    assert not isinstance(form, PlainList)
    rows = form._load()["lines"]
    calls = next(row for row in rows if row["id"] == "calls_made")
    calls |= {"sentence": " ".join(["word"] * 31)}
    form.fill(lines=rows).press()
    assert "is explained in 31 words; 30 are read" in form.problem and acme.records.get(Charter, "Field") == first
    calls |= {"sentence": "How often we pick up the phone.", "review": "monthly"}
    form.fill(lines=rows).press()
    saved = acme.records.get(Charter, "Field")
    assert form.problem == "" and saved is not None and saved.version == "1.0"
    line = next(line for line in saved.lines if line.measure == "calls_made")
    assert (line.sentence, line.review) == ("How often we pick up the phone.", "monthly")
    assert line.baseline == pytest.approx(3.0 * 365.25 / 12 / 7)
    assert [other for other in saved.lines if other != line] == [o for o in first.lines if o.measure != "calls_made"]
