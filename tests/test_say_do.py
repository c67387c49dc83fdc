"""Say versus do: what is said stands beside what the CRM shows, no group too small, no claim beyond the range."""

from __future__ import annotations

import datetime as dt
import json

import pandas as pd
import pytest
from small_crm import seat, write

from kpi_workshop.engagement import Engagement
from kpi_workshop.kinds import PerformerTier, Seat, Team
from kpi_workshop.pages import say_do as page
from kpi_workshop.pages import workshop
from kpi_workshop.records import ALWAYS
from kpi_workshop.steps import interviews, say_do

AS_OF = dt.date(2024, 6, 30)
FIRST = dt.date(2024, 1, 1)
CALLS = {"T1": 9, "T2": 10, "T3": 11, "M1": 5, "M2": 6, "M3": 7, "L1": 1}
EMAILS = {"T1": 4, "T2": 5, "T3": 6, "M1": 4, "M2": 5, "M3": 6, "L1": 5}
TIER = {"T": "top", "M": "middle", "L": "low"}


@pytest.fixture
def acme(engagement: Engagement) -> Engagement:
    """Six months in which top performers make four calls a week more, and send as many e-mails as everybody."""
    engagement.records.save(Team(name="Field"), "Field", effective=ALWAYS)
    seat(engagement, *(Seat(person=person, team="Field") for person in CALLS))
    for person in CALLS:
        tier = PerformerTier(person=person, tier=TIER[person[0]])  # type: ignore[arg-type]
        engagement.records.save(tier, person, effective=ALWAYS)
    rows = []
    for week in range(26):
        at = dt.datetime.combine(FIRST + dt.timedelta(weeks=week), dt.time(10))
        for kind, each in (("call", CALLS), ("email", EMAILS)):
            rows += [
                {"seller": person, "type": kind, "at": at, "direction": "outbound"}
                for person, many in each.items()
                for _ in range(many)
            ]
    write(engagement, "activities", rows)
    return engagement


def say(acme: Engagement, who: str, role: str, *texts: str) -> None:
    pairs = [(text, "") for text in texts]
    interviews.record(
        acme, interviewee=who, role=role, teams=["Field"], held_on=FIRST, suggestions=pairs, effective=FIRST
    )


def rows(table: pd.DataFrame) -> pd.DataFrame:
    return table.set_index("measure")


def test_the_range_is_that_of_a_published_two_sample_case() -> None:
    """Student's sleep data (1908), two groups of ten: difference 1.58, its 95 % range -0.2039 to 3.3639."""
    first = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]
    second = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
    found = say_do.difference([(first, second)], confidence=0.95)
    assert found is not None
    assert (found.estimate, found.low, found.high) == pytest.approx((1.58, -0.203874, 3.363874), abs=2e-4)


@pytest.mark.parametrize(("free", "quantile"), [(4, 2.132), (5, 2.015), (10, 1.812), (30, 1.697), (120, 1.658)])
def test_the_quantiles_are_those_of_the_printed_table(free: int, quantile: float) -> None:
    assert say_do.student(0.95, free) == pytest.approx(quantile, abs=0.01)


def test_sellers_are_compared_within_their_teams() -> None:
    """A team that calls more with many top performers does not make top performers look busier."""
    found = say_do.difference([([20.0, 21, 22], [20.0, 21, 22]), ([1.0, 2], [1.0, 2])])
    assert found is not None and found.estimate == 0
    assert say_do.difference([([1.0], [2.0, 3.0])]) is None


def test_what_top_performers_do_more_of_is_counted_a_week(acme: Engagement) -> None:
    table = rows(say_do.done(acme, as_of=AS_OF))
    calls, emails = table.loc["calls_made"], table.loc["emails_sent"]
    assert (calls["top"], calls["middle"], calls["difference"], calls["people"]) == (10, 6, 4, 6)
    # By hand: pooled variance 1, free 4, so 2.132 * sqrt(2 / 3) on either side.
    assert (calls["low"], calls["high"]) == pytest.approx((4 - 1.7407, 4 + 1.7407), abs=0.01)
    assert (emails["difference"], emails["low"] < 0 < emails["high"]) == (0, True)


