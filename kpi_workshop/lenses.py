"""The lenses: the same measure in the words of each article, Amazon, 4DX and the Sales Management Code.

The catalogue holds facts; a lens turns them into a label. S1 and S2 label by the plan and not by the measure, so
their lenses ask whether the plan ties the measure to a goal; what they literally wrote is in `said`.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Literal

from . import catalogue
from .catalogue import Author, Control, Measure, Mention, Timing
from .errors import WorkshopError, did_you_mean

Lens = Literal["S0", "S1", "S2", "S3", "S4", "amazon", "4dx", "code"]

LENSES: dict[str, str] = {
    "S0": "Metrics and KPIs, there is a difference",
    "S1": "ExactBuyer",
    "S2": "Alore",
    "S3": "Sandra Dillon",
    "S4": "LevelEleven",
    "amazon": "Amazon's weekly business review",
    "4dx": "The 4 Disciplines of Execution",
    "code": "The Sales Management Code",
}
"""The lenses by key, in the order in which they are shown."""


@dataclass(frozen=True)
class Label:
    """What a measure is called through a lens, why in one sentence, and a badge where the author would add one."""

    label: str
    reason: str
    badge: str = ""


@dataclass(frozen=True)
class Entry:
    """A measure as one author lists it: under which name, which measure it is here, and all mentions by line.

    What is one measure here may be two entries there, such as sales growth and revenue growth.
    """

    name: str
    measure: str
    mentions: tuple[Mention, ...]

    @property
    def labels(self) -> tuple[str, ...]:
        """What it is called, mention by mention: without those that call it nothing or restate another."""
        return tuple(m.says for m in self.mentions if m.says != "named" and not m.again)

    @property
    def uses_both(self) -> bool:
        """True where the author labels it both ways."""
        return len(set(self.labels)) > 1


@dataclass(frozen=True)
class Agreement:
    """How many of an author's labelled mentions a lens gives back; `both`: names of what this author labels both ways.

    For S0, S3 and S4 the lens decides from the facts. For S1 and S2 no rule on facts alone can do better than
    `agreed`: each entry counts with the label its author gives it more often.
    """

    agreed: int
    mentions: int
    both: tuple[str, ...]


def label(
    measure: Measure,
    lens: str,
    *,
    control: Control | None = None,
    timing: Timing | None = None,
    has_target: bool = False,
    company_goal: bool = False,
) -> Label:
    """The label of a measure through a lens.

    `control` and `timing` are what a team decided; without them, what holds for most teams. `has_target` (S1): this
    plan ties the measure to a goal with a target. `company_goal` (S2): that goal is one of the whole company.
    """
    controllable = (control or measure.control) == "direct"
    out_of_reach = (control or measure.control) == "none"
    before = (timing or measure.timing) == "before"
    match lens:
        case "S0":
            deep = measure.depth in ("content", "consequence")
            return (
                Label("KPI", "It says what a conversation brought: what was learned or what moved.")
                if deep
                else Label("metric", "It counts what was done, not what came of it.")
            )
        case "S1":
            return (
                Label("KPI", "This plan ties it to a goal with a target.")
                if has_target
                else Label("metric", "No goal with a target hangs on it in this plan.")
            )
        case "S2":
            return (
                Label("KPI", "A goal of the whole company hangs on it.")
                if company_goal
                else Label("metric", "No goal of the whole company hangs on it.")
            )
        case "S3":
            if measure.link == "result":
                return Label("result", "It is what good execution brings, not what is executed.")
            if controllable and before:
                badge = "activity-only" if measure.experience == "none" else ""
                return Label("KPI", "Sellers execute it, and it comes before the result.", badge)
            return Label("metric", "It does not say what sellers should execute.")
        case "S4":
            if controllable and before:
                return Label("activity", "A seller controls it, and it comes before the result.")
            if not controllable and not before:
                return Label("metric", "No seller controls it, and it shows what has happened already.")
            half = (
                "A seller controls it, but it does not come" if controllable else "No seller controls it, but it comes"
            )
            return Label("signal", f"{half} before the result: use judgement.")
        case "amazon":
            return (
                Label("output", "Nobody in the team can set it.")
                if out_of_reach
                else Label("controllable input", "What the team does changes it.")
            )
        case "4dx":
            return (
                Label("lead measure", "It comes before the goal, and the team can influence it.")
                if before and not out_of_reach
                else Label("lag measure", "It is known when the goal is, or out of the team's reach.")
            )
        case "code":
            if measure.link in ("effort", "exchange"):
                return Label("activity", "It counts what sellers do.")
            if measure.link == "result":
                return Label("business result", "It is a result of the company.")
            return Label("objective", "It is what activities should bring about on the way to a result.")
    raise WorkshopError(f"There is no lens '{lens}'. {did_you_mean(lens, LENSES)}")


def said(measure: Measure, author: Author) -> tuple[Mention, ...]:
    """Where this author names the measure, in the order of the lines, each with the label given there."""
    return tuple(sorted((m for m in measure.authors if m.source == author), key=lambda m: m.line))


def entries(author: Author) -> list[Entry]:
    """Everything that this author names, as the author lists it, in the order in which it first stands there."""
    found: dict[tuple[str, str], list[Mention]] = {}
    for measure in catalogue.measures().values():
        for mention in said(measure, author):
            found.setdefault((measure.id, mention.listed_as), []).append(mention)
    listed = [Entry(name or catalogue.name_of(id), id, tuple(held)) for (id, name), held in found.items()]
    return sorted(listed, key=lambda entry: entry.mentions[0].line)


def agreement(author: Author) -> Agreement:
    """How far the facts of the catalogue give back what this author literally wrote, entry by entry.

    A mention that restates or continues another (`again`) and one without a label ("named") are not counted.
    """
    agreed = mentions = 0
    listed = entries(author)
    for entry in listed:
        mentions += len(entry.labels)
        if author in ("S1", "S2"):
            agreed += max(Counter(entry.labels).values(), default=0)
        else:
            here = label(catalogue.get(entry.measure), author).label.casefold()
            agreed += sum(said_there == here for said_there in entry.labels)
    return Agreement(agreed, mentions, tuple(entry.name for entry in listed if entry.uses_both))
