"""What the evidence says, in the notebook: each measure against its expected range, and the verdict of each pair."""

from __future__ import annotations

import datetime as dt
import html
from collections import Counter
from dataclasses import dataclass
from typing import Any

from ..evidence import words
from ..numbers import joined, spoken_day
from . import behaviour_chart, day, plain, resting, since_start, verdict_words
from .picture import Picture
from .plain import PlainList, PlainTable
from .report_words import lower_first
from .workshop import Workshop

Facts = dict[str, Any]
_GRID = "display:grid;grid-template-columns:repeat(auto-fit,minmax(280px,1fr));gap:8px 24px;max-width:760px"


@dataclass(frozen=True)
class Group:
    """Pictures under one heading, each with its title, and what the numbers on them stand for.

    Where it has a `summary`, that stands beside the heading and the pictures are folded away below.
    """

    heading: str
    pictures: tuple[tuple[str, Picture], ...]
    notes: tuple[str, ...] = ()
    summary: str = ""

    def html(self) -> str:
        """The group as a part of a page."""
        drawn = "".join(
            f'<figure style="margin:0"><figcaption>{html.escape(title)}</figcaption>{picture.svg}</figure>'
            for title, picture in self.pictures
        )
        shown = f'<div style="{_GRID}">{drawn}</div>'
        if self.notes:
            shown += f"<ol>{''.join(f'<li>{html.escape(note)}</li>' for note in self.notes)}</ol>"
        heading = html.escape(self.heading)
        if not self.summary:
            return f"<h4>{heading}</h4>{shown}"
        return _folded(f"<strong>{heading}</strong>: {html.escape(self.summary)}", shown)


@dataclass(frozen=True)
class Gallery:
    """Pictures two by two, the groups one under the other."""

    says: str
    groups: tuple[Group, ...]

    def _repr_html_(self) -> str:
        return "".join([f"<p>{html.escape(self.says)}</p>", *(group.html() for group in self.groups)])

    def __repr__(self) -> str:
        lines = [self.says]
        for group in self.groups:
            heading = f"{group.heading}: {group.summary}" if group.summary else group.heading
            lines += [heading, *(f"- {picture.says}" for _, picture in group.pictures)]
        return "\n".join(lines)


@dataclass(frozen=True)
class Explained:
    """For each team what its verdicts rest on, each folded away under its own words, and what holds for several."""

    says: str
    teams: tuple[tuple[str, tuple[tuple[str, tuple[str, ...]], ...], tuple[str, ...]], ...]

    def _repr_html_(self) -> str:
        parts = [f"<p>{html.escape(self.says)}</p>"]
        for team, verdicts, notes in self.teams:
            parts.append(f"<h4>{html.escape(team)}</h4>")
            parts += [_folded(html.escape(title), _listed(sentences)) for title, sentences in verdicts]
            parts.append(_listed(notes))
        return "".join(parts)

    def __repr__(self) -> str:
        lines = [self.says]
        for team, verdicts, notes in self.teams:
            lines += [team, *(f"- {title}. {' '.join(sentences)}" for title, sentences in verdicts)]
            lines += [f"- {note}" for note in notes]
        return "\n".join(lines)


def changes(here: Workshop) -> Gallery | PlainList:
    """Each measure of each charter, week by week, against the range that its baseline lets one expect."""
    facts = day.facts(here)
    if not facts["gate"]["passes"]:
        return PlainList("", nothing=facts["gate"]["says"])
    groups = [_weeks(team, facts["currency"]) for team in facts["teams"]]
    drawn = tuple(group for group in groups if group.pictures)
    if not drawn:
        return PlainList("", nothing="No team has a charter and a baseline yet: there is nothing to compare with.")
    return Gallery(
        "Grey band: what the baseline lets one expect. Ring: a rule of the chart fired, which calls for a look. "
        "Square: a change that the calibrated test confirms. Dashed: the start. Numbers: what was noted, listed below.",
        drawn,
    )


def out_of_the_ordinary(here: Workshop) -> PlainList:
    """What signals for the worse, with its owner, its cause as far as noted and what to try; then what is better."""
    facts = day.facts(here)
    if not facts["gate"]["passes"]:
        return PlainList("", nothing=facts["gate"]["says"])
    worse = [f"{t['team']}: {verdict_words.exception_words(row)}" for t in facts["teams"] for row in t["exceptions"]]
    better = [
        f"{team['team']}: {lower_first(verdict_words.recognition_words(team['recognition'], team['pairs']))}"
        for team in facts["teams"]
        if team["recognition"]
    ]
    says = "To talk about:" if worse else "Nothing signals for the worse. Worth saying aloud:"
    return PlainList(says, (*worse, *better), "No measure and no guardrail signals, for the worse or the better.")


