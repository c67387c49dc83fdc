"""Charts as pictures: one restrained theme, drawn as SVG, each with a sentence for those who cannot see it."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import Any

import altair as alt

from .. import locales

INK = "#1a1a1a"
GREY = "#6b6b6b"
PALE = "#d9d9d9"
BAND = "#ececec"
ACCENT = "#0072b2"
PAPER = "#ffffff"
WARN = "#d55e00"
GOOD = "#009e73"
TYPEFACE = "Helvetica Neue, Helvetica, Arial, Liberation Sans, sans-serif"
"""Okabe-Ito colours beside greys: safe for colour-blind readers and apart from one another in grey print."""


@alt.theme.register("kpi_workshop", enable=True)
def theme() -> alt.theme.ThemeConfig:
    """System typeface, greys and one accent, no frames, titles at the left."""
    axis: Any = {
        "labelColor": GREY, "titleColor": GREY, "labelFontSize": 12, "titleFontSize": 12, "titleFontWeight": "normal",
        "domainColor": PALE, "tickColor": PALE, "gridColor": BAND,
    }  # fmt: skip
    return alt.theme.ThemeConfig(
        {
            "config": {
                "font": TYPEFACE,
                "background": "transparent",
                "view": {"stroke": None},
                "axis": axis,
                "title": {"anchor": "start", "fontSize": 15, "fontWeight": 600, "color": INK, "offset": 10},
                "mark": {"color": ACCENT},
                "text": {"color": INK, "fontSize": 12},
            }
        }
    )


@dataclass(frozen=True)
class Picture:
    """A chart and the sentence that says what it shows; a notebook and a page show it alike, as inline SVG.

    `chart` is Altair's, or for many small ones its Vega-Lite as a dict (`spec`): Altair takes 0.1 s to compose one.
    """

    chart: Any
    says: str

    @property
    def spec(self) -> dict[str, Any]:
        """The chart as Vega-Lite, with the theme, and without labels on its parts: the one sentence says it all."""
        if isinstance(self.chart, dict):
            spec = {**self.chart, "$schema": alt.SCHEMA_URL}
            own = {**theme()["config"], **self.chart.get("config", {})}
        else:
            spec = self.chart.to_dict()
            own = spec.get("config", {})
        return {**_by_the_day(spec), "config": {**own, "aria": False}}

    @property
    def svg(self) -> str:
        """The drawing as one `<svg>` element with role and label; the same chart gives the same text."""
        import vl_convert

        drawn = vl_convert.vegalite_to_svg(self.spec, format_locale=locales.current().for_charts())
        drawn = re.sub(r"<\?xml[^>]*>|<!DOCTYPE[^>]*>", "", drawn).strip()
        drawn = re.sub(r' role="graphics-[^"]*"| aria-(roledescription|label)="[^"]*"', "", drawn)
        label = html.escape(self.says, quote=True)
        opening = f'<svg role="img" aria-label="{label}" style="max-width:100%;height:auto"'
        return drawn.replace("<svg", opening, 1)

    def png(self, scale: float) -> bytes:
        """The drawing as a picture of so many dots for each of its own."""
        import vl_convert

        drawn: bytes = vl_convert.vegalite_to_png(self.spec, scale=scale, format_locale=locales.current().for_charts())
        return drawn

    def _repr_html_(self) -> str:
        return self.svg

    def __repr__(self) -> str:
        return f"Picture: {self.says}"


def _by_the_day(part: Any) -> Any:
    """The same with every day where it belongs: Vega takes days as moments in the drawing computer's own time zone."""
    if isinstance(part, list):
        return [_by_the_day(inner) for inner in part]
    if not isinstance(part, dict):
        return part
    told = {name: inner if name == "data" else _by_the_day(inner) for name, inner in part.items()}
    return told | {"scale": {**(told.get("scale") or {}), "type": "utc"}} if told.get("type") == "temporal" else told
