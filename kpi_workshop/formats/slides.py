"""The report as slides: one for each team, its takeaway as the title, words and tables to edit, charts as pictures."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Sequence
from typing import Any

from ..numbers import SPACE, spoken_day
from ..pages import report_charts, theme
from ..pages.documents import printable
from ..pages.editions import View
from ..pages.report_words import cell, charter_words, heading, longest
from . import published
from .letter import written_value

WIDE, HIGH, EDGE = 13.333, 7.5, 0.5
"""Inches of a slide and of its margin."""
ROW, CHART = 0.4, 4.7
"""Inches: the height of a row, the width of a measure's chart beside it."""
MOST_MEASURES, MOST_PAIRS, MOST_DEALS = 7, 4, 13
_TITLE_ONLY = 5
_SCALE = 3.0
"""Dots of a picture for each of the chart's own."""
_STAMP = (2000, 1, 1, 0, 0, 0)


def written(view: View, *, edition: str) -> bytes:
    """The presentation's bytes, the same for the same view."""
    deck = _Deck(view, edition)
    for team in view.facts["teams"]:
        deck.team(team)
        deals = view.stuck.get(team["team"], [])
        for first in range(0, len(deals), MOST_DEALS):
            deck.deals(team["team"], deals, first)
    for sheet in view.sheets:
        deck.sheet(sheet)
    if not view.facts["teams"] and not view.sheets:
        deck.slide("No team can be shown yet")
    return deck.bytes()


