"""The report: one self-contained page for each team, written from the facts alone."""

from __future__ import annotations

import datetime as dt
import functools
import json
import re
from pathlib import Path
from typing import Any

import markupsafe

from .. import bundle, locales
from ..engagement import Settings
from . import behaviour_chart, documents, report_charts, since_start, theme
from .documents import file_names
from .report_words import filters
from .verdict_words import filters as verdict_filters

INDEX = "report.html"


def write(facts: dict[str, Any], folder: Path) -> list[Path]:
    """Write the pages of `facts` to `folder` and return them, the index first where there is one.

    A team's page is `report-<team>.html`; `report.html` links them where there are several, and stands alone where
    there is no team or the data gate failed. Equal facts give equal bytes; pages of teams no longer reported go.
    """
    folder = Path(folder)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    pages = render(facts)
    written = [documents.write_whole(folder / name, text) for name, text in pages.items()]
    for left_over in set(folder.glob("report*.html")) - set(written):
        left_over.unlink()
    return written


def write_failure(folder: Path, settings: Settings, *, as_of: dt.date, says: str) -> Path:
    """Write the one page that says that there is no report and why; pages and facts of an earlier run go.

    It stands without the brand: a logo that cannot be shown may be why.
    """
    folder = Path(folder)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    shown = {
        "engagement": settings.name, "demo": settings.demo, "as_of": as_of.isoformat(), "currency": settings.currency,
        "locale": settings.locale, "paper": settings.paper_size, "brand": None,
    }  # fmt: skip
    text = page(shown, "failed.html", says=says)
    file = documents.write_whole(folder / INDEX, text)
    for left_over in {*folder.glob("report*.html"), folder / "facts.json"} - {file}:
        left_over.unlink(missing_ok=True)
    return file


def write_facts(facts: dict[str, Any], folder: Path) -> Path:
    """Write the facts themselves beside the pages, as `facts.json`."""
    text = json.dumps(facts, indent=1, sort_keys=True, ensure_ascii=False)
    return documents.write_whole(Path(folder) / "facts.json", f"{text}\n")


def render(facts: dict[str, Any]) -> dict[str, str]:
    """The pages as text by file name."""
    names = file_names([team["team"] for team in facts["teams"]])
    pages: dict[str, str] = {}
    if len(names) != 1:
        listed = [
            {"file": name, "team": team["team"], "takeaway": team["takeaway"]}
            for name, team in zip(names, facts["teams"], strict=True)
        ]
        pages[INDEX] = page(facts, "index.html", pages=listed)
    for name, team in zip(names, facts["teams"], strict=True):
        pages[name] = team_page(facts, team)
    return pages


def team_page(facts: dict[str, Any], team: dict[str, Any], template: str = "team.html", **more: Any) -> str:
    """The page of one team as text, by a template that may ask for `more`."""
    with locales.writing(facts["locale"]):
        changes = since_start.charts(team["pairs"])[: since_start.IN_A_ROW]
        return page(
            facts,
            template,
            team=team,
            charts=charts(team, currency=facts["currency"]),
            behaviours=behaviours(team, currency=facts["currency"]),
            since_start=[(heading, _inline(picture.svg)) for heading, picture in changes],
            since_start_read=since_start.READ,
            **more,
        )


def page(facts: dict[str, Any], template: str, **more: Any) -> str:
    """One page of the report as text, by a template that may ask for `more` beside the facts."""
    environment = theme.environment(_templates())
    environment.filters |= filters(facts["currency"]) | verdict_filters()
    css = theme.css(_templates() / "report.css", brand=facts["brand"], paper=facts["paper"])
    with locales.writing(facts["locale"]):
        return environment.get_template(template).render(facts=facts, css=css, **more)


def charts(team: dict[str, Any], *, currency: str) -> dict[str, markupsafe.Markup]:
    """The drawing of each measure on a team's page, by measure."""
    drawn = {}
    for line in [*team["activities"], *team["metrics"], *team["signals"]]:
        if line["latest"]:
            picture = report_charts.measure(line, starts_on=team["starts_on"], currency=currency)
            drawn[line["measure"]] = _inline(picture.svg)
    for line in team["measures"]:
        drawn[line["measure"]] = _inline(report_charts.months(line, currency=currency).svg)
    return drawn


def behaviours(team: dict[str, Any], *, currency: str) -> dict[str, markupsafe.Markup]:
    """The process behaviour chart of each measure of a team's charter that has a baseline, by measure."""
    return {
        line["measure"]: _inline(behaviour_chart.chart(line, starts_on=team["starts_on"], currency=currency).svg)
        for line in [*team["activities"], *team["metrics"], *team["signals"]]
        if line["behaviour"]
    }


def _inline(svg: str) -> markupsafe.Markup:
    """A drawing for the page: it scales with its cell, and says nothing to a screen reader but its one sentence."""
    plain = re.sub(r' role="graphics-[^"]*"| aria-roledescription="[^"]*"', "", documents.printable(svg))
    return markupsafe.Markup(plain)


@functools.cache
def _templates() -> Path:
    return bundle.folder("templates") / "report"
