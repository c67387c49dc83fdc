"""What could be ticked in a question, found from what was ticked: forms join choices with commas or semicolons."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Sequence

FEWEST = 4
"""Fewer answers than this show no pattern."""
MOST_OPTIONS = 40
OFTEN = 0.8
"""From this share of parts on that come again and again, a column is one of choices."""


def options(answers: Sequence[str], *, product: str = "") -> tuple[str, ...]:
    """The options of a question where its answers show that several could be ticked; () where they are free text.

    Microsoft Forms ends every choice with ";". Elsewhere choices are joined with ", ", and an option may hold a comma
    itself: a part that begins small and always stands behind the same other one belongs to it, and so does what closes
    a bracket. What is written once only is no option but somebody's "Other".

    >>> sorted(options(["Calls, Email", "Email, Fairs, large or small", "Calls", "Email", "Fairs, large or small"]))
    ['Calls', 'Email', 'Fairs, large or small']
    """
    filled = [" ".join(answer.split()) for answer in answers if answer.strip()]
    if len(filled) < FEWEST:
        return ()
    ended = sum(answer.endswith(";") for answer in filled)
    if product == "Microsoft Forms" and ended:
        split = [[part.strip() for part in answer.split(";") if part.strip()] for answer in filled]
        return _frequent(split) if ended >= OFTEN * len(filled) else ()
    return _frequent(_joined([_parts(answer) for answer in filled]))


def _parts(answer: str) -> list[str]:
    """The parts between commas, those within brackets held together."""
    found: list[str] = []
    for part in re.split(r", ", answer):
        if found and found[-1].count("(") > found[-1].count(")"):
            found[-1] += f", {part}"
        else:
            found.append(part)
    return found


def _joined(split: list[list[str]]) -> list[list[str]]:
    """Each part that begins small and only ever stands behind the same other one is joined to it, till none is left."""
    while True:
        leads: dict[str, set[str]] = {}
        for parts in split:
            for one, before in zip(parts, ["", *parts[:-1]], strict=True):
                leads.setdefault(one, set()).add(before)
        pairs = {part: next(iter(before)) for part, before in leads.items() if len(before) == 1 and _continues(part)}
        pairs = {part: before for part, before in pairs.items() if before}
        if not pairs:
            return split
        split = [_merged(parts, pairs) for parts in split]


def _continues(part: str) -> bool:
    return part[:1].islower() or part[:1].isdigit() or part.startswith(("(", "&"))


def _merged(parts: list[str], pairs: dict[str, str]) -> list[str]:
    found = parts[:1]
    for before, part in itertools.pairwise(parts):
        if pairs.get(part) == before:
            found[-1] += f", {part}"
        else:
            found.append(part)
    return found


def _frequent(split: list[list[str]]) -> tuple[str, ...]:
    """The parts that come more than once, in order of frequency, where they are few and nearly all there is."""
    if not any(len(parts) > 1 for parts in split):
        return ()
    counts = Counter(part for parts in split for part in dict.fromkeys(parts))
    often = {part: many for part, many in counts.items() if many > 1}
    covered = sum(often.values()) / sum(counts.values())
    if covered < OFTEN or not 1 < len(often) <= MOST_OPTIONS or any(len(part) > 200 for part in often):
        return ()
    return tuple(sorted(often, key=lambda part: (-often[part], part)))
