"""Rules about what came of the effort: one step that becomes the next, an outcome of it, so much of it for one."""

from __future__ import annotations

from . import voices
from .reading import Hit, Reading
from .shapes import EFFORT, Shape
from .verdicts import Verdict, activity, metric

PLAIN = frozenset({"a", "an", "the", "our", "their", "his", "her", "its", "first", "new", "next", "real", "one"})
SOMEBODY = frozenset({"one", "somebody", "someone", "anybody", "anyone", "people"})
UNTIL = ("before", "until", "till")
HAVING = frozenset({"with", "have", "has", "where", "having", "without", "had", "whove"})
AGREED = frozenset({"account_plan", "next_step", "prep"})
"""What seller and buyer agree on because the seller brings it."""


def step(reading: Reading, laid: Shape) -> Verdict | None:
    """One step that becomes the next: calls that turn into meetings, meeting-to-proposal rate."""
    return _turns_into(laid) or _one_to_the_other(reading, laid)


def _turns_into(laid: Shape) -> Verdict | None:
    for n, hit in enumerate(laid.things):
        if hit.side == "turn" and not (hit.said.startswith("it take") and "duration" in laid.amounts):
            return metric("step", *laid.things[max(n - 1, 0) : n], hit, *laid.things[n + 1 : n + 2])
    return None


def _one_to_the_other(reading: Reading, laid: Shape) -> Verdict | None:
    """Two things with nothing but "to" between them, where the second is a later step."""
    is_rate = "rate" in laid.amounts
    for first, second in zip(laid.things, laid.things[1:], strict=False):
        between = [word for word in reading.said_between(first, second) if word not in PLAIN]
        if between != ["to"] or (first.kind != "object" and not is_rate):
            continue
        goods = second.side == "goods" and (first.name == "proposal" or is_rate)
        if second.side not in ("seller", "buyer", "result", "stock") and not goods:
            continue
        if second.name in ("loss", "churn", "win") and _says_which_people(reading, second):
            continue
        won = any(hit.name == "win_rate" for hit in laid.things)
        is_later = won or is_rate or second.side in ("result", "stock", "buyer", "goods")
        if is_later and second.name not in ("new_customer", "follow_up", "lead") and first.name != "talk_ratio":
            return metric("step", first, second)
    return None


def _says_which_people(reading: Reading, hit: Hit) -> bool:
    """Whether a word only says which customers are meant: "closed-lost accounts"."""
    return any(h.side == "people" and h.at == hit.end for h in reading.hits)


def before_outcome(reading: Reading, laid: Shape) -> Verdict | None:
    """How much effort it takes until a buyer acts: how many visits before a customer orders."""
    return _until_buyers_act(reading, laid) or _many_until(reading, laid)


def _until_buyers_act(reading: Reading, laid: Shape) -> Verdict | None:
    for n, hit in enumerate(laid.things[1:], 1):
        earlier = laid.things[n - 1]
        effort = next((h for h in laid.things[:n] if h.side in EFFORT), None)
        if hit.side not in ("buyer", "result") or earlier.side != "people" or not effort or effort.end > earlier.at:
            continue
        if set(UNTIL) & set(reading.said_between(effort, earlier)):
            return metric("step", effort, hit)
    return None


def _many_until(reading: Reading, laid: Shape) -> Verdict | None:
    """How many of an effort until somebody does something, or until we win."""
    said = [word.said for word in reading.words]
    for at, word in enumerate(said[:-1]):
        effort = next((h for h in laid.things if h.side in EFFORT and h.end <= at), None)
        if word not in UNTIL or effort is None or not {"many", "number"} & set(said[: effort.at + 1]):
            continue
        who, after = said[at + 1], {h.side for h in (*laid.things, *reading.aside) if h.at == at + 2}
        theirs = who in SOMEBODY or (who == "they" and after & {"buyer", "result"})
        ours = who in ("we", "you", "i") and after & {"result", "turn"}
        if theirs or ours:
            return metric("step", effort)
    return None