def test_said_and_done_said_only_and_done_unsaid(acme: Engagement) -> None:
    for who in ("A", "B"):
        say(acme, who, "top", "Emails sent")
    say(acme, "C", "low", "Calls made")
    table = rows(say_do.own(acme, as_of=AS_OF))
    assert table.loc["emails_sent", ["said_by", "of", "verdict"]].tolist() == [2, 2, say_do.SAID_ONLY]
    assert table.loc["calls_made", ["said_by", "of", "verdict"]].tolist() == [0, 2, say_do.DONE_UNSAID]
    say(acme, "A", "top", "Calls made")
    assert rows(say_do.own(acme, as_of=AS_OF)).loc["calls_made", "verdict"] == say_do.SAID_AND_DONE


def test_what_everyone_sees_speaks_of_sellers_and_never_of_fewer_than_three(acme: Engagement) -> None:
    for who in ("A", "B", "C", "D"):
        say(acme, who, "top" if who < "C" else "low", "Emails sent", *(["Calls made"] if who < "C" else []))
    table = rows(say_do.told(acme, as_of=AS_OF))
    assert set(table["group"]) == {"sellers"} and set(table["of"]) == {4}
    assert table.loc["emails_sent", "said_by"] == 4
    assert pd.isna(table.loc["calls_made", "said_by"]) and table.loc["calls_made", "verdict"] == ""
    shown = repr(page.compare(workshop.Workshop(acme, AS_OF)).table)
    assert "Calls made | under 3 | 10 | 6 | 4 | 2.26 to 5.74 | few say so: the CRM shows more" in shown
    assert "top performers do, not that it makes them so" in shown


def test_fewer_than_three_of_a_tier_are_not_shown(acme: Engagement) -> None:
    acme.records.save(PerformerTier(person="T3", tier="low"), "T3", effective=ALWAYS)
    table = rows(say_do.done(acme, as_of=AS_OF))
    assert table["top"].isna().all()
    assert set(table["note"]) == {"Fewer than 3 top or 3 middle performers of the same teams to compare."}


def test_weeks_outside_the_seat_and_the_unfinished_week_do_not_count(acme: Engagement) -> None:
    seat(acme, Seat(person="T1", team="Field", valid_from=dt.date(2024, 6, 1)))
    table = rows(say_do.done(acme, as_of=AS_OF))
    assert "Fewer than 3 top" in table.loc["calls_made", "note"], "four weeks are too few to have a rate"


def test_a_theme_without_data_says_why(acme: Engagement) -> None:
    say(acme, "A", "top", "Win rate")
    table = rows(say_do.own(acme, as_of=AS_OF))
    assert table.loc["win_rate", "note"].startswith("Not computable: ")
    assert table.loc["win_rate", "verdict"] == ""


def test_the_picture_is_told_in_words_and_an_empty_engagement_says_what_it_takes(
    acme: Engagement, tmp_path_factory: pytest.TempPathFactory
) -> None:
    from kpi_workshop import engagement as engagements

    for who in ("A", "B", "C"):
        say(acme, who, "top", "Emails sent")
    drawn = page.compare(workshop.Workshop(acme, AS_OF)).picture
    told = repr(drawn).replace("\N{NO-BREAK SPACE}", " ")
    assert "Calls made: +67 % (+38 % to +96 %), done unsaid." in told
    assert "Emails sent: 0 %" in told and "said only: no clear difference." in told
    empty = engagements.create(tmp_path_factory.mktemp("empty") / "acme")
    nothing = page.compare(workshop.Workshop(empty, AS_OF))
    assert "Nothing can be compared yet" in repr(nothing.table)
    assert "Nothing to draw" in repr(nothing.picture)


def test_what_top_performers_said_is_on_the_leaders_screen_only(acme: Engagement) -> None:
    say(acme, "A", "top", "Emails sent")
    form = page.own(workshop.Workshop(acme, AS_OF))
    assert form.value == {"rows": []}, "nothing is worked out before somebody asks"
    form.press()
    assert {row["name"]: row["said"] for row in form.value["rows"]}["Emails sent"] == "1 of 1"
    assert "1 of 1" not in json.dumps([form.get_state(), form._repr_mimebundle_()[0], repr(form)], default=str)
