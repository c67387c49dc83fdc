"""What a verdict rests on, in sentences: its links with their ranges, the design, the looks, what would change it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from .. import catalogue
from ..numbers import SPACE, counted, joined, percent, spoken_day
from .report_words import lower_first

Facts = dict[str, Any]


def change(value: float) -> str:
    """A relative change as people write it.

    >>> change(-0.056)
    '\u22126\xa0%'
    """
    return percent(value, signed=True)


def changed(effect: Facts | None, *, refused: str = "") -> str:
    """How much something changed since the start, with its range, and whether that is shown."""
    if effect and effect["estimate"] is None and effect["p"] is not None:
        return f"from none before the start, {'' if effect['claimed'] else 'not '}shown"
    if not effect or effect["estimate"] is None:
        return "cannot be told" if refused else "not computable"
    said = f"{change(effect['estimate'])} ({change(effect['low'])} to {change(effect['high'])})"
    if not effect["claimed"]:
        return f"{said}, not shown"
    return f"{said}, shown" if effect["low"] > 0 or effect["high"] < 0 else f"{said}, shown at an earlier look"


def rests_on(pair: Facts) -> list[str]:
    """The sentences behind one pair's verdict, beside the two changes that stand in its row: the verdict and why, how
    the metric follows the activity, what other orders of starts show, what could not be seen, the looks, and what would
    change it.

    For a pair that was not examined: why it was not.
    """
    evidence = pair["evidence"]
    if evidence["verdict"] is None:
        return [evidence["reason"]]
    metric = lower_first(catalogue.name_of(pair["metric"]))
    sentences = [
        evidence["reason"],
        _link(evidence, metric),
        _orders(pair),
        _unseen(evidence["effect"], metric),
        design_words(evidence) if evidence["design"]["refused"] else "",
        _looks(evidence),
        would_change(evidence),
    ]
    return [sentence for sentence in sentences if sentence]


def design_words(evidence: Facts) -> str:
    """What the way the teams started lets one say; "" where nothing stands against it."""
    design = evidence["design"]
    if design["refused"]:
        return f"Whether it works cannot be told, for {design['refused']}."
    if design["grade"] == "high":
        return ""
    if design["grade"] == "low" and not design["waiting"]:
        why = "every team started in the same week, so that only its own past stands beside it"
    elif not design["waiting"]:
        why = "no team was kept back"
    elif design["started"] == 1:
        why = "only one team started with it, so that whatever else befell this team then looks the same"
    elif design["waves"] == 1:
        why = "the teams started in the same week, so that whatever else happened then looks the same"
    else:
        why = "few teams can be compared"
    return f"Evidence of {design['grade']} grade, for {why}."


def would_change(evidence: Facts) -> str:
    """Which result would change a verdict."""
    verdict, worthwhile = evidence["verdict"], percent(evidence["worthwhile"])
    if evidence["design"]["refused"]:
        return "What would change it: teams that start in different weeks, or one kept back."
    if verdict == "keep":
        return "What would change it: only a new charter; what was kept stays."
    new_plan = ", under a new plan" if evidence["next_look"] is None else ""
    if verdict == "replace":
        return f"What would change it: a clear rise of the metric{new_plan}. A small benefit is not ruled out."
    if verdict == "fix adoption":
        return f"What would change it: a clear rise of the activity{new_plan}; only then can the measure be tested."
    if evidence["next_look"] is None:
        return (
            f"Nothing will change it: an effect under {worthwhile} can be neither shown nor ruled out with these teams."
        )
    if evidence["adoption"] and evidence["adoption"]["claimed"]:
        return (
            "What would change it: keep, if the metric clearly rises or follows the activity; replace, if two looks "
            f"running leave no room for {worthwhile}."
        )
    return "What would change it: first a clear rise of the activity."


def leads_words(lead: Facts | None) -> str:
    """Whether a metric follows its activity, how late and how strongly, in a few words."""
    if lead and lead["leads"]:
        size = percent(lead["elasticity"] / 10, 1, signed=True)
        return f"follows the activity after {_weeks(lead['lag_weeks'])} ({size} for {percent(0.1)} more)"
    if lead and lead["doubt"] == "cause":
        return "moves with the activity, but a shared cause explains that as well"
    return "not shown to follow the activity"


def _link(evidence: Facts, metric: str) -> str:
    lead = evidence["lead"]
    if lead["elasticity"] is None:
        return "Too few sellers or weeks to see whether one follows the other."
    if lead["leads"]:
        size, low, high = (percent(lead[name] / 10, 1, signed=True) for name in ("elasticity", "low", "high"))
        return (
            f"In {joined(evidence['teams'])}, where a seller did {percent(0.1)} more of it, {metric} came "
            f"out {size} ({low} to {high}) {_weeks(lead['lag_weeks'])} later; the other way round, with the metric "
            "first, this is not seen as clearly."
        )
    return {
        "chance": "No delay shows more between the two than chance can.",
        "cause": "The two go together, but the same week or the other way round shows it too: a shared cause is as "
        "likely, so this is no lead.",
        "late": f"What follows comes {_weeks(lead['lag_weeks'])} later, beyond the delays that the plan looks for.",
        "many": f"Alone it would seem to come first by {_weeks(lead['lag_weeks'])}; of as many pairs as were asked, "
        "one may show that by chance.",
    }[lead["doubt"]]


def _orders(pair: Facts) -> str:
    """What the drawing of the starts proves by itself of what is shown; "" where something else decided the order."""
    said = []
    for kind, found in pair["evidence"]["orders"].items():
        if found:
            drawn = f"the {found['orders']} orders that could have been drawn"
            tried = drawn if found["exhaustive"] else f"{found['orders']} other orders, drawn anew"
            name, show = lower_first(catalogue.name_of(pair[kind])), "shows" if found["as_clear"] == 1 else "show"
            said.append(
                f"of {tried}, {found['as_clear']} {show} as clear a change of {name} as the real one (with these teams "
                f"never fewer than {found['fewest']})"
            )
    return f"The order of starts was drawn by lot, so chance can be counted: {'; '.join(said)}." if said else ""


def _unseen(effect: Facts | None, metric: str) -> str:
    """How large a change must be to be seen with these teams, where none is shown."""
    if not effect or effect["estimate"] is None or effect["claimed"]:
        return ""
    reach = percent((effect["high"] - effect["low"]) / 2)
    return f"A change of {metric} under {reach} could not be seen with these teams and weeks."


def _looks(evidence: Facts) -> str:
    planned, spent = len(evidence["looks"]), evidence["spent"]
    coming = evidence["next_look"]
    if coming is None:
        return f"All {planned} looks are spent."
    said = f"{spent} of {counted(planned, 'look')} spent" if spent else f"None of {counted(planned, 'look')} is spent"
    day = spoken_day(dt.date.fromisoformat(evidence["next_look_on"]))
    return f"{said}; the next is on {day}, {coming} weeks after the last start."


def _weeks(number: int) -> str:
    return f"{number}{SPACE}week{'' if number == 1 else 's'}"
