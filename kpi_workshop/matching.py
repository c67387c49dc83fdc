"""Which catalogue measure a suggestion speaks of: one function, so that everything counts suggestions alike."""

from __future__ import annotations

import re

from . import catalogue
from .catalogue import Measure


def match(text: str) -> Measure | None:
    """The measure that `text` names by its name or another name in the catalogue; None where it names none.

    Case, punctuation and a leading "number of" make no difference. Nothing is guessed: a suggestion in other words
    stays unmatched and is listed for a person to place.
    """
    return catalogue.find(text)


def theme(text: str) -> str:
    """What two suggestions share when they are the same: the measure's id, else the words without case and marks.

    >>> theme("Send the agenda, first!") == theme("send the agenda first")
    True
    """
    measure = match(text)
    return measure.id if measure else "said: " + " ".join(re.findall(r"\w+", text.casefold()))


def shown(text: str) -> str:
    """The words under which a suggestion is listed: the measure's name, else its own words.

    >>> shown("  send the agenda first ")
    'Send the agenda first'
    """
    measure = match(text)
    words = measure.name if measure else " ".join(text.split())
    return words[:1].upper() + words[1:]
