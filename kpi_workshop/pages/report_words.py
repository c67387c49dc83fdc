"""How the report says its facts: the words, numbers and headings that its templates ask for."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable
from typing import Any

from .. import numbers
from ..numbers import counted, figure, joined, spoken_day, written

_TABLES = {
    "opportunities": "deals", "accounts": "accounts", "leads": "leads", "activities": "activities",
    "stage_changes": "stage changes", "topics": "topics", "costs": "costs", "customers": "customers",
}  # fmt: skip
_OFTEN = {"week": "weekly", "month": "monthly", "quarter": "quarterly"}
Line = dict[str, Any]


def filters(currency: str) -> dict[str, Callable[..., Any]]:
    """The filters of the report's templates, for amounts in one currency."""
    return {
        "aligned": aligned,
        "by_reason": by_reason,
        "charter_words": charter_words,
        "count_of": lambda number: f"{number:,}",
        "day": lambda text: spoken_day(dt.date.fromisoformat(text)),
        "figure": figure,
        "guardrail_words": functools.partial(guardrail_words, currency=currency),
        "having": lambda lines, every: [line for line in lines if line.get(every)],
        "heading": functools.partial(numbers.heading, currency=currency),
        "joined": joined,
        "legend": legend,
        "longest": longest,
        "lower_first": lower_first,
        "people": lambda number: counted(number, "seller"),
        "per": functools.partial(per, currency=currency),
        "period_head": period_head,
        "remarks": remarks,
        "sentence_end": lambda text: text if text.endswith((".", "!", "?")) else f"{text}." if text else "",
        "table_words": lambda name: _TABLES.get(name, name.replace("_", " ")),
        "written": functools.partial(written, currency=currency),
    }


def per(line: Line, *, currency: str) -> str:
    """The unit of a measure and how often it is read."""
    unit = numbers.heading(line["unit"], currency=currency)
    return _OFTEN[line["every"]] if unit == "count" else f"{unit}, {_OFTEN[line['every']]}"


def charter_words(team: Line) -> str:
    """Which charter holds and since when it is live."""
    charter = team["charter"]
    if charter is None:
        return "no charter yet"
    draft = ", a draft" if charter["status"] == "draft" else ""
    said = f"charter {charter['version']} of {_day(charter['dated'])}{draft}"
    if team["week"] is not None:
        return f"{said} · live since {_day(team['starts_on'])}, week {team['week']}"
    if team["starts_on"]:
        return f"{said} · goes live on {_day(team['starts_on'])}"
    return f"{said} · kept back for comparison" if team["planned"] else f"{said} · no start date yet"


def legend(team: Line) -> str:
    """How to read the bars and strips, with only what is drawn."""
    said = "Bar: the latest full period; tall tick: target; grey line: baseline mean"
    said += ", grey band: its lowest to highest week. " if _has_band(team) else ". "
    said += "Hollow: not finished yet."
    return said + (" Dashed: the start." if team["week"] is not None else "")


def guardrail_words(line: Line, *, currency: str) -> str:
    """A guardrail in one line: its value, its baseline and what it guards."""
    guards = f"guards {lower_first(joined(line['guards']))}"
    if line["why_not"] or not line["latest"]:
        return f"{line['name']} ({guards}): not computable, {line['why_not'] or 'no finished period yet'}."
    value = written(line["latest"]["value"], line["unit"], currency=currency)
    said = f"{line['name']} ({guards}): {value} in the {line['latest']['says']}"
    if line["baseline"]:
        said += f", {written(line['baseline']['value'], line['unit'], currency=currency)} in the baseline"
    return f"{said}."


def longest(lines: list[Line], every: str) -> list[Line]:
    """The periods that head a table: every period that any of its measures has, in order."""
    found = {row["start"]: row for line in lines for row in line.get(every, ())}
    return [found[start] for start in sorted(found)]


def aligned(line: Line, every: str, lines: list[Line]) -> list[Line]:
    """A measure's periods, one for each heading of its table, empty where it has none."""
    mine = {row["start"]: row for row in line.get(every, ())}
    return [mine.get(row["start"], row | {"value": None}) for row in longest(lines, every)]


def period_head(row: Line, every: str) -> str:
    """A period as a narrow heading."""
    start, end = dt.date.fromisoformat(row["start"]), dt.date.fromisoformat(row["end"])
    if every == "weeks":
        return f"to {end.day} {_short(end)}"
    if every == "months":
        return f"{_short(start)} {start:%y}"
    return row["says"]


def by_reason(lines: list[Line]) -> list[tuple[str, list[str]]]:
    """Measures that cannot be computed, together where the reason is the same."""
    found: dict[str, list[str]] = {}
    for line in lines:
        found.setdefault(line["says"].rstrip("."), []).append(line["name"])
    return list(found.items())


def remarks(lines: list[Line]) -> list[tuple[str, list[str]]]:
    """What the data say about single values: each note once, with the measures and periods it holds for."""
    found: dict[str, dict[str, list[str]]] = {}
    for line in lines:
        rows = line.get("quarters") or [*line.get("weeks", ()), *line.get("months", ())]
        for row in rows:
            for note in filter(None, (part.strip() for part in row["note"].split(";"))):
                found.setdefault(note.rstrip("."), {}).setdefault(line["name"], []).append(row["says"])
    return [(note, [_where(name, periods, lines) for name, periods in names.items()]) for note, names in found.items()]


def lower_first(text: str) -> str:
    """A name inside a sentence: small first letter unless it is an abbreviation."""
    return text if text[:2].isupper() else text[:1].lower() + text[1:]


def _where(name: str, periods: list[str], lines: list[Line]) -> str:
    line = next(line for line in lines if line["name"] == name)
    rows = line.get("quarters") or [*line.get("weeks", ()), *line.get("months", ())]
    return name if len(periods) == len(rows) else f"{name} ({joined(periods)})"


def _has_band(team: Line) -> bool:
    lines = [*team["activities"], *team["metrics"], *team["signals"]]
    return any(line["baseline"] and line["baseline"]["low"] is not None for line in lines)


def _short(day: dt.date) -> str:
    return spoken_day(day, year=False).split()[1][:3]


def _day(text: str) -> str:
    return spoken_day(dt.date.fromisoformat(text))
