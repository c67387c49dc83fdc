"""How the report says what the evidence shows: verdicts, changes with their intervals, exceptions, recognition."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from .. import catalogue
from ..numbers import joined, percent, spoken_day
from .report_words import lower_first
from .resting import changed, design_words, leads_words, rests_on

Facts = dict[str, Any]

REGRESSION = (
    "Who was low by chance comes back up by itself, so middle performers are held against middle performers of teams "
    "not started, never against their own past."
)
_NOTHING = "–"


def filters() -> dict[str, Callable[..., Any]]:
    """The filters of the report's templates that speak of evidence."""
    return {
        "adopted_words": adopted_words,
        "on_course": on_course,
        "plan_words": plan_words,
        "rests_on": rests_on,
        "taken_up": taken_up,
        "trust_words": trust_words,
        "examined": examined,
        "exception_words": exception_words,
        "joined_numbers": lambda numbers: joined([str(number) for number in numbers]),
        "noted": noted,
        "recognition_words": recognition_words,
        "signal_word": signal_word,
        "verdict_notes": verdict_notes,
        "verdict_words": verdict_words,
        "with_behaviour": with_behaviour,
        "worked_words": worked_words,
    }


def signal_word(line: Facts) -> str:
    """The signal word of a measure's weeks, under its latest value."""
    word: str = line["behaviour"]["word"]
    return word


def verdict_words(evidence: Facts | None, team: Facts) -> str:
    """The verdict of a pair in one or two words."""
    if evidence is None:
        return "not started" if team["week"] is None else _NOTHING
    return evidence["verdict"] or "not examined"


def adopted_words(evidence: Facts | None) -> str:
    """How the activity changed since the start, with its interval, and whether that is shown."""
    if evidence is None or evidence["verdict"] is None:
        return _NOTHING
    return changed(evidence["adoption"], refused=evidence["design"]["refused"])


def taken_up(lines: list[Facts]) -> str:
    """By how many sellers each activity is taken up, in one sentence; "" where nothing can be told."""
    shown = [line for line in lines if line.get("adoption")]
    if not shown:
        return ""
    parts = [
        f"{lower_first(line['name'])} {line['adoption']['reached']} of {line['adoption']['sellers']}" for line in shown
    ]
    weeks = shown[0]["adoption"]["weeks"]
    return f"Sellers who reach their share of the target, over the last {weeks} full weeks: {joined(parts)}."


def on_course(lines: list[Facts]) -> str:
    """Which measures will meet their targets if they go on like this, in one sentence; "" where none can be told."""
    said: dict[str, list[str]] = {"yes": [], "sometimes": [], "no": []}
    for line in lines:
        told = line["behaviour"] and line["behaviour"]["will_meet"]
        if told and told["since"] == "start":
            so_far = f"{told['met']} of {told['periods']} {line['every']}s"
            said[told["word"]].append(f"{lower_first(line['name'])} ({so_far})")
    often = {"yes": "always", "sometimes": "at times", "no": "never"}
    parts = [f"{often[word]} {joined(names)}" for word, names in said.items() if names]
    return f"Targets met if things go on as since the start: {'; '.join(parts)}." if parts else ""


def plan_words(plan: Facts) -> str:
    """What was written down for judging the rollout, and when."""
    if not plan.get("version"):
        return ""
    day = spoken_day(dt.date.fromisoformat(plan["since"]))
    when = "before the first start" if plan["in_time"] else "after the first start"
    return (
        f"Plan for judging: version {plan['version']} of {day}, {when}; nothing is replaced before "
        f"{plan['dwell_weeks']} weeks, {percent(plan['worthwhile'])} is the smallest change that matters, delays reach "
        f"to {plan['longest_lag']} weeks. {len(plan['pairs'])} pairs are asked {len(plan['families'])} questions each; "
        "answers to one question are corrected together (Benjamini-Hochberg), looks by O'Brien-Fleming bounds."
    )


def trust_words(lines: list[Facts]) -> list[str]:
    """Whether counts of logged activities can be trusted: each doubt, what was checked without one, what was not."""
    shown = [(lower_first(line["name"]), line["trust"]) for line in lines if line.get("trust")]
    said = []
    doubts = [f"{name}: {joined(found['doubts'])}" for name, found in shown if found["doubts"]]
    if doubts:
        said.append(f"Doubts about what is logged: {'; '.join(doubts)}.")
    clean: dict[tuple[str, ...], list[str]] = {}
    for name, found in shown:
        if found["checked"] and not found["doubts"]:
            clean.setdefault(tuple(found["checked"]), []).append(name)
    if clean:
        parts = [f"{joined(names)} ({', '.join(checked)})" for checked, names in clean.items()]
        said.append(f"Checked over 13 weeks without a doubt: {'; '.join(parts)}.")
    few = [name for name, found in shown if not found["checked"]]
    if few:
        said.append(f"Too little is logged to check the count: {joined(few)}.")
    return said


