"""What the evidence says, in the notebook: each measure against its expected range, and the verdict of each pair."""

from __future__ import annotations

import datetime as dt
import html
from dataclasses import dataclass

from . import behaviour_chart, day, plain, verdict_words
from .picture import Picture
from .plain import PlainList, PlainTable
from .workshop import Workshop


@dataclass(frozen=True)
class Gallery:
    """Pictures two by two, each under its heading, the groups one under the other."""

    says: str
    groups: tuple[tuple[str, tuple[tuple[str, Picture], ...]], ...]

    def _repr_html_(self) -> str:
        parts = [f"<p>{html.escape(self.says)}</p>"]
        for heading, pictures in self.groups:
            drawn = "".join(
                f'<figure style="margin:0"><figcaption>{html.escape(title)}</figcaption>{picture.svg}</figure>'
                for title, picture in pictures
            )
            grid = "display:grid;grid-template-columns:repeat(auto-fit,minmax(280px,1fr));gap:8px 24px;max-width:760px"
            parts.append(f'<h4>{html.escape(heading)}</h4><div style="{grid}">{drawn}</div>')
        return "".join(parts)

    def __repr__(self) -> str:
        lines = [self.says]
        for heading, pictures in self.groups:
            lines += [heading, *(f"- {picture.says}" for _, picture in pictures)]
        return "\n".join(lines)


def changes(here: Workshop) -> Gallery | PlainList:
    """Each measure of each charter, week by week, against the range that its baseline lets one expect."""
    facts = day.facts(here)
    if not facts["gate"]["passes"]:
        return PlainList("", nothing=facts["gate"]["says"])
    groups = []
    for team in facts["teams"]:
        lines = [line for line in [*team["activities"], *team["metrics"], *team["signals"]] if line["behaviour"]]
        drawn = tuple(
            (
                f"{line['name']}: {line['behaviour']['word'] or 'before the start'}",
                behaviour_chart.chart(line, starts_on=team["starts_on"], currency=facts["currency"]),
            )
            for line in lines
        )
        if drawn:
            groups.append((team["team"], drawn))
    if not groups:
        return PlainList("", nothing="No team has a charter and a baseline yet: there is nothing to compare with.")
    return Gallery(
        "Grey band: what the baseline lets one expect. Orange: a rule of the chart fired, which calls for a look. "
        "Blue squares: a change that the calibrated test confirms.",
        tuple(groups),
    )


def verdicts(here: Workshop) -> PlainTable:
    """Each activity and metric of each charter: verdict, whether it was adopted, whether it worked, and why."""
    facts = day.facts(here)
    if not facts["gate"]["passes"]:
        return PlainTable(facts["gate"]["says"])
    rows = []
    for team in facts["teams"]:
        for pair in team["pairs"]:
            evidence = pair["evidence"]
            rows.append(
                {
                    "team": team["team"],
                    "pair": pair["says"],
                    "verdict": verdict_words.verdict_words(evidence, team),
                    "adopted": verdict_words.adopted_words(evidence),
                    "worked": verdict_words.worked_words(evidence),
                    "review": team["earliest_review"] and dt.date.fromisoformat(team["earliest_review"]),
                }
            )
    columns = {
        "team": "Team", "pair": "Activity → metric", "verdict": "Verdict", "adopted": "Adopted?", "worked": "Worked?",
        "review": "Earliest review",
    }  # fmt: skip
    looks = ", ".join(str(week) for week in facts["review_plan"]["looks"])
    says = f"Verdicts change only at the planned looks, {looks} weeks after the last start of a team with the pair."
    return plain.table(rows, columns, says=says if rows else "No charter pairs an activity with a metric yet.")
