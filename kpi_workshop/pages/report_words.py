"""How the report says its facts: the words, numbers and headings that its templates ask for."""

from __future__ import annotations

import datetime as dt
import functools
import re
from collections.abc import Callable
from typing import Any

from .. import numbers
from ..numbers import counted, joined, percent, spoken_day, written

_TABLES = {"opportunities": "deals"}
_OFTEN = {"week": "weekly", "month": "monthly", "quarter": "quarterly"}
INCOMPLETE = "*"
"""Stands behind a value that rests on a part of its period, and before the note that says so."""

_NUMBER = re.compile(r"\d(?:[\d.,’\u00a0\u202f]*\d)?")

FULL = 11
"""Rows that a sheet holds in print of the usual size."""

Line = dict[str, Any]


def filters(currency: str) -> dict[str, Callable[..., Any]]:
    """The filters of the report's templates, for amounts in one currency."""
    return {
        "aligned": aligned,
        "by_reason": by_reason,
        "charter_words": charter_words,
        "day": lambda text: spoken_day(dt.date.fromisoformat(text)),
        "cell": cell,
        "guardrail_words": functools.partial(guardrail_words, currency=currency),
        "mark": lambda row: INCOMPLETE if row["value"] is not None and is_incomplete(row["note"]) else "",
        "having": lambda lines, every: [line for line in lines if line.get(every)],
        "heading": functools.partial(heading, currency=currency),
        "is_full": is_full,
        "joined": joined,
        "latest_head": latest_head,
        "legend": legend,
        "longest": longest,
        "lower_first": lower_first,
        "not_due_words": not_due_words,
        "pipeline_words": functools.partial(pipeline_words, currency=currency),
        "pulse_words": pulse_words,
        "talks_words": talks_words,
        "people": lambda number: counted(number, "seller"),
        "percent": percent,
        "per": functools.partial(per, currency=currency),
        "period_head": period_head,
        "remarks": remarks,
        "shortened": shortened,
        "sentence_end": lambda text: text if text.endswith((".", "!", "?")) else f"{text}." if text else "",
        "rows_words": lambda rows: joined(
            [f"{numbers.number(row['rows'])} {_TABLES.get(row['table'], row['table'])}" for row in rows]
        ),
        "month": numbers.month_name,
        "moved_words": lambda names: joined([lower_first(name) for name in names]),
        "written": functools.partial(written, currency=currency),
    }


def cell(value: float | None, line: Line) -> str:
    """A value as its row writes numbers; a dash where there is none."""
    return "–" if value is None else scale_of(line).figure(value, line["unit"])


def heading(line: Line, *, currency: str) -> str:
    """The unit of a row's numbers, such as USD thousand."""
    unit = numbers.heading(line["unit"], currency=currency)
    return f"{unit} {scale_of(line).word}".strip()


def per(line: Line, *, currency: str) -> str:
    """The unit of a measure and how often it is read."""
    unit = heading(line, currency=currency)
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


def latest_head(lines: list[Line]) -> str:
    """The heading over the latest values: their period, where all have the same."""
    periods = {(line["every"], line["latest"]["start"], line["latest"]["end"]) for line in lines if line["latest"]}
    if len(periods) != 1:
        return "Latest"
    every, _, end = periods.pop()
    if every == "week":
        return f"Week to {_narrow(end)}"
    return next(line["latest"]["says"] for line in lines if line["latest"])


def legend(team: Line) -> str:
    """How to read the bars and strips, with only what is drawn."""
    said = "Bar: the latest full period; tall tick: target; grey line: baseline mean"
    said += ", grey band: its lowest to highest week. " if _has_band(team) else ". "
    said += "Under the value: the signal of its weeks. " if _has_word(team) else ""
    said += "Hollow: not finished yet."
    return said + (" Dashed: the start." if team["week"] is not None else "")


