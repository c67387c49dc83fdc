"""Rules about who acts: the seller who does it, the buyer who decides, somebody for whom one waits."""

from __future__ import annotations

from . import voices
from .outcomes import AGREED
from .reading import Hit, Reading
from .shapes import EFFORT, Shape, stretch
from .verdicts import Verdict, activity, metric

STRONG = frozenset({
    "draft", "outdoors", "greet", "suggest", "screen", "refresh", "chase", "behave", "answer", "send", "contact", "ask",
    "study", "follow", "share", "publish", "plan", "delegate", "qualify",
})  # fmt: skip
"""What a seller does whatever it is done to: a deal contacted is an activity, a deal made is not."""
PASSIVE = frozenset({
    "we", "i", "you", "our", "the", "were", "are", "was", "is", "have", "has", "had", "havent", "hasnt", "got", "get",
    "gets", "didnt", "dont", "need", "never", "should",
})  # fmt: skip
"""After "customers who", these say that something is done to the customers, or leave it open."""


def wait(reading: Reading, laid: Shape) -> Verdict | None:
    """A time follows what it waits for: the seller's answer is an activity, the buyer's signature is not."""
    answering = next((h for h in reading.hits if h.side == "response"), None)
    if answering:
        named = [h for h in reading.hits if h.side == "people" and h.name in ("prospect", "customer", "contact")]
        theirs = any(h.end == answering.at or "from" in reading.said_between(answering, h) for h in named)
        return metric("waiting", answering) if theirs else activity("own time", answering)
    if "duration" not in laid.amounts:
        return None
    if idle := next((h for h in laid.things if h.name == "pending"), None):
        return metric("waiting", idle)
    things = [h for h in laid.things if h.side != "internal"]
    if any(h.name in ("cycle", "time_in_stage", "ramp", "time_to_revenue", "dso") for h in things):
        return None
    own = [h for h in things if h.side in EFFORT]
    spans = bool({"between", "from"} & {w.said for w in reading.words})
    if spans and own and things[-1].side in ("buyer", "result", "goods"):
        return metric("waiting", things[-1])
    if "between" in {w.said for w in reading.words} and own and own[-1] is things[-1]:
        return activity("own time", things[-1])
    late = [h for h in things if h.side in ("buyer", "result")]
    if own and (not late or own[0].at < late[0].at) and not _buyer_before(reading, own[0]):
        return activity("own time", own[0])
    if late and not own:
        return metric("waiting", late[0])
    if not own and not late and things and things[0].name in ("lead", "mql", "sql", "sal", "customer", "prospect"):
        return activity("own time", things[0])
    return None


def _buyer_before(reading: Reading, hit: Hit) -> bool:
    """Whether a buyer is named right before a doing: "customers respond"."""
    previous = [h for h in reading.hits if h.end <= hit.at]
    if not previous or previous[-1].side != "people" or hit.kind != "action" or hit.name in ("send", "make"):
        return False
    between = stretch(reading, previous[-1].end, hit.at)
    said = reading.words[hit.at].said
    return not said.endswith("ed") and all(w in ("who", "that", "actually", "to", "take", "takes") for w in between)


def buyers_doing(reading: Reading, laid: Shape) -> Verdict | None:
    """A buyer is the one who acts: customers who buy again, prospects answering."""
    for n, hit in enumerate(laid.things[1:], 1):
        before = laid.things[n - 1]
        done = [h for h in laid.things[:n] if h.side in EFFORT]
        invited = len(done) == 1 and done[0].end == before.at and done[0].said.endswith("ed")
        if before.side != "people" or (done and not invited):
            continue
        between = reading.said_between(before, hit)
        bare = all(w in ("who", "that", "actually", "really", "to", "will", "then", "have", "they") for w in between)
        starts = hit.name == "start" and bool({"who", "that"} & set(between))
        if bare and (hit.side in ("buyer", "result") or starts):
            return metric("buyer", before, hit)
    return _they_do(reading, laid)


def _theirs_to_take(reading: Reading, laid: Shape) -> bool:
    """Whether buyers do something with the effort: emails people read, requests the buyer turns down."""
    for effort, people, doing in zip(laid.things, laid.things[1:], laid.things[2:], strict=False):
        if effort.side not in EFFORT or not effort.said.endswith("s") or people.side != "people":
            continue
        beside = set(stretch(reading, effort.end, people.at)) <= {"the", "a", "our", "that"}
        acts = doing.kind == "action" and doing.name not in ("make", "send", "have") and not doing.said.endswith("ed")
        if beside and doing.at == people.end and acts:
            return True
    return False


