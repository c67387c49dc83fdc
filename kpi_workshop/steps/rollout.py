"""Step 5, the rollout: when each team starts, what it is compared with, its targets, and what was decided."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Literal

from .. import catalogue
from ..crm.sources.proposals import target_key
from ..engagement import Engagement
from ..errors import WorkshopError, did_you_mean
from ..kinds import Charter, Decision, Rollout, Seat, Target, Team
from ..numbers import RATIOS, joined, spoken_day
from .progress import charter_pairs

BASELINE_WEEKS = 26
SHORTEST_BASELINE, LONGEST_BASELINE = 6, 104
"""Weeks before the start that a team is compared with: what is proposed, the fewest that say anything, the most."""

MOST_OF_A_SHARE = 5.0
"""A share beyond 500 % is a percentage typed without its point."""

REVIEW_WEEKS = 8
"""Weeks a measure is given before the first review may replace it; a longer sales cycle adds to it (S4:73)."""

Verdict = Literal["keep", "watch", "replace", "fix adoption"]


def teams(engagement: Engagement, *, as_of: dt.date) -> list[str]:
    """The teams in the order of the org chart, then those that only have people in them."""
    named = engagement.records.current(Team, as_of=as_of)
    ordered = [team.name for team in sorted(named.values(), key=lambda team: team.order)]
    seated = sorted({seat.team for seat in engagement.records.current(Seat, as_of=as_of).values()})
    return list(dict.fromkeys(ordered + seated))


def charters(engagement: Engagement, *, as_of: dt.date) -> dict[str, Charter]:
    """The charter of each team that has one with at least one measure, as it held on `as_of`."""
    held = engagement.records.current(Charter, as_of=as_of)
    return {charter.team: charter for charter in held.values() if charter.lines}


def starts(engagement: Engagement, *, as_of: dt.date) -> dict[str, Rollout]:
    """The recorded start and baseline of each team; a start of None is a team kept back for comparison."""
    return {rollout.team: rollout for rollout in engagement.records.current(Rollout, as_of=as_of).values()}


def decisions(engagement: Engagement, *, as_of: dt.date) -> dict[tuple[str, str, str], Decision]:
    """The latest decision for each (team, activity, metric)."""
    found = [d for d in engagement.records.current(Decision, as_of=as_of).values() if d.decided_on <= as_of]
    return {(d.team, d.activity, d.metric): d for d in sorted(found, key=lambda d: d.decided_on)}


def sellers(engagement: Engagement, *, as_of: dt.date) -> dict[str, int]:
    """How many sellers sit in each team on `as_of`."""
    seats = engagement.records.current(Seat, as_of=as_of).values()
    sitting: dict[str, set[str]] = {}
    for seat in seats:
        begun = seat.valid_from is None or seat.valid_from <= as_of
        if seat.role == "seller" and begun and (seat.valid_to is None or seat.valid_to >= as_of):
            sitting.setdefault(seat.team, set()).add(seat.person)
    return {team: len(people) for team, people in sitting.items()}


def first_day_of_week(engagement: Engagement, day: dt.date) -> dt.date:
    """The first day of the week that holds `day`, by the engagement's calendar."""
    offset = day.weekday() if engagement.settings.calendar.week_starts == "monday" else (day.weekday() + 1) % 7
    return day - dt.timedelta(days=offset)


def planned(
    engagement: Engagement,
    team: str,
    *,
    starts_on: dt.date | None,
    baseline_weeks: int = BASELINE_WEEKS,
    compared_up_to: dt.date | None = None,
    as_of: dt.date,
    reason: str = "",
) -> Rollout:
    """The plan of one team, checked and not yet recorded: its start, and the weeks before it as its baseline.

    `starts_on` is the first day of a week; None keeps the team back for comparison, with a baseline that ends with
    the last full week before `compared_up_to` (default `as_of`). After the start a change needs a reason.
    """
    known = teams(engagement, as_of=as_of)
    if team not in known:
        raise WorkshopError(f"Team '{team}' is not in the org chart. {did_you_mean(team, known)}".strip())
    if not SHORTEST_BASELINE <= baseline_weeks <= LONGEST_BASELINE:
        raise WorkshopError(
            f"{team} cannot be compared with {baseline_weeks} weeks. "
            f"Give {SHORTEST_BASELINE} to {LONGEST_BASELINE} weeks before the start."
        )
    week = first_day_of_week(engagement, starts_on or compared_up_to or as_of)
    if starts_on and starts_on != week:
        following = week + dt.timedelta(days=7)
        raise WorkshopError(
            f"{spoken_day(starts_on)} is not the first day of a week. "
            f"Start {team} on {spoken_day(week)} or {spoken_day(following)}."
        )
    new = Rollout(
        team=team,
        starts_on=starts_on,
        baseline_from=week - dt.timedelta(weeks=baseline_weeks),
        baseline_to=week - dt.timedelta(days=1),
        reason=reason.strip(),
    )
    old = starts(engagement, as_of=as_of).get(team)
    if old and old.starts_on and old.starts_on <= as_of and new.reason in ("", old.reason):
        was = [_dates(version.record) for version in engagement.records.history(Rollout, team)]
        if _dates(new) not in was:
            raise WorkshopError(
                f"{team} started on {spoken_day(old.starts_on)} and its baseline is frozen. "
                "Give a reason to change it; the old plan stays in the history."
            )
    return new


