"""What a page points at: worse and confirmed first, what was noted when it began, and only what was checked."""

from __future__ import annotations

from sample_facts import behaviour, evidence, line

from kpi_workshop.pages import verdict_words
from kpi_workshop.steps import exceptions


def signalling(name: str, word: str, *, flag: int = 0, better: str = "higher", **more: object) -> dict:
    shown = behaviour(word, 2, 3, 4, **more)
    shown["weeks"][-1]["flag"] = flag
    return line(name.lower().replace(" ", "_"), name, better=better, owner="Ann", behaviour=shown)


def test_only_what_signals_for_the_worse_is_an_exception_a_confirmed_change_first():
    lines = [
        signalling("Calls made", "look closer", flag=-1),
        signalling("Emails sent", "look closer", flag=1),
        signalling("Meetings held", "worse, real"),
        signalling("Demos held", "better, real"),
        signalling("Lead response time", "look closer", flag=1, better="lower"),
        signalling("Talk time", "steady", flag=0),
    ]
    found = exceptions.exceptions(lines, [])
    assert [row["name"] for row in found] == ["Meetings held", "Calls made", "Lead response time"]
    assert found[0]["owner"] == "Ann"
    assert exceptions.recognition(lines) == [
        {"measure": "demos_held", "name": "Demos held", "since": lines[3]["behaviour"]["since"]}
    ]


def test_three_are_shown_at_most_and_a_guardrail_comes_before_a_flag():
    lines = [signalling(f"Measure {n}", "look closer", flag=-1) for n in range(5)]
    guard = signalling("Win rate", "look closer", flag=-1) | {"guards": ["Calls made"]}
    found = exceptions.exceptions(lines, [guard])
    assert len(found) == 3
    assert found[0]["guards"] == ["Calls made"]


def test_the_cause_is_what_was_noted_nearest_to_the_beginning_and_nothing_months_later():
    def cause(*days: str) -> str:
        notes = [{"day": day, "text": f"noted {day}", "rebases": False} for day in days]
        shown = signalling("Calls made", "worse, real", notes=notes)
        assert shown["behaviour"]["since"] == "2024-03-25"
        return exceptions.exceptions([shown], [])[0]["cause"]

    assert cause("2024-03-10", "2024-03-20", "2024-06-01") == "noted 2024-03-20"
    assert cause("2024-04-10") == "noted 2024-04-10"
    assert cause("2024-06-01", "2024-02-01") == ""
    assert cause() == ""


def test_what_is_logged_is_called_free_of_doubt_only_where_it_was_checked():
    def logged(name: str, checked: list[str], doubts: list[str]) -> dict:
        return line(name, name, trust={"checked": checked, "doubts": doubts})

    told = verdict_words.trust_words(
        [
            logged("Calls made", ["length of calls", "month ends"], []),
            logged("Emails sent", ["month ends"], ["2 % of the rows stand twice"]),
            logged("Demos held", [], []),
            line("win_rate", "Win rate"),
        ]
    )
    assert told == [
        "Doubts about what is logged: emails sent: 2 % of the rows stand twice.",
        "Checked over 13 weeks without a doubt: calls made (length of calls, month ends).",
        "Too little is logged to check the count: demos held.",
    ]
    assert verdict_words.trust_words([line("win_rate", "Win rate")]) == []


def test_how_far_an_activity_is_taken_up_is_said_of_those_with_a_target():
    taken = {"share": 5.0, "reached": 3, "sellers": 4, "weeks": 4}
    lines = [line("calls_made", "Calls made", adoption=taken), line("demos_held", "Demos held")]
    said = "Sellers who reach their share of the target, over the last 4 full weeks: calls made 3 of 4."
    assert verdict_words.taken_up(lines) == said
    assert verdict_words.taken_up(lines[1:]) == ""


def test_a_change_that_was_shown_once_and_is_not_now_says_so():
    def said(low: float, high: float, *, claimed: bool) -> str:
        effect = {"estimate": (low + high) / 2, "low": low, "high": high, "claimed": claimed}
        return verdict_words.adopted_words(evidence("watch", adoption=effect)).replace("\u00a0", " ")

    assert said(0.1, 0.3, claimed=True) == "+20 % (+10 % to +30 %), shown"
    assert said(-0.1, 0.3, claimed=True) == "+10 % (−10 % to +30 %), shown at an earlier look"
    assert said(0.1, 0.3, claimed=False) == "+20 % (+10 % to +30 %), not shown"
