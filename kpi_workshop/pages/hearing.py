"""The private forms that turn what somebody wrote into suggestions: pasted notes, and answers to a form."""

from __future__ import annotations

import datetime as dt
from typing import Any

from .. import catalogue
from ..engagement import Engagement
from ..kinds import Team
from ..steps import hypothesis, notes, offers
from ..steps import interviews as step
from .fields import Field, Values
from .forms import PrivateForm
from .table_editor import Column
from .workshop import Workshop

AT_ONCE = 100
"""How many parts of answers are shown at a time: a page with thousands of fields is slow."""


class NotesForm(PrivateForm):
    """A form that marks possible suggestions in its notes as soon as they are pasted or changed."""

    _read_last = ""

    def _changed(self) -> None:
        text = str(self._shown.get("notes") or "").replace("\r\n", "\n")
        if text != self._read_last:
            self._read_last = text
            spans = notes.found_in(text)
            before = {row["words"]: row for row in self._shown.get("found") or []}
            self._shown["notes"] = text
            self._shown["found"] = [_row(number, text, span, before) for number, span in enumerate(spans, start=1)]
            self._shown["marked"] = _pieces(text, spans)
            self._revision += 1
        super()._changed()


def paste(here: Workshop) -> PrivateForm:
    """One interview from its notes or transcript: what may be a suggestion is marked, to be kept or dropped."""
    engagement = here.engagement
    saved: list[str] = []
    teams = list(engagement.records.current(Team, as_of=here.as_of))

    def load() -> Values:
        return {"held_on": dt.date.today(), "teams": teams if len(teams) == 1 else [], "found": [], "marked": []}

    def save(values: Values) -> str:
        text = values["notes"]
        spans = notes.found_in(text)
        kept = [row for row in values["found"] if row["keep"]]
        pairs = [(row["text"], notes.sentence_around(text, spans[row["number"] - 1])) for row in kept]
        saved.append(
            step.record(
                engagement,
                interviewee=values["interviewee"],
                role=values["role"],
                teams=values["teams"],
                held_on=values["held_on"],
                suggestions=pairs,
                notes=text,
                seal=_seal,
                effective=min(values["held_on"], here.as_of),
            )
        )
        return f"{len(kept)} of {len(spans)} places were kept."

    columns = (
        Column("number", "Mark", kind="whole", hidden=True),
        Column("words", "In the notes", hidden=True),
        Column("text", "Suggestion, in a few words", suggest=_measure_names(), help="Shown to others: no names."),
        Column("keep", "Keep it", kind="flag"),
    )
    fields = (
        Field(
            "interviewee",
            "Who",
            needed=True,
            suggest=step.interviewees(engagement, as_of=here.as_of),
            help="Stays in the private store.",
        ),
        Field("role", "Interviewed as", kind="choice", choices=step.ROLE_WORDS, needed=True),
        Field("teams", "Counts for", kind="choices", choices=teams, needed=True),
        Field("held_on", "Day", kind="day", needed=True),
        Field("notes", "Notes or transcript", kind="long", needed=True, help="Paste them here. They stay private."),
        Field("marked", "What may be a suggestion", kind="marked"),
        Field(
            "found",
            "Keep or drop",
            kind="table",
            columns=columns,
            noun="place",
            grows=False,
            help="One row for each mark. What you do not keep is dropped. The words are yours to change.",
        ),
    )
    form = NotesForm(
        "One interview from notes",
        fields,
        load=load,
        save=save,
        undo=lambda: step.withdraw(engagement, saved.pop()),
        value=lambda: step.groups(engagement, as_of=here.as_of),
        tell=lambda: "Notes stay on an open page and in the private store.",
        clear=True,
        button="Save this interview",
        help="Names of measures, lists and advice are marked. Nothing becomes a suggestion unless you keep it.",
    )
    form.status = ""  # the time of the last interview would tell whoever knows the calendar who it was
    return form


def answers(here: Workshop) -> PrivateForm:
    """What imported answers seem to suggest, part by part: to be accepted in words that may be shown, or dropped."""
    engagement = here.engagement
    batches: list[list[str]] = []

    def load() -> Values:
        waiting = offers.waiting(engagement)[:AT_ONCE]
        return {
            "offers": [
                {"key": o.key, "question": o.question, "words": o.words, "text": o.text, "decision": ""}
                for o in waiting
            ]
        }

    def save(values: Values) -> str:
        batches.append(offers.decide(engagement, [row for row in values["offers"] if row["decision"]]))
        return f"{len(batches[-1])} decided."

    columns = (
        Column("key", "", hidden=True),
        Column("question", "Asked", kind="long", fixed=True),
        Column("words", "Part of the answer", kind="long", fixed=True),
        Column("text", "Suggestion, in a few words", suggest=_measure_names(), help="Shown to others: no names."),
        Column("decision", "Decision", kind="choice", choices=offers.DECISIONS),
    )
    form = PrivateForm(
        "Suggestions in answers",
        [Field("offers", "Suggestions in answers", kind="table", columns=columns, noun="part", grows=False)],
        load=load,
        save=save,
        undo=lambda: offers.take_back(engagement, batches.pop()),
        tell=lambda: (
            "Answers wait to be looked at." if offers.waiting(engagement) else "No answer waits to be looked at."
        ),
        clear=True,
        button="Record these decisions",
        help=f"Up to {AT_ONCE} at a time. What you leave open is still here next time.",
    )
    form.status = ""
    return form


def _seal(engagement: Engagement, team: str) -> object:
    return hypothesis.seal(engagement, team)


def _row(number: int, text: str, span: notes.Span, before: dict[str, Any]) -> dict[str, str]:
    words = notes.marked(text, span)
    row = {"number": str(number), "words": words, "text": span.text, "keep": ""}
    return row | {name: before[words][name] for name in ("text", "keep") if words in before}


def _pieces(text: str, spans: list[notes.Span]) -> list[list[str]]:
    """The text in pieces, each with the number of its mark, "" between marks."""
    pieces, at = [], 0
    for number, span in enumerate(spans, start=1):
        pieces += [[text[at : span.start], ""], [span.words, str(number)]]
        at = span.end
    return [piece for piece in [*pieces, [text[at:], ""]] if piece[0]] if spans else []


def _measure_names() -> list[str]:
    return [measure.name for measure in catalogue.measures().values()]
