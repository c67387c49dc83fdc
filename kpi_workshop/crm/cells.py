"""One number for each group and period on the whole spine, or the reason why there is none."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from ..engagement import Engagement
from ..numbers import counted, spoken_day
from . import calendar, queries
from .attribution import Attribution
from .calendar import Period
from .coverage import Coverage
from .engines import Engine
from .formulas import ALL, Formula
from .given import given

if TYPE_CHECKING:
    import pandas as pd

LONG_WEEKEND = 3
"""Days the last record may lie before a period's end without a note."""

_EVENTS = {
    "opportunities": ("deal", "deals"),
    "activities": ("activity", "activities"),
    "leads": ("lead", "leads"),
    "stage_changes": ("stage change", "stage changes"),
    "topics": ("topic", "topics"),
    "customers": ("customer", "customers"),
    "pushes": ("deal", "deals"),
}


class Cell(NamedTuple):
    """A value with what it was divided from; without a value the first note is the reason."""

    value: float | None
    numerator: float | None = None
    denominator: float | None = None
    notes: tuple[str, ...] = ()

    @property
    def note(self) -> str:
        """Its notes as one line."""
        return "; ".join(filter(None, self.notes)) if self.notes else ""


Cells = dict[tuple[str, dt.date], Cell]


@dataclass(frozen=True)
class Question:
    """What is asked: whose numbers, in which periods, as known on which day, and what there is to answer from."""

    engagement: Engagement
    engine: Engine
    coverage: Coverage
    attribution: Attribution
    every: str
    since: dt.date | None
    as_of: dt.date
    where: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    spines: dict[str, list[Period]] = field(default_factory=dict)

    def spine(self, formula: Formula) -> list[Period]:
        """Every period from the first day of the data behind the measure (or from `since`, for `all`) to `as_of`."""
        first, _ = self.coverage.reached(formula.table) or (self.coverage.first, self.coverage.last)
        if self.every == "all" and self.since:
            first = max(first, self.since)
        if formula.table not in self.spines:
            policy = self.engagement.settings.calendar
            self.spines[formula.table] = calendar.periods(policy, self.every, first, self.as_of)
        return self.spines[formula.table]

    def ends(self, period: Period) -> dt.date:
        """The last day of a period of which anything can be known."""
        return min(period.end, self.as_of)

    def prepare(self, formula: Formula) -> None:
        """Hand the engine what the formula is joined to beside the imported tables."""
        self.engine.give("membership", self.attribution.table)
        for name, rows in given(
            self.engagement, self.coverage, formula, self.spine(formula), self.every, self.as_of,
            undated=self.since is None,
        ).items():  # fmt: skip
            self.engine.give(name, rows)

    def seated(self, group: str, period: Period) -> bool:
        """True where somebody sat in the group on a day of the period that is known."""
        return self.attribution.is_seated(group, period.start, self.ends(period))


def answer(question: Question, measure: str) -> Cells:
    """The cells of a measure made of events or snapshots."""
    formula = ALL[measure]
    organisation = question.attribution.by == "organisation"
    question.prepare(formula)
    in_one = question.every == "all"
    asked: dict[str, Any] = {"organisation": organisation, "in_one": in_one, "where": dict(question.where)}
    if not question.where:
        asked["from_atoms"] = question.engine.has_atoms(measure)
    found = _rows(question.engine.ask(queries.expression, measure, **asked))
    groups = list(dict.fromkeys([*question.attribution.groups, *sorted({group for group, _ in found})]))
    cells: Cells = {}
    adds_up = formula.shape == "sum"
    is_plain = formula.shape in ("sum", "ratio") and not formula.note
    for period in question.spine(formula):
        reason, notes = around(question, formula, period)
        start = period.start
        for group in groups:
            key = group, start
            row = found.get(key)
            if reason:
                cell = Cell(None, notes=(reason, *notes))
            elif is_plain and row and row["denominator"] and not (row["aside"] or row["undated"] or row["unseated"]):
                # Most cells of large organisations: nothing is to be said of them.
                above, below = row["numerator"] or 0.0, row["denominator"]
                cells[key] = Cell(above, above, None, notes) if adds_up else Cell(above / below, above, below, notes)
                continue
            elif row is None and not question.seated(group, period):
                cell = Cell(None, notes=("nobody had this seat in this period", *notes))
            elif formula.shape == "snapshot" and formula.standing is None:
                cell = _standing(formula, row or {}, notes)
            else:
                cell = _counted(formula, row or {}, notes)
            cells[key] = _with_unseated(question, formula, cell, row)
    return cells


def _rows(frame: pd.DataFrame) -> dict[tuple[str, dt.date], dict[str, Any]]:
    """The rows of a query by group and period, what is no number as None."""
    columns = {
        name: [v if v is not None and math.isfinite(v) else None for v in frame[name].tolist()]
        for name in frame.columns.drop(["grp", "period_start"])
    }
    keys = zip(frame["grp"].tolist(), frame["period_start"].tolist(), strict=True)
    names = tuple(columns)
    return {key: dict(zip(names, row, strict=True)) for key, *row in zip(keys, *columns.values(), strict=True)}


def nothing(question: Question, measure: str, reason: str) -> Cells:
    """The same reason for every group and period."""
    formula = ALL[measure]
    spine = question.spine(formula)
    return {
        (group, period.start): Cell(None, notes=(reason,)) for period in spine for group in question.attribution.groups
    }


