"""Editions of one report: what each kind of reader may see of its facts, and the pages that show it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from .. import catalogue
from ..steps import past_reports
from . import report

EXECUTIVE, MANAGER, SELLER, PUBLIC = EDITIONS = past_reports.EDITIONS

Facts = dict[str, Any]

_HEAD = (
    "schema", "engagement", "demo", "currency", "locale", "paper", "smallest_group", "calendar", "as_of", "previous",
    "is_due", "run", "brand",
)  # fmt: skip
_GATE = ("passes", "fresh_to", "days_behind", "says", "rows", "notes")
_TEAM = (
    "team", "takeaway", "sellers", "charter", "planned", "starts_on", "week", "baseline", "not_computable",
    "recognition", "talks", "pulse", "changes", "earliest_review",
)  # fmt: skip
_LINE = (
    "measure", "name", "unit", "better", "shape", "why_not", "formula", "label", "moves", "every", "latest", "target",
    "pace", "meets", "baseline", "weeks", "months", "quarters", "due", "guards",
)  # fmt: skip
_BEHAVIOUR = ("rules", "from", "to", "low", "mean", "high", "points", "weeks", "word", "since", "will_meet")
_EXCEPTION = ("measure", "name", "word", "since", "guards", "try")
_PAIR = ("activity", "metric", "says", "evidence", "decision", "decided_on")
_PIPELINE = ("why_not", "stuck", "worth", "since", "moves")
_SHEET_LINE = ("measure", "name", "unit", "label", "every", "says", "value", "mean", "median", "median_mean")


@dataclass(frozen=True)
class View:
    """What one reader gets: a name for files, a title, and all that may be shown, nothing else.

    `facts` are the report's facts, narrowed to this reader; `stuck` the stuck deals of each team with their owners;
    `sheets` the sheets of single sellers (team, person, manager, lines, stuck). Every format is written from a view,
    so what is not in it is in no file.
    """

    name: str
    title: str
    facts: Facts
    stuck: dict[str, list[Facts]]
    sheets: tuple[Facts, ...] = ()


def views(facts: Facts, persons: Facts, *, edition: str) -> list[View]:
    """The views of an edition: one for executive and public, one for each team's manager, one for each seller.

    The public edition names no person, deal or account, holds no text that people typed, and leaves out teams of fewer
    sellers than may be shown apart. A seller's view holds that seller's own numbers and medians alone.
    """
    told = {team["team"]: team for team in persons["teams"]}
    if edition == EXECUTIVE:
        return [View("report", facts["engagement"], facts, {})]
    if edition == PUBLIC:
        return [View("report", facts["engagement"], _public(facts), {})]
    if edition == MANAGER:
        names = names_of([team["team"] for team in facts["teams"]], "report")
        return [
            _manager(facts, team, told.get(team["team"]), name)
            for name, team in zip(names, facts["teams"], strict=True)
        ]
    if edition == SELLER:
        sheets = [_own(team, seller) for team in persons["teams"] for seller in team["sellers"]]
        names = names_of([sheet["person"] for sheet in sheets], "seller")
        head = _head(facts) | {"teams": []}
        return [View(name, sheet["person"], head, {}, (sheet,)) for name, sheet in zip(names, sheets, strict=True)]
    raise ValueError(f"no edition {edition!r}")


def pages(facts: Facts, persons: Facts, *, edition: str) -> dict[str, str]:
    """The pages of an edition as HTML by file name.

    executive and public: `report.html` with every team's takeaway and the verdicts, and a page for each team. manager:
    `report-<team>.html` with the team's page, its stuck deals and a one-to-one sheet for each seller. seller:
    `seller-<name>.html`, one for each. Equal facts give equal text.
    """
    found: dict[str, str] = {}
    for view in views(facts, persons, edition=edition):
        found |= pages_of(view, edition=edition)
    return found


def pages_of(view: View, *, edition: str) -> dict[str, str]:
    """The pages of one view, the first one first."""
    if edition == MANAGER:
        (team,) = view.facts["teams"]
        stuck, sheets = view.stuck.get(team["team"], []), view.sheets
        return {f"{view.name}.html": report.team_page(view.facts, team, "manager.html", stuck=stuck, sheets=sheets)}
    if edition == SELLER:
        return {f"{view.name}.html": report.page(view.facts, "seller.html", sheet=view.sheets[0])}
    files = report.file_names([team["team"] for team in view.facts["teams"]])
    listed = list(zip(files, view.facts["teams"], strict=True))
    index = report.page(view.facts, "executive.html", listed=listed)
    return {report.INDEX: index} | {file: report.team_page(view.facts, team) for file, team in listed}


def names_of(titles: Iterable[str], first: str) -> list[str]:
    """A safe file name without its ending for each title, no two alike.

    >>> names_of(["Ann Lee", "../ann lee", "\\u65e5\\u672c"], "seller")
    ['seller-ann-lee', 'seller-ann-lee-2', 'seller']
    """
    taken: set[str] = set()
    names = []
    for title in titles:
        plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
        slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].strip("-")
        stem = f"{first}-{slug}" if slug else first
        number, name = 1, stem
        while name in taken:
            number += 1
            name = f"{stem}-{number}"
        taken.add(name)
        names.append(name)
    return names


def _manager(facts: Facts, team: Facts, told: Facts | None, name: str) -> View:
    pipeline = team["pipeline"] and team["pipeline"] | {"deals": []}
    shown = facts | {"teams": [team | {"pipeline": pipeline}]}
    stuck = told["stuck"] if told else []
    sheets = tuple(
        {"team": team["team"], **seller, "stuck": [deal for deal in stuck if deal["seller"] == seller["person"]]}
        for seller in (told["sellers"] if told else [])
    )
    return View(name, team["team"], shown, {team["team"]: stuck}, sheets)


def _own(team: Facts, seller: Facts) -> Facts:
    lines = [_some(line, _SHEET_LINE) for line in seller["lines"]]
    return {"team": team["team"], "person": seller["person"], "manager": "", "lines": lines, "stuck": []}


def _public(facts: Facts) -> Facts:
    shown = [team for team in facts["teams"] if not 0 < team["sellers"] < facts["smallest_group"]]
    return _head(facts) | {"teams": [_public_team(team) for team in shown]}


def _head(facts: Facts) -> Facts:
    """What stands over every page, without a word that somebody typed but the engagement's name."""
    looks = {"looks": facts["review_plan"]["looks"]}
    return _some(facts, _HEAD) | {"gate": _some(facts["gate"], _GATE), "review_plan": looks}


def _public_team(team: Facts) -> Facts:
    kinds = ("activities", "metrics", "signals", "guardrails", "measures")
    return _some(team, _TEAM) | {kind: [_public_line(line) for line in team[kind]] for kind in kinds} | {
        "pairs": [_some(pair, _PAIR) | {"reason": ""} for pair in team["pairs"]],
        "exceptions": [_some(row, _EXCEPTION) | {"owner": "", "cause": ""} for row in team["exceptions"]],
        "pipeline": team["pipeline"] and _some(team["pipeline"], _PIPELINE) | {"deals": []},
    }  # fmt: skip


def _public_line(line: Facts) -> Facts:
    known = catalogue.find(line["measure"])
    behaviour = line.get("behaviour")
    return _some(line, _LINE) | {
        "sentence": known.sentence if known else "",
        "owner": "",
        "behaviour": behaviour and _some(behaviour, _BEHAVIOUR) | {"notes": []},
        "adoption": line.get("adoption"),
        "trust": None,
    }


def _some(values: Facts, names: Iterable[str]) -> Facts:
    return {name: values[name] for name in names if name in values}
