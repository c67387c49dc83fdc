"""How far each activity is taken up, whether its count can be trusted, and what guards it: by team, and by seller."""

from __future__ import annotations

import datetime as dt
from typing import Any

from ..numbers import joined, spoken_day, written
from ..steps import adoption
from . import day, plain
from .fields import Values
from .own_screen import OwnScreen
from .plain import PlainTable
from .table_editor import Column
from .workshop import Workshop

Facts = dict[str, Any]


def by_team(here: Workshop) -> PlainTable:
    """Each activity of each charter: how many sellers reach their share, doubts about its count, its guardrails."""
    facts = day.facts(here)
    if not facts["gate"]["passes"]:
        return PlainTable(facts["gate"]["says"])
    rows = [
        {
            "team": team["team"],
            "activity": line["name"],
            "reached": _reached(line),
            "share": written(line["adoption"]["share"], line["unit"]) if line["adoption"] else "",
            "trust": _trust(line["trust"]),
            "guards": _guards(team, line, facts["currency"]),
        }
        for team in facts["teams"]
        for line in team["activities"]
    ]
    columns = {
        "team": "Team", "activity": "Activity", "reached": "Reach their share", "share": "Share, a week",
        "trust": "Can the count be trusted?", "guards": "Guardrail",
    }  # fmt: skip
    says = (
        "Sellers who reach their share of the team's weekly target, over the last four full weeks. What is logged by "
        "hand is checked over the last 13 weeks."
    )
    return plain.table(rows, columns, says=says if rows else "No charter holds an activity yet.", right=("share",))


def by_seller(here: Workshop) -> OwnScreen:
    """Each seller's usual week beside the share of the target, for the leader's own screen."""

    def rows() -> list[Values]:
        facts = day.facts(here)
        teams = [team["team"] for team in facts["teams"]]
        lines = [(team["team"], line) for team in facts["teams"] for line in team["activities"] if line["adoption"]]
        fresh_to = facts["gate"]["fresh_to"] and dt.date.fromisoformat(facts["gate"]["fresh_to"])
        asked = [line["measure"] for _, line in lines]
        weeks = adoption.recent(here.engagement, asked, fresh_to=fresh_to, as_of=here.as_of)
        told: dict[tuple[str, str], dict[bool, list[str]]] = {}
        for team, line in lines:
            share = line["adoption"]["share"]
            for seller, mean in adoption.by_seller(weeks, team, line["measure"]).items():
                usual, wanted = (written(round(value, 1), line["unit"]) for value in (mean, share))
                row = told.setdefault((team, seller), {True: [], False: []})
                row[mean >= share].append(f"{line['name']} {usual} of {wanted}")
        return [
            {"team": team, "seller": seller, "reaches": "; ".join(row[True]), "not_yet": "; ".join(row[False])}
            for (team, seller), row in sorted(told.items(), key=lambda one: (teams.index(one[0][0]), one[0][1]))
        ]

    columns = (
        Column("team", "Team"), Column("seller", "Seller"), Column("reaches", "Reaches the share, a week"),
        Column("not_yet", "Not yet"),
    )  # fmt: skip
    return OwnScreen("Each seller's usual week", columns, rows=rows, noun="seller", waits=True)


def _reached(line: Facts) -> str:
    told = line["adoption"]
    return f"{told['reached']} of {told['sellers']}" if told else "not told: no weekly target, or too few sellers"


def _trust(found: Facts | None) -> str:
    if found is None:
        return "not logged by hand"
    if found["doubts"]:
        return f"Doubts: {joined(found['doubts'])}"
    return f"No doubt. Checked: {', '.join(found['checked'])}" if found["checked"] else "Too little is logged to check"


def _guards(team: Facts, line: Facts, currency: str) -> str:
    """What each guardrail of a line stands at, its baseline and its signal word."""
    said = []
    for guard in team["guardrails"]:
        if line["name"] not in guard["guards"]:
            continue
        if guard["why_not"] or not guard["latest"]:
            said.append(f"{guard['name']}: not computable, {guard['why_not'] or 'no finished period yet'}")
            continue
        parts = [f"{guard['name']} {written(guard['latest']['value'], guard['unit'], currency=currency)}"]
        if guard["baseline"]:
            parts.append(f"{written(guard['baseline']['value'], guard['unit'], currency=currency)} in the baseline")
        shown = guard["behaviour"]
        if shown and shown["word"] not in ("", "steady"):
            parts.append(f"{shown['word']} since {spoken_day(dt.date.fromisoformat(shown['since']))}")
        said.append(", ".join(parts))
    return "; ".join(said) or "none"
