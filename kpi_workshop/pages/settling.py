"""What became of every suggestion: the list, the form that gives the last ones their reason, and the thanks."""

from __future__ import annotations

from .. import catalogue, ways_back
from ..errors import WorkshopError
from ..numbers import counted
from ..steps import dispositions as step
from ..steps import sorting, thanks
from . import plain
from .fields import Field, Values
from .forms import Form, Refused
from .own_screen import OwnScreen
from .plain import PlainList, PlainTable
from .table_editor import Column
from .workshop import Workshop

BECOMES = {"parked": "put aside for now", "dropped": "dropped", "merged": "merged into"}


def fates(here: Workshop) -> PlainTable:
    """Every measure that was suggested, once, with what became of it and why; what is still open stands first."""
    found = step.fates(here.engagement, as_of=here.as_of)
    if not found:
        return plain.table([], {}, says="No suggestion is recorded yet.")
    rows = [
        {
            "words": fate.words,
            "said": ", ".join(text for text in fate.texts if text.casefold() != fate.words.casefold()),
            "became": step.WORDS[fate.disposition],
            "why": fate.reason,
        }
        for fate in found
    ]
    still = sum(not fate.disposition for fate in found)
    says = f"{counted(len(found), 'different measure')} suggested. "
    says += f"{counted(still, 'is', plural='are')} still without an end." if still else "Each has its end and reason."
    columns = {"words": "Suggestion", "said": "Also said as", "became": "What became of it", "why": "Because"}
    return plain.table(rows, columns, says=says)


def form(here: Workshop) -> Form | PlainList:
    """What becomes of everything that is in no charter, saved at once; a reason goes with each."""
    engagement = here.engagement
    if not any(fate.disposition != "chosen" for fate in step.fates(engagement, as_of=here.as_of)):
        return PlainList("", nothing="Everything that was suggested is in a charter.")

    def load() -> Values:
        return {"fates": [_row(f) for f in step.fates(engagement, as_of=here.as_of) if f.disposition != "chosen"]}

    def save(values: Values) -> str:
        by_words = {fate.words: fate for fate in step.fates(engagement, as_of=here.as_of)}
        decisions, wrong = [], {}
        for at, row in enumerate(values["fates"], start=1):
            fate = by_words.get(row["words"])
            if fate is None or (not row["becomes"] and not fate.disposition):
                continue
            try:
                decisions += step.checked(fate, row["becomes"], into=row["into"], reason=row["reason"])
            except WorkshopError as error:
                wrong[row.get("row", at)] = str(error)
        if wrong:
            raise Refused(rows={"fates": wrong})
        changed = set(sorting.save(engagement, decisions))
        settled = {found.words for found, _ in decisions if changed & set(found.ids)}
        return f"{counted(len(settled), 'suggestion')} settled." if settled else ""

    columns = (
        Column("words", "Suggestion", fixed=True),
        Column("becomes", "What becomes of it", kind="choice", choices=BECOMES),
        Column("into", "Into which measure", suggest=[m.name for m in catalogue.measures().values()]),
        Column("reason", "Because", kind="long", help="Those who asked for it will read it."),
    )
    made = Form(
        "What becomes of the rest",
        [Field("fates", "In no charter", "table", columns=columns, noun="suggestion", grows=False)],
        load=load,
        save=save,
        undo=lambda: ways_back.take_back(engagement, sorting.UNDO),
        undoable=lambda: ways_back.is_there(engagement, sorting.UNDO),
        tell=lambda: fates(here).says,
        button="Save these reasons",
        help="Nothing that somebody suggested disappears: each ends with a word and a reason.",
    )
    made.status = ""  # when a suggestion was sorted is kept nowhere
    made.reload()
    return made


def heard(here: Workshop) -> OwnScreen:
    """A paragraph for each person interviewed, to be handed to them alone: on the leader's own screen only."""

    def rows() -> list[Values]:
        found = thanks.paragraphs(here.engagement, as_of=here.as_of)
        return [{"person": one.person, "text": one.text} for one in found]

    columns = (Column("person", "To", fixed=True), Column("text", "You were heard", kind="long", fixed=True))
    return OwnScreen("You were heard", columns, rows=rows, noun="person", waits=True, button="Show them")


def _row(fate: step.Fate) -> Values:
    into = catalogue.name_of(fate.measure) if fate.disposition == "merged" and fate.measure else ""
    becomes = fate.disposition if fate.disposition in BECOMES else "parked" if fate.proposal else ""
    return {"words": fate.words, "becomes": becomes, "into": into, "reason": fate.reason or fate.proposal}
