"""Answers of a check-in form: a table of team, week, score and comment becomes answers without names."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

from ..engagement import Engagement
from ..errors import WorkshopError, listed
from ..steps import pulse
from . import sheets

HEADINGS = {
    "team": ("team", "my team", "your team", "sales team"),
    "week": ("week", "check-in", "check in", "week after the start"),
    "score": ("score", "rating", "answer", "how well do the new activities work for you"),
    "comment": ("comment", "comments", "remark", "why", "anything to add"),
}


def take_in(engagement: Engagement, path: Path, *, as_of: dt.date) -> str:
    """Keep every answer of the file, all or nothing, and say how many; other columns, such as names, are not read."""
    sheet = sheets.read(path)
    heading, *rows = sheet.rows
    places = {what: _place(heading.cells, words) for what, words in HEADINGS.items()}
    absent = [what for what in ("team", "week", "score") if places[what] is None]
    if absent:
        raise WorkshopError(
            f"{sheet.file} has no column '{absent[0]}' in row {heading.number}. "
            "A check-in form needs the columns team, week and score; comment is optional."
        )
    given, problems = {}, []
    for row in rows:
        cells = {what: row.cell(place).strip() if place is not None else "" for what, place in places.items()}
        week, score = _number(cells["week"]), _number(cells["score"])
        if week is None:
            problems.append(f"Row {row.number}, column 'week': '{cells['week']}' is no week. Write 1, 2, 4 or 8.")
        if score is None:
            problems.append(f"Row {row.number}, column 'score': '{cells['score']}' is no answer. Write 1 to 5.")
        if week is not None and score is not None:
            given[row.number] = (cells["team"], week, score, cells["comment"])
    if problems:
        raise WorkshopError(listed([f"{sheet.file}: {problem}" for problem in problems]))
    try:
        count = pulse.take_in(engagement, given, as_of=as_of)
    except WorkshopError as error:
        raise WorkshopError(f"{sheet.file}: {error}") from None
    return f"{count} answers kept, without names."


def _place(cells: tuple[str, ...], words: tuple[str, ...]) -> int | None:
    plain = [re.sub(r"[^\w ]+", " ", cell.lower().replace("-", " ")).strip() for cell in cells]
    wanted = [word.replace("-", " ") for word in words]
    for word in wanted:
        for place, cell in enumerate(plain):
            if cell == word or cell.startswith(f"{word} "):
                return place
    return None


def _number(text: str) -> int | None:
    found = re.fullmatch(r"(?:week )?(\d{1,2})(?:\.0)?(?: .*)?", text.lower())
    return int(found.group(1)) if found else None