def record_plans(engagement: Engagement, plans: Iterable[Rollout], *, as_of: dt.date, by: str = "") -> None:
    """Record the plans of all teams; a team that is no longer among them is taken out, its history stays."""
    new = {plan.team: plan for plan in plans}
    gone = [(Rollout, team) for team in starts(engagement, as_of=as_of) if team not in new]
    engagement.records.save_all(new.items(), without=gone, effective=as_of, by=by)


def target(
    engagement: Engagement,
    team: str,
    measure: str,
    value: float,
    *,
    period_from: dt.date,
    period_to: dt.date,
    as_of: dt.date,
    reason: str = "",
) -> Target:
    """What a team should reach in a measure over one period, checked and not yet recorded.

    Once the team has started, another target for the same period needs a reason, also after it was taken out.
    """
    known = teams(engagement, as_of=as_of)
    if team not in known:
        raise WorkshopError(f"Team '{team}' is not in the org chart. {did_you_mean(team, known)}".strip())
    found = catalogue.get(measure)
    if not 0 <= value < float("inf"):
        raise WorkshopError(f"The target of {team} for '{found.name}' is {value}. Give a number from 0 up.")
    if found.unit in RATIOS and value > MOST_OF_A_SHARE:
        raise WorkshopError(
            f"{value:g} as a target of {team} for '{found.name}' would be {value * 100:,.0f} %. Write 0.25 for 25 %."
        )
    if period_to < period_from:
        raise WorkshopError(
            f"The target of {team} for '{found.name}' ends on {spoken_day(period_to)}, "
            f"before it begins on {spoken_day(period_from)}."
        )
    new = Target(
        owner_is="team", owner=team, measure=found.id, period_from=period_from, period_to=period_to, value=value,
        reason=reason.strip(),
    )  # fmt: skip
    start = starts(engagement, as_of=as_of).get(team)
    ever = [one.record for one in engagement.records.history(Target, target_key(new)) if one.effective <= as_of]
    changes = bool(ever) and (new.value, new.period_to) != (ever[-1].value, ever[-1].period_to)
    if start and start.starts_on and start.starts_on <= as_of and changes and new.reason in ("", ever[-1].reason):
        raise WorkshopError(
            f"{team} started on {spoken_day(start.starts_on)} with another target for '{found.name}'. "
            "Give a reason to change it; the old target stays in the history."
        )
    return new


def record_targets(engagement: Engagement, targets: Iterable[Target], *, as_of: dt.date, by: str = "") -> None:
    """Record the targets of teams as they now are; one that is no longer among them is taken out."""
    new = {target_key(target): target for target in targets}
    held = engagement.records.current(Target, as_of=as_of)
    gone = [(Target, key) for key, old in held.items() if old.owner_is == "team" and key not in new]
    engagement.records.save_all(new.items(), without=gone, effective=as_of, by=by)


def team_targets(engagement: Engagement, *, as_of: dt.date, team: str = "") -> list[Target]:
    """The targets of one team or of all teams, in order of team, first day and measure."""
    found = [
        target
        for target in engagement.records.current(Target, as_of=as_of).values()
        if target.owner_is == "team" and team in ("", target.owner)
    ]
    return sorted(found, key=lambda target: (target.owner, target.period_from, target.measure))


