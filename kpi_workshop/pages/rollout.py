"""The pages of step 5: forms for starts, targets and decisions, the timeline, the progress table and the report."""

from __future__ import annotations

import datetime as dt
from typing import Any

from .. import catalogue
from ..crm import measures
from ..errors import WorkshopError
from ..kinds import Decision, Rollout, Target
from ..numbers import NOT_COMPUTABLE, counted, spoken_day, written
from ..steps import progress as team_progress
from ..steps import rollout as step
from . import day, plain, report_charts
from . import report as pages
from .forms import Field, Form, Refused, Values
from .picture import Picture
from .plain import PlainList, PlainTable
from .table_editor import Column
from .workshop import Workshop

_VERDICTS = ("keep", "watch", "replace", "fix adoption")


def form(here: Workshop) -> Form:
    """When each team starts, and the weeks before it that are its baseline."""
    engagement, as_of = here.engagement, here.as_of

    def load() -> Values:
        planned = step.starts(engagement, as_of=as_of)
        return {"starts": [_start_row(team, planned.get(team)) for team in step.teams(engagement, as_of=as_of)]}

    def save(values: Values) -> str:
        rows = [row for row in values["starts"] if row["starts_on"] or row["kept_back"]]
        latest = max((row["starts_on"] for row in rows if row["starts_on"]), default=as_of)
        held = step.starts(engagement, as_of=as_of)
        plans, wrong = [], {}
        for row in rows:
            old = held.get(row["team"])
            kept = old.baseline_to + dt.timedelta(days=1) if old and old.starts_on is None else latest
            try:
                if row["starts_on"] and row["kept_back"]:
                    raise WorkshopError(f"{row['team']} either starts or is kept back. Leave one of the two empty.")
                plan = step.planned(
                    engagement,
                    row["team"],
                    starts_on=row["starts_on"],
                    baseline_weeks=row["baseline_weeks"] or step.BASELINE_WEEKS,
                    compared_up_to=kept,
                    as_of=as_of,
                    reason=row["reason"],
                )
                plans.append(plan)
            except WorkshopError as error:
                wrong[row["row"]] = str(error)
        if wrong:
            raise Refused(rows={"starts": wrong})
        step.record_plans(engagement, plans, as_of=as_of)
        return ""

    columns = (
        Column("team", "Team", fixed=True),
        Column("starts_on", "Starts on", kind="day", help="The first day of a week"),
        Column("kept_back", "Kept back for comparison", kind="flag"),
        Column("baseline_weeks", "Baseline weeks", kind="whole", help="12 at the least, better 26 or 52"),
        Column("reason", "Reason for a change after the start"),
    )
    words = (
        "Teams may start in different weeks; one kept back shows what the season does by itself. The weeks before the "
        "start are frozen as the baseline."
    )
    return Form(
        "Starts and baselines",
        [Field("starts", "Teams", kind="table", columns=columns, noun="team", grows=False)],
        load=load,
        save=save,
        value=lambda: step.starts(engagement, as_of=as_of),
        tell=lambda: _planned_words(here),
        store=engagement.records,
        kinds=(Rollout,),
        button="Record the plan",
        help=words,
    )


def targets_form(here: Workshop) -> Form:
    """What each team should reach in a measure over a period."""
    engagement, as_of = here.engagement, here.as_of
    names = {measure: catalogue.name_of(measure) for measure in measures.COMPUTABLE}

    def load() -> Values:
        held = step.team_targets(engagement, as_of=as_of)
        return {
            "targets": [
                {
                    "team": t.owner,
                    "measure": t.measure,
                    "value": t.value,
                    "first": t.period_from,
                    "last": t.period_to,
                    "reason": t.reason,
                }
                for t in held
            ]
        }

    def save(values: Values) -> str:
        targets: list[Target] = []
        wrong: dict[int, str] = {}
        for row in values["targets"]:
            try:
                target = step.target(
                    engagement,
                    row["team"],
                    row["measure"],
                    row["value"],
                    period_from=row["first"],
                    period_to=row["last"],
                    as_of=as_of,
                    reason=row["reason"] or "",
                )
                if step.target_key(target) in map(step.target_key, targets):
                    raise WorkshopError(
                        f"{row['team']} has a target for {names[target.measure]} from that day already."
                    )
                targets.append(target)
            except WorkshopError as error:
                wrong[row["row"]] = str(error)
        if wrong:
            raise Refused(rows={"targets": wrong})
        step.record_targets(engagement, targets, as_of=as_of)
        return ""

    columns = (
        Column("team", "Team", kind="choice", choices=step.teams(engagement, as_of=as_of), needed=True),
        Column("measure", "Measure", kind="choice", choices=names, needed=True),
        Column("value", "Target", kind="number", needed=True),
        Column("first", "First day", kind="day", needed=True),
        Column("last", "Last day", kind="day", needed=True),
        Column("reason", "Reason for a change after the start"),
    )
    return Form(
        "Targets of teams",
        [Field("targets", "Targets", kind="table", columns=columns, noun="target")],
        load=load,
        save=save,
        value=lambda: step.team_targets(engagement, as_of=as_of),
        tell=lambda: f"{counted(len(step.team_targets(engagement, as_of=as_of)), 'target')}.",
        store=engagement.records,
        kinds=(Target,),
        at_once=True,
        help="Beside those of the charter. One over several months is shown with its pace, never split into weeks. "
        "A share is written as 0.25.",
    )