def _they_do(reading: Reading, laid: Shape) -> Verdict | None:
    """Buyers who do something, whatever it is: doctors who switch, introductions our customers make."""
    if _theirs_to_take(reading, laid):
        return metric("buyer", *laid.things[:1])
    if any(h.side == "internal" for h in laid.things):
        return None
    if voices.buyers_own(reading):
        return metric("buyer", *laid.things[:1])
    for n, hit in enumerate(laid.things):
        if hit.side != "people":
            continue
        ours_first = any(h.side in EFFORT for h in laid.things[:n])
        if not ours_first and (_customers_do(laid, n) or _who_do(reading, laid, n)):
            return metric("buyer", hit)
        if n and _takes_effort(reading, laid, n):
            return metric("buyer", laid.things[n - 1], hit)
    return None


def _verb_after(laid: Shape, n: int) -> Hit | None:
    """What is done one word after the people at `n`: the word between them is "who" or the like."""
    return next((h for h in laid.things[n + 1 :] if h.at == laid.things[n].end + 1), None)


def _customers_do(laid: Shape, n: int) -> bool:
    """Whether many customers have a doing right behind them: "customers write" to us."""
    hit = laid.things[n]
    many = hit.said.endswith("s") and hit.name in ("customer", "prospect")
    return many and _verb_after(laid, n) is None and _plain_verb(laid, hit)


def _who_do(reading: Reading, laid: Shape, n: int) -> bool:
    """Whether people are said to do something: "doctors who switch", not "doctors who were called" by us."""
    hit, verb = laid.things[n], _verb_after(laid, n)
    after = [word.said for word in reading.words[hit.end : hit.end + 2]]
    done_to = verb and (verb.kind != "action" or verb.said.endswith("ed") or hit.said in ("people", "folks"))
    return len(after) == 2 and after[0] in ("who", "that") and after[1] not in PASSIVE and not done_to


def _takes_effort(reading: Reading, laid: Shape, n: int) -> bool:
    """Whether a thing of ours, the people and their doing follow each other: "introductions customers make" for us."""
    effort, hit = laid.things[n - 1], laid.things[n]
    article = hit.at and reading.words[hit.at - 1].said in ("the", "a", "our", "their")
    if effort.kind != "object" or effort.side not in EFFORT or hit.at - effort.end != 1 or not article:
        return False
    after = [word.said for word in reading.words[hit.end : hit.end + 2]]
    acts = any(h.at == hit.end and h.kind == "action" for h in laid.things)
    got = after[:1] == ["get"] and after[-1].endswith("ed")
    following = reading.words[hit.end] if hit.end < len(reading.words) else None
    return acts or got or following in reading.unknown


def _plain_verb(laid: Shape, hit: Hit) -> bool:
    """Whether a doing follows in the form it has after its doer: "customers write", not "customers written to"."""
    doing = next((h for h in laid.things if hit.end <= h.at <= hit.end + 1 and h.kind == "action"), None)
    if doing is None:
        return False
    said = doing.said.split()[0]
    if doing.at > hit.end and not said.endswith("s"):
        return False
    return said != "in" and not said.endswith(("ed", "ing")) and said not in voices.PARTICIPLES


def done_to(reading: Reading, laid: Shape) -> Verdict | None:
    """What is done with the thing decides: proposals accepted, accounts contacted, referrals asked for."""
    head, doing = laid.head, laid.doing
    if doing is None or head is None:
        return None
    if head.side == "result" and doing.end == head.at and not doing.said.endswith(("ing", "ed")) and doing.at == 0:
        return metric("decided", head, doing)
    clause = stretch(reading, doing.end, doing.end + 2)
    if head.side == "people" and clause[:1] in (["who"], ["that"]) and clause[-1] not in PASSIVE:
        return metric("came of it", head, doing)
    if "rate" in laid.amounts and doing.name == "book":
        return metric("decided", head, doing)
    if doing.side == "seller":
        by = stretch(reading, head.end, doing.at)[:1] == ["by"] and doing.said.endswith("ing")
        if by:
            return activity("done", head, doing)
        written = doing.name == "draft" and head.side == "result"
        if doing.name in STRONG and not written and not _buyer_before(reading, doing):
            return activity("done", head, doing)
        if head.side in ("seller", "manager", "people") and head.name != "customer":
            return activity("done", head, doing)
    if doing.name == "agree" and head.name in AGREED:
        return activity("done", head, doing)
    if doing.side in ("buyer", "result") and doing.at > head.at and head.side != "manager":
        return metric("decided", head, doing)
    return None


def who_acts(reading: Reading, laid: Shape) -> Verdict | None:
    """No list knows what is counted; the grammar says who acts."""
    on = laid.things[:1]
    if voices.buyers_own(reading):
        return metric("who acts", *on)
    if voices.own_doing(reading) or voices.begins_with_doing(reading):
        return activity("who acts", *on)
    return None
