"""Words as they are compared: one spelling, no endings, and a mark where a speaker pauses."""

from __future__ import annotations

import functools
import re
import unicodedata
from dataclasses import dataclass

PAUSE = "|"
"""Stands for a comma, a full stop or a bracket."""

_IRREGULAR = {
    "sent": "send", "made": "make", "held": "hold", "won": "win", "lost": "lose", "bought": "buy", "sold": "sell",
    "ran": "run", "given": "give", "gave": "give", "met": "meet", "spoke": "speak", "spoken": "speak", "told": "tell",
    "wrote": "write", "written": "write", "took": "take", "taken": "take", "went": "go", "gone": "go", "grew": "grow",
    "grown": "grow", "kept": "keep", "paid": "pay", "used": "use", "using": "use", "did": "do", "done": "do",
    "got": "get", "gotten": "get", "rang": "ring", "rung": "ring", "taught": "teach", "brought": "bring",
    "built": "build", "chose": "choose", "chosen": "choose", "came": "come", "drew": "draw", "shown": "show",
    "people": "people", "persons": "people", "losing": "lose", "making": "make", "giving": "give", "dying": "die",
    "organisation": "organization", "referred": "referral", "biz": "business", "acct": "account", "accts": "account",
    "mtg": "meeting", "mtgs": "meeting", "appts": "appointment", "cust": "customer", "custs": "customer",
    "convos": "conversation", "convo": "conversation", "oppty": "opportunity", "prez": "presentation",
    "avg": "average", "pct": "percent", "perc": "percent", "yr": "year", "yrs": "year", "qtr": "quarter",
    "mgr": "manager", "mgrs": "manager", "mins": "minute", "min": "minute", "secs": "second", "lvl": "level",
    "w": "with", "wk": "week", "wks": "week", "cos": "because", "cuz": "because", "n": "and", "msgs": "message",
    "msg": "message", "vs": "versus", "pres": "presentation", "props": "proposal", "noted": "note", "noting": "note",
    "bizdev": "prospecting", "no.": "number", "nr": "number", "thru": "through", "centre": "center",
    "programme": "program", "cheque": "check", "behaviour": "behavior", "colour": "color", "opps": "opp",
    "initial": "first", "introductory": "first", "unsolicited": "cold",
    "intros": "introduction", "intro": "introduction",
}  # fmt: skip


_SHORT = ("sms", "css", "cms", "nps", "gps")
"""Three letters that end in s and are one thing."""


@dataclass(frozen=True)
class Word:
    """One word as it was said and as it is compared; `pause` for a mark between words."""

    said: str
    stem: str

    @property
    def pause(self) -> bool:
        return self.said == PAUSE


def words(text: str) -> list[Word]:
    """The words of a text in order, with a pause where the speaker makes one.

    >>> [word.stem for word in words("Calls made, #calls & e-mails")]
    ['cal', 'make', '|', 'number', 'of', 'cal', 'and', 'email']
    """
    return [Word(said, PAUSE if said == PAUSE else stem(said)) for said in plain(text).split()]


def plain(text: str) -> str:
    """A text in small letters, signs written out, pauses as a mark.

    >>> plain("Rev / rep (w/ new logos): 50%")
    'rev per rep | with new logos | 50 percent'
    """
    said = unicodedata.normalize("NFKC", text).casefold()
    said = re.sub(r"['’`´]", "", said)
    said = re.sub(r"\be-mail", "email", said)
    said = re.sub(r"\bw/o\b", " without ", said)
    said = re.sub(r"\bw/\s*", " with ", said)
    said = re.sub(r"\b(\d) ?(?::|on|-on-|to) ?1s?\b", " one on one ", said)
    said = re.sub(r"\bone-(?:on|to)-ones?\b|\bone to ones?\b|\bone on ones\b", " one on one ", said)
    said = re.sub(r"(?<=[a-z]):(?=[a-z])", " to ", said)
    said = said.replace("%", " percent ").replace("#", " number of ").replace("&", " and ").replace("$", " dollar ")
    said = re.sub(r"(?<=\w)\s*/\s*(?=\w)", " per ", said)
    said = re.sub(r"\bper cent\b|\bpercentage\b|\bpercents\b", "percent", said)
    said = re.sub(r"[-‐-–]+(?=\w)", " ", re.sub(r"(?<=\s)[-–—]+(?=\s)", f" {PAUSE} ", said))
    said = re.sub(r"\.(?=\w)", "", said)
    said = re.sub(r"[.,;:!?()\[\]…—\"“”]+", f" {PAUSE} ", said)
    said = re.sub(rf"[^\w{re.escape(PAUSE)}]+", " ", said).replace("_", " ")
    return " ".join(said.split())


@functools.cache
def stem(word: str) -> str:
    """A word without its ending: plural, -ed, -ing, the silent e; forms of common verbs come together.

    >>> stem("closing") == stem("closed") == stem("close"), stem("won"), stem("companies") == stem("company")
    (True, 'win', True)
    """
    word = _IRREGULAR.get(word, word)
    if word == "marketing":
        return word
    word = word.replace("isation", "ization").replace("yse", "yze")
    if word.endswith(("ise", "ised", "ising")) and len(word) > 7:
        word = word.replace("is", "iz") if word.count("is") == 1 else word
    if len(word) == 3 and word.endswith("s") and word[1] not in "aeiosu" and word not in _SHORT:
        return word[:-1]
    if word in ("aes", "ses", "pos"):
        return word[:-1]
    if len(word) <= 3 or not word.isalpha():
        return word
    if word.endswith("ies"):
        word = word[:-3] + "y"
    elif word.endswith(("sses", "xes", "ches", "shes")):
        word = word[:-2]
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    word = _IRREGULAR.get(word, word)
    for ending in ("ing", "ed"):
        begun = word[: -len(ending)]
        if word.endswith(ending) and len(begun) >= 3 and re.search(r"[aeiouy]", begun):
            word = begun
            break
    if len(word) > 6 and word.endswith("tion"):
        word = word[:-3]
    if len(word) > 4 and word.endswith("e"):
        word = word[:-1]
    if len(word) > 3 and word.endswith("y"):
        word = word[:-1] + "i"
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "aeios":
        word = word[:-1]
    return word
