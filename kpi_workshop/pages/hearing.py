"""Notes and transcripts: what may be a suggestion is marked where it stands, to be accepted or dropped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..numbers import counted
from ..steps import interviews as step
from ..steps import notes
from ..steps.interviews import Said
from . import capture
from .fields import Field, Values, measures_offered
from .forms import PrivateForm
from .workshop import Workshop


@dataclass(frozen=True)
class Places(Field):
    """Places in a text, each to be accepted or dropped. The value is a list of dicts: number, text, decision."""

    def show(self, value: Any) -> Any:
        """The text in pieces, and what was decided about each place."""
        return {"pieces": [], "rows": []} | dict(value or {})

    def read(self, shown: Any) -> tuple[Any, str, dict[int, str]]:
        """What was decided about each place."""
        return list((shown or {}).get("rows") or ()), "", {}


class NotesForm(PrivateForm):
    """A form that marks possible suggestions in its notes as soon as they are pasted or changed."""

    _esm, _css = capture.SCRIPT, capture.STYLE
    _read_last = ""

    def _changed(self) -> None:
        text = str(self._shown.get("notes") or "").replace("\r\n", "\n")
        if text != self._read_last:
            spans = notes.found_in(text)
            decided = _by_place(self._read_last, self._shown.get("places") or {})
            self._read_last = self._shown["notes"] = text
            self._shown["places"] = {
                "pieces": _pieces(text, spans),
                "rows": [_row(number, text, span, decided) for number, span in enumerate(spans, start=1)],
            }
            self._revision += 1
        super()._changed()


def paste(here: Workshop) -> PrivateForm:
    """One interview from its notes or transcript: what may be a suggestion is marked, to be accepted or dropped."""
    engagement = here.engagement
    saved: list[str] = []

    def save(values: Values) -> str:
        text = values["notes"]
        spans = notes.found_in(text)
        kept = [row for row in values["places"] if row["decision"] == "yes" and 0 < int(row["number"]) <= len(spans)]
        said = [Said(row["text"], notes.sentence_around(text, spans[int(row["number"]) - 1])) for row in kept]
        saved.append(capture.record(here, values, said, notes=text))
        return f"{len(kept)} of {counted(len(spans), 'place')} accepted, the rest dropped."

    fields = (
        *capture.about(here),
        Field("notes", "Notes or transcript", kind="long", needed=True, help="Paste them here. They stay private."),
        Places(
            "places", "What may be a suggestion", kind="places", suggest=measures_offered(),
            help="Press a mark to accept it, again to drop it. With the keyboard: Tab goes to the marks, A accepts, "
            "D drops, the arrows move on. What you leave undecided is dropped. The words below are yours to change.",
        ),
    )  # fmt: skip
    form = NotesForm(
        "One interview from notes",
        fields,
        load=lambda: capture.beginning(here),
        save=save,
        undo=lambda: step.withdraw(engagement, saved.pop()),
        value=lambda: step.groups(engagement, as_of=here.as_of),
        tell=lambda: "Notes stay on an open page and in the private store.",
        clear=True,
        button="Save this interview",
        help="Names of measures, lists and advice are marked. Nothing becomes a suggestion unless you accept it.",
    )
    form.status = ""  # the time of the last interview would tell whoever knows the calendar who it was
    return form


def _row(number: int, text: str, span: notes.Span, decided: dict[str, dict[str, Any]]) -> dict[str, Any]:
    before = decided.get(notes.marked(text, span), {})
    return {"number": number, "text": before.get("text", span.text), "decision": before.get("decision", "")}


def _by_place(text: str, shown: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What was decided so far, by the words around each place: it outlives a change elsewhere in the notes."""
    spans = notes.found_in(text)
    rows = [row for row in shown.get("rows") or () if 0 < int(row["number"]) <= len(spans)]
    return {notes.marked(text, spans[int(row["number"]) - 1]): row for row in rows}


def _pieces(text: str, spans: list[notes.Span]) -> list[list[Any]]:
    """The text in pieces, each with the number of its mark, 0 between marks."""
    pieces: list[list[Any]] = []
    at = 0
    for number, span in enumerate(spans, start=1):
        pieces += [[text[at : span.start], 0], [span.words, number]]
        at = span.end
    return [piece for piece in [*pieces, [text[at:], 0]] if piece[0]] if spans else []
