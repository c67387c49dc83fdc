"""Proof: the verdicts of the demo are those that were planted, and what cannot be examined says why."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Any

import pytest

from kpi_workshop import catalogue, demo
from kpi_workshop.engagement import Engagement
from kpi_workshop.evidence import analysis
from kpi_workshop.kinds import FAMILIES, Charter, CharterLine, ReviewPlan, Rollout
from kpi_workshop.pages import resting
from kpi_workshop.steps import proof, rollout

AS_OF = dt.date(2026, 6, 28)
INSIDE, FIELD, AM, SDR = "Inside Sales", "Field Sales", "Account Management", "Sales Development"
README = Path(__file__).resolve().parents[1] / "data" / "README.md"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Engagement:
    return demo.create(tmp_path_factory.mktemp("demo") / "copy")


def found(engagement: Engagement, *, as_of: dt.date = AS_OF, charters: dict[str, Charter] | None = None) -> proof.Proof:
    return proof.proof(
        engagement,
        charters or rollout.charters(engagement, as_of=as_of),
        rollout.starts(engagement, as_of=as_of),
        cycle_days={},
        as_of=as_of,
        fresh_to=as_of,
    )


@pytest.fixture(scope="module")
def seen(made: Engagement) -> dict[tuple[str, str], Any]:
    """The panels and starts that each pair was examined on, as the analysis was given them; and what came out."""
    given: dict[tuple[str, str], Any] = {}
    real = analysis.analyse

    def note(panel: Any, starts: Any, **more: Any) -> Any:
        pair = tuple(column.split("_", 1)[1] for column in panel.columns if column.startswith(("activity_", "metric_")))
        given[pair] = (panel, starts, more)
        return real(panel, starts, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(analysis, "analyse", note)
        given["found"] = found(made)
    return given


def planted() -> dict[tuple[str, str, str], str]:
    """The table of right verdicts that data/README.md promises."""
    section = README.read_text(encoding="utf-8").split("## Right verdicts")[1].split("\n\n")[1]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines()[2:]]
    return {
        (team, *(catalogue.id_of(name) for name in pair.split(", "))): verdict
        for team, pair, verdict in rows
        if pair != "all"
    }


def test_the_verdicts_of_the_demo_are_those_that_were_planted(seen):
    verdicts = seen["found"].verdicts
    right = planted()
    assert len(right) == 9
    assert {key: verdicts[key]["verdict"] for key in right} == {
        key: re.match(r"keep|replace|fix adoption", words).group() for key, words in right.items()
    }


def test_a_team_held_back_has_no_verdict(seen):
    assert not [key for key in seen["found"].verdicts if key[0] == SDR]


def test_the_lift_of_senior_conversations_lies_in_its_interval_and_is_largest_in_the_middle(seen):
    verdict = seen["found"].verdicts[INSIDE, "senior_conversations", "deals_closed"]
    assert verdict["teams"] == [INSIDE, FIELD]
    assert verdict["adoption"]["low"] < 0.335 < verdict["adoption"]["high"]
    assert verdict["adoption"]["claimed"]
    assert verdict["middle"]["low"] < 0.56 < verdict["middle"]["high"]
    assert verdict["middle"]["estimate"] > verdict["adoption"]["estimate"]
    assert verdict["lead"]["leads"]
    assert verdict["lead"]["lag_weeks"] == 3


def test_before_the_first_look_nothing_is_kept_and_nothing_replaced(made):
    early = found(made, as_of=dt.date(2025, 8, 24))
    words = {verdict["verdict"] for verdict in early.verdicts.values()}
    assert words == {"watch"}
    assert {verdict["next_look"] for verdict in early.verdicts.values()} == {8}


def test_a_team_whose_own_rollout_touches_a_measure_stands_for_comparison_only_until_then(seen):
    panel, starts, _ = seen["meetings_held", "opportunities_opened"]
    field_start = (dt.date(2025, 9, 29) - dt.date(2024, 7, 8)).days // 7
    assert starts == {INSIDE: None, FIELD: None, AM: (dt.date(2025, 8, 18) - dt.date(2024, 7, 8)).days // 7, SDR: None}
    assert panel.loc[panel["team"] == FIELD, "week"].max() == field_start - 1
    assert panel.loc[panel["team"] == SDR, "week"].max() == 102


def test_a_seller_who_moved_counts_in_each_team_while_there_and_not_while_away(seen):
    panel, _, _ = seen["senior_conversations", "deals_closed"]
    monday = dt.date(2024, 7, 8)
    moved = panel[panel["seller"] == "Ilsabet Vorrance"]
    to_inside = (dt.date(2025, 2, 3) - monday).days // 7
    assert moved[moved["team"] == SDR]["week"].max() < to_inside <= moved[moved["team"] == INSIDE]["week"].min()
    away = {(dt.date(2024, 10, 7) - monday).days // 7 + week for week in range(6)}
    assert not away & set(panel[panel["seller"] == "Oriel Paxenham"]["week"])


def test_signal_words_are_those_of_teams_that_share_the_pair(seen):
    assert {team for team, measure in seen["found"].words if measure == "emails_sent"} == {INSIDE, FIELD}
    assert seen["found"].words[INSIDE, "emails_sent"][dt.date(2026, 6, 22)] == "better, real"


def test_a_share_is_not_examined_and_says_so(made):
    lines = (
        CharterLine(measure="win_rate", label="metric"),
        CharterLine(measure="calls_made", label="activity", moves=("win_rate",)),
    )
    charter = Charter(team=INSIDE, dated=dt.date(2025, 6, 1), lines=lines)
    verdict = found(made, charters={INSIDE: charter}).verdicts[INSIDE, "calls_made", "win_rate"]
    assert verdict["verdict"] is None
    assert verdict["reason"].startswith("Not examined: Win rate is not a count")


def test_of_many_pairs_nothing_is_claimed_that_was_not_planted(seen):
    verdicts = seen["found"].verdicts
    claimed = {activity for (_, activity, _), told in verdicts.items() if told["adoption"]["claimed"]}
    assert claimed == {"senior_conversations", "emails_sent"}
    assert not [key for key, told in verdicts.items() if told["effect"]["claimed"] and key[2] != "deals_closed"]
    leads = {key for key, told in verdicts.items() if told["lead"]["leads"]}
    assert leads == {
        (INSIDE, "senior_conversations", "deals_closed"),
        (FIELD, "senior_conversations", "deals_closed"),
        (AM, "meetings_held", "opportunities_opened"),
        (AM, "conversations", "opportunities_opened"),
    }, "conversations hold the meetings, so they follow the same planted link"


@pytest.mark.parametrize(
    ("pair", "lag", "planted"),
    [
        ((INSIDE, "senior_conversations", "deals_closed"), 3, (0.40, 0.50)),
        ((AM, "meetings_held", "opportunities_opened"), 2, (0.50, 0.56)),
    ],
)
def test_a_lead_has_the_planted_lag_and_strength_though_other_teams_have_no_such_link(seen, pair, lag, planted):
    lead = seen["found"].verdicts[pair]["lead"]
    assert lead["lag_weeks"] == lag
    assert lead["low"] < planted[0] <= planted[1] < lead["high"]
    assert lead["elasticity"] > 0.35, "of all four teams together it would be under 0.15"


def test_a_lead_later_than_the_plan_looks_for_is_none(seen):
    pair = ("senior_conversations", "deals_closed")
    panel, starts, _ = seen[pair]
    asked = proof._Given(panel, starts, [], pair, [INSIDE, FIELD])
    found = {weeks: asked.lead(ReviewPlan(longest_lag=weeks)) for weeks in (2, 3)}
    told = {weeks: (lead["lag_weeks"], lead["leads"], lead["doubt"]) for weeks, lead in found.items()}
    assert told == {2: (3, False, "late"), 3: (3, True, "")}


def test_the_change_since_the_start_is_zero_before_it_and_grows_with_what_is_taken_up(seen):
    verdicts = seen["found"].verdicts
    spans = verdicts[INSIDE, "senior_conversations", "deals_closed"]["since_start"]["activity"]
    assert all(span["low"] < 0 < span["high"] for span in spans if span["last"] < 0)
    whole = [span for span in spans if span["first"] >= 4 and span["teams"] == 2]
    assert len(whole) >= 8
    assert 0.25 < sum(span["estimate"] for span in whole) / len(whole) < 0.55, "planted: +33 % to +35 %"
    useless = verdicts[INSIDE, "emails_sent", "opportunities_opened"]["since_start"]["metric"]
    assert sum(span["low"] < 0 < span["high"] for span in useless) >= len(useless) - 1
    idle = verdicts[AM, "talk_time", "revenue"]["since_start"]
    assert idle["metric"] == [], "it was not taken up, so nothing was tested"
    assert sum(one["low"] < 0 < one["high"] for one in idle["activity"]) >= 0.8 * len(idle["activity"]) > 0


def test_what_is_shown_is_held_against_the_orders_of_starts_that_could_have_been_drawn(seen):
    verdicts = seen["found"].verdicts
    emails = verdicts[INSIDE, "emails_sent", "opportunities_opened"]["orders"]
    assert (emails["activity"]["as_clear"], emails["activity"]["orders"]) == (1, 24), "planted: +42 % and +38 %"
    assert emails["metric"] is None, "nothing is shown of it"
    assert verdicts[AM, "talk_time", "revenue"]["orders"] == {"activity": None, "metric": None}


def test_a_team_added_later_is_examined_for_itself_and_sets_back_no_verdict(made, tmp_path):
    copy = demo.create(tmp_path / "copy")
    start = dt.date(2026, 7, 6)
    late = Rollout(team=SDR, starts_on=start, baseline_from=dt.date(2025, 7, 7), baseline_to=dt.date(2026, 7, 5))
    copy.records.save(late, SDR, effective=dt.date(2026, 6, 1))
    charters, starts = rollout.charters(copy, as_of=AS_OF), rollout.starts(copy, as_of=AS_OF)
    groups = [teams for pair, teams in proof._wanted(copy, charters, starts) if pair[0] == "emails_sent"]
    assert groups == [[INSIDE, FIELD], [SDR]]
    before = proof._wanted(made, charters, rollout.starts(made, as_of=AS_OF))
    assert [teams for pair, teams in before if pair[0] == "emails_sent"] == [[INSIDE, FIELD]]


def test_teams_that_start_together_with_none_held_back_are_told_nothing_and_why(made):
    charter = rollout.charters(made, as_of=AS_OF)[INSIDE]
    starts = rollout.starts(made, as_of=AS_OF)
    together = {team: starts[INSIDE].model_copy(update={"team": team}) for team in starts}
    told = proof.proof(
        made, {team: charter.model_copy(update={"team": team}) for team in starts}, together, cycle_days={},
        as_of=AS_OF, fresh_to=AS_OF,
    ).verdicts[INSIDE, "senior_conversations", "deals_closed"]  # fmt: skip
    assert (told["verdict"], told["effect"]["estimate"], told["design"]["grade"]) == ("watch", None, "low")
    assert told["design"]["refused"].startswith("every team started in the same week and none was held out")
    pair = {"activity": "senior_conversations", "metric": "deals_closed", "says": "", "evidence": told}
    said = " ".join(resting.rests_on(pair))
    assert "Whether it works cannot be told, for every team started in the same week" in said
    assert "What would change it: teams that start in different weeks, or one kept back." in said


def test_claims_of_one_family_are_corrected_for_how_many_were_asked():
    def told(p: float) -> dict[str, Any]:
        row = {"p": p, "claimed": True, "q": None, "leads": True}
        return dict.fromkeys(FAMILIES) | {"adoption": dict(row)}

    some = proof.Proof({("T", f"a{n}", "m"): told(p) for n, p in enumerate((0.001, 0.03, 0.04))})
    proof._correct(some, "adoption")
    assert [round(row["adoption"]["q"], 4) for row in some.verdicts.values()] == [0.003, 0.04, 0.04]
    many = proof.Proof({("T", f"a{n}", "m"): told(p) for n, p in enumerate((0.001, 0.03, 0.3, 0.5))})
    proof._correct(many, "adoption")
    assert [row["adoption"]["claimed"] for row in many.verdicts.values()] == [True, False, False, False]
    leads = proof.Proof(
        {
            ("T", f"a{n}", "m"): dict.fromkeys(FAMILIES) | {"lead": {"p": p, "leads": p < 0.05, "doubt": ""}}
            for n, p in enumerate((0.001, 0.04, 0.5))
        }
    )
    proof._correct(leads, "lead")
    told = [(row["lead"]["leads"], row["lead"]["doubt"]) for row in leads.verdicts.values()]
    assert told == [(True, ""), (False, "many"), (False, "")]
