"""What a page points at: the few measures that are out of the ordinary, and what deserves recognition."""

from __future__ import annotations

import datetime as dt
from typing import Any

from .. import catalogue
from ..evidence import words

MOST = 3
EXPLAINS_DAYS = 21
"""An annotation within three weeks of the beginning of a signal may be its cause: it is shown beside it."""


def exceptions(lines: list[dict[str, Any]], guards: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """At most three measures that signal for the worse, a confirmed change first, then a guardrail, then the longest.

    Each holds measure, name, word, since, owner, cause ("" where nothing is noted) and what to try.
    """
    found = []
    for line in [*lines, *(guard for guard in guards if guard["measure"] not in {line["measure"] for line in lines})]:
        shown = line["behaviour"]
        if not shown or not is_worse(line):
            continue
        since = dt.date.fromisoformat(shown["since"])
        known = catalogue.find(line["measure"])
        found.append(
            {
                "measure": line["measure"],
                "name": line["name"],
                "word": shown["word"],
                "since": shown["since"],
                "owner": line.get("owner", ""),
                "cause": _cause(shown["notes"], since),
                "guards": line.get("guards", []),
                "try": known.if_it_drops if known else "",
            }
        )
    return sorted(found, key=lambda row: (row["word"] != words.WORSE, not row["guards"], row["since"]))[:MOST]


def recognition(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The measures of a team whose change for the better is confirmed: name and since."""
    return [
        {"measure": line["measure"], "name": line["name"], "since": line["behaviour"]["since"]}
        for line in lines
        if line["behaviour"] and line["behaviour"]["word"] == words.BETTER
    ]


def is_worse(line: dict[str, Any]) -> bool:
    """Whether a measure signals in the direction that is not wanted."""
    shown = line["behaviour"]
    if shown["word"] == words.WORSE:
        return True
    wanted = {"higher": 1, "lower": -1}.get(line["better"], 0)
    return bool(shown["word"] == words.LOOK and wanted and shown["weeks"][-1]["flag"] == -wanted)


def _cause(notes: list[dict[str, Any]], since: dt.date) -> str:
    away = {note["text"]: abs((dt.date.fromisoformat(note["day"]) - since).days) for note in notes}
    nearest = min(away, key=lambda text: away[text], default="")
    return nearest if nearest and away[nearest] <= EXPLAINS_DAYS else ""
