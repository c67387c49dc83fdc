"""One analysis of one panel: effects, adoption, leads, signal words and verdicts, as they stand in one week."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from ..errors import WorkshopError
from . import effect, lead_lag, levels, sequential, series, words
from .cohorts import THIRDS_WIDER, Cohort, cohorts
from .design import Design, design, graded
from .estimates import NOT_TAKEN_UP, Estimate
from .lead_lag import Lead
from .panel import Panel, named, read, read_pairs
from .reasons import reason
from .verdict import KEEP_ALPHA, WORTHWHILE, Look, judge


@dataclass(frozen=True)
class Effect:
    """A change since the start among one cohort's sellers, against teams that have not started."""

    measure: str
    cohort: str
    estimate: float | None
    low: float | None
    high: float | None
    p: float | None
    q: float | None
    claimed: bool
    teams: int
    grade: str
    note: str


@dataclass(frozen=True)
class Analysis:
    """What a panel shows at one week; `to_dict()` is plain JSON, in which what is not computable is null.

    `history` has the verdict of each pair (activity, metric) after each look taken.
    """

    effects: list[Effect]
    adoption: list[Effect]
    leads: list[dict[str, Any]]
    signals: list[dict[str, Any]]
    verdicts: list[dict[str, Any]]
    history: dict[tuple[str, str], tuple[str, ...]]

    def to_dict(self) -> dict[str, list[dict[str, Any]]]:
        """The five lists by name; effects name their `metric`, adoption its `activity`.

        Leads have two keys beyond the promised ones: `q` (Benjamini-Hochberg over the pairs, on which `leads` rests)
        and `note` (what it means, in a sentence). The effect by weeks since the start is `evidence.event_study`.
        """
        return {
            "effects": [_row(found, "metric") for found in self.effects],
            "adoption": [_row(found, "activity") for found in self.adoption],
            "leads": self.leads,
            "signals": self.signals,
            "verdicts": self.verdicts,
        }


@threadpool_limits.wrap(limits=1, user_api="blas")  # on matrices this small more threads cost more than they give
def analyse(
    panel: Any,
    starts: Any,
    *,
    pairs: Any = None,
    baseline_weeks: int | None = None,
    as_of_week: int | None = None,
    looks: Sequence[int] = sequential.LOOKS,
    dwell: int = 8,
    seed: int = 0,
    worthwhile: float = WORTHWHILE,
) -> Analysis:
    """Every question of a rollout, asked of one panel of sellers by weeks.

    Parameters
    ----------
    panel : a data frame or the path of a CSV file
        seller, team, week (whole numbers from 0), present (0 to 1), tier (optional), then columns `activity_NAME` and
        `metric_NAME`; higher is better.
    starts : a data frame, a path, or {team: week}
        The week in which each team starts; empty for a hold-out.
    pairs : a data frame, a path, or a list of (activity, metric)
        Which activity should move which metric; without it every one is paired with every other.
    baseline_weeks : int
        How many of the first weeks are the baseline; without it, all before the first start.
    as_of_week : int
        The last week that counts; without it, the last of the panel.
    looks : weeks after the last start at which claims and verdicts may be made
    dwell : weeks after the last start before a look may speak for replacing
    seed : for the permutations of lead and lag
    worthwhile : the smallest relative change of a metric that is worth keeping an activity for
    """
    planned = _planned(looks)
    for name, number in (("as_of_week", as_of_week), ("baseline_weeks", baseline_weeks), ("dwell", dwell)):
        if number is not None and (isinstance(number, bool) or not isinstance(number, (int, np.integer))):
            raise WorkshopError(f"{name} is {number!r}. Give a whole number of weeks.")
    if dwell < 0:
        raise WorkshopError(f"dwell is {dwell}. Give 0 or more weeks.")
    if not 0 < worthwhile < math.inf:
        raise WorkshopError(f"worthwhile is {worthwhile!r}. Give a share above 0, such as 0.05 for 5 %.")
    whole = read(panel, starts)
    wanted = read_pairs(pairs, whole)
    end = int(whole.weeks[-1]) if as_of_week is None else as_of_week
    seen = whole.before(end + 1)
    if not len(seen.weeks):
        raise WorkshopError(f"The panel begins in week {whole.weeks[0]}; there is nothing as of week {end}.")
    plan = design(seen, baseline_weeks)
    return _Room(whole, seen, plan, wanted, planned, dwell, seed, worthwhile).analysis()