def guardrail_words(line: Line, *, currency: str) -> str:
    """A guardrail in one line: its value, its baseline and what it guards."""
    guards = f"guards {joined([lower_first(name) for name in line['guards']])}"
    if line["why_not"] or not line["latest"]:
        return f"{line['name']} ({guards}): not computable, {line['why_not'] or 'no finished period yet'}."
    value = written(line["latest"]["value"], line["unit"], currency=currency)
    said = f"{line['name']} ({guards}): {value} in the {line['latest']['says']}"
    if line["baseline"]:
        said += f", {written(line['baseline']['value'], line['unit'], currency=currency)} in the baseline"
    return f"{said}."


def is_full(team: Line) -> bool:
    """Whether so much is to be said of a team that its sheet needs smaller print."""
    said = ("activities", "metrics", "signals", "pairs", "exceptions", "guardrails", "changes")
    return sum(len(team[kind]) for kind in said) > FULL


def not_due_words(lines: list[Line]) -> str:
    """The measures whose rhythm has brought no new period since the report before."""
    waiting = [f"{lower_first(line['name'])} ({_OFTEN[line['every']]})" for line in lines if not line["due"]]
    return f"Not due, no new period since the report before: {joined(waiting)}."


def pipeline_words(review: Line, *, currency: str) -> str:
    """How many deals stand still and what they are worth, and how deals moved in the last week, lost ones included."""
    moves = [f"{count} {word}" for word, count in review["moves"].items() if count]
    since = _day(review["since"])
    moved = f"Moves since {since}: {joined(moves)}." if moves else f"No deal has moved since {since}."
    if review["why_not"]:
        return f"Stuck deals are not computable: {review['why_not']}. {moved}"
    if not review["stuck"]:
        return f"No deal is longer in its stage than the stage's own history lets one expect. {moved}"
    worth = f", worth {written(review['worth'], 'money', currency=currency)}" if review["worth"] is not None else ""
    are = "deal is" if review["stuck"] == 1 else "deals are"
    return f"{review['stuck']} {are} longer in their stage than {percent(0.85)} of earlier ones were{worth}. {moved}"


def talks_words(rows: list[Line]) -> str:
    """What conversations came to: how many moved a deal, and how much of what must be known is known."""
    parts = [
        f"{lower_first(row['name'])} {written(row['value'], row['unit'])} "
        f"({numbers.number(row['numerator'])} of {numbers.number(row['denominator'])})"
        for row in rows
    ]
    said = joined(parts)
    return f"{said[:1].upper()}{said[1:]}, in {rows[0]['says']}." if rows else ""


def pulse_words(rows: list[Line], smallest: int) -> str:
    """The check-ins in one line: means of those that have closed, never of too few people."""
    said = []
    if not any(row["is_open"] or row["mean"] is not None for row in rows):
        return f"Pulse: no check-in has {smallest} answers or more."
    for row in rows:
        if row["is_open"]:
            said.append(f"week {row['week']} open until {_day(row['closes'])}")
        elif row["mean"] is None:
            said.append(f"week {row['week']} fewer than {smallest} answers")
        else:
            mean = numbers.number(row["mean"], 1)
            said.append(f"week {row['week']} {mean} of 5 ({counted(row['answers'], 'answer')})")
    return f"Pulse: {joined(said)}."


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
    if every == "weeks":
        return f"to {_narrow(row['end'])}"
    if every == "months":
        return numbers.short_month(dt.date.fromisoformat(row["start"]))
    return row["says"]


def by_reason(lines: list[Line]) -> list[tuple[str, list[str]]]:
    """Measures that cannot be computed, together where the reason is the same."""
    found: dict[str, list[str]] = {}
    for line in lines:
        found.setdefault(line["says"].rstrip("."), []).append(line["name"])
    return list(found.items())


