"""Since the last report: what is due, and what changed in words, verdicts and decisions."""

from __future__ import annotations

import copy

from sample_facts import behaviour, evidence, facts, line, team

from kpi_workshop.pages import report
from kpi_workshop.steps import since_last


def both() -> tuple[dict, dict]:
    """Two reports a week apart that say the same."""
    shown = line("calls_made", "Calls made", behaviour=behaviour("steady", 2, 3, 4))
    pair = {
        "activity": "calls_made", "metric": "win_rate", "says": "Calls made → Win rate", "decision": None,
        "decided_on": None, "reason": "", "evidence": evidence("watch"),
    }  # fmt: skip
    before = facts(team("Field Sales", activities=[shown], pairs=[pair]), as_of="2024-05-01")
    now = facts(copy.deepcopy(before["teams"][0]), as_of="2024-05-08")
    return before, now


def test_nothing_changed_says_nothing():
    before, now = both()
    assert since_last.changes(now["teams"][0], before) == []
    assert since_last.changes(now["teams"][0], None) == []


def test_a_verdict_a_decision_a_charter_and_a_confirmed_word_are_told():
    before, now = both()
    field = now["teams"][0]
    field["charter"]["version"] = "1.1"
    field["pairs"][0] |= {"evidence": evidence("keep"), "decision": "keep", "decided_on": "2024-05-07"}
    field["activities"][0]["behaviour"]["word"] = "better, real"
    assert since_last.changes(field, before) == [
        "Now charter 1.1, before charter 1.0.",
        "Calls made → Win rate: verdict keep, before watch.",
        "Calls made → Win rate: decided on 7 May 2024, keep.",
        "Calls made: better, real, before steady.",
    ]


def test_a_flag_that_comes_or_goes_is_no_change_to_tell():
    before, now = both()
    now["teams"][0]["activities"][0]["behaviour"]["word"] = "look closer"
    assert since_last.changes(now["teams"][0], before) == []


def test_a_measure_is_due_when_a_period_of_its_rhythm_has_ended_since_then():
    before, now = both()
    field = now["teams"][0]
    field["activities"].append(line("meetings_held", "Meetings held", every="month", latest={"end": "2024-04-30"}))
    field["activities"][0]["latest"] = {"end": "2024-05-05"}
    since_last.mark_due(field, before)
    assert [shown["due"] for shown in field["activities"]] == [True, False]
    assert since_last.is_anything_due(now)
    field["activities"][0]["latest"] = {"end": "2024-04-28"}
    field["metrics"] = []
    since_last.mark_due(field, before)
    assert not since_last.is_anything_due(now)
    since_last.mark_due(field, None)
    assert since_last.is_anything_due(now)


def test_what_is_not_due_is_named_and_not_shown_again():
    waiting = line("meetings_held", "Meetings held", due=False)
    text = report.render(facts(team("Field Sales", activities=[line("calls_made", "Calls made"), waiting])))
    assert "Not due, no new period since the report before: meetings held (weekly)." in text["report-field-sales.html"]
