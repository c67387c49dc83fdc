"""Everything a report shows, as plain values: one team after another, computed for one day."""

from __future__ import annotations

import datetime as dt
from typing import Any

from .. import brand, catalogue, locales
from ..engagement import Engagement
from ..kinds import Annotation, Charter, ReviewPlan, Rollout
from . import (
    adoption,
    data_gate,
    exceptions,
    identity,
    past_reports,
    pipeline,
    progress,
    proof,
    pulse,
    review_plan,
    rollout,
    since_last,
    takeaway,
)
from .behaviour import behaviour, will_meet
from .progress import charter_pairs


def facts(engagement: Engagement, *, as_of: dt.date) -> dict[str, Any]:
    """Everything the report shows, as plain values: the same records, data, settings and day give the same facts.

    `gate` says whether the data reach the report date (`passes`); where they do not, `teams` is empty and nothing is
    claimed. Each team holds its takeaway, charter, readings by `label`, pairs with what the evidence says of them and
    what the leader decided, exceptions, what changed since the last report before (`previous`), and what is not
    computable. `is_due` is False where no measure has had a new period since then. `inputs` is what it was made from,
    and `run` a hash of that. No seller is named. All of it comes from one import, however many come meanwhile.
    """
    from ..crm import engines

    with locales.writing(engagement.settings.locale):
        return identity.settled(engines.of_one_import(engagement, lambda: _facts(engagement, as_of)))


def _facts(engagement: Engagement, as_of: dt.date) -> dict[str, Any]:
    settings = engagement.settings
    before = past_reports.last_before(engagement, day=as_of)
    gate = data_gate.check(engagement, as_of=as_of, before=before)
    fresh_to = dt.date.fromisoformat(gate["fresh_to"]) if gate["fresh_to"] else None
    shown = rollout.teams(engagement, as_of=as_of) if gate["passes"] else []
    book = _Book(engagement, as_of=as_of, fresh_to=fresh_to) if shown else None
    found: dict[str, Any] = {
        "schema": past_reports.SCHEMA,
        "engagement": settings.name,
        "demo": settings.demo,
        "currency": settings.currency,
        "locale": settings.locale,
        "paper": settings.paper_size,
        "brand": brand.facts(settings.brand, engagement.folder),
        "smallest_group": settings.smallest_group,
        "calendar": settings.calendar.model_dump(mode="json"),
        "as_of": as_of.isoformat(),
        "gate": gate,
        "review_plan": review_plan.told(engagement, as_of=as_of),
        "previous": before and {"as_of": before["as_of"], "run": before["run"]},
        "teams": [book.team(team) for team in shown] if book else [],
    }
    for team in found["teams"]:
        since_last.mark_due(team, before)
        team["changes"] = since_last.changes(team, before)
    found["is_due"] = since_last.is_anything_due(found)
    found["inputs"] = identity.inputs(engagement, as_of=as_of, found=found)
    found["run"] = identity.run_id(found["inputs"])
    return found