def remarks(lines: list[Line]) -> list[str]:
    """What the data say about single values: each note once, with the periods and measures it holds for.

    Notes of one measure that differ in their numbers alone are one note with the lowest to the highest of them.
    """
    found: dict[str, dict[tuple[str, ...], list[str]]] = {}
    for line in lines:
        rows = _rows(line)
        mine: dict[str, list[tuple[str, str]]] = {}
        for row in rows:
            for note in filter(None, (part.strip().rstrip(".") for part in row["note"].split(";"))):
                if row["finished"] or not note.startswith("unfinished"):
                    mine.setdefault(_NUMBER.sub("#", note), []).append((note, row["says"]))
        for alike in mine.values():
            for note, periods in _together(alike):
                always = len(periods) == len(rows)
                found.setdefault(note, {}).setdefault(() if always else tuple(periods), []).append(line["name"])
    said = []
    for note, places in found.items():
        for when, names in places.items():
            words = joined([names[0], *map(lower_first, names[1:])])
            mark = f"{INCOMPLETE} " if is_incomplete(note) else ""
            said.append(f"{mark}{_range(list(when))}, {lower_first(words)}: {note}" if when else f"{words}: {note}")
    return sorted(said, key=lambda line: not line.startswith(INCOMPLETE))


def _together(alike: list[tuple[str, str]]) -> list[tuple[str, list[str]]]:
    """Notes that are alike but for their numbers, with their periods: one note where one number alone differs."""
    told: dict[str, list[str]] = {}
    for note, period in alike:
        told.setdefault(note, []).append(period)
    places = list(zip(*(_NUMBER.findall(note) for note in told), strict=True))
    differing = [at for at, numbers_there in enumerate(places) if len(set(numbers_there)) > 1]
    if len(told) < 3 or len(differing) != 1:
        return list(told.items())
    (at,) = differing
    low, *_, high = sorted(places[at], key=lambda text: int(re.sub(r"\D", "", text)))
    words = iter(f"{low} to {high}" if place == at else there[0] for place, there in enumerate(places))
    return [(_NUMBER.sub(lambda found: next(words), alike[0][0]), [period for _, period in alike])]


def is_incomplete(note: str) -> bool:
    """Whether a note says that a value rests on a part of its period only."""
    return "incomplete" in note


def shortened(text: str, most: int) -> str:
    """The text cut at a word so that it has so many signs at most, with an ellipsis where it was cut.

    >>> shortened("Adopted by all sellers", 12), shortened("Adopted", 12)
    ('Adopted by…', 'Adopted')
    """
    return text if len(text) <= most else text[: most - 1].rsplit(" ", 1)[0].rstrip(" ,;.") + "…"


def lower_first(text: str) -> str:
    """A name inside a sentence: small first letter unless it is an abbreviation."""
    return text if text[:2].isupper() else text[:1].lower() + text[1:]


def scale_of(line: Line) -> numbers.Scale:
    """How the numbers of a measure's row are written: the same in its cells, its heading and its chart."""
    rows = [*line.get("quarters", ()), *line.get("weeks", ()), *line.get("months", ())]
    before = line.get("baseline")
    single = [line.get("target"), before["value"] if before else None]
    return numbers.scale([*(row["value"] for row in rows), *single], line["unit"])


def _rows(line: Line) -> list[Line]:
    return line.get("quarters") or [*line.get("weeks", ()), *line.get("months", ())]


def _range(periods: list[str]) -> str:
    return joined(periods) if len(periods) <= 3 else f"{counted(len(periods), 'period')} to {periods[-1]}"


def _has_word(team: Line) -> bool:
    lines = [*team["activities"], *team["metrics"], *team["signals"]]
    return any(line["behaviour"] and line["behaviour"]["word"] for line in lines)


def _has_band(team: Line) -> bool:
    lines = [*team["activities"], *team["metrics"], *team["signals"]]
    return any(line["baseline"] and line["baseline"]["low"] is not None for line in lines)


def _narrow(text: str) -> str:
    return numbers.short_day(dt.date.fromisoformat(text)).replace(" ", numbers.SPACE)


def _day(text: str) -> str:
    return spoken_day(dt.date.fromisoformat(text))
