"""What the rollout shows: for each activity and the metric it should move what the evidence says, and its verdict."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from ..engagement import Engagement
from ..errors import WorkshopError
from ..kinds import FAMILIES, Charter, Family, ReviewPlan, Rollout
from . import review_plan
from .progress import charter_pairs
from .seller_weeks import Weeks, not_countable, weeks_of_sellers

if TYPE_CHECKING:
    import pandas as pd

    from ..evidence.analysis import Analysis

PAIR = "activity", "metric"
DRAWS = 499
"""Histories dealt anew for a lead: so many that a true one stands out also where many pairs are asked."""

Pair = tuple[str, str]
Row = dict[str, Any]


@dataclass(frozen=True)
class Proof:
    """What was found: for each team and pair its verdict, for each team and measure the signal words of its weeks.

    `verdicts[team, activity, metric]` are plain values for the report (see `_told`); `words[team, measure]` maps the
    first day of a week to its word. `weeks` are the weeks of single sellers that it rests on: seller, team, week,
    present, tier, seat, and a column for each measure.
    """

    verdicts: dict[tuple[str, str, str], Row] = field(default_factory=dict)
    words: dict[tuple[str, str], dict[dt.date, str]] = field(default_factory=dict)
    weeks: pd.DataFrame | None = None


def proof(
    engagement: Engagement,
    charters: Mapping[str, Charter],
    starts: Mapping[str, Rollout],
    *,
    cycle_days: Mapping[str, float | None],
    as_of: dt.date,
    fresh_to: dt.date,
) -> Proof:
    """Every pair of every charter examined on the client's own weeks, up to the last full week of the data.

    Teams whose charters hold the same pair are examined together, if their starts were planned before the first of them
    began: looks count from the last start, so a team that is added later would set back what was decided, and is
    examined for itself. A team without the pair stands for comparison; from
    the day on which its own rollout touches one of the two measures its weeks no longer count. `cycle_days` is each
    team's median sales cycle: nothing may be replaced before that and a week have gone by.
    """
    live = [start for start in starts.values() if start.starts_on and start.starts_on <= as_of]
    if not live:
        return Proof()
    began = min(start.baseline_from for start in starts.values())
    weeks = ((min(as_of, fresh_to) - began).days + 1) // 7
    wanted = _wanted(engagement, charters, starts)
    measures = sorted({measure for pair, _ in wanted for measure in pair})
    countable = {measure: not_countable(measure) for measure in measures}
    asked = [measure for measure in measures if not countable[measure]]
    panel = weeks_of_sellers(engagement, asked, began=began, weeks=weeks, as_of=as_of)
    found = Proof(weeks=panel.rows)
    plan = review_plan.held(engagement, as_of=as_of)
    examined: list[tuple[_Given, Row]] = []
    for pair, teams in wanted:
        refused = next((countable[measure] for measure in pair if countable[measure]), "")
        refused = refused or next((panel.refused[measure] for measure in pair if measure in panel.refused), "")
        dwell = max([plan.dwell_weeks, *(_weeks_of(cycle_days.get(team)) for team in teams)])
        told = _unexamined(refused, teams, plan)
        if not refused:
            try:
                given = _Given(*_compared(panel, pair, teams, charters, starts), pair, teams)
                analysis = given.analysis(plan, dwell)
                told = _told(given, analysis, plan, dwell)
                told["next_look_on"] = _day_of(told["next_look"], [starts[team].starts_on for team in teams])
                _add_words(found, analysis, teams, began)
                examined.append((given, told))
            except WorkshopError as error:
                told = _unexamined(str(error), teams, plan)
        found.verdicts.update({(team, *pair): told for team in teams})
    for family in FAMILIES:
        _correct(found, family)
    order = review_plan.kept_order(engagement, as_of=as_of)
    pictures: dict[tuple[str, ...], list[Row]] = {}
    for given, told in examined:
        told["since_start"] = given.since_start(told, pictures)
        told["orders"] = given.orders(told, panel, order, starts)
    return found


@dataclass(frozen=True)
class _Given:
    """What one pair is examined on: rows of sellers by weeks, and the week in which each team starts with it.

    `leaving` are the teams that stand for comparison until their own rollout touches one of the two measures.
    """

    rows: pd.DataFrame
    starts: dict[str, int | None]
    leaving: list[str]
    pair: Pair
    teams: list[str]

    def analysis(self, plan: ReviewPlan, dwell: int) -> Analysis:
        from ..evidence.analysis import analyse

        return analyse(self.rows, self.starts, looks=plan.looks, dwell=dwell, worthwhile=plan.worthwhile)

    def lead(self, plan: ReviewPlan) -> Row:
        """Whether the activity comes first among sellers of the teams that started with the pair: of what others do
        with it, nothing was asked."""
        from ..evidence import lead_lag, panel, sequential

        columns = [f"{kind}_{measure}" for kind, measure in zip(PAIR, self.pair, strict=True)]
        rows = self.rows[self.rows["team"].isin(self.teams)]
        found = lead_lag.lead(panel.read(rows, dict.fromkeys(self.teams)), *columns, draws=DRAWS) if len(rows) else None
        if found is None:
            names = ("lag_weeks", "elasticity", "low", "high", "p", "placebo_p", "q")
            return dict.fromkeys(names) | {"leads": False, "doubt": "chance"}
        reach = 1.96 * found.error
        doubts = {"chance": found.p > sequential.ALPHA, "cause": not found.leads, "late": found.lag > plan.longest_lag}
        doubt = next((word for word, holds in doubts.items() if holds), "")
        return {
            "lag_weeks": found.lag, "elasticity": found.elasticity, "low": found.elasticity - reach,
            "high": found.elasticity + reach, "p": found.p, "placebo_p": found.placebo_p, "q": None,
            "leads": not doubt, "doubt": doubt,
        }  # fmt: skip

    def since_start(self, told: Row, known: dict[tuple[str, ...], list[Row]]) -> dict[str, list[Row]]:
        """The change by blocks of weeks since the start, of the activity, and of the metric where that was taken up.

        Each is a list of first, last (weeks, 0 is the start), estimate, low, high and teams. Of a metric whose activity
        was not taken up nothing was tested, so there is no change to follow: []. `known` remembers those of a measure.
        """
        from ..evidence import event_study

        found: dict[str, list[Row]] = {kind: [] for kind in PAIR}
        for kind, measure in zip(PAIR, self.pair, strict=True):
            if kind == "metric" and not told["adoption"]["claimed"]:
                continue
            key = (measure, *self.teams)
            if key not in known:
                names = ("first", "last", "estimate", "low", "high", "teams")
                spans = event_study(self.rows, self.starts, measure)
                known[key] = [{name: getattr(span, name) for name in names} for span in spans]
            found[kind] = known[key]
        return found

    def orders(
        self, told: Row, panel: Weeks, order: tuple[str, ...], starts: Mapping[str, Rollout]
    ) -> dict[str, Row | None]:
        """For what is shown of activity and metric how many orders of the starts show as clear a change (`Orders`).

        None where nothing is shown, or where something else than the draw decided the order of starts.
        """
        from ..evidence import start_orders

        found: dict[str, Row | None] = dict.fromkeys(PAIR)
        if not order or set(order) != set(panel.rows["team"].unique()):
            return found
        begun = {team: starts[team].starts_on if team in starts else None for team in order}
        weeks = {team: None if day is None else panel.week_of(day) for team, day in begun.items()}
        for kind, measure, family in zip(PAIR, self.pair, ("adoption", "effect"), strict=True):
            if told[family]["claimed"]:
                rows = panel.rows[["seller", "team", "week", "present", measure]]
                rows = rows.rename(columns={measure: f"{kind}_{measure}"})
                one = start_orders.orders(rows, weeks, measure, testing=self.teams, leaving=self.leaving)
                found[kind] = None if one is None else asdict(one)
        return found

    def design(self) -> Row:
        """How the teams started: how many have, in how many different weeks, and how many stand for comparison."""
        last = int(self.rows["week"].max())
        begun = [week for week in self.starts.values() if week is not None and week <= last]
        return {"started": len(begun), "waves": len(set(begun)), "waiting": len(self.starts) - len(begun)}


def _wanted(
    engagement: Engagement, charters: Mapping[str, Charter], starts: Mapping[str, Rollout]
) -> list[tuple[Pair, list[str]]]:
    """Each pair with the teams that start with it in their charter, in the order of the charters.

    Teams whose start was not planned when the first of them began, or when that was written down, come after the
    others, under the same pair.
    """
    holding: dict[Pair, dict[str, dt.date]] = {}
    for team, charter in charters.items():
        start = starts.get(team)
        if start and start.starts_on:
            for pair in charter_pairs(charter):
                holding.setdefault(pair, {})[team] = start.starts_on
    wanted = []
    for pair, begun in holding.items():
        first = min(begun.values())
        earliest = [team for team, day in begun.items() if day == first]
        noted = [one.effective for team in earliest for one in engagement.records.history(Rollout, team)[:1]]
        plans = engagement.records.current(Rollout, as_of=max([first - dt.timedelta(days=1), *noted]))
        planned = {plan.team for plan in plans.values() if plan.starts_on}
        together = [team for team, day in begun.items() if team in planned or day == first]
        groups = (together, [team for team in begun if team not in together])
        wanted += [(pair, group) for group in groups if group]
    return wanted


def _compared(
    panel: Weeks, pair: Pair, teams: list[str], charters: Mapping[str, Charter], starts: Mapping[str, Rollout]
) -> tuple[pd.DataFrame, dict[str, int | None], list[str]]:
    """The rows that speak for or against a pair, as the evidence reads them, the week each team starts with it, and the
    others whose own rollout touches one of the two."""
    rows = panel.rows
    weeks: dict[str, int | None] = {}
    leaving = []
    for team in rows["team"].unique():
        start = starts.get(team)
        begins = panel.week_of(start.starts_on) if start and start.starts_on else None
        weeks[team] = begins if team in teams else None
        touched = {measure for both in charter_pairs(charters.get(team)) for measure in both} & set(pair)
        if team not in teams and begins is not None and touched:
            rows = rows[(rows["team"] != team) | (rows["week"] < begins)]
            leaving.append(team)
    columns = ["seller", "team", "week", "present", *(["tier"] if rows["tier"].any() else [])]
    names = {measure: f"{kind}_{measure}" for kind, measure in zip(PAIR, pair, strict=True)}
    return rows[[*columns, *pair]].rename(columns=names), weeks, leaving


def _told(given: _Given, analysis: Analysis, plan: ReviewPlan, dwell: int) -> Row:
    """One pair's verdict as plain values.

    Keys: verdict, reason (why, in a sentence), next_look, looks, spent (how many are taken), dwell, worthwhile, teams,
    design (started, waves, waiting, grade, refused); adoption and effect (estimate, low, high, claimed...), the same
    among middle performers (middle, middle_metric), lead (lag_weeks, elasticity, low, high, p, placebo_p, q, leads;
    doubt, why it is none: "chance", "cause" for a shared one, "late" for a delay beyond the plan's, "many" where of as
    many as were asked one may show it by chance), since_start.
    """
    told = analysis.to_dict()
    verdict = told["verdicts"][0]
    adoption, effect = (next(row for row in told[kind] if row["cohort"] == "all") for kind in ("adoption", "effects"))
    design = {"grade": effect["grade"], "refused": _refusal(effect["note"])}
    return {
        "verdict": verdict["verdict"],
        "reason": f"{verdict['reason'].partition('. ')[0]}.",
        "next_look": verdict["next_look"],
        "looks": list(plan.looks),
        "spent": plan.looks.index(verdict["next_look"]) if verdict["next_look"] else len(plan.looks),
        "dwell": dwell,
        "worthwhile": plan.worthwhile,
        "teams": given.teams,
        "design": given.design() | design,
        "adoption": adoption,
        "effect": effect,
        "lead": given.lead(plan),
        "middle": _of_cohort(told["adoption"], "middle"),
        "middle_metric": _of_cohort(told["effects"], "middle"),
        "since_start": {"activity": [], "metric": []},
        "orders": dict.fromkeys(PAIR),
    }


def _unexamined(refused: str, teams: list[str], plan: ReviewPlan) -> Row:
    """What is told of a pair that cannot be examined: no verdict, and why."""
    return {
        "verdict": None, "reason": f"Not examined: {refused}", "next_look": None, "looks": list(plan.looks),
        "spent": 0, "dwell": plan.dwell_weeks, "worthwhile": plan.worthwhile, "teams": teams, "design": None,
        "since_start": {"metric": [], "activity": []}, "orders": dict.fromkeys(PAIR), "next_look_on": None,
    } | dict.fromkeys(FAMILIES)  # fmt: skip


def _correct(found: Proof, family: Family) -> None:
    """Correct one family, such as the adoption of every activity, for how many were asked (Benjamini-Hochberg).

    Each pair was examined for itself; of many, some would seem to show something by chance. What the share of false
    claims does not allow is not claimed.
    """
    from ..evidence import sequential

    asked = {id(told): told[family] for told in found.verdicts.values() if told[family]}
    q = sequential.adjusted([row["p"] for row in asked.values()])
    claim = "leads" if family == "lead" else "claimed"
    for row, share in zip(asked.values(), q, strict=True):
        row["q"] = share
        held = bool(row[claim] and share is not None and share <= sequential.ALPHA)
        row |= {"doubt": "many"} if family == "lead" and row[claim] and not held else {}
        row[claim] = held


def _of_cohort(rows: list[Row], cohort: str) -> Row | None:
    """The row of one cohort; None where nobody is in it."""
    return next((row for row in rows if row["cohort"] == cohort), None)


def _day_of(look: int | None, begun: list[dt.date | None]) -> str | None:
    """The day of a look, so many weeks after the last start."""
    last = max((day for day in begun if day), default=None)
    return (last + dt.timedelta(weeks=look)).isoformat() if look and last else None


def _refusal(note: str) -> str:
    """Why the design allows no comparison, in the words of the evidence; "" where it allows one."""
    opening = "Refused: "
    return note.removeprefix(opening).partition(". ")[0].rstrip(".") if note.startswith(opening) else ""


def _add_words(found: Proof, analysis: Analysis, teams: list[str], began: dt.date) -> None:
    """The words of the teams that share the pair; to the others' weeks their own rollout adds what this cannot tell."""
    for signal in analysis.to_dict()["signals"]:
        if signal["team"] not in teams:
            continue
        words = found.words.setdefault((signal["team"], signal["measure"]), {})
        words.setdefault(began + dt.timedelta(weeks=signal["week"]), signal["word"])


def _weeks_of(cycle_days: float | None) -> int:
    """A sales cycle and a week, in full weeks."""
    return -int(-(cycle_days or 0) // 7) + 1
