"""The first page: the next thing to do, and the five steps with what is done and what is missing."""

from __future__ import annotations

import html
from dataclasses import dataclass

from .. import audience
from ..steps import whereabouts
from ..steps.whereabouts import Step
from .picture import ACCENT, GREY, INK, PALE
from .together import live
from .workshop import Workshop

WORDS = {"done": "Done", "begun": "Begun", "open": "Not begun"}
SHOWN = 3
BUTTON = (
    f"display:inline-block;padding:10px 20px;background:{ACCENT};color:#fff;border-radius:4px;text-decoration:none;"
    "font-weight:600"
)


@dataclass(frozen=True)
class NextThing:
    """What to do next, how long it takes and who should be in the room; the same words in every copy."""

    step: Step
    is_open_here: bool
    left_open: tuple[str, ...] = ()

    def _repr_html_(self) -> str:
        about = self.step.about
        facts = (("How long", about.time), ("Who is in the room", about.room))
        rows = "".join(
            f'<p style="margin:0 0 4px"><span style="color:{GREY}">{name}</span><br>{_e(words)}</p>'
            for name, words in facts
        )
        link = f"<p>{audience.FOR_THE_LEADER}</p>"
        if self.is_open_here:
            link = f'<a href="{about.notebook}.ipynb" style="{BUTTON}">Open {_e(self.name)}</a>'
            link = f'<p style="margin:16px 0 8px">{link}</p>'
        return (
            f'<div style="border-left:4px solid {ACCENT};padding:4px 0 4px 20px;font-size:16px;line-height:1.5">'
            f'<p style="font-size:20px;font-weight:600;margin:0 0 8px">{_e(self.says)}</p>{rows}{link}</div>'
        )

    @property
    def name(self) -> str:
        """The step with its number, as it stands on its page."""
        return f"{self.step.about.notebook[1:2]} {self.step.about.name}"

    @property
    def says(self) -> str:
        """The first thing that is missing; with nothing missing, the weekly page and what was left open on the way."""
        if self.step.missing:
            return self.step.missing[0]
        weekly = "The rollout runs: read the weekly page with the managers."
        return f"{weekly} Left open on the way: {', '.join(self.left_open)}." if self.left_open else weekly

    def __repr__(self) -> str:
        about = self.step.about
        return f"{self.says}\nStep {self.name}. How long: {about.time}. Who is in the room: {about.room}"


@dataclass(frozen=True)
class Steps:
    """The five steps, each with its state in a word, what is recorded and what is missing."""

    found: tuple[Step, ...]
    next: Step
    is_leader: bool

    def _repr_html_(self) -> str:
        items = "".join(self._item(number, step) for number, step in enumerate(self.found, start=1))
        return f'<ol style="list-style:none;margin:0;padding:0;font-size:16px;line-height:1.5">{items}</ol>'

    def _item(self, number: int, step: Step) -> str:
        about = step.about
        title = f"{number} {_e(about.name)}"
        if self.is_leader or not about.alone:
            title = f'<a href="{about.notebook}.ipynb">{title}</a>'
        is_next = step is self.next
        state, colour = ("Next", ACCENT) if is_next else (WORDS[step.state], INK if step.state == "begun" else GREY)
        parts = [
            f'<h3 style="margin:0;font-size:18px;font-weight:600">{title} <span style="font-size:14px;color:{colour}">'
            f"{state}</span></h3>",
            f'<p style="margin:0">{_e(about.purpose)}</p>',
        ]
        if step.done:
            parts.append(f'<p style="margin:0;color:{GREY}">Recorded: {_e(", ".join(step.done))}.</p>')
        if step.missing:
            more = len(step.missing) - SHOWN
            lines = [*step.missing[:SHOWN], *([f"and {more} more"] if more > 0 else [])]
            listed = "".join(f"<li>{_e(line)}</li>" for line in lines)
            passed = number < self.found.index(self.next) + 1
            heading = "Left open when you went on:" if passed else "Missing:"
            parts.append(f'<p style="margin:0">{heading}</p><ul style="margin:0">{listed}</ul>')
        if about.alone and not self.is_leader:
            parts.append(f'<p style="margin:0;color:{GREY}">{audience.FOR_THE_LEADER}</p>')
        parts.append(f'<p style="margin:4px 0 0;font-size:14px;color:{GREY}">{_e(about.time)}. {_e(about.room)}</p>')
        return f'<li style="border-top:1px solid {PALE};padding:12px 0">{"".join(parts)}</li>'

    def __repr__(self) -> str:
        lines = []
        for number, step in enumerate(self.found, start=1):
            state = "Next" if step is self.next else WORDS[step.state]
            recorded = f" Recorded: {', '.join(step.done)}." if step.done else ""
            passed = number < self.found.index(self.next) + 1
            lacks = f" {'Left open' if passed else 'Missing'}: {' '.join(step.missing)}" if step.missing else ""
            lines.append(f"{number} {step.about.name}: {state}.{recorded}{lacks}")
        return "\n".join(lines)


@live
def next_thing(here: Workshop) -> NextThing:
    """The next thing to do: the first that is missing, from the first step that is not complete."""
    found = whereabouts.steps(here.engagement, as_of=here.as_of)
    step = whereabouts.next_step(found)
    left_open = tuple(other.about.name for other in found if other.missing and other is not step)
    return NextThing(step, audience.is_leader() or not step.about.alone, left_open)


@live
def steps(here: Workshop) -> Steps:
    """The five steps with what is recorded and what is missing, each with the way to its page."""
    found = whereabouts.steps(here.engagement, as_of=here.as_of)
    return Steps(tuple(found), whereabouts.next_step(found), audience.is_leader())


def _e(text: str) -> str:
    return html.escape(text)
