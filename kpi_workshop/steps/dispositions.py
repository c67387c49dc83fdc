"""Step 4, dispositions: what became of everything that was suggested, each measure once, each with its reason."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import cast

from .. import catalogue
from ..engagement import Engagement
from ..errors import WorkshopError
from ..kinds import Charter, Sorting
from ..numbers import joined
from . import charter as charters
from . import sorting
from .sorting import Disposition

WORDS: dict[str, str] = {
    "": "still open",
    "chosen": "chosen",
    "merged": "merged",
    "parked": "put aside for now",
    "dropped": "dropped",
}
"""What may become of a suggestion, open ones first, in the order in which they are shown."""


@dataclass(frozen=True)
class Fate:
    """What became of one measure, or of words that no measure stands for, and why.

    `texts` are all the words behind it, `words` those by which it is listed; `teams` the charters that hold it.
    `proposal` is a reason that a person may take over where it is still open.
    """

    words: str
    measure: str
    texts: tuple[str, ...]
    disposition: Disposition
    reason: str
    teams: tuple[str, ...]
    members: tuple[sorting.Sorted, ...]
    proposal: str = ""


def fates(engagement: Engagement, *, as_of: dt.date, team: str = "") -> list[Fate]:
    """Every distinct measure that was suggested, open ones first: differently worded suggestions of it are one line.

    What stands in a charter is chosen, whatever was noted before. With `team`, those that its interviews
    may be told to have asked for.
    """
    available = charters.availability(engagement, as_of=as_of)
    held: dict[str, list[str]] = {}
    for charter in engagement.records.current(Charter, as_of=as_of).values():
        for line in charter.lines:
            held.setdefault(_key(line.measure), []).append(charter.team)
    grouped: dict[str, list[sorting.Sorted]] = {}
    for suggestion in sorting.suggestions(engagement, as_of=as_of, team=team):
        grouped.setdefault(_key_of(suggestion), []).append(suggestion)
    found = [_fate(key, members, held.get(key, []), available) for key, members in grouped.items()]
    order = list(WORDS)
    return sorted(found, key=lambda fate: (order.index(fate.disposition), fate.words.casefold()))


def checked(fate: Fate, disposition: str, *, into: str = "", reason: str = "") -> list[tuple[sorting.Sorted, Sorting]]:
    """The decisions that give a suggestion its end, checked and not yet recorded; none where nothing changes.

    Refused: an end without a reason, merging into nothing known, putting aside what stands in a charter, and words
    whose two questions nobody has answered yet.
    """
    if fate.disposition == "chosen":
        raise WorkshopError(
            f"{fate.words} stands in the charter of {joined(list(fate.teams))}: take it out there first."
        )
    if disposition == "merged" and catalogue.find(into) is None:
        raise WorkshopError(f"{fate.words}: name the measure it is merged into, as the catalogue knows it.")
    made = [(member, _decision(member, disposition, into, reason)) for member in fate.members]
    return [(member, decision) for member, decision in made if not _is_as(decision, member.decided)]


def undecided(engagement: Engagement, *, as_of: dt.date) -> list[str]:
    """The words of what has no disposition yet."""
    return [fate.words for fate in fates(engagement, as_of=as_of) if not fate.disposition]


def _fate(key: str, members: list[sorting.Sorted], teams: list[str], available: charters.Availability) -> Fate:
    measure = catalogue.find(key)
    words = measure.name if measure else members[0].words
    texts = tuple(dict.fromkeys(text for member in members for text in member.texts))
    noted = [m.decided for m in members if m.decided and m.decided.disposition not in ("", "chosen")]
    main = next((d for kind in ("parked", "dropped", "merged") for d in noted if d.disposition == kind), None)
    base = (words, measure.id if measure else "", texts)
    if teams:
        return Fate(*base, "chosen", f"It is in the charter of {joined(teams)}.", tuple(teams), tuple(members))
    if main:
        return Fate(
            *base, cast(Disposition, main.disposition), main.disposition_reason, (), tuple(members)
        )  # fmt: skip
    why = available.reason(measure.id) if measure else "no measure stands for it, so nothing counts it"
    proposal = f"No data yet: {why}" if why else ""
    return Fate(*base, "", "", (), tuple(members), proposal)


def _decision(member: sorting.Sorted, disposition: str, into: str, reason: str) -> Sorting:
    answers = member.decided or member.proposal
    if not (answers.control and answers.timing):
        raise WorkshopError(f"{member.words}: sort it first, then say what becomes of it.")
    measure = into if disposition == "merged" else member.decided.measure if member.decided else ""
    return sorting.decide(
        member,
        control=answers.control,
        timing=answers.timing,
        label=member.decided.label if member.decided else "",
        measure=measure,
        reason=member.decided.reason if member.decided else "",
        disposition=disposition,
        disposition_reason=reason.strip() if disposition else "",
    )


def _is_as(decision: Sorting, held: Sorting | None) -> bool:
    """Whether a decision says what is recorded already, for whichever of the suggestions of the same sense."""
    return held is not None and decision == held.model_copy(update={"suggestion": decision.suggestion})


def _key_of(suggestion: sorting.Sorted) -> str:
    measure = suggestion.measure
    own = suggestion.decided.measure if suggestion.decided else ""
    return measure.id if measure else _key(own or suggestion.words)


def _key(words: str) -> str:
    found = catalogue.find(words)
    return found.id if found else " ".join(words.casefold().split())