def decision_form(here: Workshop) -> Form:
    """What the leader decides about an activity and the metric it should move."""
    engagement, as_of = here.engagement, here.as_of
    pairs = {
        f"{team}|{activity}|{metric}": (team, activity, metric)
        for team, charter in step.charters(engagement, as_of=as_of).items()
        for activity, metric in team_progress.charter_pairs(charter)
    }
    named = {key: f"{team}: {_pair(activity, metric)}" for key, (team, activity, metric) in pairs.items()}

    def save(values: Values) -> str:
        team, activity, metric = pairs[values["pair"]]
        decided = step.decide(
            engagement,
            team,
            activity=activity,
            metric=metric,
            decision=values["decision"],
            decided_on=values["decided_on"],
            reason=values["reason"],
        )
        return f"{team}: {decided.decision}."

    return Form(
        "A decision",
        [
            Field("pair", "Activity and metric", kind="choice", choices=named, needed=True),
            Field("decision", "Decision", kind="choice", choices=_VERDICTS, needed=True),
            Field("decided_on", "Decided on", kind="day", needed=True),
            Field("reason", "Because", kind="long", help="Needed to replace a measure."),
        ],
        load=lambda: {"decided_on": as_of},
        save=save,
        value=lambda: list(step.decisions(engagement, as_of=as_of).values()),
        tell=lambda: f"{counted(len(step.decisions(engagement, as_of=as_of)), 'decision')} recorded.",
        store=engagement.records,
        kinds=(Decision,),
        clear=True,
        button="Record the decision",
        help="One activity and one metric are swapped at a review, at the most.",
    )


def plan(here: Workshop) -> PlainTable:
    """The recorded starts and baselines."""
    planned = step.starts(here.engagement, as_of=here.as_of)
    rows = [
        {
            "team": team,
            "start": spoken_day(rollout.starts_on) if rollout.starts_on else "kept back for comparison",
            "baseline": f"{spoken_day(rollout.baseline_from)} to {spoken_day(rollout.baseline_to)}",
            "reason": rollout.reason,
        }
        for team, rollout in planned.items()
    ]
    columns = {"team": "Team", "start": "Start", "baseline": "Baseline", "reason": "Reason for a change"}
    return plain.table(rows, columns, says=_planned_words(here))


def targets(here: Workshop) -> PlainTable:
    """The recorded targets of teams."""
    held = step.team_targets(here.engagement, as_of=here.as_of)
    units = catalogue.measures()
    rows = [
        {
            "team": target.owner,
            "measure": catalogue.name_of(target.measure),
            "value": written(target.value, units[target.measure].unit, currency=here.engagement.settings.currency),
            "time": f"{spoken_day(target.period_from)} to {spoken_day(target.period_to)}",
            "reason": target.reason,
        }
        for target in held
        if target.measure in units
    ]
    columns = {"team": "Team", "measure": "Measure", "value": "Target", "time": "Over", "reason": "Reason for a change"}
    count = counted(len(rows), "target") if rows else "No targets"
    return plain.table(rows, columns, says=f"{count} beside those of the charters.", right=("value",))


def decided(here: Workshop) -> PlainTable:
    """The recorded decisions, the latest of each pair."""
    held = step.decisions(here.engagement, as_of=here.as_of).values()
    rows = [
        {
            "team": d.team,
            "pair": _pair(d.activity, d.metric),
            "decision": d.decision,
            "on": d.decided_on,
            "why": d.reason,
        }
        for d in held
    ]
    columns = {"team": "Team", "pair": "Activity → metric", "decision": "Decision", "on": "On", "why": "Because"}
    return plain.table(rows, columns, says=f"{counted(len(rows), 'decision')} recorded.")


