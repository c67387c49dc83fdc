"""Step 4, sorting: two questions put to every suggestion, a proposal with its reason, and what a person decides."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, cast, get_args

from .. import catalogue, matching, ways_back
from ..catalogue import Control, Measure, Timing
from ..engagement import Engagement
from ..errors import WorkshopError, did_you_mean, listed
from ..kinds import Charter, Label, Sorting, Suggestion, Team
from ..numbers import joined
from . import voices, wordings

Disposition = Literal["", "chosen", "parked", "merged", "dropped"]

UNDO = "sorting"
"""By what the way back from the last sorting is found."""

TIMING_WORDS: dict[str, str] = {
    "before": "before the result",
    "with": "with the result",
    "after": "after the result",
}
"""Answers to: does it come before the result?"""

LABEL_WORDS: dict[str, str] = {"activity": "activity", "metric": "metric", "signal": "signal, use judgement"}


@dataclass(frozen=True)
class Proposal:
    """What one distinct suggestion looks like before a person decides. `label` is None where nothing is proposed.

    `confidence`, 0 to 1, is how often a proposal like this one is right; `is_sure` is False where a person should look
    first.
    """

    measure: Measure | None
    control: Control | None
    timing: Timing | None
    label: Label | None
    reason: str
    confidence: float = 0.0

    @property
    def is_sure(self) -> bool:
        return self.confidence >= matching.SURE


@dataclass(frozen=True)
class Sorted:
    """One distinct suggestion: all that were made in the same sense, the proposal, and the decision once there is one.

    `ids` are the suggestions behind it, `texts` their words as recorded, `teams` those whose interviews asked for it,
    as far as that singles out nobody.
    """

    theme: str
    words: str
    ids: tuple[str, ...]
    texts: tuple[str, ...]
    teams: tuple[str, ...]
    proposal: Proposal
    decided: Sorting | None

    @property
    def label(self) -> Label | None:
        """What it was decided to be, else what is proposed."""
        return self.decided.label if self.decided else self.proposal.label

    @property
    def measure(self) -> Measure | None:
        """The catalogue measure it was decided to be, else the one it matches."""
        return catalogue.find(self.decided.measure) if self.decided else self.proposal.measure


def label(control: str, timing: str) -> Label:
    """Which box the two answers lead to (S4).

    In the seller's own hands and before the result is an activity; neither is a metric; one without the other is a
    signal, to be used with judgement. What a seller only influences, such as a close rate, is not in their hands.

    >>> label("direct", "before"), label("influenced", "with"), label("none", "before"), label("direct", "after")
    ('activity', 'metric', 'signal', 'signal')
    """
    controllable, comes_first = control == "direct", timing == "before"
    if controllable and comes_first:
        return "activity"
    return "signal" if controllable or comes_first else "metric"


def propose(text: str) -> Proposal:
    """What a suggestion in these words would be, and in one sentence why; unknown words get no guess."""
    sense, said = matching.sort(text), " ".join(text.split())
    measure = sense.measure
    if measure is None and sense.read:
        found = label(sense.control, sense.timing)
        return Proposal(None, sense.control, sense.timing, found, sense.reason, sense.confidence)
    if measure is None:
        why = f"“{said}” is not in the catalogue: answer the two questions, or name its measure."
        return Proposal(None, None, None, None, why)
    found = label(measure.control, measure.timing)
    why = because(measure)
    if said.casefold() != measure.name.casefold():
        is_like = "as a whole reads most like" if sense.guessed else "is"
        why = f"“{said}” {is_like} {why[:1].lower()}{why[1:]}"
    return Proposal(measure, measure.control, measure.timing, found, why, sense.confidence)


def because(measure: Measure) -> str:
    """Why a catalogue measure belongs in its box, as one sentence.

    >>> print(because(catalogue.get("talk_time")))
    The catalogue's “Talk time”: a seller can do more of it, and it comes before the result, so it is an activity.
    """
    hands = {
        "direct": "a seller can do more of it",
        "influenced": "a seller has only part of it in hand",
        "none": "a seller cannot control it",
    }[measure.control]
    comes = {"before": "comes before the result", "with": "comes with the result", "after": "comes after the result"}
    found = label(measure.control, measure.timing)
    joint = "but" if found == "signal" else "and"
    so = {"activity": "so it is an activity", "metric": "so it is a metric", "signal": "so use judgement"}[found]
    return f"The catalogue's “{measure.name}”: {hands}, {joint} it {comes[measure.timing]}, {so}."


def suggestions(engagement: Engagement, *, as_of: dt.date, team: str = "") -> list[Sorted]:
    """Every distinct suggestion with its proposal and decision: undecided ones first, the least sure before all others.

    With `team`, those that its interviews asked for as far as that may be told, and those of which it may not be told
    for whom. Suggestions that name the same measure are one; their own words are kept in `texts`.
    """
    decisions = engagement.records.current(Sorting, as_of=as_of)
    teams_of = voices.teams(engagement, as_of=as_of)
    grouped: dict[str, dict[str, Suggestion]] = {}
    theme_of = wordings.themes(engagement, as_of=as_of)
    for key, suggestion in voices.listed(engagement, as_of=as_of).items():
        grouped.setdefault(theme_of[key], {})[key] = suggestion
    found = []
    for theme, made in grouped.items():
        told = [teams_of.get(key, ()) for key in made]
        if team and all(names and team not in names for names in told):
            continue
        teams = sorted({name for names in told for name in names})
        texts = sorted({suggestion.text for suggestion in made.values()})
        own = [text for text in texts if matching.theme(text) == theme] or texts
        first = sorted(made, key=lambda key: (made[key].text not in own, key))
        decided = next((decisions[key] for key in first if key in decisions), None)
        words = wordings.named(theme, texts)
        proposal = max((propose(text) for text in own), key=lambda p: (p.measure is not None, p.confidence))
        proposal = _apart(proposal, words) if wordings.is_apart(theme) else proposal
        found.append(Sorted(theme, words, tuple(sorted(made)), tuple(texts), tuple(teams), proposal, decided))
    return sorted(found, key=lambda s: (s.decided is not None, s.proposal.is_sure, s.words.casefold()))


def _apart(proposal: Proposal, words: str) -> Proposal:
    """The proposal for words that a person set apart from the measure they seem to name."""
    if proposal.measure is None:
        return proposal
    why = f"“{words}” was set apart from “{proposal.measure.name}”; the answers are those of that measure."
    return dataclasses.replace(proposal, measure=None, reason=why, confidence=min(proposal.confidence, 0.6))


def told_apart(found: Sequence[Sorted]) -> dict[str, str]:
    """The words under which each is listed, by theme: those of one name are told apart by how people said them."""
    named = Counter(suggestion.words for suggestion in found)
    return {
        s.theme: s.words if named[s.words] == 1 else f"{s.words}, said as {joined([f'“{t}”' for t in s.texts])}"
        for s in found
    }


def decide(
    suggestion: Sorted,
    *,
    control: str,
    timing: str,
    label: str = "",
    measure: str = "",
    reason: str = "",
    disposition: str = "",
    disposition_reason: str = "",
) -> Sorting:
    """The decision what a suggestion is, checked and not yet recorded.

    `label` is what the two answers lead to unless a person says otherwise and why. `measure` is a catalogue measure by
    any of its names, or the name of a new one. Putting aside, merging and dropping need a reason.
    """
    known = catalogue.find(measure) if measure.strip() else suggestion.proposal.measure
    led_to = _checked(control, timing, label, reason, disposition, disposition_reason, measure, suggestion.words)
    return Sorting(
        suggestion=suggestion.ids[0],
        measure=known.id if known else " ".join(measure.split()),
        control=cast(Control, control),
        timing=cast(Timing, timing),
        label=cast(Label, label or led_to),
        reason=reason or (_why(suggestion.proposal, known, led_to) if label in ("", led_to) else ""),
        disposition=cast(Disposition, disposition),
        disposition_reason=disposition_reason,
    )


def save(engagement: Engagement, decisions: Sequence[tuple[Sorted, Sorting]]) -> list[str]:
    """Record decisions, all or none, each for every suggestion made in the same sense; returns the ids that changed.

    All of it is one action, which `ways_back` takes back.
    """
    entries = [
        (key, decision.model_copy(update={"suggestion": key})) for found, decision in decisions for key in found.ids
    ]
    return ways_back.save_all(engagement, UNDO, entries)


def dispositions(engagement: Engagement, *, as_of: dt.date) -> dict[str, tuple[Disposition, str]]:
    """What became of each distinct suggestion, and why, by its theme; ("", "") where it is still open.

    What stands in a charter is chosen, whatever was noted before; a choice noted and in no charter is open again.
    """
    chosen_by = _chosen(engagement, as_of=as_of)
    found: dict[str, tuple[Disposition, str]] = {}
    for suggestion in suggestions(engagement, as_of=as_of):
        decided, measure = suggestion.decided, suggestion.measure
        charters = chosen_by.get(measure.id if measure else suggestion.words.casefold(), [])
        if charters:
            found[suggestion.theme] = ("chosen", f"It is in the charter of {', '.join(charters)}.")
        elif decided and decided.disposition not in ("", "chosen"):
            found[suggestion.theme] = (decided.disposition, decided.disposition_reason)
        else:
            found[suggestion.theme] = ("", "")
    return found


def missing(engagement: Engagement, *, as_of: dt.date) -> list[str]:
    """What sorting and choosing still lack before the rollout, one sentence each; empty when ready."""
    everything = suggestions(engagement, as_of=as_of)
    if not everything:
        return ["There is no suggestion to sort yet: record the interviews first."]
    lines = []
    if undecided := [s.words for s in everything if not s.decided]:
        lines.append(f"Not sorted yet: {_some(undecided)}.")
    kept = dispositions(engagement, as_of=as_of)
    if unsettled := [s.words for s in everything if not kept[s.theme][0]]:
        lines.append(f"Neither chosen nor put aside with a reason: {_some(unsettled)}.")
    charters = engagement.records.current(Charter, as_of=as_of)
    for team in engagement.records.current(Team, as_of=as_of):
        if team not in charters:
            lines.append(f"{team} has no charter yet.")
        elif charters[team].status == "draft":
            lines.append(f"The charter of {team} is a draft: its playback is not through.")
    return lines


def _why(proposal: Proposal, known: Measure | None, led_to: Label) -> str:
    """The reason that is recorded where a person follows the proposal."""
    if known:
        return because(known)
    return proposal.reason if proposal.label == led_to else ""


def _chosen(engagement: Engagement, *, as_of: dt.date) -> Mapping[str, list[str]]:
    chosen: dict[str, list[str]] = {}
    for charter in engagement.records.current(Charter, as_of=as_of).values():
        for line in charter.lines:
            known = catalogue.find(line.measure)
            chosen.setdefault(known.id if known else line.measure.casefold(), []).append(charter.team)
    return chosen


def _checked(
    control: str,
    timing: str,
    wanted: str,
    reason: str,
    disposition: str,
    disposition_reason: str,
    measure: str,
    words: str,
) -> Label:
    """What the two answers lead to; everything wrong with a decision in one message."""
    problems = []
    for value, what, known in (
        (control, "control", get_args(Control)),
        (timing, "timing", get_args(Timing)),
        (wanted or "metric", "label", get_args(Label)),
        (disposition, "disposition", get_args(Disposition)),
    ):
        if value not in known:
            if value:
                hint = did_you_mean(value, [word for word in known if word])
                problems.append(f"{words}: '{value}' is no answer for {what}. {hint}".strip())
            else:
                problems.append(f"{words}: answer both questions, control and timing.")
    if problems:
        raise WorkshopError(listed(list(dict.fromkeys(problems))))
    led_to = label(control, timing)
    if wanted and wanted != led_to and not reason.strip():
        problems.append(
            f"{words}: the two answers make it {_a(led_to)}; to call it {_a(cast(Label, wanted))}, give a reason."
        )
    if disposition in ("parked", "merged", "dropped") and not disposition_reason.strip():
        done = {"parked": "put aside", "merged": "merged", "dropped": "dropped"}[disposition]
        problems.append(f"{words}: say why it is {done}; the people who asked for it will read it.")
    if disposition == "merged" and not measure.strip():
        problems.append(f"{words}: name the measure it is merged into.")
    if problems:
        raise WorkshopError(listed(problems))
    return led_to


def _a(box: Label) -> str:
    return {"activity": "an activity", "metric": "a metric", "signal": "a signal"}[box]


def _some(names: list[str], most: int = 3) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