class _Room:
    """One analysis under way: remembers each fit, since looks and verdicts share them."""

    def __init__(
        self, whole: Panel, seen: Panel, plan: Design, wanted: list[tuple[str, str]], planned: tuple[int, ...],
        dwell: int, seed: int, worthwhile: float,
    ) -> None:  # fmt: skip
        self.seen, self.plan, self.planned, self.dwell, self.seed = seen, plan, planned, dwell, seed
        self.wanted, self.worthwhile = wanted, worthwhile
        last = seen.last_start
        elapsed = -1 if last is None else int(seen.weeks[-1]) - last + 1
        self.taken = tuple(look for look in planned if look <= elapsed)
        self.cuts = [whole.before((last or 0) + look) for look in self.taken]
        self.draws = lead_lag.draws_for(len(wanted))
        self.fit = lru_cache(maxsize=None)(self._fit)
        self.link = lru_cache(maxsize=None)(self._link)

    def analysis(self) -> Analysis:
        groups = cohorts(self.seen, self.plan.baseline)
        effects = self._effects(self.seen.metrics, groups)
        adoption = self._effects(self.seen.activities, groups)
        return Analysis(effects, adoption, self._leads(), self._signals(), *self._verdicts())

    def _panel(self, look: int) -> Panel:
        return self.seen if look < 0 else self.cuts[look]

    def _fit(self, measure: str, group: Cohort, look: int) -> Estimate | None:
        """At one of the looks taken, or (look -1) at the last week."""
        panel = self._panel(look)
        if look >= 0 and len(panel.weeks) == len(self.seen.weeks):
            return self.fit(measure, group, -1)
        if self.plan.refused or group.too_few:
            return None
        if self.plan.compares:
            rates = self._rates(panel, measure, group)
            found = effect.estimate(rates, panel.started(), panel.weeks)
            if found is None and rates.from_none:
                return NOT_TAKEN_UP
            return found if found is None or group.everyone else found.widened(THIRDS_WIDER)
        whole = levels.company_weeks(panel, measure, baseline=self.plan.baseline, among=group.members)
        return series.step(whole.rates[0], panel.started()[0], panel.weeks)

    def _link(self, activity: str, metric: str, look: int) -> Lead | None:
        """As `_fit`; a look has its own deals, the same ones for ever, so that what it said is not taken back."""
        panel = self._panel(look)
        draws = self.draws if look < 0 else lead_lag.DRAWS_AT_LOOKS
        return lead_lag.lead(panel, activity, metric, seed=self.seed, draws=draws)

    def _effects(self, measures: Sequence[str], groups: Sequence[Cohort]) -> list[Effect]:
        found = []
        for family in (
            [group for group in groups if group.everyone],
            [group for group in groups if not group.everyone],
        ):
            rows = [(measure, group) for measure in measures for group in family]
            now = [self.fit(measure, group, -1) for measure, group in rows]
            q = sequential.adjusted([None if value is None else value.p for value in now])
            z = [
                [None if (fit := self.fit(measure, group, look)) is None else fit.z for look in range(len(self.taken))]
                for measure, group in rows
            ]
            when = sequential.discoveries(self.planned, len(self.taken), z)
            for (measure, group), value, share, look in zip(rows, now, q, when, strict=True):
                found.append(self._effect(measure, group, value, share, passed=look is not None))
        return found

    def _effect(self, measure: str, group: Cohort, value: Estimate | None, q: float | None, *, passed: bool) -> Effect:
        started, grade, note = self.plan.started, self.plan.grade, self.plan.note
        notes = []
        out = () if value in (None, NOT_TAKEN_UP) or not self.plan.compares else self._left_out(measure, group)
        if out:
            kept = [week for team, week in zip(self.seen.teams, self.seen.start, strict=True) if team not in out]
            last = int(self.seen.weeks[-1])
            grade, note = graded(kept, last)
            started = sum(week is not None and week <= last for week in kept)
            notes = [f"Left out, as too little is known of it before the start or in most weeks: {', '.join(out)}."]
        grade = "low" if value is None else grade
        notes = [note, *notes, group.note]
        if value is None and not (self.plan.refused or group.too_few):
            notes.append(levels.why_not(self.seen, measure, baseline=self.plan.baseline))
        if levels.held_in(self.seen.rates[measure])[1]:
            notes.append("Amounts above the 97.5th percentile count as that percentile.")
        estimate, low, high, p = (None,) * 4 if value is None else (value.value, value.low, value.high, value.p)
        if value is not None and value.from_none:
            estimate = low = high = None
            notes.append("Nobody did it before the start, so no relative change can be told; p is that of its rise.")
        note = " ".join(note for note in notes if note)
        return Effect(
            named(measure), group.name, estimate, low, high, p, q, passed and grade != "low", started, grade, note
        )

    def _rates(self, panel: Panel, measure: str, group: Cohort) -> levels.TeamWeeks:
        new = measure in panel.activities
        return levels.team_weeks(panel, measure, baseline=self.plan.baseline, among=group.members, may_be_new=new)

    def _left_out(self, measure: str, group: Cohort) -> tuple[str, ...]:
        """The teams of which too little is known to be compared."""
        rates = self._rates(self.seen, measure, group)
        return tuple(team for team, kept in zip(self.seen.teams, effect.compared(rates), strict=True) if not kept)

    def _leads(self) -> list[dict[str, Any]]:
        links = [self.link(activity, metric, -1) for activity, metric in self.wanted]
        q = sequential.adjusted([None if found is None else found.p for found in links])
        rows = []
        for (activity, metric), found, share in zip(self.wanted, links, q, strict=True):
            row: dict[str, Any] = {"activity": named(activity), "metric": named(metric)}
            if found is None:
                nothing = dict.fromkeys(("lag_weeks", "elasticity", "low", "high", "p", "placebo_p", "q"))
                rows.append({**row, **nothing, "leads": False, "note": "Too few sellers or weeks to compare."})
                continue
            reach = 1.96 * found.error
            rows.append(
                {
                    **row,
                    "lag_weeks": found.lag,
                    "elasticity": found.elasticity,
                    "low": found.elasticity - reach,
                    "high": found.elasticity + reach,
                    "p": found.p,
                    "placebo_p": found.placebo_p,
                    "q": share,
                    "leads": found.leads and not _many(share),
                    "note": _said(found, share),
                }
            )
        return rows

    def _signals(self) -> list[dict[str, Any]]:
        rows = []
        shown = self.seen.weeks[self.seen.weeks >= self.plan.baseline]
        for measure in (*self.seen.activities, *self.seen.metrics):
            given = levels.team_weeks(self.seen, measure, baseline=self.plan.baseline)
            told = words.weekly(given, self.seen.weeks, baseline=self.plan.baseline, started=self.seen.started())
            for team, found in zip(self.seen.teams, told, strict=True):
                name = measure if self._twice(measure) else named(measure)
                rows += [
                    {"team": team, "measure": name, "week": int(week), "word": word}
                    for week, word in zip(shown, found, strict=True)
                ]
        return rows

    def _twice(self, measure: str) -> bool:
        names = [named(column) for column in (*self.seen.activities, *self.seen.metrics)]
        return names.count(named(measure)) > 1

    def _verdicts(self) -> tuple[list[dict[str, Any]], dict[tuple[str, str], tuple[str, ...]]]:
        group = Cohort("all", np.ones(len(self.seen.sellers), dtype=bool), everyone=True)
        limits = sequential.bounds(sequential.information(self.planned))
        strict = sequential.bounds(sequential.information(self.planned), alpha=KEEP_ALPHA)
        rows, words_then = [], {}
        for activity, metric in self.wanted:
            history = [
                Look(
                    week,
                    limits[at],
                    self.fit(activity, group, at) if self.plan.compares else None,
                    self.fit(metric, group, at) if self.plan.compares else None,
                    self.link(activity, metric, at),
                    strict[at],
                )
                for at, week in enumerate(self.taken)
            ]
            verdict = judge(history, self.planned, dwell=self.dwell, worthwhile=self.worthwhile)
            words_then[named(activity), named(metric)] = verdict.history
            coming = next((look for look in self.planned if look not in self.taken), None)
            now = Look(
                -1, 0.0, self.fit(activity, group, -1), self.fit(metric, group, -1), self.link(activity, metric, -1)
            )
            rows.append(
                {
                    "activity": named(activity),
                    "metric": named(metric),
                    "verdict": verdict.word,
                    "next_look": coming,
                    "reason": reason(
                        verdict,
                        now,
                        self.plan,
                        spent=len(self.taken),
                        planned=self.planned,
                        coming=coming,
                        worthwhile=self.worthwhile,
                    ),
                }
            )
        return rows, words_then


