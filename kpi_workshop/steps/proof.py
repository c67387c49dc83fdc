"""What the rollout shows: the weekly panel of sellers behind it, and what the evidence says of each pair."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .. import catalogue
from ..engagement import Engagement
from ..errors import NotComputable, NothingImported, WorkshopError
from ..kinds import Charter, PerformerTier, ReviewPlan, Rollout, Seat
from . import review_plan
from .progress import charter_pairs

if TYPE_CHECKING:
    import pandas as pd

    from ..evidence.analysis import Analysis

COUNTED = ("sum", "distinct")
"""Shapes that can be counted for one seller in one week; a share or a median of so few deals says nothing."""
LOGGED = ("calls_made", "emails_sent", "meetings_held", "conversations")
USUALLY_LOGGED = 5
"""A seller who logs so many of these in a usual week and none at all in another was away in it."""
PAIR = "activity", "metric"

Pair = tuple[str, str]


@dataclass(frozen=True)
class Proof:
    """What was found: for each team and pair its verdict, for each team and measure the signal words of its weeks.

    `verdicts[team, activity, metric]` and `cohorts[team, activity, metric]` are plain values for the report;
    `words[team, measure]` maps the first day of a week to its word. `weeks` are the weeks of single sellers that it
    rests on: seller, team, week, present, tier, seat, and a column for each measure.
    """

    verdicts: dict[tuple[str, str, str], dict[str, Any]] = field(default_factory=dict)
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

    Teams whose charters hold the same pair are examined together. A team without the pair stands for comparison; from
    the day on which its own rollout touches one of the two measures its weeks no longer count. `cycle_days` is each
    team's median sales cycle: nothing may be replaced before that and a week have gone by.
    """
    live = [start for start in starts.values() if start.starts_on and start.starts_on <= as_of]
    if not live:
        return Proof()
    began = min(start.baseline_from for start in starts.values())
    weeks = ((min(as_of, fresh_to) - began).days + 1) // 7
    wanted = _wanted(charters, starts)
    measures = sorted({measure for pair in wanted for measure in pair})
    countable = {measure: not_countable(measure) for measure in measures}
    asked = [measure for measure in measures if not countable[measure]]
    panel = weeks_of_sellers(engagement, asked, began=began, weeks=weeks, as_of=as_of)
    found = Proof(weeks=panel.rows)
    plan = review_plan.held(engagement, as_of=as_of)
    for pair, teams in wanted.items():
        refused = next((countable[measure] for measure in pair if countable[measure]), "")
        if not refused:
            refused = next((panel.refused[measure] for measure in pair if measure in panel.refused), "")
        analysis: Analysis | None = None
        if not refused:
            try:
                dwell = max([plan.dwell_weeks, *(_weeks_of(cycle_days.get(team)) for team in teams)])
                analysis = _analysis(panel, pair, teams, charters, starts, plan, dwell=dwell)
            except WorkshopError as error:
                refused = str(error)
        told = _verdict(analysis, refused, teams, plan)
        found.verdicts.update({(team, *pair): told for team in teams})
        if analysis is not None:
            _add_words(found, analysis, teams, began)
    for family in ("adoption", "effect", "middle", "lead"):
        _correct(found, family)
    return found


@dataclass(frozen=True)
class Weeks:
    """Seller, team, week, present, tier and one column per measure; and why some measures are not there."""

    rows: pd.DataFrame
    refused: dict[str, str]
    began: dt.date

    def week_of(self, day: dt.date) -> int:
        return (day - self.began).days // 7


def _wanted(charters: Mapping[str, Charter], starts: Mapping[str, Rollout]) -> dict[Pair, list[str]]:
    """Each pair with the teams that start with it in their charter, in the order of the charters."""
    wanted: dict[Pair, list[str]] = {}
    for team, charter in charters.items():
        start = starts.get(team)
        if start and start.starts_on:
            for pair in charter_pairs(charter):
                wanted.setdefault(pair, []).append(team)
    return wanted


