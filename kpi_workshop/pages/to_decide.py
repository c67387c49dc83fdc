"""What there is to decide, first on the page of the rollout: each team's verdicts, and what was decided about them."""

from __future__ import annotations

import datetime as dt
import html
from dataclasses import dataclass
from typing import Any

from ..numbers import counted, joined, spoken_day
from . import day
from .plain import PlainList
from .report_words import lower_first
from .workshop import Workshop

Facts = dict[str, Any]
_ORDER = ("replace", "fix adoption", "keep", "watch")
_ADVICE = {
    "replace": "Replace",
    "fix adoption": "Fix adoption",
    "keep": "Keep",
    "watch": "Watch, nothing to decide yet",
}


@dataclass(frozen=True)
class Decisions:
    """Each team with a sentence, its verdicts as lines of a word and what it is about, and when to look again."""

    says: str
    teams: tuple[tuple[str, str, tuple[tuple[str, str], ...], str], ...]

    def _repr_html_(self) -> str:
        parts = [f"<p>{html.escape(self.says)}</p>"]
        for team, takeaway, lines, then in self.teams:
            listed = "".join(
                f"<li><strong>{html.escape(word)}:</strong> {html.escape(about)}</li>" for word, about in lines
            )
            parts.append(f"<h3>{html.escape(team)}</h3><p>{html.escape(takeaway)}</p>")
            parts.append(f"<ul>{listed}</ul><p>{html.escape(then)}</p>" if lines else "")
        return "".join(parts)

    def __repr__(self) -> str:
        out = [self.says]
        for team, takeaway, lines, then in self.teams:
            out += [team, takeaway, *(f"- {word}: {about}" for word, about in lines), *([then] if then else [])]
        return "\n".join(out)


def by_team(here: Workshop) -> Decisions | PlainList:
    """Each team's takeaway and its pairs under their verdicts, with the decision that was recorded, if any."""
    facts = day.facts(here)
    if not facts["gate"]["passes"]:
        return PlainList("", nothing=facts["gate"]["says"])
    if not any(team["week"] for team in facts["teams"]):
        return PlainList("", nothing="No team has started yet: write the plan, the starts and the targets down below.")
    teams = [(t["team"], _takeaway(t), _lines(t), _then(t, here.as_of)) for t in facts["teams"] if t["charter"]]
    return Decisions(_says(facts["teams"]), tuple(sorted(teams, key=lambda team: not team[2])))


def _says(teams: list[Facts]) -> str:
    """How many pairs wait for a decision: the evidence speaks, and what was decided last is something else."""
    pairs = [pair for team in teams for pair in team["pairs"] if pair["evidence"]]
    spoken = [pair for pair in pairs if pair["evidence"]["verdict"] not in (None, "watch")]
    waiting = [pair for pair in spoken if pair["decision"] != pair["evidence"]["verdict"]]
    if not spoken:
        return f"Nothing to decide yet: of {counted(len(pairs), 'pair')} of activity and metric all are to be watched."
    if not waiting:
        return "Nothing is left to decide: what you decided last is what the evidence says."
    return (
        f"{len(waiting)} of {counted(len(pairs), 'pair')} of activity and metric wait for you: "
        "what you decided last is not what the evidence says now."
    )


def _takeaway(team: Facts) -> str:
    """The team's sentence without its name and without the verdicts, which stand below it."""
    said = team["takeaway"].partition("; on the evidence so far")[0]
    said = said.removeprefix(f"{team['team']} ")
    return f"{said[:1].upper()}{said[1:]}."


def _lines(team: Facts) -> tuple[tuple[str, str], ...]:
    """Each verdict once, with the pairs that have it and what was decided about each."""
    found: dict[str, list[str]] = {}
    for pair in team["pairs"]:
        if not pair["evidence"]:
            continue
        word = pair["evidence"]["verdict"]
        advice = _ADVICE[word] if word else "Not examined"
        found.setdefault(advice, []).append(f"{lower_first(pair['says'])} ({_decided(pair)})")
    order = [_ADVICE[word] for word in _ORDER]
    known = sorted(found, key=lambda advice: order.index(advice) if advice in order else len(order))
    return tuple((advice, joined(found[advice])) for advice in known)


def _decided(pair: Facts) -> str:
    if not pair["decision"]:
        return "you have not decided"
    on = spoken_day(dt.date.fromisoformat(pair["decided_on"]))
    return f"you decided: {pair['decision']}, {on}"


def _then(team: Facts, as_of: dt.date) -> str:
    """When a verdict may change, and from when on anything may be replaced."""
    shown = [pair["evidence"] for pair in team["pairs"] if pair["evidence"]]
    coming = sorted({one["next_look_on"] for one in shown if one["next_look_on"]})
    said = []
    if coming:
        said.append(f"Next look: {spoken_day(dt.date.fromisoformat(coming[0]))}. Until then no verdict changes.")
    elif any(one["verdict"] for one in shown):
        said.append("All planned looks are taken: these verdicts stand until there is a new plan.")
    first = team["earliest_review"] and dt.date.fromisoformat(team["earliest_review"])
    if first and first > as_of:
        said.append(f"Nothing may be replaced before {spoken_day(first)}.")
    return " ".join(said)
