"""The report's small charts: a bullet bar and the strips of six weeks and twelve months, one drawing a measure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import altair as alt

from ..kinds import Rollout
from ..numbers import spoken_day, written
from .picture import ACCENT, GREY, INK, PALE, PAPER, Picture

Spec = dict[str, Any]
"""A part of a chart as Vega-Lite."""

BULLET, WEEKS, MONTHS, HEIGHT, GAP = 120, 96, 150, 34, 20
"""Widths and height in pixels; the page's column heads stand over the same widths."""


FROM_ZERO = ("sum", "snapshot")
"""What counts or weighs things is drawn from zero; a ratio or an average around its own values."""


def measure(line: dict[str, Any], *, starts_on: str | None, currency: str) -> Picture:
    """One measure of a charter: value, target and baseline as a bullet bar, then its weeks and its months.

    The bar begins at zero; the grey band is the lowest to the highest week of the baseline, the tall tick the
    target. In the strips the unfinished week or month is hollow, a thin rule marks the start.
    """
    adds_up = line["shape"] == "sum"
    spans = [_span(line, rows) for rows in _strips(line)] if adds_up else [_span(line, *_strips(line))] * 2
    parts = [
        _bullet(line),
        _strip(line["weeks"], span=spans[0], slots=7, width=WEEKS, starts_on=starts_on),
        _strip(line["months"], span=spans[1], slots=13, width=MONTHS, starts_on=starts_on),
    ]
    return Picture(_bare({"hconcat": parts, "spacing": GAP}), _says(line, currency))


def months(line: dict[str, Any], *, currency: str) -> Picture:
    """One measure's twelve months, where there is no charter and so no target and no baseline."""
    chart = _strip(line["months"], span=_span(line, line["months"]), slots=13, width=MONTHS, starts_on=None)
    return Picture(_bare(chart), f"{line['name']} by month. {_series(line['months'], line, currency)}")


def timeline(planned: Mapping[str, Rollout], *, as_of: dt.date) -> Picture:
    """Every team's baseline and the time since its start on one scale; a rule marks the report date."""
    rows = [
        {
            "team": team,
            "from": plan.baseline_from.isoformat(),
            "to": (plan.baseline_to + dt.timedelta(days=1)).isoformat(),
            "start": plan.starts_on.isoformat() if plan.starts_on else None,
            "now": max(as_of, plan.starts_on).isoformat() if plan.starts_on else None,
            "says": _start_words(plan, as_of),
            "at": (plan.starts_on or plan.baseline_from).isoformat(),
        }
        for team, plan in planned.items()
    ]
    data = alt.Data(values=rows, format=alt.DataFormat(parse=dict.fromkeys(("from", "to", "start", "now"), "date")))
    y = alt.Y(
        "team:N",
        sort=list(planned),
        title=None,
        axis=alt.Axis(ticks=False, domain=False, labelLimit=220, labelPadding=8),
    )
    x = alt.X("from:T", title=None, axis=alt.Axis(format="%b %Y", grid=False, tickCount=6))
    before = alt.Chart(data).mark_bar(size=14, color=PALE).encode(y=y, x=x, x2="to:T")
    live = alt.Chart(data).transform_filter("isValid(datum.start)").mark_bar(size=14, color=ACCENT)
    words = (
        alt.Chart(data)
        .mark_text(align="left", baseline="bottom", dy=-9, color=GREY)
        .encode(y=y, x="at:T", text="says:N")
    )
    now = alt.Data(values=[{"day": as_of.isoformat()}], format=alt.DataFormat(parse={"day": "date"}))
    rule = alt.Chart(now).mark_rule(color=INK, strokeDash=[2, 2]).encode(x="day:T")
    chart = alt.layer(before, live.encode(y=y, x=alt.X("start:T"), x2="now:T"), rule, words)
    chart = chart.properties(
        width=520, height=alt.Step(46), title=f"Baselines in grey, live weeks in blue, as of {spoken_day(as_of)}"
    )
    told = [
        f"{team}: baseline {spoken_day(plan.baseline_from)} to {spoken_day(plan.baseline_to)}, {row['says']}"
        for (team, plan), row in zip(planned.items(), rows, strict=True)
    ]
    return Picture(chart, f"Timeline of the rollout. {'; '.join(told)}.")


def _start_words(plan: Rollout, as_of: dt.date) -> str:
    if plan.starts_on is None:
        return "kept back for comparison"
    return f"{'live since' if plan.starts_on <= as_of else 'starts'} {spoken_day(plan.starts_on)}"


def _bullet(line: dict[str, Any]) -> Spec:
    latest, before, target = line["latest"], line["baseline"], line["target"]
    value = latest["value"] if latest else None
    ends = [value, target, before and before["value"], before and before["high"]]
    top = max([end for end in ends if end is not None], default=1.0) or 1.0
    low = min([0.0, *[end for end in ends if end is not None]])
    x = _across("from", [low, top * 1.04])
    layers = [_box(low, low, x, height=1, colour=PALE)]
    if before and before["low"] is not None:
        layers.append(_box(before["low"], before["high"], x, height=22, colour=PALE))
    if value is not None:
        layers.append(_box(0.0, value, x, height=9, colour=ACCENT))
    if before:
        layers += _tick(before["value"], x, height=22, colour=GREY, wide=1.5)
    if target is not None:
        layers += _tick(target, x, height=HEIGHT - 4, colour=INK, wide=3.0)
    return {"layer": layers, "width": BULLET, "height": HEIGHT}


