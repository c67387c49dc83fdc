"""Measures made of other measures: growth, attainment, velocity, coverage, forecast accuracy, customer value."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable

from . import costs, forecast, quota
from .attribution import attribution
from .calendar import Period
from .cells import Cell, Cells, Question, answer, around, nothing
from .formulas import FORMULAS

ONE_PERIOD = "growth compares two periods; this is one"
OVER = "the period is over: coverage looks at what is still to come"


def growth(question: Question) -> Cells:
    """(this - previous) / previous revenue, period by period on the whole spine."""
    if question.every == "all":
        return nothing(question, "sales_growth", ONE_PERIOD)
    revenue = answer(question, "revenue")
    spine = question.spine(FORMULAS["revenue"])
    grown: Cells = {}
    for group in _groups(revenue):
        before: Cell | None = None
        for period in spine:
            now = revenue[group, period.start]
            grown[group, period.start] = _grown(now, before)
            before = now
    return grown


def attainment(question: Question) -> Cells:
    """Revenue held against quotas; the organisation adds up its teams where they have targets of their own."""
    by_team = None
    if question.attribution.by == "organisation" and question.attribution.members:
        teams = attribution(question.engagement, "team", as_of=question.as_of)
        by_team = dataclasses.replace(question, attribution=teams)
    return quota.attainment(question, by_team)


def per_seller(question: Question, measure: str) -> Cells:
    """A sum divided by the sellers who held a seat in the period; what people without a seat did is left out."""
    asked = question
    if question.attribution.by == "organisation":
        each = attribution(question.engagement, "seller", as_of=question.as_of)
        asked = dataclasses.replace(question, attribution=each)
    sums = answer(asked, measure)
    formula = FORMULAS[measure]
    cells: Cells = {}
    for period in question.spine(formula):
        reason, notes = around(question, formula, period)
        for group in question.attribution.groups:
            mine = [
                cell
                for (name, start), cell in sums.items()
                if start == period.start and (name == group or asked is not question) and cell.value is not None
            ]
            sellers = _heads(question, group, period)
            above = sum(cell.value or 0.0 for cell in mine)
            if reason:
                cell = Cell(None, notes=(reason, *notes))
            elif not sellers:
                cell = Cell(None, above, 0.0, ("no seller had a seat in this period", *notes))
            elif not mine:
                why = next((c.notes for (name, start), c in sums.items() if (name, start) == (group, period.start)), ())
                cell = Cell(None, notes=why or ("nobody had this seat in this period", *notes))
            else:
                own = mine[0].notes if asked is question else notes
                cell = Cell(above / sellers, above, float(sellers), own)
            cells[group, period.start] = cell
    return cells


def velocity(question: Question) -> Cells:
    """Open deals x win rate x average deal size (the numerator) / mean cycle length in days (the denominator)."""
    parts = {
        name: answer(question, name) for name in ("open_deals", "win_rate", "average_deal_size", "sales_cycle_length")
    }
    cells: Cells = {}
    for key in [key for key in parts["win_rate"] if key in parts["open_deals"]]:
        found = {name: cells_of.get(key, Cell(None)) for name, cells_of in parts.items()}
        open_deals, rate, size, cycle = (cell.value for cell in found.values())
        lacking = next((name for name, cell in found.items() if cell.value is None), "")
        notes = tuple(dict.fromkeys(note for cell in found.values() for note in cell.notes))
        if open_deals is None or rate is None or size is None or cycle is None:
            cells[key] = Cell(None, notes=found[lacking].notes)
        elif not cycle:
            cells[key] = Cell(None, open_deals * rate * size, 0.0, ("won deals took no day at all", *notes))
        else:
            cells[key] = Cell(open_deals * rate * size / cycle, open_deals * rate * size, cycle, notes)
    return cells


def coverage(question: Question) -> Cells:
    """Open pipeline due in the period / what is still missing to its quota, for the period that is running."""
    held, due = attainment(question), answer(question, "due_pipeline")
    cells: Cells = {}
    for period in question.spine(FORMULAS["pipeline_coverage"]):
        for group in _groups(held):
            goal, ahead = held[group, period.start], due.get((group, period.start), Cell(None))
            if period.end <= question.as_of:
                cell = Cell(None, notes=(OVER,))
            elif goal.numerator is None or goal.denominator is None:
                cell = Cell(None, notes=goal.notes)
            elif ahead.value is None:
                cell = Cell(None, notes=ahead.notes)
            elif goal.denominator <= goal.numerator:
                short = goal.denominator - goal.numerator
                cell = Cell(None, ahead.value, short, ("the quota is reached", *goal.notes))
            else:
                short = goal.denominator - goal.numerator
                cell = Cell(ahead.value / short, ahead.value, short, (*goal.notes, *ahead.notes[len(goal.notes) :]))
            cells[group, period.start] = cell
    return cells


def accuracy(question: Question) -> Cells:
    """1 - |won - expected| / expected, where expected is what an import just before the period held to be due in it."""
    spine = question.spine(FORMULAS["forecast_accuracy"])
    known = forecast.give(question, spine)
    won, expected = answer(question, "revenue"), answer(question, "expected_revenue")
    cells: Cells = {}
    for period in spine:
        for group in _groups(won):
            is_won, was_expected = won[group, period.start], expected.get((group, period.start), Cell(None))
            if period.end > question.as_of:
                cell = Cell(None, notes=("the period is not over",))
            elif period.start not in known:
                cell = Cell(None, notes=(forecast.NO_IMPORT,))
            elif is_won.value is None or was_expected.value is None:
                cell = Cell(None, notes=is_won.notes if is_won.value is None else was_expected.notes)
            elif was_expected.value <= 0:
                cell = Cell(None, 0.0, was_expected.value, ("nothing was expected of this period", *is_won.notes))
            else:
                off = was_expected.value - abs(is_won.value - was_expected.value)
                cell = Cell(off / was_expected.value, off, was_expected.value, is_won.notes)
            cells[group, period.start] = cell
    return cells


def lifetime_value(question: Question) -> Cells:
    """Mean yearly margin of the customers on the period's last day / the share of customers that left within a year."""
    margin, churn = answer(question, "yearly_margin"), answer(question, "yearly_churn")
    cells: Cells = {}
    for key, mean in margin.items():
        left = churn[key] if key in churn else Cell(None, notes=("there was no customer a year earlier",))
        if mean.value is None or left.value is None:
            cells[key] = Cell(None, notes=mean.notes if mean.value is None else left.notes)
        elif not left.value:
            nobody = "no customer left within a year, so how long they stay is not known"
            cells[key] = Cell(None, mean.value, 0.0, (nobody, *mean.notes))
        else:
            cells[key] = Cell(mean.value / left.value, mean.value, left.value, mean.notes)
    return cells


