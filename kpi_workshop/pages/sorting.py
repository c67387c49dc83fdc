"""The pages of step 4, sorting: the proposals with their reasons, the two questions to answer, and the picture."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from .. import catalogue, ways_back
from ..errors import WorkshopError
from ..kinds import Sorting
from ..numbers import joined
from ..steps import charter as charters
from ..steps import depth
from ..steps import sorting as step
from . import plain
from .drawing import Sheet, fits
from .forms import Field, Form, Refused, Values
from .picture import ACCENT, BAND, GREY, PALE, Picture
from .plain import PlainList, PlainTable
from .table_editor import Column
from .workshop import Workshop

BECOMES = {"parked": "put aside for now", "merged": "merged into the measure named", "dropped": "dropped"}
BECOMES_CHOICES = {"parked": "aside", "merged": "merged", "dropped": "dropped"}
CONTROL_CHOICES = {"direct": "yes", "influenced": "in part", "none": "no"}
TIMING_CHOICES = {"before": "yes", "with": "with it", "after": "after"}
DISPOSITION_WORDS = {"chosen": "chosen", "": "open", **BECOMES}
CONTROL_ROWS = {"direct": "In the seller's hands", "influenced": "Only in part", "none": "Not in their hands"}
_CELL = (300, 30, 21)
"""Width of a box of the picture, height of its heading, and height of each line in it, in pixels."""
_MOST_IN_A_BOX = 16


def proposals(here: Workshop) -> PlainTable:
    """Every distinct suggestion with what its words and the catalogue make of it, and why; the least sure first."""
    found = step.suggestions(here.engagement, as_of=here.as_of)
    rows = [
        {
            "said": joined([f"“{text}”" for text in suggestion.texts]),
            "measure": measure.name if (measure := suggestion.proposal.measure) else "a new one",
            "label": _proposed(suggestion.proposal),
            "reason": suggestion.proposal.reason,
        }
        for suggestion in found
    ]
    asked = sum(suggestion.decided is None and not suggestion.proposal.is_sure for suggestion in found)
    says = f"{_count(len(found), 'different suggestion')}"
    says += f"; look first at {asked} whose words leave it open." if asked else "."
    columns = {"said": "Suggested as", "measure": "Measure", "label": "Proposal", "reason": "Because"}
    return plain.table(
        rows,
        columns,
        says=says if found else "No suggestion is recorded yet.",
        unfolds="" if asked else "What is proposed for each, and why",
    )


def form(here: Workshop) -> Form:
    """The two questions for every suggestion, filled with the proposal; what a person confirms is recorded."""
    engagement = here.engagement

    def load() -> Values:
        found = step.suggestions(engagement, as_of=here.as_of)
        named = step.told_apart(found)
        return {"suggestions": [_row(one, named[one.theme]) for one in found]}

    def save(values: Values) -> str:
        by_theme = {found.theme: found for found in step.suggestions(engagement, as_of=here.as_of)}
        decisions: list[tuple[step.Sorted, Sorting]] = []
        wrong: dict[int, str] = {}
        for row in values["suggestions"]:
            found = by_theme.get(row["theme"])
            if found is None or not _is_answered(row):
                continue
            try:
                decisions.append((found, _decision(found, row)))
            except WorkshopError as error:
                wrong[row["row"]] = str(error)
        if wrong:
            raise Refused(rows={"suggestions": wrong})
        step.save(engagement, decisions)
        return f"{_count(len(decisions), 'suggestion')} sorted."

    names = [measure.name for measure in catalogue.measures().values()]
    columns = (
        Column("words", "Suggestion", fixed=True),
        Column("measure", "Measure", suggest=names),
        Column("control", "Can sellers do more of it?", kind="choice", choices=CONTROL_CHOICES),
        Column("timing", "Before the result?", kind="choice", choices=TIMING_CHOICES),
        Column("label", "Else it is", kind="choice", choices=list(step.LABEL_WORDS)),
        Column("becomes", "If not to be chosen", kind="choice", choices=BECOMES_CHOICES),
        Column("reason", "Your reason", kind="long"),
        Column("basis", "So far", fixed=True),
        Column("theme", "", fixed=True, hidden=True),
    )
    words = (
        "Can the seller do more of it? Does it come before the result, with it, or after? The two answers make the "
        "label; where you see it otherwise, say what else it is, and why. What is put aside, dropped or merged needs a "
        "reason."
    )
    made = Form(
        "Sort the suggestions",
        [Field("suggestions", "Suggestions", "table", words, columns=columns, noun="suggestion", grows=False)],
        load=load,
        save=save,
        undo=lambda: ways_back.take_back(engagement, step.UNDO),
        undoable=lambda: ways_back.is_there(engagement, step.UNDO),
        value=lambda: decided(here),
        tell=lambda: decided(here).says,
        store=engagement.records,
        kinds=(Sorting,),
        button="Confirm the sorting",
        help="The answers shown follow the words and the catalogue; change what is different with you. Rows without "
        "answers wait.",
    )
    made.status = ""  # when a suggestion was sorted is kept nowhere
    made.reload()
    return made


def decided(here: Workshop) -> PlainTable:
    """What every suggestion was decided to be, and what became of it, in plain output."""
    found = step.suggestions(here.engagement, as_of=here.as_of)
    became = step.dispositions(here.engagement, as_of=here.as_of)
    named = step.told_apart(found)
    rows = []
    for suggestion in found:
        disposition, why = became[suggestion.theme]
        rows.append(
            {
                "suggestion": named[suggestion.theme],
                "label": step.LABEL_WORDS[suggestion.decided.label] if suggestion.decided else "not sorted yet",
                "became": DISPOSITION_WORDS[disposition],
                "why": why or (suggestion.decided.reason if suggestion.decided else ""),
            }
        )
    rows.sort(key=lambda row: (list(DISPOSITION_WORDS.values()).index(row["became"]), row["suggestion"].casefold()))
    columns = {"suggestion": "Suggestion", "label": "It is", "became": "What became of it", "why": "Because"}
    many = sum(suggestion.decided is not None for suggestion in found)
    return plain.table(
        rows,
        columns,
        says=f"{many} of {_count(len(found), 'different suggestion')} sorted.",
        unfolds="What became of each",
    )


def picture(here: Workshop) -> Picture | PlainList:
    """Every suggestion in the box that the two questions lead to."""
    boxes: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    open_ones = 0
    everything = step.suggestions(here.engagement, as_of=here.as_of)
    named = step.told_apart(everything)
    for found in everything:
        answers = found.decided or found.proposal
        settled = found.decided or found.proposal.is_sure
        if settled and answers.control and answers.timing:
            boxes[answers.control, answers.timing].append((named[found.theme], found.label or ""))
        else:
            open_ones += 1
    if not boxes:
        return PlainList("", nothing="No suggestion is sorted yet, so there is nothing to draw.")
    return _grid(boxes, open_ones)


def missing(here: Workshop) -> PlainList:
    """What is still missing before the next step."""
    thoughts = charters.warnings(here.engagement, as_of=here.as_of)
    thoughts += [one.asks for one in depth.undefined(here.engagement, as_of=here.as_of)]
    return plain.missing(step.missing(here.engagement, as_of=here.as_of), thoughts=thoughts)


def _grid(boxes: dict[tuple[str, str], list[tuple[str, str]]], open_ones: int) -> Picture:
    width, heading, step_down = _CELL
    left, gap = 150, 8
    sheet = Sheet(left + 3 * (width + gap))
    for across, words in enumerate(step.TIMING_WORDS.values()):
        sheet.words(left + across * (width + gap), 8, words.capitalize(), size=12, colour=GREY)
    y = 24.0
    for control, words in CONTROL_ROWS.items():
        lines = max(min(len(boxes.get((control, timing), ())), _MOST_IN_A_BOX + 1) for timing in step.TIMING_WORDS)
        height = heading + max(1, lines) * step_down + 6
        sheet.words(0, y + 16, words, size=12, colour=GREY)
        for across, timing in enumerate(step.TIMING_WORDS):
            x = left + across * (width + gap)
            label = step.label(control, timing)
            edge = ACCENT if label == "activity" else PALE
            sheet.box(x, y, width, height, fill=BAND if label == "metric" else "#ffffff", edge=edge)
            sheet.words(x + 10, y + 16, step.LABEL_WORDS[label].capitalize(), size=12, bold=True, colour=GREY)
            here_now = boxes.get((control, timing), [])
            shown = here_now[:_MOST_IN_A_BOX]
            for at, (words, own) in enumerate(shown):
                note = f" ({own})" if own != label else ""
                sheet.words(x + 10, y + heading + 10 + at * step_down, fits(words + note, width - 20))
            if len(here_now) > len(shown):
                more = f"and {len(here_now) - len(shown)} more"
                sheet.words(x + 10, y + heading + 10 + len(shown) * step_down, more, colour=GREY)
        y += height + gap
    counts: dict[str, list[str]] = defaultdict(list)
    for found in boxes.values():
        for words, own in found:
            counts[own].append(words)
    parts = [_count(len(counts[label]), label) for label in ("activity", "metric", "signal") if counts[label]]
    title = ", ".join(parts).capitalize()
    told = [f"{_count(len(w), label).capitalize()}: {', '.join(w)}." for label, w in counts.items()]
    waiting = f" {_count(open_ones, 'suggestion')} without answers yet." if open_ones else ""
    title += f"; {open_ones} still without answers" if open_ones else ""
    return sheet.picture(title, says=f"Suggestions by the two questions. {' '.join(told)}{waiting}")


def _row(found: step.Sorted, words: str) -> dict[str, Any]:
    decision, proposal = found.decided, found.proposal
    answers = decision or proposal
    measure = found.measure
    led_to = step.label(answers.control, answers.timing) if answers.control and answers.timing else ""
    shown = decision is not None or proposal.is_sure
    return {
        "words": words,
        "theme": found.theme,
        "basis": "decided" if decision else "proposed" if proposal.is_sure else "open",
        "measure": measure.name if measure else decision.measure if decision else "",
        "control": (answers.control or "") if shown else "",
        "timing": (answers.timing or "") if shown else "",
        "label": decision.label if decision and decision.label != led_to else "",
        "becomes": decision.disposition if decision and decision.disposition in BECOMES else "",
        "reason": (decision.disposition_reason or (decision.reason if decision.label != led_to else ""))
        if decision
        else "",
    }


def _proposed(proposal: step.Proposal) -> str:
    if not proposal.label:
        return "no proposal"
    return step.LABEL_WORDS[proposal.label] + ("" if proposal.is_sure else " (not sure)")


def _decision(found: step.Sorted, row: dict[str, Any]) -> Sorting:
    return step.decide(
        found,
        control=row["control"],
        timing=row["timing"],
        label=row["label"],
        measure=row["measure"],
        reason=row["reason"] if row["label"] else "",
        disposition=row["becomes"],
        disposition_reason=row["reason"] if row["becomes"] else "",
    )


def _is_answered(row: dict[str, Any]) -> bool:
    return any(row[name] for name in ("control", "timing", "label", "becomes"))


def _count(number: int, one: str) -> str:
    many = "activities" if one == "activity" else f"{one}s"
    return f"{number} {one if number == 1 else many}"