def _box(first: float, last: float, x: Spec, *, height: int, colour: str) -> Spec:
    mark = {"type": "bar", "size": height, "color": colour}
    return _layer([{"from": first, "to": last}], mark, x=x, x2={"field": "to"}, y={"value": HEIGHT / 2})


def _tick(at: float, x: Spec, *, height: int, colour: str, wide: float) -> list[Spec]:
    """A tick on a sliver of white, so that it is seen on the bar in grey print too."""
    looks = ((PAPER, wide + 2.5), (colour, wide))
    return [
        _layer(
            [{"from": at}],
            {"type": "tick", "orient": "vertical", "size": height, "thickness": thick, "color": shade, "opacity": 1},
            x=x, y={"value": HEIGHT / 2},
        )
        for shade, thick in looks
    ]  # fmt: skip


def _layer(rows: list[dict[str, Any]], mark: Spec, **encoding: Spec) -> Spec:
    return {"data": {"values": rows}, "mark": mark, "encoding": encoding}


def _across(field: str, domain: list[float]) -> Spec:
    return {"field": field, "type": "quantitative", "axis": None, "scale": {"domain": domain, "nice": False}}


def _strips(line: dict[str, Any]) -> list[list[dict[str, Any]]]:
    return [line["weeks"], line["months"]]


def _span(line: dict[str, Any], *strips: list[dict[str, Any]]) -> tuple[float, float]:
    """The scale of a strip: from zero for what adds up, around its values for a ratio or an average."""
    values = [row["value"] for rows in strips for row in rows if row["value"] is not None]
    low, high = min(values, default=0.0), max(values, default=1.0)
    from_zero = line["shape"] in FROM_ZERO
    if from_zero:
        low = min(low, 0.0)
    room = (high - low or abs(high) or 1.0) * 0.12
    return (low if from_zero else low - room, high + room)


def _strip(
    rows: list[dict[str, Any]], *, span: tuple[float, float], slots: int, width: int, starts_on: str | None
) -> Spec:
    points = [{"at": at, "value": row["value"], "finished": row["finished"]} for at, row in enumerate(rows)]
    finished = [point for point in points if point["finished"]]
    still = [point for point in points if not point["finished"]]
    x = _across("at", [-0.4, slots - 0.6])
    y = _across("value", list(span))
    y["scale"]["zero"] = False
    dot = {"type": "point", "filled": True, "opacity": 1}
    hollow = {"type": "point", "color": ACCENT, "size": 32, "opacity": 1, "strokeWidth": 1.4}
    layers = [
        _layer(finished, {"type": "line", "color": GREY, "strokeWidth": 1.3}, x=x, y=y),
        _layer(finished[:-1], {**dot, "color": GREY, "size": 10}, x=x, y=y),
        _layer(finished[-1:], {**dot, "color": ACCENT, "size": 36}, x=x, y=y),
        _layer(still, hollow, x=x, y=y),
    ]
    start = _start(rows, starts_on)
    if start is not None:
        rule = {"type": "rule", "color": GREY, "strokeDash": [2, 2], "strokeWidth": 1}
        layers.insert(0, _layer([{"at": start}], rule, x=x))
    return {"layer": layers, "width": width, "height": HEIGHT}


def _start(rows: list[dict[str, Any]], starts_on: str | None) -> float | None:
    """Where among the periods the start lies; None where it is not among them."""
    if starts_on is None:
        return None
    for at, row in enumerate(rows):
        if row["start"] <= starts_on <= row["end"]:
            first, last = dt.date.fromisoformat(row["start"]), dt.date.fromisoformat(row["end"])
            gone = (dt.date.fromisoformat(starts_on) - first).days / ((last - first).days + 1)
            return at - 0.5 + gone
    return None


def _bare(chart: Spec) -> Spec:
    """No padding and no inner labels for screen readers: the one sentence of the picture says it."""
    return {**chart, "padding": 2, "config": {"aria": False}}


def _says(line: dict[str, Any], currency: str) -> str:
    def say(value: float | None) -> str:
        return written(value, line["unit"], currency=currency)

    parts = [line["name"]]
    if line["latest"]:
        parts.append(f"{say(line['latest']['value'])} in the {line['latest']['says']}")
    parts.append(f"target {say(line['target'])}" if line["target"] is not None else "no target")
    before = line["baseline"]
    if before:
        band = f" ({say(before['low'])} to {say(before['high'])})" if before["low"] is not None else ""
        parts.append(f"baseline {say(before['value'])}{band}")
    weeks, months = (_series(rows, line, currency) for rows in _strips(line))
    return f"{'; '.join(parts)}. By week: {weeks} By month: {months}"


def _series(rows: list[dict[str, Any]], line: dict[str, Any], currency: str) -> str:
    if not rows:
        return "nothing yet."
    first = spoken_day(dt.date.fromisoformat(rows[0]["start"]))
    values = [
        written(row["value"], line["unit"], currency=currency) + ("" if row["finished"] else " so far") for row in rows
    ]
    return f"from {first}: {', '.join(values)}."