def acquisition_cost(question: Question) -> Cells:
    """All sales and marketing cost / new customers, for the organisation: costs belong to no team."""
    measure = "customer_acquisition_cost"
    if question.attribution.by != "organisation":
        return nothing(question, measure, costs.NO_TEAM)
    new = answer(question, "new_customers")
    spent = costs.spent(question.engine)
    cells: Cells = {}
    for period in question.spine(FORMULAS[measure]):
        cost, reason = costs.within(spent, period)
        for group in _groups(new):
            won = new[group, period.start]
            if cost is None or won.value is None:
                cell = Cell(None, notes=(reason,) if cost is None else won.notes)
            elif not won.value:
                cell = Cell(None, cost, 0.0, ("no customer was won in this period", *won.notes))
            else:
                cell = Cell(cost / won.value, cost, won.value, won.notes)
            cells[group, period.start] = cell
    return cells


def value_to_cost(question: Question) -> Cells:
    """Lifetime value / acquisition cost."""
    worth, cost = lifetime_value(question), acquisition_cost(question)
    cells: Cells = {}
    for key, spent in cost.items():
        value = worth.get(key, Cell(None, notes=("there is no customer",)))
        if spent.value is None or value.value is None or not spent.value:
            why = spent.notes if spent.value is None else value.notes if value.value is None else ("there was no cost",)
            cells[key] = Cell(None, notes=why)
        else:
            notes = tuple(dict.fromkeys((*value.notes, *spent.notes)))
            cells[key] = Cell(value.value / spent.value, value.value, spent.value, notes)
    return cells


MADE: dict[str, Callable[[Question], Cells]] = {
    "sales_growth": growth,
    "quota_attainment": attainment,
    "quota_attainment_share": quota.attainment_share,
    "pipeline_velocity": velocity,
    "pipeline_coverage": coverage,
    "forecast_accuracy": accuracy,
    "customer_lifetime_value": lifetime_value,
    "customer_acquisition_cost": acquisition_cost,
    "lifetime_value_to_acquisition_cost": value_to_cost,
}
"""The measures that are made of others, with what makes them."""


NEEDS_TOO: dict[str, tuple[str, ...]] = {"pipeline_velocity": ("sales_cycle_length",)}
"""The measures that must be computable, as the settings define them, for a derived one to be so."""


def _grown(now: Cell, before: Cell | None) -> Cell:
    if now.value is None:
        return Cell(None, notes=now.notes)
    if before is None:
        return Cell(None, notes=("there is no period before the first", *now.notes))
    earlier = tuple(f"the period before: {note}" for note in before.notes)
    notes = (*now.notes, *earlier)
    if before.value is None:
        return Cell(None, notes=notes[len(now.notes) :] + now.notes)
    gain = now.value - before.value
    if before.value <= 0:
        amount = "zero" if before.value == 0 else "negative"
        return Cell(None, gain, before.value, (f"revenue of the period before was {amount}", *notes))
    return Cell(gain / before.value, gain, before.value, notes)


def _groups(cells: Cells) -> list[str]:
    return list(dict.fromkeys(group for group, _ in cells))


def _heads(question: Question, group: str, period: Period) -> int:
    """How many people held a seller's seat of the group on a day of the period that is known."""
    everyone = question.attribution.by == "organisation"
    end: dt.date = question.ends(period)
    return len(
        {
            member.person
            for member in question.attribution.members
            if member.sells and (everyone or member.group == group) and member.overlaps(period.start, end)
        }
    )
