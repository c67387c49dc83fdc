"""Who acts: the seller or the buyer, told by the grammar alone where no list knows the verb."""

from __future__ import annotations

from .reading import Reading

OWN = frozenset({"we", "i", "reps", "sellers", "ive", "weve", "guys", "salespeople", "my"})
THEIRS = frozenset({
    "they", "customers", "clients", "prospects", "buyers", "nobody", "anybody", "anyone", "people",
    "customer", "client", "prospect", "buyer", "guest", "shopper",
})  # fmt: skip
BETWEEN = frozenset({"have", "has", "had", "did", "do", "actually", "really", "ever", "even", "team", "guys", "also"})
LEADING = frozenset({"just", "simply", "more", "regular", "regularly", "actually", "always", "also", "number", "of"})
PARTICIPLES = frozenset({
    "given", "met", "seen", "sent", "brought", "told", "shown", "taught", "run", "held", "made", "done", "written",
    "read", "taken", "spoken", "rung", "set", "put", "left", "got", "had", "hit", "built", "found", "called",
})  # fmt: skip
"""Forms of a verb that say something was done to what stands before them."""
OUTCOMES = frozenset({
    "growing", "winning", "closing", "earning", "paying", "buying", "getting", "losing", "hitting", "selling",
    "making", "keeping", "being", "having", "going", "coming", "renewing", "retaining", "ordering", "pricing",
    "rating", "ranking", "timing", "something", "everything", "anything", "nothing", "morning", "evening", "spring",
    "beating", "landing", "listing", "training", "standing", "ending", "leaving", "happening", "trading", "pending",
})  # fmt: skip
"""Words in -ing that are no doing of a seller's."""
GERUND = 6
"""The letters the shortest doing in -ing has: asking, ringing."""


def begins_with_doing(reading: Reading) -> bool:
    """Whether the suggestion begins with a doing in -ing that no list knows: "polishing the display"."""
    said = [word for word in reading.wanted if not word.pause]
    while said and said[0].said in LEADING:
        said = said[1:]
    if not said or said[0] not in reading.unknown:
        return False
    first = said[0].said
    return first.endswith("ing") and len(first) >= GERUND and first not in OUTCOMES


def own_doing(reading: Reading) -> bool:
    """Whether our own people are the ones who act: "how many boards did we polish"."""
    people = any(hit.side == "people" for hit in reading.hits)
    said = [word for word in reading.wanted if not word.pause]
    for at, word in enumerate(said[:-1]):
        after = next((later for later in said[at + 1 :] if later.said not in BETWEEN), None)
        taken = after is not None and after.said in ("take", "bring") and people
        if word.said in OWN and after is not None and (taken or after in reading.unknown):
            return True
    return False


def buyers_own(reading: Reading) -> bool:
    """Whether somebody does something to us: "do they invite us", "customers who badger us"."""
    said = [word.said for word in reading.wanted if not word.pause]
    for at, word in enumerate(said[:-2]):
        if at and said[at - 1] in ("before", "when", "until", "if", "after", "without"):
            continue
        if said[at + 1] in ("for", "with", "to", "of", "from", "about", "near"):
            continue
        if word in THEIRS and "us" in said[at + 2 : at + 4] and not {"we", "i", "our"} & set(said[at : at + 4]):
            return True
    return False


ONES = frozenset({"those", "them", "ones", "people", "customers", "clients", "prospects", "reps", "leads", "accounts"})
BECOME = frozenset({
    "are", "is", "still", "then", "get", "gets", "stay", "stays", "come", "comes", "go", "goes", "make", "makes", "hit",
    "sign", "buy", "place", "end", "turn", "become", "open", "answer", "reply", "that", "who", "order", "actually",
})  # fmt: skip


def what_became(reading: Reading) -> bool:
    """Whether it is asked what became of some: "how many of those we coach are still here"."""
    said = [word.said for word in reading.wanted]
    for at, word in enumerate(said[:-4]):
        if word != "of" or not (set(said[at + 1 : at + 4]) & (ONES | {"proposals", "calls", "quotes", "emails"})):
            continue
        own = next((i for i in range(at + 2, min(at + 5, len(said) - 2)) if said[i] in OWN), None)
        if own is not None and said[own + 2] in BECOME:
            return True
    for at, word in enumerate(said[:-1]):
        who = (
            at > 1
            and word in ("who", "that")
            and said[at + 1] not in OWN | {"had", "havent", "hasnt", "never", "dont", "didnt", "they"}
        )
        if who and set(said[max(at - 3, 1) : at - 1]) & {"we", "i"}:
            return True
    return False
