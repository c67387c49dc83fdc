"""What is new since the report before: what is due, what was decided, and which words changed."""

from __future__ import annotations

import datetime as dt
from typing import Any

from ..numbers import spoken_day

_LINES = ("activities", "metrics", "signals")


def mark_due(team: dict[str, Any], before: dict[str, Any] | None) -> None:
    """Say of each measure of a team whether a period of its rhythm has ended since the report before (`due`)."""
    told = dt.date.fromisoformat(before["as_of"]) if before else None
    for kind in _LINES:
        for line in team[kind]:
            ended = dt.date.fromisoformat(line["latest"]["end"]) if line["latest"] else None
            line["due"] = told is None or ended is None or ended > told


def is_anything_due(facts: dict[str, Any]) -> bool:
    """Whether any measure of any team is due; a team without a charter is always."""
    teams = facts["teams"]
    return not teams or any(
        team["charter"] is None or any(line["due"] for kind in _LINES for line in team[kind]) for team in teams
    )


def changes(team: dict[str, Any], before: dict[str, Any] | None) -> list[str]:
    """What changed in a team since the report before, a sentence each; [] where nothing did or nothing was before."""
    if before is None:
        return []
    old = next((one for one in before["teams"] if one["team"] == team["team"]), None)
    if old is None:
        return ["This team was not in the report before."]
    said = []
    if (team["charter"] or {}).get("version") != (old["charter"] or {}).get("version"):
        now = f"charter {team['charter']['version']}" if team["charter"] else "no charter"
        was = f"charter {old['charter']['version']}" if old["charter"] else "no charter"
        said.append(f"Now {now}, before {was}.")
    if team["starts_on"] != old["starts_on"] and team["starts_on"]:
        said.append(f"Its start is {spoken_day(dt.date.fromisoformat(team['starts_on']))} now.")
    pairs = {(pair["activity"], pair["metric"]): pair for pair in old["pairs"]}
    for pair in team["pairs"]:
        past = pairs.get((pair["activity"], pair["metric"]), {})
        now, was = (_verdict(one) for one in (pair, past))
        if now != was and (now or was):
            said.append(f"{pair['says']}: verdict {now or 'none'}, before {was or 'none'}.")
        decided = [(one.get("decision"), one.get("decided_on")) for one in (pair, past)]
        if pair["decision"] and decided[0] != decided[1]:
            day = spoken_day(dt.date.fromisoformat(pair["decided_on"]))
            said.append(f"{pair['says']}: decided on {day}, {pair['decision']}.")
    words = {line["measure"]: _word(line) for kind in _LINES for line in old[kind]}
    for kind in _LINES:
        for line in team[kind]:
            now, was = _word(line), words.get(line["measure"], "")
            if now != was and now and "real" in f"{now} {was}":
                said.append(f"{line['name']}: {now}, before {was or 'no word'}.")
    return said


def _verdict(pair: dict[str, Any]) -> str:
    evidence = pair.get("evidence")
    return str(evidence["verdict"] or "") if evidence else ""


def _word(line: dict[str, Any]) -> str:
    return str(line["behaviour"]["word"]) if line.get("behaviour") else ""
