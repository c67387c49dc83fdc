"""One number for each group and period on the whole spine, or the reason why there is none."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..engagement import Engagement
from ..numbers import counted, number, spoken_day
from . import calendar, grids, queries
from .attribution import Attribution
from .calendar import Period
from .coverage import Coverage
from .engines import Engine
from .formulas import ALL, Formula, chosen
from .given import given
from .grids import Cell, Cells, Grid
from .tables import NOUNS

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

LONG_WEEKEND = 3
"""Days the last record may lie before a period's end without a note."""

_EVENTS = NOUNS | {"pushes": ("deal", "deals")}


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

    def chosen(self, measure: str) -> str:
        """The id of the formula that gives a measure as the settings define it."""
        return chosen(measure, self.engagement.settings.limits.cycle_starts)

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
    return grid(question, measure).cells()


def grid(question: Question, measure: str) -> Grid:
    """The same column by column; what has nothing to be said of it is worked out for all cells at once."""
    import numpy as np

    measure = question.chosen(measure)
    formula = ALL[measure]
    found = _asked(question, measure, formula)
    spine = question.spine(formula)
    groups = list(dict.fromkeys([*question.attribution.groups, *sorted(set(found["grp"]))]))
    made = grids.empty(groups, spine)
    around_each = [around(question, formula, period) for period in spine]
    row_at = _places(found, groups, spine)
    ordinary = np.zeros(len(row_at), dtype=bool)
    if formula.shape in ("sum", "ratio"):
        told = found[["aside", "undated", "unseated"]].fillna(0).eq(0).all(axis=1).to_numpy()
        above, below = (found[name].astype(float).to_numpy() for name in ("numerator", "denominator"))
        plain = told & np.isfinite(above) & np.isfinite(below) & (below != 0)
        known = np.tile([not reason for reason, _ in around_each], len(groups))
        ordinary = known & (row_at >= 0) & plain[row_at] if len(plain) else ordinary
        at_row = row_at[ordinary]
        made.numerator[ordinary] = above[at_row]
        if formula.shape == "sum":
            made.value[ordinary] = above[at_row]
        else:
            made.value[ordinary] = above[at_row] / below[at_row]
            made.denominator[ordinary] = below[at_row]
        notes = [(*notes, formula.note) if formula.note else notes for _, notes in around_each]
        for place in np.flatnonzero(ordinary).tolist():
            made.notes[place] = notes[place % len(spine)]
    names = found.columns.drop(["grp", "period_start"])
    rows = list(zip(*(_numbers(found[name]) for name in names), strict=True))
    others = np.flatnonzero(~ordinary)
    cells = []
    for place, at in zip(others.tolist(), row_at[others].tolist(), strict=True):
        of_group, of_period = divmod(place, len(spine))
        row = None if at < 0 else dict(zip(names, rows[at], strict=True))
        cells.append(_cell(question, formula, groups[of_group], spine[of_period], around_each[of_period], row))
    grids.put(made, others, cells)
    return made


def _asked(question: Question, measure: str, formula: Formula) -> pd.DataFrame:
    question.prepare(formula)
    asked: dict[str, Any] = {
        "organisation": question.attribution.by == "organisation",
        "in_one": question.every == "all",
        "where": dict(question.where),
    }
    if not question.where:
        asked["from_atoms"] = question.engine.has_atoms(measure)
    return question.engine.ask(queries.expression, measure, **asked)


def _places(found: pd.DataFrame, groups: Sequence[str], spine: Sequence[Period]) -> np.ndarray:
    """For each place of a grid the number of its row, or -1."""
    import numpy as np
    import pandas as pd

    group = pd.Index(groups, dtype=object).get_indexer(found["grp"].astype(object))
    starts = pd.Index([period.start for period in spine], dtype=object)
    period = starts.get_indexer(found["period_start"].astype(object))
    row_at = np.full(len(groups) * len(spine), -1)
    inside = (group >= 0) & (period >= 0)
    row_at[(group * len(spine) + period)[inside]] = np.flatnonzero(inside)
    return row_at


def _cell(
    question: Question,
    formula: Formula,
    group: str,
    period: Period,
    around_it: tuple[str, tuple[str, ...]],
    row: Mapping[str, Any] | None,
) -> Cell:
    reason, notes = around_it
    if reason:
        cell = Cell(None, notes=(reason, *notes))
    elif row is None and not question.seated(group, period):
        cell = Cell(None, notes=("nobody had this seat in this period", *notes))
    elif formula.shape == "snapshot" and formula.standing is None:
        cell = _standing(formula, row or {}, notes)
    else:
        cell = _counted(formula, row or {}, notes)
    return _with_unseated(question, formula, cell, row)


def _numbers(column: pd.Series) -> list[float | None]:
    """The numbers of a column, what is none as None."""
    return [number if math.isfinite(number) else None for number in column.astype(float).tolist()]


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
        upper = f"{number(row['upper'] or 0.0, 1)} {formula.unit}"
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
