"""The form for when the rollout may be judged and by what, and the order of starts drawn by lot."""

from __future__ import annotations

import re

from .. import catalogue
from ..errors import NotComputable, NothingImported, WorkshopError
from ..kinds import ReviewPlan
from ..numbers import joined
from ..steps import designs, rollout
from ..steps import review_plan as step
from . import plain
from .forms import Field, Form, Refused, Values
from .plain import PlainList, PlainTable
from .workshop import Workshop

_RULES = {"nhs": "NHS Making Data Count", "wheeler": "Wheeler"}


def form(here: Workshop) -> Form:
    """The planned looks, the dwell, the smallest change that matters, and whether to draw the order of starts."""
    engagement, as_of = here.engagement, here.as_of

    def load() -> Values:
        plan = step.held(engagement, as_of=as_of)
        return {
            "looks": ", ".join(map(str, plan.looks)), "dwell": plan.dwell_weeks, "worthwhile": plan.worthwhile,
            "rules": plan.rules, "draw": False, "reason": plan.reason,
        }  # fmt: skip

    def save(values: Values) -> str:
        if not re.fullmatch(r"\s*\d{1,3}(\s*[,; ]\s*\d{1,3})*\s*", values["looks"] or ""):
            raise Refused({"looks": "Write weeks in rising order, such as 8, 12, 16, 20, 26."})
        looks = tuple(int(week) for week in re.findall(r"\d+", values["looks"]))
        if looks[0] < 1 or list(looks) != sorted(set(looks)):
            raise Refused({"looks": "Write weeks in rising order, such as 8, 12, 16, 20, 26."})
        if not values["dwell"] or not 8 <= values["dwell"] <= 104:
            raise Refused({"dwell": "Give 8 weeks or more: a change needs as long to be seen."})
        if not values["worthwhile"] or not 0 < values["worthwhile"] <= 1:
            raise Refused({"worthwhile": "Write 0.05 for 5 %."})
        old = step.held(engagement, as_of=as_of)
        order, seed = old.start_order, old.drawn_with
        if values["draw"]:
            order, seed = step.drawn(rollout.teams(engagement, as_of=as_of))
        plan = ReviewPlan(
            looks=looks,
            dwell_weeks=values["dwell"],
            worthwhile=values["worthwhile"],
            rules=values["rules"],
            start_order=order,
            drawn_with=seed,
            reason=values["reason"] or "",
        )
        try:
            step.record(engagement, plan, as_of=as_of)
        except WorkshopError as error:
            raise Refused({"reason": str(error)}) from None
        return f"Drawn: {joined(list(order))}." if values["draw"] else ""

    return Form(
        "When it may be judged",
        [
            Field("looks", "Looks, in weeks after the last start", help="No verdict changes between them."),
            Field("dwell", "Weeks before anything may be replaced", kind="whole", help="Or a sales cycle and a week."),
            Field("worthwhile", "Smallest change that matters", kind="number", help="0.05 is 5 %."),
            Field("rules", "Rules of the charts", kind="choice", choices=_RULES, needed=True),
            Field("draw", "Draw the order of starts by lot", kind="flag", help="The last drawn is kept back."),
            Field("reason", "Reason for a change after the start"),
        ],
        load=load,
        save=save,
        value=lambda: step.held(engagement, as_of=as_of),
        tell=lambda: _told(here)[0],
        store=engagement.records,
        kinds=(ReviewPlan,),
        button="Write it down",
        help="Who may look at any time finds a success by chance: decide now when to look.",
    )


def plan(here: Workshop) -> PlainList:
    """What was written down, and the order that was drawn."""
    says, *lines = _told(here)
    return PlainList(says, tuple(lines))


def power(here: Workshop) -> PlainTable:
    """What each way of starting could show of each metric, as the client's own weeks before the start suggest."""
    try:
        ways = designs.compared(here.engagement, as_of=here.as_of)
    except (NothingImported, NotComputable) as error:
        return PlainTable(f"What a rollout could show cannot be told yet: {error}")
    rows = []
    for metric, found in ways.items():
        name = catalogue.name_of(metric)
        if isinstance(found, str):
            rows.append({"metric": name, "way": "any", "seen": "not told", "within": found})
            continue
        for way in found:
            seen = "not at all" if way.power is None else f"{way.power:.0%}".replace("%", "\u00a0%")
            reach = way.note if way.half_width is None else f"{way.half_width:.0%} either way".replace("%", "\u00a0%")
            rows.append({"metric": name, "way": way.design, "seen": seen, "within": reach})
    lift = f"{designs.LIFT:.0%}".replace("%", "\u00a0%")
    columns = {
        "metric": "Metric",
        "way": "The teams start",
        "seen": f"{lift} more is seen",
        "within": "Known to within",
    }
    says = (
        f"How often a true rise of {lift} would be shown by the last look, for each way of starting, judged by how "
        "these sellers and teams went up and down before. Smaller changes are seen less often."
    )
    return plain.table(rows, columns, says=says if rows else "No charter pairs an activity with a metric yet.")


def _told(here: Workshop) -> list[str]:
    held = step.held(here.engagement, as_of=here.as_of)
    written = step.is_written(here.engagement, as_of=here.as_of)
    lines = [
        "Written down:" if written else "Nothing is written down yet; these usual values hold:",
        f"Looks {joined([str(week) for week in held.looks])} weeks after the last start.",
        f"Nothing is replaced before {held.dwell_weeks} weeks, or a sales cycle and a week where that is longer.",
        f"The smallest change that matters is {held.worthwhile:.0%}.".replace("%", "\u00a0%"),
        f"Charts by the rules of {_RULES[held.rules]}.",
    ]
    if held.start_order:
        first = list(held.start_order[:-1])
        lines.append(
            f"Drawn by lot with the number {held.drawn_with}: {joined(first)} in this order; "
            f"{held.start_order[-1]} is kept back."
            if first
            else f"Drawn by lot: {held.start_order[-1]}."
        )
    return lines
