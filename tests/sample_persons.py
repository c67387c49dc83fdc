"""Persons beside the sample facts: deals with owners and sellers with their own numbers, small enough to be read."""

from __future__ import annotations

import statistics


def deal(person: str) -> dict:
    return {
        "deal": f"Deal of {person}", "account": f"Account of {person}", "seller": person, "stage": "Trial", "days": 41,
        "usual": 27, "silent": 3, "pushed": 0, "amount": 1500.0,
    }  # fmt: skip


def seller(person: str, place: int, median: float | None = None) -> dict:
    own = float(place + 1)
    shown = {
        "measure": "meetings_held", "name": "Meetings held", "unit": "count", "label": "activity", "every": "week",
        "says": "week to 5 May 2024", "value": own, "mean": own + 0.25, "median": median,
        "median_mean": None if median is None else median + 0.25,
    }  # fmt: skip
    return {"person": person, "manager": "Mia Boss", "lines": [shown]}


def persons(teams: dict[str, list[str]], *, smallest: int = 3) -> dict:
    found = []
    for team, people in teams.items():
        many = len(people) >= smallest
        median = statistics.median(range(1, len(people) + 1)) if many else None
        sellers = [seller(person, place, median) for place, person in enumerate(people)]
        found.append({"team": team, "stuck": [deal(person) for person in people[:1]], "sellers": sellers})
    return {"as_of": "2024-05-08", "teams": found}
