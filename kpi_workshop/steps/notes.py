"""Suggestions in what somebody wrote: where they stand in notes, and the parts of an answer that lists several."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from .. import catalogue, matching

MOST_WORDS = 8
"""The longest name of a measure that is looked for."""
FEW_WORDS, FEWER_WORDS = 6, 3
"""Up to so many words each, three pieces between commas, or two, are a list and not a sentence."""

_CUES = re.compile(
    r"\b(should|need to|have to|ought to|make sure|always|every (day|week|morning|time|deal|call)|more often|"
    r"do more|not enough|too (few|little|late|slow)|if only|i wish|the trick|what works|it helps|would help)\b",
    re.I,
)
_SENTENCE = re.compile(r"[^.!?\n;]*[^.!?\n;\s][^.!?\n;]*[.!?]?")
_BULLET = re.compile(r"^\s*(?:[-*•·–—]|\(?\d{1,2}[.)])\s+")
_WORD = re.compile(r"\w+(?:['’-]\w+)*")
_NOTHING = {
    "no", "none", "nope", "nothing", "n a", "na", "not applicable", "yes", "ok", "idk", "dont know", "do not know",
    "not sure", "no comment", "no feedback", "nil",
}  # fmt: skip


@dataclass(frozen=True)
class Span:
    """A place in a text that may hold a suggestion: text[start:end] are `words`, `measure` the id they name or ""."""

    start: int
    end: int
    words: str
    measure: str = ""

    @property
    def text(self) -> str:
        """What would be listed: the measure's name, else the words themselves, cut to what can be shown."""
        words = matching.shown(_BULLET.sub("", self.words).strip(" .;:,-–—"))
        return words if len(words) <= 200 else words[:199].rsplit(" ", 1)[0] + "…"


def found_in(text: str) -> list[Span]:
    """The places in notes or a transcript that may hold a suggestion, in order, none over another.

    Names and other names of catalogue measures are marked by themselves. A sentence in which `matching.match`
    understands something else, an item of a list, and a sentence on what one should do, always does or does too little
    of is offered whole, unless such names are half of it. Everything is a proposal: accept it, change it or drop it.

    >>> [(span.words, span.measure) for span in found_in("We track win rate. You should prepare every call.")]
    [('win rate', 'win_rate'), ('You should prepare every call.', '')]
    """
    found: list[Span] = []
    for sentence in _SENTENCE.finditer(text):
        named = list(_named(text, sentence.start(), sentence.end()))
        whole = _whole(text, sentence, {span.measure for span in named})
        # Of an advice that merely mentions a measure, the advice is the suggestion.
        if whole and 2 * sum(map(_count, named)) < _count(whole):
            found.append(whole)
        else:
            found += named
    return found


def parts(words: str) -> list[Span]:
    """The suggestions an answer may hold: its lines, items and pieces between semicolons, and short ones at commas.

    Answers such as "." or "no" hold none; a single sentence is one part.

    >>> [part.words for part in parts("Calls, demos; - prepare every meeting well, with the customer's numbers")]
    ['Calls', 'demos', "prepare every meeting well, with the customer's numbers"]
    """
    found: list[Span] = []
    for piece in re.finditer(r"[^\n\r;•]+", words):
        marker = _BULLET.match(piece.group())
        start, end = piece.start() + (marker.end() if marker else 0), piece.end()
        items = list(re.finditer(r"[^,]+", words[start:end]))
        longest = max((len(_WORD.findall(item.group())) for item in items), default=0)
        is_list = len(items) > 1 and longest <= (FEW_WORDS if len(items) > 2 else FEWER_WORDS)
        for at, until in [(start + i.start(), start + i.end()) for i in items] if is_list else [(start, end)]:
            span = _trimmed(words, at, until)
            if says_something(span.words):
                measure = matching.match(span.words)
                found.append(Span(span.start, span.end, span.words, measure.id if measure else ""))
    return found


def whole(words: str) -> Span:
    """All of a text as one place, such as an option that was ticked."""
    measure = matching.match(words)
    return Span(0, len(words), words, measure.id if measure else "")


