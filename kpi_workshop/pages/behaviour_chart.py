"""The process behaviour chart (XmR) of one measure: its weeks, the expected range, the start and what was noted."""

from __future__ import annotations

import datetime as dt
import functools
from typing import Any

import altair as alt

from ..evidence import words
from ..numbers import RATIOS, spoken_day, written
from .picture import ACCENT, BAND, GREY, INK, PAPER, WARN, Picture
from .report_words import scale_of

WIDTH, HEIGHT = 230, 76
_MEETS = {
    "yes": "meets its target each {}",
    "no": "misses its target each {}",
    "sometimes": "meets its target at times",
}
_RUNS = {"start": "As it runs since the start", "baseline": "As it ran in the baseline"}


def chart(line: dict[str, Any], *, starts_on: str | None, currency: str) -> Picture:
    """One measure of a team's facts, from its baseline on; `line` needs its `behaviour`.

    The band is the range that the baseline lets one expect, the rule inside it the mean. A flagged week is a ring, a
    filled square where the calibrated test confirms the change, so that they are told apart in grey; numbers mark what
    was noted, in the order of days. The axis is in the unit that the page's heading says: percent, or thousands.
    """
    shown = line["behaviour"]
    unit = 100 if line["unit"] in RATIOS else 1 / scale_of(line).divisor
    start = [{"day": starts_on}] if starts_on and starts_on >= shown["weeks"][0]["start"] else []
    limits = []
    if shown["low"] is not None:
        limits = [
            {
                "from": shown["weeks"][0]["start"], "to": shown["weeks"][-1]["end"], "low": lowest(line) * unit,
                "mean": shown["mean"] * unit, "high": shown["high"] * unit,
            }
        ]  # fmt: skip
    weeks = [
        {
            "week": row["start"], "value": None if row["value"] is None else row["value"] * unit,
            "mark": _mark(row, shown["to"]),
        }
        for row in shown["weeks"]
    ]  # fmt: skip
    first = shown["weeks"][0]["start"]
    notes = [
        {"day": note["day"], "number": str(number)}
        for number, note in enumerate(shown["notes"], start=1)
        if note["day"] >= first
    ]
    data = {"weeks": weeks, "limits": limits, "start": start, "notes": notes}
    return Picture({**_drawing(), "datasets": data}, says(line, starts_on=starts_on, currency=currency))


def lowest(line: dict[str, Any]) -> float:
    """The lower end of the expected range; what cannot be negative does not go below zero."""
    low: float = line["behaviour"]["low"]
    return max(low, 0.0) if line["shape"] != "growth" else low


def says(line: dict[str, Any], *, starts_on: str | None, currency: str) -> str:
    """What the chart shows, in words."""

    def say(value: float) -> str:
        return written(value, line["unit"], currency=currency)

    shown = line["behaviour"]
    last = shown["weeks"][-1]
    told = [f"{line['name']} by week, {say(last['value'])} in the week to {_day(last['end'])}"]
    if shown["low"] is not None:
        told.append(f"expected {say(lowest(line))} to {say(shown['high'])}, mean {say(shown['mean'])}")
    if shown["word"]:
        told.append(f"{shown['word']} since the week of {_day(shown['since'])}")
    sentence = "; ".join(told) + "."
    if starts_on:
        sentence += f" Start {_day(starts_on)}."
    if meets := meets_words(line):
        sentence += f" {meets}"
    for number, note in enumerate(shown["notes"], start=1):
        sentence += f" {number}: {_day(note['day'])}, {note['text']}."
    return sentence


def meets_words(line: dict[str, Any]) -> str:
    """Whether a measure will meet its target if it goes on like this, in a sentence; "" where it cannot be told."""
    told = line["behaviour"]["will_meet"]
    if told is None:
        return ""
    every = line["every"]
    firm = ", too few to be sure" if told["trial"] else ""
    return (
        f"{_RUNS[told['since']]}, it {_MEETS[told['word']].format(every)}; reached in {told['met']} of "
        f"{told['periods']} {every}s{firm}."
    )


def _mark(row: dict[str, Any], baseline_to: str) -> str:
    """Weeks of the baseline made the range and are not held against it."""
    if row["end"] <= baseline_to:
        return "week"
    if row["word"] in (words.BETTER, words.WORSE):
        return "real"
    return "flag" if row["flag"] else "week"


@functools.cache
def _drawing() -> dict[str, Any]:
    """The chart without its data: Altair composes it once, every measure fills it with its own."""
    axis: dict[str, Any] = {"labelFontSize": 11, "tickSize": 3, "labelPadding": 2}
    months = alt.Axis(format="%b %Y", grid=False, tickCount=3, labelFlush=False, labelOverlap=True, **axis)
    x = alt.X("week:T", title=None, axis=months)
    y = alt.Y("value:Q", title=None, scale=alt.Scale(zero=False, nice=False, padding=6))
    y = y.axis(alt.Axis(grid=False, tickCount=3, domain=False, **axis))
    weeks = alt.NamedData(name="weeks")
    limits, starts, notes = (alt.NamedData(name=name) for name in ("limits", "start", "notes"))
    band = alt.Chart(limits).mark_rect(color=BAND).encode(
        x=alt.X("from:T"), x2="to:T", y=alt.Y("low:Q"), y2="high:Q"
    )  # fmt: skip
    mean = alt.Chart(limits).mark_rule(color=GREY, strokeWidth=1).encode(x="from:T", x2="to:T", y="mean:Q")
    start = alt.Chart(starts).mark_rule(color=INK, strokeDash=[2, 2]).encode(x="day:T")
    line = alt.Chart(weeks).mark_line(color=GREY, strokeWidth=1).encode(x=x, y=y)
    marks = alt.Chart(weeks).mark_point(opacity=1, strokeWidth=1.4)
    kinds = ["week", "flag", "real"]
    shape = alt.Scale(domain=kinds, range=["circle", "circle", "square"])
    fill = alt.Scale(domain=kinds, range=[GREY, PAPER, ACCENT])
    edge = alt.Scale(domain=kinds, range=["transparent", WARN, ACCENT])
    size = alt.Scale(domain=kinds, range=[6, 26, 14])
    dots = marks.encode(
        x=x, y=y,
        shape=alt.Shape("mark:N", scale=shape, legend=None),
        fill=alt.Fill("mark:N", scale=fill, legend=None),
        stroke=alt.Stroke("mark:N", scale=edge, legend=None),
        size=alt.Size("mark:N", scale=size, legend=None),
    )  # fmt: skip
    noted = alt.Chart(notes).mark_rule(color=GREY, strokeWidth=0.7).encode(x="day:T")
    number = alt.Chart(notes).mark_text(fontSize=10, fontWeight=600, align="center", baseline="bottom", color=INK)
    layers = [band, mean, noted, start, line, dots, number.encode(x="day:T", y=alt.value(-1), text="number:N")]
    drawn: dict[str, Any] = (
        alt.layer(*layers)
        .properties(width=WIDTH, height=HEIGHT, padding=2)
        .configure(aria=False)
        .configure_view(stroke=None)
        .to_dict()
    )
    return drawn


def _day(text: str) -> str:
    return spoken_day(dt.date.fromisoformat(text))
