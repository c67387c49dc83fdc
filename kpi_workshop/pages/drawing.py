"""A sheet to draw boxes, lines, words and marks on by the pixel, for pictures that are not charts of numbers."""

from __future__ import annotations

from typing import Any

from .picture import BAND, GREY, INK, PALE, Picture


def fits(text: str, width: float, *, size: int = 13) -> str:
    """The text cut to what a box of this width holds, with an ellipsis where it was cut.

    >>> fits("Sales Development Representatives", 90)
    'Sales Develo…'
    """
    room = max(4, int(width / (size * 0.53)))
    return text if len(text) <= room else text[: room - 1].rstrip() + "…"


class Sheet:
    """Collects what is drawn; x runs to the right and y downwards, both in pixels."""

    def __init__(self, width: float) -> None:
        self.width = width
        self.height = 0.0
        self._boxes: list[dict[str, Any]] = []
        self._lines: list[dict[str, Any]] = []
        self._words: list[dict[str, Any]] = []
        self._marks: list[dict[str, Any]] = []

    def box(self, x: float, y: float, width: float, height: float, *, fill: str = BAND, edge: str = PALE) -> None:
        """A filled box with its corner at x and y."""
        self._boxes.append({"x": x, "y": y, "x2": x + width, "y2": y + height, "fill": fill, "edge": edge})
        self._reach(y + height)

    def line(self, x: float, y: float, x2: float, y2: float, *, colour: str = GREY) -> None:
        """A straight line."""
        self._lines.append({"x": x, "y": y, "x2": x2, "y2": y2, "colour": colour})
        self._reach(max(y, y2))

    def words(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: int = 13,
        colour: str = INK,
        bold: bool = False,
        align: str = "left",
    ) -> None:
        """Words whose middle line runs through y."""
        weight = 600 if bold else 400
        row = {"x": x, "y": y, "text": text, "size": size, "colour": colour, "weight": weight, "align": align}
        self._words.append(row)
        self._reach(y + size)

    def mark(self, x: float, y: float, shape: str, *, colour: str = GREY, size: int = 55, filled: bool = True) -> None:
        """A small mark, one of Vega's shapes; hollow where not `filled`."""
        row = {"x": x, "y": y, "shape": shape, "colour": colour, "size": size, "filled": filled}
        self._marks.append(row)
        self._reach(y + 8)

    def picture(self, title: str, *, says: str) -> Picture:
        """Everything drawn, under a title that says what to see."""
        height = self.height + 8
        sides = (("x", self.width), ("y", height))
        place = {side: {"field": side, "type": "quantitative", "axis": None,
                        "scale": {"domain": [0, end], "range": [0, end], "nice": False, "zero": False}}
                 for side, end in sides}  # fmt: skip
        across = place | {"x2": {"field": "x2"}, "y2": {"field": "y2"}}
        layers = [
            _layer("rule", at, across, color=look[0], strokeWidth=1) for look, at in _alike(self._lines, "colour")
        ]
        for (fill, edge), at in _alike(self._boxes, "fill", "edge"):
            layers.append(_layer("rect", at, across, fill=fill, stroke=edge, strokeWidth=1, cornerRadius=3))
        words = place | {"text": {"field": "text", "type": "nominal"}}
        for (size, colour, weight, align), at in _alike(self._words, "size", "colour", "weight", "align"):
            look = {"fontSize": size, "color": colour, "fontWeight": weight, "align": align, "baseline": "middle"}
            layers.append(_layer("text", at, words, **look))
        for (shape, colour, size, filled), at in _alike(self._marks, "shape", "colour", "size", "filled"):
            layers.append(_layer("point", at, place, shape=shape, color=colour, size=size, filled=filled, opacity=1))
        chart = {
            "width": self.width, "height": height, "title": title, "layer": layers, "config": {"view": {"stroke": None}}
        }  # fmt: skip
        return Picture(chart, says)

    def _reach(self, y: float) -> None:
        self.height = max(self.height, y)


def _alike(rows: list[dict[str, Any]], *look: str) -> list[tuple[tuple[Any, ...], list[dict[str, Any]]]]:
    """Rows that look the same, together, in the order in which the first of each came."""
    found: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(tuple(row[name] for name in look), []).append(row)
    return list(found.items())


def _layer(mark: str, rows: list[dict[str, Any]], encoding: dict[str, Any], **look: Any) -> dict[str, Any]:
    return {"mark": {"type": mark, **look}, "data": {"values": rows}, "encoding": encoding}
