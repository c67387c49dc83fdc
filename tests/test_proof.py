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
from kpi_workshop.kinds import Charter, CharterLine
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
    assert leads <= {
        (INSIDE, "senior_conversations", "deals_closed"),
        (FIELD, "senior_conversations", "deals_closed"),
        (AM, "meetings_held", "opportunities_opened"),
    }


def test_claims_of_one_family_are_corrected_for_how_many_were_asked():
    def told(p: float) -> dict[str, Any]:
        row = {"p": p, "claimed": True, "q": None, "leads": True}
        return {"adoption": dict(row), "effect": None, "middle": None, "lead": None}

    some = proof.Proof({("T", f"a{n}", "m"): told(p) for n, p in enumerate((0.001, 0.03, 0.04))})
    proof._correct(some, "adoption")
    assert [round(row["adoption"]["q"], 4) for row in some.verdicts.values()] == [0.003, 0.04, 0.04]
    many = proof.Proof({("T", f"a{n}", "m"): told(p) for n, p in enumerate((0.001, 0.03, 0.3, 0.5))})
    proof._correct(many, "adoption")
    assert [row["adoption"]["claimed"] for row in many.verdicts.values()] == [True, False, False, False]