class _Deck:
    def __init__(self, view: View, edition: str) -> None:
        import pptx
        from pptx.util import Inches

        self.view, self.edition, self.inches = view, edition, Inches
        self.currency = view.facts["currency"]
        self.deck = pptx.Presentation()
        self.deck.slide_width, self.deck.slide_height = Inches(WIDE), Inches(HIGH)
        about = self.deck.core_properties
        about.title, about.author, about.last_modified_by = "Report", "", ""
        about.created = about.modified = dt.datetime(*_STAMP)
        self.brand = view.facts["brand"] or {"name": "", "accent": "", "titles": "", "logo": None}
        self.logo = theme.logo_png(view.facts["brand"])

    def slide(self, title: str) -> Any:
        """A new slide with this title; what data it rests on stands at its foot."""
        slide = self.deck.slides.add_slide(self.deck.slide_layouts[_TITLE_ONLY])
        for held in list(slide.placeholders):
            if held != slide.shapes.title:
                held.element.getparent().remove(held.element)
        facts = self.view.facts
        at = slide.shapes.title
        beside = self._brand(slide)
        at.left, at.top, at.width, at.height = map(self.inches, (EDGE, 0.3, WIDE - 2 * EDGE - beside, 0.85))
        size = 24 if len(title) <= 80 else 20 if len(title) <= 110 or not beside else 16
        self._words(at.text_frame, title, size=size, bold=True, anchor="top", colour=self.brand["titles"])
        demo = "Demo data · " if facts["demo"] else ""
        day = spoken_day(dt.date.fromisoformat(facts["as_of"]))
        own = f"{self.brand['name']} · " if self.brand["name"] and self.logo else ""
        foot = f"{own}{demo}{facts['engagement']} · as of {day} · {facts['gate']['says']} · run {facts['run']}"
        self.text(slide, foot, top=HIGH - 0.45, size=9, grey=True)
        return slide

    def _brand(self, slide: Any) -> float:
        """The logo, or the name where there is none, at the right of the title; how many inches it takes."""
        from pptx.dml.color import RGBColor
        from pptx.enum.shapes import MSO_SHAPE

        if self.brand["accent"]:
            rule = slide.shapes.add_shape(MSO_SHAPE.RECTANGLE, 0, 0, self.inches(WIDE), self.inches(0.08))
            rule.fill.solid()
            rule.fill.fore_color.rgb = RGBColor.from_string(self.brand["accent"][1:])
            rule.line.fill.background()
            rule.name = "Rule"
        if self.logo:
            shown = self.brand["logo"]
            high = min(0.5, 2.0 * shown["height"] / shown["width"])
            wide = high * shown["width"] / shown["height"]
            place = map(self.inches, (WIDE - EDGE - wide, 0.35, wide, high))
            picture = slide.shapes.add_picture(io.BytesIO(self.logo), *place)
            picture._element.nvPicPr.cNvPr.set("descr", f"Logo {self.brand['name']}".strip())
            picture.name = "Logo"
            return wide + 0.3
        if self.brand["name"]:
            self.text(slide, self.brand["name"], top=0.35, size=12, grey=True)
            slide.shapes[-1].left, slide.shapes[-1].width = self.inches(WIDE - EDGE - 2.6), self.inches(2.6)
            self._right(slide.shapes[-1].text_frame)
            return 2.7
        return 0.0

    def text(self, slide: Any, words: str, *, top: float, size: int = 12, grey: bool = False) -> None:
        """A line of text over the slide's whole width."""
        box = slide.shapes.add_textbox(*map(self.inches, (EDGE, top, WIDE - 2 * EDGE, 0.3)))
        self._words(box.text_frame, words, size=size, grey=grey)

    def team(self, team: dict[str, Any]) -> None:
        """The slide of one team: its measures with their charts, then the verdicts."""
        slide = self.slide(f"{team['takeaway']}.")
        self.text(slide, f"{team['team']} · {charter_words(team)}", top=1.1, grey=True)
        bottom = self._measures(slide, team) if team["charter"] else self._quarters(slide, team)
        pairs = team["pairs"][:MOST_PAIRS]
        if pairs:
            told = [published.pair(row, team) for row in pairs]
            rows = [[p["says"], p["verdict"], p["adopted"], p["worked"], p["decision"] or "nothing yet"] for p in told]
            head = ["Activity → metric", "Verdict", "Adopted?", "Worked?", "Decided"]
            self._table(slide, [head, *rows], top=bottom + 0.15, widths=(3.6, 1.3, 2.7, 3.6, 1.13), size=10, row=0.32)

    def deals(self, team: str, deals: Sequence[dict[str, Any]], first: int) -> None:
        """A slide of stuck deals, with their owners."""
        more = f", {first + 1} to {min(first + MOST_DEALS, len(deals))} of {len(deals)}" if len(deals) > 1 else ""
        slide = self.slide(f"{team}: stuck deals{more}")
        head = ["Deal", "Account", "Owner", "Stage", "Days in it", "Usual at most", "Worth"]
        rows = [
            [d["deal"], d["account"], d["seller"], d["stage"], str(d["days"]), str(d["usual"]),
             written_value(d["amount"], "money", self.currency)]
            for d in deals[first : first + MOST_DEALS]
        ]  # fmt: skip
        self._table(
            slide, [head, *rows], top=1.3, widths=(2.2, 3.0, 2.5, 1.5, 1.0, 1.0, 1.13), size=11, right=(4, 5, 6)
        )

    def sheet(self, sheet: dict[str, Any]) -> None:
        """The slide of one seller."""
        slide = self.slide(f"{sheet['person']}, {sheet['team']}: own numbers beside the team’s median")
        head = ["Measure", "Period", "Own", "Team’s median", "Own, a week over four", "Team’s median"]
        numbers = ("value", "median", "mean", "median_mean")
        rows = [
            [line["name"], line["says"], *(written_value(line[at], line["unit"], self.currency) for at in numbers)]
            for line in sheet["lines"]
        ]
        self._table(slide, [head, *rows], top=1.3, widths=(3.6, 2.6, 1.5, 1.5, 1.7, 1.43), size=13, right=(2, 3, 4, 5))

    def bytes(self) -> bytes:
        """The file, with one time in all its parts, so that the same slides are the same bytes."""
        made, same = io.BytesIO(), io.BytesIO()
        self.deck.save(made)
        with zipfile.ZipFile(made) as source, zipfile.ZipFile(same, "w", zipfile.ZIP_DEFLATED) as target:
            for name in source.namelist():
                part = zipfile.ZipInfo(name, _STAMP)
                part.compress_type = zipfile.ZIP_DEFLATED
                target.writestr(part, source.read(name))
        return same.getvalue()

    def _measures(self, slide: Any, team: dict[str, Any]) -> float:
        lines = [*team["activities"], *team["metrics"], *team["signals"]]
        shown = lines[:MOST_MEASURES]
        rows = [["Measure", "Latest", "Target", "Baseline", "Signal"]]
        for line in shown:
            latest, before, behaviour = line["latest"], line["baseline"], line["behaviour"]
            unit = heading(line, currency=self.currency)
            name = line["name"] if unit == "count" else f"{line['name']} ({unit})"
            if line["why_not"] or not latest:
                rows.append([name, "–", "–", "–", "not computable"])
                continue
            value, target = cell(latest["value"], line), cell(line["target"], line)
            base = cell(before["value"], line) if before else "–"
            rows.append([name, value, target, base, behaviour["word"] if behaviour else ""])
        widths = (3.0, 1.0, 1.0, 1.0, 1.4)
        bottom = self._table(slide, rows, top=1.5, widths=widths, size=12, right=(1, 2, 3))
        self.text(slide, "Against target · 6 weeks · 12 months", top=1.52, size=10, grey=True)
        slide.shapes[-1].left = self.inches(EDGE + sum(widths) + 0.2)
        slide.shapes[-1].width = self.inches(CHART)
        for at, line in enumerate(shown, start=1):
            if line["latest"] and not line["why_not"]:
                picture = report_charts.measure(line, starts_on=team["starts_on"], currency=self.currency)
                self._picture(slide, picture, left=EDGE + sum(widths) + 0.2, top=1.5 + at * ROW, width=CHART)
        if len(lines) > len(shown):
            self.text(slide, f"{len(lines) - len(shown)} more in the report.", top=bottom, size=10, grey=True)
        return bottom

    def _quarters(self, slide: Any, team: dict[str, Any]) -> float:
        shown = team["measures"][:MOST_MEASURES]
        heads = longest(shown, "quarters")[-4:]
        rows = [["Measure", *(row["says"] + ("" if row["finished"] else " so far") for row in heads)]]
        for line in shown:
            mine = {row["start"]: row["value"] for row in line["quarters"]}
            unit = heading(line, currency=self.currency)
            rows.append([f"{line['name']} ({unit})", *(cell(mine.get(row["start"]), line) for row in heads)])
        if not shown:
            return 1.5
        widths = (3.6, *([1.4] * len(heads)))
        bottom = self._table(slide, rows, top=1.5, widths=widths, size=12, right=tuple(range(1, len(widths))))
        for at, line in enumerate(shown, start=1):
            picture = report_charts.months(line, currency=self.currency)
            self._picture(slide, picture, left=EDGE + sum(widths) + 0.3, top=1.5 + at * ROW, width=1.7)
        return bottom

    def _table(
        self, slide: Any, rows: Sequence[Sequence[str]], *, top: float, widths: Sequence[float], size: int,
        right: Sequence[int] = (), row: float = ROW,
    ) -> float:  # fmt: skip
        """A table of the presentation's own; where it ends, in inches."""
        from pptx.dml.color import RGBColor
        from pptx.enum.text import MSO_ANCHOR

        place = (EDGE, top, sum(widths), row * len(rows))
        table = slide.shapes.add_table(len(rows), len(widths), *map(self.inches, place)).table
        table.horz_banding = False
        for at, width in enumerate(widths):
            table.columns[at].width = self.inches(width)
        for at, words in enumerate(rows):
            table.rows[at].height = self.inches(row)
            for column, text in enumerate(words):
                held = table.cell(at, column)
                held.fill.solid()
                held.fill.fore_color.rgb = RGBColor(0xEC, 0xEC, 0xEC) if at == 0 else RGBColor(0xFF, 0xFF, 0xFF)
                held.vertical_anchor = MSO_ANCHOR.MIDDLE
                held.margin_top = held.margin_bottom = self.inches(0.03)
                self._words(held.text_frame, text, size=size - (2 if at == 0 else 0), bold=column == 0 and at > 0)
                if column in right:
                    self._right(held.text_frame)
        return top + row * len(rows)

    def _picture(self, slide: Any, picture: Any, *, left: float, top: float, width: float) -> None:
        drawn = picture.png(_SCALE)
        shape = slide.shapes.add_picture(
            io.BytesIO(drawn), self.inches(left), self.inches(top), width=self.inches(width)
        )
        shape.height, shape.width = self.inches(ROW), int(shape.width * self.inches(ROW) / shape.height)
        shape._element.nvPicPr.cNvPr.set("descr", str(printable(picture.says)))
        shape.name = "Chart"

    def _words(
        self, frame: Any, words: str, *, size: int, bold: bool = False, grey: bool = False, anchor: str = "",
        colour: str = "",
    ) -> None:  # fmt: skip
        from pptx.dml.color import RGBColor
        from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
        from pptx.util import Pt

        frame.word_wrap = True
        frame.margin_left = self.inches(0.04)
        frame.vertical_anchor = MSO_ANCHOR.TOP if anchor else MSO_ANCHOR.MIDDLE
        frame.text = " ".join(str(printable(words)).replace(SPACE, " ").split())
        paragraph = frame.paragraphs[0]
        paragraph.alignment = PP_ALIGN.LEFT
        for run in paragraph.runs:
            run.font.size, run.font.bold, run.font.name = Pt(size), bold, "Arial"
            run.font.color.rgb = RGBColor.from_string((colour or ("#5c5c5c" if grey else "#1a1a1a"))[1:])

    @staticmethod
    def _right(frame: Any) -> None:
        from pptx.enum.text import PP_ALIGN

        frame.paragraphs[0].alignment = PP_ALIGN.RIGHT
