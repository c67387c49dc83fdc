"""Step 4, wordings: which suggestions count the same, why, and what a person merged or set apart by hand."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .. import catalogue, matching, ways_back
from ..engagement import Engagement
from ..errors import WorkshopError, did_you_mean
from ..kinds import Grouping
from . import voices

APART = "on its own"
"""What a person answers where a wording is a measure of its own."""

UNDO = "merging by hand"
"""By what the way back from the last merging or setting apart is found."""

_OWN = "alone: "


@dataclass(frozen=True)
class Wording:
    """One way of putting it: the words as recorded, what they count as, and why in one sentence.

    `ids` are the suggestions made in these words, `group` the words under which the whole group is listed; `by_hand`
    where a person put them there. `doubt` says what to look at where the group may be two things, "" elsewhere.
    """

    text: str
    ids: tuple[str, ...]
    theme: str
    group: str
    why: str
    by_hand: bool = False
    doubt: str = ""


def themes(engagement: Engagement, *, as_of: dt.date) -> dict[str, str]:
    """What each suggestion shares with those that count the same, by id: a person's word, else what the words say."""
    listed = voices.listed(engagement, as_of=as_of)
    moved = engagement.records.current(Grouping)
    return {key: moved[key].theme if key in moved else matching.theme(one.text) for key, one in listed.items()}


def is_apart(theme: str) -> bool:
    """Whether a person set this suggestion apart: its words name no measure of the catalogue any more."""
    return theme.startswith(_OWN)


def named(theme: str, texts: Sequence[str]) -> str:
    """The words under which a group is listed: those of the measure it was made for, else the first of its own.

    >>> named(matching.theme("dials"), ["dials", "chats"]), named("alone: dials", ["dials"])
    ('Calls made', 'Dials')
    """
    if is_apart(theme):
        words = " ".join(min(texts).split())
        return words[:1].upper() + words[1:]
    own = [text for text in texts if matching.theme(text) == theme]
    return min(matching.shown(text) for text in own or texts)


def wordings(engagement: Engagement, *, as_of: dt.date) -> list[Wording]:
    """Every wording that was recorded, each with the group it counts to and why; doubtful and large groups first."""
    listed = voices.listed(engagement, as_of=as_of)
    theme_of = themes(engagement, as_of=as_of)
    ids: dict[tuple[str, str], list[str]] = defaultdict(list)
    for key, one in listed.items():
        ids[theme_of[key], one.text].append(key)
    texts: dict[str, list[str]] = defaultdict(list)
    for theme, text in ids:
        texts[theme].append(text)
    groups = {theme: named(theme, said) for theme, said in texts.items()}
    doubts = {theme: two_sides(theme, said) for theme, said in texts.items()}
    found = []
    for (theme, text), keys in ids.items():
        by_hand = theme != matching.theme(text)
        why = because(text, theme, texts[theme])
        found.append(Wording(text, tuple(sorted(keys)), theme, groups[theme], why, by_hand, doubts[theme]))
    return sorted(found, key=lambda w: (not w.doubt, -len(texts[w.theme]), w.group.casefold(), w.text.casefold()))


def two_sides(theme: str, texts: Sequence[str]) -> str:
    """What to look at where words put into one group what sellers do and what others decide; "" where they do not.

    Words like "doors I knock on" and "doors that open when I knock" are all but the same, and count two things. What a
    person put together is left alone.

    >>> two_sides(matching.theme("dials"), ["dials", "outbound calls"])
    ''
    """
    merged = sorted(text for text in texts if matching.theme(text) == theme)
    doing = [text for text in merged if matching.sort(text).label == "activity"]
    decided = [text for text in merged if text not in doing]
    if not doing or not decided:
        return ""
    return (
        f"Look twice: “{doing[0]}” reads like what sellers do, “{decided[0]}” like what came of it. "
        "If they count two things, set one apart."
    )


def because(text: str, theme: str, texts: Sequence[str]) -> str:
    """Why a wording counts to its group, as one sentence.

    >>> because("dials", matching.theme("dials"), ["dials", "outbound calls"])
    'Its words are another way to say “Calls made”.'
    """
    if is_apart(theme):
        return "You set it apart."
    if theme != matching.theme(text):
        return "You put it there."
    measure = matching.match(text)
    if measure and not matching.named(text):
        return f"Read as a whole it is most like “{measure.name}”; set it apart if it counts something else."
    if measure:
        is_name = measure.name.casefold() == text.casefold()
        return "It is the measure's own name." if is_name else f"Its words are another way to say “{measure.name}”."
    others = [other for other in texts if other != text and matching.theme(other) == theme]
    if not others:
        return "It stands for itself: nothing else that was said counts the same."
    return f"It counts the same as “{min(others)}”: the same thing, done and added up alike."


def move(engagement: Engagement, to: Mapping[str, str], *, as_of: dt.date) -> list[str]:
    """Merge the suggestions made in some words into another group, or set them apart; returns the ids that moved.

    `to` gives for each wording the words of a group, one of its wordings, a catalogue measure, or `APART`. All of it is
    one action, which `ways_back` takes back; originals stay as they are.
    """
    everything = wordings(engagement, as_of=as_of)
    changed = [entry for text, group in to.items() for entry in _moved(text, group, everything)]
    return ways_back.save_all(engagement, UNDO, changed)


def checked(engagement: Engagement, text: str, to: str, *, as_of: dt.date) -> None:
    """Refuse, as `move` would, words that nobody suggested and groups that there are not."""
    _moved(text, to, wordings(engagement, as_of=as_of))


def _moved(text: str, to: str, everything: Sequence[Wording]) -> list[tuple[str, Grouping]]:
    moving = [one for one in everything if one.text == text]
    if not moving:
        raise WorkshopError(f"Nobody suggested '{text}'. {did_you_mean(text, [one.text for one in everything])}")
    theme = _theme(to, text, everything)
    return [(key, Grouping(suggestion=key, theme=theme)) for one in moving for key in one.ids if one.theme != theme]


def _theme(to: str, text: str, everything: Sequence[Wording]) -> str:
    wanted = " ".join(to.split()).casefold()
    if wanted in ("", APART):
        return _OWN + text
    for one in everything:
        if one.group.casefold() == wanted or (one.text.casefold() == wanted and one.text != text):
            return one.theme
    if measure := catalogue.find(to):
        return matching.theme(measure.name)
    hint = did_you_mean(to, sorted({one.group for one in everything}))
    raise WorkshopError(f"There is no suggestion '{to}' to merge with. {hint} To set it apart, write '{APART}'.")
