"""Revenue held against quotas: by team where teams have a target, else by the sellers who have one."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from ..kinds import Target
from ..numbers import counted
from . import queries
from .attribution import Membership
from .calendar import Period
from .cells import Cell, Cells, Question, around
from .formulas import FORMULAS

MEASURE = "revenue"

BEYOND = "targets that reach beyond this period are never split"
PARTLY = "targets cover only part of this period"
MOVED = "the target belongs to two groups, because the seller moved, and is never split"
NONE = "no target is set for this period"


@dataclass(frozen=True)
class Held:
    """What of a group can be held against targets in one period: actual and target of each seller, and who cannot."""

    sellers: dict[str, tuple[float, float]]
    left_out: Counter[str]
    without: int


class Quotas:
    """The targets, seats and revenue behind one question, each read once."""

    def __init__(self, question: Question) -> None:
        self.question = question
        self.organisation = question.attribution.by == "organisation"
        found = question.engagement.records.current(Target, as_of=question.as_of).values()
        targets = [target for target in found if target.measure == MEASURE]
        self.of_teams = [target for target in targets if target.owner_is == "team"]
        self.of_sellers: dict[str, list[Target]] = {}
        for target in targets:
            if target.owner_is == "seller":
                self.of_sellers.setdefault(target.owner, []).append(target)
        self.seats: dict[str, list[Membership]] = {}
        self.people: dict[str, list[str]] = {}
        for member in question.attribution.members:
            self.seats.setdefault(member.person, []).append(member)
            self.people.setdefault(member.group, []).append(member.person)
        self.revenue = _revenue_by_seller(question)

    def held(self, group: str, period: Period) -> Held:
        """The sellers of a group whose targets lie wholly inside the period and cover all their days in it.

        A target counts for the group its seller sat in; a seller with one that reaches beyond the period, covers only
        part of their days or belongs to two groups is left out together with what they sold.
        """
        sellers: dict[str, tuple[float, float]] = {}
        left_out: Counter[str] = Counter()
        without = 0
        for person in dict.fromkeys(
            [*self.seats, *self.of_sellers] if self.organisation else self.people.get(group, [])
        ):
            seats = self.seats.get(person, [])
            here = [m for m in seats if self.organisation or m.group == group]
            sitting = [m for m in here if m.overlaps(period.start, period.end)]
            set_for = [target for target in self.of_sellers.get(person, []) if _overlaps(target, period)]
            mine = [
                t for t in set_for if self.organisation or any(m.overlaps(t.period_from, t.period_to) for m in here)
            ]
            elsewhere = [m for m in seats if m not in here]
            if not mine:
                without += not set_for and any(m.sells for m in sitting)
            elif not all(_inside(target, period) for target in mine):
                left_out[BEYOND] += 1
            elif any(m.overlaps(t.period_from, t.period_to) for t in mine for m in elsewhere):
                left_out[MOVED] += 1
            elif not _covered(mine, sitting, period):
                left_out[PARTLY] += 1
            else:
                actual = self.revenue.get((group, period.start, person), 0.0)
                sellers[person] = (actual, sum(target.value for target in mine))
        return Held(sellers, left_out, without)

    def of_the_team(self, team: str, period: Period, notes: tuple[str, ...]) -> Cell | None:
        """Revenue of all in the team against the team's own target; None where it has none."""
        mine = [target for target in self.of_teams if target.owner == team and _overlaps(target, period)]
        if not mine:
            return None
        if not all(_inside(target, period) for target in mine):
            return Cell(None, notes=(BEYOND, *notes))
        if not _covered(mine, (), period):
            return Cell(None, notes=(PARTLY, *notes))
        actual = sum(
            value for (group, start, _), value in self.revenue.items() if (group, start) == (team, period.start)
        )
        return _divided(actual, sum(target.value for target in mine), notes)


