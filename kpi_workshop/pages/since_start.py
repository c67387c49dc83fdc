"""The change since the start, four weeks at a time: a small chart of what was taken up and of what it should move."""

from __future__ import annotations

from typing import Any

from .. import catalogue
from .picture import ACCENT, GREY, INK, PALE, Picture
from .resting import change, changed

Facts = dict[str, Any]
WIDTH, HEIGHT = 230, 90
READ = (
    "Dots: the change against teams not yet started; lines: where it lies in 95 of 100 such rollouts. Before the start "
    "(dashed) it should lie around zero. An activity that stays around zero was not taken up: of its metric there is "
    "nothing to follow. Single dots decide nothing."
)
IN_A_ROW = 4
"""Charts that a sheet of the report has room for; the notebook shows all of them."""
_SHOWN = {"activity": "adoption", "metric": "effect"}


def charts(pairs: list[Facts]) -> list[tuple[str, Picture]]:
    """A heading and a chart for each measure of some pairs that can be compared, each once, what was taken up first."""
    found: dict[str, tuple[str, Picture]] = {}
    for pair in sorted(pairs, key=lambda pair: not (pair["evidence"] and pair["evidence"]["since_start"]["metric"])):
        evidence = pair["evidence"]
        for kind, spans in (evidence["since_start"] if evidence else {}).items():
            if spans and pair[kind] not in found:
                name = catalogue.name_of(pair[kind])
                heading = f"{name}: {changed(evidence[_SHOWN[kind]])}"
                found[pair[kind]] = (heading, chart(name, spans))
    return list(found.values())


def chart(name: str, spans: list[Facts]) -> Picture:
    """One measure's change by weeks since the start, each block with its range."""
    rows = [
        {"at": (span["first"] + span["last"] + 1) / 2, "before": span["last"] < 0}
        | {key: 100 * span[key] for key in ("estimate", "low", "high")}
        for span in spans
    ]
    x = {"field": "at", "type": "quantitative", "title": "weeks since the start", "axis": _axis(tickCount=5)}
    y = {
        "field": "estimate",
        "type": "quantitative",
        "title": None,
        "axis": _axis(tickCount=3, labelExpr="(datum.value > 0 ? '+' : '') + format(datum.value, 'd') + ' %'"),
    }
    colour = {"condition": {"test": "datum.before", "value": GREY}, "value": ACCENT}
    layers = [
        {"data": {"values": [{"y": 0}]}, "mark": {"type": "rule", "color": PALE}, "encoding": {"y": _at("y")}},
        {
            "data": {"values": [{"x": 0}]}, "mark": {"type": "rule", "color": INK, "strokeDash": [2, 2]},
            "encoding": {"x": _at("x")},
        },
        {
            "mark": {"type": "rule", "strokeWidth": 1.2},
            "encoding": {"x": x, "y": _at("low") | {"title": None}, "y2": {"field": "high"}, "color": colour},
        },
        {
            "mark": {"type": "point", "filled": True, "opacity": 1, "size": 26},
            "encoding": {"x": x, "y": y, "color": colour},
        },
    ]  # fmt: skip
    drawn = {"data": {"values": rows}, "layer": layers, "width": WIDTH, "height": HEIGHT, "padding": 2}
    return Picture({**drawn, "config": {"aria": False, "view": {"stroke": None}}}, says(name, spans))


def says(name: str, spans: list[Facts]) -> str:
    """What the chart shows, in words."""
    parts = [
        f"weeks {span['first'] + 1} to {span['last'] + 1} {change(span['estimate'])}"
        for span in spans
        if span["first"] >= 0
    ]
    before = [change(span["estimate"]) for span in spans if span["last"] < 0]
    return f"{name}, change since the start: {', '.join(parts)}." + (
        f" Before the start: {', '.join(before)}." if before else ""
    )


def _axis(**more: Any) -> Facts:
    return {"grid": False, "labelFontSize": 11, "titleFontSize": 11, "tickSize": 3, "labelPadding": 2} | more


def _at(field: str) -> Facts:
    return {"field": field, "type": "quantitative"}
