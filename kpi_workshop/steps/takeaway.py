"""The sentence at the top of a team's page: what the numbers are, never what caused them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from ..numbers import counted, joined, spoken_day, written


def sentence(team: dict[str, Any], *, currency: str, as_of: dt.date) -> str:
    """The takeaway of one team's facts."""
    if team["charter"] is None:
        return _without_charter(team, currency)
    return _with_charter(team, currency, as_of)


def _with_charter(team: dict[str, Any], currency: str, as_of: dt.date) -> str:
    name = team["team"]
    if not team["planned"]:
        return f"{name} has a charter and no start date yet"
    if team["starts_on"] and dt.date.fromisoformat(team["starts_on"]) > as_of:
        return f"{name} starts on {spoken_day(dt.date.fromisoformat(team['starts_on']))}"
    judged = [*team["activities"], *team["metrics"]]
    known = [line for line in judged if line["meets"] is not None]
    if not known:
        return _first_value(team, currency)
    parts = [
        f"{_reached(lines)} of {counted(len(lines), f'{noun} target')}"
        for noun, lines in (("activity", _known(team["activities"])), ("metric", _known(team["metrics"])))
        if lines
    ]
    behind = [line for line in known if not line["meets"]]
    opening = f"{name} reached {joined(parts)}{_when(known)}"
    if not team["starts_on"]:
        opening = f"{name}, kept back for comparison, reached {joined(parts)}{_when(known)}"
    if not behind:
        return opening
    furthest = max(behind, key=_shortfall)
    value = written(furthest["latest"]["value"], furthest["unit"], currency=currency)
    target = written(furthest["target"], furthest["unit"], currency=currency)
    return f"{opening}; furthest from target: {_in_sentence(furthest['name'])}, {value} against {target}"


def _without_charter(team: dict[str, Any], currency: str) -> str:
    name = team["team"]
    shown = {line["measure"]: line for line in team["measures"]}
    if not shown:
        return f"{name} has no charter yet, and the data give no measure of it"
    closed = _last_finished(shown.get("deals_closed"))
    revenue = _last_finished(shown.get("revenue"))
    rate = _last_finished(shown.get("win_rate"))
    if not closed:
        return f"{name} has no charter yet; {counted(len(shown), 'measure')} can be computed from the data"
    said = f"it closed {counted(round(closed['value']), 'deal')} in {closed['says']}"
    if revenue:
        said += f", worth {written(revenue['value'], shown['revenue']['unit'], currency=currency)}"
    if rate and rate["start"] == closed["start"]:
        said += f", and won {written(rate['value'], shown['win_rate']['unit'])} of the deals decided"
    return f"{name} has no charter yet; {said}"


def _first_value(team: dict[str, Any], currency: str) -> str:
    for line in [*team["activities"], *team["metrics"]]:
        if line["latest"] and line["latest"]["value"] is not None:
            value = written(line["latest"]["value"], line["unit"], currency=currency)
            before = line["baseline"]
            said = f"{team['team']}: {_in_sentence(line['name'])} at {value} in the {line['latest']['says']}"
            if before:
                said += f", {written(before['value'], line['unit'], currency=currency)} in the baseline"
            return f"{said}; no target is set" if line["target"] is None else said
    return f"{team['team']} is live, and none of its measures has a value yet"


def _known(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [line for line in lines if line["meets"] is not None]


def _reached(lines: list[dict[str, Any]]) -> str:
    met = sum(bool(line["meets"]) for line in lines)
    return "all" if met == len(lines) > 1 else "none" if met == 0 else str(met)


def _when(lines: list[dict[str, Any]]) -> str:
    said = {line["latest"]["says"]: line["every"] for line in lines}
    if len(said) > 1:
        return " in the latest full periods"
    (period, every), *_ = said.items()
    return f" in the {period}" if every == "week" else f" in {period}"


def _shortfall(line: dict[str, Any]) -> float:
    value, target = line["latest"]["value"], line["target"]
    return abs(value - target) / abs(target) if target else abs(value)


def _last_finished(line: dict[str, Any] | None) -> dict[str, Any] | None:
    finished = [row for row in line["quarters"] if row["finished"] and row["value"] is not None] if line else []
    return finished[-1] if finished else None


def _in_sentence(name: str) -> str:
    """A measure's name inside a sentence: small first letter unless it is an abbreviation."""
    return name if name[:2].isupper() else name[:1].lower() + name[1:]