def attainment(question: Question, team_question: Question | None) -> Cells:
    """Actual revenue / target, both summed over the same sellers, or over the team where the team has the target.

    `team_question` is the same question by team: the organisation adds up its teams where they have targets.
    """
    revenue = FORMULAS[MEASURE]
    quotas = Quotas(question)
    teams = attainment(team_question, None) if team_question and quotas.of_teams else None
    cells: Cells = {}
    for period in question.spine(revenue):
        reason, notes = around(question, revenue, period)
        set_for_teams = any(_overlaps(target, period) for target in quotas.of_teams)
        for group in question.attribution.groups:
            cell: Cell | None
            if reason:
                cell = Cell(None, notes=(reason, *notes))
            elif team_question and teams and set_for_teams:
                cell = _added_up(team_question, teams, period, notes)
            else:
                cell = quotas.of_the_team(group, period, notes) if question.attribution.by == "team" else None
            cells[group, period.start] = cell or _of_sellers(quotas.held(group, period), notes)
    return cells


def attainment_share(question: Question) -> Cells:
    """Sellers at or over their quota / sellers with one."""
    revenue = FORMULAS[MEASURE]
    quotas = Quotas(question)
    cells: Cells = {}
    for period in question.spine(revenue):
        reason, notes = around(question, revenue, period)
        for group in question.attribution.groups:
            found = quotas.held(group, period)
            there = sum(actual >= target for actual, target in found.sellers.values())
            if reason or not found.sellers:
                cell = Cell(None, notes=(reason or _why_none(found), *notes))
            else:
                cell = _divided(float(there), float(len(found.sellers)), (*notes, *_left_out(found)))
            cells[group, period.start] = cell
    return cells


def _revenue_by_seller(question: Question) -> dict[tuple[str, dt.date, str], float]:
    question.prepare(FORMULAS[MEASURE])
    organisation = question.attribution.by == "organisation"
    in_one = question.every == "all"
    rows = question.engine.ask(queries.revenue_by_seller, organisation=organisation, in_one=in_one)
    rows = rows[rows["numerator"].notna()]
    keys = zip(rows["grp"], rows["period_start"], rows["seller"], strict=True)
    return dict(zip(keys, rows["numerator"].astype(float), strict=True))


def _overlaps(target: Target, period: Period) -> bool:
    return target.period_from <= period.end and period.start <= target.period_to


def _inside(target: Target, period: Period) -> bool:
    return period.start <= target.period_from and target.period_to <= period.end


def _covered(targets: list[Target], sitting: Iterable[Membership], period: Period) -> bool:
    """True where the targets cover all days of the period on which the seller sat; without a seat, all its days."""
    stretches = [(max(m.valid_from, period.start), min(m.valid_to, period.end)) for m in sitting]
    return all(_reach(targets, start) >= end for start, end in stretches or [(period.start, period.end)])


def _reach(targets: list[Target], start: dt.date) -> dt.date:
    """The last day up to which targets follow one another without a gap from `start` on."""
    day = start
    for target in sorted(targets, key=lambda t: t.period_from):
        if target.period_from <= day <= target.period_to:
            day = target.period_to + dt.timedelta(days=1)
    return day - dt.timedelta(days=1)


def _of_sellers(found: Held, notes: tuple[str, ...]) -> Cell:
    if not found.sellers:
        return Cell(None, notes=(_why_none(found), *notes))
    actual = sum(actual for actual, _ in found.sellers.values())
    goal = sum(target for _, target in found.sellers.values())
    return _divided(actual, goal, (*notes, *_left_out(found)))


def _why_none(found: Held) -> str:
    return found.left_out.most_common(1)[0][0] if found.left_out else NONE


def _left_out(found: Held) -> list[str]:
    said = [f"{counted(number, 'seller')} left out: {why}" for why, number in found.left_out.items()]
    return said + ([f"{counted(found.without, 'seller')} without a target left out"] if found.without else [])


def _divided(above: float, below: float, notes: tuple[str, ...]) -> Cell:
    if not below:
        return Cell(None, above, below, ("the target is zero", *notes))
    return Cell(above / below, above, below, notes)


def _added_up(question: Question, teams: Cells, period: Period, notes: tuple[str, ...]) -> Cell:
    asked = [team for team in question.attribution.groups if question.seated(team, period)]
    lacking = [team for team in asked if teams[team, period.start].value is None]
    if lacking or not asked:
        why = teams[lacking[0], period.start].notes[0] if lacking else NONE
        return Cell(None, notes=(f"{lacking[0]}: {why}" if lacking else why, *notes))
    actual = sum(teams[team, period.start].numerator or 0.0 for team in asked)
    goal = sum(teams[team, period.start].denominator or 0.0 for team in asked)
    return _divided(actual, goal, notes)
