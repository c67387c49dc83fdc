"""The form for when the rollout may be judged and by what, and the order of starts drawn by lot."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .. import catalogue
from ..errors import NotComputable, NothingImported, WorkshopError
from ..kinds import LONGEST_LAG, ReviewPlan
from ..numbers import counted, joined, percent, spoken_day
from ..steps import designs, rollout
from ..steps import review_plan as step
from . import plain
from .forms import Field, Form, Refused, Values
from .plain import PlainList, PlainTable
from .workshop import Workshop

if TYPE_CHECKING:
    from ..evidence.planning import Power

_RULES = {"nhs": "NHS Making Data Count", "wheeler": "Wheeler"}
_QUESTIONS = {
    "adoption": "whether each activity is taken up",
    "effect": "whether each metric changes",
    "lead": "whether each activity comes before its metric",
    "middle": "whether middle performers take it up",
    "middle_metric": "whether their metrics change",
}


def form(here: Workshop) -> Form:
    """The looks, the dwell, the smallest change and the longest delay that matter, and whether to draw the order."""
    engagement, as_of = here.engagement, here.as_of

    def load() -> Values:
        plan = step.held(engagement, as_of=as_of)
        return {
            "looks": ", ".join(map(str, plan.looks)), "dwell": plan.dwell_weeks, "worthwhile": plan.worthwhile,
            "lag": plan.longest_lag, "rules": plan.rules, "draw": False, "reason": "",
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
        if not values["lag"] or not 1 <= values["lag"] <= LONGEST_LAG:
            raise Refused({"lag": f"Give 1 to {LONGEST_LAG} weeks: what comes later cannot be told from chance."})
        old = step.held(engagement, as_of=as_of)
        order, seed = old.start_order, old.drawn_with
        if values["draw"]:
            order, seed = step.drawn(rollout.teams(engagement, as_of=as_of))
        plan = ReviewPlan(
            looks=looks,
            dwell_weeks=values["dwell"],
            worthwhile=values["worthwhile"],
            longest_lag=values["lag"],
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
        "Review plan",
        [
            Field("looks", "Looks, in weeks after the last start", help="No verdict changes between them."),
            Field("dwell", "Weeks before anything may be replaced", kind="whole", help="Or a sales cycle and a week."),
            Field("worthwhile", "Smallest change that matters", kind="number", help="0.05 is 5 %."),
            Field("lag", "Longest delay, in weeks", kind="whole", help="How late a metric may follow its activity."),
            Field("rules", "Rules of the charts", kind="choice", choices=_RULES, needed=True),
            Field("draw", "Draw the order of starts by lot", kind="flag", help="The last drawn is kept back."),
            Field("reason", "Reason for a change after the start"),
        ],
        load=load,
        save=save,
        value=lambda: step.held(engagement, as_of=as_of),
        tell=lambda: _told(here)[0].replace(":", "."),
        store=engagement.records,
        kinds=(ReviewPlan,),
        button="Write it down",
        help="Who may look at any time finds a success by chance: decide now when to look.",
    )


def plan(here: Workshop) -> PlainList:
    """The plan that holds, what it judges, and every earlier version with the reason for the change."""
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
            seen = "not at all" if way.power is None else percent(way.power)
            reach = _beyond(way) if way.half_width is None else f"{percent(way.half_width)} either way"
            rows.append({"metric": name, "way": way.design, "seen": seen, "within": reach})
    lift = percent(designs.LIFT)
    columns = {
        "metric": "Metric",
        "way": "The teams start",
        "seen": f"{lift} more is seen",
        "within": "Known to within",
    }
    best = [_best(catalogue.name_of(metric), found) for metric, found in ways.items() if not isinstance(found, str)]
    says = (
        f"How often a true rise of {lift} would be shown by the last look, for each way of starting, judged by how "
        "these sellers and teams went up and down before. Smaller changes are seen less often."
    )
    says = "\n".join([says, *(line for line in best if line)])
    return plain.table(rows, columns, says=says if rows else "No charter pairs an activity with a metric yet.")


def _beyond(way: Power) -> str:
    """Why a way of starting shows nothing."""
    if len(way.starts) > 1 and set(way.starts) == {way.starts[0]}:
        return "nothing is left to compare with: the season would look the same"
    return way.note


def _best(name: str, ways: list[Power]) -> str:
    """The way of starting that shows the most of a metric, in a sentence; "" where none shows anything."""
    able = [way for way in ways if way.power is not None]
    return f"{name}, at best: {max(able, key=lambda way: way.power or 0).sentence}" if able else ""


def _told(here: Workshop) -> list[str]:
    versions = step.versions(here.engagement, as_of=here.as_of)
    held = step.held(here.engagement, as_of=here.as_of)
    day, tiers = step.frozen_tiers(here.engagement, as_of=here.as_of)
    pairs = held.pairs if versions else step.asked(here.engagement, as_of=here.as_of)
    lines = [
        _written_down(versions),
        f"Looks {joined([str(week) for week in held.looks])} weeks after the last start.",
        f"Nothing is replaced before {held.dwell_weeks} weeks, or a sales cycle and a week where that is longer.",
        f"The smallest change that matters is {percent(held.worthwhile)}.",
        f"A metric may follow its activity after 1 to {held.longest_lag} weeks.",
        f"Charts by the rules of {_RULES[held.rules]}.",
    ]
    if pairs:
        lines += [
            f"{counted(len(pairs), 'pair')}: {joined([_says(pair) for pair in pairs])}.",
            f"{len(held.families)} questions of each: {joined([_QUESTIONS[one] for one in held.families])}. "
            "The answers to one question are corrected together for their number.",
        ]
    if tiers:
        lines.append(f"Tiers of {counted(len(tiers), 'seller')} as they stood on {spoken_day(day)}.")
    if held.start_order:
        first = list(held.start_order[:-1])
        lines.append(
            f"Drawn by lot with the number {held.drawn_with}: {joined(first)} in this order; "
            f"{held.start_order[-1]} is kept back."
            if first
            else f"Drawn by lot: {held.start_order[-1]}."
        )
        why_not = step.why_not_by_lot(here.engagement, as_of=here.as_of)
        if why_not and rollout.starts(here.engagement, as_of=here.as_of):
            lines.append(
                f"The draw proves nothing by itself, for {why_not}: no verdict is checked against other orders."
            )
    if later := step.asked_since(here.engagement, as_of=here.as_of):
        lines.append(f"Not in the plan, added by a charter since: {joined([_says(pair) for pair in later])}.")
    return [*lines, *(_version(one) for one in versions if len(versions) > 1)]


def _written_down(versions: list[step.Written]) -> str:
    if not versions:
        return "Nothing is written down yet; these usual values hold:"
    now = versions[-1]
    when = "before the first start" if now.in_time else "after the first start"
    return f"Version {now.number}, written down on {spoken_day(now.since)}, {when}:"


def _version(one: step.Written) -> str:
    looks = joined([str(week) for week in one.plan.looks])
    why = f", because: {one.plan.reason.rstrip('.')}" if one.plan.reason else ""
    return (
        f"Version {one.number} of {spoken_day(one.since)}: looks {looks}, {one.plan.dwell_weeks} weeks, "
        f"{percent(one.plan.worthwhile)}, delays to {one.plan.longest_lag} weeks{why}."
    )


def _says(pair: tuple[str, str]) -> str:
    return " → ".join(catalogue.name_of(measure) for measure in pair)