def around(question: Question, formula: Formula, period: Period) -> tuple[str, tuple[str, ...]]:
    """Why nothing can be said of a period ("" where something can), and what a reader of it must know."""
    covered = question.coverage
    first, last = covered.reached(formula.table) or (covered.first, covered.last)
    end, cut_off = question.ends(period), covered.cut_off if formula.table == "opportunities" else None
    unfinished = f"unfinished: {(end - period.start).days + 1} of {period.days} days" if period.end > end else ""
    if formula.now_only and end < question.as_of:
        return formula.now_only, ()
    if formula.at_end:
        notes = [unfinished]
        if cut_off and end < cut_off:
            notes.append(f"incomplete: deals closed before {spoken_day(cut_off)} are not in the data")
        if formula.counted_by == "opening" and end < question.as_of and (undated := covered.facts["open_undated"]):
            notes.append(f"{counted(undated, 'deal')} without an opening day not counted before {question.as_of}")
        if last < end - dt.timedelta(days=LONG_WEEKEND):
            notes.append(f"the data end on {spoken_day(last)}")
        return "", tuple(filter(None, notes))
    if end < first:
        return f"the data begin on {spoken_day(first)}", ()
    if period.start > last:
        return f"the data end on {spoken_day(last)}", tuple(filter(None, [unfinished]))
    if cut_off and formula.counted_by == "closing" and end < cut_off:
        return f"deals closed before {spoken_day(cut_off)} are not in the data", ()
    notes = [unfinished]
    if cut_off and formula.counted_by != "other" and period.start < cut_off:
        notes.append(f"incomplete: deals closed before {spoken_day(cut_off)} are not in the data")
    elif period.start < first:
        notes.append(f"incomplete: the data begin on {spoken_day(first)}")
    if last < end - dt.timedelta(days=LONG_WEEKEND):
        notes.append(f"incomplete: the data end on {spoken_day(last)}")
    return "", tuple(filter(None, notes))


def _counted(formula: Formula, row: Mapping[str, Any], notes: tuple[str, ...]) -> Cell:
    above, below = row.get("numerator") or 0.0, row.get("denominator") or 0.0
    aside, undated = int(row.get("aside") or 0), int(row.get("undated") or 0)
    says = [formula.note] if formula.note else []
    if undated and formula.undated_says:
        says.append(formula.undated_says.format(counted(undated, "deal")))
    if aside and formula.aside_says:
        says.append(formula.aside_says.format(f"{aside:,}"))
    notes = (*notes, *says) if says else notes
    if formula.shape in ("sum", "distinct", "snapshot", "per_seller"):
        if aside and not below:
            return Cell(None, notes=(formula.aside_says.format(f"all {aside:,}"), *notes[: len(notes) - len(says)]))
        return Cell(above, above, None, notes)
    if not below:
        reason = formula.aside_says.format(f"all {aside:,}") if aside else formula.undefined
        return Cell(None, None if formula.shape == "median" else 0.0, 0.0, (reason, *notes[: len(notes) - len(says)]))
    if formula.shape == "median":
        return _middle(formula, row, below, notes)
    return Cell(above / below, above, below, notes)


def _middle(formula: Formula, row: Mapping[str, Any], known: float, notes: tuple[str, ...]) -> Cell:
    """The median, with the other quantile in its note; none where it would fall on something still open."""
    if row["blocked"]:
        return Cell(None, None, known, (formula.blocked_says, *notes))
    if formula.also is not None:
        upper = f"{row['upper'] or 0.0:,.1f} {formula.unit}"
        what = f"{formula.also:.0%}".replace("%", "th percentile")
        notes = (f"{what}: {'not reached yet' if row['upper_blocked'] else upper}", *notes)
    return Cell(row["value"], None, known, notes)


def _standing(formula: Formula, row: Mapping[str, Any], notes: tuple[str, ...]) -> Cell:
    deals = row.get("deals") or 0.0
    undated, hindsight = int(row.get("undated") or 0), int(row.get("hindsight") or 0)
    if undated:
        notes = (*notes, f"{counted(undated, 'deal')} without an opening day counted")
    if formula.unit != "money":
        return Cell(deals, deals, None, notes)
    with_amount = int(row.get("with_amount") or 0)
    if deals and not with_amount:
        return Cell(None, notes=(f"none of {counted(int(deals), 'open deal')} has an amount", *notes))
    if missing := int(deals) - with_amount:
        notes = (*notes, f"{missing:,} of {counted(int(deals), 'open deal')} have no amount and add nothing")
    if hindsight:
        notes = (*notes, f"{counted(hindsight, 'deal')} at the amount of the later closing")
    worth = (row.get("worth") or 0.0) if deals else 0.0
    return Cell(worth, worth, None, notes)


def _with_unseated(question: Question, formula: Formula, cell: Cell, row: Mapping[str, Any] | None) -> Cell:
    unseated = int(row.get("unseated") or 0) if row else 0
    if not unseated or not question.attribution.members or cell.value is None:
        return cell
    one, several = _EVENTS[formula.table]
    what = counted(unseated, one, plural=several)
    note = f"{what} of people without a seat that day counted for the organisation only"
    return Cell(cell.value, cell.numerator, cell.denominator, (*cell.notes, note))
