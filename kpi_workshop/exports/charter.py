"""The charters of a day as plain values, from which every export is written; their form is published as a schema."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any, Literal

import pydantic

from .. import bundle, catalogue
from ..engagement import Engagement
from ..errors import WorkshopError, did_you_mean
from ..evidence import readings
from ..kinds import Charter
from ..steps import progress, rollout

SCHEMA = "https://json-schema.org/draft/2020-12/schema"
SCHEMA_FILE = "charter.schema.json"


class MeasureOut(pydantic.BaseModel):
    """One measure of a charter: what it is, where it comes from, what it is held against."""

    model_config = pydantic.ConfigDict(extra="forbid", frozen=True)

    id: str = pydantic.Field(description="The catalogue's id, or the measure's own name where it is not in it")
    name: str
    kind: Literal["activity", "metric", "signal"]
    sentence: str = pydantic.Field(description="What it is, in plain words")
    formula: str = pydantic.Field(description="How it is computed, in words; empty where nothing computes it")
    unit: str
    better: Literal["higher", "lower", "band", ""]
    source: str = pydantic.Field(description="system-logged, self-logged, derived or survey")
    owner: str
    moves: list[str] = pydantic.Field(description="Ids of the metrics it should move")
    guardrail: str = pydantic.Field(description="Id of the counter-measure; empty without one")
    pay_linked: bool
    baseline: float | None = pydantic.Field(description="Mean of the days from baseline_from to baseline_to")
    target: float | None = pydantic.Field(description="For one period of the review rhythm")
    review: Literal["weekly", "monthly", "quarterly"]
    reason: str


class TeamOut(pydantic.BaseModel):
    """The charter of one team."""

    model_config = pydantic.ConfigDict(extra="forbid", frozen=True)

    team: str
    version: str
    dated: dt.date
    status: Literal["draft", "ready"]
    baseline_from: dt.date | None
    baseline_to: dt.date | None
    exception_reason: str = pydantic.Field(description="Why there are more or fewer measures than the method asks for")
    changed_by: str
    change_reason: str
    measures: list[MeasureOut]


class CharterOut(pydantic.BaseModel):
    """The charters of an engagement as they held on one day."""

    model_config = pydantic.ConfigDict(extra="forbid", frozen=True)

    schema_version: Literal[1] = 1
    engagement: str
    demo: bool
    currency: str
    as_of: dt.date
    teams: list[TeamOut]


def held(engagement: Engagement, *, as_of: dt.date, team: str = "", version: str = "") -> CharterOut:
    """The charters that held on `as_of`, in the order of the teams; `team` and `version` ask for one of them.

    Raises WorkshopError for an unknown team or version, and where no team has a charter.
    """
    charters = rollout.charters(engagement, as_of=as_of)
    if not charters:
        raise WorkshopError("No team has a charter yet: choose its measures in step 4.")
    if team and team not in charters:
        raise WorkshopError(f"'{team}' has no charter. {did_you_mean(team, charters)}".strip())
    if version:
        if not team:
            raise WorkshopError("Name the team whose charter is to be shown in an earlier version.")
        charters = {team: _version(engagement, team, version)}
    chosen = {name: charter for name, charter in charters.items() if team in ("", name)}
    order = rollout.teams(engagement, as_of=as_of)
    names = sorted(chosen, key=lambda name: (order.index(name) if name in order else len(order), name))
    settings = engagement.settings
    return CharterOut(
        engagement=settings.name,
        demo=settings.demo,
        currency=settings.currency,
        as_of=as_of,
        teams=[_team(chosen[name]) for name in names],
    )


def latest(engagement: Engagement, charters: CharterOut) -> dict[tuple[str, str], float]:
    """The value of each measure's last full period, by team and measure; what the data cannot give is not there."""
    from ..crm import engines

    last = engines.last_day(engagement)
    if last is None:
        return {}
    panel = progress.Panel(engagement, as_of=charters.as_of, fresh_to=min(last, charters.as_of))
    found = {}
    for team in charters.teams:
        for measure in team.measures:
            rows = (
                [] if panel.why_not(measure.id) else panel.rows(measure.id, progress.EVERY[measure.review], team.team)
            )
            row = readings.latest_finished(rows)
            if row is not None and row.value is not None:
                found[team.team, measure.id] = row.value
    return found


def as_json(charters: CharterOut) -> str:
    """The charters as JSON text, of the form that `schema()` describes."""
    return json.dumps(charters.model_dump(mode="json"), indent=2, ensure_ascii=False) + "\n"


def schema() -> dict[str, Any]:
    """The published form of the JSON export."""
    described = CharterOut.model_json_schema(mode="serialization")
    return {"$schema": SCHEMA, "title": "Charters of a KPI Workshop engagement", **described}


def schema_file() -> Path:
    """The published schema as a file of the package."""
    return bundle.folder("templates") / "schemas" / SCHEMA_FILE


def _version(engagement: Engagement, team: str, version: str) -> Charter:
    found = {past.record.version: past.record for past in engagement.records.history(Charter, team)}
    if version not in found:
        known = ", ".join(found) or "none"
        raise WorkshopError(f"The charter of {team} has no version {version}. It has: {known}.")
    return found[version]


def _team(charter: Charter) -> TeamOut:
    measures = []
    for line in charter.lines:
        known = catalogue.find(line.measure)
        measures.append(
            MeasureOut(
                id=catalogue.id_of(line.measure),
                name=catalogue.name_of(line.measure),
                kind=line.label,
                sentence=line.sentence or (known.sentence if known else ""),
                formula=known.formula if known else "",
                unit=known.unit if known else "",
                better=known.better if known else "",
                source=line.source or (known.source if known else ""),
                owner=line.owner,
                moves=[catalogue.id_of(moved) for moved in line.moves],
                guardrail=catalogue.id_of(line.guardrail) if line.guardrail else "",
                pay_linked=line.pay_linked,
                baseline=line.baseline,
                target=line.target,
                review=line.review,
                reason=line.reason,
            )
        )
    return TeamOut(
        team=charter.team,
        version=charter.version,
        dated=charter.dated,
        status=charter.status,
        baseline_from=charter.baseline_from,
        baseline_to=charter.baseline_to,
        exception_reason=charter.exception_reason,
        changed_by=charter.changed_by,
        change_reason=charter.change_reason,
        measures=measures,
    )
