"""What only a team's manager and each seller may read: deals with their owners, and each seller's own numbers."""

from __future__ import annotations

import datetime as dt
import statistics
from collections.abc import Iterable
from typing import Any

from .. import catalogue
from ..engagement import Engagement
from ..errors import NotComputable, NothingImported
from ..kinds import Seat
from . import adoption, identity, pipeline, seller_weeks
from .progress import PER_SELLER


def persons(engagement: Engagement, *, as_of: dt.date, facts: dict[str, Any]) -> dict[str, Any]:
    """What editions for managers and sellers show beside the facts of the same day; never a part of facts.json.

    `teams` holds for each team of `facts`: team; stuck (deal, account, seller, stage, days, usual, silent, pushed,
    amount; the largest first); sellers, in order of their names, each with person, manager ("" where none is recorded)
    and lines. A line holds measure, name, unit, label and every of an activity or metric of the team's charter; says
    (the latest full period) and value; mean, a week, over the last four full weeks there; and the team's medians of
    both (`median`, `median_mean`). A number is None where it is not known, a median also where fewer than
    `smallest_group` sellers of the team have a value.
    """
    from ..crm import engines

    return identity.settled(engines.of_one_import(engagement, lambda: _persons(engagement, as_of, facts)))


def _persons(engagement: Engagement, as_of: dt.date, facts: dict[str, Any]) -> dict[str, Any]:
    if not facts["gate"]["passes"]:
        return {"as_of": as_of.isoformat(), "teams": []}
    team_of = pipeline.teams_of(engagement, as_of=as_of)
    managers = _managers(engagement, team_of, as_of=as_of)
    stuck = _stuck(engagement, team_of, as_of=as_of)
    book = _Values(engagement, facts, as_of=as_of)
    found = []
    for team in facts["teams"]:
        people = sorted(person for person, own in team_of.items() if own == team["team"])
        found.append(
            {
                "team": team["team"],
                "stuck": stuck.get(team["team"], []),
                "sellers": [
                    {"person": person, "manager": managers[person], "lines": lines}
                    for person, lines in zip(people, book.sheets(team, people), strict=True)
                ],
            }
        )
    return {"as_of": as_of.isoformat(), "teams": found}


class _Values:
    """Values of single sellers, each measure read once for all teams."""

    def __init__(self, engagement: Engagement, facts: dict[str, Any], *, as_of: dt.date) -> None:
        self.engagement, self.as_of = engagement, as_of
        self.smallest = engagement.settings.smallest_group
        self._read: dict[tuple[str, str], dict[tuple[str, str], float]] = {}
        lines = [line for team in facts["teams"] for line in charter_lines(team)]
        fresh_to = dt.date.fromisoformat(facts["gate"]["fresh_to"] or as_of.isoformat())
        counted = [line["measure"] for line in lines if line["shape"] in seller_weeks.COUNTED]
        self.weeks = adoption.recent(engagement, counted, fresh_to=fresh_to, as_of=as_of)

    def sheets(self, team: dict[str, Any], people: list[str]) -> list[list[dict[str, Any]]]:
        """For each of the people a line for each measure of the team's charter."""
        columns = [self._line(team["team"], line, people) for line in charter_lines(team)]
        return [[column[place] for column in columns] for place in range(len(people))]

    def _line(self, team: str, line: dict[str, Any], people: list[str]) -> list[dict[str, Any]]:
        values = [self._latest(team, line, person) for person in people]
        known = adoption.by_seller(self.weeks, team, line["measure"])
        means = [known.get(person) for person in people]
        told = {
            "measure": line["measure"], "name": catalogue.name_of(line["measure"]), "unit": line["unit"],
            "label": line["label"], "every": line["every"], "says": line["latest"]["says"] if line["latest"] else "",
            "median": self._median(values), "median_mean": self._median(means),
        }  # fmt: skip
        return [told | {"value": value, "mean": mean} for value, mean in zip(values, means, strict=True)]

    def _median(self, values: list[float | None]) -> float | None:
        known = [value for value in values if value is not None]
        return statistics.median(known) if known and len(known) >= self.smallest else None

    def _latest(self, team: str, line: dict[str, Any], person: str) -> float | None:
        if line["why_not"] or not line["latest"] or line["measure"] in PER_SELLER:
            return None
        asked = line["measure"], line["every"]
        if asked not in self._read:
            self._read[asked] = self._by_seat(*asked)
        return self._read[asked].get((f"{person}, {team}", line["latest"]["start"]))

    def _by_seat(self, measure: str, every: str) -> dict[tuple[str, str], float]:
        from ..crm import measures

        since = self.as_of - dt.timedelta(days={"week": 35, "month": 100, "quarter": 250}[every])
        try:
            table = measures.measure_table(
                self.engagement, measure, by="seat", every=every, as_of=self.as_of, since=since
            )
        except (NotComputable, NothingImported):
            return {}
        known = table[table["value"].notna()]
        return {
            (str(seat), str(start)[:10]): float(value)
            for seat, start, value in zip(known["by"], known["period_start"], known["value"], strict=True)
        }


def charter_lines(team: dict[str, Any]) -> list[dict[str, Any]]:
    """The activities and metrics of a team's charter, as its facts hold them."""
    return [*team["activities"], *team["metrics"]]


def _managers(engagement: Engagement, people: Iterable[str], *, as_of: dt.date) -> dict[str, str]:
    found = dict.fromkeys(people, "")
    seats = engagement.records.current(Seat, as_of=as_of).values()
    for seat in sorted(seats, key=lambda seat: seat.valid_from or dt.date.min):
        begun = seat.valid_from is None or seat.valid_from <= as_of
        if seat.role == "seller" and seat.person in found and begun:
            found[seat.person] = seat.manager or found[seat.person]
    return found


def _stuck(engagement: Engagement, team_of: dict[str, str], *, as_of: dt.date) -> dict[str, list[dict[str, Any]]]:
    from ..crm import pipeline_review

    found: dict[str, list[dict[str, Any]]] = {}
    for deal in pipeline_review.stuck(engagement, as_of=as_of):
        if deal.seller in team_of:
            found.setdefault(team_of[deal.seller], []).append(
                {
                    "deal": deal.name or deal.deal, "account": deal.account, "seller": deal.seller,
                    "stage": deal.stage, "days": deal.days, "usual": round(deal.usual), "silent": deal.silent,
                    "pushed": deal.pushed, "amount": deal.amount,
                }
            )  # fmt: skip
    return found