def verdicts(here: Workshop) -> PlainTable:
    """Each activity and metric of each charter: verdict, whether it was adopted, and whether it worked."""
    facts = day.facts(here)
    if not facts["gate"]["passes"]:
        return PlainTable(facts["gate"]["says"])
    rows = [
        {
            "team": team["team"],
            "pair": pair["says"],
            "verdict": verdict_words.verdict_words(pair["evidence"], team),
            "adopted": verdict_words.adopted_words(pair["evidence"]),
            "worked": verdict_words.worked_words(pair["evidence"]),
            "review": team["earliest_review"] and dt.date.fromisoformat(team["earliest_review"]),
        }
        for team in facts["teams"]
        for pair in team["pairs"]
        if pair["evidence"]
    ]
    columns = {
        "team": "Team", "pair": "Activity → metric", "verdict": "Verdict", "adopted": "Adopted?", "worked": "Worked?",
        "review": "Earliest review",
    }  # fmt: skip
    looks = ", ".join(str(week) for week in facts["review_plan"]["looks"])
    says = f"Verdicts change only at the planned looks, {looks} weeks after the last start of a team with the pair."
    waiting = [
        team["team"] for team in facts["teams"] if team["pairs"] and not any(p["evidence"] for p in team["pairs"])
    ]
    if waiting:
        says += f" Without a verdict, for they have not started: {joined(waiting)}."
    return plain.table(rows, columns, says=says if rows else "No team has started yet: there is no verdict.")


def reasons(here: Workshop) -> Explained | PlainList:
    """What each verdict rests on: how the metric follows, the looks, what would change it, middle performers."""
    facts = day.facts(here)
    if not facts["gate"]["passes"]:
        return PlainList("", nothing=facts["gate"]["says"])
    found = []
    for team in facts["teams"]:
        told = [
            (f"{pair['says']}: {verdict_words.verdict_words(pair['evidence'], team)}", tuple(resting.rests_on(pair)))
            for pair in team["pairs"]
            if pair["evidence"]
        ]
        if told:
            found.append((team["team"], tuple(told), tuple(verdict_words.verdict_notes(team))))
    if not found:
        return PlainList("", nothing="No team has started yet: there is no verdict to explain.")
    return Explained("A verdict says what went together, and never what caused it.", tuple(found))


def by_weeks(here: Workshop) -> Gallery | PlainList:
    """The change since the start, four weeks at a time, of what was taken up and of the metric it should move."""
    facts = day.facts(here)
    if not facts["gate"]["passes"]:
        return PlainList("", nothing=facts["gate"]["says"])
    together: dict[tuple[str, ...], dict[str, Facts]] = {}
    for team in facts["teams"]:
        for pair in team["pairs"]:
            if pair["evidence"]:
                together.setdefault(tuple(pair["evidence"]["teams"]), {}).setdefault(pair["says"], pair)
    groups = [
        Group(joined(list(teams)), tuple(since_start.charts(list(pairs.values())))) for teams, pairs in together.items()
    ]
    drawn = tuple(group for group in groups if group.pictures)
    if not drawn:
        return PlainList("", nothing="Nothing can be compared yet, so there is no change to follow.")
    return Gallery(since_start.READ, drawn)


def _weeks(team: Facts, currency: str) -> Group:
    """The weeks of every measure of one team's charter; notes are listed once where all pictures have the same."""
    lines = verdict_words.with_behaviour([*team["activities"], *team["metrics"], *team["signals"]])
    once = verdict_words.noted(lines)
    pictures = []
    for line in lines:
        shown = line["behaviour"]
        title = f"{line['name']}: {shown['word'] or 'before the start'}. {behaviour_chart.meets_words(line)}"
        own = [] if once else [f"{n}: {_noted(note)}." for n, note in enumerate(shown["notes"], start=1)]
        picture = behaviour_chart.chart(line, starts_on=team["starts_on"], currency=currency)
        pictures.append((" ".join([title.strip(), *own]), picture))
    return Group(team["team"], tuple(pictures), tuple(_noted(note) for note in once), _in_short(lines))


def _in_short(lines: list[Facts]) -> str:
    """How many measures have which signal word, what is confirmed first."""
    order = (words.WORSE, words.BETTER, words.LOOK, words.STEADY, words.TRIAL, words.EARLY, "")
    found = Counter(line["behaviour"]["word"] for line in lines)
    return ", ".join(f"{found[word]} {word or 'before the start'}" for word in order if found[word])


def _folded(summary: str, below: str) -> str:
    return f'<details class="fold"><summary>{summary}</summary>{below}</details>'


def _listed(sentences: tuple[str, ...]) -> str:
    return f"<ul>{''.join(f'<li>{html.escape(sentence)}</li>' for sentence in sentences)}</ul>" if sentences else ""


def _noted(note: Facts) -> str:
    return f"{spoken_day(dt.date.fromisoformat(note['day']))}, {note['text']}"
