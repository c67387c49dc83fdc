"""A sheet to draw boxes, lines, words and marks on by the pixel, for pictures that are not charts of numbers."""

from __future__ import annotations

from typing import Any

import altair as alt

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
        across = alt.Scale(domain=[0, self.width], range=[0, self.width], nice=False, zero=False)
        down = alt.Scale(domain=[0, height], range=[0, height], nice=False, zero=False)
        x, y = alt.X("x:Q", scale=across, axis=None), alt.Y("y:Q", scale=down, axis=None)
        layers: list[Any] = []
        for fill, edge in dict.fromkeys((b["fill"], b["edge"]) for b in self._boxes):
            chosen = [b for b in self._boxes if (b["fill"], b["edge"]) == (fill, edge)]
            rect = alt.Chart(alt.Data(values=chosen)).mark_rect(fill=fill, stroke=edge, strokeWidth=1, cornerRadius=3)
            layers.append(rect.encode(x=x, y=y, x2="x2:Q", y2="y2:Q"))
        for colour in dict.fromkeys(line["colour"] for line in self._lines):
            chosen = [line for line in self._lines if line["colour"] == colour]
            rule = alt.Chart(alt.Data(values=chosen)).mark_rule(color=colour, strokeWidth=1)
            layers.insert(0, rule.encode(x=x, y=y, x2="x2:Q", y2="y2:Q"))
        look = ("size", "colour", "weight", "align")
        for size, colour, weight, align in dict.fromkeys(tuple(w[k] for k in look) for w in self._words):
            chosen = [w for w in self._words if tuple(w[k] for k in look) == (size, colour, weight, align)]
            text = alt.Chart(alt.Data(values=chosen)).mark_text(
                fontSize=size, color=colour, fontWeight=weight, align=align, baseline="middle"
            )
            layers.append(text.encode(x=x, y=y, text="text:N"))
        look = ("shape", "colour", "size", "filled")
        for shape, colour, size, filled in dict.fromkeys(tuple(m[k] for k in look) for m in self._marks):
            chosen = [m for m in self._marks if tuple(m[k] for k in look) == (shape, colour, size, filled)]
            point = alt.Chart(alt.Data(values=chosen)).mark_point(
                shape=shape, color=colour, size=size, filled=filled, opacity=1
            )
            layers.append(point.encode(x=x, y=y))
        chart = alt.layer(*layers).properties(width=self.width, height=height, title=title)
        return Picture(chart.configure_view(stroke=None), says)

    def _reach(self, y: float) -> None:
        self.height = max(self.height, y)