def _planned(looks: Sequence[int]) -> tuple[int, ...]:
    try:
        planned = tuple(int(look) for look in looks)
    except (TypeError, ValueError):
        raise WorkshopError(f"The looks are {looks!r}. Give rising weeks, such as 8, 12, 16, 20, 26.") from None
    if not planned or planned[0] < 1 or any(later <= look for look, later in pairwise(planned)):
        shown = ", ".join(str(look) for look in planned) or "none"
        raise WorkshopError(f"The looks are {shown}. Give rising numbers of weeks, such as 8, 12, 16, 20, 26.")
    return planned


def _many(q: float | None) -> bool:
    """Whether one of as many pairs as were asked may show so much by chance."""
    return q is None or q > sequential.ALPHA


def _said(found: Lead, q: float | None) -> str:
    if found.p > lead_lag.SURE:
        return "No lag from 1 to 8 weeks shows more than chance can."
    if found.leads and _many(q):
        return "The activity comes before the metric, but of as many pairs as were asked one may show that by chance."
    if found.leads:
        return f"The activity comes about {found.lag} weeks before the metric."
    return "They go together, but the same week or the future shows it too: a shared cause is as likely, so no lead."


def _row(found: Effect, kind: str) -> dict[str, Any]:
    row = asdict(found)
    return {kind: row.pop("measure"), **row}


__all__ = ["Analysis", "Effect", "analyse"]
