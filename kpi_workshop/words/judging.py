"""Judging a reading: is it the seller's doing, or does it depend on the buyer, on time passing or on money?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from . import voices
from .reading import Hit, Reading
from .shapes import EFFORT, Shape, shape, stretch

Label = Literal["activity", "metric"]

STRONG = frozenset({"draft", "outdoors"}) | frozenset(
    {
        "greet",
        "suggest",
        "screen",
        "refresh",
        "chase",
        "behave",
        "answer",
        "send",
        "contact",
        "ask",
        "study",
        "follow",
        "share",
        "publish",
        "plan",
        "delegate",
        "qualify",
    }
)
"""What a seller does whatever it is done to: a deal contacted is an activity, a deal made is not."""
LATE = ("buyer", "result", "stock", "goods")
PLAIN = frozenset({"a", "an", "the", "our", "their", "his", "her", "its", "first", "new", "next", "real", "one"})
AGREED = frozenset({"account_plan", "next_step", "prep"})
"""What seller and buyer agree on because the seller brings it."""
SOMEBODY = frozenset({"one", "somebody", "someone", "anybody", "anyone", "people"})
PASSIVE = frozenset({
    "we", "i", "you", "our", "the", "were", "are", "was", "is", "have", "has", "had", "havent", "hasnt", "got", "get",
    "gets", "didnt", "dont", "need", "never", "should",
})  # fmt: skip
"""After "customers who", these say that something is done to the customers, or leave it open."""


@dataclass(frozen=True)
class Verdict:
    """What one rule says: the label, the rule, and the hits it rests on."""

    label: Label
    rule: str
    on: tuple[Hit, ...]


def verdict(reading: Reading) -> Verdict | None:
    """What the rules say about a reading, the most particular rule first; None where none of them applies."""
    laid = shape(reading)
    for rule in RULES if laid.things else (_who_acts,):
        found = rule(reading, laid)
        if found:
            return found
    return None


def _step(reading: Reading, laid: Shape) -> Verdict | None:
    """One step that becomes the next: calls that turn into meetings, meeting-to-proposal rate."""
    for n, hit in enumerate(laid.things):
        if hit.side == "turn" and not (hit.said.startswith("it take") and "duration" in laid.amounts):
            return Verdict("metric", "step", (*laid.things[max(n - 1, 0) : n], hit, *laid.things[n + 1 : n + 2]))
    for first, second in zip(laid.things, laid.things[1:], strict=False):
        between = [w for w in reading.said_between(first, second) if w not in PLAIN]
        if (
            between == ["to"]
            and (first.kind == "object" or "rate" in laid.amounts)
            and (
                second.side in ("seller", "buyer", "result", "stock")
                or (second.side == "goods" and (first.name == "proposal" or "rate" in laid.amounts))
            )
        ):
            converted = any(h.name == "win_rate" for h in laid.things)
            counted = converted or "rate" in laid.amounts or second.side in ("result", "stock", "buyer", "goods")
            if second.name in ("loss", "churn", "win") and _beside_people(reading, second):
                continue
            if counted and second.name not in ("new_customer", "follow_up", "lead") and first.name != "talk_ratio":
                return Verdict("metric", "step", (first, second))
    return None


def _beside_people(reading: Reading, hit: Hit) -> bool:
    """Whether a word only says which customers are meant: "closed-lost accounts"."""
    return any(h.side == "people" and h.at == hit.end for h in reading.hits)


def _came_of_it(reading: Reading, laid: Shape) -> Verdict | None:
    """What became of the effort: proposals that come back signed, how many of the calls get an answer."""
    head = laid.head
    effort = [h for h in laid.things if h.side in EFFORT]
    if voices.what_became(reading):
        return Verdict("metric", "came of it", laid.things[-1:])
    for first, second in zip(laid.things, laid.things[1:], strict=False):
        beside = second.at == first.end and second.side in EFFORT and second.name not in AGREED
        if first.side == "buyer" and first.said.endswith("ed") and beside:
            return Verdict("metric", "came of it", (first, second))
    if head is None or not effort or (head.side not in EFFORT and head.side != "people"):
        return None
    for later in laid.things:
        if later.at < max(head.end, effort[0].end) or later.side not in ("buyer", "result"):
            continue
        if any(h.side in EFFORT and h.at == later.end for h in laid.things):
            continue
        between = reading.said_between(head, later)
        if {"before", "after", "when", "until"} & set(between):
            continue
        effort_between = any(
            h.side in EFFORT and head.end <= h.at < later.at and h.kind == "object" for h in laid.things
        )
        picked_out = _picked_out(reading, head)
        if head.side == "people":
            effort_between = not picked_out
        relative = between[:1] and between[0] in ("that", "which", "where")
        won = between and set(between) <= {"we", "they", "you", "actually"} and later.name in ("win", "loss", "churn")
        if not effort_between and (relative or won or picked_out):
            return Verdict("metric", "came of it", (head, later))
    return None


def _before_outcome(reading: Reading, laid: Shape) -> Verdict | None:
    """How much effort it takes until a buyer acts: how many visits before a customer orders."""
    for n, hit in enumerate(laid.things[1:], 1):
        earlier = laid.things[n - 1]
        effort = next((h for h in laid.things[:n] if h.side in EFFORT), None)
        if hit.side not in ("buyer", "result") or earlier.side != "people" or not effort or effort.end > earlier.at:
            continue
        if {"before", "until", "till"} & set(reading.said_between(effort, earlier)):
            return Verdict("metric", "step", (effort, hit))
    said = [word.said for word in reading.words]
    if "many" in said or "number" in said:
        for at in (at for at, word in enumerate(said[:-1]) if word in ("before", "until", "till")):
            effort = next((h for h in laid.things if h.side in EFFORT and h.end <= at), None)
            theirs = any(h.at == at + 2 and h.side in ("buyer", "result") for h in (*laid.things, *reading.aside))
            somebody = said[at + 1] in SOMEBODY or (said[at + 1] == "they" and theirs)
            ours = said[at + 1] in ("we", "you", "i") and any(
                h.at == at + 2 and h.side in ("result", "turn") for h in (*laid.things, *reading.aside)
            )
            if effort and {"many", "number"} & set(said[: effort.at + 1]) and (somebody or ours):
                return Verdict("metric", "step", (effort,))
    return None


def _picked_out(reading: Reading, head: Hit) -> bool:
    """Whether the thing is one of several: "how many of the calls", "do the meetings"."""
    before = [word.said for word in reading.words[max(head.at - 3, 0) : head.at]]
    return ("of" in before and any(h.side == "rate" or h.said.startswith("how many") for h in reading.hits)) or bool(
        {"do", "does", "did", "whether", "if"} & set(before)
    )


def _kept_up(reading: Reading, laid: Shape) -> Verdict | None:
    """A share of deals or customers with something the seller keeps for them: accounts with a plan."""
    head = laid.head
    if head is None or (head.side not in ("people", "stock", "goods") and head.name != "new_customer"):
        return None
    later = next((h for h in laid.things if h.at >= head.end), None)
    ours = False
    while later and later.side in ("people", "internal"):
        ours = ours or later.side == "internal"
        later = next((h for h in laid.things if h.at >= later.end), None)
    if later and later.side in EFFORT:
        between = set(reading.said_between(head, later))
        if later.kind == "object" and {"with", "have", "has", "where", "having", "without", "had", "whove"} & between:
            return Verdict("activity", "kept up", (head, later))
        if "where" in between and (ours or {"we", "i", "weve"} & between):
            return Verdict("activity", "kept up", (head, later))
        if between == {"we"} and later.kind == "object" and later.end == len(reading.words):
            return Verdict("activity", "kept up", (head, later))
    return None


def _per_outcome(reading: Reading, laid: Shape) -> Verdict | None:
    """So much effort for one outcome: demos per customer won; so much money for one effort: dollars per visit."""
    money = next((h for h in reading.hits if h.side == "money"), None)
    if money and any(h.side == "per" for h in reading.hits):
        return Verdict("metric", "per outcome", (money,))
    if laid.per and laid.head and laid.per.at > laid.head.at:
        if laid.doing is not None and laid.doing.name == "ask":
            return None
        if laid.per.side in ("result", "buyer") and laid.per.name not in ("renewal", "referral", "csat"):
            return Verdict("metric", "per outcome", (laid.head, laid.per))
        if laid.head.side in ("result", "buyer", "stock"):
            return Verdict("metric", "head", (laid.head,))
    return None


def _wait(reading: Reading, laid: Shape) -> Verdict | None:
    """A time follows what it waits for: the seller's answer is an activity, the buyer's signature is not."""
    answering = next((h for h in reading.hits if h.side == "response"), None)
    if answering:
        named = [h for h in reading.hits if h.side == "people" and h.name in ("prospect", "customer", "contact")]
        theirs = any(h.end == answering.at or "from" in reading.said_between(answering, h) for h in named)
        return Verdict("metric", "waiting", (answering,)) if theirs else Verdict("activity", "own time", (answering,))
    if "duration" not in laid.amounts:
        return None
    if idle := next((h for h in laid.things if h.name == "pending"), None):
        return Verdict("metric", "waiting", (idle,))
    things = [h for h in laid.things if h.side != "internal"]
    if any(h.name in ("cycle", "time_in_stage", "ramp", "time_to_revenue", "dso") for h in things):
        return None
    own = [h for h in things if h.side in EFFORT]
    spans = bool({"between", "from"} & {w.said for w in reading.words})
    if spans and own and things[-1].side in ("buyer", "result", "goods"):
        return Verdict("metric", "waiting", (things[-1],))
    if "between" in {w.said for w in reading.words} and own and own[-1] is things[-1]:
        return Verdict("activity", "own time", (things[-1],))
    late = [h for h in things if h.side in ("buyer", "result")]
    if own and (not late or own[0].at < late[0].at) and not _buyer_before(reading, own[0]):
        return Verdict("activity", "own time", (own[0],))
    if late and not own:
        return Verdict("metric", "waiting", (late[0],))
    if not own and not late and things and things[0].name in ("lead", "mql", "sql", "sal", "customer", "prospect"):
        return Verdict("activity", "own time", (things[0],))
    return None


def _buyer_before(reading: Reading, hit: Hit) -> bool:
    """Whether a buyer is named right before a doing: "customers respond"."""
    previous = [h for h in reading.hits if h.end <= hit.at]
    if not previous or previous[-1].side != "people" or hit.kind != "action" or hit.name in ("send", "make"):
        return False
    between = stretch(reading, previous[-1].end, hit.at)
    said = reading.words[hit.at].said
    return not said.endswith("ed") and all(w in ("who", "that", "actually", "to", "take", "takes") for w in between)


def _buyers_doing(reading: Reading, laid: Shape) -> Verdict | None:
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
            return Verdict("metric", "buyer", (before, hit))
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
        return Verdict("metric", "buyer", laid.things[:1])
    if voices.buyers_own(reading) and not any(h.side == "internal" for h in laid.things):
        return Verdict("metric", "buyer", laid.things[:1])
    for n, hit in enumerate(laid.things):
        if hit.side != "people" or any(h.side == "internal" for h in laid.things):
            continue
        after = [w.said for w in reading.words[hit.end : hit.end + 2]]
        verb = next((h for h in laid.things[n + 1 :] if h.at == hit.end + 1), None)
        many = hit.said.endswith("s") and hit.name in ("customer", "prospect")
        theirs = verb is None and _plain_verb(laid, hit) and many and not any(h.side in EFFORT for h in laid.things[:n])
        if theirs:
            return Verdict("metric", "buyer", (hit,))
        done_to = verb and (verb.kind != "action" or verb.said.endswith("ed") or hit.said in ("people", "folks"))
        ours_first = any(h.side in EFFORT for h in laid.things[:n])
        if len(after) == 2 and after[0] in ("who", "that") and after[1] not in PASSIVE and not (done_to or ours_first):
            return Verdict("metric", "buyer", (hit,))
        effort = laid.things[n - 1] if n else None
        article = hit.at and reading.words[hit.at - 1].said in ("the", "a", "our", "their")
        beside = effort and effort.kind == "object" and effort.side in EFFORT and hit.at - effort.end == 1
        acts = any(h.at == hit.end and h.kind == "action" for h in laid.things)
        acts = acts or (after[:1] == ["get"] and after[-1].endswith("ed"))
        following = reading.words[hit.end] if hit.end < len(reading.words) else None
        if effort and beside and article and (acts or following in reading.unknown):
            return Verdict("metric", "buyer", (effort, hit))
    return None


def _plain_verb(laid: Shape, hit: Hit) -> bool:
    """Whether a doing follows in the form it has after its doer: "customers write", not "customers written to"."""
    doing = next((h for h in laid.things if hit.end <= h.at <= hit.end + 1 and h.kind == "action"), None)
    if doing is None:
        return False
    said = doing.said.split()[0]
    if doing.at > hit.end and not said.endswith("s"):
        return False
    return said != "in" and not said.endswith(("ed", "ing")) and said not in voices.PARTICIPLES


def _done_to(reading: Reading, laid: Shape) -> Verdict | None:
    """What is done with the thing decides: proposals accepted, accounts contacted, referrals asked for."""
    head, doing = laid.head, laid.doing
    if doing is None or head is None:
        return None
    if head.side == "result" and doing.end == head.at and not doing.said.endswith(("ing", "ed")) and doing.at == 0:
        return Verdict("metric", "decided", (head, doing))
    clause = stretch(reading, doing.end, doing.end + 2)
    if head.side == "people" and clause[:1] in (["who"], ["that"]) and clause[-1] not in PASSIVE:
        return Verdict("metric", "came of it", (head, doing))
    if "rate" in laid.amounts and doing.name == "book":
        return Verdict("metric", "decided", (head, doing))
    if doing.side == "seller":
        by = stretch(reading, head.end, doing.at)[:1] == ["by"] and doing.said.endswith("ing")
        if by:
            return Verdict("activity", "done", (head, doing))
        written = doing.name == "draft" and head.side == "result"
        if doing.name in STRONG and not written and not _buyer_before(reading, doing):
            return Verdict("activity", "done", (head, doing))
        if head.side in ("seller", "manager", "people") and head.name != "customer":
            return Verdict("activity", "done", (head, doing))
    if doing.name == "agree" and head.name in AGREED:
        return Verdict("activity", "done", (head, doing))
    if doing.side in ("buyer", "result") and doing.at > head.at and head.side != "manager":
        return Verdict("metric", "decided", (head, doing))
    return None


def _head_alone(reading: Reading, laid: Shape) -> Verdict | None:
    """Without anything else, what is counted decides."""
    hit = laid.head or laid.doing
    if hit is not None and hit.side == "people":
        hit = next((h for h in laid.things if h.side not in ("people", "internal")), None)
    if hit is None:
        return None
    if hit.side in EFFORT:
        return Verdict("activity", "head", (hit,))
    if hit.side in LATE:
        return Verdict("metric", "head", (hit,))
    return None


def _who_acts(reading: Reading, laid: Shape) -> Verdict | None:
    """No list knows what is counted; the grammar says who acts."""
    on = laid.things[:1]
    if voices.buyers_own(reading):
        return Verdict("metric", "who acts", on)
    if voices.own_doing(reading) or voices.begins_with_doing(reading):
        return Verdict("activity", "who acts", on)
    return None


def features(reading: Reading, said: Verdict | None) -> list[str]:
    """What the learned scores look at: the verdict, the sides, the ideas and the amounts; never a whole row."""
    laid = shape(reading)
    found = ["always"]
    found.append(f"rule {said.rule} {said.label}" if said else "rule none")
    if said:
        found.append(f"says {said.label}")
    if laid.head:
        found += [f"head {laid.head.side}", f"head is {laid.head.name}"]
    if laid.doing:
        found += [f"doing {laid.doing.side}", f"doing is {laid.doing.name}"]
    if laid.head and laid.doing:
        found.append(f"{laid.head.side} {laid.doing.side}")
    if laid.per:
        found.append(f"per {laid.per.side}")
    tell = [h for h in laid.things if h.side not in ("people", "internal")]
    if tell:
        found += [f"first {tell[0].side}", f"last {tell[-1].side}"]
    sides = sorted({h.side for h in tell})
    found += [f"has {side}" for side in sides]
    found += [f"only {sides[0]}"] if len(sides) == 1 else []
    found += [f"amount {side}" for side in laid.amounts if side not in ("count", "period")]
    found += [f"idea {h.name}" for h in laid.things]
    found += [f"word {word.stem}" for word in reading.unknown]
    return sorted(set(found))


RULES = (
    _step,
    _before_outcome,
    _came_of_it,
    _kept_up,
    _per_outcome,
    _wait,
    _buyers_doing,
    _done_to,
    _head_alone,
    _who_acts,
)
"""The most particular first."""
