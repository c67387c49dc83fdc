"""The pipeline review in the notebook: which deals stand still, how deals moved, and what conversations came to."""

from __future__ import annotations

import datetime as dt

from ..numbers import NOT_COMPUTABLE, spoken_day, written
from . import day, plain
from .plain import PlainTable
from .workshop import Workshop

_TALKS = ("productive_conversations", "topic_coverage")


def moved(here: Workshop) -> PlainTable:
    """Each team's deals that moved in the last week, in either direction, and what its conversations came to."""
    facts = day.facts(here)
    if not facts["gate"]["passes"]:
        return PlainTable(facts["gate"]["says"])
    rows, since, month = [], "", ""
    for team in facts["teams"]:
        review = team["pipeline"]
        if not review:
            continue
        since = spoken_day(dt.date.fromisoformat(review["since"]))
        talks = {row["measure"]: row for row in team["talks"]}
        month = next((row["says"] for row in team["talks"]), month)
        rows.append(
            {"team": team["team"], "stuck": NOT_COMPUTABLE if review["why_not"] else review["stuck"]}
            | review["moves"]
            | {name: written(talks[name]["value"], talks[name]["unit"]) if name in talks else "" for name in _TALKS}
        )
    columns = {
        "team": "Team", "forward": "Forward", "back": "Back", "won": "Won", "lost": "Lost", "stuck": "Stuck",
        "productive_conversations": "Productive conversations", "topic_coverage": "Topics known",
    }  # fmt: skip
    says = f"Deals that moved since {since}; a lost deal moved as well. Conversations and topics: {month or 'no data'}."
    return plain.table(rows, columns, says=says if rows else "No seller has a seat yet.", right=tuple(columns)[1:])


def stuck(here: Workshop) -> PlainTable:
    """The largest deals of each team that are longer in their stage than that stage's own history lets one expect."""
    facts = day.facts(here)
    if not facts["gate"]["passes"]:
        return PlainTable(facts["gate"]["says"])
    reviews = [(team["team"], team["pipeline"]) for team in facts["teams"] if team["pipeline"]]
    why_not = next((review["why_not"] for _, review in reviews if review["why_not"]), "")
    if why_not:
        return PlainTable(f"Stuck deals are {NOT_COMPUTABLE}: {why_not}.")
    rows = [
        {
            **deal, "team": team, "deal": f"{deal['deal']}, {deal['account']}" if deal["account"] else deal["deal"],
            "silent": "" if deal["silent"] is None else deal["silent"], "pushed": deal["pushed"] or "",
            "amount": "" if deal["amount"] is None else written(deal["amount"], "money", currency=facts["currency"]),
        }
        for team, review in reviews
        for deal in review["deals"]
    ]  # fmt: skip
    columns = {
        "team": "Team", "deal": "Deal", "stage": "Stage", "days": "Days in it", "usual": "Usual at most",
        "silent": "Days silent", "pushed": "Close pushed", "amount": "Worth",
    }  # fmt: skip
    says = "The largest of each team; who owns them stands in the manager's edition of the report."
    right = ("days", "usual", "silent", "pushed", "amount")
    return plain.table(rows, columns, says=says if rows else "No deal stands still.", right=right)
