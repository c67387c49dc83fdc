"""The pages of step 4, vocabulary: the list in eight authors' words, deeper versions, and the eight-question card."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

from .. import catalogue, lenses
from ..catalogue import Author
from ..kinds import Charter, Goal, MeasureCard
from ..numbers import counted, joined
from ..steps import depth, eight_questions, sorting
from . import plain
from .fields import Field, Values
from .forms import Form
from .picture import PALE
from .plain import PlainList, PlainTable
from .workshop import Workshop

HEADINGS: Mapping[str, str] = {
    "S0": "Article on stuck deals",
    "S1": "ExactBuyer",
    "S2": "Alore",
    "S3": "Sandra Dillon",
    "S4": "LevelEleven",
    "amazon": "Amazon",
    "4dx": "4 Disciplines",
    "code": "Sales Management Code",
}
"""The lenses as headings, in the order of `lenses.LENSES`."""
LABELS: Mapping[str, str] = {
    "metric": "metric", "kpi": "KPI", "activity": "activity", "result": "result", "named": "no label",
}  # fmt: skip
"""What an article calls a measure, as it is shown."""


@dataclass(frozen=True)
class Articles:
    """What each article literally calls its measures: a heading for each, under it every mention on its own line."""

    says: str
    tables: Mapping[str, PlainTable]

    def _repr_html_(self) -> str:
        folded = "".join(
            f'<details style="border-top:1px solid {PALE};padding:6px 0"><summary style="cursor:pointer">'
            f"<strong>{html.escape(heading)}</strong>: {html.escape(table.says)}</summary>"
            f'<div style="overflow-x:auto">{PlainTable("", table.columns, table.rows)._repr_html_()}</div></details>'
            for heading, table in self.tables.items()
        )
        return f"<p>{html.escape(self.says)}</p>{folded}"

    def __repr__(self) -> str:
        return "\n".join([self.says, *(f"{heading}: {table!r}" for heading, table in self.tables.items())])


def in_their_words(here: Workshop) -> PlainTable:
    """Every suggested measure, and what each author would call it; where an author's own words differ, they stand too.

    The first five are articles: what they literally call a measure is added where it is not the same label, and "uses
    both" where the author calls it both. A measure that is in no catalogue has no facts, so no author can be asked.
    """
    engagement = here.engagement
    found = sorting.suggestions(engagement, as_of=here.as_of)
    decided = {s.measure.id: s.decided for s in found if s.measure}
    measures = sorted({s.measure.id: s.measure for s in found if s.measure}.values(), key=lambda m: m.name.casefold())
    if not measures:
        return plain.table([], {}, says="No suggestion is matched to a measure of the catalogue yet.")
    charters = engagement.records.current(Charter, as_of=here.as_of).values()
    targets = {line.measure for charter in charters for line in charter.lines if line.target is not None}
    goals = {goal.measure for goal in engagement.records.current(Goal, as_of=here.as_of).values() if not goal.team}
    company = {measure.id for name in goals if (measure := catalogue.find(name))}
    listed = {author: lenses.entries(author) for author in get_args(Author)}
    rows = []
    for measure in measures:
        own = decided[measure.id]
        labels = {
            lens: lenses.label(
                measure, lens, control=own.control if own else None, timing=own.timing if own else None,
                has_target=measure.id in targets, company_goal=measure.id in company,
            )
            for lens in HEADINGS
        }  # fmt: skip
        written = {lens: [e for e in listed.get(lens, ()) if e.measure == measure.id] for lens in labels}
        rows.append({"measure": measure.name} | {lens: _cell(said, written[lens]) for lens, said in labels.items()})
    without = sum(suggestion.measure is None for suggestion in found)
    says = f"{counted(len(rows), 'measure')} in eight vocabularies."
    says += f" {counted(without, 'suggestion')} in no catalogue: no author can be asked." if without else ""
    return plain.table(rows, {"measure": "Measure", **HEADINGS}, says=says)


def literally(here: Workshop) -> Articles:
    """What each of the five articles literally calls every measure it names, mention by mention with its line.

    What the author keeps apart stands apart, under the author's names; what is on this engagement's list is marked.
    """
    asked = {s.measure.id for s in sorting.suggestions(here.engagement, as_of=here.as_of) if s.measure}
    columns = {"name": "Measure", "line": "Line", "words": "In its words", "label": "Called",
               "asked": "On your list"}  # fmt: skip
    tables = {}
    for author in get_args(Author):
        listed = lenses.entries(author)
        rows = [
            {
                "name": entry.name + ("; this author uses both" if entry.uses_both else ""),
                "line": mention.line,
                "words": mention.words,
                "label": LABELS[mention.says] + (", said again" if mention.again else ""),
                "asked": "yes" if entry.measure in asked else "no",
            }
            for entry in listed
            for mention in entry.mentions
        ]
        both = [entry.name for entry in listed if entry.uses_both]
        labels = sum(len(entry.labels) for entry in listed)
        says = f"{counted(labels, 'label')} for {counted(sum(bool(entry.labels) for entry in listed), 'measure')}"
        says += f"; {counted(len(both), 'measure')} called both." if both else "; none called both."
        tables[HEADINGS[author]] = plain.table(rows, columns, says=says)
    return Articles("What each article literally writes, mention by mention. Unfold one to read it.", tables)


def how_faithful() -> PlainList:
    """How far the labels give back what the five articles literally write, mention by mention."""
    lines = []
    for author in get_args(Author):
        found = lenses.agreement(author)
        most = " at most: this author labels by the plan, and" if found.both else ""
        both = f" calls {counted(len(found.both), 'measure')} both" if found.both else ""
        lines.append(f"{HEADINGS[author]}: {found.agreed} of {found.mentions} labels{most}{both}.")
    return PlainList("How often the label given here is the one that the article itself prints:", tuple(lines))


def deeper(here: Workshop) -> PlainTable:
    """For every activity that only counts how often: versions that say with whom, what was learned, what moved."""
    found = depth.ladders(here.engagement, as_of=here.as_of)
    rows = [
        {"words": ladder.words} | {rung: "; ".join(ladder.versions.get(rung, ())) for rung in depth.RUNGS}
        for ladder in found
    ]
    columns = {"words": "Instead of how often", **{rung: asks.capitalize() for rung, asks in depth.RUNGS.items()}}
    many = counted(len(found), "activity", plural="activities")
    says = f"{many} only {'counts' if len(found) == 1 else 'count'} how often; each could count something deeper."
    return plain.table(rows, columns, says=says if found else "No suggested activity only counts how often.")


def to_be_said(here: Workshop) -> PlainList:
    """Suggestions that speak of the right or good ones, and what has to be said before they can be counted."""
    found = depth.undefined(here.engagement, as_of=here.as_of)
    return PlainList(
        "Before these can be counted:",
        tuple(one.asks for one in found),
        "Nothing is asked for as “the right” or “a good” one without saying which.",
    )


def cards(here: Workshop) -> PlainTable:
    """The tally of the eight questions for every measure that a charter holds or that has a card; ties are shown."""
    rows = []
    for name in _names(here):
        found = eight_questions.card(here.engagement, name, as_of=here.as_of)
        rows.append({
            "measure": found.measure,
            "kpi": found.votes("KPI"),
            "metric": found.votes("metric"),
            "says": found.says,
        })  # fmt: skip
    columns = {"measure": "Measure", "kpi": "KPI", "metric": "Metric", "says": "Tally of eight"}
    return plain.table(rows, columns, says=_many(len(rows)))


def card(here: Workshop, *, measure: str = "") -> Form | PlainList:
    """The eight questions about one measure; what the records tell is filled in, and a person has the last word."""
    names = _names(here)
    if not names:
        return PlainList("", nothing=_many(0))
    chosen = {"measure": measure if measure in names else names[0]}
    engagement = here.engagement

    def held() -> eight_questions.Card:
        return eight_questions.card(engagement, chosen["measure"], as_of=here.as_of)

    def load() -> Values:
        return {"measure": chosen["measure"], **{key: held().answers.get(key, "") for key in eight_questions.QUESTIONS}}

    def save(values: Values) -> str:
        answers = {key: values[key] or "" for key in eight_questions.QUESTIONS}
        return eight_questions.answer(engagement, values["measure"], answers, as_of=here.as_of).says

    questions = [
        Field(
            key, f"{question.name}: {question.asks}", kind="choice",
            choices={"KPI": f"{question.kpi} (KPI)", "metric": f"{question.metric} (metric)"},
        )
        for key, question in eight_questions.QUESTIONS.items()
    ]  # fmt: skip

    return Form(
        "The eight questions",
        [Field("measure", "Measure", kind="choice", choices=names, needed=True), *questions],
        load=load,
        save=save,
        value=held,
        tell=lambda: f"{held().measure}: {held().says}",
        store=engagement.records,
        kinds=(MeasureCard,),
        chooser="measure",
        choose=lambda name: chosen.update(measure=catalogue.name_of(name)),
        button="Save these answers",
        help="Each answer is one vote. The tally is shown as it is; a tie is yours to decide.",
    )


def _names(here: Workshop) -> list[str]:
    """Measures worth a card: those of charters first, then those with answers, then all that were suggested."""
    held = here.engagement.records
    charters = held.current(Charter, as_of=here.as_of).values()
    keys = [line.measure for charter in charters for line in charter.lines]
    keys += held.current(MeasureCard, as_of=here.as_of)
    if not keys:
        keys = [s.measure.id for s in sorting.suggestions(here.engagement, as_of=here.as_of) if s.measure]
    return list(dict.fromkeys(catalogue.name_of(key) for key in keys))


def _many(number: int) -> str:
    return f"{counted(number, 'measure')} asked eight times." if number else "No measure is suggested or chosen yet."


def _cell(label: lenses.Label, listed: Sequence[lenses.Entry]) -> str:
    text = label.label + (f", {label.badge}" if label.badge else "")
    if any(entry.uses_both for entry in listed):
        return f"{text}; this author uses both"
    written = {entry.name: LABELS[entry.labels[0]] for entry in listed if entry.labels}
    if len(set(written.values())) > 1:
        return f"{text}; writes {joined([f'“{word}” for {name.lower()}' for name, word in written.items()])}"
    if written and label.label not in written.values():
        return f"{text}; writes “{next(iter(written.values()))}”"
    return text
