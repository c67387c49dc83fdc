"""An edition as plain values, from which data and letters are written; their form is published as a schema."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any, Literal

import pydantic

from .. import bundle
from ..pages import verdict_words
from ..pages.documents import printable
from ..pages.editions import View

SCHEMA = "https://json-schema.org/draft/2020-12/schema"
SCHEMA_FILE = "report.schema.json"


class _Out(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="forbid", frozen=True)


class PeriodOut(_Out):
    """A measure in one week, month or quarter."""

    start: dt.date
    end: dt.date
    says: str
    value: float | None = pydantic.Field(description="Empty where it is not computable; `note` then says why")
    note: str
    finished: bool


class MeasureOut(_Out):
    """One measure of a team: what it came to, against what."""

    id: str
    name: str
    kind: Literal["activity", "metric", "signal", "guardrail", "measure"]
    unit: str
    better: str
    every: Literal["week", "month", "quarter"]
    why_not: str = pydantic.Field(description="Why it is not computable; empty where it is")
    latest: PeriodOut | None = pydantic.Field(description="The last full period")
    target: float | None
    baseline: float | None
    signal: str = pydantic.Field(description="steady, look closer, better, real, worse, real, trial limits, too early")
    weeks: list[PeriodOut]
    months: list[PeriodOut]
    quarters: list[PeriodOut]


class PairOut(_Out):
    """What the evidence says of an activity and the metric it should move, and what was decided."""

    says: str
    verdict: str
    adopted: str
    worked: str
    decision: str
    decided_on: dt.date | None


class DealOut(_Out):
    """A deal that stands still."""

    deal: str
    account: str
    seller: str
    stage: str
    days: int
    usual: int
    silent: int | None
    pushed: int
    amount: float | None


class TeamOut(_Out):
    """One team."""

    team: str
    takeaway: str
    sellers: int
    charter: str = pydantic.Field(description="The charter's version; empty without one")
    starts_on: dt.date | None
    week: int | None
    measures: list[MeasureOut]
    pairs: list[PairOut]
    exceptions: list[str]
    changes: list[str] = pydantic.Field(description="Since the report before")
    stuck: list[DealOut] = pydantic.Field(description="Stuck deals, for the team's manager alone")


class SheetLineOut(_Out):
    """One measure of one seller beside the team's median."""

    id: str
    name: str
    unit: str
    kind: str
    says: str = pydantic.Field(description="The latest full period")
    value: float | None
    median: float | None
    mean: float | None = pydantic.Field(description="A week, over the last four full weeks")
    median_mean: float | None


class SheetOut(_Out):
    """One seller's own numbers."""

    team: str
    person: str
    manager: str
    lines: list[SheetLineOut]
    stuck: list[DealOut]


class EditionOut(_Out):
    """All that one reader is shown of a report."""

    schema_version: Literal[1] = 1
    edition: Literal["executive", "manager", "seller", "public"]
    engagement: str
    demo: bool
    currency: str
    as_of: dt.date
    run: str
    data: str = pydantic.Field(description="How far the data reach")
    notes: list[str]
    teams: list[TeamOut]
    sheets: list[SheetOut]


def told(view: View, *, edition: str) -> EditionOut:
    """A view as plain values; text without signs that cannot be printed."""
    facts = view.facts
    return EditionOut.model_validate(
        _printable(
            {
                "edition": edition, "engagement": facts["engagement"], "demo": facts["demo"],
                "currency": facts["currency"], "as_of": facts["as_of"], "run": facts["run"],
                "data": facts["gate"]["says"], "notes": facts["gate"]["notes"],
                "teams": [_team(team, view.stuck.get(team["team"], [])) for team in facts["teams"]],
                "sheets": [_sheet(sheet) for sheet in view.sheets],
            }
        )
    )  # fmt: skip


def schema() -> dict[str, Any]:
    """The JSON Schema of `EditionOut`."""
    return {"$schema": SCHEMA, **EditionOut.model_json_schema(mode="serialization")}


def schema_file() -> Path:
    """The published schema: a test keeps it equal to `schema()`."""
    return bundle.folder("templates") / "schemas" / SCHEMA_FILE


def publish(file: Path) -> None:
    """Write the schema to a file."""
    file.write_text(json.dumps(schema(), indent=2) + "\n", encoding="utf-8")


def lines_of(team: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Every measure on a team's page with its kind, in the page's order."""
    kinds = {
        "activity": "activities", "metric": "metrics", "signal": "signals", "guardrail": "guardrails",
        "measure": "measures",
    }  # fmt: skip
    return [(kind, line) for kind, several in kinds.items() for line in team[several]]


def pair(row: dict[str, Any], team: dict[str, Any]) -> dict[str, Any]:
    """One pair in the words of the page."""
    evidence = row["evidence"]
    return {
        "says": row["says"],
        "verdict": verdict_words.verdict_words(evidence, team),
        "adopted": verdict_words.adopted_words(evidence),
        "worked": verdict_words.worked_words(evidence),
        "decision": row["decision"] or "",
        "decided_on": row["decided_on"],
    }


def _team(team: dict[str, Any], stuck: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "team": team["team"], "takeaway": team["takeaway"], "sellers": team["sellers"],
        "charter": team["charter"]["version"] if team["charter"] else "",
        "starts_on": team["starts_on"], "week": team["week"],
        "measures": [_measure(kind, line) for kind, line in lines_of(team)],
        "pairs": [pair(row, team) for row in team["pairs"]],
        "exceptions": [verdict_words.exception_words(row) for row in team["exceptions"]],
        "changes": team["changes"], "stuck": stuck,
    }  # fmt: skip


def _measure(kind: str, line: dict[str, Any]) -> dict[str, Any]:
    latest, before, behaviour = line.get("latest"), line.get("baseline"), line.get("behaviour")
    return {
        "id": line["measure"], "name": line["name"], "kind": kind, "unit": line["unit"], "better": line["better"],
        "every": line["every"], "why_not": line["why_not"], "latest": latest and _period(latest),
        "target": line.get("target"), "baseline": before and before["value"],
        "signal": behaviour["word"] if behaviour else "",
    } | {
        every: [_period(row) for row in line.get(every, ())] for every in ("weeks", "months", "quarters")
    }  # fmt: skip


def _period(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("start", "end", "says", "value", "note", "finished")}


def _sheet(sheet: dict[str, Any]) -> dict[str, Any]:
    return {
        "team": sheet["team"], "person": sheet["person"], "manager": sheet["manager"], "stuck": sheet["stuck"],
        "lines": [
            {"id": line["measure"], "kind": line["label"]}
            | {name: line[name] for name in ("name", "unit", "says", "value", "median", "mean", "median_mean")}
            for line in sheet["lines"]
        ],
    }  # fmt: skip


def _printable(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _printable(inner) for name, inner in value.items()}
    return [_printable(inner) for inner in value] if isinstance(value, list) else printable(value)