def worked_words(evidence: Facts | None) -> str:
    """How the metric changed since the start, and whether it follows the activity."""
    if evidence is None or evidence["verdict"] is None:
        return _NOTHING
    said = changed(evidence["effect"], refused=evidence["design"]["refused"])
    return f"{said}; {leads_words(evidence['lead'])}"


def verdict_notes(team: Facts) -> list[str]:
    """What holds for several verdicts, each once: whom they rest on, middle performers, when one may change."""
    shown = [pair for pair in team["pairs"] if pair["evidence"]]
    notes = []
    together: dict[tuple[str, ...], list[str]] = {}
    for pair in shown:
        others = tuple(name for name in pair["evidence"]["teams"] if name != team["team"])
        if others:
            together.setdefault(others, []).append(lower_first(pair["says"]))
    for others, pairs in together.items():
        notes.append(f"Examined together with {joined(list(others))}, whose charter holds the same: {joined(pairs)}.")
    designs: dict[str, list[str]] = {}
    for pair in shown:
        if pair["evidence"]["design"] and (words := design_words(pair["evidence"])):
            designs.setdefault(words, []).append(lower_first(pair["says"]))
    for words, pairs in designs.items():
        said = joined(pairs)
        notes.append(f"{said[:1].upper()}{said[1:]}: {lower_first(words)}")
    middle = _middle(team, shown)
    if middle:
        notes.append(middle)
    coming = sorted({pair["evidence"]["next_look_on"] for pair in shown if pair["evidence"]["next_look_on"]})
    if coming:
        notes.append(
            f"The next look is on {spoken_day(dt.date.fromisoformat(coming[0]))}; until then no verdict changes."
        )
    return notes


def examined(team: Facts) -> list[Facts]:
    """The pairs that have evidence behind them, or a reason why not."""
    return [pair for pair in team["pairs"] if pair["evidence"]]


def exception_words(row: Facts) -> str:
    """An exception in one or two sentences: what, since when, whose it is, its cause as far as known, what to try."""
    since = spoken_day(dt.date.fromisoformat(row["since"]))
    owner = f", {row['owner']}" if row["owner"] else ""
    guards = f" (guards {joined([lower_first(name) for name in row['guards']])})" if row["guards"] else ""
    cause = f"noted then: {row['cause']}" if row["cause"] else "cause not known"
    said = f"{row['name']}{guards}: {row['word']} since {since}{owner}; {cause}."
    return f"{said} If it drops, try: {row['try']}" if row["try"] else said


def with_behaviour(lines: list[Facts]) -> list[Facts]:
    """The measures that have weeks since a baseline began."""
    return [line for line in lines if line["behaviour"]]


def noted(lines: list[Facts]) -> list[Facts]:
    """What was noted on every chart of a page, to be listed once; [] where the charts differ."""
    told = [line["behaviour"]["notes"] for line in lines if line["behaviour"]]
    return told[0] if told and all(notes == told[0] for notes in told) else []


def recognition_words(rows: list[Facts], pairs: list[Facts]) -> str:
    """What is confirmed as better, to be said aloud; of an activity that is not shown to help, that too."""
    verdicts: dict[str, set[str | None]] = {}
    for pair in pairs:
        if pair["evidence"]:
            verdicts.setdefault(catalogue.name_of(pair["activity"]), set()).add(pair["evidence"]["verdict"])
    parts = []
    for row in rows:
        said = f"{lower_first(row['name'])} since {spoken_day(dt.date.fromisoformat(row['since']))}"
        useless = verdicts.get(row["name"]) == {"replace"}
        parts.append(f"{said} (done as agreed, though not shown to help)" if useless else said)
    return f"Better, and confirmed: {joined(parts)}."


def _middle(team: Facts, shown: list[Facts]) -> str:
    """Middle performers, by activity and metric; teams are pooled, and fewer than five sellers are not shown."""
    told: dict[str, str] = {}
    few: list[str] = []
    for kind, family in (("activity", "middle"), ("metric", "middle_metric")):
        for pair in shown:
            name, effect = lower_first(catalogue.name_of(pair[kind])), pair["evidence"][family]
            if effect is None or name in told or name in few:
                continue
            if effect["estimate"] is None:
                few.append(name)
            else:
                told[name] = f"{name} {changed(effect)}"
    few = [name for name in few if name not in told]
    if not told:
        return f"Middle performers: too few to show for {joined(few)}." if few else ""
    said = f"Middle performers: {'; '.join(told.values())}"
    if few:
        said += f"; too few to show for {joined(few)}"
    return f"{said}. {REGRESSION}"