def decide(
    engagement: Engagement,
    team: str,
    *,
    activity: str,
    metric: str,
    decision: Verdict,
    decided_on: dt.date,
    reason: str = "",
    by: str = "",
) -> Decision:
    """Record what the leader decided about an activity and the metric it should move; it comes back."""
    pairs = charter_pairs(charters(engagement, as_of=decided_on).get(team))
    if (activity, metric) not in pairs:
        known = [f"{first} and {second}" for first, second in pairs]
        raise WorkshopError(
            f"The charter of {team} does not pair '{activity}' with '{metric}'. "
            f"{did_you_mean(f'{activity} and {metric}', known) or 'It pairs nothing yet.'}"
        )
    if decision == "replace" and not reason.strip():
        raise WorkshopError(f"Replacing '{catalogue.name_of(activity)}' needs a reason in a few words.")
    if decision == "replace":
        _refuse_a_second_swap(engagement, team, activity=activity, metric=metric, decided_on=decided_on)
    record = Decision(
        team=team, activity=activity, metric=metric, decision=decision, decided_on=decided_on, reason=reason.strip()
    )
    engagement.records.save(record, f"{team}|{activity}|{metric}|{decided_on}", effective=decided_on, by=by)
    return record


def _refuse_a_second_swap(
    engagement: Engagement, team: str, *, activity: str, metric: str, decided_on: dt.date
) -> None:
    """Refuse to replace a second activity at one review: of two swaps at once nobody learns which one helped (S4:73).

    The metrics of one activity may go with it.
    """
    for other in decisions(engagement, as_of=decided_on).values():
        same_day = (other.team, other.decided_on, other.decision) == (team, decided_on, "replace")
        if same_day and other.activity != activity:
            raise WorkshopError(
                f"{team} replaces '{catalogue.name_of(other.activity)}' at this review already; at the most one "
                f"activity is swapped at a time. Keep '{catalogue.name_of(activity)}' until the next review, or take "
                "that one back."
            )


def earliest_review(starts_on: dt.date, *, cycle_days: float | None) -> dt.date:
    """The first day on which a measure may be replaced: eight weeks, or the sales cycle and a week where longer.

    >>> earliest_review(dt.date(2024, 1, 1), cycle_days=80.5)
    datetime.date(2024, 4, 1)
    """
    weeks = max(REVIEW_WEEKS, -int(-(cycle_days or 0) // 7) + 1)
    return starts_on + dt.timedelta(weeks=weeks)


def missing(engagement: Engagement, *, as_of: dt.date) -> list[str]:
    """What still keeps the rollout from being read: one plain sentence each; an empty list is ready."""
    agreed = charters(engagement, as_of=as_of)
    if not agreed:
        return ["No team has a charter yet: choose its measures in step 4."]
    planned = starts(engagement, as_of=as_of)
    found = []
    for team, charter in agreed.items():
        if charter.status == "draft":
            found.append(f"The charter of {team} is still a draft.")
        if team not in planned:
            found.append(f"{team} has a charter but no start and no baseline.")
        targeted = {target.measure for target in team_targets(engagement, team=team, as_of=as_of)}
        bare = [
            catalogue.name_of(line.measure)
            for line in charter.lines
            if line.label != "signal" and line.target is None and catalogue.id_of(line.measure) not in targeted
        ]
        if bare:
            found.append(f"{team} has no target for {joined(bare)}.")
        found += _decisions_due(engagement, team, charter, planned.get(team), as_of=as_of)
    without = [team for team in teams(engagement, as_of=as_of) if team not in agreed]
    if without:
        found.append(f"No charter yet for {joined(without)}.")
    return found


def _decisions_due(
    engagement: Engagement, team: str, charter: Charter, rollout: Rollout | None, *, as_of: dt.date
) -> list[str]:
    if not (rollout and rollout.starts_on):
        return []
    due = earliest_review(rollout.starts_on, cycle_days=None)
    made = decisions(engagement, as_of=as_of)
    open_pairs = [pair for pair in charter_pairs(charter) if (team, *pair) not in made]
    if due > as_of or not open_pairs:
        return []
    pairs = joined([f"{catalogue.name_of(first)} → {catalogue.name_of(second)}" for first, second in open_pairs])
    return [f"{team} has been live for {REVIEW_WEEKS} weeks or more; nothing is decided yet on {pairs}."]


def _dates(rollout: Rollout) -> tuple[dt.date | None, dt.date, dt.date]:
    return rollout.starts_on, rollout.baseline_from, rollout.baseline_to