def not_countable(measure: str) -> str:
    """Why weeks of single sellers cannot be compared by a measure; "" where they can."""
    """Why weeks of single sellers cannot be compared by a measure; "" where they can."""
    from ..crm.formulas import FORMULAS

    known = catalogue.find(measure)
    name = catalogue.name_of(measure)
    if measure not in FORMULAS:
        return f"{name} cannot be computed from a CRM."
    if FORMULAS[measure].shape not in COUNTED:
        return f"{name} is not a count or sum of a seller's week, so weeks of single sellers cannot be compared."
    if known and known.better != "higher":
        return f"More of {name} is not better, so a rise would prove nothing."
    return ""


def weeks_of_sellers(
    engagement: Engagement, measures: list[str], *, began: dt.date, weeks: int, as_of: dt.date
) -> Weeks:
    """The weekly panel of sellers from a day on: `rows` with a column for each measure, `refused` with reasons."""
    import pandas as pd

    read: dict[str, pd.Series] = {}
    refused: dict[str, str] = {}
    for measure in measures:
        try:
            read[measure] = _by_seat(engagement, measure, began=began, weeks=weeks, as_of=as_of)
        except (NotComputable, NothingImported) as error:
            refused[measure] = str(error)
            continue
        if not read[measure].notna().any():
            refused[measure] = f"{catalogue.name_of(measure)} has no value in these weeks."
    rows = _presence(engagement, began=began, weeks=weeks, as_of=as_of)
    place = pd.MultiIndex.from_frame(rows[["seat", "week"]])
    for measure, values in read.items():
        rows[measure] = place.map(values.to_dict())
    for measure in LOGGED:
        if measure not in read:
            try:
                values = _by_seat(engagement, measure, began=began, weeks=weeks, as_of=as_of)
            except (NotComputable, NothingImported):
                continue
            rows[measure] = place.map(values.to_dict())
    return Weeks(rows[~_away(rows)].reset_index(drop=True), refused, began)


