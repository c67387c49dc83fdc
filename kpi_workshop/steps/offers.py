"""Suggestions that imported answers seem to hold: each waits until the leader accepts, rewords or drops it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..engagement import Engagement
from ..errors import WorkshopError, listed
from ..kinds import AnswerForm, FormColumn, Interview, Offer, Quote, Record, Reply, Suggestion
from ..records import new_id
from . import notes

DECISIONS = ("accept", "drop")


@dataclass(frozen=True)
class Offered:
    """One part of one answer: `text` is what would be listed, `words` the part itself, `answer` all of it. Private."""

    key: str
    question: str
    text: str
    measure: str
    words: str
    answer: str
    interview: str


def waiting(engagement: Engagement) -> list[Offered]:
    """What nobody has decided about yet, in the order of forms, columns and rows.

    Answers to a question of the guide are offered in parts (`notes.parts`). Of other answers, parts are offered that
    name a catalogue measure. Robot checks and what is said about the respondent hold no suggestion.
    """
    forms = engagement.private.current(AnswerForm)
    interviews = engagement.private.current(Interview)
    decided = engagement.private.current(Offer)
    found: list[tuple[tuple[str, int, int], Offered]] = []
    for key, reply in engagement.private.current(Reply).items():
        form = forms.get(reply.form)
        if form is None or reply.interview not in interviews:
            continue
        columns = {column.number: column for column in form.columns}
        for number, answer in reply.cells:
            for at, span in enumerate(_parts(columns[number], answer)):
                offer = f"{key}|{number}|{at}"
                if offer in decided and not _is_unfinished(engagement, decided[offer]):
                    continue
                question = columns[number].heading
                offered = Offered(offer, question, span.text, span.measure, span.words, answer, reply.interview)
                found.append(((form.file, number, reply.row), offered))
    return [offered for _, offered in sorted(found, key=lambda item: item[0])]


def decide(engagement: Engagement, decisions: Iterable[Mapping[str, Any]]) -> list[str]:
    """Record decisions, all or nothing, and return the keys of what was decided.

    Each has `key`, `decision` ("accept" or "drop") and `text`, the few words that are to be listed. Accepting makes a
    suggestion with the answer as its quote; like any other, it holds from the month of its interview. The private part
    is recorded first: what a kill leaves half done is offered again.
    """
    open_now = {offered.key: offered for offered in waiting(engagement)}
    earlier = engagement.private.current(Offer)
    interviews = engagement.private.current(Interview)
    private: list[tuple[str, Record]] = []
    shared: list[tuple[str, Record]] = []
    wrong, done = [], []
    for decision in decisions:
        offered = open_now.get(decision["key"])
        if offered is None or decision["decision"] not in DECISIONS:
            continue
        done.append(offered.key)
        if decision["decision"] == "drop":
            private.append((offered.key, Offer(decision="dropped")))
            continue
        conversation = interviews[offered.interview]
        text = " ".join(str(decision.get("text") or "").split())
        wrong += _faults(text, conversation)
        if not wrong:
            key = earlier[offered.key].suggestion if offered.key in earlier else new_id()
            private.append((offered.key, Offer(decision="accepted", suggestion=key)))
            private.append((key, Quote(suggestion=key, interview=offered.interview, words=offered.answer[:20_000])))
            shared.append((key, Suggestion(suggestion=key, text=text)))
    if wrong:
        raise WorkshopError(listed(wrong))
    if not done:
        return []
    since = max(engagement.private.history(Interview, open_now[key].interview)[-1].effective for key in done)
    engagement.private.save_all(private, effective=since)
    engagement.records.save_all(shared)
    return done


def take_back(engagement: Engagement, keys: Iterable[str]) -> None:
    """Undo decisions: the parts are offered again, and the suggestions they became are gone."""
    decided = engagement.private.current(Offer)
    gone = {key: decided[key] for key in keys if key in decided}
    suggestions = [offer.suggestion for offer in gone.values() if offer.suggestion]
    if not gone:
        return
    since = min(engagement.private.history(Offer, key)[-1].effective for key in gone)
    engagement.records.save_all([], without=[(Suggestion, key) for key in suggestions])
    private: list[tuple[type[Record], str]] = [*((Quote, key) for key in suggestions), *((Offer, key) for key in gone)]
    engagement.private.save_all([], without=private, effective=since)


def _parts(column: FormColumn, answer: str) -> list[notes.Span]:
    if column.means != "question":
        return []
    found: list[notes.Span] = []
    for piece in notes.ticked(answer, column.options) if column.options else [answer]:
        found += [notes.whole(piece)] if piece in column.options else notes.parts(piece)
    return found if column.question else [span for span in found if span.measure]


def _is_unfinished(engagement: Engagement, offer: Offer) -> bool:
    """Accepted, and killed before its suggestion was listed."""
    return offer.decision == "accepted" and not engagement.records.version(Suggestion, offer.suggestion)


def _faults(text: str, conversation: Interview) -> list[str]:
    found = []
    if not text:
        found.append("A suggestion that is accepted needs a few words that may be shown to others.")
    if len(text) > 200:
        found.append(f"'{text[:40]}…' has {len(text)} characters; 200 can be shown. The quote may be long.")
    if re.search(rf"\b{re.escape(conversation.interviewee.strip())}\b", text, re.IGNORECASE):
        found.append(f"'{text[:40]}' names the person who answered; its words are shown to others.")
    return found