def picture(here: Workshop) -> Picture | PlainList:
    """The starts on one line of time: each team's baseline in grey, then the weeks since it went live."""
    planned = step.starts(here.engagement, as_of=here.as_of)
    if not planned:
        return PlainList("", nothing="No start is planned yet: there is no timeline to draw.")
    return report_charts.timeline(planned, as_of=here.as_of)


def progress(here: Workshop) -> PlainTable:
    """Each team's measures as its report shows them: latest full period, target and baseline."""
    facts = day.facts(here)
    if not facts["gate"]["passes"]:
        return PlainTable(facts["gate"]["says"])
    rows = [row for team in facts["teams"] for row in _progress_rows(team, facts["currency"])]
    columns = {
        "team": "Team", "measure": "Measure", "period": "Latest full period", "value": "Value", "target": "Target",
        "baseline": "Baseline",
    }  # fmt: skip
    said = "\n".join(f"{team['takeaway']}." for team in facts["teams"])
    return plain.table(rows, columns, says=said or "There is no team yet.", right=("value", "target", "baseline"))


def report(here: Workshop) -> PlainList:
    """Write the report's pages and its facts below `runs/<as-of>` of the engagement, and say where they are."""
    facts = day.facts(here)
    folder = here.engagement.run_folder(here.as_of.isoformat())
    written_to = pages.write(facts, folder)
    pages.write_facts(facts, folder)
    where = folder.relative_to(here.engagement.folder).as_posix()
    demo = "Demo data. " if facts["demo"] else ""
    notes = "".join(f"{note} " for note in (facts["brand"] or {}).get("notes", ()))
    says = f"{demo}{notes}{counted(len(written_to), 'page')} in {where} of this engagement; open them in a browser:"
    named = tuple(f"{where}/{file.name}" for file in written_to)
    return PlainList(says, named, links=tuple(f"../{name}" for name in named))


def missing(here: Workshop) -> PlainList:
    """What still keeps the rollout from being read."""
    lines = step.missing(here.engagement, as_of=here.as_of)
    return PlainList("Still missing:", tuple(lines), "Nothing is missing.")


def _progress_rows(team: dict[str, Any], currency: str) -> list[dict[str, object]]:
    def say(value: float | None, line: dict[str, Any]) -> str:
        return written(value, line["unit"], currency=currency)

    rows: list[dict[str, object]] = []
    for line in [*team["activities"], *team["metrics"], *team["signals"]]:
        latest, before = line["latest"], line["baseline"]
        reason = line["why_not"] or (latest["note"] if latest and latest["value"] is None else "")
        reason = reason.removeprefix(f"{NOT_COMPUTABLE}: ")
        rows.append(
            {
                "team": team["team"],
                "measure": line["name"],
                "period": latest["says"] if latest else "",
                "value": f"{NOT_COMPUTABLE}: {reason}" if reason else say(latest["value"], line) if latest else "",
                "target": say(line["target"], line) if line["target"] is not None else "",
                "baseline": say(before["value"], line) if before else "",
            }
        )
    for line in team["measures"]:
        finished = [row for row in line["quarters"] if row["finished"]]
        if finished:
            value = say(finished[-1]["value"], line)
            rows.append({"team": team["team"], "measure": line["name"], "period": finished[-1]["says"], "value": value})
    return rows


def _start_row(team: str, rollout: Rollout | None) -> Values:
    if rollout is None:
        weeks, starts_on, kept_back, reason = step.BASELINE_WEEKS, None, False, ""
    else:
        weeks = ((rollout.baseline_to - rollout.baseline_from).days + 1) // 7
        starts_on, kept_back, reason = rollout.starts_on, rollout.starts_on is None, rollout.reason
    return {
        "team": team, "starts_on": starts_on, "kept_back": kept_back, "baseline_weeks": weeks, "reason": reason,
    }  # fmt: skip


def _planned_words(here: Workshop) -> str:
    planned = step.starts(here.engagement, as_of=here.as_of).values()
    live = sum(1 for rollout in planned if rollout.starts_on and rollout.starts_on <= here.as_of)
    later = sum(1 for rollout in planned if rollout.starts_on and rollout.starts_on > here.as_of)
    back = sum(1 for rollout in planned if rollout.starts_on is None)
    return f"{counted(live, 'team')} live, {later} to start, {back} kept back."


def _pair(activity: str, metric: str) -> str:
    return f"{catalogue.name_of(activity)} → {catalogue.name_of(metric)}"
