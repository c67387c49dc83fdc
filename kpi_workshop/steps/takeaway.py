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
    starts_on = dt.date.fromisoformat(team["starts_on"]) if team["starts_on"] else None
    if starts_on is None:
        return _value_so_far(team, f"{name} is kept back for comparison", currency)
    if starts_on > as_of:
        return _value_so_far(team, f"{name} starts on {spoken_day(starts_on)}", currency)
    parts, known = [], []
    for noun in ("activity", "metric"):
        lines = [line for line in team["activities" if noun == "activity" else "metrics"] if line["meets"] is not None]
        known += lines
        if lines:
            parts.append(f"{_reached(lines, noun)}{_when(lines)}")
    if not known:
        return _value_so_far(team, f"{name} is live and has no targets yet", currency)
    opening = f"{name} reached {joined(parts)}"
    if proved := _proved(team):
        return f"{opening}; on the evidence so far {proved}"
    behind = [line for line in known if not line["meets"]]
    if not behind:
        return opening
    furthest = max(behind, key=_shortfall)
    value = written(furthest["latest"]["value"], furthest["unit"], currency=currency)
    target = written(furthest["target"], furthest["unit"], currency=currency)
    return f"{opening}; furthest from target: {_in_sentence(furthest['name'])}, {value} against {target}"


def _proved(team: dict[str, Any]) -> str:
    """What the verdicts say of whole activities: keep what helps anywhere, replace what helps nowhere."""
    verdicts: dict[str, list[str | None]] = {}
    for pair in team["pairs"]:
        if pair["evidence"]:
            verdicts.setdefault(pair["says"].split(" → ")[0], []).append(pair["evidence"]["verdict"])
    keep = [_in_sentence(name) for name, words in verdicts.items() if "keep" in words]
    replace = [_in_sentence(name) for name, words in verdicts.items() if set(words) == {"replace"}]
    said = [f"{verb} {joined(names)}" for verb, names in (("keep", keep), ("replace", replace)) if names]
    return " and ".join(said)


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


def _value_so_far(team: dict[str, Any], opening: str, currency: str) -> str:
    """The opening, then the first measure that has a value, beside its baseline."""
    for line in [*team["activities"], *team["metrics"]]:
        if line["latest"] and line["latest"]["value"] is not None:
            value = written(line["latest"]["value"], line["unit"], currency=currency)
            said = f"{opening}: {_in_sentence(line['name'])}, {value}{_when([line])}"
            if line["baseline"]:
                said += f" and {written(line['baseline']['value'], line['unit'], currency=currency)} in the baseline"
            return said
    return opening


def _reached(lines: list[dict[str, Any]], noun: str) -> str:
    met, asked = sum(bool(line["meets"]) for line in lines), len(lines)
    if asked == 1:
        return f"its {noun} target" if met else f"not its {noun} target"
    if met == asked:
        return f"both {noun} targets" if asked == 2 else f"all {asked} {noun} targets"
    return f"{met or 'none'} of {asked} {noun} targets"


def _when(lines: list[dict[str, Any]]) -> str:
    """The period of these lines, without its year, which the report date below it tells."""
    ends = {(line["every"], line["latest"]["end"]): line["latest"]["says"] for line in lines}
    if len(ends) > 1:
        return " in the latest full periods"
    ((every, end), says), *_ = ends.items()
    if every == "week":
        return f" in the week to {spoken_day(dt.date.fromisoformat(end), year=False)}"
    return f" in {says.rsplit(' ', 1)[0] if every == 'month' else says}"


def _shortfall(line: dict[str, Any]) -> float:
    value, target = line["latest"]["value"], line["target"]
    return abs(value - target) / abs(target) if target else abs(value)


def _last_finished(line: dict[str, Any] | None) -> dict[str, Any] | None:
    finished = [row for row in line["quarters"] if row["finished"] and row["value"] is not None] if line else []
    return finished[-1] if finished else None


def _in_sentence(name: str) -> str:
    """A measure's name inside a sentence: small first letter unless it is an abbreviation."""
    return name if name[:2].isupper() else name[:1].lower() + name[1:]