def came_of_it(reading: Reading, laid: Shape) -> Verdict | None:
    """What became of the effort: proposals that come back signed, how many of the calls get an answer."""
    if voices.what_became(reading):
        return metric("came of it", *laid.things[-1:])
    for first, second in zip(laid.things, laid.things[1:], strict=False):
        beside = second.at == first.end and second.side in EFFORT and second.name not in AGREED
        if first.side == "buyer" and first.said.endswith("ed") and beside:
            return metric("came of it", first, second)
    head, effort = laid.head, next((h for h in laid.things if h.side in EFFORT), None)
    if head is None or effort is None or (head.side not in EFFORT and head.side != "people"):
        return None
    for later in laid.things:
        is_outcome = later.side in ("buyer", "result") and later.at >= max(head.end, effort.end)
        if is_outcome and _is_of(reading, laid, head, later):
            return metric("came of it", head, later)
    return None


def _is_of(reading: Reading, laid: Shape, head: Hit, later: Hit) -> bool:
    """Whether a later word says what came of the first: "calls that win", and not "calls after a win"."""
    if any(h.side in EFFORT and h.at == later.end for h in laid.things):
        return False
    between = reading.said_between(head, later)
    if {"before", "after", "when", "until"} & set(between):
        return False
    picked_out = _picked_out(reading, head)
    if head.side == "people":
        another = not picked_out
    else:
        between_them = [h for h in laid.things if head.end <= h.at < later.at and h.kind == "object"]
        another = any(h.side in EFFORT for h in between_them)
    relative = between[:1] and between[0] in ("that", "which", "where")
    won = between and set(between) <= {"we", "they", "you", "actually"} and later.name in ("win", "loss", "churn")
    return not another and bool(relative or won or picked_out)


def _picked_out(reading: Reading, head: Hit) -> bool:
    """Whether the thing is one of several: "how many of the calls", "do the meetings"."""
    before = [word.said for word in reading.words[max(head.at - 3, 0) : head.at]]
    return ("of" in before and any(h.side == "rate" or h.said.startswith("how many") for h in reading.hits)) or bool(
        {"do", "does", "did", "whether", "if"} & set(before)
    )


def kept_up(reading: Reading, laid: Shape) -> Verdict | None:
    """A share of deals or customers with something the seller keeps for them: accounts with a plan."""
    head = laid.head
    if head is None or (head.side not in ("people", "stock", "goods") and head.name != "new_customer"):
        return None
    after = [h for h in laid.things if h.at >= head.end]
    kept = next((h for h in after if h.side not in ("people", "internal")), None)
    if kept is None or kept.side not in EFFORT:
        return None
    ours = any(h.side == "internal" for h in after[: after.index(kept)])
    between = set(reading.said_between(head, kept))
    has = kept.kind == "object" and bool(between & HAVING)
    where_we = "where" in between and (ours or bool({"we", "i", "weve"} & between))
    we_end_so = between == {"we"} and kept.kind == "object" and kept.end == len(reading.words)
    return activity("kept up", head, kept) if has or where_we or we_end_so else None


def per_outcome(reading: Reading, laid: Shape) -> Verdict | None:
    """So much effort for one outcome: demos per customer won; so much money for one effort: dollars per visit."""
    money = next((h for h in reading.hits if h.side == "money"), None)
    if money and any(h.side == "per" for h in reading.hits):
        return metric("per outcome", money)
    if laid.per and laid.head and laid.per.at > laid.head.at:
        if laid.doing is not None and laid.doing.name == "ask":
            return None
        if laid.per.side in ("result", "buyer") and laid.per.name not in ("renewal", "referral", "csat"):
            return metric("per outcome", laid.head, laid.per)
        if laid.head.side in ("result", "buyer", "stock"):
            return metric("head", laid.head)
    return None
