"""The page an import ends with: what was read, what is filled, who logs, and what can be trusted, for the leader."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import bundle
from ..numbers import counted, joined, number, spoken_day
from . import documents, theme

if TYPE_CHECKING:
    from ..crm.sources.summary import ImportSummary
    from ..engagement import Engagement

PAGE = "quality.html"


def write(facts: dict[str, Any], folder: Path) -> Path:
    """Write the page of `crm.quality.facts` to `folder`, readable by its owner only; equal facts give equal bytes."""
    return documents.write_whole(Path(folder) / PAGE, render(facts))


def after_import(engagement: Engagement, summary: ImportSummary) -> tuple[Path, list[str]]:
    """Write the page of an import that has just been done; its path, and the same as plain lines without names."""
    from ..crm.sources import quality

    facts = quality.facts(engagement, summary)
    return write(facts, engagement.crm), quality.lines(facts)


def render(facts: dict[str, Any]) -> str:
    """The page as text: one file with its style inside, no script, nothing from elsewhere."""
    templates = bundle.folder("templates")
    environment = theme.environment(templates / "quality", templates / "report")
    environment.filters |= {
        "count": number,
        "day": lambda value: spoken_day(dt.date.fromisoformat(value)),
        "joined": joined,
        "rows": lambda value: counted(value, "row"),
        "share": _share,
        "words": lambda value: value.replace("_", " "),
    }
    styles = (templates / "report" / "report.css", templates / "quality" / "quality.css")
    css = theme.css(*styles, brand=facts["brand"], paper=facts["paper"])
    return environment.get_template("quality.html").render(facts=facts, css=css)


def _share(share: float | None) -> str:
    """A share in percent that is called 100 or 0 only where it is.

    >>> _share(1.0), _share(0.99996), _share(0.838), _share(0.00004), _share(0.0), _share(None)
    ('100', '99.9', '83.8', '0.1', '0', '–')
    """
    if share is None:
        return "–"
    if share in (0, 1):
        return number(share * 100)
    return number(min(max(share * 100, 0.1), 99.9), 1)
