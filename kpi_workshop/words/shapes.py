"""The shape of a reading: the things and doings in it, which of them is counted, and for one of what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .reading import Hit, Reading

EFFORT = ("seller", "manager")
"""Whose doing an activity is."""
HELPING = frozenset({
    "is", "are", "were", "do", "did", "get", "gets", "got", "being", "been", "be", "to", "also", "then", "not",
    "really",     "just", "each", "rep", "team",
})  # fmt: skip
THEY_DO = frozenset(
    {"we", "they", "you", "i", "he", "she", "reps", "sellers", "that", "who", "actually", "have", "has"}
)


@dataclass(frozen=True)
class Shape:
    """A reading laid out: the things and doings in order, what is counted, and how it is added up."""

    things: tuple[Hit, ...]
    head: Hit | None
    doing: Hit | None
    amounts: frozenset[str]
    per: Hit | None


def shape(reading: Reading) -> Shape:
    """What is counted (`head`), what is done with it (`doing`), how it is added up, and for one of what (`per`)."""
    things = tuple(
        h for h in reading.hits if (h.kind in ("object", "action") and h.side != "neutral") or h.side == "response"
    )
    head, doing = _head(reading, things)
    amounts = frozenset(h.side for h in reading.hits if h.kind == "amount")
    return Shape(things, head, doing, amounts, _per(reading))


def _head(reading: Reading, things: Sequence[Hit]) -> tuple[Hit | None, Hit | None]:
    """The last noun of the first group of words, and the doing beside it."""
    objects = [h for h in things if h.kind == "object" and h.side != "internal"]
    if not objects:
        return None, next((h for h in things if h.kind == "action"), None)
    first = things[0]
    before = first if first.kind == "action" and first.side in ("seller", "result", "buyer") else None
    head = objects[0]
    for later in objects[1:]:
        gap = range(head.end, later.at)
        if any(position in reading.breaks for position in gap) or len(gap) > 2:
            break
        gerund = head.said.endswith("ing") and head.name not in ("meeting", "first_meeting", "test_drive")
        if head.side in EFFORT and gerund and later.side not in EFFORT:
            break
        if later.name == "usage" and head.side in EFFORT:
            break
        if any(a.kind == "action" and head.end <= a.at < later.at for a in things):
            break
        head = later
    after = next(
        (
            h for h in things
            if h.kind == "action" and h.at >= head.end and h.at - head.end <= 4
            and set(stretch(reading, head.end, h.at)) <= THEY_DO | HELPING | {"by"}
        ),
        None,
    )  # fmt: skip
    return head, after or before


def stretch(reading: Reading, start: int, end: int) -> list[str]:
    """The words from `start` to `end` as they were said."""
    return [word.said for word in reading.words[start:end]]


def _per(reading: Reading) -> Hit | None:
    """The thing after "per": the lead in "touches per lead"; a period or one of our own people is no such thing."""
    hits = reading.hits
    for n, hit in enumerate(hits[:-1]):
        beside = stretch(reading, max(hit.at - 1, 0), hit.at)
        if (
            hit.said in ("every", "each")
            and beside
            and beside[0] in ("with", "at", "on", "after", "before", "in", "to")
        ):
            continue
        if hit.side == "per" and n > 0:
            following = hits[n + 1]
            if following.kind in ("object", "action") and following.side != "internal" and following.at - hit.end <= 2:
                closed_by = hits[n + 2] if n + 2 < len(hits) else None
                if closed_by and closed_by.side in ("result", "buyer") and closed_by.at - following.end <= 1:
                    return closed_by
                return following
    return None
