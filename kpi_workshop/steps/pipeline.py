"""The pipeline review: each team's stuck deals, and how its deals moved in the last week, lost ones included."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from typing import Any

from ..engagement import Engagement
from ..kinds import Seat

MOST = 5
DAYS = 7


def review(engagement: Engagement, *, as_of: dt.date) -> dict[str, dict[str, Any]]:
    """For each team its stuck deals and moves, as plain values without sellers.

    Keys: why_not ("" where stuck deals can be told), stuck (their number), worth (their amounts together, None where
    none is known), deals (the largest five: deal, account, stage, days, usual, silent, pushed, amount), moves (how many
    went forward, back, were won or lost in the last seven days), since (the first of these days).
    """
    from ..crm import pipeline_review

    since = as_of - dt.timedelta(days=DAYS - 1)
    team_of = teams_of(engagement, as_of=as_of)
    why_not = pipeline_review.why_not(engagement, as_of=as_of)
    found: dict[str, dict[str, Any]] = {
        team: {
            "why_not": why_not, "stuck": 0, "worth": None, "deals": [], "since": since.isoformat(),
            "moves": dict.fromkeys(("forward", "back", "won", "lost"), 0),
        }
        for team in sorted(set(team_of.values()))
    }  # fmt: skip
    stuck = defaultdict(list)
    for deal in pipeline_review.stuck(engagement, as_of=as_of):
        if deal.seller in team_of:
            stuck[team_of[deal.seller]].append(deal)
    for team, deals in stuck.items():
        amounts = [deal.amount for deal in deals if deal.amount is not None]
        found[team] |= {
            "stuck": len(deals),
            "worth": sum(amounts) if amounts else None,
            "deals": [
                {
                    "deal": deal.name or deal.deal, "account": deal.account, "stage": deal.stage, "days": deal.days,
                    "usual": round(deal.usual), "silent": deal.silent, "pushed": deal.pushed, "amount": deal.amount,
                }
                for deal in deals[:MOST]
            ],
        }  # fmt: skip
    moves = pipeline_review.moved(engagement, since=since, as_of=as_of)
    for (seller, direction), count in Counter((move.seller, move.direction) for move in moves).items():
        if seller in team_of:
            found[team_of[seller]]["moves"][direction] += count
    return found


def teams_of(engagement: Engagement, *, as_of: dt.date) -> dict[str, str]:
    """The team of each seller whose seat is held on a day; of two teams the one joined last."""
    seats = [
        seat
        for seat in engagement.records.current(Seat, as_of=as_of).values()
        if seat.role == "seller"
        and (seat.valid_from is None or seat.valid_from <= as_of)
        and (seat.valid_to is None or seat.valid_to >= as_of)
    ]
    return {seat.person: seat.team for seat in sorted(seats, key=lambda seat: seat.valid_from or dt.date.min)}