def _by_seat(engagement: Engagement, measure: str, *, began: dt.date, weeks: int, as_of: dt.date) -> pd.Series:
    from ..crm import measures

    table = measures.measure_table(engagement, measure, by="seat", every="week", as_of=as_of, since=began)
    week = table["period_start"].map(lambda day: (_day(day) - began).days // 7)
    return table.assign(week=week)[(week >= 0) & (week < weeks)].set_index(["by", "week"])["value"].astype(float)


def _presence(engagement: Engagement, *, began: dt.date, weeks: int, as_of: dt.date) -> pd.DataFrame:
    """Each seller's seat and week with the share of its working days on which the seat was held."""
    import pandas as pd

    starts = [began + dt.timedelta(weeks=week) for week in range(weeks)]
    share: dict[tuple[str, str, int], float] = {}
    for seat in engagement.records.current(Seat, as_of=as_of).values():
        if seat.role != "seller":
            continue
        for week, monday in enumerate(starts):
            working = [day for day in (monday + dt.timedelta(days=n) for n in range(7)) if day.weekday() < 5]
            held = sum(1 for day in working if _holds(seat, day))
            if held:
                key = (seat.person, seat.team, week)
                share[key] = min(1.0, share.get(key, 0.0) + held / len(working))
    tiers = _frozen_tiers(engagement, began=began, as_of=as_of)
    rows = [
        (seller, team, week, present, tiers.get(seller, ""), f"{seller}, {team}")
        for (seller, team, week), present in share.items()
    ]
    return pd.DataFrame(rows, columns=["seller", "team", "week", "present", "tier", "seat"])


def _frozen_tiers(engagement: Engagement, *, began: dt.date, as_of: dt.date) -> dict[str, str]:
    """The tiers as they stood when the first team started, so that nobody is sorted by what came after."""
    begun = [
        rollout.starts_on
        for rollout in engagement.records.current(Rollout, as_of=as_of).values()
        if rollout.starts_on is not None
    ]
    frozen_on = min(begun, default=as_of) - dt.timedelta(days=1)
    held = engagement.records.current(PerformerTier, as_of=frozen_on)
    return {tier.person: tier.tier for tier in held.values()}


def _away(rows: pd.DataFrame) -> pd.Series:
    """Who logged nothing at all in a week though they usually log much."""
    logged = rows[[measure for measure in LOGGED if measure in rows]].fillna(0).sum(axis=1)
    return logged.eq(0) & logged.groupby(rows["seat"]).transform("median").ge(USUALLY_LOGGED)


def _analysis(
    panel: Weeks,
    pair: Pair,
    teams: Iterable[str],
    charters: Mapping[str, Charter],
    starts: Mapping[str, Rollout],
    plan: ReviewPlan,
    *,
    dwell: int,
) -> Analysis:
    from ..evidence.analysis import analyse

    rows = panel.rows
    weeks: dict[str, int | None] = {}
    for team in rows["team"].unique():
        start = starts.get(team)
        begins = panel.week_of(start.starts_on) if start and start.starts_on else None
        weeks[team] = begins if team in teams else None
        touched = {measure for both in charter_pairs(charters.get(team)) for measure in both} & set(pair)
        if team not in teams and begins is not None and touched:
            rows = rows[(rows["team"] != team) | (rows["week"] < begins)]
    columns = ["seller", "team", "week", "present", *(["tier"] if rows["tier"].any() else [])]
    names = {measure: f"{kind}_{measure}" for kind, measure in zip(PAIR, pair, strict=True)}
    asked = rows[[*columns, *pair]].rename(columns=names)
    return analyse(asked, weeks, looks=plan.looks, dwell=dwell, worthwhile=plan.worthwhile)


def _verdict(analysis: Analysis | None, refused: str, teams: list[str], plan: ReviewPlan) -> dict[str, Any]:
    """One pair's verdict as plain values; without an analysis there is none, and the reason says why."""
    if analysis is None:
        return {
            "verdict": None, "reason": f"Not examined: {refused}", "next_look": None, "looks": list(plan.looks),
            "teams": teams, "adoption": None, "effect": None, "lead": None, "middle": None,
        }  # fmt: skip
    told = analysis.to_dict()
    verdict, lead = told["verdicts"][0], told["leads"][0]
    return {
        "verdict": verdict["verdict"],
        "reason": verdict["reason"],
        "next_look": verdict["next_look"],
        "looks": list(plan.looks),
        "teams": teams,
        "adoption": _of_cohort(told["adoption"], "all"),
        "effect": _of_cohort(told["effects"], "all"),
        "lead": lead,
        "middle": _of_cohort(told["adoption"], "middle"),
    }


def _correct(found: Proof, family: str) -> None:
    """Correct one family, such as the adoption of every activity, for how many were asked (Benjamini-Hochberg).

    Each pair was examined for itself; of many, some would seem to show something by chance. What the share of false
    claims does not allow is not claimed.
    """
    from ..evidence import sequential

    asked = {(activity, metric): told[family] for (_, activity, metric), told in found.verdicts.items() if told[family]}
    q = sequential.adjusted([row["p"] for row in asked.values()])
    claim = "leads" if family == "lead" else "claimed"
    for row, share in zip(asked.values(), q, strict=True):
        row["q"] = share
        row[claim] = bool(row[claim] and share is not None and share <= sequential.ALPHA)


def _of_cohort(rows: list[dict[str, Any]], cohort: str) -> dict[str, Any] | None:
    return next((row for row in rows if row["cohort"] == cohort), None)


def _add_words(found: Proof, analysis: Analysis, teams: list[str], began: dt.date) -> None:
    """The words of the teams that share the pair; to the others' weeks their own rollout adds what this cannot tell."""
    for signal in analysis.to_dict()["signals"]:
        if signal["team"] not in teams:
            continue
        words = found.words.setdefault((signal["team"], signal["measure"]), {})
        words.setdefault(began + dt.timedelta(weeks=signal["week"]), signal["word"])


def _holds(seat: Seat, day: dt.date) -> bool:
    return (seat.valid_from is None or seat.valid_from <= day) and (seat.valid_to is None or day <= seat.valid_to)


def _day(value: Any) -> dt.date:
    return value.date() if isinstance(value, dt.datetime) else dt.date.fromisoformat(str(value)[:10])


def _weeks_of(cycle_days: float | None) -> int:
    """A sales cycle and a week, in full weeks."""
    return -int(-(cycle_days or 0) // 7) + 1