class _Book:
    """What all teams' pages are made from, each read once."""

    def __init__(self, engagement: Engagement, *, as_of: dt.date, fresh_to: dt.date | None) -> None:
        self.engagement, self.as_of = engagement, as_of
        self.panel = progress.Panel(engagement, as_of=as_of, fresh_to=fresh_to)
        self.charters = rollout.charters(engagement, as_of=as_of)
        self.starts = rollout.starts(engagement, as_of=as_of)
        self.sellers = rollout.sellers(engagement, as_of=as_of)
        self.decisions = rollout.decisions(engagement, as_of=as_of)
        self.plan: ReviewPlan = review_plan.held(engagement, as_of=as_of)
        notes = engagement.records.current(Annotation, as_of=as_of).values()
        self.notes = [note for note in notes if note.day <= as_of]
        self.pipeline = pipeline.review(engagement, as_of=as_of)
        self.check_ins = pulse.check_ins(engagement, as_of=as_of)
        self.trust = _trusted(engagement, self.charters, as_of=as_of)
        cycles = {team: self._cycle_days(team) for team in self.charters}
        self.reviews = {
            team: rollout.earliest_review(start.starts_on, cycle_days=cycles.get(team))
            for team, start in self.starts.items()
            if start.starts_on
        }
        self.proof = proof.proof(
            engagement, self.charters, self.starts, cycle_days=cycles, as_of=as_of, fresh_to=fresh_to or as_of
        )

    def team(self, team: str) -> dict[str, Any]:
        """The facts of one team."""
        charter = self.charters.get(team)
        start = self.starts.get(team) if charter else None
        starts_on = start.starts_on if start else None
        targets = rollout.team_targets(self.engagement, team=team, as_of=self.as_of)
        lines = [
            progress.reading(self.panel, team, line, rollout=start, targets=targets) | {"owner": line.owner}
            for line in (charter.lines if charter else ())
        ]
        guards = progress.guardrails(self.panel, team, charter, rollout=start) if charter else []
        for line in [*lines, *guards]:
            line["behaviour"] = self._behaviour(team, line, start)
        for line in lines:
            weekly = line["every"] == "week" and line["label"] == "activity"
            line["adoption"] = adoption.adoption(
                self.proof.weeks, team, line["measure"], target=line["target"] if weekly else None,
                sellers=self.sellers.get(team, 0), smallest=self.engagement.settings.smallest_group,
            )  # fmt: skip
            line["trust"] = self.trust.get((team, line["measure"]))
        live = starts_on is not None and starts_on <= self.as_of
        found: dict[str, Any] = {
            "team": team,
            "sellers": self.sellers.get(team, 0),
            "charter": charter and {
                "version": charter.version, "dated": charter.dated.isoformat(), "status": charter.status,
            },
            "planned": start is not None,
            "starts_on": starts_on.isoformat() if starts_on else None,
            "week": (self.as_of - starts_on).days // 7 + 1 if starts_on and live else None,
            "baseline": start and {"from": start.baseline_from.isoformat(), "to": start.baseline_to.isoformat()},
            "activities": [line for line in lines if line["label"] == "activity"],
            "metrics": [line for line in lines if line["label"] == "metric"],
            "signals": [line for line in lines if line["label"] == "signal"],
            "guardrails": guards,
            "measures": [] if charter else progress.overview(self.panel, team),
            "not_computable": [] if charter else [
                {"name": catalogue.name_of(measure), "says": why} for measure, why in self.panel.reasons.items() if why
            ],
            "pairs": self._pairs(team, charter),
            "exceptions": exceptions.exceptions(lines, guards),
            "recognition": exceptions.recognition(lines),
            "pipeline": self.pipeline.get(team),
            "talks": [
                shown for measure in ("productive_conversations", "topic_coverage")
                if (shown := progress.latest_month(self.panel, team, measure))
            ],
            "pulse": [
                {"week": row.week, "closes": row.closes.isoformat(), "is_open": row.is_open, "answers": row.answers,
                 "mean": row.mean}
                for row in self.check_ins if row.team == team
            ],
            "earliest_review": self.reviews[team].isoformat() if starts_on else None,
        }  # fmt: skip
        found["takeaway"] = takeaway.sentence(found, currency=self.engagement.settings.currency, as_of=self.as_of)
        return found

    def _behaviour(self, team: str, line: dict[str, Any], start: Rollout | None) -> dict[str, Any] | None:
        if line["why_not"]:
            return None
        measure, every = line["measure"], line["every"]
        shown = behaviour(
            self.panel.rows(measure, "week", team),
            rollout=start,
            plan=self.plan,
            confirmed=self.proof.words.get((team, measure), {}),
            notes=[n for n in self.notes if n.team in ("", team) and catalogue.id_of(n.measure or measure) == measure],
        )
        meets = will_meet(
            self.panel.rows(measure, every, team),
            every=every,
            target=line["target"],
            better=line["better"],
            rollout=start,
        )
        return shown and shown | {"will_meet": meets}

    def _pairs(self, team: str, charter: Charter | None) -> list[dict[str, Any]]:
        pairs = []
        for activity, metric in charter_pairs(charter):
            decision = self.decisions.get((team, activity, metric))
            pairs.append(
                {
                    "activity": activity,
                    "metric": metric,
                    "says": f"{catalogue.name_of(activity)} → {catalogue.name_of(metric)}",
                    "evidence": self.proof.verdicts.get((team, activity, metric)),
                    "decision": decision.decision if decision else None,
                    "decided_on": decision.decided_on.isoformat() if decision else None,
                    "reason": decision.reason if decision else "",
                }
            )
        return pairs

    def _cycle_days(self, team: str) -> float | None:
        measure = "median_sales_cycle_length"
        rows = [] if self.panel.why_not(measure) else self.panel.rows(measure, "all", team)
        return rows[0].value if rows else None


def _trusted(engagement: Engagement, charters: dict[str, Charter], *, as_of: dt.date) -> dict[tuple[str, str], Any]:
    """For each team and activity that is logged what could be checked, and what speaks against the count."""
    from ..crm import trust

    asked = {
        team: [catalogue.id_of(line.measure) for line in charter.lines if line.label == "activity"]
        for team, charter in charters.items()
    }
    checked = trust.trust(engagement, asked, seats=pipeline.teams_of(engagement, as_of=as_of), as_of=as_of)
    return {(row.team, row.measure): {"checked": row.checked, "doubts": row.doubts} for row in checked}
