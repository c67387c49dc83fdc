"""Measures as tables: one number for each group and period, with what it was divided from and what to know of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from .. import catalogue
from ..engagement import Engagement
from ..errors import NotComputable, WorkshopError, did_you_mean, listed
from ..numbers import NOT_COMPUTABLE, counted, number, spoken_day
from . import calendar, derived, engines, grids, queries
from .attribution import attribution
from .cells import Question, grid, nothing
from .coverage import Coverage, coverage
from .formulas import ALL, FORMULAS, chosen
from .tables import TABLES

if TYPE_CHECKING:
    import pandas as pd

COMPUTABLE: tuple[str, ...] = tuple(FORMULAS)
"""The ids of the measures that have a formula."""

COLUMNS = ("measure", "by", "period_start", "period_end", "value", "numerator", "denominator", "unit", "note")


def measure_table(
    engagement: Engagement,
    measure: str,
    *,
    by: str = "team",
    every: str = "month",
    as_of: dt.date | None = None,
    since: dt.date | None = None,
    where: Mapping[str, str | Sequence[str]] | None = None,
) -> pd.DataFrame:
    """One measure for each group and period, in the order of the groups and of time.

    `by` is organisation, team, manager, seat or seller; `every` is week, month, quarter, year or all. The periods are
    without gaps from the first day of the data to `as_of` (default: the last day of the data), after which nothing is
    known; with `since`, the periods that end on that day or later, and `all` is everything from that day on. `where`
    limits what is counted to rows with these texts, such as {"product": "GTX Pro"} or {"type": ["call", "email"]}: the
    columns are those of the table the measure counts, and seats, targets and the edges of the data stay as they are.

    Columns: measure; by (the group); period_start, period_end (days, whole periods even where `as_of` lies inside);
    value (empty where it is not computable or not defined, `note` is then "not computable: " and the reason);
    numerator and denominator (value = numerator / denominator in ratios; sums have no denominator, medians no
    numerator: theirs is the number of rows); unit (share, the engagement's currency, days...); note.

    Raises WorkshopError for an unknown measure, `by` or `every`, NotComputable where nobody has a seat, and
    NothingImported without data. Formulas: method.md, section 2.
    """
    measure = _known(measure)
    _check_columns(measure, where or {})
    if every not in calendar.EVERY:
        raise WorkshopError(f"'{every}' is no length of time. {did_you_mean(every, calendar.EVERY)}".strip())

    def table() -> pd.DataFrame:
        day = as_of or engines.last_day(engagement) or dt.date.today()
        if since and since > day:
            raise WorkshopError(f"The table cannot begin on {since}: its report date is {day}.")
        return _table(engagement, measure, by=by, every=every, as_of=day, since=since, where=where or {})

    return engines.of_one_import(engagement, table)


def availability(engagement: Engagement, *, as_of: dt.date | None = None) -> dict[str, str]:
    """For each measure that has a formula, "" where these data can give it, else the reason why not."""

    def reasons() -> dict[str, str]:
        covered = coverage(engagement, as_of=as_of or engines.last_day(engagement) or dt.date.today())
        return {measure: _lacking(engagement, covered, measure) for measure in FORMULAS}

    return engines.of_one_import(engagement, reasons)


def data_notes(engagement: Engagement, *, as_of: dt.date) -> list[str]:
    """What a reader of any number must know of the data as a whole, a sentence each; [] where there is nothing."""
    return engines.of_one_import(engagement, lambda: _data_notes(engagement, as_of))


def _data_notes(engagement: Engagement, as_of: dt.date) -> list[str]:
    covered = coverage(engagement, as_of=as_of)
    facts = covered.facts
    notes = [_cut_off(covered)] if covered.cut_off else []
    week = calendar.holding(engagement.settings.calendar, "week", as_of)
    if as_of < week.end:
        notes.append(f"The last week is unfinished: {(as_of - week.start).days + 1} of 7 days.")
    if covered.last < as_of:
        notes.append(f"The data end on {spoken_day(covered.last)}; the report date is {spoken_day(as_of)}.")
    if undated := facts.get("open_undated"):
        notes.append(
            f"{counted(undated, 'open deal')} without an opening day: counted among the open deals of the report date, "
            "and in no period by opening day."
        )
    if undated := facts.get("closed_without_day"):
        notes.append(f"{counted(undated, 'closed deal')} without a closing day: counted in no period.")
    if backwards := facts.get("backwards"):
        notes.append(f"{counted(backwards, 'deal')} closed before the opening day: left out of cycle lengths.")
    if covered.open_longer:
        notes.append(
            f"{covered.open_longer:,} of {counted(facts['open_now'], 'open deal')} have been open longer than the "
            f"longest won deal took ({covered.longest_won_cycle} days)."
        )
    if unseated := _unseated(engagement, as_of):
        notes.append(
            f"{counted(unseated, 'closed deal')} of people without a seat on the closing day: counted for the "
            "organisation only."
        )
    return notes


def _known(measure: str) -> str:
    if measure in FORMULAS:
        return measure
    found = catalogue.find(measure)
    if found is None:
        raise WorkshopError(f"There is no measure '{measure}'. {did_you_mean(measure, COMPUTABLE)}".strip())
    if found.id not in FORMULAS:
        raise NotComputable(f"'{found.name}' has no formula on CRM data yet. There is: {', '.join(COMPUTABLE)}.")
    return found.id


def _check_columns(measure: str, where: Mapping[str, str | Sequence[str]]) -> None:
    if not where:
        return
    formula = FORMULAS[measure]
    if formula.table not in TABLES or formula.shape in ("growth", "attainment", "attainment_share", "derived"):
        raise WorkshopError(f"'{measure}' is made of other numbers: it cannot be limited with where.")
    known = [column.name for column in TABLES[formula.table].columns if column.type == "text"]
    wrong = [
        f"{formula.table} has no text column '{name}'. {did_you_mean(name, known)}".strip()
        for name in where
        if name not in known
    ]
    if wrong:
        raise WorkshopError(listed(wrong) if len(wrong) > 1 else wrong[0])


def _table(
    engagement: Engagement, measure: str, *, by: str, every: str, as_of: dt.date, since: dt.date | None,
    where: Mapping[str, str | Sequence[str]],
) -> pd.DataFrame:  # fmt: skip
    covered = coverage(engagement, as_of=as_of)
    asked = attribution(engagement, by, as_of=as_of)
    with engines.session(engagement) as engine:
        question = Question(engagement, engine, covered, asked, every, since, as_of, where)
        found = _grid(question, measure)
    return _framed(engagement, measure, found, since)


def _grid(question: Question, measure: str) -> grids.Grid:
    formula = FORMULAS[measure]
    if reason := _lacking(question.engagement, question.coverage, measure):
        cells = nothing(question, measure, reason)
    elif measure in derived.MADE:
        cells = derived.MADE[measure](question)
    elif formula.shape == "per_seller":
        cells = derived.per_seller(question, measure)
    else:
        return grid(question, measure)
    return grids.of(cells, question.spine(formula))


def _lacking(engagement: Engagement, covered: Coverage, measure: str) -> str:
    """Why a measure, as the settings define it, is not computable with these data; "" where it is."""
    start = engagement.settings.limits.cycle_starts
    parts = (measure, *derived.NEEDS_TOO.get(measure, ()))
    return next(filter(None, (covered.lacks(ALL[chosen(part, start)]) for part in parts)), "")


def _framed(engagement: Engagement, measure: str, found: grids.Grid, since: dt.date | None) -> pd.DataFrame:
    frame = found.frame(since=since, without=NOT_COMPUTABLE)
    unit = FORMULAS[measure].unit.replace("money", engagement.settings.currency)
    return frame.assign(measure=measure, unit=unit)[list(COLUMNS)]


def _cut_off(covered: Coverage) -> str:
    day = spoken_day(covered.cut_off) if covered.cut_off else ""
    return (
        f"No deal closed before {day} is in the data, although {counted(covered.opened_before, 'deal')} there were "
        f"opened earlier and, at the pace of later deals, about {number(covered.missing)} such deals would have "
        f"closed: what is said of closed deals can be trusted from {day} on."
    )


def _unseated(engagement: Engagement, as_of: dt.date) -> int:
    """How many closed deals belong to people who had no seat that day, where anybody has one at all."""
    asked = attribution(engagement, "organisation", as_of=as_of)
    covered = coverage(engagement, as_of=as_of)
    formula = FORMULAS["win_rate"]
    if not asked.members or covered.lacks(formula):
        return 0
    with engines.session(engagement) as engine:
        Question(engagement, engine, covered, asked, "all", None, as_of).prepare(formula)
        rows = engine.ask(queries.expression, "win_rate", organisation=True, in_one=True)
    return int(rows["unseated"].sum())