def ticked(words: str, options: Sequence[str]) -> list[str]:
    """What was ticked, of an answer that joins options with commas or semicolons; what is no option is kept whole.

    >>> ticked("Calls, Meetings, on site or not, my own way", ["Calls", "Meetings, on site or not"])
    ['Calls', 'Meetings, on site or not', 'my own way']
    """
    known = sorted(options, key=len, reverse=True)
    found, rest = [], words.strip()
    while rest:
        match = next((o for o in known if rest == o or rest.startswith((f"{o},", f"{o};"))), None)
        part = match if match is not None else _up_to(rest, known)
        if part.strip(" ,;"):
            found.append(part.strip())
        rest = rest[len(part) :].lstrip(" ,;")
    return found


def says_something(words: str) -> bool:
    """Whether there is more than a mark, a number, a yes or a no.

    >>> says_something("."), says_something("N/A"), says_something("4"), says_something("Ask first")
    (False, False, False, True)
    """
    folded = " ".join(re.findall(r"[^\W\d_]+", words.casefold().replace("'", "").replace("’", "")))
    return len(folded) > 1 and folded not in _NOTHING


def marked(text: str, span: Span, *, around: int = 60) -> str:
    """The span in its surroundings, between marks.

    >>> marked("We track win rate every week.", Span(9, 17, "win rate"), around=9)
    'We track »win rate« every we …'
    """
    left, right = text[max(0, span.start - around) : span.start], text[span.end : span.end + around]
    before = "… " if span.start > around else ""
    after = " …" if span.end + around < len(text) else ""
    return " ".join(f"{before}{left}»{span.words}«{right}{after}".split())


def sentence_around(text: str, span: Span) -> str:
    """The sentence or line that holds the span: the quote behind the suggestion."""
    for sentence in _SENTENCE.finditer(text):
        if sentence.start() <= span.start < sentence.end():
            return sentence.group().strip()
    return span.words


def _up_to(rest: str, known: Sequence[str]) -> str:
    """The words before the next known option."""
    starts = [found.start() for o in known if o and (found := re.search(rf"[,;]\s*{re.escape(o)}(?=[,;]|$)", rest))]
    return rest[: min(starts)] if starts else rest.rstrip(" ,;") or rest


def _named(text: str, start: int, end: int) -> Iterator[Span]:
    words = list(_WORD.finditer(text, start, end))
    at = 0
    while at < len(words):
        for many in range(min(MOST_WORDS, len(words) - at), 0, -1):
            first, last = words[at].start(), words[at + many - 1].end()
            measure = catalogue.find(text[first:last])
            if measure:
                taken = words[at : at + many]
                while len(taken) > 1 and catalogue.find(text[taken[1].start() : taken[-1].end()]) == measure:
                    taken = taken[1:]
                yield Span(taken[0].start(), last, text[taken[0].start() : last], measure.id)
                at += many - 1
                break
        at += 1


def _whole(text: str, sentence: re.Match[str], named: set[str]) -> Span | None:
    """The sentence as a suggestion, if it is an item of a list, understood, or speaks of what to do."""
    start, end = sentence.span()
    # "1." of "1. Call first" ends like a sentence of its own, so the whole line decides.
    line = text[text.rfind("\n", 0, start) + 1 : end]
    marker = _BULLET.match(line)
    is_item = marker is not None and marker.end() >= len(line) - (end - start)
    measure = matching.match(sentence.group())
    is_understood = measure is not None and measure.id not in named
    if not (is_item or is_understood or _CUES.search(sentence.group())):
        return None
    inside = _BULLET.match(text[start:end])
    span = _trimmed(text, start + (inside.end() if inside else 0), end)
    return replace(span, measure=measure.id if measure else "") if says_something(span.words) else None


def _count(span: Span) -> int:
    return len(_WORD.findall(span.words))


def _trimmed(words: str, start: int, end: int) -> Span:
    piece = words[start:end]
    start += len(piece) - len(piece.lstrip())
    return Span(start, start + len(piece.strip()), piece.strip())
